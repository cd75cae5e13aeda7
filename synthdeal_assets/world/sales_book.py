"""The organisation as the deals need it: arrays by row of users, products and accounts, and how each seller works.

What the rows are called belongs in `organisation.py`; what happens in a deal belongs in `deals.py` and after.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.names.companies import INDUSTRIES
from synthdeal_assets.foundation.drawing.randomness import BoolArray, FloatArray, IntArray, normal, uniform
from synthdeal_assets.world.effects import Effects, draw_effects
from synthdeal_assets.world.organisation import Organisation
from synthdeal_assets.world.randomness import stream
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
        account_owner: Row of the owner among the users, by account.
        account_installed: Whether the account is a customer of old, by account; such an account stays one.
        account_employees: Employees, by account.
        product_price: List price in cents of one unit for a year, by product.
        seller_skill: Standard normal, by user.
        seller_optimism: How much better than it is a user writes a deal up; around 0, by user.
        seller_diligence: How completely and promptly a user writes, 0 to 1, by user.
        colleagues: Rows of all sellers, ordered by region.
        colleague_first: First position in `colleagues` of the account owner's region, by account.
        colleague_count: Number of sellers in that region, by account.
    """

    organisation: Organisation
    effects: Effects
    account_industry: IntArray
    account_region: IntArray
    account_segment: IntArray
    account_owner: IntArray
    account_installed: BoolArray
    account_employees: IntArray
    product_price: IntArray
    seller_skill: FloatArray
    seller_optimism: FloatArray
    seller_diligence: FloatArray
    colleagues: IntArray
    colleague_first: IntArray
    colleague_count: IntArray


def open_sales_book(seed: int, organisation: Organisation) -> SalesBook:
    """The sales book of an organisation; how each seller works follows from the seed."""
    users, accounts = organisation.users, organisation.accounts
    user_region = _positions(users["region"], REGIONS)
    sellers = np.flatnonzero((users["role"] == SELLER).to_numpy())
    sellers = sellers[np.argsort(user_region[sellers], kind="stable")]
    sellers_by_region = np.bincount(user_region[sellers], minlength=len(REGIONS))
    first_by_region = np.cumsum(sellers_by_region) - sellers_by_region
    user_row = pl.DataFrame({"owner_id": users["user_id"], "row": np.arange(users.height)})
    owner = accounts.select("owner_id").join(user_row, on="owner_id", how="left", maintain_order="left")
    account_owner = owner["row"].to_numpy().astype(np.int64)
    owner_region = user_region[account_owner]
    user_keys = stream(seed, "sales_book/users").integers(2**64, size=users.height, dtype=np.uint64)
    return SalesBook(
        organisation=organisation,
        effects=draw_effects(seed, organisation.products["name"].to_list()),
        account_industry=_positions(accounts["industry"], INDUSTRIES),
        account_region=_positions(accounts["region"], REGIONS),
        account_segment=_positions(accounts["segment"], SEGMENTS),
        account_owner=account_owner,
        account_installed=(accounts["type"] != "Prospect").to_numpy(),
        account_employees=accounts["number_of_employees"].to_numpy(),
        product_price=np.rint(organisation.products["list_price_usd"].to_numpy() * 100).astype(np.int64),
        seller_skill=normal(user_keys, "skill"),
        seller_optimism=normal(user_keys, "optimism"),
        seller_diligence=uniform(user_keys, "diligence"),
        colleagues=sellers,
        colleague_first=first_by_region[owner_region],
        colleague_count=sellers_by_region[owner_region],
    )


def _positions(values: pl.Series, among: tuple[str, ...]) -> IntArray:
    positions = values.replace_strict(among, range(len(among)), return_dtype=pl.Int64)
    return positions.to_numpy()
