"""Whether a number was understood: every word that could change what it means was taken up with it.

A number is read with its clause, the words up to the next comma, "and" or "with". A word of the clause that nothing
claims, or that belongs to something else, may turn the number into another one: 3 per week, all except 2, 5 to 40 for
common ones. Such a number is given up and listed; a number of rows is kept, and asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.doubtful import doubtful
from synthdeal_assets.datasets.words.draft import Doubt, Draft, FieldDraft, TableDraft
from synthdeal_assets.datasets.words.languages import kinds_of_rows
from synthdeal_assets.datasets.words.leftovers import leftovers
from synthdeal_assets.datasets.words.naming import name_of
from synthdeal_assets.datasets.words.nouns import BEYOND
from synthdeal_assets.datasets.words.phrases import Lexeme, given_up
from synthdeal_assets.datasets.words.series import STEPS
from synthdeal_assets.datasets.words.walk import Walk, plain

Owner = FieldDraft | TableDraft

_NUMBERS: Final = frozenset({"number", "share", "date", "time"})
_TURNING: Final = ("each", "per", "not", "over", "under", "at_least", "at_most", "times", "divided", "minus", "plus")
"""What makes another number even of a count of rows; a word beside it may only say more."""

_DIGITS: Final = ("number", "unread", "suffix")
_LEADING: Final = ("for", "of", "from", "as_format")
_WHERE: Final = frozenset({"on", "at", "auf", "an"})
"""What begins to say more of rows: of whom, from when, where."""


def certain(walk: Walk, read: Callable[[list[Lexeme]], Walk]) -> Walk:
    """What a request comes to with only those numbers that are understood.

    Args:
        walk: A request that was read.
        read: Reads lexemes into a draft.
    """
    while found := _Claims(walk).uncertain() | doubtful(walk) | leftovers(walk):
        walk = read([given_up(one) if one.at in found else one for one in walk.cursor.lexemes])
    _Claims(walk).ask()
    return walk


class _Claims:
    """What each lexeme of a draft was claimed for.

    Args:
        walk: The draft, and where it was read from.
    """

    def __init__(self, walk: Walk) -> None:
        self.cursor: Cursor = walk.cursor
        self.draft: Draft = walk.draft
        self.purpose = walk.purpose
        self.owners: dict[int, list[Owner]] = {}
        for table in self.draft.tables:
            self._claim(table.said | table.rows_at | table.duplicates_at, table)
            for one in table.fields:
                self._claim(one.said, one)
        self.other = self.draft.claimed() - self.owners.keys()
        self.joints = walk.cursor.language.joints

    def _claim(self, indices: Iterable[int], owner: Owner) -> None:
        for at in indices:
            self.owners.setdefault(at, []).append(owner)

    def uncertain(self) -> set[int]:
        """The lexemes of numbers to be given up."""
        found: set[int] = set()
        for at, owners in self.owners.items():
            if not self._is_number(at):
                continue
            for owner in owners:
                if isinstance(owner, FieldDraft) and self.cursor.has(at, *STEPS):
                    # The monthly of a monthly fee is no number.
                    continue
                if any(self._turns(each, owner, at) for each in self._doubtful(at, owner)):
                    found |= self._said_with(at, owner)
        return found

    def ask(self) -> None:
        """Asks about numbers of rows beside words that nothing took up, and about fields that a formula alone names."""
        for table in self.draft.tables:
            for one in [one for one in table.fields if one.formula is not None]:
                for part in table.fields:
                    if part is not one and part.said and part.said <= one.said:
                        question = f"Is {part.name}, that {one.name} is calculated from, a field of its own?"
                        self.draft.doubts.append(Doubt(question, "yes", 74, ("tables", table.name)))
            counted = [at for at in table.rows_at if self.cursor.number(at) is not None]
            if self._stands_alone(table) and table.rows is not None:
                rows = plain(table.rows)
                question = f"Are {table.name} rows of their own, {rows} of them?"
                self.draft.doubts.append(Doubt(question, "yes", 91, ("tables", table.name)))
            elif any(self._doubtful(at, table) for at in counted) and table.rows is not None:
                rows = plain(table.rows)
                self.draft.doubts.append(
                    Doubt(f"Has {table.name} {rows} rows?", rows, 92, ("tables", table.name, "rows"),
                          f"{{answer}} {table.name}")
                )  # fmt: skip

    def _stands_alone(self, table: TableDraft) -> bool:
        """Whether a table is one by its number alone: it is not often called so, and nothing else is said of it."""
        others = [one for one in self.draft.tables if one is not table]
        related = [each for one in others for each in (one.parent, one.belongs_to, *one.refers_to)]
        known = name_of(table.words[-1:], self.cursor.language.name) in kinds_of_rows()
        alone = table.belongs_to is None and table not in related and not table.with_at
        first = table is self.draft.tables[0] and self.purpose is None
        return bool(others) and not first and alone and not known

    def _is_number(self, at: int) -> bool:
        return self.cursor[at].kind in _NUMBERS or self.cursor.has(at, *STEPS)

    def _turns(self, at: int, owner: Owner, number: int) -> bool:
        """Whether a word that is not understood makes a number another one, or none."""
        cursor = self.cursor
        if owner.period is not None and number in owner.period.at:
            between = range(min(at, number) + 1, max(at, number))
            led = at < number and cursor.has(min(owner.period.at), *_LEADING)
            beside = all(cursor[each].kind == "fill" or each in owner.period.at for each in between)
            return beside and not led and cursor[at].word not in BEYOND["courses"]
        if isinstance(owner, TableDraft) and not cursor.has(number, *STEPS):
            return cursor[at].kind in ("number", "share", "unread", "vague") or cursor.has(at, *_TURNING)
        return True

    def _doubtful(self, at: int, owner: Owner) -> list[int]:
        """The lexemes of a number's clause that are not understood together with it."""
        found: list[int] = []
        for step in (-1, 1):
            each = at + step
            while not self._bounds(each, owner):
                own = owner.fields if isinstance(owner, TableDraft) and not self.cursor.has(at, *STEPS) else []
                if any(one in own for one in self.owners.get(each, ())):
                    # Another item begins, without a comma.
                    break
                mine = owner in self.owners.get(each, ())
                if mine and each not in self.draft.lost:
                    each += step
                    continue
                both = set(self.owners.get(each, ())) & set(self.owners[at])
                if not both and self._is_foreign(each, owner):
                    if self._says_more(each, owner, step):
                        break
                    found.append(each)
                elif self._is_open(each):
                    found.append(each)
                if found and isinstance(owner, TableDraft):
                    break
                each += step
        return found

    def _bounds(self, at: int, owner: Owner) -> bool:
        """Whether a clause ends here; what was said of one thing may have commas inside."""
        if self.cursor[at].kind == "end":
            return True
        if owner in self.owners.get(at, ()):
            return False
        if self.cursor.mark(at, "/") and all(self.cursor[each].kind in _DIGITS for each in (at - 1, at + 1)):
            # Blood pressure 90/60: neither is a number of its own.
            return False
        if self.cursor.has(at, "correction") or (self.cursor[at].word in BEYOND["rounded"] and at in self.draft.lost):
            # What is rounded lies in its range all the same.
            return True
        leads = self.cursor.has(at, *_LEADING) or self.cursor[at].word in _WHERE
        led = isinstance(owner, TableDraft) and leads
        return led or self.cursor.separates(at) or self.cursor.has(at, "with", "columns") or self.cursor.mark(at, ";")

    def _is_open(self, at: int) -> bool:
        """Whether a lexeme says something that nothing claims."""
        lexeme = self.cursor[at]
        if at in self.draft.lost:
            return True
        if at in self.owners or at in self.other:
            return False
        return lexeme.is_content or lexeme.kind == "vague" or (lexeme.word in self.joints and not self._joins(at))

    def _joins(self, at: int) -> bool:
        """Whether a word joins two that belong together: paid by card, a due date which is always 21 days after it."""
        right = at + 1
        while right not in self.owners and (self.cursor[right].kind == "fill" or self.cursor.has(right, "is")):
            right += 1
        return bool(set(self.owners.get(at - 1, ())) & set(self.owners.get(right, ())))

    def _is_foreign(self, at: int, owner: Owner) -> bool:
        """Whether a lexeme belongs to another field, which is none of the table that is counted."""
        owners = self.owners.get(at, ())
        own = owner.fields if isinstance(owner, TableDraft) else [owner]
        return bool(owners) and not any(isinstance(one, TableDraft) or one in own for one in owners)

    def _says_more(self, at: int, owner: Owner, step: int) -> bool:
        """Whether what belongs to another field has a number of its own: kills 0-40 deaths 0-30."""
        while not self._bounds(at, owner) and (self._is_foreign(at, owner) or self.cursor[at].kind == "fill"):
            if self.cursor[at].kind in ("number", "date"):
                return True
            at += step
        return False

    def _said_with(self, at: int, owner: Owner) -> set[int]:
        """The number, and what was read together with it."""
        found = {at}
        for step in (-1, 1):
            each = at + step
            while owner in self.owners.get(each, ()) and not self.cursor.separates(each):
                if self._is_number(each) or (self.cursor[each].is_content and self.cursor[each].kind == "concept"):
                    found.add(each)
                each += step
        return found
