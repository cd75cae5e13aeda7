"""Values that "or" or a slash joins behind the name of a field: status active or closed, plan free/pro 70/30."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from synthdeal_assets.datasets.words.doubtful import is_one_of
from synthdeal_assets.datasets.words.draft import Doubt, FieldDraft
from synthdeal_assets.datasets.words.items import Item, Ratio, items_between, ratio_at
from synthdeal_assets.datasets.words.nouns import Noun
from synthdeal_assets.datasets.words.values import set_values
from synthdeal_assets.datasets.words.walk import Walk


def alternatives(walk: Walk, noun: Noun) -> int | None:
    """Gender male or female, status active/inactive: the last word before "or" is a value."""
    cursor = walk.cursor
    if cursor.mark(noun.last, ",") and is_one_of("kinds", noun.words, walk.language):
        return _behind_comma(walk, noun)
    has_is = cursor.has(noun.last, "is") and cursor[noun.last].kind == "concept"
    if not (walk.in_fields or has_is) or walk.table is None or walk.unique_next:
        return None
    if has_is:
        first, words, at = cursor.skip(noun.last + 1), noun.words, noun.at
    elif len(noun.words) > 1 and len(noun.at) == len(noun.words):
        if (bare := _bare(walk, noun)) is not None:
            return bare
        first, words, at = noun.at[-1], noun.words[:-1], noun.at[:-1]
    elif cursor[noun.last].kind == "word":
        first, words, at = noun.last, noun.words, noun.at
    else:
        return None
    end, ored = first, 0
    ratio: Ratio | None = None
    while not cursor.ends(end) and not cursor.mark(end, "():"):
        if end > first and (ratio := ratio_at(cursor, end)) is not None:
            break
        if cursor.has(end, "or") or (cursor.mark(end, "/|") and cursor[end - 1].kind == "word"):
            ored = end
        elif (cursor.mark(end, ",") or cursor.has(end, "and")) and (ored or cursor.has(end, "and")):
            break
        end += 1
    items = items_between(cursor, first, end) if ored else None
    if items is None or len(items) < 2 or any(len(value.split()) > 2 for value, _ in items):
        return None
    if all(value.split()[0].isdigit() for value, _ in items) and not items[-1][0].isdigit():
        # 15, 30 or 55 euros are numbers.
        return None
    shares = _shares_behind(items)
    if ratio is not None:
        if len(ratio.shares) != len(items) or any(share is not None for _, share in items):
            return None
        shares = [(value, share) for (value, _), share in zip(items, ratio.shares, strict=True)]
        end = ratio.after
    if shares is None and any(value.split()[-1].isdigit() and not value.isdigit() for value, _ in items[:-1]):
        return None
    one = walk.add_field(words, at, end)
    set_values(one, shares or items, {*range(first, end), *([noun.last] if has_is else [])})
    _ask(walk, one, shares or items)
    if len(noun.words) > 2 and len(items) == 2 and not has_is and not _is_name(walk, words):
        _ask_values(walk, one)
    return end


def _ask(walk: Walk, one: FieldDraft, items: Sequence[Item]) -> None:
    """Asks about the first of two values that has two words: basic pro or enterprise may be three."""
    if [len(value.split()) for value, _ in items] == [2, 1]:
        _ask_values(walk, one)


def _ask_values(walk: Walk, one: FieldDraft) -> None:
    question = f"Has {one.name} the {len(one.values)} values {', '.join(one.values)}?"
    walk.draft.doubts.append(Doubt(question, "yes", 70))


def _bare(walk: Walk, noun: Noun) -> int | None:
    """Marca yamaha honda o suzuki: the values behind the name of a field have no commas; it is asked."""
    cursor = walk.cursor
    last = cursor.skip(noun.last + 1)
    if len(noun.words) < 3 or not cursor.has(noun.last, "or") or cursor[last].kind != "word":
        return None
    spanish, of_what = walk.language == "spanish", any(cursor.has(at, "of") for at in noun.at)
    if not cursor.separates(last + 1) or of_what:
        return None
    if not spanish and is_one_of("kinds", noun.words[:-1], walk.language):
        return None
    lengths = range(1, 2) if spanish else range(len(noun.words) - 2, 0, -1)
    named = next((length for length in lengths if is_one_of("kinds", noun.words[:length], walk.language)), None)
    if named is None:
        named = next((length for length in lengths if _is_name(walk, noun.words[:length])), 1)
        others = [(cursor[at].text,) for at in noun.at[named:]]
        if _is_name(walk, noun.words[:-1]) or any(_is_name(walk, word) for word in others):
            return None
    one = walk.add_field(noun.words[:named], noun.at[:named], last + 1)
    found: list[Item] = [(cursor[at].text, None) for at in (*noun.at[named:], last)]
    set_values(one, found, {*noun.at[named:], noun.last, last})
    _ask_values(walk, one)
    return last + 1


def _is_name(walk: Walk, words: Sequence[str]) -> bool:
    """Whether words are what a field of few values is called."""
    if walk.language == "spanish" and len(words) > 1:
        return "de" in words
    return walk.type_of(words) is not None or is_one_of("kinds", words, walk.language)


def _behind_comma(walk: Walk, noun: Noun) -> int | None:
    """Bouquet type, roses or tulips: what is called so has the values behind its comma; it is asked."""
    cursor, first, joined = walk.cursor, noun.last + 1, False
    if not walk.in_fields:
        return None
    end = first
    while not cursor.ends(end) and not cursor.mark(end, "():") and not (joined and cursor.mark(end, ",")):
        joined = joined or cursor.has(end, "or")
        end += 1
    found = items_between(cursor, first, end) if joined else None
    if walk.table is None or found is None or len(found) < 2 or any(share is not None for _, share in found):
        return None
    if any(_is_name(walk, value.split()) or walk.measure_of(value.split()) is not None for value, _ in found):
        return None
    one = walk.add_field(noun.words, noun.at, end)
    set_values(one, found, {*range(first, end)})
    _ask_values(walk, one)
    return end


def _shares_behind(items: Sequence[Item]) -> list[Item] | None:
    """Free/pro/enterprise 70/25/5: as many shares as values, the first of them beside the last value."""
    middle = len(items) // 2
    last, _, first = items[middle][0].rpartition(" ")
    numbers = [first, *(value for value, _ in items[middle + 1 :])]
    names = [*(value for value, _ in items[:middle]), last]
    if not last or len(names) != len(numbers) or not all(number.isdigit() for number in numbers):
        return None
    if sum(map(int, numbers)) != 100 or any(share is not None for _, share in items):
        return None
    return [(name, Fraction(int(number), 100)) for name, number in zip(names, numbers, strict=True)]
