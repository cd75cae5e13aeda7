"""Points in time between two others, at any time or at hours and on days of the week of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.randomness import BoolArray, FloatArray, IntArray

DAY: Final = 86_400
_WEEK: Final = 7 * DAY
_MONDAY: Final = 4 * DAY
"""The first Monday after 1970-01-01, which was a Thursday, in seconds."""


class OpenHours:
    """The seconds of a week in which something may happen.

    Args:
        days: Days of the week, Monday being 0.
        start: First minute of the day.
        end: Minute of the day before which it ends.
    """

    def __init__(self, days: Sequence[int], start: int = 0, end: int = 24 * 60) -> None:
        self._begins = np.array([day * DAY + start * 60 for day in sorted(days)], dtype=np.int64)
        self._each = (end - start) * 60

    def between(self, low: IntArray, high: IntArray, u: FloatArray) -> tuple[IntArray, BoolArray]:
        """An open second from low to high, both included, for each u of (0, 1).

        Args:
            low: Seconds since 1970-01-01.
            high: Likewise.
            u: Numbers inside (0, 1).

        Returns:
            The seconds, and whether there is one; `low` where there is none.
        """
        first, last = self._open_before(low), self._open_before(high + 1)
        there = last > first
        rank = first + np.minimum(np.floor(u * (last - first)), last - first - 1).astype(np.int64)
        return np.where(there, self._second(rank), low), there

    def _open_before(self, seconds: IntArray) -> IntArray:
        """How many open seconds there are before each, counted from a Monday."""
        weeks, within = np.divmod(seconds - _MONDAY, _WEEK)
        passed = np.clip(within[:, None] - self._begins[None, :], 0, self._each).sum(axis=1)
        before: IntArray = weeks * (self._each * self._begins.size) + passed
        return before

    def _second(self, rank: IntArray) -> IntArray:
        weeks, within = np.divmod(rank, self._each * self._begins.size)
        day, rest = np.divmod(within, self._each)
        return weeks * _WEEK + self._begins[day] + rest + _MONDAY


def whole_between(low: IntArray, high: IntArray, u: FloatArray) -> tuple[IntArray, BoolArray]:
    """A whole number from low to high, both included, for each u of (0, 1), and whether there is one."""
    there = high >= low
    size = np.where(there, high - low + 1, 1)
    return low + np.minimum(np.floor(u * size), size - 1).astype(np.int64), there
