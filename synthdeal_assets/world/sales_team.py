"""The sales team and what it sells: users in their regions, and the products of the invented vendor Northlight.

Which user works which deal is decided by the deals.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array, choose, mix
from synthdeal_assets.world.name_pools import name_pool
from synthdeal_assets.world.person_names import person_names
from synthdeal_assets.world.tables import HEAD_OF_SALES, MANAGER, PRICE_BOOK, PRODUCTS, REGIONS, SELLER

OPPORTUNITIES_PER_EXECUTIVE: Final = 45
MIN_EXECUTIVES: Final = 6
MAX_EXECUTIVES: Final = 400
EXECUTIVES_PER_MANAGER: Final = 10

VENDOR_DOMAIN: Final = "northlight.example"
FIRST_HIRED: Final = dt.date(2013, 1, 7)
LAST_HIRED: Final = dt.date(2018, 12, 21)
"""Everybody was hired before any deal: the first is created three periods before `settings.MIN_AS_OF`."""

HOME_LOCALES: Final = {
    "North America": ("en_US", "en_US", "en_US", "en_IN", "es_MX"),
    "EMEA": ("en_GB", "de_DE", "fr_FR", "sv_SE", "it_IT", "nl_NL"),
    "APAC": ("en_NZ", "en_IN", "ja_JP", "id_ID"),
    "LATAM": ("es_MX", "pt_BR", "es_CO", "es_AR"),
}


def build_users(seed: int, size: int, account_regions: pl.Series) -> pl.DataFrame:
    """The sales team: one head of sales, managers in each region, account executives where the accounts are.

    Args:
        seed: Seed of the world.
        size: Opportunities in the world.
        account_regions: Region of each account.

    Returns:
        The columns of crm.users: head of sales first, then each region's managers, then each region's executives.
    """
    executives = _executives_by_region(size, account_regions)
    managers = {region: -(-count // EXECUTIVES_PER_MANAGER) for region, count in executives.items()}
    region = ["North America", *_spread(managers), *_spread(executives)]
    role = [HEAD_OF_SALES, *[MANAGER] * sum(managers.values()), *[SELLER] * sum(executives.values())]
    user_id = [f"USR-{number:04d}" for number in range(1, len(region) + 1)]
    manager_id: list[str | None] = [None, *[user_id[0]] * sum(managers.values())]
    first_manager = 1
    for name, count in executives.items():
        manager_id += [user_id[first_manager + number % managers[name]] for number in range(count)]
        first_manager += managers[name]
    key = mix(np.arange(len(region), dtype=np.uint64), f"{seed}|user")
    persons = _persons(seed, region, key)
    hired = np.datetime64(FIRST_HIRED) + choose(key, "hired", (LAST_HIRED - FIRST_HIRED).days + 1).astype(
        "timedelta64[D]"
    )
    return persons.select(
        user_id=pl.Series(user_id),
        name="name",
        email=pl.concat_str("local_part", pl.lit(f"@{VENDOR_DOMAIN}")),
        role=pl.Series(role),
        region=pl.Series(region),
        manager_id=pl.Series(manager_id, dtype=pl.String),
        hired_date=pl.Series(hired),
    )


def build_products() -> pl.DataFrame:
    """What Northlight sells: the columns of crm.products."""
    return PRODUCTS.conform(name_pool("products").with_columns(pl.col("list_price_usd").cast(pl.Float64)))


def build_price_book(products: pl.DataFrame) -> pl.DataFrame:
    """What each product costs, in the order of the products: the columns of crm.price_book."""
    return PRICE_BOOK.conform(
        products.select(
            pricebook_entry_id=pl.col("product_id").str.replace("PRD-", "PBE-", literal=True),
            product_id="product_id",
            unit_price="list_price_usd",
            is_active=pl.lit(value=True),
        )
    )


def team_on(users: pl.DataFrame, day: dt.date) -> pl.DataFrame:
    """Who is in the team on a day, as what, and reporting to whom; `sql/team_over_time.sql` says the same of all days.

    Args:
        users: crm.users.
        day: The day.

    Returns:
        row (position in `users`), user_id, role and manager_id, in the order of the users.
    """
    return (
        users.with_row_index("row").filter(pl.col("hired_date") <= day).select("row", "user_id", "role", "manager_id")
    )


def account_owners(users: pl.DataFrame, account_regions: pl.Series, account_key: UInt64Array) -> pl.Series:
    """The account executive who looks after each account, one of its region: user ids."""
    owner = np.zeros(account_key.size, dtype=np.int64)
    regions = account_regions.to_numpy()
    of_user = users["region"].to_numpy()
    is_executive = (users["role"] == SELLER).to_numpy()
    for region in REGIONS:
        candidates = np.flatnonzero(is_executive & (of_user == region))
        chosen = np.flatnonzero(regions == region)
        owner[chosen] = candidates[choose(account_key[chosen], "owner", candidates.size)]
    return users["user_id"].gather(owner)


def _executives_by_region(size: int, account_regions: pl.Series) -> dict[str, int]:
    """Account executives of each region: one in each, the rest in proportion to the accounts (largest remainders)."""
    total = min(max(round(size / OPPORTUNITIES_PER_EXECUTIVE), MIN_EXECUTIVES), MAX_EXECUTIVES)
    accounts = np.array([(account_regions == region).sum() for region in REGIONS])
    ideal = accounts / accounts.sum() * (total - len(REGIONS))
    extra = np.floor(ideal).astype(np.int64)
    largest_first = np.argsort(extra - ideal, kind="stable")
    extra[largest_first[: total - len(REGIONS) - int(extra.sum())]] += 1
    return {region: 1 + int(count) for region, count in zip(REGIONS, extra, strict=True)}


def _persons(seed: int, region: list[str], key: UInt64Array) -> pl.DataFrame:
    """The `name` and `local_part` of each user."""
    names = person_names(seed)
    locales = [HOME_LOCALES[name] for name in region]
    pick = choose(key, "locale", 2**20)
    locale = np.array(
        [names.locales.index(choices[number % len(choices)]) for choices, number in zip(locales, pick, strict=True)],
        dtype=np.int64,
    )
    nobody_else: IntArray = np.zeros(key.size, dtype=np.int64)
    drawn = names.draw(locale, key, mix(key, "family"), nobody_else)
    return drawn.with_columns(name=pl.concat_str("first_name", "last_name", separator=" "))


def _spread(counts: dict[str, int]) -> list[str]:
    return [region for region, count in counts.items() for _ in range(count)]
