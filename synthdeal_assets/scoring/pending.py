"""Which opportunities are to be scored, judged from the warehouse alone.

Whether Dagster shows a partition as materialised plays no part here: a run that was killed may have stored a score
and not told Dagster, or the other way round.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal, get_args

import duckdb
import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import create, query_frame, table_exists
from synthdeal_assets.llm.ledger.tables import LLM_CALLS
from synthdeal_assets.scoring.asking import PURPOSE
from synthdeal_assets.scoring.scorers.hybrid import endpoint_of
from synthdeal_assets.scoring.scorers.scorer import Scorer
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES, SCORE_FAILURES, SCORER_INPUTS

Only = Literal["pending", "failed", "every_failed"]


def what_to_score(word: str) -> Only:
    """The word as one of the choices.

    Raises:
        SynthDealError: It is none of them.
    """
    choices: dict[str, Only] = {choice: choice for choice in get_args(Only)}
    if word not in choices:
        raise SynthDealError(
            f"`only` is {word!r}, which is not accepted: use {', '.join(choices)}.",
            code="scoring.bad-selection",
            usage=True,
        )
    return choices[word]


def pending_inputs(
    connection: duckdb.DuckDBPyConnection, scorer: Scorer, *, only: Only, max_attempts: int, now: dt.datetime
) -> pl.DataFrame:
    """The inputs of the opportunities that are to be scored, in the order of opportunity_id.

    Args:
        connection: The warehouse.
        scorer: Who will score: a score of another scorer, model, prompt version or endpoint counts as none.
        only: "pending" for what has no score of its present input, or has failed and is not given up; "failed" for
            what has failed, is not given up and is due again; "every_failed" for all that is failed right now.
        max_attempts: Failures of the same scorer, model, prompt version and endpoint on the same input after which an
            opportunity is given up.
        now: The present time, UTC without zone.

    Raises:
        SynthDealError: There are no inputs yet.
    """
    _require_inputs(connection)
    for table in (OPPORTUNITY_SCORES, SCORE_FAILURES, LLM_CALLS):
        create(connection, table)
    query = statement(__package__, "pending_opportunities.sql")
    return query_frame(
        connection,
        query,
        {
            "purpose": PURPOSE,
            "scorer": scorer.name,
            "model": scorer.model,
            "prompt_version": scorer.prompt_version,
            "endpoint": endpoint_of(scorer),
            "max_attempts": max_attempts,
            "now": now,
            "only": only,
        },
    )


def chosen_inputs(connection: duckdb.DuckDBPyConnection, opportunity_ids: Sequence[str]) -> pl.DataFrame:
    """The inputs of these opportunities, in the order of opportunity_id; those that have none are not there.

    Raises:
        SynthDealError: There are no inputs yet.
    """
    _require_inputs(connection)
    return query_frame(
        connection,
        "SELECT * FROM scoring.scorer_inputs WHERE opportunity_id IN (SELECT unnest($ids)) ORDER BY opportunity_id",
        {"ids": list(opportunity_ids)},
    )


def _require_inputs(connection: duckdb.DuckDBPyConnection) -> None:
    if not table_exists(connection, SCORER_INPUTS):
        raise SynthDealError(
            "There is nothing to score, because scoring/scorer_inputs does not exist yet: run `synthdeal run`, or "
            "materialise the world and scoring/scorer_inputs first.",
            code="scoring.no-inputs",
        )
