"""A holder on another machine that shares the home, by what its file says: its locks are not seen from here."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path


def held_on_another_machine(path: Path, *, silent_s: float, locks: str = "another kernel/1") -> None:
    """Write a lease as the other machine does that last renewed it so many seconds ago, under a process id of ours."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"locks": locks, "host": "machine-b", "pid": os.getpid()}))
    os.utime(path, (time.time() - silent_s, time.time() - silent_s))
