"""What PostgreSQL, DuckDB, SQLite and MySQL each need to be different."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import ClassVar, Final

import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.publishing.exports.export_tables import ExportColumn, ExportTable, ForeignKey
from synthdeal_assets.foundation.publishing.exports.sql_dialects import (
    Extent,
    Extents,
    LeftOut,
    SqlDialect,
    one_line,
)
from synthdeal_assets.foundation.publishing.exports.values import POINT_IN_TIME
from synthdeal_assets.foundation.warehouse.statements import sql_literal


class PostgreSql(SqlDialect):
    """PostgreSQL 12 and later."""

    name: ClassVar[str] = "postgresql"
    title: ClassVar[str] = "PostgreSQL"
    head: ClassVar[tuple[str, ...]] = (
        "SET client_encoding = 'UTF8';",
        "SET standard_conforming_strings = on;",
        "BEGIN;",
    )
    max_name_bytes: ClassVar[int | None] = 63

    def text_type(self, table: ExportTable, column: ExportColumn, extent: Extent) -> str:  # noqa: ARG002
        """Text without a limit."""
        return "TEXT"


class DuckDb(SqlDialect):
    """DuckDB. It adds no foreign keys to a table that is there, and rows in a circle of them cannot be inserted."""

    name: ClassVar[str] = "duckdb"
    title: ClassVar[str] = "DuckDB"
    own_types: ClassVar[Mapping[type[pl.DataType], str]] = {
        pl.Int8: "TINYINT",
        pl.UInt8: "UTINYINT",
        pl.UInt16: "USMALLINT",
        pl.UInt32: "UINTEGER",
        pl.UInt64: "UBIGINT",
        pl.Int128: "HUGEINT",
    }

    def text_type(self, table: ExportTable, column: ExportColumn, extent: Extent) -> str:  # noqa: ARG002
        """Text without a limit."""
        return "VARCHAR"

    def inline_keys(self, table: ExportTable, tables: Mapping[str, ExportTable]) -> list[str]:
        """All keys, and the foreign keys to tables made before."""
        made = set(takewhile(lambda label: label != table.label, tables))
        return self.own_keys(table) + [
            self.foreign_key(reference, tables[reference.table])
            for reference in table.references
            if reference.table in made
        ]

    def keys(self, table: ExportTable) -> list[str]:  # noqa: ARG002
        """None, for they are part of the definition."""
        return []

    def foreign_keys(self, table: ExportTable, tables: Mapping[str, ExportTable]) -> list[str]:  # noqa: ARG002
        """None, for they are part of the definition."""
        return []

    def in_order(self, tables: Sequence[ExportTable]) -> tuple[list[ExportTable], LeftOut]:
        """Tables that are referred to first, without the foreign keys that DuckDB does not have."""
        schemas = {table.label: table.schema for table in tables}
        left_out: LeftOut = {}
        inside = []
        for table in tables:
            here = tuple(reference for reference in table.references if schemas[reference.table] == table.schema)
            across = [(table, reference) for reference in table.references if reference not in here]
            if across:
                left_out.setdefault("DuckDB has none from one schema to another", []).extend(across)
            inside.append(dataclasses.replace(table, references=here))
        order, circles = _referred_to_first(inside)
        if circles:
            left_out["DuckDB has none that lead in a circle"] = circles
        return order, left_out


class Sqlite(SqlDialect):
    """SQLite 3.8 and later. Foreign keys are part of the definition and checked at the end of the transaction."""

    name: ClassVar[str] = "sqlite"
    title: ClassVar[str] = "SQLite"
    holds_non_finite: ClassVar[bool] = False
    carriage_return: ClassVar[str | None] = "'||char(13)||'"
    own_types: ClassVar[Mapping[type[pl.DataType], str]] = {
        pl.Int8: "INTEGER",
        pl.Int16: "INTEGER",
        pl.Int64: "INTEGER",
        pl.UInt8: "INTEGER",
        pl.UInt16: "INTEGER",
        pl.UInt32: "INTEGER",
        pl.Float64: "REAL",
    }
    REAL_DIGITS: ClassVar[int] = 15
    """A floating-point number gives back any decimal of so many digits."""
    WHOLE_DIGITS: ClassVar[int] = 18
    """Any whole number of so many digits has 64 bits."""

    def table_name(self, table: ExportTable) -> str:
        """SQLite has no schemas: the table's becomes part of its name."""
        return self.identifier(flat_name(table))

    def schemas(self, tables: object) -> list[str]:  # noqa: ARG002
        """None."""
        return []

    def measured(self, table: ExportTable) -> list[str]:
        """Numbers that SQLite may not hold."""
        large = (pl.Decimal, pl.UInt64, pl.Int128)
        return [name for name, kind in table.frame_schema.items() if isinstance(kind, large)]

    def text_type(self, table: ExportTable, column: ExportColumn, extent: Extent) -> str:  # noqa: ARG002
        """Text without a limit."""
        return "TEXT"

    def type_name(self, table: ExportTable, column: ExportColumn, extents: Extents) -> str:
        """A type whose affinity changes no value: numbers that would lose digits are text, the whole column."""
        digits = extents.get(column.name, Extent()).digits
        if isinstance(column.exported_type, pl.Decimal):
            return "REAL" if digits <= self.REAL_DIGITS else "TEXT"
        if isinstance(column.exported_type, pl.UInt64 | pl.Int128):
            return "INTEGER" if digits <= self.WHOLE_DIGITS else "TEXT"
        return super().type_name(table, column, extents).removesuffix(" WITH TIME ZONE")

    def value(self, table: ExportTable, column: ExportColumn, extents: Extents) -> pl.Expr:
        """As the standard has it, but flags as 0 and 1, and large numbers as text."""
        value = super().value(table, column, extents)
        if isinstance(column.exported_type, pl.Boolean):
            return pl.col(column.name).cast(pl.Int8)
        if column.exported_type.is_float():
            return pl.col(column.name)
        return value.cast(pl.String) if self.holds_as_text(table, column, extents) else value

    def notices(self, table: ExportTable, extents: Extents) -> list[str]:
        """A sentence for each column whose numbers become text."""
        return [
            f"{table.label}: the numbers of {column.name} are text, because SQLite would round them."
            for column in table.columns
            if self.holds_as_text(table, column, extents)
        ]

    def holds_as_text(self, table: ExportTable, column: ExportColumn, extents: Extents) -> bool:
        """Whether the column is of numbers that become text."""
        return column.exported_type.is_numeric() and self.type_name(table, column, extents) == "TEXT"

    def definition(self, table: ExportTable, column: ExportColumn, extents: Extents) -> str:
        """A column below its comment, which SQLite keeps in the text of the statement."""
        comments = [table.comment] if column is table.columns[0] else []
        lines = [f"-- {one_line(comment)}\n  " for comment in (*comments, column.comment) if comment]
        return "".join(lines) + super().definition(table, column, extents)

    def comments(self, table: ExportTable) -> list[str]:  # noqa: ARG002
        """None beside those in the definition."""
        return []

    def inline_keys(self, table: ExportTable, tables: Mapping[str, ExportTable]) -> list[str]:
        """All keys; foreign keys may lead to tables that are not made yet."""
        return self.own_keys(table) + [
            f"{self.foreign_key(reference, tables[reference.table])} DEFERRABLE INITIALLY DEFERRED"
            for reference in table.references
        ]

    def keys(self, table: ExportTable) -> list[str]:  # noqa: ARG002
        """None, for they are part of the definition."""
        return []

    def foreign_keys(self, table: ExportTable, tables: Mapping[str, ExportTable]) -> list[str]:  # noqa: ARG002
        """None, for they are part of the definition."""
        return []


class MySql(SqlDialect):
    """MySQL 5.7 and later, and MariaDB. Points in time with a zone are in UTC, as their comments say."""

    name: ClassVar[str] = "mysql"
    title: ClassVar[str] = "MySQL"
    head: ClassVar[tuple[str, ...]] = (
        "SET NAMES utf8mb4;",
        # Values that do not fit are errors, and a backslash escapes, whatever the server is set to.
        "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO';",
    )
    before_rows: ClassVar[tuple[str, ...]] = ("START TRANSACTION;",)
    after_rows: ClassVar[tuple[str, ...]] = ("COMMIT;",)
    tail: ClassVar[tuple[str, ...]] = ()
    holds_non_finite: ClassVar[bool] = False
    carriage_return: ClassVar[str | None] = None
    own_types: ClassVar[Mapping[type[pl.DataType], str]] = {
        pl.UInt64: "BIGINT UNSIGNED",
        pl.Float32: "DOUBLE",
        pl.Float64: "DOUBLE",
        pl.Time: "TIME(6)",
    }

    MAX_KEY_BYTES: ClassVar[int] = 3_072
    BYTES: ClassVar[int] = 4
    """What a character may take in utf8mb4."""
    MAX_TEXT: ClassVar[int] = 65_535 // BYTES
    """Characters that always fit into a column of type TEXT."""
    KEY_STEP: ClassVar[int] = 32
    """Lengths of keys are rounded up to a multiple of it, to leave room for new rows."""

    def identifier(self, name: str) -> str:
        """A name in backticks."""
        return "`" + name.replace("`", "``") + "`"

    def table_name(self, table: ExportTable) -> str:
        """A schema of MySQL is a database: the table's becomes part of its name."""
        return self.identifier(flat_name(table))

    def schemas(self, tables: object) -> list[str]:  # noqa: ARG002
        """None."""
        return []

    def measured(self, table: ExportTable) -> list[str]:
        """Texts: only those of a known length can be keys."""
        return [name for name, kind in table.frame_schema.items() if isinstance(kind, pl.String)]

    def create(self, table: ExportTable, tables: Mapping[str, ExportTable], extents: Extents) -> list[str]:
        """One statement, with all comments.

        Raises:
            SynthDealError: The texts of a key are longer than MySQL allows.
        """
        for key in table.key_groups:
            room = sum(self._key_length(extents[name]) for name in key if name in extents)
            if room * self.BYTES > self.MAX_KEY_BYTES:
                raise SynthDealError(
                    f"The key ({', '.join(key)}) of {table.label} has texts of {room:,} characters, and a key of MySQL "
                    f"has room for {self.MAX_KEY_BYTES // self.BYTES}: choose another dialect.",
                    code="export.key-too-long",
                )
        return super().create(table, tables, extents)

    def text_type(self, table: ExportTable, column: ExportColumn, extent: Extent) -> str:
        """VARCHAR as long as the keys need it, TEXT or LONGTEXT for the others."""
        if table.is_in_key(column.name):
            return f"VARCHAR({self._key_length(extent)})"
        return "TEXT" if extent.characters <= self.MAX_TEXT else "LONGTEXT"

    def _key_length(self, extent: Extent) -> int:
        return max(1, -(-extent.characters // self.KEY_STEP)) * self.KEY_STEP

    def type_name(self, table: ExportTable, column: ExportColumn, extents: Extents) -> str:
        """Points in time to the microsecond; keys of one type, because a foreign key has that of its target."""
        kind = column.exported_type
        if isinstance(kind, pl.Datetime):
            return "DATETIME(6)"
        if table.is_in_key(column.name) and kind.is_integer() and not isinstance(kind, pl.UInt64 | pl.Int128):
            return "BIGINT"
        return super().type_name(table, column, extents).replace("NUMERIC", "DECIMAL")

    def value(self, table: ExportTable, column: ExportColumn, extents: Extents) -> pl.Expr:
        """As the standard has it, but flags as 0 and 1, zoned points in time in UTC, and backslashes escaped."""
        kind, value = column.exported_type, pl.col(column.name)
        if isinstance(kind, pl.Boolean):
            return value.cast(pl.Int8)
        if kind.is_float():
            return value
        if isinstance(kind, pl.String):
            return value.str.replace_all("\\", "\\\\", literal=True).str.replace_all("\r", "\\r", literal=True)
        if isinstance(kind, pl.Datetime) and kind.time_zone is not None:
            return value.dt.convert_time_zone("UTC").dt.replace_time_zone(None).dt.to_string(POINT_IN_TIME)
        return super().value(table, column, extents)

    def definition(self, table: ExportTable, column: ExportColumn, extents: Extents) -> str:
        """A column with its comment."""
        kind = column.exported_type
        in_utc = ["In UTC."] if isinstance(kind, pl.Datetime) and kind.time_zone is not None else []
        comment = " ".join([*([column.comment] if column.comment else []), *in_utc])
        definition = super().definition(table, column, extents)
        return f"{definition} COMMENT {self._text(comment, 1_024)}" if comment else definition

    def table_options(self, table: ExportTable) -> str:
        """Texts are told apart by case and accents, as everywhere else."""
        comment = f" COMMENT {self._text(table.comment, 2_048)}" if table.comment else ""
        return f" DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin{comment}"

    def comments(self, table: ExportTable) -> list[str]:  # noqa: ARG002
        """None beside those in the definition."""
        return []

    def _text(self, text: str, most: int) -> str:
        return sql_literal(one_line(text)[:most].replace("\\", "\\\\"))


DIALECTS: Final[Mapping[str, SqlDialect]] = {
    dialect.name: dialect for dialect in (PostgreSql(), Sqlite(), DuckDb(), MySql())
}


def flat_name(table: ExportTable) -> str:
    """The name of a table, with that of its schema in front, for databases that have no schemas."""
    return table.name if table.schema is None else f"{table.schema}_{table.name}"


def _referred_to_first(
    tables: Sequence[ExportTable],
) -> tuple[list[ExportTable], list[tuple[ExportTable, ForeignKey]]]:
    """The tables so that they refer to earlier ones, and the foreign keys that do not, because they close a circle."""
    left = {table.label: table for table in tables}
    order: list[ExportTable] = []
    while left:
        free = [table for table in left.values() if not {reference.table for reference in table.references} & {*left}]
        following = (free or list(left.values()))[0]
        order.append(left.pop(following.label))
    place = {table.label: number for number, table in enumerate(order)}
    return order, [
        (table, reference)
        for table in order
        for reference in table.references
        if place[reference.table] >= place[table.label]
    ]
