"""Promises about semantic types: the form of their values, and what agrees with the fields beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from synthdeal_assets.datasets.certificate.promises import Promise, Reading, called, in_each_row
from synthdeal_assets.datasets.spec.dataset import Dataset, ResolvedField
from synthdeal_assets.datasets.types.catalogue import lookup_tables
from synthdeal_assets.datasets.types.entities import beside
from synthdeal_assets.datasets.types.semantic_type import SIBLING
from synthdeal_assets.foundation.warehouse.statements import sql_literal


def promises_about_type(dataset: Dataset, field: ResolvedField) -> Iterator[Promise]:
    """All of them, for one field; none where it has no type, or its type says nothing that can be counted."""
    if field.type is None:
        return
    if field.type.valid is not None and field.spec.one_of is None:
        reading = Reading(dataset, field.table)
        yield _holds(reading, field, field.type.valid, {}, f"{called(field)} is a {field.type.name}")
    for agreement in field.type.agreements:
        reading = Reading(dataset, field.table)
        named = dict.fromkeys(SIBLING.findall(agreement))
        others = {name: _other(reading, field, name) for name in named}
        found = {name: other for name, other in others.items() if other is not None}
        if len(found) == len(named):
            words = " and ".join(other.words for other in found.values())
            yield _holds(reading, field, agreement, found, f"{called(field)} agrees with {words or 'itself'}")


@dataclass(frozen=True, slots=True)
class _Other:
    """What a value agrees with.

    Attributes:
        sql: Its SQL.
        words: What it is called.
    """

    sql: str
    words: str


def _other(reading: Reading, field: ResolvedField, name: str) -> _Other | None:
    """What stands for a type in an agreement: an option of that name, else the field that is followed; None without."""
    last = name.rpartition(".")[2]
    if last in field.options:
        return _Other(reading.sql(field.options[last]), f"`{field.spec.options[last]}`")
    if any(last.startswith(f"{option}_") for option in field.options):
        # An option says something else than what stands beside: `country` than the code of another country.
        return None
    found = beside(reading.dataset.tables[field.table].fields, field.name, name)
    return None if found is None else _Other(reading.own(found), f"`{found}`")


def _holds(
    reading: Reading, field: ResolvedField, condition: str, others: Mapping[str, _Other], sentence: str
) -> Promise:
    """That a condition is not FALSE where all values are there: with one that is missing there is nothing to agree."""
    stands_on = f"DATE {sql_literal(str(reading.dataset.stands_on))}"
    sql = condition.replace("{value}", reading.own(field.name)).replace("{as_of}", stands_on)
    sql = SIBLING.sub(lambda found: others[found["type"]].sql, sql)
    kind = "agreement" if others else "type"
    there = " AND ".join(f"{each} IS NOT NULL" for each in (reading.own(field.name), *(o.sql for o in others.values())))
    return in_each_row(reading, field, kind, sentence, f"({there} AND NOT ({sql}))")


def needed_tables(dataset: Dataset) -> dict[str, pl.DataFrame]:
    """The tables that the types of a dataset are compared with, by name."""
    texts = "\n".join(
        text
        for table in dataset.tables.values()
        for field in table.fields.values()
        if field.type is not None
        for text in (field.type.valid or "", *field.type.agreements)
    )
    return {name: make() for name, make in lookup_tables().items() if name in texts}
