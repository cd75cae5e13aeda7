"""Each fault looks to the vendors' SDKs as it would from the vendor, and happens to the same requests in any order."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import time
from collections import Counter

import anthropic
import openai
import pytest

from synthdeal_assets.demo_llm.faults import ANY, FAULTS, Behaviour, RequestOutcome, parse_rates
from synthdeal_assets.llm.failures import AnswerError, FailureKind
from synthdeal_assets_tests.demo_llm.asking import (
    anthropic_client,
    ask_anthropic,
    ask_openai,
    deal_of,
    openai_client,
    prompt_of,
    read,
)
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.fakes.llm_server import LlmServer

MIXED = {
    RequestOutcome.RATE_LIMITED: 0.2,
    RequestOutcome.SERVER_ERROR: 0.1,
    RequestOutcome.MALFORMED: 0.1,
    RequestOutcome.RESET: 0.05,
}


def plan(server: LlmServer, outcome: RequestOutcome) -> None:
    server.change(script={ANY: [outcome, outcome]})


def asked(server: LlmServer, outcome: RequestOutcome) -> int:
    """How often a request came to this; the server counts a moment after the client has heard."""
    deadline = time.monotonic() + 3
    while (found := server.counts().outcomes.get(outcome, 0)) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    return found


@pytest.mark.parametrize(
    ("outcome", "of_openai", "of_anthropic"),
    [
        (RequestOutcome.RATE_LIMITED, openai.RateLimitError, anthropic.RateLimitError),
        (RequestOutcome.QUOTA, openai.RateLimitError, anthropic.BadRequestError),
        (RequestOutcome.SERVER_ERROR, openai.InternalServerError, anthropic.InternalServerError),
        (RequestOutcome.UNAVAILABLE, openai.InternalServerError, anthropic.APIStatusError),
        (RequestOutcome.OVERLOADED, openai.InternalServerError, anthropic.APIStatusError),
        (RequestOutcome.RESET, openai.APIConnectionError, anthropic.APIConnectionError),
        (RequestOutcome.RESET_AFTER_HEADERS, openai.APIConnectionError, anthropic.APIConnectionError),
        (RequestOutcome.HANG, openai.APITimeoutError, anthropic.APITimeoutError),
    ],
)
def test_a_request_without_an_answer_raises_what_the_vendor_would_make_it_raise(
    server: LlmServer, outcome: RequestOutcome, of_openai: type[Exception], of_anthropic: type[Exception]
) -> None:
    plan(server, outcome)
    with pytest.raises(of_openai):
        ask_openai(openai_client(server, timeout=0.5), deal_of(1))
    with pytest.raises(of_anthropic):
        ask_anthropic(anthropic_client(server, timeout=0.5), deal_of(1))
    assert asked(server, outcome) == 2
    assert server.counts().paid == 0


def test_each_status_is_the_one_of_its_fault(server: LlmServer) -> None:
    statuses = {RequestOutcome.SERVER_ERROR: 500, RequestOutcome.UNAVAILABLE: 503, RequestOutcome.OVERLOADED: 529}
    for outcome, status in statuses.items():
        server.change(always={deal_of(1).opportunity_id: outcome})
        with pytest.raises(openai.APIStatusError) as raised:
            ask_openai(openai_client(server), deal_of(1))
        assert raised.value.status_code == status


def test_quota_and_pace_are_told_apart_by_their_code(server: LlmServer) -> None:
    server.change(script={ANY: [RequestOutcome.RATE_LIMITED, RequestOutcome.QUOTA]})
    codes = []
    for _ in range(2):
        with pytest.raises(openai.RateLimitError) as raised:
            ask_openai(openai_client(server), deal_of(1))
        codes.append(raised.value.code)
    assert codes == ["rate_limit_exceeded", "insufficient_quota"]


@pytest.mark.parametrize(("seconds", "header"), [(3600.0, "3600"), (0.5, "0.5"), (None, None)])
def test_retry_after_is_what_it_was_set_to(server: LlmServer, seconds: float | None, header: str | None) -> None:
    server.change(retry_after_s=seconds)
    plan(server, RequestOutcome.RATE_LIMITED)
    with pytest.raises(openai.RateLimitError) as raised:
        ask_openai(openai_client(server), deal_of(1))
    assert raised.value.response.headers.get("retry-after") == header


def test_a_reset_is_a_real_one_before_any_byte(server: LlmServer) -> None:
    plan(server, RequestOutcome.RESET)
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": prompt_of(deal_of(1))}]}).encode()
    port = int(server.anthropic_base_url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_malformed_answers_are_not_json_and_are_paid(server: LlmServer) -> None:
    plan(server, RequestOutcome.MALFORMED)
    texts = [
        ask_openai(openai_client(server), deal_of(1)).choices[0].message.content,
        ask_anthropic(anthropic_client(server), deal_of(1)).content[0].text,
    ]
    for text in texts:
        with pytest.raises(AnswerError) as refused:
            read(text, deal_of(1))
        assert refused.value.kind is FailureKind.MALFORMED
    assert (server.counts().paid, server.counts().successes) == (2, 0)


def test_schema_violations_are_a_level_of_7_and_a_missing_element_in_turns(server: LlmServer) -> None:
    plan(server, RequestOutcome.SCHEMA_VIOLATION)
    for named in ("metrics.level", "champion"):
        text = ask_openai(openai_client(server), deal_of(1)).choices[0].message.content
        with pytest.raises(AnswerError, match=named) as refused:
            read(text, deal_of(1))
        assert refused.value.kind is FailureKind.SCHEMA_VIOLATION
    assert (server.counts().paid, server.counts().successes) == (2, 0)


def test_truncated_refused_and_empty_answers_say_so_and_are_paid(server: LlmServer) -> None:
    server.change(script={ANY: [RequestOutcome.TRUNCATED, RequestOutcome.REFUSED, RequestOutcome.EMPTY] * 2})
    truncated, refused, empty = (ask_openai(openai_client(server), deal_of(1)).choices[0] for _ in range(3))
    assert truncated.finish_reason == "length"
    assert refused.message.refusal
    assert refused.message.content is None
    assert (empty.finish_reason, empty.message.content) == ("stop", "")
    stops = [ask_anthropic(anthropic_client(server), deal_of(1)) for _ in range(3)]
    assert [message.stop_reason for message in stops] == ["max_tokens", "refusal", "end_turn"]
    assert [len(message.content) for message in stops] == [1, 0, 0]
    assert (server.counts().paid, server.counts().successes) == (6, 0)


def test_an_answer_without_usage_is_valid_and_counts_as_not_paid(server: LlmServer) -> None:
    plan(server, RequestOutcome.NO_USAGE)
    completion = ask_openai(openai_client(server), deal_of(1))
    assert completion.usage is None
    assert read(completion.choices[0].message.content, deal_of(1))
    assert ask_anthropic(anthropic_client(server), deal_of(1)).usage is None
    assert server.counts().paid == 0


def test_a_slow_drip_passes_a_timeout_between_bytes_and_only_a_deadline_ends_it(server: LlmServer) -> None:
    plan(server, RequestOutcome.DRIP)
    server.change(drip_pause_s=0.0)
    assert read(ask_openai(openai_client(server), deal_of(1)).choices[0].message.content, deal_of(1))
    server.change(drip_pause_s=0.1)
    with pytest.raises(TimeoutError):
        asyncio.run(_asked_within(server, 1.0, pause=0.5))
    assert server.counts().outcomes[RequestOutcome.DRIP] == 1


def test_who_leaves_before_the_answer_is_counted_as_having_left(server: LlmServer) -> None:
    server.change(latency_s=0.5)
    with pytest.raises(openai.APITimeoutError):
        ask_openai(openai_client(server, timeout=0.1), deal_of(1))
    time.sleep(0.7)
    assert server.counts().outcomes == {RequestOutcome.ABANDONED: 1}


def test_latency_is_waited_for_and_jitter_adds_to_it(server: LlmServer) -> None:
    server.change(latency_s=0.2)
    started = time.monotonic()
    ask_openai(openai_client(server), deal_of(1))
    assert time.monotonic() - started >= 0.2
    behaviour = Behaviour(latency_s=1.0, jitter_s=0.5, seed=3)
    latencies = {behaviour.latency_of(f"006{number}", 0) for number in range(50)}
    assert len(latencies) == 50
    assert 1.0 <= min(latencies) < 1.1
    assert 1.4 < max(latencies) < 1.5


def test_more_at_once_than_the_limit_are_turned_away(server: LlmServer) -> None:
    server.change(latency_s=0.3, max_at_once=4)
    results = asyncio.run(_ask_all(server, range(10)))
    assert Counter(results) == {"answered": 4, "RateLimitError": 6}


def test_the_most_requests_at_once_are_counted(server: LlmServer) -> None:
    server.change(latency_s=0.3)
    asyncio.run(_ask_all(server, range(10)))
    asyncio.run(_ask_all(server, range(10), at_once=3))
    assert server.counts().most_at_once == 10


def test_the_fault_of_a_request_depends_on_seed_opportunity_and_turn_alone() -> None:
    behaviour = Behaviour(rates=MIXED, seed=11)
    requests = [(number % 40, number // 40) for number in range(400)]
    in_order = {request: behaviour.outcome_of(f"006{request[0]}", request[1]) for request in requests}
    random.Random(5).shuffle(requests)  # noqa: S311 - an order, not a secret
    assert {request: behaviour.outcome_of(f"006{request[0]}", request[1]) for request in requests} == in_order
    other_seed = Behaviour(rates=MIXED, seed=12)
    assert {request: other_seed.outcome_of(f"006{request[0]}", request[1]) for request in requests} != in_order


def test_faults_come_as_often_as_their_rates_say() -> None:
    behaviour = Behaviour(rates=MIXED, seed=1)
    drawn = Counter(behaviour.outcome_of(f"006{number}", 0) for number in range(8000))
    for fault, rate in MIXED.items():
        assert drawn[fault] / 8000 == pytest.approx(rate, abs=0.015)


def test_concurrency_changes_nothing_of_who_meets_which_fault() -> None:
    outcomes = []
    for at_once in (1, 30):
        with LlmServer(Behaviour(rates=MIXED, seed=4)) as server:
            results = asyncio.run(_ask_all(server, range(60), at_once))
        outcomes.append(results)
    assert outcomes[0] == outcomes[1]
    assert len(set(outcomes[0])) > 2


def test_requests_paid_successes_and_kinds_are_counted_by_opportunity(server: LlmServer) -> None:
    first, second = deal_of(1), deal_of(2)
    server.change(script={first.opportunity_id: [RequestOutcome.SERVER_ERROR, RequestOutcome.MALFORMED]})
    client = openai_client(server)
    with pytest.raises(openai.InternalServerError):
        ask_openai(client, first)
    for deal in (first, first, second):
        ask_openai(client, deal)
    counts = server.counts()
    of_first, of_second = (counts.by_opportunity[deal.opportunity_id] for deal in (first, second))
    assert (of_first.requests, of_first.paid, of_first.successes) == (3, 2, 1)
    assert of_first.outcomes == {
        RequestOutcome.SERVER_ERROR: 1,
        RequestOutcome.MALFORMED: 1,
        RequestOutcome.ANSWERED: 1,
    }
    assert (of_second.requests, of_second.paid, of_second.successes) == (1, 1, 1)
    assert (counts.requests, counts.paid, counts.successes) == (4, 3, 2)
    assert [body["messages"][-1]["content"] for body in server.bodies()][-1] == prompt_of(second)
    server.reset_counts()
    assert (server.counts().requests, server.bodies()) == (0, [])
    with pytest.raises(openai.InternalServerError):
        ask_openai(client, first)


def test_the_last_requests_are_kept_and_no_more(server: LlmServer) -> None:
    client = openai_client(server)
    for number in range(203):
        ask_openai(client, deal_of(number))
    assert len(server.bodies()) == 200
    assert prompt_of(deal_of(202)) == server.bodies()[-1]["messages"][-1]["content"]


def test_every_fault_can_be_given_a_rate_on_the_command_line() -> None:
    rates = parse_rates([f"{fault}=0.01" for fault in FAULTS])
    assert rates == dict.fromkeys(FAULTS, 0.01)


@pytest.mark.parametrize(
    "texts", [["rate_limited"], ["no_such=0.1"], ["reset=2"], ["reset=0.6", "hang=0.6"], ["wrong_key=1"]]
)
def test_a_rate_that_is_none_is_refused_with_the_kinds_there_are(texts: list[str]) -> None:
    with failing_with("demo-llm.bad-fault", naming="rate_limited, quota") as refused:
        parse_rates(texts)
    assert refused.value.usage


@pytest.mark.slow
def test_a_server_in_its_own_process_is_told_and_read_like_one_in_a_thread() -> None:
    with LlmServer(Behaviour(script={ANY: [RequestOutcome.UNAVAILABLE]}), own_process=True) as server:
        with pytest.raises(openai.InternalServerError):
            ask_openai(openai_client(server), deal_of(1))
        server.change(script={})
        assert read(ask_openai(openai_client(server), deal_of(1)).choices[0].message.content, deal_of(1))
        assert server.counts().outcomes == {RequestOutcome.UNAVAILABLE: 1, RequestOutcome.ANSWERED: 1}
        assert len(server.bodies()) == 2
        assert server.cpu_s() > 0
        server.reset_counts()
        assert server.counts().requests == 0


async def _asked_within(server: LlmServer, seconds: float, pause: float) -> None:
    client = openai.AsyncOpenAI(base_url=server.base_url, api_key="any", max_retries=0, timeout=pause)
    async with client, asyncio.timeout(seconds):
        await _ask(client, 9)


async def _ask(client: openai.AsyncOpenAI, number: int) -> None:
    await client.chat.completions.create(
        model="demo-llm", messages=[{"role": "user", "content": prompt_of(deal_of(number))}]
    )


async def _ask_all(server: LlmServer, numbers: range, at_once: int = 100) -> list[str]:
    """What became of one request on each opportunity, with answers that cannot be used named as such."""
    gate = asyncio.Semaphore(at_once)

    async def one(client: openai.AsyncOpenAI, number: int) -> str:
        async with gate:
            try:
                await _ask(client, number)
            except openai.OpenAIError as error:
                return type(error).__name__
            return "answered"

    client = openai.AsyncOpenAI(base_url=server.base_url, api_key="any", max_retries=0, timeout=10)
    async with client:
        return await asyncio.gather(*(one(client, number) for number in numbers))
