import asyncio
import dataclasses
import datetime as dt
import itertools
import json
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest

from synthdeal_assets.llm.budget import Budget
from synthdeal_assets.llm.chat import AnswerSchema, Message, Parameters, TokenUsage
from synthdeal_assets.llm.client import Answered, LlmClient, RetryRules
from synthdeal_assets.llm.failures import AnswerError, FailureKind, LlmError, Treatment
from synthdeal_assets.llm.ledger.calls import LlmCall, Question
from synthdeal_assets.llm.limits import Limits
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.fakes.scripted_provider import (
    ScriptedProvider,
    Sent,
    Step,
    answer,
    failure,
    refused,
    truncated,
)
from synthdeal_assets_tests.fakes.virtual_time import run_in_virtual_time

NOON = dt.datetime(2026, 11, 20, 12)
SCHEMA = AnswerSchema("answer", {"type": "object"})
GOOD = '{"level": 2}'
PARAMETERS = Parameters("small", 1_000, temperature=0.3)
T = TypeVar("T")

USD_A_TOKEN_READ, USD_A_TOKEN_WRITTEN = 1e-6, 1e-5
GOOD_COST = 100 * USD_A_TOKEN_READ + 20 * USD_A_TOKEN_WRITTEN


@dataclass
class Prices:
    version: str = "list 7"
    known: bool = True

    def cost(self, provider: str, model: str, usage: TokenUsage, at: dt.datetime) -> float | None:
        if not self.known or (provider, model) != ("openai", "small"):
            return None
        return usage.input_tokens * USD_A_TOKEN_READ + usage.output_tokens * USD_A_TOKEN_WRITTEN


@dataclass
class Asking:
    """A client over a scripted provider, what it recorded and what it warned of."""

    provider: ScriptedProvider
    concurrency: int = 32
    max_attempts: int = 8
    timeout_s: float = 30.0
    max_wait_s: float = 60.0
    max_cost_usd: float | None = None
    max_calls: int | None = None
    prices: Prices = field(default_factory=Prices)
    parameters: Parameters = PARAMETERS
    now: Callable[[], dt.datetime] = lambda: NOON
    jitter_key: int = 0
    calls: list[LlmCall] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.budget = Budget(self.max_cost_usd, self.max_calls)
        self.client = LlmClient(
            self.provider,
            self.parameters,
            rules=RetryRules(self.max_attempts, self.timeout_s, self.max_wait_s),
            limits=Limits(self.concurrency),
            budget=self.budget,
            prices=self.prices,
            now=self.now,
            jitter_key=self.jitter_key,
            warn=self.warnings.append,
        )

    async def ask(self, about: str = "deal") -> Answered[int]:
        return await self.client.ask(question(about), level, self.calls.append)

    async def ask_all(self, count: int, *, workers: int | None = None) -> list[Answered[int] | LlmError]:
        """All ends; only so many questions at a time, as the engine asks them, or all of them."""
        free = asyncio.Semaphore(workers or count)

        async def one(number: int) -> Answered[int]:
            async with free:
                return await self.ask(f"deal {number}")

        ends = await asyncio.gather(*map(one, range(count)), return_exceptions=True)
        for end in ends:
            if not isinstance(end, Answered | LlmError):
                raise end
        return [end for end in ends if isinstance(end, Answered | LlmError)]

    @property
    def statuses(self) -> list[tuple[str, str | None]]:
        return [(call.status, call.error_class) for call in self.calls]


def question(about: str = "deal") -> Question:
    return Question(f"key of {about}", about, "v1", (Message("system", "Judge."), Message("user", about)), SCHEMA)


def level(text: str) -> int:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise AnswerError(FailureKind.MALFORMED, "It is not JSON.") from error
    if "level" not in value:
        raise AnswerError(FailureKind.SCHEMA_VIOLATION, "The field level is missing.")
    return int(value["level"])


def asked(*script: Step, then: Step | None = None, latency_s: float = 0.0, **options: Any) -> Asking:
    then = answer(GOOD) if then is None else then
    return Asking(ScriptedProvider(script, then, latency_s), **options)


def run(main: Coroutine[Any, Any, T]) -> T:
    return run_in_virtual_time(main)


def fails(main: Coroutine[Any, Any, Any]) -> LlmError:
    with pytest.raises(LlmError) as caught:
        run(main)
    return caught.value


def test_a_success_is_recorded_in_full_before_it_is_returned() -> None:
    asking = asked(answer(GOOD), latency_s=0.5)

    answered = run(asking.ask())

    assert dataclasses.replace(answered, latency_ms=0.0) == Answered(2, GOOD, Usage(1, 100, 40, 20, GOOD_COST), 0.0)
    (call,) = asking.calls
    assert call.call_id
    assert answered.latency_ms == call.latency_ms == pytest.approx(500)
    assert call == LlmCall(
        call_id=call.call_id,
        key="key of deal",
        subject_id="deal",
        provider="openai",
        endpoint="http://127.0.0.1:9/v1",
        model="small",
        response_model="small-2026",
        prompt_version="v1",
        parameters='{"max_output_tokens":1000,"schema_mode":"json_schema","schema_mode_fixed":false,"temperature":0.3}',
        status="success",
        attempts=1,
        input_tokens=100,
        cached_input_tokens=40,
        output_tokens=20,
        cost_usd=GOOD_COST,
        price_version="list 7",
        asked_at=NOON,
        latency_ms=call.latency_ms,
        error_class=None,
        error_message=None,
        answer=GOOD,
        counted_usd=GOOD_COST,
    )


def test_an_answer_that_is_not_json_is_quoted_back_with_what_is_wrong_and_both_are_paid_for() -> None:
    asking = asked(answer('{"level": '))

    answered = run(asking.ask())

    assert (answered.value, answered.usage.calls, answered.usage.input_tokens, answered.usage.output_tokens) == (
        2,
        2,
        200,
        40,
    )
    assert answered.usage.total_usd == pytest.approx(2 * GOOD_COST)
    assert asking.statuses == [("unusable", "malformed"), ("success", None)]
    assert [call.attempts for call in asking.calls] == [1, 2]
    assert asking.calls[0].answer == '{"level": '
    assert asking.calls[0].cost_usd == pytest.approx(GOOD_COST)
    system, user, assistant, correction = asking.provider.sent[1].messages
    assert (system, user) == question().messages
    assert assistant == Message("assistant", '{"level": ')
    assert correction.role == "user"
    assert "It is not JSON." in correction.content


def test_only_the_latest_bad_answer_is_quoted_and_never_more_than_4000_characters() -> None:
    asking = asked(answer("x" * 9_000), answer('{"grade": "' + "y" * 9_000 + '"}'))

    run(asking.ask())

    _system, _user, assistant, correction = asking.provider.sent[2].messages
    assert assistant.content == ('{"grade": "' + "y" * 9_000)[:4_000]
    assert "The field level is missing." in correction.content
    assert asking.statuses[1] == ("unusable", "schema_violation")


def test_an_empty_answer_is_asked_for_again_without_a_quotation() -> None:
    asking = asked(answer(" \n"))

    run(asking.ask())

    assert asking.provider.sent[1].messages == question().messages


def test_bad_answers_without_end_are_given_up_after_the_most_attempts() -> None:
    asking = asked(then=answer("no"), max_attempts=4)

    error = fails(asking.ask())

    assert error.kind is FailureKind.MALFORMED
    assert str(error) == "It is not JSON. (asked 4 times)"
    assert len(asking.calls) == 4


def test_an_error_of_the_reader_is_raised_after_the_paid_call_is_recorded() -> None:
    asking = asked(answer('{"level": "high"}'))

    with pytest.raises(ValueError, match="invalid literal"):
        run(asking.ask())

    assert asking.statuses == [("unusable", "ValueError")]
    assert asking.calls[0].cost_usd == pytest.approx(GOOD_COST)
    assert asking.budget.spent.calls == 1


def test_an_answer_without_usage_has_no_tokens_and_no_cost_rather_than_zero() -> None:
    asking = asked(answer(GOOD, usage=None))

    answered = run(asking.ask())

    assert answered.usage.total_usd is None
    (call,) = asking.calls
    assert (call.input_tokens, call.cached_input_tokens, call.output_tokens) == (None, None, None)
    assert (call.cost_usd, call.price_version) == (None, None)


def test_a_model_without_a_price_has_tokens_but_no_cost() -> None:
    asking = asked(prices=Prices(known=False))

    answered = run(asking.ask())

    assert (answered.usage.input_tokens, answered.usage.total_usd) == (100, None)
    assert (asking.calls[0].cost_usd, asking.calls[0].price_version) == (None, None)


@pytest.mark.parametrize(
    ("end", "status", "cost_usd"),
    [
        (failure(FailureKind.RATE_LIMITED), "failed", 0),
        (failure(FailureKind.SERVER_ERROR), "failed", 0),
        (failure(FailureKind.CONNECTION, unsent=True), "failed", 0),
        (failure(FailureKind.CONNECTION), "failed", None),
        (failure(FailureKind.TIMEOUT), "failed", None),
        (LlmError(FailureKind.MALFORMED, "half a body"), "unusable", None),
        (LlmError(FailureKind.MALFORMED, "half a body", usage=TokenUsage(100, 20)), "unusable", GOOD_COST),
    ],
)
def test_a_failure_costs_nothing_when_it_was_turned_away_and_is_unknown_when_it_broke_off(
    end: LlmError, status: str, cost_usd: float | None
) -> None:
    asking = asked(end)

    answered = run(asking.ask())

    call = asking.calls[0]
    assert (call.status, call.error_class, call.error_message) == (status, end.kind.value, str(end))
    assert call.cost_usd == (None if cost_usd is None else pytest.approx(cost_usd))
    assert call.price_version == ("list 7" if cost_usd else None)
    assert answered.usage.total_usd == (None if cost_usd is None else pytest.approx(GOOD_COST + cost_usd))


def test_pauses_grow_with_full_jitter_and_are_the_same_for_the_same_key() -> None:
    def pauses(jitter_key: int) -> list[float]:
        asking = asked(then=failure(FailureKind.SERVER_ERROR), max_attempts=9, jitter_key=jitter_key)
        fails(asking.ask())
        at = [sent.at for sent in asking.provider.sent]
        return [later - earlier for earlier, later in itertools.pairwise(at)]

    longest = [0.5, 1, 2, 4, 8, 16, 20, 20]
    samples = [pauses(key) for key in range(40)]

    assert pauses(3) == samples[3] != samples[4]
    for place, most in enumerate(longest):
        drawn = [sample[place] for sample in samples]
        assert 0 <= min(drawn) < 0.2 * most
        assert 0.8 * most < max(drawn) <= most


def test_a_wait_that_is_asked_for_is_kept_with_a_little_on_top_and_holds_the_others_back() -> None:
    asking = asked(failure(FailureKind.RATE_LIMITED, retry_after_s=7.0), concurrency=4)

    run(asking.ask_all(20))

    times = [sent.at for sent in asking.provider.sent]
    assert times[0] == 0
    assert min(times[1:]) >= 7.0
    (again,) = [sent.at for sent in asking.provider.sent[1:] if sent.about == "deal 0"]
    assert 7.0 < again <= 7.7


def test_a_wait_longer_than_allowed_is_not_slept_but_fails_the_question() -> None:
    asking = asked(failure(FailureKind.RATE_LIMITED, "slow down", retry_after_s=3_600.0), max_wait_s=60.0)

    async def one_then_another() -> tuple[LlmError, float, int]:
        with pytest.raises(LlmError) as caught:
            await asking.ask("first")
        at = asyncio.get_running_loop().time()
        return caught.value, at, (await asking.ask("second")).value

    error, at, value = run(one_then_another())

    assert (error.kind, error.retry_after_s, error.treatment) == (FailureKind.RATE_LIMITED, 3_600.0, Treatment.RETRY)
    assert str(error) == "slow down (asked once)"
    assert (at, value) == (0.0, 2)


def test_after_five_such_waits_without_an_answer_in_between_the_rest_is_left_pending() -> None:
    asking = asked(then=failure(FailureKind.RATE_LIMITED, retry_after_s=3_600.0), concurrency=1)

    ends = run(asking.ask_all(20))

    assert len(asking.provider.sent) == 5
    assert [end.treatment for end in ends if isinstance(end, LlmError)] == 4 * [Treatment.RETRY] + 16 * [Treatment.STOP]
    assert "asks to wait 3600 s" in str(ends[-1])
    assert "the rest stays pending" in str(ends[-1])


def test_an_answer_between_long_waits_starts_the_count_again() -> None:
    wait = failure(FailureKind.RATE_LIMITED, retry_after_s=3_600.0)
    asking = asked(*(4 * [wait]), answer(GOOD), *(4 * [wait]), concurrency=1)

    ends = run(asking.ask_all(20))

    assert sum(isinstance(end, Answered) for end in ends) == 12


def refusing(parameter: str, message: str = "not with this model") -> Callable[[Sent], Any]:
    """Refuses a parameter as long as it is sent."""
    attribute = {"response_format": "schema_mode", "max_completion_tokens": "token_limit_field"}.get(
        parameter, parameter
    )
    unwanted = {"response_format": ("json_schema", "json_object"), "max_completion_tokens": ("max_completion_tokens",)}

    def end(sent: Sent) -> Any:
        value = getattr(sent.parameters, attribute)
        is_sent = value in unwanted[parameter] if parameter in unwanted else value is not None
        return failure(FailureKind.PARAMETER_REFUSED, message, parameter=parameter) if is_sent else answer(GOOD)

    return end


def test_a_refused_parameter_is_dropped_for_good_and_warned_of_once() -> None:
    asking = asked(then=refusing("temperature"), max_attempts=1)

    ends = run(asking.ask_all(50))

    assert all(isinstance(end, Answered) for end in ends)
    assert asking.statuses.count(("failed", "parameter_refused")) == 1
    assert asking.calls[0].cost_usd == 0
    assert '"temperature":0.3' in asking.calls[0].parameters
    assert '"temperature"' not in asking.calls[1].parameters
    assert asking.client.parameters == Parameters("small", 1_000)
    assert asking.client.dropped == ("temperature",)
    assert asking.warnings == [
        "small at http://127.0.0.1:9/v1 refuses the parameter temperature; further requests leave it out"
    ]


def test_a_parameter_refused_to_many_under_way_is_dropped_once() -> None:
    # Slower than the head start of the first request, so that the others are under way before it is refused.
    asking = asked(then=refusing("temperature"), latency_s=6.0)

    ends = run(asking.ask_all(20))

    assert all(isinstance(end, Answered) for end in ends)
    assert asking.statuses.count(("failed", "parameter_refused")) == 20
    assert asking.client.dropped == ("temperature",)
    assert len(asking.warnings) == 1


def test_a_refused_schema_falls_back_twice_and_a_refused_name_of_the_limit_once() -> None:
    asking = asked(then=refusing("response_format"))
    run(asking.ask())
    assert asking.client.parameters.schema_mode == "none"
    assert asking.client.dropped == ("response_format", "response_format")

    asking = asked(then=refusing("max_completion_tokens"))
    run(asking.ask())
    assert asking.client.parameters == dataclasses.replace(PARAMETERS, token_limit_field="max_tokens")  # noqa: S106


@pytest.mark.parametrize("parameter", ["temperature", "model", None])
def test_a_refused_parameter_that_cannot_be_dropped_stops_the_run(parameter: str | None) -> None:
    asking = asked(then=failure(FailureKind.PARAMETER_REFUSED, parameter=parameter))

    error = fails(asking.ask())

    assert (error.kind, error.treatment) == (FailureKind.BAD_REQUEST, Treatment.STOP)
    assert len(asking.calls) <= 2


def test_an_endpoint_that_refuses_either_name_of_the_token_limit_is_not_asked_in_circles() -> None:
    asking = asked(
        then=lambda sent: failure(FailureKind.PARAMETER_REFUSED, parameter=sent.parameters.token_limit_field)
    )

    error = fails(asking.ask())

    assert (error.kind, error.treatment, len(asking.calls)) == (FailureKind.BAD_REQUEST, Treatment.STOP, 2)


def test_a_truncated_answer_is_asked_for_once_with_twice_the_tokens_for_this_question_only() -> None:
    asking = asked(truncated())

    async def two() -> Answered[int]:
        first = await asking.ask("first")
        await asking.ask("second")
        return first

    answered = run(two())

    assert answered.usage.total_usd == pytest.approx(2 * GOOD_COST)
    assert [sent.parameters.max_output_tokens for sent in asking.provider.sent] == [1_000, 2_000, 1_000]
    assert asking.calls[0].status == "unusable"
    assert asking.calls[0].error_class == "truncated"
    assert '"max_output_tokens":2000' in asking.calls[1].parameters


def test_an_answer_that_is_truncated_twice_is_given_up() -> None:
    asking = asked(then=truncated())

    error = fails(asking.ask())

    assert (error.kind, error.treatment, len(asking.calls)) == (FailureKind.TRUNCATED, Treatment.GIVE_UP, 2)
    assert "cut off at 2000 tokens" in str(error)


@pytest.mark.parametrize(
    "refusal",
    [failure(FailureKind.BAD_REQUEST), failure(FailureKind.PARAMETER_REFUSED, parameter="max_completion_tokens")],
)
def test_an_endpoint_that_does_not_allow_twice_the_tokens_loses_this_question_and_no_parameter(
    refusal: LlmError,
) -> None:
    asking = asked(truncated(), refusal)

    error = fails(asking.ask())

    assert (error.kind, error.treatment) == (FailureKind.TRUNCATED, Treatment.GIVE_UP)
    assert asking.client.dropped == ()


def test_a_refusal_of_the_model_is_given_up_at_once_and_counted_as_paid() -> None:
    asking = asked(refused("Not this one"))

    error = fails(asking.ask())

    assert (error.kind, error.treatment) == (FailureKind.REFUSED, Treatment.GIVE_UP)
    assert "Not this one" in str(error)
    assert asking.statuses == [("unusable", "refused")]
    assert asking.calls[0].cost_usd == pytest.approx(GOOD_COST)


@pytest.mark.parametrize("kind", [FailureKind.AUTHENTICATION, FailureKind.QUOTA, FailureKind.MODEL_UNAVAILABLE])
def test_a_wrong_key_an_empty_account_or_a_model_that_is_gone_costs_one_request(kind: FailureKind) -> None:
    asking = asked(then=failure(kind, "the endpoint said so"), latency_s=4.0)

    ends = run(asking.ask_all(500))

    assert len(asking.provider.sent) == len(asking.calls) == 1
    assert {(end.kind, end.treatment, str(end)) for end in ends if isinstance(end, LlmError)} == {
        (kind, Treatment.STOP, "the endpoint said so")
    }
    assert len({id(end) for end in ends}) == 500


def test_a_stop_wakes_up_those_who_wait_or_pause_and_lets_what_is_under_way_finish() -> None:
    def script(sent: Sent) -> Any:
        if sent.about == "deal 0" or sent.at == 0:
            return answer(GOOD)
        if sent.about in {"deal 1", "deal 2"}:
            return failure(FailureKind.RATE_LIMITED, retry_after_s=50.0)
        return failure(FailureKind.QUOTA)

    asking = asked(then=script, concurrency=3, latency_s=1.0)

    async def until_the_stop() -> tuple[list[Answered[int] | LlmError], float]:
        return await asking.ask_all(40), asyncio.get_running_loop().time()

    ends, at = run(until_the_stop())

    assert isinstance(ends[0], Answered)
    assert {end.kind for end in ends[1:] if isinstance(end, LlmError)} == {FailureKind.QUOTA}
    assert at < 3
    assert len(asking.calls) == len(asking.provider.sent) <= 8


def test_a_stop_wakes_up_who_waits_for_the_budget() -> None:
    asking = asked(failure(FailureKind.QUOTA), latency_s=6.0, max_cost_usd=0.026)

    async def ask_long() -> float:
        with pytest.raises(LlmError, match="it broke"):
            await asking.ask("long " * 1_000)
        return asyncio.get_running_loop().time()

    async def three() -> float:
        first = asyncio.create_task(asking.ask("first"))
        second = asyncio.create_task(asking.ask("second"))
        await asyncio.sleep(0.1)
        stopped_at = await ask_long()
        await asyncio.wait([first, second])
        assert first.exception() is not None
        assert (await second).value == 2
        return stopped_at

    assert run(three()) == pytest.approx(6.0)
    assert len(asking.provider.sent) == 2


def test_the_first_request_goes_alone_for_five_seconds_and_no_longer() -> None:
    asking = asked(latency_s=12.0, concurrency=50)
    run(asking.ask_all(50))
    assert [sent.at for sent in asking.provider.sent] == [0.0] + 49 * [5.0]

    asking = asked(latency_s=0.1, concurrency=50)
    run(asking.ask_all(50))
    assert [sent.at for sent in asking.provider.sent] == [0.0] + 49 * [pytest.approx(0.1)]


def test_cancelling_a_question_that_waits_for_the_first_does_not_let_the_others_go() -> None:
    asking = asked(then=failure(FailureKind.AUTHENTICATION), latency_s=0.2)

    async def one_is_cancelled() -> None:
        tasks = [asyncio.create_task(asking.ask(str(number))) for number in range(10)]
        await asyncio.sleep(0.05)
        tasks[5].cancel()
        await asyncio.wait(tasks)

    run(one_is_cancelled())

    assert len(asking.provider.sent) == 1


def test_an_endpoint_that_is_not_there_stops_the_run_after_ten_or_a_round_of_requests() -> None:
    gone = failure(FailureKind.CONNECTION, "connection refused", unsent=True)

    asking = asked(then=gone, concurrency=4)
    ends = run(asking.ask_all(100))
    assert len(asking.provider.sent) <= 10 + 3
    assert {end.treatment for end in ends if isinstance(end, LlmError)} == {Treatment.STOP}
    assert str(ends[-1]) == (
        "small at http://127.0.0.1:9/v1 failed 10 requests in a row and never answered one (the last: connection "
        "refused): check its address and whether it is up, then run again; the rest stays pending"
    )

    asking = asked(then=gone, concurrency=32)
    run(asking.ask_all(100))
    assert 32 <= len(asking.provider.sent) <= 64


def test_a_single_question_fails_after_the_most_attempts_with_the_last_kind() -> None:
    asking = asked(
        failure(FailureKind.CONNECTION), then=failure(FailureKind.SERVER_ERROR, "overloaded"), max_attempts=5
    )

    error = fails(asking.ask())

    assert (error.kind, error.treatment) == (FailureKind.SERVER_ERROR, Treatment.RETRY)
    assert str(error) == "overloaded (asked 5 times)"
    assert [call.attempts for call in asking.calls] == [1, 2, 3, 4, 5]


def test_five_bad_requests_and_never_an_answer_stop_the_run() -> None:
    asking = asked(then=failure(FailureKind.BAD_REQUEST, "no such field"), concurrency=1)

    ends = run(asking.ask_all(50))

    assert len(asking.provider.sent) == 5
    assert "no such field" in str(ends[-1])
    assert isinstance(ends[-1], LlmError)
    assert (ends[-1].kind, ends[-1].treatment) == (FailureKind.BAD_REQUEST, Treatment.STOP)


def test_a_bad_request_among_answers_is_given_up_alone() -> None:
    def end(sent: Sent) -> Any:
        return failure(FailureKind.BAD_REQUEST) if sent.number % 2 else answer(GOOD)

    asking = asked(then=end, concurrency=1)

    ends = run(asking.ask_all(60))

    assert sum(isinstance(end, Answered) for end in ends) == 30
    assert {end.treatment for end in ends if isinstance(end, LlmError)} == {Treatment.GIVE_UP}


def test_a_model_that_never_gives_a_valid_answer_stops_the_run_before_it_costs_a_multiple() -> None:
    asking = asked(then=answer("I cannot do JSON."), concurrency=4)
    ends = run(asking.ask_all(100))
    assert all(isinstance(end, LlmError) for end in ends)
    # Those that were under way when the schema was put into words do not count.
    assert 20 <= len(asking.calls) <= 20 + 2 * 4
    assert any(isinstance(end, LlmError) and end.treatment is Treatment.STOP for end in ends)
    assert "None of 20 answers" in str(ends[-1])


def test_a_model_that_goes_bad_after_a_valid_answer_stops_the_run_and_says_what_was_paid_for_nothing() -> None:
    asking = asked(answer(GOOD), then=answer("I cannot do JSON."), concurrency=4, max_attempts=3)
    ends = run(asking.ask_all(100))
    assert 26 <= len(asking.calls) - 1 <= 26 + 3
    assert isinstance(ends[-1], LlmError)
    assert ends[-1].treatment is Treatment.STOP
    assert "1 of the last 27 paid answers of small" in str(ends[-1])
    assert "3,120 tokens ($0.0078) were paid for nothing" in str(ends[-1])


def test_unusable_answers_are_asked_again_after_a_pause_that_grows() -> None:
    asking = asked(answer("no"), answer("no"), truncated())

    run(asking.ask())

    at = [sent.at for sent in asking.provider.sent]
    for most_s, (earlier, later) in zip((0.5, 1.0, 2.0), itertools.pairwise(at), strict=True):
        assert most_s / 2 <= later - earlier <= most_s


def test_an_endpoint_that_turns_everything_away_is_left_alone_within_minutes() -> None:
    asking = asked(answer(GOOD), then=failure(FailureKind.RATE_LIMITED, "slow down"), concurrency=8)

    async def until_the_stop() -> tuple[list[Answered[int] | LlmError], float]:
        return await asking.ask_all(1_000, workers=8), asyncio.get_running_loop().time()

    ends, at = run(until_the_stop())

    assert 90 <= at < 180
    assert sum(isinstance(end, LlmError) and end.treatment is Treatment.STOP for end in ends) > 900
    assert "has turned away all" in str(ends[-1])
    assert "the rest stays pending" in str(ends[-1])


def test_bad_requests_without_end_give_up_no_more_than_a_few_questions() -> None:
    asking = asked(answer(GOOD), then=failure(FailureKind.BAD_REQUEST, "no such field"), concurrency=4)

    ends = run(asking.ask_all(500))

    assert len(asking.calls) <= 1 + 20 + 3
    assert sum(isinstance(end, LlmError) and end.treatment is Treatment.STOP for end in ends) > 470


def after_work(message: str = "500: failed to parse the output") -> LlmError:
    return LlmError(FailureKind.SERVER_ERROR, message, treatment=Treatment.ENLARGE, after_work=True)


def test_a_server_error_after_work_has_an_unknown_bill_and_is_asked_once_more_with_twice_the_tokens() -> None:
    asking = asked(after_work(), max_cost_usd=1.0)

    answered = run(asking.ask())

    assert [sent.parameters.max_output_tokens for sent in asking.provider.sent] == [1_000, 2_000]
    call = asking.calls[0]
    assert (call.status, call.error_class, call.cost_usd) == ("failed", "server_error", None)
    assert call.counted_usd is not None
    assert call.counted_usd > 1_000 * USD_A_TOKEN_WRITTEN
    assert answered.usage.total_usd is None

    asking = asked(then=after_work())
    error = fails(asking.ask())
    assert (error.kind, error.treatment, len(asking.calls)) == (FailureKind.SERVER_ERROR, Treatment.GIVE_UP, 2)


def test_an_answer_that_the_endpoint_broke_off_is_its_failure_and_keeps_its_bill() -> None:
    asking = asked(dataclasses.replace(answer('{"lev'), finish="failed", refusal="upstream is gone"))

    answered = run(asking.ask())

    assert asking.provider.sent[1].messages == question().messages, "nothing is quoted back to the model"
    assert asking.statuses == [("unusable", "server_error"), ("success", None)]
    assert answered.usage.total_usd == pytest.approx(2 * GOOD_COST)
    assert "upstream is gone" in str(asking.calls[0].error_message)


def test_an_endpoint_that_reads_a_tenth_of_the_prompt_is_named_once() -> None:
    asking = asked(then=answer(GOOD, usage=TokenUsage(250, 20)))

    async def two() -> None:
        for _ in range(2):
            await asking.ask("long " * 2_000)

    run(two())

    assert len(asking.warnings) == 1
    assert "read 250 tokens of a prompt of about 2,502: check the prompt template and the size" in asking.warnings[0]

    # Half of it is a matter of the language.
    asking = asked(then=answer(GOOD, usage=TokenUsage(1_250, 20)))
    run(asking.ask("long " * 2_000))
    assert asking.warnings == []


def test_a_server_that_is_started_anew_within_seconds_costs_no_question() -> None:
    def end(sent: Sent) -> Any:
        return failure(FailureKind.CONNECTION) if 20 <= sent.at < 25 else answer(GOOD)

    asking = asked(then=end, latency_s=0.5)

    ends = run(asking.ask_all(3_000))

    assert sum(isinstance(end, Answered) for end in ends) == 3_000
    assert sum(call.error_class == "connection" for call in asking.calls) > 32


def test_a_server_that_dies_in_the_midst_stops_the_run() -> None:
    def end(sent: Sent) -> Any:
        return failure(FailureKind.CONNECTION) if sent.at >= 20 else answer(GOOD)

    asking = asked(then=end, latency_s=0.5)

    ends = run(asking.ask_all(5_000))

    assert sum(isinstance(end, LlmError) and end.treatment is Treatment.STOP for end in ends) > 3_000
    assert sum(call.error_class == "connection" for call in asking.calls) < 700


def test_too_many_requests_within_a_minute_never_count_as_an_endpoint_that_does_not_work() -> None:
    asking = asked(*(40 * [failure(FailureKind.RATE_LIMITED)]), max_attempts=30)

    ends = run(asking.ask_all(4))

    assert all(isinstance(end, Answered) for end in ends)


def test_a_request_that_takes_too_long_is_timed_out_and_its_cost_is_not_known() -> None:
    asking = asked(latency_s=5.0, timeout_s=2.0, max_attempts=2)

    error = fails(asking.ask())

    assert error.kind is FailureKind.TIMEOUT
    assert "within 2 s" in str(error)
    assert asking.statuses == 2 * [("failed", "timeout")]
    assert [call.cost_usd for call in asking.calls] == [None, None]
    assert [call.latency_ms for call in asking.calls] == 2 * [pytest.approx(2_000)]


def test_waiting_for_a_turn_does_not_count_towards_the_time_out() -> None:
    asking = asked(latency_s=1.5, timeout_s=2.0, concurrency=1)

    assert all(isinstance(end, Answered) for end in run(asking.ask_all(10)))


def test_a_cancelled_request_is_recorded_and_the_cancellation_goes_on() -> None:
    asking = asked(latency_s=10.0, max_cost_usd=1.0)

    async def cancelled() -> bool:
        task = asyncio.create_task(asking.ask())
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert run(cancelled())
    (call,) = asking.calls
    assert (call.status, call.error_class, call.cost_usd) == ("cancelled", "cancelled", None)
    assert call.error_message == "The run ended while the request was under way"
    assert call.latency_ms == pytest.approx(1_000)
    assert asking.budget.spent.cost_usd > 1_000 * USD_A_TOKEN_WRITTEN


def test_who_is_cancelled_while_waiting_has_sent_nothing_and_records_nothing() -> None:
    asking = asked(latency_s=10.0, concurrency=1)

    async def cancelled() -> None:
        tasks = [asyncio.create_task(asking.ask(str(number))) for number in range(5)]
        await asyncio.sleep(1)
        for task in tasks[1:]:
            task.cancel()
        await asyncio.wait(tasks)

    run(cancelled())

    assert asking.statuses == [("success", None)]


def test_an_exception_nobody_foresaw_is_recorded_and_raised() -> None:
    asking = asked(KeyError("choices"))

    with pytest.raises(KeyError):
        run(asking.ask())

    assert asking.statuses == [("failed", "KeyError")]
    assert asking.calls[0].cost_usd is None


def test_the_cap_in_usd_is_never_exceeded_and_what_was_reached_is_kept() -> None:
    asking = asked(max_cost_usd=0.05, latency_s=1.0)

    ends = run(asking.ask_all(500))

    answered = [end for end in ends if isinstance(end, Answered)]
    stopped = [end for end in ends if isinstance(end, LlmError)]
    worst = 1_000 * USD_A_TOKEN_WRITTEN + 2_500 * USD_A_TOKEN_READ
    assert sum(call.cost_usd or 0 for call in asking.calls) <= 0.05
    assert len(answered) == len(asking.calls) >= (0.05 - worst) / GOOD_COST - 1
    assert {(end.kind, end.treatment) for end in stopped} == {(FailureKind.BUDGET, Treatment.STOP)}
    assert "The cap of $0.05 per run is reached (spent $0.0" in str(stopped[0])


def test_time_outs_count_against_the_cap_at_their_worst() -> None:
    asking = asked(latency_s=60.0, max_cost_usd=0.05, concurrency=1)

    run(asking.ask_all(50))

    assert len(asking.provider.sent) == 4


@pytest.mark.parametrize("latency_s", [0.0, 1.0])
def test_no_more_requests_are_sent_than_the_cap(latency_s: float) -> None:
    asking = asked(failure(FailureKind.SERVER_ERROR), max_calls=20, latency_s=latency_s)

    ends = run(asking.ask_all(100))

    assert len(asking.provider.sent) == 20
    assert sum(isinstance(end, Answered) for end in ends) == 19


@pytest.mark.parametrize("cap", [{"max_calls": 0}, {"max_cost_usd": 0.0}])
def test_a_cap_of_nothing_asks_nothing(cap: dict[str, Any]) -> None:
    asking = asked(**cap)

    ends = run(asking.ask_all(10))

    assert asking.provider.sent == []
    assert {end.kind for end in ends if isinstance(end, LlmError)} == {FailureKind.BUDGET}


def test_a_cap_in_usd_needs_a_price() -> None:
    with failing_with("llm.price-unknown", naming="small at "):
        asked(prices=Prices(known=False), max_cost_usd=1.0)


def test_a_wall_clock_that_is_set_back_changes_nothing_but_when_it_says_it_asked() -> None:
    def clock(step: dt.timedelta) -> Callable[[], dt.datetime]:
        moments: Iterator[dt.datetime] = (NOON + step * number for number in range(10_000))
        return lambda: next(moments)

    def run_with(step: dt.timedelta) -> tuple[list[float], list[object], set[dt.datetime]]:
        script = [failure(FailureKind.RATE_LIMITED, retry_after_s=3.0), failure(FailureKind.SERVER_ERROR)]
        asking = asked(*script, now=clock(step), latency_s=0.3, concurrency=3)
        run(asking.ask_all(30))
        ends: list[object] = [(call.key, call.status, call.latency_ms, call.cost_usd) for call in asking.calls]
        return [sent.at for sent in asking.provider.sent], ends, {call.asked_at for call in asking.calls}

    still, back = run_with(dt.timedelta(0)), run_with(dt.timedelta(hours=-7))

    assert still[:2] == back[:2]
    assert len(back[2]) == 32


def test_a_key_that_an_endpoint_repeats_reaches_no_record_and_no_error() -> None:
    key = "sk-" + "abc123" * 5
    asking = asked(answer(f'{{"level": 2, "why": "{key}"}}'), failure(FailureKind.AUTHENTICATION, f"Wrong key {key}"))

    async def two() -> str:
        answered = await asking.ask("first")
        with pytest.raises(LlmError) as caught:
            await asking.ask("second")
        return f"{answered} {caught.value} {asking.calls}"

    written = run(two())

    assert key not in written
    assert written.count("[redacted]") >= 4


def test_faults_of_every_kind_together_leave_every_question_answered_once() -> None:
    faults: Sequence[tuple[int, Any]] = [
        (10, failure(FailureKind.RATE_LIMITED)),
        (5, failure(FailureKind.SERVER_ERROR)),
        (3, answer('{"lev')),
        (1, failure(FailureKind.CONNECTION)),
        (1, truncated()),
    ]
    deck = [end for count, end in faults for _ in range(count)] + 80 * [answer(GOOD)]

    def end(sent: Sent) -> Any:
        return deck[sent.number * 37 % 100]

    asking = asked(then=end, latency_s=0.2)

    ends = run(asking.ask_all(2_000))

    assert all(isinstance(end, Answered) for end in ends)
    successes = Counter(call.key for call in asking.calls if call.status == "success")
    assert set(successes.values()) == {1}
    assert len(successes) == 2_000
    assert len(asking.calls) == len(asking.provider.sent)


def test_1024_at_once_on_a_real_loop() -> None:
    asking = asked(latency_s=0.2, concurrency=1_024)

    ends = asyncio.run(asking.ask_all(2_048))

    assert all(isinstance(end, Answered) for end in ends)
    assert asking.provider.most_at_once == 1_024


def test_closing_the_client_closes_the_provider() -> None:
    asking = asked()

    run(asking.client.aclose())

    assert asking.provider.closed == 1
