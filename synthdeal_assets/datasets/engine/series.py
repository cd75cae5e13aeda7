"""Values over time: a trend, waves of the day and the week in local time, and noise that remembers.

Each is a function of points in time, or of the number of a point in its series, so that any point stands alone. What
they are added to, and which rows are points of which series, is decided outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.engine.distributions import normal_quantile
from synthdeal_assets.datasets.engine.elementary import cos_of_turns
from synthdeal_assets.datasets.engine.streams import rehash, uniforms
from synthdeal_assets.foundation.drawing.randomness import FloatArray, IntArray, UInt64Array

LAGS: Final = 64
"""Points of the past that noise is made of; what is left out of a memory of 0.8 is less than 1e-6 of it."""

MOST_MEMORY: Final = 0.95
"""With 64 points of the past, the greatest memory that is still met: within 0.0001."""

_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}


def trend(times: pl.Series, start: datetime, amount: float, unit: str) -> FloatArray:
    """What a steady change comes to at each point in time.

    Up to weeks, time is what passes; months, quarters and years are those of the calendar in the time zone, and a part
    of a month is that part of its days.

    Args:
        times: Points in time with a time zone.
        start: Where the trend is 0.
        amount: The change in each unit.
        unit: second, minute, hour, day, week, month, quarter or year.
    """
    if unit in _SECONDS:
        passed = times.dt.epoch("us").to_numpy() - int(pl.Series([start], dtype=times.dtype).dt.epoch("us")[0])
        periods: FloatArray = passed / (_SECONDS[unit] * 1_000_000.0)
    else:
        periods = (_months(times) - _months(pl.Series([start]).cast(times.dtype))) / float(_MONTHS[unit])
    return periods * amount


def _months(times: pl.Series) -> FloatArray:
    """Months of the calendar since the year 0, with the part of the last one."""
    local = times.dt.replace_time_zone(None)
    begun = local.dt.truncate("1mo")
    passed = (local - begun).dt.total_microseconds().to_numpy()
    length = (begun.dt.offset_by("1mo") - begun).dt.total_microseconds().to_numpy()
    months: FloatArray = local.dt.year().to_numpy() * 12.0 + local.dt.month().to_numpy() + passed / length
    return months


def daily_wave(times: pl.Series, amplitude: float, peak: int) -> FloatArray:
    """A wave of 24 hours of the clock on the wall, `amplitude` at its peak and minus that half a day later.

    Args:
        times: Points in time with a time zone.
        amplitude: Its height.
        peak: Minutes from midnight to its peak.
    """
    local = times.dt.replace_time_zone(None)
    passed = (local - local.dt.truncate("1d")).dt.total_microseconds().to_numpy()
    turns: FloatArray = passed / 86_400_000_000.0 - peak / 1440.0
    return cos_of_turns(turns) * amplitude


def weekly_steps(times: pl.Series, steps: Mapping[int, float]) -> FloatArray:
    """What is added on days of the week, those of the time zone.

    Args:
        times: Points in time with a time zone.
        steps: Day of the week, Monday being 0, -> what is added; nothing on the others.
    """
    by_day = np.array([float(steps.get(day, 0.0)) for day in range(7)])
    added: FloatArray = by_day[times.dt.weekday().to_numpy().astype(np.int64) - 1]
    return added


def noise(series: UInt64Array, positions: IntArray, sd: float, memory: float) -> FloatArray:
    """Normal noise whose neighbours in a series are correlated by `memory`, those k apart by its k-th power.

    An autoregression of the first order, written as what it makes of its last `LAGS` shocks: shock t of a series is a
    number of its own, so that point t needs none of the points before it. Neighbours share their shocks: consecutive
    points of a series, asked for together, cost one shock each.

    Args:
        series: The key of the series of each point.
        positions: The number of each point in its series, from 0.
        sd: Its standard deviation.
        memory: From 0 to `MOST_MEMORY`.

    Raises:
        ValueError: The memory is outside.
    """
    if not 0 <= memory <= MOST_MEMORY:
        msg = f"a memory of {memory} is not from 0 to {MOST_MEMORY}"
        raise ValueError(msg)
    if not positions.size:
        return np.empty(0)
    lags = LAGS if memory else 1
    goes_on = (series[1:] == series[:-1]) & (positions[1:] == positions[:-1] + 1)
    starts = np.concatenate([[0], np.flatnonzero(~goes_on) + 1])
    lengths = np.diff(starts, append=positions.size)
    # Before each run of neighbours stand the shocks of the points before it.
    within = np.arange(positions.size + starts.size * (lags - 1)) - np.repeat(
        starts + np.arange(starts.size) * (lags - 1), lengths + lags - 1
    )
    run = np.repeat(np.arange(starts.size), lengths + lags - 1)
    counters = positions[starts][run] + within + (LAGS - lags + 1)
    shocks = normal_quantile(uniforms(rehash(series[starts][run], counters)))
    at = np.arange(positions.size) + np.repeat((np.arange(starts.size) + 1) * (lags - 1), lengths)
    weights = np.cumprod(np.concatenate([[1.0], np.full(lags - 1, memory)]))
    total = np.zeros(positions.size)
    for lag, weight in enumerate(weights):
        total += shocks[at - lag] * weight
    result: FloatArray = total * (sd / np.sqrt(np.cumsum(weights * weights)[-1]))
    return result
