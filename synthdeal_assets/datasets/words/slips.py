"""What somebody takes back while writing: 200, no wait, 250 students; 20 shifts, sorry, between 15 and 25."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from synthdeal_assets.datasets.words.cursor import FORMATS
from synthdeal_assets.datasets.words.phrases import Lexeme, given_up

_NEAR: Final = 8
"""Words between what is taken back and the words that do so, and between those and what holds instead."""
_DASHES: Final = ("-", "–", "—")  # noqa: RUF001


def taken_back(lexemes: Sequence[Lexeme]) -> list[Lexeme]:
    """The lexemes with numbers given up that are taken back; one that stands alone takes the place of the other.

    Of "80 employees, no, 120" it is 120 that employees are counted by.
    """
    found = list(lexemes)
    for at in range(len(found)):
        if not ("correction" in found[at].concepts or _denies(found, at)):
            continue
        _take_back_format(found, at)
        former = next((one for one in range(at - 1, max(-1, at - _NEAR), -1) if found[one].kind == "number"), None)
        later = next((one for one in range(at + 1, min(len(found), at + _NEAR)) if found[one].kind == "number"), None)
        if former is None or later is None:
            continue
        old, new = _up_to(found, former), _from(found, later)
        counted = found[old.stop].word if found[old.stop].kind == "word" else None
        after = found[new.stop] if new.stop < len(found) else None
        if counted is None or (after is not None and after.kind == "word" and after.word != counted):
            found[former] = given_up(found[former])
            continue
        lost = [one if one.kind == "mark" else given_up(one) for one in found[old.start : old.stop]]
        between = found[old.stop : new.start]
        found[old.start : new.stop] = [*found[new.start : new.stop], *between, *lost]
    return [replace(one, at=at) for at, one in enumerate(found)]


def _denies(lexemes: Sequence[Lexeme], at: int) -> bool:
    """Whether a "no" stands alone before a number: 80 employees, no, 120."""
    beside = [lexemes[one].text for one in (at - 1, at + 1) if 0 < one < len(lexemes)]
    following = [one for one in lexemes[at + 2 : at + 4] if not one.concepts & {"between", "from"}]
    return "not" in lexemes[at].concepts and beside == [",", ","] and bool(following) and following[0].kind == "number"


def _from(lexemes: Sequence[Lexeme], at: int) -> range:
    """The lexemes of a number and of what it is one end of: between 15 and 25, 10-40, 15 bis 25."""
    begins = at > 0 and bool(lexemes[at - 1].concepts & {"between", "from"})
    ends = at + 2 < len(lexemes) and _joins(lexemes[at + 1], begins) and lexemes[at + 2].kind == "number"
    return range(at - 1 if begins and ends else at, at + 3 if ends else at + 1)


def _up_to(lexemes: Sequence[Lexeme], at: int) -> range:
    """As `_from`, of the number at the end."""
    if at < 2 or lexemes[at - 2].kind != "number":
        return range(at, at + 1)
    whole = _from(lexemes, at - 2)
    return whole if at in whole else range(at, at + 1)


def _joins(lexeme: Lexeme, begins: bool) -> bool:
    return "to" in lexeme.concepts or (begins and "and" in lexeme.concepts) or lexeme.text in _DASHES


def _take_back_format(found: list[Lexeme], at: int) -> None:
    """Gives up the format before what takes it back: csv, no wait, xlsx."""
    formats = [one for one in range(max(0, at - _NEAR), min(len(found), at + _NEAR)) if found[one].word in FORMATS]
    former, later = [one for one in formats if one < at], [one for one in formats if one > at]
    between = found[former[-1] : later[0]] if former and later else ()
    if between and not any(one.kind in ("number", "share") or one.text in ".;\n" for one in between):
        found[former[-1]] = given_up(found[former[-1]])
