"""The asset of the flags: both tables, made together.

Thin: what is looked for stands in `candidates.py`, whom it covers in `flagging.py`, what that is worth in `records.py`.
"""

from collections.abc import Iterator
from typing import Any, Final

import dagster as dg

from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key, table_metadata, table_spec
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.scoring.flags.flags import Flags, all_flags
from synthdeal_assets.scoring.flags.reading import judged_deals
from synthdeal_assets.scoring.flags.tables import FLAG_RECORDS, FLAGS
from synthdeal_assets.scoring.forecast.tables import FORECASTS
from synthdeal_assets.scoring.landmarks.frame import world_day
from synthdeal_assets.scoring.scorers.make_scorer import ScorerFactory
from synthdeal_assets.scoring.scorers.scorer import judge_as
from synthdeal_assets.scoring.tables import LANDMARK_SCORES, OPPORTUNITY_SCORES, SCORE_ELEMENTS, SCORER_INPUTS
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.landmark_tables import LANDMARKS
from synthdeal_assets.world.tables import ACCOUNTS, OPPORTUNITIES, OPPORTUNITY_STAGES


@dg.multi_asset(
    name="scoring__flags",
    specs=[
        table_spec(
            FLAGS,
            deps=[
                FORECASTS,
                LANDMARK_SCORES,
                LANDMARKS,
                OPPORTUNITY_SCORES,
                SCORE_ELEMENTS,
                SCORER_INPUTS,
                OPPORTUNITIES,
                OPPORTUNITY_STAGES,
                ACCOUNTS,
            ],
            sql=["flag_levels.sql", "flag_chances.sql", "landmark_frame.sql", "today_frame.sql"],
        ),
        table_spec(FLAG_RECORDS, deps=[FLAGS, OPPORTUNITIES]),
    ],
)
def flags(
    warehouse: Warehouse, settings: dg.ResourceParam[Settings], scorer: dg.ResourceParam[ScorerFactory]
) -> Iterator[dg.MaterializeResult[None]]:
    """Find whom each flag covers, and show those alone whose record tells deals apart."""
    present = judge_as(scorer(settings, Usage()))
    with warehouse.connect() as connection:
        found = all_flags(judged_deals(connection, present), world_day(connection))
    warehouse.replace({FLAGS: found.flags, FLAG_RECORDS: found.records})
    yield dg.MaterializeResult(asset_key=asset_key(FLAGS), metadata=table_metadata(found.flags, FLAGS))
    yield dg.MaterializeResult(asset_key=asset_key(FLAG_RECORDS), metadata=_of_records(found))


def _of_records(found: Flags) -> dict[str, Any]:
    records = found.records
    return {**table_metadata(records, FLAG_RECORDS), "shown": int(records["is_shown"].sum())}


FLAG_ASSETS: Final[list[dg.AssetsDefinition]] = [flags]
