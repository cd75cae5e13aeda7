"""Values that a format cannot hold, refused with their row, and points in time as text."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import BinaryIO, Final

import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.publishing.exports.export_tables import ExportTable

SINGLE_VALUES: Final = (pl.String, pl.Boolean, pl.Date, pl.Datetime, pl.Time)
"""Types beside numbers whose values every format can hold."""
POINT_IN_TIME: Final = "%Y-%m-%d %H:%M:%S%.f"
"""Days and times with as many digits of a second as they have."""


def require_single_values(tables: Iterable[ExportTable], what: str) -> None:
    """Make sure that no column holds lists, structures, spans of time or bytes.

    Args:
        tables: The tables that are about to be written.
        what: What they are written to, for the sentence, such as "CSV".

    Raises:
        SynthDealError: A column does.
    """
    for table in tables:
        for name, kind in table.frame_schema.items():
            if kind not in SINGLE_VALUES and not kind.is_numeric():
                raise SynthDealError(
                    f"{name} of {table.label} is of type {kind}, which {what} cannot hold: export it as Parquet.",
                    code="export.type-not-held",
                    usage=True,
                )


def refuse_rows(
    table: ExportTable, first: int, chunk: pl.DataFrame, column: str, refused: pl.Expr, *, value: str, what: str
) -> None:
    """Make sure that a condition holds for no row of a chunk.

    Args:
        table: Where the chunk comes from.
        first: Number of the chunk's first row.
        chunk: The rows.
        column: The column that the condition is about.
        refused: Whether a row is refused.
        value: What the refused value is, for the sentence, such as "NaN".
        what: What cannot hold it, such as "JSON".

    Raises:
        SynthDealError: It does; the sentence names the first such row.
    """
    rows = chunk.select(refused.fill_null(value=False).arg_true()).to_series()
    if not rows.is_empty():
        raise value_not_held(table, first + int(rows[0]), column, value=value, what=what)


def value_not_held(table: ExportTable, row: int, column: str, *, value: str, what: str) -> SynthDealError:
    """The failure for a value that a format cannot hold; rows are counted from 1."""
    return SynthDealError(
        f"Row {row:,} of {table.label} has {value} in {column}, which {what} cannot hold: change that value, or choose "
        "another format.",
        code="export.value-not-held",
    )


def refuse_non_finite(table: ExportTable, first: int, chunk: pl.DataFrame, what: str) -> None:
    """Make sure that no number of a chunk is infinite or not a number.

    Raises:
        SynthDealError: One is; the sentence names its row.
    """
    for name, kind in chunk.schema.items():
        if kind.is_float():
            refuse_rows(table, first, chunk, name, pl.col(name).is_nan(), value="NaN", what=what)
            refuse_rows(table, first, chunk, name, pl.col(name).is_infinite(), value="an infinite number", what=what)


def time_as_text(name: str, kind: pl.DataType, *, between: str = " ") -> pl.Expr:
    """A column of days, times or points in time as ISO 8601 text, NULL where it is; with the offset of a time zone.

    Args:
        name: The column.
        kind: Its type: Date, Time or Datetime.
        between: What stands between day and time.
    """
    if isinstance(kind, pl.Date):
        return pl.col(name).cast(pl.String)
    if isinstance(kind, pl.Time):
        return pl.col(name).dt.to_string("%H:%M:%S%.f")
    zone = "%:z" if isinstance(kind, pl.Datetime) and kind.time_zone is not None else ""
    return pl.col(name).dt.to_string(POINT_IN_TIME.replace(" ", between) + zone)


def columns_of(chunk: pl.DataFrame, kinds: Collection[type[pl.DataType]]) -> list[str]:
    """Names of the columns of these types."""
    return [name for name, kind in chunk.schema.items() if type(kind) in kinds]


def write_texts(file: BinaryIO, texts: pl.Series, *, between: str, end: str = "") -> None:
    """Write texts to a file in UTF-8.

    Args:
        file: The file.
        texts: The texts, none of them NULL.
        between: What stands between two of them.
        end: What follows the last one, if there is one.
    """
    if texts.is_empty():
        return
    for part, separator in ((texts[:-1], between), (texts[-1:], end)):
        # Without a line of Python for each text.
        part.to_frame().write_csv(file, include_header=False, quote_style="never", line_terminator=separator)
