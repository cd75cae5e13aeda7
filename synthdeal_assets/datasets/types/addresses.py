"""Streets and whole addresses, as the country beside writes them."""

from __future__ import annotations

from functools import partial
from typing import Final

import polars as pl

from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.datasets.types.draws import text
from synthdeal_assets.datasets.types.place_data import named_in, place_of, places
from synthdeal_assets.datasets.types.place_types import postcode
from synthdeal_assets.datasets.types.semantic_type import SemanticType, TypeRequest
from synthdeal_assets.foundation.drawing.streets import street_lines

_BEFORE_CITY: Final = ("DE", "AT", "CH", "FR", "BE", "NL", "ES", "PT", "IT", "PL", "DK", "SE", "NO", "FI", "MX")


def street(request: TypeRequest, family: str) -> pl.Series:
    """Street and house number."""
    country = places().cities["country_code"].gather(place_of(request, family))
    written = street_lines(country, request.keys("street"))
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
