"""A request into a draft: any noun with a count is a table, any item of a list a field.

There are no closed lists of tables or fields. What nothing here understands stays unclaimed, and the plan says so.
What is said of the values of a field belongs in `clauses.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from synthdeal_assets.datasets.words import (
    absent,
    apposition,
    asides,
    asked,
    beyond,
    clauses,
    conditioned,
    constants,
    counting,
    elisions,
    emphasis,
    flags,
    formulas,
    headed,
    known_values,
    letters,
    longer,
    openings,
    order,
    outputs,
    owners,
    parts,
    periods,
    placing,
    portions,
    purposes,
    rows,
    sentences,
    series,
    shares,
    subjects,
    times_of_day,
    unpunctuated,
    values,
    withdrawn,
)
from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.draft import Draft
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
from synthdeal_assets.datasets.words.quantities import quantity_at
from synthdeal_assets.datasets.words.settling import settle
from synthdeal_assets.datasets.words.walk import Walk, names_rows

Step = Callable[[Walk, int], int | None]
"""Reads what begins at a lexeme; gives the lexeme after it, or None where it does not begin so."""


def read_request(walk: Walk) -> Draft:
    """The draft that a request comes to, from where it begins."""
    at = 0
    while at < len(walk.cursor.lexemes):
        at = step(walk, at)
    settle(walk)
    return walk.draft


def step(walk: Walk, at: int) -> int:
    """Reads what begins at a lexeme, and gives the one after it."""
    return next((after for each in _STEPS if (after := each(walk, at)) is not None), at + 1)


def _end(walk: Walk, at: int) -> int | None:
    if not walk.cursor.ends(at):
        return None
    walk.values_open = False
    walk.turn_back()
    walk.unique_next, walk.parent_next = set(), None
    if not walk.table_bracket:
        walk.bracket_closed = False
    if walk.cursor[at].kind != "newline":
        walk.field = None
        if walk.whose is not None and walk.table is walk.whose[1]:
            # 60 reps in 5 regions: the next sentence is about reps.
            walk.table = walk.whose[0]
    return at + 1


_COUNT_WORDS: Final = frozenset(["anzahl", "count", "n", "number", "quantity", "cantidad", "numero", "total"])


def _brackets(walk: Walk, at: int) -> int | None:
    if walk.cursor.mark(at, ")") and walk.table_bracket:
        walk.bracket_closed, walk.table_bracket = True, False
        walk.in_fields, walk.field, walk.owner_at = False, None, at + 1
        return at + 1
    if not walk.cursor.mark(at, "("):
        return None
    if (shares := parts.shares_in_bracket(walk, at)) is not None:
        return shares
    if walk.owner_at == at - 1 and walk.field is not None and walk.cursor[at - 1].word in ("in", "en"):
        # Size in (S, M, L).
        walk.owner_at = at
    if walk.owner_at == at and walk.field is not None:
        said = portions.listed(walk, at + 1) or absent.in_bracket(walk, at) or flags.in_bracket(walk, at)
        return said or clauses.bracket_of_field(walk, at) or at + 1
    if walk.cursor.has(at + 1, "unit") and walk.cursor.mark(at + 2, ")"):
        walk.draft.lose({at + 1})
        return at + 3
    beside = 0 <= walk.owner_at <= at and walk.cursor.skip(walk.owner_at) == at
    if beside and walk.table is not None:
        named = int(walk.cursor[at + 1].word in _COUNT_WORDS)
        named += named and walk.cursor.mark(at + 1 + named, "=:")
        number = walk.cursor.number(at + 1 + named)
        free = walk.table.rows is None and walk.table.parent is None
        if number is not None and walk.cursor.mark(at + 2 + named, ")") and free:
            return rows.set_rows(walk, walk.table, number, {*range(at + 1, at + 2 + named)}, at + 3 + named)
        walk.in_fields = walk.table_bracket = True
    return at + 1


def _separator(walk: Walk, at: int) -> int | None:
    cursor = walk.cursor
    if cursor.has(at, "columns"):
        walk.in_fields = True
        return at + 1
    counts = cursor[at - 1].kind in ("number", "unread") and at - 1 not in walk.draft.claimed() - walk.draft.lost
    if cursor.has(at, "with") and cursor[at].kind == "concept" and counts and walk.draft.tables:
        # What something has that was not understood is of nothing else.
        end = cursor.until(at + 1, ",()")
        walk.draft.lose(range(at + 1, end))
        return end
    if cursor.has(at, "with") and not cursor.has(at, "each", "per"):
        if walk.table is None and not walk.draft.tables and not walk.expects_table and walk.rows_next is None:
            return at + 1
        walk.in_fields = True
        if walk.table is not None:
            walk.table.with_at = {at}
        return at + 1
    if cursor[at].kind == "mark" or cursor.has(at, "and"):
        if cursor.mark(at, ":") and walk.field is not None and walk.owner_at == at:
            said = portions.listed(walk, at + 1) or flags.after_colon(walk, at) or formulas.after_colon(walk, at)
            return said or clauses.values_after_colon(walk, at) or at + 1
        if cursor.mark(at, ":") and walk.table is not None:
            walk.in_fields = True
        known_marks = ",()/|•·*:-–—¿¡&…+"  # noqa: RUF001
        return at + 1 if cursor.has(at, "and") or cursor.mark(at, known_marks) else None
    return None


def _table_word(walk: Walk, at: int) -> int | None:
    cursor = walk.cursor
    if cursor.has(at, "table") and cursor[at].kind == "concept":
        walk.expects_table = walk.table is None or walk.draft.tables == [] or walk.expects_table or _new_table(walk, at)
        if walk.expects_table:
            walk.in_fields = False
        return at + 1
    if cursor.has(at, "called"):
        after = at + 1
        while cursor[after].kind == "fill" or cursor.mark(after, ":"):
            after += 1
        if cursor[after].kind == "file":
            return at + 1
        named = walk.table is not None and not walk.table.unnamed and walk.table.rows is not None
        if cursor[after].kind == "quoted" and named and walk.field is None and not walk.in_fields:
            # A dozen customers called "Acme": the name of each of them, and no column.
            walk.draft.lose((at, after))
            return after + 1
        unnamed = walk.table is not None and walk.table.unnamed
        if (walk.expects_table or unnamed or walk.table is None) and (noun := noun_at(cursor, after)) is not None:
            walk.expects_table = True
            walk.mention(noun).said.add(at)
            return noun.last
        return at + 1
    return None


def _new_table(walk: Walk, at: int) -> bool:
    """Whether a word for table begins another one: it stands where a sentence begins, or has an article."""
    before = walk.cursor.before(at)
    return walk.cursor.ends(before) and walk.cursor[at + 1].kind != "end"


def _noun(walk: Walk, at: int) -> int | None:
    """A noun that stands alone: a table, a field, or what a sentence is about."""
    cursor = walk.cursor
    if cursor[at].kind not in ("word", "quoted"):
        return None
    noun = subjects.known_noun(walk, at)
    if noun is None:
        return None
    if cursor[at - 1].kind == "unread" or (cursor[at - 1].kind == "number" and at - 1 in walk.draft.lost):
        # What a number that was given up counts is given up with it.
        return noun.last
    places = cursor.language.places
    amid = cursor.mark(at - 1, ",") and cursor.has(noun.last, "and") and cursor[at - 2].kind == "word"
    if len(noun.words) == 1 and cursor[at].word in places and not amid:
        walk.draft.misc.setdefault("locale", (places[cursor[at].word], {at}))
        return noun.last
    known = walk.known_table(noun.words)
    after = cursor.skip(noun.last)
    if known is not None and known is walk.table and known.fields and quantity_at(cursor, after) is not None:
        # The grade of a table of grades.
        known = None
    if (counted_after := counting.noun_before_count(walk, noun)) is not None:
        return counted_after
    if known is not None and (relation := rows.belongs(walk, known, noun)) is not None:
        return relation
    if known is not None and not walk.known_field(noun.words, known):
        item = walk.in_fields and _in_list(walk, noun, at) and not _starts_sentence(cursor, at)
        if (
            item
            and known is not walk.table
            and walk.table is not None
            and cursor.separates(after)
            and not cursor.mark(after, ":(")
        ):
            walk.table.refers_to.append(known)
            walk.table.rows_at |= set(noun.at)
            return noun.last
        return _switch(walk, noun, after)
    if cursor.has(noun.last, "table") or walk.expects_table:
        walk.in_fields = False
        walk.mention(noun).is_asked = True
        walk.owner_at = noun.last + cursor.has(noun.last, "table")
        return walk.owner_at
    if walk.table is not None and _is_list_of_table(walk, noun, after, _starts_sentence(cursor, at)):
        walk.mention(noun)
        walk.in_fields = cursor.mark(after, ":")
        return noun.last
    if (counted_behind := headed.counted_behind(walk, noun)) is not None:
        return counted_behind
    if (named := rows.children_named(walk, noun) or elisions.elided(walk, noun)) is not None:
        return named
    noun = headed.speak_of_prefix(walk, noun)
    counted = walk.table is not None and (walk.table.rows is not None or walk.table.parent is not None)
    if counted and not walk.in_fields and cursor.separates(cursor.before(at)):
        walk.in_fields = True
    if (found := clauses.about_values(walk, noun)) is not None:
        return found
    stated = walk.table is not None and walk.draft.counts_rows() and _is_stated(walk, noun)
    if stated:
        walk.in_fields = True
    elif walk.table is None or (not walk.in_fields and not _is_field(walk, noun)):
        return _first_noun(walk, noun, at)
    starts = _starts_sentence(cursor, at)
    if starts and cursor.has(after, "with") and not cursor.has(after, "each"):
        return _with_fields(walk, noun, after)
    if _is_list_of_table(walk, noun, after, starts):
        walk.mention(noun)
        walk.in_fields = cursor.mark(after, ":")
        return noun.last
    if (found := clauses.statement(walk, noun)) is not None:
        return found
    if cursor[at - 1].word in _AUXILIARIES and cursor.has(noun.last, "yes_no") and cursor.separates(at - 2):
        walk.in_fields = True
        walk.add_field((cursor[at - 1].text, *noun.words), noun.at, noun.last)
        return noun.last
    if not _in_list(walk, noun, at):
        return noun.last
    walk.in_fields = True
    return clauses.field_from(walk, noun)


def _with_fields(walk: Walk, noun: Noun, after: int) -> int | None:
    """A table with what follows; a field where that is a mean: the waiting time has a mean of 35."""
    if walk.cursor.has(walk.cursor.skip(after + 1), "mean", "median", "sd"):
        return clauses.field_from(walk, noun)
    walk.mention(noun)
    return noun.last


def _is_list_of_table(walk: Walk, noun: Noun, after: int, starts: bool) -> bool:
    """Whether the fields of another table follow: orders: id, total; books (200 rows; title)."""
    cursor = walk.cursor
    if walk.known_field(noun.words) is not None:
        return False
    if cursor.mark(after, ":") and (_is_field(walk, noun) or values.shares_follow(walk, after + 1)):
        return False
    if values.share_after(cursor, noun.last) is not None and walk.draft.counts_rows():
        return False
    if cursor.mark(after, ":"):
        known = bool(walk.table and (walk.table.fields or walk.table.rows))
        return starts and known and not walk.draft.tables[-1].unnamed and not walk.table_bracket
    if not cursor.mark(after, "("):
        return False
    alone = cursor.mark(after + 2, ")") and not walk.in_fields
    counted = cursor.number(after + 1) is not None and (cursor.has(after + 2, "rows") or alone)
    return counted or (walk.bracket_closed and not walk.in_fields)


_AUXILIARIES: Final = frozenset({"would", "has", "have", "can", "does", "had", "was", "did"})


def _switch(walk: Walk, noun: Noun, after: int) -> int:
    """Speaks of a table that is known from here on."""
    cursor = walk.cursor
    table = walk.mention(noun)
    table.amid_list = table.amid_list and not cursor.has(after, "is", "with")
    walk.in_fields = cursor.has(after, "with", "columns") or cursor.mark(after, ":(")
    return noun.last


def _first_noun(walk: Walk, noun: Noun, at: int) -> int | None:
    """A noun before there is a table: a table, unless it is a field of one that is named later."""
    cursor = walk.cursor
    after = cursor.skip(noun.last)
    if walk.series_next is not None:
        return series.series_noun(walk, noun)
    purpose = cursor.has(cursor.before(at), "for") and not cursor.has(cursor.before(at), "of", "from")
    if purpose and not cursor.has(after, "with", "columns", "of") and not cursor.mark(after, ":("):
        walk.draft.misc.setdefault("dataset", (" ".join(noun.words), set(noun.at)))
        return noun.last
    if walk.table is None and (cursor.has(after, "unique") or _is_field(walk, noun)):
        is_ = after
        while cursor.has(is_, "is") and cursor[is_].kind == "concept":
            is_ = cursor.skip(is_ + 1)
        sums = cursor.mark(is_, "=") or cursor.has(after, "is", "sum_of")
        if sums and (found := clauses.statement(walk, noun)) is not None:
            walk.in_fields = True
            return found
        if cursor.has(is_, "unique", "over", "under", "at_least", "at_most", "between"):
            walk.in_fields = True
            return clauses.field_from(walk, noun)
    if cursor.has(after, "mean", "median", "sd") and _is_field(walk, noun):
        walk.in_fields = True
        return clauses.field_from(walk, noun)
    part = cursor.skip_of(noun.last)
    if walk.table is None and walk.measure_of(noun.words) is not None and cursor.share(part) is not None:
        # Tax of 20% on the net amount, before there is a table.
        walk.draft.lose((*noun.at, part))
        return part + 1
    heads = cursor.mark(after, ",") and cursor.number(after + 1) is not None
    if (
        walk.table is None
        and not heads
        and _is_field(walk, noun)
        and cursor.separates(after)
        and not cursor.mark(after, ":")
    ):
        walk.in_fields = True
        return clauses.field_from(walk, noun)
    if walk.in_fields and walk.table is None:
        return clauses.field_from(walk, noun)
    counted = walk.table is not None and (walk.table.rows is not None or walk.table.parent is not None)
    if counted and _in_list(walk, noun, at):
        walk.in_fields = True
        return clauses.field_from(walk, noun)
    if walk.table is not None and not cursor.separates(cursor.before(at)):
        return noun.last
    begins = cursor.has(after, "with", "columns") or cursor.mark(after, ":(")
    if walk.draft.counts_rows() and not begins and not names_rows(walk, noun):
        # Once rows are counted, a noun alone is no other table: planes seat 180.
        return noun.last
    table = walk.mention(noun)
    if purpose or heads or cursor.mark(after, ":") or (cursor.mark(after, ",") and not names_rows(walk, noun)):
        walk.purpose = walk.purpose or table
    return noun.last


def _is_field(walk: Walk, noun: Noun) -> bool:
    """Whether a noun is what a field is called, rather than a table."""
    cursor = walk.cursor
    if noun.words[-1].casefold() in ("name", "nombre", "id"):
        return True
    if names_rows(walk, noun):
        return False
    if walk.type_of(noun.words) is not None or walk.measure_of(noun.words) is not None:
        return True
    after = noun.last
    return cursor.has(after, "like", "unique", "between", "under", "over", "at_least", "at_most") or (
        quantity_at(cursor, after) is not None and walk.table is not None
    )


def _is_stated(walk: Walk, noun: Noun) -> bool:
    """Whether a sentence says what values a field has: the ward is one of A, B; the rate is a decimal from 0 to 1."""
    cursor = walk.cursor
    after = cursor.skip(noun.last)
    stated = cursor.has(after, "is") and cursor[after].kind == "concept"
    while cursor.has(after, "is") or cursor[after].word in values.KINDS:
        after = cursor.skip(after + 1)
    number = quantity_at(cursor, after)
    if cursor.has(after, "one_of") or (number is not None and not cursor.has(number.after, "per", "each")):
        return True
    return stated and cursor.number(after) is not None


def _starts_sentence(cursor: Cursor, at: int) -> bool:
    before = cursor.before(at)
    return before < 0 or (cursor.ends(before) and cursor[before].kind != "newline")


def _in_list(walk: Walk, noun: Noun, at: int) -> bool:
    """Whether a noun is an item of a list of fields, and no part of a sentence about something else."""
    cursor = walk.cursor
    before = cursor.before(at)
    lists = (
        cursor.separates(before)
        or cursor.has(before, "with", "columns", "unique", "called", "and", "of")
        or cursor[before].kind in ("newline", "number", "share")
        or cursor.dash(before) is not None
        or cursor.mark(before, "•·*")
        or (cursor[before].word in ("in", "im", "en") and cursor.separates(cursor.before(before)))
        or (cursor.has(before, "is") and cursor.separates(cursor.before(before)))
        or (cursor.has(before, "is") and cursor.has(cursor.before(before), "columns"))
        or (walk.in_fields and walk.field is None and cursor.skip(walk.owner_at) == cursor.skip(at))
    )
    if not lists:
        return False
    if _starts_sentence(cursor, at) and _is_stated(walk, noun):
        return True
    if _starts_sentence(cursor, at) and not cursor.mark(before, ";"):
        first = walk.table is not None and not walk.table.fields and cursor.mark(noun.last, ",")
        again = cursor.mark(noun.last, ":") and walk.known_field(noun.words) is not None
        return first or again or _is_field(walk, noun)
    return len(noun.words) <= 5


_STEPS: Final[tuple[Step, ...]] = (
    _end,
    openings.opening,
    conditioned.per_value,
    conditioned.stated,
    asides.aside,
    headed.ordinal,
    headed.enough,
    headed.in_all,
    asked.nobody,
    asked.same_list,
    asides.tried,
    withdrawn.withdrawn,
    periods.since_done,
    longer.goes_on,
    longer.of_both,
    absent.not_everyone,
    absent.stated,
    emphasis.behind_list,
    known_values.said_of_rows,
    known_values.of_one_with_codes,
    flags.said_after,
    flags.present,
    flags.whether,
    portions.listed,
    apposition.kind_of_values,
    apposition.offered,
    apposition.of_somebody,
    apposition.over_all,
    owners.about_table,
    formulas.equation,
    formulas.multiple,
    formulas.apposed,
    constants.constant,
    constants.charged,
    order.afterwards,
    flags.of_thing,
    sentences.sentence,
    beyond.of_speaker,
    beyond.beyond,
    beyond.only_unit,
    beyond.in_part,
    outputs.seed,
    series.every,
    rows.per,
    rows.each,
    outputs.output,
    series.lasting,
    placing.mean_of_children,
    times_of_day.between,
    periods.now,
    periods.period,
    letters.coded,
    letters.code_named,
    unpunctuated.unpunctuated,
    counting.quantity,
    shares.share,
    counting.number_alone,
    _brackets,
    order.ordered,
    clauses.modifier,
    elisions.shared,
    rows.word_for_rows,
    _table_word,
    _separator,
    beyond.things_between,
    placing.section,
    asked.children_headed,
    purposes.gathered,
    purposes.complement,
    purposes.speaker,
    purposes.purpose,
    _noun,
)
