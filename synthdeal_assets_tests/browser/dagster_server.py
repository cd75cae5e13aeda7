"""The guarded server as `synthdeal ui` starts it, in a home of its own, and nothing of it left afterwards.

What is done in the UI belongs in `steps.py`.
"""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil

from synthdeal_assets.settings import ENV_PREFIX

CHECKOUT: Final = Path(__file__).parents[2]
HOST: Final = "127.0.0.1"
READY_WITHIN_S: Final = 180.0
"""On an idle machine it takes about 10 s; CI machines are not idle."""
GENTLE_END_S: Final = 20.0
HARD_END_S: Final = 5.0
LAST_WORDS: Final = 2000


@contextmanager
def guarded_ui(home: Path, settings: Mapping[str, object]) -> Iterator[str]:
    """Serve the checkout's code location on a free port until the block ends.

    Args:
        home: SYNTHDEAL_HOME; DAGSTER_HOME is the folder `dagster` in it, with the checkout's dagster.yaml.
        settings: SynthDeal's settings by field name, as environment variables of the server.

    Yields:
        The UI's address, without a slash at the end.

    Raises:
        RuntimeError: It ended by itself or does not answer; the message holds its last words.
    """
    dagster_home = home / "dagster"
    dagster_home.mkdir(parents=True, exist_ok=True)
    shutil.copy(CHECKOUT / "dagster.yaml", dagster_home)
    port = free_port()
    log = dagster_home / "ui.log"
    command = [
        sys.executable,
        "-m",
        "synthdeal_assets.cli.ui_server",
        "--workspace",
        str(CHECKOUT / "workspace.yaml"),
        "--host",
        HOST,
        "--port",
        f"{port}",
    ]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(ENV_PREFIX)},
        **{ENV_PREFIX + name.upper(): str(value) for name, value in settings.items()},
        f"{ENV_PREFIX}HOME": str(home),
        "DAGSTER_HOME": str(dagster_home),
    }
    with log.open("wb") as output:
        # A session of its own, to which whatever it starts belongs too: what is in it at the end is ours to end.
        process = subprocess.Popen(
            command, cwd=home, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        _wait_until_ready(process, port, log)
        yield f"http://{HOST}:{port}"
    finally:
        _end(process)


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended with code {process.returncode}:\n{_last_words(log)}")
        connection = http.client.HTTPConnection(HOST, port, timeout=5)
        try:
            connection.request("GET", "/server_info")
            if connection.getresponse().status == http.client.OK:
                return
        except (OSError, http.client.HTTPException):
            time.sleep(0.2)
        finally:
            connection.close()
    raise RuntimeError(f"The server did not answer within {READY_WITHIN_S:.0f} s:\n{_last_words(log)}")


def _last_words(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-LAST_WORDS:]


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server and everything in its session, gently first."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    psutil.wait_procs(_session(process.pid), timeout=GENTLE_END_S)
    for name in (signal.SIGTERM, signal.SIGKILL):
        left = _session(process.pid)
        for member in left:
            _send(member, name)
        psutil.wait_procs(left, timeout=HARD_END_S)
    process.wait(timeout=HARD_END_S)


def _session(session_id: int) -> list[psutil.Process]:
    members = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == session_id and process.status() != psutil.STATUS_ZOMBIE:
                members.append(process)
        except (ProcessLookupError, PermissionError, psutil.NoSuchProcess):
            continue
    return members


def _send(process: psutil.Process, name: signal.Signals) -> None:
    try:
        process.send_signal(name)
    except psutil.NoSuchProcess:
        return
