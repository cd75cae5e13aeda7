"""The items of a list of values, each with its share, and the shares of all of them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words.cursor import Cursor, unquoted
from synthdeal_assets.datasets.words.doubtful import says
from synthdeal_assets.datasets.words.draft import REST
from synthdeal_assets.datasets.words.numbers import PERCENT
from synthdeal_assets.datasets.words.phrases import MEANING
from synthdeal_assets.datasets.words.quantities import after_unit, quantity_at
from synthdeal_assets.datasets.words.times import period_at

_MOST_WORDS: Final = 4

Item = tuple[str, Fraction | str | None]
"""A value and its share."""


def items_between(cursor: Cursor, first: int, end: int) -> list[Item] | None:
    """The values between two places; None where something else is said there."""
    if quantity_at(cursor, first) is not None or period_at(cursor, first) is not None:
        return None
    rated = [(each, ratio) for each in range(first + 1, end) if (ratio := _ratio_of_all(cursor, each, end)) is not None]
    if rated:
        # Female, male, 50/50: the shares of the values before them.
        last, ratio = rated[0]
        before = items_between(cursor, first, last - cursor.mark(last - 1, ",;")) or []
        even = len(before) == len(ratio) and all(share is None for _, share in before)
        return [(value, share) for (value, _), share in zip(before, ratio, strict=True)] if even else None
    runs: list[list[int]] = [[]]
    for at in range(first, end):
        if cursor.mark(at, ",;/|") or cursor.has(at, "and", "or") or cursor[at].kind == "newline":
            runs.append([])
        else:
            runs[-1].append(at)
    runs = _with_estimates(cursor, [run for run in runs if run])
    items = [_item(cursor, run) for run in _without_units(cursor, runs)]
    found = [item for item in items if item is not None]
    return found if found and len(found) == len(items) else None


def _ratio_of_all(cursor: Cursor, at: int, end: int) -> tuple[Fraction, ...] | None:
    """The shares that stand behind a value or a comma and up to the end of a list."""
    behind = (
        (cursor.mark(at - 1, ",;") or cursor[at - 1].kind == "word")
        and cursor.number(at) is not None
        and cursor.mark(at + 1, "/")
    )
    found = ratio_at(cursor, at) if behind else None
    return found.shares if found is not None and found.after == end else None


def _with_estimates(cursor: Cursor, runs: list[list[int]]) -> list[list[int]]:
    """Runs of lexemes with a share that stands alone beside the value before it: mostly GET, say 80%, rest POST."""
    found: list[list[int]] = []
    for run in runs:
        shares = [at for at in run if cursor[at].kind == "share"]
        alone = len(shares) == 1 and all(cursor[at].kind == "fill" or _says_about(cursor, at) for at in run[:-1])
        if found and alone and run[-1] in shares and all(cursor[at].kind == "word" for at in found[-1][-1:]):
            found[-1] += shares
        else:
            found.append(run)
    return found


def _says_about(cursor: Cursor, at: int) -> bool:
    return says("estimates", cursor[at].word)


def _item(cursor: Cursor, run: Sequence[int]) -> Item | None:
    words: list[int] = []
    share: Fraction | str | None = None
    signed = False
    if sum(cursor[at].kind == "number" for at in run) > 1:
        # Class: 5, 6, age 10-13: another field begins.
        return None
    if len(run) == 1 and says("falsehoods", cursor[run[0]].word):
        # Yes, no, unknown.
        return cursor[run[0]].text, None
    for at in run:
        lexeme = cursor[at]
        if lexeme.kind == "share" or cursor.has(at, "rest"):
            if share is not None:
                return None
            share = cursor.share(at) if lexeme.kind == "share" else REST
        elif words and words[-1] == at - 1 and _is_sign(cursor, at):
            signed = True
            words.append(at)
        elif lexeme.kind == "mark" and lexeme.text in ":=-–" and (words or share is not None):  # noqa: RUF001
            continue
        elif (lexeme.kind == "concept" and lexeme.concepts & MEANING) or lexeme.kind in (
            "mark",
            "file",
            "date",
            "time",
            "newline",
            "vague",
            "unread",
        ):
            return None
        else:
            words.append(at)
    while len(words) > 1 + signed and (cursor[words[0]].kind == "fill" or cursor.has(words[0], "is", "of")):
        words.pop(0)
    while len(words) > 1 and (cursor.has(words[-1], "is") or cursor[words[-1]].kind == "fill"):
        words.pop()
    if len(words) > 1 and says("mostly", cursor[words[0]].word):
        words.pop(0)
        if not isinstance(share, Fraction):
            return None
    while (
        share is not None
        and len(words) > 1
        and (_says_about(cursor, words[-1]) or cursor[words[-1]].word in _IN_SO_MANY)
    ):
        words.pop()
    if not words or len(words) > _MOST_WORDS:
        return None
    value = cursor.text(words)
    if len(words) == 1 and cursor[words[0]].kind == "quoted":
        value = unquoted(cursor[words[0]].text)
    return value, share


_IN_SO_MANY: Final = frozenset({"in", "bei", "en", "zu", "al"})
"""What stands between a value and its share: cow in 70%."""


def _is_sign(cursor: Cursor, at: int) -> bool:
    """Whether a sign belongs to the value before it: the blood group O+, the grade B-."""
    after = cursor[at + 1]
    beside = cursor[at - 1].end == cursor[at].start and (after.kind in ("mark", "end") or cursor[at].end < after.start)
    return cursor.mark(at, "+-−") and beside  # noqa: RUF001


def _without_units(cursor: Cursor, runs: list[list[int]]) -> list[list[int]]:
    """Numbers without their unit, where all of them have the same, or only the last has one: 29, 39 o 55 euros."""
    numbers = [run[:1] for run in runs if cursor.number(run[0]) is not None]
    if len(numbers) < max(2, len(runs)) or any(after_unit(cursor, run[0] + 1) != run[-1] + 1 for run in runs):
        return runs
    units = {cursor.text(run[1:]) if run[1:] else "" for run in runs[:-1]}
    return numbers if units in ({""}, {cursor.text(runs[-1][1:]) if runs[-1][1:] else ""}) else runs


@dataclass(frozen=True)
class Ratio:
    """The shares of several values in their order.

    Attributes:
        shares: All rows together.
        after: The lexeme after them.
    """

    shares: tuple[Fraction, ...]
    after: int


def ratio_at(cursor: Cursor, at: int) -> Ratio | None:
    """At 60/30/10 percent, en 70/20/10, im Verhältnis 50/30/20, with what leads to them; None where there are none."""
    at += cursor.mark(at, ",") and says("ratio", cursor[cursor.skip(at + 1)].word)
    while cursor[at].kind == "fill" or cursor.has(at, "as_format", "of", "with") or says("ratio", cursor[at].word):
        at += 1
    found: list[Fraction] = []
    while (number := cursor.number(at)) is not None or cursor.share(at) is not None:
        found.append((cursor.share(at) or Fraction(0)) if number is None else number / 100)
        at += 1
        if not (cursor.mark(at, "/") or cursor.dash(at) is not None) or number is None:
            break
        at += 1
    at += cursor[at].word in PERCENT
    return Ratio(tuple(found), at) if len(found) > 1 and sum(found) == 1 and cursor.separates(at) else None
