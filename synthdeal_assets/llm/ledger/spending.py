"""What requests to models took, by purpose and model, read from the ledger.

How it is shown belongs in the command line, what a run may spend in `budget.py`, what it probably would in
`estimate.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame, table_exists
from synthdeal_assets.llm.ledger.tables import LLM_CALLS
from synthdeal_assets.llm.usage import Usage


@dataclass(frozen=True, slots=True)
class ModelSpending:
    """What requests to one model for one purpose took.

    Attributes:
        purpose: What was asked for.
        provider: Name of the provider.
        model: The model.
        answers: Valid answers.
        usage: What all requests took.
    """

    purpose: str
    provider: str
    model: str
    answers: int
    usage: Usage


def spending(connection: duckdb.DuckDBPyConnection, run_id: str | None = None) -> list[ModelSpending]:
    """What a run, or every run so far, took: a row a purpose and model, the dearest first; empty without requests."""
    if not table_exists(connection, LLM_CALLS):
        return []
    query = statement(__package__, "spending.sql", calls=LLM_CALLS.qualified_name)
    rows = query_frame(connection, query, {"run_id": run_id})
    return [
        ModelSpending(purpose, provider, model, answers, Usage(*took))
        for purpose, provider, model, answers, *took in rows.iter_rows()
    ]
