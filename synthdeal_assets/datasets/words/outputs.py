"""What is wanted beside tables: formats, names of files, the seed."""

from __future__ import annotations

from typing import Final

from synthdeal_assets.datasets.words.languages import purpose_words
from synthdeal_assets.datasets.words.walk import Walk


def seed(walk: Walk, at: int) -> int | None:
    """Seed 42, semilla 9."""
    cursor = walk.cursor
    if not cursor.has(at, "seed"):
        return None
    after = cursor.skip(at + 1)
    while cursor.mark(after, ":=") or cursor.has(after, "is", "to", "as_format"):
        after = cursor.skip(after + 1)
    number = cursor.number(after)
    if number is None or number != int(number):
        return None
    walk.draft.misc["seed"] = (str(int(number)), {*range(at, after + 1)})
    walk.doubt_number(after, ("seed",))
    return after + 1


def output(walk: Walk, at: int) -> int | None:
    """Formats and names of files: as CSV and Excel, saved as lines.parquet."""
    cursor, draft = walk.cursor, walk.draft
    start, after = at, at
    saves = False
    if cursor[at].word in purpose_words()["outputs"] and cursor.mark(at + 1, ":=") and cursor.is_format(at + 2):
        saves, after = True, at + 2
    while cursor.has(after, "save", "as_format") or cursor[after].kind == "fill" or cursor.mark(after, "("):
        saves = saves or cursor.has(after, "save", "as_format")
        after += 1
    if cursor[after].kind == "file":
        name = cursor[after].text
        draft.misc["file"] = (name, {*range(start, after + 1)})
        ending = name.rsplit(".", 1)[1].lower()
        known = cursor.is_format(after) or {"xls": "xlsx", "ndjson": "jsonl"}.get(ending, ending)
        draft.formats.setdefault(known, set()).add(after)
        return after + 1
    form = cursor.is_format(after)
    alone = cursor.ends(cursor.before(start)) and cursor.ends(after + 1)
    if form is None or (form == "sql" and not saves and not alone and cursor[after + 1].word not in _FILE_WORDS):
        if saves and cursor.has(at, "save"):
            draft.noted.append(("output", "files", {at}))
            return at + 1
        return None
    while form is not None:
        width = 2 if cursor[after].word == "json" and cursor[after + 1].word == "lines" else 1
        draft.formats.setdefault(form, set()).update(range(start, after + width))
        after += width
        if cursor[after].word in _FILE_WORDS or cursor.has(after, "table"):
            draft.formats[form].add(after)
            walk.expects_table = walk.expects_table or cursor.has(after, "table")
            after += 1
        start = after
        next_ = cursor.skip(after + 1) if cursor.mark(after, ",") or cursor.has(after, "and", "or") else after
        next_ = cursor.skip(next_ + 1) if cursor.has(next_, "and", "as_format") else next_
        form = cursor.is_format(next_)
        if form is not None:
            start, after = next_, next_
    return after


_FILE_WORDS: Final = frozenset(
    [
        "file",
        "files",
        "datei",
        "dateien",
        "archivo",
        "archivos",
        "fichero",
        "ficheros",
        "output",
        "format",
        "workbook",
        "dump",
        "document",
        "dokument",
    ]
)
