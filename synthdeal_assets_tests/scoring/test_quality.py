"""Measures of quality on samples whose answer is known."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse import Warehouse
from synthdeal_assets.scoring.calibration import calibrate
from synthdeal_assets.scoring.quality import Figure, measure_quality, measure_scorer
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS, meddpicc_score
from synthdeal_assets.scoring.statistics import area_under_curve, brier_score, rank_correlation
from synthdeal_assets_tests.scoring.conftest import Room
from synthdeal_assets_tests.scoring.small_org import deal

DAY = dt.date(2026, 5, 4)


def sample(true: list[int], judged: list[int], *, closed: bool = True, **columns: Sequence[object]) -> pl.DataFrame:
    """Opportunities whose eight elements all have the same true and the same judged level."""
    scores = [meddpicc_score(dict.fromkeys(MEDDPICC_WEIGHTS, level)) for level in judged]
    return pl.DataFrame(
        {
            "score": scores,
            "meddpicc_score": scores,
            "win_probability": [score / 100 for score in scores],
            "true_win_probability": [level / 3 for level in true],
            **dict.fromkeys(MEDDPICC_WEIGHTS, judged),
            **{f"true_{element}": true for element in MEDDPICC_WEIGHTS},
            "has_planted_instruction": [False] * len(true),
            "snapshot_date": [DAY] * len(true),
            "close_date": [DAY + dt.timedelta(days=1)] * len(true),
            "is_closed": [closed] * len(true),
            "is_won": [level >= 2 for level in true],
            "valid_quotes": [12] * len(true),
            "rejected_quotes": [0] * len(true),
            "tokens": [0] * len(true),
            "cost_usd": [0.0] * len(true),
            **columns,
        }
    )


def figures(frame: pl.DataFrame) -> dict[tuple[str, str], Figure]:
    return {(figure.measure, figure.element): figure for figure in measure_scorer(calibrate(frame))}


def test_the_area_under_the_curve_is_the_share_of_rightly_ordered_pairs() -> None:
    won = np.array([1.0, 1, 0, 0])
    assert area_under_curve(np.array([4.0, 3, 2, 1]), won) == 1
    assert area_under_curve(np.array([1.0, 2, 3, 4]), won) == 0
    assert area_under_curve(np.array([4.0, 2, 3, 1]), won) == 0.75
    assert area_under_curve(np.array([1.0, 1, 1, 1]), won) == 0.5, "ties count half"
    assert math.isnan(area_under_curve(np.array([1.0, 2]), np.array([1.0, 1])))


def test_rank_correlation_and_brier_score_on_known_values() -> None:
    left = np.array([1.0, 2, 3, 4])
    assert rank_correlation(left, left**3) == pytest.approx(1)
    assert rank_correlation(left, -left) == pytest.approx(-1)
    assert rank_correlation(left, np.array([1.0, 3, 2, 4])) == pytest.approx(0.8)
    assert math.isnan(rank_correlation(left, np.ones(4)))
    assert brier_score(np.array([0.5, 1.0]), np.array([1.0, 1.0])) == pytest.approx(0.125)


def test_a_scorer_that_is_always_one_level_too_high_shows_it() -> None:
    measured = figures(sample([0, 1, 2] * 10, [1, 2, 3] * 10))
    for element in (*MEDDPICC_WEIGHTS, "all"):
        assert measured["mean_absolute_error", element].value == 1
        assert measured["bias", element].value == 1
        assert measured["exact_agreement", element].value == 0
    assert measured["rank_correlation", "all"].value == 1
    assert measured["auc", "all"].value == 1
    assert measured["auc", "all"].opportunities == 30


def test_intervals_hold_the_value_and_are_the_same_each_time() -> None:
    draws = np.random.Generator(np.random.Philox(7))
    true = draws.integers(0, 4, 200).tolist()
    judged = np.clip(np.array(true) + draws.integers(-1, 2, 200), 0, 3).tolist()
    first, second = figures(sample(true, judged)), figures(sample(true, judged))
    assert first == second
    for measure in ("mean_absolute_error", "rank_correlation", "auc", "brier_score"):
        figure = first[measure, "all"]
        assert figure.low is not None
        assert figure.value is not None
        assert figure.high is not None
        assert figure.low < figure.value < figure.high


def test_a_figure_that_the_sample_cannot_carry_is_empty_and_says_why() -> None:
    still_open = figures(sample([0, 1, 2] * 10, [0, 1, 2] * 10, closed=False))
    assert still_open["auc", "all"].value is None
    assert "at least 10 closed deals" in still_open["auc", "all"].explanation
    assert "there are 0" in still_open["auc", "all"].explanation
    only_won = figures(sample([2] * 20, [2] * 20))
    assert only_won["auc", "all"].value is None
    assert only_won["brier_score", "all"].value is not None
    few = figures(sample([0, 1, 2], [0, 1, 2]))
    assert few["mean_absolute_error", "all"].value is None


def test_rejected_quotes_and_planted_instructions_are_counted() -> None:
    frame = sample(
        [0, 1, 2] * 4, [0, 1, 2] * 4, rejected_quotes=[3] * 12, has_planted_instruction=[True, True] + [False] * 10
    )
    assert figures(frame)["quote_validity", "all"].value == 0.8
    assert figures(frame)["planted_instructions", "all"].value == 2


def test_each_scorer_is_measured_for_itself_on_the_scores_of_present_inputs(room: Room) -> None:
    room.put([deal(number) for number in range(12)])
    room.score()
    room.scorer.name, room.scorer.level = "other", 2
    room.score("0060001")
    assert room.everything().success
    counts = (
        "SELECT DISTINCT scorer, opportunities FROM scoring.score_quality "
        "WHERE role = 'scorer' AND measure = 'bias' ORDER BY ALL"
    )
    assert room.rows(counts) == [("other", 12)], "everything is pending for the other scorer"
    room.scorer.failing_ids = {"0060003"}
    room.put([deal(number, notes="New." if number == 3 else "They buy because rework grows.") for number in range(12)])
    room.everything()
    assert room.rows(counts) == [("other", 11)], "the stale score is not measured"


def test_without_scores_there_is_nothing_to_measure(room: Room, warehouse: Warehouse) -> None:
    room.put([deal(1)])
    with warehouse.connect() as connection:
        assert measure_quality(connection).is_empty()
