"""The accounts: segment, size, place, type and web address of each company.

Which companies there are is decided in `company_names.py`, who looks after them in `sales_team.py`.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.names.companies import INDUSTRIES
from synthdeal_assets.foundation.drawing.randomness import (
    IntArray,
    UInt64Array,
    choose,
    choose_by_share,
    mix,
    uniform,
)
from synthdeal_assets.world.addresses import billing_addresses
from synthdeal_assets.world.company_names import fictional_companies, public_companies
from synthdeal_assets.world.name_pools import name_pool
from synthdeal_assets.world.phones import fictional_phones
from synthdeal_assets.world.tables import NOTICES, SEGMENTS

SEGMENT_SHARES: Final = (0.25, 0.45, 0.30)
"""Share of the accounts in each of `SEGMENTS`."""

FIRST_CREATED: Final = dt.date(2012, 1, 2)
LAST_CREATED: Final = dt.date(2018, 11, 30)
"""Accounts and their contacts are older than any deal: the first comes three periods before `settings.MIN_AS_OF`."""

EMPLOYEE_QUANTILES: Final = {
    "SMB": (25, 45, 75, 120, 180, 249),
    "Mid-Market": (250, 380, 600, 900, 1_350, 1_999),
    "Enterprise": (2_000, 3_500, 6_000, 11_000, 20_000, 45_000),
}
"""Employees at evenly spaced quantiles; between them it is linear. Those of a well-known company are near its own.

Knots and not a log-normal, because sums and products have the same bits on every processor.
"""

REVENUE_PER_EMPLOYEE_USD: Final = {
    "Technology": 340_000,
    "Financial Services": 390_000,
    "Insurance": 460_000,
    "Healthcare": 230_000,
    "Pharmaceuticals": 480_000,
    "Retail": 210_000,
    "Consumer Goods": 320_000,
    "Manufacturing": 290_000,
    "Automotive": 360_000,
    "Aerospace & Defense": 300_000,
    "Energy": 900_000,
    "Utilities": 620_000,
    "Telecommunications": 400_000,
    "Media": 330_000,
    "Transportation & Logistics": 200_000,
    "Hospitality": 110_000,
}
"""Yearly revenue for each employee, the order of magnitude of listed companies of the industry."""

TYPE_SHARES: Final = {"Prospect": 0.72, "Customer - Direct": 0.20, "Customer - Channel": 0.08}
"""Before any deal; those that buy become customers (`customers.py`)."""


def build_accounts(seed: int, count: int, account_names: str) -> pl.DataFrame:
    """The accounts without their owners.

    Args:
        seed: Seed of the world.
        count: Number of accounts.
        account_names: "public" or "fictional".

    Returns:
        The columns of crm.accounts but for owner_id, and `domain` (the e-mail domain of its people).

    Raises:
        ValueError: There are not as many names.
    """
    number = np.arange(count, dtype=np.int64)
    key = account_keys(seed, count)
    segment = choose_by_share(key, "segment", SEGMENT_SHARES)
    companies = public_companies(seed, segment) if account_names == "public" else fictional_companies(seed, count)
    employees = _employees(key, segment, companies["employees"].fill_null(0).to_numpy())
    industry = companies["industry"].replace_strict(INDUSTRIES, range(len(INDUSTRIES)), return_dtype=pl.Int64)
    per_employee = np.array([REVENUE_PER_EMPLOYEE_USD[name] for name in INDUSTRIES])[industry.to_numpy()]
    revenue = np.round(employees * per_employee * (0.7 + 0.7 * uniform(key, "revenue")), -5)
    types = choose_by_share(key, "type", list(TYPE_SHARES.values()))
    days = (LAST_CREATED - FIRST_CREATED).days
    created = np.datetime64(FIRST_CREATED) + choose(key, "created", days + 1).astype("timedelta64[D]")
    countries = name_pool("countries")
    parent = companies["parent"]
    addresses = billing_addresses(companies["country"], companies["city"], key)
    return companies.select(
        account_id=identifiers("ACC-", number),
        name="name",
        type=pl.Series(list(TYPE_SHARES)).gather(types),
        industry="industry",
        segment=pl.Series(SEGMENTS).gather(segment),
        region=pl.col("country").replace_strict(countries["country"], countries["region"]),
        billing_country="country",
        billing_city="city",
        number_of_employees=pl.Series(employees),
        annual_revenue_usd=pl.Series(revenue),
        website=pl.concat_str(
            pl.when(pl.col("parent").is_null()).then(pl.lit("https://www.")).otherwise(pl.lit("https://")),
            "domain",
            pl.lit(".example"),
        ),
        phone=fictional_phones(companies["country"], companies["city"], number, key),
        created_date=pl.Series(created),
        notice=pl.when("is_invented").then(pl.lit(NOTICES["fictional"])).otherwise(pl.lit(NOTICES["public"])),
        **addresses.to_dict(),
        parent_account_id=_where_known(identifiers("ACC-", parent.fill_null(0).to_numpy()), parent),
        domain=pl.concat_str("domain", pl.lit(".example")),
    )


def account_keys(seed: int, count: int) -> UInt64Array:
    """The random key of each account: every choice about the account follows from it."""
    return mix(np.arange(count, dtype=np.uint64), f"{seed}|account")


def identifiers(prefix: str, numbers: IntArray) -> pl.Series:
    """Identifiers such as "ACC-0000001", counted from 1 for number 0."""
    counted = pl.Series(numbers + 1).cast(pl.String).str.zfill(7)
    return pl.select(pl.concat_str(pl.lit(prefix), counted)).to_series()


def _where_known(texts: pl.Series, known: pl.Series) -> pl.Series:
    return pl.select(pl.when(known.is_not_null()).then(texts)).to_series()


def _employees(key: UInt64Array, segment: IntArray, well_known: IntArray) -> IntArray:
    """Employees of each account, rounded to two or three digits as CRM users write them.

    Args:
        key: Key of each account.
        segment: Its segment, as a position in SEGMENTS.
        well_known: Staff of the company, 0 where none is given. It is met within 15%.
    """
    draw = uniform(key, "employees")
    employees = np.zeros(segment.size)
    for name, knots in EMPLOYEE_QUANTILES.items():
        chosen = segment == SEGMENTS.index(name)
        employees[chosen] = np.interp(draw[chosen], np.linspace(0, 1, len(knots)), knots)
    near = np.maximum(well_known * (0.85 + 0.3 * draw), EMPLOYEE_QUANTILES["Enterprise"][0])
    employees = np.where(well_known > 0, near, employees)
    step = np.where(employees < 250, 1, np.where(employees < 2_000, 10, 100))
    return (np.floor(employees / step) * step).astype(np.int64)
