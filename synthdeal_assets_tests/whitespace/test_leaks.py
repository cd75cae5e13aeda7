"""Leak canaries: each stays alive on an honest build, and each dies of the leak it is there for."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, create
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.features import features
from synthdeal_assets.whitespace.features.assets import FEATURE_ASSETS
from synthdeal_assets.whitespace.features.cutoffs import read_plan, require_past_windows
from synthdeal_assets.whitespace.leakage import leaks
from synthdeal_assets.whitespace.leakage.checks import FEATURE_CHECKS, LEAK_CHECKS
from synthdeal_assets.whitespace.leakage.leaks import (
    changed_by_another_future,
    clocks_in,
    clocks_read,
    find_telltales,
    models_of_the_future,
    refuses_its_own_cutoff,
)
from synthdeal_assets.whitespace.leakage.permuted_labels import learn_from_permuted
from synthdeal_assets.whitespace.tables import MODELS
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.whitespace.shop import fill_shop


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("leaks"), whitespace_training_cutoffs=2)
    fill_shop(Warehouse.of(settings), customers=400, divisions=2, orders_a_year=3.0, holdout_days=200)
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [*FEATURE_ASSETS, *FEATURE_CHECKS, LEAK_CHECKS[0]],
            instance=instance,
            resources={"warehouse": Warehouse.of(settings), "settings": settings},
        )
    evaluations = result.get_asset_check_evaluations()
    assert len(evaluations) > 10
    assert [(check.check_name, check.description) for check in evaluations if not check.passed] == []
    return settings


@pytest.fixture
def warehouse(settings: Settings) -> Warehouse:
    return Warehouse.of(settings)


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose changes are taken back."""
    with warehouse.connect() as connection:
        connection.begin()
        yield connection
        connection.rollback()


@pytest.fixture
def cutoff(settings: Settings, warehouse: Warehouse) -> dt.date:
    with warehouse.connect() as connection:
        plan = read_plan(connection, settings)
    return plan.training[plan.scoring_cutoff][0]


def test_a_feature_made_of_the_future_is_found(connection: duckdb.DuckDBPyConnection, cutoff: dt.date) -> None:
    assert find_telltales(connection, cutoff) == ([], ["existing"])

    connection.execute(
        "UPDATE whitespace.features AS known SET gap_ratio = if(bought, NULL, coalesce(gap_ratio, 0)) "
        "FROM whitespace.labels WHERE (known.cutoff_date, known.customer_id, known.division) "
        "= (labels.cutoff_date, labels.customer_id, labels.division)"
    )
    found, _ = find_telltales(connection, cutoff)

    assert {(telltale.population, telltale.feature) for telltale in found} == {("existing", "gap_ratio")}


def test_features_do_not_depend_on_later_or_holdout_rows(warehouse: Warehouse, cutoff: dt.date) -> None:
    with warehouse.connect() as connection:
        assert changed_by_another_future(connection, cutoff).is_empty()


@pytest.mark.parametrize(
    ("guard", "without"),
    [("known_on <= getvariable('cutoff')", "known_on <= getvariable('cutoff') + 1"), ("NOT is_holdout", "true")],
)
def test_features_that_read_later_or_holdout_rows_are_found(
    warehouse: Warehouse, cutoff: dt.date, monkeypatch: pytest.MonkeyPatch, guard: str, without: str
) -> None:
    def leaking(package: str, name: str) -> str:
        return honest(package, name).replace(guard, without)

    honest = statement
    monkeypatch.setattr(features, "statement", leaking)

    with warehouse.connect() as connection:
        assert changed_by_another_future(connection, cutoff).height > 100


def test_one_changed_number_is_found(warehouse: Warehouse, cutoff: dt.date) -> None:
    one = "cutoff_date = ? AND customer_id = 'C0002' AND division = 'Backup'"
    with warehouse.connect() as connection:
        connection.execute(f"UPDATE whitespace.features SET amount_3m = amount_3m + 0.01 WHERE {one}", [cutoff])
        found = changed_by_another_future(connection, cutoff)
        connection.execute(f"UPDATE whitespace.features SET amount_3m = amount_3m - 0.01 WHERE {one}", [cutoff])
    assert found.rows() == [("C0002", "Backup")]


def test_a_model_may_not_learn_from_a_window_that_ends_after_its_own_cutoff() -> None:
    cutoff = dt.date(2026, 1, 1)
    assert refuses_its_own_cutoff(cutoff, 1)
    require_past_windows(cutoff, [cutoff - dt.timedelta(days=30)], 30)
    with failing_with("whitespace.window-not-past", naming="2025-12-03"):
        require_past_windows(cutoff, [dt.date(2025, 6, 1), dt.date(2025, 12, 3)], 30)


@pytest.fixture
def with_models(connection: duckdb.DuckDBPyConnection, settings: Settings) -> duckdb.DuckDBPyConnection:
    """Two models, as far as the canaries look at models."""
    plan = read_plan(connection, settings)
    assert plan.test_cutoff is not None
    create(connection, MODELS)
    for division in ("Analytics", "Backup"):
        add_model(connection, plan.test_cutoff, division, plan.training[plan.test_cutoff])
    return connection


def add_model(
    connection: duckdb.DuckDBPyConnection, model_cutoff: dt.date, division: str, cutoffs: Sequence[dt.date]
) -> None:
    row = dict.fromkeys(MODELS.polars_schema) | {
        "model_cutoff": model_cutoff,
        "division": division,
        "population": "existing",
        "training_cutoffs": ", ".join(map(str, cutoffs)),
        "training_positives": 60,
    }
    frame = pl.DataFrame([row], schema=MODELS.polars_schema)
    connection.register("row", frame.with_columns(pl.exclude("validation_cutoff").fill_null(strategy="zero")))
    connection.execute("INSERT INTO whitespace.models BY NAME SELECT * FROM row")


def test_a_stored_model_that_learnt_from_its_own_future_is_found(
    with_models: duckdb.DuckDBPyConnection, cutoff: dt.date
) -> None:
    assert models_of_the_future(with_models).is_empty()

    add_model(with_models, cutoff, "Backup", [cutoff - dt.timedelta(days=180), cutoff])

    assert models_of_the_future(with_models).select("division", "learnt_from").row(0) == ("Backup", cutoff)


def test_what_learns_from_permuted_labels_is_as_good_as_chance(with_models: duckdb.DuckDBPyConnection) -> None:
    (blind,) = learn_from_permuted(with_models)

    assert blind.is_blind
    assert blind.true_auc > 0.65


def test_labels_that_were_not_permuted_after_all_are_found(with_models: duckdb.DuckDBPyConnection) -> None:
    (seeing,) = learn_from_permuted(with_models, permute=lambda bought, _random: bought)

    assert not seeing.is_blind


def test_the_logic_of_the_rooms_reads_no_clock() -> None:
    assert clocks_read() == []


@pytest.mark.parametrize("folder", [".", "features", "sql"])
def test_a_clock_in_any_folder_of_a_room_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    room = tmp_path / "room_with_a_clock"
    (room / folder).mkdir(parents=True, exist_ok=True)
    (room / "__init__.py").touch()
    (room / folder / "late.sql").write_text("SELECT now()", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(leaks, "ROOMS", (room.name,))

    assert len(clocks_read()) == 1
    sys.modules.pop(room.name, None)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.sql", "-- current_date\nSELECT current_date"),
        ("a.sql", "-- nothing\nSELECT * FROM t WHERE day < now()"),
        ("a.py", "import datetime as dt\nTODAY = dt.date.today()"),
        ("a.py", "import datetime as dt\nfunction = dt.datetime.now"),
        ("a.py", "import time\nstarted = time.time()"),
        ("a.py", "import x\nfrom synthdeal_assets.foundation.timestamps import utc_now"),
        ("a.py", "import x\nquery = 'SELECT today()'"),
    ],
)
def test_a_clock_that_is_read_is_found(name: str, text: str) -> None:
    (found,) = clocks_in(name, text)
    assert found.startswith("2: ")


def test_words_about_clocks_are_no_clock() -> None:
    assert clocks_in("a.sql", "-- not now()\nSELECT today_share FROM t") == []
    assert clocks_in("a.py", '"""What is due today() or now()."""\nimport time\nstarted = time.perf_counter()') == []
