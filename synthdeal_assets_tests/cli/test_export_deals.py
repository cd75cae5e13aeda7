"""`synthdeal export deals` joins a deal with its account, owner, manager, score, flags and next question."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.orchestration.published_copy import publish, published_copy
from synthdeal_assets.scoring.flags.candidates import CANDIDATES
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS
from synthdeal_assets_tests.cli.conftest import COMMAND, Synthdeal, code_of, plain_environment

pytestmark = pytest.mark.slow

READ_FIRST = [
    *("name", "account", "stage_name", "amount", "close_date", "owner", "manager", "region"),
    *("score", "win_probability", "flags", "next_question"),
]
READ: dict[str, Callable[[Path], pl.DataFrame]] = {
    "csv": pl.read_csv,
    "xlsx": pl.read_excel,
    "parquet": pl.read_parquet,
    "json": lambda path: pl.DataFrame(json.loads(path.read_text(encoding="utf-8")), infer_schema_length=None),
    "jsonl": lambda path: pl.DataFrame(
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()], infer_schema_length=None
    ),
    "duckdb": lambda path: duckdb.connect(path, read_only=True).execute("FROM mart.deals").pl(),
    "sqlite": lambda path: pl.read_database(
        "SELECT * FROM mart_deals", sqlite3.connect(path), infer_schema_length=None
    ),
    "sql": lambda path: _run_script(path.read_text(encoding="utf-8")),
}


def _run_script(script: str) -> pl.DataFrame:
    with duckdb.connect() as connection:
        connection.execute(script)
        return connection.execute("FROM mart.deals").pl()


def exported(synthdeal: Synthdeal, home: Path, to: Path) -> pl.DataFrame:
    """All deals as a Parquet file has them."""
    assert synthdeal("export", "deals", "--format", "parquet", "--home", home, "-o", to).exit_code == 0
    return pl.read_parquet(to)


def test_every_format_has_a_row_for_each_deal_and_first_what_is_read_first(
    synthdeal: Synthdeal, home: Path, tmp_path: Path
) -> None:
    deals = Warehouse(database=str(home / "warehouse.duckdb")).read("SELECT * FROM crm.opportunities ORDER BY ALL")
    for kind, read in READ.items():
        file = tmp_path / f"deals.{kind}"
        options = ("--option", "dialect=duckdb") if kind == "sql" else ("--plain",) if kind == "csv" else ()
        done = synthdeal("export", "deals", "--format", kind, *options, "--home", home, "-o", file)
        assert done.exit_code == 0, done.stderr
        found = read(file)
        assert found.columns[: len(READ_FIRST)] == READ_FIRST, kind
        assert found["opportunity_id"].to_list() == deals["opportunity_id"].to_list(), kind
        assert found["name"].to_list() == deals["name"].to_list(), kind


def test_a_deal_has_the_manager_of_its_owner(synthdeal: Synthdeal, home: Path, tmp_path: Path) -> None:
    users = {
        row["user_id"]: row
        for row in Warehouse(database=str(home / "warehouse.duckdb")).read("FROM crm.users").iter_rows(named=True)
    }
    found = exported(synthdeal, home, tmp_path / "deals.parquet")

    assert found["manager"].null_count() < found.height
    for deal in found.iter_rows(named=True):
        manager = users[deal["owner_id"]]["manager_id"]
        assert deal["manager"] == (None if manager is None else users[manager]["name"])


def test_the_next_question_is_that_of_the_least_known_element_that_weighs_most(
    synthdeal: Synthdeal, home: Path, tmp_path: Path
) -> None:
    elements = Warehouse(database=str(home / "warehouse.duckdb")).read(
        "FROM scoring.score_elements WHERE framework = 'MEDDPICC' AND question != ''"
    )
    places = list(MEDDPICC_WEIGHTS)
    least: dict[str, tuple[tuple[int, float, int], str]] = {}
    for row in elements.iter_rows(named=True):
        element = row["element"]
        rank = (row["counted_level"], -MEDDPICC_WEIGHTS[element], places.index(element))
        known = least.get(row["opportunity_id"])
        if known is None or rank < known[0]:
            least[row["opportunity_id"]] = (rank, row["question"])
    found = exported(synthdeal, home, tmp_path / "deals.parquet")
    open_deals = found.filter(~pl.col("is_closed"))

    assert open_deals.height > 5
    for deal in open_deals.iter_rows(named=True):
        assert deal["next_question"] == least[deal["opportunity_id"]][1]
    assert (
        found.filter("is_closed").select("next_question", "flags").null_count().row(0)
        == (found["is_closed"].sum(),) * 2
    )


def test_the_flags_are_those_of_today_whose_record_is_shown(synthdeal: Synthdeal, home: Path, tmp_path: Path) -> None:
    warehouse = Warehouse(database=str(home / "warehouse.duckdb"))
    with warehouse.connect() as connection:
        # In so small a world no flag has a record; two get one for this test.
        connection.execute("UPDATE scoring.flags SET is_shown = flag IN ('overdue', 'long_in_stage')")
    with dg.DagsterInstance.ephemeral() as instance:
        publish(instance, warehouse)
    flagged = warehouse.read(
        "SELECT opportunity_id, flag FROM scoring.flags JOIN crm.world ON flag_date = as_of "
        "WHERE is_flagged AND is_shown"
    )
    words = {candidate.flag: candidate.label for candidate in CANDIDATES}
    expected: dict[str, list[str]] = {}
    for flag, label in words.items():
        for deal in flagged.filter(flag=flag)["opportunity_id"]:
            expected.setdefault(deal, []).append(label)
    found = exported(synthdeal, home, tmp_path / "deals.parquet").filter(~pl.col("is_closed"))

    assert 0 < len(expected) < found.height
    for deal in found.iter_rows(named=True):
        assert (deal["flags"] or "") == "; ".join(expected.get(deal["opportunity_id"], []))
        assert deal["is_at_risk"] == (deal["opportunity_id"] in expected)


def test_deals_are_exported_while_another_process_holds_the_warehouse(home: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(home / "warehouse.duckdb")):
        done = subprocess.run(
            [*COMMAND, "export", "deals", "-o", str(tmp_path / "deals.csv"), "--home", str(home)],
            env=plain_environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 0, done.stderr
    assert "rows of mart.deals are in" in done.stderr


def test_without_a_published_copy_or_a_list_the_export_says_what_to_run(synthdeal: Synthdeal, home: Path) -> None:
    whitespace = synthdeal("export", "mart.whitespace", "--home", home, "-o", "-")
    published_copy(home / "warehouse.duckdb").unlink()
    deals = synthdeal("export", "deals", "--home", home, "-o", "-")

    assert (whitespace.exit_code, code_of(whitespace)) == (1, "export.table-not-made")
    assert "`synthdeal whitespace run`" in whitespace.stderr
    assert (deals.exit_code, code_of(deals)) == (1, "export.no-copy")
    assert "`synthdeal run`" in deals.stderr
