"""Who is a customer on which day: the customers of old, and those who bought within the last 52 weeks.

A prospect that signs becomes a customer on that day and stays one for the term of the contract. Without another win it
is a prospect again, once no deal in the window calls it a customer any more. Wins are looked up, never changed, here.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray
from synthdeal_assets.world.calendar import CreationCalendar, record_start
from synthdeal_assets.world.deals import draw_deals
from synthdeal_assets.world.sales_book import SalesBook
from synthdeal_assets.world.stages import MAX_DAYS_OPEN, draw_paths

CONTRACT_DAYS: Final = 364

_DAY_BITS: Final = 24


class Customers:
    """The accounts that have a contract, by day.

    Attributes:
        on_record: For each account whether the CRM calls it a customer at the end of the window: it has a contract, or
            a deal in the window was won with it or made with it as a customer.

    Args:
        book: The organisation.
        accounts: Row of the account of each win.
        days: Day of each win.
        window_accounts: Row of the account of each deal in the window.
        window_days: Day of creation of each deal in the window.
        as_of: Last day of the window.
    """

    def __init__(
        self,
        book: SalesBook,
        *,
        accounts: IntArray,
        days: IntArray,
        window_accounts: IntArray,
        window_days: IntArray,
        as_of: int,
    ) -> None:
        self._installed = book.account_installed
        self._wins = np.sort((accounts << _DAY_BITS) + days)
        every_account = np.arange(len(self._installed))
        self.on_record = self.is_customer(every_account, np.full(len(every_account), as_of))
        self.on_record[window_accounts[self.is_customer(window_accounts, window_days)]] = True
        self.on_record[accounts[(days >= record_start(as_of)) & (days <= as_of)]] = True

    def is_customer(self, accounts: IntArray, days: IntArray) -> BoolArray:
        """Whether each account is a customer on the day that stands beside it.

        A win counts from its own day on, for `CONTRACT_DAYS` days.
        """
        moment = (accounts << _DAY_BITS) + days
        wins_until = np.searchsorted(self._wins, moment, side="right")
        wins_before_contract = np.searchsorted(self._wins, moment - CONTRACT_DAYS, side="right")
        contracted: BoolArray = wins_until > wins_before_contract
        return self._installed[accounts] | contracted


def find_customers(calendar: CreationCalendar, book: SalesBook, as_of: int, rows: int, *, since: int) -> Customers:
    """The customers on every day from `since` to `as_of`.

    Looks as far back as a win can reach into these days: a contract and the longest deal before it.

    Args:
        calendar: How many deals are created on each day.
        book: The organisation.
        as_of: Last day of the window (days since 1970-01-01).
        rows: Deals held in memory at a time.
        since: First day that may be asked about, at or before the first day of the window.
    """
    start = record_start(as_of)
    accounts, days, window_accounts, window_days = [], [], [], []
    for part in calendar.day_ranges(since - CONTRACT_DAYS - MAX_DAYS_OPEN, as_of, rows):
        deals = draw_deals(calendar, book, part)
        wins = deals.where(deals.won & ~book.account_installed[deals.account])
        accounts.append(wins.account)
        days.append(draw_paths(wins, book).outcome_day)
        in_window = deals.created >= start
        window_accounts.append(deals.account[in_window])
        window_days.append(deals.created[in_window])
    return Customers(
        book,
        accounts=np.concatenate(accounts),
        days=np.concatenate(days),
        window_accounts=np.concatenate(window_accounts),
        window_days=np.concatenate(window_days),
        as_of=as_of,
    )
