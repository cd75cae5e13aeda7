"""Which deals a candidate covers, on each day by what was known on it.

Rows in, rows out: what the rows say for the candidate is counted in `records.py`, and read and stored in `assets.py`.
"""

from __future__ import annotations

import datetime as dt
import zlib
from typing import Final

import polars as pl

from synthdeal_assets.scoring.flags.candidates import Candidate, Learnt

MIN_WON: Final = 5
"""Won deals from which a threshold is learnt. Fewer have no lowest quarter; more would cost the record its first
months."""
DAYS_TO_AN_END: Final = 90
"""Days after which nearly all late deals have ended. A record of later days would be one of the quick ones."""


def flagged_rows(deals: pl.DataFrame, candidate: Candidate, as_of: dt.date) -> pl.DataFrame:
    """The deals of the candidate's base, with whether it covers them.

    Args:
        deals: One row for each deal and day on which it was open: opportunity_id, day, stage_name, the numbers that
            the candidate looks at, lot, closed_on and is_won (NULL while it is open).
        candidate: What is looked for.
        as_of: The present day.

    Returns:
        opportunity_id, day, stage_name, is_won, value, threshold, is_flagged, is_counted (whether the record counts
        the deal by this row). Without the rows that lack the number, or the threshold because too few deals of their
        kind had been won by that day.
    """
    base = deals.filter(pl.col("stage_name").is_in(candidate.stages)).with_columns(
        value=candidate.value.cast(pl.Float64)
    )
    if isinstance(candidate.threshold, Learnt):
        learnt = learnt_thresholds(deals, candidate.threshold)
        base = base.join(learnt, on=["day", candidate.threshold.by], how="left", maintain_order="left")
    else:
        base = base.with_columns(threshold=pl.lit(candidate.threshold, pl.Float64))
    covers = pl.col("value") < pl.col("threshold") if candidate.below else pl.col("value") > pl.col("threshold")
    return (
        base.with_columns(is_flagged=covers)
        .drop_nulls("is_flagged")
        .select(
            "opportunity_id",
            "day",
            "stage_name",
            "is_won",
            "value",
            "threshold",
            "is_flagged",
            is_counted=_is_counted(as_of),
        )
    )


def learnt_thresholds(deals: pl.DataFrame, learnt: Learnt) -> pl.DataFrame:
    """The thresholds of each day, from deals that had been won by then, and only from days on which they were open.

    Args:
        deals: As for `flagged_rows`.
        learnt: What is learnt.

    Returns:
        day, the column that thresholds go by, and threshold; no row where fewer than five deals had been won.
    """
    lessons = (
        deals.filter("is_won")
        .select("opportunity_id", "closed_on", learnt.by, lesson=learnt.lesson.cast(pl.Float64))
        .drop_nulls("lesson")
    )
    if learnt.once_a_deal:
        lessons = lessons.unique("opportunity_id", maintain_order=True)
    by_day = [
        lessons.filter(pl.col("closed_on") <= day)
        .group_by(learnt.by)
        .agg(threshold=learnt.statistic(pl.col("lesson")), won=pl.col("opportunity_id").n_unique())
        .filter(pl.col("won") >= MIN_WON)
        .select(pl.lit(day, pl.Date).alias("day"), learnt.by, "threshold")
        for day in deals.select(pl.col("day").unique().sort()).to_series()
    ]
    none = deals.select("day", learnt.by, threshold=pl.lit(None, pl.Float64)).clear()
    return pl.concat([none, *by_day])


def with_lots(deals: pl.DataFrame) -> pl.DataFrame:
    """The rows with `lot`: which day of a deal is counted goes by the lowest one, so that none is favoured.

    On a deal's first day nothing has lasted long, and its last one is near the end. A lot is the CRC-32 of deal and
    day, and the day where two are the same.
    """
    lots = [
        zlib.crc32(f"{opportunity_id} {day}".encode()) << 32 | day.toordinal()
        for opportunity_id, day in deals.select("opportunity_id", "day").iter_rows()
    ]
    return deals.with_columns(pl.Series("lot", lots, dtype=pl.UInt64))


def _is_counted(as_of: dt.date) -> pl.Expr:
    """Whether a row is the one that counts of its deal, which has ended since, on a day that is long enough ago."""
    long_ago = pl.col("day") <= as_of - dt.timedelta(days=DAYS_TO_AN_END)
    lot = pl.when(pl.col("is_won").is_not_null() & long_ago).then("lot")
    return (lot == lot.min().over("opportunity_id")).fill_null(value=False)
