"""Gradient-boosted trees of scikit-learn, for machines on which LightGBM does not load, with their text form.

scikit-learn grows the trees; here they are taken out as plain numbers, so that nothing is pickled, and give chances
and contributions by themselves. The contributions are the Shapley values that LightGBM would give for the same trees.
Whether they are used is decided in `learners.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from math import factorial
from typing import Any, Final, Self

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from synthdeal_assets.foundation.statistics.bootstrap import BoolArray, FloatArray, IntArray
from synthdeal_assets.whitespace.models.samples import MAX_ROUNDS, PATIENCE, TrainingSample

HISTOGRAM_TREES: Final[dict[str, Any]] = {
    "learning_rate": 0.06,
    "max_leaf_nodes": 7,
    "min_samples_leaf": 100,
    "l2_regularization": 10.0,
    "max_features": 0.6,
    "max_bins": 127,
    "random_state": 7,
}
"""As near to LightGBM's settings in `learners.py` as scikit-learn has them; it draws no rows and features by split."""
ROWS_AT_ONCE: Final = 8_192
"""Rows that are sent through the trees together: what is worked out of them stays in the processor's cache."""


@dataclass(frozen=True, slots=True)
class _Tree:
    """A tree, one entry a node; the first is the root, and a leaf has no feature (-1)."""

    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    missing_left: tuple[bool, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]
    count: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A leaf and what leads to it.

    Attributes:
        features: The features that are asked on the way, each once.
        asked: For each of them the splits to pass, and whether their left side leads here.
        effects: What each feature adds when those of a pattern of passed features are known, shape (patterns,
            features); bit j of a pattern is set where the splits on features[j] are all passed.
        mean: The leaf's share of the tree's mean.
    """

    features: tuple[int, ...]
    asked: tuple[tuple[tuple[int, bool], ...], ...]
    effects: FloatArray
    mean: float


@dataclass(frozen=True)
class HistogramTrees:
    """Gradient-boosted trees of scikit-learn.

    Attributes:
        baseline: Log-odds before the first tree.
        trees: The trees, whose leaves hold log-odds.
    """

    baseline: float
    trees: tuple[_Tree, ...]

    @classmethod
    def fit(cls, sample: TrainingSample, rounds: int | None = None) -> Self:
        """Learn from pairs of both kinds.

        Args:
            sample: The pairs.
            rounds: Number of trees; as many as help on customers that are kept aside when None.
        """
        model = HistGradientBoostingClassifier(
            **HISTOGRAM_TREES, max_iter=rounds or _rounds_that_help(sample), early_stopping=False
        )
        with threadpool_limits(limits=1, user_api="openmp"):
            model.fit(sample.values, sample.bought, sample.weight)
        return cls(
            float(model._baseline_prediction.item()),
            tuple(_tree_of(predictor.nodes) for (predictor,) in model._predictors),
        )

    @property
    def rounds(self) -> int:
        """Number of trees."""
        return len(self.trees)

    @cached_property
    def bias(self) -> float:
        """Mean log-odds of the pairs it learnt from, to which the features add."""
        return self.baseline + sum(leaf.mean for leaves in self._leaves for leaf in leaves)

    def log_odds(self, values: FloatArray) -> FloatArray:
        """Log-odds of each pair."""
        found = np.full(values.shape[0], self.baseline)
        for start in range(0, values.shape[0], ROWS_AT_ONCE):
            block = values[start : start + ROWS_AT_ONCE]
            for tree in self.trees:
                found[start : start + ROWS_AT_ONCE] += _reached(tree, block)
        return found

    def contributions(self, values: FloatArray) -> FloatArray:
        """What each feature adds to the mean log-odds: SHAP values (Lundberg et al. 2020), shape (pairs, features)."""
        found = np.zeros(values.shape)
        for start in range(0, values.shape[0], ROWS_AT_ONCE):
            block, added = values[start : start + ROWS_AT_ONCE], found[start : start + ROWS_AT_ONCE]
            for tree, leaves in zip(self.trees, self._leaves, strict=True):
                goes_left = {node: _goes_left(tree, node, block) for node in _splits(tree)}
                for leaf in leaves:
                    pattern = np.zeros(block.shape[0], np.int64)
                    for bit, asked in enumerate(leaf.asked):
                        pattern |= _passed(goes_left, asked).astype(np.int64) << bit
                    added[:, leaf.features] += leaf.effects[pattern]
        return found

    def to_plain(self) -> dict[str, Any]:
        """The model as plain values."""
        return {"baseline": self.baseline, "trees": [asdict(tree) for tree in self.trees]}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """The reverse of `to_plain`."""
        return cls(
            plain["baseline"],
            tuple(_Tree(**{name: tuple(values) for name, values in tree.items()}) for tree in plain["trees"]),
        )

    @cached_property
    def _leaves(self) -> tuple[tuple[_Leaf, ...], ...]:
        return tuple(tuple(_leaves_of(tree)) for tree in self.trees)


def _rounds_that_help(sample: TrainingSample) -> int:
    split = sample.split_to_stop()
    if split is None:
        return PATIENCE
    learnt, judged = split
    model = HistGradientBoostingClassifier(
        **HISTOGRAM_TREES, max_iter=MAX_ROUNDS, early_stopping=True, n_iter_no_change=PATIENCE, tol=0.0
    )
    with threadpool_limits(limits=1, user_api="openmp"):
        model.fit(
            learnt.values,
            learnt.bought,
            learnt.weight,
            X_val=judged.values,
            y_val=judged.bought,
            sample_weight_val=judged.weight,
        )
    return max(int(np.argmax(model.validation_score_)), 1)


def _tree_of(nodes: Any) -> _Tree:
    """scikit-learn's nodes as plain numbers; a split that only parts what is missing gets the largest number."""
    is_leaf = nodes["is_leaf"].astype(bool)
    return _Tree(
        feature=tuple(np.where(is_leaf, -1, nodes["feature_idx"]).tolist()),
        threshold=tuple(np.where(is_leaf, 0.0, np.minimum(nodes["num_threshold"], sys.float_info.max)).tolist()),
        missing_left=tuple(nodes["missing_go_to_left"].astype(bool).tolist()),
        left=tuple(np.where(is_leaf, -1, nodes["left"].astype(np.int64)).tolist()),
        right=tuple(np.where(is_leaf, -1, nodes["right"].astype(np.int64)).tolist()),
        value=tuple(np.where(is_leaf, nodes["value"], 0.0).tolist()),
        count=tuple(nodes["count"].astype(np.int64).tolist()),
    )


def _splits(tree: _Tree) -> list[int]:
    return [node for node, feature in enumerate(tree.feature) if feature >= 0]


def _goes_left(tree: _Tree, node: int, values: FloatArray) -> BoolArray:
    column = values[:, tree.feature[node]]
    left = column <= tree.threshold[node]
    return left | np.isnan(column) if tree.missing_left[node] else left


def _reached(tree: _Tree, values: FloatArray) -> FloatArray:
    """The value of the leaf that each row comes to."""
    found = np.empty(values.shape[0])
    waiting: list[tuple[int, IntArray]] = [(0, np.arange(values.shape[0]))]
    while waiting:
        node, rows = waiting.pop()
        if tree.feature[node] < 0:
            found[rows] = tree.value[node]
            continue
        left = _goes_left(tree, node, values[rows])
        waiting += [(tree.left[node], rows[left]), (tree.right[node], rows[~left])]
    return found


def _passed(goes_left: dict[int, BoolArray], asked: Sequence[tuple[int, bool]]) -> BoolArray:
    sides = [goes_left[node] if is_left else ~goes_left[node] for node, is_left in asked]
    return np.asarray(np.logical_and.reduce(sides), dtype=np.bool_)


def _leaves_of(tree: _Tree) -> list[_Leaf]:
    """Every leaf with the way to it; the share of pairs that took each turn is what an unknown feature counts as."""
    leaves = []
    waiting: list[tuple[int, dict[int, tuple[float, list[tuple[int, bool]]]]]] = [(0, {})]
    while waiting:
        node, way = waiting.pop()
        if tree.feature[node] < 0:
            shares = np.array([share for share, _ in way.values()])
            leaves.append(
                _Leaf(
                    tuple(way),
                    tuple(tuple(asked) for _, asked in way.values()),
                    tree.value[node] * _effects(shares),
                    tree.value[node] * float(shares.prod()),
                )
            )
            continue
        for child, is_left in ((tree.left[node], True), (tree.right[node], False)):
            share, asked = way.get(tree.feature[node], (1.0, []))
            share *= tree.count[child] / tree.count[node]
            waiting.append((child, {**way, tree.feature[node]: (share, [*asked, (node, is_left)])}))
    return leaves


def _effects(shares: FloatArray) -> FloatArray:
    """The Shapley values of a leaf of value 1, for each pattern of features whose splits are passed.

    Known features pass or not (1 or 0), unknown ones count with the share of pairs that pass. Which others are known
    is averaged over all orders: the products over subsets of one size are the coefficients of a polynomial.

    Args:
        shares: Share of pairs that pass the splits on each feature of the way.

    Returns:
        Shape (2 ** features, features).
    """
    width = shares.size
    passed = (np.arange(2**width)[:, None] >> np.arange(width)) & 1
    effects = np.zeros((2**width, width))
    for mine in range(width):
        by_known = np.ones((2**width, 1))
        for other in range(width):
            if other != mine:
                grown = np.zeros((2**width, by_known.shape[1] + 1))
                grown[:, :-1] += by_known * shares[other]
                grown[:, 1:] += by_known * passed[:, other, None]
                by_known = grown
        orders = np.array([factorial(known) * factorial(width - known - 1) for known in range(width)])
        effects[:, mine] = (passed[:, mine] - shares[mine]) * (by_known @ orders) / factorial(width)
    return effects
