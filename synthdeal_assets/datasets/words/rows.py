"""How many rows a table has: counted, per row of another one, or at even steps of time; and what belongs to what."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words import placing, series
from synthdeal_assets.datasets.words.draft import Doubt, TableDraft
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
from synthdeal_assets.datasets.words.placing import Count
from synthdeal_assets.datasets.words.quantities import quantity_at
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import Walk, names_rows, plain, without_place

_FEW: Final = 10
_MOST_CHILDREN: Final = 50
"""Up to so many "customers with 3 orders" have three each; more is a number for all of them together."""


def set_rows(walk: Walk, table: TableDraft, number: Fraction, at: set[int], after: int) -> int | None:
    """Gives a table its rows."""
    reading = walk.cursor[min(at)].reading
    if number.denominator != 1 and reading is not None and reading.other is not None:
        number = reading.other
    if number.denominator != 1 or number < 0:
        return None
    if table.rows is not None and table.rows != number:
        walk.draft.lose(at, f"{table.name} has {plain(table.rows)} rows already")
        return after
    table.rows = number
    table.rows_at |= at
    walk.doubt_numbers(at, ("tables", table.name, "rows"))
    return after


def counted_rows(walk: Walk, at: int, after: int, number: Fraction) -> int | None:
    """500 rows, 300 of them: of the table spoken of, of one that follows, or per row of another one."""
    cursor = walk.cursor
    indices = {*range(at, after + 1)}
    end = after + 1
    following = cursor.skip_of(end)
    noun = None
    if (cursor.has(end, "of", "for") or cursor[after].word.endswith((" of", " de"))) and cursor[
        following
    ].kind == "word":
        noun = noun_at(cursor, following)
    if noun is not None and walk.known_table(noun.words) is None:
        return counted_noun(walk, sorted(indices), number, number, noun)
    if cursor.has(end, "per") and walk.table is not None:
        child = walk.table
        found = per_noun(walk, end)
        if found is not None and found[0] is not child:
            _as_child(child, found[0], Count(indices | found[1], number, number))
            walk.speak_of(child, found[2])
            return found[2]
    table = walk.table if noun is None else walk.known_table(noun.words)
    if table is None and cursor.has(end, "per") and (found := per_noun(walk, end)) is not None:
        child = TableDraft(series.READINGS[walk.language], (series.READINGS[walk.language],))
        walk.draft.tables.append(child)
        _as_child(child, found[0], Count(indices | found[1], number, number))
        walk.speak_of(child, found[2])
        return found[2]
    if table is None and cursor.mark(end, ":"):
        table = walk.current_table()
        walk.in_fields = True
    if table is None:
        walk.rows_next = (number, indices)
        return end
    set_rows(walk, table, number, indices, end)
    if walk.field is None:
        walk.owner_at = end
    return end if noun is None else noun.last


_ONE_ROW: Final = frozenset({"row", "fila", "reihe"})


def word_for_rows(walk: Walk, at: int) -> int | None:
    """The word rows where its number follows: rows: 500."""
    cursor = walk.cursor
    if not cursor.has(at, "rows"):
        return None
    after = cursor.skip(at + 1)
    item = walk.in_fields and (cursor.mark(at - 1, ",") or cursor.has(at - 1, "and"))
    if item and cursor[at].word in _ONE_ROW and (quantity_at(cursor, after) is not None or cursor.separates(after)):
        # Seats with sector, fila de 1 a 40: the row that somebody sits in.
        walk.add_field((cursor[at].text,), {at}, at + 1)
        return at + 1
    while cursor.mark(after, ":=") or cursor.has(after, "is"):
        after = cursor.skip(after + 1)
    number = cursor.number(after)
    begins = cursor.ends(at - 1) and walk.table is not None and walk.table.parent is not None
    if begins and cursor[at].text[:1].isupper() and number is None and after == at + 1:
        # Entries from 1 June on: rows of something that has no name yet.
        end = cursor.item_end(at + 1)
        walk.draft.lose(range(at, end))
        return end
    if number is None or (after == at + 1 and not cursor.separates(cursor.skip(after + 1))):
        return at + 1
    if walk.table is None:
        walk.rows_next = (number, {after})
        return after + 1
    return set_rows(walk, walk.table, number, {after}, after + 1)


def counted_noun(walk: Walk, at: Iterable[int], low: Fraction | None, high: Fraction | None, noun: Noun) -> int | None:
    """A noun with its count: a table, or rows for each row of another one.

    Args:
        walk: Where the reader stands.
        at: The lexemes of the count.
        low: The fewest.
        high: The most; the same where one number is said.
        noun: What is counted.
    """
    noun = placing.nominative(walk, noun)
    counted = placing.without_field(walk, noun)
    after = _counted(walk, at, low, high, counted)
    walk.in_fields = walk.in_fields or (counted is not noun and after == counted.last)
    return after


def _counted(walk: Walk, at: Iterable[int], low: Fraction | None, high: Fraction | None, noun: Noun) -> int | None:
    cursor, first = walk.cursor, min(at)
    if low is None or high is None or low.denominator != 1 or high.denominator != 1:
        return None
    count, in_fields, before, one = Count(set(at), low, high), walk.in_fields, walk.table, walk.field
    after_with = before is not None and in_fields and (first - 1 in before.with_at or _in_its_list(walk, first, count))
    waiting, walk.parent_next = walk.parent_next, None
    if (
        low == high == 1
        and waiting is not None
        and (one_each := placing.one_of_values(walk, waiting, count, noun)) is not None
    ):
        return one_each
    existing = walk.known_table(without_place(walk, noun)[0])
    if existing is not None and _is_counted(walk, existing, count, noun, waiting=waiting is not None):
        return _counted_again(walk, existing, count, noun)
    if before is not None and before.is_bare and (after_with or placing.is_title(walk, before, first, noun)):
        walk.draft.names_dataset(before)
        before = None
    each = cursor.has(noun.last, "each")
    if before is not None and not each and placing.counts_anybody(walk, before, noun):
        walk.field = None
        return set_rows(walk, before, low, count.at | set(noun.at), noun.last) if low == high else None
    named = existing is not None or waiting is not None or after_with
    if (not named and not placing.counts_rows(walk, first, noun, low == high == 1)) or placing.is_no_row(
        walk, first, noun, waits=waiting is not None
    ):
        walk.draft.lose((*count.at, *noun.at))
        return noun.last
    beside = before is not None and walk.owner_at <= first <= walk.owner_at + 2
    table = walk.mention(noun, counted=True)
    if before is not None and beside:
        placing.note_whose(walk, before, table, count)
    if before is not None and before is not table and before.every is not None and placing.is_for(walk, first):
        return series.series_of(walk, before, table, low, count.at, after=noun.last, one=one)
    if before is not None and before is not table and low == high and _may_belong(walk, before, first):
        _set_rows_or_lose(walk, table, count, noun.last)
        before.belongs_to = table
        walk.speak_of(before, noun.last)
        return noun.last
    walk.in_fields = False
    parent, after = _parent_of(
        walk, table, before if before is not table else None, count, noun, waiting=waiting, after_with=after_with
    )
    if parent is not None and parent is not table:
        after = placing.pass_period(walk, table, parent, placing.note_mean(walk, table, count, first, after))
        _as_child(table, parent, count)
        walk.doubt_numbers(at, ("tables", table.name, "rows", "count"))
        if low != high and not placing.is_known(walk, noun) and not cursor.has(noun.last, "per"):
            placing.ask_whether_rows(walk, table, parent, count)
        explicit = after != noun.last and not cursor.has(noun.last, "per")
        listed = waiting is None and before is parent and in_fields and (bool(parent.fields) or not explicit)
        goes_on = cursor.mark(after, ",") or cursor.has(after, "and")
        if listed and goes_on and not placing.counts_follow(walk, after + 1):
            # What follows in the list is the parent's again: users with 2 phone numbers and an email.
            walk.speak_of(parent, after)
            walk.in_fields = True
            return after
        walk.speak_of(table, after)
        table.amid_list = goes_on
        if waiting is not None and _few_follow(walk, after):
            walk.parent_next = (waiting[0], set())
        return after
    if low != high or table.belongs_to is None or table.rows is None:
        _set_rows_or_lose(walk, table, count, after)
    if before is not None and before.parent is table and not cursor.has(after, "with") and not cursor.mark(after, ":("):
        # 400 readings per sensor, 6 sensors, ...: the readings are spoken of.
        walk.speak_of(before, after)
        return after
    if before is not None and one is not None and in_fields and placing.amid_fields(walk, before, table, count, after):
        return after
    walk.speak_of(table, after)
    return (cursor.has(after, "for", "of") and before is not table and _owner(walk, after, table)) or after


def _few_follow(walk: Walk, at: int) -> bool:
    """Whether the same rows have some of another thing: each with 2 items and 1 discount code."""
    cursor = walk.cursor
    if not (cursor.mark(at, ",") or cursor.has(at, "and")):
        return False
    following = cursor.skip(at + 1)
    following = cursor.skip(following + 1) if cursor.has(following, "and") else following
    number = cursor.number(following)
    return number is not None and number <= _FEW


def _in_its_list(walk: Walk, at: int, count: Count) -> bool:
    """Whether a small count is the last item of a list: classes with a teacher and 15 to 30 pupils."""
    before = walk.cursor.before(at)
    few = count.low != count.high or count.low <= _FEW
    return few and walk.cursor.has(before, "and") and walk.table is not None and bool(walk.table.with_at)


def _is_counted(walk: Walk, table: TableDraft, count: Count, noun: Noun, *, waiting: bool) -> bool:
    """Whether a table has its number, in all or for each row of another one."""
    if table.parent is not None and (count.low, count.high) != (table.low, table.high):
        return True
    return table.rows is not None and not waiting and not walk.cursor.has(noun.last, "per")


def _counted_again(walk: Walk, table: TableDraft, count: Count, noun: Noun) -> int:
    """A second count of a table: the same one changes nothing, another one contradicts the first."""
    if table.parent is not None:
        walk.draft.lose((*count.at, *noun.at), f"{table.name} are counted already")
        return noun.last
    if count.low == count.high == table.rows:
        table.rows_at |= count.at
    else:
        walk.draft.lose(count.at, f"{table.name} has {plain(table.rows or Fraction(0))} rows already")
    walk.speak_of(table, noun.last)
    return noun.last


def _set_rows_or_lose(walk: Walk, table: TableDraft, count: Count, after: int) -> None:
    if count.low != count.high or set_rows(walk, table, count.low, count.at, after) is None:
        walk.draft.lose(count.at)


def _parent_of(
    walk: Walk,
    table: TableDraft,
    before: TableDraft | None,
    count: Count,
    noun: Noun,
    *,
    waiting: tuple[TableDraft, set[int]] | None,
    after_with: bool,
) -> tuple[TableDraft | None, int]:
    """The table for whose rows rows are counted, and the lexeme after what says so."""
    cursor, after = walk.cursor, noun.last
    if waiting is not None:
        count.at |= waiting[1]
        return waiting[0], after
    if cursor.has(after, "per") and (found := per_noun(walk, after)) is not None:
        count.at |= found[1]
        return found[0], found[2]
    if before is not None and cursor.has(after, "each") and placing.closes(walk, after):
        count.at.add(after)
        return before, after + 1
    if before is not None and after_with:
        return _children_with(walk, table, before, count), after
    return None, after


def per_count(walk: Walk, at: Iterable[int], low: Fraction, high: Fraction, after: int) -> int | None:
    """Orders: 5 per customer: the count of the table spoken of, without its noun."""
    child = walk.table
    free = child is not None and child.rows is None and child.parent is None and child.every is None
    if not free or child is None or not walk.cursor.has(after, "per") or walk.field is not None:
        return None
    found = per_noun(walk, after) if low.denominator == high.denominator == 1 else None
    if found is None or found[0] is child:
        return None
    _as_child(child, found[0], Count({*at} | found[1], low, high))
    walk.doubt_numbers(at, ("tables", child.name, "rows", "count"))
    walk.owner_at = found[2]
    return found[2]


def _may_belong(walk: Walk, table: TableDraft, at: int) -> bool:
    """Whether the number here is of those whom a table belongs to: 5000 transactions for 200 accounts."""
    alone = table.parent is None and table.belongs_to is None and table.rows is not None and walk.owner_at >= 0
    before = walk.cursor.before(at)
    return alone and walk.cursor.has(before, "for") and not walk.in_fields


def children_named(walk: Walk, noun: Noun) -> int | None:
    """Orders per customer 1 to 5: rows of their own for each row of a table that is known."""
    cursor, headed = walk.cursor, walk.cursor.mark(noun.last, ":")
    per = cursor.skip(noun.last + headed)
    of = noun_at(cursor, cursor.skip_of(per + 1)) if cursor.has(per, "per") else None
    parent = walk.known_table(of.words) if of is not None else None
    if of is None or parent is None or walk.known_table(noun.words) is not None or fold(noun.words[0]) in _NUMBER:
        return None
    found = quantity_at(cursor, of.last + cursor.mark(of.last, ":"))
    if found is None or found.high is None or found.strict or not cursor.separates(found.after):
        return None
    low, known = found.low or Fraction(0), names_rows(walk, noun)
    whole = low.denominator == found.high.denominator == 1 and found.high <= _MOST_CHILDREN
    if not whole or (not known and (walk.measure_of(noun.words), walk.type_of(noun.words)) != (None, None)):
        return None
    child, count = walk.mention(noun), Count({per, *of.at, *found.at}, low, found.high)
    _as_child(child, parent, count)
    if not known:
        placing.ask_whether_rows(walk, child, parent, count)
    walk.speak_of(child if headed else parent, found.after)
    walk.in_fields = True
    return found.after


_NUMBER: Final = frozenset({"number", "anzahl", "numero", "cantidad", "average", "total", "durchschnittliche"})


def _as_child(child: TableDraft, parent: TableDraft, count: Count) -> None:
    child.parent, child.low, child.high = parent, count.low, count.high
    child.rows_at |= count.at


def _children_with(walk: Walk, table: TableDraft, parent: TableDraft, count: Count) -> TableDraft | None:
    """What "200 customers with 3 orders" means, which it does not say: it is asked."""
    low, high = count.low, count.high
    few = low != high or (low <= _MOST_CHILDREN and (parent.rows is None or low < parent.rows or low <= 5))
    if low == high:
        number = plain(low)
        default = "each" if few else "together"
        walk.draft.doubts.append(
            Doubt(f"Has each row of {parent.name} {number} {table.name}, or all of them together?", default, 95,
                  ("tables", table.name, "rows"))
        )  # fmt: skip
    if few:
        return parent
    table.belongs_to = parent
    return None


def _owner(walk: Walk, at: int, table: TableDraft) -> int | None:
    """The table that rows belong to: 1000 orders for these customers."""
    following = walk.cursor.skip_of(at + 1)
    noun = noun_at(walk.cursor, following)
    owner = walk.known_table(noun.words) if noun is not None else None
    if owner is None and walk.cursor[at].word.endswith((" these", " those", "dieser", " estos", " esos")):
        return None
    if owner is None or noun is None or owner is table:
        return None
    table.belongs_to = owner
    table.rows_at |= {at, *noun.at}
    walk.speak_of(table, noun.last)
    return noun.last


def belongs(walk: Walk, table: TableDraft, noun: Noun) -> int | None:
    """Orders belong to customers."""
    cursor = walk.cursor
    after = cursor.skip(noun.last)
    if not (cursor.has(after, "for") and not cursor.has(after, "of")):
        return None
    first = cursor.skip_of(after + 1)
    # Each order belongs to one customer.
    other = noun_at(cursor, first + (cursor.number(first) == 1))
    owner = walk.known_table(other.words) if other is not None else None
    if owner is None or other is None or owner is table:
        return None
    table.belongs_to = owner
    table.said |= set(noun.at)
    table.rows_at |= {after, *other.at}
    if cursor.number(first) == 1:
        walk.draft.noted.append(("parents", "1", {first}))
    walk.speak_of(table, other.last)
    return other.last


def per_noun(walk: Walk, at: int) -> tuple[TableDraft, set[int], int] | None:
    """The table after "per", which may be named there for the first time."""
    cursor = walk.cursor
    noun = noun_at(cursor, cursor.skip_of(at + 1))
    if noun is None or cursor[noun.at[0]].word in cursor.language.ordinals:
        return None
    speaking, field, in_fields, owner_at = walk.table, walk.field, walk.in_fields, walk.owner_at
    waiting = walk.rows_next
    parent = placing.table_meant(walk, noun)
    field_like = walk.type_of(noun.words) is not None or walk.measure_of(noun.words) is not None
    if parent is None and field_like and not names_rows(walk, noun):
        return None
    if parent is None:
        walk.rows_next = None
        parent = walk.mention(noun)
    walk.table, walk.field, walk.in_fields, walk.rows_next = speaking, field, in_fields, waiting
    walk.owner_at = owner_at
    return parent, {at, *noun.at}, noun.last


_HAVE: Final = frozenset({"ha", "han"})
_DONE: Final = ("ed", "en", "ado", "ido")
"""Ends of what somebody has done."""


_ONE: Final = frozenset({"one", "einer", "eine", "einen", "eins", "uno", "una"})


def per(walk: Walk, at: int) -> int | None:
    """Per customer, zu jeder Firma: what follows is counted for each of them; price per unit is a field."""
    cursor = walk.cursor
    if not cursor.has(at, "per") or cursor[at].kind != "concept":
        return None
    noun = noun_at(cursor, cursor.skip_of(at + 1))
    if noun is None:
        return None
    known = placing.table_meant(walk, noun)
    if walk.field is not None and walk.owner_at == at and known is None:
        words = (*walk.field.words, cursor[at].text, *noun.words)
        walk.rename_field(walk.field, words, {at, *noun.at}, noun.last)
        return noun.last
    if cursor.has(at, "times", "for", "with") and known is None:
        return None
    child = walk.table
    counted = child is not None and child.rows is not None and child.parent is None and walk.owner_at == at
    before = cursor.before(at)
    begins = cursor.separates(before) or cursor.has(before, "with", "columns", "has")
    if not counted and (not begins or cursor[at - 1].word in _ONE):
        # Exactly one per supplier, computed per team, euros per square metre: nothing that is counted afterwards.
        walk.draft.lose((*((before,) if cursor.number(before) is not None else ()), at, *noun.at))
        return noun.last
    found = per_noun(walk, at)
    if found is None:
        return None
    parent, said, after = found
    if counted and child is not None and child is not parent and child.rows is not None:
        _as_child(child, parent, Count(said, child.rows, child.rows))
        child.rows = None
        walk.owner_at = after
        return after
    while cursor[after].word in sentence_words(walk.language)["wanted"] and cursor[after].kind == "word":
        # Zu jedem Weingut gehören 3 bis 12 Weine.
        said = said | {after}
        after += 1
    walk.parent_next = (parent, said)
    walk.in_fields = False
    return after + walk.cursor.has(after, "with")


def each(walk: Walk, at: int) -> int | None:
    """Each with 2 to 5 orders, each customer has, cada uno con."""
    cursor = walk.cursor
    every = cursor.has(at, "every") and (not walk.in_fields or placing.has_rows_of(walk, at + 1))
    if not (cursor.has(at, "each") or every):
        return None
    after = cursor.skip_of(at + 1)
    counted = cursor.number(after)
    of_them = noun_at(cursor, cursor.skip(after + 1)) if counted is not None and after > at + 1 else None
    if of_them is not None and cursor.has(cursor.skip(of_them.last), "with"):
        end = counted_noun(walk, (after,), counted, counted, of_them)
        after = of_them.last if end is None else end
    after = after if of_them is not None else cursor.skip(at + 1)
    noun = noun_at(cursor, after) if cursor[after].kind == "word" else None
    table, indices = walk.table, {at}
    noun = noun if noun is None else placing.without_verb(walk, noun)
    if walk.whose is not None and table is walk.whose[1]:
        table = walk.whose[0]
    if noun is not None:
        table = placing.table_meant(walk, noun)
        if table is None:
            if not cursor.has(cursor.skip(noun.last), "with"):
                return None
            placing.name_rows_of_place(walk)
            table = walk.mention(noun)
        after = cursor.skip(noun.last)
        indices |= set(noun.at)
        if placing.verb_counts(walk, after):
            # Jedes Mitglied zahlt 1 bis 4 Beiträge.
            indices.add(after)
            after = cursor.skip(after + 1)
        if (related := belongs(walk, table, noun)) is not None:
            table.rows_at.add(at)
            return related
    if table is None:
        return None
    if cursor.has(after, "with"):
        indices.add(after)
        after = cursor.skip(after + 1)
    done = after + (cursor[after].word in _HAVE)
    counts = cursor.skip(done + 1 + (cursor[done + 1].word == "a"))
    if cursor[done].kind == "word" and cursor[done].word.endswith(_DONE) and quantity_at(cursor, counts) is not None:
        # Has attended 3 to 20 rehearsals, ha asistido a entre 3 y 20 ensayos.
        indices |= {*range(after, counts)}
        after = counts
    mean = cursor.skip_of(after + cursor.has(after, "mean"))
    if cursor[mean].kind == "number" or cursor.has(after, "between", "from", "at_least", "at_most", "over", "under"):
        walk.parent_next = (table, indices)
        walk.in_fields = False
        return after
    table.said |= indices
    walk.speak_of(table, after)
    walk.in_fields = True
    return after
