"""Ranges and bounds of numbers: between 18 and 80, von 18 bis 80, under 500, mindestens 3, 30000-90000."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.numbers import PERCENT

_TIMES: Final = ("minute", "hour", "day", "week", "month", "year")
_CURRENCIES: Final = "€$£¥"
LATER: Final = frozenset({"later", "afterwards", "spater", "danach", "despues"})
"""Words for after something that was said before."""


@dataclass(frozen=True)
class Quantity:
    """What numbers a thing may have.

    Attributes:
        low: The least; None where none is said.
        high: The greatest.
        strict: Whether the ends themselves are out: under 500, over 18.
        at: The lexemes that say so.
        after: The lexeme after them.
        mixed: Whether its ends have different units: 5 s to 30 min.
    """

    low: Fraction | None
    high: Fraction | None
    strict: bool
    at: tuple[int, ...]
    after: int
    mixed: bool = False


@dataclass(frozen=True)
class _Amount:
    value: Fraction
    after: int
    unit: str = ""


def quantity_at(cursor: Cursor, at: int) -> Quantity | None:
    """The range or bound that begins here; None where none does. A number alone is none."""
    start = at
    if cursor.has(at, "between", "from"):
        found = _two_ends(cursor, start, cursor.skip(at + 1), with_and=cursor.has(at, "between"))
        if found is not None:
            return found
    bound = _bound(cursor, at)
    if bound is not None:
        return bound
    found = _two_ends(cursor, start, at, with_and=False)
    if found is not None:
        return found
    amount = _amount(cursor, at)
    if amount is None:
        return None
    after = amount.after
    if not cursor.separates(after + 1) and not cursor.has(after + 1, "with"):
        # "10 minutes from May on" has no least value.
        return None
    if cursor.has(after, "at_least") or (cursor.mark(after, "+") and cursor[after].start == cursor[after - 1].end):
        return Quantity(amount.value, None, False, tuple(range(start, after + 1)), after + 1)
    if cursor.has(after, "at_most") and cursor[after].word not in _UNTIL:
        return Quantity(None, amount.value, False, tuple(range(start, after + 1)), after + 1)
    return None


def _two_ends(cursor: Cursor, start: int, at: int, *, with_and: bool) -> Quantity | None:
    first = _amount(cursor, at)
    if first is None:
        return None
    joined = cursor.dash(first.after)
    if joined is None:
        until = cursor[first.after].word in _UNTIL or _either(cursor, first)
        if not (cursor.has(first.after, "to") or until or (with_and and cursor.has(first.after, "and"))):
            return None
        joined = after_hesitation(cursor, first.after + 1)
    second = _amount(cursor, joined)
    if second is not None and cursor[second.after].word == "min":
        # 18 to 55 min: minutes, and no least value.
        second = _Amount(second.value, second.after + 1, "min")
    if second is None or first.value > second.value or _lettered(cursor, first) or _lettered(cursor, second):
        return None
    units = {unit.rstrip("sne") for unit in (first.unit, second.unit) if unit}
    indices = tuple(range(start, second.after))
    return Quantity(first.value, second.value, False, indices, second.after, mixed=len(units) > 1)


def _either(cursor: Cursor, first: _Amount) -> bool:
    """Whether one or one more are counted for each of something: 1 or 2 rows per piece, each with 1 or 2 firings."""
    at = first.after
    per = any(cursor.has(each, "per", "each") for each in (at + 2, at + 3, at + 4, at - 2, at - 3))
    counts = cursor[at + 2].kind == "word" or cursor.has(at + 2, "rows", "per")
    return cursor.has(at, "or") and cursor.number(at + 1) == first.value + 1 and counts and per


_UNTIL: Final = frozenset({"up to", "bis zu", "bis maximal", "hasta"})
"""What joins two ends, and is an end of its own where no other stands before it."""


def after_hesitation(cursor: Cursor, at: int) -> int:
    """The lexeme after what somebody says while thinking of a number: 150 up to, hmm, 900."""
    end = at
    while cursor[end].kind == "fill" or cursor.mark(end, ",") or _hesitates(cursor, end):
        end += 1
    return end if any(_hesitates(cursor, each) for each in range(at, end)) else cursor.skip(at)


def _hesitates(cursor: Cursor, at: int) -> bool:
    words = {*cursor[at].word.split()}
    return bool(words) and words <= sentence_words(cursor.language.name)["hesitating"]


def _lettered(cursor: Cursor, amount: _Amount) -> bool:
    """Whether a letter belongs to a number that is no unit: 5a to 10c are names."""
    last = cursor[amount.after - 1]
    return last.kind == "suffix" and not cursor.has(amount.after - 1, "unit") and len(last.text) == 1


def _bound(cursor: Cursor, at: int) -> Quantity | None:
    upper = cursor.has(at, "under", "at_most", "within")
    lower = cursor.has(at, "over", "at_least")
    until = cursor.has(at, "to") and cursor.language.name != "english" and not upper
    less = cursor.mark(at, "<")
    more = cursor.mark(at, ">")
    if not (upper or lower or until or less or more):
        return None
    next_ = at + 1
    equal = (less or more) and cursor.mark(next_, "=")
    amount = _amount(cursor, cursor.skip_of(next_ + equal))
    if amount is None:
        return None
    strict = ((less or more) and not equal) or cursor.has(at, "under", "over")
    indices = tuple(range(at, amount.after))
    joint = cursor.skip(amount.after + cursor.mark(amount.after, ","))
    joint = cursor.skip(joint + cursor.has(joint, "and"))
    if lower and not strict and joint > amount.after and cursor.has(joint, "at_most"):
        # At least 2 and at most 14 days.
        end = _amount(cursor, cursor.skip_of(joint + 1))
        if end is not None and end.value >= amount.value:
            return Quantity(amount.value, end.value, False, tuple(range(at, end.after)), end.after)
    if lower and (end := _nor_over(cursor, at, amount.after)) is not None:
        return Quantity(amount.value, end.value, strict, tuple(range(at, end.after)), end.after)
    if lower or more:
        # What begins at 18 may also end: mindestens 3, höchstens 5.
        return Quantity(amount.value, None, strict, indices, amount.after)
    return Quantity(None, amount.value, strict, indices, amount.after)


def _nor_over(cursor: Cursor, at: int, joint: int) -> _Amount | None:
    """The 9 of "never below 5.5 or above 9": what is denied of the one is of the other."""
    denied = cursor[at].word.split()[0] in _DENIED
    if denied and cursor[joint].word in _OR_MORE and cursor[joint + 1].word in _THAN:
        return _amount(cursor, cursor.skip(joint + 2))
    if not denied or not (cursor.has(joint, "or", "not", "and") or cursor[joint].word == "ni"):
        return None
    over = joint + 1 if cursor.has(joint + 1, "over") else joint
    return _amount(cursor, cursor.skip_of(over + 1)) if cursor.has(over, "over") else None


_OR_MORE: Final = frozenset({"or more", "or higher", "oder mehr", "o mas"})
_THAN: Final = frozenset({"than", "als", "de", "que"})
_DENIED: Final = frozenset({"never", "not", "no", "nie", "niemals", "nicht", "nunca"})


def _amount(cursor: Cursor, at: int) -> _Amount | None:
    """A number with its sign and unit."""
    sign = 1
    if cursor.mark(at, _CURRENCIES):
        at += 1
    if (cursor.dash(at) == at + 1 and cursor[at + 1].start == cursor[at].end and cursor.number(at + 1) is not None) or (
        cursor.has(at, "minus") and cursor.number(at + 1) is not None
    ):
        sign, at = -1, at + 1
    value = cursor.number(at)
    share = cursor.share(at)
    if share is not None and cursor[at].word.split()[-1].endswith(PERCENT):
        return _Amount(sign * share * 100, at + 1)
    if value is None:
        return None
    after = after_unit(cursor, at + 1)
    unit = cursor[after - 1].word if after > at + 1 and not cursor.mark(after - 1, _CURRENCIES) else ""
    return _Amount(sign * value, after, unit)


def _after_time(cursor: Cursor, at: int) -> int:
    """The lexeme after what a unit is for: per month, im Monat, al día."""
    if cursor[at].word.split(" ")[0] in _PER and cursor.has(at, *_EVERY):
        return at + 1
    per = cursor[at].word in ("im", "am", "in der") or cursor.has(at, "per")
    return at + 2 if per and cursor.has(at + 1, *_TIMES) and not cursor.has(at + 2, "of") else at


_PER: Final = frozenset({"per", "pro", "je", "por", "al"})
_EVERY: Final = ("every_hour", "every_day", "every_week", "every_month", "every_minute")


def after_unit(cursor: Cursor, at: int) -> int:
    """The lexeme after the unit of a number, where it has one: euros, millones de euros, m³ per month."""
    scaled = cursor[at].word == "de" and cursor.has(at + 1, "unit") and cursor[at - 1].text.endswith(("llón", "llones"))
    at += scaled
    if cursor.mark(at, _CURRENCIES) or (cursor.has(at, "unit") and cursor[at].kind != "suffix"):
        return _after_time(cursor, at + 1)
    if cursor.mark(at, "°") and cursor[at + 1].word in ("c", "f"):
        return at + 2
    if cursor.has(at, "unit") or cursor[at].kind == "suffix":
        return at + 1
    # 14 days after the order are no unit of a number, but a distance in time.
    lasts = cursor.has(at, *_TIMES) and not cursor.has(at + 1, "last", "after", "before")
    lasts = lasts and cursor[at + 1].word not in LATER
    return at + 1 if lasts and cursor[at].kind == "word" else at
