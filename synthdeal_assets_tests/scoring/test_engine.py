"""Many opportunities at once: limits, deadlines, batches, and what is kept when something breaks."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from synthdeal_assets.llm.ledger.calls import LlmCall, Record
from synthdeal_assets.scoring.answer import ScoringError
from synthdeal_assets.scoring.engine import MOST_WAITING, Failed, Landing, Outcome, Scored, score_all
from synthdeal_assets.scoring.inputs import ScorerInput
from synthdeal_assets_tests.fakes.scripted_scorer import ScriptedScorer
from synthdeal_assets_tests.scoring.small_org import scorer_input

NOON = dt.datetime(2026, 5, 4, 12)


def deals(count: int) -> list[ScorerInput]:
    return [scorer_input(opportunity_id=f"{number:04d}") for number in range(count)]


def run(scorer: ScriptedScorer, asked: Sequence[ScorerInput], **changes: Any) -> list[list[Outcome]]:
    """Score the deals and give back the batches in which the outcomes were handed over."""
    batches: list[list[Outcome]] = []

    def remember(batch: Sequence[Landing]) -> None:
        batches.append([landing for landing in batch if not isinstance(landing, LlmCall)])

    keep: Callable[[Sequence[Landing]], None] = changes.pop("keep", remember)
    score_all(scorer, asked, keep, **{"concurrency": 8, "now": lambda: NOON, **changes})
    return batches


def test_a_failure_of_one_never_costs_another() -> None:
    scorer = ScriptedScorer(
        errors={
            "0001": ScoringError("refused", "It would not.", retryable=False),
            "0002": KeyError("choices"),
            "0003": RuntimeError("sent Authorization: Bearer abcdef0123456789abcdef0123456789"),
        }
    )
    outcomes = {outcome.deal.opportunity_id: outcome for batch in run(scorer, deals(6)) for outcome in batch}
    assert {key for key, outcome in outcomes.items() if isinstance(outcome, Scored)} == {"0000", "0004", "0005"}
    refused, unexpected, secret = (outcomes[key] for key in ("0001", "0002", "0003"))
    assert isinstance(refused, Failed)
    assert (refused.kind, refused.message, refused.retryable) == ("refused", "It would not.", False)
    assert isinstance(unexpected, Failed)
    assert (unexpected.kind, unexpected.message) == ("unexpected", "KeyError: 'choices'")
    assert isinstance(secret, Failed)
    assert "abcdef0123456789" not in secret.message


def test_no_more_calls_are_under_way_than_allowed_and_that_many_are() -> None:
    scorer = ScriptedScorer(latency_s=0.01)
    run(scorer, deals(40), concurrency=7)
    assert scorer.most_at_once == 7


def test_a_call_that_takes_too_long_is_a_failure_of_its_own() -> None:
    batches = run(ScriptedScorer(latency_s=5, deadline_s=0.05), deals(2))
    assert [
        (outcome.kind, outcome.message) for batch in batches for outcome in batch if isinstance(outcome, Failed)
    ] == [
        ("timeout", "No answer within 0.05 s."),
        ("timeout", "No answer within 0.05 s."),
    ]


def test_outcomes_are_handed_over_in_small_batches_while_others_are_still_asked() -> None:
    scorer = ScriptedScorer(latency_s=0.02)
    asked_before: list[int] = []
    run(scorer, deals(30), concurrency=2, batch_size=5, keep=lambda _: asked_before.append(scorer.calls.total()))
    assert asked_before[0] < 30
    assert len(asked_before) >= 6


def test_an_outcome_waits_no_longer_than_the_batch_may() -> None:
    handed_over: list[float] = []
    started = time.monotonic()

    class OneSlow(ScriptedScorer):
        async def score(self, deal: ScorerInput, record: Record) -> Any:
            self.latency_s = 1.0 if deal.opportunity_id == "0001" else 0.0
            return await super().score(deal, record)

    run(OneSlow(), deals(2), batch_seconds=0.1, keep=lambda _: handed_over.append(time.monotonic() - started))
    assert len(handed_over) == 2
    assert handed_over[0] < 0.8


def test_the_bookkeeping_runs_in_one_other_thread_while_calls_go_on() -> None:
    threads: set[int] = set()
    scorer = ScriptedScorer(latency_s=0.05)
    called: list[int] = []

    def keep(_: Sequence[Outcome]) -> None:
        threads.add(threading.get_ident())
        before = scorer.calls.total()
        time.sleep(0.2)
        called.append(scorer.calls.total() - before)

    run(scorer, deals(40), concurrency=4, batch_size=4, keep=keep)
    assert len(threads) == 1
    assert threading.get_ident() not in threads
    assert called[0] > 4, "the loop goes on while a batch is kept"


def test_slow_bookkeeping_holds_the_calls_back() -> None:
    scorer = ScriptedScorer()
    most_ahead = 0
    kept = 0

    def keep(batch: Sequence[Outcome]) -> None:
        nonlocal most_ahead, kept
        time.sleep(0.02)
        most_ahead = max(most_ahead, scorer.calls.total() - kept)
        kept += len(batch)

    run(scorer, deals(1000), keep=keep)
    assert kept == 1000
    assert most_ahead < 2 * MOST_WAITING


def test_when_keeping_fails_the_run_ends_with_that_error_and_asks_no_further() -> None:
    scorer = ScriptedScorer(latency_s=0.01)

    def keep(_: Sequence[Outcome]) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        run(scorer, deals(500), keep=keep, batch_size=2)
    assert scorer.calls.total() < 100
    assert scorer.closed == 1


def test_what_had_landed_is_kept_when_the_run_is_interrupted() -> None:
    class Interrupted(ScriptedScorer):
        async def score(self, deal: ScorerInput, record: Record) -> Any:
            if deal.opportunity_id == "0005":
                raise KeyboardInterrupt
            return await super().score(deal, record)

    kept: list[str] = []
    scorer = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        run(
            scorer,
            deals(10),
            concurrency=1,
            batch_seconds=60,
            keep=lambda batch: kept.extend(outcome.deal.opportunity_id for outcome in batch),
        )
    assert kept == ["0000", "0001", "0002", "0003", "0004"]
    assert scorer.closed == 1
