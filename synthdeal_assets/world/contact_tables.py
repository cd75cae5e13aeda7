"""The people at the accounts as rows of tables: who is known, with what title, and what changed since when.

Nothing is drawn here: who is there is `seats.py`, what is known of them `people.py`, their names `contacts.py`.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import IntArray
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.world.contact_details import ACCOUNT_COLUMNS, contact_details
from synthdeal_assets.world.contacts import addresses
from synthdeal_assets.world.frames import dates, timestamps
from synthdeal_assets.world.history_tables import CONTACT_HISTORY
from synthdeal_assets.world.organisation import Organisation
from synthdeal_assets.world.people import Holders, People
from synthdeal_assets.world.record_moments import contact_moments
from synthdeal_assets.world.tables import CONTACTS
from synthdeal_assets.world.turnover import people_record_start

ACCOUNTS_AT_ONCE = 20_000
"""Accounts whose people are made at a time; in memory they take some hundred megabytes."""


def account_parts(accounts: IntArray) -> list[IntArray]:
    """Rows of accounts in parts of at most `ACCOUNTS_AT_ONCE`."""
    return np.split(accounts, range(ACCOUNTS_AT_ONCE, accounts.size, ACCOUNTS_AT_ONCE))


def contact_tables(organisation: Organisation, people: People, accounts: IntArray) -> dict[Table, pl.DataFrame]:
    """The rows of some accounts' people who are on record, each table in the order of its primary key.

    On record is whoever is known and, as far as is known, has not left before the periods whose people are.

    Args:
        organisation: Accounts, sales team, and names and titles of the people.
        people: What is known on the day.
        accounts: Rows of the accounts, in the order of their identifiers.
    """
    contacts = organisation.contacts
    ever = people.holders(accounts)
    row = ever.account, ever.place, ever.number
    persons = contacts.persons(*row)
    begins, ends = people.seats.begins(*row), people.seats.ends(*row)
    domain = contacts.accounts["domain"].gather(ever.account)
    persons = persons.with_columns(email=addresses(persons["local_part"], domain, ever.account, begins))
    is_on_record = (ever.known_from <= np.minimum(people.as_of, ends)) & (
        ever.left_from >= people_record_start(people.as_of)
    )
    there, ends = ever.where(is_on_record), ends[is_on_record]
    return {
        CONTACTS: _contacts(organisation, people, there, ends, persons.filter(pl.Series(is_on_record))),
        CONTACT_HISTORY: _history(organisation, people, there),
    }


def _contacts(
    organisation: Organisation, people: People, there: Holders, ends: IntArray, persons: pl.DataFrame
) -> pl.DataFrame:
    contacts = organisation.contacts
    row = there.account, there.place, there.number
    has_left = pl.Series(there.left_from <= people.as_of)
    last_day = np.minimum(ends, people.as_of)
    frame = persons.select(
        "first_name",
        "last_name",
        "email",
        contact_id=contacts.identifiers(*row),
        account_id=contacts.accounts["account_id"].gather(there.account),
        title=contacts.titles_on(*row, last_day),
        department=contacts.departments(*row),
        phone=contacts.phones(*row),
        created_date=dates(there.known_from),
        created_at=_moments(organisation, row, there.known_from),
        left_date=pl.when(has_left).then(dates(ends)),
        is_active=~has_left,
    )
    details = contact_details(
        frame,
        organisation.accounts.frame.select(ACCOUNT_COLUMNS)[there.account],
        place=there.place,
        key=contacts.seats.key(*row),
        last_day=last_day,
        code=organisation.code,
    )
    return CONTACTS.conform(frame.with_columns(details))


def _history(organisation: Organisation, people: People, there: Holders) -> pl.DataFrame:
    """Every change since a contact is known."""
    contacts = organisation.contacts
    promoted = contacts.promoted(there.account, there.place, there.number)
    is_promoted = (promoted > there.known_from) & (promoted <= people.as_of)
    has_left = there.left_from <= people.as_of
    promotions, departures = there.where(is_promoted), there.where(has_left)
    row = promotions.account, promotions.place, promotions.number
    day = promoted[is_promoted]
    titles = pl.DataFrame(
        {
            "contact_id": contacts.identifiers(*row),
            "field": pl.repeat("title", day.size, eager=True, dtype=pl.String),
            "created_date": dates(day),
            "old_value": contacts.titles_on(*row, day - 1),
            "new_value": contacts.titles_on(*row, day),
            "created_at": _moments(organisation, row, day),
        }
    )
    size = departures.number.size
    row = departures.account, departures.place, departures.number
    left = pl.DataFrame(
        {
            "contact_id": contacts.identifiers(*row),
            "field": pl.repeat("is_active", size, eager=True, dtype=pl.String),
            "created_date": dates(departures.left_from),
            "old_value": pl.repeat("true", size, eager=True, dtype=pl.String),
            "new_value": pl.repeat("false", size, eager=True, dtype=pl.String),
            "created_at": _moments(organisation, row, departures.left_from),
        }
    )
    return CONTACT_HISTORY.conform(pl.concat([left, titles]).sort(CONTACT_HISTORY.primary_key))


def _moments(organisation: Organisation, row: tuple[IntArray, IntArray, IntArray], days: IntArray) -> pl.Series:
    """When on its day something was entered about each holder."""
    accounts, account, key = organisation.accounts, row[0], organisation.contacts.seats.key(*row)
    return timestamps(contact_moments(organisation.team, accounts.key[account], accounts.seat[account], key, days))
