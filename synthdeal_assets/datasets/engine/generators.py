"""How a field of each kind is made for a batch of rows.

`values_of` and `targets_of` are the two ways in. What is drawn is a function of the row, so that the same row has the
same value in whatever batch it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.engine import partners
from synthdeal_assets.datasets.engine.blocks import exact_flags, exact_values
from synthdeal_assets.datasets.engine.children import Calendar
from synthdeal_assets.datasets.engine.eligible import SharesAmong, share_left
from synthdeal_assets.datasets.engine.field_correlations import correlated_flags
from synthdeal_assets.datasets.engine.field_series import series_values
from synthdeal_assets.datasets.engine.field_states import reached_rows, states_of, time_before
from synthdeal_assets.datasets.engine.field_texts import texts_of
from synthdeal_assets.datasets.engine.field_totals import amounts_under_totals
from synthdeal_assets.datasets.engine.moments import DAY, OpenHours, whole_between
from synthdeal_assets.datasets.engine.numbers_drawn import plain_numbers
from synthdeal_assets.datasets.engine.patterns import Pattern
from synthdeal_assets.datasets.engine.permutation import permute
from synthdeal_assets.datasets.engine.roll_ups import rolled_up
from synthdeal_assets.datasets.engine.rule_bounds import bounds_in
from synthdeal_assets.datasets.engine.streams import different, hashes, uniforms
from synthdeal_assets.datasets.engine.text_columns import by_template, is_template, uuids
from synthdeal_assets.datasets.engine.typed_values import typed_values
from synthdeal_assets.datasets.spec.dataset import COUNTED, DRAWN, ResolvedField, ResolvedTable
from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.datasets.spec.grammar import RegularRows
from synthdeal_assets.datasets.spec.kinds import kind_of_texts
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray, UInt64Array

if TYPE_CHECKING:
    from synthdeal_assets.datasets.engine.columns import Batch

DIGITS: Final = 18
LARGEST: Final = 1e18
"""Whole numbers are below this."""

NOWHERE: Final = -1
"""The row that a reference without a partner refers to."""


def values_of(batch: Batch, field: ResolvedField) -> pl.Series:
    """A field of a batch, NULL where it is missing."""
    values = _MAKERS[field.maker](batch, field)
    absent = absent_rows(batch, field)
    if absent is None or not absent.any():
        return values
    return values.zip_with(pl.Series(~absent), pl.Series([None], dtype=values.dtype))


def absent_rows(batch: Batch, field: ResolvedField) -> BoolArray | None:
    """Where a field has no value because of `when` and `missing`; None where it always has one.

    A reference without a partner is not among them: it has a NULL of its own.
    """
    if not field.spec.missing:
        return None if _always(field) else ~_wanted(batch, field)
    absent: BoolArray = _missing(batch, field) != _THERE
    return absent


_THERE: Final = 1


def _always(field: ResolvedField) -> bool:
    """Whether a value is wanted in every row."""
    return field.when is None and field.time_of_state is None


def _wanted(batch: Batch, field: ResolvedField) -> BoolArray:
    """Where a value is wanted: where `when` holds, and where the row came to the state that it is the time of."""
    wanted = np.ones(len(batch), dtype=np.bool_) if field.when is None else batch.flags(field.when)
    return wanted if field.time_of_state is None else wanted & reached_rows(batch, field.time_of_state)


def _missing(batch: Batch, field: ResolvedField) -> IntArray:
    """0 where a value is left out on purpose, 1 where it is there, -1 where none is wanted."""
    size = batch.columns.rows_of(field.table)
    share, salt = field.spec.missing, batch.salt(field.name, "missing")
    if _always(field) and not _lacks_partners(field):
        return np.where(exact_flags(batch.rows, size, share, salt), 0, _THERE)

    def wanted(rows: IntArray) -> BoolArray:
        some = batch if rows is batch.rows else batch.columns.batch(field.table, rows)
        flags = _wanted(some, field)
        # Whether there is a row to refer to does not depend on which one is drawn.
        keys = hashes(rows, batch.salt(field.name, "partner"))
        return flags & (_partners(some, field, keys) >= 0) if _lacks_partners(field) else flags

    def shares(eligible: int) -> tuple[Fraction, Fraction]:
        # What has no partner is missing anyway and counts towards the share of all rows.
        left = share_left(share, size, size - eligible, eligible) if _always(field) else share
        return left, 1 - left

    among = batch.columns.once(field.table, field.name, "missing", make=lambda: SharesAmong(wanted, size, shares, salt))
    return among.positions(batch.rows)  # type: ignore[no-any-return]


def _shares(batch: Batch, field: ResolvedField, shares: tuple[Fraction, ...]) -> IntArray:
    """For each row the position of its value in the shares, exact among the rows that have one."""
    size, salt = batch.columns.rows_of(field.table), batch.salt(field.name, "value")
    if _always(field) and not field.spec.missing:
        return exact_values(batch.rows, size, shares, salt)

    def there(rows: IntArray) -> BoolArray:
        some = batch.columns.batch(field.table, rows)
        absent = absent_rows(some, field)
        return np.ones(rows.size, dtype=np.bool_) if absent is None else ~absent

    among = batch.columns.once(field.table, field.name, "shares", make=lambda: SharesAmong(there, size, shares, salt))
    return among.positions(batch.rows)  # type: ignore[no-any-return]


def _one_of(batch: Batch, field: ResolvedField) -> pl.Series:
    choices = field.spec.one_of or {}
    texts = pl.Series([*choices], dtype=pl.String)
    kind = kind_of_texts(choices)
    values = texts.cast(pl.Int64) if kind is Kind.WHOLE else texts.cast(pl.Float64) if kind is Kind.NUMBER else texts
    if field.spec.unique:
        key = hashes(np.zeros(1, dtype=np.int64), batch.salt(field.name, "unique"))
        return values.gather(permute(batch.rows, len(choices), key))
    return values.gather(_shares(batch, field, tuple(choices.values())) % len(choices))


def _drawn(batch: Batch, field: ResolvedField) -> pl.Series:
    totalled = any(total.field == field.name for total in batch.table.totals)
    return amounts_under_totals(batch, field) if totalled else plain_numbers(batch, field)


def _flag(batch: Batch, field: ResolvedField) -> pl.Series:
    share = field.spec.flag or Fraction(0)
    correlated = correlated_flags(batch, field, share)
    if correlated is not None:
        return pl.Series(correlated == 0)
    return pl.Series(_shares(batch, field, (share, 1 - share)) == 0)


def _key(batch: Batch, field: ResolvedField) -> pl.Series:
    form = field.spec.key or ""
    if form == "integer":
        return pl.Series(batch.rows + 1)
    if form == "uuid":
        return uuids(batch.rows, batch.salt(field.name, "key"))
    if is_template(form):
        return by_template(batch.rows + 1, form)
    return Pattern(form).unique(batch.rows, batch.columns.rows_of(field.table), batch.salt(field.name, "key"))


def _pattern(batch: Batch, field: ResolvedField) -> pl.Series:
    pattern, salt = Pattern(field.spec.pattern or ""), batch.salt(field.name, "pattern")
    if field.spec.unique:
        return pattern.unique(batch.rows, batch.columns.rows_of(field.table), salt)
    return pattern.drawn(batch.rows, salt)


def _formula(batch: Batch, field: ResolvedField) -> pl.Series:
    assert field.formula is not None  # noqa: S101  # resolved
    values = batch.evaluate(field.formula)
    if field.kind is Kind.WHOLE or field.spec.decimals == 0:
        largest = values.abs().max()
        if isinstance(largest, float) and not largest < LARGEST:
            raise SynthDealError(
                f"`{field.name}` of `{field.table}` comes to {largest:,.3g}, but whole numbers have {DIGITS} digits at "
                "most: make what it is worked out from smaller.",
                code="datasets.too-large",
                usage=True,
            )
    if field.spec.decimals is not None:
        return rounded(values, field.spec.decimals)
    return values.cast(pl.Int64) if field.kind is Kind.WHOLE else values


def rounded(values: pl.Series, decimals: int) -> pl.Series:
    """Numbers rounded half away from zero on the decimal number that each stands for."""
    shifted = (values * 10.0**decimals).round(6)
    whole = (shifted.abs() + 0.5).floor() * shifted.sign()
    return whole.cast(pl.Int64) if decimals == 0 else whole / 10.0**decimals


def _date(batch: Batch, field: ResolvedField) -> pl.Series:
    low, high, known = _ends(batch, field, pl.Date)
    u = uniforms(batch.keys(field.name, "day"))
    days, there = whole_between(low, high, u)
    batch.impossible |= known & ~there
    return _when(pl.Series(days).cast(pl.Int32).cast(pl.Date), known)


def _datetime(batch: Batch, field: ResolvedField) -> pl.Series:
    low, high, known = _ends(batch, field, pl.Datetime("us"))
    low, high = -(-low // 1_000_000), high // 1_000_000
    u = uniforms(batch.keys(field.name, "second"))
    spec = field.spec
    if spec.hours is None and spec.days is None:
        seconds, there = whole_between(low, high, u)
    else:
        start, end = spec.hours or (0, 24 * 60)
        seconds, there = OpenHours(spec.days or range(7), start, end).between(low, high, u)
    batch.impossible |= known & ~there
    return _when(pl.Series(seconds * 1_000_000).cast(pl.Datetime("us")), known)


def _ends(
    batch: Batch, field: ResolvedField, dtype: pl.DataType | type[pl.DataType]
) -> tuple[IntArray, IntArray, BoolArray]:
    """The least and the greatest value of each row in units of the type, and whether both are known."""
    assert field.span is not None  # noqa: S101  # resolved
    low, high = batch.evaluated(field.span)
    if dtype != pl.Date and high.dtype == pl.Date:
        # A day as the upper end is all of it.
        high = high.cast(pl.Datetime("us")).dt.offset_by(f"{DAY - 1}s")
    if dtype == pl.Date and low.dtype != pl.Date:
        low = low.dt.offset_by("86399999999us")
    low, high = (end.cast(dtype) for end in (low, high))
    known = (low.is_not_null() & high.is_not_null()).to_numpy()
    if field.time_of_state is not None:
        before, there = time_before(batch, field.time_of_state)
        if before is not None:
            # A day begins at its midnight: one after a time of day is the next.
            later = (before.dt.offset_by("86399999999us") if dtype == pl.Date else before).cast(dtype)
            low = pl.select(pl.when(pl.Series(there) & (later > low)).then(later).otherwise(low)).to_series()
    least, most = (end.to_physical().fill_null(0).cast(pl.Int64).to_numpy() for end in (low, high))
    step = 1 if dtype == pl.Date else 1_000_000
    for bound, limits, there in bounds_in(batch, field):
        ends = limits.cast(dtype).to_physical().fill_null(0).cast(pl.Int64).to_numpy()
        if bound.operator in (">", ">=", "="):
            raised = np.where(there, np.maximum(least, ends + step * (bound.operator == ">")), least)
            least = np.where(raised <= most, raised, least)
        if bound.operator in ("<", "<=", "="):
            lowered = np.where(there, np.minimum(most, ends - step * (bound.operator == "<")), most)
            most = np.where(lowered >= least, lowered, most)
    return least, most, known


def _when(values: pl.Series, there: BoolArray) -> pl.Series:
    return values if there.all() else values.zip_with(pl.Series(there), pl.Series([None], dtype=values.dtype))


def _time_of(batch: Batch, field: ResolvedField) -> pl.Series:
    if batch.table.parent is None:
        positions = batch.rows
    else:
        _, positions = batch.columns.children(field.table).parents_of(batch.rows)
    return batch.columns.calendar(field.table).time_of(positions)


def calendar_of(table: ResolvedTable) -> Calendar:
    """The points in time of a table that has a row for each."""
    rows = table.spec.rows
    assert isinstance(rows, RegularRows)  # noqa: S101  # resolved
    unit, months = rows.every.unit, {"quarter": 3, "year": 12}.get(rows.every.unit)
    step, each = (unit, rows.every.number) if months is None else ("month", months * rows.every.number)
    return Calendar(step, rows.start, rows.end, rows.time_zone, each)


def _refers_to(batch: Batch, field: ResolvedField) -> pl.Series:
    targets = batch.targets(field.name)
    assert field.reference is not None  # noqa: S101  # resolved
    key = batch.columns.dataset.tables[field.reference.target].key[0]
    return key_values(batch, field.reference.target, key, targets)


def key_values(batch: Batch, table: str, key: str, targets: IntArray) -> pl.Series:
    """The keys of rows of a table, NULL for rows below 0."""
    there = targets >= 0
    if batch.columns.dataset.tables[table].fields[key].spec.key == "integer":
        return _when(pl.Series(targets + 1), there)
    behind, where = batch.columns.gathered(table, targets[there])
    positions = np.zeros(targets.size, dtype=np.int64)
    positions[there] = where
    keys = behind.values(key)
    return _when(keys.gather(positions), there) if there.any() else keys.clear().extend_constant(None, targets.size)


def targets_of(batch: Batch, field: ResolvedField) -> IntArray:
    """The row that a reference refers to, for each row; -1 where it refers to none."""
    targets = _partners(batch, field)
    absent = absent_rows(batch, field)
    return targets if absent is None else np.where(absent, NOWHERE, targets)


def _lacks_partners(field: ResolvedField) -> bool:
    """Whether a reference may find no row that it could refer to."""
    reference = field.reference
    return reference is not None and (bool(reference.same) or reference.own or reference.earlier)


def _partners(  # noqa: PLR0911  # one for each kind of reference
    batch: Batch, field: ResolvedField, keys: UInt64Array | None = None
) -> IntArray:
    reference = field.reference
    assert reference is not None  # noqa: S101  # resolved
    columns, rows = batch.columns, batch.rows
    if reference.parent:
        return columns.children(field.table).parents_of(rows)[0]
    size, keys = columns.rows_of(reference.target), batch.keys(field.name, "partner") if keys is None else keys
    if reference.own:
        first, count = columns.children(reference.target).children_of(rows)
        return _among(keys, first, count)
    if reference.same:
        owners = batch.targets(reference.same[0])
        there = owners >= 0
        first, count = np.zeros_like(rows), np.zeros_like(rows)
        first[there], count[there] = columns.children(reference.target).children_of(owners[there])
        if reference.earlier:
            count = np.clip(rows - first, 0, count)
        return _among(keys, first, count)
    if reference.earlier:
        return _among(keys, np.zeros_like(rows), rows)
    if not size:
        return np.full(rows.size, NOWHERE, dtype=np.int64)
    zipf = field.spec.popularity.zipf if field.spec.popularity is not None else None
    salt = batch.salt(field.name, "partner")
    if reference.distinct is not None:
        return _distinct(batch, field, size, None if zipf is None else float(zipf), salt)
    if zipf is not None:
        return partners.popular_rows(keys, size, float(zipf), salt)
    return partners.any_row(keys, size)


def _among(keys: UInt64Array, first: IntArray, count: IntArray) -> IntArray:
    """One of `count` rows from `first` on for each key; -1 where there is none."""
    position = np.floor(uniforms(keys) * count).astype(np.int64)
    return np.where(count > 0, first + position, NOWHERE)


def _distinct(batch: Batch, field: ResolvedField, size: int, zipf: float | None, salt: str) -> IntArray:
    children = batch.columns.children(field.table)
    parents, positions = children.parents_of(batch.rows)
    unique, where = different(parents)
    _, counts = children.children_of(unique)
    keys = hashes(unique, salt)
    if zipf is None:
        chosen = partners.distinct_rows(keys, counts, size)
    else:
        chosen = partners.distinct_popular_rows(keys, counts, size, zipf, salt)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    found: IntArray = chosen[starts[where] + positions]
    return found


_MAKERS: Final[Mapping[str, Callable[[Batch, ResolvedField], pl.Series]]] = {
    "type": typed_values,
    "key": _key,
    "one_of": _one_of,
    "flag": _flag,
    **dict.fromkeys((*DRAWN, *COUNTED), _drawn),
    "date": _date,
    "datetime": _datetime,
    "time_of": _time_of,
    "series": series_values,
    "state": states_of,
    "text": texts_of,
    "pattern": _pattern,
    "formula": _formula,
    "refers_to": _refers_to,
    "roll_up": rolled_up,
}
