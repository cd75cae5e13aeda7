"""Which figures each chart of the report shows. How a chart is drawn belongs in `charts.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from synthdeal_assets.foundation.publishing.inline_svg import dots_on_diagonal, lines_above_diagonal
from synthdeal_assets.foundation.publishing.palette import SOFT, STRONG
from synthdeal_assets.report import vocabulary
from synthdeal_assets.report.charts import Bar, bar_chart, level_chart, reliability_chart
from synthdeal_assets.report.wording import FigureBook

CHANCE_SERIES: Final = ((SOFT, "as_given"), (STRONG, "corrected"))
RULE_OF_WHITESPACE: Final = "whitespace.whitespace.rule.name"


def draw(book: FigureBook, name: str) -> str:
    """The chart of this name as an SVG element."""
    if name == "scores":
        return bar_chart(
            book, name, [Bar(band.label, f"scores.band.{band.key}.deals") for band in vocabulary.SCORE_BANDS]
        )
    if name == "won":
        return bar_chart(
            book, name, [Bar(band.label, f"trust.band.{band.key}.win_percent") for band in vocabulary.SCORE_BANDS]
        )
    if name == "chances":
        return reliability_chart(
            book,
            name,
            [
                (
                    colour,
                    [
                        (f"{prefix}.said_percent", f"{prefix}.won_percent", f"{prefix}.deals")
                        for prefix in (f"calibration.band.{band.key}.{chance}" for band in vocabulary.CHANCE_BANDS)
                    ],
                )
                for colour, chance in CHANCE_SERIES
            ],
        )
    if name in {"gains", "whitespace-chances"}:
        return _draw_whitespace(book, name)
    if name == "gaps":
        return level_chart(
            book,
            name,
            [
                (element.name.capitalize(), [f"gaps.{element.key}.level_{level}_percent" for level in range(4)])
                for element in vocabulary.MEDDPICC
            ],
        )
    return _draw_amounts(book, name)


def _draw_amounts(book: FigureBook, name: str) -> str:
    if name == "wins":
        industries = {
            book.plain(f"wins.industry.{place}.name"): f"wins.industry.{place}"
            for place in book.keys("wins.industry.*.name")
        }
        return bar_chart(
            book,
            name,
            [Bar(label, f"{prefix}.win_percent") for label, prefix in industries.items()],
            row_figures={label: f"{prefix}.name" for label, prefix in industries.items()},
        )
    if name == "forecast-stage":
        stages = {stage.name: f"forecast.stage.{stage.key}" for stage in vocabulary.STAGES}
        return bar_chart(book, name, _forecast_bars(stages), (SOFT, STRONG))
    quarters = _prefixes_by_quarter(book, "forecast.quarter" if name == "forecast-quarter" else "bookings.quarter")
    names = {label: f"{prefix}.name" for label, prefix in quarters.items()}
    if name == "forecast-quarter":
        return bar_chart(book, name, _forecast_bars(quarters), (SOFT, STRONG), names)
    return bar_chart(
        book, name, [Bar(label, f"{prefix}.amount") for label, prefix in quarters.items()], row_figures=names
    )


def _prefixes_by_quarter(book: FigureBook, prefix: str) -> dict[str, str]:
    return {book.plain(f"{prefix}.{key}.name"): f"{prefix}.{key}" for key in book.keys(f"{prefix}.*.name")}


def _forecast_bars(rows: Mapping[str, str]) -> list[Bar]:
    return [
        Bar(label, f"{prefix}.{series}", series)
        for label, prefix in rows.items()
        for series in ("weighted", "adjusted")
    ]


def _draw_whitespace(book: FigureBook, name: str) -> str:
    if name == "gains":
        rankers = [(SOFT, book.word(RULE_OF_WHITESPACE))] if book.known(RULE_OF_WHITESPACE) else []
        series = [
            (colour, _points(book, f"whitespace.gains.whitespace.{ranker}"))
            for colour, ranker in (*rankers, (STRONG, "champion"))
        ]
        return lines_above_diagonal(name, series, across="Pairs, best first", up="Purchases found among them")
    prefix = "whitespace.calibration.whitespace.champion"
    dots = [
        (x, y, book.number(f"{prefix}.{point}.pairs"))
        for point, (x, y) in zip(_in_order(book, prefix), _points(book, prefix), strict=True)
    ]
    return dots_on_diagonal(name, [(STRONG, dots)], said="Chance said", happened="Share that bought", whole_scale=False)


def _points(book: FigureBook, prefix: str) -> list[tuple[float, float]]:
    """The points of a curve, from left to right."""
    return [
        (book.number(f"{prefix}.{point}.x"), book.number(f"{prefix}.{point}.y")) for point in _in_order(book, prefix)
    ]


def _in_order(book: FigureBook, prefix: str) -> list[str]:
    """The numbers of a curve's points, the first one first: read from a table, figures may stand in any order."""
    return sorted(book.keys(f"{prefix}.*.x"), key=int)
