"""A scorer that does what a test tells it: how long it takes, whom it fails, which levels it gives."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from synthdeal_assets.llm.ledger.calls import LlmCall, Record
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.scoring.answer import ScorerAnswer, ScoringError, StopScoring
from synthdeal_assets.scoring.inputs import ScorerInput
from synthdeal_assets.scoring.landmarks.scores import nothing_is_sent
from synthdeal_assets.scoring.scorers.heuristic import judge
from synthdeal_assets.settings import Settings

PAID_ANSWER = "as the script says"


def paid_call(**changes: Any) -> LlmCall:
    """The record of a request that was answered well, with these values changed."""
    values: dict[str, Any] = {
        "call_id": "call-1",
        "key": "key-1",
        "subject_id": "0060001",
        "provider": "scripted",
        "endpoint": "http://127.0.0.1/v1",
        "model": "script",
        "response_model": "script",
        "prompt_version": "1",
        "parameters": "{}",
        "status": "success",
        "attempts": 1,
        "input_tokens": 1000,
        "cached_input_tokens": 0,
        "output_tokens": 200,
        "cost_usd": 0.01,
        "price_version": "script",
        "asked_at": dt.datetime(2026, 5, 4, 12),
        "latency_ms": 5.0,
        "error_class": None,
        "error_message": None,
        "answer": PAID_ANSWER,
        **changes,
    }
    return LlmCall(**values)


@dataclass
class ScriptedScorer:
    """Answers like the heuristic scorer unless told otherwise. It is its own factory: a run gets this very object.

    Attributes:
        latency_s: Seconds each call takes.
        failing_ids: Opportunities that fail with a ScoringError.
        failing_ratio: Share of opportunities that fail, chosen by their id, the same ones each time.
        errors: Other exceptions to raise, by opportunity.
        retryable: Whether the failures may succeed later.
        level: The level of every element, when set.
        pays: Whether its answers are paid for and belong in the ledger.
        stop_after: Calls after which it wants nothing more to be asked, when set.
        calls: How often each opportunity was asked about, as it stands today.
        at_month_ends: How often it was asked about as it stood at month ends, which never fails.
        most_at_once: The most calls that were under way at the same time.
        closed: How often the scorer was closed.
    """

    latency_s: float = 0.0
    failing_ids: Collection[str] = ()
    failing_ratio: float = 0.0
    errors: Mapping[str, Exception] = field(default_factory=dict)
    retryable: bool = True
    level: int | None = None
    pays: bool = False
    stop_after: int | None = None
    name: str = "scripted"
    model: str = "script"
    prompt_version: str = "1"
    deadline_s: float = 60.0
    calls: Counter[str] = field(default_factory=Counter)
    at_month_ends: Counter[str] = field(default_factory=Counter)
    most_at_once: int = 0
    closed: int = 0
    _under_way: int = 0
    # Not id(): a scorer made after another one has gone may have its address, and would repeat its requests.
    _own: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __call__(self, _settings: Settings, _spent: Usage, /) -> ScriptedScorer:
        return self

    def question_key(self, deal: ScorerInput) -> str | None:
        return f"{deal.input_hash}-{deal.opportunity_id}-{self.prompt_version}" if self.pays else None

    def read(self, deal: ScorerInput, text: str) -> ScorerAnswer:
        if text != PAID_ANSWER:
            raise ScoringError("malformed", f"{text!r} is no answer of the script.")
        return self._judge(deal)

    async def score(self, deal: ScorerInput, record: Record) -> ScorerAnswer:
        if record is nothing_is_sent:
            self.at_month_ends[deal.opportunity_id] += 1
            return self._judge(deal)
        if self.stop_after is not None and self.calls.total() >= self.stop_after:
            raise StopScoring("budget", "The script's money is spent.")
        self.calls[deal.opportunity_id] += 1
        self._under_way += 1
        self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            await asyncio.sleep(self.latency_s)
        finally:
            self._under_way -= 1
        if deal.opportunity_id in self.errors:
            raise self.errors[deal.opportunity_id]
        if deal.opportunity_id in self.failing_ids or self._is_unlucky(deal.opportunity_id):
            raise ScoringError("scripted", f"The script fails {deal.opportunity_id}.", retryable=self.retryable)
        if self.pays:
            record(self._call(deal))
        return self._judge(deal)

    async def aclose(self) -> None:
        self.closed += 1

    def _judge(self, deal: ScorerInput) -> ScorerAnswer:
        answer = judge(deal)
        if self.level is None:
            return answer
        return replace(answer, elements=tuple(replace(each, level=self.level) for each in answer.elements))

    def _call(self, deal: ScorerInput) -> LlmCall:
        return paid_call(
            call_id=f"{self.question_key(deal)}-{self.calls[deal.opportunity_id]}-{self._own}",
            key=self.question_key(deal) or "",
            subject_id=deal.opportunity_id,
            model=self.model,
            prompt_version=self.prompt_version,
        )

    def _is_unlucky(self, opportunity_id: str) -> bool:
        draw = int.from_bytes(hashlib.sha256(opportunity_id.encode()).digest()[:8], "little") / 2**64
        return draw < self.failing_ratio
