"""What was in flight when a run ended is on record as perhaps paid, counts as such, and is asked again once."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.ledger.ask_all import AskResult, Listener
from synthdeal_assets.llm.ledger.calls import CANCELLED, CountedRecord, LlmCall
from synthdeal_assets.llm.ledger.dead_executions import left_requests, take_in_dead
from synthdeal_assets.llm.ledger.journal import CallJournal, left_journals
from synthdeal_assets.llm.ledger.ledger import known_answers, prepare_ledger, record_calls, spent_by
from synthdeal_assets.llm.ledger.spending import InFlight, spending
from synthdeal_assets_tests.fakes.scripted_scorer import paid_call
from synthdeal_assets_tests.llm import a_room
from synthdeal_assets_tests.llm.any_json import chat_completion
from synthdeal_assets_tests.llm.raw_server import Raw, RawServer, Sent

REPOSITORY: Final = Path(__file__).parents[2]

AT_ONCE: Final = 8
ANSWERED: Final = 20

BUSY: Final = Raw(429, {"error": {"message": "busy"}}, {"Retry-After": "9"})

CALLS: Final = "SELECT * FROM scoring.llm_calls ORDER BY asked_at, call_id"


class Holding:
    """Answers so many requests and holds all further ones, until it is told to let go."""

    def __init__(self, answered: int) -> None:
        self.held = threading.Semaphore(0)
        self.let_go = threading.Event()
        self._left = answered
        self._lock = threading.Lock()

    def __call__(self, sent: Sent) -> Raw:
        with self._lock:
            self._left -= 1
            holds = self._left < 0
        if holds:
            self.held.release()
            self.let_go.wait(60)
            return Raw(ending="closed")
        return answer(sent)


def answer(sent: Sent) -> Raw:
    name = sent.body["messages"][0]["content"].removeprefix("How long is ").removesuffix("?")
    text = json.dumps({"length": len(name)}) if "response_format" in sent.body else f"{len(name)} letters"
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    return Raw(200, chat_completion(text, usage=usage))


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(database=str(tmp_path / "warehouse.duckdb"), lock_timeout=5)


def started(warehouse: Warehouse, server: RawServer) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", a_room.__name__, warehouse.database, f"{server.url}/v1"]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    # Where tests run in the background of a shell, Dagster makes this process ignore SIGTERM, which a child inherits.
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        return subprocess.Popen(command, cwd=REPOSITORY, env=environment, stderr=subprocess.DEVNULL)
    finally:
        signal.signal(signal.SIGTERM, before)


def resumed(warehouse: Warehouse, server: RawServer) -> AskResult:
    return a_room.run(warehouse, f"{server.url}/v1", "resumed", Listener())


def in_flight(warehouse: Warehouse) -> pl.DataFrame:
    return warehouse.read(CALLS).filter(pl.col("status") == CANCELLED)


@pytest.mark.parametrize(
    "ending",
    [
        signal.SIGKILL,
        pytest.param(signal.SIGINT, marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, marks=pytest.mark.slow),
    ],
)
def test_what_was_in_flight_at_the_end_of_a_process_is_perhaps_paid_and_asked_again_once(
    warehouse: Warehouse, server: RawServer, ending: signal.Signals, caplog: pytest.LogCaptureFixture
) -> None:
    model = server.answer_to = Holding(ANSWERED)
    run = started(warehouse, server)
    assert all(model.held.acquire(timeout=30) for _ in range(AT_ONCE))
    run.send_signal(ending)
    assert run.wait(timeout=30) != 0
    model.let_go.set()
    server.answer_to = answer
    if ending is signal.SIGINT:
        assert in_flight(warehouse).height == AT_ONCE, "it has stored them itself"
    before = len(server.requests)

    result = resumed(warehouse, server)

    rows = in_flight(warehouse)
    assert set(rows["run_id"]) == {"killed"}
    assert rows.height == rows["key"].n_unique() == AT_ONCE
    assert rows["cost_usd"].null_count() == rows["answer"].null_count() == AT_ONCE
    assert all(usd > 100 / 1e6 for usd in rows["counted_usd"]), "more than the tokens that an answer may have"
    most_usd = sum(rows["counted_usd"])
    answers = warehouse.read(CALLS).filter(status="success")["key"]
    assert len(answers) == answers.n_unique() == len(a_room.NAMES)
    assert len(server.requests) - before == len(a_room.NAMES) - ANSWERED
    assert result.usage.calls == len(a_room.NAMES) - ANSWERED, "what another run had in flight is none of this run's"
    with warehouse.connect() as connection:
        assert spent_by(connection, "killed").cost_usd == pytest.approx(ANSWERED * 15 / 1e6 + most_usd)
        assert spent_by(connection, "resumed").calls_of_unknown_cost == 0
        (took,) = spending(connection)
    assert took.in_flight.calls == AT_ONCE
    assert took.in_flight.most_usd == pytest.approx(most_usd)
    assert f"Run killed: {took.in_flight} What was asked is asked again." in caplog.messages

    resumed(warehouse, server)
    assert in_flight(warehouse).equals(rows)
    assert len(server.requests) - before == len(a_room.NAMES) - ANSWERED


TAKEN_IN_AND_KILLED: Final = """
import os, signal, sys
from pathlib import Path
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.ledger import dead_executions, journal

def killed(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

warehouse = Warehouse(database=sys.argv[1])
if sys.argv[2] == "before the commit":
    dead_executions.left_journals = lambda folder, real=journal.left_journals: [*real(folder), killed()]
elif sys.argv[2] == "before the removal":
    dead_executions.TakenIn.remove = killed
else:
    Path.unlink = killed
with warehouse.transaction() as connection:
    taken = dead_executions.take_in_dead(connection, warehouse.path.parent / "llm_journal")
taken.remove()
"""


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before the commit", "before the removal", "in the removal"])
def test_a_kill_while_a_journal_is_taken_in_loses_nothing_and_books_nothing_twice(
    warehouse: Warehouse, server: RawServer, moment: str
) -> None:
    model = server.answer_to = Holding(ANSWERED)
    run = started(warehouse, server)
    assert all(model.held.acquire(timeout=30) for _ in range(AT_ONCE))
    run.kill()
    run.wait(timeout=30)
    model.let_go.set()
    server.answer_to = answer
    journals = warehouse.path.parent / "llm_journal"
    (left,) = left_journals(journals)
    with warehouse.connect() as connection:
        (behind,) = left_requests(connection, journals)
    assert (behind.run_id, behind.in_flight.calls) == ("killed", AT_ONCE)

    for _ in range(2):
        taking = subprocess.run(
            [sys.executable, "-c", TAKEN_IN_AND_KILLED, warehouse.database, moment],
            check=False,
            cwd=REPOSITORY,
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
            timeout=60,
        )
        assert taking.returncode == -signal.SIGKILL
        assert [journal.calls for journal in left_journals(journals)] == [left.calls]
        with warehouse.connect() as connection:
            assert bool(left_requests(connection, journals)) is (moment == "before the commit")
    before = len(server.requests)
    resumed(warehouse, server)

    rows = warehouse.read(CALLS)
    assert rows["call_id"].n_unique() == rows.height == len(a_room.NAMES) + AT_ONCE
    assert in_flight(warehouse).height == AT_ONCE
    assert len(server.requests) - before == len(a_room.NAMES) - ANSWERED
    assert list(journals.iterdir()) == []


def test_a_cap_that_is_used_up_by_what_was_perhaps_paid_asks_nothing_and_says_why(
    warehouse: Warehouse, server: RawServer
) -> None:
    server.answer_to = answer
    sent = paid_call(status=CANCELLED, cost_usd=None, counted_usd=0.125, answer=None)
    calls = [dataclasses.replace(sent, call_id=f"call-{place}") for place in range(8)]
    with warehouse.transaction() as connection:
        prepare_ledger(connection)
        record_calls(connection, calls, run_id="killed", purpose="a_room")

    stopped = a_room.run(warehouse, f"{server.url}/v1", "killed", Listener())

    assert server.requests == []
    assert stopped.stop is not None
    assert "spent $1.00 in 8 requests, 8 of them at the most that they can have cost" in stopped.stop.message
    assert resumed(warehouse, server).stop is None, "the cap of another run is its own"
    assert set(warehouse.read(CALLS).filter(status="success")["run_id"]) == {"resumed"}


@pytest.mark.slow
def test_a_run_that_was_killed_while_nothing_was_in_flight_leaves_no_such_row(
    warehouse: Warehouse, server: RawServer, caplog: pytest.LogCaptureFixture
) -> None:
    # All others are turned away, and wait for nine seconds before anything is sent again.
    answers = iter([True] * ANSWERED)
    server.answer_to = lambda sent: answer(sent) if next(answers, False) else BUSY
    run = started(warehouse, server)
    deadline = time.monotonic() + 30
    while not all_ended(warehouse.path.parent / "llm_journal"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    run.kill()
    run.wait(timeout=30)
    server.answer_to = answer

    resumed(warehouse, server)

    assert in_flight(warehouse).is_empty()
    assert warehouse.read(CALLS).filter(run_id="killed", status="failed").height > 0
    assert [message for message in caplog.messages if "in flight" in message] == []
    with warehouse.connect() as connection:
        assert [str(each.in_flight) for each in spending(connection)] == [""]


def all_ended(folder: Path) -> bool:
    """Whether a run was turned away, and nothing that it has sent is under way."""
    last: dict[str, Any] = {}
    for path in folder.glob("*.jsonl"):
        lines = path.read_text().splitlines(keepends=True)[1:]
        last |= {call["call_id"]: call["status"] for call in (json.loads(line) for line in lines if line[-1] == "\n")}
    return "failed" in last.values() and CANCELLED not in last.values()


def test_a_request_is_noted_before_it_is_sent_and_ends_under_the_same_id(tmp_path: Path) -> None:
    sent = paid_call(status=CANCELLED, cost_usd=None, counted_usd=0.5, answer=None)
    journal = CallJournal(tmp_path, "run-1", purpose="testing", execution_id="run-1")
    journal.note(sent)
    journal.note(dataclasses.replace(sent, call_id="call-2"))
    journal.note(paid_call())
    journal.leave()
    (left,) = left_journals(tmp_path)
    assert left.calls == (paid_call(), dataclasses.replace(sent, call_id="call-2"))


def test_an_answer_counts_though_its_run_was_taken_for_dead_while_it_waited(warehouse: Warehouse) -> None:
    journals = warehouse.path.parent / "llm_journal"
    sent = paid_call(status=CANCELLED, cost_usd=None, counted_usd=0.5, answer=None)
    journal = CallJournal(journals, "run-1", purpose="testing", execution_id="run-1")
    journal.note(sent)
    journal.leave()
    with warehouse.transaction() as connection:
        take_in_dead(connection, journals).remove()
        assert known_answers(connection, ["key-1"], purpose="testing") == {}

        for late, kept in ((paid_call(), "success"), (sent, "success")):
            assert record_calls(connection, [late], run_id="run-1", purpose="testing") == ()
            assert [status for (status,) in connection.execute("SELECT status FROM scoring.llm_calls").fetchall()] == [
                kept
            ]
        assert set(known_answers(connection, ["key-1"], purpose="testing")) == {"key-1"}


def test_a_request_that_cannot_be_noted_is_not_sent(
    warehouse: Warehouse, server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_journal: CallJournal, _call: LlmCall) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(CallJournal, "note", full)
    with pytest.raises(OSError, match="no space"):
        resumed(warehouse, server)
    assert server.requests == []
    assert warehouse.read(CALLS).is_empty()


def test_only_ended_requests_are_added_up() -> None:
    told: list[tuple[str, LlmCall]] = []
    record = CountedRecord(lambda call: told.append(("ended", call)), lambda call: told.append(("sent", call)))
    record.sending(paid_call())
    assert record.usage.calls == 0
    record(paid_call())
    assert record.usage.calls == 1
    assert [when for when, _ in told] == ["sent", "ended"]


@pytest.mark.parametrize(
    ("calls", "sentence"),
    [
        ([paid_call(), paid_call(status="failed", cost_usd=None)], ""),
        (
            [paid_call(status=CANCELLED, counted_usd=0.0125)],
            "1 request was in flight when its run ended, and may have been charged, for $0.0125 at most.",
        ),
        (
            [paid_call(status=CANCELLED, counted_usd=0.5), paid_call(status=CANCELLED)],
            "2 requests were in flight when their run ended, and may have been charged, at a price that is not known.",
        ),
    ],
)
def test_what_was_in_flight_is_told_in_a_sentence(calls: list[LlmCall], sentence: str) -> None:
    assert str(InFlight.among(calls)) == sentence
