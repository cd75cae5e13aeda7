"""The calendar of the world: which deals are created on which day, working days, ends of months and quarters.

A day is an integer, days since 1970-01-01, in arrays of any shape. Nothing here draws what happens in a deal, and
nothing here reads a clock.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array, choose
from synthdeal_assets.world.randomness import stream

WINDOW_DAYS: Final = 364
"""Days of the window and period of the daily counts: 52 whole weeks, so that each weekday keeps its share."""

PERIODS: Final = 3
"""Periods whose deals are on record. What closed in the last eight quarters was created in the last 1,031 days, because
no deal stays open longer than 300, so all of it is there and every quarter can be compared with that of a year before.
"""

NEVER: Final = 10_000_000
"""The day of something that does not happen: later than any day of any world."""

_EPOCH: Final = dt.date(1970, 1, 1)
_PHASE_ORIGIN: Final = (dt.date(2025, 12, 29) - _EPOCH).days
"""A Monday at the start of a year. The period is 1.25 days shorter than a year, so the seasons drift that much a year,
which stays below a month until 2046."""

_WEEKDAY_WEIGHTS: Final = (20, 23, 23, 21, 17, 2, 1)
"""New deals by weekday, Monday first: sellers rarely create one at a weekend."""
_SEASON_WEIGHTS: Final = (9, 11, 12, 10, 10, 10, 9, 7, 8, 11, 11, 9, 6)
"""New deals by four-week period of the year: quiet in high summer and at the turn of the year."""


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


def date_of(day: int) -> dt.date:
    """The day of a number of days since 1970-01-01."""
    return _EPOCH + dt.timedelta(days=day)


def window_start(as_of: int) -> int:
    """First day of the last period, the 364 days that end with `as_of`: what is created in it is scored."""
    return as_of - WINDOW_DAYS + 1


def record_start(as_of: int) -> int:
    """First day of the periods that are on record."""
    return as_of - PERIODS * WINDOW_DAYS + 1


class CreationCalendar:
    """How many deals are created on each day: `size` in any 364 days in a row, for any start.

    Attributes:
        seed: Seed of the world.
        size: Deals in a period.
    """

    def __init__(self, seed: int, size: int) -> None:
        weights = np.array(_WEEKDAY_WEIGHTS)[np.arange(WINDOW_DAYS) % 7]
        weights = weights * np.repeat(_SEASON_WEIGHTS, WINDOW_DAYS // len(_SEASON_WEIGHTS))
        total = int(weights.sum())
        # Where the fractions of a deal round up differs by seed; the sum over a period does not.
        offset = int(stream(seed, "calendar/offset").integers(total))
        cumulated = (np.concatenate([[0], np.cumsum(weights)]) * size + offset) // total
        self.seed, self.size = seed, size
        self._first_slots: IntArray = (cumulated - cumulated[0]).astype(np.int64)

    def count(self, day: int) -> int:
        """Deals created on the day."""
        phase = _phase(day)
        return int(self._first_slots[phase + 1] - self._first_slots[phase])

    def first_slot(self, day: int) -> int:
        """Number, within its period, of the first deal of the day; 0 to size - 1, then again from 0."""
        return int(self._first_slots[_phase(day)])

    def day_ranges(self, first: int, last: int, rows: int) -> list[range]:
        """The days from first to last inclusive, in ranges of at most `rows` deals or of one day."""
        ranges, start, held = [], first, 0
        for day in range(first, last + 1):
            count = self.count(day)
            if held + count > rows and day > start:
                ranges.append(range(start, day))
                start, held = day, 0
            held += count
        ranges.append(range(start, last + 1))
        return ranges


def period(day: int) -> int:
    """Number of the 364-day period that the day lies in."""
    return (day - _PHASE_ORIGIN) // WINDOW_DAYS


def working_day(days: IntArray) -> IntArray:
    """The day itself, or the Monday after a weekend."""
    weekday = (days + 3) % 7
    return days + np.where(weekday == 5, 2, np.where(weekday == 6, 1, 0))


def working_day_of(keys: UInt64Array, days: IntArray) -> IntArray:
    """A working day for what falls on each day: the day itself or one at most two days later.

    The seven days of a week are spread over its five working days, so that days in even numbers give each of them a
    fifth; `working_day` would give Monday three times as much as the others. For one key a later day is never given an
    earlier one, so the order of events stays, and days that lie two or more apart never become one.

    Args:
        keys: For each entry of the last axis of `days` the key of whatever it happens to, which decides how its weeks
            are spread.
        days: Days since 1970-01-01.
    """
    return working_day_by(week_shift(keys), days)


def week_shift(keys: UInt64Array) -> IntArray:
    """How the weeks of each key are spread, one of five ways."""
    return choose(keys, "week", 5)


def working_day_by(shifts: IntArray, days: IntArray) -> IntArray:
    """As `working_day_of`, given how the weeks are spread in the place of the keys."""
    week, weekday = np.divmod(days + 3, 7)
    # Day i of the week begins at 5 i of its 35 parts, a working day is seven parts long, and the five shifts meet
    # each part once. Ten are added so that no day is given an earlier one.
    weeks_more, working = np.divmod((5 * weekday + 10 + shifts) // 7, 5)
    day: IntArray = 7 * (week + weeks_more) + working - 3
    return day


def working_days_back(days: IntArray, count: IntArray) -> IntArray:
    """The working day that lies 0 to 4 working days before each working day."""
    weekday = (days + 3) % 7
    day: IntArray = days - count - np.where(count > weekday, 2, 0)
    return day


def working_day_before(days: IntArray) -> IntArray:
    """The day itself, or the Friday before a weekend."""
    weekday = (days + 3) % 7
    return days - np.where(weekday == 5, 1, np.where(weekday == 6, 2, 0))


def month_end(days: IntArray) -> IntArray:
    """The last working day of each day's month; a day later than that, at a month's end, is left as it is."""
    return np.maximum(working_day_before(_period_end(days, 1)), days)


def quarter_end(days: IntArray) -> IntArray:
    """The last working day of each day's quarter; a day later than that, at a quarter's end, is left as it is."""
    return np.maximum(working_day_before(_period_end(days, 3)), days)


def quarter_start(days: IntArray) -> IntArray:
    """The first day of each day's quarter."""
    month = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    first: IntArray = (month - month % 3).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return first


def quarter_number(days: IntArray) -> IntArray:
    """The quarter that each day lies in; that of 1970-01-01 is 0."""
    quarter: IntArray = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) // 3
    return quarter


def quarter_first_day(quarter: int) -> int:
    """The first day of the quarter with this `quarter_number`."""
    return int(np.datetime64(3 * quarter, "M").astype("datetime64[D]").astype(np.int64))


def _period_end(days: IntArray, months: int) -> IntArray:
    month = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    following = (month // months + 1) * months
    first: IntArray = following.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return first - 1


def _phase(day: int) -> int:
    return (day - _PHASE_ORIGIN) % WINDOW_DAYS
