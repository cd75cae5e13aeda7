"""The simple guesses: what anybody could say of the deals without a scorer. A measure means little without one.

Beside each measure stands one of them, "the" simple guess, and further ones where they tell something; so does what
nobody could say better, the hidden truth itself. What they come to is measured in `quality.py` and `yardsticks.py`, by
the same statistics as a scorer.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

import polars as pl
import yaml

from synthdeal_assets.evaluation.tables import (
    BY_FIELDS,
    BY_LENGTH,
    BY_LEVELS_OF_STAGE,
    BY_SAME_LEVEL,
    BY_STAGE,
    BY_WIN_RATE,
    GUESSED_LEVEL,
)
from synthdeal_assets.foundation.statistics.bootstrap import FloatArray
from synthdeal_assets.scoring.calibration import outcome_came_after_evidence
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS, STAGE_MINIMUMS

HIDDEN_TRUTH: Final = "hidden truth"
"""The true levels where a scorer's levels count, and the true chance where its chance does."""

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
    "mean_absolute_error": BY_SAME_LEVEL,
    "exact_agreement": BY_SAME_LEVEL,
    "rank_correlation": BY_STAGE,
    "rank_correlation_with_true_win_probability": BY_STAGE,
    "auc": BY_STAGE,
    "auc_of_score": BY_STAGE,
    "brier_score": BY_WIN_RATE,
}
"""The guess that stands beside each measure that scorers are compared by."""

FURTHER_GUESSES: Final[dict[str, tuple[str, ...]]] = {
    "mean_absolute_error": (BY_LEVELS_OF_STAGE,),
    "exact_agreement": (BY_LEVELS_OF_STAGE,),
    "rank_correlation": (BY_FIELDS, BY_LENGTH),
    "rank_correlation_with_true_win_probability": (BY_FIELDS, BY_LENGTH),
    "auc": (BY_FIELDS, BY_LENGTH),
    "auc_of_score": (BY_FIELDS, BY_LENGTH),
}
"""The guesses that stand beside a measure besides, where they can be measured by it."""

WITH_A_CEILING: Final = ("rank_correlation_with_true_win_probability", "auc", "auc_of_score", "brier_score")
"""The measures by which the hidden truth is not simply perfect."""


def guessed(deals: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """What each simple guess says of the deals, by its name.

    The win rate is that of the closed deals among them, so it is a little better than one known beforehand.

    Args:
        deals: One row an opportunity: stage_name (an open stage: that of the evidence), snapshot_date, close_date,
            is_closed, is_won, and what scorers are measured against.

    Returns:
        The deals with the columns score, meddpicc_score, win_probability and the MEDDPICC levels of the guess.
    """
    levels = dict.fromkeys(MEDDPICC_WEIGHTS, pl.lit(GUESSED_LEVEL))
    by_stage = _ordered(deals, _place_of_stage()).with_columns(**levels)
    won = deals.filter(outcome_came_after_evidence())["is_won"].mean()
    by_rate = by_stage.with_columns(win_probability=pl.lit(won, pl.Float64))
    return {BY_STAGE: by_stage, BY_SAME_LEVEL: by_stage, BY_WIN_RATE: by_rate}


def guessed_further(deals: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """What each of the further guesses says of the deals, by its name; a guess without levels has those of the stage.

    Args:
        deals: As in `guessed`, with filled_fields and text_length.

    Returns:
        As in `guessed`.
    """
    of_stage = stage_levels()
    levels = {
        element: pl.col("stage_name").replace_strict(
            {stage: of_stage[stage][element] for stage in of_stage}, return_dtype=pl.Int64
        )
        for element in MEDDPICC_WEIGHTS
    }
    by_stage = deals.with_columns(**levels)
    return {
        BY_LEVELS_OF_STAGE: _ordered(by_stage, _place_of_stage()),
        BY_FIELDS: _ordered(by_stage, pl.col("filled_fields")),
        BY_LENGTH: _ordered(by_stage, pl.col("text_length")),
    }


def told_by_the_truth(deals: pl.DataFrame) -> pl.DataFrame:
    """The deals as somebody would judge them who knew the true levels and the true chance; columns as in `guessed`."""
    points = pl.sum_horizontal(
        weight * pl.col(f"true_{element}").cast(pl.Float64) for element, weight in MEDDPICC_WEIGHTS.items()
    )
    levels = {element: pl.col(f"true_{element}") for element in MEDDPICC_WEIGHTS}
    return _ordered(deals, points).with_columns(win_probability=pl.col("true_win_probability"), **levels)


def _place_of_stage() -> pl.Expr:
    return pl.col("stage_name").replace_strict(
        list(STAGE_MINIMUMS), range(len(STAGE_MINIMUMS)), return_dtype=pl.Float64
    )


def _ordered(deals: pl.DataFrame, by: pl.Expr) -> pl.DataFrame:
    """The deals with something that orders them in place of both scores and of the chance."""
    return deals.with_columns(**dict.fromkeys(("score", "meddpicc_score", "win_probability"), by.cast(pl.Float64)))


def stage_places(deals: pl.DataFrame) -> FloatArray:
    """The place of each deal's stage in the order of the open stages, from 0."""
    return deals.select(_place_of_stage()).to_series().to_numpy()


@cache
def stage_levels() -> Mapping[str, Mapping[str, int]]:
    """The level of each element that the stage alone lets expect, learnt on other synthetic worlds, by open stage."""
    levels: Mapping[str, Mapping[str, int]] = yaml.safe_load(
        resources.files(__package__).joinpath("stage_levels.yaml").read_text(encoding="utf-8")
    )
    return levels
