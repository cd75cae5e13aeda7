"""The quantile and the tails of Student's t distribution, for intervals and tests of a mean.

SciPy has one too, and takes longer to import than the rest of a run takes to start; nothing else of the main job needs
it. Which intervals are made with it belongs in the rooms.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final

MAX_STEPS: Final = 200
CLOSE_ENOUGH: Final = 1e-15
SMALLEST: Final = 1e-300
"""Stands for 0 in a denominator of Lentz's continued fraction."""
SERIES_FROM: Final = 20.0
"""Half the degrees of freedom from which Stirling's series gives the ratio of gamma functions to the last digit; the
difference of two logarithms would lose digits as they grow."""


def student_t_quantile(degrees: float, tail: float) -> float:
    """The t that is exceeded with the given chance.

    Newton's method from the normal quantile, which lies below: the distribution function is concave there, so that
    every step stays below too and none can go astray.

    Args:
        degrees: Degrees of freedom, above 0.
        tail: Chance of a larger value, above 0 and at most 0.5; 0.025 for a 95 % interval of two sides.

    Returns:
        The quantile, with a relative error below 1e-10 up to a million degrees of freedom.

    Raises:
        ValueError: `degrees` or `tail` is out of its range.
    """
    if not (degrees > 0 and 0 < tail <= 0.5):
        raise ValueError(f"no quantile of {degrees} degrees of freedom and a tail of {tail}")
    t = max(-NormalDist().inv_cdf(tail), 0.0)
    for _ in range(MAX_STEPS):
        step = (_exceeded(t, degrees) - tail) / _density(t, degrees)
        t += step
        if abs(step) <= CLOSE_ENOUGH * t:
            break
    return t


def student_t_two_sided(t: float, degrees: float) -> float:
    """The chance of a value at least as far from 0 as t, on either side: the p-value of a test of two sides."""
    return 1.0 if t == 0 else 2 * _exceeded(abs(t), degrees)


def _exceeded(t: float, degrees: float) -> float:
    """The chance of a value above t >= 0: half the regularised incomplete beta function at degrees/(degrees + t²)."""
    if t == 0:
        return 0.5
    a, x, rest = degrees / 2, degrees / (degrees + t * t), t * t / (degrees + t * t)
    front = math.exp(_log_gamma_ratio(a) - math.lgamma(0.5) - a * math.log1p(t * t / degrees) + 0.5 * math.log(rest))
    if x < (a + 1) / (a + 2.5):
        return front / a * _continued_fraction(x, a, 0.5) / 2
    return (1 - front / 0.5 * _continued_fraction(rest, 0.5, a)) / 2


def _density(t: float, degrees: float) -> float:
    exponent = _log_gamma_ratio(degrees / 2) - (degrees + 1) / 2 * math.log1p(t * t / degrees)
    return math.exp(exponent) / math.sqrt(math.pi * degrees)


def _log_gamma_ratio(a: float) -> float:
    """log(gamma(a + 1/2) / gamma(a))."""
    if a < SERIES_FROM:
        return math.lgamma(a + 0.5) - math.lgamma(a)
    return math.log(a) / 2 - 1 / (8 * a) + 1 / (192 * a**3) - 1 / (640 * a**5) + 17 / (14336 * a**7)


def _continued_fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function, by Lentz's method (Press et al. 2007, section 6.4)."""
    below = _not_nil(1 - (a + b) * x / (a + 1))
    above, ratio = 1.0, 1 / below
    value, order = ratio, 1
    while True:
        even = order * (b - order) * x / ((a + 2 * order - 1) * (a + 2 * order))
        odd = -(a + order) * (a + b + order) * x / ((a + 2 * order) * (a + 2 * order + 1))
        for term in (even, odd):
            ratio = 1 / _not_nil(1 + term * ratio)
            above = _not_nil(1 + term / above)
            factor = ratio * above
            value *= factor
        if abs(factor - 1) <= CLOSE_ENOUGH:
            return value
        order += 1


def _not_nil(value: float) -> float:
    return value if abs(value) > SMALLEST else SMALLEST
