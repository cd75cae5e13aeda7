"""Values by their letters: a row of them (grade A-F), or how many a code has (3 letters and 4 digits)."""

from __future__ import annotations

import re
from typing import Final

from synthdeal_assets.datasets.words.cursor import Cursor, unquoted
from synthdeal_assets.datasets.words.doubtful import holds_text, is_one_of, says, says_sign
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
        "0-9": "numbers numeros zahlen digits digit ziffern ziffer cifras cifra digitos digito stellig stellige"
        " stelliger stelliges stelligen stelligem stellen",
        "A-Z0-9": "character characters char chars alphanumeric zeichen caracteres caracter",
    }.items()
    for word in words.split()
}


def code_of(walk: Walk, at: int) -> int | None:
    """The lexeme after 3 letters and 4 digits, W followed by 5 digits, the pattern of the field; None where it is none.

    Digits alone are one only of what is called a code or a number: those of an amount are no pattern.
    """
    cursor, one = walk.cursor, walk.field
    parts, end = _parts(cursor, _after_lead(cursor, at))
    if one is not None and parts == [_ANYWAY.get(walk.type_of(one.words) or "")] and cursor.separates(end):
        # EAN (13 digits): what it is anyway.
        one.said |= {*range(at, end)}
        return end
    if one is None or not parts or not one.is_plain or walk.measure_of(one.words) is not None:
        return None
    coded = is_one_of("codes", one.words, walk.language)
    is_text = not coded and holds_text(walk, one)
    if is_text or (len(parts) == 1 and not coded and walk.type_of(one.words) is not None):
        return None
    named = noun_at(cursor, end) if cursor[end].kind == "word" else None
    if named is not None and len(named.words) == 1 and is_one_of("codes", named.words, walk.language):
        # Is an 8-digit number.
        end = named.last
    if not (cursor.separates(end) or cursor.has(end, "unique")):
        return None
    one.pattern = "".join(parts)
    one.said |= {*range(at, end)}
    return end


WRITTEN_SO: Final = {"id.ean13": "[0-9]{13}", "id.isbn13": "[0-9]{13}", "id.vin": "[A-Z0-9]{17}"}
"""Types whose values are all written so; they have a right check digit, too."""
_ANYWAY: Final = {**WRITTEN_SO, "place.postcode": "[0-9]{5}"}


def coded(walk: Walk, at: int) -> int | None:
    """A code in parts behind the field that it is of, with what leads to it: made up of 2 letters and 5 digits."""
    cursor, one = walk.cursor, walk.field
    if cursor[at].word.endswith(_OF_DIGITS) and cursor.separates(at + 1):
        # Fünfstellig is said of what stands before, and is no field.
        begins = at - 2 if cursor.mark(at - 1, "-") else at
        after = code_of(walk, begins) if one is not None else None
        if after is None:
            walk.draft.lose(range(begins, at + 1))
        return after or at + 1
    if (
        one is None
        or not 0 <= walk.owner_at <= at
        or not all(_leads(cursor, each) for each in range(walk.owner_at, at))
    ):
        return None
    parts, _ = _parts(cursor, _after_lead(cursor, at))
    known = bool(parts) and (one.unique or is_one_of("codes", one.words, walk.language))
    return code_of(walk, at) if len(parts) > 1 or known else None


def _after_lead(cursor: Cursor, at: int) -> int:
    """The lexeme after what says that a code follows: starting with, made up of."""
    first = at
    while cursor.has(first, "like", "of") or says("composed", cursor[first].word) or cursor[first].word in _FILLS:
        first += 1
    return first


_OF_DIGITS: Final = ("stellig", "stellige", "stelliger", "stelliges", "stelligen")
_FILLS: Final = frozenset({"a", "an", "the", "up", "with", "aus", "mit", "der", "dem", "den", "la", "las", "por"})


def _leads(cursor: Cursor, at: int) -> bool:
    """Whether a lexeme may stand between a field and its code."""
    return (
        cursor[at].kind == "fill"
        or cursor.mark(at, "(:=,")
        or cursor.has(at, "unique", "is", "like", "with", "of", "as_format")
    )


_LONGEST: Final = 40
_QUOTED: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_-]{0,9}")
_CAPITALS: Final = re.compile(r"[A-Z]{1,5}(?:-[A-Z]{1,5})*")


def _parts(cursor: Cursor, at: int) -> tuple[list[str], int]:
    """The parts of a code that begin at a lexeme, and the lexeme after them; none without a number of letters."""
    found: list[str] = []
    counts, end = False, at
    literal = _literal(cursor, at)
    if literal is not None:
        found.append(literal[0])
        end = at = literal[1]
    while True:
        after = at
        while after > end - 1 and found and _joins(cursor, after):
            after += 1
        sign = says_sign(cursor[after].word) if found else None
        if sign is not None:
            found.append(sign)
            end = at = after + 1
        elif (part := _part(cursor, after)) is not None:
            found.append(part[0])
            counts, end, at = True, part[1], part[1]
        else:
            return (found, end) if counts else ([], end)


def _joins(cursor: Cursor, at: int) -> bool:
    return cursor.has(at, "and", "plus", "after", "with") or cursor.mark(at, ",+") or says("then", cursor[at].word)


def _literal(cursor: Cursor, at: int) -> tuple[str, int] | None:
    """Capitals that a code begins with, and the lexeme after them: W followed by, H-, the letter K, "KA"."""
    letter = says("letter", cursor[at].word)
    at += letter
    text, after = cursor[at].text, at + 1
    if cursor[at].kind == "quoted":
        return (unquoted(text), after) if _QUOTED.fullmatch(unquoted(text)) else None
    if cursor[at].kind not in ("word", "fill", "concept") or not _CAPITALS.fullmatch(text):
        return None
    if cursor.mark(after, "-/_") and cursor[after].start == cursor[at].end:
        return f"{text}{cursor[after].text}", after + 1
    return (text, after) if letter or _joins(cursor, after) else None


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
    word += says("capital", cursor[word].word)
    letters_ = _CLASSES.get(cursor[word].word)
    if letters_ is None:
        return None
    return f"[{letters_}]{{{number}}}", word + 1 + says("capital", cursor[word + 1].word)


def names_code(cursor: Cursor, at: int) -> bool:
    """Whether the length of a code stands here and its name behind it: 6-digit code."""
    part = _part(cursor, at)
    return part is not None and cursor[part[1]].kind == "word"


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
