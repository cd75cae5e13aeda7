"""Models that learn: they find what is there, say why, and are the same after being written down."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import polars as pl
import pytest

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray, curve_area, logistic, value_of
from synthdeal_assets.whitespace.models.calibrating import Calibration
from synthdeal_assets.whitespace.models.histogram_trees import HistogramTrees
from synthdeal_assets.whitespace.models.learners import (
    PARTS_OF,
    Fitted,
    Regression,
    fit_parts,
    fitted_from_text,
    fitted_to_text,
    values_of,
)
from synthdeal_assets.whitespace.models.samples import TrainingSample
from synthdeal_assets.whitespace.vocabulary import BLEND, LEARNERS, LIGHTGBM, REGRESSION, SCIKIT_LEARN_TREES, STAND_INS

EVERY = (*LEARNERS, *STAND_INS)

FEATURES = ("recency_days", "orders_total", "mean_gap_days", "amount_total", "nothing")


def pairs(rows: int = 1_500, seed: int = 5) -> tuple[pl.DataFrame, TrainingSample]:
    random = np.random.default_rng(seed)
    orders = random.poisson(3, rows).astype(float)
    recency = random.integers(0, 300, rows).astype(float)
    gap = np.where(orders > 1, random.integers(5, 90, rows), np.nan)
    frame = pl.DataFrame(
        {
            "recency_days": recency,
            "orders_total": orders,
            "mean_gap_days": gap,
            "amount_total": np.exp(random.normal(4, 2, rows)) - 20,
            "nothing": np.zeros(rows),
        }
    ).with_columns(pl.col("mean_gap_days").fill_nan(None))
    chance = logistic(0.5 * orders - 0.02 * recency - 0.5)
    bought = (random.random(rows) < chance).astype(float)
    return frame, TrainingSample(values_of(frame, FEATURES), bought, np.ones(rows), np.arange(rows) % 20)


@pytest.fixture(scope="module")
def fitted() -> dict[str, Fitted]:
    sample = pairs()[1]
    parts = fit_parts(sample) | {SCIKIT_LEARN_TREES: HistogramTrees.fit(sample)}
    platt = Calibration("platt", slope=0.8, intercept=0.1, shift=-0.2)
    return {name: Fitted(name, FEATURES, tuple(parts[part] for part in PARTS_OF[name]), platt) for name in EVERY}


@pytest.mark.parametrize("learner", EVERY)
class TestEveryLearner:
    def test_ranks_customers_it_has_not_seen(self, fitted: dict[str, Fitted], learner: str) -> None:
        frame, sample = pairs(seed=6)
        chance = fitted[learner].predict(frame)
        assert value_of(curve_area(chance, sample.bought), chance.size) > 0.8
        assert ((chance > 0) & (chance < 1)).all()

    def test_contributions_add_up_to_the_log_odds(self, fitted: dict[str, Fitted], learner: str) -> None:
        frame, _ = pairs(rows=300, seed=7)
        model = fitted[learner]
        counted = model.contributions(frame)
        assert counted.shape == (300, len(FEATURES))
        assert model.bias + counted.sum(axis=1) == pytest.approx(model.log_odds(frame), abs=1e-9)

    def test_gives_the_same_bits_after_being_written_down(self, fitted: dict[str, Fitted], learner: str) -> None:
        frame, _ = pairs(rows=300, seed=8)
        model = fitted[learner]
        again = fitted_from_text(text := fitted_to_text(model))
        assert again.features == model.features
        assert again.predict(frame).tobytes() == model.predict(frame).tobytes()
        assert again.contributions(frame).tobytes() == model.contributions(frame).tobytes()
        assert again.bias == model.bias
        assert fitted_to_text(again) == text

    def test_says_what_mattered_and_leaves_out_what_did_not(self, fitted: dict[str, Fitted], learner: str) -> None:
        mattered = fitted[learner].importances(pairs()[0])
        assert {"recency_days", "orders_total"} <= set(list(mattered)[:3])
        assert "nothing" not in mattered
        assert list(mattered.values()) == sorted(mattered.values(), reverse=True)


def test_the_blend_is_the_mean_of_the_log_odds(fitted: dict[str, Fitted]) -> None:
    frame, _ = pairs(rows=50)
    both = [fitted[name].log_odds(frame) for name in (REGRESSION, LIGHTGBM)]
    assert fitted[BLEND].log_odds(frame) == pytest.approx(np.mean(both, axis=0))


def test_no_prediction_changes_the_threads_that_another_population_learns_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """LightGBM has one number of threads for the process, and breaks it when that grows while a data set is made."""
    predict, told = lightgbm.Booster.predict, []

    def spied(booster: lightgbm.Booster, *values: Any, **how: Any) -> Any:
        told.append(how.get("num_threads"))
        return predict(booster, *values, **how)

    monkeypatch.setattr(lightgbm.Booster, "predict", spied)
    frame, sample = pairs(rows=300)
    trees = fit_parts(sample)[LIGHTGBM]
    model = Fitted(LIGHTGBM, FEATURES, (trees,), Calibration("none"))
    model.predict(frame)
    model.contributions(frame)
    assert told == [1, 1, 1]


def test_the_same_pairs_give_the_same_model() -> None:
    first, second = (fit_parts(pairs(rows=400)[1]) for _ in range(2))
    for name, part in first.items():
        assert part.to_plain() == second[name].to_plain()


def regression_on(column: FloatArray, bought: FloatArray) -> Regression:
    return Regression.fit(TrainingSample(column[:, None], bought, np.ones(bought.size), np.arange(bought.size) % 20))


def test_a_value_beyond_what_was_seen_is_followed_half_way_only() -> None:
    random = np.random.default_rng(1)
    recency = random.uniform(1, 200, 2_000)
    model = regression_on(recency, (random.random(2_000) < np.exp(-recency / 60)).astype(float))
    inside, edge, outside = model.log_odds(np.array([[100.0], [200.0], [400.0]]))
    slope = (edge - inside) / (np.log1p(200) - np.log1p(100))
    assert outside < edge < inside
    assert outside - edge == pytest.approx(slope * (np.log1p(400) - np.log1p(200)) / 2, rel=0.02)


def test_not_known_is_told_from_every_number() -> None:
    random = np.random.default_rng(2)
    gap = random.uniform(10, 50, 1_000)
    gap[:500] = np.nan
    model = regression_on(gap, (np.arange(1_000) < 500) * (random.random(1_000) < 0.8).astype(float))
    unknown, known = model.log_odds(np.array([[np.nan], [30.0]]))
    assert unknown > known + 2


def test_a_division_that_a_frame_lacks_counts_as_one_that_nobody_bought(fitted: dict[str, Fitted]) -> None:
    frame, _ = pairs(rows=20)
    without = fitted[BLEND].predict(frame.drop("amount_total"))
    assert (without == fitted[BLEND].predict(frame.with_columns(amount_total=0.0))).all()


def test_features_that_never_vary_give_everybody_the_same_chance() -> None:
    bought = (np.arange(400) % 4 == 0).astype(float)
    sample = TrainingSample(np.full((400, 2), [0.0, np.nan]), bought, np.ones(400), np.arange(400) // 20)
    for part in fit_parts(sample).values():
        assert logistic(part.log_odds(sample.values)) == pytest.approx(0.25, abs=1e-3)


def test_a_text_of_another_version_is_refused(fitted: dict[str, Fitted]) -> None:
    text = fitted_to_text(fitted[REGRESSION]).replace('"version": 1', '"version": 99')
    with pytest.raises(ValueError, match="99"):
        fitted_from_text(text)
