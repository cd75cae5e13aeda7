"""Parts of the rows: missing, true, of one value, women, there twice."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words import flags, formulas, parts, predicates, rows, values
from synthdeal_assets.datasets.words.draft import Doubt, FieldDraft
from synthdeal_assets.datasets.words.items import items_between
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
from synthdeal_assets.datasets.words.walk import Walk

_GENDER: Final = {
    "english": ("gender", "female", "male"),
    "german": ("geschlecht", "weiblich", "männlich"),
    "spanish": ("sexo", "femenino", "masculino"),
}


def share(walk: Walk, at: int) -> int | None:
    """A part of the rows: missing, true, of one value, women."""
    cursor = walk.cursor
    part = cursor.share(at)
    if part is None:
        return None
    special = predicates.compared(walk, at) or parts.shares_by(walk, at) or parts.numbers_listed(walk, at)
    special = special or _duplicates(walk, at, part) or flags.share_of_cases(walk, at, part) or _out_of(walk, at)
    if special is None and walk.field is not None and walk.owner_at == at:
        special = formulas.part_of_field(walk, at, walk.field)
    if special is None:
        special = _all_values(walk, at) or _of_the_time(walk, at)
    if special is not None:
        return special
    before = cursor.before(at)
    indices = {at, before} if cursor.has(before, "of_them") else {at}
    after = cursor.skip(at + 1)
    while cursor.has(after, "of_them", "of", "for", "with") and cursor[after].kind == "concept":
        indices.add(after)
        after = cursor.skip(after + 1)
    _speak_of_them(walk, indices)
    one = walk.field
    if cursor[after].kind == "number":
        noun = noun_at(cursor, cursor.skip(after + 1))
        if noun is None:
            return None
        rows.counted_noun(walk, (after,), cursor.number(after), cursor.number(after), noun)
        after = noun.last
    elif cursor[after].kind == "word" and (noun := _part_of(walk, after, of=after > at + 1)) is not None:
        noun = predicates.subject_of(walk, noun)
        known_table = walk.known_table(noun.words)
        known = walk.known_field(noun.words)
        then = cursor.skip(noun.last)
        says_more = cursor.has(then, "is", "without", "missing", "with", "rows") or cursor[then].kind == "word"
        if walk.table is None and cursor.has(then, "without", "missing", "is"):
            known_table = walk.mention(noun)
        if known is None and known_table is None and cursor.has(then, "missing") and cursor.separates(then + 1):
            # 4% with the discount code empty.
            one = walk.field_meant(noun)
            return set_missing(one, part, indices | {then}, then + 1)
        if cursor.ends(before) and after > at + 1 and known is None and known_table is None and cursor.has(then, "is"):
            # 3% of the results are urgent, where nothing is called so: of what is not known.
            end = cursor.item_end(then)
            walk.draft.lose(each for each in range(at, end) if cursor[each].is_content)
            return end
        if cursor.has(then, "with") and cursor.number(cursor.skip(then + 1)) is not None:
            return _children_of_some(walk, at, cursor.skip(then + 1))
        if known_table is not None and says_more:
            walk.speak_of(known_table, noun.last)
            known_table.said |= set(noun.at)
            indices |= set(noun.at)
            after, one = noun.last, None
        elif known is not None and says_more:
            walk.field = one = known
            indices |= set(noun.at)
            after = noun.last
    return _what_they_are(walk, part, indices, after, one)


def _of_the_time(walk: Walk, at: int) -> int | None:
    """A third of the time: a part of all rows of which nothing else took it up is no field time."""
    cursor, end = walk.cursor, walk.cursor.skip(at + 1)
    while cursor.has(end, "of", "for", "of_them") and cursor[end].kind == "concept":
        end = cursor.skip(end + 1)
    alone = end > at + 1 and cursor[end].word in sentence_words(walk.language)["cases"] and cursor.separates(end + 1)
    if not alone or cursor[end].kind != "word":
        return None
    walk.draft.lose((at, end))
    return end + 1


def _all_values(walk: Walk, at: int) -> int | None:
    """A sentence that is shares of values alone, which come to all rows: 70% delivered, 20% in transit, 10% lost."""
    cursor = walk.cursor
    end = cursor.sentence_end(at)
    joined = any(cursor.has(each, "as_format") for each in range(at, end))
    items = items_between(cursor, at, end) if joined and cursor.ends(cursor.before(at)) else None
    if walk.table is None or items is None or len(items) < 2:
        return None
    parts_of_all = [part for _, part in items if isinstance(part, Fraction)]
    known = any(walk.known_field(value.split()) is not None for value, _ in items)
    if known or len(parts_of_all) < len(items) or sum(parts_of_all) != 1:
        return None
    values.set_values(values.untold(walk, at) or values.unnamed_segment(walk), items, {*range(at, end)})
    return end


def _what_they_are(walk: Walk, part: Fraction, indices: set[int], after: int, one: FieldDraft | None) -> int | None:
    """What a part of the rows is: without a value, not so, of one value, women."""
    cursor = walk.cursor
    after = cursor.skip(after)
    while cursor.has(after, "is", "as_format", "to", "with") and cursor[after].kind == "concept":
        after = cursor.skip(after + 1)
    after = cursor.skip_of(after) if cursor[after - 1].word == "out" else after
    if cursor.has(after, "not"):
        return predicates.said_not(walk, part, indices, after)
    if cursor.has(after, "missing"):
        return _missing_share(walk, part, indices | {after}, after + 1, one)
    if cursor.has(after, "without"):
        noun = noun_at(cursor, cursor.skip(after + 1))
        if noun is None:
            return None
        if walk.known_table(noun.words) is walk.table and walk.known_field(noun.words) is None:
            # Readings, 3% without a reading: the value that a row is about.
            return missing_of(walk, one, part, indices | {after, *noun.at}, noun.last)
        return set_missing(walk.field_meant(noun), part, indices | {after}, noun.last)
    return values.share_of_value(walk, part, indices, after, one) or _women(walk, part, indices, after)


def _out_of(walk: Walk, at: int) -> int | None:
    """10% out of print: the part in which it is not so."""
    cursor = walk.cursor
    noun = noun_at(cursor, cursor.skip_of(at + 1)) if cursor[at + 1].word == "out" else None
    if noun is None:
        return None
    walk.draft.lose(range(at, noun.last))
    return noun.last


def _speak_of_them(walk: Walk, indices: set[int]) -> None:
    """Turns to the table named last where a part is of them: 50 tickets per concert, 3% of them refunded."""
    counted = [one for one in walk.draft.tables if one.said and (one.rows is not None or one.parent is not None)]
    last = max(counted, key=lambda one: max(one.said), default=None)
    of_them = any(walk.cursor.has(at, "of_them") for at in indices)
    led = walk.whose is not None and last is walk.whose[1]
    if of_them and last is not None and last is not walk.table and not led:
        walk.speak_of(last, -1)


def _part_of(walk: Walk, at: int, *, of: bool) -> Noun | None:
    """What a part is of, without what follows the name of a table: 10% of pumps needing repair."""
    noun = noun_at(walk.cursor, at)
    known = noun is None or walk.known_field(noun.words) or walk.known_table(noun.words)
    if noun is None or not of or known is not None or len(noun.words) != len(noun.at):
        return noun
    ends = range(len(noun.words) - 1, 0, -1)
    end = next((end for end in ends if walk.known_table(noun.words[:end]) is not None), None)
    return noun if end is None else Noun(noun.words[:end], noun.at[:end], noun.at[end], end)


def _children_of_some(walk: Walk, at: int, number: int) -> int:
    """Two in five customers have three orders: children of some rows alone, which are listed."""
    children = noun_at(walk.cursor, number + 1)
    end = children.last if children is not None else number + 1
    walk.draft.lose(range(at, end))
    return end


def _duplicates(walk: Walk, at: int, part: Fraction) -> int | None:
    """3% duplicates: rows that are there twice."""
    cursor, table = walk.cursor, walk.table
    after = cursor.skip_of(at + 1)
    if table is None or table.every is not None or table.duplicates is not None or not cursor.has(after, "blemished"):
        return None
    table.duplicates, table.duplicates_at = part, {at, after}
    return after + 1


def _missing_share(walk: Walk, part: Fraction, indices: set[int], after: int, one: FieldDraft | None) -> int | None:
    cursor = walk.cursor
    following = cursor.skip(after)
    if cursor[following].word in ("values", "werte", "valores"):
        indices.add(following)
        following = cursor.skip(following + 1)
    joined = cursor.has(following, "as_format", "for", "of", "from") or cursor[following].word in ("bei", "in")
    target = (
        noun_at(cursor, cursor.skip_of(following + 1 if joined else following))
        if (joined or cursor[following].kind == "word")
        else None
    )
    left = min(indices) - 1
    begins = cursor.separates(left) or cursor[left].kind == "fill" or cursor.has(left, "for")
    if target is not None and (joined or one is None or begins or walk.known_field(target.words) is not None):
        one = walk.field_meant(target)
        after = target.last
        return set_missing(one, part, indices, after)
    return missing_of(walk, one, part, indices, after)


def missing_of(walk: Walk, one: FieldDraft | None, part: Fraction, indices: set[int], after: int) -> int | None:
    """Gives the field spoken of the part in which it is missing; where something stands between, that is asked.

    Dropouts are of a series: a patient who drops out is none that is missing.
    """
    series = walk.table is not None and walk.table.every is not None
    if one is None or (not series and any(walk.cursor[at].word in _DROPOUTS for at in indices)):
        return None
    taken = set_missing(one, part, indices, after)
    said = [at for at in one.said if at < min(indices)]
    only = series and walk.table is not None and walk.table.fields == [one]
    if (
        taken is not None
        and not only
        and any(walk.cursor.separates(at) for at in range(max(said, default=0), min(indices)))
    ):
        walk.draft.doubts.append(Doubt(f"Is it {one.name} that is missing?", "yes", 72))
    return taken


_DROPOUTS: Final = frozenset(
    {"dropouts", "dropout", "gaps", "outages", "ausfalle", "ausfall", "lucken", "aussetzer", "huecos", "cortes"}
)


def set_missing(one: FieldDraft | None, part: Fraction, indices: set[int], after: int) -> int | None:
    """Gives a field the part in which it is missing."""
    if one is None or one.missing is not None:
        return None
    one.missing = part
    one.said |= indices
    return after


def _women(walk: Walk, part: Fraction, indices: set[int], after: int) -> int | None:
    """Half of them women: a field for the gender."""
    cursor = walk.cursor
    women = cursor.has(after, "half_women")
    if not women and not cursor.has(after, "half_men"):
        return None
    name, female, male = _GENDER[walk.language]
    table = walk.current_table()
    one = walk.known_field((name,)) or FieldDraft(name, (name,), unnamed="a field for what was said of women and men")
    if one not in table.fields:
        table.fields.append(one)
    one.said |= indices | {after}
    one.values[female if women else male] = part
    other = male if women else female
    one.values.setdefault(other, "rest")
    walk.field, walk.owner_at = one, after + 1
    return after + 1
