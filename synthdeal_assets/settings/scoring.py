"""Who scores, and how often a failure is tried again."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from synthdeal_assets.settings.group import SettingsGroup
from synthdeal_assets.settings.kinds import ProviderName


class ScoringSettings(SettingsGroup):
    """The scorer, and its second attempts."""

    scorer: Literal["heuristic", "openai", "anthropic", "hybrid"] = Field(
        default="heuristic",
        description="Who scores the opportunities: heuristic (fixed rules), openai (any OpenAI-compatible endpoint), "
        "anthropic, or hybrid (a model, and the heuristic where the model fails).",
    )
    concurrency: Annotated[int, Field(ge=1, le=1024)] = Field(
        alias="scorer_concurrency", default=32, description="Number of opportunities scored at the same time."
    )
    hybrid_provider: ProviderName = Field(default="openai", description="Provider whose model the hybrid scorer asks.")
    retry_max_attempts: Annotated[int, Field(ge=1, le=100)] = Field(
        default=5, description="Attempts after which a failing opportunity is no longer retried automatically."
    )
    retry_backoff_minutes: Annotated[float, Field(ge=0, le=1440)] = Field(
        default=5.0, description="Minutes before a failed opportunity is retried; doubles with each attempt."
    )
