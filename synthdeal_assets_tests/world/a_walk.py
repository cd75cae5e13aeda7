"""One world that is walked from day to day, for what must stay as it was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.world.landmark_tables import LANDMARK_TEXTS, LANDMARKS
from synthdeal_assets.world.plan_tables import FORECAST_SNAPSHOTS, QUOTAS
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets.world.tables import USERS
from synthdeal_assets.world.truth_tables import TRUTH_LANDMARKS

SIZE: Final = 120
AS_OF: Final = dt.date(2026, 11, 20)
LATER: Final = (dt.date(2026, 11, 21), dt.date(2027, 1, 4), dt.date(2027, 11, 20))
"""A day, 45 days and a year after AS_OF, which is a Friday."""
STAYING: Final = (LANDMARKS, LANDMARK_TEXTS, TRUTH_LANDMARKS, QUOTAS, FORECAST_SNAPSHOTS)
"""Tables whose rows do not change once they are past."""


@dataclass(frozen=True)
class Walk:
    """Where the walk has come to, and what was seen on it.

    Attributes:
        warehouse: The world of the last day.
        seen: The tables that stay, and the users, on each day.
    """

    warehouse: Warehouse
    seen: Mapping[dt.date, Mapping[Table, pl.DataFrame]]


def spec(as_of: dt.date) -> WorldSpec:
    """The world, on a day."""
    return WorldSpec(7_601, SIZE, as_of)


def staying(warehouse: Warehouse) -> dict[Table, pl.DataFrame]:
    """The tables that stay, and the users, as they are."""
    return {table: warehouse.read_table(table) for table in (*STAYING, USERS)}
