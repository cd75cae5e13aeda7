"""The cap on what a run may spend on models: requests are reserved at their worst case before they are sent.

What a request costs is the price list's to say; what happens to the rest of a run when the cap is reached belongs in
the rooms.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.llm.chat import AnswerSchema, Message, TokenUsage
from synthdeal_assets.llm.failures import FailureKind, LlmError, Treatment
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.llm.waiting_line import WaitingLine

TOKENS_AROUND_A_MESSAGE: Final = 50
TOKENS_AROUND_A_REQUEST: Final = 1_000
"""Upper bounds of what vendors put around messages and a schema (roles, separators, instructions on the form)."""

EXACT: Final = 1e-9
"""USD that sums of floats may differ by."""


class PriceList(Protocol):
    """What requests cost.

    Attributes:
        version: Which list, as it stands in the ledger.
    """

    @property
    def version(self) -> str:
        """Which list, as it stands in the ledger."""

    def cost(self, provider: str, model: str, usage: TokenUsage, at: dt.datetime) -> float | None:
        """Cost of a request in USD; None when the price is not known."""


@dataclass(slots=True, eq=False)
class Reservation:
    """Budget that is set aside for one request: its worst case in USD, infinite where that is not known."""

    worst_usd: float


class Budget:
    """Never lets a run send more than `max_calls` requests or spend more than `max_cost_usd`.

    Used from one event loop. Requests are let through first come, first served. When one cost more than its worst case,
    since its endpoint counts what the request did not allow, the worst case of all others grows by as much.

    Args:
        max_cost_usd: Most USD; 0 asks nothing, None is no cap.
        max_calls: Most requests; 0 asks nothing, None is no cap.
        spent: What the run has sent and spent before.
    """

    def __init__(self, max_cost_usd: float | None, max_calls: int | None, spent: Usage | None = None) -> None:
        before = spent or Usage()
        self.max_cost_usd: Final = max_cost_usd
        self.max_calls: Final = max_calls
        self._calls = before.calls
        self._cost_usd = before.cost_usd
        self._unknown = before.calls_of_unknown_cost
        self._under_way = 0
        self._reserved_usd = 0.0
        self._beyond_worst = 1.0
        self._line = WaitingLine[Reservation](self._admit, self.withdraw)

    @property
    def spent(self) -> Usage:
        """Requests sent and USD spent; an unknown cost stands at its worst case, where that is known."""
        return Usage(self._calls, cost_usd=self._cost_usd)

    async def reserve(self, worst_usd: float | None) -> Reservation:
        """Set budget aside for one request; waits while only requests under way stand against it.

        Args:
            worst_usd: The most it can cost; None when that is not known, which only goes without a cap on USD.

        Raises:
            LlmError: BUDGET, STOP: the cap is reached.
            Exception: What `stop` was given.
        """
        self._line.raise_if_stopped()
        worst = math.inf if worst_usd is None else worst_usd
        self._refuse_what_never_fits(worst)
        return await self._line.wait(worst)

    def at_worst(self, reservation: Reservation) -> float | None:
        """USD that a request counts for while its cost is not known; None when its price is not known either."""
        worst_usd = reservation.worst_usd * self._beyond_worst
        return worst_usd if math.isfinite(worst_usd) else None

    def settle(self, reservation: Reservation, cost_usd: float | None) -> float | None:
        """Take note of what a request has cost, in USD; None when that is not known, its worst case then counts.

        Returns:
            USD that count against a cap; None when the price is not known either.
        """
        counted = self.at_worst(reservation) if cost_usd is None else cost_usd
        self._calls += 1
        self._unknown += cost_usd is None
        if counted is not None:
            self._cost_usd += counted
            if reservation.worst_usd > 0:
                self._beyond_worst = max(self._beyond_worst, counted / reservation.worst_usd)
        self.withdraw(reservation)
        return counted

    def withdraw(self, reservation: Reservation) -> None:
        """Give a reservation back without having sent anything."""
        self._under_way -= 1
        # Sums of floats leave dust behind.
        self._reserved_usd = self._reserved_usd - reservation.worst_usd if self._under_way else 0.0
        self._admit()

    def stop(self, reason: Callable[[], Exception]) -> None:
        """Reserve nothing any more: who waits, and who comes later, gets the exception that `reason` makes."""
        self._line.stop(reason)

    def _admit(self) -> None:
        while (worst_usd := self._line.first) is not None:
            try:
                self._refuse_what_never_fits(worst_usd)
            except LlmError as reached:
                self._line.refuse(reached)
            else:
                if not self._fits(worst_usd):
                    return
                self._line.grant(self._take(worst_usd))

    def _take(self, worst_usd: float) -> Reservation:
        self._under_way += 1
        self._reserved_usd += worst_usd
        return Reservation(worst_usd)

    def _fits(self, worst_usd: float) -> bool:
        if self.max_cost_usd is None:
            return True
        reserved_usd = (self._reserved_usd + worst_usd) * self._beyond_worst
        return self._cost_usd + reserved_usd <= self.max_cost_usd + EXACT

    def _refuse_what_never_fits(self, worst_usd: float) -> None:
        # A request under way will have been sent, so for requests there is nothing to wait for.
        if self.max_calls is not None and self._calls + self._under_way >= self.max_calls:
            raise _reached(
                f"The cap of {self.max_calls} requests per run is reached: the rest stays pending; raise "
                "SYNTHDEAL_MAX_CALLS or run again"
            )
        if self.max_cost_usd is None:
            return
        worst_usd *= self._beyond_worst
        if self.max_cost_usd == 0 or self._cost_usd + worst_usd > self.max_cost_usd + EXACT:
            spent = f"spent {usd_text(self._cost_usd)} in {self._calls} request{'s' * (self._calls != 1)}"
            if self._unknown:
                # Whoever was charged nothing for them would look for the money.
                spent += f", {self._unknown} of them at the most that they can have cost, for their bill is not known"
            another = f", and another may cost {usd_text(worst_usd)}" if math.isfinite(worst_usd) else ""
            raise _reached(
                f"The cap of {usd_text(self.max_cost_usd)} per run is reached ({spent}{another}): the rest stays "
                "pending; raise SYNTHDEAL_MAX_COST_USD or run again"
            )


def most_tokens(messages: Sequence[Message], schema: AnswerSchema | None, max_output_tokens: int) -> TokenUsage:
    """The most tokens that a request can use, in the dearest way.

    Every vendor's tokens are made of whole bytes, so a text never has more tokens than bytes in UTF-8. Writing what was
    read to a cache costs as much as reading it, or more.
    """
    content = sum(len(message.content.encode()) + TOKENS_AROUND_A_MESSAGE for message in messages)
    form = 0 if schema is None else len(json.dumps(schema.json_schema, ensure_ascii=False).encode())
    # In words, the schema stands beside an example that is shorter.
    read = content + 2 * form + TOKENS_AROUND_A_REQUEST
    return TokenUsage(read, max_output_tokens, cache_write_tokens=read)


def require_known_price(
    prices: PriceList, *, provider: str, model: str, endpoint: str, max_cost_usd: float | None, at: dt.datetime
) -> None:
    """Refuse a cap in USD on a model whose price is not known: nothing could be held to it.

    Raises:
        SynthDealError: There is a cap, and no price.
    """
    if max_cost_usd is not None and prices.cost(provider, model, TokenUsage(1, 1), at) is None:
        raise SynthDealError(
            f"SYNTHDEAL_MAX_COST_USD cannot be kept, because the price of {model} at {endpoint} is not known: set "
            "SYNTHDEAL_INPUT_PRICE and SYNTHDEAL_OUTPUT_PRICE, or cap requests with SYNTHDEAL_MAX_CALLS.",
            code="llm.price-unknown",
            usage=True,
        )


def _reached(message: str) -> LlmError:
    return LlmError(FailureKind.BUDGET, message, treatment=Treatment.STOP)


def usd_text(amount: float) -> str:
    """Two to four digits after the point, never rounded to nothing."""
    if 0 < amount < 0.0001:
        return f"${amount:.1g}"
    whole, digits = f"{amount:.4f}".split(".")
    return f"${whole}.{digits[:2]}{digits[2:].rstrip('0')}"
