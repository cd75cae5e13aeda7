"""How far the cells of a workbook reach, before it is read: its reader makes room for all of them, the empty ones too.

How its rows are read belongs in `sales_log.py`.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import IO, Final

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.sales.sources.text_encoding import CHUNK_BYTES, require_no_bomb

MAX_CELLS: Final = 1 << 24
"""Room for so many cells is always made: about half a gigabyte, or a million rows of sixteen columns."""

MAX_TIMES_FILLED: Final = 20
"""A table of which less than this part is filled is none, but has something lying far from it."""

_SHEET: Final = re.compile(r"worksheets/[^/]+\.(xml|bin)$", re.IGNORECASE)
_FILLED: Final = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*(?<!/)>')
_LONGEST_TAG: Final = 512
_DIMENSION_OF_BINARY: Final = b"\x94\x01\x10"
"""Begins the record of a binary sheet that says its first and last row and column, four bytes each."""


def require_near_cells(path: Path, shown: str) -> None:
    """Refuse a workbook with a cell so far out that there would be no memory for all before it.

    Args:
        path: The workbook; an old one, which is no zip archive, has too few rows for that.
        shown: What to call it.

    Raises:
        SynthDealError: A sheet has such a cell, or the file unpacks to very much more than it is.
    """
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        require_no_bomb(shown, sum(part.file_size for part in parts), path.stat().st_size)
        for part in parts:
            if _SHEET.search(part.filename):
                with archive.open(part) as sheet:
                    cells, filled, last = (_of_binary if part.filename.endswith("bin") else _of_text)(sheet)
                if cells > max(MAX_CELLS, MAX_TIMES_FILLED * filled):
                    raise SynthDealError(
                        f"{shown} has a sheet whose cells reach to {last}, nearly all of them empty: delete the rows "
                        "and columns outside the table, or export the table as CSV.",
                        code="sales-log.far-cell",
                        usage=True,
                    )


def _of_text(sheet: IO[bytes]) -> tuple[int, int, str]:
    """Cells up to the last one of a sheet, how many of them are filled, and the name of the last."""
    filled, last_row, columns, kept = 0, 0, set[bytes](), b""
    while chunk := sheet.read(CHUNK_BYTES):
        chunk = kept + chunk
        whole = chunk.rfind(b">") + 1
        found = _FILLED.findall(chunk, 0, whole)
        kept = chunk[whole:][-_LONGEST_TAG:]
        filled += len(found)
        columns |= {column for column, _ in found}
        last_row = max(last_row, max((int(row) for _, row in found), default=0))
    last_column = max(columns, key=lambda name: (len(name), name), default=b"A")
    place = 0
    for letter in last_column:
        place = place * 26 + letter - ord("A") + 1
    return place * last_row, filled, f"{last_column.decode()}{last_row}"


def _of_binary(sheet: IO[bytes]) -> tuple[int, int, str]:
    """The same of a binary sheet, by what its beginning says; what of it is filled is reckoned by its size."""
    beginning = sheet.read(CHUNK_BYTES)
    size = len(beginning)
    place = beginning[:_LONGEST_TAG].find(_DIMENSION_OF_BINARY)
    if place < 0:
        return 0, 0, ""
    while chunk := sheet.read(CHUNK_BYTES):
        size += len(chunk)
    numbers = beginning[place + 3 : place + 19]
    row, column = (int.from_bytes(numbers[at : at + 4], "little") + 1 for at in (4, 12))
    return row * column, size // 8, f"row {row:,}, column {column:,}"
