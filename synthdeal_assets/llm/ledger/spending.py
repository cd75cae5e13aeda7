"""What requests to models took, by purpose and model, read from the ledger.

How it is shown belongs in the command line, what a run may spend in `budget.py`, what it probably would in
`estimate.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import duckdb

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame, table_exists
from synthdeal_assets.llm.budget import usd_text
from synthdeal_assets.llm.ledger.calls import CANCELLED, LlmCall
from synthdeal_assets.llm.ledger.tables import LLM_CALLS
from synthdeal_assets.llm.usage import Usage


@dataclass(frozen=True, slots=True)
class InFlight:
    """Requests that were in flight when their run ended or was killed, so that nobody knows whether they are charged.

    Attributes:
        calls: How many.
        most_usd: USD that they cost at most; None when the price of one is not known.
    """

    calls: int
    most_usd: float | None

    @classmethod
    def among(cls, calls: Iterable[LlmCall]) -> Self:
        """Those of some requests."""
        most = [call.counted_usd for call in calls if call.status == CANCELLED]
        known = [usd for usd in most if usd is not None]
        return cls(len(most), math.fsum(known) if len(known) == len(most) else None)

    def __str__(self) -> str:
        """What is known of them, in a sentence; empty where there are none."""
        if not self.calls:
            return ""
        what, whose = ("request was", "its") if self.calls == 1 else ("requests were", "their")
        most = "at a price that is not known" if self.most_usd is None else f"for {usd_text(self.most_usd)} at most"
        return f"{self.calls:,} {what} in flight when {whose} run ended, and may have been charged, {most}."


@dataclass(frozen=True, slots=True)
class ModelSpending:
    """What requests to one model for one purpose took.

    Attributes:
        purpose: What was asked for.
        provider: Name of the provider.
        model: The model.
        answers: Valid answers.
        usage: What all requests took.
        in_flight: Those among them that nothing was heard of when their run ended; perhaps paid.
    """

    purpose: str
    provider: str
    model: str
    answers: int
    usage: Usage
    in_flight: InFlight


def spending(connection: duckdb.DuckDBPyConnection, run_id: str | None = None) -> list[ModelSpending]:
    """What a run, or every run so far, took: a row a purpose and model, the dearest first; empty without requests."""
    if not table_exists(connection, LLM_CALLS):
        return []
    query = statement(__package__, "spending.sql", calls=LLM_CALLS.qualified_name)
    rows = query_frame(connection, query, {"run_id": run_id})
    return [
        ModelSpending(purpose, provider, model, answers, Usage(*took), InFlight(in_flight, most_usd))
        for purpose, provider, model, answers, *took, in_flight, most_usd in rows.iter_rows()
    ]
