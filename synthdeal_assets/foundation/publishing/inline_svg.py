"""Charts as inline SVG for a page that fetches nothing: Altair describes them, vl-convert draws them.

Fixed sizes and fonts by name only, so that the same numbers give the same bytes on any machine. The two square charts
that say how good chances and rankings are stand here, because the report and the whitespace page both show them; what
they show, and every other chart, belongs to the page.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt
import vl_convert

from synthdeal_assets.foundation.publishing.palette import INK, PALE

WIDTH: Final = 360
"""Width in pixels: that of a phone, so that letters keep their size there; wider screens set charts side by side."""
AXIS_WIDTH: Final = 64
AXIS_HEIGHT: Final = 44
EDGE: Final = 23
"""Pixels on the right of a square chart: half of a label may stand there."""
TOP: Final = 10
FONT_SIZE: Final = 12
FONT: Final = "Helvetica Neue, Helvetica, Arial, sans-serif"

SCALES: Final = (5, 10, 20, 50, 100)
"""Percent at which an axis may end: the first that holds every point."""

Points = Sequence[tuple[float, float]]


def dots_on_diagonal(
    name: str,
    series: Sequence[tuple[str, Sequence[tuple[float, float, float]]]],
    *,
    said: str,
    happened: str,
    whole_scale: bool = True,
) -> str:
    """How often what was said to happen did: a dot a group, the larger the more it holds; on the line it is right.

    Args:
        name: Prefix for ids inside the SVG, unique on the page.
        series: Colour and dots: percent said, percent that happened, size of the group.
        said: Title of the horizontal axis.
        happened: Title of the vertical axis.
        whole_scale: Whether the axes go to 100 % whatever is drawn.
    """
    largest = max((max(x, y) for _, dots in series for x, y, _ in dots), default=100.0)
    end = 100 if whole_scale else next(scale for scale in SCALES if scale >= min(largest, 100.0))
    colours = list(dict.fromkeys(colour for colour, _ in series))
    values = [{"series": colour, "x": x, "y": y, "size": size} for colour, dots in series for x, y, size in dots]
    dots = (
        alt.Chart(alt.InlineData(values=values))
        .mark_circle(aria=False, opacity=0.9)
        .encode(
            x="x:Q",
            y="y:Q",
            size=alt.Size("size:Q", legend=None, scale=alt.Scale(domainMin=0, range=[12, 240])),
            color=alt.Color("series:N", legend=None, scale=alt.Scale(domain=colours, range=colours)),
        )
    )
    return _square(_diagonal(end, said, happened) + dots, name)


def lines_above_diagonal(name: str, series: Sequence[tuple[str, Points]], *, across: str, up: str) -> str:
    """What share of all is found in the first part of a ranking; on the line it is found by chance.

    Args:
        name: Prefix for ids inside the SVG, unique on the page.
        series: Colour and points in percent, from left to right; drawn in this order, the last on top.
        across: Title of the horizontal axis.
        up: Title of the vertical axis.
    """
    colours = list(dict.fromkeys(colour for colour, _ in series))
    values = [
        {"line": f"{place}", "series": colour, "x": x, "y": y, "order": order}
        for place, (colour, points) in enumerate(series)
        for order, (x, y) in enumerate(points)
    ]
    lines = (
        alt.Chart(alt.InlineData(values=values))
        .mark_line(aria=False, strokeWidth=2)
        .encode(
            x="x:Q",
            y="y:Q",
            order="order:Q",
            detail="line:N",
            color=alt.Color("series:N", legend=None, scale=alt.Scale(domain=colours, range=colours)),
        )
    )
    return _square(_diagonal(100, across, up) + lines, name)


def _diagonal(end: int, across: str, up: str) -> Any:
    scale = alt.Scale(domain=[0, end], nice=False)
    return (
        alt.Chart(alt.InlineData(values=[{"x": 0, "y": 0}, {"x": end, "y": end}]))
        .mark_line(aria=False, color=PALE, strokeWidth=2)
        .encode(
            x=alt.X("x:Q", axis=_percent_axis(across, end), scale=scale),
            y=alt.Y("y:Q", axis=_percent_axis(up, end), scale=scale),
        )
    )


def _percent_axis(title: str, end: int) -> alt.Axis:
    return alt.Axis(
        title=title,
        values=[end * quarter / 4 for quarter in range(5)],
        labelExpr="datum.value + '%'",
        grid=False,
        labelFontSize=FONT_SIZE,
        titleFontSize=FONT_SIZE,
        titleFontWeight="normal",
        labelColor=INK,
        titleColor=INK,
    )


def _square(chart: alt.LayerChart, name: str) -> str:
    side = WIDTH - AXIS_WIDTH - EDGE
    padding = {"left": AXIS_WIDTH, "right": EDGE, "top": TOP, "bottom": AXIS_HEIGHT}
    return drawn(chart, name, width=side, height=side, padding=padding)


def drawn(
    chart: alt.LayerChart,
    name: str,
    *,
    width: int,
    height: int,
    padding: Mapping[str, int],
    row_figures: Mapping[str, str] | None = None,
) -> str:
    """The chart as SVG for a page, the same bytes for the same chart.

    Args:
        chart: The chart, without a configuration of its own.
        name: Prefix for ids inside the SVG, unique on the page.
        width: Width of the plotting area in pixels.
        height: Its height.
        padding: Pixels around it: left, right, top, bottom.
        row_figures: The figure that a text is, by text; other texts without a description are constants.
    """
    spec = (
        chart.properties(
            width=width,
            height=height,
            padding=dict(padding),
            autosize=alt.AutoSizeParams(type="none"),
            background="transparent",
        )
        .configure(font=FONT)
        .configure_view(stroke=None)
        .to_dict()
    )
    return _for_a_page(str(vl_convert.vegalite_to_svg(spec)), name, row_figures or {})


def _for_a_page(svg: str, name: str, row_figures: Mapping[str, str]) -> str:
    """The drawing made fit for a page: ids of its own, as wide as its place, its texts marked as what they are."""

    def with_mark(found: re.Match[str]) -> str:
        attributes, text = found.groups()
        figure = re.search(r'aria-label="([^"]*)"', attributes)
        figure_id = figure.group(1) if figure else row_figures.get(html.unescape(text))
        mark = "data-constant" if figure_id is None else f'data-figure="{html.escape(figure_id)}"'
        return f"<text {mark} {attributes}>{text}</text>"

    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = svg.replace("url(#", f"url(#{name}-").replace('href="#', f'href="#{name}-')
    svg = re.sub(r"<text ([^>]*)>([^<]*)</text>", with_mark, svg)
    svg = re.sub(r' (?:role|aria-[a-z]+|xmlns:xlink)="[^"]*"', "", svg)
    # A presentation: the caption beside it and the table or text below say the same.
    return re.sub(r'^<svg ([^>]*?) width="\d+" height="\d+"', r'<svg \1 role="img" focusable="false"', svg, count=1)
