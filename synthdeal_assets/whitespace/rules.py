"""Rules without learning that every model is held against, and that take its place where there is too little to learn.

Who bought last, who buys often, what most customers buy. A pair that never bought has no history of its own: the
customer's over all divisions stands in. How well they do is measured in `holdout.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.statistics import FloatArray, IntArray
from synthdeal_assets.whitespace.tables import BASELINES, EXISTING, FREQUENCY, POPULARITY, RECENCY

NEVER_DAYS: Final = 36_525.0
"""Days since a purchase that never was: a hundred years."""
MOST_STEPS: Final = 10
LIKE_ALL: Final = 20.0
"""Pairs with the share of all that are added to each step, so that a step of few pairs is not believed too much."""

_IS_EXISTING: Final = pl.col("population") == EXISTING
_SCORES: Final = {
    RECENCY: -pl.when(_IS_EXISTING).then("recency_days").otherwise("customer_recency_days").fill_null(NEVER_DAYS),
    FREQUENCY: pl.when(_IS_EXISTING).then("orders_total").otherwise("customer_orders_total"),
    POPULARITY: pl.col("division_buyer_share_12m"),
}


def rule_scores(frame: pl.DataFrame) -> pl.DataFrame:
    """The score of each rule for each row of a matrix: columns recency, frequency and popularity, higher is better."""
    return frame.select(_SCORES[name].cast(pl.Float64).alias(name) for name in BASELINES)


@dataclass(frozen=True, slots=True)
class RuleChances:
    """Chances from a rule: the share that bought among pairs of about the same score, held towards the share of all.

    Attributes:
        rule: One of BASELINES.
        edges: Scores at which the next step begins, rising.
        shares: Chance of each step; one more than edges.
    """

    rule: str
    edges: FloatArray
    shares: FloatArray

    @classmethod
    def fit(cls, rule: str, frame: pl.DataFrame, bought: FloatArray, weight: FloatArray) -> RuleChances:
        """Count how many bought, by steps of about equal count."""
        score = rule_scores(frame)[rule].to_numpy()
        edges = np.unique(np.quantile(score, np.arange(1, MOST_STEPS) / MOST_STEPS)) if score.size else np.zeros(0)
        step: IntArray = np.searchsorted(edges, score, side="right")
        pairs = np.bincount(step, weight, edges.size + 1)
        buyers = np.bincount(step, weight * bought, edges.size + 1)
        share = buyers.sum() / max(pairs.sum(), 1.0)
        return cls(rule, edges, np.clip((buyers + LIKE_ALL * share) / (pairs + LIKE_ALL), 0.0, 1.0))

    def predict(self, frame: pl.DataFrame) -> FloatArray:
        """The chance of each row."""
        score = rule_scores(frame)[self.rule].to_numpy()
        return np.asarray(self.shares[np.searchsorted(self.edges, score, side="right")])
