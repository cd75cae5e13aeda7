"""Names of companies, with the industry and the place that go with them: public ones or invented ones.

Public names come from `names/public_companies.csv`; beyond it an enterprise is joined by its regions and business
units. How an invented name is made is in `foundation/drawing/names/`; what a company is like (employees, revenue,
owner) belongs in `accounts.py`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.names.companies import (
    INDUSTRIES,
    PRIME_STEP,
    invented_companies,
    invented_stems,
)
from synthdeal_assets.foundation.drawing.names.slugs import slug
from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array, choose, mix
from synthdeal_assets.world.name_pools import name_pool
from synthdeal_assets.world.randomness import stream
from synthdeal_assets.world.tables import SEGMENTS

COMPANY_COLUMNS: Final = ("name", "domain", "industry", "country", "city", "is_unit")
"""Columns of the frames of this module: texts, and whether it is a part of a company; `domain` lacks its `.example`."""


def public_companies(seed: int, segments: IntArray) -> pl.DataFrame:
    """A company for each account: public ones of its segment first, then regions and business units of enterprises.

    Args:
        seed: Seed of the world.
        segments: Segment of each account as a position in `SEGMENTS`.

    Returns:
        The `COMPANY_COLUMNS`, one row an account, no name twice.

    Raises:
        ValueError: There are more accounts than names.
    """
    pool = name_pool("public_companies").with_columns(
        segment=pl.col("segment").replace_strict(SEGMENTS, range(len(SEGMENTS)), return_dtype=pl.Int64)
    )
    company = np.full(segments.size, -1, dtype=np.int64)
    order = mix(np.arange(pool.height, dtype=np.uint64), f"{seed}|order of public companies")
    by_segment = pool["segment"].to_numpy()
    for segment in range(len(SEGMENTS)):
        members = np.flatnonzero(segments == segment)
        available = np.flatnonzero(by_segment == segment)
        available = available[np.argsort(order[available])][: members.size]
        company[members[: available.size]] = available
    units = np.flatnonzero(company < 0)
    parents = np.flatnonzero(by_segment == SEGMENTS.index("Enterprise"))
    parents = parents[np.argsort(order[parents])]
    company[units] = parents[np.arange(units.size) % parents.size]
    domain = pl.Series([slug(name) for name in pool["company"]])
    whole = pl.DataFrame(
        {
            "name": pool["company"].gather(company),
            "domain": domain.gather(company),
            "industry": pool["industry"].gather(company),
            "country": pool["country"].gather(company),
            "city": pool["city"].gather(company),
            "company": company,
        }
    ).with_row_index("row")
    unit_numbers = np.arange(units.size, dtype=np.int64) // max(parents.size, 1)
    parts = _business_units(seed, whole[units], unit_numbers)
    return (
        whole.join(parts, on="row", how="left", maintain_order="left")
        .with_columns(is_unit=pl.col("unit").is_not_null())
        .select(
            name=pl.when("is_unit").then(pl.concat_str("name", pl.lit(" \N{EN DASH} "), "unit")).otherwise("name"),
            domain=pl.when("is_unit").then(pl.concat_str("unit_domain", pl.lit("."), "domain")).otherwise("domain"),
            industry="industry",
            country=pl.coalesce("unit_country", "country"),
            city=pl.coalesce("unit_city", "city"),
            is_unit="is_unit",
        )
    )


def fictional_companies(seed: int, count: int) -> pl.DataFrame:
    """Invented companies, in every industry in turn, each in a territory.

    Returns:
        The `COMPANY_COLUMNS`, one row an account, no name twice.

    Raises:
        ValueError: There are more accounts than names.
    """
    starts = stream(seed, "fictional company names").integers(invented_stems().len(), size=len(INDUSTRIES))
    number = np.arange(count, dtype=np.int64)
    territories = name_pool("territories")
    place = territories[choose(number.astype(np.uint64), f"{seed}|territory", territories.height)]
    return invented_companies(number, starts, f"{seed}|word").select(
        "name",
        "domain",
        "industry",
        country=place["country"],
        city=place["city"],
        is_unit=pl.lit(False),
    )


def _business_units(seed: int, units: pl.DataFrame, number: IntArray) -> pl.DataFrame:
    """The part of its company that each unit is: a territory, a business unit, and then one in the other.

    Args:
        seed: Seed of the world.
        units: row, industry and company (position in the pool) of each unit.
        number: How many units of the same company come before it.

    Returns:
        row, unit, unit_domain, unit_country and unit_city (both NULL where the company's own hold).
    """
    territories = name_pool("territories")
    pool = name_pool("business_units")
    names: list[str] = []
    start: list[int] = []
    count: list[int] = []
    for industry_name in INDUSTRIES:
        of_industry = pool.filter(pl.col("industry").is_in(["any", industry_name]))["business_unit"].to_list()
        start.append(len(names))
        count.append(len(of_industry))
        names += of_industry
    industry = units["industry"].replace_strict(INDUSTRIES, range(len(INDUSTRIES)), return_dtype=pl.Int64).to_numpy()
    unit_count = np.array(count)[industry]
    company = units["company"].to_numpy().astype(np.uint64)
    alone = territories.height + unit_count
    capacity = alone + territories.height * unit_count
    if np.any(number >= capacity):
        raise ValueError(f"{number.size} accounts are units of companies, more than there are names for")
    # Each company goes through the same lists, but begins somewhere else.
    simple = (number + _offset(company, f"{seed}|unit", alone)) % alone
    crossed = (
        (number - alone + _offset(company, f"{seed}|unit and territory", alone))
        * PRIME_STEP
        % (territories.height * unit_count)
    )
    is_crossed = number >= alone
    has_territory = is_crossed | (simple < territories.height)
    has_unit = is_crossed | ~has_territory
    territory = np.where(is_crossed, crossed % territories.height, np.minimum(simple, territories.height - 1))
    in_industry = np.where(is_crossed, crossed // territories.height, simple - territories.height)
    unit = np.array(start)[industry] + np.where(has_unit, in_industry, 0)
    unit_names = pl.Series(names)
    unit_slugs = pl.Series([slug(name) for name in names])
    territory_slugs = pl.Series([slug(name) for name in territories["territory"]])
    return pl.DataFrame(
        {
            "row": units["row"],
            "has_territory": has_territory,
            "has_unit": has_unit,
            "unit": unit_names.gather(unit),
            "unit_slug": unit_slugs.gather(unit),
            "territory": territories["territory"].gather(territory),
            "territory_slug": territory_slugs.gather(territory),
            "country": territories["country"].gather(territory),
            "city": territories["city"].gather(territory),
        }
    ).select(
        "row",
        unit=pl.when(~pl.col("has_unit"))
        .then("territory")
        .when("has_territory")
        .then(pl.concat_str("unit", "territory", separator=", "))
        .otherwise("unit"),
        unit_domain=pl.when(~pl.col("has_unit"))
        .then("territory_slug")
        .when("has_territory")
        .then(pl.concat_str("unit_slug", "territory_slug", separator="-"))
        .otherwise("unit_slug"),
        unit_country=pl.when("has_territory").then("country"),
        unit_city=pl.when("has_territory").then("city"),
    )


def _offset(keys: UInt64Array, salt: str, counts: IntArray) -> IntArray:
    """For each key a number from 0 to its own count - 1."""
    return choose(keys, salt, 2**20) % counts
