"""Types of time: days before and after `as_of`, and the parts of a day."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.datasets.types.draws import below, field_salt, pairs, whole_numbers
from synthdeal_assets.datasets.types.languages import in_language, is_word, means
from synthdeal_assets.datasets.types.semantic_type import Family, SemanticType, TypeRequest
from synthdeal_assets.foundation.drawing.randomness import IntArray

DAYS: Final = 730
"""Days before `as_of` in which time types lie, or after it."""

_DAY: Final = 86_400
_MOMENTS: Final = ("time.date", "time.datetime")
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _days_before(request: TypeRequest) -> IntArray:
    return below(request.keys("day"), DAYS)


def _seconds(request: TypeRequest) -> IntArray:
    return below(request.keys("second"), _DAY)


def _dates(request: TypeRequest, days: IntArray) -> pl.Series:
    start = np.datetime64(request.as_of, "D")
    return pl.Series((start + days.astype("timedelta64[D]")).astype("datetime64[D]"))


def _date(request: TypeRequest) -> pl.Series:
    moment = request.sibling("time.datetime")
    return _dates(request, -_days_before(request)) if moment is None else moment.dt.date()


def _future(request: TypeRequest) -> pl.Series:
    return _dates(request, 1 + _days_before(request))


def _datetime(request: TypeRequest) -> pl.Series:
    """A second of the day beside it; where the field is unique, every microsecond of the two years comes once."""
    if request.unique:
        _, second, micro = pairs(request.rows, DAYS * _DAY, 1_000_000, field_salt(request, "moment"))
        start = np.datetime64(request.as_of, "us") - np.timedelta64(DAYS * _DAY * 1_000_000, "us")
        return pl.Series(start + (second * 1_000_000 + micro).astype("timedelta64[us]"))
    day = request.sibling("time.date")
    days = _dates(request, -_days_before(request)) if day is None else day
    seconds = pl.Series(_seconds(request) * 1_000_000).cast(pl.Duration("us"))
    return days.cast(pl.Datetime("us")) + seconds


def _moment(request: TypeRequest) -> pl.Series:
    for name in _MOMENTS:
        given = request.sibling(name)
        if given is not None:
            return given.cast(pl.Datetime("us"))
    days = _dates(request, -_days_before(request))
    return days.cast(pl.Datetime("us")) + pl.Series(_seconds(request) * 1_000_000).cast(pl.Duration("us"))


def _part(request: TypeRequest, of: Callable[[pl.Series], pl.Series]) -> pl.Series:
    return of(_moment(request))


def _named(request: TypeRequest, kind: str, names: tuple[str, ...], of: Callable[[pl.Series], pl.Series]) -> pl.Series:
    return in_language(pl.Series(names), kind, request.locale).gather(of(_moment(request)).cast(pl.Int64) - 1)


_type: Final = Family("time", "time")


def _part_type(
    name: str, example: str, description: str, kind: Kind, *, of: Callable[[pl.Series], pl.Series], sql: str
) -> SemanticType:
    """A part of the date or point in time beside; `sql` of it from {moment}."""
    agreements = tuple(f"{{value}} = {sql.replace('{moment}', '{' + moment + '}')}" for moment in _MOMENTS)
    return _type(
        name,
        example,
        description,
        partial(_part, of=of),
        kind,
        follows_narrowed=_MOMENTS,
        agreements=agreements,
        valid="{value} IS NOT NULL",
    )


def _named_type(
    name: str, example: str, description: str, *, names: tuple[str, ...], of: Callable[[pl.Series], pl.Series], sql: str
) -> SemanticType:
    """A part of the date or point in time beside, by its name in the language of the locale; `sql` of the English."""
    kind = f"time.{name}"
    return _type(
        name,
        example,
        description,
        partial(_named, kind=kind, names=names, of=of),
        follows_narrowed=_MOMENTS,
        agreements=tuple(means(kind, sql.replace("{moment}", f"{{{moment}}}")) for moment in _MOMENTS),
        valid=is_word(kind),
    )


TIMES: Final[tuple[SemanticType, ...]] = (
    _type(
        "date",
        "2025-07-14",
        "Day in the two years up to `as_of`.",
        _date,
        Kind.DATE,
        follows_narrowed=("time.datetime",),
        valid="{value} <= {as_of}",
    ),
    _type(
        "future_date",
        "2027-03-02",
        "Day in the two years after `as_of`.",
        _future,
        Kind.DATE,
        valid="{value} > {as_of}",
    ),
    _type(
        "datetime",
        "2025-07-14 09:41:07",
        "Second in the two years up to `as_of`, on the date beside it.",
        _datetime,
        Kind.DATETIME,
        follows_narrowed=("time.date",),
        valid="{value} < {as_of} + INTERVAL 1 DAY",
        capacity=DAYS * _DAY * 1_000_000,
    ),
    _part_type("year", "2025", "Year.", Kind.WHOLE, of=lambda at: at.dt.year().cast(pl.Int64), sql="year({moment})"),
    _part_type(
        "quarter",
        "2025-Q3",
        "Quarter of a year.",
        Kind.TEXT,
        of=lambda at: at.dt.year().cast(pl.String) + "-Q" + at.dt.quarter().cast(pl.String),
        sql="year({moment}) || '-Q' || quarter({moment})",
    ),
    _part_type(
        "month",
        "7",
        "Month from 1 to 12.",
        Kind.WHOLE,
        of=lambda at: at.dt.month().cast(pl.Int64),
        sql="month({moment})",
    ),
    _part_type(
        "year_month",
        "2025-07",
        "Month of a year.",
        Kind.TEXT,
        of=lambda at: at.dt.strftime("%Y-%m"),
        sql="strftime({moment}, '%Y-%m')",
    ),
    _named_type(
        "month_name",
        "July",
        "Month by its name in the language of the locale.",
        names=_MONTHS,
        of=lambda at: at.dt.month(),
        sql="monthname({moment})",
    ),
    _part_type(
        "week",
        "29",
        "Week of ISO 8601, from 1 to 53.",
        Kind.WHOLE,
        of=lambda at: at.dt.week().cast(pl.Int64),
        sql="week({moment})",
    ),
    _part_type(
        "day", "14", "Day of the month.", Kind.WHOLE, of=lambda at: at.dt.day().cast(pl.Int64), sql="day({moment})"
    ),
    _named_type(
        "weekday",
        "Monday",
        "Day of the week by its name in the language of the locale.",
        names=_WEEKDAYS,
        of=lambda at: at.dt.weekday(),
        sql="dayname({moment})",
    ),
    _type(
        "hour",
        "9",
        "Hour of the day from 0 to 23.",
        partial(_part, of=lambda at: at.dt.hour().cast(pl.Int64)),
        Kind.WHOLE,
        follows_narrowed=_MOMENTS,
        agreements=("{value} = hour({time.datetime})",),
        valid="{value} BETWEEN 0 AND 23",
    ),
    _type(
        "time_of_day",
        "09:41",
        "Time of the day in hours and minutes.",
        partial(_part, of=lambda at: at.dt.strftime("%H:%M")),
        follows_narrowed=_MOMENTS,
        agreements=("{value} = strftime({time.datetime}, '%H:%M')",),
        valid="regexp_full_match({value}, '([01][0-9]|2[0-3]):[0-5][0-9]')",
    ),
    _type(
        "unix_timestamp",
        "1752486067",
        "Seconds since 1970 of the point in time beside it, taken as UTC.",
        partial(_part, of=lambda at: at.dt.epoch("s")),
        Kind.WHOLE,
        follows_narrowed=_MOMENTS,
        agreements=("{value} = floor(epoch({time.datetime}))",),
        valid="{value} > 0",
    ),
    _type(
        "duration_minutes",
        "45",
        "Minutes that something took: 5 to 180.",
        partial(whole_numbers, what="minutes", low=5, high=180),
        Kind.WHOLE,
        options=("min", "max"),
        valid="{value} >= 0",
    ),
    _type(
        "duration_seconds",
        "312",
        "Seconds that something took: 1 to 3600.",
        partial(whole_numbers, what="seconds", low=1, high=3_600),
        Kind.WHOLE,
        options=("min", "max"),
        valid="{value} >= 0",
    ),
)
