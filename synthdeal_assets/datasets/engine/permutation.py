"""Bijections by key: each number below n goes to another of them, without a table of where.

For what must be unique, such as values of a key or the partners of a row. Where only counts matter, `blocks` is faster
and leaves rows in place when a table grows; a bijection on more numbers is another one.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from synthdeal_assets.datasets.engine.streams import GOLDEN
from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array, mix

_ROUNDS: Final = 32


def permute(positions: IntArray, size: int | IntArray, keys: UInt64Array | int) -> IntArray:
    """Where each position goes: swap-or-not (Hoang, Morris and Rogaway 2012) with 32 rounds.

    Under one key and size all positions from 0 to size - 1 go to different numbers of the same range. Swap-or-not works
    on the range itself: a Feistel network would work on a power of two, and go round again for whatever falls outside.

    Args:
        positions: Numbers from 0 to size - 1.
        size: Numbers in the range, up to 2**63; one for all or one for each position.
        keys: The key, one for all or one for each position: the parent whose k-th partner is asked for.

    Raises:
        ValueError: A position is outside its range.
    """
    sizes = np.asarray(size, dtype=np.uint64)
    at = positions.astype(np.uint64)
    if (positions < 0).any() or (at >= sizes).any():
        msg = "positions must be from 0 to size - 1"
        raise ValueError(msg)
    key = np.atleast_1d(np.asarray(keys, dtype=np.uint64))
    for turn in range(_ROUNDS):
        pivot = mix(key * GOLDEN, f"pivot {turn}")
        mirror = pivot % sizes + sizes - at
        mirror = np.where(mirror >= sizes, mirror - sizes, mirror)
        swap = mix(np.maximum(at, mirror) * GOLDEN + pivot, f"swap {turn}") >> np.uint64(63)
        at = np.where(swap.astype(bool), mirror, at)
    return at.astype(np.int64)
