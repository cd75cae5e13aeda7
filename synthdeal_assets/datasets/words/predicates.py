"""What is said of a part of the rows in a clause of its own: 30% came through the emergency room."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.nouns import Noun
from synthdeal_assets.datasets.words.phrases import MEANING
from synthdeal_assets.datasets.words.walk import Walk

_MOST_WORDS: Final = 5
_LIGHT: Final = frozenset({"arbeiten", "come", "comes", "kommen", "trabaja", "trabajan", "work", "works"})
"""Verbs that add nothing to a word that follows them: work part time, come furnished."""


def said_of_some(walk: Walk, part: Fraction, indices: Iterable[int], after: int) -> int | None:
    """A flag called after a clause that is a verb and what goes with it; None where anything else is said there."""
    cursor, end = walk.cursor, after
    if walk.table is None or walk.values_open or not _is_verb(walk, after) or _complete(cursor, min(indices)):
        return None
    while not cursor.separates(end) and cursor[end].kind != "end":
        lexeme = cursor[end]
        if lexeme.kind not in ("word", "fill", "concept") or lexeme.concepts & {*MEANING, "with"}:
            if cursor[after].word not in cursor.language.verbs:
                return None
            walk.draft.lose({*indices, after})
            return after + 1
        end += 1
    said = [at for at in range(after, end) if cursor[at].word not in _ARTICLES]
    if not 2 <= len(said) <= _MOST_WORDS:
        return None
    light = cursor[after].word in _LIGHT and cursor[after + 1].kind == "word"
    flag = walk.add_field([cursor[at].text for at in said[light:]], {*indices, *range(after, end)}, end)
    flag.flag = part
    return end


_ARTICLES: Final = frozenset(
    {"the", "a", "an", "der", "die", "das", "den", "dem", "des", "ein", "eine", "einem", "einer", "el", "la", "los"}
    | {"las", "un", "una"}
)


def _is_verb(walk: Walk, at: int) -> bool:
    """Whether a word is a verb; in German one in small letters, in English also one that a preposition follows."""
    word, follows = walk.cursor[at], walk.cursor[at + 1]
    if word.word in walk.cursor.language.verbs:
        return True
    if walk.language == "german":
        return word.text[:1].islower() and word.word.endswith("en")
    return walk.language == "english" and word.word.endswith("ed") and follows.kind in ("fill", "concept")


def subject_of(walk: Walk, noun: Noun) -> Noun:
    """The trips of "trips go abroad"."""
    if len(noun.words) < 2 or walk.known_table(noun.words[:1]) is None or not _is_verb(walk, noun.at[1]):
        return noun
    return Noun(noun.words[:1], noun.at[:1], noun.at[0] + 1, 1)


def stand_alone(cursor: Cursor, first: int, last: int) -> bool:
    """Whether a part of the rows with a verb of its own is one of several that are not all rows: 35% have a balcony."""
    said = any(cursor.has(at, "with", "is") or cursor[at].word in _ARE for at in range(first, last))
    return said and not _complete(cursor, first)


_ARE: Final = frozenset({"are", "is", "were", "was", "sind", "ist", "waren", "son", "es", "esta", "estan"})


def _complete(cursor: Cursor, at: int) -> bool:
    """Whether the shares of a sentence are all rows; those up to the rest are."""
    total, first = Fraction(0), at
    while not cursor.ends(first - 1) and not cursor.has(first, "rest"):
        first -= 1
    first += cursor.has(first, "rest")
    while not cursor.ends(first):
        if cursor.has(first, "rest"):
            return True
        total += cursor.share(first) or 0
        first += 1
    return total == 1
