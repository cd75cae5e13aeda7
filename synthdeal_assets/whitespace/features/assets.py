"""The assets of what is known at a cutoff and what is bought after it: cutoffs, features and labels.

Thin: which cutoffs there are is decided in `cutoffs.py`, what is known in `features.py`, what is bought in `labels.py`.
Features and labels have a partition a cutoff. Launched without one, a run builds every cutoff of the plan and marks
them one by one; launched for chosen partitions it builds exactly those.
"""

import datetime as dt
import time
from collections.abc import Iterable, Iterator
from typing import Any, Final

import dagster as dg
import duckdb

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.dagster_instance.asset_specs import (
    PREVIEW_ROWS,
    asset_key,
    table_asset,
    table_metadata,
    table_spec,
)
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, in_transaction, limit_memory, query_frame
from synthdeal_assets.sales.product_map.feasibility import require_inside
from synthdeal_assets.sales.tables import FACT_TRANSACTIONS
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.features.cutoffs import (
    CutoffPlan,
    count_positives,
    forget_other_cutoffs,
    read_plan,
    record_cutoffs,
)
from synthdeal_assets.whitespace.features.features import put_in_place, worked_out
from synthdeal_assets.whitespace.features.labels import build_labels
from synthdeal_assets.whitespace.tables import CUTOFFS, FEATURES, LABELS

MAX_CUTOFFS_SHOWN: Final = 24

CUTOFF_PARTITIONS: Final = dg.DynamicPartitionsDefinition(name="cutoff_date")
"""One a cutoff date, added when a run plans it: the cutoffs follow from the log, the window and the settings."""


@table_asset(CUTOFFS, deps=[FACT_TRANSACTIONS], kinds={"duckdb"})
def cutoffs(
    context: dg.AssetExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> dg.MaterializeResult[None]:
    """Plan the cutoffs that the log allows, and make a partition of each."""
    plan = _plan_all(context, warehouse, settings)
    with warehouse.connect() as connection:
        return dg.MaterializeResult(metadata=_of_plan(connection, plan))


@dg.multi_asset(
    name="whitespace__features_and_labels",
    specs=[
        table_spec(FEATURES, deps=[FACT_TRANSACTIONS, CUTOFFS], kinds={"duckdb"}),
        table_spec(LABELS, deps=[FACT_TRANSACTIONS, FEATURES], kinds={"duckdb"}),
    ],
    partitions_def=CUTOFF_PARTITIONS,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def features_and_labels(
    context: dg.AssetExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.MaterializeResult[None]]:
    """Work out what was known, and what was bought after it, at the chosen cutoffs or at all of the plan.

    One op makes both, each cutoff in a transaction of its own, because labels of other features are worth nothing, and
    because Dagster refuses a partitioned asset that stands on another one in a run without a partition.
    """
    chosen = context.partition_keys if context.has_partition_key or context.has_partition_key_range else None
    if chosen is None:
        plan = _plan_all(context, warehouse, settings)
        days: tuple[dt.date, ...] = plan.cutoffs
    else:
        days = tuple(map(_day, chosen))
        plan = _plan_chosen(warehouse, settings, days)
    for place, cutoff in enumerate(days, start=1):
        started = time.perf_counter()
        with warehouse.connect() as connection:
            limit_memory(connection, settings)
            with worked_out(connection, cutoff), in_transaction(connection):
                pairs = put_in_place(connection, cutoff)
                build_labels(connection, cutoff, plan.window_days, for_validation=not plan.is_learnt_from(cutoff))
                count_positives(connection)
                found = {
                    FEATURES: _of_cutoff(connection, FEATURES, cutoff),
                    LABELS: _labels_of(connection, plan, cutoff),
                }
        context.log.info(
            "Cutoff %s (%d of %d): %s pairs in %.1f s",
            cutoff,
            place,
            len(days),
            f"{pairs:,}",
            time.perf_counter() - started,
        )
        for table, metadata in found.items():
            if chosen is None:
                context.log_event(
                    dg.AssetMaterialization(asset_key(table), partition=cutoff.isoformat(), metadata=metadata)
                )
            else:
                context.add_asset_metadata(metadata, asset_key=asset_key(table), partition_key=cutoff.isoformat())
    with warehouse.connect() as connection:
        context.log_event(
            dg.AssetMaterialization(
                asset_key(CUTOFFS),
                description="The purchases in the windows were counted.",
                metadata=_of_plan(connection, plan),
            )
        )
        for table in (FEATURES, LABELS):
            yield dg.MaterializeResult(
                asset_key=asset_key(table), metadata=table_metadata(connection, table) if chosen is None else None
            )


def _plan_all(context: dg.AssetExecutionContext, warehouse: Warehouse, settings: Settings) -> CutoffPlan:
    """Plan the cutoffs of the log; rows and partitions of others are removed, which is said."""
    with warehouse.transaction() as connection:
        plan = read_plan(connection, settings)
        gone = forget_other_cutoffs(connection, plan)
        record_cutoffs(connection, plan, plan.cutoffs)
    _make_partitions(context.instance, plan.cutoffs)
    if gone:
        context.log.info(
            "Removed features and labels of cutoffs that are not planned with the current log and settings: %s",
            _listing(gone),
        )
    context.log.info("%s", "; ".join(f"{name}: {value}" for name, value in _purposes(plan).items()))
    return plan


def _make_partitions(instance: dg.DagsterInstance, cutoffs: Iterable[dt.date]) -> None:
    """Make these cutoffs known to Dagster, and no others."""
    name, planned = str(CUTOFF_PARTITIONS.name), [cutoff.isoformat() for cutoff in cutoffs]
    instance.add_dynamic_partitions(name, planned)
    for key in sorted(set(instance.get_dynamic_partitions(name)) - set(planned)):
        instance.delete_dynamic_partition(name, key)


def _purposes(plan: CutoffPlan) -> dict[str, str | int]:
    """What each cutoff of the plan is for."""
    return {
        "list made at": plan.scoring_cutoff.isoformat(),
        "method judged at": plan.test_cutoff.isoformat()
        if plan.test_cutoff is not None
        else "nowhere, because no window that the data cover leaves room to learn",
        "window days": plan.window_days,
        **{f"learnt from, for use at {used_at}": _listing(days) for used_at, days in plan.training.items()},
    }


def _of_plan(connection: duckdb.DuckDBPyConnection, plan: CutoffPlan) -> dict[str, Any]:
    return {**_purposes(plan), **table_metadata(connection, CUTOFFS, preview_rows=MAX_CUTOFFS_SHOWN)}


def _plan_chosen(warehouse: Warehouse, settings: Settings, days: Iterable[dt.date]) -> CutoffPlan:
    """The plan of the log, after the chosen cutoffs that it lacks got a row of their own."""
    with warehouse.transaction() as connection:
        plan = read_plan(connection, settings)
        for cutoff in days:
            require_inside(cutoff, plan.first_order_date, plan.last_order_date)
        record_cutoffs(connection, plan, tuple(days))
    return plan


def _day(partition_key: str) -> dt.date:
    try:
        return dt.date.fromisoformat(partition_key)
    except ValueError as error:
        raise SynthDealError(
            f"The partition {partition_key!r} is not a date: use a day of the sales log, such as 2026-06-30.",
            code="whitespace.bad-partition",
            usage=True,
        ) from error


def _of_cutoff(connection: duckdb.DuckDBPyConnection, table: Table, cutoff: dt.date) -> dict[str, Any]:
    """Row count and preview as of a whole table, but of the rows of the cutoff."""
    of_cutoff = f"FROM {table.qualified_name} WHERE cutoff_date = ?"
    rows = query_frame(connection, f"SELECT count(*) {of_cutoff}", [cutoff]).item()
    order = ", ".join(table.primary_key)
    preview = query_frame(connection, f"SELECT * {of_cutoff} ORDER BY {order} LIMIT {PREVIEW_ROWS}", [cutoff])
    return {"dagster/partition_row_count": rows, "preview": table_metadata(preview, table)["preview"]}


def _labels_of(connection: duckdb.DuckDBPyConnection, plan: CutoffPlan, cutoff: dt.date) -> dict[str, Any]:
    """What the labels of a cutoff say about themselves: how many bought, or why there are none."""
    counted = query_frame(
        connection,
        "SELECT population, count(*) AS pairs, count(*) FILTER (bought) AS positives, "
        "round(positives / pairs, 4) AS base_rate "
        f"FROM {LABELS.qualified_name} WHERE cutoff_date = ? GROUP BY population ORDER BY population",
        [cutoff],
    )
    if counted.is_empty():
        return {
            "dagster/partition_row_count": 0,
            "censored": f"The label window ends on {plan.window_end(cutoff)}, and the data on {plan.data_end}.",
        }
    return {
        **{
            f"{row['population']} {name}": row[name]
            for row in counted.iter_rows(named=True)
            for name in ("pairs", "positives", "base_rate")
        },
        **_of_cutoff(connection, LABELS, cutoff),
    }


def _listing(days: Iterable[dt.date]) -> str:
    return ", ".join(day.isoformat() for day in days)


FEATURE_ASSETS: Final[list[dg.AssetsDefinition]] = [cutoffs, features_and_labels]
