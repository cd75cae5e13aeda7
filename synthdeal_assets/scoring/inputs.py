"""What a scorer may see of an opportunity, and the hash that says whether it has changed.

The inputs are made from schema crm alone; what only the generator knows never comes near them. What a scorer makes of
an input belongs in the scorers.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame
from synthdeal_assets.scoring.tables import SCORER_INPUTS
from synthdeal_assets.world.tables import MEDDPICC_COLUMNS

NOT_HASHED: Final = frozenset({"snapshot_date", "input_hash"})
"""The snapshot date moves when a deal closes, though nothing that is judged has changed."""


@dataclass(frozen=True, slots=True)
class ScorerInput:
    """One opportunity as a scorer sees it: the columns of scoring.scorer_inputs without the snapshot date.

    The snapshot date is left out because it is not hashed: the same input_hash must always mean the same question.
    """

    opportunity_id: str
    name: str
    account_name: str
    industry: str
    segment: str
    region: str
    type: str
    lead_source: str
    product_name: str
    created_date: dt.date
    stage_name: str
    amount: float
    close_date: dt.date
    contacts: str
    next_step: str | None
    notes: str
    metrics: str | None
    economic_buyer: str | None
    decision_criteria: str | None
    decision_process: str | None
    paper_process: str | None
    identify_pain: str | None
    champion: str | None
    competition: str | None
    input_hash: str

    def evidence(self, element: str) -> str | None:
        """What the seller wrote on a MEDDPICC element; None when nothing."""
        text: str | None = getattr(self, element)
        return text

    def texts(self) -> tuple[str, ...]:
        """Every text a scorer may quote: the evidence, the notes, the next step and the contacts."""
        return tuple(text for text in (getattr(self, name) for name in QUOTABLE) if text)


HAS_LEFT: Final = " (has left)"
"""Ends the line of a contact who was known to have left the company."""

QUOTABLE: Final = (*MEDDPICC_COLUMNS, "notes", "next_step", "contacts")

PROMPT_TAGS: Final = ("field", "opportunity")
"""Names of the tags between which an input stands in a prompt."""

FIELDS: Final = tuple(field.name for field in dataclasses.fields(ScorerInput))


def build_inputs(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The rows of scoring.scorer_inputs, made from the crm tables, in the order of opportunity_id.

    Raises:
        ValueError: An opportunity has no open stage in its history, or its account or product is missing.
    """
    query = statement(__package__, "scorer_inputs.sql", has_left=HAS_LEFT)
    inputs = query_frame(connection, query)
    return SCORER_INPUTS.conform(with_input_hash(inputs))


def with_input_hash(inputs: pl.DataFrame) -> pl.DataFrame:
    """The frame with its column input_hash, made anew.

    The hash is SHA-256 over a JSON list of [column, value] for every column except the snapshot date, in the order of
    the table; dates as YYYY-MM-DD, numbers as Python writes them, no white space, UTF-8.
    """
    columns = [column.name for column in SCORER_INPUTS.columns if column.name not in NOT_HASHED]
    hashes = [_hash(columns, row) for row in inputs.select(columns).iter_rows()]
    return inputs.with_columns(pl.Series("input_hash", hashes, dtype=pl.String))


def deals_of(frame: pl.DataFrame) -> Iterator[ScorerInput]:
    """The rows of a frame with the columns of scoring.scorer_inputs, one by one."""
    return (ScorerInput(*row) for row in frame.select(FIELDS).iter_rows())


def _hash(columns: list[str], row: tuple[object, ...]) -> str:
    values = [
        [name, value.isoformat() if isinstance(value, dt.date) else value]
        for name, value in zip(columns, row, strict=True)
    ]
    serialised = json.dumps(values, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(serialised.encode()).hexdigest()
