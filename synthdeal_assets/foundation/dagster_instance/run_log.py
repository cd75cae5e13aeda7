"""The log of one run as plain files: `<home>/runs/<run_id>/`.

Fed from Dagster alone. Its logging (the handler below, named in `dagster.yaml`) brings what happens in the process of
a run, line by line; the event log (`storage.py`) tells when a run starts and ends, and what other processes
report about it (queued, launched, cancelled, found dead). Counting belongs in `run_summary.py`.

    run.json              what was started: job, tags, versions, host, process, time
    config.resolved.yaml  every setting with its source, and the run's config
    events.jsonl          one line per event and log message
    errors.jsonl          one line per error, with its stack
    summary.json          how it ended; absent while it goes on

Nothing here may end a run: what cannot be written is said once on the terminal.
"""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import logging
import os
import platform
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import dagster as dg
import yaml

from synthdeal_assets import __version__
from synthdeal_assets.errors import SynthDealError, message_and_code
from synthdeal_assets.foundation.dagster_instance.dagster_internals import (
    SerializableErrorInfo,
    get_log_record_metadata,
    has_log_record_metadata,
)
from synthdeal_assets.foundation.dagster_instance.run_summary import ENDED, scalars, summarise_run
from synthdeal_assets.foundation.publishing.atomic_write import write_atomically
from synthdeal_assets.foundation.redaction import redact, redact_json, redacted_traceback
from synthdeal_assets.foundation.timestamps import utc
from synthdeal_assets.settings import SECRET_FIELDS, Settings, without_passwords

LIBRARIES: Final = ("dagster", "duckdb", "polars")
"""What a run's outcome may depend on beside SynthDeal itself."""

RESOLVED_CONFIG: Final = "config.resolved.yaml"
SETTINGS: Final = "settings"
RUN_CONFIG: Final = "run_config"

_FAST_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""A home has a file for each of its runs, and each takes the loader in Python fifty milliseconds."""

LOG_LINE: Final = "LOG_MESSAGE"
"""The type of a line that was logged and is no Dagster event."""

# Dagster says "beta" of handlers in dagster.yaml whenever a run starts; users can do nothing about it.
warnings.filterwarnings("ignore", message="Handling yaml-defined logging configuration", category=dg.BetaWarning)

_folders: dict[str, Path] = {}
_in_use: list[Settings] = []
_complaints = threading.Event()


class RunLogHandler(logging.Handler):
    """Writes every line and event that Dagster logs for a run into that run's folder.

    Dagster makes a handler for each run, and closes those of the runs before; so nothing is kept open, and a line is
    in the file when `emit` returns. The record leaves without secrets, because Dagster passes it on to the loggers
    that print on the terminal.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record; one that belongs to no run is left out."""
        if not has_log_record_metadata(record):
            return
        meta = get_log_record_metadata(record)
        run_id = meta["run_id"]
        if not run_id:
            return
        error = record.exc_info[1] if record.exc_info else None
        raised = redacted_traceback(error) if error is not None else None
        record.msg = redact(record.msg) if raised is None else f"{redact(record.msg)}\n{raised}"
        record.exc_info = None
        _quietly(
            lambda: _append(
                run_id,
                meta["dagster_event"],
                moment=utc(record.created),
                level=record.levelno,
                message=meta["orig_message"],
                job=meta["job_name"],
                step=meta["step_key"],
                raised=raised,
            )
        )


def follow(entry: dg.EventLogEntry, instance: dg.DagsterInstance) -> None:
    """Take in an event that has just been stored: the start and the end of a run, and what no logger has seen.

    Args:
        entry: The event, as Dagster stored it.
        instance: Where it is stored.
    """
    event = entry.dagster_event
    if event is None or not entry.run_id:
        return
    if not entry.user_message:  # Reported past the logging, by the daemon, the web server or a command.
        _quietly(
            lambda: _append(
                entry.run_id,
                event,
                moment=utc(entry.timestamp),
                level=int(entry.level),
                message=event.message or "",
                job=entry.job_name,
                step=entry.step_key,
            )
        )
    if event.event_type == dg.DagsterEventType.RUN_START:
        _quietly(lambda: _write_start(entry, instance))
    elif event.event_type in ENDED:
        _quietly(lambda: _write_summary(entry.run_id, instance))


@contextmanager
def run_logs_of(settings: Settings) -> Iterator[None]:
    """While the block runs, what this process logs for runs goes where these settings say.

    Dagster makes the handler and hands it no settings. Elsewhere, in what the web server and the daemon start, they
    are those of the environment.
    """
    _in_use.append(settings)
    try:
        yield
    finally:
        _in_use.pop()


def _settings() -> Settings:
    return _in_use[-1] if _in_use else Settings.load()


def run_folder(run_id: str) -> Path:
    """The folder of a run's log.

    Raises:
        SynthDealError: A setting is not acceptable.
    """
    if run_id not in _folders:
        _folders[run_id] = _settings().storage.runs_path / run_id
    return _folders[run_id]


def _append(
    run_id: str,
    event: dg.DagsterEvent | None,
    *,
    moment: dt.datetime,
    level: int,
    message: str,
    job: str | None,
    step: str | None,
    raised: str | None = None,
) -> None:
    check = (
        event.asset_check_evaluation_data
        if event is not None and event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION
        else None
    )
    asset_key = check.asset_key if check is not None else event.asset_key if event is not None else None
    line = {
        "ts": moment.isoformat(timespec="microseconds"),
        "level": logging.getLevelName(level),
        "type": event.event_type.name if event is not None else LOG_LINE,
        "job": job,
        "step": step,
        "asset": asset_key.to_user_string() if asset_key is not None else None,
        "partition": event.partition if event is not None else None,
        "check": check.check_name if check is not None else None,
        "passed": check.passed if check is not None else None,
        "message": message,
        "metadata": scalars(_metadata_of(event)) if event is not None else {},
        "pid": os.getpid(),
    }
    error = _error_of(event) if event is not None else None
    folder = run_folder(run_id)
    _append_line(folder / "events.jsonl", line)
    if error is not None or raised is not None or level >= logging.ERROR:
        details = _error_as_json(error) if error is not None else {"stack": raised} if raised is not None else None
        _append_line(folder / "errors.jsonl", {**line, "error": details})


def _append_line(path: Path, line: Mapping[str, object]) -> None:
    """Append one JSON line in one write: a killed process leaves whole lines, and processes do not mix theirs."""
    written = (json.dumps(redact_json(line), ensure_ascii=False, default=str) + "\n").encode("utf-8", "replace")
    try:
        file = path.open("ab", buffering=0)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab", buffering=0)
    with file:
        file.write(written)


def _write_start(entry: dg.EventLogEntry, instance: dg.DagsterInstance) -> None:
    run = instance.get_run_by_id(entry.run_id)
    if run is None:
        return
    folder = run_folder(run.run_id)
    folder.mkdir(parents=True, exist_ok=True)
    started = {
        "run_id": run.run_id,
        "job": run.job_name,
        "started_at": utc(entry.timestamp).isoformat(timespec="microseconds"),
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "tags": dict(run.tags),
        "versions": {
            "python": platform.python_version(),
            "synthdeal": __version__,
            **{name: importlib.metadata.version(name) for name in LIBRARIES},
        },
    }
    write_atomically(folder / "run.json", json.dumps(redact_json(started), indent=2, default=str) + "\n")
    resolved = {SETTINGS: _settings_with_sources(_settings()), RUN_CONFIG: redact_json(run.run_config)}
    write_atomically(folder / RESOLVED_CONFIG, yaml.safe_dump(resolved, sort_keys=False, allow_unicode=True, width=120))


def is_whole_config(path: Path) -> bool:
    """Whether a `config.resolved.yaml` is as `_write_start` wrote it, as far as its form shows it."""
    try:
        text = path.read_text("utf-8")
        read = yaml.load(text, Loader=_FAST_LOADER)  # noqa: S506 - it is a safe one
    except (ValueError, RecursionError, yaml.YAMLError):
        return False
    # A text that is cut off between two lines is YAML still.
    return isinstance(read, dict) and {SETTINGS, RUN_CONFIG} <= read.keys() and text.endswith("\n")


def _write_summary(run_id: str, instance: dg.DagsterInstance) -> None:
    folder = run_folder(run_id)
    folder.mkdir(parents=True, exist_ok=True)
    summary = redact_json(summarise_run(instance, run_id).as_json())
    write_atomically(folder / "summary.json", json.dumps(summary, indent=2, ensure_ascii=False) + "\n")


def _settings_with_sources(settings: Settings) -> dict[str, dict[str, object]]:
    values = settings.as_json()
    values |= {name: "(not set)" if settings.value_of(name) is None else "(set)" for name in SECRET_FIELDS}
    return {
        name: {
            "value": redact(without_passwords(value)) if isinstance(value, str) else value,
            "source": settings.source_of(name),
        }
        for name, value in values.items()
    }


def _metadata_of(event: dg.DagsterEvent) -> Mapping[str, dg.MetadataValue[Any]]:
    kind, data = event.event_type, event.event_specific_data
    if kind == dg.DagsterEventType.ASSET_MATERIALIZATION:
        return event.step_materialization_data.materialization.metadata
    if kind == dg.DagsterEventType.ASSET_OBSERVATION:
        return event.asset_observation_data.asset_observation.metadata
    if kind == dg.DagsterEventType.STEP_FAILURE:
        failure = event.step_failure_data.user_failure_data
        return failure.metadata if failure is not None else {}
    metadata = getattr(data, "metadata", None)
    return metadata if isinstance(metadata, Mapping) else {}


def _error_of(event: dg.DagsterEvent) -> SerializableErrorInfo | None:
    error = getattr(event.event_specific_data, "error", None)
    return error if isinstance(error, SerializableErrorInfo) else None


def _error_as_json(error: SerializableErrorInfo) -> dict[str, object]:
    message, code = message_and_code(error.message)
    return {
        "class": error.cls_name,
        "code": code,
        "message": message,
        "stack": "".join(error.stack),
        "cause": _error_as_json(error.cause) if error.cause is not None else None,
        "context": _error_as_json(error.context) if error.context is not None else None,
    }


def _quietly(write: Callable[[], None]) -> None:
    """Write, and when that is not possible say so once: a log must not cost the run that it is about."""
    try:
        write()
    except (OSError, SynthDealError, ValueError) as error:
        if not _complaints.is_set():
            _complaints.set()
            sys.stderr.write(f"The run log cannot be written; the run continues without it: {redact(str(error))}\n")
