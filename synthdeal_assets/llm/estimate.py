"""What asking a model would take and cost, before anything is asked: tokens, USD, how far the caps reach, time.

Nothing is sent and nothing is changed. Each figure rests on what the ledger measured of the same model and prompt for
the same purpose, or on an assumption that stands here with its reason. What would be asked is the caller's; what a run
may really spend is held in `budget.py`.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import duckdb

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame, table_exists
from synthdeal_assets.llm.budget import most_tokens
from synthdeal_assets.llm.chat import TokenUsage
from synthdeal_assets.llm.connect import Caps, Connection
from synthdeal_assets.llm.ledger.calls import Question
from synthdeal_assets.llm.ledger.tables import LLM_CALLS

MIN_MEASURED: Final = 10
"""Answered questions from which on the ledger is believed; with fewer, one long answer would decide."""

CHARACTERS_PER_TOKEN: Final = (4.5, 4.0, 3.0)
"""Assumed of English with names and figures, for the low, the expected and the high estimate: four is the vendors' rule
of thumb, the others are what their tokenisers give for plain prose and for text full of figures."""

DEVIATIONS: Final = 2.0
"""Standard deviations between the expected and the low or high estimate: 95 of 100 times the sum lies between."""


@dataclass(frozen=True, slots=True)
class Span:
    """A low, an expected and a high estimate of one quantity."""

    low: float
    expected: float
    high: float

    def times(self, factor: float) -> Span:
        """Each of the three multiplied."""
        return Span(self.low * factor, self.expected * factor, self.high * factor)


@dataclass(frozen=True, slots=True)
class MeasuredAnswers:
    """Means over the answered questions that the ledger holds of a model and prompt.

    Attributes:
        questions: How many.
        requests: Requests for one, repeats included.
        input_tokens: Tokens read for one.
        cached_input_tokens: Of these, from the provider's cache.
        output_tokens: Tokens written for one.
        input_spread: Standard deviation of the tokens read.
        output_spread: Standard deviation of the tokens written.
        seconds: Time that the requests for one took.
    """

    questions: int
    requests: float
    input_tokens: float
    cached_input_tokens: float
    output_tokens: float
    input_spread: float
    output_spread: float
    seconds: float


@dataclass(frozen=True, slots=True)
class QuestionsEstimate:
    """What asking some questions would come to.

    Attributes:
        to_ask: How many questions.
        input_tokens: Tokens read in all; None when there is nothing to ask, as for all figures below.
        output_tokens: Tokens written in all.
        cost_usd: USD in all; None when the price is not known.
        price_version: Price list behind the cost; None without one.
        fits: How many the caps let through, as expected; equal to `to_ask` where no cap is reached.
        seconds: How long asking takes; None when no latency has been measured.
    """

    to_ask: int = 0
    input_tokens: Span | None = None
    output_tokens: Span | None = None
    cost_usd: Span | None = None
    price_version: str | None = None
    fits: int = 0
    seconds: float | None = None


def measured_answers(
    connection: duckdb.DuckDBPyConnection, model: Connection, *, purpose: str, prompt_version: str
) -> MeasuredAnswers | None:
    """What the ledger has measured of a model and prompt; None when that is too little to go by.

    Args:
        connection: The warehouse; only read.
        model: Who was asked.
        purpose: What for.
        prompt_version: With which prompt.
    """
    if not table_exists(connection, LLM_CALLS):
        return None
    row = query_frame(
        connection,
        statement(__package__, "measured_answers.sql", calls=LLM_CALLS.qualified_name),
        {
            "purpose": purpose,
            "provider": model.provider,
            "model": model.parameters.model,
            "prompt_version": prompt_version,
            "reasoning_effort": model.parameters.reasoning_effort,
        },
    ).row(0, named=True)
    return MeasuredAnswers(**row) if row["questions"] >= MIN_MEASURED else None


def estimate_questions(
    questions: Iterable[Question],
    model: Connection,
    *,
    measured: MeasuredAnswers | None,
    assumed_output: tuple[float, float],
    now: dt.datetime,
) -> QuestionsEstimate:
    """What asking these questions would come to.

    Args:
        questions: What would be asked; taken one by one, so that they need not all be in memory.
        model: Who would be asked, and what the run may spend.
        measured: What such answers took; None where everything is to be assumed.
        assumed_output: Tokens of one answer, low and expected, where nothing is measured. The high estimate is the
            limit of an answer, because a model that thinks first writes more.
        now: The present time, UTC without zone: prices change.
    """
    asked, characters, most_input = 0, 0, 0
    limit = model.parameters.max_output_tokens
    for question in questions:
        form = "" if question.schema is None else json.dumps(question.schema.json_schema, ensure_ascii=False)
        asked += 1
        characters += sum(len(message.content) for message in question.messages) + len(form)
        most_input += most_tokens(question.messages, question.schema, limit).input_tokens
    if not asked:
        return QuestionsEstimate()
    if measured is None:
        low, expected, high = (characters / each for each in CHARACTERS_PER_TOKEN)
        input_tokens = Span(low, expected, high)
        output_tokens = Span(*(float(min(each, limit)) for each in (*assumed_output, limit))).times(asked)
        cached_share = 0.0
    else:
        input_tokens = _sum_of(asked, measured.input_tokens, measured.input_spread, measured.questions)
        output_tokens = _sum_of(asked, measured.output_tokens, measured.output_spread, measured.questions)
        cached_share = measured.cached_input_tokens / measured.input_tokens if measured.input_tokens else 0.0

    def cost_of_one(usage: TokenUsage) -> float | None:
        return model.prices.cost(model.provider, model.parameters.model, usage, now)

    def cost(input_sum: float, output_sum: float) -> float | None:
        # The price of a request may depend on its size, so it is that of the mean request, times their number.
        cached = round(cached_share * input_sum / asked)
        each = cost_of_one(TokenUsage(round(input_sum / asked), round(output_sum / asked), cached))
        return None if each is None else each * asked

    costs = [cost(getattr(input_tokens, name), getattr(output_tokens, name)) for name in ("low", "expected", "high")]
    known = [each for each in costs if each is not None]
    cost_usd = Span(*known) if len(known) == len(costs) else None
    worst = cost_of_one(TokenUsage(math.ceil(most_input / asked), limit))
    fits = _how_many_fit(asked, model.caps, measured, cost_usd, worst)
    return QuestionsEstimate(
        to_ask=asked,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cost_usd=cost_usd,
        price_version=model.prices.version if cost_usd is not None else None,
        fits=fits,
        seconds=_seconds(model.caps, measured, fits, input_tokens.expected + output_tokens.expected, asked),
    )


def _sum_of(count: int, mean: float, spread: float, sample: int) -> Span:
    """The sum of so many further values, as a prediction interval around the mean of a sample."""
    margin = DEVIATIONS * spread * math.sqrt(1 / sample + 1 / count)
    return Span(max(0.0, mean - margin), mean, mean + margin).times(count)


def _how_many_fit(
    asked: int, caps: Caps, measured: MeasuredAnswers | None, cost_usd: Span | None, worst_usd: float | None
) -> int:
    """How many of those to ask are let through: a request goes only while its worst case still fits under the cap."""
    fits = asked
    if caps.max_calls is not None:
        requests = measured.requests if measured is not None else 1.0
        fits = min(fits, int(caps.max_calls / requests))
    if caps.max_cost_usd is not None and cost_usd is not None and worst_usd is not None:
        each = cost_usd.expected / asked
        room = caps.max_cost_usd - worst_usd
        if caps.max_cost_usd == 0 or room < 0:
            return 0
        if each > 0:
            fits = min(fits, math.floor(room / each) + 1)
    return fits


def _seconds(caps: Caps, measured: MeasuredAnswers | None, questions: int, tokens: float, asked: int) -> float | None:
    """How long so many questions take: by latency and concurrency, or by the limits a minute where those are slower."""
    if measured is None or not questions:
        return None
    by_latency = measured.seconds * math.ceil(questions / caps.concurrency)
    by_requests = questions * measured.requests * 60 / caps.requests_per_minute if caps.requests_per_minute else 0.0
    by_tokens = tokens * questions / asked * 60 / caps.tokens_per_minute if caps.tokens_per_minute else 0.0
    return max(by_latency, by_requests, by_tokens)
