"""Conditions under which a comparison fails, such as "mae > 0.02 worse": how they are written, and whether they hold.

    FIGURE[.ELEMENT] > NUMBER worse|better [for sure]

A condition is about each side but the first. It holds where the side is worse (or better) than the first one by more
than NUMBER and that is beyond chance: the 95 % interval of the difference excludes 0 and, where several conditions or
sides are tested, the p-value after Holm's correction for these is below 5%. With "for sure" the whole interval has to
be beyond NUMBER. A figure that cannot be computed holds too: a gate that nobody looked through is not open.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.evaluation.comparison.comparison import LEVEL
from synthdeal_assets.evaluation.comparison.measures import BY_ALIAS, COULD_NOT_JUDGE, MEASURES, Measure
from synthdeal_assets.foundation.statistics.many_tests import holm
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS

FORM: Final = "FIGURE > NUMBER worse|better [for sure]"

_WRITTEN: Final = re.compile(
    r"\s*(?P<figure>[a-z_]+)(?:\.(?P<element>[a-z_]+))?\s*>\s*(?P<number>\d+(?:\.\d*)?|\.\d+)\s+"
    r"(?P<way>worse|better)(?P<sure>\s+for\s+sure)?\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FailIf:
    """A condition under which a comparison fails.

    Attributes:
        text: As it was written.
        measure: The figure.
        element: The element of it, or all.
        number: How far from the first side is too far, in the unit in which the figure is shown.
        worse: Whether it is about a side that is worse; else about one that is better.
        for_sure: Whether the whole interval has to be beyond the number.
    """

    text: str
    measure: Measure
    element: str
    number: float
    worse: bool
    for_sure: bool


@dataclass(frozen=True, slots=True)
class FailIfFinding:
    """Whether a condition holds for a side.

    Attributes:
        condition: The condition.
        side: Place of the side.
        name: The side, as the command named it.
        holds: Whether the comparison fails by it.
        says: Why, or why not.
    """

    condition: FailIf
    side: int
    name: str
    holds: bool
    says: str


def condition_of(text: str) -> FailIf:
    """A condition, from the way it is written.

    Raises:
        SynthDealError: It is none, or there is no such figure or element.
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise SynthDealError(
            f'{text!r} is not a condition: write {FORM}, such as "mae > 0.02 worse".',
            code="compare.no-condition",
            usage=True,
        )
    figure, element = found["figure"].lower(), (found["element"] or "all").lower()
    measure = BY_ALIAS.get(figure)
    if measure is None:
        raise SynthDealError(
            f"There is no figure {found['figure']!r} to compare by: choose one of "
            f"{', '.join(each.alias for each in MEASURES)}.",
            code="compare.no-such-figure",
            usage=True,
        )
    if element != "all" and (measure.alias != "mae" or element not in MEDDPICC_WEIGHTS):
        raise SynthDealError(
            f"There is no figure {figure}.{element}: only mae is told by element, and the elements are "
            f"{', '.join(MEDDPICC_WEIGHTS)}.",
            code="compare.no-such-element",
            usage=True,
        )
    return FailIf(
        text.strip(), measure, element, float(found["number"]), found["way"].lower() == "worse", bool(found["sure"])
    )


def require_figures(conditions: Sequence[FailIf], *, at_landmark: bool, asked_again: bool) -> None:
    """Refuse conditions about figures that a comparison will not have.

    Raises:
        SynthDealError: One is about such a figure.
    """
    for condition in conditions:
        for name, is_there, takes in (
            ("auc_within_a_stage", at_landmark, "--landmark, or cases of one"),
            ("changed_when_asked_again", asked_again, "--repeats, and a side that asks a model"),
        ):
            if condition.measure.name == name and not is_there:
                raise SynthDealError(
                    f"{condition.text!r} is about a figure that takes {takes}: add that, or leave the condition out.",
                    code="compare.figure-not-compared",
                    usage=True,
                )


def findings_of(conditions: Sequence[FailIf], figures: pl.DataFrame) -> list[FailIfFinding]:
    """Whether each condition holds for each side but the first, condition by condition.

    Args:
        conditions: The conditions.
        figures: Rows of scoring.score_comparisons of one comparison.
    """
    rows = [
        (condition, row)
        for condition in conditions
        for row in figures.filter(
            (pl.col("side") > 1)
            & (pl.col("measure") == condition.measure.name)
            & (pl.col("element") == condition.element)
        ).to_dicts()
    ]
    tested = [row["p_value"] for _, row in rows if row["p_value"] is not None]
    corrected = iter(holm(tested))
    return [_finding(condition, row, None if row["p_value"] is None else next(corrected)) for condition, row in rows]


def _finding(condition: FailIf, row: Mapping[str, Any], p_value: float | None) -> FailIfFinding:
    def finding(says: str, *, holds: bool) -> FailIfFinding:
        return FailIfFinding(condition, row["side"], row["name"], holds, says)

    measure = condition.measure
    if row["difference"] is None:
        return finding("it could not be computed, so nobody knows", holds=True)
    # Above 0 is what the condition is about.
    sign = (1 if row["better"] == "less" else -1) * (1 if condition.worse else -1) * measure.shown_times
    apart, number = sign * row["difference"], condition.number
    way = "worse" if condition.worse else "better"
    by = _in_words((apart,), way, measure)
    if row["low"] is None:
        counted = "counted" if measure.name == COULD_NOT_JUDGE else "without an interval"
        return finding(f"{by}, {counted}", holds=apart > number)
    low, high = sorted((sign * row["low"], sign * row["high"]))
    said = f"{by} (95% interval: {_in_words((low, high), way, measure)})"
    beyond_chance = low > 0 and p_value is not None and p_value < LEVEL
    if condition.for_sure:
        holds = low > number
        return finding(f"{said}, {'all of it' if holds else 'not all of it'} beyond {number:g}", holds=holds)
    if apart <= number:
        return finding(f"{said}, not beyond {number:g}", holds=False)
    if not beyond_chance:
        return finding(f"{said}, beyond {number:g} but not beyond chance", holds=False)
    return finding(f"{said}, beyond {number:g} and beyond chance", holds=True)


def _in_words(values: Sequence[float], way: str, measure: Measure) -> str:
    """Differences as how much better or worse they are, those below 0 being the other way."""
    other = "better" if way == "worse" else "worse"
    said = [(f"{abs(value):,.{measure.decimals}f}", way if value > 0 else other) for value in values]
    ways = {word for _, word in said}
    if len(ways) == 1:
        return f"{' to '.join(sorted(shown for shown, _ in said))} {ways.pop()}"
    return " to ".join(f"{shown} {word}" for shown, word in said)
