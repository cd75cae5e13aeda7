"""Regular expressions that are counted and numbered: how many strings one has, and which is the i-th, without search.

A string is read off a number as digits are: each place of the expression takes its share of it. What cannot be counted
so is refused by name.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import accumulate
from operator import mul
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from synthdeal_assets.datasets.engine.permutation import permute
from synthdeal_assets.datasets.engine.streams import hashes
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.drawing.forms import NOTHING, CodePoints, text_of
from synthdeal_assets.foundation.drawing.randomness import IntArray

# CPython's own reader of expressions, so that they mean what they mean in `re`; it has no public name.
_PARSER: Final[Any] = importlib.import_module("re._parser")
_OPCODES: Final[Any] = importlib.import_module("re._constants")

MOST_REPEATS: Final = 1000
MOST_BRANCHES: Final = 1000
LONGEST: Final = 4000
"""The longest string that a pattern may have, in characters."""
OPEN_REPEATS: Final = 10
"""How many more than the fewest `*`, `+` and `{2,}` repeat at most, since they have no end of their own."""

_COUNTABLE: Final = 100_000
_SMALL: Final = 2**63 - 1
_CELLS: Final = 1 << 22
_PRINTABLE: Final = frozenset(range(32, 127))
_DIGITS: Final = frozenset(range(48, 58))
_WORD: Final = frozenset({*_DIGITS, *range(65, 91), *range(97, 123), 95})
_CATEGORIES: Final = {
    "CATEGORY_DIGIT": _DIGITS,
    "CATEGORY_NOT_DIGIT": _PRINTABLE - _DIGITS,
    "CATEGORY_WORD": _WORD,
    "CATEGORY_NOT_WORD": _PRINTABLE - _WORD,
    "CATEGORY_SPACE": frozenset({32}),
    "CATEGORY_NOT_SPACE": _PRINTABLE - {32},
}
_SURROGATES: Final = frozenset(range(0xD800, 0xE000))
_REFUSED: Final = {
    "ASSERT": "a look-ahead or look-behind",
    "ASSERT_NOT": "a look-ahead or look-behind",
    "GROUPREF": "a back reference",
    "GROUPREF_EXISTS": "a condition on a group",
    "AT": "an anchor that is neither first nor last, such as \\b or a ^ in the middle",
    "ATOMIC_GROUP": "an atomic group",
    "POSSESSIVE_REPEAT": "a possessive repeat",
}

Indices = npt.NDArray[Any]
"""Numbers of strings: int64, or Python's own where 63 bits do not hold them."""


@dataclass(frozen=True)
class _Node:
    """A part of an expression.

    Attributes:
        size: How many ways it can be written.
        longest: The most characters it can have.
        write: For numbers of ways, their code points into a matrix of `longest` columns, which is `NOTHING` before.
        shortest: The fewest characters.
        alphabet: All code points that can occur.
        first: Those that can stand first.
        columns: Those that can stand at each place, where the length is fixed; else empty.
        clear: Whether it is sure that no string is written in two ways.
    """

    size: int
    longest: int
    write: Callable[[Indices, CodePoints], None]
    shortest: int
    alphabet: frozenset[int]
    first: frozenset[int]
    columns: tuple[frozenset[int], ...] = field(repr=False)
    clear: bool

    @property
    def fixed(self) -> bool:
        return self.shortest == self.longest


class Pattern:
    """The strings of a regular expression, in the syntax of Python's `re`, that match it from end to end.

    Groups, alternatives, classes and repeats are read. `.` and negated classes are of printable ASCII; `*`, `+` and
    `{2,}` repeat at most `OPEN_REPEATS` times more than the fewest. ^ may stand first and $ last.

    Args:
        expression: The expression.

    Raises:
        SynthDealError: It has what cannot be numbered, or is no expression; the sentence says what
            ("datasets.pattern").
    """

    def __init__(self, expression: str) -> None:
        self.expression = expression
        try:
            self._compiled = re.compile(expression)
            tree = _PARSER.parse(expression)
        except (re.error, OverflowError, RecursionError) as error:
            raise self._refusal(f"is no regular expression: {error}") from None
        if self._compiled.flags & ~re.UNICODE:
            raise self._refusal("has a flag such as (?i), which is not supported: write both cases out")
        items = [*tree]
        ends = {"AT_BEGINNING", "AT_BEGINNING_STRING"}, {"AT_END", "AT_END_STRING"}
        if items and str(items[0][0]) == "AT" and str(items[0][1]) in ends[0]:
            items = items[1:]
        if items and str(items[-1][0]) == "AT" and str(items[-1][1]) in ends[1]:
            items = items[:-1]
        self._root = self._sequence([self._node(op, value) for op, value in items])

    @property
    def size(self) -> int:
        """How many ways there are to write a string; as many strings, where it is clear that none has two."""
        return self._root.size

    def strings(self, indices: Indices) -> pl.Series:
        """The strings with the given numbers, from 0 to `size - 1`, each matched against the expression.

        Raises:
            SynthDealError: One does not match: the numbering is at fault ("datasets.pattern-mismatch").
        """
        step = max(1, _CELLS // max(self._root.longest, 1))
        parts = []
        for start in range(0, len(indices), step):
            part = indices[start : start + step]
            points = np.full((len(part), self._root.longest), NOTHING, dtype=np.uint32)
            self._root.write(part, points)
            parts.append(text_of(points))
        texts = pl.concat(parts) if parts else pl.Series([], dtype=pl.String)
        for text in texts.to_list():
            if self._compiled.fullmatch(text) is None:
                raise SynthDealError(
                    f'"{text}" was made for the pattern {self.expression} and does not match it: write the pattern in a'
                    " simpler way.",
                    code="datasets.pattern-mismatch",
                )
        return texts

    def drawn(self, rows: IntArray, salt: str) -> pl.Series:
        """For each row one of the strings, each way to write one as likely as any other."""
        return self.strings(_below(self.size, rows, salt))

    def unique(self, rows: IntArray, table_rows: int, salt: str) -> pl.Series:
        """For each row a string of its own. A row keeps its string when the table grows.

        Raises:
            SynthDealError: There are fewer strings than rows ("datasets.too-few-strings"), or one may be written in
                two ways, so that they cannot be told apart by number ("datasets.ambiguous-pattern").
        """
        if not self._is_clear():
            raise SynthDealError(
                f"The pattern {self.expression} may write one string in two ways, so its strings cannot be unique:"
                " write it so that each part shows where it ends, such as [a-z]{2,5}-[0-9]{3}.",
                code="datasets.ambiguous-pattern",
                usage=True,
            )
        if self.size < table_rows:
            raise SynthDealError(
                f"The pattern {self.expression} has {self.size:,} strings, too few for {table_rows:,} unique ones: let"
                " it be longer, or make fewer rows.",
                code="datasets.too-few-strings",
                usage=True,
            )
        strata = min(self.size, _SMALL)
        chosen: Indices = permute(rows, strata, hashes(np.zeros(1, dtype=np.int64), f"{salt}|order"))
        if self.size > strata:
            # A stratum of numbers for each row, and a number inside it.
            chosen = chosen.astype(object) * (self.size // strata) + _below(self.size // strata, rows, salt)
        return self.strings(chosen)

    def _is_clear(self) -> bool:
        if self._root.clear:
            return True
        if self.size > _COUNTABLE or self.size * self._root.longest > 4 * _CELLS:
            return False
        return self.strings(np.arange(self.size)).n_unique() == self.size

    def _refusal(self, what: str) -> SynthDealError:
        return SynthDealError(
            f"The pattern {self.expression} cannot be written: it {what}.", code="datasets.pattern", usage=True
        )

    def _node(self, op: Any, value: Any) -> _Node:
        name = str(op)
        if name in {"LITERAL", "NOT_LITERAL", "ANY", "IN"}:
            return self._characters(self._class(value if name == "IN" else [(op, value)]))
        if name == "SUBPATTERN":
            if value[1] or value[2]:
                raise self._refusal("has a flag such as (?i), which is not supported: write both cases out")
            return self._sequence([self._node(*item) for item in value[3]])
        if name == "BRANCH":
            if len(value[1]) > MOST_BRANCHES:
                raise self._refusal(f"has {len(value[1]):,} alternatives, more than {MOST_BRANCHES:,}: use one_of")
            return self._choice([self._sequence([self._node(*item) for item in branch]) for branch in value[1]])
        if name in {"MAX_REPEAT", "MIN_REPEAT"}:
            return self._repeat(*value)
        raise self._refusal(f"has {_REFUSED.get(name, name.lower())}, which is not supported: leave it out")

    def _class(self, items: Sequence[tuple[Any, Any]]) -> set[int]:
        negated, found = False, set[int]()
        for op, value in items:
            match str(op):
                case "NEGATE":
                    negated = True
                case "ANY":
                    found |= _PRINTABLE
                case "LITERAL":
                    found.add(value)
                case "NOT_LITERAL":
                    found |= _PRINTABLE - {value}
                case "RANGE":
                    found.update(range(value[0], value[1] + 1))
                case _:
                    found |= _CATEGORIES[str(value)]
        return set(_PRINTABLE - found) if negated else found

    def _characters(self, points: set[int] | frozenset[int]) -> _Node:
        usable = frozenset(points) - _SURROGATES - {NOTHING}
        if not usable:
            raise self._refusal("has a class without any character to write: name some of printable ASCII")
        table = np.array(sorted(usable), dtype=np.uint32)

        def write(indices: Indices, into: CodePoints) -> None:
            into[:, 0] = table[indices.astype(np.int64)] if table.size > 1 else table[0]

        return _Node(len(usable), 1, write, 1, usable, usable, (usable,), True)

    def _sequence(self, parts: Sequence[_Node]) -> _Node:
        longest = sum(part.longest for part in parts)
        if longest > LONGEST:
            raise self._refusal(f"has strings of {longest:,} characters, more than {LONGEST:,}: let it repeat less")
        places = [*zip(parts, accumulate((part.longest for part in parts), initial=0), strict=False)]
        runs = _runs(places)

        def write(indices: Indices, into: CodePoints) -> None:
            for run, ways in runs:
                rest, digits = indices // ways, indices % ways
                indices = rest
                if ways <= _SMALL:
                    digits = digits.astype(np.int64)
                for part, start in run:
                    # The last part takes what is left.
                    part.write(digits % part.size, into[:, start : start + part.longest])
                    digits = digits // part.size

        first, nullable = frozenset[int](), True
        for part in parts:
            first |= part.first if nullable else frozenset()
            nullable = nullable and part.shortest == 0
        varying = [number for number, part in enumerate(parts) if not part.fixed]
        return _Node(
            reduce(mul, (part.size for part in parts), 1),
            longest,
            write,
            sum(part.shortest for part in parts),
            frozenset().union(*(part.alphabet for part in parts)),
            first,
            () if varying else tuple(column for part in parts for column in part.columns),
            all(part.clear for part in parts) and all(_ends(parts, number) for number in varying[:-1]),
        )

    def _choice(self, parts: Sequence[_Node]) -> _Node:
        starts = [*accumulate((part.size for part in parts), initial=0)]

        def write(indices: Indices, into: CodePoints) -> None:
            for part, start, end in zip(parts, starts, starts[1:], strict=False):
                mine = np.flatnonzero((indices >= start) & (indices < end))
                if mine.size:
                    points = np.full((mine.size, part.longest), NOTHING, dtype=np.uint32)
                    inside = indices[mine] - start
                    part.write(inside.astype(np.int64) if part.size <= _SMALL else inside, points)
                    into[mine, : part.longest] = points

        fixed = {part.longest for part in parts} == {part.shortest for part in parts} == {parts[0].longest}
        columns = tuple(frozenset().union(*sets) for sets in zip(*(part.columns for part in parts), strict=False))
        return _Node(
            starts[-1],
            max(part.longest for part in parts),
            write,
            min(part.shortest for part in parts),
            frozenset().union(*(part.alphabet for part in parts)),
            frozenset().union(*(part.first for part in parts)),
            columns if fixed else (),
            all(part.clear for part in parts) and _apart(parts),
        )

    def _repeat(self, low: int, high: Any, items: Sequence[tuple[Any, Any]]) -> _Node:
        most = low + OPEN_REPEATS if high is _OPCODES.MAXREPEAT else int(high)
        if most > MOST_REPEATS:
            raise self._refusal(f"repeats up to {most:,} times, more than {MOST_REPEATS:,}: let it repeat less")
        once = self._sequence([self._node(*item) for item in items])
        if once.longest * most > LONGEST:
            raise self._refusal(f"has strings of more than {LONGEST:,} characters: let it repeat less")
        times = [self._sequence([once] * count) for count in range(low, most + 1)]
        return times[0] if len(times) == 1 else self._choice(times)


def _below(size: int, rows: IntArray, salt: str) -> Indices:
    """For each row a number from 0 to size - 1, none more likely than another by more than one in 2**24."""
    if size <= 2**40:
        return (hashes(rows, salt) % np.uint64(size)).astype(np.int64)
    number: Indices = np.zeros(len(rows), dtype=object)
    for limb in range((size.bit_length() + 24) // 64 + 1):
        number = (number << 64) + hashes(rows, f"{salt}|{limb}").astype(object)
    number = number % size
    return number.astype(np.int64) if size <= _SMALL else number


def _runs(places: Sequence[tuple[_Node, int]]) -> list[tuple[list[tuple[_Node, int]], int]]:
    """The parts that vary or write, joined while 63 bits hold their ways, each with those ways."""
    runs: list[tuple[list[tuple[_Node, int]], int]] = []
    for place in places:
        if runs and runs[-1][1] * place[0].size <= _SMALL:
            runs[-1] = ([*runs[-1][0], place], runs[-1][1] * place[0].size)
        else:
            runs.append(([place], place[0].size))
    return runs


def _ends(parts: Sequence[_Node], number: int) -> bool:
    """Whether a part of varying length ends where the first character outside its own stands, and one always does."""
    for after in parts[number + 1 :]:
        if after.first & parts[number].alphabet:
            return False
        if after.shortest:
            return True
    return False


def _apart(parts: Sequence[_Node]) -> bool:
    """Whether no two alternatives can write the same string, seen from lengths and characters at fixed places."""
    lengths = [part.longest for part in parts]
    if all(part.fixed for part in parts) and len(set(lengths)) == len(parts):
        return True
    return not any(_may_meet(one, other) for number, one in enumerate(parts) for other in parts[:number])


def _may_meet(one: _Node, other: _Node) -> bool:
    if one.shortest > other.longest or other.shortest > one.longest:
        return False
    if one.columns and other.columns:
        return all(mine & theirs for mine, theirs in zip(one.columns, other.columns, strict=True))
    return not one.shortest or not other.shortest or bool(one.first & other.first)
