"""When an endpoint is left alone: told by counting, without a request, a clock or a client."""

from __future__ import annotations

import asyncio

import pytest

from synthdeal_assets.llm.endpoint_health import HEAD_START_S, EndpointHealth, HeadStart
from synthdeal_assets.llm.failures import FailureKind, LlmError, Treatment
from synthdeal_assets.llm.usage import NOTHING, Usage
from synthdeal_assets_tests.fakes.virtual_time import run_in_virtual_time

DOWN = LlmError(FailureKind.SERVER_ERROR, "500: down")


def health() -> EndpointHealth:
    return EndpointHealth("small at http://127.0.0.1:9", max_wait_s=60.0)


def failed(
    endpoint: EndpointHealth,
    error: LlmError = DOWN,
    *,
    now_s: float = 0.0,
    at_once: int = 1,
    as_json: bool = True,
    usage: Usage = NOTHING,
) -> LlmError | None:
    return endpoint.failed(error, now_s=now_s, at_once=at_once, as_json=as_json, usage=usage)


def verdicts(endpoint: EndpointHealth, error: LlmError, times: int, *, at_once: int = 1) -> list[LlmError | None]:
    return [failed(endpoint, error, at_once=at_once) for _ in range(times)]


@pytest.mark.parametrize("kind", [FailureKind.CONNECTION, FailureKind.TIMEOUT, FailureKind.SERVER_ERROR])
def test_an_endpoint_that_never_answered_is_left_alone_after_ten_failures(kind: FailureKind) -> None:
    *before, last = verdicts(health(), LlmError(kind, "no"), 10)
    assert before == [None] * 9
    assert last is not None
    assert last.kind is kind
    assert str(last) == (
        "small at http://127.0.0.1:9 failed 10 requests in a row and never answered one (the last: no): check its "
        "address and whether it is up, then run again; the rest stays pending"
    )


def test_as_many_failures_as_requests_go_at_once_prove_nothing() -> None:
    *before, last = verdicts(health(), DOWN, 32, at_once=32)
    assert before == [None] * 31
    assert last is not None


def test_an_endpoint_that_has_answered_before_gets_ten_seconds_to_come_back() -> None:
    endpoint = health()
    endpoint.answered()
    assert [failed(endpoint, now_s=100 + second) for second in (0, *[9.9] * 20)] == [None] * 21
    over = failed(endpoint, now_s=110.0)
    assert over is not None
    assert "failed 22 requests in a row (the last: 500: down)" in str(over)


def test_an_answer_begins_the_count_and_the_outage_again() -> None:
    endpoint = health()
    verdicts(endpoint, DOWN, 9)
    endpoint.answered()
    assert [failed(endpoint, now_s=50.0) for _ in range(20)] == [None] * 20, "ten seconds since the first of them"
    assert failed(endpoint, now_s=60.0) is not None


@pytest.mark.parametrize("kind", [FailureKind.RATE_LIMITED, FailureKind.PARAMETER_REFUSED, FailureKind.CANCELLED])
def test_other_failures_say_nothing_about_the_endpoint(kind: FailureKind) -> None:
    assert verdicts(health(), LlmError(kind, "later"), 100) == [None] * 100


def test_five_bad_requests_in_a_row_are_about_the_parameters() -> None:
    bad = LlmError(FailureKind.BAD_REQUEST, "400")
    *before, last = verdicts(health(), bad, 5)
    assert before == [None] * 4
    assert last is not None
    assert "check the model and the parameters" in str(last)
    mixed = health()
    assert [*verdicts(mixed, bad, 4), failed(mixed), *verdicts(mixed, bad, 4)] == [None] * 9
    proven = health()
    proven.answered()
    *before, last = verdicts(proven, bad, 20)
    assert before == [None] * 19, "it answers others"
    assert last is not None


@pytest.mark.parametrize(
    ("as_json", "advice"),
    [(True, "choose a model that can follow a JSON schema,"), (False, "choose another model,")],
)
def test_twenty_unusable_answers_without_a_valid_one_are_about_the_model(as_json: bool, advice: str) -> None:
    endpoint, unusable = health(), LlmError(FailureKind.MALFORMED, "It is not JSON.")
    for _ in range(19):
        endpoint.answered()
        assert failed(endpoint, unusable, as_json=as_json) is None
    last = failed(endpoint, unusable, as_json=as_json)
    assert last is not None
    assert (last.kind, last.treatment) == (FailureKind.MALFORMED, Treatment.STOP)
    assert str(last).startswith("None of 20 answers of small at http://127.0.0.1:9 could be used (the last: It is not")
    assert advice in str(last)


def test_more_than_half_of_the_last_fifty_paid_answers_unusable_is_one_too_many() -> None:
    no = LlmError(FailureKind.REFUSED, "no")
    endpoint = health()
    for _ in range(200):
        endpoint.answered_validly()
        assert failed(endpoint, no) is None, "half of them"
    assert failed(endpoint, no, usage=Usage(1, 1_000, 0, 500, 0.25)) is not None


def test_what_was_paid_for_nothing_is_said_with_tokens_and_usd_as_far_as_known() -> None:
    def last(*usages: Usage) -> str:
        endpoint = health()
        endpoint.answered_validly()
        endings = [failed(endpoint, LlmError(FailureKind.REFUSED, "no"), usage=usage) for usage in usages]
        return str(endings[-1])

    assert "27 paid answers" in last(*26 * [Usage(1, 1_000, 0, 500, 0.25)])
    assert "39,000 tokens ($6.50) were paid for nothing" in last(*26 * [Usage(1, 1_000, 0, 500, 0.25)])
    unknown = Usage(1, calls_of_unknown_cost=1)
    assert "1,500 tokens ($0.25, and 25 bills not known) were paid" in last(
        Usage(1, 1_000, 0, 500, 0.25), *25 * [unknown]
    )


@pytest.mark.parametrize(
    "kind", [FailureKind.RATE_LIMITED, FailureKind.TIMEOUT, FailureKind.CONNECTION, FailureKind.SERVER_ERROR]
)
def test_what_is_no_answer_does_not_count_among_the_paid_ones(kind: FailureKind) -> None:
    endpoint = health()
    for _ in range(100):
        endpoint.answered()
        endpoint.answered_validly()
        assert verdicts(endpoint, LlmError(kind, "no"), 4) == [None] * 4


def test_an_endpoint_that_only_turns_away_is_given_ninety_seconds() -> None:
    later, endpoint = LlmError(FailureKind.RATE_LIMITED, "429"), health()
    assert [failed(endpoint, later, now_s=second) for second in (0, 20, 40, 60, 80, 89)] == [None] * 6
    endpoint.answered()
    assert [failed(endpoint, later, now_s=second) for second in (90, 110, 179)] == [None] * 3
    assert failed(endpoint, later, now_s=181) is None, "the fourth since an answer"
    last = failed(endpoint, later, now_s=182)
    assert str(last) == (
        "small at http://127.0.0.1:9 has turned away all 5 requests of the last 92 s (the last: 429): run again later, "
        "or with fewer at once; the rest stays pending"
    )


def test_the_fifth_wait_that_is_too_long_ends_it_unless_an_answer_came_between() -> None:
    wait = LlmError(FailureKind.RATE_LIMITED, "slow down", retry_after_s=3_600.0)
    endpoint = health()
    assert [endpoint.asked_to_wait_too_long(wait) for _ in range(4)] == [None] * 4
    endpoint.answered()
    assert [endpoint.asked_to_wait_too_long(wait) for _ in range(4)] == [None] * 4
    last = endpoint.asked_to_wait_too_long(wait)
    assert last is not None
    assert last.retry_after_s == 3_600.0
    assert str(last) == (
        "small at http://127.0.0.1:9 asks to wait 3600 s, and SYNTHDEAL_LLM_MAX_WAIT allows 60 s: run again later; "
        "the rest stays pending"
    )


def test_the_first_reason_to_stop_is_told_to_all_as_an_error_of_its_own_each() -> None:
    endpoint = health()
    with pytest.raises(RuntimeError):
        endpoint.stop_error()
    key = "sk-" + "abc123" * 5
    endpoint.stop(LlmError(FailureKind.TIMEOUT, f"first {key}", retry_after_s=5.0))
    endpoint.stop(LlmError(FailureKind.QUOTA, "second"))
    one, another = endpoint.stop_error(), endpoint.stop_error()
    assert endpoint.stopped
    assert one is not another
    assert (one.kind, str(one), one.retry_after_s) == (FailureKind.TIMEOUT, "first [redacted]", 5.0)
    assert one.treatment is Treatment.STOP


def test_the_others_wait_for_the_first_request_and_no_longer_than_its_head_start() -> None:
    async def times(ends_at_s: float) -> list[float]:
        start, loop = HeadStart(), asyncio.get_running_loop()

        async def one() -> float:
            await start.wait()
            return loop.time()

        loop.call_later(ends_at_s, start.end)
        return await asyncio.gather(*(one() for _ in range(4)))

    assert run_in_virtual_time(times(0.1)) == [0, *[pytest.approx(0.1)] * 3]
    assert run_in_virtual_time(times(9.0)) == [0, *[pytest.approx(HEAD_START_S)] * 3]
