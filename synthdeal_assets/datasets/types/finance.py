"""Types of finance: cards and numbers whose check digits are right, and that no bank has given out."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.datasets.types.draws import below, numbered, text
from synthdeal_assets.datasets.types.identifiers import digits_of, luhn_digit, luhn_sql
from synthdeal_assets.datasets.types.semantic_type import Family, SemanticType, TypeRequest
from synthdeal_assets.foundation.drawing.names.companies import invented_stems
from synthdeal_assets.foundation.drawing.randomness import IntArray, mix

BRANDS: Final = {
    "Visa": "4111111111111111|4242424242424242|4012888888881881|4000056655665556",
    "Mastercard": "5555555555554444|5105105105105100|2223003122003222|5200828282828210",
    "American Express": "378282246310005|371449635398431",
    "Discover": "6011111111111117|6011000990139424",
    "JCB": "3530111333300000|3566002020360505",
    "Diners Club": "30569309025904|38520000023237",
}
"""The test numbers that payment providers publish for their own sandboxes."""


def _brand(request: TypeRequest) -> pl.Series:
    chance = below(request.keys("brand"), 100)
    return pl.Series([*BRANDS]).gather(np.searchsorted([52, 82, 91, 95, 98], chance, side="right"))


def _card(request: TypeRequest) -> pl.Series:
    given = request.sibling("finance.card_brand")
    brands = (
        (_brand(request) if given is None else given)
        .replace_strict({brand: at for at, brand in enumerate(BRANDS)}, default=0, return_dtype=pl.Int64)
        .to_numpy()
    )
    if request.unique:
        return _unique_card(request, brands)
    every = [number for listed in BRANDS.values() for number in listed.split("|")]
    start = np.cumsum([0, *(len(listed.split("|")) for listed in BRANDS.values())])
    return pl.Series(every).gather(start[brands] + below(request.keys("card"), (start[1:] - start[:-1])[brands]))


def _unique_card(request: TypeRequest, brands: IntArray) -> pl.Series:
    """9999, nine digits that no other row has, as many drawn ones as the brand is longer than 14, the check digit."""
    number = "9999" + numbered(request, "card", 9)
    longer = np.array([len(listed.split("|")[0]) - 14 for listed in BRANDS.values()])[brands]
    drawn = below(request.keys("card"), 100)
    made: list[pl.Series] = []
    for digits in range(3):
        whole = number + pl.Series(drawn % 10**digits).cast(pl.String).str.zfill(digits) if digits else number
        made.append(whole + pl.Series(luhn_digit(digits_of(whole, 13 + digits))).cast(pl.String))
    return text(
        pl.when(pl.col("longer") == 2).then("long").when(pl.col("longer") == 1).then("amex").otherwise("short"),
        longer=pl.Series(longer),
        **dict(zip(("short", "amex", "long"), made, strict=True)),
    )


def _expiry(request: TypeRequest) -> pl.Series:
    months = request.as_of.year * 12 + request.as_of.month + below(request.keys("expiry"), 48)
    year, month = months // 12 % 100, months % 12 + 1
    return text(
        pl.concat_str(
            pl.col("month").cast(pl.String).str.zfill(2), pl.col("year").cast(pl.String).str.zfill(2), separator="/"
        ),
        month=pl.Series(month),
        year=pl.Series(year),
    )


def _bank(request: TypeRequest) -> pl.Series:
    keys = request.keys("bank")
    stems = invented_stems()
    kinds = pl.Series(["Bank", "Savings Bank", "Credit Union", "Trust", "Mutual"])
    return text(
        pl.concat_str("stem", "kind", separator=" "),
        stem=stems.gather(below(keys, stems.len())),
        kind=kinds.gather(below(mix(keys, "kind"), 5)),
    )


def _account(request: TypeRequest) -> pl.Series:
    return numbered(request, "account", 10)


def _routing(request: TypeRequest) -> pl.Series:
    """Nine digits with the right check digit; 99 is no district of the Federal Reserve."""
    number = "99" + numbered(request, "routing", 6).str.slice(0, 6)
    digits = digits_of(number, 8)
    check = -(digits * np.array([3, 7, 1, 3, 7, 1, 3, 7])).sum(axis=1) % 10
    return text(pl.concat_str("number", "check"), number=number, check=pl.Series(check))


def _isin(request: TypeRequest) -> pl.Series:
    """XX is no country; the check digit is Luhn's over letters as 10 to 35."""
    number = numbered(request, "isin", 9).str.slice(0, 9)
    expanded = digits_of("3333" + number, 13)
    return text(pl.concat_str(pl.lit("XX"), "number", "check"), number=number, check=pl.Series(luhn_digit(expanded)))


def _ticker(request: TypeRequest) -> pl.Series:
    return text(
        pl.col("stem").str.slice(0, 4).str.to_uppercase(),
        stem=invented_stems().gather(below(request.keys("ticker"), invented_stems().len())),
    )


def _score(request: TypeRequest) -> pl.Series:
    return pl.Series(300 + below(request.keys("score one"), 276) + below(request.keys("score two"), 276))


_type: Final = Family("finance")


FINANCE: Final[tuple[SemanticType, ...]] = (
    _type(
        "card_brand", "Visa", "Brand of the card beside it.", _brand, valid="{value} <> ''", entity="card", capacity=0
    ),
    _type(
        "card_number",
        "4111111111111111",
        "Published test number of the brand beside it. Unique ones begin with 9999, which no issuer has, and"
        " are as long as the brand's. Luhn's check holds.",
        _card,
        follows_narrowed=("finance.card_brand",),
        entity="card",
        capacity=10**9,
        valid=f"regexp_full_match({{value}}, '[0-9]{{14,16}}') AND {luhn_sql('{value}')}",
    ),
    _type(
        "card_expiry",
        "07/28",
        "Month and year in which a card ends, within four years of `as_of`.",
        _expiry,
        valid="regexp_full_match({value}, '(0[1-9]|1[0-2])/[0-9]{2}')",
    ),
    _type(
        "account_number",
        "0000402138",
        "Ten digits of an account of no bank.",
        _account,
        valid="regexp_full_match({value}, '[0-9]{10,}')",
        capacity=None,
    ),
    _type(
        "routing_number",
        "990402134",
        "US routing number of the district 99, which there is none of; its check digit is right.",
        _routing,
        valid="regexp_full_match({value}, '99[0-9]{7}')",
        capacity=10**6,
    ),
    _type("bank_name", "Velmora Savings Bank", "Invented bank.", _bank, valid="{value} <> ''"),
    _type(
        "isin",
        "XX0004021381",
        "ISIN of the country XX, which there is none of; its check digit is right.",
        _isin,
        valid="regexp_full_match({value}, 'XX[0-9]{10}')",
        capacity=10**9,
    ),
    _type(
        "ticker",
        "VELM",
        "Four letters as of a share; made up, but such letters may exist.",
        _ticker,
        valid="regexp_full_match({value}, '[A-Z]{2,4}')",
    ),
    _type(
        "credit_score",
        "687",
        "Score from 300 to 850, most of them in the middle.",
        _score,
        Kind.WHOLE,
        valid="{value} BETWEEN 300 AND 850",
    ),
)
