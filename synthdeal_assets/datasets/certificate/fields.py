"""Promises about the values of one field: their form, which are missing, their bounds, what they are calculated by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final

from synthdeal_assets.datasets.certificate.cells import MISFIT, wanted_form
from synthdeal_assets.datasets.certificate.exact_shares import nearest
from synthdeal_assets.datasets.certificate.missing import Unavoidable, unavoidable
from synthdeal_assets.datasets.certificate.promises import (
    Counted,
    Promise,
    Reading,
    called,
    in_each_row,
)
from synthdeal_assets.datasets.certificate.tables import unique
from synthdeal_assets.datasets.spec.dataset import Dataset, ResolvedField
from synthdeal_assets.datasets.spec.expressions import Kind, Path, Typed
from synthdeal_assets.datasets.spec.expressions.numbers import double
from synthdeal_assets.datasets.spec.expressions.tree import NUMBERS, Compare
from synthdeal_assets.datasets.spec.grammar import FieldSpec
from synthdeal_assets.datasets.spec.scalars import percent
from synthdeal_assets.foundation.warehouse.statements import sql_literal, sql_name

FROM_ZERO: Final = ("exponential", "gamma", "poisson", "geometric", "lognormal")
"""Distributions without values below 0; small values are rounded to it."""


def promises_about_field(dataset: Dataset, field: ResolvedField) -> Iterator[Promise]:
    """All of them that are about its values alone, exact shares and distributions apart."""
    yield _kind(dataset, field)
    yield from _missing(dataset, field)
    yield from _bounds(dataset, field)
    yield from _span(dataset, field)
    yield from _clock(dataset, field)
    yield from _texts(dataset, field)
    yield from _formula(dataset, field)
    if field.spec.unique and dataset.tables[field.table].key != (field.name,):
        sentence = f"no value of {called(field)} comes twice"
        yield unique(field.table, (field.name,), kind="unique", sentence=sentence, about=field.name, line=field.line)


def _kind(dataset: Dataset, field: ResolvedField) -> Promise:
    misfit = f"{sql_name(field.table)}.{sql_name(MISFIT + field.name)}"
    return in_each_row(
        Reading(dataset, field.table),
        field,
        "form",
        f"{called(field)} is {wanted_form(field)}",
        f"{misfit} IS NOT NULL",
        shown=misfit,
    )


def _missing(dataset: Dataset, field: ResolvedField) -> Iterator[Promise]:
    spec = field.spec
    if spec.key is not None or field.name in dataset.tables[field.table].key:
        return
    if spec.when is not None and field.when is not None:
        reading = Reading(dataset, field.table)
        broken = f"{reading.own(field.name)} IS NOT NULL AND {reading.sql(field.when)} IS NOT TRUE"
        yield in_each_row(reading, field, "when", f"{called(field)} is missing, except where {spec.when}", broken)
    # Where a time of a life cycle is there is promised by the life cycle.
    if (spec.made_by in ("formula", "roll_up") and not spec.missing) or field.time_of_state is not None:
        return
    reading = Reading(dataset, field.table)
    value = reading.own(field.name)
    where = "TRUE" if field.when is None else f"{reading.sql(field.when)} IS TRUE"
    cannot = unavoidable(reading, field)
    there = f" where {spec.when}" if spec.when is not None else ""
    excused = f"{there}, unless {cannot.words}" if cannot.words else there
    if not spec.missing:
        broken = f"{where} AND {value} IS NULL AND NOT {cannot.condition}"
        yield in_each_row(reading, field, "present", f"{called(field)} is never missing{excused}", broken)
        return
    yield _missing_share(reading, field, where, cannot, excused)


def _missing_share(reading: Reading, field: ResolvedField, where: str, cannot: Unavoidable, excused: str) -> Promise:
    value = reading.own(field.name)
    return Promise(
        table=field.table,
        field=field.name,
        line=field.line,
        kind="missing",
        sentence=f"{percent(field.spec.missing)} of {called(field)} is missing{excused}",
        expected=percent(field.spec.missing),
        judge=partial(_share_missing, field),
        measures=(
            f"count(*) FILTER (WHERE {where})",
            f"count(*) FILTER (WHERE {where} AND {value} IS NULL)",
            f"count(*) FILTER (WHERE {where} AND {cannot.condition})",
        ),
        joins=tuple(reading.joins),
    )


def _share_missing(field: ResolvedField, rows: Sequence[tuple[Any, ...]]) -> Counted:
    """`rows`: one with the rows asked about, how many of them are NULL, and how many cannot be anything else.

    A reference that finds no row is missing in any case and counts towards the share of all rows; where `when` chooses
    rows, the share is of those that find one. What lies between ends that are missing was drawn without regard to them.
    """
    asked, missing, lost = (int(each) for each in rows[0])
    share = field.spec.missing
    low = high = max(nearest(share, asked), lost)
    if field.reference is not None and field.when is not None:
        low = high = lost + nearest(share, asked - lost)
    elif field.roll_up is not None and field.roll_up.how not in ("sum", "count"):
        # Without children there is none of these.
        high = asked
    elif field.reference is None:
        high = min(asked, nearest(share, asked) + lost)
    expected = f"{low:,} of {asked:,}" if low == high else f"{low:,} to {high:,} of {asked:,}"
    return Counted(f"{missing:,} of {asked:,}", max(0, low - missing, missing - high), expected)


def declared_bounds(spec: FieldSpec) -> tuple[Decimal | None, Decimal | None]:
    """The least and the greatest number that a field may hold: of its generator and of `min` and `max`."""
    low: Decimal | None = Decimal(0) if spec.made_by in FROM_ZERO else None
    high: Decimal | None = None
    if spec.uniform is not None:
        low, high = spec.uniform
    if spec.beta is not None:
        low, high = Decimal(0), Decimal(1)
    if (zipf := spec.zipf) is not None:
        low, high = Decimal(1), Decimal(zipf.most)
    if (empirical := spec.empirical) is not None:
        low, high = empirical[0], empirical[-1]
    lows = [each for each in (low, spec.min) if each is not None]
    highs = [each for each in (high, spec.max) if each is not None]
    return max(lows, default=None), min(highs, default=None)


def _bounds(dataset: Dataset, field: ResolvedField) -> Iterator[Promise]:
    low, high = declared_bounds(field.spec)
    if field.kind not in NUMBERS or (low is None and high is None):
        return
    reading = Reading(dataset, field.table)
    value = reading.own(field.name)
    broken = " OR ".join(
        f"{value} {operator} {bound:f}" for operator, bound in (("<", low), (">", high)) if bound is not None
    )
    yield in_each_row(reading, field, "bounds", f"{called(field)} is {_between(low, high)}", f"({broken})")


def _between(low: Decimal | None, high: Decimal | None) -> str:
    if low is None:
        return f"{high:,f} at most"
    return f"{low:,f} at least" if high is None else f"from {low:,f} to {high:,f}"


def _span(dataset: Dataset, field: ResolvedField) -> Iterator[Promise]:
    written = field.spec.date or field.spec.datetime
    if field.span is None or written is None:
        return
    reading = Reading(dataset, field.table)
    value = reading.own(field.name)
    low, high = (reading.sql(end) for end in field.span)
    # A day as the end of a span of times counts in full.
    whole_day = field.kind is Kind.DATETIME and field.span[1].kind is Kind.DATE
    after = f"{value} >= {high} + INTERVAL 1 DAY" if whole_day else f"{value} > {high}"
    yield in_each_row(
        reading,
        field,
        "span",
        f"{called(field)} lies from {written[0]} to {written[1]}",
        f"({value} < {low} OR {after})",
    )


def _clock(dataset: Dataset, field: ResolvedField) -> Iterator[Promise]:
    """Hours of the day and days of the week."""
    reading = Reading(dataset, field.table)
    value = reading.own(field.name)
    hours, days = field.spec.hours, field.spec.days
    if hours is not None:
        start, end = hours
        minute = f"(date_part('hour', {value}) * 60 + date_part('minute', {value}))"
        yield in_each_row(
            reading,
            field,
            "hours",
            f"{called(field)} lies from {_time(start)} until before {_time(end)}",
            f"({minute} < {start} OR {minute} >= {end})",
        )
    if days is not None:
        named = ", ".join(_WEEKDAYS[day] for day in days)
        yield in_each_row(
            reading,
            field,
            "days",
            f"{called(field)} is on {named}",
            f"date_part('isodow', {value}) NOT IN ({', '.join(str(day + 1) for day in days)})",
        )


_HALF: Final = 0.500001
"""Of a last decimal, how far a rounded number may be from what was rounded, with the error of calculating it."""

_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _time(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"


def _texts(dataset: Dataset, field: ResolvedField) -> Iterator[Promise]:
    reading = Reading(dataset, field.table)
    value = reading.own(field.name)
    if field.spec.pattern is not None:
        broken = f"NOT regexp_full_match({value}, {sql_literal(field.spec.pattern)}, 's')"
        yield in_each_row(reading, field, "pattern", f"{called(field)} matches {field.spec.pattern}", broken)
    text = field.spec.text
    if text is not None:
        fewest, most = text.words
        words = f"len(list_filter(string_split({value}, ' '), lambda word: word <> ''))"
        broken = f"({words} < {fewest} OR {words} > {most})"
        yield in_each_row(reading, field, "words", f"{called(field)} has {fewest} to {most} words", broken)


def _formula(dataset: Dataset, field: ResolvedField) -> Iterator[Promise]:
    formula = field.formula
    if formula is None:
        return
    reading = Reading(dataset, field.table)
    own = Path((field.name,), kind=field.kind)
    value, calculated = reading.sql(Typed(own, field.kind)), reading.sql(formula)
    equal = reading.sql(Typed(Compare("=", own, formula.tree, near=formula.kind in NUMBERS), Kind.FLAG))
    if field.decimals is not None and formula.kind in NUMBERS:
        # Whatever lies in the middle of two decimals may be rounded either way.
        equal = f"(abs({value} - {calculated}) <= {double(_HALF * 10.0**-field.decimals)} OR {equal})"
    where = "TRUE" if field.when is None else f"{reading.sql(field.when)} IS TRUE"
    excused = f"{value} IS NOT NULL AND " if field.spec.missing else ""
    broken = f"({excused}{where} AND ({value} IS NULL) <> ({calculated} IS NULL) OR {where} AND NOT {equal})"
    sentence = f"{called(field)} is {field.spec.formula}"
    if field.decimals is not None:
        sentence += f", rounded to {field.decimals} decimals"
    yield in_each_row(reading, field, "formula", sentence, broken)
