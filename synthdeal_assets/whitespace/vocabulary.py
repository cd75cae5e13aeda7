"""The words of whitespace that its modules, its tables and the report share.

Populations, learners, roles, rankers, measures, gates. Whatever stands in a column belongs here; the columns themselves
in `tables.py`. A pair is a customer and a division.
"""

from typing import Final

from synthdeal_assets.sales.tables import RESERVED_DIVISION

EXISTING: Final = "existing"
WHITESPACE: Final = "whitespace"
POPULATIONS: Final = (EXISTING, WHITESPACE)
"""Pairs with a purchase or a return by the cutoff, and pairs without either."""
WHICH_POPULATION: Final = (
    "existing: the customer bought from the division by the cutoff, or returned something; whitespace: it never did."
)

REGRESSION: Final = "regression"
LIGHTGBM: Final = "lightgbm"
BLEND: Final = "blend"
LEARNERS: Final = (REGRESSION, LIGHTGBM, BLEND)
"""Elastic-net logistic regression, gradient-boosted trees, and the mean of the log-odds of both."""
SCIKIT_LEARN_TREES: Final = "scikit_learn_trees"
SCIKIT_LEARN_BLEND: Final = "scikit_learn_blend"
STAND_INS: Final = (SCIKIT_LEARN_TREES, SCIKIT_LEARN_BLEND)
"""What takes the place of the last two where LightGBM does not load: scikit-learn's trees, and their mean with the
regression."""
RECENCY: Final = "recency"
FREQUENCY: Final = "frequency"
POPULARITY: Final = "popularity"
BASELINES: Final = (RECENCY, FREQUENCY, POPULARITY)
"""Rules without learning: who bought last, who buys often, what most customers buy."""

CHAMPION: Final = "champion"
CHALLENGER: Final = "challenger"
CANDIDATE: Final = "candidate"
BASELINE: Final = "baseline"
MODEL_ROLES: Final = (CHAMPION, CHALLENGER, CANDIDATE, BASELINE)

CALIBRATIONS: Final = ("none", "platt", "isotonic")

LIST: Final = "whitespace list"
LIST_CHALLENGER: Final = "whitespace list, challenger"
RANKERS: Final = (CHAMPION, CHALLENGER, *BASELINES, LIST, LIST_CHALLENGER)
"""What is measured on the hold-out: the chosen model, the second best, the rules, and the blended list."""

ALL_DIVISIONS: Final = RESERVED_DIVISION
"""Stands for a division where all of them are measured together; no division may be called so."""

MIN_POSITIVES: Final = 50
"""Fewer purchases to learn from than these: no model is fitted, a rule takes its place, and a caveat says so."""

GATE_AUC: Final = 0.70
GATE_LIFT_AT_10: Final = 2.0
GATE_CALIBRATION: Final = 0.10
"""The promises of issue 3 for each population by itself; the last one is the most calibration error."""

GRADES: Final = ("A", "B", "C", "D")

MEASURES: Final = (
    "auc",
    "pr_auc",
    "brier",
    "lift_at_5",
    "lift_at_10",
    "lift_at_20",
    "revenue_lift_at_10",
    "precision_at_k",
    "calibration_error",
    "base_rate",
    "base_rate_drift",
    "score_psi",
    "score_ks",
    "truth_rank_correlation",
    "auc_behind_champion",
    "lift_at_10_behind_champion",
)
"""The last two say how much better the champion is than the ranker, as a paired difference on the same pairs."""

BOUGHT_LATELY: Final = "bought_lately"
SPENT_AN_ORDER: Final = "spent_an_order"
BOUGHT_IN_WINDOW: Final = "bought_in_window"
WATCHED: Final = (BOUGHT_LATELY, SPENT_AN_ORDER, BOUGHT_IN_WINDOW)
"""How customers buy, in three numbers: whether within the 91 days up to the cutoff, how much an order then came to, and
whether in the label window. They say of a pair's division for existing pairs, of the customer for whitespace, but for
the last, which always says of the division."""
