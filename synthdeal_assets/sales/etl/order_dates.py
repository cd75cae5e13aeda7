"""How the dates of a log are written, found from all of its values, and what day each spelling means.

Which rows are rejected for their date is decided in `transactions.py`. Nothing is guessed: dates that fit day/month and
month/day alike are read as the product map or another source of the same log says, or not at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import duckdb

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import sql_literal, sql_name, statement
from synthdeal_assets.sales.column_names import SOURCE_ROW
from synthdeal_assets.sales.etl.month_names import MONTHS

NATIVE: Final = "native"
DAY_FIRST: Final = "day first"
MONTH_FIRST: Final = "month first"

ENOUGH_ROWS: Final = 100
"""Rows from which on a date that stands alone is taken for a slip and not for a customer who pauses."""

_MONTHS: Final = ("year and month", "month in letters and year")
"""Shapes that say no day."""

_WRITTEN: Final = {
    "year first": "year-month-day",
    "digits": "yyyymmdd",
    "month in letters": "day month-in-letters year",
    "month in letters first": "month-in-letters day year",
    "serial": "Excel serial number",
    "year and month": "year-month",
    "month in letters and year": "month-in-letters year",
    ("numbers", DAY_FIRST): "day/month/year",
    ("numbers", MONTH_FIRST): "month/day/year",
    ("dotted", DAY_FIRST): "day.month.year",
    ("dotted", MONTH_FIRST): "month.day.year",
}


@dataclass(frozen=True, slots=True)
class DateReading:
    """How the dates of one source were read.

    Attributes:
        formats: In words, several joined by ' and '.
        caveats: What a reader must know of it.
    """

    formats: str
    caveats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _DateShape:
    shape: str
    row_count: int
    only_day_first: int
    only_month_first: int
    either: int
    example_day_first: str | None
    row_day_first: int | None
    example_month_first: str | None
    row_month_first: int | None
    example_either: str | None
    row_either: int | None


def read_dates(
    connection: duckdb.DuckDBPyConnection, log: str, order_date: str, *, date_format: str | None, native: frozenset[str]
) -> Mapping[str, DateReading]:
    """Find out what day every spelling of a date means.

    Leaves the temporary table `dates` (source_file, raw, order_date, is_blank): one row for each spelling in each
    source; order_date is NULL when it is not understood.

    Args:
        connection: A connection that knows the macros of `amount_macros.register_amount_macros`.
        log: Name of the wide log in SQL.
        order_date: The column of dates in it, as SQL.
        date_format: How dates are written, in the letters of strptime; None when that is to be found out.
        native: Sources whose column of dates is typed as such.

    Returns:
        For each source how its dates were read.

    Raises:
        SynthDealError: The dates of a source fit day/month and month/day alike and nothing settles which is meant,
            some fit only the one and others only the other, or a spreadsheet has changed some of them.
    """
    connection.execute(
        statement(__package__, "date_texts.sql", log=log, order_date=order_date, date_format=date_format, months=MONTHS)
    )
    if date_format is None:
        _require_unchanged(connection)
    shapes: dict[str, list[_DateShape]] = defaultdict(list)
    for source_file, *rest in connection.execute(statement(__package__, "date_shapes.sql")).fetchall():
        shapes[source_file].append(_DateShape(*rest))
    settled = {source: _order_of(source, found) for source, found in shapes.items()}
    readings = {}
    orders = []
    for source in sorted(shapes):
        order, borrowed_from = settled[source], None
        if order is None and any(shape.either for shape in shapes[source]):
            order, borrowed_from = _borrowed_order(source, shapes[source], settled)
        orders.append((source, order or DAY_FIRST, next((s for s in shapes[source] if s.shape == "dotted"), None)))
        readings[source] = _reading(shapes[source], order or DAY_FIRST, borrowed_from, is_native=source in native)
    connection.execute("CREATE OR REPLACE TEMP TABLE date_orders (source_file VARCHAR, month_first BOOLEAN)")
    if orders:
        connection.executemany(
            "INSERT INTO date_orders VALUES (?, ?)", [(source, order == MONTH_FIRST) for source, order, _ in orders]
        )
    connection.execute(statement(__package__, "dates.sql"))
    return readings


def undecided_dates(
    connection: duckdb.DuckDBPyConnection, columns: Mapping[str, tuple[str, str]], *, date_format: str | None
) -> str | None:
    """Why the dates of sources that were staged for a look cannot be read, as `read_dates` would say; None if they can.

    Args:
        connection: A connection that knows the macros of `amount_macros.register_amount_macros`.
        columns: For each source the table of its rows and the column of its dates.
        date_format: As of `read_dates`.
    """
    rows = " UNION ALL ".join(
        f"SELECT {sql_literal(source)} AS source_file, {SOURCE_ROW} AS source_row, "
        f"CAST({sql_name(column)} AS VARCHAR) AS day FROM {table}"
        for source, (table, column) in columns.items()
    )
    try:
        read_dates(connection, f"({rows})", "log.day", date_format=date_format, native=frozenset())
    except SynthDealError as error:
        return str(error).rstrip(".")
    return None


def _require_unchanged(connection: duckdb.DuckDBPyConnection) -> None:
    changed = connection.execute(statement(__package__, "half_changed_dates.sql")).fetchone()
    if changed is not None:
        source, a_date, date_row, a_text, text_row = changed
        raise SynthDealError(
            f"{source} has dates that a spreadsheet has probably changed: all of the 1st to the 12th are dates, such "
            f"as {a_date!r} (data row {date_row:,}), and all later ones text, such as {a_text!r} (data row "
            f"{text_row:,}), so that day and month of the dates are swapped; export the file anew, or import it with "
            "that column as text.",
            code="sales-log.half-changed-days",
        )


def _order_of(source: str, shapes: list[_DateShape]) -> str | None:
    """Whether the day or the month comes first, when the source itself says so."""
    by_order = {
        DAY_FIRST: [shape for shape in shapes if shape.only_day_first],
        MONTH_FIRST: [shape for shape in shapes if shape.only_month_first],
    }
    if by_order[DAY_FIRST] and by_order[MONTH_FIRST]:
        day, month = by_order[DAY_FIRST][0], by_order[MONTH_FIRST][0]
        raise SynthDealError(
            f"{source} has dates in two formats that cannot be told apart: {day.example_day_first!r} (data row "
            f"{day.row_day_first:,}) fits only day/month/year and {month.example_month_first!r} (data row "
            f"{month.row_month_first:,}) only month/day/year; write all dates in the file the same way, preferably as "
            "YYYY-MM-DD.",
            code="sales-log.two-date-orders",
        )
    return next((order for order, found in by_order.items() if found), None)


def _borrowed_order(source: str, shapes: list[_DateShape], settled: Mapping[str, str | None]) -> tuple[str, str | None]:
    """The order of another source, when the source's own dates fit both."""
    if all(shape.shape == "dotted" for shape in shapes if shape.either):
        return DAY_FIRST, None
    others = {order for order in settled.values() if order is not None}
    if len(others) == 1:
        order = others.pop()
        return order, next(other for other in sorted(settled) if settled[other] == order)
    unclear = next(shape for shape in shapes if shape.either)
    raise SynthDealError(
        f"The dates of {source} fit day/month/year and month/day/year alike, such as {unclear.example_either!r} "
        f"(data row {unclear.row_either:,}): say which is meant with date_format in the product map, such as "
        "`date_format: '%d/%m/%Y'`.",
        code="sales-log.ambiguous-days",
    )


def _reading(shapes: list[_DateShape], order: str, borrowed_from: str | None, *, is_native: bool) -> DateReading:
    if is_native:
        return DateReading(NATIVE, ())
    caveats = []
    names: dict[str, int] = defaultdict(int)
    for shape in sorted(shapes, key=lambda shape: -shape.row_count):
        names[_name(shape.shape, order)] += shape.row_count
    if borrowed_from is not None:
        caveats.append(
            f"Its dates fit day/month and month/day alike and were read with the {order.removesuffix(' first')} first, "
            f"as in {borrowed_from}."
        )
    if months := sum(shape.row_count for shape in shapes if shape.shape in _MONTHS):
        caveats.append(f"{months:,} of its dates are months without a day, and count for the first day of the month.")
    if len(names) > 1:
        counts = ", ".join(f"{name} ({count:,} rows)" for name, count in names.items())
        caveats.append(f"Its dates are written in {len(names)} ways: {counts}.")
    return DateReading(" and ".join(names), tuple(caveats))


def _name(shape: str, order: str) -> str:
    if shape == "told":
        return "as the product map says"
    return _WRITTEN.get(shape) or _WRITTEN[(shape, order)]


def set_far_dates_aside(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Take away the dates that lie more than a year before or after all others, such as 2203 for 2023.

    The log begins and ends with its first and last date, and so does everything that is learnt from it. In a log of
    fewer than `ENOUGH_ROWS` rows such a date is only told, because customers of few purchases may pause for a year.

    Returns:
        Caveats, each with the source of the date.
    """
    caveats = []
    few = connection.execute("SELECT coalesce(sum(n), 0) < ? FROM dates", [ENOUGH_ROWS]).fetchall()[0][0]
    while found := connection.execute(statement(__package__, "lonely_dates.sql")).fetchall():
        for source_file, first_row, day, raw, is_last in found:
            where = "after" if is_last else "before"
            done = "correct it if it is a slip" if few else "it is rejected; correct it if it is a slip"
            caveats.append(
                (
                    str(source_file),
                    f"Row {first_row:,} is dated {day} ({raw!r}), more than a year {where} all others: {done}.",
                )
            )
        if few:
            break
        connection.executemany(
            "UPDATE dates SET order_date = NULL, is_far_off = true WHERE order_date = ?", [[row[2]] for row in found]
        )
    return caveats
