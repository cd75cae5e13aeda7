"""One request that was sent: how it ended, what that is called in the ledger, whether it can have cost anything.

When a request is sent and what comes after it belongs in `client.py`, how its row is stored in `ledger/`.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from synthdeal_assets.foundation.redaction import redact
from synthdeal_assets.llm.chat import HOW_THE_FORM, Completion, Message, Parameters, Passage, Provider, TokenUsage
from synthdeal_assets.llm.failures import UNUSABLE_ANSWERS, AnswerError, FailureKind, LlmError
from synthdeal_assets.llm.ledger.calls import CANCELLED, SUCCESS, CallStatus, LlmCall, Question
from synthdeal_assets.llm.storable import storable_text, storable_usage

T = TypeVar("T")

PERHAPS_PAID: Final = frozenset({FailureKind.TIMEOUT, FailureKind.CONNECTION, FailureKind.CANCELLED})
"""Failures in the midst of a request, whose cost is not known. Every other one was turned away before any work."""


@dataclass(slots=True)
class SentRequest:
    """One request.

    `text` is the answer as it can be stored, and is what is read; only the record is made of what came, so that it says
    what was replaced.

    Attributes:
        parameters: The client's parameters when it went.
        own: Those it was sent with.
        asked_at: When it was sent, UTC without zone.
        completion: What was answered; None when nothing was.
        text: The answer, secrets removed, as it can be stored.
        error: Why there is no valid answer; None when there is one.
        latency_ms: Milliseconds until the answer or the failure.
        counted_usd: USD that count against a cap; None when that is not known.
        call_id: Its id in the ledger.
    """

    parameters: Parameters
    own: Parameters
    asked_at: dt.datetime
    completion: Completion | None = None
    text: str = ""
    error: BaseException | None = None
    latency_ms: float = 0.0
    counted_usd: float | None = None
    call_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    async def send(self, provider: Provider, messages: Sequence[Message], question: Question, timeout_s: float) -> None:
        """Send it and note how it ended; raises nothing."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        deadline = asyncio.timeout(timeout_s)
        try:
            async with deadline:
                self.completion = await provider.complete(messages, question.schema, self.own)
                self.text = storable_text(redact(self.completion.text))
        except TimeoutError as error:
            late = LlmError(FailureKind.TIMEOUT, f"No complete answer within {timeout_s:g} s")
            self.error = late if deadline.expired() else error
        except BaseException as error:  # noqa: BLE001 - whatever it was is recorded first, then raised or treated
            self.error = error
        self.latency_ms = (loop.time() - started) * 1000

    def read(self, read: Callable[[str], T], *, structured: bool) -> tuple[T, ...]:
        """What the answer says; nothing, and the error noted, when it cannot be used or there is none.

        Args:
            read: Makes a value of a text; raises AnswerError for one that cannot be used.
            structured: Whether the answer has a form, by which one that stands elsewhere is known.
        """
        completion = self.completion
        if completion is None or self.error is not None:
            return ()
        if completion.finish == "truncated":
            self.error = LlmError(
                FailureKind.TRUNCATED,
                f"The answer was cut off at {self.own.max_output_tokens} tokens{_where_text_was(completion)}",
            )
        elif completion.finish == "failed":
            self.error = LlmError(
                FailureKind.SERVER_ERROR,
                f"The endpoint broke the answer off: {completion.refusal or 'no reason'}",
                after_work=True,
            )
        elif completion.finish == "refused":
            self.error = LlmError(
                FailureKind.REFUSED, f"The model refused to answer: {completion.refusal or 'no reason'}"
            )
        else:
            return self._read_wherever_it_stands(completion, read, completion.elsewhere if structured else ())
        return ()

    def _read_wherever_it_stands(
        self, completion: Completion, read: Callable[[str], T], elsewhere: tuple[Passage, ...]
    ) -> tuple[T, ...]:
        """What the first valid text says, which becomes the answer; where none is valid, the first text does."""
        texts = [each.text for each in elsewhere]
        if completion.text.strip() or not texts:
            texts.insert(0, completion.text)
        for said in texts:
            fit = storable_text(redact(said))
            try:
                value = read(fit)
            except AnswerError as error:
                if self.error is None:
                    self.error = LlmError(error.kind, f"{error}{_where_text_was(completion)}")
                    self._answer_is(said, fit)
            except Exception as error:  # noqa: BLE001 - the answer was paid for: it is recorded first, then this is raised
                self.error = error
                return ()
            else:
                self.error = None
                self._answer_is(said, fit)
                return (value,)
        return ()

    def _answer_is(self, said: str, fit: str) -> None:
        if self.completion is not None and said != self.completion.text:
            self.completion, self.text = dataclasses.replace(self.completion, text=said), fit

    @property
    def usage(self) -> TokenUsage | None:
        """What it used; None when that is not known."""
        return storable_usage(self._said_usage)

    @property
    def free(self) -> bool:
        """Whether it was turned away before anything was done that could be charged."""
        error = self.error
        if self.completion is not None or not isinstance(error, LlmError):
            return False
        return not error.paid_for_nothing and (error.unsent or error.kind not in PERHAPS_PAID)

    @property
    def turned_away(self) -> bool | None:
        """Whether it came back as one too many; None when that cannot be told."""
        if self.completion is not None:
            return False
        return True if _kind(self.error) is FailureKind.RATE_LIMITED else None

    def as_call(
        self, question: Question, provider: Provider, attempts: int, cost_usd: float | None, price_version: str
    ) -> LlmCall:
        """The record of it, made of what came; not all of it may be fit to be stored.

        Args:
            question: What was asked.
            provider: The endpoint.
            attempts: Requests sent for the question so far, this one included.
            cost_usd: Its cost in USD; None when that is not known.
            price_version: Price list the cost was computed with.
        """
        usage = self._said_usage
        return LlmCall(
            call_id=self.call_id,
            key=question.key,
            subject_id=question.subject_id,
            provider=provider.name,
            endpoint=provider.endpoint,
            model=self.own.model,
            response_model=self.completion.model if self.completion is not None else None,
            prompt_version=question.prompt_version,
            parameters=self.own.as_json(*(HOW_THE_FORM if question.schema is not None else ())),
            status=self._status,
            attempts=attempts,
            input_tokens=usage.input_tokens if usage is not None else None,
            cached_input_tokens=usage.cached_input_tokens if usage is not None else None,
            output_tokens=usage.output_tokens if usage is not None else None,
            cost_usd=cost_usd,
            price_version=None if cost_usd is None or self.free else price_version,
            asked_at=self.asked_at,
            latency_ms=self.latency_ms,
            error_class=self._error_class,
            error_message=self._error_message,
            answer=redact(self.completion.text) if self.completion is not None else None,
            counted_usd=self.counted_usd,
        )

    @property
    def _said_usage(self) -> TokenUsage | None:
        """What it used by the endpoint's account, which may be no number of tokens at all."""
        if self.completion is not None:
            return self.completion.usage
        return self.error.usage if isinstance(self.error, LlmError) else None

    @property
    def _status(self) -> CallStatus:
        if self.error is None:
            return SUCCESS
        if self.completion is not None or self.usage is not None or _kind(self.error) in UNUSABLE_ANSWERS:
            return "unusable"
        return "failed" if isinstance(self.error, Exception) else CANCELLED

    @property
    def _error_class(self) -> str | None:
        """Kind of failure; the name of the exception where it is none that is known."""
        if self.error is None:
            return None
        kind = _kind(self.error)
        if kind is not None:
            return kind.value
        return type(self.error).__name__ if isinstance(self.error, Exception) else FailureKind.CANCELLED.value

    @property
    def _error_message(self) -> str | None:
        if self.error is None:
            return None
        if not isinstance(self.error, Exception):
            return "The run ended while the request was under way"
        return redact(str(self.error)) or type(self.error).__name__


def _where_text_was(completion: Completion) -> str:
    """What a message adds when text stood where no answer should."""
    places = list(dict.fromkeys(passage.place for passage in completion.elsewhere))
    if not places:
        return ""
    return f" (text stood in {' and '.join([*['the content'] * bool(completion.text.strip()), *places])})"


def _kind(error: BaseException | None) -> FailureKind | None:
    return error.kind if isinstance(error, LlmError) else None
