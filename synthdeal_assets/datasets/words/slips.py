"""What somebody takes back while writing: 200, no wait, 250 students."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from synthdeal_assets.datasets.words.phrases import Lexeme, given_up

_NEAR: Final = 8
"""Words between what is taken back and the words that do so, and between those and what holds instead."""


def taken_back(lexemes: Sequence[Lexeme]) -> list[Lexeme]:
    """The lexemes with numbers given up that are taken back; a number that stands alone takes the place of the other.

    Of "80 employees, no, 120" it is 120 that employees are counted by.
    """
    found = list(lexemes)
    for at, lexeme in enumerate(lexemes):
        if "correction" not in lexeme.concepts:
            continue
        former = next((one for one in range(at - 1, max(-1, at - _NEAR), -1) if found[one].kind == "number"), None)
        later = next((one for one in range(at + 1, min(len(found), at + _NEAR)) if found[one].kind == "number"), None)
        if former is None or later is None:
            continue
        new, old = found[later], given_up(found[former])
        counts = found[former + 1].kind == "word"
        alone = later + 1 == len(found) or found[later + 1].kind != "word"
        if counts and alone:
            found[former], found[later] = replace(new, at=former), replace(old, at=later)
        else:
            found[former] = old
    return found
