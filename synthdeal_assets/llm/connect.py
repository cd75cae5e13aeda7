"""From settings to a model that can be asked: the providers there are, and all that one of them is set up with.

Connecting is cheap, since most who do only want to know a name, a version or a price: a vendor's library is imported,
and a connection opened, by `Connection.client`. What is wrong with the settings is found before that.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import SecretStr

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.budget import Budget, require_known_price
from synthdeal_assets.llm.chat import Parameters, SchemaMode
from synthdeal_assets.llm.client import LlmClient, RetryRules
from synthdeal_assets.llm.ledger.calls import endpoint_identity
from synthdeal_assets.llm.ledger.ledger import learned_form
from synthdeal_assets.llm.limits import Limits
from synthdeal_assets.llm.prices import Prices
from synthdeal_assets.llm.providers.anthropic import AnthropicProvider
from synthdeal_assets.llm.providers.base import HttpProvider
from synthdeal_assets.llm.providers.endpoint_address import EndpointAddress
from synthdeal_assets.llm.providers.http_transport import usable_key
from synthdeal_assets.llm.providers.openai import OpenAiProvider
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.settings import Settings

PROVIDERS: Final[Mapping[str, type[HttpProvider[Any]]]] = {
    provider.name: provider for provider in (OpenAiProvider, AnthropicProvider)
}
"""Every provider that settings can name; `providers/base.py` says how to add one."""

SCHEMA_MODES: Final[Mapping[str, SchemaMode]] = {
    "auto": "json_schema",
    "strict": "json_schema",
    "json_object": "json_object",
    "words": "none",
}
"""How the form of an answer is asked for at first, by the setting."""

NO_KEY_NEEDED: Final = "not-needed"
"""Sent as the key to an endpoint of the user's own for which there is none; the libraries insist on one."""

TYPICAL_TOKENS: Final = 5_000
"""Of one request, read and written together; for the time that a limit of tokens a minute may take."""

logger = logging.getLogger(__name__)

REMEMBERED_FOR: Final = dt.timedelta(days=30)
"""An endpoint that refused or ignored a schema is asked with one again when none was tried for so long: it may serve
another model by then."""


@dataclass(frozen=True, slots=True)
class Caps:
    """What a run may spend and how fast it may ask; None is no limit.

    Attributes:
        max_cost_usd: Most USD.
        max_calls: Most requests.
        concurrency: Questions asked at the same time.
        requests_per_minute: Most requests a minute.
        tokens_per_minute: Most tokens a minute, read and written.
    """

    max_cost_usd: float | None = None
    max_calls: int | None = None
    concurrency: int = 1
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """A model at an endpoint, as the settings have it. Nothing is opened before `client` is called.

    Attributes:
        provider: Name of the provider.
        endpoint: Base URL that is asked, without credentials.
        answers_as: What tells the endpoint from others, by its address or its name; part of the ledger's keys.
        parameters: How the model is asked.
        prices: What requests cost.
        deadline_s: Longest time in seconds for one question, when everything goes as slowly as it is allowed to.
        caps: What a run may spend, and how fast it may ask.
        client: Makes the client, for one run and event loop, which spends within a budget.
        fresh_client: The same, but it asks as though nothing were known of the endpoint.
        provider_at_endpoint: Makes what speaks to the endpoint, for whoever wants to know about it rather than ask.
    """

    provider: str
    endpoint: str
    answers_as: str
    parameters: Parameters
    prices: Prices
    deadline_s: float
    caps: Caps
    client: Callable[[Budget], LlmClient]
    fresh_client: Callable[[Budget], LlmClient]
    provider_at_endpoint: Callable[[], HttpProvider[Any]]

    def budget(self, spent: Usage) -> Budget:
        """What a run that has spent so much so far may still spend."""
        return Budget(self.caps.max_cost_usd, self.caps.max_calls, spent)


def connect(settings: Settings, name: str, *, concurrency: int, prompt_version: str) -> Connection:
    """The model that the settings name for a provider. All settings of asking are read here and nowhere else.

    Args:
        settings: Those of the run.
        name: One of `PROVIDERS`.
        concurrency: Most requests at once.
        prompt_version: Version of the prompts; groups the requests that begin alike, at the vendor's own endpoint.

    Raises:
        SynthDealError: A setting is missing or does not fit.
    """
    provider = PROVIDERS[name]
    variable = f"{name.upper()}_BASE_URL"
    base_url = settings.value_of(f"{name}_base_url") or os.environ.get(variable) or None
    endpoint = EndpointAddress.of(base_url or provider.own_endpoint, setting=variable).url
    at_vendor = endpoint == provider.own_endpoint
    key = _key(settings.value_of(f"{name}_api_key"), name, needed=at_vendor)
    parameters = Parameters(
        model=settings.value_of(f"{name}_model"),
        max_output_tokens=settings.llm.max_output_tokens,
        temperature=None if settings.llm.temperature == "none" else settings.llm.temperature,
        reasoning_effort=settings.llm.reasoning_effort,
        service_tier=settings.llm.service_tier,
        # Endpoints of others need not know the parameter; the vendors' cheapen what every question begins with.
        prompt_cache_key=settings.llm.prompt_cache_key or (prompt_version if at_vendor else None),
        token_limit_field=settings.llm.token_limit_field,
        schema_mode=SCHEMA_MODES[settings.llm.schema_mode],
        schema_mode_fixed=settings.llm.schema_mode != "auto",
    )
    prices = Prices(
        endpoint=endpoint,
        input_price=settings.llm.input_price,
        output_price=settings.llm.output_price,
        service_tier=settings.llm.service_tier,
    )
    caps = Caps(
        settings.llm.max_cost_usd,
        settings.llm.max_calls,
        concurrency,
        settings.llm.requests_per_minute,
        settings.llm.tokens_per_minute,
    )
    require_known_price(
        prices,
        provider=name,
        model=parameters.model,
        endpoint=endpoint,
        max_cost_usd=caps.max_cost_usd,
        at=utc_now(),
    )
    rules = RetryRules(settings.llm.max_attempts, settings.llm.timeout, settings.llm.max_wait)

    def provider_at_endpoint() -> HttpProvider[Any]:
        return provider(api_key=key, base_url=base_url, most_at_once=concurrency)

    def client(budget: Budget) -> LlmClient:
        known = None
        if not parameters.schema_mode_fixed:
            at = {"provider": name, "endpoint": endpoint, "model": parameters.model}
            known = learned_form(Warehouse.of(settings), **at, since=utc_now() - REMEMBERED_FOR)
        if known not in {None, parameters.schema_mode}:
            logger.warning(
                "%s at %s took no schema within the last %d days: the form of answers is asked for in words "
                "(`synthdeal doctor --ask` tries the schema again)",
                parameters.model,
                endpoint,
                REMEMBERED_FOR.days,
            )
        return fresh_client(budget, known)

    def fresh_client(budget: Budget, mode: SchemaMode | None = None) -> LlmClient:
        return LlmClient(
            provider_at_endpoint(),
            replace(parameters, schema_mode=mode or parameters.schema_mode),
            rules=rules,
            limits=Limits(
                concurrency,
                requests_per_minute=caps.requests_per_minute,
                tokens_per_minute=caps.tokens_per_minute,
            ),
            budget=budget,
            prices=prices,
            now=utc_now,
            warn=logger.warning,
        )

    return Connection(
        provider=name,
        endpoint=endpoint,
        answers_as=settings.llm.endpoint_name or endpoint_identity(endpoint, parameters.model),
        parameters=parameters,
        prices=prices,
        deadline_s=_deadline_s(rules, caps),
        caps=caps,
        client=client,
        fresh_client=fresh_client,
        provider_at_endpoint=provider_at_endpoint,
    )


def _key(key: SecretStr | None, name: str, *, needed: bool) -> str:
    variable = f"{name.upper()}_API_KEY"
    if key is not None:
        return usable_key(key.get_secret_value(), variable)
    if needed:
        raise SynthDealError(
            f"{variable} is not set: put the key in the environment or .env, or point "
            f"SYNTHDEAL_{name.upper()}_BASE_URL at an endpoint that needs none.",
            code="llm.key-missing",
            usage=True,
        )
    return NO_KEY_NEEDED


def _deadline_s(rules: RetryRules, caps: Caps) -> float:
    """The longest that one question can take, in seconds, when everything goes as slowly as it is allowed to.

    A request ends by itself after its time-out, so this only catches what nobody thought of; it must never end a
    question that is merely waiting for its turn. Each request may wait for the rates, take its time and be followed by
    a pause, and once an endpoint may let the requests through one by one.
    """
    turn_s = 60 * caps.concurrency / caps.requests_per_minute if caps.requests_per_minute else 0.0
    if caps.tokens_per_minute:
        turn_s = max(turn_s, 60 * caps.concurrency * TYPICAL_TOKENS / caps.tokens_per_minute)
    pause_s = 1.1 * max(rules.max_wait_s, rules.longest_backoff_s)
    # One more for an answer that was cut off, some for parameters that are refused.
    requests = rules.max_attempts + 5
    return requests * (turn_s + rules.timeout_s + pause_s) + caps.concurrency * rules.timeout_s
