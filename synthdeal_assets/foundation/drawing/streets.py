"""Street and house number as a country writes them. The streets are everywhere and nowhere.

Which country, and what stands beside the street, belongs in the room that draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.names.pools import csv_pool
from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array, mix

_NUMBER_FIRST: Final = ("US", "CA", "GB", "IE", "AU", "NZ", "ZA", "FR", "IN", "HK", "SG", "KE", "CN", "TW", "KR", "TH")
_AFTER_COMMA: Final = ("ES", "MX", "IT", "PT", "BR", "AR", "CL", "CO", "PE")
_BLOCKS: Final = "JP"
"""Everywhere else the number stands behind the street."""


def street_lines(countries: pl.Series, keys: UInt64Array) -> pl.Series:
    """Street and number for each key, such as "Lindenstraße 12" or "14 Mill Lane".

    Args:
        countries: Code of the country for each key, such as "DE".
        keys: What each is drawn with.

    Raises:
        polars.exceptions.InvalidOperationError: There are no streets of a country.
    """
    flat, numbers, starts, counts = _streets()
    at = countries.replace_strict(numbers, return_dtype=pl.Int64).to_numpy()
    number = 1 + _below(mix(keys, "house"), 180)
    parts = pl.DataFrame(
        {
            "country": countries,
            "name": flat.gather(starts[at] + _below(keys, counts[at])),
            "number": number,
            "block": 1 + _below(mix(keys, "block"), 9),
            "part": 1 + _below(mix(keys, "part"), 30),
        }
    )
    return parts.select(
        pl.when(pl.col("country").is_in(_NUMBER_FIRST))
        .then(pl.concat_str("number", "name", separator=" "))
        .when(pl.col("country").is_in(_AFTER_COMMA))
        .then(pl.concat_str("name", "number", separator=", "))
        .when(pl.col("country") == _BLOCKS)
        .then(pl.concat_str("block", "part", "number", separator="-"))
        .otherwise(pl.concat_str("name", "number", separator=" "))
    ).to_series()


@cache
def _streets() -> tuple[pl.Series, Mapping[str, int], IntArray, IntArray]:
    """All names of streets; country code -> its number; where the country's begin; how many it has."""
    by_country: dict[str, list[str]] = {}
    for codes, name in csv_pool(__package__, "names/streets.csv").rows():
        for code in codes.split():
            by_country.setdefault(code, []).append(name)
    counts = np.array([len(names) for names in by_country.values()], dtype=np.int64)
    flat = pl.Series([name for names in by_country.values() for name in names])
    return flat, {code: at for at, code in enumerate(by_country)}, np.cumsum(counts) - counts, counts


def _below(keys: UInt64Array, count: int | IntArray) -> IntArray:
    """For each key a number from 0 to count - 1, as good as uniform for counts far below 2**32."""
    counts = np.asarray(count, dtype=np.uint64)
    return ((keys >> np.uint64(32)) * counts >> np.uint64(32)).astype(np.int64)
