"""How a table is described: columns with types, meanings, keys and limits.

One description serves the DDL, the comments in the warehouse, the column schema and lineage in the Dagster UI, and
the checks derived from it. The descriptions themselves belong in each room's `tables.py`, not here; nothing here
opens a connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from synthdeal_assets.foundation.warehouse.statements import sql_literal

DuckDBType = str
"""VARCHAR, BIGINT, INTEGER, DOUBLE, DECIMAL(18,4), BOOLEAN, DATE, TIMESTAMP (always UTC, without a zone)."""

POLARS_TYPES: dict[DuckDBType, pl.DataType] = {
    "VARCHAR": pl.String(),
    "BIGINT": pl.Int64(),
    "INTEGER": pl.Int32(),
    "DOUBLE": pl.Float64(),
    "DECIMAL(18,4)": pl.Decimal(18, 4),
    "BOOLEAN": pl.Boolean(),
    "DATE": pl.Date(),
    "TIMESTAMP": pl.Datetime("us"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        name: snake_case name.
        type: A key of `POLARS_TYPES`.
        comment: What it means, with its unit, in one sentence; shown in the UI and stored in the warehouse.
        nullable: Whether NULL is allowed; a NULL's meaning belongs in the comment.
        references: "schema.table.column" when the value must exist there (a foreign key).
        values: The only values allowed (a picklist); None when free.
        minimum: Smallest value allowed; None when free.
        maximum: Largest value allowed; None when free.
        derived_from: "schema.table.column" of each upstream column that this one is made of, for column lineage.
    """

    name: str
    type: DuckDBType
    comment: str
    nullable: bool = False
    references: str | None = None
    values: tuple[str, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None
    derived_from: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One table: where it is, what it means, what is in it.

    Attributes:
        schema: DuckDB schema; also the asset group.
        name: Table name; the asset key is (schema, name).
        comment: What one row is, in a sentence or two.
        columns: In storage order.
        primary_key: Names of the columns that are unique together and never NULL.
    """

    schema: str
    name: str
    comment: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    _by_name: dict[str, Column] = field(init=False, repr=False, compare=False, hash=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._by_name.update({column.name: column for column in self.columns})
        unknown = set(self.primary_key) - set(self._by_name)
        if unknown:
            raise ValueError(f"{self.qualified_name} has no column {sorted(unknown)} for its primary key")

    def __getitem__(self, column: str) -> Column:
        return self._by_name[column]

    @property
    def qualified_name(self) -> str:
        """The name SQL uses: schema.table."""
        return f"{self.schema}.{self.name}"

    @property
    def key(self) -> tuple[str, str]:
        """The parts of the asset key."""
        return (self.schema, self.name)

    @property
    def polars_schema(self) -> dict[str, pl.DataType]:
        """Column names and Polars types, in storage order."""
        return {column.name: POLARS_TYPES[column.type] for column in self.columns}

    def empty(self) -> pl.DataFrame:
        """A frame with this table's columns and no rows."""
        return pl.DataFrame(schema=self.polars_schema)

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with exactly this table's columns, in order and in type.

        Raises:
            ValueError: A column is missing or superfluous, or a NULL stands where none may.
        """
        if set(frame.columns) != set(self._by_name):
            missing = sorted(set(self._by_name) - set(frame.columns))
            extra = sorted(set(frame.columns) - set(self._by_name))
            raise ValueError(f"{self.qualified_name}: missing columns {missing}, unknown columns {extra}")
        ordered = frame.select(pl.col(name).cast(dtype) for name, dtype in self.polars_schema.items())
        for column in self.columns:
            if not column.nullable and ordered[column.name].null_count():
                raise ValueError(f"{self.qualified_name}.{column.name} holds NULL and may not")
        return ordered

    def create_statements(self) -> list[str]:
        """DDL that makes the table with its comments when it is not there yet."""
        columns = ", ".join(f"{c.name} {c.type}{'' if c.nullable else ' NOT NULL'}" for c in self.columns)
        return [
            f"CREATE SCHEMA IF NOT EXISTS {self.schema}",
            f"CREATE TABLE IF NOT EXISTS {self.qualified_name} ({columns})",
            f"COMMENT ON TABLE {self.qualified_name} IS {sql_literal(self.comment)}",
            *(f"COMMENT ON COLUMN {self.qualified_name}.{c.name} IS {sql_literal(c.comment)}" for c in self.columns),
        ]


def names_of(tables: Mapping[str, Table], found_as: Mapping[Table, Table] | None) -> dict[str, str]:
    """The qualified names that a statement is filled with.

    Args:
        tables: By what the statement calls each.
        found_as: Under which names some are to be found, such as those that are being swapped in.
    """
    return {name: (found_as or {}).get(table, table).qualified_name for name, table in tables.items()}
