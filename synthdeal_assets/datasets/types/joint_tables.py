"""Tables whose columns are types that agree: a row of the dataset takes one of their rows for all of these fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations

import numpy as np
import polars as pl

from synthdeal_assets.datasets.types.draws import below, data_file
from synthdeal_assets.datasets.types.languages import english_of, in_language, of_both_genders, words_table
from synthdeal_assets.datasets.types.semantic_type import TypeRequest
from synthdeal_assets.foundation.drawing.randomness import IntArray


@dataclass(frozen=True, eq=False)
class JointTable:
    """A data file whose rows are as likely, or as its column `weight` says.

    Attributes:
        file: Its name in `names/`.
        columns: Column -> type whose values it has and that a row is found by, those that say most first.
        words: Other column -> kind of its words in `translations.csv`.
    """

    file: str
    columns: Mapping[str, str]
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def types(self) -> tuple[str, ...]:
        """What the types of its columns follow where it was narrowed: each other."""
        return tuple(self.columns.values())

    @cache  # noqa: B019  # tables are constants of modules
    def rows(self) -> pl.DataFrame:
        """Its rows, those of weight 3 three times."""
        rows = data_file(self.file)
        if "weight" not in rows.columns:
            return rows
        return rows[np.repeat(np.arange(rows.height), rows["weight"].cast(pl.Int64).to_numpy())]

    def row_of(self, request: TypeRequest) -> IntArray:
        """For each row of the dataset one of these rows that has what the types beside say, as far as it is known."""
        keys = request.keys(self.file)
        beside = {column: request.sibling(name) for column, name in self.columns.items()}
        given = {column: values for column, values in beside.items() if values is not None}
        if not given:
            return below(keys, self.rows().height)
        frame = pl.DataFrame(given)
        different = frame.unique(maintain_order=True)
        members = [self._members(tuple(row.items())) for row in different.iter_rows(named=True)]
        counts = np.array([found.size for found in members], dtype=np.int64)
        group = frame.join(
            different.with_row_index("group"), on=frame.columns, how="left", nulls_equal=True, maintain_order="left"
        )["group"].to_numpy()
        at: IntArray = np.concatenate(members)[np.cumsum(counts)[group] - counts[group] + below(keys, counts[group])]
        return at

    def of_row(self, request: TypeRequest, column: str) -> pl.Series:
        """The values of a column in the language of the locale."""
        return self._in_language(column, request.locale).gather(self.row_of(request))

    def of_person(self, request: TypeRequest, column: str, male: IntArray) -> pl.Series:
        """The values as they are said of a man (1) or a woman (0)."""
        both = _of_both_genders(self, column, request.locale)
        return both.gather(self.row_of(request) + self.rows().height * (1 - male))

    def _kind(self, column: str) -> str:
        return self.columns.get(column) or self.words[column]

    def in_all_languages(self, *columns: str) -> pl.DataFrame:
        """The rows with these columns in all languages, in each with each: what a certificate compares with."""
        table = data_file(self.file).select(columns)
        for column in columns:
            kind = self._kind(column)
            said = words_table().filter(pl.col("kind") == kind).select(pl.col("en").alias(column), said="value")
            table = table.join(said, on=column, how="left").with_columns(pl.col("said").alias(column)).drop("said")
        return table

    @cache  # noqa: B019
    def _in_language(self, column: str, locale: str) -> pl.Series:
        return in_language(self.rows()[column], self._kind(column), locale)

    @cache  # noqa: B019
    def _members(self, said: tuple[tuple[str, str | None], ...]) -> IntArray:
        """The rows that have most of what is said: all of it, else all but one, at last nothing of it."""
        rows = self.rows()
        known = {
            column: (rows[column] == english_of(self.columns[column]).get(str(value).lower(), value)).to_numpy()
            for column, value in said
            if value is not None
        }
        for count in range(len(known), 0, -1):
            for columns in combinations(known, count):
                found = np.flatnonzero(np.logical_and.reduce([known[column] for column in columns]))
                if found.size:
                    return found
        return np.arange(rows.height)


@cache
def _of_both_genders(table: JointTable, column: str, locale: str) -> pl.Series:
    return of_both_genders(table.rows()[column], table.columns[column], locale)
