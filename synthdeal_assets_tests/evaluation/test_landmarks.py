"""How well open deals can be ranked: counted pair by pair, and as far apart as the world promises."""

from __future__ import annotations

import datetime as dt
from itertools import product

import dagster as dg
import numpy as np
import polars as pl
import pytest

from synthdeal_assets.evaluation.assets import landmark_ranking
from synthdeal_assets.evaluation.quality.landmarks import ranking_of
from synthdeal_assets.evaluation.tables import (
    BY_CHANCE,
    BY_LEVELS,
    BY_LEVELS_WITHIN_A_STAGE,
    BY_STAGE,
    LANDMARK_RANKING,
)
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.world.generate import generate_world_in_chunks
from synthdeal_assets.world.salesforce_picklists import OPEN_STAGES
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets.world.store import store_world


def deals(count: int = 200, *, month_ends: int = 2, seed: int = 5) -> pl.DataFrame:
    """Deals that were each open at several month ends, the better ones further on and more often won."""
    draws = np.random.Generator(np.random.Philox(seed))
    strength = np.repeat(draws.normal(size=count), month_ends)
    noise = draws.normal(size=(2, count * month_ends))
    stage = np.clip(np.round(3 + 0.7 * strength + 2 * noise[0]), 0, 7).astype(int)
    return pl.DataFrame(
        {
            "opportunity_id": np.repeat([f"D{number:03d}" for number in range(count)], month_ends),
            "stage_name": [OPEN_STAGES[place] for place in stage],
            "levels": np.clip(np.round(12 + 4 * strength + 3 * noise[1]), 0, 24).astype(int),
            "win_probability": np.round(1 / (1 + np.exp(-2 * strength)), 4),
            "won": np.repeat(draws.random(count), month_ends) < 1 / (1 + np.exp(-2 * strength)),
        }
    )


def in_right_order(frame: pl.DataFrame, score: pl.Series, *, within: bool = False) -> float:
    """Share of the pairs of a won and a lost deal in which the won one ranks higher, counted one by one."""
    rows = list(zip(score, frame["stage_name"], frame["won"], strict=True))
    pairs = [
        (won, lost)
        for (won, stage, is_won), (lost, other, other_won) in product(rows, rows)
        if is_won and not other_won and (not within or stage == other)
    ]
    return float(np.mean([(won > lost) + (won == lost) / 2 for won, lost in pairs]))


def test_each_figure_is_the_share_of_pairs_in_the_right_order() -> None:
    frame = deals()
    measured = {row["ranked_by"]: row for row in ranking_of(frame).to_dicts()}
    stage = frame["stage_name"].replace_strict({name: place for place, name in enumerate(OPEN_STAGES)})
    expected = {
        BY_STAGE: in_right_order(frame, stage),
        BY_LEVELS: in_right_order(frame, frame["levels"]),
        BY_LEVELS_WITHIN_A_STAGE: in_right_order(frame, frame["levels"], within=True),
        BY_CHANCE: in_right_order(frame, frame["win_probability"]),
    }
    assert {name: row["value"] for name, row in measured.items()} == pytest.approx(expected, abs=5e-5)
    for row in measured.values():
        assert row["low"] < row["value"] < row["high"]
        assert (row["opportunities"], row["landmarks"]) == (200, 400)


def test_a_deal_at_many_month_ends_makes_no_interval_narrower() -> None:
    """The same rows four times over carry no more than once."""
    frame = deals(month_ends=1)
    once, often = (ranking_of(each).row(0, named=True) for each in (frame, pl.concat([frame] * 4)))
    assert once["value"] == often["value"]
    assert (once["low"], once["high"]) == (often["low"], often["high"])


@pytest.mark.parametrize("frame", [deals().head(0), deals().filter("won")], ids=["no deal", "won deals alone"])
def test_without_won_and_lost_deals_nothing_is_measured(frame: pl.DataFrame) -> None:
    measured = ranking_of(frame)
    assert measured.height == 4
    assert measured["value"].null_count() == measured["low"].null_count() == 4
    assert measured["explanation"].str.starts_with("Not computed").all()


def test_a_world_keeps_what_it_promises_of_its_stages_levels_and_chances(warehouse: Warehouse) -> None:
    store_world(warehouse, generate_world_in_chunks(WorldSpec(7_701, 700, dt.date(2026, 11, 20))))
    assert dg.materialize([landmark_ranking], resources={"warehouse": warehouse}).success
    value = {row["ranked_by"]: row["value"] for row in warehouse.read_table(LANDMARK_RANKING).to_dicts()}
    assert 0.56 < value[BY_STAGE] < 0.70
    assert value[BY_LEVELS_WITHIN_A_STAGE] > 0.66
    assert value[BY_LEVELS] > value[BY_STAGE] + 0.05
    assert value[BY_CHANCE] > value[BY_LEVELS] + 0.05
