"""Values by their letters: a row of them (grade A-F), or how many a code has (3 letters and 4 digits)."""

from __future__ import annotations

import re
from typing import Final

from synthdeal_assets.datasets.words.doubtful import holds_text, is_one_of
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


_CLASSES: Final = {
    **dict.fromkeys(
        ["letters", "letter", "buchstaben", "buchstabe", "letras", "letra", "grossbuchstaben", "capitals"], "A-Z"
    ),
    **dict.fromkeys(["digits", "digit", "ziffern", "ziffer", "cifras", "cifra", "digitos", "digito"], "0-9"),
}
_CAPITAL: Final = frozenset({"capital", "uppercase", "upper-case", "mayusculas", "grosse", "große"})


def code_of(walk: Walk, at: int) -> int | None:
    """The lexeme after 3 letters and 4 digits, 8 digits, the pattern of the field before; None where it is none.

    Digits alone are one only of what is called a code or a number: those of an amount are no pattern.
    """
    cursor, one = walk.cursor, walk.field
    parts: list[str] = []
    end, next_ = at, at
    while (number := cursor.number(next_)) is not None and number.denominator == 1 and 0 < number <= _LONGEST:
        word = next_ + 1 + (cursor[next_ + 1].word in _CAPITAL)
        if (letters_ := _CLASSES.get(cursor[word].word)) is None:
            return None
        parts.append(f"[{letters_}]{{{number}}}")
        end = word + 1 + (cursor[word + 1].word in _CAPITAL)
        next_ = end
        while cursor.has(next_, "and", "plus", "after") or cursor.mark(next_, ",+") or cursor[next_].word in _THEN:
            next_ += 1
    if one is None or not parts or not one.is_plain or walk.measure_of(one.words) is not None:
        return None
    coded = is_one_of("codes", one.words, walk.language)
    is_text = not coded and holds_text(walk, one)
    if is_text or (len(parts) == 1 and not coded and walk.type_of(one.words) is not None):
        return None
    if not (cursor.separates(end) or cursor.has(end, "unique")):
        return None
    one.pattern = "".join(parts)
    one.said |= {*range(at, end)}
    return end


_THEN: Final = frozenset({"then", "followed", "by", "followed by", "dann", "gefolgt", "von", "y", "luego", "seguidas"})
_LONGEST: Final = 40
