"""How the heuristic scorer words its answer: gaps, questions, strengths, risks and next steps of one deal.

The sentences are in `heuristic_phrases.yaml`; here they are chosen and filled with the deal's own names and numbers.
Which level an element has is decided in `heuristic.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

from synthdeal_assets.scoring.answer import ElementJudgement, ScorerAnswer
from synthdeal_assets.scoring.inputs import HAS_LEFT, ScorerInput
from synthdeal_assets.scoring.rubric import (
    MAX_BANT_SCORE,
    MAX_LEVELS,
    MAX_MEDDPICC_POINTS,
    MEDDPICC,
    MEDDPICC_WEIGHTS,
    STAGE_MINIMUMS,
    bant_band,
    bant_score,
    max_level,
    meddpicc_points,
)
from synthdeal_assets.scoring.scorers.heuristic_levels import LABEL

MAX_SENTENCES: Final = 3
"""Strengths, improvements, risks and next steps are the three that weigh most: more is not read."""

FEW_PEOPLE: Final = 2
"""Deals known through fewer people than this hang on one person."""


@dataclass(frozen=True, slots=True)
class Person:
    """A contact of the deal as the input names it."""

    name: str
    title: str
    role: str


@dataclass(frozen=True, slots=True)
class ElementAssessment:
    """The level of one element, the words it rests on, and what speaks against them.

    Attributes:
        level: 0 to 3 in MEDDPICC, 0 to 4 in BANT.
        quote: A sentence of the evidence, to the letter; None when the level rests on none.
        weaknesses: Keys of `weaknesses` in heuristic_phrases.yaml.
    """

    level: int
    quote: str | None
    weaknesses: tuple[str, ...]


def people_of(deal: ScorerInput) -> tuple[Person, ...]:
    """The contacts who are there, the main one first; lines that are not "name, title, role" are passed over."""
    people = []
    for line in deal.contacts.splitlines():
        name, first_comma, rest = line.partition(", ")
        title, last_comma, role = rest.rpartition(", ")
        if first_comma and last_comma and not role.endswith(HAS_LEFT):
            people.append(Person(name, title, role))
    return tuple(people)


def gap_and_question(
    deal: ScorerInput, element: str, verdict: ElementAssessment, people: tuple[Person, ...]
) -> tuple[str, str]:
    """What is missing in an element of this deal and whom to ask what; both empty at the highest level."""
    if verdict.level >= max_level(element):
        return "", ""
    phrases = _phrases()["elements"][element]
    values = _values(deal, phrases["person_roles"], people)
    gap = phrases["gaps"][verdict.level].format_map(values)
    if verdict.weaknesses:
        gap = f"{gap} {_phrases()['weaknesses'][verdict.weaknesses[0]]}"
    return gap, phrases["questions"][verdict.level].format_map(values)


def compose_answer(
    deal: ScorerInput,
    verdicts: Mapping[str, ElementAssessment],
    elements: Sequence[ElementJudgement],
    people: tuple[Person, ...],
    *,
    win_probability: float,
    confidence: float,
) -> ScorerAnswer:
    """The whole answer, its prose made from its judgements alone."""
    levels = {element: verdict.level for element, verdict in verdicts.items()}
    judgements = {judgement.element: judgement for judgement in elements}
    weakest_first = sorted(MEDDPICC_WEIGHTS, key=lambda element: -_points_missing(element, levels))
    weak = [element for element in weakest_first if levels[element] < MAX_LEVELS[MEDDPICC]][:MAX_SENTENCES]
    strong = [element for element in reversed(weakest_first) if levels[element] >= 2][:MAX_SENTENCES]
    return ScorerAnswer(
        tuple(elements),
        win_probability,
        confidence,
        reasoning=_reasoning(deal, levels, strong, weak),
        key_strengths=tuple(f"{_label(element)}: “{verdicts[element].quote}”" for element in strong),
        areas_for_improvement=tuple(f"{_label(element)}: {judgements[element].gap}" for element in weak),
        risks=tuple(_risks(deal, levels, verdicts, people)[:MAX_SENTENCES]),
        next_steps=tuple(f"{_label(element)}: {judgements[element].question}" for element in weak),
    )


def _reasoning(deal: ScorerInput, levels: Mapping[str, int], strong: list[str], weak: list[str]) -> str:
    points, minimum, bant = meddpicc_points(levels), STAGE_MINIMUMS[deal.stage_name], bant_score(levels)
    found = sum(levels[element] > 0 for element in MEDDPICC_WEIGHTS)
    if minimum == 0:
        stage = f"the stage {deal.stage_name} asks for none yet"
    elif points >= minimum:
        stage = f"enough for the stage {deal.stage_name}, which asks for {minimum}"
    else:
        stage = f"{minimum - points} short of the {minimum} that the stage {deal.stage_name} asks for"
    sentences = [
        "Heuristic judgement by fixed rules, without a language model.",
        f"A level rests on its own text and on what the others show, by {LABEL}.",
        f"{deal.account_name} shows evidence on {found} of 8 MEDDPICC elements.",
        f"That is {points} of {MAX_MEDDPICC_POINTS} points, {stage}.",
        f"BANT stands at {bant} of {MAX_BANT_SCORE} ({bant_band(bant)}).",
    ]
    if strong:
        sentences.append(f"It is strongest on {_listing([_label(element).lower() for element in strong])}.")
    if weak:
        sentences.append(f"What it lacks most is {_listing([_label(element).lower() for element in weak])}.")
    return " ".join(sentences)


def _risks(
    deal: ScorerInput, levels: Mapping[str, int], verdicts: Mapping[str, ElementAssessment], people: tuple[Person, ...]
) -> list[str]:
    """What may go wrong, the weightiest first."""
    points, minimum = meddpicc_points(levels), STAGE_MINIMUMS[deal.stage_name]
    risks = []
    if points < minimum:
        risks.append(
            f"The stage {deal.stage_name} is ahead of the evidence: {points} of {MAX_MEDDPICC_POINTS} points where "
            f"{minimum} are asked for."
        )
    if levels["economic_buyer"] == 0:
        risks.append(f"Nobody who can release {_usd(deal.amount)} at {deal.account_name} is shown to be in the deal.")
    if levels["champion"] == 0:
        risks.append(f"Nobody at {deal.account_name} is shown to speak for {deal.product_name}.")
    if len(people) < FEW_PEOPLE:
        risks.append(f"The deal hangs on {people[0].name} alone." if people else "No contact is tied to the deal.")
    outdated = [_label(element).lower() for element in MEDDPICC_WEIGHTS if "outdated" in verdicts[element].weaknesses]
    if outdated:
        risks.append(f"What is written on {_listing(outdated)} is old beside the rest and may no longer hold.")
    if levels["competition"] == 0:
        risks.append(f"What {deal.account_name} would do instead is not known.")
    if levels["timeline"] <= 1:
        risks.append(f"Little supports the close date {deal.close_date.isoformat()}.")
    return risks


def _points_missing(element: str, levels: Mapping[str, int]) -> int:
    return MEDDPICC_WEIGHTS[element] * (MAX_LEVELS[MEDDPICC] - levels[element])


def _values(deal: ScorerInput, roles: Sequence[str], people: tuple[Person, ...]) -> dict[str, str]:
    account = deal.account_name
    fitting = (person.name for role in roles for person in people if person.role == role)
    anybody = people[0].name if people else _phrases()["nobody"].format_map({"account": account})
    return {
        "account": account,
        "product": deal.product_name,
        "amount": _usd(deal.amount),
        "stage": deal.stage_name,
        "close_date": deal.close_date.isoformat(),
        "person": next(fitting, anybody),
    }


def _usd(amount: float) -> str:
    return f"USD {amount:,.0f}"


def _label(element: str) -> str:
    label: str = _phrases()["elements"][element]["label"]
    return label


def _listing(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


@cache
def _phrases() -> Mapping[str, Any]:
    text = resources.files(__package__).joinpath("heuristic_phrases.yaml").read_text(encoding="utf-8")
    phrases: Mapping[str, Any] = yaml.safe_load(text)
    return phrases
