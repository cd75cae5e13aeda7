"""What the model server can be told to do besides answering well, and which request it happens to.

How a fault looks on the wire belongs in `wire.py`, how it is acted out in `server.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.world.randomness import stream


class RequestOutcome(StrEnum):
    """What became of a request: a good answer, a fault that was wanted, or a request that was not acceptable."""

    ANSWERED = "answered"
    """200 with a complete, valid answer and its usage."""

    RATE_LIMITED = "rate_limited"
    """429 with Retry-After."""
    QUOTA = "quota"
    """The account has no money left: 429 insufficient_quota, or Anthropic's 400 on the credit balance."""
    SERVER_ERROR = "server_error"
    """500."""
    UNAVAILABLE = "unavailable"
    """503."""
    OVERLOADED = "overloaded"
    """529, Anthropic's own status; OpenAI's form is the one of 503."""
    RESET = "reset"
    """The connection is reset (RST) before a byte of the answer."""
    RESET_AFTER_HEADERS = "reset_after_headers"
    """The connection is reset after the headers and half the body."""
    DRIP = "drip"
    """A good answer, byte by byte, with a pause after each."""
    HANG = "hang"
    """The request is accepted and never answered."""
    MALFORMED = "malformed"
    """200, usage, and an answer that is not JSON."""
    SCHEMA_VIOLATION = "schema_violation"
    """200, usage, and JSON with a level of 7 or without one of the elements."""
    TRUNCATED = "truncated"
    """200, usage, and half of the JSON, because the token limit is reached."""
    REFUSED = "refused"
    """200, usage, and a refusal in place of an answer."""
    EMPTY = "empty"
    """200, usage, and no text at all."""
    NO_USAGE = "no_usage"
    """200 and a good answer, without usage."""

    WRONG_KEY = "wrong_key"
    """401."""
    MODEL_NOT_FOUND = "model_not_found"
    """404."""
    PARAMETER_REFUSED = "parameter_refused"
    """400 that names the parameter."""
    BAD_REQUEST = "bad_request"
    """400 on anything else, such as a schema that the server does not know."""
    NOT_READY = "not_ready"
    """503 because what the answers are made from cannot be read at the moment."""
    ABANDONED = "abandoned"
    """The client closed the connection before it was answered."""


FAULTS: Final = (
    RequestOutcome.RATE_LIMITED,
    RequestOutcome.QUOTA,
    RequestOutcome.SERVER_ERROR,
    RequestOutcome.UNAVAILABLE,
    RequestOutcome.OVERLOADED,
    RequestOutcome.RESET,
    RequestOutcome.RESET_AFTER_HEADERS,
    RequestOutcome.DRIP,
    RequestOutcome.HANG,
    RequestOutcome.MALFORMED,
    RequestOutcome.SCHEMA_VIOLATION,
    RequestOutcome.TRUNCATED,
    RequestOutcome.REFUSED,
    RequestOutcome.EMPTY,
    RequestOutcome.NO_USAGE,
)
"""What can be given a rate."""

PAID: Final = frozenset(
    {
        RequestOutcome.ANSWERED,
        RequestOutcome.DRIP,
        RequestOutcome.MALFORMED,
        RequestOutcome.SCHEMA_VIOLATION,
        RequestOutcome.TRUNCATED,
        RequestOutcome.REFUSED,
        RequestOutcome.EMPTY,
    }
)
"""Answered with 200 and usage: a vendor would bill it."""

GOOD: Final = frozenset({RequestOutcome.ANSWERED, RequestOutcome.DRIP})
"""Paid, complete and valid."""

ANY: Final = "*"
"""Stands for every opportunity in a script."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the server behaves.

    Which request meets which fault depends only on the seed, the opportunity and how often that opportunity has been
    asked about, so neither order nor concurrency matters.

    Attributes:
        seed: Seed of faults and jitter.
        latency_s: Seconds before an answer; a request that is turned away (4xx) gets its answer at once.
        jitter_s: Up to so many seconds more, drawn for each request.
        rates: Probability of each fault of FAULTS; together at most 1.
        script: What happens to the first requests on an opportunity, in their order, by opportunity or ANY; the
            rates apply to what comes after.
        always: What happens to every request on an opportunity, by opportunity.
        retry_after_s: What Retry-After says with 429; None leaves the header out.
        drip_pause_s: Seconds between two bytes of a slow answer.
        api_key: The only key that is accepted; None accepts any, or none.
        refused_parameters: Fields of a request that every model refuses, such as temperature.
        refused_values: Values of response_format.type that are refused, such as json_schema.
        shut_down_models: Models that do not exist any more.
        served_models: How the name of a model begins that is served; empty serves any.
        max_at_once: Requests at the same time above which 429 comes; None sets no limit.
        gullible: Probability that an instruction in the notes is obeyed.
    """

    seed: int = 0
    latency_s: float = 0.0
    jitter_s: float = 0.0
    rates: Mapping[RequestOutcome, float] = field(default_factory=dict)
    script: Mapping[str, Sequence[RequestOutcome]] = field(default_factory=dict)
    always: Mapping[str, RequestOutcome] = field(default_factory=dict)
    retry_after_s: float | None = 0.0
    drip_pause_s: float = 0.05
    api_key: str | None = None
    refused_parameters: frozenset[str] = frozenset()
    refused_values: frozenset[str] = frozenset()
    shut_down_models: frozenset[str] = frozenset()
    served_models: str = ""
    max_at_once: int | None = None
    gullible: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be acted out.

        Raises:
            ValueError: A rate is out of range, not of a fault, or the rates exceed 1 together.
        """
        wrong = sorted(set(self.rates) - set(FAULTS))
        if wrong:
            raise ValueError(f"{', '.join(wrong)} cannot be given a rate")
        if any(not 0 <= rate <= 1 for rate in self.rates.values()) or sum(self.rates.values()) > 1 + 1e-9:
            raise ValueError("rates must be 0 to 1, and together at most 1")
        if self.latency_s < 0 or self.jitter_s < 0 or self.drip_pause_s < 0 or not 0 <= self.gullible <= 1:
            raise ValueError("times cannot be negative, and gullible must be 0 to 1")

    def outcome_of(self, opportunity_id: str, asked_before: int) -> RequestOutcome:
        """What happens to a request.

        Args:
            opportunity_id: The opportunity that it is about.
            asked_before: Requests on this opportunity before this one.
        """
        if opportunity_id in self.always:
            return self.always[opportunity_id]
        scripted = self.script.get(opportunity_id, self.script.get(ANY, ()))
        if asked_before < len(scripted):
            return scripted[asked_before]
        if not self.rates:
            return RequestOutcome.ANSWERED
        drawn = stream(self.seed, f"fault|{opportunity_id}|{asked_before}").random()
        for fault in FAULTS:
            drawn -= self.rates.get(fault, 0.0)
            if drawn < 0:
                return fault
        return RequestOutcome.ANSWERED

    def serves(self, model: str) -> bool:
        """Whether a model of this name is there."""
        return model.startswith(self.served_models) and model not in self.shut_down_models

    def latency_of(self, opportunity_id: str, asked_before: int) -> float:
        """Seconds before the answer to a request."""
        if not self.jitter_s:
            return self.latency_s
        drawn = float(stream(self.seed, f"latency|{opportunity_id}|{asked_before}").random())
        return self.latency_s + self.jitter_s * drawn


def parse_rates(texts: Iterable[str]) -> dict[RequestOutcome, float]:
    """Rates written as `kind=rate`, such as `rate_limited=0.1`.

    Raises:
        SynthDealError: A text is not written so, names no fault, or the rates are not possible.
    """
    rates: dict[RequestOutcome, float] = {}
    for text in texts:
        name, _, rate = text.partition("=")
        try:
            rates[RequestOutcome(name.strip())] = float(rate)
            Behaviour(rates=rates)
        except ValueError as error:
            raise SynthDealError(
                f"--fault {text} is not accepted: write kind=rate, rates from 0 to 1 and together at most 1, where the "
                f"kind is one of {', '.join(FAULTS)}.",
                code="demo-llm.bad-fault",
                usage=True,
            ) from error
    return rates
