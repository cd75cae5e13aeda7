"""The assets that say how good and how fair the present scores are.

Thin: what is measured is in `quality.py`, `calibration.py` and `fairness.py`. The assets that make scores belong in
`assets.py`; nothing here feeds back into them.
"""

from collections.abc import Mapping
from typing import Any, Final

import altair as alt
import dagster as dg
import polars as pl

from synthdeal_assets.foundation.dagster_instance.asset_specs import table_metadata, table_spec
from synthdeal_assets.foundation.publishing.plots import chart_markdown
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.scoring.answer import Judge
from synthdeal_assets.scoring.calibration import calibrated_probabilities as calibrated
from synthdeal_assets.scoring.fairness import judge_of_most_deals, measure_fairness
from synthdeal_assets.scoring.quality import measure_samples, read_scores, samples_of
from synthdeal_assets.scoring.quality_plots import (
    differences_by_group,
    gain_over_heuristic,
    levels_against_truth,
    reliability_diagram,
)
from synthdeal_assets.scoring.quality_tables import (
    CALIBRATED_PROBABILITIES,
    FAIRNESS_ATTRIBUTES,
    SCORE_FAIRNESS,
    TOO_FEW,
)
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
    specs=[
        table_spec(
            CALIBRATED_PROBABILITIES,
            deps=[OPPORTUNITY_SCORES, SCORER_INPUTS, CRM_OPPORTUNITIES],
            sql=["calibration_deals.sql"],
        )
    ],
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
            sql=["quality_*.sql"],
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
        scores = read_scores(connection)
    samples = samples_of(scores)
    quality = measure_samples(samples)
    warehouse.replace({SCORE_QUALITY: quality})
    shown = quality.select("role", "measure", "element", "value", "low", "high", "unit", "opportunities")
    most = max(samples, key=lambda sample: sample.deals.height, default=None)
    charts = most and _charts(
        most.judge,
        {
            "do the chances come true": reliability_diagram(most.deals),
            "judged against true levels": levels_against_truth(most.deals),
            "gain over the heuristic": gain_over_heuristic(quality, most.judge),
        },
    )
    return dg.MaterializeResult(
        metadata={**table_metadata(shown, SCORE_QUALITY, preview_rows=shown.height), **(charts or {})}
    )


@dg.multi_asset(
    name="scoring__score_fairness",
    specs=[
        table_spec(
            SCORE_FAIRNESS,
            deps=[OPPORTUNITY_SCORES, SCORER_INPUTS, TRUTH_OPPORTUNITIES, CRM_OPPORTUNITIES, USERS],
            sql=["fairness_deals.sql"],
        )
    ],
)
def score_fairness(warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """Compare groups of deals with others of the same true levels."""
    with warehouse.transaction() as connection:
        prepare(connection)
        fairness = measure_fairness(connection)
    warehouse.replace({SCORE_FAIRNESS: fairness})
    shown = fairness.filter(pl.col("verdict") != TOO_FEW).select(
        "attribute", "group_name", "measure", "opportunities", "difference", "low", "high", "verdict"
    )
    judge = judge_of_most_deals(fairness)
    charts = judge and _charts(
        judge,
        {
            f"differences by {attribute}": differences_by_group(fairness, judge, attribute)
            for attribute in FAIRNESS_ATTRIBUTES
        },
    )
    return dg.MaterializeResult(
        metadata={
            **table_metadata(shown, SCORE_FAIRNESS, preview_rows=shown.height),
            "dagster/row_count": fairness.height,
            "groups without a verdict": fairness.filter(pl.col("verdict") == TOO_FEW).height,
            **(charts or {}),
        }
    )


def _charts(judge: Judge, charts: Mapping[str, alt.TopLevelMixin | None]) -> dict[str, dg.MetadataValue[Any]]:
    """The charts that there are as metadata, under their names, with a word on whose scores they show."""
    return {
        name: dg.MetadataValue.md(
            chart_markdown(chart, f"{name}, of {judge.scorer}, {judge.model}, {judge.prompt_version}")
        )
        for name, chart in charts.items()
        if chart is not None
    }


QUALITY_ASSETS: Final[list[dg.AssetsDefinition]] = [calibrated_probabilities, score_quality, score_fairness]
