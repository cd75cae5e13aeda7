"""The commands that measure scorers, with their options and help texts; `app.py` puts them beside the others."""

from __future__ import annotations

from typing import Annotated

import typer

from synthdeal_assets.cli.command import Home, Verbose, settings_of, with_exit_code
from synthdeal_assets.cli.options import (
    BaseUrl,
    Concurrency,
    MaxCalls,
    MaxCost,
    Model,
    Scorer,
    of_the_asked_provider,
)


@with_exit_code
def evaluate(
    *,
    landmarks: Annotated[
        int, typer.Option(help="Number of month ends: the latest ends of quarters first, then other months.", min=1)
    ] = 3,
    sample: Annotated[int, typer.Option(help="Number of open deals to ask about at each of them.", min=1)] = 100,
    scorer: Scorer = None,
    model: Model = None,
    base_url: BaseUrl = None,
    max_cost_usd: MaxCost = None,
    max_calls: MaxCalls = None,
    scorer_concurrency: Concurrency = None,
    estimate: Annotated[bool, typer.Option("--estimate", help="Only show what it would ask and cost.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before requests are sent.")] = False,
    home: Home = None,
    verbose: Verbose = False,
) -> int:
    """Measure a scorer on deals that were open at month ends, against what became of them.

    The deals are judged on what was written by then. First it says what that would cost; answers that were paid for
    before cost nothing. What it finds is kept in scoring.landmark_scores and scoring.landmark_ranking; a scorer that
    costs nothing is measured on every month end in each run.
    """
    settings = settings_of(
        scorer=scorer,
        max_cost_usd=max_cost_usd,
        max_calls=max_calls,
        scorer_concurrency=scorer_concurrency,
        home=home,
        **of_the_asked_provider(scorer, model=model, base_url=base_url),
    )
    from synthdeal_assets.cli.evaluate import run_evaluation

    return run_evaluation(settings, landmarks=landmarks, sample=sample, estimate_only=estimate, ask=not yes)
