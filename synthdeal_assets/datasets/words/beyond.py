"""What people say of data and no plan in words holds: listed as not understood, and never read as a field.

Days of the week, growth, seasons, correlations and distributions other than the normal one belong to a specification.
"""

from __future__ import annotations

from typing import Final

from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.nouns import BEYOND, Noun, noun_at
from synthdeal_assets.datasets.words.placing import is_anybody
from synthdeal_assets.datasets.words.quantities import quantity_at
from synthdeal_assets.datasets.words.series import STEPS
from synthdeal_assets.datasets.words.times import period_at
from synthdeal_assets.datasets.words.walk import Walk

_REASONS: Final = {
    "weekdays": "days of the week are written in a specification: days: Mon..Fri",
    "correlated": "a correlation is written in a specification: rank_correlation",
}


def beyond(walk: Walk, at: int) -> int | None:
    """Closed on Sundays, growing 4% per year, correlated at 0.7, exponentially distributed."""
    cursor, one = walk.cursor, walk.field
    word = cursor[at].word
    kind = next((kind for kind, words in BEYOND.items() if word in words), None)
    if cursor[at].kind != "word" or kind is None or word in sentence_words(walk.language)["states"]:
        # Falls is if in German alone.
        return None
    if one is not None and walk.owner_at == at and word.startswith(("lognormal", "log-normal")):
        one.lognormal = True
        one.said.add(at)
        walk.owner_at = at + 1
        return at + 1
    if word in BEYOND["names"] and not _says_how_much(cursor, at):
        return None
    end = at + 1 if kind == "distributions" else _end_of_item(cursor, at)
    if kind == "rounded" and one is not None and any(cursor.has(each, "decimals") for each in range(at, end)):
        one.said.add(at)
        return at + 1
    walk.draft.lose(range(at, end), _REASONS.get(kind, ""))
    return end


def _says_how_much(cursor: Cursor, at: int) -> bool:
    """Whether something is said of growth, a peak or a correlation: 5%, in December, of 0.7."""
    end = _end_of_item(cursor, at)
    return any(cursor[one].kind in ("number", "share") or cursor[one].word in _IN for one in range(at + 1, end))


_IN: Final = frozenset({"in", "im", "en", "on", "at", "am", "um", "distributed", "distribution", "between", "zwischen"})


def _end_of_item(cursor: Cursor, at: int) -> int:
    """The lexeme after what is said here, up to the next item of the list or the next thing."""
    end = at + 1
    while not cursor.separates(end) and not cursor.has(end, "with", "columns"):
        end += 1
    return end


def before_weekday(walk: Walk, noun: Noun) -> int | None:
    """Closed on Sundays, cerradas los domingos: what is so on some days of the week."""
    cursor = walk.cursor
    at = cursor.skip(noun.last)
    if cursor[at].kind != "word" or cursor[at].word not in BEYOND["weekdays"]:
        return None
    walk.draft.lose((*noun.at, at), _REASONS["weekdays"])
    return at + 1


def things_between(walk: Walk, at: int) -> int | None:
    """Flights between FRA, JFK and LHR: names that are no ends of a range, and no fields either."""
    cursor = walk.cursor
    first = cursor.skip(at + 1)
    if cursor[at].kind != "concept" or not cursor.has(at, "between") or cursor[first].kind not in ("word", "quoted"):
        return None
    if quantity_at(cursor, at) is not None or period_at(cursor, at) is not None:
        return None
    end, joined = at + 1, False
    while not cursor.ends(end) and not cursor.mark(end, "()") and not cursor.has(end, "with", "columns"):
        if joined and cursor.separates(end):
            break
        joined = joined or cursor.has(end, "and")
        end += 1
    walk.draft.lose(range(at, end))
    return end


def only_unit(walk: Walk, at: int) -> int | None:
    """Euros, degrees: a unit that no number took is no field."""
    cursor = walk.cursor
    if cursor.mark(at, "€$£¥") and cursor.mark(at + 1, "/") and cursor.separates(at - 1):
        # €/l between 1.35 and 1.95: a unit, and no name.
        end = at + 2
        while not (cursor.ends(end) or cursor.mark(end, ",;()")):
            end += 1
        walk.draft.lose(range(at, end))
        return end
    if cursor[at].kind != "word" or not cursor.has(at, "unit") or cursor[at].word in _UNITS_THAT_ARE_FIELDS:
        return None
    if cursor.number(at - 1) is None or (noun := noun_at(cursor, at)) is None or len(noun.words) > 1:
        return None
    # Euros per month are no series of a row every month.
    end = at + 1 + cursor.has(at + 1, *STEPS)
    walk.draft.lose(range(at - 1, end))
    return end


_UNITS_THAT_ARE_FIELDS: Final = frozenset({"points", "punkte", "puntos", "stars", "sterne", "estrellas"})


def of_speaker(walk: Walk, at: int) -> int | None:
    """We are 6 people, unser Team hat 6 Leute, somos 4: numbers of those who ask, and of no data."""
    cursor = walk.cursor
    if not cursor.separates(at - 1):
        return None
    end = cursor.item_end(at)
    clause = range(at, end)
    number = next((each for each in clause if cursor.number(each) is not None), None)
    words = {cursor[each].word for each in clause}
    if number is None or not words & _OURS:
        return None
    noun = noun_at(cursor, number + 1)
    are = cursor[number - 1].word in _ARE and bool(words & _WE)
    if not are and (noun is None or noun.last != end or not is_anybody(noun)):
        return None
    walk.draft.lose(clause, "it is said of those who ask")
    return end


_WE: Final = frozenset({"we", "we're", "wir", "somos"})
_ARE: Final = frozenset({"are", "we're", "sind", "somos"})
_OURS: Final = _WE | {"our", "my", "unser", "unsere", "unserem", "mein", "meine", "nuestro", "nuestra", "mi"}


def in_part(walk: Walk, at: int) -> int | None:
    """Size (36 to 48, only even ones): which numbers of a range, which no plan in words can hold."""
    cursor, one = walk.cursor, walk.field
    ranged = one is not None and one.low is not None and one.high is not None and not one.values
    if not ranged or cursor[at].word not in _ONLY or not cursor.mark(at - 1, ",("):
        return None
    end = cursor.item_end(at)
    walk.draft.lose(range(at, end))
    return end


_ONLY: Final = frozenset({"only", "nur", "solo", "solamente", "unicamente"})
