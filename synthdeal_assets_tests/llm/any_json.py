"""Answers of every shape that JSON can have, for Hypothesis."""

from __future__ import annotations

import copy
from typing import Any, Final

from hypothesis import strategies as st

ODD_NUMBERS: Final = st.sampled_from(
    [0, -1, True, 1.5, 800.0, 2**31, 2**63 - 1, 2**63, 10**30, 10**400, 1e308, float("inf"), float("nan")]
)
ANY_TEXT: Final = st.text(st.characters(exclude_categories=()), max_size=20) | st.sampled_from(
    ["\ud83d", "\x00", "\udcff\ud83d", "x" * 10_000]
)
ANY_JSON: Final = st.recursive(
    st.none() | st.booleans() | ODD_NUMBERS | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=10,
)
"""With halves of characters in texts and keys, and numbers that no column holds; json.dumps writes each of them."""


def chat_completion(content: str, **changes: Any) -> dict[str, Any]:
    """A whole answer of OpenAI's kind: 2,000 tokens read, 800 written."""
    message = {"role": "assistant", "content": content, "refusal": None}
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": 2_000,
            "completion_tokens": 800,
            "prompt_tokens_details": {"cached_tokens": 10, "cache_write_tokens": 5},
        },
        **changes,
    }


def message_of_anthropic(content: str, **changes: Any) -> dict[str, Any]:
    """A whole answer of Anthropic's kind: 2,000 tokens read, 800 written."""
    return {
        "id": "c",
        "type": "message",
        "model": "m",
        "role": "assistant",
        "content": [{"type": "text", "text": content}],
        "stop_reason": "end_turn",
        "stop_details": {"explanation": "none"},
        "usage": {
            "input_tokens": 1_985,
            "output_tokens": 800,
            "cache_read_input_tokens": 10,
            "cache_creation_input_tokens": 5,
        },
        **changes,
    }


@st.composite
def changed_somewhere(draw: st.DrawFn, whole: Any) -> Any:
    """The value with any JSON in the place of one of its parts, however deep."""
    value = copy.deepcopy(whole)
    holder, key = draw(st.sampled_from(list(_places(value))))
    holder[key] = draw(ANY_JSON)
    return value


def _places(value: Any) -> list[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    return [place for key in keys for place in ((value, key), *_places(value[key]))]
