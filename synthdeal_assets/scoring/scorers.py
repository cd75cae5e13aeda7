"""The scorers there are, and the choice of one by its name. How a scorer judges belongs in its own module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from synthdeal_assets.foundation.llm.calls import Spent
from synthdeal_assets.scoring.heuristic import HeuristicScorer
from synthdeal_assets.scoring.scorer import Scorer
from synthdeal_assets.settings import Settings


class ScorerFactory(Protocol):
    """Makes the scorer of one run, which is closed at the run's end; `make_scorer` is the usual one."""

    def __call__(self, settings: Settings, spent: Spent, /) -> Scorer:
        """A new scorer, for a run that has spent so much so far.

        Raises:
            SynthDealError: A setting that the scorer needs is missing or does not fit.
        """


NOTHING: Final = Spent()

_SCORERS: Final[dict[str, Callable[[Settings, Spent], Scorer]]] = {
    "heuristic": lambda _settings, _spent: HeuristicScorer(),
}


def make_scorer(settings: Settings, spent: Spent = NOTHING) -> Scorer:
    """The scorer that the settings name; they take no other names than those there are.

    Raises:
        SynthDealError: A setting that the scorer needs is missing or does not fit.
    """
    return _SCORERS[settings.scorer](settings, spent)
