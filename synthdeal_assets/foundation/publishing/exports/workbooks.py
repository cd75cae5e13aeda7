"""Tables as an Excel workbook, a sheet for each, text never a formula.

What Excel cannot hold becomes text, and whoever asked for the workbook hears of it: numbers of more than 15 digits and
days before 1900. Points in time with a zone are text with their offset.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Final

import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.publishing.exports.export_tables import ExportTable
from synthdeal_assets.foundation.publishing.exports.exporter import Exporter
from synthdeal_assets.foundation.publishing.exports.spreadsheets import MAX_CELL_LENGTH, column_width, write_text
from synthdeal_assets.foundation.publishing.exports.values import require_single_values, time_as_text

MAX_SHEET_ROWS: Final = 1_048_576
"""Rows of a sheet, its header among them."""
MAX_SHEET_COLUMNS: Final = 16_384
MAX_NAME: Final = 31
"""Characters in the name of a sheet."""
EXACT_DIGITS: Final = 15
"""Excel keeps 15 digits of a number."""
EXACT_BELOW: Final = 10**EXACT_DIGITS
FIRST_DAY: Final = dt.date(1900, 1, 1)
MADE: Final = dt.datetime(1980, 1, 1)  # noqa: DTZ001  # XlsxWriter wants it so
"""When the workbook says it was made, as its files in the archive do, so that the same rows give the same bytes."""

TOO_MANY_DIGITS: Final = f"numbers of more than {EXACT_DIGITS} digits are text, because Excel would round them"
TOO_EARLY: Final = "days before 1900 are text, because Excel has none"

Write = Callable[[int, Any], object]


class _AllDigits(float):
    """A number that is written with as many digits as it takes to read it back; XlsxWriter alone writes 16."""

    def __format__(self, _specification: str) -> str:
        return repr(float(self))


class Workbook(Exporter):
    """An Excel workbook; a table of more rows than a sheet has goes on in the next."""

    suffix: ClassVar[str] = "xlsx"
    media_type: ClassVar[str] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    takes_all_tables: ClassVar[bool] = True

    def write(self, tables: Sequence[ExportTable], path: Path) -> list[str]:
        """Write the tables.

        Returns:
            A sentence for each way in which values of a table were changed.

        Raises:
            SynthDealError: A type is none for a cell, or a table has more columns than a sheet.
            OSError: The file cannot be written.
        """
        import xlsxwriter

        require_single_values(tables, "Excel")
        for table in tables:
            if len(table.columns) > MAX_SHEET_COLUMNS:
                raise SynthDealError(
                    f"{table.label} has {len(table.columns):,} columns and a sheet of Excel {MAX_SHEET_COLUMNS:,}: "
                    "choose another format.",
                    code="export.too-many-columns",
                )
        names = _SheetNames(tables)
        notices: list[str] = []
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".xlsx-") as folder:
            workbook = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": folder})
            workbook.set_properties({"created": MADE})
            for table in tables:
                changed = _TableWriter(workbook, table, names).write()
                notices += [
                    f"{table.label}: {what} ({count:,} cell{'s' if count > 1 else ''})."
                    for what, count in changed.items()
                ]
            try:
                workbook.close()
            except xlsxwriter.exceptions.FileCreateError as error:
                raise OSError(str(error)) from error
        return notices

    def dialects(self, tables: Sequence[ExportTable]) -> list[dict[str, object]]:
        """The first sheet of each table."""
        return [{"sheetName": name} for name in _SheetNames(tables).first.values()]


class _SheetNames:
    """Names that Excel accepts and that differ, in whatever case.

    Attributes:
        first: Name of the first sheet of each table, by the table's label.
    """

    def __init__(self, tables: Sequence[ExportTable]) -> None:
        self._taken = {"history"}  # Excel keeps it for itself.
        self.first = {table.label: self.new(table.label) for table in tables}

    def new(self, wanted: str) -> str:
        """A name like the one that is wanted."""
        allowed = re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", wanted).strip("'") or "_"
        name, number = allowed[:MAX_NAME], 1
        while name.casefold() in self._taken or name.endswith("'"):
            number += 1
            name = f"{allowed[: MAX_NAME - len(f' {number}')]} {number}"
        self._taken.add(name.casefold())
        return name


class _TableWriter:
    """Writes the rows of a table to as many sheets as they need, and counts what it had to change."""

    def __init__(self, workbook: Any, table: ExportTable, names: _SheetNames) -> None:
        self._workbook, self._table, self._names = workbook, table, names
        self._bold, self._day, self._second, self._millisecond, self._time = (
            workbook.add_format(form)
            for form in (
                {"bold": True, "bottom": 1},
                {"num_format": "yyyy-mm-dd"},
                {"num_format": "yyyy-mm-dd hh:mm:ss"},
                {"num_format": "yyyy-mm-dd hh:mm:ss.000"},
                {"num_format": "hh:mm:ss"},
            )
        )
        self._changed: Counter[str] = Counter()
        self._page: Any = None
        self._row = 0

    def write(self) -> Counter[str]:
        """Write all rows; returns how many values were changed, by what was done to them."""
        writers = [self._writer(kind) for kind in self._table.frame_schema.values()]
        first_rows = pl.DataFrame(schema=self._table.frame_schema)
        self._begin(self._names.first[self._table.label], first_rows)
        for _, chunk in self._table.numbered_chunks():
            if first_rows.is_empty():
                first_rows = chunk
                self._set_widths(first_rows)
            for values in _with_zones_as_text(chunk).iter_rows():
                if self._row == MAX_SHEET_ROWS:
                    self._end()
                    self._begin(self._names.new(self._table.label), first_rows)
                for place, (write, value) in enumerate(zip(writers, values, strict=True)):
                    if value is not None:
                        write(place, value)
                self._row += 1
        self._end()
        return self._changed

    def _begin(self, name: str, rows: pl.DataFrame) -> None:
        self._page = self._workbook.add_worksheet(name)
        self._page.freeze_panes(1, 0)
        self._set_widths(rows)
        for place, column in enumerate(self._table.columns):
            self._page.write_string(0, place, column.name, self._bold)
        self._row = 1

    def _set_widths(self, rows: pl.DataFrame) -> None:
        for place, column in enumerate(rows):
            self._page.set_column(place, place, column_width(column))

    def _end(self) -> None:
        self._page.autofilter(0, 0, max(self._row - 1, 1), len(self._table.columns) - 1)

    def _writer(self, kind: pl.DataType) -> Write:
        if kind.is_integer():
            return self._whole_number
        if kind.is_decimal():
            return self._decimal
        if kind.is_float():
            return self._number
        writers: dict[type[pl.DataType], Write] = {
            pl.Boolean: lambda place, value: self._page.write_boolean(self._row, place, value),
            pl.Date: self._date,
            pl.Time: lambda place, value: self._page.write_datetime(self._row, place, value, self._time),
            pl.Datetime: self._datetime,
        }
        zoned = isinstance(kind, pl.Datetime) and kind.time_zone is not None
        return self._text if zoned else writers.get(type(kind), self._text)

    def _text(self, place: int, value: str) -> None:
        if write_text(self._page, self._row, place, value):
            self._changed[f"texts were cut to the {MAX_CELL_LENGTH:,} characters of a cell"] += 1

    def _whole_number(self, place: int, value: int) -> None:
        if abs(value) < EXACT_BELOW:
            self._page.write_number(self._row, place, value)
        else:
            self._instead(place, str(value), TOO_MANY_DIGITS)

    def _decimal(self, place: int, value: Decimal) -> None:
        if len(value.as_tuple().digits) <= EXACT_DIGITS or len(value.normalize().as_tuple().digits) <= EXACT_DIGITS:
            self._page.write_number(self._row, place, float(value))
        else:
            self._instead(place, f"{value:f}", TOO_MANY_DIGITS)

    def _number(self, place: int, value: float) -> None:
        if math.isfinite(value):
            self._page.write_number(self._row, place, _AllDigits(value))
        else:
            self._instead(place, str(value), "numbers that are infinite or NaN are text, because Excel has none")

    def _date(self, place: int, value: dt.date) -> None:
        if value >= FIRST_DAY:
            self._page.write_datetime(self._row, place, value, self._day)
        else:
            self._instead(place, value.isoformat(), TOO_EARLY)

    def _datetime(self, place: int, value: dt.datetime) -> None:
        if value.date() >= FIRST_DAY:
            self._page.write_datetime(self._row, place, value, self._millisecond if value.microsecond else self._second)
        else:
            self._instead(place, value.isoformat(" "), TOO_EARLY)

    def _instead(self, place: int, text: str, why: str) -> None:
        self._page.write_string(self._row, place, text)
        self._changed[why] += 1


def _with_zones_as_text(chunk: pl.DataFrame) -> pl.DataFrame:
    """The chunk with zoned points in time as text: Excel has no zones, and an hour in autumn is there twice."""
    return chunk.with_columns(
        time_as_text(name, kind)
        for name, kind in chunk.schema.items()
        if isinstance(kind, pl.Datetime) and kind.time_zone is not None
    )
