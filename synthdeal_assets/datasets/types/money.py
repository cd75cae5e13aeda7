"""Currencies and amounts: of the country beside, and as large as the currency makes them."""

from __future__ import annotations

from functools import cache, partial
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.datasets.types.draws import below, data_file, numbers
from synthdeal_assets.datasets.types.languages import LANGUAGES
from synthdeal_assets.datasets.types.lists import from_list
from synthdeal_assets.datasets.types.place_data import COUNTRIES, WITHIN, country_beside, home_country, places
from synthdeal_assets.datasets.types.semantic_type import Family, SemanticType, TypeRequest
from synthdeal_assets.foundation.drawing.randomness import FloatArray, mix

CURRENCIES: Final = ("finance.currency", "place.currency", "company.currency")
"""Types that say in which currency the amounts of a row are."""

_ACCOUNTS: Final = {"finance.iban": 0, "finance.bic": 4}
"""Types of accounts, and where the code of their country begins."""
_HOME_SHARE: Final = 70


@cache
def _known(column: str) -> dict[str, str]:
    """Currency -> what the data file says of it."""
    return dict(data_file("currencies.csv").select("currency", column).rows())


@cache
def _currency_of() -> dict[str, str]:
    return dict(places().countries.select("country_code", "currency").rows())


def _home(request: TypeRequest) -> str:
    return _currency_of()[home_country(request.locale)]


def _currency(request: TypeRequest) -> pl.Series:
    """Of the country beside it, else of the account's, else the locale's in 70 of 100 rows and one of the list."""
    said = country_beside(request)
    for name, start in _ACCOUNTS.items():
        account = request.sibling(name) if said is None else None
        if account is not None:
            said = account.str.slice(start, 2)
    if said is not None:
        return said.replace_strict(_currency_of(), default="EUR", return_dtype=pl.String)
    listed = from_list(request, "finance.currency")
    if request.unique:
        return listed
    at_home = below(mix(request.keys("finance.currency"), "home"), 100) < _HOME_SHARE
    return listed.zip_with(~pl.Series(at_home), pl.Series([_home(request)]))


def _currency_beside(request: TypeRequest) -> pl.Series:
    currencies = (request.sibling(name) for name in CURRENCIES)
    said = next((currency for currency in currencies if currency is not None), None)
    return _currency(request) if said is None else said


def _of_currency(request: TypeRequest, column: str) -> pl.Series:
    currency = _currency_beside(request)
    known = _known(column)
    return currency.str.to_uppercase().replace_strict(known, default=None, return_dtype=pl.String).fill_null(currency)


def _rate(request: TypeRequest) -> pl.Series:
    """Around what a US dollar cost in 2025, within 5 per cent; 1 for the dollar."""
    rates = {currency: float(rate) for currency, rate in _known("rate").items()}
    usual = _currency_beside(request).replace_strict(rates, default=1.0, return_dtype=pl.Float64).to_numpy()
    away = np.where(usual == 1.0, 1.0, (9_500 + below(request.keys("rate"), 1_001)) / 10_000)
    return pl.Series(np.round(usual * away, 4))


def levels(request: TypeRequest, said: pl.Series | None = None) -> FloatArray:
    """For each row by what amounts in US dollars are multiplied to look like such in its currency.

    Args:
        request: Of a type that follows `CURRENCIES`: one of them beside says the currency.
        said: Codes of countries that say it where none is; without them it is the locale's.
    """
    currencies = (request.sibling(name) for name in CURRENCIES)
    currency = next((currency for currency in currencies if currency is not None), None)
    known = {code: float(level) for code, level in _known("level").items()}
    if currency is None:
        if said is None:
            return np.full(request.rows.size, known[_home(request)])
        currency = said.replace_strict(_currency_of(), default=None, return_dtype=pl.String)
    return currency.replace_strict(known, default=1.0, return_dtype=pl.Float64).to_numpy()


def in_currency(amounts: FloatArray, level: FloatArray, decimals: int) -> FloatArray:
    """Amounts in US dollars as such of the currencies with these levels; those from 100 have no cents."""
    large = amounts * level
    return np.where(level >= 100, np.round(large), np.round(large, decimals))


def amounts(
    request: TypeRequest,
    what: str,
    *,
    median: float,
    p90: float,
    span: tuple[float, float],
    decimals: int,
    by_country: bool = False,
) -> pl.Series:
    """As `numbers`, in US dollars; in another currency as large as there, but where `min` or `max` say how large.

    `by_country` is for types that follow countries too.
    """
    drawn = numbers(request, what, median=median, p90=p90, span=span, decimals=decimals)
    if request.option("min") is not None or request.option("max") is not None:
        return drawn
    level = levels(request, country_beside(request) if by_country else None)
    made = pl.Series(in_currency(drawn.to_numpy().astype(np.float64), level, decimals))
    return made.cast(pl.Int64) if decimals == 0 else made


_type: Final = Family("finance")
_currency_type: Final = partial(
    _type, entity="money", options=("country",), follows=(*CURRENCIES, *COUNTRIES, *WITHIN, *_ACCOUNTS)
)
_amount_type: Final = partial(
    _type,
    kind=Kind.NUMBER,
    options=("min", "max", "country"),
    follows=(*CURRENCIES, *COUNTRIES),
    follows_narrowed=WITHIN,
)


MONEY: Final[tuple[SemanticType, ...]] = (
    _currency_type(
        "currency",
        "EUR",
        "Currency, ISO 4217, of the country or account beside it; without one, the locale's in 70% of the rows, else"
        " one of eight.",
        _currency,
        follows=(*COUNTRIES, *WITHIN, *_ACCOUNTS),
        valid="regexp_full_match({value}, '[A-Z]{3}')",
        agreements=tuple(
            "EXISTS (SELECT 1 FROM synthdeal_countries c JOIN synthdeal_country_names n USING (country_code)"
            f" WHERE c.currency = {{value}} AND n.spelling = lower({{{name}}}))"
            for name in COUNTRIES[:2]
        ),
        capacity=8,
    ),
    _currency_type(
        "currency_name",
        "Euro",
        "Name of the currency beside it, in the language of the locale.",
        lambda request: _of_currency(request, request.locale[:2] if request.locale[:2] in LANGUAGES else "en"),
        valid="{value} <> ''",
    ),
    _currency_type(
        "currency_symbol",
        "€",
        "Symbol of the currency beside it.",
        partial(_of_currency, column="symbol"),
        valid="{value} <> ''",
    ),
    _currency_type(
        "exchange_rate",
        "0.9213",
        "Units of the currency beside it for a US dollar, within 5% of the rate of 2025.",
        _rate,
        Kind.NUMBER,
        valid="{value} > 0",
    ),
    _amount_type(
        "amount",
        "79.90",
        "Amount of a payment: half are up to 80, one in ten over 900, in dollars, euros and the like; as much in the"
        " currency beside it.",
        partial(amounts, what="amount", median=80, p90=900, span=(0.01, 1e7), decimals=2, by_country=True),
        valid="{value} >= 0",
    ),
    _amount_type(
        "balance",
        "2400.00",
        "Balance of an account, in the currency beside it.",
        partial(amounts, what="balance", median=2_400, p90=30_000, span=(0, 1e9), decimals=2, by_country=True),
        valid="{value} IS NOT NULL",
    ),
)
