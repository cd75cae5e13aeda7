"""A row and a day as one number, so that what a row had on a day is found by one search in a sorted array."""

from __future__ import annotations

from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.randomness import IntArray

_DAY_BITS: Final = 24
"""Days until the year 47,900; rows up to half a million million."""


def row_days(rows: IntArray, days: IntArray) -> IntArray:
    """A number for each row and day that stand beside each other, in the order of rows and then days.

    Args:
        rows: Numbers from 0 on.
        days: Days since 1970-01-01, not before it.
    """
    return (rows << _DAY_BITS) + days


def rows_and_days(numbers: IntArray) -> tuple[IntArray, IntArray]:
    """What `row_days` was given."""
    return numbers >> _DAY_BITS, numbers & (2**_DAY_BITS - 1)


def last_begun(begins: IntArray, rows: IntArray, days: IntArray) -> IntArray:
    """Position of the last of some beginnings that is of each row or one before it, and not after a day of its own.

    Args:
        begins: Beginnings as `row_days` gives them, in order.
        rows: The rows asked about.
        days: The day for each of them.

    Returns:
        Positions in `begins`, -1 before all. Where a row has not begun it is that of an earlier row.
    """
    position: IntArray = np.searchsorted(begins, row_days(rows, days), side="right") - 1
    return position
