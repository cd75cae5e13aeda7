"""What formulas are made of: the fields and numbers in them, rates by what a field counts, and the signs between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.doubtful import same_unit
from synthdeal_assets.datasets.words.draft import FieldDraft
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.naming import name_of, same_thing
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
from synthdeal_assets.datasets.words.subjects import known_noun
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import Walk, plain

SIGNS: Final = {"+": "+", "*": "*", "×": "*", "·": "*", "/": "/", "-": "-", "−": "-"}  # noqa: RUF001

NET: Final = frozenset(
    {"net", "netto", "neto", "base", "nettobetrag", "net_amount", "net_price", "subtotal", "base_imponible"}
    | {"importe_neto", "zwischensumme", "precio_neto"}
)
"""Names of amounts before tax."""


def field_meant(walk: Walk, operand: Noun) -> FieldDraft | None:
    """The field that a formula means: the one of that name, or the only one that is called so in full."""
    if (known := walk.known_field(operand.words)) is not None or walk.table is None:
        return known
    name = name_of(operand.words, walk.language)
    others = [one for one in walk.table.fields if one is not walk.field]
    longer = [one for one in others if one.name.startswith(name) or one.name.endswith(name)]
    alike = longer or [one for one in walk.table.fields if name in NET and one.name in NET]
    if not alike and (unit := same_unit(name)):
        measured = [one for one in walk.table.fields if any(walk.cursor[at].word in unit for at in one.said)]
        return measured[0] if len(measured) == 1 else None
    return alike[0] if len(alike) == 1 and (len(name) > 3 or name in NET) else None


@dataclass(frozen=True)
class Operands:
    """What a formula is calculated from.

    Attributes:
        each: Nouns of fields, and numbers and rates as text.
        signs: What stands between two of them.
        at: The lexemes of all of that.
        after: The lexeme after it.
    """

    each: tuple[Noun | str, ...]
    signs: tuple[str, ...]
    at: frozenset[int]
    after: int

    @property
    def nouns(self) -> list[Noun]:
        """Those that are fields."""
        return [one for one in self.each if isinstance(one, Noun)]


def operands_at(walk: Walk, at: int, listed: str) -> Operands | None:
    """Names, numbers and rates joined by signs, of which one at least is no number; None where there are none.

    Args:
        walk: Where the reader stands.
        at: The first of them.
        listed: Of `LISTED` or "mean", where that stands before them; empty otherwise.
    """
    cursor, operands, signs, indices = walk.cursor, list[Noun | str](), list[str](), set[int]()
    while True:
        at = cursor.skip_of(at) if operands and cursor.number(at) is None else at
        found = _operand(walk, at, listed)
        if found is None:
            return None
        operand, said, after = found
        if signs[-1:] == ["/"] and isinstance(operand, str) and " " in operand and not operand.startswith("("):
            return None
        operands.append(operand)
        indices |= said
        sign = sign_at(cursor, after, listed)
        if sign == "-" and cursor[after - 1].end == cursor[after].start == cursor[after + 1].start - 1:
            # 7-digit is no difference.
            return None
        if sign is None:
            break
        signs.append(sign)
        indices.add(after)
        at = cursor.skip(after + 1)
    named = any(isinstance(one, Noun) for one in operands)
    calculated = (signs and named) or any(isinstance(one, str) and " * " in one for one in operands)
    if not calculated or (listed == "difference_of" and len(operands) != TWO):
        return None
    return Operands(tuple(operands), tuple(signs), frozenset(indices), after)


def _operand(walk: Walk, at: int, listed: str) -> tuple[Noun | str, set[int], int] | None:
    """A rate, a number with its unit, or the noun of a field."""
    cursor = walk.cursor
    if not listed and (found := _rate(walk, at) or _bracket(walk, at)) is not None:
        return found
    number = at + cursor.mark(at, _CURRENCIES)
    value = cursor.number(number)
    if value is None:
        noun = known_noun(walk, at)
        return None if noun is None else _power(walk, noun) or (noun, set(noun.at), noun.last)
    after = number + 1
    if cursor.has(after, "unit") or cursor.mark(after, _CURRENCIES):
        after += sign_at(cursor, after + 1, listed) is not None or cursor.separates(after + 1)
    if cursor.has(after, "per", *EVERY) and not cursor.has(after, "times"):
        # 45 per hour, and nothing counts hours.
        return None
    return plain(value), {*range(at, after)}, after


def _bracket(walk: Walk, at: int) -> tuple[str, set[int], int] | None:
    """(price + fee): fields of the table and numbers, calculated before what stands outside."""
    inside = operands_at(walk, at + 1, "") if walk.cursor.mark(at, "(") else None
    if inside is None or not walk.cursor.mark(inside.after, ")"):
        return None
    names = []
    for one in inside.each:
        known = field_meant(walk, one) if isinstance(one, Noun) else None
        if isinstance(one, Noun) and known is None:
            return None
        if known is not None:
            known.numeric = True
        names.append(known.name if known is not None else str(one))
    text = names[0] + "".join(f" {sign} {name}" for sign, name in zip(inside.signs, names[1:], strict=True))
    return f"({text})", {*inside.at}, inside.after + 1


def _power(walk: Walk, noun: Noun) -> tuple[str, set[int], int] | None:
    """Height², side squared, Radius hoch 2: a field of the table times itself; None where it is no power."""
    cursor, words, last = walk.cursor, noun.words, noun.last
    *before, end = words
    raised, squared = (sentence_words(walk.language)[kind] for kind in ("raised", "squared"))
    times = _SUPERSCRIPTS.get(end[-1:])
    if times is not None:
        words = (*before, end[:-1])
    elif before and fold(end) in squared:
        words, times = tuple(before), TWO
    elif cursor[after := cursor.skip(last + cursor.has(last, "to"))].word in squared:
        last, times = after + 1, TWO
    else:
        is_named = bool(before) and fold(end) in raised
        exponent = last + (not is_named and (cursor.mark(last, "^") or cursor[last].word in raised))
        number = cursor.number(exponent) if is_named or exponent > last else None
        if number not in _SUPERSCRIPTS.values():
            return None
        words, last, times = tuple(before) if is_named else words, exponent + 1, int(number or 0)
    known = field_meant(walk, Noun(words, noun.at, last, len(words))) if words and words[-1] else None
    if known is None:
        return None
    known.numeric = True
    said = {*range(noun.at[0], last)}
    if cursor.number(last - 1) == times:
        said.remove(last - 1)
        walk.draft.noted.append((f"{known.name} as often", cursor[last - 1].text, {last - 1}))
    return f"({' * '.join([known.name] * times)})", said, last


_SUPERSCRIPTS: Final = {"²": 2, "³": 3}
TWO: Final = 2
_CURRENCIES: Final = "€$£¥"


def _rate(walk: Walk, at: int) -> tuple[str, set[int], int] | None:
    """18.50 per passenger, 45 pro Tag, 2,50 pro Person und Nacht, 45 an hour: so many times what a field counts."""
    cursor, first = walk.cursor, at + walk.cursor.mark(at, _CURRENCIES)
    number = cursor.number(first)
    if number is None:
        return None
    per = first + 1 + (cursor.has(first + 1, "unit") or cursor.mark(first + 1, _CURRENCIES))
    if cursor.has(per, "per", *EVERY):
        found = _counted(walk, per if cursor.has(per, *EVERY) else per + 1)
    else:
        by_unit = cursor[per].kind == "fill" and cursor[per].word in _A_UNIT and same_unit(cursor[per + 1].word)
        found = _counted(walk, per + 1) if by_unit else None
    if found is None:
        return None
    text, last = f"{found[0].name} * {plain(number)}", found[1]
    further = noun_at(cursor, last + 1) if cursor.has(last, "and") else None
    if further is not None and cursor.separates(further.last):
        also = _counted(walk, last + 1)
        if also is None and walk.known_field(further.words) is None and _is_per_unit(further):
            return None
        if also is not None and also[1] == further.last:
            text, last = f"{text} * {also[0].name}", also[1]
    if not cursor.separates(last) and sign_at(cursor, last, "") is None:
        return None
    return text, {*range(at, last)}, last


_A_UNIT: Final = frozenset({"a", "an", "the", "die", "el", "la"})
EVERY: Final = ("every_day", "every_hour", "every_minute", "every_week", "every_month")


def _is_per_unit(noun: Noun) -> bool:
    """Whether a noun is something that rates are by: a night, an hour."""
    return len(noun.words) == 1 and bool(same_unit(noun.words[0]))


def _counted(walk: Walk, at: int) -> tuple[FieldDraft, int] | None:
    """The only field that counts what a rate is by, or that is measured in it, and the lexeme after it."""
    cursor = walk.cursor
    every = cursor[at].word.split() if cursor.has(at, *EVERY) else []
    noun = None if every else noun_at(cursor, cursor.skip_of(at))
    words, last = (tuple(every[-1:]), at + 1) if every else (noun.words, noun.last) if noun is not None else ((), at)
    fields = [
        one
        for one in (walk.table.fields if walk.table is not None and words else [])
        if one is not walk.field and (one.low is not None or one.numeric_values) and not _PER & {*one.name.split("_")}
    ]
    counted = [one for one in fields if same_thing(_things(one), words)]
    if not counted and (unit := same_unit(" ".join(words))):
        named = [one for one in fields if unit & {fold(part) for word in one.words for part in word.split("_")}]
        counted = named or [one for one in fields if any(cursor[each].word in unit for each in one.said)]
    return (counted[0], last) if len(counted) == 1 else None


_PER: Final = frozenset({"per", "pro", "por", "je"})


def _things(one: FieldDraft) -> list[str]:
    """What a field counts: passengers of number of passengers."""
    return [word for each in one.words for word in each.split("_") if fold(word) not in _COUNTING]


_COUNTING: Final = frozenset({"number", "of", "count", "total", "anzahl", "der", "zahl", "numero", "cantidad", "de"})


LISTED: Final = ("sum_of", "product_of", "difference_of")
"""What stands before all that is calculated with: the sum of net and tax."""


def sign_at(cursor: Cursor, at: int, listed: str) -> str | None:
    """The sign that a lexeme is between two operands; in a list of `LISTED`, "and" is one."""
    if listed and cursor.has(at, "and", "plus"):
        return {"product_of": "*", "difference_of": "-"}.get(listed, "+")
    for concept, sign in (("plus", "+"), ("minus", "-"), ("times", "*"), ("divided", "/")):
        if cursor.has(at, concept):
            return sign
    return SIGNS.get(cursor[at].text) if cursor[at].kind in ("mark", "odd") else None
