"""What a plan may have read wrongly without asking: any word can be a name here, so any number could be its."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate
from statistics import mode

from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.draft import Doubt, Draft, FieldDraft
from synthdeal_assets.datasets.words.languages import kinds_of_rows
from synthdeal_assets.datasets.words.naming import name_of
from synthdeal_assets.datasets.words.specified import decimal, percent


def to_check(draft: Draft, cursor: Cursor, not_asked: Iterable[Doubt]) -> tuple[str, ...]:
    """Readings that a person is shown to check, as sentences without a full stop.

    Args:
        draft: The plan.
        cursor: The request.
        not_asked: Doubts beyond the number that is asked.
    """
    return (*(f"{one.text} {one.default}" for one in not_asked), *_tables(draft, cursor), *_fields(draft, cursor))


def _tables(draft: Draft, cursor: Cursor) -> Iterator[str]:
    for table in draft.tables:
        known = name_of(table.words[-1:], cursor.language.name) in kinds_of_rows()
        alone = not table.fields and not draft.is_related(table) and len(draft.tables) > 1
        if table.rows is not None and (alone or not known):
            yield f"{table.name} is a table of {decimal(table.rows)} rows"


def _fields(draft: Draft, cursor: Cursor) -> Iterator[str]:
    sentence_of = [0, *accumulate(cursor.mark(at, ".!?") for at in range(len(cursor.lexemes)))]
    for table in draft.tables:
        firsts = {one.name: min(one.said) for one in table.fields if one.said}
        listed = mode(sentence_of[first] for first in firsts.values()) if firsts else 0
        for one in table.fields:
            if one.flag is not None:
                yield f"{one.name} is yes in {percent(one.flag)} of the rows of {table.name}"
            elif one.said and _has_number(cursor, one):
                # Named outside the list of its table: in another sentence, or in brackets of another field.
                first = firsts[one.name]
                within = cursor.mark(first - 1, "(") and cursor[first - 2].kind == "word"
                if within or sentence_of[first] != listed:
                    yield f"{one.name} is a field of its own of {table.name}"


def _has_number(cursor: Cursor, one: FieldDraft) -> bool:
    return any(cursor[at].kind in ("number", "share", "date") for at in one.said)
