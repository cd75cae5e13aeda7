"""What no two rows have alike, said of the rows: nobody has the same email twice."""

from __future__ import annotations

from synthdeal_assets.datasets.words.languages import sentence_words
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
