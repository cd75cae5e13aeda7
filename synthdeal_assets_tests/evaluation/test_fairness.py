"""Differences between groups: found when they are there, not when the truth explains them, and no verdict on a few."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import polars as pl
import pytest

from synthdeal_assets.evaluation.checks import NO_GROUP_DIFFERS
from synthdeal_assets.evaluation.quality.fairness import compare_groups
from synthdeal_assets.evaluation.tables import (
    DIFFERS,
    NO_DIFFERENCE,
    TOO_FEW,
)
from synthdeal_assets.foundation.warehouse.table_checks import violations
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS
from synthdeal_assets_tests.scoring.conftest import Room
from synthdeal_assets_tests.scoring.small_org import deal

pytestmark = pytest.mark.slow


def deals(count: int = 600, *, seed: int = 3, bonus_of_apac: float = 0.0) -> pl.DataFrame:
    """Deals whose segments and stages differ in truth, scored with noise that knows no group but APAC."""
    draws = np.random.Generator(np.random.Philox(seed))
    strength = draws.normal(size=count)
    true = {
        f"true_{element}": np.clip(np.round(1.2 + strength + draws.normal(0, 0.7, count)), 0, 3).astype(np.int64)
        for element in MEDDPICC_WEIGHTS
    }
    seen = [np.clip(levels - (draws.random(count) < 0.3), 0, 3) for levels in true.values()]
    region = draws.choice(["APAC", "EMEA", "LATAM"], count, p=[0.25, 0.7, 0.05])
    score = sum(weight * levels / 3 for weight, levels in zip(MEDDPICC_WEIGHTS.values(), seen, strict=True))
    return pl.DataFrame(
        {
            **true,
            "score": np.clip(np.round(score + bonus_of_apac * (region == "APAC"), 1), 0, 100),
            "segment": np.where(strength + draws.normal(0, 0.5, count) > 0, "Enterprise", "SMB"),
            "region": region,
            "owner": [f"Owner {number % 12:02d}" for number in range(count)],
            "industry": ["Energy"] * count,
            "stage": np.where(strength > 0.8, "Negotiation/Review", np.where(strength > -0.5, "Needs Analysis", "New")),
        }
    )


def figures(frame: pl.DataFrame) -> dict[tuple[str, str, str], dict[str, Any]]:
    return {(row["attribute"], row["group_name"], row["measure"]): row for row in compare_groups(frame)}  # type: ignore[misc]


def test_a_difference_that_the_truth_explains_is_none() -> None:
    measured = figures(deals())
    raw = measured["stage", "Negotiation/Review", "score_difference"]["observed"]
    assert raw - measured["stage", "New", "score_difference"]["observed"] > 40, "the stages do differ"
    assert [row for row in measured.values() if row["verdict"] == DIFFERS] == []
    for attribute, name in (("stage", "Negotiation/Review"), ("segment", "SMB"), ("region", "EMEA")):
        row = measured[attribute, name, "score_difference"]
        assert row["verdict"] == NO_DIFFERENCE
        assert row["low"] < 0 < row["high"]
        assert abs(row["difference"]) < 2


def test_points_given_to_one_region_are_found_in_size_and_at_the_threshold() -> None:
    measured = figures(deals(bonus_of_apac=6.0))
    apac, emea = (measured["region", name, "score_difference"] for name in ("APAC", "EMEA"))
    assert apac["verdict"] == DIFFERS
    assert apac["low"] < 6 < apac["high"]
    assert emea["difference"] < 0, "what one gets more the others get less"
    share = figures(deals(bonus_of_apac=15.0))["region", "APAC", "share_at_or_above_50"]
    assert share["verdict"] == DIFFERS
    assert share["low"] > 0
    assert {attribute for (attribute, _, _), row in measured.items() if row["verdict"] == DIFFERS} == {"region"}


def test_a_mean_score_is_compared_with_a_regression_on_the_other_groups() -> None:
    frame = deals(bonus_of_apac=6.0)
    is_apac = (frame["region"] == "APAC").to_numpy()
    columns = np.column_stack(
        [
            np.ones(frame.height),
            *((frame[f"true_{element}"] == level).to_numpy() for element in MEDDPICC_WEIGHTS for level in (1, 2, 3)),
        ]
    )
    score = frame["score"].to_numpy()
    found, *_ = np.linalg.lstsq(columns[~is_apac], score[~is_apac], rcond=None)
    row = figures(frame)["region", "APAC", "score_difference"]
    assert row["observed"] == pytest.approx(score[is_apac].mean(), abs=1e-4)
    assert row["expected"] == pytest.approx((columns[is_apac] @ found).mean(), abs=0.01)


def test_a_share_is_compared_with_the_shares_of_the_other_groups_in_each_stratum() -> None:
    frame = deals(200).with_columns(pl.lit(0).alias(f"true_{element}") for element in list(MEDDPICC_WEIGHTS)[1:])
    # One element is left, so that the strata can be told by hand: its four levels.
    row = figures(frame)["segment", "SMB", "share_at_or_above_50"]
    group, others = frame.filter(pl.col("segment") == "SMB"), frame.filter(pl.col("segment") != "SMB")
    shares = {
        level: (part["score"] >= 50).mean() for (level,), part in others.group_by("true_metrics", maintain_order=True)
    }
    expected = [shares[level] for level in group["true_metrics"]]
    assert row["observed"] == pytest.approx((group["score"] >= 50).mean(), abs=1e-4)
    assert row["expected"] == pytest.approx(sum(expected) / len(expected), abs=1e-4)  # type: ignore[arg-type]


def test_a_group_of_which_nobody_is_above_a_threshold_does_not_differ_for_that_alone() -> None:
    frame = deals()
    is_first = pl.col("owner") == "Owner 01"
    fallen = frame.with_columns(score=pl.when(is_first).then(pl.min_horizontal("score", 69.9)).otherwise("score"))
    row = figures(fallen)["owner", "Owner 01", "share_at_or_above_70"]
    expected, count = row["expected"], row["opportunities"]
    assert row["observed"] == 0
    assert 5 < count * expected < 12
    # In each resample the share is 0 again; chance among as many deals of the others reaches further.
    assert row["high"] - row["low"] > 2 * 1.96 * 0.5 * (expected * (1 - expected) / count) ** 0.5
    assert row["verdict"] == NO_DIFFERENCE


def test_a_small_group_is_reported_as_measured_without_a_verdict() -> None:
    measured = figures(deals(bonus_of_apac=6.0))
    latam = measured["region", "LATAM", "score_difference"]
    assert latam["opportunities"] < 30
    assert latam["difference"] is not None
    assert (latam["low"], latam["high"], latam["verdict"]) == (None, None, TOO_FEW)
    rare = measured["owner", "Owner 01", "share_at_or_above_80"]
    assert rare["opportunities"] * rare["expected"] < 5
    assert rare["verdict"] == TOO_FEW


def test_a_group_without_others_or_a_small_sample_has_nothing_to_be_compared_with() -> None:
    alone = figures(deals())["industry", "Energy", "score_difference"]
    assert (alone["expected"], alone["difference"], alone["verdict"]) == (None, None, TOO_FEW)
    assert {row["verdict"] for row in figures(deals(90)).values()} == {TOO_FEW}


def test_the_figures_are_the_same_each_time_and_quick() -> None:
    frame = deals(500)
    started = time.process_time()
    first = list(compare_groups(frame))
    assert time.process_time() - started < 4, "two seconds on an idle machine"
    assert first == list(compare_groups(frame))


def test_worlds_without_unfairness_seldom_raise_an_alarm() -> None:
    alarms = sum(
        len({row["attribute"] for row in compare_groups(deals(seed=seed)) if row["verdict"] == DIFFERS})
        for seed in range(10)
    )
    # At most one of twenty is promised: of 50 more than 6 would be a rare accident (probability 1 %).
    assert alarms <= 6


def test_the_asset_has_a_row_for_every_group_and_the_check_lists_those_that_differ(room: Room) -> None:
    room.put([deal(number, stage="Value Proposition" if number % 2 else "Qualification") for number in range(12)])
    result = room.everything()
    assert result.success
    assert room.rows(
        "SELECT DISTINCT attribute, group_name, opportunities FROM scoring.score_fairness "
        "WHERE attribute IN ('owner', 'stage') ORDER BY ALL"
    ) == [
        ("owner", "Olga Berg, 005A", 12),
        ("stage", "Qualification", 6),
        ("stage", "Value Proposition", 6),
    ]
    with room.warehouse.connect() as connection:
        assert violations(connection, NO_GROUP_DIFFERS) == []
        connection.execute(
            f"UPDATE scoring.score_fairness SET verdict = '{DIFFERS}' WHERE group_name = 'Qualification'"
        )
        (found,) = violations(connection, NO_GROUP_DIFFERS)
    assert found.count == 5
    assert "Qualification" in str(found.sample)
    assert not NO_GROUP_DIFFERS.is_error
    assert not NO_GROUP_DIFFERS.blocking
