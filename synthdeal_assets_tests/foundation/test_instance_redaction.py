"""An instance that writes secrets is named in each run's log and by a check; ours, and one in memory, are not."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key
from synthdeal_assets.foundation.dagster_instance.home import prepare_dagster_home
from synthdeal_assets.foundation.dagster_instance.instance_redaction import redaction_warning
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.orchestration.checks import history_is_kept_without_secrets
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES


@dg.asset(key=asset_key(OPPORTUNITY_SCORES))
def scores(warehouse: Warehouse) -> None:
    assert warehouse


@pytest.fixture(autouse=True)
def _restore_dagster_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """What Dagster makes of an empty DAGSTER_HOME."""
    (tmp_path / "empty").mkdir()
    with dg.DagsterInstance.from_config(str(tmp_path / "empty")) as instance:
        yield instance


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(prepare_dagster_home(tmp_path / "home"))) as instance:
        yield instance


def run(instance: dg.DagsterInstance, tmp_path: Path) -> tuple[list[str], dg.AssetCheckEvaluation]:
    """Warnings of a run on the instance, and what the check says."""
    definitions = dg.Definitions(
        assets=[scores],
        asset_checks=[history_is_kept_without_secrets],
        resources={"warehouse": Warehouse(database=str(tmp_path / "warehouse.duckdb"))},
        jobs=[dg.define_asset_job("everything")],
    )
    done = definitions.resolve_job_def("everything").execute_in_process(instance=instance)
    said = [entry.user_message for entry in instance.all_logs(done.run_id) if entry.level == logging.WARNING]
    (evaluation,) = done.get_asset_check_evaluations()
    return said, evaluation


def test_plain_storage_is_a_warning_in_the_log_and_a_check_that_does_not_pass(
    plain: dg.DagsterInstance, tmp_path: Path
) -> None:
    said, check = run(plain, tmp_path)

    assert len(said) == 1
    assert said[0].startswith("Dagster stores the history of runs, events, ticks of schedules and sensors, what runs ")
    assert "copy SynthDeal's dagster.yaml into DAGSTER_HOME" in said[0]
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.WARN
    assert check.description == said[0]


def test_our_storage_is_none(ours: dg.DagsterInstance, tmp_path: Path) -> None:
    said, check = run(ours, tmp_path)

    assert said == []
    assert check.passed


def test_an_instance_in_memory_writes_nothing() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert redaction_warning(instance) is None
