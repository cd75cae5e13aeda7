"""Charts for the Dagster UI: Altair describes them, vl-convert draws them, and they travel as Markdown.

The UI takes inline SVG out of Markdown but shows images from data URIs, so a chart becomes a small PNG. Fonts and
sizes belong here, colours in `palette.py`; what a chart shows belongs in the room that measures it, and the charts of
the report in the report.
"""

from __future__ import annotations

import base64
import re
import struct
import zlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import vl_convert

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

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
RGBA: Final = [8, 6, 0, 0, 0]
"""Header of the pictures that vl-convert draws: bit depth, colour type, compression, filter and interlace method."""
LEFT_NEIGHBOUR: Final = 1
MAX_SHADES: Final = (31, 15, 7)
"""Shades of each primary colour, less one: charts have few colours, and their edges look the same with 32 of each.

Where lines of several colours cross often there are too many mixtures, and fewer shades are tried."""
MAX_COLOURS: Final = 256


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
    """The same picture with a palette, in an eighth of the bytes: vl-convert compresses for speed.

    A PNG is a signature and chunks of length, type, data and checksum; the first chunk is the header, and the pixels
    are one zlib stream over all chunks IDAT, a row at a time, each behind a byte that says how it is filtered (PNG
    specification, W3C 2003). A picture of another make is left as it is.
    """
    chunks, place = [], len(SIGNATURE)
    while place < len(image):
        length, kind = struct.unpack(">I4s", image[place : place + 8])
        chunks.append((kind, image[place + 8 : place + 8 + length]))
        place += length + 12
    width, height, *kind_of_pixels = struct.unpack(">IIBBBBB", chunks[0][1])
    if kind_of_pixels != RGBA:
        return image
    stream = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    rows = np.frombuffer(stream, np.uint8).reshape(height, 1 + 4 * width)
    filters, values = rows[:, 0], rows[:, 1:].reshape(height, width, 4)
    if filters.max() > LEFT_NEIGHBOUR:
        return image
    # Filter 1 stores the difference from the left neighbour, modulo 256.
    summed = np.cumsum(values, axis=1, dtype=np.int64).astype(np.uint8)
    pixels = np.where((filters == LEFT_NEIGHBOUR)[:, None, None], summed, values)[..., :3]
    for most in MAX_SHADES:
        shades = np.round(pixels / 255 * most).astype(np.int64) @ [(most + 1) ** 2, most + 1, 1]
        colours, of_pixel = np.unique(shades, return_inverse=True)
        if colours.size <= MAX_COLOURS:
            break
    else:
        return image
    # The mean of what is taken together: large areas keep their colour, edges are hardly off.
    count = np.bincount(of_pixel.ravel())
    palette = np.column_stack([np.bincount(of_pixel.ravel(), pixels[..., part].ravel()) / count for part in range(3)])
    scanlines = np.zeros((height, 1 + width), np.uint8)
    scanlines[:, 1:] = of_pixel.reshape(height, width)
    return SIGNATURE + b"".join(
        struct.pack(">I4s", len(data), kind) + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            (b"PLTE", np.round(palette).astype(np.uint8).tobytes()),
            (b"IDAT", zlib.compress(scanlines.tobytes(), level=9)),
            (b"IEND", b""),
        )
    )
