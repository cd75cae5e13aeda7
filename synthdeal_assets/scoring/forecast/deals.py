"""The deals of month ends that a forecast learns from, with the score of one scorer where there is one."""

from __future__ import annotations

import duckdb
import polars as pl

from synthdeal_assets.scoring.answer import Judge
from synthdeal_assets.scoring.landmarks.frame import landmark_frame
from synthdeal_assets.scoring.scorers.heuristic import HeuristicScorer
from synthdeal_assets.scoring.scorers.scorer import judge_as

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
