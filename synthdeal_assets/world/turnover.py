"""Who holds which seat of the sales team on which day: the seats stay, and people come and go in them.

Holder k of a seat begins near ANCHOR + k times the seat's cadence, earlier or later by less than half of it. Nothing
hangs on the holder before, so whoever is there on a day is found without the days between, and is the same person from
whatever day one looks. What the people are called and what they do belongs in `sales_team.py`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.entries import places_within
from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array, choose, mix, uniform
from synthdeal_assets.foundation.drawing.row_days import last_begun, row_days
from synthdeal_assets.world.calendar import NEVER, WINDOW_DAYS, day_number, working_day

ANCHOR: Final = day_number(dt.date(2002, 1, 7))
"""Everywhere somebody has begun before the first day that a world as of `settings.MIN_AS_OF` looks back to, in 2004."""

HOLDERS: Final = 40
"""Holders of a seat, counted from 0; the last one begins after `settings.MAX_AS_OF`."""

PEOPLE_PERIODS: Final = 5
"""Periods, 1,820 days, whose people and changes of account owners are on record: more than the four years of invoices
that the sales log names them in."""

_JITTER: Final = 0.25
"""Part of its cadence that a holder begins earlier or later, at most: tenures are half of it to one and a half."""
_GOLDEN: Final = 0.618034
"""Seats in a row are this part of a cadence apart, so that the changes of a team are spread over the years."""


def people_record_start(as_of: int) -> int:
    """First day whose people are on record (days since 1970-01-01)."""
    return as_of - PEOPLE_PERIODS * WINDOW_DAYS + 1


@dataclass(frozen=True)
class Turnover:
    """The holders of all seats; those of one seat stand together, in order: row = seat * HOLDERS + k.

    Attributes:
        key: Random key of each holder: every choice about the person follows from it.
        begins: First day of each holder, a working day (days since 1970-01-01).
    """

    key: UInt64Array
    begins: IntArray

    @property
    def ends(self) -> IntArray:
        """Last day of each holder, the day before the next one begins."""
        following = np.append(self.begins[1:], NEVER + 1)
        following[HOLDERS - 1 :: HOLDERS] = NEVER + 1
        return following - 1

    def holder_on(self, seats: IntArray, days: IntArray) -> IntArray:
        """Row of whoever holds each seat on a day of its own."""
        begins = row_days(np.arange(self.begins.size) // HOLDERS, self.begins)
        return last_begun(begins, seats, days)


def draw_turnover(seed: int, cadence: IntArray) -> Turnover:
    """The holders of each seat.

    Args:
        seed: Seed of the world.
        cadence: For each seat the days that somebody stays in it, on average.
    """
    seats, number = np.divmod(np.arange(cadence.size * HOLDERS), HOLDERS)
    key = mix(np.arange(seats.size, dtype=np.uint64), f"{seed}|user")
    offset = uniform(np.zeros(1, dtype=np.uint64), f"{seed}|turnover")
    phase = np.floor((offset + np.arange(cadence.size) * _GOLDEN) % 1.0 * cadence).astype(np.int64)
    reach = np.floor(_JITTER * cadence).astype(np.int64)[seats]
    jitter = choose(key, "begins", 2**20) * (2 * reach + 1) // 2**20 - reach
    return Turnover(key, working_day(ANCHOR - phase[seats] + number * cadence[seats] + jitter))


def handovers(first: IntArray, last: IntArray) -> tuple[IntArray, IntArray]:
    """Every change between two holders of the same seat.

    Args:
        first: Row of the holder at first.
        last: Row of the holder in the end, not before.

    Returns:
        For each change the position in `first` and the row of the new holder, in the order of both; the old one is the
        row before.
    """
    count = last - first
    position = np.repeat(np.arange(count.size), count)
    return position, first[position] + 1 + places_within(count)
