"""Which rows of another table rows refer to, each found alone.

When rows are added to the other table a row keeps its partner, but for those that the new rows take their part from: so
many of the draws as the new rows are likely to have, and no other one moves.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np

from synthdeal_assets.datasets.engine.counts import MOST_VALUES, WholeNumbers, zipf_weights
from synthdeal_assets.datasets.engine.permutation import permute
from synthdeal_assets.datasets.engine.streams import GOLDEN, rehash, uniforms
from synthdeal_assets.foundation.drawing.entries import places_within
from synthdeal_assets.foundation.drawing.randomness import FloatArray, IntArray, UInt64Array, mix

MOST_DRAWS: Final = 1_000
"""Draws for one partner that clashes with those before it; then it is drawn from what is left."""

_FEWEST_DRAWS: Final = 32
"""As many where few rows are left, so that to look at all of them takes less."""

_POPULAR_LEVELS: Final = 8
"""How many times the ranks of a level has the next: more need larger tables, fewer need more draws."""

_CELLS: Final = 2**22
"""Weights of partners that are left that are looked at at once: 32 MB."""


def any_row(keys: UInt64Array, rows: int) -> IntArray:
    """For each key one of `rows` rows, all as likely."""

    def drawn(level: int, of_level: UInt64Array) -> IntArray:
        return (of_level & np.uint64((1 << level) - 1)).astype(np.int64)

    return _in_levels(keys, rows, 2, drawn)


def popular_rows(keys: UInt64Array, rows: int, exponent: float, salt: str) -> IntArray:
    """For each key one of `rows` rows, the r-th most popular as likely as r to the power of minus the exponent.

    New rows are the least popular ones, so that hardly any partner changes.
    """

    def drawn(level: int, of_level: UInt64Array) -> IntArray:
        size = _POPULAR_LEVELS**level
        return (
            _ranks(size if size <= MOST_VALUES else max(rows, MOST_VALUES), exponent).quantile(uniforms(of_level)) - 1
        )

    return _rows_by_rank(rows, salt)[_in_levels(keys, rows, _POPULAR_LEVELS, drawn)]


def _in_levels(keys: UInt64Array, rows: int, times: int, drawn: Callable[[int, UInt64Array], IntArray]) -> IntArray:
    """For each key a number below `rows`, as `drawn` has them and cut there.

    The first level has one number, each further one `times` as many. Of the first level that has `rows` a key draws
    until it is below `rows`; where the level below has the number too, it takes what that gives it. So where `rows`
    grows keys move to the new numbers alone, as many as these are likely.

    Args:
        keys: The keys.
        rows: How many numbers there are.
        times: What each level has more.
        drawn: Numbers of a level for keys, those below as likely as the level below has them.
    """
    found, sizes = np.zeros(keys.size, dtype=np.int64), [1]
    while sizes[-1] < rows:
        sizes.append(sizes[-1] * times)
    open_ = np.arange(keys.size)
    for level in range(len(sizes) - 1, 0, -1):
        of_level = drawn(level, mix(keys, f"level {level}, turn 0"))
        over, turn = np.flatnonzero(of_level >= rows), 1
        while over.size:
            of_level[over] = drawn(level, mix(keys[over], f"level {level}, turn {turn}"))
            over, turn = over[of_level[over] >= rows], turn + 1
        found[open_] = of_level
        below = np.flatnonzero(of_level < sizes[level - 1])
        open_, keys = open_[below], keys[below]
    found[open_] = 0
    return found


@lru_cache(maxsize=64)
def _ranks(most: int, exponent: float) -> WholeNumbers:
    return WholeNumbers.zipf(exponent, most)


@lru_cache(maxsize=16)
def _rows_by_rank(rows: int, salt: str) -> IntArray:
    """The row of each rank of popularity: 80 MB for the most rows that can have one.

    The rows of a segment of ranks, of 8 at first and then of a sixteenth to an eighth of those before, are in an order
    of their own: so new rows change the order of the last segment at most.
    """
    ranks = np.arange(rows, dtype=np.int64)
    sizes = 2 ** np.maximum(np.frexp(ranks)[1].astype(np.int64) - 4, 3)
    starts = ranks // sizes * sizes
    full = starts + sizes <= rows
    keys = mix(starts.astype(np.uint64) * GOLDEN, f"{salt}|popularity")
    ranks[full] = starts[full] + permute((ranks - starts)[full], sizes[full], keys[full])
    return ranks


def distinct_rows(parents: UInt64Array, counts: IntArray, rows: int) -> IntArray:
    """For all children of each parent, in order, rows of which no two of a parent are the same, all as likely.

    They are drawn at once and again where they clash. Parents with more than half of the rows get them by permutation,
    so that their partners change with the number of rows.

    Args:
        parents: The key of each parent.
        counts: How many children each has, at most `rows`.
        rows: Rows of the other table.

    Returns:
        One row for each child, parent after parent.
    """
    owners = np.repeat(np.arange(parents.size), counts)
    places = places_within(counts)
    chosen, many = np.empty(owners.size, dtype=np.int64), (2 * counts > rows)[owners]
    chosen[many] = permute(places[many], rows, parents[owners[many]])
    keys = rehash(parents[owners], places)
    open_, taken, turn = np.flatnonzero(~many), np.empty(0, dtype=np.int64), 0
    while open_.size:
        drawn = any_row(rehash(keys[open_], np.array([turn])), rows)
        pairs, first = np.unique(owners[open_] * rows + drawn, return_index=True)
        new = ~np.isin(pairs, taken, assume_unique=True)
        kept = first[new]
        chosen[open_[kept]] = drawn[kept]
        taken, turn = np.concatenate([taken, pairs[new]]), turn + 1
        open_ = np.delete(open_, kept)
    return chosen


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
    most, draws = int(counts.max(initial=0)), min(max(rows, _FEWEST_DRAWS), MOST_DRAWS)
    chosen = np.full((parents.size, most), -1, dtype=np.int64)
    for place in range(most):
        open_parents = np.flatnonzero(counts > place)
        for turn in range(draws - 1):
            if not open_parents.size:
                break
            keys = rehash(parents[open_parents], np.array([place * MOST_DRAWS + turn]))
            drawn = popular_rows(keys, rows, exponent, salt)
            clash = (chosen[open_parents, :place] == drawn[:, None]).any(axis=1)
            chosen[open_parents[~clash], place] = drawn[~clash]
            open_parents = open_parents[clash]
        if open_parents.size:
            u = uniforms(rehash(parents[open_parents], np.array([(place + 1) * MOST_DRAWS - 1])))
            chosen[open_parents, place] = _left(chosen[open_parents, :place], u, rows, exponent, salt)
    return chosen[np.arange(most)[None, :] < counts[:, None]]


def _left(taken: IntArray, u: FloatArray, rows: int, exponent: float, salt: str) -> IntArray:
    """For each line of rows that are taken another one, in proportion to how popular those are that are left."""
    weights = np.empty(rows)
    weights[_rows_by_rank(rows, salt)] = zipf_weights(exponent, rows)
    found = np.empty(len(taken), dtype=np.int64)
    for some in np.array_split(np.arange(len(taken)), -(-len(taken) * rows // _CELLS)):
        left = np.tile(weights, (some.size, 1))
        np.put_along_axis(left, taken[some], 0.0, axis=1)
        until = left.cumsum(axis=1)
        # A row that is taken adds nothing, so that none is the first to come above a number.
        found[some] = (until > (u[some] * until[:, -1])[:, None]).argmax(axis=1)
    return found
