"""Which deals are about what an earlier deal with the same account was about, so that each can have a name of its own.

Only earlier deals count, and only those that can be in a table together with the deal, so that a name is the same on
every day that the world is seen on. How a name says it belongs in `language/notes.py`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray
from synthdeal_assets.world.calendar import quarter_start
from synthdeal_assets.world.deals import Deals, draw_deals
from synthdeal_assets.world.sales_book import SalesBook

_DAY_BITS: Final = 17
_INDEX_BITS: Final = 16
"""A day until the year 2328, and a deal of 65,536 in it."""


class Namesakes:
    """Earlier deals about the same product with the same account, of all deals on record and as many days before.

    Args:
        book: The organisation.
        start: First day on record (days since 1970-01-01).
        as_of: Last day on record.
        rows: Deals held in memory at a time.
    """

    def __init__(self, book: SalesBook, start: int, as_of: int, rows: int) -> None:
        self._products = len(book.product_price)
        self._days_on_record = as_of - start + 1
        parts = book.organisation.calendar.day_ranges(start - self._days_on_record + 1, as_of, rows)
        self._moments = np.sort(np.concatenate([self._moments_of(draw_deals(book, part)) for part in parts]))

    def is_repeat(self, deals: Deals) -> BoolArray:
        """Whether there is an earlier one that can be on record together with the deal."""
        return self._earlier(deals, deals.created - self._days_on_record + 1) > 0

    def phase(self, deals: Deals) -> IntArray:
        """1 for the first deal of its quarter, 2 for the second and so on."""
        return 1 + self._earlier(deals, quarter_start(deals.created))

    def _earlier(self, deals: Deals, since: IntArray) -> IntArray:
        before = self._moment(deals, since, np.zeros_like(since))
        earlier: IntArray = np.searchsorted(self._moments, self._moments_of(deals))
        return earlier - np.searchsorted(self._moments, before)

    def _moments_of(self, deals: Deals) -> IntArray:
        return self._moment(deals, deals.created, deals.index)

    def _moment(self, deals: Deals, day: IntArray, index: IntArray) -> IntArray:
        pair = deals.account * self._products + deals.product
        moment: IntArray = (((pair << _DAY_BITS) + day) << _INDEX_BITS) + index
        return moment
