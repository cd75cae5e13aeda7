"""The worlds that several tests look at, each made once, and how well something ranks the deals in them."""

from __future__ import annotations

import datetime as dt
from functools import cache

import polars as pl
from scipy.stats import rankdata

from synthdeal_assets.foundation.drawing.randomness import BoolArray, FloatArray, IntArray
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.world.calendar import CreationCalendar, day_number
from synthdeal_assets.world.contact_tables import contact_tables
from synthdeal_assets.world.generate import generate_world
from synthdeal_assets.world.market import Market, accounts_on, open_market
from synthdeal_assets.world.organisation import build_organisation
from synthdeal_assets.world.people import meet_people
from synthdeal_assets.world.spec import WorldSpec

AS_OF = dt.date(2026, 11, 20)
TODAY = day_number(AS_OF)
SEED = 42


@cache
def world(size: int, as_of: dt.date = AS_OF) -> dict[Table, pl.DataFrame]:
    """The world of the tests' seed; not to be changed."""
    return generate_world(WorldSpec(SEED, size, as_of))


@cache
def market(seed: int, size: int, account_names: str = "public", as_of: int = TODAY) -> Market:
    """What has been sold in a world up to a day; not to be changed."""
    return open_market(build_organisation(CreationCalendar(seed, size), account_names, as_of), as_of)


def accounts_of(of_world: Market, as_of: int = TODAY) -> pl.DataFrame:
    """crm.accounts on the day that the market was opened for."""
    return accounts_on(of_world, of_world.on_record(as_of), as_of)


def contacts_of(of_world: Market, as_of: int = TODAY) -> dict[Table, pl.DataFrame]:
    """The tables of the people at the accounts, on the day that the market was opened for."""
    organisation = of_world.book.organisation
    accounts = organisation.accounts.in_order(of_world.on_record(as_of))
    people = meet_people(of_world.book, of_world.deal_days, as_of)
    return contact_tables(organisation, people, accounts)


def auc(scores: IntArray | FloatArray, positive: BoolArray) -> float:
    """Probability that a positive ranks above a negative (Mann and Whitney 1947)."""
    ranks = rankdata(scores)
    wins, losses = int(positive.sum()), int((~positive).sum())
    return float((ranks[positive].sum() - wins * (wins + 1) / 2) / (wins * losses))
