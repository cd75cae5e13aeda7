"""Times of day between two ends: opening time between 7:00 and 9:30, hora de apertura entre las 8:00 y las 10:00."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from synthdeal_assets.datasets.words.draft import FieldDraft
from synthdeal_assets.datasets.words.walk import Walk

_HOUR: Final = 60
_O_CLOCK: Final = frozenset({"uhr", "h", "hrs", "o'clock"})


def between(walk: Walk, at: int) -> int | None:
    """A field whose values are times of day, every minute between two of them; the ends are among them."""
    cursor, one = walk.cursor, walk.field
    if one is None or not 0 <= walk.owner_at <= at or not (one.is_plain or one.pattern is not None):
        return None
    beside = all(_leads(walk, each) for each in range(walk.owner_at, at))
    first = _skip(walk, at + 1 if cursor.has(at, "between", "from") else at)
    if not beside or cursor[first].kind != "time":
        return None
    joint = _after_clock(walk, first + 1)
    joined = cursor.dash(joint)
    if joined is None and (cursor.has(joint, "to") or (cursor.has(at, "between") and cursor.has(joint, "and"))):
        joined = joint + 1
    last = _skip(walk, joined) if joined is not None else first
    low, high = _minutes(cursor[first].text), _minutes(cursor[last].text)
    if joined is None or cursor[last].kind != "time" or low >= high or not _may_be_time(walk, one):
        return None
    end = _after_clock(walk, last + 1)
    one.pattern = "|".join(_pattern(low, high))
    one.said |= {*range(at, end)}
    walk.owner_at = end
    return end


def _may_be_time(walk: Walk, one: FieldDraft) -> bool:
    kind = walk.type_of(one.words)
    return kind in (None, "time.time_of_day") or walk.is_moment(one)


def _leads(walk: Walk, at: int) -> bool:
    cursor = walk.cursor
    return cursor[at].kind == "fill" or cursor.has(at, "is", "as_format") or cursor.mark(at, ":=(")


def _skip(walk: Walk, at: int) -> int:
    return walk.cursor.skip(at)


def _after_clock(walk: Walk, at: int) -> int:
    return at + (walk.cursor[at].word in _O_CLOCK)


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * _HOUR + int(minutes)


def _pattern(low: int, high: int) -> Iterator[str]:
    """The alternatives that write each minute from one time of day to another: (07|08):[0-5][0-9]."""
    first, last = -(-low // _HOUR), (high + 1) // _HOUR
    if first >= last:
        yield from _minutes_of(low, high)
        return
    yield from _minutes_of(low, first * _HOUR - 1)
    yield f"({'|'.join(f'{hour:02d}' for hour in range(first, last))}):[0-5][0-9]"
    yield from _minutes_of(last * _HOUR, high)


def _minutes_of(low: int, high: int) -> Iterator[str]:
    """As `_pattern`, for less than two hours, ten minutes by ten."""
    for ten in range(low // 10, high // 10 + (low <= high)):
        begin, end = max(low - 10 * ten, 0), min(high - 10 * ten, 9)
        ends = f"[{begin}-{end}]" if begin < end else str(begin)
        yield f"{10 * ten // _HOUR:02d}:{ten % 6}{ends}"
