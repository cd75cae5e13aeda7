"""A shape is put behind the log-odds only where it helps customers it was not fitted on."""

from __future__ import annotations

import numpy as np
import pytest

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray, IntArray, logistic
from synthdeal_assets.whitespace.models import calibrating
from synthdeal_assets.whitespace.models.calibrating import Calibration, shape_that_helps


def outcomes(rows: int, seed: int = 1) -> tuple[FloatArray, FloatArray, FloatArray, IntArray]:
    random = np.random.default_rng(seed)
    log_odds = random.normal(-1, 1.2, rows)
    bought = (random.random(rows) < logistic(log_odds)).astype(float)
    return log_odds, bought, np.ones(rows), np.arange(rows) % 20


def test_a_model_that_is_too_bold_is_made_timid() -> None:
    log_odds, bought, weight, fold = outcomes(3_000)
    shape, tried, crossed = shape_that_helps(3 * log_odds + 1, bought, weight, fold)
    assert shape is tried
    assert shape.kind == "platt"
    assert shape.slope == pytest.approx(1 / 3, abs=0.05)
    assert crossed == pytest.approx(logistic(log_odds), abs=0.05)


def test_a_model_that_is_right_is_left_alone() -> None:
    log_odds, bought, weight, fold = outcomes(3_000)
    shape, tried, _ = shape_that_helps(log_odds, bought, weight, fold)
    assert shape == Calibration()
    assert tried is not None


def test_only_the_level_being_off_is_no_reason_for_a_shape() -> None:
    log_odds, bought, weight, fold = outcomes(3_000)
    assert shape_that_helps(log_odds + 1.5, bought, weight, fold)[0] == Calibration()


def test_with_too_few_of_a_kind_nothing_is_tried() -> None:
    log_odds, _, weight, fold = outcomes(200)
    bought = np.zeros(200)
    bought[:5] = 1
    assert shape_that_helps(log_odds, bought, weight, fold)[:2] == (Calibration(), None)


def test_a_bent_curve_is_followed_and_the_order_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrating, "ISOTONIC_FROM", 500)
    random = np.random.default_rng(4)
    log_odds = random.uniform(-3, 3, 12_000)
    bought = (random.random(12_000) < np.where(log_odds < 0, 0.1, 0.6)).astype(float)
    shape, _, _ = shape_that_helps(log_odds, bought, np.ones(12_000), np.arange(12_000) % 20)
    assert shape.kind == "isotonic"
    points = np.linspace(-4, 4, 50)
    assert (np.diff(shape.chance(points)) > 0).all()
    assert shape.chance(np.array([-1.5, 1.5])) == pytest.approx([0.1, 0.6], abs=0.06)


@pytest.mark.parametrize("shape", [Calibration(), Calibration("platt", slope=0.4, intercept=2.0)])
def test_a_shape_is_put_at_the_level_that_is_asked_for(shape: Calibration) -> None:
    log_odds, _, weight, _ = outcomes(500)
    assert shape.at_level(log_odds, weight, 0.13).chance(log_odds).mean() == pytest.approx(0.13)
