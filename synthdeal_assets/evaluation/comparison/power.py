"""How many deals it takes to see a difference between two sides, and which difference the deals at hand can show.

From the paired differences of this very comparison: for a test of two sides at 5% that misses a difference of the
given size once in five times (80% power), n = (z of 0.975 + z of 0.8)² variance / size² (Chow, Shao and Wang 2008,
Sample Size Calculations in Clinical Research, section 3.1). The variance is that of one deal's contribution: the square
of the bootstrap's standard error times the deals behind it, which for a mean is the variance of the differences.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final

LEVEL: Final = 0.05
POWER: Final = 0.8
REACH: Final = NormalDist().inv_cdf(1 - LEVEL / 2) + NormalDist().inv_cdf(POWER)
"""So many standard errors from 0 lies a difference that is seen four times in five; 2.8."""


def seen_with(standard_error: float) -> float:
    """The smallest difference that the deals at hand show four times in five, in the unit of the standard error."""
    return REACH * standard_error


def deals_to_see(size: float, standard_error: float, deals: int) -> int:
    """How many deals it takes to see a difference of this size four times in five.

    Args:
        size: The difference, above 0, in the unit of the standard error.
        standard_error: Of the difference, on the deals at hand.
        deals: The deals at hand, those among them included that the figure is not about, such as open ones.
    """
    return math.ceil(deals * (REACH * standard_error / size) ** 2)
