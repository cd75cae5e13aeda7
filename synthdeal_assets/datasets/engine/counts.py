"""Whole numbers by their chances: Poisson, geometric, Zipf and weighted, cut at bounds without a heap at them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import Final

import numpy as np

from synthdeal_assets.datasets.engine.distributions import LEAST_MASS, USUAL, no_such, too_little_between
from synthdeal_assets.datasets.engine.elementary import exp, log
from synthdeal_assets.foundation.drawing.randomness import FloatArray, IntArray

MOST_VALUES: Final = 10_000_000
"""Different values that a distribution may have: its table has 16 bytes for each."""


_PARTS: Final = 2**14
"""Even parts of (0, 1) for which it is known where to search."""


@dataclass(frozen=True, eq=False)
class WholeNumbers:
    """Whole numbers with a chance each.

    Attributes:
        values: The numbers, ascending.
        cumulated: The chance of each number or a smaller one; the last is 1.
    """

    values: IntArray
    cumulated: FloatArray

    @classmethod
    def poisson(cls, mean: float) -> WholeNumbers:
        """Independent events of a given mean, up to 10**9.

        Raises:
            SynthDealError: The mean is not above 0, or too large ("datasets.parameters").
        """
        if not 0 < mean <= 1e9:
            raise no_such(f"Poisson distribution of the mean {mean:,g}", "give a mean above 0, up to a billion")
        far = 12 * float(np.sqrt(mean)) + 40
        values = np.arange(max(0, int(mean - far)), int(mean + far) + 1, dtype=np.int64)
        # From one number to the next the chance changes by mean / number; sums of logarithms do not run out of range.
        logs = np.cumsum(np.concatenate([[0.0], log(mean / values[1:])]))
        return cls._of_weights(values, exp(np.maximum(logs - logs.max(), -700.0)))

    @classmethod
    def geometric(cls, mean: float) -> WholeNumbers:
        """Failures before a success, from 0, of a given mean up to 100,000.

        Raises:
            SynthDealError: The mean is not above 0, or too large ("datasets.parameters").
        """
        if not 0 < mean <= 1e5:
            raise no_such(f"geometric distribution of the mean {mean:,g}", "give a mean above 0, up to 100,000")
        values = np.arange(int(40 * mean) + 60, dtype=np.int64)
        weights = exp(np.maximum(values * float(log(np.array([mean / (1 + mean)]))[0]), -700.0))
        return cls._of_weights(values, weights)

    @classmethod
    def zipf(cls, exponent: float, most: int) -> WholeNumbers:
        """Numbers from 1 to `most`, each as likely as one by its power: ranks of popularity.

        Raises:
            SynthDealError: The exponent is below 0, or there are too many numbers ("datasets.parameters").
        """
        if not (0 <= exponent <= 20 and 1 <= most <= MOST_VALUES):
            raise no_such(
                f"Zipf distribution of the exponent {exponent:,g} and {most:,} values",
                f"give an exponent from 0 to 20 and 1 to {MOST_VALUES:,} values",
            )
        values = np.arange(1, most + 1, dtype=np.int64)
        return cls._of_weights(values, zipf_weights(exponent, most))

    @classmethod
    def weighted(cls, shares: Mapping[int, Fraction]) -> WholeNumbers:
        """Numbers with shares. Each draw is on its own: where shares are to be exact, take `blocks.exact_values`.

        Raises:
            SynthDealError: A share is below 0, or all are 0 ("datasets.parameters").
        """
        if min(shares.values(), default=Fraction(-1)) < 0 or not (whole := sum(shares.values())):
            raise no_such("weighted count of these shares", "give shares from 0%, and one above it")
        numbers = sorted(shares)
        cumulated = [float(part / whole) for part in accumulate(shares[number] for number in numbers)]
        return cls(np.array(numbers, dtype=np.int64), np.array(cumulated))

    @classmethod
    def _of_weights(cls, values: IntArray, weights: FloatArray) -> WholeNumbers:
        cumulated = np.cumsum(weights)
        return cls(values, cumulated / cumulated[-1])

    def bounded(self, low: int | None = None, high: int | None = None) -> WholeNumbers:
        """The same numbers from low to high only, their chances as they stand to each other.

        Raises:
            SynthDealError: Less than one in a billion lies there ("datasets.bounds").
        """
        first = 0 if low is None else int(np.searchsorted(self.values, low))
        end = self.values.size if high is None else int(np.searchsorted(self.values, high, side="right"))
        before = float(self.cumulated[first - 1]) if first else 0.0
        mass = float(self.cumulated[end - 1]) - before if end > first else 0.0
        if mass < LEAST_MASS:
            ends = (-np.inf if low is None else low, np.inf if high is None else high)
            raise too_little_between(*ends, self.quantile(USUAL).astype(np.float64))
        return WholeNumbers(self.values[first:end], (self.cumulated[first:end] - before) / mass)

    def quantile(self, u: FloatArray) -> IntArray:
        """The number for each u of (0, 1)."""
        # Most numbers lie in a part of (0, 1) that belongs to one value; the others are searched for.
        at = self._first_of_part[(u * _PARTS).astype(np.int64)]
        between = np.flatnonzero(self.cumulated[at] <= u)
        at[between] = np.minimum(np.searchsorted(self.cumulated, u[between], side="right"), self.values.size - 1)
        return self.values[at]

    @cached_property
    def _first_of_part(self) -> IntArray:
        starts = np.arange(_PARTS) / _PARTS
        return np.minimum(np.searchsorted(self.cumulated, starts, side="right"), self.values.size - 1)


def zipf_weights(exponent: float, most: int) -> FloatArray:
    """How likely the ranks from 1 to `most` are, that of 1 being 1: far behind no less than 1e-304."""
    ranks = np.arange(1, most + 1, dtype=np.float64)
    return exp(np.maximum(-exponent * log(ranks), -700.0))
