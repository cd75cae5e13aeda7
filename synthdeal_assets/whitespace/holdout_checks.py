"""The asset checks on the hold-out: promises kept or not, and that what was judged on was really later.

Only the definitions for Dagster belong here; what is said is decided in `holdout_words.py`. A promise that is not kept
only warns, as does having nothing to judge, which is never shown as passed; a hold-out that is none is an error.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import dagster as dg
import duckdb
import polars as pl

from synthdeal_assets.foundation.asset_checks import build_table_checks, check_result
from synthdeal_assets.foundation.sql_text import sql_file
from synthdeal_assets.foundation.table_checks import TableCheck, rules_from, violations
from synthdeal_assets.foundation.ui_metadata import asset_key, markdown_table
from synthdeal_assets.foundation.warehouse import Warehouse, table_frame
from synthdeal_assets.whitespace.tables import (
    ALL_DIVISIONS,
    DRIFT,
    EXISTING,
    HOLDOUT_CURVES,
    HOLDOUT_METRICS,
    WHITESPACE,
)

if TYPE_CHECKING:
    from synthdeal_assets.whitespace.holdout_words import Verdict

LATER_AND_COVERED: Final = TableCheck(
    HOLDOUT_METRICS,
    "holdout_window_is_later_and_covered",
    "The window that is judged on begins after the cutoff, the data cover it, no model learnt from any of it, and its "
    "labels are what the transactions come to.",
    rules_from(sql_file(__package__, "sql", "holdout_window.sql")),
    blocking=False,
)

PROMISES: Final = {
    "existing_customers_meet_the_gates": "On existing pairs the champion has an AUC of at least 0.70, a lift@10 of at "
    "least 2.0 and a calibration error of at most 0.10.",
    "whitespace_pairs_meet_the_gates": "On whitespace pairs the champion has an AUC of at least 0.70, a lift@10 of at "
    "least 2.0 and a calibration error of at most 0.10.",
    "champion_beats_the_rules": "The champion outranks recency, frequency and popularity by more than chance explains.",
    "scores_have_not_drifted": "The champion's scores are spread as in the latest training window: a population "
    "stability index of at most 0.25 in every division.",
}


@dg.multi_asset_check(
    name="holdout_promises",
    specs=[
        dg.AssetCheckSpec(name=name, asset=asset_key(HOLDOUT_METRICS), description=description)
        for name, description in {LATER_AND_COVERED.name: LATER_AND_COVERED.description, **PROMISES}.items()
    ],
    can_subset=True,
)
def holdout_promises(context: dg.AssetCheckExecutionContext, warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
    """Say of each promise whether it is kept."""
    selected = {key.name for key in context.selected_asset_check_keys}
    with warehouse.connect() as connection:
        metrics = table_frame(connection, HOLDOUT_METRICS)
        window = _window(connection, metrics) if LATER_AND_COVERED.name in selected else None
    if window is not None:
        yield window
    for name, judge in _judges().items():
        if name in selected:
            yield _result(name, judge(metrics), metrics)


def _window(connection: duckdb.DuckDBPyConnection, metrics: pl.DataFrame) -> dg.AssetCheckResult:
    if metrics.is_empty():
        return dg.AssetCheckResult(
            passed=False,
            asset_key=asset_key(HOLDOUT_METRICS),
            check_name=LATER_AND_COVERED.name,
            severity=dg.AssetCheckSeverity.WARN,
            description="Nothing was judged: there is no hold-out.",
        )
    return check_result(LATER_AND_COVERED, violations(connection, LATER_AND_COVERED))


def _judges() -> dict[str, Callable[[pl.DataFrame], "Verdict"]]:
    from synthdeal_assets.whitespace.holdout_words import against_the_rules, gates, score_drift

    return {
        "existing_customers_meet_the_gates": lambda metrics: gates(metrics, EXISTING),
        "whitespace_pairs_meet_the_gates": lambda metrics: gates(metrics, WHITESPACE),
        "champion_beats_the_rules": against_the_rules,
        "scores_have_not_drifted": score_drift,
    }


def _result(name: str, verdict: "Verdict", metrics: pl.DataFrame) -> dg.AssetCheckResult:
    missed = metrics.filter(~pl.col("passed")).select(
        "population", "division", "measure", "value", "low", "high", "gate"
    )
    shown: dict[str, Any] = {}
    if name.endswith("_meet_the_gates") and not missed.is_empty():
        population = EXISTING if name.startswith(EXISTING) else WHITESPACE
        of_population = missed.filter(pl.col("population") == population).drop("population")
        shown = {
            "not met": dg.MetadataValue.md(markdown_table(of_population)),
            "gates not met": of_population.height,
            "over all divisions": of_population.filter(pl.col("division") == ALL_DIVISIONS).height,
        }
    return dg.AssetCheckResult(
        passed=verdict.kept,
        asset_key=asset_key(HOLDOUT_METRICS),
        check_name=name,
        severity=dg.AssetCheckSeverity.WARN,
        description=verdict.sentence,
        metadata=shown,
    )


HOLDOUT_CHECKS: Final[list[dg.AssetChecksDefinition]] = [
    build_table_checks("holdout_table_checks", [HOLDOUT_METRICS, HOLDOUT_CURVES, DRIFT], blocking=False),
    holdout_promises,
]
