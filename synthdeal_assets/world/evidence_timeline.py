"""What the seller writes about each MEDDPICC element, and when: a noisy witness of the truth.

Sellers leave things out, hope, stay vague and repeat what was true once; each in their own way. What is really so
belongs in `truth.py`; how it reads belongs in `language/`. No word of any text stands here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.randomness import BoolArray, FloatArray, IntArray, choose, normal, uniform
from synthdeal_assets.world.calendar import NEVER, working_day_of
from synthdeal_assets.world.deal_facts import TONES
from synthdeal_assets.world.deals import Deals
from synthdeal_assets.world.sales_book import SalesBook
from synthdeal_assets.world.tables import MEDDPICC_COLUMNS
from synthdeal_assets.world.truth import TOP_LEVEL, levels_on

NOT_WRITTEN: Final = -1
PLAIN, VAGUE, OPTIMISTIC, OUTDATED, DEPARTED = range(len(TONES))

_ASKED_FIRST: Final = {"identify_pain": -0.5, "champion": -0.2, "metrics": -0.15, "competition": -0.1}
"""What a seller who writes little writes first: lower comes earlier."""
_FIRST_ELEMENTS: Final = (2, 4)
"""Elements that such a seller writes on the first day, from and to."""
_WRITES_DOWN: Final = {"thorough": 0.92, "sketchy": 0.5}
"""Probability that a new level is written down at all."""
_DEPARTURE: Final = TOP_LEVEL + 1
"""Number of what is written when the champion is known to have left; the successor's levels follow."""
_MAX_LAG: Final = 18
"""Days until it is, at most; then the seller waits for a day on which the deal is written up."""
_DAYS_TO_SITTING: Final = (0, 1, 0, 2, 1)
"""Working days until the next of the two in a week on which a deal is written up, by place in the deal's own week. Two,
because a deal in which something is written on every other day would be scored anew as often."""


@dataclass(frozen=True)
class Evidence:
    """What stands in the evidence fields on a day of each deal's own, by element.

    Attributes:
        witness: What the words amount to: NOT_WRITTEN, 0 (no substance), or the level (1 to 3) they read as.
        tone: Position in TONES.
        day: When it was written; meaningless where nothing is.
        first_day: Shape (3, deals): when words that read as level 1, 2 and 3 or more were first written, NEVER when
            none were.
        last_day: Day on which any field of the deal was written last; 0 when none was.
    """

    witness: dict[str, IntArray]
    tone: dict[str, IntArray]
    day: dict[str, IntArray]
    first_day: dict[str, IntArray]
    last_day: IntArray


@dataclass(frozen=True)
class _Habits:
    """How a deal is written up: its seller's habits, with the luck of the deal."""

    thorough: BoolArray
    writes_down: FloatArray
    lag: FloatArray
    optimistic: FloatArray
    vague: FloatArray
    outdated: FloatArray


def view_evidence(
    deals: Deals, book: SalesBook, level_days: dict[str, IntArray], until: IntArray, champion_left_from: IntArray
) -> Evidence:
    """What had been written by the end of a day.

    Args:
        deals: The deals.
        book: The organisation, with the sellers' habits.
        level_days: Days on which each element reaches its levels, as `truth.level_days` gives them.
        until: For each deal the last day that counts, not before its creation.
        champion_left_from: Day on which the seller finds out that the champion has left.
    """
    habits = _habits(deals, book)
    on_first_day = _written_on_first_day(deals, habits)
    witness, tone, day, first_day = {}, {}, {}, {}
    last_day = np.zeros(len(deals.key), dtype=np.int64)
    for element in MEDDPICC_COLUMNS:
        chosen_witness = np.full(len(deals.key), NOT_WRITTEN)
        chosen_tone = np.full(len(deals.key), PLAIN)
        chosen_day = np.zeros(len(deals.key), dtype=np.int64)
        latest = np.zeros(len(deals.key), dtype=np.int64)
        first_read = np.full((TOP_LEVEL, len(deals.key)), NEVER)
        is_champion = element == "champion"
        for number in range(2 * (TOP_LEVEL + 1) if is_champion else TOP_LEVEL + 1):
            salt = f"evidence/{element}/{number}"
            if number == _DEPARTURE:
                # Whoever has not written of a champion has nothing to take back.
                written, level = chosen_witness >= 1, np.zeros(len(deals.key), dtype=np.int64)
                when = champion_left_from
                latest = np.where(when < NEVER, np.maximum(latest, when), latest)
            elif number == 0:
                written, level = on_first_day[element], levels_on(level_days[element], deals.created)
                when = deals.created
            else:
                of_successor = number > _DEPARTURE
                # The days on which the champion's levels are lost stand between those of the one and the other.
                reached = level_days[element][number + 1 if of_successor else number - 1]
                written = (reached < NEVER) & (uniform(deals.key, f"{salt}/written") < habits.writes_down)
                # What is already so on the first day is covered by what is written on that day.
                written &= (reached > deals.created) | ~on_first_day[element]
                level = np.full(len(deals.key), number - _DEPARTURE if of_successor else number)
                lag = np.floor(habits.lag * uniform(deals.key, f"{salt}/lag") ** 2).astype(np.int64)
                when = np.maximum(_sitting(deals, reached + lag), latest)
                latest = np.where(written, when, latest)
            reads_as, manner = _reading(deals, habits, level, salt)
            if number == _DEPARTURE:
                reads_as, manner = level, np.full(len(deals.key), DEPARTED)
            counts = written & (when <= until)
            if is_champion and number < _DEPARTURE:
                counts &= when < champion_left_from
            chosen_witness = np.where(counts, reads_as, chosen_witness)
            chosen_tone = np.where(counts, manner, chosen_tone)
            chosen_day = np.where(counts, when, chosen_day)
            reads_at_least = counts & (reads_as > np.arange(TOP_LEVEL)[:, None])
            first_read = np.minimum(first_read, np.where(reads_at_least, when, NEVER))
        witness[element], tone[element], day[element] = chosen_witness, chosen_tone, chosen_day
        first_day[element] = first_read
        last_day = np.maximum(last_day, chosen_day)
    return Evidence(witness, tone, day, first_day, last_day)


def _habits(deals: Deals, book: SalesBook) -> _Habits:
    diligence = book.seller_diligence[deals.owner]
    hope = 0.6 * book.seller_optimism[deals.owner] + 0.8 * normal(deals.key, "hope")
    thorough = uniform(deals.key, "thorough") < 0.15 + 0.5 * diligence
    return _Habits(
        thorough=thorough,
        writes_down=np.where(thorough, _WRITES_DOWN["thorough"], _WRITES_DOWN["sketchy"]),
        lag=_MAX_LAG * (1.3 - diligence),
        optimistic=np.clip(0.18 + 0.22 * hope, 0.0, 0.85),
        vague=np.clip(0.30 - 0.20 * diligence + 0.14 * normal(deals.key, "vague"), 0.02, 0.7),
        outdated=np.full(len(deals.key), 0.06),
    )


def _written_on_first_day(deals: Deals, habits: _Habits) -> dict[str, BoolArray]:
    turn = np.stack(
        [uniform(deals.key, f"turn/{element}") + _ASKED_FIRST.get(element, 0.0) for element in MEDDPICC_COLUMNS]
    )
    fewest, most = _FIRST_ELEMENTS
    count = fewest + choose(deals.key, "first elements", most - fewest + 1)
    latest_turn = np.take_along_axis(np.sort(turn, axis=0), count[None, :] - 1, axis=0)[0]
    return {
        element: habits.thorough | (turn[position] <= latest_turn) for position, element in enumerate(MEDDPICC_COLUMNS)
    }


def _reading(deals: Deals, habits: _Habits, level: IntArray, salt: str) -> tuple[IntArray, IntArray]:
    """What the words about a true level amount to, and in which tone they come."""
    draw = uniform(deals.key, f"{salt}/tone")
    degree = uniform(deals.key, f"{salt}/degree")
    optimistic = draw < habits.optimistic
    vague = ~optimistic & (draw < habits.optimistic + habits.vague)
    outdated = ~optimistic & ~vague & (draw < habits.optimistic + habits.vague + habits.outdated) & (level > 0)
    raised = np.minimum(level + 1 + (degree < 0.2), TOP_LEVEL)
    reads_as = np.where(optimistic, raised, level)
    reads_as = np.where(vague, np.where(degree < 0.4, np.minimum(level, 1), 0), reads_as)
    reads_as = np.where(outdated, np.minimum(level + 1, TOP_LEVEL), reads_as)
    tone = np.where(optimistic & (reads_as > level), OPTIMISTIC, np.where(outdated, OUTDATED, PLAIN))
    return reads_as, np.where(reads_as == 0, VAGUE, np.where(vague, VAGUE, tone))


def _sitting(deals: Deals, days: IntArray) -> IntArray:
    """The first day on or after each one on which the seller writes up the deal."""
    day = working_day_of(deals.key, days)
    weekday = (day + 3) % 7
    wait = np.array(_DAYS_TO_SITTING)[(weekday + choose(deals.key, "sitting", 5)) % 5]
    sitting: IntArray = day + wait + np.where(weekday + wait > 4, 2, 0)
    return sitting
