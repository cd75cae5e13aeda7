"""The room that says which customer to sell which division next. Its assets and checks stand in the sub-rooms."""

from typing import Final

from synthdeal_assets.foundation.dagster_instance.asset_specs import with_notice
from synthdeal_assets.foundation.room import WHITESPACE_RUN, Phase, Room
from synthdeal_assets.whitespace.checks import WHITESPACE_TABLE_CHECKS
from synthdeal_assets.whitespace.features.assets import FEATURE_ASSETS
from synthdeal_assets.whitespace.holdout.assets import HOLDOUT_ASSETS
from synthdeal_assets.whitespace.holdout.checks import HOLDOUT_CHECKS
from synthdeal_assets.whitespace.leakage.checks import FEATURE_CHECKS, LEAK_CHECKS
from synthdeal_assets.whitespace.learning_packages import packages_to_install
from synthdeal_assets.whitespace.models.assets import MODEL_ASSETS
from synthdeal_assets.whitespace.page.assets import PAGE_ASSETS
from synthdeal_assets.whitespace.ranked_list.assets import LIST_ASSETS
from synthdeal_assets.whitespace.tables import (
    FEATURES,
    HOLDOUT_METRICS,
    MODELS,
    PAGES,
    WHITESPACE_LIST,
    WHITESPACE_TABLES,
)

ROOM: Final = Room(
    "whitespace",
    assets=(
        *FEATURE_ASSETS,
        *with_notice(packages_to_install(), [*MODEL_ASSETS, *HOLDOUT_ASSETS, *LIST_ASSETS, *PAGE_ASSETS]),
    ),
    checks=(*FEATURE_CHECKS, *LEAK_CHECKS, *WHITESPACE_TABLE_CHECKS, *HOLDOUT_CHECKS),
    tables=WHITESPACE_TABLES,
    phases=(
        Phase(FEATURES, "Features"),
        Phase(MODELS, "Models", rows="models and rules"),
        Phase(WHITESPACE_LIST, "List", rows="pairs"),
        Phase(HOLDOUT_METRICS, "Hold-out"),
        Phase(PAGES, "Page and files"),
    ),
    made_by=WHITESPACE_RUN,
    built_on="sales",
    precious=WHITESPACE_LIST,
)
