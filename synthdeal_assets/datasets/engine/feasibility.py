"""What is refused before the first row: promises that no rows can keep, and rows that the disk has no room for.

Everything that is impossible is said at once, with the numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import numpy as np

from synthdeal_assets.datasets.engine.children import DrawnChildren
from synthdeal_assets.datasets.engine.columns import ONLY_DRAWN, Batch, Columns
from synthdeal_assets.datasets.engine.field_correlations import require_correlations
from synthdeal_assets.datasets.engine.patterns import Pattern
from synthdeal_assets.datasets.engine.text_columns import is_template
from synthdeal_assets.datasets.engine.writing import stored
from synthdeal_assets.datasets.spec.dataset import ResolvedField, ResolvedTable
from synthdeal_assets.datasets.spec.expressions import paths
from synthdeal_assets.datasets.spec.grammar import MAX_ROWS, ChildRows, CountSpec
from synthdeal_assets.datasets.spec.spec_file import mistakes_error
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.disk_room import existing, free_bytes, size_in_words

PILOT_ROWS: Final = 10_000
"""Rows that are drawn to see how many keep a rule."""

LEAST_KEPT: Final = 0.01
"""The share of rows below which a rule is refused."""

FIRST_ROWS: Final = 100
"""Rows that are made to see whether each field can be."""

BYTES_OF_A_VALUE: Final = 12
"""What a value takes up in a Parquet file, more rather than less: UUIDs 16, names and numbers 3 to 10."""


def require_feasible(columns: Columns, where: str, folder: Path | None = None) -> None:
    """Refuse a dataset that cannot be made.

    Args:
        columns: Its columns.
        where: What to call its specification.
        folder: Where it is to lie; None when the disk is of no interest.

    Raises:
        SynthDealError: All that is impossible at once ("datasets.impossible"), or too many rows
            ("datasets.too-many-rows", "datasets.disk").
    """
    _stop(where, _counts(columns))
    _require_room(columns, where, folder)
    tables = columns.dataset.tables.values()
    _stop(
        where, (one for table in tables for field in table.fields.values() for one in _problems(columns, table, field))
    )
    _stop(where, (one for table in tables for one in (*_correlations(columns, table), *_keys(table))))
    _stop(where, (one for table in tables for one in _rules(columns, table)))
    _stop(where, (one for table in tables for one in _what_fails(columns, table)))


Impossible = tuple[int | None, str]
"""Something that cannot be: its line, and the sentence."""


def _stop(where: str, found: Iterable[Impossible]) -> None:
    """Raise all that cannot be, if anything."""
    said = list(dict.fromkeys(f"{where}{f', line {line}' if line else ''}: {sentence}" for line, sentence in found))
    if said:
        raise mistakes_error(said, where, code="datasets.impossible")


def _what_fails(columns: Columns, table: ResolvedTable) -> Iterator[Impossible]:
    """Fields whose first rows cannot be made: totals out of reach, parameters of no distribution, empty bounds."""
    try:
        batch = columns.batch(table.name, np.arange(min(FIRST_ROWS, columns.rows_of(table.name)), dtype=np.int64))
    except SynthDealError as error:
        yield table.line, str(error)
        return
    for field in table.fields.values():
        try:
            stored(batch.values(field.name), field)
        except SynthDealError as error:
            yield _failed(columns, error, field.line)


def placed(columns: Columns, table: ResolvedTable, error: SynthDealError, where: str) -> SynthDealError:
    """An error that came up while a table was made, with the file and the line that it is about."""
    line, sentence = _failed(columns, error, table.line)
    return SynthDealError(
        f"{where}{'' if line is None else f', line {line}'}: {sentence}", code=error.code, usage=error.usage
    )


def _failed(columns: Columns, error: SynthDealError, line: int | None) -> Impossible:
    """What cannot be, in the line of the field that it came up in: the one of its total where it has one."""
    table, field = columns.failed.get(str(error), (None, ""))
    if table is None:
        return line, str(error)
    resolved = columns.dataset.tables[table]
    totals = (total.line for total in resolved.totals if total.field == field)
    return next(totals, resolved.fields[field].line), str(error)


def _counts(columns: Columns) -> Iterator[Impossible]:
    for table in columns.dataset.tables.values():
        rows = table.spec.rows
        if isinstance(rows, ChildRows) and rows.total is None:
            about = columns.rows_of(rows.per) * _mean_children(rows.count)
            if about > 1.5 * MAX_ROWS:
                near = "about " if rows.count.numbers is None else ""
                most = f"a table has {MAX_ROWS:,} at most: ask for fewer."
                yield table.line, f"`{table.name}` would have {near}{about:,.0f} rows, but {most}"
                return
        try:
            columns.rows_of(table.name)
        except SynthDealError as error:
            yield table.line, f"in the rows of `{table.name}`, {error}"
            return


def _mean_children(count: CountSpec) -> float:
    """How many children a row has on average, its bounds aside."""
    if count.numbers is not None:
        return float(sum(number * share for number, share in count.numbers.items()))
    if count.uniform is not None:
        return float(sum(count.uniform)) / 2
    return min(float(count.poisson or count.geometric or 0), float("inf") if count.max is None else count.max)


def values_of(columns: Columns) -> int:
    """Rows times fields of all tables."""
    return sum(columns.rows_of(name) * len(table.fields) for name, table in columns.dataset.tables.items())


def _require_room(columns: Columns, where: str, folder: Path | None) -> None:
    rows = {name: columns.rows_of(name) for name in columns.dataset.tables}
    total = sum(rows.values())
    if max(rows.values()) > MAX_ROWS:
        name = max(rows, key=lambda each: rows[each])
        raise SynthDealError(
            f"{where}: `{name}` would have {rows[name]:,} rows, but a table has {MAX_ROWS:,} at most: ask for fewer.",
            code="datasets.too-many-rows",
            usage=True,
        )
    if folder is None:
        return
    bytes_wanted = values_of(columns) * BYTES_OF_A_VALUE
    free = free_bytes(folder)
    if bytes_wanted > free:
        raise SynthDealError(
            f"{where}: {total:,} rows take about {size_in_words(bytes_wanted)}, but {existing(folder)} has "
            f"{size_in_words(free)} free: ask for fewer rows, or name another folder.",
            code="datasets.disk",
        )


def _problems(columns: Columns, table: ResolvedTable, field: ResolvedField) -> Iterator[Impossible]:
    try:
        for said in _problems_of(columns, table, field):
            yield field.line, said
    except SynthDealError as error:
        yield _failed(columns, error, field.line)


def _problems_of(columns: Columns, table: ResolvedTable, field: ResolvedField) -> Iterator[str]:
    rows = columns.rows_of(table.name)
    spec = field.spec
    if field.span is not None and not any(paths(end.tree) for end in field.span):
        yield from _empty_span(columns, table, field)
    if (form := spec.key or spec.pattern) is not None and (spec.key is not None or spec.unique):
        yield from _pattern_problems(table, field, form, rows)
    if spec.unique and spec.one_of is not None and rows > len(spec.one_of):
        yield f"`{field.name}` has {len(spec.one_of):,} values, but {rows:,} unique ones are wanted."
    if spec.unique and spec.uniform is not None:
        low, high = spec.uniform
        values = int((high - low) * 10 ** (field.decimals or 0)) + 1
        if rows > values:
            yield f"`{field.name}` has {values:,} values from {low} to {high}, but {rows:,} unique ones are wanted."
    if spec.unique and field.type is not None and field.type.capacity is not None and rows > field.type.capacity:
        yield (
            f"`{field.name}` is of the type {field.type.name}, which gives {field.type.capacity:,} different values, "
            f"but {rows:,} unique ones are wanted."
        )
    reference = field.reference
    if reference is None:
        return
    size = columns.rows_of(reference.target)
    if not size and rows and spec.missing < 1 and not (reference.own or reference.same):
        yield f"`{field.name}` refers to `{reference.target}`, which has no rows: give it some, or leave the field out."
    if reference.distinct is not None:
        most = _most_children(columns, table)
        if most > size:
            yield (
                f"`{field.name}` is distinct for each `{reference.distinct}`, which has up to {most:,} rows, but "
                f"`{reference.target}` has {size:,}: allow fewer rows, or add rows there."
            )


def _keys(table: ResolvedTable) -> Iterator[Impossible]:
    """A key of fields that nothing keeps from coming twice."""
    fields = [table.fields[name] for name in table.spec.key if name in table.fields]
    rows, parent = table.spec.rows, table.parent.field if table.parent is not None else None
    one_each = isinstance(rows, ChildRows) and rows.count.numbers is not None and max(rows.count.numbers) <= 1
    for field in fields:
        spec, reference = field.spec, field.reference
        apart = spec.key is not None or spec.unique or spec.formula is not None
        if spec.time_of is not None or (reference is not None and reference.distinct is not None):
            apart = apart or parent is None or parent in table.spec.key
        if apart or (one_each and field.name == parent):
            return
    if fields:
        names = " and ".join(f"`{field.name}`" for field in fields)
        told = (
            "tell its rows apart, but nothing keeps them"
            if len(fields) > 1
            else "tells its rows apart, but nothing keeps it"
        )
        yield (
            table.line,
            (
                f"the key of `{table.name}` says that {names} {told} from coming twice: write `unique: true` or, for a "
                "reference, `distinct` beside one."
            ),
        )


def _correlations(columns: Columns, table: ResolvedTable) -> Iterator[Impossible]:
    try:
        require_correlations(columns, table)
    except SynthDealError as error:
        yield table.correlations[0].line, str(error)


def _empty_span(columns: Columns, table: ResolvedTable, field: ResolvedField) -> Iterator[str]:
    """A field whose ends, which are the same for all rows, have nothing between them."""
    one = Batch(columns, table, np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64))
    low, high = (one.evaluate(end)[0] for end in field.span or ())
    # A day beside a time is all of it, whichever end it is.
    first, last = (low, high) if type(low) is type(high) else (f"{low:%Y-%m-%d}", f"{high:%Y-%m-%d}")
    if first > last:
        yield f"`{field.name}` goes from {low} to {high}: change their order."
        return
    if not columns.rows_of(table.name):
        return
    one.values(field.name)
    if one.impossible.any():
        yield f"`{field.name}` has none of its hours and days from {low} to {high}: widen one of them."


def _pattern_problems(table: ResolvedTable, field: ResolvedField, form: str, rows: int) -> Iterator[str]:
    if form in ("integer", "uuid") or is_template(form):
        return
    try:
        size = Pattern(form).size
    except SynthDealError as error:
        yield f"in `{field.name}` of `{table.name}`, {error}"
        return
    if rows > size:
        yield f"{rows:,} unique values of {form} cannot be: it has {size:,}; widen the pattern."


def _most_children(columns: Columns, table: ResolvedTable) -> int:
    children = columns.children(table.name)
    parents = columns.rows_of(table.parent.target) if table.parent is not None else 0
    if not isinstance(children, DrawnChildren):
        return children.total // max(parents, 1)
    _, counts = children.children_of(np.arange(min(parents, 4 * 65_536), dtype=np.int64))
    return int(counts.max(initial=0))


def _rules(columns: Columns, table: ResolvedTable) -> Iterator[Impossible]:
    if not columns.rows_of(table.name):
        return
    try:
        broken = [*_broken_rules(columns, table)]
        yield from broken
        if not broken and table.name in columns.dependencies.free:
            yield from _rare_rules(columns, table)
    except SynthDealError as error:
        yield _failed(columns, error, table.line)


def _broken_rules(columns: Columns, table: ResolvedTable) -> Iterator[Impossible]:
    """Rules that are broken and that drawing again cannot mend."""
    rows = np.arange(min(PILOT_ROWS, columns.rows_of(table.name)), dtype=np.int64)
    pilot = Batch(columns, table, rows, np.zeros_like(rows))
    for number in columns.dependencies.fixed.get(table.name, ()):
        rule = table.rules[number]
        broken = int((~pilot.flags(rule.rule.held)).sum())
        if broken:
            found = f"rule {number + 1} of `{table.name}` (`{rule.text}`) is broken in {broken:,} of {rows.size:,} rows"
            yield rule.line, f"{found}, and {ONLY_DRAWN}: change them so that it always holds, or leave it out."


def _rare_rules(columns: Columns, table: ResolvedTable) -> Iterator[Impossible]:
    """Rules that so few rows keep by chance that drawing again would take too long."""
    size = columns.rows_of(table.name)
    # Few rows are drawn several times, so that there are as many draws of a small table.
    rows = np.arange(PILOT_ROWS, dtype=np.int64)
    pilot = Batch(columns, table, rows % size, rows // size)
    kept = [pilot.flags(rule.rule.held) for rule in table.rules]
    together = float((~pilot.broken()).mean())
    if together >= LEAST_KEPT:
        return
    remedy = "loosen it, or draw its fields from ranges in which it holds more often."
    for number, (rule, held) in enumerate(zip(table.rules, kept, strict=True), 1):
        if held.mean() < LEAST_KEPT:
            yield (
                rule.line,
                f"rule {number} of `{table.name}` (`{rule.text}`) holds in {held.mean():.1%} of the rows: {remedy}",
            )
            return
    if table.rules:
        texts = " and ".join(f"`{rule.text}`" for rule in table.rules[:3])
        yield (
            table.rules[0].line,
            f"{texts} of `{table.name}` hold together in {together:.1%} of the rows: loosen one of them.",
        )
        return
    yield (
        table.line,
        f"in {1 - together:.1%} of the rows of `{table.name}` a date has nothing between its ends: widen them.",
    )
