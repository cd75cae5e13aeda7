"""Numbers of a request in their places: of rows, tables, columns and decimals, or of what values a field has."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words import clauses, letters, order, parts, placing, rows, series
from synthdeal_assets.datasets.words.doubtful import holds_text
from synthdeal_assets.datasets.words.draft import NOT_IN_ALL, Doubt, FieldDraft
from synthdeal_assets.datasets.words.items import items_between
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
from synthdeal_assets.datasets.words.quantities import LATER, Quantity, after_unit, quantity_at
from synthdeal_assets.datasets.words.times import period_at
from synthdeal_assets.datasets.words.walk import Walk, names_rows


def quantity(walk: Walk, at: int) -> int | None:
    """A range or bound: of how many rows, or of what values a field has."""
    cursor = walk.cursor
    found = quantity_at(cursor, at)
    if found is None:
        return None
    after = cursor.skip(found.after)
    noun = noun_at(cursor, after) if cursor[after].kind in ("word", "fill") else None
    if cursor[after + 1].word in LATER or cursor.has(after + 1, "after"):
        # 1 to 6 days later is a distance in time, and no name.
        noun = None if cursor.has(after, "day", "week", "month", "year", "hour", "minute") else noun
    waits = walk.parent_next is not None or walk.series_next is not None
    is_count = (
        noun is not None
        and found.low is not None
        and (waits or cursor.has(noun.last, "per", "each") or (walk.table is not None and at - 1 in walk.table.with_at))
    )
    if found.low is not None and found.high is not None:
        per_each = rows.per_count(walk, found.at, found.low, found.high, after)
        per_each = per_each or _range_of_rows(walk, found.at, found.low, found.high, after)
        if per_each is not None:
            return per_each
    listed = walk.in_fields and cursor.has(cursor.before(at), "and") and walk.owner_at != at
    if noun is not None and listed and names_rows(walk, noun) and cursor.separates(cursor.skip(noun.last)):
        is_count = found.low is not None and not placing.is_number_of(walk, noun)
    if noun is not None and cursor.has(noun.last, "per") and (found.low is None or found.high is None):
        return bounded_children(walk, found, noun)
    if noun is not None and walk.field is not None and walk.owner_at == at and cursor.has(noun.last, "per"):
        # Capacity 10 to 40 seats per room: values of the field, or rows of seats.
        walk.draft.lose((*found.at, *noun.at))
        return noun.last
    if is_count and noun is not None and found.high is not None:
        return rows.counted_noun(walk, found.at, found.low, found.high, noun)
    if cursor[at].kind == "share" and not cursor.separates(after):
        return None
    if any(cursor[each].kind == "share" for each in found.at) and cursor.has(found.after, "under", "over"):
        # At least 40% below the price is a part of another field, and no number of its own.
        other = noun_at(cursor, found.after + 1)
        end = other.last if other is not None else found.after + 1
        walk.draft.lose(range(at, end))
        return end
    if found.mixed or cursor.has(found.after, "length"):
        # 5 s to 30 min, 20 to 80 words: no plan in words converts them.
        end = found.after + cursor.has(found.after, "length")
        walk.draft.lose((*found.at, *range(found.after, end)))
        return end
    if any(cursor[each].word == "las" for each in found.at):
        # Entre las 18 y las 21 horas.
        walk.draft.lose(found.at)
        return found.after
    if cursor[found.after].word in _CLOCK:
        # Between 6 and 22 o'clock: hours of the day, and no values.
        walk.draft.lose((*found.at, found.after))
        return found.after + 1
    if (named := _named_after(walk, at, found, noun)) is not None:
        return named
    taken = clauses.apply_quantity(walk, found)
    if taken is not None:
        return _after_values(walk, taken)
    # Its parts are not read one by one: 2 to 5 orders are not 5 orders.
    walk.draft.lose(found.at)
    return found.after


def _range_of_rows(walk: Walk, at: Iterable[int], low: Fraction, high: Fraction, after: int) -> int | None:
    """Rentals has 2 to 10 rows per site, die Tabelle Weine hat pro Winzer 4 bis 12 Zeilen."""
    cursor, child = walk.cursor, walk.table
    if not cursor.has(after, "rows") or child is None or child.rows is not None or child.parent is not None:
        return None
    waiting, following = walk.parent_next, cursor.skip(after + 1)
    if waiting is not None:
        parent, indices, end = *waiting, after + 1
    elif cursor.has(following, "per", "each") and (found := rows.per_noun(walk, following)) is not None:
        parent, indices, end = found
    else:
        return None
    if parent is child:
        return None
    walk.parent_next = None
    child.parent, child.low, child.high = parent, low, high
    child.rows_at |= {*at, after, *indices}
    walk.speak_of(child, end)
    return end


_CLOCK: Final = frozenset({"uhr", "o'clock", "oclock", "am", "pm", "a.m", "p.m"})


def _named_after(walk: Walk, at: int, found: Quantity, noun: Noun | None) -> int | None:
    """1 to 5 rooms, 0 to 500 likes: an item of a list whose name follows its range."""
    cursor = walk.cursor
    begins = cursor.separates(cursor.before(at)) or (walk.table is not None and at - 1 in walk.table.with_at)
    unit = found.after - 1
    if begins and walk.field is not None and _names_field(walk, walk.field, unit, found):
        # An ISBN, 90 to 900 pages: the unit is what the range is called.
        walk.add_field((cursor[unit].text,), {unit}, found.after)
        return clauses.apply_quantity(walk, found)
    if noun is None or noun.at[0] != found.after or not begins or walk.table is None or walk.owner_at == at:
        return None
    named = not placing.is_known(walk, noun) or walk.measure_of(noun.words) is not None
    named = named or placing.is_number_of(walk, noun)
    complete = found.low is not None and found.high is not None and cursor.separates(cursor.skip(noun.last))
    if not named or not complete or walk.known_field(noun.words) is not None:
        walk.draft.lose((*found.at, *noun.at))
        return noun.last
    walk.in_fields = True
    walk.add_field(placing.nominative(walk, noun).words, noun.at, noun.last)
    taken = clauses.apply_quantity(walk, found)
    walk.owner_at = noun.last
    return None if taken is None else noun.last


def _names_field(walk: Walk, one: FieldDraft, unit: int, found: Quantity) -> bool:
    """Whether the unit of a range is a field of its own: the one before it is text, and nothing else follows."""
    cursor = walk.cursor
    long = (
        cursor.has(unit, "unit", "minute", "hour") and len(cursor[unit].word) >= _LONG and cursor[unit].word.isalpha()
    )
    complete = found.low is not None and found.high is not None and cursor.separates(cursor.skip(found.after))
    return long and complete and holds_text(walk, one) and walk.known_field((cursor[unit].text,)) is None


_LONG: Final = 5
"""Letters of a unit that is written as a noun."""


def number_alone(walk: Walk, at: int) -> int | None:
    """A number that counts rows, tables, columns or decimals, or lists values."""
    number = walk.cursor.number(at)
    if number is None:
        return None
    listed = parts.numbers_with_shares(walk, at) or parts.numbers_listed(walk, at)
    if listed is not None:
        return listed
    return next((after for each in _ALONE if (after := each(walk, at, number)) is not None), None)


def _decimals(walk: Walk, at: int, number: Fraction) -> int | None:
    after = walk.cursor.skip(at + 1)
    return clauses.apply_decimals(walk, at, after, number) if walk.cursor.has(after, "decimals") else None


def _rows_or_tables(walk: Walk, at: int, number: Fraction) -> int | None:
    """500 rows, 300 of them, three related tables, 8 columns."""
    cursor = walk.cursor
    after = cursor.skip(at + 1)
    if cursor.has(after, "of_them") or (cursor.has(after, "rows") and not cursor.has(after, "columns")):
        return rows.counted_rows(walk, at, after, number)
    kinds = noun_at(cursor, after) if cursor[after].kind == "word" else None
    tables = kinds.last if kinds is not None and len(kinds.words) == 1 else after
    if cursor.has(tables, "table") and cursor[tables].kind == "concept" and not cursor.has(tables, "rows"):
        walk.draft.noted.append(("tables", str(number), {*range(at, tables)}))
        return tables + 1
    if cursor.has(after, "columns"):
        walk.draft.noted.append(("columns", str(number), {at}))
        walk.in_fields = True
        return after + 1
    if (per_each := rows.per_count(walk, (at,), number, number, after)) is not None:
        return per_each
    if cursor.has(cursor.skip_of(after), "rows") and cursor[after].kind == "concept":
        return rows.counted_rows(walk, at, cursor.skip_of(after), number)
    return None


def _of_other_things(walk: Walk, at: int, number: Fraction) -> int | None:
    """Numbers that no plan holds: one in a noun, 20 of them from Madrid, 12 women, 25 hours per week."""
    cursor, table = walk.cursor, walk.table
    after = cursor.skip(at + 1)
    if cursor.is_format(after):
        walk.draft.lose((at,))
        return after
    if cursor[after].kind == "concept" and cursor.has(after, "of") and cursor.is_format(after + 1):
        # Version 4 of Excel.
        walk.draft.lose((at, after + 1))
        return after + 2
    one_in = noun_at(cursor, after) if number == 1 and cursor[after].kind == "word" else None
    if one_in is not None and cursor.has(one_in.last, *series.STEPS):
        # One reading every 15 minutes: the step says it.
        walk.draft.noted.append(("rows at each step", "1", {at, *one_in.at}))
        return one_in.last
    if one_in is not None and cursor[one_in.last].word in ("in", "von", "de", "out of"):
        many = cursor.skip(one_in.last + 1)
        if cursor.number(many) is not None:
            walk.draft.lose(range(at, many + 1))
            return many + 1
    of_table = table is not None and table.rows is not None and number < table.rows
    if of_table and cursor[after].kind == "concept" and cursor.has(after, "of"):
        part = noun_at(cursor, cursor.skip_of(after))
        end = part.last if part is not None else after + 1
        walk.draft.lose(range(at, end))
        return end
    beside = walk.owner_at >= 0 and not any(walk.owner_at <= each < at for each in walk.draft.lost)
    of_field = beside and all(
        cursor[each].kind == "fill" or cursor.has(each, "with", "of", "is") for each in range(walk.owner_at, at)
    )
    if of_field and (coded := letters.code_of(walk, at)) is not None:
        return coded
    if cursor.has(after, "half_women", "half_men", "length"):
        walk.draft.lose((at, after))
        return after + 1
    if (ordered := order.days_after(walk, at)) is not None:
        return ordered
    if cursor.has(after, *_TIMES) and after == at + 1:
        # 25 hours per week are no series of a row every week.
        end = after + 1 + cursor.has(after + 1, *series.STEPS)
        walk.draft.lose(range(at, end))
        return end
    return None


def _is_negative(walk: Walk, at: int) -> bool:
    """Whether a number has a sign, and no dash between two others or before an item of a list: -5."""
    cursor = walk.cursor
    joined = cursor.dash(at - 1) == at and cursor[at - 1].end == cursor[at].start
    return joined and 0 <= cursor[at - 2].end < cursor[at - 1].start


def _counted(walk: Walk, at: int, number: Fraction) -> int | None:
    """A count with its noun, or of the table spoken of."""
    cursor = walk.cursor
    after = cursor.skip(at + 1)
    if _is_negative(walk, at):
        # Fewer than no rows.
        walk.draft.lose((at,))
        return after
    if cursor[at + 1].word in _ARTICLES:
        # Test data 4 a loyalty app: what is one counts nothing.
        walk.draft.lose((at,))
        purpose = noun_at(cursor, after)
        if purpose is None or walk.table is not None:
            walk.draft.lose(() if purpose is None else purpose.at)
            return after if purpose is None else purpose.last
        walk.draft.misc.setdefault("dataset", (" ".join(purpose.words), set(purpose.at)))
        return purpose.last
    if (
        cursor.has(after, *series.STEPS)
        and " " not in cursor[after].word
        and cursor[cursor.skip(after + 1)].kind == "word"
    ):
        # 60 monthly invoices are counted: the months would be another number of them.
        walk.draft.lose((after,))
        after = cursor.skip(after + 1)
    of = cursor.skip_of(after)
    noun = noun_at(cursor, of) if cursor[of].kind in ("word", "quoted") else None
    if noun is not None and any(cursor[one].word in cursor.language.placing for one in range(at + 1, noun.at[0])):
        # 100 on placebo: a part of the rows, and none of their own.
        walk.draft.lose((at, *noun.at))
        return noun.last
    places = cursor.language.places
    joined = cursor.has(after, "unit") and cursor[after].start == cursor[at].end
    if noun is not None and not (cursor.has(after, "unit") and len(noun.words) == 1) and not joined:
        if len(noun.words) == 1 and cursor[noun.at[0]].word in places:
            return None
        if (spoken := _in_time(walk, noun)) is not None:
            walk.mention(noun)
            walk.in_fields = False
            walk.draft.lose((at, *range(noun.last, spoken)), NOT_IN_ALL)
            return spoken
        return rows.counted_noun(walk, (at,), number, number, noun)
    table = walk.table
    between = range(walk.owner_at, at) if walk.owner_at >= 0 else range(0)
    beside = walk.owner_at >= 0 and all(cursor[one].kind == "fill" or cursor.mark(one, ",:(") for one in between)
    rows_follow = table is not None and beside and walk.field is None
    if rows_follow and table is not None and table.rows is None and table.parent is None and cursor.separates(after):
        return rows.set_rows(walk, table, number, {at}, after)
    return None


_ARTICLES: Final = frozenset(
    {"a", "an", "the", "my", "our", "ein", "eine", "einen", "einem", "einer", "mein", "meine", "meinen", "unsere"}
    | {"un", "una", "mi", "nuestra", "nuestro"}
)
_TIMES: Final = ("minute", "hour", "day", "week", "month", "year", "quarter")
_PER: Final = ("per ", "pro ", "por ", "al ")
_A: Final = frozenset({"a", "an", "im", "in", "am", "al", "a la", "pro", "je"})


def _spread(walk: Walk, at: int, mean: Fraction) -> int | None:
    """120 +/- 15, 120 ± 15: a mean and how far values stray from it."""
    cursor, one = walk.cursor, walk.field
    end = at + 1
    while cursor.mark(end, "+/±-"):
        end += 1
    written = "".join(cursor[each].text for each in range(at + 1, end))
    sd = cursor.number(end)
    if written not in ("+/-", "±", "+-") or sd is None or one is None or walk.owner_at != at:
        return None
    one.mean, one.sd = mean, sd
    one.said |= {at, end}
    return end + 1


def _values_counted(walk: Walk, at: int, number: Fraction) -> int | None:
    """3 shifts: early, late and night: as many values as are counted are those of a field."""
    cursor, table = walk.cursor, walk.table
    noun = noun_at(cursor, at + 1)
    if noun is None or table is None or table.rows is None or not cursor.mark(noun.last, ":("):
        return None
    end = cursor.until(noun.last + 1, "():")
    items = items_between(cursor, noun.last + 1, end)
    if items is None or len(items) != number or number < 2 or any(share is not None for _, share in items):
        return None
    typed = [value for value, _ in items if walk.type_of((value,)) is not None]
    if 2 * len(typed) >= len(items):
        return None
    walk.draft.noted.append(("values", str(number), {at}))
    one = walk.add_field(noun.words, {*noun.at, *range(noun.last + 1, end)}, end)
    for value, _ in items:
        one.values[value] = None
    return end + cursor.mark(end, ")")


def _after_values(walk: Walk, at: int) -> int:
    """What follows the ends of a range: what is counted, and for how long; no series, and no field of its own."""
    cursor, one = walk.cursor, walk.field
    if cursor.has(at, *series.STEPS) and walk.table is not None and walk.table.every is None:
        series.in_time(walk, at)
        return at + 1
    has_unit = cursor[at - 1].kind not in ("number", "unread")
    if cursor[at].kind not in ("word", "code") or not cursor.separates(at + 1) or cursor[at].concepts - {"persons"}:
        return at
    known = walk.table is not None and any(cursor[at].text in other.values for other in walk.table.fields)
    if one is None or known or has_unit or walk.known_field((cursor[at].text,)) is not None:
        walk.draft.lose((at,))
    else:
        one.said.add(at)
    return at + 1


def _mean_after(walk: Walk, at: int, number: Fraction) -> int | None:
    """Weight 80 kg average; 3 bedrooms on average are no three rows."""
    cursor, one = walk.cursor, walk.field
    end = cursor.skip(after_unit(cursor, at + 1))
    if cursor.has(end, "mean") and one is not None and walk.owner_at == at and one.mean is None:
        one.mean = number
        one.said |= {*range(at, end + 1)}
        return end + 1
    noun = noun_at(cursor, at + 1)
    mean = cursor.skip(noun.last) if noun is not None else -1
    if noun is None or not cursor.has(mean, "mean") or not cursor.separates(mean + 1) or walk.parent_next is not None:
        return None
    walk.draft.lose((at, *noun.at, mean))
    return mean + 1


def _in_time(walk: Walk, noun: Noun) -> int | None:
    """The end of "a month" after 50 orders, of "daily per doctor" after 5 visits: they are no rows in all."""
    cursor, after = walk.cursor, noun.last
    if cursor[after].word in _A and cursor.has(after + 1, *_TIMES) and period_at(cursor, after) is None:
        return after + 2
    if cursor.has(after, *series.STEPS) and cursor[after].word.startswith(_PER):
        return after + 1
    adjective = cursor.has(after, *series.STEPS) and cursor[after].kind == "concept"
    return after + 1 if adjective and cursor.has(after + 1, "per") else None


def bounded_children(walk: Walk, found: Quantity, noun: Noun) -> int | None:
    """At most 3 contacts per company, at least 2: the other end is assumed and asked."""
    known = walk.known_table(noun.words)
    of = rows.per_noun(walk, noun.last) if walk.cursor.has(noun.last, "per") else None
    if known is not None and known.rows is not None and of is not None and of[0] is not known:
        # 3000 orders, of which at least 1 is for each product: they are counted, and how they spread is not read.
        known.belongs_to = known.belongs_to or of[0]
        walk.draft.lose((*found.at, *noun.at, *of[1]), f"{known.name} are counted already")
        return of[2]
    low, high = found.low, found.high
    step = Fraction(int(found.strict))
    if high is not None:
        low, high = Fraction(0), high - step
    elif low is not None:
        low = low + step
        high = 2 * low
    end = rows.counted_noun(walk, found.at, low, high, noun)
    name = noun.words[-1]
    walk.draft.doubts.append(Doubt(f"How many {name} are there at least and at most?", f"{low} to {high}", 85))
    return end


def noun_before_count(walk: Walk, noun: Noun) -> int | None:
    """Patients 250, doctors 20: the count follows its noun."""
    cursor, number = walk.cursor, walk.cursor.number(noun.last)
    table, after = walk.table, walk.cursor.skip(noun.last + 1)
    of_purpose = table is not None and table is walk.purpose and table.is_bare
    if number is None or number.denominator != 1 or number < 2 or not (of_purpose or names_rows(walk, noun)):
        return None
    following = noun_at(cursor, after) if cursor[after].kind == "word" else None
    chained = following is not None and cursor.number(following.last) is not None
    ends = cursor.separates(after) or cursor.has(after, "with") or chained
    if not ends or (table is not None and table.fields):
        return None
    if not (of_purpose or table is None or table.rows is not None):
        return None
    new = walk.mention(noun)
    walk.in_fields = False
    return rows.set_rows(walk, new, number, {noun.last}, noun.last + 1)


_ALONE: Final = (
    _decimals,
    _rows_or_tables,
    _of_other_things,
    parts.parts_of_rows,
    _mean_after,
    _spread,
    _values_counted,
    _counted,
)
"""What a number alone may be, in the order in which it is tried."""
