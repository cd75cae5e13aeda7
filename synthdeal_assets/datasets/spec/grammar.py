"""The grammar of a specification: which keys there are, what each takes, and which go together.

These models are its single source: the reader, the JSON Schema for editors and the documentation follow from them. What
names refer to and whether it can be made is found out later, in `resolution.py` and `feasibility.py`. What a field may
be belongs in `grammar_fields.py`, what a table may have beside its fields in `grammar_tables.py`, and what one text may
be in `grammar_scalars.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Self

from pydantic import Field, model_validator

from synthdeal_assets.datasets.spec.grammar_fields import (
    GENERATORS,
    ROLL_UPS,
    BetaSpec,
    DailyShape,
    FieldSpec,
    GammaSpec,
    MeanAndSpread,
    Noise,
    NormalSpec,
    Popularity,
    RollUp,
    SeriesSpec,
    Skewed,
    TextSpec,
    ZipfSpec,
)
from synthdeal_assets.datasets.spec.grammar_scalars import TAG, Day, Expression, Name, Part, Text, Whole
from synthdeal_assets.datasets.spec.grammar_tables import (
    BLEMISHES,
    MAX_ROWS,
    BlemishesSpec,
    ChildRows,
    Correlations,
    CountSpec,
    FieldBlemishes,
    LifeCycleSpec,
    RegularRows,
    Rows,
    TotalSpec,
)

__all__ = [
    "BLEMISHES",
    "GENERATORS",
    "MAX_FIELDS",
    "MAX_ROWS",
    "ROLL_UPS",
    "TAG",
    "BetaSpec",
    "BlemishesSpec",
    "ChildRows",
    "CountSpec",
    "DailyShape",
    "FieldBlemishes",
    "FieldSpec",
    "GammaSpec",
    "LifeCycleSpec",
    "MeanAndSpread",
    "Noise",
    "NormalSpec",
    "Part",
    "Popularity",
    "RegularRows",
    "RollUp",
    "SeriesSpec",
    "Skewed",
    "Specification",
    "TableSpec",
    "TextSpec",
    "TotalSpec",
    "ZipfSpec",
    "json_schema",
]

MAX_FIELDS: Final = 2_000


RESERVED: Final = "file_row_number"
"""The one name that reading Parquet leaves no room for."""


def _require_different(names: Iterable[str], what: str) -> None:
    """Refuse names that differ in case alone, which databases and some file systems do not tell apart."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            raise ValueError(f"it has the {what} `{other}` and `{name}`, which databases take for one: rename one")


class TableSpec(Part):
    """A table: how many rows, its fields, and what must hold in every row."""

    rows: Rows
    fields: Mapping[Name, FieldSpec]
    key: tuple[Name, ...] = ()
    rules: tuple[Expression, ...] = ()
    totals: tuple[TotalSpec, ...] = ()
    rank_correlation: Correlations = Field(default_factory=dict)
    correlation: Correlations = Field(default_factory=dict)
    lifecycle: LifeCycleSpec | None = None
    blemishes: BlemishesSpec | None = None
    description: Text | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not self.fields:
            raise ValueError("it has no field: write at least one below `fields`")
        if len(self.fields) > MAX_FIELDS:
            raise ValueError(f"it has {len(self.fields):,} fields, but a table has {MAX_FIELDS:,} at most: divide it")
        _require_different(self.fields, "fields")
        if RESERVED in self.fields:
            raise ValueError(f"it has a field `{RESERVED}`, which is what DuckDB calls the rows of a file: rename it")
        pairs = [frozenset(pair) for pair in (*self.rank_correlation, *self.correlation)]
        twice = next((pair for pair in pairs if pairs.count(pair) > 1), None)
        if twice is not None:
            raise ValueError(f"it has two correlations of {' and '.join(sorted(twice))}: leave out one")
        return self


class Specification(Part):
    """A dataset: its tables, and what all of them are drawn with."""

    dataset: Name
    seed: Whole = 0
    as_of: Day | None = None
    locale: Text = "en_US"
    description: Text | None = None
    tables: Mapping[Name, TableSpec]

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not self.tables:
            raise ValueError("it has no table: write at least one below `tables`")
        _require_different(self.tables, "tables")
        return self


def json_schema() -> dict[str, Any]:
    """The grammar as JSON Schema, for editors."""
    return Specification.model_json_schema()
