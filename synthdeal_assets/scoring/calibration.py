"""Win probabilities corrected by how earlier estimates turned out.

The correction is Platt scaling (Platt 1999, "Probabilistic outputs for support vector machines"): a logistic
regression of the outcome on the logit of the estimate, two numbers, with Platt's smoothed targets: a won deal counts
as (N+ + 1) / (N+ + 2) and a lost one as 1 / (N- + 2), so that there is a finite fit even to estimates which part won
from lost deals without a mistake. No chance is corrected to certainty: it stays between 0.001 and 0.999.

Nothing is corrected by its own outcome or a later one. The correction of a closed deal is learned from deals that had
closed before its evidence was frozen, that of an open deal from all closed ones. Outcomes are those of the
CRM, nothing else is read. How good the corrected chances are is measured in the room `evaluation`.
"""

from __future__ import annotations

from typing import Final

import duckdb
import numpy as np
import polars as pl

from synthdeal_assets.foundation.statistics.bootstrap import (
    SMALLEST_CHANCE,
    FloatArray,
    IntArray,
    fit_logistic,
    logistic,
    logit,
)
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame
from synthdeal_assets.scoring.answer import Judge
from synthdeal_assets.scoring.tables import CALIBRATED_PROBABILITIES

MIN_DEALS: Final = 50
MIN_PER_OUTCOME: Final = 10
"""Fewer earlier outcomes than these say too little: two numbers are learned from them, and won deals are the rarer."""

DECIMALS: Final = 4
FITS_AT_ONCE: Final = 64
"""Corrections that are learned at the same time; what they need of memory grows with the number of deals."""


def calibrated_probabilities(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The rows of scoring.calibrated_probabilities, in the order of opportunity_id.

    Each scorer, model and prompt version is corrected by its own estimates alone, and renewals by renewals: nearly all
    of them are won, so that they would raise the chances of the others. Stale scores are left out: they judged another
    state of the deal than the one whose day of evidence is known.
    """
    deals = query_frame(connection, statement(__package__, "calibration_deals.sql"))
    parts = [
        calibrate(group)
        for _, judged in Judge.each_of(deals)
        for group in judged.partition_by("is_renewal", maintain_order=True)
    ]
    if not parts:
        return CALIBRATED_PROBABILITIES.empty()
    columns = [column.name for column in CALIBRATED_PROBABILITIES.columns]
    return CALIBRATED_PROBABILITIES.conform(pl.concat(parts).select(columns).sort("opportunity_id"))


def calibrate(deals: pl.DataFrame) -> pl.DataFrame:
    """The deals of one scorer with their corrected chances.

    Args:
        deals: One row an opportunity: win_probability (0 to 1), snapshot_date, close_date, is_closed, is_won; other
            columns stay as they are.

    Returns:
        The rows with calibrated_win_probability (0 to 1, NULL when fewer than 50 deals had closed before, or fewer
        than 10 of them were won or lost), fitted_deals (how many had closed before) and fitted_until (last day on
        which one of them closed, NULL without a correction).
    """
    lessons = deals.filter(outcome_came_after_evidence()).sort("close_date")
    closed_on = lessons["close_date"].cast(pl.Int32).to_numpy()
    # An open deal is judged on what is known today: every outcome there is came before its own.
    days = deals.select(
        pl.when("is_closed").then(pl.col("snapshot_date").cast(pl.Int32)).otherwise(np.iinfo(np.int32).max)
    ).to_series()
    lessons_before = np.searchsorted(closed_on, days.to_numpy(), side="left")
    sizes, of_size = np.unique(lessons_before, return_inverse=True)
    fits = _corrections(lessons["win_probability"].to_numpy(), lessons["is_won"].cast(pl.Float64).to_numpy(), sizes)[
        of_size
    ]
    chance = logistic(fits[:, 0] + fits[:, 1] * logit(deals["win_probability"].to_numpy()))
    chance = np.clip(chance, SMALLEST_CHANCE, 1 - SMALLEST_CHANCE)
    calibrated = pl.Series("calibrated_win_probability", np.round(chance, DECIMALS)).fill_nan(None)
    learned_until = pl.DataFrame(
        {"fitted_deals": np.arange(1, lessons.height + 1), "fitted_until": lessons["close_date"]}
    )
    return (
        deals.with_columns(calibrated, pl.Series("fitted_deals", lessons_before, dtype=pl.Int64))
        .join(learned_until, on="fitted_deals", how="left", maintain_order="left")
        .with_columns(fitted_until=pl.when(pl.col("calibrated_win_probability").is_not_null()).then("fitted_until"))
    )


def outcome_came_after_evidence() -> pl.Expr:
    """Whether a deal has closed, and after the day of the evidence that was judged.

    A deal that closed on the day of its evidence says nothing about foresight: what was written may be the outcome.
    """
    return pl.col("is_closed") & (pl.col("snapshot_date") < pl.col("close_date"))


def _corrections(estimates: FloatArray, won: FloatArray, sizes: IntArray) -> FloatArray:
    """Intercept and slope learned from the first so many deals, for each of the sizes; NaN where they are too few."""
    fits = np.full((sizes.size, 2), np.nan)
    winners = np.concatenate([[0.0], np.cumsum(won)])[sizes]
    losers = sizes - winners
    enough = (sizes >= MIN_DEALS) & (winners >= MIN_PER_OUTCOME) & (losers >= MIN_PER_OUTCOME)
    points, place = np.unique(logit(estimates), return_inverse=True)
    for chosen in np.array_split(np.flatnonzero(enough), max(1, -(-int(enough.sum()) // FITS_AT_ONCE))):
        won_at, lost_at = (np.zeros((chosen.size, points.size)) for _ in range(2))
        for row, size in enumerate(sizes[chosen]):
            won_at[row] = np.bincount(place[:size], won[:size], points.size)
            lost_at[row] = np.bincount(place[:size], 1 - won[:size], points.size)
        of_won = ((winners[chosen] + 1) / (winners[chosen] + 2))[:, None]
        of_lost = (1 / (losers[chosen] + 2))[:, None]
        fits[chosen] = fit_logistic(points, won_at * of_won + lost_at * of_lost, won_at + lost_at)
    return fits
