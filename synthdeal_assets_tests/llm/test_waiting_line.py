"""First come, first served; who gives up gives back; who is sent away is told why."""

from __future__ import annotations

import asyncio

import pytest

from synthdeal_assets.llm.waiting_line import WaitingLine


class Counter:
    """Gives out what it has, by amount."""

    def __init__(self, left: float) -> None:
        self.left = left
        self.line = WaitingLine[float](self.admit, self.take_back)

    def admit(self) -> None:
        while (amount := self.line.first) is not None and amount <= self.left:
            self.left -= amount
            self.line.grant(amount)

    def take_back(self, amount: float) -> None:
        self.left += amount
        self.admit()


def test_leave_is_given_in_the_order_of_coming_and_a_small_wish_overtakes_no_large_one() -> None:
    async def order() -> list[str]:
        counter, gone = Counter(1.0), list[str]()

        async def one(name: str, amount: float) -> None:
            await counter.line.wait(amount)
            gone.append(name)

        tasks = [asyncio.create_task(one(name, amount)) for name, amount in (("a", 1.0), ("b", 3.0), ("c", 1.0))]
        await asyncio.sleep(0)
        counter.take_back(2.0)
        await asyncio.sleep(0)
        assert gone == ["a"]
        counter.take_back(2.0)
        await asyncio.gather(*tasks)
        return gone

    assert asyncio.run(order()) == ["a", "b", "c"]


def test_who_gives_up_in_front_lets_the_next_one_go() -> None:
    async def left() -> float:
        counter = Counter(1.0)
        large = asyncio.create_task(counter.line.wait(5.0))
        small = asyncio.create_task(counter.line.wait(1.0))
        await asyncio.sleep(0)
        assert not small.done()
        large.cancel()
        await small
        return counter.left

    assert asyncio.run(left()) == 0.0


def test_who_gives_up_at_the_moment_of_getting_leave_gives_it_back() -> None:
    async def left() -> float:
        counter = Counter(0.0)
        task = asyncio.create_task(counter.line.wait(1.0))
        await asyncio.sleep(0)
        counter.take_back(1.0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return counter.left

    assert asyncio.run(left()) == 1.0


def test_all_who_wait_and_all_who_come_later_are_sent_away_each_with_an_error_of_its_own() -> None:
    async def errors() -> list[object]:
        counter = Counter(0.0)
        tasks = [asyncio.create_task(counter.line.wait(1.0)) for _ in range(3)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        counter.line.stop(lambda: ValueError("closed"))
        with pytest.raises(ValueError, match="closed"):
            await counter.line.wait(1.0)
        ends: list[object] = list(await asyncio.gather(*tasks, return_exceptions=True))
        return ends

    cancelled, *sent_away = asyncio.run(errors())
    assert isinstance(cancelled, asyncio.CancelledError)
    assert [str(error) for error in sent_away] == ["closed", "closed"]
    assert sent_away[0] is not sent_away[1]
