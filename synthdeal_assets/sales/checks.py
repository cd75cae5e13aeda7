"""The asset checks of the sales log: what its table descriptions say, and that no cent and no unit was lost.

Only the definitions for Dagster belong here. All of them hold back what is downstream, because features made from half
a log are wrong without looking so.
"""

from typing import Final

import dagster as dg

from synthdeal_assets.foundation.dagster_instance.asset_checks import build_table_checks
from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key, markdown_table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.sales.tables import FACT_TRANSACTIONS, SALES_TABLES
from synthdeal_assets.sales.truth_tables import SALES_AFFINITIES

SHOWN_DIFFERENCES: Final = 20


@dg.asset_check(
    asset=asset_key(FACT_TRANSACTIONS),
    name="money_and_quantity_are_all_there",
    description="Money and units of every column of the sales log, when read again, equal those of the transactions "
    "and rejected rows, to the cent.",
    blocking=True,
)
def money_and_quantity_are_all_there(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Sum every column of the stored log and compare."""
    # The reading of amounts is only needed when the check runs.
    from synthdeal_assets.sales.etl.totals import stored_differences  # noqa: PLC0415

    with warehouse.connect() as connection:
        different = stored_differences(connection)
    return dg.AssetCheckResult(
        passed=different.is_empty(),
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "different_sums": different.height,
            **(
                {"sample": dg.MetadataValue.md(markdown_table(different.head(SHOWN_DIFFERENCES)))}
                if different.height
                else {}
            ),
        },
    )


SALES_CHECKS: Final[list[dg.AssetChecksDefinition]] = [
    build_table_checks("sales_checks", (*SALES_TABLES, SALES_AFFINITIES)),
    money_and_quantity_are_all_there,
]
