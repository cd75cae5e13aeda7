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
    if (wanted := _wanted(walk, at)) is not None:
        saves, after = True, wanted
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
    of_file = "-" in cursor[after].word or any(cursor[each].word in _FILE_WORDS for each in (start - 1, after + 1))
    if form is None or (form == "sql" and not saves and not alone and not of_file):
        if saves and cursor.has(at, "save"):
            draft.noted.append(("output", "files", {at}))
            return at + 1
        return None
    if _is_of_others(walk, at, after):
        draft.lose((after,))
        return after + 1
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
    return _statements(walk, _separated(walk, after))


def _wanted(walk: Walk, at: int) -> int | None:
    """The format behind what says that one follows: Output: CSV, salida en Parquet, Ausgabe bitte als Excel."""
    cursor, words = walk.cursor, purpose_words()["outputs"]
    if cursor[at].word not in words or not (cursor.ends(cursor.before(at)) or cursor.mark(at + 1, ":=")):
        return None
    after = at + 1
    while cursor.has(after, "as_format", "is", "of") or cursor.mark(after, ":=") or cursor[after].word in words:
        after = cursor.skip(after + 1)
    after = cursor.skip(after)
    while cursor.has(after, "as_format", "is", "of"):
        after = cursor.skip(after + 1)
    return after if cursor.is_format(after) is not None else None


def _is_of_others(walk: Walk, at: int, form: int) -> bool:
    """Whether a format is what something had or was, and not wanted: my colleague had messed around with csv."""
    cursor, words = walk.cursor, purpose_words()
    if any(cursor[each].word in words["as"] or cursor.has(each, "save") for each in range(at, form)):
        return False
    first = form
    while not cursor.ends(first - 1) and not cursor.mark(first - 1, ","):
        first -= 1
    return any(cursor[each].word in words["past"] for each in range(first, form))


def _separated(walk: Walk, at: int) -> int:
    """The lexeme after what divides the columns of a file, which is listed: with a semicolon as separator."""
    cursor, words = walk.cursor, purpose_words()["separators"]
    last, after = at - 1, at + cursor.mark(at, ",(")
    while cursor[after].word in words or _joins_separator(walk, after) or (last >= at and cursor.has(after, "and")):
        last = after if cursor[after].word in words else last
        after += 1
    if last >= at:
        walk.draft.lose([each for each in range(at, last + 1) if cursor[each].kind != "mark"])
    return last + 1


def _joins_separator(walk: Walk, at: int) -> bool:
    joins = walk.cursor.has(at, "with", "as_format", "of", "per", "for", "is")
    return walk.cursor[at].kind == "fill" or (walk.cursor[at].kind == "concept" and joins)


def _statements(walk: Walk, at: int) -> int:
    """The lexeme after what an SQL file holds anyway: with inserts for."""
    cursor, after = walk.cursor, at
    while cursor.has(after, "with", "and", "of") or cursor[after].word in purpose_words()["statements"]:
        after += 1
    if not any(cursor[each].word in purpose_words()["statements"] for each in range(at, after)):
        return at
    walk.draft.formats.setdefault("sql", set()).update(range(at, after))
    return after + cursor.has(after, "for")


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
