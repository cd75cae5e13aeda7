"""Where text stands in an endpoint's answer: in the content, and where some endpoints put it instead.

Which of them is a valid answer is found out by `sent_request.py`, what surrounds it in a text by
`llm/structured_answer.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from synthdeal_assets.llm.chat import Passage
from synthdeal_assets.llm.providers.answer_json import mapping, objects, text

THOUGHTS: Final = ("reasoning_content", "reasoning", "reasoning_details", "thinking")
"""Fields, and types of parts, that hold what a model thought."""

TOOL_CALLS: Final = frozenset({"tool_use", "tool_call", "function_call"})
"""Types of parts that call a tool."""

TEXTS: Final = ("text", "value", "content", "thinking", "reasoning", "summary")
"""Fields of a part that hold its text, or parts of it."""

DEPTH: Final = 4
"""Parts within parts that are looked into."""


def parts_of(content: object) -> list[Mapping[str, Any]]:
    """The content of a message as parts, whether it is a text, an object or a list of either."""
    each = content if isinstance(content, list) else [content]
    return objects([{"type": "text", "text": part} if isinstance(part, str) else part for part in each])


def content_of(parts: Sequence[Mapping[str, Any]]) -> str:
    """The text of all parts that are no thoughts and no call of a tool."""
    return "".join(_in_words(part.get("text")) for part in parts if not _is_thought(part) and not _is_call(part))


def elsewhere(message: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> tuple[Passage, ...]:
    """The texts beside the content: calls of tools, objects in the place of text, and thoughts where there is nothing.

    What a model thought beside an answer is a draft of it.

    Args:
        message: The message.
        parts: Its content, as `parts_of` gives it.
    """
    found = list(_calls(message, parts))
    found += [Passage("content", _as_json(part.get("json", part))) for part in parts if _is_object(part)]
    if not content_of(parts).strip():
        found += [Passage(name, _in_words(message.get(name))) for name in THOUGHTS]
        thoughts = "".join(_in_words(part) for part in parts if _is_thought(part))
        found.append(Passage("thoughts within the content", thoughts))
    return tuple(passage for passage in found if passage.text.strip())


def _calls(message: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> Iterator[Passage]:
    for call in objects(message.get("tool_calls")):
        function = mapping(call.get("function")) or mapping(call.get("custom")) or call
        yield Passage("tool_calls", _arguments(function))
    yield Passage("function_call", _arguments(mapping(message.get("function_call"))))
    for part in parts:
        if _is_call(part):
            yield Passage(text(part.get("type")), _arguments(part))


def _arguments(call: Mapping[str, Any]) -> str:
    return next((_as_json(call[name]) for name in ("arguments", "input", "parameters") if call.get(name)), "")


def _is_call(part: Mapping[str, Any]) -> bool:
    return text(part.get("type")) in TOOL_CALLS


def _is_object(part: Mapping[str, Any]) -> bool:
    """Whether a part is an object that should have been a text."""
    return "json" in part or not {"type", "text", "refusal"} & part.keys()


def _is_thought(part: Mapping[str, Any]) -> bool:
    return text(part.get("type")).startswith(("thinking", "reasoning"))


def _as_json(value: object) -> str:
    """A text as it is, an object as JSON, in which some endpoints have it read already."""
    if isinstance(value, Mapping):
        try:
            return json.dumps(value, ensure_ascii=False)
        except (ValueError, RecursionError):
            return ""
    return text(value)


def _in_words(value: object, depth: int = DEPTH) -> str:
    """All text of a part, or of parts within it."""
    if isinstance(value, list) and depth:
        return "".join(_in_words(each, depth - 1) for each in value)
    if isinstance(value, Mapping) and depth:
        return next((words for name in TEXTS if (words := _in_words(value.get(name), depth - 1))), "")
    return text(value)
