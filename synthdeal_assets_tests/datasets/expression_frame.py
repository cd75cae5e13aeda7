"""A frame with everything that the two engines could disagree about, and both of them over it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache

import duckdb
import polars as pl

from synthdeal_assets.datasets.spec.expressions import (
    Kind,
    Path,
    Typed,
    check,
    parse_expression,
    to_duckdb,
    to_polars,
)

AS_OF = date(2026, 11, 28)
KINDS = {
    "net": Kind.NUMBER,
    "rate": Kind.NUMBER,
    "quantity": Kind.WHOLE,
    "rank": Kind.WHOLE,
    "stage": Kind.TEXT,
    "account_id.country": Kind.TEXT,
    "created_on": Kind.DATE,
    "close_date": Kind.DATE,
    "at": Kind.DATETIME,
    "deal_id.at": Kind.DATETIME,
    "won": Kind.FLAG,
    "account_id.active": Kind.FLAG,
}
NETS = (0.0, 0.5, 1.5, 2.675, -1.005, 1234.565, 1e9, 0.1, -0.3, 99999.995, 7.0, -7.5, 1e-9)
RATES = (0.19, 0.07, 0.0, 1.1, -0.5, 3.0, 0.3333, 100.0)
TEXTS = (
    *("", " ", "Closed Won", "closed won", "Straße", "İstanbul", "ΟΔΟΣ ΣΑΣ", "  x ", "100%", "a_b", "A!B", "日本語"),
    *("👩\u200d👩", "e\u0301", "ﬁ", "\t tab ", "it's", "line\nbreak", "\\", "Zürich", "ǆ"),
)
DATES = (
    *(date(2024, 1, 31), date(2024, 2, 29), date(2023, 2, 28), date(2024, 12, 31), date(2025, 3, 30)),
    *(date(1999, 12, 31), date(2026, 11, 28), date(2025, 6, 1), date(1969, 12, 31)),
)
TIMES = (
    datetime(2024, 1, 31, 23, 59, 59),
    datetime(2025, 3, 30, 2, 30),
    datetime(2024, 2, 29),
    datetime(1969, 7, 20, 20, 17),
)


def _spread(values: Sequence[object], step: int, rows: int = 211) -> list[object]:
    """The values in a mixed order, with NULLs between."""
    return [None if row * step % 11 == 3 else values[row * step % len(values)] for row in range(rows)]


@cache
def frame() -> pl.DataFrame:
    """211 rows of every kind."""
    times = pl.Datetime("us")
    return pl.DataFrame(
        {
            "net": pl.Series(_spread(NETS, 5), dtype=pl.Float64),
            "rate": pl.Series(_spread(RATES, 7), dtype=pl.Float64),
            "quantity": pl.Series(_spread((0, 1, 2, 3, 5, 7, -4, 40, 12), 4), dtype=pl.Int32),
            "rank": pl.Series(_spread((1, 2, 3, 0, -1, 6, 10), 3), dtype=pl.Int64),
            "stage": pl.Series(_spread(TEXTS, 4), dtype=pl.String),
            "account_id.country": pl.Series(_spread(TEXTS, 10), dtype=pl.String),
            "created_on": pl.Series(_spread(DATES, 5), dtype=pl.Date),
            "close_date": pl.Series(_spread(DATES, 7), dtype=pl.Date),
            "at": pl.Series(_spread(TIMES, 3), dtype=times),
            "deal_id.at": pl.Series(_spread(TIMES, 5), dtype=times),
            "won": pl.Series(_spread((True, False), 1), dtype=pl.Boolean),
            "account_id.active": pl.Series(_spread((False, True, True), 5), dtype=pl.Boolean),
        }
    )


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    connection.register("frame", frame().to_arrow())
    connection.execute("CREATE TABLE rows AS SELECT row_number() OVER () AS place, * FROM frame")
    return connection


def kind_of(path: Path) -> Kind | None:
    return KINDS.get(str(path))


def typed(text: str) -> Typed:
    return check(parse_expression(text), kind_of, as_of=AS_OF, known=KINDS)


def column(path: Path) -> pl.Expr:
    return pl.col(str(path))


def field(path: Path) -> str:
    return f'"{path}"'


def by_polars(expression: Typed) -> list[object]:
    return (
        frame()
        .select(pl.repeat(None, pl.len()).alias("place"), to_polars(expression, column).alias("x"))["x"]
        .to_list()
    )


def by_duckdb(expression: Typed) -> list[object]:
    statement = f"SELECT {to_duckdb(expression, field)} FROM rows ORDER BY place"
    return [value for (value,) in _connection().execute(statement).fetchall()]


def both(text: str) -> list[object]:
    """The values, on which both engines must agree."""
    expression = typed(text)
    made, recounted = by_polars(expression), by_duckdb(expression)
    assert len(made) == len(recounted) == frame().height
    differing = [(one, other) for one, other in zip(made, recounted, strict=True) if not same(one, other)]
    assert not differing, (text, to_duckdb(expression, field), differing[:5])
    return made


def same(one: object, other: object) -> bool:
    """Whether two values are the same: the same bits of a number, but for the sign of zero."""
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return type(one) is type(other) and one == other


def value(text: str, **given: object) -> object:
    """The one value of an expression, in both engines, where fields have these values."""
    expression = typed(text)
    made = pl.select(to_polars(expression, lambda path: pl.lit(given[str(path)]))).item()
    statement = f"SELECT {to_duckdb(expression, lambda path: _literal(given[str(path)]))}"
    (recounted,) = _connection().execute(statement).fetchall()[0]
    assert same(made, recounted), (text, made, recounted)
    return made


def _literal(given: object) -> str:
    written: Callable[[object], str] = repr if isinstance(given, bool | int | float) else lambda one: f"'{one}'"
    return "NULL" if given is None else written(given)
