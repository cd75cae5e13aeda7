"""What share of a distribution lies up to a value, by formulas of its own: the engine's are what is to be checked.

Each is right to about 1e-10, far within what chance leaves of a count.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any, Final

import numpy as np

from synthdeal_assets.datasets.spec.grammar import FieldSpec
from synthdeal_assets.datasets.spec.grammar_fields import NORMAL_P90, BetaSpec, GammaSpec, Skewed
from synthdeal_assets.foundation.drawing.randomness import FloatArray

Cumulated = Callable[[float], float]
"""From a value to the share of the distribution up to it."""

_STEPS: Final = 100_000
_NEAR: Final = 1e-14


def cumulated_of(spec: FieldSpec) -> Cumulated | None:
    """The distribution that a field is drawn from, without its bounds; None where it is drawn from none."""
    made = _OF_PARAMETERS.get(spec.made_by)
    return None if made is None else made(getattr(spec, spec.made_by))


def quantile(cumulated: Cumulated, share: float, low: float, high: float) -> float:
    """A value up to which about this share lies, between two others, by halves."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if cumulated(middle) < share else (low, middle)
    return high


def _uniform(low: float, high: float, x: float) -> float:
    return min(1.0, max(0.0, (x - low) / (high - low))) if high > low else float(x >= low)


def _normal(mean: float, sd: float, x: float) -> float:
    return math.erfc((mean - x) / sd / math.sqrt(2)) / 2


def _of_lognormal(skewed: Skewed) -> Cumulated:
    if skewed.median is not None and skewed.p90 is not None:
        return partial(_lognormal, math.log(skewed.median), math.log(skewed.p90 / skewed.median) / float(NORMAL_P90))
    mean, sd = float(skewed.mean or 0), float(skewed.sd or 0)
    variance = math.log(1 + (sd / mean) ** 2)
    return partial(_lognormal, math.log(mean) - variance / 2, math.sqrt(variance))


def _of_gamma(gamma: GammaSpec) -> Cumulated:
    mean, sd = float(gamma.mean), float(gamma.sd)
    return partial(_gamma, (mean / sd) ** 2, sd * sd / mean)


def _of_beta(beta: BetaSpec) -> Cumulated:
    mean, sd = float(beta.mean), float(beta.sd)
    both = mean * (1 - mean) / (sd * sd) - 1
    return partial(_beta, mean * both, (1 - mean) * both)


def _lognormal(mean: float, sd: float, x: float) -> float:
    return _normal(mean, sd, math.log(x)) if x > 0 else 0.0


def _exponential(mean: float, x: float) -> float:
    return -math.expm1(-x / mean) if x > 0 else 0.0


def _empirical(quantiles: Sequence[Decimal], x: float) -> float:
    """Even steps from one quantile to the next; of a value that stands twice the step between is its own share."""
    values = [float(each) for each in quantiles]
    steps, above = len(values) - 1, bisect_right(values, x)
    if above == 0:
        return 0.0
    if above > steps:
        return 1.0
    return (above - 1 + (x - values[above - 1]) / (values[above] - values[above - 1])) / steps


def _gamma(shape: float, scale: float, x: float) -> float:
    """The regularised incomplete gamma function P: its series (DLMF 8.11.4) or continued fraction (DLMF 8.9.2)."""
    if x <= 0:
        return 0.0
    x /= scale
    front = math.exp(shape * math.log(x) - x - math.lgamma(shape + 1))
    if x < shape + 1:
        total = term = 1.0
        for step in range(1, _STEPS):
            term *= x / (shape + step)
            total += term
            if term < total * _NEAR:
                break
        return min(1.0, front * total)
    return 1 - min(1.0, front * shape * _fraction(partial(_gamma_term, shape, x), 1 / (x + 1 - shape), x + 1 - shape))


def _gamma_term(shape: float, x: float, step: int) -> tuple[float, float]:
    return -step * (step - shape), x + 2 * step + 1 - shape


def _fraction(term: Callable[[int], tuple[float, float]], start: float, first: float) -> float:
    """1 / (first + a1 / (b1 + a2 / (b2 + ...))) by Lentz's method; `start` is 1 / first."""
    tiny = 1e-300
    result, above, below = start, 1 / tiny, 1 / first
    for step in range(1, _STEPS):
        a, b = term(step)
        below = 1 / (b + a * below or tiny)
        above = b + a / above or tiny
        change = below * above
        result *= change
        if abs(change - 1) < _NEAR:
            break
    return result


def _beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function, by its continued fraction (DLMF 8.17.22)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(b, a, 1 - x)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    return min(1.0, front / a * _fraction(partial(_beta_term, a, b, x), 1.0, 1.0))


def _beta_term(a: float, b: float, x: float, step: int) -> tuple[float, float]:
    half, odd = divmod(step, 2)
    if odd:
        return -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1)), 1.0
    return half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half)), 1.0


def poisson(mean: float, x: float) -> float:
    """The share of a Poisson distribution up to a number: what a gamma distribution has beyond its mean."""
    return 1 - _gamma(math.floor(x) + 1, 1.0, mean) if x >= 0 else 0.0


def geometric(mean: float, x: float) -> float:
    """The share of failures before a success up to a number."""
    return -math.expm1((math.floor(x) + 1) * math.log(mean / (1 + mean))) if x >= 0 else 0.0


def _zipf(exponent: float, most: int, x: float) -> float:
    return 0.0 if x < 1 else float(zipf_shares(exponent, most)[int(min(x, most)) - 1])


@lru_cache(maxsize=2)
def zipf_shares(exponent: float, most: int) -> FloatArray:
    """The share of the numbers from 1 up to each, as likely as one by its power."""
    so_far = np.cumsum(np.arange(1, most + 1, dtype=np.float64) ** -exponent)
    shares: FloatArray = so_far / so_far[-1]
    return shares


_OF_PARAMETERS: Final[Mapping[str, Callable[[Any], Cumulated]]] = {
    "uniform": lambda ends: partial(_uniform, *(float(end) for end in ends)),
    "normal": lambda normal: partial(_normal, float(normal.mean), float(normal.sd)),
    "lognormal": _of_lognormal,
    "exponential": lambda mean: partial(_exponential, float(mean)),
    "gamma": _of_gamma,
    "beta": _of_beta,
    "empirical": lambda quantiles: partial(_empirical, tuple(quantiles)),
    "poisson": lambda mean: partial(poisson, float(mean)),
    "geometric": lambda mean: partial(geometric, float(mean)),
    "zipf": lambda zipf: partial(_zipf, float(zipf.exponent), zipf.most),
}
"""From what a specification says of a distribution to the distribution."""
