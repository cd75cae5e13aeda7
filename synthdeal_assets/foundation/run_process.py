"""Which process a Dagster run lives in, and whether that process is still there.

A run that was killed stays "started" in Dagster's history for ever. Its tags say where it lived, so that whoever
comes next can tell a dead run from a slow one. What is done about a dead run belongs in orchestration.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from typing import Final

import psutil

HOST_TAG: Final = "synthdeal/host"
PID_TAG: Final = "synthdeal/pid"
PROCESS_STARTED_TAG: Final = "synthdeal/process_started"
RUN_TAG: Final = "synthdeal/process_of_run"
"""The run that the other tags speak of: Dagster copies tags to a re-execution, whose process is another one."""

SAME_START_S: Final = 2.0
"""Start times closer than this are the same process; a reused process id starts much later."""


def process_tags(run_id: str) -> dict[str, str]:
    """Run tags that say that the run lives in this process: host, process id and the time the process started."""
    process = psutil.Process(os.getpid())
    return {
        HOST_TAG: socket.gethostname(),
        PID_TAG: str(process.pid),
        PROCESS_STARTED_TAG: f"{process.create_time():.2f}",
        RUN_TAG: run_id,
    }


def process_is_gone(run_id: str, tags: Mapping[str, str]) -> bool:
    """Whether the process that a run lived in, by its tags, has certainly ended.

    False when the tags name no process, another run's or one on another host: what cannot be seen is not declared
    dead.
    """
    if tags.get(RUN_TAG) != run_id or tags.get(HOST_TAG) != socket.gethostname():
        return False
    try:
        process = psutil.Process(int(tags[PID_TAG]))
        if process.status() == psutil.STATUS_ZOMBIE:
            return True
        return abs(process.create_time() - float(tags[PROCESS_STARTED_TAG])) > SAME_START_S
    except psutil.NoSuchProcess:
        return True
