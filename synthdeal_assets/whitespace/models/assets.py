"""The assets of what learns: models and their predictions.

Thin: models are made in `training.py`, chances in `predicting.py`, charts in `model_plots.py`, MLflow is in
`tracking.py`. How good the models turn out belongs in `holdout/assets.py`.
"""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import dagster as dg
import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.dagster_instance.asset_specs import (
    asset_key,
    markdown_table,
    table_metadata,
    table_spec,
)
from synthdeal_assets.foundation.publishing.markdown import markdown_list
from synthdeal_assets.foundation.publishing.plots import chart_markdown
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, limit_memory, table_frame
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.features.cutoffs import read_plan, require_made
from synthdeal_assets.whitespace.learning_packages import require_packages, stand_in_notice
from synthdeal_assets.whitespace.tables import CUTOFFS, FEATURES, LABELS, MODELS, PREDICTIONS
from synthdeal_assets.whitespace.vocabulary import CHAMPION, POPULATIONS

if TYPE_CHECKING:
    from synthdeal_assets.whitespace.models.tracking import Tracking

MAX_SHOWN: Final = 60


@dg.multi_asset(
    name="whitespace__models_and_predictions",
    specs=[
        table_spec(
            MODELS, deps=[CUTOFFS, FEATURES, LABELS], kinds={"lightgbm", "scikitlearn", "mlflow"}, sql=["model_*.sql"]
        ),
        table_spec(PREDICTIONS, deps=[FEATURES, MODELS], kinds={"lightgbm", "duckdb"}, sql=["model_*.sql"]),
    ],
)
def models_and_predictions(
    context: dg.AssetExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.MaterializeResult[None]]:
    """Train and choose the models of every division, at the present cutoff and at the one that they are judged at.

    One op makes both, because predictions of other models are worth nothing. Everything is replaced at once in the end.
    """
    require_packages()
    if (notice := stand_in_notice()) is not None:
        context.log.warning("%s", notice)
    from synthdeal_assets.whitespace.models.predicting import cutoffs_that_stay, divisions_to_model, predict_division
    from synthdeal_assets.whitespace.models.tracking import Tracking
    from synthdeal_assets.whitespace.models.training import train_division

    # A server that is not there is told before anything is trained.
    tracking = Tracking(settings.mlflow_address)
    with warehouse.connect() as connection:
        plan = read_plan(connection, settings)
        require_made(connection, FEATURES, plan.cutoffs)
        # The alias champion must end at the models of the present list, which are therefore the last.
        to_do = [
            (model_cutoff, division)
            for model_cutoff in sorted(plan.training)
            for division in divisions_to_model(connection, model_cutoff, settings.whitespace.chosen_divisions)
        ]
    models, predictions, not_tracked = [], [PREDICTIONS.empty()], None
    for place, (model_cutoff, division) in enumerate(to_do, start=1):
        started = time.perf_counter()
        with warehouse.connect() as connection:
            limit_memory(connection, settings)
            trained = train_division(connection, division, model_cutoff, plan.training[model_cutoff], plan.window_days)
            predictions.append(predict_division(connection, division, model_cutoff, trained))
        rows = [row for made in trained.values() for row in made.rows]
        if not_tracked is None and rows:
            try:
                tracked = tracking.track(division, model_cutoff, rows, is_current=model_cutoff == plan.scoring_cutoff)
            except SynthDealError as error:
                # What was trained is kept all the same, and the error is told in the end.
                not_tracked = error
            else:
                rows = [_with_run(row, tracked.run_id, tracked.model) for row in rows]
        models += rows
        context.log.info(
            "%s at %s (%d of %d): %s, in %.1f s",
            division,
            model_cutoff,
            place,
            len(to_do),
            ", ".join(f"{row['learner']} for {row['population']}" for row in rows if row["model_role"] == CHAMPION),
            time.perf_counter() - started,
        )
    made = {
        MODELS: MODELS.conform(pl.DataFrame(models, schema=MODELS.polars_schema)),
        PREDICTIONS: pl.concat(predictions),
    }
    # Rows of divisions that were not chosen now stay, unless they are of another plan.
    done = pl.DataFrame(to_do, schema={"model_cutoff": pl.Date(), "division": pl.String()}, orient="row")
    with warehouse.connect() as connection:
        stay = cutoffs_that_stay(table_frame(connection, MODELS), plan.training)
        kept = {
            table: table_frame(connection, table)
            .filter(pl.col("model_cutoff").is_in(stay))
            .join(done, on=["model_cutoff", "division"], how="anti")
            for table in made
        }
    warehouse.replace({table: pl.concat([kept[table], frame]) for table, frame in made.items()})
    if not_tracked is not None:
        raise not_tracked
    champions = made[MODELS].filter(pl.col("model_role") == CHAMPION, pl.col("model_cutoff") == plan.scoring_cutoff)
    metadata = {
        MODELS: {
            "cutoff": plan.scoring_cutoff.isoformat(),
            "champions": dg.MetadataValue.md(markdown_table(_shown(champions).head(MAX_SHOWN), longest_cell=80)),
            **_charts(made[MODELS].filter(pl.col("model_cutoff") == plan.scoring_cutoff)),
            **_caveats(champions),
            "models in MLflow": champions["mlflow_model"].drop_nulls().n_unique(),
            **_where_in_mlflow(tracking, made[MODELS]),
        },
        PREDICTIONS: {},
    }
    for table, frame in made.items():
        yield dg.MaterializeResult(
            asset_key=asset_key(table),
            metadata={
                **metadata[table],
                **table_metadata(frame.drop("model_text") if table is MODELS else frame, table),
                "dagster/row_count": frame.height + kept[table].height,
            },
        )


def _with_run(row: dict[str, Any], run_id: str, model: str | None) -> dict[str, Any]:
    """The row with its run; only a champion that is a model is in the registry."""
    if row["model_text"] is None:
        return row
    return {**row, "mlflow_run_id": run_id, "mlflow_model": model if row["model_role"] == CHAMPION else None}


def _shown(champions: pl.DataFrame) -> pl.DataFrame:
    return champions.select(
        "division",
        "population",
        "learner",
        pairs="training_rows",
        purchases="training_positives",
        AUC=pl.col("validation_auc").round(3),
        lift_at_10=pl.col("validation_lift_at_10").round(2),
        Brier=pl.col("validation_brier").round(4),
        calibration="calibration",
        calibration_error=pl.col("calibration_error_before").round(3),
        base_rate=pl.col("latest_base_rate").round(4),
        drift=pl.col("base_rate_drift").round(4),
    ).sort("population", "division")


def _caveats(champions: pl.DataFrame) -> dict[str, Any]:
    told = champions.filter(pl.col("caveat").is_not_null()).sort("division", "population")
    lines = [f"{row['division']}, {row['population']}: {row['caveat']}" for row in told.iter_rows(named=True)]
    return {"caveats": dg.MetadataValue.md(markdown_list(lines))} if lines else {}


def _charts(models: pl.DataFrame) -> dict[str, Any]:
    from synthdeal_assets.whitespace.models.plots import champions_and_rules

    charts = {population: champions_and_rules(models, population) for population in POPULATIONS}
    return {
        f"champion and best rule, {population}": dg.MetadataValue.md(
            chart_markdown(chart, f"AUC of champion and best rule by division, {population}")
        )
        for population, chart in charts.items()
        if chart is not None
    }


def _where_in_mlflow(tracking: "Tracking", models: pl.DataFrame) -> dict[str, Any]:
    """The run of each division and cutoff, the latest cutoff first, and how it is seen in MLflow's own UI."""
    runs = (
        models.filter(pl.col("mlflow_run_id").is_not_null())
        .group_by("model_cutoff", "division", run="mlflow_run_id")
        .agg(model=pl.col("mlflow_model").drop_nulls().first())
        .sort("model_cutoff", "division", descending=[True, False])
        .head(MAX_SHOWN)
    )
    links = {
        f"MLflow, {row['division']} {row['model_cutoff']}": dg.MetadataValue.url(url)
        for row in runs.iter_rows(named=True)
        if (url := tracking.url_of(row["run"])) is not None
    }
    command = (
        {}
        if tracking.command is None
        else {"MLflow": f"Run `pip install mlflow` once, then `{tracking.command}`, to look at them in a browser."}
    )
    return {"runs in MLflow": dg.MetadataValue.md(markdown_table(runs, longest_cell=80)), **command, **links}


MODEL_ASSETS: Final[list[dg.AssetsDefinition]] = [models_and_predictions]
