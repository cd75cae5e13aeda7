"""Types of bank accounts: IBANs and BICs whose check digits are right, of banks that there are not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.engine.text_columns import padded
from synthdeal_assets.datasets.types.draws import below, serials, text
from synthdeal_assets.datasets.types.identifiers import digits_of, luhn_digit
from synthdeal_assets.datasets.types.place_data import COUNTRIES, WITHIN, country_beside, home_country
from synthdeal_assets.datasets.types.semantic_type import Family, SemanticType, TypeRequest
from synthdeal_assets.foundation.drawing.randomness import IntArray

IBAN_FORMS: Final[Mapping[str, tuple[str, int]]] = {
    "DE": ("99999999", 10),
    "AT": ("00000", 11),
    "BE": ("99", 8),
    "CH": ("00000", 12),
    "DK": ("9999", 9),
    "ES": ("00000000", 10),
    "FI": ("00000", 8),
    "FR": ("0000000000", 11),
    "GB": ("ZZZZ000000", 8),
    "IE": ("ZZZZ000000", 8),
    "IT": ("0000000000", 12),
    "NL": ("ZZZZ", 10),
    "NO": ("", 8),
    "PL": ("00000000", 16),
    "PT": ("00000000", 11),
    "SE": ("000", 16),
}
"""Country -> bank code that nobody has, digits of the account; both without check digits, lengths of SWIFT's registry.

Why nobody has it, by who gives the codes out:

- DE: Deutsche Bundesbank, Bankleitzahlendatei: codes begin with 1 to 8.
- AT: Oesterreichische Nationalbank, SEPA-Zahlungsverkehrs-Verzeichnis: from 00100. CH: SIX, Bank Master: from 00100.
- BE: National Bank of Belgium, list of bank identification codes: 990 to 999 are not given out; the account's first
  digit chooses one of them.
- DK: Finans Danmark, registreringsnumre: up to 9960. The last digit has a rule of each bank's own, so here 0.
- ES: Banco de España, Registro de Entidades: from 0003. PT: Banco de Portugal: from 0001. FR: Banque de France,
  Fichier des implantations bancaires: from 10001. IT: Banca d'Italia, ABI: from 01000.
- FI: Finance Finland, Finnish monetary institution codes: the first digit is 1 to 8.
- GB, IE, NL: no institution has the BIC ZZZZ (SWIFT, ISO 9362).
- NO: Bits AS, IBAN-BIC table: from 0500; here 0000 to 0311 and accounts that begin with 1 to 9.
- PL: Narodowy Bank Polski, Ewidencja numerów: from 1010.
- SE: Bankinfrastruktur i Sverige, IBAN ID: from 100.

Brazil has IBANs, but its bank codes are the tax numbers of companies, none of which is known to stay free; the other
countries of the catalogue have none.
"""

_ELSEWHERE: Final = "DE"


def _iban(request: TypeRequest) -> pl.Series:
    """Country, check digits (ISO 13616, modulo 97), bank code and account, with the national check digits inside."""
    home, said = home_country(request.locale), country_beside(request)
    countries = (
        pl.repeat(home, request.rows.size, dtype=pl.String, eager=True) if said is None else said.fill_null(home)
    )
    countries = countries.replace_strict(
        {code: code for code in IBAN_FORMS}, default=_ELSEWHERE, return_dtype=pl.String
    )
    serial = serials(request, "iban", 8)
    made, order = [pl.Series([], dtype=pl.String)], [np.empty(0, dtype=np.int64)]
    for country in countries.unique(maintain_order=True):
        here = np.flatnonzero((countries == country).to_numpy())
        made.append(_with_check(country, _national(country, serial[here])))
        order.append(here)
    return pl.concat(made).gather(np.argsort(np.concatenate(order)))


def _national(country: str, accounts: IntArray) -> pl.Series:
    bank, digits = IBAN_FORMS[country]
    written = bank + padded(accounts, digits)
    with_check = _CHECKED.get(country)
    return written if with_check is None else with_check(written, accounts)


def _belgian(written: pl.Series, accounts: IntArray) -> pl.Series:
    """The first ten digits modulo 97, for 0 it is 97."""
    rest = (99 * 10**8 + accounts) % 97
    return written + _TWO_DIGITS.gather(np.where(rest == 0, 97, rest))


def _spanish(written: pl.Series, accounts: IntArray) -> pl.Series:
    """Two digits: 0 of bank and branch, which are 0, and that of the account, weighted with powers of 2 modulo 11."""
    digits = digits_of(padded(accounts, 10), 10)
    check = 11 - (digits * np.array([1, 2, 4, 8, 5, 10, 9, 7, 3, 6])).sum(axis=1) % 11
    checks = "0" + pl.Series(np.where(check == 10, 1, np.where(check == 11, 0, check))).cast(pl.String)
    return written.str.slice(0, 8) + checks + written.str.slice(8)


def _luhn(written: pl.Series, _: IntArray) -> pl.Series:
    """Luhn's digit over all before it: Finland over bank and account, Sweden where account numbers have 10 digits."""
    return written + pl.Series(luhn_digit(digits_of(written, len(written[0])))).cast(pl.String)


def _french(written: pl.Series, accounts: IntArray) -> pl.Series:
    """The RIB key: 97 minus (89 bank + 15 branch + 3 account) modulo 97; bank and branch are 0."""
    return written + _TWO_DIGITS.gather(97 - 3 * accounts % 97)


_ODD: Final = np.array([1, 0, 5, 7, 9, 13, 15, 17, 19, 21])


def _italian(written: pl.Series, _: IntArray) -> pl.Series:
    """The CIN: odd places by a table, even places by themselves, together modulo 26, as a letter before the bank."""
    digits = digits_of(written, 22)
    total = _ODD[digits[:, ::2]].sum(axis=1) + digits[:, 1::2].sum(axis=1)
    return pl.Series([chr(65 + letter) for letter in range(26)]).gather(total % 26) + written


def _norwegian(_: pl.Series, accounts: IntArray) -> pl.Series:
    """Weights 5, 4, 3, 2, 7, 6, 5, 4, 3, 2 modulo 11.

    Accounts that begin with 00 have another rule, so none does. Where a check digit would be 10 there is no such
    account: the bank 200 higher, whose sum is 2 * 4 greater, has one.
    """
    bank, account = np.divmod(accounts, 900_000)
    numbers = bank * 10**6 + 100_000 + account
    check = _modulo_11(numbers)
    numbers = np.where(check == 10, numbers + 200 * 10**6, numbers)
    return padded(numbers, 10) + pl.Series(_modulo_11(numbers)).cast(pl.String)


def _modulo_11(numbers: IntArray) -> IntArray:
    weighted = (digits_of(padded(numbers, 10), 10) * np.array([5, 4, 3, 2, 7, 6, 5, 4, 3, 2])).sum(axis=1)
    check: IntArray = -weighted % 11
    return check


def _portuguese(written: pl.Series, accounts: IntArray) -> pl.Series:
    """The NIB check: 98 minus (number with 00 behind it) modulo 97; bank and branch are 0."""
    return written + _TWO_DIGITS.gather(98 - accounts % 97 * 100 % 97)


_CHECKED: Final[Mapping[str, Callable[[pl.Series, IntArray], pl.Series]]] = {
    "BE": _belgian,
    "DK": lambda written, _: written + "0",
    "ES": _spanish,
    "FI": _luhn,
    "FR": _french,
    "IT": _italian,
    "NO": _norwegian,
    "PT": _portuguese,
    "SE": _luhn,
}
"""What adds the national check digits; Poland's, the last digit of the bank code, is 0 for zeros."""


def _with_check(country: str, bban: pl.Series) -> pl.Series:
    """98 minus the rest modulo 97 of the number that is read with the country and 00 behind it, letters as 10 to 35."""
    signs = np.frombuffer(bban.str.join("").item().encode(), dtype=np.uint8).reshape(bban.len(), -1)
    # All numbers of a country have their letters in the same places: each place has one weight.
    letter = signs[0] >= 65
    digits, zero = np.where(letter, 2, 1), np.where(letter, 55, 48)
    behind = np.cumsum(digits[::-1])[::-1] - digits + len("131400")
    weights = np.array([pow(10, int(places), 97) for places in behind], dtype=np.int32)
    rest = signs.astype(np.int32) @ weights - zero @ weights + int(f"{int(country[0], 36)}{int(country[1], 36)}00")
    return text(pl.concat_str(pl.lit(country), "check", "bban"), check=_TWO_DIGITS.gather(98 - rest % 97), bban=bban)


_TWO_DIGITS: Final = pl.Series([f"{number:02}" for number in range(100)])


def iban_sql(value: str) -> str:
    """SQL of whether a text has the form of an IBAN, and passes modulo 97 (ISO 13616)."""
    country = f"({_as_number(value, 1)}) * 100 + {_as_number(value, 2)}"
    check = f"TRY_CAST(substr({value}, 3, 2) AS INTEGER)"

    def passes(account: str) -> str:
        return f"coalesce((({account}) * 1000000 + ({country}) * 100 + {check}) % 97 = 1, false)"

    # Where a country's accounts begin with no letter, four or one, the rest is read as one number, else sign by sign.
    usual = "".join(
        f" WHEN regexp_full_match({value}, '{_FORM}[A-Z]{{{letters}}}[0-9]{{{11 - letters},{30 - letters}}}')"
        f" THEN {passes(_account_sql(value, letters))}"
        for letters in (0, 4, 1)
    )
    signs = (
        f"list_reduce(list_transform(string_split(substr({value}, 5), ''), lambda sign:"
        f" CASE WHEN sign BETWEEN 'A' AND 'Z' THEN {_as_number('sign', 1)} ELSE TRY_CAST(sign AS INTEGER) END),"
        " lambda before, number: (before * CASE WHEN number < 10 THEN 10 ELSE 100 END + number) % 97)"
    )
    return f"CASE{usual} ELSE regexp_full_match({value}, '{_FORM}[A-Z0-9]{{11,30}}') AND {passes(signs)} END"


_FORM: Final = "[A-Z]{2}[0-9]{2}"


def _account_sql(value: str, letters: int) -> str:
    """What is behind country and check digits, modulo 97.

    Digits are divided in two parts: dividing numbers of 64 bits takes a tenth of the time of longer ones.
    """
    first = 5 + letters
    before = f"TRY_CAST(substr({value}, {first}, length({value}) - {first + 17}) AS BIGINT) % 97 * {10**18 % 97}"
    digits = (
        f"CASE WHEN length({value}) > {first + 17} THEN {before} + TRY_CAST(right({value}, 18) AS BIGINT) % 97"
        f" ELSE TRY_CAST(substr({value}, {first}) AS BIGINT) % 97 END"
    )
    if not letters:
        return digits
    number = " + ".join(f"({_as_number(value, 5 + at)}) * {100 ** (letters - 1 - at)}" for at in range(letters))
    powers = [pow(10, places, 97) for places in range(30)]
    return f"({number}) % 97 * {powers}[length({value}) - {first - 2}] + {digits}"


def _as_number(text_: str, at: int) -> str:
    """The letter at a position as 10 to 35."""
    return f"ascii(substr({text_}, {at}, 1)) - 55"


def _bic(request: TypeRequest) -> pl.Series:
    """Bank ZZZZ, country beside it, place and branch."""
    home, said = home_country(request.locale), country_beside(request)
    countries = pl.repeat(home, request.rows.size, dtype=pl.String, eager=True) if said is None else said
    letters = pl.Series([chr(65 + at // 26) + chr(65 + at % 26) for at in range(26 * 26)])
    return text(
        pl.concat_str(pl.lit("ZZZZ"), "country", "place"),
        country=countries,
        place=letters.gather(below(request.keys("bic"), 676)),
    )


_SAME_COUNTRY: Final = tuple(
    "EXISTS (SELECT 1 FROM synthdeal_country_names n"
    f" WHERE n.country_code = substr({{value}}, 5, 2) AND n.spelling = lower({{{name}}}))"
    for name in COUNTRIES[:2]
)
_IBAN_AGREES: Final = tuple(
    f"(lower({{{name}}}), substr({{value}}, 1, 2)) IN (SELECT spelling, CASE WHEN country_code IN {tuple(IBAN_FORMS)}"
    f" THEN country_code ELSE '{_ELSEWHERE}' END FROM synthdeal_country_names)"
    for name in COUNTRIES[:2]
)

_type: Final = Family("finance")


IBANS: Final[tuple[SemanticType, ...]] = (
    _type(
        "iban",
        "DE77999999990000402138",
        "IBAN of the country beside it, with a bank code that is not given out; check digits are right, the"
        " national ones too (but for Denmark's, which each bank has of its own). Countries without IBANs, and Brazil,"
        " where no free bank code is known, get German ones.",
        _iban,
        options=("country",),
        follows=COUNTRIES,
        follows_narrowed=WITHIN,
        capacity=10**8,
        valid=iban_sql("{value}"),
        agreements=_IBAN_AGREES,
    ),
    _type(
        "bic",
        "ZZZZDEAB",
        "BIC of the bank ZZZZ, which there is none of, in the country beside it.",
        _bic,
        options=("country",),
        follows=COUNTRIES,
        follows_narrowed=WITHIN,
        valid="regexp_full_match({value}, 'ZZZZ[A-Z]{4}')",
        agreements=_SAME_COUNTRY,
    ),
)
