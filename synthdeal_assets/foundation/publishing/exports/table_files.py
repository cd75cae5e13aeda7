"""Tables of the warehouse as CSV and Parquet, written by DuckDB.

Which table goes where is decided on the command line, and there the file is written aside.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.publishing.exports.spreadsheets import disarmed_sql, without_formulas_in
from synthdeal_assets.foundation.warehouse.statements import sql_name
from synthdeal_assets.foundation.warehouse.tables import Table


def write_table(
    connection: duckdb.DuckDBPyConnection, table: Table, path: Path, *, file_format: str, plain: bool = False
) -> int:
    """Write a table that has been made to a file, in the order of its primary key.

    Args:
        connection: A connection to the warehouse.
        table: The table.
        path: File to write.
        file_format: "csv" or "parquet".
        plain: Whether text that a spreadsheet would run as a formula stays as it is in CSV.

    Returns:
        How many rows it has.

    Raises:
        SynthDealError: The file cannot be written.
    """
    # A sales log has the columns of its source beside those described, under names of strangers.
    there = connection.execute(f"DESCRIBE {table.qualified_name}").fetchall()
    columns = "*"
    if file_format == "csv" and not plain:
        columns = ", ".join(
            f"{disarmed_sql(sql_name(name)) if kind == 'VARCHAR' else sql_name(name)} AS {sql_name(header)}"
            for (name, kind, *_), header in zip(there, without_formulas_in([row[0] for row in there]), strict=True)
        )
    rows = connection.sql(f"SELECT {columns} FROM {table.qualified_name} ORDER BY {', '.join(table.primary_key)}")
    try:
        if file_format == "csv":
            rows.write_csv(str(path), header=True)
        else:
            rows.write_parquet(str(path))
    except duckdb.Error as error:
        raise cannot_write(path, error) from error
    counted = connection.execute(f"SELECT count(*) FROM {table.qualified_name}").fetchone()
    return int(counted[0]) if counted else 0


def cannot_write(path: Path, error: Exception) -> SynthDealError:
    """The sentence for a file that cannot be written."""
    reason = str(error).splitlines()[0].rstrip(".")
    return SynthDealError(
        f"The export cannot be written to {path.parent.absolute()} ({reason}): choose another place to write to.",
        code="export.cannot-write",
    )
