"""Asking without paying twice: within a run, across runs, by two runs at once, and after a kill."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from synthdeal_assets.foundation.leases import LEASE_S
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.engine import Answer, NoAnswer
from synthdeal_assets.llm.ledger.ask_all import AskResult, Listener
from synthdeal_assets.llm.ledger.context import spent_so_far
from synthdeal_assets.llm.ledger.journal import CallJournal, lease_of
from synthdeal_assets.llm.ledger.ledger import known_answers
from synthdeal_assets.scoring.answer import Outcome
from synthdeal_assets.scoring.asking import PURPOSE, ask_about, scoring_ledger
from synthdeal_assets.scoring.inputs import ScorerInput
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.fakes.another_machine import held_on_another_machine
from synthdeal_assets_tests.fakes.collecting import Collecting
from synthdeal_assets_tests.fakes.scripted_scorer import ScriptedScorer, paid_call
from synthdeal_assets_tests.scoring.small_org import scorer_input

pytestmark = pytest.mark.slow


def deals(count: int) -> list[ScorerInput]:
    return [scorer_input(opportunity_id=f"{number:04d}") for number in range(count)]


class Asking:
    """Asks, and remembers what landed."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self._kept: Collecting[Outcome] = Collecting()

    def ask(self, scorer: ScriptedScorer, asked: Iterable[ScorerInput], run_id: str = "run-1", **how: Any) -> AskResult:
        listener: Listener[Outcome] = how.pop("listener", None) or self._kept
        return ask_about(scorer, asked, scoring_ledger(self.warehouse, run_id, **how), listener, concurrency=8)

    @property
    def outcomes(self) -> list[Outcome]:
        """What landed."""
        return self._kept.outcomes

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.warehouse.read(query).rows()

    def paid(self) -> list[tuple[Any, ...]]:
        """Opportunities with the number of successes that were paid for."""
        return self.rows(
            "SELECT subject_id, count(*) FROM scoring.llm_calls WHERE status = 'success' GROUP BY ALL ORDER BY ALL"
        )


@pytest.fixture
def asking(warehouse: Warehouse) -> Asking:
    return Asking(warehouse)


def test_a_second_run_takes_every_answer_from_the_ledger(asking: Asking) -> None:
    first = asking.ask(ScriptedScorer(pays=True), deals(5))
    assert (first.usage.calls, first.from_ledger, round(first.usage.cost_usd, 9)) == (5, 0, 0.05)
    again = ScriptedScorer(pays=True)
    second = asking.ask(again, deals(6), "run-2")
    assert dict(again.calls) == {"0005": 1}
    assert (second.usage.calls, second.from_ledger) == (1, 5)
    reused = [each for each in asking.outcomes if isinstance(each, Answer) and each.from_ledger]
    assert {(each.usage.input_tokens, each.usage.total_usd) for each in reused} == {(1000, 0.01)}
    assert asking.paid() == [(f"{number:04d}", 1) for number in range(6)]


def test_nothing_is_claimed_any_more_when_a_run_has_ended(asking: Asking) -> None:
    asking.ask(ScriptedScorer(pays=True, failing_ids={"0001"}), deals(3))
    assert asking.rows("SELECT * FROM scoring.llm_claims") == []
    assert not (asking.warehouse.path.parent / "llm_journal").exists() or not list(
        (asking.warehouse.path.parent / "llm_journal").iterdir()
    )


def test_an_answer_that_was_spoiled_in_the_ledger_is_marked_and_asked_for_again(asking: Asking) -> None:
    asking.ask(ScriptedScorer(pays=True), deals(2))
    with asking.warehouse.connect() as connection:
        connection.execute("UPDATE scoring.llm_calls SET answer = '{\"levels' WHERE subject_id = '0001'")
    again = ScriptedScorer(pays=True)
    asked = asking.ask(again, deals(2), "run-2")
    assert dict(again.calls) == {"0001": 1}
    assert asked.damaged == 1
    assert asking.rows("SELECT status, count(*) FROM scoring.llm_calls GROUP BY ALL ORDER BY ALL") == [
        ("damaged", 1),
        ("success", 2),
    ]


def test_numbers_of_a_ledger_row_that_cannot_be_are_not_known_and_spoil_no_score(asking: Asking) -> None:
    asking.ask(ScriptedScorer(pays=True), deals(1))
    with asking.warehouse.connect() as connection:
        connection.execute(
            "UPDATE scoring.llm_calls SET input_tokens = -5, output_tokens = 9223372036854775807, cost_usd = 'nan', "
            "latency_ms = 'inf'"
        )
        keys = [key for (key,) in connection.execute("SELECT key FROM scoring.llm_calls").fetchall()]
        (known,) = known_answers(connection, keys, purpose=PURPOSE).values()
    assert (known.usage.input_tokens, known.usage.output_tokens, known.usage.total_usd, known.latency_ms) == (
        0,
        0,
        None,
        0.0,
    )


def test_an_answer_past_its_time_to_live_is_asked_for_again(asking: Asking) -> None:
    asking.ask(ScriptedScorer(pays=True), deals(1))
    again = ScriptedScorer(pays=True)
    asking.ask(again, deals(1), "run-2", not_before=dt.datetime(2026, 5, 5))
    assert again.calls.total() == 1


def test_when_the_scorer_wants_no_more_to_be_asked_the_rest_is_left_and_what_was_paid_for_is_kept(
    asking: Asking,
) -> None:
    asked = asking.ask(ScriptedScorer(pays=True, stop_after=20, latency_s=0.01), deals(100))
    assert asked.stop is not None
    assert (asked.stop.kind, asked.stop.message) == ("budget", "The script's money is spent.")
    assert len(asking.outcomes) == asked.usage.calls == 20
    assert asking.rows("SELECT count(*) FROM scoring.llm_claims") == [(0,)]


@pytest.mark.parametrize("run_ids", [("run-0", "run-1"), ("run-0", "run-0")], ids=["two runs", "two of one run"])
def test_two_executions_at_once_pay_for_every_answer_once_and_both_get_it(
    asking: Asking, run_ids: tuple[str, str]
) -> None:
    # Long enough for the second to begin while the first has chunks left.
    scorers = [ScriptedScorer(pays=True, latency_s=0.5) for _ in range(2)]
    runs = [Asking(asking.warehouse) for _ in scorers]
    threads = [
        threading.Thread(target=run.ask, args=(scorer, deals(40), run_id))
        for run, scorer, run_id in zip(runs, scorers, run_ids, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum((scorer.calls for scorer in scorers), start=scorers[0].calls - scorers[0].calls).total() == 40
    assert asking.paid() == [(f"{number:04d}", 1) for number in range(40)]
    assert all(scorer.calls for scorer in scorers), "they share the work"
    for run in runs:
        assert sorted(each.question.opportunity_id for each in run.outcomes) == [
            f"{number:04d}" for number in range(40)
        ]


def test_what_another_run_could_not_score_is_asked_about_here(asking: Asking) -> None:
    failing = ScriptedScorer(pays=True, failing_ratio=1.1, latency_s=0.3)
    other = threading.Thread(target=Asking(asking.warehouse).ask, args=(failing, deals(3), "run-0"))
    other.start()
    while not failing.calls:
        time.sleep(0.01)
    scorer = ScriptedScorer(pays=True)
    asking.ask(scorer, deals(3))
    other.join()
    assert scorer.calls.total() == 3
    assert [type(each) for each in asking.outcomes] == [Answer] * 3


def test_what_has_the_same_key_is_asked_once_and_answered_to_both(asking: Asking) -> None:
    class Alike(ScriptedScorer):
        def question_key(self, deal: ScorerInput) -> str | None:
            return deal.name

    scorer = Alike(pays=True)
    asking.ask(scorer, deals(3))
    assert scorer.calls.total() == 1
    assert sorted((each.question.opportunity_id, isinstance(each, Answer)) for each in asking.outcomes) == [
        ("0000", True),
        ("0001", True),
        ("0002", True),
    ]


def test_failures_are_outcomes_and_cost_no_other(asking: Asking) -> None:
    asking.ask(ScriptedScorer(pays=True, failing_ids={"0001"}), deals(3))
    assert sorted((each.question.opportunity_id, isinstance(each, NoAnswer)) for each in asking.outcomes) == [
        ("0000", False),
        ("0001", True),
        ("0002", False),
    ]


def test_when_storing_fails_what_was_paid_for_is_left_in_the_journal_for_the_next_run(asking: Asking) -> None:
    class Full(Listener[Outcome]):
        def on_batch(self, _connection: duckdb.DuckDBPyConnection, _outcomes: Sequence[Outcome]) -> None:
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        asking.ask(ScriptedScorer(pays=True), deals(3), listener=Full())
    again = ScriptedScorer(pays=True)
    asking.ask(again, deals(3), "run-2")
    assert again.calls.total() == 0
    assert asking.paid() == [("0000", 1), ("0001", 1), ("0002", 1)]


def test_a_warehouse_that_is_held_for_too_long_ends_the_run_and_the_next_one_asks_only_for_the_rest(
    asking: Asking,
) -> None:
    impatient = Asking(Warehouse(database=asking.warehouse.database, lock_timeout=0.1))
    # Another thread may have the file open to claim its next questions, so the one who holds it tries until it has it.
    holding = """
import duckdb, sys, time
while True:
    try:
        connection = duckdb.connect(sys.argv[1])
        break
    except duckdb.IOException:
        time.sleep(0.005)
print("held", flush=True)
sys.stdin.read()
"""
    held: list[subprocess.Popen[bytes]] = []

    class Holding(Listener[Outcome]):
        def on_stored(self, _outcomes: Sequence[Outcome]) -> None:
            if not held:
                held.append(
                    subprocess.Popen(
                        [sys.executable, "-c", holding, asking.warehouse.database],
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                    )
                )
                assert held[0].stdout is not None
                assert held[0].stdout.readline() == b"held\n"

    first = ScriptedScorer(pays=True, latency_s=0.05)
    with failing_with("warehouse.held"):
        impatient.ask(first, deals(400), "run-0", listener=Holding())
    held[0].communicate(b"")
    again = ScriptedScorer(pays=True)
    asking.ask(again, deals(400))
    assert len(first.calls) + len(again.calls) <= 400 + 8, "only what was in flight is asked again"
    assert asking.paid() == [(f"{number:04d}", 1) for number in range(400)]


def test_when_the_journal_cannot_be_written_the_run_ends_and_what_landed_is_stored(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_journal: CallJournal, _call: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(CallJournal, "note", full)
    scorer = ScriptedScorer(pays=True)
    with pytest.raises(OSError, match="the disk is full"):
        asking.ask(scorer, deals(200))
    assert scorer.calls.total() <= 8
    assert len(asking.paid()) == scorer.calls.total()


def test_a_run_knows_what_it_has_spent_so_far(asking: Asking) -> None:
    ledger = scoring_ledger(asking.warehouse, "run-1")
    assert spent_so_far(ledger).calls == 0
    asking.ask(ScriptedScorer(pays=True), deals(3))
    assert (spent_so_far(ledger).calls, round(spent_so_far(ledger).cost_usd, 9)) == (3, 0.03)


def test_the_journal_of_another_machine_is_taken_in_and_removed_when_its_run_gives_no_sign(asking: Asking) -> None:
    scorer = ScriptedScorer(pays=True)
    journals = scoring_ledger(asking.warehouse, "run-0").journals
    journal = CallJournal(journals, "run-0", purpose=PURPOSE, execution_id="execution-0")
    for deal in deals(2):
        journal.note(paid_call(key=scorer.question_key(deal), call_id=deal.opportunity_id))
    held_on_another_machine(lease_of(journals, "execution-0"), silent_s=LEASE_S + 15)
    asking.ask(scorer, deals(3))
    assert dict(scorer.calls) == {"0002": 1}
    assert list(journals.iterdir()) == []
    journal.discard()


KILLED = """
import sys
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets_tests.fakes.scripted_scorer import ScriptedScorer
from synthdeal_assets_tests.scoring.test_asking import Asking, deals

class Telling(ScriptedScorer):
    async def score(self, deal, record):
        answer = await super().score(deal, record)
        print(deal.opportunity_id, flush=True)
        return answer

Asking(Warehouse(database=sys.argv[1])).ask(Telling(pays=True, latency_s=0.05), deals(400))
"""


@pytest.mark.slow
def test_after_a_kill_only_what_was_in_flight_is_asked_again(asking: Asking) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", KILLED, asking.warehouse.database],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert run.stdout is not None
    landed = {run.stdout.readline().strip().decode() for _ in range(100)}
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    landed |= {line.strip().decode() for line in run.stdout}
    run.stdout.close()
    again = ScriptedScorer(pays=True)
    asking.ask(again, deals(400), "run-2")
    assert not landed & set(again.calls), "an answer that had landed was paid for a second time"
    assert again.calls.total() <= 400 - len(landed)
    assert asking.paid() == [(f"{number:04d}", 1) for number in range(400)]


HOLDING = """
import sys, time
from synthdeal_assets.foundation.leases import take
from synthdeal_assets.llm.ledger.journal import CallJournal, lease_of
from synthdeal_assets.llm.ledger.ledger import claim, prepare_ledger
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.scoring.asking import scoring_ledger
from synthdeal_assets_tests.fakes.scripted_scorer import ScriptedScorer
from synthdeal_assets_tests.scoring.test_asking import deals

ledger, scorer = scoring_ledger(Warehouse(database=sys.argv[1]), "run-0"), ScriptedScorer(pays=True)
asking = {"purpose": ledger.purpose, "execution_id": ledger.execution_id}
take(lease_of(ledger.journals, ledger.execution_id))
with ledger.warehouse.transaction() as connection:
    prepare_ledger(connection)
    questions = {scorer.question_key(deal): deal.opportunity_id for deal in deals(3)}
    claim(connection, questions, run_id="run-0", now=ledger.now(), **asking)
journal = CallJournal(ledger.journals, "run-0", **asking)
for deal in deals(2):
    journal.note(scorer._call(deal))
print("asking", flush=True)
time.sleep(60)
"""


def test_what_a_run_had_been_answered_is_not_asked_again_by_one_that_waited_while_it_was_killed(asking: Asking) -> None:
    killed = subprocess.Popen(
        [sys.executable, "-c", HOLDING, asking.warehouse.database],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert killed.stdout is not None
    assert killed.stdout.readline() == b"asking\n"
    scorer = ScriptedScorer(pays=True)
    waiting = threading.Thread(target=asking.ask, args=(scorer, deals(4)))
    waiting.start()
    while not scorer.calls:
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    killed.stdout.close()
    waiting.join()
    assert dict(scorer.calls) == {"0003": 1, "0002": 1}
    assert asking.paid() == [(f"{number:04d}", 1) for number in range(4)]
