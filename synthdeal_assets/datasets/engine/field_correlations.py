"""Fields that go with others: their draws are tied to those of the others before they become values."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from synthdeal_assets.datasets.engine.correlations import (
    Dependence,
    Quantiles,
    correlated_uniforms,
    dependences,
    exact_values_by_score,
    latent_of_rank,
    mid_ranks,
    solved_latent,
)
from synthdeal_assets.datasets.engine.declared_distributions import quantiles_of, whole_numbers_of
from synthdeal_assets.datasets.engine.distributions import normal_quantile
from synthdeal_assets.datasets.engine.streams import hashes, uniforms
from synthdeal_assets.datasets.spec.dataset import COUNTED, ResolvedCorrelation, ResolvedField, ResolvedTable
from synthdeal_assets.datasets.spec.expressions import Path
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.drawing.randomness import FloatArray, IntArray

if TYPE_CHECKING:
    from synthdeal_assets.datasets.engine.columns import Batch, Columns


def uniforms_of(batch: Batch, field: ResolvedField) -> FloatArray:
    """The number of (0, 1) that each row's value is the quantile of."""
    own = uniforms(batch.keys(field.name, "value"))
    dependence = _dependences(batch.columns, batch.table).get(field.name)
    if dependence is None:
        return own
    return correlated_uniforms(own, [_scores(batch, Path(tuple(on.split(".")))) for on in dependence.on], dependence)


def correlated_flags(batch: Batch, field: ResolvedField, share: Fraction) -> IntArray | None:
    """0 where a flag that goes with other fields is set, in its exact count; None where it goes with none."""
    dependence = _dependences(batch.columns, batch.table).get(field.name)
    if dependence is None:
        return None

    def scores(rows: IntArray) -> FloatArray:
        some = batch.columns.batch(field.table, rows)
        own = uniforms(hashes(rows, batch.salt(field.name, "value")))
        others = [_scores(some, Path(tuple(on.split(".")))) for on in dependence.on]
        # The highest scores first, so that a positive correlation sets the flag where the others are high.
        return -normal_quantile(correlated_uniforms(own, others, dependence))

    return exact_values_by_score(batch.rows, batch.columns.rows_of(field.table), (share, 1 - share), scores)


def require_correlations(columns: Columns, table: ResolvedTable) -> None:
    """Refuse correlations that exclude each other or that no coupling of the fields has.

    Raises:
        SynthDealError: Such are declared ("datasets.correlations", "datasets.correlation-out-of-reach").
    """
    _dependences(columns, table)


def _dependences(columns: Columns, table: ResolvedTable) -> dict[str, Dependence]:
    if not table.correlations:
        return {}
    found: dict[str, Dependence] = columns.once(table.name, "dependences", make=lambda: _found(columns, table))
    return found


def _found(columns: Columns, table: ResolvedTable) -> dict[str, Dependence]:
    names = dict.fromkeys(str(each.other) for each in table.correlations if len(each.other.parts) > 1)
    order = [*names, *table.fields]
    latent = {}
    for each in table.correlations:
        mine = table.fields[each.field]
        _, theirs = columns.dataset.followed(table.name, each.other)
        latent[each.field, str(each.other)] = _latent(each, mine, theirs)
    return dependences(order, latent)


def _latent(correlation: ResolvedCorrelation, mine: ResolvedField, theirs: ResolvedField) -> float:
    """The correlation of the scores that comes to the one asked for between the fields."""
    asked, names = float(correlation.value), (correlation.field, str(correlation.other))
    for name, field in zip(names, (mine, theirs), strict=True):
        least, most = _values(field)(np.array([2.0**-53, 1 - 2.0**-53]))
        if least == most:
            raise SynthDealError(
                f"`{name}` has one value only, so that nothing goes with it: leave out the correlation of "
                f"{names[0]} and {names[1]}.",
                code="datasets.correlation-of-one-value",
                usage=True,
            )
    if not correlation.ranks:
        return solved_latent(asked, _values(mine), _values(theirs), names)
    if _has_ties(mine) or _has_ties(theirs):
        return solved_latent(asked, _ranks(mine), _ranks(theirs), names)
    return latent_of_rank(asked)


def _has_ties(field: ResolvedField) -> bool:
    return field.spec.made_by in COUNTED or field.spec.flag is not None


def _values(field: ResolvedField) -> Quantiles:
    if field.spec.flag is not None:
        share = float(field.spec.flag)
        return lambda u: (u > 1 - share).astype(np.float64)
    return quantiles_of(field)


def _ranks(field: ResolvedField) -> Quantiles:
    if field.spec.flag is not None:
        return mid_ranks([1 - float(field.spec.flag), 1.0])
    return mid_ranks(whole_numbers_of(field.spec).cumulated) if _has_ties(field) else lambda u: u


def _scores(batch: Batch, path: Path) -> FloatArray:
    """The normal score of a drawn field behind references; 0 where a reference refers to nothing."""
    field = batch.table.fields[path.parts[0]]
    if len(path.parts) == 1:
        u = uniforms_of(batch, field)
        # A flag that goes with nothing is set where its number is least: turned round, high ones go with it.
        turned = field.spec.flag is not None and field.name not in _dependences(batch.columns, batch.table)
        return normal_quantile(1 - u if turned else u)
    assert field.reference is not None  # noqa: S101  # resolved
    if str(path) not in batch.scores:
        behind, positions, there = batch.follow(field.reference)
        scores = _scores(behind, Path(path.parts[1:])) if len(behind) else np.zeros(1)
        batch.scores[str(path)] = np.where(there, scores[positions], 0.0)
    return batch.scores[str(path)]
