"""The heuristic scorer: fixed rules over the evidence, no language model, the same answer for the same input always.

It reads the eight evidence texts and the contacts, counts signs of substance (`evidence_signals.py`) and turns them
into levels. It never reads the notes, where anybody may have written anything, and it obeys no text: an instruction in
the CRM is a sentence without figures, names or confirmations. How it words its answer belongs in `heuristic_words.py`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from typing import Final

from synthdeal_assets.llm.ledger.calls import Record
from synthdeal_assets.scoring.answer import ElementJudgement, ScorerAnswer
from synthdeal_assets.scoring.inputs import ScorerInput
from synthdeal_assets.scoring.rubric import BANT, MAX_LEVELS, MEDDPICC, MEDDPICC_WEIGHTS, overall_score
from synthdeal_assets.scoring.scorers.evidence_signals import (
    STALE_AFTER_DAYS,
    SentenceSigns,
    name_words,
    read_sentences,
)
from synthdeal_assets.scoring.scorers.heuristic_words import (
    ElementAssessment,
    Person,
    compose_answer,
    gap_and_question,
    people_of,
)

NAME: Final = "heuristic"
MODEL: Final = "fixed-rules"
RULES_VERSION: Final = "rules-1"
"""Part of every score; a change of the rules needs another value, which makes every score pending."""

EVEN_CHANCE_SCORE: Final = 60.0
POINTS_PER_LOGIT: Final = 18.0
"""win_probability = 1 / (1 + exp(-(score - 60) / 18)): half at 60 points, a quarter at 40, three quarters at 80.
Fixed by judgement and not calibrated on any outcome; score_quality says how far it is off."""

KEY_SIGNS: Final[dict[str, tuple[str, ...]]] = {
    "metrics": ("figure",),
    "economic_buyer": ("named",),
    "decision_criteria": ("confirmed", "attributed"),
    "decision_process": ("dated",),
    "paper_process": ("dated", "figure"),
    "identify_pain": ("figure", "attributed"),
    "champion": ("named",),
    "competition": ("attributed", "confirmed"),
}
"""The signs without one of which an element is at best identified: a gain needs a figure, a buyer a name, and so on."""

SIGNS: Final = ("figure", "named", "dated", "confirmed", "attributed")
"""The signs of substance that are counted, each once for a text."""

VALIDATED_SUPPORT: Final = 2
LEVERAGED_SUPPORT: Final = 3
"""Different signs of substance, of five, that make an element validated or leveraged. That any sign identifies, that
three of them (not four) leverage, and that a past tense beside a name confirms was chosen by comparing variants with
the true levels of one world (seed 42, 1,000 opportunities): its quality there is flattered, and another seed is the
fair measure."""

PLANNING_ELEMENTS: Final = frozenset({"decision_process", "paper_process"})
"""Elements whose dates lie ahead; beside them everything else would look old."""

DECIDING_ROLES: Final = frozenset({"Economic Buyer", "Economic Decision Maker", "Decision Maker", "Executive Sponsor"})


class HeuristicScorer:
    """Scores by fixed rules. Deterministic, free, offline; every score it makes is labelled `heuristic`."""

    name: str = NAME
    model: str = MODEL
    prompt_version: str = RULES_VERSION

    deadline_s: float = 60.0

    def question_key(self, deal: ScorerInput) -> None:
        """Nothing is paid for, so nothing is kept in the ledger."""

    def read(self, deal: ScorerInput, text: str) -> ScorerAnswer:
        """There is no answer of fixed rules in the ledger."""
        raise NotImplementedError

    async def score(self, deal: ScorerInput, record: Record) -> ScorerAnswer:  # noqa: ARG002 - nothing is sent
        """Judge one opportunity; never waits and never fails for a well-formed input."""
        return judge(deal)

    async def aclose(self) -> None:
        """Nothing to give back."""


def judge(deal: ScorerInput) -> ScorerAnswer:
    """The heuristic's answer on one opportunity, as a pure function."""
    people = people_of(deal)
    names = name_words(person.name for person in people)
    readings = {element: read_sentences(deal.evidence(element), names) for element in MEDDPICC_WEIGHTS}
    newest = max(
        (
            day
            for element, signs in readings.items()
            if element not in PLANNING_ELEMENTS
            for day in _dates(signs)
            if day <= deal.close_date
        ),
        default=None,
    )
    verdicts = {element: _meddpicc_verdict(element, signs, newest) for element, signs in readings.items()}
    verdicts |= _bant_verdicts(verdicts, readings, people)
    elements = []
    for element, verdict in verdicts.items():
        framework = MEDDPICC if element in MEDDPICC_WEIGHTS else BANT
        gap, question = gap_and_question(deal, element, verdict, people)
        elements.append(ElementJudgement(framework, element, verdict.level, verdict.quote, gap, question))
    score = overall_score({element: verdict.level for element, verdict in verdicts.items()})
    return compose_answer(
        deal,
        verdicts,
        elements,
        people,
        win_probability=win_probability(score),
        confidence=_confidence(verdicts),
    )


def win_probability(score: float) -> float:
    """The heuristic's uncalibrated chance of a win, 0 to 1, from the overall score (0 to 100)."""
    return round(1 / (1 + math.exp((EVEN_CHANCE_SCORE - score) / POINTS_PER_LOGIT)), 3)


def _meddpicc_verdict(element: str, signs: tuple[SentenceSigns, ...], newest: dt.date | None) -> ElementAssessment:
    """Level 0 to 3 of one element, from what supports the text and what speaks against it.

    Any sign of substance makes it identified. Only signs in sentences without doubt or denial make it more: two make
    it validated and three leveraged, when the element's own sign is among them. An outdated text loses one level.
    """
    if not signs:
        return ElementAssessment(0, None, ())
    doubtful, absent = any(each.doubtful for each in signs), any(each.absent for each in signs)
    outdated = _is_outdated(signs, newest)
    present = _signs_in(signs)
    firm = _signs_in([each for each in signs if not (each.doubtful or each.absent)])
    level = int(bool(present))
    if level and not firm.isdisjoint(KEY_SIGNS[element]):
        level += (len(firm) >= VALIDATED_SUPPORT) + (len(firm) >= LEVERAGED_SUPPORT)
    level = max(level - outdated, 0)
    weaknesses = {"doubtful": doubtful, "absent": absent, "outdated": outdated, "unsupported": not present}
    return ElementAssessment(
        level,
        max(signs, key=_quotability).text if level else None,
        tuple(name for name, holds in weaknesses.items() if holds),
    )


def _signs_in(sentences: Iterable[SentenceSigns]) -> set[str]:
    return {name for sentence in sentences for name in SIGNS if getattr(sentence, name)}


def _bant_verdicts(
    verdicts: Mapping[str, ElementAssessment],
    readings: Mapping[str, tuple[SentenceSigns, ...]],
    people: tuple[Person, ...],
) -> dict[str, ElementAssessment]:
    """The four BANT elements, 0 to 4, one point for each thing that the evidence shows."""
    level = {element: verdict.level for element, verdict in verdicts.items()}
    money = [
        sentence
        for element, signs in readings.items()
        for sentence in signs
        if sentence.money or (element == "economic_buyer" and sentence.figure)
    ]
    firm_money = [sentence for sentence in money if sentence.confirmed and not sentence.weakness]
    decider_written = any(
        sentence.named for element in ("economic_buyer", "decision_process") for sentence in readings[element]
    )
    dated_steps = any(
        sentence.dated and not sentence.weakness
        for element in ("decision_process", "paper_process")
        for sentence in readings[element]
    )
    levels = {
        "budget": bool(money) + bool(firm_money) + (level["economic_buyer"] >= 2) + (level["metrics"] >= 2),
        "authority": (level["economic_buyer"] >= 1)
        + (level["economic_buyer"] >= 2)
        + (level["champion"] >= 2)
        + (decider_written and any(person.role in DECIDING_ROLES for person in people)),
        "need": level["identify_pain"] + (level["identify_pain"] >= 1 and level["metrics"] >= 2),
        "timeline": (level["decision_process"] >= 1)
        + (level["decision_process"] >= 2)
        + (level["paper_process"] >= 2)
        + dated_steps,
    }
    best_money = max(firm_money or money, key=_quotability).text if money else None
    quotes = {
        "budget": best_money or verdicts["economic_buyer"].quote or verdicts["metrics"].quote,
        "authority": verdicts["economic_buyer"].quote or verdicts["champion"].quote,
        "need": verdicts["identify_pain"].quote,
        "timeline": verdicts["decision_process"].quote or verdicts["paper_process"].quote,
    }
    return {
        element: ElementAssessment(min(points, MAX_LEVELS[BANT]), quotes[element] if points else None, ())
        for element, points in levels.items()
    }


def _is_outdated(signs: tuple[SentenceSigns, ...], newest: dt.date | None) -> bool:
    """Whether a text speaks of another time, or its newest date is far older than the newest in the deal's evidence.

    Age is measured within the deal, never against today: the same input must give the same answer on any day.
    """
    if any(sentence.past for sentence in signs):
        return True
    own = max(_dates(signs), default=None)
    return newest is not None and own is not None and (newest - own).days > STALE_AFTER_DAYS


def _dates(signs: tuple[SentenceSigns, ...]) -> list[dt.date]:
    return [sentence.newest for sentence in signs if sentence.newest is not None]


def _quotability(sentence: SentenceSigns) -> int:
    """How well a sentence stands as evidence: what it rests on, less what speaks against it."""
    return sentence.support - sentence.weakness


def _confidence(verdicts: Mapping[str, ElementAssessment]) -> float:
    """0.2 to 0.8: it grows with the share of the eight elements that are written about without a weakness.

    Fixed rules do not understand what they read, so this never comes near certainty.
    """
    clear = sum(bool(verdicts[element].quote) and not verdicts[element].weaknesses for element in MEDDPICC_WEIGHTS)
    return round(0.2 + 0.6 * clear / len(MEDDPICC_WEIGHTS), 3)
