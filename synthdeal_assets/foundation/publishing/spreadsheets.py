"""Tables as files for a spreadsheet: CSV whose text is never run as a formula, and Excel workbooks.

Which columns and rows belongs in the room that gives the file out. Every file is written aside and moved into place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from synthdeal_assets.foundation.publishing.atomic_write import written_aside

FORMULA_START: Final = r"^[=@\t\r]|^[+-].*[^0-9 ().-]"
"""Text that a spreadsheet would run as a formula, after OWASP's page on CSV injection; a phone number is none."""

WIDEST_COLUMN: Final = 60
NARROWEST_COLUMN: Final = 8
ROWS_MEASURED: Final = 200
"""Rows whose text decides how wide a column is."""
MAX_CELL_LENGTH: Final = 32_767
"""Characters that Excel keeps in a cell."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook.

    Attributes:
        name: Its name, 31 characters at most.
        frame: Its rows; text stays text, numbers numbers, days days.
        formats: Excel's number format by column, such as "0.0%"; the others have Excel's own.
        note: A line above the table; none when None.
    """

    name: str
    frame: pl.DataFrame
    formats: Mapping[str, str]
    note: str | None = None


def without_formulas(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with an apostrophe in front of each text that a spreadsheet would run as a formula."""
    return frame.with_columns(
        pl.when(pl.col(name).str.contains(f"(?s){FORMULA_START}"))
        .then(pl.lit("'") + pl.col(name))
        .otherwise(pl.col(name))
        .alias(name)
        for name, kind in frame.schema.items()
        if kind == pl.String
    )


def write_csv(path: Path, frame: pl.DataFrame) -> None:
    """Write the frame as CSV in UTF-8, text disarmed.

    Raises:
        OSError: The folder cannot be written, or the disk is full; what stood there before still stands there.
    """
    with written_aside(path) as aside:
        without_formulas(frame).write_csv(aside)


def write_workbook(path: Path, sheets: Sequence[Sheet], *, made: dt.datetime) -> None:
    """Write an Excel workbook: headers frozen and filterable, columns as wide as their text, text never a formula.

    Args:
        path: File to write.
        sheets: Its sheets, at least one.
        made: What the workbook says of when it was made; the same rows and moment give the same bytes.

    Raises:
        OSError: The folder cannot be written, or the disk is full; what stood there before still stands there.
    """
    import xlsxwriter

    with written_aside(path) as aside:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(str(aside), {**options, "strings_to_numbers": False}) as workbook:
            workbook.set_properties({"created": made})
            for sheet in sheets:
                _write_sheet(workbook, sheet)


def _write_sheet(workbook: Any, sheet: Sheet) -> None:
    page = workbook.add_worksheet(sheet.name)
    bold, day = workbook.add_format({"bold": True, "bottom": 1}), workbook.add_format({"num_format": "yyyy-mm-dd"})
    formats = {name: workbook.add_format({"num_format": pattern}) for name, pattern in sheet.formats.items()}
    columns = sheet.frame.columns
    top = 0
    if sheet.note is not None:
        page.write_string(0, 0, sheet.note)
        top = 1
    for place, name in enumerate(columns):
        page.set_column(place, place, _width(sheet.frame[name]))
    for place, name in enumerate(columns):
        page.write_string(top, place, name, bold)
    for row, values in enumerate(sheet.frame.iter_rows(), start=top + 1):
        for place, (name, value) in enumerate(zip(columns, values, strict=True)):
            if value is None:
                continue
            if isinstance(value, str):
                page.write_string(row, place, value[:MAX_CELL_LENGTH])
            elif isinstance(value, bool):
                page.write_boolean(row, place, value)
            elif isinstance(value, dt.date):
                page.write_datetime(row, place, value, day)
            else:
                page.write_number(row, place, value, formats.get(name))
    page.freeze_panes(top + 1, 0)
    if columns:
        page.autofilter(top, 0, top + max(sheet.frame.height, 1), len(columns) - 1)


def _width(column: pl.Series) -> int:
    longest = column.head(ROWS_MEASURED).cast(pl.String).str.len_chars().max()
    return min(WIDEST_COLUMN, max(NARROWEST_COLUMN, len(column.name) + 2, int(str(longest or 0)) + 1))
