"""Numbers for rows, and how rows are taken a block at a time; the modules beside draw from the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.randomness import FloatArray, IntArray, UInt64Array, mix

BLOCK_ROWS: Final = 65_536
"""Rows of a block: what is exact is exact at the end of every block."""

GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)

Where = slice | IntArray


def hashes(rows: IntArray, salt: str) -> UInt64Array:
    """For each row 64 bits of its own; different rows of one salt never get the same (SplitMix64 is a bijection)."""
    return mix(rows.astype(np.uint64) * GOLDEN, salt)


def rehash(keys: UInt64Array, positions: IntArray) -> UInt64Array:
    """64 bits for each pair of a key and a position, such as the k-th child of a parent."""
    return mix(keys ^ mix(positions.astype(np.uint64) * GOLDEN, "position"), "pair")


def uniforms(keys: UInt64Array) -> FloatArray:
    """For each 64 bits a number inside (0, 1), neither end ever: a multiple of 2**-53, as far from 0 as from 1."""
    return ((keys >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


def by_block(blocks: IntArray) -> Iterator[tuple[int, Where]]:
    """Each block that occurs, once, with where it stands in the array: slices where the blocks ascend."""
    if not blocks.size:
        return
    order: IntArray | None = None
    if (blocks[1:] < blocks[:-1]).any():
        order = np.argsort(blocks, kind="stable")
        blocks = blocks[order]
    borders = np.flatnonzero(blocks[1:] != blocks[:-1]) + 1
    for start, end in zip([0, *borders], [*borders, blocks.size], strict=True):
        yield int(blocks[start]), slice(start, end) if order is None else order[start:end]


def different(rows: IntArray) -> tuple[IntArray, IntArray]:
    """The different rows among some, ascending, and where each of the some is among them."""
    rises = rows[1:] > rows[:-1]
    if not (rises | (rows[1:] == rows[:-1])).all():
        unique, where = np.unique(rows, return_inverse=True)
        return unique, where.astype(np.int64)
    first = np.concatenate([[True], rises])[: rows.size]
    return rows[first], np.cumsum(first, dtype=np.int64) - 1


def block_rows(block: int, table_rows: int) -> IntArray:
    """The rows of a block of a table; the last block is shorter when the table ends inside it."""
    return np.arange(block * BLOCK_ROWS, min((block + 1) * BLOCK_ROWS, table_rows), dtype=np.int64)
