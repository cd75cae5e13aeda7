"""Weighted kappa, Holm's correction and p-values are those of other people's code and books."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t as students_t
from sklearn.metrics import cohen_kappa_score

from synthdeal_assets.foundation.statistics.agreement import mean_of, quadratic_kappa
from synthdeal_assets.foundation.statistics.bootstrap import mean, value_of
from synthdeal_assets.foundation.statistics.many_tests import holm
from synthdeal_assets.foundation.statistics.student_t import student_t_two_sided


def test_weighted_kappa_is_that_of_scikit_learn() -> None:
    draws = np.random.default_rng(3)
    for _ in range(10):
        left = draws.integers(0, 4, 50)
        right = np.clip(left + draws.integers(-1, 2, 50), 0, 3)
        ours = value_of(quadratic_kappa(left.astype(float), right.astype(float)), 50)
        assert ours == pytest.approx(cohen_kappa_score(left, right, weights="quadratic", labels=[0, 1, 2, 3]))


def test_weights_count_as_often_as_a_deal_is_there() -> None:
    left, right = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.0, 2.0, 2.0, 1.0])
    often = np.array([2, 1, 0, 3])
    whole = value_of(quadratic_kappa(np.repeat(left, often), np.repeat(right, often)), 6)
    assert quadratic_kappa(left, right)(often[None, :].astype(float))[0] == pytest.approx(whole)


def test_one_level_for_all_has_no_kappa_beside_itself_and_none_beyond_chance_beside_others() -> None:
    same, other = np.full(5, 2.0), np.array([0.0, 1.0, 2.0, 3.0, 2.0])
    assert np.isnan(value_of(quadratic_kappa(same, same), 5))
    assert value_of(quadratic_kappa(same, other), 5) == pytest.approx(0)


def test_the_mean_of_statistics_is_that_of_their_values() -> None:
    one, other = mean(np.array([1.0, 3.0])), mean(np.array([5.0, 7.0]))
    assert value_of(mean_of([one, other]), 2) == 4


def test_holms_correction_is_that_of_the_paper() -> None:
    # R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.5]) == [1.0, 1.0]
    assert holm([]) == []


@pytest.mark.parametrize("t", [0.0, 0.3, -1.7, 2.5, 8.0])
@pytest.mark.parametrize("degrees", [1, 9, 99, 1999])
def test_both_tails_of_students_t_are_those_of_scipy(t: float, degrees: int) -> None:
    assert student_t_two_sided(t, degrees) == pytest.approx(2 * students_t.sf(abs(t), degrees), rel=1e-9)
