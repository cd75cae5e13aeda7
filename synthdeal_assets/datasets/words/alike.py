"""What no two rows have alike: nobody has the same email twice, a number is unique inside a team."""

from __future__ import annotations

from typing import Final

from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.nouns import noun_at
from synthdeal_assets.datasets.words.subjects import TWO_FIELDS, clause_end, subject_at
from synthdeal_assets.datasets.words.walk import Walk


def same_twice(walk: Walk, at: int) -> int | None:
    """Nobody has the same email twice, no two members have the same number, no hay dos socios con el mismo correo."""
    cursor, words = walk.cursor, sentence_words(walk.language)
    if cursor[at].word not in words["nobody"]:
        return None
    same = next((each for each in range(at + 1, at + 8) if cursor[each].word in words["same"]), None)
    if same is None or any(cursor.separates(each) for each in range(at, same)):
        return None
    subject = subject_at(walk, same + 1)
    if subject is None:
        end = clause_end(walk, same)
        walk.draft.lose([each for each in range(at, end) if cursor[each].is_content])
        return end
    after = subject.last
    while cursor[after].word in words["twice"] or cursor[after].kind == "fill" or cursor[after].word in words["states"]:
        after += 1
    if not cursor.ends(after):
        return None
    if len(subject.fields) > 1:
        walk.draft.lose(range(at, after), TWO_FIELDS)
        return after
    table, one = subject.fields[0]
    walk.turn_to(table, one, after)
    one.unique = True
    numbers = {each for each in range(at, after) if cursor.number(each) is not None}
    one.said |= {*range(at, after)} - numbers
    for each in numbers:
        # No two of them.
        walk.draft.noted.append(("alike", str(cursor.number(each)), {each}))
    return after


def unique_inside(walk: Walk, at: int) -> int | None:
    """The lexeme after what something is unique in, and not in the whole table: inside a team, je Team, por equipo."""
    cursor = walk.cursor
    each = cursor.has(at, "per", "each") or cursor[at].word in _INSIDE
    if not each and (cursor.has(at, "of") or not cursor.has(at, "as_format", "for", "within")):
        return None
    following = cursor.skip_of(at + 1)
    each = each or cursor.has(following, "each", "every")
    following = cursor.skip(following + 1) if cursor.has(following, "each", "every") else following
    noun = noun_at(cursor, following) if cursor[following].kind == "word" else None
    if noun is None or not (each or walk.known_table(noun.words) is not None):
        return None
    return noun.last


_INSIDE: Final = frozenset({"inside", "within", "among", "innerhalb", "dentro", "dentro de", "dentro del"})
