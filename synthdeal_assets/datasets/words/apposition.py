"""What stands behind a name and is no name itself: client: company name; flats for rent; unique over all buildings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from synthdeal_assets.datasets.words.draft import FieldDraft
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.naming import name_of, singular
from synthdeal_assets.datasets.words.nouns import noun_at
from synthdeal_assets.datasets.words.times import period_at
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import Walk


def kind_of_values(walk: Walk, at: int) -> int | None:
    """Origin and destination: port names; Patient (Name); caducidad: fecha entre 2027 y 2029: what fields have."""
    cursor, one = walk.cursor, walk.field
    colon = cursor.mark(at, ":")
    if one is None or walk.owner_at != at or not one.is_plain or not (colon or cursor.mark(at, "(")):
        return None
    first = cursor.skip(at + 1)
    noun = noun_at(cursor, first) if cursor[first].kind == "word" else None
    if noun is None:
        return None
    if len(noun.words) == 1 and walk.measure_of(noun.words) == "date" and period_at(cursor, noun.last) is not None:
        one.is_date = True
        one.said |= set(noun.at)
        walk.owner_at = noun.last
        return noun.last
    ends = cursor.ends(noun.last) if colon else cursor.mark(noun.last, ")")
    alone = len(noun.words) == 1 and fold(noun.words[0]) in _NAME
    person = walk.type_of(one.words) == _PERSON
    if not ends or not fold(noun.words[_named(walk)]).endswith(_NAMES) or (alone and not person):
        return None
    kind, fields = None if alone else _kind(walk, noun.words), _of_item(walk, one)
    open_ = all((walk.type_of(each.words) or "text.").startswith("text.") for each in fields)
    if kind is None and not alone and not open_:
        # Start: airport names: by its own name it would be a day.
        walk.draft.lose(noun.at)
        walk.owner_at = noun.last
        return noun.last
    for each in fields:
        each.said |= set(noun.at)
        each.typed = kind
    walk.owner_at = noun.last + (not colon)
    return walk.owner_at


_NAME: Final = frozenset({"name", "names", "namen", "nombre", "nombres"})
_NAMES: Final = tuple(sorted(_NAME))


def _named(walk: Walk) -> int:
    """Which word of a noun says that it is a name: port names, nombres de puerto."""
    return 0 if walk.language == "spanish" else -1


_PERSON: Final = "person.full_name"


def _kind(walk: Walk, words: Sequence[str]) -> str | None:
    """The semantic type of what names are of: company names, nombres de ciudades."""
    name = walk.type_of(words)
    one = tuple(singular(name_of((word,), walk.language), walk.language) for word in words)
    of = one[2:] if walk.language == "spanish" else one
    kinds = (name, walk.type_of(of) if of else None)
    return next((kind for kind in kinds if kind is not None and "." in kind and kind != _PERSON), None)


def _of_item(walk: Walk, one: FieldDraft) -> list[FieldDraft]:
    """A field and those that "and" joins to it."""
    fields = walk.table.fields if walk.table is not None else []
    found, first = [one], min(one.said)
    while walk.cursor.has(first - 1, "and"):
        before = next((each for each in fields if first - 2 in each.said and each not in found), None)
        if before is None or not before.is_plain:
            break
        found.append(before)
        first = min(before.said)
    return found


def offered(walk: Walk, at: int) -> int | None:
    """Flats for rent, pisos en alquiler, Autos zur Miete: said of all rows."""
    cursor, table = walk.cursor, walk.table
    words = sentence_words(walk.language)
    leads = cursor.has(at, "as_format", "for") or cursor[at].word in words["offering"]
    if table is None or walk.owner_at != at or walk.field is not None or not leads:
        return None
    if cursor[at + 1].word not in words["offered"] or not (cursor.separates(at + 2) or cursor.has(at + 2, "with")):
        return None
    table.said |= {at, at + 1}
    walk.owner_at = at + 2
    return at + 2


def of_somebody(walk: Walk, at: int) -> int | None:
    """240 members, of a tennis club, with name: whose the rows are is no field."""
    cursor, table = walk.cursor, walk.table
    led = cursor.has(at, "of") and cursor.mark(at - 1, ",") and cursor[at + 1].word in _SOME
    if table is None or table.fields or not led or cursor[at + 2].kind != "word":
        return None
    noun = noun_at(cursor, at + 2)
    if noun is None or walk.known_table(noun.words) is not None:
        return None
    if not (cursor.mark(noun.last, ",:") or cursor.has(noun.last, "with")):
        return None
    table.said |= {*range(at, noun.last)}
    return noun.last


_SOME: Final = frozenset({"a", "an", "un", "una", "einem", "einer", "my", "our", "mi", "nuestro", "nuestra", "meinem"})


def over_all(walk: Walk, at: int) -> int | None:
    """Unique over all buildings: a key is, in whatever rows it stands."""
    cursor, one = walk.cursor, walk.field
    if one is None or not one.unique or not cursor.has(at - 1, "unique") or not cursor.has(at, "over"):
        return None
    first = at + 1
    while cursor[first].kind == "fill" or cursor[first].word in sentence_words(walk.language)["everybody"]:
        first += 1
    noun = noun_at(cursor, first) if cursor[first].kind == "word" else None
    rows = cursor.has(first, "rows", "table")
    if not rows and (noun is None or walk.known_table(noun.words) is None):
        return None
    end = first + 1 if noun is None or rows else noun.last
    if not cursor.ends(end):
        return None
    one.said |= {*range(at, end)}
    return end
