"""Which account holds which slot of the market on which day: the slots stay, and accounts come and go in them.

Account g of a slot begins near ANCHOR + g * CADENCE_DAYS, earlier or later by at most JITTER_DAYS, so that it has the
slot for four to eight periods. Nothing hangs on the account before, so whoever is there on a day is found without the
days between. There are `LANES` rows of companies for a slot, and its accounts take them in turn: when one comes again,
nothing is on record any more of its time before.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array, choose, mix, uniform
from synthdeal_assets.world.calendar import WINDOW_DAYS, day_number, working_day

ANCHOR: Final = day_number(dt.date(1990, 1, 1))
"""Everywhere some accounts have come and gone before the first day that a world as of `settings.MIN_AS_OF` needs."""

CADENCE_DAYS: Final = 6 * WINDOW_DAYS
"""Days that an account has its slot, on average."""
JITTER_DAYS: Final = WINDOW_DAYS
LANES: Final = 3

_GOLDEN: Final = 0.618034
"""Slots in a row are this part of a cadence apart, so that the same share of the accounts is new in every period."""


@dataclass(frozen=True)
class Slots:
    """The slots of a world.

    Attributes:
        seed: Seed of the world.
        phase: Days that each slot's grid lies before the anchor's, 0 to CADENCE_DAYS - 1.
    """

    seed: int
    phase: IntArray

    @property
    def count(self) -> int:
        """The number of slots, each of which has an account on every day."""
        return len(self.phase)

    @property
    def rows(self) -> int:
        """The number of companies: row lane * count + slot has the slot in the generations of its lane."""
        return LANES * self.count

    def begins(self, slots: IntArray, generation: IntArray) -> IntArray:
        """First day on which an account has a slot, a working day (days since 1970-01-01)."""
        jitter = choose(self.keys(slots, generation), "begins", 2 * JITTER_DAYS + 1) - JITTER_DAYS
        return working_day(ANCHOR - self.phase[slots] + generation * CADENCE_DAYS + jitter)

    def generation_on(self, slots: IntArray, days: IntArray) -> IntArray:
        """Number of the account that has each slot on a day of its own."""
        generation = (days - ANCHOR + self.phase[slots]) // CADENCE_DAYS + 1
        for _ in range(2):
            generation = generation - (self.begins(slots, generation) > days)
        return generation

    def row_of(self, slots: IntArray, generation: IntArray) -> IntArray:
        """Row of the company that each account is."""
        return generation % LANES * self.count + slots

    def keys(self, slots: IntArray, generation: IntArray) -> UInt64Array:
        """The random key of each account: every choice about the account follows from it."""
        return mix(mix(slots.astype(np.uint64), f"{self.seed}|account") ^ generation.astype(np.uint64), "generation")


def lay_out_slots(seed: int, count: int) -> Slots:
    """The slots of a world of this seed, with `count` accounts at a time."""
    offset = uniform(np.zeros(1, dtype=np.uint64), f"{seed}|generations")
    return Slots(seed, np.floor((offset + np.arange(count) * _GOLDEN) % 1.0 * CADENCE_DAYS).astype(np.int64))
