"""Promises about tables with a row for every point in time, counted from when days begin in a time zone.

The days are those of Python's own calendar and its database of time zones; the points between them are DuckDB's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from synthdeal_assets.datasets.certificate.promises import Promise, key_of, key_text
from synthdeal_assets.datasets.certificate.rows_against import counted_against
from synthdeal_assets.datasets.spec.dataset import Dataset, ResolvedTable
from synthdeal_assets.datasets.spec.grammar import RegularRows
from synthdeal_assets.foundation.warehouse.statements import sql_name, statement

_PASSING: Final = {"second": 1, "minute": 60, "hour": 3600}
"""Units of time that passes, in seconds; the others are those of the calendar."""


def points_in_time(dataset: Dataset, table: ResolvedTable, rows: RegularRows) -> Promise:
    """That a table has one row for every point in time, for each of its parents."""
    at = next((name for name, field in table.fields.items() if field.spec.time_of is not None), None)
    parent = table.parent
    step = rows.every.unit if rows.every.number == 1 else f"{rows.every.number} {rows.every.unit}s"
    each = "" if parent is None else f" for each row of {parent.target}"
    return Promise(
        table=table.name,
        field=at,
        line=table.line,
        kind="calendar",
        sentence=f"{table.name} has one row every {step} from {rows.start} to {rows.end} ({rows.time_zone}){each}",
        expected="none is missing, none is too many",
        judge=counted_against,
        statement=statement(
            __package__,
            "certificate/points_in_time.sql",
            points=_points(rows),
            rows=sql_name(table.name),
            at=None if at is None else sql_name(at),
            parents=None if parent is None else sql_name(parent.target),
            key="NULL" if parent is None else sql_name(key_of(dataset, parent.target)),
            called="''" if parent is None else key_text(dataset, parent.target, "parent"),
            reference="NULL" if parent is None else sql_name(parent.field),
        ),
    )


def _points(rows: RegularRows) -> str:
    """SQL that gives the points in time as instants, as the column `point`."""
    if rows.every.unit in _PASSING:
        first, end = (begun(day, rows.time_zone) for day in (rows.start, rows.end + timedelta(days=1)))
        step = rows.every.number * _PASSING[rows.every.unit]
        series = f"generate_series({micros(first)}, {micros(end) - 1}, {step * 1_000_000})"
        return f"SELECT make_timestamptz(unnest({series})) AS point"
    listed = ", ".join(str(micros(begun(day, rows.time_zone))) for day in _days(rows))
    return f"SELECT make_timestamptz(unnest([{listed}]::BIGINT[])) AS point"


def _days(rows: RegularRows) -> Iterator[date]:
    """The days of a calendar; a month without the day of the first ends before it."""
    place, months = 0, {"month": 1, "quarter": 3, "year": 12}.get(rows.every.unit)
    while True:
        steps = place * rows.every.number
        if months is None:
            day = rows.start + timedelta(days=steps * (7 if rows.every.unit == "week" else 1))
        else:
            month = rows.start.month - 1 + steps * months
            year, month = rows.start.year + month // 12, month % 12 + 1
            after = date(year + month // 12, month % 12 + 1, 1)
            day = min(date(year, month, 1) + timedelta(days=rows.start.day - 1), after - timedelta(days=1))
        if day > rows.end:
            return
        yield day
        place += 1


def begun(day: date, zone: str) -> datetime:
    """When a day begins: at its first midnight, or an hour later where the clocks leave it out."""
    return datetime.combine(day, time(0), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def micros(moment: datetime) -> int:
    """Microseconds of an instant since 1970."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
