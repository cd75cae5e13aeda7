"""What an exporter is given: tables as names, typed columns, keys, references, and rows in chunks.

The tables of the warehouse become such in `warehouse_tables.py`; how they are written belongs in the exporters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column of a table that is exported.

    Attributes:
        name: Its name, any text.
        type: Its Polars type. Categories become text, and points in time have microseconds.
        comment: What it means; empty when nothing is known.
        required: Whether it is never NULL.
    """

    name: str
    type: pl.DataType
    comment: str = ""
    required: bool = False

    @property
    def exported_type(self) -> pl.DataType:
        """The type in which exporters see its values."""
        if self.type in (pl.Categorical, pl.Enum, pl.Null):
            return pl.String()
        if isinstance(self.type, pl.Datetime):
            return pl.Datetime("us", self.type.time_zone)
        return self.type


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns whose values, unless one is NULL, are those of a row of another table or the same.

    Attributes:
        columns: Names in the table that refers.
        table: `label` of the table that is referred to.
        target: Names there, in the same order.
    """

    columns: tuple[str, ...]
    table: str
    target: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExportTable:
    """A table that is exported.

    Attributes:
        name: Its name.
        columns: At least one; names are unique.
        chunks: Gives the rows anew with each call, in frames of any height with the columns above; only one frame need
            be in memory. Some exporters read them twice.
        schema: The schema it is in; None when it is in none.
        key: Names of the columns that are unique together and never NULL.
        unique: More columns that are unique together.
        references: Its foreign keys.
        comment: What one row is.
    """

    name: str
    columns: tuple[ExportColumn, ...]
    chunks: Callable[[], Iterator[pl.DataFrame]]
    schema: str | None = None
    key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    references: tuple[ForeignKey, ...] = ()
    comment: str = ""

    @property
    def label(self) -> str:
        """What it is called in sentences and names of files: its name, after that of its schema and a dot."""
        return self.name if self.schema is None else f"{self.schema}.{self.name}"

    @property
    def frame_schema(self) -> dict[str, pl.DataType]:
        """Names and types of the frames of `numbered_chunks`."""
        return {column.name: column.exported_type for column in self.columns}

    def numbered_chunks(self) -> Iterator[tuple[int, pl.DataFrame]]:
        """The rows in frames of `frame_schema`, each with the number of its first row, counted from 1.

        Raises:
            ValueError: A frame has other columns.
        """
        first = 1
        types = self.frame_schema
        for chunk in self.chunks():
            if chunk.columns != list(types):
                raise ValueError(f"{self.label}: a chunk has the columns {chunk.columns}, not {list(types)}")
            yield first, chunk.cast(types)  # type: ignore[arg-type]  # Polars wants a mapping of a wider type
            first += chunk.height

    def is_in_key(self, name: str) -> bool:
        """Whether the column is part of the key, of a foreign key or of what is unique."""
        return any(name in columns for columns in self.key_groups)

    @property
    def key_groups(self) -> list[tuple[str, ...]]:
        """The columns of its key, of what is unique, and of each foreign key."""
        return [self.key, *self.unique, *(reference.columns for reference in self.references)]
