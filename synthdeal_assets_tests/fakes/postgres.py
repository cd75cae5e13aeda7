"""A real PostgreSQL server on 127.0.0.1 for a test, with a user of its own and a password that must never be seen.

The server refuses to run as root: then it runs as `nobody`, in a folder that belongs to it.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

USER = "shop"
PASSWORD = "geheim@1:2/3"  # noqa: S105  # of a server that lives for one test
DATABASE = "postgres"
REQUIRED = "REQUIRE_POSTGRES"
"""Environment variable under which a missing server is a failure, as it is in CI."""


def address(port: int, *, user: str = USER, password: str = PASSWORD) -> str:
    """The SQLAlchemy address of the server."""
    return f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{port}/{DATABASE}"


@contextmanager
def running_postgres() -> Iterator[int]:
    """The port of a server that runs while the block does."""
    programs = _programs()
    if programs is None:
        message = "no PostgreSQL server is installed (apt-get install postgresql)"
        if os.environ.get(REQUIRED):
            pytest.fail(message)
        pytest.skip(message)
    is_root = os.geteuid() == 0
    as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if is_root else []
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        secret = folder / "secret"
        secret.write_text(PASSWORD)
        if is_root:
            shutil.chown(folder, "nobody", "nogroup")
            shutil.chown(secret, "nobody", "nogroup")
        settled = ["-U", USER, "-A", "scram-sha-256", "--no-sync", "-E", "UTF8", "--locale=C"]
        data = str(folder / "data")
        subprocess.run(
            [*as_nobody, str(programs / "initdb"), "-D", data, "--pwfile", str(secret), *settled],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        port = _free_port()
        options = ["-F", "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=10", "-c", "shared_buffers=8MB"]
        server = subprocess.Popen(
            [*as_nobody, str(programs / "postgres"), "-D", data, "-p", str(port), "-k", str(folder), *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
        )
        try:
            _wait_for(port, server)
            yield port
        finally:
            server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            server.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)
    on_path = shutil.which("postgres")
    candidates = [*([Path(on_path).resolve()] if on_path else []), *found]
    return next((path.parent for path in candidates if (path.parent / "initdb").exists()), None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(host="127.0.0.1", port=port, user=USER, password=PASSWORD, dbname=DATABASE).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline or server.poll() is not None:
                raise
            time.sleep(0.05)
