"""The people at the accounts by name: what they are called, their titles over time, and their rows of tables.

Who works where when is `seats.py`, what the sales team knows of it `people.py`; which part a contact plays in a deal is
decided by the deals.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from string import ascii_lowercase, ascii_uppercase
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.names.persons import PersonNames
from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array, choose, uniform
from synthdeal_assets.world.calendar import NEVER, working_day_of
from synthdeal_assets.world.name_pools import name_pool
from synthdeal_assets.world.phones import fictional_phones
from synthdeal_assets.world.seats import LARGEST_NUMBER, PLACES, USER, WRITER, Seats
from synthdeal_assets.world.tables import SEGMENTS

FOREIGN_SHARE: Final = 0.12
"""Share of people whose names come from anywhere: no office is of one country."""

PROMOTED_AFTER_DAYS: Final = (400, 1_500)
"""Days until somebody who is still there gets their later title, from and to."""


@dataclass(frozen=True)
class Contacts:
    """Names and titles of whoever holds a seat. Arguments of the methods are arrays of one length, an entry a holder.

    Attributes:
        seats: The seats and who holds them.
        names: The names that people bear.
        accounts: account_id, segment, billing_country, billing_city and domain of each account.
    """

    seats: Seats
    names: PersonNames
    accounts: pl.DataFrame

    def identifiers(self, account: IntArray, place: IntArray, number: IntArray) -> pl.Series:
        """contact_id of each holder: the digits of the account's id, a letter for the place, and the number."""
        digits = self.accounts["account_id"].gather(account).str.strip_prefix("ACC-")
        own = _own_parts().gather(place * (LARGEST_NUMBER + 1) + number)
        return pl.select(pl.concat_str(pl.lit("CON-"), digits, own)).to_series()

    def persons(self, account: IntArray, place: IntArray, number: IntArray) -> pl.DataFrame:
        """first_name, last_name and local_part (of the e-mail address, before namesakes are told apart)."""
        drawn = self.names.draw(*self._draws(account, place, number))
        # A writer's address has a letter in the middle that no other writer of these years has at the account.
        writers = np.flatnonzero(place == WRITER)
        letter = pl.Series(list(ascii_lowercase)).gather(number[writers] % len(ascii_lowercase))
        parts = pl.col("local_part").str.split_exact(".", 1).struct
        with_letter = pl.concat_str(parts.field("field_0"), letter, parts.field("field_1"), separator=".")
        of_writers = drawn[writers].select(with_letter).to_series()
        return drawn.with_columns(drawn["local_part"].scatter(writers, of_writers))

    def full_names(self, account: IntArray, place: IntArray, number: IntArray) -> pl.Series:
        """First and last name of each holder."""
        return self.names.draw_full_names(*self._draws(account, place, number))

    def titles_on(self, account: IntArray, place: IntArray, number: IntArray, day: IntArray) -> pl.Series:
        """The title of each holder on a day of its own."""
        row = self._title_rows(account, place, number)
        titles = name_pool("titles")
        is_promoted = pl.Series(self.promoted(account, place, number) <= day)
        frame = pl.DataFrame({"title": titles["title"].gather(row), "later": titles["later_title"].gather(row)})
        return frame.select(pl.when(is_promoted).then("later").otherwise("title")).to_series()

    def departments(self, account: IntArray, place: IntArray, number: IntArray) -> pl.Series:
        """The department of each holder; it stays."""
        return name_pool("titles")["department"].gather(self._title_rows(account, place, number))

    def promoted(self, account: IntArray, place: IntArray, number: IntArray) -> IntArray:
        """Day on which each holder gets the later title, a working day; NEVER for those who leave before."""
        earliest, latest = PROMOTED_AFTER_DAYS
        key = self.seats.key(account, place, number)
        after = earliest + choose(key, "promoted", latest - earliest + 1)
        day = working_day_of(key, self.seats.begins(account, place, number) + after)
        return np.where(day <= self.seats.ends(account, place, number), day, NEVER)

    def phones(self, account: IntArray, place: IntArray, number: IntArray) -> pl.Series:
        """A phone number of the account's area for each holder; NULL where none is kept for fiction."""
        first, last = (int(account.min()), int(account.max()) + 1) if account.size else (0, 0)
        place_of = self.accounts[first:last]
        key = self.seats.key(account, place, number)
        return fictional_phones(place_of["billing_country"], place_of["billing_city"], account - first, key)

    def _draws(
        self, account: IntArray, place: IntArray, number: IntArray
    ) -> tuple[IntArray, UInt64Array, UInt64Array, IntArray]:
        """What the name of each holder is drawn by: see PersonNames."""
        key = self.seats.key(account, place, number)
        family = self.seats.account_key[account]
        return self._locales(account, place, number), key, family, place + PLACES * number

    def _locales(self, account: IntArray, place: IntArray, number: IntArray) -> IntArray:
        """The locale of each name: mostly one of the account's country."""
        key = self.seats.key(account, place, number)
        countries = name_pool("countries")
        lists = [text.split() for text in countries["locales"].to_list()]
        start = np.cumsum([0, *map(len, lists)])
        flat = np.array([self.names.locales.index(locale) for locales in lists for locale in locales])
        country = self.accounts["billing_country"].gather(account)
        row = country.replace_strict(countries["country"], range(countries.height), return_dtype=pl.Int64).to_numpy()
        local = flat[start[row] + choose(key, "locale", 2**20) % np.diff(start)[row]]
        foreign = choose(key, "foreign locale", len(self.names.locales))
        return np.where(uniform(key, "foreign") < FOREIGN_SHARE, foreign, local)

    def _title_rows(self, account: IntArray, place: IntArray, number: IntArray) -> IntArray:
        """The row in `names/titles.csv`: that of the seat, so that a successor is hired as the same.

        The users of one account have different titles; a writer has one of theirs.
        """
        segment = self.accounts["segment"].gather(account)
        by_segment = segment.replace_strict(SEGMENTS, range(len(SEGMENTS)), return_dtype=pl.Int64).to_numpy()
        of_seat = self.seats.account_key[account]
        key = np.where(place == WRITER, self.seats.key(account, place, number), of_seat)
        result = np.zeros(account.size, dtype=np.int64)
        for group in range(USER + 1):
            at_place = np.minimum(place, USER) == group
            for code, name in enumerate(SEGMENTS):
                rows = _titles_for(group, name)
                chosen = np.flatnonzero(at_place & (by_segment == code))
                base = choose(key[chosen], f"title {group}", rows.size)
                result[chosen] = rows[(base + place[chosen]) % rows.size]
        return result


@cache
def _own_parts() -> pl.Series:
    """What each holder's identifier has behind the account's, in the order of place and number."""
    # A letter, because so many digits in a row could be a phone number.
    return pl.Series(
        [f"{letter}{number:03}" for letter in ascii_uppercase[:PLACES] for number in range(LARGEST_NUMBER + 1)]
    )


@cache
def _titles_for(group: int, segment: str) -> IntArray:
    """Rows in `names/titles.csv` of the titles that a group of places has at the accounts of a segment."""
    fits = (pl.col("position") == str(group)) & pl.col("segment").is_in(["any", segment])
    return name_pool("titles").with_row_index("row").filter(fits)["row"].to_numpy().astype(np.int64)


def addresses(local_part: pl.Series, domain: pl.Series, account: IntArray, begins: IntArray) -> pl.Series:
    """E-mail addresses that are nobody else's for ever: whoever comes later with the same name gets a number.

    Args:
        local_part: The part before the sign, as the name gives it.
        domain: The part after it.
        account: The account of each person; all who have ever been there so far are among the rows.
        begins: First day of each person.
    """
    frame = pl.DataFrame({"local_part": local_part, "domain": domain, "account": account, "begins": begins})
    # Few have a namesake at their account, and counting takes ten times as long as finding them.
    alike = frame.with_row_index("row").filter(pl.struct("account", "local_part").is_duplicated())
    order = pl.int_range(1, pl.len() + 1).over("account", "local_part", order_by=["begins", "row"])
    later = alike.select("row", order=order).filter(pl.col("order") > 1)
    number = pl.repeat("", frame.height, eager=True).scatter(later["row"], later["order"].cast(pl.String))
    return frame.select(pl.concat_str("local_part", number, pl.lit("@"), "domain")).to_series()
