"""The rows of a dataset as Parquet files, a block at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from synthdeal_assets.datasets.engine.columns import Columns, whole
from synthdeal_assets.datasets.engine.dirty_tables import BLEMISHES_SCHEMA, DirtyTable, Part
from synthdeal_assets.datasets.engine.streams import BLOCK_ROWS
from synthdeal_assets.datasets.spec.dataset import ResolvedField, ResolvedTable
from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.parallel import made_in_order

DIGITS: Final = 18
"""Digits of a decimal number in a file."""

REPEATS: Final = 8
"""How often the values of a column come up on average where they are written as numbers of a dictionary."""


Chunk = tuple[pl.DataFrame, pl.DataFrame]
"""Rows of a table, one column for each field as it is declared; and what was made dirty in them."""


def chunks(columns: Columns, table: str) -> Iterator[Chunk]:
    """The rows of a table as they are given out, a block at a time, and what was made dirty in them.

    Yields:
        One column for each field, as it is declared; and rows of `BLEMISHES_SCHEMA`.
    """
    return (make() for make in _chunk_makers(columns, table))


def _chunk_makers(columns: Columns, table: str) -> list[Callable[[], Chunk]]:
    resolved = columns.dataset.tables[table]
    if resolved.spec.blemishes is not None:
        return [partial(_dirty_chunk, resolved, make) for make in DirtyTable(columns, resolved).parts()]
    blocks = range(max(1, -(-columns.rows_of(table) // BLOCK_ROWS)))
    return [partial(_clean_chunk, columns, resolved, block) for block in blocks]


def _clean_chunk(columns: Columns, table: ResolvedTable, block: int) -> Chunk:
    return _stored(table, whole(columns.block(table.name, block))), BLEMISHES_SCHEMA.to_frame()


def _dirty_chunk(table: ResolvedTable, make: Callable[[], Part]) -> Chunk:
    values, recorded = make()
    return _stored(table, values), recorded


def _stored(table: ResolvedTable, values: Sequence[pl.Series]) -> pl.DataFrame:
    return pl.DataFrame([stored(column, table.fields[column.name]) for column in values])


def stored(values: pl.Series, field: ResolvedField) -> pl.Series:
    """A column as it stands in a file: numbers of so many decimals as decimals; dirty text as text.

    Raises:
        SynthDealError: A number has more than `DIGITS` digits ("datasets.too-many-digits").
    """
    if values.dtype == pl.String:
        return values
    if field.kind is Kind.NUMBER and field.decimals:
        largest = values.abs().max()
        if isinstance(largest, float) and not largest < 10.0 ** (DIGITS - field.decimals):
            raise SynthDealError(
                f"`{field.name}` of `{field.table}` has numbers up to {largest:,.0f} with {field.decimals} decimals, "
                f"but a number has {DIGITS} digits at most: write fewer `decimals`.",
                code="datasets.too-many-digits",
                usage=True,
            )
        return values.round(field.decimals).cast(pl.Decimal(DIGITS, field.decimals))
    return values.cast(pl.Int64) if field.kind is Kind.WHOLE else values


def write_parquet(
    columns: Columns,
    table: ResolvedTable,
    path: Path,
    on_rows: Callable[[int], None] = lambda _rows: None,
    *,
    threads: int | None = None,
) -> pl.DataFrame:
    """Write a table to a Parquet file.

    Args:
        columns: The dataset.
        table: One of its tables.
        path: Where it goes.
        on_rows: Called after each part with the rows that were written.
        threads: Parts that are made at once, as in `made_in_order`; the file has the same bytes with any number.

    Returns:
        What was made dirty, of `BLEMISHES_SCHEMA`.

    Raises:
        SynthDealError: Rows cannot be made.
        OSError: It cannot be written.
    """
    writer, blemishes = None, []
    makers = [partial(_as_arrow, make) for make in _chunk_makers(columns, table.name)]
    with closing(made_in_order(makers, threads)) as made:
        try:
            for arrow, recorded in made:
                writer = writer or _writer(path, arrow)
                writer.write_table(arrow)
                blemishes.append(recorded)
                on_rows(arrow.num_rows)
        finally:
            if writer is not None:
                writer.close()
    return pl.concat(blemishes)


def _as_arrow(make: Callable[[], Chunk]) -> tuple[pa.Table, pl.DataFrame]:
    frame, recorded = make()
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest()), recorded


def _writer(path: Path, first: pa.Table) -> pq.ParquetWriter:
    """A file for blocks like the first one. No one looks for texts by their least and greatest: they have none."""
    texts = {column.name for column in first.schema if pa.types.is_large_string(column.type)}
    return pq.ParquetWriter(
        path,
        first.schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=_repeating(first),
        write_statistics=[name for name in first.schema.names if name not in texts],
    )


def _repeating(block: pa.Table) -> list[str]:
    """Columns whose values come up so often that a dictionary of them saves time and room, by the first block."""
    return [column.name for column in pl.DataFrame(block) if column.n_unique() * REPEATS <= len(column)]
