"""What a semantic type is: a function from the keys of rows, and from the fields beside it, to a column.

Which types there are belongs in the modules beside; which field asks for which, in the specification.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Protocol, TypeVar

import polars as pl

from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array

Made = TypeVar("Made")

GENERATOR_VERSION: Final = 2
"""Raised whenever a type gives other values for the same request; the golden hashes of the tests change with it."""

DTYPES: Final = {
    Kind.WHOLE: pl.Int64(),
    Kind.NUMBER: pl.Float64(),
    Kind.TEXT: pl.String(),
    Kind.DATE: pl.Date(),
    Kind.DATETIME: pl.Datetime("us"),
    Kind.FLAG: pl.Boolean(),
}
"""What a column of each kind is in Polars."""

SIBLING: Final = re.compile(r"\{(?P<type>[a-z]+\.[a-z0-9_]+)\}")
"""Where an agreement names another type."""


class TypeRequest(Protocol):
    """Which rows of which field are wanted, and what is known beside them."""

    @property
    def rows(self) -> IntArray:
        """Numbers of rows, from 0, in any order and as often as wished."""
        ...

    @property
    def seed(self) -> int:
        """Seed of the dataset."""
        ...

    @property
    def table(self) -> str:
        """Name of the table. Two persons in one table are told apart by giving each another name here."""
        ...

    @property
    def field(self) -> str:
        """Name of the field: what sets two fields of one type apart."""
        ...

    @property
    def locale(self) -> str:
        """Faker's name of the locale, such as "de_DE"."""
        ...

    @property
    def as_of(self) -> date:
        """Day on which the dataset stands."""
        ...

    @property
    def unique(self) -> bool:
        """Whether no two rows of the table may have the same value."""
        ...

    @property
    def table_rows(self) -> int:
        """Rows of the table. Values never depend on it, so that rows stay when a table grows."""
        ...

    def keys(self, what: str) -> UInt64Array:
        """For each row 64 bits that are the same in all fields of the entity; for a type without one, the field's."""
        ...

    def sibling(self, type_name: str) -> pl.Series | None:
        """The values of the table's field of that type in these rows, also where it was narrowed by one_of, min, max.

        The column has the name of the field. None where there is none; for a type of `follows_narrowed` also where its
        field was not narrowed, since then it may be made from this one.
        """
        ...

    def once(self, what: str, make: Callable[[], Made]) -> Made:
        """What several fields of the entity are made from, worked out for the first of them.

        `what` names the columns that it depends on; keys, seed, table, locale and rows are those of the entity anyway.
        """
        ...

    def option(self, name: str) -> pl.Series | None:
        """What was written beside the type, such as `domain: account_id.domain`, in these rows."""
        ...


@dataclass(frozen=True)
class SemanticType:
    """A type of the catalogue.

    Attributes:
        name: Family and name, such as "person.email".
        kind: What its values are.
        description: What it is, what agrees with what, and what is not real about it.
        example: One value, as text.
        make: A column of `DTYPES[kind]` for a request. It is a function of the request alone.
        entity: What the fields of a row share their keys as: "person", "company", "place".
        options: What may be written beside the type, such as "domain".
        follows: Types beside it whose values it takes up, wherever there are any. No two types follow each other.
        follows_narrowed: Types whose values it takes up only where they were narrowed: as they come they are drawn from
            the same keys and agree anyway, or follow this one.
        follows_named: Types that a field without one is taken for by its name and kind, where no field has them: it is
            narrowed.
        only_where: A type, and values of it in English: where a field of that type is beside that may have one of them,
            this is missing in all other rows. None where it always has a value.
        valid: Boolean SQL of DuckDB over {value} and {as_of}, a date, which holds in every row where the value is not
            NULL and the field was not narrowed. It may read `lookup_tables()`.
        agreements: The same, over {types beside it} too. Each is counted where the table has all of these, and where
            no option says something else; NULL counts as agreed.
        capacity: How many different values `unique` can give: None for any number, 0 where it cannot be unique.
    """

    name: str
    kind: Kind
    description: str
    example: str
    make: Callable[[TypeRequest], pl.Series]
    entity: str | None = None
    options: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    follows_narrowed: tuple[str, ...] = ()
    follows_named: tuple[str, ...] = ()
    only_where: tuple[str, tuple[str, ...]] | None = None
    valid: str | None = None
    agreements: tuple[str, ...] = ()
    capacity: int | None = 0


@dataclass(frozen=True, slots=True)
class Family:
    """Types whose names begin alike: called with what else a type is, it gives the type.

    Attributes:
        name: What their names begin with, such as "person".
        entity: What the fields of a row share their keys as; None where each field has keys of its own.
    """

    name: str
    entity: str | None = None

    def __call__(
        self,
        name: str,
        example: str,
        description: str,
        make: Callable[..., pl.Series],
        kind: Kind = Kind.TEXT,
        **more: Any,
    ) -> SemanticType:
        """The type of a name within the family; `more` is what `SemanticType` takes besides, another entity too."""
        return SemanticType(f"{self.name}.{name}", kind, description, example, make, **{"entity": self.entity, **more})
