"""Fields that are series over the points in time of their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from synthdeal_assets.datasets.engine import series
from synthdeal_assets.datasets.engine.streams import hashes
from synthdeal_assets.datasets.spec.dataset import ResolvedField
from synthdeal_assets.datasets.spec.expressions import Kind

if TYPE_CHECKING:
    from synthdeal_assets.datasets.engine.columns import Batch


def series_values(batch: Batch, field: ResolvedField) -> pl.Series:
    """The level of each row, and what trend, hours, days of the week and noise add to it."""
    spec = field.spec.series
    assert spec is not None  # noqa: S101  # resolved
    calendar = batch.columns.calendar(field.table)
    if batch.table.parent is None:
        owners, positions = np.zeros_like(batch.rows), batch.rows
    else:
        owners, positions = batch.columns.children(field.table).parents_of(batch.rows)
    times = calendar.time_of(positions)
    values = batch.evaluate(field.levels["level"]).cast(pl.Float64)
    added = np.zeros(len(batch))
    if spec.trend is not None:
        start = calendar.time_of(np.zeros(1, dtype=np.int64))[0]
        added += series.trend(times, start, float(spec.trend.amount), spec.trend.unit)
    if spec.daily is not None:
        added += series.daily_wave(times, float(spec.daily.amplitude), spec.daily.peak)
    if spec.weekly:
        added += series.weekly_steps(times, {day: float(step) for day, step in spec.weekly.items()})
    if spec.noise is not None:
        keys = hashes(owners, batch.salt(field.name, "noise"))
        added += series.noise(keys, positions, float(spec.noise.sd), float(spec.noise.memory))
    values = values + pl.Series(added)
    low, high = (None if end is None else float(end) for end in (field.spec.min, field.spec.max))
    step = 10.0 ** -(field.decimals or 0)
    low = None if low is None else float(np.ceil(low / step - 1e-6) * step)
    high = None if high is None else float(np.floor(high / step + 1e-6) * step)
    values = values.clip(low, high).round(field.decimals or 0)
    return values.cast(pl.Int64) if field.kind is Kind.WHOLE else values
