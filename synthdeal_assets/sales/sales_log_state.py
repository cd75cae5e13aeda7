"""What is remembered of the sales log, so that the next run reads it again without being told.

A password is never remembered. What is read belongs in `sources/`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from synthdeal_assets.foundation.warehouse.tables import Column, Table
from synthdeal_assets.foundation.warehouse.warehouse import table_frame
from synthdeal_assets.settings import passwords_in

REMEMBERED_LOG: Final = Table(
    "ops",
    "remembered_sales_log",
    "Where the present sales log came from, so that the next run reads it again. No passwords.",
    (
        Column(
            "sales_log",
            "VARCHAR",
            "Files, folders and addresses, separated by ';'; NULL if one has a password.",
            nullable=True,
        ),
        Column("sales_log_table", "VARCHAR", "Table of a database; NULL if not given.", nullable=True),
        Column("sales_holdout", "VARCHAR", "Holdout, likewise; NULL if none or with a password.", nullable=True),
        Column("product_map", "VARCHAR", "Product map as YAML."),
        Column("is_proposed", "BOOLEAN", "Whether SynthDeal proposed the product map."),
        Column("has_password", "BOOLEAN", "Whether an address was left out because of its password."),
        Column("transactions", "VARCHAR", "Hash of the transactions to learn from: number and sum of row hashes."),
    ),
    ("transactions",),
)


@dataclass(frozen=True, slots=True)
class RememberedLog:
    """A row of `REMEMBERED_LOG`."""

    sales_log: str | None
    sales_log_table: str | None
    sales_holdout: str | None
    product_map: str
    is_proposed: bool
    has_password: bool
    transactions: str


def recall(connection: duckdb.DuckDBPyConnection) -> RememberedLog | None:
    """What is remembered of the present log; None when there is none."""
    rows = table_frame(connection, REMEMBERED_LOG).to_dicts()
    return RememberedLog(**rows[0]) if rows else None


def without_passwords(remembered: RememberedLog) -> RememberedLog:
    """The same without the addresses that hold a password."""
    log, holdout = remembered.sales_log, remembered.sales_holdout
    return dataclasses.replace(
        remembered,
        sales_log=None if passwords_in(log or "") else log,
        sales_holdout=None if passwords_in(holdout or "") else holdout,
        has_password=bool(passwords_in(log or "") or passwords_in(holdout or "")),
    )


def from_anywhere(text: str) -> str:
    """Files, folders and addresses with whole paths, so that they are found from another working folder too."""
    if "odbc_connect=" in text.casefold():
        return text  # which has semicolons of its own
    parts = (part.strip() for part in text.split(";"))
    return ";".join(part if "://" in part else str(Path(part).expanduser().absolute()) for part in parts if part)
