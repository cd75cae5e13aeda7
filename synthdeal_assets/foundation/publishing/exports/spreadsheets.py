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
from synthdeal_assets.foundation.warehouse.statements import sql_literal

_BLANKS: Final = r" \x{a0}\x{3000}\x{feff}"
_WIDE_SIGNS: Final = r"\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}"
FORMULA_SIGNS: Final = ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n"]
"""What text without is no formula."""

FORMULA_START: Final = rf"(?s)^(?:[\t\r\n]|[\s{_BLANKS}\"',;]*[=+\-@{_WIDE_SIGNS}])"
"""Text that a spreadsheet may run as a formula: every sign of OWASP's page on CSV injection, full-width ones too, also
after blanks, quotes and separators. What of it is none is in NO_FORMULA."""

NO_FORMULA: Final = (
    rf"(?s)^[{_BLANKS}\"']*(?:"
    r"[+-] ?\p{Sc}? ?[\d.,' ]*\d[\d.,' ]*(?:[eE][+-]?\d+)? ?[%\p{Sc}]?"  # a number
    r"|\+\d{1,3} \(?\d[\d ().-]*"  # a telephone number that is no sum
    r"|-+"
    # A line of a list, unless its first word calls a function, calculates or names a program (DDE: name|topic!item).
    r"|- +[^\s\d=+\-@(|\"'][^\s(|+*^&<>=]*(?:\s[^|]*(?:\|[^!]*)?)?"
    r"|- +\d[\d.,]*%? +\pL[^|(]*"
    r")$"
)

FORMULA_INSIDE: Final = (
    rf"([,;\t\r\n][\s{_BLANKS}\"']*)"
    rf"([=@{_WIDE_SIGNS}]"
    r"|[+-][\d.,]*[^\d\s.,;:%)\]}\"'eE-])"
)
"""The beginning of a formula after a separator, which is a cell where the file is read with that one."""

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
    """The frame with each text and each name of a column disarmed that a spreadsheet may run as a formula.

    It gets an apostrophe in front, and before each sign that would begin a formula after a separator.
    """
    cells = frame.with_columns(
        _disarmed_column(frame[name]) for name, kind in frame.schema.items() if kind == pl.String
    )
    return cells.rename(dict(zip(frame.columns, without_formulas_in(frame.columns), strict=True)))


def without_formulas_in(texts: Sequence[str]) -> list[str]:
    """The texts, such as the names of columns, disarmed as `without_formulas` does."""
    return pl.Series("text", texts, pl.String).to_frame().select(_disarmed(pl.col("text")))["text"].to_list()


def _disarmed_column(texts: pl.Series) -> pl.Series:
    """The texts, disarmed; most have none of the signs, and the patterns are slow."""
    suspects = texts.str.contains_any(FORMULA_SIGNS).arg_true()
    if suspects.is_empty():
        return texts
    return texts.scatter(suspects, texts.gather(suspects).to_frame().select(_disarmed(pl.col(texts.name))).to_series())


def _disarmed(text: pl.Expr) -> pl.Expr:
    inside = pl.lit("'") + text.str.replace_all(FORMULA_INSIDE, "${1}'${2}")
    return pl.when(_may_run(text)).then(inside).otherwise(text).name.keep()


def _may_run(text: pl.Expr) -> pl.Expr:
    at_the_start = text.str.contains(FORMULA_START) & ~text.str.contains(NO_FORMULA)
    return at_the_start | text.str.contains(FORMULA_INSIDE)


def disarmed_sql(column: str) -> str:
    """What `without_formulas` does, as an SQL expression for a column of texts."""
    start, none, inside = (sql_literal(pattern) for pattern in (FORMULA_START, NO_FORMULA, FORMULA_INSIDE))
    at_the_start = f"regexp_matches({column}, {start}) AND NOT regexp_matches({column}, {none})"
    return (
        f"CASE WHEN {at_the_start} OR regexp_matches({column}, {inside}) "
        f"THEN '''' || regexp_replace({column}, {inside}, '\\1''\\2', 'g') ELSE {column} END"
    )


def write_csv(path: Path, frame: pl.DataFrame, *, plain: bool = False) -> None:
    """Write the frame as CSV in UTF-8, text disarmed unless it is to be plain.

    Raises:
        OSError: The folder cannot be written, or the disk is full; what stood there before still stands there.
    """
    with written_aside(path) as aside:
        (frame if plain else without_formulas(frame)).write_csv(aside)


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
        page.set_column(place, place, column_width(sheet.frame[name]))
    for place, name in enumerate(columns):
        page.write_string(top, place, name, bold)
    for row, values in enumerate(sheet.frame.iter_rows(), start=top + 1):
        for place, (name, value) in enumerate(zip(columns, values, strict=True)):
            if value is None:
                continue
            if isinstance(value, str):
                write_text(page, row, place, value)
            elif isinstance(value, bool):
                page.write_boolean(row, place, value)
            elif isinstance(value, dt.date):
                page.write_datetime(row, place, value, day)
            else:
                page.write_number(row, place, value, formats.get(name))
    page.freeze_panes(top + 1, 0)
    if columns:
        page.autofilter(top, 0, top + max(sheet.frame.height, 1), len(columns) - 1)


def write_text(page: Any, row: int, place: int, text: str) -> bool:
    """Write a text into a cell of a sheet of XlsxWriter; whether it had to be cut to what Excel keeps of it."""
    if text.startswith("<r>") and text.endswith("</r>"):
        # XlsxWriter takes it for a text with formats that is XML already.
        page.write_rich_string(row, place, text[:1], text[1:2], text[2:])
        return len(text) > MAX_CELL_LENGTH
    return bool(page.write_string(row, place, text))


def column_width(column: pl.Series) -> int:
    """How wide a column of a sheet is, in characters, for its name and the first of its values."""
    longest = column.head(ROWS_MEASURED).cast(pl.String).str.len_chars().max()
    return min(WIDEST_COLUMN, max(NARROWEST_COLUMN, len(column.name) + 2, int(str(longest or 0)) + 1))
