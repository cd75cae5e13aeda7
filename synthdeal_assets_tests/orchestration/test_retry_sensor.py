"""The retry sensor asks for one run when failed opportunities are due, and for none otherwise."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from synthdeal_assets.foundation.run_process import begin_run
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.orchestration.sensors import retry_failed_scores_sensor
from synthdeal_assets.scoring.tables import SCORE_FAILURES
from synthdeal_assets_tests.orchestration.queued_run import queued_run

NOW = dt.datetime.now(dt.UTC).replace(tzinfo=None)
AN_HOUR = dt.timedelta(hours=1)


@dg.job(name="refresh")
def refresh_run() -> None:
    """Stands for a run of the pipeline in the history."""


@pytest.fixture
def instance(tmp_path: Path) -> dg.DagsterInstance:
    return dg.DagsterInstance.local_temp(str(tmp_path))


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(database=str(tmp_path / "warehouse.duckdb"))


def failures(due: dict[str, dt.datetime | None], attempts: int = 1) -> pl.DataFrame:
    return SCORE_FAILURES.conform(
        pl.DataFrame(
            [
                {
                    "opportunity_id": opportunity_id,
                    "scorer": "scripted",
                    "kind": "timeout",
                    "message": "no answer",
                    "attempts": attempts,
                    "first_failed_at": NOW - AN_HOUR,
                    "last_failed_at": NOW - AN_HOUR,
                    "next_attempt_at": moment,
                    "input_hash": "0" * 64,
                    "run_id": "run",
                    "endpoint": None,
                }
                for opportunity_id, moment in due.items()
            ],
            schema_overrides={"next_attempt_at": pl.Datetime("us"), "endpoint": pl.String},
        )
    )


def look(instance: dg.DagsterInstance, warehouse: Warehouse) -> dg.RunRequest | dg.SkipReason:
    answer = retry_failed_scores_sensor(dg.build_sensor_context(instance=instance), warehouse=warehouse)
    assert isinstance(answer, dg.RunRequest | dg.SkipReason)
    return answer


def test_one_run_is_asked_for_however_many_are_due(instance: dg.DagsterInstance, warehouse: Warehouse) -> None:
    warehouse.replace({SCORE_FAILURES: failures({"A": NOW - AN_HOUR, "B": NOW - AN_HOUR, "C": NOW + AN_HOUR})})

    request = look(instance, warehouse)

    assert isinstance(request, dg.RunRequest)
    assert request.run_config == {"ops": {"scoring__opportunity_scores": {"config": {"only": "failed"}}}}
    assert request.tags["synthdeal/due"] == "2"


def test_nothing_is_asked_for_before_the_pause_is_over_or_after_the_last_attempt(
    instance: dg.DagsterInstance, warehouse: Warehouse
) -> None:
    warehouse.replace({SCORE_FAILURES: failures({"waiting": NOW + AN_HOUR, "given up": None})})

    assert isinstance(look(instance, warehouse), dg.SkipReason)


def test_a_failure_that_was_noted_before_the_clock_was_set_back_is_due(
    instance: dg.DagsterInstance, warehouse: Warehouse
) -> None:
    ahead = failures({"A": NOW + 48 * AN_HOUR}).with_columns(last_failed_at=pl.lit(NOW + 47 * AN_HOUR))
    warehouse.replace({SCORE_FAILURES: SCORE_FAILURES.conform(ahead)})

    assert isinstance(look(instance, warehouse), dg.RunRequest)


def test_a_failure_at_a_later_attempt_is_asked_for_anew(instance: dg.DagsterInstance, warehouse: Warehouse) -> None:
    keys = set()
    for attempts in (1, 2):
        warehouse.replace({SCORE_FAILURES: failures({"A": NOW - AN_HOUR}, attempts)})
        request = look(instance, warehouse)
        assert isinstance(request, dg.RunRequest)
        keys.add(request.run_key)

    assert len(keys) == 2


def test_the_sensor_waits_for_a_run_that_is_going_on(instance: dg.DagsterInstance, warehouse: Warehouse) -> None:
    warehouse.replace({SCORE_FAILURES: failures({"A": NOW - AN_HOUR})})
    run = instance.create_run_for_job(refresh_run, status=dg.DagsterRunStatus.STARTED)
    instance.add_run_tags(run.run_id, begin_run(instance.root_directory, run.run_id))

    assert isinstance(look(instance, warehouse), dg.SkipReason)


def test_the_sensor_waits_for_a_run_that_is_next_in_the_queue(
    instance: dg.DagsterInstance, warehouse: Warehouse
) -> None:
    warehouse.replace({SCORE_FAILURES: failures({"A": NOW - AN_HOUR})})
    queued_run(instance, refresh_run)

    assert isinstance(look(instance, warehouse), dg.SkipReason)


def test_a_home_without_a_warehouse_is_left_without_one(instance: dg.DagsterInstance, warehouse: Warehouse) -> None:
    assert isinstance(look(instance, warehouse), dg.SkipReason)
    assert not warehouse.path.exists()
