"""Shares that are exact, at every size of a table, and that leave the rows as they are when it grows.

What exact means: after m rows the values up to the k-th stand in as many rows as the nearest whole number to (their
shares together) x m, half a row counting as one. So

- a share that gives a whole number of rows gives just these;
- a flag stands in the nearest whole number of rows;
- each of several values stands in share x m rows, rounded up or down, and all together in m: thirds of 10 rows are 3,
  4 and 3. This is not the method of largest remainders, whose counts can fall when a table grows by a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from synthdeal_assets.datasets.engine.streams import BLOCK_ROWS, block_rows, by_block, hashes
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray

Shares = Sequence[Fraction]

RUN_ROWS: Final = 64
"""Most rows of a run: few, so that few change when a table grows, and enough to be in no order that one sees."""

_FEWEST_RUN_ROWS: Final = 8
"""Rows of the first runs: later ones have a sixteenth to an eighth of the rows before, up to `RUN_ROWS`."""


def exact_counts(shares: Shares, rows: int) -> list[int]:
    """How many of the first `rows` rows each share stands for; together all of them.

    Also splits an amount, `rows` being its cents.

    Raises:
        SynthDealError: The shares are not 1 together, or one is below 0 ("datasets.shares").
    """
    return [until - before for before, until in pairwise([0, *_borders(tuple(shares), rows)])]


def exact_values(rows: IntArray, table_rows: int, shares: Shares, salt: str) -> IntArray:
    """For each row the position of its value in the shares.

    Over the whole table the values stand in `exact_counts(shares, table_rows)` rows. The same row has the same value
    whatever rows are asked for with it. In a table of more rows only rows of the block that the smaller table had
    begun change, one for each border between two shares and row that came to the block at most.

    Args:
        rows: Numbers of rows, from 0 to `table_rows - 1`, in any order and as often as wished.
        table_rows: The rows of the table.
        shares: Exact fractions, 1 together. `Fraction("0.1")` is a tenth, `Fraction(0.1)` is none.
        salt: What is drawn: the seed, the table, the field.

    Raises:
        SynthDealError: As `exact_counts`.
    """
    values = np.empty(rows.size, dtype=np.int64)
    for block, where in by_block(rows // BLOCK_ROWS):
        values[where] = _block_values(tuple(shares), block, table_rows, salt)[rows[where] - block * BLOCK_ROWS]
    return values


def exact_flags(rows: IntArray, table_rows: int, share: Fraction, salt: str) -> BoolArray:
    """For each row whether it is among the share: flags, missing values. Rows and growth are as in `exact_values`."""
    flags: BoolArray = exact_values(rows, table_rows, (share, 1 - share), salt) == 0
    return flags


def exact_values_by_run(rows: IntArray, shares: Shares, salt: str, table_rows: int) -> IntArray:
    """As `exact_values`, but exact at the end of every run already, which has `RUN_ROWS` rows at most.

    So in a table of more rows only rows of the last run change: where the number of children is drawn so, the children
    of all parents before it keep their place.
    """
    values = np.empty(rows.size, dtype=np.int64)
    for block, where in by_block(rows // BLOCK_ROWS):
        of_block = _run_values(tuple(shares), block, min(table_rows, (block + 1) * BLOCK_ROWS), salt)
        values[where] = of_block[rows[where] - block * BLOCK_ROWS]
    return values


def run_start(row: int) -> int:
    """The first row of the run that a row is in."""
    size = min(max(1 << max(row.bit_length() - 4, 0), _FEWEST_RUN_ROWS), RUN_ROWS)
    return row // size * size


@lru_cache(maxsize=32)
def run_borders(block: int, until: int) -> IntArray:
    """The first row of each run of a block, and in the end `until`, where the rows end."""
    first, borders = block * BLOCK_ROWS, [until]
    while borders[-1] > first:
        borders.append(run_start(borders[-1] - 1))
    found = np.array(borders[::-1], dtype=np.int64)
    found.flags.writeable = False
    return found


def places_in_runs(borders: IntArray) -> tuple[IntArray, BoolArray]:
    """A run in each line: where in its block each row is, and whether there is one, for short runs are filled up."""
    places = np.arange(RUN_ROWS)
    there = places < np.diff(borders)[:, None]
    return np.where(there, borders[:-1, None] - borders[0] + places, 0), there


@lru_cache(maxsize=128)
def _run_values(shares: tuple[Fraction, ...], block: int, until: int, salt: str) -> npt.NDArray[np.unsignedinteger]:
    ends = run_borders(block, until)
    places, there = places_in_runs(ends)
    keys = np.where(there, hashes(block_rows(block, until), salt)[places], np.iinfo(np.uint64).max)
    # As objects they are whole numbers of any size.
    rows_so_far = ends.astype(object)
    borders = np.diff(np.array([_border(share, rows_so_far) for share in _cumulated(shares)], dtype=np.int64), axis=1).T
    in_order = (np.arange(RUN_ROWS)[:, None] >= borders[:, None, :-1]).sum(axis=2, dtype=np.uint16)
    values = np.empty_like(in_order)
    np.put_along_axis(values, keys.argsort(axis=1, kind="stable"), in_order, axis=1)
    of_block: npt.NDArray[np.uint16] = values[there]
    of_block.flags.writeable = False
    return of_block


@lru_cache(maxsize=1024)
def _borders(shares: tuple[Fraction, ...], rows: int) -> list[int]:
    return [_border(share, rows) for share in _cumulated(shares)]


def _border(share: Fraction, rows: Any) -> Any:
    """The nearest whole number to the share of rows, or of each element of an array of them."""
    return (2 * share.numerator * rows + share.denominator) // (2 * share.denominator)


@lru_cache(maxsize=128)
def _cumulated(shares: tuple[Fraction, ...]) -> list[Fraction]:
    cumulated = [*accumulate(shares)]
    if min(shares, default=Fraction(-1)) < 0 or cumulated[-1] != 1:
        listed = ", ".join(f"{float(share):.4%}" for share in shares[:8])
        raise SynthDealError(
            f"The shares {listed} are {float(sum(shares)):.4%} together: give shares from 0% that are 100% together.",
            code="datasets.shares",
            usage=True,
        )
    return cumulated


def _block_values(
    shares: tuple[Fraction, ...], block: int, table_rows: int, salt: str
) -> npt.NDArray[np.unsignedinteger]:
    return _values_of(shares, block, min(table_rows, (block + 1) * BLOCK_ROWS), salt)


@lru_cache(maxsize=128)
def _values_of(shares: tuple[Fraction, ...], block: int, until: int, salt: str) -> npt.NDArray[np.unsignedinteger]:
    rows = block_rows(block, until)
    counts = np.diff(_borders(shares, until), prepend=0) - np.diff(_borders(shares, block * BLOCK_ROWS), prepend=0)
    # The position in the low bits: no two are alike, so that the order is the same whatever sorts.
    position = (rows - rows[0]).astype(np.uint64)
    order = np.sort((hashes(rows, salt) & ~np.uint64(BLOCK_ROWS - 1)) | position) & np.uint64(BLOCK_ROWS - 1)
    values = np.empty(rows.size, dtype=np.min_scalar_type(len(shares) - 1))
    values[order] = np.repeat(np.arange(len(shares)), counts)
    values.flags.writeable = False
    return values
