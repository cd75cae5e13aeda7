"""Runs that Dagster shows as running though their process is gone, and putting an end to them.

After `kill -9`, a power cut or a closed laptop nobody tells Dagster that the run is over. Whoever starts a run, or
would skip because one is running, ends the dead ones first. Which process a run lived in is the business of
`foundation/run_process.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from synthdeal_assets.foundation.dagster_instance.dagster_internals import IN_PROGRESS_RUN_STATUSES
from synthdeal_assets.foundation.leases import remove_dead
from synthdeal_assets.foundation.run_process import FOLDER, process_is_gone


def end_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark every run as failed whose process has certainly ended.

    Returns:
        The ids of the runs that were ended, the oldest first.
    """
    ended = []
    for run in reversed(_runs(instance, [*IN_PROGRESS_RUN_STATUSES, dg.DagsterRunStatus.NOT_STARTED])):
        if process_is_gone(instance.root_directory, run.run_id, run.tags):
            instance.report_run_failed(
                run, "The process of this run terminated unexpectedly (it was killed, or the machine went down)."
            )
            ended.append(run.run_id)
    remove_dead(Path(instance.root_directory) / FOLDER)
    return ended


def runs_in_progress(
    instance: dg.DagsterInstance, job_names: frozenset[str] | None = None, *, queued: bool = False
) -> list[dg.DagsterRun]:
    """Runs that Dagster takes for unfinished, the newest first.

    Args:
        instance: Where Dagster keeps its history.
        job_names: Only runs of these jobs; of all when None.
        queued: Runs that wait in the queue too. Not for whoever waits for them: without a daemon they never start.
    """
    waiting = [dg.DagsterRunStatus.QUEUED] if queued else []
    runs = _runs(instance, [*IN_PROGRESS_RUN_STATUSES, *waiting])
    return [run for run in runs if job_names is None or run.job_name in job_names]


def _runs(instance: dg.DagsterInstance, statuses: Sequence[dg.DagsterRunStatus]) -> Sequence[dg.DagsterRun]:
    return instance.get_runs(filters=dg.RunsFilter(statuses=list(statuses)))
