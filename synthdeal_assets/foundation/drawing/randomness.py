"""Random numbers that are a function of a key and a salt, whatever was drawn before, wherever they are drawn.

A key names the row and the salt what is drawn for it, so that any row of any column can be drawn alone, in any order,
in any process, with the same result. Which keys and seeds there are is decided in the room that draws.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

UInt64Array = npt.NDArray[np.uint64]
IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_NORMAL_QUANTILES: Final[FloatArray] = np.array(
    [round(NormalDist().inv_cdf((step + 0.5) / 4096), 6) for step in range(4096)]
)


def mix(keys: UInt64Array, salt: str) -> UInt64Array:
    """A fresh 64-bit number for each key and salt (the finaliser of SplitMix64, Steele, Lea and Flood 2014).

    For choices that belong to one row: the same key and salt give the same number whatever the other rows are.
    """
    offset = np.frombuffer(hashlib.blake2b(salt.encode(), digest_size=8).digest(), dtype="<u8")[0]
    with np.errstate(over="ignore"):
        z = keys + np.uint64(offset)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def choose(keys: UInt64Array, salt: str, count: int) -> IntArray:
    """For each key a number from 0 to count - 1, as good as uniform for counts far below 2**32."""
    return ((mix(keys, salt) >> np.uint64(32)) * np.uint64(count) >> np.uint64(32)).astype(np.int64)


def uniform(keys: UInt64Array, salt: str) -> FloatArray:
    """For each key a number in [0, 1)."""
    return (mix(keys, salt) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def choose_by_share(keys: UInt64Array, salt: str, shares: Sequence[float]) -> IntArray:
    """For each key a position in the shares, as often as each says; together they are 1."""
    number = uniform(keys, salt)
    # For a few shares several times as fast as a search.
    position = np.zeros(number.shape, dtype=np.int64)
    for bound in np.cumsum(shares)[:-1]:
        position += number >= bound
    return position


def normal(keys: UInt64Array, salt: str) -> FloatArray:
    """For each key one of 4096 equally likely, rounded quantiles of the standard normal distribution.

    A table instead of a formula, so that the numbers are the same on every processor; they end at +-3.7.
    """
    return _NORMAL_QUANTILES[choose(keys, salt, len(_NORMAL_QUANTILES))]
