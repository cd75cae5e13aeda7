"""Requests for semantic types as a table makes them: some types beside each other, some narrowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import duckdb
import numpy as np
import polars as pl

from synthdeal_assets.datasets.engine.streams import hashes
from synthdeal_assets.datasets.types.catalogue import SemanticType, catalogue, lookup_tables
from synthdeal_assets.datasets.types.semantic_type import SIBLING
from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array


@dataclass(frozen=True)
class TypedTable:
    """A table whose fields are types by name; `narrowed` are columns of the user's own in their place."""

    types: Sequence[str]
    rows: IntArray = field(default_factory=lambda: np.arange(1_000))
    narrowed: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    options: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    unique: Sequence[str] = ()
    locale: str = "en_US"
    seed: int = 7
    table: str = "t"
    as_of: date = date(2026, 11, 28)
    table_rows: int = 1_000_000
    made: dict[str, pl.Series] = field(default_factory=dict, compare=False, repr=False)

    def column(self, name: str) -> pl.Series:
        if name not in self.made:
            self.made[name] = self._column(name)
        return self.made[name]

    def _column(self, name: str) -> pl.Series:
        if name in self.narrowed:
            values = self.narrowed[name]
            at = hashes(self.rows, f"narrowed {name}") % np.uint64(len(values))
            return pl.Series(values).gather(at.astype(np.int64))
        return catalogue()[name].make(FieldRequest(self, catalogue()[name]))

    def frame(self) -> pl.DataFrame:
        return pl.DataFrame({name: self.column(name) for name in dict.fromkeys((*self.types, *self.narrowed))})

    def at(self, rows: IntArray) -> TypedTable:
        return replace(self, rows=rows, made={})

    def against(self) -> dict[str, int]:
        """For each `valid` and agreement of the types the rows that do not hold, counted by DuckDB."""
        statements = [
            (name, statement)
            for name in self.types
            if name not in self.narrowed
            for statement in (catalogue()[name].valid, *catalogue()[name].agreements)
            if statement and set(SIBLING.findall(statement)) <= {*self.types, *self.narrowed}
        ]
        statements += [
            (name, statement)
            for name in self.types
            if name in self.narrowed
            for statement in catalogue()[name].agreements
            if set(SIBLING.findall(statement)) <= {*self.types, *self.narrowed}
        ]
        with duckdb.connect() as connection:
            for name, table in lookup_tables().items():
                connection.register(f"{name}_", table().to_arrow())
                connection.execute(f"CREATE TABLE {name} AS FROM {name}_")
            connection.register("made_", self.frame().to_arrow())
            connection.execute("CREATE TABLE made AS FROM made_")
            return {
                f"{name}: {statement}": connection.execute(
                    f'SELECT count(*) FROM made WHERE "{name}" IS NOT NULL'
                    f" AND NOT coalesce(({self._sql(name, statement)}), true)"
                ).fetchall()[0][0]
                for name, statement in statements
            }

    def _sql(self, name: str, statement: str) -> str:
        dated = statement.replace("{as_of}", f"DATE '{self.as_of}'").replace("{value}", f'made."{name}"')
        return SIBLING.sub(lambda found: f'made."{found["type"]}"', dated)


@dataclass(frozen=True)
class FieldRequest:
    """What a field asks its type for."""

    of: TypedTable
    type_: SemanticType

    @property
    def as_of(self) -> date:
        return self.of.as_of

    @property
    def table_rows(self) -> int:
        return self.of.table_rows

    @property
    def rows(self) -> IntArray:
        return self.of.rows

    @property
    def seed(self) -> int:
        return self.of.seed

    @property
    def table(self) -> str:
        return self.of.table

    @property
    def field(self) -> str:
        return self.type_.name

    @property
    def locale(self) -> str:
        return self.of.locale

    @property
    def unique(self) -> bool:
        return self.type_.name in self.of.unique

    def keys(self, what: str) -> UInt64Array:
        whose = self.type_.entity or self.type_.name
        return hashes(self.rows, f"{self.seed}|{self.table}|{whose}|{what}")

    def sibling(self, type_name: str) -> pl.Series | None:
        assert type_name in (*self.type_.follows, *self.type_.follows_narrowed), (self.type_.name, type_name)
        if type_name in self.of.narrowed:
            return self.of.column(type_name)
        if type_name in self.of.types and type_name in self.type_.follows:
            return self.of.column(type_name)
        return None

    def once(self, what: str, make: Callable[[], Any]) -> Any:
        return make()

    def option(self, name: str) -> pl.Series | None:
        assert name in self.type_.options, (self.type_.name, name)
        if name not in self.of.options:
            return None
        values = self.of.options[name]
        return pl.Series(values).gather(np.arange(self.rows.size) % len(values))
