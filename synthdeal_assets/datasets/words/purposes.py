"""Whom or what data is for, and where it is from: for a fleet report, im Hofladen, para el ayuntamiento.

It says nothing of tables and fields: it is noted, and names the dataset where nothing else does. What has a number of
its own, or fields, is data.
"""

from __future__ import annotations

from typing import Final

from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.languages import purpose_words
from synthdeal_assets.datasets.words.naming import same_thing
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
from synthdeal_assets.datasets.words.quantities import after_unit
from synthdeal_assets.datasets.words.times import period_at
from synthdeal_assets.datasets.words.walk import Walk

PURPOSE: Final = "whom or what it is for"
OF_WHAT: Final = "what the rows are of"


def purpose(walk: Walk, at: int) -> int | None:
    """For a city council, eines Dachdeckers, en una casa rural: after the noun of a table, or at the beginning."""
    cursor, table = walk.cursor, walk.table
    if cursor[at].kind != "word":
        return None
    start = _led_by(cursor, at)
    if start is None:
        return None
    begins = not walk.draft.counts_rows() and (table is None or table.is_bare) and cursor.separates(start - 1)
    behind = range(walk.owner_at, start) if 0 <= walk.owner_at <= start else None
    beside = (
        table is not None
        and walk.field is None
        and not table.fields
        and behind is not None
        and all(cursor.has(each, "rows", "table") for each in behind)
    )
    if not (begins or (beside and table is not None and not table.is_bare)):
        return None
    noun = noun_of(walk, at)
    if noun is None or not (begins or _is_aside(cursor, noun.last)):
        return None
    if begins and not (_is_aside(cursor, noun.last) or _counts(cursor, noun.last)):
        return None
    return _note(walk, noun, noun.last)


def complement(walk: Walk, at: int) -> int | None:
    """Wartungen von Aufzügen: what the rows of a table are of, right behind its name, is no field of them."""
    cursor, table = walk.cursor, walk.table
    if walk.language != "german" or cursor[at - 1].word not in _OF or walk.owner_at != at - 1:
        return None
    noun = noun_of(walk, at) if cursor[at].kind == "word" else None
    if noun is None or table is None or table.rows is None or table.fields or walk.field is not None:
        return None
    counted = any(
        cursor.number(one.at - 1) is not None and same_thing((one.text,), noun.words[-1:]) for one in cursor.lexemes
    )
    if counted or walk.type_of(noun.words) or walk.measure_of(noun.words):
        return None
    if cursor.has(noun.last, "and") or not _is_aside(cursor, noun.last):
        return None
    walk.draft.noted.append((OF_WHAT, cursor.text(noun.at), set(noun.at)))
    walk.owner_at = noun.last
    return noun.last


def speaker(walk: Walk, at: int) -> int | None:
    """Our clinic needs, unsere Praxis braucht, nuestro taller necesita: who asks is no table."""
    cursor = walk.cursor
    said = purpose_words()
    if walk.draft.tables or cursor[at].kind != "word" or cursor[at - 1].word not in said["ours"]:
        return None
    noun = noun_of(walk, at)
    if noun is None:
        return None
    verb = next((each for each in noun.at if cursor[each].word in said["needs"]), noun.last)
    if cursor[verb].word not in said["needs"] or verb == at:
        return None
    named = [each for each in noun.at if each < verb]
    words = tuple(cursor[each].text for each in named)
    end = _note(walk, Noun(words, tuple(named), verb, len(words)), max(verb + 1, noun.last))
    walk.draft.noted.append((PURPOSE, cursor[verb].text, {verb}))
    return end


def _note(walk: Walk, noun: Noun, end: int) -> int:
    cursor = walk.cursor
    text, said = cursor.text(noun.at), set(noun.at)
    if "dataset" in walk.draft.misc or cursor[noun.at[0] - 1].word in purpose_words()["genitives"]:
        walk.draft.noted.append((PURPOSE, text, said))
    else:
        walk.draft.misc["dataset"] = (" ".join(noun.words), said)
    if walk.owner_at >= 0 and walk.field is None and walk.table is not None:
        walk.owner_at = end
    return end


def _led_by(cursor: Cursor, at: int) -> int | None:
    """The first of the words before a noun that say whom it is for or where it is: for a, im, eines; None without."""
    said, article, first = purpose_words(), False, at
    while first > 0 and cursor[first - 1].kind in ("fill", "concept") and at - first < _LONGEST:
        word = cursor[first - 1].word
        parts = word.split()
        if word in said["contracted"] or (
            len(parts) > 1 and parts[0] in said["for_or_in"] and parts[-1] in said["articles"]
        ):
            return first - 1
        if word in said["articles"]:
            article = True
        elif word in said["for_or_in"] and article:
            return first - 1
        else:
            break
        first -= 1
    return at - 1 if cursor[at - 1].word in said["genitives"] else None


_LONGEST: Final = 3


def noun_of(walk: Walk, at: int) -> Noun | None:
    """The noun here, where it is none that the request speaks of, no place, span of time, format or carrier of data."""
    cursor = walk.cursor
    noun = noun_at(cursor, at)
    if noun is None or walk.known_table(noun.words) is not None or walk.known_field(noun.words) is not None:
        return None
    for each in noun.at:
        if cursor.is_format(each) or cursor[each].word in cursor.language.places or period_at(cursor, each) is not None:
            return None
    if cursor[noun.at[-1]].word in purpose_words()["carriers"]:
        return None
    return noun


def _is_aside(cursor: Cursor, at: int) -> bool:
    """Whether nothing with a number is said of it: the fields follow, or the sentence ends."""
    at = cursor.skip(at)
    if cursor.has(at, "with", "columns"):
        return not any(
            cursor.number(each) is not None for each in (at + 1, cursor.skip(at + 1), cursor.skip_of(at + 1))
        )
    written = cursor.has(at, "as_format") and bool(cursor.is_format(at + 1))
    return cursor.mark(at, ":,.;") or cursor.ends(at) or written


def gathered(walk: Walk, at: int) -> int | None:
    """A fleet of 80 trucks, eine Herde von 120 Kühen: what the rows are together, before their number."""
    cursor = walk.cursor
    if walk.draft.tables or cursor[at].kind != "word" or cursor[at - 1].word not in _ONE:
        return None
    end = at + 1
    while cursor[end].kind == "word" and end - at < _LONGEST:
        end += 1
    number = cursor.skip_of(end + (cursor[end].word in ("von", "aus")))
    whose = cursor[end].word in _OF and cursor.number(number) is not None
    if not whose or cursor[number + 1].kind != "word" or after_unit(cursor, number + 1) > number + 1:
        return None
    walk.draft.misc.setdefault("dataset", (cursor.text(range(at, end)), {*range(at, end)}))
    return number


_ONE: Final = frozenset({"a", "an", "the", "ein", "eine", "einen", "einer", "un", "una", "el", "la"})
_OF: Final = frozenset({"of", "von", "aus", "de"})


def _counts(cursor: Cursor, at: int) -> bool:
    """Whether what is wanted follows, with its number: for our theatre group I need 350 tickets."""
    end = cursor.skip(at)
    while cursor[end].word in purpose_words()["needs"] or cursor[end].kind == "fill" or cursor.has(end, "polite"):
        end += 1
    return end > at and cursor.number(end) is not None
