"""The interface that every scorer keeps.

How a scorer judges belongs in its own module, which one is used in `make_scorer.py`, and that many opportunities are
asked about at once in `llm/engine.py`.
"""

from __future__ import annotations

from typing import Protocol

from synthdeal_assets.llm.ledger.calls import Record
from synthdeal_assets.scoring.answer import Judge, ScorerAnswer
from synthdeal_assets.scoring.inputs import ScorerInput


class Scorer(Protocol):
    """Judges opportunities, many at the same time, in one event loop.

    Attributes:
        name: Name of the scorer, as it stands in a score.
        model: Model and version behind it.
        prompt_version: Version of the prompt or the rules; another one makes every score pending.
        deadline_s: Longest time in seconds for one opportunity, retries included; one that hangs must not hold up
            the run.
    """

    @property
    def name(self) -> str:
        """Name of the scorer, as it stands in a score."""

    @property
    def model(self) -> str:
        """Model and version behind it."""

    @property
    def prompt_version(self) -> str:
        """Version of the prompt or the rules."""

    @property
    def deadline_s(self) -> float:
        """Longest time in seconds for one opportunity, retries included."""

    def question_key(self, deal: ScorerInput) -> str | None:
        """The ledger's key of the question on an opportunity; None when nothing is paid for an answer."""

    def read(self, deal: ScorerInput, text: str) -> ScorerAnswer:
        """An answer that the ledger holds.

        Raises:
            ScoringError: The text is not a valid answer on this opportunity.
        """

    async def score(self, deal: ScorerInput, record: Record) -> ScorerAnswer:
        """Judge one opportunity.

        Args:
            deal: The opportunity.
            record: Told of each request that was sent, as soon as it has ended.

        Raises:
            ScoringError: It could not be judged. Any other exception but StopScoring counts as an unexpected failure
                of this one opportunity.
            StopScoring: No opportunity would fare better: nothing more is to be asked.
        """

    async def aclose(self) -> None:
        """Give back connections and the like; the scorer is not used afterwards."""


def judge_as(scorer: Scorer) -> Judge:
    """How the scores of a scorer are labelled."""
    return Judge(scorer.name, scorer.model, scorer.prompt_version)
