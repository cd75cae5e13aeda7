"""Tables whose rows stand at even steps of time: hourly readings for 20 sensors, jede Stunde, cada día."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words.draft import FieldDraft, TableDraft
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.naming import name_of
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
from synthdeal_assets.datasets.words.quantities import quantity_at
from synthdeal_assets.datasets.words.times import Period, period_at
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import Walk

STEPS: Final = {
    "every_hour": "hour", "every_day": "day", "every_minute": "minute", "every_week": "week", "every_month": "month",
    "every_step": "",
}  # fmt: skip
"""What says that rows stand at even steps -> the step; of "every 15 minutes" it is what the lexeme comes to."""
READINGS: Final = {"english": "readings", "german": "messwerte", "spanish": "lecturas"}


def series_of(
    walk: Walk,
    table: TableDraft,
    parent: TableDraft,
    low: Fraction,
    indices: set[int],
    *,
    after: int,
    one: FieldDraft | None,
) -> int:
    """Gives a series the table whose rows have one each."""
    parent.rows = low
    parent.rows_at |= indices
    walk.doubt_numbers(indices, ("tables", parent.name, "rows"))
    table.parent = parent
    walk.speak_of(table, after)
    walk.field, walk.in_fields = one, True
    return after


def _is_listed(walk: Walk, at: int) -> bool:
    """Whether a list of fields begins with what is paid so often: 80 flats, monthly rent 500 to 900."""
    noun = noun_at(walk.cursor, at + 1) if walk.cursor.mark(at - 1, ",") else None
    return (
        noun is not None and walk.measure_of(noun.words) == "money" and quantity_at(walk.cursor, noun.last) is not None
    )


def _named_per_time(walk: Walk, at: int) -> int | None:
    """Hours per week of each of 110 volunteers are a name, and no series; one reading per hour is one."""
    cursor, table, one = walk.cursor, walk.table, walk.field
    words = cursor[at].text.split()
    per = "per" in cursor.language.concepts.get((fold(words[0]),), frozenset()) or fold(words[0]) in _IN_A
    per_time = len(words) > 1 and per
    if per_time and one is not None and walk.owner_at == at and one.words[-len(words) :] == tuple(words):
        # Der Preis pro Tag beträgt 12 Euro, where he has been listed.
        one.said.add(at)
        walk.owner_at = at + 1
        return at + 1
    if not per_time or one is None or table is None or not (walk.owner_at == at and walk.in_fields and one.is_plain):
        return None
    single = cursor[min(one.said, default=0) - 1].word in _SINGLE
    if table.rows is None or table.rows < _SEVERAL or table.every is not None or single:
        return None
    first = min(one.said, default=0)
    joined = cursor.mark(first - 1, ",") or (cursor.has(first - 1, "and") and len(table.fields) > 1)
    item = cursor.separates(at + 1) and (joined or cursor.mark(at + 1, ","))
    # An item of a list is what something costs per day: price per day, note.
    money = walk.measure_of(one.words) in ("money", "salary") and not item
    # Rent per month 500 to 900 is the rent.
    paid = cursor.has(at, "every_month") and quantity_at(cursor, at + 1) is not None
    taken = {fold(word) for word in one.words} & sentence_words(walk.language)["taken_in"]
    if walk.measure_of(one.words) == "power" or (money and (taken or paid)):
        return None
    walk.rename_field(one, (*one.words, *words), {at}, at + 1)
    return at + 1


_IN_A: Final = frozenset({"a", "al", "an", "im", "in"})
_SINGLE: Final = frozenset({"a", "an", "one", "un", "una", "ein", "eine", "einen"})
_SEVERAL: Final = 2


def every(walk: Walk, at: int) -> int | None:
    """Hourly, jede Stunde, cada hora: the rows of a series."""
    cursor = walk.cursor
    unit = next((step or cursor[at].word for concept, step in STEPS.items() if cursor.has(at, concept)), None)
    if unit is None or cursor[at].kind != "concept":
        return None
    known = cursor.has(at, "per") and walk.known_table((cursor[at + 1].text,)) is not None
    if known:
        return None
    if (named := _named_per_time(walk, at)) is not None:
        return named
    table, one = walk.table, walk.field
    counted = table is not None and table.rows is not None and walk.owner_at == at and one is None
    if counted and walk.language == "spanish" and " " not in cursor[at].word:
        # 80 vuelos diarios are counted: the days would be another number of them.
        walk.draft.lose((at,))
        return at + 1
    said = {at - 1, at} if cursor.number(at - 1) == 1 else {at}
    if (
        " " not in cursor[at].word
        and table is not None
        and (walk.in_fields or _is_listed(walk, at))
        and not _goes_on(walk, at, unit)
        and (named := _adjective(walk, at)) is not None
    ):
        return named
    if one is not None and walk.measure_of(one.words) == "money" and quantity_at(cursor, at + 1) is not None:
        # Beitrag monatlich 30 bis 200: what is paid, and no rows of every month.
        in_time(walk, at)
        return at + 1
    spoken = cursor[cursor.skip(at + 1)].kind == "word" and period_at(cursor, at + 1) is None
    following = noun_at(cursor, at + 1) if spoken else None
    if table is None or (following is not None and table.rows is not None and (walk.in_fields or one is None)):
        walk.series_next = (unit, said)
        if table is not None and following is not None:
            return series_noun(walk, following)
        return at + 1
    if table.rows is not None and table.parent is None and table.rows > 1 and _observes(table):
        # 90 readings every 10 minutes have their number already.
        walk.draft.lose((at,), "rows at even steps are counted by their first and last day")
        if not table.fields and one is None:
            _measured_in(walk, table)
            walk.owner_at = at + 1
        return at + 1
    if table.low is not None and not unit.rstrip("s").endswith(("hour", "minute")):
        walk.draft.lose((at,))
        return at + 1
    if table.low is not None:
        return _series_of_its_own(walk, table, one, unit, said)
    if table.rows is not None and one is None and (before := _mentioned_before(walk, table)) is not None:
        return _series_from(walk, before, table, unit, said)
    if table.rows is not None and table.parent is None and (one is not None or table.rows > 1):
        return _series_of_its_own(walk, table, one, unit, said)
    if walk.measure_of(table.words) not in (None, "date", "moment", "flag") and not table.fields:
        words, table.words = table.words, (READINGS[walk.language],)
        table.name, table.head = READINGS[walk.language], 1
        walk.add_field(words, table.said, at)
        walk.in_fields = True
    else:
        _measured_in(walk, table)
    if table.unnamed:
        table.name, table.words, table.unnamed = READINGS[walk.language], (READINGS[walk.language],), False
    rows, indices = table.rows, set(table.rows_at)
    if rows == 1 or (rows is not None and table.parent is None):
        table.rows = None
    table.rows_at = set()
    _as_series(table, unit, said | indices, table.parent)
    walk.owner_at = at + 1
    return at + 1


def _observes(table: TableDraft) -> bool:
    """Whether rows are of what is measured: temperature readings, lecturas de temperatura, Druckmessungen."""
    last, head = fold(table.words[-1]), fold(table.words[max(table.head, 1) - 1])
    return last in _OBSERVED or head in _OBSERVED or last.endswith(_MEASURINGS)


_MEASURINGS: Final = ("messungen", "messwerte", "ablesungen")


def _measured_in(walk: Walk, table: TableDraft) -> None:
    """Temperature readings, lecturas de temperatura: a table of readings with a field for the temperature."""
    words = table.words
    if table.head < len(words):
        _split_head(walk, table)
    elif len(words) > 1 and fold(words[-1]) in _OBSERVED and walk.measure_of(words[:-1]):
        table.words = words[-1:]
        table.name, table.head = name_of(table.words, walk.language), 1
        walk.add_field(words[:-1], table.said, walk.owner_at)
        walk.in_fields = True
    elif fold(words[-1]).endswith(_MEASURINGS) and fold(words[-1]) not in _MEASURINGS:
        stem = next(words[-1][: -len(end)] for end in _MEASURINGS if fold(words[-1]).endswith(end))
        if walk.measure_of((stem,)) is not None:
            walk.add_field((stem,), table.said, walk.owner_at)
            walk.in_fields = True


def in_time(walk: Walk, at: int) -> None:
    """What an amount is for: 30 to 200 per month, of money; of anything else it would be another number."""
    one = walk.field
    if one is not None and walk.measure_of(one.words) in ("money", "salary", "power"):
        one.said.add(at)
    else:
        walk.draft.lose((at,))
    walk.owner_at = at + 1


def _series_of_its_own(walk: Walk, table: TableDraft, one: FieldDraft | None, unit: str, said: set[int]) -> int:
    """20 sensors that report the temperature every hour: rows of a new table, for each of the sensors."""
    moved = TableDraft(READINGS[walk.language], (READINGS[walk.language],))
    walk.draft.tables.append(moved)
    _as_series(moved, unit, said, table)
    after = max(said) + 1
    walk.speak_of(moved, after)
    measured = [each for each in table.fields if each is one or walk.measure_of(each.words) in _MEASURED]
    table.fields = [each for each in table.fields if each not in measured]
    moved.fields += measured
    walk.field, walk.in_fields = one, True
    return after


def _goes_on(walk: Walk, at: int, unit: str) -> bool:
    """Whether something is measured day by day in some time: daily revenue for 2024."""
    noun = noun_at(walk.cursor, at + 1) if walk.cursor[at + 1].kind == "word" else None
    if noun is None or unit not in ("day", "hour", "minute"):
        return False
    lasts = walk.cursor[noun.last].word in _LASTING and walk.cursor.has(noun.last + 2, *_DAYS)
    return lasts or period_at(walk.cursor, noun.last) is not None


def _adjective(walk: Walk, at: int) -> int | None:
    """Monthly fee, cuota mensual: part of a field's name where a list of fields is read."""
    cursor, one, table = walk.cursor, walk.field, walk.table
    if one is not None and walk.owner_at == at and walk.language == "spanish":
        walk.rename_field(one, (*one.words, cursor[at].text), {at}, at + 1)
        return at + 1
    following = noun_at(cursor, at + 1) if cursor[at + 1].kind == "word" else None
    if following is None or table is None or table.rows is None or period_at(cursor, at + 1) is not None:
        return None
    if fold(following.words[-1]) in _OBSERVED or fold(following.words[0]) in _OBSERVED:
        return None
    constantly = sentence_words(walk.language)["constantly"]
    if one is not None and walk.owner_at == at and {*map(fold, one.words)} <= constantly:
        # A fixed monthly fee is one field.
        walk.rename_field(one, (*one.words, cursor[at].text, *following.words), {at, *following.at}, following.last)
        return following.last
    walk.add_field((cursor[at].text, *following.words), {at, *following.at}, following.last)
    return following.last


_OBSERVED: Final = frozenset(
    [
        "readings",
        "reading",
        "measurements",
        "measurement",
        "values",
        "records",
        "rows",
        "data",
        "observations",
        "samples",
        "entries",
        "messwerte",
        "messung",
        "messungen",
        "werte",
        "ablesungen",
        "zeilen",
        "lecturas",
        "mediciones",
        "datos",
        "valores",
        "registros",
        "filas",
    ]
)


_MEASURED: Final = ("temperature", "humidity", "pressure", "power", "speed")
"""Kinds of quantities that change from step to step, and not from sensor to sensor."""


def lasting(walk: Walk, at: int) -> int | None:
    """For 7 days, over two weeks starting 2025-07-01, durante 48 horas: how long a series goes on."""
    cursor, table = walk.cursor, walk.table
    if table is None or table.every is None or table.period is not None or cursor[at].word not in _LASTING:
        return None
    count = cursor.skip(at + 1)
    number = cursor.number(count)
    unit_at = count if number is None else count + 1
    unit = next((unit for unit in _DAYS if cursor.has(unit_at, unit)), None)
    single = number is None and cursor[count - 1].word in ONE
    if unit is None or not (single or number is not None):
        return None
    days = (number if number is not None else Fraction(1)) * _DAYS[unit]
    if days.denominator != 1 or days < 1:
        return None
    first, last, after = f"as_of - {days} days", "as_of - 1 days", unit_at + 1
    start = period_at(cursor, cursor.skip(after))
    if start is not None and cursor.has(cursor.skip(after), "since", "from", "at_least") and start.first[:1].isdigit():
        begin = date.fromisoformat(start.first)
        first, last, after = start.first, (begin + timedelta(days=int(days) - 1)).isoformat(), start.after
    table.period = Period(first, last, tuple(range(at, after)), after)
    table.rows_at |= {*range(at, after)}
    table.assumed_period = first.startswith("as_of")
    walk.owner_at = after
    return after


_DAYS: Final = {"hour": Fraction(1, 24), "day": Fraction(1), "week": Fraction(7), "month": Fraction(30)}
_LASTING: Final = frozenset(
    {"for", "over", "during", "durante", "fur", "uber", "wahrend", "por", "para", "a lo largo de"}
)
ONE: Final = frozenset({"a", "an", "one", "ein", "eine", "einen", "einem", "einer", "un", "una"})


def _mentioned_before(walk: Walk, table: TableDraft) -> TableDraft | None:
    """The noun before a counted table that may be its series: consumption of 15 households."""
    others = [one for one in walk.draft.tables if one is not table and one.is_bare]
    return others[-1] if others and walk.draft.tables.index(others[-1]) < walk.draft.tables.index(table) else None


def _series_from(walk: Walk, series: TableDraft, parent: TableDraft, unit: str, steps: set[int]) -> int:
    words, said, at = series.words, set(series.said), max(steps)
    _as_series(series, unit, steps, parent)
    walk.speak_of(series, at + 1)
    if walk.measure_of(words) not in (None, "date", "moment", "flag"):
        series.name, series.words, series.head = READINGS[walk.language], (READINGS[walk.language],), 1
        walk.add_field(words, said, at + 1)
    elif series.head < len(words):
        _split_head(walk, series)
    walk.in_fields = True
    return at + 1


def _as_series(table: TableDraft, unit: str, indices: set[int], parent: TableDraft | None) -> None:
    table.every, table.parent, table.low, table.high = unit, parent, None, None
    table.rows_at |= indices


def _split_head(walk: Walk, table: TableDraft) -> None:
    """Lecturas de temperatura: a table of readings with a field for the temperature."""
    words, head = table.words, table.head
    if len(words) <= head + 1:
        return
    table.words = words[:head]
    table.name, table.head = name_of(table.words, walk.language), head
    walk.table = table
    walk.add_field(words[head + 1 :], table.said, walk.owner_at)
    walk.in_fields = True


def series_noun(walk: Walk, noun: Noun) -> int:
    """Hourly temperature readings: rows are the last word, the words before it a field."""
    assert walk.series_next is not None  # noqa: S101  # looked at by those who call
    unit, indices = walk.series_next
    walk.series_next = None
    parent = walk.table
    words = noun.words
    named = Noun(words[-1:], noun.at[-1:], noun.last, 1) if len(words) > 1 and noun.head == len(words) else noun
    measured: tuple[str, ...] = words[:-1] if named is not noun else ()
    if named is noun and noun.head < len(words):
        named = Noun(words[: noun.head], noun.at[: noun.head], noun.last, 1)
        measured = words[noun.head + 1 :]
    elif named is noun and walk.measure_of(words) not in (None, "date", "moment"):
        measured = words
        readings = READINGS[walk.language]
        table = TableDraft(readings, (readings,))
        walk.draft.tables.append(table)
        walk.speak_of(table, noun.last)
    if not (named is noun and measured):
        table = walk.mention(named)
    _as_series(table, unit, indices, parent)
    if measured:
        walk.add_field(measured, noun.at, noun.last)
    walk.in_fields = True
    return noun.last
