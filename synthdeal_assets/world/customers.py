"""Who is a customer on which day, and with what: looked up, never changed, here.

An account is a customer exactly while a contract runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.entries import Entries
from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray
from synthdeal_assets.foundation.drawing.row_days import last_begun, row_days
from synthdeal_assets.world.salesforce_picklists import ACCOUNT_TYPES

_PRODUCT_BITS: Final = 12


@dataclass(frozen=True)
class Spans(Entries):
    """What was under contract from when to when, one entry a contract.

    Attributes:
        account: Row of the account.
        product: Row of the product.
        quantity: Units.
        start: First day (days since 1970-01-01).
        end: Last day, on which it really ended. When the one of an account that began last is over, so are the others.
    """

    account: IntArray
    product: IntArray
    quantity: IntArray
    start: IntArray
    end: IntArray


class Customers:
    """What accounts have had under contract, by day.

    Args:
        spans: The contracts, in any order.
    """

    def __init__(self, spans: Spans) -> None:
        # Contracts come nearly in order, which one sort of one number makes use of.
        by_account = (row_days(spans.account, spans.start) << _PRODUCT_BITS) + spans.product
        spans = spans.where(np.argsort(by_account, kind="stable"))
        self._begun = row_days(spans.account, spans.start)
        self._account, self._product, self._end = spans.account, spans.product, spans.end
        pair = _pairs(spans.account, spans.product)
        changes = np.concatenate([row_days(pair, spans.start), row_days(pair, spans.end + 1)])
        in_order = np.argsort(changes, kind="stable")
        self._changes = changes[in_order]
        # Whatever begins ends, so that nothing is left over where the next account and product begin.
        more_or_less = np.concatenate([spans.quantity, -spans.quantity])[in_order]
        self._quantity_after: IntArray = np.concatenate([np.cumsum(more_or_less), [0]])

    def is_customer(self, accounts: IntArray, days: IntArray) -> BoolArray:
        """Whether a contract of each account runs on the day that stands beside it."""
        return self._latest(accounts, days) >= 0

    def was_customer(self, accounts: IntArray, days: IntArray) -> BoolArray:
        """Whether each account has been a customer by the day that stands beside it, for however short a time."""
        return self._begun_by(accounts, days) >= 0

    def account_types(self, accounts: IntArray, day: int, is_channel: BoolArray) -> IntArray:
        """The type of some accounts on a day, as positions in ACCOUNT_TYPES.

        Args:
            accounts: Rows in the accounts.
            day: The day.
            is_channel: For each of them whether it buys through a partner when it buys.
        """
        days = np.full(accounts.size, day)
        customer = np.where(
            is_channel, ACCOUNT_TYPES.index("Customer - Channel"), ACCOUNT_TYPES.index("Customer - Direct")
        )
        without = np.where(
            self.was_customer(accounts, days), ACCOUNT_TYPES.index("Former Customer"), ACCOUNT_TYPES.index("Prospect")
        )
        return np.where(self.is_customer(accounts, days), customer, without)

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
        latest = last_begun(self._changes, _pairs(accounts, products), days)
        quantity: IntArray = self._quantity_after[latest]
        return quantity

    def _latest(self, accounts: IntArray, days: IntArray) -> IntArray:
        """Position of the running contract that began last; -1 where there is none."""
        begun = self._begun_by(accounts, days)
        return np.where((begun >= 0) & (np.append(self._end, -1)[begun] >= days), begun, -1)

    def _begun_by(self, accounts: IntArray, days: IntArray) -> IntArray:
        """Position of the last contract of each account that began by a day of its own; -1 where there is none."""
        position = last_begun(self._begun, accounts, days)
        # The last one is nobody's, so that a search before all others finds that.
        return np.where(np.append(self._account, -1)[position] == accounts, position, -1)


def _pairs(accounts: IntArray, products: IntArray) -> IntArray:
    return (accounts << _PRODUCT_BITS) + products


NOBODY: Final = Customers(Spans.none())
