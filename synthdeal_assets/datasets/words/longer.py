"""Names of fields that go on: number of frames with brood, Anzahl der Waben, strength of one eye and of the other."""

from __future__ import annotations

from typing import Final

from synthdeal_assets.datasets.words import clauses, flags
from synthdeal_assets.datasets.words.draft import FieldDraft
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.naming import name_of
from synthdeal_assets.datasets.words.nouns import noun_at
from synthdeal_assets.datasets.words.quantities import quantity_at
from synthdeal_assets.datasets.words.times import period_at
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import DONE, Walk


def goes_on(walk: Walk, at: int) -> int | None:
    """What more a field is called, directly behind its name; None elsewhere."""
    one = walk.field
    if one is None or walk.owner_at != at or not one.is_plain or one.unique:
        return None
    return _counted(walk, at, one) or _of_another(walk, at, one) or _name_of(walk, at, one) or _manner(walk, at, one)


def of_both(walk: Walk, at: int) -> int | None:
    """Entry time and exit time, both in October 2026; min und max, beide zwischen 3 und 9: of the two fields before."""
    cursor, fields = walk.cursor, walk.table.fields if walk.table is not None else []
    if cursor[at].word not in sentence_words(walk.language)["both"] or len(fields) < 2 or walk.field is None:
        return None
    two = fields[-2:]
    named = cursor.mark(at - 1, ",(") and walk.owner_at == at - 1 and two[-1] is walk.field
    if not named or not all(one.is_plain for one in two):
        return None
    first = cursor.skip(at + 1)
    while cursor[first].word in sentence_words(walk.language)["states"]:
        first = cursor.skip(first + 1)
    if cursor.has(first, "as_format") and cursor.has(first + 1, "unit", "minute", "hour"):
        first += 2
    period, found = period_at(cursor, first), quantity_at(cursor, first)
    if period is not None:
        for one in two:
            one.period, one.is_moment = period, one.is_moment or _is_time(walk, one)
            one.said |= {at, *period.at}
        walk.owner_at = period.after
        return period.after
    after = None if found is None else clauses.apply_quantity(walk, found)
    if found is None:
        return None
    if after is None:
        walk.draft.lose(range(at, cursor.item_end(first)))
        return cursor.item_end(first)
    two[0].bounded_as(two[1])
    for one in two:
        one.said |= {at, *found.at}
    return after


def _is_time(walk: Walk, one: FieldDraft) -> bool:
    """Whether a field is called after a time: entry_time, hora_salida, Ankunftszeit."""
    name = name_of(one.words, walk.language)
    return name.endswith(_TIMES) or name.startswith("hora_")


_TIMES: Final = ("time", "zeit", "hora", "uhrzeit")


def _manner(walk: Walk, at: int, one: FieldDraft) -> int | None:
    """Returned on time (85% yes), devuelto a tiempo: how something was done."""
    cursor, begun = walk.cursor, one.words[-1] in _HOW
    last = at + (not begun)
    led = (begun or cursor[at].word in _HOW) and cursor[last].kind == "word" and cursor.mark(last + 1, "(")
    done = one.words[: -1 if begun else None]
    if not led or not done or not (walk.measure_of(done) == "flag" or fold(done[-1]).endswith(DONE)):
        return None
    end = cursor.item_end(last + 2)
    said = range(last + 2, end)
    if not any(flags.is_true(walk, each) or cursor.has(each, "yes_no") for each in said):
        return None
    walk.rename_field(
        one, (*one.words, *(cursor[each].text for each in range(at, last + 1))), {*range(at, last + 1)}, last + 1
    )
    one.yes_no = True
    return last + 1


_HOW: Final = frozenset({"on", "in", "by", "at", "a", "en", "con", "por"})


def _name_of(walk: Walk, at: int, one: FieldDraft) -> int | None:
    """Name of the patient, Name des Mieters: a name of somebody, and no field for who that is."""
    cursor, first = walk.cursor, at
    while cursor[first].kind == "fill" or cursor.has(first, "of") or cursor[first].word == "of the":
        first += 1
    noun = noun_at(cursor, first) if cursor[first].kind == "word" and first > at else None
    if noun is None or len(one.words) > 1 or fold(one.words[0]) not in _NAMES or not cursor.separates(noun.last):
        return None
    words = (*one.words, cursor[first - 1].text, *noun.words)
    if min(one.said) < at - 1:
        # Name, name of the owner: the first is another's.
        one.said.discard(at - 1)
        walk.add_field(words, {*range(at - 1, noun.last)}, noun.last)
        return noun.last
    walk.rename_field(one, words, {*range(at, noun.last)}, noun.last)
    return noun.last


_NAMES: Final = frozenset({"name", "names", "namen"})


def _counted(walk: Walk, at: int, one: FieldDraft) -> int | None:
    """Number of frames with brood (0 to 10), Anzahl der Waben: what is counted, up to its number."""
    cursor, words = walk.cursor, sentence_words(walk.language)
    german = walk.language == "german" and len(one.words) == 1 and cursor.has(at, "of")
    noun = noun_at(cursor, cursor.skip_of(at + 1))
    # Art des Sensors (Druck 60 %, Feuchte 40 %).
    valued = german and noun is not None and cursor.mark(noun.last, "(:") and cursor.has(noun.last + 1, "value")
    counts = fold(one.words[0]) in words["numbering"] and (cursor.has(at, "with", "without") or german)
    if not (valued or counts):
        return None
    bracket = noun is not None and cursor.mark(noun.last, "(:") and quantity_at(cursor, noun.last + 1) is not None
    if noun is None or not (
        german or bracket or cursor.has(noun.last, "between", "from") or quantity_at(cursor, noun.last)
    ):
        return None
    joint = () if german else (cursor[at].text,)
    walk.rename_field(one, (*one.words, *joint, *noun.words), {*range(at, noun.last)}, noun.last)
    one.whole = one.whole or not german
    return noun.last


def _of_another(walk: Walk, at: int, one: FieldDraft) -> int | None:
    """Graduación del ojo derecho y del ojo izquierdo entre -8 y 6: two fields, and the number is of both."""
    cursor = walk.cursor
    joint = cursor[at + 1].text
    if not (cursor.has(at, "and") and cursor.has(at + 1, "of")) or joint not in one.words[1:]:
        return None
    noun = noun_at(cursor, cursor.skip_of(at + 1))
    found = quantity_at(cursor, noun.last) if noun is not None else None
    if noun is None or not (found is not None or cursor.separates(noun.last)):
        return None
    words = (*one.words[: one.words.index(joint)], joint, *noun.words)
    other = walk.add_field(words, range(at + 1, noun.last), noun.last)
    after = noun.last if found is None else clauses.apply_quantity(walk, found)
    if found is not None and after is not None:
        one.bounded_as(other)
        one.said |= set(found.at)
    return noun.last if after is None else after
