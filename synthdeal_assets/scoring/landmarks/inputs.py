"""What a scorer might have seen of open deals at a month end, put together from what the CRM showed on that day.

The hash of each says that it is the same question as on the day itself.
"""

from __future__ import annotations

import datetime as dt

import duckdb
import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame, table_exists
from synthdeal_assets.scoring.inputs import HAS_LEFT, with_input_hash
from synthdeal_assets.world.landmark_tables import LANDMARK_TEXTS


def landmark_inputs(connection: duckdb.DuckDBPyConnection, day: dt.date | None = None) -> pl.DataFrame:
    """What a scorer might have seen at month ends, in the order of landmark_date and opportunity_id.

    Args:
        connection: The warehouse, with a world in it.
        day: One month end; None for all that are on record.

    Returns:
        landmark_date and the columns of scoring.scorer_inputs but for the snapshot date; no row is of a renewal.
    """
    query = statement(__package__, "landmark_inputs.sql", has_left=HAS_LEFT)
    return with_input_hash(query_frame(connection, query, {"day": day}))


def require_landmark(connection: duckdb.DuckDBPyConnection, day: dt.date) -> None:
    """Make sure that deals were open at the end of a day and that it is on record what was written of them.

    Raises:
        SynthDealError: The day is none of the month ends on record.
    """
    query = f"SELECT DISTINCT landmark_date FROM {LANDMARK_TEXTS.qualified_name} ORDER BY landmark_date"
    days = query_frame(connection, query).to_series().to_list() if table_exists(connection, LANDMARK_TEXTS) else []
    if day not in days:
        known = f"those from {days[0]} to {days[-1]} are on record" if days else "there is none on record"
        raise SynthDealError(
            f"{day} is not the end of a month at which deals were open: {known}; choose one of them, or run "
            "`synthdeal run` first.",
            code="scoring.no-landmark",
            usage=True,
        )
