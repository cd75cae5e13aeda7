"""Each way to fail is told apart, alike for both SDKs, from what endpoints really answer."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import subprocess
import sys
import time
import warnings
from typing import Any

import pytest

from synthdeal_assets.llm.chat import Parameters
from synthdeal_assets.llm.failures import FailureKind, Treatment
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.llm.asking import (
    BOTH,
    EVERYTHING,
    KEY,
    MESSAGES,
    PLAIN,
    SCHEMA,
    Line,
    ProviderAt,
    ask,
    failure,
)
from synthdeal_assets_tests.llm.raw_server import Ending, Raw, RawServer

pytestmark = pytest.mark.parametrize("at", BOTH)


def openai_error(
    message: str, *, code: object = None, kind: str = "invalid_request_error", param: object = None
) -> Any:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def anthropic_error(message: str, kind: str = "invalid_request_error") -> Any:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, openai_error("Incorrect API key provided", code="invalid_api_key"), "authentication"),
        (401, anthropic_error("invalid x-api-key", "authentication_error"), "authentication"),
        (401, b"", "authentication"),
        (403, openai_error("Country, region, or territory not supported"), "authentication"),
        (403, "<html><body>Forbidden</body></html>", "authentication"),
        (
            400,
            [{"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}],
            "authentication",
        ),
        (402, openai_error("Insufficient Balance"), "quota"),
        (
            429,
            openai_error("You exceeded your current quota, please check your plan", code="insufficient_quota"),
            "quota",
        ),
        (429, openai_error("You exceeded your current quota", kind="insufficient_quota"), "quota"),
        (429, {"error": "Your credit balance is too low"}, "quota"),
        (400, anthropic_error("Your credit balance is too low to access the Anthropic API."), "quota"),
        (400, anthropic_error("You have reached your specified API usage limits."), "quota"),
        (403, anthropic_error("Payment is overdue", "billing_error"), "quota"),
        (429, openai_error("Rate limit reached for requests", code="rate_limit_exceeded"), "rate_limited"),
        (
            429,
            openai_error(
                "Rate limit reached. You can increase it by adding a payment method at /account/billing.",
                kind="requests",
                code="rate_limit_exceeded",
            ),
            "rate_limited",
        ),
        (429, openai_error("To increase your default rate limit, visit aka.ms/oai/quotaincrease"), "rate_limited"),
        (429, anthropic_error("Number of requests exceeded", "rate_limit_error"), "rate_limited"),
        (429, "slow down", "rate_limited"),
        (404, openai_error("The model `gpt-x` does not exist or you do not have access", code="model_not_found"), None),
        (403, openai_error("Project has no access to model `gpt-x`", code="model_not_found"), None),
        (404, anthropic_error("model: gpt-x", "not_found_error"), None),
        (404, {"error": {"message": 'model "gpt-x" not found, try pulling it first', "type": "api_error"}}, None),
        (404, {"object": "error", "message": "The model `gpt-x` does not exist.", "code": 404}, None),
        (404, {"error": {"code": "DeploymentNotFound", "message": "The API deployment does not exist."}}, None),
        (410, openai_error("Gone"), None),
        (400, openai_error("The model `gpt-x` has been decommissioned", code="model_decommissioned"), None),
        (400, openai_error("The model gpt-x was shut down on 2026-12-11."), None),
        (404, openai_error("gpt-x has been deprecated, learn more in the documentation"), None),
        (400, {"error": "/chat/completions: Invalid model name passed in model=gpt-x"}, None),
        (400, openai_error("Model Not Exist"), None),
        (408, openai_error("timed out"), "server_error"),
        (409, openai_error("conflict"), "server_error"),
        (500, openai_error("The server had an error"), "server_error"),
        (502, "<html><title>502 Bad Gateway</title></html>", "server_error"),
        (503, b"", "server_error"),
        (529, anthropic_error("Overloaded", "overloaded_error"), "server_error"),
        (400, openai_error("Output blocked by content filtering policy"), "refused"),
        (
            400,
            {"error": {"code": "content_filter", "message": "The response was filtered", "param": "prompt"}},
            "refused",
        ),
        (400, openai_error("Invalid prompt: your prompt was flagged", code="invalid_prompt"), "refused"),
        (403, {"error": {"code": 403, "message": "gpt-x requires moderation on X. Your input was flagged"}}, "refused"),
        (400, openai_error("Missing required parameter: 'messages[0].content'", param="messages"), "bad_request"),
        (413, anthropic_error("Request exceeds the maximum size", "request_too_large"), "bad_request"),
        (422, {"detail": [{"loc": ["body", "messages"], "msg": "Field required", "type": "missing"}]}, "bad_request"),
        (418, "I am a teapot", "bad_request"),
        (
            400,
            openai_error(
                "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (8500 in the "
                "messages, 500 in the completion: max_tokens). Please reduce the length.",
                code="context_length_exceeded",
                param="messages",
            ),
            "bad_request",
        ),
    ],
)
def test_what_an_endpoint_answers_is_told_apart(
    at: ProviderAt, line: Line, status: int, body: Any, kind: str | None
) -> None:
    error = line.failure(at, Raw(status, body), EVERYTHING)
    assert error.kind == (kind or "model_unavailable"), str(error)
    assert len(line.server.requests) == 1, "the SDK asks once"
    assert line.server.url in str(error)
    assert not error.unsent


def test_a_model_that_was_shut_down_gets_a_sentence_that_helps(at: ProviderAt, server: RawServer) -> None:
    server.answer = Raw(404, openai_error("The model `gpt-x` was shut down on 2026-12-11.", code="model_not_found"))
    provider = at(server.url)
    error = failure(provider)
    assert error.treatment is Treatment.STOP
    assert str(error) == (
        f"The model gpt-x is not available at {provider.endpoint} (404: The model `gpt-x` was shut down on 2026-12-11.)"
        f": choose another with SYNTHDEAL_{provider.name.upper()}_MODEL"
    )


@pytest.mark.parametrize(
    ("status", "body"), [(404, {"detail": "Not Found"}), (404, "<h1>404</h1>"), (405, b""), (307, b""), (301, b"")]
)
def test_a_wrong_address_stops_the_run_and_names_the_setting(
    at: ProviderAt, server: RawServer, status: int, body: Any
) -> None:
    server.answer = Raw(status, body, {"Location": f"{server.url}/elsewhere"})
    provider = at(server.url)
    error = failure(provider)
    assert (error.kind, error.treatment) == (FailureKind.BAD_REQUEST, Treatment.STOP)
    assert f"SYNTHDEAL_{provider.name.upper()}_BASE_URL" in str(error)
    assert server.last.path in str(error)
    assert len(server.requests) == 1, "a redirect takes no key elsewhere"


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        (openai_error("Unsupported value: 'temperature' does not support 0.3", param="temperature"), "temperature"),
        (openai_error("`temperature` is deprecated for this model."), "temperature"),
        (openai_error("temperature is only supported when reasoning_effort is none"), "temperature"),
        (openai_error("Unrecognized request argument supplied: reasoning_effort"), "reasoning_effort"),
        (openai_error("This model does not support the effort parameter."), "reasoning_effort"),
        (openai_error("Unsupported", param="reasoning.effort"), "reasoning_effort"),
        (openai_error("Invalid service_tier argument", param="service_tier"), "service_tier"),
        (openai_error("Invalid service tier: flex", param="None"), "service_tier"),
        (openai_error("response_format: json_schema is not supported by this model"), "response_format"),
        (openai_error("Invalid schema for response_format 'verdict'", param="response_format"), "response_format"),
        (openai_error("output_config.format: Extra inputs are not permitted"), "response_format"),
        (
            {"detail": [{"type": "extra_forbidden", "loc": ["body", "service_tier"], "msg": "Extra inputs"}]},
            "service_tier",
        ),
    ],
)
@pytest.mark.parametrize("status", [400, 422])
def test_a_refused_parameter_is_named_as_it_can_be_left_out(
    at: ProviderAt, line: Line, status: int, body: Any, refused: str
) -> None:
    error = line.failure(at, Raw(status, body), EVERYTHING)
    assert (error.kind, error.refused_parameter) == (FailureKind.PARAMETER_REFUSED, refused)
    assert EVERYTHING.without(refused) is not None


@pytest.mark.parametrize(
    "body",
    [
        openai_error("Unsupported value: 'temperature'", param="temperature"),
        openai_error("service_tier is not supported"),
        openai_error("reasoning_effort is not supported"),
        openai_error("Unknown parameter: prompt_cache_key"),
        openai_error("the pump's temperature is 80 degrees, which is no question"),
    ],
)
def test_a_parameter_that_was_not_sent_is_never_the_refused_one(at: ProviderAt, line: Line, body: Any) -> None:
    assert line.failure(at, Raw(400, body), PLAIN).kind is FailureKind.BAD_REQUEST


def test_a_word_from_the_text_that_was_sent_is_no_refused_parameter(at: ProviderAt, server: RawServer) -> None:
    server.answer = Raw(400, openai_error("Could not make sense of 'high temperature pumps'"))
    assert failure(at(server.url), EVERYTHING).kind is FailureKind.BAD_REQUEST


def test_no_schema_was_refused_where_words_alone_asked_for_it(at: ProviderAt, server: RawServer) -> None:
    server.answer = Raw(400, openai_error("response_format is not supported"))
    assert failure(at(server.url), Parameters("gpt-x", 500, schema_mode="none")).kind is FailureKind.BAD_REQUEST


@pytest.mark.parametrize("status", [429, 500, 503, 529])
def test_how_long_an_endpoint_asks_to_wait_is_read_and_not_slept(
    at: ProviderAt, server: RawServer, status: int
) -> None:
    server.answer = Raw(status, b"", {"Retry-After": "3600"})
    started = time.monotonic()
    assert failure(at(server.url)).retry_after_s == 3600
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2"}, 2),
        ({"Retry-After": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9),
        ({"retry-after": "-5"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
        ({"retry-after": "Fri, 20 Nov 2015 11:00:00 GMT"}, 0),
        ({"retry-after": "Fri, 20 Nov 2026 18:00:30 GMT", "Date": "Fri, 20 Nov 2026 18:00:00 GMT"}, 30),
        ({"retry-after": "Fri, 99 Nov 2026 18:00:30 GMT"}, None),
    ],
)
def test_every_form_of_retry_after_is_read(
    at: ProviderAt, line: Line, headers: dict[str, str], seconds: float | None
) -> None:
    assert line.failure(at, Raw(429, b"", headers), PLAIN).retry_after_s == seconds


@pytest.mark.parametrize("ending", ["closed", "reset", "cut off"])
def test_a_connection_that_breaks_off_may_have_been_paid_for(at: ProviderAt, server: RawServer, ending: Ending) -> None:
    server.answer = Raw(200, "{}", ending=ending)
    error = failure(at(server.url))
    assert (error.kind, error.unsent) == (FailureKind.CONNECTION, False)
    assert len(server.requests) == 1


def test_a_connection_that_never_came_about_cost_nothing(at: ProviderAt) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        error = failure(at(f"http://127.0.0.1:{nobody.getsockname()[1]}"))
    assert (error.kind, error.unsent) == (FailureKind.CONNECTION, True)
    error = failure(at("http://nowhere.invalid"))
    assert (error.kind, error.unsent) == (FailureKind.CONNECTION, True)


def test_silence_is_a_time_out(at: ProviderAt, server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synthdeal_assets.llm.providers.http_transport.READ_TIMEOUT_S", 0.1)
    server.answer = Raw(ending="never")
    error = failure(at(server.url))
    assert (error.kind, error.unsent) == (FailureKind.TIMEOUT, False)


def test_cancelling_a_request_hangs_up(at: ProviderAt, server: RawServer) -> None:
    server.answer = Raw(ending="never")

    async def cancelled() -> None:
        provider = at(server.url)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await provider.complete(MESSAGES, SCHEMA, PLAIN)
        await provider.aclose()

    asyncio.run(cancelled())
    assert server.hung_up.wait(5)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Raw(200, "<html><h1>Welcome</h1></html>", {"Content-Type": "text/html"}), "server_error"),
        (Raw(200, "<!DOCTYPE html><p>Sign in</p>"), "server_error"),
        (Raw(200, '{"choices": [{"mess'), "connection"),
        (Raw(200, b""), "connection"),
        (Raw(200, "null"), "connection"),
        (Raw(200, "[]"), "connection"),
        (Raw(200, '"hello"'), "connection"),
        (Raw(200, b"\xff\xfe{"), "connection"),
        (Raw(200, "[" * 100_000), "connection"),
        (Raw(200, b"no gzip", {"Content-Encoding": "gzip"}), "connection"),
        (Raw(200, {"error": {"message": "upstream is down", "code": 502}}), "server_error"),
        (Raw(200, {"error": {"message": "Insufficient credits", "code": 402}}), "quota"),
        (Raw(200, {"error": "something went wrong"}), "server_error"),
    ],
)
def test_an_answer_that_is_none_is_a_failure_and_no_crash(at: ProviderAt, line: Line, answer: Raw, kind: str) -> None:
    assert line.failure(at, answer, PLAIN).kind == kind


def test_no_key_reaches_a_message(at: ProviderAt, server: RawServer) -> None:
    url = server.url.replace("http://", "http://robin:swordfish99@") + "?api-version=1&code=querysecret77"
    server.answer = Raw(400, openai_error(f"{KEY} swordfish99 querysecret77 {'long ' * 200}"))
    provider = type(at(server.url))(api_key=KEY, base_url=url, most_at_once=1)
    assert provider.endpoint == server.url
    message = str(failure(provider))
    assert not any(secret in message for secret in (KEY, "swordfish99", "querysecret77"))
    assert "long long" in message
    assert len(message) < 450
    assert "?api-version=1&code=querysecret77" in server.last.path
    assert server.last.headers["authorization"].startswith("Basic ")


def test_nothing_of_a_prompt_or_a_key_is_logged_whatever_the_level(
    at: ProviderAt, server: RawServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.answer = Raw(200, {"choices": [], "content": []})
    provider = at(server.url)
    with caplog.at_level(logging.DEBUG):
        ask(provider)
        server.answer = Raw(500, b"")
        failure(at(server.url))
    assert len(server.requests) == 2
    for record in caplog.records:
        assert not any(secret in record.getMessage() for secret in (KEY, MESSAGES[0].content, MESSAGES[1].content))
    assert [record for record in caplog.records if record.name == "anthropic._base_client"] == []
    assert [record for record in caplog.records if record.name.startswith("httpx2")] == []


def test_one_connection_serves_many_requests_and_closing_leaves_nothing_behind(
    at: ProviderAt, server: RawServer
) -> None:
    server.answer = Raw(200, {"choices": [], "content": []})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ask(at(server.url), times=5)
        gc.collect()
    assert len(server.requests) == 5
    assert len(server.connections) == 1


def test_no_more_connections_are_opened_than_requests_allowed_at_once(at: ProviderAt, server: RawServer) -> None:
    server.answer = Raw(200, {"choices": [], "content": []})

    async def many() -> None:
        provider = at(server.url)
        await asyncio.gather(*(provider.complete(MESSAGES, SCHEMA, PLAIN) for _ in range(20)))
        await provider.aclose()

    asyncio.run(many())
    assert len(server.requests) == 20
    assert len(server.connections) <= 4


def test_a_provider_that_was_never_asked_closes(at: ProviderAt) -> None:
    asyncio.run(at("http://127.0.0.1:9").aclose())


@pytest.mark.parametrize("url", ["localhost:11434/v1", "ftp://example.com", "http://", "http://h:port/", ""])
def test_an_address_that_is_none_is_refused_at_once(at: ProviderAt, url: str) -> None:
    provider = type(at("http://127.0.0.1"))
    with failing_with("llm.bad-address", naming="_BASE_URL") as refused:
        provider(api_key=KEY, base_url=url, most_at_once=1)
    assert refused.value.usage


@pytest.mark.parametrize("key", ["", "  ", "line\nbreak", "schlüssel"])
def test_a_key_that_no_header_can_carry_is_refused_at_once(at: ProviderAt, key: str) -> None:
    provider = type(at("http://127.0.0.1"))
    with failing_with("llm.bad-key", naming="_API_KEY") as refused:
        provider(api_key=key, base_url=None, most_at_once=1)
    assert refused.value.usage


def test_importing_the_providers_imports_no_sdk(at: ProviderAt) -> None:
    module = type(at("http://127.0.0.1")).__module__
    heavy = ("openai", "anthropic", "httpx2", "aiohttp", "genai_prices")
    program = f"import sys, {module}; sys.exit(str([name for name in {heavy} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "[]"
