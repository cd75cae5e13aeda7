"""When the nightly and the monthly job run."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from synthdeal_assets.settings.group import SettingsGroup
from synthdeal_assets.settings.kinds import Cron


class ScheduleSettings(SettingsGroup):
    """The schedules and their time zone, which also decides what day "today" is."""

    timezone: str = Field(default="UTC", description="Time zone (IANA name) of the nightly schedule and of 'today'.")
    nightly_cron: Cron = Field(
        default="0 2 * * *", description="When the nightly refresh runs (cron expression with five fields)."
    )
    whitespace_cron: Cron = Field(
        default="0 3 1 * *", description="When the monthly whitespace refresh runs (cron expression with five fields)."
    )

    @field_validator("timezone")
    @classmethod
    def _timezone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("is not a known time zone, such as UTC or Europe/Berlin") from error
        return value
