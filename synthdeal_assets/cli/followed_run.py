"""A job run in this process on behalf of a command: its progress, its warnings, Ctrl-C, and why it failed.

Which job, and what came out of it, belongs in the module of the command.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, Final

import dagster as dg

from synthdeal_assets.cli.console import messages, warnings
from synthdeal_assets.cli.failures import is_interruption, step_failure
from synthdeal_assets.cli.progress import RunProgress
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.dagster_instance.compute_logs import echo_off, terminal
from synthdeal_assets.foundation.redaction import redact
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.orchestration.in_process import run_in_process
from synthdeal_assets.orchestration.published_copy import publish
from synthdeal_assets.orchestration.run_records import record_finished_runs
from synthdeal_assets.settings import Settings

QUIET: Final = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Run config that keeps Dagster's own log off the terminal; it is in the history and in the run log all the same."""


def run_followed(
    settings: Settings,
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    *,
    job: str,
    config: Mapping[str, Any],
    progress: RunProgress,
    run_id: str,
    assets: Sequence[dg.AssetKey] | None = None,
    verbose: bool,
) -> dg.ExecuteInProcessResult:
    """Run a job in this process and show how far it is.

    Args:
        settings: Where the warehouse is.
        definitions: The code location.
        instance: Where the run is recorded.
        job: The job.
        config: Its run config.
        progress: What shows how far it is.
        run_id: Id the run gets.
        assets: Only these assets of the job; all when None.
        verbose: Whether Dagster's own log goes to the terminal.

    Returns:
        The result of a run that ended well.

    Raises:
        SynthDealError: The run failed.
        KeyboardInterrupt: The user ended it; the run is marked as canceled.
    """
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
    except dg.DagsterExecutionInterruptedError as error:
        raise KeyboardInterrupt from error
    finally:
        record_finished_runs(instance, Warehouse.of(settings))
        publish_or_warn(settings, instance)
    if interruption.seen:
        raise KeyboardInterrupt
    if not result.success:
        if verbose:
            _print_errors(result.all_events)
        raise _why_it_failed(result.all_events)
    return result


def publish_or_warn(settings: Settings, instance: dg.DagsterInstance) -> None:
    """Publish the copy for readers; why it could not be is a warning, because what was done is done all the same."""
    try:
        publish(instance, Warehouse.of(settings))
    except SynthDealError as error:
        warnings.show(str(error))


def phases_of(definitions: dg.Definitions, phases: Mapping[dg.AssetKey, str]) -> dict[str, str]:
    """The phase that each step belongs to, by step key, from the phases of assets."""
    return {definitions.resolve_assets_def(key).node_def.name: phase for key, phase in phases.items()}


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


def _show_warning(entry: dg.EventLogEntry) -> None:
    """What an asset logs as a warning is meant for whoever looks on; Dagster's own errors are told in the end."""
    if entry.dagster_event is None and int(entry.level) == logging.WARNING:
        warnings.show(entry.user_message)


def _why_it_failed(events: Iterable[dg.DagsterEvent]) -> SynthDealError:
    """A step's error, else a check that stopped the run, else the run's own error."""
    checks, errors = [], []
    for event in events:
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            checked = event.asset_check_evaluation_data
            if not checked.passed and checked.blocking:
                checks.append(f"{checked.check_name} of {checked.asset_key.to_user_string()}: {checked.description}")
        errors += [error for error in _errors(event) if error.cls_name != "DagsterAssetCheckFailedError"]
    if errors:
        return step_failure(errors[0])
    if checks:
        return SynthDealError(
            redact(f"A check stopped the run, because later results would be wrong ({checks[0]})."),
            code="run.check-failed",
        )
    return SynthDealError(
        "The run failed and Dagster recorded no error: look at the run in `synthdeal ui`.",
        code="run.no-error-recorded",
    )


def _print_errors(events: Iterable[dg.DagsterEvent]) -> None:
    for event in events:
        for error in _errors(event):
            messages.print(redact(error.to_string()))


def _errors(event: dg.DagsterEvent) -> list[Any]:
    if event.is_step_failure:
        error = event.step_failure_data.error
    elif event.event_type == dg.DagsterEventType.RUN_FAILURE:
        error = event.job_failure_data.error
    else:
        return []
    return [error] if error is not None else []
