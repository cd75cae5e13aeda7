"""A stranger's text table (CSV and its kin): its encoding, its delimiter, its header, and its rows in DuckDB.

One look through the file tells its encoding, its fingerprint and whether rows may span lines; then DuckDB reads it out
of core, in place where it is UTF-8 and from a UTF-8 copy where it is not. Every column stays text. What the text means
belongs in the ETL, which files there are in `sources/`.
"""

from __future__ import annotations

import csv
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import duckdb

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import sql_literal
from synthdeal_assets.sales.column_names import cleaned_names, folded
from synthdeal_assets.sales.sources.text_encoding import (
    CHUNK_BYTES,
    SHOWN_ENCODINGS,
    decoded,
    look_through,
    not_a_table,
)
from synthdeal_assets.sales.sources.text_shape import BLANKS, SAMPLE_BYTES, TableShape, looks_like_data, shape_of

MAX_REFUSED_LINES: Final = 100_000
"""So many lines that are no rows are kept with their text; the rest is counted."""

KEPT_LETTERS: Final = 500
"""So much of the text of such a line is kept."""


@dataclass(frozen=True, slots=True)
class StagedText:
    """A text table whose rows are in DuckDB.

    Attributes:
        names: Names of its columns, unlike each other.
        encoding: Its encoding, in words.
        fingerprint: SHA-256 of its content, unpacked.
        caveats: What a reader of the results must know.
    """

    names: tuple[str, ...]
    encoding: str
    fingerprint: str
    caveats: tuple[str, ...]


def stage_text_table(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    shown: str,
    *,
    table: str,
    refused_table: str,
    scratch: Path,
    columns: Sequence[str] | None,
    first: int | None = None,
) -> StagedText:
    """Put the rows of a text table into a new table, every column as text, in the order of the file.

    Args:
        connection: Where to; it must keep the order of insertion.
        path: The file.
        shown: What to call it in errors.
        table: Qualified name of the table.
        refused_table: Qualified name of a table for lines that are no rows: `line` (1 is the first of the file) and
            `text`, at most `KEPT_LETTERS` of it. It is made, empty when there are none.
        scratch: Folder for a UTF-8 copy, when one is needed.
        columns: Names of the columns of a file without a header; None when the first line names them.
        first: So many rows; None for all.

    Raises:
        SynthDealError: The file is empty, no text, no table, has no header where one is needed, or too many of its
            lines are not like the others.
        OSError: The file cannot be read.
    """
    look = look_through(path, shown)
    needs_copy = look.encoding != "utf-8" or look.is_packed or look.has_mixed_line_ends
    if needs_copy:
        readable = scratch / "copy.csv"
        with readable.open("w", encoding="utf-8", newline="") as copy:
            for text in decoded(path, look):
                copy.write(text)
    else:
        readable = path
    shape = shape_of(readable, shown)
    if shape.delimiter == BLANKS:
        readable, shape = _with_tabs(readable, scratch / "tabs.csv", shape)
    if look.ends_inside_quotes:
        _require_closed_quotes(readable, shape.delimiter, shown)
    names, caveats = _named(shape, columns, path, shown)
    # DuckDB takes brackets and stars in a name for a pattern.
    plain = scratch / "table.csv"
    plain.unlink(missing_ok=True)
    plain.symlink_to(readable.absolute())
    reading = _read_csv(plain, shape, names, has_header=columns is None)
    caveats = (
        *([f"read as {SHOWN_ENCODINGS[look.encoding]}"] if look.encoding not in ("utf-8", "utf-8-sig") else []),
        *shape.caveats,
        *caveats,
        *_fill(connection, (table, refused_table), reading, shown, first, in_one_thread=look.has_rows_over_lines),
    )
    return StagedText(names, SHOWN_ENCODINGS[look.encoding], look.fingerprint, caveats)


def first_line_is_data(path: Path, shown: str, scratch: Path) -> tuple[str, ...] | None:
    """Names `column_1` and so on when a text table seems to have no header; None when its first line names columns.

    Raises:
        SynthDealError: The file is empty, no text or no table.
        OSError: The file cannot be read.
    """
    look = look_through(path, shown)
    readable = scratch / "beginning.csv"
    with readable.open("w", encoding="utf-8", newline="") as copy:
        written = 0
        for text in decoded(path, look):
            copy.write(text)
            written += len(text)
            if written > SAMPLE_BYTES:
                break
    shape = shape_of(readable, shown)
    if not looks_like_data(shape.cells):
        return None
    return tuple(f"column_{place}" for place in range(1, len(shape.cells) + 1))


def limit(first: int | None) -> str:
    """What ends a query that takes only the first rows."""
    return "" if first is None else f" LIMIT {first}"


def _with_tabs(path: Path, copy: Path, shape: TableShape) -> tuple[Path, TableShape]:
    """A copy with tabs between the cells, because DuckDB does not know several blanks for one delimiter."""
    with (
        path.open("r", encoding="utf-8-sig", newline=None) as source,
        copy.open("w", encoding="utf-8", newline="") as out,
    ):
        writer = csv.writer(out, delimiter="\t", lineterminator="\n")
        reader = csv.reader(
            (line.replace("\t", " ").strip() for line in source), delimiter=BLANKS, skipinitialspace=True
        )
        for cells in reader:
            if cells and reader.line_num > shape.skipped_lines:
                writer.writerow(cells)
    return copy, replace(shape, delimiter="\t", skipped_lines=0)


def _require_closed_quotes(path: Path, delimiter: str, shown: str) -> None:
    """DuckDB in one thread leaves out, without a word, what follows a quotation mark that is never closed."""
    csv.field_size_limit(CHUNK_BYTES)
    last, before, last_cell = 0, 0, ""
    with path.open("r", encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        try:
            for cells in reader:
                last, before, last_cell = before, reader.line_num, cells[-1] if cells else ""
        except csv.Error as error:
            raise _never_closed(shown, before + 1) from error
    with path.open("rb") as file_of_bytes:
        file_of_bytes.seek(max(0, path.stat().st_size - 64))
        is_closed = file_of_bytes.read().rstrip().endswith(b'"')
    if "\n" in last_cell and not is_closed:
        raise _never_closed(shown, last + 1)


def _never_closed(shown: str, line: int) -> SynthDealError:
    return SynthDealError(
        f"{shown} has a quotation mark in line {line:,} that is never closed: correct that line.",
        code="sales-log.open-quote",
        usage=True,
    )


def _named(
    shape: TableShape, columns: Sequence[str] | None, path: Path, shown: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if columns is None:
        if looks_like_data(shape.cells):
            beginning = ", ".join(shape.cells[:4])
            raise SynthDealError(
                f"The first line of {shown} ({beginning} ...) looks like data, not like a header: let `synthdeal "
                f"whitespace init {shlex.quote(str(path))}` write a product map with `header: false`, and give it with "
                "--product-map.",
                code="sales-log.no-header",
                usage=True,
            )
        return cleaned_names(shape.cells)
    if [folded(name) for name in columns] == [folded(cell) for cell in shape.cells]:
        raise SynthDealError(
            f"The first line of {shown} names its columns, and the product map says `header: false`: remove that and "
            "`columns` from the product map.",
            code="sales-log.unexpected-header",
            usage=True,
        )
    if len(columns) != shape.width:
        raise SynthDealError(
            f"{shown} has {shape.width} columns and `columns` of the product map names {len(columns)}: name each "
            "column, from left to right.",
            code="sales-log.columns-miscounted",
            usage=True,
        )
    return tuple(columns), ()


def _read_csv(path: Path, shape: TableShape, names: Sequence[str], *, has_header: bool) -> str:
    columns = ", ".join(f"{sql_literal(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({sql_literal(str(path))}, auto_detect = false, delim = {sql_literal(shape.delimiter)}, "
        "quote = '\"', escape = '\"', compression = 'none', "
        f"skip = {shape.skipped_lines}, header = {str(has_header).lower()}, columns = {{{columns}}}"
    )


def _fill(
    connection: duckdb.DuckDBPyConnection,
    tables: tuple[str, str],
    reading: str,
    shown: str,
    first: int | None,
    *,
    in_one_thread: bool,
) -> list[str]:
    """Make the table of rows; when a line is no row, once more, and the table of such lines. Returns caveats."""
    table, refused_table = tables
    connection.execute(f"CREATE OR REPLACE TABLE {refused_table} (line BIGINT, text VARCHAR)")
    if in_one_thread:
        reading += ", parallel = false"
    try:
        connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM {reading}){limit(first)}")
    except duckdb.OutOfMemoryException as error:
        raise SynthDealError(
            f"{shown} does not fit into the memory that DuckDB may use, because it has too many columns: raise "
            "SYNTHDEAL_DUCKDB_MEMORY_GB, or leave out columns that are not needed.",
            code="sales-log.too-wide-for-memory",
        ) from error
    except duckdb.InvalidInputException:
        rejecting = reading.replace(", parallel = false", "")
        options = "parallel = false, store_rejects = true, rejects_table = 'refused_lines', rejects_scan = 'refusals'"
        try:
            connection.execute(
                f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM {rejecting}, {options}){limit(first)}"
            )
            return _refused(connection, table, refused_table, shown)
        except duckdb.InvalidInputException as error:
            raise not_a_table(shown, str(error).splitlines()[0].removeprefix("Invalid Input Error: ")) from error
        finally:
            connection.execute(
                "DROP VIEW IF EXISTS temp.refused_by_line; DROP TABLE IF EXISTS temp.refused_lines; "
                "DROP TABLE IF EXISTS temp.refusals"
            )
    return []


def _refused(connection: duckdb.DuckDBPyConnection, table: str, refused_table: str, shown: str) -> list[str]:
    """Keep the lines that were left out, and say what is to be said of them."""
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW refused_by_line AS SELECT line, "
        "trim(coalesce(any_value(csv_line), ''), chr(10) || chr(13)) AS text FROM refused_lines GROUP BY line"
    )
    # What follows such a mark is one cell up to the next mark, or to the end: nobody knows what was meant.
    never_closed, refused = connection.execute(
        "SELECT min(line) FILTER (contains(trim(text), chr(10)) AND "
        "(length(text) - length(replace(text, '\"', ''))) % 2 = 1), count(*) FROM refused_by_line"
    ).fetchall()[0]
    (taken,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)
    if never_closed is not None:
        raise _never_closed(shown, never_closed)
    if refused > taken:
        raise not_a_table(shown, f"{refused:,} of {refused + taken:,} lines are not like the header")
    if not refused:
        return []
    connection.execute(
        f"INSERT INTO {refused_table} SELECT line, left(text, {KEPT_LETTERS}) FROM refused_by_line ORDER BY line "
        f"LIMIT {MAX_REFUSED_LINES}"
    )
    first = connection.execute(f"SELECT line FROM {refused_table} ORDER BY line LIMIT 6").fetchall()
    lines = ", ".join(f"{line:,}" for (line,) in first[:5]) + (" ..." if len(first) > 5 else "")
    were = "line was" if refused == 1 else "lines were"
    kept = f"; the first {MAX_REFUSED_LINES:,} are kept" if refused > MAX_REFUSED_LINES else ""
    reason = "more or fewer cells than the header, or a stray quotation mark"
    return [f"{refused:,} {were} rejected for {reason} (line {lines}){kept}"]
