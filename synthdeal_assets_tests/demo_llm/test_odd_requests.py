"""Whatever is sent, the server answers, and says in a sentence what it could not understand."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from synthdeal_assets_tests.demo_llm.asking import OTHER_FORM, SCORE_FORM, deal_of, prompt_of
from synthdeal_assets_tests.fakes.llm_server import LlmServer

TOO_DEEP = 100_000


@pytest.fixture(scope="module")
def server() -> Iterator[LlmServer]:
    """One for all: what is refused changes nothing."""
    with LlmServer() as running:
        yield running


def openai_body(content: object = prompt_of(deal_of(1)), schema: object = None, max_tokens: object = 6000) -> bytes:
    body: dict[str, Any] = {"model": "demo-llm", "max_tokens": max_tokens}
    if schema is not None:
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": "score", "schema": schema}}
    return json.dumps({**body, "messages": [{"role": "user", "content": content}]}).encode()


def anthropic_body(content: object = prompt_of(deal_of(1)), schema: object = None, max_tokens: object = 6000) -> bytes:
    body: dict[str, Any] = {"model": "demo-llm", "max_tokens": max_tokens}
    if schema is not None:
        body["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
    return json.dumps({**body, "messages": [{"role": "user", "content": content}]}).encode()


DIALECTS = [("/v1/chat/completions", openai_body), ("/v1/messages", anthropic_body)]


def post(server: LlmServer, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection(server.anthropic_base_url.removeprefix("http://"), timeout=30)
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, json.load(response)
    finally:
        connection.close()


@pytest.mark.parametrize(("path", "_"), DIALECTS)
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[" * TOO_DEEP, "nested too deeply"),
        (b"[" * TOO_DEEP + b"]" * TOO_DEEP, "nested too deeply"),
        (b'{"a":' * TOO_DEEP + b"1" + b"}" * TOO_DEEP, "nested too deeply"),
        (b"\xff\xfe{", "cannot be understood"),
        (b"[]", "cannot be understood"),
        (b"", "cannot be understood"),
    ],
)
def test_what_is_no_request_gets_400_and_a_sentence(
    server: LlmServer, path: str, _: object, body: bytes, reason: str
) -> None:
    status, answer = post(server, path, body)
    assert (status, reason in answer["error"]["message"]) == (400, True)


@pytest.mark.parametrize(("path", "body"), DIALECTS)
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"content": 7}, "cannot be understood"),
        ({"content": 'opportunity id="\ud800"'}, "cannot be understood"),
        ({"max_tokens": "many"}, "max_tokens"),
        ({"schema": ["a"]}, "schema must be an object"),
        ({"schema": {"properties": ["a"]}}, "it is no JSON schema"),
        ({"schema": {"properties": {"a": {"enum": 3}}}}, "it is no JSON schema"),
        ({"schema": {"properties": {"elements": 3}}}, "it is no JSON schema"),
        ({"schema": OTHER_FORM}, "it has no elements"),
    ],
)
def test_a_field_of_a_wrong_form_gets_400_and_a_sentence(
    server: LlmServer, path: str, body: Any, changes: dict[str, Any], reason: str
) -> None:
    status, answer = post(server, path, body(**changes))
    assert (status, reason in answer["error"]["message"]) == (400, True)


@pytest.mark.parametrize(("path", "body"), DIALECTS)
def test_the_same_request_in_the_right_form_is_answered(server: LlmServer, path: str, body: Any) -> None:
    assert post(server, path, body(schema=SCORE_FORM))[0] == 200
