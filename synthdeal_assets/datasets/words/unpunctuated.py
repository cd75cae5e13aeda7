"""Lists without any commas: customers name email phone 500 rows; 57 bookings customer date price 5 to 30."""

from __future__ import annotations

from typing import Final

from synthdeal_assets.datasets.words.languages import kinds_of_rows
from synthdeal_assets.datasets.words.naming import name_of
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
from synthdeal_assets.datasets.words.quantities import quantity_at
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import Walk


def unpunctuated(walk: Walk, at: int) -> int | None:
    """The name of a table and of its fields in one run of words, each of which is often called so; None elsewhere."""
    cursor, number = walk.cursor, walk.cursor.number(at)
    first = at if number is None else at + 1
    noun = noun_at(cursor, first) if cursor[first].kind == "word" and not walk.draft.tables else None
    if noun is None or len(noun.at) != len(noun.words) or noun.at[0] != first:
        return None
    words = walk.corrected(noun.words)
    fields = _fields(walk, words[1:])
    ranged = number is not None and quantity_at(cursor, noun.last) is not None
    enough = len(fields or ()) > 1 or (fields is not None and ranged)
    if not enough or fields is None or name_of(words[:1], walk.language) not in kinds_of_rows():
        return None
    table = walk.mention(Noun(noun.words[:1], noun.at[:1], first + 1, 1))
    if number is not None and number.denominator == 1:
        table.rows, table.rows_at = number, {at}
    walk.in_fields, begin = True, 1
    for many in fields:
        walk.add_field(noun.words[begin : begin + many], noun.at[begin : begin + many], noun.at[begin + many - 1] + 1)
        begin += many
    return noun.last


def _fields(walk: Walk, words: tuple[str, ...]) -> list[int] | None:
    """Of how many words each field is; None where one of them names nothing known."""
    if not words:
        return []
    # Birth date and phone number are one field each, name email is two.
    for many in (2, 1) if len(words) > 1 and fold(words[1]) in _HEADS else (1, 2):
        rest = _fields(walk, words[many:]) if len(words) >= many and _is_known(walk, words[:many]) else None
        if rest is not None:
            return [many, *rest]
    return None


def _is_known(walk: Walk, words: tuple[str, ...]) -> bool:
    return walk.type_of(words) is not None or walk.measure_of(words) is not None or fold(words[0]) in _NAMES


_HEADS: Final = frozenset({"date", "number", "address", "code", "id", "time", "datum", "nummer"})
"""What says of the word before it what it is."""
_NAMES: Final = frozenset({"name", "names", "namen", "nombre", "nombres"})
