"""What requests to models took, in words; for every command that tells of money.

What is read from the ledger belongs in `llm/ledger/spending.py`, what a run may spend in `llm/budget.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

from synthdeal_assets.llm.ledger.spending import ModelSpending
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.scoring.asking import PURPOSE
from synthdeal_assets.scoring.estimate_words import usd


def asked_of(row: ModelSpending) -> str:
    """The model and its provider; and what it was asked for, where that is not scoring."""
    purpose = "" if row.purpose == PURPOSE else f" for {row.purpose}"
    return f"{row.model} ({row.provider}){purpose}"


def total_of(rows: Sequence[ModelSpending]) -> Usage:
    """What all of it took together."""
    return sum((row.usage for row in rows), start=Usage())


def cost_in_words(usage: Usage) -> str:
    """USD of some requests, and how many of them are not in it because their cost is not known.

    Never 0 for what is not known.
    """
    if usage.calls and usage.calls_of_unknown_cost == usage.calls:
        return "cost unknown"
    unknown = f" and {usage.calls_of_unknown_cost:,} of unknown cost" if usage.calls_of_unknown_cost else ""
    return f"{usd(usage.cost_usd)}{unknown}"
