"""Reading an endpoint's JSON: a field that is missing or odd is nothing to fail for, since the answer was paid for.

Which fields there are belongs in the modules of the vendors.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from synthdeal_assets.llm.providers.http_failures import (
    RequestContext,
    failure_of_unreadable_answer,
    failure_within_answer,
)
from synthdeal_assets.llm.storable import decoded_json


def answer_object(headers: Mapping[str, str], body: bytes, context: RequestContext, *, content: str) -> dict[str, Any]:
    """The JSON object of an answer with status 200.

    Args:
        headers: Headers of the answer.
        body: Body of the answer.
        context: Who was asked, and how.
        content: Field that holds what was asked for; an error counts where it is missing.

    Raises:
        LlmError: It is no JSON object, or an error in the guise of an answer.
    """
    try:
        answer = decoded_json(body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise failure_of_unreadable_answer(headers, body, context)
    if answer.get("error") and not answer.get(content):
        raise failure_within_answer(answer["error"], body, context, now=dt.datetime.now(dt.UTC))
    return answer


def mapping(value: object) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def objects(value: object) -> list[Mapping[str, Any]]:
    """The objects in a list; none if it is no list."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def count(counts: Mapping[str, Any], name: str) -> int | None:
    """A number of tokens; None when it is missing or no count."""
    value = counts.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def text(value: object) -> str:
    """The value if it is a text, else an empty one."""
    return value if isinstance(value, str) else ""
