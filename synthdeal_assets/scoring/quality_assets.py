"""The assets that say how good and how fair the present scores are.

Thin: what is measured is in `quality.py`, `calibration.py` and `fairness.py`. The assets that make scores belong in
`assets.py`; nothing here feeds back into them.
"""

from typing import Final

import dagster as dg

from synthdeal_assets.foundation.ui_metadata import table_metadata, table_spec
from synthdeal_assets.foundation.warehouse import Warehouse
from synthdeal_assets.scoring.calibration import calibrated_probabilities as calibrated
from synthdeal_assets.scoring.fairness import measure_fairness
from synthdeal_assets.scoring.quality import measure_quality
from synthdeal_assets.scoring.quality_tables import CALIBRATED_PROBABILITIES, SCORE_FAIRNESS
from synthdeal_assets.scoring.score_store import prepare
from synthdeal_assets.scoring.tables import (
    OPPORTUNITY_SCORES,
    SCORE_ELEMENTS,
    SCORE_FAILURES,
    SCORE_QUALITY,
    SCORER_INPUTS,
)
from synthdeal_assets.world.tables import OPPORTUNITIES as CRM_OPPORTUNITIES
from synthdeal_assets.world.tables import USERS
from synthdeal_assets.world.truth_tables import TRUTH_OPPORTUNITIES


@dg.multi_asset(
    name="scoring__calibrated_probabilities",
    specs=[table_spec(CALIBRATED_PROBABILITIES, deps=[OPPORTUNITY_SCORES, SCORER_INPUTS, CRM_OPPORTUNITIES])],
)
def calibrated_probabilities(warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """Correct the present chances by how earlier ones turned out."""
    with warehouse.transaction() as connection:
        prepare(connection)
        chances = calibrated(connection)
    warehouse.replace({CALIBRATED_PROBABILITIES: chances})
    return dg.MaterializeResult(metadata=table_metadata(chances, CALIBRATED_PROBABILITIES))


@dg.multi_asset(
    name="scoring__score_quality",
    specs=[
        table_spec(
            SCORE_QUALITY,
            deps=[
                OPPORTUNITY_SCORES,
                SCORE_ELEMENTS,
                SCORE_FAILURES,
                SCORER_INPUTS,
                TRUTH_OPPORTUNITIES,
                CRM_OPPORTUNITIES,
            ],
        )
    ],
)
def score_quality(warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """Measure the present scores against the hidden truth and against closed deals."""
    with warehouse.transaction() as connection:
        prepare(connection)
        quality = measure_quality(connection)
    warehouse.replace({SCORE_QUALITY: quality})
    shown = quality.select("role", "measure", "element", "value", "low", "high", "unit", "opportunities")
    return dg.MaterializeResult(metadata=table_metadata(shown, SCORE_QUALITY, preview_rows=shown.height))


@dg.multi_asset(
    name="scoring__score_fairness",
    specs=[
        table_spec(
            SCORE_FAIRNESS, deps=[OPPORTUNITY_SCORES, SCORER_INPUTS, TRUTH_OPPORTUNITIES, CRM_OPPORTUNITIES, USERS]
        )
    ],
)
def score_fairness(warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """Compare groups of deals with others of the same true levels."""
    with warehouse.transaction() as connection:
        prepare(connection)
        fairness = measure_fairness(connection)
    warehouse.replace({SCORE_FAIRNESS: fairness})
    shown = fairness.select(
        "attribute", "group_name", "measure", "opportunities", "difference", "low", "high", "verdict"
    )
    return dg.MaterializeResult(metadata=table_metadata(shown, SCORE_FAIRNESS, preview_rows=shown.height))


QUALITY_ASSETS: Final[list[dg.AssetsDefinition]] = [calibrated_probabilities, score_quality, score_fairness]
