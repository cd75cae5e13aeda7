"""`synthdeal whitespace run` on a log of one's own, from the file to the page, and the commands that stand on it."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.sales.tables import FACT_TRANSACTIONS
from synthdeal_assets.whitespace.tables import HOLDOUT_METRICS, MODELS, PAGES, WHITESPACE_LIST
from synthdeal_assets_tests.cli.conftest import COMMAND, Synthdeal, code_of, plain_environment, run_command
from synthdeal_assets_tests.cli.test_run import run_statuses
from synthdeal_assets_tests.whitespace.shop import FIRST_DAY, fill_shop

pytestmark = pytest.mark.slow

WINDOW = "90"
DAYS = 600
FEWER_CUTOFFS = {"SYNTHDEAL_WHITESPACE_TRAINING_CUTOFFS": "2"}
Finished = tuple[subprocess.CompletedProcess[str], Path, Path]


def warehouse(home: Path) -> Warehouse:
    return Warehouse(database=str(home / "warehouse.duckdb"), lock_timeout=10)


def write_wide_log(folder: Path) -> tuple[Path, Path]:
    """A wide log as an accountant exports it, and the sales of the days after it in a file of their own."""
    bought = fill_shop(
        Warehouse(database=str(folder / "shop.duckdb")), customers=100, divisions=2, days=DAYS, holdout_days=95
    )
    named = bought.with_columns(
        pl.format("${}", pl.col("amount").cast(pl.Float64).abs().round(2)).alias("money"),
        pl.col("amount") < 0,
    ).with_columns(
        money=pl.when("is_return").then(pl.format("({})", "money")).otherwise("money"),
        units=pl.col("quantity").cast(pl.Int64),
    )
    keys = ["customer_id", "order_date", "invoice", "rep", "is_holdout"]
    money = named.pivot(on="product", index=keys, values="money", aggregate_function="first")
    units = named.with_columns(pl.col("product") + "_Qty").pivot(
        on="product", index=keys, values="units", aggregate_function="first"
    )
    wide = money.join(units, on=keys).with_columns(Memo=pl.lit("paid")).sort("order_date", "invoice")
    wide = wide.rename({"customer_id": "Customer ID", "order_date": "Order Date", "invoice": "Invoice", "rep": "Rep"})
    log, later = folder / "sales.csv", folder / "later.csv"
    wide.filter(~pl.col("is_holdout")).drop("is_holdout").write_csv(log)
    wide.filter("is_holdout").drop("is_holdout").write_csv(later)
    return log, later


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """A finished run, its home and the folder with its log; not to be written to."""
    folder = tmp_path_factory.mktemp("whitespace")
    log, _ = write_wide_log(folder)
    home = folder / "home"
    done = run_command(
        *("whitespace", "run", "--sales-log", log.name, "--window-days", WINDOW, "--home", home),
        folder=folder,
        **FEWER_CUTOFFS,
    )
    assert done.returncode == 0, done.stderr
    return done, home, folder


def test_the_run_says_what_it_read_what_came_out_and_where_it_is(finished: Finished) -> None:
    done, home, folder = finished
    (page,) = warehouse(home).read_table(PAGES).to_dicts()
    best = warehouse(home).read(
        "SELECT customer_id, division, grade FROM whitespace.whitespace WHERE is_current AND is_eligible ORDER BY place"
    )

    assert f"{folder / 'sales.csv'}: " in done.stdout
    assert "Columns kept but not used, because they are not recognised: Memo." in done.stdout
    assert re.search(r"^List at \d{4}-\d\d-\d\d, for the 90 days until", done.stdout, re.MULTILINE)
    assert re.search(r"^  Existing customers: AUC ", done.stdout, re.MULTILINE)
    assert re.search(r"^  Whitespace: ", done.stdout, re.MULTILINE)
    assert f"{best['customer_id'][0]}: {best['division'][0]}, grade {best['grade'][0]}" in done.stdout
    for name in ("html_path", "csv_path", "excel_path"):
        assert str(home / page[name]) in done.stdout
        assert (home / page[name]).is_file()
    assert "ynthetic" not in done.stdout
    assert "Traceback" not in done.stderr


def test_without_a_terminal_each_phase_of_the_engine_is_one_line(finished: Finished) -> None:
    said = [line.partition(":")[0] for line in finished[0].stderr.splitlines() if re.search(r"\(\d+\.\d s\)$", line)]

    phases = ["Sales log", "Features", "Models", "List", "Hold-out", "Page and files"]
    assert said == phases


def test_all_that_was_made_stands_in_the_warehouse_and_no_world_was_needed(finished: Finished) -> None:
    home = finished[1]
    tables = warehouse(home).read("SELECT schema_name || '.' || table_name AS name FROM duckdb_tables()")["name"]

    assert warehouse(home).read_table(FACT_TRANSACTIONS)["is_holdout"].sum() == 0
    assert warehouse(home).read_table(WHITESPACE_LIST).filter("is_current").height > 10
    assert not [name for name in tables if name.startswith("crm.")]
    assert run_statuses(home) == [dg.DagsterRunStatus.SUCCESS]


def test_explain_prints_a_pair_with_what_the_model_counted(finished: Finished, synthdeal: Synthdeal) -> None:
    (best,) = (
        warehouse(finished[1])
        .read("SELECT customer_id, division FROM whitespace.whitespace WHERE is_current ORDER BY place LIMIT 1")
        .to_dicts()
    )
    told = synthdeal("whitespace", "explain", best["customer_id"], best["division"].lower(), "--home", finished[1])
    unknown = synthdeal("whitespace", "explain", "Nobody Ltd", best["division"], "--home", finished[1])

    assert told.exit_code == 0, told.stderr
    assert "Rank 1 of " in told.stdout
    assert "Chance of a purchase until" in told.stdout
    assert (unknown.exit_code, code_of(unknown)) == (2, "whitespace.unknown-customer")


def test_validate_holds_the_models_that_are_there_against_later_sales(
    finished: Finished, synthdeal: Synthdeal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in FEWER_CUTOFFS.items():
        monkeypatch.setenv(name, value)
    home = shutil.copytree(finished[1], tmp_path / "validated")
    before = warehouse(home).read_table(MODELS), warehouse(home).read_table(WHITESPACE_LIST)
    told = synthdeal("whitespace", "validate", "--holdout", finished[2] / "later.csv", "--home", home)
    judged_at = warehouse(home).read_table(HOLDOUT_METRICS)["cutoff_date"].unique().to_list()

    assert told.exit_code == 0, told.stderr
    assert "with later sales given for validation only" in told.stdout
    assert judged_at == before[1].filter("is_current")["cutoff_date"].unique().to_list()
    assert judged_at[0].toordinal() <= FIRST_DAY.toordinal() + DAYS
    assert warehouse(home).read_table(MODELS).equals(before[0])
    assert warehouse(home).read_table(WHITESPACE_LIST).equals(before[1])


def test_a_log_that_cannot_be_read_is_one_sentence_and_leaves_everything_as_it_was(
    finished: Finished, synthdeal: Synthdeal, tmp_path: Path
) -> None:
    home = shutil.copytree(finished[1], tmp_path / "kept")
    before = warehouse(home).read_table(FACT_TRANSACTIONS)
    (tmp_path / "empty.csv").touch()
    refused = synthdeal("whitespace", "run", "--sales-log", tmp_path / "empty.csv", "--home", home)

    assert refused.exit_code in {1, 2}
    assert "empty.csv" in refused.stderr.splitlines()[-1]
    assert "Traceback" not in refused.stderr
    assert warehouse(home).read_table(FACT_TRANSACTIONS).equals(before)


def test_ctrl_c_ends_with_130_and_the_run_is_canceled(finished: Finished, tmp_path: Path) -> None:
    home = tmp_path / "interrupted"
    running = subprocess.Popen(
        [*COMMAND, "whitespace", "run", "--sales-log", str(finished[2] / "sales.csv"), "--home", str(home)],
        cwd=tmp_path,
        env=plain_environment() | FEWER_CUTOFFS,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    for line in running.stderr:
        if line.startswith("Sales log"):
            break
    running.send_signal(signal.SIGINT)
    _, messages = running.communicate(timeout=120)

    assert running.returncode == 130
    assert messages.splitlines()[-1] == "Stopped."
    assert run_statuses(home) == [dg.DagsterRunStatus.CANCELED]
