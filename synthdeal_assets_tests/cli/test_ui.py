"""`synthdeal ui` brings up Dagster with something to look at, and leaves nothing running."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import dagster as dg
import psutil
import pytest

from synthdeal_assets.cli.ui import LOCK_NAME
from synthdeal_assets.foundation.leases import holder_of
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.scoring.partitions import PARTITIONS_NAME
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES, SCORER_INPUTS
from synthdeal_assets.world.tables import WORLD
from synthdeal_assets_tests.cli.conftest import COMMAND, Synthdeal, code_of, plain_environment

WORKSPACE = Path(__file__).parents[2] / "workspace.yaml"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - on a machine of tests, with a token or refused
SOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": "graphql-ws",
}
LAUNCH = (
    'mutation{launchRun(executionParams:{selector:{repositoryLocationName:"synthdeal_assets",'
    'repositoryName:"__repository__",jobName:"refresh"},runConfigData:{}}){__typename}}'
)
LOCATIONS = "{workspaceOrError{...on Workspace{locationEntries{name locationOrLoadError{__typename}}}}}"


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def status_of(port: int, target: str = "/server_info", headers: Mapping[str, str] | None = None) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", target, headers=dict(headers or {}))
    status = connection.getresponse().status
    connection.close()
    return status


def ask(port: int, query: str) -> dict[str, dict[str, list[dict[str, object]]]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/graphql", json.dumps({"query": query}), {"Content-Type": "application/json"})
    answer: dict[str, dict[str, list[dict[str, object]]]] = json.loads(connection.getresponse().read())["data"]
    connection.close()
    return answer


@pytest.mark.slow
def test_ui_of_an_empty_home_makes_the_world_serves_dagster_and_leaves_no_process(
    tmp_path: Path, free_port: int
) -> None:
    home = tmp_path / "fresh"
    serving = subprocess.Popen(
        [*COMMAND, "ui", "--home", str(home), "--port", str(free_port)],
        cwd=tmp_path,
        env=plain_environment() | {"SYNTHDEAL_OPPORTUNITIES": "20", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert serving.stdout is not None
    said = ""
    for line in serving.stdout:
        said += line
        if "The UI is at" in line:
            break
    family = psutil.Process(serving.pid).children(recursive=True)
    locations = ask(free_port, LOCATIONS)["workspaceOrError"]["locationEntries"]
    serving.send_signal(signal.SIGTERM)
    ending, _ = serving.communicate(timeout=90)

    assert "This home is empty: SynthDeal builds the world first" in said
    assert f"http://127.0.0.1:{free_port}" in said
    assert locations == [
        {"name": "synthdeal_assets", "locationOrLoadError": {"__typename": "RepositoryLocation"}},
    ]
    assert serving.returncode == 0
    assert "Ending Dagster" in ending
    assert family
    assert alive(family) == []
    warehouse = Warehouse(database=str(home / "warehouse.duckdb"))
    ids = warehouse.read_table(SCORER_INPUTS)["opportunity_id"].to_list()
    assert len(ids) == warehouse.read_table(WORLD).select("size", "renewals").sum_horizontal().item()
    assert not warehouse.exists(OPPORTUNITY_SCORES) or warehouse.read_table(OPPORTUNITY_SCORES).is_empty()
    os.environ["DAGSTER_HOME"] = str(home / "dagster")
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        assert sorted(instance.get_dynamic_partitions(PARTITIONS_NAME)) == sorted(ids)


def test_a_port_in_use_is_told_before_anything_is_made(synthdeal: Synthdeal, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        result = synthdeal("ui", "--home", tmp_path / "new", "--port", port)

    assert (result.exit_code, code_of(result)) == (1, "cli.port-in-use")
    assert f" {port} of 127.0.0.1 " in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
def test_ui_beyond_this_machine_asks_for_the_token_refuses_other_sites_and_keeps_the_token_out_of_its_log(
    tmp_path: Path, free_port: int
) -> None:
    home = tmp_path / "shared"
    right = "a-token-that-is-long-enough"
    serving = subprocess.Popen(
        [*COMMAND, "ui", "--home", str(home), "--host", EVERYWHERE, "--port", str(free_port), "--verbose"],
        cwd=tmp_path,
        env=plain_environment()
        | {
            "SYNTHDEAL_OPPORTUNITIES": "5",
            "SYNTHDEAL_UI_TOKEN": right,
            "SYNTHDEAL_UI_HOSTS": "deals.example.com",
            "PYTHONUNBUFFERED": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert serving.stdout is not None
    said = ""
    for line in serving.stdout:
        said += line
        if "It requires the token" in line:
            break
    bearer = {"Authorization": f"Bearer {right}"}
    commands = [process.cmdline() for process in psutil.Process(serving.pid).children(recursive=True)]
    statuses = [
        status_of(free_port),
        status_of(free_port, f"/server_info?token={right}x"),
        status_of(free_port, headers={"Authorization": "Bearer wrong"}),
        status_of(free_port, headers=bearer),
        status_of(free_port, headers=bearer | {"Host": "deals.example.com"}),
        status_of(free_port, headers=bearer | {"Host": "evil.example"}),
        status_of(free_port, headers=bearer | {"Origin": "https://evil.example"}),
        status_of(free_port, "/graphql?query={version}", headers=bearer),
        status_of(free_port, f"/?token={right}"),
        status_of(free_port, "/graphql", headers=bearer | SOCKET),
        status_of(free_port, "/graphql", headers=SOCKET),
        status_of(free_port, "/graphql", headers=bearer | SOCKET | {"Origin": "https://evil.example"}),
    ]
    serving.send_signal(signal.SIGTERM)
    said += serving.communicate(timeout=90)[0]

    assert statuses == [403, 403, 403, 200, 200, 403, 403, 403, 200, 101, 403, 403]
    assert f"open http://127.0.0.1:{free_port}/?token=... once in each browser" in said
    log = (home / "dagster" / "ui.log").read_text(encoding="utf-8")
    assert log
    assert right not in log
    assert right not in said
    assert right not in str(commands)


def alive(family: list[psutil.Process]) -> list[psutil.Process]:
    return [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def serving_ui(home: Path, port: int) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """A UI that serves, and all the processes behind it, its server first."""
    serving = subprocess.Popen(
        [*COMMAND, "ui", "--home", str(home), "--port", str(port)],
        env=plain_environment() | {"SYNTHDEAL_OPPORTUNITIES": "5", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert serving.stdout is not None
    for line in serving.stdout:
        if "The UI is at" in line:
            break
    family = psutil.Process(serving.pid).children(recursive=True)
    assert len(family) >= 4, "the server, the daemon, and the code server with its own"
    assert any("ui_daemon" in " ".join(process.cmdline()) for process in family)
    return serving, family


@pytest.mark.slow
def test_a_home_has_one_ui_whose_processes_end_with_it_when_it_is_killed(
    synthdeal: Synthdeal, tmp_path: Path, free_port: int
) -> None:
    home = tmp_path / "home"
    serving, family = serving_ui(home, free_port)
    second = synthdeal("ui", "--home", home, "--port", 65000)
    serving.kill()
    serving.wait()
    psutil.wait_procs(family, timeout=10)

    assert (second.exit_code, code_of(second)) == (1, "ui.already-running")
    assert len(second.stderr.splitlines()) == 1
    assert f"process {serving.pid} on " in second.stderr
    assert alive(family) == []
    assert holder_of(home / "dagster" / LOCK_NAME) is None


@pytest.mark.slow
def test_a_ui_whose_server_is_killed_ends_with_all_that_the_server_had_started(tmp_path: Path, free_port: int) -> None:
    serving, family = serving_ui(tmp_path / "home", free_port)
    family[0].kill()
    said, _ = serving.communicate(timeout=60)

    assert serving.returncode == 1
    assert "exited unexpectedly with code -9" in said
    assert alive(family) == []


SERVER = """
import os, subprocess, sys, time
from synthdeal_assets.cli.ui_daemon import end_with_parent
end_with_parent(os.getpid())
daemon = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdin=subprocess.PIPE)
code_server = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(daemon.pid, code_server.pid, flush=True)
time.sleep(60)
"""
DAEMON = """
import os, time
from synthdeal_assets.cli.ui_daemon import end_with_parent
end_with_parent(os.getppid())
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.slow
@pytest.mark.parametrize("own_group", [True, False])
@pytest.mark.parametrize("server_is_killed_too", [True, False])
def test_what_a_parent_started_ends_with_it_and_nobody_else_does(
    *, own_group: bool, server_is_killed_too: bool
) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, DAEMON],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=own_group,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    said = sorted([server.stdout.readline(), server.stdout.readline()])
    daemon, code_server = (psutil.Process(int(pid)) for pid in said[0].split())
    if server_is_killed_too:
        server.kill()
    server.stdin.close()
    _, left = psutil.wait_procs([psutil.Process(server.pid), daemon, code_server], timeout=10)
    left, spared = alive(left), bystander.poll() is None
    for process in left:
        process.kill()
    for child in (server, bystander):
        child.kill()
        child.wait()
    server.stdout.close()

    # Outside of a group of its own, what a killed server had started is nobody's to find.
    assert left == ([code_server] if server_is_killed_too and not own_group else [])
    assert spared


@pytest.mark.slow
def test_a_ui_that_is_read_only_launches_nothing(tmp_path: Path, free_port: int) -> None:
    (tmp_path / "home").mkdir()
    environment = plain_environment() | {"DAGSTER_HOME": str(tmp_path / "home")}
    server = [sys.executable, "-m", "synthdeal_assets.cli.ui_server", "--workspace", str(WORKSPACE), "--read-only"]
    serving = subprocess.Popen(
        [*server, "--host", "127.0.0.1", "--port", str(free_port)],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            with suppress(OSError):
                if status_of(free_port) == http.client.OK:
                    break
            time.sleep(0.2)
        launched = ask(free_port, LAUNCH)["launchRun"]
        assert "UnauthorizedError" in str(launched)
    finally:
        serving.send_signal(signal.SIGINT)
        assert serving.wait(timeout=60) == 0


@pytest.mark.parametrize("host", [EVERYWHERE, "::"])
def test_other_machines_are_let_in_only_with_a_token_or_to_look(
    synthdeal: Synthdeal, tmp_path: Path, host: str, free_port: int
) -> None:
    result = synthdeal("ui", "--home", tmp_path / "new", "--host", host, "--port", free_port)

    assert (result.exit_code, code_of(result)) == (2, "ui.unprotected-host")
    assert result.stderr.startswith(f"--host {host} ")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("token", ["", "short", "long enough but with blanks", "long-enough-but+with/more="])
def test_a_token_that_is_easy_to_guess_or_is_another_one_in_an_address_is_refused(
    synthdeal: Synthdeal, tmp_path: Path, token: str
) -> None:
    result = synthdeal("ui", "--home", tmp_path / "new", "--token", token)

    assert (result.exit_code, code_of(result)) == (2, "settings.invalid")
    assert result.stderr.startswith("--token is (hidden) (from flag)")
    assert not token or token not in result.stderr


def test_a_port_that_cannot_exist_is_wrong_use(synthdeal: Synthdeal) -> None:
    assert synthdeal("ui", "--port", "70000").exit_code == 2
