"""Whether every cent and every unit of the wide log is in the transactions or among the rejected rows.

Counted twice in ways that share nothing but how one amount is read: column by column in the wide log, and row by row in
the tables that were made from it.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import polars as pl

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import query_frame
from synthdeal_assets.sales.amount_macros import register_amount_macros
from synthdeal_assets.sales.etl.cells import read_columns, sum_columns
from synthdeal_assets.sales.etl.wide_log import LogColumn
from synthdeal_assets.sales.tables import (
    DECIMAL_COMMA,
    FACT_TRANSACTIONS,
    LOG_COLUMNS,
    LOG_FILES,
    REJECTED_ROWS,
    SALES_LOG,
    SALES_TABLES,
)


def stored_differences(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Where the stored sales tables disagree, all amounts read anew from `sales.sales_log`.

    Returns:
        source_file, product, kind (money, quantity, rows), in_log, in_transactions_and_rejected; no rows when all is
        well. Product is '' for a long log.
    """
    register_amount_macros(connection)
    types = {name: kind for name, kind, *_ in connection.execute(f"DESCRIBE {SALES_LOG.qualified_name}").fetchall()}
    stored = connection.execute(
        "SELECT source_file, column_name, stored_name, column_role, decimal_mark FROM sales.log_columns ORDER BY ALL"
    ).fetchall()
    gone = [name for _, _, name, _, _ in stored if name not in types]
    if gone:
        return pl.DataFrame({"column that sales.sales_log has no more": gone})
    columns = [
        LogColumn(source_file, name, stored_name, types[stored_name], role)
        for source_file, name, stored_name, role, _ in stored
    ]
    commas = {(source_file, name) for source_file, _, name, _, mark in stored if mark == DECIMAL_COMMA}
    log = SALES_LOG.qualified_name
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE rejected_log_rows AS SELECT source_file, source_row FROM sales.rejected_rows "
        "WHERE column_name = ''"
    )
    has_rejected = connection.execute("SELECT count(*) FROM rejected_log_rows").fetchall()[0][0] > 0
    read_columns(connection, log=log, columns=columns, commas=commas)
    sum_columns(
        connection,
        target="rejected_totals",
        log=log,
        columns=columns if has_rejected else (),
        commas=commas,
        only_rows="rejected_log_rows",
    )
    return _differences(connection, {table: table for table in SALES_TABLES})


def require_equal_totals(connection: duckdb.DuckDBPyConnection, tables: Mapping[Table, Table]) -> None:
    """Compare the tables that were just made with the sums of the columns they were made from.

    Args:
        connection: A connection with `column_totals` and `rejected_totals` of `cells.sum_columns`.
        tables: For each table of the room the one that was made.

    Raises:
        RuntimeError: They differ, which is a defect of SynthDeal.
    """
    different = _differences(connection, tables)
    if different.height:
        raise RuntimeError(
            f"the sales log and what was made from it differ in {different.height} sums, so nothing was changed; the "
            f"first: {different.row(0, named=True)}"
        )


def _differences(connection: duckdb.DuckDBPyConnection, tables: Mapping[Table, Table]) -> pl.DataFrame:
    names = {
        "log": SALES_LOG,
        "fact": FACT_TRANSACTIONS,
        "rejected": REJECTED_ROWS,
        "log_columns": LOG_COLUMNS,
        "log_files": LOG_FILES,
    }
    return query_frame(
        connection,
        statement(
            __package__,
            "total_differences.sql",
            **{name: tables[table].qualified_name for name, table in names.items()},
        ),
    )
