"""The asset of what scorers say of deals as they stood at month ends; the logic is in `inputs.py` and `scores.py`."""

import dagster as dg
import polars as pl

from synthdeal_assets.foundation.dagster_instance.asset_specs import table_asset, table_metadata
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.scoring.inputs import deals_of
from synthdeal_assets.scoring.landmarks.frame import world_day
from synthdeal_assets.scoring.landmarks.inputs import landmark_inputs
from synthdeal_assets.scoring.landmarks.scores import is_free, judge_landmarks, keep_landmark_scores, unjudged
from synthdeal_assets.scoring.score_store import prepare
from synthdeal_assets.scoring.scorers.heuristic import NAME as HEURISTIC
from synthdeal_assets.scoring.scorers.heuristic import HeuristicScorer
from synthdeal_assets.scoring.scorers.make_scorer import ScorerFactory
from synthdeal_assets.scoring.scorers.scorer import Scorer
from synthdeal_assets.scoring.tables import LANDMARK_SCORES, OPPORTUNITY_SCORES, SCORE_ELEMENTS
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.history_tables import CONTACT_HISTORY
from synthdeal_assets.world.landmark_tables import LANDMARK_TEXTS, LANDMARKS
from synthdeal_assets.world.tables import (
    ACCOUNTS,
    CONTACTS,
    OPPORTUNITY_CONTACT_ROLE_HISTORY,
    PRODUCTS,
)
from synthdeal_assets.world.tables import OPPORTUNITIES as CRM_OPPORTUNITIES


@table_asset(
    LANDMARK_SCORES,
    deps=[
        LANDMARK_TEXTS,
        LANDMARKS,
        CRM_OPPORTUNITIES,
        ACCOUNTS,
        PRODUCTS,
        CONTACTS,
        CONTACT_HISTORY,
        OPPORTUNITY_CONTACT_ROLE_HISTORY,
        OPPORTUNITY_SCORES,
        SCORE_ELEMENTS,
    ],
    sql=["landmark_inputs.sql", "landmark_scores_*.sql"],
)
def landmark_scores(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    settings: dg.ResourceParam[Settings],
    scorer: dg.ResourceParam[ScorerFactory],
) -> dg.MaterializeResult[None]:
    """Have the deals of month ends judged by whoever costs nothing, and keep what others have said of them."""
    with warehouse.connect() as connection:
        inputs = landmark_inputs(connection)
        as_of = world_day(connection)
    judged = []
    for judge in _free_scorers(scorer(settings, Usage()), inputs):
        with warehouse.connect() as connection:
            unasked = unjudged(connection, inputs, judge)
        said = judge_landmarks(judge, unasked)
        judged.append(said.scores)
        if said.failed:
            context.log.warning(
                "%s could not judge %d of %d deals at month ends", judge.name, said.failed, unasked.height
            )
    with warehouse.transaction() as connection:
        prepare(connection)
        keep_landmark_scores(connection, inputs, judged, as_of)
        metadata = table_metadata(connection, LANDMARK_SCORES)
    return dg.MaterializeResult(metadata={**metadata, "judged_now": sum(each.height for each in judged)})


def _free_scorers(present: Scorer, inputs: pl.DataFrame) -> list[Scorer]:
    """The heuristic, to which others are compared, and the present scorer where it costs nothing."""
    probe = next(deals_of(inputs.head(1)), None)
    if probe is None:
        return []
    others = [] if present.name == HEURISTIC or not is_free(present, probe) else [present]
    return [HeuristicScorer(), *others]
