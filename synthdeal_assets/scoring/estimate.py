"""What scoring would ask, take and cost, before anything is asked: counts, tokens, USD, how far the caps reach, time.

Nothing is sent and nothing is changed. Each figure says what it rests on: a count, what the ledger measured of the
same model and prompt, or an assumption that stands here with its reason. Which opportunities would be scored is decided
in `pending.py`; what a run may really spend is held in `llm/budget.py`. How an estimate is shown belongs to
the command line and the assets.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Self

import duckdb
import polars as pl

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame, table_exists
from synthdeal_assets.llm.budget import most_tokens
from synthdeal_assets.llm.chat import TokenUsage
from synthdeal_assets.llm.ledger.ledger import answered_keys
from synthdeal_assets.llm.ledger.tables import LLM_CALLS
from synthdeal_assets.scoring.inputs import ScorerInput, deals_of
from synthdeal_assets.scoring.pending import pending_inputs
from synthdeal_assets.scoring.scorers.hybrid import HybridScorer
from synthdeal_assets.scoring.scorers.llm_scorer import LlmScorer
from synthdeal_assets.scoring.scorers.scorer import Scorer
from synthdeal_assets.settings import Settings

FEWEST_MEASURED: Final = 10
"""Answered questions from which on the ledger is believed; with fewer, one long answer would decide."""

CHARACTERS_PER_TOKEN: Final = (4.5, 4.0, 3.0)
"""Assumed of English with names and figures, for the low, the expected and the high estimate: four is the vendors' rule
of thumb, the others are what their tokenisers give for plain prose and for text full of figures."""

OUTPUT_TOKENS: Final = (800, 1_500)
"""Assumed of one answer, low and expected: twelve judgements with quote, gap and question are about 60 tokens each, the
rest is the reasoning and four lists. A model that thinks first writes more, so the high estimate is the limit of an
answer (`max_output_tokens`)."""

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
class Caps:
    """What a run may spend and how fast it may ask; None is no limit.

    Attributes:
        max_cost_usd: Most USD.
        max_calls: Most requests.
        concurrency: Opportunities asked about at the same time.
        requests_per_minute: Most requests a minute.
        tokens_per_minute: Most tokens a minute, read and written.
    """

    max_cost_usd: float | None = None
    max_calls: int | None = None
    concurrency: int = 1
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """What a run with these settings may spend, and how fast it may ask."""
        return cls(
            max_cost_usd=settings.max_cost_usd,
            max_calls=settings.max_calls,
            concurrency=settings.scorer_concurrency,
            requests_per_minute=settings.requests_per_minute,
            tokens_per_minute=settings.tokens_per_minute,
        )


@dataclass(frozen=True, slots=True)
class Measured:
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
class ToJudge:
    """What a run would have judged.

    Attributes:
        pending: The opportunities that it would score, with the columns of scoring.scorer_inputs.
        twins: Deals that it would have judged once more without their planted instruction.
    """

    pending: pl.DataFrame
    twins: tuple[ScorerInput, ...] = ()

    def deals(self) -> Iterator[ScorerInput]:
        """All of them, in the order in which they would be asked about."""
        yield from deals_of(self.pending)
        yield from self.twins


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the ledger knows that an estimate needs: questions that have an answer, and what answers took."""

    answered: frozenset[str] = frozenset()
    measured: Measured | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What scoring would come to.

    Attributes:
        scorer: Name of the scorer.
        model: Its model.
        pending: Opportunities that would be scored.
        twins: Deals that would be judged once more without their planted instruction.
        answered: Of both, whose answer the ledger holds, which costs nothing.
        to_ask: Of both, that a model would be asked about.
        pays: Whether the scorer asks a model at all.
        endpoint: Address that would be asked; None when none would be.
        caps: What the run may spend.
        measured: What the ledger has measured; None where everything is assumed.
        input_tokens: Tokens read in all; None when nothing is known of the prompt.
        output_tokens: Tokens written in all; None likewise.
        cost_usd: USD in all; None when the price is not known, or nothing is known of the prompt.
        price_version: Price list behind the cost; None without one.
        fits: How many of `to_ask` the caps let through, as expected; equal to `to_ask` where no cap is reached.
        seconds: How long asking takes; None when no latency has been measured.
    """

    scorer: str
    model: str
    pending: int
    twins: int
    answered: int
    to_ask: int
    pays: bool
    endpoint: str | None
    caps: Caps
    measured: Measured | None = None
    input_tokens: Span | None = None
    output_tokens: Span | None = None
    cost_usd: Span | None = None
    price_version: str | None = None
    fits: int = 0
    seconds: float | None = None


def to_be_judged(
    connection: duckdb.DuckDBPyConnection, scorer: Scorer, *, max_attempts: int, now: dt.datetime
) -> ToJudge:
    """What a run would have judged that scores all that is pending; whoever has more judged adds it.

    Args:
        connection: A warehouse with the world as the run would see it.
        scorer: Who would score.
        max_attempts: Failures on the same input after which an opportunity is given up.
        now: The present time, UTC without zone.

    Raises:
        SynthDealError: There are no inputs yet.
    """
    return ToJudge(pending_inputs(connection, scorer, only="pending", max_attempts=max_attempts, now=now))


def read_ledger(
    connection: duckdb.DuckDBPyConnection, would: ToJudge, scorer: Scorer, *, not_before: dt.datetime | None
) -> Ledger:
    """What the ledger knows of the questions that would be asked.

    Args:
        connection: The warehouse; only read.
        would: What would be judged.
        scorer: By whom.
        not_before: Answers given earlier, UTC without zone, are not used again; None uses all.
    """
    llm = asked_model(scorer)
    if llm is None:
        return Ledger()
    keys = [llm.question_key(deal) for deal in would.deals()]
    return Ledger(frozenset(answered_keys(connection, keys, not_before=not_before)), _measured(connection, llm))


def estimate(would: ToJudge, scorer: Scorer, ledger: Ledger, caps: Caps, *, now: dt.datetime) -> Estimate:
    """What a run would come to.

    Args:
        would: What would be judged.
        scorer: By whom; it is asked for its questions and sends nothing.
        ledger: What is known already.
        caps: What the run may spend.
        now: The present time, UTC without zone: prices change.
    """
    counts = (would.pending.height, len(would.twins))
    llm = asked_model(scorer)
    if llm is None:
        return Estimate(scorer.name, scorer.model, *counts, 0, 0, pays=False, endpoint=None, caps=caps)
    to_ask = [deal for deal in would.deals() if llm.question_key(deal) not in ledger.answered]
    bare = Estimate(
        llm.name,
        llm.model,
        *counts,
        sum(counts) - len(to_ask),
        len(to_ask),
        pays=True,
        endpoint=llm.endpoint,
        caps=caps,
        measured=ledger.measured,
    )
    return _with_tokens(bare, llm, to_ask, now) if to_ask else bare


def asked_model(scorer: Scorer) -> LlmScorer | None:
    """The scorer, or the part of it, that asks a model; None when none does."""
    asked = scorer.llm if isinstance(scorer, HybridScorer) else scorer
    return asked if isinstance(asked, LlmScorer) else None


def _measured(connection: duckdb.DuckDBPyConnection, scorer: LlmScorer) -> Measured | None:
    """What the ledger has measured of a model and prompt; None when that is too little to go by."""
    if not table_exists(connection, LLM_CALLS):
        return None
    row = query_frame(
        connection,
        statement(__package__, "measured_answers.sql"),
        {
            "provider": scorer.name,
            "model": scorer.model,
            "prompt_version": scorer.prompt_version,
            "reasoning_effort": scorer.parameters.reasoning_effort,
        },
    ).row(0, named=True)
    return Measured(**row) if row["questions"] >= FEWEST_MEASURED else None


def _with_tokens(bare: Estimate, scorer: LlmScorer, deals: Iterable[ScorerInput], now: dt.datetime) -> Estimate:
    """The estimate with tokens, USD, what fits under the caps, and time."""
    characters, most_input = 0, 0
    limit = scorer.parameters.max_output_tokens
    for deal in deals:
        question = scorer.question(deal)
        form = json.dumps(question.schema.json_schema, ensure_ascii=False)
        characters += sum(len(message.content) for message in question.messages) + len(form)
        most_input += most_tokens(question.messages, question.schema, limit).input_tokens
    asked, measured = bare.to_ask, bare.measured
    if measured is None:
        low, expected, high = (characters / each for each in CHARACTERS_PER_TOKEN)
        input_tokens = Span(low, expected, high)
        output_tokens = Span(*(float(min(each, limit)) for each in (*OUTPUT_TOKENS, limit))).times(asked)
        cached_share = 0.0
    else:
        input_tokens = _sum_of(asked, measured.input_tokens, measured.input_spread, measured.questions)
        output_tokens = _sum_of(asked, measured.output_tokens, measured.output_spread, measured.questions)
        cached_share = measured.cached_input_tokens / measured.input_tokens if measured.input_tokens else 0.0

    def cost(input_sum: float, output_sum: float) -> float | None:
        # The price of a request may depend on its size, so it is that of the mean request, times their number.
        usage = TokenUsage(round(input_sum / asked), round(output_sum / asked), round(cached_share * input_sum / asked))
        each = scorer.prices.cost(scorer.name, scorer.model, usage, now)
        return None if each is None else each * asked

    costs = [cost(getattr(input_tokens, name), getattr(output_tokens, name)) for name in ("low", "expected", "high")]
    known = [each for each in costs if each is not None]
    cost_usd = Span(*known) if len(known) == len(costs) else None
    worst = scorer.prices.cost(scorer.name, scorer.model, TokenUsage(math.ceil(most_input / asked), limit), now)
    fits = _how_many_fit(bare, cost_usd, worst)
    return replace(
        bare,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cost_usd=cost_usd,
        price_version=scorer.prices.version if cost_usd is not None else None,
        fits=fits,
        seconds=_seconds(bare.caps, measured, fits, input_tokens.expected + output_tokens.expected, asked),
    )


def _sum_of(count: int, mean: float, spread: float, sample: int) -> Span:
    """The sum of so many further values, as a prediction interval around the mean of a sample."""
    margin = DEVIATIONS * spread * math.sqrt(1 / sample + 1 / count)
    return Span(max(0.0, mean - margin), mean, mean + margin).times(count)


def _how_many_fit(bare: Estimate, cost_usd: Span | None, worst_usd: float | None) -> int:
    """How many of those to ask are let through: a request goes only while its worst case still fits under the cap."""
    caps, fits = bare.caps, bare.to_ask
    if caps.max_calls is not None:
        requests = bare.measured.requests if bare.measured is not None else 1.0
        fits = min(fits, int(caps.max_calls / requests))
    if caps.max_cost_usd is not None and cost_usd is not None and worst_usd is not None:
        each = cost_usd.expected / bare.to_ask
        room = caps.max_cost_usd - worst_usd
        if caps.max_cost_usd == 0 or room < 0:
            return 0
        if each > 0:
            fits = min(fits, math.floor(room / each) + 1)
    return fits


def _seconds(caps: Caps, measured: Measured | None, questions: int, tokens: float, asked: int) -> float | None:
    """How long so many questions take: by latency and concurrency, or by the limits a minute where those are slower."""
    if measured is None or not questions:
        return None
    by_latency = measured.seconds * math.ceil(questions / caps.concurrency)
    by_requests = questions * measured.requests * 60 / caps.requests_per_minute if caps.requests_per_minute else 0.0
    by_tokens = tokens * questions / asked * 60 / caps.tokens_per_minute if caps.tokens_per_minute else 0.0
    return max(by_latency, by_requests, by_tokens)
