"""Which fields of a table belong to one person, place or company, where the table has several of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from synthdeal_assets.datasets.spec.dataset import ResolvedField
from synthdeal_assets.datasets.types.catalogue import catalogue
from synthdeal_assets.datasets.types.name_words import split_name

_SEVERAL: Final = frozenset(
    {
        *("person.email", "person.phone", "person.mobile", "internet.user_name"),
        *("company.email", "company.phone", "company.website"),
    }
)
"""Types of which one person or company may have several."""

_PARTS: Final = frozenset({"person.first_name", "person.last_name"})
_NAME_ENDINGS: Final = ("name", "nombre", "naam", "nom")

_Typed = tuple[tuple[str, str], ...]


def entity_of(fields: Mapping[str, ResolvedField], name: str) -> str:
    """Which of the persons, places or whatever its type belongs to a field is of: "" for the one of the table itself.

    A field whose type that one has already begins another, called by the first word of its name: a manager beside the
    name of an employee, a destination beside an origin. What begins with that word as well belongs to it.
    """
    return _entities(_typed(fields)).get(name, "")


def beside(fields: Mapping[str, ResolvedField], name: str, type_name: str) -> str | None:
    """The field of a type that a field follows: of its own person or place; None where there is none."""
    found = [other for other, each in fields.items() if each.spec.type == type_name and other != name]
    if not found:
        return None
    entities = _entities(_typed(fields))
    known = catalogue()
    own, first_word = fields[name].type, split_name(name)[:1]
    if own is not None and own.entity is not None and own.entity == known[type_name].entity:
        return next((other for other in found if entities[other] == entities[name]), None)
    of_word = (other for other in found if [entities.get(other, "")] == first_word)
    return next(of_word, next((other for other in found if not entities.get(other, "")), found[0]))


def _typed(fields: Mapping[str, ResolvedField]) -> _Typed:
    return tuple((name, each.type.name) for name, each in fields.items() if each.type is not None)


@lru_cache(maxsize=256)
def _entities(typed: _Typed) -> Mapping[str, str]:
    found: dict[str, str] = {}
    # For each kind of entity its own and the others by name: the types that it has, and the first words of its fields.
    types: dict[tuple[str, str], set[str]] = {}
    words: dict[str, set[str]] = {}
    for name, type_name in typed:
        kind = catalogue()[type_name].entity
        if kind is None:
            continue
        split = split_name(name)
        word = split[0] if split else name
        own = types.setdefault((kind, ""), set())
        entity = ""
        if (kind, word) in types and type_name not in types[kind, word]:
            entity = word
        elif type_name not in _SEVERAL and _is_taken(type_name, own, split):
            entity = name if word in words.get(kind, ()) or (kind, word) in types else word
        found[name] = entity
        types.setdefault((kind, entity), set()).add(type_name)
        if not entity:
            words.setdefault(kind, set()).add(word)
    return found


def _is_taken(type_name: str, own: set[str], words: list[str]) -> bool:
    """Whether the entity of the table has such a field; a supervisor beside first and last name is another person."""
    if type_name == "person.full_name" and own & _PARTS:
        return type_name in own or not any(word.endswith(_NAME_ENDINGS) for word in words)
    return type_name in own
