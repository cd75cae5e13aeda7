"""Values by their letters: a row of them (grade A-F), or how many a code has (3 letters and 4 digits)."""

from __future__ import annotations

import re
from typing import Final

from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.doubtful import holds_text, is_one_of
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
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
    word: letters_
    for letters_, words in {
        "A-Z": "letters letter buchstaben buchstabe letras letra grossbuchstaben capitals",
        "0-9": "digits digit ziffern ziffer cifras cifra digitos digito stellig stellige stelliger stelliges stelligen"
        " stelligem stellen",
        "A-Z0-9": "character characters char chars alphanumeric zeichen caracteres caracter",
    }.items()
    for word in words.split()
}
_CAPITAL: Final = frozenset({"capital", "uppercase", "upper-case", "mayusculas", "grosse", "große"})


def code_of(walk: Walk, at: int) -> int | None:
    """The lexeme after 3 letters and 4 digits, 8 digits, the pattern of the field before; None where it is none.

    Digits alone are one only of what is called a code or a number: those of an amount are no pattern.
    """
    cursor, one = walk.cursor, walk.field
    parts: list[str] = []
    end, next_ = at, at
    while (part := _part(cursor, next_)) is not None:
        parts.append(part[0])
        end = next_ = part[1]
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


def _part(cursor: Cursor, at: int) -> tuple[str, int] | None:
    """One part of a code and the lexeme after it: 4 digits, 6-stellig, six-character, zehnstellig."""
    lexeme = cursor[at]
    number, word = cursor.number(at), at + 1
    if number is None:
        spoken = re.fullmatch(r"([^\W\d]+?)-?(stellig\w*|digit|letter|character)", lexeme.word)
        known = cursor.language.numbers.get(spoken[1]) if spoken is not None and lexeme.kind == "word" else None
        if spoken is None or known is None:
            return None
        return f"[{_CLASSES[spoken[2]]}]{{{known}}}", at + 1
    if number.denominator != 1 or not 0 < number <= _LONGEST:
        return None
    word += cursor.mark(word, "-") and cursor[word].start == lexeme.end
    word += cursor[word].word in _CAPITAL
    letters_ = _CLASSES.get(cursor[word].word)
    if letters_ is None:
        return None
    return f"[{letters_}]{{{number}}}", word + 1 + (cursor[word + 1].word in _CAPITAL)


def code_named(walk: Walk, at: int) -> int | None:
    """A 5-digit PIN, a six-character booking code, 8-stellige Kundennummer: the field is named behind its length."""
    cursor = walk.cursor
    before = cursor.before(at)
    begins = cursor.separates(before) or cursor.has(before, "with", "unique", "columns")
    listed = walk.table is not None and (walk.in_fields or bool(walk.table.fields))
    part = _part(cursor, at) if listed and begins else None
    noun = noun_at(cursor, part[1]) if part is not None and cursor[part[1]].kind in ("word", "quoted") else None
    if part is None or noun is None or not is_one_of("codes", noun.words, walk.language):
        return None
    one = walk.add_field(noun.words, noun.at, noun.last)
    if not one.is_plain:
        return None
    one.pattern = part[0]
    one.said |= {*range(at, part[1])}
    return noun.last
