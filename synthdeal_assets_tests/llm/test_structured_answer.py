"""Any room's form: its schema for the model, and the model's text as an object of it or as a complaint."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import Field

from synthdeal_assets.llm.failures import AnswerError, FailureKind
from synthdeal_assets.llm.structured_answer import MAX_PROBLEMS, StrictAnswer, answer_schema, read_structured


class Line(StrictAnswer):
    """One line of a letter."""

    words: str
    tone: Annotated[int, Field(ge=0, le=2)]


class Letter(StrictAnswer):
    """A letter."""

    lines: list[Line]
    signed: str | None
    formality: float = Field(ge=0, le=1, description="0 to 1")


GOOD = '{"lines": [{"words": "Dear Dana,", "tone": 1}], "signed": null, "formality": 0.5}'


def complaint(text: str) -> AnswerError:
    with pytest.raises(AnswerError) as refused:
        read_structured(text, Letter)
    return refused.value


def test_the_schema_of_a_form_is_strict_and_without_references_bounds_and_docstrings() -> None:
    schema = answer_schema("letter", Letter)
    line = {
        "type": "object",
        "properties": {"words": {"type": "string"}, "tone": {"type": "integer"}},
        "required": ["words", "tone"],
        "additionalProperties": False,
    }
    assert schema.name == "letter"
    assert schema.json_schema == {
        "type": "object",
        "properties": {
            "lines": {"type": "array", "items": line},
            "signed": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "formality": {"type": "number", "description": "0 to 1"},
        },
        "required": ["lines", "signed", "formality"],
        "additionalProperties": False,
    }
    assert answer_schema("line", Line).json_schema == line, "a form without parts has no definitions"


@pytest.mark.parametrize(
    "text",
    [GOOD, f"```json\n{GOOD}\n```", f"Here {{it}} is:\n{GOOD}\nDone.", f'<think>{{"lines": 1}}</think>{GOOD}'],
)
def test_words_around_the_object_are_no_part_of_it(text: str) -> None:
    letter = read_structured(text, Letter)
    assert letter == Letter(lines=[Line(words="Dear Dana,", tone=1)], signed=None, formality=0.5)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Dear Dana,", "It is not one valid JSON object: there is no JSON object in it."),
        (GOOD + GOOD, "It is not one valid JSON object: there is a second JSON object after the first."),
        (
            GOOD.replace('"signed"', '"formality"'),
            "It is not one valid JSON object: the key formality appears twice in one object.",
        ),
        (GOOD.replace("0.5", "NaN"), "It is not one valid JSON object: NaN is not a number of JSON."),
        ('{"lines" 1}', "It is not one valid JSON object: Expecting ':' delimiter at character 9 of the object."),
    ],
)
def test_what_is_not_one_object_is_said_in_a_sentence(text: str, sentence: str) -> None:
    error = complaint(text)
    assert (error.kind, str(error)) == (FailureKind.MALFORMED, sentence)


def test_what_breaks_the_form_is_said_with_its_path() -> None:
    error = complaint('{"lines": [{"words": "Hi", "tone": 3, "colour": 1}], "formality": true}')
    assert error.kind is FailureKind.SCHEMA_VIOLATION
    assert str(error) == (
        "It does not have the form asked for: lines.0.tone: input should be less than or equal to 2 (it is 3); "
        "lines.0.colour is not a key of the schema; signed is missing; "
        "formality: input should be a valid number (it is True)."
    )


def test_no_more_than_five_problems_are_told_at_once() -> None:
    lines = ", ".join('{"words": "Hi"}' for _ in range(9))
    error = complaint(f'{{"lines": [{lines}], "signed": null, "formality": 0.5}}')
    assert str(error).count("is missing") == MAX_PROBLEMS == 5
    assert str(error).endswith("; and 4 more.")


def test_half_a_character_is_replaced_and_costs_nothing_else() -> None:
    assert read_structured(GOOD.replace("Dana", "\\ud83d"), Letter).lines[0].words == "Dear \ufffd,"
