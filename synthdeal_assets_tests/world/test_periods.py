"""Three periods are on record, so that every quarter can be compared with that of a year before."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from synthdeal_assets.world.calendar import WINDOW_DAYS, day_number
from synthdeal_assets.world.deals import draw_deals
from synthdeal_assets.world.generate import generate_world
from synthdeal_assets.world.offers import draw_offers
from synthdeal_assets.world.salesforce_picklists import RENEWAL
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets.world.stage_history import view_history
from synthdeal_assets.world.stages import draw_paths
from synthdeal_assets.world.tables import OPPORTUNITIES
from synthdeal_assets_tests.world.worlds import AS_OF, market

SIZE = 500
LAST_FULL_QUARTER_ENDS = dt.date(2026, 9, 30)
EIGHT_QUARTERS_BEGIN = dt.date(2024, 10, 1)


@pytest.mark.parametrize("seed", [7_401, 7_402, 7_403])
@pytest.mark.parametrize("size", [500, pytest.param(2_000, marks=pytest.mark.slow)])
def test_what_was_won_in_each_of_eight_quarters_is_on_record_to_the_cent(seed: int, size: int) -> None:
    """Against the deals of five periods, drawn without a regard to what is on record."""
    spec = WorldSpec(seed, size, AS_OF)
    won = generate_world(spec)[OPPORTUNITIES].filter("is_won")
    on_record = won.filter(pl.col("type") != RENEWAL).select("close_date", "amount")

    as_of = day_number(AS_OF)
    book = market(seed, size).book
    deals = draw_deals(book, range(as_of - 5 * WINDOW_DAYS + 1, as_of + 1))
    paths = draw_paths(deals, book)
    offers = draw_offers(deals, book)
    last_offer = view_history(deals, paths, offers, book, paths.outcome_day - 1).last_offer
    drawn = pl.DataFrame(
        {
            "close_date": pl.Series(paths.outcome_day.astype(np.int32)).cast(pl.Date),
            "amount": offers.amount[last_offer, np.arange(len(deals.key))] / 100,
        }
    ).filter(pl.Series(deals.won))

    assert bookings(on_record).equals(bookings(drawn))
    assert bookings(on_record).height == 8


def bookings(won: pl.DataFrame) -> pl.DataFrame:
    return (
        won.filter(pl.col("close_date").is_between(EIGHT_QUARTERS_BEGIN, LAST_FULL_QUARTER_ENDS))
        .group_by(pl.col("close_date").dt.truncate("1q"))
        .agg(pl.len().alias("deals"), (pl.col("amount") * 100).round().cast(pl.Int64).sum().alias("cents"))
        .sort("close_date")
    )
