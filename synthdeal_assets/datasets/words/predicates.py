"""What is said of a part of the rows in a clause of its own: 30% came through the emergency room."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.nouns import Noun
from synthdeal_assets.datasets.words.phrases import MEANING
from synthdeal_assets.datasets.words.walk import Walk

_MOST_WORDS: Final = 5
_LIGHT: Final = frozenset({"arbeiten", "come", "comes", "kommen", "trabaja", "trabajan", "work", "works"})
"""Verbs that add nothing to a word that follows them: work part time, come furnished."""


def said_of_some(walk: Walk, part: Fraction, indices: set[int], after: int) -> int | None:
    """A flag called after a clause, a verb and what goes with it: came by train, are out of print.

    None where anything else is said there.
    """
    cursor = walk.cursor
    if walk.table is None or walk.values_open or _complete(cursor, min(indices)):
        return None
    if _have_done(walk, after):
        return _as_flag(walk, part, indices, range(after, after + 2))
    are = next((at for at in range(after - 1, min(indices), -1) if cursor[at].word in ARE), after)
    placed = are < after - 1 and any(cursor[at].word not in _ARTICLES for at in range(are + 1, after))
    of_place = placed and cursor[after - 1].word in _FROM and cursor[after].text[:1].isupper()
    if of_place or (not placed and not _is_verb(walk, after)):
        # From Portugal is a value of a country, which is not said.
        return None
    first = are + 1 if placed else after
    end = _plain_end(cursor, first)
    if end is None:
        if cursor[after].word not in cursor.language.verbs:
            return None
        walk.draft.lose({*indices, after})
        return after + 1
    light = cursor[first].word in _LIGHT and cursor[first + 1].kind == "word"
    return _as_flag(walk, part, indices, range(first + (light and end > first + 1), end))


def _have_done(walk: Walk, at: int) -> bool:
    """Whether a clause is haben die Prüfung bestanden, where what is done to is no field."""
    cursor = walk.cursor
    led, done = cursor.before(at), cursor[at + 1]
    have = walk.language == "german" and cursor.has(led, "with") and cursor[led].word in _HAVE
    participle = done.kind == "word" and done.text[:1].islower() and done.word.endswith(("t", "en"))
    named = cursor[at].kind == "word" and cursor[at].text[:1].isupper() and participle and cursor.separates(at + 2)
    return have and named and walk.known_field([cursor[at].text]) is None


_HAVE: Final = frozenset({"haben", "hat"})


def compared(walk: Walk, at: int) -> int | None:
    """The end of 20% more in December: no part of the rows, and listed as a whole."""
    if walk.cursor[at + 1].word not in _COMPARED:
        return None
    end = walk.cursor.item_end(at + 1)
    walk.draft.lose(range(at, end))
    return end


_COMPARED: Final = frozenset(
    {"more", "less", "fewer", "higher", "lower", "cheaper", "mehr", "weniger", "hoher", "niedriger", "teurer"}
    | {"gunstiger", "mas", "menos", "superior", "inferior"}
)


def said_not(walk: Walk, part: Fraction, indices: set[int], at: int) -> int | None:
    """A flag for what is not so: 20% are not vaccinated, 5 % nicht lieferbar; None where more is said."""
    end = _plain_end(walk.cursor, at + 1)
    words = [walk.cursor[each].text for each in range(at + 1, end or 0)]
    if walk.table is None or not words or walk.known_field(words) is not None:
        return None
    return _as_flag(walk, part, indices, range(at, end or 0))


def _as_flag(walk: Walk, part: Fraction, indices: set[int], clause: range) -> int | None:
    cursor = walk.cursor
    named = [cursor[at].text for at in clause if cursor[at].word not in _ARTICLES]
    if not 0 < len(named) <= _MOST_WORDS or (len(clause) == 1 and clause.start == max(indices) + 1):
        return None
    known = walk.known_field(named[1:]) if len(named) > 1 else None
    if known is not None and known.is_plain and (known.yes_no or walk.type_of(known.words) in (None, "flag")):
        # Nehmen Leihmaterial, where Leihmaterial is a field.
        named = list(known.words)
    flag = walk.add_field(named, indices.union(range(min(indices), clause.stop)), clause.stop)
    flag.flag = part
    return clause.stop


def _plain_end(cursor: Cursor, at: int) -> int | None:
    """Where a clause ends that has words alone, and none that means something of its own."""
    while not cursor.separates(at) and cursor[at].kind != "end":
        if cursor[at].kind not in ("word", "fill", "concept") or cursor[at].concepts & {*MEANING, "with"}:
            return None
        at += 1
    return at


_FROM: Final = frozenset({"from", "de", "aus"})
_ARTICLES: Final = frozenset(
    {"the", "a", "an", "der", "die", "das", "den", "dem", "des", "ein", "eine", "einem", "einer", "el", "la", "los"}
    | {"las", "un", "una"}
)


def _is_verb(walk: Walk, at: int) -> bool:
    """Whether a word is a verb: a German one has small letters, an English one a preposition behind it."""
    word, follows = walk.cursor[at], walk.cursor[at + 1]
    if word.word in walk.cursor.language.verbs:
        return True
    if walk.language == "german":
        return word.text[:1].islower() and word.word.endswith("en")
    if walk.language == "spanish":
        return word.text.endswith(("ó", "aron", "ieron"))
    return walk.language == "english" and word.word.endswith("ed") and follows.kind in ("fill", "concept")


def subject_of(walk: Walk, noun: Noun) -> Noun:
    """The trips of "trips go abroad"."""
    if len(noun.words) < 2 or walk.known_table(noun.words[:1]) is None or not _is_verb(walk, noun.at[1]):
        return noun
    return Noun(noun.words[:1], noun.at[:1], noun.at[0] + 1, 1)


def stand_alone(cursor: Cursor, first: int, last: int) -> bool:
    """Whether a part of the rows with a verb of its own is one of several that are not all rows: 35% have a balcony."""
    said = any(cursor.has(at, "with", "is") or cursor[at].word in ARE for at in range(first, last))
    return said and not _complete(cursor, first)


ARE: Final = frozenset({"are", "is", "were", "was", "sind", "ist", "waren", "son", "es", "esta", "estan"})


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
