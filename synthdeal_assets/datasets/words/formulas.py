"""What a field is calculated from: net plus tax, quantity * price, 19% of net."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words.doubtful import same_unit
from synthdeal_assets.datasets.words.draft import FieldDraft
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
from synthdeal_assets.datasets.words.operands import EVERY, LISTED, TWO, field_meant, operands_at, sign_at
from synthdeal_assets.datasets.words.subjects import subject_at
from synthdeal_assets.datasets.words.walk import Walk, plain


def formula(walk: Walk, noun: Noun) -> int | None:
    """Total is net plus tax, total = quantity * price, tax is 19% of net."""
    cursor = walk.cursor
    at = cursor.skip(noun.last)
    if not (cursor.has(at, "is", *LISTED) or cursor.mark(at, "=")):
        return None
    first = at if cursor.has(at, *LISTED) else at + 1
    while cursor[first].kind == "fill":
        first += 1
    before, walk.field = walk.field, walk.known_field(noun.words)
    found = expression(walk, first)
    if found is None:
        walk.field = before
        end = cursor.item_end(first)
        if not (cursor.has(first, *LISTED) and any(_says_both(walk, each) for each in range(first, end))):
            return None
        # The two that are not known are no value.
        walk.add_field(noun.words, noun.at, noun.last)
        walk.draft.lose(range(at, end))
        return end
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
    while not cursor.separates(equal) and not _equals(walk, equal) and equal - at < _LONGEST_NAME:
        equal += 1
    named = [each for each in range(at, equal) if cursor[each].kind != "fill"]
    ordinary = noun_at(cursor, at)
    known = any(cursor[each].kind not in ("word", "concept") for each in named)
    known = known or not (cursor.mark(equal, "=") or any(cursor.has(each, *EVERY) for each in named[:1]))
    if not _equals(walk, equal) or not named or known or (ordinary is not None and ordinary.last == equal):
        return None
    found = expression(walk, equal + 1, of_known=not cursor.mark(equal, "="))
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


def _equals(walk: Walk, at: int) -> bool:
    return walk.cursor.mark(at, "=") or (walk.cursor.has(at, "is") and walk.cursor[at].kind == "concept")


def apposed(walk: Walk, at: int) -> int | None:
    """Total price, area times price; commission: 5% of sales; el total pues precio menos descuento.

    Said right behind a field of which nothing else is known, of fields that are.
    """
    cursor, one, first = walk.cursor, walk.field, at
    if one is None or walk.owner_at != at or not one.is_plain or one.unique or one.yes_no:
        return None
    while cursor[first].kind == "fill" or cursor.mark(first, ",(:=") or cursor[first].word in _APPOSING:
        first += 1
    while cursor.has(first, "of", "from") and cursor[first].kind == "concept":
        first += 1
    found = expression(walk, first, of_known=True)
    if found is None or not cursor.separates(found[2]) or one.name in re.findall(r"\w+", found[0]):
        return None
    if mixes_days(walk, found[0]) or (walk.is_date(one) and not adds_days(walk, found[0])):
        return None
    one.formula, end = found[0], found[2]
    one.said |= {*range(at, end)}
    walk.field, walk.owner_at = one, end + (cursor.mark(at, "(") and cursor.mark(end, ")"))
    return walk.owner_at


_APPOSING: Final = frozenset({"is", "thats", "that's", "which", "ist", "sind", "dann", "halt", "also", "es", "being"})


def after_colon(walk: Walk, at: int) -> int | None:
    """Total: price * quantity; what is calculated with is known, so that it is no list of values."""
    one, table = walk.field, walk.table
    if one is None or table is None or not one.is_plain:
        return None
    first = subject_at(walk, at + 1, [table])
    signed = first is not None and sign_at(walk.cursor, first.last, "") is not None
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


def expression(walk: Walk, at: int, *, of_known: bool = False) -> tuple[str, set[int], int] | None:
    """Names and numbers joined by signs: its text, what says so, and the lexeme after it.

    Args:
        walk: Where the reader stands.
        at: Where it begins.
        of_known: Whether all that it names must be fields already.
    """
    cursor = walk.cursor
    start = cursor.skip(at)
    listed = next((what for what in (*LISTED, "mean") if cursor.has(start, what)), "")
    at = cursor.skip_of(start + 1) if listed else start
    part = cursor.share(at)
    if (times := _times(walk, at)) is not None:
        return times
    if part is not None:
        return _part_of(walk, at, part)
    both = next((each for each in range(start + 1, at + 1) if _says_both(walk, each)), None)
    if listed in ("sum_of", "difference_of") and both is not None and cursor.separates(both + 1):
        near, sign = _last_numbers(walk, 2), "+" if listed == "sum_of" else "-"
        if near and cursor.number(both) is not None:
            walk.draft.noted.append(("both of them", str(TWO), {both}))
        number = {both} if cursor.number(both) is not None else set()
        said = {*range(start, both + 1)} - number
        return (f"{near[0].name} {sign} {near[1].name}", said, both + 1) if near else None
    found = operands_at(walk, at, listed)
    if found is None:
        return None
    unknown = [one for one in found.nouns if field_meant(walk, one) is None]
    if unknown and (of_known or any(same_unit(one.words[-1]) for one in unknown)):
        # 1.30 per kilometre, and no field is in kilometres.
        return None
    table, field, owner = walk.table, walk.field, walk.owner_at
    names = []
    for operand in found.each:
        if isinstance(operand, Noun):
            known = field_meant(walk, operand) or walk.add_field(operand.words, operand.at, operand.last)
            known.numeric = True
            names.append(known.name)
        else:
            names.append(operand)
    walk.table, walk.field, walk.owner_at = table or walk.table, field, owner
    text = names[0] + "".join(f" {sign} {name}" for sign, name in zip(found.signs, names[1:], strict=True))
    if listed == "mean":
        text = f"round(({text}) / {len(names)}, 2)"
    elif "/" in found.signs:
        text = f"round({text}, 2)"
    return text, {*found.at, *range(start, at)}, found.after


def _says_both(walk: Walk, at: int) -> bool:
    """Whether a lexeme says both: also the number of los dos, the two."""
    led = walk.cursor[at - 1].kind == "fill" and walk.cursor.separates(at + 1)
    return walk.cursor[at].word in _BOTH or (walk.cursor.number(at) == TWO and led)


def _last_numbers(walk: Walk, count: int) -> list[FieldDraft]:
    """The fields that "of it" and "of both" mean: the last before, if their numbers are known; none otherwise."""
    fields = walk.table.fields if walk.table is not None else []
    at = next((at for at, one in enumerate(fields) if one is walk.field), 0)
    last = fields[max(0, at - count) : at] if at >= count else [one for one in fields if one is not walk.field][-count:]
    measured = (one.low is not None or one.formula is not None or walk.measure_of(one.words) == "money" for one in last)
    known = all(measured) and not any(one.values for one in last)
    return last if known and len(last) == count else []


_IT: Final = frozenset({"it", "that", "this", "ello", "eso", "esto"})
_OF_IT: Final = frozenset({"davon", "hiervon", "of it", "of that"})
_BOTH: Final = frozenset({"both", "beiden", "beidem", "ambos", "ambas", "the two", "los dos"})


def mixes_days(walk: Walk, text: str) -> bool:
    """Whether days and numbers are added, whose unit nobody said: end = start + term."""
    dates, others = _days_and_others(walk, text)
    return bool(dates) and (bool(others) or not re.fullmatch(r"\w+( - \w+)?", text)) and not adds_days(walk, text)


def adds_days(walk: Walk, text: str) -> bool:
    """Whether a number of days is added to a day: made on plus days of ripening."""
    dates, others = _days_and_others(walk, text)
    added = re.fullmatch(r"\w+ [-+] \w+", text) is not None and len(dates) == len(others) == 1
    return added and text.startswith(f"{dates[0].name} ") and _is_in_days(walk, others[0])


def _days_and_others(walk: Walk, text: str) -> tuple[list[FieldDraft], list[FieldDraft]]:
    """The fields of a formula that hold days, and the others."""
    names = {one.strip(" ()") for one in re.split(r"[-+*/]", text)}
    fields = [one for one in (walk.table.fields if walk.table is not None else []) if one.name in names]
    return [one for one in fields if walk.is_date(one)], [one for one in fields if not walk.is_date(one)]


def _is_in_days(walk: Walk, one: FieldDraft) -> bool:
    """Whether a number is one of days, by its name or its unit: días de maduración, term in days."""
    cursor, named = walk.cursor, min(one.said, default=0)
    said = any(cursor.has(at, "day") for at in one.said)
    return said or (cursor.has(named - 1, "of") and cursor.has(named - 2, "day"))


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
    known = field_meant(walk, noun)
    if known is None:
        return None
    known.numeric = True
    return f"round({known.name} * {plain(part)}, 2)", {at, *noun.at}, noun.last
