"""Columns with numbers before them: 1. member 2. fee; columnas: 1) socio 2) cuota; (1) Name, (2) Ort."""

from __future__ import annotations

from dataclasses import replace

from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.phrases import Lexeme


def with_bullets(cursor: Cursor) -> list[Lexeme]:
    """The lexemes of a request with each number of a column as one mark, which means "numeral"."""
    numerals: dict[int, int] = {}
    for at in range(len(cursor.lexemes)):
        if (first := _column(cursor, at, 1)) is not None and _begins(cursor, first[0]):
            numerals = dict(_columns(cursor, at)) or numerals
    found: list[Lexeme] = []
    at = 0
    while at < len(cursor.lexemes):
        lexeme, after = cursor[at], numerals.get(at, at + 1)
        if at in numerals:
            apart = at == min(numerals) or cursor.separates(cursor.before(at)) or cursor.mark(at - 1, ";")
            lexeme = replace(
                lexeme,
                kind="mark",
                text="•" if apart else ",",
                end=cursor[after - 1].end,
                concepts=frozenset({"numeral"}),
                reading=None,
            )
        found.append(replace(lexeme, at=len(found)))
        at = after
    return found


def _columns(cursor: Cursor, at: int) -> list[tuple[int, int]]:
    """Where the numerals from 1 on begin and end; none where there is only one."""
    found: list[tuple[int, int]] = []
    closes = ""
    while at < len(cursor.lexemes):
        one = _column(cursor, at, len(found) + 1)
        if one is not None and cursor[one[1] - 1].text == (closes or cursor[one[1] - 1].text):
            found.append(one)
            closes, at = cursor[one[1] - 1].text, one[1]
        elif cursor.mark(at, "("):
            while cursor[at].kind not in ("end", "newline") and not cursor.mark(at, ")"):
                at += 1
            at += 1
        else:
            at += 1
    return found if len(found) > 1 else []


def _column(cursor: Cursor, at: int, which: int) -> tuple[int, int] | None:
    """Where the numeral of a column begins and ends, if it is at this place: 2., 2), (2)."""
    first, at = at, at + cursor.mark(at, "(")
    beside = cursor[at].end == cursor[at + 1].start
    if cursor.number(at) != which or not beside or not cursor.mark(at + 1, ")" if first < at else ".)"):
        return None
    before, following = cursor[first - 1], cursor[at + 2]
    listed = before.kind == "newline" or before.text in (":", ",", ";") or first == 0
    named = following.kind in ("word", "concept", "fill", "quoted") and following.start > cursor[at + 1].end
    month = following.word in cursor.language.months
    return (first, at + 2) if named and not month and (listed or cursor.mark(at + 1, ")")) else None


def _begins(cursor: Cursor, at: int) -> bool:
    """Whether the first column stands here: on a line of its own or behind a colon, and no tables are listed."""
    if not (cursor[at - 1].kind == "newline" or cursor.mark(at - 1, ":") or cursor.has(at - 1, "columns", "with")):
        return False
    led = first = at - (cursor[at - 1].kind == "newline")
    while first > 0 and not cursor.ends(first - 1):
        first -= 1
    tables = any(cursor.has(each, "table") for each in range(first, led))
    return not tables or any(cursor.has(each, "columns", "with") for each in range(first, led))
