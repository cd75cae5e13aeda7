"""What a chance is learnt from: the stage, the ages, the amount, the slips, the close date, and the score.

Every column has a fixed scale of about one, so that the same ridge holds for all of them on every day. How their
weights are found belongs in `learning.py`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray
from synthdeal_assets.scoring.forecast.book import Book
from synthdeal_assets.world.salesforce_picklists import OPEN_STAGES

FARTHEST_CLOSE: Final = (-30, 200)
"""Days to the close date beyond which more of them say nothing more."""
NEAR_THE_HORIZON: Final = (20, 60)
"""Days between close date and horizon within which it matters how far the one is from the other."""
MOST_SLIPS: Final = 5
SMALLEST_AMOUNT: Final = 100.0
USUAL_AMOUNT: Final = 50_000.0
MIDDLE_SCORE: Final = 40.0
SCORE_SCALE: Final = 15.0


def features_of(deals: Book, horizon_days: int | None, *, with_score: bool) -> FloatArray:
    """The columns that a chance is learnt from, the first of them all ones.

    A stage counts as all stages up to it, so that one of few deals is drawn to its neighbour.

    Args:
        deals: The deals, all with a score where it is used.
        horizon_days: Days within which a deal is to be won; None when it may take as long as it takes.
        with_score: Whether the score is among them, alone and times the stage: late in a deal it says more.

    Returns:
        An array of shape (deals, features).
    """
    to_close = deals.close_date - deals.day
    columns = [
        np.ones(deals.day.size),
        *(deals.stage >= reached for reached in range(1, len(OPEN_STAGES))),
        np.log1p(deals.age_days / 30),
        np.log1p(deals.days_in_stage / 30),
        np.log(np.maximum(deals.amount, SMALLEST_AMOUNT) / USUAL_AMOUNT),
        np.minimum(deals.slips, MOST_SLIPS) / 2,
        np.clip(to_close, *FARTHEST_CLOSE) / 60,
    ]
    if horizon_days is not None:
        columns += [np.clip(to_close - horizon_days, -days, days) / days for days in NEAR_THE_HORIZON]
    if with_score:
        score = (deals.score - MIDDLE_SCORE) / SCORE_SCALE
        columns += [score, score * (deals.stage / (len(OPEN_STAGES) - 1) - 0.5)]
    return np.column_stack(columns).astype(np.float64)
