"""What the commands `synthdeal whitespace ...` do with their flags, and what they say when there is nothing to do."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import polars as pl
import pytest

from synthdeal_assets.cli.summary import what_is_synthetic
from synthdeal_assets.cli.whitespace import explain as whitespace_explain
from synthdeal_assets.cli.whitespace.app import joined_sources
from synthdeal_assets.definitions import ROOMS
from synthdeal_assets.foundation.room import derived_from
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.sales.etl.etl import refill_sales
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.ranked_list.explanation import Explanation
from synthdeal_assets.whitespace.ranked_list.reasons import Reason
from synthdeal_assets.whitespace.vocabulary import EXISTING
from synthdeal_assets_tests.cli.conftest import Synthdeal, code_of
from synthdeal_assets_tests.whitespace.finished import CUTOFF, fill_finished


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """A home with a finished whitespace run of twelve pairs."""
    home = tmp_path / "finished"
    fill_finished(Warehouse(database=str(home / "warehouse.duckdb")), changed={"customer_name": "=cmd|'x'!A1"})
    return home


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--cutoff", "yesterday"], "--cutoff is 'yesterday' (from flag)"),
        (["--window-days", "0"], "--window-days is 0 (from flag)"),
        (["--sales-log", ""], "--sales-log is '' (from flag)"),
        (["--holdout", ";"], "--holdout is '' (from flag)"),
        (["--division", " "], "--division is ' ' (from flag)"),
    ],
)
def test_a_value_that_is_not_accepted_names_the_flag_that_was_typed(
    synthdeal: Synthdeal, tmp_path: Path, flags: list[str], said: str
) -> None:
    refused = synthdeal("whitespace", "run", *flags, "--home", tmp_path / "new")

    assert (refused.exit_code, code_of(refused)) == (2, "settings.invalid")
    assert refused.stderr.startswith(said)
    assert len(refused.stderr.splitlines()) == 1


def test_a_file_that_a_run_would_need_late_is_refused_before_it_begins(
    synthdeal: Synthdeal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_map = synthdeal("whitespace", "run", "--product-map", tmp_path / "map.yaml", "--home", tmp_path / "new")
    monkeypatch.setenv("SYNTHDEAL_WHITESPACE_DO_NOT_CONTACT", str(tmp_path / "nobody.csv"))
    no_file = synthdeal("whitespace", "run", "--home", tmp_path / "new")

    assert (no_map.exit_code, no_file.exit_code) == (2, 2)
    assert (code_of(no_map), code_of(no_file)) == ("product-map.missing", "do-not-contact.unreadable")
    assert str(tmp_path / "map.yaml") in no_map.stderr
    assert str(tmp_path / "nobody.csv") in no_file.stderr
    assert len(no_file.stderr.splitlines()) == 1
    assert not (tmp_path / "new").exists()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings of the whitespace runs that commands asked for, which do not run."""
    taken: list[Settings] = []

    def take(settings: Settings, *, verbose: bool) -> int:
        taken.append(settings)
        return 0

    monkeypatch.setattr("synthdeal_assets.cli.whitespace.run.run_whitespace", take)
    return taken


def test_the_flags_of_a_run_are_whole_paths_for_processes_below_it(synthdeal: Synthdeal, asked: list[Settings]) -> None:
    synthdeal(
        *("whitespace", "run", "--home", "here", "--sales-log", "2025.csv", "--sales-log", "more/*.csv"),
        *("--holdout", "later.parquet", "--product-map", "map.yaml", "--cutoff", "2026-01-31"),
        *("--window-days", "90", "--division", "Backup", "--division", "Design", "--sales-log-table", "dbo.sales"),
    )

    here = Path.cwd()
    assert asked[0].as_environment() == {
        "SYNTHDEAL_HOME": str(here / "here"),
        "SYNTHDEAL_SALES_LOG": f"{here / '2025.csv'};{here / 'more' / '*.csv'}",
        "SYNTHDEAL_SALES_HOLDOUT": str(here / "later.parquet"),
        "SYNTHDEAL_PRODUCT_MAP": str(here / "map.yaml"),
        "SYNTHDEAL_WHITESPACE_CUTOFF": "2026-01-31",
        "SYNTHDEAL_WHITESPACE_WINDOW_DAYS": "90",
        "SYNTHDEAL_WHITESPACE_DIVISIONS": "Backup;Design",
        "SYNTHDEAL_SALES_LOG_TABLE": "dbo.sales",
    }


@pytest.mark.parametrize("names", [("Spare parts; service", "Design"), ('19" racks', "Tape;", " Ink", "A\\B")])
def test_a_division_is_taken_whole_whatever_stands_in_its_name(
    synthdeal: Synthdeal, asked: list[Settings], names: tuple[str, ...]
) -> None:
    flags = [flag for name in names for flag in ("--division", name)]

    synthdeal("whitespace", "run", *flags)

    assert asked[0].whitespace.chosen_divisions == tuple(name.strip() for name in names)


@pytest.mark.parametrize(
    ("given", "setting"),
    [
        (["postgresql+psycopg://a:b@host/sales"], "postgresql+psycopg://a:b@host/sales"),
        (["sqlite:////srv/sales.db"], "sqlite:////srv/sales.db"),
        (["synthetic"], "synthetic"),
        (["/a.csv;/b.csv"], "/a.csv;/b.csv"),
        (None, None),
    ],
)
def test_addresses_and_whole_paths_stay_as_they_are(given: list[str] | None, setting: str | None) -> None:
    assert joined_sources(given) == setting


def test_a_relative_sqlite_file_is_found_from_elsewhere() -> None:
    assert joined_sources(["sqlite:///sales.db"]) == f"sqlite:///{Path.cwd() / 'sales.db'}"


@pytest.mark.parametrize("command", [["validate"], ["explain", "C1", "Backup"], ["export"]])
def test_without_a_list_each_command_says_in_a_sentence_what_to_run(
    synthdeal: Synthdeal, tmp_path: Path, command: list[str]
) -> None:
    told = synthdeal("whitespace", *command, "--home", tmp_path / "empty")

    assert told.exit_code == 1
    assert "run `synthdeal whitespace run`" in told.stderr
    assert len(told.stderr.splitlines()) == 1
    assert not (tmp_path / "empty").exists()


def test_after_another_log_and_before_its_run_ends_each_command_says_that_there_is_no_list(
    synthdeal: Synthdeal, finished: Path, tmp_path: Path
) -> None:
    log = tmp_path / "sales.csv"
    rows = [f"C{day % 9},{dt.date(2025, 1, 1) + dt.timedelta(day)},{day},1" for day in range(250)]
    log.write_text("\n".join(["Customer,Date,Alpha,Alpha_Qty", *rows]), encoding="utf-8")
    settings = Settings(home=finished, sales_log=str(log))
    refill_sales(Warehouse.of(settings), settings, derived_from(ROOMS, "sales"))

    for command in (["validate"], ["explain", "C1", "Alpha"], ["export"], ["export", "-o", "-"]):
        told = synthdeal("whitespace", *command, "--home", finished)
        assert (told.exit_code, told.stdout) == (1, "")
        assert "run `synthdeal whitespace run`" in told.stderr
    assert "no whitespace list yet" in synthdeal("status", "--home", finished).stdout


def test_a_rep_gets_the_pairs_to_work_on_as_csv_that_runs_no_formula(
    synthdeal: Synthdeal, finished: Path, tmp_path: Path
) -> None:
    file = tmp_path / "bo.csv"
    told = synthdeal("whitespace", "export", "--rep", "Bo", "--eligible", "-o", file, "--home", finished)
    pairs = pl.read_csv(file)

    assert told.exit_code == 0
    assert f"2 pairs known until {CUTOFF} are in {file}" in told.stderr
    assert pairs["customer_id"].to_list() == ["C001", "C004"]
    assert pairs["customer_name"][0] == "'=cmd|'x'!A1"


def test_a_division_goes_into_an_excel_file_named_after_the_cutoff(synthdeal: Synthdeal, finished: Path) -> None:
    told = synthdeal("whitespace", "export", "--division", "Backup", "--format", "excel", "--home", finished)
    pairs = pl.read_excel(Path.cwd() / f"whitespace-{CUTOFF}.xlsx", sheet_name="List", engine="calamine")

    assert told.exit_code == 0
    assert pairs["division"].unique().to_list() == ["Backup"]
    assert pairs["p_icp"].dtype == pl.Float64


@pytest.mark.parametrize("flags", [["--rep", "Nobody"], ["--division", "Nothing"]])
def test_a_misspelt_rep_or_division_gives_no_empty_file(synthdeal: Synthdeal, finished: Path, flags: list[str]) -> None:
    refused = synthdeal("whitespace", "export", *flags, "-o", "-", "--home", finished)

    assert refused.exit_code == 2
    assert refused.stdout == ""
    assert flags[1] in refused.stderr


def test_an_explanation_of_a_synthetic_log_says_so_and_its_reasons_add_up(
    synthdeal: Synthdeal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_finished(Warehouse(database=str(tmp_path / "warehouse.duckdb")), kind="synthetic")
    reasons = tuple(Reason("f", "f", "reason", size) for size in (0.5, -0.25, 0.001, 0.002))
    known = Explanation(
        cutoff=CUTOFF,
        window_end=CUTOFF,
        customer_id="C1",
        customer_name=None,
        division="Backup",
        population=EXISTING,
        learner="regression",
        p_icp=0.2,
        p_challenger=0.2,
        typical_chance=0.1,
        listed=None,
        pairs=0,
        reasons=reasons,
        history=pl.DataFrame(),
        opportunities=pl.DataFrame(),
        caveats=(),
    )
    monkeypatch.setattr(whitespace_explain, "explain_pair", lambda *_: known)
    told = synthdeal("whitespace", "explain", "C1", "Backup", "--home", tmp_path).stdout

    assert told.startswith("SYNTHETIC DATA.")
    assert re.findall(r"([+-]\d\.\d\d)  (\w+)", told) == [("+0.50", "reason"), ("-0.25", "reason"), ("+0.25", "all")]
    assert "all together, 2 weaker ones included" in told


def test_status_says_what_log_there_is_and_how_the_list_stands(synthdeal: Synthdeal, finished: Path) -> None:
    told = synthdeal("status", "--home", finished).stdout

    assert "Selling: 4 transactions of 4 customers in 2 divisions" in told
    assert f"list at {CUTOFF}: 12 pairs never sold, 8 eligible, 4 within the reps' capacity" in told
    assert "Whitespace: AUC 0.800" in told


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("csv", "The CRM world is synthetic; the sales log is real, read from sales_2026.csv."),
        ("synthetic", "Everything here is synthetic."),
        (None, "Everything here is synthetic."),
    ],
)
def test_a_run_does_not_call_a_sales_log_synthetic_that_somebody_gave(
    tmp_path: Path, kind: str | None, said: str
) -> None:
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    if kind is not None:
        fill_finished(warehouse, kind=kind)
    with warehouse.connect() as connection:
        assert what_is_synthetic(connection) == said


def test_status_of_a_home_without_a_log_says_how_to_get_one(synthdeal: Synthdeal, tmp_path: Path) -> None:
    warehouse = Warehouse(database=str(tmp_path / "bare" / "warehouse.duckdb"))
    warehouse.read("SELECT 1")

    assert "no sales log yet; `synthdeal whitespace run`" in synthdeal("status", "--home", tmp_path / "bare").stdout


def test_doctor_shows_an_address_without_its_password_however_short(
    synthdeal: Synthdeal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTHDEAL_SALES_LOG", "postgresql://reader:q7@host/sales")
    told = synthdeal("doctor", "--home", tmp_path / "new").output

    assert "postgresql://reader:[redacted]@host/sales" in re.sub(r"\s*\n\s*", "", told.replace("environment", ""))
    assert "q7" not in told
    assert "lightgbm" in told


def test_a_whitespace_table_goes_into_a_file_like_any_other(
    synthdeal: Synthdeal, finished: Path, tmp_path: Path
) -> None:
    told = synthdeal("export", "holdout_metrics", "-o", tmp_path / "metrics.csv", "--home", finished)
    missing = synthdeal("export", "whitespace.drift", "-o", "-", "--home", finished)

    assert told.exit_code == 0
    assert pl.read_csv(tmp_path / "metrics.csv")["measure"].n_unique() == 4
    assert (missing.exit_code, code_of(missing)) == (1, "export.table-not-made")
    assert "`synthdeal whitespace run`" in missing.stderr
