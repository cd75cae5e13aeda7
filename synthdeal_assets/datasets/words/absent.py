"""In which part of the rows a field is missing, in whatever order it is said: what else is said there leaves it alone.

Bei 85 % ist das Datum leer; al 20 % le falta el correo; phone (nullable, 10%); which is empty for 10% of them.
"""

from __future__ import annotations

from typing import Final

from synthdeal_assets.datasets.words.doubtful import is_one_of
from synthdeal_assets.datasets.words.draft import FieldDraft, TableDraft
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
from synthdeal_assets.datasets.words.walk import Walk

_LEADS: Final = ("as_format", "for", "of", "of_them", "is", "to", "with", "rows")


def stated(walk: Walk, at: int) -> int | None:
    """A sentence, or a clause after a field, that says in which part of the rows a field is missing."""
    cursor = walk.cursor
    if not walk.draft.tables or not (cursor.ends(at - 1) or cursor.mark(at - 1, ",")):
        return None
    end = at
    while not cursor.separates(end):
        end += 1
    one = walk.field if cursor.mark(at - 1, ",") and cursor[at].kind == "fill" else None
    if cursor.mark(at - 1, ",") and (one is None or at - 2 not in one.said):
        return None
    if one is None and not cursor.ends(end):
        return None
    return end if _read(walk, range(at, end), one) else None


def in_bracket(walk: Walk, at: int) -> int | None:
    """Phone (nullable, 10%), fax (20 % leer), correo (nulo 10%)."""
    end = at + 1
    while walk.cursor[end].kind != "end" and not walk.cursor.mark(end, ")"):
        end += 1
    return end + 1 if _read(walk, range(at + 1, end), walk.field) else None


def _read(walk: Walk, clause: range, one: FieldDraft | None) -> bool:
    cursor = walk.cursor
    shares = [at for at in clause if cursor.share(at) is not None]
    absent = [at for at in clause if _says_absent(walk, at, clause)]
    if len(shares) != 1 or len([at for at in absent if cursor[at].kind == "concept"]) > 1 or not absent:
        return False
    named: list[Noun] = []
    table: TableDraft | None = None
    at = clause.start
    while at < clause.stop:
        noun = noun_at(cursor, at) if cursor[at].kind in ("word", "quoted") and at not in absent else None
        if noun is None:
            plain = cursor[at].kind == "fill" or cursor.has(at, *_LEADS) or at in shares or at in absent
            if not plain and not (one is not None and cursor.mark(at, ",:=")):
                return False
            at += 1
            continue
        at = noun.last
        if is_one_of("cases", noun.words[:1], "") or is_one_of("entered", noun.words[-1:], ""):
            continue
        if table is None and (table := walk.known_table(noun.words)) is not None:
            continue
        named.append(noun)
    if len(named) != (one is None):
        return False
    if one is None:
        one = _field(walk, named[0], table)
    if one is None or (one.missing is not None and not one.assumed_missing):
        return False
    if one.assumed_missing:
        walk.draft.doubts = [each for each in walk.draft.doubts if f"is {one.name} missing?" not in each.text]
    one.missing, one.assumed_missing = cursor.share(shares[0]), False
    one.said |= {each for each in clause if not cursor.mark(each, ",")}
    walk.field, walk.owner_at = one, clause.stop + cursor.mark(clause.stop, ")")
    return True


def _says_absent(walk: Walk, at: int, clause: range) -> bool:
    """Whether a word says that something is missing: missing, without, optional, or the "no" of "no fax is entered"."""
    cursor = walk.cursor
    if cursor.has(at, "missing", "without") or is_one_of("optional", (cursor[at].text,), ""):
        return True
    last = cursor[clause.stop - 1]
    return cursor.has(at, "not") and last.kind == "word" and is_one_of("entered", (last.text,), "")


def _field(walk: Walk, noun: Noun, table: TableDraft | None) -> FieldDraft | None:
    """The field that a noun names, in the table that is spoken of or else in the only one that has it."""
    words = noun.words
    if len(words) > 1 and is_one_of("value", words[-1:], ""):
        words = words[:-1]
    elif len(words) > 1 and is_one_of("value", words[:1], ""):
        words = words[2:] or words
    near = table or walk.table
    if near is not None and (found := walk.known_field(words, near)) is not None:
        return found
    if table is not None:
        return None
    others = [found for each in walk.draft.tables if (found := walk.known_field(words, each)) is not None]
    return others[0] if len(others) == 1 else None
