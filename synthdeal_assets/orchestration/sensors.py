"""What is done when something happens: failed scores are retried, runs recorded, tables published.

How often one opportunity is retried and with which pause is decided where failures are written, in the scoring room:
a sensor only looks which are due.
"""

from __future__ import annotations

import hashlib
from typing import Final

import dagster as dg

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, create, query_frame
from synthdeal_assets.orchestration.dead_runs import end_dead_runs, runs_in_progress
from synthdeal_assets.orchestration.jobs import PIPELINE_JOBS, retry_config, retry_failed_scores
from synthdeal_assets.orchestration.published_copy import publish
from synthdeal_assets.orchestration.run_records import record_finished_runs
from synthdeal_assets.scoring.tables import SCORE_FAILURES

# A failure that lies ahead was noted before the clock was set back: waiting for it would take too long.
DUE: Final = (
    "SELECT opportunity_id, attempts FROM scoring.score_failures "
    "WHERE next_attempt_at <= $now OR (next_attempt_at IS NOT NULL AND last_failed_at > $now) ORDER BY opportunity_id"
)


@dg.sensor(
    name="retry_failed_scores_sensor",
    job=retry_failed_scores,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Retries failed opportunities when they are due, with growing pauses, until the maximum number "
    "of attempts.",
)
def retry_failed_scores_sensor(
    context: dg.SensorEvaluationContext, warehouse: Warehouse
) -> dg.RunRequest | dg.SkipReason:
    """One run for all failed opportunities that are due, unless a run of the pipeline is going on."""
    end_dead_runs(context.instance)
    running = runs_in_progress(context.instance, PIPELINE_JOBS, queued=True)
    if running:
        return dg.SkipReason(f"Run {running[0].run_id} of {running[0].job_name} is in progress or next in the queue.")
    if not warehouse.path.exists():
        return dg.SkipReason("There is no warehouse yet.")
    now = utc_now()
    try:
        with warehouse.connect() as connection:
            create(connection, SCORE_FAILURES)
            due = query_frame(connection, DUE, {"now": now})
    except SynthDealError as error:
        return dg.SkipReason(str(error))
    if due.is_empty():
        return dg.SkipReason("No failed opportunity is due.")
    # A run that dies before it scores leaves the list as it was: ask for the same list hourly, not every minute.
    run_key = hashlib.sha256(repr((now.replace(minute=0, second=0, microsecond=0), due.rows())).encode()).hexdigest()
    return dg.RunRequest(run_key=run_key, run_config=retry_config(), tags={"synthdeal/due": str(due.height)})


@dg.sensor(
    name="record_finished_runs_sensor",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Writes a row to ops/runs for every finished run of the pipeline, and publishes the copy "
    "of the warehouse that readers use.",
)
def record_finished_runs_sensor(context: dg.SensorEvaluationContext, warehouse: Warehouse) -> dg.SkipReason:
    """Never launches anything; the skip reason says what was recorded."""
    if runs_in_progress(context.instance, PIPELINE_JOBS):
        return dg.SkipReason("A run is in progress; finished runs are recorded afterwards.")
    try:
        recorded = record_finished_runs(context.instance, warehouse)
        published = publish(context.instance, warehouse)
    except SynthDealError as error:
        return dg.SkipReason(str(error))
    said = f"Recorded {len(recorded)} finished run(s)." if recorded else "No run has finished since the last check."
    return dg.SkipReason(said if published is None else f"{said} Published {published}.")
