"""A fixed set of cases: deals as scored, with what is really so, as text that a team keeps in its repository.

JSON Lines: a header with the format and the SHA-256 of what follows, then one case a line. Whoever reads it needs no
world, and finds out when a case was changed. Line ends may be those of any system. How deals are drawn from the world
belongs in `sample.py`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.evaluation.comparison.sample import DrawnSample
from synthdeal_assets.evaluation.stated_truth import require_possible
from synthdeal_assets.scoring.inputs import FIELDS, ScorerInput, deals_of, with_input_hash
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS
from synthdeal_assets.scoring.tables import SCORER_INPUTS

FORMAT: Final = "synthdeal-cases/1"
DAYS: Final = ("snapshot_date", "close_date")

_TRUTH_SCHEMA: Final[dict[str, pl.DataType]] = {
    "opportunity_id": pl.String(),
    "state": pl.String(),
    "has_planted_instruction": pl.Boolean(),
    "true_win_probability": pl.Float64(),
    **{f"true_{element}": pl.Int32() for element in MEDDPICC_WEIGHTS},
    "stage_name": pl.String(),
    "snapshot_date": pl.Date(),
    "close_date": pl.Date(),
    "is_closed": pl.Boolean(),
    "is_won": pl.Boolean(),
}


def cases_as_text(sample: DrawnSample) -> str:
    """The cases of a sample as JSON Lines, in the order of the draw."""
    truth = {row["opportunity_id"]: row for row in sample.truth.to_dicts()}
    lines = [_as_json(_case(deal, truth[deal.opportunity_id])) for deal in sample.inputs]
    header = {
        "format": FORMAT,
        "cases": len(lines),
        "landmark": sample.landmark and sample.landmark.isoformat(),
        "sha256": _hash(lines),
    }
    return "\n".join([_as_json(header), *lines]) + "\n"


def sample_of_cases(text: str, *, name: str, size: int | None = None) -> DrawnSample:
    """The deals of a text that `cases_as_text` made.

    Args:
        text: The text.
        name: What the user calls it.
        size: Take the first so many; None takes all.

    Raises:
        SynthDealError: It is no such text, or was changed since.
    """
    # Not splitlines: a text within a case may hold other line ends than those of JSON Lines.
    header, *lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    said = _read(header, name)
    if said.get("format") != FORMAT:
        raise SynthDealError(
            f"{name} holds no cases of the format {FORMAT}: write it anew with --save-cases.",
            code="compare.not-cases",
            usage=True,
        )
    if said.get("sha256") != _hash(lines) or said.get("cases") != len(lines):
        raise SynthDealError(
            f"{name} was changed since it was written, so its figures would not be those of before: restore it, or "
            "write it anew with --save-cases.",
            code="compare.cases-changed",
            usage=True,
        )
    try:
        cases = [_read(line, name) for line in lines]
        inputs = _inputs([case["input"] for case in cases])
        truth = pl.DataFrame([_truth(case) for case in cases], schema=_TRUTH_SCHEMA)
        landmark = said["landmark"] and dt.date.fromisoformat(said["landmark"])
    except (KeyError, TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise SynthDealError(
            f"{name} holds cases that this version cannot read ({error}): write it anew with --save-cases.",
            code="compare.cases-of-another-version",
            usage=True,
        ) from error
    chosen = inputs[:size]
    ids = [deal.opportunity_id for deal in chosen]
    truth = truth.filter(pl.col("opportunity_id").is_in(ids)).sort("opportunity_id")
    return DrawnSample(truth, chosen, len(inputs), None, landmark, str(said["sha256"]))


def _case(deal: ScorerInput, truth: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "input": {name: _plain(value) for name, value in asdict(deal).items()},
        "true_levels": {element: truth[f"true_{element}"] for element in MEDDPICC_WEIGHTS},
        "true_win_probability": truth["true_win_probability"],
        "has_planted_instruction": truth["has_planted_instruction"],
        "outcome": truth["state"],
        **{day: _plain(truth[day]) for day in DAYS},
    }


def _truth(case: Mapping[str, Any]) -> dict[str, Any]:
    """What is really so of a case.

    Raises:
        ValueError: It is none of what can be so.
    """
    outcome, chance, stage_name = case["outcome"], case["true_win_probability"], case["input"]["stage_name"]
    levels = {element: case["true_levels"][element] for element in MEDDPICC_WEIGHTS}
    require_possible(state=outcome, stage_name=stage_name, chance=chance, levels=levels)
    return {
        "opportunity_id": case["input"]["opportunity_id"],
        "state": outcome,
        "has_planted_instruction": case["has_planted_instruction"],
        "true_win_probability": chance,
        **{f"true_{element}": level for element, level in levels.items()},
        "stage_name": stage_name,
        **{day: dt.date.fromisoformat(case[day]) for day in DAYS},
        "is_closed": outcome != "open",
        "is_won": outcome == "won",
    }


def _inputs(cases: Sequence[Mapping[str, Any]]) -> tuple[ScorerInput, ...]:
    """The inputs of the cases, whose hashes are those that this version makes of them.

    Raises:
        ValueError: A field is missing, or a hash is another one.
    """
    types = SCORER_INPUTS.polars_schema
    rows = [
        {name: dt.date.fromisoformat(case[name]) if types[name] == pl.Date() else case[name] for name in FIELDS}
        for case in cases
    ]
    frame = pl.DataFrame(rows, schema={name: types[name] for name in FIELDS})
    if not with_input_hash(frame)["input_hash"].equals(frame["input_hash"]):
        raise ValueError("the hash of an input is another one")
    if frame["opportunity_id"].n_unique() != frame.height or frame.is_empty():
        raise ValueError("each case must be another deal, and there must be one")
    return tuple(deals_of(frame))


def _hash(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _as_json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _read(line: str, name: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise SynthDealError(
            f"{name} is no file of cases, because a line of it is not a JSON object: write it anew with --save-cases.",
            code="compare.no-cases-in-it",
            usage=True,
        )
    return value


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date) else value
