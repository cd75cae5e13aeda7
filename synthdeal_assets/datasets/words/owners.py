"""Sentences about a table: every order refers to one product and has a date; zu jeder Baustelle gehören ein Name.

What it has are its fields, whatever table was spoken of before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from synthdeal_assets.datasets.words.draft import TableDraft
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.nouns import noun_at
from synthdeal_assets.datasets.words.quantities import quantity_at
from synthdeal_assets.datasets.words.walk import Walk


def about_table(walk: Walk, at: int) -> int | None:
    """A clause that begins with a known table and what it has, or refers to, or is wanted of it; None elsewhere."""
    cursor, words = walk.cursor, sentence_words(walk.language)
    if not cursor.separates(at - 1) or cursor.separates(at):
        return None
    if (found_of := _of_table(walk, at)) is not None:
        return found_of
    _turn_to_last(walk, at)
    first, of_each = _after_articles(walk, at)
    found = _named(walk, first)
    if found is None:
        return None
    table, verb = found
    if of_each:
        after = _after(walk, verb, "wanted")
        if after == verb and not cursor.mark(verb, ":"):
            return None
        after += cursor.mark(after, ":")
        return None if _counts(walk, after) else _turn(walk, table, range(at, after), after, in_fields=True)
    if cursor.ends(at - 1) and cursor.has(at, "for") and cursor[verb].kind == "word" and cursor.mark(verb + 1, ","):
        # For customers name, email and phone.
        return _turn(walk, table, range(at, verb), verb, in_fields=True)
    verb = cursor.skip(verb)
    if cursor[verb].word in words["owning"]:
        return None if _counts(walk, verb + 1) else _turn(walk, table, range(at, verb + 1), verb + 1, in_fields=True)
    if cursor[verb].word.split(" ")[0] in words["referring"]:
        return _referring(walk, table, at, verb)
    article = cursor[verb + 1].kind == "fill" or cursor[verb + 1].word in words["leading"]
    if first > at and cursor.ends(at - 1) and cursor[verb].kind == "word" and article and _has_later(walk, verb):
        end = cursor.item_end(verb)
        walk.draft.lose(range(verb, end))
        return _turn(walk, table, range(at, verb), end, in_fields=False)
    return None


def _of_table(walk: Walk, at: int) -> int | None:
    """Of the patient name and age; de la sesión fecha y duración; vom Kunden Name, Ort: what is wanted of a table."""
    cursor, leading, first = walk.cursor, sentence_words(walk.language)["leading"], at
    while cursor[first].kind == "fill" or cursor.has(first, "of", "each") or cursor[first].word in (*leading, *_OF_THE):
        first += 1
    end = cursor.sentence_end(at)
    of = cursor.has(at, "of") or cursor[at].word in _OF_THE
    noun = noun_at(cursor, first) if of and cursor[first].kind == "word" else None
    lists = any(cursor.mark(each, ",") or cursor.has(each, "and") for each in range(first, end))
    if noun is None or not lists or not (cursor.ends(at - 1) or cursor.mark(at - 1, ",")):
        return None
    for length in range(len(noun.words), 0, -1):
        after = noun.at[length - 1] + 1 if length < len(noun.words) else noun.last
        states = sentence_words(walk.language)["states"] | sentence_words(walk.language)["owning"]
        if cursor[cursor.skip(after)].kind != "word" or cursor[cursor.skip(after)].word in states:
            continue
        table = walk.known_table(noun.words[:length]) or _counted_field(walk, noun.words[:length])
        if table is not None:
            return _turn(walk, table, range(at, after), after, in_fields=True)
    return None


def _counted_field(walk: Walk, words: Sequence[str]) -> TableDraft | None:
    """Sessions, between 4 and 12, that have a date and a length: rows of their own, and no number."""
    one = walk.known_field(words)
    if one is None or walk.table is None or one.low is None or one.high is None or one.low < 0:
        return None
    if one.low.denominator != 1 or one.high.denominator != 1:
        return None
    child = TableDraft(one.name, one.words, said=set(one.said), parent=walk.table, low=one.low, high=one.high)
    walk.table.fields.remove(one)
    walk.draft.tables.append(child)
    return child


_OF_THE: Final = frozenset({"of the", "of each", "of every", "vom", "von"})


def _turn_to_last(walk: Walk, at: int) -> None:
    """Turns to the table that a sentence of fields ends with: names and IBAN for tenants."""
    cursor, spoken = walk.cursor, walk.table
    if spoken is None or not cursor.ends(at - 1):
        return
    whose = at
    while cursor[whose].kind in ("word", "fill") or cursor.mark(whose, ",") or cursor.has(whose, "and"):
        whose += 1
    first = noun_at(cursor, _after(walk, at, "wanted"))
    if first is None or not cursor.has(whose, "for", "per"):
        return
    if walk.type_of(first.words) is None and first.words[-1].casefold() not in ("name", "nombre"):
        return
    found = _named(walk, cursor.skip(_after_articles(walk, whose)[0]))
    end = whose if found is None else found[1]
    while cursor[end].kind == "fill":
        end += 1
    if found is not None and found[0] is not spoken and cursor.ends(end):
        _turn(walk, found[0], range(whose, found[1]), at, in_fields=True)
        walk.turned_from = spoken


def _after_articles(walk: Walk, at: int) -> tuple[int, bool]:
    """The lexeme after articles, and whether they say that something is wanted of each: for each, zu jeder, de cada."""
    cursor, words = walk.cursor, sentence_words(walk.language)
    of_each = False
    while cursor[at].kind == "fill" or cursor[at].word in words["leading"] or cursor.has(at, "per", "each", "every"):
        of_each = of_each or cursor.has(at, "per") or (cursor.has(at, "each") and cursor[at - 1].word in _OF)
        at += 1
    if not of_each and cursor.has(at, "for", "of"):
        each = cursor.has(at + 1, "each", "every")
        return at + 1 + each, each
    return at, of_each


_OF: Final = frozenset({"de", "of", "from", "von", "para", "fur", "zu", "for"})


def _named(walk: Walk, at: int) -> tuple[TableDraft, int] | None:
    """The known table whose name begins here, and the lexeme after it."""
    cursor, names = walk.cursor, list[str]()
    found = None
    while len(names) < _MOST_WORDS and cursor[at + len(names)].kind in ("word", "quoted"):
        names.append(cursor[at + len(names)].text)
        table = walk.known_table(names)
        found = found if table is None else (table, at + len(names))
    return found


_MOST_WORDS: Final = 4


def _after(walk: Walk, at: int, part: str) -> int:
    """The lexeme after words that do the same in a sentence."""
    cursor, words = walk.cursor, sentence_words(walk.language)[part]
    while set(cursor[at].word.split(" ")) <= words or cursor[at].word in words:
        at += 1
    return at


def _counts(walk: Walk, at: int) -> bool:
    """Whether rows of another table are counted for each: to each shop belong 3 clerks."""
    at = walk.cursor.skip(at)
    return walk.cursor.number(at) is not None or quantity_at(walk.cursor, at) is not None


def _turn(walk: Walk, table: TableDraft, said: range, after: int, *, in_fields: bool) -> int:
    table.said |= {*said}
    walk.turned_from = None
    walk.speak_of(table, after)
    walk.in_fields, walk.in_sentence = in_fields, False
    return after


def _referring(walk: Walk, table: TableDraft, at: int, verb: int) -> int | None:
    """Refers to a book, bezieht sich auf einen Kurs, se refiere a un libro."""
    cursor, words = walk.cursor, sentence_words(walk.language)
    first = verb + 1
    while cursor[first].kind == "fill" or cursor[first].word in words["leading"] or cursor[first].word in _TO:
        first += 1
    one = cursor.number(first) == 1
    found = _named(walk, cursor.skip(first + one))
    if found is None or found[0] is table:
        return None
    other, after = found
    if table.parent is not other:
        if table.belongs_to is None and table.parent is None:
            table.belongs_to = other
        else:
            table.refers_to.append(other)
    table.rows_at |= {*range(at, after)} - ({first} if one else set())
    if one:
        walk.draft.noted.append(("parents", "1", {first}))
    return _turn(walk, table, range(at, verb), after, in_fields=False)


_TO: Final = frozenset({"to", "auf", "zu", "sich", "a", "al", "exactly", "genau", "exactamente"})


def _has_later(walk: Walk, at: int) -> bool:
    """Whether a sentence goes on with what its table has: records one museum and has a price."""
    cursor = walk.cursor
    while not cursor.ends(at):
        if cursor.separates(at) and cursor.has(at + 1, "with"):
            return True
        at += 1
    return False
