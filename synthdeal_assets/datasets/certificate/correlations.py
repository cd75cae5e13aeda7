"""Promises about fields that go with each other: rank correlations, within what chance leaves of them.

The tolerance is that of Fisher's z of a rank correlation r, whose standard deviation is sqrt((1 + r^2 / 2) / (n - 3))
(Bonett, D. G., and Wright, T. A., 2000, Sample size requirements for estimating Pearson, Kendall and Spearman
correlations, Psychometrika 65). Rows that share the other field's row count as Kish's effective number of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

from synthdeal_assets.datasets.certificate.promises import Counted, Promise, Reading, rows_of
from synthdeal_assets.datasets.certificate.redrawn import moved_fields
from synthdeal_assets.datasets.spec.dataset import Dataset, ResolvedCorrelation, ResolvedTable
from synthdeal_assets.datasets.spec.expressions import Path
from synthdeal_assets.foundation.warehouse.statements import sql_name, statement

DEVIATIONS: Final = 6.2
"""Standard deviations that a correlation may be off by: chance goes beyond them in less than one of 10^9 datasets."""

FEWEST_ROWS: Final = 10
"""Rows below which a correlation says nothing."""


def promises_about_correlations(dataset: Dataset, table: ResolvedTable) -> Iterator[Promise]:
    """All of them that can be counted, for one table."""
    for each in table.correlations:
        if why_not(dataset, table, each) is None:
            yield _correlated(dataset, table, each)


def why_not(dataset: Dataset, table: ResolvedTable, correlation: ResolvedCorrelation) -> str | None:
    """Why a correlation cannot be told from the files; None where it can."""
    named = f"correlation of {table.name}.{correlation.field} with {correlation.other}"
    if not correlation.ranks:
        return f"the {named}, which a few large values decide"
    _, other = dataset.followed(table.name, correlation.other)
    if any(each.when is not None for each in (table.fields[correlation.field], other)):
        return f"the rank {named}, as `when` chooses the rows in which both are there"
    moved = moved_fields(dataset, table.name)
    if correlation.field in moved:
        return f"the rank {named}, which {moved[correlation.field]} as well"
    if len(correlation.other.parts) == 1 and correlation.other.parts[0] in moved:
        return f"the rank {named}, which {moved[correlation.other.parts[0]]} as well"
    return None


def _correlated(dataset: Dataset, table: ResolvedTable, correlation: ResolvedCorrelation) -> Promise:
    reading = Reading(dataset, table.name)
    mine, other = reading.own(correlation.field), reading.column(correlation.other)
    through = correlation.other.parts[:-1]
    owner = reading.column(Path(through)) if through else f'{sql_name(table.name)}."#row"'
    return Promise(
        table=table.name,
        field=correlation.field,
        line=correlation.line,
        kind="correlation",
        sentence=f"the rank correlation of {table.name}.{correlation.field} with {correlation.other} is "
        f"{correlation.value:f}",
        expected=f"{correlation.value:f}",
        judge=partial(_judged, float(correlation.value)),
        statement=statement(
            __package__,
            "certificate/rank_correlation.sql",
            rows=rows_of(table.name, tuple(reading.joins)),
            mine=mine,
            other=other,
            owner=owner,
        ),
    )


def _judged(asked: float, rows: Sequence[tuple[Any, ...]]) -> Counted:
    """`rows`: one with the correlation of the ranks, the rows, their effective number, and what ties leave of each."""
    found, number, effective, mine, other = rows[0]
    if found is None or math.isnan(found) or number < FEWEST_ROWS or effective <= 3:
        return Counted(f"{number:,} rows, too few to tell", 0)
    spread = DEVIATIONS * math.sqrt((1 + asked * asked / 2) / (float(effective) - 3))
    middle = math.atanh(max(-0.999999, min(0.999999, asked)))
    least, most = math.tanh(middle - spread), math.tanh(middle + spread)
    # Values that come often have no rank among themselves, which leaves less of a correlation.
    tied = math.sqrt(min(1.0, float(mine)) * min(1.0, float(other)))
    if asked > 0:
        least -= asked * (1 - tied)
    else:
        most -= asked * (1 - tied)
    held = least <= found <= most
    return Counted(f"{found:.3f}", 0 if held else 1, f"{least:.3f} to {most:.3f}")
