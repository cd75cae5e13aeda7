"""What the whitespace engine learns from, and whom its list may name."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field, field_validator

from synthdeal_assets.settings.group import SettingsGroup
from synthdeal_assets.settings.kinds import Day, UserPath, names_in

WHITESPACE_PARTS = ("p_icp", "lift", "affinity", "expected_value")
"""What the whitespace score is blended from, in the order of `whitespace_weights`."""


class WhitespaceSettings(SettingsGroup):
    """Cutoff and window, divisions, the score, the list, and where MLflow is."""

    cutoff: Day | None = Field(
        alias="whitespace_cutoff",
        default=None,
        description="Last day that features and the whitespace list may use (YYYY-MM-DD); unset means the last day "
        "of the sales log.",
    )
    window_days: Annotated[int, Field(ge=1, le=3_650)] | None = Field(
        alias="whitespace_window_days",
        default=None,
        description="Days after a cutoff in which a purchase counts as a success; unset means the longest of 180, "
        "120, 90, 60 and 30 that the sales log is long enough for.",
    )
    training_cutoffs: Annotated[int, Field(ge=1, le=60)] = Field(
        alias="whitespace_training_cutoffs",
        default=6,
        description="Maximum number of earlier cutoffs that a model learns from.",
    )
    divisions: str | None = Field(
        alias="whitespace_divisions",
        default=None,
        description="Divisions to model, separated by ';' (put a name that contains one in double quotes); unset "
        "means all.",
    )
    weights: str = Field(
        alias="whitespace_weights",
        default="0.60/0.20/0.10/0.10",
        description="Weights of purchase probability (p_icp), basket lift, affinity and expected value in the "
        "whitespace score; they must sum to 1.",
    )
    capacity_per_rep: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        alias="whitespace_capacity_per_rep",
        default=25,
        description="Number of whitespace pairs that one rep can work on until the next list.",
    )
    recent_purchase_days: Annotated[int, Field(ge=0, le=3_650)] = Field(
        alias="whitespace_recent_purchase_days",
        default=14,
        description="Days after any purchase in which a customer is excluded from the list; 0 excludes nobody.",
    )
    do_not_contact: UserPath | None = Field(
        alias="whitespace_do_not_contact",
        default=None,
        description="CSV file with a column customer_id that lists the customers nobody may contact.",
    )
    mlflow_tracking_uri: str | None = Field(
        default=None, description="Tracking address of MLflow; unset means an SQLite file in the home folder."
    )

    @field_validator("weights")
    @classmethod
    def _weights_sum_to_one(cls, value: str) -> str:
        try:
            weights = [float(part) for part in value.split("/")]
        except ValueError as error:
            raise ValueError("must be four numbers, such as 0.60/0.20/0.10/0.10") from error
        if len(weights) != len(WHITESPACE_PARTS) or not all(0 <= weight <= 1 for weight in weights):
            raise ValueError("must be four numbers from 0 to 1, such as 0.60/0.20/0.10/0.10")
        if not math.isclose(sum(weights), 1, abs_tol=1e-6):
            raise ValueError(f"must sum to 1, but sums to {sum(weights):g}")
        return value

    @field_validator("divisions")
    @classmethod
    def _names_a_division(cls, value: str | None) -> str | None:
        if value is not None and not names_in(value):
            raise ValueError("must name a division")
        return value

    @property
    def weight_of(self) -> dict[str, float]:
        """The weight of each part of the whitespace score, by its name in `WHITESPACE_PARTS`."""
        return dict(zip(WHITESPACE_PARTS, map(float, self.weights.split("/")), strict=True))

    @property
    def chosen_divisions(self) -> tuple[str, ...] | None:
        """The divisions to model; None means all."""
        return None if self.divisions is None else names_in(self.divisions)
