"""An endpoint that takes a schema and ignores it is asked in words, after the first few answers and from then on."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from synthdeal_assets.llm.accepted_parameters import FIRST_ANSWERS
from synthdeal_assets.llm.budget import Budget
from synthdeal_assets.llm.chat import Parameters
from synthdeal_assets.llm.client import Answered, LlmClient, RetryRules
from synthdeal_assets.llm.failures import LlmError
from synthdeal_assets.llm.ledger.calls import Question
from synthdeal_assets.llm.limits import Limits
from synthdeal_assets.llm.prices import Prices
from synthdeal_assets.llm.structured_answer import read_structured
from synthdeal_assets_tests.llm.any_json import chat_completion, message_of_anthropic
from synthdeal_assets_tests.llm.asking import MESSAGES, SCHEMA, ProviderAt, anthropic_at, openai_at
from synthdeal_assets_tests.llm.raw_server import Raw, RawServer, Sent
from synthdeal_assets_tests.llm.test_where_an_answer_stands import Verdict

GOOD = '{"level": 2}'
OTHER_FORM = '{"verdict": {"score": 2}}'
PLAIN_WORDS = "I would say two."
QUESTIONS = 60


def in_words(sent: Sent) -> bool:
    """Whether the form is described in the messages."""
    return "additionalProperties" in str(sent.body["messages"]) + str(sent.body.get("system"))


def ask_all(
    server: RawServer, at: ProviderAt, *, at_once: int, parameters: Parameters | None = None
) -> tuple[list[Any], list[str]]:
    """What came of 60 questions, and the warnings."""
    warnings: list[str] = []

    async def asking() -> list[Any]:
        client = LlmClient(
            at(server.url),
            parameters or Parameters("m", 500),
            rules=RetryRules(8, 30, 1),
            limits=Limits(at_once),
            budget=Budget(None, None),
            prices=Prices(endpoint=server.url, input_price=1.0, output_price=10.0),
            now=lambda: dt.datetime(2026, 11, 20, 12),
            warn=warnings.append,
        )
        questions = (Question(str(number), str(number), "v1", MESSAGES, SCHEMA) for number in range(QUESTIONS))
        read = lambda text: read_structured(text, Verdict).level  # noqa: E731 - it is what is asked with
        ends = await asyncio.gather(
            *(client.ask(question, read, lambda _call: None) for question in questions), return_exceptions=True
        )
        await client.aclose()
        return ends

    return asyncio.run(asking()), warnings


def answering(whole: Callable[[str], dict[str, Any]], otherwise: str) -> Callable[[Sent], Raw]:
    return lambda sent: Raw(200, whole(GOOD if in_words(sent) else otherwise))


@pytest.mark.parametrize(
    ("at", "whole", "otherwise", "at_once"),
    [
        (openai_at, chat_completion, OTHER_FORM, 1),
        (openai_at, chat_completion, PLAIN_WORDS, 8),
        # As many in flight as it takes to give a model up.
        (openai_at, chat_completion, OTHER_FORM, 40),
        (anthropic_at, message_of_anthropic, OTHER_FORM, 8),
    ],
)
def test_the_first_answers_without_the_form_turn_the_rest_to_words(
    server: RawServer, at: ProviderAt, whole: Callable[[str], dict[str, Any]], otherwise: str, at_once: int
) -> None:
    server.answer_to = answering(whole, otherwise)
    ends, warnings = ask_all(server, at, at_once=at_once)
    assert [end.value for end in ends if isinstance(end, Answered)] == [2] * QUESTIONS
    assert len(server.requests) <= QUESTIONS + FIRST_ANSWERS - 1 + at_once
    assert len(warnings) == 1
    assert "takes a schema and ignores it" in warnings[0]


def test_an_endpoint_that_refuses_any_parameter_for_the_form_is_asked_in_words_alone(server: RawServer) -> None:
    def answer(sent: Sent) -> Raw:
        if sent.body.get("response_format", {}).get("type") == "json_object":
            return Raw(400, {"error": {"message": "Unsupported value: 'response_format'", "param": "response_format"}})
        return answering(chat_completion, OTHER_FORM)(sent)

    server.answer_to = answer
    ends, warnings = ask_all(server, openai_at, at_once=1)
    assert sum(isinstance(end, Answered) for end in ends) == QUESTIONS
    assert len(warnings) == 2


def test_an_endpoint_that_keeps_to_the_schema_now_and_then_fails_is_not_asked_in_words(server: RawServer) -> None:
    numbers = iter(range(10_000))
    server.answer_to = lambda _sent: Raw(200, chat_completion(OTHER_FORM if next(numbers) % 3 else GOOD))
    _, warnings = ask_all(server, openai_at, at_once=1)
    assert warnings == []
    assert not any(in_words(sent) for sent in server.requests)


def test_strict_stays_strict_and_ends_with_a_sentence_about_the_form(server: RawServer) -> None:
    server.answer_to = answering(chat_completion, '{"level": 2, "score": 3}')
    strict = Parameters("m", 500, schema_mode_fixed=True)
    ends, warnings = ask_all(server, openai_at, at_once=1, parameters=strict)
    assert not any(in_words(sent) for sent in server.requests)
    assert warnings == []
    (sentence,) = {str(end) for end in ends if isinstance(end, LlmError) and "None of" in str(end)}
    assert "score is not a key of the schema" in sentence
    assert "choose a model that can follow the form asked for" in sentence
