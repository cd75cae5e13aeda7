"""How a text table is made: its delimiter, the lines above its header, and what stands in the header.

What its bytes mean belongs in `text_encoding.py`, how its rows get into DuckDB in `text_tables.py`.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.sales.sources.header_rows import with_row_above, with_row_below
from synthdeal_assets.sales.sources.text_encoding import not_a_table

SAMPLE_BYTES: Final = 1 << 20
SAMPLE_RECORDS: Final = 200
DELIMITERS: Final = (",", ";", "\t", "|", "^", "~")
BLANKS: Final = " "
"""Stands for columns that are set apart by one or more blanks or tabs."""

AGREEING_SHARE: Final = 0.7
"""A delimiter is believed when at least so many of the first records have the same number of cells."""

_NUMBER: Final = re.compile(r"^[($€£\s-]*\d[\d.,' ]*[)%€\s-]*$")
_DAY: Final = re.compile(r"^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([T ].*)?$")
_YEAR: Final = re.compile(r"^(19|20|21)\d\d$")


@dataclass(frozen=True, slots=True)
class TableShape:
    """How the first records of a file are made.

    Attributes:
        delimiter: What parts the cells; BLANKS for one or more blanks or tabs.
        skipped_lines: Lines before the header, or before the first row where there is none.
        cells: What stands in the header.
        width: Cells of a row.
        caveats: What a reader of the results must know.
    """

    delimiter: str
    skipped_lines: int
    cells: tuple[str, ...]
    width: int
    caveats: tuple[str, ...]


def shape_of(path: Path, shown: str) -> TableShape:
    """How the first records of a table in UTF-8 are made.

    Raises:
        SynthDealError: It is empty or no table, or its header has other cells than its lines.
    """
    with path.open("r", encoding="utf-8-sig", newline="") as file:
        sample = file.read(SAMPLE_BYTES)
        is_whole = not file.read(1)
    if not sample.strip():
        raise SynthDealError(
            f"{shown} is empty: give a file with a header and rows.", code="sales-log.empty-file", usage=True
        )
    if (announced := re.match(r'"?sep=(.)"?\r?\n', sample)) is not None:
        found = _records(sample[announced.end() :], announced[1], is_whole=is_whole)
        return _from_header(found, announced[1], 1, shown)
    tried = []
    for delimiter in DELIMITERS:
        found = _records(sample, delimiter, is_whole=is_whole)
        width, share = _usual_width(found)
        if width > 1 and share >= AGREEING_SHARE:
            tried.append((share > 0.95, width, delimiter, found))
    if not tried:
        found = _records(sample, BLANKS, is_whole=is_whole)
        width, share = _usual_width(found)
        if width > 1 and share >= AGREEING_SHARE:
            tried.append((True, width, BLANKS, found))
    if not tried:
        found = _records(sample, ",", is_whole=is_whole)
        width, share = _usual_width(found)
        if share < AGREEING_SHARE:
            raise not_a_table(shown, "its lines have different numbers of cells with every delimiter")
        tried.append((True, width, ",", found))
    _, _, delimiter, found = max(tried, key=lambda one: one[:2])
    return _from_header(found, delimiter, 0, shown)


def _records(sample: str, delimiter: str, *, is_whole: bool) -> list[tuple[int, list[str]]]:
    """The first records that are not blank, each with the number of lines before it."""
    if delimiter == BLANKS:
        lines: Iterator[str] = iter([line.replace("\t", " ").strip() for line in sample.splitlines()])
    else:
        lines = iter(sample.splitlines(keepends=True))
    csv.field_size_limit(2 * SAMPLE_BYTES)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter == BLANKS)
    found = []
    try:
        before = 0
        for cells in reader:
            if cells and any(cell.strip() for cell in cells):
                found.append((before, cells))
            before = reader.line_num
            if len(found) > SAMPLE_RECORDS:
                break
        else:
            if not is_whole and len(found) > 1:
                found.pop()  # the sample ends somewhere inside it
    except csv.Error:
        return []
    return found


def _usual_width(found: Sequence[tuple[int, list[str]]]) -> tuple[int, float]:
    """The most common number of cells, and the share of records that have it, header and lines before it left out."""
    later = found[len(found) // 2 :]
    if not later:
        return 0, 0.0
    width, times = Counter(len(cells) for _, cells in later).most_common(1)[0]
    return width, times / len(later)


def _from_header(found: Sequence[tuple[int, list[str]]], delimiter: str, skipped_lines: int, shown: str) -> TableShape:
    width, _ = _usual_width(found)
    caveats = []
    first = 0
    while first < len(found) - 1 and is_above_header(found[first][1], width):
        first += 1
    skipped_lines += found[first][0]
    if first:
        caveats.append(f"{first} line{'' if first == 1 else 's'} before the header left out")
    cells = [cell.strip() for cell in found[first][1]]
    rows = [[cell.strip() for cell in record] for _, record in found]
    names, further = combined_header(rows, first)
    if names is not None:
        cells, skipped_lines = names, skipped_lines + found[first + further][0] - found[first][0]
        caveats.append("the header has two rows, whose names were put together")
    below = [record for _, record in found[first + 1 + further :]]
    if below:
        width = Counter(len(record) for record in below).most_common(1)[0][0]
    if len(cells) == width - 1:
        if all(not record[-1].strip() for record in below if len(record) == width):
            cells.append("")
        elif all(record[0].strip() == str(place) for place, record in enumerate(below, 1)):
            cells.insert(0, "")
            caveats.append("the numbers of the rows, which the header does not name, are a column of their own")
    while len(cells) > width and not cells[-1]:
        cells.pop()
    if len(cells) != width:
        raise SynthDealError(
            f"{shown} has {len(cells)} columns in its header and {width} in the lines below: give every line as many "
            "cells as the header, with quotes around text that holds the delimiter.",
            code="sales-log.ragged",
            usage=True,
        )
    return TableShape(delimiter, skipped_lines, tuple(cells), width, tuple(caveats))


def combined_header(rows: Sequence[Sequence[str]], first: int) -> tuple[list[str] | None, int]:
    """The names of a header of two rows, None for one of one row; and how many rows of it are below the first.

    Args:
        rows: The first rows of a table, its titles included.
        first: Which of them was taken for the header.
    """
    width = len(rows[first])
    near = [row for row in rows[max(first - 1, 0) : first + 5] if len(row) == width]
    place = next(place for place, row in enumerate(near) if row is rows[first])
    if place and (names := with_row_above(near[place - 1], near[place])) is not None:
        return names, 0
    if len(near) > place + 2:
        names = with_row_below(near[place], near[place + 1], near[place + 2 :])
        return names, int(names is not None)
    return None, 0


def is_above_header(cells: Sequence[str], width: int) -> bool:
    """Whether a line above a table is a title or the like: at most half of the cells of the table are filled in it."""
    return len([cell for cell in cells if cell.strip()]) <= max(1, width // 2) < width - 1


def looks_like_data(cells: Sequence[str]) -> bool:
    """Whether cells hold a day, or mostly numbers, as a header does not."""
    written = [cell for cell in cells if cell]
    if any(_DAY.match(cell) for cell in written):
        return True
    numbers = [cell for cell in written if _NUMBER.match(cell) and not _YEAR.match(cell)]
    return len(numbers) * 2 >= len(written) > 0
