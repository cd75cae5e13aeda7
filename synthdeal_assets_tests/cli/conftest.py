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
from synthdeal_assets.settings import ENV_PREFIX

COMMAND = [sys.executable, "-m", "synthdeal_assets.cli"]
AS_OF = "2026-11-20"
SIZE = 40

Synthdeal = Callable[..., Result]


@pytest.fixture
def synthdeal() -> Iterator[Synthdeal]:
    """Call the command in this process; what it exports into the environment is taken back."""
    before = dict(os.environ)

    def call(*arguments: str | Path) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    yield call
    os.environ.clear()
    os.environ.update(before)


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
