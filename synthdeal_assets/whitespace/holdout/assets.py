"""The assets that say how good models, rules and list were on what was bought after the cutoff.

Thin: what is measured is in `holdout.py` and `drift.py`, its words in `holdout/verdicts.py`, its charts in
`holdout/plots.py`. It is the only place of this room that may read the truth behind a synthetic log, and nothing here
feeds back into what learns.
"""

from collections.abc import Iterator
from typing import Any, Final

import dagster as dg
import polars as pl

from synthdeal_assets.foundation.dagster_instance.asset_specs import (
    asset_key,
    markdown_table,
    table_metadata,
    table_spec,
)
from synthdeal_assets.foundation.publishing.plots import chart_markdown
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, limit_memory, table_frame
from synthdeal_assets.sales.tables import FACT_TRANSACTIONS
from synthdeal_assets.sales.truth_tables import SALES_AFFINITIES
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.features.cutoffs import read_plan
from synthdeal_assets.whitespace.learning_packages import require_packages
from synthdeal_assets.whitespace.tables import (
    CUTOFFS,
    DRIFT,
    FEATURES,
    HOLDOUT_CURVES,
    HOLDOUT_METRICS,
    LABELS,
    MODELS,
    PREDICTIONS,
    WHITESPACE_LIST,
)
from synthdeal_assets.whitespace.vocabulary import ALL_DIVISIONS, CHAMPION, POPULATIONS

JUDGED: Final = [CUTOFFS, LABELS, MODELS, PREDICTIONS, WHITESPACE_LIST, FACT_TRANSACTIONS]
SHOWN_MEASURES: Final = {
    "auc": "AUC",
    "lift_at_10": "lift@10",
    "revenue_lift_at_10": "revenue lift@10",
    "precision_at_k": "precision at K",
    "calibration_error": "calibration error",
}
PLOTTED_MEASURES: Final = ("auc", "lift_at_10", "calibration_error")
"""What is promised: as numbers, which the UI draws over the runs."""
WORST_FEATURES: Final = 6
OF_A_DIVISION: Final = "division_"
"""Begins the name of features that are one number for a whole division and cutoff, and so are always new."""


@dg.multi_asset(
    name="whitespace__holdout",
    specs=[
        table_spec(HOLDOUT_METRICS, deps=[*JUDGED, SALES_AFFINITIES], sql=["holdout_*.sql"]),
        table_spec(HOLDOUT_CURVES, deps=JUDGED, sql=["holdout_*.sql"]),
        table_spec(DRIFT, deps=[CUTOFFS, FEATURES, LABELS], sql=["drift_sample.sql"]),
    ],
    can_subset=False,
)
def holdout(
    context: dg.AssetExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.MaterializeResult[None]]:
    """Compare what was predicted at the test cutoff with what was bought in the window after it."""
    require_packages()
    from synthdeal_assets.whitespace.holdout.judged_pairs import read_holdout
    from synthdeal_assets.whitespace.holdout.measures import HoldoutResult, judge
    from synthdeal_assets.whitespace.holdout.verdicts import against_the_rules, headline, of_the_list

    with warehouse.connect() as connection:
        limit_memory(connection, settings)
        read = read_holdout(connection, read_plan(connection, settings))
        truth = table_frame(connection, SALES_AFFINITIES)
    if isinstance(read, str):
        result = HoldoutResult(HOLDOUT_METRICS.empty(), HOLDOUT_CURVES.empty(), DRIFT.empty())
        said: dict[str, Any] = {"nothing to judge": read}
    else:
        result = judge(read, capacity_per_rep=settings.whitespace.capacity_per_rep, true_rates=truth)
        list_sentence = of_the_list(result.metrics)
        said = {
            "judged at": read.cutoff.isoformat(),
            **headline(result.metrics),
            "champion and rules": against_the_rules(result.metrics).sentence,
            **({"whitespace list": list_sentence} if list_sentence else {}),
        }
    warehouse.replace({HOLDOUT_METRICS: result.metrics, HOLDOUT_CURVES: result.curves, DRIFT: result.drift})
    for name, sentence in said.items():
        context.log.info("%s: %s", name, sentence)
    yield dg.MaterializeResult(
        asset_key=asset_key(HOLDOUT_METRICS),
        metadata={
            **said,
            **_measures(result.metrics),
            **_plotted(result.metrics),
            **table_metadata(result.metrics, HOLDOUT_METRICS),
        },
    )
    yield dg.MaterializeResult(
        asset_key=asset_key(HOLDOUT_CURVES),
        metadata={**_charts(result.curves), **table_metadata(result.curves, HOLDOUT_CURVES)},
    )
    yield dg.MaterializeResult(
        asset_key=asset_key(DRIFT), metadata={**_worst_features(result.drift), **table_metadata(result.drift, DRIFT)}
    )


def _measures(metrics: pl.DataFrame) -> dict[str, dg.MetadataValue[Any]]:
    """For each population the main measures of each ranker over all divisions, small enough to be shown at once."""
    together = metrics.filter(pl.col("division") == ALL_DIVISIONS, pl.col("measure").is_in(SHOWN_MEASURES))
    tables: dict[str, dg.MetadataValue[Any]] = {}
    for population in POPULATIONS:
        found = together.filter(pl.col("population") == population)
        if not found.is_empty():
            wide = found.pivot("measure", index="ranker", values="value", maintain_order=True)
            rounded = wide.with_columns(pl.col(pl.Float64).round(3)).rename(SHOWN_MEASURES, strict=False)
            tables[f"measures, {population}"] = dg.MetadataValue.md(markdown_table(rounded))
    return tables


def _plotted(metrics: pl.DataFrame) -> dict[str, float]:
    """What is promised of the champion over all divisions, where it is defined."""
    found = metrics.filter(
        pl.col("division") == ALL_DIVISIONS,
        pl.col("ranker") == CHAMPION,
        pl.col("measure").is_in(PLOTTED_MEASURES),
        pl.col("value").is_not_null(),
    )
    return {
        f"{SHOWN_MEASURES[row['measure']]}, {row['population']}": row["value"] for row in found.iter_rows(named=True)
    }


def _charts(curves: pl.DataFrame) -> dict[str, dg.MetadataValue[Any]]:
    from synthdeal_assets.whitespace.holdout.plots import calibration_chart, gains_chart

    charts = {
        f"{name}, {population}": draw(curves, population)
        for population in POPULATIONS
        for name, draw in (("buyers found", gains_chart), ("do the chances come true", calibration_chart))
    }
    return {
        name: dg.MetadataValue.md(chart_markdown(chart, f"{name}, {CHAMPION}"))
        for name, chart in charts.items()
        if chart is not None
    }


def _worst_features(drift: pl.DataFrame) -> dict[str, dg.MetadataValue[Any]]:
    """For each population what moved most up to the latest cutoff, features left out that are one number a division."""
    tables: dict[str, dg.MetadataValue[Any]] = {}
    for population in POPULATIONS:
        moved = drift.filter(
            pl.col("cutoff_date") == pl.col("cutoff_date").max(),
            pl.col("population") == population,
            ~pl.col("feature").str.starts_with(OF_A_DIVISION),
        ).select(
            "division",
            # With spaces, where a line may be broken.
            pl.col("feature").str.replace_all("_", " "),
            pl.col("psi").round(3),
            pl.col("ks").round(3),
        )
        if not moved.is_empty():
            worst = moved.sort("psi", "division", "feature", descending=[True, False, False]).head(WORST_FEATURES)
            tables[f"moved most, {population}"] = dg.MetadataValue.md(markdown_table(worst))
    return tables


HOLDOUT_ASSETS: Final[list[dg.AssetsDefinition]] = [holdout]
