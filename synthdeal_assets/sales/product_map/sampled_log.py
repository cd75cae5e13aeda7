"""A log as a proposal looks at it: some of its rows, what its columns look like, and which of them are still free.

Such a log is never changed: whoever takes columns for something goes on with a log without them. What a single column
looks like belongs in `sampled_columns.py`, what columns are taken for in the `proposed_*.py` modules.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from synthdeal_assets.sales.column_names import in_words
from synthdeal_assets.sales.product_map.names_in_use import spelling_of, sureness_of
from synthdeal_assets.sales.product_map.sampled_columns import BLANK, SampledColumn, looked_at

SAMPLED_CELLS: Final = 2_000_000
"""Of a table with thousands of columns only the first rows are looked at."""


@dataclass(frozen=True, slots=True)
class SampledLog:
    """Some rows of a log and what its columns look like.

    Attributes:
        rows: The rows, with all columns; blank texts are NULL.
        columns: What each column looks like, from left to right.
        files: Which of the columns each file has.
        free: Names of the columns that nothing has been taken for yet, in the order in which they are looked at.
    """

    rows: pl.DataFrame
    columns: Mapping[str, SampledColumn]
    files: Mapping[str, frozenset[str]]
    free: tuple[str, ...]

    @property
    def free_columns(self) -> list[SampledColumn]:
        """What the free columns look like."""
        return [self.columns[name] for name in self.free]

    def without(self, names: Collection[str]) -> SampledLog:
        """The same log after some columns were taken for something."""
        taken = frozenset(names)
        return replace(self, free=tuple(name for name in self.free if name not in taken))

    def with_again(self, names: Sequence[str]) -> SampledLog:
        """The same log after columns turned out not to be what they were taken for: they are looked at last."""
        return replace(self, free=(*self.free, *names))

    def renamed(self, names: Mapping[str, str]) -> SampledLog:
        """The log as one file with other names for some of its columns, all free."""
        columns = {
            names.get(name, name): replace(column, name=names.get(name, name)) for name, column in self.columns.items()
        }
        return SampledLog(self.rows.rename(dict(names)), columns, {"the file": frozenset(columns)}, tuple(columns))

    def where(self, name: str) -> str:
        """In which files a column is, as the end of a sentence; empty when it is in all."""
        there = [file for file, has in self.files.items() if name in has]
        return "" if len(there) == len(self.files) else f", in {in_words(there)}"

    def named(self, role: str, *kinds: str) -> tuple[str, ...]:
        """The free columns with the surest of the names in use for a role in each file.

        The surest comes first, so that in every file the first of them that is there is the surest that is there.

        Args:
            role: A key of `IN_USE`.
            kinds: The kinds of values that fit, besides BLANK; none for all.
        """
        fitting: dict[str, int] = {}
        for column in self.free_columns:
            place = sureness_of(column.name, role)
            if place is not None and (not kinds or column.kind in (*kinds, BLANK)):
                fitting[column.name] = place
        by_sureness = sorted(fitting, key=lambda name: fitting[name])
        surest = {next((name for name in by_sureness if name in has), None) for has in self.files.values()}
        return tuple(name for name in by_sureness if name in surest)

    def plainly_called(self, spelling: str, *kinds: str) -> tuple[str, ...]:
        """The free columns that are called just so and hold values of one of the kinds."""
        return tuple(
            column.name for column in self.free_columns if spelling_of(column.name) == spelling and column.kind in kinds
        )


def sampled_log(names: Sequence[str], sample: pl.DataFrame, files: Mapping[str, Sequence[str]]) -> SampledLog:
    """Look at a log.

    Args:
        names: Its columns, from left to right.
        sample: Some of its rows, with at least these columns; so many of them are looked at that it takes no time.
        files: Which of the columns each file has.
    """
    blank_is_none = pl.col(pl.String).str.strip_chars().replace("", None)
    shown = sample.select(names).head(rows_to_look_at(len(names))).with_columns(blank_is_none)
    columns = looked_at(shown)
    return SampledLog(shown, columns, {name: frozenset(has) for name, has in files.items()}, tuple(columns))


def rows_to_look_at(columns: int) -> int:
    """Of how many rows a table with so many columns is looked at."""
    return max(50, SAMPLED_CELLS // max(columns, 1))
