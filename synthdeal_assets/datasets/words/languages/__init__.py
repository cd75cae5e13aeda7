"""What words mean, language by language: the tables beside this module, and which language a text is in.

How words go together belongs in `phrases.py` and `parser.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import yaml

from synthdeal_assets.datasets.words.tokens import fold, tokens_of

LANGUAGES: Final = ("english", "german", "spanish")

LOCALES: Final = {"english": "en_US", "german": "de_DE", "spanish": "es_ES"}
"""The locale of people whose language a request is in, where it names none."""


@dataclass(frozen=True)
class Language:
    """The words of one language, folded.

    Attributes:
        name: Of `LANGUAGES`.
        function: Words that only join others; a text is recognised by them, and nobody misses them.
        concepts: A phrase -> what it means to the parser.
        numbers: A word -> its number.
        scales: A word -> what a number before it is multiplied by.
        fractions: A word -> the part that it is.
        ordinals: A word -> its place, for "every third".
        months: A word -> 1 to 12.
        places: A word for a country or its people -> a locale.
        measures: A word -> the kind of quantity it names.
        audience: Words for people that data is made for, and is not about.
        placing: Words between a number and a noun that it does not count: 100 on placebo.
        joints: Words that only join others, and yet turn what a number means: out, by, if.
        verbs: What a part of the rows may do: came, works.
    """

    name: str
    function: frozenset[str]
    concepts: Mapping[tuple[str, ...], frozenset[str]]
    numbers: Mapping[str, int]
    scales: Mapping[str, int]
    fractions: Mapping[str, str]
    ordinals: Mapping[str, int]
    months: Mapping[str, int]
    places: Mapping[str, str]
    measures: Mapping[str, str]
    audience: frozenset[str]
    placing: frozenset[str]
    joints: frozenset[str]
    verbs: frozenset[str]


@lru_cache
def word_table(name: str) -> Mapping[Any, Any]:
    """A table beside this module."""
    read: Mapping[Any, Any] = yaml.safe_load(files(__package__).joinpath(f"{name}.yaml").read_text(encoding="utf-8"))
    return read


@lru_cache
def words_by_kind(name: str) -> Mapping[str, frozenset[str]]:
    """A kind of words in a table beside this module -> the words, folded; what is no text there is left out."""
    return {kind: frozenset(words.split()) for kind, words in word_table(name).items() if isinstance(words, str)}


@lru_cache
def language(name: str) -> Language:
    """The words of a language of `LANGUAGES`."""
    said = word_table(name)
    concepts: dict[tuple[str, ...], frozenset[str]] = {}
    for concept, phrases in said["concepts"].items():
        for phrase in _phrases(phrases):
            words = tuple(token.folded for token in tokens_of(phrase))
            concepts[words] = concepts.get(words, frozenset()) | {concept}
    return Language(
        name=name,
        function=frozenset(fold(word) for word in said["function"].split()),
        concepts=concepts,
        numbers=_folded(said["numbers"]),
        scales=_folded(said["scales"]),
        fractions=_folded(said["fractions"]),
        ordinals=_folded(said["ordinals"]),
        months=_many(said["months"]),
        places=_many(said["places"]),
        measures=_many(said["measures"]),
        audience=frozenset(fold(word) for word in said["audience"].split()),
        placing=frozenset(fold(word) for word in said["placing"].split()),
        joints=frozenset(fold(word) for word in said["joints"].split()),
        verbs=frozenset(fold(word) for word in said["verbs"].split()),
    )


def measures() -> Mapping[str, Mapping[str, Any]]:
    """A kind of quantity -> the field that makes it where nothing is said of its values."""
    return word_table("measures")


def language_of(words: Sequence[str]) -> Language:
    """The language that most of the words belong to; English where none shows."""
    folded = [fold(word) for word in words]

    def evidence(name: str) -> int:
        known = language(name)
        singles = {phrase[0] for phrase in known.concepts if len(phrase) == 1}
        nouns = vocabulary(name)
        return sum(
            2 * (word in known.function) + (word in singles or word in known.numbers) + (word in nouns)
            for word in folded
        ) + sum(bool(_LETTERS[name] & set(word.casefold())) for word in words)

    return language(max(LANGUAGES, key=evidence))


_LETTERS: Final = {"english": set[str](), "german": set("äöüß"), "spanish": set("ñáíóú¿¡")}
"""Letters that show a language in words that no list knows: Zählernummer."""


def _phrases(written: str) -> list[str]:
    return [phrase.strip() for phrase in written.split(",")]


def _folded(table: Mapping[str, Any]) -> dict[str, Any]:
    return {fold(str(word)): value for word, value in table.items()}


def _many(table: Mapping[Any, str]) -> dict[str, Any]:
    """A mapping from meanings to words, turned round."""
    return {fold(word): meaning for meaning, words in table.items() for word in _phrases(words)}


@lru_cache
def vocabulary(name: str) -> frozenset[str]:
    """Words of a language that names of tables and fields are often made of, folded; misspelt ones are put right."""
    measures_ = {word for phrase in language(name).measures for word in phrase.split()}
    return frozenset({fold(word) for word in word_table("nouns")[name].split()} | measures_)


@lru_cache
def either_words() -> frozenset[str]:
    """Words, folded, that say something of data or name what its rows are: field, sample, Feld, muestra."""
    return frozenset(fold(word) for word in word_table("nouns")["either"].split())


@lru_cache
def kinds_of_rows() -> frozenset[str]:
    """Names that tables often have."""
    return frozenset[str]().union(*words_by_kind("relations").values())


def owned_and_owners() -> tuple[frozenset[str], frozenset[str]]:
    """Names of tables whose rows usually belong to another one's, and of those others."""
    relations = words_by_kind("relations")
    return relations["owned"], relations["owners"]


def linking() -> frozenset[str]:
    """Names of tables whose rows join a row of each of the others."""
    return words_by_kind("relations")["linking"]


def beyond_words() -> Mapping[str, frozenset[str]]:
    """A kind of statement that no plan in words holds -> words, folded, that make it."""
    return words_by_kind("beyond")


@lru_cache
def purpose_words() -> Mapping[str, frozenset[str]]:
    """What a word does where it is said whom data is for -> such words, folded."""
    return {kind: frozenset(fold(word) for word in words.split()) for kind, words in word_table("purposes").items()}


@lru_cache
def sentence_words(name: str) -> Mapping[str, frozenset[str]]:
    """What a word of a language does in a sentence about a field -> such words, folded."""
    return {part: frozenset(fold(words[name]).split()) for part, words in word_table("sentences").items()}
