"""The accounts: segment, size, place, type and web address of each company.

Which companies there are is decided in `company_names.py`, who looks after them in `sales_team.py`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.names.companies import INDUSTRIES
from synthdeal_assets.foundation.drawing.randomness import (
    IntArray,
    UInt64Array,
    choose_by_share,
    mix,
    uniform,
)
from synthdeal_assets.world.addresses import billing_addresses
from synthdeal_assets.world.company_names import fictional_companies, public_companies
from synthdeal_assets.world.generations import CADENCE_DAYS, LANES, Slots
from synthdeal_assets.world.name_pools import name_pool
from synthdeal_assets.world.phones import fictional_phones
from synthdeal_assets.world.tables import NOTICES, SEGMENTS

SEGMENT_SHARES: Final = (0.25, 0.45, 0.30)
"""Share of the accounts in each of `SEGMENTS`."""

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

CHANNEL_SHARE: Final = 0.28
"""Customers who buy through a partner."""


def build_companies(seed: int, slots: Slots, account_names: str) -> pl.DataFrame:
    """The companies that have the slots in turn, whenever that is.

    Args:
        seed: Seed of the world.
        slots: The slots; there are `Slots.rows` companies.
        account_names: "public" or "fictional".

    Returns:
        The columns of crm.accounts but for those that depend on a day (account_id, type, owner_id, created_date and the
        like); `is_channel` (whether it buys through a partner), `domain` (the e-mail domain of its people) and `parent`
        (row of the company that it is a part of, NULL when it is a whole one).

    Raises:
        ValueError: There are not as many names.
    """
    number = np.arange(slots.rows, dtype=np.int64)
    key = company_keys(seed, slots.rows)
    segment = choose_by_share(key, "segment", SEGMENT_SHARES)
    phase = np.tile(slots.phase, LANES)
    if account_names == "public":
        companies = public_companies(seed, segment, phase, CADENCE_DAYS)
    else:
        companies = fictional_companies(seed, slots.rows)
    employees = _employees(key, segment, companies["employees"].fill_null(0).to_numpy())
    industry = companies["industry"].replace_strict(INDUSTRIES, range(len(INDUSTRIES)), return_dtype=pl.Int64)
    per_employee = np.array([REVENUE_PER_EMPLOYEE_USD[name] for name in INDUSTRIES])[industry.to_numpy()]
    revenue = np.round(employees * per_employee * (0.7 + 0.7 * uniform(key, "revenue")), -5)
    countries = name_pool("countries")
    addresses = billing_addresses(companies["country"], companies["city"], key)
    return companies.select(
        name="name",
        is_channel=pl.Series(uniform(key, "type") < CHANNEL_SHARE),
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
        notice=pl.when("is_invented").then(pl.lit(NOTICES["fictional"])).otherwise(pl.lit(NOTICES["public"])),
        **addresses.to_dict(),
        domain=pl.concat_str("domain", pl.lit(".example")),
        parent="parent",
    )


def company_keys(seed: int, count: int) -> UInt64Array:
    """The random key of each company: every choice about it, whenever it is an account, follows from it."""
    return mix(np.arange(count, dtype=np.uint64), f"{seed}|company")


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
