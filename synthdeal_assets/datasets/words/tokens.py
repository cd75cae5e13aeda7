"""A request cut into words, numbers, quoted texts, dates and names of files, each with its place in the request.

What a number comes to belongs in `numbers.py`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

FILE_ENDINGS: Final = "csv|tsv|xlsx|xls|jsonl|ndjson|json|parquet|sql|duckdb|sqlite|db|yaml|yml|txt"

_QUOTED: Final = (
    r'"[^"\n]{1,200}"',
    r"“[^”\n]{1,200}”",
    r"„[^“”\n]{1,200}[“”]",
    r"«[^»\n]{1,200}»",
    r"`[^`\n]{1,200}`",
    r"(?<!\w)'[^'\n]{1,200}'(?!\w)",
    "(?<!\\w)\u2018[^\u2019\n]{1,200}\u2019(?!\\w)",
)
_DATES: Final = (
    r"\d{4}-\d{2}-\d{2}",
    r"\d{4}/\d{2}/\d{2}",
    r"\d{1,2}\.\d{1,2}\.\d{4}",
    r"\d{1,2}/\d{1,2}/\d{4}",
    r"\d{1,2}-\d{1,2}-\d{4}",
    r"\d{4}-(?:0[1-9]|1[0-2])",
)
_CLASS: Final = r"(?:\[(?:A-Z|a-z|0-9)+\]|\\d)(?:\{\d+(?:,\d+)?\})?"
_CODES: Final = (
    rf"\^?(?:[A-Z0-9]{{1,6}}[-_/.]?)?{_CLASS}(?:[-_/.]?(?:[A-Z0-9]{{1,6}}[-_/.]?)?{_CLASS})*\$?",
    r"[A-Z][A-Za-z]*[-_/#.]?\d+(?:[-_/.][A-Za-z0-9]+)*",
    r"[A-Z]+(?:[-_/][A-Z]+)*[-_/]\d+(?:[-_/]\w+)*",
    r"[a-z]+[-_#]\d+(?:[-_]\w+)*",
    r"#\d+",
    r"(?:[A-Za-z]{1,6}[-_/.]?)?#{2,}(?:[-_/.]#+)*",
    r"\d+[-_][A-Z]+(?:[-_]\w+)*",
)
_FORMS: Final = (
    ("quoted", "|".join(_QUOTED)),
    ("file", rf"(?<![\w/.])(?:\.{{0,2}}/)*[\w-]+(?:[/.][\w-]+)*\.(?:{FILE_ENDINGS})(?![\w])"),
    ("date", rf"(?<![\d.-])(?:{'|'.join(_DATES)})(?![\d-])"),
    ("time", r"(?<!\d)(?:[01]?\d|2[0-3]):[0-5]\d(?!\d)"),
    ("code", rf"(?<![\w-])(?:{'|'.join(_CODES)})(?![\w-])"),
    ("number", "(?<![\\w])\\d{1,3}(?:[ \u00a0\u202f\u2009]\\d{3})+(?![\\d])(?:[.,]\\d+)?|\\d+(?:[.,'\u2019_]\\d+)*"),
    ("word", "[^\\W\\d_][\\w]*(?:['\u2019.&-][^\\W\\d_][\\w]*)*(?:(?<=s)['\u2019](?=\\s[a-z]))?"),
    ("newline", r"\n"),
    ("mark", r"[^\w\s]"),
    ("odd", r"\S"),
)
_TOKEN: Final = re.compile("|".join(f"(?P<{kind}>{form})" for kind, form in _FORMS))
_VALID_NUMBER: Final = re.compile(
    "\\d{1,3}(?:,\\d{3})+(?:\\.\\d+)?|\\d{1,3}(?:\\.\\d{3})+(?:,\\d+)?|\\d{1,3}(?:['\u2019_]\\d{3})+(?:[.,]\\d+)?|\\d+[.,]\\d+"
    r"|\d{1,3}(?:[ \u00a0\u202f\u2009]\d{3})+(?:[.,]\d+)?|\d+"
)
_LETTERS: Final = re.compile(r"[^\W\d_]+|[°][CFcf]")


@dataclass(frozen=True)
class Token:
    """A piece of a request.

    Attributes:
        kind: Of quoted, file, date, time, code, number, word, newline, mark, odd.
        text: As it is written.
        start: Its first character.
        end: The character after its last one.
    """

    kind: str
    text: str
    start: int
    end: int

    @property
    def folded(self) -> str:
        """The text in lower case without accents."""
        return fold(self.text)


@lru_cache(maxsize=16_384)
def fold(text: str) -> str:
    """A word as it is compared: lower case, without accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def tokens_of(request: str) -> list[Token]:
    """All pieces of a request, in order; only blanks are left out."""
    found: list[Token] = []
    at = 0
    while match := _TOKEN.search(request, at):
        kind, text, start = str(match.lastgroup), match[0], match.start()
        if kind == "number" and not _VALID_NUMBER.fullmatch(text):
            # 5,10,20 is a list of three.
            for part in re.finditer(r"\d+|\D", text):
                each = "number" if part[0].isdigit() else "mark"
                found.append(Token(each, part[0], start + part.start(), start + part.end()))
            at = match.end()
            continue
        if kind == "number":
            letters = _LETTERS.match(request, start + len(text))
            # 10k is one number, 5kg a number and its unit: which, is told by who knows the words.
            if letters is not None:
                found.append(Token("number", text, start, start + len(text)))
                found.append(Token("suffix", letters[0], letters.start(), letters.end()))
                at = letters.end()
                continue
        found.append(Token(kind, text, start, start + len(text)))
        at = start + len(text)
    return found
