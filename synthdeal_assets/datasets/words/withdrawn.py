"""What is not wanted after all: forget the phone thing, Hausnummer nicht nötig, lo del calibre mejor quítalo.

A field that is there already is taken out again; the plan says what was left out.
"""

from __future__ import annotations

from typing import Final

from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.subjects import part_of_name, subject_at
from synthdeal_assets.datasets.words.walk import Walk

_MOST_WORDS: Final = 4


def withdrawn(walk: Walk, at: int) -> int | None:
    """A clause that leaves a field out, and says nothing with a number; None elsewhere."""
    cursor, words = walk.cursor, sentence_words(walk.language)
    if not cursor.separates(at - 1) or cursor.separates(at):
        return None
    end = cursor.item_end(at)
    said = [each for each in range(at, end) if cursor[each].kind != "fill" or cursor[each].word in words["left_out"]]
    while said and cursor.has(said[0], "correction"):
        said = said[1:]
    if not said or any(cursor[each].kind in ("number", "share", "unread", "date") for each in said):
        return None
    ordered = cursor[said[0]].word in words["leaving_out"]
    last = len(said)
    while last and {*cursor[said[last - 1]].word.split()} <= words["left_out"] | words["matter"]:
        last -= 1
    told = {word for each in said[last:] for word in cursor[each].word.split()} & words["unwanted"]
    name = [each for each in said[int(ordered) : last] if cursor[each].word not in words["matter"]]
    while name and cursor.has(name[0], "of"):
        name = name[1:]
    named = 0 < len(name) <= _MOST_WORDS and all(cursor[each].kind in ("word", "quoted") for each in name)
    if not named or not (ordered or (told and last < len(said))):
        return None
    return _leave_out(walk, name[0], range(at, end))


def _leave_out(walk: Walk, name: int, clause: range) -> int:
    found = subject_at(walk, name) or part_of_name(walk, name, led=True)
    gone = set(clause)
    for table, one in found.fields if found is not None and len(found.fields) == 1 else ():
        if one in table.fields and not any(one.name in (other.formula or "").split() for other in table.fields):
            table.fields.remove(one)
            gone |= one.said
            walk.field = None if walk.field is one else walk.field
            for other in table.fields:
                other.follows = None if other.follows is one else other.follows
    walk.draft.noted.append(("left out", walk.cursor.text(sorted(gone)), gone))
    return clause.stop
