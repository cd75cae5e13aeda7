"""The monthly schedule asks for the whole whitespace engine, is off at first, and steps aside for any other run."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from synthdeal_assets.foundation.run_process import begin_run
from synthdeal_assets.orchestration.schedules import build_monthly_whitespace_refresh, build_nightly_refresh
from synthdeal_assets.settings import Settings
from synthdeal_assets_tests.failure_codes import failing_with


@dg.job(name="refresh")
def refresh_run() -> None:
    """Stands for a nightly run in the history."""


@dg.job(name="whitespace_refresh")
def whitespace_run() -> None:
    """Stands for a monthly run in the history."""


@pytest.fixture
def instance(tmp_path: Path) -> dg.DagsterInstance:
    return dg.DagsterInstance.local_temp(str(tmp_path))


def tick(instance: dg.DagsterInstance, schedule: dg.ScheduleDefinition) -> object:
    return schedule(dg.build_schedule_context(instance=instance, resources={}))


def test_a_tick_asks_for_every_cutoff_in_one_run(instance: dg.DagsterInstance) -> None:
    request = tick(instance, build_monthly_whitespace_refresh(Settings()))

    assert isinstance(request, dg.RunRequest)
    assert request.partition_key is None


@pytest.mark.parametrize("going_on", [refresh_run, whitespace_run])
def test_neither_schedule_starts_while_a_run_of_the_other_goes_on(
    instance: dg.DagsterInstance, going_on: dg.JobDefinition
) -> None:
    run = instance.create_run_for_job(going_on, status=dg.DagsterRunStatus.STARTED)
    instance.add_run_tags(run.run_id, begin_run(instance.root_directory, run.run_id))

    for schedule in (build_monthly_whitespace_refresh(Settings()), build_nightly_refresh(Settings())):
        answer = tick(instance, schedule)
        assert isinstance(answer, dg.SkipReason)
        assert run.run_id in str(answer.skip_message)


def test_it_is_off_until_somebody_switches_it_on_and_keeps_its_cron() -> None:
    schedule = build_monthly_whitespace_refresh(Settings(whitespace_cron="30 5 2 * *", timezone="Asia/Tokyo"))

    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("30 5 2 * *", "Asia/Tokyo")


def test_a_cron_expression_that_is_none_names_its_own_setting() -> None:
    with failing_with("schedules.bad-cron", naming=r"SYNTHDEAL_WHITESPACE_CRON is '99 99 \* \* \*'"):
        build_monthly_whitespace_refresh(Settings(whitespace_cron="99 99 * * *"))
