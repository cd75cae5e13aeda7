"""Where the reader of a request stands: the table and the field that are spoken of, and what waits for its noun.

What phrases do to them belongs in `parser.py` and `clauses.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, Protocol

from synthdeal_assets.datasets.words.called import field_said
from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.draft import Doubt, Draft, FieldDraft, TableDraft
from synthdeal_assets.datasets.words.languages import kinds_of_rows, sentence_words, vocabulary
from synthdeal_assets.datasets.words.naming import misspelt, name_of, same_thing, without_table_word
from synthdeal_assets.datasets.words.nouns import Noun
from synthdeal_assets.datasets.words.times import Period
from synthdeal_assets.datasets.words.tokens import fold


class NameGuess(Protocol):
    """What a field may be, by its name.

    Attributes:
        type: Name of a semantic type; None where it is a generator.
        form: The generator as a specification has it: {"flag": "50%"}.
        reason: Why, without a full stop.
    """

    @property
    def type(self) -> str | None:
        """As above."""
        ...

    @property
    def form(self) -> Mapping[str, Any] | None:
        """As above."""
        ...

    @property
    def reason(self) -> str:
        """As above."""
        ...


TypeOfName = Callable[[str, str, Sequence[str]], NameGuess | None]
"""What a field's name, its table's name and the names beside it say of it; None where they say nothing."""

UNNAMED: Final = {"english": "records", "german": "datensaetze", "spanish": "registros"}
_DATE_ENDINGS: Final = ("_at", "_on", "_date", "datum", "_am", "_el", "_until")
_DATE_BEGINNINGS: Final = ("date_", "fecha_", "datum_")


_A: Final = frozenset({"a", "an", "un", "una"})


DONE: Final = ("ed", "ado", "ada", "ados", "adas", "ido", "ida")
"""Ends of what was done to a thing: a seat that is assigned."""
_OF: Final = frozenset({"de", "del", "of"})
_PER: Final = frozenset({"per", "pro", "por"})
_DAYS: Final = frozenset({"day", "tag", "dia"})
_NAMED: Final = frozenset({"name", "namen", "nombre"})
_OF_WHOM: Final = ("person.full_name", "company.name")
_SUBSTANCE: Final = re.compile("(co2?|no[2x]?|so2|nh[34]|n2o|ch4|h2[os]?|o[23]|pm10|pm2_?5|pm1)(_[a-z0-9]+)?")
"""Names of what is measured in air and water; the letters of some of them are those of a company."""


class Walk:
    """Reads a request from left to right into a draft.

    Args:
        cursor: The request.
        type_of_name: What the name of a field says of it.
    """

    def __init__(self, cursor: Cursor, type_of_name: TypeOfName) -> None:
        self.cursor = cursor
        self.draft = Draft()
        self.type_of_name = type_of_name
        self.table: TableDraft | None = None
        self.field: FieldDraft | None = None
        self.in_fields = False
        self.expects_table = False
        self.unique_next: set[int] = set()
        self.parent_next: tuple[TableDraft, set[int]] | None = None
        self.rows_next: tuple[Fraction, set[int]] | None = None
        self.series_next: tuple[str, set[int]] | None = None
        self.values_open = False
        self.period_next: Period | None = None
        self.table_bracket = self.bracket_closed = False
        self.purpose: TableDraft | None = None
        self.whose: tuple[TableDraft, TableDraft] | None = None
        self.turned_from: TableDraft | None = None
        self.in_sentence = False
        """Whether the field spoken of is the subject of the sentence; its table is the one until its end."""
        self.owner_at = -1
        """The lexeme after the noun of the current table or field: what is in brackets there belongs to it."""

    @property
    def language(self) -> str:
        """Of `languages.LANGUAGES`."""
        return self.cursor.language.name

    # Tables

    def known_table(self, words: Sequence[str]) -> TableDraft | None:
        """The table that words name in either number; None where there is none."""
        whole = next((one for one in self.draft.tables if same_thing(one.words, words)), None)
        heads = [
            one for one in self.draft.tables if len(one.words) > 1 and same_thing(_head(one, self.language), words)
        ]
        if whole is None and not heads and self.language == "german" and len(words) == 1:
            heads = [one for one in self.draft.tables if ends_with(one.words[-1], words[0])]
        return whole or (heads[0] if len(heads) == 1 else None)

    def mention(self, noun: Noun, *, counted: bool = False) -> TableDraft:
        """The table that a noun names, made where it is new, and spoken of from here on."""
        words, at = without_place(self, noun)
        if any(self.cursor[each].word in _A for each in noun.at):
            # Orders of a shop are orders.
            words = noun.words[: noun.head]
        words = self.corrected(words)
        if len(words) == 1 and (core := without_table_word(words[0])) is not None:
            words = (core,)
        table = self.known_table(words)
        last = self.draft.tables[-1] if self.draft.tables else None
        unnamed = last if last is not None and last.unnamed and last.every is None else None
        if table is None and unnamed is not None:
            table = unnamed
            table.name, table.words, table.unnamed = name_of(words, self.language), words, False
        elif table is None:
            table = TableDraft(name_of(words, self.language), words, head=noun.head)
            self.draft.tables.append(table)
        elif counted and table.rows is None and _may_rename(table, words):
            table.name, table.words = name_of(words, self.language), words
        table.said |= set(at)
        self.speak_of(table, noun.last)
        return table

    def speak_of(self, table: TableDraft, after: int) -> None:
        """Makes a table the one that fields belong to."""
        self.table, self.field, self.owner_at = table, None, after
        self.expects_table = self.values_open = False
        if self.period_next is not None and table.period is None:
            table.period = self.period_next
            table.rows_at |= set(self.period_next.at)
            self.period_next = None
        if self.rows_next is not None and table.rows is None and table.parent is None:
            table.rows, indices = self.rows_next
            table.rows_at |= indices
            self.rows_next = None

    def turn_to(self, table: TableDraft, one: FieldDraft, after: int) -> None:
        """Makes a field, of any table, the one that a sentence is about up to its end."""
        if self.turned_from is None and table is not self.table:
            self.turned_from = self.table
        self.table, self.field, self.owner_at = table, one, after
        self.values_open, self.in_fields, self.in_sentence = False, True, True

    def turn_back(self) -> None:
        """Speaks of the table again that the sentence before the last one was about."""
        if self.in_sentence:
            self.field = None
        if self.turned_from is not None:
            self.table = self.turned_from
        self.turned_from, self.in_sentence = None, False

    def current_table(self) -> TableDraft:
        """The table spoken of; one without a name where none is."""
        if self.table is None:
            name = UNNAMED[self.language]
            self.table = TableDraft(name, (name,), unnamed=True)
            self.draft.tables.append(self.table)
            self.speak_of(self.table, -1)
        return self.table

    # Fields

    def corrected(self, words: Iterable[str]) -> tuple[str, ...]:
        """Words of a name without slips of the keyboard."""
        known = vocabulary(self.language)
        return tuple(word if fold(word) in known else misspelt(fold(word), sorted(known)) or word for word in words)

    def known_field(self, words: Sequence[str], table: TableDraft | None = None) -> FieldDraft | None:
        """The field that words name in either number."""
        table = table or self.table
        if table is None:
            return None
        words = self.corrected(words)
        name = name_of(words, self.language)
        whole = table.field_of(name) or next((one for one in table.fields if same_thing(one.words, words)), None)
        return whole or field_said(table.fields, words, self.language)

    def field_meant(self, noun: Noun) -> FieldDraft:
        """The field that a noun names; the only one of its type where that is called alike: Telefon, Telefonnummer."""
        if (
            len(noun.words) > 1
            and fold(noun.words[-1]).endswith(DONE)
            and self.known_field(noun.words[:-1]) is not None
        ):
            # No seat assigned.
            return self.add_field(noun.words[:-1], noun.at, noun.last)
        kind = _type_in_either_number(self, noun.words)
        alike = _of_type(self, noun, kind, self.current_table())
        meant = len(alike) == 1 and kind is not None and "." in kind
        alike = alike if meant else fields_alike(self, noun.words)
        if not alike and self.known_field(noun.words) is None:
            others = _of_other_tables(self, noun, kind)
            if len(others) == 1:
                self.turn_to(*others[0], noun.last)
                others[0][1].said |= set(noun.at)
                return others[0][1]
        meant = self.known_field(noun.words) is None and len(alike) == 1
        return self.add_field(alike[0].words if meant else noun.words, noun.at, noun.last)

    def add_field(self, words: Sequence[str], at: Iterable[int], after: int) -> FieldDraft:
        """The field that a noun names, made where it is new, and spoken of from here on."""
        table = self.current_table()
        corrected = self.corrected(words)
        found = self.known_field(words)
        if found is None:
            found = FieldDraft(name_of(corrected, self.language), tuple(corrected))
            if tuple(corrected) != tuple(words):
                found.spelling = f"{' '.join(words)!r} read as {' '.join(corrected)!r}"
            table.fields.append(found)
        found.said |= set(at)
        self.field, self.owner_at, self.values_open = found, after, False
        if self.unique_next:
            found.unique = True
            found.said |= self.unique_next
            self.unique_next = set()
        return found

    def rename_field(self, one: FieldDraft, words: tuple[str, ...], at: set[int], after: int) -> None:
        """Gives a field a longer name: price per night."""
        one.words, one.name = words, name_of(words, self.language)
        one.said |= at
        self.owner_at = after

    def measure_of(self, words: Sequence[str]) -> str | None:
        """The kind of quantity that a name has: by all its words, else by its last or, in Spanish, first one."""
        measures, words = self.cursor.language.measures, _before_day(words)
        whole = fold(" ".join(words))
        if whole in measures:
            return measures[whole]
        name = name_of(words, self.language)
        if name.endswith(_DATE_ENDINGS) or name.startswith(_DATE_BEGINNINGS):
            return "date"
        if self.language == "spanish":
            return measures.get(fold(words[0]))
        if (found := measures.get(fold(words[-1]))) is not None:
            return found
        last = fold(words[-1])
        if self.language == "german":
            # The size of a body is a height, and that of a group none.
            ends = (kind for word, kind in measures.items() if len(word) > 4 and last.endswith(word))
            kind = next((kind for kind in ends if kind != "height"), None)
            # Alkoholgehalt is what is in it, Jahresgehalt what is paid.
            content = last.endswith("gehalt") and not last.startswith(tuple(sentence_words("german")["paid"]))
            return "content" if content else kind
        return None

    def guess(self, words: Sequence[str]) -> NameGuess | None:
        """What a name in the table spoken of says."""
        name, table = name_of(words, self.language), self.table
        siblings = [one.name for one in table.fields if one.name != name] if table else []

        def said(part: Sequence[str]) -> NameGuess | None:
            return self.type_of_name(name_of(part, self.language), table.name if table else "", siblings)

        foreign = name in sentence_words(self.language)["false_friends"]
        return None if foreign or _SUBSTANCE.fullmatch(name) else _of_whom(_before_day(words), said)

    def type_of(self, words: Sequence[str]) -> str | None:
        """The semantic type that a name asks for, or the generator; None where it says nothing."""
        guess = self.guess(words)
        if guess is None or (guess.form is not None and "refers_to" in guess.form):
            return None
        found = guess.type or next(iter(guess.form or {}), None)
        return None if found == "datetime" and self.measure_of(words) == "duration" else found

    def is_date(self, one: FieldDraft) -> bool:
        """Whether a field holds days."""
        if one.period is not None or one.follows is not None or one.is_date:
            return True
        if one.low is not None or one.high is not None or self.measure_of(one.words) == "duration":
            return False
        if self.measure_of(one.words) in ("date", "moment"):
            return True
        found = self.type_of(one.words) or ""
        return "date" in found or found.endswith(("_at", "_on", "timestamp"))

    def is_moment(self, one: FieldDraft) -> bool:
        """Whether a field holds points in time."""
        if one.is_moment:
            return True
        guess = self.guess(one.words)
        form = guess.form if guess is not None and guess.form is not None else {}
        return self.measure_of(one.words) == "moment" or "datetime" in form

    # What is asked

    def doubt_number(self, at: int, path: tuple[str, ...] = ()) -> None:
        """Asks about a number that can be read in two ways."""
        lexeme = self.cursor[at]
        reading = lexeme.reading
        if reading is not None and reading.other is not None:
            value, other = plain(reading.value), plain(reading.other)
            rows = f"{{answer}} {path[1]}" if path[2:] == ("rows",) else ""
            # It changes most of all.
            self.draft.doubts.append(Doubt(f"Is {lexeme.text!r} {value} or {other}?", value, 100, path, rows))

    def doubt_numbers(self, indices: Iterable[int], path: tuple[str, ...] = ()) -> None:
        """As `doubt_number`, for all of these."""
        for at in indices:
            self.doubt_number(at, path)


def fields_called(walk: Walk, words: Sequence[str]) -> list[FieldDraft]:
    """The fields that words name, one of each table that has one, in the order of the tables."""
    return [one for table in walk.draft.tables if (one := walk.known_field(words, table)) is not None]


def fields_alike(walk: Walk, words: Sequence[str]) -> list[FieldDraft]:
    """The fields that one word is a part of: temperatures of the engine temperature, fechas of fecha de alta."""
    if len(words) != 1 or walk.table is None:
        return []
    german = walk.language == "german"
    return [
        one
        for one in walk.table.fields
        if not same_thing(one.words, words)
        and any(same_thing((word,), words) or (german and ends_with(word, words[0])) for word in one.words)
    ]


def _of_whom(words: Sequence[str], said: Callable[[Sequence[str]], NameGuess | None]) -> NameGuess | None:
    """What a name says that ends with a person: the name of a patient is a person's, and the age of one is not."""
    found, named = said(words), fold(words[0]) in _NAMED
    if found is None and named and len(words) > 2:
        # Der Name des Besitzers is a Besitzer's.
        whose = said((words[-1].removesuffix("s") if fold(words[1]) == "des" else words[-1],))
        return whose if whose is not None and whose.type in _OF_WHOM else None
    if len(words) > 2 and fold(words[1]) in _OF and found is not None and found.type in _OF_WHOM and not named:
        found = said(words[:1])
        return found if found is None or found.type not in _OF_WHOM else None
    return found


def names_rows(walk: Walk, noun: Noun) -> bool:
    """Whether a noun is known as what rows are of: it is counted elsewhere in the request, or often a table."""
    words = noun.words[: noun.head] if noun.head < len(noun.words) else noun.words[-1:]
    if name_of(words, walk.language) in kinds_of_rows():
        return True
    return any(
        walk.cursor[one.at - 1].kind == "number" and same_thing((one.text,), noun.words)
        for one in walk.cursor.lexemes
        if one.kind == "word"
    )


SECONDS: Final = frozenset({"seconds", "sekunden", "segundos", "ms", "milliseconds", "secs", "mins"})


def lasts(walk: Walk, one: FieldDraft) -> bool:
    """Whether a field called a time is one that something takes: exposure time in seconds."""
    cursor, units = walk.cursor, ("unit", "minute", "hour", "day", "week", "month")
    return any(cursor.has(at, *units) and cursor.has(at - 1, "as_format") for at in one.said)


def without_place(walk: Walk, noun: Noun) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The words of a noun without the country of its people, which becomes the locale."""
    places = walk.cursor.language.places
    for at in noun.at:
        lexeme = walk.cursor[at]
        known = walk.draft.misc.get("locale", ("", set()))
        if len(noun.words) > 1 and lexeme.word in places and known[0] in ("", places[lexeme.word]):
            walk.draft.misc["locale"] = (places[lexeme.word], {at} | known[1])
            words = [word for word in noun.words if fold(word) != lexeme.word]
            if len(words) > 1 and fold(words[-1]) in ("de", "of", "from", "aus"):
                words.pop()
            return tuple(words), tuple(each for each in noun.at if each != at)
    return noun.words, noun.at


def _may_rename(table: TableDraft, words: Sequence[str]) -> bool:
    """Whether a table is called what is counted: Tabelle Lagerbewegungen keeps its name beside Bewegungen."""
    return len(words) == len(table.words) and (not table.is_asked or same_thing(words, table.words))


def _before_day(words: Sequence[str]) -> Sequence[str]:
    """What is said per day, without that: the price per day is a price, and no day."""
    per = next((at for at, word in enumerate(words) if at and fold(word) in _PER), None)
    return words[:per] if fold(words[-1]) in _DAYS else words


def _letters(name: str) -> str:
    return name.replace("_", "")


def ends_with(compound: str, word: str) -> bool:
    """Whether a compound is one of what a word names: Studio for Fitnessstudios."""
    starts = range(3, len(compound) - 3)
    return len(word) > 3 and any(same_thing((compound[start:],), (word,)) for start in starts)


def _head(table: TableDraft, language: str) -> tuple[str, ...]:
    """The word that a table may be called by alone: posts for blog posts, sensores for sensores de humedad."""
    if language == "spanish":
        return table.words[:1]
    return table.words[: table.head] if table.head < len(table.words) else table.words[-1:]


def plain(value: Fraction) -> str:
    """A number as a person writes it, without marks between thousands."""
    return str(int(value)) if value.denominator == 1 else f"{float(value):.10g}"


def _type_in_either_number(walk: Walk, words: Sequence[str]) -> str | None:
    """The type that a name asks for, also that of a German noun in the plural: Telefonnummern."""
    if (kind := walk.type_of(words)) is not None or walk.language != "german":
        return kind
    ones = (words[-1].removesuffix(ending) for ending in ("n", "en", "e") if words[-1].endswith(ending))
    return next((kind for one in ones if (kind := walk.type_of((*words[:-1], one))) is not None), None)


def _of_type(walk: Walk, noun: Noun, kind: str | None, table: TableDraft) -> list[FieldDraft]:
    """The fields of a type whose name is a part of a noun, or that is a part of their name."""
    name = _letters(name_of(noun.words, walk.language))
    alike = [one for one in table.fields if _letters(one.name) in name or name in _letters(one.name)]
    return [one for one in alike if kind is not None and walk.type_of(one.words) == kind]


def _of_other_tables(walk: Walk, noun: Noun, kind: str | None) -> list[tuple[TableDraft, FieldDraft]]:
    """The fields of other tables that a noun may mean: the phone numbers of farmers, after what they have."""
    others = [table for table in walk.draft.tables if table is not walk.table]
    return [
        (table, one)
        for table in others
        for one in table.fields
        if one is walk.known_field(noun.words, table) or one in _of_type(walk, noun, kind, table)
    ]
