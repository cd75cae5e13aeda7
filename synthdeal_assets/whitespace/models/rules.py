"""Rules without learning that every model is held against, and that take its place where there is too little to learn.

Who bought last, who buys often, what most customers buy. A pair that never bought has no history of its own: the
customer's over all divisions stands in. How well they do is measured in `holdout.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from scipy.special import expit, ndtri

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray
from synthdeal_assets.whitespace.vocabulary import BASELINES, EXISTING, FREQUENCY, POPULARITY, RECENCY

NEVER_DAYS: Final = 36_525.0
"""Days since a purchase that never was: a hundred years."""
MAX_KNOTS: Final = 200
"""Scores that are kept with where they stand; between two of them it is interpolated."""
PRIOR_SLOPE: Final = 1.0
"""Standard deviation of slopes that are expected: 1 is an AUC of 0.76, as good as rules are in practice."""
MAX_STEPS: Final = 50
CONVERGED: Final = 1e-9

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
    """Chances from a rule: logistic in the normal score of where a pair stands among those that were learnt from.

    Where buyers and others stand like two normal curves apart, as in the binormal model of a ROC curve (Dorfman and Alf
    1969), that is the chance itself. Two numbers are learnt from however few purchases, and pairs that the rule tells
    apart stay apart, the first ones above all, as they would not with a share for each tenth.

    Attributes:
        rule: One of BASELINES.
        knots: Scores, rising.
        normal_scores: Where they stand, of the same shape: 0 in the middle, 1.96 with one pair in 40 above.
        intercept: Log-odds in the middle; infinite when nobody or everybody bought.
        slope: What a unit of normal score adds to the log-odds, never less than 0.
    """

    rule: str
    knots: FloatArray
    normal_scores: FloatArray
    intercept: float
    slope: float

    @classmethod
    def fit(cls, rule: str, frame: pl.DataFrame, bought: FloatArray, weight: FloatArray) -> RuleChances:
        """Learn how much the place by the rule says."""
        score = rule_scores(frame)[rule].to_numpy()
        if not score.size:
            return cls(rule, np.zeros(1), np.zeros(1), -np.inf, 0.0)
        distinct, place = np.unique(score, return_inverse=True)
        pairs = np.bincount(place, weight)
        stands = ndtri((np.cumsum(pairs) - pairs / 2) / pairs.sum())
        intercept, slope = _logistic(stands[place], bought, weight)
        kept = np.unique(np.linspace(0, distinct.size - 1, MAX_KNOTS).round().astype(np.int64))
        return cls(rule, distinct[kept], stands[kept], intercept, slope)

    def predict(self, frame: pl.DataFrame) -> FloatArray:
        """The chance of each row."""
        score = rule_scores(frame)[self.rule].to_numpy()
        return np.asarray(expit(self.intercept + self.slope * np.interp(score, self.knots, self.normal_scores)))

    def to_plain(self) -> dict[str, object]:
        """What was learnt as plain values, for JSON."""
        return {
            "intercept": self.intercept if np.isfinite(self.intercept) else None,
            "slope": self.slope,
            "knots": self.knots.tolist(),
            "normal_scores": self.normal_scores.tolist(),
        }


def _logistic(values: FloatArray, bought: FloatArray, weight: FloatArray) -> tuple[float, float]:
    """Intercept and slope by Newton's method, the slope held towards 0 by a normal prior of `PRIOR_SLOPE`."""
    share = float(np.average(bought, weights=weight))
    if share in (0.0, 1.0):
        return (-np.inf if share == 0 else np.inf), 0.0
    middle = np.log(share / (1 - share))
    found = np.array([middle, 0.0])
    design = np.column_stack([np.ones(values.size), values])
    prior = np.array([0.0, 1 / PRIOR_SLOPE**2])
    for _ in range(MAX_STEPS):
        chance = expit(design @ found)
        slope = design.T @ (weight * (bought - chance)) - prior * found
        curvature = (design * (weight * chance * (1 - chance))[:, None]).T @ design + np.diag(prior)
        step = np.linalg.solve(curvature, slope)
        found = found + step
        if np.abs(step).max() < CONVERGED:
            break
    return (float(found[0]), float(found[1])) if found[1] > 0 else (float(middle), 0.0)
