"""What scorers say of deals as they stood at month ends, kept by day and hash of the input.

A scorer that costs nothing is asked about every landmark that is on record, once. What a paid one says of a deal counts
for a landmark as long as it was given the same input: what it said in the nights around it, or what it was asked for.
"""

from __future__ import annotations

import asyncio
import calendar
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import create, delete_matching, insert, query_frame, registered
from synthdeal_assets.llm.ledger.calls import LlmCall
from synthdeal_assets.scoring.answer import ScorerAnswer, StopScoring, validated
from synthdeal_assets.scoring.inputs import ScorerInput, deals_of
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS, meddpicc_points, overall_score
from synthdeal_assets.scoring.scorers.scorer import Scorer, judge_as
from synthdeal_assets.scoring.tables import LANDMARK_SCORES
from synthdeal_assets.world.tables import MEDDPICC_COLUMNS

KEY: Final = ("landmark_date", "opportunity_id", "input_hash")

MAX_DEADLINES: Final = 3
"""Deals on which a scorer may run out of its time before the others are left for the next night: there are thousands,
and one that hangs at each would hold up the run for hours."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a free scorer said of landmarks.

    Attributes:
        scores: Rows of scoring.landmark_scores.
        failed: Deals that it could not judge; each costs its own row alone.
    """

    scores: pl.DataFrame
    failed: int


def is_free(scorer: Scorer, probe: ScorerInput) -> bool:
    """Whether an answer of the scorer costs nothing, so that the ledger keeps none."""
    return scorer.question_key(probe) is None


def unjudged(connection: duckdb.DuckDBPyConnection, inputs: pl.DataFrame, scorer: Scorer) -> pl.DataFrame:
    """The landmark inputs of which the scorer has said nothing yet.

    Args:
        connection: The warehouse.
        inputs: As `landmark_inputs` gives them.
        scorer: The scorer.
    """
    create(connection, LANDMARK_SCORES)
    judged = query_frame(
        connection,
        f"SELECT {', '.join(KEY)} FROM scoring.landmark_scores "
        "WHERE scorer = $scorer AND model = $model AND prompt_version = $prompt_version",
        asdict(judge_as(scorer)),
    )
    return inputs.join(judged, on=KEY, how="anti", maintain_order="left")


def judge_landmarks(scorer: Scorer, inputs: pl.DataFrame) -> Judged:
    """Ask a free scorer about landmarks, one after the other.

    Args:
        scorer: A scorer that costs nothing; it is closed in the end.
        inputs: As `landmark_inputs` gives them.
    """
    judge = judge_as(scorer)
    answers = asyncio.run(_answers(scorer, list(deals_of(inputs))))
    rows = [
        {**key, **asdict(judge), **landmark_columns(answer)}
        for key, answer in zip(inputs.select(KEY).iter_rows(named=True), answers, strict=False)
        if answer is not None
    ]
    return Judged(pl.DataFrame(rows, schema=LANDMARK_SCORES.polars_schema), inputs.height - len(rows))


def landmark_columns(answer: ScorerAnswer) -> Mapping[str, float]:
    """What an answer says of its deal, as columns of scoring.landmark_scores."""
    counted, levels = answer.counted_levels(), answer.levels()
    return {
        "score": overall_score(counted),
        "points": meddpicc_points(counted),
        "win_probability": answer.win_probability,
        **{element: levels[element] for element in MEDDPICC_WEIGHTS},
    }


def insert_landmark_scores(connection: duckdb.DuckDBPyConnection, scores: pl.DataFrame) -> None:
    """Add judgements of landmarks, in the place of those by the same scorer; call it inside a transaction."""
    create(connection, LANDMARK_SCORES)
    delete_matching(connection, LANDMARK_SCORES, scores, LANDMARK_SCORES.primary_key)
    insert(connection, LANDMARK_SCORES, LANDMARK_SCORES.conform(scores))


def keep_landmark_scores(
    connection: duckdb.DuckDBPyConnection, inputs: pl.DataFrame, judged: Iterable[pl.DataFrame], as_of: dt.date
) -> None:
    """Add new judgements, take over the present scores that were made of a landmark's input, and drop what is outdated.

    Call it inside a transaction, after the tables of scores have been made.

    Args:
        connection: The warehouse.
        inputs: Every landmark input on record.
        judged: Rows of scoring.landmark_scores that are new.
        as_of: The day of the world. At a month end, the present scores are those of a landmark that is about to come.
    """
    create(connection, LANDMARK_SCORES)
    for rows in judged:
        insert_landmark_scores(connection, rows)
    keys = inputs.select(KEY)
    if as_of.day == calendar.monthrange(as_of.year, as_of.month)[1]:
        today = query_frame(connection, statement(__package__, "landmark_of_today.sql"), {"as_of": as_of})
        keys = pl.concat([keys, today.select(KEY)])
    with registered(connection, landmark_keys=keys):
        connection.execute(statement(__package__, "landmark_scores_outdated.sql"), {"as_of": as_of})
        connection.execute(statement(__package__, "landmark_scores_of_nights.sql", elements=MEDDPICC_COLUMNS))


async def _answers(scorer: Scorer, deals: Iterable[ScorerInput]) -> list[ScorerAnswer | None]:
    """One answer a deal, None where there is none.

    Shorter when the scorer says that nothing more is to be asked, or hangs again and again.
    """
    answers: list[ScorerAnswer | None] = []
    hung = 0
    try:
        for deal in deals:
            try:
                async with asyncio.timeout(scorer.deadline_s):
                    answers.append(validated(await scorer.score(deal, nothing_is_sent), deal))
            except StopScoring:
                break
            except TimeoutError:
                answers.append(None)
                hung += 1
                if hung == MAX_DEADLINES:
                    break
            except Exception:  # noqa: BLE001 - a scorer of somebody else may fail in any way, which costs this deal
                answers.append(None)
    finally:
        await scorer.aclose()
    return answers


def nothing_is_sent(call: LlmCall) -> None:
    """A free scorer has no request to tell of."""
