"""What one part of a correction changes: shares, rows and fields, what is dropped, added or renamed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Final

from synthdeal_assets.datasets.spec.grammar import GENERATORS
from synthdeal_assets.datasets.words.commands import commands_at
from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.draft import FieldDraft, TableDraft
from synthdeal_assets.datasets.words.edits import EditedText
from synthdeal_assets.datasets.words.items import items_between
from synthdeal_assets.datasets.words.naming import name_of, same_thing
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
from synthdeal_assets.datasets.words.parser import step
from synthdeal_assets.datasets.words.phrases import Lexeme
from synthdeal_assets.datasets.words.planning import table_data
from synthdeal_assets.datasets.words.rows import set_rows
from synthdeal_assets.datasets.words.specified import percent, specify
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import TypeOfName, Walk

Path = tuple[str, ...]
_REFERS: Final = frozenset(
    {"formula", "date", "datetime", "when", "where", "rules", "key", "totals", "sum", "count", "min", "max", "mean"}
)


class NotUnderstoodError(Exception):
    """A part of a correction that changes nothing."""


@dataclass
class OneChange:
    """One change of a correction.

    Attributes:
        cursor: The whole correction.
        first: Its first lexeme.
        last: The lexeme after its last one.
        edited: The specification, which is changed.
        type_of_name: What the name of a field says of it.
        formats: Formats of files that it names.
    """

    cursor: Cursor
    first: int
    last: int
    edited: EditedText
    type_of_name: TypeOfName
    formats: list[str] = field(default_factory=list)

    def quiet(self) -> Cursor:
        """What it is about: its lexemes, those of commands silenced."""
        found: list[Lexeme] = []
        at = self.first
        while at < self.last:
            told = commands_at(self.cursor, at)
            silent = told is not None and told[0] not in ("to",) and not self._means_more(at)
            width = told[1] if told is not None and silent else 1
            for each in range(at, min(at + width, self.last)):
                lexeme = self.cursor[each]
                if silent:
                    lexeme = replace(lexeme, kind="fill", concepts=frozenset())
                found.append(replace(lexeme, at=len(found)))
            at += width
        return Cursor(found, self.cursor.language, self.cursor.as_of)

    def _means_more(self, at: int) -> bool:
        """Whether a command is a word with a meaning of its own here: without, missing, at least."""
        lexeme = self.cursor[at]
        return lexeme.kind == "concept" and bool(lexeme.concepts & {"without", "from", "per", "each", "as_format"})


# Finding


def paths_of(cursor: Cursor, edited: EditedText, noun: Noun) -> list[Path]:
    """The tables and fields that a noun names, nearest first: by name, in the other number, by a part of the name."""
    words = noun.words
    within: str | None = None
    if noun.head < len(words):
        owner = words[noun.head + 1 :]
        within = next((name for name in edited.tables if same_thing(name.split("_"), owner)), None)
        words = words[: noun.head] if within is not None else words
    name = name_of(words, cursor.language.name)
    tables = [within] if within is not None else list(edited.tables)
    exact: list[Path] = [("tables", table, "fields", name) for table in tables if name in edited.fields(table)]
    if exact:
        return exact
    parts = name.split("_")
    named = [("tables", table) for table in edited.tables if same_thing(table.split("_"), parts)]
    if named:
        return list(named)
    every = [(table, one) for table in tables for one in edited.fields(table)]
    alike = [(table, one) for table, one in every if same_thing(one.split("_"), parts)]
    partly = [(table, one) for table, one in every if set(parts) < set(one.split("_")) and not one.endswith("_id")]
    return [("tables", table, "fields", one) for table, one in alike or partly]


def nouns_between(cursor: Cursor, first: int, last: int) -> list[Noun]:
    """All nouns of a stretch, commands left out."""
    found: list[Noun] = []
    at = first
    while at < last:
        told = commands_at(cursor, at)
        noun = noun_at(cursor, at) if told is None and cursor[at].kind in ("word", "quoted") else None
        if noun is not None and noun.last <= last:
            found.append(noun)
        at = noun.last if noun is not None else at + (told[1] if told is not None else 1)
    return found


def _content(cursor: Cursor) -> set[int]:
    return {lexeme.at for lexeme in cursor.lexemes if lexeme.is_content}


# Shares of values


def set_shares(part: OneChange) -> list[str] | None:
    """Gold should be 10%: the other values keep their proportions."""
    cursor = part.quiet()
    items = items_between(cursor, 0, len(cursor.lexemes))
    if not items or any(not isinstance(share, Fraction) for _, share in items):
        return None
    wanted = {fold(value): share for value, share in items if isinstance(share, Fraction)}
    for table, name, values in _choices(part.edited):
        by_fold = {fold(str(value)): value for value in values}
        if not set(wanted) <= set(by_fold):
            continue
        return _new_shares(part, (table, name), values, {by_fold[value]: share for value, share in wanted.items()})
    return None


def _choices(edited: EditedText) -> Iterator[tuple[str, str, Any]]:
    for table in edited.tables:
        for name, one in edited.fields(table).items():
            if isinstance(one, Mapping) and "one_of" in one:
                yield table, name, one["one_of"]


def _new_shares(part: OneChange, place: tuple[str, str], values: Any, wanted: Mapping[Any, Fraction]) -> list[str]:
    table, name = place
    listed = not isinstance(values, Mapping)
    names = list(values)
    path = ("tables", table, "fields", name, "one_of")
    former = _former_shares(values)
    others = [value for value in names if value not in wanted]
    left = 1 - sum(wanted.values(), Fraction(0))
    if left < 0 or (not others and left != 0):
        raise NotUnderstoodError
    rest = None if listed else next((value for value in names if str(values[value]) == "rest"), None)
    new = {value: percent(share) for value, share in wanted.items()}
    if rest is not None and rest not in wanted:
        if sum((former[value] for value in others if value != rest), Fraction(0)) > left:
            raise NotUnderstoodError
        kept = f"{rest} takes the rest"
    else:
        total = sum((former[value] for value in others), Fraction(0))
        for value in others[:-1]:
            new[value] = percent(former[value] * left / total if total else left / len(others))
        if others:
            new[others[-1]] = "rest"
        kept = f"{', '.join(map(str, others))} keep their proportions" if len(others) > 1 else ""
        kept = kept or (f"{others[0]} takes the rest" if others else "")
    if listed:
        part.edited.set(path, {value: new[value] for value in names})
    else:
        for value, share in new.items():
            part.edited.set((*path, value), share)
    said = " and ".join(f"{value} is {percent(share)}" for value, share in wanted.items())
    return [f"{table}.{name}: {said}{f'; {kept}' if kept else ''}."]


def _former_shares(values: Any) -> dict[Any, Fraction]:
    if not isinstance(values, Mapping):
        return {value: Fraction(1, len(values)) for value in values}
    given = {value: Fraction(str(share).rstrip("% ")) / 100 for value, share in values.items() if str(share) != "rest"}
    return {value: given.get(value, 1 - sum(given.values(), Fraction(0))) for value in values}


# Rows and fields


class KnownWalk(Walk):
    """Reads a correction: tables and fields are those that the specification has.

    Args:
        part: The change.
        cursor: What it is about.
        table: The table that is spoken of, where one is.
    """

    def __init__(self, part: OneChange, cursor: Cursor, table: str | None) -> None:
        super().__init__(cursor, part.type_of_name)
        self.edited = part.edited
        for name in part.edited.tables:
            known = TableDraft(name, tuple(name.split("_")))
            known.fields = [FieldDraft(one, tuple(one.split("_"))) for one in part.edited.fields(name)]
            self.draft.tables.append(known)
        self.former = {id(one) for known in self.draft.tables for one in (known, *known.fields)}
        self.table = next((one for one in self.draft.tables if one.name == table), None)
        if self.table is None and len(self.draft.tables) == 1:
            self.table = self.draft.tables[0]
        self.in_fields = True

    def known_field(self, words: Sequence[str], table: TableDraft | None = None) -> FieldDraft | None:
        """The field that is meant; its table is spoken of from here on."""
        if self.table is not None and id(self.table) not in self.former:
            return super().known_field(words, table)
        noun = Noun(tuple(words), (), 0, len(words))
        paths = [path for path in paths_of(self.cursor, self.edited, noun) if len(path) == 4]
        if table is None:
            here = [path for path in paths if self.table is not None and path[1] == self.table.name]
            paths = here or paths
        else:
            paths = [path for path in paths if path[1] == table.name]
        if len(paths) != 1:
            found = super().known_field(words, table)
            return found if found is not None and id(found) not in self.former else None
        owner = next(one for one in self.draft.tables if one.name == paths[0][1])
        if table is None:
            self.table = owner
        return owner.field_of(paths[0][3])


def _read(walk: KnownWalk) -> None:
    at = 0
    while at < len(walk.cursor.lexemes):
        at = step(walk, at)


def _all_claimed(walk: KnownWalk) -> bool:
    return _content(walk.cursor) <= walk.draft.claimed() and not walk.draft.lost


def set_fields(part: OneChange) -> list[str] | None:
    """Rows, ranges, missing and unique values, formulas, seed and formats of what is there."""
    cursor = part.quiet()
    walk = KnownWalk(part, cursor, None)
    _read(walk)
    tables = walk.draft.tables
    _rows_of_the_one(part, walk)
    new = [one for table in tables for one in (table, *table.fields) if id(one) not in walk.former]
    if new or not _all_claimed(walk):
        raise NotUnderstoodError
    sentences: list[str] = []
    for table in tables:
        sentences += _set_rows(part, table)
        for one in table.fields:
            sentences += _set_field(part, walk, table, one)
    for key, (value, _) in walk.draft.misc.items():
        if key in ("seed", "locale"):
            part.edited.set((key,), value)
            sentences.append(f"{key} is {value}.")
    part.formats += list(walk.draft.formats)
    sentences += [f"files as {form}." for form in walk.draft.formats]
    return sentences


def _rows_of_the_one(part: OneChange, walk: KnownWalk) -> None:
    """Make it 500 rows: of the one table that has a number of rows of its own."""
    cursor = walk.cursor
    content = _content(cursor)
    alone = next(iter(content)) if len(content) == 1 else -1
    if walk.rows_next is None and alone not in walk.draft.claimed() and (number := cursor.number(alone)) is not None:
        walk.rows_next = number, {alone}
    former = [one for one in walk.draft.tables if id(one) in walk.former]
    counted = [one for one in former if not isinstance(part.edited.tables[one.name]["rows"], Mapping)]
    if walk.rows_next is not None and len(counted) == 1:
        set_rows(walk, counted[0], *walk.rows_next, after=0)


def _set_rows(part: OneChange, table: TableDraft) -> list[str]:
    path = ("tables", table.name, "rows")
    if table.parent is not None and table.low is not None and table.high is not None:
        low, high = int(table.low), int(table.high)
        count: Any = low if low == high else {"uniform": f"{low} .. {high}"}
        part.edited.set(path, {"per": table.parent.name, "count": count})
        said = f"{low}" if low == high else f"{low} to {high}"
        return [f"{table.name} has {said} rows for each row of {table.parent.name}."]
    if table.rows is not None:
        part.edited.set(path, int(table.rows))
        return [f"{table.name} has {int(table.rows)} rows."]
    return []


def _set_field(part: OneChange, walk: KnownWalk, table: TableDraft, one: FieldDraft) -> list[str]:
    """The changes of one field, as a sentence where there are any."""
    former = part.edited.fields(table.name)[one.name]
    former = {"type": former} if isinstance(former, str) else former
    path = ("tables", table.name, "fields", one.name)
    if (one.low is None) != (one.high is None):
        _other_end(one, former)
    made = specify(walk, one, path, series=False)
    if made.unclaimed:
        raise NotUnderstoodError
    drawn = any(
        value is not None and value != {}
        for value in (one.low, one.high, one.values, one.period, one.follows, one.pattern, one.formula, one.mean,
                      one.median, one.flag)
    )  # fmt: skip
    modifiers: dict[str, Any] = {key: made.mapping[key] for key in ("unique", "missing") if key in made.mapping}
    if not drawn:
        if one.decimals is not None:
            modifiers["decimals"] = one.decimals
        if not modifiers:
            return []
        part.edited.modify(table.name, one.name, modifiers)
    else:
        mapping = dict(made.mapping)
        if "uniform" in mapping and "type" in former and former.keys() & {"min", "max"}:
            low, high = mapping["uniform"].split(" .. ")
            mapping = {"type": former["type"], "min": low, "max": high}
        bounds = mapping.keys() & {"min", "max"} and mapping.get("type") == former.get("type")
        gone = () if bounds else tuple(key for key in former if key in (*GENERATORS, "min", "max", "decimals"))
        if bounds:
            mapping.pop("type")
        part.edited.modify(table.name, one.name, mapping, without=gone)
        if made.rules:
            raise NotUnderstoodError
    written = ", ".join(f"{key}: {value}" for key, value in (made.mapping if drawn else modifiers).items())
    return [f"{table.name}.{one.name} is {{{written}}}."]


def _other_end(one: FieldDraft, former: Mapping[str, Any]) -> None:
    """Keeps the end of a range that the correction does not name."""
    if "uniform" in former:
        low, high = (Fraction(end.replace("_", "")) for end in str(former["uniform"]).split(" .. "))
    elif "min" in former and "max" in former:
        low, high = (Fraction(str(former[end]).replace("_", "")) for end in ("min", "max"))
    else:
        return
    if one.low is None and one.high is not None and low < one.high:
        one.low = low
    elif one.high is None and one.low is not None and high > one.low:
        one.high = high


# Dropping, adding, renaming


def drop(part: OneChange) -> list[str] | None:
    """Takes out fields and tables."""
    nouns = nouns_between(part.quiet(), 0, part.last - part.first)
    if not nouns or any(lexeme.kind in ("number", "share") for lexeme in part.quiet().lexemes):
        return None
    sentences = []
    found = [paths_of(part.cursor, part.edited, noun) for noun in nouns]
    tables = {paths[0][1] for paths in found if paths and len(paths[0]) == 2}
    fields = [[path for path in paths if len(path) == 4] for paths in found if not (paths and len(paths[0]) == 2)]
    if fields:
        # "From customers" says where, where fields are named beside it.
        chosen = [[path for path in paths if path[1] in tables] if tables else paths for paths in fields]
        if any(len(paths) != 1 for paths in chosen):
            raise NotUnderstoodError
        for ((_, table, _, name),) in chosen:
            if _is_used(part.edited, table, name):
                raise NotUnderstoodError(
                    f"{table}.{name} stays, since another part of the specification is made from it."
                )
            part.edited.remove(("tables", table, "fields", name))
            sentences.append(f"{table}.{name} is gone.")
        return sentences
    for table in tables:
        if _refers(part.edited, table) or len(part.edited.tables) == 1:
            raise NotUnderstoodError(f"{table} stays: other tables refer to it, or it is the only one.")
        part.edited.remove(("tables", table))
        sentences.append(f"the table {table} is gone.")
    return sentences


def _is_used(edited: EditedText, table: str, name: str) -> bool:
    """Whether another field or a rule is made from it."""
    others = {key: one for key, one in edited.fields(table).items() if key != name}
    rest = {key: one for key, one in edited.tables[table].items() if key not in ("fields", "rows", "description")}
    texts = [text for key, text in _texts({"fields": others, **rest}) if key in _REFERS or key in rest]
    is_key = isinstance(edited.fields(table)[name], Mapping) and "key" in edited.fields(table)[name]
    return (is_key and _refers(edited, table)) or any(name in _names(text) for text in texts)


def _refers(edited: EditedText, table: str) -> bool:
    elsewhere = {key: one for key, one in edited.tables.items() if key != table}
    return any(key in ("per", "refers_to") and text == table for key, text in _texts(elsewhere))


def _texts(part: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """All texts below, each with the key that it belongs to."""
    if isinstance(part, Mapping):
        for name, value in part.items():
            yield from _texts(value, str(name))
    elif isinstance(part, list):
        for value in part:
            yield from _texts(value, key)
    elif isinstance(part, str):
        yield key, part


def _names(text: str) -> set[str]:
    return set("".join(letter if letter.isalnum() or letter == "_" else " " for letter in text).split())


def add(part: OneChange) -> list[str] | None:
    """Puts in fields, or a table."""
    cursor, table = _without_target(part, part.quiet())
    walk = KnownWalk(part, cursor, table)
    if walk.table is None and table is None and len(walk.draft.tables) > 1:
        walk.in_fields = any(cursor.has(lexeme.at, "per") for lexeme in cursor.lexemes)
    _read(walk)
    if not _all_claimed(walk):
        raise NotUnderstoodError
    part.formats += list(walk.draft.formats)
    sentences = [f"files as {form}." for form in walk.draft.formats]
    for one in walk.draft.tables:
        if id(one) not in walk.former:
            if one.unnamed:
                raise NotUnderstoodError("Say which table it shall be in, such as 'to customers'.")
            part.edited.set_block(("tables", one.name), table_data(walk, one))
            sentences.append(f"the table {one.name} is new.")
            continue
        for new in one.fields:
            path = ("tables", one.name, "fields", new.name)
            if id(new) in walk.former:
                continue
            made = specify(walk, new, path, series=False)
            if made.unclaimed or made.rules:
                raise NotUnderstoodError
            mapping: Any = made.mapping
            part.edited.set(path, mapping["type"] if mapping.keys() == {"type"} else mapping)
            assumed = f" ({'; '.join(made.assumed)})" if made.assumed else ""
            sentences.append(f"{one.name}.{new.name} is new{assumed}.")
    return sentences


def _without_target(part: OneChange, cursor: Cursor) -> tuple[Cursor, str | None]:
    """What is added, and the table after "to"."""
    for lexeme in cursor.lexemes:
        told = commands_at(cursor, lexeme.at)
        joins = (told is not None and told[0] == "to") or cursor.has(lexeme.at, "to", "for", "of", "as_format")
        noun = noun_at(cursor, cursor.skip_of(lexeme.at + 1)) if joins else None
        if noun is None:
            continue
        name = next((one for one in part.edited.tables if same_thing(one.split("_"), noun.words)), None)
        if name is None:
            continue
        silent = {lexeme.at, *range(lexeme.at, noun.last)}
        lexemes = [
            replace(one, kind="fill", concepts=frozenset()) if one.at in silent else one for one in cursor.lexemes
        ]
        return Cursor(lexemes, cursor.language, cursor.as_of), name
    return cursor, None


def rename(part: OneChange) -> list[str] | None:
    """Gives a field or a table another name, wherever it stands."""
    cursor = part.quiet()
    nouns = nouns_between(cursor, 0, len(cursor.lexemes))
    if len(nouns) != 2 or any(lexeme.kind in ("number", "share") for lexeme in cursor.lexemes):
        return None
    paths = paths_of(cursor, part.edited, nouns[0])
    if len(paths) != 1:
        return None
    path, new = paths[0], name_of(nouns[1].words, cursor.language.name)
    parent = part.edited.tables if len(path) == 2 else part.edited.fields(path[1])
    if new in parent:
        raise NotUnderstoodError
    part.edited.rename(path, new)
    part.edited.rename_in_texts(path, new)
    return [f"{path[-1]} is called {new}."]
