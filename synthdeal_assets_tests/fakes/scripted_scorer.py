"""A scorer that does what a test tells it: how long it takes, whom it fails, which levels it gives."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from synthdeal_assets.foundation.llm.calls import Record, Spent
from synthdeal_assets.scoring.answer import ScorerAnswer, ScoringError
from synthdeal_assets.scoring.heuristic import judge
from synthdeal_assets.scoring.inputs import ScorerInput
from synthdeal_assets.settings import Settings


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
        calls: How often each opportunity was asked about.
        most_at_once: The most calls that were under way at the same time.
        closed: How often the scorer was closed.
    """

    latency_s: float = 0.0
    failing_ids: Collection[str] = ()
    failing_ratio: float = 0.0
    errors: Mapping[str, Exception] = field(default_factory=dict)
    retryable: bool = True
    level: int | None = None
    name: str = "scripted"
    model: str = "script"
    prompt_version: str = "1"
    deadline_s: float = 60.0
    calls: Counter[str] = field(default_factory=Counter)
    most_at_once: int = 0
    closed: int = 0
    _under_way: int = 0

    def __call__(self, _settings: Settings, _spent: Spent, /) -> ScriptedScorer:
        return self

    def question_key(self, deal: ScorerInput) -> str | None:
        return None

    def read(self, deal: ScorerInput, text: str) -> ScorerAnswer:
        raise NotImplementedError

    async def score(self, deal: ScorerInput, record: Record) -> ScorerAnswer:
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
        answer = judge(deal)
        if self.level is None:
            return answer
        return replace(answer, elements=tuple(replace(each, level=self.level) for each in answer.elements))

    async def aclose(self) -> None:
        self.closed += 1

    def _is_unlucky(self, opportunity_id: str) -> bool:
        draw = int.from_bytes(hashlib.sha256(opportunity_id.encode()).digest()[:8], "little") / 2**64
        return draw < self.failing_ratio
