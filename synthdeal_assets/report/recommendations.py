"""Which recommendations a report makes: fixed rules over figures, in three horizons.

A recommendation is made only when its figures say that there is something to do; how it reads belongs in
`templates/recommendations.j2`, and which deals it concerns in `sql/shared/concerned_deals.sql`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from synthdeal_assets.report.wording import FigureBook

MIN_CLOSED_DEALS: Final = 10
"""Won and lost deals each before they are compared; with fewer, one deal more or less moves a share by ten points."""
MIN_DIFFERENCE: Final = 10
"""Percentage points below which a difference between shares is not worth acting on."""
MIN_LOST_LATE_PERCENT: Final = 20
ACTIONS_ON_FIRST_PAGE: Final = 3


@dataclass(frozen=True, slots=True)
class Horizon:
    """A span of days in which something is to be done: its key and its title."""

    key: str
    title: str


HORIZONS: Final = (Horizon("now", "0-30 days"), Horizon("next", "30-90 days"), Horizon("later", "90+ days"))


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One rule.

    Attributes:
        key: Name of the rule in figure ids and in the wording.
        horizon: Key of its horizon.
        applies: Whether the figures call for it.
        amount: Figure of the amount at stake, by which recommendations are ordered; None puts it last.
    """

    key: str
    horizon: str
    applies: Callable[[FigureBook], bool]
    amount: str | None = None


def _concerns_deals(key: str, horizon: str) -> Recommendation:
    return Recommendation(
        key,
        horizon,
        lambda book: book.number(f"recommendation.{key}.deals") > 0,
        f"recommendation.{key}.amount",
    )


RULES: Final = (
    _concerns_deals("overdue", "now"),
    _concerns_deals("commit", "now"),
    _concerns_deals("closing_soon", "now"),
    _concerns_deals("economic_buyer", "now"),
    _concerns_deals("champion", "now"),
    _concerns_deals("not_scored", "now"),
    Recommendation("coach", "next", lambda book: book.known("gaps.widest_1.element"), "gaps.widest_1.amount"),
    _concerns_deals("ahead_of_evidence", "next"),
    _concerns_deals("slipped", "next"),
    Recommendation(
        "qualify",
        "later",
        lambda book: (
            min(book.number("process.difference.won"), book.number("process.difference.lost")) >= MIN_CLOSED_DEALS
            and book.number("process.difference.won_percent") - book.number("process.difference.lost_percent")
            >= MIN_DIFFERENCE
        ),
    ),
    Recommendation(
        "source",
        "later",
        lambda book: (
            book.number("process.source.best.win_percent") - book.number("process.source.worst.win_percent")
            >= MIN_DIFFERENCE
        ),
    ),
    Recommendation(
        "lost_late",
        "later",
        lambda book: (
            book.number("process.lost_late.deals") >= MIN_CLOSED_DEALS
            and book.number("process.lost_late.percent") >= MIN_LOST_LATE_PERCENT
        ),
    ),
)


def recommendations(book: FigureBook) -> dict[str, list[Recommendation]]:
    """The recommendations the figures call for, by horizon, those with the largest amount first."""
    return {
        horizon.key: sorted(
            (rule for rule in RULES if rule.horizon == horizon.key and rule.applies(book)),
            key=lambda rule: -(book.number(rule.amount) if rule.amount is not None else 0.0),
        )
        for horizon in HORIZONS
    }


def first_actions(chosen: dict[str, list[Recommendation]]) -> list[Recommendation]:
    """The few that stand on the first page: the nearest horizon first."""
    return [rule for horizon in HORIZONS for rule in chosen[horizon.key]][:ACTIONS_ON_FIRST_PAGE]
