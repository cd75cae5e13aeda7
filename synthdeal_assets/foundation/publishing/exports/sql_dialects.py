"""What SQL dialects have in common: how they write names, types, literals, tables, keys and comments of an export.

Each of them is in `databases.py`. Which statements a file has, in which order, belongs in `sql_scripts.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.publishing.exports.export_tables import ExportColumn, ExportTable, ForeignKey
from synthdeal_assets.foundation.publishing.exports.values import time_as_text
from synthdeal_assets.foundation.warehouse.statements import sql_literal, sql_name

STANDARD_TYPES: Final[Mapping[type[pl.DataType], str]] = {
    pl.Int8: "SMALLINT",
    pl.Int16: "SMALLINT",
    pl.Int32: "INTEGER",
    pl.Int64: "BIGINT",
    pl.UInt8: "SMALLINT",
    pl.UInt16: "INTEGER",
    pl.UInt32: "BIGINT",
    pl.UInt64: "NUMERIC(20, 0)",
    pl.Int128: "NUMERIC(39, 0)",
    pl.Float32: "REAL",
    pl.Float64: "DOUBLE PRECISION",
    pl.Boolean: "BOOLEAN",
    pl.Date: "DATE",
    pl.Time: "TIME",
}
"""The smallest type of standard SQL that holds every value of a type of Polars."""


@dataclass(frozen=True, slots=True)
class Extent:
    """What the values of a column need.

    Attributes:
        characters: Length of its longest text.
        digits: Significant digits of its longest number.
    """

    characters: int = 0
    digits: int = 0


Extents = Mapping[str, Extent]
"""By name of the column; columns that were not measured are left out."""

LeftOut = dict[str, list[tuple[ExportTable, ForeignKey]]]
"""Foreign keys that a database cannot have, by the reason."""


class SqlDialect(ABC):
    """A database's SQL; what is here is standard, and how DuckDB and PostgreSQL have it."""

    name: ClassVar[str]
    title: ClassVar[str]
    head: ClassVar[tuple[str, ...]] = ("BEGIN;",)
    before_rows: ClassVar[tuple[str, ...]] = ()
    after_rows: ClassVar[tuple[str, ...]] = ()
    tail: ClassVar[tuple[str, ...]] = ("COMMIT;",)
    holds_non_finite: ClassVar[bool] = True
    max_name_bytes: ClassVar[int | None] = None
    carriage_return: ClassVar[str | None] = "'||chr(13)||'"
    """What stands for a carriage return inside a text: clients that read a script line by line take it away. None where
    `value` sees to it."""
    own_types: ClassVar[Mapping[type[pl.DataType], str]] = {}
    """Types where the database has others than STANDARD_TYPES."""

    def identifier(self, name: str) -> str:
        """A name in quotes."""
        return sql_name(name)

    def identifiers(self, names: Iterable[str]) -> str:
        """Names in parentheses."""
        return f"({', '.join(map(self.identifier, names))})"

    def table_name(self, table: ExportTable) -> str:
        """The table in quotes, with its schema."""
        names = [table.name] if table.schema is None else [table.schema, table.name]
        return ".".join(map(self.identifier, names))

    def measured(self, table: ExportTable) -> list[str]:  # noqa: ARG002  # others need the table
        """Columns whose type depends on their values."""
        return []

    @abstractmethod
    def text_type(self, table: ExportTable, column: ExportColumn, extent: Extent) -> str:
        """The type of a column of texts."""

    def type_name(self, table: ExportTable, column: ExportColumn, extents: Extents) -> str:
        """The type of a column."""
        kind = column.exported_type
        if isinstance(kind, pl.String):
            return self.text_type(table, column, extents.get(column.name, Extent()))
        if isinstance(kind, pl.Decimal):
            return f"DECIMAL({kind.precision}, {kind.scale})"
        if isinstance(kind, pl.Datetime):
            return "TIMESTAMP" if kind.time_zone is None else "TIMESTAMP WITH TIME ZONE"
        return {**STANDARD_TYPES, **self.own_types}[type(kind)]

    def value(self, table: ExportTable, column: ExportColumn, extents: Extents) -> pl.Expr:  # noqa: ARG002
        """A column of the table's frames as numbers, or as text that stands in quotes, which are doubled later."""
        kind, value = column.exported_type, pl.col(column.name)
        if isinstance(kind, pl.Date | pl.Time | pl.Datetime):
            return time_as_text(column.name, kind)
        # In quotes, because numbers without them are decimals for these databases, and there is none for NaN.
        return value.cast(pl.String) if kind.is_float() or isinstance(kind, pl.Boolean) else value

    def create(self, table: ExportTable, tables: Mapping[str, ExportTable], extents: Extents) -> list[str]:
        """Statements that make the empty table; `tables` are all by label, in the order in which they are made."""
        definitions = [self.definition(table, column, extents) for column in table.columns]
        lines = ",\n  ".join([*definitions, *self.inline_keys(table, tables)])
        options = self.table_options(table)
        return [f"CREATE TABLE {self.table_name(table)} (\n  {lines}\n){options};", *self.comments(table)]

    def definition(self, table: ExportTable, column: ExportColumn, extents: Extents) -> str:
        """A column as CREATE TABLE has it."""
        never_null = column.required or column.name in table.key
        kind = self.type_name(table, column, extents)
        return f"{self.identifier(column.name)} {kind}{' NOT NULL' if never_null else ''}"

    def table_options(self, table: ExportTable) -> str:  # noqa: ARG002
        """What follows the definition of a table."""
        return ""

    def schemas(self, tables: Iterable[ExportTable]) -> list[str]:
        """Statements that make the schemas."""
        names = dict.fromkeys(table.schema for table in tables if table.schema is not None)
        return [f"CREATE SCHEMA IF NOT EXISTS {self.identifier(name)};" for name in names]

    def comments(self, table: ExportTable) -> list[str]:
        """Statements that give the table and its columns their comments."""
        name = self.table_name(table)
        of_table = [f"COMMENT ON TABLE {name} IS {sql_literal(table.comment)};"] if table.comment else []
        return of_table + [
            f"COMMENT ON COLUMN {name}.{self.identifier(column.name)} IS {sql_literal(column.comment)};"
            for column in table.columns
            if column.comment
        ]

    def inline_keys(self, table: ExportTable, tables: Mapping[str, ExportTable]) -> list[str]:  # noqa: ARG002
        """Keys that must be part of the definition."""
        return []

    def keys(self, table: ExportTable) -> list[str]:
        """Statements that add the keys once the rows are there."""
        name = self.table_name(table)
        primary = [f"ALTER TABLE {name} ADD PRIMARY KEY {self.identifiers(table.key)};"] if table.key else []
        return primary + [f"ALTER TABLE {name} ADD UNIQUE {self.identifiers(columns)};" for columns in table.unique]

    def foreign_keys(self, table: ExportTable, tables: Mapping[str, ExportTable]) -> list[str]:
        """Statements that add the foreign keys, once all tables have their keys."""
        return [
            f"ALTER TABLE {self.table_name(table)} ADD {self.foreign_key(reference, tables[reference.table])};"
            for reference in table.references
        ]

    def foreign_key(self, reference: ForeignKey, target: ExportTable) -> str:
        """The clause of a foreign key."""
        there = f"{self.table_name(target)} {self.identifiers(reference.target)}"
        return f"FOREIGN KEY {self.identifiers(reference.columns)} REFERENCES {there}"

    def own_keys(self, table: ExportTable) -> list[str]:
        """The clauses of its primary key and of what is unique."""
        primary = [f"PRIMARY KEY {self.identifiers(table.key)}"] if table.key else []
        return primary + [f"UNIQUE {self.identifiers(columns)}" for columns in table.unique]

    def in_order(self, tables: Sequence[ExportTable]) -> tuple[list[ExportTable], LeftOut]:
        """The tables in the order in which they are made, and the foreign keys that they cannot have."""
        return list(tables), {}

    def notices(self, table: ExportTable, extents: Extents) -> list[str]:  # noqa: ARG002
        """A sentence for each column whose values are changed."""
        return []

    def require_names(self, tables: Iterable[ExportTable]) -> None:
        """Make sure that the database tells the names apart and takes them as they are.

        Raises:
            SynthDealError: Two differ in case alone, or one is too long.
        """
        taken: set[str] = set()
        for table in tables:
            columns = [column.name for column in table.columns]
            self._require_distinct([self.table_name(table)], taken, "The tables")
            self._require_distinct(columns, set(), f"The columns of {table.label}")
            for name in (table.name, *columns):
                if self.max_name_bytes is not None and len(name.encode()) > self.max_name_bytes:
                    raise SynthDealError(
                        f"The name {name!r} in {table.label} is longer than the {self.max_name_bytes} bytes that "
                        f"{self.title} has for one: shorten it.",
                        code="export.name-too-long",
                    )

    def _require_distinct(self, names: Iterable[str], taken: set[str], what: str) -> None:
        for name in names:
            if name.casefold() in taken:
                raise SynthDealError(
                    f"{what} have two names that {self.title} takes for the same, {name} being one: rename one of "
                    "them.",
                    code="export.names-alike",
                )
            taken.add(name.casefold())


def one_line(text: str) -> str:
    """A comment without line ends."""
    return " ".join(text.split())


def extents_of(table: ExportTable, names: Sequence[str]) -> dict[str, Extent]:
    """Measure columns of texts, whole numbers and decimals; every row is read, unless there is nothing to measure."""
    if not names:
        return {}
    kinds = table.frame_schema
    found = pl.DataFrame([dict.fromkeys(names, 0)])
    for _, chunk in table.numbered_chunks():
        found = found.vstack(chunk.select(_length(name, kinds[name]) for name in names).fill_null(0))
    longest = found.max().row(0, named=True)
    return {
        name: Extent(characters=length) if isinstance(kinds[name], pl.String) else Extent(digits=length)
        for name, length in longest.items()
    }


def _length(name: str, kind: pl.DataType) -> pl.Expr:
    if isinstance(kind, pl.String):
        return pl.col(name).str.len_chars().max().cast(pl.Int64)
    digits = pl.col(name).cast(pl.String).str.replace_all(r"[-.]", "").str.strip_chars_start("0")
    significant = digits.str.strip_chars_end("0") if isinstance(kind, pl.Decimal) else digits
    return significant.str.len_chars().max().cast(pl.Int64)
