"""Promises about exact shares: values of a list, and flags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

from synthdeal_assets.datasets.certificate.cells import stored_type
from synthdeal_assets.datasets.certificate.exact_shares import exact_counts
from synthdeal_assets.datasets.certificate.promises import Counted, Promise, Reading, called, in_each_row
from synthdeal_assets.datasets.spec.dataset import Dataset, ResolvedField
from synthdeal_assets.datasets.spec.scalars import percent
from synthdeal_assets.foundation.warehouse.statements import sql_literal, sql_name

FEW = 12
"""Values that are counted in the scan of all; more are grouped in a query of their own."""

LISTED = 8
"""Values that a sentence lists."""


def promises_about_shares(dataset: Dataset, field: ResolvedField) -> Iterator[Promise]:
    """All of them, for one field: the values that there may be, and how often each comes."""
    if field.spec.flag is not None:
        shares = {"true": field.spec.flag, "false": 1 - field.spec.flag}
        yield share_promise(dataset, field, shares, f"{percent(field.spec.flag)} of {called(field)} is true")
    elif field.spec.one_of is not None:
        shares = dict(field.spec.one_of)
        reading = Reading(dataset, field.table)
        among = ", ".join(_literal(field, value) for value in shares)
        sentence = f"{called(field)} is one of {_listed([f'{value}' for value in shares])}"
        yield in_each_row(reading, field, "values", sentence, f"{reading.own(field.name)} NOT IN ({among})")
        cycle = dataset.tables[field.table].spec.lifecycle
        if field.spec.unique or (cycle is not None and cycle.field == field.name):
            return
        listed = _listed([f"{percent(share)} {value}" for value, share in shares.items()])
        yield share_promise(dataset, field, shares, f"{called(field)}: {listed}")


def _literal(field: ResolvedField, value: str) -> str:
    return f"CAST({sql_literal(value)} AS {stored_type(field, None)})"


def _listed(texts: Sequence[str]) -> str:
    more = len(texts) - LISTED
    return f"{', '.join(texts[:LISTED])} and {more} more" if more > 1 else ", ".join(texts)


def share_promise(dataset: Dataset, field: ResolvedField, shares: dict[str, Fraction], sentence: str) -> Promise:
    """That each value stands in its exact share of the rows in which the field is there."""
    reading = Reading(dataset, field.table)
    value = reading.own(field.name)
    there = " of the rows where it is there" if field.spec.missing or field.spec.when else ""
    few = len(shares) <= FEW
    counts = tuple(f"count(*) FILTER (WHERE {value} = {_literal(field, one)})" for one in shares) if few else ()
    listed = ", ".join(f"({place}, {_literal(field, one)})" for place, one in enumerate(shares))
    grouped = (
        f"SELECT _listed.place, count({value})\nFROM (VALUES {listed}) AS _listed(place, value)\n"
        f"LEFT JOIN {sql_name(field.table)} ON {value} = _listed.value\nGROUP BY 1\nORDER BY 1"
    )
    return Promise(
        table=field.table,
        field=field.name,
        line=field.line,
        kind="share",
        sentence=sentence,
        expected=_listed([f"{percent(share)} {one}" for one, share in shares.items()]) + there,
        judge=partial(_shared, tuple(shares.items()), few),
        measures=counts,
        statement=None if few else grouped,
    )


def _shared(shares: tuple[tuple[str, Fraction], ...], few: bool, rows: Sequence[tuple[Any, ...]]) -> Counted:
    """`rows`: one with the count of each value, or one for each value."""
    found = [int(each) for each in rows[0]] if few else [int(count) for _, count in rows]
    total = sum(found)
    wanted = exact_counts([share for _, share in shares], total)
    off = [
        f"{value} {count:,} instead of {right:,}"
        for (value, _), count, right in zip(shares, found, wanted, strict=True)
        if count != right
    ]
    names = [value for value, _ in shares]
    return Counted(
        measured=_listed(off or [f"{count:,} of {total:,} {name}" for name, count in zip(names, found, strict=True)]),
        against=-(-sum(abs(count - right) for count, right in zip(found, wanted, strict=True)) // 2),
        expected=_listed([f"{count:,} of {total:,} {name}" for name, count in zip(names, wanted, strict=True)]),
    )
