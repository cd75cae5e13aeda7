"""`synthdeal ui`: Dagster's web server and daemon as one command that leaves nothing running when it ends.

How the two are started is in `ui_server.py`, which runs as a process of its own, and which requests they answer in
`foundation/request_guard.py`. What is seen in the UI is decided by the code location; how DAGSTER_HOME is set up
belongs in `foundation/dagster_instance/home.py`.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Final

import psutil

from synthdeal_assets.cli.console import results
from synthdeal_assets.cli.home import only_run, opened_home, require_writable_home
from synthdeal_assets.cli.run import make_world
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.dagster_instance.home import WORKSPACE_NAME, prepare_dagster_home
from synthdeal_assets.foundation.leases import Holder, holder_of, let_go, take
from synthdeal_assets.foundation.private_files import private_files
from synthdeal_assets.foundation.redaction import redact
from synthdeal_assets.foundation.request_guard import address_of, listens_on_loopback, reachable
from synthdeal_assets.orchestration.dead_runs import end_dead_runs
from synthdeal_assets.scoring.partitions import PARTITIONS_NAME
from synthdeal_assets.settings import Settings

LOG_NAME: Final = "ui.log"
LOCK_NAME: Final = "ui.lock"

READY_WITHIN_S: Final = 180.0
GENTLE_END_S: Final = 20.0
AFTERWARDS_S: Final = 1.0
HARD_END_S: Final = 5.0
ENDING_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def serve_ui(settings: Settings, *, host: str, port: int, read_only: bool, verbose: bool) -> int:
    """Serve the UI until the user, or whoever started the command, ends it.

    Args:
        settings: Where everything lives, and the token that is asked for.
        host: Address to listen on.
        port: Port to listen on.
        read_only: Only show; nothing can be launched or changed.
        verbose: Show Dagster's own log too.

    Returns:
        The exit code: 0 when ended from outside, which is how it is meant to end.

    Raises:
        SynthDealError: Other machines could launch runs, the port is taken, another UI runs in the home, it cannot be
            written, the first world could not be made, or Dagster did not come up.
    """
    token = settings.ui.token.get_secret_value() if settings.ui.token is not None else None
    lease = settings.storage.dagster_home / LOCK_NAME
    with suppress(OSError):  # A home that cannot be used is the subject of another sentence, below.
        _refuse_beside(holder_of(lease), settings)
    require_free_port(host, port)
    if token is None and not read_only and not listens_on_loopback(host):
        raise SynthDealError(
            f"--host {host} lets other machines launch runs and spend money: add --token, which they then have to "
            "know, or --read-only.",
            code="ui.unprotected-host",
            usage=True,
        )
    require_writable_home(settings)
    with private_files():
        prepare_dagster_home(settings.storage.home.absolute())
        _refuse_beside(take(lease), settings)
        try:
            _make_first_world(settings, verbose=verbose)
            return _serve(settings, host=host, port=port, token=token, read_only=read_only, verbose=verbose)
        finally:
            let_go(lease)


def _refuse_beside(holder: Holder | None, settings: Settings) -> None:
    if holder is not None:
        raise SynthDealError(
            f"`synthdeal ui` already runs in {settings.storage.home.absolute()} ({holder}), and a home has one daemon: "
            "use that UI, stop it with Ctrl-C or a signal to that process, or choose another folder with --home.",
            code="ui.already-running",
        )


def _make_first_world(settings: Settings, *, verbose: bool) -> None:
    with opened_home(settings) as instance:
        end_dead_runs(instance)
        if not instance.get_dynamic_partitions(PARTITIONS_NAME):
            with only_run(settings, instance):
                results.print(
                    "This home is empty: SynthDeal builds the world first, so that there is something to score in the "
                    "UI."
                )
                make_world(settings, instance, verbose=verbose)


def _serve(settings: Settings, *, host: str, port: int, token: str | None, read_only: bool, verbose: bool) -> int:
    log = settings.storage.dagster_home / LOG_NAME
    results.print("Starting Dagster's web server and daemon ...")
    command = _server_command(host, port, settings.storage.dagster_home, read_only=read_only)
    environment = _server_environment(settings)
    with _ended_by_signals(), _server(command, environment, log, verbose=verbose) as process:
        try:
            _wait_until_ready(process, host, port, token, log)
            address = address_of(host, port)
            results.print(f"The UI is at {address} (its log is {log}; Ctrl-C stops it).")
            if token is not None:
                results.print(f"It requires the token: open {address}/?token=... once in each browser.")
            process.wait()
        except KeyboardInterrupt:
            results.print("Ending Dagster ...")
            return 0
    raise SynthDealError(
        f"Dagster exited unexpectedly with code {process.returncode}: see the end of {log}.", code="ui.dagster-ended"
    )


def require_free_port(host: str, port: int) -> None:
    """Make sure that the address can be listened on.

    Raises:
        SynthDealError: It cannot.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise SynthDealError(
            f"Port {port} of {host} cannot be used ({error.strerror}): choose another port with --port, or stop the "
            "program that uses it.",
            code="cli.port-in-use",
        ) from error


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Every signal that asks a program to end comes as KeyboardInterrupt, and is ignored while ending is under way."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        for name in ENDING_SIGNALS:
            signal.signal(name, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {name: signal.signal(name, interrupt) for name in ENDING_SIGNALS}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def _server_command(host: str, port: int, dagster_home: Path, *, read_only: bool) -> list[str]:
    workspace = str(dagster_home / WORKSPACE_NAME)
    command = [sys.executable, "-m", "synthdeal_assets.cli.ui_server", "--end-with-parent"]
    return [*command, "--workspace", workspace, "--host", host, "--port", str(port), *["--read-only"] * read_only]


def _server_environment(settings: Settings) -> dict[str, str]:
    """The environment of the server and of all that it starts: that of this process, and the flags of this command.

    The token is among them and not among the arguments, which every user of the machine can read.
    """
    return {
        **os.environ,
        **settings.as_environment(),
        # As `dagster dev` says it to what it starts: code servers then report errors in short.
        "DAGSTER_IS_DEV_CLI": "1",
        "DAGSTER_verbose": "",
    }


@contextmanager
def _server(
    command: list[str], environment: Mapping[str, str], log: Path, *, verbose: bool
) -> Iterator[subprocess.Popen[str]]:
    """The server with all its children, which are gone when the block ends."""
    # A session of its own: Ctrl-C then reaches this process alone, which ends the others in order.
    process = subprocess.Popen(  # noqa: S603 - the command is made here
        command,
        env=environment,
        stdin=subprocess.PIPE,  # Its end tells the server that this process is gone (`ui_daemon.py`).
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    copying = threading.Thread(target=_copy_output, args=(process, log, verbose), daemon=True)
    copying.start()
    try:
        yield process
    finally:
        _end(process)
        copying.join(timeout=HARD_END_S)


def _copy_output(process: subprocess.Popen[str], log: Path, verbose: bool) -> None:
    """Keep what Dagster says in a log, without secrets."""
    if process.stdout is None:
        return
    with log.open("w", encoding="utf-8") as file:
        for line in process.stdout:
            clean = redact(line)
            file.write(clean)
            file.flush()
            if verbose:
                sys.stderr.write(clean)


def _wait_until_ready(process: subprocess.Popen[str], host: str, port: int, token: str | None, log: Path) -> None:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SynthDealError(
                f"Dagster did not start (code {process.returncode}): see the end of {log}.",
                code="ui.dagster-not-started",
            )
        connection = http.client.HTTPConnection(reachable(host), port, timeout=5)
        try:
            connection.request("GET", "/server_info", headers=headers)
            if connection.getresponse().status == http.client.OK:
                return
        except (OSError, http.client.HTTPException):
            time.sleep(0.3)
        finally:
            connection.close()
    raise SynthDealError(
        f"Dagster did not answer within {READY_WITHIN_S:.0f} s: see the end of {log}.", code="ui.dagster-silent"
    )


def _end(process: subprocess.Popen[str]) -> None:
    """End Dagster and everything it started: gently, then for certain."""
    try:
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        family = []
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        psutil.wait_procs(family[:1], timeout=GENTLE_END_S)
    # Code servers stay for most of a minute after the server has gone, waiting for its heartbeat.
    _, alive = psutil.wait_procs(family, timeout=AFTERWARDS_S)
    for survivor in alive:
        _send(survivor, signal.SIGTERM)
    _, alive = psutil.wait_procs(alive, timeout=HARD_END_S)
    for survivor in alive:
        _send(survivor, signal.SIGKILL)
    # Of a server that was killed nobody knows the children, but they are still in its group. A group of which only
    # dead processes are left is none that may be signalled on macOS.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _send(process: psutil.Process, name: signal.Signals) -> None:
    try:
        process.send_signal(name)
    except psutil.NoSuchProcess:
        return
