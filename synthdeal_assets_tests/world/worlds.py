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
from synthdeal_assets.world.organisation import Organisation
from synthdeal_assets.world.people import meet_people
from synthdeal_assets.world.sales_book import open_sales_book
from synthdeal_assets.world.spec import WorldSpec

AS_OF = dt.date(2026, 11, 20)
SEED = 42


@cache
def world(size: int, as_of: dt.date = AS_OF) -> dict[Table, pl.DataFrame]:
    """The world of the tests' seed; not to be changed."""
    return generate_world(WorldSpec(SEED, size, as_of))


def contacts_on(organisation: Organisation, seed: int, size: int, as_of: dt.date = AS_OF) -> dict[Table, pl.DataFrame]:
    """The tables of the people at an organisation's accounts on a day."""
    day = day_number(as_of)
    people = meet_people(CreationCalendar(seed, size), open_sales_book(seed, organisation), day, rows=50_000)
    return contact_tables(organisation.contacts, people, range(organisation.accounts.height))


def auc(scores: IntArray | FloatArray, positive: BoolArray) -> float:
    """Probability that a positive ranks above a negative (Mann and Whitney 1947)."""
    ranks = rankdata(scores)
    wins, losses = int(positive.sum()), int((~positive).sum())
    return float((ranks[positive].sum() - wins * (wins + 1) / 2) / (wins * losses))
