"""What one look through a text file tells: its encoding, its fingerprint, and how its lines end.

How its cells are parted belongs in `text_shape.py`, how its rows get into DuckDB in `text_tables.py`.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Final

import numpy as np

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.sales.sources.code_pages import CODE_PAGES, MAX_WORDS, USUAL, WORD, code_page_of

CHUNK_BYTES: Final = 4 << 20
BEGINNING_BYTES: Final = 4096

MAX_LINE_BYTES: Final = 64 << 20
"""A longer line is none of a table, and would have to be held in memory as a whole."""

MAX_UNPACKED_BYTES: Final = 1 << 30
MAX_UNPACKED_TIMES: Final = 200
"""What unpacks to more than both is no table: tables shrink to a tenth, and zeros to a thousandth."""

NOT_TEXT: Final = {
    b"PK\x03\x04": "a zip archive or Excel workbook: give it the ending .xlsx, or unpack it",
    b"PAR1": "a Parquet file: give it the ending .parquet",
    b"%PDF": "a PDF: export the table as CSV",
    b"SQLite format 3": "an SQLite database: name it as sqlite:///PATH, with its table",
    b"\xd0\xcf\x11\xe0": "an old or encrypted workbook: give it the ending .xls, or save it without a password",
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
    "latin-1": "Latin-1",
    **{codec: shown for codec, (shown, _) in CODE_PAGES.items()},
}
ONE_BYTE_LINE_ENDS: Final = ("utf-8", "utf-8-sig")
"""What an encoding is called while it may still be any whose line ends and quotes are single bytes."""

HIGH: Final = frozenset(range(0x80, 0x100))
C1_CONTROLS: Final = frozenset(range(0x80, 0xA0))
NOT_IN_WINDOWS_1252: Final = frozenset((0x81, 0x8D, 0x8F, 0x90, 0x9D))

_CONTROL: Final = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f]")


@dataclass(frozen=True, slots=True)
class TextLook:
    """What one look through a file tells.

    Attributes:
        encoding: Its encoding, a key of `SHOWN_ENCODINGS`.
        fingerprint: SHA-256 of its content, unpacked.
        has_rows_over_lines: Whether quotes may hold the end of a line.
        ends_inside_quotes: Whether a quotation mark may be never closed.
        has_mixed_line_ends: Whether lines may end in several ways.
        is_packed: Whether it is compressed with gzip.
    """

    encoding: str
    fingerprint: str
    has_rows_over_lines: bool
    ends_inside_quotes: bool
    has_mixed_line_ends: bool
    is_packed: bool


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        packed = file.read(2) == GZIP_MAGIC
    return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]  # reads bytes all the same


def _chunks(path: Path, shown: str) -> Iterator[bytes]:
    try:
        size, unpacked = path.stat().st_size, 0
        with _open(path) as file:
            while chunk := file.read(CHUNK_BYTES):
                unpacked += len(chunk)
                require_no_bomb(shown, unpacked, size)
                yield chunk
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SynthDealError(
            f"{shown} cannot be unpacked, because it is damaged or incomplete: get a new copy.",
            code="sales-log.damaged-archive",
            usage=True,
        ) from error


def require_no_bomb(shown: str, unpacked: int, packed: int) -> None:
    """Refuse an archive that unpacks to very much more than it is.

    Args:
        shown: What to call it.
        unpacked: Bytes that came out of it, or that it says will.
        packed: Bytes of it.

    Raises:
        SynthDealError: It does.
    """
    if unpacked > max(MAX_UNPACKED_BYTES, MAX_UNPACKED_TIMES * packed):
        raise SynthDealError(
            f"{shown} unpacks to more than {MAX_UNPACKED_TIMES} times its size, as no table does: unpack it, look at "
            "what it holds, and give the table itself.",
            code="sales-log.archive-bomb",
            usage=True,
        )


def look_through(path: Path, shown: str) -> TextLook:
    """Look through a file once.

    Raises:
        SynthDealError: It is empty, or no text.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        is_packed = file.read(2) == GZIP_MAGIC
    digest = hashlib.sha256()
    encoding, line = "", 0
    letters, lines = _Letters(), _LineEnds()
    for chunk in _chunks(path, shown):
        digest.update(chunk)
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        line = line + len(chunk) if end < 0 else len(chunk) - end
        if line > MAX_LINE_BYTES:
            raise not_a_table(shown, f"it has a line of more than {MAX_LINE_BYTES:,} bytes")
        if not encoding:
            encoding = _encoding_of_beginning(chunk, shown)
        if encoding in ONE_BYTE_LINE_ENDS:
            if b"\x00" in chunk:
                raise not_a_table(shown, "it holds bytes that no text has")
            letters.add(chunk)
            lines.add(chunk)
    if not encoding:
        raise SynthDealError(
            f"{shown} is empty: give a file with a header and rows.", code="sales-log.empty-file", usage=True
        )
    if encoding not in ONE_BYTE_LINE_ENDS:
        return TextLook(encoding, digest.hexdigest(), True, True, True, is_packed)
    encoding = letters.encoding() if encoding == "utf-8" else encoding
    return TextLook(encoding, digest.hexdigest(), lines.inside_quotes, lines.is_open, lines.are_mixed(), is_packed)


class _Letters:
    """Tells the encoding of text whose plain letters are single bytes, given piece by piece."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._is_utf8 = True
        self._high = set[int]()
        self._words = set[bytes]()
        self._beginning = b""

    def add(self, chunk: bytes) -> None:
        self._beginning = self._beginning or chunk[:BEGINNING_BYTES]
        if chunk.isascii() and not self._decoder.getstate()[0]:
            return
        try:
            if self._is_utf8:
                self._decoder.decode(chunk)
        except UnicodeDecodeError:
            self._is_utf8 = False
            self._decoder.reset()
        self._high |= set(chunk) & HIGH
        if not self._is_utf8 and len(self._words) < MAX_WORDS:
            self._words |= {found[0] for found in islice(WORD.finditer(chunk), MAX_WORDS)}

    def encoding(self) -> str:
        if self._is_utf8 and not self._decoder.getstate()[0]:
            return "utf-8"
        found = code_page_of(self._beginning, self._words, frozenset(self._high))
        if found != USUAL:
            return found
        # Windows-1252 has signs such as the euro where Latin-1 has controls; elsewhere they are the same.
        controls = self._high & C1_CONTROLS
        return "cp1252" if controls and not controls & NOT_IN_WINDOWS_1252 else "latin-1"


class _LineEnds:
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
            raise SynthDealError(f"{shown} is not a text table but {what}.", code="sales-log.not-text", usage=True)
    for mark, encoding in BYTE_ORDER_MARKS:
        if chunk.startswith(mark):
            return encoding
    beginning = chunk[:BEGINNING_BYTES]
    if beginning.count(0) > len(beginning) // 4:
        # Every other byte of plain letters in UTF-16 is nil: the second one of a pair, when the lower comes first.
        for encoding, nils, letters in (("utf-16-le", 1, 0), ("utf-16-be", 0, 1)):
            if beginning[nils::2].count(0) > 0.8 * len(beginning[nils::2]) and not beginning[letters::2].count(0):
                return encoding
    if len(_CONTROL.findall(beginning)) > len(beginning) // 100:
        raise not_a_table(shown, "it holds bytes that no text has")
    if re.match(rb"\s*<(!doctype|html|\?xml)", beginning, re.I):
        raise SynthDealError(
            f"{shown} is a web page or XML, not a table: export the table as CSV.",
            code="sales-log.web-page",
            usage=True,
        )
    return "utf-8"


def decoded(path: Path, look: TextLook) -> Iterator[str]:
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
        raise not_a_table(str(path), f"only its beginning is {SHOWN_ENCODINGS[look.encoding]}") from error


def not_a_table(shown: str, why: str) -> SynthDealError:
    """The error for a file that is no text table, with the reason."""
    return SynthDealError(
        f"{shown} cannot be read as a table ({why.rstrip('.')}): export it again as CSV in UTF-8, with one delimiter "
        "and a header.",
        code="sales-log.not-a-table",
        usage=True,
    )
