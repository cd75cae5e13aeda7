"""Fields whose values are not as their distribution draws them, as something else moves them: rules and totals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from synthdeal_assets.datasets.spec.dataset import COUNTED, DRAWN, Dataset, ResolvedTable
from synthdeal_assets.datasets.spec.expressions import Typed, paths


def moved_fields(dataset: Dataset, table: str) -> dict[str, str]:
    """The drawn numbers of a table that are moved, with what moves them, as a clause."""
    resolved = dataset.tables[table]
    moved: dict[str, str] = {}
    for number, rule in enumerate(resolved.rules, 1):
        for name in _behind(resolved, [rule.rule.held]):
            moved.setdefault(name, f"rule {number} of {table} bounds")
    for field in resolved.fields.values():
        # A date without room between its ends has the numbers that they depend on drawn again.
        for name in _behind(resolved, field.span or ()):
            moved.setdefault(name, f"the span of `{field.name}` bounds")
    for total in resolved.totals:
        moved.setdefault(total.field, "a total scales")
    return {name: why for name, why in moved.items() if resolved.fields[name].spec.made_by in (*DRAWN, *COUNTED)}


def _behind(table: ResolvedTable, expressions: Iterable[Typed]) -> Iterator[str]:
    """The fields of the table's own rows that expressions depend on, formulas followed."""
    found: dict[str, None] = {}
    open_names = list(_read(expressions))
    while open_names:
        name = open_names.pop()
        if name in table.fields and name not in found:
            found[name] = None
            open_names += _read(table.fields[name].expressions)
    yield from found


def _read(expressions: Iterable[Typed]) -> Iterator[str]:
    for expression in expressions:
        for path in paths(expression.tree):
            yield path.parts[0]
