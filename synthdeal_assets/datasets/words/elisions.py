"""Words of which only a part is written: Vor- und Nachname, check-in and check-out dates, horas de entrada y salida."""

from __future__ import annotations

from typing import Final

from synthdeal_assets.datasets.words import clauses, periods
from synthdeal_assets.datasets.words.languages import sentence_words, vocabulary
from synthdeal_assets.datasets.words.naming import singular
from synthdeal_assets.datasets.words.nouns import Noun
from synthdeal_assets.datasets.words.quantities import quantity_at
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import DONE, Walk


def elided(walk: Walk, noun: Noun) -> int | None:
    """Vor- und Nachname: the first half takes its end from the second."""
    cursor = walk.cursor
    dash = cursor.dash(noun.last)
    if walk.language != "german" or dash is None or not cursor.has(dash, "and") or len(noun.words) != 1:
        return None
    word, other = noun.words[0], cursor[dash + 1].text
    words = [each for each in range(len(other) - 2, 2, -1) if fold(other[-each:]) in vocabulary("german")]
    if word.lower() in _PREFIXES:
        # An- und Abreisedatum: what changes is how the word begins.
        words = [len(other) - len(each) for each in _PREFIXES if other.lower().startswith(each)] + words
    # The name of Nachname is a word, and the chname is none.
    for length in words or range(len(other) - 2, 2, -1):
        whole = (word + other[-length:].lower(),)
        if walk.type_of(whole) is not None or walk.measure_of(whole) is not None:
            walk.current_table()
            walk.in_fields = True
            walk.add_field(whole, noun.at, dash)
            return dash
    return None


_PREFIXES: Final = ("an", "ab", "ein", "aus", "hin", "rück", "zu", "auf", "vor", "nach")


def shared(walk: Walk, at: int) -> int | None:
    """Check-in and check-out dates, horas de entrada y salida: two fields whose names share a word in the plural."""
    cursor, table = walk.cursor, walk.table
    heads = sentence_words(walk.language)["shared"]
    listed = walk.in_fields or cursor.separates(cursor.before(at))
    if table is None or not heads or not (cursor[at].kind == "word" or cursor.has(at, "rows")) or not listed:
        return None
    if walk.language == "spanish":
        joint, other = at + 3, at + 4
        after = other + 1
        named = cursor[at].word in heads and cursor[at + 1].word == "de" and cursor[at + 2].kind == "word"
        parts: tuple[tuple[int, ...], ...] = ((at, at + 1, at + 2), (at, at + 1, other))
    else:
        joint, other = at + 1, at + 2
        after = other + 2
        named = cursor[other + 1].word in heads
        parts = ((at, other + 1), (other, other + 1))
    alone = named and cursor.has(joint, "and") and cursor[joint].kind == "concept" and cursor[other].kind == "word"
    whole = _is_whole(walk, other if walk.language == "spanish" else at)
    # Shipped and delivered dates: what is done twice is done on two days.
    done = alone and all(_is_done(walk, each) for each in (at, other))
    if not alone or (whole and not done) or cursor[after].kind == "word":
        return None
    walk.in_fields, end = True, after
    for part in parts:
        words = tuple(
            singular(cursor[each].word, walk.language) if cursor[each].word in heads else cursor[each].text
            for each in part
        )
        walk.add_field(words, part, after)
        found = quantity_at(cursor, after)
        said = clauses.apply_quantity(walk, found) if found is not None else periods.period(walk, cursor.skip(after))
        end = said or after
    return end


def _is_done(walk: Walk, at: int) -> bool:
    """Whether a word says what was done: shipped, paid."""
    words = (walk.cursor[at].text,)
    return fold(words[0]).endswith(DONE) or "flag" in (walk.measure_of(words), walk.type_of(words))


def _is_whole(walk: Walk, at: int) -> bool:
    """Whether a name is one without the word that is shared: price and delivery dates, horas de uso e importe."""
    words = (walk.cursor[at].text,)
    kinds = {walk.measure_of(words), (walk.type_of(words) or "").split(".")[0]}
    return bool(kinds - {None, "", "date", "moment", "datetime"}) or walk.known_field(words) is not None
