"""Which models are asked, how, and for how much."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from synthdeal_assets.settings.group import SettingsGroup
from synthdeal_assets.settings.kinds import EndpointUrl, UserPath


class LlmSettings(SettingsGroup):
    """Models, endpoints and their keys, limits, prices and prompts."""

    openai_model: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        default="gpt-6-luna", description="Model that the openai scorer asks."
    )
    openai_base_url: EndpointUrl | None = Field(
        default=None,
        description="Address of an OpenAI-compatible endpoint, such as http://localhost:11434/v1; unset means OpenAI.",
    )
    anthropic_model: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        default="claude-haiku-5-5", description="Model that the anthropic scorer asks."
    )
    anthropic_base_url: EndpointUrl | None = Field(
        default=None, description="Address of an endpoint that speaks Anthropic's Messages API; unset means Anthropic."
    )
    temperature: Annotated[float, Field(ge=0, le=2)] | Literal["none"] = Field(
        default=0.3,
        description="Sampling temperature from 0 to 2; none omits it. A model that refuses it is asked again without "
        "it.",
    )
    reasoning_effort: str | None = Field(
        default=None, description="Reasoning effort, such as none, low or high; unset uses the model's default."
    )
    service_tier: str | None = Field(
        default=None, description="Service tier, such as flex or priority; unset uses the endpoint's default."
    )
    prompt_cache_key: str | None = Field(
        default=None, description="Key that groups requests for OpenAI's prompt cache; unset means the prompt version."
    )
    max_output_tokens: Annotated[int, Field(ge=256, le=1_000_000)] = Field(
        default=6_000, description="Maximum output tokens per answer, including reasoning."
    )
    token_limit_field: Literal["max_completion_tokens", "max_tokens"] = Field(
        default="max_completion_tokens",
        description="Field that carries the token limit to an OpenAI-compatible endpoint: max_completion_tokens or "
        "max_tokens.",
    )
    timeout: Annotated[float, Field(gt=0, le=3600)] = Field(
        alias="llm_timeout",
        default=120.0,
        description="Timeout of one request in seconds, from sending it to the last byte of the answer.",
    )
    max_attempts: Annotated[int, Field(ge=1, le=50)] = Field(
        alias="llm_max_attempts",
        default=8,
        description="Maximum requests for one opportunity in one run before it counts as failed.",
    )
    max_wait: Annotated[float, Field(ge=0, le=3600)] = Field(
        alias="llm_max_wait",
        default=60.0,
        description="Longest pause in seconds that an endpoint may ask for; longer ones end the attempt.",
    )
    requests_per_minute: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Maximum requests per minute; unset means that SynthDeal sets no limit."
    )
    tokens_per_minute: Annotated[int, Field(ge=1)] | None = Field(
        default=None,
        description="Maximum tokens per minute, input and output together; unset means that SynthDeal sets no limit.",
    )
    max_cost_usd: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="Maximum USD that one run may spend on models; unset means no limit."
    )
    max_calls: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="Maximum requests that one run may send to models; unset means no limit."
    )
    input_price: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="USD per million input tokens, for a model whose price is unknown."
    )
    output_price: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="USD per million output tokens, for a model whose price is unknown."
    )
    answer_ttl_days: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="Days after which a paid answer is no longer reused; unset means never."
    )
    prompts: UserPath | None = Field(
        default=None,
        description="Folder of your prompts, one folder per room such as scoring/; a file there replaces its namesake.",
    )
    openai_api_key: SecretStr | None = Field(
        default=None, description="OpenAI API key; read from the environment or .env only."
    )
    anthropic_api_key: SecretStr | None = Field(
        default=None, description="Anthropic API key; read from the environment or .env only."
    )
