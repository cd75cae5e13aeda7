"""The asset checks of features and labels, and those that look for the future in features and models.

Only the definitions for Dagster belong here; what is looked for, and how, is in `leaks.py`. What follows from the
tables is checked as their descriptions say.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

import dagster as dg
import duckdb
import polars as pl

from synthdeal_assets.foundation.dagster_instance.asset_checks import build_table_checks
from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key, markdown_table
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.table_checks import SAMPLE_ROWS, TableCheck, rules_from
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, limit_memory, query_frame
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.features.cutoffs import read_plan
from synthdeal_assets.whitespace.leakage.leaks import (
    TELLTALE_AUC,
    changed_by_another_future,
    clocks_read,
    find_telltales,
    models_of_the_future,
    refuses_its_own_cutoff,
)
from synthdeal_assets.whitespace.learning_packages import require_packages
from synthdeal_assets.whitespace.tables import CUTOFFS, FEATURES, LABELS, MODELS
from synthdeal_assets.whitespace.vocabulary import MIN_POSITIVES

NO_TELLTALE: Final = "no_feature_tells_the_label_alone"
NO_LATER_ROW: Final = "no_later_row_changes_a_feature"
NO_CLOCK: Final = "no_clock_is_read"
NO_OWN_FUTURE: Final = "no_model_learnt_from_its_future"
NOTHING_FROM_NOISE: Final = "permuted_labels_teach_nothing"

AGREE: Final = TableCheck(
    LABELS,
    "cutoffs_features_and_labels_agree",
    "The counts of each cutoff match its features and labels, and no censored cutoff has labels.",
    rules_from(statement(__package__, "cutoff_rules.sql")),
)


@dg.multi_asset_check(
    name="leak_checks_of_features",
    specs=[
        dg.AssetCheckSpec(
            NO_LATER_ROW,
            asset=asset_key(FEATURES),
            description="Features rebuilt from a log with a different future and hold-out are identical.",
            blocking=True,
        ),
        dg.AssetCheckSpec(
            NO_TELLTALE,
            asset=asset_key(FEATURES),
            description=f"No feature ranks the buyers of a window with an AUC of {TELLTALE_AUC} or more by itself; a "
            "leak planted from the label is found.",
        ),
        dg.AssetCheckSpec(
            NO_CLOCK,
            asset=asset_key(FEATURES),
            description="Neither SQL nor Python in the rooms sales and whitespace reads the current date.",
            blocking=True,
        ),
    ],
    can_subset=True,
)
def leak_checks_of_features(
    context: dg.AssetCheckExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.AssetCheckResult]:
    """Look for the future in the features of the newest cutoff that has labels."""
    selected = {key.name for key in context.selected_asset_check_keys}
    with warehouse.connect() as connection:
        limit_memory(connection, settings)
        newest = f"SELECT max(cutoff_date) AS cutoff_date FROM {LABELS.qualified_name}"
        cutoff: dt.date | None = query_frame(connection, newest).item()
        results = [
            *([_later_rows(connection, cutoff)] if NO_LATER_ROW in selected else []),
            *([_telltales(connection, cutoff)] if NO_TELLTALE in selected else []),
        ]
    yield from results
    if NO_CLOCK in selected:
        clocks = clocks_read()
        yield _result(NO_CLOCK, not clocks, "; ".join(clocks) or "No clock is read.", {"clocks": len(clocks)})


@dg.multi_asset_check(
    name="leak_checks_of_models",
    specs=[
        dg.AssetCheckSpec(
            NO_OWN_FUTURE,
            asset=asset_key(MODELS),
            description="Every model learnt only from cutoffs whose label windows end by the cutoff it is used at; "
            "one that would learn from its own cutoff is refused.",
            blocking=True,
        ),
        dg.AssetCheckSpec(
            NOTHING_FROM_NOISE,
            asset=asset_key(MODELS),
            description="A model trained on permuted labels ranks later buyers no better than chance: an AUC of 0.5.",
        ),
    ],
    can_subset=True,
)
def leak_checks_of_models(
    context: dg.AssetCheckExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.AssetCheckResult]:
    """Look for the future in the models."""
    require_packages()
    from synthdeal_assets.whitespace.leakage.permuted_labels import learn_from_permuted

    selected = {key.name for key in context.selected_asset_check_keys}
    with warehouse.connect() as connection:
        limit_memory(connection, settings)
        plan = read_plan(connection, settings)
        early = models_of_the_future(connection)
        blind = learn_from_permuted(connection) if NOTHING_FROM_NOISE in selected else []
    if NO_OWN_FUTURE in selected:
        refused = refuses_its_own_cutoff(plan.scoring_cutoff, plan.window_days)
        yield _result(
            NO_OWN_FUTURE,
            refused and early.is_empty(),
            f"{early.height} models learnt from a window that ends after their cutoff; one that would learn from its "
            f"own cutoff is {'refused' if refused else 'NOT refused'}.",
            {"sample": dg.MetadataValue.md(markdown_table(early.head(SAMPLE_ROWS)))},
            table=MODELS,
        )
    if NOTHING_FROM_NOISE in selected:
        if not blind:
            yield _not_judged(NOTHING_FROM_NOISE, table=MODELS)
            return
        yield _result(
            NOTHING_FROM_NOISE,
            all(found.is_blind for found in blind),
            "; ".join(
                f"{found.division} ({found.population}) at {found.model_cutoff}: AUC {found.auc:.3f} ± "
                f"{found.standard_error:.3f} from permuted labels, {found.true_auc:.3f} from the true ones"
                for found in blind
            ),
            {
                "populations": ", ".join(found.population for found in blind),
                # As numbers the UI draws them over the runs.
                **{f"AUC from permuted labels, {found.population}": found.auc for found in blind},
                **{f"AUC from true labels, {found.population}": found.true_auc for found in blind},
            },
            table=MODELS,
        )


def _later_rows(connection: duckdb.DuckDBPyConnection, cutoff: dt.date | None) -> dg.AssetCheckResult:
    if cutoff is None:
        return _not_judged(NO_LATER_ROW)
    changed = changed_by_another_future(connection, cutoff)
    return _result(
        NO_LATER_ROW,
        changed.is_empty(),
        f"{changed.height:,} pairs at {cutoff} have different features when the later part of the log differs.",
        {
            "cutoff": cutoff.isoformat(),
            "pairs that changed": changed.height,
            "sample": dg.MetadataValue.md(markdown_table(changed.head(SAMPLE_ROWS))),
        },
    )


def _telltales(connection: duckdb.DuckDBPyConnection, cutoff: dt.date | None) -> dg.AssetCheckResult:
    if cutoff is None:
        return _not_judged(NO_TELLTALE)
    found, judged = find_telltales(connection, cutoff)
    if not judged:
        return _not_judged(NO_TELLTALE)
    listed = ", ".join(f"{telltale.feature} ({telltale.population}, AUC {telltale.auc:.3f})" for telltale in found)
    return _result(
        NO_TELLTALE,
        not found,
        f"Each of these features alone predicts who buys after {cutoff}: {listed}. Either they leak the future, or "
        "customers buy very regularly; the check on later rows tells which."
        if found
        else f"None at {cutoff} among {' and '.join(judged)} pairs; the planted one was found.",
        {
            "cutoff": cutoff.isoformat(),
            "populations": ", ".join(judged),
            "telltales": dg.MetadataValue.md(markdown_table(pl.DataFrame(found))),
        },
        severity=dg.AssetCheckSeverity.WARN,
    )


def _not_judged(name: str, *, table: Table = FEATURES) -> dg.AssetCheckResult:
    return _result(
        name,
        True,
        f"Not judged: no cutoff has labels with {MIN_POSITIVES} buyers and as many others in a population.",
        {},
        severity=dg.AssetCheckSeverity.WARN,
        table=table,
    )


def _result(
    name: str,
    passed: bool,
    description: str,
    metadata: dict[str, Any],
    *,
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR,
    table: Table = FEATURES,
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=passed,
        asset_key=asset_key(table),
        check_name=name,
        severity=severity,
        description=description,
        metadata=metadata,
    )


FEATURE_CHECKS: Final[list[dg.AssetChecksDefinition]] = [
    build_table_checks("cutoff_checks", [CUTOFFS]),
    # A hundred columns and millions of rows: each check reads them once.
    build_table_checks("feature_checks", [FEATURES, LABELS], one_scan=True, extra=[AGREE]),
]
LEAK_CHECKS: Final[list[dg.AssetChecksDefinition]] = [leak_checks_of_features, leak_checks_of_models]
