"""The columns of a dataset for any of its rows, each worked out from nothing but the rows' numbers.

A `Batch` is some rows of a table; what its fields need of other rows is worked out in further batches. How a field of
each kind is made belongs in `generators.py`, what is put together from children in `roll_ups.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, reduce
from operator import and_
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from synthdeal_assets.datasets.engine import generators
from synthdeal_assets.datasets.engine.child_counts import drawn_counts
from synthdeal_assets.datasets.engine.children import Calendar, Children, DrawnChildren, EqualChildren
from synthdeal_assets.datasets.engine.streams import BLOCK_ROWS, block_rows, by_block, different, hashes, rehash
from synthdeal_assets.datasets.spec.dataset import Dataset, Reference, ResolvedTable
from synthdeal_assets.datasets.spec.dependencies import Dependencies
from synthdeal_assets.datasets.spec.expressions import Path, Typed, paths, to_polars
from synthdeal_assets.datasets.spec.grammar import RegularRows
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.drawing.randomness import BoolArray, FloatArray, IntArray, UInt64Array

MOST_ATTEMPTS: Final = 5_000
"""How often the free fields of a row are drawn for its rules."""

ONLY_DRAWN: Final = (
    "none of its fields is drawn again for a rule, only numbers and dates without totals are, and references that are "
    "neither `per` nor `distinct`"
)
"""Why a rule about keys, shares and totals alone cannot be mended."""

LOOKED_AHEAD: Final = 64
"""Draws after which, and after twice as many and so on, one of the broken rows is tried to the last."""

ROWS_TRIED: Final = 8_192
"""Draws of broken rows that are made at once."""

KEPT_ROWS: Final = 4 * BLOCK_ROWS
"""A table of at most so many rows is worked out once and kept while others refer to it."""


KEPT_BLOCKS: Final = 2
"""Blocks with their values that are kept: the one that is written, and the next."""


KEPT_TARGETS: Final = 64
"""Blocks of a table, from the first on, whose distinct partners are kept: totals read them before they are written."""


class Columns:
    """All columns of a dataset.

    Args:
        dataset: What is declared.
        dependencies: What follows from it.

    Attributes:
        failed: For each sentence of an error the table and the field that could not be worked out.
        targets: Of whole blocks, by table, field and block: half a megabyte each.
    """

    def __init__(self, dataset: Dataset, dependencies: Dependencies) -> None:
        self.dataset = dataset
        self.failed: dict[str, tuple[str, str]] = {}
        self.targets: dict[tuple[str, str, int], IntArray] = {}
        self.dependencies = dependencies
        self.seed = dataset.specification.seed
        self._children: dict[str, Children] = {}
        self._calendars: dict[str, Calendar] = {}
        self._kept: dict[str, Batch] = {}
        self._attempts: dict[tuple[str, int], tuple[npt.NDArray[np.uint16], npt.NDArray[np.int16]]] = {}
        self._once: dict[tuple[str, ...], Any] = {}
        self._compiled: dict[int, tuple[Typed, tuple[Path, ...], pl.Expr]] = {}
        self._rules: dict[str, tuple[Typed, ...]] = {}
        self.block = lru_cache(maxsize=KEPT_BLOCKS)(self._block)

    def rows_of(self, table: str) -> int:
        """How many rows a table has."""
        rows = self.dataset.tables[table].spec.rows
        if isinstance(rows, int):
            return rows
        return self.children(table).total if rows.per is not None else self.calendar(table).positions

    def children(self, table: str) -> Children:
        """The rows of a table as children of those that they are per."""
        if table not in self._children:
            rows = self.dataset.tables[table].spec.rows
            assert not isinstance(rows, int) and rows.per is not None  # noqa: S101, PT018  # only such have parents
            parents = self.rows_of(rows.per)
            if isinstance(rows, RegularRows):
                self._children[table] = EqualChildren(parents, self.calendar(table).positions)
            else:
                counts = drawn_counts(rows, parents, f"{self.seed}|{table}|count")
                self._children[table] = DrawnChildren(
                    parents,
                    counts.draw,
                    low=counts.low,
                    high=counts.high,
                    total=rows.total,
                    drawn_until=counts.until,
                    salt=f"{self.seed}|{table}",
                )
        return self._children[table]

    def calendar(self, table: str) -> Calendar:
        """The points in time that a table has a row for, for each of its parents."""
        if table not in self._calendars:
            self._calendars[table] = generators.calendar_of(self.dataset.tables[table])
        return self._calendars[table]

    def once(self, *key: str, make: Callable[[], Any]) -> Any:
        """What is worked out once for a whole table, such as the scale of exact totals."""
        if key not in self._once:
            self._once[key] = make()
        return self._once[key]

    def compiled(self, typed: Typed) -> tuple[tuple[Path, ...], pl.Expr]:
        """The fields that an expression reads, and the expression over columns of their names."""
        if id(typed) not in self._compiled:
            expression = to_polars(typed, lambda path: pl.col(str(path)))
            # The expression is kept as well: while it lives no other one can have its `id`.
            self._compiled[id(typed)] = (typed, tuple(paths(typed.tree)), expression)
        return self._compiled[id(typed)][1:]

    def rules(self, table: str) -> tuple[Typed, ...]:
        """What every row of a table must keep, as conditions that are never NULL."""
        if table not in self._rules:
            self._rules[table] = tuple(rule.rule.held for rule in self.dataset.tables[table].rules)
        return self._rules[table]

    def batch(self, table: str, rows: IntArray) -> Batch:
        """Some rows of a table."""
        return Batch(self, self.dataset.tables[table], rows)

    def attempts(self, table: str, rows: IntArray) -> IntArray:
        """How often the free fields of each row are drawn until its rules hold."""
        attempts = np.zeros(rows.size, dtype=np.int64)
        if table in self.dependencies.free:
            for block, where in by_block(rows // BLOCK_ROWS):
                attempts[where] = self._settled(table, block)[rows[where] - block * BLOCK_ROWS]
        return attempts

    def _block(self, table: str, block: int) -> Batch:
        rows = block_rows(block, self.rows_of(table))
        batch = self.batch(table, rows)
        if table in self.dependencies.free and (table, block) not in self._attempts:
            batch = Batch(self, self.dataset.tables[table], rows, np.zeros(rows.size, dtype=np.int64))
            attempts = batch.settle()
            again = np.flatnonzero(attempts)
            self._attempts[table, block] = again.astype(np.uint16), attempts[again].astype(np.int16)
        if table in self.dependencies.fixed:
            batch.require_fixed_rules()
        return batch

    def _settled(self, table: str, block: int) -> IntArray:
        """How often each row of a block was drawn again: kept for those that were, four bytes a row."""
        if (table, block) not in self._attempts:
            self.block(table, block)
        again, times = self._attempts[table, block]
        attempts = np.zeros(min(BLOCK_ROWS, self.rows_of(table) - block * BLOCK_ROWS), dtype=np.int64)
        attempts[again] = times
        return attempts

    def gathered(self, table: str, rows: IntArray) -> tuple[Batch, IntArray]:
        """A batch that holds these rows, and where in it each is."""
        size = self.rows_of(table)
        if size <= KEPT_ROWS:
            if table not in self._kept:
                self._kept[table] = self.batch(table, np.arange(size, dtype=np.int64))
            return self._kept[table], rows
        unique, where = different(rows)
        return self.batch(table, unique), where


class Batch:
    """Some rows of a table, their fields worked out when they are asked for.

    Args:
        columns: The dataset that they are of.
        table: Their table.
        rows: Their numbers, from 0, in any order.
        attempts: How often their free fields are drawn again; None for as often as their rules take. That is found out
            when a free field is asked for: rules may need to know before what the other fields are.

    Attributes:
        scores: Normal scores of fields behind references, by path.
        impossible: Where a value that was worked out lies between ends that have nothing between them.
    """

    def __init__(
        self, columns: Columns, table: ResolvedTable, rows: IntArray, attempts: IntArray | None = None
    ) -> None:
        self.columns = columns
        self.table = table
        self.rows = rows
        self.impossible: BoolArray = np.zeros(rows.size, dtype=np.bool_)
        self.scores: dict[str, FloatArray] = {}
        self._free = columns.dependencies.free.get(table.name, frozenset())
        self._values: dict[str, pl.Series] = {}
        self._targets: dict[str, IntArray] = {}
        self._once: dict[tuple[str, ...], Any] = {}
        self._behind: dict[str, tuple[Batch, IntArray, BoolArray]] = {}
        self._attempts = attempts

    def __len__(self) -> int:
        return int(self.rows.size)

    def values(self, name: str) -> pl.Series:
        """A field of the rows, NULL where it is missing."""
        if name not in self._values:
            try:
                self._values[name] = generators.values_of(self, self.table.fields[name]).alias(name)
            except SynthDealError as error:
                self.columns.failed.setdefault(str(error), (self.table.name, name))
                raise
        return self._values[name]

    def once(self, *key: str, make: Callable[[], Any]) -> Any:
        """What several fields of the rows are made from, worked out for the first of them."""
        if key not in self._once:
            self._once[key] = make()
        return self._once[key]

    def keys(self, field: str, what: str) -> UInt64Array:
        """64 bits for each row, for what a field draws."""
        keys = hashes(self.rows, self.salt(field, what))
        if field not in self._free:
            return keys
        if self._attempts is None:
            self._attempts = self.columns.attempts(self.table.name, self.rows)
        again = np.flatnonzero(self._attempts)
        keys[again] = rehash(keys[again], self._attempts[again])
        return keys

    def salt(self, field: str, what: str) -> str:
        """What a field draws, as it is drawn with."""
        return f"{self.columns.seed}|{self.table.name}|{field}|{what}"

    def targets(self, name: str) -> IntArray:
        """The row that a reference refers to, for each row; -1 where it refers to none."""
        if name not in self._targets:
            kept_by = self._kept_by(name)
            found = None if kept_by is None else self.columns.targets.get(kept_by)
            found = generators.targets_of(self, self.table.fields[name]) if found is None else found
            if kept_by is not None:
                self.columns.targets[kept_by] = found
            self._targets[name] = found
        return self._targets[name]

    def _kept_by(self, name: str) -> tuple[str, str, int] | None:
        """What the targets of a whole block are kept by; None where they are found fast, or rules may change them."""
        reference = self.table.fields[name].reference
        changing = bool(self._free) and not self._is_steady(name)
        if reference is None or reference.distinct is None or changing or not self.rows.size:
            return None
        block = int(self.rows[0]) // BLOCK_ROWS
        whole_block = block_rows(block, self.columns.rows_of(self.table.name))
        if block >= KEPT_TARGETS or not np.array_equal(self.rows, whole_block):
            return None
        return self.table.name, name, block

    def there(self, name: str) -> BoolArray:
        """Where a field has a value, and `when` and `missing` do not leave it out."""
        absent = generators.absent_rows(self, self.table.fields[name])
        return np.ones(len(self), dtype=np.bool_) if absent is None else ~absent

    def path(self, path: Path) -> pl.Series:
        """A field behind references, NULL where one of them refers to nothing."""
        written = str(path)
        if len(path.parts) == 1:
            return _local(self.values(written))
        if written not in self._values:
            self._values[written] = self._followed(path).alias(written)
        return self._values[written]

    def evaluate(self, typed: Typed) -> pl.Series:
        """An expression over each row: Float64 for numbers, as `to_polars` says for the rest."""
        return self.evaluated([typed])[0]

    def evaluated(self, typed: Sequence[Typed]) -> list[pl.Series]:
        """Expressions over each row, as `evaluate` gives each."""
        compiled = [self.columns.compiled(each) for each in typed]
        read = {str(path): path for paths_read, _ in compiled for path in paths_read}
        frame = pl.DataFrame({"row": self.rows, **{name: self.path(path) for name, path in read.items()}})
        values = [expression.alias(f"{place}|value") for place, (_, expression) in enumerate(compiled)]
        return frame.with_columns(values).get_columns()[-len(values) :]

    def flags(self, typed: Typed) -> BoolArray:
        """Where a condition is TRUE."""
        flags: BoolArray = self.evaluate(typed).fill_null(value=False).to_numpy()
        return flags

    def follow(self, reference: Reference) -> tuple[Batch, IntArray, BoolArray]:
        """A batch of the rows referred to, where in it each row's is (0 for none), and where there is one."""
        if reference.field not in self._behind:
            targets = self.targets(reference.field)
            there = targets >= 0
            batch, where = self.columns.gathered(reference.target, targets[there])
            positions = np.zeros(self.rows.size, dtype=np.int64)
            positions[there] = where
            self._behind[reference.field] = batch, positions, there
        return self._behind[reference.field]

    def _followed(self, path: Path) -> pl.Series:
        field = self.table.fields[path.parts[0]]
        assert field.reference is not None  # noqa: S101  # resolved
        batch, positions, there = self.follow(field.reference)
        behind = batch.path(Path(path.parts[1:], kind=path.kind))
        if not len(batch):
            return pl.Series([None], dtype=behind.dtype).new_from_index(0, len(self))
        found = behind.gather(positions)
        return found if there.all() else found.zip_with(pl.Series(there), pl.Series([None], dtype=found.dtype))

    def settle(self) -> IntArray:
        """How often the free fields of each row are drawn until its rules hold; the rows stand so afterwards."""
        attempts = np.zeros(self.rows.size, dtype=np.int64)
        held = self._held()
        rules = sorted(range(len(held)), key=lambda rule: int(held[rule].sum()))
        broken, last, look_ahead = np.flatnonzero(~self._possible(held)), 0, LOOKED_AHEAD
        while broken.size:
            if last >= look_ahead:
                # A row that finds none stops the run: better before all others are tried as often.
                left, look_ahead = np.arange(last + 1, MOST_ATTEMPTS + 1), min(2 * look_ahead, MOST_ATTEMPTS)
                if not self._redrawn(np.repeat(broken[:1], left.size), left)._holds(rules).any():
                    raise self._hopeless(int(self.rows[broken[0]]))
            # Few rows are tried with many draws at once: what a draw costs is mostly the call.
            tried = min(max(1, ROWS_TRIED // broken.size), MOST_ATTEMPTS - last)
            some = self._redrawn(np.repeat(broken, tried), np.tile(np.arange(last + 1, last + 1 + tried), broken.size))
            holds = some._holds(rules).reshape(broken.size, tried)
            found = holds.any(axis=1)
            attempts[broken[found]] = last + 1 + holds[found].argmax(axis=1)
            broken, last = broken[~found], last + tried
        if attempts.any():
            self._attempts = attempts
            self.impossible[:] = False
            self._once.clear()
            self._values = {name: values for name, values in self._values.items() if self._is_steady(name)}
            self._forget_redrawn()
        return attempts

    def _redrawn(self, places: IntArray, attempts: IntArray) -> Batch:
        """Some of the rows with free fields drawn anew; what those do not change is taken over."""
        some = self._part(places, [name for name in self._values if self._is_steady(name)])
        some._attempts = attempts
        some.impossible = np.zeros(places.size, dtype=np.bool_)
        some._forget_redrawn()
        return some

    def _forget_redrawn(self) -> None:
        """Forget the rows that references which are drawn anew referred to."""
        self._targets = {name: targets for name, targets in self._targets.items() if self._is_steady(name)}
        self._behind = {name: behind for name, behind in self._behind.items() if self._is_steady(name)}
        self.scores = {path: scores for path, scores in self.scores.items() if self._is_steady(path)}

    def _part(self, places: IntArray, names: Iterable[str]) -> Batch:
        """Some of the rows, with what was worked out for these fields."""
        assert self._attempts is not None  # noqa: S101  # they are being settled
        some = Batch(self.columns, self.table, self.rows[places], self._attempts[places])
        some.impossible = self.impossible[places]
        some.scores = {path: scores[places] for path, scores in self.scores.items()}
        some._values = {name: self._values[name].gather(places) for name in names}
        some._targets = {name: targets[places] for name, targets in self._targets.items()}
        return some

    def _is_steady(self, name: str) -> bool:
        return name.partition(".")[0] in self.columns.dependencies.steady[self.table.name]

    def _holds(self, rules: Sequence[int]) -> BoolArray:
        """Where all rules hold, looked at in this order, and each value has room between its ends."""
        some, places = self, np.arange(self.rows.size)
        for rule in rules:
            holds = np.flatnonzero(some.flags(self.columns.rules(self.table.name)[rule]))
            # Fields that only the later rules read are not worked out for rows that are broken already.
            if holds.size < places.size:
                some, places = some._part(holds, some._values), places[holds]
        holding: BoolArray = np.zeros(self.rows.size, dtype=np.bool_)
        holding[places] = some._possible([])
        return holding

    def broken(self) -> BoolArray:
        """Rows in which a rule is broken, or a value has no room between its ends."""
        return ~self._possible(self._held())

    def _held(self) -> list[BoolArray]:
        """For each rule where it holds."""
        return [self.flags(rule) for rule in self.columns.rules(self.table.name)]

    def _possible(self, held: Sequence[BoolArray]) -> BoolArray:
        """Where all of these hold and each value has room between its ends."""
        for name in self._free:
            self.values(name)
        return reduce(and_, held, ~self.impossible)

    def require_fixed_rules(self) -> None:
        """Refuse rows that break a rule which drawing again cannot mend.

        Raises:
            SynthDealError: There is one ("datasets.rule-broken").
        """
        for number in self.columns.dependencies.fixed[self.table.name]:
            rule = self.table.rules[number]
            held = self.flags(rule.rule.held)
            if not held.all():
                raise SynthDealError(
                    f"Row {int(self.rows[np.argmin(held)]) + 1:,} of `{self.table.name}` breaks `{rule.text}`"
                    f"{'' if rule.line is None else f' (line {rule.line})'}, and {ONLY_DRAWN}: change them so that it "
                    "always holds, or leave it out.",
                    code="datasets.rule-broken",
                    usage=True,
                )

    def _hopeless(self, row: int) -> SynthDealError:
        one = Batch(self.columns, self.table, np.array([row]), np.zeros(1, dtype=np.int64))
        rules = [rule for rule in self.table.rules if not one.flags(rule.rule.held)[0]] or list(self.table.rules)
        said = f"keeps `{rules[0].text}`" if rules else "has its values between their ends"
        place = "" if not rules or rules[0].line is None else f" (line {rules[0].line})"
        return SynthDealError(
            f"Row {row + 1:,} of `{self.table.name}` found no values in {MOST_ATTEMPTS:,} draws with which it {said}"
            f"{place}: loosen that, or draw its fields from wider ranges.",
            code="datasets.no-values-for-a-row",
            usage=True,
        )


def whole(batch: Batch) -> list[pl.Series]:
    """All fields of a batch, in order.

    Raises:
        SynthDealError: A date of a row has nothing between its ends ("datasets.nothing-between").
    """
    values = [batch.values(name) for name in batch.table.fields]
    if batch.impossible.any():
        row = int(batch.rows[np.argmax(batch.impossible)]) + 1
        raise SynthDealError(
            f"A date of row {row:,} of `{batch.table.name}` has nothing between its ends: widen them.",
            code="datasets.nothing-between",
            usage=True,
        )
    return values


def _local(values: pl.Series) -> pl.Series:
    """Instants as the time that clocks show, which is what expressions are about."""
    if isinstance(values.dtype, pl.Datetime) and values.dtype.time_zone is not None:
        return values.dt.replace_time_zone(None)
    return values
