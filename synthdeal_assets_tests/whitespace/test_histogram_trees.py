"""scikit-learn's trees taken out of scikit-learn: the same chances, and contributions that are Shapley values."""

from __future__ import annotations

import json
from itertools import combinations
from math import factorial

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray, logistic
from synthdeal_assets.whitespace.models import histogram_trees
from synthdeal_assets.whitespace.models.histogram_trees import HISTOGRAM_TREES, HistogramTrees
from synthdeal_assets.whitespace.models.samples import TrainingSample

FEATURES = 5
ROUNDS = 40


def drawn(rows: int, seed: int) -> TrainingSample:
    """Pairs of which the first two features tell, the third is often missing, and missing tells as well."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(rows, FEATURES))
    values[:, 1] = np.round(values[:, 1])
    missing = random.random(rows) < 0.3
    values[missing, 2] = np.nan
    chance = logistic(values[:, 0] - values[:, 1] * (values[:, 0] > 0) + missing - 1)
    weight = random.choice([1.0, 3.0], rows)
    return TrainingSample(values, (random.random(rows) < chance).astype(float), weight, np.arange(rows) % 20)


@pytest.fixture(scope="module")
def trees() -> HistogramTrees:
    return HistogramTrees.fit(drawn(4_000, seed=1), ROUNDS)


def test_log_odds_are_those_of_scikit_learn_with_missing_values_too(trees: HistogramTrees) -> None:
    sample = drawn(4_000, seed=1)
    theirs = HistGradientBoostingClassifier(**HISTOGRAM_TREES, max_iter=ROUNDS, early_stopping=False)
    theirs.fit(sample.values, sample.bought, sample.weight)
    asked = np.vstack([drawn(20_000, seed=2).values, np.full((1, FEATURES), np.nan), np.full((1, FEATURES), 1e12)])

    assert trees.rounds == ROUNDS
    assert trees.log_odds(asked) == pytest.approx(theirs.decision_function(asked), abs=1e-12)


def test_contributions_are_shapley_values(trees: HistogramTrees) -> None:
    few = HistogramTrees(trees.baseline, trees.trees[:6])
    rows = drawn(12, seed=3).values

    counted = few.contributions(rows)

    assert np.isnan(rows).any()
    assert (np.abs(counted).max(axis=0) > 0).sum() >= 3
    for row, found in zip(rows, counted, strict=True):
        assert found == pytest.approx([shapley_value(few, row, feature) for feature in range(FEATURES)], abs=1e-12)


def shapley_value(model: HistogramTrees, row: FloatArray, mine: int) -> float:
    """By the definition: what knowing the feature adds, averaged over all sets of others that are known before."""
    others = [feature for feature in range(FEATURES) if feature != mine]
    total = 0.0
    for size in range(FEATURES):
        share = factorial(size) * factorial(FEATURES - size - 1) / factorial(FEATURES)
        for known in combinations(others, size):
            total += share * (expected(model, row, {*known, mine}) - expected(model, row, set(known)))
    return total


def expected(model: HistogramTrees, row: FloatArray, known: set[int]) -> float:
    """The mean log-odds when only some features are known; at the others, both ways are taken as often as learnt."""

    def below(tree: histogram_trees._Tree, node: int) -> float:
        feature = tree.feature[node]
        if feature < 0:
            return tree.value[node]
        left, right = tree.left[node], tree.right[node]
        if feature in known:
            value = row[feature]
            goes_left = tree.missing_left[node] if np.isnan(value) else value <= tree.threshold[node]
            return below(tree, left if goes_left else right)
        share = tree.count[left] / tree.count[node]
        return share * below(tree, left) + (1 - share) * below(tree, right)

    return model.baseline + sum(below(tree, 0) for tree in model.trees)


def test_the_mean_is_what_it_says_when_nothing_is_known(trees: HistogramTrees) -> None:
    assert trees.bias == pytest.approx(expected(trees, np.zeros(FEATURES), set()), abs=1e-12)


def test_it_stops_where_more_trees_do_not_help_other_customers() -> None:
    noise = drawn(2_000, seed=4)
    shuffled = TrainingSample(
        noise.values, np.random.default_rng(5).permutation(noise.bought), noise.weight, noise.fold
    )

    assert HistogramTrees.fit(shuffled).rounds < 20 < HistogramTrees.fit(drawn(4_000, seed=1)).rounds


def test_customers_of_one_kind_kept_aside_say_nothing_of_when_to_stop() -> None:
    sample = drawn(2_000, seed=6)
    one_kind = TrainingSample(
        sample.values, np.where(sample.fold % 4 == 0, 0.0, sample.bought), sample.weight, sample.fold
    )

    assert HistogramTrees.fit(one_kind).rounds == 20


def test_it_is_written_down_as_json_that_other_programs_read(trees: HistogramTrees) -> None:
    text = json.dumps(trees.to_plain(), allow_nan=False)

    assert HistogramTrees.from_plain(json.loads(text)) == trees


def test_nobody_to_predict_for_is_no_fault(trees: HistogramTrees) -> None:
    nobody = np.zeros((0, FEATURES))

    assert trees.log_odds(nobody).shape == (0,)
    assert trees.contributions(nobody).shape == (0, FEATURES)
