"""Sentences about a field after the list: the fee lies between 40 and 220, las plazas van de 6 a 14.

Whatever table the field is in, it becomes the one spoken of, and what is said of it is read as in a list.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words import (
    alike,
    clauses,
    emphasis,
    formulas,
    letters,
    order,
    parts,
    portions,
    shares,
    values,
)
from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.doubtful import says
from synthdeal_assets.datasets.words.draft import REST, FieldDraft
from synthdeal_assets.datasets.words.items import Item, Ratio, items_between, ratio_at
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
from synthdeal_assets.datasets.words.quantities import after_unit, quantity_at
from synthdeal_assets.datasets.words.subjects import (
    SAID_ALONE,
    TWO_FIELDS,
    Subject,
    after_verb,
    clause_at,
    clause_end,
    goes_on_at,
    of_all,
    part_of_name,
    subject_at,
)
from synthdeal_assets.datasets.words.times import period_at
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import Walk


def sentence(walk: Walk, at: int) -> int | None:
    """Reads a clause whose subject is a known field, or that goes on about the one before; None where it is no such."""
    cursor = walk.cursor
    begins = cursor.ends(at - 1) and not cursor.ends(at)
    joined = at
    while cursor.mark(joined, ",;") or cursor.has(joined, "and"):
        joined += 1
    if not begins and joined == at:
        return None
    if begins and (same := alike.same_twice(walk, at)) is not None:
        return same
    if (mean := _mean(walk, joined)) is not None:
        return mean
    if begins and (several := _several(walk, at)) is not None:
        return several
    if (found := clause_at(walk, joined)) is not None:
        subject, predicate = found
        return _say(walk, joined, subject, predicate)
    if joined > at and walk.in_sentence and (elided := _without_verb(walk, joined)) is not None:
        return elided
    if joined > at and walk.field is not None:
        return _goes_on(walk, at, joined)
    return None


def _without_verb(walk: Walk, at: int) -> int | None:
    """The temperature lies between 8 and 22, the pressure between 980 and 1030: the verb is said once."""
    subject = subject_at(walk, at) or part_of_name(walk, at)
    if subject is None or len(subject.fields) > 1 or not subject.fields[0][1].is_plain:
        return None
    found = quantity_at(walk.cursor, subject.last)
    if found is None or found.low is None or found.high is None or not walk.cursor.separates(found.after):
        return None
    return _say(walk, at, subject, subject.last)


def _say(walk: Walk, at: int, subject: Subject, predicate: int) -> int | None:
    cursor = walk.cursor
    end = clause_end(walk, predicate)
    if len(subject.fields) > 1:
        walk.draft.lose([at for at in range(predicate, end) if cursor[at].is_content], TWO_FIELDS)
        return end
    table, one = subject.fields[0]
    walk.turn_to(table, one, predicate)
    one.said |= {*range(at, predicate)}
    found = _read(walk, one, subject.last, predicate, end)
    if found is None:
        walk.draft.lose([each for each in range(predicate, end) if cursor[each].is_content])
        return end
    return found


def _several(walk: Walk, at: int) -> int | None:
    """Width and height are between 100 and 900: what is said of the last of several fields is said of all."""
    cursor, others, first = walk.cursor, list[FieldDraft](), at
    while (subject := subject_at(walk, first, [walk.table] if walk.table is not None else [])) is not None:
        if not (cursor.mark(subject.last, ",") or cursor.has(subject.last, "and")):
            break
        others.append(subject.fields[0][1])
        first = subject.last + 1
        first += cursor.has(first, "and")
    found = clause_at(walk, first) if others else None
    if found is None:
        return None
    subject, predicate = found
    after = _say(walk, first, subject, predicate)
    last = subject.fields[0][1]
    if after == predicate:
        # Read later, of the last of them alone.
        after = clause_end(walk, predicate)
        walk.draft.lose([each for each in range(at, after) if cursor[each].is_content])
        return after
    said = set(range(predicate, after or predicate)) & last.said
    for other in others:
        if not other.is_plain or after is None or walk.field is not last or not said:
            walk.draft.lose([each for each in range(at, after or predicate) if cursor[each].is_content])
            break
        other.bounded_as(last)
        other.period, other.unique, other.decimals = last.period, last.unique, last.decimals
        other.said |= {*range(at, first), *said}
    return after


def _goes_on(walk: Walk, at: int, after: int) -> int | None:
    """What else is said of the field of a sentence, or of one in a list: , which is quantity times price."""
    cursor, one, words = walk.cursor, walk.field, sentence_words(walk.language)
    assert one is not None  # noqa: S101  # looked at by who calls
    relative = cursor.mark(at, ",") and walk.owner_at == at and cursor[after].word in words["relative"]
    if relative:
        predicate = after_verb(walk, after + 1)
        if walk.language == "german":
            predicate = after + 1
            while cursor[predicate].kind == "fill":
                predicate += 1
            if walk.known_table((cursor[predicate].text,)) is not None:
                # Die Pumpe hat 11 oder 22 kW: an article, and nothing of the field before it.
                return None
        kept = set(one.said)
        end = clause_end(walk, after + 1)
        found = None if predicate is None else _read(walk, one, after, predicate, end)
        if found is None or predicate is None:
            one.said, walk.owner_at = kept, at
            return None
        one.said |= {*range(at, predicate)}
        return found
    if not walk.in_sentence:
        return None
    predicate = goes_on_at(walk, after)
    if predicate is None:
        return None
    kept = set(one.said)
    one.said |= {*range(after, predicate)}
    found = _read(walk, one, after, predicate, clause_end(walk, predicate))
    if found is None:
        one.said = kept
    return found


def _read(walk: Walk, one: FieldDraft, verb: int, at: int, end: int) -> int | None:
    """What a predicate says of a field, by the readers of lists; None where none of them reads it."""
    cursor, walk.owner_at = walk.cursor, at
    if cursor[at].word in sentence_words(walk.language)["hedges"]:
        return None
    if cursor.has(at, "sum_of"):
        return _calculated(walk, one, at, end)
    if cursor.has(at, "not") and not cursor.has(cursor.skip(at + 1), "decimals", "missing"):
        return None
    found = order.ordered(walk, at) or order.days_after(walk, at) or _days(walk, one, at) or _compared(walk, one, at)
    found = (
        found
        or _missing(walk, one, at)
        or _start(walk, one, at)
        or _range(walk, at)
        or _shares(walk, one, at, end)
        or emphasis.of_field(walk, one, at, end)
        or _calculated(walk, one, at, end)
    )
    found = found or letters.code_of(walk, at) or _values(walk, one, at, end) or parts.numbers_listed(walk, at)
    if found is None and cursor.has(at, "unique") and cursor.separates(at + 1):
        one.unique, found = True, at + 1
        one.said.add(at)
    if found is not None:
        while cursor[found].word in sentence_words(walk.language)["closing"]:
            one.said.add(found)
            found += 1
        return found
    if cursor[at].word.startswith(_SKEWED) and one.is_plain:
        # Follows a lognormal distribution with a median of 1800.
        one.lognormal = True
        after = at + 1 + (cursor[at + 1].word in _DISTRIBUTION)
        one.said |= {*range(at, after)}
        walk.owner_at = after
        return after
    decimals = cursor.number(at) is not None and cursor.has(at + 1, "decimals")
    if decimals or cursor[at].word in values.KINDS or cursor.has(at, *SAID_ALONE):
        one.said |= {*range(verb, at)}
        return at
    return None


_SKEWED: Final = ("lognormal", "log-normal")
_DISTRIBUTION: Final = frozenset({"distribution", "distributed", "verteilung", "verteilt", "distribucion"})


def _compared(walk: Walk, one: FieldDraft, at: int) -> int | None:
    """Less than the deposit: another field of the table."""
    other = subject_at(walk, at + 1, [walk.table]) if walk.table is not None else None
    if other is None or not walk.cursor.separates(other.last) or other.fields[0][1] is one:
        return None
    return order.compared(walk, Noun(one.words, (), at, len(one.words)))


def _days(walk: Walk, one: FieldDraft, at: int) -> int | None:
    """Between 1 March 2025 and 30 June 2025, in 2024."""
    period = period_at(walk.cursor, at)
    dated = walk.is_date(one) or (period is not None and not period.bare and one.is_plain)
    return clauses.apply_period(walk, period) if period is not None and dated else None


def _range(walk: Walk, at: int) -> int | None:
    """Between 4 and 14, at least 8."""
    found = quantity_at(walk.cursor, at)
    after = None if found is None else clauses.apply_quantity(walk, found)
    return after if after is None or walk.field is None else _counted(walk, walk.field, after)


def _counted(walk: Walk, one: FieldDraft, at: int) -> int:
    """The lexeme after what the numbers of a sentence count, which is said like a unit: 20 to 400 people."""
    cursor, words = walk.cursor, sentence_words(walk.language)
    ends = cursor.separates(at + 1) or cursor[at + 1].word in words["closing"]
    named = cursor[at].kind == "word" and ends and walk.known_table((cursor[at].text,)) is None
    if not named or any(cursor[at].word in words[kind] for kind in ("hedges", "closing", "states")):
        return at
    if cursor.number(at - 1) is None or subject_at(walk, at) is not None:
        return at
    one.said.add(at)
    return at + 1


def _missing(walk: Walk, one: FieldDraft, at: int) -> int | None:
    """In 5 % der Zeilen leer: the share stands before what it is of."""
    cursor = walk.cursor
    first = at
    while cursor.has(first, "as_format", "for", "of") or cursor[first].kind == "fill":
        first += 1
    part, last = cursor.share(first), of_all(walk, first + 1)
    if part is None or not cursor.has(last, "missing") or not cursor.separates(last + 1):
        return None
    return shares.set_missing(one, part, {*range(at, last + 1)}, last + 1)


def _start(walk: Walk, one: FieldDraft, at: int) -> int | None:
    """Prices start at 8."""
    cursor, words = walk.cursor, sentence_words(walk.language)
    number, after = cursor.number(at), after_unit(cursor, at + 1)
    starts = any(cursor[each].word in words["starting"] for each in (at - 2, at - 1))
    begins = starts and cursor[at - 1].word in words["starting_at"]
    if number is None or not begins or not cursor.separates(after) or one.low is not None or walk.is_date(one):
        return None
    one.low = number
    one.said |= {*range(at, after)}
    walk.doubt_number(at)
    return after


def _shares(walk: Walk, one: FieldDraft, at: int, end: int) -> int | None:
    """Good for 60%, fair for 30% and poor for 10%; zu 35 % Sopran und zu 65 % Alt; yes for 68%."""
    cursor, cases = walk.cursor, sentence_words(walk.language)["cases"]
    last = _without_cases(walk, at, end)
    items: list[Item] = []
    words: list[int] = []
    share: Fraction | str | None = None
    for each in range(at, last + 1):
        if each == last or cursor.mark(each, ",;") or cursor.has(each, "and", "or"):
            if words or share is not None:
                value = _value(walk, words)
                if value is None or share is None:
                    return None
                items.append((value, share))
            words, share = [], None
        elif cursor.share(each) is not None or cursor.has(each, "rest"):
            if share is not None:
                return None
            share = REST if cursor.has(each, "rest") else cursor.share(each)
        elif cursor[each].word in cases and share is not None and _is_of(cursor, cursor.before(each)):
            # In 60% of the cases: said where the share is.
            continue
        elif cursor[each].kind in ("word", "code", "quoted", "number", "suffix") or cursor.has(each, "not"):
            words.append(each)
        elif (
            cursor[each].word in _LINKS or _is_of(cursor, each) or cursor.mark(each, ":=") or cursor[each].text in "()"
        ):
            continue
        elif cursor[each].kind == "fill":
            words.append(each)
        else:
            return None
    items = portions.without_whose(walk, items)
    total = sum((part for _, part in items if isinstance(part, Fraction)), Fraction(0))
    said_all = total == 1 or (total < 1 and [part for _, part in items].count(REST) < 2)
    if len(items) == 1 and says("truths", fold(items[0][0])) and isinstance(items[0][1], Fraction) and one.is_plain:
        one.flag = items[0][1]
    elif len(items) > 1 and said_all and len({value for value, _ in items}) == len(items) and _takes(one, items):
        values.set_values(one, items, set())
    else:
        return None
    one.said |= {*range(at, end)}
    walk.owner_at = end
    return end


def _takes(one: FieldDraft, items: list[Item]) -> bool:
    """Whether shares may be those of a field: nothing else is known of it, but its values."""
    known = {value.casefold() for value in one.values}
    alone = not any(part is not None for part in one.values.values())
    return one.is_plain or (alone and known == {value.casefold() for value, _ in items})


def _value(walk: Walk, words: list[int]) -> str | None:
    """The value that words are; one that says nothing elsewhere may be it alone: bueno."""
    cursor = walk.cursor
    while len(words) > 1 and cursor[words[0]].kind == "fill":
        words = words[1:]
    while len(words) > 1 and cursor[words[-1]].kind == "fill":
        words = words[:-1]
    adjoin = bool(words) and words[-1] - words[0] + 1 == len(words)
    return cursor.text(words) if adjoin and len(words) <= _MOST_WORDS else None


_LINKS: Final = frozenset(
    {"for", "in", "at", "with", "of", "to", "by", "the", "a", "an", "zu", "bei", "mit", "der", "die", "das", "den"}
    | {"dem", "im", "en", "el", "la", "los", "las", "con", "al", "un", "una", "para", "de", "del"}
)


def _without_cases(walk: Walk, at: int, end: int) -> int:
    """The end of shares without what they are of, where that is all rows: of cases, der Fälle, de las entradas."""
    cursor, cases = walk.cursor, sentence_words(walk.language)["cases"]
    for first in range(end - 1, at, -1):
        if cursor.share(first) is not None:
            return end
        if _is_of(cursor, first):
            words = [cursor[each].text for each in range(first + 1, end) if cursor[each].kind != "fill"]
            known = bool(words) and walk.known_table(words) is walk.table
            of_all = all(cursor[each].word in cases for each in range(first + 1, end) if cursor[each].kind != "fill")
            return first if (known or of_all) and cursor.share(first - 1) is not None else end
    return end


def _is_of(cursor: Cursor, at: int) -> bool:
    return cursor.has(at, "of", "of_them") or cursor[at].word.split(" ")[0] in ("der", "of")


def _calculated(walk: Walk, one: FieldDraft, at: int, end: int) -> int | None:
    """Quantity times unit price, der Einkaufspreis mal 2."""
    found = formulas.expression(walk, at) if one.is_plain and not one.unique else None
    if found is None:
        return None
    text, indices, after = found
    closed = walk.cursor.separates(after) or walk.cursor[after].word in sentence_words(walk.language)["closing"]
    if not closed or one.name in text.split() or formulas.mixes_days(walk, text):
        walk.draft.lose([each for each in range(at, end) if walk.cursor[each].is_content])
        return end
    one.formula, one.said = text, one.said | indices
    walk.owner_at = after
    return after


def _values(walk: Walk, one: FieldDraft, at: int, end: int) -> int | None:
    """Wheat, barley or maize; 5a, 5b and 6a; 30, 45 or 60 minutes."""
    cursor = walk.cursor
    ored = any(cursor.has(each, "or") for each in range(at, end))
    anded = any(cursor.has(each, "and") for each in range(at, end))
    while cursor.has(end - 1, "unit", "minute", "hour") and cursor.number(end - 2) is not None:
        end -= 1
    rated = [(each, ratio) for each in range(at + 1, end) if (ratio := ratio_at(cursor, each)) is not None]
    if rated and rated[0][1].after <= end:
        return _in_ratio(walk, one, at, *rated[0])
    numbers = [each for each in range(at, end) if cursor.number(each) is not None]
    if any(cursor[each].word in sentence_words(walk.language)["hedges"] for each in range(at, end)):
        return None
    if cursor[end - 1].kind == "word" and numbers[1:] and numbers[-1] == end - 2 and numbers[0] == at:
        # 1, 2 or 3 persons.
        end -= 1
    if ored:
        # Volume is 450 or 500, with 500 in 70% of cases.
        end = min(end, cursor.until(next(each for each in range(at, end) if cursor.has(each, "or")), ",;"))
    items = items_between(cursor, at, end) if (ored or anded) and one.is_plain else None
    if items is None or len(items) < 2 or any(share is not None for _, share in items):
        return None
    if any(len(value.split()) > _MOST_WORDS for value, _ in items):
        return None
    if not ored and not _may_be_listed(walk, one, items, called=cursor.has(at - 1, "called")):
        walk.draft.lose(range(at, end))
        return end
    values.set_values(one, items, {*range(at, end)})
    after = end
    while cursor.has(after, "unit", "minute", "hour") or (cursor[after].kind == "word" and not cursor.ends(after)):
        one.said.add(after)
        after += 1
    walk.owner_at = after
    return after


def _in_ratio(walk: Walk, one: FieldDraft, at: int, end: int, ratio: Ratio) -> int | None:
    """Motor, home or liability at 60/30/10 percent."""
    items = items_between(walk.cursor, at, end) if one.is_plain else None
    if items is None or len(items) != len(ratio.shares) or any(share is not None for _, share in items):
        return None
    found = [(value, share) for (value, _), share in zip(items, ratio.shares, strict=True)]
    values.set_values(one, found, {*range(at, ratio.after)})
    walk.owner_at = ratio.after
    return ratio.after


_MOST_WORDS: Final = 3


def _may_be_listed(walk: Walk, one: FieldDraft, items: list[Item], *, called: bool) -> bool:
    """Whether what "and" joins are values rather than words that say something of all: short and funny."""
    kind = walk.type_of(one.words)
    capital = all(value[:1].isupper() or value[:1].isdigit() for value, _ in items)
    return called or capital or kind == "one_of" or (len(items) > 2 and (kind is None or kind.endswith(_CATEGORIES)))


_CATEGORIES: Final = (
    "color", "category", "type", "status", "level", "priority", "department", "country", "city", "language"
)  # fmt: skip


def _mean(walk: Walk, at: int) -> int | None:
    """The average price is 15, der durchschnittliche Preis beträgt 15, el precio medio es 15."""
    cursor, means = walk.cursor, sentence_words(walk.language)["means"]
    first = cursor.skip(at)
    while cursor[first].word in sentence_words(walk.language)["leading"]:
        first += 1
    named = subject_at(walk, first)
    begins = cursor[first].word in means
    subject = subject_at(walk, first + 1) if begins and named is None else named
    if begins and named is None and subject is None:
        return _mean_of_unknown(walk, first)
    if subject is None or not (begins or cursor[subject.last].word in means) or (begins and named is not None):
        return None
    predicate = after_verb(walk, subject.last if begins else subject.last + 1)
    if predicate is None:
        return None
    predicate = cursor.skip_of(predicate)
    end, after = clause_end(walk, predicate), after_unit(cursor, predicate + 1)
    table, one = subject.fields[0]
    number = cursor.number(predicate)
    plain = len(subject.fields) == 1 and one.mean is None and not one.values and not walk.is_date(one)
    if number is None or not cursor.separates(after) or not plain:
        walk.draft.lose([each for each in range(predicate, end) if cursor[each].is_content])
        return end
    walk.turn_to(table, one, after)
    one.mean = number
    one.said |= {*range(at, after)}
    walk.doubt_number(predicate)
    return after


def _mean_of_unknown(walk: Walk, at: int) -> int | None:
    """The average postage is 6, where no list names a postage: a mean, and no field of one value."""
    cursor, noun = walk.cursor, noun_at(walk.cursor, at + 1)
    if noun is None or not cursor.ends(cursor.before(at)) or walk.table is None or walk.known_table(noun.words):
        return None
    predicate = after_verb(walk, noun.last)
    if predicate is None or cursor.number(predicate) is None:
        return None
    end = clause_end(walk, predicate)
    walk.draft.lose([each for each in range(at, end) if cursor[each].is_content])
    return end
