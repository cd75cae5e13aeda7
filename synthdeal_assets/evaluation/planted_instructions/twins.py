"""Deals that carry a planted instruction, each with its twin: the same deal without the instruction.

A twin has the notes as they would read without the instruction, under an id of its own (`twin_id`). Judging it and
comparing the two belongs in `instruction_effects.py`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.evaluation.tables import INSTRUCTION_EFFECTS
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame, table_exists, table_frame
from synthdeal_assets.scoring.answer import Judge
from synthdeal_assets.scoring.inputs import ScorerInput, deals_of, with_input_hash
from synthdeal_assets.scoring.scorers.scorer import Scorer, judge_as

TWIN_ID_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class PlantedDeal:
    """A deal with a planted instruction.

    Attributes:
        opportunity_id: The deal.
        input_hash: Hash of its present input.
        instruction: The instruction.
        twin: The same input without the instruction, under the id of `twin_id`.
        judge: Who made the score of the present input; None when it has none.
        score: That score, 0 to 100.
        win_probability: The chance that goes with it, 0 to 1.
    """

    opportunity_id: str
    input_hash: str
    instruction: str
    twin: ScorerInput
    judge: Judge | None
    score: float | None
    win_probability: float | None


@dataclass(frozen=True, slots=True)
class WithoutInstruction:
    """What a twin got: score (0 to 100), chance (0 to 1) and when (UTC without zone)."""

    score: float
    win_probability: float
    measured_at: dt.datetime


TwinKey = tuple[str, Judge]
"""Hash of the twin's input, and who judged it."""


def twin_id(opportunity_id: str) -> str:
    """The id under which a deal's twin is asked about: OPP- and 12 hexadecimal digits, of SHA-256 of the deal's id.

    It is the twin's own in the prompt and in the ledger, so that each id there has one paid answer. It looks like any
    other id, because a word such as "twin" could change what a model answers, and has no dash between its digits, so
    that nothing that looks for the ids of the world (OPP-, eight digits, a dash, four digits) takes it for one.
    """
    return "OPP-" + hashlib.sha256(opportunity_id.encode()).hexdigest()[:TWIN_ID_DIGITS]


def read_planted_deals(connection: duckdb.DuckDBPyConnection) -> list[PlantedDeal]:
    """The deals of the present world that carry a planted instruction, in the order of opportunity_id."""
    rows = query_frame(connection, statement(__package__, "planted_deals.sql"))
    ids = pl.Series("opportunity_id", [twin_id(each) for each in rows["opportunity_id"]], dtype=pl.String)
    twins = deals_of(with_input_hash(rows.with_columns(ids, notes=pl.col("clean_notes"))))
    return [
        PlantedDeal(
            row["opportunity_id"],
            row["input_hash"],
            row["planted_instruction"],
            twin,
            Judge(row["scorer"], row["model"], row["prompt_version"]) if row["scorer"] is not None else None,
            row["score"],
            row["win_probability"],
        )
        for row, twin in zip(rows.iter_rows(named=True), twins, strict=True)
    ]


def twins_to_be_judged(
    connection: duckdb.DuckDBPyConnection, scorer: Scorer, pending: pl.DataFrame
) -> tuple[ScorerInput, ...]:
    """The twins that a run would have judged after it has scored all that is pending.

    Args:
        connection: A warehouse with the world as the run would see it.
        scorer: Who would score.
        pending: What it would score, with a column opportunity_id.
    """
    judge = judge_as(scorer)
    measured = measured_before(connection)
    would_have_a_score = set(pending["opportunity_id"])
    twins = (
        deal.twin
        for deal in read_planted_deals(connection)
        if deal.judge == judge or deal.opportunity_id in would_have_a_score
    )
    return tuple(twin for twin in twins if (twin.input_hash, judge) not in measured)


def measured_before(connection: duckdb.DuckDBPyConnection) -> dict[TwinKey, WithoutInstruction]:
    """The twins that were judged before, from scoring.instruction_effects as it stands."""
    if not table_exists(connection, INSTRUCTION_EFFECTS):
        return {}
    rows = table_frame(connection, INSTRUCTION_EFFECTS)
    return {
        (row["input_hash_without"], Judge(row["scorer"], row["model"], row["prompt_version"])): WithoutInstruction(
            row["score_without"], row["win_probability_without"], row["measured_at"]
        )
        for row in rows.iter_rows(named=True)
    }
