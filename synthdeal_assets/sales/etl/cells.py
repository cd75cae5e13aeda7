"""The cells of the wide log that hold money or units: where they are, and what they sum to.

How a single amount is read is in `sql/amounts.sql`, which mark stands before the decimals in `decimal_marks.py`; what
becomes of the amounts is decided in `transactions.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Final, TypeVar

import duckdb

from synthdeal_assets.foundation.warehouse.statements import sql_list, sql_name, statement
from synthdeal_assets.sales.etl.wide_log import PRICE_OF_MISSING_MONEY, CellPair, LogColumn, WideLog

AMOUNTS: Final = ("money", "unit_price", "quantity")
"""Roles of columns whose cells are numbers."""

COLUMNS_AT_ONCE: Final = 100
"""Columns in one statement: a log of ten thousand columns would make one that takes minutes to plan."""

TEXT: Final = "VARCHAR"

Item = TypeVar("Item")

Marks = Collection[tuple[str, str]]
"""Sources and stored columns in which a comma stands before the decimals."""


def batches(items: Sequence[Item]) -> Iterable[Sequence[Item]]:
    """The items, as many at once as a statement can name."""
    for start in range(0, len(items), COLUMNS_AT_ONCE):
        yield items[start : start + COLUMNS_AT_ONCE]


def pair_values(wide: WideLog, pairs: Sequence[CellPair], commas: Marks) -> dict[str, object]:
    """What the template `cells.sql` needs to know of some pairs."""
    return {
        "pairs": [
            {
                "product": pair.product,
                "division": pair.division,
                "money": _written_of(
                    pair.money,
                    _price_times_quantity(pair.money, pair.price, pair.quantity, commas),
                    pair.sources,
                    commas,
                    everywhere=len(pair.sources) == len(wide.sources),
                ),
                "quantity": _written_of(
                    pair.quantity,
                    _money_by_price(pair.money, pair.price, pair.quantity, commas),
                    pair.sources,
                    commas,
                    everywhere=len(pair.sources) == len(wide.sources),
                ),
                "money_name": pair.money,
                "quantity_name": pair.quantity,
                "money_comma": with_comma(commas, pair.money),
                "quantity_comma": with_comma(commas, pair.quantity),
            }
            for pair in pairs
        ],
        "commas": commas,
        "has_unit_price": any(pair.is_unit_price for pair in pairs),
    }


def _written_of(
    stored_name: str | None, instead: str | None, sources: Sequence[str], commas: Marks, *, everywhere: bool
) -> str:
    """What stands in a column of amounts, or, where that is no amount, what counts in its place; in SQL."""
    text = _text_of(stored_name, sources, everywhere=everywhere)
    if instead is None:
        return text
    comma = with_comma(commas, stored_name)
    is_amount = f"usual_amount({text}, {comma}) IS NOT NULL OR figure_of({text}, {comma}) IS NOT NULL"
    return f"CASE WHEN {is_amount} THEN {text} ELSE coalesce({instead}, {text}) END"


def _price_times_quantity(money: str | None, price: str | None, quantity: str | None, commas: Marks) -> str | None:
    """What a price comes to, written with the mark of the money, in SQL; None where it does not stand beside both."""
    if money is None or price is None or quantity is None:
        return None
    figures = f"{_figure_of(price, commas)} * {_figure_of(quantity, commas)}"
    product = f"CAST(TRY_CAST(round({figures}, 4) AS DECIMAL(18, 4)) AS VARCHAR)"
    return f"CASE WHEN {with_comma(commas, money)} THEN replace({product}, '.', ',') ELSE {product} END"


def _money_by_price(money: str | None, price: str | None, quantity: str | None, commas: Marks) -> str | None:
    """How many whole units the money pays for to the cent, in SQL; None where it does not stand beside both."""
    if money is None or price is None or quantity is None:
        return None
    total, each = _figure_of(money, commas), _figure_of(price, commas)
    units = f"round({total} / nullif({each}, 0))"
    # Of what costs a few cents any money pays for some whole number, as far as cents tell.
    return (
        f"CASE WHEN abs({each}) > 0.05 AND abs({units} * {each} - {total}) < 0.0051 "
        f"THEN CAST(TRY_CAST({units} AS BIGINT) AS VARCHAR) END"
    )


def _figure_of(stored_name: str, commas: Marks) -> str:
    return f"figure_of(CAST(log.{sql_name(stored_name)} AS VARCHAR), {with_comma(commas, stored_name)})"


def _text_of(stored_name: str | None, sources: Sequence[str], *, everywhere: bool) -> str:
    """What stands in a column of some sources, or of all, as text, in SQL that calls the log `log`."""
    if stored_name is None:
        return "NULL::VARCHAR"
    text = f"CAST(log.{sql_name(stored_name)} AS VARCHAR)"
    return text if everywhere else f"CASE WHEN log.source_file IN {sql_list(sources)} THEN {text} END"


def with_comma(commas: Marks, stored_name: str | None) -> str:
    """Whether a comma stands before the decimals of a column, as SQL."""
    sources = sorted(source for source, name in commas if name == stored_name)
    return f"log.source_file IN {sql_list(sources)}" if sources else "false"


def read_columns(
    connection: duckdb.DuckDBPyConnection, *, log: str, columns: Sequence[LogColumn], commas: Marks
) -> None:
    """Read every amount in a wide log and sum every column.

    What is spelled as usual is read in passing; unusual spellings are looked for only where there are some, and then
    read once each. Leaves the temporary tables `unusual_amounts` (written, with_comma, amount, problem) and
    `column_totals` of `sum_columns`.

    Args:
        connection: A connection that knows the macros of `amount_macros.register_amount_macros`.
        log: Name of the wide log in SQL.
        columns: Columns of it; those of other roles than amounts are passed over.
        commas: Where a comma stands before the decimals.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE unusual_amounts (written VARCHAR, with_comma BOOLEAN, amount DECIMAL(18, 4), "
        "problem VARCHAR)"
    )
    sum_columns(connection, target="column_totals", log=log, columns=columns, commas=commas)
    unusual = connection.execute("SELECT source_file, stored_name FROM column_totals WHERE unusual > 0").fetchall()
    if not unusual:
        return
    for is_comma in (False, True):
        names = sorted({name for source, name in unusual if ((source, name) in commas) == is_comma})
        for batch in batches([f"CAST(log.{sql_name(name)} AS VARCHAR)" for name in names]):
            connection.execute(
                statement(
                    __package__,
                    "unusual_amounts.sql",
                    log=log,
                    columns=batch,
                    with_comma="true" if is_comma else "false",
                )
            )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE unusual_amounts AS SELECT DISTINCT * FROM unusual_amounts ORDER BY ALL"
    )
    sum_columns(connection, target="column_totals", log=log, columns=columns, commas=commas)


def sum_columns(
    connection: duckdb.DuckDBPyConnection,
    *,
    target: str,
    log: str,
    columns: Sequence[LogColumn],
    commas: Marks,
    only_rows: str | None = None,
) -> None:
    """Sum every column of money and units straight from the wide log.

    Args:
        connection: A connection with `unusual_amounts` of `read_columns`.
        target: Temporary table to make: source_file, stored_name, filled, unusual, not_understood,
            total.
        log: Name of the wide log in SQL.
        columns: Columns of it; those of other roles are passed over.
        commas: Where a comma stands before the decimals.
        only_rows: Table with the only rows to sum; None for all.
    """
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {target} (source_file VARCHAR, stored_name VARCHAR, filled BIGINT, "
        "unusual BIGINT, not_understood BIGINT, total DECIMAL(38, 4))"
    )
    stored = {(column.source_file, column.role): column.stored_name for column in columns}
    sources: dict[tuple[str, str | None, str | None], list[str]] = defaultdict(list)
    for column in columns:
        if column.role in AMOUNTS:
            times = stored[column.source_file, "quantity"] if column.role == "unit_price" else None
            money, price, quantity = (
                stored.get((column.source_file, role)) for role in ("money", PRICE_OF_MISSING_MONEY, "quantity")
            )
            counts = {"money": _price_times_quantity, "quantity": _money_by_price}.get(column.role)
            instead = None if counts is None else counts(money, price, quantity, commas)
            sources[(column.stored_name, times, instead)].append(column.source_file)
    all_sources = {column.source_file for column in columns}
    values = [
        {
            "stored_name": stored_name,
            "written": _written_of(stored_name, instead, held_by, commas, everywhere=len(held_by) == len(all_sources)),
            "comma": with_comma(commas, stored_name),
            "times": None if times is None else f"CAST(log.{sql_name(times)} AS VARCHAR)",
            "times_comma": with_comma(commas, times),
        }
        for (stored_name, times, instead), held_by in sources.items()
    ]
    for batch in batches(values):
        connection.execute(
            statement(
                __package__,
                "column_totals.sql",
                target=target,
                log=log,
                columns=batch,
                has_times=any(times is not None for _, times, _ in sources),
                only_rows=only_rows,
            )
        )
