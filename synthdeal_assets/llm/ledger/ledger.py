"""The ledger in the warehouse: every request that was sent, the answers that need not be paid for again, and claims.

A claim says that a run is about to ask a question, so that no other run asks it too. Functions take a connection; the
caller decides what is one transaction. What becomes of an answer belongs in the rooms, what survives a kill between
two transactions in `journal.py`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.foundation.run_process import (
    HOST_TAG,
    PID_TAG,
    PROCESS_STARTED_TAG,
    RUN_TAG,
    process_is_gone,
    process_tags,
)
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import create, delete_matching, insert, query_frame, table_exists
from synthdeal_assets.llm.ledger.calls import LlmCall, Spent
from synthdeal_assets.llm.ledger.tables import LLM_CALLS, LLM_CLAIMS

CLAIM_LEASE: Final = dt.timedelta(minutes=5)
"""A claim of another machine that was not confirmed for so long is void: whether its process lives cannot be seen
from here. It is confirmed each minute (`scoring/asking.py`)."""


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """An answer that was paid for.

    Attributes:
        key: The question.
        call_id: The request that brought it.
        text: The answer to the letter.
        input_tokens: Tokens read for it, over all requests of its run on the way to it, as far as known.
        output_tokens: Tokens written for it, likewise.
        cost_usd: USD for all these requests; None when the cost of one is not known.
        latency_ms: How long the request that brought it took.
    """

    key: str
    call_id: str
    text: str
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    latency_ms: float


def prepare_ledger(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of the ledger that are not there yet."""
    for table in (LLM_CALLS, LLM_CLAIMS):
        create(connection, table)


def record_calls(connection: duckdb.DuckDBPyConnection, calls: Sequence[LlmCall], run_id: str) -> tuple[LlmCall, ...]:
    """Append requests, each once; those that are in the ledger already are left as they are.

    Args:
        connection: The warehouse, after `prepare_ledger`.
        calls: The requests.
        run_id: The run that sent them.

    Returns:
        Those that can be no row of the ledger; all others are in it.
    """
    taken, refused = _rows(calls, run_id)
    if taken.is_empty():
        return refused
    rows = taken.unique("call_id", keep="first", maintain_order=True)
    present = query_frame(
        connection,
        "SELECT call_id FROM scoring.llm_calls WHERE call_id IN (SELECT unnest($ids))",
        {"ids": rows["call_id"].to_list()},
    )
    insert(connection, LLM_CALLS, rows.join(present, on="call_id", how="anti"))
    return refused


def known_answers(
    connection: duckdb.DuckDBPyConnection, keys: Sequence[str], *, not_before: dt.datetime | None = None
) -> dict[str, KnownAnswer]:
    """The newest valid answer to each of these questions that has one.

    Args:
        connection: The warehouse.
        keys: The questions.
        not_before: Answers given earlier, UTC without zone, are passed over; None takes all.
    """
    if not keys or not table_exists(connection, LLM_CALLS):
        return {}
    with _asked_keys(connection, keys):
        found = query_frame(connection, statement(__package__, "known_answers.sql"), {"not_before": not_before})
    return {row["key"]: KnownAnswer(**row) for row in found.iter_rows(named=True)}


def answered_keys(
    connection: duckdb.DuckDBPyConnection, keys: Sequence[str], *, not_before: dt.datetime | None = None
) -> set[str]:
    """Those of these questions that have a valid answer; arguments as in `known_answers`."""
    if not keys or not table_exists(connection, LLM_CALLS):
        return set()
    query = statement(__package__, "answered_keys.sql")
    with _asked_keys(connection, keys):
        return set(query_frame(connection, query, {"not_before": not_before})["key"])


def mark_damaged(connection: duckdb.DuckDBPyConnection, call_ids: Sequence[str]) -> None:
    """Take answers that can no longer be read out of use; their rows stay, with what they cost."""
    connection.execute(
        "UPDATE scoring.llm_calls SET status = 'damaged' WHERE call_id IN (SELECT unnest($ids))",
        {"ids": list(call_ids)},
    )


def claim(
    connection: duckdb.DuckDBPyConnection,
    questions: Mapping[str, str],
    *,
    run_id: str,
    now: dt.datetime,
    not_before: dt.datetime | None = None,
) -> set[str]:
    """Claim questions for a run of this process, so that no other run asks them.

    Call it inside a transaction, after `prepare_ledger`. What another run has claimed is left to it, so
    `drop_dead_claims` goes first.

    Args:
        connection: The warehouse.
        questions: What each is about, by key.
        run_id: The run.
        now: The present time, UTC without zone.
        not_before: As in `known_answers`: what has been answered meanwhile is not claimed.

    Returns:
        The keys that are the run's to ask.
    """
    with _asked_keys(connection, questions):
        held = query_frame(connection, "SELECT key, run_id FROM scoring.llm_claims SEMI JOIN asked_keys USING (key)")
    by_others = set(held.filter(pl.col("run_id") != run_id)["key"])
    answered = answered_keys(connection, list(questions), not_before=not_before)
    mine = {key: subject for key, subject in questions.items() if key not in by_others and key not in answered}
    claimed = set(held["key"])
    new = [key for key in mine if key not in claimed]
    tags = process_tags(run_id)
    insert(
        connection,
        LLM_CLAIMS,
        pl.DataFrame(
            {
                "key": new,
                "opportunity_id": [mine[key] for key in new],
                "run_id": run_id,
                "host": tags[HOST_TAG],
                "pid": int(tags[PID_TAG]),
                "process_started": float(tags[PROCESS_STARTED_TAG]),
                "claimed_at": now,
            },
            schema=LLM_CLAIMS.polars_schema,
        ),
    )
    return set(mine)


def drop_dead_claims(connection: duckdb.DuckDBPyConnection, now: dt.datetime, *, asking_here: Collection[str]) -> None:
    """Void the claims of runs that are certainly dead, and of another machine's that were not confirmed for long.

    Take in their journals afterwards and claim only then: what they had paid for is not to be asked again.

    Args:
        connection: The warehouse, after `prepare_ledger`.
        now: The present time, UTC without zone.
        asking_here: The runs of this process that are asking. What another run of it has claimed was left behind
            because it could not be released.
    """
    holders = connection.execute(
        "SELECT run_id, host, pid, process_started, max(claimed_at) FROM scoring.llm_claims GROUP BY ALL"
    ).fetchall()
    here = process_tags("")[HOST_TAG]
    for run_id, host, pid, started, claimed_at in holders:
        if host == here:
            tags = {HOST_TAG: host, PID_TAG: str(pid), PROCESS_STARTED_TAG: str(started), RUN_TAG: run_id}
            left_behind = pid == os.getpid() and run_id not in asking_here
            dead = left_behind or process_is_gone(run_id, tags)
        else:
            # A time that lies ahead was written before the clock was set back, and proves nothing.
            dead = abs(now - claimed_at) > CLAIM_LEASE
        if dead:
            release_claims(connection, run_id)


def confirm_claims(connection: duckdb.DuckDBPyConnection, run_id: str, now: dt.datetime) -> None:
    """Say that a run still means to ask what it has claimed."""
    connection.execute(
        "UPDATE scoring.llm_claims SET claimed_at = $now WHERE run_id = $run", {"now": now, "run": run_id}
    )


def release_claims(connection: duckdb.DuckDBPyConnection, run_id: str, keys: Sequence[str] | None = None) -> None:
    """Give up a run's claims: of these questions, or all of them."""
    if keys is None:
        connection.execute("DELETE FROM scoring.llm_claims WHERE run_id = ?", [run_id])
    elif keys:
        outgoing = pl.DataFrame({"key": list(keys)}, schema={"key": pl.String}).with_columns(run_id=pl.lit(run_id))
        delete_matching(connection, LLM_CLAIMS, outgoing, ("key", "run_id"))


def spent_by(connection: duckdb.DuckDBPyConnection, run_id: str) -> Spent:
    """Requests a run has sent so far, and the USD it has spent on them as far as known."""
    if not table_exists(connection, LLM_CALLS):
        return Spent()
    row = connection.execute(
        "SELECT count(*), coalesce(sum(cost_usd), 0) FROM scoring.llm_calls WHERE run_id = ?", [run_id]
    ).fetchone()
    return Spent(int(row[0]), float(row[1])) if row is not None else Spent()


def _rows(calls: Sequence[LlmCall], run_id: str) -> tuple[pl.DataFrame, tuple[LlmCall, ...]]:
    """The requests as rows, and those that can be none: one that cannot be stored must not keep out all others."""
    if not calls:
        return LLM_CALLS.empty(), ()
    values = [{**dataclasses.asdict(call), "run_id": run_id} for call in calls]
    try:
        return _frame(values), ()
    except Exception:  # noqa: BLE001 - whatever it is, which row it comes of is found out row by row
        if len(calls) == 1:
            return LLM_CALLS.empty(), tuple(calls)
    parts = [_rows((call,), run_id) for call in calls]
    return pl.concat([rows for rows, _ in parts]), tuple(call for _, refused in parts for call in refused)


def _frame(values: Sequence[dict[str, object]]) -> pl.DataFrame:
    return LLM_CALLS.conform(pl.DataFrame(values, schema=LLM_CALLS.polars_schema))


@contextmanager
def _asked_keys(connection: duckdb.DuckDBPyConnection, keys: Iterable[str]) -> Iterator[None]:
    """The keys as a relation: as a parameter, a list of 10,000 takes DuckDB seconds."""
    connection.register("asked_keys", pl.DataFrame({"key": list(keys)}, schema={"key": pl.String}))
    try:
        yield
    finally:
        connection.unregister("asked_keys")
