"""What is so under a condition: blank whenever the status is fault, only returned loans have a return date.

Only a clause of which every word is understood is read: a field that is empty or there where another one has a value
becomes a `when`, a number that depends on one a `case`, and a number in some of the rows a rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words import clauses
from synthdeal_assets.datasets.words.conditions import WORDS, Condition, condition_of, is_flag, passes
from synthdeal_assets.datasets.words.doubtful import is_one_of
from synthdeal_assets.datasets.words.draft import FieldDraft
from synthdeal_assets.datasets.words.naming import same_thing
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
from synthdeal_assets.datasets.words.quantities import Quantity, after_unit, quantity_at
from synthdeal_assets.datasets.words.subjects import clause_at, goes_on_at, subject_at
from synthdeal_assets.datasets.words.walk import Walk, plain


@dataclass(frozen=True)
class _Effect:
    """What is so of a field.

    Attributes:
        kind: missing, there, number, range, true or false.
        named: The field or the noun of a new one; None for the one spoken of.
        number: The number that it is.
        span: The range that it is in where it is there.
    """

    kind: str
    named: FieldDraft | Noun | None = None
    number: Fraction | None = None
    span: Quantity | None = None


@dataclass(frozen=True)
class _Clause:
    """An effect, where it holds, what is so elsewhere, and whether it is said to be only there."""

    effect: _Effect
    condition: Condition
    other: _Effect | None
    only: bool


def stated(walk: Walk, at: int) -> int | None:
    """A sentence, a clause after a field, or a bracket behind it, that says what is so under a condition."""
    cursor = walk.cursor
    bracket = cursor.mark(at, "(") and _is_spoken_of(walk, at)
    joined = cursor.mark(at - 1, ",;") or cursor.has(at - 1, "and")
    if walk.table is None or not walk.table.fields or not (bracket or joined or cursor.ends(at - 1)):
        return None
    first = at + bracket
    for end in _ends(walk, first, bracket=bracket):
        found = _clause(walk, first, end)
        if found is not None and (done := _apply(walk, found, at, end)) is not None:
            return done + bracket
    return None


def _is_spoken_of(walk: Walk, at: int) -> bool:
    """Whether what begins here stands right behind a field, or behind what is said of it."""
    one, before = walk.field, at - 1
    while walk.cursor.mark(before, ",") or walk.cursor.has(before, "and"):
        before -= 1
    return one is not None and (walk.owner_at in (at, at - 1, before + 1) or before in one.said)


def _ends(walk: Walk, at: int, *, bracket: bool) -> Iterator[int]:
    """Where a clause may end: with its sentence, or before another one that has its own verb."""
    cursor = walk.cursor
    end = cursor.until(at, ")") if bracket else cursor.sentence_end(at)
    if cursor.mark(end, ";.") and _otherwise(walk, cursor.skip(end + 1)):
        yield cursor.sentence_end(end + 1)
    yield end
    while not bracket and (end := end - 1) > at:
        after = end
        while cursor.mark(after, ",;") or cursor.has(after, "and"):
            after += 1
        listed = walk.in_fields and not walk.in_sentence and cursor.mark(end, ",") and not cursor.ends(at - 1)
        if after == end:
            continue
        says = clause_at(walk, after) is not None or goes_on_at(walk, after) is not None
        further = None if says or listed else _clause(walk, after, cursor.sentence_end(after))
        if says or listed or (further is not None and further.effect.named is not None):
            yield end


def _clause(walk: Walk, first: int, end: int) -> _Clause | None:
    cursor = walk.cursor
    other, last = None, end
    rest = next((each for each in range(first, end) if _otherwise(walk, each)), None)
    if rest is not None:
        behind = all(cursor[each].kind == "fill" for each in range(rest + 1, end))
        start = rest
        while behind and start > first and not (cursor.mark(start - 1, ",;") or cursor.has(start - 1, "and")):
            start -= 1
        other = _effect(walk, start if behind else rest + 1, rest if behind else end, other=True)
        if other is None or start == first:
            return None
        last = start
    while last > first and (cursor.mark(last - 1, ",;.") or cursor.has(last - 1, "and")):
        last -= 1
    for effect, condition, turned, only in _splits(walk, first, last):
        if_so = condition_of(walk, *condition)
        what = _effect(walk, *effect) if if_so is not None else None
        if if_so is not None and what is not None and _of_one(what, other):
            return _Clause(what, if_so.turned() if turned else if_so, other, only)
    return None


def _of_one(effect: _Effect, other: _Effect | None) -> bool:
    """Whether what is so otherwise is said of the same field."""
    if other is None or other.named is None or effect.named is None:
        return True
    if isinstance(effect.named, Noun) and isinstance(other.named, Noun):
        return same_thing(effect.named.words, other.named.words)
    return effect.named is other.named


def _otherwise(walk: Walk, at: int) -> bool:
    return walk.cursor.has(at, "rest") or is_one_of("otherwise", (walk.cursor[at].text,), "")


def _splits(walk: Walk, first: int, end: int) -> Iterator[tuple[tuple[int, int], tuple[int, int], bool, bool]]:
    """What may be the effect, what the condition, whether that is turned, and whether it is only then."""
    cursor = walk.cursor
    words = [cursor[each].word for each in range(first, end)]
    only = any(word in WORDS["only"] for word in words)
    markers = [first + at for at, word in enumerate(words) if word in WORDS["if"] | WORDS["unless"]]
    markers = markers[:1]
    start = first
    while (
        start < end and (cursor[start].kind == "fill" or cursor[start].word in WORDS["only"]) and start not in markers
    ):
        start += 1
    for at in markers:
        turned = cursor[at].word in WORDS["unless"]
        if start != at:
            yield (first, at - cursor.mark(at - 1, ",")), (at + 1, end), turned, only
            continue
        if only:
            yield (first, at), (at + 1, end), turned, only
        commas = sorted(range(at + 2, end), key=lambda each: (not cursor.mark(each, ","), each))
        for each in commas:
            yield (each + cursor.mark(each, ","), end), (at + 1, each), turned, only
    if markers:
        return
    for each in range(first + 1, end):
        begins = (
            only or cursor[start].word in WORDS["among"] or cursor.has(start, "under", "over", "at_least", "at_most")
        )
        if begins and start < each and any(word in WORDS["only"] for word in words[: each - first]) >= only:
            yield (each, end), (first, each), False, only
        if cursor[each].word in WORDS["among"]:
            yield (first, each), (each, end), False, only


def _effect(walk: Walk, first: int, end: int, *, other: bool = False) -> _Effect | None:
    """What lexemes say of a field, where they say nothing else; `other` is said of what is so otherwise."""
    cursor, at = walk.cursor, first
    named: FieldDraft | Noun | None = None
    number: Fraction | None = None
    span: Quantity | None = None
    kinds = set[str]()
    while at < end:
        word = cursor[at]
        names = walk.table is not None and named is None and word.kind != "fill"
        known = subject_at(walk, at, [walk.table]) if walk.table is not None and names else None
        said = quantity_at(cursor, at) if number is None else None
        truth = is_one_of("truths", (word.text,), "") or is_one_of("falsehoods", (word.text,), "")
        if known is not None and len(known.fields) == 1 and known.last <= end:
            named, at = known.fields[0][1], known.last
        elif said is not None and span is None and said.after <= end:
            span, at = said, said.after
        elif cursor.number(at) is not None and number is None:
            number, at = cursor.number(at), min(after_unit(cursor, at + 1), end)
        elif word.word in ("zero", "cero"):
            number, at = Fraction(0), at + 1
        elif truth and "true" not in kinds and not cursor.has(at, "not"):
            kinds, at = kinds | {"true" if is_one_of("truths", (word.text,), "") else "false"}, at + 1
        elif cursor.has(at, "missing"):
            kinds, at = kinds | {"missing"}, at + 1
        elif cursor.has(at, "not", "without") or word.word in WORDS["nothing"]:
            kinds, at = kinds | {"not"}, at + 1
        elif word.word in WORDS["there"] or (word.kind == "concept" and cursor.has(at, "with")):
            kinds, at = kinds | {"there"}, at + 1
        elif word.word in WORDS["paying"]:
            kinds, at = kinds | {"paid"}, at + 1
        elif (
            passes(walk, at)
            or word.word in WORDS["only"]
            or (cursor.mark(at, ",") and quantity_at(cursor, at + 1))
            or (other and word.word in WORDS["among"])
        ):
            at += 1
        elif named is None and (noun := noun_at(cursor, at)) is not None and noun.last <= end:
            named, at = noun, noun.last
        else:
            return None
    if "missing" in kinds and "not" in kinds:
        kinds = {"there"}
    kind = _kind(kinds, number, span, other=other)
    if not kinds and number is None and span is None and not other:
        # Paid on (only if paid), a deposit only for road bikes.
        kind = "there" if any(cursor[each].word in WORDS["only"] for each in range(first, end)) else ""
    return _Effect(kind, named, number, span) if kind else None


def _kind(kinds: set[str], number: Fraction | None, span: Quantity | None, *, other: bool) -> str:
    """The one thing that is said of a field; empty where there is none, or more than one."""
    said = kinds - {"paid", "there"}
    if number is not None:
        return "number" if not said and span is None else ""
    if span is not None:
        # If it is open the amount is 5 to 9: a range of some rows, and not that it is empty in the others.
        return ("there" if kinds or other else "range") if not said else ""
    if said == {"not"}:
        return "missing" if other or "there" in kinds or "paid" in kinds else ""
    if len(said) == 1:
        return next(iter(said))
    return "there" if kinds and not said else ""


def _apply(walk: Walk, found: _Clause, at: int, end: int) -> int | None:
    """Gives a field what a clause says of it; where that contradicts what was said, it is listed."""
    cursor, effect, named = walk.cursor, found.effect, found.effect.named
    one = named if isinstance(named, FieldDraft) else walk.field if named is None else None
    if isinstance(named, FieldDraft) or one is not None:
        if named is None and not (_is_spoken_of(walk, at) or walk.in_sentence):
            return None
    elif not isinstance(named, Noun):
        return None
    if one is not None and (one in found.condition.fields or one not in (walk.table.fields if walk.table else [])):
        return None
    how = _how(walk, one, found)
    if how is None and effect.kind == "range" and any(cursor[each].word in WORDS["if"] for each in range(at, end)):
        # A range of some rows is none of all.
        how = _CONTRADICTS
    if how is None:
        return None
    if how == _CONTRADICTS or (one is not None and one.when is not None):
        walk.draft.lose(each for each in range(at, end) if cursor[each].is_content)
        return end
    if one is None:
        assert isinstance(named, Noun)  # noqa: S101  # by the check above
        one = walk.add_field(named.words, named.at, named.last)
    walk.field = one
    span = effect.span if effect.kind != "range" else None
    span = span or (found.other.span if found.other is not None else None)
    if span is not None and clauses.apply_quantity(walk, span) is None:
        return None
    one.said |= {*range(at, end)}
    if how == _WHEN:
        one.when = found.condition.text if effect.kind == "there" else found.condition.opposite
        if effect.kind == "there" and not found.only and found.other is None:
            one.assumed.append("empty in the other rows")
    elif how == _FORMULA:
        one.formula = _formula(one, found)
    else:
        _rule(one, found)
    walk.owner_at, walk.in_sentence = end, True
    return end


_CONTRADICTS, _WHEN, _FORMULA, _RULE = "contradicts", "when", "formula", "rule"


def _how(walk: Walk, one: FieldDraft | None, found: _Clause) -> str | None:
    """How a field is made so; None where it is no such clause."""
    effect, other = found.effect, found.other
    if effect.kind in ("missing", "there"):
        if effect.kind == "there" and not (found.only or other is not None):
            return None
        fits = other is None or other.kind != effect.kind
        if not fits or (other is not None and other.kind in ("true", "false", "number")):
            return None
        return _CONTRADICTS if one is not None and (one.missing is not None or one.unique) else _WHEN
    if effect.kind in ("true", "false"):
        if other is not None and other.kind not in {"true", "false"} - {effect.kind}:
            return None
        free = one is None or one.is_plain
        return _FORMULA if free else _CONTRADICTS if one is not None and is_flag(walk, one) else None
    if other is not None and other.kind in ("number", "missing"):
        return _FORMULA if one is None or one.is_plain else _CONTRADICTS
    if one is None or one.low is None or one.high is None or other is not None:
        return None
    ends = [] if effect.span is None else [end for end in (effect.span.low, effect.span.high) if end is not None]
    return _RULE if all(one.low <= end <= one.high for end in ends) and not walk.is_date(one) else None


def _formula(one: FieldDraft, found: _Clause) -> str:
    """Whether the condition holds, or one of two numbers; nothing of an amount is 0."""
    effect, condition = found.effect, found.condition
    if effect.number is None:
        return condition.text if effect.kind == "true" else condition.opposite
    other = Fraction(0) if found.other is None or found.other.number is None else found.other.number
    if found.other is not None and found.other.kind == "missing":
        one.assumed.append("0 in the other rows")
    return f"case when {condition.text} then {plain(effect.number)} else {plain(other)} end"


def _rule(one: FieldDraft, found: _Clause) -> None:
    """A number or range in some rows, and the range that was said in the others."""
    number, condition, span = found.effect.number, found.condition, found.effect.span
    if span is not None:
        equal = "" if span.strict else "="
        ends = ((">", span.low), ("<", span.high))
        one.rules += [
            f"{one.name} {sign}{equal} {plain(end)} if {condition.text}" for sign, end in ends if end is not None
        ]
        return
    if number is None or one.low is None or one.high is None:
        return
    one.rules.append(f"{one.name} = {plain(number)} if {condition.text}")
    if number < one.low:
        one.rules.append(f"{one.name} >= {plain(one.low)} if {condition.opposite}")
        one.low = number
    if number > one.high:
        one.rules.append(f"{one.name} <= {plain(one.high)} if {condition.opposite}")
        one.high = number


def per_value(walk: Walk, at: int) -> int | None:
    """The fee is 9 for basic, 29 for pro and 199 for enterprise: a number for each value of another field."""
    cursor = walk.cursor
    if walk.table is None or not walk.table.fields:
        return None
    one, named, first = walk.field, None, at
    if walk.owner_at != at or one is None:
        if not (cursor.ends(at - 1) or cursor.mark(at - 1, ",;") or cursor.has(at - 1, "and")):
            return None
        found = subject_at(walk, at, [walk.table])
        named = noun_at(cursor, at) if found is None else None
        one = found.fields[0][1] if found is not None else None
        first = found.last if found is not None else named.last if named is not None else at
        if first == at or not (cursor.has(first, "is") or cursor[first].word in WORDS["paying"]):
            return None
    while cursor.mark(first, ":(=,") or cursor[first].kind == "fill" or cursor.has(first, "is"):
        first += 1
    if cursor[first].word in WORDS["paying"]:
        first += 1
    cases, last, others = list[tuple[Condition, Fraction]](), first, None
    while (number := cursor.number(last)) is not None:
        start = after_unit(cursor, last + 1)
        end = start
        while not cursor.separates(end):
            end += 1
        rest = any(_otherwise(walk, each) for each in range(start, end))
        condition = None if rest else condition_of(walk, start, end)
        if (condition is None and not rest) or (rest and others is not None):
            return None
        if condition is not None:
            cases.append((condition, number))
        else:
            others = number
        last = after = end
        while cursor.mark(after, ",") or cursor.has(after, "and"):
            after += 1
        if cursor.number(after) is None:
            break
        last = after
    if len(cases) + (others is not None) < _LEAST or not cases or (one is not None and not one.is_plain):
        return None
    if others is None and not _covers(cases):
        return None
    if one is None and named is not None:
        one = walk.add_field(named.words, named.at, named.last)
    if one is None or any(one in condition.fields for condition, _ in cases):
        return None
    *before, (_, final) = cases if others is None else [*cases, (cases[0][0], others)]
    when = " ".join(f"when {condition.text} then {plain(number)}" for condition, number in before)
    one.formula = f"case {when} else {plain(final)} end"
    one.said |= {*range(at, last)}
    walk.field, walk.owner_at = one, last + cursor.mark(last, ")")
    return walk.owner_at


_LEAST: Final = 2


def _covers(cases: list[tuple[Condition, Fraction]]) -> bool:
    """Whether each value of one field has its number."""
    fields = {id(one): one for condition, _ in cases for one in condition.fields}
    one = next(iter(fields.values()))
    texts = {condition.text for condition, _ in cases}
    values = {f"{one.name} = '{value}'" for value in one.values}
    return len(fields) == 1 and texts in (values, {one.name, f"not {one.name}"})
