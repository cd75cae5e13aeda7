"""Values that are a row of letters: grade A-F, rating A to D."""

from __future__ import annotations

import re
from typing import Final

from synthdeal_assets.datasets.words.nouns import Noun
from synthdeal_assets.datasets.words.walk import Walk

_BOTH: Final = re.compile(r"([A-Z])[-–]([A-Z])")  # noqa: RUF001


def letters(walk: Walk, noun: Noun) -> int | None:
    """A field whose values are all letters from one to another."""
    cursor = walk.cursor
    if len(noun.words) < 2 or len(noun.words) != len(noun.at):
        return None
    last, end = noun.words[-1], noun.last
    if (both := _BOTH.fullmatch(last)) is not None:
        first, final = both[1], both[2]
    else:
        joined = cursor.dash(end)
        if joined is None and cursor.has(end, "to"):
            joined = end + 1
        if joined is None:
            return None
        first, final, end = last, cursor[joined].text, joined + 1
    if not (len(first) == len(final) == 1 and "A" <= first < final <= "Z"):
        return None
    one = walk.add_field(noun.words[:-1], {*noun.at, *range(noun.last, end)}, end)
    for code in range(ord(first), ord(final) + 1):
        one.values[chr(code)] = None
    return end
