"""Lists of values whose shares come to all rows: there every value is one word, whatever its words mean elsewhere.

Basic 55%, plus 30% or premium 15%; 50 % sind Technische Hilfe, 30 % Brand und 20 % Fehlalarm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words import flags, values
from synthdeal_assets.datasets.words.cursor import Cursor, unquoted
from synthdeal_assets.datasets.words.doubtful import is_one_of
from synthdeal_assets.datasets.words.draft import Doubt, FieldDraft
from synthdeal_assets.datasets.words.items import Item
from synthdeal_assets.datasets.words.nouns import noun_at
from synthdeal_assets.datasets.words.phrases import Lexeme
from synthdeal_assets.datasets.words.predicates import ARE
from synthdeal_assets.datasets.words.walk import Walk, fields_called, plain

_MOST_WORDS: Final = 4
_BESIDE: Final = frozenset({"with", "bei", "beim", "con"})
"""What stands before a firm or a bank that people are with."""
_NEVER: Final = frozenset(
    {"with", "without", "missing", "between", "over", "under", "at_least", "at_most", "unique", "before", "after",
     "each", "per", "rows", "columns", "table", "decimals", "mean", "median", "sd", "rest", "of_them", "like",
     "sum_of", "save", "yes_no", "blemished", "one_of", "called"}
)  # fmt: skip
"""Meanings that no value has, even in a list whose shares come to all rows."""
LEADS: Final = ("as_format", "for", "of_them", "of", "is", "to", "with", "from")


@dataclass(frozen=True)
class _Portion:
    """A value of such a list: the lexemes of its words, and the one of its share."""

    words: tuple[int, ...]
    share: int


def with_values(cursor: Cursor) -> list[Lexeme]:
    """The lexemes of a request with each value of such a list as one word, which means "value" and nothing else."""
    whole = {first.words[0]: first.words for portions in _lists(cursor) for first in portions}
    bare = {
        at + step
        for portions in _lists(cursor)
        for at in (each.share for each in portions)
        if cursor.mark(at - 1, "(") and cursor.mark(at + 1, ")")
        for step in (-1, 1)
    }
    found: list[Lexeme] = []
    at = 0
    while at < len(cursor.lexemes):
        lexeme, words = cursor[at], whole.get(at, (at,))
        if at in whole:
            lexeme = replace(
                lexeme,
                kind="quoted" if lexeme.kind == "quoted" else "word",
                text=cursor.text(words) if len(words) > 1 else lexeme.text,
                word=" ".join(cursor[each].word for each in words),
                end=cursor[words[-1]].end,
                concepts=frozenset({"value"}),
                common=False,
            )
        elif at in bare:
            lexeme = replace(lexeme, kind="fill")
        elif _is_lone(cursor, at):
            lexeme = replace(lexeme, kind="word", concepts=frozenset(), common=False)
        elif lexeme.kind == "mark" and lexeme.text in "[]":
            lexeme = replace(lexeme, text="(" if lexeme.text == "[" else ")")
        found.append(replace(lexeme, at=len(found)))
        at = words[-1] + 1
    return found


def _is_lone(cursor: Cursor, at: int) -> bool:
    """Whether plus is an item of a list: basic, plus or premium."""
    alone = cursor[at].kind == "concept" and cursor.has(at, "plus", "minus")
    return alone and all(cursor.mark(each, ",/|()[]") or cursor.has(each, "or", "and") for each in (at - 1, at + 1))


def _lists(cursor: Cursor) -> list[list[_Portion]]:
    found: list[list[_Portion]] = []
    at = 0
    while at < len(cursor.lexemes):
        portions = None
        if cursor.share(at) is not None:
            portions = _named_first(cursor, at) or _share_first(cursor, at)
        # 0 is a blood group beside A and B, and a number beside 1 and 2.
        if portions is not None and any(cursor[one.words[-1]].kind != "number" for one in portions):
            found.append(portions)
            at = max(portions[-1].share, portions[-1].words[-1])
        at += 1
    return found


def _is_letter(cursor: Cursor, at: int) -> bool:
    """Whether a capital has a share, such as the blood group O 44%, and is not the word that is written alike."""
    return len(cursor[at].text) == 1 and cursor[at].text.isupper() and cursor.share(at + 1) is not None


def _divides(cursor: Cursor, at: int) -> bool:
    if _is_letter(cursor, at):
        return False
    return cursor[at].kind == "end" or cursor.separates(at) or cursor.mark(at, "[]") or cursor.has(at, "or")


def _next_item(cursor: Cursor, at: int) -> int | None:
    """The lexeme after what divides two items of a list; None where none does, or a sentence ends."""
    first = at
    while cursor.mark(at, ",/|;") or (cursor.has(at, "and", "or") and not _is_letter(cursor, at)):
        at += 1
    return at if at > first else None


def _all_rows(cursor: Cursor, portions: Sequence[_Portion]) -> bool | None:
    """Whether shares come to all rows; None where they are more, or a value is there twice."""
    total = sum((cursor.share(one.share) or Fraction(0) for one in portions), Fraction(0))
    names = {tuple(cursor[at].word for at in one.words) for one in portions}
    return None if total > 1 or len(names) < len(portions) else total == 1


def _share_first(cursor: Cursor, at: int) -> list[_Portion] | None:
    """60% open, 40% closed; zu 35 % Sopran, zu 65 % Alt; half of the tickets are adult, the other half are child."""
    portions: list[_Portion] = []
    with_: list[str] = []
    while True:
        share = at
        while not _divides(cursor, share) and cursor.share(share) is None:
            if cursor[share].kind != "fill" and not cursor.has(share, *LEADS, "rest"):
                return None
            share += 1
        end = share + 1
        while not _divides(cursor, end):
            end += 1
        stated = [each for each in range(share + 1, end) if cursor.has(each, "is") or cursor[each].word in ARE]
        words = list(range(stated[0] + 1 if stated else share + 1, end))
        while words and (cursor.has(words[0], "of_them") or cursor[words[0]].word in _ARTICLES):
            words.pop(0)
        if (stated or portions) and len(words) > 1 and cursor[words[0]].word in _BESIDE:
            # 70% are with Aetna, 30% with Cigna.
            with_.append(cursor[words.pop(0)].word)
            while len(words) > 1 and cursor[words[0]].word in (*_ARTICLES, "dem", "den"):
                words.pop(0)
            if not cursor[words[0]].text[:1].isupper():
                return None
        if len(words) > 1 and is_one_of("cases", (cursor[words[0]].text,), ""):
            # In 60 % der Fälle gut.
            words.pop(0)
        if cursor.share(share) is None or not _may_be_value(cursor, words):
            return None
        if not portions and not cursor.mark(at - 1, ":(=[") and cursor.has(words[0], "half_women", "half_men"):
            return None
        portions.append(_Portion(tuple(words), share))
        done = _all_rows(cursor, portions)
        following = _next_item(cursor, end)
        if done is None or (done and len(portions) < 2) or (not done and following is None):
            return None
        if done:
            break
        at = following or end
    if with_ and len(with_) != len(portions):
        return None
    if any(cursor.has(one.words[0], "of", "as_format", "for", "from") for one in portions):
        # From Madrid, by card, in Berlin: what all of them begin with is no part of a value.
        same = {cursor[one.words[0]].word for one in portions}
        if len(same) == 1 or any(cursor.has(one.words[0], "of") for one in portions):
            return None
    return portions


def _named_first(cursor: Cursor, share: int) -> list[_Portion] | None:
    """Open 60%, closed (40%); general en el 80 % y VIP en el 20 %; m for 55%, f for 45%."""
    portions: list[_Portion] = []
    words = _words_before(cursor, share)
    while words is not None:
        portions.append(_Portion(words, share))
        done = _all_rows(cursor, portions)
        after = share + 1 + cursor.mark(share + 1, ")") * cursor.mark(share - 1, "(")
        if done is None or done:
            break
        following = _next_item(cursor, cursor.skip(after))
        if following is None:
            return None
        share = following
        while not _divides(cursor, share) and cursor.share(share) is None:
            share += 1
        share += cursor.mark(share, "(") or cursor.mark(share, ":")
        if cursor.share(share) is None:
            return None
        words = _words_before(cursor, share)
        if words is not None and words[0] != cursor.skip(following):
            return None
    if words is None or not done or len(portions) < 2:
        return None
    first, second = portions[0], portions[1]
    before = first.words[0] - 1
    strong = cursor.has(cursor.before(first.words[0]), "is") or cursor.mark(before, ":=([")
    called = is_one_of("kinds", [cursor[first.words[0]].text], cursor.language.name)
    if not strong and len(first.words) > 1 and (called or len(first.words) > len(second.words)):
        # Fuel type diesel 60%, petrol 40%: the name of the field comes before its first value.
        first = replace(first, words=first.words[-min(len(second.words), len(first.words) - 1) :])
    portions[0] = first
    return portions if all(_may_be_value(cursor, one.words) for one in portions) else None


def _words_before(cursor: Cursor, share: int) -> tuple[int, ...] | None:
    end = share - 1
    end -= cursor.mark(end, "(")
    while cursor[end].kind == "fill" or cursor.mark(end, ":=–-") or _joins(cursor, end):  # noqa: RUF001
        if cursor[end].kind == "fill" and _begins(cursor, end - 1):
            break
        end -= 1
    first = end
    while not _begins(cursor, first):
        first -= 1
    words = list(range(first + 1, end + 1))
    while len(words) > 1 and cursor[words[0]].word in _ARTICLES:
        words.pop(0)
    return tuple(words) if words and end < share else None


def _begins(cursor: Cursor, at: int) -> bool:
    return at < 0 or _divides(cursor, at) or cursor.has(at, "with", "is") or cursor.mark(at, "=")


def _joins(cursor: Cursor, at: int) -> bool:
    joins = cursor[at].kind == "concept" and cursor.has(at, "for", "as_format", "of", "is", "to")
    return joins and not _is_letter(cursor, at)


_ARTICLES: Final = frozenset({"a", "an", "the", "ein", "eine", "der", "die", "das", "un", "una", "el", "la"})


def _may_be_value(cursor: Cursor, words: Sequence[int]) -> bool:
    kinds = (
        {"word", "fill", "concept", "quoted"}
        if len(words) > 1
        else {"word", "fill", "concept", "quoted", "code", "number"}
    )
    content = [at for at in words if cursor[at].kind != "fill"]
    return (
        0 < len(words) <= _MOST_WORDS
        and all(cursor[at].kind in kinds and not cursor.has(at, *_NEVER) for at in words)
        and (len(words) == 1 or bool(content))
        and (len(words) > 1 or not cursor.has(words[0], "not") or is_one_of("falsehoods", (cursor[words[0]].text,), ""))
    )


def listed(walk: Walk, at: int) -> int | None:
    """Gives the field that is spoken of the values of a list that begins here, with their shares."""
    cursor = walk.cursor
    items, said, end = _items(walk, at)
    if walk.table is None or len(items) < 2:
        return None
    one, led = owner(walk, at)
    if one is None and cursor.share(at) is not None and cursor.ends(cursor.before(led)):
        one = _untold(walk, led)
    if one is None:
        return None
    items = without_whose(walk, items)
    true = [share for value, share in items if is_one_of("truths", (value,), "")]
    if len(items) == 2 and len(true) == 1 and any(is_one_of("falsehoods", (value,), "") for value, _ in items):
        one.flag = Fraction(true[0] or 0)
        one.said |= set(range(led, end)) - said
        other = {each for each in said if cursor.share(each) is not None and cursor.share(each) != one.flag}
        one.said |= said - other
        walk.draft.noted.append(("not so", f"{plain(100 - one.flag * 100)}%", other))
    else:
        values.set_values(one, items, said | set(range(led, at)))
    walk.field, walk.owner_at = one, end
    return end


def without_whose(walk: Walk, items: Sequence[Item]) -> list[Item]:
    """Values without what has them, where that is said once: bei 60 % der Boote gut und bei 40 % schlecht."""

    def alone(value: str) -> str:
        first, _, rest = value.partition(" ")
        whose = rest and (walk.known_table((first,)) is not None or walk.known_field((first,)) is not None)
        return rest if whose and any(not other.startswith(first) for other, _ in items) else value

    return [(alone(value), share) for value, share in items]


def _items(walk: Walk, at: int) -> tuple[list[Item], set[int], int]:
    """The values of a list with their shares, all that says so, and the lexeme after it."""
    cursor = walk.cursor
    items: list[Item] = []
    first, end = at, at
    value: str | None = None
    part: Fraction | None = None
    while sum((share for _, share in items if isinstance(share, Fraction)), Fraction(0)) < 1:
        if cursor.ends(at) or (_divides(cursor, at) and not cursor.mark(at, ":") and (value, part) != (None, None)):
            return [], set(), first
        if cursor.has(at, "value"):
            value = unquoted(cursor[at].text) if cursor[at].kind == "quoted" else cursor[at].text
        elif cursor.share(at) is not None:
            part = cursor.share(at)
        elif at == first or (cursor[at].kind in ("number", "unread", "date") or cursor.share(at) is not None):
            return [], set(), first
        at += 1
        if value is not None and part is not None:
            items.append((value, part))
            value, part, end = None, None, at
    if cursor.share(end - 1) is not None:
        end = flags.after_cases(walk, end)
    return items, set(range(first, end)), end


def owner(walk: Walk, at: int) -> tuple[FieldDraft | None, int]:
    """The field whose values a list has, and where what leads to it begins: is, with, (, where, zu."""
    cursor = walk.cursor
    before, whereof = at - 1, False
    while cursor[before].kind == "fill" or cursor.has(before, *LEADS, "whereof") or cursor.mark(before, ":=("):
        whereof = whereof or cursor.has(before, "whereof", "of_them")
        before -= 1
    before -= whereof and cursor.mark(before, ",")
    one = walk.field
    if one is not None and (before in one.said or before + 1 == walk.owner_at):
        return (one if not one.values and one.low is None and one.flag is None else None), before + 1
    first = cursor.sentence_start(at)
    noun = noun_at(cursor, first) if cursor[cursor.skip(first)].kind == "word" else None
    if noun is None or noun.last != before + 1:
        return None, before + 1
    known = fields_called(walk, noun.words)
    found = walk.known_field(noun.words) or (known[0] if len(known) == 1 else None)
    if found is None and is_one_of("kinds", noun.words, walk.language) and cursor.has(cursor.skip(noun.last), "is"):
        found = walk.add_field(noun.words, noun.at, noun.last)
    if found is None or found.values:
        return None, before + 1
    found.said |= set(noun.at)
    walk.table = next(table for table in walk.draft.tables if found in table.fields)
    return found, before + 1


def _untold(walk: Walk, at: int) -> FieldDraft | None:
    """The one field of which nothing is known, where a sentence says what part of the rows is what; it is asked."""
    free = [
        one
        for one in (walk.table.fields if walk.table is not None else ())
        if one.is_plain and not one.unique and not walk.is_date(one) and one.said
    ]
    called = [one for one in free if is_one_of("kinds", one.words, walk.language)]
    open_ = [one for one in free if walk.type_of(one.words) is None and walk.measure_of(one.words) is None]
    if len(called) != 1 and (beside := values.untold(walk, at)) is not None:
        return beside
    chosen = called or open_
    if len(chosen) != 1:
        return values.unnamed_segment(walk)
    walk.draft.doubts.append(Doubt(f"Is it {chosen[0].name} that has these shares?", "yes", 70))
    return chosen[0]
