"""The assets models and predictions in real runs, with a real MLflow store."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import mlflow.pyfunc
import numpy as np
import polars as pl
import pytest
from mlflow.tracking import MlflowClient

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.features.cutoffs import read_plan
from synthdeal_assets.whitespace.features.features import build_features
from synthdeal_assets.whitespace.features.labels import build_labels
from synthdeal_assets.whitespace.models.assets import MODEL_ASSETS
from synthdeal_assets.whitespace.models.matrix import read_matrix
from synthdeal_assets.whitespace.models.tracking import EXPERIMENT, registered_name
from synthdeal_assets.whitespace.tables import MODELS, PREDICTIONS
from synthdeal_assets.whitespace.vocabulary import EXISTING, LEARNERS, POPULATIONS
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.whitespace.shop import DIVISIONS, fill_shop

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Shop:
    """A home with a shop in it, and what its run told."""

    home: Path
    result: dg.ExecuteInProcessResult

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse.of(Settings(home=self.home))

    def metadata(self, table: str) -> dict[str, Any]:
        events = self.result.get_asset_materialization_events()
        found = next(event for event in events if event.asset_key == dg.AssetKey(["whitespace", table]))
        return {name: entry.value for name, entry in found.materialization.metadata.items()}


def settings_of(home: Path, **changes: Any) -> Settings:
    return Settings(home=home, whitespace_training_cutoffs=2, **changes)


def run(home: Path, **changes: Any) -> dg.ExecuteInProcessResult:
    settings = settings_of(home, **changes)
    return dg.materialize(MODEL_ASSETS, resources={"warehouse": Warehouse.of(settings), "settings": settings})


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    home = tmp_path_factory.mktemp("home")
    warehouse = Warehouse.of(Settings(home=home))
    fill_shop(warehouse, customers=200, divisions=2, orders_a_year=2.5)
    with warehouse.connect() as connection:
        plan = read_plan(connection, settings_of(home))
        for cutoff in plan.cutoffs:
            build_features(connection, cutoff)
            build_labels(connection, cutoff, plan.window_days)
    return Shop(home, run(home))


@pytest.fixture
def copied(shop: Shop, tmp_path: Path) -> Path:
    """A home of the test's own after such a run."""
    home = tmp_path / "copied"
    home.mkdir()
    for name in ("warehouse.duckdb", "mlflow.db"):
        shutil.copy(shop.home / name, home / name)
    return home


def test_both_tables_have_every_division_at_every_cutoff_that_models_are_used_at(shop: Shop) -> None:
    models, predictions = (shop.warehouse.read_table(table) for table in (MODELS, PREDICTIONS))
    for frame in (models, predictions):
        assert frame.select("model_cutoff", "division").n_unique() == 4
        assert set(frame["population"]) == set(POPULATIONS)
    champions = models.filter(pl.col("model_role") == "champion")
    assert champions.height == 2 * 2 * 2
    pairs = shop.warehouse.read(
        "SELECT count(*) FROM whitespace.features WHERE cutoff_date = ?", [max(models["model_cutoff"])]
    )
    assert (
        predictions.filter(
            pl.col("model_cutoff") == models["model_cutoff"].max(), pl.col("cutoff_date") == pl.col("model_cutoff")
        ).height
        == pairs.item()
    )


def test_the_ui_shows_champions_and_where_mlflow_is(shop: Shop) -> None:
    told = shop.metadata("models")
    assert told["champions"].count("existing") == len(DIVISIONS[:2])
    assert "synthdeal-whitespace-" in told["runs in MLflow"]
    for population in POPULATIONS:
        assert told[f"champion and best rule, {population}"].startswith("![AUC of champion and best rule by division")
    runs = shop.warehouse.read_table(MODELS)["mlflow_run_id"].drop_nulls().unique()
    assert {told["runs in MLflow"].count(run) for run in runs} == {1}
    assert f"mlflow ui --backend-store-uri sqlite:///{shop.home}/mlflow.db" in told["MLflow"]
    assert told["dagster/row_count"] == shop.warehouse.read_table(MODELS).height
    assert shop.metadata("predictions")["dagster/row_count"] == shop.warehouse.read_table(PREDICTIONS).height


def test_mlflow_has_one_run_a_division_and_cutoff_with_the_figures_of_both_populations(shop: Shop) -> None:
    address = f"sqlite:///{shop.home}/mlflow.db"
    client = MlflowClient(tracking_uri=address, registry_uri=address)
    experiment = client.get_experiment_by_name(EXPERIMENT)
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    assert len(runs) == 4
    models = shop.warehouse.read_table(MODELS)
    for row in models.filter(pl.col("learner").is_in(LEARNERS)).iter_rows(named=True):
        data = client.get_run(row["mlflow_run_id"]).data
        prefix = f"{row['population']}.{row['learner']}"
        assert data.metrics[f"{prefix}.validation_brier"] == pytest.approx(row["validation_brier"])
        assert data.params[f"{prefix}.role"] == row["model_role"]
        assert data.tags["model_cutoff"] == row["model_cutoff"].isoformat()
    assert {file.path for file in client.list_artifacts(runs[0].info.run_id)} == {"importances.json", "model"}


def test_the_registered_champion_gives_the_predictions_of_the_warehouse(shop: Shop) -> None:
    division = DIVISIONS[0]
    address = f"sqlite:///{shop.home}/mlflow.db"
    client = MlflowClient(tracking_uri=address, registry_uri=address)
    version = client.get_model_version_by_alias(registered_name(division), "champion")
    loaded = mlflow.pyfunc.load_model(version.source)
    models = shop.warehouse.read_table(MODELS)
    latest = max(models["model_cutoff"].to_list())
    told = models.filter(
        pl.col("mlflow_model").is_not_null(), pl.col("model_cutoff") == latest, pl.col("division") == division
    )
    assert set(told["mlflow_model"]) == {f"{registered_name(division)} {version.version}"}
    with shop.warehouse.connect() as connection:
        frame = read_matrix(connection, latest, division, EXISTING)
    stored = shop.warehouse.read(
        "SELECT p_icp FROM whitespace.predictions WHERE model_cutoff = $1 AND cutoff_date = $1 AND division = $2 "
        "AND population = 'existing' ORDER BY customer_id",
        [latest, division],
    )
    assert np.array_equal(loaded.predict(frame.to_pandas()), stored["p_icp"].to_numpy())


def test_nothing_in_mlflow_is_pickled(shop: Shop) -> None:
    files = [path for path in (shop.home / "mlflow_artifacts").rglob("*") if path.is_file()]
    assert any(path.name == "model.json" for path in files)
    assert not [path for path in files if path.suffix in {".pkl", ".pickle"}]


def test_only_chosen_divisions_are_trained_and_the_rows_of_others_stay(shop: Shop, copied: Path) -> None:
    warehouse = Warehouse.of(Settings(home=copied))
    with warehouse.connect() as connection:
        connection.execute("UPDATE whitespace.models SET caveat = 'as it was'")
        connection.execute("UPDATE whitespace.predictions SET p_challenger = 0.123456789")
    assert run(copied, whitespace_divisions=DIVISIONS[1].upper()).success
    models, predictions = (warehouse.read_table(table) for table in (MODELS, PREDICTIONS))
    as_it_was = models.filter(pl.col("caveat") == "as it was")
    assert set(as_it_was["division"]) == {DIVISIONS[0]}
    assert models.height == shop.warehouse.read_table(MODELS).height
    assert set(predictions.filter(pl.col("p_challenger") == 0.123456789)["division"]) == {DIVISIONS[0]}
    assert predictions.height == shop.warehouse.read_table(PREDICTIONS).height


def test_the_same_warehouse_gives_the_same_models(shop: Shop, copied: Path) -> None:
    assert run(copied, whitespace_divisions=DIVISIONS[0]).success
    again = Warehouse.of(Settings(home=copied)).read_table(MODELS).filter(pl.col("division") == DIVISIONS[0])
    first = shop.warehouse.read_table(MODELS).filter(pl.col("division") == DIVISIONS[0])
    of_mlflow = ["mlflow_run_id", "mlflow_model"]
    assert again.drop(of_mlflow).equals(first.drop(of_mlflow))


def test_a_server_that_is_not_there_is_told_in_a_sentence_before_anything_is_trained(copied: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    before = Warehouse.of(Settings(home=copied)).read_table(MODELS)
    started = time.monotonic()
    with failing_with("mlflow.unusable", naming="SYNTHDEAL_MLFLOW_TRACKING_URI") as told:
        run(copied, mlflow_tracking_uri=f"http://somebody:secret@127.0.0.1:{port}")
    assert time.monotonic() - started < 10
    assert "secret" not in str(told.value)
    assert Warehouse.of(Settings(home=copied)).read_table(MODELS).equals(before)


def test_cutoffs_without_features_are_told_before_anything_is_trained(copied: Path) -> None:
    with Warehouse.of(Settings(home=copied)).connect() as connection:
        plan = read_plan(connection, settings_of(copied))
        connection.execute("DELETE FROM whitespace.features WHERE cutoff_date = ?", [plan.cutoffs[0]])
    with failing_with("whitespace.cutoff-not-made", naming=f"cutoff {plan.cutoffs[0]} .*whitespace/feat"):
        run(copied)


@pytest.mark.parametrize("address", ["sqlite:////proc/nowhere/mlflow.db", "carrier-pigeon://coop"])
def test_an_address_that_is_none_is_told_in_a_sentence(copied: Path, address: str) -> None:
    with failing_with("mlflow.unusable"):
        run(copied, mlflow_tracking_uri=address)


def test_names_in_the_registry_are_plain_and_never_the_same_for_two_divisions() -> None:
    names = [registered_name(name) for name in ("Cloud Storage", "a/b", "a:b", "Größe")]
    assert names[0] == "synthdeal-whitespace-Cloud Storage"
    assert len(set(names)) == 4
    assert not [name for name in names if set(name) & set("/:.%\"'")]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", f"sqlite:///{tmp_path}/server.db", "--artifacts-destination", str(tmp_path / "files")),
    ]
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=tmp_path, stdout=log, stderr=log, env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}
        )
    try:
        deadline = time.monotonic() + 120
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2):
                    break
            except OSError:
                assert time.monotonic() < deadline, (tmp_path / "server.log").read_text()
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def test_a_tracking_server_gets_runs_and_models_and_the_ui_links_to_it(copied: Path, server: str) -> None:
    result = run(copied, mlflow_tracking_uri=server, whitespace_divisions=DIVISIONS[0])
    told = Shop(copied, result).metadata("models")
    links = {name: str(value) for name, value in told.items() if name.startswith("MLflow")}
    assert len(links) == 2
    latest = links[f"MLflow, {DIVISIONS[0]} {told['cutoff']}"]
    run_id = latest.rsplit("/", 1)[-1]
    assert latest.startswith(f"{server}/#/experiments/")
    client = MlflowClient(tracking_uri=server, registry_uri=server)
    assert client.get_run(run_id).info.status == "FINISHED"
    version = client.get_model_version_by_alias(registered_name(DIVISIONS[0]), "champion")
    assert version.run_id == run_id
    assert client.download_artifacts(run_id, "model")
