"""Where everything meets: rooms, jobs, schedules, sensors and resources become one code location.

Nothing is implemented here. Tests and the command line assemble the same graph with other resources through
`build_definitions`; Dagster loads `defs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import dagster as dg

from synthdeal_assets.foundation.room import derived_from, load_rooms
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.orchestration.jobs import dataset, refresh, retry_failed_scores, whitespace_refresh
from synthdeal_assets.orchestration.schedules import (
    build_dataset_schedule,
    build_monthly_whitespace_refresh,
    build_nightly_refresh,
)
from synthdeal_assets.orchestration.sensors import record_finished_runs_sensor, retry_failed_scores_sensor
from synthdeal_assets.scoring.scorers.make_scorer import make_scorer
from synthdeal_assets.settings import Settings

ROOMS: Final = load_rooms(
    "world",
    "scoring",
    "llm",
    "evaluation",
    "report",
    "sales",
    "whitespace",
    "datasets",
    "orchestration",
)
"""All rooms that make tables, in the order in which a user meets them: lists of phases and of tables keep it. Where two
tables share a name, the first is meant by it and the other needs its schema."""


def build_definitions(
    overrides: Mapping[str, object] | None = None, *, settings: Settings | None = None
) -> dg.Definitions:
    """The code location.

    Args:
        overrides: Resources by name that take the place of the usual ones (`warehouse`, `settings`, `scorer`).
        settings: Settings to build with; read from flags, environment and files when None.

    Raises:
        SynthDealError: A setting is not acceptable.
    """
    settings = settings or Settings.load()
    resources: dict[str, object] = {
        "settings": settings,
        "warehouse": Warehouse.of(settings),
        "scorer": make_scorer,
        "built_on_sales": derived_from(ROOMS, "sales"),
        **(overrides or {}),
    }
    return dg.Definitions(
        assets=[asset for room in ROOMS for asset in room.assets],
        asset_checks=[check for room in ROOMS for check in room.checks],
        jobs=[refresh, retry_failed_scores, whitespace_refresh, dataset],
        schedules=[
            build_nightly_refresh(settings),
            build_monthly_whitespace_refresh(settings),
            build_dataset_schedule(settings),
        ],
        sensors=[retry_failed_scores_sensor, record_finished_runs_sensor],
        resources=resources,
        # The warehouse takes one writing process, and a process costs seconds to start: a run is one process.
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What Dagster loads: built when Dagster asks for it, because the command line builds its own from its flags."""
    return build_definitions()
