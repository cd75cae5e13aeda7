"""The deals on which the sides differ most, with what each side said and what is really so: for a person to read.

Sums over all deals belong in `comparison.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from synthdeal_assets.evaluation.comparison.comparison import judged_by_all
from synthdeal_assets.evaluation.comparison.sample import DrawnSample
from synthdeal_assets.evaluation.comparison.sides import Side
from synthdeal_assets.scoring.answer import ElementJudgement
from synthdeal_assets.scoring.rubric import MEDDPICC, MEDDPICC_WEIGHTS


@dataclass(frozen=True, slots=True)
class Said:
    """What a side said of one element of a deal.

    Attributes:
        levels: The level that each repeat gave.
        quote: Words of the deal that the level rests on, of the first repeat that gave any; None when none did.
        made_up: Whether a repeat gave words that are not in the deal.
    """

    levels: tuple[int, ...]
    quote: str | None
    made_up: bool

    @property
    def level(self) -> float:
        """The mean of the repeats."""
        return fmean(self.levels)


@dataclass(frozen=True, slots=True)
class DifferingDeal:
    """A deal with all that was said of it.

    Attributes:
        opportunity_id: The deal.
        name: Its name.
        stage_name: The stage that the scorers saw.
        state: open, won or lost.
        has_planted_instruction: Whether its notes carry an instruction to whoever scores it.
        true_chance: The true chance of winning.
        true_levels: The true level of each element.
        estimates: The chance that each side gives, the mean of its repeats.
        said: By element what each side said, in the order of the sides.
    """

    opportunity_id: str
    name: str
    stage_name: str
    state: str
    has_planted_instruction: bool
    true_chance: float
    true_levels: Mapping[str, int]
    estimates: tuple[float, ...]
    said: Mapping[str, tuple[Said, ...]]

    def apart(self, element: str) -> float:
        """How many levels the sides are apart on an element."""
        levels = [each.level for each in self.said[element]]
        return max(levels) - min(levels)

    @property
    def levels_apart(self) -> float:
        """How many levels the sides are apart, over all elements."""
        return sum(self.apart(element) for element in self.said)

    def levels_off(self, side: int) -> float:
        """How many levels a side is off the truth, over all elements; the mean of its repeats."""
        return sum(
            fmean(abs(level - self.true_levels[element]) for level in said[side].levels)
            for element, said in self.said.items()
        )


def most_differing(sides: Sequence[Side], sample: DrawnSample, most: int) -> list[DifferingDeal]:
    """The deals on which the sides are the most levels apart, those with the largest distance of estimates first.

    Args:
        sides: The sides, after they were asked.
        sample: The deals.
        most: So many at most; those on which all sides agree are left out.
    """
    names = {deal.opportunity_id: deal.name for deal in sample.inputs}
    deals = [_deal(row, names[row["opportunity_id"]], sides) for row in judged_by_all(sides, sample).to_dicts()]

    def order(deal: DifferingDeal) -> tuple[float, float, str]:
        return -deal.levels_apart, min(deal.estimates) - max(deal.estimates), deal.opportunity_id

    return [deal for deal in sorted(deals, key=order) if deal.levels_apart > 0][:most]


def _deal(row: Mapping[str, Any], name: str, sides: Sequence[Side]) -> DifferingDeal:
    key = row["opportunity_id"]
    answers = [[repeat.scored[key].value for repeat in side.repeats] for side in sides]
    judged: list[dict[str, list[ElementJudgement]]] = [
        {
            element: [
                each
                for answer in of_side
                for each in answer.elements
                if (each.framework, each.element) == (MEDDPICC, element)
            ]
            for element in MEDDPICC_WEIGHTS
        }
        for of_side in answers
    ]
    return DifferingDeal(
        opportunity_id=key,
        name=name,
        stage_name=row["stage_name"],
        state=row["state"],
        has_planted_instruction=row["has_planted_instruction"],
        true_chance=row["true_win_probability"],
        true_levels={element: row[f"true_{element}"] for element in MEDDPICC_WEIGHTS},
        estimates=tuple(fmean(answer.win_probability for answer in of_side) for of_side in answers),
        said={
            element: tuple(
                Said(
                    tuple(each.level for each in of_side[element]),
                    next((each.quote for each in of_side[element] if each.quote is not None), None),
                    any(each.quote_rejected for each in of_side[element]),
                )
                for of_side in judged
            )
            for element in MEDDPICC_WEIGHTS
        },
    )


def levels_in_words(levels: Sequence[int]) -> str:
    """The levels that the repeats gave: 2, or 1-3 where they differ."""
    found = sorted(Counter(levels))
    return str(found[0]) if len(found) == 1 else f"{found[0]}-{found[-1]}"
