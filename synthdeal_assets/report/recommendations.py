"""Which recommendations a report makes: fixed rules over figures, in three horizons.

A recommendation is made only when its figures say that there is something to do, its flag sets deals apart, and a
difference it speaks of is more than chance; how it reads belongs in
`templates/recommendations.j2`, and which deals it concerns in `sql/shared/concerned_deals.sql`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from synthdeal_assets.report.vocabulary import MAX_FLAG_PERCENT, Flag
from synthdeal_assets.report.vocabulary import RULES as FLAGS
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
        lambda book: book.number(f"recommendation.{key}.deals") > 0 and (key not in FLAGS or tells(book, FLAGS[key])),
        f"recommendation.{key}.amount",
    )


def tells(book: FigureBook, flag: Flag) -> bool:
    """Whether a flag covers so few of the deals it picks from that it sets them apart."""
    base = book.number(f"flag.{flag.key}.base")
    return 100 * book.number(f"flag.{flag.key}.deals") <= MAX_FLAG_PERCENT * base


def is_apart(book: FigureBook, prefix: str) -> bool:
    """Whether a difference is more than chance: its figures `low` and `high` are known and do not hold 0."""
    ends = f"{prefix}.low", f"{prefix}.high"
    return all(book.known(end) for end in ends) and (book.number(ends[0]) > 0 or book.number(ends[1]) < 0)


RULES: Final = (
    _concerns_deals("overdue", "now"),
    _concerns_deals("commit", "now"),
    _concerns_deals("closing_soon", "now"),
    _concerns_deals("economic_buyer", "now"),
    _concerns_deals("champion", "now"),
    _concerns_deals("not_scored", "now"),
    Recommendation("coach", "next", lambda book: book.number("gaps.widest_1.apart.low") > 0, "gaps.widest_1.amount"),
    _concerns_deals("ahead_of_evidence", "next"),
    _concerns_deals("slipped", "next"),
    Recommendation(
        "qualify",
        "later",
        lambda book: (
            min(book.number("process.difference.won"), book.number("process.difference.lost")) >= MIN_CLOSED_DEALS
            and book.number("process.difference.low") > 0
            and _apart(book, "process.difference.won_percent", "process.difference.lost_percent") >= MIN_DIFFERENCE
        ),
    ),
    Recommendation(
        "source",
        "later",
        lambda book: (
            is_apart(book, "process.source")
            and abs(_apart(book, "process.source.win_percent", "process.source.others_percent")) >= MIN_DIFFERENCE
        ),
    ),
    Recommendation(
        "lost_late",
        "later",
        lambda book: (
            book.number("process.lost_late.deals") >= MIN_CLOSED_DEALS
            and book.number("process.lost_late.low") >= MIN_LOST_LATE_PERCENT
        ),
    ),
)


def _apart(book: FigureBook, left: str, right: str) -> float:
    return book.number(left) - book.number(right)


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
