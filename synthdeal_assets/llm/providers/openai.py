"""OpenAI and everything that speaks its Chat Completions: vLLM, Ollama, llama.cpp, a LiteLLM proxy, Azure.

What it shares with other vendors belongs in `base.py`, which failure is of which kind in `http_failures.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from synthdeal_assets.llm.chat import AnswerSchema, Completion, Finish, Message, Parameters, SchemaMode
from synthdeal_assets.llm.providers.answer_json import Bill, dearest, mapping, objects, text
from synthdeal_assets.llm.providers.base import HttpAnswer, HttpProvider
from synthdeal_assets.llm.providers.http_failures import reason_behind
from synthdeal_assets.llm.providers.http_transport import http_options, http_timeout
from synthdeal_assets.llm.providers.passages import content_of, elsewhere, parts_of

if TYPE_CHECKING:
    import openai

FILTERED: Final = "content_filter"

CUT_OFF: Final = frozenset({"length", "max_tokens", "model_length"})
"""Finish reasons of an answer that reached its token limit; the last is Mistral's."""

FAILED: Final = frozenset({"error", "abort"})
"""Finish reasons of an answer that the endpoint broke off: OpenRouter's, and vLLM's."""


class OpenAiProvider(HttpProvider["openai.AsyncOpenAI"]):
    """One OpenAI-compatible endpoint, called openai whoever is behind it."""

    name = "openai"
    own_endpoint = "https://api.openai.com/v1"
    path = "/chat/completions"
    content_field = "choices"
    form_modes = frozenset({"json_schema", "json_object"})

    def _sdk_error(self) -> type[Exception]:
        import openai  # noqa: PLC0415 - help and code loading shall not pay for it

        return openai.OpenAIError

    def _connect(self) -> openai.AsyncOpenAI:
        import openai  # noqa: PLC0415 - see above

        return openai.AsyncOpenAI(
            api_key=self._key,
            base_url=self._address.url,
            default_query=self._address.query,
            max_retries=0,
            timeout=http_timeout(),
            # aiohttp carries 388 requests a second at 128 at once where httpx2 carries 350, with less CPU.
            http_client=openai.DefaultAioHttpClient(**http_options(self._address, self._most_at_once)),
        )

    def _form_of(self, schema: AnswerSchema, mode: SchemaMode) -> dict[str, Any]:
        if mode == "json_object":
            return {"type": "json_object"}
        strict = {"name": schema.name, "strict": True, "schema": dict(schema.json_schema)}
        return {"type": "json_schema", "json_schema": strict}

    def _request(
        self, messages: Sequence[Message], form: dict[str, Any] | None, parameters: Parameters
    ) -> dict[str, Any]:
        return {
            "model": parameters.model,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            parameters.token_limit_field: parameters.max_output_tokens,
            "temperature": parameters.temperature,
            "reasoning_effort": parameters.reasoning_effort,
            "service_tier": parameters.service_tier,
            "prompt_cache_key": parameters.prompt_cache_key,
            # As an argument, the SDK would walk through the whole schema for each request: a third of all the CPU.
            "extra_body": {"response_format": form} if form is not None else None,
        }

    async def _send(self, client: openai.AsyncOpenAI, request: dict[str, Any]) -> HttpAnswer:
        import openai  # noqa: PLC0415 - see above

        try:
            response = await client.chat.completions.with_raw_response.create(**request)
        except openai.APIStatusError as error:
            return HttpAnswer(error.response.status_code, error.response.headers, error.response.content)
        return HttpAnswer(response.status_code, response.headers, response.content)

    def _completion(self, answer: Mapping[str, Any], model: str) -> Completion:
        choice = next(iter(objects(answer.get("choices"))), {})
        message = mapping(choice.get("message"))
        parts = parts_of(message.get("content") or choice.get("text"))
        refusal = text(message.get("refusal")) or "".join(text(part.get("refusal")) for part in parts)
        reason = text(choice.get("finish_reason"))
        if reason in FAILED:
            finish: Finish = "failed"
            failure = mapping(choice.get("error")) or mapping(answer.get("error"))
            said = f"{text(failure.get('message'))}{reason_behind(failure)}"
            refusal = self._clean(said or text(choice.get("native_finish_reason")))
        elif refusal or reason == FILTERED:
            finish = "refused"
        else:
            finish = "truncated" if reason in CUT_OFF else "complete"
        said, beside = content_of(parts), elsewhere(message, parts)
        return Completion(
            text=said,
            finish=finish,
            usage=_bill(mapping(answer.get("usage"))).usage(said or "".join(passage.text for passage in beside)),
            model=text(answer.get("model")) or model,
            elsewhere=beside,
            refusal=refusal or ("a content filter stopped it" if reason == FILTERED else ""),
        )

    def _also_refusable(self, parameters: Parameters) -> frozenset[str]:
        return frozenset({parameters.token_limit_field})


def _bill(counts: Mapping[str, Any]) -> Bill:
    """What was counted, by the names of OpenAI and of those who imitate it."""
    read = (counts, mapping(counts.get("prompt_tokens_details")))
    written = (counts, mapping(counts.get("completion_tokens_details")))
    return Bill(
        read=counts.get("prompt_tokens"),
        written=counts.get("completion_tokens"),
        total=counts.get("total_tokens"),
        cached=dearest(read, "cached_tokens", "cache_read_input_tokens"),
        to_cache=dearest(read, "cache_write_tokens", "cache_creation_tokens", "cache_creation_input_tokens"),
        reasoning=dearest(written, "reasoning_tokens"),
    )
