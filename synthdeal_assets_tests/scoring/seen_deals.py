"""Deals at month ends whose chances are known: late stages and high scores win more often, and slow deals lose."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from synthdeal_assets.world.salesforce_picklists import OPEN_STAGES

AS_OF = dt.date(2026, 11, 20)


def seen_deals(
    deals: int = 900, month_ends: int = 24, seed: int = 1, score_weight: float = 1.2
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Landmarks and the open deals of today, with the columns of `landmark_frame`.

    Args:
        deals: Deals of all that are ever created.
        month_ends: Month ends on record.
        seed: Seed of the draws.
        score_weight: What a score of 15 points more adds to the logit of the chance.
    """
    draws = np.random.Generator(np.random.Philox(seed))
    first = AS_OF - dt.timedelta(days=31 * month_ends + 200)
    created = draws.integers(0, (AS_OF - first).days, deals)
    strength = draws.normal(size=deals)
    won = draws.random(deals) < 1 / (1 + np.exp(0.9 - score_weight * strength))
    # Won deals take longer, so that what is known early is worse than what will come.
    lasts = np.minimum(np.where(won, 90, 20) + draws.exponential(60, deals), 290).astype(int)
    amount = np.round(np.exp(draws.normal(10.8, 0.6, deals)), 2)
    days = [_month_end(AS_OF, back) for back in range(month_ends, 0, -1)]
    rows = []
    for day in [*days, AS_OF]:
        age = (day - first).days - created
        for number in np.flatnonzero((age >= 0) & (age < lasts)):
            way = age[number] / lasts[number]
            stage = int(np.clip(round(7 * way + draws.normal() - 0.5), 0, 7))
            closes = first + dt.timedelta(days=int(created[number] + lasts[number]))
            rows.append(
                {
                    "opportunity_id": f"OPP-{number:05d}",
                    "landmark_date": day,
                    "stage_name": OPEN_STAGES[stage],
                    "amount": float(amount[number]),
                    "close_date": closes + dt.timedelta(days=int(draws.integers(-40, 40))),
                    "age_days": int(age[number]),
                    "days_in_stage": int(age[number] * draws.random()),
                    "slips": int(draws.integers(0, 3)),
                    "score": float(np.clip(40 + 15 * strength[number], 0, 100)),
                    "closed_on": closes if closes <= AS_OF else None,
                    "is_won": bool(won[number]) if closes <= AS_OF else None,
                }
            )
    schema = {
        "opportunity_id": pl.String,
        "landmark_date": pl.Date,
        "stage_name": pl.String,
        "amount": pl.Float64,
        "close_date": pl.Date,
        "age_days": pl.Int32,
        "days_in_stage": pl.Int32,
        "slips": pl.Int32,
        "score": pl.Float64,
        "closed_on": pl.Date,
        "is_won": pl.Boolean,
    }
    frame = pl.DataFrame(rows, schema=schema).sort("landmark_date", "opportunity_id")
    return frame.filter(pl.col("landmark_date") < AS_OF), frame.filter(pl.col("landmark_date") == AS_OF)


def _month_end(day: dt.date, back: int) -> dt.date:
    """The last day of the month so many months before that of a day."""
    months = day.year * 12 + day.month - 1 - back + 1
    return dt.date(months // 12, months % 12 + 1, 1) - dt.timedelta(days=1)
