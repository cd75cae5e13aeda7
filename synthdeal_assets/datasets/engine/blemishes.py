"""Fields made dirty on purpose: in exact numbers of rows, every dirty value another than the clean one.

What is done to one value belongs in `dirty_values.py`. Which fields may be touched is decided outside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from synthdeal_assets.datasets.engine.blocks import exact_counts, exact_flags
from synthdeal_assets.datasets.engine.dirty_values import WAYS, Moments, as_text
from synthdeal_assets.datasets.engine.streams import BLOCK_ROWS, Where, block_rows, by_block, hashes
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.drawing.randomness import IntArray

CLEAN: Final = -1
"""Stands for no blemish."""

RECORDED: Final = {"row": pl.Int64, "kind": pl.String, "clean_value": pl.String}
"""Columns of what is recorded: the row, the kind of blemish, and the value that stood there as text."""


def require_fitting(field: str, dtype: pl.DataType, kinds: Mapping[str, Fraction]) -> None:
    """Refuse blemishes that values of this kind cannot have.

    Args:
        field: What the field is called, for sentences.
        dtype: What its clean values are.
        kinds: The kinds of blemish.

    Raises:
        SynthDealError: One does not fit ("datasets.blemishes").
    """
    for kind in kinds:
        if not WAYS[kind].fits(dtype):
            fitting = ", ".join(name for name, way in WAYS.items() if way.fits(dtype))
            raise _refusal(f"{field} cannot have `{kind}`, which is for {WAYS[kind].values}", f"use one of {fitting}")


def becomes_text(dtype: pl.DataType, kinds: Mapping[str, Fraction]) -> bool:
    """Whether the dirty field is text though the clean one is not: a date in another format is a date no more."""
    return dtype != pl.String and any(WAYS[kind].makes_text for kind in kinds)


class DirtyField:
    """A field of which exact numbers of rows are made dirty, each in one way.

    Of each kind as many rows are made dirty as `blocks.exact_flags` would choose, among those that can have it: a
    missing value has no typo, and the 31st of a month cannot be mistaken for a month. In each block of 65,536 rows
    those are taken whose hash is least, the rarest kind first; what a block lacks is made up in the next ones. So rows
    keep their blemishes when the table grows, but for a few of the begun block.

    The clean values are read once when this is made; after that those of a block where only some of its rows are asked
    for.

    Args:
        clean: For rows, the clean values.
        table_rows: Rows of the table.
        kinds: Kind, of `WAYS`, -> the share of the rows of the table.
        field: What the field is called, for sentences.
        salt: The seed, the table, the field.
        by: How far outliers lie from the mean at least, in standard deviations of the clean values.
        decimals: Decimals of an outlier.

    Raises:
        SynthDealError: A kind does not fit the values, or too few of them can have it ("datasets.blemishes").
    """

    def __init__(
        self,
        clean: Callable[[IntArray], pl.Series],
        table_rows: int,
        kinds: Mapping[str, Fraction],
        *,
        field: str,
        salt: str,
        by: float = 6.0,
        decimals: int = 9,
    ) -> None:
        self.kinds = tuple(kinds)
        self._clean, self._table_rows, self._salt = clean, table_rows, salt
        self.dtype = clean(np.empty(0, dtype=np.int64)).dtype
        require_fitting(field, self.dtype, kinds)
        self._is_text = becomes_text(self.dtype, kinds)
        blocks = -(-table_rows // BLOCK_ROWS)
        self._wanted = np.zeros((blocks, len(kinds)), dtype=np.int64)
        moments = Moments(by=by, decimals=decimals)
        made = np.zeros(len(kinds), dtype=np.int64)
        for block in range(blocks):
            rows = block_rows(block, table_rows)
            until = [exact_counts((share, 1 - share), int(rows[-1]) + 1)[0] for share in kinds.values()]
            self._wanted[block] = until - made
            values = clean(rows)
            chosen = self._chosen(block, values)
            self._wanted[block] = np.bincount(chosen[chosen != CLEAN], minlength=len(kinds))
            made += self._wanted[block]
            if "outliers" in kinds:
                moments = moments.with_values(values)
        for at, (kind, share) in enumerate(kinds.items()):
            wanted = exact_counts((share, 1 - share), table_rows)[0]
            if made[at] < wanted:
                raise _refusal(
                    f"{float(share) * 100:.10g}% of the {table_rows:,} rows of {field} are to have `{kind}`, which are"
                    f" {wanted:,}, but only {made[at]:,} can",
                    "make it less",
                )
        self._moments = moments
        if "outliers" in kinds and made[self.kinds.index("outliers")] and not moments.sd:
            raise _refusal(f"All values of {field} are alike, so that none can lie outside", "leave out `outliers`")
        self._of_block = lru_cache(maxsize=4)(lambda block: self._chosen(block, clean(block_rows(block, table_rows))))

    def which(self, rows: IntArray, clean: pl.Series) -> IntArray:
        """For each row the position of its blemish in `kinds`, or `CLEAN`.

        Args:
            rows: Numbers of rows; whole blocks are the quickest.
            clean: Their clean values.
        """
        found = np.empty(rows.size, dtype=np.int64)
        for block, where in by_block(rows // BLOCK_ROWS):
            whole = block_rows(block, self._table_rows)
            if np.array_equal(rows[where], whole):
                found[where] = self._chosen(block, _part(clean, where))
            else:
                found[where] = self._of_block(block)[rows[where] - whole[0]]
        return found

    def dirty(self, rows: IntArray, clean: pl.Series) -> pl.Series:
        """The values of rows as they are given out: text where `becomes_text`, otherwise as the clean ones.

        Args:
            rows: Numbers of rows.
            clean: Their clean values.
        """
        which = self.which(rows, clean)
        keys = hashes(rows, f"{self._salt}|blemish")
        result = as_text(clean) if self._is_text else clean
        for at, kind in enumerate(self.kinds):
            touched = which == at
            places = np.flatnonzero(touched)
            if places.size:
                made = WAYS[kind].make(clean.gather(places), keys[places], self._moments)
                made = as_text(made) if self._is_text else made
                spread = made.gather(np.maximum(np.cumsum(touched) - 1, 0))
                result = spread.zip_with(pl.Series(touched), result)
        return result.alias(clean.name)

    def recorded(self, rows: IntArray, clean: pl.Series) -> pl.DataFrame:
        """The blemishes of rows, of the columns `RECORDED`."""
        which = self.which(rows, clean)
        touched = np.flatnonzero(which != CLEAN)
        kinds = pl.Series(self.kinds, dtype=pl.String).gather(which[touched])
        return pl.DataFrame(
            {"row": rows[touched], "kind": kinds, "clean_value": as_text(clean.gather(touched))}, schema=RECORDED
        )

    def _chosen(self, block: int, clean: pl.Series) -> npt.NDArray[np.int8]:
        """For each row of a block its kind: as many as are wanted of each, or as there can be."""
        chosen = np.full(len(clean), CLEAN, dtype=np.int8)
        rows = block_rows(block, self._table_rows)
        can = [WAYS[kind].can_have(clean).fill_null(value=False).to_numpy() for kind in self.kinds]
        for at in sorted(range(len(can)), key=lambda at: (int(can[at].sum()), at)):
            free = np.flatnonzero(can[at] & (chosen == CLEAN))
            order = np.argsort(hashes(rows[free], f"{self._salt}|{self.kinds[at]}"), kind="stable")
            chosen[free[order[: self._wanted[block, at]]]] = at
        return chosen


class DuplicateRows:
    """Rows of a table that are there twice: the copies follow the last row, in the order of what they are copies of.

    Args:
        table_rows: Rows without copies.
        share: How many of them have a copy.
        salt: The seed, the table.
    """

    def __init__(self, table_rows: int, share: Fraction, salt: str) -> None:
        self._table_rows, self._share, self._salt = table_rows, share, f"{salt}|duplicates"
        borders = [*range(0, table_rows, BLOCK_ROWS), table_rows]
        self._before = np.array([exact_counts((share, 1 - share), rows)[0] for rows in borders], dtype=np.int64)

    @property
    def copies(self) -> int:
        """How many copies there are."""
        return int(self._before[-1])

    def originals(self, copies: IntArray) -> IntArray:
        """For each copy, by its number from 0, the row that it is a copy of."""
        originals = np.empty_like(copies)
        for block, where in by_block(np.searchsorted(self._before, copies, side="right") - 1):
            rows = block_rows(block, self._table_rows)
            copied = rows[exact_flags(rows, self._table_rows, self._share, self._salt)]
            originals[where] = copied[copies[where] - self._before[block]]
        return originals


def _part(column: pl.Series, where: Where) -> pl.Series:
    return column.gather(where) if isinstance(where, np.ndarray) else column[where]


def _refusal(what: str, remedy: str) -> SynthDealError:
    return SynthDealError(f"These blemishes cannot be made ({what}): {remedy}.", code="datasets.blemishes", usage=True)
