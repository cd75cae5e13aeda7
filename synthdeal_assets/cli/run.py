"""`synthdeal run`: the job `refresh` in this process, with its progress, and what came out of it.

What a job does is decided by the code location; the same jobs run from the UI, by schedule and by sensor. What they
share with `synthdeal retry` is here too.
"""

from __future__ import annotations

import datetime as dt
import logging
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster._core.utils import make_new_run_id

from synthdeal_assets.cli.console import messages, results, warnings
from synthdeal_assets.cli.failures import describe_step_error, is_interruption
from synthdeal_assets.cli.home import only_run, opened_home
from synthdeal_assets.cli.progress import PHASES, SCORES_KEY, RunProgress, SoFar
from synthdeal_assets.cli.spending import spending
from synthdeal_assets.cli.summary import print_summary
from synthdeal_assets.definitions import build_definitions
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.compute_logs import echo_off, terminal
from synthdeal_assets.foundation.redaction import redact
from synthdeal_assets.foundation.run_summary import scalars
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.warehouse import Warehouse, table_exists
from synthdeal_assets.orchestration.in_process import run_in_process
from synthdeal_assets.orchestration.jobs import REFRESH, RETRY_FAILED_SCORES, refresh_config, retry_config
from synthdeal_assets.orchestration.run_records import record_finished_runs
from synthdeal_assets.scoring.pending import Only, pending_inputs
from synthdeal_assets.scoring.scorers import make_scorer
from synthdeal_assets.scoring.tables import SCORE_FAILURES
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.spec import Wishes, existing_spec, resolve_spec
from synthdeal_assets.world.tables import WORLD

QUIET: Final = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Run config that keeps Dagster's own log off the terminal; it is in the history and in the run log all the same."""

COUNT_FAILED: Final = "SELECT count(*) FROM scoring.score_failures WHERE run_id = ?"


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run that ended well.

    Attributes:
        run_id: Its id.
        scoring: What `scoring/opportunity_scores` reported of it, numbers and short texts by name; empty when it was
            not in the run.
    """

    run_id: str
    scoring: Mapping[str, str | float | None]


def run_refresh(settings: Settings, *, verbose: bool) -> int:
    """Run the whole pipeline and print what came out of it.

    Returns:
        The exit code.

    Raises:
        SynthDealError: Something a user can act on was in the way; what was in the warehouse before is still there.
        KeyboardInterrupt: The user ended it; the run is marked as canceled.
    """
    started = time.monotonic()
    make_scorer(settings)  # What it needs and does not find is said before any work starts.
    with opened_home(settings) as instance, only_run(settings, instance):
        require_same_world(settings)
        done = run_job(settings, build_definitions(settings=settings), instance, verbose=verbose)
    print_summary(results, settings, done.run_id, done.scoring, seconds=time.monotonic() - started)
    return 0


def require_same_world(settings: Settings) -> None:
    """Refuse another world than the one in the warehouse before any work starts, unless it may be replaced.

    Raises:
        SynthDealError: It is another one, or the warehouse cannot be opened.
    """
    if settings.warehouse_path.exists():
        today = dt.datetime.now(ZoneInfo(settings.timezone)).date()
        resolve_spec(Wishes(), settings, existing_spec(Warehouse.of(settings).read_table(WORLD)), today)


def run_job(
    settings: Settings,
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    *,
    only: Only = "pending",
    assets: Sequence[dg.AssetKey] | None = None,
    verbose: bool,
) -> FinishedRun:
    """Run the job `refresh`, or some of its assets, or a retry, in this process, and show how far it is.

    Args:
        settings: What was asked for; what somebody set becomes the run's config, so that a re-execution is alike.
        definitions: The code location.
        instance: Where the run is recorded.
        only: "pending" for the whole pipeline; otherwise what of the failed ones the job `retry_failed_scores` scores.
        assets: Only these; all when None.
        verbose: Whether Dagster's own log goes to the terminal.

    Raises:
        SynthDealError: The run failed.
        KeyboardInterrupt: The user ended it.
    """
    run_id = make_new_run_id()
    job, config = (REFRESH, _world_config(settings)) if only == "pending" else (RETRY_FAILED_SCORES, retry_config(only))
    progress = RunProgress(
        messages, _phases(definitions), lambda: _count_pending(settings, only), lambda: _look(settings, run_id)
    )
    interruption = _Interruption(instance)
    for listener in (progress.follow, interruption.follow, _show_warning):
        instance.add_event_listener(run_id, listener)
    try:
        with _messages_past_the_run(echo=verbose), progress:
            result = run_in_process(
                definitions,
                instance,
                job,
                run_id=run_id,
                run_config=config if verbose else {**config, **QUIET},
                assets=assets,
            )
    except DagsterExecutionInterruptedError as error:
        raise KeyboardInterrupt from error
    finally:
        record_finished_runs(instance, Warehouse.of(settings))
    if interruption.seen:
        raise KeyboardInterrupt
    if not result.success:
        if verbose:
            _print_errors(result.all_events)
        raise SynthDealError(_why_it_failed(result.all_events))
    return FinishedRun(run_id, _scoring_report(result.all_events))


def _world_config(settings: Settings) -> dict[str, Any]:
    return refresh_config(
        as_of=settings.as_of.isoformat() if settings.as_of is not None else None,
        opportunities=settings.chosen("opportunities"),
        seed=settings.chosen("seed"),
        account_names=settings.chosen("account_names"),
        replace_world=settings.replace_world or None,
    )


def _scoring_report(events: Iterable[dg.DagsterEvent]) -> dict[str, str | float | None]:
    """What the scores' materialisation without a partition says; empty when there is none."""
    reported: dict[str, str | float | None] = {}
    for event in events:
        is_materialisation = event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION
        if is_materialisation and event.asset_key == SCORES_KEY and event.partition is None:
            reported = scalars(event.step_materialization_data.materialization.metadata)
    return reported


@contextmanager
def _messages_past_the_run(*, echo: bool) -> Iterator[None]:
    """While a run in this process has its output caught, messages still go straight to the terminal.

    Args:
        echo: Whether what the run prints is shown as well; it is in the run's compute log either way.
    """
    with terminal(sys.stderr) as screen, nullcontext() if echo else echo_off():
        if screen is not sys.stderr:
            messages.file = screen
        try:
            yield
        finally:
            messages._file = None  # Back to whatever sys.stderr is at the time; there is no public way to say so.


class _Interruption:
    """Sees that a run was ended with Ctrl-C, and has Dagster mark it as canceled and not as failed."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self._instance = instance
        self.seen = False

    def follow(self, entry: dg.EventLogEntry) -> None:
        event = entry.dagster_event
        if self.seen or event is None or not any(is_interruption(error) for error in _errors(event)):
            return
        self.seen = True
        run = self._instance.get_run_by_id(entry.run_id)
        if run is None:
            return
        if event.is_step_failure:
            self._instance.report_run_canceling(run, "Ended with Ctrl-C.")
        else:
            # Between two steps: Dagster has just marked the run as failed, because nobody had said otherwise.
            self._instance.report_run_canceled(run, "Ended with Ctrl-C.")


def _phases(definitions: dg.Definitions) -> dict[str, str]:
    return {definitions.resolve_assets_def(key).node_def.name: phase for key, phase in PHASES.items()}


def _count_pending(settings: Settings, only: Only) -> int | None:
    """How many opportunities are to be scored; None when another process holds the warehouse just now."""
    try:
        with Warehouse.of(settings, lock_timeout=0).connect() as connection:
            return pending_inputs(
                connection,
                make_scorer(settings),
                only=only,
                max_attempts=settings.retry_max_attempts,
                now=utc_now(),
            ).height
    except SynthDealError:
        return None


def _look(settings: Settings, run_id: str) -> SoFar | None:
    """What of a run has failed and was spent; None when another process holds the warehouse just now."""
    try:
        with Warehouse.of(settings, lock_timeout=0).connect() as connection:
            failed = (
                connection.execute(COUNT_FAILED, [run_id]).fetchone()
                if table_exists(connection, SCORE_FAILURES)
                else None
            )
            spent = spending(connection, run_id)
    except SynthDealError:
        return None
    return SoFar(
        failed=int(failed[0]) if failed is not None else 0,
        calls=sum(model.calls for model in spent),
        cost_usd=sum(model.cost_usd for model in spent),
        calls_of_unknown_cost=sum(model.calls_of_unknown_cost for model in spent),
    )


def _show_warning(entry: dg.EventLogEntry) -> None:
    """What an asset logs as a warning is meant for whoever looks on; Dagster's own errors are told in the end."""
    if entry.dagster_event is None and int(entry.level) == logging.WARNING:
        warnings.show(entry.user_message)


def _why_it_failed(events: Iterable[dg.DagsterEvent]) -> str:
    """One sentence: a step's error, else a check that stopped the run, else the run's own error."""
    checks, errors = [], []
    for event in events:
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            checked = event.asset_check_evaluation_data
            if not checked.passed and checked.blocking:
                checks.append(f"{checked.check_name} of {checked.asset_key.to_user_string()}: {checked.description}")
        errors += [error for error in _errors(event) if error.cls_name != "DagsterAssetCheckFailedError"]
    if errors:
        return describe_step_error(errors[0])
    if checks:
        return redact(f"A check stopped the run, because what follows would be wrong ({checks[0]}).")
    return "The run failed and Dagster recorded no error: look at it with `synthdeal ui`."


def _print_errors(events: Iterable[dg.DagsterEvent]) -> None:
    for event in events:
        for error in _errors(event):
            messages.print(redact(error.to_string()), markup=False)


def _errors(event: dg.DagsterEvent) -> list[Any]:
    if event.is_step_failure:
        error = event.step_failure_data.error
    elif event.event_type == dg.DagsterEventType.RUN_FAILURE:
        error = event.job_failure_data.error
    else:
        return []
    return [error] if error is not None else []
