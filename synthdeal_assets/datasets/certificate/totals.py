"""Promises about totals: what the values of a field come to in every group, to the last decimal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any, Final

from synthdeal_assets.datasets.certificate.exact_shares import exact_counts
from synthdeal_assets.datasets.certificate.promises import Counted, Promise, Reading, called, rows_of
from synthdeal_assets.datasets.spec.dataset import Dataset, Group, ResolvedField, ResolvedTable, ResolvedTotal
from synthdeal_assets.datasets.spec.expressions import Kind, paths
from synthdeal_assets.datasets.spec.scalars import percent
from synthdeal_assets.foundation.warehouse.statements import statement

_PERIODS: Final = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m", "year": "%Y"}
"""How periods are called; weeks are those of ISO 8601."""

Sums = dict[tuple[str, ...], int]
"""From the labels of a group, one for each total that has groups, to what it comes to, in units."""


def promises_about_totals(dataset: Dataset, table: ResolvedTable) -> Iterator[Promise]:
    """All of them, for one table."""
    for total in table.totals:
        together = [each for each in table.totals if each.field == total.field]
        yield _total(dataset, table, total, together)


def _total(dataset: Dataset, table: ResolvedTable, total: ResolvedTotal, together: Sequence[ResolvedTotal]) -> Promise:
    field = table.fields[total.field]
    reading = Reading(dataset, table.name)
    # Amounts come first, then the shares of each of their groups, in the order that the shares are written.
    grouped = [each for each in together if each.groups and each.spec.shares is None]
    grouped += [each for each in together if each.groups and each.spec.shares is not None]
    values = [_grouped_by(reading, each.groups[0]) for each in grouped]
    labels = [_label(f"value_{place}", each.groups[0], reading) for place, each in enumerate(grouped)]
    place = grouped.index(total) if total.groups else None
    found = statement(
        __package__,
        "certificate/totals.sql",
        values=values,
        labels=labels,
        amount=reading.own(field.name),
        decimals=field.decimals or 0,
        rows=rows_of(table.name, tuple(reading.joins)),
        there=[*values, reading.own(field.name)],
    )
    return Promise(
        table=table.name,
        field=field.name,
        line=total.line,
        kind="total",
        sentence=_sentence(field, total),
        expected=_expected(total),
        judge=partial(_judged, total, place, field.decimals or 0),
        statement=found if place is None or total.spec.start is None else _with_periods(reading, total, place, found),
    )


def _with_periods(reading: Reading, total: ResolvedTotal, place: int, found: str) -> str:
    """The statement of a total over time, with the periods that no row is in although dates may be."""
    dataset, group = reading.dataset, total.groups[0]
    through, last = dataset.followed(reading.table, group.path)
    if last.span is None:
        return found
    own = Reading(dataset, through[-1].target if through else reading.table)
    days = f"FROM {rows_of(reading.table, tuple(reading.joins))}"
    ends = [
        f"(SELECT {extreme}(CAST({reading.column(group.path)} AS DATE)) {days})"
        if any(paths(end.tree))
        else f"CAST({own.sql(end)} AS DATE)"
        for extreme, end in zip(("min", "max"), last.span, strict=True)
    ]
    return statement(
        __package__,
        "certificate/totals_of_periods.sql",
        columns=", ".join(f"label_{number}" for number in range(found.count(" AS label_"))),
        found=found,
        label=_period_label("day", group.period),
        column=f"label_{place}",
        first=ends[0],
        last=ends[1],
        days=last.spec.days or (),
    )


def _grouped_by(reading: Reading, group: Group) -> str:
    """SQL of what the group of a row follows from: there are fewer days than rows."""
    value = reading.column(group.path)
    return value if group.period is None else f"CAST({value} AS DATE)"


def _label(value: str, group: Group, reading: Reading) -> str:
    """SQL of what a group is called: a value as a text, or a period such as 2025-01 or 2025-Q1."""
    if group.period is None:
        _, field = reading.dataset.followed(reading.table, group.path)
        return f"CAST(CAST({value} AS DOUBLE) AS VARCHAR)" if field.kind is Kind.NUMBER else f"CAST({value} AS VARCHAR)"
    return _period_label(value, group.period)


def _period_label(value: str, period: str | None) -> str:
    """SQL of what the period of a date is called."""
    if period == "quarter":
        return f"(year({value}) || '-Q' || quarter({value}))"
    return f"strftime({value}, '{_PERIODS[period or 'day']}')"


def _by(total: ResolvedTotal) -> str:
    group = total.groups[0]
    return f"{group.period} of {group.path}" if group.period else f"{group.path}"


def _sentence(field: ResolvedField, total: ResolvedTotal) -> str:
    spec = total.spec
    if spec.total is not None:
        return f"{called(field)} comes to {spec.total:,f}"
    if spec.shares is not None:
        shares = ", ".join(f"{percent(share)} for {name}" for name, share in spec.shares.items())
        return f"{called(field)} comes by {_by(total)} to {shares} of each total"
    if spec.start is not None and spec.end is not None:
        return f"{called(field)} comes by {_by(total)} to {spec.start:,f} at first, evenly up or down to {spec.end:,f}"
    return f"{called(field)} comes by {_by(total)} to the totals that are named"


def _expected(total: ResolvedTotal) -> str:
    return f"{total.spec.total:,f}" if total.spec.total is not None else "every group to the last decimal"


def _judged(total: ResolvedTotal, place: int | None, decimals: int, rows: Sequence[tuple[Any, ...]]) -> Counted:
    """`rows`: the labels of each group and its sum in units."""
    sums: Sums = {tuple(map(str, labels)): int(units) for *labels, units in rows}
    if place is None or total.spec.shares is None:
        found, wanted = _amounts(total, place, sums, 10**decimals)
    else:
        found, wanted = _parts(total.spec.shares, place, sums)
    off = [name for name in dict.fromkeys((*wanted, *found)) if found.get(name, 0) != wanted.get(name, 0)]

    def money(units: int) -> str:
        return f"{Decimal(units).scaleb(-decimals):,f}"

    def amounts(names: Sequence[str], of: Mapping[str, int]) -> str:
        return ", ".join(f"{name}: {money(of.get(name, 0))}".removeprefix(": ") for name in names[:5])

    shown = off or list(wanted)
    return Counted(amounts(shown, found), len(off), amounts(shown, wanted), tuple(name for name in off if name))


def _amounts(total: ResolvedTotal, place: int | None, sums: Sums, unit: int) -> tuple[dict[str, int], dict[str, int]]:
    """What each group comes to, and should come to."""
    found: dict[str, int] = defaultdict(int)
    for labels, units in sums.items():
        found["" if place is None else labels[place]] += units
    spec = total.spec
    if spec.total is not None:
        return found, {"": round(spec.total * unit)}
    if spec.each is not None:
        return found, {name: round(amount * unit) for name, amount in spec.each.items()}
    if spec.start is None or spec.end is None:
        raise ValueError("a total has one of its forms")
    first, last = round(spec.start * unit), round(spec.end * unit)
    names, steps = sorted(found), max(len(found) - 1, 1)
    return found, {name: first + (2 * (last - first) * step + steps) // (2 * steps) for step, name in enumerate(names)}


def _parts(shares: Mapping[str, Fraction], place: int, sums: Sums) -> tuple[dict[str, int], dict[str, int]]:
    """What each share of each group that is divided before comes to, and should come to."""
    parts: dict[tuple[str, ...], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for labels, units in sums.items():
        parts[labels[:place]][labels[place]] += units
    found: dict[str, int] = {}
    wanted: dict[str, int] = {}
    for before, amounts in parts.items():
        counts = exact_counts(shares.values(), sum(amounts.values()))
        for name, count in zip(shares, counts, strict=True):
            wanted[" ".join((*before, name))] = count
        found |= {" ".join((*before, name)): amount for name, amount in amounts.items()}
    return found, wanted
