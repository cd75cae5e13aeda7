"""What the Dagster UI shows of the models at a glance: in which divisions learning does better than a rule.

Training and choosing belong in `training.py` and `model_selection.py`, what the hold-out says in `holdout/plots.py`;
how charts are drawn in `foundation/publishing/plots.py`.
"""

from __future__ import annotations

from typing import Final

import altair as alt
import polars as pl

from synthdeal_assets.foundation.publishing.palette import PALE, SOFT, STRONG
from synthdeal_assets.foundation.publishing.plots import WIDTH
from synthdeal_assets.whitespace.vocabulary import BASELINES, CHAMPION

MAX_DIVISIONS: Final = 20
"""Divisions that are drawn, those with most purchases to learn from; the table has all of them."""
ROW_HEIGHT: Final = 20
BEST_RULE: Final = "best rule"
CHANCE: Final = 0.5
"""The AUC of a coin."""


def champions_and_rules(models: pl.DataFrame, population: str) -> alt.TopLevelMixin | None:
    """AUC of the champion and of the best rule in the latest training window, by division.

    Args:
        models: Rows of whitespace.models for use at one cutoff.
        population: The population.

    Returns:
        The chart; None when nothing was measured.
    """
    measured = models.filter(
        pl.col("population") == population,
        pl.col("validation_auc").is_not_null() & pl.col("validation_auc").is_finite(),
    )
    by_division = measured.group_by("division").agg(
        purchases=pl.col("training_positives").max(),
        champion=pl.col("validation_auc").filter(pl.col("model_role") == CHAMPION).first(),
        rule=pl.col("validation_auc").filter(pl.col("learner").is_in(BASELINES)).max(),
    )
    drawn = by_division.sort("purchases", "division", descending=[True, False]).head(MAX_DIVISIONS)
    points = [
        {"division": row["division"], "auc": round(row[column], 4), "who": who}
        for row in drawn.iter_rows(named=True)
        for column, who in (("rule", BEST_RULE), ("champion", CHAMPION))
        if row[column] is not None
    ]
    if not points:
        return None
    scale = alt.Scale(domain=[min(CHANCE, *(point["auc"] for point in points)), 1.0], nice=True, zero=False)
    base = alt.Chart(alt.InlineData(values=points)).encode(
        y=alt.Y("division:N", sort=drawn["division"].to_list(), title=None),
        x=alt.X("auc:Q", scale=scale, title="AUC in the latest training window", axis=alt.Axis(format=".2f")),
    )
    coin = alt.Chart(alt.InlineData(values=[{"auc": CHANCE}])).mark_rule(color=PALE, strokeWidth=2).encode(x="auc:Q")
    dots = base.mark_point(filled=True, size=70, opacity=1).encode(
        color=alt.Color("who:N", scale=alt.Scale(domain=[CHAMPION, BEST_RULE], range=[STRONG, SOFT]))
    )
    return alt.layer(coin, dots).properties(
        width=WIDTH, height=ROW_HEIGHT * drawn.height, title=f"Champion and best rule, {population}"
    )
