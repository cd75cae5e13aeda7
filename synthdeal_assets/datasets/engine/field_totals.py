"""Fields whose values come to exact totals: which groups there are, what each must come to, and the amounts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from synthdeal_assets.datasets.engine.blocks import exact_counts
from synthdeal_assets.datasets.engine.numbers_drawn import plain_numbers
from synthdeal_assets.datasets.engine.streams import BLOCK_ROWS, block_rows
from synthdeal_assets.datasets.engine.totals import ExactTotals
from synthdeal_assets.datasets.spec.dataset import ResolvedField, ResolvedTotal
from synthdeal_assets.datasets.spec.expressions import Kind, Path, paths
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.drawing.randomness import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from synthdeal_assets.datasets.engine.columns import Batch, Columns

KEPT_BLOCKS: Final = 64
"""Blocks of a table whose groups and values are kept for its totals: 84 MB for two totals of one field."""

NO_LABEL: Final = -1
"""Stands for the label of a row that is in no group."""

_FORMATS: Final = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m", "year": "%Y"}


def amounts_under_totals(batch: Batch, field: ResolvedField) -> pl.Series:
    """The values of a field under totals: Int64 for whole numbers, else Float64.

    Raises:
        SynthDealError: A total cannot be reached, or rows belong to no group of it ("datasets.total-out-of-reach",
            "datasets.total-groups").
    """
    totals = batch.columns.once(field.table, field.name, "totals", make=lambda: _totals(batch.columns, field))
    units = totals.amounts(batch.rows)
    decimals = field.decimals or 0
    return pl.Series(units) if field.kind is Kind.WHOLE else pl.Series(units / 10.0**decimals)


def labels_of(values: pl.Series, period: str | None) -> pl.Series:
    """What the group of each value is called: the value as a text, or a period such as 2025-01 or 2025-Q1."""
    if period is None and values.dtype == pl.Float64:
        return pl.Series([None if value is None else str(value) for value in values.to_list()], dtype=pl.String)
    if period is None:
        return values.cast(pl.String)
    if period == "quarter":
        parts = pl.DataFrame({"year": values.dt.year(), "quarter": values.dt.quarter()})
        return parts.select(pl.format("{}-Q{}", "year", "quarter").alias("label"))["label"]
    return values.dt.strftime(_FORMATS[period])


class _Labels:
    """What the groups are called that rows are in for one total, numbered as they come up.

    Args:
        total: The total; without groups all rows have the label "".

    Attributes:
        days: The first and the last day that came up, where periods are the groups.
    """

    def __init__(self, total: ResolvedTotal) -> None:
        self._group = total.groups[0] if total.groups else None
        self._numbers: dict[str, int] = {}
        self.days: tuple[date, date] | None = None

    def of(self, batch: Batch) -> npt.NDArray[np.int32]:
        """The number of each row's label; -1 where it has none."""
        if self._group is None:
            return np.full(len(batch), self._number(""), dtype=np.int32)
        return self._behind(batch, self._group.path)

    def names(self, numbers: Iterable[int]) -> set[str]:
        """The labels of numbers."""
        labels = [*self._numbers]
        return {labels[number] for number in numbers if number != NO_LABEL}

    def places(self, names: Sequence[str]) -> IntArray:
        """For each number the place of its label in `names`, -1 where it is none of them, as for the number -1."""
        known = {name: place for place, name in enumerate(names)}
        return np.array([*(known.get(label, NO_LABEL) for label in self._numbers), NO_LABEL], dtype=np.int64)

    def _behind(self, batch: Batch, path: Path) -> npt.NDArray[np.int32]:
        """Labels are found in the rows that a path ends in, which are fewer than those that lead there."""
        reference = batch.table.fields[path.parts[0]].reference
        if len(path.parts) > 1 and reference is not None:
            behind, positions, there = batch.follow(reference)
            if not len(behind):
                return np.full(len(batch), NO_LABEL, dtype=np.int32)
            found = self._behind(behind, Path(path.parts[1:], kind=path.kind))[positions]
            return found if there.all() else np.where(there, found, np.int32(NO_LABEL))
        period = self._group.period if self._group is not None else None
        values = batch.path(path) if period is None else batch.path(path).cast(pl.Date)
        different = values.unique().drop_nulls()
        if period is not None and different.len():
            days = [*(self.days or ()), different.min(), different.max()]
            self.days = min(days), max(days)
        numbers = [self._number(label) for label in labels_of(different, period)]
        labelled = values.replace_strict(different, numbers, default=NO_LABEL, return_dtype=pl.Int32)
        return labelled.fill_null(NO_LABEL).to_numpy()

    def _number(self, label: str) -> int:
        return self._numbers.setdefault(label, len(self._numbers))


@dataclass(frozen=True, slots=True)
class _Division:
    """One division of the rows into groups: what they are called, in order."""

    total: ResolvedTotal
    labels: _Labels
    names: tuple[str, ...]


def _totals(columns: Columns, field: ResolvedField) -> ExactTotals:
    table = columns.dataset.tables[field.table]
    declared = [total for total in table.totals if total.field == field.name]
    size = columns.rows_of(field.table)
    blocks = _BlocksOfTotals(columns, field, [_Labels(total) for total in declared])
    found, plain = _groups_found(blocks, declared)
    divisions = [
        _Division(total, labels, _names(total, names | _periods_between(columns, field.table, total, labels.days)))
        for total, labels, names in zip(declared, blocks.labels, found, strict=True)
    ]
    amounts = [each for each in divisions if each.total.spec.shares is None]
    parts = [each for each in divisions if each.total.spec.shares is not None]
    if len(amounts) > 1:
        first, second = (each.total.line or "?" for each in amounts[:2])
        raise SynthDealError(
            f"`{field.name}` of `{field.table}` has two totals that say amounts (lines {first} and {second}): leave "
            "one out, or write it as shares.",
            code="datasets.two-totals",
            usage=True,
        )
    unit = 10 ** (field.decimals or 0)
    targets = _amounts(amounts[0], unit) if amounts else [round(plain * unit)]
    names = [*amounts[0].names] if amounts and amounts[0].total.groups else [""]
    for division in parts:
        shares = [(division.total.spec.shares or {}).get(name, Fraction(0)) for name in division.names]
        targets = [part for target in targets for part in exact_counts(shares, target)]
        names = [" ".join(filter(None, (name, part))) for name in names for part in division.names]
    absent = len(targets)

    order = [divisions.index(division) for division in (*amounts, *parts)]
    places = [division.labels.places(division.names or ("",)) for division in divisions]

    @lru_cache(maxsize=KEPT_BLOCKS)
    def groups_of(block: int) -> npt.NDArray[np.int32]:
        group: IntArray = np.zeros(1, dtype=np.int64)
        known: BoolArray = np.ones(1, dtype=np.bool_)
        for at in order:
            index = places[at][blocks.numbers(block)[at]]
            known = known & (index >= 0)
            group = group * len(divisions[at].names or ("",)) + np.maximum(index, 0)
        return np.where(known, group, absent).astype(np.int32)

    def read(rows: IntArray) -> tuple[IntArray, FloatArray]:
        # Blocks are what totals are worked out by.
        block = int(rows[0]) // BLOCK_ROWS
        return groups_of(block).astype(np.int64), blocks.raw(block)

    low, high = _units(field, unit)
    outside = (
        sum(int((groups_of(block) == absent).sum()) for block in range(blocks.count))
        if field.when is not None or field.spec.missing or any(each.total.groups for each in divisions)
        else 0
    )
    return ExactTotals(
        read,
        size,
        [*targets, outside * low],
        low=low,
        high=high,
        decimals=field.decimals or 0,
        names=[*(f"{field.name} of {name}" if name else field.name for name in names), "rows of no group"],
    )


def _units(field: ResolvedField, unit: int) -> tuple[int, int | None]:
    spec = field.spec
    low, high = spec.uniform or (spec.min, spec.max)
    if low is not None and low < 0:
        raise SynthDealError(
            f"`{field.name}` of `{field.table}` is brought to a total, but may be below 0: raise its `min`.",
            code="datasets.total-below-zero",
            usage=True,
        )
    return 0 if low is None else int(-(-low * unit // 1)), None if high is None else int(high * unit // 1)


class _BlocksOfTotals:
    """What the totals of a field are worked out from, a block at a time: kept for tables of few blocks.

    Args:
        columns: The dataset.
        field: The field.
        labels: Of each total.
    """

    def __init__(self, columns: Columns, field: ResolvedField, labels: Sequence[_Labels]) -> None:
        self._columns, self._field, self.labels = columns, field, labels
        self.count = -(-columns.rows_of(field.table) // BLOCK_ROWS)
        self.numbers = lru_cache(maxsize=KEPT_BLOCKS)(self._numbers)
        self.raw = lru_cache(maxsize=KEPT_BLOCKS)(self._raw)

    def _batch(self, block: int) -> Batch:
        rows = block_rows(block, self._columns.rows_of(self._field.table))
        return self._columns.batch(self._field.table, rows)

    def _numbers(self, block: int) -> list[npt.NDArray[np.int32]]:
        """For each total the number of each row's label."""
        batch = self._batch(block)
        there = batch.there(self._field.name)
        return [np.where(there, labels.of(batch), np.int32(NO_LABEL)) for labels in self.labels]

    def there(self, block: int) -> BoolArray:
        """The rows in which the field has a value."""
        return self._batch(block).there(self._field.name)

    def _raw(self, block: int) -> FloatArray:
        """The values as they are drawn."""
        return plain_numbers(self._batch(block), self._field).cast(pl.Float64).to_numpy()


def _groups_found(blocks: _BlocksOfTotals, declared: Sequence[ResolvedTotal]) -> tuple[list[set[str]], float]:
    """The names of the groups that rows are in, for each total, and what all values come to as they are drawn."""
    found: list[set[int]] = [set() for _ in declared]
    plain = 0.0
    wanted = all(total.spec.shares is not None for total in declared)
    for block in range(blocks.count):
        for numbers, of_block in zip(found, blocks.numbers(block), strict=True):
            numbers.update((np.flatnonzero(np.bincount(of_block + 1)) - 1).tolist())
        if wanted:
            plain += float(pl.Series(blocks.raw(block)[blocks.there(block)]).sum())
    names = [labels.names(numbers) for labels, numbers in zip(blocks.labels, found, strict=True)]
    return names, plain


def _names(total: ResolvedTotal, found: set[str]) -> tuple[str, ...]:
    """The groups of a total, in order; those that rows are in must all be among those that it names."""
    if not total.groups:
        return ()
    named = total.spec.each or total.spec.shares
    if named is None:
        return tuple(sorted(found))
    if strange := sorted(found - set(named)):
        raise SynthDealError(
            f"Rows have {total.groups[0].path} {strange[0]!r}, for which the total of `{total.field}` "
            f"{'' if total.line is None else f'(line {total.line}) '}says nothing: add it there.",
            code="datasets.total-groups",
            usage=True,
        )
    return tuple(named)


def _periods_between(columns: Columns, table: str, total: ResolvedTotal, days: tuple[date, date] | None) -> set[str]:
    """The periods of a total over time that dates drawn between its ends may be in, whether rows are there or not.

    They are those of the declared dates, or, where these differ from row to row, from the first to the last one.
    """
    if total.spec.start is None:
        return set()
    through, field = columns.dataset.followed(table, total.groups[0].path)
    one = columns.batch(through[-1].target if through else table, np.zeros(1, dtype=np.int64))
    low, high = (
        day if end is None or any(paths(end.tree)) else one.evaluate(end).cast(pl.Date)[0]
        for end, day in zip(field.span or (None, None), days or (None, None), strict=True)
    )
    if field.span is None or low is None or high is None:
        return set()
    between: pl.Series = pl.date_range(low, high, eager=True)
    if field.spec.days is not None:
        between = between.filter(between.dt.weekday().is_in([day + 1 for day in field.spec.days]))
    return {*labels_of(between, total.groups[0].period)}


def _amounts(division: _Division, unit: int) -> list[int]:
    spec, names = division.total.spec, division.names
    if spec.total is not None:
        return [round(spec.total * unit)]
    if spec.each is not None:
        return [round(spec.each[name] * unit) for name in names]
    assert spec.start is not None and spec.end is not None  # noqa: S101, PT018  # the last form
    first, last = round(spec.start * unit), round(spec.end * unit)
    steps = max(len(names) - 1, 1)
    return [first + (2 * (last - first) * place + steps) // (2 * steps) for place in range(len(names))]
