"""A listener that keeps the outcomes of asking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import duckdb

from synthdeal_assets.llm.ledger.ask_all import Listener

O_contra = TypeVar("O_contra", contravariant=True)


class Collecting(Listener[O_contra]):
    """Keeps what landed, in its order."""

    def __init__(self) -> None:
        self.outcomes: list[Any] = []

    def on_batch(self, _connection: duckdb.DuckDBPyConnection, outcomes: Sequence[O_contra]) -> None:
        self.outcomes += outcomes
