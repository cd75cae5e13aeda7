"""The scorers there are, and the choice of one by its name.

How a scorer judges belongs in its own module, how a model is connected to in `llm/connect.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Protocol

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.llm.connect import PROVIDERS, connect
from synthdeal_assets.llm.usage import NOTHING, Usage
from synthdeal_assets.scoring.scorers.heuristic import NAME as HEURISTIC
from synthdeal_assets.scoring.scorers.heuristic import HeuristicScorer
from synthdeal_assets.scoring.scorers.hybrid import HybridScorer
from synthdeal_assets.scoring.scorers.llm_scorer import LlmScorer, scoring_prompts
from synthdeal_assets.scoring.scorers.scorer import Scorer
from synthdeal_assets.settings import Settings

HYBRID: Final = "hybrid"


class ScorerFactory(Protocol):
    """Makes the scorer of one run, which is closed at the run's end; `make_scorer` is the usual one."""

    def __call__(self, settings: Settings, spent: Usage, /) -> Scorer:
        """A new scorer, for a run that has spent so much so far.

        Raises:
            SynthDealError: A setting that the scorer needs is missing or does not fit.
        """


def make_scorer(settings: Settings, spent: Usage = NOTHING) -> Scorer:
    """The scorer that the settings name; they take no other names than those there are.

    Raises:
        SynthDealError: A setting that the scorer needs is missing or does not fit.
    """
    return scorer_for(settings, settings.scoring.scorer, spent=spent)


def scorer_for(
    settings: Settings,
    name: str,
    *,
    model: str | None = None,
    prompts: Path | None = None,
    base_url: str | None = None,
    repeat: int = 1,
    spent: Usage = NOTHING,
) -> Scorer:
    """A scorer by its name, with another model, other prompts or another endpoint than the settings'.

    Args:
        settings: What is not said otherwise.
        name: heuristic, openai, anthropic or hybrid.
        model: Model to ask; None is the settings'.
        prompts: Folder with prompts; None is the settings'.
        base_url: Address of the endpoint; None is the settings'.
        repeat: Above 1, what it has been asked is asked anew.
        spent: What the run has spent so far.

    Raises:
        SynthDealError: There is no such scorer, it takes no model, prompts or address, or a setting that it needs is
            missing or does not fit.
    """
    if name not in (HEURISTIC, HYBRID, *PROVIDERS):
        raise SynthDealError(
            f"There is no scorer {name}: choose {', '.join((HEURISTIC, *PROVIDERS))} or {HYBRID}.",
            code="scoring.unknown-scorer",
            usage=True,
        )
    if name == HEURISTIC:
        if (model, prompts, base_url) != (None, None, None):
            raise SynthDealError(
                f"The scorer {HEURISTIC} asks no model: leave out model, prompts and address, or choose another "
                "scorer.",
                code="scoring.model-for-heuristic",
                usage=True,
            )
        return HeuristicScorer()
    provider = settings.scoring.hybrid_provider if name == HYBRID else name
    changes: dict[str, Any] = {f"{provider}_model": model, "prompts": prompts, f"{provider}_base_url": base_url}
    # The name of an endpoint is that of the settings' address, whose answers are not another endpoint's.
    unnamed: dict[str, Any] = {} if base_url is None else {"endpoint_name": None}
    chosen = settings.changed({field: value for field, value in changes.items() if value is not None} | unnamed)
    own_prompts = scoring_prompts(chosen.llm.prompts)
    connection = connect(chosen, provider, concurrency=chosen.scoring.concurrency, prompt_version=own_prompts.version)
    llm = LlmScorer(connection, own_prompts, spent, repeat)
    return HybridScorer(llm, HeuristicScorer()) if name == HYBRID else llm
