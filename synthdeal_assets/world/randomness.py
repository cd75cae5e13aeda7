"""Where every random number of the world comes from.

Numbers are counter-based (Philox) and keyed by seed, purpose and day, so that any day of any table can be drawn alone,
in any order, in any process, with the same result. No other source of randomness may be used in this room.
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


def stream(seed: int, purpose: str, day: int = 0) -> np.random.Generator:
    """A generator whose numbers depend on these three values only.

    Args:
        seed: Seed of the world.
        purpose: What is drawn, such as "deals/amount"; different purposes are independent.
        day: Day number (days since 1970-01-01), or 0 for what does not belong to a day.

    Draw uniforms (`random`) and integers, and transform them: their bits are the same on every processor. Results of
    exp, log and the like may differ in the last bit between processors, so round them before they are compared or
    stored.
    """
    digest = hashlib.blake2b(f"{seed}|{purpose}|{day}".encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))


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
    return np.searchsorted(np.cumsum(shares)[:-1], uniform(keys, salt), side="right").astype(np.int64)


def normal(keys: UInt64Array, salt: str) -> FloatArray:
    """For each key one of 4096 equally likely, rounded quantiles of the standard normal distribution.

    A table instead of a formula, so that the numbers are the same on every processor; they end at +-3.7.
    """
    return _NORMAL_QUANTILES[choose(keys, salt, len(_NORMAL_QUANTILES))]
