"""The asset checks of the report, in plain words. Only the definitions for Dagster belong here.

The figures' checks hold the report back: a report with a number that its own query does not give must not go out.
"""

from typing import Final

import dagster as dg

from synthdeal_assets.foundation.dagster_instance.asset_checks import build_table_checks
from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, table_frame
from synthdeal_assets.report.audit import loose_numbers, misprinted_figures, outside_references, printed_figures
from synthdeal_assets.report.bridge import bridge_gaps
from synthdeal_assets.report.figures import changed_figures
from synthdeal_assets.report.tables import EXECUTIVE_REPORTS, FIGURES
from synthdeal_assets.report.wording import FigureBook

MAX_SHOWN: Final = 20
"""Offenders listed in a check's metadata; the count beside them is of all."""

LATEST_REPORT: Final = (
    "SELECT html, report_id FROM report.executive_reports ORDER BY created_at DESC, report_id LIMIT 1"
)


@dg.asset_check(
    asset=asset_key(FIGURES),
    name="report_figures_recompute",
    description="Every number and word of the report equals the result of its query when run again.",
    blocking=True,
)
def report_figures_recompute(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Ask every query of report.figures again."""
    with warehouse.connect() as connection:
        figures = table_frame(connection, FIGURES)
        changed = changed_figures(connection, figures)
    return _result(changed, figures.height, "figures give another value than the one stored")


@dg.asset_check(
    asset=asset_key(FIGURES),
    name="pipeline_bridge_adds_up",
    description="From the open pipeline of the last report to that of now, every cent is accounted for, and both ends "
    "are what the two reports say.",
    blocking=True,
)
def pipeline_bridge_adds_up(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Add up the bridge, and hold its ends against the amounts of open deals in the two reports."""
    with warehouse.connect() as connection:
        book = FigureBook(table_frame(connection, FIGURES))
    found = bridge_gaps(book)
    return dg.AssetCheckResult(
        passed=not found,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{' '.join(found)}"
        if found
        else None
        if book.known("changes.since")
        else "Nothing to compare with.",
        metadata={"offending": len(found)},
    )


@dg.asset_check(
    asset=asset_key(EXECUTIVE_REPORTS),
    name="html_is_self_contained",
    description="The page opens offline: it fetches nothing, sends nothing and runs no script.",
)
def html_is_self_contained(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Look for anything in the latest page that a browser would fetch or run."""
    page = warehouse.read(LATEST_REPORT)["html"][0]
    return _result(outside_references(page), 1, "references lead outside the page")


@dg.asset_check(
    asset=asset_key(EXECUTIVE_REPORTS),
    name="every_number_has_a_figure",
    description="Every number printed in the report is a row of report.figures and is printed unchanged.",
)
def every_number_has_a_figure(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Hold every number of the latest page against report.figures."""
    with warehouse.connect() as connection:
        page, report_id = connection.execute(LATEST_REPORT).fetchall()[0]
        figures = table_frame(connection, FIGURES)
    if figures.is_empty() or figures["report_id"][0] != report_id:
        return dg.AssetCheckResult(
            passed=True,
            description="report.figures already belongs to the next report, so the last one cannot be compared.",
            metadata={"compared": 0, "offending": 0},
        )
    offending = [*loose_numbers(page), *misprinted_figures(page, FigureBook(figures))]
    return _result(offending, len(printed_figures(page)), "numbers have no figure, or another one")


def _result(offending: list[str], compared: int, what: str) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=not offending,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{len(offending)} {what}." if offending else None,
        metadata={
            "compared": compared,
            "offending": len(offending),
            **({"sample": dg.MetadataValue.json(offending[:MAX_SHOWN])} if offending else {}),
        },
    )


REPORT_CHECKS: Final[list[dg.AssetChecksDefinition]] = [
    build_table_checks("report_figures_checks", [FIGURES]),
    build_table_checks("executive_reports_checks", [EXECUTIVE_REPORTS], blocking=False),
    report_figures_recompute,
    pipeline_bridge_adds_up,
    html_is_self_contained,
    every_number_has_a_figure,
]
