"""A pattern from one example: AB-1234 stands for two capitals, a dash and four digits."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from synthdeal_assets.datasets.words.cursor import Cursor

_EXPRESSION: Final = re.compile(r"[\[\]{}\\|+*?^$]|\(\?")
_YEAR: Final = re.compile(r"(?<=[-_/A-Za-z])(?:19|20)\d\d(?=[-_/]\d)")
_PREFIX: Final = re.compile(r"(([A-Z])\2+)[-_/](?=\d+$)")
_PLACES: Final = frozenset(letter * many for letter in "ABLNXZ" for many in range(2, 9))
"""Letters that only show their place, before digits."""
_PART: Final = re.compile(r"\d+|#+|[A-Z]+|[a-z]+|.")


def pattern_of(example: str) -> str:
    """The regular expression that an example stands for; an expression stays as it is.

    Digits stand for digits. Capitals that only show their place (AB, ABC, XX, XYZ) stand for capitals, others, such as
    INV and ST, for themselves.
    """
    if _EXPRESSION.search(example):
        return example.strip("^$") if example.startswith("^") else example
    year = _YEAR.search(example)
    if year is not None:
        # The year of INV-2024-0001 and F2026-001 stays as it is.
        return f"{pattern_of(example[: year.start()])}{year[0]}{pattern_of(example[year.end() :])}"
    prefix = _PREFIX.match(example)
    if prefix is not None and prefix[1] not in _PLACES:
        # SS-00001 begins with what it is a code of.
        return f"{prefix[0]}{pattern_of(example[prefix.end() :])}"
    return "".join(_written(part) for part in _PART.findall(example))


def template_of(example: str) -> str | None:
    """The template of codes that are counted up from this one, RE-{:05d}; None where it is not the first."""
    found = re.fullmatch(r"([^{}]*?)(0*1)", example)
    return f"{found[1]}{{:0{len(found[2])}d}}" if found is not None and found[1][-1:] not in "0123456789" else None


def _written(part: str) -> str:
    if part.isdigit() or set(part) == {"#"}:
        return f"[0-9]{{{len(part)}}}"
    if part.isupper() and part.isascii() and _shows_place(part):
        return f"[A-Z]{{{len(part)}}}"
    return re.escape(part) if not part.isalnum() and part not in "-_/ #" else part


def _shows_place(part: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in pairwise(part)}
    return len(part) > 1 and (steps == {0} or (steps == {1} and (len(part) > len("AB") or part in ("AB", "XY"))))


def code_range(cursor: Cursor, at: int) -> list[str] | None:
    """P1 to P4, A1-A9, B1 to C2: all codes from one to another; None where it is a single code."""
    first, last = (_CODE.fullmatch(cursor[each].text) for each in (at, at + 2))
    between = cursor.has(at - 1, "between") and cursor.has(at + 1, "and")
    joined = between or cursor.dash(at + 1) == at + 2 or cursor.has(at + 1, "to")
    if first is not None and last is not None and joined and first[0] in _LEVELS and last[0] in _LEVELS:
        return list(_LEVELS[_LEVELS.index(first[0]) : _LEVELS.index(last[0]) + 1]) or None
    if first is None or last is None or not joined or first[1] != last[1]:
        return None
    low, high = int(first[2]), int(last[2])
    width = len(first[2]) if first[2].startswith("0") else 0
    return [f"{first[1]}{number:0{width}d}" for number in range(low, high + 1)] if low < high <= low + _MOST else None


_CODE: Final = re.compile(r"(\D*)(\d{1,4})")
_LEVELS: Final = ("A1", "A2", "B1", "B2", "C1", "C2")
"""Levels of a language, of the Common European Framework of Reference."""
_MOST: Final = 50
