"""Lists of numbers: values of a field, values with a share each, and parts of the rows that add up to all of them."""

from __future__ import annotations

from fractions import Fraction

from synthdeal_assets.datasets.words import values
from synthdeal_assets.datasets.words.draft import REST
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
from synthdeal_assets.datasets.words.quantities import after_unit
from synthdeal_assets.datasets.words.walk import Walk, plain


def numbers_listed(walk: Walk, at: int) -> int | None:
    """Term 12, 24 or 36 months, tax 7% or 19%, with 2 or 3 bedrooms: the values of a field."""
    cursor = walk.cursor
    places, end, ored = [at], at + 1, False
    while True:
        next_ = cursor.skip(after_unit(cursor, end))
        joined = cursor.has(next_, "or") or (not ored and cursor.mark(next_, ",/"))
        following = cursor.skip(next_ + 1)
        if joined and cursor.has(following, "or"):
            next_, following = following, cursor.skip(following + 1)
        if not joined or cursor[following].kind not in ("number", "share"):
            break
        ored = ored or cursor.has(next_, "or")
        places.append(following)
        end = following + 1
    if not ored or len(places) < 2:
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
    elif one is None or not _beside(walk, at) or one.values or one.low is not None or one.high is not None:
        return None
    if None in numbers or len({*numbers}) < len(numbers):
        return None
    for each in numbers:
        one.values[str(each)] = None
    one.said |= said
    walk.field, walk.owner_at = one, end
    for place in places:
        walk.doubt_number(place)
    return end


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
