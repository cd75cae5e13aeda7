"""Exact shares among those rows of a table in which a value is wanted at all, such as the lost deals."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Final

import numpy as np

from synthdeal_assets.datasets.engine.blocks import Shares, exact_counts
from synthdeal_assets.datasets.engine.streams import BLOCK_ROWS, block_rows, by_block, hashes
from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray

NONE: Final = -1
"""The position of no share: of a row that is not eligible."""


class SharesAmong:
    """For each eligible row of a table the position of its value in the shares; -1 for the others.

    Over all eligible rows, and at the end of every block, each share is as exact as `blocks.exact_counts` says. Kept
    are the eligible rows before each block, counted in one pass.

    Args:
        eligible: For rows, whether each is one.
        table_rows: Rows of the table.
        shares: Exact fractions, 1 together; or a function of the number of eligible rows that gives them.
        salt: What is drawn: the seed, the table, the field.
    """

    def __init__(
        self,
        eligible: Callable[[IntArray], BoolArray],
        table_rows: int,
        shares: Shares | Callable[[int], Shares],
        salt: str,
    ) -> None:
        self._eligible, self._rows, self._salt = eligible, table_rows, salt
        counts = [int(self._eligible_in(block).sum()) for block in range(-(-table_rows // BLOCK_ROWS))]
        self._before = np.cumsum([0, *counts], dtype=np.int64)
        self.shares = tuple(shares(self.eligible_rows) if callable(shares) else shares)
        self._block = lru_cache(maxsize=16)(self._positions)

    @property
    def eligible_rows(self) -> int:
        """How many rows of the table are eligible."""
        return int(self._before[-1])

    def positions(self, rows: IntArray) -> IntArray:
        """The position of each row's value; the same whatever rows are asked for with it."""
        positions = np.empty(rows.size, dtype=np.int64)
        for block, where in by_block(rows // BLOCK_ROWS):
            positions[where] = self._block(block)[rows[where] - block * BLOCK_ROWS]
        return positions

    def _eligible_in(self, block: int) -> BoolArray:
        return self._eligible(block_rows(block, self._rows))

    def _positions(self, block: int) -> IntArray:
        eligible = np.flatnonzero(self._eligible_in(block))
        before = int(self._before[block])
        counts = np.subtract(
            exact_counts(self.shares, before + eligible.size), exact_counts(self.shares, before), dtype=np.int64
        )
        order = np.argsort(hashes(eligible + block * BLOCK_ROWS, self._salt), kind="stable")
        positions = np.full(min(BLOCK_ROWS, self._rows - block * BLOCK_ROWS), NONE, dtype=np.int64)
        positions[eligible[order]] = np.repeat(np.arange(len(self.shares)), counts)
        return positions


def share_left(share: Fraction, rows: int, taken: int, eligible: int) -> Fraction:
    """The share of the eligible rows that, with the rows taken already, comes to a share of all rows.

    Args:
        share: Of all rows.
        rows: All rows.
        taken: Rows that have it anyway.
        eligible: Rows that may have it.

    Returns:
        From 0 to 1, so that taken + it x eligible is the nearest whole number to share x rows, as far as that can be.
    """
    wanted = (2 * share.numerator * rows + share.denominator) // (2 * share.denominator)
    return Fraction(min(max(wanted - taken, 0), eligible), eligible) if eligible else Fraction(0)
