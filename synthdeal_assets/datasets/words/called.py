"""Which field of a list is named in other words: fecha de envasado of fecha_envasado, heights of height_cm."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from synthdeal_assets.datasets.words.draft import FieldDraft
from synthdeal_assets.datasets.words.languages import sentence_words, word_table
from synthdeal_assets.datasets.words.naming import same_thing
from synthdeal_assets.datasets.words.tokens import fold


@lru_cache(maxsize=16_384)
def parts(words: tuple[str, ...], language: str) -> tuple[str, ...]:
    """The words of a name, folded and without articles and "of"; each is compared with all names there are."""
    little = sentence_words(language)["leading"] | _OF
    folded = [re.sub("['\u2019]s$", "", part) for word in words for part in re.split(r"[\s_]+", fold(word)) if part]
    return tuple(part for at, part in enumerate(folded) if at == 0 or part not in little)


def is_called(name: Sequence[str], words: Sequence[str]) -> bool:
    """Whether parts of two names are the same, each in one number or the other."""
    return len(name) == len(words) and all(
        one == other or same_thing((one,), (other,)) for one, other in zip(name, words, strict=True)
    )


def field_said(fields: Iterable[FieldDraft], words: Sequence[str], language: str) -> FieldDraft | None:
    """The only field whose name says the same as words; None where there are several."""
    found = fields_said(fields, words, language)
    return found[0] if len(found) == 1 else None


def fields_said(fields: Iterable[FieldDraft], words: Sequence[str], language: str) -> list[FieldDraft]:
    """The fields whose name says the same as words: in other spelling, order of date, or with a unit more."""
    said = parts(tuple(words), language)
    only_words = bool(said) and all(re.fullmatch(r"\w[\w-]*", part) for part in said)
    names = [(one, parts(one.words, language)) for one in fields] if only_words else []
    every = ([one for one, name in names if same(name, said)] for same in _SAME)
    return next((found for found in every if found), [])


def _is_spelt(name: Sequence[str], said: Sequence[str]) -> bool:
    """Push-ups and pushups, Topfgröße and topf_groesse."""
    left, right = _letters(name), _letters(said)
    return len(left) > _SHORTEST and (left == right or (len(said) == 1 and same_thing((left,), (right,))))


def _is_turned(name: Sequence[str], said: Sequence[str]) -> bool:
    """Shipping date and date_of_shipping, Startdatum and datum_start."""
    turned = len(name) == 2 and not _TURNED.isdisjoint((name[0], name[-1]))
    return turned and _is_spelt((name[1], name[0]), said)


def _is_measured(name: Sequence[str], said: Sequence[str]) -> bool:
    """Height and height_cm: a unit only says in what it is measured."""
    return len(name) > 1 and name[-1] in _units() and (is_called(name[:-1], said) or _is_spelt(name[:-1], said))


def _is_short(name: Sequence[str], said: Sequence[str]) -> bool:
    """Shipment number and shipment_no, número de vuelo and num_vuelo, Sendungsnummer and sendung_nr."""
    whole = [_WHOLE.get(part, part) for part in name]
    return (whole != list(name) and is_called(whole, said)) or _is_joined(whole, said)


def _is_joined(name: Sequence[str], said: Sequence[str]) -> bool:
    """Sendungsnummer and sendung_nummer, Enddatum and ende_datum."""
    if len(name) != 2 or len(said) != 1:
        return False
    first, last = name[0], name[1].replace("number", "nummer")
    return any(
        same_thing((begin + last,), said) for begin in (f"{first}s", f"{first}n", first.removesuffix("e"), first)
    )


_SAME: Final = (is_called, _is_spelt, _is_turned, _is_measured, _is_short)


def _letters(name: Sequence[str]) -> str:
    return "".join(name).replace("-", "").replace("oe", "o").replace("ae", "a").replace("ue", "u")


@lru_cache
def _units() -> frozenset[str]:
    return _SYMBOLS.union(word for unit in word_table("doubtful")["units"] for word in unit.split())


_OF: Final = frozenset({"de", "del", "of", "von", "vom", "des"})
_TURNED: Final = frozenset({"date", "time", "datum", "zeit", "fecha", "hora", "year"})
_WHOLE: Final = {
    **dict.fromkeys(("no", "nr", "nbr"), "number"),
    **dict.fromkeys(("num", "nro"), "numero"),
    "cod": "codigo",
    "qty": "quantity",
}
_SHORTEST: Final = 3
_SYMBOLS: Final = frozenset(
    {"cm", "mm", "g", "mg", "ml", "cl", "s", "sec", "ms", "sek", "seconds", "sekunden", "segundos", "ha", "kw", "w"}
    | {"c", "f", "celsius", "grad", "grados", "pct", "percent", "prozent", "v", "hpa", "bar", "mph", "kmh", "ppm"}
    | {"eur", "euro", "euros", "usd", "gbp", "chf", "mxn", "dollars", "in", "ft", "lb", "lbs", "years", "weeks"}
    | {"bpm", "kcal", "rpm", "db", "hz", "gb", "mb", "yrs", "jahre", "std", "stk", "pcs", "inches", "feet", "lumen"}
)
"""Ends of names that are units and that no sentence has alone."""
