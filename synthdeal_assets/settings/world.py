"""Which world is made."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, field_validator

from synthdeal_assets.settings.group import SettingsGroup
from synthdeal_assets.settings.kinds import Day

MIN_AS_OF = dt.date(2020, 1, 1)
"""Accounts are created before this day, so that no opportunity is older than its account."""
MAX_AS_OF = dt.date(2100, 12, 31)


class WorldSettings(SettingsGroup):
    """Size, seed, day and names of the world."""

    opportunities: Annotated[int, Field(ge=1, le=2_000_000)] = Field(
        default=500, description="Size of the world: the number of opportunities created in the 364 days up to as_of."
    )
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = Field(
        default=42, description="Seed of the world: another seed gives another company with other deals."
    )
    as_of: Day | None = Field(
        default=None, description="Date of the world (YYYY-MM-DD); unset means today in `timezone`."
    )
    replace_world: bool = Field(
        default=False, description="Allow a run with another seed, size or kind of names to replace the world."
    )
    account_names: Literal["public", "fictional"] = Field(
        default="public",
        description="Names of accounts: public (real public companies; every figure is synthetic) or fictional "
        "(invented).",
    )

    @field_validator("as_of")
    @classmethod
    def _as_of_in_range(cls, value: dt.date | None) -> dt.date | None:
        if value is not None and not MIN_AS_OF <= value <= MAX_AS_OF:
            raise ValueError(f"must be between {MIN_AS_OF} and {MAX_AS_OF}")
        return value
