"""The loop that asks one question: when a request is sent, and whether and when it is sent again.

How an endpoint is spoken to belongs in the providers, what its failures together say about it in `endpoint_health.py`,
how many requests go at once in `limits.py`, what may be spent in `budget.py`, what makes an answer valid in the rooms,
and how many questions are asked exactly once in `ledger/`.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import numpy as np

from synthdeal_assets.foundation.redaction import redact
from synthdeal_assets.llm.accepted_parameters import AcceptedParameters
from synthdeal_assets.llm.budget import Budget, PriceList, Reservation, most_tokens, require_known_price
from synthdeal_assets.llm.chat import Message, Parameters, Provider
from synthdeal_assets.llm.endpoint_health import EndpointHealth, HeadStart
from synthdeal_assets.llm.failures import FailureKind, LlmError, Treatment
from synthdeal_assets.llm.ledger.calls import CountedRecord, LlmCall, Question, Record
from synthdeal_assets.llm.ledger.tables import LLM_CALLS
from synthdeal_assets.llm.limits import Limits, Permit
from synthdeal_assets.llm.sent_request import SentRequest
from synthdeal_assets.llm.storable import storable_call
from synthdeal_assets.llm.usage import NOTHING, Usage

T = TypeVar("T")

QUOTED_CHARACTERS: Final = 4_000
"""A bad answer is quoted back up to this length; one that runs on for ever must not be paid for again."""

SMALL_JITTER: Final = 0.1
"""Share of a pause that the endpoint asked for, up to which the next request comes later still."""

TOKEN_LIMITS: Final = ("max_completion_tokens", "max_tokens", "max_output_tokens")
"""What endpoints call the most tokens of an answer."""


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """A valid answer.

    Attributes:
        value: What `read` made of it.
        text: The answer, secrets removed, as it can be stored.
        usage: What all requests that were sent for it took.
        latency_ms: Milliseconds of the request that brought it.
    """

    value: T
    text: str
    usage: Usage
    latency_ms: float


@dataclass(frozen=True, slots=True)
class RetryRules:
    """When and how often to ask again.

    Attributes:
        max_attempts: Most requests for one question.
        timeout_s: Seconds for one request in total, without waiting for its turn.
        max_wait_s: Longest pause in seconds that an endpoint may ask for; a longer one is not slept.
        backoff_s: Longest pause in seconds before the second request; doubles with each further one.
        longest_backoff_s: Where the doubling ends.
    """

    max_attempts: int
    timeout_s: float
    max_wait_s: float
    backoff_s: float = 0.5
    longest_backoff_s: float = 20.0

    def pause_s(self, failures: int, *, asked_for_s: float, share: float) -> float:
        """Full jitter (Brooker, "Exponential Backoff and Jitter", AWS 2015), on top of what the endpoint asked for.

        Args:
            failures: Failures of the question so far, from 1.
            asked_for_s: Seconds that the endpoint asked to wait; 0 when it did not.
            share: Random number from 0 to 1.

        Returns:
            Seconds until the next request.
        """
        longest = min(self.longest_backoff_s, self.backoff_s * 2.0 ** (failures - 1))
        spread = min(longest, SMALL_JITTER * asked_for_s) if asked_for_s > 0 else longest
        return asked_for_s + share * spread


@dataclass(slots=True)
class QuestionState:
    """How far a question has come: what to send next, what was sent, what it took.

    Attributes:
        question: What is asked.
        messages: The conversation to send next.
        sent: Requests sent.
        failures: Those among them that count as attempts.
        enlarged: Whether twice the tokens are allowed from here on.
        usage: What the requests that have ended took.
    """

    question: Question
    messages: tuple[Message, ...]
    sent: int = 0
    failures: int = 0
    enlarged: bool = False
    usage: Usage = NOTHING

    @property
    def characters(self) -> int:
        """Length of what is sent next."""
        return sum(len(message.content) for message in self.messages)

    def answered(self, value: T, request: SentRequest) -> Answered[T]:
        """The valid answer that a request brought, with what all requests took."""
        return Answered(value, request.text, self.usage, request.latency_ms)

    def quote_back(self, answer: str, error: LlmError) -> None:
        """Ask with the bad answer and what is wrong with it; with the question alone when there is nothing to quote."""
        self.messages = self.question.messages
        if answer.strip():
            self.messages = (
                *self.question.messages,
                Message("assistant", answer[:QUOTED_CHARACTERS]),
                Message("user", f"This answer cannot be used: {error} Answer again, in full, in the form asked for."),
            )

    def final(self, error: LlmError) -> LlmError:
        """The error that ends the question; it says how often it was asked."""
        times = "once" if self.sent == 1 else f"{self.sent} times"
        return LlmError(
            error.kind,
            f"{redact(str(error))} (asked {times})",
            retry_after_s=error.retry_after_s,
            treatment=Treatment.GIVE_UP if error.treatment is Treatment.ENLARGE else error.treatment,
        )


@dataclass(frozen=True, slots=True)
class _Failure:
    """A request that brought no valid answer, why, and what it took."""

    request: SentRequest
    error: LlmError
    usage: Usage


class LlmClient:
    """Asks one endpoint, many questions at the same time, until each is answered or given up. One a run and event loop.

    Args:
        provider: The endpoint.
        parameters: How the model is asked, until the endpoint refuses a parameter.
        rules: When and how often to ask again.
        limits: How many requests go at once and in a minute.
        budget: What may be spent.
        prices: What requests cost.
        now: The wall clock, UTC without zone; only stored, never reckoned with.
        jitter_key: Key of the random numbers that spread the pauses.
        warn: Told in a sentence of each parameter that is dropped, and of the first value that could not be stored.

    Raises:
        SynthDealError: USD are capped, and the price of the model is not known.
    """

    def __init__(
        self,
        provider: Provider,
        parameters: Parameters,
        *,
        rules: RetryRules,
        limits: Limits,
        budget: Budget,
        prices: PriceList,
        now: Callable[[], dt.datetime],
        jitter_key: int = 0,
        warn: Callable[[str], None] = lambda _message: None,
    ) -> None:
        require_known_price(
            prices,
            provider=provider.name,
            model=parameters.model,
            endpoint=provider.endpoint,
            max_cost_usd=budget.max_cost_usd,
            at=now(),
        )
        self._provider = provider
        self._where = f"{parameters.model} at {provider.endpoint}"
        self._accepted = AcceptedParameters(parameters, self._where, warn)
        self._health = EndpointHealth(self._where, max_wait_s=rules.max_wait_s, warn=warn)
        self._head_start = HeadStart()
        self._rules = rules
        self._limits = limits
        self._budget = budget
        self._prices = prices
        self._price_version = prices.version
        self._now = now
        self._random = np.random.Generator(np.random.Philox(key=jitter_key))
        self._warn = warn
        self._stopped = asyncio.Event()
        self._told_of_replaced = False

    @property
    def parameters(self) -> Parameters:
        """The parameters, without those that the endpoint has refused so far."""
        return self._accepted.current

    @property
    def dropped(self) -> tuple[str, ...]:
        """The parameters that the endpoint has refused, by its names for them, in that order."""
        return self._accepted.dropped

    async def ask(self, question: Question, read: Callable[[str], T], record: Record) -> Answered[T]:
        """Ask until there is a valid answer.

        Each request is recorded, with what it used, before its answer is returned or treated.

        Args:
            question: What to ask.
            read: Makes a value of an answer; raises AnswerError for one that cannot be used.
            record: Told of each request as soon as it has ended, and before, where it is a `CountedRecord`.

        Raises:
            LlmError: There is none. With treatment STOP no question will be answered any more; with any other the
                message says how often this one was asked.
        """
        state = QuestionState(question, question.messages)
        while True:
            await self._head_start.wait()
            try:
                outcome = await self._ask_once(state, read, record)
                if isinstance(outcome, Answered):
                    return outcome
                pause_s = self._treat(outcome, state)
            finally:
                self._head_start.end()
            if pause_s > 0:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause_s):
                        await self._stopped.wait()

    async def aclose(self) -> None:
        """Close the provider's connections."""
        await self._provider.aclose()

    async def _ask_once(self, state: QuestionState, read: Callable[[str], T], record: Record) -> Answered[T] | _Failure:
        """Send one request when its turn comes, and record it."""
        if self._health.stopped:
            raise self._health.stop_error()
        most_output = self.parameters.max_output_tokens * (2 if state.enlarged else 1)
        permit, reservation = await self._turn(state, most_output)
        # Only now: while this question waited, another one may have learned that a parameter is refused.
        own = dataclasses.replace(self.parameters, max_output_tokens=most_output)
        request = SentRequest(self.parameters, own, self._now(), counted_usd=self._budget.at_worst(reservation))
        state.sent += 1
        try:
            if isinstance(record, CountedRecord):
                in_flight = dataclasses.replace(request, error=asyncio.CancelledError())
                record.sending(self._call(state, in_flight, None))
        except BaseException:
            self._give_back(permit, reservation)
            raise
        await request.send(self._provider, state.messages, state.question, self._rules.timeout_s)
        values = request.read(read, structured=state.question.schema is not None)
        cost_usd = 0.0 if request.free else self._price(request)
        self._limits.release(permit, turned_away=request.turned_away, usage=request.usage)
        request.counted_usd = self._budget.settle(reservation, cost_usd)
        call = self._call(state, request, cost_usd)
        state.usage += call.usage
        record(call)
        if request.completion is not None:
            self._health.answered(request.usage, prompt_characters=state.characters)
            if state.question.schema is not None:
                self._accepted.answered(request.error, request.own)
        if values:
            self._health.answered_validly()
            return state.answered(values[0], request)
        if isinstance(request.error, LlmError):
            return _Failure(request, request.error, call.usage)
        raise request.error or RuntimeError("A request has neither brought an answer nor failed")

    async def _turn(self, state: QuestionState, most_output: int) -> tuple[Permit, Reservation]:
        """Wait until a request may be sent and paid for."""
        permit = await self._limits.acquire(self._limits.estimate(state.characters, most_output))
        try:
            reservation = await self._budget.reserve(self._worst_usd(state, most_output))
        except LlmError as reached:
            self._limits.withdraw(permit)
            raise self._stop_all(reached) from reached
        except BaseException:
            self._limits.withdraw(permit)
            raise
        if self._health.stopped:
            self._give_back(permit, reservation)
            raise self._health.stop_error()
        return permit, reservation

    def _give_back(self, permit: Permit, reservation: Reservation) -> None:
        self._budget.withdraw(reservation)
        self._limits.withdraw(permit)

    def _call(self, state: QuestionState, request: SentRequest, cost_usd: float | None) -> LlmCall:
        call = request.as_call(state.question, self._provider, state.sent, cost_usd, self._price_version)
        fit = storable_call(call)
        if fit is not call and not self._told_of_replaced:
            self._told_of_replaced = True
            self._warn(
                f"{self._where} sent characters or numbers that cannot be stored, first about {call.subject_id}: they "
                f"were replaced, and error_message in {LLM_CALLS.qualified_name} says so for each request"
            )
        return fit

    def _price(self, request: SentRequest) -> float | None:
        if request.usage is None:
            return None
        return self._prices.cost(self._provider.name, request.own.model, request.usage, request.asked_at)

    def _worst_usd(self, state: QuestionState, most_output: int) -> float | None:
        """The most a request can cost; None when the price is not known."""
        most = most_tokens(state.messages, state.question.schema, most_output)
        return self._prices.cost(self._provider.name, self.parameters.model, most, self._now())

    def _treat(self, failure: _Failure, state: QuestionState) -> float:
        """Decide what comes after a failure: seconds to pause before the next request, or the error that ends it."""
        request, error = failure.request, failure.error
        if error.treatment is Treatment.STOP:
            raise self._stop_all(error) from error
        too_large = error.kind is FailureKind.BAD_REQUEST or error.refused_parameter in TOKEN_LIMITS
        if state.enlarged and too_large:
            # The endpoint does not allow so many tokens: that is about this question, not about the parameters.
            raise state.final(
                LlmError(FailureKind.TRUNCATED, f"The answer was cut off, and a longer one is refused: {error}")
            ) from error
        if error.treatment is Treatment.ADAPT:
            self._adapt(error, request.parameters)
            return 0.0
        state.failures += 1
        if request.own.schema_mode == self.parameters.schema_mode:  # else it is about a schema that was ignored
            self._watch(failure, state.question)
        if error.retry_after_s is not None and error.treatment is not Treatment.GIVE_UP:
            self._keep_wait(error, error.retry_after_s, state)
        cut_off_again = error.treatment is Treatment.ENLARGE and state.enlarged
        if error.treatment is Treatment.GIVE_UP or cut_off_again or state.failures >= self._rules.max_attempts:
            raise state.final(error) from error
        if error.treatment is Treatment.ENLARGE:
            state.enlarged = True
        if error.treatment is Treatment.QUOTE_BACK:
            state.quote_back(request.text, error)
        share = float(self._random.random())
        if error.paid_for_nothing:
            # Never at once: others under way may show meanwhile that asking is of no use.
            share = (1 + share) / 2
        return self._rules.pause_s(state.failures, asked_for_s=error.retry_after_s or 0.0, share=share)

    def _adapt(self, error: LlmError, sent: Parameters) -> None:
        """Do without a parameter from here on; when another request has seen to that already, nothing is left to do."""
        try:
            self._accepted.do_without(error, sent)
        except LlmError as no_way:
            raise self._stop_all(no_way) from error

    def _watch(self, failure: _Failure, question: Question) -> None:
        """Stop everything when failures, taken together, show that asking on is of no use."""
        verdict = self._health.failed(
            failure.error,
            now_s=asyncio.get_running_loop().time(),
            at_once=self._limits.limit,
            as_json=question.schema is not None,
            usage=failure.usage,
        )
        if verdict is not None:
            raise self._stop_all(verdict) from failure.error

    def _keep_wait(self, error: LlmError, wait_s: float, state: QuestionState) -> None:
        """Hold all requests for the pause that the endpoint asked for; one that is too long ends the question."""
        if wait_s > self._rules.max_wait_s:
            verdict = self._health.asked_to_wait_too_long(error)
            raise (state.final(error) if verdict is None else self._stop_all(verdict)) from error
        self._limits.hold(wait_s)

    def _stop_all(self, error: LlmError) -> LlmError:
        """Ask nothing any more, and wake up whoever waits; returns the error to raise, that of the first stop."""
        if not self._health.stopped:
            self._health.stop(error)
            self._stopped.set()
            self._head_start.end()
            self._limits.stop(self._health.stop_error)
            self._budget.stop(self._health.stop_error)
        return self._health.stop_error()
