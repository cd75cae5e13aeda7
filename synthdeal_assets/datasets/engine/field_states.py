"""Fields of life cycles: the state that a row has reached, and the times at which it came to the states before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from synthdeal_assets.datasets.engine.lifecycles import NOWHERE, LifeCycle
from synthdeal_assets.datasets.spec.dataset import ResolvedField
from synthdeal_assets.foundation.drawing.randomness import BoolArray

if TYPE_CHECKING:
    from synthdeal_assets.datasets.engine.columns import Batch


def states_of(batch: Batch, _field: ResolvedField) -> pl.Series:
    """The state that each row has reached."""
    cycle = _cycle(batch)
    return pl.Series([*cycle.states], dtype=pl.String).gather(cycle.reached(batch.rows))


def reached_rows(batch: Batch, state: str) -> BoolArray:
    """Rows that came to a state, be it the one reached."""
    return _cycle(batch).passed(batch.rows, state)


def time_before(batch: Batch, state: str) -> tuple[pl.Series | None, BoolArray]:
    """The time at which each row came to the state before one, as far as it has a field, and where there is one."""
    cycle, lifecycle = _cycle(batch), batch.table.spec.lifecycle
    assert lifecycle is not None  # noqa: S101  # only fields of a life cycle ask
    before = cycle.before(batch.rows, state, [*lifecycle.times])
    found: pl.Series | None = None
    for number in np.unique(before[before != NOWHERE]):
        times = batch.values(lifecycle.times[cycle.states[number]]).cast(pl.Datetime("us"))
        found = times if found is None else times.zip_with(pl.Series(before == number), found)
    return found, before != NOWHERE


def _cycle(batch: Batch) -> LifeCycle:
    lifecycle, columns, name = batch.table.spec.lifecycle, batch.columns, batch.table.name
    assert lifecycle is not None  # noqa: S101  # resolved

    def make() -> LifeCycle:
        salt = batch.salt(lifecycle.field, "state")
        return LifeCycle(
            lifecycle.start, lifecycle.paths, lifecycle.shares, table_rows=columns.rows_of(name), salt=salt
        )

    cycle: LifeCycle = columns.once(name, "life cycle", make=make)
    return cycle
