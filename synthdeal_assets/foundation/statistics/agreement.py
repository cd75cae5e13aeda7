"""How far two judgements of the same things agree beyond chance, as a statistic of `bootstrap.py`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray, Statistic, divided


def quadratic_kappa(left: FloatArray, right: FloatArray) -> Statistic:
    """Cohen's weighted kappa with quadratic weights (Cohen 1968), -1 to 1; 0 is what chance comes to.

    One less the mean squared distance of the pairs over the one that is expected of judges who give the same levels
    as often, but to deals at random: the sum of both variances and of the squared distance of the means.

    Args:
        left: Levels by one judge.
        right: Levels of the same deals by the other.

    Returns:
        A statistic; NaN where both give one and the same level to all.
    """
    squared = (left - right) ** 2

    def kappa(weights: FloatArray) -> FloatArray:
        count = weights.sum(axis=1)
        mean_left, mean_right = weights @ left / count, weights @ right / count
        spread = weights @ left**2 / count - mean_left**2 + weights @ right**2 / count - mean_right**2
        expected = np.maximum(spread, 0) + (mean_left - mean_right) ** 2
        return 1 - divided(weights @ squared / count, np.where(expected > 1e-12, expected, 0))

    return kappa


def mean_of(statistics: Sequence[Statistic]) -> Statistic:
    """The mean of several statistics on the same opportunities; NaN where one of them is not defined."""
    return lambda weights: np.asarray(np.mean([statistic(weights) for statistic in statistics], axis=0))
