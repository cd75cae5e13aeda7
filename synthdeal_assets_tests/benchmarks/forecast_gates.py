"""Whether the forecast keeps what it promises, over worlds that nothing was chosen on.

    python -m synthdeal_assets_tests.benchmarks.forecast_gates [--size 500] [--seeds 101 102 103] [--dice]

Each world is made, its month ends are judged by the heuristic, and the record of the ways is made and measured as a run
does it. Constants were chosen on seeds 1 to 20. Promises, over ten seeds and the mean of the days: the Brier score of
what is learnt below both lines of the stage in nine, at 500 and 2,000 opportunities a year; at 2,000 the error of the
amount won within 90 days below that of the learnt rates by stage in eight, and its bias at most 10%; the 80% range
holds what came on 70 to 90% of at least 60 seed-days. At 500 the error of one total is luck, and no promise.
With --dice the scores are thrown, and what is learnt with them may head in none or one of twenty.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from synthdeal_assets.evaluation.forecast_tables import AMOUNT_BIAS, AMOUNT_ERROR, BRIER, EXACT_CHANCE, RANGE_COVERS
from synthdeal_assets.evaluation.quality.forecasts import measure_forecasts
from synthdeal_assets.foundation.warehouse.warehouse import create, insert
from synthdeal_assets.scoring.forecast.deals import read_landmarks
from synthdeal_assets.scoring.forecast.record import forecast_record
from synthdeal_assets.scoring.forecast.tables import (
    END,
    FORECAST_TABLES,
    LEARNT,
    NINETY_DAYS,
    STAGE_PERCENTAGES,
    STAGE_RATES,
    WITHOUT_THE_SCORE,
)
from synthdeal_assets.scoring.inputs import build_inputs, deals_of
from synthdeal_assets.scoring.landmarks.frame import today_frame
from synthdeal_assets.scoring.landmarks.inputs import landmark_inputs
from synthdeal_assets.scoring.landmarks.scores import (
    judge_landmarks,
    keep_landmark_scores,
    landmark_columns,
)
from synthdeal_assets.scoring.score_store import prepare
from synthdeal_assets.scoring.scorers import heuristic
from synthdeal_assets.scoring.scorers.heuristic import HeuristicScorer
from synthdeal_assets.scoring.scorers.scorer import judge_as
from synthdeal_assets.scoring.tables import SCORER_INPUTS
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets_tests.world.in_memory import world_in_memory

AS_OF = dt.date(2026, 11, 28)
SEEDS = tuple(range(101, 111))


@dataclass(frozen=True)
class WorldRecord:
    """The record of the ways in a world.

    Attributes:
        seed: Seed of the world.
        heads: The way that heads.
        backtest: The rows of scoring.forecast_backtest.
        totals: The rows of scoring.forecast_totals.
        seconds: Processor time that forecasts and their record took.
    """

    seed: int
    heads: str
    backtest: pl.DataFrame
    totals: pl.DataFrame
    seconds: float

    def figure(self, way: str, measure: str, horizon: str) -> float:
        """One figure of the back-test."""
        row = self.backtest.filter(pl.col("way") == way, pl.col("measure") == measure, pl.col("horizon") == horizon)
        return float(row["value"].item())


@dataclass(frozen=True)
class Verdict:
    """What came of the promises over some seeds.

    Attributes:
        brier_wins: Seeds in which what is learnt had the lower Brier score, in the end, than both lines of the stage.
        error_wins: Seeds in which its error of the amount won within 90 days was below that of the rates by stage.
        bias: Its bias over all seeds and days, as a share of what came.
        covered: Share of the seed-days on which its range held the amount won within 90 days.
        seed_days: Number of seed-days.
    """

    brier_wins: int
    error_wins: int
    bias: float
    covered: float
    seed_days: int


def record_of(size: int, seed: int, as_of: dt.date = AS_OF, *, dice: bool = False) -> WorldRecord:
    """Make a world, forecast, and measure the forecasts; with dice for scores where that is asked for."""
    connection = world_in_memory(WorldSpec(seed, size, as_of))
    create(connection, SCORER_INPUTS)
    insert(connection, SCORER_INPUTS, build_inputs(connection))
    prepare(connection)
    inputs = landmark_inputs(connection)
    keep_landmark_scores(connection, inputs, [judge_landmarks(HeuristicScorer(), inputs).scores], as_of)
    judge = judge_as(HeuristicScorer())
    today = today_frame(connection, judge)
    said = {
        deal.opportunity_id: landmark_columns(heuristic.judge(deal))["score"]
        for deal in deals_of(
            build_inputs(connection).filter(pl.col("opportunity_id").is_in(today["opportunity_id"].implode()))
        )
    }
    started = time.process_time()
    score = pl.col("opportunity_id").replace_strict(said, return_dtype=pl.Float64)
    landmarks, today = read_landmarks(connection, judge), today.with_columns(score=score)
    if dice:
        draws = np.random.Generator(np.random.Philox(seed))
        landmarks, today = (
            frame.with_columns(score=pl.Series(100 * draws.random(frame.height))) for frame in (landmarks, today)
        )
    record = forecast_record(landmarks, today, as_of)
    for table, frame in zip(FORECAST_TABLES, (record.forecasts, record.totals), strict=True):
        create(connection, table)
        insert(connection, table, frame)
    backtest = measure_forecasts(connection)
    return WorldRecord(seed, record.heading.way, backtest, record.totals, time.process_time() - started)


def verdict_on(records: Sequence[WorldRecord]) -> Verdict:
    """What came of the promises."""

    def below(measure: str, horizon: str, *others: str) -> int:
        return sum(
            record.figure(LEARNT, measure, horizon) < min(record.figure(other, measure, horizon) for other in others)
            for record in records
        )

    known = pl.concat([record.totals for record in records]).filter(
        pl.col("way") == LEARNT, pl.col("horizon") == NINETY_DAYS, pl.col("actual").is_not_null()
    )
    return Verdict(
        brier_wins=below(BRIER, END, STAGE_RATES, STAGE_PERCENTAGES),
        error_wins=below(AMOUNT_ERROR, NINETY_DAYS, STAGE_RATES),
        bias=float(known["amount"].sum()) / float(known["actual"].sum()) - 1,
        covered=float(known.select(pl.col("actual").is_between("low", "high").mean()).item()),
        seed_days=known.height,
    )


def line_of(record: WorldRecord) -> str:
    """A world in a line."""
    briers = [
        f"{record.figure(way, BRIER, END):.3f}"
        for way in (LEARNT, WITHOUT_THE_SCORE, STAGE_RATES, STAGE_PERCENTAGES, EXACT_CHANCE)
    ]
    near = [f"{record.figure(way, BRIER, NINETY_DAYS):.3f}" for way in (LEARNT, STAGE_RATES)]
    errors = [f"{record.figure(way, AMOUNT_ERROR, NINETY_DAYS):.3f}" for way in (LEARNT, STAGE_RATES)]
    return (
        f"{record.seed:>5}  {'  '.join(briers)}   {'  '.join(near)}   {'  '.join(errors)}   "
        f"{record.figure(LEARNT, AMOUNT_BIAS, NINETY_DAYS):+.3f}   "
        f"{record.figure(LEARNT, RANGE_COVERS, NINETY_DAYS):.2f}   {record.seconds:4.1f} s   {record.heads}"
    )


def main() -> None:
    """Print each world and what came of the promises."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=500)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--dice", action="store_true")
    chosen = parser.parse_args()
    print(
        f"size {chosen.size}\n"
        " seed  Brier in the end: learnt, without score, stage rates, percentages, exact   "
        "Brier in 90 days: learnt, rates   error of the amount then: learnt, rates   bias   covered   time   heads"
    )
    records = []
    for seed in chosen.seeds:
        records.append(record_of(chosen.size, seed, dice=chosen.dice))
        print(line_of(records[-1]), flush=True)
    verdict = verdict_on(records)
    print(
        f"of {len(records)}: Brier below both lines of the stage in {verdict.brier_wins}, error of the amount below "
        f"the rates' in {verdict.error_wins}, bias {verdict.bias:+.1%}, range covers {verdict.covered:.1%} of "
        f"{verdict.seed_days} seed-days; what is learnt with the score heads in "
        f"{sum(record.heads == LEARNT for record in records)}"
    )


if __name__ == "__main__":
    main()
