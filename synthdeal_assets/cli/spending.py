"""What requests to models took, read from the ledger and put into words; for every command that tells of money.

What a run may spend is held in `llm/budget.py`, what it probably would in `scoring/estimate.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame, table_exists
from synthdeal_assets.llm.ledger.tables import LLM_CALLS
from synthdeal_assets.scoring.estimate_words import usd


@dataclass(frozen=True, slots=True)
class ModelSpending:
    """What requests to one model took.

    Attributes:
        provider: Name of the provider.
        model: The model.
        calls: Requests sent.
        answers: Valid answers they brought.
        input_tokens: Tokens read, as far as the endpoint said.
        cached_input_tokens: Of these, from the provider's cache.
        output_tokens: Tokens written, as far as the endpoint said.
        cost_usd: USD, as far as known.
        calls_of_unknown_cost: Requests whose cost is not known.
    """

    provider: str
    model: str
    calls: int
    answers: int
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    cost_usd: float
    calls_of_unknown_cost: int

    def cost_in_words(self) -> str:
        """The USD, and how many requests are not in it; never 0 for what is not known."""
        return cost_in_words(self.cost_usd, self.calls, self.calls_of_unknown_cost)


def spending(connection: duckdb.DuckDBPyConnection, run_id: str | None = None) -> list[ModelSpending]:
    """What a run, or every run so far, took of each model, the dearest first; empty when no model was asked."""
    if not table_exists(connection, LLM_CALLS):
        return []
    rows = query_frame(connection, statement(__package__, "spending.sql"), {"run_id": run_id})
    return [ModelSpending(**row) for row in rows.iter_rows(named=True)]


def cost_in_words(cost_usd: float, calls: int, calls_of_unknown_cost: int) -> str:
    """USD of so many requests, and how many of them are not in it because their cost is not known."""
    if calls and calls_of_unknown_cost == calls:
        return "cost unknown"
    unknown = f" and {calls_of_unknown_cost:,} of unknown cost" if calls_of_unknown_cost else ""
    return f"{usd(cost_usd)}{unknown}"
