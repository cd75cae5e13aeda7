"""Promises about series: how far values lie from their course over time, and how the noise around it behaves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from synthdeal_assets.datasets.certificate.calendars import begun, micros
from synthdeal_assets.datasets.certificate.promises import Counted, Promise, Reading, called, in_each_row, rows_of
from synthdeal_assets.datasets.spec.dataset import Dataset, ResolvedField
from synthdeal_assets.datasets.spec.expressions.numbers import double
from synthdeal_assets.datasets.spec.grammar import RegularRows
from synthdeal_assets.datasets.spec.grammar_fields import Noise, SeriesSpec
from synthdeal_assets.foundation.warehouse.statements import sql_literal, statement

FARTHEST: Final = 8.9
"""Standard deviations of normal noise that not one of 10^9 rows lies beyond, in all but one of 10^9 datasets."""

DEVIATIONS: Final = 6.2
"""Standard errors that a mean, a spread or a correlation may be off by; beyond them lies less than one in 10^9."""

FEWEST_VALUES: Final = 100
"""Values below which noise says nothing of its spread and memory."""

_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}


def promises_about_series(dataset: Dataset, field: ResolvedField) -> Iterator[Promise]:
    """All of them, for one field; none where it is no series, or its files do not show its course."""
    series = field.spec.series
    if series is None or why_no_course(dataset, field) is not None:
        return
    reading = Reading(dataset, field.table)
    residual = f"({reading.own(field.name)} - ({_course(reading, field, series)}))"
    sd = 0.0 if series.noise is None else float(series.noise.sd)
    step = 10.0 ** -(field.decimals or 0)
    broken = f"abs({residual}) > {double(FARTHEST * sd + step / 2 * (1 + 1e-6))}"
    around = f"within {FARTHEST:g} sd of its noise" if sd else "to the last decimal"
    yield in_each_row(
        reading, field, "course", f"{called(field)} follows its level, trend, hours and days, {around}", broken
    )
    if series.noise is not None and sd:
        yield _noise(reading, field, residual, series.noise)


def why_no_course(dataset: Dataset, field: ResolvedField) -> str | None:
    """Why the course of a field cannot be told from the files; None where it can, or there is none."""
    if field.spec.series is None:
        return None
    if field.spec.min is not None or field.spec.max is not None:
        return f"the course of {field.table}.{field.name} over time, which `min` and `max` cut"
    if _time_field(dataset, field.table) is None:
        return f"the course of {field.table}.{field.name} over time, as no field of {field.table} is the time"
    return None


def _time_field(dataset: Dataset, table: str) -> str | None:
    fields = dataset.tables[table].fields
    return next((name for name, each in fields.items() if each.spec.time_of is not None), None)


def _course(reading: Reading, field: ResolvedField, series: SeriesSpec) -> str:
    """SQL of what the values are without noise."""
    rows = reading.dataset.tables[field.table].spec.rows
    at = _time_field(reading.dataset, field.table)
    if not isinstance(rows, RegularRows) or at is None:
        raise ValueError(f"{field.table} has no row for each point in time")
    instant = reading.own(at)
    local = f"timezone({sql_literal(rows.time_zone)}, {instant})"
    parts = [reading.sql(field.levels["level"])]
    if series.trend is not None:
        periods = (
            _passed(instant, rows, series.trend.unit)
            if series.trend.unit in _SECONDS
            else _months(local, rows, series.trend.unit)
        )
        parts.append(f"{double(series.trend.amount)} * {periods}")
    if series.daily is not None:
        turns = f"(epoch_us({local}) - epoch_us(date_trunc('day', {local}))) / 86400e6 - {series.daily.peak} / 1440e0"
        parts.append(f"{double(series.daily.amplitude)} * cos(2e0 * pi() * ({turns}))")
    if series.weekly:
        days = " ".join(f"WHEN {day + 1} THEN {double(amount)}" for day, amount in series.weekly.items())
        parts.append(f"CASE date_part('isodow', {local}) {days} ELSE 0e0 END")
    return " + ".join(parts)


def _passed(instant: str, rows: RegularRows, unit: str) -> str:
    """Units of time since the first point."""
    return f"((epoch_us({instant}) - {micros(begun(rows.start, rows.time_zone))}) / {_SECONDS[unit]}e6)"


def _months(local: str, rows: RegularRows, unit: str) -> str:
    """Months, quarters or years of the calendar since the first point; a part of a month is that part of its days."""
    month = f"date_trunc('month', {local})"
    part = (
        f"(epoch_us({local}) - epoch_us({month}))::DOUBLE / (epoch_us({month} + INTERVAL 1 MONTH) - epoch_us({month}))"
    )
    first = begun(rows.start, rows.time_zone).astimezone(ZoneInfo(rows.time_zone))
    before = date(first.year, first.month, 1)
    days = ((before + timedelta(days=31)).replace(day=1) - before).days
    start = first.year * 12 + first.month + (first.day - 1 + first.hour / 24) / days
    months = f"date_part('year', {local}) * 12 + date_part('month', {local}) + {part}"
    return f"(({months} - {double(start)}) / {_MONTHS[unit]})"


def _noise(reading: Reading, field: ResolvedField, residual: str, noise: Noise) -> Promise:
    sd, memory, step = float(noise.sd), float(noise.memory), 10.0 ** -(field.decimals or 0)
    parent = reading.dataset.tables[field.table].parent
    return Promise(
        table=field.table,
        field=field.name,
        line=field.line,
        kind="noise",
        sentence=(
            f"the noise of {called(field)} has the standard deviation {sd:g}, and {memory:.0%} of it lasts a row longer"
        ),
        expected=f"sd {sd:g}, memory {memory:g}",
        judge=partial(_judged, sd, memory, step),
        statement=statement(
            __package__,
            "certificate/noise.sql",
            residual=residual,
            rows=rows_of(field.table, tuple(reading.joins)),
            parent="0" if parent is None else reading.own(parent.field),
            at=reading.own(_time_field(reading.dataset, field.table) or ""),
        ),
    )


def _judged(sd: float, memory: float, step: float, rows: Sequence[tuple[Any, ...]]) -> Counted:
    """`rows`: one with the values, and mean, mean square and correlation with the one before of what is around them.

    Standard errors are those of an autoregression of the first order of known mean (Bartlett 1946).
    """
    number, mean, square, before = rows[0]
    if number < FEWEST_VALUES:
        return Counted(f"{number:,} values, too few to tell", 0)
    rounded = sd * sd + step * step / 12
    spread, kept = math.sqrt(rounded), memory * sd * sd / rounded
    off_mean = DEVIATIONS * spread * math.sqrt((1 + kept) / (1 - kept) / number)
    off_spread = DEVIATIONS * spread * math.sqrt((1 + kept * kept) / (1 - kept * kept) / (2 * number))
    off_kept = DEVIATIONS * math.sqrt((1 - kept * kept) / number) + 1 / number
    held = (
        abs(mean) <= off_mean
        and abs(math.sqrt(square) - spread) <= off_spread
        and (before is None or abs(before - kept) <= off_kept)
    )
    measured = f"mean {mean:.3f}, sd {math.sqrt(square):.3f}, memory {0.0 if before is None else before:.3f}"
    expected = (
        f"mean within {off_mean:.3f} of 0, sd within {off_spread:.3f} of {spread:.3f}, "
        f"memory within {off_kept:.3f} of {kept:.3f}"
    )
    return Counted(measured, 0 if held else 1, expected)
