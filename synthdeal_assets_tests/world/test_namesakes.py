"""Every deal has a name of its own, which is the same on whatever day the world is seen."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from synthdeal_assets.world.calendar import day_number, quarter_start, record_start
from synthdeal_assets.world.deals import draw_deals
from synthdeal_assets.world.generate import generate_world
from synthdeal_assets.world.namesakes import Namesakes
from synthdeal_assets.world.salesforce_picklists import RENEWAL
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets.world.tables import ACCOUNTS, OPPORTUNITIES, PRODUCTS
from synthdeal_assets_tests.world.worlds import market

AS_OF = dt.date(2026, 11, 20)
QUARTER = r" Q[1-4](?: 20\d\d)?(?:, phase \d+)?$"


def named(seed: int, size: int, as_of: dt.date, account_names: str = "public") -> pl.DataFrame:
    """The deals, but for renewals, with the names of their accounts and products."""
    world = generate_world(WorldSpec(seed, size, as_of, account_names))
    accounts = world[ACCOUNTS].select("account_id", account="name")
    products = world[PRODUCTS].select("product_id", product="name")
    others = world[OPPORTUNITIES].filter(pl.col("type") != RENEWAL)
    return others.join(accounts, on="account_id").join(products, on="product_id").sort("opportunity_id")


@pytest.mark.parametrize(
    ("seed", "size", "account_names"), [(7, 500, "fictional"), (1, 1_000, "public"), (2, 1, "public")]
)
def test_no_two_deals_have_the_same_name(seed: int, size: int, account_names: str) -> None:
    deals = named(seed, size, AS_OF, account_names)
    assert deals["name"].is_unique().all()
    assert deals.select(pl.col("name").str.contains(pl.col("account"), literal=True)).to_series().all()
    deals = deals.with_columns(short=pl.col("product").str.split(" ").list.last())
    assert deals.select(pl.col("name").str.contains(pl.col("short"), literal=True)).to_series().all()


def test_a_name_is_the_same_on_every_day_that_the_deal_is_on_record() -> None:
    first = named(3, 700, AS_OF)
    for days in (1, 40, 700):
        later = named(3, 700, AS_OF + dt.timedelta(days=days))
        both = first.join(later, on="opportunity_id", suffix="_later")
        assert both.height > 50
        assert both.filter(pl.col("name") != pl.col("name_later")).is_empty()


def test_only_a_deal_about_what_an_earlier_one_was_about_says_its_quarter() -> None:
    deals = named(3, 1_300, AS_OF).sort("created_date", "opportunity_id")
    earlier = deals.select(pl.int_range(pl.len()).over("account", "product")).to_series() > 0
    says = deals["name"].str.contains(QUARTER)
    assert says.filter(earlier).all()
    # Those that say it without an earlier deal in the table have it before the table.
    assert 0.05 < says.mean() < 0.6  # type: ignore[operator]
    own = deals.filter(says).with_columns(quarter=pl.format("Q{}", pl.col("created_date").dt.quarter()))
    assert own.select(pl.col("name").str.contains(pl.col("quarter"), literal=True)).to_series().all()
    assert deals["name"].str.contains(", phase 2$").any()


def test_namesakes_are_the_earlier_deals_about_the_same_product_with_the_same_account() -> None:
    as_of = day_number(AS_OF)
    book = market(5, 60).book
    start = record_start(as_of)
    namesakes = Namesakes(book, start, as_of, rows=90)
    every = draw_deals(book, range(start - 1091, as_of + 1))
    deals = draw_deals(book, range(start, as_of + 1))
    before = every.created.size - deals.created.size
    phases, repeats = [], []
    for number in range(deals.created.size):
        at = before + number
        alike = (every.account[:at] == every.account[at]) & (every.product[:at] == every.product[at])
        repeats.append(bool(np.any(alike & (every.created[:at] > every.created[at] - 1092))))
        first_day = quarter_start(every.created[at : at + 1])[0]
        phases.append(1 + int(np.sum(alike & (every.created[:at] >= first_day))))
    assert namesakes.is_repeat(deals).tolist() == repeats
    assert namesakes.phase(deals).tolist() == phases
    assert max(phases) > 1
    assert not all(repeats)
