"""Tables as JSON and JSON Lines, by expressions over whole columns.

Numbers are numbers with all their digits, decimals too; days and points in time are ISO 8601 text.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, ClassVar, Final, Literal

import polars as pl
from pydantic import Field

from synthdeal_assets.foundation.publishing.exports.export_tables import ExportTable
from synthdeal_assets.foundation.publishing.exports.exporter import Exporter
from synthdeal_assets.foundation.publishing.exports.values import refuse_non_finite, time_as_text, write_texts

TIMES: Final = (pl.Date, pl.Time, pl.Datetime)
MAX_INDENT: Final = 8

Orientation = Literal["records", "columns", "split"]


class JsonLines(Exporter):
    """JSON Lines: an object in each line."""

    suffix: ClassVar[str] = "jsonl"
    media_type: ClassVar[str] = "application/jsonl"
    is_text: ClassVar[bool] = True
    bytes_of_a_value: ClassVar[int] = 24

    def write(self, tables: Sequence[ExportTable], path: Path) -> list[str]:
        """Write the table.

        Raises:
            SynthDealError: A number is infinite or NaN.
            OSError: The file cannot be written.
        """
        (table,) = tables
        with path.open("wb") as file:
            for first, chunk in table.numbered_chunks():
                refuse_non_finite(table, first, chunk, "JSON")
                write_texts(file, chunk.select(_record(chunk, 0, 1)).to_series(), between="\n", end="\n")
        return []


class Json(Exporter):
    """JSON: one document for a table."""

    suffix: ClassVar[str] = "json"
    media_type: ClassVar[str] = "application/json"
    is_text: ClassVar[bool] = True
    bytes_of_a_value: ClassVar[int] = 24

    orientation: Orientation = Field(
        default="records",
        description="records: a list of objects; columns: an object of lists; split: names in columns, rows in data.",
    )
    indent: int = Field(
        default=0, ge=0, le=MAX_INDENT, description="Blanks for each level; 0 writes a row or a column in a line."
    )

    def write(self, tables: Sequence[ExportTable], path: Path) -> list[str]:
        """Write the table.

        Raises:
            SynthDealError: A number is infinite or NaN.
            OSError: The file cannot be written.
        """
        (table,) = tables
        with path.open("wb") as file:
            if self.orientation == "columns":
                self._write_columns(file, table)
            elif self.orientation == "split":
                names = json.dumps([column.name for column in table.columns], ensure_ascii=False)
                file.write(f'{{{self._new_line(1)}"columns": {names},{self._new_line(1)}"data": ['.encode())
                empty = self._write_rows(file, table, lambda chunk: _row(chunk, self.indent, 3), 2)
                file.write(f"{'' if empty else self._new_line(1)}]{self._new_line(0)}}}\n".encode())
            else:
                file.write(b"[")
                empty = self._write_rows(file, table, lambda chunk: _record(chunk, self.indent, 2), 1)
                file.write(f"{'' if empty else self._new_line(0)}]\n".encode())
        return []

    def dialects(self, tables: Sequence[ExportTable]) -> list[dict[str, object]]:
        """The orientation, unless it is a list of objects, with what Table Dialect has for a list of lists."""
        if self.orientation == "records":
            return super().dialects(tables)
        lists: dict[str, object] = {"property": "data", "itemType": "array"} if self.orientation == "split" else {}
        return [{"orientation": self.orientation, **lists} for _ in tables]

    def _new_line(self, level: int) -> str:
        return "\n" + " " * (self.indent * level)

    def _write_rows(
        self, file: BinaryIO, table: ExportTable, row: Callable[[pl.DataFrame], pl.Expr], level: int
    ) -> bool:
        """Write the rows, each in a new line of that level, with commas between; whether there is none."""
        empty = True
        for first, chunk in table.numbered_chunks():
            refuse_non_finite(table, first, chunk, "JSON")
            if chunk.is_empty():
                continue
            file.write((("" if empty else ",") + self._new_line(level)).encode())
            write_texts(file, chunk.select(row(chunk)).to_series(), between=f",{self._new_line(level)}")
            empty = False
        return empty

    def _write_columns(self, file: BinaryIO, table: ExportTable) -> None:
        """Write an object of lists; a file aside takes the columns of each chunk, so that the rows are read once."""
        names = [column.name for column in table.columns]
        between = f",{self._new_line(2)}" if self.indent else ","
        with tempfile.TemporaryFile(dir=Path(file.name).parent) as aside:
            places: list[list[tuple[int, int]]] = [[] for _ in names]
            for first, chunk in table.numbered_chunks():
                refuse_non_finite(table, first, chunk, "JSON")
                for place, (name, kind) in zip(places, chunk.schema.items(), strict=True):
                    text = between.join(chunk.select(_value(name, kind)).to_series()).encode()
                    place.append((aside.tell(), len(text)))
                    aside.write(text)
            file.write(b"{")
            for position, (name, place) in enumerate(zip(names, places, strict=True)):
                begin = self._new_line(2) if self.indent else ""
                end = self._new_line(1) if self.indent else ""
                file.write(f"{',' if position else ''}{self._new_line(1)}{_quoted(name)}: [{begin}".encode())
                for part, (start, length) in enumerate(p for p in place if p[1]):
                    aside.seek(start)
                    file.write((between.encode() if part else b"") + aside.read(length))
                file.write(f"{end}]".encode())
            file.write(b"\n}\n")


def _record(chunk: pl.DataFrame, indent: int, level: int) -> pl.Expr:
    """Each row as an object; with an indent its fields stand in lines of that level."""
    if not indent:
        # Whole runs of columns at once: only decimals, which Polars writes as text, and times need another form.
        runs = groupby(chunk.schema.items(), key=lambda item: isinstance(item[1], pl.Decimal))
        parts = [_fields(dict(columns), are_decimals=are_decimals) for are_decimals, columns in runs]
        return pl.concat_str([pl.lit("{"), pl.concat_str(parts, separator=","), pl.lit("}")])
    line = "\n" + " " * (indent * level)
    fields = [pl.concat_str([pl.lit(f"{_quoted(name)}: "), _value(name, kind)]) for name, kind in chunk.schema.items()]
    end = "\n" + " " * (indent * (level - 1))
    return pl.concat_str([pl.lit("{" + line), pl.concat_str(fields, separator=f",{line}"), pl.lit(end + "}")])


def _fields(columns: dict[str, pl.DataType], *, are_decimals: bool) -> pl.Expr:
    """Columns as the fields of an object, without its brackets."""
    if are_decimals:
        fields = [pl.concat_str([pl.lit(f"{_quoted(name)}:"), _value(name, kind)]) for name, kind in columns.items()]
        return pl.concat_str(fields, separator=",")
    values = [
        time_as_text(name, kind, between="T").alias(name) if isinstance(kind, TIMES) else pl.col(name)
        for name, kind in columns.items()
    ]
    return pl.struct(values).struct.json_encode().str.strip_prefix("{").str.strip_suffix("}")


def _row(chunk: pl.DataFrame, indent: int, level: int) -> pl.Expr:
    """Each row as a list."""
    line = "\n" + " " * (indent * level) if indent else ""
    end = "\n" + " " * (indent * (level - 1)) if indent else ""
    values = [_value(name, kind) for name, kind in chunk.schema.items()]
    between = f",{line}"
    return pl.concat_str([pl.lit("[" + line), pl.concat_str(values, separator=between), pl.lit(end + "]")])


def _value(name: str, kind: pl.DataType) -> pl.Expr:
    """A column as JSON text, never NULL."""
    column = pl.col(name)
    if isinstance(kind, TIMES):
        text = pl.lit('"') + time_as_text(name, kind, between="T") + pl.lit('"')
    elif kind.is_numeric() or isinstance(kind, pl.Boolean):
        text = column.cast(pl.String)
    else:
        encoded = pl.struct(column.alias("")).struct.json_encode()
        text = encoded.str.strip_prefix('{"":').str.strip_suffix("}")
    return text.fill_null("null")


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)
