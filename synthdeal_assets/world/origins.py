"""When which deal begins, and in which slot of the market: what a deal is, before anything is known about it.

In a period every slot has its turn, in an order that differs by period. Who has the slot then is decided in
`generations.py`, and everything else about the deal in `deals.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from synthdeal_assets.foundation.drawing.entries import Entries, places_within
from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array, choose_by_share
from synthdeal_assets.world.calendar import CreationCalendar, period
from synthdeal_assets.world.randomness import stream

STRANGERS_LEAD_SHARES: Final = (0.38, 0.17, 0.20, 0.13, 0.12)
"""Shares of LEAD_SOURCES among deals with accounts that are no customers."""


@dataclass(frozen=True)
class Origins(Entries):
    """Deals in the order of creation; every array has one entry a deal.

    Attributes:
        key: Random key: every later choice about the deal follows from it.
        created: Day of creation (days since 1970-01-01).
        index: 1 for the first deal of its day, then counting up.
        account: Row of the account.
    """

    key: UInt64Array
    created: IntArray
    index: IntArray
    account: IntArray

    def of(self, days: range) -> Self:
        """Those created on some days in a row."""
        first, last = np.searchsorted(self.created, [days.start, days.stop]).tolist()
        return self.where(slice(first, last))


def draw_slots(calendar: CreationCalendar, slots: int, days: range) -> IntArray:
    """The slot of each deal created on some days in a row."""
    shuffles: dict[int, IntArray] = {}
    parts = [np.empty(0, dtype=np.int64)]
    for day in days:
        number = period(day)
        if number not in shuffles:
            places = max(calendar.size, slots)
            shuffle = stream(calendar.seed, "deals/accounts", number).permutation(places)
            shuffles[number] = shuffle[: calendar.size] % slots
        first = calendar.first_slot(day)
        parts.append(shuffles[number][first : first + calendar.count(day)])
    return np.concatenate(parts)


def draw_keys(calendar: CreationCalendar, days: range) -> tuple[UInt64Array, IntArray, IntArray]:
    """Key, day of creation and index of each deal created on some days in a row."""
    counts = np.array([calendar.count(day) for day in days])
    created = np.repeat(np.array(days), counts)
    index = 1 + places_within(counts)
    key = np.concatenate(
        [
            stream(calendar.seed, "deals", day).integers(2**64, size=int(count), dtype=np.uint64)
            for day, count in zip(days, counts, strict=True)
        ]
    )
    return key, created, index


def strangers_lead_source(key: UInt64Array) -> IntArray:
    """Where the lead of each deal came from, as a position in LEAD_SOURCES, when its account is no customer."""
    return choose_by_share(key, "lead source", STRANGERS_LEAD_SHARES)
