"""The two dialects of the model server: what a request says, and what answers and errors look like.

The bodies are those of OpenAI's Chat Completions and Anthropic's Messages, the words of the errors theirs. Which
request gets which belongs in `server.py`.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

CHARACTERS_PER_TOKEN: Final = 4
"""A rule of thumb for English that both vendors give; the counts are of the texts that were really sent."""

SIMULATED_SUFFIX: Final = "-simulated-by-demo-llm"
"""Ends the name of the model in an answer, so that a ledger shows who answered."""

CACHE_BLOCK_TOKENS: Final = 128
CACHE_MINIMUM_TOKENS: Final = 1024
"""OpenAI caches beginnings of at least 1,024 tokens, in steps of 128."""

NO_CONTENT: Final = ""
REFUSAL: Final = "I'm sorry, but I can't help with that."

_OPPORTUNITY: Final = re.compile(r'opportunity id="([^"]+)"')


@dataclass(frozen=True, slots=True)
class ParsedRequest:
    """What a request says, whichever vendor's form it has.

    Attributes:
        model: Name of the model that is asked.
        system: Text of the system messages.
        prompt: Text of the user's messages.
        opportunity_id: The opportunity that the prompt is about, or a hash of the prompt.
        schema: JSON schema of the answer; None when there is none.
        schema_name: How the request calls it; empty when it has no name.
        max_tokens: Most tokens of the answer; None when the request does not say.
        input_tokens: Tokens of everything that was sent to be read.
        cacheable: Beginning that is to be cached; empty when none is.
    """

    model: str
    system: str
    prompt: str
    opportunity_id: str
    schema: Mapping[str, Any] | None
    schema_name: str
    max_tokens: int | None
    input_tokens: int
    cacheable: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer before it has a vendor's form.

    Attributes:
        text: What the model says.
        finish: complete, truncated or refused.
        input_tokens: Tokens read, those from the cache included.
        cached_tokens: Of these, read from the cache.
        cache_write_tokens: Of these, written to the cache.
        output_tokens: Tokens written.
        with_usage: Whether the tokens are told.
    """

    text: str
    finish: str
    input_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    output_tokens: int
    with_usage: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer with an error status.

    Attributes:
        status: HTTP status.
        kind: Type of the error, as the vendor names it.
        message: The vendor's words.
        param: The field it is about (OpenAI).
        code: The vendor's code (OpenAI).
    """

    status: int
    kind: str
    message: str
    param: str | None = None
    code: str | None = None


class Dialect(Protocol):
    """One vendor's way of asking and answering."""

    def key_of(self, headers: Mapping[bytes, bytes]) -> str | None:
        """The API key in a request; None when there is none."""

    def question(self, body: Mapping[str, Any]) -> ParsedRequest:
        """What a request says.

        Raises:
            ValueError: It is not of the vendor's form; the text says why.
        """

    def format_of(self, body: Mapping[str, Any]) -> tuple[str, str]:
        """The field that says how the answer's form is kept, and what it says; empty when it says nothing."""

    def reply(self, question: ParsedRequest, reply: Reply, number: int) -> dict[str, Any]:
        """The body of an answer."""

    def error(self, refusal: Refusal) -> dict[str, Any]:
        """The body of an error."""

    def wrong_key(self, key: str | None) -> Refusal:
        """The error for a key that is missing or wrong."""

    def model_not_found(self, model: str, served: str = "") -> Refusal:
        """The error for a model that does not exist; says how the names of those that do begin, if that is given."""

    def parameter_refused(self, name: str, value: object) -> Refusal:
        """The error for a parameter that the model does not take."""

    def bad_request(self, message: str) -> Refusal:
        """The error for a request that cannot be understood."""

    def rate_limited(self, model: str) -> Refusal:
        """The error for too many requests."""

    def quota(self) -> Refusal:
        """The error for an account without money."""

    def server_error(self, status: int, message: str | None = None) -> Refusal:
        """The error for a failure of the server, with the status 500, 503 or 529."""


def tokens(text: str) -> int:
    """Tokens of a text, by a rule of thumb."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


class OpenAi:
    """OpenAI's Chat Completions."""

    def key_of(self, headers: Mapping[bytes, bytes]) -> str | None:
        """The bearer token."""
        return _bearer_token(headers)

    def question(self, body: Mapping[str, Any]) -> ParsedRequest:
        """What a request says.

        Raises:
            ValueError: It has no model or no messages of the right form, or a field is of a wrong type.
        """
        system, prompt, everything = _texts(body)
        response_format = body.get("response_format") or {}
        wrapped = response_format.get("json_schema", {}) if response_format.get("type") == "json_schema" else {}
        schema = _object(wrapped.get("schema"), "response_format.json_schema.schema")
        limit = body.get("max_completion_tokens", body.get("max_tokens"))
        if limit is not None and not isinstance(limit, int):
            raise ValueError("max_tokens must be a whole number")
        return ParsedRequest(
            model=str(body["model"]),
            system=system,
            prompt=prompt,
            opportunity_id=_opportunity(prompt),
            schema=schema,
            schema_name=str(wrapped.get("name", "")),
            max_tokens=limit,
            input_tokens=tokens(everything) + (_schema_tokens(schema) if schema else 0),
            cacheable=system,
        )

    def format_of(self, body: Mapping[str, Any]) -> tuple[str, str]:
        """The field response_format and its type."""
        return "response_format", str((body.get("response_format") or {}).get("type", ""))

    def reply(self, question: ParsedRequest, reply: Reply, number: int) -> dict[str, Any]:
        """A chat completion."""
        refused = reply.finish == "refused"
        body: dict[str, Any] = {
            "id": f"chatcmpl-simulated-{number}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": question.model + SIMULATED_SUFFIX,
            "choices": [
                {
                    "index": 0,
                    "message": {
                        "role": "assistant",
                        "content": None if refused else reply.text,
                        "refusal": reply.text if refused else None,
                        "annotations": [],
                    },
                    "logprobs": None,
                    "finish_reason": "length" if reply.finish == "truncated" else "stop",
                }
            ],
            "service_tier": "default",
            "system_fingerprint": None,
        }
        if reply.with_usage:
            body["usage"] = {
                "prompt_tokens": reply.input_tokens,
                "completion_tokens": reply.output_tokens,
                "total_tokens": reply.input_tokens + reply.output_tokens,
                "prompt_tokens_details": {"cached_tokens": reply.cached_tokens, "audio_tokens": 0},
                "completion_tokens_details": {
                    "reasoning_tokens": 0,
                    "audio_tokens": 0,
                    "accepted_prediction_tokens": 0,
                    "rejected_prediction_tokens": 0,
                },
            }
        return body

    def error(self, refusal: Refusal) -> dict[str, Any]:
        """OpenAI's error object."""
        return {
            "error": {
                "message": refusal.message,
                "type": refusal.kind,
                "param": refusal.param,
                "code": refusal.code,
            }
        }

    def wrong_key(self, key: str | None) -> Refusal:
        """401, as OpenAI says it: the key is shown in part."""
        if key is None:
            return Refusal(
                401,
                "invalid_request_error",
                "You didn't provide an API key. You need to provide your API key in an Authorization header using "
                "Bearer auth (i.e. Authorization: Bearer YOUR_KEY). You can obtain an API key from "
                "https://platform.openai.com/account/api-keys.",
            )
        shown = key[:8] + "*" * max(0, len(key) - 12) + key[-4:] if len(key) > 12 else key
        return Refusal(
            401,
            "invalid_request_error",
            f"Incorrect API key provided: {shown}. You can find your API key at "
            "https://platform.openai.com/account/api-keys.",
            code="invalid_api_key",
        )

    def model_not_found(self, model: str, served: str = "") -> Refusal:
        """404."""
        return Refusal(
            404,
            "invalid_request_error",
            f"The model `{model}` does not exist or you do not have access to it."
            f"{_served_only(served, 'SYNTHDEAL_OPENAI_MODEL')}",
            code="model_not_found",
        )

    def parameter_refused(self, name: str, value: object) -> Refusal:
        """400 in OpenAI's words, which differ between a value and a parameter."""
        code: str | None = "unsupported_parameter"
        if name == "temperature":
            message = f"Unsupported value: '{name}' does not support {value} with this model."
            message += " Only the default (1) value is supported."
            code = "unsupported_value"
        elif name == "response_format":
            message = f"Invalid parameter: '{name}' of type '{value}' is not supported with this model."
            code = None
        else:
            other = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}.get(name)
            message = f"Unsupported parameter: '{name}' is not supported with this model."
            message += f" Use '{other}' instead." if other else ""
        return Refusal(400, "invalid_request_error", message, param=name, code=code)

    def bad_request(self, message: str) -> Refusal:
        """400."""
        return Refusal(400, "invalid_request_error", message)

    def rate_limited(self, model: str) -> Refusal:
        """429 for the pace."""
        return Refusal(
            429,
            "requests",
            f"Rate limit reached for {model} in organization org-simulated on requests per min (RPM): Limit 500, "
            "Used 500, Requested 1. Please try again in 120ms. Visit "
            "https://platform.openai.com/account/rate-limits to learn more.",
            code="rate_limit_exceeded",
        )

    def quota(self) -> Refusal:
        """429 for the money."""
        return Refusal(
            429,
            "insufficient_quota",
            "You exceeded your current quota, please check your plan and billing details. For more information on "
            "this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
            code="insufficient_quota",
        )

    def server_error(self, status: int, message: str | None = None) -> Refusal:
        """500, or 503 for an engine that is overloaded."""
        words = (
            "The server had an error while processing your request. Sorry about that!"
            if status == 500
            else "The engine is currently overloaded, please try again later"
        )
        return Refusal(status, "server_error", message or words)


class Anthropic:
    """Anthropic's Messages."""

    _TYPES: Final = {
        400: "invalid_request_error",
        401: "authentication_error",
        404: "not_found_error",
        429: "rate_limit_error",
        500: "api_error",
        503: "api_error",
        529: "overloaded_error",
    }

    def key_of(self, headers: Mapping[bytes, bytes]) -> str | None:
        """The key in a header of its own, as it used to be, or the bearer token, as newer SDKs send it."""
        return headers.get(b"x-api-key", b"").decode("latin-1") or _bearer_token(headers)

    def question(self, body: Mapping[str, Any]) -> ParsedRequest:
        """What a request says.

        Raises:
            ValueError: It has no model, no max_tokens or no messages of the right form.
        """
        if not isinstance(body.get("max_tokens"), int):
            raise ValueError("max_tokens: Field required")
        _, prompt, everything = _texts(body)
        blocks = body.get("system") or ""
        system = blocks if isinstance(blocks, str) else "".join(str(block.get("text", "")) for block in blocks)
        cached = not isinstance(blocks, str) and any(block.get("cache_control") for block in blocks)
        form = (body.get("output_config") or {}).get("format") or {}
        schema = _object(form.get("schema"), "output_config.format.schema")
        return ParsedRequest(
            model=str(body["model"]),
            system=system,
            prompt=prompt,
            opportunity_id=_opportunity(prompt),
            schema=schema,
            schema_name=str((schema or {}).get("title", "")),
            max_tokens=int(body["max_tokens"]),
            input_tokens=tokens(system + everything) + (_schema_tokens(schema) if schema else 0),
            cacheable=system if cached else "",
        )

    def format_of(self, body: Mapping[str, Any]) -> tuple[str, str]:
        """The field output_config and the type of its format."""
        return "output_config", str(((body.get("output_config") or {}).get("format") or {}).get("type", ""))

    def reply(self, question: ParsedRequest, reply: Reply, number: int) -> dict[str, Any]:
        """A message."""
        stop = {"truncated": "max_tokens", "refused": "refusal"}.get(reply.finish, "end_turn")
        content = [] if reply.finish == "refused" or not reply.text else [{"type": "text", "text": reply.text}]
        body: dict[str, Any] = {
            "id": f"msg_simulated_{number}",
            "type": "message",
            "role": "assistant",
            "model": question.model + SIMULATED_SUFFIX,
            "content": content,
            "stop_reason": stop,
            "stop_sequence": None,
        }
        if reply.with_usage:
            body["usage"] = {
                "input_tokens": reply.input_tokens - reply.cached_tokens - reply.cache_write_tokens,
                "cache_creation_input_tokens": reply.cache_write_tokens,
                "cache_read_input_tokens": reply.cached_tokens,
                "output_tokens": reply.output_tokens,
                "service_tier": "standard",
            }
        return body

    def error(self, refusal: Refusal) -> dict[str, Any]:
        """Anthropic's error object."""
        return {
            "type": "error",
            "error": {"type": refusal.kind, "message": refusal.message},
            "request_id": "req_simulated",
        }

    def wrong_key(self, key: str | None) -> Refusal:
        """401."""
        return self._refusal(401, "x-api-key header is required" if key is None else "invalid x-api-key")

    def model_not_found(self, model: str, served: str = "") -> Refusal:
        """404."""
        return self._refusal(404, f"model: {model}{_served_only(served, 'SYNTHDEAL_ANTHROPIC_MODEL')}")

    def parameter_refused(self, name: str, value: object) -> Refusal:
        """400 that begins with the parameter's name."""
        if name == "output_config":
            return self._refusal(400, f"output_config.format: `{value}` is not supported for this model.")
        return self._refusal(400, f"{name}: `{name}` is not supported for this model.")

    def bad_request(self, message: str) -> Refusal:
        """400."""
        return self._refusal(400, message)

    def rate_limited(self, model: str) -> Refusal:
        """429."""
        return self._refusal(
            429,
            "This request would exceed your organization's rate limit of 50 requests per minute (model: "
            f"{model}). For details, refer to: https://docs.claude.com/en/api/rate-limits.",
        )

    def quota(self) -> Refusal:
        """400 on the credit balance: Anthropic has no status of its own for it."""
        return self._refusal(
            400,
            "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or "
            "purchase credits.",
        )

    def server_error(self, status: int, message: str | None = None) -> Refusal:
        """500, 503 or 529."""
        return self._refusal(status, message or ("Overloaded" if status == 529 else "Internal server error"))

    def _refusal(self, status: int, message: str) -> Refusal:
        return Refusal(status, self._TYPES[status], message)


def _served_only(served: str, setting: str) -> str:
    """What the vendors' words for a missing model do not say; empty when every model is served."""
    if not served:
        return ""
    return (
        f" (synthdeal demo-llm simulates its answers, so it serves only models whose name begins with {served}: set "
        f"{setting}={served}.)"
    )


def _bearer_token(headers: Mapping[bytes, bytes]) -> str | None:
    scheme, _, key = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    return key if scheme.lower() == "bearer" and key else None


def _texts(body: Mapping[str, Any]) -> tuple[str, str, str]:
    """Text of the system messages, of the user's, and of all messages."""
    messages = body.get("messages")
    if not body.get("model") or not isinstance(messages, list) or not messages:
        raise ValueError("model and messages are required")
    by_role: dict[str, list[str]] = {}
    everything: list[str] = []
    for message in messages:
        if not isinstance(message, dict):
            raise ValueError("messages must be objects")
        content = message.get("content") or ""
        text = content if isinstance(content, str) else "".join(str(part.get("text", "")) for part in content)
        by_role.setdefault(str(message.get("role")), []).append(text)
        everything.append(text)
    system = "".join(by_role.get("system", []) + by_role.get("developer", []))
    return system, "\n".join(by_role.get("user", [])), "".join(everything)


def _opportunity(prompt: str) -> str:
    # Encoded in any case: half of a surrogate pair in an id could be neither hashed nor counted.
    encoded = prompt.encode()
    found = _OPPORTUNITY.search(prompt)
    return found.group(1) if found else "prompt-" + hashlib.sha256(encoded).hexdigest()[:16]


def _object(value: Any, field: str) -> Mapping[str, Any] | None:
    if value is not None and not isinstance(value, dict):
        raise ValueError(f"{field} must be an object")
    return value


def _schema_tokens(schema: Mapping[str, Any]) -> int:
    return tokens(str(schema))
