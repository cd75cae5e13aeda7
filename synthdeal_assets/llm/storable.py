"""What comes from an endpoint, or from a file of ours that a crash may have spoiled, made fit to be stored.

An answer was paid for whatever stands in it, so a value that no table can hold is replaced and named, never raised
over. What an answer means belongs in the providers, what makes it valid in the rooms.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math
import re
from typing import Any, Final, get_args

from synthdeal_assets.llm.chat import TokenUsage
from synthdeal_assets.llm.ledger.calls import SUCCESS, CallStatus, LlmCall

REPLACEMENT: Final = "\ufffd"
"""What stands where half a character, or a NUL, was."""

MAX_TOKENS: Final = 1_000_000_000
"""No request takes so many: a greater count is an endpoint's mistake, and sums of many such would fit no column."""

MAX_ATTEMPTS: Final = 2**31 - 1
"""What an INTEGER holds."""

ELLIPSIS: Final = " ..."

MAX_NAME_LENGTH: Final = 200
MAX_MESSAGE_LENGTH: Final = 4_000
"""Characters of a model's name and of a message; what is longer is cut."""

_HALF: Final = re.compile("[\ud800-\udfff]")

_TEXTS: Final = ("call_id", "key", "subject_id", "provider", "endpoint", "model", "prompt_version", "parameters")
_TEXTS_OR_NOTHING: Final = ("response_model", "price_version", "error_class", "error_message", "answer")
_LONGEST: Final = {"response_model": MAX_NAME_LENGTH, "error_message": MAX_MESSAGE_LENGTH}
_COUNTS: Final = ("input_tokens", "cached_input_tokens", "output_tokens")
_AMOUNTS: Final = ("cost_usd", "counted_usd")


def decoded_json(body: bytes) -> object:
    """A body as JSON, read as leniently as can be done without guessing.

    Bytes that are no text become U+FFFD, control characters may stand in a text, and a number of thousands of digits
    becomes infinite.

    Raises:
        ValueError: It is no JSON.
        RecursionError: It is too deep.
    """
    text = body.decode(json.detect_encoding(body), "replace")
    return json.loads(text, strict=False, parse_int=_whole_number)


def whole_characters(text: str) -> str:
    """The text with the halves of a surrogate pair put together, and U+FFFD for a half that stands alone."""
    if _HALF.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def storable_text(text: str, longest: int | None = None) -> str:
    """The text as every database, file and log can hold it: of whole characters, without NUL.

    Args:
        text: Any text.
        longest: Characters that it may have; what is longer is cut and ends in an ellipsis. None cuts nothing.
    """
    if longest is not None and len(text) > longest:
        text = f"{text[: longest - len(ELLIPSIS)]}{ELLIPSIS}"
    return whole_characters(text).replace("\x00", REPLACEMENT)


def storable_json(value: Any) -> Any:
    """A decoded JSON value with `whole_characters` in its texts and keys.

    Raises:
        RecursionError: It is too deep.
    """
    if isinstance(value, str):
        return whole_characters(value)
    if isinstance(value, dict):
        return {whole_characters(str(key)): storable_json(each) for key, each in value.items()}
    if isinstance(value, list):
        return [storable_json(each) for each in value]
    return value


def storable_usage(usage: TokenUsage | None) -> TokenUsage | None:
    """The tokens of a request; None when one of the counts cannot be."""
    if usage is None or not all(_is_count(number) for number in dataclasses.astuple(usage)):
        return None
    return usage


def storable_call(call: LlmCall) -> LlmCall:
    """The record of a request as a row of the ledger can hold it.

    What cannot be a text, a count or an amount is replaced, and its `error_message` names the columns: half a character
    by U+FFFD, a number by nothing.

    Raises:
        ValueError: It is no record: a value is of another type, or one is missing that the row cannot do without.
    """
    _require_a_record(call)
    values = {name: getattr(call, name) for name in (*_TEXTS, *_TEXTS_OR_NOTHING, *_COUNTS, *_AMOUNTS, "latency_ms")}
    fit: dict[str, Any] = {}
    for name in (*_TEXTS, *_TEXTS_OR_NOTHING):
        fit[name] = None if values[name] is None else storable_text(values[name], _LONGEST.get(name))
    for name in _COUNTS:
        fit[name] = values[name] if _is_count(values[name]) else None
    for name in _AMOUNTS:
        fit[name] = values[name] if _is_amount(values[name]) else None
    fit["latency_ms"] = values["latency_ms"] if _is_amount(values["latency_ms"]) else 0.0
    replaced = [name for name in values if fit[name] != values[name]]
    if not replaced:
        return call
    said = f"Characters or numbers that cannot be stored were replaced in {', '.join(replaced)}"
    fit["error_message"] = f"{fit['error_message']} ({said})" if fit["error_message"] else said
    return dataclasses.replace(call, **fit)


def _require_a_record(call: LlmCall) -> None:
    numbers = (*_COUNTS, *_AMOUNTS)
    wrong = [name for name in _TEXTS if not isinstance(getattr(call, name), str)]
    wrong += [name for name in _TEXTS_OR_NOTHING if not isinstance(getattr(call, name), str | None)]
    wrong += [name for name in numbers if not (getattr(call, name) is None or _is_number(getattr(call, name)))]
    if not _is_number(call.latency_ms):
        wrong.append("latency_ms")
    if not _is_number(call.attempts) or not 1 <= call.attempts <= MAX_ATTEMPTS or call.attempts % 1:
        wrong.append("attempts")
    if call.status not in get_args(CallStatus):
        wrong.append("status")
    if not isinstance(call.asked_at, dt.datetime) or call.asked_at.tzinfo is not None:
        wrong.append("asked_at")
    if call.status == SUCCESS and call.answer is None:
        wrong.append("answer")
    if wrong:
        raise ValueError(f"Not a record of a request: {', '.join(wrong)}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_TOKENS


def _is_amount(value: object) -> bool:
    """Whether it is a finite number that is not negative; a whole number may be too large to be a float."""
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _whole_number(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:
        # Python converts some thousands of digits and no more.
        return float(digits)
