"""Codes by an example: like AB-1234, (e.g. RE-00001), format 1234-ABC, starting with INV-."""

from __future__ import annotations

from synthdeal_assets.datasets.words.cursor import Cursor, unquoted
from synthdeal_assets.datasets.words.doubtful import counted_up, says_counted
from synthdeal_assets.datasets.words.draft import FieldDraft
from synthdeal_assets.datasets.words.samples import code_range, pattern_of, template_of
from synthdeal_assets.datasets.words.walk import Walk

_PREFIXED = 6
"""Digits behind a prefix, where nothing else is said of them."""


def example(walk: Walk, at: int) -> int | None:
    """An example of the codes of the field spoken of, behind what says so or alone in its brackets."""
    cursor, one = walk.cursor, walk.field
    if cursor.has(at, "like"):
        return pattern(walk, at)
    if one is None:
        return None
    after = at + 1 + cursor.mark(at + 1, ":=")
    leads = _begins_codes if code_range(cursor, after) is None else _begins_range
    if cursor[after].kind == "code" and leads(cursor, at):
        return pattern(walk, at)
    if cursor[at].kind == "code" and one.is_plain and _alone_in_brackets(cursor, one, at):
        return pattern(walk, at - 1)
    return None


def pattern(walk: Walk, at: int) -> int | None:
    """Like AB-1234, with the pattern "[A-Z]{2}", beginning with INV-."""
    cursor, one = walk.cursor, walk.field
    after = cursor.skip(at + 1)
    while cursor.mark(after, ":="):
        after = cursor.skip(after + 1)
    lexeme = cursor[after]
    if one is None or one.pattern is not None:
        return None
    if lexeme.kind not in ("code", "quoted"):
        return _prefix(walk, one, at, after)
    if (codes := code_range(cursor, after)) is not None:
        one.values.update(dict.fromkeys(codes))
        one.said |= {*range(at, after + 3)} if cursor.has(at, "like", "between") else {*range(after, after + 3)}
        return after + 3
    example_ = unquoted(lexeme.text) if lexeme.kind == "quoted" else lexeme.text
    counted = lexeme.kind == "code" and counted_up(walk, one, after)
    template = template_of(example_) if counted else pattern_of(example_)
    if template is None:
        # Keys are counted from 1 alone.
        walk.draft.lose(range(at if _begins_codes(cursor, at) else after, after + 1))
        return after + 1
    one.pattern = template
    one.said |= {*range(at if _begins_codes(cursor, at) else after, after + 1)}
    if counted and says_counted(cursor[after + 1].word):
        one.said.add(after + 1)
        return after + 2
    return after + 1


def _prefix(walk: Walk, one: FieldDraft, at: int, first: int) -> int | None:
    """INV-: what codes begin with."""
    cursor = walk.cursor
    if not cursor.has(at, "like") or not one.is_plain:
        return None
    prefix = f"{cursor[first].text}{cursor[first + 1].text}"
    joined = cursor.mark(first + 1, "-_/") and cursor[first].end == cursor[first + 1].start
    if not (_is_capitals(cursor, first) and joined and cursor.separates(first + 2)):
        return None
    one.pattern = f"{prefix}[0-9]{{{_PREFIXED}}}"
    one.assumed.append(f"{_PREFIXED} digits behind {prefix}")
    one.said |= {*range(at, first + 2)}
    return first + 2


def _is_capitals(cursor: Cursor, at: int) -> bool:
    return cursor[at].kind == "word" and cursor[at].text.isupper() and cursor[at].text.isascii()


def _alone_in_brackets(cursor: Cursor, one: FieldDraft, at: int) -> bool:
    """Whether a code is the only one in the brackets behind a field: (unique, S-000001)."""
    first = at
    while not cursor.mark(first, "(") and not cursor.ends(first):
        first -= 1
    end = cursor.until(at, ")")
    closed = cursor.mark(first, "(") and cursor.mark(end, ")") and cursor.before(first) in one.said
    alone = sum(cursor[each].kind == "code" for each in range(first, end)) == 1
    return closed and alone and cursor.separates(at - 1) and cursor.separates(at + 1)


def _begins_range(cursor: Cursor, at: int) -> bool:
    return cursor.has(at, "from", "since", "at_least", "between")


def _begins_codes(cursor: Cursor, at: int) -> bool:
    """Whether a word says that an example follows, or the first of codes that are counted up: like, starting at."""
    formed = cursor.has(at, "as_format") and "format" in cursor[at].word
    return formed or cursor.has(at, "like", "at_least", "since", "from") or says_counted(cursor[at].word)
