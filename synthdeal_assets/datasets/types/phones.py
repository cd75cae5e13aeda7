"""Telephone numbers that nobody has: set aside for fiction by a regulator, elsewhere such as no exchange gives out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.engine.streams import GOLDEN
from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.datasets.types.draws import below, data_file, field_salt, text
from synthdeal_assets.datasets.types.place_data import (
    country_codes,
    country_of,
    english_place,
    home_country,
    places,
)
from synthdeal_assets.datasets.types.semantic_type import SemanticType, TypeRequest
from synthdeal_assets.foundation.drawing.fictional_phones import drawn_numbers, fictional_ranges
from synthdeal_assets.foundation.drawing.forms import filled
from synthdeal_assets.foundation.drawing.randomness import IntArray, mix

PHONE_FORM: Final = "regexp_full_match({value}, '[+][0-9]{1,3} [0-9][0-9 -]{4,16}( x[0-9]+)?')"

_STEP: Final = 7_919
"""Odd and no multiple of 5: with it numbers below any power of ten are passed once each, and not in order."""

Group = tuple[str, str, str, str]


@cache
def phone_forms() -> tuple[pl.Series, Mapping[Group, tuple[int, int]]]:
    """All forms, and for (kind, country code, region, city) where theirs begin and how many they are.

    An empty region or city stands for all of it; kind is "fixed" or "mobile".
    """
    forms: list[str] = []
    groups: dict[Group, tuple[int, int]] = {}
    rows = [*fictional_ranges()[:, :5].rows(), *data_file("phones.csv").rows()]
    for kind in ("fixed", "mobile"):
        of_kind = [row for row in rows if row[1] in ("", kind)]
        for country in dict.fromkeys(row[0] for row in rows):
            here = [row for row in of_kind if row[0] == country] or [row for row in rows if row[0] == country]
            for region, city in dict.fromkeys([("", ""), *((row[2], row[3]) for row in here)]):
                own = [row[4] for row in here if (row[2], row[3]) == (region, city)] or [row[4] for row in here]
                groups[kind, country, region, city] = (len(forms), len(own))
                forms += own
    return pl.Series(forms), groups


@cache
def _region_of(country: str, city: str) -> str:
    known = places()
    group = known.city_groups.get((country, "", city))
    return "" if group is None else str(known.cities["region"][int(known.members[known.starts[group]])])


def _group(kind: str, country: str, region: str, city: str) -> tuple[int, int]:
    _, groups = phone_forms()
    region = region or _region_of(country, city)
    for key in ((region, city), ("", city), (region, "")):
        if key != ("", "") and (kind, country, *key) in groups:
            return groups[kind, country, *key]
    return groups[kind, country, "", ""]


def _named_group(kind: str, country: str, region: str, city: str) -> tuple[int, int]:
    return _group(kind, country, english_place("region", country, region), english_place("city", country, city))


def _columns(request: TypeRequest, families: Sequence[str]) -> dict[str, pl.Series | None]:
    """Country, region and city: of the option, else of the first family that has any of them beside."""
    option = request.option("country")
    if option is not None:
        return {"country": country_codes(option)}
    for family in families:
        code, country = (request.sibling(f"{family}.{name}") for name in ("country_code", "country"))
        region, city = (request.sibling(f"{family}.{name}") for name in ("region", "city"))
        said = country if country is not None else code
        if any(column is not None for column in (said, region, city)):
            return {"country": None if said is None else country_codes(said), "region": region, "city": city}
    return {}


def _phone(request: TypeRequest, kind: str, families: Sequence[str]) -> pl.Series:
    """A number of the country, region and city beside; of the country alone where one is given as an option."""
    columns = _columns(request, families)
    said, home = columns.get("country"), home_country(request.locale)
    blank = pl.repeat("", request.rows.size, dtype=pl.String, eager=True)
    region, city = (blank if (column := columns.get(name)) is None else column.fill_null("") for name in _WITHIN)
    frame = pl.DataFrame({"country": blank if said is None else said, "region": region, "city": city})
    different = frame.unique(maintain_order=True)
    groups = [
        (0, 0) if country is None else _named_group(kind, country or country_of(region_, city_, home), region_, city_)
        for country, region_, city_ in different.iter_rows()
    ]
    found = different.with_columns(
        start=pl.Series([start for start, _ in groups]), count=pl.Series([n for _, n in groups])
    )
    of_row = frame.join(found, on=frame.columns, how="left", nulls_equal=True, maintain_order="left")
    start, count = (of_row[name].to_numpy() for name in ("start", "count"))
    forms = phone_forms()[0].gather(start + below(request.keys("area"), count))
    numbers = _unique(request, forms) if request.unique else _drawn(request, forms, kind)
    return (
        numbers
        if said is None or not said.has_nulls()
        else pl.select(pl.when(said.is_not_null()).then(numbers)).to_series()
    )


def _drawn(request: TypeRequest, forms: pl.Series, kind: str) -> pl.Series:
    return drawn_numbers(forms, request.keys(f"{kind} number of {request.field}"))


def _unique(request: TypeRequest, forms: pl.Series) -> pl.Series:
    """The digits pass all numbers of the form in turn; extensions tell the rounds apart."""
    digits = forms.str.count_matches("#").to_numpy().astype(np.int64)
    turn, at = np.divmod(request.rows, 10**digits)
    shift = mix(
        (turn.astype(np.uint64) << np.uint64(8) | digits.astype(np.uint64)) * GOLDEN, field_salt(request, "phone")
    )
    number = (at * _STEP + (shift >> np.uint64(20)).astype(np.int64)) % 10**digits
    places_before = _places_before(forms)

    def digit(place: int) -> IntArray:
        digit_of: IntArray = number // 10 ** np.maximum(digits - 1 - places_before(place), 0)
        return digit_of

    return text(
        pl.when(pl.col("turn") == 0).then("number").otherwise(pl.concat_str("number", pl.lit(" x"), "turn")),
        number=filled(forms, digit),
        turn=pl.Series(turn),
    )


def _places_before(forms: pl.Series) -> Callable[[int], IntArray]:
    """How many # each form has before a place."""
    return lambda place: forms.str.slice(0, place).str.count_matches("#").to_numpy().astype(np.int64)


_WITHIN: Final = ("region", "city")
_RESERVED: Final = (
    " Reserved for fiction where the regulator has set numbers aside (US, CA, GB, DE, FR, AU, IE, SE); in other"
    " countries the subscriber's number begins with 0, so that it cannot be dialled. Unique ones have extensions."
)


def _same_prefix(beside: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM synthdeal_countries c JOIN synthdeal_country_names n USING (country_code)"
        f" WHERE c.phone_prefix = split_part({{value}}, ' ', 1) AND n.spelling = lower({{{beside}}}))"
    )


def _type(name: str, families: tuple[str, str], description: str, example: str, kind: str) -> SemanticType:
    beside = tuple(f"{family}.{part}" for family in families for part in ("country", "country_code", *_WITHIN))
    return SemanticType(
        name,
        Kind.TEXT,
        description + _RESERVED,
        example,
        partial(_phone, kind=kind, families=families),
        name.split(".", maxsplit=1)[0],
        ("country",),
        follows=beside,
        valid=PHONE_FORM,
        capacity=None,
        agreements=tuple(_same_prefix(country) for country in beside[:2]),
    )


PHONES: Final = (
    _type(
        "person.phone",
        ("place", "company"),
        "Telephone number of the country, region and city beside it.",
        "+1 212-555-0147",
        "fixed",
    ),
    _type(
        "person.mobile", ("place", "company"), "Mobile number of the country beside it.", "+44 7700 900123", "mobile"
    ),
    _type(
        "company.phone",
        ("company", "place"),
        "Switchboard of the country, region and city beside it.",
        "+49 30 23125417",
        "fixed",
    ),
)
