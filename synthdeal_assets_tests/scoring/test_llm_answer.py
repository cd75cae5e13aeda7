"""A model's text becomes an answer, or a complaint that the model can act on."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthdeal_assets.llm.failures import AnswerError, FailureKind
from synthdeal_assets.llm.providers.schema_in_words import example
from synthdeal_assets.scoring.rubric import ELEMENTS, max_level
from synthdeal_assets.scoring.scorers.llm_answer import ANSWER_SCHEMA, MAX_CHARACTERS, MAX_ITEMS, read_answer


def good_answer() -> dict[str, Any]:
    judgement = {"quote": "Dana Roe approved it.", "level": 2, "gap": "No date.", "question": "When?"}
    return {
        "elements": {element: dict(judgement) for _, element in ELEMENTS},
        "reasoning": "It stands where it stands.",
        "key_strengths": ["A buyer."],
        "areas_for_improvement": ["A date."],
        "risks": [],
        "next_steps": ["Call Dana Roe."],
        "win_probability": 0.4,
        "confidence": 0.5,
    }


GOOD = json.dumps(good_answer())


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    answer = copy.deepcopy(good_answer())
    change(answer)
    return json.dumps(answer)


def complaint(text: str) -> AnswerError:
    with pytest.raises(AnswerError) as refused:
        read_answer(text)
    return refused.value


def test_a_good_answer_is_read() -> None:
    answer = read_answer(GOOD)
    assert [(each.framework, each.element) for each in answer.elements] == list(ELEMENTS)
    assert {(each.level, each.quote, each.gap) for each in answer.elements} == {
        (2, "Dana Roe approved it.", "No date.")
    }
    assert (answer.win_probability, answer.confidence) == (0.4, 0.5)
    assert (answer.key_strengths, answer.risks) == (("A buyer.",), ())


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeff \n{GOOD}\n",
        f"```json\n{GOOD}\n```",
        f"Here is my judgement of {{the deal}}:\n\n{GOOD}\n\nLet me know {{if}} you need more.",
        f'<think>Perhaps {{"elements": 1}}? Or {{"a": </think>\n{GOOD}',
        f"I should look at the champion first.\n</think>\n{GOOD}",
        f'A draft: {{"elements": {{}}}} is too short.</think>{GOOD}',
        GOOD.replace("It stands", "It\\n</think> stands"),
        "<thinking>no</thinking>" + GOOD.replace("It stands", "It </think> stands"),
        json.dumps(good_answer(), indent=2).replace("A date.", "A\n\tdate."),
    ],
)
def test_the_form_around_an_answer_may_differ(text: str) -> None:
    answer = read_answer(text)
    assert answer.levels() == read_answer(GOOD).levels()
    assert answer.areas_for_improvement == ("A date.",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no JSON object"),
        ("I cannot judge {this}.", "no JSON object"),
        (f"[1, {json.dumps('x')}]", "no JSON object"),
        (GOOD[:-40], "character"),
        (GOOD.replace('"reasoning":', '"reasoning"'), "at character"),
        (GOOD.replace('"confidence"', '"win_probability"'), "win_probability appears twice"),
        (GOOD.replace('"level": 2', '"level": 2, "level": 3', 1), "level appears twice"),
        (GOOD.replace("0.4", "NaN"), "NaN"),
        (GOOD.replace("0.4", "-Infinity"), "Infinity"),
        (GOOD.replace("0.4", "9" * 5000), "too long"),
        ('{"a":' * 100_000, "deep"),
        ("<think>and so on " + GOOD, "never ends"),
    ],
)
def test_what_is_not_one_object_is_malformed(text: str, reason: str) -> None:
    error = complaint(text)
    assert error.kind is FailureKind.MALFORMED
    with pytest.raises(AnswerError, match=reason):
        raise error


def _level(value: object) -> Callable[[dict[str, Any]], object]:
    return lambda answer: answer["elements"]["metrics"].update(level=value)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_level(4), r"elements\.metrics\.level must be from 0 to 3 \(it is 4\)"),
        (_level("2"), r"elements\.metrics\.level: input should be"),
        (_level(True), r"elements\.metrics\.level: input should be .*it is True"),
        (_level(1.5), r"elements\.metrics\.level: input should be"),
        (_level(None), r"elements\.metrics\.level: input should be"),
        (
            lambda answer: answer["elements"]["budget"].update(level=5),
            r"elements\.budget\.level must be from 0 to 4",
        ),
        (lambda answer: answer["elements"].pop("champion"), r"elements\.champion is missing"),
        (lambda answer: answer["elements"].update(charm={}), r"elements\.charm is not a key of the schema"),
        (lambda answer: answer.update(score=100), r"score is not a key of the schema"),
        (lambda answer: answer.pop("confidence"), "confidence is missing"),
        (lambda answer: answer.update(win_probability=40), r"win_probability must be from 0 to 1 \(it is 40\)"),
        (
            lambda answer: answer.update(win_probability="0.4"),
            "win_probability: input should be a valid number from 0 to 1",
        ),
        (lambda answer: answer.update(confidence="85%"), "confidence: input should be a valid number from 0 to 1"),
        (lambda answer: answer.update(win_probability=True), "win_probability"),
        (lambda answer: answer.update(confidence=-0.1), "confidence must be from 0 to 1"),
        (lambda answer: answer.update(risks="none"), "risks: input should be a valid list"),
        (lambda answer: answer["elements"]["need"].update(gap=None), r"elements\.need\.gap"),
    ],
)
def test_what_breaks_the_schema_is_named_with_its_path(change: Callable[[dict[str, Any]], object], reason: str) -> None:
    with pytest.raises(AnswerError, match=reason):
        read_answer(changed(change))


def test_what_no_schema_can_forbid_is_cut_and_not_refused() -> None:
    def run_away(answer: dict[str, Any]) -> None:
        answer.update(reasoning="x" * 9_000, risks=[f"{number} {'y' * 9_000}" for number in range(99)])
        answer["elements"]["need"] = {"quote": "q" * 9_000, "level": 1.0, "gap": "g" * 9_000, "question": "Who?"}

    answer = read_answer(changed(run_away))
    need = next(each for each in answer.elements if each.element == "need")
    assert (len(answer.reasoning), len(answer.risks)) == (MAX_CHARACTERS, MAX_ITEMS)
    assert {len(text) for text in (*answer.risks, need.quote or "", need.gap)} == {MAX_CHARACTERS}
    assert (need.level, type(need.level)) == (1, int)


def valid_by(node: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Everything that is valid by a schema in the strict subset."""
    if "enum" in node:
        values = st.sampled_from(node["enum"])
        return values | values.map(float) if node["type"] == "integer" else values
    if "anyOf" in node:
        return st.one_of([valid_by(each) for each in node["anyOf"]])
    if node["type"] == "object":
        return st.fixed_dictionaries({name: valid_by(each) for name, each in node["properties"].items()})
    if node["type"] == "array":
        return st.lists(valid_by(node["items"]), max_size=MAX_ITEMS + 3)
    return st.none() if node["type"] == "null" else st.text(max_size=20) | st.just("z" * (MAX_CHARACTERS + 1))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(answer=valid_by(ANSWER_SCHEMA.json_schema))
def test_what_is_valid_by_the_schema_that_is_sent_is_accepted(answer: Any) -> None:
    assert read_answer(json.dumps(answer)).win_probability == answer["win_probability"]


def test_the_example_that_words_show_is_a_whole_answer() -> None:
    assert len(read_answer(json.dumps(example(ANSWER_SCHEMA.json_schema))).elements) == len(ELEMENTS)


def test_half_a_character_in_a_text_costs_the_character_and_not_the_answer() -> None:
    def halve(answer: dict[str, Any]) -> None:
        answer["reasoning"] = "half \ud83d"
        answer["risks"] = ["a \ude00 risk"]
        answer["elements"]["need"] = {"quote": "to 40% \ud83d", "level": 1, "gap": "\ud83d", "question": "Who\udc00?"}

    answer = read_answer(changed(halve))
    (need,) = (each for each in answer.elements if each.element == "need")
    assert (answer.reasoning, answer.risks) == ("half \ufffd", ("a \ufffd risk",))
    assert (need.quote, need.gap, need.question) == ("to 40% \ufffd", "\ufffd", "Who\ufffd?")


def test_half_a_character_in_a_key_is_no_key_of_the_schema() -> None:
    error = complaint(changed(lambda answer: answer.update({"\ud83d": 1})))
    assert str(error) == "It does not have the form asked for: \ufffd is not a key of the schema."


def test_a_number_of_thousands_of_digits_is_complained_of_in_a_short_sentence() -> None:
    error = complaint(changed(lambda answer: answer["elements"]["metrics"].update(level=10**4000)))
    assert len(str(error)) < 200


def test_a_number_too_large_for_a_float_is_no_probability() -> None:
    assert complaint(GOOD.replace("0.4", "1e999")).kind is FailureKind.SCHEMA_VIOLATION


def test_a_complaint_names_five_problems_at_most_and_quotes_no_flood() -> None:
    error = complaint(changed(lambda answer: answer.update({"x" * 5000: "y" * 5000}, elements={})))
    assert error.kind is FailureKind.SCHEMA_VIOLATION
    assert str(error).count(" is missing") == 5
    assert "and 8 more" in str(error)
    assert len(str(error)) < 1000


def test_an_empty_quote_is_none() -> None:
    answer = read_answer(changed(lambda answer: answer["elements"]["metrics"].update(quote=" ")))
    assert answer.elements[0].quote is None
    none = read_answer(changed(lambda answer: answer["elements"]["metrics"].update(quote=None)))
    assert none.elements[0].quote is None


def test_words_come_without_what_cannot_be_stored_or_seen() -> None:
    answer = read_answer(
        changed(lambda answer: answer.update(reasoning="a\u202e word\x07", risks=["one\ntwo", " ", "\u200b"]))
    )
    assert answer.reasoning == "a word"
    assert answer.risks == ("one two",), "lists are stored one entry a line"


def _nodes(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
    for each in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from _nodes(each)


def test_the_schema_keeps_to_the_strict_subset_of_every_vendor() -> None:
    schema = ANSWER_SCHEMA.json_schema
    objects = [node for node in _nodes(schema) if node.get("type") == "object"]
    assert len(objects) == 2 + len(ELEMENTS)
    for node in objects:
        assert node["additionalProperties"] is False
        assert node["required"] == list(node["properties"])
    text = json.dumps(schema)
    for keyword in ("$ref", "$defs", "title", "default", "minimum", "maximum", "maxLength", "maxItems", "const"):
        assert f'"{keyword}"' not in text
    elements = schema["properties"]["elements"]["properties"]
    assert list(elements) == [element for _, element in ELEMENTS]
    for element, form in elements.items():
        assert form["properties"]["level"] == {"type": "integer", "enum": list(range(max_level(element) + 1))}
    assert len(text) < 5000, "it is paid for with every question"
