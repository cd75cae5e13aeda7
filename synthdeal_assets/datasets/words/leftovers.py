"""Tables and fields that no form says are any: what is left of a sentence, and words that name no thing.

A clause names a field where it is an item of a list. Where words of it are left over, or somebody does something in
it, it is a sentence: meine Kollegin meint noch, you can't pick it up, there was once a ninth floor.
"""

from __future__ import annotations

from typing import Final

from synthdeal_assets.datasets.words.doubtful import says
from synthdeal_assets.datasets.words.draft import FieldDraft, TableDraft
from synthdeal_assets.datasets.words.languages import purpose_words, sentence_words
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import Walk


def leftovers(walk: Walk) -> set[int]:
    """The lexemes of what was taken for a table or field, to be given up."""
    found: set[int] = set()
    for table in walk.draft.tables:
        walk.table = table
        if _is_chatter(walk, table):
            found |= table.said
        for one in table.fields:
            if _names_nothing(walk, one.words) or (_is_bare(walk, one) and _is_of_sentence(walk, one)):
                found |= one.said
    return {at for at in found if walk.cursor[at].is_content and walk.cursor[at].kind != "unread"}


def _names_nothing(walk: Walk, words: tuple[str, ...]) -> bool:
    """Whether nothing is called so: that's, doesn't, lets go."""
    chatter = sentence_words(walk.language)["chatter"]
    parts = [fold(part) for word in words for part in word.split()]
    concepts = walk.cursor.language.concepts
    return parts[0] in chatter or all(part in chatter or "asks" in concepts.get((part,), ()) for part in parts)


def _is_chatter(walk: Walk, table: TableDraft) -> bool:
    """Whether a word that names nothing was taken for a table."""
    if table.unnamed or table.parent is not None:
        return False
    return _names_nothing(walk, table.words) or (
        _is_unsaid(walk, table) and (_is_done(walk, min(table.said)) or _was(walk, max(table.said) + 1))
    )


def _is_unsaid(walk: Walk, table: TableDraft) -> bool:
    """Whether no form says that it is a table: no rows, no fields with it, no relation."""
    after = walk.cursor.skip(max(table.said, default=-1) + 1)
    begins = walk.cursor.mark(after, ":(") or bool(table.with_at)
    said = table.rows is not None or table.every is not None or table.is_asked or begins
    return bool(table.said) and not said and not walk.draft.is_related(table)


def _was(walk: Walk, at: int) -> bool:
    """Whether something is told of the past: the old shop had 12 rooms."""
    return walk.cursor[walk.cursor.skip(at)].word in _DOING or walk.cursor[at].word in _DOING


def _is_done(walk: Walk, at: int) -> bool:
    """Whether words before a lexeme are about somebody who wants nothing by them: we moved, my boss."""
    cursor, words = walk.cursor, sentence_words(walk.language)
    if cursor[at - 1].word in words["mine"]:
        return True
    while not cursor.separates(at - 1):
        at -= 1
        if cursor[at].word in words["wanting"]:
            return False
        if cursor[at].word in words["acting"]:
            return True
    return False


def _is_bare(walk: Walk, one: FieldDraft) -> bool:
    """Whether a field is known by its words alone, and they are not what fields are often called."""
    known = one.unique or one.yes_no or one.is_date or one.is_moment or one.decimals is not None
    called = walk.type_of(one.words) is not None or walk.measure_of(one.words) is not None
    return bool(one.said) and one.is_plain and not known and not called


def _is_of_sentence(walk: Walk, one: FieldDraft) -> bool:
    """Whether words beside a field are left over, or say that somebody does something."""
    cursor, words = walk.cursor, sentence_words(walk.language)
    begin = first = last = min(one.said)
    while last + 1 in one.said:
        last += 1
    while not (cursor.separates(begin - 1) or cursor.has(begin - 1, "with", "columns")):
        begin -= 1
    end = cursor.item_end(last + 1)
    item = range(begin, end)
    if any(cursor[at].word in words["wanting"] for at in item):
        return False
    if cursor[begin].word in words["mine"] or any(
        cursor[at].word in _DOING or cursor[at].word in words["acting"] for at in item
    ):
        return True
    open_ = [at for at in item if _is_open(walk, at)]
    before = any(at < first and cursor[at].kind in ("word", "share", "quoted", "unread") for at in open_)
    content = [at for at in range(last + 1, end) if cursor[at].is_content or cursor[at].kind == "concept"]
    after = content[0] if content[1:] else end
    return before or (after in open_ and cursor[after].kind == "word" and not cursor[after].concepts)


_DOING: Final = purpose_words()["past"] - {"hand", "mano", "manuell", "manually", "manualmente", "bisher", "händisch"}


def _is_open(walk: Walk, at: int) -> bool:
    claimed = walk.draft.claimed() - walk.draft.lost
    return walk.cursor[at].is_content and at not in claimed and not says("guesses", walk.cursor[at].word)
