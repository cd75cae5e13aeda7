"""Whether a quote stands in a text, and where: the passage itself, to the letter.

A model copies a passage through a prompt in which some characters were replaced, and writes quotation marks, dashes
and white space in its own manner. That much is tolerated and nothing else: another word, another case, an omission, a
full stop too many is no quote. What becomes of a quote that stands nowhere belongs in `answer.py`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from synthdeal_assets.llm.untrusted import (
    BROKEN_BRACKET,
    BROKEN_HEADING,
    BROKEN_SQUARE_BRACKET,
    Traced,
    traced,
    visible,
)
from synthdeal_assets.scoring.inputs import PROMPT_TAGS

SHORTEST: Final = 3
"""Characters; a passage of one or two stands in nearly every text and proves nothing."""

_SAME: Final[dict[str, str]] = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    "\u2026": "...",
    "\u203a": ">",
    BROKEN_BRACKET: "<",
    BROKEN_SQUARE_BRACKET: "[",
    BROKEN_HEADING: "#",
}
"""Typographic characters and our look-alikes, and what they count as."""

_MARKS: Final = ("'", '"')
_ODD: Final = re.compile(r"[^\x00-\x7f]|[^\S ]| {2,}|`")
_SPACE: Final = re.compile(r"\s+")
_TYPOGRAPHIC: Final = re.compile(r"[^\x00-\x7f]|`")


def find_quote(quote: str, texts: Sequence[str]) -> str | None:
    """The passage of one of the texts that a quote stands for, to the letter as it is there; None when there is none.

    White space, typographic quotation marks, dashes and ellipses, invisible characters, composed and decomposed
    letters (which Unicode holds to be the same), what `untrusted.neutralise` replaces, and quotation marks around the
    quote may differ.
    """
    quote = quote.strip()
    if not _proves_something(visible(quote).strip()):
        return None
    for text in texts:
        if quote in text:
            return quote
    for wanted in _spellings(_folded(quote).text):
        for text in texts:
            passage = _passage(wanted, text)
            if passage is not None:
                return passage
    return None


def _proves_something(quote: str) -> bool:
    return len(quote) >= SHORTEST and any(character.isalnum() for character in quote)


def _spellings(folded: str) -> Iterator[str]:
    """A folded quote as it is, and without the quotation marks around it."""
    folded = folded.strip()
    while _proves_something(folded):
        yield folded
        if folded[0] not in _MARKS or folded[-1] != folded[0]:
            return
        folded = folded[1:-1].strip()


def _passage(wanted: str, text: str) -> str | None:
    """The first passage of a text that reads as the wanted one does when both are folded."""
    folded = _folded(text)
    at = folded.text.find(wanted)
    while at >= 0:
        after = at + len(wanted)
        if _is_boundary(folded, at) and _is_boundary(folded, after):
            return text[folded.starts[at] : folded.ends[after - 1]]
        at = folded.text.find(wanted, at + 1)
    return None


def _is_boundary(folded: Traced, at: int) -> bool:
    """Whether no character of the original, and no letter with its accent, is torn apart there."""
    if at == 0 or at == len(folded.text):
        return True
    return folded.ends[at - 1] <= folded.starts[at] and not unicodedata.combining(folded.text[at])


@lru_cache(maxsize=64)  # twelve quotes are looked for in the same twelve texts
def _folded(text: str) -> Traced:
    seen = traced(text, PROMPT_TAGS)
    if not _ODD.search(seen.text):
        return seen
    return seen.replaced(_SPACE, lambda _match: " ").replaced(_TYPOGRAPHIC, _same)


def _same(match: re.Match[str]) -> str:
    return _SAME.get(match[0]) or unicodedata.normalize("NFD", match[0])
