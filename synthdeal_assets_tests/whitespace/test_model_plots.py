"""The chart of champions beside rules: of the divisions that matter most, each measured as the table says."""

import polars as pl

from synthdeal_assets.whitespace.models.plots import BEST_RULE, MAX_DIVISIONS, champions_and_rules
from synthdeal_assets.whitespace.vocabulary import (
    BASELINE,
    CHAMPION,
    EXISTING,
    POPULARITY,
    RECENCY,
    REGRESSION,
    WHITESPACE,
)


def models(divisions: int) -> pl.DataFrame:
    """A champion and two rules a division; the more purchases, the later its name."""
    return pl.DataFrame(
        [
            {
                "division": f"D{number:02}",
                "population": EXISTING,
                "learner": learner,
                "model_role": role,
                "training_positives": 50 + number,
                "validation_auc": auc,
            }
            for number in range(divisions)
            for learner, role, auc in (
                (REGRESSION, CHAMPION, 0.8),
                (RECENCY, BASELINE, 0.7),
                (POPULARITY, BASELINE, None),
            )
        ]
    )


def test_the_divisions_with_most_purchases_are_drawn_with_their_champion_and_best_rule() -> None:
    chart = champions_and_rules(models(MAX_DIVISIONS + 2), EXISTING)
    assert chart is not None
    points = [point for values in chart.to_dict()["datasets"].values() for point in values if "who" in point]
    assert {point["division"] for point in points} == {f"D{number:02}" for number in range(2, MAX_DIVISIONS + 2)}
    assert {(point["who"], point["auc"]) for point in points} == {(CHAMPION, 0.8), (BEST_RULE, 0.7)}


def test_a_population_of_which_nothing_was_measured_has_no_chart() -> None:
    assert champions_and_rules(models(1), WHITESPACE) is None
