"""Anthropic and what speaks its Messages API, with Anthropic's own SDK.

What it shares with other vendors belongs in `base.py`, which failure is of which kind in `http_failures.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from synthdeal_assets.llm.chat import AnswerSchema, Completion, Message, Parameters, SchemaMode
from synthdeal_assets.llm.providers.answer_json import Bill, count, mapping, text
from synthdeal_assets.llm.providers.base import HttpAnswer, HttpProvider
from synthdeal_assets.llm.providers.http_transport import http_options, http_timeout
from synthdeal_assets.llm.providers.passages import content_of, elsewhere, parts_of

if TYPE_CHECKING:
    import anthropic

CUT_OFF: Final = frozenset({"max_tokens", "model_context_window_exceeded"})
"""Stop reasons of an answer that reached a limit."""


class AnthropicProvider(HttpProvider["anthropic.AsyncAnthropic"]):
    """One endpoint of Anthropic's API, called anthropic whoever is behind it.

    A `prompt_cache_key` has the system message cached for five minutes; Anthropic takes no key for it.
    """

    name = "anthropic"
    own_endpoint = "https://api.anthropic.com"
    path = "/v1/messages"
    content_field = "content"
    form_modes = frozenset({"json_schema"})

    def _sdk_error(self) -> type[Exception]:
        import anthropic  # noqa: PLC0415 - help and code loading shall not pay for it

        return anthropic.AnthropicError

    def _connect(self) -> anthropic.AsyncAnthropic:
        import anthropic  # noqa: PLC0415 - see above

        return anthropic.AsyncAnthropic(
            api_key=self._key,
            base_url=self._address.url,
            default_query=self._address.query,
            max_retries=0,
            timeout=http_timeout(),
            open_telemetry=False,
            http_client=anthropic.DefaultAioHttpClient(**http_options(self._address, self._most_at_once)),
        )

    def _form_of(self, schema: AnswerSchema, mode: SchemaMode) -> dict[str, Any]:  # noqa: ARG002 - there is but one
        """The form of the answer; the SDK moves bounds and lengths, which Anthropic refuses, into descriptions."""
        import anthropic  # noqa: PLC0415 - see above

        return {"type": "json_schema", "schema": anthropic.transform_schema(dict(schema.json_schema))}

    def _request(
        self, messages: Sequence[Message], form: dict[str, Any] | None, parameters: Parameters
    ) -> dict[str, Any]:
        block: dict[str, Any] = {
            "type": "text",
            "text": "\n\n".join(message.content for message in messages if message.role == "system"),
        }
        if parameters.prompt_cache_key is not None:
            block["cache_control"] = {"type": "ephemeral"}
        config = {"format": form, "effort": parameters.reasoning_effort}
        return {
            "model": parameters.model,
            "max_tokens": parameters.max_output_tokens,
            "system": [block] if block["text"] else None,
            "messages": [
                {"role": message.role, "content": message.content} for message in messages if message.role != "system"
            ],
            "output_config": {name: value for name, value in config.items() if value is not None} or None,
            "service_tier": parameters.service_tier,
            # The SDK has no argument for it any more; older models take it.
            "extra_body": {"temperature": parameters.temperature} if parameters.temperature is not None else None,
        }

    async def _send(self, client: anthropic.AsyncAnthropic, request: dict[str, Any]) -> HttpAnswer:
        import anthropic  # noqa: PLC0415 - see above

        try:
            response = await client.messages.with_raw_response.create(**request)
        except anthropic.APIStatusError as error:
            return HttpAnswer(error.response.status_code, error.response.headers, error.response.content)
        return HttpAnswer(response.status_code, response.headers, response.http_response.content)

    def _completion(self, answer: Mapping[str, Any], model: str) -> Completion:
        blocks = parts_of(answer.get("content"))
        reason = text(answer.get("stop_reason"))
        refused = reason == "refusal"
        details = mapping(answer.get("stop_details"))
        said, beside = content_of(blocks), elsewhere(answer, blocks)
        return Completion(
            text=said,
            finish="refused" if refused else "truncated" if reason in CUT_OFF else "complete",
            usage=_bill(mapping(answer.get("usage"))).usage(said or "".join(passage.text for passage in beside)),
            model=text(answer.get("model")) or model,
            elsewhere=beside,
            refusal=text(details.get("explanation")) or text(details.get("category")) if refused else "",
        )


def _bill(counts: Mapping[str, Any]) -> Bill:
    """What was counted, by the names of Anthropic."""
    return Bill(
        read=counts.get("input_tokens"),
        written=counts.get("output_tokens"),
        total=counts.get("total_tokens"),
        cached=counts.get("cache_read_input_tokens"),
        to_cache=_to_cache(counts),
        reasoning=mapping(counts.get("output_tokens_details")).get("thinking_tokens"),
        by_anthropic=True,
    )


def _to_cache(counts: Mapping[str, Any]) -> object:
    """Tokens written to a cache; where only those by how long they stay are named, their sum."""
    each = [count(value) for value in mapping(counts.get("cache_creation")).values() if value is not None]
    told = counts.get("cache_creation_input_tokens")
    if told is not None or not each:
        return told
    return -1 if None in each else sum(number or 0 for number in each)
