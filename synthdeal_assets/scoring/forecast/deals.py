"""The deals of month ends that a forecast learns from, with the score of one scorer where there is one."""

from __future__ import annotations

from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.scoring.answer import Judge
from synthdeal_assets.scoring.landmarks.frame import landmark_frame
from synthdeal_assets.scoring.scorers.heuristic import HeuristicScorer
from synthdeal_assets.scoring.scorers.scorer import judge_as

MIN_SCORED: Final = 0.9
"""Share of a day's deals that must have a score for any of them to count; not all, because some fail."""

_KEY = ("landmark_date", "opportunity_id")


def read_landmarks(connection: duckdb.DuckDBPyConnection, judge: Judge) -> pl.DataFrame:
    """The landmarks on record, as `landmark_frame` gives them, with the score of a scorer or NULL.

    The deals are those that the heuristic has judged, which costs nothing and is asked about all: what is learnt
    without a score needs them too.
    """
    known = landmark_frame(connection, judge_as(HeuristicScorer()))
    if judge == judge_as(HeuristicScorer()):
        return known
    scores = landmark_frame(connection, judge).select(*_KEY, "score")
    return known.drop("score").join(scores, on=_KEY, how="left", maintain_order="left")


def with_scores_of_whole_days(landmarks: pl.DataFrame) -> pl.DataFrame:
    """The landmarks without the scores of days on which only some deals have one.

    A scorer that is paid has judged such a day later, by what it said of deals whose record was still the same: those
    that nothing happened to, so that having a score would tell what came.

    Args:
        landmarks: Deals at month ends, as `read_landmarks` gives them.
    """
    scored = pl.col("score").is_not_null().mean().over("landmark_date")
    return landmarks.with_columns(score=pl.when(scored >= MIN_SCORED).then("score"))
