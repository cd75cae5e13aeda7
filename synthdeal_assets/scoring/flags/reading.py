"""What the flags are found in: landmarks and today's deals, with what each judge says of them.

What is made of the frames belongs in `flags.py`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame
from synthdeal_assets.scoring.answer import Judge
from synthdeal_assets.scoring.forecast.tables import LEARNT, STAGE_RATES
from synthdeal_assets.scoring.landmarks.frame import landmark_frame, today_frame
from synthdeal_assets.scoring.scorers.heuristic import HeuristicScorer
from synthdeal_assets.scoring.scorers.scorer import judge_as

_KEY: Final = ("opportunity_id", "landmark_date")
_SEGMENTS: Final = "SELECT opportunity_id, segment FROM crm.opportunities JOIN crm.accounts USING (account_id)"


def judged_deals(connection: duckdb.DuckDBPyConnection, present: Judge) -> dict[Judge, pl.DataFrame]:
    """The deals as `all_flags` takes them: with the heuristic's judgement, and with that of the present scorer.

    The landmarks are those that the heuristic has judged, which costs nothing and is asked about all.

    Args:
        connection: The warehouse, after scores, scores of landmarks and forecasts have been made.
        present: Whose scores are the present ones. The forecast rests on them, and its chances stand in this frame.
    """
    heuristic = judge_as(HeuristicScorer())
    facts = pl.concat([landmark_frame(connection, heuristic), today_frame(connection, heuristic)]).drop("points")
    facts = facts.join(query_frame(connection, _SEGMENTS), on="opportunity_id", how="left", maintain_order="left")
    judged = {judge: _with_levels(connection, facts, judge) for judge in dict.fromkeys((heuristic, present))}
    chances = query_frame(
        connection, statement(__package__, "flag_chances.sql", learnt=LEARNT, stage_rates=STAGE_RATES)
    )
    judged[present] = judged[present].join(chances, on=_KEY, how="left", maintain_order="left")
    return judged


def _with_levels(connection: duckdb.DuckDBPyConnection, facts: pl.DataFrame, judge: Judge) -> pl.DataFrame:
    levels = query_frame(connection, statement(__package__, "flag_levels.sql"), asdict(judge))
    return facts.join(levels, on=_KEY, how="left", maintain_order="left")
