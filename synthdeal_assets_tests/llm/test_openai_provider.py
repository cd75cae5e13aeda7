"""What OpenAI-compatible endpoints are sent, and what is read from their answers."""

from __future__ import annotations

from typing import Any

import pytest

from synthdeal_assets.llm.chat import Completion, Message, Parameters, TokenLimitField, TokenUsage
from synthdeal_assets.llm.failures import FailureKind
from synthdeal_assets.llm.providers.endpoint_address import EndpointAddress
from synthdeal_assets.llm.providers.openai import OpenAiProvider
from synthdeal_assets_tests.llm.asking import (
    EVERYTHING,
    KEY,
    PLAIN,
    SCHEMA,
    Line,
    ask,
    openai_at,
)
from synthdeal_assets_tests.llm.raw_server import Raw, RawServer

STRICT = {
    "type": "json_schema",
    "json_schema": {"name": "verdict", "strict": True, "schema": dict(SCHEMA.json_schema)},
}
CONVERSATION = [{"role": "system", "content": "You judge deals."}, {"role": "user", "content": "Judge this deal."}]


def chat(content: object = "{}", *, reason: str = "stop", **fields: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": content, "refusal": None}
    choice = {"index": 0, "message": message | fields.pop("message", {}), "finish_reason": reason}
    return {"id": "1", "object": "chat.completion", "model": "gpt-x-2026-11-01", "choices": [choice]} | fields


def answered(line: Line, body: Any, parameters: Parameters = PLAIN) -> Completion:
    return line.answered(openai_at, Raw(200, body), parameters)


def test_only_what_was_asked_for_is_sent(line: Line) -> None:
    answered(line, chat())
    assert line.server.last.path == "/v1/chat/completions"
    assert line.server.last.headers["authorization"] == f"Bearer {KEY}"
    assert line.server.last.body == {
        "model": "gpt-x",
        "messages": CONVERSATION,
        "max_completion_tokens": 500,
        "response_format": STRICT,
    }


def test_every_parameter_is_sent_under_its_name(line: Line) -> None:
    answered(line, chat(), EVERYTHING)
    assert line.server.last.body == {
        "model": "gpt-x",
        "messages": CONVERSATION,
        "max_completion_tokens": 500,
        "response_format": STRICT,
        "temperature": 0.3,
        "reasoning_effort": "low",
        "service_tier": "flex",
        "prompt_cache_key": "verdict-1",
    }


def test_the_token_limit_goes_by_the_name_the_endpoint_knows(line: Line) -> None:
    name: TokenLimitField = "max_tokens"
    answered(line, chat(), Parameters("llama3.1:8b", 300, temperature=0.0, token_limit_field=name))
    assert line.server.last.body["max_tokens"] == 300
    assert line.server.last.body["temperature"] == 0
    assert "max_completion_tokens" not in line.server.last.body


@pytest.mark.parametrize(("mode", "form"), [("json_object", {"type": "json_object"}), ("none", None)])
def test_without_a_schema_the_form_is_asked_for_in_words(line: Line, mode: Any, form: Any) -> None:
    answered(line, chat(), Parameters("gpt-x", 500, schema_mode=mode))
    assert line.server.last.body.get("response_format") == form
    system, user = line.server.last.body["messages"]
    assert system["content"].startswith("You judge deals.\n\n")
    assert "JSON" in system["content"]
    assert '"maximum": 3' in system["content"]
    assert user == CONVERSATION[1]


def test_a_conversation_without_a_system_message_gets_the_form_too(line: Line) -> None:
    line.answered(
        openai_at, Raw(200, chat()), Parameters("gpt-x", 500, schema_mode="none"), messages=[Message("user", "Judge.")]
    )
    assert [message["role"] for message in line.server.last.body["messages"]] == ["system", "user"]


def test_a_bad_answer_can_be_quoted_back(line: Line) -> None:
    roles = ("system", "user", "assistant", "user")
    line.answered(openai_at, Raw(200, chat()), messages=[Message(role, role) for role in roles])  # type: ignore[arg-type]
    assert [message["role"] for message in line.server.last.body["messages"]] == list(roles)


def test_an_answer_is_read_with_its_tokens(line: Line) -> None:
    usage = {
        "prompt_tokens": 1200,
        "completion_tokens": 340,
        "total_tokens": 1540,
        "prompt_tokens_details": {"cached_tokens": 1000, "cache_write_tokens": 150},
    }
    assert answered(line, chat('{"level": 2}', usage=usage)) == Completion(
        text='{"level": 2}',
        finish="complete",
        usage=TokenUsage(1200, 340, cached_input_tokens=1000, cache_write_tokens=150),
        model="gpt-x-2026-11-01",
    )


@pytest.mark.parametrize(
    ("body", "finish", "text", "refusal"),
    [
        (chat('{"lev', reason="length"), "truncated", '{"lev', ""),
        (chat(None, reason="length"), "truncated", "", ""),
        (chat("", reason="content_filter"), "refused", "", "a content filter stopped it"),
        (chat(None, message={"refusal": "I cannot judge persons."}), "refused", "", "I cannot judge persons."),
        (chat([{"type": "refusal", "refusal": "No."}]), "refused", "", "No."),
        (chat(None), "complete", "", ""),
        (
            chat([{"type": "text", "text": '{"a"'}, {"type": "text", "text": ": 1}"}, 7, {"type": "x"}]),
            "complete",
            '{"a": 1}',
            "",
        ),
        (chat({"odd": 1}), "complete", "", ""),
        ({"choices": [], "model": "m"}, "complete", "", ""),
        ({"choices": None}, "complete", "", ""),
        ({"choices": [None]}, "complete", "", ""),
        ({"choices": [{"message": None}]}, "complete", "", ""),
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
        ({}, None),
        ("many", None),
        ({"prompt_tokens": 10}, None),
        ({"prompt_tokens": None, "completion_tokens": None}, None),
        ({"prompt_tokens": -1, "completion_tokens": 2}, None),
        ({"prompt_tokens": 10, "completion_tokens": 2}, TokenUsage(10, 2)),
        ({"prompt_tokens": 10, "completion_tokens": 2, "prompt_tokens_details": None}, TokenUsage(10, 2)),
        (
            {"prompt_tokens": 10, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 99}},
            TokenUsage(109, 2, cached_input_tokens=99),
        ),
    ],
)
def test_tokens_that_were_not_counted_are_unknown_and_not_nothing(
    line: Line, usage: Any, tokens: TokenUsage | None
) -> None:
    assert answered(line, chat(usage=usage)).usage == tokens


@pytest.mark.parametrize(
    ("sent", "message", "param", "refused"),
    [
        (
            "max_completion_tokens",
            "Unrecognized request argument: max_completion_tokens",
            None,
            "max_completion_tokens",
        ),
        (
            "max_tokens",
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'.",
            "max_tokens",
            "max_tokens",
        ),
        (
            "max_tokens",
            "Use 'max_tokens', not 'max_completion_tokens', which is unknown",
            "max_completion_tokens",
            None,
        ),
        ("max_completion_tokens", "max_tokens is not supported", "max_tokens", None),
        ("max_tokens", "max_tokens is too large: 500. This model supports at most 100 tokens", "max_tokens", None),
        (
            "max_tokens",
            "'max_tokens' or 'max_completion_tokens' is too large: 500. The model's maximum context length is 400",
            None,
            None,
        ),
    ],
)
def test_a_token_limit_is_refused_for_its_name_and_never_for_its_size(
    line: Line, sent: TokenLimitField, message: str, param: str | None, refused: str | None
) -> None:
    body = {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": None}}
    error = line.failure(openai_at, Raw(400, body), Parameters("gpt-x", 500, token_limit_field=sent))
    assert error.refused_parameter == refused
    assert error.kind is (FailureKind.PARAMETER_REFUSED if refused else FailureKind.BAD_REQUEST)


def test_an_unknown_cache_key_is_a_refused_parameter(line: Line) -> None:
    body = {"error": {"message": "prompt_cache_key: Extra inputs are not permitted", "param": None}}
    assert line.failure(openai_at, Raw(400, body), EVERYTHING).refused_parameter == "prompt_cache_key"


def test_the_endpoint_is_openai_unless_the_environment_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    assert OpenAiProvider(api_key=KEY, base_url=None, most_at_once=1).endpoint == "https://api.openai.com/v1"
    monkeypatch.setenv("OPENAI_BASE_URL", "https://user:word@gateway.example:8443/openai/v1/?api-version=1")
    own = OpenAiProvider(api_key=KEY, base_url=None, most_at_once=1)
    assert (own.name, own.endpoint) == ("openai", "https://gateway.example:8443/openai/v1")
    given = OpenAiProvider(api_key=KEY, base_url="http://[::1]:11434/v1", most_at_once=1)
    assert given.endpoint == "http://[::1]:11434/v1"


def test_the_endpoint_that_is_named_is_the_one_that_is_asked(
    server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/other")
    server.answer = Raw(200, chat())
    provider = OpenAiProvider(api_key=KEY, base_url=None, most_at_once=1)
    ask(provider)
    assert provider.endpoint + "/chat/completions" == server.url + server.last.path


def test_credentials_of_an_address_are_secret_in_the_form_in_which_they_are_sent_too() -> None:
    address = EndpointAddress.of("https://user:pass-word@gateway.example/v1?api-version=1", setting="BASE")
    # base64 of user:pass-word, as a header of basic authentication carries it.
    assert set(address.secrets) == {"user", "pass-word", "dXNlcjpwYXNzLXdvcmQ=", "1"}
