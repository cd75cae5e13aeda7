"""Tables as they are given out: made dirty where that is asked for, and what was made dirty.

How values are made dirty belongs in `blemishes.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.engine.blemishes import DirtyField, DuplicateRows
from synthdeal_assets.datasets.engine.columns import Batch, Columns, whole
from synthdeal_assets.datasets.engine.streams import BLOCK_ROWS
from synthdeal_assets.datasets.spec.dataset import DUPLICATES, ResolvedTable
from synthdeal_assets.foundation.drawing.randomness import IntArray

BLEMISHES_SCHEMA: Final = pl.Schema(
    {
        "table": pl.String(),
        "row": pl.Int64(),
        "key": pl.String(),
        "field": pl.String(),
        "kind": pl.String(),
        "clean_value": pl.String(),
    }
)
"""What was made dirty. `row` is the place in the table's file, from 1; a duplicate has no field and no value."""


Part = tuple[list[pl.Series], pl.DataFrame]
"""Columns as they are given out, and what was made dirty in them, of `BLEMISHES_SCHEMA`."""


class DirtyTable:
    """A table with blemishes, a block at a time.

    Args:
        columns: The dataset.
        table: A table that declares blemishes.

    Raises:
        SynthDealError: As many rows as are to have a blemish cannot have it ("datasets.blemishes").
    """

    def __init__(self, columns: Columns, table: ResolvedTable) -> None:
        declared = table.spec.blemishes
        assert declared is not None  # noqa: S101  # only such tables are made dirty
        self._columns, self._table = columns, table
        self._rows = columns.rows_of(table.name)
        salt = f"{columns.seed}|{table.name}"
        self._duplicates = DuplicateRows(self._rows, declared.duplicates, salt) if declared.duplicates else None
        self._dirty = {
            name: DirtyField(
                self._clean(name),
                self._rows,
                spec.shares,
                field=f"`{name}` of `{table.name}`",
                salt=f"{salt}|{name}",
                by=6.0 if spec.by is None else float(spec.by),
                decimals=table.fields[name].decimals or 0,
            )
            for name, spec in declared.fields.items()
        }

    def parts(self) -> list[Callable[[], Part]]:
        """What makes each block as it is given out, and the copies that follow them."""
        blocks = [partial(self._block, block) for block in range(max(1, -(-self._rows // BLOCK_ROWS)))]
        copies = 0 if self._duplicates is None else self._duplicates.copies
        return [*blocks, *(partial(self._copies, start) for start in range(0, copies, BLOCK_ROWS))]

    def _block(self, block: int) -> Part:
        batch = self._columns.block(self._table.name, block)
        whole(batch)
        return self._columns_of(batch), self._recorded(batch)

    def _copies(self, start: int) -> Part:
        assert self._duplicates is not None  # noqa: S101  # they have copies
        copies = np.arange(start, min(start + BLOCK_ROWS, self._duplicates.copies), dtype=np.int64)
        batch = self._columns.batch(self._table.name, self._duplicates.originals(copies))
        return self._columns_of(batch), self._copied(batch, self._rows + copies + 1)

    def _clean(self, name: str) -> Callable[[IntArray], pl.Series]:
        return lambda rows: self._columns.batch(self._table.name, rows).values(name)

    def _columns_of(self, batch: Batch) -> list[pl.Series]:
        return [
            self._dirty[name].dirty(batch.rows, batch.values(name)) if name in self._dirty else batch.values(name)
            for name in self._table.fields
        ]

    def _recorded(self, batch: Batch) -> pl.DataFrame:
        found = [BLEMISHES_SCHEMA.to_frame()]
        for name, dirty in self._dirty.items():
            which = dirty.which(batch.rows, batch.values(name))
            touched = np.flatnonzero(which >= 0)
            clean = dirty.recorded(batch.rows, batch.values(name))
            made = clean.select("kind", "clean_value", field=pl.lit(name), row=pl.Series(batch.rows[touched] + 1))
            found.append(self._lines(made, batch, touched))
        return pl.concat(found)

    def _copied(self, batch: Batch, places: IntArray) -> pl.DataFrame:
        made = pl.DataFrame({"row": places}).with_columns(kind=pl.lit(DUPLICATES), clean_value=None, field=None)
        return self._lines(made, batch, np.arange(len(batch)))

    def _lines(self, made: pl.DataFrame, batch: Batch, touched: IntArray) -> pl.DataFrame:
        """What was made dirty with the table and the keys of its rows."""
        frame = made.with_columns(table=pl.lit(self._table.name))
        parts = [_as_text(batch.values(name).gather(touched)) for name in self._table.key]
        key = pl.concat_str([pl.lit(part) for part in parts], separator=", ") if parts else pl.format("row {}", "row")
        return frame.with_columns(key=key).select(*BLEMISHES_SCHEMA).cast(BLEMISHES_SCHEMA)


def _as_text(values: pl.Series) -> pl.Series:
    """Parts of keys as a reader of the files writes them: points in time to the second, instants in UTC."""
    if not isinstance(values.dtype, pl.Datetime):
        return values.cast(pl.String)
    if values.dtype.time_zone is None:
        return values.dt.strftime("%Y-%m-%d %H:%M:%S")
    return values.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%d %H:%M:%S+00")
