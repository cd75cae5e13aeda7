"""Promises about references: that they name a row, and which."""

from __future__ import annotations

from collections.abc import Iterator

from synthdeal_assets.datasets.certificate.promises import (
    ROW,
    Promise,
    Reading,
    called,
    in_each_row,
    key_of,
)
from synthdeal_assets.datasets.certificate.tables import unique
from synthdeal_assets.datasets.spec.dataset import Dataset, ResolvedField
from synthdeal_assets.foundation.warehouse.statements import sql_name


def promises_about_reference(dataset: Dataset, field: ResolvedField) -> Iterator[Promise]:
    """All of them, for one field; none where it is no reference."""
    reference = field.reference
    if reference is None:
        return
    target = reference.target
    reading = Reading(dataset, field.table)
    value, other = reading.own(field.name), reading.referred(reference)
    key = f"{other}.{sql_name(key_of(dataset, target))}"
    yield in_each_row(
        reading,
        field,
        "reference",
        f"{called(field)} names a row of {target}",
        f"({value} IS NOT NULL AND {key} IS NULL)",
    )
    found = f"{key} IS NOT NULL"
    for same in reference.same:
        differs = f"{other}.{sql_name(same)} IS DISTINCT FROM {reading.own(same)}"
        sentence = f"{called(field)} names a row of {target} with the same `{same}`"
        yield in_each_row(reading, field, "same", sentence, f"({found} AND {differs})")
    if reference.own and (parent := dataset.tables[target].parent) is not None:
        mine = reading.own(key_of(dataset, field.table))
        differs = f"{other}.{sql_name(parent.field)} IS DISTINCT FROM {mine}"
        sentence = f"{called(field)} names one of its own {target}"
        yield in_each_row(reading, field, "own", sentence, f"({found} AND {differs})")
    if reference.earlier:
        sentence = f"{called(field)} names an earlier row"
        yield in_each_row(reading, field, "earlier", sentence, f"({found} AND {other}.{ROW} >= {reading.row})")
    if reference.distinct is not None:
        yield unique(
            field.table,
            (reference.distinct, field.name),
            kind="distinct",
            sentence=f"rows of {field.table} with the same `{reference.distinct}` name different rows of {target}",
            about=field.name,
            line=field.line,
        )
