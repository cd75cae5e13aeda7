"""The cases of a benchmark: what a judge is shown, and what is really so, which it must not see.

A deal whose notes carry a planted instruction makes two cases, one with it and one without. Ids are hashes and the
cases stand in their order, so that neither tells which deals these are. How cases are written to files belongs in
`folder.py`, how answers to them are measured in `measures.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import polars as pl

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame
from synthdeal_assets.llm.prompts import PromptSet
from synthdeal_assets.scoring.inputs import deals_of, with_input_hash
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS
from synthdeal_assets.scoring.scorers.llm_scorer import SHOWN, opportunity_prompt
from synthdeal_assets.scoring.tables import SCORER_INPUTS

ID_DIGITS: Final = 12

AS_WRITTEN: Final = "as written"
WITH_INSTRUCTION: Final = "with an instruction"


@dataclass(frozen=True, slots=True)
class Split:
    """A world whose deals are cases.

    Attributes:
        name: What the split is called, by the world's seed.
        seed: Seed of the world.
        size: Opportunities created in a year.
        as_of: The day the world is seen on, as YYYY-MM-DD.
        generator_version: Version of what made the world.
    """

    name: str
    seed: int
    size: int
    as_of: str
    generator_version: str


@dataclass(frozen=True, slots=True)
class BenchmarkCase:
    """One question to a judge.

    Attributes:
        case_id: Its id, in the form of an opportunity's, by which it is answered.
        split: Name of the split.
        fields: What may be seen of the deal, by name, as JSON has it.
        prompt: The same as a message to a model, made harmless as data.
        key: What is really so: a row of `folder.KEY_FIELDS`.
    """

    case_id: str
    split: str
    fields: Mapping[str, object]
    prompt: str
    key: Mapping[str, object]


def cases_of(
    connection: duckdb.DuckDBPyConnection, split: Split, prompts: PromptSet, *, most: int | None = None
) -> list[BenchmarkCase]:
    """The cases of one world, in the order of their ids; renewals are none.

    Args:
        connection: Where schemas crm and truth of the world are, and scoring.scorer_inputs.
        split: The world.
        prompts: What makes a message of a deal.
        most: Deals to take at most, drawn by the hash of their ids; None takes all.
    """
    deals = query_frame(connection, statement(__package__, "benchmark_deals.sql"))
    place = [_case_id(split, key, "draw") for key in deals["opportunity_id"]]
    drawn = deals.with_columns(place=pl.Series(place, dtype=pl.String)).sort("place").head(most or deals.height)
    carriers = drawn.filter(pl.col("planted_instruction").is_not_null() & pl.col("clean_notes").is_not_null())
    clean = drawn.with_columns(notes=pl.coalesce("clean_notes", "notes"))
    cases = [*_rendered(clean, split, AS_WRITTEN, prompts), *_rendered(carriers, split, WITH_INSTRUCTION, prompts)]
    return sorted(cases, key=lambda case: case.case_id)


def _rendered(deals: pl.DataFrame, split: Split, kind: str, prompts: PromptSet) -> Iterator[BenchmarkCase]:
    """The deals as cases of one kind: under ids of their own, with a hash of what they now say."""
    ids = pl.Series("opportunity_id", [_case_id(split, key, kind) for key in deals["opportunity_id"]], dtype=pl.String)
    renamed = deals.select(column.name for column in SCORER_INPUTS.columns).with_columns(ids)
    for shown, row in zip(deals_of(with_input_hash(renamed)), deals.iter_rows(named=True), strict=True):
        without = _case_id(split, row["opportunity_id"], AS_WRITTEN)
        yield BenchmarkCase(
            shown.opportunity_id,
            split.name,
            {name: _as_json(getattr(shown, name)) for name in SHOWN},
            opportunity_prompt(prompts, shown),
            {
                "case_id": shown.opportunity_id,
                "split": split.name,
                "opportunity_id": row["opportunity_id"],
                "twin_of": without if kind == WITH_INSTRUCTION else None,
                "stage_name": row["stage_name"],
                "state": row["state"],
                "won": row["won"],
                "chance": row["true_win_probability"],
                "levels": {element: row[f"true_{element}"] for element in MEDDPICC_WEIGHTS},
            },
        )


def _case_id(split: Split, opportunity_id: str, kind: str) -> str:
    """An id of the form OPP-, 12 hexadecimal digits, that no other world and no other day of this one has."""
    world = (split.seed, split.size, split.as_of, split.generator_version)
    text = "|".join(map(str, (*world, opportunity_id, kind)))
    return "OPP-" + hashlib.sha256(text.encode()).hexdigest()[:ID_DIGITS]


def _as_json(value: Any) -> object:
    return value if value is None or isinstance(value, str | float | int) else value.isoformat()
