"""Names of tables, fields and keys, made of what a person calls things; and whether two words name one thing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from rapidfuzz.distance import OSA

from synthdeal_assets.datasets.words.languages import kinds_of_rows, word_table
from synthdeal_assets.datasets.words.tokens import fold

_GERMAN: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_IRREGULAR: Final = {
    "people": "person",
    "children": "child",
    "men": "man",
    "women": "woman",
    "leute": "person",
    "movies": "movie",
}
_ENDINGS: Final = {
    "english": (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("s", "")),
    "german": (("ungen", "ung"), ("innen", "in"), ("schaften", "schaft"), ("ionen", "ion")),
    "spanish": (
        ("iones", "ion"),
        ("dores", "dor"),
        ("ores", "or"),
        ("ades", "ad"),
        ("bles", "ble"),
        ("lles", "lle"),
        ("les", "l"),
        ("enes", "en"),
        ("eres", "er"),
        ("ares", "ar"),
        ("s", ""),
    ),
}
_NUMBERS: Final = frozenset(
    {frozenset({"", ending}) for ending in ("s", "es", "e", "n", "en", "er", "nen", "ern", "se", "innen", "in")}
    | {frozenset(pair) for pair in (("a", "en"), ("um", "en"), ("y", "ies"), ("us", "i"), ("z", "ces"))}
)
"""How a noun ends in one number or case and in another."""
_KEEP_S: Final = ("ss", "us", "is")
_GERMAN_PARTS: Final = ("tabelle", "liste", "tabellen", "listen", "datensatze")


def name_of(words: Iterable[str], language: str) -> str:
    """Words as a name: lower case, underscores, ASCII; German umlauts as two letters."""
    text = " ".join(words)
    text = re.sub(r"(?<=[a-z]{2})(?=[A-Z][a-z])", " ", text.translate(_GERMAN) if language == "german" else text)
    name = re.sub(r"[^a-z0-9]+", "_", fold(text)).strip("_")
    if not name:
        return "field"
    return (name if name[0].isalpha() else f"n_{name}")[:63].strip("_")


def singular(name: str, language: str) -> str:
    """The name of one row of a table, for its key: customers -> customer, empresas -> empresa."""
    *before, last = name.split("_")
    if language == "spanish":
        # Líneas de pedido, huertos escolares: of two words both change, and what stands behind de neither.
        named = before.index("de") if "de" in before else len(before)
        before = [singular(word, language) if at < named else word for at, word in enumerate(before)]
        if "de" in before:
            return "_".join([*before, last])
    if last in _IRREGULAR:
        return "_".join([*before, _IRREGULAR[last]])
    for ending, one in word_table("plurals").get(language, {}).items():
        if last.endswith(ending):
            return "_".join([*before, last.removesuffix(ending) + one])
    for ending, one in _ENDINGS[language]:
        if last.endswith(ending) and len(last) > len(ending) + 1 and not last.endswith(_KEEP_S):
            return "_".join([*before, last.removesuffix(ending) + one])
    return name


def without_dative(word: str) -> str:
    """A German noun in the plural that is in the dative, as it is named: Schülern -> Schüler; Kunden as it is."""
    name, plurals = name_of((word,), "german"), word_table("plurals")
    if not name.endswith("n") or name.endswith(tuple(plurals["german"])):
        return word
    in_ern = name.endswith("ern") and not name.endswith(tuple(plurals["in_ern"].split()))
    known = name[:-1].endswith(tuple(plurals["german"])) or name[:-1] in kinds_of_rows()
    return word[:-1] if in_ern or (known and name not in kinds_of_rows()) else word


def same_thing(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two nouns differ in number or case alone: Kunde and Kunden, company and companies."""
    if len(one) != len(other) or not one:
        return False
    if [fold(each) for each in one[:-1]] != [fold(each) for each in other[:-1]]:
        return False
    left, right = fold(one[-1]), fold(other[-1])
    if left == right or _IRREGULAR.get(left, left) == _IRREGULAR.get(right, right):
        return True
    same = next((at for at, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    return same >= 3 and frozenset({left[same:], right[same:]}) in _NUMBERS


def without_table_word(word: str) -> str | None:
    """Kunden of Kundentabelle and Kundenliste; None for other words."""
    folded = fold(word)
    found = next((part for part in _GERMAN_PARTS if folded.endswith(part) and len(folded) > len(part) + 2), None)
    return word[: -len(found)].rstrip("-") if found else None


def _harmless(longer: str, shorter: str) -> bool:
    """Whether the letter more is a vowel or a doubled one: county and country are both right."""
    at = next((at for at, letter in enumerate(shorter) if letter != longer[at]), len(shorter))
    return longer[at] in "aeiou" or (at > 0 and longer[at] == longer[at - 1])


def misspelt(word: str, known: Iterable[str], *, shortest: int = 5) -> str | None:
    """The known word that somebody meant who missed one letter, doubled it or swapped two.

    Words with another letter in one place are left as they are: store and score are both right. A letter more or less
    counts in words of `shortest` letters on, two swapped ones from four on.
    """
    if len(word) < 4 or not word.isalpha():
        return None
    for each in known:
        if abs(len(each) - len(word)) > 1 or min(len(each), len(word)) < 4 or each[0] != word[0]:
            continue
        swapped = len(each) == len(word) and sorted(each) == sorted(word)
        longer = len(each) != len(word) and max(len(each), len(word)) >= shortest and {each, word} != {each, f"{each}s"}
        if same_thing((each,), (word,)):
            return None
        if longer and not _harmless(max(each, word, key=len), min(each, word, key=len)):
            continue
        if (swapped or longer) and OSA.distance(each, word) == 1 and f"{word}s" != each:
            return each
    return None
