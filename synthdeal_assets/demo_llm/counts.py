"""What the model server has been asked and how it went, counted by opportunity.

Counts only: what is done to a request belongs in `faults.py` and `server.py`.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from synthdeal_assets.demo_llm.faults import GOOD, PAID, RequestOutcome

KEPT_REQUESTS: Final = 200


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """How many requests came, and what became of those that have ended.

    Attributes:
        requests: Requests that arrived.
        outcomes: Ended requests by outcome.
    """

    requests: int
    outcomes: Mapping[RequestOutcome, int]

    @property
    def paid(self) -> int:
        """Requests answered with 200 and usage."""
        return sum(count for outcome, count in self.outcomes.items() if outcome in PAID)

    @property
    def successes(self) -> int:
        """Paid requests with a complete and valid answer."""
        return sum(count for outcome, count in self.outcomes.items() if outcome in GOOD)


@dataclass(frozen=True, slots=True)
class Counts(RequestCounts):
    """What the server has seen up to now.

    Attributes:
        by_opportunity: Counts of each opportunity; requests that were turned away before they were read count too.
        most_at_once: Most requests that were under way at the same time.
        input_tokens: Tokens read for paid requests.
        output_tokens: Tokens written for paid requests.
    """

    by_opportunity: Mapping[str, RequestCounts]
    most_at_once: int
    input_tokens: int
    output_tokens: int

    def sentence(self) -> str:
        """The counts in one line."""
        parts = "".join(f", {outcome} {count}" for outcome, count in sorted(self.outcomes.items()))
        return (
            f"Requests: {self.requests}, on opportunities: {len(self.by_opportunity)}, at most at once: "
            f"{self.most_at_once}, that a vendor would have billed: {self.paid} (tokens read {self.input_tokens}, "
            f"written {self.output_tokens}){parts}."
        )


@dataclass(slots=True)
class Tally:
    """Counts while the server runs; may be read from another thread."""

    kept_requests: int = KEPT_REQUESTS
    _requests: Counter[str] = field(default_factory=Counter, init=False)
    _outcomes: dict[str, Counter[RequestOutcome]] = field(default_factory=dict, init=False)
    _totals: Counter[RequestOutcome] = field(default_factory=Counter, init=False)
    _bodies: deque[dict[str, Any]] = field(default_factory=deque, init=False)
    _at_once: int = field(default=0, init=False)
    _most_at_once: int = field(default=0, init=False)
    _input_tokens: int = field(default=0, init=False)
    _output_tokens: int = field(default=0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def arrived(self, opportunity_id: str, body: dict[str, Any]) -> tuple[int, int]:
        """Count a request that has arrived.

        Returns:
            Requests on the same opportunity before it, and requests that are under way with it.
        """
        with self._lock:
            before = self._requests[opportunity_id]
            self._requests[opportunity_id] = before + 1
            self._at_once += 1
            self._most_at_once = max(self._most_at_once, self._at_once)
            self._bodies.append(body)
            if len(self._bodies) > self.kept_requests:
                self._bodies.popleft()
            return before, self._at_once

    def ended(self, opportunity_id: str, outcome: RequestOutcome, input_tokens: int, output_tokens: int) -> None:
        """Count what became of a request."""
        with self._lock:
            self._at_once -= 1
            self._outcomes.setdefault(opportunity_id, Counter())[outcome] += 1
            self._totals[outcome] += 1
            if outcome in PAID:
                self._input_tokens += input_tokens
                self._output_tokens += output_tokens

    def counts(self) -> Counts:
        """The counts up to now."""
        with self._lock:
            return Counts(
                by_opportunity={
                    key: RequestCounts(requests, dict(self._outcomes.get(key, {})))
                    for key, requests in self._requests.items()
                },
                outcomes=dict(self._totals),
                requests=self._requests.total(),
                most_at_once=self._most_at_once,
                input_tokens=self._input_tokens,
                output_tokens=self._output_tokens,
            )

    def bodies(self) -> list[dict[str, Any]]:
        """The bodies of the last requests, oldest first."""
        with self._lock:
            return list(self._bodies)

    def reset(self) -> None:
        """Forget everything but the requests that are under way."""
        with self._lock:
            self._requests.clear()
            self._outcomes.clear()
            self._totals.clear()
            self._bodies.clear()
            self._most_at_once = self._at_once
            self._input_tokens = self._output_tokens = 0
