"""Positions and day numbers as columns of frames."""

from __future__ import annotations

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray


def dates(days: IntArray) -> pl.Series:
    """Days since 1970-01-01 as dates."""
    return pl.Series(days.astype(np.int32)).cast(pl.Date)


def day_numbers(days: pl.Series, missing: int = 0) -> IntArray:
    """Dates as days since 1970-01-01; `missing` where there is none."""
    return days.to_physical().cast(pl.Int64).fill_null(missing).to_numpy()


def timestamps(moments: IntArray) -> pl.Series:
    """Seconds since 1970-01-01 in UTC as timestamps."""
    return pl.Series(moments * 1_000_000).cast(pl.Datetime("us"))


def named(positions: IntArray, names: tuple[str, ...]) -> pl.Series:
    """The name at each position."""
    return pl.Series(names, dtype=pl.String).gather(positions)


def scatter(values: pl.Series, rows: IntArray, length: int) -> pl.Series:
    """The values at the given rows of a series of that length, NULL elsewhere; the rows are in order."""
    if len(rows) == length:
        return values
    place = np.full(length, len(rows))
    place[rows] = np.arange(len(rows))
    return pl.concat([values, pl.Series([None], dtype=values.dtype)]).gather(place)


def where(condition: BoolArray, values: pl.Series) -> pl.Series:
    """The values where the condition holds, NULL elsewhere."""
    return pl.select(pl.when(pl.Series(condition)).then(values)).to_series()
