"""Days that are said of a field, of a table or of all rows: in 2024, from March to May."""

from __future__ import annotations

from typing import Final

from synthdeal_assets.datasets.words import clauses
from synthdeal_assets.datasets.words.doubtful import is_one_of
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.times import NOW, Period, period_at
from synthdeal_assets.datasets.words.walk import Walk


def _counts_a_noun(walk: Walk, at: int, after: int) -> bool:
    """Whether what looks like a year is a number of things: 2000 orders, but not "in 2024 placed orders"."""
    cursor = walk.cursor
    if cursor.has(after, "rows", "columns", "table"):
        return True
    return cursor[after].kind == "word" and cursor[at].word not in _WHEN


_WHEN: Final = frozenset(["in", "im", "en", "from", "von", "de", "during", "durante", "since", "seit", "desde"])


def now(walk: Walk, at: int) -> int | None:
    """The now of "is now 15 to 50", which is no day."""
    cursor = walk.cursor
    if cursor[at].word not in NOW or cursor[at + 1].kind not in ("number", "unread"):
        return None
    if walk.field is not None:
        walk.field.said.add(at)
    return at + 1


def since_done(walk: Walk, at: int) -> int | None:
    """Since we opened in 2024, desde que abrimos en 2024, seit wir 2024 eröffnet haben: from then on, not only then."""
    cursor = walk.cursor
    if cursor[at].word not in _SINCE or cursor[at + 1].word not in _DOERS:
        return None
    end, alone = cursor.until(at, ",():"), period_at(cursor, at)
    if alone is not None and alone.after == end:
        return None
    found = next((said for each in range(at + 2, end) if (said := period_at(cursor, each)) is not None), None)
    if found is None or found.after > end or not found.first[:1].isdigit():
        return None
    beside = [each for each in range(at + 1, end) if each not in found.at]
    ahead = found.first > cursor.as_of.isoformat()
    if ahead or any(
        cursor[each].kind not in ("word", "fill", "concept") or cursor[each].word in _PART for each in beside
    ):
        return None
    return clauses.apply_period(walk, Period(found.first, "as_of", tuple(range(at, end)), end, doubt=found.doubt))


_SINCE: Final = frozenset({"since", "seit", "seitdem", "desde"})
_PART: Final = frozenset({"end", "late", "early", "mid", "middle", "ende", "mitte", "finales", "fin", "mediados"})
_DOERS: Final = frozenset(
    {"we", "i", "our", "my", "the", "wir", "ich", "es", "der", "die", "das", "unsere", "unserer", "meine", "que", "q"}
    | {"la", "el", "nuestra", "nuestro", "mi"}
)


def period(walk: Walk, at: int) -> int | None:
    """Gives days that are said here to what they are said of; the lexeme after them, None where there are none."""
    found = period_at(walk.cursor, at)
    if walk.cursor.has(at, "year") and walk.cursor.separates(at - 1):
        # A field called year, with the years that it may have.
        return None
    if found is None or (walk.cursor[at].kind == "fill" and walk.cursor[at].word not in _IN):
        return None
    one, sometime = walk.field, sentence_words(walk.language)["sometime"]
    led = [each for each in range(walk.owner_at, found.after) if walk.cursor[each].word in sometime]
    if found.bare and led and one is not None and one.is_plain and 0 <= walk.owner_at <= at:
        # Next inspection sometime in 2027: a day, whatever the field is called.
        one.is_date, one.period = True, found
        one.said |= {*range(walk.owner_at, found.after)}
        return found.after
    if (
        one is not None
        and walk.owner_at == at
        and walk.cursor.has(at, "since")
        and is_one_of("codes", one.words, walk.language)
    ):
        # Número de factura desde 2001: where numbers begin.
        begins = [walk.cursor.number(each) for each in found.at if walk.cursor.number(each) is not None]
        if one.is_plain and len(begins) == 1:
            one.low, one.said = begins[0], one.said | set(found.at)
            return found.after
    if found.bare and walk.cursor.is_format(at - 1):
        # Excel 2016 is what somebody has.
        walk.draft.lose(found.at)
        return found.after
    if (
        walk.cursor[at - 2].kind == "date"
        and walk.cursor.has(at - 1, "and", "to")
        and at - 2 not in walk.draft.claimed()
    ):
        # The second of two ends alone.
        walk.draft.lose({at - 2, *found.at})
        return found.after
    spans = len([one for one in found.at if walk.cursor[one].kind == "number"]) > 1
    series_waits = spans and walk.table is not None and walk.table.every is not None and walk.table.period is None
    if found.bare and not series_waits and _counts_a_noun(walk, at, found.after):
        return None
    if found.bare and series_waits and not any(walk.cursor[one].word in _WHEN for one in (at - 1, *found.at)):
        # Hourly power, 1990 to 2050: years or values; beside a field they are its values.
        if walk.field is not None and walk.owner_at == at:
            return None
        walk.draft.lose(found.at)
        return found.after
    return clauses.apply_period(walk, found)


_IN: Final = frozenset(
    {"in", "on", "during", "from", "for", "since", "the", "von", "vom", "im", "aus", "am", "der", "die", "das", "den"}
    | {"dem", "en", "del", "de", "el", "la", "los", "las"}
)
