"""The scorer that asks a model and fills in where the model failed; every score filled in says so.

How either judges belongs in its own module, how a score is labelled in `score_store.py`.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from synthdeal_assets.llm.ledger.calls import Record
from synthdeal_assets.scoring.answer import Judge, ScorerAnswer, ScoringError
from synthdeal_assets.scoring.inputs import ScorerInput
from synthdeal_assets.scoring.scorers.llm_scorer import LlmScorer
from synthdeal_assets.scoring.scorers.scorer import Scorer


class HybridScorer:
    """Goes by the model's name and version, since its answers are the model's where it gave any.

    What stops the model stops this scorer too: when a key is wrong or the budget is used up, the rest stays pending
    rather than being filled in.

    Args:
        llm: Asked first.
        fallback: Asked where the first could not judge.
    """

    def __init__(self, llm: Scorer, fallback: Scorer) -> None:
        self.name = llm.name
        self.model = llm.model
        self.prompt_version = llm.prompt_version
        # The model's time-out is taken here, so that there is time left to fill in.
        self.deadline_s = llm.deadline_s + fallback.deadline_s
        self.llm = llm
        self._fallback = fallback

    def question_key(self, deal: ScorerInput) -> str | None:
        """The ledger's key of the question to the model."""
        return self.llm.question_key(deal)

    def read(self, deal: ScorerInput, text: str) -> ScorerAnswer:
        """An answer of the model that the ledger holds.

        Raises:
            ScoringError: The text is not a valid answer.
        """
        return self.llm.read(deal, text)

    async def score(self, deal: ScorerInput, record: Record) -> ScorerAnswer:
        """Judge one opportunity, by the model if it can.

        An answer that was filled in carries why.

        Raises:
            ScoringError: Neither could judge it.
            StopScoring: The model says that nothing more is to be asked.
        """
        deadline = asyncio.timeout(self.llm.deadline_s)
        try:
            async with deadline:
                return await self.llm.score(deal, record)
        except ScoringError as error:
            failure = error
        except TimeoutError:
            if not deadline.expired():
                raise
            failure = ScoringError("timeout", f"No answer within {self.llm.deadline_s:g} s.")
        answer = await self._fallback.score(deal, record)
        judge = Judge(self._fallback.name, self._fallback.model, self._fallback.prompt_version)
        return replace(answer, judged_by=judge, instead_of=failure)

    async def aclose(self) -> None:
        """Give back what both hold."""
        try:
            await self.llm.aclose()
        finally:
            await self._fallback.aclose()


def asked_model(scorer: Scorer) -> LlmScorer | None:
    """The scorer, or the part of it, that asks a model; None when none does."""
    asked = scorer.llm if isinstance(scorer, HybridScorer) else scorer
    return asked if isinstance(asked, LlmScorer) else None


def endpoint_of(scorer: Scorer) -> str | None:
    """What tells the endpoint that a scorer asks from others; None when it asks none."""
    llm = asked_model(scorer)
    return None if llm is None else llm.connection.answers_as
