"""What is told of a log: its products, its sources, its columns and its customers.

What its rows become belongs in `transactions.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.warehouse import insert, registered, table_exists
from synthdeal_assets.sales.column_names import in_words
from synthdeal_assets.sales.etl.cells import AMOUNTS, batches
from synthdeal_assets.sales.etl.decimal_marks import MarkReading
from synthdeal_assets.sales.etl.gathered_log import GatheredLog
from synthdeal_assets.sales.etl.order_dates import DateReading
from synthdeal_assets.sales.etl.row_keys import KeyReading
from synthdeal_assets.sales.etl.wide_log import PRICE_OF_MISSING_MONEY
from synthdeal_assets.sales.sources.sales_log import StagedSource
from synthdeal_assets.sales.tables import (
    CUSTOMERS,
    DECIMAL_COMMA,
    DECIMAL_POINT,
    LOG_COLUMNS,
    PRODUCT_MAP,
    RESERVED_DIVISION,
)
from synthdeal_assets.world.tables import ACCOUNTS

NO_PRODUCT: Final = "(no product)"
"""Stands for the product of a line of a long log that names none."""

_PROPOSED: Final = (
    "SynthDeal proposed its product map from the header; `synthdeal whitespace init` shows what was understood and "
    "what is doubtful."
)


def describe_products(log: GatheredLog) -> tuple[str, ...]:
    """Fill the table of products.

    Leaves, of a long log, the temporary table `long_products` of `_products_of_long_log`.

    Returns:
        What a reader must know, in sentences.

    Raises:
        SynthDealError: A division has the name that stands for all of them.
    """
    rows, caveats = log.product_map.rows(is_proposed=log.is_proposed), tuple[str, ...]()
    if log.is_long:
        rows, caveats = _products_of_long_log(log)
    if any(str(row["division"]).casefold() == RESERVED_DIVISION for row in rows):
        raise SynthDealError(
            f"A division of the sales log is called {RESERVED_DIVISION!r}, the name that SynthDeal uses for all "
            "divisions together: give it another name.",
            code="sales-log.reserved-division",
        )
    insert(
        log.connection,
        log.incoming[PRODUCT_MAP],
        pl.DataFrame(rows, schema=PRODUCT_MAP.polars_schema, orient="row"),
    )
    return caveats


def _products_of_long_log(log: GatheredLog) -> tuple[list[dict[str, object]], tuple[str, ...]]:
    """The products that the lines name, as rows of the table of products, and caveats.

    Leaves the temporary table `long_products` (raw_product, raw_division, product, division): one row for each
    spelling.
    """
    division = log.roles["division"] or "CAST(NULL AS VARCHAR)"
    found = log.connection.execute(
        f"SELECT coalesce({log.roles['product']}, '') AS raw_product, coalesce({division}, '') AS raw_division, "
        f"none_if_blank(raw_product), none_if_blank(raw_division), count(*) FROM {log.wide.table} AS log "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    described = []
    divisions: dict[str, dict[str, int]] = {}
    for raw_product, raw_division, named, division_named, count in found:
        product = named or NO_PRODUCT
        belongs_to = division_named or log.product_map.division_of(product)
        described.append((raw_product, raw_division, product, belongs_to))
        counts = divisions.setdefault(product, {})
        counts[belongs_to] = counts.get(belongs_to, 0) + count
    frame = pl.DataFrame(
        described,
        schema=dict.fromkeys(("raw_product", "raw_division", "product", "division"), pl.String()),
        orient="row",
    )
    with registered(log.connection, incoming_products=frame):
        log.connection.execute("CREATE OR REPLACE TEMP TABLE long_products AS SELECT * FROM incoming_products")
    pair = log.wide.pairs[0]
    names = {column.stored_name: column.name for column in reversed(log.wide.columns)}
    rows: list[dict[str, object]] = [
        {
            "product": product,
            "division": max(sorted(counts), key=lambda name: counts[name]),
            "money_column": names.get(pair.money or ""),
            "quantity_column": names.get(pair.quantity or ""),
            "is_proposed": log.is_proposed,
        }
        for product, counts in sorted(divisions.items())
    ]
    several = sum(len(counts) > 1 for counts in divisions.values())
    if not several:
        return rows, ()
    caveat = (
        f"{several:,} {'product appears' if several == 1 else 'products appear'} under several divisions in the "
        "log: each sale counts for the division in its row."
    )
    return rows, (caveat,)


def describe_sources(log: GatheredLog, keys: KeyReading, marks: MarkReading, caveats: Sequence[str]) -> None:
    """Fill the table of sources.

    Needs the transactions.

    Args:
        log: The log.
        keys: How ids and dates were read.
        marks: Which marks stand before the decimals.
        caveats: What a reader must know of the whole log, in sentences; it stands with the first source.
    """
    rows = []
    for position, source in enumerate(log.wide.sources):
        reading = keys.dates.get(source.source_file, DateReading("none", ()))
        said = _said_of(log, source, reading, keys, marks)
        told = [f"{source.source_file}: {' '.join(said)}"] if said else []
        if position == 0:
            told = [*([_PROPOSED] if log.is_proposed else []), *caveats, *told]
        rows.append(
            {
                "position": position,
                "source_file": source.source_file,
                "source_role": source.role,
                "source_kind": source.kind,
                "encoding": source.encoding,
                "row_count": source.row_count,
                "column_count": len(source.columns),
                "date_formats": reading.formats,
                "fingerprint": source.fingerprint,
                "caveats": " ".join(told) or None,
            }
        )
    described = pl.DataFrame(rows, schema_overrides={"encoding": pl.String(), "caveats": pl.String()})
    with registered(log.connection, described_files=described):
        log.run("log_files")


def _said_of(
    log: GatheredLog, source: StagedSource, reading: DateReading, keys: KeyReading, marks: MarkReading
) -> list[str]:
    """What a reader must know of one source, in sentences."""
    name = source.source_file
    said = [_sentence(caveat) for caveat in (*source.caveats, *reading.caveats)]
    said += [caveat for where, caveat in keys.far_dates if where == name]
    if missing := log.wide.resolved[name].missing_products:
        said.append(f"It has no column of {in_words(missing)}.")
    if unknown := log.wide.resolved[name].unknown:
        said.append(f"Its columns {in_words(unknown)} are not used: the product map does not mention them.")
    if commas := [column for where, column in marks.commas if where == name]:
        said.append(f"The decimal mark is a comma in {in_words(sorted(commas))}.")
    return [*said, *(_sentence(reason) for reason in marks.said.get(name, ()))]


def describe_columns(log: GatheredLog, marks: MarkReading) -> None:
    """Fill the table of columns.

    Needs `column_totals` of `cells.read_columns`.

    Args:
        log: The log.
        marks: Which marks stand before the decimals.
    """
    counts = _counts_by_column(log)
    rows = [
        {
            "source_file": column.source_file,
            "column_name": column.name,
            "stored_name": column.stored_name,
            "column_role": column.role,
            "product": column.product,
            "division": column.division,
            "decimal_mark": _mark_of(column.source_file, column.stored_name, column.role, marks),
            "non_empty": counts.get((column.source_file, column.stored_name), 0),
        }
        for column in log.wide.columns
    ]
    insert(log.connection, log.incoming[LOG_COLUMNS], pl.DataFrame(rows, schema=LOG_COLUMNS.polars_schema))


def _mark_of(source_file: str, stored_name: str, role: str, marks: MarkReading) -> str | None:
    if role not in (*AMOUNTS, PRICE_OF_MISSING_MONEY):
        return None
    return DECIMAL_COMMA if (source_file, stored_name) in marks.commas else DECIMAL_POINT


def _counts_by_column(log: GatheredLog) -> dict[tuple[str, str], int]:
    """Rows of each source in which a column is not blank; those of amounts have been counted before."""
    counts = {
        (source, name): count
        for source, name, count in log.connection.execute(
            "SELECT source_file, stored_name, filled FROM column_totals"
        ).fetchall()
    }
    # What counts in place of missing money or units was counted with them.
    filled_up = any(pair.price is not None for pair in log.wide.pairs)
    others = dict.fromkeys(
        column.stored_name
        for column in log.wide.columns
        if column.role not in AMOUNTS or (filled_up and column.role in ("money", "quantity"))
    )
    for batch in batches([(name, log.wide.types[name]) for name in others]):
        for source, _, *filled in log.run("column_counts", columns=batch).fetchall():
            for (name, _), count in zip(batch, filled, strict=True):
                counts[(source, name)] = count
    return counts


def describe_customers(log: GatheredLog, *, rows_are_rejected: bool) -> None:
    """Fill the table of customers.

    Needs the transactions, `log_sources`, `ids`, `dates` and `bad_rows`.

    Args:
        log: The log.
        rows_are_rejected: Whether there are any in `bad_rows`.
    """
    named = {"name": log.roles["customer_name"], "rep": log.roles["rep"], "branch": log.roles["branch"]}
    log.run(
        "customers",
        customers=log.incoming[CUSTOMERS].qualified_name,
        named={column: expression for column, expression in named.items() if expression is not None},
        accounts=ACCOUNTS.qualified_name if table_exists(log.connection, ACCOUNTS) else None,
        rows_are_rejected=rows_are_rejected,
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
