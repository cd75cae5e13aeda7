"""Types of finance: accounts and cards whose check digits are right, and that no bank has given out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.engine.text_columns import padded
from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.datasets.types.draws import below, numbered, numbers, serials, text
from synthdeal_assets.datasets.types.identifiers import digits_of, luhn_digit, luhn_sql
from synthdeal_assets.datasets.types.lists import from_list, list_of
from synthdeal_assets.datasets.types.place_data import country_codes, home_country, places
from synthdeal_assets.datasets.types.semantic_type import Family, SemanticType, TypeRequest
from synthdeal_assets.foundation.drawing.names.companies import invented_stems
from synthdeal_assets.foundation.drawing.randomness import IntArray, mix

_COUNTRIES: Final = ("place.country", "place.country_code", "company.country", "company.country_code")

IBAN_FORMS: Final[Mapping[str, tuple[str, int]]] = {
    "DE": ("99999999", 10),
    "AT": ("00000", 11),
    "CH": ("00000", 12),
    "NL": ("ZZZZ", 10),
    "GB": ("ZZZZ000000", 8),
    "IE": ("ZZZZ000000", 8),
    "FR": ("0000000000", 11),
    "ES": ("00000000", 10),
    "IT": ("0000000000", 12),
    "PT": ("00000000", 11),
    "PL": ("00000000", 16),
}
"""Country -> bank code that nobody has, digits of the account; both without check digits, lengths of SWIFT's registry.

German codes begin with 1 to 8; elsewhere a bank and branch of zeros, or of the letters ZZZZ, are not given out.
"""

BRANDS: Final = {
    "Visa": "4111111111111111|4242424242424242|4012888888881881|4000056655665556",
    "Mastercard": "5555555555554444|5105105105105100|2223003122003222|5200828282828210",
    "American Express": "378282246310005|371449635398431",
    "Discover": "6011111111111117|6011000990139424",
    "JCB": "3530111333300000|3566002020360505",
    "Diners Club": "30569309025904|38520000023237",
}
"""The test numbers that payment providers publish for their own sandboxes."""

_SYMBOLS: Final = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "CHF": "CHF",
    "CAD": "CA$",
    "AUD": "A$",
    "SEK": "kr",
    "NOK": "kr",
    "DKK": "kr",
    "INR": "₹",
    "BRL": "R$",
    "MXN": "MX$",
    "PLN": "zł",
    "NZD": "NZ$",
    "ZAR": "R",
}
_CURRENCY_NAMES: Final = {
    "USD": "US Dollar",
    "EUR": "Euro",
    "GBP": "Pound Sterling",
    "JPY": "Yen",
    "CHF": "Swiss Franc",
    "CAD": "Canadian Dollar",
    "AUD": "Australian Dollar",
    "SEK": "Swedish Krona",
    "NOK": "Norwegian Krone",
    "DKK": "Danish Krone",
    "INR": "Indian Rupee",
    "BRL": "Brazilian Real",
    "MXN": "Mexican Peso",
    "PLN": "Zloty",
    "NZD": "New Zealand Dollar",
    "ZAR": "Rand",
}
_RATES: Final = {
    "USD": 1.0,
    "EUR": 0.92,
    "GBP": 0.79,
    "JPY": 149.0,
    "CHF": 0.88,
    "CAD": 1.37,
    "AUD": 1.53,
    "SEK": 10.6,
    "NOK": 10.8,
    "DKK": 6.9,
    "INR": 84.0,
    "BRL": 5.6,
    "MXN": 19.0,
    "PLN": 4.0,
    "NZD": 1.68,
    "ZAR": 18.2,
}


def _said(request: TypeRequest) -> pl.Series | None:
    said = request.option("country")
    for name in _COUNTRIES:
        said = request.sibling(name) if said is None else said
    return None if said is None else country_codes(said)


def _iban(request: TypeRequest) -> pl.Series:
    """Country, check digits (ISO 13616, modulo 97), bank code and account, with the national check digits inside."""
    home = home_country(request.locale)
    said = _said(request)
    countries = (
        pl.repeat(home, request.rows.size, dtype=pl.String, eager=True) if said is None else said.fill_null(home)
    )
    countries = countries.replace_strict({code: code for code in IBAN_FORMS}, default="DE", return_dtype=pl.String)
    numbers_of = serials(request, "iban", 8)
    made, order = [pl.Series([], dtype=pl.String)], [np.empty(0, dtype=np.int64)]
    for country in countries.unique(maintain_order=True):
        here = np.flatnonzero((countries == country).to_numpy())
        made.append(_ibans(country, numbers_of[here]))
        order.append(here)
    return pl.concat(made).gather(np.argsort(np.concatenate(order)))


def _ibans(country: str, accounts: IntArray) -> pl.Series:
    bank, digits = IBAN_FORMS[country]
    account = padded(accounts, digits)
    bban = bank + account
    if country == "ES":
        bban = bank + _spanish_check(accounts) + account
    elif country == "FR":
        # The RIB key: 97 minus (89 bank + 15 branch + 3 account) modulo 97; bank and branch are 0.
        bban = bban + _TWO_DIGITS.gather(97 - 3 * accounts % 97)
    elif country == "IT":
        bban = _italian_check(digits_of(bban, len(bank) + digits)) + bban
    elif country == "PT":
        # The NIB check: 98 minus (number with 00 behind it) modulo 97.
        bban = bban + _TWO_DIGITS.gather(98 - accounts % 97 * 100 % 97)
    elif country == "PL":
        pass
    return _with_check(country, bban)


def _with_check(country: str, bban: pl.Series) -> pl.Series:
    """98 minus the rest modulo 97 of the number that is read with the country and 00 behind it, letters as 10 to 35."""
    signs = np.frombuffer(bban.str.join("").item().encode(), dtype=np.uint8).reshape(bban.len(), -1)
    # All numbers of a country have their letters in the same places: each place has one weight.
    letter = signs[0] >= 65
    digits, zero = np.where(letter, 2, 1), np.where(letter, 55, 48)
    behind = np.cumsum(digits[::-1])[::-1] - digits + len("131400")
    weights = np.array([pow(10, int(places), 97) for places in behind], dtype=np.int32)
    rest = signs.astype(np.int32) @ weights - zero @ weights + int(f"{int(country[0], 36)}{int(country[1], 36)}00")
    return text(pl.concat_str(pl.lit(country), "check", "bban"), check=_TWO_DIGITS.gather(98 - rest % 97), bban=bban)


_TWO_DIGITS: Final = pl.Series([f"{number:02}" for number in range(100)])


def _spanish_check(accounts: IntArray) -> pl.Series:
    """Two digits: 0 of bank and branch, which are 0, and that of the account, weighted with powers of 2 modulo 11."""
    digits = digits_of(pl.Series(accounts).cast(pl.String).str.zfill(10), 10)
    check = 11 - (digits * np.array([1, 2, 4, 8, 5, 10, 9, 7, 3, 6])).sum(axis=1) % 11
    return "0" + pl.Series(np.where(check == 10, 1, np.where(check == 11, 0, check))).cast(pl.String)


_ODD: Final = np.array([1, 0, 5, 7, 9, 13, 15, 17, 19, 21])


def _italian_check(digits: IntArray) -> pl.Series:
    """The CIN: odd places by a table, even places by themselves, together modulo 26, as a letter."""
    total = _ODD[digits[:, ::2]].sum(axis=1) + digits[:, 1::2].sum(axis=1)
    return pl.Series([chr(65 + letter) for letter in (total % 26).tolist()])


def iban_sql(value: str) -> str:
    """SQL of whether a text has the form of an IBAN, and passes modulo 97 (ISO 13616)."""
    country = f"({_as_number(value, 1)}) * 100 + {_as_number(value, 2)}"
    check = f"TRY_CAST(substr({value}, 3, 2) AS INTEGER)"

    def passes(account: str) -> str:
        return f"coalesce((({account}) * 1000000 + ({country}) * 100 + {check}) % 97 = 1, false)"

    # Where a country's accounts begin with no letter, four or one, the rest is read as one number, else sign by sign.
    usual = "".join(
        f" WHEN regexp_full_match({value}, '{_FORM}[A-Z]{{{letters}}}[0-9]{{{11 - letters},{30 - letters}}}')"
        f" THEN {passes(_account_sql(value, letters))}"
        for letters in (0, 4, 1)
    )
    signs = (
        f"list_reduce(list_transform(string_split(substr({value}, 5), ''), lambda sign:"
        f" CASE WHEN sign BETWEEN 'A' AND 'Z' THEN {_as_number('sign', 1)} ELSE TRY_CAST(sign AS INTEGER) END),"
        " lambda before, number: (before * CASE WHEN number < 10 THEN 10 ELSE 100 END + number) % 97)"
    )
    return f"CASE{usual} ELSE regexp_full_match({value}, '{_FORM}[A-Z0-9]{{11,30}}') AND {passes(signs)} END"


_FORM: Final = "[A-Z]{2}[0-9]{2}"


def _account_sql(value: str, letters: int) -> str:
    """What is behind country and check digits, modulo 97.

    Digits are divided in two parts: dividing numbers of 64 bits takes a tenth of the time of longer ones.
    """
    first = 5 + letters
    before = f"TRY_CAST(substr({value}, {first}, length({value}) - {first + 17}) AS BIGINT) % 97 * {10**18 % 97}"
    digits = (
        f"CASE WHEN length({value}) > {first + 17} THEN {before} + TRY_CAST(right({value}, 18) AS BIGINT) % 97"
        f" ELSE TRY_CAST(substr({value}, {first}) AS BIGINT) % 97 END"
    )
    if not letters:
        return digits
    number = " + ".join(f"({_as_number(value, 5 + at)}) * {100 ** (letters - 1 - at)}" for at in range(letters))
    powers = [pow(10, places, 97) for places in range(30)]
    return f"({number}) % 97 * {powers}[length({value}) - {first - 2}] + {digits}"


def _as_number(text_: str, at: int) -> str:
    """The letter at a position as 10 to 35."""
    return f"ascii(substr({text_}, {at}, 1)) - 55"


def _bic(request: TypeRequest) -> pl.Series:
    """Bank ZZZZ, country beside it, place and branch."""
    home, said = home_country(request.locale), _said(request)
    countries = pl.repeat(home, request.rows.size, dtype=pl.String, eager=True) if said is None else said
    letters = pl.Series([chr(65 + at // 26) + chr(65 + at % 26) for at in range(26 * 26)])
    return text(
        pl.concat_str(pl.lit("ZZZZ"), "country", "place"),
        country=countries,
        place=letters.gather(below(request.keys("bic"), 676)),
    )


def _brand_at(request: TypeRequest) -> pl.Series:
    given = request.sibling("finance.card_brand")
    if given is not None:
        return given
    chance = below(request.keys("brand"), 100)
    return pl.Series([*BRANDS]).gather(np.searchsorted([52, 82, 91, 95, 98], chance, side="right"))


def _brand(request: TypeRequest) -> pl.Series:
    chance = below(request.keys("brand"), 100)
    return pl.Series([*BRANDS]).gather(np.searchsorted([52, 82, 91, 95, 98], chance, side="right"))


def _card(request: TypeRequest) -> pl.Series:
    if request.unique:
        number = "9999" + numbered(request, "card", 11).str.slice(0, 11)
        return text(pl.concat_str("number", "check"), number=number, check=pl.Series(luhn_digit(digits_of(number, 15))))
    keys = request.keys("card")
    every = [number for listed in BRANDS.values() for number in listed.split("|")]
    start = np.cumsum([0, *(len(listed.split("|")) for listed in BRANDS.values())])
    brands = (
        _brand_at(request)
        .replace_strict({brand: at for at, brand in enumerate(BRANDS)}, default=0, return_dtype=pl.Int64)
        .to_numpy()
    )
    return pl.Series(every).gather(start[brands] + below(keys, (start[1:] - start[:-1])[brands]))


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


def _currency(request: TypeRequest) -> pl.Series:
    """Of the country beside it, else the list."""
    said = _said(request)
    if said is None:
        return from_list(request, "finance.currency")
    countries = places().countries
    return said.replace_strict(
        dict(zip(countries["country_code"], countries["currency"], strict=True)), return_dtype=pl.String
    )


def _of_currency(request: TypeRequest, known: Mapping[str, str]) -> pl.Series:
    currency = request.sibling("finance.currency")
    for name in ("place.currency", "company.currency"):
        currency = request.sibling(name) if currency is None else currency
    if currency is None:
        currency = list_of("finance.currency")["value"].gather(below(request.keys("currency"), 8))
    return currency.str.to_uppercase().replace_strict(known, default=None, return_dtype=pl.String).fill_null(currency)


def _rate(request: TypeRequest) -> pl.Series:
    """Around what a US dollar cost in 2025, within 5 per cent; 1 for the dollar."""
    currency = request.sibling("finance.currency")
    if currency is None:
        currency = list_of("finance.currency")["value"].gather(below(request.keys("currency"), 8))
    usual = currency.replace_strict(_RATES, default=1.0, return_dtype=pl.Float64).to_numpy()
    away = np.where(usual == 1.0, 1.0, (9_500 + below(request.keys("rate"), 1_001)) / 10_000)
    return pl.Series(np.round(usual * away, 4))


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


def _amount(request: TypeRequest) -> pl.Series:
    return numbers(request, "amount", median=80, p90=900, span=(0.01, 1e7), decimals=2)


def _balance(request: TypeRequest) -> pl.Series:
    return numbers(request, "balance", median=2_400, p90=30_000, span=(0, 1e9), decimals=2)


def _score(request: TypeRequest) -> pl.Series:
    return pl.Series(300 + below(request.keys("score one"), 276) + below(request.keys("score two"), 276))


_type: Final = Family("finance")


_SAME_COUNTRY: Final = tuple(
    "EXISTS (SELECT 1 FROM synthdeal_country_names n"
    f" WHERE n.country_code = substr({{value}}, 5, 2) AND n.spelling = lower({{{name}}}))"
    for name in _COUNTRIES[:2]
)

FINANCE: Final[tuple[SemanticType, ...]] = (
    _type(
        "iban",
        "DE77999999990000402138",
        "IBAN of the country beside it, with a bank code that is not given out; check digits are right, the"
        " national ones too. Where a country has no IBAN or form here, a German one.",
        _iban,
        options=("country",),
        follows=_COUNTRIES,
        capacity=None,
        valid=iban_sql("{value}"),
    ),
    _type(
        "bic",
        "ZZZZDEAB",
        "BIC of the bank ZZZZ, which there is none of, in the country beside it.",
        _bic,
        options=("country",),
        follows=_COUNTRIES,
        valid="regexp_full_match({value}, 'ZZZZ[A-Z]{4}')",
        agreements=_SAME_COUNTRY,
    ),
    _type(
        "card_brand", "Visa", "Brand of the card beside it.", _brand, valid="{value} <> ''", entity="card", capacity=0
    ),
    _type(
        "card_number",
        "4111111111111111",
        "Published test number of the brand beside it. Unique ones begin with 9999, which no issuer has, and"
        " are of no brand. Luhn's check holds.",
        _card,
        follows_narrowed=("finance.card_brand",),
        entity="card",
        capacity=10**11,
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
        "currency",
        "EUR",
        "Currency, ISO 4217, of the country beside it; without one, one of eight.",
        _currency,
        options=("country",),
        follows=_COUNTRIES,
        entity="money",
        valid="regexp_full_match({value}, '[A-Z]{3}')",
        capacity=8,
    ),
    _type(
        "currency_name",
        "Euro",
        "Name of the currency beside it.",
        partial(_of_currency, known=_CURRENCY_NAMES),
        entity="money",
        follows=("finance.currency", "place.currency", "company.currency"),
        valid="{value} <> ''",
    ),
    _type(
        "currency_symbol",
        "€",
        "Symbol of the currency beside it.",
        partial(_of_currency, known=_SYMBOLS),
        entity="money",
        follows=("finance.currency", "place.currency", "company.currency"),
        valid="{value} <> ''",
    ),
    _type(
        "exchange_rate",
        "0.9213",
        "Units of the currency beside it for a US dollar, within 5% of the rate of 2025.",
        _rate,
        Kind.NUMBER,
        entity="money",
        follows=("finance.currency",),
        valid="{value} > 0",
    ),
    _type(
        "amount",
        "79.90",
        "Amount of a payment: half are up to 80, one in ten over 900.",
        _amount,
        Kind.NUMBER,
        options=("min", "max"),
        valid="{value} >= 0",
    ),
    _type(
        "balance",
        "2400.00",
        "Balance of an account.",
        _balance,
        Kind.NUMBER,
        options=("min", "max"),
        valid="{value} IS NOT NULL",
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
