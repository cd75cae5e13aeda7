"""Tables of the warehouse as tables to export, read by DuckDB in chunks in the order of their keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.foundation.publishing.exports.export_tables import ExportColumn, ExportTable, ForeignKey
from synthdeal_assets.foundation.warehouse.tables import Table

ROWS_AT_ONCE: Final = 65_536


def warehouse_table(connection: duckdb.DuckDBPyConnection, table: Table) -> ExportTable:
    """A table that has been made, with its comments and keys; it can be read while the connection is open.

    Args:
        connection: A connection to the warehouse.
        table: The table. The columns are those it has there: a sales log has those of its source beside the described.
    """
    described = {column.name: column for column in table.columns}
    there = connection.execute(f"SELECT * FROM {table.qualified_name} LIMIT 0").pl().schema

    def chunks() -> Iterator[pl.DataFrame]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table.qualified_name} ORDER BY {', '.join(table.primary_key)}")
            for batch in cursor.to_arrow_reader(ROWS_AT_ONCE):
                yield pl.DataFrame(batch)

    return ExportTable(
        name=table.name,
        schema=table.schema,
        columns=tuple(
            ExportColumn(name, kind, described[name].comment, required=not described[name].nullable)
            if name in described
            else ExportColumn(name, kind)
            for name, kind in there.items()
        ),
        chunks=chunks,
        key=table.primary_key,
        references=tuple(
            ForeignKey((column.name,), target, (name,))
            for column in table.columns
            if column.references is not None and column.name in there
            for target, _, name in [column.references.rpartition(".")]
        ),
        comment=table.comment,
    )
