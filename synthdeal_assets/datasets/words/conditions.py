"""A condition on the rows of a table: the status is fault, not insured, members under 18, genehmigte Anträge."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from synthdeal_assets.datasets.words.doubtful import is_one_of
from synthdeal_assets.datasets.words.draft import FieldDraft, TableDraft
from synthdeal_assets.datasets.words.languages import sentence_words, words_by_kind
from synthdeal_assets.datasets.words.naming import same_thing
from synthdeal_assets.datasets.words.quantities import after_unit
from synthdeal_assets.datasets.words.subjects import part_of_name, subject_at
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import Walk, plain

WORDS: Final = words_by_kind("conditions")
_SIGNS: Final = {"over": ">", "under": "<", "at_least": ">=", "at_most": "<="}
_TURNED: Final = {">": "<=", "<": ">=", ">=": "<", "<=": ">", "=": "<>"}
_AGE: Final = "person.age"


@dataclass(frozen=True)
class Condition:
    """A condition as a specification has it.

    Attributes:
        text: Where it holds.
        opposite: Where it does not.
        fields: The fields that it is about.
    """

    text: str
    opposite: str
    fields: tuple[FieldDraft, ...]

    def turned(self) -> Condition:
        """The condition that holds where this one does not."""
        return Condition(self.opposite, self.text, self.fields)


def is_flag(walk: Walk, one: FieldDraft) -> bool:
    """Whether a field is true or false."""
    said = one.flag is not None or one.yes_no
    return said or (one.is_plain and "flag" in (walk.type_of(one.words), walk.measure_of(one.words)))


def passes(walk: Walk, at: int) -> bool:
    """Whether a word beside a condition changes nothing: articles, verbs of state, what rows are called."""
    cursor, words = walk.cursor, sentence_words(walk.language)
    if cursor.has(at, "not", "missing", "without", "rest", "or", "and") or cursor[at].kind in (
        "number",
        "share",
        "mark",
    ):
        return False
    known = cursor[at].word in words["states"] | words["leading"] | words["surely"] | WORDS["passing"]
    joins = cursor.has(at, "is", "for", "of", "as_format", "with", "from", "to") and cursor[at].kind == "concept"
    return cursor[at].kind == "fill" or known or joins or names_rows(walk, at)


def names_rows(walk: Walk, at: int) -> bool:
    """Whether a word is what the rows of the table spoken of are called."""
    word = walk.cursor[at]
    if word.kind != "word" or walk.table is None:
        return False
    return walk.known_table((word.text,)) is walk.table or is_one_of("cases", (word.text,), "")


def condition_of(walk: Walk, first: int, end: int) -> Condition | None:
    """The condition that is all that lexemes say; None where they say anything else, or more than one."""
    table = walk.table
    return _ConditionReader(walk, table, first, end).read() if table is not None else None


class _ConditionReader:
    """Reads the lexemes of a condition from left to right.

    Args:
        walk: Where the reader of the request stands.
        table: The table whose rows it is about.
        first: The first lexeme.
        end: The lexeme after the last.
    """

    def __init__(self, walk: Walk, table: TableDraft, first: int, end: int) -> None:
        self.walk, self.table, self.at, self.end = walk, table, first, end
        self.fields: list[FieldDraft] = []
        self.values: list[str] = []
        self.sign, self.number = "", ""
        self.negated, self.truth = False, True

    def read(self) -> Condition | None:
        """What they say."""
        while self.at < self.end:
            if not self._step():
                return None
        return self._made()

    def _step(self) -> bool:
        cursor, at = self.walk.cursor, self.at
        bound = next((sign for concept, sign in _SIGNS.items() if cursor.has(at, concept)), "")
        if bound and not self.sign:
            self.sign, self.at = bound, at + 1
        elif (number := cursor.number(at)) is not None and not self.number:
            self.number, self.at = plain(number), min(after_unit(cursor, at + 1), self.end)
        elif (self._field() or self._value()) or self._truth():
            pass
        elif cursor.has(at, "not", "without") and not self.negated:
            self.negated, self.at = True, at + 1
        elif (cursor.has(at, "or") and self.values) or passes(self.walk, at) or self._beside():
            self.at = at + 1
        else:
            return False
        return True

    def _field(self) -> bool:
        found = subject_at(self.walk, self.at, [self.table])
        if found is None and self._value_at() is None and not names_rows(self.walk, self.at):
            found = part_of_name(self.walk, self.at, led=True)
            found = found if found is not None and all(pair[0] is self.table for pair in found.fields) else None
        if found is None or len(found.fields) > 1 or found.last > self.end:
            found = None
            one = next((one for one in self.table.fields if is_flag(self.walk, one) and self._is_called(one)), None)
        else:
            one = found.fields[0][1]
        if one is None:
            return False
        if one in self.fields or len(self.fields) > bool(self.sign):
            return False
        self.fields.append(one)
        self.at = found.last if found is not None else self.at + 1
        return True

    def _is_called(self, one: FieldDraft) -> bool:
        return len(one.words) == 1 and alike(self.walk.cursor[self.at].text, one.words[0])

    def _value_at(self) -> tuple[FieldDraft, str, int] | None:
        cursor = self.walk.cursor
        for last in range(min(self.end, self.at + _MOST_WORDS), self.at, -1):
            said = cursor.text(range(self.at, last))
            having = [
                (one, value)
                for one in (self.fields[:1] or self.table.fields)
                for value in one.values
                if alike(said, value) and not value.isdigit()
            ]
            if len(having) == 1:
                return (*having[0], last)
        return None

    def _value(self) -> bool:
        found = self._value_at() if not self.sign else None
        if found is None:
            return False
        one, value, self.at = found
        self.fields = self.fields or [one]
        self.values.append(value)
        return self.fields == [one]

    def _truth(self) -> bool:
        word = self.walk.cursor[self.at].text
        truth = is_one_of("truths", (word,), "")
        if not truth and not is_one_of("falsehoods", (word,), ""):
            return False
        if self.walk.cursor.has(self.at, "not") and not self.walk.cursor.separates(self.at + 1):
            return False
        self.truth, self.at = truth, self.at + 1
        return bool(self.fields)

    def _beside(self) -> bool:
        """What else is said of a value by the name of its field: cash payments, of the payment method."""
        word = self.walk.cursor[self.at]
        there = word.word in WORDS["there"]
        return there or any(same_thing((part,), (word.text,)) for one in self.fields for part in one.words)

    def _made(self) -> Condition | None:
        holds = self.truth != self.negated
        one = self.fields[0] if self.fields else None
        if one is None and self.sign and self.number:
            aged = [one for one in self.table.fields if self.walk.type_of(one.words) == _AGE]
            one = aged[0] if len(aged) == 1 else None
        if one is None:
            return None
        if self.values:
            quoted = ["'" + value.replace("'", "''") + "'" for value in self.values]
            several = len(quoted) > 1
            text = f"{one.name} in ({', '.join(quoted)})" if several else f"{one.name} = {quoted[0]}"
            opposite = text.replace(" in (", " not in (", 1) if several else f"{one.name} <> {quoted[0]}"
        elif self.sign or self.number:
            other = self.fields[1].name if len(self.fields) > 1 else self.number
            named = bool(one.values) and not one.numeric_values
            if not other or named or (self.walk.is_date(one) and self.number):
                return None
            sign = self.sign or "="
            text, opposite = f"{one.name} {sign} {other}", f"{one.name} {_TURNED[sign]} {other}"
        elif is_flag(self.walk, one) and len(self.fields) == 1:
            text, opposite = one.name, f"not {one.name}"
        else:
            return None
        found = Condition(text, opposite, tuple(self.fields or [one]))
        return found if holds else found.turned()


_MOST_WORDS: Final = 3


def alike(said: str, name: str) -> bool:
    """Whether two words differ in number, gender or case alone: enviados and enviado, abgelehnten and abgelehnt."""
    one, other = fold(said), fold(name)
    if one == other or same_thing((said,), (name,)):
        return True
    stems = [_INFLECTED.sub("", word) for word in (one, other)]
    return stems[0] == stems[1] and len(stems[0]) >= _SHORTEST


_SHORTEST: Final = 4
_INFLECTED: Final = re.compile("(e|en|er|es|em|o|a|os|as|s)$")
