"""What is said of a field: its numbers and days, how many are missing or unique, what comes before it.

Lists of values and formulas belong in `values.py`, counts of rows in `rows.py`.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words import (
    alike,
    beyond,
    births,
    choices,
    examples,
    flags,
    formulas,
    order,
    shares,
    values,
)
from synthdeal_assets.datasets.words.draft import Doubt, FieldDraft
from synthdeal_assets.datasets.words.letters import letters, names_code
from synthdeal_assets.datasets.words.nouns import BEYOND, Noun, noun_at
from synthdeal_assets.datasets.words.numbers import PERCENT
from synthdeal_assets.datasets.words.quantities import Quantity, after_unit, quantity_at
from synthdeal_assets.datasets.words.subjects import of_all
from synthdeal_assets.datasets.words.times import Period, period_at
from synthdeal_assets.datasets.words.walk import SECONDS, Walk, fields_alike, lasts

ASSUMED_MISSING: Final = Fraction(1, 10)
_AGE: Final = {"english": "age", "german": "alter", "spanish": "edad"}
_VALUE: Final = {"english": "value", "german": "wert", "spanish": "valor"}

bracket_of_field = values.bracket_of_field
values_after_colon = values.values_after_colon


def statement(walk: Walk, noun: Noun) -> int | None:
    """What a field is calculated from, or comes after."""
    found = formulas.formula(walk, noun)
    if found is None:
        found = order.order_of(walk, noun)
    if found is None:
        found = order.compared(walk, noun)
    return _with_mean(walk, noun) if found is None else found


def field_from(walk: Walk, noun: Noun) -> int | None:
    """A field with the name of a noun, or several where only the commas are missing."""
    cursor = walk.cursor
    for special in (births.date_and_time, statement, beyond.before_weekday, _optional, letters):
        if (found := special(walk, noun)) is not None:
            return found
    single = [(word,) for word in noun.words]
    whole = walk.known_field(noun.words) is not None or walk.guess(noun.words) is not None
    apart = len(single) > 1 and len(noun.at) == len(noun.words) and not whole and walk.measure_of(noun.words) is None
    listed = len(single) > 2 and len(noun.at) == len(single) and walk.measure_of(noun.words) is None
    if (apart or listed) and all(walk.type_of(word) is not None for word in single):
        for word, at in zip(single, noun.at, strict=True):
            walk.add_field(word, {at}, at + 1)
        return noun.last
    if len(noun.words) > 1 and len(noun.at) == len(noun.words) and (typed := _with_type(walk, noun)) is not None:
        return typed
    walk.add_field(noun.words, noun.at, noun.last)
    if cursor[noun.last].kind == "code":
        return examples.pattern(walk, noun.last - 1)
    return noun.last


_MEANS: Final = frozenset({"averages", "averaging", "average", "medio", "media", "promedio", "mean"})
_OPTIONAL: Final = frozenset({"optional", "optionale", "optionaler", "optionales", "opcional", "opcionales"})


def _with_mean(walk: Walk, noun: Noun) -> int | None:
    """Delay averages 12 minutes, salario medio de 28.000 euros: the last word says what the number is."""
    cursor = walk.cursor
    after = cursor.skip_of(noun.last)
    number = cursor.number(after)
    if len(noun.words) < 2 or len(noun.at) != len(noun.words) or number is None:
        return None
    begins = cursor[noun.at[0]].word in _MEANS
    if not (begins or cursor[noun.at[-1]].word in _MEANS) or quantity_at(cursor, after) is not None:
        return None
    words, at = (noun.words[1:], noun.at[1:]) if begins else (noun.words[:-1], noun.at[:-1])
    alike = fields_alike(walk, words) if walk.known_field(words) is None else []
    one = walk.add_field(alike[0].words if len(alike) == 1 else words, at, noun.last)
    end = after_unit(cursor, after + 1)
    one.mean = number
    one.said |= {*noun.at, *range(noun.last, end)}
    walk.doubt_number(after)
    return end


def _optional(walk: Walk, noun: Noun) -> int | None:
    """Comentario opcional: some of them are missing."""
    places = [at for at in noun.at if walk.cursor[at].word in _OPTIONAL]
    if len(noun.words) < 2 or len(noun.words) != len(noun.at) or places not in ([noun.at[0]], [noun.at[-1]]):
        return None
    words = noun.words[1:] if places == [noun.at[0]] else noun.words[:-1]
    one = walk.add_field(words, set(noun.at) - set(places), noun.last)
    if one.missing is None:
        _assume_missing(walk, one)
    one.said |= set(places)
    return noun.last


def _with_type(walk: Walk, noun: Noun) -> int | None:
    """Currency EUR is one value; id uuid, age int and created_at timestamp name a type."""
    last = noun.words[-1]
    if last in values.CURRENCIES:
        one = walk.add_field(noun.words[:-1], noun.at, noun.last)
        one.values[last] = None
        return noun.last
    if last.casefold() not in _TYPE_WORDS:
        return None
    one = walk.add_field(noun.words[:-1], noun.at, noun.last)
    kind = values.KINDS[last.casefold()]
    one.whole, one.yes_no, one.is_date = kind == "whole", kind == "flag", kind == "date"
    one.uuid = last.casefold() == "uuid"
    return noun.last


_TYPE_WORDS: Final = frozenset(
    {"uuid", "string", "varchar", "int", "integer", "bigint", "float", "double", "decimal", "boolean", "bool",
     "timestamp", "datetime"}
)  # fmt: skip


def apply_period(walk: Walk, period: Period) -> int | None:
    """Gives days to the series, the field or the table that is spoken of."""
    table, one = walk.table, walk.field
    of_series = table is not None and table.every is not None and table.period is None
    if period.bare and one is not None and not walk.is_date(one) and not of_series:
        return None
    indices = set(period.at)
    if period.doubt is not None:
        walk.draft.doubts.append(
            Doubt(f"Is {walk.cursor.text(period.at)!r} {period.first} or {period.doubt}?", period.first, 100)
        )
    if table is not None and table.every is not None and table.period is None:
        table.period = period
        table.rows_at |= indices
        walk.owner_at = period.after
        return period.after
    beside = one is not None and (walk.owner_at == min(indices) or min(indices) - 1 in one.said)
    dated = one is not None and (walk.is_date(one) or (beside and _may_be_date(walk, one)))
    if one is not None and one.period is None and dated:
        one.period = period
        one.said |= indices
        return period.after
    if table is None:
        walk.period_next = period
        return period.after
    if table.period is not None:
        return None
    if one is not None and period.bare:
        return None
    if _says_of_lost(walk, min(indices)):
        walk.draft.lose(indices)
        return period.after
    table.period = period
    table.rows_at |= indices
    if walk.owner_at == min(indices):
        walk.owner_at = period.after
    return period.after


def _says_of_lost(walk: Walk, at: int) -> bool:
    """Whether what stands before is a number that nothing took up, of which days may be said as well as of rows."""
    cursor, known = walk.cursor, walk.draft.claimed() - walk.draft.lost
    at = cursor.before(at)
    while cursor.separates(at) and not cursor.ends(at):
        at = cursor.before(at)
    while not cursor.separates(at) and at not in known:
        if cursor[at].kind in ("number", "unread", "share"):
            return True
        at -= 1
    return False


def _may_be_date(walk: Walk, one: FieldDraft) -> bool:
    if walk.is_date(one):
        return True
    if walk.type_of(one.words) == "flag" and not one.yes_no:
        return True
    plain = not (one.values or one.pattern or one.formula or one.flag is not None or one.low is not None)
    return plain and walk.type_of(one.words) is None and walk.measure_of(one.words) is None


def apply_quantity(walk: Walk, found: Quantity) -> int | None:
    """Gives a range or a bound to the field that is spoken of."""
    one = walk.field
    if (ordered := order.days_between(walk, found)) is not None:
        return ordered
    aged = walk.cursor[min(found.at) - 1].word == "aged"
    of_age = aged or any(_is_of_age(walk, at) for at in found.at)
    if of_age and one is not None and births.of_all_people(walk, one, min(found.at)):
        one = None
    if one is None and walk.table is not None and of_age:
        one = walk.add_field((_AGE[walk.language],), {min(found.at) - 1} if aged else (), found.after)
    if one is None and walk.table is not None and walk.table.every is not None and not walk.table.fields:
        one = walk.add_field((_VALUE[walk.language],), (), found.after)
    if one is None or one.formula or one.values or one.flag is not None:
        return None
    timed = any(walk.cursor.has(at, "minute", "hour") or walk.cursor[at].word in SECONDS for at in found.at)
    within = walk.cursor.has(min(found.at), "within") and not walk.cursor.has(min(found.at), "at_most")
    if within and walk.measure_of(one.words) != "duration":
        # Last seen within 48 hours, resolved within 4 hours: from when on is not said, or said of something else.
        return None
    if walk.is_date(one) and not (timed or lasts(walk, one)):
        # Numbers that are no days say nothing of days but of ages: date of birth over 18.
        return found.after if of_age and births.born(walk, one, found, set(found.at)) else None
    if (found.low is not None and one.low is not None) or (found.high is not None and one.high is not None):
        return None
    low = found.low if found.low is not None else one.low
    high = found.high if found.high is not None else one.high
    if low is not None and high is not None and low > high:
        return None
    if found.low is not None:
        of_age = walk.cursor[min(found.at)].word in ("mayor de", "mayores de")
        one.low, one.strict_low = found.low, found.strict and not of_age
    if found.high is not None:
        one.high, one.strict_high = found.high, found.strict
    one.places = max(one.places, *(_places(walk.cursor[at].text) for at in found.at))
    _of_both(walk, one, found)
    one.said |= set(found.at)
    walk.doubt_numbers(found.at)
    return found.after


def _of_both(walk: Walk, one: FieldDraft, found: Quantity) -> None:
    """Home score and away score between 70 and 130: the range is of both."""
    fields = walk.table.fields if walk.table is not None else []
    at = fields.index(one) if one in fields else 0
    before = walk.cursor.before(min(one.said, default=0))
    head = slice(1) if walk.language == "spanish" else slice(-1, None)
    if at == 0 or not walk.cursor.has(before, "and") or fields[at - 1].words[head] != one.words[head]:
        return
    other = fields[at - 1]
    if other.is_plain and before - 1 in other.said:
        other.bounded_as(one)
        other.said |= set(found.at)


def _places(text: str) -> int:
    """How many decimals a number is written with: 1.0 has one, 1.200 is a thousand and more."""
    found = re.search(r"\d[.,](\d{1,2})$", text)
    return len(found[1]) if found is not None else 0


def _is_of_age(walk: Walk, at: int) -> bool:
    """Whether a range is of years: customers between 30 and 45 years, entre 30 y 45 años."""
    return walk.cursor.has(at, "year") or walk.cursor[at].word in ("years old", "jahre alt", "anos de edad", "aged")


def apply_decimals(walk: Walk, at: int, after: int, number: Fraction) -> int | None:
    """With 2 decimals."""
    one = walk.field
    if one is None or number.denominator != 1 or not 0 <= number <= 9 or _interrupted(walk, one, at):
        return None
    for each in _of_same_range(walk, one):
        each.decimals = int(number)
        each.said |= {*range(at, after + 1)}
    return after + 1


def _of_same_range(walk: Walk, one: FieldDraft) -> list[FieldDraft]:
    """A field with the others whose range is the same words: oral grade and written grade from 0 to 10."""
    numbers = {at for at in one.said if walk.cursor.number(at) is not None}
    return [each for each in walk.current_table().fields if each is one or each.said & numbers]


def _interrupted(walk: Walk, one: FieldDraft, at: int) -> bool:
    """Whether a number that nothing takes stands between a field and what is said here: it may be of that instead."""
    first = max((each for each in one.said if each < at), default=at)
    between = range(first + 1, at)
    return any(walk.cursor[each].kind in ("number", "share", "unread") or each in walk.draft.lost for each in between)


def modifier(walk: Walk, at: int) -> int | None:
    """Unique, missing, like AB-1234, whole numbers, yes or no, mean and standard deviation, one of."""
    cursor, one = walk.cursor, walk.field
    if cursor.has(at, "unique"):
        return _unique(walk, at)
    if cursor.has(at, "without") and not cursor.has(cursor.skip(at + 1), "unique"):
        return _without(walk, at)
    if cursor.has(at, "not"):
        return _negation(walk, at)
    if cursor.has(at, "sorted"):
        noun = noun_at(cursor, at + 1)
        end = noun.last if noun is not None else at + 1
        walk.draft.lose(range(at, end))
        return end
    article = cursor[at - 1].word in ("un", "una", "ein", "eine", "einer", "a")
    if cursor.has(at, "decimals") and one is not None and article and not _interrupted(walk, one, at):
        for each in _of_same_range(walk, one):
            each.decimals = 1
            each.said.add(at)
        return at + 1
    if (example := examples.example(walk, at)) is not None:
        return example
    if one is None:
        return None
    measured = cursor.has(at + 1, "unit", *_SPANS) or cursor[at + 1].word in (*PERCENT, "porcentaje")
    if cursor.has(at, "as_format") and (measured or cursor[at + 1].text in values.CURRENCIES):
        walk.owner_at = at + 2 if walk.owner_at == at else walk.owner_at
        one.said |= {at, at + 1}
        return at + 2
    if cursor.has(at, "missing"):
        return _missing(walk, at, one)
    if cursor.has(at, "yes_no"):
        one.yes_no = True
        one.said.add(at)
        return at + 1
    if cursor.has(at, "whole") and cursor[at].kind == "word":
        one.whole = True
        one.said.add(at)
        return at + 1
    before = cursor.before(at)
    ranged = quantity_at(cursor, at + 1) is not None or period_at(cursor, at + 1) is not None
    ranged = ranged and cursor.mark(before, ":") and walk.owner_at in (before, before + 1)
    if cursor[at].word in values.KINDS and (ranged or cursor.has(before, "is")) and one.is_plain:
        # Is a decimal between 0 and 1, is an integer; expiry: a date between May and July.
        kind = values.KINDS[cursor[at].word]
        one.whole, one.yes_no, one.is_date = kind == "whole", kind == "flag", kind == "date"
        one.uuid = cursor[at].word == "uuid"
        if cursor.has(at, "decimals") or cursor[at].word in ("dezimalzahl", "float", "double"):
            one.decimals = 2
            one.assumed.append("2 decimals")
        one.said.add(at)
        walk.owner_at = at + 1
        return at + 1
    if cursor.has(at, "one_of"):
        return values.list_of_values(walk, at + 1, {at})
    return _statistics(walk, at, one)


_SPANS: Final = ("minute", "hour", "day", "week", "month", "year")


def _statistics(walk: Walk, at: int, one: FieldDraft) -> int | None:
    cursor = walk.cursor
    if cursor.has(at, "normally"):
        one.said.add(at)
        return at + 1
    what = next((what for what in ("sd", "median", "mean") if cursor.has(at, what)), None)
    about = cursor[at].word in _AROUND and walk.owner_at == at and not one.values and not walk.is_date(one)
    said = _says_normal(walk, one) or (about and one.low is None and one.high is None)
    around = what is None and cursor[at].kind in ("fill", "word") and one.mean is None and said
    if what is None and not around:
        return None
    after = cursor.skip_of(at + 1)
    while cursor.has(after, "is") or cursor.mark(after, ":="):
        after = cursor.skip_of(after + 1)
    ends = quantity_at(cursor, cursor.skip(at + 1)) or quantity_at(cursor, after)
    if what == "mean" and ends is not None and ends.low is not None and ends.high is not None:
        if walk.owner_at == at:
            # Nota media de 0 a 10 is called so, and 0 is no mean.
            walk.rename_field(one, (*one.words, cursor[at].text.split()[0]), {at}, at + 1)
            return at + 1
        walk.draft.lose(range(at, ends.after))
        return ends.after
    number = cursor.number(after)
    if number is None or cursor[after - 1].word in _ARTICLES:
        # The average of the three is not 3.
        return None
    end = after_unit(cursor, after + 1)
    setattr(one, what or "mean", number)
    one.said |= {*range(at, end)}
    walk.doubt_number(after)
    return end


_ARTICLES: Final = frozenset({"the", "these", "those", "der", "den", "die", "las", "los", "estas", "estos", "sus"})
_AROUND: Final = frozenset(
    {"about", "around", "roughly", "approximately", "approx", "circa", "ca", "etwa", "ungefahr", "rund"}
    | {"unos", "unas", "alrededor", "aproximadamente"}
)


def _says_normal(walk: Walk, one: FieldDraft) -> bool:
    return any(walk.cursor.has(at, "normally") for at in one.said)


def _negation(walk: Walk, at: int) -> int | None:
    """No decimals; any other no is left for the person, with what it is about."""
    cursor, one = walk.cursor, walk.field
    if cursor.has(cursor.skip(at + 1), "decimals") and one is not None:
        one.decimals = 0
        one.said |= {at, cursor.skip(at + 1)}
        return cursor.skip(at + 1) + 1
    missing = cursor.skip(at + 1)
    if cursor.has(missing, "missing") and one is not None:
        # No value is missing where nothing else is said.
        one.said |= {at, missing}
        return missing + 1
    noun = noun_at(cursor, at + 1)
    end = noun.last if noun is not None else at + 1
    walk.draft.lose(range(at, end))
    return end


def _without(walk: Walk, at: int) -> int | None:
    """Without a share it says what is not wanted: nothing is made of it, and it is listed."""
    noun = noun_at(walk.cursor, at + 1)
    if walk.cursor.has(walk.cursor.skip(at + 1), "decimals"):
        return _negation(walk, at)
    end = noun.last if noun is not None else at + 1
    walk.draft.lose(range(at, end))
    return end


def _missing(walk: Walk, at: int, one: FieldDraft) -> int | None:
    """Missing: 5%, or without a share."""
    cursor = walk.cursor
    after = cursor.skip(at + 1)
    while cursor.mark(after, ":=") or cursor.has(after, "as_format", "is", "for", "of", "from"):
        after = cursor.skip(after + 1)
    part = cursor.share(after)
    if part is not None:
        end = of_all(walk, after + 1)
        return shares.missing_of(walk, one, part, {at, *range(after, end)}, end)
    if cursor[after].kind == "unread":
        # Empty for 10% of new users: of which rows is no plan in words.
        after = cursor.item_end(after)
        walk.draft.lose(range(at, after))
        return after
    if (after_condition := _on_condition(walk, at)) is not None:
        walk.draft.lose(range(at, after_condition), "when a field is missing is written in a specification")
        return after_condition
    if one.missing is not None:
        return None
    _assume_missing(walk, one)
    one.said.add(at)
    return at + 1


def _on_condition(walk: Walk, at: int) -> int | None:
    """The lexeme after when a field is missing, where that is said: whenever the status is fault, for cash payments."""
    cursor, end, found = walk.cursor, at + 1, False
    while not cursor.ends(end) and not cursor.mark(end, "()"):
        if cursor.mark(end, ",") and not (found or cursor[cursor.skip(end + 1)].word in BEYOND["conditions"]):
            break
        found = found or cursor[end].word in BEYOND["conditions"]
        end += 1
    of = cursor.skip(at + 1)
    if not found and cursor.has(of, "for") and cursor[of].kind == "concept":
        noun = noun_at(cursor, cursor.skip_of(of + 1))
        known = noun is None or walk.known_table(noun.words) or walk.known_field(noun.words)
        found = not known
    return end if found else None


def _assume_missing(walk: Walk, one: FieldDraft) -> None:
    one.missing, one.assumed_missing = ASSUMED_MISSING, True
    walk.draft.doubts.append(
        Doubt(f"In which part of the rows is {one.name} missing?", "10%", 60, (), f"{one.name}: {{answer}} missing")
    )


def _unique(walk: Walk, at: int) -> int | None:
    cursor, one = walk.cursor, walk.field
    before = cursor.before(at)
    after = cursor.skip(at + 1)
    if (end := alike.unique_inside(walk, at + 1)) is not None:
        walk.draft.lose(range(at, end), "what is unique within rows of another table is written in a specification")
        return end
    if one is not None and before in one.said and cursor[at + 1].word == "de":
        named = noun_at(cursor, at + 2)
        if named is not None:
            # Código único de pedido: the name goes on.
            walk.rename_field(one, (*one.words, "de", *named.words), {at, *named.at}, named.last)
            one.unique = True
            return named.last
    if cursor.has(after, "as_format", "for") and (noun := noun_at(cursor, cursor.skip_of(after + 1))) is not None:
        one = walk.add_field(noun.words, noun.at, noun.last)
        one.unique = True
        one.said.add(at)
        return noun.last
    follows = cursor[after].kind in ("word", "quoted") or names_code(cursor, after)
    adjoins = one is not None and (before in one.said or cursor.mark(before, "(") or cursor.has(before, "is"))
    if one is not None and (adjoins or not follows):
        one.unique = True
        one.said.add(at)
        return at + 1
    if follows:
        walk.unique_next.add(at)
        return at + 1
    return None


def about_values(walk: Walk, noun: Noun) -> int | None:
    """A noun that is a value of the field spoken of, or a field with its values after it."""
    if walk.cursor.has(noun.last, "value") or flags.is_true(walk, noun.at[0]):
        # Values whose shares come to all rows are read as a list, and yes for 68% is said of a flag.
        return None
    return values.noun_with_share(walk, noun) or choices.alternatives(walk, noun)
