"""Types of identifiers; those with a check digit keep it, and none is one that somebody could own."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.engine.streams import hashes
from synthdeal_assets.datasets.engine.text_columns import uuids
from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.datasets.types.draws import below, field_salt, numbered, text
from synthdeal_assets.datasets.types.semantic_type import Family, SemanticType, TypeRequest
from synthdeal_assets.foundation.drawing.forms import text_of
from synthdeal_assets.foundation.drawing.randomness import IntArray, mix

_BASE32: Final = np.frombuffer(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ", dtype=np.uint8)
_HEX_PAIRS: Final = np.frombuffer(bytes(range(256)).hex().encode(), dtype=np.uint16)
_ULID_START: Final = 1_700_000_000_000
_PLATE: Final = np.frombuffer(b"ABCDEFGHJKLMNPRSTUVWXYZ", dtype=np.uint8)


def _uuid(request: TypeRequest) -> pl.Series:
    return uuids(request.rows, field_salt(request, "uuid"))


def digits_of(numbers: pl.Series, length: int) -> IntArray:
    """A matrix of the digits of texts that all are so long."""
    signs = np.frombuffer("".join(numbers).encode(), dtype=np.uint8)
    return signs.reshape(numbers.len(), length).astype(np.int64) - ord("0")


def luhn_digit(digits: IntArray) -> IntArray:
    """The digit that makes them pass Luhn's check (ISO/IEC 7812-1, annex B) when it stands behind them."""
    doubled = digits.copy()
    doubled[:, ::-2] *= 2
    doubled -= 9 * (doubled > 9)
    check: IntArray = -doubled.sum(axis=1) % 10
    return check


def ean_digit(digits: IntArray) -> IntArray:
    """The check digit of GS1 behind 12 digits: weights 1 and 3 in turn."""
    check: IntArray = -(digits * np.tile([1, 3], 6)).sum(axis=1) % 10
    return check


def _ean13(request: TypeRequest) -> pl.Series:
    """Prefix 20, which GS1 leaves to each shop for its own use."""
    number = "20" + numbered(request, "ean", 10).str.slice(0, 10)
    return text(pl.concat_str("number", "check"), number=number, check=pl.Series(ean_digit(digits_of(number, 12))))


def _isbn13(request: TypeRequest) -> pl.Series:
    """979-9 is a group that no country has."""
    number = "9799" + numbered(request, "isbn", 8).str.slice(0, 8)
    return text(pl.concat_str("number", "check"), number=number, check=pl.Series(ean_digit(digits_of(number, 12))))


def _imei(request: TypeRequest) -> pl.Series:
    """00 is the body that the GSM Association keeps for tests."""
    number = "001" + numbered(request, "imei", 11).str.slice(0, 11)
    return text(pl.concat_str("number", "check"), number=number, check=pl.Series(luhn_digit(digits_of(number, 14))))


def _letters(
    request: TypeRequest, what: str, alphabet: np.ndarray[Any, np.dtype[np.uint8]], length: int
) -> np.ndarray[Any, np.dtype[np.uint32]]:
    keys = request.keys(what)
    return np.column_stack([alphabet[below(mix(keys, str(at)), alphabet.size)] for at in range(length)]).astype(
        np.uint32
    )


def _hash(request: TypeRequest, length: int) -> pl.Series:
    """Hexadecimal digits; the first 16 are a bijection of the row."""
    first = hashes(request.rows, field_salt(request, "hash"))
    words = [first, *(mix(first, str(at)) for at in range(1, length // 16))]
    digits = _HEX_PAIRS[np.column_stack(words).astype(">u8").view(np.uint8)].view(np.uint8)
    return text_of(digits.astype(np.uint32))


def _ulid(request: TypeRequest) -> pl.Series:
    """Ten characters of time, sixteen of chance; unique ones are a millisecond apart."""
    keys = request.keys("ulid")
    moments = _ULID_START + (request.rows if request.unique else (keys >> np.uint64(27)).astype(np.int64))
    chance = [(mix(keys, half) >> np.uint64(24)).astype(np.int64) for half in ("left", "right")]
    parts = [(moments, 10), (chance[0], 8), (chance[1], 8)]
    signs = [_BASE32[number >> (5 * at) & 31] for number, count in parts for at in reversed(range(count))]
    return text_of(np.column_stack(signs).astype(np.uint32))


def _serial(request: TypeRequest) -> pl.Series:
    letters = text_of(_letters(request, "serial", _PLATE, 3))
    return text(
        pl.concat_str("letters", "number", separator="-"), letters=letters, number=numbered(request, "serial", 7)
    )


def _plate(request: TypeRequest) -> pl.Series:
    return text(
        pl.concat_str("letters", "number", separator=" "),
        letters=text_of(_letters(request, "plate", _PLATE, 3)),
        number=numbered(request, "plate", 4),
    )


def _vin(request: TypeRequest) -> pl.Series:
    """The maker ZZZ does not exist; the check digit of ISO 3779 as used in North America is right."""
    number = "ZZZ" + text_of(_letters(request, "vin", _PLATE[:20], 5))
    rest = "S" + "A" + numbered(request, "vin", 6).str.slice(0, 6)
    whole = text(pl.concat_str("number", pl.lit("0"), "rest"), number=number, rest=rest)
    points = np.frombuffer("".join(whole).encode(), dtype=np.uint8).reshape(whole.len(), 17)
    check = (_VIN_VALUES[points] * _VIN_WEIGHTS).sum(axis=1) % 11
    mark = pl.Series([*"0123456789X"]).gather(check)
    return text(pl.concat_str("number", "mark", "rest"), number=number, mark=mark, rest=rest)


_VIN_WEIGHTS: Final = np.array([8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2])
_VIN_VALUES: Final = np.zeros(128, dtype=np.int64)
for _letter, _value in zip(
    "0123456789ABCDEFGHJKLMNPRSTUVWXYZ",
    [*range(10), 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9],
    strict=True,
):
    _VIN_VALUES[ord(_letter)] = _value


def _number(request: TypeRequest) -> pl.Series:
    """The number of the row from 1, or of a draw where it need not be unique."""
    return pl.Series(request.rows + 1) if request.unique else pl.Series(1 + below(request.keys("number"), 1_000_000))


def _code(request: TypeRequest) -> pl.Series:
    return text(
        pl.concat_str("letters", "number"),
        letters=text_of(_letters(request, "code", _PLATE, 2)),
        number=numbered(request, "code", 5),
    )


def luhn_sql(value: str) -> str:
    """SQL of whether a text of at most 18 digits passes Luhn's check: by arithmetic, ten times as fast as by text."""
    digits = [_digit_sql(value, place) for place in range(18)]
    doubled = [f"{digit} * 2 - CASE WHEN {digit} > 4 THEN 9 ELSE 0 END" for digit in digits[1::2]]
    return f"coalesce(({' + '.join([*digits[::2], *doubled])}) % 10 = 0, false)"


def ean_sql(value: str) -> str:
    """SQL of whether 13 digits pass the check of GS1."""
    weighted = (f"{_digit_sql(value, place)} * {3 if place % 2 else 1}" for place in range(13))
    return f"coalesce(({' + '.join(weighted)}) % 10 = 0, false)"


def _digit_sql(value: str, place: int) -> str:
    """The digit so many places before the last."""
    return f"(TRY_CAST({value} AS BIGINT) // {10**place} % 10)"


_type: Final = Family("id")


IDENTIFIERS: Final[tuple[SemanticType, ...]] = (
    _type(
        "uuid",
        "3f2b8c1e-9d4a-4c7b-8e21-5a6f0c9d7b34",
        "UUID of version 4 (RFC 9562), never twice.",
        _uuid,
        capacity=None,
        valid="regexp_full_match({value}, '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}')",
    ),
    _type(
        "ulid",
        "01HF7YAT00Q9V3X2K8ZC5M4N6P",
        "ULID: a time that sorts, and chance.",
        _ulid,
        capacity=None,
        valid="regexp_full_match({value}, '[0-7][0-9A-HJKMNP-TV-Z]{25}')",
    ),
    _type(
        "number",
        "1042",
        "Whole number from 1; unique ones are counted up.",
        _number,
        kind=Kind.WHOLE,
        capacity=None,
        valid="{value} >= 1",
    ),
    _type(
        "code",
        "KQ40213",
        "Two letters and five digits.",
        _code,
        capacity=None,
        valid="regexp_full_match({value}, '[A-Z]{2}[0-9]{5,}')",
    ),
    _type(
        "serial_number",
        "KQT-0402138",
        "Serial number of a device.",
        _serial,
        capacity=None,
        valid="regexp_full_match({value}, '[A-Z]{3}-[0-9]{7,}')",
    ),
    _type(
        "ean13",
        "2004021380007",
        "Article number with the prefix 20, which GS1 leaves to each shop; its check digit is right.",
        _ean13,
        capacity=10**10,
        valid=f"regexp_full_match({{value}}, '20[0-9]{{11}}') AND {ean_sql('{value}')}",
    ),
    _type(
        "isbn13",
        "9799040213802",
        "ISBN of the group 979-9, which no country has; its check digit is right.",
        _isbn13,
        capacity=10**8,
        valid=f"regexp_full_match({{value}}, '9799[0-9]{{9}}') AND {ean_sql('{value}')}",
    ),
    _type(
        "imei",
        "001040213800017",
        "IMEI beginning with 00, which is kept for tests; its check digit (Luhn) is right.",
        _imei,
        capacity=10**11,
        valid=f"regexp_full_match({{value}}, '001[0-9]{{12}}') AND {luhn_sql('{value}')}",
    ),
    _type(
        "vin",
        "ZZZABCDE5SA040213",
        "Vehicle identification number of the maker ZZZ, which there is none of; its check digit is right.",
        _vin,
        capacity=10**6,
        valid="regexp_full_match({value}, 'ZZZ[A-HJ-NPR-Z0-9]{14}')",
    ),
    _type(
        "license_plate",
        "KQT 0402",
        "Number plate of no country.",
        _plate,
        capacity=None,
        valid="regexp_full_match({value}, '[A-Z]{3} [0-9]{4,}')",
    ),
    _type(
        "sha256",
        "9f2b8c1e3f2b8c1e9d4a4c7b8e215a6f",
        "64 hexadecimal digits, of nothing.",
        partial(_hash, length=64),
        capacity=None,
        valid="regexp_full_match({value}, '[0-9a-f]{64}')",
    ),
    _type(
        "md5",
        "9f2b8c1e3f2b8c1e9d4a4c7b8e215a6f",
        "32 hexadecimal digits, of nothing.",
        partial(_hash, length=32),
        capacity=None,
        valid="regexp_full_match({value}, '[0-9a-f]{32}')",
    ),
)
