"""When the pipeline runs by itself, and the reason when it does not. What runs belongs in `jobs.py`."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import dagster as dg
from dagster._utils.schedules import is_valid_cron_schedule

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.orchestration.dead_runs import end_dead_runs, runs_in_progress
from synthdeal_assets.orchestration.jobs import PIPELINE_JOBS, refresh, refresh_config
from synthdeal_assets.settings import Settings


def build_nightly_refresh(settings: Settings) -> dg.ScheduleDefinition:
    """The schedule `nightly_refresh`: job `refresh`, with as_of the day on which the tick was due in `timezone`.

    A tick is skipped while a run of the pipeline is really going on or next in the queue. A run whose process is gone
    is ended first, so that one killed night does not silence every night after it. It is off until somebody switches
    it on, because a world that moves by itself surprises whoever prepares a demo.

    Raises:
        SynthDealError: `nightly_cron` is no cron expression.
    """
    if not is_valid_cron_schedule(settings.nightly_cron):
        raise SynthDealError(
            f"SYNTHDEAL_NIGHTLY_CRON is {settings.nightly_cron!r}, which is no cron expression: write minute, hour, "
            "day of the month, month and day of the week, such as '0 2 * * *'.",
            usage=True,
        )

    @dg.schedule(
        name="nightly_refresh",
        job=refresh,
        cron_schedule=settings.nightly_cron,
        execution_timezone=settings.timezone,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="Every night: the world's next day, what is new scored, the report written.",
    )
    def nightly_refresh(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        ended = end_dead_runs(context.instance)
        if ended:
            context.log.warning("Ended %d run(s) whose process was gone: %s", len(ended), ", ".join(ended))
        running = runs_in_progress(context.instance, PIPELINE_JOBS, queued=True)
        if running:
            return dg.SkipReason(f"Skipped: run {running[0].run_id} of {running[0].job_name} is still going on.")
        as_of = scheduled_day(context.scheduled_execution_time, settings.timezone)
        return dg.RunRequest(run_key=None, run_config=refresh_config(as_of=as_of.isoformat()))

    return nightly_refresh


def scheduled_day(scheduled: dt.datetime, timezone: str) -> dt.date:
    """The calendar day of a tick in a time zone."""
    return scheduled.astimezone(ZoneInfo(timezone)).date()
