"""A Dagster instance as users have it: from the shipped dagster.yaml, in a home of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from synthdeal_assets.foundation.dagster_instance.home import prepare_dagster_home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    monkeypatch.setenv("SYNTHDEAL_HOME", str(home))
    monkeypatch.setenv("DAGSTER_HOME", str(home / "dagster"))
    return home


@pytest.fixture
def instance(home: Path) -> Iterator[dg.DagsterInstance]:
    prepare_dagster_home(home)
    with dg.DagsterInstance.get() as instance:
        yield instance
