"""The process behind `synthdeal ui`: what `dagster dev` starts, with a guard before the web server.

`dagster dev` takes no middleware, and what it listens on answers the pages of every site. So its parts are put together
here as it does it (Dagster 1.13): one code server that both others use and that the UI can reload, the daemon, and the
web server, which runs in this process. Which requests are answered belongs in `foundation/request_guard.py`; starting
and ending this process belongs in `ui.py`.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Final

import dagster as dg
import uvicorn
import yaml

from synthdeal_assets.cli import ui_daemon
from synthdeal_assets.cli.ui_daemon import end_with_parent
from synthdeal_assets.foundation.dagster_instance.dagster_internals import (
    DEFAULT_DB_STATEMENT_TIMEOUT,
    DEFAULT_POOL_MAX_OVERFLOW,
    DEFAULT_POOL_RECYCLE,
    ProxyServerManager,
    WorkspaceFileTarget,
    WorkspaceProcessContext,
    configure_loggers,
    create_app_from_workspace_process_context,
)
from synthdeal_assets.foundation.request_guard import GuardedApplication, GuardRules, address_of, names_of
from synthdeal_assets.settings import Settings

CODE_SERVER_LOG_LEVEL: Final = "warning"
LIVE_DATA_POLL_MS: Final = 2000
OPEN_REQUESTS_END_WITHIN_S: Final = 3
DAEMON_ENDS_WITHIN_S: Final = 12.0
LOOK_EVERY_S: Final = 1.0


def main() -> int:
    """Serve until SIGINT.

    Returns:
        The exit code: 0 when it was asked to end, 1 when the daemon ended by itself.
    """
    parser = argparse.ArgumentParser(description="The process behind `synthdeal ui`.")
    parser.add_argument("--workspace", required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", required=True, type=int)
    parser.add_argument("--read-only", action="store_true")
    parser.add_argument("--end-with-parent", action="store_true")
    asked = parser.parse_args()
    if asked.end_with_parent:
        end_with_parent(os.getpid())
    configure_loggers(log_level="INFO")
    rules = rules_of(Settings.load(), asked.host, asked.port)
    try:
        return serve(Path(asked.workspace), rules, asked.host, asked.port, read_only=asked.read_only)
    except KeyboardInterrupt:
        return 0


def rules_of(settings: Settings, host: str, port: int) -> GuardRules:
    """What the UI answers to when it listens on a host and a port."""
    return GuardRules(
        names=names_of(host, settings.ui.served_names),
        address=address_of(host, port),
        token=settings.ui.token.get_secret_value() if settings.ui.token is not None else None,
        # Cookies do not know ports: two UIs of one machine would take each other's away.
        cookie=f"synthdeal_ui_{port}",
    )


def serve(workspace: Path, rules: GuardRules, host: str, port: int, *, read_only: bool) -> int:
    """Serve the UI of the instance that DAGSTER_HOME names.

    Args:
        workspace: The `workspace.yaml` with the code location.
        rules: What the web server answers to.
        host: Address to listen on.
        port: Port to listen on.
        read_only: Only show; nothing can be launched or changed.

    Returns:
        The exit code.
    """
    with (
        dg.DagsterInstance.get() as instance,
        _code_server(instance, workspace) as shared_workspace,
        _daemon(shared_workspace) as daemon,
    ):
        instance.optimize_for_webserver(DEFAULT_DB_STATEMENT_TIMEOUT, DEFAULT_POOL_RECYCLE, DEFAULT_POOL_MAX_OVERFLOW)
        with WorkspaceProcessContext(
            instance,
            version=version("dagster-webserver"),
            read_only=read_only,
            workspace_load_target=WorkspaceFileTarget([str(shared_workspace)]),
            code_server_log_level=CODE_SERVER_LOG_LEVEL,
        ) as context:
            application = create_app_from_workspace_process_context(context, live_data_poll_rate=LIVE_DATA_POLL_MS)
            server = uvicorn.Server(
                uvicorn.Config(
                    GuardedApplication(application, rules),
                    host=host,
                    port=port,
                    log_level="warning",
                    # It would hold the addresses that were asked for, and a token stands in one of them.
                    access_log=False,
                    timeout_graceful_shutdown=OPEN_REQUESTS_END_WITHIN_S,
                )
            )
            watching = threading.Thread(target=_end_with, args=(server, daemon), daemon=True)
            watching.start()
            server.run()
            ended_by_itself = daemon.poll() is not None
    return 1 if ended_by_itself else 0


@contextmanager
def _code_server(instance: dg.DagsterInstance, workspace: Path) -> Iterator[Path]:
    """The code server, and a workspace file that points to it."""
    with (
        ProxyServerManager(
            instance,
            workspace_load_target=WorkspaceFileTarget([str(workspace)]),
            code_server_log_level=CODE_SERVER_LOG_LEVEL,
        ) as manager,
        tempfile.TemporaryDirectory() as folder,
    ):
        shared = Path(folder) / "workspace.yaml"
        shared.write_text(yaml.dump({"load_from": manager.get_code_server_specs()}), encoding="utf-8")
        yield shared


@contextmanager
def _daemon(workspace: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", ui_daemon.__name__, "run", "--workspace", str(workspace)]
    daemon = subprocess.Popen(  # noqa: S603 - the command is made here
        [*command, "--code-server-log-level", CODE_SERVER_LOG_LEVEL], stdin=subprocess.PIPE
    )
    try:
        yield daemon
    finally:
        daemon.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            daemon.wait(timeout=DAEMON_ENDS_WITHIN_S)
        daemon.kill()
        daemon.wait()


def _end_with(server: uvicorn.Server, daemon: subprocess.Popen[bytes]) -> None:
    while not server.should_exit:
        try:
            daemon.wait(timeout=LOOK_EVERY_S)
        except subprocess.TimeoutExpired:
            continue
        sys.stderr.write(f"The Dagster daemon exited unexpectedly with code {daemon.returncode}.\n")
        server.should_exit = True


if __name__ == "__main__":
    sys.exit(main())
