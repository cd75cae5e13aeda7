"""The scorers there are, and the choice of one by its name. How a scorer judges belongs in its own module.

Making one is cheap, since most who do only want to know its name and version: a vendor's library is imported, and a
connection opened, when the first opportunity is asked about. What is wrong with the settings is found before that.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any, Final, Protocol

from pydantic import SecretStr

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.llm.budget import Budget, require_known_price
from synthdeal_assets.llm.chat import Parameters
from synthdeal_assets.llm.client import LlmClient, RetryRules
from synthdeal_assets.llm.ledger.calls import Spent
from synthdeal_assets.llm.limits import Limits
from synthdeal_assets.llm.prices import Prices
from synthdeal_assets.llm.providers.anthropic import AnthropicProvider
from synthdeal_assets.llm.providers.base import HttpProvider
from synthdeal_assets.llm.providers.endpoint_address import EndpointAddress
from synthdeal_assets.llm.providers.http_transport import usable_key
from synthdeal_assets.llm.providers.openai import OpenAiProvider
from synthdeal_assets.scoring.scorers.heuristic import NAME as HEURISTIC
from synthdeal_assets.scoring.scorers.heuristic import HeuristicScorer
from synthdeal_assets.scoring.scorers.hybrid import HybridScorer
from synthdeal_assets.scoring.scorers.llm_scorer import LlmScorer, scoring_prompts
from synthdeal_assets.scoring.scorers.scorer import Scorer
from synthdeal_assets.settings import Settings

HYBRID: Final = "hybrid"

NO_KEY_NEEDED: Final = "not-needed"
"""Sent as the key to an endpoint of the user's own for which there is none; the libraries insist on one."""

TYPICAL_TOKENS: Final = 5_000
"""Of one request, read and written together; for the time that a limit of tokens a minute may take."""

logger = logging.getLogger(__name__)


class ScorerFactory(Protocol):
    """Makes the scorer of one run, which is closed at the run's end; `make_scorer` is the usual one."""

    def __call__(self, settings: Settings, spent: Spent, /) -> Scorer:
        """A new scorer, for a run that has spent so much so far.

        Raises:
            SynthDealError: A setting that the scorer needs is missing or does not fit.
        """


NOTHING: Final = Spent()


_VENDORS: Final[dict[str, type[HttpProvider[Any]]]] = {each.name: each for each in (OpenAiProvider, AnthropicProvider)}


def make_scorer(settings: Settings, spent: Spent = NOTHING) -> Scorer:
    """The scorer that the settings name; they take no other names than those there are.

    Raises:
        SynthDealError: A setting that the scorer needs is missing or does not fit.
    """
    return scorer_for(settings, settings.scorer, spent=spent)


def scorer_for(
    settings: Settings, name: str, *, model: str | None = None, prompts: Path | None = None, spent: Spent = NOTHING
) -> Scorer:
    """A scorer by its name, with another model or other prompts than the settings'.

    Args:
        settings: What is not said otherwise.
        name: heuristic, openai, anthropic or hybrid.
        model: Model to ask; None is the settings'.
        prompts: Folder with prompts; None is the settings'.
        spent: What the run has spent so far.

    Raises:
        SynthDealError: There is no such scorer, it takes no model and no prompts, or a setting that it needs is
            missing or does not fit.
    """
    if name not in (HEURISTIC, HYBRID, *_VENDORS):
        raise SynthDealError(
            f"There is no scorer {name}: choose {', '.join((HEURISTIC, *_VENDORS))} or {HYBRID}.", usage=True
        )
    if name == HEURISTIC:
        if model is not None or prompts is not None:
            raise SynthDealError(
                f"The scorer {HEURISTIC} asks no model: leave the model and the prompts out or choose another scorer.",
                usage=True,
            )
        return HeuristicScorer()
    vendor = settings.hybrid_provider if name == HYBRID else name
    changes: dict[str, Any] = {f"{vendor}_model": model, "prompts": prompts}
    chosen = settings.model_copy(update={field: value for field, value in changes.items() if value is not None})
    llm = _llm_scorer(chosen, vendor, spent)
    return HybridScorer(llm, HeuristicScorer()) if name == HYBRID else llm


def _llm_scorer(settings: Settings, name: str, spent: Spent) -> LlmScorer:
    vendor = _VENDORS[name]
    variable = f"{name.upper()}_BASE_URL"
    base_url = getattr(settings, f"{name}_base_url") or os.environ.get(variable) or None
    endpoint = EndpointAddress.of(base_url or vendor.own_endpoint, setting=variable).url
    at_vendor = endpoint == vendor.own_endpoint
    key = _key(getattr(settings, f"{name}_api_key"), name, needed=at_vendor)
    prompts = scoring_prompts(settings.prompts)
    parameters = Parameters(
        model=getattr(settings, f"{name}_model"),
        max_output_tokens=settings.max_output_tokens,
        temperature=None if settings.temperature == "none" else settings.temperature,
        reasoning_effort=settings.reasoning_effort,
        service_tier=settings.service_tier,
        # Endpoints of others need not know the parameter; the vendors' cheapen what every question begins with.
        prompt_cache_key=settings.prompt_cache_key or (prompts.version if at_vendor else None),
        token_limit_field=settings.token_limit_field,
    )
    prices = Prices(
        endpoint=endpoint,
        input_price=settings.input_price,
        output_price=settings.output_price,
        service_tier=settings.service_tier,
    )
    require_known_price(
        prices,
        provider=name,
        model=parameters.model,
        endpoint=endpoint,
        max_cost_usd=settings.max_cost_usd,
        at=utc_now(),
    )
    rules = RetryRules(settings.llm_max_attempts, settings.llm_timeout, settings.llm_max_wait)

    def client() -> LlmClient:
        return LlmClient(
            vendor(api_key=key, base_url=base_url, most_at_once=settings.scorer_concurrency),
            parameters,
            rules=rules,
            limits=Limits(
                settings.scorer_concurrency,
                requests_per_minute=settings.requests_per_minute,
                tokens_per_minute=settings.tokens_per_minute,
            ),
            budget=Budget(settings.max_cost_usd, settings.max_calls, spent),
            prices=prices,
            now=utc_now,
            warn=logger.warning,
        )

    return LlmScorer(
        name,
        parameters,
        prompts,
        client,
        endpoint=endpoint,
        prices=prices,
        deadline_s=_deadline_s(settings, rules),
    )


def _key(key: SecretStr | None, name: str, *, needed: bool) -> str:
    variable = f"{name.upper()}_API_KEY"
    if key is not None:
        return usable_key(key.get_secret_value(), variable)
    if needed:
        raise SynthDealError(
            f"{variable} is not set: put the key into the environment or .env, or point "
            f"SYNTHDEAL_{name.upper()}_BASE_URL at an endpoint that needs none.",
            usage=True,
        )
    return NO_KEY_NEEDED


def _deadline_s(settings: Settings, rules: RetryRules) -> float:
    """The longest that one opportunity can take, in seconds, when everything goes as slowly as it is allowed to.

    A request ends by itself after its time-out, so this only catches what nobody thought of; it must never end a
    question that is merely waiting for its turn. Each request may wait for the rates, take its time and be followed by
    a pause, and once an endpoint may let the requests through one by one.
    """
    at_once = settings.scorer_concurrency
    turn_s = 60 * at_once / settings.requests_per_minute if settings.requests_per_minute else 0.0
    if settings.tokens_per_minute:
        turn_s = max(turn_s, 60 * at_once * TYPICAL_TOKENS / settings.tokens_per_minute)
    pause_s = 1.1 * max(rules.max_wait_s, rules.longest_backoff_s)
    # One more for an answer that was cut off, some for parameters that are refused.
    requests = rules.max_attempts + 5
    return requests * (turn_s + rules.timeout_s + pause_s) + at_once * rules.timeout_s
