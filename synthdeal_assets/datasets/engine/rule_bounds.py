"""What rules leave of the range of a field, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from synthdeal_assets.datasets.spec.dataset import ResolvedField
from synthdeal_assets.datasets.spec.expressions import Bound
from synthdeal_assets.foundation.drawing.randomness import BoolArray

if TYPE_CHECKING:
    from synthdeal_assets.datasets.engine.columns import Batch


def bounds_in(batch: Batch, field: ResolvedField) -> list[tuple[Bound, pl.Series, BoolArray]]:
    """The bounds that rules set to a field in each row, and where they do."""
    found = []
    for bound in batch.columns.dependencies.bounds.get((field.table, field.name), ()):
        limits = batch.evaluate(bound.bound)
        there: BoolArray = limits.is_not_null().to_numpy()
        if bound.condition is not None:
            there = there & batch.flags(bound.condition)
        found.append((bound, limits, there))
    return found
