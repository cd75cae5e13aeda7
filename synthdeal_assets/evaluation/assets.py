"""The assets that say how good and how fair the present scores are, and what planted instructions do to them.

Thin: what is measured is in the sub-rooms. The assets that make scores belong in the room `scoring`; nothing here
feeds back into them. `synthdeal compare` makes the comparisons; here they only have their place in the lineage.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import dagster as dg
import polars as pl

from synthdeal_assets.evaluation.forecast_tables import FORECAST_BACKTEST
from synthdeal_assets.evaluation.planted_instructions.instruction_effects import (
    Measurement,
    effect_in_words,
    effect_of,
    measure_effects,
)
from synthdeal_assets.evaluation.quality.fairness import judge_of_most_deals, measure_fairness
from synthdeal_assets.evaluation.quality.forecasts import measure_forecasts
from synthdeal_assets.evaluation.quality.landmarks import measure_landmarks
from synthdeal_assets.evaluation.quality.quality import measure_samples
from synthdeal_assets.evaluation.quality.samples import read_scores, samples_of
from synthdeal_assets.evaluation.quality.yardsticks import measure_yardsticks
from synthdeal_assets.evaluation.tables import (
    DIFFERS,
    FAIRNESS_ATTRIBUTES,
    INSTRUCTION_EFFECTS,
    LANDMARK_RANKING,
    SCORE_COMPARISONS,
    SCORE_FAIRNESS,
    SCORE_QUALITY,
    SCORER,
    TOO_FEW,
)
from synthdeal_assets.foundation.dagster_instance.asset_specs import (
    markdown_table,
    table_asset,
    table_metadata,
    table_spec,
)
from synthdeal_assets.foundation.publishing.plots import chart_markdown
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, create
from synthdeal_assets.llm.ledger.context import oldest_answer, spent_so_far
from synthdeal_assets.llm.ledger.tables import LLM_CALLS
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.scoring.answer import Judge
from synthdeal_assets.scoring.asking import scoring_ledger
from synthdeal_assets.scoring.forecast.tables import FORECAST_TOTALS, FORECASTS
from synthdeal_assets.scoring.score_events import log_tables
from synthdeal_assets.scoring.score_store import prepare
from synthdeal_assets.scoring.scorers.make_scorer import ScorerFactory
from synthdeal_assets.scoring.tables import (
    LANDMARK_SCORES,
    OPPORTUNITY_SCORES,
    SCORE_ELEMENTS,
    SCORE_FAILURES,
    SCORER_INPUTS,
)
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.landmark_tables import LANDMARK_TEXTS, LANDMARKS
from synthdeal_assets.world.tables import OPPORTUNITIES, OPPORTUNITY_STAGES, USERS
from synthdeal_assets.world.truth_tables import TRUTH_LANDMARKS, TRUTH_OPPORTUNITIES

if TYPE_CHECKING:
    import altair as alt

SHOWN_EFFECTS: Final = 50
"""Deals in the table of the UI; 10,000 opportunities carry about 200 instructions."""


@table_asset(
    SCORE_QUALITY,
    sql=["quality_*.sql"],
    deps=[
        OPPORTUNITY_SCORES,
        SCORE_ELEMENTS,
        SCORE_FAILURES,
        SCORER_INPUTS,
        TRUTH_OPPORTUNITIES,
        OPPORTUNITIES,
    ],
)
def score_quality(warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """Measure the present scores against the hidden truth and against closed deals."""
    # Altair takes a third of a second to import, which only the steps that draw should wait for.
    from synthdeal_assets.evaluation.quality.plots import gain_over_heuristic, levels_against_truth, reliability_diagram

    with warehouse.transaction() as connection:
        prepare(connection)
        scores = read_scores(connection)
    samples = samples_of(scores)
    quality = pl.concat([measure_samples(samples), measure_yardsticks(samples)])
    warehouse.replace({SCORE_QUALITY: quality})
    # Every night keeps what is shown: what guesses reach on each element is in the table.
    shown = quality.filter((pl.col("role") == SCORER) | (pl.col("element") == "all")).select(
        "role", "scorer", "measure", "element", "value", "low", "high", "unit", "opportunities"
    )
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
        metadata={
            **table_metadata(shown, SCORE_QUALITY, preview_rows=shown.height),
            "dagster/row_count": quality.height,
            **(charts or {}),
        }
    )


@table_asset(
    SCORE_FAIRNESS,
    deps=[OPPORTUNITY_SCORES, SCORER_INPUTS, TRUTH_OPPORTUNITIES, OPPORTUNITIES, USERS],
    sql=["fairness_deals.sql"],
)
def score_fairness(warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """Compare groups of deals with others of the same true levels."""
    from synthdeal_assets.evaluation.quality.plots import differences_by_group

    with warehouse.transaction() as connection:
        prepare(connection)
        fairness = measure_fairness(connection)
    warehouse.replace({SCORE_FAIRNESS: fairness})
    shown = fairness.filter(
        pl.col("verdict") != TOO_FEW, (pl.col("measure") == "score_difference") | (pl.col("verdict") == DIFFERS)
    ).select("attribute", "group_name", "measure", "opportunities", "difference", "low", "high", "verdict")
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


@table_asset(
    LANDMARK_RANKING,
    deps=[LANDMARKS, LANDMARK_TEXTS, LANDMARK_SCORES, TRUTH_LANDMARKS, OPPORTUNITY_STAGES],
    sql=["landmark_deals.sql"],
)
def landmark_ranking(warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """Measure what scorers said of deals at month ends, beside simple guesses and what is really so."""
    with warehouse.transaction() as connection:
        create(connection, LANDMARK_SCORES)
        ranking = measure_landmarks(connection)
    warehouse.replace({LANDMARK_RANKING: ranking})
    shown = ranking.select("scorer", "ranked_by", "measure", "value", "low", "high", "opportunities")
    return dg.MaterializeResult(metadata=table_metadata(shown, LANDMARK_RANKING, preview_rows=shown.height))


@table_asset(
    FORECAST_BACKTEST,
    deps=[FORECASTS, FORECAST_TOTALS, OPPORTUNITIES, TRUTH_LANDMARKS],
    sql=["forecast_outcomes.sql"],
)
def forecast_backtest(warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """Measure how good the ways to forecast have been on past days."""
    with warehouse.connect() as connection:
        backtest = measure_forecasts(connection)
    warehouse.replace({FORECAST_BACKTEST: backtest})
    shown = backtest.drop("explanation")
    return dg.MaterializeResult(metadata=table_metadata(shown, FORECAST_BACKTEST, preview_rows=shown.height))


@table_asset(
    INSTRUCTION_EFFECTS,
    deps=[OPPORTUNITY_SCORES, SCORER_INPUTS, TRUTH_OPPORTUNITIES],
    sql=["planted_deals.sql"],
)
def instruction_effects(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    settings: dg.ResourceParam[Settings],
    scorer: dg.ResourceParam[ScorerFactory],
) -> dg.MaterializeResult[None]:
    """Judge each deal that carries a planted instruction once more without it, and compare."""
    ledger = scoring_ledger(warehouse, context.run.run_id, oldest_answer(settings.llm.answer_ttl_days, utc_now()))
    judge = scorer(settings, spent_so_far(ledger))
    measurement = measure_effects(judge, ledger, concurrency=settings.scoring.concurrency)
    _say_what_is_missing(context, measurement)
    usage = sum((asked.usage for asked in measurement.asked), start=Usage())
    if usage.calls:
        with warehouse.connect() as connection:
            log_tables(context, connection, [LLM_CALLS])
    effect = effect_of(measurement.effects, measurement.scored)
    shown = measurement.effects.sort("difference", "opportunity_id", descending=[True, False]).select(
        "opportunity_id", "planted_instruction", "score", "score_without", "difference"
    )
    figures = {
        "median_difference": effect.median,
        "mean_difference": effect.mean,
        "low": effect.low,
        "high": effect.high,
    }
    return dg.MaterializeResult(
        metadata={
            **table_metadata(measurement.effects, INSTRUCTION_EFFECTS),
            "in_words": effect_in_words(effect),
            "differences": dg.MetadataValue.md(markdown_table(shown.head(SHOWN_EFFECTS))),
            "neutralised": dg.MetadataValue.md(markdown_table(measurement.by_kind)),
            "planted": measurement.planted,
            "scored": measurement.scored,
            "measured": effect.measured,
            "of_another_judge": measurement.of_another_judge,
            "failed": sum(measurement.failed.values()),
            "risen": effect.risen.height,
            **{name: value for name, value in figures.items() if value is not None},
            "requests": usage.calls,
            "cost_usd": round(usage.cost_usd, 6),
            "calls_of_unknown_cost": usage.calls_of_unknown_cost,
        }
    )


def _charts(judge: Judge, charts: "Mapping[str, alt.TopLevelMixin | None]") -> dict[str, dg.MetadataValue[Any]]:
    """The charts that there are as metadata, under their names, with a word on whose scores they show."""
    return {
        name: dg.MetadataValue.md(
            chart_markdown(chart, f"{name}, of {judge.scorer}, {judge.model}, {judge.prompt_version}")
        )
        for name, chart in charts.items()
        if chart is not None
    }


def _say_what_is_missing(context: dg.AssetExecutionContext, measurement: Measurement) -> None:
    missing = measurement.scored - measurement.effects.height
    if not missing:
        return
    reasons = [
        *(asked.stop.message for asked in measurement.asked if asked.stop is not None),
        *(f"{kind} {count} times" for kind, count in sorted(measurement.failed.items())),
        *(
            [f"{measurement.of_another_judge} were scored by another scorer, model or prompt version"]
            if measurement.of_another_judge
            else []
        ),
    ]
    context.log.warning(
        "%d of %d scored deals with a planted instruction could not be judged without it: %s",
        missing,
        measurement.scored,
        "; ".join(reasons),
    )


EVALUATION_ASSETS: Final[list[dg.AssetsDefinition | dg.AssetSpec]] = [
    instruction_effects,
    score_quality,
    score_fairness,
    landmark_ranking,
    forecast_backtest,
    table_spec(
        SCORE_COMPARISONS,
        deps=[
            SCORER_INPUTS,
            LANDMARK_TEXTS,
            LLM_CALLS,
            TRUTH_OPPORTUNITIES,
            TRUTH_LANDMARKS,
            OPPORTUNITIES,
            LANDMARKS,
        ],
        kinds={"duckdb"},
        sql=["comparison_*.sql"],
    ),
]
