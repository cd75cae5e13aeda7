"""The assets of list and profiles in a real run: both lists are stored, and the UI is told what matters."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, query_frame
from synthdeal_assets.whitespace.page.assets import PAGE_ASSETS
from synthdeal_assets.whitespace.ranked_list.assets import LIST_ASSETS
from synthdeal_assets.whitespace.tables import PROFILES, WHITESPACE_LIST
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.whitespace.listed_shop import ListedShop, fill_listed_shop


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("list_assets")


@pytest.fixture(scope="module")
def shop(home: Path) -> ListedShop:
    return fill_listed_shop(Warehouse(database=str(home / "warehouse.duckdb")), customers=100)


@pytest.fixture(scope="module")
def run(shop: ListedShop, home: Path) -> dg.ExecuteInProcessResult:
    settings = shop.settings.changed({"home": home})
    return dg.materialize(LIST_ASSETS, resources={"warehouse": shop.warehouse, "settings": settings})


def metadata_of(run: dg.ExecuteInProcessResult, table: str) -> dict[str, object]:
    [event] = run.asset_materializations_for_node(f"whitespace__{table}")
    return {name: value.value for name, value in event.metadata.items()}


def test_the_present_list_and_the_one_to_judge_the_method_by_are_stored(
    shop: ListedShop, run: dg.ExecuteInProcessResult
) -> None:
    assert run.success
    rows = shop.warehouse.read_table(WHITESPACE_LIST)
    stored = {(row["cutoff_date"], row["is_current"]) for row in rows.select("cutoff_date", "is_current").to_dicts()}
    assert stored == {(shop.plan.scoring_cutoff, True), (shop.plan.test_cutoff, False)}


def test_the_ui_is_told_how_many_the_first_ones_and_what_became_of_an_earlier_list(
    shop: ListedShop, run: dg.ExecuteInProcessResult
) -> None:
    told = metadata_of(run, "whitespace")
    present = shop.warehouse.read_table(WHITESPACE_LIST).filter("is_current")
    assert told["pairs"] == present.height
    assert told["eligible"] == present["is_eligible"].sum()
    assert told["within capacity"] == present["within_capacity"].sum()
    assert sum(int(str(told[f"grade {grade}"])) for grade in "ABCD") == present.height
    best = present.sort("place").row(0, named=True)
    assert str(told["the first ones"]).split("\n")[2].startswith(f"| `1` | `{best['customer_id']}` |")
    earlier = shop.warehouse.read(
        "SELECT avg(bought::DOUBLE) FILTER (WHERE within_capacity) AS worked, avg(bought::DOUBLE) AS every "
        "FROM whitespace.whitespace JOIN whitespace.labels USING (cutoff_date, customer_id, division) "
        "WHERE NOT is_current"
    ).row(0, named=True)
    assert f"{100 * earlier['worked']:.1f} % bought" in str(told["what became of an earlier list"])
    assert f"pairs {100 * earlier['every']:.1f} %" in str(told["what became of an earlier list"])
    assert "logistic regression over the four parts" in str(told["challenger"]) or "second-best" in str(
        told["challenger"]
    )


def test_each_division_has_a_word_on_who_enters_it(shop: ListedShop, run: dg.ExecuteInProcessResult) -> None:
    told = metadata_of(run, "profiles")
    rows = shop.warehouse.read_table(PROFILES)
    for division in shop.divisions:
        text = str(told[f"who enters {division}"])
        assert f"customers entered {division} in" in text
        assert text.count("\n- ") == rows.filter(pl.col("division") == division).height


@pytest.mark.parametrize("asset", [*LIST_ASSETS, *PAGE_ASSETS], ids=lambda asset: str(asset.node_def.name))
def test_an_asset_reads_only_the_tables_that_its_lineage_shows(
    shop: ListedShop, run: dg.ExecuteInProcessResult, tmp_path: Path, asset: dg.AssetsDefinition
) -> None:
    assert run.success
    shutil.copy(shop.warehouse.path, tmp_path / "warehouse.duckdb")
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    shown = {".".join(key.path) for spec in asset.specs for key in (spec.key, *(dep.asset_key for dep in spec.deps))}
    with warehouse.connect() as connection:
        stored = query_frame(connection, "SELECT schema_name || '.' || table_name AS name FROM duckdb_tables()")
        for name in set(stored["name"]) - shown:
            connection.execute(f"DROP TABLE {name}")

    settings = shop.settings.changed({"home": tmp_path})
    assert dg.materialize([asset], resources={"warehouse": warehouse, "settings": settings}).success


@pytest.mark.parametrize("made", [None, dt.date(2020, 1, 1)], ids=["never", "at another cutoff"])
@pytest.mark.parametrize("asset", LIST_ASSETS, ids=lambda asset: str(asset.node_def.name))
def test_what_is_to_be_made_first_is_told_in_a_sentence(
    shop: ListedShop, tmp_path: Path, asset: dg.AssetsDefinition, made: dt.date | None
) -> None:
    shutil.copy(shop.warehouse.path, tmp_path / "warehouse.duckdb")
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    with warehouse.connect() as connection:
        if made is None:
            connection.execute("DROP TABLE whitespace.predictions")
        else:
            connection.execute("UPDATE whitespace.predictions SET cutoff_date = ?", [made])

    named = rf"cutoff {shop.plan.scoring_cutoff} .*whitespace/predictions"
    with failing_with("whitespace.cutoff-not-made", naming=named):
        dg.materialize([asset], resources={"warehouse": warehouse, "settings": shop.settings})
