"""What requests to models took: one sum for every place that counts, caps or shows it.

The tokens of one request, as a vendor counts them, are `chat.TokenUsage`; prices belong in `prices.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Usage:
    """What some requests took together; sums with `+`.

    Attributes:
        calls: Requests sent.
        input_tokens: Tokens read, cached ones included, as far as the endpoint said.
        cached_input_tokens: Of these, from the provider's cache.
        output_tokens: Tokens written, reasoning included, as far as the endpoint said.
        cost_usd: USD, as far as known.
        calls_of_unknown_cost: Requests whose cost is not in it, because it is not known.
    """

    calls: int = 0
    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    calls_of_unknown_cost: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.cached_input_tokens + other.cached_input_tokens,
            self.output_tokens + other.output_tokens,
            self.cost_usd + other.cost_usd,
            self.calls_of_unknown_cost + other.calls_of_unknown_cost,
        )

    @property
    def total_usd(self) -> float | None:
        """USD for all of them; None when the cost of one is not known."""
        return None if self.calls_of_unknown_cost else self.cost_usd


NOTHING: Final = Usage()
