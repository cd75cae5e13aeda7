"""Lists of numbers: values of a field, values with a share each, and parts of the rows that add up to all of them."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words import values
from synthdeal_assets.datasets.words.draft import REST, FieldDraft
from synthdeal_assets.datasets.words.items import Item
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
from synthdeal_assets.datasets.words.quantities import after_unit
from synthdeal_assets.datasets.words.walk import Walk, plain


def numbers_listed(walk: Walk, at: int) -> int | None:
    """Term 12, 24 or 36 months, tax 7% or 19%, with 2 or 3 bedrooms: the values of a field."""
    cursor = walk.cursor
    places, end, ored = [at], at + 1, False
    while True:
        next_ = cursor.skip(after_unit(cursor, end))
        # Descuento 0 5 10 o 15: only the commas are missing.
        blank = not ored and next_ == end and cursor.number(end) is not None
        joined = blank or cursor.has(next_, "or") or (not ored and cursor.mark(next_, ",/"))
        following = next_ if blank else cursor.skip(next_ + 1)
        if joined and cursor.has(following, "or"):
            next_, following = following, cursor.skip(following + 1)
        if not joined or cursor[following].kind not in ("number", "share"):
            break
        ored = ored or cursor.has(next_, "or")
        places.append(following)
        end = following + 1
    goes_on = cursor.mark(at - 1, ",/") and cursor[cursor.before(at - 1)].kind in ("number", "unread", "share")
    if len(places) == 1 and _is_constant(walk, at, end):
        ored = True
    elif not ored or len(places) < 2 or goes_on:
        return None
    end = after_unit(cursor, end)
    numbers = [_as_said(walk, place) for place in places]
    noun = noun_at(cursor, end) if cursor[end].kind == "word" and end == places[-1] + 1 else None
    one, said = walk.field, {*range(at, end)}
    begins = one is None or (walk.table is not None and at - 1 in walk.table.with_at) or cursor.separates(at - 1)
    if noun is not None and begins:
        if walk.table is None or not walk.in_fields or not cursor.separates(cursor.skip(noun.last)):
            return None
        one, end = walk.add_field(noun.words, noun.at, noun.last), noun.last
    elif (measured := _by_unit(walk, at, end)) is not None:
        one = measured
    elif one is None or not _beside(walk, at) or one.values or one.low is not None or one.high is not None:
        return None
    if None in numbers or len({*numbers}) < len(numbers):
        return None
    if noun is not None and not begins and len(noun.words) == 1 and cursor.separates(noun.last):
        # 125, 250 o 500 cc, 48, 95 oder 160 PS: what is counted is said like a unit.
        unit = walk.type_of(noun.words) is None and walk.known_field(noun.words) is None
        said, end = (said | set(noun.at), noun.last) if unit else (said, end)
    for each in numbers:
        one.values[str(each)] = None
    one.said |= said
    walk.field, walk.owner_at = one, end
    for place in places:
        walk.doubt_number(place)
    return end


def _by_unit(walk: Walk, at: int, end: int) -> FieldDraft | None:
    """Each column has 11, 22 or 150 kW: a field that is called after the unit, where the table is what has it."""
    cursor, table = walk.cursor, walk.table
    led = cursor.before(at)
    while cursor[led].word in sentence_words(walk.language)["adverbs"]:
        led = cursor.before(led)
    has = cursor.has(led, "with") and cursor.has(end - 1, "unit") and cursor.separates(end)
    if table is None or not has or walk.known_table((cursor[cursor.before(led)].text,)) is not table:
        return None
    first = at
    while not cursor.separates(first - 1):
        first -= 1
    return walk.add_field((cursor[end - 1].text,), range(first, end), end)


def _is_constant(walk: Walk, at: int, end: int) -> bool:
    """Whether a field is said to be one number: the loan period is 28 days."""
    cursor = walk.cursor
    stated = cursor.has(cursor.before(at), "is") and cursor[cursor.before(at)].kind == "concept"
    closed = cursor.separates(after_unit(cursor, end)) or cursor[after_unit(cursor, end)].kind == "end"
    return walk.field is not None and stated and closed and cursor[at].kind == "number"


def _as_said(walk: Walk, at: int) -> str | None:
    """A number, or the 19 of 19%."""
    number, share = walk.cursor.number(at), walk.cursor.share(at)
    if number is not None:
        return plain(number)
    return None if share is None else plain(share * 100)


def _beside(walk: Walk, at: int) -> bool:
    """Whether a field was named just before, and only "is" stands between."""
    cursor = walk.cursor
    between = range(walk.owner_at, at) if 0 <= walk.owner_at <= at else None
    return between is not None and all(
        cursor[one].kind == "fill" or cursor.has(one, "is", "one_of", "as_format", "of") or cursor.mark(one, ":=")
        for one in between
    )


def numbers_with_shares(walk: Walk, at: int) -> int | None:
    """Status 200 for 92%, 404 for 5%, 500 for 3%: each value with its share."""
    cursor, one = walk.cursor, walk.field
    if one is None or not _beside(walk, at) or one.values or one.low is not None:
        return None
    items: list[tuple[str, Fraction | str]] = []
    said: set[int] = set()
    end = at
    while (value := cursor.number(at)) is not None:
        part = values.share_after(cursor, at + 1)
        if part is None:
            break
        items.append((plain(value), cursor.share(part) or REST))
        said |= {at, part}
        end = at = part + 1
        while cursor.separates(at) and not cursor.ends(at):
            at = cursor.skip(at + 1)
    if len(items) < 2:
        return None
    one.values.update(items)
    one.said |= said
    walk.owner_at = end
    return end


def parts_of_rows(walk: Walk, at: int, number: Fraction) -> int | None:
    """Of these 40 doubles, 15 singles and 5 suites: values of a field, where they are all the rows; else listed."""
    cursor, table = walk.cursor, walk.table
    counted = table is not None and (table.parent is not None or (table.rows is not None and number < table.rows))
    if table is None or not counted or not cursor.has(cursor.before(at), "of_them"):
        return None
    found: list[tuple[Fraction, Noun]] = []
    said, end = {cursor.before(at)}, at
    while (each := cursor.number(at)) is not None and (noun := noun_at(cursor, at + 1)) is not None:
        found.append((each, noun))
        said |= {at, *noun.at}
        end = at = noun.last
        while cursor.separates(at) and not cursor.ends(at):
            at = cursor.skip(at + 1)
    if not found:
        walk.draft.lose((at,))
        return at + 1
    total = sum((each for each, _ in found), Fraction(0))
    if table.rows is None or total != table.rows or len(found) < 2:
        walk.draft.lose(said - {cursor.before(min(said))})
        return end
    one = values.unnamed_segment(walk)
    for each, noun in found:
        one.values[cursor.text(noun.at)] = each / table.rows
    one.said |= said
    walk.owner_at = end
    return end


_FROM: Final = frozenset({"from", "in", "aus", "de", "im", "en"})
_BY: Final = frozenset({"by", "via", "per", "with", "mit", "durch", "auf", "con", "por", "mediante"})


def shares_by(walk: Walk, at: int) -> int | None:
    """70% paid by card, 20% by transfer, the rest by invoice: values of one field, called paid by."""
    cursor = walk.cursor
    verb: list[int] = []
    said: set[int] = set()
    items: list[Item] = []
    end = at
    while (part := REST if cursor.has(at, "rest") else cursor.share(at)) is not None:
        by = cursor.skip_of(at + 1) if cursor[at + 1].word not in _BY else at + 1
        if not items and cursor[by].kind == "word" and cursor[by + 1].word in _BY:
            verb = [by, by + 1]
            by += 1
        first = by if cursor.has(at + 1, "of_them") else at + 1
        place = cursor[first].word in _FROM and cursor[cursor.skip(first + 1)].text[:1].isupper()
        if place:
            by = first
        value = noun_at(cursor, by + 1) if cursor[by].word in _BY or place else None
        if value is None:
            break
        end = value.last
        said |= {at, *range(at + 1, first + 1), *value.at}
        items.append((cursor.text(value.at), part))
        if not verb and walk.language == "german" and cursor[end].kind == "word" and cursor.separates(end + 1):
            verb = [end, by]
            end += 1
        at = cursor.skip(end)
        while cursor.separates(at) and not cursor.ends(at):
            at = cursor.skip(at + 1)
    if len(items) < 2 or len({value for value, _ in items}) < len(items):
        return None
    walk.current_table()
    if verb:
        one = walk.add_field([cursor[each].text for each in verb], verb[:1], end)
    else:
        one, walk.owner_at = values.unnamed_segment(walk), end
    values.set_values(one, items, said)
    return end


def shares_in_bracket(walk: Walk, at: int) -> int | None:
    """Status open, closed, pending (60/30/10): the shares of the values before the bracket, in their order."""
    cursor, table = walk.cursor, walk.table
    end = at + 1
    while cursor.number(end) is not None and cursor.mark(end + 1, "/"):
        end += 2
    numbers = [cursor.number(each) for each in range(at + 1, end + 1, 2)]
    shares = [number / 100 for number in numbers if number is not None]
    if len(shares) < 2 or len(shares) < len(numbers) or not cursor.mark(end + 1, ")"):
        return None
    one = walk.field
    said = {*range(at + 1, end + 1)}
    if sum(shares) == 1 and one is not None and len(one.values) == len(shares) and not any(one.values.values()):
        values.set_values(one, list(zip(one.values, shares, strict=True)), said)
        return end + 2
    fields = table.fields[-len(shares) :] if table is not None else []
    plain_fields = all(each.said and not each.values and each.low is None and each.flag is None for each in fields)
    if sum(shares) != 1 or len(fields) < len(shares) or not plain_fields or len(fields[0].words) < 2:
        walk.draft.lose(said)
        return end + 2
    assert table is not None  # noqa: S101  # it has fields
    del table.fields[-len(shares) :]
    names = [fields[0].words[-1], *(" ".join(each.words) for each in fields[1:])]
    one = walk.add_field(fields[0].words[:-1], set[int]().union(*(each.said for each in fields)), end + 2)
    values.set_values(one, list(zip(names, shares, strict=True)), said)
    return end + 2
