"""When in the day something happens: a time of day where somebody works, and the moment in UTC that this is.

Times of day are seconds since midnight in an office of `offices.py`, moments are seconds since 1970-01-01 in UTC; both
are whole numbers. What happens on which day is decided elsewhere; which events of a deal have a moment, in
`deal_moments.py`.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array, choose, choose_by_share, mix
from synthdeal_assets.world.calendar import day_number
from synthdeal_assets.world.offices import TIME_ZONES

_DAY: Final = 86_400
_HOUR: Final = 3_600
_MINUTE: Final = 60

_FIRST_DAY: Final = dt.date(2000, 1, 1)
_LAST_DAY: Final = dt.date(2101, 12, 31)
"""Moments are known between these days: every day that a world can look back to, or be seen on."""

_OPENS: Final = 15 * _HOUR // 2
_HALF_HOURS: Final = (1, 2, 4, 7, 8, 8, 8, 8, 7, 4, 3, 4, 6, 7, 7, 7, 7, 7, 6, 5, 3, 2)
"""How much is done in each half hour from half past seven on: most in the morning, little at noon and after six."""
_WORKING_SHARES: Final = tuple(share / sum(_HALF_HOURS) for share in _HALF_HOURS)
_EVENING_SHARE: Final = 0.03
"""Share of changes that are made in the evening, between seven and ten."""
EARLIEST: Final = 7 * _HOUR
"""Nobody does anything earlier, but for what is handed over before the day begins."""


def working_time(keys: UInt64Array, salt: str) -> IntArray:
    """For each key a time of day between half past seven and half past six."""
    half_hour = choose_by_share(keys, f"{salt}/half hour", _WORKING_SHARES)
    return _OPENS + half_hour * (_HOUR // 2) + choose(keys, f"{salt}/second", _HOUR // 2)


def any_time(keys: UInt64Array, salt: str) -> IntArray:
    """For each key a time of day, now and then in the evening."""
    in_the_evening = choose(keys, f"{salt}/evening", 1_000) < round(_EVENING_SHARE * 1_000)
    return np.where(
        in_the_evening, 19 * _HOUR + choose(keys, f"{salt}/evening second", 3 * _HOUR), working_time(keys, salt)
    )


def early_time(keys: UInt64Array) -> IntArray:
    """For each key a time of day between six and seven, when what somebody had is handed over."""
    return 6 * _HOUR + choose(keys, "early second", _HOUR)


def between(keys: UInt64Array, salt: str, limits: tuple[int, int]) -> IntArray:
    """For each key a number within limits, both included."""
    least, most = limits
    return least + choose(keys, f"{salt}/after", most - least + 1)


def account_time(account_key: UInt64Array, days: IntArray) -> IntArray:
    """The time of day at which work at an account begins on a day: whatever is created there on that day comes after.

    Whoever looks at one record alone thus knows what was there before it, without looking at the others.
    """
    return working_time(mix(account_key ^ days.astype(np.uint64), "day at the account"), "begins")


def moments(days: IntArray, times: IntArray, offices: IntArray) -> IntArray:
    """The moment of each time of day, three in the morning or later.

    Daylight saving is that of the rules which Polars comes with, so that no file of the machine decides it. No office
    changes its clocks after three in the morning, so that noon stands for the day.

    Args:
        days: Days (days since 1970-01-01) in the offices.
        times: Times of day there.
        offices: Positions in OFFICES.
    """
    return days * _DAY + times - _offsets()[offices, days - day_number(_FIRST_DAY)]


def times_of(moment: IntArray, days: IntArray, offices: IntArray) -> IntArray:
    """The time of day in another office at which each moment is, counted from the beginning of a day."""
    return moment - moments(days, np.zeros_like(days), offices)


def in_order(groups: IntArray, days: IntArray, times: IntArray) -> IntArray:
    """The times of day, changed such that those of one group and day increase from row to row.

    Args:
        groups: What belongs together; rows are in the order of group and day.
        days: Day of each row.
        times: Its time of day.
    """
    result = times.copy()
    is_next = np.zeros(groups.size, dtype=np.bool_)
    is_next[1:] = (groups[1:] == groups[:-1]) & (days[1:] == days[:-1])
    together = np.flatnonzero(is_next | np.append(is_next[1:], np.False_)) if groups.size else np.empty(0, np.int64)
    order = np.lexsort((times[together], days[together], groups[together]))
    position = np.arange(together.size)
    first = np.maximum.accumulate(np.where(is_next[together], 0, position))
    result[together] = times[together][order] + position - first
    return result


@lru_cache(maxsize=1)
def _offsets() -> IntArray:
    """Seconds that each office is ahead of UTC: shape (offices, days from _FIRST_DAY to _LAST_DAY)."""
    noons = pl.date_range(_FIRST_DAY, _LAST_DAY, eager=True).cast(pl.Datetime("ms")).dt.offset_by("12h")
    ahead = [
        (noons - noons.dt.replace_time_zone(zone).dt.convert_time_zone("UTC").dt.replace_time_zone(None))
        .dt.total_seconds()
        .to_numpy()
        for zone in TIME_ZONES
    ]
    return np.stack(ahead).astype(np.int64)
