"""The SQL statements of this room: Jinja2 templates in `sql/`, because a log's columns are known only when it is read.

Names of columns come from strangers and hold whatever they like: in a template they pass through the filter `name`,
texts through `text`. What a statement is for belongs beside the code that runs it.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import duckdb
import jinja2

from synthdeal_assets.foundation.sql_text import sql_list, sql_literal
from synthdeal_assets.sales.column_names import quoted

_CURRENCY_CODES: Final = (
    "USD|EUR|GBP|JPY|CHF|CAD|AUD|NZD|SEK|NOK|DKK|ISK|PLN|CZK|HUF|RON|BGN|UAH|RUB|TRY|CNY|RMB|INR|KRW|SGD|HKD|TWD|"
    "THB|IDR|MYR|PHP|VND|AED|SAR|ILS|ZAR|NGN|EGP|BRL|MXN|ARS|CLP|COP|PEN|KR|ZŁ|FR|RS"
)
CURRENCY: Final = rf"(?:[A-Z]{{0,3}}[$€£¥₹₩₽₺₪₫₱฿]|(?:{_CURRENCY_CODES})\.?)"
"""A sign or code of a currency in capitals, as a pattern of RE2."""


def statement(name: str, **values: object) -> str:
    """The text of `sql/<name>.sql` with the values filled in."""
    return _environment().get_template(f"{name}.sql").render(**values)


def know_amounts(connection: duckdb.DuckDBPyConnection) -> None:
    """Teach a connection the macros that read money, units and words for nothing, until it is closed."""
    connection.execute(statement("amounts", currency=CURRENCY))


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("synthdeal_assets.sales", "sql"),
        autoescape=False,  # noqa: S701  # SQL, where names and texts are quoted by the filters below
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(name=quoted, text=sql_literal, texts=sql_list)
    return environment
