"""Secrets are planted wherever a run can say something; afterwards nothing that it left behind holds one."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from synthdeal_assets_tests.foundation.planted_secrets import LEAKS, ODD_KEY, run_planted_job

REPOSITORY = Path(__file__).parents[2]


def contents(home: Path) -> Iterator[tuple[str, bytes]]:
    """Every file under the home, and what is compressed inside the databases."""
    for path in sorted(home.rglob("*")):
        if not path.is_file():
            continue
        yield str(path.relative_to(home)), path.read_bytes()
        if path.suffix == ".db":
            with sqlite3.connect(path) as connection:
                for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                    for row in connection.execute(f"SELECT * FROM {table}"):
                        for value in row:
                            if isinstance(value, bytes) and value.startswith(b"\x78"):
                                yield f"{path.name}:{table}", zlib.decompress(value)


def leaks(home: Path) -> list[tuple[str, str]]:
    return [(name, leak) for name, content in contents(home) for leak in LEAKS if leak.encode() in content]


def everything_was_written(home: Path) -> None:
    """Guard against an empty search: each place that could hold a secret says that one was there."""
    marked = {name for name, content in contents(home) if b"[redacted]" in content}
    for place in ("schedules.db", "runs.db", "index.db", "events.jsonl", "errors.jsonl", "run.json", ".out", ".err"):
        assert any(place in name for name in marked), place
    for place in ("config.resolved.yaml", "runs.db:snapshots"):
        assert any(place in name for name in marked), place


@pytest.fixture
def odd_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", ODD_KEY)


@pytest.mark.usefixtures("odd_key")
def test_a_run_in_this_process_leaves_no_secret_behind(home: Path, instance: dg.DagsterInstance) -> None:
    assert not run_planted_job(instance).success

    # While the databases are open, what was written last is in their write-ahead logs.
    assert any(name.endswith("-wal") for name, _ in contents(home))
    assert leaks(home) == []
    instance.dispose()
    assert leaks(home) == []
    everything_was_written(home)


@pytest.mark.slow
def test_a_run_in_another_process_leaves_no_secret_behind_nor_prints_one(home: Path) -> None:
    process = subprocess.run(
        [sys.executable, "-m", "synthdeal_assets_tests.foundation.planted_secrets"],
        cwd=REPOSITORY,
        env=os.environ | {"OPENAI_API_KEY": ODD_KEY},
        check=False,
        capture_output=True,
        text=True,
    )

    assert process.returncode == 0, process.stderr
    assert leaks(home) == []
    everything_was_written(home)
    printed = process.stdout + process.stderr
    assert printed.count("printed to stderr") >= 1
    assert [leak for leak in LEAKS if leak in printed] == []


def test_a_key_in_the_env_file_is_as_secret_as_one_in_the_environment(home: Path, instance: dg.DagsterInstance) -> None:
    Path(".env").write_text(f"ANTHROPIC_API_KEY='{ODD_KEY}'\n", encoding="utf-8")

    run_planted_job(instance)

    instance.dispose()
    assert leaks(home) == []
