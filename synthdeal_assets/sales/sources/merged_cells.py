"""Cells that a workbook merges over several rows: what stands in the first row of each is written into the others.

The reader of workbooks does not say which cells are merged, so the workbook itself is read. What is only blank, and not
merged, is left blank: nothing says what would stand there. How far cells reach belongs in `sheet_extent.py`.
"""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.sales.amount_macros import CURRENCY_CODES
from synthdeal_assets.sales.column_names import in_words
from synthdeal_assets.sales.product_map.names_in_use import sureness_of
from synthdeal_assets.sales.sources.text_encoding import CHUNK_BYTES

KEYS: Final = ("customer_id", "customer_name", "order_date", "invoice", "branch", "rep", "product", "division")
"""What holds for each row that a cell is merged over; a figure is one for all of them."""

_TAG: Final = r"<(?:\w+:)?{}\b[^>]*>"
_SHEET: Final = re.compile(_TAG.format("sheet"))
_RELATIONSHIP: Final = re.compile(_TAG.format("Relationship"))
_ATTRIBUTE: Final = re.compile(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_MERGED: Final = re.compile(
    rb"""<(?:\w+:)?mergeCell\b[^>]*\bref\s*=\s*["']([A-Z]{1,3})([0-9]{1,7}):[A-Z]{1,3}([0-9]{1,7})["']"""
)
_CELL: Final = re.compile(rb"""<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})[0-9]{1,7}"[^>]*(?<!/)>""")
_LONGEST_TAG: Final = 512
_BEGINS_WITH_LETTER: Final = re.compile(r"[\W_]*[^\W\d_]")
_WORDS: Final = re.compile(rf"(?:{CURRENCY_CODES})(?![^\W_])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MergedCell:
    """A cell that is merged over several rows.

    Attributes:
        column: Its first column in the sheet's table, 0 for the first one that holds anything.
        first_row: Its first row in the sheet, from 0.
        last_row: Its last row, likewise.
    """

    column: int
    first_row: int
    last_row: int


def merged_cells(path: Path, sheet: str) -> list[MergedCell]:
    """The cells of a sheet that are merged over several rows, in their order; none in a workbook that is no .xlsx."""
    if not zipfile.is_zipfile(path):
        return []
    with zipfile.ZipFile(path) as archive:
        part = _part_of(archive, sheet)
        if part is None:
            return []
        found, columns, kept = list[tuple[bytes, bytes, bytes]](), set[bytes](), b""
        with archive.open(part) as file:
            while chunk := file.read(CHUNK_BYTES):
                chunk = kept + chunk
                whole = chunk.rfind(b">") + 1
                found += _MERGED.findall(chunk, 0, whole)
                columns.update(_CELL.findall(chunk, 0, whole))
                kept = chunk[whole:][-_LONGEST_TAG:]
    first_column = min(map(_number_of, columns), default=0)
    cells = (MergedCell(_number_of(name) - first_column, int(top) - 1, int(end) - 1) for name, top, end in found)
    return sorted(
        (cell for cell in cells if cell.column >= 0 and cell.last_row > cell.first_row),
        key=lambda cell: (cell.column, cell.first_row),
    )


def filled_down(frame: pl.DataFrame, cells: Sequence[MergedCell], *, first_row: int) -> tuple[pl.DataFrame, list[str]]:
    """The table of a sheet with what stands in merged cells in each of their rows, and what is to be said of that.

    Keys of a line are filled: columns that are called so, and others that hold words or days. A merged figure is one
    for all its rows, and stays in the first.

    Args:
        frame: The table, without its header.
        cells: The merged cells of its sheet.
        first_row: The row of the sheet in which the first row of the table stands, from 0.
    """
    rows_of: dict[str, list[range]] = {}
    for cell in cells:
        if cell.column < frame.width and first_row <= cell.first_row < first_row + frame.height:
            rows = range(cell.first_row - first_row, min(cell.last_row - first_row + 1, frame.height))
            rows_of.setdefault(frame.columns[cell.column], []).append(rows)
    filled = [name for name, merged in rows_of.items() if _is_key(frame[name], [rows.start for rows in merged])]
    for name in filled:
        taken_from = np.arange(frame.height)
        for rows in rows_of[name]:
            taken_from[rows] = rows.start
        frame = frame.with_columns(pl.coalesce(pl.col(name), frame[name].gather(taken_from)).alias(name))
    others = [name for name in rows_of if name not in filled]
    said = [f"what stands in merged cells of {in_words(filled)} is read in each of their rows"] if filled else []
    said += [f"a figure in merged cells of {in_words(others)} counts once, in their first row"] if others else []
    return frame, said


def _is_key(column: pl.Series, first_rows: Sequence[int]) -> bool:
    if any(sureness_of(column.name, role) is not None for role in KEYS) or column.dtype.is_temporal():
        return True
    return column.dtype == pl.String and any(
        _BEGINS_WITH_LETTER.match(_WORDS.sub("", value)) for value in column[list(first_rows)].drop_nulls()
    )


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The file in a workbook that holds a sheet; None where the workbook does not say."""
    try:
        book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
        relationships = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    except KeyError:
        return None
    sheets = map(_attributes, _SHEET.findall(book))
    ids = {each.get("name"): value for each in sheets for name, value in each.items() if name.endswith(":id")}
    parts = map(_attributes, _RELATIONSHIP.findall(relationships))
    targets = {each.get("Id"): each.get("Target", "") for each in parts}
    part = posixpath.normpath(posixpath.join("/xl", targets.get(ids.get(sheet), ""))).lstrip("/")
    return part if part in archive.namelist() else None


def _attributes(tag: str) -> dict[str, str]:
    return {name: html.unescape(one or other) for name, one, other in _ATTRIBUTE.findall(tag)}


def _number_of(letters: bytes) -> int:
    """The place of a column, 0 for A."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1
