"""Promises about roll-ups: what the children of each row come to, to the last decimal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from synthdeal_assets.datasets.certificate.promises import Promise, Reading, called, key_of, key_text
from synthdeal_assets.datasets.certificate.rows_against import counted_against
from synthdeal_assets.datasets.spec.dataset import Dataset, ResolvedField, RolledUp
from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.datasets.spec.expressions.numbers import double
from synthdeal_assets.foundation.warehouse.statements import sql_name, statement

NEAR: Final = 1e-12
"""How far sums and means of numbers without decimals may be apart, as a share of the sum of their sizes: they are
added up in another order."""

_AGGREGATES: Final = {"sum": "sum", "count": "count", "min": "min", "max": "max", "mean": "avg"}
_WORDS: Final = {
    "sum": "the sum",
    "count": "the number",
    "min": "the smallest",
    "max": "the largest",
    "mean": "the mean",
}


def promises_about_roll_up(dataset: Dataset, field: ResolvedField) -> Iterator[Promise]:
    """The promise of a roll-up; none where the field is made otherwise."""
    if field.roll_up is not None:
        yield _rolled_up(dataset, field, field.roll_up)


def _rolled_up(dataset: Dataset, field: ResolvedField, roll_up: RolledUp) -> Promise:
    children = Reading(dataset, roll_up.of)
    where = "TRUE" if roll_up.where is None else f"{children.sql(roll_up.where)} IS TRUE"
    of = None if roll_up.field is None else dataset.tables[roll_up.of].fields[roll_up.field]
    value = "1" if of is None else children.own(of.name)
    parents = Reading(dataset, field.table)
    asked = "TRUE" if field.when is None else f"{parents.sql(field.when)} IS TRUE"
    if field.spec.missing:
        asked += f" AND {parents.own(field.name)} IS NOT NULL"
    what = f"{_WORDS[roll_up.how]} of {roll_up.of}{f'.{roll_up.field}' if roll_up.field else ''}"
    chosen = f" where {field.spec.where}" if field.spec.where else ""
    return Promise(
        table=field.table,
        field=field.name,
        line=field.line,
        kind="roll-up",
        sentence=f"{called(field)} is {what}{chosen}",
        expected="no row breaks it",
        judge=counted_against,
        statement=statement(
            __package__,
            "certificate/roll_up.sql",
            children=sql_name(roll_up.of),
            child_joins=list(children.joins),
            reference=children.own(roll_up.by.field),
            aggregate=f"{_AGGREGATES[roll_up.how]}({value})",
            where=where,
            parents=sql_name(field.table),
            parent_joins=list(parents.joins),
            key=parents.own(key_of(dataset, field.table)),
            asked=asked,
            value=parents.own(field.name),
            called=key_text(dataset, field.table),
            nothing="0" if roll_up.how in ("sum", "count") else "NULL",
            differs=_differs(field, roll_up, of),
        ),
    )


def _differs(field: ResolvedField, roll_up: RolledUp, of: ResolvedField | None) -> str:
    """SQL of whether `stored` is not what `found` says, neither being NULL."""
    exact = of is None or of.kind is not Kind.NUMBER or of.decimals is not None
    if roll_up.how == "mean":
        exact = False
    same_decimals = field.decimals is None or of is None or (of.decimals or 0) <= field.decimals
    if exact and same_decimals:
        return "stored <> found"
    difference = "abs(CAST(stored AS DOUBLE) - CAST(found AS DOUBLE))"
    error = f"(abs(CAST(stored AS DOUBLE)) + abs(CAST(found AS DOUBLE))) * {double(NEAR)}"
    if field.decimals is not None:
        error = f"{double(0.5 * 10.0**-field.decimals)} + {error}"
    return f"{difference} > {error}"
