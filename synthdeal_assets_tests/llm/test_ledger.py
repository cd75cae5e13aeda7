"""The ledger: what was paid for is known, what somebody is about to ask is left to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from synthdeal_assets.foundation.leases import LEASE_S, held
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.ledger.journal import lease_of
from synthdeal_assets.llm.ledger.ledger import (
    answered_keys,
    claim,
    known_answers,
    mark_damaged,
    prepare_ledger,
    record_calls,
    release_claims,
    release_stale_claims,
    spent_by,
)
from synthdeal_assets.llm.ledger.spending import spending
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets_tests.fakes.another_machine import held_on_another_machine
from synthdeal_assets_tests.fakes.scripted_scorer import paid_call

PURPOSE = "testing"

NOON = dt.datetime(2026, 5, 4, 12)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with Warehouse(database=str(tmp_path / "warehouse.duckdb")).connect() as connection:
        prepare_ledger(connection)
        yield connection


def claimed(
    connection: duckdb.DuckDBPyConnection, questions: dict[str, str], execution: str, now: dt.datetime
) -> set[str]:
    """What an execution gets of the questions that it wants to claim."""
    return claim(connection, questions, purpose=PURPOSE, run_id=f"run of {execution}", execution_id=execution, now=now)


def test_an_answer_that_was_paid_for_is_known_with_what_it_cost(ledger: duckdb.DuckDBPyConnection) -> None:
    record_calls(ledger, [paid_call()], run_id="run-1", purpose=PURPOSE)
    known = known_answers(ledger, ["key-1", "key-2"], purpose=PURPOSE)
    assert set(known) == {"key-1"}
    answer = known["key-1"]
    assert (answer.call_id, answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.total_usd) == (
        "call-1",
        1000,
        200,
        0.01,
    )
    assert answered_keys(ledger, ["key-1", "key-2"], purpose=PURPOSE) == {"key-1"}


@pytest.mark.parametrize(("cost_usd", "all_usd"), [(0.02, 0.03), (None, None)])
def test_a_known_answer_cost_what_the_unusable_ones_before_it_did_too(
    ledger: duckdb.DuckDBPyConnection, cost_usd: float | None, all_usd: float | None
) -> None:
    unusable = paid_call(call_id="call-0", status="unusable", answer="{", cost_usd=cost_usd, output_tokens=None)
    record_calls(ledger, [unusable, paid_call()], run_id="run-1", purpose=PURPOSE)
    record_calls(ledger, [paid_call(call_id="call-2", status="unusable", answer="{")], run_id="run-2", purpose=PURPOSE)
    answer = known_answers(ledger, ["key-1"], purpose=PURPOSE)["key-1"]
    assert (answer.call_id, answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.total_usd) == (
        "call-1",
        2000,
        200,
        all_usd,
    )


def test_nothing_but_a_success_is_an_answer(ledger: duckdb.DuckDBPyConnection) -> None:
    record_calls(
        ledger,
        [
            paid_call(call_id=status, key=status, status=status)
            for status in ("unusable", "failed", "cancelled", "damaged")
        ],
        run_id="run-1",
        purpose=PURPOSE,
    )
    assert known_answers(ledger, ["unusable", "failed", "cancelled", "damaged"], purpose=PURPOSE) == {}


def test_the_newest_answer_counts_and_an_unknown_cost_stays_unknown(ledger: duckdb.DuckDBPyConnection) -> None:
    older = paid_call(call_id="older", answer="older")
    newer = paid_call(call_id="newer", answer="newer", cost_usd=None, asked_at=NOON + dt.timedelta(hours=1))
    record_calls(ledger, [newer, older], run_id="run-1", purpose=PURPOSE)
    assert known_answers(ledger, ["key-1"], purpose=PURPOSE)["key-1"].text == "newer"
    assert known_answers(ledger, ["key-1"], purpose=PURPOSE)["key-1"].usage.total_usd is None


def test_an_answer_past_its_time_to_live_is_not_used_again(ledger: duckdb.DuckDBPyConnection) -> None:
    record_calls(ledger, [paid_call()], run_id="run-1", purpose=PURPOSE)
    assert known_answers(ledger, ["key-1"], purpose=PURPOSE, not_before=NOON)
    assert not known_answers(ledger, ["key-1"], purpose=PURPOSE, not_before=NOON + dt.timedelta(seconds=1))


def test_a_request_that_is_recorded_twice_stands_in_the_ledger_once(ledger: duckdb.DuckDBPyConnection) -> None:
    record_calls(ledger, [paid_call()], run_id="run-1", purpose=PURPOSE)
    record_calls(ledger, [paid_call(), paid_call(call_id="call-2")], run_id="run-1", purpose=PURPOSE)
    assert spent_by(ledger, "run-1") == Usage(2, 2000, 0, 400, 0.02)
    assert spent_by(ledger, "run-2") == Usage()


def test_a_cost_that_is_not_known_counts_for_the_rest_of_the_run_at_what_it_counted(
    ledger: duckdb.DuckDBPyConnection,
) -> None:
    calls = [paid_call(counted_usd=0.01), paid_call(call_id="call-2", cost_usd=None, counted_usd=0.25)]
    record_calls(ledger, calls, run_id="run-1", purpose=PURPOSE)
    assert spent_by(ledger, "run-1") == Usage(2, 2000, 0, 400, 0.26, calls_of_unknown_cost=1)
    assert spending(ledger, "run-1")[0].usage.cost_usd == 0.01, "it is shown as not known"


def test_answers_and_claims_of_another_purpose_are_another_rooms(ledger: duckdb.DuckDBPyConnection) -> None:
    record_calls(ledger, [paid_call()], run_id="run-1", purpose="another")
    assert known_answers(ledger, ["key-1"], purpose=PURPOSE) == {}
    assert answered_keys(ledger, ["key-1"], purpose=PURPOSE) == set()
    assert claimed(ledger, {"key-1": "a"}, "run-1", NOON) == {"key-1"}
    assert spent_by(ledger, "run-1").calls == 1, "the budget of a run is one"
    record_calls(ledger, [paid_call(call_id="call-2", cost_usd=0.5)], run_id="run-1", purpose=PURPOSE)
    assert [(each.purpose, each.usage.cost_usd) for each in spending(ledger, "run-1")] == [
        (PURPOSE, 0.5),
        ("another", 0.01),
    ]
    assert known_answers(ledger, ["key-1"], purpose=PURPOSE)["key-1"].usage.cost_usd == 0.5


def test_a_damaged_answer_is_out_of_use_and_its_cost_stays(ledger: duckdb.DuckDBPyConnection) -> None:
    record_calls(ledger, [paid_call()], run_id="run-1", purpose=PURPOSE)
    mark_damaged(ledger, ["call-1"])
    assert not known_answers(ledger, ["key-1"], purpose=PURPOSE)
    assert spent_by(ledger, "run-1").cost_usd == 0.01


def test_what_a_living_run_has_claimed_is_left_to_it_until_it_gives_it_up(
    ledger: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    assert claimed(ledger, {"key-1": "a", "key-2": "b"}, "run-1", NOON) == {"key-1", "key-2"}
    assert claimed(ledger, {"key-2": "b", "key-3": "c"}, "run-2", NOON) == {"key-3"}
    with held(lease_of(tmp_path, "run-1")), held(lease_of(tmp_path, "run-2")):
        assert release_stale_claims(ledger, tmp_path) == 0
    release_claims(ledger, "run-1", ["key-2", "key-3"])
    assert claimed(ledger, {"key-2": "b"}, "run-2", NOON) == {"key-2"}
    assert claimed(ledger, {"key-1": "a"}, "run-2", NOON) == set()
    release_claims(ledger, "run-1")
    assert claimed(ledger, {"key-1": "a"}, "run-2", NOON) == {"key-1"}


def test_what_an_ended_run_of_this_process_could_not_release_is_taken_over(
    ledger: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    with held(lease_of(tmp_path, "run-1")):
        claimed(ledger, {"key-1": "a"}, "run-1", NOON)
    assert release_stale_claims(ledger, tmp_path) == 1
    assert claimed(ledger, {"key-1": "a"}, "run-2", NOON) == {"key-1"}


def test_what_has_been_answered_meanwhile_is_not_claimed(ledger: duckdb.DuckDBPyConnection) -> None:
    record_calls(ledger, [paid_call()], run_id="run-1", purpose=PURPOSE)
    assert claimed(ledger, {"key-1": "a"}, "run-2", NOON) == set()


@pytest.mark.parametrize(("silent_s", "void"), [(0, 0), (LEASE_S + 15, 1)])
def test_a_claim_of_another_machine_holds_while_it_renews_its_lease(
    ledger: duckdb.DuckDBPyConnection, tmp_path: Path, silent_s: float, void: int
) -> None:
    claimed(ledger, {"key-1": "a"}, "run-1", NOON)
    held_on_another_machine(lease_of(tmp_path, "run-1"), silent_s=silent_s)
    assert release_stale_claims(ledger, tmp_path) == void
    assert len(claimed(ledger, {"key-1": "a"}, "run-2", NOON)) == void


def test_a_request_that_is_handed_over_twice_is_there_once(ledger: duckdb.DuckDBPyConnection) -> None:
    record_calls(ledger, [paid_call(), paid_call()], run_id="run-1", purpose=PURPOSE)
    record_calls(ledger, [paid_call()], run_id="run-2", purpose=PURPOSE)
    assert spent_by(ledger, "run-1") == Usage(1, 1000, 0, 200, 0.01)
    assert spent_by(ledger, "run-2") == Usage()
