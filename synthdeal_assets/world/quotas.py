"""What each seller is to win in a quarter, set on the day before it begins from what had been won by then.

A quota follows from the four quarters before: half from what was won in them in the seller's seat, whoever held it,
half from what the team won a head. That is scaled so that `AIMED_SHARE` of the quarters of all seats in that year would
have reached it, as sales operations do it, and so it needs no constant that would have to fit a world. How much of it
is reached is never asked here. Quotas are for new business and expansions: renewals are part of none.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import IntArray
from synthdeal_assets.world.calendar import (
    PERIODS,
    WINDOW_DAYS,
    date_of,
    quarter_first_day,
    quarter_number,
)
from synthdeal_assets.world.deals import draw_deals
from synthdeal_assets.world.offers import draw_offers
from synthdeal_assets.world.plan_tables import QUOTAS
from synthdeal_assets.world.sales_book import SalesBook
from synthdeal_assets.world.stages import MAX_DAYS_OPEN, draw_paths
from synthdeal_assets.world.tables import HEAD_OF_SALES, MANAGER, SELLER
from synthdeal_assets.world.turnover import HOLDERS

COMPLETE_DAYS: Final = PERIODS * WINDOW_DAYS - 1 - MAX_DAYS_OPEN
"""Whatever closed that many days before `as_of` or later is on record, because it was created at most MAX_DAYS_OPEN
days earlier. The quarters that begin within these days have quotas, and weeks with a forecast."""

AIMED_SHARE: Final = 0.54
"""Seats that would have reached their quota. Of the people some leave within a quarter or have just begun, and about
half reach theirs; published surveys of B2B sales teams mostly say 40% to 60%."""

BASE_QUARTERS: Final = 4
"""Quarters that a quota follows from: a year, so that the season has no part in it."""

STEP_USD: Final = 5_000
"""Quotas are round, and never below one step."""


def quota_quarters(as_of: int) -> range:
    """The quarters with quotas on a day (quarters since 1970): one is set on the day before it begins."""
    before, last = quarter_number(np.array([as_of - COMPLETE_DAYS - 1, as_of + 1])).tolist()
    return range(before + 1, last + 1)


def base_start(as_of: int) -> int:
    """Day of creation of the oldest deals that quotas follow from (days since 1970-01-01)."""
    return quarter_first_day(quota_quarters(as_of)[0] - BASE_QUARTERS) - MAX_DAYS_OPEN


def set_quotas(book: SalesBook, as_of: int, rows: int) -> pl.DataFrame:
    """The quotas of everybody in the team, by quarter: the columns of crm.quotas.

    Args:
        book: The organisation.
        as_of: The day of the world (days since 1970-01-01).
        rows: Deals held in memory at a time.
    """
    won = _won_by_quarter(book, as_of, rows)
    frames = []
    for position, quarter in enumerate(quota_quarters(as_of)):
        start = quarter_first_day(quarter)
        team = book.organisation.team.on(start)
        sellers = team.filter(pl.col("role") == SELLER)
        amounts = sellers_quotas(won[position : position + BASE_QUARTERS, sellers["seat"].to_numpy()])
        sellers = sellers.with_columns(amount=pl.Series(amounts).cast(pl.Float64))
        frames.append(with_managers(team, sellers).with_columns(quarter_start=pl.lit(date_of(start))))
    return QUOTAS.conform(pl.concat(frames).sort(QUOTAS.primary_key))


def sellers_quotas(won: IntArray) -> IntArray:
    """The quotas of sellers for a quarter, in USD.

    Args:
        won: Shape (quarters, sellers): cents that were won in each seller's seat in the quarters before.
    """
    own = won.sum(axis=0) / len(won)
    a_head = won.sum() / won.size
    basis = np.maximum((own + a_head) / 2, 1.0)
    scale = np.quantile(won / basis, 1 - AIMED_SHARE)
    steps = np.rint(np.round(scale * basis / (100 * STEP_USD), 6)).astype(np.int64)
    quotas: IntArray = np.maximum(steps, 1) * STEP_USD
    return quotas


def with_managers(team: pl.DataFrame, sellers: pl.DataFrame) -> pl.DataFrame:
    """The sellers with their amounts, and above them everybody with the sum of those who report to them.

    Args:
        team: The team, as `SalesTeam.on` gives it.
        sellers: Its sellers, with `amount`.
    """
    levels = [sellers]
    for role in (MANAGER, HEAD_OF_SALES):
        sums = levels[-1].group_by(user_id="manager_id").agg(pl.col("amount").sum())
        above = team.filter(pl.col("role") == role).join(sums, on="user_id", how="left", maintain_order="left")
        levels.append(above.with_columns(pl.col("amount").fill_null(0.0)))
    return pl.concat(levels).drop("seat")


def _won_by_quarter(book: SalesBook, as_of: int, rows: int) -> IntArray:
    """Cents won in each quarter (rows) by each seat (columns), from `BASE_QUARTERS` before the first with quotas."""
    quarters = quota_quarters(as_of)
    first = quarters[0] - BASE_QUARTERS
    won: IntArray = np.zeros((len(quarters) + BASE_QUARTERS, book.organisation.team.seats.height), dtype=np.int64)
    for days in book.organisation.calendar.day_ranges(base_start(as_of), as_of, rows):
        deals = draw_deals(book, days)
        wins = deals.where(deals.won)
        paths = draw_paths(wins, book)
        offers = draw_offers(wins, book)
        amount = offers.amount[offers.standing(paths.last_stage), np.arange(len(wins.key))]
        quarter = quarter_number(paths.outcome_day) - first
        # What is won later is part of no quota: each one is set before its quarter.
        counts = (quarter >= 0) & (paths.outcome_day <= as_of)
        np.add.at(won, (quarter[counts], wins.owner[counts] // HOLDERS), amount[counts])
    return won
