"""Which recommendations a report makes: fixed rules over figures, the nearest in time first.

A recommendation rests on a fact on record, on a flag with a record, or on a difference beyond chance. With many rules
some difference would always look large: each rule that looks for one is held to an equal part of the level, over all
that it chooses among (`context.py`, after Bonferroni). How one reads, and its test, belongs in
`templates/recommendations.j2`; which deals it concerns in `sql/shared/concerned_deals.sql`.
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
ADVICE_GIVEN: Final = 5
"""Recommendations on a page; who is told ten things to do does none."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One rule.

    Attributes:
        key: Name of the rule in figure ids and in the wording.
        applies: Whether the figures call for it.
    """

    key: str
    applies: Callable[[FigureBook], bool]


def _concerns_deals(key: str) -> Recommendation:
    return Recommendation(key, lambda book: book.number(f"recommendation.{key}.deals") > 0)


def is_apart(book: FigureBook, prefix: str) -> bool:
    """Whether a difference is more than chance: its figures `low` and `high` are known and do not hold 0."""
    ends = f"{prefix}.low", f"{prefix}.high"
    return all(book.known(end) for end in ends) and (book.number(ends[0]) > 0 or book.number(ends[1]) < 0)


def _is_more_than_chance(book: FigureBook) -> bool:
    """Whether the scores that a rule on levels rests on are more than chance; so too where that was not measured."""
    return not book.number("certainty.is_chance")


RULES: Final = (
    Recommendation("flagged", lambda book: book.number("flags.deals") > 0),
    _concerns_deals("overdue"),
    _concerns_deals("not_scored"),
    Recommendation(
        "loss",
        lambda book: (
            book.known("process.loss.place") and f"losses.beyond.{book.number('process.loss.place'):.0f}.name" in book
        ),
    ),
    Recommendation("coach", lambda book: _is_more_than_chance(book) and book.number("gaps.widest_1.apart.low") > 0),
    Recommendation(
        "qualify",
        lambda book: (
            _is_more_than_chance(book)
            and min(book.number("process.difference.won"), book.number("process.difference.lost")) >= MIN_CLOSED_DEALS
            and book.number("process.difference.low") > 0
            and _apart(book, "process.difference.won_percent", "process.difference.lost_percent") >= MIN_DIFFERENCE
        ),
    ),
    Recommendation(
        "source",
        lambda book: (
            is_apart(book, "process.source")
            and abs(_apart(book, "process.source.win_percent", "process.source.others_percent")) >= MIN_DIFFERENCE
        ),
    ),
    Recommendation(
        "lost_late",
        lambda book: (
            book.number("process.lost_late.deals") >= MIN_CLOSED_DEALS
            and book.number("process.lost_late.low") >= MIN_LOST_LATE_PERCENT
        ),
    ),
    _concerns_deals("slipped"),
)
"""In the order in which they are given."""


def _apart(book: FigureBook, left: str, right: str) -> float:
    return book.number(left) - book.number(right)


def recommendations(book: FigureBook) -> list[Recommendation]:
    """The first recommendations that the figures call for."""
    return [rule for rule in RULES if rule.applies(book)][:ADVICE_GIVEN]


def is_told(book: FigureBook, rule: Recommendation) -> bool:
    """Whether every deal that the rule concerns is among those that need the reader, each with what to do."""
    named = {book.word(f"recommendation.{rule.key}.{n}.deal") for n in book.keys(f"recommendation.{rule.key}.*.deal")}
    needing = {book.word(f"need_you.{place}.deal") for place in book.keys("need_you.*.deal")}
    return 0 < len(named) == book.number(f"recommendation.{rule.key}.deals") and named <= needing
