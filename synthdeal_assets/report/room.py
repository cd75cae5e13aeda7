"""The room that writes the executive report."""

from typing import Final

from synthdeal_assets.foundation.room import Phase, Room
from synthdeal_assets.report.assets import REPORT_ASSETS
from synthdeal_assets.report.checks import REPORT_CHECKS
from synthdeal_assets.report.tables import EXECUTIVE_REPORTS, FIGURES, REPORT_TABLES

ROOM: Final = Room(
    "report",
    assets=REPORT_ASSETS,
    checks=REPORT_CHECKS,
    tables=REPORT_TABLES,
    phases=(Phase(FIGURES, "Report figures", rows="figures"), Phase(EXECUTIVE_REPORTS, "Report")),
)
