"""What is measured on the hold-out: each population by itself, promises judged plainly, nothing invented."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from synthdeal_assets.foundation.publishing.plots import LARGEST_PNG, png
from synthdeal_assets.foundation.statistics.bootstrap import FloatArray, binned_error_of_chance
from synthdeal_assets.whitespace.holdout import samples
from synthdeal_assets.whitespace.holdout.curves import holdout_curves
from synthdeal_assets.whitespace.holdout.judged_pairs import SCORE_OF, HoldoutPairs
from synthdeal_assets.whitespace.holdout.measures import chance_errors, holdout_metrics
from synthdeal_assets.whitespace.holdout.plots import calibration_chart, gains_chart
from synthdeal_assets.whitespace.holdout.samples import MIN_JUDGED
from synthdeal_assets.whitespace.holdout.verdicts import Verdict, against_the_rules, gates, headline, of_the_list
from synthdeal_assets.whitespace.vocabulary import (
    ALL_DIVISIONS,
    BASELINES,
    CHAMPION,
    EXISTING,
    LIST,
    LIST_CHALLENGER,
    POPULATIONS,
    WHITESPACE,
)

CUTOFF = dt.date(2024, 6, 30)
DIVISIONS = ("Backup", "Design", "Fleet")


def market(seed: int = 1, *, customers: int = 250, base: float = -2.0, skill: float = 1.5) -> HoldoutPairs:
    """Customers and divisions whose chances come true; existing pairs buy more often than whitespace pairs."""
    random = np.random.default_rng(seed)
    size = customers * len(DIVISIONS)
    is_existing = random.random(size) < 0.5
    logit = base + 1.0 * is_existing + skill * random.normal(size=size)
    chance = 1 / (1 + np.exp(-logit))
    pairs = pl.DataFrame(
        {
            "customer": np.repeat(np.arange(customers), len(DIVISIONS)),
            "customer_id": np.repeat([f"C{number}" for number in range(customers)], len(DIVISIONS)),
            "division": np.tile(DIVISIONS, customers),
            "population": np.where(is_existing, EXISTING, WHITESPACE),
            "p_icp": chance,
            "p_challenger": chance / 2,
            "recency_score": np.round(logit + 2 * random.normal(size=size)),
            "frequency_score": np.round(10 * random.random(size)),
            "popularity_score": np.tile(np.arange(3.0), customers),
            "bought": random.random(size) < chance,
            "list_score": np.where(is_existing, np.nan, chance + 0.1 * random.normal(size=size)),
            "list_challenger_score": np.where(is_existing, np.nan, random.random(size)),
        }
    ).with_columns(pl.col("list_score", "list_challenger_score").fill_nan(None))
    return HoldoutPairs(
        CUTOFF,
        pairs.with_columns(net_amount=pl.when("bought").then(100 * pl.col("p_icp") + 1).otherwise(-5.0)),
        pairs.select("customer", "division", "population", "p_icp", "p_challenger"),
        pairs.select("customer", "division", "population", pairs=pl.lit(2.0), positives=pl.col("bought") * 1.0),
        reps=4,
    )


@pytest.fixture(scope="module")
def judged() -> HoldoutPairs:
    return market()


@pytest.fixture(scope="module")
def metrics(judged: HoldoutPairs) -> pl.DataFrame:
    rates = judged.pairs.select("customer_id", "division", monthly_rate=pl.col("p_icp") ** 2)
    return holdout_metrics(judged, capacity_per_rep=10, true_rates=rates)


def row(metrics: pl.DataFrame, measure: str, population: str, **where: str) -> dict[str, Any]:
    wanted = {"measure": measure, "population": population, "division": ALL_DIVISIONS, "ranker": CHAMPION, **where}
    return metrics.row(
        by_predicate=pl.all_horizontal(pl.col(name) == value for name, value in wanted.items()), named=True
    )


def arrays(judged: HoldoutPairs, population: str, division: str, column: str) -> tuple[FloatArray, FloatArray]:
    found = judged.pairs.filter(
        pl.col("population") == population, pl.col("division").is_in([division]) | (division == ALL_DIVISIONS)
    )
    return found[column].to_numpy(), found["bought"].cast(pl.Float64).to_numpy()


@pytest.mark.parametrize("population", POPULATIONS)
@pytest.mark.parametrize("division", [ALL_DIVISIONS, "Design"])
def test_every_ranker_agrees_with_scikit_learn_in_each_population_by_itself(
    judged: HoldoutPairs, metrics: pl.DataFrame, population: str, division: str
) -> None:
    for ranker, column in SCORE_OF.items():
        if ranker in (LIST, LIST_CHALLENGER) and population == EXISTING:
            continue
        score, bought = arrays(judged, population, division, column)
        found = row(metrics, "auc", population, ranker=ranker, division=division)
        assert found["value"] == pytest.approx(roc_auc_score(bought, score), abs=1e-6)
        assert (found["pairs"], found["positives"]) == (bought.size, bought.sum())
        assert found["low"] <= found["value"] <= found["high"]
        found = row(metrics, "pr_auc", population, ranker=ranker, division=division)
        assert found["value"] == pytest.approx(average_precision_score(bought, score), abs=1e-6)
    score, bought = arrays(judged, population, division, "p_icp")
    assert row(metrics, "brier", population, division=division)["value"] == pytest.approx(
        brier_score_loss(bought, score), abs=1e-6
    )


def test_only_what_gives_a_chance_is_asked_whether_it_comes_true(metrics: pl.DataFrame) -> None:
    with_chances = metrics.filter(pl.col("measure").is_in(["brier", "calibration_error", "score_psi"]))
    assert set(with_chances["ranker"]) == {"champion", "challenger"}
    listed = metrics.filter(pl.col("ranker").is_in([LIST, LIST_CHALLENGER]))
    assert set(listed["population"]) == {WHITESPACE}


def test_calibration_error_is_that_of_ten_bins_and_says_what_chance_would_show(
    judged: HoldoutPairs, metrics: pl.DataFrame
) -> None:
    chance, bought = arrays(judged, EXISTING, ALL_DIVISIONS, "p_icp")
    order = np.argsort(chance)
    bins = np.floor((np.arange(chance.size) + 0.5) / chance.size * 10)
    by_hand = sum(
        abs(chance[order][bins == number].mean() - bought[order][bins == number].mean()) * (bins == number).mean()
        for number in range(10)
    )
    found = row(metrics, "calibration_error", EXISTING)
    assert found["value"] == pytest.approx(by_hand, abs=2e-3)
    assert "Over 10 bins of equal count" in found["caveat"]
    assert f"{chance_errors(chance).mean():.3f}" in found["caveat"]
    halved = row(metrics, "calibration_error", EXISTING, ranker="challenger")
    assert halved["low"] > found["high"]


def test_what_chance_alone_would_show_agrees_with_drawing_every_pair() -> None:
    chance = np.random.default_rng(2).beta(1, 4, 1_500)
    assert chance_errors(chance).mean() == pytest.approx(binned_error_of_chance(chance, "test"), rel=0.05)


def test_the_base_rate_is_compared_with_that_of_training(judged: HoldoutPairs, metrics: pl.DataFrame) -> None:
    _, bought = arrays(judged, WHITESPACE, "Fleet", "p_icp")
    assert row(metrics, "base_rate", WHITESPACE, division="Fleet")["value"] == pytest.approx(bought.mean(), abs=1e-6)
    drifted = row(metrics, "base_rate_drift", WHITESPACE, division="Fleet")
    assert drifted["value"] == pytest.approx(bought.mean() / 2, abs=1e-6)
    assert 0 < drifted["low"] < drifted["value"] < drifted["high"]


def test_an_index_and_a_distance_say_how_far_scores_have_moved(judged: HoldoutPairs) -> None:
    moved = dataclasses.replace(judged, reference=judged.reference.with_columns(pl.col("p_icp") ** 3))
    found = holdout_metrics(moved, capacity_per_rep=10)
    assert row(found, "score_psi", EXISTING, ranker="challenger")["value"] == 0
    assert row(found, "score_psi", EXISTING)["low"] > 0.25
    assert row(found, "score_ks", EXISTING)["value"] > 0.2


def test_k_is_what_the_reps_can_work_on_and_is_shared_by_the_divisions(
    judged: HoldoutPairs, metrics: pl.DataFrame
) -> None:
    assert row(metrics, "precision_at_k", EXISTING)["k"] == 40
    of_division = row(metrics, "precision_at_k", EXISTING, division="Backup")
    assert of_division["k"] == 13
    assert "equal share for each of 3 divisions" in of_division["caveat"]
    score, bought = arrays(judged, EXISTING, "Backup", "p_icp")
    assert of_division["value"] == pytest.approx(bought[np.argsort(-score)[:13]].mean(), abs=1e-6)
    capped = row(holdout_metrics(judged, capacity_per_rep=1_000_000), "precision_at_k", EXISTING)
    assert capped["k"] == capped["pairs"]
    assert capped["value"] == pytest.approx(capped["positives"] / capped["pairs"], abs=1e-6)


def test_the_lead_of_the_champion_is_measured_on_the_same_pairs(judged: HoldoutPairs, metrics: pl.DataFrame) -> None:
    score, bought = arrays(judged, EXISTING, ALL_DIVISIONS, "p_icp")
    rule, _ = arrays(judged, EXISTING, ALL_DIVISIONS, "recency_score")
    lead = row(metrics, "auc_behind_champion", EXISTING, ranker="recency")
    assert lead["value"] == pytest.approx(roc_auc_score(bought, score) - roc_auc_score(bought, rule), abs=1e-6)
    assert lead["low"] > 0
    same_order = row(metrics, "auc_behind_champion", EXISTING, ranker="challenger")
    assert (same_order["value"], same_order["low"], same_order["high"]) == (0, 0, 0)
    verdict = against_the_rules(metrics)
    assert verdict.kept
    assert "beats the best rule, recency" in verdict.sentence


def test_a_champion_that_is_no_better_than_a_rule_is_said_not_to_beat_it(judged: HoldoutPairs) -> None:
    as_rule = judged.pairs.with_columns(frequency_score=pl.col("p_icp"))
    verdict = against_the_rules(holdout_metrics(dataclasses.replace(judged, pairs=as_rule), capacity_per_rep=10))
    assert not verdict.kept
    assert "does not beat the rule frequency" in verdict.sentence


def test_promises_kept_are_said_for_each_population(metrics: pl.DataFrame) -> None:
    said = headline(metrics)
    assert list(said) == list(POPULATIONS)
    assert said[EXISTING].startswith("Existing customers: AUC 0.")
    assert all("all gates met" in sentence for sentence in said.values())
    assert "Whitespace list: of its best 40 pairs" in of_the_list(metrics)
    assert of_the_list(metrics.filter(pl.col("ranker") != LIST)) == ""


def test_a_calibration_error_that_chance_explains_is_said_to_be_so(metrics: pl.DataFrame) -> None:
    of_error = pl.col("measure") == "calibration_error"
    for low, words in (
        (0.0, "0.019 (at most 0.022, and chance alone may explain it)"),
        (0.01, "0.019 (0.010 to 0.022)"),
    ):
        values = {"value": 0.019, "low": low, "high": 0.022}
        changed = metrics.with_columns(
            pl.when(of_error).then(end).otherwise(name).alias(name) for name, end in values.items()
        )
        assert f"calibration error {words}" in gates(changed, EXISTING).sentence


def test_a_promise_that_is_not_kept_is_said_with_its_measure(judged: HoldoutPairs) -> None:
    random = np.random.default_rng(3)
    blind = judged.pairs.with_columns(
        p_icp=pl.when(population=WHITESPACE).then(pl.Series(random.random(judged.pairs.height))).otherwise("p_icp")
    )
    found = holdout_metrics(dataclasses.replace(judged, pairs=blind), capacity_per_rep=10)
    assert gates(found, EXISTING).kept
    verdict = gates(found, WHITESPACE)
    assert not verdict.kept
    assert "not met: AUC (at least 0.70), lift@10 (at least 2.00), calibration error (at most 0.10)" in verdict.sentence
    assert "By themselves, 3 of 3 divisions miss a gate: Backup (AUC, lift@10, calibration error)" in verdict.sentence
    assert not row(found, "calibration_error", WHITESPACE)["passed"]


def test_where_the_interval_lies_on_both_sides_of_a_gate_the_sample_cannot_tell(judged: HoldoutPairs) -> None:
    few = dataclasses.replace(judged, pairs=judged.pairs.filter(pl.col("customer") < 60))
    found = holdout_metrics(few, capacity_per_rep=10)
    unsure = found.filter(pl.col("caveat").str.contains("cannot tell")).to_dicts()
    assert unsure
    assert all(each["low"] < each["gate"] < each["high"] for each in unsure)
    assert "The sample cannot tell for lift@10" in gates(found, EXISTING).sentence


def test_a_lift_that_nothing_could_reach_is_said_to_be_out_of_reach() -> None:
    found = row(holdout_metrics(market(base=1.0), capacity_per_rep=10), "lift_at_10", EXISTING)
    assert found["passed"] is False
    assert "No ranking could reach it" in found["caveat"]


def test_too_few_buyers_are_not_measured_and_count_as_no_promise_kept(judged: HoldoutPairs) -> None:
    fewer = judged.pairs.with_columns(
        bought=pl.col("bought") & ((pl.col("population") == EXISTING) | (pl.col("customer") < 20))
    )
    found = holdout_metrics(dataclasses.replace(judged, pairs=fewer), capacity_per_rep=10)
    unknown = row(found, "auc", WHITESPACE)
    assert unknown["positives"] < MIN_JUDGED
    assert (unknown["value"], unknown["low"], unknown["passed"]) == (None, None, None)
    assert "pairs bought: at least 10" in unknown["caveat"]
    assert row(found, "base_rate", WHITESPACE)["value"] is not None
    verdict = gates(found, WHITESPACE)
    assert not verdict.kept
    assert "cannot be judged" in verdict.sentence
    assert not against_the_rules(found).kept
    assert holdout_curves(dataclasses.replace(judged, pairs=fewer)).filter(population=WHITESPACE).is_empty()


def test_a_population_without_pairs_has_no_rows_and_keeps_no_promise(
    judged: HoldoutPairs, metrics: pl.DataFrame
) -> None:
    one = dataclasses.replace(judged, pairs=judged.pairs.filter(population=EXISTING, division="Design"))
    found = holdout_metrics(one, capacity_per_rep=10)
    assert set(found["population"]) == {EXISTING}
    assert gates(found, WHITESPACE) == Verdict(False, headline(found)[WHITESPACE])
    assert "no such pair" in headline(found)[WHITESPACE]
    # The one division is all divisions, and what it is held against is judged without the other population.
    together, alone = (found.filter(pl.col("division") == name).drop("division") for name in (ALL_DIVISIONS, "Design"))
    assert together.equals(alone)
    assert row(found, "auc", EXISTING)["value"] == row(metrics, "auc", EXISTING, division="Design")["value"]
    assert against_the_rules(found).kept


def test_where_nothing_was_judged_no_promise_is_kept(metrics: pl.DataFrame) -> None:
    nothing = metrics.clear()
    for verdict in (gates(nothing, EXISTING), against_the_rules(nothing)):
        assert not verdict.kept
        assert "nothing was judged" in verdict.sentence.lower()


def test_a_list_that_leaves_pairs_out_is_compared_with_the_champion_on_its_own_pairs(judged: HoldoutPairs) -> None:
    shorter = judged.pairs.with_columns(list_score=pl.when(pl.col("customer") < 200).then("list_score"))
    found = holdout_metrics(dataclasses.replace(judged, pairs=shorter), capacity_per_rep=10)
    listed = shorter.filter(pl.col("list_score").is_not_null())
    lead = row(found, "auc_behind_champion", WHITESPACE, ranker=LIST)
    expected = [roc_auc_score(listed["bought"], listed[column]) for column in ("p_icp", "list_score")]
    assert lead["value"] == pytest.approx(expected[0] - expected[1], abs=1e-6)
    assert "are not in the list" in lead["caveat"]


def test_what_is_said_of_the_champion_is_said_of_its_promises(judged: HoldoutPairs) -> None:
    told = dataclasses.replace(judged, caveats={("Fleet", EXISTING): "A rule stands in for a model."})
    found = holdout_metrics(told, capacity_per_rep=10)
    with_it = found.filter(pl.col("caveat").str.contains("A rule stands in"))
    assert set(with_it.select("division", "population").unique().rows()) == {("Fleet", EXISTING)}
    assert set(with_it["measure"]) == {"auc", "lift_at_10", "calibration_error"}


def test_the_truth_is_compared_by_order_within_a_population(metrics: pl.DataFrame, judged: HoldoutPairs) -> None:
    found = row(metrics, "truth_rank_correlation", WHITESPACE)
    assert found["value"] == pytest.approx(1)
    assert holdout_metrics(judged, capacity_per_rep=10).filter(measure="truth_rank_correlation").is_empty()


def test_many_pairs_are_measured_exactly_and_only_their_intervals_say_that_they_are_coarse(
    judged: HoldoutPairs, metrics: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "MAX_RESAMPLED", 100)
    monkeypatch.setattr(samples, "MAX_DRAWN_OF_MANY", 50)
    pairs, reference, learnt = (
        frame.filter(pl.col("division") == "Design", pl.col("population") == EXISTING)
        for frame in (judged.pairs, judged.reference, judged.learnt)
    )
    one = dataclasses.replace(judged, pairs=pairs, reference=reference, learnt=learnt)
    coarse = holdout_metrics(one, capacity_per_rep=10)
    for measure in ("auc", "lift_at_10", "calibration_error", "score_ks"):
        found, exact = (row(frame, measure, EXISTING, division="Design") for frame in (coarse, metrics))
        assert found["value"] == exact["value"]
        assert "groups of customers" in found["caveat"]
        assert "groups of customers" not in str(exact["caveat"])


def test_the_rows_are_the_same_in_whatever_order_pairs_are_read(judged: HoldoutPairs, metrics: pl.DataFrame) -> None:
    rates = judged.pairs.select("customer_id", "division", monthly_rate=pl.col("p_icp") ** 2)
    shuffled = dataclasses.replace(judged, pairs=judged.pairs.sample(fraction=1, shuffle=True, seed=1))
    again = holdout_metrics(shuffled, capacity_per_rep=10, true_rates=rates)
    assert again.equals(metrics)


def test_curves_end_where_measures_say(judged: HoldoutPairs, metrics: pl.DataFrame) -> None:
    curves = holdout_curves(judged)
    gains = curves.filter(curve="gains", population=WHITESPACE, division=ALL_DIVISIONS)
    assert set(gains["ranker"]) == {CHAMPION, *BASELINES, LIST}
    at_tenth = gains.filter(pl.col("x") == 0.1)
    for each in at_tenth.to_dicts():
        lift = row(metrics, "lift_at_10", WHITESPACE, ranker=each["ranker"])["value"]
        assert each["y"] == pytest.approx(lift / 10, abs=1e-5)
    points = curves.filter(curve="calibration", population=WHITESPACE, division=ALL_DIVISIONS)
    error = points.select((pl.col("pairs") * (pl.col("x") - pl.col("y")).abs()).sum() / pl.col("pairs").sum()).item()
    assert error == pytest.approx(row(metrics, "calibration_error", WHITESPACE)["value"], abs=1e-5)


def test_a_chart_of_lines_that_cross_all_the_time_is_still_a_small_picture() -> None:
    random = np.random.default_rng(7)
    crossing = market(7)
    blind = crossing.pairs.with_columns(
        pl.Series(column, random.random(crossing.pairs.height))
        for column in ("p_icp", "recency_score", "frequency_score", "popularity_score", "list_score")
    )
    chart = gains_chart(holdout_curves(dataclasses.replace(crossing, pairs=blind)), WHITESPACE)
    assert chart is not None
    assert len(png(chart)) < LARGEST_PNG
    assert gains_chart(holdout_curves(crossing).clear(), WHITESPACE) is None
    assert calibration_chart(holdout_curves(crossing).clear(), WHITESPACE) is None
