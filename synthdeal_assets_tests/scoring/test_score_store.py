"""Scores, elements, failures and history change together or not at all."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, query_frame
from synthdeal_assets.llm.engine import Answer, NoAnswer
from synthdeal_assets.llm.ledger.ledger import record_calls
from synthdeal_assets.llm.usage import NOTHING
from synthdeal_assets.scoring.answer import Failed, Scored
from synthdeal_assets.scoring.asking import PURPOSE
from synthdeal_assets.scoring.score_store import RetryPolicy, prepare, store_outcomes
from synthdeal_assets.scoring.scorers.heuristic import judge
from synthdeal_assets_tests.fakes.scripted_scorer import ScriptedScorer, paid_call
from synthdeal_assets_tests.scoring.small_org import scorer_input

NOON = dt.datetime(2026, 5, 4, 12)
POLICY = RetryPolicy(max_attempts=4, backoff=dt.timedelta(minutes=5))


def keep(warehouse: Warehouse, *outcomes: Scored | Failed, scorer: ScriptedScorer | None = None) -> None:
    with warehouse.transaction() as connection:
        prepare(connection)
        store_outcomes(connection, outcomes, scorer=scorer or ScriptedScorer(), run_id="run", policy=POLICY)


def failed(minute: int, *, retryable: bool = True, **changes: object) -> Failed:
    return NoAnswer(scorer_input(**changes), "timeout", "Too slow.", NOON + dt.timedelta(minutes=minute), retryable)


def scored(minute: int, **changes: object) -> Scored:
    deal = scorer_input(**changes)
    return Answer(deal, judge(deal), NOON + dt.timedelta(minutes=minute), 12.5, NOTHING)


def failures(warehouse: Warehouse) -> list[tuple[object, ...]]:
    return warehouse.read(
        "SELECT attempts, first_failed_at, last_failed_at, next_attempt_at FROM scoring.score_failures"
    ).rows()


def at(minute: int) -> dt.datetime:
    return NOON + dt.timedelta(minutes=minute)


def test_the_wait_doubles_with_each_attempt_and_ends_with_the_last(warehouse: Warehouse) -> None:
    seen = []
    for minute in (0, 10, 30, 60):
        keep(warehouse, failed(minute))
        seen += failures(warehouse)
    assert seen == [
        (1, at(0), at(0), at(5)),
        (2, at(0), at(10), at(20)),
        (3, at(0), at(30), at(50)),
        (4, at(0), at(60), None),
    ]


@pytest.mark.parametrize(("attempts", "retry_after_s"), [(99, None), (1, 1e300)], ids=["doubled", "asked for"])
def test_no_wait_is_longer_than_a_day(attempts: int, retry_after_s: float | None) -> None:
    failure = replace(failed(0), retry_after_s=retry_after_s)
    policy = RetryPolicy(max_attempts=100, backoff=dt.timedelta(days=1))
    assert policy.next_attempt_at(attempts, failure) == NOON + dt.timedelta(days=1)


def test_what_cannot_succeed_is_not_tried_again(warehouse: Warehouse) -> None:
    keep(warehouse, failed(0, retryable=False))
    assert failures(warehouse) == [(1, at(0), at(0), None)]


@pytest.mark.parametrize("change", ["input", "scorer", "model", "prompt_version"])
def test_attempts_count_anew_for_another_input_scorer_model_or_prompt(warehouse: Warehouse, change: str) -> None:
    keep(warehouse, failed(0))
    keep(warehouse, failed(1))
    with warehouse.transaction() as connection:
        record_calls(connection, [paid_call(status="unusable")], run_id="run", purpose=PURPOSE)
    if change == "input":
        keep(warehouse, failed(2, notes="Another story."))
    else:
        other = ScriptedScorer()
        setattr(other, "name" if change == "scorer" else change, "other")
        keep(warehouse, failed(2), scorer=other)
    assert failures(warehouse) == [(1, at(2), at(2), at(7))]


def test_a_failure_marks_only_the_score_of_another_input_as_stale(warehouse: Warehouse) -> None:
    keep(warehouse, scored(0), scored(0, opportunity_id="0060002"))
    keep(warehouse, failed(1, notes="Another story."), failed(1, opportunity_id="0060002"))
    stale = "SELECT opportunity_id, is_stale FROM scoring.opportunity_scores ORDER BY ALL"
    assert warehouse.read(stale).rows() == [("0060001", True), ("0060002", False)]


def test_a_score_ends_the_failure_and_replaces_score_and_elements_together(warehouse: Warehouse) -> None:
    keep(warehouse, failed(0))
    keep(warehouse, scored(1))
    keep(warehouse, scored(2, metrics=None))
    assert failures(warehouse) == []
    assert warehouse.read("SELECT scored_at FROM scoring.opportunity_scores").rows() == [(at(2),)]
    assert warehouse.read("SELECT count(*) FROM scoring.score_elements").item() == 12
    assert warehouse.read("SELECT level FROM scoring.score_elements WHERE element = 'metrics'").item() == 0
    history = "SELECT scored_at, replaced_at, replaced_by_run_id FROM scoring.score_history"
    assert warehouse.read(history).rows() == [(at(1), at(2), "run")]


def test_a_batch_that_fails_half_way_leaves_everything_as_it_was(warehouse: Warehouse) -> None:
    keep(warehouse, scored(0))

    def contents() -> list[list[tuple[object, ...]]]:
        with warehouse.connect() as connection:
            return [
                query_frame(connection, f"SELECT * FROM scoring.{table} ORDER BY ALL").rows()
                for table in ("opportunity_scores", "score_elements", "score_history", "score_failures")
            ]

    before = contents()
    broken = NoAnswer(scorer_input(opportunity_id="0060002"), None, "Too slow.", at(1), True)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="kind holds NULL"):
        keep(warehouse, scored(1, metrics=None), broken)
    assert contents() == before
