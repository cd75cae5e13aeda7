"""Which process a Dagster run lives in, and whether that process is still there.

A run that was killed stays "started" in Dagster's history for ever. The process of a run holds a file in Dagster's home
that is named after the run (`leases.py`), so that whoever comes next can tell a dead run from a slow one. What is done
about a dead run belongs in orchestration.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from synthdeal_assets.foundation.leases import SUFFIX, holder_of, take

FOLDER: Final = "alive"
"""In Dagster's home: the files of the runs that live, and of those that were killed."""

HOST_TAG: Final = "synthdeal/host"
PID_TAG: Final = "synthdeal/pid"
RUN_TAG: Final = "synthdeal/process_of_run"
"""The run that holds a file: Dagster copies tags to a re-execution, which holds none before its process begins."""


def lease_of(dagster_home: str | Path, run_id: str) -> Path:
    """The file that the process of a run holds."""
    return Path(dagster_home) / FOLDER / f"{run_id}{SUFFIX}"


def begin_run(dagster_home: str | Path, run_id: str) -> dict[str, str]:
    """Have a run live from now on as long as this process does.

    Returns:
        Run tags that say so, with host and process id for people who look for it.

    Raises:
        OSError: Dagster's home cannot be written.
    """
    take(lease_of(dagster_home, run_id))
    return process_tags(run_id)


def process_tags(run_id: str) -> dict[str, str]:
    """Run tags that say that the run lives in this process."""
    return {HOST_TAG: socket.gethostname(), PID_TAG: str(os.getpid()), RUN_TAG: run_id}


def process_is_gone(dagster_home: str | Path, run_id: str, tags: Mapping[str, str]) -> bool:
    """Whether the process that a run lived in has certainly ended.

    False when no process of it has begun, as far as the tags say.
    """
    return tags.get(RUN_TAG) == run_id and holder_of(lease_of(dagster_home, run_id)) is None
