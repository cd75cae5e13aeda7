"""Shares of single values behind a list of them, and lists in brackets whose commas are missing.

Volume is 450 or 500, with 500 in 70% of cases; (soprano alto tenor bass, more sopranos, like 40%, the others 20 each).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words.doubtful import is_one_of, says
from synthdeal_assets.datasets.words.draft import REST, Doubt, FieldDraft
from synthdeal_assets.datasets.words.items import Item
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.naming import same_thing
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import Walk, plain

_LEADS: Final = ("as_format", "for", "of_them", "of", "is", "to", "with", "whereof", "like", "rows")
_FEWEST: Final = 3
"""Words that have to stand side by side to be the values of a list."""


def behind_list(walk: Walk, at: int) -> int | None:
    """The share of a value of the field spoken of, in a clause: with 500 in 70% of cases; davon Wespen 40%."""
    cursor, one = walk.cursor, walk.field
    beside = walk.owner_at == at and cursor.has(at, "with", "whereof", "of_them")
    if one is None or len(one.values) < 2 or not (beside or cursor.mark(at, ",;")):
        return None
    end = cursor.item_end(at + 1)
    shares = shares_between(walk, one.values, at + 1, end)
    return None if shares is None else _take(walk, one, shares, range(at + 1, end))


def of_field(walk: Walk, one: FieldDraft, first: int, end: int) -> int | None:
    """La cuota es 35 en el 60 %: the share of one of the values that a field is known to have."""
    shares = shares_between(walk, one.values, first, end) if len(one.values) > 1 else None
    return None if shares is None else _take(walk, one, shares, range(first, end))


def _take(walk: Walk, one: FieldDraft, shares: dict[str, Fraction | str], said: range) -> int | None:
    values = one.values | shares
    total = sum((share for share in values.values() if isinstance(share, Fraction)), Fraction(0))
    free = any(share is None or share == REST for share in values.values())
    if any(one.values[value] is not None for value in shares) or total > 1 or (total < 1 and not free):
        return None
    one.values = values
    one.said |= set(said)
    walk.owner_at = said.stop
    return said.stop


def shares_between(walk: Walk, values: dict[str, Fraction | str | None], first: int, end: int
                   ) -> dict[str, Fraction | str] | None:  # fmt: skip
    """The shares of known values between two places, each clause with one of them; None where anything else is said.

    More of a value and a share behind the comma belong together. The others come to 20 each where that is the rest.
    """
    cursor, found, pending = walk.cursor, dict[str, Fraction | str](), ""
    clauses: list[list[int]] = [[]]
    for at in range(first, end):
        if cursor.mark(at, ",;") or cursor.has(at, "and"):
            clauses.append([])
        else:
            clauses[-1].append(at)
    for clause in filter(None, clauses):
        if (each := _each_of_others(walk, clause)) is not None:
            left = [value for value in values if value not in found]
            if not left or sum(_numbers(found), each * len(left)) != 1:
                return None
            found.update(dict.fromkeys(left, each))
            continue
        shares = [at for at in clause if cursor.share(at) is not None]
        words = [at for at in clause if at not in shares and not _passes(walk, at)]
        named = _named(walk, values, words) if words else pending
        if named is None or named in found or len(shares) > 1 or (not shares and words == clause):
            return None
        if shares and named:
            found[named], pending = cursor.share(shares[0]) or Fraction(0), ""
        elif words:
            pending = named
        else:
            return None
    return found if found and not pending else None


def _numbers(found: dict[str, Fraction | str]) -> list[Fraction]:
    return [share for share in found.values() if isinstance(share, Fraction)]


def _passes(walk: Walk, at: int) -> bool:
    """Whether a lexeme only leads from a value to its share: with 500 in 70% of cases, sind es 35, more, say."""
    cursor, words = walk.cursor, sentence_words(walk.language)
    if cursor[at].kind == "fill" or cursor.has(at, *_LEADS):
        return True
    if any(is_one_of(kind, (cursor[at].text,), "") for kind in ("mostly", "estimates", "cases")):
        return True
    return any(cursor[at].word in words[kind] for kind in _PASSING)


_PASSING: Final = ("states", "cases", "leading", "more", "adverbs", "making_up")


def _named(walk: Walk, values: Sequence[str] | dict[str, Fraction | str | None], at: Sequence[int]) -> str | None:
    """The value that lexemes name, in either number."""
    number = walk.cursor.number(at[0]) if len(at) == 1 else None
    text = walk.cursor.text(at) if number is None else plain(number)
    alike = [value for value in values if fold(value) == fold(text) or same_thing(value.split(), text.split())]
    return alike[0] if len(alike) == 1 else None


def _each_of_others(walk: Walk, clause: Sequence[int]) -> Fraction | None:
    """The 20 of "the others 20 each", die anderen je 20 %, los demás 20 cada uno."""
    cursor = walk.cursor
    others = [at for at in clause if cursor.has(at, "rest") or is_one_of("others", (cursor[at].text,), "")]
    numbers = [at for at in clause if cursor.number(at) is not None or cursor.share(at) is not None]
    each = any(cursor.has(at, "each") or is_one_of("apiece", (cursor[at].text,), "") for at in clause)
    if not others or not each or not numbers:
        return None
    # The other two 20 each.
    last = numbers[-1]
    number = cursor.number(last)
    return cursor.share(last) if number is None else number / 100


def without_commas(walk: Walk, one: FieldDraft, first: int, end: int) -> bool:
    """Gives a field the values of a bracket without commas: (eiche buche kiefer), (Hund 45% Katze 40% rest Kleintiere).

    Where they have no shares the number of values is asked.
    """
    cursor = walk.cursor
    shared = _with_shares(walk, first, end)
    if shared is not None:
        one.values.update(shared)
        one.said |= set(range(first, end))
        return True
    last = cursor.until(first, ",;)")
    words = [at for at in range(first, min(last, end)) if not cursor.has(at, "or")]
    # Norte sur este oeste: amid values a word that says nothing elsewhere is one.
    inside = {at for at in words[1:-1] if cursor[at].kind == "fill"}
    apart = len(words) >= _FEWEST and all(cursor[at].kind == "word" for at in words if at not in inside)
    apart = apart and 2 * len(inside) < len(words) - len(inside)
    apart = apart and 2 * sum(_says_what(walk, at) for at in words) < len(words)
    ored = [at for at in range(first, min(last, end)) if cursor.has(at, "or")]
    if not one.is_plain or not apart or ored not in ([], [words[-1] - 1]):
        return False
    values: dict[str, Fraction | str | None] = dict.fromkeys(cursor[at].text for at in words)
    shares = shares_between(walk, values, last + 1, end) if last < end else {}
    if shares is None:
        return False
    one.values.update(values | shares)
    one.said |= set(range(first, end))
    question = f"Has {one.name} the {len(values)} values {', '.join(values)}?"
    walk.draft.doubts.append(Doubt(question, "yes", 70))
    return True


def _says_what(walk: Walk, at: int) -> bool:
    """Whether a word says what a field is rather than which value it has: full name of customer, free text."""
    word = (walk.cursor[at].text,)
    if walk.type_of(word) is not None or walk.measure_of(word) is not None:
        return True
    return any(
        says(kind, fold(word[0]))
        for kind in ("texts_by_name", "name_parts", "codes", "facts", "value", "optional", "entered")
    )


def _with_shares(walk: Walk, first: int, end: int) -> list[Item] | None:
    """Values and their shares side by side, which come to all rows, or do with the rest of the last."""
    cursor = walk.cursor
    if any(cursor.mark(at, ",;/|") or cursor[at].kind not in _MAY_STAND for at in range(first, end)):
        return None
    places = [at for at in range(first, end) if cursor.share(at) is not None or cursor.has(at, "rest")]
    if len(places) < 2 or sum(cursor.has(at, "rest") for at in places) > 1:
        return None
    found: list[Item] = []
    start = first
    for place, following in zip(places, [*places[1:], end], strict=True):
        behind = cursor.has(place, "rest") or places[0] == first
        words = range(place + 1, following) if behind else range(start, place)
        if not words or len(words) > _MOST_WORDS:
            return None
        found.append((cursor.text(words), REST if cursor.has(place, "rest") else cursor.share(place)))
        start = following if behind else place + 1
    parts = [share for _, share in found if isinstance(share, Fraction)]
    whole = sum(parts) == 1 if len(parts) == len(found) else sum(parts) < 1
    return found if start >= end and whole and len({value for value, _ in found}) == len(found) else None


_MOST_WORDS: Final = 2
_MAY_STAND: Final = frozenset({"word", "share", "concept", "fill"})
