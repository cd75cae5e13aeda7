"""Leak canaries: each stays alive on an honest build, and each dies of the leak it is there for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import dagster as dg
import duckdb
import polars as pl
import pytest

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.sql_text import sql_file
from synthdeal_assets.foundation.warehouse import Warehouse, create
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace import features
from synthdeal_assets.whitespace.cutoffs import read_plan, require_past_windows
from synthdeal_assets.whitespace.feature_assets import FEATURE_ASSETS
from synthdeal_assets.whitespace.leak_checks import FEATURE_CHECKS, LEAK_CHECKS
from synthdeal_assets.whitespace.leaks import (
    changed_by_another_future,
    clocks_in,
    clocks_read,
    find_telltales,
    models_of_the_future,
    refuses_its_own_cutoff,
)
from synthdeal_assets.whitespace.tables import MODELS
from synthdeal_assets_tests.whitespace.shop import fill_shop


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("leaks"), whitespace_training_cutoffs=2)
    fill_shop(Warehouse.of(settings), customers=200, holdout_days=200)
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [*FEATURE_ASSETS, *FEATURE_CHECKS, *LEAK_CHECKS],
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
    [("order_date <= getvariable('cutoff')", "order_date <= getvariable('cutoff') + 1"), ("NOT is_holdout", "true")],
)
def test_features_that_read_later_or_holdout_rows_are_found(
    warehouse: Warehouse, cutoff: dt.date, monkeypatch: pytest.MonkeyPatch, guard: str, without: str
) -> None:
    def leaking(package: str, *path: str) -> str:
        return honest(package, *path).replace(guard, without)

    honest = sql_file
    monkeypatch.setattr(features, "sql_file", leaking)

    with warehouse.connect() as connection:
        assert changed_by_another_future(connection, cutoff).height > 100


def test_one_changed_number_is_found(warehouse: Warehouse, cutoff: dt.date) -> None:
    one = "cutoff_date = ? AND customer_id = 'C0001' AND division = 'Backup'"
    with warehouse.connect() as connection:
        connection.execute(f"UPDATE whitespace.features SET amount_3m = amount_3m + 0.01 WHERE {one}", [cutoff])
        found = changed_by_another_future(connection, cutoff)
        connection.execute(f"UPDATE whitespace.features SET amount_3m = amount_3m - 0.01 WHERE {one}", [cutoff])
    assert found.rows() == [("C0001", "Backup")]


def test_a_model_may_not_learn_from_a_window_that_ends_after_its_own_cutoff() -> None:
    cutoff = dt.date(2026, 1, 1)
    assert refuses_its_own_cutoff(cutoff, 1)
    require_past_windows(cutoff, [cutoff - dt.timedelta(days=30)], 30)
    with pytest.raises(SynthDealError, match="may not learn from the cutoff 2025-12-03, whose label window ends on"):
        require_past_windows(cutoff, [dt.date(2025, 6, 1), dt.date(2025, 12, 3)], 30)


def test_a_stored_model_that_learnt_from_its_own_future_is_found(
    connection: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    plan = read_plan(connection, settings)
    used_at = plan.scoring_cutoff
    create(connection, MODELS)
    row = dict.fromkeys(MODELS.polars_schema) | {"division": "Backup", "population": "existing"}
    for learner, days in (("regression", plan.training[used_at]), ("lightgbm", (plan.training[used_at][0], used_at))):
        frame = pl.DataFrame(
            [row | {"model_cutoff": used_at, "learner": learner, "training_cutoffs": ", ".join(map(str, days))}],
            schema=MODELS.polars_schema,
        )
        connection.register(
            "row_of_a_model", frame.with_columns(pl.exclude("validation_cutoff").fill_null(strategy="zero"))
        )
        connection.execute("INSERT INTO whitespace.models BY NAME SELECT * FROM row_of_a_model")

    found = models_of_the_future(connection)

    assert found.select("learner", "learnt_from").rows() == [("lightgbm", used_at)]


def test_the_logic_of_the_rooms_reads_no_clock() -> None:
    assert clocks_read() == []


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
