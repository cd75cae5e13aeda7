"""The exported files of a dataset as views of DuckDB: declared columns of declared kinds, whatever the format.

`main.TABLE` holds the rows as they are promised: where `_blemishes` says what was made dirty on purpose, the clean
values stand there again and duplicates are left out. `files.TABLE` holds the rows as they are in the file. Both have
the position in the file as `#row`, and beside each field what of its cells does not fit as `#misfit FIELD`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from synthdeal_assets.datasets.certificate.cells import MISFIT, cell, stored_type
from synthdeal_assets.datasets.certificate.clean_views import (
    COLUMNS,
    create_clean_view,
    is_dirty,
    load_blemishes,
)
from synthdeal_assets.datasets.certificate.promises import ROW, time_zone
from synthdeal_assets.datasets.certificate.readers import (
    FILE_ROW,
    CsvDialect,
    as_meant,
    dialects_in,
    files_in,
    in_utf_8,
    reader,
)
from synthdeal_assets.datasets.spec.dataset import BLEMISHES, Dataset, ResolvedTable
from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.foundation.disk_room import says_no_room
from synthdeal_assets.foundation.warehouse.statements import sql_name

READ: Final = ("parquet", "csv", "jsonl", "ndjson", "json")
"""Extensions of files that are recounted, the first one first where a table has several."""


@dataclass
class OpenedFiles:
    """What was found in a folder.

    Attributes:
        problems: Table and sentence of each file or column that is missing, not declared or unreadable.
        lacking: Tables and fields that promises cannot be counted without: (table, None) for a whole table.
    """

    problems: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    lacking: set[tuple[str, str | None]] = dataclasses.field(default_factory=set)


def formats_in(folder: Path, dataset: Dataset) -> tuple[str, ...]:
    """The extensions in which any table of a dataset lies in a folder, of `READ`."""
    named = files_in(folder)
    return tuple(
        each
        for each in READ
        if any((folder / named.get((table, each), f"{table}.{each}")).is_file() for table in dataset.tables)
    )


def open_files(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, folder: Path, extension: str, scratch: Path
) -> OpenedFiles:
    """Make the views of all tables.

    Args:
        connection: An empty database.
        dataset: Its tables.
        folder: Where the files lie.
        extension: Which of them, of `READ`.
        scratch: A folder for copies of files that DuckDB cannot read.
    """
    return _Opening(connection, dataset, folder, extension, scratch).opened()


class _Opening:
    """The files of one folder on their way to views."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, dataset: Dataset, folder: Path, extension: str, scratch: Path
    ) -> None:
        self._connection, self._dataset, self._scratch = connection, dataset, scratch
        self._folder, self._extension = folder, extension
        self._named = files_in(folder)
        self._opened = OpenedFiles()
        self._dialects: Mapping[str, CsvDialect] = {}

    def opened(self) -> OpenedFiles:
        """The views, and what was found."""
        self._connection.execute("CREATE SCHEMA files")
        if self._extension in {"csv", "json"}:
            try:
                self._dialects = dialects_in(self._folder)
            except ValueError as error:
                self._opened.problems.append((BLEMISHES, f"{error}: it was passed over."))
        if is_dirty(self._dataset):
            self._open_blemishes()
        for table in self._dataset.tables.values():
            self._open(table)
        return self._opened

    def _open_blemishes(self) -> None:
        path = self._folder / f"{BLEMISHES}.{self._extension}"
        problem = None
        if not path.is_file():
            problem = f"There is no file {path.name}."
        else:
            try:
                load_blemishes(self._connection, self._reading(path, COLUMNS)[1], meant=self._meant)
            except (duckdb.Error, OSError, UnicodeDecodeError) as error:
                if _is_no_fault_of_the_file(error):
                    raise
                problem = f"{path.name} cannot be read: {str(error).splitlines()[0]}"
        if problem is not None:
            self._opened.problems.append((BLEMISHES, problem))
            load_blemishes(self._connection, None, meant=self._meant)

    def _open(self, table: ResolvedTable) -> None:
        usual = f"{table.name}.{self._extension}"
        path = self._folder / self._named.get((table.name, self._extension), usual)
        if not path.is_file():
            self._opened.problems.append((table.name, f"There is no file {path.name}."))
            self._lacks_all(table)
            return
        try:
            physical, reading = self._reading(path, [*table.fields])
            self._name_columns(table, path, physical)
            self._create(table, physical, reading)
        except (duckdb.Error, OSError, UnicodeDecodeError) as error:
            if _is_no_fault_of_the_file(error):
                raise
            reason = str(error).splitlines()[0]
            self._opened.problems.append((table.name, f"{path.name} cannot be read: {reason}"))
            self._lacks_all(table)
            return
        there = [name for name in table.fields if name in physical]
        create_clean_view(self._connection, self._dataset, table, there)

    def _reading(self, path: Path, declared: Sequence[str]) -> tuple[dict[str, str], str]:
        """The columns of a file with DuckDB's types of them, and SQL that reads them."""
        dialect = self._dialects.get(path.name, CsvDialect())
        file = in_utf_8(path, dialect, self._scratch)
        if dialect.orientation != "records":
            there = [name for (name,) in self._connection.execute(f"FROM {reader(file, dialect)}").fetchall()]
            return dict.fromkeys(there, "VARCHAR"), reader(file, dialect, there)
        described = self._connection.execute(f"DESCRIBE SELECT * FROM {reader(file, dialect)}").fetchall()
        physical = {str(column): str(kind) for column, kind, *_ in described}
        if path.suffix == ".parquet":
            return physical, reader(file, dialect)
        # A file of JSON without a row names no columns, and one of CSV need not.
        named = [*physical] if dialect.header and [*physical] != ["json"] else declared
        if len(named) != len(physical) and not dialect.header and file.stat().st_size:
            raise duckdb.InvalidInputException(f"it has {len(physical)} columns, not {len(named)}")
        return dict.fromkeys(named, "VARCHAR"), reader(file, dialect, named)

    def _create(self, table: ResolvedTable, physical: Mapping[str, str], reading: str) -> None:
        name, typed = sql_name(table.name), self._typed(table, physical, reading)
        if self._extension == "parquet":
            self._connection.execute(f"CREATE VIEW files.{name} AS {typed}")
            return
        # Texts are taken apart once, and not for every promise again.
        loaded = f"files.{sql_name(f'#{table.name}')}"
        self._connection.execute(f"CREATE TABLE {loaded} AS {typed}")
        self._connection.execute(f"CREATE VIEW files.{name} AS SELECT rowid AS {ROW}, * FROM {loaded}")

    def _name_columns(self, table: ResolvedTable, path: Path, physical: Mapping[str, str]) -> None:
        for name in table.fields:
            if name not in physical:
                self._opened.problems.append((table.name, f"{path.name} has no column `{name}`."))
                self._opened.lacking.add((table.name, name))
        for name in physical:
            if name not in table.fields and name != FILE_ROW:
                self._opened.problems.append((table.name, f"{path.name} has a column `{name}`, which is not declared."))

    def _typed(self, table: ResolvedTable, physical: Mapping[str, str], reading: str) -> str:
        """SELECT of the declared columns of a file, each with its misfits; the values are worked out once, inside."""
        inner, outer = [], []
        for name, field in table.fields.items():
            if name not in physical:
                continue
            column, misfit = sql_name(name), sql_name(MISFIT + name)
            written = self._meant(column) if field.kind is Kind.TEXT else column
            found = cell(field, time_zone(self._dataset, field), physical[name], written)
            if found.fits is None:
                inner.append(f"{found.value} AS {column}")
                outer.append(f"{column}, CAST(NULL AS VARCHAR) AS {misfit}")
            else:
                inner.append(f"{column} AS {misfit}, CASE WHEN {found.fits} THEN {found.value} END AS {column}")
                unread = f"CASE WHEN {column} IS NULL THEN CAST({misfit} AS VARCHAR) END"
                outer.append(f"{column}, {unread} AS {misfit}")
        if FILE_ROW in physical:
            inner, outer = [f"{FILE_ROW} AS {ROW}", *inner], [ROW, *outer]
        return f"SELECT {', '.join(outer)}\nFROM (SELECT {', '.join(inner)} FROM {reading})"

    def _lacks_all(self, table: ResolvedTable) -> None:
        """Views without rows, for promises of other tables."""
        self._opened.lacking.add((table.name, None))
        columns = [
            part
            for each in table.fields.values()
            for part in (
                f"CAST(NULL AS {stored_type(each, time_zone(self._dataset, each))}) AS {sql_name(each.name)}",
                f"CAST(NULL AS VARCHAR) AS {sql_name(MISFIT + each.name)}",
            )
        ]
        name = sql_name(table.name)
        for schema in ("files", "main"):
            self._connection.execute(
                f"CREATE OR REPLACE VIEW {schema}.{name} AS\n"
                f"SELECT CAST(0 AS BIGINT) AS {ROW}, {', '.join(columns)} LIMIT 0"
            )

    def _meant(self, column: str) -> str:
        """SQL of a text as it was before it was written."""
        plain = any(each.plain for each in self._dialects.values())
        return as_meant(column) if self._extension == "csv" and not plain else column


def _is_no_fault_of_the_file(error: Exception) -> bool:
    """Whether another file would fail likewise: for want of memory or of room for copies, or by wrong SQL."""
    ours = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException, duckdb.OutOfMemoryException)
    return isinstance(error, ours) or says_no_room(error)
