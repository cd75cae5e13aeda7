"""`synthdeal end`: put an end to one run, whether its process lives or not, and to nothing else.

What makes a run dead is decided in `foundation/leases.py`; ending the dead ones before another run starts belongs in
`orchestration/dead_runs.py`.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

import dagster as dg
import psutil

from synthdeal_assets.cli.console import results
from synthdeal_assets.cli.home import dagster_instance
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.dagster_instance.home import CONFIG_NAME
from synthdeal_assets.foundation.leases import LEASE_S, holder_of, process_holding
from synthdeal_assets.foundation.run_process import lease_of
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.ledger.context import JOURNAL_FOLDER
from synthdeal_assets.llm.ledger.dead_executions import take_in_dead
from synthdeal_assets.orchestration.run_records import record_finished_runs
from synthdeal_assets.settings import Settings

GENTLE_END_S: Final = 20.0
"""A run that is asked to end stores what has landed, as with Ctrl-C; one that waits for the operating system cannot."""

HARD_END_S: Final = 5.0
LOOK_EVERY_S: Final = 0.1
REASON: Final = "Ended with `synthdeal end`."


def end_run(settings: Settings, run_id: str) -> int:
    """End a run, take in what it left, and say what was done.

    Args:
        settings: Where everything lives.
        run_id: Its id, or the beginning that `synthdeal status` shows.

    Returns:
        The exit code.

    Raises:
        SynthDealError: No run, or several, begin so; it lives where it cannot be reached from here; or the warehouse is
            held by another process for too long.
    """
    if not (settings.storage.dagster_home / CONFIG_NAME).exists():
        _refuse_unknown(settings, run_id)
    with dagster_instance(settings) as instance:
        run = _found(settings, instance, run_id)
        for line in _end(instance, run):
            results.print(line)
        if settings.storage.warehouse_path.exists():
            _take_in(settings)
            record_finished_runs(instance, Warehouse.of(settings))
    return 0


def _found(settings: Settings, instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRun:
    found = [run for run in instance.get_runs() if run_id and run.run_id.startswith(run_id)]
    if not found:
        _refuse_unknown(settings, run_id)
    if len(found) > 1:
        raise SynthDealError(
            f"{len(found)} runs begin with {run_id} ({found[0].run_id}, {found[1].run_id}, ...): give more of the id.",
            code="end.ambiguous-run",
            usage=True,
        )
    return found[0]


def _refuse_unknown(settings: Settings, run_id: str) -> NoReturn:
    raise SynthDealError(
        f"No run in {settings.storage.home.absolute()} has an id that begins with {run_id!r}: `synthdeal status` shows "
        "the runs that have not finished.",
        code="end.unknown-run",
    )


def _end(instance: dg.DagsterInstance, run: dg.DagsterRun) -> list[str]:
    """End a run; returns what was done."""
    lease = lease_of(instance.root_directory, run.run_id)
    holder = holder_of(lease)
    if run.is_finished and (holder is None or holder.pid == os.getpid()):
        return [f"Run {run.run_id} has already finished ({run.status.value.lower()})."]
    if run.status is dg.DagsterRunStatus.QUEUED:
        instance.report_run_canceled(run, REASON)
        return [f"Run {run.run_id} was waiting in the queue: canceled."]
    if holder is None:
        instance.report_run_failed(run, f"The process of this run was gone. {REASON}")
        return [f"Run {run.run_id} has no living process: marked as failed."]
    process = process_holding(lease)
    if process is None:
        wait = "" if holder.locked else f", or wait until it has given no sign of life for {LEASE_S:.0f} s"
        raise SynthDealError(
            f"Run {run.run_id} lives where this command cannot reach it ({holder}): run `synthdeal end` there{wait}.",
            code="end.lives-elsewhere",
        )
    if not run.is_finished:  # Its process may hang after Dagster has given it up.
        instance.report_run_canceling(run, REASON)
    said = [f"Asked process {process.pid} of run {run.run_id} to end."]
    process.send_signal(signal.SIGINT)
    if not _is_gone(lease, GENTLE_END_S):
        # Its children alone: the group of a process may be that of the script or of the UI that started it.
        with suppress(psutil.NoSuchProcess):
            for each in [*process.children(recursive=True), process]:
                with suppress(psutil.NoSuchProcess):
                    each.kill()
        _is_gone(lease, HARD_END_S)
        said.append(f"It did not within {GENTLE_END_S:.0f} s: killed it and the processes that it had started.")
    now = instance.get_run_by_id(run.run_id)
    if now is not None and not now.is_finished:
        instance.report_run_canceled(now, REASON)
        now = instance.get_run_by_id(run.run_id)
    return [*said, f"The run is over ({now.status.value.lower() if now is not None else 'deleted'})."]


def _is_gone(lease: Path, within_s: float) -> bool:
    """Whether nobody holds a file any more, at the latest after so many seconds."""
    deadline = time.monotonic() + within_s
    while (lives := holder_of(lease) is not None) and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY_S)
    return not lives


def _take_in(settings: Settings) -> None:
    warehouse = Warehouse.of(settings)
    with warehouse.transaction() as connection:
        taken = take_in_dead(connection, warehouse.path.parent / JOURNAL_FOLDER)
    taken.remove()
    if taken.claims or taken.journals:
        results.print(
            f"Released {taken.claims:,} questions that it had claimed, and took {taken.calls:,} requests from its "
            "journal into the ledger."
        )
