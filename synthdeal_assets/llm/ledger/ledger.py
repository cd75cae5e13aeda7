"""The ledger in the warehouse: every request that was sent, the answers that need not be paid for again, and claims.

A claim says that an execution is about to ask a question, so that no other asks it too. Each row says what it was asked
for, and whoever reads takes those of one purpose. Functions take a connection; the caller decides what is one
transaction. What becomes of an answer belongs in the rooms, what survives a kill between two transactions in
`journal.py`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import socket
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import duckdb
import polars as pl
import psutil

from synthdeal_assets.foundation.leases import holder_of
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import (
    Warehouse,
    create,
    delete_matching,
    insert,
    query_frame,
    registered,
    table_exists,
)
from synthdeal_assets.llm.accepted_parameters import FIRST_ANSWERS, WITHOUT_FORM
from synthdeal_assets.llm.chat import SchemaMode
from synthdeal_assets.llm.ledger.calls import CANCELLED, LlmCall
from synthdeal_assets.llm.ledger.journal import lease_of
from synthdeal_assets.llm.ledger.tables import LLM_CALLS, LLM_CLAIMS
from synthdeal_assets.llm.usage import Usage


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """An answer that was paid for.

    Attributes:
        key: The question.
        call_id: The request that brought it.
        text: The answer to the letter.
        usage: What all requests of its run on the way to it took.
        latency_ms: How long the request that brought it took.
    """

    key: str
    call_id: str
    text: str
    usage: Usage
    latency_ms: float


def prepare_ledger(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of the ledger that are not there yet."""
    for table in (LLM_CALLS, LLM_CLAIMS):
        create(connection, table)


def record_calls(
    connection: duckdb.DuckDBPyConnection, calls: Sequence[LlmCall], *, run_id: str, purpose: str
) -> tuple[LlmCall, ...]:
    """Append requests, each once; those that are in the ledger already are left as they are.

    But for one that is there as cancelled: its run was taken for dead while it lived, and now says what became of it.

    Args:
        connection: The warehouse, after `prepare_ledger`.
        calls: The requests.
        run_id: The run that sent them.
        purpose: What for.

    Returns:
        Those that can be no row of the ledger; all others are in it.
    """
    taken, refused = _rows(calls, {"run_id": run_id, "purpose": purpose})
    if taken.is_empty():
        return refused
    rows = taken.unique("call_id", keep="first", maintain_order=True)
    connection.execute(
        f"DELETE FROM {LLM_CALLS.qualified_name} WHERE status = $cancelled AND call_id IN (SELECT unnest($ids))",
        {"cancelled": CANCELLED, "ids": rows.filter(pl.col("status") != CANCELLED)["call_id"].to_list()},
    )
    present = query_frame(
        connection,
        f"SELECT call_id FROM {LLM_CALLS.qualified_name} WHERE call_id IN (SELECT unnest($ids))",
        {"ids": rows["call_id"].to_list()},
    )
    insert(connection, LLM_CALLS, rows.join(present, on="call_id", how="anti"))
    return refused


def missing_calls(connection: duckdb.DuckDBPyConnection, calls: Sequence[LlmCall]) -> tuple[LlmCall, ...]:
    """Those of these requests that `record_calls` would write: not in the ledger, or there as cancelled only."""
    if not table_exists(connection, LLM_CALLS):
        return tuple(calls)
    query = f"SELECT call_id, status FROM {LLM_CALLS.qualified_name} WHERE call_id IN (SELECT unnest($ids))"
    present = dict(query_frame(connection, query, {"ids": [call.call_id for call in calls]}).iter_rows())
    return tuple(
        call
        for call in calls
        if call.call_id not in present or (present[call.call_id] == CANCELLED and call.status != CANCELLED)
    )


def known_answers(
    connection: duckdb.DuckDBPyConnection,
    keys: Sequence[str],
    *,
    purpose: str,
    not_before: dt.datetime | None = None,
) -> dict[str, KnownAnswer]:
    """The newest valid answer to each of these questions that has one.

    Args:
        connection: The warehouse.
        keys: The questions.
        purpose: What they are asked for.
        not_before: Answers given earlier, UTC without zone, are passed over; None takes all.
    """
    found = _of_asked_keys(connection, "known_answers.sql", keys, purpose, not_before)
    return {
        key: KnownAnswer(key, call_id, text, Usage(*took), latency_ms)
        for key, call_id, text, *took, latency_ms in found
    }


def answered_keys(
    connection: duckdb.DuckDBPyConnection,
    keys: Sequence[str],
    *,
    purpose: str,
    not_before: dt.datetime | None = None,
) -> set[str]:
    """Those of these questions that have a valid answer; arguments as in `known_answers`."""
    return {key for (key,) in _of_asked_keys(connection, "answered_keys.sql", keys, purpose, not_before)}


def mark_damaged(connection: duckdb.DuckDBPyConnection, call_ids: Sequence[str]) -> None:
    """Take answers that can no longer be read out of use; their rows stay, with what they cost."""
    connection.execute(
        f"UPDATE {LLM_CALLS.qualified_name} SET status = 'damaged' WHERE call_id IN (SELECT unnest($ids))",
        {"ids": list(call_ids)},
    )


def claim(
    connection: duckdb.DuckDBPyConnection,
    questions: Mapping[str, str],
    *,
    purpose: str,
    run_id: str,
    execution_id: str,
    now: dt.datetime,
    not_before: dt.datetime | None = None,
) -> set[str]:
    """Claim questions for an execution in this process, which holds its `lease_of`, so that no other asks them.

    Call it inside a transaction, after `prepare_ledger`. What is claimed already is left to whoever claimed it, so
    `release_stale_claims` goes first.

    Args:
        connection: The warehouse.
        questions: What each is about, by key.
        purpose: What they are asked for.
        run_id: The run.
        execution_id: The execution.
        now: The present time, UTC without zone.
        not_before: As in `known_answers`: what has been answered meanwhile is not claimed.

    Returns:
        The keys that are the execution's to ask.
    """
    with _asked_keys(connection, questions):
        held = query_frame(connection, f"SELECT key FROM {LLM_CLAIMS.qualified_name} SEMI JOIN asked_keys USING (key)")
    answered = answered_keys(connection, list(questions), purpose=purpose, not_before=not_before)
    taken = answered.union(held["key"])
    mine = [key for key in questions if key not in taken]
    insert(
        connection,
        LLM_CLAIMS,
        pl.DataFrame(
            {
                "key": mine,
                "purpose": purpose,
                "subject_id": [questions[key] for key in mine],
                "run_id": run_id,
                "execution_id": execution_id,
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "process_started": psutil.Process().create_time(),
                "claimed_at": now,
            },
            schema=LLM_CLAIMS.polars_schema,
        ),
    )
    return set(mine)


def release_stale_claims(connection: duckdb.DuckDBPyConnection, journals: Path) -> int:
    """Void the claims of executions that have certainly ended.

    Take in their journals afterwards and claim only then: what they had paid for is not to be asked again.

    Args:
        connection: The warehouse, after `prepare_ledger`.
        journals: Folder of the journals.

    Returns:
        How many claims there were.
    """
    holders = query_frame(connection, f"SELECT execution_id, count(*) FROM {LLM_CLAIMS.qualified_name} GROUP BY ALL")
    dead = {execution: claims for execution, claims in holders.rows() if not holder_of(lease_of(journals, execution))}
    for execution_id in dead:
        release_claims(connection, execution_id)
    return sum(dead.values())


def release_claims(connection: duckdb.DuckDBPyConnection, execution_id: str, keys: Sequence[str] | None = None) -> None:
    """Give up an execution's claims: of these questions, or all of them."""
    if keys is None:
        connection.execute(f"DELETE FROM {LLM_CLAIMS.qualified_name} WHERE execution_id = ?", [execution_id])
    elif keys:
        outgoing = pl.DataFrame({"key": list(keys)}, schema={"key": pl.String})
        outgoing = outgoing.with_columns(execution_id=pl.lit(execution_id))
        delete_matching(connection, LLM_CLAIMS, outgoing, ("key", "execution_id"))


def spent_by(connection: duckdb.DuckDBPyConnection, run_id: str) -> Usage:
    """What a run has taken so far, whatever for."""
    if not table_exists(connection, LLM_CALLS):
        return Usage()
    query = statement(__package__, "spent_by_run.sql", calls=LLM_CALLS.qualified_name)
    return Usage(*query_frame(connection, query, {"run_id": run_id}).row(0))


def learned_form(
    warehouse: Warehouse, *, provider: str, endpoint: str, model: str, since: dt.datetime
) -> SchemaMode | None:
    """How the form of answers is to be asked for at an endpoint, by what it did; None when the ledger does not say.

    Args:
        warehouse: Where the ledger is; not made where it is not there.
        provider: Name of the provider.
        endpoint: Its address.
        model: The model.
        since: What was learned before, UTC without zone, is forgotten: a schema is tried again.
    """
    if not warehouse.path.exists():
        return None
    with warehouse.connect() as connection:
        if not table_exists(connection, LLM_CALLS):
            return None
        query = statement(__package__, "learned_form.sql", calls=LLM_CALLS.qualified_name)
        asked: dict[str, Any] = {"provider": provider, "endpoint": endpoint, "model": model, "since": since}
        asked |= {"first_answers": FIRST_ANSWERS, "without_form": sorted(WITHOUT_FORM)}
        found = query_frame(connection, query, asked)["schema_mode"].to_list()
    return next((mode for mode in get_args(SchemaMode) if mode in found), None)


def _rows(calls: Sequence[LlmCall], of_all: Mapping[str, str]) -> tuple[pl.DataFrame, tuple[LlmCall, ...]]:
    """The requests as rows, and those that can be none: one that cannot be stored must not keep out all others."""
    if not calls:
        return LLM_CALLS.empty(), ()
    values = [{**dataclasses.asdict(call), **of_all} for call in calls]
    try:
        return _frame(values), ()
    except Exception:  # noqa: BLE001 - whatever it is, which row it comes of is found out row by row
        if len(calls) == 1:
            return LLM_CALLS.empty(), tuple(calls)
    parts = [_rows((call,), of_all) for call in calls]
    return pl.concat([rows for rows, _ in parts]), tuple(call for _, refused in parts for call in refused)


def _frame(values: Sequence[dict[str, object]]) -> pl.DataFrame:
    return LLM_CALLS.conform(pl.DataFrame(values, schema=LLM_CALLS.polars_schema))


def _of_asked_keys(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    keys: Sequence[str],
    purpose: str,
    not_before: dt.datetime | None,
) -> list[tuple[Any, ...]]:
    """The rows of a statement on these questions; none where there is no ledger yet."""
    if not keys or not table_exists(connection, LLM_CALLS):
        return []
    query = statement(__package__, name, calls=LLM_CALLS.qualified_name)
    with _asked_keys(connection, keys):
        return query_frame(connection, query, {"purpose": purpose, "not_before": not_before}).rows()


def _asked_keys(connection: duckdb.DuckDBPyConnection, keys: Iterable[str]) -> AbstractContextManager[None]:
    """The keys as a relation: as a parameter, a list of 10,000 takes DuckDB seconds."""
    return registered(connection, asked_keys=pl.DataFrame({"key": list(keys)}, schema={"key": pl.String}))
