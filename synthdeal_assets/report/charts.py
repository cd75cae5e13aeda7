"""The charts of the report as inline SVG.

A chart shows figures and nothing else: every number in it is a text mark that names its figure. Colours and sizes
belong here; which figures there are does not. How a chart becomes SVG belongs in `foundation/publishing/inline_svg.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import altair as alt

from synthdeal_assets.foundation.publishing.inline_svg import FONT_SIZE, WIDTH, dots_on_diagonal, drawn
from synthdeal_assets.foundation.publishing.palette import INK, PALE, STRONG
from synthdeal_assets.report.wording import FigureBook

LABEL_WIDTH: Final = 156
VALUE_WIDTH: Final = 46
BAR_HEIGHT: Final = 16
ROW_GAP: Final = 10
MIN_IN_A_POINT: Final = 10
"""Deals below which a share says more about chance than about what was foretold."""
LEVELS: Final = (PALE, "#a9c1d9", "#5d8ab8", "#1f4e79")
"""Colours of the MEDDPICC levels 0 to 3, light to dark, distinguishable without colour vision."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: the row it stands in, the figure it shows, and the series it belongs to."""

    row: str
    figure_id: str
    series: str = ""


def bar_chart(
    book: FigureBook,
    name: str,
    bars: Sequence[Bar],
    colours: Sequence[str] = (STRONG,),
    row_figures: Mapping[str, str] | None = None,
) -> str:
    """Horizontal bars with their values, one row a label and in it one bar a series.

    Args:
        book: The figures.
        name: Prefix for ids inside the SVG, unique on the page.
        bars: In the order of the rows; figures without a value are left out.
        colours: One for each series, in the order in which they occur.
        row_figures: The figure that a row's label is, by label; labels without one are constants.
    """
    shown = [bar for bar in bars if book.known(bar.figure_id)]
    series = list(dict.fromkeys(bar.series for bar in shown))
    rows = list(dict.fromkeys(bar.row for bar in bars))
    values = [
        {
            "row": bar.row,
            "series": bar.series,
            "value": book.number(bar.figure_id),
            "text": book.plain(bar.figure_id),
            "figure": bar.figure_id,
        }
        for bar in shown
    ]
    base = alt.Chart(alt.InlineData(values=values)).encode(
        y=_rows(rows),
        yOffset=alt.YOffset("series:N", sort=series, scale=alt.Scale(domain=series)),
        x=alt.X("value:Q", axis=None, scale=alt.Scale(domainMin=0)),
    )
    chart = base.mark_bar(aria=False).encode(
        color=alt.Color("series:N", legend=None, scale=alt.Scale(domain=series, range=list(colours)))
    ) + base.mark_text(align="left", baseline="middle", dx=4, fontSize=FONT_SIZE, color=INK).encode(
        text="text:N", description="figure:N"
    )
    height = len(rows) * (ROW_GAP + BAR_HEIGHT * max(len(series), 1))
    return _drawn_in_rows(chart, name, height=height, right=VALUE_WIDTH, row_figures=row_figures or {})


def level_chart(book: FigureBook, name: str, rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Bars of 100 %, one a row, split into the levels 0 to 3; the share of level 0 stands in front as a number.

    Args:
        book: The figures.
        name: Prefix for ids inside the SVG, unique on the page.
        rows: Label and the figures (percent) of levels 0 to 3.
    """
    values = [
        {"row": label, "level": level, "value": book.number(figure_id)}
        for label, figures in rows
        for level, figure_id in enumerate(figures)
    ]
    unknown = [{"row": label, "text": book.plain(figures[0]), "figure": figures[0]} for label, figures in rows]
    labels = [label for label, _ in rows]
    bars = (
        alt.Chart(alt.InlineData(values=values))
        .mark_bar(aria=False)
        .encode(
            y=_rows(labels, offset=VALUE_WIDTH),
            x=alt.X("value:Q", axis=None, stack="zero", scale=alt.Scale(domain=[0, 100], nice=False, clamp=True)),
            color=alt.Color("level:O", legend=None, scale=alt.Scale(domain=[0, 1, 2, 3], range=list(LEVELS))),
            order=alt.Order("level:O"),
        )
    )
    texts = (
        alt.Chart(alt.InlineData(values=unknown))
        .mark_text(align="right", baseline="middle", dx=-6, fontSize=FONT_SIZE, color=INK)
        .encode(y=_rows(labels, offset=VALUE_WIDTH), x=alt.value(0), text="text:N", description="figure:N")
    )
    return _drawn_in_rows(bars + texts, name, height=(ROW_GAP + BAR_HEIGHT) * len(rows), left=VALUE_WIDTH, right=2)


def reliability_chart(book: FigureBook, name: str, series: Sequence[tuple[str, Sequence[tuple[str, str, str]]]]) -> str:
    """How often what was said to happen did: a point a group of deals, the larger the more deals it holds.

    On the diagonal the chance is right; below it, it is too hopeful.

    Args:
        book: The figures.
        name: Prefix for ids inside the SVG, unique on the page.
        series: Colour and points; a point is the figures of the chance said, the share won (both percent) and the
            deals. Points with fewer than `MIN_IN_A_POINT` deals are left out.
    """
    dots = [
        (
            colour,
            [
                (book.number(said), book.number(won), book.number(deals))
                for said, won, deals in points
                if book.number(deals) >= MIN_IN_A_POINT
            ],
        )
        for colour, points in series
    ]
    return dots_on_diagonal(name, dots, said="Chance said", happened="Share won")


def _rows(labels: Sequence[str], offset: int = 0) -> alt.Y:
    axis = alt.Axis(
        title=None,
        ticks=False,
        domain=False,
        offset=offset,
        labelFontSize=FONT_SIZE,
        labelColor=INK,
        labelLimit=LABEL_WIDTH,
        labelPadding=8,
        minExtent=LABEL_WIDTH,
        maxExtent=LABEL_WIDTH,
    )
    scale = alt.Scale(domain=list(labels), paddingInner=0.3, paddingOuter=0.1)
    return alt.Y("row:N", sort=list(labels), axis=axis, scale=scale)


def _drawn_in_rows(
    chart: alt.LayerChart,
    name: str,
    *,
    height: int,
    left: int = 0,
    right: int = 0,
    row_figures: Mapping[str, str] | None = None,
) -> str:
    return drawn(
        chart,
        name,
        width=WIDTH - LABEL_WIDTH - left - right,
        height=height,
        padding={"left": LABEL_WIDTH + left, "right": right, "top": 2, "bottom": 2},
        row_figures=row_figures,
    )
