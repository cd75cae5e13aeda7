"""A log that was gathered and is now read: the wide log, what its columns are taken for, and the tables that it fills.

The steps that read it say in their docstrings which temporary tables they need and leave; they are taken one after
another in `transactions.py`. How the wide log is made belongs in `wide_log.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import duckdb

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.sales.etl.cells import Marks, pair_values
from synthdeal_assets.sales.etl.wide_log import CellPair, WideLog
from synthdeal_assets.sales.product_map.product_map import LONG, ProductMap
from synthdeal_assets.sales.tables import FACT_TRANSACTIONS, HOLDOUT, LOG_COLUMNS, LOG_FILES, REJECTED_ROWS

ROLES: Final = (
    "customer_id", "order_date", "customer_name", "invoice", "branch", "rep", "product", "division", "status",
    "cancelled", "currency",
)  # fmt: skip
ROW_KEYS: Final = {"source_file": "log.source_file", "source_row": "log.source_row"}
SAME_ROW: Final = "bad_rows.source_file = log.source_file AND bad_rows.source_row = log.source_row"


@dataclass(frozen=True)
class GatheredLog:
    """A gathered log while it is read.

    Attributes:
        connection: A connection that knows the macros of `amount_macros.register_amount_macros`.
        incoming: For each table of the room the one to fill.
        wide: The wide log.
        product_map: What its columns are taken for.
        is_proposed: Whether nobody wrote the map.
    """

    connection: duckdb.DuckDBPyConnection
    incoming: Mapping[Table, Table]
    wide: WideLog
    product_map: ProductMap
    is_proposed: bool

    @property
    def is_long(self) -> bool:
        """Whether each line names its product."""
        return self.product_map.layout == LONG

    @property
    def has_holdout(self) -> bool:
        """Whether a source is for the validation alone."""
        return any(source.role == HOLDOUT for source in self.wide.sources)

    @property
    def fact(self) -> str:
        """The table of transactions, qualified."""
        return self.incoming[FACT_TRANSACTIONS].qualified_name

    @cached_property
    def roles(self) -> Mapping[str, str | None]:
        """What stands in the columns of each of `ROLES`, as text in SQL that calls the wide log `log`; None if none."""
        return {role: self.wide.role(role) for role in ROLES}

    @cached_property
    def _values(self) -> Mapping[str, object]:
        return {
            "log": self.wide.table,
            "fact": self.fact,
            "rejected": self.incoming[REJECTED_ROWS].qualified_name,
            "log_files": self.incoming[LOG_FILES].qualified_name,
            "log_columns": self.incoming[LOG_COLUMNS].qualified_name,
            "is_long": self.is_long,
            **{role: self.roles[role] for role in ("customer_id", "order_date", "invoice", "branch", "rep")},
        }

    def run(self, name: str, **values: object) -> duckdb.DuckDBPyConnection:
        """Run a statement of the room's folder `sql/`, which knows the tables of the log and its keys.

        Args:
            name: The statement, without its ending.
            values: What else it needs to know.
        """
        return self.connection.execute(statement(__package__, f"{name}.sql", **self._values, **values))

    def run_on_cells(
        self,
        name: str,
        pairs: Sequence[CellPair],
        commas: Marks,
        *,
        keys: Mapping[str, str] = ROW_KEYS,
        joins: str = "",
        **values: object,
    ) -> None:
        """Run a statement that includes `cells.sql`.

        Args:
            name: The statement, without its ending.
            pairs: Which cells are read.
            commas: Where a comma stands before the decimals.
            keys: What is known of a row, by its name, in SQL.
            joins: What the wide log is joined with, in SQL.
            values: What else the statement needs to know.
        """
        self.run(name, **pair_values(self.wide, pairs, commas), keys=keys, joins=joins, **values)

    def count(self, query: str) -> int:
        """The number that a query gives."""
        return int(self.connection.execute(query).fetchall()[0][0])


def rows_are(count: int) -> str:
    """`row is` or `rows are`, as the number wants it."""
    return "row is" if count == 1 else "rows are"
