"""Words of names of fields: how a name is split, written out and looked up, and what it may be misspelt from.

The lists are in `names/`; what follows from a name is decided in `field_names`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from synthdeal_assets.datasets.types.draws import data_file

_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ñ": "n", "ø": "o", "æ": "ae"})

_SHORTEST_MISSPELT: Final = 6

_LONG: Final = 9


def split_name(name: str) -> list[str]:
    """The words of a name in lower case and plain letters, ä as ae; numbers at the end are left out."""
    apart = re.sub(r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ])|(?<=[A-ZÀ-Þ])(?=[A-ZÀ-Þ][a-zà-ÿ])", " ", name.strip())
    plain = apart.lower().translate(_UMLAUTS)
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z]+|[0-9]+", plain)
    while len(words) > 1 and words[-1].isdigit():
        words.pop()
    return words


def folded(words: Sequence[str]) -> str:
    """Without blanks and as if umlauts had lost their dots, so that Straße, Strasse, STRASSE and strase are one."""
    joined = "".join(words)
    for long, short in (("ae", "a"), ("oe", "o"), ("ue", "u"), ("ss", "s")):
        joined = joined.replace(long, short)
    return joined


@cache
def cue(name: str) -> frozenset[str]:
    """Words that tell one thing, such as those that begin the name of a flag."""
    return frozenset(dict(data_file("cues.csv").rows())[name].split())


@cache
def _abbreviations() -> Mapping[str, list[str]]:
    return {short: words.split() for short, words in data_file("abbreviations.csv").rows()}


@cache
def phrases() -> Mapping[str, tuple[str, bool]]:
    """Folded phrase -> its meaning, and whether a qualifier may stand beside it."""
    found: dict[str, tuple[str, bool]] = {}
    short: dict[str, tuple[str, bool]] = {}
    for meaning, head, listed in data_file("field_names.csv").rows():
        for phrase in listed.split("|"):
            found.setdefault(folded(phrase.split()), (meaning, head == "1"))
            short.setdefault(folded(without_little(phrase.split())), (meaning, head == "1"))
    return {**short, **found}


@cache
def meanings() -> Mapping[str, str]:
    """Folded phrase -> its meaning."""
    return {phrase: meaning for phrase, (meaning, _) in phrases().items()}


@cache
def _kinds() -> Mapping[str, str]:
    return {folded([word]): kind for kind, words in data_file("tables.csv").rows() for word in words.split("|")}


@cache
def contexts() -> Mapping[tuple[str, str], str]:
    """What a field of a meaning is in a table of a kind, (meaning, kind) -> type; "" where it is nothing known."""
    return {(meaning, kind): made for meaning, kind, made in data_file("contexts.csv").rows()}


def singulars(word: str) -> set[str]:
    """The word and what it may be the plural of: companies of company, Kunden of Kunde, clientes of cliente."""
    plain = folded([word])
    if plain in ("people", "personen", "personas"):
        return {"person", "persona"}
    found = {plain} | {plain.removesuffix(ending) for ending in ("s", "es", "en", "n", "e", "er", "nen")}
    if plain.endswith("ies"):
        found.add(f"{plain[:-3]}y")
    return {word for word in found if len(word) >= 2}


def kind_of_word(word: str) -> str:
    """The kind of table whose rows the word names, "" where there is none; the word itself goes before singulars."""
    kinds = _kinds()
    return next((kinds[one] for one in sorted(singulars(word), key=len, reverse=True) if one in kinds), "")


def written_out(words: Sequence[str]) -> list[str]:
    """The words with abbreviations written out; Art and pH abbreviate nothing where they stand alone."""
    known = _abbreviations()
    if len(words) == 1 and words[0] in cue("alone"):
        return [*words]
    return [each for word in words for each in known.get(word) or [_number_written_out(word)]]


def _number_written_out(word: str) -> str:
    return f"{word[:-2]}nummer" if len(word) > 5 and word.endswith("nr") else word


def meaning_of(words: Sequence[str]) -> str | None:
    """What words mean together, by `field_names.csv`."""
    found = phrases().get(folded(words))
    return None if found is None else found[0]


def without_little(words: Sequence[str]) -> list[str]:
    """The words but for articles and prepositions, if there are others."""
    return [word for word in words if word not in cue("little")] or list(words)


def mended_word(word: str) -> str:
    """A word, or the one it is a misspelling of."""
    if word in cue("ordinary") or folded([word]) in vocabulary() or folded([word.removesuffix("s")]) in vocabulary():
        return word
    return nearest(word, vocabulary()) or word


@cache
def vocabulary() -> Mapping[str, str]:
    """Folded word -> what it means alone, or itself, of all words that phrases consist of."""
    listed = data_file("field_names.csv")["phrases"]
    words = {word for phrases in listed for phrase in phrases.split("|") for word in phrase.split() if len(word) > 3}
    return {folded([word]): meaning_of([word]) or word for word in sorted(words)}


def _is_other_word(word: str, known: str) -> bool:
    """Whether a word is right, however near: it ends otherwise (interview, Spender), or has another letter (parada).

    Who slips leaves a letter out, doubles one, swaps two, hits the key beside it or takes one vowel for another.
    """
    if word.startswith(known) or known.startswith(word):
        return len(word) < len(known) or word[len(known) - 1 :] != 2 * known[-1]
    if len(word) != len(known) or sorted(word) == sorted(known):
        return False
    differ = [(one, two) for one, two in zip(word, known, strict=True) if one != two]
    vowels = {*differ[0]} <= {*"aeiou"}
    beside = any({*differ[0]} == {*keys} for keys in _BESIDE_EACH_OTHER) and word[-1] == known[-1]
    return len(differ) > 1 or not (vowels or beside)


_BESIDE_EACH_OTHER: Final = tuple(row[at : at + 2] for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm") for at in range(9))
"""Neighbours on a keyboard, of the layout that most names are typed on."""


def nearest(said: str, among: Mapping[str, str]) -> str | None:
    """The one that this is a misspelling of: a letter more, less, other or two turned round; two such in long words.

    None where it is too short, where none is so near, or where one of another meaning is as near.
    """
    plain = folded([said])
    most = 1 if len(plain) < _LONG else 2
    near: dict[int, list[str]] = {}
    for one, away, _ in process.extract(plain, among.keys(), scorer=OSA.distance, score_cutoff=most, limit=None):
        if one[0] == plain[0] and len(one) >= _SHORTEST_MISSPELT - 1 and not _is_other_word(plain, one):
            near.setdefault(int(away), []).append(one)
    best = next((near[away] for away in range(most + 1) if away in near), [])
    if len(said) < _SHORTEST_MISSPELT:
        best = [one for one in best if len(said) == _SHORTEST_MISSPELT - 1 and sorted(one) == sorted(plain)]
    return best[0] if len({among[one] for one in best}) == 1 else None
