"""The assets of the report: its figures, and the report made from them.

Thin: what is figured is decided in `figures.py` and `sql/`, what is said in `pages.py` and `templates/`, where it is
kept in `publish.py`. Here they meet Dagster, and here alone the clock is read.
"""

import platform
from importlib.metadata import version
from typing import Final

import dagster as dg

from synthdeal_assets import __version__
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.evaluation.forecast_tables import FORECAST_BACKTEST
from synthdeal_assets.evaluation.tables import INSTRUCTION_EFFECTS, LANDMARK_RANKING, SCORE_FAIRNESS, SCORE_QUALITY
from synthdeal_assets.foundation.dagster_instance.asset_specs import (
    asset_key,
    code_references,
    table_asset,
    table_metadata,
    table_spec,
)
from synthdeal_assets.foundation.publishing.run_facts import RunFacts
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, create, insert, recreate, table_exists
from synthdeal_assets.llm.ledger.tables import LLM_CALLS, LLM_CLAIMS
from synthdeal_assets.report.context import WHITESPACE_SOURCES
from synthdeal_assets.report.figures import compute_figures
from synthdeal_assets.report.tables import EXECUTIVE_REPORTS, FIGURES
from synthdeal_assets.scoring.flags.tables import FLAG_TABLES
from synthdeal_assets.scoring.forecast.tables import FORECAST_TABLES
from synthdeal_assets.scoring.tables import SCORING_TABLES
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.history_tables import OWNER_HISTORY
from synthdeal_assets.world.plan_tables import FORECAST_SNAPSHOTS, QUOTAS
from synthdeal_assets.world.tables import (
    ACCOUNTS,
    CONTACTS,
    OPPORTUNITIES,
    OPPORTUNITY_STAGES,
    PRODUCTS,
    USERS,
    WORLD,
)
from synthdeal_assets.world.truth_tables import TRUTH_EFFECTS, TRUTH_OPPORTUNITIES

REPORTED_TABLES: Final = (
    *SCORING_TABLES,
    LLM_CALLS,
    LLM_CLAIMS,
    SCORE_QUALITY,
    SCORE_FAIRNESS,
    INSTRUCTION_EFFECTS,
    LANDMARK_RANKING,
    *FORECAST_TABLES,
    FORECAST_BACKTEST,
    *FLAG_TABLES,
)
"""Scores, what they cost, and how good they are; empty until there is something."""
SHORT_RUN_ID: Final = 8
"""Letters of the run's id in a report's id: enough to tell the reports of one day apart."""
WHERE_TO_READ_IT: Final = "[Read the latest one.](/assets/report/executive_reports?view=events)"
WHITESPACE_FINDINGS: Final = dg.AssetKey(["report", "whitespace_findings"])
"""What the report reads of the whitespace engine, if it has run. No job makes it, so that Dagster does not ask,
before a report is written, whether it may be written without tables that are not there."""
BULKY_COLUMNS: Final = ("figures", "html", "markdown")


@table_asset(
    FIGURES,
    sql=["*.sql"],
    deps=[
        WORLD,
        USERS,
        OWNER_HISTORY,
        ACCOUNTS,
        CONTACTS,
        OPPORTUNITIES,
        OPPORTUNITY_STAGES,
        PRODUCTS,
        QUOTAS,
        FORECAST_SNAPSHOTS,
        *REPORTED_TABLES,
        WHITESPACE_FINDINGS,
        TRUTH_EFFECTS,
        TRUTH_OPPORTUNITIES,
    ],
)
def figures(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """Ask the warehouse for every number and word of the report, and keep each with its query."""
    with warehouse.transaction() as connection:
        if not table_exists(connection, WORLD):
            raise SynthDealError(
                "There is no world to report on yet: run `synthdeal run`, which builds it first.",
                code="report.no-world",
            )
        for table in (*REPORTED_TABLES, EXECUTIVE_REPORTS):
            create(connection, table)
        as_of = connection.execute("SELECT as_of FROM crm.world").fetchall()[0][0]
        computed = compute_figures(connection, f"{as_of}-{context.run.run_id[:SHORT_RUN_ID]}")
        recreate(connection, FIGURES)
        insert(connection, FIGURES, computed)
    return dg.MaterializeResult(metadata=table_metadata(computed.drop("sql"), FIGURES, preview_rows=20))


@dg.multi_asset(
    name="report__executive_reports",
    specs=[
        table_spec(EXECUTIVE_REPORTS, deps=[FIGURES], kinds={"duckdb", "html", "markdown"}).replace_attributes(
            description=f"{EXECUTIVE_REPORTS.comment} {WHERE_TO_READ_IT}"
        )
    ],
)
def executive_reports(
    context: dg.AssetExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> dg.MaterializeResult[None]:
    """Write the report of the present figures: a row, an HTML page and a Markdown text."""
    # Altair takes a third of a second to import, which only this step should wait for.
    from synthdeal_assets.report.pages import ReportFacts, compose
    from synthdeal_assets.report.publish import publish

    present = warehouse.read_table(FIGURES)
    if present.is_empty():
        raise SynthDealError(
            "There are no figures to write a report from yet: materialise report/figures first.",
            code="report.no-figures",
        )
    versions = {"SynthDeal": __version__, "Dagster": version("dagster"), "Python": platform.python_version()}
    facts = ReportFacts(present["report_id"][0], RunFacts(context.run.run_id, utc_now(), versions))
    pages = compose(present, facts)
    row = publish(warehouse, settings.storage.home, present, pages, facts)
    return dg.MaterializeResult(
        metadata={
            # In the order in which the UI shows it. The first page comes in blocks, because the UI shows Markdown of
            # fewer than 1,000 characters at once, and longer text behind a link, in a window that opens at its end.
            "headline": pages.headline,
            **{name: dg.MetadataValue.md(block) for name, block in pages.first_page.items()},
            "report": dg.MetadataValue.md(pages.markdown),
            "html_file": dg.MetadataValue.path(str(settings.storage.home.absolute() / row["html_path"][0])),
            "markdown_file": dg.MetadataValue.path(str(settings.storage.home.absolute() / row["markdown_path"][0])),
            **table_metadata(row.drop(BULKY_COLUMNS), EXECUTIVE_REPORTS),
            "dagster/row_count": warehouse.read(f"SELECT count(*) FROM {EXECUTIVE_REPORTS.qualified_name}").item(),
        }
    )


REPORT_ASSETS: Final[list[dg.AssetsDefinition | dg.AssetSpec]] = [
    dg.AssetSpec(
        WHITESPACE_FINDINGS,
        deps=[asset_key(table) for table in WHITESPACE_SOURCES],
        description="What the report reads of the whitespace engine; its section is left out before the first run.",
        group_name=FIGURES.schema,
        kinds={"duckdb"},
        metadata=code_references(["whitespace*.sql"]),
    ),
    figures,
    executive_reports,
]
