"""What the flags are found in: landmarks and today's deals of each judge, read from the warehouse.

What is made of the frames belongs in `flags.py`.
"""

from __future__ import annotations

from dataclasses import asdict

import duckdb
import polars as pl

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame
from synthdeal_assets.scoring.answer import Judge
from synthdeal_assets.scoring.landmark_frame import landmark_frame, today_frame
from synthdeal_assets.scoring.landmark_scores import judge_as
from synthdeal_assets.scoring.scorers.heuristic import HeuristicScorer

_SEGMENTS = "SELECT opportunity_id, segment FROM crm.opportunities JOIN crm.accounts USING (account_id)"
_LEVELS = ("economic_buyer", "champion")


def judged_deals(connection: duckdb.DuckDBPyConnection) -> dict[Judge, pl.DataFrame]:
    """The deals that each judge has judged, as `all_flags` takes them.

    The heuristic is the first one: it has judged every landmark on record, so that flags that rest on no judgement have
    all there is. After it come those whose scores are the present ones.
    """
    heuristic = judge_as(HeuristicScorer())
    present = [Judge(*row) for row in query_frame(connection, statement(__package__, "flag_judges.sql")).iter_rows()]
    others = [judge for judge in present if judge.scorer != heuristic.scorer]
    segments = query_frame(connection, _SEGMENTS)
    return {judge: _deals(connection, judge, segments) for judge in (heuristic, *others)}


def _deals(connection: duckdb.DuckDBPyConnection, judge: Judge, segments: pl.DataFrame) -> pl.DataFrame:
    deals = pl.concat([landmark_frame(connection, judge), today_frame(connection, judge)])
    levels = query_frame(connection, statement(__package__, "flag_levels.sql"), asdict(judge))
    is_judged = pl.col("points").is_not_null()
    return (
        deals.join(segments, on="opportunity_id", how="left", maintain_order="left")
        .join(levels, on=["opportunity_id", "landmark_date"], how="left", maintain_order="left")
        .with_columns(pl.when(is_judged).then(name).alias(name) for name in _LEVELS)
    )
