"""The organisation the deals happen in: sales team, products, accounts and their people, put together.

Who is an account follows from the day that the world is seen on; what an account is like, and when it came, does not.
Opportunities and everything about them belong elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_uppercase
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray, UInt64Array, choose
from synthdeal_assets.world.accounts import build_companies, company_keys
from synthdeal_assets.world.calendar import NEVER, WINDOW_DAYS, CreationCalendar, working_day_before
from synthdeal_assets.world.contacts import Contacts
from synthdeal_assets.world.external_ids import external_id, world_code
from synthdeal_assets.world.frames import where
from synthdeal_assets.world.generations import LANES, Slots, lay_out_slots
from synthdeal_assets.world.origins import Origins, draw_keys, draw_slots, strangers_lead_source
from synthdeal_assets.world.person_names import person_names
from synthdeal_assets.world.sales_team import SalesTeam, account_seats, build_products, build_team
from synthdeal_assets.world.salesforce_picklists import LEAD_SOURCES
from synthdeal_assets.world.seats import Seats
from synthdeal_assets.world.spec import account_count
from synthdeal_assets.world.tables import ACCOUNT_NAMES

LOOK_BACK_DAYS: Final = 18 * WINDOW_DAYS
"""Deals are drawn from that many days before the world's day: whether an account of the last six periods was a customer
hangs on its deals since it came, at most eight periods before, and a customer who has had its slot for so long and left
it can go on for four years more."""

KNOWN_BEFORE_DAYS: Final = 30
"""An account is created so many days before its first deal, at most."""


@dataclass(frozen=True)
class Accounts:
    """The accounts of the last periods and of today, by the row of their company (see `generations.py`).

    Attributes:
        slots: The slots that they have in turn.
        frame: account_id, parent_account_id and what `build_companies` gives.
        key: Random key: every choice about the account follows from it.
        seat: Seat in the sales team that looks after it.
        begins: First day on which it has its slot (days since 1970-01-01).
        ends: Last day on which it has its slot.
        created: Day on which it became known; NEVER when that lies ahead, or so far back that it is not on record.
        parent: Row of the account that it is a part of; -1 when it is a whole one.
    """

    slots: Slots
    frame: pl.DataFrame
    key: UInt64Array
    seat: IntArray
    begins: IntArray
    ends: IntArray
    created: IntArray
    parent: IntArray

    def in_order(self, chosen: BoolArray) -> IntArray:
        """Rows of the accounts for which the mask is true, in the order of their identifiers."""
        rows = np.flatnonzero(chosen)
        in_order: IntArray = rows[self.frame["account_id"].gather(rows).arg_sort().to_numpy()]
        return in_order


@dataclass(frozen=True)
class Organisation:
    """Sales team, products, accounts and contacts of one world.

    Attributes:
        calendar: How many deals are created on each day.
        team: The seats of the sales team and their people.
        code: Code of the world, which external ids hold.
        products: crm.products.
        accounts: The accounts.
        origins: The deals of the `LOOK_BACK_DAYS` before the world's day, up to it.
        contacts: Who holds which seat at the accounts, and what they are called.
    """

    calendar: CreationCalendar
    team: SalesTeam
    code: str
    products: pl.DataFrame
    accounts: Accounts
    origins: Origins
    contacts: Contacts


def build_organisation(calendar: CreationCalendar, account_names: str, as_of: int) -> Organisation:
    """The organisation of a world on a day; the same arguments give the same frames.

    Args:
        calendar: Seed and size of the world; there is about one account at a time for three opportunities of a period.
        account_names: "public" for real public companies, "fictional" for invented ones.
        as_of: The day (days since 1970-01-01).

    Raises:
        ValueError: `account_names` is neither, or there are not as many names as accounts.
    """
    if account_names not in ACCOUNT_NAMES:
        raise ValueError(f"account_names is {account_names!r}, neither {' nor '.join(ACCOUNT_NAMES)}")
    seed = calendar.seed
    code = world_code(seed, calendar.size, account_names)
    slots = lay_out_slots(seed, account_count(calendar.size))
    companies = build_companies(seed, slots, account_names)
    team = build_team(seed, calendar.size, companies["region"], code)
    parent = companies["parent"].fill_null(-1).to_numpy()
    slot, generation = _generations(slots, parent, as_of)
    begins = slots.begins(slot, generation)
    origins = _origins(calendar, slots, generation, begins, as_of)
    key = slots.keys(slot, generation)
    identifiers = _identifiers(slot, generation)
    accounts = Accounts(
        slots=slots,
        frame=companies.drop("parent")
        .with_columns(
            account_id=identifiers,
            parent_account_id=where(parent >= 0, identifiers.gather(np.maximum(parent, 0))),
        )
        .with_columns(external_id(code, "account_id")),
        key=key,
        seat=account_seats(team, companies["region"], company_keys(seed, slots.rows)),
        begins=begins,
        ends=slots.begins(slot, generation + 1) - 1,
        created=_first_known(origins, key, begins, _parents_of_today(parent, generation), as_of),
        parent=parent,
    )
    return Organisation(
        calendar=calendar,
        team=team,
        code=code,
        products=build_products(code),
        accounts=accounts,
        origins=origins.of(range(as_of + 1)),
        contacts=Contacts(
            seats=Seats(key, accounts.created),
            names=person_names(seed),
            accounts=accounts.frame.select("account_id", "segment", "billing_country", "billing_city", "domain"),
        ),
    )


def _generations(slots: Slots, parent: IntArray, as_of: int) -> tuple[IntArray, IntArray]:
    """Slot and generation of each company when it last became an account, or a part of it did."""
    lane, slot = np.divmod(np.arange(slots.rows), slots.count)
    latest = slots.generation_on(slot, np.full(slots.rows, as_of))
    generation = latest - (latest - lane) % LANES
    parts = np.flatnonzero(parent >= 0)
    np.maximum.at(generation, parent[parts], generation[parts])
    return slot, generation


def _parents_of_today(parent: IntArray, generation: IntArray) -> IntArray:
    """Row of the company that each part is a part of now; -1 also where it was one long ago and will soon be again."""
    is_of_its_time = generation == generation[np.maximum(parent, 0)]
    return np.where((parent >= 0) & is_of_its_time, parent, -1)


def _origins(calendar: CreationCalendar, slots: Slots, generation: IntArray, begins: IntArray, as_of: int) -> Origins:
    """The deals of the accounts whose deals all lie within the days that are looked back to."""
    days = range(as_of - LOOK_BACK_DAYS + 1, as_of + KNOWN_BEFORE_DAYS + 1)
    key, created, index = draw_keys(calendar, days)
    slot = draw_slots(calendar, slots.count, days)
    of_deal = slots.generation_on(slot, created)
    row = slots.row_of(slot, of_deal)
    is_known = (generation[row] == of_deal) & (begins[row] >= days.start)
    return Origins(key, created, index, row).where(is_known)


def _first_known(origins: Origins, key: UInt64Array, begins: IntArray, parent: IntArray, as_of: int) -> IntArray:
    """Day on which each account is created: shortly before its first deal, or with it when that is a lead of the web.

    A company whose part is an account is one from that day on.
    """
    account, first = np.unique(origins.account, return_index=True)
    is_web = strangers_lead_source(origins.key[first]) == LEAD_SOURCES.index("Web")
    before = np.where(is_web, 0, choose(key[account], "known before", KNOWN_BEFORE_DAYS + 1))
    created = np.full(key.size, NEVER)
    created[account] = np.maximum(begins[account], working_day_before(origins.created[first] - before))
    parts = np.flatnonzero(parent >= 0)
    np.minimum.at(created, parent[parts], created[parts])
    return np.where(created <= as_of, created, NEVER)


def _identifiers(slot: IntArray, generation: IntArray) -> pl.Series:
    """Identifiers such as "ACC-0000123F" for generation 5 of slot 122; none looks like a phone."""
    letters = pl.Series(tuple(ascii_uppercase)).gather(generation)
    numbers = pl.Series(slot + 1).cast(pl.String).str.zfill(7)
    return pl.select(pl.concat_str(pl.lit("ACC-"), numbers, letters)).to_series()
