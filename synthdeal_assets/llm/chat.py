"""What passes between a room and a language model: messages, parameters, an answer, what it used.

Plain values and the interface of a provider. How a vendor is spoken to belongs in the module of the vendor, when to
ask again in `client.py`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, Protocol

Role = Literal["system", "user", "assistant"]
SchemaMode = Literal["json_schema", "json_object", "none"]
"""How an endpoint is made to keep to the form of the answer: by schema, as any JSON object, or by words alone."""

Finish = Literal["complete", "truncated", "refused", "failed"]
TokenLimitField = Literal["max_completion_tokens", "max_tokens"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class AnswerSchema:
    """The form that an answer must have.

    Attributes:
        name: Short name, letters, digits and underscores.
        json_schema: JSON schema in the strict subset (every property required, no additional ones, no references).
    """

    name: str
    json_schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Parameters:
    """How a model is asked; None leaves a parameter out, so that the endpoint's own default holds.

    Attributes:
        model: Name of the model at the endpoint.
        max_output_tokens: Most tokens of an answer, thinking included.
        temperature: 0 to 2.
        reasoning_effort: Such as none, low, medium, high.
        service_tier: Such as default, flex, priority.
        prompt_cache_key: Groups requests that begin alike, for the endpoint's cache.
        token_limit_field: What the endpoint calls max_output_tokens (Chat Completions only).
        schema_mode: How the form of the answer is asked for.
        schema_mode_fixed: Whether it stays so whatever the endpoint does.
    """

    model: str
    max_output_tokens: int
    temperature: float | None = None
    reasoning_effort: str | None = None
    service_tier: str | None = None
    prompt_cache_key: str | None = None
    token_limit_field: TokenLimitField = "max_completion_tokens"  # noqa: S105 - the name of a field, not a secret
    schema_mode: SchemaMode = "json_schema"
    schema_mode_fixed: bool = False

    def as_json(self, *others: str) -> str:
        """Those that shape an answer, and these others, as compact JSON with sorted keys.

        Without others, part of the ledger's key.
        """
        named = {name: getattr(self, name) for name in (*SHAPING, *others) if getattr(self, name) is not None}
        return json.dumps(named, sort_keys=True, separators=(",", ":"))

    def without(self, refused: str) -> Parameters | None:
        """The same without a parameter that the endpoint has refused; None when there is no way to do without it.

        A refused schema falls back to any JSON object, then to words alone, unless the mode is fixed; a refused name of
        the token limit to the other name.
        """
        if refused in OPTIONAL:
            left_out: dict[str, Any] = {refused: None}
            return dataclasses.replace(self, **left_out) if getattr(self, refused) is not None else None
        if refused == "response_format" and self.schema_mode != "none" and not self.schema_mode_fixed:
            weaker: SchemaMode = "json_object" if self.schema_mode == "json_schema" else "none"
            return dataclasses.replace(self, schema_mode=weaker)
        if refused == self.token_limit_field:
            other: TokenLimitField = "max_tokens" if refused == "max_completion_tokens" else "max_completion_tokens"
            return dataclasses.replace(self, token_limit_field=other)
        return None


SHAPING: Final = ("max_output_tokens", "temperature", "reasoning_effort")
"""Parameters that shape an answer. The model is a column of its own; a tier, a cache and the names of fields do not
change what is said."""

HOW_THE_FORM: Final = ("schema_mode", "schema_mode_fixed")
"""Parameters that say how the form of an answer was asked for; on record with the others where there was one."""

OPTIONAL: Final = ("temperature", "reasoning_effort", "service_tier", "prompt_cache_key")
"""Parameters that can be left out when an endpoint refuses them."""


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens of one request, counted alike for every provider.

    Attributes:
        input_tokens: Tokens read, those from and to a cache included.
        cached_input_tokens: Of these, read from the provider's cache.
        cache_write_tokens: Of these, written to the provider's cache at a price of their own.
        output_tokens: Tokens written, thinking included.
    """

    input_tokens: int
    output_tokens: int
    cached_input_tokens: int = 0
    cache_write_tokens: int = 0


class Passage(NamedTuple):
    """A text in an endpoint's answer, and the field that it stands in."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Completion:
    """What an endpoint answered, whatever it is worth.

    Attributes:
        text: The answer; empty when there is none.
        finish: complete, truncated (the token limit was reached), refused (by the model or a filter) or failed (the
            endpoint broke off).
        refusal: The model's words when it refused, or the endpoint's when it failed; empty otherwise.
        usage: Tokens; None when the endpoint did not say.
        model: Model that answered, as the endpoint names it.
        elsewhere: Texts that stand where no answer should, such as a call of a tool; thoughts only where there is no
            `text`.
    """

    text: str
    finish: Finish
    usage: TokenUsage | None
    model: str
    refusal: str = ""
    elsewhere: tuple[Passage, ...] = ()


class Provider(Protocol):
    """One endpoint, spoken to in its vendor's manner. One object a run, used from one event loop."""

    @property
    def name(self) -> str:
        """Name of the provider as OpenTelemetry's `gen_ai.provider.name` has it: openai or anthropic."""

    @property
    def endpoint(self) -> str:
        """Base URL without credentials."""

    async def complete(
        self, messages: Sequence[Message], schema: AnswerSchema | None, parameters: Parameters
    ) -> Completion:
        """Send one request, without any retry; with no schema the answer may be any text.

        Raises:
            LlmError: No answer came. Never anything else for what an endpoint or a network can do; cancelling it
                closes the connection.
        """

    async def aclose(self) -> None:
        """Close the connections."""
