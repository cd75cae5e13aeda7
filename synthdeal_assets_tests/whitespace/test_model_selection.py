"""Choosing by lift@10, then by Brier score, and by preference within chance."""

from __future__ import annotations

import numpy as np
import pytest

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray, logistic
from synthdeal_assets.whitespace.models.model_selection import ScoredSample, ranked

ROWS = 4_000


def truth(seed: int = 1) -> tuple[FloatArray, FloatArray]:
    random = np.random.default_rng(seed)
    log_odds = random.normal(-2, 1.5, ROWS)
    return log_odds, (random.random(ROWS) < logistic(log_odds)).astype(float)


def judged(log_odds: FloatArray, bought: FloatArray) -> ScoredSample:
    return ScoredSample(logistic(log_odds), bought, np.ones(bought.size))


def test_what_ranks_better_beyond_chance_is_first_whatever_is_preferred() -> None:
    log_odds, bought = truth()
    noise = np.random.default_rng(2).normal(size=ROWS)
    found = ranked({"poor": judged(log_odds + 3 * noise, bought), "good": judged(log_odds, bought)}, ("poor", "good"))
    assert found == ["good", "poor"]


def test_of_the_same_order_the_chances_that_come_true_are_first() -> None:
    log_odds, bought = truth()
    found = ranked({"bold": judged(3 * log_odds, bought), "right": judged(log_odds, bought)}, ("bold", "right"))
    assert found == ["right", "bold"]


def test_a_difference_within_chance_is_left_to_the_preference() -> None:
    log_odds, bought = truth()
    nearly = log_odds + 0.05 * np.random.default_rng(3).normal(size=ROWS)
    both = {"a": judged(log_odds, bought), "b": judged(nearly, bought)}
    assert ranked(both, ("a", "b")) == ["a", "b"]
    assert ranked(both, ("b", "a")) == ["b", "a"]


def test_equal_chances_share_the_best_tenth() -> None:
    bought = np.array([1.0, 0.0] * 50)
    assert ScoredSample(np.full(100, 0.3), bought, np.ones(100)).lift == pytest.approx(1.0)
    assert ScoredSample(bought, bought, np.ones(100)).lift == pytest.approx(2.0)


def test_nothing_is_defined_without_buyers_or_pairs() -> None:
    nobody = ScoredSample(np.full(5, 0.1), np.zeros(5), np.ones(5))
    assert (nobody.lift, nobody.auc) == (None, None)
    assert nobody.brier == pytest.approx(0.01)
    nothing = ScoredSample(np.zeros(0), np.zeros(0), np.zeros(0))
    assert (nothing.lift, nothing.auc, nothing.brier, nothing.calibration_error) == (None,) * 4
    assert ranked({"a": nothing, "b": nothing}, ("b", "a")) == ["b", "a"]
