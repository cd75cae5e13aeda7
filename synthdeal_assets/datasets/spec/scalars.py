"""Texts of a specification as numbers, shares, spans and lists. Which keys take which belongs in `grammar.py`.

Every function raises `ValueError` with a clause that completes "`rows` is ...".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final, NamedTuple, Never

_NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:_\d+)*)(?:\.\d+)?")
_WHOLE: Final = re.compile(r"\d+(?:_\d+)*")
_SHARE: Final = re.compile(r"(?P<percent>\d+(?:\.\d+)?) ?%")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
_PATH: Final = re.compile(rf"{_NAME.pattern}(?:\.{_NAME.pattern})+")

TRUE_WORDS: Final = ("true", "yes", "on")
FALSE_WORDS: Final = ("false", "no", "off")

REST: Final = "rest"
"""Share of the one value that takes what the others leave."""


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a list or a mapping, but one value is wanted here")
    return value.strip()


def number(value: object) -> Decimal:
    """A number as written: 40_000_000, -2, 0.6.

    Raises:
        ValueError: It is none.
    """
    text = _text(value)
    if not _NUMBER.fullmatch(text) or len(text) > 40:
        raise ValueError(f"{text!r}, but a number such as 40_000_000 or 0.5 is wanted (no commas, a dot for decimals)")
    return Decimal(text)


def whole(value: object) -> int:
    """A whole number from 0: 5_000.

    Raises:
        ValueError: It is none, or has over 18 digits.
    """
    text = _text(value)
    if not _WHOLE.fullmatch(text) or len(text) > 18:
        raise ValueError(f"{text!r}, but a whole number such as 5_000 is wanted (no commas)")
    return int(text)


def share(value: object) -> Fraction:
    """A share of the rows, from 0 to 1, written in per cent: 12%, 0.2%.

    Raises:
        ValueError: It has no per cent sign, or is above 100%.
    """
    text = _text(value)
    found = _SHARE.fullmatch(text)
    if found is None or len(text) > 30:
        raise ValueError(f"{text!r}, but a share such as 5% is wanted")
    result = Fraction(found["percent"]) / 100
    if result > 1:
        raise ValueError(f"{text}, but a share is 100% at most")
    return result


def shares(value: object) -> dict[str, Fraction]:
    """Values with their shares, which are 100% together; one may be `rest`.

    Returns:
        The value as it is written -> its share, in the order written.

    Raises:
        ValueError: A share is none, or together they are not 100%.
    """
    if not isinstance(value, dict) or not value:
        raise ValueError("no mapping of values to shares such as {Gold: 10%, Silver: 90%}")
    given = {str(name): None if one == REST else share(one) for name, one in value.items()}
    open_values = [name for name, one in given.items() if one is None]
    total = sum((one for one in given.values() if one is not None), Fraction(0))
    if len(open_values) > 1:
        raise ValueError(f"a list of shares with `{REST}` twice ({' and '.join(open_values[:2])}): write it once")
    if total > 1 or (total < 1 and not open_values):
        remedy = "make them 100%" if total > 1 else f"make them 100%, or write `{REST}` for one of them"
        raise ValueError(f"a list of shares that come to {percent(total)} together: {remedy}")
    return {name: 1 - total if one is None else one for name, one in given.items()}


def percent(part: Fraction) -> str:
    """A share as it is written: 12%, 0.2%, 33.3333%."""
    return f"{float(part * 100):.10g}%"


def truth(value: object) -> bool:
    """Yes or no.

    Raises:
        ValueError: It is neither.
    """
    word = _text(value).casefold()
    if word not in (*TRUE_WORDS, *FALSE_WORDS):
        raise ValueError(f"{word!r}, but true or false is wanted")
    return word in TRUE_WORDS


def name(value: object) -> str:
    """The name of a dataset, table or field: a letter, then letters, digits and underscores, 63 at most.

    Raises:
        ValueError: It is none.
    """
    text = _text(value)
    if not _NAME.fullmatch(text):
        raise ValueError(
            f"{text!r}, but a name begins with a letter, has letters, digits and underscores, and is at most 63 long"
        )
    return text


def is_path(text: str) -> bool:
    """Whether it names a field through another one, or a field of a table, such as `deals.amount`."""
    return _PATH.fullmatch(text) is not None


def span(value: object, part: Callable[[object], object] = _text) -> tuple[object, object]:
    """The two ends of `5 .. 500`, each read by `part`.

    Raises:
        ValueError: There are not two ends, or one of them is not accepted.
    """
    text = _text(value)
    ends = [end.strip() for end in text.split("..")]
    if len(ends) != 2 or not all(ends):
        raise ValueError(f"{text!r}, but two ends such as 5 .. 500 are wanted")
    return part(ends[0]), part(ends[1])


def numbers_span(value: object) -> tuple[Decimal, Decimal]:
    """Two numbers, the lower one first.

    Raises:
        ValueError: They are none, or the first is above the second.
    """
    low, high = (number(end) for end in span(value))
    if low > high:
        raise ValueError(f"{value!r}, whose first number is above the second: change their order")
    return low, high


WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PERIODS: Final = ("second", "minute", "hour", "day", "week", "month", "quarter", "year")

_TIME: Final = re.compile(r"(?P<hour>\d{1,2})(?::(?P<minute>[0-5]\d))?")
_STEPS: Final = {"minute": 1, "hour": 1, "day": 1, "week": 1, "month": 1, "quarter": 3, "year": 12}
"""Steps of rows, in those of the engine: quarters and years are months."""
_EVERY: Final = re.compile(rf"(?:(?P<number>[1-9]\d{{0,5}}) +)?(?P<unit>{'|'.join(_STEPS)})s?")
_RATE: Final = re.compile(rf"(?P<amount>{_NUMBER.pattern}) +per +(?P<unit>{'|'.join(PERIODS)})")
_FIELD: Final = rf"{_NAME.pattern}(?:\.{_NAME.pattern})*"
_GROUPING: Final = re.compile(rf"(?:(?P<period>day|week|month|quarter|year) +of +)?(?P<path>{_FIELD})")
_PAIR: Final = re.compile(rf"(?P<one>{_FIELD}) *~ *(?P<other>{_FIELD})")
_SDS: Final = re.compile(rf"(?P<number>{_NUMBER.pattern}) *sd")


class Every(NamedTuple):
    """A step of time in minutes, hours, days, weeks or months: 15 minutes are (15, "minute"), a year (12, "month")."""

    number: int
    unit: str


class Trend(NamedTuple):
    """A change by time: 1.5 per month is (1.5, "month")."""

    amount: Decimal
    unit: str


class Grouping(NamedTuple):
    """What rows are grouped by: values, or periods of dates ("day", "week", "month", "quarter", "year")."""

    period: str | None
    path: str


class Pair(NamedTuple):
    """Two fields that depend on each other: one of the table itself, and one of it or, by a path, of another one."""

    field: str
    other: str


def minute_of_day(value: object) -> int:
    """Minutes from midnight of a time of day: 8, 8:30, 24:00.

    Raises:
        ValueError: It is none.
    """
    text = _text(value)
    found = _TIME.fullmatch(text)
    minutes = int(found["hour"]) * 60 + int(found["minute"] or 0) if found else 24 * 60 + 1
    if minutes > 24 * 60:
        raise ValueError(f"{text!r}, but a time of day such as 15:00 is wanted")
    return minutes


def hours(value: object) -> tuple[int, int]:
    """The minutes of the day between which times lie: 8..18 are those from 8:00 until before 18:00.

    Raises:
        ValueError: They are none, or the first is not before the second.
    """
    start, end = (minute_of_day(one) for one in span(value))
    if start >= end:
        raise ValueError(f"{value!r}, whose first time is not before the second: change their order")
    return start, end


def weekday(value: object) -> int:
    """The number of a day of the week, Monday being 0: Mon, Monday.

    Raises:
        ValueError: It is none.
    """
    text = _text(value)
    word = text.casefold()
    for number, day in enumerate(WEEKDAYS):
        if word in (day.casefold(), day[:3].casefold()):
            return number
    raise ValueError(f"{text!r}, but a day of the week such as Mon or Monday is wanted")


def weekdays(value: object) -> tuple[int, ...]:
    """The days of `Mon..Fri`, of a list, or the single one, ascending. `Fri..Mon` goes on over the end of the week.

    Raises:
        ValueError: They are none.
    """
    if isinstance(value, list):
        return tuple(sorted({weekday(one) for one in value})) or _refuse("an empty list: name at least one day")
    if ".." not in _text(value):
        return (weekday(value),)
    first, last = (weekday(one) for one in span(value))
    return tuple(sorted((first + step) % 7 for step in range((last - first) % 7 + 1)))


def every(value: object) -> Every:
    """A step of time: hour, 15 minutes.

    Raises:
        ValueError: It is none.
    """
    text = _text(value)
    found = _EVERY.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r}, but a step such as 15 minutes is wanted, of {', '.join(_STEPS)}")
    unit = found["unit"]
    return Every(int(found["number"] or 1) * _STEPS[unit], "month" if _STEPS[unit] > 1 else unit)


def rate(value: object) -> Trend:
    """A change by time: 1.5 per month.

    Raises:
        ValueError: It is none.
    """
    text = _text(value)
    found = _RATE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r}, but a change such as 1.5 per month is wanted, of {', '.join(PERIODS)}")
    return Trend(number(found["amount"]), found["unit"])


def grouping(value: object) -> Grouping:
    """A path, or a period of one: product_id.category, month of order_id.ordered_on.

    Raises:
        ValueError: It is none.
    """
    text = _text(value)
    found = _GROUPING.fullmatch(text)
    if found is None:
        raise ValueError(
            f"{text!r}, but a field is wanted, or day, week, month, quarter or year of one, such as month of ordered_on"
        )
    return Grouping(found["period"], found["path"])


def pair(value: object) -> Pair:
    """Two fields: amount ~ account_id.annual_revenue.

    Raises:
        ValueError: They are none, both of other tables, or the same.
    """
    text = _text(value)
    found = _PAIR.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r}, but two fields such as amount ~ account_id.annual_revenue are wanted")
    one, other = found["one"], found["other"]
    if "." in one:
        one, other = other, one
    if "." in one or one == other:
        raise ValueError(f"{text!r}, but two fields are wanted, one of them of this table")
    return Pair(one, other)


def standard_deviations(value: object) -> Decimal:
    """How many standard deviations: 6 sd.

    Raises:
        ValueError: It is no such number above 0.
    """
    text = _text(value)
    found = _SDS.fullmatch(text)
    if found is None or number(found["number"]) <= 0:
        raise ValueError(f"{text!r}, but a distance such as 6 sd is wanted")
    return number(found["number"])


def quantiles(value: object) -> tuple[Decimal, ...]:
    """Numbers that ascend, as quantiles at even steps from 0% to 100%.

    Raises:
        ValueError: They are none, fewer than two, all alike, or descend somewhere.
    """
    if not isinstance(value, list) or len(value) < 2:
        raise ValueError("no list of at least two numbers such as [5, 20, 60, 500], from the smallest to the largest")
    numbers = tuple(number(one) for one in value)
    if any(later < sooner for sooner, later in pairwise(numbers)) or numbers[0] == numbers[-1]:
        raise ValueError("a list that does not ascend: write the smallest first and the largest last")
    return numbers


def _refuse(clause: str) -> Never:
    raise ValueError(clause)
