"""The heuristic scorer: fixed rules over the evidence, no language model, the same answer for the same input always.

It reads the eight evidence texts and the contacts, counts signs of substance (`evidence_signals.py`) and turns them
into levels (`heuristic_levels.py`) by thresholds that were learnt on other synthetic worlds. It never reads the notes,
where anybody may have written anything, and it obeys no text: an instruction in the CRM is a sentence without figures,
names or confirmations. How it words its answer belongs in `heuristic_words.py`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Final

from synthdeal_assets.llm.ledger.calls import Record
from synthdeal_assets.scoring.answer import ElementJudgement, ScorerAnswer
from synthdeal_assets.scoring.inputs import ScorerInput
from synthdeal_assets.scoring.rubric import BANT, MAX_LEVELS, MEDDPICC, MEDDPICC_WEIGHTS, overall_score
from synthdeal_assets.scoring.scorers.evidence_signals import SentenceSigns, name_words, read_sentences
from synthdeal_assets.scoring.scorers.heuristic_levels import (
    LABEL,
    LevelTables,
    learnt_tables,
    marks_of,
    newest_date,
    speaks_of_the_deal,
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
RULES_VERSION: Final = "rules-3"
"""Part of every score; a change of the rules needs another value, which makes every score pending."""

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


def judge(deal: ScorerInput, tables: LevelTables | None = None) -> ScorerAnswer:
    """The heuristic's answer on one opportunity, as a pure function.

    Args:
        deal: The opportunity.
        tables: How levels follow from signs; what was learnt when None.
    """
    tables = learnt_tables() if tables is None else tables
    people = people_of(deal)
    readings = read_evidence(deal, people)
    newest = newest_of_deal(deal, readings)
    marks = {element: marks_of(signs, newest) for element, signs in readings.items()}
    levels = tables.levels({element: marks[element] for element in marks if speaks_of_the_deal(readings[element])})
    verdicts = {
        element: _meddpicc_verdict(levels.get(element, 0), signs, marks[element]) for element, signs in readings.items()
    }
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
        win_probability=win_probability(score, tables),
        confidence=_confidence(verdicts),
    )


def labelled(sentence: str, scorer: str) -> str:
    """A sentence on how good a scorer is; when it is the heuristic, with where its thresholds come from."""
    return f"{sentence} The heuristic: {LABEL}." if scorer == NAME else sentence


def win_probability(score: float, tables: LevelTables | None = None) -> float:
    """The heuristic's chance of a win, 0 to 1, from the overall score (0 to 100).

    1 / (1 + exp((even chance score - score) / points per logit)), both fitted to how deals that were open at the end of
    a month ended in other synthetic worlds. This world may have another win rate; score_quality says how far it is off.
    """
    tables = learnt_tables() if tables is None else tables
    return round(1 / (1 + math.exp((tables.even_chance_score - score) / tables.points_per_logit)), 3)


def read_evidence(deal: ScorerInput, people: tuple[Person, ...]) -> dict[str, tuple[SentenceSigns, ...]]:
    """What stands in the text of each MEDDPICC element, by sentence."""
    names = name_words(person.name for person in people)
    subject = name_words((deal.account_name, deal.product_name))
    return {element: read_sentences(deal.evidence(element), names, subject) for element in MEDDPICC_WEIGHTS}


def newest_of_deal(deal: ScorerInput, readings: Mapping[str, tuple[SentenceSigns, ...]]) -> dt.date | None:
    """The newest date in the evidence of a deal, not beyond its close date; None when there is none."""
    past = [each for element, signs in readings.items() if element not in PLANNING_ELEMENTS for each in signs]
    return newest_date([each for each in past if each.newest is not None and each.newest <= deal.close_date])


def _meddpicc_verdict(level: int, signs: tuple[SentenceSigns, ...], marks: frozenset[str]) -> ElementAssessment:
    """One element with the sentence that shows most of it, and what speaks against its text.

    Args:
        level: Its level, 0 to 3. Where nothing is written, and where nothing that is written is about this deal, it is
            0 whatever was learnt.
        signs: The sentences of its text.
        marks: The marks of its text.
    """
    if not signs:
        return ElementAssessment(0, None, ())
    weaknesses = {
        "doubtful": "doubtful" in marks,
        "absent": "absent" in marks,
        "outdated": not marks.isdisjoint(("outdated", "past")),
        "boastful": "boastful" in marks,
        "unsupported": not any(each.support for each in signs),
    }
    return ElementAssessment(
        level,
        max(signs, key=_quotability).text if level else None,
        tuple(name for name, holds in weaknesses.items() if holds),
    )


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


def _quotability(sentence: SentenceSigns) -> int:
    """How well a sentence stands as evidence: what it rests on, less what speaks against it."""
    return sentence.support - sentence.weakness


def _confidence(verdicts: Mapping[str, ElementAssessment]) -> float:
    """0.2 to 0.8: it grows with the share of the eight elements that are written about without a weakness.

    Fixed rules do not understand what they read, so this never comes near certainty.
    """
    clear = sum(bool(verdicts[element].quote) and not verdicts[element].weaknesses for element in MEDDPICC_WEIGHTS)
    return round(0.2 + 0.6 * clear / len(MEDDPICC_WEIGHTS), 3)
