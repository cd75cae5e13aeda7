"""The grammar of what a table has beside its fields: rows, totals, correlations, life cycles and blemishes."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Final, Self

from pydantic import BeforeValidator, Discriminator, Field, GetJsonSchemaHandler, Tag, WithJsonSchema, model_validator
from pydantic_core import CoreSchema

from synthdeal_assets.datasets.spec import scalars
from synthdeal_assets.datasets.spec.grammar_scalars import (
    NUMBER,
    SHARE,
    TAG,
    WHOLE,
    Day,
    Distance,
    GroupBy,
    Name,
    Number,
    NumberSpan,
    Part,
    Share,
    Shares,
    Step,
    Text,
    TimeZone,
    Truth,
    Whole,
)

MAX_ROWS: Final = 10**9


class CountSpec(Part):
    """How many children a parent has: one distribution, or numbers with their shares."""

    poisson: Number | None = None
    geometric: Number | None = None
    uniform: NumberSpan | None = None
    numbers: Mapping[int, Fraction] | None = None
    min: Whole | None = None
    max: Whole | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_what_is_written(cls, value: object) -> object:
        """A number, `{1: 40%, 3: 60%}` or a distribution."""
        if isinstance(value, str):
            return {"numbers": {scalars.whole(value): Fraction(1)}}
        if isinstance(value, dict) and value and all(str(key).replace("_", "").isdigit() for key in value):
            return {"numbers": {scalars.whole(key): part for key, part in scalars.shares(value).items()}}
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """As it is written: a number, numbers with shares, or a distribution."""
        written = handler.resolve_ref_schema(handler(schema))
        one = {**written, "properties": {key: of for key, of in written["properties"].items() if key != "numbers"}}
        numbers = {"type": "object", "patternProperties": {"^[0-9_]+$": {"anyOf": [SHARE, {"const": scalars.REST}]}}}
        written.clear()
        written.update({"title": cls.__name__, "anyOf": [WHOLE, {**numbers, "additionalProperties": False}, one]})
        return written

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        given = [kind for kind in ("poisson", "geometric", "uniform", "numbers") if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError("write one of a number, `{1: 40%, 3: 60%}`, `poisson`, `geometric` and `uniform`")
        for kind in ("poisson", "geometric"):
            mean = getattr(self, kind)
            if mean is not None and not 0 < mean <= 10_000:
                raise ValueError(f"{kind} is {mean}, but a mean number of children is above 0 and at most 10_000")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min is {self.min} and max is {self.max}: change their order")
        return self


class ChildRows(Part):
    """Rows of a table whose every row belongs to a row of another one."""

    per: Name
    count: CountSpec
    total: Whole | None = None


class RegularRows(Part):
    """Rows at even steps of time, for each row of another table, or, without `per`, once.

    Attributes:
        per: The other table.
        every: The step.
        start: The day, at whose midnight the first row stands.
        end: The last day, all of it.
        time_zone: Where the days begin and end.
    """

    per: Name | None = None
    every: Step
    start: Day = Field(alias="from")
    end: Day = Field(alias="to")
    time_zone: TimeZone = "UTC"

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.start > self.end:
            raise ValueError(f"it goes from {self.start} to {self.end}: change their order")
        return self


def _number_of_rows(value: object) -> int:
    rows = scalars.whole(value)
    if rows > MAX_ROWS:
        raise ValueError(f"{rows:,}, but a table has {MAX_ROWS:,} rows at most")
    return rows


def _kind_of_rows(value: object) -> str:
    if isinstance(value, dict) and "count" not in value and value.keys() & {"every", "from", "to", "time_zone"}:
        return f"{TAG}regular"
    if isinstance(value, dict | ChildRows):
        return f"{TAG}children"
    return f"{TAG}regular" if isinstance(value, RegularRows) else f"{TAG}number"


Rows = Annotated[
    Annotated[int, BeforeValidator(_number_of_rows), WithJsonSchema(WHOLE), Tag(f"{TAG}number")]
    | Annotated[ChildRows, Tag(f"{TAG}children")]
    | Annotated[RegularRows, Tag(f"{TAG}regular")],
    Discriminator(_kind_of_rows),
]


_PERIOD_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "day": (r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "2025-01-31"),
    "week": (r"\d{4}-W(0[1-9]|[1-4]\d|5[0-3])", "2025-W05"),
    "month": (r"\d{4}-(0[1-9]|1[0-2])", "2025-01"),
    "quarter": (r"\d{4}-Q[1-4]", "2025-Q1"),
    "year": (r"\d{4}", "2025"),
}
"""How each period is called where it has a total of its own, and an example; weeks are those of ISO 8601."""


class TotalSpec(Part):
    """What the values of a field come to, exactly.

    Attributes:
        field: The field.
        by: What groups are formed by; None for the whole table.
        start: The total of the first period; from there to `end` the totals of the periods go in even steps.
        end: The total of the last period.
        shares: What part of everything each group makes up; where there are other totals, of each of those too.
        total: What everything comes to.
        each: The total of each group.
    """

    field: Name
    by: GroupBy | None = None
    start: Number | None = Field(None, alias="from")
    end: Number | None = Field(None, alias="to")
    shares: Shares | None = None
    total: Number | None = None
    each: Annotated[Mapping[str, Number] | None, WithJsonSchema({"type": "object", "additionalProperties": NUMBER})] = (
        None
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.start is None) != (self.end is None):
            raise ValueError("it has one of `from` and `to`: write both, the totals of the first and the last period")
        forms = {"from": self.start, "shares": self.shares, "total": self.total, "each": self.each}
        given = [form for form, value in forms.items() if value is not None]
        if len(given) != 1:
            raise ValueError("it says what totals are in one way: write `from` and `to`, `shares`, `total` or `each`")
        if given[0] == "total":
            if self.by is not None:
                raise ValueError("`total` is one for the whole table: leave out `by`, or write `each` or `shares`")
            return self
        if self.by is None:
            raise ValueError(f"`{given[0]}` needs groups: add `by`, such as month of ordered_on")
        if self.start is not None and self.by.period is None:
            raise ValueError("`from` and `to` go over time: write `by` as day, week, month, quarter or year of a date")
        if self.by.period is not None:
            pattern, example = _PERIOD_NAMES[self.by.period]
            for name in self.each or self.shares or {}:
                if not re.fullmatch(pattern, name):
                    raise ValueError(f"it has {name!r} for a {self.by.period}, which is written as {example}")
        return self


def _correlation(value: object) -> Decimal:
    number = scalars.number(value)
    if abs(number) > 1:
        raise ValueError(f"{number}, but a correlation is from -1 to 1")
    return number


class LifeCycleSpec(Part):
    """The states that a row goes through, and the times at which it did.

    Attributes:
        field: The field that holds the state reached.
        start: The first state of every row.
        paths: For a state those that can follow it.
        times: For a state the field with the time at which a row came to it, NULL where it never did.
        shares: In what part of the rows each state is the one reached.
    """

    field: Name
    start: Text = Field(alias="from")
    paths: Mapping[str, tuple[Text, ...]]
    times: Mapping[str, Name] = {}
    shares: Shares

    @property
    def states(self) -> tuple[str, ...]:
        """All states that can be reached, as they come up from the first on."""
        found = [self.start]
        for state in found:
            found += [after for after in dict.fromkeys(self.paths.get(state, ())) if after not in found]
        return tuple(found)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        states = self.states
        for key, named in (("paths", self.paths), ("times", self.times), ("shares", self.shares)):
            strange = next((state for state in named if state not in states), None)
            if strange is not None:
                raise ValueError(
                    f"`{key}` has {strange!r}, which no path from {self.start!r} leads to: use one of "
                    f"{', '.join(states)}, or add the path"
                )
        for state in states:
            if state in self.after(state):
                raise ValueError(f"the paths lead from {state!r} back to {state!r}: leave out one of the steps")
        if len(set(self.times.values())) < len(self.times):
            raise ValueError("`times` has one field for two states: give each state a field of its own")
        return self

    def after(self, state: str) -> list[str]:
        """The states that can follow a state, at once or later."""
        found = list(self.paths.get(state, ()))
        for later in found:
            found += [one for one in self.paths.get(later, ()) if one not in found]
        return found

    def skips(self, reached: str, others: Collection[str]) -> bool:
        """Whether a row can come to a state without any of some others."""
        found = [state for state in (self.start,) if state not in others]
        for state in found:
            found += [after for after in self.paths.get(state, ()) if after not in (*found, *others)]
        return reached in found


BLEMISHES: Final = (
    "missing", "typo", "outliers", "swapped_day_and_month", "stray_blanks", "wrong_case", "format_drift",
)  # fmt: skip
"""How a field is made dirty; each takes the share of the rows."""


class FieldBlemishes(Part):
    """In which part of the rows a field is made dirty, and how.

    Attributes:
        by: How far outliers lie from the mean, in standard deviations; 6 where nothing is written.
        breaks: Whether keys, references, unique fields and those with rules may be made dirty too.
    """

    missing: Share | None = None
    typo: Share | None = None
    outliers: Share | None = None
    swapped_day_and_month: Share | None = None
    stray_blanks: Share | None = None
    wrong_case: Share | None = None
    format_drift: Share | None = None
    by: Distance | None = None
    breaks: Truth = Field(False, alias="break")

    @property
    def shares(self) -> dict[str, Fraction]:
        """The kinds that are written, with their shares."""
        return {kind: share for kind in BLEMISHES if (share := getattr(self, kind)) is not None}

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        shares = self.shares
        if not shares:
            raise ValueError(f"it has nothing that makes it dirty: write one of {', '.join(BLEMISHES)}")
        if sum(shares.values()) > 1:
            together = scalars.percent(sum(shares.values(), Fraction(0)))
            raise ValueError(f"it has blemishes in {together} of the rows: a value has one, so make them 100% at most")
        if self.by is not None and self.outliers is None:
            raise ValueError("it has `by`, but no `outliers`: leave it out")
        return self


class BlemishesSpec(Part):
    """What is made dirty on purpose: rows that are there twice, and fields."""

    duplicates: Share | None = None
    fields: Mapping[Name, FieldBlemishes] = {}

    @model_validator(mode="before")
    @classmethod
    def _from_what_is_written(cls, value: object) -> object:
        if not isinstance(value, dict) or not value:
            raise ValueError("no mapping such as {duplicates: 1%, amount: {outliers: 0.2%}}")
        twice = {key: one for key, one in value.items() if key == "duplicates" and not isinstance(one, dict)}
        return {**twice, "fields": {key: one for key, one in value.items() if key not in twice}}

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """As it is written: the fields beside `duplicates`."""
        written = handler.resolve_ref_schema(handler(schema))
        (field,) = written["properties"]["fields"]["patternProperties"].values()
        written["properties"] = {"duplicates": {"anyOf": [SHARE, field]}}
        written["additionalProperties"] = field
        return written


Correlations = Mapping[
    Annotated[scalars.Pair, BeforeValidator(scalars.pair), WithJsonSchema({"type": "string", "pattern": "~"})],
    Annotated[Decimal, BeforeValidator(_correlation), WithJsonSchema(NUMBER)],
]
