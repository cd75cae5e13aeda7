"""Any room's form: its schema for the model, and the model's text as an object of it or as a complaint."""

from __future__ import annotations

import json
from typing import Annotated, Any

import pytest
from pydantic import Field, create_model

from synthdeal_assets.llm.failures import AnswerError, FailureKind
from synthdeal_assets.llm.structured_answer import MAX_PROBLEMS, StrictAnswer, answer_schema, read_structured, shape_of

TWENTIETHS = [0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5]
TWENTIETHS += [0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0]


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


def test_the_schema_of_a_form_is_strict_and_says_bounds_as_values() -> None:
    schema = answer_schema("letter", Letter)
    line = {
        "type": "object",
        "properties": {"words": {"type": "string"}, "tone": {"type": "integer", "enum": [0, 1, 2]}},
        "required": ["words", "tone"],
        "additionalProperties": False,
    }
    assert schema.name == "letter"
    assert schema.json_schema == {
        "type": "object",
        "properties": {
            "lines": {"type": "array", "items": line},
            "signed": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "formality": {"type": "number", "description": "0 to 1", "enum": TWENTIETHS},
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


def test_a_number_between_the_values_of_the_schema_is_accepted_all_the_same() -> None:
    assert read_structured(GOOD.replace("0.5", "0.333"), Letter).formality == 0.333


@pytest.mark.parametrize("field", [Field(max_length=5), Field(pattern="a"), Field(min_length=1)])
def test_a_form_that_requires_what_no_schema_says_is_refused_when_it_is_made(field: Any) -> None:
    form = create_model("Form", __base__=StrictAnswer, text=(str, field))
    with pytest.raises(ValueError, match="cannot say"):
        answer_schema("form", form)


@pytest.mark.parametrize("field", [Field(ge=0), Field(le=9), Field(ge=0, le=10_000), Field(gt=0, lt=3)])
def test_so_is_a_number_whose_values_cannot_be_listed(field: Any) -> None:
    form = create_model("Form", __base__=StrictAnswer, count=(int, field))
    with pytest.raises(ValueError, match="cannot say"):
        answer_schema("form", form)


def test_how_bounds_are_said_makes_no_other_question_and_what_is_asked_for_does() -> None:
    schema = answer_schema("letter", Letter)
    without = json.loads(json.dumps(schema.json_schema))
    del without["properties"]["formality"]["enum"]
    assert shape_of(schema) == json.dumps(without)
    other = create_model("Other", __base__=Letter, further=(str, ...))
    assert shape_of(answer_schema("letter", other)) != shape_of(schema)


@pytest.mark.parametrize(("given", "problem"), [("5", "(it is 5)"), ("-0.1", "(it is -0.1)"), ("1e999", "(it is inf)")])
def test_a_number_out_of_range_is_refused_by_its_range(given: str, problem: str) -> None:
    error = complaint(GOOD.replace("0.5", given))
    assert str(error) == f"It does not have the form asked for: formality must be from 0 to 1 {problem}."


OTHER = GOOD.replace("Dana", "Eve")
DRAFT = GOOD.replace("Dana", "draft")
BROKEN = GOOD.replace("0.5", "many")


@pytest.mark.parametrize(
    "text",
    [
        # Of several objects, the last that is valid.
        DRAFT + GOOD,
        f'{GOOD} {{"formality": 1}}',
        f"{DRAFT}\n\nNo, better:\n\n```json\n{GOOD}\n```\nThat is {{all}}.",
        f'Perhaps {{"lines": [ and so on. {GOOD}',
        f'{{"a": "b" {DRAFT} and {GOOD} }}',
        # After thoughts, whatever they are marked by.
        f"<think>{DRAFT}</think>{GOOD}",
        f"{DRAFT}</think>{GOOD}",
        f"<thought>{DRAFT}</thought>\n{GOOD}",
        f"<reasoning>{DRAFT}</reasoning>{GOOD}",
        f"[THINK]{DRAFT}[/THINK]{GOOD}",
        # Channels of gpt-oss, whole, within a conversation, as a call of a tool, and without their brackets.
        f"<|channel|>analysis<|message|>{DRAFT}<|end|><|start|>assistant<|channel|>final<|message|>{GOOD}",
        f"<|start|>assistant<|channel|>analysis<|message|>{DRAFT}<|end|><|channel|>final<|message|>{GOOD}<|return|>",
        f"<|channel|>final<|message|>{GOOD}",
        (
            f"<|channel|>analysis<|message|>a<|end|><|channel|>analysis<|message|>{DRAFT}<|end|>"
            f"<|channel|>commentary to=functions.letter <|constrain|>json<|message|>{GOOD}<|call|>"
        ),
        f"analysisPerhaps {DRAFT}assistantfinal{GOOD}",
        # The call of a tool, written out.
        f'<tool_call>{{"name": "letter", "arguments": {GOOD}}}</tool_call>',
        json.dumps({"name": "letter", "parameters": GOOD}),
        # Nothing stands after the thoughts.
        f"<think>{DRAFT} or rather {GOOD}</think>\n",
        f"<|channel|>analysis<|message|>{GOOD}<|end|>",
    ],
)
def test_a_valid_answer_is_taken_from_wherever_it_stands_in_the_text(text: str) -> None:
    assert read_structured(text, Letter).lines[0].words == "Dear Dana,"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        # A draft is no answer where another one follows, even a bad one.
        (f"<think>{DRAFT}</think>{BROKEN}", FailureKind.MALFORMED),
        (f"{DRAFT}</think>I would rather not.", FailureKind.MALFORMED),
        (f"<|channel|>analysis<|message|>{DRAFT}<|end|><|channel|>final<|message|>No.", FailureKind.MALFORMED),
        (f'<think>{DRAFT}</think>{{"lines": []}}', FailureKind.SCHEMA_VIOLATION),
        # Nor are thoughts that go on for ever.
        (f"<|channel|>analysis<|message|>{DRAFT}", FailureKind.MALFORMED),
        # An object that is part of one that says nothing certain, and one beneath another key.
        (f'{{"a": {GOOD}, "a": {OTHER}}}', FailureKind.MALFORMED),
        (f'{{"draft": {GOOD}}}', FailureKind.SCHEMA_VIOLATION),
        (f'{{"arguments": {json.dumps("x" + GOOD)}}}', FailureKind.SCHEMA_VIOLATION),
    ],
)
def test_what_only_looks_like_the_answer_is_none(text: str, kind: FailureKind) -> None:
    assert complaint(text).kind is kind


def test_a_mark_of_thoughts_within_the_answer_is_a_quote() -> None:
    quoting = GOOD.replace("Dear", "</think> and <|end|> Dear")
    assert read_structured(quoting, Letter).lines[0].words == "</think> and <|end|> Dear Dana,"


def test_of_several_objects_without_a_valid_one_the_last_is_complained_of() -> None:
    error = complaint(f'{{"lines": []}} {GOOD.replace("0.5", "5")}')
    assert str(error).startswith("It does not have the form asked for: formality")


def test_a_text_of_nothing_but_beginnings_is_given_up_soon() -> None:
    assert complaint('{"a": [' * 100_000).kind is FailureKind.MALFORMED


def test_what_breaks_the_form_is_said_with_its_path() -> None:
    error = complaint('{"lines": [{"words": "Hi", "tone": 3, "colour": 1}], "formality": true}')
    assert error.kind is FailureKind.SCHEMA_VIOLATION
    assert str(error) == (
        "It does not have the form asked for: lines.0.tone must be from 0 to 2 (it is 3); "
        "lines.0.colour is not a key of the schema; signed is missing; "
        "formality: input should be a valid number from 0 to 1 (it is True)."
    )


def test_no_more_than_five_problems_are_told_at_once() -> None:
    lines = ", ".join('{"words": "Hi"}' for _ in range(9))
    error = complaint(f'{{"lines": [{lines}], "signed": null, "formality": 0.5}}')
    assert str(error).count("is missing") == MAX_PROBLEMS == 5
    assert str(error).endswith("; and 4 more.")


def test_half_a_character_is_replaced_and_costs_nothing_else() -> None:
    assert read_structured(GOOD.replace("Dana", "\\ud83d"), Letter).lines[0].words == "Dear \ufffd,"
