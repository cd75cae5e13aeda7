"""The simple guesses: what anybody could say of the deals without a scorer. A measure means little without one.

What a guess comes to is measured in `quality.py`, by the same statistics as a scorer.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

import polars as pl
import yaml

from synthdeal_assets.scoring.calibration import outcome_came_after_evidence
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS, STAGE_MINIMUMS

LAST_OPEN_STAGE: Final = "last open stage"
GUESSED_LEVEL: Final = 2
"""Of the levels 0 to 3 the one that, said of every element, is least far from the truth in the worlds we draw."""
ALWAYS_THAT_LEVEL: Final = f"always level {GUESSED_LEVEL}"
WIN_RATE: Final = "win rate"

PLAIN_NAMES: Final[dict[str, str]] = {
    "mean_absolute_error": "Distance from the true level",
    "exact_agreement": "Levels exactly right",
    "rank_correlation": "Order of the deals by true levels",
    "rank_correlation_with_true_win_probability": "Order of the deals by true chance",
    "auc": "Won before lost, by estimate",
    "auc_of_score": "Won before lost, by score",
    "brier_score": "Distance of the estimate from the outcome",
}
"""What scorers are compared by, in words short enough for a chart."""

SIMPLE_GUESSES: Final = {
    "mean_absolute_error": ALWAYS_THAT_LEVEL,
    "exact_agreement": ALWAYS_THAT_LEVEL,
    "rank_correlation": LAST_OPEN_STAGE,
    "rank_correlation_with_true_win_probability": LAST_OPEN_STAGE,
    "auc": LAST_OPEN_STAGE,
    "auc_of_score": LAST_OPEN_STAGE,
    "brier_score": WIN_RATE,
}
"""The guess that stands beside each measure that scorers are compared by."""


def guessed(deals: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """What each simple guess says of the deals, by its name.

    The win rate is that of the closed deals among them, so it is a little better than one known beforehand.

    Args:
        deals: One row an opportunity: stage_name (an open stage: that of the evidence), snapshot_date, close_date,
            is_closed, is_won, and what scorers are measured against.

    Returns:
        The deals with the columns score, meddpicc_score, win_probability and the MEDDPICC levels of the guess.
    """
    place = pl.col("stage_name").replace_strict(
        list(STAGE_MINIMUMS), range(len(STAGE_MINIMUMS)), return_dtype=pl.Float64
    )
    levels = dict.fromkeys(MEDDPICC_WEIGHTS, pl.lit(GUESSED_LEVEL))
    by_stage = deals.with_columns(score=place, meddpicc_score=place, win_probability=place, **levels)
    won = deals.filter(outcome_came_after_evidence())["is_won"].mean()
    by_rate = by_stage.with_columns(win_probability=pl.lit(won, pl.Float64))
    return {LAST_OPEN_STAGE: by_stage, ALWAYS_THAT_LEVEL: by_stage, WIN_RATE: by_rate}


@cache
def stage_levels() -> Mapping[str, Mapping[str, int]]:
    """The level of each element that the stage alone lets expect, learnt on other synthetic worlds, by open stage."""
    levels: Mapping[str, Mapping[str, int]] = yaml.safe_load(
        resources.files(__package__).joinpath("stage_levels.yaml").read_text(encoding="utf-8")
    )
    return levels
