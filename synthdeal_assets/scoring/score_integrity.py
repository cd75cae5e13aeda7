"""What must hold between inputs, scores, elements and failures, beyond what the table descriptions say.

Promises as queries for offending rows, and the recomputation of every score from its counted levels. How they appear in
Dagster is decided in `checks.py`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.table_checks import Rule, TableCheck, checks_of
from synthdeal_assets.foundation.warehouse.warehouse import query_frame
from synthdeal_assets.scoring.rubric import ELEMENTS, UNPROVEN_DIVISOR, bant_score, meddpicc_score, overall_score
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES, SCORE_ELEMENTS, SCORE_FAILURES, SCORE_HISTORY

RECOMPUTED: Final = {"score": overall_score, "meddpicc_score": meddpicc_score, "bant_score": bant_score}
"""Columns of scoring.opportunity_scores that follow from the levels, with the function that gives them."""

LEVELS: Final = "SELECT opportunity_id, framework, element, counted_level FROM scoring.score_elements"
STORED: Final = "SELECT opportunity_id, score, meddpicc_score, bant_score FROM scoring.opportunity_scores"


def score_integrity() -> list[TableCheck]:
    """The promises about scores that are kept in SQL; all are shown at scoring.opportunity_scores.

    The tables filled beside the scores are external assets, whose own checks no job would run; so theirs are shown at
    the scores too, under the table's name.
    """
    beside = [
        replace(check, table=OPPORTUNITY_SCORES, name=f"{table.name}_{check.name}")
        for table in (SCORE_ELEMENTS, SCORE_FAILURES, SCORE_HISTORY)
        for check in checks_of(table)
    ]
    return [
        *beside,
        _check(
            "every_open_opportunity_is_scored",
            "Every open opportunity has a score for its current state; exceptions are listed. Job "
            "[retry_failed_scores](/guess/retry_failed_scores) scores the failed ones once more.",
            "unscored_open_opportunities.sql",
            stops_the_run=False,
        ),
        _check(
            "no_opportunity_is_failed_right_now",
            "No opportunity is waiting for another attempt or given up; exceptions are listed. Job "
            "[retry_failed_scores](/guess/retry_failed_scores) scores them once more.",
            "failed_right_now.sql",
            stops_the_run=False,
        ),
        _check(
            "quotes_stand_in_the_input",
            "Every quote is found verbatim in what the scorer was shown.",
            "quotes_not_in_input.sql",
        ),
        _check(
            "levels_count_as_their_quotes_allow",
            "A level counts in full with a quote, half with a rejected one, and either way without any.",
            "levels_counted_wrongly.sql",
        ),
        _check(
            "levels_fit_their_framework",
            "No level is above 3 in MEDDPICC or above 4 in BANT.",
            "levels_out_of_framework.sql",
        ),
    ]


def wrong_arithmetic(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The scores that differ from what their levels give.

    Returns:
        One row for each wrong number: opportunity_id, column, stored, recomputed; recomputed is NULL when the
        opportunity does not have exactly the twelve elements.
    """
    levels: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    for opportunity_id, framework, element, level in query_frame(connection, LEVELS).iter_rows():
        levels[opportunity_id][framework, element] = level
    wrong: list[tuple[str, str, float, float | None]] = []
    for row in query_frame(connection, f"{STORED} ORDER BY opportunity_id").iter_rows(named=True):
        judged = levels[row["opportunity_id"]]
        is_complete = set(judged) == set(ELEMENTS)
        by_element = {element: level for (_, element), level in judged.items()}
        for column, recompute in RECOMPUTED.items():
            recomputed = float(recompute(by_element)) if is_complete else None
            if recomputed != row[column]:
                wrong.append((row["opportunity_id"], column, float(row[column]), recomputed))
    return pl.DataFrame(
        wrong,
        schema={"opportunity_id": pl.String, "column": pl.String, "stored": pl.Float64, "recomputed": pl.Float64},
        orient="row",
    )


def _check(name: str, description: str, file: str, *, stops_the_run: bool = True) -> TableCheck:
    query = statement(__package__, file, divisor=UNPROVEN_DIVISOR)
    return TableCheck(
        OPPORTUNITY_SCORES,
        name,
        description,
        (Rule("opportunity_id", query),),
        blocking=stops_the_run,
        is_error=stops_the_run,
    )
