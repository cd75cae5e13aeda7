"""Deals at month ends for the tests of the flags: written by hand, and drawn."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.world.salesforce_picklists import LATE_STAGES, OPEN_STAGES

AS_OF: Final = dt.date(2026, 11, 20)
FIRST: Final = dt.date(2025, 1, 31)
SCHEMA: Final = {
    "opportunity_id": pl.String,
    "landmark_date": pl.Date,
    "stage_name": pl.String,
    "segment": pl.String,
    "close_date": pl.Date,
    "age_days": pl.Int32,
    "days_in_stage": pl.Int32,
    "slips": pl.Int32,
    "points": pl.Int32,
    "economic_buyer": pl.Int32,
    "champion": pl.Int32,
    "closed_on": pl.Date,
    "is_won": pl.Boolean,
}
PROPOSAL: Final = "Proposal/Price Quote"


def row(opportunity_id: str, day: dt.date, **values: object) -> dict[str, object]:
    """A deal on a day: in a late stage, on time, with middling evidence, and open to this day."""
    return {
        "opportunity_id": opportunity_id,
        "landmark_date": day,
        "stage_name": PROPOSAL,
        "segment": "SMB",
        "close_date": day + dt.timedelta(days=30),
        "age_days": 60,
        "days_in_stage": 10,
        "slips": 0,
        "points": 12,
        "economic_buyer": 2,
        "champion": 2,
        "closed_on": None,
        "is_won": None,
    } | values


def frame(*rows: dict[str, object]) -> pl.DataFrame:
    """Rows as a frame of landmarks and of today's deals."""
    return pl.DataFrame(list(rows), schema=SCHEMA)


def drawn(seed: int, *, deals: int = 900, planted: float = 0.0) -> pl.DataFrame:
    """Deals that go through all stages, a month in each of them or two, and are won the likelier the later they are.

    Args:
        seed: Of the draws.
        deals: How many.
        planted: What a point of evidence adds to the chance of winning; nothing else tells deals apart.
    """
    draws = np.random.default_rng(seed)
    rows = []
    for number in range(deals):
        start, lasts = int(draws.integers(0, 21)), int(draws.integers(1, 4))
        points, stage = int(draws.integers(0, 25)), int(draws.integers(0, len(OPEN_STAGES)))
        closed_on = _month_end(start + lasts) - dt.timedelta(days=int(draws.integers(1, 25)))
        is_over = closed_on <= AS_OF
        chance = 0.25 + 0.04 * stage + planted * (points - 12)
        is_won = bool(draws.random() < chance)
        for month in range(lasts):
            day = _month_end(start + month)
            if day < min(closed_on, AS_OF):
                rows.append(
                    row(
                        f"006{number:05d}",
                        day,
                        stage_name=OPEN_STAGES[min(stage + month, len(OPEN_STAGES) - 1)],
                        points=points,
                        economic_buyer=int(draws.integers(0, 4)),
                        champion=int(draws.integers(0, 4)),
                        days_in_stage=int(draws.integers(0, 60)),
                        age_days=30 * month + int(draws.integers(0, 30)),
                        slips=int(draws.integers(0, 3)),
                        closed_on=closed_on if is_over else None,
                        is_won=is_won if is_over else None,
                    )
                )
    today = [
        row(f"007{number:05d}", AS_OF, stage_name=LATE_STAGES[number % 3], points=8 + number) for number in range(16)
    ]
    return frame(*rows, *today)


def _month_end(month: int) -> dt.date:
    return dt.date(FIRST.year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)
