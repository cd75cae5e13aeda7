"""Tables as a file of DuckDB or SQLite, with keys and comments."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import ClassVar

import duckdb
import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.publishing.exports.databases import DuckDb, Sqlite, flat_name
from synthdeal_assets.foundation.publishing.exports.export_tables import ExportColumn, ExportTable
from synthdeal_assets.foundation.publishing.exports.exporter import Exporter
from synthdeal_assets.foundation.publishing.exports.sql_dialects import Extents, extents_of
from synthdeal_assets.foundation.publishing.exports.sql_scripts import prepared
from synthdeal_assets.foundation.publishing.exports.values import refuse_non_finite, time_as_text


class DuckDbFile(Exporter):
    """A file of DuckDB."""

    suffix: ClassVar[str] = "duckdb"
    media_type: ClassVar[str] = "application/vnd.duckdb"
    takes_all_tables: ClassVar[bool] = True

    def write(self, tables: Sequence[ExportTable], path: Path) -> list[str]:
        """Write the tables.

        Returns:
            A sentence for each reason why foreign keys are left out.

        Raises:
            SynthDealError: A name or type is none for DuckDB, or rows break a key.
            OSError: The file cannot be written.
        """
        dialect = DuckDb()
        order, notices = prepared(tables, dialect)
        made = {table.label: table for table in order}
        try:
            with _opened(path) as connection:
                _execute(connection, "SET enable_progress_bar = false", *dialect.schemas(order))
                for table in order:
                    _execute(connection, *dialect.create(table, made, {}))
                    insert = f"INSERT INTO {dialect.table_name(table)} SELECT * FROM exported_rows"
                    for _, chunk in table.numbered_chunks():
                        connection.register("exported_rows", chunk)
                        _execute(connection, insert, table=table)
                        connection.unregister("exported_rows")
                # Closing does it too, and says nothing when it fails.
                _execute(connection, "FORCE CHECKPOINT")
        finally:
            path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
        return notices

    def dialects(self, tables: Sequence[ExportTable]) -> list[dict[str, object]]:
        """The name of each table."""
        return [{"table": table.label} for table in tables]


class SqliteFile(Exporter):
    """A file of SQLite. Numbers that SQLite would round are text."""

    suffix: ClassVar[str] = "sqlite"
    media_type: ClassVar[str] = "application/vnd.sqlite3"
    takes_all_tables: ClassVar[bool] = True

    def write(self, tables: Sequence[ExportTable], path: Path) -> list[str]:
        """Write the tables.

        Returns:
            A sentence for each reason why foreign keys are left out, and for each column whose numbers are text.

        Raises:
            SynthDealError: A name, type or value is none for SQLite, or rows break a key.
            OSError: The file cannot be written.
        """
        dialect = Sqlite()
        order, notices = prepared(tables, dialect)
        made = {table.label: table for table in order}
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            try:
                # The file is beside its place, and of no use before it is whole.
                connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;")
                for table in order:
                    extents = extents_of(table, dialect.measured(table))
                    (create,) = dialect.create(table, made, extents)
                    connection.execute(create)
                    notices += dialect.notices(table, extents)
                    _insert(connection, dialect, table, extents)
                connection.execute("COMMIT")
                broken = connection.execute("PRAGMA foreign_key_check").fetchone()
            except sqlite3.DatabaseError as error:
                raise OSError(str(error)) from error
        if broken is not None:
            raise SynthDealError(
                f"Row {broken[1]:,} of {broken[0]} refers to a row that {broken[2]} does not have, which a foreign key "
                "forbids: correct the rows, or choose another format.",
                code="export.broken-reference",
            )
        return notices

    def dialects(self, tables: Sequence[ExportTable]) -> list[dict[str, object]]:
        """The name of each table."""
        return [{"table": flat_name(table)} for table in tables]


def _insert(connection: sqlite3.Connection, dialect: Sqlite, table: ExportTable, extents: Extents) -> None:
    values = [_as_stored(column, as_text=dialect.holds_as_text(table, column, extents)) for column in table.columns]
    places = ", ".join("?" * len(values))
    insert = f"INSERT INTO {dialect.table_name(table)} VALUES ({places})"
    for first, chunk in table.numbered_chunks():
        refuse_non_finite(table, first, chunk, dialect.title)
        try:
            connection.executemany(insert, chunk.select(values).iter_rows())
        except sqlite3.IntegrityError as error:
            raise _broken_key(table, error) from error


def _as_stored(column: ExportColumn, *, as_text: bool) -> pl.Expr:
    kind, value = column.exported_type, pl.col(column.name)
    if as_text:
        return value.cast(pl.String)
    if isinstance(kind, pl.Decimal):
        return value.cast(pl.Float64)
    if isinstance(kind, pl.Date | pl.Time | pl.Datetime):
        return time_as_text(column.name, kind)
    return value


def _opened(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path))
    except duckdb.Error as error:
        raise OSError(str(error)) from error


def _execute(connection: duckdb.DuckDBPyConnection, *statements: str, table: ExportTable | None = None) -> None:
    try:
        for statement in statements:
            connection.execute(statement)
    except duckdb.ConstraintException as error:
        if table is not None:
            raise _broken_key(table, error) from error
        raise
    except (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException) as error:
        raise OSError(str(error)) from error


def _broken_key(table: ExportTable, error: Exception) -> SynthDealError:
    reason = str(error).splitlines()[0].rstrip(".")
    return SynthDealError(
        f"The rows of {table.label} break one of its keys ({reason}): correct them, or choose another format.",
        code="export.broken-key",
    )
