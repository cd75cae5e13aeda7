"""The grammar of a field: what makes it, and what modifies it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, WithJsonSchema, model_validator
from pydantic_core import CoreSchema

from synthdeal_assets.datasets.spec import scalars
from synthdeal_assets.datasets.spec.grammar_scalars import (
    NUMBER,
    SPAN,
    TEXT,
    VALUE,
    Change,
    Choices,
    Decimals,
    Expression,
    ExpressionSpan,
    Hours,
    MinuteOfDay,
    Name,
    Number,
    NumberSpan,
    Part,
    Quantiles,
    Share,
    Text,
    Truth,
    Weekday,
    Weekdays,
    Whole,
    one_of_words,
)

NORMAL_P90: Final = Decimal("1.2815515655446004")
"""The quantile of the standard normal distribution at 90%."""


class MeanAndSpread(Part):
    """A distribution by its mean and standard deviation."""

    mean: Number
    sd: Number

    @model_validator(mode="after")
    def _spreads(self) -> Self:
        if self.sd <= 0:
            raise ValueError(f"sd is {self.sd}, but a standard deviation is above 0")
        return self


class NormalSpec(MeanAndSpread):
    """A normal distribution: by mean and standard deviation, or by median and 90th percentile."""

    @model_validator(mode="before")
    @classmethod
    def _from_what_is_written(cls, value: object) -> object:
        if isinstance(value, dict) and value.keys() == {"median", "p90"}:
            median, p90 = scalars.number(value["median"]), scalars.number(value["p90"])
            if p90 <= median:
                raise ValueError(f"median is {median} and p90 is {p90}, but p90 is the larger")
            return {"mean": value["median"], "sd": f"{(p90 - median) / NORMAL_P90:.15f}"}
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """As it is written: one of the two pairs."""
        written = handler.resolve_ref_schema(handler(schema))
        places = {"type": "object", "additionalProperties": False, "required": ["median", "p90"]}
        forms = [dict(written), {**places, "properties": dict.fromkeys(("median", "p90"), NUMBER)}]
        written.clear()
        written.update({"title": cls.__name__, "anyOf": forms})
        return written


class GammaSpec(MeanAndSpread):
    """A gamma distribution, by mean and standard deviation."""

    @model_validator(mode="after")
    def _exists(self) -> Self:
        if self.mean <= 0:
            raise ValueError(f"mean is {self.mean}, but that of a gamma distribution is above 0")
        return self


class BetaSpec(MeanAndSpread):
    """A beta distribution, on 0 to 1, by mean and standard deviation."""

    @model_validator(mode="after")
    def _exists(self) -> Self:
        if not 0 < self.mean < 1:
            raise ValueError(f"mean is {self.mean}, but that of a beta distribution is between 0 and 1")
        if self.sd**2 >= self.mean * (1 - self.mean):
            raise ValueError(f"sd is {self.sd}, but one of a beta distribution is below sqrt(mean * (1 - mean))")
        return self


class ZipfSpec(Part):
    """Whole numbers from 1 to `most`, each as likely as one by its power."""

    exponent: Number
    most: Whole

    @model_validator(mode="after")
    def _exists(self) -> Self:
        if not 0 <= self.exponent <= 20 or not 1 <= self.most <= 10_000_000:
            raise ValueError("it is known by an exponent from 0 to 20 and `most`, from 1 to 10_000_000")
        return self


class DailyShape(Part):
    """A wave of 24 hours in local time: `amplitude` above the level at `peak`, as much below it half a day later."""

    amplitude: Number
    peak: MinuteOfDay


class Noise(Part):
    """Noise of a standard deviation; `memory` is its correlation with itself a row before."""

    sd: Number
    memory: Number = Decimal(0)

    @model_validator(mode="after")
    def _exists(self) -> Self:
        if self.sd < 0:
            raise ValueError(f"sd is {self.sd}, but a standard deviation is not below 0")
        if not 0 <= self.memory <= Decimal("0.95"):
            raise ValueError(f"memory is {self.memory}, but it is from 0 to 0.95")
        return self


class SeriesSpec(Part):
    """Values over time: a level, and what comes on top of it."""

    level: Expression
    trend: Change | None = None
    daily: DailyShape | None = None
    weekly: Mapping[Weekday, Number] = Field({}, description="what is added on days of the week: {Sat: -2, Sun: -2}")
    noise: Noise | None = None


def _words_span(value: object) -> tuple[int, int]:
    fewest, most = (scalars.whole(end) for end in scalars.span(value))
    if not 1 <= fewest <= most <= 1_000:
        raise ValueError(f"{value!r}, but from 1 to 1_000 words are wanted, the smaller number first")
    return fewest, most


class TextSpec(Part):
    """Words in sentences: how many there are."""

    words: Annotated[tuple[int, int], BeforeValidator(_words_span), WithJsonSchema(SPAN)]


class Skewed(Part):
    """A distribution with a long tail: by median and 90th percentile, or by mean and standard deviation."""

    median: Number | None = None
    p90: Number | None = None
    mean: Number | None = None
    sd: Number | None = None

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        by_places = self.median is not None and self.p90 is not None
        by_moments = self.mean is not None and self.sd is not None
        if by_places == by_moments or len(self.model_fields_set) != 2:
            raise ValueError("it is known by `median` and `p90`, or by `mean` and `sd`: write one of the two pairs")
        low, high = (self.median, self.p90) if by_places else (self.mean, self.sd)
        if low is None or high is None:
            return self
        if low <= 0 or high <= 0 or (by_places and high <= low):
            raise ValueError(
                f"median is {low} and p90 is {high}, but both are above 0 and p90 is the larger"
                if by_places
                else f"mean is {low} and sd is {high}, but both are above 0"
            )
        return self


class Popularity(Part):
    """How unevenly the rows of the other table are chosen."""

    zipf: Number


GENERATORS: Final = (
    "type", "key", "one_of", "flag", "uniform", "normal", "lognormal", "exponential", "gamma", "beta", "poisson",
    "geometric", "zipf", "empirical", "date", "datetime", "time_of", "series", "pattern", "text", "formula",
    "refers_to", "roll_up",
)  # fmt: skip
"""What a field is made by; a field has one."""

ROLL_UPS: Final = ("sum", "count", "min", "max", "mean")


class RollUp(Part):
    """What a field of the children comes to."""

    how: Literal["sum", "count", "min", "max", "mean"]
    of: str


class FieldSpec(Part):
    """A field: one generator, and what modifies it.

    A text alone is the name of a type: `email: person.email`. Beside a type, a key that is none of these is an option
    of the type: `{type: person.email, domain: account_id.domain}`. `min` and `max` are bounds, or, where nothing else
    makes the field and they name a field of another table, the smallest and largest of the children.
    """

    type: Text | None = None
    key: Text | None = Field(None, description="integer, uuid, a template such as ACC-{:06d}, or a pattern")
    one_of: Choices | None = None
    flag: Share | None = None
    uniform: NumberSpan | None = None
    normal: NormalSpec | None = None
    lognormal: Skewed | None = None
    exponential: Number | None = Field(None, description="its mean")
    gamma: GammaSpec | None = None
    beta: BetaSpec | None = None
    poisson: Number | None = Field(None, description="its mean")
    geometric: Number | None = Field(None, description="its mean")
    zipf: ZipfSpec | None = None
    empirical: Quantiles | None = Field(None, description="quantiles at even steps from 0% to 100%: [5, 20, 60, 500]")
    date: ExpressionSpan | None = None
    datetime: ExpressionSpan | None = None
    time_of: Annotated[str, BeforeValidator(one_of_words("row")), WithJsonSchema({"const": "row"})] | None = None
    series: SeriesSpec | None = None
    pattern: Text | None = None
    text: TextSpec | None = None
    formula: Expression | None = None
    refers_to: Name | None = None
    roll_up: RollUp | None = None

    unique: Truth = False
    missing: Share = Fraction(0)
    when: Expression | None = None
    where: Expression | None = None
    among: Text | None = None
    earlier: Truth = False
    distinct: Name | None = None
    popularity: Popularity | None = None
    min: Number | None = None
    max: Number | None = None
    decimals: Decimals | None = None
    hours: Hours | None = Field(None, description="8..18: from 8:00 until before 18:00; held as minutes of the day")
    days: Weekdays | None = Field(None, description="Mon..Fri; held as numbers, Monday being 0")
    description: Text | None = None
    options: Mapping[str, Expression] = Field({}, description="what is written beside a type for it alone")

    @model_validator(mode="before")
    @classmethod
    def _from_what_is_written(cls, value: object) -> object:
        if isinstance(value, str):
            return {"type": value}
        if not isinstance(value, dict):
            raise ValueError("a list, but a field is the name of a type or a mapping such as {uniform: 5 .. 500}")
        if "options" in value:
            raise ValueError("`options` are written beside the type itself: {type: person.email, domain: shop.example}")
        made_by_others = any(key in value for key in GENERATORS)
        for how in ROLL_UPS:
            of = value.get(how)
            if isinstance(of, str) and (
                how not in ("min", "max") or (not made_by_others and scalars.is_path(of.strip()))
            ):
                rest = {key: one for key, one in value.items() if key != how}
                return {**rest, "roll_up": {"how": how, "of": of.strip()}}
        if "type" in value:
            known = {key: one for key, one in value.items() if key in cls.model_fields}
            return {**known, "options": {key: one for key, one in value.items() if key not in known}}
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """As it is written: a type alone, a generator, or a type with options of its own."""
        written = handler.resolve_ref_schema(handler(schema))
        inside = ("options", "roll_up")
        keys = {key: one for key, one in written["properties"].items() if key not in inside}
        keys |= {how: TEXT if how in ("sum", "count", "mean") else {"anyOf": [keys[how], TEXT]} for how in ROLL_UPS}
        mapping = {"type": "object", "properties": keys}
        forms: list[dict[str, Any]] = [
            TEXT,
            {**mapping, "additionalProperties": False},
            {**mapping, "required": ["type"], "additionalProperties": VALUE},
        ]
        written.clear()
        written.update({"title": cls.__name__, "description": inspect.getdoc(cls), "anyOf": forms})
        return written

    @property
    def made_by(self) -> str:
        """The generator, of `GENERATORS`."""
        return next(kind for kind in GENERATORS if getattr(self, kind) is not None)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        given = [kind for kind in GENERATORS if getattr(self, kind) is not None]
        if self.type is not None and self.one_of is not None:
            given.remove("type")
        if len(given) != 1:
            found = f"has {' and '.join(f'`{kind}`' for kind in given)}" if given else "has nothing that makes it"
            raise ValueError(f"it {found}: write one of {', '.join(GENERATORS[:-1])} and {', '.join(ROLL_UPS)}")
        made_by = given[0]
        for modifier, makers in _MODIFIES.items():
            given_up = getattr(self, modifier) is False
            if modifier in self.model_fields_set and made_by not in makers and not given_up:
                allowed = ", ".join(map(_as_written, makers))
                raise ValueError(f"`{modifier}` does not go with `{_as_written(made_by)}`: it goes with {allowed}")
        if made_by == "key" and (self.missing or self.when is not None):
            raise ValueError("a key is never missing: leave out `missing` and `when`")
        if self.unique and self.one_of is not None and len(set(self.one_of.values())) > 1:
            raise ValueError("`unique` values have no shares, for each stands in one row: write them as a list")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min is {self.min} and max is {self.max}: change their order")
        return self


_FRACTIONS: Final = ("uniform", "normal", "lognormal", "exponential", "gamma", "beta", "empirical", "series", "type")
_NUMBERS: Final = (*_FRACTIONS, "poisson", "geometric", "zipf")
_MODIFIES: Final[Mapping[str, tuple[str, ...]]] = {
    "where": ("roll_up",),
    "among": ("refers_to",),
    "earlier": ("refers_to",),
    "distinct": ("refers_to",),
    "popularity": ("refers_to",),
    "min": _NUMBERS,
    "max": _NUMBERS,
    "decimals": (*_FRACTIONS, "formula", "roll_up"),
    "hours": ("datetime",),
    "days": ("datetime",),
    "unique": ("key", "type", "pattern", "uniform", "one_of"),
}
"""Which modifiers go with which generators only."""


def _as_written(maker: str) -> str:
    return "/".join(ROLL_UPS) if maker == "roll_up" else maker
