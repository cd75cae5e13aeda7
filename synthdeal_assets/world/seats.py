"""Who holds which seat at an account on which day: the seats stay, and people come and go in them.

Holder n of a seat begins near ANCHOR + n times the seat's cadence, earlier or later by at most a quarter of it. Nothing
hangs on the holder before, so whoever is there on a day is found without the days between, whatever day one looks from.
What they are called belongs in `contacts.py`, what the sales team knows of them in `people.py`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.randomness import (
    IntArray,
    UInt64Array,
    choose,
    choose_by_share,
    mix,
    uniform,
)
from synthdeal_assets.world.calendar import day_number, working_day

ANCHOR: Final = day_number(dt.date(2000, 1, 3))
"""Before the first account."""

EXECUTIVE, CHAMPION, TECHNICAL, PROCUREMENT, USER = range(5)
"""Places of an account: a senior executive who holds budget, a director or manager of the function who may become the
champion, somebody technical, somebody of procurement or legal, and from USER on up to three users."""

WRITER: Final = 7
"""Place of those who write in through the website: one is the newest for some months, and stays at the company."""

PLACES: Final = 8

CADENCE_DAYS: Final[IntArray] = np.array([1_826, 1_461, 1_826, 1_461, 1_096, 1_096, 1_096, 120])
"""Days that somebody stays in a seat, on average, by place: three to five years, as medians of job tenure are; of
WRITER, days until somebody else is the newest."""

USER_SHARES: Final = (0.60, 0.28, 0.12)
"""Shares of the accounts with one, two and three seats of users."""

_JITTER: Final = 0.25
"""Part of its cadence that a holder begins earlier or later, at most: tenures are half of it to one and a half."""

_WRITER_STAYS: Final = (500, 1_000)
"""Days from and to that a writer stays at the company: longer than any deal is open, and has left for the sales team to
know before the deal leaves the record."""

LARGEST_NUMBER: Final = 999


@dataclass(frozen=True)
class Seats:
    """The seats of all accounts. Arguments of the methods are arrays of one length, one entry a holder or seat.

    Attributes:
        account_key: Random key of each account.
        account_created: Day on which each account was created (days since 1970-01-01).
    """

    account_key: UInt64Array
    account_created: IntArray

    @property
    def user_count(self) -> IntArray:
        """Seats of users of each account, one to three."""
        return 1 + choose_by_share(self.account_key, "contacts", USER_SHARES)

    def key(self, account: IntArray, place: IntArray, number: IntArray) -> UInt64Array:
        """The random key of each holder: every choice about the person follows from it."""
        return mix(self.account_key[account] ^ (number * PLACES + place).astype(np.uint64), "contact")

    def begins(self, account: IntArray, place: IntArray, number: IntArray) -> IntArray:
        """First day of each holder, a working day."""
        cadence = CADENCE_DAYS[place]
        reach = np.floor(_JITTER * cadence).astype(np.int64)
        jitter = choose(self.key(account, place, number), "begins", 2**20) * (2 * reach + 1) // 2**20 - reach
        days: IntArray = ANCHOR - self._phase(account, place) + (number - 1) * cadence + jitter
        return working_day(days)

    def ends(self, account: IntArray, place: IntArray, number: IntArray) -> IntArray:
        """Last day of each holder at the company; but for writers, the day before the next one begins."""
        least, most = _WRITER_STAYS
        key = self.key(account, place, number)
        is_writer = place == WRITER
        begins = self.begins(account, place, np.where(is_writer, number, number + 1))
        return begins + np.where(is_writer, least + choose(key, "stays", most - least + 1), -1)

    def holder_on(self, account: IntArray, place: IntArray, day: IntArray) -> IntArray:
        """Number of whoever holds each seat on a day of its own, at ANCHOR or later: from 0 to LARGEST_NUMBER."""
        cadence = CADENCE_DAYS[place]
        # Of whoever is due nearest the day it is open whether they have begun; all others begin far from it.
        nearest: IntArray = (2 * (day - ANCHOR + self._phase(account, place)) + cadence) // (2 * cadence) + 1
        return nearest - (self.begins(account, place, nearest) > day)

    def _phase(self, account: IntArray, place: IntArray) -> IntArray:
        seat = self.account_key[account] ^ place.astype(np.uint64)
        return np.floor(uniform(seat, "phase of the seat") * CADENCE_DAYS[place]).astype(np.int64)
