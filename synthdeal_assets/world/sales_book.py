"""The organisation as the deals need it: arrays by person, seat, product and account, and how each seller works.

What the rows are called belongs in `organisation.py`; what happens in a deal belongs in `deals.py` and after.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.names.companies import INDUSTRIES
from synthdeal_assets.foundation.drawing.randomness import FloatArray, IntArray, normal, uniform
from synthdeal_assets.world.customers import NOBODY, Customers
from synthdeal_assets.world.effects import Effects, draw_effects
from synthdeal_assets.world.organisation import Organisation
from synthdeal_assets.world.tables import REGIONS, SEGMENTS, SELLER


@dataclass(frozen=True)
class SalesBook:
    """Static facts about who sells what to whom.

    Attributes:
        organisation: The frames that the row numbers below point into.
        effects: What industry, product, region, segment and lead source do to odds and cycle.
        account_industry: Position in INDUSTRIES, by account.
        account_region: Position in REGIONS, by account.
        account_segment: Position in SEGMENTS, by account.
        account_seat: Seat in the team that looks after it, by account.
        account_employees: Employees, by account.
        account_ends: Last day on which the account buys anything new, by account (days since 1970-01-01).
        product_price: List price in cents of one unit for a year, by product.
        seller_skill: Standard normal, by row of the team's people.
        seller_optimism: How much better than it is a seller writes a deal up; around 0, by row of the people.
        seller_diligence: How completely and promptly a seller writes, 0 to 1, by row of the people.
        colleagues: Seats of all sellers, ordered by region.
        colleague_first: First position in `colleagues` of the account owner's region, by account.
        colleague_count: Number of sellers in that region, by account.
        customers: Who is a customer when.
    """

    organisation: Organisation
    effects: Effects
    account_industry: IntArray
    account_region: IntArray
    account_segment: IntArray
    account_seat: IntArray
    account_employees: IntArray
    account_ends: IntArray
    product_price: IntArray
    seller_skill: FloatArray
    seller_optimism: FloatArray
    seller_diligence: FloatArray
    colleagues: IntArray
    colleague_first: IntArray
    colleague_count: IntArray
    customers: Customers


def blank_sales_book(organisation: Organisation) -> SalesBook:
    """The sales book of an organisation in which nobody is a customer; how each seller works follows from the seed."""
    team, accounts = organisation.team, organisation.accounts.frame
    seat_region = _positions(team.seats["region"], REGIONS)
    sellers = np.flatnonzero((team.seats["role"] == SELLER).to_numpy())
    sellers = sellers[np.argsort(seat_region[sellers], kind="stable")]
    sellers_by_region = np.bincount(seat_region[sellers], minlength=len(REGIONS))
    first_by_region = np.cumsum(sellers_by_region) - sellers_by_region
    owner_region = seat_region[organisation.accounts.seat]
    person = team.turnover.key
    return SalesBook(
        organisation=organisation,
        effects=draw_effects(organisation.calendar.seed, organisation.products["name"].to_list()),
        account_industry=_positions(accounts["industry"], INDUSTRIES),
        account_region=_positions(accounts["region"], REGIONS),
        account_segment=_positions(accounts["segment"], SEGMENTS),
        account_seat=organisation.accounts.seat,
        account_employees=accounts["number_of_employees"].to_numpy(),
        account_ends=organisation.accounts.ends,
        product_price=np.rint(organisation.products["list_price_usd"].to_numpy() * 100).astype(np.int64),
        seller_skill=normal(person, "skill"),
        seller_optimism=normal(person, "optimism"),
        seller_diligence=uniform(person, "diligence"),
        colleagues=sellers,
        colleague_first=first_by_region[owner_region],
        colleague_count=sellers_by_region[owner_region],
        customers=NOBODY,
    )


def _positions(values: pl.Series, among: tuple[str, ...]) -> IntArray:
    positions = values.replace_strict(among, range(len(among)), return_dtype=pl.Int64)
    return positions.to_numpy()
