"""Landmarks, and the open deals of today in the same form: what flags and forecasts learn from and speak of.

Columns of both: opportunity_id (String), landmark_date (Date; of today's deals the day of the world), owner_id and
stage_name (String), amount (Float64, USD), close_date (Date, as the seller expected it), age_days, days_in_stage and
slips (Int32), score (Float64, 0 to 100), points (Int32, 0 to 24) and win_probability (Float64, 0 to 1) of one scorer,
closed_on (Date) and is_won (Boolean), both NULL while a deal is open. No row is of a renewal.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict

import duckdb
import polars as pl

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame
from synthdeal_assets.scoring.answer import Judge


def landmark_frame(connection: duckdb.DuckDBPyConnection, judge: Judge) -> pl.DataFrame:
    """The landmarks that a scorer has judged, in the order of landmark_date and opportunity_id."""
    return query_frame(connection, statement(__package__, "landmark_frame.sql"), asdict(judge))


def today_frame(connection: duckdb.DuckDBPyConnection, judge: Judge) -> pl.DataFrame:
    """The deals that are open today, in the order of opportunity_id.

    Score, points and win_probability are NULL where the scorer has not judged the present state of the deal.
    """
    return query_frame(connection, statement(__package__, "today_frame.sql"), asdict(judge))


def world_day(connection: duckdb.DuckDBPyConnection) -> dt.date:
    """The day of the world, on which today's deals are open.

    Raises:
        duckdb.CatalogException: There is no world yet; a connection of the warehouse says so in a sentence.
    """
    day: dt.date = query_frame(connection, "SELECT as_of FROM crm.world").item()
    return day
