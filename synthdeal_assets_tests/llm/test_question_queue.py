"""Which questions an execution gets to ask, and when: in chunks, and none that another one has claimed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from synthdeal_assets.foundation.leases import held
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.engine import Answer, FollowUp
from synthdeal_assets.llm.ledger.calls import Record
from synthdeal_assets.llm.ledger.context import JOURNAL_FOLDER, LedgerContext
from synthdeal_assets.llm.ledger.journal import lease_of
from synthdeal_assets.llm.ledger.ledger import prepare_ledger, record_calls
from synthdeal_assets.llm.ledger.question_queue import QuestionQueue
from synthdeal_assets_tests.fakes.scripted_scorer import paid_call

CHUNK = 6


class Reader:
    """Reads answers; a question is its own key."""

    deadline_s = None

    def question_key(self, question: str) -> str:
        return question

    def subject_id(self, question: str) -> str:
        return question

    def read(self, _question: str, text: str) -> str | FollowUp[str]:
        return FollowUp(text.removeprefix("next: ")) if text.startswith("next: ") else text

    async def ask(self, _question: str, _record: Record) -> str:
        raise AssertionError("nobody is asked here")

    async def aclose(self) -> None:
        """Nothing to give back."""


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(database=str(tmp_path / "warehouse.duckdb"), lock_timeout=5)


def queue_of(warehouse: Warehouse, execution_id: str, questions: list[str]) -> QuestionQueue[str, str]:
    ledger = LedgerContext(warehouse, "testing", "run-1", execution_id=execution_id)
    return QuestionQueue(Reader(), questions, ledger, chunk=CHUNK)


def claims(warehouse: Warehouse) -> dict[str, str]:
    return dict(warehouse.read("SELECT key, execution_id FROM scoring.llm_claims").rows())


def test_a_chunk_is_claimed_and_the_next_one_when_half_of_it_is_taken(warehouse: Warehouse) -> None:
    async def taking() -> list[int]:
        queue, claimed = queue_of(warehouse, "first", [f"q{number}" for number in range(20)]), []
        for _ in range(CHUNK):
            assert await queue.next() is not None
            # What is got ready beside takes its time.
            await asyncio.sleep(0.3)
            claimed.append(len(claims(warehouse)))
        return claimed

    assert asyncio.run(taking()) == [CHUNK, CHUNK, CHUNK, 2 * CHUNK, 2 * CHUNK, 2 * CHUNK]


def test_two_executions_of_one_run_share_its_questions(warehouse: Warehouse) -> None:
    questions = [f"q{number}" for number in range(2 * CHUNK)]

    async def sharing() -> tuple[list[object], list[object]]:
        queues = [queue_of(warehouse, name, questions) for name in ("first", "second")]
        taken: tuple[list[object], list[object]] = ([], [])
        with held(lease_of(warehouse.path.parent / JOURNAL_FOLDER, "first")):
            for queue, mine in zip(queues, taken, strict=True):
                mine += [await queue.next() for _ in range(3)]
        return taken

    first, second = asyncio.run(sharing())
    assert (first, second) == (questions[:3], questions[CHUNK : CHUNK + 3])


def test_what_an_execution_that_ended_had_claimed_is_taken_over(warehouse: Warehouse) -> None:
    async def first_of(queue: QuestionQueue[str, str]) -> object:
        return await queue.next()

    asyncio.run(first_of(queue_of(warehouse, "first", ["q0", "q1"])))
    assert claims(warehouse) == {"q0": "first", "q1": "first"}
    assert asyncio.run(first_of(queue_of(warehouse, "second", ["q0", "q1"]))) == "q0"
    assert claims(warehouse) == {"q0": "second", "q1": "second"}


def test_turns_that_the_ledger_has_answered_are_followed_to_the_last_one(warehouse: Warehouse) -> None:
    answers = {"q0": "next: q0-2", "q0-2": "next: q0-3", "q1": "next: q1-2", "q1-2": "done"}

    async def taken() -> list[object]:
        queue = queue_of(warehouse, "first", ["q0", "q1"])
        with warehouse.transaction() as connection:
            prepare_ledger(connection)
            calls = [paid_call(call_id=key, key=key, answer=text) for key, text in answers.items()]
            record_calls(connection, calls, run_id="run-0", purpose="testing")
        return [await queue.next() for _ in range(3)]

    done, left, nothing = asyncio.run(taken())
    assert isinstance(done, Answer)
    assert (done.question, done.value, done.from_ledger) == ("q1-2", "done", True)
    assert (left, nothing) == ("q0-3", None)
    assert claims(warehouse) == {"q0-3": "first"}
