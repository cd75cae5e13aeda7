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
        left: Levels by one judge; deals to which it gave none are NaN, and are left out.
        right: Levels of the same deals by the other.

    Returns:
        A statistic; NaN where both give one and the same level to all.
    """
    is_given = ~np.isnan(left)
    given = is_given.astype(np.float64)
    left, right = np.where(is_given, left, 0.0), np.where(is_given, right, 0.0)
    squared = (left - right) ** 2

    def kappa(weights: FloatArray) -> FloatArray:
        count = weights @ given
        mean_left, mean_right = divided(weights @ left, count), divided(weights @ right, count)
        spread = divided(weights @ left**2, count) - mean_left**2 + divided(weights @ right**2, count) - mean_right**2
        expected = np.maximum(spread, 0) + (mean_left - mean_right) ** 2
        return 1 - divided(divided(weights @ squared, count), np.where(expected > 1e-12, expected, 0))

    return kappa


def mean_kappa(left: FloatArray, right: FloatArray) -> Statistic:
    """The mean of the elements' weighted kappas: what one element is nearer to its top than another counts for nothing.

    An element that has none, because neither side varies, is left out.

    Args:
        left: Levels by one judge, shape (deals, elements), as `quadratic_kappa` takes them.
        right: Levels by the other, of the same shape.
    """
    kappas = [quadratic_kappa(*element) for element in zip(left.T, right.T, strict=True)]

    def kappa(weights: FloatArray) -> FloatArray:
        each = np.stack([of_element(weights) for of_element in kappas])
        defined = ~np.isnan(each)
        return divided(np.where(defined, each, 0.0).sum(axis=0), defined.sum(axis=0).astype(np.float64))

    return kappa


def mean_of(statistics: Sequence[Statistic]) -> Statistic:
    """The mean of several statistics on the same opportunities; NaN where one of them is not defined."""
    return lambda weights: np.asarray(np.mean([statistic(weights) for statistic in statistics], axis=0))
