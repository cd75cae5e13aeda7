"""Options that several commands share, as the command line names them."""

from __future__ import annotations

from typing import Annotated

import typer

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.settings import Settings

Scorer = Annotated[
    str | None,
    typer.Option(
        "--scorer",
        help="Who scores the opportunities: heuristic, openai, anthropic or hybrid.",
        show_default="heuristic",
    ),
]
Model = Annotated[
    str | None,
    typer.Option("--model", help="Model that the scorer asks.", show_default="its provider's setting"),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(
        "--base-url",
        help="Address of the endpoint that the scorer asks.",
        metavar="URL",
        show_default="its provider's setting",
    ),
]
Concurrency = Annotated[
    int | None,
    typer.Option("--scorer-concurrency", help="Number of opportunities scored at the same time.", show_default="32"),
]
MaxCost = Annotated[
    float | None,
    typer.Option("--max-cost-usd", help="Maximum USD this run may spend on models.", show_default="no limit"),
]
MaxCalls = Annotated[
    int | None,
    typer.Option("--max-calls", help="Maximum requests this run may send to models.", show_default="no limit"),
]


def of_the_asked_provider(scorer: str | None, **flags: str | None) -> dict[str, str]:
    """`--model` and `--base-url` as the settings of the provider that the scorer asks.

    Raises:
        SynthDealError: The scorer asks no model.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    if not given:
        return {}
    settings = Settings.load({"scorer": scorer})
    if settings.scoring.scorer == "heuristic":
        flag = f"--{next(iter(given)).replace('_', '-')}"
        raise SynthDealError(
            f"{flag} is given, but the heuristic scorer asks no model: add --scorer openai, anthropic or hybrid, or "
            f"leave {flag} out.",
            code="cli.model-for-heuristic",
            usage=True,
        )
    provider = settings.scoring.hybrid_provider if settings.scoring.scorer == "hybrid" else settings.scoring.scorer
    return {f"{provider}_{name}": value for name, value in given.items()}
