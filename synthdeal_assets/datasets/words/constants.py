"""Numbers that all rows have: hourly rate always 58 euros, shipping fixed at 4.95, 8,2 Cent bei allen."""

from __future__ import annotations

from synthdeal_assets.datasets.words.doubtful import same_unit
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.operands import SIGNS
from synthdeal_assets.datasets.words.quantities import after_unit
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import Walk, plain


def constant(walk: Walk, at: int) -> int | None:
    """What is said right behind a field, with a word for always before its number or one for all behind it."""
    cursor, one, words = walk.cursor, walk.field, sentence_words(walk.language)
    if one is None or walk.owner_at != at or not one.is_plain or one.unique or walk.is_date(one):
        return None
    # A fixed fee says itself that it is the same.
    first, always = at, len(one.words) > 1 and any(fold(word) in words["constantly"] for word in one.words)
    while cursor[first].kind == "fill" or _leads(walk, first):
        always = always or cursor[first].word in words["constantly"]
        first += 1
    number = cursor.number(first)
    if number is None:
        return None
    end = after_unit(cursor, first + 1)
    last = end
    while (
        cursor.has(last, "for", "as_format") or cursor[last].kind == "fill" or cursor[last].word in words["everybody"]
    ):
        last += 1
    everybody = any(cursor[each].word in words["everybody"] for each in range(end, last))
    listed = end == first + 1 and cursor.mark(end, ",") and cursor.number(end + 1) is not None
    if not (always or everybody) or listed or not cursor.separates(last):
        return None
    one.values[plain(number)] = None
    one.said |= {*range(at, last)}
    walk.doubt_number(first)
    walk.owner_at = last
    return last


def charged(walk: Walk, at: int) -> int | None:
    """La hora la cobramos a 45, we charge 45 an hour: why a formula has that number; listed where none has."""
    cursor, words = walk.cursor, sentence_words(walk.language)
    if walk.table is None or not cursor.separates(at - 1):
        return None
    end = at
    while not cursor.separates(end):
        end += 1
    numbers = [each for each in range(at, end) if cursor.number(each) is not None]
    verbs = [each for each in range(at, end) if cursor[each].word in words["charging"]]
    by_unit = [each for each in range(at, end) if same_unit(cursor[each].word.split(" ")[-1])]
    passing = words["selves"] | words["leading"]
    others = [each for each in range(at, end) if each not in (*numbers, *verbs, *by_unit)]
    if not len(numbers) == len(verbs) == 1 or not by_unit or not all(
        cursor[each].kind == "fill" or cursor[each].word in passing or cursor.has(each, "unit", "per", "as_format")
        for each in others
    ):  # fmt: skip
        return None
    again = [each for each in range(len(cursor.lexemes)) if each not in numbers and _is_factor(walk, each)]
    if any(cursor.number(each) == cursor.number(numbers[0]) for each in again):
        walk.draft.noted.append(("calculated with", cursor[numbers[0]].text, {*range(at, end)}))
    else:
        walk.draft.lose(each for each in range(at, end) if cursor[each].is_content)
    return end


def _is_factor(walk: Walk, at: int) -> bool:
    """Whether a number is one that something is multiplied by."""
    cursor = walk.cursor
    beside = (at - 1, at + 1)
    return cursor.number(at) is not None and any(
        cursor.has(each, "times") or cursor[each].text in SIGNS for each in beside
    )


def _leads(walk: Walk, at: int) -> bool:
    cursor, words = walk.cursor, sentence_words(walk.language)
    said = cursor.has(at, "is", "as_format", "of", "with") and cursor[at].kind == "concept"
    return said or cursor[at].word in words["constantly"] | words["states"] or cursor.mark(at, "(:=,")
