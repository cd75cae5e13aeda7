"""How many requests may be under way at once, and how many requests and tokens may be sent in a minute.

Everything is measured on the event loop's monotonic clock, so a wall clock that is set back changes nothing. What is
done about a failure belongs in `client.py`, what may be spent in `budget.py`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from synthdeal_assets.llm.chat import TokenUsage
from synthdeal_assets.llm.waiting_line import WaitingLine

BURST_S: Final = 1.0
"""A rate allows so many seconds' worth at once. Endpoints measure over a second or less, so a longer burst is punished
even where the minute is kept."""

CHARACTERS_PER_TOKEN: Final = 4.0
"""Rule of thumb of the vendors for English text."""

FIRST_EXPECTED_OUTPUT: Final = 1_000.0
"""Tokens expected of an answer while none has come yet."""

REMEMBERED_OUTPUTS: Final = 100
"""The running mean of output tokens follows about so many answers."""

MOST: Final = 0.5
"""Share of 429 among the recent requests that is taken for a matter of load, however they came."""

BEYOND_CHANCE: Final = 3.5
"""Standard deviations by which 429 must go with load below that share; by chance that happens once in 4,000 times."""

SLIGHTLY_LOWER: Final = 0.85

SMALLEST_WINDOW: Final = 16
"""Recent are the last two rounds of requests, and at least so many."""

SHORTEST_ROUND: Final = 16
"""Answers after which the limit climbs by one where it is small: each try beyond what an endpoint takes costs
requests."""

IN_USE: Final = 0.8
"""The limit climbs only while so much of it is in use: an idle limit proves nothing."""


@dataclass(slots=True, eq=False)
class Permit:
    """Leave to send one request.

    Attributes:
        tokens: Estimate of the tokens it will use.
        round: Which limit it was sent under: what comes of an older one says nothing about the present limit.
        beside: Requests under way when it was sent, itself included.
        turned_away: Whether it came back with a 429.
        recent: Whether it is among those the limit is judged by.
    """

    tokens: float
    round: int
    beside: int
    turned_away: bool = False
    recent: bool = True


class Rate:
    """A token bucket.

    Within any minute at most `per_minute` units are taken, one request more where single requests are larger than the
    burst. A request larger than the bucket goes when the bucket is full, and those after it wait the longer.

    Args:
        per_minute: Units a minute.
        smallest: The unit that cannot be divided: 1 for requests.
        now: Present time of the loop, in seconds.
    """

    def __init__(self, per_minute: float, smallest: float, now: float) -> None:
        self._capacity = max(smallest, per_minute / 60 * BURST_S // smallest * smallest)
        # What a burst takes is missing from the minute, or burst and refill together would exceed it.
        self._per_s = (per_minute - self._capacity + smallest) / 60
        self._level = self._capacity
        self._at = now

    def wait_s(self, amount: float, now: float) -> float:
        """Seconds until an amount may be taken; 0 when it may be taken now."""
        self._refill(now)
        missing = min(amount, self._capacity) - self._level
        return missing / self._per_s if missing > 1e-9 else 0.0

    def take(self, amount: float) -> None:
        """Take an amount, or give it back when it is negative."""
        self._level = min(self._capacity, self._level - amount)

    def _refill(self, now: float) -> None:
        self._level = min(self._capacity, self._level + (now - self._at) * self._per_s)
        self._at = now


class AdaptiveLimit:
    """How many requests an endpoint takes at once, learned from those it turns away.

    The limit begins at its maximum. It is lowered, once for a round of requests, when the recent 429 are a matter of
    load: when they make up most requests, or came where more requests were under way than with the others. With each
    answer it climbs, fast as long as it is far from where it was last lowered, one for a whole round of answers when it
    is near (the idea of TCP CUBIC, RFC 9438).

    Requests count from the moment they are sent: a 429 comes at once and an answer after seconds, so among those that
    have ended a 429 would weigh too much.
    """

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum
        self._limit = float(maximum)
        self._last_peak = float(maximum)
        self._lowered_to = float(maximum)
        self._recent: deque[Permit] = deque()
        self._round = 0

    def __int__(self) -> int:
        return max(1, int(self._limit))

    @property
    def proven(self) -> bool:
        """Whether enough requests were sent recently and most got through: a single 429 says nothing of others then."""
        return len(self._recent) >= SMALLEST_WINDOW and self._turned_away <= MOST * len(self._recent)

    def sent(self, tokens: float, beside: int) -> Permit:
        """Take in that a request is sent, `beside` being under way with it."""
        permit = Permit(tokens, self._round, beside)
        self._recent.append(permit)
        while len(self._recent) > max(SMALLEST_WINDOW, 2 * int(self)):
            self._recent.popleft().recent = False
        return permit

    def turned_away(self, permit: Permit) -> None:
        """Take in a 429."""
        if not permit.recent or permit.round != self._round:
            return
        permit.turned_away = True
        if self._turned_away > MOST * max(SMALLEST_WINDOW, len(self._recent)):
            # Having climbed there, it is only just too high; otherwise nothing is known but that most is too much.
            self._lower(SLIGHTLY_LOWER if self._limit >= self._lowered_to + 1 else 1 - MOST)
        elif self._comes_of_load():
            self._lower(SLIGHTLY_LOWER)

    def answered(self, permit: Permit, in_flight: int) -> None:
        """Take in an answer, `in_flight` requests being under way, this one included."""
        if permit.round == self._round and in_flight >= IN_USE * int(self):
            step = max(1.0, abs(self._last_peak - self._limit) / 4)
            self._limit = min(float(self._maximum), self._limit + step / max(self._limit, SHORTEST_ROUND))

    def _lower(self, factor: float) -> None:
        self._last_peak = self._limit
        self._limit = self._lowered_to = max(1.0, self._limit * factor)
        self._round += 1
        self._recent.clear()

    @property
    def _turned_away(self) -> int:
        return sum(permit.turned_away for permit in self._recent)

    def _comes_of_load(self) -> bool:
        """Whether 429 and requests under way are correlated beyond chance.

        Pearson's coefficient times the root of the sample's size is standard normal where there is no relation.
        """
        count, turned_away = len(self._recent), self._turned_away
        if count < SMALLEST_WINDOW:
            return False
        beside = sum(permit.beside for permit in self._recent)
        squares = sum(permit.beside**2 for permit in self._recent)
        covariance = count * sum(permit.beside for permit in self._recent if permit.turned_away) - turned_away * beside
        variances = (count * turned_away - turned_away**2) * (count * squares - beside**2)
        return covariance > 0 and count * covariance**2 > BEYOND_CHANCE**2 * variances


class Limits:
    """Lets requests go, first come, first served, as concurrency, rates and the endpoint allow.

    Used from one event loop. Waiting costs nothing: one timer for the first in the queue, none while every slot is
    taken.

    Args:
        concurrency: Most requests under way at once; fewer when the endpoint turns requests away.
        requests_per_minute: Most requests a minute; None for no limit.
        tokens_per_minute: Most tokens a minute, read and written; None for no limit.
    """

    def __init__(
        self, concurrency: int, *, requests_per_minute: int | None = None, tokens_per_minute: int | None = None
    ) -> None:
        self._adaptive = AdaptiveLimit(concurrency)
        self._per_minute = (requests_per_minute, tokens_per_minute)
        self._rates: tuple[Rate | None, Rate | None] | None = None
        self._in_flight = 0
        self._not_before = 0.0
        self._line = WaitingLine[Permit](self._admit, self.withdraw)
        self._timer: asyncio.TimerHandle | None = None
        self._expected_output = FIRST_EXPECTED_OUTPUT
        self._outputs = 0

    @property
    def limit(self) -> int:
        """Requests that may be under way at once at present."""
        return int(self._adaptive)

    @property
    def in_flight(self) -> int:
        """Requests under way."""
        return self._in_flight

    def estimate(self, characters: int, max_output_tokens: int) -> float:
        """Tokens that a request will probably use: a token for four characters, and the mean of the answers so far."""
        return characters / CHARACTERS_PER_TOKEN + min(self._expected_output, max_output_tokens)

    async def acquire(self, tokens: float) -> Permit:
        """Wait until a request may be sent.

        Args:
            tokens: Estimate of what it will use.

        Raises:
            Exception: What `stop` was given.
        """
        return await self._line.wait(tokens)

    def release(self, permit: Permit, *, turned_away: bool | None, usage: TokenUsage | None) -> None:
        """Take note that a request has ended.

        Args:
            permit: Its permit.
            turned_away: True for a 429, False for an answer, None for what says nothing about the load.
            usage: Tokens it used; None when not known, the estimate then stands.
        """
        if turned_away:
            self._adaptive.turned_away(permit)
        elif turned_away is not None:
            self._adaptive.answered(permit, self._in_flight)
        if usage is not None:
            self._outputs = min(self._outputs + 1, REMEMBERED_OUTPUTS)
            self._expected_output += (usage.output_tokens - self._expected_output) / self._outputs
            used = usage.input_tokens + usage.output_tokens
            most = self._per_minute[1]
            # More than a minute's tokens in one request would hold up the run on nothing but the endpoint's word.
            self._take(0, (used if most is None else min(used, max(most, permit.tokens))) - permit.tokens)
        self._in_flight -= 1
        self._admit()

    def withdraw(self, permit: Permit) -> None:
        """Give a permit back without having sent anything."""
        self._take(-1, -permit.tokens)
        self._in_flight -= 1
        self._admit()

    def hold(self, seconds: float) -> None:
        """Let nothing go for so long, as the endpoint asked for.

        One 429 among many answers is about its own request; then nobody else is held back.
        """
        if not self._adaptive.proven:
            self._not_before = max(self._not_before, asyncio.get_running_loop().time() + seconds)

    def stop(self, reason: Callable[[], Exception]) -> None:
        """Let nothing go any more: who waits, and who comes later, gets the exception that `reason` makes."""
        self._line.stop(reason)
        self._admit()

    def _admit(self) -> None:
        """Let go who may go; otherwise wake up when the first may."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        loop = asyncio.get_running_loop()
        while self._in_flight < self.limit and (tokens := self._line.first) is not None:
            wait_s = self._wait_s(tokens, loop.time())
            if wait_s > 0:
                self._timer = loop.call_later(wait_s, self._admit)
                return
            self._take(1, tokens)
            self._in_flight += 1
            self._line.grant(self._adaptive.sent(tokens, self._in_flight))

    def _wait_s(self, tokens: float, now: float) -> float:
        if self._rates is None:
            requests, both = self._per_minute
            self._rates = (
                Rate(requests, 1.0, now) if requests is not None else None,
                Rate(both, 1.0, now) if both is not None else None,
            )
        waits = [self._not_before - now]
        waits += [rate.wait_s(amount, now) for rate, amount in zip(self._rates, (1, tokens), strict=True) if rate]
        return max(0.0, *waits)

    def _take(self, requests: float, tokens: float) -> None:
        for rate, amount in zip(self._rates or (), (requests, tokens), strict=False):
            if rate is not None:
                rate.take(amount)
