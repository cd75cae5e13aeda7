"""Reading an endpoint's JSON: a field that is missing or odd is nothing to fail for, since the answer was paid for.

Which fields there are belongs in the modules of the vendors.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from synthdeal_assets.llm.chat import TokenUsage
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


@dataclass(frozen=True, slots=True)
class Bill:
    """What an endpoint says that a request used: JSON values, of which each may be missing (None) or odd.

    Attributes:
        read: Tokens read.
        written: Tokens written.
        total: Both together.
        cached: Read from a cache.
        to_cache: Written to a cache.
        reasoning: Written before the answer.
        by_anthropic: Whether, where no total tells, `read` is without those from and to a cache, and `written` with
            those of reasoning.
    """

    read: object
    written: object
    total: object
    cached: object
    to_cache: object
    reasoning: object
    by_anthropic: bool = False

    def usage(self, answer: str) -> TokenUsage | None:
        """Tokens, in the dearer way where the bill can be read in two; None when it cannot be read.

        Whether reasoning stands inside the tokens written, and a cache inside those read, differs from endpoint to
        endpoint, and the total tells. What it says beyond both was written.

        Args:
            answer: What was answered. Where nothing was read, or nothing written for an answer, nothing was counted.
        """
        said = (self.read, self.written, self.total, self.cached, self.to_cache, self.reasoning)
        counts = [count(value) for value in said]
        if any(value is not None and number is None for value, number in zip(said, counts, strict=True)):
            return None
        read, written, total = counts[:3]
        cached, to_cache, reasoning = (number or 0 for number in counts[3:])
        if total is not None and read is not None and written is None:
            written = total - read
        if total is not None and written is not None and read is None:
            read = total - written
        if read is None or written is None or min(read, written) < 0:
            return None
        cache, sums = cached + to_cache, (read + written, read + written + reasoning)
        told = total if total is not None and total >= sums[0] else None
        adds_up_with_cache = told is not None and told - cache in sums
        if cache > read or (told not in sums and (self.by_anthropic or adds_up_with_cache)):
            read += cache
        if reasoning > written or (told is None and not self.by_anthropic):
            written += reasoning
        written = max(written, (told or 0) - read)
        if read == 0 or (written == 0 and answer):
            return None
        return TokenUsage(read, written, cached_input_tokens=cached, cache_write_tokens=to_cache)


def count(value: object) -> int | None:
    """A number of tokens, also where it is written as a text or with a point; None when it is none."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, float) and math.isfinite(value):
        value = math.ceil(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def dearest(places: Iterable[Mapping[str, Any]], *names: str) -> object:
    """The largest of these fields, which say the same in several places; an odd one before any; None when none does."""
    said = [place[name] for place in places for name in names if place.get(name) is not None]
    return next(
        (value for value in said if count(value) is None), max(said, key=lambda value: count(value) or 0, default=None)
    )


def text(value: object) -> str:
    """The value if it is a text, else an empty one."""
    return value if isinstance(value, str) else ""
