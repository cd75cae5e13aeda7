"""Birth dates by age, and a day with its time as one field: date of birth (ages 3 to 90), date and time in July."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from synthdeal_assets.datasets.words.draft import FieldDraft
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
from synthdeal_assets.datasets.words.quantities import Quantity, quantity_at
from synthdeal_assets.datasets.words.times import Period, period_at
from synthdeal_assets.datasets.words.walk import Walk, plain

_OLDEST: Final = 120


def aged_in_bracket(walk: Walk, one: FieldDraft, at: int, end: int) -> int | None:
    """(ages from 3 to 90) behind a date of birth: the days on which people of that age were born."""
    cursor = walk.cursor
    first = cursor.skip(at)
    whom = first + 1
    while cursor[whom].kind == "fill" or cursor[whom].word in _AT_AGE:
        whom += 1
    years = quantity_at(cursor, first + 1)
    if _says_age(walk, whom) and not _says_age(walk, first):
        # Patients aged 3 to 90, Patienten im Alter von 3 bis 90.
        first = whom
    elif years is not None and any(_is_years(walk, each) for each in years.at):
        first += 1
    said = _says_age(walk, first)
    first = cursor.skip(first + said)
    found = quantity_at(cursor, first)
    if found is None or cursor.skip(found.after) != end:
        return None
    said = said or any(_is_years(walk, each) for each in found.at)
    return end + 1 if said and born(walk, one, found, {*range(at, end)}) else None


def born(walk: Walk, one: FieldDraft, found: Quantity, said: set[int]) -> bool:
    """Gives a date of birth the days on which people between two ages were born; whether it is one."""
    if walk.type_of(one.words) != "person.birth_date" or one.period is not None or one.follows is not None:
        return False
    low, high = found.low, found.high
    if low is None or high is None or low.denominator != 1 or high.denominator != 1 or not 0 <= low <= high <= _OLDEST:
        return False
    as_of = walk.cursor.as_of
    first = _years_before(as_of, int(high) + 1) + timedelta(days=1)
    last = _years_before(as_of, int(low))
    one.period = Period(first.isoformat(), last.isoformat(), tuple(sorted(said)), found.after)
    numbers = {at for at in said if walk.cursor.number(at) is not None}
    one.said |= said - numbers
    for at in numbers:
        walk.draft.noted.append(("age", plain(walk.cursor.number(at) or low), {at}))
    one.assumed.append(f"so that they are {low} to {high} years old on {as_of}")
    return True


def of_all_people(walk: Walk, one: FieldDraft, at: int) -> bool:
    """Whether years of age behind a list are those of the people: name and country, all between 18 and 65 years old."""
    cursor, first = walk.cursor, at
    while not cursor.separates(first - 1) and (cursor[first - 1].kind == "fill" or cursor.has(first - 1, "of")):
        first -= 1
    everybody = cursor[first - 1].word in sentence_words(walk.language)["everybody"]
    if not everybody and not cursor.mark(first - 1, ","):
        return False
    is_number = one.low is not None or one.values or walk.measure_of(one.words) is not None
    ages = [each for each in (walk.table.fields if walk.table else []) if walk.type_of(each.words) == "person.age"]
    if is_number or ages or walk.is_date(one):
        return False
    one.said |= {first - 1} if everybody else set()
    return True


def _says_age(walk: Walk, at: int) -> bool:
    word = walk.cursor[at].word
    return word in _AGES or walk.type_of((walk.cursor[at].text,)) == "person.age"


_AT_AGE: Final = frozenset({"im", "in", "with", "mit", "con", "de"})
_AGES: Final = frozenset({"aged", "ages", "alter", "edades", "edad"})


def _is_years(walk: Walk, at: int) -> bool:
    return walk.cursor.has(at, "year") or walk.cursor[at].word in _YEARS_OLD


_YEARS_OLD: Final = frozenset({"years old", "years of age", "jahre alt", "anos de edad"})


def _years_before(day: date, years: int) -> date:
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - years, day=28 if leap else day.day)


def date_and_time(walk: Walk, noun: Noun) -> int | None:
    """Date and time in July 2026: one point in time, where one span of days is said of both."""
    cursor = walk.cursor
    if len(noun.words) != 1 or walk.measure_of(noun.words) != "date" or not cursor.has(noun.last, "and"):
        return None
    time = noun_at(cursor, noun.last + 1) if cursor[noun.last + 1].kind == "word" else None
    if time is None or len(time.words) != 1 or walk.measure_of(time.words) != "moment":
        return None
    if period_at(cursor, time.last) is None:
        return None
    words = (*noun.words, cursor[noun.last].text, *time.words)
    one = walk.add_field(words, {*noun.at, noun.last, *time.at}, time.last)
    one.is_moment = True
    return time.last
