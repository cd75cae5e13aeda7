"""What was written at month ends is what a world of that day has, and in a large world a fixed part of it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from synthdeal_assets.scoring.inputs import build_inputs
from synthdeal_assets.scoring.landmarks.inputs import landmark_inputs
from synthdeal_assets.world.landmarks import TEXTS_A_DAY
from synthdeal_assets.world.salesforce_picklists import RENEWAL
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets_tests.world.in_memory import world_in_memory

AS_OF = dt.date(2026, 11, 20)


@pytest.mark.parametrize("seed", [42, 8])
def test_a_scorer_is_given_of_a_month_end_what_it_would_have_been_given_on_that_day(seed: int) -> None:
    with world_in_memory(WorldSpec(seed, 150, AS_OF)) as today:
        given = landmark_inputs(today)
    assert given["landmark_date"].n_unique() == 24
    for day in given["landmark_date"].unique().sort()[[0, 9, 17, 23]]:
        with world_in_memory(WorldSpec(seed, 150, day)) as that_day:
            was_open = that_day.execute(
                f"SELECT opportunity_id FROM crm.opportunities WHERE NOT is_closed AND type <> '{RENEWAL}'"
            ).pl()
            seen = build_inputs(that_day).join(was_open, on="opportunity_id", how="semi").sort("opportunity_id")
        assert seen.height > 20
        assert_frame_equal(given.filter(landmark_date=day).drop("landmark_date"), seen.drop("snapshot_date"))


def test_texts_of_a_landmark_never_change_once_it_is_past() -> None:
    with (
        world_in_memory(WorldSpec(5, 120, AS_OF)) as today,
        world_in_memory(WorldSpec(5, 120, AS_OF + dt.timedelta(45))) as later,
    ):
        before, after = landmark_inputs(today), landmark_inputs(later)
    key = ["landmark_date", "opportunity_id"]
    both = before.join(after.select(key), on=key, how="semi")
    assert both["landmark_date"].n_unique() == 22
    assert_frame_equal(both, after.join(before.select(key), on=key, how="semi"))


@pytest.mark.slow
def test_in_a_large_world_about_800_deals_a_day_have_their_texts_and_always_the_same_ones() -> None:
    with world_in_memory(WorldSpec(7, 8_000, AS_OF)) as world:
        texts = world.execute("FROM crm.landmark_texts").pl()
        open_deals = world.execute(
            "SELECT count(*) FROM crm.landmarks JOIN crm.opportunities USING (opportunity_id) "
            f"WHERE type <> '{RENEWAL}'"
        ).fetchall()[0][0]
    a_day = texts.group_by("landmark_date").len()["len"].to_numpy()
    assert texts.height < open_deals / 2
    assert np.abs(a_day / TEXTS_A_DAY - 1).max() < 0.3
    with world_in_memory(WorldSpec(7, 8_000, AS_OF + dt.timedelta(30))) as later:
        again = later.execute("FROM crm.landmark_texts").pl()
    shared = pl.col("landmark_date").is_in(set(texts["landmark_date"]) & set(again["landmark_date"]))
    assert_frame_equal(texts.filter(shared), again.filter(shared))
