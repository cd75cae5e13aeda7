"""A request to a plan: what is drafted becomes a specification, its items and its questions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from synthdeal_assets.datasets.spec.grammar import MAX_ROWS
from synthdeal_assets.datasets.spec.spec_file import parse_specification
from synthdeal_assets.datasets.words import outside, relations
from synthdeal_assets.datasets.words.certainty import certain
from synthdeal_assets.datasets.words.checking import to_check
from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.doubtful import is_one_of
from synthdeal_assets.datasets.words.draft import Doubt, Draft, FieldDraft, TableDraft
from synthdeal_assets.datasets.words.languages import LOCALES, linking, owned_and_owners
from synthdeal_assets.datasets.words.naming import name_of, singular
from synthdeal_assets.datasets.words.numerals import with_bullets
from synthdeal_assets.datasets.words.parser import read_request
from synthdeal_assets.datasets.words.phrases import Lexeme, given_up
from synthdeal_assets.datasets.words.plan import (
    MOST_QUESTIONS,
    Plan,
    PlanItem,
    PlanQuestion,
    WordSpan,
    unclaimed,
    words_of,
)
from synthdeal_assets.datasets.words.portions import with_values
from synthdeal_assets.datasets.words.slips import note_taken_back, taken_back
from synthdeal_assets.datasets.words.specified import decimal, percent, specify
from synthdeal_assets.datasets.words.times import Period
from synthdeal_assets.datasets.words.walk import TypeOfName, Walk
from synthdeal_assets.datasets.words.yaml_text import flow, specification_text
from synthdeal_assets.errors import SynthDealError

ASSUMED_ROWS: Final = 100
LONGEST_REQUEST: Final = 20_000
_LAST_MONTH: Final = 30
_AT: Final = {"english": "at", "german": "zeitpunkt", "spanish": "momento"}
_DATE: Final = {"english": "date", "german": "datum", "spanish": "fecha"}
_NUMBER_WORDS: Final = {
    "english": ("id", "number", "no", "nr", "code"),
    "german": ("id", "nummer", "nr", "kennung"),
    "spanish": ("id", "numero", "codigo"),
}


def plan_request(request: str, *, as_of: date, type_of_name: TypeOfName) -> Plan:
    """The plan that a request in words comes to, without a model.

    Args:
        request: What a person wants, in English, German or Spanish.
        as_of: The day that "last year" counts from; the dataset stands on it.
        type_of_name: The semantic type that a field's name, its table's name and the names beside it ask for.

    Raises:
        SynthDealError: The request is not about data ("datasets.no-data"), about persons who exist
            ("datasets.real-persons"), too long ("datasets.request-too-long"), or for more rows than a table may have
            ("datasets.request-too-large").
    """
    if len(request) > LONGEST_REQUEST:
        raise SynthDealError(
            f"The request has {len(request):,} characters, and {LONGEST_REQUEST:,} are read at most: write the rest "
            "as a specification.",
            code="datasets.request-too-long",
            usage=True,
        )
    language, lexemes = words_of(request)
    lexemes = with_bullets(Cursor(lexemes, language, as_of))
    lexemes = with_values(Cursor(lexemes, language, as_of))
    cursor = Cursor(lexemes, language, as_of)
    outside.refuse_real_persons(cursor)

    def read(given: list[Lexeme]) -> Walk:
        walk = Walk(Cursor(given, language, as_of), type_of_name)
        read_request(walk)
        note_taken_back(walk)
        return walk

    first = read(taken_back(cursor))
    outside.refuse_other_things(first.cursor, first.draft)
    walk = certain(first, read)
    while True:
        outside.refuse_no_tables(walk.draft)
        try:
            return _Planning(request, walk, walk.draft, as_of).plan()
        except SynthDealError as error:
            lost = _cannot_be(walk, error)
            if not lost:
                raise
            given = [given_up(one) if one.at in lost else one for one in walk.cursor.lexemes]
            walk = certain(read(given), read)


def _cannot_be(walk: Walk, error: SynthDealError) -> set[int]:
    """The lexemes of what a specification cannot hold: the numbers of a field or table, or all that names it."""
    if error.code not in ("datasets.mistakes", "datasets.circle"):
        return set()
    lexemes, found = walk.cursor.lexemes, set[int]()
    for table in walk.draft.tables:
        for one in table.fields:
            if re.search(rf"\btables\.{table.name}\.(?:fields\.)?{one.name}\b", str(error)):
                found |= _least(lexemes, one.said)
    if not found:
        for table in walk.draft.tables:
            if re.search(rf"\btables\.{table.name}\b", str(error)):
                found |= _least(lexemes, table.rows_at | table.duplicates_at) or _least(lexemes, table.said)
    if not found:
        found = {one.at for one in lexemes if one.kind in _COUNTING}
    return found


def _least(lexemes: Sequence[Lexeme], said: Iterable[int]) -> set[int]:
    """Of lexemes those that are numbers and what they are about, else all that can be given up."""
    left = {at for at in said if lexemes[at].kind not in ("unread", "mark")}
    return {at for at in left if lexemes[at].kind in _COUNTING} or left


_COUNTING: Final = frozenset({"number", "share", "date", "time", "code", "quoted", "concept"})


def table_data(walk: Walk, table: TableDraft) -> dict[str, Any]:
    """A table as a specification has it, as data: its rows, key, references and fields."""
    return _Planning("", walk, walk.draft, walk.cursor.as_of).table(table)


class _Planning:
    """Makes the plan of a draft."""

    def __init__(self, request: str, walk: Walk, draft: Draft, as_of: date) -> None:
        self.request, self.walk, self.draft, self.as_of = request, walk, draft, as_of
        self.cursor = walk.cursor
        self.items: list[PlanItem] = []
        self.doubts: list[Doubt] = list(draft.doubts)
        self.language = walk.cursor.language.name
        self.keys: dict[str, str] = {}

    def plan(self) -> Plan:
        """The whole plan; what it would lose or change is listed as not understood."""
        self._relate()
        tables = {table.name: self.table(table) for table in _parents_first(self.draft.tables)}
        data = {**self._head(), "tables": tables}
        text = specification_text(data)
        parse_specification(text, "the plan")
        for form, said in self.draft.formats.items():
            self._add("format", (), form, said)
        for what, number, said in self.draft.noted:
            self._add(what, (), number, said)
        for one in self.cursor.lexemes:
            if "numeral" in one.concepts:
                self._add("column", (), self.request[one.start : one.end], {one.at})
        doubts = sorted(self.doubts, key=lambda doubt: -doubt.weight)
        asked, not_asked = doubts[:MOST_QUESTIONS], doubts[MOST_QUESTIONS:]
        plan = Plan(
            request=self.request,
            items=tuple(self.items),
            not_understood=self._spans(self._not_understood()),
            questions=tuple(PlanQuestion(one.text, one.default, one.path, one.correction) for one in asked),
            specification=text,
            formats=tuple(self.draft.formats),
            file_name=self.draft.misc["file"][0] if "file" in self.draft.misc else None,
            language=self.language,
            to_check=to_check(self.draft, self.cursor, not_asked),
        )
        problems = unclaimed(plan)
        if not problems:
            return plan
        lost = {lexeme.at for lexeme in self.cursor.lexemes for one in problems if one.words.start == lexeme.start}
        return replace(plan, not_understood=self._spans(self._not_understood() | lost))

    # Parts

    def _head(self) -> dict[str, str]:
        """Dataset, seed, day and locale."""
        misc, tables = self.draft.misc, self.draft.tables
        said_name = misc.get("dataset")
        name = name_of([said_name[0]], self.language) if said_name else "_".join(one.name for one in tables[:3])[:63]
        self._add("dataset", ("dataset",), name, said_name[1] if said_name else set(),
                  "" if said_name else "named after its tables")  # fmt: skip
        seed, seed_at = misc.get("seed", ("1", set()))
        self._add("seed", ("seed",), seed, seed_at, "" if seed_at else "any number; the same one gives the same rows")
        day = self.as_of.isoformat()
        self._add("day", ("as_of",), day, (), "the day on which the dataset stands")
        locale, locale_at = misc.get("locale", (LOCALES[self.language], set()))
        self._add("locale", ("locale",), locale, locale_at, "" if locale_at else "the language of the request")
        if "file" in misc:
            self._add("file name", (), misc["file"][0], misc["file"][1])
        return {"dataset": name, "seed": seed, "as_of": day, "locale": locale}

    def table(self, table: TableDraft) -> dict[str, Any]:
        """A table, with its items."""
        path = ("tables", table.name)
        unnamed = "called so, since it has no name" if table.unnamed else ""
        self._add("table", path, table.name, table.said, unnamed)
        rows = self._rows(table, path)
        fields: dict[str, Any] = {}
        rules: list[str] = []
        key = self._key_of(table)
        own = table.field_of(key)
        if own is None and table.every is None:
            fields[key] = {"key": "integer"}
            self._add("key", (*path, "fields", key), "integer", (), "every table has a key")
        targets = [one for one in (table.parent, table.belongs_to, *table.refers_to) if one is not None]
        for target in dict.fromkeys(targets):
            self._reference(table, target, fields, path)
        if table.every is not None:
            at = _AT[self.language]
            fields[at] = {"time_of": "row"}
            self._add("field", (*path, "fields", at), "time of the row", (), "each row has its point in time")
            if not table.fields:
                table.fields.append(FieldDraft("value", ("value",)))
        self.walk.table = table
        for one in table.fields:
            if one.name in fields:
                self._merge_reference(one, path)
                continue
            field_path = (*path, "fields", one.name)
            made = specify(self.walk, one, field_path, series=table.every is not None)
            if one is own and _may_be_key(one):
                made.mapping = {"key": one.pattern or ("uuid" if one.uuid else "integer")}
                made.unclaimed, made.doubts = set(), []
                made.assumed = [] if one.pattern else ["numbered from 1, as the key of its table"]
            elif own is None and table.every is None and (first := _counted_from(self.walk, one)) is not None:
                made.mapping = {"formula": f"{first} + {key} - 1"}
                made.doubts, made.assumed = [], [f"counted up from {first}, each number once"]
            fields[one.name] = made.mapping
            one.said -= made.unclaimed
            rules += made.rules
            self.doubts += made.doubts
            self._add("field", field_path, flow(made.mapping), one.said, "; ".join(made.assumed))
        written: dict[str, Any] = {"rows": rows, "fields": fields}
        if rules:
            written["rules"] = rules
        if table.duplicates is not None:
            written["blemishes"] = {"duplicates": percent(table.duplicates)}
            self._add("blemishes", (*path, "blemishes"), flow(written["blemishes"]), table.duplicates_at)
        return written

    def _rows(self, table: TableDraft, path: tuple[str, ...]) -> Any:
        where = (*path, "rows")
        rows: Any
        assumed = ""
        if table.every is not None:
            rows = self._regular_rows(table)
            assumed = "" if table.period else f"the {_LAST_MONTH} days before {self.as_of}"
            assumed = f"they end before {self.as_of}" if table.assumed_period else assumed
        elif table.parent is not None and table.low is not None and table.high is not None:
            low, high = table.low, table.high
            spread = {"poisson": decimal(low)} if table.is_mean else {"uniform": f"{decimal(low)} .. {decimal(high)}"}
            count = decimal(low) if low == high and not table.is_mean else spread
            rows = {"per": table.parent.name, "count": count}
        elif table.rows is not None:
            rows = decimal(table.rows)
            if table.rows > MAX_ROWS:
                raise SynthDealError(
                    f"The request asks for {int(table.rows):,} rows of {table.name}, and a table has {MAX_ROWS:,} at "
                    "most: ask for fewer.",
                    code="datasets.request-too-large",
                    usage=True,
                )
        else:
            rows, assumed = str(ASSUMED_ROWS), f"{ASSUMED_ROWS}, since no number is said"
            self.doubts.append(
                Doubt(f"How many rows has {table.name}?", str(ASSUMED_ROWS), 90, where, f"{{answer}} {table.name}")
            )
        self._add("rows", where, flow(rows), table.rows_at, assumed)
        return rows

    def _regular_rows(self, table: TableDraft) -> dict[str, str]:
        per = {} if table.parent is None else {"per": table.parent.name}
        if table.period is not None:
            first, last = (_day(end, self.as_of) for end in (table.period.first, table.period.last))
        else:
            last = self.as_of
            first = date.fromordinal(last.toordinal() - _LAST_MONTH)
            self.doubts.append(
                Doubt(f"From when to when has {table.name} rows?", f"{first} .. {last}", 88, ("tables", table.name))
            )
        return {**per, "every": str(table.every), "from": first.isoformat(), "to": last.isoformat()}

    def _reference(self, table: TableDraft, target: TableDraft, fields: dict[str, Any], path: tuple[str, ...]) -> None:
        key = self._key_of(target)
        own = self._key_of(table)
        name = key if key not in (own, "id") else f"{singular(target.name, self.language)}_id"
        fields[name] = {"refers_to": target.name}
        why = f"rows of {table.name} belong to rows of {target.name}"
        self._add("reference", (*path, "fields", name), f"refers to {target.name}", (), why)

    def _merge_reference(self, one: FieldDraft, path: tuple[str, ...]) -> None:
        """A field that is said and made anyway: the customer id of orders."""
        self._add("field", (*path, "fields", one.name), one.name, one.said)

    def _key_of(self, table: TableDraft) -> str:
        """The name of a table's key: a field that is said, or one made of the table's name."""
        if table.name in self.keys:
            return self.keys[table.name]
        single = singular(table.name, self.language)
        found = next(
            (one.name for one in table.fields if _may_be_key(one) and _names_key(one, table, self.language)), None
        )
        self.keys[table.name] = found or f"{single}_id"
        return self.keys[table.name]

    def _relate(self) -> None:
        """What nobody said and everybody means: orders belong to customers."""
        owned, owners = owned_and_owners()
        tables = self.draft.tables
        for table in reversed(tables):
            others = [one for one in tables if one is not table]
            targets = [one for one in others if one.name in owners] if table.name in owned else []
            if len(targets) != 1 and not table.refers_to:
                targets = [one for one in others if relations.is_named_after(self.walk, table, one)]
            alone = table.parent is None and table.belongs_to is None and table.every is None
            if alone and len(targets) == 1:
                table.belongs_to = targets[0]
                relations.give_back(self.walk, table, targets[0])
                self.doubts.append(
                    Doubt(f"Do {table.name} belong to {targets[0].name}?", "yes", 75, ("tables", table.name))
                )
        for table in tables:
            if table.parent is not None and table.amid_list and not table.with_at:
                self.doubts += relations.of_either(self.walk, table, table.parent)
        asked = {one.text for one in self.doubts}
        self.doubts += [one for one in relations.of_which(self.walk) if one.text not in asked]
        for table in [one for one in tables if one.name in linking() and one.every is None]:
            for other in tables:
                if (
                    other is not table
                    and other not in (table.parent, table.belongs_to, *table.refers_to)
                    and other.rows
                ):
                    table.refers_to.append(other)
                    question = f"Do {table.name} belong to {other.name}?"
                    self.doubts.append(Doubt(question, "yes", 75, ("tables", table.name)))
        for table in tables:
            if table.period is not None and table.every is None:
                _date(self.walk, table, table.period)

    # What goes with it

    def _add(self, what: str, path: tuple[str, ...], value: str, said: Iterable[int] = (), assumed: str = "") -> None:
        self.items.append(PlanItem(what, path, value, self._spans(said), assumed))

    def _spans(self, indices: Iterable[int]) -> tuple[WordSpan, ...]:
        """Lexemes as spans of the request, neighbours together."""
        chosen = {self.cursor[at].start for at in indices}
        spans: list[WordSpan] = []
        beside = False
        for lexeme in sorted(self.cursor.lexemes, key=lambda one: one.start):
            if lexeme.start in chosen:
                start = spans.pop().start if beside else lexeme.start
                spans.append(WordSpan(self.request[start : lexeme.end], start, lexeme.end))
                beside = True
            elif lexeme.kind != "fill":
                beside = False
        return tuple(spans)

    def _not_understood(self) -> set[int]:
        claimed = self.draft.claimed()
        return {
            lexeme.at
            for lexeme in self.cursor.lexemes
            if lexeme.at not in claimed and (lexeme.is_content or lexeme.kind == "vague")
        }


def _date(walk: Walk, table: TableDraft, period: Period) -> None:
    """Gives the days that are said of a table to its field of dates."""
    dates = [one for one in table.fields if one.period is None and one.follows is None and walk.is_date(one)]
    table.rows_at -= set(period.at)
    if not dates:
        name = _DATE[walk.language]
        dates = [FieldDraft(name, (name,), unnamed="days were said, and no field for them")]
        table.fields += dates
    dates[0].period = period
    dates[0].said |= set(period.at)


def _names_key(one: FieldDraft, table: TableDraft, language: str) -> bool:
    single, name = singular(table.name, language), one.name
    if one.pattern is not None and "{:" in one.pattern:
        return True
    if name in ("id", "identifier", "identificador", f"{single}_id", f"{table.name}_id"):
        return True
    ends = _NUMBER_WORDS[language]
    if language == "english" and "_" in single and name.partition("_")[0] == single.rpartition("_")[2]:
        # The ticket number of parking tickets.
        return name.endswith(tuple(f"_{end}" for end in ends)) and name.count("_") == 1
    stem = single[: max(4, len(single) - 2)]
    if language == "spanish":
        return name.startswith(ends) and stem in name
    return name.startswith(stem) and name.endswith(ends) and name != table.name


def _counted_from(walk: Walk, one: FieldDraft) -> int | None:
    """The first of numbers that count up, where a field is one by its name and only its least value is said."""
    only = one.low is not None and one.high is None and one.mean is None and one.missing is None and not one.rules
    if (
        one.low is None
        or not only
        or not is_one_of("codes", one.words, walk.language)
        or one.low.denominator != 1
        or one.strict_low
        or one.low < 1
    ):
        return None
    return int(one.low)


def _may_be_key(one: FieldDraft) -> bool:
    other = (one.values, one.formula, one.missing, one.period, one.follows, one.flag, one.low, one.high)
    return not any(part is not None and part != {} for part in other)


def _parents_first(tables: Sequence[TableDraft]) -> list[TableDraft]:
    ordered: list[TableDraft] = []

    def add(table: TableDraft, above: tuple[TableDraft, ...]) -> None:
        for before in (table.parent, table.belongs_to, *table.refers_to):
            if before is not None and before not in above:
                add(before, (*above, table))
        if table not in ordered:
            ordered.append(table)

    for table in tables:
        add(table, (table,))
    return ordered


def _day(text: str, as_of: date) -> date:
    """A day that a period names, worked out where it counts from `as_of`."""
    if not text.startswith("as_of"):
        return date.fromisoformat(text)
    parts = text.split()
    if len(parts) == 1:
        return as_of
    days = {"day": 1, "week": 7, "month": 30, "year": 365}[parts[3].rstrip("s")] * int(parts[2])
    return date.fromordinal(as_of.toordinal() + (days if parts[1] == "+" else -days))
