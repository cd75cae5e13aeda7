"""What the Dagster UI shows of the hold-out at a glance: who finds the buyers first, and whether the chances come true.

Each function takes rows of whitespace.holdout_curves and returns a chart, or None when there is nothing to show.
Measuring belongs in `holdout.py`; how charts are drawn in `foundation/publishing/plots.py`.
"""

from __future__ import annotations

from typing import Final

import altair as alt
import polars as pl

from synthdeal_assets.foundation.publishing.palette import PALE, SIGNAL, SOFT, STRONG
from synthdeal_assets.foundation.publishing.plots import WIDTH
from synthdeal_assets.whitespace.vocabulary import ALL_DIVISIONS, CHAMPION, FREQUENCY, LIST, POPULARITY, RECENCY

COLOURS: Final = {CHAMPION: STRONG, LIST: SIGNAL, RECENCY: SOFT, FREQUENCY: SOFT, POPULARITY: SOFT}
DASHES: Final = {CHAMPION: [1, 0], LIST: [1, 0], RECENCY: [1, 0], FREQUENCY: [6, 3], POPULARITY: [2, 3]}
"""The rules share a colour: more colours than these, mixed where lines cross, make a picture of many bytes."""
HEIGHT: Final = WIDTH * 3 // 4


def gains_chart(curves: pl.DataFrame, population: str, division: str = ALL_DIVISIONS) -> alt.TopLevelMixin | None:
    """Share of the buyers found among the best pairs, by champion, rules and list, against the diagonal of chance."""
    points = _points(curves, "gains", population, division)
    if points.is_empty():
        return None
    drawn = [ranker for ranker in COLOURS if ranker in set(points["ranker"])]
    lines = (
        alt.Chart(_data(points))
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("x:Q", title="Pairs, the best first", axis=_percent()),
            y=alt.Y("y:Q", title="Buyers found", axis=_percent()),
            color=alt.Color("ranker:N", scale=alt.Scale(domain=drawn, range=[COLOURS[ranker] for ranker in drawn])),
            strokeDash=alt.StrokeDash(
                "ranker:N", scale=alt.Scale(domain=drawn, range=[DASHES[ranker] for ranker in drawn])
            ),
        )
    )
    return alt.layer(_diagonal(1.0), lines).properties(
        width=WIDTH, height=HEIGHT, title=f"Buyers found among the best pairs, {population}"
    )


def calibration_chart(curves: pl.DataFrame, population: str, division: str = ALL_DIVISIONS) -> alt.TopLevelMixin | None:
    """Share that bought against the champion's chance, in bins of equal count; on the diagonal chances come true."""
    points = _points(curves, "calibration", population, division)
    if points.is_empty():
        return None
    most = float(points.select(pl.max_horizontal(pl.col("x").max(), pl.col("y").max(), 0.01)).item())
    scale = alt.Scale(domain=[0, most], nice=True)
    base = alt.Chart(_data(points)).encode(
        x=alt.X("x:Q", title="Chance to buy, mean of a bin", scale=scale, axis=_percent()),
        y=alt.Y("y:Q", title="Share that bought", scale=scale, axis=_percent()),
    )
    return alt.layer(
        _diagonal(most),
        base.mark_line(strokeWidth=2, color=STRONG),
        base.mark_point(filled=True, size=60, opacity=1, color=STRONG),
    ).properties(width=WIDTH, height=HEIGHT, title=f"On the line, chances come true, {population}")


def _points(curves: pl.DataFrame, curve: str, population: str, division: str) -> pl.DataFrame:
    return curves.filter(
        pl.col("curve") == curve, pl.col("population") == population, pl.col("division") == division
    ).sort("ranker", "point")


def _data(points: pl.DataFrame) -> alt.InlineData:
    return alt.InlineData(values=points.select("ranker", "x", "y").to_dicts())


def _diagonal(end: float) -> alt.Chart:
    ends = alt.InlineData(values=[{"x": 0.0, "y": 0.0}, {"x": end, "y": end}])
    line: alt.Chart = alt.Chart(ends).mark_line(color=PALE, strokeWidth=2).encode(x="x:Q", y="y:Q")
    return line


def _percent() -> alt.Axis:
    return alt.Axis(format=".0%", tickCount=5)
