"""Days and spans of days as people say them: in March 2025, last year, seit 2020, entre enero y junio de 2024."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words.cursor import Cursor

_UNITS: Final = ("year", "month", "week", "day", "quarter", "hour", "minute")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_PART: Final = re.compile(r"(?:(?P<quarter>[qQ])|[hH])(?P<which>[1-4])")
_FIRST: Final = frozenset(
    {"first", "1st", "erste", "ersten", "erstes", "erster", "primer", "primero", "primera", "1er", "1o", "1a"}
)
_HALVES: Final = frozenset(
    {"half", "half-year", "semester", "halfte", "halbjahr", "halbjahres", "halbjahrs", "semestre", "mitad"}
)


@dataclass(frozen=True)
class Period:
    """A span of days.

    Attributes:
        first: Its first day, as a specification has it: 2025-01-31 or as_of - 30 days.
        last: Its last day.
        at: The lexemes that say so.
        after: The lexeme after them.
        bare: Whether only years are named, which may be mere numbers.
        doubt: What else it may be, where day and month could be the other way round.
        open: Whether one of its ends is not said.
    """

    first: str
    last: str
    at: tuple[int, ...]
    after: int
    bare: bool = False
    doubt: str | None = None
    open: bool = False


@dataclass(frozen=True)
class _Point:
    first: date
    last: date
    after: int
    bare: bool = False
    doubt: str | None = None


def period_at(cursor: Cursor, at: int) -> Period | None:
    """The span of days that begins here, with the word before it; None where none does."""
    start = at
    while _passes(cursor, at) or (
        cursor[at].kind == "concept"
        and cursor.has(at, "as_format", "of", "for", "within")
        and not cursor.has(at, "between", "since", "after", "before", "to")
    ):
        at += 1
    relative = _relative(cursor, at)
    if relative is None and cursor.has(at, "over"):
        # Over the last 30 days.
        relative = _relative(cursor, cursor.skip(at + 1))
    if relative is None and cursor.has(at, "from") and not cursor.has(at, "since"):
        relative = _relative(cursor, cursor.skip(at + 1))
    if cursor[at].word in NOW and cursor[at + 1].kind in ("number", "unread"):
        # Is now 15 to 50.
        return None
    if relative is not None:
        return Period(relative[0], relative[1], tuple(range(start, relative[2])), relative[2])
    if (days := _days_of_month(cursor, cursor.skip(at + 1) if cursor.has(at, "between", "from") else at)) is not None:
        first_day, last_day = days
        indices = tuple(range(start, last_day.after))
        return Period(first_day.isoformat(), last_day.last.isoformat(), indices, last_day.after)
    between = cursor.has(at, "between", "from", "since")
    sure = cursor.has(at, "since")
    one_sided = cursor.has(at, "since", "after", "before", "over", "under", "at_least", "at_most")
    point = _point(cursor, _skip(cursor, at + 1) if between or one_sided else at, allow_bare_month=True)
    if point is None:
        # "from" is not always the beginning of two ends, and "im Jahr" has its word for year before it.
        return None
    joined = cursor.dash(point.after)
    if joined is None and (cursor.has(point.after, "to") or (between and cursor.has(point.after, "and"))):
        joined = _skip(cursor, point.after + 1)
    if joined is not None and cursor.has(joined, "today"):
        return Period(point.first.isoformat(), "as_of", tuple(range(start, joined + 1)), joined + 1, doubt=point.doubt)
    if joined is None and point.first == point.last and cursor.has(point.after, "and"):
        # 1 May 2025 and 2 May 2025.
        later = _point(cursor, _skip(cursor, point.after + 1))
        joined = _skip(cursor, point.after + 1) if later is not None and later.first > point.last else None
    other = _point(cursor, joined) if joined is not None else None
    if other is not None:
        begin_day = point.first.replace(year=other.first.year) if point.first.year == 1 else point.first
        return Period(
            begin_day.isoformat(), other.last.isoformat(), tuple(range(start, other.after)), other.after,
            point.bare and other.bare, point.doubt or other.doubt,
        )  # fmt: skip
    if point.first.year == 1 or cursor.has(at, "between"):
        return None
    indices = tuple(range(start, point.after))
    # What is not before a year begins with it.
    denied = bool(_DENIALS & set(cursor[at].word.split(" ")))
    if cursor.has(at, "before", "under", "at_most"):
        end = point.last if cursor.has(at, "at_most") or denied else point.first - timedelta(days=1)
        begin = (end - timedelta(days=365)).isoformat()
        return Period(begin, end.isoformat(), indices, point.after, point.bare, point.doubt, open=True)
    is_throughout = cursor[at].word in _THROUGHOUT and point.first != point.last
    if cursor.has(at, "after", "over") and not cursor.has(at, "at_least") and not is_throughout:
        begin = (point.first if denied else point.last + timedelta(days=1)).isoformat()
        return Period(begin, "as_of", indices, point.after, point.bare, point.doubt, open=True)
    begins = cursor[at].word == "from" and (point.first == point.last or cursor[at - 1].word in _STARTS)
    if sure or cursor.has(at, "at_least") or (cursor.has(at, "from") and (begins or _onwards(cursor, point.after))):
        ahead = point.first > cursor.as_of
        last = (point.first + timedelta(days=365)).isoformat() if ahead else "as_of"
        return Period(point.first.isoformat(), last, indices, point.after, point.bare and not sure, point.doubt, ahead)
    return Period(
        point.first.isoformat(), point.last.isoformat(), indices, point.after, point.bare, point.doubt
    )  # fmt: skip


_THROUGHOUT: Final = frozenset({"over", "uber"})
"""Beside a month or a year these say all of it, and not what comes after."""
NOW: Final = frozenset({"now", "jetzt", "ahora"})
"""Words for today that often say nothing of a day."""
_DENIALS: Final = frozenset({"not", "no", "never", "cannot", "nicht", "nie", "niemals", "nunca"})
_STARTS: Final = frozenset({"start", "starts", "begin", "begins", "starting", "beginning"})


def _days_of_month(cursor: Cursor, at: int) -> tuple[date, _Point] | None:
    """Two days of one month: 1. bis 31. März 2025, March 1 to 31, 2025."""
    month = _month(cursor, at)
    number_at = at if month is None else at + 1
    number = cursor.number(number_at)
    if number is None or number.denominator != 1 or not 1 <= number <= 31:
        return None
    after = number_at + 1 + (cursor[number_at + 1].kind == "suffix")
    after += cursor.mark(after, ".") and not cursor.mark(after + 1, ".")
    joined = cursor.dash(after)
    if joined is None and cursor.has(after, "to", "and"):
        joined = cursor.skip(after + 1)
    if joined is None:
        return None
    if month is None:
        point = _point(cursor, joined)
    else:
        last = cursor.number(joined)
        end = joined + 1 + (cursor[joined + 1].kind == "suffix")
        point = _day(cursor, int(last), month, end) if last is not None and last.denominator == 1 else None
    if point is None or point.first != point.last or point.first.day < number:
        return None
    return point.first.replace(day=int(number)), point


def _onwards(cursor: Cursor, at: int) -> bool:
    return cursor[at].word in ("on", "onwards", "an")


def _relative(cursor: Cursor, at: int) -> tuple[str, str, int] | None:
    """Last year, this month, the last 30 days, letzten Monat, mes pasado, today."""
    at = cursor.skip(at)
    if cursor.has(at, "today"):
        return "as_of", "as_of", at + 1
    if cursor.has(at, "yesterday"):
        return "as_of - 1 days", "as_of - 1 days", at + 1
    which = _which(cursor, at)
    if which is not None:
        number = cursor.number(at + 1)
        unit_at = at + 1 if number is None else at + 2
        unit = _unit(cursor, unit_at)
        if unit is None or (number is not None and number != int(number)):
            return None
        if number is not None:
            return _so_many(which, int(number), unit, unit_at + 1)
        return (*_calendar(which, unit, cursor.as_of), unit_at + 1)
    unit = _unit(cursor, at)
    # In Spanish the word for last may follow: el mes pasado.
    if unit is not None and cursor.language.name == "spanish" and cursor[at + 1].word in ("pasado", "pasada", "actual"):
        return (*_calendar("this" if cursor[at + 1].word == "actual" else "last", unit, cursor.as_of), at + 2)
    return None


def _which(cursor: Cursor, at: int) -> str | None:
    return next((which for which in ("last", "this", "next") if cursor.has(at, which)), None)


def _unit(cursor: Cursor, at: int) -> str | None:
    return next((unit for unit in _UNITS if cursor.has(at, unit)), None)


def _so_many(which: str, number: int, unit: str, after: int) -> tuple[str, str, int] | None:
    if unit == "quarter":
        number, unit = 3 * number, "month"
    if which == "this":
        return None
    distance = f"{number} {unit}s"
    return ("as_of", f"as_of + {distance}", after) if which == "next" else (f"as_of - {distance}", "as_of", after)


def _calendar(which: str, unit: str, as_of: date) -> tuple[str, str]:
    """The year, quarter, month, week or day before, around or after a day."""
    step = {"last": -1, "this": 0, "next": 1}[which]
    if unit == "year":
        first, last = date(as_of.year + step, 1, 1), date(as_of.year + step, 12, 31)
    elif unit in ("month", "quarter"):
        months = 1 if unit == "month" else 3
        index = (as_of.year * 12 + as_of.month - 1) // months + step
        first = _month_day(index * months)
        last = _month_day((index + 1) * months) - timedelta(days=1)
    elif unit == "week":
        first = as_of - timedelta(days=as_of.weekday()) + timedelta(weeks=step)
        last = first + timedelta(days=6)
    else:
        first = last = as_of + timedelta(days=step)
    return first.isoformat(), "as_of" if which == "this" else last.isoformat()


def _month_day(index: int) -> date:
    return date(index // 12, index % 12 + 1, 1)


def _skip(cursor: Cursor, at: int) -> int:
    """The next lexeme that says something; the month of May does, the verb does not."""
    while _passes(cursor, at):
        at += 1
    return at


def _passes(cursor: Cursor, at: int) -> bool:
    named = cursor[at].text == "May" or (cursor[at].word == "may" and _is_year(cursor, at + 1))
    return cursor[at].kind == "fill" and not (named and cursor.language.name == "english")


def _point(cursor: Cursor, at: int, allow_bare_month: bool = False) -> _Point | None:
    at = _skip(cursor, at)
    lexeme = cursor[at]
    if lexeme.kind == "date":
        return _written_date(lexeme.text, cursor.language.name, at + 1)
    if cursor.has(at, "year") and _is_year(cursor, after := cursor.skip(at + 1)):
        year = int(cursor[after].text)
        return _Point(date(year, 1, 1), date(year, 12, 31), after + 1)
    if (part := _part_of_year(cursor, at)) is not None:
        months, which, after = part
        after = after + 1 if cursor.mark(after, "/-") else _after_of(cursor, after)
        after = cursor.skip(after + cursor.has(after, "year"))
        if _is_year(cursor, after):
            index = int(cursor[after].text) * 12 + months * (which - 1)
            return _Point(_month_day(index), _month_day(index + months) - timedelta(days=1), after + 1)
        return None
    if (number := cursor.number(at)) is not None:
        after = at + 1
        if cursor[after].kind == "suffix" and cursor[after].word in ("st", "nd", "rd", "th"):
            after += 1
        if cursor.mark(after, "."):
            after += 1
        after = _after_of(cursor, after)
        month = _month(cursor, after)
        if month is not None and 1 <= number <= 31 and number == int(number):
            found = _day(cursor, int(number), month, after + 1)
            return found or (_day_without_year(cursor, int(number), month, after + 1) if allow_bare_month else None)
        if _is_year(cursor, at):
            year = int(lexeme.text)
            return _Point(date(year, 1, 1), date(year, 12, 31), at + 1, bare=True)
        return None
    named = _month(cursor, at)
    return None if named is None else _of_month(cursor, named, at + 1, allow_bare_month)


def _part_of_year(cursor: Cursor, at: int) -> tuple[int, int, int] | None:
    """The months of a part of a year, which of them it is, and the lexeme after it: Q2, second quarter, 1. Halbjahr."""
    written = _PART.fullmatch(cursor[at].text)
    if written is not None:
        months, which, after = 3 if written["quarter"] else 6, int(written["which"]), at + 1
    else:
        number = cursor.number(at)
        after = at + 1
        if number is not None:
            after += cursor.mark(after, ".") or cursor[after].kind == "suffix" or cursor[after].word in ("º", "ª", "o")
            ordinal = number if after > at + 1 else None
        elif cursor[at].word in _FIRST:
            ordinal = Fraction(1)
        else:
            ordinal = Fraction(cursor.language.ordinals.get(cursor[at].word, 0))
        half = cursor[after].word in _HALVES
        if ordinal is None or not (half or cursor.has(after, "quarter")):
            return None
        months, which, after = 6 if half else 3, int(ordinal), after + 1
    return (months, which, after) if 1 <= which <= 12 // months else None


def _of_month(cursor: Cursor, month: int, at: int, allow_bare: bool) -> _Point | None:
    if cursor.mark(at, ".") and _is_year(cursor, at + 1):
        at += 1
    year_at = _after_of(cursor, at)
    if _is_year(cursor, year_at):
        year = int(cursor[year_at].text)
        last = date(year, month, calendar.monthrange(year, month)[1])
        return _Point(date(year, month, 1), last, year_at + 1)
    number = cursor.number(at)
    if number is not None and 1 <= number <= 31 and number == int(number):
        after = at + 1 + (cursor[at + 1].kind == "suffix")
        after += cursor.mark(after, ",")
        if _is_year(cursor, after):
            return _day(cursor, int(number), month, after)
        if allow_bare and (found := _day_without_year(cursor, int(number), month, after)) is not None:
            return found
    # A year may follow the other end: January to March 2025. The year 1 stands for it.
    followed = cursor.has(at, "to", "and") or cursor.dash(at) is not None
    return _Point(date(1, month, 1), date(1, month, 28), at) if allow_bare and followed else None


def _day_without_year(cursor: Cursor, day: int, month: int, at: int) -> _Point | None:
    """The first of two ends, whose year follows the second: January 1 to March 31, 2025."""
    if not (cursor.has(at, "to", "and") or cursor.dash(at) is not None) or (month == 2 and day > 28):
        return None
    if day > calendar.monthrange(1, month)[1]:
        return None
    return _Point(date(1, month, day), date(1, month, day), at)


def _day(cursor: Cursor, day: int, month: int, at: int) -> _Point | None:
    year_at = _after_of(cursor, at)
    year_at += cursor.mark(year_at, ",")
    if not _is_year(cursor, year_at):
        return None
    try:
        found = date(int(cursor[year_at].text), month, day)
    except ValueError:
        return None
    return _Point(found, found, year_at + 1)


def _after_of(cursor: Cursor, at: int) -> int:
    return at + 1 if cursor.has(at, "of") or cursor[at].word == "of" else at


def _is_year(cursor: Cursor, at: int) -> bool:
    return cursor[at].kind == "number" and _YEAR.fullmatch(cursor[at].text) is not None


def _month(cursor: Cursor, at: int) -> int | None:
    word = cursor[at].word.rstrip(".")
    return cursor.language.months.get(word) if cursor[at].kind in ("word", "fill", "concept") else None


def _written_date(text: str, language: str, after: int) -> _Point | None:
    """A day in figures, with the other reading where day and month may change places."""
    parts = [int(part) for part in re.split(r"\D", text)]
    try:
        if len(parts) == 2:
            year, month = parts
            return _Point(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]), after)
        if parts[0] > 31:
            found = date(*parts)
            return _Point(found, found, after)
        one, other, year = parts
        month_first = language == "english" and "." not in text
        doubtful = "." not in text and language == "english" and one <= 12 and other <= 12 and one != other
        if one > 12:
            month_first = False
        elif other > 12:
            month_first = True
        found = date(year, one, other) if month_first else date(year, other, one)
        doubt = date(year, other, one).isoformat() if doubtful else None
    except ValueError:
        return None
    return _Point(found, found, after, doubt=doubt)
