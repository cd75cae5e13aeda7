"""How good a deal's chance is on a day, given everything that is so by then: exact, without a simulation.

A deal's end hangs on one uniform draw, `fate`, which decides between nine cases: lost in one of the eight open stages,
or won. The way of each case is drawn with everything else unchanged; what would be over by the day, or would have come
another way to it, is struck out, and what is left keeps its weight (Bayes' rule with the draw's own distribution as
prior). On the day of creation nothing is struck out, and the chance is the one that the deal was born with.

What a seller could know of the chance belongs elsewhere; only the truth is told this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from synthdeal_assets.foundation.drawing.randomness import BoolArray, FloatArray, IntArray
from synthdeal_assets.world.calendar import NEVER
from synthdeal_assets.world.deals import Deals
from synthdeal_assets.world.sales_book import SalesBook
from synthdeal_assets.world.stages import Paths, draw_ways, fate_bounds

CHANCE_DECIMALS: Final = 4
"""Those of `Deals.win_probability`, so that the chance on the first day is equal to it."""


@dataclass(frozen=True)
class Cases:
    """The nine ways that each deal can take, and how likely each was when it was created.

    Attributes:
        ways: Lost in each of the eight open stages, then won.
        weights: Shape (9, deals): probability of each way; they add up to one.
    """

    ways: tuple[Paths, ...]
    weights: FloatArray

    def where(self, mask: BoolArray) -> Self:
        """The cases of the deals for which the mask is true."""
        return type(self)(tuple(way.where(mask) for way in self.ways), self.weights[:, mask])


@dataclass(frozen=True)
class Chances:
    """The chance of each deal on a day of its own.

    Attributes:
        win_probability: Probability that it is won, 0 to 1, rounded to `CHANCE_DECIMALS`.
        expected_end: Expected day of its end, whichever it is, rounded to a day (days since 1970-01-01).
    """

    win_probability: FloatArray
    expected_end: IntArray


def draw_cases(deals: Deals, book: SalesBook) -> Cases:
    """The ways of the deals, everything but `fate` unchanged."""
    bounds = fate_bounds(deals)
    return Cases(draw_ways(deals, book, bounds), bounds[:-1] - bounds[1:])


def chances_on(cases: Cases, paths: Paths, days: IntArray) -> Chances:
    """The chance of each deal at the end of a day on which it is open.

    Args:
        cases: The ways that the deals can take.
        paths: Those that they really take.
        days: For each deal a day from its creation to the day before its end.
    """
    seen = np.where(paths.entered <= days, paths.entered, NEVER)
    possible, won = np.zeros(len(days)), np.zeros(len(days))
    days_left = np.zeros(len(days))
    for way, weights in zip(cases.ways, cases.weights, strict=True):
        is_possible = (way.outcome_day > days) & (np.where(way.entered <= days, way.entered, NEVER) == seen).all(0)
        weight = np.where(is_possible, weights, 0.0)
        possible += weight
        days_left += weight * (way.outcome_day - days)
        won = weight  # The last case is the win.
    return Chances(
        win_probability=np.round(won / possible, CHANCE_DECIMALS),
        expected_end=days + np.rint(np.round(days_left / possible, 3)).astype(np.int64),
    )
