"""Dagster's folder of a home of before: its history opens, and its copy of dagster.yaml works, edited or not."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

import pytest

from synthdeal_assets.cli.home import opened_home
from synthdeal_assets.foundation.dagster_instance.compute_logs import RedactingComputeLogManager
from synthdeal_assets.foundation.dagster_instance.home import COPY_MARK, NAMES_OF_BEFORE, shipped_file
from synthdeal_assets.foundation.dagster_instance.run_log import RunLogHandler
from synthdeal_assets.foundation.dagster_instance.storage import RedactingEventLogStorage, RedactingRunStorage
from synthdeal_assets.settings import Settings

RUNS: Final = 6


@pytest.fixture(autouse=True)
def _restore_dagster_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening a home sets the variable; what it was before comes back."""
    monkeypatch.setenv("DAGSTER_HOME", "")


@pytest.mark.parametrize("edited", [False, True])
def test_the_home_opens_with_the_same_history_and_without_secrets_as_before(
    old_home: Path, edited: bool, caplog: pytest.LogCaptureFixture
) -> None:
    config = old_home / "dagster" / "dagster.yaml"
    of_before = config.read_text(encoding="utf-8")
    assert all(name in of_before for name in NAMES_OF_BEFORE)
    if edited:
        of_before = of_before.replace("max_concurrent_runs: 1", "max_concurrent_runs: 2")
        config.write_text(of_before, encoding="utf-8")

    with opened_home(Settings(home=old_home)) as instance:
        assert instance.get_runs_count() == RUNS
        assert isinstance(instance.run_storage, RedactingRunStorage)
        assert isinstance(instance.event_log_storage, RedactingEventLogStorage)
        assert isinstance(instance.compute_log_manager, RedactingComputeLogManager)
        assert [type(handler) for handler in instance.get_handlers()][-1] is RunLogHandler
        assert instance.get_concurrency_config().run_queue_config is not None

    now = config.read_text(encoding="utf-8")
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    if edited:
        assert now == of_before
        assert len(said) == 1
        assert all(f"{before} is now {now}" in said[0] for before, now in NAMES_OF_BEFORE.items())
    else:
        assert now.startswith(COPY_MARK)
        assert now.endswith(shipped_file("dagster.yaml"))
        assert said == []
