"""Cities with region, country, coordinates, time zone and form of postcode, and how a row finds its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import product
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.types.draws import below, data_file
from synthdeal_assets.datasets.types.languages import english_of, in_language
from synthdeal_assets.datasets.types.semantic_type import TypeRequest
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.drawing.randomness import IntArray

HOME_SHARE: Final = 40
"""Of 100 countries drawn so many are the one of the locale."""


FAMILIES: Final = ("place", "company")
COUNTRIES: Final = tuple(f"{family}.{name}" for family in FAMILIES for name in ("country", "country_code"))
"""Types that say a country."""
WITHIN: Final = tuple(f"{family}.{name}" for family in FAMILIES for name in ("region", "city"))
"""Types that say one where no country is beside."""


@dataclass(frozen=True)
class Places:
    """All places, and the groups that a row can be bound to.

    Attributes:
        cities: One row for each city: country_code, country, region, city, latitude, longitude, time_zone, postcode
            (# a digit, @ a letter), currency, phone_prefix, continent, alpha3; countries together, large cities first.
        countries: One row for each country, in the same order.
        members: Positions in `cities`, group after group.
        starts: Where each group begins in `members`.
        counts: How many cities each group has.
        country_groups: Country code -> group of its cities.
        region_groups: (country code, or "" for any country; region) -> group.
        city_groups: (country code or "", region or "", city) -> group.
    """

    cities: pl.DataFrame
    countries: pl.DataFrame
    members: IntArray
    starts: IntArray
    counts: IntArray
    country_groups: Mapping[str, int]
    region_groups: Mapping[tuple[str, str], int]
    city_groups: Mapping[tuple[str, str, str], int]


@cache
def places() -> Places:
    """The places of the data files."""
    countries = data_file("countries.csv")
    cities = (
        data_file("places.csv")
        .with_columns(pl.col("latitude", "longitude").cast(pl.Float64))
        .join(countries, on="country_code", how="left", maintain_order="left")
    )
    groups: dict[tuple[str, ...], list[int]] = {}
    rows = cities.select("country_code", "region", "city").rows()
    for at, (country, region, city) in enumerate(rows):
        regions, named = _names("region", country, region), _names("city", country, city)
        keys = [
            (country,),
            *((country, one) for one in regions),
            *((country, *both) for both in product(regions, named)),
        ]
        for key in keys:
            groups.setdefault(key, []).append(at)
    # Without its country or region a name stands for the largest place that has it.
    for at in cities["population"].cast(pl.Int64).arg_sort(descending=True).to_list():
        country, region, city = rows[at]
        regions, named = _names("region", country, region), _names("city", country, city)
        for one in regions:
            groups.setdefault(("", one), groups[country, one])
        keys = [(country, "", one) for one in named] + [("", *both) for both in product(("", *regions), named)]
        for key in keys:
            groups.setdefault(key, [at])
    counts = np.array([len(members) for members in groups.values()], dtype=np.int64)
    number = {key: at for at, key in enumerate(groups)}
    return Places(
        cities=cities,
        countries=countries,
        members=np.array([at for members in groups.values() for at in members], dtype=np.int64),
        starts=np.cumsum(counts) - counts,
        counts=counts,
        country_groups={key[0]: at for key, at in number.items() if len(key) == 1},
        region_groups={(key[0], key[1]): at for key, at in number.items() if len(key) == 2},
        city_groups={(key[0], key[1], key[2]): at for key, at in number.items() if len(key) == 3},
    )


@cache
def _local_names() -> Mapping[tuple[str, str, str], Mapping[str, str]]:
    """("region" or "city", country code, English name) -> language -> name in it, where it is another one."""
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for kind, country, language, english, local in data_file("local_places.csv").rows():
        found.setdefault((kind, country, english), {})[language] = local
    return found


def _names(kind: str, country: str, english: str) -> tuple[str, ...]:
    """A region's or city's name in English, and in the languages of its country."""
    return (english, *_local_names().get((kind, country, english), {}).values())


@cache
def english_place(kind: str, country: str, name: str) -> str:
    """The English name of a region or city of a country that is written in any language."""
    every = ((at, english, names) for (of, at, english), names in _local_names().items() if of == kind)
    return next((english for at, english, names in every if at == country and name in names.values()), name)


@cache
def named_in(language: str) -> pl.DataFrame:
    """`places().cities`: countries and continents in the language, regions and cities where it is their own."""
    cities = places().cities

    def local(kind: str) -> pl.Series:
        names = cities.select("country_code", kind).rows()
        return pl.Series([_local_names().get((kind, *at), {}).get(language, at[1]) for at in names])

    return cities.with_columns(
        region=local("region"),
        city=local("city"),
        **{column: _said(cities[column], f"place.{column}", language) for column in ("country", "continent")},
    )


def _said(column: pl.Series, kind: str, language: str) -> pl.Series:
    different = column.unique(maintain_order=True)
    return column.replace_strict(different, in_language(different, kind, language), return_dtype=pl.String)


def places_table() -> pl.DataFrame:
    """`places().cities`, once more for each language that a region or city is written in."""
    every = places().cities
    for kind in ("region", "city"):
        names = [
            (country, english, name)
            for country, english in every.select("country_code", kind).unique(maintain_order=True).rows()
            for name in _names(kind, country, english)
        ]
        known = pl.DataFrame(names, schema=["country_code", kind, "said"], orient="row")
        every = every.join(known, on=["country_code", kind], how="left").with_columns(pl.col("said").alias(kind))
        every = every.drop("said")
    return every


@cache
def country_spellings() -> Mapping[str, str]:
    """Lower-case name or code of a country, in several languages -> its code."""
    codes = {row["country"]: row["country_code"] for row in data_file("countries.csv").iter_rows(named=True)}
    return {
        **{word: codes[english] for word, english in english_of("place.country").items()},
        **{
            spelling.lower(): row["country_code"]
            for row in data_file("countries.csv").iter_rows(named=True)
            for spelling in (row["country_code"], row["alpha3"], row["country"], *row["other_names"].split("|"))
            if spelling
        },
    }


def spellings_table() -> pl.DataFrame:
    """`country_spellings` as a table: spelling, country_code."""
    known = country_spellings()
    return pl.DataFrame({"spelling": list(known), "country_code": list(known.values())})


def country_codes(given: pl.Series) -> pl.Series:
    """The code of each country, however it is written; NULL for NULL.

    Raises:
        SynthDealError: No places are known of one ("datasets.no-places").
    """
    known = country_spellings()
    return _mapped(given, lambda name: known.get(name.strip().lower()), "country")


def locale_country(locale: str) -> str | None:
    """The country of a locale, None where no places are known of it."""
    code = locale.rpartition("_")[2].upper()
    return code if code in places().country_groups else None


def home_country(locale: str) -> str:
    """The country of places where nothing else says one: that of the locale, the United States where it has none."""
    return locale_country(locale) or "US"


def country_said(request: TypeRequest, *types: str) -> pl.Series | None:
    """Codes of the countries that the option says, or the first of these types that is beside."""
    option = request.option("country")
    if option is not None:
        return country_codes(option)
    for name in types:
        column = request.sibling(name)
        if column is not None:
            return request.once(f"country of {column.name}", partial(country_codes, column))
    return None


def country_beside(request: TypeRequest, families: Sequence[str] = FAMILIES) -> pl.Series | None:
    """Codes of the countries that the option, or the first of `COUNTRIES`, `WITHIN` beside says; None for none.

    Of two families that say one, the first goes before the second.
    """
    said = country_said(request, *(f"{family}.{name}" for family in families for name in ("country", "country_code")))
    if said is not None:
        return said
    for family in families:
        if any(request.sibling(f"{family}.{name}") is not None for name in ("region", "city")):
            return places().cities["country_code"].gather(place_of(request, family))
    return None


def place_of(request: TypeRequest, family: str, beside: Sequence[str] = ("country", "country_code")) -> IntArray:
    """For each row the position of its city in `places().cities`; where a country is NULL, one of the locale's.

    Raises:
        SynthDealError: A region or city that was given is not known, or is not in the country beside it
            ("datasets.unknown-place").
    """
    said = country_said(request, *(f"{family}.{name}" for name in beside))
    region, city = request.sibling(f"{family}.region"), request.sibling(f"{family}.city")
    make = partial(_place_of, request, said, region, city)
    if request.option("country") is not None:
        return make()
    followed = [None if column is None else column.name for column in (said, region, city)]
    return request.once(f"place by {followed}", make)


def _place_of(
    request: TypeRequest, said: pl.Series | None, region: pl.Series | None, city: pl.Series | None
) -> IntArray:
    known, home = places(), home_country(request.locale)
    if region is None and city is None:
        if said is None:
            group = np.full(request.rows.size, known.country_groups[home], dtype=np.int64)
        else:
            group = said.fill_null(home).replace_strict(known.country_groups, return_dtype=pl.Int64).to_numpy()
    else:
        group = _narrowed(said, region, city, home)
    at: IntArray = known.members[known.starts[group] + below(request.keys("city"), known.counts[group])]
    return at


def _narrowed(said: pl.Series | None, region: pl.Series | None, city: pl.Series | None, home: str) -> IntArray:
    known = places()
    given = {"country": said, "region": region, "city": city}
    frame = pl.DataFrame({name: column for name, column in given.items() if column is not None})
    different = frame.unique(maintain_order=True)
    groups = [
        _group(known, row.get("country") or "", row.get("region") or "", row.get("city") or "", home)
        for row in different.iter_rows(named=True)
    ]
    found = different.with_columns(group=pl.Series(groups, dtype=pl.Int64))
    names = frame.columns
    return frame.join(found, on=names, how="left", nulls_equal=True, maintain_order="left")["group"].to_numpy()


def _group(known: Places, country: str, region: str, city: str, home: str) -> int:
    if not (country or region or city):
        return known.country_groups[home]
    for nation in (country,) if country else (home, ""):
        if city and (nation, region, city) in known.city_groups:
            return known.city_groups[nation, region, city]
        if not city and region and (nation, region) in known.region_groups:
            return known.region_groups[nation, region]
        if not city and not region:
            return known.country_groups[nation]
    where = ", ".join(part for part in (region if city else "", country) if part)
    raise SynthDealError(
        f'There is no place "{city or region}"{f" in {where}" if where else ""} in the catalogue: use one of its'
        " places, or give the fields that depend on it another type.",
        code="datasets.unknown-place",
        usage=True,
    )


def country_of(region: str, city: str, home: str) -> str:
    """The code of the country in which a region or city is; home where none is given."""
    known = places()
    return str(known.cities["country_code"][int(known.members[known.starts[_group(known, "", region, city, home)]])])


def _mapped(given: pl.Series, code_of: Callable[[str], str | None], what: str) -> pl.Series:
    different = given.drop_nulls().unique(maintain_order=True).to_list()
    codes = {name: code_of(str(name)) for name in different}
    unknown = next((name for name, code in codes.items() if code is None), None)
    if unknown is not None:
        raise SynthDealError(
            f'There are no places of the {what} "{unknown}" in the catalogue: use one of'
            f" {', '.join(places().countries['country'])}, or give the fields that depend on it another type.",
            code="datasets.no-places",
            usage=True,
        )
    return given.replace_strict(codes, return_dtype=pl.String)
