"""The folder of a benchmark: what is in its files, and how its key is read back. It is all that judging needs.

`cases.jsonl` and `instructions.txt` are for the judge, `key.jsonl` is not. What the tools of others take is made in
`tools.py`; the folder is moved into its place by whoever calls `files_of`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.evaluation.benchmark.cases import BenchmarkCase, Split
from synthdeal_assets.evaluation.stated_truth import require_possible
from synthdeal_assets.llm.prompts import PromptSet
from synthdeal_assets.scoring.rubric import MAX_LEVELS, MEDDPICC, MEDDPICC_WEIGHTS
from synthdeal_assets.scoring.scorers.llm_answer import ANSWER_SCHEMA
from synthdeal_assets.scoring.scorers.llm_scorer import SYSTEM

FORMAT: Final = 1
CASES: Final = "cases.jsonl"
KEY: Final = "key.jsonl"
ABOUT: Final = "benchmark.json"
INSTRUCTIONS: Final = "instructions.txt"
ANSWERS_SCHEMA: Final = "answers_schema.json"


KEY_SCHEMA: Final[Mapping[str, pl.DataType]] = {
    "case_id": pl.String(),
    "split": pl.String(),
    "opportunity_id": pl.String(),
    "twin_of": pl.String(),  # the case of the same deal without the planted instruction; NULL where none is planted
    "stage_name": pl.String(),
    "state": pl.String(),
    "won": pl.Boolean(),  # how the deal ends, also while it is open; NULL where the evidence is as young as the outcome
    "chance": pl.Float64(),  # exact chance of a win
    **{f"true_{element}": pl.Int64() for element in MEDDPICC_WEIGHTS},
}
"""What is known of a case; a line of the key has the levels in an object of their own."""


def files_of(
    cases: Sequence[BenchmarkCase], splits: Sequence[Split], prompts: PromptSet, *, made_by: str
) -> dict[str, str]:
    """The files that every benchmark has, by name, without those of any tool.

    Args:
        cases: The cases of all splits.
        splits: The worlds that they are of.
        prompts: What their messages were made with.
        made_by: Name and version of the program.
    """
    key = json_lines(case.key for case in cases)
    about = {
        "format": FORMAT,
        "made_by": made_by,
        "prompt_version": prompts.version,
        "cases": len(cases),
        "key_sha256": _digest(key.encode()),
        "splits": [
            {
                **dataclasses.asdict(split),
                "deals": sum(case.split == split.name and case.key["twin_of"] is None for case in cases),
                "planted": sum(case.split == split.name and case.key["twin_of"] is not None for case in cases),
            }
            for split in splits
        ],
    }
    shown = (
        {"case_id": case.case_id, "split": case.split, "fields": case.fields, "prompt": case.prompt} for case in cases
    )
    return {
        CASES: json_lines(shown),
        KEY: key,
        ABOUT: json.dumps(about, indent=2) + "\n",
        INSTRUCTIONS: prompts.render(SYSTEM),
        ANSWERS_SCHEMA: json.dumps(answers_schema(), indent=2) + "\n",
    }


def json_lines(rows: Iterable[Mapping[str, object]]) -> str:
    """Rows as JSON Lines; in ASCII, so that no tool trips over an invisible character of a planted instruction."""
    return "".join(json.dumps(row, allow_nan=False) + "\n" for row in rows)


def answers_schema() -> dict[str, Any]:
    """The JSON schema of a line of answers, with that of what the instructions ask a model for."""
    level = {"type": "integer", "minimum": 0, "maximum": MAX_LEVELS[MEDDPICC]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of answers: levels, or the text that a model gave; several lines for a case are repeats",
        "type": "object",
        "required": ["case_id"],
        "properties": {
            "case_id": {"type": "string"},
            "levels": {"type": "object", "properties": dict.fromkeys(MEDDPICC_WEIGHTS, level)},
            "win_probability": {"type": "number", "minimum": 0, "maximum": 1},
            "answer": {
                "description": "What a model gave: its text, or the object in it, in the form below or as a line.",
                "anyOf": [{"type": "string"}, ANSWER_SCHEMA.json_schema],
            },
            "cost_usd": {"type": "number", "minimum": 0},
            "latency_ms": {"type": "number", "minimum": 0},
        },
    }


def read_key(folder: Path) -> pl.DataFrame:
    """The key of a benchmark, with the columns of `KEY_SCHEMA`, in the order of case_id.

    Raises:
        SynthDealError: The folder holds no benchmark, one of a later version, or a key that was changed.
    """
    try:
        about = json.loads((folder / ABOUT).read_bytes())
        key = (folder / KEY).read_bytes()
    except OSError as error:
        raise SynthDealError(
            f"There is no benchmark in {folder} ({ABOUT} and {KEY} cannot be read): name the folder that `synthdeal "
            "export judge-benchmark` has written with --benchmark.",
            code="judge.no-benchmark",
            usage=True,
        ) from error
    except (ValueError, RecursionError) as error:
        raise _damaged(folder, f"{ABOUT} is not JSON") from error
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise _damaged(folder, f"{ABOUT} does not describe a benchmark of format {FORMAT}")
    if about.get("key_sha256") != _digest(key):
        raise _damaged(folder, f"{KEY} is not the one that was exported with {ABOUT}")
    try:
        rows = [_flat(json.loads(line)) for line in key.splitlines()]
        return pl.DataFrame(rows, schema=dict(KEY_SCHEMA), orient="row").sort("case_id")
    except (ValueError, KeyError, TypeError, RecursionError, pl.exceptions.PolarsError) as error:
        raise _damaged(folder, f"{KEY} cannot be read") from error


def _flat(line: Mapping[str, Any]) -> dict[str, object]:
    row = {name: line[name] for name in KEY_SCHEMA if not name.startswith("true_")}
    levels = {element: line["levels"][element] for element in MEDDPICC_WEIGHTS}
    require_possible(state=row["state"], stage_name=row["stage_name"], chance=row["chance"], levels=levels)
    return row | {f"true_{element}": level for element, level in levels.items()}


def _digest(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()


def _damaged(folder: Path, why: str) -> SynthDealError:
    return SynthDealError(
        f"The benchmark in {folder} cannot be used, because {why}: export it anew with `synthdeal export "
        "judge-benchmark`.",
        code="judge.damaged-benchmark",
    )
