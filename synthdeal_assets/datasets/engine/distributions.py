"""Distributions by their quantiles: a number from (0, 1) to a value, cut at bounds without a heap at them.

Everything is worked out from sums, products and square roots, so that a number gives the same value on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final, Protocol

import numpy as np

from synthdeal_assets.datasets.engine.elementary import exp, horner, log
from synthdeal_assets.datasets.engine.tabulated import Tabulated
from synthdeal_assets.datasets.spec.grammar_fields import NORMAL_P90
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.drawing.randomness import FloatArray

DECIMALS: Final = 9
"""What values without decimals of their own are rounded to."""

LEAST_MASS: Final = 1e-9
"""What bounds must have of a distribution between them."""


USUAL: Final = np.array([0.01, 0.99])
"""Shares between which 98 in 100 values are."""


class Distribution(Protocol):
    """A continuous distribution."""

    def quantile(self, u: FloatArray) -> FloatArray:
        """The value below which each share, inside (0, 1), lies."""

    def cdf(self, x: FloatArray) -> FloatArray:
        """The share that lies below each value."""


def no_such(distribution: str, remedy: str) -> SynthDealError:
    """The error for parameters that no distribution has."""
    return SynthDealError(
        f"There is no such thing as the {distribution}: {remedy}.", code="datasets.parameters", usage=True
    )


def too_little_between(low: float, high: float, usual: FloatArray) -> SynthDealError:
    """The error for bounds that leave nothing of a distribution.

    Args:
        low: The least value allowed, perhaps -inf.
        high: The greatest, perhaps inf.
        usual: From where to where nearly all values lie: the shares of `USUAL`.
    """
    ends = [f"{sign} {end:,g}" for sign, end in (("at least", low), ("at most", high)) if np.isfinite(end)]
    return SynthDealError(
        f"Values of {' and '.join(ends)} are wanted, but 98 in 100 of this distribution are from {usual[0]:,.4g} to"
        f" {usual[1]:,.4g} and practically none is there: widen min and max, or choose the distribution for them.",
        code="datasets.bounds",
        usage=True,
    )


def draw(
    distribution: Distribution,
    u: FloatArray,
    *,
    low: float | FloatArray | None = None,
    high: float | FloatArray | None = None,
    decimals: int | None = None,
) -> FloatArray:
    """A value for each number of (0, 1), from low to high, rounded.

    What the distribution has outside the bounds is spread over the inside in its own shape. The ends are values as
    likely as their neighbours: from 5 to 500 in whole numbers, 5 comes as often as 6.

    Args:
        distribution: What is drawn.
        u: Numbers inside (0, 1).
        low: The least value, one for all or one for each.
        high: The greatest value.
        decimals: What values are rounded to; None for `DECIMALS`.

    Raises:
        SynthDealError: Bounds have too little of the distribution between them, less than one in a billion
            ("datasets.bounds").
    """
    places = DECIMALS if decimals is None else decimals
    step = float(Fraction(10) ** -places)
    if low is None and high is None:
        return np.round(distribution.quantile(u), places)
    # Bounds between two roundings move to the next inside them; the little is for 0.29 / 0.01 = 28.999999999999996.
    least = -np.inf if low is None else np.ceil(np.asarray(low, dtype=np.float64) / step - 1e-6)
    most = np.inf if high is None else np.floor(np.asarray(high, dtype=np.float64) / step + 1e-6)
    none = np.asarray(least > most)
    if none.any():
        ends = (np.asarray(end, dtype=np.float64) for end in (low, high))
        least_there, most_there = (float(np.broadcast_to(end, none.shape)[none][0]) for end in ends)
        raise SynthDealError(
            f"No number with {places} decimals lies from {least_there:,g} to {most_there:,g}: allow more decimals, or "
            "widen min and max.",
            code="datasets.no-number-between",
            usage=True,
        )
    below, above = (
        distribution.cdf(np.atleast_1d(np.asarray(end, dtype=np.float64)))
        for end in ((least - 0.5) * step, (most + 0.5) * step)
    )
    lacking = above - below < LEAST_MASS
    if lacking.any():
        at = int(np.argmax(lacking))
        least_there, most_there = (float(np.broadcast_to(end, lacking.shape)[at] * step) for end in (least, most))
        raise too_little_between(least_there, most_there, distribution.quantile(USUAL))
    inside = np.clip(below + u * (above - below), 2.0**-53, 1 - 2.0**-53)
    return np.round(np.clip(np.rint(distribution.quantile(inside) / step), least, most) * step, places)


@dataclass(frozen=True)
class Uniform:
    """As likely everywhere from low to high."""

    low: float
    high: float

    def quantile(self, u: FloatArray) -> FloatArray:
        """As in `Distribution`."""
        return self.low + u * (self.high - self.low)

    def cdf(self, x: FloatArray) -> FloatArray:
        """As in `Distribution`."""
        return np.clip((x - self.low) / (self.high - self.low), 0.0, 1.0)


def uniform(u: FloatArray, low: float, high: float, decimals: int | None = None) -> FloatArray:
    """Values as likely everywhere from low to high, both ends as likely as any other rounded value.

    Raises:
        SynthDealError: Nothing lies between them ("datasets.no-number-between").
    """
    half = float(Fraction(10) ** -(DECIMALS if decimals is None else decimals)) / 2
    return draw(Uniform(low - half, high + half), u, low=low, high=high, decimals=decimals)


@dataclass(frozen=True)
class Normal:
    """The normal distribution."""

    mean: float
    sd: float

    def __post_init__(self) -> None:
        if not self.sd > 0:
            raise no_such(
                f"normal distribution of the sd {self.sd:,g}", "give an sd above 0, or a p90 above the median"
            )

    @classmethod
    def of_p90(cls, median: float, p90: float) -> Normal:
        """From the value that half lie below and the one that nine in ten lie below."""
        return cls(median, (p90 - median) / float(NORMAL_P90))

    def quantile(self, u: FloatArray) -> FloatArray:
        """As in `Distribution`."""
        return self.mean + normal_quantile(u) * self.sd

    def cdf(self, x: FloatArray) -> FloatArray:
        """As in `Distribution`; within 1e-13."""
        return _standard_normal().cdf((x - self.mean) / self.sd)


@dataclass(frozen=True)
class LogNormal:
    """A distribution whose logarithm is normal: amounts, sizes, durations."""

    log_mean: float
    log_sd: float

    @classmethod
    def of_p90(cls, median: float, p90: float) -> LogNormal:
        """From the value that half lie below and the one that nine in ten lie below.

        Raises:
            SynthDealError: Not 0 < median < p90 ("datasets.parameters").
        """
        if not 0 < median < p90:
            raise no_such(f"lognormal distribution of the median {median:,g} and p90 {p90:,g}", "give 0 < median < p90")
        return cls(_log(median), _log(p90 / median) / float(NORMAL_P90))

    @classmethod
    def of_mean(cls, mean: float, sd: float) -> LogNormal:
        """From its mean and its standard deviation.

        Raises:
            SynthDealError: One is not above 0 ("datasets.parameters").
        """
        if not (mean > 0 and sd > 0):
            raise no_such(f"lognormal distribution of the mean {mean:,g} and sd {sd:,g}", "give both above 0")
        variance = _log(1 + (sd / mean) ** 2)
        return cls(_log(mean) - variance / 2, float(np.sqrt(variance)))

    def quantile(self, u: FloatArray) -> FloatArray:
        """As in `Distribution`."""
        return exp(self.log_mean + normal_quantile(u) * self.log_sd)

    def cdf(self, x: FloatArray) -> FloatArray:
        """As in `Distribution`; within 1e-13."""
        positive = np.where(x > 0, x, 1.0)
        return np.where(x > 0, _standard_normal().cdf((_any_log(positive) - self.log_mean) / self.log_sd), 0.0)


@dataclass(frozen=True)
class Exponential:
    """Waiting times of a given mean."""

    mean: float

    def __post_init__(self) -> None:
        if not self.mean > 0:
            raise no_such(f"exponential distribution of the mean {self.mean:,g}", "give a mean above 0")

    def quantile(self, u: FloatArray) -> FloatArray:
        """As in `Distribution`."""
        return -self.mean * log(1 - u)

    def cdf(self, x: FloatArray) -> FloatArray:
        """As in `Distribution`."""
        return np.where(x > 0, 1 - exp(-np.maximum(x, 0.0) / self.mean), 0.0)


@dataclass(frozen=True)
class Gamma:
    """The gamma distribution, by its mean and standard deviation; its shape (mean / sd)**2 is 0.05 to 1,000,000.

    Values of shares from 1e-6 to 1 - 1e-6 are within 2e-8 of their size from the true quantile for shapes from 0.3,
    within 1e-5 below.
    """

    mean: float
    sd: float

    def __post_init__(self) -> None:
        if not (self.mean > 0 and self.sd > 0 and 0.05 <= self._shape <= 1e6):
            raise no_such(
                f"gamma distribution of the mean {self.mean:,g} and sd {self.sd:,g}",
                "give a mean above 0 and an sd of 0.001 to 4.47 times the mean",
            )

    @property
    def _shape(self) -> float:
        return (self.mean / self.sd) ** 2

    def quantile(self, u: FloatArray) -> FloatArray:
        """As in `Distribution`."""
        return exp(_log_gamma_table(self._shape).quantile(u)) * (self.mean / self._shape)

    def cdf(self, x: FloatArray) -> FloatArray:
        """As in `Distribution`."""
        positive = np.where(x > 0, x, 1.0) / (self.mean / self._shape)
        return np.where(x > 0, _log_gamma_table(self._shape).cdf(_any_log(positive)), 0.0)


@dataclass(frozen=True)
class Beta:
    """The beta distribution on 0 to 1, by its two shapes, 0.05 to 100,000 each.

    Values of shares from 1e-6 to 1 - 1e-6 are within 1e-6 from the true quantile, within 1e-9 for shapes from 0.5.
    """

    a: float
    b: float

    def __post_init__(self) -> None:
        if not (0.05 <= self.a <= 1e5 and 0.05 <= self.b <= 1e5):
            raise no_such(
                f"beta distribution of the shapes {self.a:,g} and {self.b:,g}", "give shapes from 0.05 to 100,000"
            )

    @classmethod
    def of_mean(cls, mean: float, sd: float) -> Beta:
        """From its mean, inside 0 to 1, and its standard deviation.

        Raises:
            SynthDealError: There is none ("datasets.parameters").
        """
        if not (0 < mean < 1 and 0 < sd * sd < mean * (1 - mean)):
            raise no_such(
                f"beta distribution of the mean {mean:,g} and sd {sd:,g}",
                "give a mean inside 0 to 1 and an sd below sqrt(mean (1 - mean))",
            )
        both = mean * (1 - mean) / (sd * sd) - 1
        return cls(mean * both, (1 - mean) * both)

    def quantile(self, u: FloatArray) -> FloatArray:
        """As in `Distribution`."""
        odds = exp(np.clip(_logit_beta_table(self.a, self.b).quantile(u), -700.0, 700.0))
        return odds / (1 + odds)

    def cdf(self, x: FloatArray) -> FloatArray:
        """As in `Distribution`."""
        within = np.where((x > 0) & (x < 1), x, 0.5)
        inside = _logit_beta_table(self.a, self.b).cdf(log(within / (1 - within)))
        return np.where(x <= 0, 0.0, np.where(x >= 1, 1.0, inside))


@dataclass(frozen=True)
class Empirical:
    """Between quantiles at even steps from 0% to 100%, as likely everywhere from one to the next.

    Values that stand twice are values of their own, as often as the steps between them say.
    """

    quantiles: tuple[float, ...]

    def quantile(self, u: FloatArray) -> FloatArray:
        """As in `Distribution`."""
        return np.interp(u, np.linspace(0.0, 1.0, len(self.quantiles)), self.quantiles)

    def cdf(self, x: FloatArray) -> FloatArray:
        """As in `Distribution`."""
        values, places = np.array(self.quantiles), np.linspace(0.0, 1.0, len(self.quantiles))
        last = np.append(values[1:] != values[:-1], True)
        return np.asarray(np.interp(x, values[last], places[last], left=0.0, right=1.0), dtype=np.float64)


def normal_quantile(u: FloatArray) -> FloatArray:
    """Quantiles of the standard normal distribution, exact to about 1e-15 of their size.

    Wichura, M. J. (1988), Algorithm AS 241: The percentage points of the normal distribution, Applied Statistics 37(3),
    routine PPND16. The coefficients stand also in CPython's `statistics`.
    """
    q = u - 0.5
    result = q * _ratio(0.180625 - q * q, _CENTRAL)
    tail = np.flatnonzero(np.abs(q) > 0.425)
    if tail.size:
        r = np.sqrt(-log(np.where(q[tail] < 0, u[tail], 1 - u[tail])))
        far = np.where(r <= 5.0, _ratio(np.minimum(r, 5.0) - 1.6, _MIDDLE), _ratio(r - 5.0, _FAR))
        result[tail] = np.where(q[tail] < 0, -far, far)
    return result


def normal_cdf(x: FloatArray) -> FloatArray:
    """The share of the standard normal distribution below each value, within 1e-13."""
    return _standard_normal().cdf(x)


_Ratio = tuple[tuple[float, ...], tuple[float, ...]]


def _ratio(r: FloatArray, coefficients: _Ratio) -> FloatArray:
    return horner(r, coefficients[0]) / horner(r, coefficients[1])


# fmt: off
_CENTRAL: Final[_Ratio] = (
    (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
     1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0),
    (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
     5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0),
)
_MIDDLE: Final[_Ratio] = (
    (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e0,
     3.64784832476320460504e0, 5.76949722146069140550e0, 4.63033784615654529590e0, 1.42343711074968357734e0),
    (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
     6.89767334985100004550e-1, 1.67638483018380384940e0, 2.05319162663775882187e0, 1.0),
)
_FAR: Final[_Ratio] = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
     2.96560571828504891230e-1, 1.78482653991729133580e0, 5.46378491116411436990e0, 6.65790464350110377720e0),
    (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
     1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0),
)
# fmt: on


def _log(x: float) -> float:
    return float(log(np.array([x]))[0])


def _any_log(x: FloatArray) -> FloatArray:
    """As `log`, of infinity too."""
    return np.where(np.isinf(x), np.inf, log(np.where(np.isinf(x), 1.0, x)))


@lru_cache(maxsize=1)
def _standard_normal() -> Tabulated:
    return Tabulated(lambda y: -y * y / 2, 0.0)


@lru_cache(maxsize=32)
def _log_gamma_table(shape: float) -> Tabulated:
    # Of the logarithm of a gamma variable of scale 1: smooth where the variable's own density is infinite at 0.
    return Tabulated(lambda y: shape * y - exp(y), _log(shape))


@lru_cache(maxsize=32)
def _logit_beta_table(a: float, b: float) -> Tabulated:
    def log_density(y: FloatArray) -> FloatArray:
        return a * y - (a + b) * (np.maximum(y, 0.0) + log(1 + exp(-np.abs(y))))

    return Tabulated(log_density, _log(a / b))
