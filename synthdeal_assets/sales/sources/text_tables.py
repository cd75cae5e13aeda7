"""A stranger's text table (CSV and its kin): its encoding, its delimiter, its header, and its rows in DuckDB.

One look through the file tells its encoding, its fingerprint and whether rows may span lines; then DuckDB reads it out
of core, in place where it is UTF-8 and from a UTF-8 copy where it is not. Every column stays text. What the text means
belongs in the ETL, which files there are in `sources/`.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final

import duckdb
import numpy as np

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import sql_literal
from synthdeal_assets.sales.column_names import cleaned_names, folded

CHUNK_BYTES: Final = 4 << 20
SAMPLE_BYTES: Final = 1 << 20
SAMPLE_RECORDS: Final = 200
DELIMITERS: Final = (",", ";", "\t", "|", "^", "~")
BLANKS: Final = " "
"""Stands for columns that are set apart by one or more blanks or tabs."""

MAX_REFUSED_LINES: Final = 100_000
"""So many lines that are no rows are kept with their text; the rest is counted."""

KEPT_LETTERS: Final = 500
"""So much of the text of such a line is kept."""

AGREEING_SHARE: Final = 0.7
"""A delimiter is believed when at least so many of the first records have the same number of cells."""

NOT_TEXT: Final = {
    b"PK\x03\x04": "a zip archive or Excel workbook: give it the ending .xlsx, or unpack it",
    b"PAR1": "a Parquet file: give it the ending .parquet",
    b"%PDF": "a PDF: export the table as CSV",
    b"SQLite format 3": "an SQLite database: name it as sqlite:///PATH, with its table",
    b"\xd0\xcf\x11\xe0": "an old or encrypted Office file: save it as .xlsx without a password, or as CSV",
    b"\x28\xb5\x2f\xfd": "compressed with Zstandard: unpack it",
    b"BZh": "compressed with bzip2: unpack it",
}
GZIP_MAGIC: Final = b"\x1f\x8b"
BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SHOWN_ENCODINGS: Final = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with BOM",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "cp1252": "Windows-1252",
    "latin-1": "Latin-1",
}
ONE_BYTE_LINE_ENDS: Final = ("utf-8", "utf-8-sig")
"""What an encoding is called while it may still be any whose line ends and quotes are single bytes."""

C1_CONTROLS: Final = frozenset(range(0x80, 0xA0))
NOT_IN_WINDOWS_1252: Final = frozenset((0x81, 0x8D, 0x8F, 0x90, 0x9D))

_CONTROL: Final = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f]")
_NUMBER: Final = re.compile(r"^[($€£\s-]*\d[\d.,' ]*[)%€\s-]*$")
_DAY: Final = re.compile(r"^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([T ].*)?$")
_YEAR: Final = re.compile(r"^(19|20|21)\d\d$")


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


@dataclass(frozen=True, slots=True)
class _Look:
    """What one look through a file tells."""

    encoding: str
    fingerprint: str
    has_rows_over_lines: bool
    ends_inside_quotes: bool
    has_mixed_line_ends: bool
    is_packed: bool


@dataclass(frozen=True, slots=True)
class _Shape:
    """How the first records of a file are made."""

    delimiter: str
    skipped_lines: int
    cells: tuple[str, ...]
    width: int
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
    look = _look_through(path, shown)
    needs_copy = look.encoding != "utf-8" or look.is_packed or look.has_mixed_line_ends
    if needs_copy:
        readable = scratch / "copy.csv"
        with readable.open("w", encoding="utf-8", newline="") as copy:
            for text in _decoded(path, look):
                copy.write(text)
    else:
        readable = path
    shape = _shape_of(readable, shown)
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
    look = _look_through(path, shown)
    readable = scratch / "beginning.csv"
    with readable.open("w", encoding="utf-8", newline="") as copy:
        written = 0
        for text in _decoded(path, look):
            copy.write(text)
            written += len(text)
            if written > SAMPLE_BYTES:
                break
    shape = _shape_of(readable, shown)
    if not looks_like_data(shape.cells):
        return None
    return tuple(f"column_{place}" for place in range(1, len(shape.cells) + 1))


def limit(first: int | None) -> str:
    """What ends a query that takes only the first rows."""
    return "" if first is None else f" LIMIT {first}"


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        packed = file.read(2) == GZIP_MAGIC
    return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]  # reads bytes all the same


def _chunks(path: Path, shown: str) -> Iterator[bytes]:
    try:
        with _open(path) as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SynthDealError(
            f"{shown} cannot be unpacked, because it is damaged or not whole: get it once more.", usage=True
        ) from error


def _look_through(path: Path, shown: str) -> _Look:
    with path.open("rb") as file:
        is_packed = file.read(2) == GZIP_MAGIC
    digest = hashlib.sha256()
    encoding = ""
    letters, lines = _Letters(), _Lines()
    for chunk in _chunks(path, shown):
        digest.update(chunk)
        if not encoding:
            encoding = _encoding_of_beginning(chunk, shown)
        if encoding in ONE_BYTE_LINE_ENDS:
            if b"\x00" in chunk:
                raise _not_a_table(shown, "it holds bytes that no text has")
            letters.add(chunk)
            lines.add(chunk)
    if not encoding:
        raise SynthDealError(f"{shown} is empty: give a file with a header and rows.", usage=True)
    if encoding not in ONE_BYTE_LINE_ENDS:
        return _Look(encoding, digest.hexdigest(), True, True, True, is_packed)
    encoding = letters.encoding() if encoding == "utf-8" else encoding
    return _Look(encoding, digest.hexdigest(), lines.inside_quotes, lines.is_open, lines.are_mixed(), is_packed)


class _Letters:
    """Tells the encoding of text whose plain letters are single bytes, given piece by piece."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._is_utf8 = True
        self._high = set[int]()

    def add(self, chunk: bytes) -> None:
        if chunk.isascii() and not self._decoder.getstate()[0]:
            return
        try:
            if self._is_utf8:
                self._decoder.decode(chunk)
        except UnicodeDecodeError:
            self._is_utf8 = False
            self._decoder.reset()
        self._high |= set(chunk) & C1_CONTROLS

    def encoding(self) -> str:
        if self._is_utf8 and not self._decoder.getstate()[0]:
            return "utf-8"
        # Windows-1252 has signs such as the euro where Latin-1 has controls; elsewhere they are the same.
        return "cp1252" if self._high and not self._high & NOT_IN_WINDOWS_1252 else "latin-1"


class _Lines:
    """Tells how lines end and whether quotes hold line ends, given piece by piece."""

    def __init__(self) -> None:
        self.inside_quotes = False
        self.is_open = False
        self._feeds = self._returns = self._pairs = 0
        self._ended_with_return = False

    def add(self, chunk: bytes) -> None:
        if b'"' in chunk or self.is_open:
            letters = np.frombuffer(chunk, dtype=np.uint8)
            quotes = np.flatnonzero(letters == ord('"'))
            ends = np.flatnonzero(letters == ord("\n"))
            self.inside_quotes |= bool(((np.searchsorted(quotes, ends) + self.is_open) % 2).any())
            self.is_open = bool((len(quotes) + self.is_open) % 2)
        feeds, returns, pairs = chunk.count(b"\n"), chunk.count(b"\r"), chunk.count(b"\r\n")
        # The pair that the end of a piece parts counts as one.
        pairs += self._ended_with_return and chunk.startswith(b"\n")
        self._feeds += feeds
        self._returns += returns
        self._pairs += pairs
        self._ended_with_return = chunk.endswith(b"\r")

    def are_mixed(self) -> bool:
        lone = (self._feeds - self._pairs, self._returns - self._pairs)
        return sum(count > 0 for count in (self._pairs, *lone)) > 1


def _encoding_of_beginning(chunk: bytes, shown: str) -> str:
    """The encoding as far as the beginning tells it: `utf-8` until a byte is found that is none."""
    for magic, what in NOT_TEXT.items():
        if chunk.startswith(magic):
            raise SynthDealError(f"{shown} is no text table but {what}.", usage=True)
    for mark, encoding in BYTE_ORDER_MARKS:
        if chunk.startswith(mark):
            return encoding
    beginning = chunk[:4096]
    if beginning.count(0) > len(beginning) // 4:
        # Every other byte of plain letters in UTF-16 is nil: the second one of a pair, when the lower comes first.
        for encoding, nils, letters in (("utf-16-le", 1, 0), ("utf-16-be", 0, 1)):
            if beginning[nils::2].count(0) > 0.8 * len(beginning[nils::2]) and not beginning[letters::2].count(0):
                return encoding
    if len(_CONTROL.findall(beginning)) > len(beginning) // 100:
        raise _not_a_table(shown, "it holds bytes that no text has")
    if re.match(rb"\s*<(!doctype|html|\?xml)", beginning, re.I):
        raise SynthDealError(f"{shown} is a web page or XML and no table: export the table as CSV.", usage=True)
    return "utf-8"


def _decoded(path: Path, look: _Look) -> Iterator[str]:
    """The text of a file, with one kind of line end when it has several."""
    decoder: codecs.IncrementalDecoder | io.IncrementalNewlineDecoder
    decoder = codecs.getincrementaldecoder(look.encoding)()
    if look.has_mixed_line_ends:
        decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
    try:
        for chunk in _chunks(path, str(path)):
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _not_a_table(str(path), f"it begins as {SHOWN_ENCODINGS[look.encoding]} and does not go on so") from error


def _shape_of(path: Path, shown: str) -> _Shape:
    with path.open("r", encoding="utf-8-sig", newline="") as file:
        sample = file.read(SAMPLE_BYTES)
        is_whole = not file.read(1)
    if not sample.strip():
        raise SynthDealError(f"{shown} is empty: give a file with a header and rows.", usage=True)
    if (announced := re.match(r'"?sep=(.)"?\r?\n', sample)) is not None:
        found = _records(sample[announced.end() :], announced[1], is_whole=is_whole)
        return _shape(found, announced[1], 1, shown)
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
            raise _not_a_table(shown, "its lines have different numbers of cells, whatever they are parted by")
        tried.append((True, width, ",", found))
    _, _, delimiter, found = max(tried, key=lambda one: one[:2])
    return _shape(found, delimiter, 0, shown)


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


def _shape(found: Sequence[tuple[int, list[str]]], delimiter: str, skipped_lines: int, shown: str) -> _Shape:
    width, _ = _usual_width(found)
    caveats = []
    first = 0
    while first < len(found) - 1 and is_above_header(found[first][1], width):
        first += 1
    skipped_lines += found[first][0]
    if first:
        caveats.append(f"{first} line{'' if first == 1 else 's'} before the header left out")
    cells = [cell.strip() for cell in found[first][1]]
    below = [record for _, record in found[first + 1 :]]
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
            usage=True,
        )
    return _Shape(delimiter, skipped_lines, tuple(cells), width, tuple(caveats))


def is_above_header(cells: Sequence[str], width: int) -> bool:
    """Whether a line above a table is a title or the like: at most half of the cells of the table are filled in it."""
    return len([cell for cell in cells if cell.strip()]) <= max(1, width // 2) < width - 1


def _with_tabs(path: Path, copy: Path, shape: _Shape) -> tuple[Path, _Shape]:
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
        f"{shown} has a quotation mark in line {line:,} that is never closed: correct that line.", usage=True
    )


def _named(
    shape: _Shape, columns: Sequence[str] | None, path: Path, shown: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if columns is None:
        if looks_like_data(shape.cells):
            beginning = ", ".join(shape.cells[:4])
            raise SynthDealError(
                f"The first line of {shown} ({beginning} ...) looks like data and not like a header: let `synthdeal "
                f"whitespace init {path}` write a product map with `header: false`, and give it with --product-map.",
                usage=True,
            )
        return cleaned_names(shape.cells)
    if [folded(name) for name in columns] == [folded(cell) for cell in shape.cells]:
        raise SynthDealError(
            f"The first line of {shown} names its columns, and the product map says `header: false`: remove that and "
            "`columns` from the product map.",
            usage=True,
        )
    if len(columns) != shape.width:
        raise SynthDealError(
            f"{shown} has {shape.width} columns and `columns` of the product map names {len(columns)}: name each "
            "column, from left to right.",
            usage=True,
        )
    return tuple(columns), ()


def looks_like_data(cells: Sequence[str]) -> bool:
    """Whether cells hold a day, or mostly numbers, as a header does not."""
    written = [cell for cell in cells if cell]
    if any(_DAY.match(cell) for cell in written):
        return True
    numbers = [cell for cell in written if _NUMBER.match(cell) and not _YEAR.match(cell)]
    return len(numbers) * 2 >= len(written) > 0


def _read_csv(path: Path, shape: _Shape, names: Sequence[str], *, has_header: bool) -> str:
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
            f"{shown} does not fit into the memory that DuckDB may use, because it has so many columns: raise "
            "SYNTHDEAL_DUCKDB_MEMORY_GB, or leave out columns that are not needed."
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
            raise _not_a_table(shown, str(error).splitlines()[0].removeprefix("Invalid Input Error: ")) from error
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
        raise _not_a_table(shown, f"{refused:,} of {refused + taken:,} lines are not like the header")
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


def _not_a_table(shown: str, why: str) -> SynthDealError:
    return SynthDealError(
        f"{shown} is no table that can be read ({why.rstrip('.')}): export it again as CSV in UTF-8, with one "
        "delimiter and a header.",
        usage=True,
    )
