"""Which tables belong together by what they are called, where a request does not say so."""

from __future__ import annotations

from typing import Final

from synthdeal_assets.datasets.words.draft import Doubt, FieldDraft, TableDraft
from synthdeal_assets.datasets.words.languages import owned_and_owners
from synthdeal_assets.datasets.words.naming import same_thing
from synthdeal_assets.datasets.words.walk import Walk


def is_named_after(walk: Walk, table: TableDraft, other: TableDraft) -> bool:
    """Hotel bookings beside hotels, leave requests of 60 employees: rows of the first belong to the second.

    Not the other way round: 100 users are more than 5 user groups.
    """
    if table in (other.parent, other.belongs_to, *other.refers_to):
        return False
    if table.rows is not None and other.rows is not None and table.rows < other.rows:
        return False
    return _begins_with(walk, table, other) or _is_of(walk, table, other)


def _begins_with(walk: Walk, table: TableDraft, other: TableDraft) -> bool:
    """Hotel bookings, Hotelbuchungen, reservas de hotel."""
    first, last = table.words[0], table.words[-1]
    if walk.language == "german" and len(table.words) == 1:
        ends = range(4, len(first) - 4)
        return any(same_thing((first[:end],), other.words) for end in ends)
    named = (last,) if walk.language == "spanish" else (first,)
    return len(table.words) > 1 and same_thing(named, other.words)


def _is_of(walk: Walk, table: TableDraft, other: TableDraft) -> bool:
    """Login events for 300 users: nothing but the number stands between the two."""
    if not table.said or not other.said or not other.rows_at or (table.rows or 2) < 2:
        return False
    joint = max(table.said) + 1
    between = set(range(joint + 1, min(other.said)))
    joins = walk.cursor.has(joint, "of", "for", "from") or walk.cursor[joint].word in _JOINTS
    return joins and bool(between) and between <= other.rows_at


_JOINTS: Final = frozenset({"by", "in", "across", "at", "on", "en", "bei", "von", "aus", "auf", "an"})


def give_back(walk: Walk, table: TableDraft, other: TableDraft) -> None:
    """Login events for 300 users in May, failed 8%: days and fields are of the events, unless they are of a person."""
    named_before = any(min(one.said, default=0) < min(other.said) for one in table.fields)
    if not _is_of(walk, table, other) or named_before:
        return
    if table.period is None:
        table.period, other.period = other.period, None
        if table.period is not None:
            other.rows_at -= set(table.period.at)
            table.rows_at |= set(table.period.at)
    walk.table = other
    owns = other.name in owned_and_owners()[1]
    moved = [one for one in other.fields if not (owns and (walk.type_of(one.words) or "").startswith(_OF_OWNERS))]
    other.fields = [one for one in other.fields if one not in moved]
    table.fields = moved + table.fields


def of_either(walk: Walk, table: TableDraft, parent: TableDraft) -> list[Doubt]:
    """Each student with 5 courses, grade, age: an age is of a student, and whose the grade is gets asked."""
    walk.table = table
    owners = owned_and_owners()[1]
    owns = parent.name in owners and table.name not in owners
    moved = [one for one in table.fields if owns and (walk.type_of(one.words) or "").startswith("person.")]
    table.fields = [one for one in table.fields if one not in moved]
    parent.fields += [one for one in moved if parent.field_of(one.name) is None]
    names = ", ".join(one.name for one in table.fields)
    if not names:
        return []
    return [Doubt(f"Are these of {table.name} or of {parent.name}: {names}?", table.name, 94, ("tables", table.name))]


def of_which(walk: Walk) -> list[Doubt]:
    """Asks of which table a number is, where it does not stand in the list, the clause or the sentence of its own."""
    tables = [one for one in walk.draft.tables if one.every is None and (one.rows or one.parent)]
    named = {at: one for one in tables for at in one.said}
    doubts = []
    for table in tables:
        others: dict[str, list[str]] = {}
        for one in table.fields:
            if (other := _other_table(walk, one, table, named)) is not None:
                others.setdefault(other.name, []).append(one.name)
        for other_name, names in others.items():
            question = f"Are these of {table.name} or of {other_name}: {', '.join(names)}?"
            doubts.append(Doubt(question, table.name, 94, ("tables", table.name)))
    return doubts


def _other_table(walk: Walk, one: FieldDraft, table: TableDraft, named: dict[int, TableDraft]) -> TableDraft | None:
    """The table that what is said of a field may be of instead."""
    cursor = walk.cursor
    said = [at for at in one.said if at not in table.rows_at]
    first = min(said, default=0)
    if one.is_plain or not any(cursor[at].kind in ("number", "share") for at in said) or named.keys() & set(said):
        return None
    before = [at for at in named if at < first]
    nearest = max(before, default=-1)
    if nearest < 0:
        return None
    if named[nearest] is not table:
        return named[nearest]
    listed = any(cursor.has(at, "with", "columns", "is") or cursor.mark(at, ":(") or cursor.ends(at)
                 for at in range(nearest + 1, first))  # fmt: skip
    if listed or table.parent is not None:
        return None
    begins = max((at for at in range(nearest) if cursor.ends(at)), default=-1)
    others = [named[at] for at in sorted(before) if at > begins and named[at] is not table]
    related = (table.belongs_to, *table.refers_to)
    return others[-1] if others and others[-1] not in related else None


_OF_OWNERS: Final = ("person.", "company.", "place.", "internet.", "key")
