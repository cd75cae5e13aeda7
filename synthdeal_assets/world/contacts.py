"""The people at the accounts: in each account the ones a deal needs first, then users.

Which part a contact plays in a deal is decided by the deals; here is only who works where and as what.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.names.persons import PersonNames
from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array, choose, choose_by_share, mix, uniform
from synthdeal_assets.world.accounts import LAST_CREATED, identifiers
from synthdeal_assets.world.name_pools import name_pool
from synthdeal_assets.world.person_names import person_names
from synthdeal_assets.world.phones import fictional_phones
from synthdeal_assets.world.tables import SEGMENTS

MIN_CONTACTS: Final = 5
EXTRA_CONTACT_SHARES: Final = (0.60, 0.28, 0.12)
"""Shares of the accounts with none, one and two contacts more than `MIN_CONTACTS`."""

USER_POSITION: Final = 4
"""From this place in the account on, contacts are users; before: executive, champion, technical, procurement."""

FOREIGN_SHARE: Final = 0.12
"""Share of people whose names come from anywhere: no office is of one country."""


def contact_counts(account_key: UInt64Array) -> IntArray:
    """The number of contacts of each account."""
    return MIN_CONTACTS + choose_by_share(account_key, "contacts", EXTRA_CONTACT_SHARES)


def build_contacts(seed: int, accounts: pl.DataFrame, account_key: UInt64Array, counts: IntArray) -> pl.DataFrame:
    """The contacts of all accounts, those of one account together and in the order of their places.

    Args:
        seed: Seed of the world.
        accounts: account_id, segment, billing_country, billing_city, domain and created_date of each account.
        account_key: Random key of each account.
        counts: Contacts of each account.

    Returns:
        The columns of crm.contacts.
    """
    names = person_names(seed)
    start = np.cumsum(counts) - counts
    account = np.repeat(np.arange(counts.size), counts)
    position = np.arange(account.size) - start[account]
    key = mix(account_key[account] ^ position.astype(np.uint64), "contact")
    persons = names.draw(
        _locales(names, accounts["billing_country"], account, key), key, account_key[account], position
    )
    titles = name_pool("titles")
    title = _titles(accounts["segment"], account_key, account, position)
    first_day = accounts["created_date"].to_numpy().astype("datetime64[D]")
    days = (np.datetime64(LAST_CREATED) - first_day).astype(np.int64)[account]
    created = first_day[account] + (choose(key, "created", 2**20) % (days + 1)).astype("timedelta64[D]")
    return persons.select(
        contact_id=identifiers("CON-", np.arange(account.size)),
        account_id=accounts["account_id"].gather(account),
        first_name="first_name",
        last_name="last_name",
        title=titles["title"].gather(title),
        department=titles["department"].gather(title),
        email=pl.concat_str("local_part", pl.lit("@"), accounts["domain"].gather(account)),
        phone=fictional_phones(accounts["billing_country"], accounts["billing_city"], account, key),
        created_date=pl.Series(created),
    )


def _locales(names: PersonNames, country: pl.Series, account: IntArray, key: UInt64Array) -> IntArray:
    """The locale of each contact's name: mostly one of the account's country."""
    countries = name_pool("countries")
    lists = [text.split() for text in countries["locales"].to_list()]
    start = np.cumsum([0, *map(len, lists)])
    flat = np.array([names.locales.index(locale) for locales in lists for locale in locales])
    row = country.replace_strict(countries["country"], range(countries.height), return_dtype=pl.Int64).to_numpy()
    row = row[account]
    local = flat[start[row] + choose(key, "locale", 2**20) % np.diff(start)[row]]
    foreign = choose(key, "foreign locale", len(names.locales))
    return np.where(uniform(key, "foreign") < FOREIGN_SHARE, foreign, local)


def _titles(segment: pl.Series, account_key: UInt64Array, account: IntArray, position: IntArray) -> IntArray:
    """The row in `names/titles.csv` of each contact; the users of one account have different titles."""
    titles = name_pool("titles").with_row_index("row")
    by_segment = segment.replace_strict(SEGMENTS, range(len(SEGMENTS)), return_dtype=pl.Int64).to_numpy()[account]
    result = np.zeros(account.size, dtype=np.int64)
    for place in range(USER_POSITION + 1):
        at_place = position == place if place < USER_POSITION else position >= place
        for number, name in enumerate(SEGMENTS):
            rows = (
                titles.filter((pl.col("position") == str(place)) & pl.col("segment").is_in(["any", name]))["row"]
                .to_numpy()
                .astype(np.int64)
            )
            chosen = np.flatnonzero(at_place & (by_segment == number))
            base = choose(account_key[account[chosen]], f"title {place}", rows.size)
            result[chosen] = rows[(base + position[chosen]) % rows.size]
    return result
