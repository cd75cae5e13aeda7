"""What sides are compared by: the names of the figures, in words, short for a table, and as conditions name them.

How each is computed belongs in `figures.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from synthdeal_assets.evaluation.quality.simple_guesses import PLAIN_NAMES

COULD_NOT_JUDGE: Final = "could_not_judge"


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure by which sides are compared.

    Attributes:
        name: As in scoring.score_comparisons.
        short: In a table of 80 columns.
        alias: In a condition.
        words: In a sentence.
        shown_times: What its value is multiplied by where it is shown.
        shown_unit: Unit of the value as it is shown; empty for that of the figure.
        decimals: As it is shown.
    """

    name: str
    short: str
    alias: str
    words: str
    shown_times: float = 1
    shown_unit: str = ""
    decimals: int = 3


# In the order in which they are shown.
MEASURES: Final = (
    Measure("mean_absolute_error", "Level error", "mae", PLAIN_NAMES["mean_absolute_error"]),
    Measure("mean_absolute_error_mapped", "Error after map", "mae_mapped", "Distance from the true level, after a map"),
    Measure("exact_agreement", "Levels right", "exact", PLAIN_NAMES["exact_agreement"]),
    Measure("exact_agreement_mapped", "Right after map", "exact_mapped", "Levels exactly right, after a map"),
    Measure("weighted_kappa", "Kappa of levels", "kappa", "Agreement with the true levels beyond chance"),
    Measure("rank_correlation", "Order by levels", "order", PLAIN_NAMES["rank_correlation"]),
    Measure(
        "rank_correlation_with_true_win_probability",
        "Order by chance",
        "order_by_chance",
        PLAIN_NAMES["rank_correlation_with_true_win_probability"],
    ),
    Measure("auc", "AUC of estimate", "auc", PLAIN_NAMES["auc"]),
    Measure("auc_of_score", "AUC of score", "auc_of_score", PLAIN_NAMES["auc_of_score"]),
    Measure(
        "auc_within_a_stage", "AUC within stage", "auc_within_a_stage", "Won before lost of the same stage, by score"
    ),
    Measure("brier_score", "Brier score", "brier", PLAIN_NAMES["brier_score"]),
    Measure(
        "expected_calibration_error",
        "Calibration err.",
        "calibration",
        "Distance of the estimate from the share won",
    ),
    Measure("quote_validity", "Valid quotes", "quotes", "Quotes found in the input"),
    Measure("changed_when_asked_again", "Changed if asked", "changed", "Levels that change when asked again"),
    Measure("cost_per_opportunity", "USD/1,000 deals", "cost", "Cost of a deal", 1000, "USD per 1,000 deals"),
    Measure("tokens_per_opportunity", "Tokens per deal", "tokens", "Tokens of a deal", decimals=0),
    Measure("latency", "Milliseconds", "latency", "Time to the answer", decimals=0),
    Measure(COULD_NOT_JUDGE, "Not judged", "failures", "Deals not judged", decimals=0),
)

BY_NAME: Final = {measure.name: measure for measure in MEASURES}
BY_ALIAS: Final = {measure.alias: measure for measure in MEASURES} | BY_NAME
