"""The home folder made ready for a command that changes something: writable, and for one such command at a time."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import dagster as dg
import yaml
from sqlalchemy.exc import DatabaseError

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.dagster_instance.dagster_internals import CheckError
from synthdeal_assets.foundation.dagster_instance.damage import history_damaged, require_sound_history
from synthdeal_assets.foundation.dagster_instance.home import CONFIG_NAME, point_dagster_to, prepare_dagster_home
from synthdeal_assets.foundation.dagster_instance.run_log import run_logs_of
from synthdeal_assets.foundation.private_files import make_private, private_files
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.orchestration.dead_runs import end_dead_runs, runs_in_progress
from synthdeal_assets.orchestration.jobs import PIPELINE_JOBS
from synthdeal_assets.settings import Settings

DAMAGED_DATABASE: Final = re.compile("file is not a database|database disk image is malformed")
"""How SQLite says that a file is none of its databases any more."""

LOCK_NAME: Final = "run.lock"
LOOK_EVERY_S: Final = 0.2

logger = logging.getLogger(__name__)


@contextmanager
def opened_home(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance of the home, which is made when it is not there yet; DAGSTER_HOME points to it.

    Raises:
        SynthDealError: The home cannot be written, or Dagster cannot use what is in it.
    """
    require_writable_home(settings)
    with private_files():
        prepare_dagster_home(settings.storage.home.absolute())
        with dagster_instance(settings) as instance:
            yield instance


@contextmanager
def dagster_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance of a home that has been made; DAGSTER_HOME points to it.

    Raises:
        SynthDealError: Its `dagster.yaml` is wrong, or its history is damaged.
    """
    folder = settings.storage.dagster_home
    point_dagster_to(folder)
    require_sound_history(folder)
    try:
        instance = dg.DagsterInstance.from_config(str(folder))
    except (yaml.YAMLError, dg.DagsterInvalidConfigError, CheckError) as error:
        raise SynthDealError(
            f"Dagster cannot use {folder / CONFIG_NAME} ({_what_is_wrong(error)}): correct it, or delete it and the "
            "next run creates a new one.",
            code="dagster.config-invalid",
        ) from error
    except DatabaseError as error:
        if not DAMAGED_DATABASE.search(str(error)):
            raise
        raise history_damaged(folder, str(error.orig)) from error
    with run_logs_of(settings), instance:
        yield instance


def _what_is_wrong(error: Exception) -> str:
    """The reason alone: Dagster goes on with everything that it would have accepted."""
    reason = error.errors[0].message if isinstance(error, dg.DagsterInvalidConfigError) else str(error)
    return " ".join(reason.partition(" Expected:")[0].split()).rstrip(".")


def require_writable_home(settings: Settings) -> None:
    """Make the home folder, private, and make sure that files can be written there.

    Raises:
        SynthDealError: They cannot.
        OSError: The disk is full.
    """
    home = settings.storage.home.absolute()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if still_open := make_private(home):
            logger.warning(
                "Other users of this machine can open %s: choose a home of your own for what is private", still_open[0]
            )
        with tempfile.TemporaryFile(dir=home) as probe:
            probe.write(b"SynthDeal can write here.")
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise SynthDealError(
            f"The home folder {home} cannot be written ({error.strerror}): make it writable, or choose another one "
            "with --home or SYNTHDEAL_HOME.",
            code="home.not-writable",
        ) from error


@contextmanager
def only_run(settings: Settings, instance: dg.DagsterInstance) -> Iterator[None]:
    """While the block runs, no other `synthdeal run` of this home does; one that is at it is waited for.

    Runs that were started from the UI or by schedule are waited for too; those whose process is gone are ended.
    The lock is the operating system's: it goes with its process, however that ends.

    Raises:
        SynthDealError: Another run takes longer than `turn_timeout`, or the warehouse is damaged.
    """
    deadline = time.monotonic() + settings.storage.turn_timeout
    with (settings.storage.home.absolute() / LOCK_NAME).open("a+", encoding="utf-8") as lock:
        said: str | None = None
        while (holder := lock_or_holder(lock.fileno()) or _run_under_way(instance)) is not None:
            if time.monotonic() >= deadline:
                raise SynthDealError(
                    f"Another run is still in progress in {settings.storage.home.absolute()} ({holder}) after "
                    f"{settings.storage.turn_timeout:,.0f} s: let it finish, end it (`synthdeal status` says how), or "
                    "raise SYNTHDEAL_TURN_TIMEOUT, then try again.",
                    code="home.run-in-progress",
                )
            if holder != said:
                logger.warning(
                    "Waiting for another run in %s (%s), up to %s s",
                    settings.storage.home.absolute(),
                    holder,
                    f"{settings.storage.turn_timeout:,.0f}",
                )
                said = holder
            time.sleep(LOOK_EVERY_S)
        os.ftruncate(lock.fileno(), 0)
        os.write(lock.fileno(), f"process {os.getpid()}".encode())
        Warehouse.of(settings).require_sound()
        yield


def lock_or_holder(lock: int) -> str | None:
    """Take the lock; who holds it when that cannot be."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(lock, 100, 0).decode(errors="replace") or "another process"
    return None


def _run_under_way(instance: dg.DagsterInstance) -> str | None:
    end_dead_runs(instance)
    running = runs_in_progress(instance, PIPELINE_JOBS)
    return f"run {running[0].run_id} of {running[0].job_name}" if running else None
