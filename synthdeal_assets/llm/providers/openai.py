"""OpenAI and everything that speaks its Chat Completions: vLLM, Ollama, llama.cpp, a LiteLLM proxy, Azure.

Which failure is of which kind belongs in `http_failures.py`, when to ask again in `client.py`.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from synthdeal_assets.llm.chat import AnswerSchema, Completion, Message, Parameters, TokenUsage
from synthdeal_assets.llm.providers.answer_json import answer_object, count, mapping, objects, text
from synthdeal_assets.llm.providers.endpoint_address import EndpointAddress
from synthdeal_assets.llm.providers.http_failures import Asked, failure_of_network, failure_of_status, network_errors
from synthdeal_assets.llm.providers.http_transport import cleaner, http_options, http_timeout, quiet_logs, usable_key
from synthdeal_assets.llm.providers.schema_in_words import with_schema_in_words

if TYPE_CHECKING:
    import openai

OWN_ENDPOINT: Final = "https://api.openai.com/v1"
PATH: Final = "/chat/completions"

FILTERED: Final = "content_filter"

CUT_OFF: Final = frozenset({"length", "max_tokens", "model_length"})
"""Finish reasons of an answer that reached its token limit; the last is Mistral's."""

Finish = Literal["complete", "truncated", "refused"]


class OpenAiProvider:
    """One OpenAI-compatible endpoint. The client is made when the first request is sent, in its event loop.

    Args:
        api_key: Key; any word for an endpoint that asks for none.
        base_url: Address of the endpoint; None takes OPENAI_BASE_URL from the environment as the SDK does, else OpenAI.
        most_at_once: Most requests at once.

    Raises:
        SynthDealError: The key or the address cannot be one.
    """

    def __init__(self, *, api_key: str, base_url: str | None, most_at_once: int) -> None:
        # Here and not in the first request: half a second of importing would use up its head start.
        import openai  # noqa: F401, PLC0415 - help and code loading shall not pay for it

        quiet_logs()
        self._key = usable_key(api_key, "OPENAI_API_KEY")
        own = os.environ.get("OPENAI_BASE_URL") or OWN_ENDPOINT
        setting = "OPENAI_BASE_URL" if base_url is None else "SYNTHDEAL_OPENAI_BASE_URL"
        self._address = EndpointAddress.of(own if base_url is None else base_url, setting=setting)
        self._clean = cleaner(self._key, *self._address.secrets)
        self._most_at_once = most_at_once
        self._client: openai.AsyncOpenAI | None = None
        self._form: tuple[AnswerSchema, dict[str, Any]] | None = None

    @property
    def name(self) -> str:
        """openai, whoever is behind the endpoint."""
        return "openai"

    @property
    def endpoint(self) -> str:
        """Base URL without credentials and query."""
        return self._address.url

    async def complete(self, messages: Sequence[Message], schema: AnswerSchema, parameters: Parameters) -> Completion:
        """Send one request, without any retry.

        Raises:
            LlmError: No answer came.
        """
        import openai  # noqa: PLC0415 - see above

        asked = self._asked(parameters)
        broken: tuple[type[Exception], ...] = (openai.OpenAIError, *network_errors())
        try:
            response = await self._connected().chat.completions.with_raw_response.create(
                **self._request(messages, schema, parameters)
            )
            headers, body = response.headers, response.content
        except openai.APIStatusError as error:
            answer = error.response
            now = dt.datetime.now(dt.UTC)
            raise failure_of_status(answer.status_code, answer.headers, answer.content, asked, now=now) from None
        except broken as error:
            raise failure_of_network(error, asked) from None
        return _completion(headers, body, asked)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _connected(self) -> openai.AsyncOpenAI:
        if self._client is None:
            import openai  # noqa: PLC0415 - see above

            self._client = openai.AsyncOpenAI(
                api_key=self._key,
                base_url=self._address.url,
                default_query=self._address.query,
                max_retries=0,
                timeout=http_timeout(),
                # aiohttp carries 388 requests a second at 128 at once where httpx2 carries 350, with less CPU.
                http_client=openai.DefaultAioHttpClient(**http_options(self._address, self._most_at_once)),
            )
        return self._client

    def _request(self, messages: Sequence[Message], schema: AnswerSchema, parameters: Parameters) -> dict[str, Any]:
        if parameters.schema_mode != "json_schema":
            messages = with_schema_in_words(messages, schema)
        request = {
            "model": parameters.model,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            parameters.token_limit_field: parameters.max_output_tokens,
            "temperature": parameters.temperature,
            "reasoning_effort": parameters.reasoning_effort,
            "service_tier": parameters.service_tier,
            "prompt_cache_key": parameters.prompt_cache_key,
            "extra_body": self._extra_body(schema, parameters),
        }
        return {name: value for name, value in request.items() if value is not None}

    def _extra_body(self, schema: AnswerSchema, parameters: Parameters) -> dict[str, Any] | None:
        """What goes into the body as it is."""
        # As an argument, the SDK would walk through the whole schema for each request: a third of all the CPU.
        form = self._response_format(schema, parameters)
        return {"response_format": form} if form is not None else None

    def _response_format(self, schema: AnswerSchema, parameters: Parameters) -> dict[str, Any] | None:
        if parameters.schema_mode == "none":
            return None
        if parameters.schema_mode == "json_object":
            return {"type": "json_object"}
        if self._form is None or self._form[0] is not schema:
            strict = {"name": schema.name, "strict": True, "schema": dict(schema.json_schema)}
            self._form = (schema, {"type": "json_schema", "json_schema": strict})
        return self._form[1]

    def _asked(self, parameters: Parameters) -> Asked:
        optional = ("temperature", "reasoning_effort", "service_tier", "prompt_cache_key")
        sent = {name for name in optional if getattr(parameters, name) is not None}
        sent.add(parameters.token_limit_field)
        if parameters.schema_mode != "none":
            sent.add("response_format")
        return Asked(
            url=self._address.url,
            path=PATH,
            model=parameters.model,
            vendor="OPENAI",
            refusable=frozenset(sent),
            clean=self._clean,
        )


def _completion(headers: Mapping[str, str], body: bytes, asked: Asked) -> Completion:
    answer = answer_object(headers, body, asked, content="choices")
    choice = next(iter(objects(answer.get("choices"))), {})
    message = mapping(choice.get("message"))
    content = message.get("content")
    parts = [{"text": content}] if isinstance(content, str) else objects(content)
    refusal = text(message.get("refusal")) or "".join(text(part.get("refusal")) for part in parts)
    reason = text(choice.get("finish_reason"))
    if refusal or reason == FILTERED:
        finish: Finish = "refused"
    else:
        finish = "truncated" if reason in CUT_OFF else "complete"
    return Completion(
        text="".join(text(part.get("text")) for part in parts),
        finish=finish,
        usage=_usage(mapping(answer.get("usage"))),
        model=text(answer.get("model")) or asked.model,
        refusal=refusal or ("a content filter stopped it" if reason == FILTERED else ""),
    )


def _usage(counts: Mapping[str, Any]) -> TokenUsage | None:
    """Tokens; OpenAI's prompt_tokens hold those from and to the cache. None when the endpoint did not count."""
    read, written = count(counts, "prompt_tokens"), count(counts, "completion_tokens")
    if read is None or written is None:
        return None
    details = mapping(counts.get("prompt_tokens_details"))
    cached = min(count(details, "cached_tokens") or 0, read)
    to_cache = min(count(details, "cache_write_tokens") or 0, read - cached)
    return TokenUsage(read, written, cached_input_tokens=cached, cache_write_tokens=to_cache)
