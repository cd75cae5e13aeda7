"""The loop that asks: when a request is sent, what is made of its end, whether and when it is asked again.

How an endpoint is spoken to belongs in the providers, how many requests go at once in `limits.py`, what may be spent
in `budget.py`, what makes an answer valid in the rooms, and where requests are stored in `ledger.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import functools
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import numpy as np

from synthdeal_assets.foundation.redaction import redact
from synthdeal_assets.llm.budget import Budget, PriceList, Reservation, most_tokens, require_known_price
from synthdeal_assets.llm.chat import Completion, Message, Parameters, Provider, TokenUsage
from synthdeal_assets.llm.failures import UNUSABLE_ANSWERS, FailureKind, LlmError, Treatment
from synthdeal_assets.llm.ledger.calls import SUCCESS, CallStatus, LlmCall, Question, Record
from synthdeal_assets.llm.limits import Limits, Permit
from synthdeal_assets.llm.storable import storable_call, storable_text, storable_usage

T = TypeVar("T")

HEAD_START_S: Final = 0.25
"""The first request goes alone for so long: a wrong key, a model that was shut down or a refused parameter is usually
learned from it, and a slow answer costs the others no more than this."""

QUOTED_CHARACTERS: Final = 4_000
"""A bad answer is quoted back up to this length; one that runs on for ever must not be paid for again."""

LONG_WAITS: Final = 5
"""Requests to wait for longer than allowed after which the endpoint is left alone."""

FAILURES_IN_A_ROW: Final = 10
BAD_REQUESTS_IN_A_ROW: Final = 5

UNUSABLE_IN_A_ROW: Final = 20
"""Paid answers without a valid one among them, after which the model is taken not to be up to the task: quoting what is
wrong back to it for every question of a run would cost a multiple of the run."""

OUTAGE_S: Final = 10.0
"""An endpoint that has answered before is given so long to come back: all requests under way fail together when a
server is started anew."""

SMALL_JITTER: Final = 0.1
"""Share of a pause that the endpoint asked for, up to which the next request comes later still."""

ENDPOINT_FAILURES: Final = frozenset(
    {FailureKind.CONNECTION, FailureKind.TIMEOUT, FailureKind.SERVER_ERROR, FailureKind.BAD_REQUEST}
)
"""Failures that, one after another, show that nothing works."""

PERHAPS_PAID: Final = frozenset({FailureKind.TIMEOUT, FailureKind.CONNECTION, FailureKind.CANCELLED})
"""Failures in the midst of a request, whose cost is not known. Every other one was turned away before any work."""

ATTRIBUTES: Final = {
    "response_format": "schema_mode",
    "max_completion_tokens": "token_limit_field",
    "max_tokens": "token_limit_field",
}
"""Which of our parameters stands behind an endpoint's, where the names differ."""


TOKEN_LIMITS: Final = ("max_completion_tokens", "max_tokens", "max_output_tokens")
"""What endpoints call the most tokens of an answer."""


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """A valid answer.

    Attributes:
        value: What `read` made of it.
        text: The answer, secrets removed, as it can be stored.
        attempts: Requests that were sent for it.
        input_tokens: Tokens read, over all these requests, as far as the endpoint said.
        output_tokens: Tokens written, likewise.
        cost_usd: USD for all these requests; None when the cost of one that was paid for is not known.
        latency_ms: Milliseconds of the request that brought it.
    """

    value: T
    text: str
    attempts: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    latency_ms: float


class AnswerError(Exception):
    """An answer is not what was asked for; raised by the `read` of `LlmClient.ask`.

    Args:
        kind: MALFORMED or SCHEMA_VIOLATION.
        message: What is wrong, in a sentence that the model is shown.
    """

    def __init__(self, kind: FailureKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


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


@dataclass(slots=True)
class _Course:
    """How far a question has come: what to send next, what was sent, what it took."""

    question: Question
    messages: tuple[Message, ...]
    sent: int = 0
    counted: int = 0
    enlarged: bool = False
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0

    def add(self, usage: TokenUsage | None, cost_usd: float | None) -> None:
        """Add what a request took."""
        if usage is not None:
            self.input_tokens += usage.input_tokens
            self.output_tokens += usage.output_tokens
        self.cost_usd = None if self.cost_usd is None or cost_usd is None else self.cost_usd + cost_usd


@dataclass(slots=True)
class _Request:
    """One request: the client's parameters when it went, those it was sent with, and how it ended.

    `text` is the answer as it can be stored, and is what is read; only the record is made of what came, so that it says
    what was replaced.
    """

    parameters: Parameters
    own: Parameters
    asked_at: dt.datetime
    completion: Completion | None = None
    text: str = ""
    error: BaseException | None = None
    latency_ms: float = 0.0

    @property
    def usage(self) -> TokenUsage | None:
        """What it used; None when that is not known."""
        return storable_usage(self.said_usage)

    @property
    def said_usage(self) -> TokenUsage | None:
        """What it used by the endpoint's account, which may be no number of tokens at all."""
        if self.completion is not None:
            return self.completion.usage
        return self.error.usage if isinstance(self.error, LlmError) else None

    @property
    def status(self) -> CallStatus:
        """What became of it, for the ledger."""
        if self.error is None:
            return SUCCESS
        if self.completion is not None or self.usage is not None or _kind(self.error) in UNUSABLE_ANSWERS:
            return "unusable"
        return "failed" if isinstance(self.error, Exception) else "cancelled"

    @property
    def error_class(self) -> str | None:
        """Kind of failure, for the ledger; the name of the exception where it is none that is known."""
        if self.error is None:
            return None
        kind = _kind(self.error)
        if kind is not None:
            return kind.value
        return type(self.error).__name__ if isinstance(self.error, Exception) else FailureKind.CANCELLED.value

    @property
    def error_message(self) -> str | None:
        """What went wrong, for the ledger."""
        if self.error is None:
            return None
        if not isinstance(self.error, Exception):
            return "The run ended while the request was under way"
        return redact(str(self.error)) or type(self.error).__name__

    @property
    def free(self) -> bool:
        """Whether it was turned away before anything was done that could be charged."""
        error = self.error
        if self.completion is not None or not isinstance(error, LlmError):
            return False
        return error.kind not in UNUSABLE_ANSWERS and (error.unsent or error.kind not in PERHAPS_PAID)

    @property
    def turned_away(self) -> bool | None:
        """Whether it came back as one too many; None when that cannot be told."""
        if self.completion is not None:
            return False
        return True if _kind(self.error) is FailureKind.RATE_LIMITED else None


@dataclass(frozen=True, slots=True)
class _Failure:
    """A request that brought no valid answer, and why."""

    request: _Request
    error: LlmError


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
        self._parameters = parameters
        self._rules = rules
        self._limits = limits
        self._budget = budget
        self._prices = prices
        self._price_version = prices.version
        self._now = now
        self._random = np.random.Generator(np.random.Philox(key=jitter_key))
        self._warn = warn
        self._dropped: list[str] = []
        self._head_is_out = False
        self._others_may_go = asyncio.Event()
        self._stop: Callable[[], LlmError] | None = None
        self._stopped = asyncio.Event()
        self._ever_answered = False
        self._long_waits = 0
        self._failures = 0
        self._bad_requests = 0
        self._unusable = 0
        self._ever_valid = False
        self._failing_since = 0.0
        self._told_of_replaced = False

    @property
    def parameters(self) -> Parameters:
        """The parameters, without those that the endpoint has refused so far."""
        return self._parameters

    @property
    def dropped(self) -> tuple[str, ...]:
        """The parameters that the endpoint has refused, by its names for them, in that order."""
        return tuple(self._dropped)

    async def ask(self, question: Question, read: Callable[[str], T], record: Record) -> Answered[T]:
        """Ask until there is a valid answer.

        Each request is recorded, with what it used, before its answer is returned or treated.

        Args:
            question: What to ask.
            read: Makes a value of an answer; raises AnswerError for one that cannot be used.
            record: Told of each request as soon as it has ended.

        Raises:
            LlmError: There is none. With treatment STOP no question will be answered any more; with any other the
                message says how often this one was asked.
        """
        course = _Course(question, question.messages)
        while True:
            await self._wait_for_the_first()
            try:
                outcome = await self._ask_once(course, read, record)
                if isinstance(outcome, Answered):
                    return outcome
                pause_s = self._treat(outcome, course)
            finally:
                self._others_may_go.set()
            if pause_s > 0:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause_s):
                        await self._stopped.wait()

    async def aclose(self) -> None:
        """Close the provider's connections."""
        await self._provider.aclose()

    async def _wait_for_the_first(self) -> None:
        if self._head_is_out:
            await self._others_may_go.wait()
        else:
            self._head_is_out = True
            asyncio.get_running_loop().call_later(HEAD_START_S, self._others_may_go.set)

    async def _ask_once(self, course: _Course, read: Callable[[str], T], record: Record) -> Answered[T] | _Failure:
        """Send one request when its turn comes, and record it."""
        if self._stop is not None:
            raise self._stop()
        most_output = self._parameters.max_output_tokens * (2 if course.enlarged else 1)
        permit, reservation = await self._turn(course, most_output)
        # Only now: while this question waited, another one may have learned that a parameter is refused.
        own = dataclasses.replace(self._parameters, max_output_tokens=most_output)
        request = _Request(self._parameters, own, self._now())
        course.sent += 1
        await self._send(request, course)
        values = _read(request, read)
        cost_usd = 0.0 if request.free else self._price(request)
        self._limits.release(permit, turned_away=request.turned_away, usage=request.usage)
        self._budget.settle(reservation, cost_usd)
        course.add(request.usage, cost_usd)
        record(self._call(course, request, cost_usd))
        if request.completion is not None:
            self._endpoint_works()
        if values:
            self._ever_valid = True
            return Answered(
                values[0],
                request.text,
                course.sent,
                course.input_tokens,
                course.output_tokens,
                course.cost_usd,
                request.latency_ms,
            )
        if isinstance(request.error, LlmError):
            return _Failure(request, request.error)
        raise request.error or RuntimeError("A request has neither brought an answer nor failed")

    async def _turn(self, course: _Course, most_output: int) -> tuple[Permit, Reservation]:
        """Wait until a request may be sent and paid for."""
        characters = sum(len(message.content) for message in course.messages)
        permit = await self._limits.acquire(self._limits.estimate(characters, most_output))
        try:
            reservation = await self._budget.reserve(self._worst_usd(course, most_output))
        except LlmError as reached:
            self._limits.withdraw(permit)
            raise self._stop_all(reached) from reached
        except BaseException:
            self._limits.withdraw(permit)
            raise
        if self._stop is not None:
            self._budget.withdraw(reservation)
            self._limits.withdraw(permit)
            raise self._stop()
        return permit, reservation

    async def _send(self, request: _Request, course: _Course) -> None:
        """Send a request and note how it ended; raises nothing."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        deadline = asyncio.timeout(self._rules.timeout_s)
        try:
            async with deadline:
                request.completion = await self._provider.complete(course.messages, course.question.schema, request.own)
                request.text = storable_text(redact(request.completion.text))
        except TimeoutError as error:
            late = LlmError(FailureKind.TIMEOUT, f"No whole answer within {self._rules.timeout_s:g} s")
            request.error = late if deadline.expired() else error
        except BaseException as error:  # noqa: BLE001 - whatever it was is recorded first, then raised or treated
            request.error = error
        request.latency_ms = (loop.time() - started) * 1000

    def _call(self, course: _Course, request: _Request, cost_usd: float | None) -> LlmCall:
        usage = request.said_usage
        call = LlmCall(
            call_id=uuid.uuid4().hex,
            key=course.question.key,
            opportunity_id=course.question.opportunity_id,
            provider=self._provider.name,
            endpoint=self._provider.endpoint,
            model=request.own.model,
            response_model=request.completion.model if request.completion is not None else None,
            prompt_version=course.question.prompt_version,
            parameters=request.own.as_json(),
            status=request.status,
            attempts=course.sent,
            input_tokens=usage.input_tokens if usage is not None else None,
            cached_input_tokens=usage.cached_input_tokens if usage is not None else None,
            output_tokens=usage.output_tokens if usage is not None else None,
            cost_usd=cost_usd,
            price_version=None if cost_usd is None or request.free else self._price_version,
            asked_at=request.asked_at,
            latency_ms=request.latency_ms,
            error_class=request.error_class,
            error_message=request.error_message,
            answer=redact(request.completion.text) if request.completion is not None else None,
        )
        fit = storable_call(call)
        if fit is not call and not self._told_of_replaced:
            self._told_of_replaced = True
            self._warn(
                f"{self._at_endpoint} sent what cannot be stored, first about {call.opportunity_id}: it was replaced, "
                "and error_message in scoring.llm_calls says for each request what was"
            )
        return fit

    def _price(self, request: _Request) -> float | None:
        if request.usage is None:
            return None
        return self._prices.cost(self._provider.name, request.own.model, request.usage, request.asked_at)

    def _worst_usd(self, course: _Course, most_output: int) -> float | None:
        """The most a request can cost; None when nothing is capped or the price is not known."""
        if self._budget.max_cost_usd is None:
            return None
        most = most_tokens(course.messages, course.question.schema, most_output)
        return self._prices.cost(self._provider.name, self._parameters.model, most, self._now())

    def _treat(self, failure: _Failure, course: _Course) -> float:
        """Decide what comes after a failure: seconds to pause before the next request, or the error that ends it."""
        request, error = failure.request, failure.error
        if error.treatment is Treatment.STOP:
            raise self._stop_all(error) from error
        too_large = error.kind is FailureKind.BAD_REQUEST or error.refused_parameter in TOKEN_LIMITS
        if course.enlarged and too_large:
            # The endpoint does not allow so many tokens: that is about this question, not about the parameters.
            raise _final(
                LlmError(FailureKind.TRUNCATED, f"The answer was cut off, and a longer one is refused: {error}"), course
            ) from error
        if error.treatment is Treatment.ADAPT:
            self._adapt(error, request.parameters)
            return 0.0
        course.counted += 1
        self._watch(error)
        if error.retry_after_s is not None and error.treatment is Treatment.RETRY:
            if error.retry_after_s > self._rules.max_wait_s:
                raise self._too_long_a_wait(error, course) from error
            self._limits.hold(error.retry_after_s)
        cut_off_again = error.treatment is Treatment.ENLARGE and course.enlarged
        if error.treatment is Treatment.GIVE_UP or cut_off_again or course.counted >= self._rules.max_attempts:
            raise _final(error, course) from error
        if error.treatment is Treatment.ENLARGE:
            course.enlarged = True
            return 0.0
        if error.treatment is Treatment.QUOTE_BACK:
            course.messages = _quoted_back(course.question, request.text, error)
            return 0.0
        return self._pause_s(error, course)

    def _adapt(self, error: LlmError, sent: Parameters) -> None:
        """Do without a parameter from here on; when another request has seen to that already, nothing is left to do."""
        refused = error.refused_parameter or ""
        attribute = ATTRIBUTES.get(refused, refused)
        if getattr(self._parameters, attribute, None) != getattr(sent, attribute, None):
            return
        # The other name of the token limit is tried once; going back to the first would go round in circles.
        in_circles = attribute == "token_limit_field" and any(
            ATTRIBUTES.get(name) == attribute for name in self._dropped
        )
        adapted = None if in_circles else self._parameters.without(refused)
        if adapted is None:
            raise self._stop_all(
                LlmError(
                    FailureKind.BAD_REQUEST,
                    f"{self._at_endpoint} refuses the parameter {refused or 'that it does not name'}, and there is no "
                    f"way to ask without it: choose another model or endpoint; the rest stays pending ({error})",
                )
            ) from error
        self._parameters = adapted
        self._dropped.append(refused)
        self._warn(f"{self._at_endpoint} refuses the parameter {refused} and is asked without it from here on")

    def _pause_s(self, error: LlmError, course: _Course) -> float:
        """Full jitter (Brooker, "Exponential Backoff and Jitter", AWS 2015), on top of what the endpoint asked for."""
        longest = min(self._rules.longest_backoff_s, self._rules.backoff_s * 2.0 ** (course.counted - 1))
        asked_for = error.retry_after_s or 0.0
        spread = min(longest, SMALL_JITTER * asked_for) if asked_for > 0 else longest
        return asked_for + float(self._random.random()) * spread

    def _too_long_a_wait(self, error: LlmError, course: _Course) -> LlmError:
        self._long_waits += 1
        if self._long_waits < LONG_WAITS:
            return _final(error, course)
        return self._stop_all(
            LlmError(
                error.kind,
                f"{self._at_endpoint} asks to wait {error.retry_after_s:g} s, and SYNTHDEAL_LLM_MAX_WAIT allows "
                f"{self._rules.max_wait_s:g} s: run again later; the rest stays pending",
                retry_after_s=error.retry_after_s,
            )
        )

    def _endpoint_works(self) -> None:
        self._ever_answered = True
        self._failures = self._bad_requests = self._long_waits = 0

    def _watch(self, error: LlmError) -> None:
        """Count failures in a row; stop when they show that nothing works. Too many requests are no such sign."""
        if error.kind in UNUSABLE_ANSWERS:
            self._watch_answers(error)
        if error.kind not in ENDPOINT_FAILURES:
            return
        now = asyncio.get_running_loop().time()
        if self._failures == 0:
            self._failing_since = now
        self._failures += 1
        self._bad_requests = self._bad_requests + 1 if error.kind is FailureKind.BAD_REQUEST else 0
        patience_s = OUTAGE_S if self._ever_answered else 0.0
        enough = max(FAILURES_IN_A_ROW, self._limits.limit)
        if self._bad_requests >= BAD_REQUESTS_IN_A_ROW and not self._ever_answered:
            advice = "check the model and the parameters"
        elif self._failures >= enough and now - self._failing_since >= patience_s:
            advice = "check its address and whether it is up, then run again"
        else:
            return
        never = "" if self._ever_answered else " and never answered one"
        raise self._stop_all(
            LlmError(
                error.kind,
                f"{self._at_endpoint} failed {self._failures} requests in a row{never} (the last: {error}): {advice}; "
                "the rest stays pending",
            )
        ) from error

    def _watch_answers(self, error: LlmError) -> None:
        self._unusable += 1
        if not self._ever_valid and self._unusable >= max(UNUSABLE_IN_A_ROW, self._limits.limit):
            raise self._stop_all(
                LlmError(
                    error.kind,
                    f"None of {self._unusable} answers of {self._at_endpoint} could be used (the last: {error}): "
                    "choose a model that can answer in JSON by a schema, then run again; the rest stays pending",
                    treatment=Treatment.STOP,
                )
            ) from error

    @property
    def _at_endpoint(self) -> str:
        return f"{self._parameters.model} at {self._provider.endpoint}"

    def _stop_all(self, error: LlmError) -> LlmError:
        """Ask nothing any more, and wake up whoever waits; returns the error to raise, that of the first stop."""
        if self._stop is None:
            self._stop = functools.partial(_stopping, error)
            self._stopped.set()
            self._others_may_go.set()
            self._limits.stop(self._stop)
            self._budget.stop(self._stop)
        return self._stop()


def _kind(error: BaseException | None) -> FailureKind | None:
    return error.kind if isinstance(error, LlmError) else None


def _read(request: _Request, read: Callable[[str], T]) -> tuple[T, ...]:
    """What the answer of a request says; nothing, and the error noted, when it cannot be used or there is none."""
    completion = request.completion
    if completion is None or request.error is not None:
        return ()
    if completion.finish == "truncated":
        request.error = LlmError(
            FailureKind.TRUNCATED, f"The answer was cut off at {request.own.max_output_tokens} tokens"
        )
    elif completion.finish == "refused":
        request.error = LlmError(
            FailureKind.REFUSED, f"The model refused to answer: {completion.refusal or 'no reason'}"
        )
    else:
        try:
            return (read(request.text),)
        except AnswerError as error:
            request.error = LlmError(error.kind, str(error))
        except Exception as error:  # noqa: BLE001 - the answer was paid for: it is recorded first, then this is raised
            request.error = error
    return ()


def _quoted_back(question: Question, answer: str, error: LlmError) -> tuple[Message, ...]:
    """The question, the bad answer and what is wrong with it; the question alone when there is nothing to quote."""
    if not answer.strip():
        return question.messages
    return (
        *question.messages,
        Message("assistant", answer[:QUOTED_CHARACTERS]),
        Message("user", f"This answer cannot be used: {error} Answer again, in full, in the form asked for."),
    )


def _stopping(error: LlmError) -> LlmError:
    """An error that stops everything, as a new object: one that many tasks raise would collect their tracebacks."""
    return LlmError(error.kind, redact(str(error)), retry_after_s=error.retry_after_s, treatment=Treatment.STOP)


def _final(error: LlmError, course: _Course) -> LlmError:
    """The error that ends a question; it says how often it was asked."""
    times = "once" if course.sent == 1 else f"{course.sent} times"
    return LlmError(
        error.kind,
        f"{redact(str(error))} (asked {times})",
        retry_after_s=error.retry_after_s,
        treatment=Treatment.GIVE_UP if error.kind is FailureKind.TRUNCATED else error.treatment,
    )
