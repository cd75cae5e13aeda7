"""What a run pays for nothing at most, over mixes of faults drawn at random, as the documentation states it."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from typing import Any, Final

import numpy as np
import pytest

from synthdeal_assets.llm.endpoint_health import MOST_UNUSABLE, UNUSABLE_IN_A_ROW
from synthdeal_assets.llm.failures import UNUSABLE_ANSWERS, FailureKind, LlmError, Treatment
from synthdeal_assets_tests.fakes.scripted_provider import Sent, answer, failure, refused, truncated
from synthdeal_assets_tests.llm.test_client import GOOD, Asking, after_work, asked, run

UNUSABLE: Final[tuple[Any, ...]] = (
    answer("no JSON"),
    answer("no JSON", usage=None),
    answer('{"grade": 2}'),
    truncated(),
    refused(),
    after_work(),
    dataclasses.replace(answer('{"lev'), finish="failed"),
)
NO_ANSWER: Final[tuple[Any, ...]] = (
    failure(FailureKind.RATE_LIMITED),
    failure(FailureKind.RATE_LIMITED, retry_after_s=5.0),
    failure(FailureKind.SERVER_ERROR),
    failure(FailureKind.CONNECTION, unsent=True),
    failure(FailureKind.CONNECTION),
    failure(FailureKind.TIMEOUT),
)
ATTEMPTS: Final = 8


def mixed_run(share: float, seed: int, *, at_once: int, questions: int) -> tuple[Asking, list[Any]]:
    """A run over an endpoint that fails with a probability, in ways whose weights are drawn as well."""
    draw = np.random.default_rng([seed, round(share * 100), at_once])
    ways = (*UNUSABLE, *NO_ANSWER)
    weights = draw.dirichlet(np.full(len(ways), 0.5))

    def end(_sent: Sent) -> Any:
        return ways[draw.choice(len(ways), p=weights)] if draw.random() < share else answer(GOOD)

    asking = asked(then=end, latency_s=0.5, concurrency=at_once, max_attempts=ATTEMPTS)
    return asking, run(asking.ask_all(questions, workers=at_once))


def holds(share: float, seed: int, *, at_once: int, questions: int) -> None:
    """Check the bounds of `docs/scoring-with-a-model.md` on one run."""
    asking, ends = mixed_run(share, seed, at_once=at_once, questions=questions)
    statuses = Counter(call.status for call in asking.calls)
    unusable = sum(
        call.error_class in UNUSABLE_ANSWERS or (call.error_class == "server_error" and call.cost_usd != 0)
        for call in asking.calls
    )
    assert unusable <= statuses["success"] + MOST_UNUSABLE + 2 * at_once, (share, seed, at_once)
    if not statuses["success"]:
        assert unusable <= max(UNUSABLE_IN_A_ROW, at_once) + 2 * at_once, (share, seed, at_once)
    assert max(call.attempts for call in asking.calls) <= ATTEMPTS
    stopped = [end for end in ends if isinstance(end, LlmError) and end.treatment is Treatment.STOP]
    if share == 1:
        assert len(stopped) > questions / 2, "the rest stays pending"
        assert len(asking.calls) < questions + 100
    if share == 0:
        assert statuses == {"success": questions}


@pytest.mark.parametrize("at_once", [1, 8, 32])
def test_a_run_pays_no_more_for_nothing_than_documented(at_once: int) -> None:
    for share in (0, 0.3, 0.5, 0.7, 0.9, 1):
        holds(share, 1, at_once=at_once, questions=150)


@pytest.mark.slow
@pytest.mark.parametrize("at_once", [1, 3, 8, 32, 64])
def test_a_run_pays_no_more_for_nothing_than_documented_whatever_the_mix(at_once: int) -> None:
    for twentieth, seed in itertools.product(range(21), range(2, 12)):
        holds(twentieth / 20, seed, at_once=at_once, questions=1_000)


def test_faults_that_are_no_answers_stop_nothing_while_every_other_request_is_answered() -> None:
    def end(sent: Sent) -> Any:
        return NO_ANSWER[sent.number % len(NO_ANSWER)] if sent.number % 2 else answer(GOOD)

    asking = asked(then=end, latency_s=0.5, concurrency=8)
    ends = run(asking.ask_all(300, workers=8))
    assert not any(isinstance(each, LlmError) and each.treatment is Treatment.STOP for each in ends)
