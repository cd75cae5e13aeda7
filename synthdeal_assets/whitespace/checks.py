"""The asset checks of the whitespace tables that follow from their descriptions. Only definitions for Dagster.

Those of features, and that none looks into the future, are in `leakage/checks.py`; how good the models are, and the
tables that say so, in `holdout/checks.py`.
"""

from typing import Final

import dagster as dg

from synthdeal_assets.foundation.dagster_instance.asset_checks import build_table_checks
from synthdeal_assets.whitespace.tables import (
    MODELS,
    PAGES,
    PREDICTIONS,
    PROFILES,
    WHITESPACE_LIST,
)

WHITESPACE_TABLE_CHECKS: Final[list[dg.AssetChecksDefinition]] = [
    build_table_checks("whitespace_models_checks", [MODELS]),
    # A million rows and more: each check reads them once.
    build_table_checks("whitespace_predictions_checks", [PREDICTIONS], one_scan=True),
    build_table_checks("whitespace_list_checks", [WHITESPACE_LIST], one_scan=True),
    # Nothing but pages stands on these: a wrong row must not keep the rest of the run from being seen.
    build_table_checks("whitespace_profiles_checks", [PROFILES], blocking=False),
    build_table_checks("whitespace_pages_checks", [PAGES], blocking=False),
]
