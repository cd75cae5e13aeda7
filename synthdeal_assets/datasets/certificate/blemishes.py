"""Promises about what is dirty on purpose: how many cells, that each is another than it was, and in the way declared.

That nothing else is dirty follows from the other promises, which are counted with the clean values in place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from typing import Any, Final

from synthdeal_assets.datasets.certificate.cells import MISFIT
from synthdeal_assets.datasets.certificate.clean_views import marks_of
from synthdeal_assets.datasets.certificate.exact_shares import nearest
from synthdeal_assets.datasets.certificate.promises import Counted, Promise, called, key_text
from synthdeal_assets.datasets.certificate.rows_against import counted_against
from synthdeal_assets.datasets.spec.dataset import DUPLICATES, Dataset, ResolvedField, ResolvedTable
from synthdeal_assets.datasets.spec.expressions.numbers import double
from synthdeal_assets.datasets.spec.grammar_tables import FieldBlemishes
from synthdeal_assets.datasets.spec.scalars import percent
from synthdeal_assets.foundation.warehouse.statements import sql_literal, sql_name, statement

USUAL_DISTANCE: Final = 6.0
"""Standard deviations that outliers lie from the mean where a specification names none."""

_WAYS: Final = {
    "missing": "file_text IS NULL",
    "stray_blanks": "replace(file_text, ' ', '') = replace(clean_value, ' ', '')",
    "typo": "levenshtein(file_text, clean_value) BETWEEN 1 AND 2",
}
"""What a dirty cell is, seen from the clean one; of other kinds nothing more is said than that it differs."""


def promises_about_blemishes(dataset: Dataset, table: ResolvedTable) -> Iterator[Promise]:
    """All of them, for one table."""
    blemishes = table.spec.blemishes
    if blemishes is None:
        return
    if blemishes.duplicates is not None:
        yield _count(table, None, DUPLICATES, blemishes.duplicates)
        yield _copies(dataset, table)
    for name, dirty in blemishes.fields.items():
        field = table.fields[name]
        for kind, share in dirty.shares.items():
            yield _count(table, field, kind, share)
            yield _differ(dataset, field, kind, dirty)
    yield _recorded(dataset, table)


def _count(table: ResolvedTable, field: ResolvedField | None, kind: str, share: Fraction) -> Promise:
    name, where = sql_name(table.name), "field IS NULL" if field is None else f"field = {sql_literal(field.name)}"
    what = f"rows of {table.name} that are there twice" if field is None else f"{kind} in {called(field)}"
    return Promise(
        table=table.name,
        field=None if field is None else field.name,
        line=table.line if field is None else field.line,
        kind="blemishes",
        sentence=f"{what}: {percent(share)} of the rows",
        expected=percent(share),
        judge=partial(_as_many, share),
        statement=(
            f'SELECT count(*), (SELECT count(*) FROM {name})\nFROM files."_blemishes"\n'
            f'WHERE "table" = {sql_literal(table.name)} AND {where} AND kind = {sql_literal(kind)}'
        ),
    )


def _as_many(share: Fraction, rows: Sequence[tuple[Any, ...]]) -> Counted:
    """`rows`: one with the blemishes that are recorded, and the rows that there are without copies."""
    found, clean_rows = (int(each) for each in rows[0])
    wanted = nearest(share, clean_rows)
    return Counted(f"{found:,} of {clean_rows:,}", abs(found - wanted), f"{wanted:,} of {clean_rows:,}")


def _differ(dataset: Dataset, field: ResolvedField, kind: str, dirty: FieldBlemishes) -> Promise:
    way = _WAYS.get(kind, "TRUE")
    words = f"each of the {kind} recorded for {called(field)} is there"
    if kind == "outliers":
        by = USUAL_DISTANCE if dirty.by is None else float(dirty.by)
        words += f", at least {by:g} sd from the mean"
        way = f"abs(CAST(file_value AS DOUBLE) - mean) >= {double(by * (1 - 1e-9))} * sd"
    moments = kind == "outliers"
    return Promise(
        table=field.table,
        field=field.name,
        line=field.line,
        kind="blemished",
        sentence=words,
        expected="no row breaks it",
        judge=counted_against,
        statement=statement(
            __package__,
            "certificate/blemished_cells.sql",
            table=field.table,
            field=field.name,
            misfit=MISFIT + field.name,
            kind=kind,
            moments=moments,
            way=way,
            called=key_text(dataset, field.table),
        ),
    )


def _copies(dataset: Dataset, table: ResolvedTable) -> Promise:
    return Promise(
        table=table.name,
        field=None,
        line=table.line,
        kind="blemished",
        sentence=f"each row of {table.name} that is recorded as a copy equals another one in the file",
        expected="no row breaks it",
        judge=counted_against,
        statement=statement(
            __package__,
            "certificate/copies.sql",
            table=table.name,
            fields=list(table.fields),
            marks=marks_of(table.name),
            called=key_text(dataset, table.name, "_file"),
        ),
    )


def _recorded(dataset: Dataset, table: ResolvedTable) -> Promise:
    """That what is recorded is declared, and names a row by its position and its key."""
    blemishes = table.spec.blemishes
    declared: list[tuple[str | None, str]] = (
        [] if blemishes is None or blemishes.duplicates is None else [(None, DUPLICATES)]
    )
    for name, dirty in ({} if blemishes is None else blemishes.fields).items():
        declared += [(name, kind) for kind in dirty.shares]
    return Promise(
        table=table.name,
        field=None,
        line=table.line,
        kind="blemished",
        sentence=f"each blemish recorded for {table.name} is one that is declared, of a row with its key",
        expected="no row breaks it",
        judge=counted_against,
        statement=statement(
            __package__,
            "certificate/recorded_blemishes.sql",
            table=table.name,
            declared=", ".join(
                f"({'NULL' if name is None else sql_literal(name)}, {sql_literal(kind)})" for name, kind in declared
            ),
            clean_key=key_text(dataset, table.name, "_clean"),
            file_key=key_text(dataset, table.name, "_file"),
        ),
    )
