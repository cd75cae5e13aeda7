"""Streets and whole addresses, as the country beside writes them. The streets are everywhere and nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.datasets.types.draws import below, data_file, text
from synthdeal_assets.datasets.types.place_data import named_in, place_of, places
from synthdeal_assets.datasets.types.place_types import postcode
from synthdeal_assets.datasets.types.semantic_type import SemanticType, TypeRequest
from synthdeal_assets.foundation.drawing.randomness import IntArray, mix

_FORMS: Final[Mapping[str, tuple[str, str]]] = {
    "number street": ("US CA GB IE AU NZ ZA FR IN", "{number} {street}"),
    "street number": ("DE AT CH NL BE DK SE NO FI PL", "{street} {number}"),
    "street, number": ("ES MX IT PT BR", "{street}, {number}"),
    "blocks": ("JP", "{block}-{part}-{number}"),
}
_BEFORE_CITY: Final = ("DE", "AT", "CH", "FR", "BE", "NL", "ES", "PT", "IT", "PL", "DK", "SE", "NO", "FI", "MX")


@cache
def _streets() -> tuple[pl.Series, Mapping[str, int], IntArray, IntArray]:
    """All names of streets; country code -> its number; where the country's begin; how many it has."""
    by_country: dict[str, list[str]] = {}
    for codes, name in data_file("streets.csv").rows():
        for code in codes.split():
            by_country.setdefault(code, []).append(name)
    counts = np.array([len(names) for names in by_country.values()], dtype=np.int64)
    flat = pl.Series([name for names in by_country.values() for name in names])
    return flat, {code: at for at, code in enumerate(by_country)}, np.cumsum(counts) - counts, counts


def street(request: TypeRequest, family: str) -> pl.Series:
    """Street and house number."""
    keys = request.keys("street")
    country = places().cities["country_code"].gather(place_of(request, family))
    flat, numbers, starts, counts = _streets()
    at = country.replace_strict(numbers, return_dtype=pl.Int64).to_numpy()
    number = 1 + below(mix(keys, "house"), 180)
    written = text(
        pl.when(pl.col("country").is_in(_FORMS["number street"][0].split()))
        .then(pl.concat_str("number", "name", separator=" "))
        .when(pl.col("country").is_in(_FORMS["street, number"][0].split()))
        .then(pl.concat_str("name", "number", separator=", "))
        .when(pl.col("country") == "JP")
        .then(pl.concat_str("block", "part", "number", separator="-"))
        .otherwise(pl.concat_str("name", "number", separator=" ")),
        country=country,
        name=flat.gather(starts[at] + below(keys, counts[at])),
        number=pl.Series(number),
        block=pl.Series(1 + below(mix(keys, "block"), 9)),
        part=pl.Series(1 + below(mix(keys, "part"), 30)),
    )
    if not request.unique:
        return written
    return text(pl.concat_str("street", pl.lit(" #"), "row"), street=written, row=pl.Series(request.rows + 1))


def address(request: TypeRequest, family: str) -> pl.Series:
    """Street, city, region or postcode and country on one line, in the order of the country."""
    at = place_of(request, family)
    cities = named_in(request.locale[:2])
    given = {name: request.sibling(f"{family}.{name}") for name in ("street", "postcode")}
    return text(
        pl.when(pl.col("country_code").is_in(_BEFORE_CITY))
        .then(pl.concat_str("street", pl.lit(", "), "postcode", pl.lit(" "), "city", pl.lit(", "), "country"))
        .otherwise(
            pl.concat_str(
                "street", pl.lit(", "), "city", pl.lit(", "), "region", pl.lit(" "), "postcode", pl.lit(", "), "country"
            )
        ),
        street=street(request, family) if given["street"] is None else given["street"],
        postcode=postcode(request, family) if given["postcode"] is None else given["postcode"],
        **{name: cities[name].gather(at) for name in ("country_code", "country", "region", "city")},
    )


def address_types(family: str, entity: str) -> list[SemanticType]:
    """Street and whole address of one family, "place" or "company"."""
    follows = (f"{family}.country", f"{family}.country_code")
    down = (f"{family}.region", f"{family}.city")
    return [
        SemanticType(
            f"{family}.street",
            Kind.TEXT,
            "Street and house number in the manner of the country; the street may not exist there.",
            "Lindenstraße 12",
            partial(street, family=family),
            entity,
            ("country",),
            follows,
            down,
            valid="regexp_matches({value}, '[0-9]')",
            capacity=None,
        ),
        SemanticType(
            f"{family}.address",
            Kind.TEXT,
            "Whole address on one line: street, postcode, city, region and country beside it.",
            "Lindenstraße 12, 80331 Munich, Germany",
            partial(address, family=family),
            entity,
            ("country",),
            follows,
            (*down, f"{family}.street", f"{family}.postcode"),
            valid="contains({value}, ', ')",
            capacity=None,
            agreements=tuple(f"contains({{value}}, {{{family}.{name}}})" for name in ("street", "city", "postcode")),
        ),
    ]
