"""What things are called: the nouns of a request, of one word or several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from synthdeal_assets.datasets.words.cursor import Cursor, unquoted
from synthdeal_assets.datasets.words.languages import beyond_words, sentence_words, words_by_kind
from synthdeal_assets.datasets.words.quantities import quantity_at
from synthdeal_assets.datasets.words.times import period_at

_TRAILING: Final = frozenset({"on", "at", "by", "up", "am"})
_MOST_WORDS: Final = 6
BEYOND: Final = beyond_words()
_ENDS_NOUN: Final = frozenset[str]().union(*BEYOND.values())
"""Words that say something of a noun, and are no part of it: growing, split, repartidos."""


@dataclass(frozen=True)
class Noun:
    """What a thing is called.

    Attributes:
        words: Its words, without articles.
        at: The lexemes of it, articles inside it too.
        last: The lexeme after it.
        head: How many words stand before the first "of".
    """

    words: tuple[str, ...]
    at: tuple[int, ...]
    last: int
    head: int


def noun_at(cursor: Cursor, at: int) -> Noun | None:
    """The name of a thing that begins here; None where none does."""
    at = cursor.skip(at)
    if cursor[at].kind == "quoted" and _is_name(cursor[at].text):
        return Noun(tuple(unquoted(cursor[at].text).split()), (at,), at + 1, 1)
    found: list[int] = []
    words: list[str] = []
    head, next_ = 0, at
    while sum(cursor[each].kind == "word" for each in found) < _MOST_WORDS:
        lexeme = cursor[next_]
        if found and lexeme.word == "aged":
            break
        if lexeme.kind == "word" and not _stops_noun(cursor, next_, bool(found)) and not cursor.has(next_, "every"):
            years = cursor.has(next_, "year") and quantity_at(cursor, next_ + 1) is not None
            if found and ((period_at(cursor, next_) is not None and not years) or _is_verb(cursor, found[-1], next_)):
                break
            found.append(next_)
            words.append(lexeme.text)
            next_ += 1
            continue
        joined = cursor.skip(next_ + 1)
        joins = cursor.language.name != "german" and lexeme.kind == "concept" and "of" in lexeme.concepts
        again = cursor[joined].word in sentence_words(cursor.language.name)["same"]
        if found and joins and not again and cursor[joined].kind == "word" and period_at(cursor, next_) is None:
            head = head or len(words)
            found += range(next_, joined)
            words += [cursor[each].text for each in range(next_, next_ + 1)]
            next_ = joined
            continue
        listed = cursor.separates(next_ + 1) and (cursor.mark(at - 1, ",") or cursor.has(at - 1, "and"))
        if len(found) == 1 and lexeme.word in _TRAILING and listed:
            # Ready on: an item of a list.
            return Noun((*words, lexeme.text), (*found, next_), next_ + 1, 2)
        if found and lexeme.word == "used" and (cursor.separates(next_ + 1) or cursor.has(next_ + 1, "is")):
            # Grams used: behind what it is about it is a part of the name.
            found.append(next_)
            words.append(lexeme.text)
            next_ += 1
            break
        if found and lexeme.word in _TRAILING and cursor[found[-1]].word.endswith(("ed", "t", "n")):
            if cursor.language.name == "english" and not cursor[found[-1]].word.endswith("ed"):
                break
            if cursor.language.name == "english" or lexeme.word == "am":
                found.append(next_)
                words.append(lexeme.text)
                next_ += 1
        break
    return Noun(tuple(words), tuple(found), next_, head or len(words)) if found else None


def _is_verb(cursor: Cursor, before: int, at: int) -> bool:
    """Whether a noun has ended: in German it has a capital, and what follows in small letters is something else."""
    if (
        cursor[at].word in _BEHIND
        and cursor.separates(at + 1)
        and (cursor.separates(before - 1) or (cursor.has(before - 1, "with") and cursor.share(before - 2) is None))
    ):
        # Haustiere erlaubt: an item of a list.
        return False
    capital = cursor[before].text[:1].isupper() and not cursor[before].text.isupper()
    return cursor.language.name == "german" and capital and cursor[at].text[:1].islower()


_BEHIND: Final = frozenset(
    {"erlaubt", "vorhanden", "moglich", "notig", "inbegriffen", "inklusive", "bezahlt", "versichert", "gepruft"}
    | {"vermietet", "verfugbar", "erforderlich", "gewunscht", "bestanden", "bestatigt", "geliefert", "unterschrieben"}
    | {"verkauft"}
)
"""What may stand in small letters behind a German noun, and is a part of what a field is called."""


def is_behind(word: str) -> bool:
    """Whether a word says what is so of the German noun before it: erlaubt, vermietet."""
    return word in _BEHIND


def _stops_noun(cursor: Cursor, at: int, inside: bool) -> bool:
    if not inside:
        return False
    if cursor.has(at, "since") and cursor[at + 1].kind == "fill":
        # The date since we opened.
        return True
    consists = words_by_kind("doubtful")["composed"]
    composed = cursor[at].word in consists and (cursor.has(at + 1, "of", "per") or cursor[at + 1].word == "up")
    if (
        composed
        or cursor.is_format(at)
        or cursor.has(at, "value")
        or cursor.has(at, "whole")
        or cursor[at].word in _ENDS_NOUN
    ):
        return True
    if cursor[at].word in sentence_words(cursor.language.name)["states"] and quantity_at(cursor, at + 1) is not None:
        # Las edades van de 18 a 90.
        return True
    after = cursor.skip(at + 1)
    while cursor.has(after, "of", "is"):
        after = cursor.skip(after + 1)
    return cursor.has(at, "mean", "median") and cursor.number(after) is not None


def _is_name(text: str) -> bool:
    inside = unquoted(text)
    return inside.replace("_", "").replace(" ", "").replace("-", "").isalnum() and inside[:1].isalpha()
