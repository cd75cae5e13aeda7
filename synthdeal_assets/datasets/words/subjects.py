"""Which field a clause is about, by all the words of its name, and where what is said of it begins and ends."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from synthdeal_assets.datasets.words.called import fields_said, is_called, parts
from synthdeal_assets.datasets.words.doubtful import same_unit
from synthdeal_assets.datasets.words.draft import FieldDraft, TableDraft
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
from synthdeal_assets.datasets.words.phrases import MEANING
from synthdeal_assets.datasets.words.quantities import quantity_at
from synthdeal_assets.datasets.words.walk import Walk

TWO_FIELDS: Final = "several fields may be meant; say which: the name of the customers, the unit price"


@dataclass(frozen=True)
class Subject:
    """The fields that words may name.

    Attributes:
        fields: Each with its table; more than one where tables have fields of the same name.
        at: The lexemes of the name.
        last: The lexeme after it.
    """

    fields: tuple[tuple[TableDraft, FieldDraft], ...]
    at: tuple[int, ...]
    last: int


def subject_at(walk: Walk, at: int, tables: Sequence[TableDraft] | None = None) -> Subject | None:
    """The fields whose name begins here, after articles; the longest name that there is. None where none is known."""
    cursor = walk.cursor
    leading = sentence_words(walk.language)["leading"]
    tables = walk.draft.tables if tables is None else tables
    fields = [(table, one) for table in tables for one in table.fields]
    while cursor[at].kind == "fill" or cursor[at].word in leading:
        at += 1
    owner = _OWNER.fullmatch(cursor[at].text)
    if owner is not None and (table := walk.known_table((owner[1],))) is not None:
        # The hotel's stars.
        fields, at = [pair for pair in fields if pair[0] is table], at + 1
    ends = [at]
    while not cursor.ends(ends[-1]) and not cursor.mark(ends[-1], ",():") and len(ends) < _MOST_LEXEMES:
        ends.append(ends[-1] + 1)
    for end in reversed(ends[1:]):
        if (cursor[end - 1].word in leading or cursor.has(end - 1, "of")) and end > at + 1:
            continue
        said = tuple(cursor[each].text for each in range(at, end))
        words = parts(said, walk.language)
        found = tuple(pair for pair in fields if is_called(parts(pair[1].words, walk.language), words))
        if not found:
            alike = [(table, one) for table in tables for one in fields_said(table.fields, said, walk.language)]
            found = tuple(pair for pair in alike if pair in fields)
        if found:
            return Subject(found, tuple(range(at, end)), end)
    return None


_MOST_LEXEMES: Final = 8
_OWNER: Final = re.compile("(.+)['\u2019]s")


def of_table(walk: Walk, found: Subject) -> Subject:
    """The fields of one table, where that is named after them: the weight of each parcel, die Dauer der Kurse."""
    cursor, after = walk.cursor, found.last
    if not (cursor.has(after, "of") or cursor[after].word.startswith("of ")):
        return found
    leading = sentence_words(walk.language)["leading"]
    first = after + 1
    while cursor.has(first, "of") or cursor[first].kind == "fill" or cursor[first].word in leading:
        first += 1
    if cursor.has(first, "rows"):
        # The date of every row.
        return Subject(found.fields, (*found.at, *range(after, first + 1)), first + 1)
    noun = noun_at(cursor, first)
    table = None
    for length in range(len(noun.words) if noun is not None else 0, 0, -1):
        table = table or walk.known_table(noun.words[:length]) if noun is not None else None
        if table is not None and noun is not None:
            owned = tuple(pair for pair in found.fields if pair[0] is table)
            last = noun.at[length - 1] + 1
            return Subject(owned, (*found.at, *range(after, last)), last) if owned else found
    return found


def of_all(walk: Walk, at: int) -> int:
    """The lexeme after what a share is of, where that is all rows: of the rows, der Fälle, de los casos."""
    cursor, cases = walk.cursor, sentence_words(walk.language)["cases"]
    first = at
    while cursor.has(first, "of", "of_them") or cursor[first].kind == "fill":
        first += 1
    if first > at and cursor[first].word in cases:
        return first + 1
    alone = cursor.separates(first) or cursor.has(first, "missing")
    return first if cursor.has(at, "of_them") and alone else at


def clause_at(walk: Walk, at: int) -> tuple[Subject, int] | None:
    """A known field and a verb of state after it, with the lexeme at which what is said begins."""
    subject = subject_at(walk, at) or part_of_name(walk, at)
    if subject is None:
        return None
    subject = of_table(walk, subject)
    predicate, cursor = after_verb(walk, subject.last), walk.cursor
    has = predicate is not None and any(cursor.has(each, "with") for each in range(subject.last, predicate))
    if predicate is None or (has and cursor[predicate].kind == "word" and not cursor.has(predicate, *SAID_ALONE)):
        # An appointment has a date: what a thing has are fields.
        return None
    return subject, predicate


def part_of_name(walk: Walk, at: int, *, led: bool = False) -> Subject | None:
    """The one field of which words say the first or last part, or that they say with more: the price of nightly price.

    Der Druck of Luftdruck, the salary column, the ticket price of tickets, the check-out of check-out date.
    """
    cursor, leading = walk.cursor, sentence_words(walk.language)["leading"]
    first = at
    while cursor[first].kind == "fill" or cursor[first].word in leading:
        led = led or cursor[first].word in leading
        first += 1
    led = led or cursor.separates(at - 1)
    end = first
    while cursor[end].kind in ("word", "quoted") and not _is_state(walk, end) and end - first < _MOST_PARTS:
        end += 1
    if end == first or not led or (walk.known_table([cursor[first].text]) is not None and end == first + 1):
        return None
    whose = noun_at(cursor, cursor.skip_of(end + 1)) if cursor.has(end, "of") else None
    if cursor.has(end, "of") and (whose is None or walk.known_table(whose.words) is None):
        # Fecha de alta is no part of fecha de ingreso.
        return None
    texts = [cursor[each].text for each in range(first, end)]
    done = walk.language == "german" and len(texts) > 1 and _PARTICIPLE.fullmatch(texts[0]) is not None
    said = parts(tuple(texts[done:]), walk.language)
    if done and (one := walk.known_field(texts[1:])) is not None and walk.table is not None:
        # Die gefahrenen Kilometer are the Kilometer.
        return Subject(((walk.table, one),), tuple(range(first, end)), end)
    fields = [(table, one) for table in walk.draft.tables for one in table.fields]
    whole = tuple(word for word in said if word not in _COLUMN and walk.known_table((word,)) is None)
    found = tuple(pair for pair in fields if whole != said and is_called(parts(pair[1].words, walk.language), whole))
    if not found:
        found = tuple(pair for pair in fields if _has_part(parts(pair[1].words, walk.language), said, walk.language))
    return Subject(found, tuple(range(first, end)), end) if found else None


_MOST_PARTS: Final = 4
_PARTICIPLE: Final = re.compile("(ge|ver|be|ent|er|zer)[a-zäöüß]+t?e[nr]?|[a-zäöü]+ge[a-zäöüß]+t?e[nr]?")
_COLUMN: Final = frozenset(
    {"column", "field", "value", "values", "spalte", "feld", "wert", "werte", "columna", "campo", "valor", "valores"}
)


def _is_state(walk: Walk, at: int) -> bool:
    return walk.cursor[at].word.split(" ")[0] in sentence_words(walk.language)["states"]


def _has_part(name: Sequence[str], said: Sequence[str], language: str) -> bool:
    """Whether a name has what is said for its head, or only a word such as date beside it; a German compound, too."""
    before, after = name[: -len(said)], name[len(said) :]
    if len(said) < len(name):
        begins, ends = is_called(name[: len(said)], said), is_called(name[-len(said) :], said)
        rest = {*(after if begins else before)} - {"de", "del", "of"}
        return (begins if language == "spanish" else ends) or ((begins or ends) and rest <= _ONLY_SAY_WHAT)
    if language != "german" or len(name) != 1 or len(said) != 1 or len(said[0]) < _SHORTEST_PART:
        return False
    compound, word = name[0], said[0]
    counted = any(compound == word + ending for ending in ("zahl", "anzahl", "nummer", "datum"))
    return compound != word and (compound.endswith(word) or counted or _VALUES.sub("", word) == compound)


def fields_with_part(walk: Walk, words: Sequence[str]) -> list[FieldDraft]:
    """The fields of the table spoken of whose names have words for their head: the phone of next_of_kin_phone.

    A unit beside them says only in what it is measured: the wind of wind_mph.
    """
    fields, said = walk.table.fields if walk.table is not None else [], parts(tuple(words), walk.language)
    whole = [(one, parts(one.words, walk.language)) for one in fields]
    units = [(one, name[:-1]) for one, name in whole if len(name) > 1 and _is_unit(walk, name[-1])]
    measured = [one for one, name in units if is_called(name, said)]
    return measured or [one for one, name in whole if _has_part(name, said, walk.language)]


def _is_unit(walk: Walk, word: str) -> bool:
    return "unit" in walk.cursor.language.concepts.get((word,), frozenset()) or bool(same_unit(word))


_ONLY_SAY_WHAT: Final = frozenset(
    {"date", "time", "number", "level", "code", "value", "column", "fecha", "hora", "numero", "nivel", "codigo"}
)
_SHORTEST_PART: Final = 4
_VALUES: Final = re.compile("s?-?werte?$")


def after_verb(walk: Walk, at: int) -> int | None:
    """The lexeme after a verb of state and its adverbs; a phrase that begins with one is said whole. None without."""
    cursor, words = walk.cursor, sentence_words(walk.language)
    states, has_verb = words["states"] | words["starting"], False
    while True:
        first = cursor[at].word.split(" ")[0]
        if cursor.has(at, "sum_of"):
            return at
        if cursor.has(at, "not") and cursor[at + 1].word.split(" ")[0] in states:
            return at
        if (cursor[at].concepts & _SAYS and not cursor.has(at, "is", "with")) or quantity_at(cursor, at) is not None:
            bound = cursor.has(at, "at_least", "at_most") and first in _NEGATIONS
            said = has_verb or ((first in states or bound) and " " in cursor[at].word)
            return at if said or (cursor.has(at, "unique") and " " in cursor[at].word) else None
        if cursor[at].word in words["hedges"]:
            return at
        if has_verb and cursor[at].word == "de" and quantity_at(cursor, at + 1) is not None:
            # Es de al menos 5.
            return at + 1
        if first in states or cursor.has(at, "is"):
            has_verb = True
        elif cursor[at].word in words["starting_at"] and cursor[at - 1].word in words["starting"]:
            return at + 1
        elif cursor[at].word not in words["adverbs"] and not (
            has_verb and cursor[at].word in words["leading"] and cursor[at].kind != "word"
        ):
            return at if has_verb and not cursor.ends(at) else None
        at += 1


_NEGATIONS: Final = frozenset({"no", "nunca", "never", "nie"})
"""First words of verbs that say of themselves what bound there is: no supera, never exceeds."""
_SAYS: Final = MEANING | {"normally", "like"}


def clause_end(walk: Walk, at: int) -> int:
    """Where a clause ends: at the end of its sentence, or before "and" where another field and its verb follow."""
    cursor = walk.cursor
    while not cursor.ends(at):
        after = at
        while cursor.mark(after, ",;") or cursor.has(after, "and"):
            after += 1
        if after > at and (clause_at(walk, after) is not None or goes_on_at(walk, after) is not None):
            return at
        at = max(at + 1, after)
    return at


def goes_on_at(walk: Walk, at: int) -> int | None:
    """Where what is said begins, in a clause without a subject of its own: and has one decimal, y no se repite."""
    cursor = walk.cursor
    if cursor.has(at, "unique"):
        return at
    is_verb = cursor[at].word.split(" ")[0] in sentence_words(walk.language)["states"]
    return after_verb(walk, at) if is_verb else None


SAID_ALONE: Final = (
    "unique",
    "like",
    "normally",
    "missing",
    "one_of",
    "mean",
    "median",
    "decimals",
    "whole",
    "yes_no",
)
"""What the steps of the parser read of the field spoken of."""


def known_noun(walk: Walk, at: int) -> Noun | None:
    """The noun that begins here, whole where it is the name of a field of the table spoken of."""
    found = subject_at(walk, at, [walk.table]) if walk.table is not None else None
    noun = noun_at(walk.cursor, at)
    if found is None or len(found.fields) > 1 or (noun is not None and noun.last > found.last):
        return noun
    if walk.cursor[found.last - 1].word in ("of", "of the", "de", "del"):
        # Name of the owner: the name listed before is no part of it.
        return noun
    words = found.fields[0][1].words
    return Noun(words, found.at, found.last, len(words))
