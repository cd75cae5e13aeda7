"""Which rows of another table rows refer to, each found alone.

Under growth of the other table a row keeps its partner, but for those that the new rows take their even part from.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from synthdeal_assets.datasets.engine.counts import WholeNumbers
from synthdeal_assets.datasets.engine.permutation import permute
from synthdeal_assets.datasets.engine.streams import rehash, uniforms
from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array, mix

MOST_DRAWS: Final = 10_000
"""Draws for one partner that clashes with those before it."""


def any_row(keys: UInt64Array, rows: int) -> IntArray:
    """For each key one of `rows` rows, all as likely.

    When rows are added, as many keys as the new rows' even part go to them, and no other one moves. The range is
    doubled in levels: of the level from M to 2M a key draws until it is below `rows`; in the lower half it takes what
    the level below gives it.
    """
    found = np.zeros(keys.size, dtype=np.int64)
    open_keys = np.arange(keys.size)
    top = (rows - 1).bit_length()
    for level in range(top, 0, -1):
        within = min(rows, 1 << level)
        drawn = _below(keys[open_keys], level, within)
        upper = drawn >= 1 << (level - 1)
        found[open_keys[upper]] = drawn[upper]
        open_keys = open_keys[~upper]
    return found


def _below(keys: UInt64Array, level: int, rows: int) -> IntArray:
    """For each key the first of its draws from the level that is below `rows`."""
    mask = np.uint64((1 << level) - 1)
    drawn = np.full(keys.size, rows, dtype=np.int64)
    turn, open_keys = 0, np.arange(keys.size)
    while open_keys.size:
        value = (mix(keys[open_keys], f"level {level}, turn {turn}") & mask).astype(np.int64)
        drawn[open_keys] = value
        open_keys = open_keys[value >= rows]
        turn += 1
    return drawn


def popular_rows(keys: UInt64Array, rows: int, exponent: float, salt: str) -> IntArray:
    """For each key one of `rows` rows, the r-th most popular as likely as r to the power of minus the exponent."""
    ranks = _ranks(rows, exponent).quantile(uniforms(keys)) - 1
    return _rows_by_rank(rows, salt)[ranks]


@lru_cache(maxsize=16)
def _ranks(rows: int, exponent: float) -> WholeNumbers:
    return WholeNumbers.zipf(exponent, rows)


@lru_cache(maxsize=16)
def _rows_by_rank(rows: int, salt: str) -> IntArray:
    """The row of each rank of popularity: 80 MB for the most rows that can have one."""
    key = mix(np.zeros(1, dtype=np.uint64), f"{salt}|popularity")
    return permute(np.arange(rows, dtype=np.int64), rows, key)


def distinct_rows(parents: UInt64Array, positions: IntArray, rows: int) -> IntArray:
    """For the k-th child of each parent a row of its own among those of its siblings, all as likely.

    Args:
        parents: The key of each child's parent.
        positions: Which of its parent's children each is, from 0, below `rows`.
        rows: Rows of the other table.
    """
    return permute(positions, rows, parents)


def distinct_popular_rows(parents: UInt64Array, counts: IntArray, rows: int, exponent: float, salt: str) -> IntArray:
    """For all children of each parent, in order, popular rows of which no two of a parent are the same.

    They are drawn one after the other and again where they clash: successive sampling without replacement.

    Args:
        parents: The key of each parent.
        counts: How many children each has, at most `rows`.
        rows: Rows of the other table.
        exponent: As in `popular_rows`.
        salt: The seed, the table, the field.

    Returns:
        One row for each child, parent after parent.
    """
    most = int(counts.max(initial=0))
    chosen = np.full((parents.size, most), -1, dtype=np.int64)
    for place in range(most):
        open_parents = np.flatnonzero(counts > place)
        for turn in range(MOST_DRAWS):
            if not open_parents.size:
                break
            keys = rehash(parents[open_parents], np.array([place * MOST_DRAWS + turn]))
            drawn = popular_rows(keys, rows, exponent, salt)
            clash = (chosen[open_parents, :place] == drawn[:, None]).any(axis=1)
            chosen[open_parents[~clash], place] = drawn[~clash]
            open_parents = open_parents[clash]
        for parent in open_parents:
            # What is left is so unpopular that it does not come up: the first row that is free.
            taken = set(chosen[parent, :place].tolist())
            chosen[parent, place] = next(row for row in range(rows) if row not in taken)
    return chosen[np.arange(most)[None, :] < counts[:, None]]
