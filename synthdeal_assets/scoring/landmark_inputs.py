"""What a scorer might have seen at a month end: which deals, and their inputs, kept by day.

The texts of a day that is past are in no table of the record. Whoever can make them hands the inputs in; the hash of
each says that it is the same question as ever.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import create, insert, query_frame, table_exists
from synthdeal_assets.scoring.tables import LANDMARK_INPUTS
from synthdeal_assets.world.landmark_tables import LANDMARKS

MOST_DEALS: Final = 2_000
"""Deals of a day: enough to tell scorers apart, and what asking about them costs stays foreseeable."""


def sampled_deals(connection: duckdb.DuckDBPyConnection, day: dt.date) -> list[str]:
    """The deals of a month end that are looked at, at most 2,000, always the same ones.

    Raises:
        SynthDealError: The day is none of the month ends on record.
    """
    days = (
        query_frame(connection, "SELECT min(landmark_date), max(landmark_date) FROM crm.landmarks").row(0)
        if table_exists(connection, LANDMARKS)
        else (None, None)
    )
    chosen = (
        query_frame(connection, statement(__package__, "landmark_sample.sql"), {"day": day, "most": MOST_DEALS})
        if days[0] is not None
        else LANDMARKS.empty()
    )
    if chosen.is_empty():
        first, last = days
        known = f"those from {first} to {last} are on record" if first else "there is none on record"
        raise SynthDealError(
            f"{day} is not the end of a month at which deals were open: {known}; choose one of them, or run "
            "`synthdeal run` first.",
            code="scoring.no-landmark",
            usage=True,
        )
    return chosen["opportunity_id"].to_list()


def keep_landmark_inputs(connection: duckdb.DuckDBPyConnection, day: dt.date, inputs: pl.DataFrame) -> None:
    """Put the inputs of a day in the place of those kept of it; call it inside a transaction.

    Args:
        connection: The warehouse.
        day: The month end.
        inputs: Rows with the columns of scoring.scorer_inputs.
    """
    create(connection, LANDMARK_INPUTS)
    connection.execute("DELETE FROM scoring.landmark_inputs WHERE landmark_date = $day", {"day": day})
    insert(connection, LANDMARK_INPUTS, inputs.with_columns(landmark_date=pl.lit(day)))


def kept_inputs(connection: duckdb.DuckDBPyConnection, day: dt.date, opportunity_ids: Sequence[str]) -> pl.DataFrame:
    """The kept inputs of these opportunities on a month end, in the order of opportunity_id."""
    return query_frame(
        connection,
        "SELECT * EXCLUDE landmark_date FROM scoring.landmark_inputs "
        "WHERE landmark_date = $day AND opportunity_id IN (SELECT unnest($ids)) ORDER BY opportunity_id",
        {"day": day, "ids": list(opportunity_ids)},
    )
