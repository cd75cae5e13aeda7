"""Scoring as Dagster runs it: what is pending, chosen, failing, retried and given up."""

from __future__ import annotations

import datetime as dt

import dagster as dg
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import insert, recreate, table_frame
from synthdeal_assets.llm.ledger.ledger import prepare_ledger, record_calls
from synthdeal_assets.scoring.asking import PURPOSE
from synthdeal_assets.world.truth_tables import TRUTH_OPPORTUNITIES
from synthdeal_assets_tests.fakes.scripted_scorer import paid_call
from synthdeal_assets_tests.scoring.conftest import Room, failure_of
from synthdeal_assets_tests.scoring.small_org import deal

pytestmark = pytest.mark.slow

RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


def test_everything_pending_is_scored_and_every_partition_turns_green(room: Room) -> None:
    room.put([deal(number) for number in range(5)])
    assert room.score().success
    ids = {f"006000{number}" for number in range(5)}
    assert {row[0] for row in room.rows("SELECT opportunity_id FROM scoring.opportunity_scores")} == ids
    assert room.rows("SELECT count(*) FROM scoring.score_elements") == [(60,)]
    assert room.green() == ids
    assert room.scorer.closed == 1


def test_a_second_run_scores_nothing(room: Room) -> None:
    room.put([deal(1), deal(2)])
    room.score()
    room.score()
    assert dict(room.scorer.calls) == {"0060001": 1, "0060002": 1}


def test_only_a_changed_deal_is_scored_again_and_its_old_score_is_in_the_history(room: Room) -> None:
    room.put([deal(1), deal(2)])
    room.score()
    before = room.rows("SELECT score, scored_at FROM scoring.opportunity_scores WHERE opportunity_id = '0060001'")
    room.put([deal(1, evidence={}), deal(2)])
    room.score()
    assert dict(room.scorer.calls) == {"0060001": 2, "0060002": 1}
    history = room.rows("SELECT opportunity_id, score, scored_at FROM scoring.score_history")
    assert history == [("0060001", *before[0])]
    (after,) = room.rows("SELECT score FROM scoring.opportunity_scores WHERE opportunity_id = '0060001'")
    assert after[0] < before[0][0]


def test_another_prompt_version_makes_every_score_pending(room: Room) -> None:
    room.put([deal(1)])
    room.score()
    room.scorer.prompt_version = "2"
    room.score()
    assert room.scorer.calls["0060001"] == 2


def test_a_failure_costs_no_other_opportunity_and_what_follows_goes_on(room: Room) -> None:
    room.scorer.failing_ids = {"0060002"}
    room.scorer.errors = {"0060003": ValueError("odd answer")}
    room.put([deal(number) for number in range(5)])
    assert room.everything().success
    assert room.green() == {"0060000", "0060001", "0060004"}
    assert room.rows("SELECT opportunity_id, kind, attempts FROM scoring.score_failures ORDER BY ALL") == [
        ("0060002", "scripted", 1),
        ("0060003", "unexpected", 1),
    ]


def test_a_chosen_partition_is_scored_though_it_is_not_pending(room: Room) -> None:
    room.put([deal(1), deal(2)])
    room.score()
    result = room.score("0060001")
    assert result.success
    assert dict(room.scorer.calls) == {"0060001": 2, "0060002": 1}
    events = [event.partition for event in result.get_asset_materialization_events() if event.partition]
    assert events == ["0060001"], "one event, not two"


def test_of_chosen_partitions_only_the_failing_one_is_not_green_and_the_run_says_which(room: Room) -> None:
    room.scorer.failing_ids = {"0060002"}
    room.put([deal(number) for number in range(5)])
    result = room.score(tags={RANGE_START: "0060001", RANGE_END: "0060003"})
    assert not result.success
    assert room.green() == {"0060001", "0060003"}
    assert dict(room.scorer.calls) == {"0060001": 1, "0060002": 1, "0060003": 1}
    assert failure_of(result).startswith(
        "1 of 3 chosen opportunities could not be scored; the others were. Failed: 0060002 (scripted: "
    )
    assert room.rows("SELECT opportunity_id FROM scoring.score_failures") == [("0060002",)]


def test_a_chosen_range_without_failures_turns_green_with_the_scores_as_metadata(room: Room) -> None:
    room.put([deal(number) for number in range(3)])
    result = room.score(tags={RANGE_START: "0060000", RANGE_END: "0060002"})
    assert result.success
    events = {
        event.partition: event.materialization.metadata["score"].value
        for event in result.get_asset_materialization_events()
        if event.partition
    }
    assert events == dict(room.rows("SELECT opportunity_id, score FROM scoring.opportunity_scores"))


def test_a_changed_deal_whose_new_scoring_fails_keeps_its_old_score_flagged_stale(room: Room) -> None:
    room.put([deal(1)])
    room.score()
    room.put([deal(1, evidence={})])
    room.scorer.failing_ids = {"0060001"}
    room.score()
    stale = (
        "SELECT is_stale, input_hash = (SELECT input_hash FROM scoring.scorer_inputs) FROM scoring.opportunity_scores"
    )
    assert room.rows(stale) == [(True, False)]
    room.scorer.failing_ids = ()
    room.score()
    assert room.rows(stale) == [(False, True)]
    assert room.rows("SELECT count(*) FROM scoring.score_failures") == [(0,)]


def test_only_failed_ones_that_are_due_are_tried_again(room: Room) -> None:
    room.put([deal(1), deal(2), deal(3)])
    room.scorer.failing_ids = {"0060001", "0060002"}
    room.score()
    with room.warehouse.connect() as connection:
        later = dt.datetime.now(dt.UTC).replace(tzinfo=None) + dt.timedelta(hours=1)
        connection.execute(
            "UPDATE scoring.score_failures SET next_attempt_at = ? WHERE opportunity_id = '0060002'", [later]
        )
        connection.execute("DELETE FROM scoring.opportunity_scores WHERE opportunity_id = '0060003'")
    room.scorer.failing_ids = ()
    assert room.score(only="failed").success
    assert dict(room.scorer.calls) == {"0060001": 2, "0060002": 1, "0060003": 1}


def test_an_opportunity_is_given_up_after_the_last_attempt_until_it_changes(room: Room) -> None:
    room.put([deal(1)])
    room.scorer.failing_ids = {"0060001"}
    for _ in range(5):
        room.score()
    assert room.scorer.calls["0060001"] == 3
    assert room.rows("SELECT attempts, next_attempt_at FROM scoring.score_failures") == [(3, None)]
    room.put([deal(1, amount=90_000.0)])
    room.score()
    assert room.scorer.calls["0060001"] == 4
    assert room.rows("SELECT attempts FROM scoring.score_failures") == [(1,)], "another input counts anew"


@pytest.mark.parametrize("changed", ["model", "prompt_version"])
def test_what_one_model_or_prompt_could_not_judge_another_is_asked_about(room: Room, changed: str) -> None:
    room.put([deal(1), deal(2)])
    room.scorer.failing_ids, room.scorer.retryable = {"0060001"}, False
    room.score()
    (run,) = room.rows("SELECT run_id FROM scoring.score_failures")
    with room.warehouse.connect() as connection:
        prepare_ledger(connection)
        record_calls(connection, [paid_call(subject_id="0060001", status="unusable")], run_id=run[0], purpose=PURPOSE)
    room.score()
    assert room.scorer.calls["0060001"] == 1, "given up"
    setattr(room.scorer, changed, "another")
    room.score()
    assert dict(room.scorer.calls) == {"0060001": 2, "0060002": 2}


def test_the_run_fails_when_more_than_half_of_at_least_twenty_fail(room: Room) -> None:
    room.put([deal(number) for number in range(20)])
    room.scorer.failing_ids = {f"006{number:04d}" for number in range(11)}
    result = room.score()
    assert not result.success
    assert failure_of(result).startswith(
        "11 of 20 opportunities could not be scored (scripted 11 times), more than half"
    )
    assert room.rows("SELECT count(*) FROM scoring.opportunity_scores") == [(9,)], "what landed is kept"
    assert len(room.green()) == 9


def test_half_of_the_deals_failing_does_not_fail_the_run(room: Room) -> None:
    room.put([deal(number) for number in range(20)])
    room.scorer.failing_ids = {f"006{number:04d}" for number in range(10)}
    assert room.score().success


def test_the_run_fails_when_every_score_is_zero(room: Room) -> None:
    room.scorer.level = 0
    room.put([deal(1), deal(2)])
    result = room.score()
    assert not result.success
    assert failure_of(result).startswith("Every score is zero")


def test_a_row_that_is_scored_but_not_green_gets_its_event_in_the_next_run(room: Room) -> None:
    room.put([deal(1), deal(2)])
    room.score()
    room.instance = dg.DagsterInstance.ephemeral()
    room.put([deal(1), deal(2)])
    assert room.green() == set()
    room.score()
    assert room.green() == {"0060001", "0060002"}
    assert room.scorer.calls["0060001"] == 1, "it is not scored again"


def test_an_opportunity_that_leaves_the_world_leaves_its_score_in_the_history_and_its_partition(room: Room) -> None:
    room.put([deal(1), deal(2), deal(3)])
    room.scorer.failing_ids = {"0060003"}
    room.score()
    room.put([deal(2)])
    assert room.rows("SELECT opportunity_id FROM scoring.opportunity_scores") == [("0060002",)]
    assert room.rows("SELECT DISTINCT opportunity_id FROM scoring.score_elements") == [("0060002",)]
    assert room.rows("SELECT opportunity_id FROM scoring.score_history") == [("0060001",)]
    assert room.rows("SELECT count(*) FROM scoring.score_failures") == [(0,)]
    assert set(room.instance.get_dynamic_partitions("opportunities")) == {"0060002"}


def test_a_chosen_partition_that_left_the_world_fails_with_its_name(room: Room) -> None:
    room.put([deal(1)])
    room.instance.add_dynamic_partitions("opportunities", ["0069999"])
    result = room.score("0069999")
    assert not result.success
    assert "No longer in the world: 0069999" in failure_of(result)


def test_progress_is_said_with_counts(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    room.put([deal(number) for number in range(4)])
    room.scorer.failing_ids = {"0060002"}
    room.score()
    assert "Scored 3 of 4 (1 failed)" in capsys.readouterr().err


def test_the_tables_filled_beside_the_scores_get_one_materialisation_with_their_row_counts(room: Room) -> None:
    room.put([deal(1), deal(2)])
    result = room.score()
    counts = {
        event.asset_key.to_user_string(): event.materialization.metadata["dagster/row_count"].value
        for event in result.get_asset_materialization_events()
        if event.asset_key is not None
        and event.asset_key.path[-1] in {"score_elements", "score_history", "score_failures"}
    }
    assert counts == {"scoring/score_elements": 24, "scoring/score_history": 0, "scoring/score_failures": 0}


def test_secrets_in_a_scorers_message_do_not_reach_the_warehouse(room: Room) -> None:
    room.put([deal(1), deal(2)])
    room.scorer.errors = {"0060001": RuntimeError("401 for Authorization: Bearer sk-proj-abcdefghijklmnop1234567890")}
    room.score()
    ((message,),) = room.rows("SELECT message FROM scoring.score_failures")
    assert "sk-proj" not in message
    assert "RuntimeError" in message


def test_permuting_the_truth_changes_no_score(room: Room) -> None:
    deals = [deal(number, evidence={} if number % 2 else deal(number).evidence) for number in range(6)]
    room.put(deals)
    room.score()
    judged = "SELECT * EXCLUDE (scored_at, run_id, latency_ms) FROM scoring.opportunity_scores ORDER BY opportunity_id"
    elements = "SELECT * FROM scoring.score_elements ORDER BY ALL"
    before = room.rows(judged), room.rows(elements)
    with room.warehouse.transaction() as connection:
        truth = table_frame(connection, TRUTH_OPPORTUNITIES)
        permuted = truth.with_columns(opportunity_id=truth["opportunity_id"].reverse())
        recreate(connection, TRUTH_OPPORTUNITIES)
        insert(connection, TRUTH_OPPORTUNITIES, permuted)
        connection.execute("DELETE FROM scoring.opportunity_scores; DELETE FROM scoring.score_elements")
    assert not permuted.sort("opportunity_id").equals(truth)
    assert room.everything().success
    assert (room.rows(judged), room.rows(elements)) == before


def test_partitions_without_a_choice_say_which_job_scores_what_and_score_nothing(room: Room) -> None:
    room.put([deal(1)])

    result = room.score(tags={})

    assert not result.success
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    assert "launch job `refresh` for all that is pending, or job `retry_failed_scores`" in str(
        failed.step_failure_data.error
    )
    assert not room.scorer.calls
