"""Scores, elements, failures and history in the warehouse: every change of an opportunity in one transaction.

A run that is killed leaves an opportunity with its old score and its old elements or with the new ones, never with
half of each. Which opportunities are scored belongs in `pending.py`; the arithmetic in `rubric.py`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import polars as pl

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import (
    create,
    delete_matching,
    insert,
    query_frame,
    recreate,
    registered,
)
from synthdeal_assets.llm.engine import Answer, NoAnswer, said
from synthdeal_assets.llm.ledger.tables import LLM_CALLS, LLM_CLAIMS
from synthdeal_assets.scoring.answer import Failed, Judge, Outcome, Scored, ScoringError
from synthdeal_assets.scoring.asking import PURPOSE
from synthdeal_assets.scoring.rubric import MAX_LEVELS, bant_score, meddpicc_score, overall_score
from synthdeal_assets.scoring.scorers.hybrid import endpoint_of
from synthdeal_assets.scoring.scorers.scorer import Scorer, judge_as
from synthdeal_assets.scoring.tables import (
    OPPORTUNITY_SCORES,
    SCORE_ELEMENTS,
    SCORE_FAILURES,
    SCORE_HISTORY,
    SCORER_INPUTS,
)

KEPT_TABLES: Final = (OPPORTUNITY_SCORES, SCORE_ELEMENTS, SCORE_HISTORY, SCORE_FAILURES, LLM_CALLS, LLM_CLAIMS)
"""The tables that are filled opportunity by opportunity."""

MAX_BACKOFF: Final = dt.timedelta(days=1)
"""Doubling stops here: a failed deal is worth a look at least once a day until it is given up."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a failing opportunity is tried, and how soon.

    Attributes:
        max_attempts: Failures on the same input after which it is given up.
        backoff: Wait before the second attempt; doubles with each further one.
    """

    max_attempts: int
    backoff: dt.timedelta

    def next_attempt_at(self, attempts: int, failure: Failed) -> dt.datetime | None:
        """When to try again after this many failures; None when it is given up."""
        if attempts >= self.max_attempts or not failure.retryable:
            return None
        # In floats, because an endpoint may ask for more seconds than a timedelta holds, and so may doubling.
        wait_s = max(self.backoff.total_seconds() * 2.0 ** (attempts - 1), failure.retry_after_s or 0.0)
        return failure.at + dt.timedelta(seconds=min(wait_s, MAX_BACKOFF.total_seconds()))


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of scores that are not there yet."""
    for table in KEPT_TABLES:
        create(connection, table)


def store_outcomes(
    connection: duckdb.DuckDBPyConnection,
    outcomes: Sequence[Outcome],
    *,
    scorer: Scorer,
    run_id: str,
    policy: RetryPolicy,
) -> frozenset[str]:
    """Store a batch of outcomes; call it inside a transaction, after `prepare`.

    A new score takes the place of the old one, which goes to the history, and ends the opportunity's failure. A
    failure leaves the old score where it is and marks it stale when it was made from another input. Where another
    scorer stepped in, both are done. A score that says again what is there is passed over: an answer from the ledger,
    or a substitute, of the same input by the same judge.

    Returns:
        The opportunities whose score was there already and stayed as it was.
    """
    scored = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
    failed = [outcome for outcome in outcomes if isinstance(outcome, NoAnswer)]
    failed += [_failure_behind(outcome, outcome.value.instead_of) for outcome in scored if outcome.value.instead_of]
    if failed:
        _keep_failures(connection, failed, scorer, run_id, policy)
    if not scored:
        return frozenset()
    present = _present_already(connection, scored, scorer)
    new = [outcome for outcome in scored if outcome.question.opportunity_id not in present]
    if new:
        _keep_scores(connection, new, scorer, run_id)
    done = pl.DataFrame(
        {"opportunity_id": [outcome.question.opportunity_id for outcome in scored if not outcome.value.instead_of]},
        schema={"opportunity_id": pl.String},
    )
    delete_matching(connection, SCORE_FAILURES, done, ("opportunity_id",))
    if present:
        connection.execute(
            "UPDATE scoring.opportunity_scores SET is_stale = FALSE WHERE opportunity_id IN (SELECT unnest($ids))",
            {"ids": sorted(present)},
        )
    return present


def replace_inputs(
    connection: duckdb.DuckDBPyConnection, inputs: pl.DataFrame, *, run_id: str, now: dt.datetime
) -> int:
    """Replace scoring.scorer_inputs, and move the scores of opportunities that are gone to the history.

    Call it inside a transaction.

    Returns:
        How many scores went to the history.
    """
    prepare(connection)
    recreate(connection, SCORER_INPUTS)
    insert(connection, SCORER_INPUTS, inputs)
    gone = query_frame(
        connection,
        "SELECT opportunity_id FROM scoring.opportunity_scores ANTI JOIN scoring.scorer_inputs USING (opportunity_id)",
    )
    leaving = gone.with_columns(replaced_at=pl.lit(now, pl.Datetime("us")), replaced_by_run_id=pl.lit(run_id))
    _archive(connection, leaving)
    for table in (OPPORTUNITY_SCORES, SCORE_ELEMENTS):
        delete_matching(connection, table, gone, ("opportunity_id",))
    connection.execute(
        "DELETE FROM scoring.score_failures WHERE opportunity_id NOT IN "
        "(SELECT opportunity_id FROM scoring.scorer_inputs)"
    )
    return gone.height


def _keep_scores(connection: duckdb.DuckDBPyConnection, scored: Sequence[Scored], scorer: Scorer, run_id: str) -> None:
    scores = _frame(OPPORTUNITY_SCORES, [_score_row(outcome, scorer, run_id) for outcome in scored])
    elements = _frame(SCORE_ELEMENTS, [row for outcome in scored for row in _element_rows(outcome)])
    _archive(
        connection,
        scores.select("opportunity_id", replaced_at=pl.col("scored_at"), replaced_by_run_id=pl.col("run_id")),
    )
    for table in (OPPORTUNITY_SCORES, SCORE_ELEMENTS):
        delete_matching(connection, table, scores, ("opportunity_id",))
    insert(connection, OPPORTUNITY_SCORES, scores)
    insert(connection, SCORE_ELEMENTS, elements)


def _keep_failures(
    connection: duckdb.DuckDBPyConnection,
    failed: Sequence[Failed],
    scorer: Scorer,
    run_id: str,
    policy: RetryPolicy,
) -> None:
    before = query_frame(
        connection,
        statement(__package__, "earlier_failures.sql"),
        {
            "opportunity_ids": [outcome.question.opportunity_id for outcome in failed],
            "purpose": PURPOSE,
            "scorer": scorer.name,
            "model": scorer.model,
            "prompt_version": scorer.prompt_version,
            "endpoint": endpoint_of(scorer),
        },
    )
    known = {(row["opportunity_id"], row["input_hash"]): row for row in before.iter_rows(named=True)}
    rows = []
    for outcome in failed:
        deal = outcome.question
        earlier = known.get((deal.opportunity_id, deal.input_hash))
        attempts = earlier["attempts"] + 1 if earlier else 1
        rows.append(
            {
                "opportunity_id": deal.opportunity_id,
                "scorer": scorer.name,
                "kind": outcome.kind,
                "message": outcome.message,
                "attempts": attempts,
                "first_failed_at": earlier["first_failed_at"] if earlier else outcome.at,
                "last_failed_at": outcome.at,
                "next_attempt_at": policy.next_attempt_at(attempts, outcome),
                "input_hash": deal.input_hash,
                "run_id": run_id,
                "endpoint": endpoint_of(scorer),
            }
        )
    failures = _frame(SCORE_FAILURES, rows)
    delete_matching(connection, SCORE_FAILURES, failures, ("opportunity_id",))
    insert(connection, SCORE_FAILURES, failures)
    with registered(connection, failed_inputs=failures.select("opportunity_id", "input_hash")):
        connection.execute(statement(__package__, "mark_stale.sql"))


def _failure_behind(outcome: Scored, error: ScoringError) -> Failed:
    """The failure of the scorer that was asked, where another one stepped in."""
    return NoAnswer(outcome.question, error.kind, said(error), outcome.at, error.retryable, error.retry_after_s)


def _present_already(connection: duckdb.DuckDBPyConnection, scored: Sequence[Scored], scorer: Scorer) -> frozenset[str]:
    """Opportunities that have the same score already: of the same input, by the same judge, and not asked for anew."""
    candidates = [
        {
            "opportunity_id": outcome.question.opportunity_id,
            "input_hash": outcome.question.input_hash,
            **dataclasses.asdict(judge_of(outcome, scorer)),
            "endpoint": _endpoint(outcome, scorer),
        }
        for outcome in scored
        if outcome.from_ledger or outcome.value.instead_of
    ]
    if not candidates:
        return frozenset()
    with registered(connection, said_again=pl.DataFrame(candidates, schema_overrides={"endpoint": pl.String})):
        found = query_frame(
            connection,
            "SELECT scores.opportunity_id FROM scoring.opportunity_scores AS scores "
            "JOIN said_again USING (opportunity_id, input_hash, scorer, model, prompt_version) "
            "WHERE coalesce(scores.endpoint = said_again.endpoint, TRUE)",
        )
    return frozenset(found["opportunity_id"])


def judge_of(outcome: Scored, scorer: Scorer) -> Judge:
    """Who judged: the scorer that was asked, or the one that stepped in."""
    return outcome.value.judged_by or judge_as(scorer)


def _endpoint(outcome: Scored, scorer: Scorer) -> str | None:
    return None if outcome.value.judged_by else endpoint_of(scorer)


def _archive(connection: duckdb.DuckDBPyConnection, leaving: pl.DataFrame) -> None:
    """Copy the present scores of some opportunities to the history.

    Args:
        connection: The warehouse.
        leaving: Columns opportunity_id, replaced_at, replaced_by_run_id.
    """
    if leaving.is_empty():
        return
    with registered(connection, leaving_scores=leaving):
        connection.execute(statement(__package__, "archive_scores.sql"))


def _score_row(outcome: Scored, scorer: Scorer, run_id: str) -> dict[str, Any]:
    answer, levels = outcome.value, outcome.value.counted_levels()
    return {
        "opportunity_id": outcome.question.opportunity_id,
        "score": overall_score(levels),
        "meddpicc_score": meddpicc_score(levels),
        "bant_score": bant_score(levels),
        "win_probability": answer.win_probability,
        "confidence": answer.confidence,
        "reasoning": answer.reasoning,
        "key_strengths": "\n".join(answer.key_strengths),
        "areas_for_improvement": "\n".join(answer.areas_for_improvement),
        "risks": "\n".join(answer.risks),
        "next_steps": "\n".join(answer.next_steps),
        **dataclasses.asdict(judge_of(outcome, scorer)),
        "input_hash": outcome.question.input_hash,
        "endpoint": _endpoint(outcome, scorer),
        "scored_at": outcome.at,
        "run_id": run_id,
        "input_tokens": outcome.usage.input_tokens,
        "output_tokens": outcome.usage.output_tokens,
        "cost_usd": outcome.usage.total_usd,
        "latency_ms": round(outcome.latency_ms, 3),
        "is_stale": False,
    }


def _element_rows(outcome: Scored) -> list[dict[str, Any]]:
    return [
        {
            "opportunity_id": outcome.question.opportunity_id,
            "framework": judgement.framework,
            "element": judgement.element,
            "level": judgement.level,
            "counted_level": judgement.counted_level,
            "max_level": MAX_LEVELS[judgement.framework],
            "quote": judgement.quote,
            "quote_rejected": judgement.quote_rejected,
            "gap": judgement.gap,
            "question": judgement.question,
        }
        for judgement in outcome.value.elements
    ]


def _frame(table: Table, rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=table.polars_schema)
