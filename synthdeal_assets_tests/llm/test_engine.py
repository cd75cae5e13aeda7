"""Many questions at once: limits, deadlines, batches, and what is kept when something breaks."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from synthdeal_assets.llm.engine import MAX_WAITING, Answer, FollowUp, Landing, NoAnswer, QuestionError, ask_many
from synthdeal_assets.llm.ledger.calls import LlmCall, Record
from synthdeal_assets_tests.fakes.scripted_scorer import paid_call

NOON = dt.datetime(2026, 5, 4, 12)

Outcome = Answer[str, str] | NoAnswer[str]


@dataclass
class Script:
    """Answers each question with itself in capitals, unless told otherwise.

    Attributes:
        latency_s: Seconds each takes.
        deadline_s: Longest that one may take.
        errors: Exceptions to raise, by question.
        calls: How often each question was asked.
        most_at_once: The most that were under way at the same time.
        closed: How often it was closed.
    """

    latency_s: float = 0.0
    deadline_s: float | None = 60.0
    errors: Mapping[str, Exception] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    most_at_once: int = 0
    closed: int = 0
    _under_way: int = 0

    async def ask(self, question: str, _record: Record) -> str | FollowUp[str]:
        self.calls[question] += 1
        self._under_way += 1
        self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            await asyncio.sleep(self.latency_s)
        finally:
            self._under_way -= 1
        if question in self.errors:
            raise self.errors[question]
        return question.upper()

    async def aclose(self) -> None:
        self.closed += 1


class ListedQuestions:
    """Questions that are known beforehand."""

    def __init__(self, asked: Sequence[str]) -> None:
        self.waiting = deque(asked)

    async def next(self) -> str | None:
        return self.waiting.popleft() if self.waiting else None

    def add(self, question: str) -> None:
        self.waiting.appendleft(question)

    def stop(self) -> None:
        self.waiting.clear()


def questions(count: int) -> list[str]:
    return [f"{number:04d}" for number in range(count)]


def run(script: Script, asked: Sequence[str], **changes: Any) -> list[list[Outcome]]:
    """Ask the questions and give back the batches in which the outcomes were handed over."""
    batches: list[list[Outcome]] = []

    def remember(batch: Sequence[Landing[str, str]]) -> None:
        batches.append([landing for landing in batch if isinstance(landing, Answer | NoAnswer)])

    on_batch: Callable[[Sequence[Landing[str, str]]], None] = changes.pop("on_batch", remember)
    ask_many(script, ListedQuestions(asked), on_batch, **{"concurrency": 8, "now": lambda: NOON, **changes})
    return batches


def test_a_failure_of_one_never_costs_another() -> None:
    script = Script(
        errors={
            "0001": QuestionError("refused", "It would not.", retryable=False),
            "0002": KeyError("choices"),
            "0003": RuntimeError("sent Authorization: Bearer abcdef0123456789abcdef0123456789"),
        }
    )
    outcomes = {outcome.question: outcome for batch in run(script, questions(6)) for outcome in batch}
    assert {key for key, outcome in outcomes.items() if isinstance(outcome, Answer)} == {"0000", "0004", "0005"}
    refused, unexpected, secret = (outcomes[key] for key in ("0001", "0002", "0003"))
    assert isinstance(refused, NoAnswer)
    assert (refused.kind, refused.message, refused.retryable) == ("refused", "It would not.", False)
    assert isinstance(unexpected, NoAnswer)
    assert (unexpected.kind, unexpected.message) == ("unexpected", "KeyError: 'choices'")
    assert isinstance(secret, NoAnswer)
    assert "abcdef0123456789" not in secret.message


def test_no_more_calls_are_under_way_than_allowed_and_that_many_are() -> None:
    script = Script(latency_s=0.01)
    run(script, questions(40), concurrency=7)
    assert script.most_at_once == 7


def test_a_call_that_takes_too_long_is_a_failure_of_its_own() -> None:
    batches = run(Script(latency_s=5, deadline_s=0.05), questions(2))
    assert [
        (outcome.kind, outcome.message) for batch in batches for outcome in batch if isinstance(outcome, NoAnswer)
    ] == [
        ("timeout", "No answer within 0.05 s."),
        ("timeout", "No answer within 0.05 s."),
    ]


def test_outcomes_are_handed_over_in_small_batches_while_others_are_still_asked() -> None:
    script = Script(latency_s=0.02)
    asked_before: list[int] = []
    run(
        script, questions(30), concurrency=2, batch_size=5, on_batch=lambda _: asked_before.append(script.calls.total())
    )
    assert asked_before[0] < 30
    assert len(asked_before) >= 6


def test_an_outcome_waits_no_longer_than_the_batch_may() -> None:
    handed_over: list[float] = []
    started = time.monotonic()

    class OneSlow(Script):
        async def ask(self, question: str, record: Record) -> str | FollowUp[str]:
            self.latency_s = 1.0 if question == "0001" else 0.0
            return await super().ask(question, record)

    run(OneSlow(), questions(2), batch_seconds=0.1, on_batch=lambda _: handed_over.append(time.monotonic() - started))
    assert len(handed_over) == 2
    assert handed_over[0] < 0.8


def test_the_bookkeeping_runs_in_one_other_thread_while_calls_go_on() -> None:
    threads: set[int] = set()
    script = Script(latency_s=0.05)
    called: list[int] = []

    def on_batch(_: Sequence[object]) -> None:
        threads.add(threading.get_ident())
        before = script.calls.total()
        time.sleep(0.2)
        called.append(script.calls.total() - before)

    run(script, questions(40), concurrency=4, batch_size=4, on_batch=on_batch)
    assert len(threads) == 1
    assert threading.get_ident() not in threads
    assert called[0] > 4, "the loop goes on while a batch is stored"


def test_slow_bookkeeping_holds_the_calls_back() -> None:
    script = Script()
    most_ahead = 0
    kept = 0

    def on_batch(batch: Sequence[object]) -> None:
        nonlocal most_ahead, kept
        time.sleep(0.02)
        most_ahead = max(most_ahead, script.calls.total() - kept)
        kept += len(batch)

    run(script, questions(1000), on_batch=on_batch)
    assert kept == 1000
    assert most_ahead < 2 * MAX_WAITING


def test_when_a_batch_fails_the_run_ends_with_that_error_and_asks_no_further() -> None:
    script = Script(latency_s=0.01)

    def on_batch(_: Sequence[object]) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        run(script, questions(500), on_batch=on_batch, batch_size=2)
    assert script.calls.total() < 100
    assert script.closed == 1


def test_what_had_landed_is_kept_when_the_run_is_interrupted() -> None:
    class Interrupted(Script):
        async def ask(self, question: str, record: Record) -> str | FollowUp[str]:
            if question == "0005":
                raise KeyboardInterrupt
            return await super().ask(question, record)

    kept: list[str] = []
    script = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        run(
            script,
            questions(10),
            concurrency=1,
            batch_seconds=60,
            on_batch=lambda batch: kept.extend(outcome.question for outcome in batch),
        )
    assert kept == ["0000", "0001", "0002", "0003", "0004"]
    assert script.closed == 1


def test_an_answer_that_leads_on_is_followed_by_its_question_and_only_the_last_has_an_outcome() -> None:
    class LeadingOn(Script):
        async def ask(self, question: str, record: Record) -> str | FollowUp[str]:
            answer = await super().ask(question, record)
            return FollowUp(f"{question}-again") if question in {"0001", "0001-again"} else answer

    script = LeadingOn()
    outcomes = [outcome for batch in run(script, questions(3)) for outcome in batch]
    assert sorted(outcome.question for outcome in outcomes) == ["0000", "0001-again-again", "0002"]
    assert dict(script.calls) == dict.fromkeys(["0000", "0001", "0001-again", "0001-again-again", "0002"], 1)


def test_an_answer_carries_what_its_own_requests_took() -> None:
    class Paid(Script):
        async def ask(self, question: str, record: Record) -> str | FollowUp[str]:
            for _ in range(1 + int(question)):
                record(paid_call())
            return await super().ask(question, record)

    told: list[LlmCall] = []
    outcomes = [outcome for batch in run(Paid(), questions(3), on_call=told.append) for outcome in batch]
    took = {outcome.question: outcome.usage for outcome in outcomes if isinstance(outcome, Answer)}
    assert {question: (usage.calls, usage.input_tokens) for question, usage in took.items()} == {
        "0000": (1, 1000),
        "0001": (2, 2000),
        "0002": (3, 3000),
    }
    assert len(told) == 6
