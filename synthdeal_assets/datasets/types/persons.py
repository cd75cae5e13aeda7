"""Types of persons: names, addresses to write to, and what agrees with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.types.draws import below, entity_salt, pairs, text
from synthdeal_assets.datasets.types.languages import english_of, in_language
from synthdeal_assets.datasets.types.person_names import LocaleNames, address_of, locale_names
from synthdeal_assets.datasets.types.semantic_type import Family, TypeRequest
from synthdeal_assets.foundation.drawing.randomness import IntArray

_NAMES: Final = ("person.first_name", "person.last_name")
PROVIDERS: Final = pl.Series(["mail.example", "inbox.example", "post.example", "webmail.example", "letters.example"])
_FEMALE: Final = ("f", "w", "woman", "frau", "femenino", "féminin", "femmina")
_MALE: Final = ("m", "man", "mann", "herr", "masculino", "masculin", "maschio")
"""What is written for genders beside what `in_language` writes."""


@dataclass(frozen=True)
class Persons:
    """Who the rows are.

    Attributes:
        turn: How often all pairs of a first and a last name came before.
        first: Position in the first names of the locale.
        last: Position in its last names.
    """

    turn: IntArray
    first: IntArray
    last: IntArray


def persons_of(request: TypeRequest) -> Persons:
    """The person of each row: no pair of names twice before all were there."""
    turn, first, last = _pairs(request)
    return Persons(turn, first + locale_names(request.locale).per_gender * are_male(request), last)


def _pairs(request: TypeRequest) -> tuple[IntArray, IntArray, IntArray]:
    names, salt = locale_names(request.locale), entity_salt(request, "person")
    return request.once("pairs of names", lambda: pairs(request.rows, names.per_gender, names.last.len(), salt))


def are_male(request: TypeRequest) -> IntArray:
    """1 for a man, 0 for a woman: as the gender beside says, in German or Spanish too, else a draw."""
    drawn = _drawn_genders(request)
    given = request.sibling("person.gender")
    if given is None:
        return drawn
    known = {
        **{word: int(english == "Male") for word, english in english_of("person.gender").items()},
        **dict.fromkeys(_FEMALE, 0),
        **dict.fromkeys(_MALE, 1),
    }
    said = given.str.to_lowercase().replace_strict(known, default=None, return_dtype=pl.Int64)
    return said.fill_null(pl.Series(drawn)).to_numpy()


def _drawn_genders(request: TypeRequest) -> IntArray:
    return below(request.keys("gender"), 2)


def _first_name(request: TypeRequest) -> pl.Series:
    return locale_names(request.locale).first.gather(persons_of(request).first)


def _last_name(request: TypeRequest) -> pl.Series:
    names = locale_names(request.locale)
    _, _, last = _pairs(request)
    return names.last.gather(last)


def _names_beside(request: TypeRequest) -> tuple[pl.Series, pl.Series]:
    first, last = (request.sibling(name) for name in _NAMES)
    return (_first_name(request) if first is None else first), (_last_name(request) if last is None else last)


def _full_name(request: TypeRequest) -> pl.Series:
    names = locale_names(request.locale)
    first, last = _names_beside(request)
    if request.unique:
        persons = persons_of(request)
        ours = (first == names.first.gather(persons.first)) & (last == names.last.gather(persons.last))
        initials = _initials(_distinction(request, ours, persons.turn))
        first = text(pl.concat_str("first", "initials"), first=first, initials=initials)
    one, other = (last, first) if names.family_first else (first, last)
    return text(pl.concat_str("one", "other", separator=" "), one=one, other=other)


def _distinction(request: TypeRequest, ours: pl.Series, turn: IntArray) -> pl.Series:
    """A number that sets rows with equal names apart: 0 in the first round of all pairs of names, then 2, 4, 6.

    Where a name beside was narrowed, pairs come more often: there it is odd, and of the row alone.
    """
    return pl.Series(np.where(ours.fill_null(False).to_numpy(), 2 * turn, 2 * request.rows + 1))


def _initials(numbers: pl.Series) -> pl.Series:
    """Middle initials that number them: nothing, " A.", " B.", after " Z." come " A. A."."""
    different = numbers.unique(maintain_order=True).to_list()
    written = {}
    for number in different:
        letters, rest = "", number
        while rest:
            rest, letter = divmod(rest - 1, 26)
            letters = f" {chr(65 + letter)}.{letters}"
        written[number] = letters
    return numbers.replace_strict(written, return_dtype=pl.String)


def local_parts(request: TypeRequest) -> pl.Series:
    """first.last of the names beside, as it stands in an address; where the field is unique, no two alike."""
    names, persons = locale_names(request.locale), persons_of(request)
    first, last = names.first_ascii.gather(persons.first), names.last_ascii.gather(persons.last)
    drawn = text(pl.concat_str("first", "last", separator="."), first=first, last=last)
    given = [request.sibling(name) for name in _NAMES]
    full = request.sibling("person.full_name")
    if full is not None and given[0] is None and given[1] is None:
        whole = _words(full, request.locale)
        local = text(
            pl.when(pl.col("ours")).then("drawn").otherwise("whole"),
            ours=_is_of(full, names, persons),
            drawn=drawn,
            whole=whole,
        )
    else:
        first = first if given[0] is None else _slugs(given[0], names.first, names.first_ascii, request.locale)
        last = last if given[1] is None else _slugs(given[1], names.last, names.last_ascii, request.locale)
        local = text(pl.concat_str("first", "last", separator="."), first=first, last=last)
    if not request.unique:
        return local
    number = _distinction(request, local == drawn, persons.turn)
    return text(
        pl.when(pl.col("number") == 0).then("local").otherwise(pl.concat_str("local", "number")),
        local=local,
        number=number,
    )


def _is_of(full: pl.Series, names: LocaleNames, persons: Persons) -> pl.Series:
    """Whether full names are those of the persons, with or without initials."""
    first, last = names.first.gather(persons.first), names.last.gather(persons.last)
    one, other = (last, first) if names.family_first else (first, last)
    return text(
        pl.col("full").str.starts_with(pl.col("one") + " ") & pl.col("full").str.ends_with(" " + pl.col("other")),
        full=full,
        one=one,
        other=other,
    )


def _slugs(given: pl.Series, written: pl.Series, addresses: pl.Series, locale: str) -> pl.Series:
    known = dict(zip(written, addresses, strict=True))
    different = given.drop_nulls().unique(maintain_order=True)
    return given.replace_strict(
        {name: known.get(name) or address_of(name, locale) for name in different}, return_dtype=pl.String
    )


def _words(full: pl.Series, locale: str) -> pl.Series:
    different = full.drop_nulls().unique(maintain_order=True)
    slugs = {name: ".".join(address_of(word, locale) for word in name.split()) for name in different}
    return full.replace_strict(slugs, return_dtype=pl.String)


def _email(request: TypeRequest) -> pl.Series:
    domain = request.option("domain")
    if domain is None:
        domain = request.sibling("company.domain")
    if domain is None:
        domain = PROVIDERS.gather(below(request.keys(f"provider of {request.field}"), PROVIDERS.len()))
    return text(pl.concat_str("local", "domain", separator="@"), local=local_parts(request), domain=domain)


def _gender(request: TypeRequest) -> pl.Series:
    genders = in_language(pl.Series(["Female", "Male"]), "person.gender", request.locale)
    return genders.gather(_drawn_genders(request))


def slug_sql(value: str) -> str:
    """SQL of a name as it stands in an address, as `slug` makes it of letters with accents."""
    for letter, plain in (
        ("ß", "ss"),
        ("ø", "o"),
        ("ł", "l"),
        ("đ", "d"),
        ("æ", "ae"),
        ("œ", "oe"),
        ("\N{LATIN SMALL LETTER DOTLESS I}", "i"),
    ):
        value = f"replace({value}, '{letter}', '{plain}')"
    return f"trim(regexp_replace(strip_accents(lower({value})), '[^a-z0-9]+', '-', 'g'), '-')"


def _address_of(first: str, last: str) -> str:
    german = [f"lower({name})" for name in (first, last)]
    for letter, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        german = [f"replace({name}, '{letter}', '{letters}')" for name in german]
    # Most names stand in the address letter for letter; only CASE leaves out what is dear in all rows where they do.
    return (
        f"CASE WHEN starts_with(lower({{value}}), lower({first} || '.' || {last})) THEN true"
        f" ELSE NOT regexp_full_match(lower(strip_accents({first} || {last})), '[ -~ßøłđæœ]*')"
        f" OR starts_with(lower({{value}}), {slug_sql(f'lower({first})')} || '.' || {slug_sql(f'lower({last})')})"
        f" OR starts_with(lower({{value}}), {slug_sql(german[0])} || '.' || {slug_sql(german[1])}) END"
    )


EMAIL_FORM: Final = "regexp_full_match({value}, '[a-z0-9._+-]+@([a-z0-9-]+[.])+example')"


person_type: Final = Family("person", "person")
"""A type whose keys are those of the person."""


PERSON_NAMES: Final = (
    person_type(
        "first_name",
        "Anna",
        "First name of the locale, of the gender beside it.",
        _first_name,
        follows_narrowed=("person.gender",),
        valid="{value} <> ''",
    ),
    person_type("last_name", "Weber", "Last name of the locale.", _last_name, valid="{value} <> ''"),
    person_type(
        "full_name",
        "Anna Weber",
        "First and last name, as the locale orders them; unique ones get middle initials once all pairs"
        " of names are used.",
        _full_name,
        follows_narrowed=(*_NAMES, "person.gender"),
        capacity=None,
        valid="contains({value}, ' ')",
        agreements=("contains({value}, {person.first_name})", "contains({value}, {person.last_name})"),
    ),
    person_type("gender", "Female", "Female or Male, half of the rows each by draw.", _gender, valid="{value} <> ''"),
    person_type(
        "email",
        "anna.weber@velmora-freight-lines.example",
        "E-mail address of the name beside it, at the domain beside it or given as `domain`, else at an"
        " invented provider; always below .example, which RFC 2606 keeps from being used.",
        _email,
        options=("domain",),
        follows=("company.domain",),
        follows_narrowed=(*_NAMES, "person.full_name", "person.gender"),
        capacity=None,
        valid=EMAIL_FORM,
        agreements=(
            _address_of("{person.first_name}", "{person.last_name}"),
            "ends_with({value}, '@' || {company.domain})",
        ),
    ),
)
