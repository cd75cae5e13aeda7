"""What one run did, counted from Dagster's own history of it.

It is what stands in summary.json of the run log. What the warehouse knows of a run (costs, the day of its world) does
not belong here.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import dagster as dg

from synthdeal_assets.foundation.timestamps import utc

ENDED: Final = {
    dg.DagsterEventType.RUN_SUCCESS: "success",
    dg.DagsterEventType.RUN_FAILURE: "failure",
    dg.DagsterEventType.RUN_CANCELED: "canceled",
}
"""The events that end a run, and the status they leave it in."""

SCALARS: Final = (
    dg.IntMetadataValue,
    dg.FloatMetadataValue,
    dg.BoolMetadataValue,
    dg.TextMetadataValue,
    dg.PathMetadataValue,
    dg.UrlMetadataValue,
    dg.TimestampMetadataValue,
)


@dataclass(frozen=True)
class RunSummary:
    """What one run did.

    Attributes:
        run_id: Dagster's id of the run.
        job: Name of its job.
        status: "success", "failure" or "canceled"; while it goes on, Dagster's word for its state ("started").
        started_at: When its process began with it, UTC; None when it never began.
        finished_at: When it ended, UTC; None while it goes on.
        duration_s: Seconds between the two; None when one of them is unknown.
        events: Number of Dagster events by type; lines that were only logged are not events.
        materialisations: Number of materialisations by asset ("crm/opportunities"), each partition counted.
        figures: Numbers that an asset reported with its last materialisation without a partition, by asset and name
            (for scores: asked, scored, failed).
        checks_passed: Asset checks that passed.
        checks_failed: Asset checks that did not pass, as "asset: check", in the order in which they reported.
        failed_steps: Steps that failed, in the order in which they did.
    """

    run_id: str
    job: str
    status: str
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    duration_s: float | None
    events: Mapping[str, int]
    materialisations: Mapping[str, int]
    figures: Mapping[str, Mapping[str, float]]
    checks_passed: int
    checks_failed: tuple[str, ...]
    failed_steps: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The summary as JSON knows it, times in ISO 8601."""
        return {
            name: value.isoformat() if isinstance(value, dt.datetime) else value
            for name, value in dataclasses.asdict(self).items()
        }


def summarise_run(instance: dg.DagsterInstance, run_id: str) -> RunSummary:
    """Count what Dagster recorded of a run, finished or not.

    Raises:
        ValueError: Dagster knows no such run.
    """
    run = instance.get_run_by_id(run_id)
    if run is None:
        raise ValueError(f"Dagster knows no run {run_id}")
    status = run.status.value.lower()
    started_at = finished_at = None
    events: Counter[str] = Counter()
    materialisations: Counter[str] = Counter()
    figures: dict[str, dict[str, float]] = defaultdict(dict)
    checks: dict[str, bool] = {}
    failed_steps: dict[str, None] = {}
    for entry in instance.all_logs(run_id):
        event = entry.dagster_event
        if event is None:
            continue
        kind = event.event_type
        events[kind.name] += 1
        if kind == dg.DagsterEventType.RUN_START:
            started_at = utc(entry.timestamp)
        elif kind in ENDED:
            status, finished_at = ENDED[kind], utc(entry.timestamp)
        elif kind == dg.DagsterEventType.ASSET_MATERIALIZATION and event.asset_key is not None:
            asset = event.asset_key.to_user_string()
            materialisations[asset] += 1
            if event.partition is None:
                figures[asset] = _numbers(event.step_materialization_data.materialization.metadata)
        elif kind == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            checks[f"{check.asset_key.to_user_string()}: {check.check_name}"] = check.passed
        elif kind == dg.DagsterEventType.STEP_FAILURE and event.step_key is not None:
            failed_steps[event.step_key] = None
    return RunSummary(
        run_id=run_id,
        job=run.job_name,
        status=status,
        started_at=started_at,
        finished_at=finished_at,
        duration_s=None
        if started_at is None or finished_at is None
        else round((finished_at - started_at).total_seconds(), 3),
        events=dict(sorted(events.items())),
        materialisations=dict(sorted(materialisations.items())),
        figures={asset: numbers for asset, numbers in sorted(figures.items()) if numbers},
        checks_passed=sum(checks.values()),
        checks_failed=tuple(check for check, passed in checks.items() if not passed),
        failed_steps=tuple(failed_steps),
    )


def scalars(metadata: Mapping[str, dg.MetadataValue[Any]]) -> dict[str, str | float | None]:
    """The metadata that are a number or a short text; tables, Markdown and JSON are left out."""
    return {name: value.value for name, value in metadata.items() if isinstance(value, SCALARS)}


def _numbers(metadata: Mapping[str, dg.MetadataValue[Any]]) -> dict[str, float]:
    return {
        name.rpartition("/")[2]: value.value
        for name, value in metadata.items()
        if isinstance(value, dg.IntMetadataValue | dg.FloatMetadataValue) and value.value is not None
    }
