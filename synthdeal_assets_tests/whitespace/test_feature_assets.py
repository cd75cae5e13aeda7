"""The assets cutoffs, features and labels in real runs: a whole plan, and chosen partitions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, table_exists
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.features.assets import CUTOFF_PARTITIONS, FEATURE_ASSETS
from synthdeal_assets.whitespace.features.cutoffs import read_plan
from synthdeal_assets.whitespace.tables import FEATURES
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.whitespace.shop import fill_shop


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "shop"


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def run(
    instance: dg.DagsterInstance, settings: Settings, *, partition_key: str | None = None, raises: bool = True
) -> dg.ExecuteInProcessResult:
    chosen = FEATURE_ASSETS[1:] if partition_key else FEATURE_ASSETS
    return dg.materialize(
        chosen,
        instance=instance,
        partition_key=partition_key,
        resources={"warehouse": Warehouse.of(settings), "settings": settings},
        raise_on_error=raises,
    )


def partitions_of(instance: dg.DagsterInstance) -> list[str]:
    return sorted(instance.get_dynamic_partitions(str(CUTOFF_PARTITIONS.name)))


def test_a_run_without_partition_builds_every_cutoff_of_the_plan_and_forgets_the_others(
    home: Path, instance: dg.DagsterInstance
) -> None:
    settings = Settings(home=home, whitespace_training_cutoffs=2)
    warehouse = Warehouse.of(settings)
    fill_shop(warehouse, customers=60, holdout_days=200)
    with warehouse.connect() as connection:
        plan = read_plan(connection, settings)

    result = run(instance, settings)

    planned, counted_too = (
        event.materialization.metadata
        for event in result.get_asset_materialization_events()
        if event.materialization.asset_key.path[-1] == "cutoffs"
    )
    assert plan.test_cutoff is not None
    for told in (planned, counted_too):
        assert told["list made at"].value == plan.scoring_cutoff.isoformat()
        assert told["method judged at"].value == str(plan.test_cutoff)
        assert told[f"learnt from, for use at {plan.test_cutoff}"].value == ", ".join(
            map(str, plan.training[plan.test_cutoff])
        )
    days = [cutoff.isoformat() for cutoff in plan.cutoffs]
    assert partitions_of(instance) == days
    for name in ("features", "labels"):
        assert instance.get_materialized_partitions(dg.AssetKey(["whitespace", name])) == set(days)
    counted = warehouse.read(
        "SELECT cutoff_date, customers, existing_pairs, whitespace_pairs, existing_positives, whitespace_positives "
        "FROM whitespace.cutoffs ORDER BY ALL"
    )
    built = warehouse.read(
        "SELECT cutoff_date, count(DISTINCT customer_id) AS customers, count_if(population = 'existing') AS ep, "
        "count_if(population = 'whitespace') AS wp, nullif(count_if(bought AND population = 'existing'), 0) AS eb, "
        "nullif(count_if(bought AND population = 'whitespace'), 0) AS wb "
        "FROM whitespace.features LEFT JOIN whitespace.labels USING (cutoff_date, customer_id, division, population) "
        "GROUP BY ALL ORDER BY ALL"
    )
    assert counted.rows() == built.rows()
    assert all(None not in row for row in counted.rows())

    run(instance, settings.changed({"whitespace_cutoff": plan.scoring_cutoff - dt.timedelta(days=30)}))

    assert set(partitions_of(instance)).isdisjoint(days)
    for name in ("cutoffs", "features", "labels"):
        stored = warehouse.read(f"SELECT DISTINCT cutoff_date FROM whitespace.{name} ORDER BY 1").to_series().to_list()
        assert [day.isoformat() for day in stored] == partitions_of(instance)


def test_a_chosen_partition_is_built_alone(home: Path, instance: dg.DagsterInstance) -> None:
    settings = Settings(home=home, whitespace_training_cutoffs=2)
    warehouse = Warehouse.of(settings)
    fill_shop(warehouse, customers=60)
    cutoff = dt.date(2025, 1, 31)
    instance.add_dynamic_partitions(str(CUTOFF_PARTITIONS.name), [cutoff.isoformat()])

    result = run(instance, settings, partition_key="2025-01-31")

    for name in ("cutoffs", "features", "labels"):
        assert warehouse.read(f"SELECT DISTINCT cutoff_date FROM whitespace.{name}").rows() == [(cutoff,)]
    (event,) = [
        m
        for m in result.asset_materializations_for_node("whitespace__features_and_labels")
        if m.asset_key.path[-1] == "labels"
    ]
    assert event.partition == "2025-01-31"
    positives = warehouse.read("SELECT existing_positives, whitespace_positives FROM whitespace.cutoffs").row(0)
    assert event.metadata["existing positives"].value == positives[0] > 0
    assert event.metadata["whitespace positives"].value == positives[1] > 0


@pytest.mark.parametrize(
    ("key", "sentence"), [("2031-01-01", "outside the sales log, which goes from"), ("soon", "is not a date")]
)
def test_a_partition_that_is_no_day_of_the_log_is_refused_and_nothing_is_touched(
    home: Path, instance: dg.DagsterInstance, key: str, sentence: str
) -> None:
    settings = Settings(home=home)
    warehouse = Warehouse.of(settings)
    fill_shop(warehouse, customers=40)
    instance.add_dynamic_partitions(str(CUTOFF_PARTITIONS.name), [key])

    result = run(instance, settings, partition_key=key, raises=False)

    failure = result.failure_data_for_node("whitespace__features_and_labels")
    assert failure is not None
    assert failure.error is not None
    assert sentence in str(failure.error.cause or failure.error)


def test_a_division_that_is_not_in_the_log_is_refused_before_anything_is_built(
    home: Path, instance: dg.DagsterInstance
) -> None:
    warehouse = Warehouse.of(Settings(home=home))
    fill_shop(warehouse, customers=60)
    with failing_with("whitespace.unknown-division", naming="division Nope .*--division"):
        run(instance, Settings(home=home, whitespace_divisions="Nope"))
    with warehouse.connect() as connection:
        assert not table_exists(connection, FEATURES)


def test_more_divisions_than_can_be_modelled_are_refused_before_anything_is_built(
    home: Path, instance: dg.DagsterInstance
) -> None:
    warehouse = Warehouse.of(Settings(home=home))
    fill_shop(warehouse, customers=60)
    with warehouse.connect() as connection:
        connection.execute("UPDATE sales.fact_transactions SET division = 'D' || (rowid % 60)")
    with failing_with("whitespace.too-many-divisions", naming=r"60 divisions .* 50 .*--division\.$"):
        run(instance, Settings(home=home))
    with warehouse.connect() as connection:
        assert not table_exists(connection, FEATURES)
        read_plan(connection, Settings(home=home, whitespace_divisions="D1;d2"))
        connection.execute("UPDATE sales.fact_transactions SET division = 'D' || (rowid % 501)")
        with failing_with("whitespace.too-many-divisions", naming=r"501 divisions .*--product-map\.$"):
            read_plan(connection, Settings(home=home, whitespace_divisions="D1;D2"))
