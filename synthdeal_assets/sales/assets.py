"""The assets of the sales log: every table of schema sales, and the truth behind a synthetic log, made together.

They are one operation that cannot be divided, because all of them change in one transaction: transactions never meet
the log of another. How a log is read is decided in `etl.py`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import dagster as dg
import polars as pl

from synthdeal_assets.foundation.dagster_instance.asset_specs import (
    asset_key,
    markdown_table,
    table_metadata,
    table_spec,
)
from synthdeal_assets.foundation.room import DerivedTables
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, table_exists
from synthdeal_assets.sales.etl.summary import SalesSummary
from synthdeal_assets.sales.tables import (
    CUSTOMERS,
    FACT_TRANSACTIONS,
    LOG_COLUMNS,
    LOG_FILES,
    PRODUCT_MAP,
    REJECTED_ROWS,
    SALES_LOG,
    SALES_TABLES,
)
from synthdeal_assets.sales.truth_tables import SALES_AFFINITIES
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.contract_tables import CONTRACTS
from synthdeal_assets.world.tables import ACCOUNTS, PRODUCTS, USERS, WORLD

ETL_VERSION: Final = "1"

MADE_TABLES: Final = (*SALES_TABLES, SALES_AFFINITIES)

# The world matters to the synthetic log alone, and accounts to the customers of any.
_WORLD: Final = (WORLD, ACCOUNTS, USERS, CONTRACTS, PRODUCTS)
_MADE_FROM: Final[Mapping[Table, tuple[Table, ...]]] = {
    SALES_LOG: _WORLD,
    LOG_FILES: (SALES_LOG,),
    LOG_COLUMNS: (SALES_LOG, LOG_FILES),
    PRODUCT_MAP: (SALES_LOG,),
    FACT_TRANSACTIONS: (SALES_LOG, LOG_FILES, PRODUCT_MAP),
    REJECTED_ROWS: (SALES_LOG, LOG_FILES),
    CUSTOMERS: (SALES_LOG, FACT_TRANSACTIONS, ACCOUNTS),
    SALES_AFFINITIES: _WORLD,
}


@dg.multi_asset(
    name="sales",
    specs=[
        table_spec(table, deps=_MADE_FROM[table], kinds={"duckdb", "sql"}, code_version=ETL_VERSION)
        for table in MADE_TABLES
    ],
    can_subset=False,
)
def sales(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    settings: dg.ResourceParam[Settings],
    built_on_sales: dg.ResourceParam[DerivedTables],
) -> Iterator[dg.MaterializeResult[None]]:
    """Read the sales log, or make the synthetic one, and put it in the place of the one before, all or nothing."""
    # Excel and databases take a while to import, which only this step should wait for.
    from synthdeal_assets.sales.etl.etl import refill_sales  # noqa: PLC0415

    def told(summary: SalesSummary) -> dict[Table, dict[str, Any]]:
        return {
            SALES_LOG: {
                "sources": summary.sources,
                "is synthetic": summary.is_synthetic,
                **({"caveats": _listed("caveat", summary.caveats)} if summary.caveats else {}),
                **({"kept": summary.kept_because} if summary.kept_because else {}),
            },
            LOG_COLUMNS: {
                "columns that nobody reads": _listed("column", summary.unknown_columns)
                if summary.unknown_columns
                else "none"
            },
            PRODUCT_MAP: {"divisions": summary.divisions, "is proposed": summary.is_proposed},
            FACT_TRANSACTIONS: {
                "transactions": summary.transactions,
                "holdout transactions": summary.holdout_transactions,
                "total amount": summary.amount,
                "total quantity": summary.quantity,
            },
            REJECTED_ROWS: {
                "rejected by reason": dg.MetadataValue.md(
                    markdown_table(
                        pl.DataFrame(
                            {"reason": list(summary.rejected), "rows and cells": list(summary.rejected.values())},
                            schema={"reason": pl.String(), "rows and cells": pl.Int64()},
                        )
                    )
                )
            },
        }

    summary = refill_sales(warehouse, settings, built_on_sales)
    if summary.kept_because is not None:
        context.log.warning("%s", summary.kept_because)
    for caveat in summary.caveats:
        context.log.info("%s", caveat)
    counts = {
        "sources": summary.sources,
        "rows": summary.rows,
        "transactions": summary.transactions + summary.holdout_transactions,
        "customers": summary.customers,
        "rejected rows and cells": sum(summary.rejected.values()),
    }
    context.log.info("%s", "; ".join(f"{name}: {count:,}" for name, count in counts.items()))
    with warehouse.connect() as connection:
        metadata = {
            table: table_metadata(connection, table) for table in MADE_TABLES if table_exists(connection, table)
        }
    extra = told(summary)
    for table in MADE_TABLES:
        yield dg.MaterializeResult(
            asset_key=asset_key(table), metadata={**metadata.get(table, {}), **extra.get(table, {})}
        )


def _listed(what: str, lines: tuple[str, ...]) -> dg.MarkdownMetadataValue:
    return dg.MetadataValue.md(markdown_table(pl.DataFrame({what: list(lines)}), 500))


SALES_ASSETS: Final[list[dg.AssetsDefinition]] = [sales]
