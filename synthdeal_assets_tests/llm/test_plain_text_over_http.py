"""A question without a schema is answered in plain text: nothing asks for JSON, and the text arrives to the letter."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from synthdeal_assets.llm.budget import Budget, most_tokens
from synthdeal_assets.llm.chat import Completion, Message, Parameters, SchemaMode
from synthdeal_assets.llm.client import Answered, LlmClient, RetryRules
from synthdeal_assets.llm.failures import AnswerError, FailureKind, LlmError
from synthdeal_assets.llm.ledger.calls import LlmCall, Question
from synthdeal_assets.llm.limits import Limits
from synthdeal_assets.llm.prices import Prices
from synthdeal_assets_tests.llm.asking import BOTH, EVERYTHING, MESSAGES, SCHEMA, ProviderAt, anthropic_at, openai_at
from synthdeal_assets_tests.llm.raw_server import Raw, RawServer

LETTER = 'Dear Dana,\n\nthank you for {Thursday}. "It works," as you said.\n'


def openai_says(text: str | None, finish: str = "stop", refusal: str | None = None) -> Raw:
    message = {"role": "assistant", "content": text, "refusal": refusal}
    usage = {"prompt_tokens": 10, "completion_tokens": 5}
    return Raw(200, {"model": "gpt-x", "choices": [{"message": message, "finish_reason": finish}], "usage": usage})


def anthropic_says(text: str | None, finish: str = "stop", refusal: str | None = None) -> Raw:
    reasons = {"stop": "end_turn", "length": "max_tokens"}
    blocks = [] if text is None else [{"type": "text", "text": text}]
    body = {"model": "claude-x", "content": blocks, "usage": {"input_tokens": 10, "output_tokens": 5}}
    return Raw(200, body | {"stop_reason": "refusal" if refusal else reasons[finish]})


SAYS: dict[ProviderAt, Callable[..., Raw]] = {openai_at: openai_says, anthropic_at: anthropic_says}


def completed(server: RawServer, at: ProviderAt, parameters: Parameters) -> Completion:
    async def asking() -> Completion:
        provider = at(server.url)
        try:
            return await provider.complete(MESSAGES, None, parameters)
        finally:
            await provider.aclose()

    return asyncio.run(asking())


def asked(
    server: RawServer, at: ProviderAt, read: Callable[[str], str], *, max_attempts: int = 3
) -> tuple[Answered[str] | LlmError, list[LlmCall]]:
    """What came of one question through the client, and the requests that were sent for it."""
    calls: list[LlmCall] = []

    async def asking() -> Answered[str]:
        client = LlmClient(
            at(server.url),
            Parameters("gpt-x", 500),
            rules=RetryRules(max_attempts, timeout_s=5, max_wait_s=1),
            limits=Limits(1),
            budget=Budget(1.0, None),
            prices=Prices(endpoint=server.url, input_price=1.0, output_price=2.0, service_tier=None),
            now=lambda: dt.datetime(2026, 11, 20),
        )
        try:
            return await client.ask(Question("key", "letter 1", "v1", MESSAGES, None), read, calls.append)
        finally:
            await client.aclose()

    try:
        return asyncio.run(asking()), calls
    except LlmError as error:
        return error, calls


@pytest.mark.parametrize("mode", ["json_schema", "json_object", "none"])
@pytest.mark.parametrize("at", BOTH)
def test_nothing_asks_for_a_form_where_none_is_wanted(server: RawServer, at: ProviderAt, mode: SchemaMode) -> None:
    server.answer = SAYS[at](LETTER)
    completion = completed(server, at, Parameters("gpt-x", 500, schema_mode=mode))
    assert (completion.text, completion.finish) == (LETTER, "complete")
    body = server.last.body
    assert not {"response_format", "output_config"} & set(body)
    assert "json" not in str(body).lower()
    system = body["system"][0]["text"] if at is anthropic_at else body["messages"][0]["content"]
    assert system == MESSAGES[0].content


def test_a_form_that_is_left_out_leaves_the_effort_beside_it(server: RawServer) -> None:
    server.answer = anthropic_says(LETTER)
    completed(server, anthropic_at, EVERYTHING)
    assert server.last.body["output_config"] == {"effort": "low"}


@pytest.mark.parametrize("at", BOTH)
def test_a_form_that_was_not_sent_cannot_be_refused(server: RawServer, at: ProviderAt) -> None:
    server.answer = Raw(400, {"error": {"message": "response_format is not supported", "param": "response_format"}})
    with pytest.raises(LlmError) as refused:
        completed(server, at, EVERYTHING)
    assert (refused.value.kind, refused.value.refused_parameter) == (FailureKind.BAD_REQUEST, None)


@pytest.mark.parametrize("at", BOTH)
def test_with_and_without_a_form_can_be_asked_by_turns(server: RawServer, at: ProviderAt) -> None:
    server.answer = SAYS[at]("{}")

    async def by_turns() -> list[bool]:
        provider = at(server.url)
        try:
            for schema in (SCHEMA, None, SCHEMA):
                await provider.complete(MESSAGES, schema, Parameters("gpt-x", 500))
        finally:
            await provider.aclose()
        return [bool({"response_format", "output_config"} & set(sent.body)) for sent in server.requests]

    assert asyncio.run(by_turns()) == [True, False, True]


@pytest.mark.parametrize("at", BOTH)
def test_the_reader_gets_the_plain_text_and_the_ledger_keeps_it(server: RawServer, at: ProviderAt) -> None:
    server.answer = SAYS[at](LETTER)
    answered, (call,) = asked(server, at, str.upper)
    assert isinstance(answered, Answered)
    assert (answered.value, answered.text, call.answer) == (LETTER.upper(), LETTER, LETTER)
    assert call.status == "success"
    assert call.cost_usd == pytest.approx((10 + 2 * 5) / 1e6)


@pytest.mark.parametrize("at", BOTH)
def test_a_text_that_was_cut_off_is_asked_for_once_more_with_twice_the_tokens(
    server: RawServer, at: ProviderAt
) -> None:
    server.script.extend([SAYS[at]("Dear Da", "length"), SAYS[at](LETTER)])
    answered, calls = asked(server, at, str)
    assert isinstance(answered, Answered)
    assert answered.value == LETTER
    assert [call.error_class for call in calls] == ["truncated", None]
    limits = [sent.body.get("max_tokens") or sent.body["max_completion_tokens"] for sent in server.requests]
    assert limits == [500, 1000]


@pytest.mark.parametrize("at", BOTH)
def test_a_refusal_is_given_up_and_recorded_as_paid_for(server: RawServer, at: ProviderAt) -> None:
    server.answer = SAYS[at](None, refusal="I write no letters.")
    error, calls = asked(server, at, str)
    assert isinstance(error, LlmError)
    assert error.kind is FailureKind.REFUSED
    assert [(call.status, call.error_class) for call in calls] == [("unusable", "refused")]


@pytest.mark.parametrize("at", BOTH)
def test_a_text_that_the_reader_cannot_use_is_quoted_back(server: RawServer, at: ProviderAt) -> None:
    def read(text: str) -> str:
        if "Dear" not in text:
            raise AnswerError(FailureKind.MALFORMED, "It has no salutation.")
        return text

    server.script.extend([SAYS[at]("Thank you."), SAYS[at](LETTER)])
    answered, _ = asked(server, at, read)
    assert isinstance(answered, Answered)
    roles_and_words: list[Any] = server.requests[1].body["messages"][-2:]
    assert [each["role"] for each in roles_and_words] == ["assistant", "user"]
    assert roles_and_words[0]["content"] == "Thank you."
    assert "It has no salutation." in roles_and_words[1]["content"]


def test_the_worst_case_of_a_plain_question_holds_no_schema() -> None:
    messages = (Message("user", "Write."),)
    assert most_tokens(messages, None, 7).input_tokens == len("Write.") + 50 + 1_000
    assert most_tokens(messages, None, 7).output_tokens == 7
