"""How money and units are written, as patterns of RE2, and the macros that read them and words for nothing.

The proposal of a map looks with the same patterns, so that it takes for numbers what the macros read. What is read with
them belongs in `cells.py`.
"""

# ruff: noqa: RUF001  # letters of other scripts that look like Latin ones are meant

from __future__ import annotations

from typing import Final

import duckdb

from synthdeal_assets.foundation.warehouse.statements import statement

CURRENCY_CODES: Final = (
    "USD|EUR|GBP|JPY|CHF|CAD|AUD|NZD|SEK|NOK|DKK|ISK|PLN|CZK|HUF|RON|BGN|UAH|RUB|TRY|CNY|RMB|INR|KRW|SGD|HKD|TWD|"
    "THB|IDR|MYR|PHP|VND|AED|SAR|ILS|ZAR|NGN|EGP|BRL|MXN|ARS|CLP|COP|PEN|HRK|RSD|BAM|MKD|GEL|KZT|MDL|BYN|MAD|QAR|"
    "EUROS?|KR|DKR|SKR|NKR|ZŁ|ZL|KČ|KC|FT|LEI|LEU|TL|ЛВ|РУБ|Р|ГРН|ДИН|DIN|KN|KM|SFR|FR|RS|RP|RM"
)
CURRENCY: Final = rf"(?:[A-Z]{{0,3}}\p{{Sc}}|S/\.?|(?:{CURRENCY_CODES})\.?)"
"""A sign or code of a currency in capitals. None of those has more than two decimals."""

_PIECES: Final = (
    r"(?:PCS?|PIECES?|PZS?|PZAS?|STK|STCK|STÜCK|ST|UNITS?|EA|EACH|SZT|KS|KOM|DB|ADET|AD|UN|UND|UNID|UDS?|BUC|TK|GAB|"
    r"VNT|KPL|ШТ|БР|ΤΕΜ|X|×)\.?"
)
"""What says behind a number that it counts pieces. Weights and the like are none: kilograms and grams never add up."""

_BEFORE: Final = rf"([-+(]?\s*(?:{CURRENCY})?\s*[-+(]?\s*)"
_AFTER: Final = rf"(\s*(?:{CURRENCY}|{_PIECES})?\s*[-)]?\s*(?:{CURRENCY})?)"
_IN_BLANKS: Final = "[0-9]{1,3}(?: [0-9]{3})+|[0-9]{1,3}(?:'[0-9]{3})+"
AMOUNT_WITH_POINT: Final = (
    rf"^{_BEFORE}((?:[0-9]+|[0-9]{{1,3}}(?:,[0-9]{{3}})+|{_IN_BLANKS}|[0-9]{{1,2}}(?:,[0-9]{{2}})+,[0-9]{{3}})"
    rf"(?:\.[0-9]*)?(?:E[-+]?[0-9]{{1,3}})?|\.[0-9]+){_AFTER}$"
)
"""A tidy amount with a point before its decimals: what stands before the digits, the digits, what stands after them."""

AMOUNT_WITH_COMMA: Final = (
    rf"^{_BEFORE}((?:[0-9]+|[0-9]{{1,3}}(?:\.[0-9]{{3}})+|{_IN_BLANKS})(?:,[0-9]*)?|,[0-9]+){_AFTER}$"
)
"""The same with a comma."""

BLANK_AMOUNT: Final = rf"(?:{CURRENCY})?\s*-*\s*(?:{CURRENCY})?|\(\s*-+\s*\)|N/?A|#N/A|<NA>|-?NAN|NULL|NONE|NIL"
"""A whole tidy amount that says nothing: NaN is how pandas says so; an infinity is a figure that nobody can read."""

NIL_IN_DASHES: Final = r"([0-9][.,])\s*-{1,2}($|[^-0-9])"
"""Decimals that are nil, as in 12,- and 12.--; the minus behind a number has no mark before it."""

_BLANKS: Final = "\u00a0\u202f\u2009\u2007\u2002\u2003\u2004\u2005\u2006\u2008\u200a\u3000\t\n\r"
_DASHES: Final = "\u2212\u2013\u2014\u2010\u2011\u2012\u2015\ufe63\uff0d"
_APOSTROPHES: Final = "\u2019\u2018\u02bc\u2032\u00b4`"
_UNSEEN: Final = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u202a\u202c\u2066\u2069"
TIDIED_FROM: Final = _BLANKS + _DASHES + _APOSTROPHES + _UNSEEN
"""Signs that are tidied, one by one into those of `TIDIED_TO`; those without a partner are taken away."""

TIDIED_TO: Final = " " * len(_BLANKS) + "-" * len(_DASHES) + "'" * len(_APOSTROPHES)


def register_amount_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Teach a connection the macros that read money, units and words for nothing, until it is closed."""
    values = {
        "currency": CURRENCY,
        "with_point": AMOUNT_WITH_POINT,
        "with_comma": AMOUNT_WITH_COMMA,
        "blank": BLANK_AMOUNT,
        "nil_in_dashes": NIL_IN_DASHES,
        "tidied_from": TIDIED_FROM,
        "tidied_to": TIDIED_TO,
    }
    connection.execute(statement(__package__, "amounts.sql", **values))
