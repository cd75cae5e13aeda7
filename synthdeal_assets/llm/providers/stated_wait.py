"""How long an endpoint asks to wait before the next request, wherever and however it says so.

In headers (RFC 9110; the reset headers of rate limits), in fields of the body (Google's RetryInfo) and in its words.
What is done about it belongs in `client.py`.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import math
import re
from collections.abc import Iterator, Mapping
from typing import Final

LONGEST_S: Final = 86_400.0
"""No vendor counts over more than a day; who asks for longer is asked again after one."""

_FIRST_EPOCH_S: Final = 1e9
_LAST_EPOCH_S: Final = 1e11
_LAST_EPOCH_NS: Final = 1e20
"""A number from the first on is a moment since 1970, beyond the second in milliseconds, microseconds or nanoseconds: as
a duration it would be more than 30 years. Beyond the third it is nothing that a clock can show."""

_FIELDS_SEARCHED: Final = 1_000

_UNITS_S: Final = {"n": 1e-9, "u": 1e-6, "µ": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_PART: Final = (
    r"(?:\d+(?:\.\d*)?|\.\d+|\ban?\b|\bone\b)\s*"
    r"(?:ns|[uµ]s|milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)(?![a-z])"
)
_DURATION: Final = rf"{_PART}(?:(?:\s|,|and)*{_PART})*"
_MOMENT: Final = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"
_PARTS: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+|\ban?\b|\bone\b)\s*([a-zµ]+)", re.IGNORECASE)
_IS_DURATION: Final = re.compile(_DURATION, re.IGNORECASE)
_SAID: Final = re.compile(
    r"\b(?:again|retry|retrying|retry-after|wait|waiting|available|resets?)\b"
    r"(?:\s*[:=]|\s+(?:again|after|in|for|at|until|on|least|about|approximately|another|up to))*"
    rf"\s*(?P<stated>{_DURATION}|{_MOMENT}|(?<=after: )\d+(?:\.\d+)?\b|(?<=after=)\d+(?:\.\d+)?\b"
    r"|(?<=after )\d+(?:\.\d+)?(?=\s*(?:$|[;,)]|\.(?!\d))))",
    re.IGNORECASE,
)

_ISO_DURATION: Final = re.compile(
    r"P(?:(?P<d>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:[.,]\d+)?)S)?)?", re.IGNORECASE
)
_CLOCK: Final = re.compile(r"(?P<h>\d{1,3}):(?P<m>[0-5]\d):(?P<s>[0-5]\d(?:\.\d+)?)")
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.IGNORECASE | re.ASCII)

_FIELD: Final = re.compile(
    r"(?:retry(?:after|delay|in)|wait(?=[sm])|wait(?:time|for|in)|estimatedtime)(?P<unit>s|secs?|seconds?|ms|milliseconds?)?"
)


def asked_wait_s(headers: Mapping[str, str], body: object, words: str, now: dt.datetime) -> float | None:
    """Seconds that an endpoint asks to wait, from 0 to `LONGEST_S`; None when it says nothing, or nothing sensible.

    Headers go before fields of the body, those before words; a wait of nothing stands back behind any other. A moment
    counts from the answer's own date, so that a clock that is wrong on one side does not matter (RFC 9110, 10.2.3).

    Args:
        headers: Headers of the answer; their names in any case.
        body: Body of the answer as decoded JSON; None when it is none.
        words: What the endpoint says in words.
        now: With time zone.
    """
    lowered = _lowered(headers)
    now = _moment(lowered.get("date")) or now
    waits = [*_in_headers(lowered, now)]
    for name, value in _fields(body):
        field = _FIELD.fullmatch(re.sub("[_-]", "", name.lower()))
        if field is not None:
            unit_s = 1e-3 if (field["unit"] or "").startswith("m") else 1.0
            waits.append(_stated_s(value, now, unit_s=unit_s))
        elif name.lower() == "headers" and isinstance(value, Mapping):
            waits += _in_headers(_lowered(value), now)
    said = _SAID.search(words)
    waits.append(None if said is None else _stated_s(said["stated"], now))
    stated = [wait_s for wait_s in waits if wait_s is not None]
    return next((wait_s for wait_s in stated if wait_s > 0), 0.0 if stated else None)


def reset_wait_s(headers: Mapping[str, str], body: object, now: dt.datetime) -> float | None:
    """Seconds until the rate limits that are used up begin anew, by the headers about them; None when none says so.

    Endpoints send these headers with every answer, so they only mean something with a 429. Where no limit is said to be
    used up (a request may need more tokens than are left), the longest of all counts.

    Args:
        headers: Headers of the answer; their names in any case.
        body: Body of the answer as decoded JSON, where gateways repeat the headers of the endpoint behind them.
        now: With time zone.
    """
    lowered = _lowered(headers)
    now = _moment(lowered.get("date")) or now
    nested = [
        _lowered(value) for name, value in _fields(body) if name.lower() == "headers" and isinstance(value, Mapping)
    ]
    for each in (lowered, *nested):
        waits = {name: _stated_s(value, now) for name, value in each.items() if "ratelimit" in name and "reset" in name}
        stated = {name: wait_s for name, wait_s in waits.items() if wait_s is not None}
        used_up = [wait_s for name, wait_s in stated.items() if _is_nothing(each.get(_remaining(name)))]
        # RateLimit: "default";r=0;t=30, of the draft of the IETF
        drafted = re.search(r"\b(?:t|reset)=(\d+)", str(each.get("ratelimit", "")))
        used_up += [min(float(drafted[1]), LONGEST_S)] if drafted else []
        if used_up or stated:
            return max(used_up or stated.values())
    return None


def _in_headers(lowered: Mapping[str, object], now: dt.datetime) -> list[float | None]:
    milliseconds = (lowered.get("retry-after-ms"), lowered.get("x-ms-retry-after-ms"))
    return [*(_stated_s(value, now, unit_s=1e-3) for value in milliseconds), _stated_s(lowered.get("retry-after"), now)]


def _stated_s(value: object, now: dt.datetime, *, unit_s: float = 1.0) -> float | None:
    """Seconds that a value stands for: a number, a duration, a moment or Google's object; None when it is none."""
    if isinstance(value, Mapping):
        parts = [_number(value.get(name, 0)) for name in ("seconds", "nanos")]
        return None if None in parts or not value else _bounded((parts[0] or 0.0) + (parts[1] or 0.0) / 1e9)
    number = _number(value)
    if number is not None:
        if _FIRST_EPOCH_S <= number < _LAST_EPOCH_NS and unit_s == 1.0:
            while number > _LAST_EPOCH_S:
                number /= 1000
            return _bounded(number - now.timestamp())
        return _bounded(number * unit_s)
    return _written_s(value, now, unit_s) if isinstance(value, str) else None


def _written_s(value: str, now: dt.datetime, unit_s: float) -> float | None:
    """Seconds of a text that is no number."""
    listed = re.split(r",(?!\s*\d{1,2}[ -][A-Za-z])", value)
    if len(listed) > 1:
        # A header that came twice is one with a comma (RFC 9110, 5.3); the longer wait holds for both.
        waits = [_stated_s(one, now, unit_s=unit_s) for one in listed]
        return None if None in waits else max(wait_s or 0.0 for wait_s in waits)
    bare = value.partition(";")[0].strip().strip("\"'")
    if bare != value:
        return _stated_s(bare, now, unit_s=unit_s)
    clock = _CLOCK.fullmatch(value) or _ISO_DURATION.fullmatch(value)
    if clock is not None and any(clock.groups()):
        named = {name: part.replace(",", ".") for name, part in clock.groupdict(default="0").items()}
        return _bounded(sum(float(amount) * _UNITS_S[name] for name, amount in named.items()))
    if _IS_DURATION.fullmatch(value):
        parts_s = ((_amount(amount), _unit_s(unit)) for amount, unit in _PARTS.findall(value))
        return _bounded(sum(amount * unit_s for amount, unit_s in parts_s))
    until = _moment(value)
    return None if until is None else _bounded((until - now).total_seconds())


def _amount(text: str) -> float:
    return float(text) if text[0] in "0123456789." else 1.0


def _unit_s(name: str) -> float:
    lowered = name.lower()
    return _UNITS_S["ms" if lowered.startswith(("ms", "mil")) else lowered[0]]


def _bounded(seconds: float) -> float | None:
    return None if math.isnan(seconds) else min(max(0.0, seconds), LONGEST_S)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _moment(value: object) -> dt.datetime | None:
    """A date as HTTP or RFC 3339 writes it, in UTC where it names no zone."""
    for read in (dt.datetime.fromisoformat, email.utils.parsedate_to_datetime):
        try:
            date = read(str(value or "").strip())
        except (ValueError, OverflowError, TypeError):
            continue
        return date if date.tzinfo is not None else date.replace(tzinfo=dt.UTC)
    return None


def _fields(body: object) -> Iterator[tuple[str, object]]:
    """The first fields of a body, at any depth, the outermost first."""
    waiting = [body]
    for _ in range(_FIELDS_SEARCHED):
        if not waiting:
            return
        value = waiting.pop(0)
        if isinstance(value, Mapping):
            yield from ((str(name), each) for name, each in value.items())
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _lowered(headers: Mapping[str, object]) -> dict[str, object]:
    return {str(name).lower(): value for name, value in headers.items()}


def _remaining(reset: str) -> str:
    """The header that says how much is left, beside the one that says when it begins anew."""
    return reset.replace("reset", "remaining")


def _is_nothing(left: object) -> bool:
    number = _number(left)
    return number is not None and number <= 0
