"""Tables as CSV. NULL is an empty cell, an empty text a quoted one."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, BinaryIO, ClassVar, Final

import polars as pl
from pydantic import AfterValidator, Field

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.publishing.exports.export_tables import ExportTable
from synthdeal_assets.foundation.publishing.exports.exporter import Exporter
from synthdeal_assets.foundation.publishing.exports.spreadsheets import without_formulas, without_formulas_in
from synthdeal_assets.foundation.publishing.exports.values import (
    columns_of,
    require_single_values,
    time_as_text,
)

SPELT_OUT: Final = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
TIMES: Final = frozenset({pl.Date, pl.Time, pl.Datetime})


def _delimiter(text: str) -> str:
    mark = SPELT_OUT.get(text, text)
    if len(mark) != 1 or not mark.isascii() or mark.isalnum() or mark in '"\r\n\0.-+':
        raise ValueError("give one character such as , or ; or tab, no letter, digit, quote, sign or dot")
    return mark


def _encoding(text: str) -> str:
    try:
        "a".encode(text)
        return codecs.lookup(text).name
    except (LookupError, UnicodeError) as error:
        raise ValueError("give an encoding such as utf-8, utf-8-sig, utf-16, latin-1 or cp1252") from error


class Csv(Exporter):
    """CSV as RFC 4180 has it, with line ends of one line feed."""

    suffix: ClassVar[str] = "csv"
    media_type: ClassVar[str] = "text/csv"
    is_text: ClassVar[bool] = True

    delimiter: Annotated[str, AfterValidator(_delimiter)] = Field(
        default=",", description="Character between cells; tab, semicolon and pipe may be spelt out."
    )
    encoding: Annotated[str, AfterValidator(_encoding)] = Field(
        default="utf-8", description="Encoding, such as latin-1 or cp1252; utf-8-sig begins with a byte-order mark."
    )
    header: bool = Field(default=True, description="Whether the first line names the columns.")
    plain: bool = Field(
        default=False, description="Whether text that a spreadsheet would run as a formula stays as it is."
    )

    def write(self, tables: Sequence[ExportTable], path: Path) -> list[str]:
        """Write the table.

        Raises:
            SynthDealError: A type is none for a cell, or a character is not in the encoding.
            OSError: The file cannot be written.
        """
        require_single_values(tables, "CSV")
        (table,) = tables
        encoder = codecs.getincrementalencoder(self.encoding)()
        with path.open("wb") as file:
            if self.header:
                names = [column.name for column in table.columns]
                head = pl.DataFrame([names if self.plain else without_formulas_in(names)], orient="row")
                self._write_rows(file, encoder, table, 0, head)
            for first, chunk in table.numbered_chunks():
                self._write_rows(file, encoder, table, first, self._cells(chunk))
        return []

    def dialects(self, tables: Sequence[ExportTable]) -> list[dict[str, object]]:
        """Delimiter and header, and whether texts are as they are."""
        plain = {"plain": True} if self.plain else {}
        return [{"delimiter": self.delimiter, "header": self.header, **plain} for _ in tables]

    def _cells(self, chunk: pl.DataFrame) -> pl.DataFrame:
        cells = chunk.with_columns(time_as_text(name, chunk.schema[name]) for name in columns_of(chunk, TIMES))
        return cells if self.plain else without_formulas(cells)

    def _write_rows(
        self, file: BinaryIO, encoder: codecs.IncrementalEncoder, table: ExportTable, first: int, cells: pl.DataFrame
    ) -> None:
        if self.encoding == "utf-8":
            cells.write_csv(file, include_header=False, separator=self.delimiter)
            return
        text = cells.write_csv(include_header=False, separator=self.delimiter)
        try:
            file.write(encoder.encode(text))
        except UnicodeEncodeError as error:
            raise self._misfit(table, first, cells) from error

    def _misfit(self, table: ExportTable, first: int, cells: pl.DataFrame) -> SynthDealError:
        """The failure for the first character that the encoding does not have; the names of columns are row 0."""
        for row, values in enumerate(cells.select(pl.col(pl.String)).iter_rows(named=True), start=first):
            for column, text in values.items():
                try:
                    (text or "").encode(self.encoding)
                except UnicodeEncodeError as error:
                    missing = error.object[error.start]
                    place = f"row {row:,} of its column {column}" if row else "the name of a column"
                    return SynthDealError(
                        f"{table.label} has the character {missing!r} (U+{ord(missing):04X}) in {place}, which the "
                        f"encoding {self.encoding} does not have: choose utf-8.",
                        code="export.not-in-encoding",
                    )
        raise AssertionError("the whole text has a character that none of its cells has")
