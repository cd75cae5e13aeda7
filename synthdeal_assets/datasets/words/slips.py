"""What somebody takes back while writing: 200, no wait, 250 students; 20 shifts, sorry, between 15 and 25.

What is plainly said again in other numbers is taken up in place of the first, and the plan says what was taken back.
Where it may be about something else, the first number is given up and listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from synthdeal_assets.datasets.words.cursor import FORMATS, Cursor
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.naming import same_thing
from synthdeal_assets.datasets.words.phrases import Lexeme, given_up
from synthdeal_assets.datasets.words.quantities import after_unit, quantity_at
from synthdeal_assets.datasets.words.walk import Walk

_NEAR: Final = 8
"""Words between what is taken back and the words that do so, and between those and what holds instead."""
_MARKS: Final = ",-–—.;(:…"  # noqa: RUF001
_MOST_WORDS: Final = 3
_TAKEN: Final = "taken_back"
_WEAK: Final = frozenset({"sorry", "actually", "i mean", "digo", "ich meine"})
"""What may as well excuse something or begin another matter."""

_SAID: Final = frozenset({"sagen wir", "digo"})
"""What only leads to a number where no other stands before it."""


@dataclass(frozen=True)
class _Said:
    """Numbers with what they count.

    Attributes:
        start: Their first lexeme.
        stop: The lexeme after the numbers and their unit.
        end: The lexeme after what they count.
        ends: How many of its two ends are said: 2 of a range, 1 of a bound, 0 of a number alone.
    """

    start: int
    stop: int
    end: int
    ends: int


def taken_back(cursor: Cursor) -> list[Lexeme]:
    """The lexemes of a request with what holds in the place of what is taken back."""
    chosen = _chosen_format(cursor)
    found = [_taken(one) if at in chosen else one for at, one in enumerate(cursor.lexemes)]
    for at in range(len(found)):
        if _TAKEN in found[at].concepts:
            continue
        now = Cursor([replace(one, at=each) for each, one in enumerate(found)], cursor.language, cursor.as_of)
        if not ("correction" in found[at].concepts or _denies(now, at) or _hesitates(now, at)):
            continue
        if (formats := _formats(found, at)) is not None:
            found = [_taken(one) if each in formats else one for each, one in enumerate(found)]
            continue
        former = next((one for one in range(at - 1, max(-1, at - _NEAR), -1) if _is_number(found[one])), None)
        later = next((one for one in range(at + 1, min(len(found), at + _NEAR)) if _is_number(found[one])), None)
        if former is None or later is None or found[former].kind != found[later].kind:
            if found[at].word in _SAID:
                found[at] = replace(found[at], kind="fill", concepts=frozenset())
            continue
        old, new = _said(now, former), _said(now, later)
        if (plainly := _instead(now, old, at, new)) is not None:
            found = plainly
        elif found[former].kind == "number":
            found[former] = given_up(found[former])
    return [replace(one, at=at) for at, one in enumerate(found)]


def note_taken_back(walk: Walk) -> None:
    """Shows in the plan what was taken back."""
    run: list[int] = []
    for at in range(len(walk.cursor.lexemes) + 1):
        if walk.cursor.has(at, _TAKEN):
            run.append(at)
        elif run:
            walk.draft.noted.append(("taken back", walk.cursor.text(run), set(run)))
            run = []


def _taken(lexeme: Lexeme) -> Lexeme:
    """A lexeme that is no longer said; what divides the items of a list does so still."""
    return lexeme if lexeme.kind == "mark" else replace(lexeme, kind="fill", concepts=frozenset({_TAKEN}), reading=None)


def _is_number(lexeme: Lexeme) -> bool:
    return lexeme.kind in ("number", "share")


def _denies(cursor: Cursor, at: int) -> bool:
    """Whether a "no" stands alone before a number: 80 employees, no, 120; 1000, no, con 400."""
    before, after = cursor.before(at), cursor.skip(at + 1)
    alone = cursor.has(at, "not") and cursor.mark(before, ",.") and cursor.mark(after, ",")
    after = cursor.skip(after + 1)
    while cursor.has(after, "between", "from", "with"):
        after = cursor.skip(after + 1)
    return alone and _is_number(cursor[after])


def _hesitates(cursor: Cursor, at: int) -> bool:
    """Whether a word before a number alone takes back the one before: 250 socios, bueno 280; 75 bookings, well 80."""
    alone = cursor.separates(at + 2) or cursor.has(at + 2, "with")
    return cursor[at].word in _WELL and cursor.mark(at - 1, ",…") and _is_number(cursor[at + 1]) and alone


_WELL: Final = frozenset({"bueno", "well", "ach", "naja", "ne"})


def _said(cursor: Cursor, at: int) -> _Said:
    """The numbers that one is of: between 15 and 25 shifts, 10-40, desde 18."""
    start, stop, ends = at, after_unit(cursor, at + 1), 0
    for first in range(at, max(-1, at - _NEAR), -1):
        found = quantity_at(cursor, first)
        if (
            found is not None
            and at in found.at
            and found.low is not None
            and (found.high is not None or first == at - 1)
        ):
            start, stop, ends = first, found.after, 1 + (found.high is not None)
    if not ends and cursor[at - 1].word in _FROM:
        start, ends = at - 1, 1
    end = stop
    while end - stop < _MOST_WORDS and (cursor[end].kind == "word" or cursor.has(end, "rows")):
        end += 1
    return _Said(start, stop, end, ends)


_FROM: Final = frozenset({"from", "desde", "ab"})


def _instead(cursor: Cursor, old: _Said, at: int, new: _Said) -> list[Lexeme] | None:
    """All lexemes with the new numbers in place of the old ones; None where they may be of something else."""
    lexemes, between = cursor.lexemes, range(old.end, new.start)
    if not old.end <= at < new.start or not all(_joins(cursor, each, old) for each in between):
        return None
    counted, other = _words(lexemes[old.stop : old.end]), _words(lexemes[new.stop : new.end])
    closing = sentence_words(cursor.language.name)["enough"]
    closed = bool(other) and all(word in closing for word in other)
    kept, silent = lexemes[new.start : new.stop], [*lexemes[old.end : new.start], *lexemes[old.start : old.stop]]
    if new.ends == 1 and old.ends == 2 and not other:
        # 16 to 80, no wait, from 18: the other end stays.
        first = next(each for each in range(old.start, old.stop) if _is_number(lexemes[each]))
        number = next(each for each in range(new.start, new.stop) if _is_number(lexemes[each]))
        kept = [*lexemes[old.start : first], lexemes[number], *lexemes[first + 1 : old.stop]]
        silent = [*lexemes[old.end : number], lexemes[first], *lexemes[number + 1 : new.stop]]
    elif new.ends == 1 or (old.ends and not new.ends):
        return None
    if closed or not other:
        tail, rest = lexemes[old.stop : old.end], lexemes[new.stop : new.end]
    elif same_thing(counted, other) if counted else lexemes[at].word not in _WEAK or not new.ends:
        tail, rest = lexemes[new.stop : new.end], lexemes[old.stop : old.end]
    else:
        return None
    taken = [_taken(one) for one in [*silent, *rest]]
    return [*lexemes[: old.start], *kept, *tail, *taken, *lexemes[new.end :]]


def _words(lexemes: Iterable[Lexeme]) -> tuple[str, ...]:
    return tuple(one.word for one in lexemes)


def _joins(cursor: Cursor, at: int, old: _Said) -> bool:
    """Whether a lexeme between two numbers says nothing but that one is taken back, or what was said before it."""
    words, lexeme = sentence_words(cursor.language.name), cursor[at]
    said = {cursor[each].word for each in range(max(0, old.start - _NEAR), old.start)}
    hesitates = {*lexeme.word.split()} <= words["hesitating"] | words["surely"]
    silent = lexeme.kind == "fill" or cursor.mark(at, _MARKS) or cursor.has(at, "correction", "not", "or", "is", "with")
    return silent or hesitates or (lexeme.kind in ("word", "concept") and lexeme.word in said)


def _chosen_format(cursor: Cursor) -> range:
    """The formats before the one that is said again at the end: csv or json, i don't care, csv."""
    formats = [at for at, one in enumerate(cursor.lexemes) if one.word in FORMATS]
    if len(formats) < _CHOICE or any(cursor.ends(at) for at in range(formats[0], formats[-1])):
        return range(0)
    again = cursor[formats[-1]].word in [cursor[at].word for at in formats[:-1]]
    chosen = again and any(cursor.has(at, "or") for at in range(formats[0], formats[-1]))
    return range(formats[0], formats[-1]) if chosen and cursor.mark(formats[-1] - 1, ",") else range(0)


_CHOICE: Final = 3


def _formats(found: Sequence[Lexeme], at: int) -> range | None:
    """The format before what takes it back, and that: csv, no wait, xlsx."""
    formats = [one for one in range(max(0, at - _NEAR), min(len(found), at + _NEAR)) if found[one].word in FORMATS]
    former, later = [one for one in formats if one < at], [one for one in formats if one > at]
    between = found[former[-1] : later[0]] if former and later else ()
    if not between or any(_is_number(one) or one.text in ".;\n" for one in between):
        return None
    return range(former[-1], later[0])
