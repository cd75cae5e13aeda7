"""What requests to a model cost, in USD: the price list of genai-prices as installed, or the user's own two prices.

Nothing here asks the network. What a run may spend belongs in `budget.py`.
"""

from __future__ import annotations

import datetime as dt
from importlib.metadata import version
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.llm.chat import TokenUsage

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo

VENDORS: Final = {"openai": "api.openai.com", "anthropic": "api.anthropic.com"}
"""Hosts at which the vendors' list prices hold, by provider. Elsewhere, the regional hosts of the vendors included, the
same name may cost something else, or be another model."""

LIST_PRICE_TIERS: Final = frozenset({None, "auto", "default", "standard", "standard_only"})
"""Service tiers at the list price."""

CHEAPER_TIER: Final = "flex"
"""A tier that never costs more than the list price, which stands in where the list has no price for it."""


class Prices:
    """Prices of the models at one endpoint.

    Args:
        endpoint: Base URL that is asked; list prices hold at the vendor's own only.
        input_price: USD per million tokens read, cached ones included, for every model; None takes the price list.
        output_price: USD per million tokens written; given together with `input_price` or not at all.
        service_tier: Tier that is asked for; None is the endpoint's default.

    Raises:
        SynthDealError: Only one of the two prices is given.
    """

    def __init__(
        self,
        *,
        endpoint: str,
        input_price: float | None,
        output_price: float | None,
        service_tier: str | None = None,
    ) -> None:
        if (input_price is None) != (output_price is None):
            given, missing = ("INPUT", "OUTPUT") if output_price is None else ("OUTPUT", "INPUT")
            raise SynthDealError(
                f"SYNTHDEAL_{given}_PRICE is set without SYNTHDEAL_{missing}_PRICE: set both, or neither.",
                code="llm.price-incomplete",
                usage=True,
            )
        self._own = (input_price, output_price) if input_price is not None and output_price is not None else None
        self._host = urlsplit(endpoint).hostname
        self._tier = service_tier

    @property
    def version(self) -> str:
        """Which price list, as it stands in the ledger."""
        return "settings" if self._own is not None else f"genai-prices {version('genai-prices')}"

    def cost(self, provider: str, model: str, usage: TokenUsage, at: dt.datetime) -> float | None:
        """Cost of a request in USD; None when the price is not known, never 0 for that.

        Args:
            provider: openai or anthropic.
            model: As it was asked for.
            usage: Tokens; cached ones and those written to a cache have prices of their own on the list.
            at: When it was asked, UTC; prices change from day to day, and with the hour for some models.
        """
        if self._own is not None:
            input_price, output_price = self._own
            return (usage.input_tokens * input_price + usage.output_tokens * output_price) / 1e6
        listed = self._listed(provider, model)
        if listed is None:
            return None
        from genai_prices import Usage, calc_price  # noqa: PLC0415 - 0.1 s that only a run that asks shall pay

        tier = self._tier if self._tier not in LIST_PRICE_TIERS else None
        if tier is not None and not _has_tier(listed, tier, at):
            if tier != CHEAPER_TIER:
                return None
            tier = None
        calculation = calc_price(
            Usage(
                input_tokens=usage.input_tokens,
                cache_read_tokens=usage.cached_input_tokens,
                cache_write_tokens=usage.cache_write_tokens,
                output_tokens=usage.output_tokens,
            ),
            model,
            provider_id=provider,
            genai_request_timestamp=at,
            price_context={"service_tier": tier} if tier is not None else None,
        )
        return float(calculation.total_price)

    def _listed(self, provider: str, model: str) -> ModelInfo | None:
        if provider not in VENDORS or self._host != VENDORS[provider]:
            return None
        from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 - see above

        try:
            listed = get_snapshot().find_provider_model(model, None, provider, None)[1]
        except LookupError:
            return None
        return listed if _is_for_text(listed) else None


def _is_for_text(model: ModelInfo) -> bool:
    """Whether tokens read and written both have a price; models for sound and vectors are on the list too."""
    prices = [each.prices for each in model.prices] if isinstance(model.prices, list) else [model.prices]
    return all(price.input_mtok is not None and price.output_mtok is not None for price in prices)


def _has_tier(model: ModelInfo, tier: str, at: dt.datetime) -> bool:
    return any(
        variant.when.get("service_tier") == tier and (variant.constraint is None or variant.constraint.active(at))
        for variant in model.price_variants or ()
    )
