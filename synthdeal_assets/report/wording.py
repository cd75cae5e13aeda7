"""How a figure is printed: its number with its unit, its word, and the mark that leads back to its row.

Numbers reach a page through here only, so that each carries the id of its figure. Sentences belong in `templates/`,
charts in `charts.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import polars as pl
from markupsafe import Markup

from synthdeal_assets.foundation.publishing.markdown import escaped_markdown

Format = Literal["html", "markdown"]

NOT_KNOWN: Final = "-"
"""What a table shows where nothing could be computed; a sentence is left out instead."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its value: a number, a word, or neither when it could not be computed."""

    figure_id: str
    label: str
    unit: str
    value: float | None
    word: str | None


class FigureBook:
    """The figures of one report, by id.

    Args:
        figures: Rows of report.figures.
    """

    def __init__(self, figures: pl.DataFrame) -> None:
        rows = figures.select("figure_id", "label", "unit", "value", "text_value").iter_rows()
        self._by_id = {row[0]: Figure(*row) for row in rows}

    def __contains__(self, figure_id: str) -> bool:
        return figure_id in self._by_id

    def __getitem__(self, figure_id: str) -> Figure:
        return self._by_id[figure_id]

    def number(self, figure_id: str) -> float:
        """The number of a figure; 0 when it is not there or could not be computed, for conditions and sizes only."""
        figure = self._by_id.get(figure_id)
        return figure.value if figure is not None and figure.value is not None else 0.0

    def word(self, figure_id: str) -> str:
        """The word of a figure.

        Raises:
            ValueError: The figure is a number, or could not be computed.
        """
        word = self._by_id[figure_id].word
        if word is None:
            raise ValueError(f"the figure {figure_id} has no word")
        return word

    def known(self, figure_id: str) -> bool:
        """Whether the figure is there and has a value."""
        figure = self._by_id.get(figure_id)
        return figure is not None and (figure.value is not None or figure.word is not None)

    def keys(self, pattern: str) -> list[str]:
        """What stands for `*` in the ids that match the pattern, in the order of the figures."""
        before, after = pattern.split("*")
        return [
            figure_id[len(before) : len(figure_id) - len(after)]
            for figure_id in self._by_id
            if figure_id.startswith(before)
            and figure_id.endswith(after)
            and "." not in figure_id[len(before) : len(figure_id) - len(after)]
        ]

    def plain(self, figure_id: str) -> str:
        """The figure as plain text, as it stands on every page."""
        return printed(self._by_id[figure_id])


def printed(figure: Figure) -> str:
    """A figure as text: its number rounded as its unit is read, a date in words, a word in one line."""
    if figure.word is not None:
        return _date(figure.word) if figure.unit == "date" else " ".join(figure.word.split())
    if figure.value is None:
        return NOT_KNOWN
    return _NUMBERS[figure.unit](figure.value)


def marked(figure: Figure, format_: Format) -> str:
    """A figure as it stands on a page, escaped: in HTML inside an element that names the figure."""
    if format_ == "markdown":
        return escaped_markdown(printed(figure))
    kind = Markup("") if figure.word is None else Markup(' class="word"')
    return Markup('<span data-figure="{}"{}>{}</span>').format(figure.figure_id, kind, printed(figure))


def _usd(value: float) -> str:
    """Millions and billions with three digits that count, so that a gap still agrees with what it lies between."""
    sign, size = ("-" if value < 0 else ""), abs(value)
    for limit, divisor, suffix in ((999_500_000, 1e9, "B"), (999_500, 1e6, "M"), (999.5, 1e3, "k")):
        if size >= limit:
            scaled = size / divisor
            decimals = 0 if suffix == "k" or scaled >= 99.95 else 1 if scaled >= 9.995 else 2
            return f"{sign}${scaled:,.{decimals}f}{suffix}"
    return f"{sign}${size:,.0f}"


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _percent(value: float) -> str:
    return f"{value:.0f}%"


def _date(word: str) -> str:
    day = dt.date.fromisoformat(word)
    return f"{day.day} {day:%B %Y}"


def _usd_in_full(value: float) -> str:
    return f"${value:,.2f}" if value == 0 or value >= 1 else f"${value:.2g}" if value >= 0.0001 else "below $0.0001"


def _signed(value: float) -> str:
    return _with_sign(value, 1)


def _with_sign(value: float, decimals: int) -> str:
    # Adding 0 turns a negative zero into a positive one.
    return f"{round(value, decimals) + 0.0:+.{decimals}f}".replace("-", "\N{MINUS SIGN}")


_NUMBERS: Final[dict[str, Callable[[float], str]]] = {
    "USD": _usd,
    "USD in full": _usd_in_full,
    "USD in thousands": lambda value: f"${value / 1000:,.0f}k",
    "deals": _whole,
    "count": _whole,
    "signed count": _signed,
    "percent": _percent,
    "percentage points": lambda value: f"{value:z.1f}".replace("-", "\N{MINUS SIGN}"),
    "signed percentage points": _signed,
    "points": _whole,
    "signed points": _signed,
    "levels": lambda value: f"{value:.1f}",
    "signed levels": lambda value: _with_sign(value, 2),
    "ratio": lambda value: f"{value:.2f}",
    "chance": lambda value: "below 0.001" if value < 0.001 else f"{value:.3f}",
    "money of the log": lambda value: _usd(value).replace("$", ""),
    "days": _whole,
}
