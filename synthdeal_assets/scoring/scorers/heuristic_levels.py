"""From the signs in a text to the level of an element, by a small table that was learnt on other synthetic worlds.

What stands in a text becomes marks, each there or not; an element's table gives points for each mark, and what they
add up to is what the text shows by itself. A quarter of its points is the mean of what the other texts of the deal
show: where those are well documented, an element is seldom as empty as one hasty sentence makes it look. Three
thresholds make a level of the points. `heuristic_levels.yaml` holds the tables, and its head says how they were made.
No mark knows the stage: the levels rest on what is written alone. What a sentence shows belongs in
`evidence_signals.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

from synthdeal_assets.scoring.scorers.evidence_signals import STALE_AFTER_DAYS, SentenceSigns

LABEL: Final = "thresholds learnt on other synthetic worlds; a model has not seen any"
"""What stands wherever the quality of the heuristic is shown: it was fitted to worlds like the one it is judged on."""

FILE: Final = "heuristic_levels.yaml"

SIGNS: Final = ("figure", "named", "dated", "confirmed", "attributed")
"""The signs of substance of a sentence, each a mark of a text in which it stands."""

SUPPORTS: Final = (
    *SIGNS,
    "numbers",
    "full_name",
    "dated_again",
    "confirmed_again",
    "attributed_again",
    "other_name",
    "two_sentences",
)
"""The marks that raise a level: beside the signs two numbers or more; a person's full name, or two people; a second
sentence with a date, with something done or with the buyer's word; something else that has a name; two sentences."""

WEAKNESSES: Final = ("doubtful", "absent", "hedged", "intended", "personal", "past", "outdated", "boastful", "boasting")
"""The marks that lower it: see `SentenceSigns`; outdated by the deal's own dates; one word of praise, and two."""

MARKS: Final = (*SUPPORTS, *WEAKNESSES)

LEVEL: Final = 100
"""Points of one level."""

PARTS: Final = 4
"""Of so many equal parts of a text's points, one is the mean of what the other texts show; the rest is its own.

In synthetic worlds the elements of a deal go together, and a larger part would bring the levels still closer to what is
so there; but a doubtful sentence must not pass for proof because it stands among good ones.
"""


@dataclass(frozen=True, slots=True)
class ElementTable:
    """How the level of one element follows from the marks of its text.

    Attributes:
        start: Points of a text that speaks of the deal at all.
        points: Points by mark, in hundredths of a level: not negative for what supports, not positive for a weakness.
        thresholds: The least points of the levels 1, 2 and 3.
    """

    start: int
    points: Mapping[str, int]
    thresholds: tuple[int, int, int]

    def shown(self, marks: frozenset[str]) -> int:
        """The points of what a text that speaks of the deal shows by itself."""
        return self.start + sum(self.points[mark] for mark in marks)

    def level(self, points: int) -> int:
        """The level, 0 to 3, of a text that speaks of the deal and comes to so many points in all."""
        return sum(points >= least for least in self.thresholds)


@dataclass(frozen=True, slots=True)
class LevelTables:
    """What was learnt.

    Attributes:
        elements: The table of each MEDDPICC element.
        even_chance_score: Overall score, 0 to 100, at which half of the deals are won.
        points_per_logit: By how many points of it the logit of the chance rises by 1.
    """

    elements: Mapping[str, ElementTable]
    even_chance_score: float
    points_per_logit: float

    def points(self, texts: Mapping[str, frozenset[str]]) -> dict[str, int]:
        """The points of each text of a deal, by element, rounded down; a text that stands alone has its own.

        Args:
            texts: The marks of each text that speaks of the deal, by element.
        """
        shown = {element: self.elements[element].shown(marks) for element, marks in texts.items()}
        total, others = sum(shown.values()), len(shown) - 1
        if others < 1:
            return shown
        # ((PARTS - 1) * own + mean of the others) / PARTS, in whole numbers: no rounding moves a text over a threshold.
        return {
            element: ((PARTS - 1) * own * others + (total - own)) // (PARTS * others) for element, own in shown.items()
        }

    def levels(self, texts: Mapping[str, frozenset[str]]) -> dict[str, int]:
        """The level, 0 to 3, of each of these texts, by element."""
        return {element: self.elements[element].level(points) for element, points in self.points(texts).items()}

    def as_values(self) -> dict[str, Any]:
        """What the file holds."""
        return {
            "even_chance_score": self.even_chance_score,
            "points_per_logit": self.points_per_logit,
            "elements": {
                element: {"start": table.start, "points": dict(table.points), "thresholds": list(table.thresholds)}
                for element, table in self.elements.items()
            },
        }

    @classmethod
    def of_values(cls, values: Mapping[str, Any]) -> LevelTables:
        """The tables of what a file holds."""
        elements = {
            element: ElementTable(
                each["start"], {mark: each["points"][mark] for mark in MARKS}, tuple(each["thresholds"])
            )
            for element, each in values["elements"].items()
        }
        return cls(elements, values["even_chance_score"], values["points_per_logit"])


@cache
def learnt_tables() -> LevelTables:
    """The tables that the heuristic judges by."""
    return LevelTables.of_values(yaml.safe_load(resources.files(__package__).joinpath(FILE).read_text("utf-8")))


def speaks_of_the_deal(sentences: Sequence[SentenceSigns]) -> bool:
    """Whether a text names or shows anything at all; praise that would fit any deal does not."""
    return any(each.support or each.on_subject or each.other_name for each in sentences)


def marks_of(sentences: Sequence[SentenceSigns], newest: dt.date | None) -> frozenset[str]:
    """The marks of a text.

    Args:
        sentences: The signs of its sentences.
        newest: The newest date in the evidence of the whole deal; None when there is none.
    """
    often = {sign: sum(getattr(each, sign) for each in sentences) for sign in SIGNS}
    boasts = sum(each.boasts for each in sentences)
    holds = {
        **{sign: often[sign] > 0 for sign in SIGNS},
        **{f"{sign}_again": often[sign] > 1 for sign in ("dated", "confirmed", "attributed")},
        **{mark: any(getattr(each, mark) for each in sentences) for mark in _OF_A_SENTENCE},
        "numbers": sum(each.numbers for each in sentences) > 1,
        "full_name": len(frozenset[str]().union(*(each.names for each in sentences))) > 1,
        "two_sentences": len(sentences) > 1,
        "outdated": is_outdated(sentences, newest),
        "boastful": boasts > 0,
        "boasting": boasts > 1,
    }
    return frozenset(mark for mark, there in holds.items() if there)


def is_outdated(sentences: Sequence[SentenceSigns], newest: dt.date | None) -> bool:
    """Whether the newest date of a text is far older than the newest in the deal's evidence.

    Age is measured within the deal, never against today: the same input must give the same answer on any day.
    """
    own = newest_date(sentences)
    return newest is not None and own is not None and (newest - own).days > STALE_AFTER_DAYS


def newest_date(sentences: Sequence[SentenceSigns]) -> dt.date | None:
    """The newest full date in a text; None when there is none."""
    return max((each.newest for each in sentences if each.newest is not None), default=None)


_OF_A_SENTENCE: Final = ("other_name", "doubtful", "absent", "hedged", "intended", "personal", "past")
