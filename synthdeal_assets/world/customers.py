"""Who is a customer on which day, and with what: looked up, never changed, here.

An account is a customer exactly while a contract runs.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray

_DAY_BITS: Final = 24
_PRODUCT_BITS: Final = 12


class Customers:
    """What accounts have had under contract, by day; every array has one entry a contract.

    Args:
        account: Row of the account.
        product: Row of the product.
        quantity: Units.
        start: First day (days since 1970-01-01).
        end: Last day, on which it really ended. Of the contracts of an account none that begins earlier ends later.
    """

    def __init__(
        self, account: IntArray, product: IntArray, quantity: IntArray, start: IntArray, end: IntArray
    ) -> None:
        order = np.lexsort((product, start, account))
        self._begun = (account[order] << _DAY_BITS) + start[order]
        self._account, self._product, self._end = account[order], product[order], end[order]
        pair = (account << _PRODUCT_BITS) + product
        self._starts = _Sums((pair << _DAY_BITS) + start, quantity)
        self._ends = _Sums((pair << _DAY_BITS) + end, quantity)

    def is_customer(self, accounts: IntArray, days: IntArray) -> BoolArray:
        """Whether a contract of each account runs on the day that stands beside it."""
        return self._latest(accounts, days) >= 0

    def held_on(self, accounts: IntArray, days: IntArray) -> tuple[IntArray, IntArray]:
        """What each account has last begun to use, of what runs on the day that stands beside it.

        Returns:
            Row of the product, -1 when the account is no customer, and how many units it has of it.
        """
        latest = self._latest(accounts, days)
        product, quantity = np.full(len(latest), -1), np.zeros(len(latest), dtype=np.int64)
        held = np.flatnonzero(latest >= 0)
        product[held] = self._product[latest[held]]
        quantity[held] = self.quantity_on(accounts[held], product[held], days[held])
        return product, quantity

    def quantity_on(self, accounts: IntArray, products: IntArray, days: IntArray) -> IntArray:
        """Units of a product that each account has on a day, all three standing beside each other."""
        pair = (accounts << _PRODUCT_BITS) + products
        first, moment = pair << _DAY_BITS, (pair << _DAY_BITS) + days
        # What ended on the day before is over.
        return self._starts.between(first, moment) - self._ends.between(first, moment - 1)

    def _latest(self, accounts: IntArray, days: IntArray) -> IntArray:
        """Position of the running contract that began last; -1 where there is none."""
        position: IntArray = np.searchsorted(self._begun, (accounts << _DAY_BITS) + days, side="right") - 1
        if not self._begun.size:
            return position
        is_running = (position >= 0) & (self._account[position] == accounts) & (self._end[position] >= days)
        return np.where(is_running, position, -1)


class _Sums:
    """Sums of quantities over ranges of moments."""

    def __init__(self, moments: IntArray, quantities: IntArray) -> None:
        order = np.argsort(moments, kind="stable")
        self._moments = moments[order]
        self._sums: IntArray = np.concatenate([[0], np.cumsum(quantities[order])]).astype(np.int64)

    def between(self, first: IntArray, last: IntArray) -> IntArray:
        """Sum of what lies from one moment to another, both included."""
        sums: IntArray = self._sums[np.searchsorted(self._moments, last, side="right")]
        return sums - self._sums[np.searchsorted(self._moments, first)]


_NOTHING: Final[IntArray] = np.empty(0, dtype=np.int64)
NOBODY: Final = Customers(_NOTHING, _NOTHING, _NOTHING, _NOTHING, _NOTHING)
