"""How well open deals can be ranked: counted pair by pair, and as far apart as the world promises."""

from __future__ import annotations

import datetime as dt
import math
from itertools import product
from typing import Any

import dagster as dg
import numpy as np
import polars as pl
import pytest

from synthdeal_assets.evaluation.assets import landmark_ranking
from synthdeal_assets.evaluation.quality.landmarks import ranking_of
from synthdeal_assets.evaluation.quality.simple_guesses import stage_levels
from synthdeal_assets.evaluation.tables import (
    BY_CHANCE,
    BY_FIELDS,
    BY_LENGTH,
    BY_LEVELS,
    BY_LEVELS_OF_STAGE,
    BY_SAME_LEVEL,
    BY_SCORE,
    BY_STAGE,
    BY_STAGE_PERCENTAGE,
    BY_WIN_RATE,
    LANDMARK_RANKING,
)
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.scoring.answer import Judge
from synthdeal_assets.scoring.landmarks.inputs import landmark_inputs
from synthdeal_assets.scoring.landmarks.scores import judge_landmarks, keep_landmark_scores
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS
from synthdeal_assets.scoring.score_store import prepare
from synthdeal_assets.scoring.scorers.heuristic import HeuristicScorer
from synthdeal_assets.world.generate import generate_world_in_chunks
from synthdeal_assets.world.salesforce_picklists import OPEN_STAGES, STAGE_PROBABILITIES
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets.world.store import store_world

JUDGE = Judge("somebody", "a-model", "v1")


def deals(count: int = 200, *, month_ends: int = 2, seed: int = 5) -> pl.DataFrame:
    """Deals that were each open at several month ends, the better ones further on and more often won."""
    draws = np.random.Generator(np.random.Philox(seed))
    strength = np.repeat(draws.normal(size=count), month_ends)
    noise = draws.normal(size=(2, count * month_ends))
    stage = np.clip(np.round(3 + 0.7 * strength + 2 * noise[0]), 0, 7).astype(int)
    true = np.clip(np.round(1.5 + 0.5 * strength[:, None] + draws.normal(size=(strength.size, 8))), 0, 3).astype(int)
    judged = np.clip(true + draws.integers(-1, 2, true.shape), 0, 3)
    is_won = np.repeat(draws.random(count), month_ends) < 1 / (1 + np.exp(-2 * strength))
    return pl.DataFrame(
        {
            "opportunity_id": np.repeat([f"D{number:03d}" for number in range(count)], month_ends),
            "stage_name": [OPEN_STAGES[place] for place in stage],
            "stage_percentage": [STAGE_PROBABILITIES[OPEN_STAGES[place]] for place in stage],
            "score": np.round(50 + 9 * strength + 9 * noise[1], 1),
            "win_probability": np.round(1 / (1 + np.exp(-noise[1])), 3),
            **{element: judged[:, place] for place, element in enumerate(MEDDPICC_WEIGHTS)},
            **{f"true_{element}": true[:, place] for place, element in enumerate(MEDDPICC_WEIGHTS)},
            "fields": draws.integers(0, 9, strength.size),
            "letters": draws.integers(0, 2_000, strength.size),
            "exact_chance": np.round(1 / (1 + np.exp(-2 * strength)), 4),
            "won": is_won,
            "won_in_90_days": is_won & (draws.random(strength.size) < 0.5),
        }
    )


def in_right_order(frame: pl.DataFrame, score: pl.Series, *, within: bool = False, won: str = "won") -> float:
    """Share of the pairs of a won and a lost deal in which the won one ranks higher, counted one by one."""
    rows = list(zip(score, frame["stage_name"], frame[won], strict=True))
    pairs = [
        (won, lost)
        for (won, stage, is_won), (lost, other, other_won) in product(rows, rows)
        if is_won and not other_won and (not within or stage == other)
    ]
    return float(np.mean([(won > lost) + (won == lost) / 2 for won, lost in pairs]))


def measured(frame: pl.DataFrame) -> dict[tuple[str, str], dict[str, Any]]:
    """The rows by what is ranked by and measure."""
    return {(row["ranked_by"], row["measure"]): row for row in ranking_of(frame, JUDGE).to_dicts()}


def test_each_order_is_the_share_of_pairs_in_the_right_order() -> None:
    frame = deals()
    stage = frame["stage_name"].replace_strict({name: place for place, name in enumerate(OPEN_STAGES)})
    true_sum = pl.Series(frame.select(pl.sum_horizontal(f"true_{e}" for e in MEDDPICC_WEIGHTS)).to_series())
    rankers = {
        BY_SCORE: frame["score"],
        BY_STAGE: stage,
        BY_FIELDS: frame["fields"],
        BY_LENGTH: frame["letters"],
        BY_LEVELS: true_sum,
        BY_CHANCE: frame["exact_chance"],
    }
    rows = measured(frame)
    for name, ranker in rankers.items():
        assert rows[name, "auc"]["value"] == pytest.approx(in_right_order(frame, ranker), abs=5e-5)
        in_time = in_right_order(frame, ranker, won="won_in_90_days")
        assert rows[name, "auc_within_90_days"]["value"] == pytest.approx(in_time, abs=5e-5)
        if name != BY_STAGE:
            within = in_right_order(frame, ranker, within=True)
            assert rows[name, "auc_within_a_stage"]["value"] == pytest.approx(within, abs=5e-5)
    for row in rows.values():
        assert (row["opportunities"], row["landmarks"]) == (200, 400)
        if (row["ranked_by"], row["measure"]) != (BY_SAME_LEVEL, "weighted_kappa"):
            assert row["low"] < row["value"] < row["high"]


def test_levels_and_chances_are_held_against_the_truth_and_against_constant_guesses() -> None:
    frame, rows = deals(), measured(deals())
    assert math.copysign(1, rows[BY_SAME_LEVEL, "weighted_kappa"]["value"]) == 1, "no negative zero is shown"
    judged, true = (
        frame.select(prefix + element for element in MEDDPICC_WEIGHTS).to_numpy().astype(float)
        for prefix in ("", "true_")
    )
    won = frame["won"].cast(float).to_numpy()
    of_stage = np.array([list(stage_levels()[stage].values()) for stage in frame["stage_name"]])
    percentage = frame["stage_name"].replace_strict(STAGE_PROBABILITIES).to_numpy() / 100
    expected = {
        (BY_SCORE, "mean_absolute_error"): np.abs(judged - true).mean(),
        (BY_SCORE, "bias"): (judged - true).mean(),
        (BY_SAME_LEVEL, "mean_absolute_error"): np.abs(2 - true).mean(),
        (BY_SAME_LEVEL, "bias"): (2 - true).mean(),
        (BY_SAME_LEVEL, "weighted_kappa"): 0.0,
        (BY_LEVELS_OF_STAGE, "mean_absolute_error"): np.abs(of_stage - true).mean(),
        (BY_LEVELS_OF_STAGE, "bias"): (of_stage - true).mean(),
        (BY_SCORE, "weighted_kappa"): np.mean([cohen(judged[:, each], true[:, each]) for each in range(8)]),
        (BY_SCORE, "rank_correlation"): spearman(judged.sum(axis=1), true.sum(axis=1)),
        (BY_SCORE, "brier_score"): ((frame["win_probability"].to_numpy() - won) ** 2).mean(),
        (BY_WIN_RATE, "brier_score"): won.mean() * (1 - won.mean()),
        (BY_STAGE_PERCENTAGE, "brier_score"): ((percentage - won) ** 2).mean(),
        (BY_CHANCE, "brier_score"): ((frame["exact_chance"].to_numpy() - won) ** 2).mean(),
    }
    assert {key: rows[key]["value"] for key in expected} == pytest.approx(expected, abs=1e-4)
    assert f"What {JUDGE.scorer} says misses the true level" in rows[BY_SCORE, "mean_absolute_error"]["explanation"]


def cohen(left: np.ndarray, right: np.ndarray) -> float:
    """Kappa with quadratic weights, from the table of both ratings."""
    table = np.histogram2d(left, right, bins=[np.arange(5) - 0.5] * 2)[0] / left.size
    apart = (np.arange(4)[:, None] - np.arange(4)) ** 2
    return float(1 - (apart * table).sum() / (apart * np.outer(table.sum(axis=1), table.sum(axis=0))).sum())


def spearman(left: np.ndarray, right: np.ndarray) -> float:
    """The correlation of midranks."""
    ranks = [pl.Series(side).rank("average").to_numpy() for side in (left, right)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def test_a_deal_at_many_month_ends_makes_no_interval_narrower() -> None:
    """The same rows four times over carry no more than once."""
    frame = deals(month_ends=1)
    once, often = (measured(each) for each in (frame, pl.concat([frame] * 4)))
    for key, row in once.items():
        assert [often[key][name] for name in ("value", "low", "high")] == pytest.approx(
            [row["value"], row["low"], row["high"]], abs=1.5e-4
        )


@pytest.mark.parametrize("frame", [deals().head(0), deals().filter("won")], ids=["no deal", "won deals alone"])
def test_without_won_and_lost_deals_no_order_is_measured(frame: pl.DataFrame) -> None:
    orders = ranking_of(frame, JUDGE).filter(
        pl.col("measure").str.starts_with("auc") & (pl.col("measure") != "auc_within_90_days")
    )
    assert orders.height == 11
    assert orders["value"].null_count() == orders["low"].null_count() == 11
    assert orders["explanation"].str.starts_with("Not computed").all()


def test_fewer_than_ten_deals_carry_no_figure_however_often_they_were_open() -> None:
    few = measured(deals(9, month_ends=4))
    assert {(row["value"], row["low"], row["high"]) for row in few.values()} == {(None, None, None)}
    assert {(row["opportunities"], row["landmarks"]) for row in few.values()} == {(9, 36)}
    assert "it takes at least 10 deals" in few[BY_SCORE, "auc"]["explanation"]
    assert few[BY_SCORE, "auc"]["explanation"].endswith("there are 9.")
    assert measured(deals(10))[BY_SCORE, "mean_absolute_error"]["low"] is not None


@pytest.mark.slow
def test_a_world_keeps_what_it_promises_of_its_stages_levels_and_chances(warehouse: Warehouse) -> None:
    store_world(warehouse, generate_world_in_chunks(WorldSpec(7_701, 700, dt.date(2026, 11, 20))))
    with warehouse.transaction() as connection:
        prepare(connection)
        inputs = landmark_inputs(connection)
        said = judge_landmarks(HeuristicScorer(), inputs).scores
        keep_landmark_scores(connection, inputs, [said], dt.date(2026, 11, 20))
    assert dg.materialize([landmark_ranking], resources={"warehouse": warehouse}).success
    rows = warehouse.read_table(LANDMARK_RANKING).to_dicts()
    value = {(row["ranked_by"], row["measure"]): row["value"] for row in rows}
    assert {(row["scorer"], row["landmarks"]) for row in rows} == {("heuristic", inputs.height)}
    learnt = "thresholds learnt on other synthetic worlds; a model has not seen any"
    assert all((learnt in row["explanation"]) == (row["ranked_by"] == BY_SCORE) for row in rows)
    assert 0.56 < value[BY_STAGE, "auc"] < 0.70
    assert value[BY_LEVELS, "auc_within_a_stage"] > 0.66
    assert value[BY_LEVELS, "auc"] > value[BY_STAGE, "auc"] + 0.05
    assert value[BY_CHANCE, "auc"] > value[BY_LEVELS, "auc"] + 0.05
    assert value[BY_CHANCE, "brier_score"] < value[BY_WIN_RATE, "brier_score"] - 0.04
