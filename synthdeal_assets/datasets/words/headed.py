"""Tables named before how many rows they have: the first, sites, has 60 rows; sales, 100 per machine."""

from __future__ import annotations

from fractions import Fraction

from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.naming import name_of
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
from synthdeal_assets.datasets.words.quantities import after_hesitation, quantity_at
from synthdeal_assets.datasets.words.rows import per_count, set_rows
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import Walk, names_rows


def ordinal(walk: Walk, at: int) -> int | None:
    """The first, sites, has; die zweite Tabelle (Weine) hat; la segunda, ventas, tiene: one of the tables wanted."""
    cursor = walk.cursor
    if not cursor.ends(cursor.before(at)) or cursor[at].word not in sentence_words(walk.language)["numbering_tables"]:
        return None
    first = at + 1 + cursor.has(at + 1, "table")
    if not cursor.mark(first, ",("):
        return None
    noun = noun_at(cursor, cursor.skip(first + 1))
    if noun is None or not cursor.mark(noun.last, ",)") or not cursor.has(cursor.skip(noun.last + 1), "with"):
        return None
    for one in [one for one in walk.draft.tables if one.is_bare]:
        # A company with two tables is what they are for.
        walk.draft.names_dataset(one)
    table = walk.mention(noun)
    table.is_asked, walk.in_fields = True, False
    table.said |= {*range(at, first)}
    return noun.last + 1


def in_all(walk: Walk, at: int) -> int | None:
    """Insgesamt 260, in total 400, en total 90: the rows of the only table, where none were counted."""
    cursor, only = walk.cursor, walk.draft.tables[0] if len(walk.draft.tables) == 1 else None
    if cursor[at].word not in sentence_words(walk.language)["in_all"] or not cursor.separates(cursor.before(at)):
        return None
    first = cursor.skip(at + 1)
    number = cursor.number(first)
    if number is None or only is None or number.denominator != 1 or not cursor.separates(first + 1):
        return None
    if (only.rows, only.parent, only.every) != (None, None, None):
        return None
    return set_rows(walk, only, number, {first}, first + 1)


def enough(walk: Walk, at: int) -> int | None:
    """Exactly 300 is fine, 90 sind genug: rows, where none were counted."""
    cursor, number = walk.cursor, walk.cursor.number(at)
    after = at + 1
    while cursor[after].kind == "fill" or cursor.has(after, "is", "rows"):
        after += 1
    stated = any(cursor[each].word in sentence_words(walk.language)["states"] for each in range(at + 1, after))
    if number is None or cursor[after].word not in sentence_words(walk.language)["enough"] or not stated:
        return None
    if not cursor.separates(after + 1) or number.denominator != 1 or not cursor.separates(cursor.before(at)):
        return None
    said = {*range(at, after + 1)}
    if walk.table is not None and (walk.table.rows, walk.table.parent) == (None, None):
        set_rows(walk, walk.table, number, said, after + 1)
    elif walk.table is None and walk.rows_next is None:
        walk.rows_next = (number, said)
    else:
        walk.draft.lose(each for each in said if cursor[each].is_content)
    return after + 1


def counted_behind(walk: Walk, noun: Noun) -> int | None:
    """Sales, I think 100 per machine: rows of their own for each row of a table that is known."""
    cursor = walk.cursor
    listed = cursor.mark(noun.last, "(") and walk.table is not None and not walk.table.fields
    if not cursor.mark(noun.last, ",(") or not (listed or names_rows(walk, noun)) or walk.known_table(noun.words):
        return None
    first = after_hesitation(cursor, noun.last + 1)
    found, number = quantity_at(cursor, first), cursor.number(first)
    low, high = (found.low, found.high) if found is not None else (number, number)
    after = found.after if found is not None else first + 1
    of = noun_at(cursor, cursor.skip_of(after + 1)) if cursor.has(after, "per") else None
    if low is None or high is None or of is None or walk.known_table(of.words) is None:
        return None
    if low.denominator != 1 or high.denominator != 1 or low < Fraction(0):
        return None
    table = walk.mention(noun)
    end = per_count(walk, range(first, after), low, high, after)
    if end is None:
        return None
    table.said |= {*range(noun.last, first)}
    walk.in_fields = cursor.mark(end, ",:") or cursor.has(end, "with")
    return end


def speak_of_prefix(walk: Walk, noun: Noun) -> Noun:
    """Turns to the deals where something is said of the deal stage; of "sessions cost" only cost is a name."""
    known = walk.known_table(noun.words[:1]) if len(noun.words) > 1 else None
    said = walk.cursor.has(noun.last, "is", "between", "from") or quantity_at(walk.cursor, noun.last) is not None
    if known is None or not said:
        return noun
    if known is not walk.table:
        walk.speak_of(known, -1)
        walk.in_fields = True
    plural = fold(noun.words[0]) == name_of(known.words, walk.language)
    verb = walk.language == "english" or (walk.language == "spanish" and noun.words[1].endswith("n"))
    if not plural or not verb or len(noun.words) != len(noun.at) or not quantity_at(walk.cursor, noun.last):
        return noun
    known.said.add(noun.at[0])
    known.amid_list = False
    return Noun(noun.words[1:], noun.at[1:], noun.last, max(noun.head - 1, 1))
