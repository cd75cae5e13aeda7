"""All promises of a specification, and what of it no count of the files can tell."""

from __future__ import annotations

from collections.abc import Iterator

from synthdeal_assets.datasets.certificate.blemishes import promises_about_blemishes
from synthdeal_assets.datasets.certificate.correlations import promises_about_correlations, why_not
from synthdeal_assets.datasets.certificate.courses import promises_about_series, why_no_course
from synthdeal_assets.datasets.certificate.distributions import (
    promises_about_counts,
    promises_about_distribution,
    why_not_counted,
    why_not_drawn,
    why_not_popular,
)
from synthdeal_assets.datasets.certificate.fields import promises_about_field
from synthdeal_assets.datasets.certificate.lifecycles import promises_about_life_cycle
from synthdeal_assets.datasets.certificate.promises import Promise, Reading, in_each_row
from synthdeal_assets.datasets.certificate.references import promises_about_reference
from synthdeal_assets.datasets.certificate.roll_ups import promises_about_roll_up
from synthdeal_assets.datasets.certificate.shares import promises_about_shares
from synthdeal_assets.datasets.certificate.tables import promises_about_table
from synthdeal_assets.datasets.certificate.totals import promises_about_totals
from synthdeal_assets.datasets.certificate.types import promises_about_type
from synthdeal_assets.datasets.spec.dataset import Dataset, ResolvedTable


def promises_of(dataset: Dataset) -> list[Promise]:
    """Every statement of a specification that can be recounted from the files, in its order."""
    return list(_promises(dataset))


def _promises(dataset: Dataset) -> Iterator[Promise]:
    for table in dataset.tables.values():
        yield from promises_about_table(dataset, table)
        yield from promises_about_counts(dataset, table)
        for field in table.fields.values():
            yield from promises_about_field(dataset, field)
            yield from promises_about_reference(dataset, field)
            yield from promises_about_shares(dataset, field)
            yield from promises_about_distribution(dataset, field)
            yield from promises_about_series(dataset, field)
            yield from promises_about_roll_up(dataset, field)
            yield from promises_about_type(dataset, field)
        yield from _rules(dataset, table)
        yield from promises_about_totals(dataset, table)
        yield from promises_about_correlations(dataset, table)
        yield from promises_about_life_cycle(dataset, table)
        yield from promises_about_blemishes(dataset, table)


def _rules(dataset: Dataset, table: ResolvedTable) -> Iterator[Promise]:
    for number, rule in enumerate(table.rules, 1):
        reading = Reading(dataset, table.name)
        broken = f"NOT {reading.sql(rule.rule.held)}"
        sentence = f"rule {number} of {table.name}: {rule.text}"
        yield in_each_row(reading, None, "rule", sentence, broken, line=rule.line)


def not_recountable(dataset: Dataset) -> list[str]:
    """What a specification says that the files do not show, one sentence each."""
    return list(_not_recountable(dataset))


def _not_recountable(dataset: Dataset) -> Iterator[str]:
    for table in dataset.tables.values():
        reasons = [why_not_counted(dataset, table), *(why_not(dataset, table, each) for each in table.correlations)]
        for field in table.fields.values():
            reasons += [why_not_drawn(dataset, field), why_not_popular(dataset, field), why_no_course(dataset, field)]
        yield from (reason for reason in reasons if reason is not None)
