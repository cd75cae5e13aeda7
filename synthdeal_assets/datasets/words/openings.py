"""What a request says before what it wants: who asks and what for. No table and no field comes of it.

We test a fire alarm dashboard and need 5000 readings; wir haben seit 15 Jahren einen Campingplatz. Such an opening is
found by how it is built: it begins with who speaks or what for, has no list and no number of the data, and what is
wanted follows with its number.
"""

from __future__ import annotations

from typing import Final

from synthdeal_assets.datasets.words import asides, purposes
from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.languages import purpose_words, sentence_words
from synthdeal_assets.datasets.words.naming import same_thing
from synthdeal_assets.datasets.words.nouns import BEYOND, noun_at
from synthdeal_assets.datasets.words.quantities import after_unit
from synthdeal_assets.datasets.words.times import period_at
from synthdeal_assets.datasets.words.walk import Walk

_OF_DATA: Final = (
    *(
        "rows",
        "columns",
        "per",
        "each",
        "every",
        "every_hour",
        "every_day",
        "every_minute",
        "every_week",
        "every_month",
    ),
    *("between", "one_of", "missing", "unique", "like", "without", "mean", "median", "decimals", "whole", "yes_no"),
    *("called", "length", "correction", "seed", "save", "sorted", "last", "next"),
)
"""Meanings that say something of what is made; where one of them stands, nothing is passed over."""
_BEYOND: Final = frozenset[str]().union(*BEYOND.values())
_YEARS: Final = range(1200, 2100)


def opening(walk: Walk, at: int) -> int | None:
    """A sentence, or its first part, about who asks or what for; the lexeme at which what is wanted begins."""
    cursor = walk.cursor
    if walk.draft.tables or walk.rows_next is not None or walk.expects_table or not _begins(cursor, at):
        return None
    first = at
    while cursor[first].kind == "fill" and not (_is_self(walk, first) or _leads(cursor, first) or _asks(walk, first)):
        first += 1
    wanted = _wanted(walk, first)
    if wanted is None or cursor.mark(first, "(") or cursor.separates(first):
        return None
    clause = range(first, min(wanted[0], cursor.sentence_end(first)))
    if not any(cursor[each].is_content for each in clause) or not _says_nothing(walk, clause, wanted[1]):
        return None
    _note(walk, clause)
    if clause[-1] + 1 < wanted[0]:
        return clause[-1] + 1
    verbs = {each for each in range(*wanted) if cursor[each].is_content}
    walk.draft.noted += [(purposes.PURPOSE, cursor.text(verbs), verbs)] if verbs else []
    return wanted[1]


def _begins(cursor: Cursor, at: int) -> bool:
    """Whether a sentence begins here, a greeting left out."""
    start = cursor.sentence_start(at)
    return all(cursor[each].kind == "fill" or cursor.mark(each, ",") for each in range(start, at))


def _is_self(walk: Walk, at: int) -> bool:
    """Whether a word speaks for those who ask: we, unsere, trabajo, tenemos."""
    word = walk.cursor[at].word.split(" ")[0]
    words = sentence_words(walk.language)
    return (
        word in words["selves"] | words["doers"] - {"la", "lo", "ya", "ayer"}
        or (word in words["personal"] and walk.language == "spanish")
        or (walk.language == "spanish" and len(word) > _SHORTEST_VERB and word.endswith("mos"))
    )


_SHORTEST_VERB: Final = 4


def _leads(cursor: Cursor, at: int) -> bool:
    """Whether a word begins what something is for: for, für, zum, para, as part of, im Rahmen."""
    lead, following = cursor[at].word.split(" ")[0], cursor[at + 1].word.split(" ")[0]
    return lead in purpose_words()["purposes"] or (
        lead in ("as", "im", "in", "como", "en", "al") and following in purpose_words()["frames"]
    )


def _wanted(walk: Walk, at: int) -> tuple[int, int] | None:
    """Where the first number with its noun is wanted, and that number: need 300 patients; None where none follows."""
    cursor, number = walk.cursor, at
    while cursor[number].kind != "end" and (not _counts(walk, number) or _is_of_speaker(cursor, number)):
        number += 1
    if cursor[number].kind == "end":
        return None
    first, says = number, False
    if cursor.has(number + 1, "of_them"):
        # Dummy members, 45 of them.
        first = cursor.before(number)
        while first - 1 > at and cursor[first - 1].kind == "word" and not _wants(walk, first - 1):
            first -= 1
    number = first
    while first > at and _wants(walk, first - 1):
        first -= 1
        number = first if cursor.has(first, "table", "rows") else number
        says = says or cursor.has(first, "polite") or _needs(walk, first)
    if first <= at or not (says or cursor.ends(first - 1) or cursor.mark(first - 1, ":,")):
        return None
    return first, number


def _wants(walk: Walk, at: int) -> bool:
    cursor = walk.cursor
    return _needs(walk, at) or cursor[at].kind == "fill" or cursor.has(at, "polite", "is", "table", "rows")


def _counts(walk: Walk, at: int) -> bool:
    """Whether a number counts what its noun names: no span of time, no year, no number of those who ask."""
    cursor, number = walk.cursor, walk.cursor.number(at)
    after = cursor.skip(at + 1)
    if number is None or number.denominator != 1 or number == 1:
        return False
    if cursor.has(at + 1, "of_them") and cursor.mark(cursor.before(at), ","):
        return True
    if cursor[after].kind != "word" or _is_span(walk, at):
        return False
    named = after_unit(cursor, after) == after or cursor.has(after + 1, "with", "each")
    return named and period_at(cursor, after) is None


def _is_span(walk: Walk, at: int) -> bool:
    """Whether a number says how long those who ask have done something, or since when: seit 20 Jahren, founded 1954."""
    cursor, since = walk.cursor, purpose_words()["since"]
    before = next((each for each in range(at - 1, at - 4, -1) if cursor[each].word.split(" ")[0] in since), None)
    if before is None or any(cursor[each].is_content and cursor[each].word not in since for each in range(before, at)):
        return False
    number = cursor.number(at)
    if cursor.has(at + 1, "year", "month", "week", "day") or cursor[at + 1].word in _SPANS:
        return True
    return (number is None or int(number) in _YEARS) and (cursor.separates(at + 1) or cursor[at + 1].kind != "word")


_SPANS: Final = frozenset({"jahren", "monaten", "wochen", "tagen", "anos", "meses", "semanas", "dias"})


def _says_nothing(walk: Walk, clause: range, wanted: int) -> bool:
    """Whether all of a clause is about who asks: no list, no number, nothing of the tables and fields that follow."""
    cursor = walk.cursor
    speaks = _asks(walk, clause[0]) or any(_is_self(walk, each) for each in clause)
    if any(what == purposes.PURPOSE for what, _, _ in walk.draft.noted):
        # We ship fish. Since 1987.
        speaks = speaks or cursor[clause[0]].word in purpose_words()["since"]
    wants = [each for each in clause if _asks(walk, each)]
    if not speaks and not _leads(cursor, clause[0]):
        return False
    if wants and not all(_of_data_in_general(cursor, each) for each in wants):
        return False
    limits = _BEYOND | cursor.language.places.keys() | purpose_words()["limits"]
    for each in clause:
        if cursor[each].kind in ("number", "date"):
            if not speaks or not (_is_span(walk, each) or _is_of_speaker(cursor, each)):
                return False
        elif cursor[each].kind in ("share", "vague", "unread", "quoted", "file", "code", "time"):
            return False
        if (cursor.mark(each, ":") and each < clause[-1]) or cursor.is_format(each) or cursor.has(each, *_OF_DATA):
            return False
        if cursor[each].word in limits or (cursor.has(each, "table") and wants):
            return False
        if cursor.has(each, "with") and not (each == clause[0] or _has_one(walk, each)):
            return False
    return not _names_data(walk, clause, wanted)


def _is_of_speaker(cursor: Cursor, at: int) -> bool:
    """Whether a number is of what those who ask are or have beside what they want: a club with 300 members."""
    return cursor.number(at) is not None and cursor.has(at - 1, "with") and cursor[at - 2].kind == "word"


def _has_one(walk: Walk, at: int) -> bool:
    """Whether somebody has one thing: we have a shop, our club has a new site; a report that is written."""
    cursor, articles = walk.cursor, purpose_words()["articles"]
    counted = cursor.number(cursor.skip(at + 1)) is not None
    ours = _is_self(walk, at - 1) or _is_self(walk, at - 2)
    return ours or counted or bool({cursor[at - 1].word, cursor[at + 1].word} & articles)


def _needs(walk: Walk, at: int) -> bool:
    return _asks(walk, at) or walk.cursor[at].word in purpose_words()["needs"]


def _asks(walk: Walk, at: int) -> bool:
    return walk.cursor[at].word in sentence_words(walk.language)["wanting"]


def _of_data_in_general(cursor: Cursor, at: int) -> bool:
    """Whether what is wanted is data, something, or to do something else with it: necesito datos, queremos probar."""
    after = at + 1
    language, last = cursor.language.name, cursor[cursor.until(at, ",:;") - 1].text
    does = (language == "spanish" and cursor[after].word.endswith(_INFINITIVES)) or (
        language == "german" and last.endswith("n") and last.islower()
    )
    if does or cursor[after].word in ("to", "que", "dass"):
        return True
    while cursor[after].kind == "fill" and not cursor.has(after, "data_word") and cursor[after].word != "data":
        after += 1
    return cursor[after].word.split(" ")[-1] in purpose_words()["data"]


_INFINITIVES: Final = ("ar", "er", "ir")


def _names_data(walk: Walk, clause: range, wanted: int) -> bool:
    """Whether words of a clause may be tables or fields of what is wanted: customers and orders; name, email."""
    cursor = walk.cursor
    counted = {
        cursor[cursor.skip(each + 1)].text
        for each in range(wanted, len(cursor.lexemes))
        if cursor.number(each) is not None and cursor[cursor.skip(each + 1)].kind == "word"
    }
    tables, fields, at, last_table = 0, 0, clause[0], -1
    while at < clause[-1] + 1:
        noun = noun_at(cursor, at) if cursor[at].kind == "word" else None
        if noun is None:
            at += 1
            continue
        head = noun.words[noun.head - 1] if noun.head < len(noun.words) else noun.words[-1]
        of_data = any(same_thing((head,), (one,)) for one in counted)
        if of_data and (cursor.mark(noun.last, ":") or cursor.has(noun.last, "is", "with")):
            # We track city trees: 6,400 trees; my orders are always paid.
            return True
        in_list = last_table >= 0 and all(cursor.separates(each) for each in range(last_table, at))
        tables += of_data and not in_list
        last_table = noun.last if of_data else last_table
        listed = cursor.separates(noun.last) or cursor.separates(cursor.before(at))
        typed = walk.type_of(noun.words) not in (None, "person.full_name") or walk.measure_of(noun.words) is not None
        fields += listed and typed
        at = max(noun.last, at + 1)
    return tables > 1 or fields > 1


def _note(walk: Walk, clause: range) -> None:
    cursor = walk.cursor
    for each in clause:
        if purposes.speaker(walk, each) is None and purposes.purpose(walk, each) is None and _leads(cursor, each - 1):
            named = purposes.noun_of(walk, cursor.skip(each))
            if named is not None:
                walk.draft.misc.setdefault("dataset", (" ".join(named.words), set(named.at)))
    for each in clause:
        if cursor.number(each) is not None and _is_of_speaker(cursor, each):
            walk.draft.lose({each, cursor.skip(each + 1)}, asides.WHY)
    said = {each for each in clause if cursor[each].is_content} - walk.draft.claimed() - walk.draft.lost
    if said:
        walk.draft.noted.append((purposes.PURPOSE, cursor.text(clause), said))
