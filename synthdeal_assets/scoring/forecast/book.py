"""Open deals on the days of forecasts, as arrays beside each other: what stood in the CRM, the score, and the outcome.

A forecast of a past day may know nothing that came later. `known_on` is the one way to lessons, and takes it all out.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.entries import Entries
from synthdeal_assets.foundation.statistics.bootstrap import BoolArray, FloatArray, IntArray
from synthdeal_assets.world.salesforce_picklists import OPEN_STAGES

NOT_YET: Final = 10_000_000
"""The day on which a deal closes of which it is not known; far beyond every day."""


@dataclass(frozen=True)
class Book(Entries):
    """Deals that are open on a day, one entry a deal and day, in the order of deal and day.

    Attributes:
        deal: The number of the deal, from 0.
        day: The day (days since 1970-01-01, like all days here).
        stage: Place of its stage in the sales process, from 0.
        amount: Its amount, in USD.
        close_date: Day on which the seller expects it to close.
        age_days: Days since it was created.
        days_in_stage: Days since it came into the stage.
        slips: How often its close date was moved out.
        score: Its score, 0 to 100; NaN where there is none.
        closed_on: Day on which it closed; `NOT_YET` where that is not known.
        won: Whether it was won then.
    """

    deal: IntArray
    day: IntArray
    stage: IntArray
    amount: FloatArray
    close_date: IntArray
    age_days: IntArray
    days_in_stage: IntArray
    slips: IntArray
    score: FloatArray
    closed_on: IntArray
    won: BoolArray

    @classmethod
    def of(cls, deals: pl.DataFrame) -> Self:
        """The book of a frame.

        Args:
            deals: Rows in the order of opportunity_id and landmark_date, with the columns of
                `landmark_frame.landmark_frame`; score is NULL where there is none.
        """
        number = deals["opportunity_id"].rle_id().cast(pl.Int64)

        def days(column: str) -> IntArray:
            return deals[column].cast(pl.Int32).cast(pl.Int64).fill_null(NOT_YET).to_numpy()

        return cls(
            deal=number.to_numpy(),
            day=days("landmark_date"),
            stage=deals["stage_name"]
            .replace_strict(list(OPEN_STAGES), range(len(OPEN_STAGES)), return_dtype=pl.Int64)
            .to_numpy(),
            amount=deals["amount"].cast(pl.Float64).to_numpy(),
            close_date=days("close_date"),
            **{name: deals[name].cast(pl.Int64).to_numpy() for name in ("age_days", "days_in_stage", "slips")},
            score=deals["score"].cast(pl.Float64).fill_null(np.nan).to_numpy(),
            closed_on=days("closed_on"),
            won=deals["is_won"].fill_null(value=False).to_numpy(),
        )

    def on(self, day: dt.date) -> Self:
        """The deals of a day."""
        return self.where(self.day == number_of(day))

    def known_on(self, day: dt.date) -> Self:
        """The deals of earlier days, with the outcomes that were known on this day alone."""
        before = self.where(self.day < number_of(day))
        known = before.closed_on <= number_of(day)
        return replace(before, closed_on=np.where(known, before.closed_on, NOT_YET), won=before.won & known)

    @property
    def has_score(self) -> BoolArray:
        """Which of them have a score."""
        return np.asarray(~np.isnan(self.score))

    @property
    def days(self) -> int:
        """Number of days among them."""
        return int(np.unique(self.day).size)

    def won_within(self, days: int | None) -> BoolArray:
        """Which of them were won within so many days, or at all."""
        return self.won if days is None else np.asarray(self.won & (self.closed_on - self.day <= days))


def number_of(day: dt.date) -> int:
    """Days since 1970-01-01."""
    return (day - dt.date(1970, 1, 1)).days


def day_of(number: int) -> dt.date:
    """The day so many days after 1970-01-01."""
    return dt.date(1970, 1, 1) + dt.timedelta(days=int(number))
