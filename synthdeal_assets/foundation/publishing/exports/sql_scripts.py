"""Tables as an SQL script: tables, rows, then keys. Rows become text a chunk at a time."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, ClassVar, Final, Literal

import polars as pl
from pydantic import Field

from synthdeal_assets.foundation.publishing.exports.databases import DIALECTS
from synthdeal_assets.foundation.publishing.exports.export_tables import ExportTable, ForeignKey
from synthdeal_assets.foundation.publishing.exports.exporter import Exporter
from synthdeal_assets.foundation.publishing.exports.sql_dialects import Extents, LeftOut, SqlDialect, extents_of
from synthdeal_assets.foundation.publishing.exports.values import (
    refuse_non_finite,
    refuse_rows,
    require_single_values,
)

MAX_STATEMENT_ROWS: Final = 5_000
MAX_STATEMENT_BYTES: Final = 2**21
"""What servers take of a statement by default is at least some megabytes."""
NUMBER_BYTES: Final = 20
"""What a number takes, with its comma, or the quotes of a text."""
NEXT_ROW: Final = "),\n("

Database = Literal["postgresql", "sqlite", "duckdb", "mysql"]


class SqlScript(Exporter):
    """An SQL script that makes tables, rows and keys, in one transaction where the database can."""

    suffix: ClassVar[str] = "sql"
    media_type: ClassVar[str] = "application/sql"
    takes_all_tables: ClassVar[bool] = True
    is_text: ClassVar[bool] = True

    dialect: Database = Field(
        default="postgresql", description="Database it is for: postgresql, sqlite, duckdb or mysql."
    )

    def write(self, tables: Sequence[ExportTable], path: Path) -> list[str]:
        """Write the tables.

        Returns:
            A sentence for each reason why foreign keys are left out, and for each column whose numbers are text.

        Raises:
            SynthDealError: A name, type or value is none for the database.
            OSError: The file cannot be written.
        """
        dialect = DIALECTS[self.dialect]
        order, notices = prepared(tables, dialect)
        made = {table.label: table for table in order}
        extents = {table.label: extents_of(table, dialect.measured(table)) for table in order}
        notices += [notice for table in order for notice in dialect.notices(table, extents[table.label])]
        creates = [statement for table in order for statement in dialect.create(table, made, extents[table.label])]
        keys = [statement for table in order for statement in dialect.keys(table)]
        foreign_keys = [statement for table in order for statement in dialect.foreign_keys(table, made)]
        with path.open("wb") as file:
            _write_statements(file, [*dialect.head, *dialect.schemas(order), *creates, *dialect.before_rows])
            for table in order:
                _write_rows(file, table, dialect, extents[table.label])
            _write_statements(file, [*dialect.after_rows, *keys, *foreign_keys, *dialect.tail])
        return notices


def prepared(tables: Sequence[ExportTable], dialect: SqlDialect) -> tuple[list[ExportTable], list[str]]:
    """The tables as a database takes them.

    Returns:
        The tables in the order in which they are made, with the foreign keys that the database can have, and a sentence
        for each reason why others are left out.

    Raises:
        SynthDealError: A name or type is none for the database.
    """
    require_single_values(tables, "SQL")
    dialect.require_names(tables)
    there = {table.label: table for table in tables}
    possible: list[ExportTable] = []
    left_out: LeftOut = {}
    for table in tables:
        reasons = {reference: _why_not(reference, there) for reference in table.references}
        for reference, reason in reasons.items():
            if reason is not None:
                left_out.setdefault(reason, []).append((table, reference))
        kept = tuple(reference for reference, reason in reasons.items() if reason is None)
        possible.append(dataclasses.replace(table, references=kept))
    order, not_there = dialect.in_order(possible)
    return order, [
        f"Foreign keys are left out, because {reason}: "
        f"{'; '.join(_named(table, reference) for table, reference in keys)}."
        for reason, keys in {**left_out, **not_there}.items()
    ]


def _named(table: ExportTable, reference: ForeignKey) -> str:
    return f"{table.label} ({', '.join(reference.columns)})"


def _why_not(reference: ForeignKey, tables: dict[str, ExportTable]) -> str | None:
    if reference.table not in tables:
        return "the tables they lead to are not exported with them"
    target = tables[reference.table]
    if reference.target not in (target.key, *target.unique):
        return "what they lead to is no key"
    return None


def _write_statements(file: BinaryIO, statements: Sequence[str]) -> None:
    file.write("".join(f"{statement}\n" for statement in statements).encode())


def _write_rows(file: BinaryIO, table: ExportTable, dialect: SqlDialect, extents: Extents) -> None:
    values = [dialect.value(table, column, extents).alias(column.name) for column in table.columns]
    names = dialect.identifiers(column.name for column in table.columns)
    begin = f"INSERT INTO {dialect.table_name(table)} {names} VALUES\n(".encode()
    for first, chunk in table.numbered_chunks():
        if not dialect.holds_non_finite:
            refuse_non_finite(table, first, chunk, dialect.title)
        cells = chunk.select(values)
        at_once = max(1, min(MAX_STATEMENT_ROWS, MAX_STATEMENT_BYTES // _longest_row(cells)))
        for start in range(0, cells.height, at_once):
            part = cells[start : start + at_once]
            rows = _rows(part)
            if b"\0" in rows:
                _refuse_nul(table, first + start, part)
            if b"\r" in rows and dialect.carriage_return is not None:
                rows = _rows_without_returns(part, dialect.carriage_return)
            file.writelines((begin, rows, b");\n"))


def _longest_row(cells: pl.DataFrame) -> int:
    """About how many bytes the longest row takes."""
    longest = cells.select(pl.col(pl.String).str.len_bytes().max().fill_null(0))
    return sum(int(column.item()) for column in longest) + NUMBER_BYTES * cells.width


def _rows(cells: pl.DataFrame) -> bytes:
    """The rows of a statement without its first and last bracket: literals of SQL are quoted as cells of CSV are."""
    buffer = BytesIO()
    cells.write_csv(
        buffer,
        include_header=False,
        quote_char="'",
        quote_style="non_numeric",
        null_value="NULL",
        line_terminator=NEXT_ROW,
    )
    return buffer.getvalue()[: -len(NEXT_ROW)]


def _rows_without_returns(cells: pl.DataFrame, carriage_return: str) -> bytes:
    """The same with something else in place of each carriage return."""
    literals = [_literal(name, kind, carriage_return) for name, kind in cells.schema.items()]
    return NEXT_ROW.join(cells.select(pl.concat_str(literals, separator=",")).to_series()).encode()


def _literal(name: str, kind: pl.DataType, carriage_return: str) -> pl.Expr:
    if not isinstance(kind, pl.String):
        return pl.col(name).cast(pl.String).fill_null("NULL")
    doubled = pl.col(name).str.replace_all("'", "''", literal=True)
    escaped = doubled.str.replace_all("\r", carriage_return, literal=True)
    return pl.concat_str([pl.lit("'"), escaped, pl.lit("'")]).fill_null("NULL").alias(name)


def _refuse_nul(table: ExportTable, first: int, cells: pl.DataFrame) -> None:
    for name, kind in cells.schema.items():
        if isinstance(kind, pl.String):
            has_nul = pl.col(name).str.contains("\0", literal=True)
            refuse_rows(table, first, cells, name, has_nul, value="the character U+0000", what="an SQL script")
