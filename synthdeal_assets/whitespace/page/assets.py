"""The asset of the whitespace page and the files for the sales team.

Thin: what is on the page is decided in `page.py`, what is in the files in `list_files.py`, where they go in
`page_files.py`. Here alone the clock is read.
"""

from importlib.metadata import version
from typing import Final

import dagster as dg

from synthdeal_assets import __version__
from synthdeal_assets.foundation.dagster_instance.asset_specs import table_asset, table_metadata
from synthdeal_assets.foundation.publishing.run_facts import RunFacts
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.sales.tables import CUSTOMERS, FACT_TRANSACTIONS, LOG_COLUMNS, LOG_FILES, REJECTED_ROWS
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.learning_packages import require_packages, why_no_lightgbm
from synthdeal_assets.whitespace.tables import (
    CUTOFFS,
    DRIFT,
    HOLDOUT_CURVES,
    HOLDOUT_METRICS,
    MODELS,
    PAGES,
    PREDICTIONS,
    PROFILES,
    WHITESPACE_LIST,
)


@table_asset(
    PAGES,
    deps=[
        WHITESPACE_LIST,
        PROFILES,
        HOLDOUT_METRICS,
        HOLDOUT_CURVES,
        DRIFT,
        MODELS,
        PREDICTIONS,
        CUTOFFS,
        LOG_FILES,
        LOG_COLUMNS,
        REJECTED_ROWS,
        FACT_TRANSACTIONS,
        CUSTOMERS,
    ],
    kinds={"duckdb", "html", "excel"},
)
def pages(
    context: dg.AssetExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> dg.MaterializeResult[None]:
    """Write the whitespace page, and the list as CSV and Excel."""
    require_packages()
    # What draws and writes them takes a second to import, which only this step should wait for.
    from synthdeal_assets.whitespace.page.page_files import publish_list
    from synthdeal_assets.whitespace.run_results import read_outcome

    learnt_with = ("lightgbm", "scikit-learn") if why_no_lightgbm() is None else ("scikit-learn",)
    run = RunFacts(
        run_id=context.run.run_id,
        created_at=utc_now(),
        versions={"SynthDeal": __version__, **{name: version(name) for name in (*learnt_with, "duckdb")}},
    )
    home = settings.storage.home.absolute()
    row = publish_list(warehouse, home, run)
    context.log.info("The page is %s", home / row["html_path"][0])
    with warehouse.connect() as connection:
        outcome = read_outcome(connection)
    judged = outcome.judgement if outcome is not None else None
    return dg.MaterializeResult(
        metadata={
            "html_file": dg.MetadataValue.path(str(home / row["html_path"][0])),
            "csv_file": dg.MetadataValue.path(str(home / row["csv_path"][0])),
            "excel_file": dg.MetadataValue.path(str(home / row["excel_path"][0])),
            **(
                {f"promises_{name}": verdict.sentence for name, verdict in judged.populations.items()} if judged else {}
            ),
            **table_metadata(row, PAGES),
            "dagster/row_count": warehouse.read(f"SELECT count(*) FROM {PAGES.qualified_name}").item(),
        }
    )


PAGE_ASSETS: Final[list[dg.AssetsDefinition]] = [pages]
