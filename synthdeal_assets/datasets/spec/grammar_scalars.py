"""The smallest parts of the grammar: what one text may be, read and told to editors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

from synthdeal_assets.datasets.spec import scalars
from synthdeal_assets.datasets.spec.scalars import REST, Every, Grouping, Pair, Trend

TAG: Final = "#"
"""What the name of an alternative begins with where pydantic tells the place of an error; no key begins so."""

DECIMALS: Final = 9
"""Most decimal places of a number."""

TEXT: Final = {"type": "string", "minLength": 1}
VALUE: Final = {"type": ["string", "number", "boolean"]}
NUMBER: Final = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[+-]?\d+(_\d+)*(\.\d+)?$"}]}
WHOLE: Final = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^\d+(_\d+)*$"}]}
SHARE: Final = {"type": "string", "pattern": r"^\d+(\.\d+)? ?%$"}
NAME: Final = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]{0,62}$"}
PLACES: Final = {"type": "integer", "minimum": 0, "maximum": DECIMALS}
SHARES: Final = {"type": "object", "additionalProperties": {"anyOf": [SHARE, {"const": REST}]}}
CHOICES: Final = {
    "anyOf": [
        {"type": "array", "items": VALUE, "minItems": 1},
        SHARES,
    ]
}
SPAN: Final = {"type": "string", "pattern": r"^.+\.\..+$"}


def _plain_text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("nothing, but a text is wanted" if value == "" else f"{value!r}, but a text is wanted")
    return value.strip()


def _day(value: object) -> dt.date:
    text = _plain_text(value)
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r}, but a day such as 2026-11-28 is wanted") from None


def _choices(value: object) -> Mapping[str, Fraction]:
    """Values in equal shares as a list, or with their shares as a mapping."""
    if not isinstance(value, list):
        return scalars.shares(value)
    texts = [_plain_text(one) for one in value]
    if not texts:
        raise ValueError("an empty list: name at least one value")
    twice = next((one for one in texts if texts.count(one) > 1), None)
    if twice is not None:
        raise ValueError(f"a list with {twice!r} twice: give it a larger share instead")
    return dict.fromkeys(texts, Fraction(1, len(texts)))


def _place_of_decimals(value: object) -> int:
    places = scalars.whole(value)
    if places > DECIMALS:
        raise ValueError(f"{places}, but a number has {DECIMALS} decimals at most")
    return places


def _time_zone(value: object) -> str:
    text = _plain_text(value)
    try:
        return ZoneInfo(text).key
    except (KeyError, OSError, ValueError):
        raise ValueError(f"{text!r}, but a time zone such as Europe/Berlin is wanted") from None


def one_of_words(*words: str) -> Callable[[object], str]:
    """A reader of a text that is one of a few words."""

    def read(value: object) -> str:
        text = _plain_text(value)
        if text not in words:
            raise ValueError(f"{text!r}, but {' or '.join(words)} is wanted")
        return text

    return read


Text = Annotated[str, BeforeValidator(_plain_text), WithJsonSchema(TEXT)]
Expression = Annotated[str, BeforeValidator(_plain_text), WithJsonSchema(VALUE)]
Name = Annotated[str, BeforeValidator(scalars.name), WithJsonSchema(NAME)]
Number = Annotated[Decimal, BeforeValidator(scalars.number), WithJsonSchema(NUMBER)]
Whole = Annotated[int, BeforeValidator(scalars.whole), WithJsonSchema(WHOLE)]
Decimals = Annotated[int, BeforeValidator(_place_of_decimals), WithJsonSchema(PLACES)]
Share = Annotated[Fraction, BeforeValidator(scalars.share), WithJsonSchema(SHARE)]
Choices = Annotated[Mapping[str, Fraction], BeforeValidator(_choices), WithJsonSchema(CHOICES)]
Shares = Annotated[Mapping[str, Fraction], BeforeValidator(scalars.shares), WithJsonSchema(SHARES)]
NumberSpan = Annotated[tuple[Decimal, Decimal], BeforeValidator(scalars.numbers_span), WithJsonSchema(SPAN)]
ExpressionSpan = Annotated[tuple[str, str], BeforeValidator(scalars.span), WithJsonSchema(SPAN)]
Quantiles = Annotated[
    tuple[Decimal, ...],
    BeforeValidator(scalars.quantiles),
    WithJsonSchema({"type": "array", "items": NUMBER, "minItems": 2}),
]
Truth = Annotated[bool, BeforeValidator(scalars.truth), WithJsonSchema({"type": "boolean"})]
Day = Annotated[dt.date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
TimeZone = Annotated[str, BeforeValidator(_time_zone), WithJsonSchema(TEXT)]
MinuteOfDay = Annotated[int, BeforeValidator(scalars.minute_of_day), WithJsonSchema(TEXT)]
Hours = Annotated[tuple[int, int], BeforeValidator(scalars.hours), WithJsonSchema(SPAN)]
Weekday = Annotated[int, BeforeValidator(scalars.weekday), WithJsonSchema(TEXT)]
Weekdays = Annotated[
    tuple[int, ...],
    BeforeValidator(scalars.weekdays),
    WithJsonSchema({"anyOf": [TEXT, {"type": "array", "items": TEXT, "minItems": 1}]}),
]
Step = Annotated[Every, BeforeValidator(scalars.every), WithJsonSchema(TEXT)]
Change = Annotated[Trend, BeforeValidator(scalars.rate), WithJsonSchema(TEXT)]
GroupBy = Annotated[Grouping, BeforeValidator(scalars.grouping), WithJsonSchema(TEXT)]
FieldPair = Annotated[Pair, BeforeValidator(scalars.pair), WithJsonSchema(TEXT)]
Distance = Annotated[Decimal, BeforeValidator(scalars.standard_deviations), WithJsonSchema(TEXT)]


class Part(BaseModel):
    """What every part of a specification has in common: no key that it does not know, and nothing changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
