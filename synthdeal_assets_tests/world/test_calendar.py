"""Which deals are created on which day."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthdeal_assets.world.calendar import (
    WINDOW_DAYS,
    CreationCalendar,
    day_number,
    month_end,
    quarter_end,
    window_start,
    working_day,
    working_day_of,
    working_days_back,
)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**63 - 1),
    size=st.integers(1, 3000),
    as_of=st.dates(dt.date(2020, 1, 1), dt.date(2100, 12, 31)),
)
def test_any_364_days_in_a_row_hold_exactly_size_deals(seed: int, size: int, as_of: dt.date) -> None:
    calendar = CreationCalendar(seed, size)
    last = day_number(as_of)
    days = range(window_start(last), last + 1)
    assert len(days) == WINDOW_DAYS
    assert sum(calendar.count(day) for day in days) == size


def test_a_weekend_day_sees_few_new_deals() -> None:
    calendar = CreationCalendar(42, 10_000)
    monday = day_number(dt.date(2026, 11, 16))
    by_weekday = [sum(calendar.count(monday + 7 * week + day) for week in range(52)) for day in range(7)]
    assert max(by_weekday[5:]) < min(by_weekday[:5]) / 5


def test_slots_count_the_deals_of_a_period_through() -> None:
    calendar = CreationCalendar(7, 500)
    first = next(day for day in range(WINDOW_DAYS) if calendar.first_slot(day) == 0 and calendar.count(day) > 0)
    slots = [
        slot
        for day in range(first, first + WINDOW_DAYS)
        for slot in range(calendar.first_slot(day), calendar.first_slot(day) + calendar.count(day))
    ]
    assert slots == list(range(500))


def test_day_ranges_cover_every_day_once_and_keep_to_their_rows() -> None:
    calendar = CreationCalendar(1, 1000)
    first = day_number(dt.date(2026, 1, 1))
    ranges = calendar.day_ranges(first, first + 363, 50)
    assert [day for days in ranges for day in days] == list(range(first, first + 364))
    assert max(sum(calendar.count(day) for day in days) for days in ranges) <= 50


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2026-11-20", "2026-11-20"), ("2026-11-21", "2026-11-23"), ("2026-11-22", "2026-11-23")],
)
def test_a_weekend_moves_to_monday(day: str, expected: str) -> None:
    assert working_day(_days(day)) == _days(expected)


def test_seven_days_are_spread_evenly_over_five_working_days_at_most_two_days_later() -> None:
    keys = np.arange(40_000, dtype=np.uint64)
    monday = day_number(dt.date(2026, 11, 16))
    days = np.repeat(np.arange(monday, monday + 70), keys.size).reshape(70, keys.size)
    spread = working_day_of(keys, days)
    shares = np.bincount((spread.ravel() + 3) % 7, minlength=7) / days.size
    assert shares == pytest.approx([0.2] * 5 + [0, 0], abs=0.002)
    assert (spread >= days).all()
    assert (spread <= days + 2).all()
    assert (spread[1:] >= spread[:-1]).all()
    assert (spread[2:] > spread[:-2]).all()


def test_working_days_back_leave_out_weekends() -> None:
    wednesday = np.full(5, day_number(dt.date(2026, 11, 18)))
    friday = day_number(dt.date(2026, 11, 13))
    assert (working_days_back(wednesday, np.arange(5)) - friday).tolist() == [5, 4, 3, 0, -1]


def test_ends_of_month_and_quarter_are_working_days() -> None:
    assert month_end(_days("2026-10-05")) == _days("2026-10-30")
    assert quarter_end(_days("2026-10-05")) == _days("2026-12-31")
    assert quarter_end(_days("2027-01-01")) == _days("2027-03-31")
    # 31 January 2026 is a Saturday after the last working day of its month.
    assert month_end(_days("2026-01-31")) == _days("2026-01-31")


def _days(day: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([day_number(dt.date.fromisoformat(day))])
