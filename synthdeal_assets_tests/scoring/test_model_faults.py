"""Scoring with a model whose endpoint misbehaves: what is paid for, what is kept, what is said, what stays pending."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from synthdeal_assets.demo_llm.faults import ANY, Behaviour, RequestOutcome
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.scoring import assets
from synthdeal_assets_tests.fakes.llm_server import LlmServer
from synthdeal_assets_tests.scoring.conftest import Room, failure_of
from synthdeal_assets_tests.scoring.small_org import deal

pytestmark = pytest.mark.slow

INPUTS = dg.AssetKey(["scoring", "scorer_inputs"])
KEY = "sk-test-0123456789abcdef0123456789"
PAID = "SELECT subject_id, count(*) FROM scoring.llm_calls WHERE status = 'success' GROUP BY ALL HAVING count(*) <> 1"


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with LlmServer() as server:
        yield server


def put(room: Room, count: int) -> None:
    room.put([deal(number) for number in range(count)])


def count(room: Room, table: str, where: str = "TRUE") -> int:
    ((rows,),) = room.rows(f"SELECT count(*) FROM scoring.{table} WHERE {where}")
    return int(rows)


def test_what_another_endpoint_said_under_the_same_name_is_nobody_elses_answer(room: Room, server: LlmServer) -> None:
    put(room, 3)
    room.ask_a_model(server.base_url)
    assert room.score().success
    with LlmServer() as other:
        room.ask_a_model(other.base_url)
        assert room.score().success
        assert (server.counts().requests, other.counts().requests) == (3, 3)
    room.ask_a_model(server.base_url.replace("127.0.0.1", "localhost"), endpoint_name="here")
    assert room.score().success
    assert server.counts().requests == 6
    room.ask_a_model(server.base_url)
    assert room.score().success
    assert server.counts().requests == 6, "it had been asked, and its answers come back from the ledger"
    place = server.base_url.removeprefix("http://")
    assert room.rows("SELECT DISTINCT endpoint FROM scoring.opportunity_scores") == [(place,)]
    assert count(room, "score_history") == 9
    assert room.score().success
    assert count(room, "score_history") == 9, "nothing is pending any more"


@pytest.mark.parametrize("name", [None, "the one that moves"])
def test_a_deal_that_one_endpoint_was_given_up_at_is_tried_at_another_and_not_where_only_the_address_is_another(
    room: Room, server: LlmServer, name: str | None
) -> None:
    put(room, 3)
    how = {"openai_model": "gemma3", "endpoint_name": name, "llm_max_attempts": 1, "retry_max_attempts": 2}
    fails = Behaviour(always={"0060001": RequestOutcome.MALFORMED})
    failures = "SELECT attempts, next_attempt_at IS NULL, endpoint FROM scoring.score_failures"
    with LlmServer(fails) as elsewhere:
        server.behaviour = fails
        here, there = (name or at.base_url.removeprefix("http://") for at in (server, elsewhere))
        room.ask_a_model(server.base_url, **how)
        for _ in range(3):
            assert room.score().success
        assert server.counts().by_opportunity["0060001"].requests == 2
        assert room.rows(failures) == [(2, True, here)], "given up"

        room.ask_a_model(elsewhere.base_url, **how)
        assert room.score().success
        if name is None:
            assert elsewhere.counts().by_opportunity["0060001"].requests == 1
            assert room.rows(failures) == [(1, False, there)], "its first attempt here"
            elsewhere.behaviour = Behaviour()
            assert room.score().success
            assert room.rows(failures) == []
        else:
            assert elsewhere.counts().requests == 0
            assert room.rows(failures) == [(2, True, name)]


def test_demo_llm_is_one_endpoint_wherever_it_listens(room: Room, server: LlmServer) -> None:
    put(room, 3)
    room.ask_a_model(server.base_url, openai_model="demo-llm")
    assert room.score().success
    with LlmServer() as elsewhere:
        room.ask_a_model(elsewhere.base_url, openai_model="demo-llm")
        assert room.score().success
        assert (server.counts().requests, elsewhere.counts().requests) == (3, 0)


@pytest.mark.parametrize("seed", [1, 2])
def test_with_faults_of_every_kind_everything_is_scored_and_paid_for_successfully_once(
    room: Room, server: LlmServer, seed: int
) -> None:
    server.behaviour = Behaviour(
        seed=seed,
        rates={
            RequestOutcome.RATE_LIMITED: 0.10,
            RequestOutcome.SERVER_ERROR: 0.05,
            RequestOutcome.MALFORMED: 0.03,
            RequestOutcome.RESET: 0.01,
        },
    )
    put(room, 100)
    room.ask_a_model(server.base_url, scorer_concurrency=16)
    assert room.score().success
    assert count(room, "opportunity_scores", "scorer = 'openai'") == 100
    assert count(room, "score_failures") == 0
    assert room.rows(PAID) == []
    counts = server.counts()
    assert counts.outcomes[RequestOutcome.MALFORMED] > 0, "the faults did come"
    assert count(room, "llm_calls") == counts.requests
    assert count(room, "llm_calls", "status = 'success'") == 100
    assert (
        count(room, "llm_calls", "error_class = 'malformed' AND output_tokens > 0")
        == counts.outcomes[RequestOutcome.MALFORMED]
    )


def test_anthropic_is_asked_in_its_own_manner_and_its_faults_are_survived_too(room: Room, server: LlmServer) -> None:
    server.behaviour = Behaviour(
        seed=3,
        retry_after_s=0,
        rates={
            RequestOutcome.RATE_LIMITED: 0.1,
            RequestOutcome.OVERLOADED: 0.1,
            RequestOutcome.MALFORMED: 0.05,
            RequestOutcome.RESET: 0.05,
        },
    )
    put(room, 40)
    room.ask_a_model(
        server.base_url,
        scorer="anthropic",
        anthropic_base_url=server.anthropic_base_url,
        anthropic_api_key="sk-ant-test-0123456789abcdef",
    )
    result = room.score()
    assert result.success
    assert count(room, "opportunity_scores", "scorer = 'anthropic'") == 40
    assert room.rows(PAID) == []
    metadata = result.asset_materializations_for_node("scoring__opportunity_scores")[-1].metadata
    assert metadata["anthropic.calls"].value == server.counts().requests
    assert metadata["gen_ai.provider.name"].value == "anthropic"
    counted = server.counts()
    ((read, written),) = room.rows("SELECT sum(input_tokens), sum(output_tokens) FROM scoring.llm_calls")
    assert (read, written) == (counted.input_tokens, counted.output_tokens)


def test_a_wrong_key_ends_the_run_with_one_sentence_and_leaves_everything_pending(
    room: Room, server: LlmServer
) -> None:
    server.behaviour = Behaviour(api_key="sk-another")
    put(room, 40)
    room.ask_a_model(server.base_url)
    result = room.score()
    assert not result.success
    sentence = failure_of(result)
    assert "key" in sentence
    assert "OPENAI_API_KEY" in sentence
    assert KEY not in sentence
    assert room.green() == set()
    assert count(room, "opportunity_scores") == 0
    assert count(room, "score_failures") == 0, "no deal is at fault"
    assert server.counts().requests <= 8

    server.behaviour = Behaviour(api_key=KEY)
    assert room.score().success
    assert len(room.green()) == 40


def test_a_model_that_was_shut_down_is_named_with_what_to_do(room: Room, server: LlmServer) -> None:
    put(room, 3)
    room.ask_a_model(server.base_url, openai_model="gpt-5")
    server.change(shut_down_models=frozenset({"gpt-5"}))
    sentence = failure_of(room.score())
    assert "gpt-5" in sentence
    assert "SYNTHDEAL_OPENAI_MODEL" in sentence


def test_a_pause_of_an_hour_is_not_slept_and_the_deal_is_due_in_an_hour(room: Room, server: LlmServer) -> None:
    put(room, 4)
    server.behaviour = Behaviour(retry_after_s=3600, script={"0060001": [RequestOutcome.RATE_LIMITED]})
    room.ask_a_model(server.base_url)
    started = time.monotonic()
    assert room.score().success
    assert time.monotonic() - started < 30
    assert count(room, "opportunity_scores") == 3
    ((kind, last, following),) = room.rows("SELECT kind, last_failed_at, next_attempt_at FROM scoring.score_failures")
    assert kind == "rate_limited"
    assert dt.timedelta(minutes=59) < following - last <= dt.timedelta(minutes=61)


def test_when_every_answer_asks_for_a_pause_of_an_hour_the_run_stops(room: Room, server: LlmServer) -> None:
    put(room, 60)
    server.behaviour = Behaviour(retry_after_s=3600, rates={RequestOutcome.RATE_LIMITED: 1.0})
    room.ask_a_model(server.base_url)
    assert not room.score().success
    assert server.counts().requests < 30


def test_an_endpoint_that_never_answers_costs_a_bounded_time(room: Room, server: LlmServer) -> None:
    put(room, 40)
    server.behaviour = Behaviour(rates={RequestOutcome.HANG: 1.0})
    room.ask_a_model(server.base_url, llm_timeout=0.3, llm_max_attempts=3)
    started = time.monotonic()
    result = room.score()
    assert time.monotonic() - started < 30
    assert not result.success
    assert room.green() == set()
    assert count(room, "llm_calls", "error_class = 'timeout' AND cost_usd IS NULL") > 0


def test_a_deal_whose_answers_never_come_costs_no_other(room: Room, server: LlmServer) -> None:
    put(room, 12)
    server.behaviour = Behaviour(always={"0060003": RequestOutcome.HANG, "0060005": RequestOutcome.REFUSED})
    room.ask_a_model(server.base_url, llm_timeout=0.3, llm_max_attempts=2)
    assert room.score().success
    assert count(room, "opportunity_scores") == 10
    assert room.rows(
        "SELECT opportunity_id, kind, next_attempt_at IS NULL FROM scoring.score_failures ORDER BY ALL"
    ) == [
        ("0060003", "timeout", False),
        ("0060005", "refused", True),
    ]


def test_a_temperature_that_is_refused_is_left_out_and_the_ledger_says_so(room: Room, server: LlmServer) -> None:
    put(room, 30)
    server.behaviour = Behaviour(refused_parameters=frozenset({"temperature"}))
    room.ask_a_model(server.base_url)
    assert room.score().success
    assert count(room, "opportunity_scores") == 30
    assert count(room, "llm_calls", "error_class = 'parameter_refused'") <= 8
    rows = room.rows("SELECT DISTINCT parameters FROM scoring.llm_calls WHERE status = 'success'")
    assert [("temperature" in json.loads(parameters)) for (parameters,) in rows] == [False]


def test_usage_is_told_to_dagster_under_the_names_that_dagster_openai_gives_it(room: Room, server: LlmServer) -> None:
    put(room, 3)
    room.ask_a_model(server.base_url, input_price=1.0, output_price=2.0)
    metadata = room.score().asset_materializations_for_node("scoring__opportunity_scores")[-1].metadata
    counted = server.counts()
    told = {name: metadata[name].value for name in metadata if name.startswith(("openai.", "gen_ai."))}
    assert told == {
        "openai.calls": 3,
        "openai.prompt_tokens": counted.input_tokens,
        "openai.completion_tokens": counted.output_tokens,
        "openai.total_tokens": counted.input_tokens + counted.output_tokens,
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": room.settings.llm.openai_model,
    }
    expected = (counted.input_tokens + 2 * counted.output_tokens) / 1e6
    assert metadata["cost_usd"].value == pytest.approx(expected, rel=0.5), "cached tokens may cost less"


def test_before_anything_is_paid_for_the_inputs_say_what_scoring_will_cost(room: Room, server: LlmServer) -> None:
    room.ask_a_model(server.base_url, input_price=1.0, output_price=10.0)
    put(room, 12)
    (event,) = room.instance.fetch_materializations(INPUTS, limit=1).records
    materialization = event.asset_materialization
    assert materialization is not None
    told = materialization.metadata
    assert told["opportunities_to_be_scored"].value == 12
    assert 0.01 < float(str(told["estimated_cost_usd"].value)) < 1
    assert "assumed" in str(told["estimate"].value)
    assert server.counts().requests == 0


def test_without_a_key_the_inputs_are_made_and_say_why_there_is_no_estimate(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    room.ask_a_model("http://127.0.0.1:9/v1", openai_base_url=None, openai_api_key=None)
    put(room, 2)
    (event,) = room.instance.fetch_materializations(INPUTS, limit=1).records
    materialization = event.asset_materialization
    assert materialization is not None
    assert "OPENAI_API_KEY is not set" in str(materialization.metadata["estimate"].value)


def test_at_the_cap_of_requests_the_run_stops_keeps_what_it_has_and_says_so(room: Room, server: LlmServer) -> None:
    put(room, 40)
    room.ask_a_model(server.base_url, max_calls=10)
    result = room.score()
    assert result.success
    assert server.counts().requests == 10
    assert count(room, "opportunity_scores") == 10
    assert count(room, "score_failures") == 0
    metadata = result.asset_materializations_for_node("scoring__opportunity_scores")[-1].metadata
    assert metadata["pending_left"].value == 30
    assert "SYNTHDEAL_MAX_CALLS" in str(metadata["stopped"].value)

    room.ask_a_model(server.base_url)
    assert room.score().success
    assert server.counts().requests == 40


def test_the_cap_in_usd_is_never_exceeded(room: Room, server: LlmServer) -> None:
    put(room, 60)
    prices = {"input_price": 1.0, "output_price": 10.0}
    room.ask_a_model(server.base_url, max_cost_usd=0.5, **prices)
    assert room.score().success
    ((spent,),) = room.rows("SELECT sum(cost_usd) FROM scoring.llm_calls")
    assert 0.25 < spent <= 0.5
    assert 0 < count(room, "opportunity_scores") < 60


def test_a_hybrid_run_fills_in_with_the_heuristic_and_labels_it(room: Room, server: LlmServer) -> None:
    put(room, 12)
    server.behaviour = Behaviour(always={"0060003": RequestOutcome.REFUSED, "0060004": RequestOutcome.MALFORMED})
    room.ask_a_model(server.base_url, scorer="hybrid", llm_max_attempts=2)
    assert room.score().success
    assert room.rows("SELECT scorer, count(*) FROM scoring.opportunity_scores GROUP BY ALL ORDER BY ALL") == [
        ("heuristic", 2),
        ("openai", 10),
    ]
    assert room.rows("SELECT opportunity_id, kind FROM scoring.score_failures ORDER BY ALL") == [
        ("0060003", "refused"),
        ("0060004", "malformed"),
    ]
    assert len(room.green()) == 12

    server.behaviour = Behaviour()
    assert room.score(only="every_failed").success
    assert room.rows("SELECT DISTINCT scorer FROM scoring.opportunity_scores") == [("openai",)]
    assert count(room, "score_failures") == 0
    assert count(room, "score_history", "scorer = 'heuristic'") == 2


def test_what_failed_before_the_clock_was_set_back_is_due(
    room: Room, server: LlmServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(room, 3)
    server.behaviour = Behaviour(script={ANY: [RequestOutcome.SERVER_ERROR] * 2})
    room.ask_a_model(server.base_url, llm_max_attempts=2, retry_backoff_minutes=60)
    room.score()
    assert count(room, "score_failures") == 3
    now = utc_now()
    monkeypatch.setattr(assets, "utc_now", lambda: now - dt.timedelta(days=1))
    assert room.score(only="failed").success
    assert count(room, "opportunity_scores") == 3
    assert count(room, "llm_calls", "latency_ms < 0") == 0


def test_an_answer_edited_by_hand_is_asked_for_again_and_the_row_stays(room: Room, server: LlmServer) -> None:
    put(room, 3)
    room.ask_a_model(server.base_url)
    room.score()
    with room.warehouse.connect() as connection:
        connection.execute("UPDATE scoring.llm_calls SET answer = '{' WHERE subject_id = '0060001'")
        connection.execute("DELETE FROM scoring.opportunity_scores")
        connection.execute("DELETE FROM scoring.score_elements")
    assert room.score().success
    assert server.counts().requests == 4
    assert count(room, "opportunity_scores") == 3
    assert count(room, "llm_calls", "status = 'damaged'") == 1


SCORING_PROCESS = """
import sys
import dagster as dg
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets_tests.scoring.conftest import Room

room = Room(Warehouse(database=sys.argv[1]), dg.DagsterInstance.local_temp(sys.argv[2]))
room.ask_a_model(sys.argv[3])
assert room.score().success
"""


def score_in_a_process(room: Room, server: LlmServer, history: Path) -> subprocess.Popen[bytes]:
    history.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-c", SCORING_PROCESS, room.warehouse.database, str(history), server.base_url],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    )


def test_after_a_kill_nothing_is_paid_for_twice_but_what_was_in_flight(
    room: Room, server: LlmServer, tmp_path: Path
) -> None:
    put(room, 160)
    server.change(latency_s=0.15)
    run = score_in_a_process(room, server, tmp_path / "history")
    while server.counts().outcomes.get(RequestOutcome.ANSWERED, 0) < 40:
        time.sleep(0.01)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    room.ask_a_model(server.base_url)
    server.change(latency_s=0.0)
    assert room.score().success
    assert count(room, "opportunity_scores") == 160
    twice = [each for each in server.counts().by_opportunity.values() if each.successes > 1]
    assert len(twice) <= 8, "more than the concurrency"
    assert all(each.successes == 2 for each in twice)
    assert room.rows(PAID) == []
    assert len(twice) <= count(room, "llm_calls", "status = 'cancelled' AND cost_usd IS NULL") <= 8
    assert count(room, "score_failures") == 0, "what was in flight was no attempt"


def test_two_runs_at_once_pay_for_each_deal_once(room: Room, server: LlmServer, tmp_path: Path) -> None:
    put(room, 60)
    server.change(latency_s=0.1)
    runs = [score_in_a_process(room, server, tmp_path / f"history{number}") for number in range(2)]
    assert [run.wait(timeout=120) for run in runs] == [0, 0]
    assert server.counts().outcomes.get(RequestOutcome.ANSWERED, 0) == 60
    assert count(room, "opportunity_scores") == 60
    assert room.rows(PAID) == []


def test_the_key_is_nowhere_in_what_a_run_leaves(room: Room, server: LlmServer) -> None:
    put(room, 3)
    server.behaviour = Behaviour(always={"0060001": RequestOutcome.MALFORMED})
    room.ask_a_model(server.base_url, llm_max_attempts=1)
    room.score()
    leavings = [path for path in room.warehouse.path.parent.rglob("*") if path.is_file()]
    assert leavings
    assert [path.name for path in leavings if KEY.encode() in path.read_bytes()] == []
