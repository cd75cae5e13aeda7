"""What a field is calculated from: net plus tax, quantity * price, 19% of net."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.doubtful import same_unit
from synthdeal_assets.datasets.words.draft import FieldDraft
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.naming import name_of, same_thing
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
from synthdeal_assets.datasets.words.subjects import known_noun, subject_at
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import Walk, plain

_SIGNS: Final = {"+": "+", "*": "*", "×": "*", "·": "*", "/": "/", "-": "-", "−": "-"}  # noqa: RUF001

NET: Final = frozenset(
    {"net", "netto", "neto", "base", "nettobetrag", "net_amount", "net_price", "subtotal", "base_imponible"}
    | {"importe_neto", "zwischensumme", "precio_neto"}
)
"""Names of amounts before tax."""


def formula(walk: Walk, noun: Noun) -> int | None:
    """Total is net plus tax, total = quantity * price, tax is 19% of net."""
    cursor = walk.cursor
    at = cursor.skip(noun.last)
    if not (cursor.has(at, "is", *_LISTED) or cursor.mark(at, "=")):
        return None
    first = at if cursor.has(at, *_LISTED) else at + 1
    while cursor[first].kind == "fill":
        first += 1
    before, walk.field = walk.field, walk.known_field(noun.words)
    found = expression(walk, first)
    if found is None:
        walk.field = before
        return None
    one = walk.known_field(noun.words) or walk.add_field(noun.words, noun.at, noun.last)
    text, indices, after = found
    if cursor.mark(after, "^") or mixes_days(walk, text):
        # Half of a formula is another one: it is left whole for the person.
        after = cursor.item_end(after)
        walk.draft.lose(range(first, after))
        return after
    one.formula = text
    one.said |= indices | set(noun.at) | {at}
    walk.field, walk.owner_at = one, after
    return after


def equation(walk: Walk, at: int) -> int | None:
    """Gross weekly pay = weekly hours * hourly wage: all before the sign is the name, whatever its words mean."""
    cursor, equal = walk.cursor, at
    if walk.table is None or not (cursor.ends(at - 1) or cursor.mark(at - 1, ",")):
        return None
    while not cursor.separates(equal) and not cursor.mark(equal, "=") and equal - at < _LONGEST_NAME:
        equal += 1
    named = [each for each in range(at, equal) if cursor[each].kind != "fill"]
    ordinary = noun_at(cursor, at)
    known = any(cursor[each].kind not in ("word", "concept") for each in named)
    if not cursor.mark(equal, "=") or not named or known or (ordinary is not None and ordinary.last == equal):
        return None
    found = expression(walk, equal + 1)
    words = [cursor[each].text for each in named]
    if found is None or not cursor.separates(found[2]) or not any(cursor[each].kind == "word" for each in named):
        return None
    text, indices, after = found
    one = walk.known_field(words) or walk.add_field(words, named, equal)
    if not one.is_plain or one.name in text.split() or mixes_days(walk, text):
        walk.draft.lose(each for each in range(at, after) if cursor[each].is_content)
        return after
    one.formula = text
    one.said |= indices | set(named) | {equal}
    walk.field, walk.owner_at = one, after
    return after


_LONGEST_NAME: Final = 6


def after_colon(walk: Walk, at: int) -> int | None:
    """Total: price * quantity; what is calculated with is known, so that it is no list of values."""
    one, table = walk.field, walk.table
    if one is None or table is None or not one.is_plain:
        return None
    first = subject_at(walk, at + 1, [table])
    signed = first is not None and _sign(walk.cursor, first.last, "") is not None
    last = subject_at(walk, walk.cursor.skip(first.last + 1), [table]) if first is not None and signed else None
    number = first is not None and signed and walk.cursor.number(walk.cursor.skip(first.last + 1)) is not None
    if last is None and not number:
        return None
    found = expression(walk, at + 1)
    if (
        found is None
        or not walk.cursor.separates(found[2])
        or one.name in found[0].split()
        or mixes_days(walk, found[0])
    ):
        return None
    one.formula = found[0]
    one.said |= found[1]
    walk.field, walk.owner_at = one, found[2]
    return found[2]


def multiple(walk: Walk, at: int) -> int | None:
    """Deposit (twice the price), fianza: el doble del precio, Kaution: doppelter Preis; said of the field before it."""
    cursor, one, first = walk.cursor, walk.field, at
    while cursor[first].kind == "fill" or cursor.mark(first, "(:=") or cursor.has(first, "is"):
        first += 1
    if one is None or walk.owner_at != at or not one.is_plain or _factor(walk, first) is None:
        return None
    found = _times(walk, first)
    if found is None or one.name in re.findall(r"\w+", found[0]) or not cursor.separates(found[2]):
        of = cursor[first + 1].kind == "fill" or cursor.has(first + 1, "of") or cursor[first + 1].word in _AS
        if first == at or not of:
            return None
        end = cursor.item_end(first)
        walk.draft.lose(each for each in range(first, end) if cursor[each].is_content)
    else:
        one.formula, end = found[0], found[2]
        one.said |= {*range(at, end)}
    walk.field, walk.owner_at = one, end + (cursor.mark(at, "(") and cursor.mark(end, ")"))
    return walk.owner_at


def _factor(walk: Walk, at: int) -> str | None:
    words = set(walk.cursor[at].word.split())
    return next((factor for kind, factor in _FACTORS.items() if words & sentence_words(walk.language)[kind]), None)


def _times(walk: Walk, at: int) -> tuple[str, set[int], int] | None:
    """Twice the price, das Doppelte des Preises, doppelt so hoch wie der Preis."""
    cursor, factor, first = walk.cursor, _factor(walk, at), at + 1
    if factor is None or walk.table is None:
        return None
    while cursor[first].kind == "fill" or cursor.has(first, "of") or cursor[first].word in _AS:
        first += 1
    of = subject_at(walk, first, [walk.table])
    other = of.fields[0][1] if of is not None else None
    if of is None or other is None or walk.is_date(other) or other.values:
        return None
    other.numeric = True
    text = f"{other.name} * {factor}"
    return (f"round({text}, 2)" if "." in factor else text), {*range(at, of.last)}, of.last


_AS: Final = frozenset({"as", "as much as", "as high as", "of the", "much", "high", "so", "hoch", "viel", "wie", "que"})
_FACTORS: Final = {"doubles": "2", "triples": "3", "halves": "0.5"}


def expression(walk: Walk, at: int) -> tuple[str, set[int], int] | None:
    """Names and numbers joined by signs: its text, what says so, and the lexeme after it."""
    cursor = walk.cursor
    start = cursor.skip(at)
    listed = next((what for what in (*_LISTED, "mean") if cursor.has(start, what)), "")
    at = cursor.skip_of(start + 1) if listed else start
    part = cursor.share(at)
    if (times := _times(walk, at)) is not None:
        return times
    if part is not None:
        return _part_of(walk, at, part)
    if not listed and (rate := _rate(walk, at)) is not None:
        return rate
    both = next((each for each in range(start + 1, at + 1) if cursor[each].word in _BOTH), None)
    if listed == "sum_of" and both is not None and cursor.separates(both + 1):
        near = _last_numbers(walk, 2)
        return (f"{near[0].name} + {near[1].name}", {*range(start, both + 1)}, both + 1) if near else None
    operands: list[Noun | Fraction] = []
    signs: list[str] = []
    indices: set[int] = {*range(start, at)} if listed else set()
    while True:
        number = cursor.number(at)
        noun = known_noun(walk, at) if number is None else None
        if number is None and noun is None:
            return None
        operands.append(number if number is not None else noun)  # type: ignore[arg-type]
        indices |= {at} if noun is None else set(noun.at)
        after = at + 1 if noun is None else noun.last
        sign = _sign(cursor, after, listed)
        if sign == "-" and cursor[after - 1].end == cursor[after].start == cursor[after + 1].start - 1:
            # 7-digit is no difference.
            return None
        if sign is None:
            break
        signs.append(sign)
        indices.add(after)
        at = cursor.skip(after + 1)
    if not signs or not any(isinstance(operand, Noun) for operand in operands):
        return None
    if any(isinstance(one, Noun) and same_unit(one.words[-1]) and _meant(walk, one) is None for one in operands):
        # 1.30 per kilometre, and no field is in kilometres.
        return None
    table, field, owner = walk.table, walk.field, walk.owner_at
    names = []
    for operand in operands:
        if isinstance(operand, Noun):
            known = _meant(walk, operand) or walk.add_field(operand.words, operand.at, operand.last)
            known.numeric = True
            names.append(known.name)
        else:
            names.append(plain(operand))
    walk.table, walk.field, walk.owner_at = table or walk.table, field, owner
    text = names[0] + "".join(f" {sign} {name}" for sign, name in zip(signs, names[1:], strict=True))
    if listed == "mean":
        return f"round(({text}) / {len(names)}, 2)", indices, after
    return (f"round({text}, 2)" if "/" in signs else text), indices, after


def _last_numbers(walk: Walk, count: int) -> list[FieldDraft]:
    """The fields that "of it" and "of both" mean: the last of the table, if their numbers are known; none otherwise."""
    fields = [one for one in (walk.table.fields if walk.table is not None else []) if one is not walk.field]
    last = fields[-count:]
    known = all((one.low is not None or one.formula is not None) and not one.values for one in last)
    return last if known and len(last) == count else []


_IT: Final = frozenset({"it", "that", "this", "ello", "eso", "esto"})
_OF_IT: Final = frozenset({"davon", "hiervon", "of it", "of that"})
_BOTH: Final = frozenset({"both", "beiden", "beidem", "ambos", "ambas", "the two", "los dos"})


def mixes_days(walk: Walk, text: str) -> bool:
    """Whether days and numbers are added, whose unit nobody said: end = start + term."""
    names = {one.strip(" ()") for one in re.split(r"[-+*/]", text)}
    fields = [one for one in (walk.table.fields if walk.table is not None else []) if one.name in names]
    return any(walk.is_date(one) for one in fields) and not all(walk.is_date(one) for one in fields)


def _meant(walk: Walk, operand: Noun) -> FieldDraft | None:
    """The field that a formula means: the one of that name, or the only one that is called so in full."""
    if (known := walk.known_field(operand.words)) is not None or walk.table is None:
        return known
    name = name_of(operand.words, walk.language)
    longer = [one for one in walk.table.fields if one.name.startswith(name) or one.name.endswith(name)]
    alike = longer or [one for one in walk.table.fields if name in NET and one.name in NET]
    if not alike and (unit := same_unit(name)):
        measured = [one for one in walk.table.fields if any(walk.cursor[at].word in unit for at in one.said)]
        return measured[0] if len(measured) == 1 else None
    return alike[0] if len(alike) == 1 and (len(name) > 3 or name in NET) and alike[0] is not walk.field else None


def _rate(walk: Walk, at: int) -> tuple[str, set[int], int] | None:
    """18.50 per passenger, 45 pro Tag: so many times what the only field counts that counts them."""
    cursor, first = walk.cursor, at + walk.cursor.mark(at, "€$£¥")
    number, unit = cursor.number(first), cursor.has(first + 1, "unit") or cursor.mark(first + 1, "€$£¥")
    if number is None:
        return None
    per = first + 1 + unit
    every = cursor[per].word.split() if cursor.has(per, "every_day", "every_hour", "every_week", "every_month") else []
    noun = noun_at(cursor, cursor.skip_of(per + 1)) if cursor.has(per, "per") else None
    words, last = (tuple(every[-1:]), per + 1) if every else (noun.words, noun.last) if noun is not None else ((), per)
    counted = [
        one
        for one in (walk.table.fields if walk.table is not None and words else [])
        if one is not walk.field and one.low is not None and same_thing(_things(one), words)
    ]
    if len(counted) != 1 or not cursor.separates(last):
        return None
    return f"{counted[0].name} * {plain(number)}", {*range(at, last)}, last


def _things(one: FieldDraft) -> list[str]:
    """What a field counts: passengers of number of passengers."""
    return [word for each in one.words for word in each.split("_") if fold(word) not in _COUNTING]


_COUNTING: Final = frozenset({"number", "of", "count", "total", "anzahl", "der", "zahl", "numero", "cantidad", "de"})


_LISTED: Final = ("sum_of", "product_of")
"""What stands before all that is calculated with: the sum of net and tax."""


def _sign(cursor: Cursor, at: int, listed: str) -> str | None:
    if listed and cursor.has(at, "and", "plus"):
        return "*" if listed == "product_of" else "+"
    for concept, sign in (("plus", "+"), ("minus", "-"), ("times", "*"), ("divided", "/")):
        if cursor.has(at, concept):
            return sign
    return _SIGNS.get(cursor[at].text) if cursor[at].kind in ("mark", "odd") else None


def part_of_field(walk: Walk, at: int, one: FieldDraft) -> int | None:
    """Tax 19% of total: said of the field before it."""
    part = walk.cursor.share(at)
    if (
        part is None
        or not (walk.cursor.has(at + 1, "of") or walk.cursor[at + 1].word == "of the")
        or one.values
        or one.formula
    ):
        return None
    found = _part_of(walk, at, part)
    if found is None:
        return None
    text, indices, after = found
    if walk.field is not one or text.startswith(f"round({one.name} "):
        return None
    one.formula, one.said = text, one.said | indices
    return after


def _part_of(walk: Walk, at: int, part: Fraction) -> tuple[str, set[int], int] | None:
    """19% of net."""
    cursor = walk.cursor
    of_it = at + 2 if cursor.has(at + 1, "of") and cursor[at + 2].word in _IT else at + 1
    if (of_it > at + 1 or cursor[at + 1].word in _OF_IT) and cursor.separates(of_it + 1):
        near = _last_numbers(walk, 1)
        return (f"round({near[0].name} * {plain(part)}, 2)", {at, at + 1, of_it}, of_it + 1) if near else None
    noun = noun_at(cursor, cursor.skip_of(at + 1 + (cursor[at + 1].word == "of the")))
    if noun is None or not cursor.separates(cursor.skip(noun.last)):
        return None
    known = _meant(walk, noun)
    if known is None:
        return None
    known.numeric = True
    return f"round({known.name} * {plain(part)}, 2)", {at, *noun.at}, noun.last
