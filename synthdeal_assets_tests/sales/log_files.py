"""Small sales logs for the tests of the ETL: written as files, read by `refill_sales`.

What a log may look like is in the tests; how sources are read is tested in `test_sources*.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from synthdeal_assets.foundation.room import DerivedTables
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.sales.etl.etl import NOTHING_BUILT, refill_sales
from synthdeal_assets.sales.etl.summary import SalesSummary
from synthdeal_assets.settings import Settings

MAP = """
customer_id: Customer
order_date: Date
invoice: Invoice
products:
  - {product: Alpha, division: First, money: Alpha, quantity: Alpha_Qty}
  - {product: Beta, division: Second, money: Beta, quantity: Beta_Qty}
"""
HEADER = "Customer,Date,Invoice,Alpha,Alpha_Qty,Beta,Beta_Qty"


@dataclass
class Shop:
    """A home with files, in which logs are read one after the other."""

    folder: Path
    built: DerivedTables = NOTHING_BUILT

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse.of(self.settings())

    def settings(self, **values: object) -> Settings:
        return Settings(**{"home": self.folder / "home", **values})

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def read(
        self, files: Mapping[str, str] | None = None, *, product_map: str | None = MAP, **values: object
    ) -> SalesSummary:
        """Write the files, read those called log*, and hold out those called later*."""
        files = files or {}
        paths = {name: self.write(name, text) for name, text in files.items()}
        if product_map is not None:
            values["product_map"] = self.write("map.yaml", product_map)
        for start, setting in (("log", "sales_log"), ("later", "sales_holdout")):
            if named := [str(path) for name, path in paths.items() if name.startswith(start)]:
                values.setdefault(setting, ";".join(named))
        return refill_sales(self.warehouse, self.settings(**values), self.built)

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """The rows of a query."""
        with self.warehouse.connect() as connection:
            return connection.execute(sql).fetchall()

    def facts(self) -> list[tuple[object, ...]]:
        return self.query(
            "SELECT customer_id, order_date::VARCHAR, product, amount::DOUBLE, quantity::DOUBLE "
            "FROM sales.fact_transactions ORDER BY source_file, source_row, product"
        )

    def rejected(self) -> list[tuple[object, ...]]:
        return self.query(
            "SELECT source_row, column_name, reason, value, amount::DOUBLE, quantity::DOUBLE FROM sales.rejected_rows "
            "ORDER BY source_file, source_row, column_name"
        )

    def caveats(self) -> str:
        return " ".join(str(text) for (text,) in self.query("SELECT caveats FROM sales.log_files WHERE caveats <> ''"))


def lines(*rows: str, header: str = HEADER) -> str:
    """A CSV."""
    return "\n".join([header, *rows]) + "\n"


def money_lines(*amounts: str) -> str:
    """A CSV in which each row sells Alpha for one of the amounts."""
    frame = pl.DataFrame(
        {
            "Customer": [f"C{row}" for row in range(len(amounts))],
            "Date": "2024-05-01",
            "Invoice": [f"I{row}" for row in range(len(amounts))],
            "Alpha": amounts,
            "Alpha_Qty": "1",
            "Beta": "",
            "Beta_Qty": "",
        }
    )
    return frame.write_csv()
