"""How well open deals can be ranked by whether they will be won: by their stage, their true levels, their exact chance.

The yardstick for whoever scores open deals. The stage is the simple guess that needs no scorer; the sum of the true
levels is what judging every level rightly comes to; the exact chance is the most that can be known. The deals are those
at the last 24 month ends, each with the end of its story, so that none is left out for being open today.

Areas under the ROC curve (`curve_area`), with 95 % percentile bootstrap intervals over opportunities: one that was open
at several month ends is drawn with all of them, because they share their end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import duckdb
import numpy as np
import polars as pl

from synthdeal_assets.evaluation.tables import (
    BY_CHANCE,
    BY_LEVELS,
    BY_LEVELS_WITHIN_A_STAGE,
    BY_STAGE,
    LANDMARK_RANKING,
)
from synthdeal_assets.foundation.statistics.bootstrap import (
    MAX_RESAMPLED,
    FloatArray,
    IntArray,
    Statistic,
    curve_area,
    divided,
    interval_of,
    value_of,
)
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame
from synthdeal_assets.scoring.rubric import STAGE_MINIMUMS

PURPOSE: Final = "scoring.landmark_ranking"
DECIMALS: Final = 4

_SAYS: Final[Mapping[str, str]] = {
    BY_STAGE: "by the stage on record, which needs no scorer",
    BY_LEVELS: "by the sum of the true MEDDPICC levels, which is what judging every level rightly comes to",
    BY_LEVELS_WITHIN_A_STAGE: "by that sum, over pairs in the same stage, between which the stage cannot choose",
    BY_CHANCE: "by the exact chance on that day, the most that can be known at all",
}


def measure_landmarks(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The rows of scoring.landmark_ranking; values are NULL when no deal, or none of one outcome, was open."""
    return ranking_of(query_frame(connection, statement(__package__, "landmark_deals.sql")))


def ranking_of(deals: pl.DataFrame) -> pl.DataFrame:
    """How well deals at month ends can be ranked.

    Args:
        deals: One row a deal and month end: opportunity_id, stage_name, levels (sum of the true levels),
            win_probability, won.
    """
    stages = list(STAGE_MINIMUMS)
    stage = deals["stage_name"].replace_strict(stages, range(len(stages)), return_dtype=pl.Float64).to_numpy()
    levels = deals["levels"].cast(pl.Float64).to_numpy()
    won = deals["won"].cast(pl.Float64).to_numpy()
    statistics = {
        BY_STAGE: curve_area(stage, won),
        BY_LEVELS: curve_area(levels, won),
        BY_LEVELS_WITHIN_A_STAGE: curve_area_within(stage, levels, won),
        BY_CHANCE: curve_area(deals["win_probability"].to_numpy(), won),
    }
    opportunity = deals["opportunity_id"].rank("dense").cast(pl.Int64).to_numpy() - 1
    return LANDMARK_RANKING.conform(
        pl.DataFrame(
            [_row(name, each, opportunity) for name, each in statistics.items()],
            schema=LANDMARK_RANKING.polars_schema,
        )
    )


def curve_area_within(group: FloatArray, score: FloatArray, won: FloatArray) -> Statistic:
    """The area under the ROC curve over the pairs of a won and a lost deal of the same group, all pairs alike."""
    members = [np.flatnonzero(group == each) for each in np.unique(group)]
    areas = [curve_area(score[member], won[member]) for member in members]

    def area(weights: FloatArray) -> FloatArray:
        ordered, pairs = np.zeros(len(weights)), np.zeros(len(weights))
        for member, area_of_group in zip(members, areas, strict=True):
            drawn = weights[:, member]
            pairs_of_group = (drawn @ won[member]) * (drawn @ (1 - won[member]))
            ordered += pairs_of_group * np.nan_to_num(area_of_group(drawn))
            pairs += pairs_of_group
        return divided(ordered, pairs)

    return area


def _row(name: str, statistic: Statistic, opportunity: IntArray) -> dict[str, object]:
    rows, opportunities = opportunity.size, int(opportunity.max(initial=-1)) + 1
    value = value_of(statistic, rows) if rows else float("nan")
    known = not np.isnan(value)
    low, high = (
        interval_of(lambda weights: statistic(weights[:, opportunity]), opportunities, PURPOSE)
        if known and rows <= MAX_RESAMPLED
        else (None, None)
    )
    return {
        "ranked_by": name,
        "value": round(value, DECIMALS) if known else None,
        "low": None if low is None else round(low, DECIMALS),
        "high": None if high is None else round(high, DECIMALS),
        "opportunities": opportunities,
        "landmarks": rows,
        "explanation": f"Of a deal that will be won and one that will be lost, the won one ranks higher in {value:.0%} "
        f"of the pairs {_SAYS[name]}; 50% is chance."
        if known
        else "Not computed: it takes deals that were open at a month end, won and lost ones among them.",
    }
