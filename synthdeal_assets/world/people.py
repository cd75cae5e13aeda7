"""What the sales team knows of the people at its accounts, and since when: who is there, and who has left.

Whoever holds a seat is `seats.py`. The team is told of a newcomer at some time, or by the first deal after they have
begun; that is also when it finds out that the one before has left, on the day or up to some weeks late. Somebody who
writes in through the website is known from that deal on. Names and rows of tables belong in `contacts.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.entries import Entries, places_within
from synthdeal_assets.foundation.drawing.randomness import IntArray, choose, uniform
from synthdeal_assets.foundation.drawing.row_days import row_days, rows_and_days
from synthdeal_assets.world.calendar import NEVER, record_start, working_day_of
from synthdeal_assets.world.origins import strangers_lead_source
from synthdeal_assets.world.sales_book import SalesBook
from synthdeal_assets.world.salesforce_picklists import LEAD_SOURCES
from synthdeal_assets.world.seats import CADENCE_DAYS, LARGEST_NUMBER, USER, WRITER, Seats

WEB: Final = LEAD_SOURCES.index("Web")

_INTRODUCED_WITHIN: Final = 200
"""Days after an account was created until all who were there then are known, at most. No renewal comes earlier."""
FOUND_OUT_WITHIN: Final = 42
"""Days until the team finds out that somebody has been followed by somebody else, at most; most of it is soon."""
_INTERVAL: Final = 2 * int(CADENCE_DAYS[WRITER])
"""Days in which one writer is the newest, at most, rounded up."""


@dataclass(frozen=True)
class People:
    """The holders of the seats as the sales team knows them on a day.

    A holder is an account's row, a place and a number, as `Seats` has them. A day of knowing that lies after `as_of` is
    an estimate: a deal that comes earlier can bring it forward.

    Attributes:
        seats: The seats and who holds them.
        as_of: The day (days since 1970-01-01).
        deals: Account and day of every deal that can have brought a day of knowing forward, as one number, in order.
        web_deals: The same of those that came through the website and can be on record with a writer.
    """

    seats: Seats
    as_of: int
    deals: IntArray
    web_deals: IntArray

    def known_from(self, account: IntArray, place: IntArray, number: IntArray) -> IntArray:
        """Day from which on each holder is known; NEVER for a writer who has not written."""
        return _days_of(self._written_from, self._introduced_from, account, place, number)

    def left_from(self, account: IntArray, place: IntArray, number: IntArray) -> IntArray:
        """Day from which on each holder is known to have left, after their last day at the company."""
        return _days_of(self._writer_left_from, self._followed_from, account, place, number)

    def known_on(self, account: IntArray, place: IntArray, day: IntArray) -> IntArray:
        """Number of whom the team takes for the holder of each seat on a day of its own."""
        number = self.seats.holder_on(account, place, day)
        is_later = self.seats.begins(account, place, number) > self.seats.account_created[account]
        later = np.flatnonzero(is_later & (place != WRITER))
        number[later] -= self._introduced_from(account[later], place[later], number[later]) > day[later]
        return number

    def holders(self, accounts: IntArray) -> Holders:
        """Everybody who has begun in a seat of these accounts since they were created, and who has written in.

        Args:
            accounts: Rows of accounts; the holders come in their order.
        """
        count = USER + self.seats.user_count[accounts]
        account = np.repeat(accounts, count)
        place = places_within(count)
        first = self.seats.holder_on(account, place, self.seats.account_created[account])
        last = self.seats.holder_on(account, place, np.full(account.size, self.as_of))
        account, place, number = _spread(account, place, first, np.maximum(last - first + 1, 0))
        writers = self._writers(accounts)
        account, place, number = (np.concatenate(both) for both in zip((account, place, number), writers, strict=True))
        rank = np.zeros(self.seats.account_created.size, dtype=np.int64)
        rank[accounts] = np.arange(accounts.size)
        order = np.lexsort((number, place, rank[account]))
        account, place, number = account[order], place[order], number[order]
        return Holders(
            account=account,
            place=place,
            number=number,
            known_from=self.known_from(account, place, number),
            left_from=self.left_from(account, place, number),
        )

    def _introduced_from(self, account: IntArray, place: IntArray, number: IntArray) -> IntArray:
        """Day from which on each holder who is no writer is known."""
        begins, created = self.seats.begins(account, place, number), self.seats.account_created[account]
        start = np.maximum(begins, created)
        key = self.seats.key(account, place, number)
        introduced = choose(key, "introduced", _INTRODUCED_WITHIN + 1)
        found_out = np.floor((FOUND_OUT_WITHIN + 1) * uniform(key, "found out") ** 2).astype(np.int64)
        by_itself = working_day_of(key, start + np.where(begins > created, found_out, introduced))
        return np.minimum(by_itself, _next_moment(self.deals, account, start))

    def _written_from(self, account: IntArray, place: IntArray, number: IntArray) -> IntArray:
        """Day from which on each writer is known, NEVER for those who have not written."""
        start = np.maximum(self.seats.begins(account, place, number), self.seats.account_created[account])
        written = _next_moment(self.web_deals, account, start)
        is_newest = written < self.seats.begins(account, place, number + 1)
        return np.where(is_newest, written, NEVER)

    def _followed_from(self, account: IntArray, place: IntArray, number: IntArray) -> IntArray:
        """Day from which on each holder who is no writer is known to have left: when the next one is known."""
        return self._introduced_from(account, place, number + 1)

    def _writer_left_from(self, account: IntArray, place: IntArray, number: IntArray) -> IntArray:
        """Day from which on each writer is known to have left."""
        key = self.seats.key(account, place, number)
        late = choose(key, "found out late", FOUND_OUT_WITHIN + 1)
        return working_day_of(key, self.seats.ends(account, place, number) + 1 + late)

    def _writers(self, accounts: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """Account, place and number of those who wrote in with a deal on record."""
        account, day = rows_and_days(self.web_deals)
        is_here = np.isin(account, accounts) & (day >= record_start(self.as_of))
        is_here &= day >= self.seats.account_created[account]
        day, account = day[is_here], account[is_here]
        place = np.full(account.size, WRITER)
        both = np.unique(account * (LARGEST_NUMBER + 1) + self.seats.holder_on(account, place, day))
        account, number = np.divmod(both, LARGEST_NUMBER + 1)
        return account, np.full(account.size, WRITER), number


@dataclass(frozen=True)
class Holders(Entries):
    """Holders of seats, in the order of account, place and number.

    Attributes:
        account: Row of the account.
        place: Place of the seat.
        number: Which holder of it.
        known_from: Day from which on the sales team knows that they are there.
        left_from: Day from which on it knows that they have left.
    """

    account: IntArray
    place: IntArray
    number: IntArray
    known_from: IntArray
    left_from: IntArray


def meet_people(book: SalesBook, deal_days: IntArray, as_of: int) -> People:
    """The people of all accounts as they are known on a day.

    Args:
        book: The organisation.
        deal_days: As `People.deals`.
        as_of: The day (days since 1970-01-01).
    """
    recent = book.organisation.origins.of(range(record_start(as_of) - _INTERVAL, as_of + 1))
    is_customer = book.customers.is_customer(recent.account, recent.created)
    from_web = recent.where(~is_customer & (strangers_lead_source(recent.key) == WEB))
    return People(
        book.organisation.contacts.seats,
        as_of,
        deal_days,
        np.sort(row_days(from_web.account, from_web.created)),
    )


def _days_of(
    of_writers: Callable[[IntArray, IntArray, IntArray], IntArray],
    of_others: Callable[[IntArray, IntArray, IntArray], IntArray],
    account: IntArray,
    place: IntArray,
    number: IntArray,
) -> IntArray:
    """A day for each holder, where that of a writer follows from something else than that of others."""
    is_writer = place == WRITER
    days = np.empty_like(account)
    for chosen, of_chosen in ((is_writer, of_writers), (~is_writer, of_others)):
        days[chosen] = of_chosen(account[chosen], place[chosen], number[chosen])
    return days


def _spread(
    account: IntArray, place: IntArray, first: IntArray, count: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Account, place and number of each holder of seats, from the first on."""
    seat = np.repeat(np.arange(count.size), count)
    return account[seat], place[seat], first[seat] + places_within(count)


def _next_moment(moments: IntArray, account: IntArray, day: IntArray) -> IntArray:
    """Day of the account's first moment on or after the day; NEVER where there is none."""
    position = np.searchsorted(moments, row_days(account, day))
    found, found_day = rows_and_days(np.append(moments, -1)[position])
    return np.where(found == account, found_day, NEVER)
