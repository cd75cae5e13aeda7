"""How the values of a dataset are distributed, counted in its files, beside what was asked for.

Only the first rows of large tables are looked at: a picture of so many values shows what all would.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from synthdeal_assets.datasets.certificate.distributions import share_up_to
from synthdeal_assets.datasets.spec.dataset import Dataset, ResolvedField, ResolvedTable
from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.datasets.spec.grammar import ChildRows
from synthdeal_assets.foundation.warehouse.statements import sql_literal, sql_name, statement

MOST_ROWS: Final = 100_000
"""Rows of a table that are looked at, from the first one on."""

MOST_BARS: Final = 12
"""Values of a field that have a bar of their own, the most frequent."""

BINS: Final = 24
"""Bars of a histogram."""

NUMBERS: Final = (Kind.WHOLE, Kind.NUMBER)
TIMES: Final = (Kind.DATE, Kind.DATETIME)


@dataclass(frozen=True, slots=True)
class ValueBar:
    """How often something comes.

    Attributes:
        label: What.
        share: In what part of the values, from 0 to 1.
        asked: What part was asked for; None where nothing was.
    """

    label: str
    share: float
    asked: float | None = None


@dataclass(frozen=True, slots=True)
class FieldDistribution:
    """How the values of a field are distributed.

    Attributes:
        title: The field.
        bars: One for each value, or for each of the even steps from `low` to `high`.
        is_histogram: Whether they are steps.
        low: Where the first step begins; empty where there is none.
        high: Where the last one ends.
        missing: The part of the rows in which there is no value.
        others: The part of the values that has no bar.
    """

    title: str
    bars: tuple[ValueBar, ...]
    is_histogram: bool
    low: str = ""
    high: str = ""
    missing: float = 0.0
    others: float = 0.0


def distributions_of(dataset: Dataset, table: ResolvedTable, folder: Path) -> list[FieldDistribution]:
    """The distributions of a table's fields, in their order, those of keys, references and free texts apart.

    Args:
        dataset: What is declared.
        table: The table.
        folder: Where its Parquet file is, and those of the tables that it refers to.
    """
    path = sql_literal(str(folder / f"{table.name}.parquet"))
    with duckdb.connect(config={"threads": "2"}) as connection:
        connection.execute(f"CREATE TABLE looked_at AS SELECT * FROM read_parquet({path}) LIMIT {MOST_ROWS}")
        found = [*_children(connection, table)]
        for field in table.fields.values():
            if field.reference is None and field.name not in table.key:
                found += _of_field(connection, dataset, field)
    return found


def _of_field(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, field: ResolvedField
) -> Iterator[FieldDistribution]:
    asked = _asked_shares(dataset, field)
    if asked is not None or field.kind is Kind.FLAG:
        yield from _bars(connection, field, asked or {})
    elif field.kind in NUMBERS or field.kind in TIMES:
        yield from _histogram(connection, dataset, field)


def _asked_shares(dataset: Dataset, field: ResolvedField) -> dict[str, float] | None:
    """The part of each value that is asked for; None where there is no list of values."""
    spec = field.spec
    if spec.one_of is not None:
        return {value: float(share) for value, share in spec.one_of.items()}
    if spec.flag is not None:
        return {"true": float(spec.flag), "false": 1 - float(spec.flag)}
    cycle = dataset.tables[field.table].spec.lifecycle
    if cycle is not None and cycle.field == field.name:
        return {value: float(share) for value, share in cycle.shares.items()}
    return None


def _bars(
    connection: duckdb.DuckDBPyConnection, field: ResolvedField, asked: dict[str, float]
) -> Iterator[FieldDistribution]:
    rows, values, counted = _counted(connection, statement(__package__, "page/values.sql", column=field.name))
    if not values:
        return
    shown = counted[:MOST_BARS]
    yield FieldDistribution(
        title=field.name,
        bars=tuple(ValueBar(label, count / values, asked.get(label)) for label, count in shown),
        is_histogram=False,
        missing=1 - values / rows,
        others=1 - sum(count for _, count in shown) / values,
    )


def _counted(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[int, int, list[tuple[str, int]]]:
    """Rows, values that are there, and how often each comes, the most frequent first."""
    found = connection.execute(query).fetchall()
    rows = sum(int(count) for _, count in found)
    there = [(str(label), int(count)) for label, count in found if label is not None]
    return rows, sum(count for _, count in there), there


def _histogram(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, field: ResolvedField
) -> Iterator[FieldDistribution]:
    column = sql_name(field.name)
    # A field that was made dirty is a text, and not all of it is one of its kind any more.
    value = f"epoch(TRY_CAST({column} AS TIMESTAMP))" if field.kind in TIMES else f"TRY_CAST({column} AS DOUBLE)"
    rows, values, low, high, few = _one(connection, statement(__package__, "page/ends.sql", value=value))
    if not values or low == high:
        return
    # Whole numbers of few values have a bar each.
    step = max(1.0, -(-(high - low + 1) // BINS)) if field.kind is Kind.WHOLE and few else (high - low) / BINS
    bins = min(BINS, max(1, round((high - low + (1 if field.kind is Kind.WHOLE and few else 0)) / step)))
    counts = dict(
        connection.execute(
            statement(__package__, "page/bins.sql", value=value, low=low, step=step, bins=bins)
        ).fetchall()
    )
    asked = share_up_to(dataset, field) if field.kind in NUMBERS else None
    whole = field.kind is Kind.WHOLE and bool(few)
    bars = tuple(
        ValueBar(
            "",
            counts.get(place, 0) / values,
            _between(asked, low + place * step, low + (place + 1) * step, whole=whole),
        )
        for place in range(bins)
    )
    written = _as_time(field) if field.kind in TIMES else _as_number
    yield FieldDistribution(
        title=field.name,
        bars=bars,
        is_histogram=True,
        low=written(low),
        high=written(low + bins * step - (1 if whole else 0)),
        missing=1 - values / rows,
        others=max(0.0, 1 - sum(bar.share for bar in bars)),
    )


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    return connection.execute(query).fetchall()[0]


def _between(asked: Callable[[float], float] | None, low: float, high: float, *, whole: bool) -> float | None:
    """What part of the values was asked to lie from one end to before the other."""
    if asked is None:
        return None
    return asked(high - 1) - asked(low - 1) if whole else asked(high) - asked(low)


def _children(connection: duckdb.DuckDBPyConnection, table: ResolvedTable) -> Iterator[FieldDistribution]:
    """How many rows the rows that a table is per have, of those that have any: those without leave no trace here."""
    rows = table.spec.rows
    parent = next(
        (each for each in table.fields.values() if each.reference is not None and each.reference.parent), None
    )
    if not isinstance(rows, ChildRows) or parent is None:
        return
    asked = {str(number): float(share) for number, share in (rows.count.numbers or {}).items()}
    there = sum(share for number, share in asked.items() if number != "0")
    _, parents, counted = _counted(connection, statement(__package__, "page/children.sql", column=parent.name))
    if not parents:
        return
    shown = sorted(counted[:MOST_BARS], key=lambda each: int(each[0]))
    yield FieldDistribution(
        title=f"rows for each of {rows.per} that has any",
        bars=tuple(
            ValueBar(label, count / parents, asked[label] / there if label in asked and there else None)
            for label, count in shown
        ),
        is_histogram=False,
        others=1 - sum(count for _, count in shown) / parents,
    )


def _as_number(value: float) -> str:
    return f"{value:,.4f}".rstrip("0").rstrip(".") if abs(value) < 1_000 else f"{value:,.0f}"


def _as_time(field: ResolvedField) -> Callable[[float], str]:
    def written(value: float) -> str:
        moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=value)
        return f"{moment:%Y-%m-%d}" if field.kind is Kind.DATE else f"{moment:%Y-%m-%d %H:%M}"

    return written
