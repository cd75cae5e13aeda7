"""Charts for the Dagster UI: Altair describes them, vl-convert draws them, and they travel as Markdown.

The UI takes inline SVG out of Markdown but shows images from data URIs, so a chart becomes a small PNG. Fonts and
sizes belong here, colours in `palette.py`; what a chart shows belongs in the room that measures it, and the charts of
the report in the report.
"""

from __future__ import annotations

import base64
import io
import re
from typing import TYPE_CHECKING, Any, Final

import vl_convert
from PIL import Image

from synthdeal_assets.foundation.publishing.palette import INK, PALE

if TYPE_CHECKING:
    import altair as alt

WIDTH: Final = 420
"""Width of the plotting area in pixels; the dialog in which the UI shows a chart has room for it and the labels."""
FONT: Final = "Helvetica Neue, Helvetica, Arial, sans-serif"
FONT_SIZE: Final = 12

PIXELS_PER_POINT: Final = 1.5
"""Sharp enough on a screen of high density, and half the bytes of doubling it."""

LARGEST_PNG: Final = 60_000
"""Bytes of one chart: every materialisation keeps its own in Dagster's event log."""

MAX_COLOURS: Final = 32
"""Of a picture: charts have few colours, and the edges of letters look the same with so many shades."""


def chart_markdown(chart: alt.TopLevelMixin, description: str) -> str:
    """The chart as a Markdown image with the PNG inside.

    Args:
        chart: The chart, without a configuration of its own.
        description: What it shows, for those who cannot see it: plain words.

    Raises:
        ValueError: The image would be larger than `LARGEST_PNG`: the chart shows too much at once.
    """
    image = png(chart)
    if len(image) > LARGEST_PNG:
        raise ValueError(f"the chart '{description}' takes {len(image):,} bytes, more than {LARGEST_PNG:,}")
    spoken = re.sub(r"[^\w\s.,:;%+-]", "", description)
    return f"![{spoken}](data:image/png;base64,{base64.b64encode(image).decode('ascii')})"


def png(chart: alt.TopLevelMixin) -> bytes:
    """The chart drawn on white, the same bytes for the same chart."""
    axis: dict[str, Any] = {
        "labelFontSize": FONT_SIZE,
        "titleFontSize": FONT_SIZE,
        "labelColor": INK,
        "titleColor": INK,
        "titleFontWeight": "normal",
        "gridColor": PALE,
        "domainColor": PALE,
        "tickColor": PALE,
        "labelLimit": 260,
        "labelFlush": False,
    }
    spec = chart.to_dict()
    spec["config"] = {
        "font": FONT,
        "background": "white",
        "padding": 8,
        "view": {"stroke": None},
        "axis": axis,
        "legend": {"labelFontSize": FONT_SIZE, "labelColor": INK, "labelLimit": 0, "title": None, "orient": "top"},
        "title": {"fontSize": FONT_SIZE + 1, "color": INK, "anchor": "start", "fontWeight": "bold"},
        "text": {"fontSize": FONT_SIZE, "color": INK},
    }
    return _squeezed(bytes(vl_convert.vegalite_to_png(spec, scale=PIXELS_PER_POINT)))


def _squeezed(image: bytes) -> bytes:
    """The same picture with a palette, in an eighth of the bytes: vl-convert compresses for speed."""
    squeezed = io.BytesIO()
    with Image.open(io.BytesIO(image)) as picture:
        few_colours = picture.convert("RGB").quantize(MAX_COLOURS, dither=Image.Dither.NONE)
        few_colours.save(squeezed, "PNG", optimize=True)
    return squeezed.getvalue()
