import asyncio
import datetime as dt

import numpy as np
import pytest

from synthdeal_assets.llm.budget import Budget, Reservation, most_tokens, require_known_price
from synthdeal_assets.llm.chat import AnswerSchema, Message, TokenUsage
from synthdeal_assets.llm.failures import FailureKind, LlmError, Treatment
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.fakes.virtual_time import run_in_virtual_time

NOON = dt.datetime(2026, 11, 20, 12)


class NoPrices:
    version = "none"

    def cost(self, provider: str, model: str, usage: TokenUsage, at: dt.datetime) -> float | None:
        return None


def test_a_request_waits_while_only_requests_under_way_stand_against_it() -> None:
    async def three_at_most() -> tuple[bool, Reservation]:
        budget = Budget(0.30, None)
        under_way = [await budget.reserve(0.1) for _ in range(3)]
        fourth = asyncio.create_task(budget.reserve(0.1))
        await asyncio.sleep(0)
        waited = not fourth.done()
        budget.settle(under_way[0], 0.04)
        await asyncio.sleep(0)
        waited_on = not fourth.done()
        budget.settle(under_way[1], 0.04)
        return waited and waited_on, await fourth

    waited, reservation = run_in_virtual_time(three_at_most())
    assert waited
    assert reservation.worst_usd == 0.1


def test_a_request_that_does_not_fit_at_all_stops_the_run_and_says_what_to_do() -> None:
    async def reached() -> None:
        budget = Budget(0.5, None)
        budget.settle(await budget.reserve(0.3), 0.25)
        await budget.reserve(0.3)

    with pytest.raises(LlmError) as caught:
        run_in_virtual_time(reached())

    assert (caught.value.kind, caught.value.treatment) == (FailureKind.BUDGET, Treatment.STOP)
    assert str(caught.value) == (
        "The cap of $0.50 per run is reached (spent $0.25 in 1 request, and another may cost $0.30): "
        "the rest stays pending; raise SYNTHDEAL_MAX_COST_USD or run again"
    )


def test_who_waits_is_told_when_what_was_under_way_has_used_the_cap_up() -> None:
    async def used_up() -> None:
        budget = Budget(0.2, None)
        under_way = await budget.reserve(0.15)
        waiting = asyncio.create_task(budget.reserve(0.15))
        await asyncio.sleep(0)
        budget.settle(under_way, 0.15)
        await waiting

    with pytest.raises(LlmError, match="reached"):
        run_in_virtual_time(used_up())


def test_a_cost_that_is_not_known_counts_at_its_worst() -> None:
    async def timed_out() -> Usage:
        budget = Budget(1.0, None)
        budget.settle(await budget.reserve(0.2), None)
        return budget.spent

    assert run_in_virtual_time(timed_out()) == Usage(1, cost_usd=0.2)


def test_no_more_requests_are_let_through_than_the_cap_not_even_at_once() -> None:
    async def many() -> int:
        budget = Budget(None, 10, Usage(calls=4))
        ends = await asyncio.gather(*(budget.reserve(None) for _ in range(50)), return_exceptions=True)
        return sum(isinstance(end, Reservation) for end in ends)

    assert run_in_virtual_time(many()) == 6


def test_the_cap_on_requests_names_its_setting() -> None:
    async def reached() -> None:
        await Budget(None, 3, Usage(calls=3)).reserve(None)

    with pytest.raises(LlmError, match=r"The cap of 3 requests per run is reached: .* SYNTHDEAL_MAX_CALLS"):
        run_in_virtual_time(reached())


@pytest.mark.parametrize("budget", [Budget(0, None), Budget(None, 0)])
def test_a_cap_of_nothing_asks_nothing_not_even_what_is_free(budget: Budget) -> None:
    with pytest.raises(LlmError, match="is reached"):
        run_in_virtual_time(budget.reserve(0.0))


@pytest.mark.parametrize("seed", range(5))
def test_whatever_is_asked_the_cap_is_never_exceeded_and_nobody_waits_for_ever(seed: int) -> None:
    chance, budget, most = np.random.Generator(np.random.Philox(key=seed)), Budget(1.0, None), 0.0

    async def ask() -> bool:
        nonlocal most
        worst = chance.uniform(0.001, 0.05)
        await asyncio.sleep(chance.random())
        try:
            reservation = await budget.reserve(worst)
        except LlmError:
            return False
        await asyncio.sleep(chance.random())
        if chance.random() < 0.1:
            budget.withdraw(reservation)
        else:
            budget.settle(reservation, [0.0, worst / 3, worst, None][chance.integers(4)])
        most = max(most, budget.spent.cost_usd)
        return True

    async def everybody() -> list[bool]:
        return list(await asyncio.gather(*(ask() for _ in range(500))))

    let_through = run_in_virtual_time(everybody())

    assert 0.94 < most <= 1.0 + 1e-9
    assert not all(let_through)


def test_who_is_cancelled_while_waiting_keeps_nothing_reserved() -> None:
    async def cancelled() -> bool:
        budget = Budget(0.3, None)
        under_way = await budget.reserve(0.2)
        waiting = [asyncio.create_task(budget.reserve(0.2)) for _ in range(2)]
        await asyncio.sleep(0)
        budget.settle(under_way, 0.0)
        # The first has its reservation already, and is cancelled before it could take it.
        waiting[0].cancel()
        return (await waiting[1]).worst_usd == 0.2

    assert run_in_virtual_time(cancelled())


def test_a_stop_wakes_up_everyone_who_waits_and_whoever_comes_later() -> None:
    async def stopped() -> list[type]:
        budget = Budget(0.1, None)
        await budget.reserve(0.1)
        waiting = asyncio.create_task(budget.reserve(0.1))
        await asyncio.sleep(0)
        budget.stop(lambda: KeyError("closed"))
        ends = await asyncio.gather(waiting, budget.reserve(0.0), return_exceptions=True)
        return [type(end) for end in ends]

    assert run_in_virtual_time(stopped()) == [KeyError, KeyError]


def test_the_most_tokens_of_a_request_are_no_fewer_than_its_bytes() -> None:
    messages = (Message("system", "Müßiggang 🙂"), Message("user", "x" * 500))

    most = most_tokens(messages, AnswerSchema("a", {"type": "object"}), 700)

    assert most.input_tokens > len("Müßiggang 🙂".encode()) + 500 + len('{"type": "object"}')
    assert (most.output_tokens, most.cache_write_tokens) == (700, most.input_tokens)


def test_a_cap_in_usd_on_a_model_without_a_price_is_refused_by_name() -> None:
    def require(cap: float | None) -> None:
        require_known_price(
            NoPrices(), provider="openai", model="llama9", endpoint="http://here/v1", max_cost_usd=cap, at=NOON
        )

    with failing_with("llm.price-unknown", naming="llama9 at http://here/v1 ") as e:
        require(1.0)
    assert e.value.usage
    require(None)


def test_a_small_amount_is_never_shown_as_nothing() -> None:
    async def reached() -> None:
        await Budget(0.00002, None).reserve(0.0123)

    with pytest.raises(LlmError, match=r"cap of \$2e-05 .* another may cost \$0.0123"):
        run_in_virtual_time(reached())
