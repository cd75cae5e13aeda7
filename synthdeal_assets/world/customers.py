"""Who is a customer on which day: the customers of old, and those who bought within the last 52 weeks.

A prospect that signs becomes a customer on that day and stays one for the term of the contract; without another win it
is a prospect again afterwards. Wins are looked up, never changed, here.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from synthdeal_assets.world.calendar import CreationCalendar, window_start
from synthdeal_assets.world.deals import draw_deals
from synthdeal_assets.world.randomness import BoolArray, IntArray
from synthdeal_assets.world.sales_book import SalesBook
from synthdeal_assets.world.stages import MAX_DAYS_OPEN, draw_paths

CONTRACT_DAYS: Final = 364

_DAY_BITS: Final = 24


class Customers:
    """The accounts that have a contract, by day.

    Args:
        book: The organisation.
        accounts: Row of the account of each win.
        days: Day of each win.
    """

    def __init__(self, book: SalesBook, accounts: IntArray, days: IntArray) -> None:
        self._installed = book.account_installed
        self._wins = np.sort((accounts << _DAY_BITS) + days)

    def is_customer(self, accounts: IntArray, days: IntArray) -> BoolArray:
        """Whether each account is a customer on the day that stands beside it.

        A win counts from its own day on, for `CONTRACT_DAYS` days.
        """
        moment = (accounts << _DAY_BITS) + days
        wins_until = np.searchsorted(self._wins, moment, side="right")
        wins_before_contract = np.searchsorted(self._wins, moment - CONTRACT_DAYS, side="right")
        contracted: BoolArray = wins_until > wins_before_contract
        return self._installed[accounts] | contracted


def find_customers(calendar: CreationCalendar, book: SalesBook, as_of: int, rows: int) -> Customers:
    """The customers on every day of the window that ends on `as_of`.

    Looks as far back as a win can reach into the window: a contract and the longest deal before it.

    Args:
        calendar: How many deals are created on each day.
        book: The organisation.
        as_of: Last day of the window (days since 1970-01-01).
        rows: Deals held in memory at a time.
    """
    first = window_start(as_of) - CONTRACT_DAYS - MAX_DAYS_OPEN
    accounts, days = [], []
    for part in calendar.day_ranges(first, as_of, rows):
        deals = draw_deals(calendar, book, part)
        wins = deals.where(deals.won & ~book.account_installed[deals.account])
        accounts.append(wins.account)
        days.append(draw_paths(wins, book).outcome_day)
    return Customers(book, np.concatenate(accounts), np.concatenate(days))
