"""The elastic net finds what scikit-learn finds."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray
from synthdeal_assets.whitespace.models.elastic_net import fit_elastic_net


def drawn(rows: int = 800, columns: int = 12, seed: int = 3) -> tuple[FloatArray, FloatArray]:
    random = np.random.default_rng(seed)
    values = random.normal(size=(rows, columns))
    values[:, 1] = values[:, 0] + 0.05 * random.normal(size=rows)
    chance = 1 / (1 + np.exp(1.5 - values[:, 0] + 0.7 * values[:, 2]))
    return values, (random.random(rows) < chance).astype(np.float64)


@pytest.mark.parametrize("penalty", [0.1, 0.01, 0.001])
def test_coefficients_are_those_of_scikit_learn(penalty: float) -> None:
    values, bought = drawn()
    intercept, found = fit_elastic_net(values, bought, np.ones(800), lasso=penalty / 2, ridge=penalty / 2)
    theirs = LogisticRegression(solver="saga", C=1 / (800 * penalty), l1_ratio=0.5, max_iter=5_000, tol=1e-7)
    theirs.fit(values, bought)
    assert found == pytest.approx(theirs.coef_[0], abs=2e-3)
    assert intercept == pytest.approx(theirs.intercept_[0], abs=2e-3)


def test_a_weight_counts_as_so_many_rows() -> None:
    values, bought = drawn(rows=200)
    weights = np.where(bought == 1, 1.0, 3.0)
    repeated = np.repeat(np.arange(200), weights.astype(int))
    _, weighted = fit_elastic_net(values, bought, weights, lasso=0.005, ridge=0.005)
    _, plain = fit_elastic_net(values[repeated], bought[repeated], np.ones(repeated.size), lasso=0.005, ridge=0.005)
    assert weighted == pytest.approx(plain, abs=2e-3)


def test_pairs_that_are_told_apart_perfectly_have_finite_coefficients() -> None:
    values = np.column_stack([np.linspace(-1, 1, 40), np.zeros(40)])
    intercept, found = fit_elastic_net(values, (values[:, 0] > 0).astype(float), np.ones(40), lasso=0.001, ridge=0.001)
    assert np.isfinite([intercept, *found]).all()
    assert found[0] > 1
    assert found[1] == 0
