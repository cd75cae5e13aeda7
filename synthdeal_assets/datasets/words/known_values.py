"""Sentences about parts of the rows by values that a list named before: 40 % sind E-Bikes, half of them are in Berlin.

The rest may be of one value too, or be split evenly over the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words.doubtful import is_one_of
from synthdeal_assets.datasets.words.draft import REST, Doubt, FieldDraft
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.naming import same_thing
from synthdeal_assets.datasets.words.portions import LEADS
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import Walk, plain


@dataclass(frozen=True)
class _Part:
    """A part of the rows: its share, and the lexemes of its value; none where the rest is split evenly."""

    share: Fraction | str
    value: tuple[int, ...]


def said_of_rows(walk: Walk, at: int) -> int | None:
    """A sentence that begins with a share and says which value of a known field so many rows have."""
    cursor = walk.cursor
    if walk.table is None or not cursor.ends(at - 1):
        return None
    first = _skip(walk, at)
    if cursor.share(first) is None:
        return None
    found = _parts(walk, first)
    if found is None:
        return None
    parts, end = found
    owner = _named_owner(walk, parts) or _owner(walk, parts) or _open_owner(walk, parts)
    if owner is None:
        return None
    one, values = owner
    shares = dict(one.values) | dict(values)
    total = sum((share for share in shares.values() if isinstance(share, Fraction)), Fraction(0))
    left = [value for value, share in shares.items() if share is None]
    others = [each for each in range(at, end) if cursor.number(each) is not None]
    if total > 1 or any(cursor.number(each) != len(left) for each in others):
        walk.draft.lose(each for each in range(at, end) if cursor[each].is_content)
        return end
    one.values.update(values)
    one.said |= set(range(at, end)) - set(others)
    for each in others:
        walk.draft.noted.append(("the other values", plain(Fraction(len(left))), {each}))
    walk.field, walk.owner_at = one, end
    return end


def of_one_with_codes(walk: Walk, at: int) -> int | None:
    """Country code (two letters), 40% of them US: a part of codes that are drawn, which is listed."""
    cursor, one = walk.cursor, walk.field
    share = cursor.skip(at + 1)
    if one is None or one.pattern is None or not cursor.mark(at, ",") or cursor.share(share) is None:
        return None
    value = cursor.skip(share + 1)
    while cursor.has(value, "of", "of_them", "is"):
        value = cursor.skip(value + 1)
    if value == share + 1 or not cursor[value].text.isupper() or not cursor.separates(value + 1):
        return None
    walk.draft.lose(range(share, value + 1))
    return value + 1


def _skip(walk: Walk, at: int) -> int:
    cursor = walk.cursor
    while cursor[at].kind == "fill" or (cursor[at].kind == "concept" and cursor.has(at, *LEADS)):
        at += 1
    return at


def _parts(walk: Walk, at: int) -> tuple[list[_Part], int] | None:
    """The parts of a sentence, and where it ends; None where anything else is said."""
    cursor, found = walk.cursor, list[_Part]()
    while True:
        rest = cursor.has(at, "rest")
        share = REST if rest else cursor.share(at)
        if share is None:
            return None
        end = at + 1
        if rest and (last := _split_evenly(walk, at)) is not None:
            return ([*found, _Part(REST, ())], last) if found else None
        while not cursor.separates(end) and not cursor.has(end, "or"):
            end += 1
        value = _value(walk, range(at + 1, end))
        if value is None:
            return None
        found.append(_Part(share, value))
        following = end
        while cursor.mark(following, ",;") or cursor.has(following, "and"):
            following += 1
        at = _skip(walk, following)
        if following == end or (cursor.share(at) is None and not cursor.has(at, "rest")):
            return (found, end) if cursor.ends(end) else None


def _split_evenly(walk: Walk, at: int) -> int | None:
    """The end of the rest split evenly over the other three, der Rest teilt sich gleichmäßig auf."""
    cursor = walk.cursor
    end = cursor.sentence_end(at)
    evenly = any(is_one_of("evenly", (cursor[each].text,), "") for each in range(at, end))
    return end if evenly and not any(cursor.share(each) is not None for each in range(at, end)) else None


def _value(walk: Walk, at: range) -> tuple[int, ...] | None:
    """The lexemes of a value, without what the share is of and the verb: Half of the employees are in Warehouse."""
    cursor, said = walk.cursor, sentence_words(walk.language)
    kept: list[int] = []
    for each in at:
        lexeme = cursor[each]
        passes = lexeme.kind == "fill" or (lexeme.kind == "concept" and cursor.has(each, *LEADS))
        if passes and not (kept and lexeme.kind == "fill" and each + 1 < at.stop):
            continue
        if lexeme.kind not in ("word", "quoted", "code"):
            return None
        if not kept and (lexeme.word in said["states"] or lexeme.word in said["adverbs"]):
            continue
        whose = walk.known_table((lexeme.text,)) is not None or is_one_of("cases", (lexeme.text,), "")
        if not kept and whose:
            continue
        kept.append(each)
    return tuple(kept) if 0 < len(kept) <= _MOST_WORDS else None


_MOST_WORDS: Final = 4


def _text(walk: Walk, at: Sequence[int]) -> str:
    return walk.cursor.text(at)


def _named_owner(walk: Walk, parts: Sequence[_Part]) -> tuple[FieldDraft, dict[str, Fraction | str | None]] | None:
    """The field that the first part names: 15% are priority high, 25% medium, the rest low."""
    words = [walk.cursor[each].text for each in parts[0].value]
    for length in range(len(words) - 1, 0, -1):
        tables = [walk.table, *(each for each in walk.draft.tables if each is not walk.table)]
        one = next((one for table in tables if (one := walk.known_field(words[:length], table)) is not None), None)
        if one is None or not all(part.value for part in parts):
            continue
        if not one.is_plain or not _come_to_all(parts):
            return None
        named = [parts[0].value[length:], *(part.value for part in parts[1:])]
        return one, {_text(walk, at): part.share for at, part in zip(named, parts, strict=True)}
    return None


def _owner(walk: Walk, parts: Sequence[_Part]) -> tuple[FieldDraft, dict[str, Fraction | str | None]] | None:
    """The one field among whose values all of these are."""
    found = []
    for one in [one for table in walk.draft.tables for one in table.fields if len(one.values) > 1]:
        values = {
            _alike(one, _text(walk, part.value)): part.share if part.share != REST or len(parts) > 1 else None
            for part in parts
            if part.value
        }
        if None not in values and all(one.values[value] is None for value in values if value is not None):
            found.append((one, {value: share for value, share in values.items() if value is not None}))
    return found[0] if len(found) == 1 else None


def _alike(one: FieldDraft, text: str) -> str | None:
    """The value of a field that a text is, in either number, and with the name of the field before it: level A1."""
    words = text.split()
    named = len(words) > 1 and same_thing(words[:1], one.words[-1:])
    said = [text, " ".join(words[1:])] if named else [text]
    return next(
        (
            value
            for value in one.values
            if any(fold(value) == fold(each) or same_thing(value.split(), each.split()) for each in said)
        ),
        None,
    )


def _open_owner(walk: Walk, parts: Sequence[_Part]) -> tuple[FieldDraft, dict[str, Fraction | str | None]] | None:
    """The one field of which nothing is known, where parts with the rest are all rows; it is asked."""
    if len(parts) < _FEWEST or parts[-1].share != REST or not all(part.value for part in parts) or walk.table is None:
        return None
    free = [
        one
        for one in walk.table.fields
        if one.is_plain
        and one.said
        and not one.unique
        and not walk.is_date(one)
        and walk.measure_of(one.words) is None
        and (walk.type_of(one.words) or "text.").startswith("text.")
    ]
    if len(free) != 1:
        return None
    walk.draft.doubts.append(Doubt(f"Is it {free[0].name} that has these shares?", "yes", 70))
    return free[0], {_text(walk, part.value): part.share for part in parts}


_FEWEST: Final = 3


def _come_to_all(parts: Sequence[_Part]) -> bool:
    total = sum((part.share for part in parts if isinstance(part.share, Fraction)), Fraction(0))
    return total == 1 or (total < 1 and [part.share for part in parts].count(REST) == 1)
