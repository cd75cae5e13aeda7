"""A line of those who wait for leave, first come, first served, until they get it, give up or are all sent away.

How much leave there is to give belongs in `limits.py` and `budget.py`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Leave = TypeVar("Leave")


@dataclass(slots=True, eq=False)
class _Waiter(Generic[Leave]):
    amount: float
    granted: asyncio.Future[Leave]


class WaitingLine(Generic[Leave]):
    """Used from one event loop.

    Args:
        admit: Grants leave to those in front as long as there is some; called when somebody joins or gives up.
        take_back: Takes the leave of somebody who gave up at the moment of getting it.
    """

    def __init__(self, admit: Callable[[], None], take_back: Callable[[Leave], None]) -> None:
        self._admit = admit
        self._take_back = take_back
        self._waiters: deque[_Waiter[Leave]] = deque()
        self._stopped: Callable[[], Exception] | None = None

    @property
    def first(self) -> float | None:
        """What the one in front wants; None when nobody waits."""
        while self._waiters and self._waiters[0].granted.done():
            self._waiters.popleft()
        return self._waiters[0].amount if self._waiters else None

    async def wait(self, amount: float) -> Leave:
        """Wait for leave.

        Args:
            amount: How much is wanted.

        Raises:
            Exception: What `refuse` was given, or what `stop` was given.
        """
        self.raise_if_stopped()
        waiter = _Waiter[Leave](amount, asyncio.get_running_loop().create_future())
        self._waiters.append(waiter)
        self._admit()
        try:
            return await waiter.granted
        except asyncio.CancelledError:
            if waiter.granted.done() and not waiter.granted.cancelled() and waiter.granted.exception() is None:
                self._take_back(waiter.granted.result())
            else:
                self._admit()
            raise

    def grant(self, leave: Leave) -> None:
        """Let the one in front go, whom `first` has named."""
        self._waiters.popleft().granted.set_result(leave)

    def refuse(self, error: Exception) -> None:
        """Send the one in front away, whom `first` has named."""
        self._waiters.popleft().granted.set_exception(error)

    def stop(self, reason: Callable[[], Exception]) -> None:
        """Send away who waits, and who comes later, with the exception that `reason` makes."""
        self._stopped = reason
        while self.first is not None:
            self.refuse(reason())

    def raise_if_stopped(self) -> None:
        """Raise what `stop` was given, if it was called."""
        if self._stopped is not None:
            raise self._stopped()
