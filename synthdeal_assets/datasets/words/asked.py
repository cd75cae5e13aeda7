"""What is said of nobody, of a list that was said before, and of percents in a formula: none of it names a field."""

from __future__ import annotations

import re
from typing import Final

from synthdeal_assets.datasets.words import rows
from synthdeal_assets.datasets.words.draft import FieldDraft
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.nouns import noun_at
from synthdeal_assets.datasets.words.numbers import PERCENT
from synthdeal_assets.datasets.words.quantities import quantity_at
from synthdeal_assets.datasets.words.walk import Walk

_AGE: Final = "person.age"


def children_headed(walk: Walk, at: int) -> int | None:
    """Appointments: per patient 1 to 8, with date."""
    noun = noun_at(walk.cursor, at) if walk.cursor[at].kind == "word" else None
    return rows.children_named(walk, noun) if noun is not None and walk.cursor.mark(noun.last, ":") else None


def nobody(walk: Walk, at: int) -> int | None:
    """Nobody under 16, niemand ist über 80: the age is at least or at most that; listed where there is no age."""
    cursor, words = walk.cursor, sentence_words(walk.language)
    if cursor[at].word not in words["nobody"]:
        return None
    first = cursor.skip(at + 1)
    while cursor.has(first, "is") or cursor[first].word in (words["states"] | {"one"}):
        first = cursor.skip(first + 1)
    found = quantity_at(cursor, first) if cursor.has(first, "under", "over") else None
    if found is None or (found.low is None) == (found.high is None):
        return None
    aged = [one for one in (walk.table.fields if walk.table else []) if walk.type_of(one.words) == _AGE]
    one = aged[0] if len(aged) == 1 else None
    end = found.low if one is None or found.high is None else found.high
    if one is None or one.values or one.formula or (one.low if found.high is not None else one.high) is not None:
        walk.draft.lose(each for each in range(at, found.after) if cursor[each].is_content)
        return found.after
    if found.high is not None:
        one.low = end
    else:
        one.high = end
    one.said |= {*range(at, found.after)}
    walk.field, walk.owner_at = one, found.after
    return found.after


def same_list(walk: Walk, at: int) -> int | None:
    """A destination port from the same list: the values of the field before it that has a list of them."""
    cursor, one = walk.cursor, walk.field
    said = cursor[at].word in sentence_words(walk.language)["same"]
    if not said or not (cursor.has(at + 1, "table", "value") or cursor[at + 1].word in _LISTS):
        return None
    indices = {each for each in (at, at + 1) if cursor[each].is_content}
    listed = [each for each in (walk.table.fields if walk.table else []) if each.values and each is not one]
    if one is None or not one.is_plain or not listed or any(map(cursor.separates, range(walk.owner_at, at))):
        walk.draft.lose(indices)
        return at + 2
    one.values = dict.fromkeys(listed[-1].values)
    one.said |= {*range(walk.owner_at, at + 2)}
    walk.owner_at = at + 2
    return at + 2


_LISTS: Final = frozenset(
    {"values", "options", "choices", "set", "ports", "werte", "werten", "auswahl", "menge", "valores", "opciones"}
)


def of_percents(walk: Walk) -> None:
    """Makes a formula count a field of percents as the hundredths that they are; one with a sum in it is listed."""
    for table in walk.draft.tables:
        for percents in table.fields:
            if _is_percents(walk, percents):
                for one in table.fields:
                    _in_hundredths(walk, one, percents)


def _is_percents(walk: Walk, one: FieldDraft) -> bool:
    cursor = walk.cursor
    ends = (one.low, one.high, one.mean)
    if all(end is None for end in ends) or one.flag is not None or one.values:
        return False
    return any(cursor[at].kind == "share" or cursor[at].word in PERCENT for at in one.said)


def _in_hundredths(walk: Walk, one: FieldDraft, percents: FieldDraft) -> None:
    name = rf"(?<![\w.]){re.escape(percents.name)}(?!\w)"
    if one is percents or one.formula is None or re.search(name, one.formula) is None or "100" in one.formula:
        return
    inside = one.formula.removeprefix("round(").removesuffix(", 2)") if "round(" in one.formula else one.formula
    if re.search(r" [-+] |round|\(", inside):
        numbers = {at for at in one.said - percents.said if walk.cursor[at].is_content}
        walk.draft.lose(numbers, f"{percents.name} is in percent: say what is calculated with it")
        one.formula = None
        one.said -= numbers
        return
    one.formula = f"round({re.sub(name, f'({percents.name} / 100)', inside)}, 2)"
