"""The sales log as Dagster runs it: the tables and their checks, from a file and from the world."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import dagster as dg
import pytest

from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key
from synthdeal_assets.foundation.room import DerivedTables
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.sales.assets import SALES_ASSETS
from synthdeal_assets.sales.checks import SALES_CHECKS
from synthdeal_assets.sales.tables import FACT_TRANSACTIONS, LOG_COLUMNS, REJECTED_ROWS, SALES_LOG
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.generate import generate_world
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets_tests.sales.log_files import Shop, lines


def run(settings: Settings, *, raise_on_error: bool = True) -> dg.ExecuteInProcessResult:
    definitions = dg.Definitions(
        assets=SALES_ASSETS,
        asset_checks=SALES_CHECKS,
        resources={
            "warehouse": Warehouse.of(settings),
            "settings": dg.ResourceDefinition.hardcoded_resource(settings),
            "built_on_sales": dg.ResourceDefinition.hardcoded_resource(DerivedTables()),
        },
    )
    job = definitions.resolve_implicit_global_asset_job_def()
    return job.execute_in_process(raise_on_error=raise_on_error)


def test_a_log_is_materialised_with_what_there_is_to_know_and_passes_its_checks(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    log = shop.write("log.csv", lines("A,2024-01-02,I1,5,1,,", ",2024-01-02,I2,5,1,,", "B,2024-01-02,I3,5,1,,"))
    result = run(shop.settings(sales_log=str(log)))
    metadata = {
        event.asset_key: event.step_materialization_data.materialization.metadata
        for event in result.get_asset_materialization_events()
        if event.asset_key is not None
    }
    assert metadata[asset_key(FACT_TRANSACTIONS)]["transactions"].value == 2
    assert metadata[asset_key(FACT_TRANSACTIONS)]["total amount"].value == 10
    assert "no customer id" in str(metadata[asset_key(REJECTED_ROWS)]["rejected by reason"].value)
    assert "proposed" in str(metadata[asset_key(SALES_LOG)]["caveats"].value)
    assert metadata[asset_key(LOG_COLUMNS)]["columns that nobody reads"].value == "none"
    evaluations = {check.check_name: check for check in result.get_asset_check_evaluations()}
    assert evaluations["money_and_quantity_are_all_there"].passed
    assert evaluations["money_and_quantity_are_all_there"].asset_key == asset_key(FACT_TRANSACTIONS)
    assert all(check.passed for check in evaluations.values())


@pytest.mark.slow
def test_the_synthetic_log_of_a_world_goes_the_same_way_and_brings_its_truth(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, whitespace_customers=200)
    warehouse = Warehouse.of(settings)
    spec = WorldSpec(seed=5, size=40, as_of=dt.date(2026, 11, 20))
    warehouse.replace(generate_world(spec))
    result = run(settings)
    assert result.success
    assert all(check.passed for check in result.get_asset_check_evaluations())
    rows = warehouse.read(
        "SELECT (SELECT count(DISTINCT customer_id) FROM sales.customers) AS customers, (SELECT count(*) FROM "
        "truth.sales_affinities) AS affinities, (SELECT count(*) FROM sales.rejected_rows) AS rejected, "
        "(SELECT count(*) FROM sales.customers WHERE account_id IS NOT NULL) AS accounts"
    ).to_dicts()[0]
    assert rows["customers"] == pytest.approx(200, abs=10)
    # What accounts buy of six of the eight divisions follows from their contracts.
    assert rows["affinities"] == 8 * rows["customers"] - 6 * rows["accounts"]
    assert rows["accounts"] > 0
    assert rows["rejected"] == 0
