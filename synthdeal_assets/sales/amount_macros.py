"""The macros that read money, units and words for nothing, and what a currency looks like.

What is read with them belongs in `cells.py`.
"""

from __future__ import annotations

from typing import Final

import duckdb

from synthdeal_assets.foundation.warehouse.statements import statement

_CURRENCY_CODES: Final = (
    "USD|EUR|GBP|JPY|CHF|CAD|AUD|NZD|SEK|NOK|DKK|ISK|PLN|CZK|HUF|RON|BGN|UAH|RUB|TRY|CNY|RMB|INR|KRW|SGD|HKD|TWD|"
    "THB|IDR|MYR|PHP|VND|AED|SAR|ILS|ZAR|NGN|EGP|BRL|MXN|ARS|CLP|COP|PEN|KR|ZŁ|FR|RS"
)
CURRENCY: Final = rf"(?:[A-Z]{{0,3}}[$€£¥₹₩₽₺₪₫₱฿]|(?:{_CURRENCY_CODES})\.?)"
"""A sign or code of a currency in capitals, as a pattern of RE2."""


def register_amount_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Teach a connection the macros that read money, units and words for nothing, until it is closed."""
    connection.execute(statement(__package__, "amounts.sql", currency=CURRENCY))
