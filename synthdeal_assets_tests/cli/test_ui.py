"""`synthdeal ui` brings up Dagster with something to look at, and leaves nothing running."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
from pathlib import Path

import dagster as dg
import psutil
import pytest

from synthdeal_assets.foundation.warehouse import Warehouse
from synthdeal_assets.scoring.partitions import PARTITIONS_NAME
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES
from synthdeal_assets.world.tables import OPPORTUNITIES
from synthdeal_assets_tests.cli.conftest import COMMAND, Synthdeal, plain_environment

LOCATIONS = "{workspaceOrError{...on Workspace{locationEntries{name locationOrLoadError{__typename}}}}}"


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


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

    assert "This home is empty: the world is made first" in said
    assert f"http://127.0.0.1:{free_port}" in said
    assert locations == [
        {"name": "synthdeal_assets", "locationOrLoadError": {"__typename": "RepositoryLocation"}},
    ]
    assert serving.returncode == 0
    assert "Ending Dagster" in ending
    assert family
    assert [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE] == []
    warehouse = Warehouse(database=str(home / "warehouse.duckdb"))
    ids = warehouse.read_table(OPPORTUNITIES)["opportunity_id"].to_list()
    assert len(ids) == 20
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

    assert result.exit_code == 1
    assert f"Port {port} of 127.0.0.1 cannot be used" in result.stderr
    assert "--port" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "new").exists()


def test_a_port_that_cannot_exist_is_wrong_use(synthdeal: Synthdeal) -> None:
    assert synthdeal("ui", "--port", "70000").exit_code == 2
