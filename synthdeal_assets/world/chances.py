"""How good a deal's chance is on a day, given everything that is so by then: exact, without a simulation.

A deal's end hangs on one uniform draw, `fate`, which decides between nine cases: lost in one of the eight open stages,
or won. The way of each case is drawn with everything else unchanged; what would be over by the day, or would have come
another way to it, is struck out, and what is left keeps its weight (Bayes' rule with the draw's own distribution as
prior). On the day of creation nothing is struck out, and the chance is the one that the deal was born with.

What a seller could know of the chance belongs elsewhere; only the truth is told this.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.randomness import FloatArray, IntArray
from synthdeal_assets.world.calendar import NEVER
from synthdeal_assets.world.deals import Deals
from synthdeal_assets.world.sales_book import SalesBook
from synthdeal_assets.world.stages import Paths, draw_paths, fate_bounds

CHANCE_DECIMALS: Final = 4
"""Those of `Deals.win_probability`, so that the chance on the first day is equal to it."""


@dataclass(frozen=True)
class Chances:
    """The chance of each deal on a day of its own.

    Attributes:
        win_probability: Probability that it is won, 0 to 1, rounded to `CHANCE_DECIMALS`.
        expected_end: Expected day of its end, whichever it is, rounded to a day (days since 1970-01-01).
    """

    win_probability: FloatArray
    expected_end: IntArray


def chances_on(deals: Deals, paths: Paths, book: SalesBook, days: IntArray) -> Chances:
    """The chance of each deal at the end of a day on which it is open.

    Args:
        deals: The deals.
        paths: The ways that they really take.
        book: The organisation.
        days: For each deal a day from its creation to the day before its end.
    """
    seen = np.where(paths.entered <= days, paths.entered, NEVER)
    bounds = fate_bounds(deals)
    possible, won = np.zeros(len(days)), np.zeros(len(days))
    days_left = np.zeros(len(days))
    for high, low in pairwise(bounds):
        case = draw_paths(replace(deals, fate=(high + low) / 2), book)
        is_possible = (case.outcome_day > days) & (np.where(case.entered <= days, case.entered, NEVER) == seen).all(0)
        weight = np.where(is_possible, high - low, 0.0)
        possible += weight
        days_left += weight * (case.outcome_day - days)
        won = weight  # The last case is the win.
    return Chances(
        win_probability=np.round(won / possible, CHANCE_DECIMALS),
        expected_end=days + np.rint(np.round(days_left / possible, 3)).astype(np.int64),
    )
