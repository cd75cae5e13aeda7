"""What values a field has: in brackets, after a colon, with shares, joined by "or"; and what it is calculated from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words import births, emphasis, formulas, predicates
from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.doubtful import says
from synthdeal_assets.datasets.words.draft import REST, Doubt, FieldDraft
from synthdeal_assets.datasets.words.items import Item, items_between
from synthdeal_assets.datasets.words.letters import code_of
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
from synthdeal_assets.datasets.words.operands import NET
from synthdeal_assets.datasets.words.quantities import quantity_at
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import Walk, plain

_COMPOSITE: Final = frozenset(
    {"address", "contact", "name", "location", "adresse", "anschrift", "direccion", "contacto", "ort"}
)
_SEGMENT: Final = {"english": "segment", "german": "segment", "spanish": "segmento"}

KINDS: Final = {
    **dict.fromkeys(
        ["string", "text", "varchar", "str", "texto", "cadena", "zeichenkette", "char", "uuid", "id"], "text"
    ),
    **dict.fromkeys(["int", "integer", "bigint", "ganzzahl", "entero"], "whole"),
    **dict.fromkeys(["number", "numeric", "decimal", "float", "double", "zahl", "dezimalzahl", "numero"], "number"),
    **dict.fromkeys(["real", "percentage", "prozentsatz", "porcentaje", "prozentwert"], "number"),
    **dict.fromkeys(["date", "datetime", "timestamp", "datum", "fecha", "zeitstempel"], "date"),
    **dict.fromkeys(["bool", "boolean", "flag", "booleano", "wahrheitswert"], "flag"),
}
"""What programmers write in brackets after a column."""

CURRENCIES: Final = frozenset({"EUR", "USD", "GBP", "CHF", "JPY", "MXN", "CAD", "AUD", "SEK", "PLN"})


def bracket_of_field(walk: Walk, at: int) -> int | None:
    """(60% paid, the rest open), (Sales, IT, HR), (net plus tax), (kg) after a field."""
    cursor, one = walk.cursor, walk.field
    assert one is not None  # noqa: S101  # looked at by who calls
    end = cursor.bracket_end(at + 1)
    inside = range(at + 1, end)
    if len(inside) == 1 and (cursor.has(at + 1, "unit") or cursor[at + 1].text in CURRENCIES):
        one.said.add(at + 1)
        walk.owner_at = end + 1
        return end + 1
    if len(inside) == 1 and cursor[at + 1].word in KINDS:
        written = KINDS[cursor[at + 1].word]
        one.whole, one.yes_no, one.is_date = written == "whole", written == "flag", written == "date"
        one.uuid = cursor[at + 1].word == "uuid"
        one.said.add(at + 1)
        walk.owner_at = end + 1
        return end + 1
    noun = noun_at(cursor, at + 1)
    kind = walk.type_of(one.words)
    if noun is not None and noun.last == end and kind is not None and kind == walk.type_of(noun.words):
        # Inspector (full name): what it is anyway.
        one.said |= set(noun.at)
        walk.owner_at = end + 1
        return end + 1
    if (aged := births.aged_in_bracket(walk, one, at + 1, end)) is not None:
        walk.owner_at = aged
        return aged
    numbers = quantity_at(cursor, at + 1)
    if numbers is not None and numbers.after == end:
        return None
    if (coded := code_of(walk, at + 1)) is not None:
        walk.owner_at = coded
        return coded
    slashes = any(cursor.mark(each, "/") for each in inside) and not any(cursor.mark(each, "+*-") for each in inside)
    expression = None if slashes else formulas.expression(walk, at + 1)
    if expression is not None and expression[2] == end:
        one.formula, one.said = expression[0], one.said | expression[1]
        return end + 1
    if emphasis.without_commas(walk, one, at + 1, end):
        walk.owner_at = end + 1
        return end + 1
    # (e.g. open, paid)
    items = items_between(cursor, at + 1 + cursor.has(at + 1, "like"), end)
    if items is None:
        return None
    parts = _parts_of_composite(walk, one, at + 1, end)
    if parts is not None:
        return parts
    if len(items) == 1 and says("truths", fold(items[0][0])) and isinstance(items[0][1], Fraction):
        one.flag, one.said = items[0][1], one.said | set(inside)
        return end + 1
    if len(items) < 2 and (not items or items[0][1] is None or items[0][1] == REST):
        return None
    set_values(one, items, set(inside))
    walk.owner_at = end + 1
    return end + 1


def _parts_of_composite(walk: Walk, one: FieldDraft, first: int, end: int) -> int | None:
    """Address (street, city, zip): fields of their own."""
    if one.name.rsplit("_", 1)[-1] not in _COMPOSITE or walk.table is None:
        return None
    nouns = []
    at = first
    while at < end:
        noun = noun_at(walk.cursor, at)
        if noun is None or walk.type_of(noun.words) is None:
            return None
        nouns.append(noun)
        at = noun.last
        while at < end and walk.cursor.separates(at):
            at += 1
    said = one.said
    walk.table.fields.remove(one)
    for noun in nouns:
        walk.add_field(noun.words, {*noun.at, *said}, noun.last)
    return end + 1


_ANSWERS: Final = 2


def set_values(one: FieldDraft, items: Sequence[Item], indices: set[int]) -> None:
    """Gives a field values, with what says so; yes and no alone are those of a flag."""
    answers = [value for value, share in items if share is None]
    if (
        len(items) == len(answers) == _ANSWERS
        and says("truths", answers[0].casefold())
        and says("falsehoods", answers[1].casefold())
    ):
        one.yes_no, one.said = True, one.said | indices
        return
    for value, share in items:
        one.values[value] = share
    one.said |= indices


def shares_follow(walk: Walk, at: int) -> bool:
    """Whether values with shares follow, up to the end of the sentence."""
    end = walk.cursor.sentence_end(at)
    items = items_between(walk.cursor, at, end)
    return items is not None and any(share is not None for _, share in items)


def values_after_colon(walk: Walk, at: int) -> int | None:
    """Status: paid 60%, open 40%."""
    cursor, one = walk.cursor, walk.field
    assert one is not None  # noqa: S101  # looked at by who calls
    if (coded := code_of(walk, at + 1)) is not None:
        return coded
    end = at + 1
    last = end
    while not cursor.ends(end) and not cursor.mark(end, "()"):
        if cursor.has(end, "numeral"):
            break
        if cursor.mark(end, ":"):
            end = last
            break
        if cursor.mark(end, ",;"):
            last = end
        end += 1
    items = items_between(cursor, at + 1, end)
    while items is None and any(cursor.mark(each, ",") for each in range(at + 1, end)):
        # Plan: free, pro, age 20-30: the last items are other fields.
        end = max(each for each in range(at + 1, end) if cursor.mark(each, ","))
        items = items_between(cursor, at + 1, end)
        items = items if items is None or len(items) > 1 else None
    if items is not None and _is_whole_name(items):
        one.typed = "person.full_name"
        one.said |= {*range(at + 1, end)}
        return end
    if items is None or (len(items) < 2 and items[0][1] is None):
        walk.values_open = True
        return None
    set_values(one, items, {*range(at + 1, end)})
    return end


def _is_whole_name(items: Sequence[Item]) -> bool:
    """Whether values are the parts of the name of a person: nombre y apellidos, Vor- und Nachname."""
    parts = {part for value, _ in items for part in re.split(r"[-_ ]", fold(value)) if part}
    return len(items) > 1 and all(says("name_parts", part) for part in parts) and not parts <= {"first", "last"}


def list_of_values(walk: Walk, at: int, indices: set[int]) -> int | None:
    """One of A, B and C: up to what the last "and" or "or" joins."""
    cursor, one = walk.cursor, walk.field
    if one is None:
        return None
    at = cursor.skip(at)
    if cursor.mark(at, ":"):
        at += 1
    if cursor.mark(at, "("):
        walk.owner_at = at
        after = bracket_of_field(walk, at)
        if after is not None:
            one.said |= indices
        return after
    end, joined = at, False
    while not cursor.ends(end) and not cursor.mark(end, "()") and not cursor.has(end, "numeral"):
        if cursor.has(end, "and", "or"):
            joined = True
        elif cursor.mark(end, ",") and joined:
            break
        end += 1
    items = items_between(cursor, at, end)
    if items is None or len(items) < 2:
        return None
    set_values(one, items, indices | {*range(at, end)})
    return end


def unnamed_segment(walk: Walk) -> FieldDraft:
    """A field for values that were named, where the field was not."""
    name = _SEGMENT[walk.language]
    one = FieldDraft(name, (name,), unnamed="values were named, the field was not")
    walk.current_table().fields.append(one)
    walk.field = one
    return one


def share_after(cursor: Cursor, at: int) -> int | None:
    """Where the share of a value is, or "the rest": gold 10%, alta en el 10 %, 404 for 5%, rejected: 11%."""
    at = cursor.skip(at)
    if cursor.share(at) is None and not cursor.has(at, "rest"):
        joins = cursor.has(at, "for", "as_format", "of", "is") or cursor.mark(at, ":=") or cursor[at].word in _AT
        at = cursor.skip_of(at + 1) if joins and cursor[at].kind != "word" else at
    return at if cursor.share(at) is not None or cursor.has(at, "rest") else None


_AT: Final = frozenset({"in", "at", "bei", "zu", "en", "con", "al", "with", "mit"})


def share_of_value(walk: Walk, part: Fraction, indices: set[int], after: int, one: FieldDraft | None) -> int | None:
    """10% gold: a value of the field spoken of, or of one without a name, or true in so many rows."""
    cursor = walk.cursor
    if cursor[after].kind not in ("word", "quoted") or cursor.has(after, "half_women", "half_men"):
        return None
    if (said_so := predicates.said_of_some(walk, part, indices, after)) is not None:
        return said_so
    noun = noun_at(cursor, after)
    if noun is None:
        return None
    if any(cursor[one].word in cursor.language.fractions for one in noun.at):
        # Rock half, pop quarter: a list whose shares follow their values, without commas.
        walk.draft.lose({*indices, *noun.at})
        return noun.last
    value = cursor.text(noun.at) if cursor[noun.at[0]].kind != "quoted" else " ".join(noun.words)
    said = indices | set(noun.at)
    if (one is not None and one.name in ("segment", "segmento") and one.unnamed) or (
        one is not None and _has_shares(one)
    ):
        set_values(one, [(value, part)], said)
        return noun.last
    more = _more_shares(cursor, noun.last, named_first=False)
    if more and walk.table is not None and predicates.stand_alone(cursor, min(indices), after):
        return _flag_or_part(walk, noun, part, said, noun.last)
    beside = one is not None and walk.owner_at == min(indices)
    if one is not None and (walk.values_open or beside or more) and _plain(walk, one, more):
        set_values(one, [(value, part)], said)
        return noun.last
    if walk.table is None:
        return None
    if more:
        set_values(untold(walk, min(indices)) or unnamed_segment(walk), [(value, part)], said)
        return noun.last
    return _flag_or_part(walk, noun, part, said, noun.last)


def untold(walk: Walk, at: int) -> FieldDraft | None:
    """The last field of a list where a sentence of shares follows, and nothing tells what values it has; it is asked.

    Location. 60% Downtown, 40% Airport.
    """
    cursor, fields = walk.cursor, walk.table.fields if walk.table is not None else []
    if not fields or not cursor.ends(cursor.before(at)) or predicates.stand_alone(cursor, at, at):
        return None
    one, before = fields[-1], cursor.before(cursor.before(at))
    known = not one.is_plain or one.unique or before not in one.said
    if known or walk.type_of(one.words) is not None or walk.measure_of(one.words) is not None:
        return None
    walk.field = one
    walk.draft.doubts.append(Doubt(f"Is it {one.name} that has these shares?", "yes", 70))
    return one


def _plain(walk: Walk, one: FieldDraft, more: bool) -> bool:
    """Whether nothing else is known of a field, so that shares after it are those of its values."""
    other = one.low is not None or one.high is not None or one.pattern or one.period or one.formula or one.unique
    if other or (len(one.values) > 1 and not _has_shares(one)) or one.flag is not None:
        return False
    kind = walk.type_of(one.words) or ""
    names = ("name", "email", "phone", "date", "age", "address", "street", "iban")
    return not (more and any(kind.endswith(name) for name in names))


def _has_shares(one: FieldDraft) -> bool:
    """Whether shares of values are said, and something is left for others."""
    if sum((share for share in one.values.values() if isinstance(share, Fraction)), Fraction(0)) >= 1:
        return False
    return bool(one.values) and any(isinstance(share, Fraction) for share in one.values.values())


def _more_shares(cursor: Cursor, at: int, *, named_first: bool) -> bool:
    """Whether another share or the rest follows in the same list, before or after what has it."""
    at = cursor.skip(at)
    if not (cursor.mark(at, ",/;") or cursor.has(at, "and")):
        return False
    at = cursor.skip(at + 1)
    if cursor.has(at, "and"):
        at = cursor.skip(at + 1)
    if cursor.has(at, "rest"):
        return True
    if named_first != (cursor[at].kind != "share"):
        return False
    if named_first:
        noun = noun_at(cursor, at) if cursor[at].kind == "word" else None
        return noun is not None and share_after(cursor, noun.last) is not None
    following = cursor.skip(at + 1)
    return cursor[following].kind == "word" and not cursor.has(following, "missing", "without")


def _total(cursor: Cursor, noun: Noun) -> Fraction:
    """What the shares of a list come to whose values are named first: Chrome 62%, Safari 20%."""
    total = Fraction(0)
    following: Noun | None = noun
    while following is not None and (place := share_after(cursor, following.last)) is not None:
        total += cursor.share(place) or 0
        at = cursor.skip(place + 1)
        while cursor.separates(at) and not cursor.ends(at):
            at = cursor.skip(at + 1)
        following = noun_at(cursor, at) if cursor[at].kind == "word" else None
    return total


def noun_with_share(walk: Walk, noun: Noun) -> int | None:
    """Books 60%, Toys the rest: the share follows its value."""
    cursor, one = walk.cursor, walk.field
    place = share_after(cursor, noun.last)
    part: Fraction | str | None = None if place is None else cursor.share(place) or REST
    last = noun.last if place is None else place
    joined = place is not None and cursor.skip(noun.last) != place
    before = cursor.before(noun.at[0])
    follows_rest = cursor.has(before, "rest")
    if follows_rest and one is not None and _has_shares(one):
        set_values(one, [(cursor.text(noun.at), REST)], {before, *noun.at})
        return noun.last
    if part is None or walk.table is None:
        return None
    if (run := _run_of_shares(walk, noun)) is not None:
        return run
    ends = cursor.skip(last + 1)
    ored = cursor.has(ends, "or") and cursor[cursor.skip(ends + 1)].kind == "word"
    if not (cursor.separates(ends) or cursor[ends].kind == "end" or ored):
        return None
    indices = {*noun.at, last}
    if one is not None and (_has_shares(one) or walk.values_open):
        set_values(one, [(cursor.text(noun.at), part)], indices)
        return last + 1
    if not isinstance(part, Fraction):
        return None
    more = _more_shares(cursor, last + 1, named_first=True)
    if says("truths", fold(noun.words[-1])) and len(noun.words) > 1 and len(noun.at) == len(noun.words):
        # Is_active true for 80%.
        return _flag_or_part(walk, replace(noun, words=noun.words[:-1]), part, indices, last + 1)
    if joined and not more and walk.measure_of(noun.words) not in (None, "flag"):
        # A discount in 10% of the rows is no part of an amount.
        return None
    more = more and _total(cursor, noun) <= 1
    if len(noun.words) > 1 and more:
        # Values of one field have as many words: method credit card 70%, bank transfer 30%.
        following = noun_at(cursor, cursor.skip(cursor.skip(last + 1) + 1))
        words = min(len(following.words) if following is not None else 1, len(noun.words) - 1)
        one = walk.add_field(noun.words[:-words], noun.at[:-words], last + 1)
        set_values(one, [(" ".join(noun.words[-words:]), part)], {*noun.at[-words:], last})
        return last + 1
    if more and one is not None and _plain(walk, one, more) and walk.measure_of(one.words) is None:
        set_values(one, [(cursor.text(noun.at), part)], indices)
        return last + 1
    return _flag_or_part(walk, noun, part, indices, last + 1)


def _flag_or_part(walk: Walk, noun: Noun, part: Fraction, indices: set[int], after: int) -> int | None:
    """Returned 5% is true in so many rows; tax 19% is so much of the net amount."""
    again = walk.known_field(noun.words[1:]) if len(noun.words) > 1 else None
    if again is not None and again.yes_no:
        # Mascota sí/no, digamos un 30%, no, un 25% traen mascota: said twice, it is asked.
        before = {at for at in again.said if walk.cursor.share(at) is not None}
        if again.flag not in (None, part):
            again.flag = None
            walk.draft.lose(indices | before)
        else:
            again.flag, again.said = part, again.said | indices
        return after
    kind, measure = walk.type_of(noun.words), walk.measure_of(noun.words)
    stated = walk.cursor.has(walk.cursor.before(noun.at[0]), "is", "with") or walk.cursor[noun.at[0] - 1].word == "de"
    if stated or measure == "flag" or (kind in (None, "flag", "one_of") and measure is None):
        flag = walk.add_field(noun.words, indices, after)
        flag.flag = part
        return after
    one = walk.add_field(noun.words, noun.at, after)
    table = walk.current_table()
    bases = [field for field in table.fields if field.name in NET and field is not one]
    if measure == "money" and len(bases) == 1 and one.formula is None:
        bases[0].numeric = True
        one.formula = f"round({bases[0].name} * {plain(part)}, 2)"
        one.said |= indices
        one.assumed.append(f"of {bases[0].name}")
        return after
    walk.draft.lose(indices - set(noun.at))
    return after


def _run_of_shares(walk: Walk, noun: Noun) -> int | None:
    """Device mobile 65% desktop 30% tablet 5%: only the commas are missing."""
    cursor = walk.cursor
    starts, at = [noun.at[-1]], noun.last
    while cursor[at].kind == "share" and cursor[at + 1].kind == "word" and cursor[at + 2].kind == "share":
        starts.append(at + 1)
        at += 2
    if len(starts) < 2 or len(noun.words) < 2:
        return None
    one = walk.add_field(noun.words[:-1], noun.at[:-1], at + 1)
    items: list[Item] = [(cursor[start].text, cursor.share(start + 1)) for start in starts]
    set_values(one, items, {*range(noun.at[-1], at + 1)})
    return at + 1
