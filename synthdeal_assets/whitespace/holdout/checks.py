"""The asset checks on the hold-out and on drift: promises kept or not, and that what was judged on was really later.

Only the definitions for Dagster belong here; what is said is decided in `verdicts.py`. A promise that is not kept
only warns, as does having nothing to judge, which is never shown as passed; a hold-out that is none is an error.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import dagster as dg
import duckdb
import polars as pl

from synthdeal_assets.foundation.dagster_instance.asset_checks import build_table_checks, check_result
from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key, markdown_table
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.table_checks import TableCheck, rules_from, violations
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, table_frame
from synthdeal_assets.whitespace.tables import DRIFT, HOLDOUT_CURVES, HOLDOUT_METRICS
from synthdeal_assets.whitespace.vocabulary import ALL_DIVISIONS, EXISTING, WHITESPACE

if TYPE_CHECKING:
    from synthdeal_assets.whitespace.holdout.verdicts import Verdict

LATER_AND_COVERED: Final = TableCheck(
    HOLDOUT_METRICS,
    "holdout_window_is_later_and_covered",
    "The hold-out window starts after the cutoff, is covered by the data, was used by no model, and its labels match "
    "the transactions.",
    rules_from(statement(__package__, "holdout_window.sql")),
    blocking=False,
)

WAYS_OF_BUYING: Final = "customers_buy_as_they_did"

PROMISES: Final = {
    "existing_customers_meet_the_gates": "On existing pairs the champion has an AUC of at least 0.70, a lift@10 of at "
    "least 2.0 and a calibration error of at most 0.10.",
    "whitespace_pairs_meet_the_gates": "On whitespace pairs the champion has an AUC of at least 0.70, a lift@10 of at "
    "least 2.0 and a calibration error of at most 0.10.",
    "champion_beats_the_rules": "The champion beats the rules recency, frequency and popularity by more than chance "
    "explains.",
    WAYS_OF_BUYING: "Where models are used, customers buy as often and spend as much as at one of the training "
    "cutoffs: a population stability index of at most 0.25, no share doubled or halved, beyond chance.",
}


def _stands_on(name: str) -> dg.AssetKey:
    return asset_key(DRIFT if name == WAYS_OF_BUYING else HOLDOUT_METRICS)


@dg.multi_asset_check(
    name="holdout_promises",
    specs=[
        dg.AssetCheckSpec(name=name, asset=_stands_on(name), description=description)
        for name, description in {LATER_AND_COVERED.name: LATER_AND_COVERED.description, **PROMISES}.items()
    ],
    can_subset=True,
)
def holdout_promises(context: dg.AssetCheckExecutionContext, warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
    """Say of each promise whether it is kept."""
    from synthdeal_assets.whitespace.holdout.drift import read_drift

    selected = {key.name for key in context.selected_asset_check_keys}
    with warehouse.connect() as connection:
        metrics = table_frame(connection, HOLDOUT_METRICS)
        drift = read_drift(connection)
        window = _window(connection, metrics) if LATER_AND_COVERED.name in selected else None
    if window is not None:
        yield window
    for name, judge in _judges(metrics, drift).items():
        if name in selected:
            yield _result(name, judge(), _not_met(name, metrics, drift))


def _window(connection: duckdb.DuckDBPyConnection, metrics: pl.DataFrame) -> dg.AssetCheckResult:
    if metrics.is_empty():
        return dg.AssetCheckResult(
            passed=False,
            asset_key=asset_key(HOLDOUT_METRICS),
            check_name=LATER_AND_COVERED.name,
            severity=dg.AssetCheckSeverity.WARN,
            description="Nothing was tested: there is no hold-out.",
        )
    return check_result(LATER_AND_COVERED, violations(connection, LATER_AND_COVERED))


def _judges(metrics: pl.DataFrame, drift: pl.DataFrame) -> dict[str, Callable[[], "Verdict"]]:
    from synthdeal_assets.whitespace.holdout.verdicts import against_the_rules, gates, ways_of_buying

    return {
        "existing_customers_meet_the_gates": lambda: gates(metrics, EXISTING),
        "whitespace_pairs_meet_the_gates": lambda: gates(metrics, WHITESPACE),
        "champion_beats_the_rules": lambda: against_the_rules(metrics),
        WAYS_OF_BUYING: lambda: ways_of_buying(drift),
    }


def _not_met(name: str, metrics: pl.DataFrame, drift: pl.DataFrame) -> dict[str, Any]:
    """The figures that a promise is not kept in, as metadata; empty where there is none."""
    if name == WAYS_OF_BUYING:
        from synthdeal_assets.whitespace.holdout.drift import alarms

        moved = alarms(drift).drop("ks", "psi").with_columns(pl.col(pl.Float64).round(3))
        return {"moved": dg.MetadataValue.md(markdown_table(moved))} if moved.height else {}
    missed = metrics.filter(~pl.col("passed")).select(
        "population", "division", "measure", "value", "low", "high", "gate"
    )
    if not name.endswith("_meet_the_gates") or missed.is_empty():
        return {}
    population = EXISTING if name.startswith(EXISTING) else WHITESPACE
    of_population = missed.filter(pl.col("population") == population).drop("population")
    return {
        "not met": dg.MetadataValue.md(markdown_table(of_population)),
        "gates not met": of_population.height,
        "over all divisions": of_population.filter(pl.col("division") == ALL_DIVISIONS).height,
    }


def _result(name: str, verdict: "Verdict", shown: dict[str, Any]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=verdict.kept,
        asset_key=_stands_on(name),
        check_name=name,
        severity=dg.AssetCheckSeverity.WARN,
        description=verdict.sentence,
        metadata=shown,
    )


HOLDOUT_CHECKS: Final[list[dg.AssetChecksDefinition]] = [
    build_table_checks("holdout_table_checks", [HOLDOUT_METRICS, HOLDOUT_CURVES, DRIFT], blocking=False),
    holdout_promises,
]
