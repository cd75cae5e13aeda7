"""An answer that stands beside the content is taken; where none is valid, the message says where text was."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from typing import Any

import pytest

from synthdeal_assets.llm.budget import Budget
from synthdeal_assets.llm.chat import AnswerSchema, Parameters
from synthdeal_assets.llm.client import Answered, LlmClient, RetryRules
from synthdeal_assets.llm.failures import LlmError
from synthdeal_assets.llm.ledger.calls import LlmCall, Question
from synthdeal_assets.llm.limits import Limits
from synthdeal_assets.llm.prices import Prices
from synthdeal_assets.llm.structured_answer import StrictAnswer, read_structured
from synthdeal_assets_tests.llm.any_json import chat_completion, message_of_anthropic
from synthdeal_assets_tests.llm.asking import MESSAGES, SCHEMA, anthropic_at, openai_at
from synthdeal_assets_tests.llm.raw_server import Raw, RawServer


class Verdict(StrictAnswer):
    """A verdict."""

    level: int


GOOD = '{"level": 2}'
DRAFT = '{"level": 1}'
THOUGHT = "The level is high."


def message(content: Any, finish: str = "stop", **fields: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **fields}, "finish_reason": finish}
    return chat_completion("", choices=[choice])


def call(arguments: Any) -> list[dict[str, Any]]:
    return [{"id": "1", "type": "function", "function": {"name": "verdict", "arguments": arguments}}]


def blocks(*content: Any) -> dict[str, Any]:
    return message_of_anthropic("") | {"content": list(content)}


def ask(
    server: RawServer, body: Any, *, schema: AnswerSchema | None = SCHEMA, attempts: int = 1
) -> tuple[int | str, LlmCall]:
    """The level, or the sentence of the failure, and the last request as it is on record."""
    server.answer = Raw(200, body)
    calls: list[LlmCall] = []

    async def asking() -> Answered[int]:
        provider = openai_at(server.url) if "choices" in body else anthropic_at(server.url)
        client = LlmClient(
            provider,
            Parameters("m", 500),
            rules=RetryRules(attempts, 30, 1),
            limits=Limits(1),
            budget=Budget(None, None),
            prices=Prices(endpoint=server.url, input_price=1.0, output_price=10.0),
            now=lambda: dt.datetime(2026, 11, 20, 12),
        )
        try:
            question = Question("key", "deal", "v1", MESSAGES, schema)
            return await client.ask(question, lambda text: read_structured(text, Verdict).level, calls.append)
        finally:
            await client.aclose()

    try:
        return asyncio.run(asking()).value, calls[-1]
    except LlmError as error:
        return str(error), calls[-1]


@pytest.mark.parametrize(
    "body",
    [
        message([{"type": "output_text", "text": GOOD}]),
        message([GOOD]),
        message([{"type": "text", "text": {"value": GOOD}}]),
        message([{"type": "reasoning", "text": DRAFT}, {"type": "text", "text": GOOD}]),
        message([{"type": "thinking", "thinking": [{"type": "text", "text": DRAFT}]}, {"type": "text", "text": GOOD}]),
        message(json.loads(GOOD)),
        message([{"type": "output_json", "json": json.loads(GOOD)}]),
        message("", reasoning_content=GOOD),
        message(" \n", reasoning=GOOD),
        message(None, reasoning_details=[{"type": "reasoning.text", "text": f"So: {GOOD}"}]),
        message([{"type": "thinking", "thinking": GOOD}]),
        message(None, "tool_calls", tool_calls=call(GOOD)),
        message("I call a tool.", "tool_calls", tool_calls=call(json.loads(GOOD))),
        message("", "tool_calls", tool_calls=[*call("{}"), *call(GOOD)], reasoning_content=DRAFT),
        message(None, "function_call", function_call={"name": "verdict", "arguments": GOOD}),
        message(GOOD, reasoning_content=DRAFT, tool_calls=None, function_call=None),
        chat_completion("", choices=[{"index": 0, "text": GOOD, "finish_reason": "stop"}]),
        blocks({"type": "thinking", "thinking": DRAFT}, {"type": "text", "text": GOOD}),
        blocks({"type": "text", "text": "I call."}, {"type": "tool_use", "name": "v", "input": json.loads(GOOD)}),
        blocks({"type": "thinking", "thinking": GOOD, "signature": "x"}),
        message_of_anthropic("") | {"content": GOOD},
    ],
)
def test_a_valid_answer_is_taken_from_wherever_it_stands_and_is_what_is_stored(server: RawServer, body: Any) -> None:
    value, record = ask(server, body)
    assert (value, record.status, len(server.requests)) == (2, "success", 1)
    assert record.answer is not None
    assert read_structured(record.answer, Verdict).level == 2, "a later run reads it from the ledger"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (message("", reasoning_content=THOUGHT), "(text stood in reasoning_content)"),
        (
            message(None, reasoning="So.", reasoning_content="So."),
            "(text stood in reasoning_content and reasoning)",
        ),
        (message("Here.", tool_calls=call("{}")), "(text stood in the content and tool_calls)"),
        (message("", "length", reasoning_content=THOUGHT), "cut off at 500 tokens (text stood in reasoning_content)"),
        (blocks({"type": "thinking", "thinking": THOUGHT}), "(text stood in thoughts within the content)"),
    ],
)
def test_where_no_text_is_valid_the_message_says_where_text_was(server: RawServer, body: Any, place: str) -> None:
    value, record = ask(server, body)
    assert place in str(value)
    assert record.error_message is not None
    assert place in record.error_message
    assert record.status == "unusable"


def test_the_text_that_was_found_is_on_record_and_is_quoted_back(server: RawServer) -> None:
    _, record = ask(server, message("", reasoning_content=THOUGHT), attempts=2)
    assert record.answer == THOUGHT
    assert server.last.body["messages"][2] == {"role": "assistant", "content": THOUGHT}


@pytest.mark.parametrize(
    "body",
    [
        # A draft beside an answer, even beside a bad one.
        message("I would rather not.", reasoning_content=GOOD),
        blocks({"type": "thinking", "thinking": GOOD}, {"type": "text", "text": "I would rather not."}),
        # Cut off, refused.
        message("", "length", reasoning_content=GOOD),
        message(None, refusal="No.", reasoning_content=GOOD),
        message(None, "content_filter", tool_calls=call(GOOD)),
    ],
)
def test_what_only_looks_like_an_answer_is_none(server: RawServer, body: Any) -> None:
    assert ask(server, body)[1].status == "unusable"


def test_thoughts_are_no_answer_where_any_text_would_be_one(server: RawServer) -> None:
    value, record = ask(server, message("", reasoning_content=GOOD), schema=None)
    assert "text stood in reasoning_content" in str(value)
    assert record.answer == ""
