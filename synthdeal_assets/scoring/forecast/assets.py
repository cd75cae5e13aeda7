"""The assets of the forecast. Thin: what is forecast, and how, is in the modules beside, which know no Dagster."""

from collections.abc import Iterator

import dagster as dg

from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key, table_metadata, table_spec
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.scoring.forecast.deals import read_landmarks
from synthdeal_assets.scoring.forecast.record import forecast_record
from synthdeal_assets.scoring.forecast.tables import FORECAST_TOTALS, FORECASTS
from synthdeal_assets.scoring.landmarks.frame import today_frame, world_day
from synthdeal_assets.scoring.score_store import prepare
from synthdeal_assets.scoring.scorers.make_scorer import ScorerFactory
from synthdeal_assets.scoring.scorers.scorer import judge_as
from synthdeal_assets.scoring.tables import LANDMARK_SCORES, OPPORTUNITY_SCORES, SCORE_ELEMENTS, SCORER_INPUTS
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.landmark_tables import LANDMARKS
from synthdeal_assets.world.tables import OPPORTUNITIES, OPPORTUNITY_STAGES


@dg.multi_asset(
    name="scoring__forecasts",
    specs=[
        table_spec(
            FORECASTS,
            deps=[
                *(LANDMARK_SCORES, LANDMARKS, OPPORTUNITY_SCORES, SCORE_ELEMENTS, SCORER_INPUTS),
                *(OPPORTUNITIES, OPPORTUNITY_STAGES),
            ],
            sql=["landmark_frame.sql", "today_frame.sql"],
        ),
        table_spec(FORECAST_TOTALS, deps=[FORECASTS, OPPORTUNITIES]),
    ],
    can_subset=False,
)
def forecasts(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    settings: dg.ResourceParam[Settings],
    scorer: dg.ResourceParam[ScorerFactory],
) -> Iterator[dg.MaterializeResult[None]]:
    """Forecast what the open deals will bring, and what would have been forecast on past days."""
    judge = judge_as(scorer(settings, Usage()))
    with warehouse.transaction() as connection:
        prepare(connection)
        as_of = world_day(connection)
        landmarks = read_landmarks(connection, judge)
        today = today_frame(connection, judge)
    record = forecast_record(landmarks, today, as_of)
    warehouse.replace({FORECASTS: record.forecasts, FORECAST_TOTALS: record.totals})
    said = {"heads": record.heading.way, "why": record.heading.words_on(record.heading.way)}
    context.log.info("%s heads the forecast. %s", said["heads"], said["why"])
    yield dg.MaterializeResult(asset_key=asset_key(FORECASTS), metadata=table_metadata(record.forecasts, FORECASTS))
    yield dg.MaterializeResult(
        asset_key=asset_key(FORECAST_TOTALS), metadata={**said, **table_metadata(record.totals, FORECAST_TOTALS)}
    )
