import asyncio
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from synthdeal_assets.llm.chat import TokenUsage
from synthdeal_assets.llm.limits import Limits, Permit
from synthdeal_assets_tests.fakes.virtual_time import run_in_virtual_time


@dataclass
class Server:
    """Takes `capacity` requests at once, and turns away a share of them whatever the load."""

    capacity: int | None = None
    share: float = 0.0
    latency_s: float = 1.0
    running: int = 0
    turned_away: int = 0
    served: int = 0
    limits: list[tuple[float, int]] = field(default_factory=list)

    async def load(self, limits: Limits, requests: int, askers: int) -> None:
        """Have so many askers send so many requests, each until it is served."""
        chance, todo = np.random.Generator(np.random.Philox(key=1)), iter(range(requests))

        async def ask() -> None:
            for _ in todo:
                attempt = 0
                while not await self._serve(await limits.acquire(1), limits, chance):
                    attempt += 1
                    await asyncio.sleep(chance.random() * min(20.0, 0.5 * 2**attempt))

        await asyncio.gather(*(ask() for _ in range(askers)))

    async def _serve(self, permit: Permit, limits: Limits, chance: np.random.Generator) -> bool:
        await asyncio.sleep(0.005 * chance.random())
        full = self.capacity is not None and self.running >= self.capacity
        if full or chance.random() < self.share:
            self.turned_away += 1
            limits.release(permit, turned_away=True, usage=None)
            return False
        self.running += 1
        await asyncio.sleep(self.latency_s * (0.7 + 0.6 * chance.random()))
        self.running -= 1
        self.served += 1
        limits.release(permit, turned_away=False, usage=None)
        self.limits.append((asyncio.get_running_loop().time(), limits.limit))
        return True

    @property
    def settled(self) -> list[tuple[float, int]]:
        """The middle of the load, when the limit has settled and not all askers are done yet."""
        return self.limits[len(self.limits) // 4 : len(self.limits) * 85 // 100]

    @property
    def mean_limit(self) -> float:
        return statistics.mean(limit for _at, limit in self.settled)

    @property
    def per_s(self) -> float:
        return len(self.settled) / (self.settled[-1][0] - self.settled[0][0])


@pytest.mark.parametrize("maximum", [4, 32, 256])
def test_one_429_in_ten_that_has_nothing_to_do_with_load_leaves_most_of_the_concurrency(maximum: int) -> None:
    server = Server(share=0.1)

    run_in_virtual_time(server.load(Limits(maximum), requests=maximum * 60, askers=maximum))

    assert server.mean_limit > 0.85 * maximum
    assert server.per_s > 0.75 * maximum


def test_even_three_429_in_ten_leave_half_of_the_concurrency() -> None:
    server = Server(share=0.3)

    run_in_virtual_time(server.load(Limits(32), requests=2_000, askers=32))

    assert server.mean_limit > 16


@pytest.mark.parametrize(
    ("maximum", "capacity", "latency_s"), [(64, 20, 1.0), (64, 20, 0.1), (32, 8, 1.0), (512, 100, 1.0), (32, 31, 1.0)]
)
def test_a_server_that_takes_only_so_many_at_once_is_sent_about_that_many(
    maximum: int, capacity: int, latency_s: float
) -> None:
    server = Server(capacity=capacity, latency_s=latency_s)

    run_in_virtual_time(server.load(Limits(maximum), requests=capacity * 80, askers=maximum))

    assert 0.85 * capacity < server.mean_limit <= capacity + 1
    assert server.per_s > 0.8 * capacity / latency_s
    assert server.turned_away < 0.4 * server.served


def test_the_concurrency_climbs_again_when_the_server_takes_more() -> None:
    server, limits = Server(capacity=8), Limits(64)

    async def rush_and_calm() -> int:
        await server.load(limits, requests=400, askers=64)
        in_the_rush = limits.limit
        server.capacity = None
        await server.load(limits, requests=4_000, askers=64)
        return in_the_rush

    assert run_in_virtual_time(rush_and_calm()) <= 9
    assert limits.limit == 64


def test_no_more_than_the_set_number_are_under_way_and_a_burst_of_429_lowers_it_once() -> None:
    async def burst() -> tuple[int, int, int]:
        limits = Limits(64)
        waiting = [asyncio.ensure_future(limits.acquire(1)) for _ in range(100)]
        await asyncio.sleep(0)
        granted = [future.result() for future in waiting if future.done()]
        in_flight = limits.in_flight
        for permit in granted:
            limits.release(permit, turned_away=True, usage=None)
        for future in waiting:
            future.cancel()
        return len(granted), in_flight, limits.limit

    assert run_in_virtual_time(burst()) == (64, 64, 32)


@pytest.mark.parametrize("per_minute", [1, 7, 60, 600, 6_000])
def test_in_no_minute_are_more_requests_sent_than_allowed_and_nearly_all_of_them_are(per_minute: int) -> None:
    async def three_minutes() -> list[float]:
        limits, sent = Limits(1_000, requests_per_minute=per_minute), []
        while asyncio.get_running_loop().time() < 180:
            permit = await limits.acquire(1)
            sent.append(asyncio.get_running_loop().time())
            limits.release(permit, turned_away=False, usage=None)
        return sent

    sent = run_in_virtual_time(three_minutes())
    in_a_minute = [sum(start <= at < start + 60 - 1e-6 for at in sent) for start in sent[:: max(1, per_minute // 50)]]

    assert max(in_a_minute) <= per_minute
    assert len(sent) > 0.95 * 3 * per_minute
    assert sum(at < 0.5 for at in sent) <= per_minute / 60 * 1.5 + 1


def test_tokens_a_minute_are_kept_with_what_requests_really_used() -> None:
    usage = TokenUsage(input_tokens=900, output_tokens=600)

    async def two_minutes() -> int:
        limits, sent = Limits(50, tokens_per_minute=30_000), 0
        while asyncio.get_running_loop().time() < 120:
            permit = await limits.acquire(limits.estimate(characters=400, max_output_tokens=4_000))
            await asyncio.sleep(0.1)
            limits.release(permit, turned_away=False, usage=usage)
            sent += 1
        return sent

    assert 36 <= run_in_virtual_time(two_minutes()) <= 41


def test_the_estimate_of_an_answer_follows_the_answers_so_far() -> None:
    async def estimates() -> list[float]:
        limits = Limits(8)
        first = limits.estimate(4_000, max_output_tokens=600)
        for _ in range(20):
            limits.release(await limits.acquire(1), turned_away=False, usage=TokenUsage(1_000, 250))
        return [first, limits.estimate(4_000, max_output_tokens=600), limits.estimate(4_000, max_output_tokens=100)]

    assert run_in_virtual_time(estimates()) == pytest.approx([1_600, 1_250, 1_100])


def test_a_request_larger_than_a_minute_of_tokens_is_sent_all_the_same() -> None:
    async def enormous() -> float:
        limits = Limits(8, tokens_per_minute=1_000)
        await limits.acquire(5_000)
        await limits.acquire(1)
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(enormous()) == pytest.approx(300, rel=0.05)


def test_a_count_beyond_a_minute_of_tokens_holds_the_others_up_for_a_minute_and_not_for_days() -> None:
    async def absurd() -> float:
        limits = Limits(8, tokens_per_minute=1_000)
        limits.release(await limits.acquire(10), turned_away=False, usage=TokenUsage(900_000_000, 5))
        await limits.acquire(1)
        return asyncio.get_running_loop().time()

    assert 55 <= run_in_virtual_time(absurd()) <= 66


def test_who_came_first_goes_first() -> None:
    async def order() -> list[int]:
        limits, went = Limits(3, requests_per_minute=600), []

        async def ask(number: int) -> None:
            permit = await limits.acquire(number % 7 * 100)
            went.append(number)
            await asyncio.sleep(0.01)
            limits.release(permit, turned_away=False, usage=None)

        await asyncio.gather(*(ask(number) for number in range(100)))
        return went

    assert run_in_virtual_time(order()) == list(range(100))


def test_who_is_cancelled_while_waiting_takes_nothing_with_them() -> None:
    async def cancelled() -> tuple[int, int]:
        limits = Limits(1)
        held = await limits.acquire(1)
        waiting = [asyncio.create_task(limits.acquire(1)) for _ in range(3)]
        await asyncio.sleep(0)
        limits.release(held, turned_away=False, usage=None)
        # The first has its permit already, and is cancelled before it could take it.
        waiting[0].cancel()
        waiting[1].cancel()
        await asyncio.wait([waiting[2]])
        return limits.in_flight, sum(task.cancelled() for task in waiting)

    assert run_in_virtual_time(cancelled()) == (1, 2)


@pytest.mark.parametrize(("answers_before", "goes_at"), [(0, 30.0), (50, 0.0)])
def test_a_wait_that_is_asked_for_holds_everyone_back_unless_the_endpoint_serves_the_others(
    answers_before: int, goes_at: float
) -> None:
    async def held() -> float:
        limits = Limits(8)
        for _ in range(answers_before):
            limits.release(await limits.acquire(1), turned_away=False, usage=None)
        limits.hold(30)
        await limits.acquire(1)
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(held()) == goes_at


@pytest.mark.parametrize(
    "full", [lambda: Limits(1), lambda: Limits(9, requests_per_minute=1)], ids=["concurrency", "rate"]
)
def test_a_stop_wakes_up_everyone_who_waits_and_whoever_comes_later(full: Callable[[], Limits]) -> None:
    async def stopped() -> list[type]:
        limits = full()
        await limits.acquire(1)
        waiting = [asyncio.create_task(limits.acquire(1)) for _ in range(5)]
        await asyncio.sleep(0)
        limits.stop(lambda: KeyError("closed"))
        ends = await asyncio.gather(*waiting, limits.acquire(1), return_exceptions=True)
        return [type(end) for end in ends]

    assert run_in_virtual_time(stopped()) == [KeyError] * 6
