"""A home that was made before tables could grow opens, has lost nothing and goes on: see README.md of this folder."""

from __future__ import annotations

import datetime as dt
import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import duckdb
import polars as pl
import pytest

import synthdeal_assets
from synthdeal_assets.demo_llm.faults import Behaviour
from synthdeal_assets.foundation.warehouse.migrations import SCHEMA_VERSION
from synthdeal_assets.foundation.warehouse.statements import sql_name
from synthdeal_assets.foundation.warehouse.table_checks import violations
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.ledger.calls import key_at
from synthdeal_assets.report.tables import EXECUTIVE_REPORTS
from synthdeal_assets.scoring.score_integrity import score_integrity, wrong_arithmetic
from synthdeal_assets.world.made_with import INSTALLED
from synthdeal_assets.world.tables import WORLD
from synthdeal_assets_tests.cli.conftest import Synthdeal, plain_environment
from synthdeal_assets_tests.fakes.llm_server import LlmServer

LAST_DAY: Final = "2026-11-20"
NEXT_WORKING_DAY: Final = "2026-11-23"
DEALS: Final = 30
MODEL: Final = "demo-llm"

WIDER_THAN_DESCRIBED: Final = {"whitespace.features", "sales.sales_log"}
"""Tables that get a column for each division, or for each column of a stranger's file, besides those described."""


RENAMED: Final = {
    ("scoring.llm_calls", "opportunity_id"): "subject_id",
    ("scoring.llm_claims", "opportunity_id"): "subject_id",
}
"""What columns are called by now, by table and name of before."""


MADE_ANEW: Final = {
    "scoring.llm_calls": {"key"},
    "scoring.opportunity_scores": {"score", "meddpicc_score", "bant_score"},
}
"""Columns whose values a step has replaced."""

AS_IT_WAS: Final = {
    "scoring.score_comparisons": """
        (SELECT
            first.comparison_id, first.compared_at, first.seed, first.sampled,
            first.scorer AS left_scorer, first.model AS left_model, first.prompt_version AS left_prompt_version,
            second.scorer AS right_scorer, second.model AS right_model, second.prompt_version AS right_prompt_version,
            first.measure, first.element, first.value AS left_value, second.value AS right_value, second.difference,
            second.low, second.high, first.unit, first.better, first.opportunities,
            CASE second.verdict
                WHEN 'better' THEN 'right is better' WHEN 'worse' THEN 'left is better' ELSE second.verdict
            END AS verdict,
            second.explanation
        FROM after.scoring.score_comparisons AS first
        JOIN after.scoring.score_comparisons AS second USING (comparison_id, measure, element)
        WHERE first.side = 1 AND second.side = 2)
    """
}
"""What a table whose rows became others looked like before, made of what it looks like now."""


@pytest.fixture
def migrated(old_home: Path) -> Warehouse:
    """The old home's warehouse after it has been opened once."""
    warehouse = Warehouse(database=str(old_home / "warehouse.duckdb"))
    with warehouse.connect():
        return warehouse


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LlmServer]:
    """A model that never fails, and the settings that the home was made with."""
    with LlmServer(Behaviour()) as server:
        for name, value in {
            "SCORER": "openai",
            "OPENAI_BASE_URL": server.base_url,
            "OPENAI_MODEL": MODEL,
            "RETRY_MAX_ATTEMPTS": "2",
        }.items():
            monkeypatch.setenv(f"SYNTHDEAL_{name}", value)
        yield server


def described_tables() -> dict[str, Table]:
    """Every table that a module of the product describes, by its name."""
    found = {}
    for module in pkgutil.walk_packages(synthdeal_assets.__path__, f"{synthdeal_assets.__name__}."):
        if not module.name.endswith("__main__"):
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, Table):
                    found[value.qualified_name] = value
    return found


def columns_by_table(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, dict[str, tuple[str, bool]]]:
    """For each table its columns, and of each its type and whether it may be NULL."""
    rows = connection.execute(
        "SELECT schema_name || '.' || table_name, column_name, data_type, is_nullable FROM duckdb_columns() "
        "WHERE database_name = ? AND NOT internal",
        [database],
    ).fetchall()
    tables: dict[str, dict[str, tuple[str, bool]]] = {}
    for table, column, kind, nullable in rows:
        tables.setdefault(table, {})[column] = (kind, nullable)
    return tables


def test_every_value_of_every_table_is_still_there(untouched: Path, migrated: Warehouse) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{untouched / 'warehouse.duckdb'}' AS before (READ_ONLY)")
        connection.execute(f"ATTACH '{migrated.path}' AS after (READ_ONLY)")
        tables = columns_by_table(connection, "before")
        del tables["ops.schema_version"]
        for table, columns in tables.items():
            made_anew = MADE_ANEW.get(table, ())
            names = {column: RENAMED.get((table, column), column) for column in columns if column not in made_anew}
            before, after = (
                f"SELECT {', '.join(map(sql_name, chosen))} FROM {where}"
                for where, chosen in (
                    (f"before.{table}", names),
                    (AS_IT_WAS.get(table, f"after.{table}"), names.values()),
                )
            )
            for one, other in ((before, after), (after, before)):
                lost = connection.execute(f"SELECT count(*) FROM ({one} EXCEPT ALL {other})").fetchall()
                assert lost == [(0,)], table
        filled = {table: connection.execute(f"SELECT count(*) FROM after.{table}").fetchall()[0][0] for table in tables}
        keys = connection.execute("SELECT call_id, key FROM before.scoring.llm_calls").fetchall()
        assert dict(connection.execute("SELECT call_id, key FROM after.scoring.llm_calls").fetchall()) == {
            call_id: key_at(key, MODEL) for call_id, key in keys
        }
    assert len(tables) > 30
    assert filled["scoring.llm_calls"] == 62
    assert filled["scoring.score_failures"] == 10
    assert migrated.read("SELECT DISTINCT endpoint FROM scoring.score_failures").rows() == [(MODEL,)]
    assert filled["scoring.score_history"] == 20
    assert filled["scoring.score_comparisons"] == 2 * 21
    of_side = "SELECT DISTINCT difference IS NULL FROM scoring.score_comparisons WHERE value IS NOT NULL AND side = "
    assert migrated.read(f"{of_side} 1").rows() == [(True,)]
    assert migrated.read(f"{of_side} 2").rows() == [(False,)]
    assert filled["report.executive_reports"] == 5
    assert filled["ops.runs"] == 6
    assert migrated.read("SELECT DISTINCT purpose FROM scoring.llm_calls").rows() == [("scoring",)]


def test_levels_without_a_quote_count_half_and_every_score_is_that_of_its_levels(
    untouched: Path, migrated: Warehouse
) -> None:
    with migrated.connect() as connection:
        assert wrong_arithmetic(connection).is_empty()
        assert not any(violations(connection, check) for check in score_integrity() if check.is_error)
    elements = migrated.read(
        "SELECT scorer, * FROM scoring.score_elements JOIN scoring.opportunity_scores USING (opportunity_id)"
    )
    owed = (pl.col("scorer") == "openai") & pl.col("quote").is_null()
    expected = elements.select(pl.when(owed).then(pl.col("level") // 2).otherwise("level")).to_series()
    assert elements["counted_level"].equals(expected, check_dtypes=False)
    with duckdb.connect(str(untouched / "warehouse.duckdb"), read_only=True) as connection:
        before = connection.execute("SELECT opportunity_id, score FROM scoring.opportunity_scores").pl()
    less = set(elements.filter(pl.col("counted_level") < pl.col("level"))["opportunity_id"])
    after = migrated.read("SELECT opportunity_id, score FROM scoring.opportunity_scores")
    moved = before.join(after, on="opportunity_id").filter(pl.col("score") > pl.col("score_right"))
    assert 0 < len(less) < before.height
    assert set(moved["opportunity_id"]) == less, "scores whose quotes stand stay as they were"


def test_every_table_has_exactly_the_columns_of_its_description(migrated: Warehouse) -> None:
    """Where this fails, a column was added, renamed or retyped without a step in `warehouse/migrations.py`."""
    described = described_tables()
    with duckdb.connect() as connection:
        for description in described.values():
            for statement in description.create_statements():
                connection.execute(statement)
        expected = columns_by_table(connection, "memory")
        connection.execute(f"ATTACH '{migrated.path}' AS home (READ_ONLY)")
        found = columns_by_table(connection, "home")
    found.pop("ops.schema_version")
    assert set(found) <= set(described)
    for table, columns in found.items():
        kept = {name: column for name, column in columns.items() if name in expected[table]}
        assert (kept if table in WIDER_THAN_DESCRIBED else columns) == expected[table], table


def test_a_world_of_before_does_not_say_which_versions_made_it(migrated: Warehouse) -> None:
    world = migrated.read_table(WORLD).row(0, named=True)

    assert world["as_of"] == dt.date.fromisoformat(LAST_DAY)
    assert [world[column] for column in INSTALLED] == ["1", None, None]
    assert migrated.read("SELECT version FROM ops.schema_version").item() == SCHEMA_VERSION


@pytest.mark.slow
def test_status_and_export_read_it_and_say_where_the_copy_is(
    synthdeal: Synthdeal, old_home: Path, server: LlmServer
) -> None:
    status = synthdeal("status", "--home", old_home)
    deals = synthdeal("export", "opportunity_scores", "--home", old_home, "-o", "-")

    assert status.exit_code == 0, status.stderr
    said = " ".join(status.stdout.split())
    assert "20 of 30 opportunities scored in their present state by openai (demo-llm, " in said
    assert "), 0 pending, 10 failed (10 given up)" in said
    assert "10 have only the score of another judge: 10 by heuristic (" in said
    assert "scores what is pending" not in said
    assert "demo-llm (openai): 62 requests, 23 valid answers" in status.stdout
    assert f"{old_home / 'warehouse.duckdb'}.before-layout-{SCHEMA_VERSION}" in status.stderr
    assert deals.exit_code == 0, deals.stderr
    assert len(deals.stdout.splitlines()) > DEALS
    assert "before-layout" not in deals.stderr


@pytest.mark.slow
def test_its_world_of_another_generator_stays_until_it_may_be_replaced_and_then_the_next_working_day_goes_on(
    synthdeal: Synthdeal, old_home: Path, untouched: Path, server: LlmServer
) -> None:
    refused = synthdeal("run", "--as-of", LAST_DAY, "--home", old_home)

    assert refused.exit_code == 2
    assert "made by generator 1" in refused.stderr
    assert "--replace-world" in refused.stderr
    assert "made by generator 1" in synthdeal("status", "--home", old_home).stdout
    assert server.counts().requests == 0
    warehouse = Warehouse(database=str(old_home / "warehouse.duckdb"))
    with duckdb.connect(str(untouched / "warehouse.duckdb"), read_only=True) as connection:
        before = connection.execute("SELECT * FROM crm.opportunities ORDER BY opportunity_id").pl()
    after = warehouse.read("SELECT * FROM crm.opportunities ORDER BY opportunity_id")
    assert after.select(before.columns).equals(before)

    anew = synthdeal("run", "--as-of", LAST_DAY, "--replace-world", "--home", old_home)

    assert anew.exit_code == 0, anew.stderr
    assert {column: warehouse.read_table(WORLD)[column].item() for column in INSTALLED} == INSTALLED
    server.reset_counts()

    next_day = synthdeal("run", "--as-of", NEXT_WORKING_DAY, "--home", old_home)

    assert next_day.exit_code == 0, next_day.stderr
    changed = set(server.counts().by_opportunity)
    assert 0 < len(changed) < DEALS
    reports = warehouse.read_table(EXECUTIVE_REPORTS)
    assert reports.filter(pl.col("as_of") == dt.date.fromisoformat(NEXT_WORKING_DAY)).height == 1
    assert reports.filter(pl.col("as_of") <= dt.date.fromisoformat(LAST_DAY)).height == 6
    assert (old_home / "reports").joinpath(Path(reports.sort("created_at")["html_path"][-1]).name).is_file()


@pytest.mark.slow
def test_schedules_and_sensors_are_on_and_off_as_they_were(synthdeal: Synthdeal, old_home: Path) -> None:
    assert synthdeal("status", "--home", old_home).exit_code == 0
    dagster_home = old_home / "dagster"

    listed = {kind: _running(kind, dagster_home, old_home) for kind in ("schedule", "sensor")}

    assert listed == {"schedule": {"nightly_refresh"}, "sensor": {"record_finished_runs_sensor"}}


def _running(kind: str, dagster_home: Path, home: Path) -> set[str]:
    """Names of the schedules or sensors that are on, as Dagster's own command lists them."""
    listing = subprocess.run(
        [sys.executable, "-m", "dagster", kind, "list", "--running", "--name", "-w", dagster_home / "workspace.yaml"],
        env=plain_environment() | {"DAGSTER_HOME": str(dagster_home), "SYNTHDEAL_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return {line.strip() for line in listing.stdout.splitlines() if line and " " not in line}
