"""The checks of the flags: what follows from their tables, and that every record is what its rows say.

Only the definitions for Dagster belong here; the rules stand in `sql/`.
"""

from statistics import NormalDist
from typing import Final

import dagster as dg

from synthdeal_assets.foundation.dagster_instance.asset_checks import build_table_checks
from synthdeal_assets.foundation.statistics.stratified import CONTINUITY
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.table_checks import TableCheck, rules_from
from synthdeal_assets.scoring.flags.flagging import DAYS_TO_AN_END
from synthdeal_assets.scoring.flags.records import LEVEL, MAX_COVERED, MAX_COVERED_TODAY, MIN_DEALS
from synthdeal_assets.scoring.flags.tables import COUNTS, FLAG_RECORDS, FLAG_TABLES

RECORDS_RECOUNTED: Final = TableCheck(
    FLAG_RECORDS,
    "records_are_what_their_rows_say",
    "Every record, the test behind it and whether it is shown follow from the rows of its flag and from what has "
    "become of the deals, each counted once.",
    rules_from(
        statement(
            __package__,
            "flag_records_recounted.sql",
            counts=COUNTS,
            days_to_an_end=DAYS_TO_AN_END,
            least_deals=MIN_DEALS,
            most_covered=MAX_COVERED,
            most_covered_today=MAX_COVERED_TODAY,
            continuity=CONTINUITY,
            # The square of a normal quantile is that of chi-square with one degree of freedom.
            chi_square=NormalDist().inv_cdf(1 - LEVEL / 2) ** 2,
        )
    ),
)

FLAG_CHECKS: Final[list[dg.AssetChecksDefinition]] = [
    build_table_checks("flag_checks", FLAG_TABLES, extra=[RECORDS_RECOUNTED]),
]
