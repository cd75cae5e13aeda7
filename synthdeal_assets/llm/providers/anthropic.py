"""Anthropic and what speaks its Messages API, with Anthropic's own SDK.

Which failure is of which kind belongs in `http_failures.py`, when to ask again in `client.py`.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from synthdeal_assets.llm.chat import AnswerSchema, Completion, Message, Parameters, TokenUsage
from synthdeal_assets.llm.providers.answer_json import answer_object, count, mapping, objects, text
from synthdeal_assets.llm.providers.endpoint_address import EndpointAddress
from synthdeal_assets.llm.providers.http_failures import Asked, failure_of_network, failure_of_status, network_errors
from synthdeal_assets.llm.providers.http_transport import cleaner, http_options, http_timeout, quiet_logs, usable_key
from synthdeal_assets.llm.providers.schema_in_words import with_schema_in_words

if TYPE_CHECKING:
    import anthropic

OWN_ENDPOINT: Final = "https://api.anthropic.com"
PATH: Final = "/v1/messages"

CUT_OFF: Final = frozenset({"max_tokens", "model_context_window_exceeded"})
"""Stop reasons of an answer that reached a limit."""


class AnthropicProvider:
    """One endpoint of Anthropic's API. The client is made when the first request is sent, in its event loop.

    A `prompt_cache_key` has the system message cached for five minutes; Anthropic takes no key for it.

    Args:
        api_key: Key; any word for an endpoint that asks for none.
        base_url: Address of the endpoint; None takes ANTHROPIC_BASE_URL from the environment as the SDK does, else
            Anthropic.
        most_at_once: Most requests at once.

    Raises:
        SynthDealError: The key or the address cannot be one.
    """

    def __init__(self, *, api_key: str, base_url: str | None, most_at_once: int) -> None:
        # Here and not in the first request: a second of importing would use up its head start.
        import anthropic  # noqa: F401, PLC0415 - help and code loading shall not pay for it

        quiet_logs()
        self._key = usable_key(api_key, "ANTHROPIC_API_KEY")
        own = os.environ.get("ANTHROPIC_BASE_URL") or OWN_ENDPOINT
        setting = "ANTHROPIC_BASE_URL" if base_url is None else "SYNTHDEAL_ANTHROPIC_BASE_URL"
        self._address = EndpointAddress.of(own if base_url is None else base_url, setting=setting)
        self._clean = cleaner(self._key, *self._address.secrets)
        self._most_at_once = most_at_once
        self._client: anthropic.AsyncAnthropic | None = None
        self._form: tuple[AnswerSchema, dict[str, Any]] | None = None

    @property
    def name(self) -> str:
        """anthropic, whoever is behind the endpoint."""
        return "anthropic"

    @property
    def endpoint(self) -> str:
        """Base URL without credentials and query."""
        return self._address.url

    async def complete(self, messages: Sequence[Message], schema: AnswerSchema, parameters: Parameters) -> Completion:
        """Send one request, without any retry.

        Raises:
            LlmError: No answer came.
        """
        import anthropic  # noqa: PLC0415 - see above

        asked = self._asked(parameters)
        broken: tuple[type[Exception], ...] = (anthropic.AnthropicError, *network_errors())
        try:
            response = await self._connected().messages.with_raw_response.create(
                **self._request(messages, schema, parameters)
            )
            headers, body = response.headers, response.http_response.content
        except anthropic.APIStatusError as error:
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

    def _connected(self) -> anthropic.AsyncAnthropic:
        if self._client is None:
            import anthropic  # noqa: PLC0415 - see above

            self._client = anthropic.AsyncAnthropic(
                api_key=self._key,
                base_url=self._address.url,
                default_query=self._address.query,
                max_retries=0,
                timeout=http_timeout(),
                open_telemetry=False,
                http_client=anthropic.DefaultAioHttpClient(**http_options(self._address, self._most_at_once)),
            )
        return self._client

    def _request(self, messages: Sequence[Message], schema: AnswerSchema, parameters: Parameters) -> dict[str, Any]:
        if parameters.schema_mode != "json_schema":
            messages = with_schema_in_words(messages, schema)
        block: dict[str, Any] = {
            "type": "text",
            "text": "\n\n".join(message.content for message in messages if message.role == "system"),
        }
        if parameters.prompt_cache_key is not None:
            block["cache_control"] = {"type": "ephemeral"}
        config: dict[str, Any] = {}
        if parameters.schema_mode == "json_schema":
            config["format"] = self._format(schema)
        if parameters.reasoning_effort is not None:
            config["effort"] = parameters.reasoning_effort
        request = {
            "model": parameters.model,
            "max_tokens": parameters.max_output_tokens,
            "system": [block] if block["text"] else None,
            "messages": [
                {"role": message.role, "content": message.content} for message in messages if message.role != "system"
            ],
            "output_config": config or None,
            "service_tier": parameters.service_tier,
            # The SDK has no argument for it any more; older models take it.
            "extra_body": {"temperature": parameters.temperature} if parameters.temperature is not None else None,
        }
        return {name: value for name, value in request.items() if value is not None}

    def _format(self, schema: AnswerSchema) -> dict[str, Any]:
        """The form of the answer; the SDK moves bounds and lengths, which Anthropic refuses, into descriptions."""
        if self._form is None or self._form[0] is not schema:
            import anthropic  # noqa: PLC0415 - see above

            reduced = anthropic.transform_schema(dict(schema.json_schema))
            self._form = (schema, {"type": "json_schema", "schema": reduced})
        return self._form[1]

    def _asked(self, parameters: Parameters) -> Asked:
        optional = ("temperature", "reasoning_effort", "service_tier", "prompt_cache_key")
        sent = {name for name in optional if getattr(parameters, name) is not None}
        if parameters.schema_mode == "json_schema":
            sent.add("response_format")
        return Asked(
            url=self._address.url,
            path=PATH,
            model=parameters.model,
            vendor="ANTHROPIC",
            refusable=frozenset(sent),
            clean=self._clean,
        )


def _completion(headers: Mapping[str, str], body: bytes, asked: Asked) -> Completion:
    answer = answer_object(headers, body, asked, content="content")
    content = answer.get("content")
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else objects(content)
    reason = text(answer.get("stop_reason"))
    refused = reason == "refusal"
    details = mapping(answer.get("stop_details"))
    return Completion(
        text="".join(text(block.get("text")) for block in blocks if block.get("type") == "text"),
        finish="refused" if refused else "truncated" if reason in CUT_OFF else "complete",
        usage=_usage(mapping(answer.get("usage"))),
        model=text(answer.get("model")) or asked.model,
        refusal=text(details.get("explanation")) or text(details.get("category")) if refused else "",
    )


def _usage(counts: Mapping[str, Any]) -> TokenUsage | None:
    """Tokens; Anthropic's input_tokens are without those from and to the cache. None when it did not count."""
    read, written = count(counts, "input_tokens"), count(counts, "output_tokens")
    if read is None or written is None:
        return None
    cached = count(counts, "cache_read_input_tokens") or 0
    to_cache = count(counts, "cache_creation_input_tokens") or 0
    return TokenUsage(read + cached + to_cache, written, cached_input_tokens=cached, cache_write_tokens=to_cache)
