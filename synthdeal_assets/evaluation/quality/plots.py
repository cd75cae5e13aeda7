"""What the Dagster UI shows of quality and fairness at a glance, as charts.

Each function takes what was measured and returns a chart, or None when there is nothing to show. Measuring belongs in
`quality.py` and `fairness.py`; how charts are drawn and coloured in `foundation/publishing/plots.py`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

import altair as alt
import numpy as np
import polars as pl

from synthdeal_assets.evaluation.quality.figures import MIN_OPPORTUNITIES
from synthdeal_assets.evaluation.quality.quality import GAIN
from synthdeal_assets.evaluation.quality.simple_guesses import PLAIN_NAMES
from synthdeal_assets.evaluation.tables import DIFFERS, SCORER
from synthdeal_assets.foundation.publishing.palette import INK, PALE, SIGNAL, SOFT, STRONG
from synthdeal_assets.foundation.publishing.plots import FONT_SIZE, WIDTH
from synthdeal_assets.foundation.statistics.bootstrap import CALIBRATION_BINS, equal_count_bins
from synthdeal_assets.scoring.answer import Judge
from synthdeal_assets.scoring.calibration import outcome_came_after_evidence
from synthdeal_assets.scoring.rubric import MEDDPICC_LEVEL_NAMES, MEDDPICC_WEIGHTS

ROW_HEIGHT: Final = 18
CELL: Final = 44
"""Side of a cell of the levels in pixels: room for a percentage."""

GIVEN: Final = "as the scorer gave it"
CALIBRATED: Final = "calibrated on earlier outcomes"

MAX_GROUPS: Final = 16
"""Groups of one attribute that are shown, the most differing first; the table has all of them."""


def reliability_diagram(deals: pl.DataFrame) -> alt.TopLevelMixin | None:
    """Share won against the chance that was given, before and after calibration, in ten bins of equal count each.

    Args:
        deals: As in `quality.Sample`. Only closed deals are shown.
    """
    closed = deals.filter(outcome_came_after_evidence())
    points = [
        {"chance": float(binned["chance"]), "won": float(binned["won"]), "deals": binned["deals"], "which": which}
        for which, column in ((GIVEN, "win_probability"), (CALIBRATED, "calibrated_win_probability"))
        for binned in _binned(closed.filter(pl.col(column).is_not_null()), column)
    ]
    if not points:
        return None
    scale = alt.Scale(domain=[0, 1], nice=False)
    right = (
        alt.Chart(alt.InlineData(values=[{"x": 0, "y": 0}, {"x": 1, "y": 1}]))
        .mark_line(color=PALE, strokeWidth=2)
        .encode(x=alt.X("x:Q"), y=alt.Y("y:Q"))
    )
    colour = alt.Color("which:N", scale=alt.Scale(domain=[GIVEN, CALIBRATED], range=[SOFT, STRONG]))
    seen = alt.Chart(alt.InlineData(values=points)).encode(
        x=alt.X(
            "chance:Q", title="Chance to be won, mean of a bin", scale=scale, axis=alt.Axis(format=".0%", tickCount=5)
        ),
        y=alt.Y("won:Q", title="Share won", scale=scale, axis=alt.Axis(format=".0%", tickCount=5)),
        color=colour,
    )
    return alt.layer(right, seen.mark_line(strokeWidth=2), seen.mark_point(filled=True, size=60, opacity=1)).properties(
        width=WIDTH, height=WIDTH * 3 // 4, title="On the line, chances come true"
    )


def levels_against_truth(deals: pl.DataFrame) -> alt.TopLevelMixin | None:
    """For each true level the share of each judged level, over all eight elements.

    Args:
        deals: As in `quality.Sample`.
    """
    if deals.is_empty():
        return None
    pairs = pl.concat(
        deals.select(judged=pl.col(element).cast(pl.Int64), true=pl.col(f"true_{element}").cast(pl.Int64))
        for element in MEDDPICC_WEIGHTS
    )
    counted = (
        pairs.group_by("true", "judged").len().with_columns(share=pl.col("len") / pl.col("len").sum().over("true"))
    )
    values = [
        {
            "true": f"{row['true']} {MEDDPICC_LEVEL_NAMES[row['true']]}",
            "judged": f"{row['judged']} {MEDDPICC_LEVEL_NAMES[row['judged']]}",
            "share": round(row["share"], 4),
        }
        for row in counted.sort("true", "judged").iter_rows(named=True)
    ]
    names = [f"{level} {name}" for level, name in enumerate(MEDDPICC_LEVEL_NAMES)]
    base = alt.Chart(alt.InlineData(values=values)).encode(
        x=alt.X("judged:N", sort=names, title="Judged level", scale=alt.Scale(domain=names), axis=_plain_axis()),
        y=alt.Y(
            "true:N", sort=names[::-1], title="True level", scale=alt.Scale(domain=names[::-1]), axis=_plain_axis()
        ),
    )
    cells = base.mark_rect().encode(
        color=alt.Color("share:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=["#f3f6f9", STRONG]))
    )
    texts = base.mark_text(fontSize=FONT_SIZE).encode(
        text=alt.Text("share:Q", format=".0%"),
        color=alt.condition("datum.share > 0.6", alt.value("white"), alt.value(INK)),
    )
    return alt.layer(cells, texts).properties(
        width=2 * CELL * len(names), height=CELL * len(names), title="How deals of each true level were judged"
    )


def gain_over_heuristic(quality: pl.DataFrame, judge: Judge) -> alt.TopLevelMixin | None:
    """How much better a scorer is than the heuristic on the same deals, with intervals, by measure.

    Args:
        quality: The rows of scoring.score_quality.
        judge: The scorer.
    """
    gains = quality.filter(
        pl.col("measure").str.ends_with(GAIN),
        pl.col("low").is_not_null(),
        role=SCORER,
        element="all",
        **asdict(judge),
    )
    if gains.is_empty():
        return None
    values = [
        {
            "row": PLAIN_NAMES[row["measure"].removesuffix(GAIN)],
            **{end: row[end] for end in ("value", "low", "high")},
            "tells": row["low"] > 0 or row["high"] < 0,
        }
        for row in gains.iter_rows(named=True)
    ]
    return _intervals(
        values, "Gain, each in its own unit", "Right of the line beats the heuristic, orange beyond chance"
    )


def differences_by_group(fairness: pl.DataFrame, judge: Judge, attribute: str) -> alt.TopLevelMixin | None:
    """Mean score of each group less what the truth lets expect, with intervals.

    Args:
        fairness: The rows of scoring.score_fairness.
        judge: The scorer.
        attribute: What the deals are grouped by.
    """
    groups = fairness.filter(
        pl.col("low").is_not_null(), attribute=attribute, measure="score_difference", **asdict(judge)
    ).sort(pl.col("difference").abs(), "group_name", descending=[True, False])
    if groups.is_empty():
        return None
    values = [
        {
            "row": row["group_name"],
            "value": row["difference"],
            "low": row["low"],
            "high": row["high"],
            "tells": row["verdict"] == DIFFERS,
        }
        for row in groups.head(MAX_GROUPS).sort("difference", descending=True).iter_rows(named=True)
    ]
    return _intervals(
        values, "Points of score beyond what the truth explains", f"Differences by {attribute}, orange beyond chance"
    )


def _intervals(values: list[dict[str, Any]], title_of_axis: str, title: str) -> alt.TopLevelMixin:
    """A point and its interval in each row, around a line at 0; rows that tell something stand out."""
    rows = [value["row"] for value in values]
    base = alt.Chart(alt.InlineData(values=values)).encode(
        y=alt.Y("row:N", sort=rows, title=None, scale=alt.Scale(domain=rows), axis=_plain_axis()),
        color=alt.Color("tells:N", legend=None, scale=alt.Scale(domain=[False, True], range=[STRONG, SIGNAL])),
    )
    zero = alt.Chart(alt.InlineData(values=[{"x": 0}])).mark_rule(color=INK).encode(x="x:Q")
    spans = base.mark_rule(strokeWidth=3, opacity=0.5).encode(x=alt.X("low:Q", title=title_of_axis), x2="high:Q")
    points = base.mark_point(filled=True, size=50, opacity=1).encode(x=alt.X("value:Q", title=title_of_axis))
    return alt.layer(zero, spans, points).properties(width=WIDTH, height=ROW_HEIGHT * len(rows), title=title)


def _binned(closed: pl.DataFrame, column: str) -> list[dict[str, Any]]:
    if closed.height < MIN_OPPORTUNITIES:
        return []
    bins = equal_count_bins(np.asarray(closed[column].to_numpy(), dtype=np.float64), CALIBRATION_BINS)
    return (
        closed.with_columns(bin=pl.Series(bins))
        .group_by("bin")
        .agg(chance=pl.col(column).mean(), won=pl.col("is_won").mean(), deals=pl.len())
        .sort("bin")
        .to_dicts()
    )


def _plain_axis() -> alt.Axis:
    return alt.Axis(ticks=False, domain=False, grid=False, labelPadding=6, labelAngle=0)
