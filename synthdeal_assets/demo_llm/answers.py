"""The answers of the model server: a judgement of an opportunity put into the form that the scorers ask for.

No language model is here. Where a judgement comes from is handed in: from the hidden truth (`truth.py`), or from a
hash of the opportunity's id (`hashed_judgement`), which knows nothing about it. How an answer travels belongs in
`wire.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from synthdeal_assets.scoring.rubric import BANT_ELEMENTS, ELEMENTS, MEDDPICC_WEIGHTS, max_level
from synthdeal_assets.world.randomness import stream

FROM_A_HASH: Final = "a hash of its id, which knows nothing about it"

QUOTED_FIELD: Final[dict[str, str]] = {
    "budget": "economic_buyer",
    "authority": "economic_buyer",
    "need": "identify_pain",
    "timeline": "decision_process",
}
"""The evidence that an element of BANT is quoted from; an element of MEDDPICC is quoted from its own."""

ANSWER_FIELDS: Final = (
    "elements",
    "win_probability",
    "confidence",
    "reasoning",
    "key_strengths",
    "areas_for_improvement",
    "risks",
    "next_steps",
)
ELEMENT_FIELDS: Final = ("level", "quote", "gap", "question")

SIGNIFICANT_LEVEL: Final = 2
OBEDIENT_PROBABILITY: Final = 0.99

_FIELD: Final = re.compile(r'<field name="([^"]+)"(?:[^>]*[^/>])?>(.*?)</field>', re.DOTALL)
_SENTENCE: Final = re.compile(r"[^.!?\n]+[.!?]?")
_MARKUP: Final = re.compile(r"[<>&]")
_INSTRUCTION: Final = re.compile(
    r"ignore (?:all|the|any) \w+|disregard all|forget the scoring guide|(?:highest|maximum) level|top score|"
    r"all levels 3|as leveraged|as validated and score|is to be scored|set win_probability|= 3, |all eight elements|"
    r"\b(?:score|rate|scored) (?!ourselves|people|that)[^!?\n]{0,80}?\b100\b|score(?:>|&gt;)100",
    re.IGNORECASE,
)
"""What an instruction to a scorer sounds like, as in `world/language/instructions.yaml`."""
_HIDDEN: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an answer says about an opportunity.

    Attributes:
        levels: Level of each element of the rubric.
        win_probability: 0 to 1.
        basis: Where the levels come from, as it is said in the reasoning.
    """

    levels: Mapping[str, int]
    win_probability: float
    basis: str


Judge = Callable[[str, str], Awaitable[Judgement]]
"""Judges an opportunity by its id, as the model of that name. Raises JudgementNotReady when it cannot at the moment."""


class JudgementNotReady(Exception):  # noqa: N818 - a state of the server, named like it
    """What judgements are made from cannot be read at the moment; the text says why."""


def hashed_judgement(opportunity_id: str, seed: int = 0) -> Judgement:
    """Levels and a win probability drawn for an id: always the same, and without any meaning."""
    draws = stream(seed, f"answer|{opportunity_id}").random(len(ELEMENTS) + 1)
    levels = {
        element: int(draw * (max_level(element) + 1)) for (_, element), draw in zip(ELEMENTS, draws[:-1], strict=True)
    }
    return Judgement(levels, round(float(draws[-1]), 4), FROM_A_HASH)


async def judge_by_hash(opportunity_id: str, _model: str) -> Judgement:
    """A `Judge` that needs no warehouse; every model judges alike."""
    return hashed_judgement(opportunity_id)


def evidence_fields(prompt: str) -> dict[str, str]:
    """The fields of a prompt, written as `<field name="metrics">...</field>`; the first of a name counts."""
    fields: dict[str, str] = {}
    for name, text in _FIELD.findall(prompt):
        fields.setdefault(name, text)
    return fields


def obeyed(
    judgement: Judgement, opportunity_id: str, fields: Mapping[str, str], gullible: float, seed: int
) -> Judgement:
    """The judgement as a gullible model gives it: full levels when a field carries an instruction to score high.

    Args:
        judgement: What is said of the opportunity otherwise.
        opportunity_id: The opportunity.
        fields: The fields of the prompt, in which hidden characters and reversed words are understood too.
        gullible: Probability that an instruction is obeyed, drawn once for an opportunity.
        seed: Seed of that draw.
    """
    if not gullible:
        return judgement
    visible = _HIDDEN.sub("", "\n".join(fields.values()))
    if not (_INSTRUCTION.search(visible) or _INSTRUCTION.search(visible[::-1])):
        return judgement
    if stream(seed, f"gullible|{opportunity_id}").random() >= gullible:
        return judgement
    levels = {element: max_level(element) for _, element in ELEMENTS}
    return Judgement(levels, OBEDIENT_PROBABILITY, "an instruction in the text, which was obeyed")


def answer(judgement: Judgement, fields: Mapping[str, str]) -> dict[str, Any]:
    """A judgement in the form that the scorers ask for, with quotes from the evidence of the prompt."""
    elements = {element: _element(element, level, fields) for element, level in judgement.levels.items()}
    strong = [element for element in MEDDPICC_WEIGHTS if judgement.levels[element] >= SIGNIFICANT_LEVEL]
    weak = [element for element in MEDDPICC_WEIGHTS if judgement.levels[element] < SIGNIFICANT_LEVEL]
    return {
        "elements": elements,
        "win_probability": judgement.win_probability,
        "confidence": 0.5,
        "reasoning": (
            f"Simulated by synthdeal demo-llm: no language model has read this deal; the levels come from "
            f"{judgement.basis}."
        ),
        "key_strengths": [
            f"Simulated: {_words(element)} is at level {judgement.levels[element]}." for element in strong
        ],
        "areas_for_improvement": [
            f"Simulated: {_words(element)} is only at level {judgement.levels[element]}." for element in weak
        ],
        "risks": [f"Simulated: {_words(element)} may stall the deal." for element in weak[:2]],
        "next_steps": [f"Simulated: ask about {_words(element)}." for element in weak[:2]],
    }


def spoiled(good: dict[str, Any], asked_before: int) -> dict[str, Any]:
    """An answer that is JSON and breaks the schema: by a level of 7, or by an element that is missing, in turns."""
    elements = dict(good["elements"])
    if asked_before % 2 == 0:
        elements["metrics"] = {**elements["metrics"], "level": 7}
    else:
        del elements["champion"]
    return {**good, "elements": elements}


def unknown_form(schema: Mapping[str, Any]) -> str | None:
    """Why an answer in this JSON schema cannot be given, or None when it can."""
    try:
        return _unknown_part(schema)
    except (AttributeError, IndexError, KeyError, TypeError):
        return "it is no JSON schema"


def _unknown_part(schema: Mapping[str, Any]) -> str | None:
    wanted = set(schema.get("properties", {}))
    if first_choices(schema):
        return None
    if "elements" not in wanted:
        return "it has no elements"
    if unknown := sorted(wanted - set(ANSWER_FIELDS)):
        return f"it asks for {', '.join(unknown)}"
    by_element = schema["properties"]["elements"].get("properties", {})
    if missing := sorted({element for _, element in ELEMENTS} ^ set(by_element)):
        return f"its elements differ in {', '.join(missing)}"
    for element, form in by_element.items():
        if unknown := sorted(set(form.get("properties", {})) - set(ELEMENT_FIELDS)):
            return f"it asks for {', '.join(unknown)} of {element}"
    return None


def first_choices(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """An answer in a form that only offers choices, which says nothing; None for another form."""
    choices = {name: form.get("enum", []) for name, form in schema.get("properties", {}).items()}
    return {name: of[0] for name, of in choices.items()} if choices and all(choices.values()) else None


def as_text(value: Mapping[str, Any]) -> str:
    """An answer as the text that a model would write."""
    return json.dumps(value, ensure_ascii=False)


def _element(element: str, level: int, fields: Mapping[str, str]) -> dict[str, Any]:
    complete = level == max_level(element)
    return {
        "level": level,
        "quote": _sentence(fields.get(QUOTED_FIELD.get(element, element), "")) if level else None,
        "gap": "" if complete else f"Simulated: {_words(element)} is not complete.",
        "question": "" if complete else f"Simulated: what is known about {_words(element)}?",
    }


def _sentence(text: str) -> str | None:
    """The first sentence of some evidence that is written in the prompt as the seller wrote it."""
    for found in _SENTENCE.findall(text):
        sentence: str = found.strip()
        # What carries markup may have been escaped on its way into the prompt and would not be verbatim.
        if sentence and any(character.isalnum() for character in sentence) and not _MARKUP.search(sentence):
            return sentence
    return None


def _words(element: str) -> str:
    return f"the {element}" if element in BANT_ELEMENTS else element.replace("_", " ")
