"""Readings that look right and are not certain: a percent that is no part of the rows, a name taken for a code.

What a clause leaves open belongs in `certainty.py`; here it is what a number was made into.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Final

from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.draft import REST, FieldDraft
from synthdeal_assets.datasets.words.languages import word_table, words_by_kind
from synthdeal_assets.datasets.words.naming import name_of
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import Walk, fields_alike

_OF: Final = frozenset({"of", "von", "um", "de", "del", "by", "about", "around", "etwa", "rund", "unos", "circa", "ca"})
_SHORTEST: Final = 4
"""Letters of a German word that others end with: Zinssatz ends with Satz."""


_PER: Final = frozenset({"per", "of", "pro", "je", "por", "al", "a"})
"""What ends the head of a noun: growth per year, margin of error."""


def _words() -> Mapping[str, frozenset[str]]:
    return words_by_kind("doubtful")


@lru_cache
def _units() -> tuple[frozenset[str], ...]:
    return tuple(
        frozenset(words.replace("_", " ") for words in unit.split()) for unit in word_table("doubtful")["units"]
    )


def same_unit(word: str) -> frozenset[str]:
    """All words for the unit that a word names, folded; empty where it names none."""
    return next((names for names in _units() if fold(word) in names), frozenset())


def is_one_of(kind: str, words: Iterable[str], language: str) -> bool:
    """Whether a noun is called so by its head: interest rate, Zinssatz, tasa de error.

    Args:
        kind: Of `languages/doubtful.yaml`.
        words: The words of the noun.
        language: The language that it is in.
    """
    folded = [part for word in words for part in re.split(r"[-_ ]", fold(word)) if part]
    ends = next((at for at, part in enumerate(folded) if at and part in _PER), len(folded))
    folded = folded[:ends]
    if not folded:
        return False
    known = _words()[kind]
    head = folded[0] if language == "spanish" else folded[-1]
    if head in known:
        return True
    return language == "german" and any(len(each) >= _SHORTEST and head.endswith(each) for each in known)


def says(kind: str, word: str) -> bool:
    """Whether a folded word is one of a kind of `languages/doubtful.yaml`."""
    return word in _words()[kind]


def says_counted(word: str) -> bool:
    """Whether a folded word says that codes are counted up."""
    return says("counted", word)


def says_sign(word: str) -> str | None:
    """The sign that a folded word names: hyphen, Schrägstrich, guion."""
    return next((sign for kind, sign in (("hyphen", "-"), ("slash", "/"), ("blank", " ")) if says(kind, word)), None)


def counted_up(walk: Walk, one: FieldDraft, at: int) -> bool:
    """Whether the code at a lexeme is the first of several that are counted up; what says so leaves the name."""
    cursor, counted = walk.cursor, _words()["counted"]
    before = cursor.has(at - 1, "at_least", "since", "from") or cursor[at - 1].word in counted
    found = [word for word in one.words if fold(word) in counted]
    words = tuple(word for word in one.words if word not in found)
    name = name_of(words, walk.language)
    if found and words and walk.current_table().field_of(name) is None:
        one.words, one.name = words, name
    return bool(found) or before or cursor[at + 1].word in counted


def holds_text(walk: Walk, one: FieldDraft) -> bool:
    """Whether the type of a field is text, so that it takes no range of numbers."""
    if walk.measure_of(one.words) is not None:
        return False
    head = fold(one.words[0] if walk.language == "spanish" else one.words[-1])
    return head in _words()["texts_by_name"] or walk.type_of(one.words) in _words()["texts"]


def doubtful(walk: Walk) -> set[int]:
    """The lexemes of what was read without being certain, to be given up."""
    found: set[int] = set()
    for table in walk.draft.tables:
        walk.table = table
        for one in table.fields:
            for each in (_flag, _shares, _pattern, _range, _invented):
                found |= each(walk, one)
    return {at for at in found if walk.cursor[at].kind != "unread"}


def _flag(walk: Walk, one: FieldDraft) -> set[int]:
    """A percent of noise, growth or tax is no part of the rows."""
    cursor = walk.cursor
    shares = _kind(cursor, one, "share")
    if one.flag is None or not shares:
        return set()
    if any(is_one_of("truths", (cursor[at].text,), "") for at in one.said if cursor[at].kind == "word"):
        return set()
    if is_one_of("effects", one.words, walk.language):
        return set(one.said)
    if one.flag + sum(_unclaimed_shares(walk, min(shares))) == 1:
        # Free 70%, pro 30%: they are shares of one field.
        return shares
    first = min(shares)
    named = max((at for at in one.said if at < first and cursor[at].kind == "word"), default=None)
    between = range(first if named is None else named + 1, first)
    if any(cursor[at].word in _OF for at in between) and not any(map(cursor.ends, between)):
        return shares
    with_before = any(cursor.has(at, "with") for at in range(first + 1, max(one.said) + 1))
    return shares if is_one_of("rates", one.words, walk.language) and not with_before else set()


def _unclaimed_shares(walk: Walk, at: int) -> list[Fraction]:
    """The shares of a sentence that nothing was made of."""
    cursor, claimed = walk.cursor, walk.draft.claimed()
    at = cursor.sentence_start(at)
    found = []
    while not cursor.ends(at):
        part = cursor.share(at)
        found += [part] if part is not None and (at not in claimed or at in walk.draft.lost) else []
        at += 1
    return found


def _shares(walk: Walk, one: FieldDraft) -> set[int]:
    """Shares of what is itself a table or a field are none of values: 15% of the price in half of the rows."""
    if not any(isinstance(share, Fraction) for share in one.values.values()):
        return set()
    if any(walk.cursor.has(at, "value") for at in one.said):
        return set()
    whole = None in one.values.values() or REST in one.values.values() or _total(one) == 1
    for value in one.values:
        words = value.split()
        if not whole and is_one_of("rates", words, walk.language):
            return _kind(walk.cursor, one, "share")
        known = walk.known_field(words)
        if walk.known_table(words) is not None or (known is not None and known is not one):
            return _kind(walk.cursor, one, "share")
    return set()


def _total(one: FieldDraft) -> Fraction:
    return sum((share for share in one.values.values() if isinstance(share, Fraction)), Fraction(0))


def _pattern(walk: Walk, one: FieldDraft) -> set[int]:
    """Letters with digits are an example only after what is a code, or where they are long: vitamin B12 is a name."""
    cursor, codes = walk.cursor, _kind(walk.cursor, one, "code")
    if one.pattern is None or not codes:
        return set()
    at = max(codes)
    listed = cursor.mark(at + 1, ",/") or cursor.has(at + 1, "and", "or")
    if cursor[at + 1].kind == "code" or (listed and cursor[at + 2].kind == "code"):
        return codes | {each for each in range(at, at + 20) if cursor[each].kind == "code"}
    if any(
        "form" in cursor[each].word or "pattern" in cursor[each].word for each in one.said if cursor.has(each, "like")
    ):
        return set()
    if is_one_of("codes", one.words, walk.language):
        return set()
    letters = re.match(r"[^\W\d_]+", fold(cursor[at].text))
    standard = letters is not None and letters[0] in _words()["standards"]
    return codes if standard or re.search(r"\d{3}", cursor[at].text) is None else set()


def _range(walk: Walk, one: FieldDraft) -> set[int]:
    """Text has no range, and what is said after a part of the rows is of that part."""
    cursor = walk.cursor
    if one.low is None and one.high is None and one.mean is None:
        return set()
    numbers = _kind(cursor, one, "number")
    if not numbers:
        return set()
    if one.mean is None and holds_text(walk, one):
        return numbers
    at = min(numbers) - 1
    while at >= 0 and (cursor.mark(at, ")") or not cursor.separates(at)):
        if cursor.mark(at, ")"):
            opened = at
            while opened > 0 and not cursor.mark(opened, "("):
                opened -= 1
            if any(_is_some(walk, each) and each not in walk.draft.claimed() for each in range(opened, at)):
                return numbers
            at = opened
        elif _is_some(walk, at) and at not in one.said:
            return numbers
        at -= 1
    return set()


def _invented(walk: Walk, one: FieldDraft) -> set[int]:
    """3% of the widgets are missing, where there are no widgets, or two fields are called so."""
    cursor, shares = walk.cursor, _kind(walk.cursor, one, "share")
    if one.missing is None or not shares or len(shares) > 1:
        return set()
    share = max(shares)
    of = bool(_GENITIVE & {*cursor[share + 1].word.split(), *cursor[share + 2].word.split()})
    plain = min(one.said) == share and not any(cursor.has(at, "without") for at in one.said)
    if not (of and plain) or one.low is not None or one.values:
        return set()
    unknown = walk.type_of(one.words) is None and walk.measure_of(one.words) is None
    return set(one.said) if unknown or fields_alike(walk, one.words) else set()


_GENITIVE: Final = frozenset({"der", "des", "de", "del", "of", "von"})


def _is_some(walk: Walk, at: int) -> bool:
    """Whether a part of the rows is said here."""
    lexeme = walk.cursor[at]
    return lexeme.kind == "share" or (lexeme.kind == "unread" and at not in walk.draft.claimed())


def _kind(cursor: Cursor, one: FieldDraft, kind: str) -> set[int]:
    return {at for at in one.said if cursor[at].kind == kind}
