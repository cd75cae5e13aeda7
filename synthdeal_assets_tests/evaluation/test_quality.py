"""Measures of quality on samples whose answer is known."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

import dagster as dg
import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr

from synthdeal_assets.evaluation.quality.figures import QualityMetric
from synthdeal_assets.evaluation.quality.quality import (
    GAIN,
    GAIN_OVER_GUESS,
    OF_RENEWALS,
    measure_gain,
    measure_making,
    measure_samples,
    measure_scorer,
)
from synthdeal_assets.evaluation.quality.samples import HEURISTIC, ScorerSample, read_scores, samples_of
from synthdeal_assets.evaluation.quality.simple_guesses import PLAIN_NAMES, stage_levels
from synthdeal_assets.evaluation.quality.yardsticks import measure_yardsticks
from synthdeal_assets.evaluation.tables import SCORE_QUALITY
from synthdeal_assets.foundation.statistics.bootstrap import (
    RESAMPLES,
    FloatArray,
    curve_area,
    difference,
    mean,
    rank_order,
    resamples_of,
    value_of,
)
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.scoring.answer import Judge
from synthdeal_assets.scoring.calibration import calibrate
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS, meddpicc_score
from synthdeal_assets.world.salesforce_picklists import OPEN_STAGES, RENEWAL
from synthdeal_assets_tests.scoring.conftest import Room
from synthdeal_assets_tests.scoring.small_org import Deal, deal

pytestmark = pytest.mark.slow

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
            "stage_name": [OPEN_STAGES[0]] * len(true),
            "filled_fields": [8] * len(true),
            "text_length": [900] * len(true),
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


def figures(frame: pl.DataFrame) -> dict[tuple[str, str], QualityMetric]:
    return {(figure.measure, figure.element): figure for figure in measure_scorer(calibrate(frame))}


def test_the_area_under_the_curve_is_the_share_of_rightly_ordered_pairs() -> None:
    won = np.array([1.0, 1, 0, 0])

    def area(*score: float) -> float:
        return value_of(curve_area(np.array(score), won[: len(score)]), len(score))

    assert area(4, 3, 2, 1) == 1
    assert area(1, 2, 3, 4) == 0
    assert area(4, 2, 3, 1) == 0.75
    assert area(1, 1, 1, 1) == 0.5, "ties count half"
    assert math.isnan(area(1, 2))


def test_rank_correlation_and_brier_score_on_known_values() -> None:
    left = np.array([1.0, 2, 3, 4])

    def correlation(right: FloatArray) -> float:
        return value_of(rank_order(left, right), 4)

    assert correlation(left**3) == pytest.approx(1)
    assert correlation(-left) == pytest.approx(-1)
    assert correlation(np.array([1.0, 3, 2, 4])) == pytest.approx(0.8)
    assert math.isnan(correlation(np.ones(4)))
    half_right = sample([3] * 10, [3] * 10, win_probability=[0.5, 1.0] * 5)
    assert figures(half_right)["brier_score", "all"].value == 0.125


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
    honest = figures(frame.with_columns(has_planted_instruction=pl.lit(value=False)))["planted_instructions", "all"]
    assert (honest.value, honest.explanation) == (0, "None of the scored deals carries an instruction to the scorer.")


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
        assert measure_samples(samples_of(read_scores(connection))).is_empty()


def noisy(count: int = 300, *, off_by_one: float, seed: int = 11) -> tuple[list[int], list[int]]:
    """True levels, and judged ones of which a share is one level off."""
    draws = np.random.Generator(np.random.Philox(seed))
    true = draws.integers(0, 4, count)
    off = (draws.random(count) < off_by_one) * draws.choice([-1, 1], count)
    return true.tolist(), np.clip(true + off, 0, 3).tolist()


def test_every_figure_is_what_plain_python_makes_of_the_same_sample() -> None:
    draws = np.random.Generator(np.random.Philox(2))
    true, judged = noisy(off_by_one=0.5)
    chance = np.round(draws.uniform(0.01, 0.99, 300), 2)
    won = (draws.random(300) < chance).tolist()
    measured = figures(sample(true, judged, win_probability=chance.tolist(), is_won=won))
    winners = [one for one, each in zip(chance, won, strict=True) if each]
    losers = [one for one, each in zip(chance, won, strict=True) if not each]
    pairs = [(winner > loser) + (winner == loser) / 2 for winner in winners for loser in losers]
    expected = {
        "mean_absolute_error": sum(abs(a - b) for a, b in zip(true, judged, strict=True)) / 300,
        "bias": sum(b - a for a, b in zip(true, judged, strict=True)) / 300,
        "exact_agreement": sum(a == b for a, b in zip(true, judged, strict=True)) / 300,
        "rank_correlation": spearmanr(true, judged).statistic,
        "auc": sum(pairs) / len(pairs),
        "brier_score": sum((one - each) ** 2 for one, each in zip(chance, won, strict=True)) / 300,
        "mean_chance_less_share_won": sum(chance) / 300 - sum(won) / 300,
    }
    for measure, value in expected.items():
        assert measured[measure, "all"].value == pytest.approx(value, abs=1e-4), measure
    assert measured["calibration_slope", "all"].value == pytest.approx(1, abs=0.4)
    assert measured["calibration_intercept", "all"].value == pytest.approx(0, abs=0.4)


def test_an_interval_is_that_of_a_bootstrap_written_out() -> None:
    draws = np.random.Generator(np.random.Philox(3))
    score, won = draws.random(200), (draws.random(200) < 0.4).astype(np.float64)
    values = [
        roc_area(score[chosen], won[chosen]) for chosen in (draws.integers(0, 200, 200) for _ in range(RESAMPLES))
    ]
    ours = resamples_of(curve_area(score, won), 200, "test")
    assert ours.shape == (RESAMPLES,)
    assert np.std(ours) == pytest.approx(np.std(values), rel=0.2)
    assert np.mean(ours) == pytest.approx(roc_area(score, won), abs=0.01)


def roc_area(score: FloatArray, won: FloatArray) -> float:
    differences = score[won == 1][:, None] - score[won == 0][None, :]
    return float(np.mean((differences > 0) + (differences == 0) / 2))


def test_calibrated_chances_are_judged_on_the_deals_that_have_one() -> None:
    draws = np.random.Generator(np.random.Philox(4))
    true, judged = noisy(off_by_one=0.2)
    chance = draws.uniform(0.05, 0.95, 300)
    days = [DAY + dt.timedelta(days=number) for number in range(300)]
    frame = sample(
        true,
        judged,
        win_probability=chance.tolist(),
        is_won=(draws.random(300) < chance**4).tolist(),
        snapshot_date=days,
        close_date=[day + dt.timedelta(days=1) for day in days],
    )
    measured = figures(frame)
    before, after = (measured[f"brier_score_{name}", "all"] for name in ("before_calibration", "calibrated"))
    assert before.opportunities == after.opportunities
    assert 200 < after.opportunities < 300
    assert after.value is not None
    assert before.value is not None
    gain = measured["brier_gain_by_calibration", "all"]
    assert gain.value == pytest.approx(before.value - after.value, abs=2e-4)
    assert gain.low is not None
    assert gain.low > 0, "estimates far too hopeful are made better"
    worse, better = (measured[f"expected_calibration_error{name}", "all"] for name in ("", "_calibrated"))
    assert worse.value is not None
    assert better.value is not None
    assert better.value < worse.value / 2


def gains(better: float, worse: float) -> dict[tuple[str, str], QualityMetric]:
    """Gain of a scorer over a baseline, each with its share of levels that are one off."""
    (true, ours), (_, theirs) = (noisy(off_by_one=share) for share in (better, worse))
    scorer, baseline = (calibrate(sample(true, judged)) for judged in (ours, theirs))
    return {(figure.measure, figure.element): figure for figure in measure_gain(scorer, baseline)}


def test_a_better_scorer_beats_the_heuristic_and_a_worse_one_is_called_so() -> None:
    for measure in ("mean_absolute_error", "rank_correlation", "exact_agreement", "auc"):
        for better, worse, words in ((0.1, 0.8, "It beats"), (0.8, 0.1, "It is worse"), (0.5, 0.5, "cannot tell")):
            gain = gains(better, worse)[f"{measure}{GAIN}", "all"]
            assert words in gain.explanation, measure
            assert gain.value is not None
            assert np.sign(gain.value) == np.sign(worse - better)


def test_beside_every_measure_of_a_scorer_stands_the_simple_guess_on_the_same_deals() -> None:
    true = [0, 1, 2, 3] * 10
    last = [OPEN_STAGES[3 * (level >= 2)] for level in true]
    rows = measure_samples([ScorerSample(HEURISTIC, calibrate(sample(true, true[::-1], stage_name=last)))])
    beside = {
        (measure, element): (scorer, value)
        for scorer, measure, element, value in rows.filter(role="simple guess")
        .select("scorer", "measure", "element", "value")
        .iter_rows()
    }
    assert beside["auc", "all"] == beside["auc_of_score", "all"] == ("stage", 1.0), "late ones were won"
    assert beside["mean_absolute_error", "all"] == ("always level 2", 1.0)
    assert beside["mean_absolute_error", "champion"] == ("always level 2", 1.0)
    assert beside["exact_agreement", "all"] == ("always level 2", 0.25)
    assert beside["brier_score", "all"] == ("win rate", 0.25)
    assert beside["expected_calibration_error", "all"] == ("win rate", 0.0), "it tells no deal apart, and is never off"
    assert beside["brier_score_calibrated", "all"][0] == "win rate"
    with_one = rows.filter(role="scorer", element="all").filter(pl.col("measure").str.ends_with(GAIN_OVER_GUESS))
    assert set(with_one["measure"].str.strip_suffix(GAIN_OVER_GUESS)) == set(PLAIN_NAMES)
    lost = with_one.filter(measure=f"auc_of_score{GAIN_OVER_GUESS}").row(0, named=True)
    assert (lost["value"], lost["high"]) == (-1.0, -1.0)
    assert "It is worse than the simple guess" in lost["explanation"]


def test_a_scorer_that_sees_more_than_the_stage_beats_the_simple_guess() -> None:
    true = [0, 1, 2, 3] * 10
    rows = measure_samples([ScorerSample(HEURISTIC, calibrate(sample(true, true)))])
    gain = rows.filter(measure=f"auc_of_score{GAIN_OVER_GUESS}").row(0, named=True)
    assert gain["value"] == 0.5, "all deals are in one stage, which orders none of them"
    assert "It beats the simple guess" in gain["explanation"]


def beside(
    rows: pl.DataFrame, role: str
) -> dict[tuple[str, str, str], tuple[float | None, float | None, float | None]]:
    """Value and interval of the rows of a role, by guess, measure and element."""
    columns = rows.filter(role=role).select("scorer", "measure", "element", "value", "low", "high").iter_rows()
    return {(scorer, measure, element): (value, low, high) for scorer, measure, element, value, low, high in columns}


def test_the_stage_alone_the_filled_fields_and_the_length_stand_beside_a_scorer_each_with_its_interval() -> None:
    true = [0, 1, 2, 3] * 10
    first, last = OPEN_STAGES[0], OPEN_STAGES[-1]
    frame = sample(
        true,
        true[::-1],
        stage_name=[first if level < 2 else last for level in true],
        filled_fields=[2 * level for level in true],
        text_length=[90 - 30 * level for level in true],
    )
    found = beside(measure_yardsticks([ScorerSample(HEURISTIC, calibrate(frame))]), "simple guess")

    of_stages = stage_levels()[first]["metrics"], stage_levels()[last]["metrics"]
    value, low, high = found["levels of the stage", "mean_absolute_error", "metrics"]
    assert value == sum(abs(of_stages[level >= 2] - level) for level in true) / len(true)
    assert low is not None
    assert high is not None
    assert low < value < high
    assert found["filled fields", "rank_correlation", "all"][0] == 1.0
    assert found["filled fields", "auc_of_score", "all"][0] == 1.0
    assert found["length of the text", "rank_correlation", "all"][0] == -1.0
    assert found["length of the text", "auc", "all"][0] == 0.0
    assert ("filled fields", "mean_absolute_error", "all") not in found, "a count says nothing of levels"


def test_the_ceiling_is_what_the_truth_itself_comes_to() -> None:
    true = [0, 1, 2, 3] * 10
    chance = [0.1, 0.2, 0.8, 0.9] * 10
    frame = sample(true, true[::-1], true_win_probability=chance)
    won = frame["is_won"].to_list()
    found = beside(measure_yardsticks([ScorerSample(HEURISTIC, calibrate(frame))]), "ceiling")

    assert {name for name, _, _ in found} == {"hidden truth"}
    assert found["hidden truth", "rank_correlation_with_true_win_probability", "all"][0] == 1.0
    assert found["hidden truth", "auc", "all"][0] == roc_area(np.array(chance), np.array(won, dtype=np.float64))
    squares = [(given - happened) ** 2 for given, happened in zip(chance, won, strict=True)]
    assert found["hidden truth", "brier_score", "all"][0] == pytest.approx(sum(squares) / 40, abs=1e-4)
    assert ("hidden truth", "mean_absolute_error", "all") not in found, "it would be 0 by definition"


def test_every_figure_of_the_heuristic_says_that_its_thresholds_were_learnt(room: Room) -> None:
    room.put([deal(number, evidence={"metrics": "14 hours."} if number % 2 else {}) for number in range(24)])
    room.scorer.name = "openai"
    assert room.everything().success
    said = room.rows(
        "SELECT role, measure LIKE '%gain_over_heuristic', bool_and(contains(explanation, $label)), "
        "bool_or(contains(explanation, $label)) FROM scoring.score_quality GROUP BY ALL".replace(
            "$label", "'thresholds learnt on other synthetic worlds; a model has not seen any'"
        )
    )
    assert {tuple(row) for row in said} == {
        ("baseline", False, True, True),
        ("scorer", False, False, False),
        ("scorer", True, True, True),
        ("simple guess", False, False, False),
        ("ceiling", False, False, False),
    }


def test_what_is_filled_and_how_long_it_is_are_read_from_the_inputs(room: Room) -> None:
    room.put([deal(0, evidence={"metrics": "14 hours.", "champion": "Nora."}), deal(1, evidence={})])
    room.score()
    with room.warehouse.connect() as connection:
        deals = read_scores(connection).deals
    assert deals.select("filled_fields", "text_length").rows() == [(2, 14), (0, 0)]


def test_the_difference_is_a_paired_one() -> None:
    draws = np.random.Generator(np.random.Philox(6))
    shared = draws.normal(0, 10, 400)
    left, right = mean(shared + 0.1 * draws.normal(size=400)), mean(shared)
    apart = np.std(resamples_of(left, 400, "test"))
    assert np.std(resamples_of(difference(left, right), 400, "test")) < apart / 20


def test_cost_and_tokens_are_means_and_an_unknown_price_is_no_price() -> None:
    true, judged = noisy(20, off_by_one=0.0)
    known = sample(true, judged, tokens=[1000, 2000] * 10, cost_usd=[0.001, 0.002] * 10)
    unknown = known.with_columns(cost_usd=pl.when(pl.col("tokens") == 1000).then("cost_usd"))
    made = {
        each.measure: each
        for each in measure_making(ScorerSample(Judge("openai", "m", "1"), known, known, fallbacks=5))
    }
    assert made["cost_per_opportunity"].value == 0.0015
    assert made["tokens_per_opportunity"].value == 1500
    assert made["judged_by_fallback"].value == 0.2
    assert made["judged_by_fallback"].opportunities == 25
    half = {each.measure: each for each in measure_making(ScorerSample(Judge("openai", "m", "1"), unknown, known))}
    assert half["cost_per_opportunity"].value is None
    assert "10 of the 20" in half["cost_per_opportunity"].explanation


def test_another_scorer_gets_the_heuristic_on_the_same_deals_as_its_baseline(room: Room) -> None:
    room.put([deal(number, evidence={"metrics": "14 hours."} if number % 2 else {}) for number in range(24)])
    room.scorer.name = "openai"
    assert room.everything().success
    first = "SELECT role, scorer, baseline_of, element, value, low, high FROM scoring.score_quality WHERE measure = "
    everyone = room.rows(f"{first} 'mean_absolute_error' ORDER BY ALL")
    theirs = [row for row in everyone if row[0] == "baseline"]
    ours = [row for row in everyone if row[0] == "scorer"]
    assert {row[1:3] for row in theirs} == {("heuristic", "openai, script, 1")}
    assert {row[1:3] for row in ours} == {("openai", "")}
    # The script answers like the heuristic: on the same deals there is nothing to gain.
    assert [row[3:] for row in theirs] == [row[3:] for row in ours]
    assert {row[4:] for row in room.rows(f"{first} 'mean_absolute_error_gain_over_heuristic'")} == {(0.0, 0.0, 0.0)}
    with room.warehouse.connect() as connection:
        connection.execute(
            "UPDATE scoring.opportunity_scores SET prompt_version = '2' WHERE opportunity_id < '0060012'"
        )
        of_two = measure_samples(samples_of(read_scores(connection)))
    assert of_two.select(SCORE_QUALITY.primary_key).is_duplicated().sum() == 0
    assert of_two.filter(role="baseline", measure="bias", element="all")["opportunities"].to_list() == [12, 12]


def test_renewals_are_measured_apart_and_change_nothing_that_is_measured_of_the_others(room: Room) -> None:
    def some(first: int, count: int, **changes: object) -> list[Deal]:
        return [
            deal(
                number,
                outcome="Closed Won" if number % 3 else "Closed Lost",
                closed_on=dt.date(2026, 5, 10) + dt.timedelta(days=number % 30),
                evidence={"metrics": "14 hours."} if number % 2 else {},
                **changes,
            )
            for number in range(first, first + count)
        ]

    def measured() -> dict[str, tuple[float | None, int]]:
        assert room.everything().success
        rows = room.rows("SELECT measure, value, opportunities FROM scoring.score_quality WHERE element = 'all'")
        return {measure: (value, opportunities) for measure, value, opportunities in rows}

    fairness = "SELECT * EXCLUDE (low, high) FROM scoring.score_fairness ORDER BY ALL"
    room.put(some(0, 24))
    without, fair = measured(), room.rows(fairness)
    room.put([*some(0, 24), *some(100, 30, type=RENEWAL)])
    both = measured()

    of_renewals = {measure for measure in both if measure.endswith(OF_RENEWALS)}
    assert {measure: both[measure] for measure in without} == without
    assert set(both) - set(without) == of_renewals
    assert len(of_renewals) == 4
    assert both["share_won_of_renewals"] == (0.6667, 30)
    assert room.rows(fairness) == fair


def test_what_a_fallback_judged_counts_for_the_scorer_that_failed(room: Room) -> None:
    room.put([deal(number) for number in range(12)])
    room.scorer.name = "hybrid"
    room.score()
    with room.warehouse.connect() as connection:
        connection.execute(
            "UPDATE scoring.opportunity_scores SET scorer = 'heuristic' WHERE opportunity_id < '0060003'"
        )
        connection.execute(
            "INSERT INTO scoring.score_failures "
            "SELECT opportunity_id, 'hybrid', 'timeout', 'Silence.', 1, scored_at, scored_at, NULL, input_hash, "
            "run_id, NULL "
            "FROM scoring.opportunity_scores WHERE scorer = 'heuristic'"
        )
        measured = measure_samples(samples_of(read_scores(connection))).filter(measure="judged_by_fallback")
    assert measured.select("role", "scorer", "value").rows() == [("scorer", "hybrid", 0.25)]


def test_a_model_that_is_worse_than_the_heuristic_is_warned_of(room: Room) -> None:
    room.put([deal(number, evidence={"metrics": "14 hours."} if number % 2 else {}) for number in range(24)])
    room.scorer.name, room.scorer.level = "openai", 3
    result = room.everything()
    assert result.success
    (found,) = [
        each
        for each in result.get_asset_check_evaluations()
        if each.check_name == "models_are_no_worse_than_the_heuristic"
    ]
    assert not found.passed
    assert found.severity is dg.AssetCheckSeverity.WARN
    assert "exact_agreement" in str(found.metadata["sample"].value)
