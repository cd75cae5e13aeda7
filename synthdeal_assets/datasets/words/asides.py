"""What people say of themselves, of a project or an address: no table comes of its numbers, and no field of its words.

What is wanted begins again with its verb: I teach a class of 28 students and need 300 patients.
"""

from __future__ import annotations

from typing import Final

from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.draft import TableDraft
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.quantities import quantity_at
from synthdeal_assets.datasets.words.walk import Walk

WHY: Final = "it is said of those who ask"


def aside(walk: Walk, at: int) -> int | None:
    """A clause or bracket of the speaker, or the number of a project, a room, a street; None elsewhere."""
    cursor = walk.cursor
    if cursor.mark(at, "(") and not walk.draft.tables:
        end = cursor.until(at + 1, ")")
        data = any(cursor.has(each, "rows", "table", "columns", "with") for each in range(at, end))
        counts = any(cursor.number(each) is not None for each in range(at, end))
        if cursor.mark(end, ")") and counts and not data and walk.field is None:
            return _lose(walk, range(at + 1, end), end + 1)
    return _of_somebody(walk, at) or _beside(walk, at) or _of_speaker(walk, at) or _numbered(walk, at)


_BY_THE_WAY: Final = frozenset({"by the way", "por cierto"})


def _beside(walk: Walk, at: int) -> int | None:
    """We have 2 trucks btw; letztes Jahr waren es nur 190: no rows and no fields."""
    cursor, words = walk.cursor, sentence_words(walk.language)
    if not cursor.separates(at - 1) or cursor.separates(at):
        return None
    end = cursor.until(at, ",():")
    clause = range(at, end)
    numbers = any(cursor[each].kind in ("number", "share") for each in clause)
    wanted = any(cursor[each].word in words["wanting"] or cursor.has(each, "rows", "columns") for each in clause)
    # My last software crashed after 3000 rows.
    past = cursor.ends(at - 1) and cursor[at].word in words["selves"] and cursor[at + 1].word in words["replaced"]
    past = past and not any(cursor.has(each, "rows", "columns", "table") for each in (at + 2, at + 3))
    if not numbers or (wanted and not past):
        return None
    told = any(cursor[each].word in words["selves"] for each in clause)
    by_the_way = any(cursor[each].word in words["beside"] | _BY_THE_WAY for each in clause)
    first = cursor.skip(at)
    last = cursor.has(first, "last") or cursor[first].word in _LAST_YEAR
    earlier = any(cursor[each].word in words["earlier"] or cursor[each].word.endswith("amos") for each in clause)
    earlier = earlier or any(cursor[each].word.endswith("imos") for each in clause)
    return _lose(walk, clause, end) if (told and by_the_way) or (last and earlier) or past else None


_LAST_YEAR: Final = frozenset({"ano pasado", "antes", "fruher", "previously"})


def _of_somebody(walk: Walk, at: int) -> int | None:
    """My son (he's 15), meine Tochter (sie ist 12): a bracket about one person, who is no row."""
    cursor, words = walk.cursor, sentence_words(walk.language)
    if not cursor.mark(at, "(") or cursor[at + 1].word not in words["somebody"] or (walk.owner_at == at and walk.field):
        return None
    end = cursor.until(at + 1, ")")
    stated = cursor[at + 1].word.endswith("s") or cursor.has(at + 2, "is") or cursor.number(at + 2) is not None
    return _lose(walk, range(at + 1, end), end + 1) if stated and cursor.mark(end, ")") else None


def _lose(walk: Walk, clause: range, after: int) -> int:
    walk.draft.lose((each for each in clause if walk.cursor[each].is_content), WHY)
    return after


def _of_speaker(walk: Walk, at: int) -> int | None:
    """Ich leite seit 12 Jahren ein Labor, llevo 3 días con esto: a verb of the first person, and no rows counted."""
    cursor, words = walk.cursor, sentence_words(walk.language)
    first, before = at, cursor.before(at)
    while cursor[first].word in words["selves"] - words["personal"]:
        first += 1
    begins = cursor.separates(before) or cursor[at - 1].word in words["selves"]
    verb = cursor[first].word
    if not begins or not (verb in words["personal"] or (verb in words["being"] and first > at)):
        return None
    end = _end_of_clause(cursor, first, words["wanting"])
    clause = range(at, end)
    said_of_them = any(cursor[each].word in words["being"] for each in clause)
    counted = [each for each in clause if cursor.number(each) is not None and not _is_no_count(cursor, each)]
    if counted and not said_of_them:
        return None
    if any(cursor.has(each, "columns", "table", "rows") or cursor.is_format(each) for each in clause):
        return None
    numbers = any(cursor[each].kind in ("number", "share", "date", "vague") for each in clause)
    if not numbers and any(cursor.has(each, "with", "per") for each in clause):
        # We manage customers with name and age.
        return None
    if said_of_them:
        end = _goes_on(cursor, end, words["wanting"])
        clause = range(at, end)
    if not numbers and not any(cursor.number(each) is not None for each in clause):
        said = [each for each in clause if not cursor.separates(each)]
        walk.draft.noted.append(("from", cursor.text(said), set(said)))
        return end
    return _lose(walk, clause, end)


def _goes_on(cursor: Cursor, end: int, wanting: frozenset[str]) -> int:
    """Where more that is said of the speaker ends: we are a cooperative, 18 boats, but."""
    while cursor.mark(end, ","):
        first, last = cursor.skip(end + 1), cursor.until(end + 1, ",():")
        led = cursor.number(first) is not None or cursor[end + 1].word in _WHO
        few = last - end <= _FEW and cursor.mark(last, ",.") and not cursor.ends(end + 1)
        data = any(cursor.has(each, "with", "rows") or cursor[each].word in wanting for each in range(end + 1, last))
        if not led or not few or data:
            break
        end = last
    return end


_FEW: Final = 5
_WHO: Final = frozenset({"die", "der", "das", "the", "los", "las", "el", "la"})


def tried(walk: Walk, at: int) -> int | None:
    """Ich hab das gestern um 22 Uhr probiert: the day on which somebody did something is none of any row."""
    cursor, words = walk.cursor, sentence_words(walk.language)
    if cursor[at].word not in words["doers"] or not cursor.separates(cursor.before(at)):
        return None
    end = cursor.until(at, ",():")
    clause = range(at, end)
    wanted = any(
        cursor[each].word in words["wanting"] or cursor.has(each, "with", "rows", "columns") for each in clause
    )
    if wanted or not any(cursor.has(each, "yesterday", "today") for each in clause):
        return None
    return _lose(walk, clause, end)


def _end_of_clause(cursor: Cursor, at: int, wanting: frozenset[str]) -> int:
    """Where a clause ends: at the end of its sentence, a comma, or before what is wanted."""
    end = at
    while not cursor.ends(end) and not cursor.mark(end, ",():"):
        wants = cursor[end].word in wanting or (cursor.has(end, "and") and cursor[end + 1].word in wanting)
        if wants and end > at:
            break
        end += 1
    return end


def _is_no_count(cursor: Cursor, at: int) -> bool:
    """Whether a number is a time that somebody does something, or stands behind a name: 12 years, building 5."""
    spans = cursor.has(at + 1, "year", "month", "week", "day", "hour", "minute", "unit")
    return spans or cursor[at + 1].kind != "word" or cursor[at + 1].word in _YEARS


_YEARS: Final = frozenset(
    {"years", "months", "weeks", "days", "hours", "jahre", "jahren", "monate", "monaten", "wochen", "tage", "tagen"}
    | {"stunden", "anos", "meses", "semanas", "dias", "horas"}
)


def _numbered(walk: Walk, at: int) -> int | None:
    """Projekt 2027, departamento 7, handbuch 4: one of several that have numbers, outside a list of fields."""
    cursor, words = walk.cursor, sentence_words(walk.language)
    if cursor[at].word in words["streets"] or cursor[at].word.endswith(_STREETS):
        number = next((each for each in range(at + 1, at + 5) if cursor[each].kind != "word"), at)
        if (
            cursor.number(number) is not None
            and quantity_at(cursor, number) is None
            and (not walk.in_fields or cursor.mark(at - 1, "("))
        ):
            return _lose(walk, range(at, number + 1), number + 1)
    if cursor[at].word not in words["numbered"] or cursor.number(at + 1) is None or walk.in_fields:
        return None
    counts = cursor.has(at + 2, "rows", "columns", "per") or cursor.mark(at + 1, ":")
    if counts or quantity_at(cursor, at + 1) is not None or walk.known_table((cursor[at].text,)) is not None:
        return None
    return _lose(walk, range(at, at + 2), at + 2)


_STREETS: Final = ("strasse", "gasse", "allee")


def drop_tables_of_speaker(walk: Walk) -> None:
    """Gives up tables of a clause about the speaker that have no fields and no relation, where there are others."""
    draft = walk.draft
    for table in list(draft.tables):
        others = [one for one in draft.tables if one is not table and one.rows is not None and one.fields]
        alone = not table.is_asked and not table.fields and _has_left_over(walk, table)
        if others and (_is_of_speaker(walk, table) or alone) and not draft.is_related(table):
            draft.tables.remove(table)
            draft.lose(table.said | table.rows_at, WHY)


def _is_of_speaker(walk: Walk, table: TableDraft) -> bool:
    cursor, words = walk.cursor, sentence_words(walk.language)
    number = min(table.rows_at, default=-1)
    if number < 0 or table.is_asked or table.parent is not None or not _only_verbs(walk, table):
        return False
    first = number
    while not (cursor.ends(first - 1) or cursor.mark(first - 1, ":") or cursor[first - 1].word in words["wanting"]):
        first -= 1
    said = [cursor[each].word for each in range(first, number)]
    return cursor[first - 1].word not in words["wanting"] and any(word in words["selves"] for word in said)


def _only_verbs(walk: Walk, table: TableDraft) -> bool:
    """Whether no field was said of a table but what is a verb of the speaker."""
    words = sentence_words(walk.language)
    return all(walk.cursor[min(one.said, default=0)].word in words["wanting"] for one in table.fields)


_HAS: Final = frozenset({"has", "have", "had", "hat", "haben", "hatte", "tiene", "tienen", "tenia"})


def _has_left_over(walk: Walk, table: TableDraft) -> bool:
    """Whether words before a number of rows are left over in its clause: the building has 7 floors."""
    cursor, at = walk.cursor, min(table.rows_at, default=-1)
    claimed = walk.draft.claimed() - walk.draft.lost
    _, named = walk.draft.misc.get("dataset", ("", set[int]()))
    claimed -= {each for each in named if cursor[each + 1].word in _HAS}
    claimed -= {each for one in walk.draft.tables if one is not table and one.is_bare for each in one.said}
    while at > 0 and not cursor.separates(at - 1):
        at -= 1
        if (
            cursor[at].kind == "word"
            and at not in claimed
            and cursor[at].word not in sentence_words(walk.language)["wanting"]
        ):
            return True
    return False
