"""The nightly schedule asks for the day it was due on, and steps aside only for a run that really goes on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import dagster as dg
import pytest

from synthdeal_assets.foundation.run_process import begin_run, process_tags
from synthdeal_assets.orchestration.schedules import build_nightly_refresh
from synthdeal_assets.settings import Settings
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.orchestration.queued_run import queued_run

HALF_PAST_MIDNIGHT_IN_BERLIN = dt.datetime(2026, 11, 20, 23, 30, tzinfo=dt.UTC)


@dg.job(name="refresh")
def refresh_run() -> None:
    """Stands for a run of the pipeline in the history."""


@pytest.fixture
def instance(tmp_path: Path) -> dg.DagsterInstance:
    return dg.DagsterInstance.local_temp(str(tmp_path))


def tick(instance: dg.DagsterInstance, settings: Settings) -> dg.RunRequest | dg.SkipReason:
    context = dg.build_schedule_context(
        instance=instance, scheduled_execution_time=HALF_PAST_MIDNIGHT_IN_BERLIN, resources={}
    )
    answer = build_nightly_refresh(settings)(context)
    assert isinstance(answer, dg.RunRequest | dg.SkipReason)
    return answer


@pytest.mark.parametrize(
    ("timezone", "day"), [("UTC", "2026-11-20"), ("Europe/Berlin", "2026-11-21"), ("America/New_York", "2026-11-20")]
)
def test_the_world_is_moved_to_the_scheduled_day_in_the_configured_time_zone(
    instance: dg.DagsterInstance, timezone: str, day: str
) -> None:
    request = tick(instance, Settings(timezone=timezone))

    assert isinstance(request, dg.RunRequest)
    assert request.run_config == {"ops": {"world": {"config": {"as_of": day}}}}


def test_a_tick_is_skipped_while_a_run_of_the_pipeline_goes_on(instance: dg.DagsterInstance) -> None:
    run = instance.create_run_for_job(refresh_run, status=dg.DagsterRunStatus.STARTED)
    instance.add_run_tags(run.run_id, begin_run(instance.root_directory, run.run_id))

    answer = tick(instance, Settings())

    assert isinstance(answer, dg.SkipReason)
    assert run.run_id in str(answer.skip_message)


def test_a_tick_is_skipped_while_a_run_of_the_pipeline_waits_in_the_queue(instance: dg.DagsterInstance) -> None:
    run = queued_run(instance, refresh_run)

    answer = tick(instance, Settings())

    assert isinstance(answer, dg.SkipReason)
    assert run.run_id in str(answer.skip_message)


def test_a_run_that_was_killed_does_not_silence_the_night_after(instance: dg.DagsterInstance) -> None:
    run = instance.create_run_for_job(refresh_run, status=dg.DagsterRunStatus.STARTED)
    instance.add_run_tags(run.run_id, process_tags(run.run_id))  # What is left of it: nobody holds its file.

    assert isinstance(tick(instance, Settings()), dg.RunRequest)


def test_the_schedule_keeps_the_configured_cron_and_time_zone() -> None:
    schedule = build_nightly_refresh(Settings(nightly_cron="15 4 * * 1-5", timezone="Asia/Tokyo"))

    assert schedule.cron_schedule == "15 4 * * 1-5"
    assert schedule.execution_timezone == "Asia/Tokyo"


@pytest.mark.parametrize("cron", ["99 99 * * *", "every night at two sharp", "0 2 * * MOO"])
def test_a_cron_expression_that_is_none_is_named_in_one_sentence(cron: str) -> None:
    with failing_with("schedules.bad-cron", naming="^SYNTHDEAL_NIGHTLY_CRON ") as caught:
        build_nightly_refresh(Settings(nightly_cron=cron))

    assert caught.value.usage


def test_a_tick_is_skipped_while_somebody_materialises_assets_by_hand(instance: dg.DagsterInstance) -> None:
    by_hand = dg.Definitions(assets=[dg.AssetSpec("nothing")]).resolve_implicit_global_asset_job_def()
    run = instance.create_run_for_job(by_hand, status=dg.DagsterRunStatus.STARTED)
    instance.add_run_tags(run.run_id, begin_run(instance.root_directory, run.run_id))

    assert isinstance(tick(instance, Settings()), dg.SkipReason)
