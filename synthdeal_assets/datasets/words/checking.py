"""What a plan may have read wrongly without asking: any word can be a name here, so any number could be its."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
    related = {
        other
        for table in draft.tables
        for one in (table.parent, table.belongs_to, *table.refers_to)
        if one is not None
        for other in (one, table)
    }
    for table in draft.tables:
        known = name_of(table.words[-1:], cursor.language.name) in kinds_of_rows()
        alone = not table.fields and table not in related and len(draft.tables) > 1
        if table.rows is not None and (alone or not known):
            yield f"{table.name} is a table of {decimal(table.rows)} rows"


def _fields(draft: Draft, cursor: Cursor) -> Iterator[str]:
    for table in draft.tables:
        sentences = [_sentence(cursor, min(one.said)) for one in table.fields if one.said]
        listed = max(sentences, key=sentences.count, default=0)
        for one in table.fields:
            if one.flag is not None:
                yield f"{one.name} is yes in {percent(one.flag)} of the rows of {table.name}"
            elif _is_aside(cursor, one, listed) and _has_number(cursor, one):
                yield f"{one.name} is a field of its own of {table.name}"


def _is_aside(cursor: Cursor, one: FieldDraft, listed: int) -> bool:
    """Whether a field is first named outside the list of its table: in another sentence, or in brackets of another."""
    if not one.said:
        return False
    first = min(one.said)
    return _sentence(cursor, first) != listed or (cursor.mark(first - 1, "(") and cursor[first - 2].kind == "word")


def _sentence(cursor: Cursor, at: int) -> int:
    """The number of the sentence that a lexeme is in."""
    return sum(cursor.mark(each, ".!?") for each in range(at))


def _has_number(cursor: Cursor, one: FieldDraft) -> bool:
    return any(cursor[at].kind in ("number", "share", "date") for at in one.said)
