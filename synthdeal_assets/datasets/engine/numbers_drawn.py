"""Numbers of a field drawn from its distribution, inside its bounds and those of the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.engine import distributions
from synthdeal_assets.datasets.engine.declared_distributions import distribution_of, whole_numbers_of
from synthdeal_assets.datasets.engine.distributions import LEAST_MASS, Distribution
from synthdeal_assets.datasets.engine.field_correlations import uniforms_of
from synthdeal_assets.datasets.engine.permutation import permute
from synthdeal_assets.datasets.engine.rule_bounds import bounds_in
from synthdeal_assets.datasets.engine.streams import hashes
from synthdeal_assets.datasets.spec.dataset import COUNTED, ResolvedField
from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.foundation.drawing.randomness import BoolArray, FloatArray

if TYPE_CHECKING:
    from synthdeal_assets.datasets.engine.columns import Batch

_PLENTY: Final = 1e-4
"""A share of a distribution that is beyond doubt more than `LEAST_MASS`, however it was rounded."""


def plain_numbers(batch: Batch, field: ResolvedField) -> pl.Series:
    """The numbers of a field as its distribution gives them, whatever they must come to."""
    if field.spec.unique:
        return _unique(batch, field)
    u = uniforms_of(batch, field)
    low, high = _limits(batch, field)
    if field.spec.made_by in COUNTED:
        return pl.Series(_whole(field, u, low, high))
    return pl.Series(_continuous(field, u, low, high)).cast(pl.Int64 if field.kind is Kind.WHOLE else pl.Float64)


def _limits(batch: Batch, field: ResolvedField) -> tuple[FloatArray | float | None, FloatArray | float | None]:
    """The least and the greatest value, one for all rows or, where rules set some, one for each."""
    low: FloatArray | float | None = None if field.spec.min is None else float(field.spec.min)
    high: FloatArray | float | None = None if field.spec.max is None else float(field.spec.max)
    step = 10.0 ** -(field.decimals or 0)
    for bound, limits, there in bounds_in(batch, field):
        ends = limits.cast(pl.Float64).fill_null(0.0).to_numpy()
        if bound.operator in (">", ">=", "="):
            ends_in = np.where(there, ends + step * (bound.operator == ">"), -np.inf)
            low = np.maximum(-np.inf if low is None else low, ends_in)
        if bound.operator in ("<", "<=", "="):
            ends_in = np.where(there, ends - step * (bound.operator == "<"), np.inf)
            high = np.minimum(np.inf if high is None else high, ends_in)
    return low, high


def _continuous(
    field: ResolvedField, u: FloatArray, low: FloatArray | float | None, high: FloatArray | float | None
) -> FloatArray:
    distribution, decimals = distribution_of(field.spec), field.decimals
    if field.spec.uniform is not None:
        # Both ends as likely as any other value: half a step further on either side.
        ends = [float(end) for end in field.spec.uniform]
        half = 10.0 ** -(decimals or 0) / 2
        distribution = distributions.Uniform(ends[0] - half, ends[1] + half)
        low = ends[0] if low is None else np.maximum(low, ends[0])
        high = ends[1] if high is None else np.minimum(high, ends[1])
    if isinstance(low, np.ndarray) or isinstance(high, np.ndarray):
        low, high = _with_room(field, distribution, low, high)
    return distributions.draw(distribution, u, low=low, high=high, decimals=decimals)


def _with_room(
    field: ResolvedField,
    distribution: Distribution,
    low: FloatArray | float | None,
    high: FloatArray | float | None,
) -> tuple[FloatArray | float | None, FloatArray | float | None]:
    """The bounds, but for rows in which they leave nothing: there those of the field, and a rule is broken."""
    least = np.atleast_1d(np.asarray(-np.inf if low is None else low, dtype=np.float64))
    most = np.atleast_1d(np.asarray(np.inf if high is None else high, dtype=np.float64))
    step = 10.0 ** -(field.decimals or 0)
    first, last = np.ceil(least / step - 1e-6), np.floor(most / step + 1e-6)
    none = (first > last) | _without_room(distribution, (first - 0.5) * step, (last + 0.5) * step)
    if not none.any():
        return low, high
    spec = field.spec
    ends = spec.uniform or (spec.min, spec.max)
    return (
        np.where(none, -np.inf if ends[0] is None else float(ends[0]), least),
        np.where(none, np.inf if ends[1] is None else float(ends[1]), most),
    )


def _without_room(distribution: Distribution, least: FloatArray, most: FloatArray) -> BoolArray:
    """Where less than ten times `LEAST_MASS` lies between two bounds.

    Rows that have far more, as a look at one quantile tells, are not worked out: a share costs as much as a draw.
    """
    least, most = np.broadcast_arrays(least, most)
    if not least.size:
        return np.zeros(0, dtype=np.bool_)
    doubtful = np.ones(least.size, dtype=np.bool_)
    if (least == least[0]).all() and (edge := distribution.cdf(least[:1]) + _PLENTY)[0] < 1:
        doubtful = most < distribution.quantile(edge)
    elif (most == most[0]).all() and (edge := distribution.cdf(most[:1]) - _PLENTY)[0] > 0:
        doubtful = least > distribution.quantile(edge)
    none: BoolArray = np.zeros(least.size, dtype=np.bool_)
    none[doubtful] = distribution.cdf(most[doubtful]) - distribution.cdf(least[doubtful]) < 10 * LEAST_MASS
    return none


def _whole(
    field: ResolvedField, u: FloatArray, low: FloatArray | float | None, high: FloatArray | float | None
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    whole = whole_numbers_of(field.spec)
    if not isinstance(low, np.ndarray) and not isinstance(high, np.ndarray):
        return whole.bounded(
            None if low is None else int(np.ceil(low)), None if high is None else int(np.floor(high))
        ).quantile(u)
    cumulated = np.concatenate([[0.0], whole.cumulated])
    least = cumulated[np.searchsorted(whole.values, np.ceil(-np.inf if low is None else low))]
    most = cumulated[np.searchsorted(whole.values, np.floor(np.inf if high is None else high), side="right")]
    none = most - least < LEAST_MASS
    drawn = whole.quantile(np.where(none, u, least + u * (most - least)))
    if not none.any():
        return drawn
    # As `_with_room`: inside its own bounds, so that the rule is broken and the row drawn again.
    ends = [None if end is None else float(end) for end in (field.spec.min, field.spec.max)]
    own = whole.bounded(
        None if ends[0] is None else int(np.ceil(ends[0])), None if ends[1] is None else int(np.floor(ends[1]))
    )
    return np.where(none, own.quantile(u), drawn)


def _unique(batch: Batch, field: ResolvedField) -> pl.Series:
    """Different numbers between two ends, as likely everywhere: places in their range, exchanged by key."""
    assert field.spec.uniform is not None  # noqa: S101  # no other distribution takes `unique`
    unit = 10 ** (field.decimals or 0)
    low, high = (int(end * unit) for end in field.spec.uniform)
    key = hashes(np.zeros(1, dtype=np.int64), batch.salt(field.name, "unique"))
    units = low + permute(batch.rows, high - low + 1, key)
    return pl.Series(units) if field.kind is Kind.WHOLE else pl.Series(units / float(unit))
