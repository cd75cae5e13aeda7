"""How long to wait is read wherever endpoints say it, and a limit per minute is told from an empty account."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from synthdeal_assets.llm.failures import FailureKind
from synthdeal_assets.llm.providers.stated_wait import LONGEST_S, asked_wait_s, reset_wait_s
from synthdeal_assets_tests.llm.asking import PLAIN, Line, openai_at
from synthdeal_assets_tests.llm.raw_server import Raw

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
EPOCH_S = int(NOW.timestamp())
RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo"


def retry_info(delay: Any) -> Any:
    return [
        {"error": {"code": 429, "details": [{"@type": "QuotaFailure"}, {"@type": RETRY_INFO, "retryDelay": delay}]}}
    ]


@pytest.mark.parametrize(
    ("headers", "body", "words", "seconds"),
    [
        ({"Retry-After": "2.5"}, None, "", 2.5),
        ({"retry-after": "Fri, 20 Nov 2026 12:01:00 GMT"}, None, "", 60),
        ({"retry-after": "2026-11-20T12:00:30Z"}, None, "", 30),
        ({"retry-after": "1m30s"}, None, "", 90),
        ({"retry-after": str(EPOCH_S + 20)}, None, "", 20),
        ({"x-ms-retry-after-ms": "1500"}, None, "", 1.5),
        ({"retry-after": "0"}, retry_info("4.2s"), "", 4.2),
        ({"retry-after": "soon"}, None, "retry in 3s", 3),
        ({"retry-after": "7"}, retry_info("4.2s"), "retry in 3s", 7),
        ({}, retry_info("4.2s"), "", 4.2),
        ({}, retry_info("0s"), "", 0),
        ({}, retry_info({"seconds": 4, "nanos": 200_000_000}), "", 4.2),
        ({}, retry_info({"seconds": "4"}), "", 4),
        ({}, {"error": {"retry_after": 12}}, "", 12),
        ({}, {"retry_after_ms": 1_200.0}, "", 1.2),
        ({}, {"detail": {"retryAfterSeconds": "9"}}, "", 9),
        ({}, {"error": {"metadata": {"headers": {"Retry-After": "6"}}}}, "", 6),
        ({}, None, "Limit 10. Please try again in 1m20.5s. Visit us.", 80.5),
        ({}, None, "Please retry in 4.2s.", 4.2),
        ({}, None, "Please wait 300 ms", 0.3),
        ({}, None, "Please try again in 6ms.", 0.006),
        ({}, None, "Please retry after 26 seconds.", 26),
        ({}, None, "wait for at least 2 minutes and 5 seconds before you ask", 125),
        ({}, None, "Try again in about a minute", 60),
        ({}, None, "try again in 1h2m3s", 3_723),
        ({}, None, "The limit resets at 2026-11-20 12:00:10", 10),
        ({}, None, "retry-after: 5", 5),
        ({"retry-after": "60, 120"}, None, "", 120),
        ({"retry-after": "Friday, 20-Nov-26 12:01:00 GMT"}, None, "", 60),
        ({"retry-after": "30; comment=x"}, None, "", 30),
        ({"retry-after": '"30"'}, None, "", 30),
        ({"retry-after": "00:01:30"}, None, "", 90),
        ({"retry-after": "PT1M30.5S"}, None, "", 90.5),
        ({}, {"error": {"retry_after": "PT30S"}}, "", 30),
        ({}, {"wait_seconds": 8}, "", 8),
        ({}, {"error": "Model is loading", "estimated_time": 20.5}, "", 20.5),
        ({}, None, "Please retry after 20", 20),
        ({}, None, "Retry after 20. Thank you.", 20),
        ({}, None, "The model will be available in 30 s", 30),
        # What looks so and says nothing.
        ({"retry-after": "120, soon"}, None, "", None),
        ({"retry-after": "1_000"}, None, "", None),
        ({"retry-after": "\u0663\u0660"}, None, "", None),
        ({"retry-after": "P"}, None, "", None),
        ({}, {"wait": True, "waiting": 3, "waits": "none"}, "", None),
        ({}, None, "Do not retry after 20 attempts", None),
        ({}, None, "Please try again later, after 3 attempts", None),
        ({}, None, "retry 5 messages", None),
        ({}, None, "waited 30 s, gave up", None),
        ({}, None, "12 s elapsed", None),
        ({}, {"usage": {"delay": "4s"}, "retry": 3}, "", None),
        # What no endpoint can mean.
        ({"retry-after": "-5"}, None, "", 0),
        ({"retry-after": "31536000"}, None, "", LONGEST_S),
        ({"retry-after": "1e300"}, None, "", LONGEST_S),
        ({"retry-after": "9" * 400}, None, "", None),
        ({"retry-after": "nan"}, None, "", None),
        ({"retry-after-ms": "-inf"}, None, "", None),
        ({"retry-after": "Fri, 20 Nov 9999 12:01:00 GMT"}, None, "", LONGEST_S),
        ({}, retry_info("-3s"), "", None),
        ({}, retry_info({"seconds": float("nan")}), "", None),
        ({}, retry_info({"seconds": 10**400}), "", None),
        ({}, retry_info({}), "", None),
        ({}, retry_info([True]), "", None),
        ({}, None, f"retry in {'9' * 400} days", LONGEST_S),
    ],
)
def test_a_wait_is_read_from_headers_fields_and_words(
    headers: dict[str, str], body: Any, words: str, seconds: float | None
) -> None:
    assert asked_wait_s(headers, body, words, NOW) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ratelimit-reset-requests": "1s"}, 1),
        ({"X-RateLimit-Reset-Requests": "6m0s"}, 360),
        ({"x-ratelimit-reset-tokens": "120ms", "x-ratelimit-reset-requests": "2m59.56s"}, 179.56),
        ({"x-ratelimit-reset-requests": str(EPOCH_S + 33)}, 33),
        ({"x-ratelimit-reset": str((EPOCH_S + 33) * 1000)}, 33),
        ({"x-ratelimit-reset": "0.5"}, 0.5),
        ({"ratelimit-reset": "12"}, 12),
        ({"ratelimit": '"default";r=0;t=30'}, 30),
        ({"ratelimitbysize-reset": "32"}, 32),
        ({"anthropic-ratelimit-requests-reset": "2026-11-20T12:00:08Z"}, 8),
        ({"anthropic-ratelimit-tokens-reset": "2026-11-20T13:00:08.5+01:00"}, 8.5),
        # The limit that is used up, not the other one.
        (
            {
                "x-ratelimit-reset-requests": "8h",
                "x-ratelimit-remaining-requests": "900",
                "x-ratelimit-reset-tokens": "5s",
                "x-ratelimit-remaining-tokens": "0",
            },
            5,
        ),
        # From the answer's own date.
        ({"ratelimit-reset": str(EPOCH_S + 100_010), "Date": "Sat, 21 Nov 2026 15:46:40 GMT"}, 10),
        ({"x-ratelimit-reset": str(EPOCH_S - 5)}, 0),
        ({"x-ratelimit-reset": "-1"}, 0),
        ({"x-ratelimit-reset": "31536000"}, LONGEST_S),
        ({"x-ratelimit-reset": "nan"}, None),
        ({"x-ratelimit-reset": ""}, None),
        ({"x-ratelimit-limit": "10", "x-password-reset": "5", "x-ratelimit-remaining": "0"}, None),
    ],
)
def test_the_reset_headers_of_rate_limits_are_read(headers: dict[str, str], seconds: float | None) -> None:
    assert reset_wait_s(headers, None, NOW) == (None if seconds is None else pytest.approx(seconds))


def test_a_gateway_repeats_the_headers_of_the_endpoint_behind_it_in_the_body() -> None:
    body = {"error": {"code": 429, "metadata": {"headers": {"X-RateLimit-Reset": str((EPOCH_S + 33) * 1000)}}}}
    assert reset_wait_s({}, body, NOW) == pytest.approx(33)


def google(words: str, quota_id: str = "", *, delay: str | None = None) -> Any:
    details = [{"@type": RETRY_INFO, "retryDelay": delay}] if delay else []
    violation = [{"@type": "QuotaFailure", "violations": [{"quotaId": quota_id}]}] if quota_id else []
    return [
        {"error": {"code": 429, "message": words, "status": "RESOURCE_EXHAUSTED", "details": [*violation, *details]}}
    ]


EXCEEDED = "You exceeded your current quota, please check your plan and billing details."


@pytest.mark.parametrize(
    ("answer", "kind", "wait_s"),
    [
        (Raw(429, google("Quota for requests a minute is used up. Please retry in 4.2s.", delay="4s"), {}), "rate", 4),
        (Raw(429, google(EXCEEDED, delay="4.2s"), {}), "rate", 4.2),
        (Raw(429, google(EXCEEDED, "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"), {}), "rate", None),
        (Raw(429, google(f"{EXCEEDED} Limit: 15 requests per minute."), {}), "rate", None),
        (Raw(429, {"error": {"message": f"{EXCEEDED} TPM 30000."}}, {}), "rate", None),
        (Raw(429, google("Resource exhausted. Please try again later."), {}), "rate", None),
        (Raw(429, {"error": {"message": "Too many"}}, {"x-ratelimit-reset-tokens": "6s"}), "rate", 6),
        (Raw(403, {"error": {"message": "Slow", "code": "rate_limit_exceeded"}}, {"retry-after": "3"}), "rate", 3),
        (Raw(200, {"error": {"message": "Too many", "code": "rate_limit_exceeded"}}, {}), "rate", None),
        # An account that is empty, however long it asks to wait and whatever limits its headers tell of.
        (Raw(429, google(EXCEEDED), {}), "quota", None),
        (Raw(429, {"error": {"message": EXCEEDED, "code": "insufficient_quota"}}, {"retry-after": "4"}), "quota", None),
        (Raw(429, {"error": {"message": EXCEEDED}}, {"x-ratelimit-reset-requests": "1s"}), "quota", None),
        (Raw(429, {"error": {"message": "Billing hard limit has been reached"}}, {"retry-after": "4"}), "quota", None),
        (Raw(400, {"error": {"message": "Your credit balance is too low"}}, {"retry-after": "4"}), "quota", None),
        (Raw(429, google("Your prepayment credits are depleted.", delay="4s"), {}), "quota", None),
        (Raw(402, {"error": {"message": "10 requests per minute"}}, {"retry-after": "4"}), "quota", None),
        # Headers about limits come with every answer, and say nothing about a failure.
        (Raw(529, {"error": {"message": "Overloaded"}}, {"anthropic-ratelimit-tokens-reset": "60s"}), "server", None),
    ],
)
def test_a_limit_per_minute_is_no_empty_account(line: Line, answer: Raw, kind: str, wait_s: float | None) -> None:
    error = line.failure(openai_at, answer, PLAIN)
    kinds = {"rate": FailureKind.RATE_LIMITED, "quota": FailureKind.QUOTA, "server": FailureKind.SERVER_ERROR}
    assert (error.kind, error.retry_after_s) == (kinds[kind], wait_s), str(error)
