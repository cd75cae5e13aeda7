"""Failures over HTTP that are the endpoint's own: after work, within an answer, a redirect, a key refused late."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import pytest

from synthdeal_assets.llm.failures import FailureKind, LlmError, Treatment
from synthdeal_assets_tests.llm.any_json import chat_completion
from synthdeal_assets_tests.llm.asking import BOTH, PLAIN, Line, ProviderAt, failure, openai_at
from synthdeal_assets_tests.llm.raw_server import Raw, RawServer, Sent
from synthdeal_assets_tests.llm.test_ignored_schema import ask_all


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (500, "[json.exception.type_error.316] incomplete UTF-8 string; last byte: 0xF0"),
        (500, "Failed to parse input at pos 1203: <|channel|>"),
        (500, "The model produced output that does not match the expected peg-native format"),
        (500, "error parsing tool call: invalid character"),
        (503, "Generated JSON is invalid"),
        (500, "context size exceeded while generating"),
        (499, "completion was cut off"),
    ],
)
@pytest.mark.parametrize("at", BOTH)
def test_a_server_error_that_speaks_of_the_output_may_have_been_paid_for(
    at: ProviderAt, line: Line, status: int, words: str
) -> None:
    error = line.failure(at, Raw(status, {"error": {"message": words, "code": status}}), PLAIN)
    assert (error.kind, error.treatment) == (FailureKind.SERVER_ERROR, Treatment.ENLARGE)
    assert error.after_work
    assert "500 tokens (SYNTHDEAL_MAX_OUTPUT_TOKENS) or the end of the context" in str(error)
    assert words in str(error)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (500, "The server had an error while processing your request"),
        (503, "Service unavailable: the output queue is full"),
        (502, "upstream connect error or disconnect/reset before headers"),
        (504, "context deadline exceeded"),
        (529, "Overloaded"),
        (499, "Client closed request"),
        (429, "Too many completion tokens: output limit per minute, truncated"),
    ],
)
def test_a_server_that_is_down_at_once_has_charged_nothing(line: Line, status: int, words: str) -> None:
    error = line.failure(openai_at, Raw(status, {"error": {"message": words}}), PLAIN)
    assert not error.after_work
    assert error.treatment is Treatment.RETRY


def test_a_server_error_after_long_work_may_have_been_paid_for(
    server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(_sent: Sent) -> Raw:
        time.sleep(0.3)
        return Raw(500, {"error": {"message": "it broke"}})

    server.answer_to = slowly
    assert not failure(openai_at(server.url)).after_work
    monkeypatch.setattr("synthdeal_assets.llm.providers.http_failures.LONG_WORK_S", 0.2)
    assert failure(openai_at(server.url)).after_work
    server.answer_to = lambda sent: dataclasses.replace(slowly(sent), status=200)
    assert failure(openai_at(server.url)).after_work, "as gateways say it, within an answer"


BEHIND = {"error": {"code": 502, "message": "Provider returned error", "metadata": {"raw": "GPU 3 is on fire"}}}


def test_the_reason_that_a_gateway_repeats_is_said(line: Line) -> None:
    error = line.failure(openai_at, Raw(502, BEHIND), PLAIN)
    assert "Provider returned error: GPU 3 is on fire" in str(error)
    flagged = {"error": {"code": 403, "message": "gpt-x requires moderation", "metadata": {"reasons": ["violence"]}}}
    error = line.failure(openai_at, Raw(403, flagged), PLAIN)
    assert error.kind is FailureKind.REFUSED
    assert "violence" in str(error)


def failed_answer(finish: str, **choice: Any) -> Raw:
    answer = chat_completion('{"lev')
    answer["choices"][0] |= {"finish_reason": finish, **choice}
    return Raw(200, answer)


def test_an_answer_that_ends_in_error_is_the_endpoints_failure(line: Line) -> None:
    completion = line.answered(openai_at, failed_answer("error", **BEHIND))
    assert (completion.finish, completion.refusal) == ("failed", "Provider returned error: GPU 3 is on fire")
    assert completion.usage is not None
    native = line.answered(openai_at, failed_answer("error", native_finish_reason="engine_gone"))
    assert (native.finish, native.refusal) == ("failed", "engine_gone")
    assert line.answered(openai_at, failed_answer("stop")).finish == "complete"


@pytest.mark.parametrize("at", BOTH)
def test_a_redirect_is_named_with_the_address_to_set(at: ProviderAt, server: RawServer) -> None:
    provider = at(server.url)
    server.answer = Raw(308, b"", {"Location": f"https://robin:swordfish@models.example.com{provider.path}?code=1"})
    error = failure(provider)
    assert error.treatment is Treatment.STOP
    assert str(error) == (
        f"{provider.endpoint}{provider.path} redirects to https://models.example.com{provider.path} (308), and a "
        "redirect is not followed, since it would take the key elsewhere: if you trust that address, set "
        f"SYNTHDEAL_{provider.name.upper()}_BASE_URL to it without {provider.path}"
    )
    assert len(server.requests) == 1


def test_a_redirect_to_nowhere_is_named_too(server: RawServer) -> None:
    server.answer = Raw(302, b"")
    assert "redirects without saying where to (302)" in str(failure(openai_at(server.url)))
    server.answer = Raw(301, b"", {"Location": "/login"})
    assert f"redirects to {server.url}/login (301)" in str(failure(openai_at(server.url)))
    assert not server.requests[0].path.endswith("login")


def test_a_wrong_key_costs_one_request_where_the_endpoint_is_slow_to_say_so(server: RawServer) -> None:
    def slowly(_sent: Sent) -> Raw:
        time.sleep(0.8)
        return Raw(401, {"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}})

    server.answer_to = slowly
    ends, _ = ask_all(server, openai_at, at_once=13)
    assert len(server.requests) == 1
    assert {end.kind for end in ends if isinstance(end, LlmError)} == {FailureKind.AUTHENTICATION}
    assert len(ends) == 60


def test_a_server_that_works_in_vain_is_given_up_as_a_model_is_that_is_of_no_use(server: RawServer) -> None:
    server.answer = Raw(500, {"error": {"message": "Failed to parse input at pos 9", "type": "server_error"}})
    ends, _ = ask_all(server, openai_at, at_once=1)
    assert len(server.requests) == 20
    assert "None of 20 answers" in str(ends[-1])
    assert "20 bills not known" in str(ends[-1])
