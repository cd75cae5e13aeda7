"""What Anthropic is sent, and what is read from its answers."""

from __future__ import annotations

from typing import Any

import pytest

from synthdeal_assets.llm.chat import Completion, Message, Parameters, TokenUsage
from synthdeal_assets.llm.failures import FailureKind
from synthdeal_assets.llm.providers.anthropic import AnthropicProvider
from synthdeal_assets_tests.llm.asking import EVERYTHING, KEY, PLAIN, Line, anthropic_at, ask
from synthdeal_assets_tests.llm.raw_server import Raw, RawServer

REDUCED = {
    "type": "json_schema",
    "schema": {
        "type": "object",
        "properties": {
            "level": {"type": "integer", "description": "{minimum: 0, maximum: 3}"},
            "quote": {"type": "string", "description": "Verbatim.\n\n{maxLength: 80}"},
        },
        "required": ["level", "quote"],
        "additionalProperties": False,
    },
}


def reply(*blocks: Any, reason: str | None = "end_turn", **fields: Any) -> dict[str, Any]:
    return {"type": "message", "model": "claude-x-1", "content": list(blocks), "stop_reason": reason} | fields


def said(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def answered(line: Line, body: Any, parameters: Parameters = PLAIN) -> Completion:
    return line.answered(anthropic_at, Raw(200, body), parameters)


def test_only_what_was_asked_for_is_sent(line: Line) -> None:
    answered(line, reply())
    assert line.server.last.path == "/v1/messages"
    assert KEY in line.server.last.headers.values() or f"Bearer {KEY}" in line.server.last.headers.values()
    assert line.server.last.body == {
        "model": "gpt-x",
        "max_tokens": 500,
        "system": [{"type": "text", "text": "You judge deals."}],
        "messages": [{"role": "user", "content": "Judge this deal."}],
        "output_config": {"format": REDUCED},
    }


def test_every_parameter_is_sent_under_its_name(line: Line) -> None:
    answered(line, reply(), EVERYTHING)
    assert line.server.last.body == {
        "model": "gpt-x",
        "max_tokens": 500,
        "system": [{"type": "text", "text": "You judge deals.", "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": "Judge this deal."}],
        "output_config": {"format": REDUCED, "effort": "low"},
        "temperature": 0.3,
        "service_tier": "flex",
    }


@pytest.mark.parametrize("mode", ["json_object", "none"])
def test_without_a_schema_the_form_is_asked_for_in_words(line: Line, mode: Any) -> None:
    answered(line, reply(), Parameters("gpt-x", 500, schema_mode=mode))
    assert "output_config" not in line.server.last.body
    assert '"maximum": 3' in line.server.last.body["system"][0]["text"]


def test_a_conversation_without_a_system_message_has_none(line: Line) -> None:
    messages = [Message("user", "Judge."), Message("assistant", "{"), Message("user", "Again.")]
    line.answered(anthropic_at, Raw(200, reply()), messages=messages)
    assert "system" not in line.server.last.body
    assert [message["role"] for message in line.server.last.body["messages"]] == ["user", "assistant", "user"]


def test_an_answer_is_read_with_its_tokens(line: Line) -> None:
    usage = {
        "input_tokens": 50,
        "cache_read_input_tokens": 1000,
        "cache_creation_input_tokens": 150,
        "output_tokens": 340,
    }
    body = reply({"type": "thinking", "thinking": "hm"}, said('{"level"'), said(": 2}"), usage=usage)
    assert answered(line, body) == Completion(
        text='{"level": 2}',
        finish="complete",
        usage=TokenUsage(1200, 340, cached_input_tokens=1000, cache_write_tokens=150),
        model="claude-x-1",
    )


@pytest.mark.parametrize(
    ("body", "finish", "text", "refusal"),
    [
        (reply(said('{"lev'), reason="max_tokens"), "truncated", '{"lev', ""),
        (reply(reason="model_context_window_exceeded"), "truncated", "", ""),
        (reply(reason="refusal"), "refused", "", ""),
        (reply(reason="refusal", stop_details={"type": "refusal", "category": "cyber"}), "refused", "", "cyber"),
        (reply(reason="refusal", stop_details={"explanation": "Not this."}), "refused", "", "Not this."),
        (reply(), "complete", "", ""),
        (reply(None, 7, {"type": "text"}), "complete", "", ""),
        ({"content": "plain"}, "complete", "plain", ""),
        ({}, "complete", "", ""),
    ],
)
def test_an_answer_that_cannot_be_used_is_still_an_answer(
    line: Line, body: Any, finish: str, text: str, refusal: str
) -> None:
    got = answered(line, body)
    assert (got.finish, got.text, got.refusal) == (finish, text, refusal)


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        (None, None),
        ({"input_tokens": 10}, None),
        ({"input_tokens": 10, "output_tokens": 2, "cache_read_input_tokens": None}, TokenUsage(10, 2)),
    ],
)
def test_tokens_that_were_not_counted_are_unknown_and_not_nothing(
    line: Line, usage: Any, tokens: TokenUsage | None
) -> None:
    assert answered(line, reply(usage=usage)).usage == tokens


@pytest.mark.parametrize(
    ("message", "refused"),
    [
        ("output_config.effort: Input should be 'low' or 'max'; 'none' is invalid", "reasoning_effort"),
        ("output_config: Extra inputs are not permitted", "response_format"),
        ("system.0.cache_control: Extra inputs are not permitted", "prompt_cache_key"),
    ],
)
def test_a_refused_parameter_is_known_by_anthropics_name_for_it(line: Line, message: str, refused: str) -> None:
    body = {"type": "error", "error": {"type": "invalid_request_error", "message": message}}
    assert line.failure(anthropic_at, Raw(400, body), EVERYTHING).refused_parameter == refused


def test_what_holds_two_parameters_is_refused_for_the_one_that_was_sent(line: Line) -> None:
    body = {"error": {"message": "output_config: Extra inputs are not permitted"}}
    parameters = Parameters("gpt-x", 500, reasoning_effort="low", schema_mode="none")
    assert line.failure(anthropic_at, Raw(400, body), parameters).refused_parameter == "reasoning_effort"


def test_a_token_limit_is_not_a_parameter_to_do_without(line: Line) -> None:
    body = {"type": "error", "error": {"type": "invalid_request_error", "message": "max_tokens: unsupported value"}}
    assert line.failure(anthropic_at, Raw(400, body), EVERYTHING).kind is FailureKind.BAD_REQUEST


def test_no_token_of_another_account_is_sent(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "token-of-another-account")
    server.answer = Raw(200, reply())
    ask(anthropic_at(server.url))
    assert "token-of-another-account" not in str(server.last.headers)


def test_the_endpoint_is_anthropic_unless_the_environment_says_otherwise(
    server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    assert AnthropicProvider(api_key=KEY, base_url=None, most_at_once=1).endpoint == "https://api.anthropic.com"
    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"{server.url}/other/")
    server.answer = Raw(200, reply())
    provider = AnthropicProvider(api_key=KEY, base_url=None, most_at_once=1)
    ask(provider)
    assert (provider.name, provider.endpoint) == ("anthropic", f"{server.url}/other")
    assert provider.endpoint + "/v1/messages" == server.url + server.last.path
