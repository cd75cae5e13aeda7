"""Rows in which a field cannot be there, whatever its share of missing values: no row to refer to, no span."""

from __future__ import annotations

from dataclasses import dataclass

from synthdeal_assets.datasets.certificate.promises import Reading, key_of
from synthdeal_assets.datasets.spec.dataset import Reference, ResolvedField
from synthdeal_assets.datasets.spec.expressions import paths
from synthdeal_assets.foundation.warehouse.statements import sql_name


@dataclass(frozen=True, slots=True)
class Unavoidable:
    """Where a value cannot be there.

    Attributes:
        condition: SQL that is true there, and never NULL.
        words: The same for people; empty where it is nowhere.
    """

    condition: str = "FALSE"
    words: str = ""


def unavoidable(reading: Reading, field: ResolvedField) -> Unavoidable:
    """Where a field cannot be there; the joins that it takes are added to those of the reading."""
    if field.reference is not None:
        return _without_candidates(reading, field.reference)
    if field.formula is not None:
        return Unavoidable(f"({reading.sql(field.formula)} IS NULL)", "what it is worked out from is missing")
    ends = [end for end in (*(field.span or ()), *field.levels.values()) if paths(end.tree)]
    if not ends:
        return Unavoidable()
    words = "what it lies between is missing" if field.span else "its level is missing"
    return Unavoidable(f"({' OR '.join(f'{reading.sql(end)} IS NULL' for end in ends)})", words)


def _without_candidates(reading: Reading, reference: Reference) -> Unavoidable:
    """Rows that no row may be referred to by."""
    target, row = sql_name(reference.target), f'{sql_name(reading.table)}."#row"'
    if reference.own or reference.same:
        if reference.own:
            back = _parent_field(reading, reference)
            theirs, mine = back, key_of(reading.dataset, reading.table)
            words = f"it has no {reference.target}"
        else:
            theirs = mine = reference.same[0]
            words = f"no row of {reference.target} has its `{mine}`"
        alias = sql_name(f"candidates of {reference.field}")
        reading.join(
            f'LEFT JOIN (SELECT {sql_name(theirs)} AS common, min("#row") AS first FROM {target} GROUP BY 1) AS {alias}'
            f" ON {alias}.common = {reading.own(mine)}"
        )
        if reference.earlier:
            condition = f"({alias}.first IS NULL OR {alias}.first >= {row})"
            return Unavoidable(condition, f"no earlier row has its `{mine}`")
        return Unavoidable(f"({alias}.first IS NULL)", words)
    if reference.earlier:
        return Unavoidable(f'({row} = (SELECT min("#row") FROM {target}))', "it is in the first row")
    return Unavoidable()


def _parent_field(reading: Reading, reference: Reference) -> str:
    parent = reading.dataset.tables[reference.target].parent
    if parent is None:
        raise ValueError(f"the rows of {reference.target} have no parent, so none of them is anybody's own")
    return parent.field
