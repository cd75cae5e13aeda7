"""What a night has to score: over 45 days no weekday changes more open deals than another.

`make long` walks whole seeds; CI walks some days of one, in `scoring/test_inputs_of_a_living_world.py`.
"""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from synthdeal_assets_tests.scoring.daily_changes import daily_changes
from synthdeal_assets_tests.soak.test_soak import SEEDS

FIRST = dt.date(2026, 11, 25)
DAYS = 45
"""Two ends of months, one of them that of a quarter and of the year."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("size", [500, 2_000])
@pytest.mark.parametrize("seed", SEEDS)
def test_on_each_weekday_at_most_18_percent_of_the_open_deals_change(seed: str, size: int) -> None:
    changes = daily_changes(int(seed), size, FIRST, DAYS)
    sums = changes.group_by("weekday").agg(pl.col("changed").sum(), pl.col("open").sum()).sort("weekday")
    by_weekday = sums["changed"].to_numpy() / sums["open"].to_numpy()
    assert (by_weekday[5:] == 0).all()
    assert by_weekday[:5].max() <= 0.18, sums
    # Of 140 open deals, twice as many change on one day as on another by chance.
    spread, most = (1.7, 0.27) if size == 500 else (1.35, 0.20)
    assert by_weekday[:5].max() < spread * by_weekday[:5].min(), sums
    assert changes["share"].to_numpy().max() <= most
