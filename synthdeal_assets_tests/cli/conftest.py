"""A home with one finished run, and ways to call the command: in this process, or as a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from synthdeal_assets.cli.app import app
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.settings import ENV_PREFIX

COMMAND = [sys.executable, "-m", "synthdeal_assets.cli"]
AS_OF = "2026-11-20"
SIZE = 40

SET_BY_LIBRARIES = frozenset({"KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK", "_RJEM_MALLOC_CONF"})
"""What Polars, LightGBM and scikit-learn put into the environment when they are imported."""

Synthdeal = Callable[..., Result]


@pytest.fixture
def synthdeal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Synthdeal]:
    """Call the command in this process; it leaves the environment as it was, but for DAGSTER_HOME."""
    monkeypatch.delenv("DAGSTER_HOME", raising=False)

    def call(*arguments: str | Path) -> Result:
        before = dict(os.environ)
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        changed = {name for name in {*before, *os.environ} if os.environ.get(name) != before.get(name)}
        assert changed - SET_BY_LIBRARIES <= {"DAGSTER_HOME"}
        return result

    yield call
    os.environ.pop("DAGSTER_HOME", None)


def code_of(result: Result) -> str | None:
    """The code of the failure that a command ended with; None when it ended with none."""
    error = result.exc_info[1] if result.exc_info is not None else None
    while error is not None and not isinstance(error, SynthDealError):
        error = error.__cause__ or error.__context__
    return error.code if error is not None else None


def run_command(*arguments: str | Path, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Call the command as a process of its own."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=folder,
        env=plain_environment() | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def plain_environment() -> dict[str, str]:
    """The environment without any setting of SynthDeal or Dagster."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(ENV_PREFIX) and name != "DAGSTER_HOME"
    }


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """The first `synthdeal run` of a home, and the home; not to be written to."""
    folder = tmp_path_factory.mktemp("first_run")
    home = folder / "home"
    done = run_command("run", "--opportunities", str(SIZE), "--as-of", AS_OF, "--home", home, folder=folder)
    assert done.returncode == 0, done.stderr
    return done, home


@pytest.fixture
def home(first_run: tuple[subprocess.CompletedProcess[str], Path], tmp_path: Path) -> Path:
    """A home of the test's own with one finished run in it."""
    copied = tmp_path / "copied_home"
    shutil.copytree(first_run[1], copied)
    return copied
