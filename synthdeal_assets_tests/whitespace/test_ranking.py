"""Measures of a ranking agree with independent computations, and intervals with what is known of simulated data."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from sklearn.metrics import average_precision_score, roc_auc_score

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray, percentile_interval
from synthdeal_assets.whitespace.holdout.ranking import (
    Measure,
    Resampling,
    area,
    average_precision,
    distance,
    gains,
    interval_of_a_distance,
    lift_at,
    money_lift_at,
    precision_at,
    ranking_of,
)

MEASURES: dict[str, Measure] = {
    "auc": area,
    "pr_auc": average_precision,
    "lift": lift_at(0.1),
    "money": money_lift_at(0.1),
    "precision": precision_at(7),
    "distance": distance,
}


def tied_sample(seed: int, pairs: int = 60, levels: int = 8) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Score with many ties, bought, money."""
    random = np.random.default_rng(seed)
    score = random.integers(0, levels, pairs).astype(np.float64)
    bought = (random.random(pairs) < 0.1 + 0.8 * score / levels).astype(np.float64)
    bought[:2] = 0, 1
    return score, bought, np.round(random.normal(50, 80, pairs), 2) * bought


def of_sample(measure: Measure, score: FloatArray, bought: FloatArray, money: FloatArray) -> float:
    return float(measure(ranking_of(score, bought, money))[0])


@pytest.mark.parametrize("seed", range(5))
def test_areas_and_distance_agree_with_scikit_learn_and_scipy(seed: int) -> None:
    score, bought, money = tied_sample(seed)
    assert of_sample(area, score, bought, money) == pytest.approx(roc_auc_score(bought, score))
    assert of_sample(average_precision, score, bought, money) == pytest.approx(average_precision_score(bought, score))
    expected = ks_2samp(score[bought == 1], score[bought == 0]).statistic
    assert of_sample(distance, score, bought, money) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(3))
def test_ties_count_as_the_mean_over_all_their_orders(seed: int) -> None:
    score, bought, money = tied_sample(seed)
    random = np.random.default_rng(0)
    top = int(0.1 * score.size)
    found = []
    for _ in range(20_000):
        order = np.lexsort((random.random(score.size), -score))
        found.append((bought[order[:top]].sum(), np.maximum(money, 0)[order[:top]].sum(), bought[order[:7]].mean()))
    buyers, earned, precision = np.mean(found, axis=0)
    assert of_sample(lift_at(0.1), score, bought, money) == pytest.approx(buyers / bought.sum() / 0.1, rel=0.02)
    every = np.maximum(money, 0).sum()
    assert of_sample(money_lift_at(0.1), score, bought, money) == pytest.approx(earned / every / 0.1, rel=0.02)
    assert of_sample(precision_at(7), score, bought, money) == pytest.approx(precision, rel=0.02)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-4, 4), st.booleans(), st.integers(-50, 100)), min_size=4, max_size=40), st.randoms()
)
def test_neither_the_order_of_rows_nor_a_monotone_transform_of_the_score_matters(
    rows: list[tuple[int, bool, int]], shuffler: Random
) -> None:
    score, bought, money = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    order = np.array(shuffler.sample(range(score.size), score.size))
    for name, measure in MEASURES.items():
        expected = of_sample(measure, score, bought, money)
        shuffled = of_sample(measure, score[order], bought[order], money[order])
        assert shuffled == pytest.approx(expected, nan_ok=True), name
        assert of_sample(measure, np.exp(score) + 3, bought, money) == pytest.approx(expected, nan_ok=True), name


def test_a_pair_at_the_edge_counts_in_part_and_too_few_pairs_count_as_all() -> None:
    score, bought = np.arange(15.0), np.zeros(15)
    bought[13] = 1
    assert of_sample(lift_at(0.1), score, bought, bought) == pytest.approx(0.5 / 0.1)
    assert of_sample(precision_at(40), score, bought, bought) == pytest.approx(1 / 15)


def test_nothing_bought_is_not_measured_and_a_constant_score_ranks_like_chance() -> None:
    score, bought, money = tied_sample(1)
    nobody = np.zeros(score.size)
    assert np.isnan(of_sample(area, score, nobody, nobody))
    assert np.isnan(of_sample(lift_at(0.1), score, nobody, nobody))
    constant = np.full(score.size, 7.0)
    assert of_sample(area, constant, bought, money) == 0.5
    assert of_sample(lift_at(0.05), constant, bought, money) == pytest.approx(1)
    assert of_sample(average_precision, constant, bought, money) == pytest.approx(bought.mean())


def test_gains_begin_at_nothing_and_end_at_all_buyers() -> None:
    score, bought, money = tied_sample(2)
    found = gains(ranking_of(score, bought, money), np.array([0, 0.1, 1]))
    assert found[0] == 0
    assert found[1] == pytest.approx(0.1 * of_sample(lift_at(0.1), score, bought, money))
    assert found[2] == 1


def test_each_resample_measures_the_customers_drawn_again() -> None:
    score, bought, money = tied_sample(3)
    customers = np.repeat(np.arange(20), 3)
    resampling = Resampling(customers)
    found = resampling.measured(score, bought, money, MEASURES)
    sums = resampling.sums(np.column_stack([bought, score]))
    weights = np.concatenate(list(resampling.weights()))
    assert (weights.reshape(-1, 20, 3) == weights[:, ::3, None]).all()
    for number in (0, 5, 399):
        drawn = np.repeat(np.arange(60), weights[number].astype(int))
        again = [values[drawn] for values in (score, bought, money)]
        assert found["auc"][number] == pytest.approx(roc_auc_score(again[1], again[0]))
        assert sums[number] == pytest.approx([again[1].sum(), again[0].sum()])
        for name, measure in MEASURES.items():
            assert found[name][number] == pytest.approx(of_sample(measure, *again)), name


def test_intervals_are_wider_when_the_pairs_of_a_customer_are_alike() -> None:
    random = np.random.default_rng(4)
    liking = random.normal(size=100)
    score = np.repeat(liking, 8)
    bought = np.repeat((random.random(100) < 1 / (1 + np.exp(-liking))).astype(float), 8)

    def width(customers: FloatArray) -> float:
        draws = Resampling(customers.astype(np.int64)).measured(score, bought, bought, {"auc": area})["auc"]
        low, high = percentile_interval(draws) or (0, 0)
        return high - low

    assert width(np.repeat(np.arange(100.0), 8)) > 2 * width(np.arange(800.0))


def test_groups_of_customers_give_the_spread_that_single_ones_give() -> None:
    random = np.random.default_rng(5)
    customers = np.repeat(np.arange(6_000), 2)
    score = random.normal(size=12_000)
    bought = (random.random(12_000) < 1 / (1 + np.exp(2.5 - score))).astype(float)
    money = bought * np.exp(random.normal(size=12_000))
    measures = {name: measure for name, measure in MEASURES.items() if name != "precision"}
    single, grouped = (Resampling(customers, most).measured(score, bought, money, measures) for most in (50_000, 1_000))
    for name in measures:
        assert grouped[name].std() == pytest.approx(single[name].std(), rel=0.2), name
        assert grouped[name].mean() == pytest.approx(single[name].mean(), rel=0.02), name


def test_intervals_cover_the_true_area_about_as_often_as_they_say() -> None:
    random = np.random.default_rng(6)
    inside = 0
    for _ in range(60):
        bought = np.repeat([0.0, 1.0], [200, 60])
        score = random.normal(size=260) + bought
        draws = Resampling(np.arange(260)).measured(score, bought, bought, {"auc": area})["auc"]
        low, high = percentile_interval(draws) or (0, 0)
        # Two normal distributions a standard deviation apart: Phi(1 / sqrt 2).
        inside += low <= 0.7602499 <= high
    assert inside >= 52


def test_the_interval_of_a_distance_reaches_nil_when_chance_explains_it_and_always_holds_the_value() -> None:
    resampled = np.linspace(0.05, 0.09, 400)
    low, high = interval_of_a_distance(0.06, resampled, by_chance=0.02) or (0, 0)
    assert low == pytest.approx(0.12 - 0.089)
    assert high == pytest.approx(0.089 - 0.01)
    low, high = interval_of_a_distance(0.06, resampled, by_chance=0.07) or (1, 0)
    assert (low, round(high, 3)) == (0, 0.079)
    assert interval_of_a_distance(0.0, np.zeros(400), by_chance=0.0) == (0.0, 0.0)
    assert interval_of_a_distance(0.04, np.full(400, np.nan), by_chance=0.0) is None
