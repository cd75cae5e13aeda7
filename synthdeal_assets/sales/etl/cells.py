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
                    None if pair.price is None or pair.quantity is None else (pair.price, pair.quantity),
                    pair.sources,
                    commas,
                    everywhere=len(pair.sources) == len(wide.sources),
                ),
                "quantity": _text_of(pair.quantity, pair.sources, everywhere=len(pair.sources) == len(wide.sources)),
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
    stored_name: str | None, instead: tuple[str, str] | None, sources: Sequence[str], commas: Marks, *, everywhere: bool
) -> str:
    """What stands in a column of money, or the price and the quantity that count where it is no amount, in SQL."""
    money = _text_of(stored_name, sources, everywhere=everywhere)
    if instead is None:
        return money
    return _or_price_times_quantity(money, *instead, with_comma(commas, stored_name), commas)


def _or_price_times_quantity(money: str, price: str, quantity: str, money_comma: str, commas: Marks) -> str:
    """A text of money, or, where it is no amount, what the price comes to, written with the same mark; in SQL."""
    figures = " * ".join(
        f"figure_of(CAST(log.{sql_name(name)} AS VARCHAR), {with_comma(commas, name)})" for name in (price, quantity)
    )
    product = f"CAST(TRY_CAST(round({figures}, 4) AS DECIMAL(18, 4)) AS VARCHAR)"
    marked = f"CASE WHEN {money_comma} THEN replace({product}, '.', ',') ELSE {product} END"
    is_amount = f"usual_amount({money}, {money_comma}) IS NOT NULL OR figure_of({money}, {money_comma}) IS NOT NULL"
    return f"CASE WHEN {is_amount} THEN {money} ELSE coalesce({marked}, {money}) END"


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
    counted = {column.source_file: column.stored_name for column in columns if column.role == "quantity"}
    prices = {column.source_file: column.stored_name for column in columns if column.role == PRICE_OF_MISSING_MONEY}
    sources: dict[tuple[str, str | None, tuple[str, str] | None], list[str]] = defaultdict(list)
    for column in columns:
        if column.role in AMOUNTS:
            times = counted[column.source_file] if column.role == "unit_price" else None
            price = prices.get(column.source_file) if column.role == "money" else None
            instead = None if price is None else (price, counted[column.source_file])
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
