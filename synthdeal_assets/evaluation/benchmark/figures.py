"""A figure of a judge: its value, its interval, what a simple guess reaches on the same deals, and what that says.

What is measured belongs in `measures.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from synthdeal_assets.evaluation.quality.figures import MIN_OPPORTUNITIES, rounded
from synthdeal_assets.foundation.statistics.bootstrap import IntArray, Statistic, interval_of, value_of

PURPOSE: Final = "judge_benchmark"
"""What the resamples are drawn for."""

BETTER: Final = "better"
WORSE: Final = "worse"
NO_DIFFERENCE: Final = "no difference"
NOT_COMPUTED: Final = "not computed"

MORE: Final = 1
LESS: Final = -1
"""Which is better."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What anybody could say without a judge: its name, and the same statistic of it."""

    name: str
    statistic: Statistic


@dataclass(frozen=True, slots=True)
class BenchmarkFigure:
    """One figure; what cannot be computed is None.

    Attributes:
        part: What it is about: levels, the outcome, planted text, repeats or cost.
        measure: Its name.
        of: Which element or which deals; "all" for all.
        value: The figure.
        low: Lower end of its 95 % bootstrap interval over opportunities.
        high: Upper end.
        guess: The simple guess beside it; empty when there is none.
        guess_value: What that reaches on the same deals.
        ahead: How much better the judge is than the guess, below 0 when it is worse.
        ahead_low: Lower end of the interval of that, paired on the same resamples.
        ahead_high: Upper end.
        best: What the truth itself reaches: the most that can be known.
        better: 1 when more of it is better, -1 when less is, None when neither.
        says: better or worse than the guess, or no difference, which is within chance.
        opportunities: Deals that it rests on.
        explanation: What it means, in a sentence.
    """

    part: str
    measure: str
    of: str
    value: float | None
    low: float | None
    high: float | None
    guess: str
    guess_value: float | None
    ahead: float | None
    ahead_low: float | None
    ahead_high: float | None
    best: float | None
    better: int | None
    says: str
    opportunities: int
    explanation: str


def figure(
    part: str,
    measure: str,
    statistic: Statistic,
    rows: int,
    *,
    explanation: str,
    of: str = "all",
    opportunity: IntArray | None = None,
    guess: Guess | None = None,
    better: int | None = None,
    best: Statistic | None = None,
) -> BenchmarkFigure:
    """A figure from statistics of some rows; empty with fewer than ten opportunities, or where it is not defined.

    Args:
        part: What it is about.
        measure: Its name.
        statistic: What is measured; its weights are of shape (resamples, rows).
        rows: How many rows there are.
        explanation: What it means.
        of: Which element or which deals.
        opportunity: Which opportunity each row is of, from 0 without a gap; None when each is one of its own. All rows
            of an opportunity are drawn together.
        guess: The simple guess.
        better: Whether more or less of it is better; None when neither is, and nothing is said.
        best: The same statistic of the truth.
    """
    place = np.arange(rows) if opportunity is None else opportunity
    opportunities = int(place.max(initial=-1)) + 1
    value = _value(statistic, rows) if opportunities >= MIN_OPPORTUNITIES else None
    if value is None:
        too_few = f"It takes at least {MIN_OPPORTUNITIES} deals, there are {opportunities}."
        why = too_few if opportunities < MIN_OPPORTUNITIES else "It is not defined: something in it does not vary."
        nothing = (None,) * 8
        return BenchmarkFigure(
            part,
            measure,
            of,
            *nothing[:3],
            "",
            *nothing[3:],
            better,
            NOT_COMPUTED,
            opportunities,
            f"{explanation} {why}",
        )

    def interval(of_rows: Statistic) -> tuple[float | None, float | None]:
        low, high = interval_of(lambda weights: of_rows(weights[:, place]), opportunities, PURPOSE)
        return rounded(low), rounded(high)

    against = guess.statistic if guess is not None else None
    guess_value = _value(against, rows) if against is not None else None
    ahead, says = None, ""
    ends: tuple[float | None, float | None] = (None, None)
    if guess_value is not None and against is not None and better is not None:
        ahead = better * (value - guess_value)
        sign, than = better, against
        ends = interval(lambda weights: sign * (statistic(weights) - than(weights)))
        says = _verdict(*ends)
    return BenchmarkFigure(
        part=part,
        measure=measure,
        of=of,
        value=rounded(value),
        **dict(zip(("low", "high"), interval(statistic), strict=True)),
        guess=guess.name if guess is not None else "",
        guess_value=rounded(guess_value),
        ahead=rounded(ahead),
        ahead_low=ends[0],
        ahead_high=ends[1],
        best=rounded(_value(best, rows) if best is not None else None),
        better=better,
        says=says,
        opportunities=opportunities,
        explanation=explanation,
    )


def constant(value: float) -> Statistic:
    """A statistic that is the same of all deals."""
    return lambda weights: np.full(len(weights), value)


def _verdict(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return ""
    return BETTER if low > 0 else WORSE if high < 0 else NO_DIFFERENCE


def _value(statistic: Statistic, rows: int) -> float | None:
    value = value_of(statistic, rows) if rows else float("nan")
    return None if np.isnan(value) else value
