"""The asset that measures what planted instructions do to scores.

Thin: what is asked and measured is in `instruction_effects.py`. Nothing here feeds back into a score.
"""

from typing import Final

import dagster as dg

from synthdeal_assets.foundation.dagster_instance.asset_specs import markdown_table, table_metadata, table_spec
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.ledger.tables import LLM_CALLS
from synthdeal_assets.scoring.asking import LedgerUse, oldest_answer, spent_so_far
from synthdeal_assets.scoring.instruction_effects import Measurement, effect_in_words, effect_of, measure_effects
from synthdeal_assets.scoring.quality_tables import INSTRUCTION_EFFECTS
from synthdeal_assets.scoring.score_events import log_tables
from synthdeal_assets.scoring.scorers.make_scorer import ScorerFactory
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES, SCORER_INPUTS
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.truth_tables import TRUTH_OPPORTUNITIES

SHOWN: Final = 50
"""Deals in the table of the UI; 10,000 opportunities carry about 200 instructions."""


@dg.multi_asset(
    name="scoring__instruction_effects",
    specs=[
        table_spec(
            INSTRUCTION_EFFECTS,
            deps=[OPPORTUNITY_SCORES, SCORER_INPUTS, TRUTH_OPPORTUNITIES],
            sql=["planted_deals.sql"],
        )
    ],
)
def instruction_effects(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    settings: dg.ResourceParam[Settings],
    scorer: dg.ResourceParam[ScorerFactory],
) -> dg.MaterializeResult[None]:
    """Judge each deal that carries a planted instruction once more without it, and compare."""
    use = LedgerUse(warehouse, context.run.run_id, oldest_answer(settings.answer_ttl_days, utc_now()))
    measurement = measure_effects(scorer(settings, spent_so_far(use)), use, concurrency=settings.scorer_concurrency)
    _say_what_is_missing(context, measurement)
    requests = sum(asked.calls for asked in measurement.asked)
    if requests:
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
            "differences": dg.MetadataValue.md(markdown_table(shown.head(SHOWN))),
            "neutralised": dg.MetadataValue.md(markdown_table(measurement.by_kind)),
            "planted": measurement.planted,
            "scored": measurement.scored,
            "measured": effect.measured,
            "of_another_judge": measurement.of_another_judge,
            "failed": sum(measurement.failed.values()),
            "risen": effect.risen.height,
            **{name: value for name, value in figures.items() if value is not None},
            "requests": requests,
            "cost_usd": round(sum(asked.cost_usd for asked in measurement.asked), 6),
            "calls_of_unknown_cost": sum(asked.calls_of_unknown_cost for asked in measurement.asked),
        }
    )


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


INSTRUCTION_ASSETS: Final[list[dg.AssetsDefinition]] = [instruction_effects]
