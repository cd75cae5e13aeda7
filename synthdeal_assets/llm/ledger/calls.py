"""A question to a model, and the record of each request that was sent for it.

How requests are stored belongs in `ledger.py`, sending them in `client.py`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from synthdeal_assets.llm.chat import AnswerSchema, Message, Parameters
from synthdeal_assets.llm.usage import Usage

CallStatus = Literal["success", "unusable", "failed", "cancelled", "damaged"]
"""success: a valid answer; unusable: an answer came and was paid for, but is malformed, truncated or a refusal; failed:
no answer came; cancelled: the run ended or was killed while it was under way, it may have been paid for; damaged: was a
success, but the stored answer can no longer be read."""

SUCCESS: Final = "success"
CANCELLED: Final = "cancelled"

DEMO_MODEL: Final = "demo-llm"
"""How the models of `synthdeal demo-llm` begin. It moves from port to port, and its answers are made of the world."""

USUAL_PORTS: Final[Mapping[str, str]] = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask a model.

    Attributes:
        key: `question_key` of it.
        subject_id: What it is about.
        prompt_version: Version of the prompt.
        messages: The conversation, the system message first.
        schema: Form of the answer; None takes any text.
    """

    key: str
    subject_id: str
    prompt_version: str
    messages: tuple[Message, ...]
    schema: AnswerSchema | None = None

    def followed_by(self, answer: str, messages: Sequence[Message]) -> Question:
        """The next turn: the same subject and form, the conversation so far, the answer to it and these messages.

        Its key comes from this question's key and what was added, so that each turn is paid for once as well.
        """
        turn = (Message("assistant", answer), *messages)
        said = json.dumps([(message.role, message.content) for message in turn])
        key = hashlib.sha256(f"{self.key}\x1f{said}".encode()).hexdigest()
        return dataclasses.replace(self, key=key, messages=(*self.messages, *turn))


def question_key(input_hash: str, provider: str, prompt_version: str, parameters: Parameters, answers_as: str) -> str:
    """The ledger's key: SHA-256 over input hash, provider, model, prompt version, what shapes the answer, and endpoint.

    The same key is the same question: its answer is paid for once. The parameters are those that were asked for, not
    what was left of them after an endpoint refused some. Two endpoints may call what they serve alike, so an answer
    is used again only where it was given: `answers_as` is `endpoint_identity` of the endpoint.
    """
    parts = (input_hash, provider, parameters.model, prompt_version, parameters.as_json())
    return key_at(hashlib.sha256("\x1f".join(parts).encode()).hexdigest(), answers_as)


def key_at(key: str, answers_as: str) -> str:
    """The key of a question at an endpoint, from its key without one.

    Up to layout 4 of the warehouse keys had no endpoint; step 5 does the same to those in the ledger.
    """
    return hashlib.sha256(f"{key}\x1f{answers_as}".encode()).hexdigest()


def key_of_repeat(key: str, repeat: int) -> str:
    """The key of a question that is asked once more on purpose, so that its answer is another one and kept as well.

    Args:
        key: Key of the question.
        repeat: From 1 on; the first time it is the question itself.
    """
    return key if repeat == 1 else hashlib.sha256(f"{key}\x1frepeat {repeat}".encode()).hexdigest()


def endpoint_identity(endpoint: str, model: str) -> str:
    """What tells an endpoint from others: host, port and path of its address, but for demo-llm, which is one anywhere.

    Neither the scheme nor the port that goes with it without being named is part of it.

    Args:
        endpoint: Base URL without credentials, as `EndpointAddress.url` has it.
        model: Model that is asked for.
    """
    if model.startswith(DEMO_MODEL):
        return DEMO_MODEL
    scheme, _, place = endpoint.partition("://")
    host, slash, path = place.partition("/")
    return f"{host.lower().removesuffix(USUAL_PORTS.get(scheme.lower(), ''))}{slash}{path}".rstrip("/")


@dataclass(frozen=True, slots=True)
class LlmCall:
    """One request that was sent, as a row of the ledger without its run and purpose.

    Attributes:
        call_id: Unique.
        key: Of the question.
        subject_id: What the question is about.
        provider: Name of the provider.
        endpoint: Base URL without credentials.
        model: Model that was asked for.
        response_model: Model that answered, as the endpoint names it; None when none did.
        prompt_version: Version of the prompt.
        parameters: Those sent, as JSON.
        status: What became of it.
        attempts: Requests sent for the question in this run so far, this one included.
        input_tokens: Tokens read, cached ones included; None when the endpoint did not say.
        cached_input_tokens: Of these, from the provider's cache; None when the endpoint did not say.
        output_tokens: Tokens written; None when the endpoint did not say.
        cost_usd: Cost in USD; None when the price or the tokens are not known, 0 when nothing was charged.
        price_version: Price list the cost was computed with; None when there is no cost.
        asked_at: When it was sent, UTC without zone.
        latency_ms: Milliseconds until the answer or the failure.
        error_class: Kind of failure; None for a success.
        error_message: What went wrong, secrets removed, and which values had to be replaced to be stored; None when
            there is neither.
        answer: The answer to the letter; None when none came.
        counted_usd: USD that count against a cap: the cost, or the worst case of one that is not known; None where the
            price is not known either.
    """

    call_id: str
    key: str
    subject_id: str
    provider: str
    endpoint: str
    model: str
    response_model: str | None
    prompt_version: str
    parameters: str
    status: CallStatus
    attempts: int
    input_tokens: int | None
    cached_input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    price_version: str | None
    asked_at: dt.datetime
    latency_ms: float
    error_class: str | None
    error_message: str | None
    answer: str | None
    counted_usd: float | None = None

    @property
    def usage(self) -> Usage:
        """What it took."""
        return Usage(
            1,
            self.input_tokens or 0,
            self.cached_input_tokens or 0,
            self.output_tokens or 0,
            self.cost_usd or 0.0,
            int(self.cost_usd is None),
        )


Record = Callable[[LlmCall], None]
"""Takes the record of a request as soon as it has ended; never waits, never fails. One that is a `CountedRecord` is
told of the request before it is sent as well."""


class CountedRecord:
    """A `Record` that adds up what went through it.

    Args:
        record: Takes each request that has ended.
        sending: Takes each before it is sent, as it stands when nothing more is heard of it: cancelled, and perhaps
            paid. What it raises keeps the request from being sent.

    Attributes:
        usage: What the requests so far took.
    """

    def __init__(self, record: Record, sending: Record) -> None:
        self._record = record
        self.sending = sending
        self.usage = Usage()

    def __call__(self, call: LlmCall) -> None:
        """Add a request and pass it on."""
        self.usage += call.usage
        self._record(call)
