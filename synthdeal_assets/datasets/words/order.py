"""What comes before what: dates in order, and fields that are compared."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words.draft import FieldDraft
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
from synthdeal_assets.datasets.words.quantities import LATER, Quantity, quantity_at
from synthdeal_assets.datasets.words.series import ONE
from synthdeal_assets.datasets.words.subjects import fields_with_part, known_noun, part_of_name, subject_at
from synthdeal_assets.datasets.words.times import period_at
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import Walk

_SIGNS: Final = {"over": ">", "under": "<", "at_least": ">=", "at_most": "<="}
_DAYS: Final = ("day", "week", "month", "year")
_HOURS: Final = ("hour", "minute")


def _units(walk: Walk, words: tuple[str, ...]) -> tuple[str, ...]:
    """What times may be apart: days also by hours, where their field has them."""
    one = FieldDraft("", words)
    named = fold(" ".join(words))
    of_day = any(named.startswith(word) or named.endswith(word) for word in _OF_DAYS)
    return _DAYS if of_day and not (walk.is_moment(one) or _rides(one) == "arrival") else (*_DAYS, *_HOURS)


_OF_DAYS: Final = ("date", "day", "datum", "tag", "fecha", "dia")


def compared(walk: Walk, noun: Noun) -> int | None:
    """Price must be greater than cost: a rule of two fields."""
    cursor = walk.cursor
    after = cursor.skip(noun.last)
    while cursor.has(after, "is") and cursor[after].kind == "concept":
        after = cursor.skip(after + 1)
    if period_at(cursor, after) is not None:
        # Starts from March 2025 on: a month is no other field.
        return None
    sign = next((sign for concept, sign in _SIGNS.items() if cursor.has(after, concept)), None)
    other = noun_at(cursor, cursor.skip_of(after + 1)) if sign is not None else None
    if sign is None or other is None:
        return None
    elsewhere = [one for one in walk.draft.tables if one is not walk.table and walk.known_field(other.words, one)]
    if walk.known_field(other.words) is None and elsewhere:
        walk.draft.lose(range(after, other.last), "a rule across tables is written in a specification")
        return other.last
    right = walk.add_field(other.words, other.at, other.last)
    left = walk.add_field(noun.words, noun.at, noun.last)
    left.rules.append(f"{left.name} {sign} {right.name}")
    left.said |= {after, *other.at}
    walk.owner_at = other.last
    return other.last


def ordered(walk: Walk, at: int) -> int | None:
    """After the order date, > order date, said of the field before it."""
    cursor, one = walk.cursor, walk.field
    if cursor.mark(at, "<>") and one is not None and walk.owner_at == at - cursor.mark(at - 1, "("):
        return _signed(walk, one, at)
    if one is not None and (found := _one_unit_after(walk, one, at)) is not None:
        return found
    if one is None or not cursor.has(at, "after", "before") or cursor[at].kind != "concept":
        return None
    return _follows(walk, one, at, set(), None)


def afterwards(walk: Walk, at: int) -> int | None:
    """End date, which must be later; hora de fin que tiene que ser después: than the field before it."""
    cursor, one, fields = walk.cursor, walk.field, walk.table.fields if walk.table is not None else []
    which = fields.index(one) if one in fields else 0
    if one is None or which == 0 or walk.owner_at != at or not one.is_plain:
        return None
    first = at + (cursor.mark(at, ",") or cursor.mark(at, "("))
    end = cursor.item_end(first)
    again = subject_at(walk, first) or part_of_name(walk, first)
    if again is not None and again.last < end and any(each is one for _, each in again.fields):
        # Fecha de entrada y fecha de salida, la salida siempre después.
        first = again.last
    words, before = sentence_words(walk.language), fields[which - 1]
    passing = words["states"] | words["relative"] | words["adverbs"] | words["surely"]
    later = [each for each in range(first, end) if cursor[each].word in LATER]
    others = [each for each in range(first, end) if each not in later and cursor[each].kind != "fill"]
    if len(later) != 1 or any(not set(cursor[each].word.split()) <= passing for each in others):
        return None
    if not walk.is_date(before) or not (walk.is_date(one) or walk.type_of(one.words) == "time.time_of_day"):
        return None
    one.follows = before
    if walk.type_of(one.words) == "time.time_of_day":
        one.is_moment = before.is_moment = True
    one.said |= {*range(at, end)}
    walk.owner_at = end + (cursor.mark(at, "(") and cursor.mark(end, ")"))
    return walk.owner_at


def _one_unit_after(walk: Walk, one: FieldDraft, at: int) -> int | None:
    """A year after the start, eine Woche später, un mes después de la firma: one of a unit, said without a number."""
    cursor = walk.cursor
    unit = next((unit for unit in _units(walk, one.words) if cursor.has(at, unit)), None)
    led = all(cursor[each].kind == "fill" or cursor.mark(each, "(:,=") or cursor.has(each, "is", "like", "with")
              for each in range(walk.owner_at, at))  # fmt: skip
    if unit is None or cursor[at - 1].word not in ONE or not 0 <= walk.owner_at < at or not led:
        return None
    if cursor[at + 1].word in LATER and not cursor.has(at + 2, "of"):
        return _later(walk, Quantity(Fraction(1), Fraction(1), strict=False, at=(at,), after=at), unit)
    return _follows(walk, one, at + 1, {at}, (1, 1, unit)) if cursor.has(at + 1, "after") else None


def _signed(walk: Walk, one: FieldDraft, at: int) -> int | None:
    cursor, equal = walk.cursor, walk.cursor.mark(at + 1, "=")
    found = subject_at(walk, at + 1 + equal, [walk.table]) if walk.table is not None else None
    other = found.fields[0][1] if found is not None else one
    if found is None or other is one or not cursor.separates(found.last):
        return None
    greater = cursor.mark(at, ">")
    later, earlier = (one, other) if greater else (other, one)
    if walk.is_date(one) and walk.is_date(other):
        if later.follows is not None:
            return None
        later.follows = earlier
    else:
        one.rules.append(f"{one.name} {cursor[at].text}{'=' * equal} {other.name}")
    one.said |= {*range(at, found.last)}
    walk.owner_at = found.last
    return found.last


def order_of(walk: Walk, noun: Noun) -> int | None:
    """Shipped after ordered, Lieferdatum nach Bestelldatum."""
    cursor = walk.cursor
    after = cursor.skip(noun.last)
    while cursor.has(after, "is") and cursor[after].kind == "concept":
        after = cursor.skip(after + 1)
    quantity = quantity_at(cursor, after)
    unit = (
        None
        if quantity is None
        else next((unit for unit in _units(walk, noun.words) if cursor.has(quantity.after, unit)), None)
    )
    if quantity is not None and unit is not None and cursor.has(quantity.after + 1, "after"):
        # Discharge is 1 to 21 days after admission.
        one = _date_field(walk, noun)
        walk.field = one
        return days_between(walk, quantity)
    if not cursor.has(after, "after", "before") or period_at(cursor, after) is not None:
        return None
    other = noun_at(cursor, cursor.skip_of(after + 1))
    if other is None:
        return None
    one = _date_field(walk, noun)
    return _follows(walk, one, after, set(), None)


def days_after(walk: Walk, at: int) -> int | None:
    """Three days after the order."""
    cursor, one = walk.cursor, walk.field
    number = cursor.number(at)
    if one is None or number is None or number.denominator != 1:
        return None
    unit = next((unit for unit in _units(walk, one.words) if cursor.has(at + 1, unit)), None)
    if unit is not None and cursor[at + 2].word in LATER:
        return _later(walk, Quantity(number, number, strict=False, at=(at,), after=at + 1), unit)
    if unit is None or not cursor.has(at + 2, "after"):
        return None
    return _follows(walk, one, at + 2, {at, at + 1}, (int(number), int(number), unit))


def days_between(walk: Walk, found: Quantity) -> int | None:
    """2 to 5 days after the order, at most 14 days after it."""
    cursor, one = walk.cursor, walk.field
    if one is None:
        return None
    unit = next((unit for unit in _units(walk, one.words) if cursor.has(found.after, unit)), None)
    if unit is not None and cursor[found.after + 1].word in LATER:
        return _later(walk, found, unit)
    if one.follows is not None and one.days is None and cursor.separates(found.after):
        # Ends after it starts, at most 8 hours.
        span = next((unit for unit in _units(walk, one.words) if cursor.has(found.after - 1, unit)), None)
        return _later(walk, found, span) if span is not None else None
    if unit is None or not cursor.has(found.after + 1, "after") or (found.high or Fraction(0)).denominator != 1:
        return None
    low = int(found.low) if found.low is not None else 0
    high = int(found.high) if found.high is not None else low + 30
    zero = {each for each in found.at if cursor.number(each) == 0}
    end = _follows(walk, one, found.after + 1, {*found.at, found.after} - zero, (low, high, unit))
    if end is not None and zero:
        walk.draft.noted.append(("days apart", "0", zero))
    return end


def _later(walk: Walk, found: Quantity, unit: str) -> int | None:
    """Submitted in May, decision 14 to 90 days later: than the field before it, where that holds days."""
    cursor, one, fields = walk.cursor, walk.field, walk.table.fields if walk.table is not None else []
    at = fields.index(one) if one in fields else 0
    low, high = found.low, found.high
    after = one is not None and one.follows is not None and one.days is None
    earlier = one.follows if one is not None and after else fields[at - 1] if at else None
    if one is None or earlier is None or not walk.is_date(earlier) or not (one.is_plain or after) or high is None:
        return None
    # At most 6 days later may be the same day, where it is not said that it comes after.
    strictly, low = after and low is None, Fraction(0) if low is None else low
    if low.denominator != 1 or high.denominator != 1:
        return None
    if strictly and unit in ("day", "minute"):
        low = Fraction(1)
    elif strictly:
        one.rules.append(f"{one.name} > {earlier.name}")
    one.follows, one.days = earlier, (int(low), int(high), unit)
    if unit in _HOURS:
        one.is_moment = earlier.is_moment = True
    later = cursor[found.after + 1].word in LATER
    end = found.after + 1 + later if cursor.has(found.after, *_DAYS, *_HOURS) else found.after
    one.said |= {*found.at, *range(found.after, end)}
    return end


def _follows(walk: Walk, one: FieldDraft, at: int, indices: set[int], days: tuple[int, int, str] | None) -> int | None:
    cursor = walk.cursor
    first = cursor.skip_of(at + 1)
    noun = known_noun(walk, first)
    named = fields_with_part(walk, (cursor[first].text,)) if noun is None and cursor.has(first, "rows") else []
    if len(named) == 1:
        # After entry, of entry_time: no row.
        noun = Noun(named[0].words, (first,), first + 1, len(named[0].words))
    if noun is None:
        return None
    part = part_of_name(walk, first, led=True) if walk.known_field(noun.words) is None else None
    if (
        part is not None
        and part.last == noun.last
        and len(part.fields) == 1
        and part.fields[0][0] is walk.table
        and walk.is_date(part.fields[0][1])
    ):
        words = part.fields[0][1].words
        noun = Noun(words, part.at, part.last, len(words))
    table, field_at = walk.table, walk.owner_at
    other = _date_field(walk, noun, but=one)
    if other is one:
        return None
    walk.table, walk.field, walk.owner_at = table, one, field_at
    later, earlier = (other, one) if cursor.has(at, "before") else (one, other)
    if later.follows is not None:
        return None
    if days is None and walk.type_of(earlier.words) == _BIRTH:
        # Hired after the birth date says nothing of how soon.
        later.rules.append(f"{later.name} > {earlier.name}")
        later.is_date = later.is_date or not walk.is_date(later)
        later.said |= indices | {at, *noun.at}
        return noun.last
    later.follows, later.days = earlier, days
    if days is not None and days[2] in _HOURS:
        earlier.is_moment = later.is_moment = True
    if "time.time_of_day" in (walk.type_of(earlier.words), walk.type_of(later.words)):
        # An arrival after midnight is after its departure.
        earlier.is_moment = later.is_moment = True
    if days is None and _rides(earlier) == "departure" and _rides(later) == "arrival":
        earlier.is_moment = later.is_moment = True
        later.days = (*_RIDE, "minute")
        later.assumed.append(f"{_RIDE[0]} to {_RIDE[1]} minutes after {earlier.name}")
    if not walk.is_date(earlier):
        # What something comes after in time is a day, whatever it is called.
        earlier.is_date = earlier.is_day = True
    later.said |= indices | {at, *noun.at}
    return noun.last


_BIRTH: Final = "person.birth_date"


def _rides(one: FieldDraft) -> str | None:
    """Whether a field without a word for a day is when a vehicle leaves or comes: takeoff, landing, salida."""
    words = [word for word in re.split(r"[-_ ]", fold(" ".join(one.words))) if word not in ("time", "hora", "de")]
    name = "".join(words).removesuffix("zeit").removesuffix("s")
    return next((what for what, names in _RIDES.items() if name in names), None)


_RIDES: Final = {
    "departure": frozenset({"takeoff", "departure", "departed", "depart", "abflug", "abfahrt", "despegue", "salida"}),
    "arrival": frozenset({"landing", "arrival", "arrived", "arrive", "landung", "ankunft", "aterrizaje", "llegada"}),
}
_RIDE: Final = (10, 480)
"""Minutes from when a vehicle leaves to when it comes, where nothing is said of it."""


def _date_field(walk: Walk, noun: Noun, *, but: FieldDraft | None = None) -> FieldDraft:
    """The field that a noun names, also by its first word: shipped for shipping date; made where there is none."""
    found = walk.known_field(noun.words)
    whose = len(noun.words) > 1 and fold(noun.words[0]) in _DATE_WORDS
    if found is None and walk.table is not None and not whose:
        stem = noun.words[0].casefold()[:4]
        begins = [one for one in walk.table.fields for word in one.words if word.casefold().startswith(stem)]
        near = [one for one in begins if len(stem) == 4 and _is_alike(one, noun)]
        dates = [one for one in near if walk.is_date(one) and one is not but]
        found = dates[0] if len(dates) == 1 else None
    if found is None:
        return walk.add_field(noun.words, noun.at, noun.last)
    found.said |= set(noun.at)
    walk.field, walk.owner_at = found, noun.last
    return found


def _is_alike(one: FieldDraft, noun: Noun) -> bool:
    """Whether a field and a noun have no words apart, but for date: a check-out is no check-in."""
    said, named = (
        {word[:4] for word in re.split(r"[-_ ]", fold(" ".join(words))) if word not in _DATE_WORDS}
        for words in (noun.words, one.words)
    )
    return said <= named or named <= said


_DATE_WORDS: Final = frozenset({"date", "datum", "dia", "fecha", "hora", "time"})
"""First words of names that say nothing of whose date it is."""
