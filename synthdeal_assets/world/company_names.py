"""Names of companies, with the industry and the place that go with them: public ones or invented ones.

Public names come from `names/public_companies.csv`, with the order of magnitude of their staff and where they do
business; the larger ones have a few parts that are accounts of their own. How an invented name is made is in
`foundation/drawing/names/`; what a company is like (employees, revenue, owner) belongs in `accounts.py`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.names.companies import (
    INDUSTRIES,
    invented_capacity,
    invented_companies,
    invented_stems,
)
from synthdeal_assets.foundation.drawing.names.slugs import slug
from synthdeal_assets.foundation.drawing.randomness import IntArray, choose, mix
from synthdeal_assets.world.generations import LANES
from synthdeal_assets.world.name_pools import name_pool
from synthdeal_assets.world.randomness import stream
from synthdeal_assets.world.tables import SEGMENTS

COMPANY_COLUMNS: Final[dict[str, pl.DataType]] = {
    "name": pl.String(),
    "domain": pl.String(),  # without its `.example`
    "industry": pl.String(),
    "country": pl.String(),
    "city": pl.String(),
    "parent": pl.Int64(),  # row of the company that it is a part of; NULL when it is none
    "employees": pl.Int64(),  # order of magnitude of a well-known company's staff; NULL where none is given
    "is_invented": pl.Boolean(),
}
"""Columns of the frames of this module."""

MAX_UNITS: Final = 2
"""Parts of one company that are accounts of their own, at most."""
_FURTHER_NAMES: Final = ("", " Group", " Holdings")
"""What is added to the invented names when all have been given away once and twice."""
_STAFF_OF_A_UNIT: Final = 4_000
"""A company has one part for so many employees, so that its parts are always smaller than it is."""


def public_companies(seed: int, segments: IntArray, phase: IntArray, cadence: int) -> pl.DataFrame:
    """A company for each account: public ones of its segment, then parts of the enterprises, then invented ones.

    A part is a territory where the company does business, or a business unit. It is an account of the smaller
    segments, and its company is an account too, at about the same time.

    Args:
        seed: Seed of the world.
        segments: Segment of each account as a position in `SEGMENTS`.
        phase: When within a cadence each account has its turn, in days; those of a lane stand together.
        cadence: Days after which the next accounts have their turn.

    Returns:
        The `COMPANY_COLUMNS`, one row an account, no name twice.

    Raises:
        ValueError: There are more accounts than names.
    """
    pool = name_pool("public_companies")
    company = _whole_companies(seed, pool, segments)
    wholes = np.flatnonzero(company >= 0)
    parents = wholes[pool["employees"].gather(company[wholes]).is_not_null().to_numpy()]
    parents = parents[np.argsort(mix(company[parents].astype(np.uint64), f"{seed}|order of parents"))]
    units = _units(seed, pool[company[parents]], parents)
    nameless = np.flatnonzero(company < 0)
    small = nameless[segments[nameless] != SEGMENTS.index("Enterprise")]
    for_unit = _places_near(units["parent"].to_numpy(), small, phase, cadence)
    units, for_units = units.filter(pl.Series(for_unit >= 0)), for_unit[for_unit >= 0]
    invented = np.setdiff1d(nameless, for_units)
    named = [
        pool[company[wholes]].select(
            row=pl.Series(wholes),
            name="company",
            domain=pl.col("company").map_elements(slug, return_dtype=pl.String),
            industry="industry",
            country="country",
            city="city",
            parent=pl.lit(None),
            employees=pl.col("employees").cast(pl.Int64),
            is_invented=pl.lit(value=False),
        ),
        units.with_columns(row=pl.Series(for_units)),
        fictional_companies(seed, invented.size).with_columns(row=pl.Series(invented)),
    ]
    columns = {"row": pl.Int64(), **COMPANY_COLUMNS}
    return pl.concat([part.select(list(columns)).cast(pl.Schema(columns)) for part in named]).sort("row").drop("row")


def fictional_companies(seed: int, count: int) -> pl.DataFrame:
    """Invented companies, in every industry in turn, each in a territory.

    Where there are more than names, further ones are called a group or holdings.

    Returns:
        The `COMPANY_COLUMNS`, one row an account, no name twice.

    Raises:
        ValueError: There are more accounts than names.
    """
    starts = stream(seed, "fictional company names").integers(invented_stems().len(), size=len(INDUSTRIES))
    number = np.arange(count, dtype=np.int64)
    territories = name_pool("territories")
    place = territories[choose(number.astype(np.uint64), f"{seed}|territory", territories.height)]
    times, first_use = np.divmod(number, invented_capacity())
    if times.max(initial=0) >= len(_FURTHER_NAMES):
        raise ValueError(f"{count} companies, but only {len(_FURTHER_NAMES) * invented_capacity()} fictional names")
    further = pl.Series(_FURTHER_NAMES).gather(times)
    return (
        invented_companies(first_use, starts, f"{seed}|word")
        .select(
            name=pl.col("name") + further,
            domain=pl.col("domain") + further.str.to_lowercase().str.replace(" ", "-"),
            industry="industry",
            country=place["country"],
            city=place["city"],
            parent=pl.lit(None),
            employees=pl.lit(None),
            is_invented=pl.lit(value=True),
        )
        .cast(pl.Schema(COMPANY_COLUMNS))
    )


def _whole_companies(seed: int, pool: pl.DataFrame, segments: IntArray) -> IntArray:
    """For each account a row of the pool that has its segment, no row twice; -1 where there is none left."""
    order = mix(np.arange(pool.height, dtype=np.uint64), f"{seed}|order of public companies")
    turn = mix(np.arange(segments.size, dtype=np.uint64), f"{seed}|who has the name of a public company")
    company = np.full(segments.size, -1, dtype=np.int64)
    for number, segment in enumerate(SEGMENTS):
        members = np.flatnonzero(segments == number)
        members = members[np.argsort(turn[members])]
        available = np.flatnonzero((pool["segment"] == segment).to_numpy())
        available = available[np.argsort(order[available])][: members.size]
        company[members[: available.size]] = available
    return company


def _places_near(parents: IntArray, places: IntArray, phase: IntArray, cadence: int) -> IntArray:
    """For each part of a company an account of its own that has its turn when the company's has; -1 where none is left.

    Args:
        parents: Row of the account of each part's company.
        places: Rows of accounts that may be parts.
        phase: When within a cadence each account has its turn.
        cadence: Days from one turn to the next.
    """
    of_a_lane = len(phase) // LANES
    result = np.full(parents.size, -1, dtype=np.int64)
    for lane in range(LANES):
        parts = np.flatnonzero(parents // of_a_lane == lane)
        free = places[places // of_a_lane == lane]
        count = min(parts.size, free.size)
        parts = parts[:count]
        parts = parts[np.argsort(phase[parents[parts]], kind="stable")]
        free = free[np.argsort(phase[free], kind="stable")]
        free = free[np.arange(count) * free.size // max(count, 1)]
        is_near = np.abs(phase[free] - phase[parents[parts]]) < cadence // 8
        result[parts[is_near]] = free[is_near]
    return result


def _units(seed: int, companies: pl.DataFrame, rows: IntArray) -> pl.DataFrame:
    """The parts that companies have, the first of each company before any second one.

    Args:
        seed: Seed of the world.
        companies: Rows of the pool of public companies, those with `employees`.
        rows: Row of the account of each of them.

    Returns:
        The `COMPANY_COLUMNS`.
    """
    territories = name_pool("territories").join(name_pool("countries"), on="country", maintain_order="left")
    units = name_pool("business_units")
    territories_of = {
        (country, reach): territories.filter(_does_business_in(country, reach.split(";")))
        for country, reach in companies.select("country", "reach").unique().iter_rows()
    }
    units_of = {name: units.filter(pl.col("industry").is_in(["any", name]))["business_unit"] for name in INDUSTRIES}
    starts = choose(rows.astype(np.uint64), f"{seed}|units", 2**20)
    parts: list[list[tuple[object, ...]]] = [[] for _ in range(MAX_UNITS)]
    for row, start, company in zip(rows.tolist(), starts.tolist(), companies.iter_rows(named=True), strict=True):
        places = territories_of[company["country"], company["reach"]]
        of_industry = units_of[company["industry"]]
        for number in range(min(MAX_UNITS, int(company["employees"]) // _STAFF_OF_A_UNIT)):
            if number == 0 and places.height:
                unit, country, city = places.row(start % places.height)[:3]
            else:
                unit = of_industry[(start + number) % of_industry.len()]
                country, city = company["country"], company["city"]
            name = f"{company['company']} \N{EN DASH} {unit}"
            domain = f"{slug(unit)}.{slug(company['company'])}"
            parts[number].append((name, domain, company["industry"], country, city, row, None, False))
    return pl.DataFrame([part for of_round in parts for part in of_round], schema=COMPANY_COLUMNS, orient="row")


def _does_business_in(home: str, reach: list[str]) -> pl.Expr:
    """Territories that are a part of the home country of a company or, elsewhere, whole countries within its reach.

    One that sells at home alone is not divided by territory: a utility or a railway serves a few states of its own.
    """
    if reach == ["home"]:
        return pl.lit(value=False)
    abroad = pl.lit(value=True) if reach == ["world"] else pl.col("region").is_in(reach)
    is_home = pl.col("country") == home
    return ((pl.col("scope") == "part") & is_home) | ((pl.col("scope") == "whole") & ~is_home & abroad)
