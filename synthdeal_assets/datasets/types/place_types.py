"""Types of places, once for a place of its own and once for the place of a company."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import polars as pl

from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.datasets.types.draws import below
from synthdeal_assets.datasets.types.languages import in_language, is_word
from synthdeal_assets.datasets.types.place_data import (
    HOME_SHARE,
    country_said,
    home_country,
    named_in,
    place_of,
    places,
)
from synthdeal_assets.datasets.types.semantic_type import SemanticType, TypeRequest
from synthdeal_assets.foundation.drawing.forms import filled
from synthdeal_assets.foundation.drawing.randomness import mix


def _country_code(request: TypeRequest, family: str, beside: str = "country") -> pl.Series:
    """The code that a field beside says, else a draw: the locale's in 40 of 100 rows, any in the others."""
    said = country_said(request, f"{family}.{beside}")
    if said is not None:
        return said
    if request.sibling(f"{family}.region") is not None or request.sibling(f"{family}.city") is not None:
        return places().cities["country_code"].gather(place_of(request, family, ()))
    keys = request.keys("country")
    codes = places().countries["country_code"]
    at = np.where(
        below(keys, 100) < HOME_SHARE,
        codes.to_list().index(home_country(request.locale)),
        below(mix(keys, "where"), codes.len()),
    )
    return codes.gather(at)


def _country(request: TypeRequest, family: str) -> pl.Series:
    countries = places().countries
    names = in_language(countries["country"], "place.country", request.locale)
    return _country_code(request, family, "country_code").replace_strict(
        countries["country_code"], names, return_dtype=pl.String
    )


def _of_city(request: TypeRequest, family: str, column: str) -> pl.Series:
    return named_in(request.locale[:2])[column].gather(place_of(request, family))


def _coordinate(request: TypeRequest, family: str, column: str) -> pl.Series:
    """The city's, up to 0.02 degrees away, to 5 decimals."""
    away = (below(request.keys(column), 4001) - 2000) / 100_000
    return (_of_city(request, family, column) + pl.Series(away)).round(5)


def postcode(request: TypeRequest, family: str) -> pl.Series:
    """The form of the city, its open places drawn."""
    keys = request.keys("postcode")
    return filled(_of_city(request, family, "postcode"), lambda place: below(mix(keys, str(place)), 2520))


def _agrees(column: str, family: str, other: str, its: str) -> str:
    return f"EXISTS (SELECT 1 FROM synthdeal_places p WHERE p.{column} = {{value}} AND p.{its} = {{{family}.{other}}})"


def _in_country(column: str, family: str, other: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM synthdeal_places p JOIN synthdeal_country_names n USING (country_code)"
        f" WHERE p.{column} = {{value}} AND n.spelling = lower({{{family}.{other}}}))"
    )


def place_types(family: str, entity: str) -> list[SemanticType]:
    """The types of a place, of one family.

    Args:
        family: "place" or "company".
        entity: What their keys belong to.
    """
    of = "" if family == "place" else " of the company"
    country, code = f"{family}.country", f"{family}.country_code"
    down = (f"{family}.region", f"{family}.city")
    known = "lower({value}) IN (SELECT spelling FROM synthdeal_country_names)"

    def one(
        name: str, kind: Kind, example: str, description: str, make: Callable[..., pl.Series], **more: object
    ) -> SemanticType:
        given = {"follows": (country, code), "follows_narrowed": down, "options": ("country",), **more}
        return SemanticType(f"{family}.{name}", kind, description, example, make, entity, **given)  # type: ignore[arg-type]

    def column(name: str, agreements: tuple[str, ...] = ()) -> dict[str, object]:
        return {
            "valid": f"{{value}} IN (SELECT {name} FROM synthdeal_places)",
            "agreements": (
                _in_country(name, family, "country"),
                _in_country(name, family, "country_code"),
                *agreements,
            ),
        }

    return [
        one(
            "country",
            Kind.TEXT,
            "Germany",
            f"Country{of}, in the language of the locale; the locale's in 40% of the rows.",
            partial(_country, family=family),
            valid=known,
            follows=(),
            follows_narrowed=(code, *down),
        ),
        one(
            "country_code",
            Kind.TEXT,
            "DE",
            f"Country{of} as ISO 3166-1 alpha-2.",
            partial(_country_code, family=family),
            valid=known,
            follows=(country,),
            agreements=(_same_country("{value}", f"{{{country}}}"),),
        ),
        one(
            "region",
            Kind.TEXT,
            "Bavaria",
            f"State, province or region{of}, in its country.",
            partial(_of_city, family=family, column="region"),
            **column("region"),
        ),
        one(
            "city",
            Kind.TEXT,
            "Munich",
            f"City{of}, in its region and country.",
            partial(_of_city, family=family, column="city"),
            **column("city", (_agrees("city", family, "region", "region"),)),
        ),
        one(
            "postcode",
            Kind.TEXT,
            "80331",
            f"Postcode{of}: the form of the country, and as far as known the leading"
            " characters of the region or city; the rest is drawn, so that the postcode itself may not exist.",
            partial(postcode, family=family),
            valid="regexp_full_match({value}, '[A-Z0-9]{2,5}[ -]?[A-Z0-9]{0,4}')",
        ),
        one(
            "latitude",
            Kind.NUMBER,
            "48.13743",
            f"Latitude{of} in degrees, within 0.02 of the city's.",
            partial(_coordinate, family=family, column="latitude"),
            valid="{value} BETWEEN -90 AND 90",
            agreements=(_near("latitude", family),),
        ),
        one(
            "longitude",
            Kind.NUMBER,
            "11.57549",
            f"Longitude{of} in degrees, within 0.02 of the city's.",
            partial(_coordinate, family=family, column="longitude"),
            valid="{value} BETWEEN -180 AND 180",
            agreements=(_near("longitude", family),),
        ),
        one(
            "time_zone",
            Kind.TEXT,
            "Europe/Berlin",
            f"IANA time zone of the city{of}.",
            partial(_of_city, family=family, column="time_zone"),
            **column("time_zone", (_agrees("time_zone", family, "city", "city"),)),
        ),
        one(
            "phone_prefix",
            Kind.TEXT,
            "+49",
            f"International dialling code of the country{of}.",
            partial(_of_city, family=family, column="phone_prefix"),
            **column("phone_prefix"),
        ),
        one(
            "continent",
            Kind.TEXT,
            "Europe",
            f"Continent of the country{of}.",
            partial(_of_city, family=family, column="continent"),
            valid=is_word("place.continent"),
            agreements=tuple(_continent_of(beside) for beside in (country, code)),
        ),
        one(
            "currency",
            Kind.TEXT,
            "EUR",
            f"Currency of the country{of}, ISO 4217.",
            partial(_of_city, family=family, column="currency"),
            **column("currency"),
        ),
    ]


def _continent_of(beside: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM synthdeal_words w JOIN synthdeal_countries c ON w.en = c.continent"
        " JOIN synthdeal_country_names n USING (country_code)"
        f" WHERE w.kind = 'place.continent' AND w.value = {{value}} AND n.spelling = lower({{{beside}}}))"
    )


def _near(column: str, family: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM synthdeal_places p WHERE p.city = {{{family}.city}}"
        f" AND abs(p.{column} - {{value}}) < 0.0201)"
    )


def _same_country(one: str, other: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM synthdeal_country_names a JOIN synthdeal_country_names b USING (country_code)"
        f" WHERE a.spelling = lower({one}) AND b.spelling = lower({other}))"
    )
