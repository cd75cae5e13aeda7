"""When the pipeline runs by itself, and the reason when it does not. What runs belongs in `jobs.py`."""

from __future__ import annotations

import datetime as dt
from typing import Final
from zoneinfo import ZoneInfo

import dagster as dg

from synthdeal_assets.datasets.partitions import PARTITIONS_NAME
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.dagster_instance.dagster_internals import is_valid_cron_schedule
from synthdeal_assets.orchestration.dead_runs import end_dead_runs, runs_in_progress
from synthdeal_assets.orchestration.jobs import (
    DATASET,
    PIPELINE_JOBS,
    dataset,
    refresh,
    refresh_config,
    whitespace_refresh,
)
from synthdeal_assets.settings import Settings, names_in, variable_name

PARTITION_TAG: Final = "dagster/partition"
"""Where Dagster notes the key that a run was launched with."""


def build_nightly_refresh(settings: Settings) -> dg.ScheduleDefinition:
    """The schedule `nightly_refresh`: job `refresh`, with as_of the day on which the tick was due in `timezone`.

    A tick is skipped while a run of the pipeline is really going on or next in the queue. A run whose process is gone
    is ended first, so that one killed night does not silence every night after it. It is off until somebody switches
    it on, because a world that moves by itself surprises whoever prepares a demo.

    Raises:
        SynthDealError: `nightly_cron` is no cron expression.
    """
    _require_cron("nightly_cron", settings.schedules.nightly_cron, "0 2 * * *")

    @dg.schedule(
        name="nightly_refresh",
        job=refresh,
        cron_schedule=settings.schedules.nightly_cron,
        execution_timezone=settings.schedules.timezone,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="Every night: advance the world by a day, score what is new or changed, write the report.",
    )
    def nightly_refresh(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if (going_on := _still_going_on(context)) is not None:
            return going_on
        as_of = scheduled_day(context.scheduled_execution_time, settings.schedules.timezone)
        return dg.RunRequest(run_key=None, run_config=refresh_config(as_of=as_of.isoformat()))

    return nightly_refresh


def build_monthly_whitespace_refresh(settings: Settings) -> dg.ScheduleDefinition:
    """The schedule `monthly_whitespace_refresh`: job `whitespace_refresh`, skipped and off like `nightly_refresh`.

    Raises:
        SynthDealError: `whitespace_cron` is no cron expression.
    """
    _require_cron("whitespace_cron", settings.schedules.whitespace_cron, "0 3 1 * *")

    @dg.schedule(
        name="monthly_whitespace_refresh",
        job=whitespace_refresh,
        cron_schedule=settings.schedules.whitespace_cron,
        execution_timezone=settings.schedules.timezone,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="Every month: read the sales log again, train and test the models, write the whitespace list "
        "and its files.",
    )
    def monthly_whitespace_refresh(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        return _still_going_on(context) or dg.RunRequest(run_key=None)

    return monthly_whitespace_refresh


def build_dataset_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """The schedule `scheduled_datasets`: a run of job `dataset` for each dataset that the setting names; off at first.

    Each is a run of its own, so that one that fails is retried alone.

    Raises:
        SynthDealError: `dataset_cron` is no cron expression.
    """
    _require_cron("dataset_cron", settings.schedules.dataset_cron, "0 4 * * *")

    @dg.schedule(
        name="scheduled_datasets",
        job=dataset,
        cron_schedule=settings.schedules.dataset_cron,
        execution_timezone=settings.schedules.timezone,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="Generate the datasets that SYNTHDEAL_SCHEDULED_DATASETS names anew, each in a run of its own.",
    )
    def scheduled_datasets(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:
        wanted = names_in(settings.schedules.scheduled_datasets or "")
        known = context.instance.get_dynamic_partitions(PARTITIONS_NAME)
        if unknown := [name for name in wanted if name not in known]:
            context.log.warning("No dataset of these names has been generated yet: %s", ", ".join(unknown))
        end_dead_runs(context.instance)
        running = {run.tags.get(PARTITION_TAG) for run in runs_in_progress(context.instance, frozenset({DATASET}))}
        due = [name for name in wanted if name in known and name not in running]
        if not due:
            return dg.SkipReason("SYNTHDEAL_SCHEDULED_DATASETS names no dataset, or none that is not being generated.")
        return [dg.RunRequest(run_key=None, partition_key=name) for name in due]

    return scheduled_datasets


def _require_cron(field: str, cron: str, example: str) -> None:
    if not is_valid_cron_schedule(cron):
        raise SynthDealError(
            f"{variable_name(field)} is {cron!r}, which is not a cron expression: write minute, hour, day of the "
            f"month, month and day of the week, such as {example!r}.",
            code="schedules.bad-cron",
            usage=True,
        )


def _still_going_on(context: dg.ScheduleEvaluationContext) -> dg.SkipReason | None:
    """Why a tick is skipped; None when nothing is in its way."""
    ended = end_dead_runs(context.instance)
    if ended:
        context.log.warning("Closed %d run(s) whose process was gone: %s", len(ended), ", ".join(ended))
    running = runs_in_progress(context.instance, PIPELINE_JOBS, queued=True)
    if not running:
        return None
    return dg.SkipReason(f"Skipped: run {running[0].run_id} of {running[0].job_name} is still in progress.")


def scheduled_day(scheduled: dt.datetime, timezone: str) -> dt.date:
    """The calendar day of a tick in a time zone."""
    return scheduled.astimezone(ZoneInfo(timezone)).date()
