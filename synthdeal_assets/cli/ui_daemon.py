"""The daemon behind `synthdeal ui`, and how the processes behind it end with the one that started them.

A daemon that outlives `synthdeal ui` goes on launching nights with the settings of that time, and a second one would
launch them twice. Linux can signal a child whose parent dies (PR_SET_PDEATHSIG), but that one alone and not what it has
started. The end of a pipe is seen on every system: its other end is the parent's alone, and closes however that ends.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
from contextlib import suppress
from typing import Final

import psutil

from synthdeal_assets.foundation.dagster_instance.dagster_internals import DAEMON_MODULE

CODE_OF_AN_ORPHAN: Final = 1


def end_with_parent(group: int) -> None:
    """From now on, kill all that this process has started, and then itself, when its parent is gone.

    Nothing is ended gently: runs that are under way are marked as failed by the next one, which takes in their answers.

    Args:
        group: The process group that is killed as well, where this process is in it: it holds what `synthdeal ui` has
            started and nothing else. Another group may be that of whoever started this process by hand.
    """
    threading.Thread(target=_wait_for_the_end, args=(group,), name="parent", daemon=True).start()


def _wait_for_the_end(group: int) -> None:
    # Standard input is a pipe on which nothing is ever sent.
    while os.read(sys.stdin.fileno(), 1):
        pass
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            child.kill()
    if os.getpgrp() == group:
        os.killpg(group, signal.SIGKILL)
    os._exit(CODE_OF_AN_ORPHAN)


def main() -> None:
    """Run Dagster's daemon with the arguments of this process."""
    # The server's group is its own (`ui.py`) and named after it.
    end_with_parent(os.getppid())
    runpy.run_module(DAEMON_MODULE, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
