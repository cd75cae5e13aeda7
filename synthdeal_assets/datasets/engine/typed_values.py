"""Fields of a semantic type, made by the catalogue from the row's draws and the fields beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import polars as pl

from synthdeal_assets.datasets.engine.streams import hashes
from synthdeal_assets.datasets.spec.dataset import ResolvedField
from synthdeal_assets.datasets.types.entities import beside, entity_of
from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array

if TYPE_CHECKING:
    from synthdeal_assets.datasets.engine.columns import Batch

Made = TypeVar("Made")


def typed_values(batch: Batch, field: ResolvedField) -> pl.Series:
    """The values of a field's type."""
    assert field.type is not None  # noqa: S101  # resolved
    values = field.type.make(RowsOfType(batch, field))
    return values if field.spec.decimals is None else values.round(field.spec.decimals)


class RowsOfType:
    """What a type knows of the rows that it makes values for: a `TypeRequest`."""

    def __init__(self, batch: Batch, field: ResolvedField) -> None:
        self._batch, self._field = batch, field
        self._entity = entity_of(batch.table.fields, field.name)
        specification = batch.columns.dataset.specification
        self.rows: IntArray = batch.rows
        self.seed = batch.columns.seed
        self.table = f"{field.table}.{self._entity}" if self._entity else field.table
        self.field = field.name
        self.locale = specification.locale
        self.as_of = batch.columns.dataset.stands_on
        self.unique = field.spec.unique

    @property
    def table_rows(self) -> int:
        """Rows of the table."""
        return self._batch.columns.rows_of(self._field.table)

    def keys(self, what: str) -> UInt64Array:
        """64 bits for each row, the same for all fields of the type's entity in the table."""
        return hashes(self.rows, self._batch.salt(self._whose, what))

    @property
    def _whose(self) -> str:
        """What keys are of: the entity, or for a type without one the field."""
        entity = self._field.type.entity if self._field.type is not None else None
        if not entity:
            return self._field.name
        return f"#{entity}.{self._entity}" if self._entity else f"#{entity}"

    def sibling(self, type_name: str) -> pl.Series | None:
        """The values of the field of a type that stands in the same table; None where there is none to follow."""
        of = self._field.type
        name = beside(self._batch.table.fields, self._field.name, type_name)
        if name is not None:
            spec = self._batch.table.fields[name].spec
            narrowed = spec.one_of is not None or spec.min is not None or spec.max is not None
            if of is not None and type_name in of.follows_narrowed and not narrowed:
                return None
            return self._batch.values(name)
        named = self._field.named.get(type_name)
        return None if named is None else self._batch.values(named)

    def once(self, what: str, make: Callable[[], Made]) -> Made:
        """What several fields of the entity are made from, worked out for the first of them."""
        return self._batch.once(self._whose, what, make=make)  # type: ignore[no-any-return]

    def option(self, name: str) -> pl.Series | None:
        """What an option comes to in each row; None where it is not written."""
        written = {"min": self._field.spec.min, "max": self._field.spec.max}.get(name)
        if written is not None:
            return pl.Series([float(written)]).new_from_index(0, self.rows.size)
        option = self._field.options.get(name)
        return None if option is None else self._batch.evaluate(option)
