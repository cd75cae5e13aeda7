"""The command `synthdeal compare` with its options and help text; what it does belongs in `run.py`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from synthdeal_assets.cli.command import Home, Verbose, settings_of, with_exit_code
from synthdeal_assets.cli.options import Concurrency, MaxCalls, MaxCost


@with_exit_code
def compare(
    sides: Annotated[
        list[str],
        typer.Argument(
            help="Two or more sides: SCORER[:MODEL][@PROMPTS_FOLDER][=ADDRESS]. The others are held against the first.",
            metavar="SIDE...",
        ),
    ],
    *,
    sample: Annotated[
        int | None,
        typer.Option(help="Number of deals to compare on.", min=1, show_default="100, or all of --cases"),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed for drawing the deals.", show_default="42")] = None,
    landmark: Annotated[
        dt.datetime | None,
        typer.Option(
            help="Compare on deals that were open at this month end, as they were on that day.",
            formats=["%Y-%m-%d"],
            show_default="none: the present deals",
        ),
    ] = None,
    cases: Annotated[
        Path | None,
        typer.Option(help="Compare on the deals of this file, which needs no world.", metavar="FILE"),
    ] = None,
    save_cases: Annotated[
        Path | None,
        typer.Option(help="Write the deals with what is really so to this file, for --cases.", metavar="FILE"),
    ] = None,
    repeats: Annotated[
        int, typer.Option(help="Ask each deal so many times, to see the noise of one prompt.", min=1, max=100)
    ] = 1,
    fail_if: Annotated[
        list[str] | None,
        typer.Option(
            help="Exit with code 3 under this condition, such as 'mae > 0.02 worse'; repeat for several.",
            metavar="CONDITION",
            show_default="none",
        ),
    ] = None,
    format_: Annotated[
        str, typer.Option("--format", help="table, markdown, json or junit.", metavar="FORMAT")
    ] = "table",
    deals: Annotated[int, typer.Option(help="Number of deals to show on which the sides differ most.", min=0)] = 3,
    see: Annotated[
        list[float] | None,
        typer.Option(
            help="Say how many deals it takes to see a difference of this size; repeat for several.",
            min=0.0001,
            metavar="SIZE",
            show_default="0.05 and 0.02",
        ),
    ] = None,
    scorer_concurrency: Concurrency = None,
    max_cost_usd: MaxCost = None,
    max_calls: MaxCalls = None,
    home: Home = None,
    verbose: Verbose = False,
) -> int:
    """Compare scorers, models, prompts or endpoints on the same deals; existing scores do not change.

    A side is a scorer (heuristic, openai, anthropic, hybrid), optionally with a model after a colon, a folder of
    prompts after an @ and another endpoint after a =, such as openai:gpt-6-sol, openai@./my-prompts or
    openai:llama3.1:8b=http://localhost:11434/v1. The key is that of the settings. Answers that were paid for before
    cost nothing, those of repeats too. The limits on cost and requests apply to all sides together.

    A condition of --fail-if is FIGURE > NUMBER worse|better, in the unit of the table. It holds for a side whose
    difference to the first is larger than NUMBER and beyond chance: its 95% interval excludes 0, after correction where
    there are several conditions or sides. With "for sure" at the end, the whole interval must be beyond NUMBER. It also
    holds where the figure cannot be computed. Figures: mae (or mae.champion and the other elements), mae_mapped, exact,
    exact_mapped, kappa, order, order_by_chance, auc, auc_of_score, auc_within_a_stage, brier, calibration, quotes,
    changed, cost, tokens, latency, failures.

    With --landmark, deals that were open at one of the last 24 month ends are judged on what was written by then, and
    measured by how they have ended since. Of a large world about 800 deals of each month end are looked at, always the
    same ones.
    """
    settings = settings_of(
        scorer_concurrency=scorer_concurrency, max_cost_usd=max_cost_usd, max_calls=max_calls, home=home
    )
    from synthdeal_assets.cli.comparison.run import Request, run_comparison

    request = Request(
        sides=sides,
        size=sample,
        seed=seed,
        landmark=landmark and landmark.date(),
        cases=cases,
        save_cases=save_cases,
        repeats=repeats,
        conditions=fail_if or (),
        form=format_,
        deals=deals,
        sizes=tuple(see or (0.05, 0.02)),
    )
    return run_comparison(settings, request)
