"""The interface that every scorer keeps.

How a scorer judges belongs in its own module, which one is used in `scorers.py`, and that many opportunities are asked
about at once in `engine.py`.
"""

from __future__ import annotations

from typing import Protocol

from synthdeal_assets.scoring.answer import ScorerAnswer
from synthdeal_assets.scoring.inputs import ScorerInput


class Scorer(Protocol):
    """Judges opportunities, many at the same time, in one event loop.

    Attributes:
        name: Name of the scorer, as in the setting.
        model: Model and version behind it.
        prompt_version: Version of the prompt or the rules; another one makes every score pending.
    """

    @property
    def name(self) -> str:
        """Name of the scorer, as in the setting."""

    @property
    def model(self) -> str:
        """Model and version behind it."""

    @property
    def prompt_version(self) -> str:
        """Version of the prompt or the rules."""

    async def score(self, deal: ScorerInput) -> ScorerAnswer:
        """Judge one opportunity.

        Raises:
            ScoringError: It could not be judged. Any other exception counts as an unexpected failure of this one
                opportunity.
        """

    async def aclose(self) -> None:
        """Give back connections and the like; the scorer is not used afterwards."""
