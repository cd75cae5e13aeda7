"""What scorers say of month ends: asked once where it is free, and taken from the nights where it is paid for."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, insert
from synthdeal_assets.llm.ledger.calls import Record
from synthdeal_assets.scoring.answer import Judge, ScorerAnswer, ScoringError
from synthdeal_assets.scoring.inputs import ScorerInput, deals_of
from synthdeal_assets.scoring.landmarks.frame import landmark_frame, today_frame, world_day
from synthdeal_assets.scoring.landmarks.inputs import landmark_inputs
from synthdeal_assets.scoring.landmarks.scores import (
    KEY,
    MAX_DEADLINES,
    insert_landmark_scores,
    is_free,
    judge_landmarks,
    keep_landmark_scores,
    landmark_columns,
    unjudged,
)
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS
from synthdeal_assets.scoring.scorers import heuristic
from synthdeal_assets.scoring.scorers.heuristic import HeuristicScorer
from synthdeal_assets.scoring.tables import LANDMARK_SCORES, OPPORTUNITY_SCORES, SCORE_ELEMENTS
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.scoring.flags.worlds import world_of

AS_OF = dt.date(2026, 11, 20)
PAID = Judge("openai", "a-model", "v1")


class Moody(HeuristicScorer):
    """A free scorer of somebody else, which fails on some deals in a way of its own."""

    name = "moody"

    async def score(self, deal: ScorerInput, record: Record) -> ScorerAnswer:
        if deal.opportunity_id.endswith("1"):
            raise ScoringError("tired", "No.")
        if deal.opportunity_id.endswith("2"):
            raise ZeroDivisionError
        return heuristic.judge(deal)


class Hanging(HeuristicScorer):
    """A free scorer of somebody else that never answers."""

    name, deadline_s, asked = "hanging", 0.01, 0

    async def score(self, deal: ScorerInput, record: Record) -> ScorerAnswer:
        self.asked += 1
        await asyncio.Event().wait()
        raise AssertionError


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with connected(AS_OF) as connection:
        yield connection


def connected(day: dt.date) -> duckdb.DuckDBPyConnection:
    """A database in memory with the world of a day, whose inputs are frozen."""
    return world_of(3, 80, day)


def score_all(connection: duckdb.DuckDBPyConnection, judge: Judge) -> None:
    """Store present scores of every input, as a run of that scorer would have."""
    deals = list(deals_of(connection.execute("FROM scoring.scorer_inputs").pl()))
    said = {deal.opportunity_id: heuristic.judge(deal) for deal in deals}
    scores = dict.fromkeys(OPPORTUNITY_SCORES.polars_schema)
    rows = [
        {
            **scores,
            "opportunity_id": deal.opportunity_id,
            "input_hash": deal.input_hash,
            "scorer": judge.scorer,
            "model": judge.model,
            "prompt_version": judge.prompt_version,
            "score": landmark_columns(said[deal.opportunity_id])["score"],
            "win_probability": said[deal.opportunity_id].win_probability,
        }
        for deal in deals
    ]
    elements = [
        {
            "opportunity_id": name,
            "framework": each.framework,
            "element": each.element,
            "level": each.level,
            "counted_level": each.counted_level,
            "max_level": 3,
            "quote": each.quote,
            "quote_rejected": False,
            "gap": each.gap,
            "question": each.question,
        }
        for name, answer in said.items()
        for each in answer.elements
    ]
    filled = pl.DataFrame(rows, schema=OPPORTUNITY_SCORES.polars_schema)
    filled = filled.with_columns(
        pl.col(pl.String).fill_null(""),
        pl.col(pl.Float64, pl.Int32, pl.Int64).fill_null(0),
        pl.col(pl.Boolean).fill_null(value=False),
        scored_at=pl.lit(dt.datetime(2026, 11, 20)),
    )
    insert(connection, OPPORTUNITY_SCORES, filled)
    insert(connection, SCORE_ELEMENTS, pl.DataFrame(elements, schema=SCORE_ELEMENTS.polars_schema))


def test_a_free_scorer_is_asked_about_every_month_end_once(connection: duckdb.DuckDBPyConnection) -> None:
    inputs, scorer = landmark_inputs(connection), HeuristicScorer()
    assert is_free(scorer, next(deals_of(inputs)))
    first = judge_landmarks(scorer, unjudged(connection, inputs, scorer))
    keep_landmark_scores(connection, inputs, [first.scores], AS_OF)

    assert (first.scores.height, first.failed) == (inputs.height, 0)
    assert unjudged(connection, inputs, scorer).is_empty()
    for deal, row in zip(deals_of(inputs), first.scores.iter_rows(named=True), strict=True):
        answer = heuristic.judge(deal)
        assert [row[element] for element in MEDDPICC_WEIGHTS] == [answer.levels()[e] for e in MEDDPICC_WEIGHTS]
        assert row["points"] == sum(answer.levels()[element] for element in MEDDPICC_WEIGHTS)
        assert row["win_probability"] == answer.win_probability


def test_a_deal_that_a_scorer_fails_on_costs_its_own_row(connection: duckdb.DuckDBPyConnection) -> None:
    inputs = landmark_inputs(connection)
    said = judge_landmarks(Moody(), inputs)
    fails = inputs["opportunity_id"].str.ends_with("1") | inputs["opportunity_id"].str.ends_with("2")
    assert 0 < said.failed == fails.sum()
    assert said.scores.select(KEY).equals(inputs.filter(~fails).select(KEY))
    keep_landmark_scores(connection, inputs, [said.scores], AS_OF)
    assert unjudged(connection, inputs, Moody()).height == said.failed


def test_a_scorer_that_hangs_is_not_waited_for_at_every_deal(connection: duckdb.DuckDBPyConnection) -> None:
    hanging = Hanging()
    inputs = landmark_inputs(connection)

    said = judge_landmarks(hanging, inputs)

    assert (said.scores.height, said.failed) == (0, inputs.height)
    assert hanging.asked == MAX_DEADLINES < inputs.height


def test_what_a_paid_scorer_said_counts_for_the_landmarks_with_the_same_input(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    score_all(connection, PAID)
    inputs = landmark_inputs(connection)
    keep_landmark_scores(connection, inputs, [], AS_OF)
    kept = connection.execute("FROM scoring.landmark_scores ORDER BY landmark_date, opportunity_id").pl()

    present = (
        "SELECT opportunity_id, input_hash FROM scoring.scorer_inputs JOIN crm.opportunities USING (opportunity_id)"
    )
    still_open, closed = (
        set(connection.execute(f"{present} WHERE {which}").fetchall()) for which in ("NOT is_closed", "is_closed")
    )
    # Landmarks with the last input of a closed deal are there, and would be those of deals near their end.
    assert any(row[1:] in closed for row in inputs.select(KEY).iter_rows())
    expected = [row for row in inputs.select(KEY).iter_rows() if row[1:] in still_open]
    assert 0 < len(expected) < inputs.height
    assert kept.select(KEY).rows() == expected
    assert set(kept["scorer"]) == {"openai"}
    frame = landmark_frame(connection, PAID)
    assert frame.height == len(expected)
    assert frame.filter(pl.col("closed_on").is_null() != pl.col("is_won").is_null()).is_empty()


def test_at_a_month_end_the_scores_of_that_day_are_kept_for_the_landmark_it_becomes() -> None:
    month_end, after = dt.date(2026, 10, 31), dt.date(2026, 11, 9)
    with connected(month_end) as connection:
        score_all(connection, PAID)
        keep_landmark_scores(connection, landmark_inputs(connection), [], month_end)
        on_the_day = connection.execute("FROM scoring.landmark_scores WHERE landmark_date = $1", [month_end]).pl()
        judged = today_frame(connection, PAID)
    assert on_the_day.height == judged.height > 10
    assert set(on_the_day["points"]) == set(judged["points"])
    with connected(after) as connection:
        insert(connection, LANDMARK_SCORES, on_the_day)
        keep_landmark_scores(connection, landmark_inputs(connection), [], after)
        later = landmark_frame(connection, PAID)
    assert later["landmark_date"].unique().to_list() == [month_end]
    assert later.height == on_the_day.height


def test_two_who_judge_the_same_landmarks_at_once_leave_one_row_each(connection: duckdb.DuckDBPyConnection) -> None:
    inputs = landmark_inputs(connection)
    said = judge_landmarks(HeuristicScorer(), inputs).scores
    insert_landmark_scores(connection, said)
    insert_landmark_scores(connection, said.head(20).with_columns(score=pl.lit(1.0)))
    kept = connection.execute("FROM scoring.landmark_scores").pl()
    assert kept.height == inputs.height
    assert (kept["score"] == 1.0).sum() == 20


def test_a_score_of_another_input_than_the_landmarks_is_dropped(connection: duckdb.DuckDBPyConnection) -> None:
    inputs = landmark_inputs(connection)
    said = judge_landmarks(HeuristicScorer(), inputs).scores
    outdated = said.with_columns(
        input_hash=pl.when(pl.int_range(pl.len()) < 5).then(pl.lit("x")).otherwise("input_hash")
    )
    keep_landmark_scores(connection, inputs, [outdated], AS_OF)
    assert connection.execute("FROM scoring.landmark_scores").pl().height == inputs.height - 5
    # Of a day that is still to come, because the world was set back, nothing is dropped.
    ahead = said.head(3).with_columns(landmark_date=pl.lit(AS_OF + dt.timedelta(days=10)))
    keep_landmark_scores(connection, inputs, [ahead], AS_OF)
    assert connection.execute("FROM scoring.landmark_scores").pl().height == inputs.height - 2


@pytest.mark.parametrize("read", [world_day, landmark_inputs], ids=["the day", "the month ends"])
def test_without_a_world_one_sentence_names_the_table_that_is_missing(
    tmp_path: Path, read: Callable[[duckdb.DuckDBPyConnection], object]
) -> None:
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))

    with failing_with("warehouse.table-missing", naming="crm."), warehouse.connect() as connection:
        read(connection)


def test_todays_deals_come_in_the_form_of_landmarks(connection: duckdb.DuckDBPyConnection) -> None:
    score_all(connection, PAID)
    today, landmarks = today_frame(connection, PAID), landmark_frame(connection, PAID)
    assert today.schema == landmarks.schema
    assert today["score"].null_count() == 0
    assert today_frame(connection, replace(PAID, model="other"))["score"].null_count() == today.height

    # A day later the same deals stand at a month end, as they stand today when today is one.
    with connected(dt.date(2026, 10, 31)) as that_day, connected(dt.date(2026, 11, 1)) as next_day:
        score_all(that_day, PAID)
        columns = ["opportunity_id", "stage_name", "amount", "close_date", "age_days", "days_in_stage", "slips"]
        as_today = today_frame(that_day, PAID).select(columns)
        record = next_day.execute(
            "SELECT record.* FROM crm.landmarks AS record "
            "JOIN crm.landmark_texts USING (opportunity_id, landmark_date) "
            "WHERE landmark_date = '2026-10-31' ORDER BY opportunity_id"
        ).pl()
        assert as_today.equals(record.select(columns))
