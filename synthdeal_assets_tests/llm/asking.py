"""Requests to a provider, as the tests send them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from synthdeal_assets.llm.chat import AnswerSchema, Completion, Message, Parameters, Provider
from synthdeal_assets.llm.failures import LlmError
from synthdeal_assets.llm.providers.anthropic import AnthropicProvider
from synthdeal_assets.llm.providers.openai import OpenAiProvider
from synthdeal_assets_tests.llm.raw_server import Raw, RawServer

KEY: Final = "sk-made-up-for-tests-1234567890"

MESSAGES: Final = (Message("system", "You judge deals."), Message("user", "Judge this deal."))

SCHEMA: Final = AnswerSchema(
    "verdict",
    {
        "type": "object",
        "properties": {
            "level": {"type": "integer", "minimum": 0, "maximum": 3},
            "quote": {"type": "string", "maxLength": 80, "description": "Verbatim."},
        },
        "required": ["level", "quote"],
        "additionalProperties": False,
    },
)

PLAIN: Final = Parameters("gpt-x", 500)
EVERYTHING: Final = Parameters(
    "gpt-x", 500, temperature=0.3, reasoning_effort="low", service_tier="flex", prompt_cache_key="verdict-1"
)


def openai_at(url: str, *, key: str = KEY) -> OpenAiProvider:
    return OpenAiProvider(api_key=key, base_url=f"{url}/v1", most_at_once=4)


def anthropic_at(url: str, *, key: str = KEY) -> AnthropicProvider:
    return AnthropicProvider(api_key=key, base_url=url, most_at_once=4)


ProviderAt = Callable[[str], OpenAiProvider | AnthropicProvider]
BOTH: Final[tuple[ProviderAt, ...]] = (openai_at, anthropic_at)


def ask(provider: Provider, parameters: Parameters = PLAIN, *, times: int = 1) -> Completion:
    """The last of so many answers, in an event loop of its own; the provider is closed."""

    async def asking() -> Completion:
        try:
            for _ in range(times - 1):
                await provider.complete(MESSAGES, SCHEMA, parameters)
            return await provider.complete(MESSAGES, SCHEMA, parameters)
        finally:
            await provider.aclose()

    return asyncio.run(asking())


class Line:
    """A server and a provider of each kind, kept open for many questions, each with its own answer."""

    def __init__(self, server: RawServer) -> None:
        self.server = server
        self._runner = asyncio.Runner()
        self._providers = {at: at(server.url) for at in BOTH}

    def answered(
        self, at: ProviderAt, answer: Raw, parameters: Parameters = PLAIN, messages: Sequence[Message] = MESSAGES
    ) -> Completion:
        """What is read from an answer."""
        self.server.answer = answer
        self.server.requests.clear()
        return self._runner.run(self._providers[at].complete(messages, SCHEMA, parameters))

    def failure(self, at: ProviderAt, answer: Raw, parameters: Parameters) -> LlmError:
        """How a request fails that is answered so."""
        try:
            self.answered(at, answer, parameters)
        except LlmError as error:
            return error
        raise AssertionError("there is an answer")

    def close(self) -> None:
        for provider in self._providers.values():
            self._runner.run(provider.aclose())
        self._runner.close()


def failure(provider: Provider, parameters: Parameters = PLAIN) -> LlmError:
    """How a request fails."""
    try:
        ask(provider, parameters)
    except LlmError as error:
        return error
    raise AssertionError("there is an answer")
