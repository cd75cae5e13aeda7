"""Checks that follow from a table's description find each kind of defect, and nothing else."""

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

import dagster as dg
import pytest

from synthdeal_assets.foundation.dagster_instance.asset_checks import build_table_checks
from synthdeal_assets.foundation.dagster_instance.asset_specs import table_spec
from synthdeal_assets.foundation.warehouse.table_checks import Rule, TableCheck, checks_of, rules_from, violations
from synthdeal_assets.foundation.warehouse.tables import Column, Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.settings import Settings
from synthdeal_assets_tests.failure_codes import failing_with

TEAMS = Table("demo", "teams", "A team.", (Column("team_id", "VARCHAR", "Identifier."),), ("team_id",))
DEALS = Table(
    "demo",
    "deals",
    "A deal.",
    (
        Column("deal_id", "VARCHAR", "Identifier."),
        Column("team_id", "VARCHAR", "Who works it.", nullable=True, references="demo.teams.team_id"),
        Column("stage", "VARCHAR", "Stage.", values=("Open", "Won", "It's over")),
        Column("amount", "DOUBLE", "Amount in USD.", minimum=0, maximum=1000),
        Column("created", "DATE", "Day of creation."),
    ),
    ("deal_id",),
)
DAY = dt.date(2025, 1, 1)
GOOD_ROWS = [("D1", "T1", "Open", 10.0, DAY), ("D2", None, "It's over", 1000.0, DAY)]
Row = tuple[str | None, str | None, str | None, float | None, dt.date | None]


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(database=str(tmp_path / "warehouse.duckdb"), lock_timeout=5)


def store(warehouse: Warehouse, rows: Sequence[Row]) -> None:
    """Write rows into a table without constraints, as a faulty or foreign writer would have left it."""
    with warehouse.connect() as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS demo")
        connection.execute("CREATE OR REPLACE TABLE demo.teams AS SELECT 'T1' AS team_id")
        connection.execute(
            "CREATE OR REPLACE TABLE demo.deals "
            "(deal_id VARCHAR, team_id VARCHAR, stage VARCHAR, amount DOUBLE, created DATE)"
        )
        connection.executemany("INSERT INTO demo.deals VALUES (?, ?, ?, ?, ?)", [list(row) for row in rows])


def broken(warehouse: Warehouse) -> dict[str, list[tuple[str, int]]]:
    with warehouse.connect() as connection:
        found = {check.name: violations(connection, check) for check in checks_of(DEALS)}
    return {name: [(item.rule.subject, item.count) for item in items] for name, items in found.items() if items}


def test_a_table_as_described_breaks_no_check(warehouse: Warehouse) -> None:
    store(warehouse, GOOD_ROWS)
    assert broken(warehouse) == {}
    assert [check.name for check in checks_of(DEALS)] == [
        "keys_are_unique",
        "required_values_are_present",
        "links_lead_somewhere",
        "only_picklist_values",
        "numbers_are_in_range",
    ]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("D1", "T1", "Open", 1.0, DAY), {"keys_are_unique": [("deal_id", 1)]}),
        (("D3", "T9", "Open", 1.0, DAY), {"links_lead_somewhere": [("team_id", 1)]}),
        (("D3", "T1", "Lost", 1.0, DAY), {"only_picklist_values": [("stage", 1)]}),
        (("D3", "T1", "Open", -1.0, DAY), {"numbers_are_in_range": [("amount", 1)]}),
        (("D3", "T1", "Open", 1000.5, DAY), {"numbers_are_in_range": [("amount", 1)]}),
        (("D3", "T1", "Open", float("nan"), DAY), {"numbers_are_in_range": [("amount", 1)]}),
        (("D3", "T1", "Open", 1.0, None), {"required_values_are_present": [("created", 1)]}),
        (
            (None, "T1", "Open", 1.0, DAY),
            {"keys_are_unique": [("deal_id", 1)], "required_values_are_present": [("deal_id", 1)]},
        ),
    ],
)
def test_each_kind_of_defect_breaks_its_check_and_no_other(
    warehouse: Warehouse, row: Row, expected: dict[str, list[tuple[str, int]]]
) -> None:
    store(warehouse, [*GOOD_ROWS, row])
    assert broken(warehouse) == expected


def test_in_one_scan_the_same_checks_find_the_same_rows(warehouse: Warehouse) -> None:
    store(warehouse, [*GOOD_ROWS, ("D3", "T1", None, None, DAY), ("D4", "T1", "Lost", -1.0, None)])
    with warehouse.connect() as connection:
        found = {
            check.name: [item.count for item in violations(connection, check)]
            for check in checks_of(DEALS, one_scan=True)
        }
    assert found == {
        "keys_are_unique": [],
        "required_values_are_present": [2],
        "links_lead_somewhere": [],
        "only_picklist_values": [1],
        "numbers_are_in_range": [1],
    }


def test_the_count_is_exact_and_the_sample_is_capped(warehouse: Warehouse) -> None:
    store(warehouse, [(f"D{number}", "T9", "Open", 1.0, DAY) for number in range(37)])
    links = next(check for check in checks_of(DEALS) if check.name == "links_lead_somewhere")
    with warehouse.connect() as connection:
        (violation,) = violations(connection, links)
        assert connection.sql(violation.rule.query).pl().height == 37
    assert (violation.count, violation.sample.height) == (37, 10)
    assert violation.sample.columns == ["deal_id", "team_id"]


def test_a_check_on_a_missing_table_says_what_to_do(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection, failing_with("table-check.table-missing", naming=r"demo\.deals"):
        violations(connection, checks_of(DEALS)[0])


def test_an_sql_file_is_read_as_one_rule_for_each_heading() -> None:
    rules = rules_from("-- rule: too old\nSELECT 1\nWHERE false\n\n-- rule: too new\nSELECT 2\n")
    assert rules == (Rule("too old", "SELECT 1\nWHERE false"), Rule("too new", "SELECT 2"))


@pytest.mark.parametrize("text", ["", "SELECT 1", "-- rule: nothing follows\n", "SELECT 0\n-- rule: a\nSELECT 1"])
def test_an_sql_file_that_is_not_made_of_rules_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="begins with '-- rule:"):
        rules_from(text)


@dg.multi_asset(name="writer", specs=[table_spec(TEAMS), table_spec(DEALS)])
def writer(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[dg.MaterializeResult[None]]:
    rows: list[Row] = [*GOOD_ROWS]
    defect = context.run.tags.get("defect")
    if defect == "stage":
        rows.append(("D3", "T1", "Lost", 1.0, DAY))
    elif defect == "late":
        rows.append(("D3", "T1", "Open", 1.0, dt.date(2030, 1, 1)))
    store(warehouse, rows)
    yield from (dg.MaterializeResult(asset_key=table.key) for table in (TEAMS, DEALS))


@dg.asset(deps=[dg.AssetKey(["demo", "deals"])])
def forecast() -> None: ...


NOT_LATE = TableCheck(
    DEALS,
    "no_deal_is_from_the_future",
    "No deal was created after 2029.",
    (Rule("created", "SELECT deal_id, created FROM demo.deals WHERE created > '2029-12-31'"),),
    blocking=False,
    is_error=False,
)
WITHIN_MEMORY = TableCheck(
    DEALS,
    "no_more_memory_is_taken_than_allowed",
    "What the setting says is what DuckDB works with.",
    (Rule("memory", "SELECT 1 WHERE current_setting('memory_limit') <> '238.4 MiB'"),),
)
CHECKS = build_table_checks("demo_checks", [TEAMS, DEALS], extra=[NOT_LATE, WITHIN_MEMORY])


def materialise(warehouse: Warehouse, defect: str) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        [writer, forecast, CHECKS],
        resources={"warehouse": warehouse, "settings": Settings(home=warehouse.path.parent, duckdb_memory_gb=0.25)},
        tags={"defect": defect},
        raise_on_error=False,
    )


def test_all_checks_of_a_room_run_in_one_op_and_report_each_for_itself(warehouse: Warehouse) -> None:
    result = materialise(warehouse, "none")
    assert result.success
    evaluations = result.get_asset_check_evaluations()
    assert len(evaluations) == len(checks_of(TEAMS)) + len(checks_of(DEALS)) + 2
    assert all(evaluation.passed for evaluation in evaluations)
    assert {event.node_name for event in result.filter_events(lambda event: event.is_step_success)} == {
        "writer",
        "demo_checks",
        "forecast",
    }


def test_a_blocking_check_that_fails_holds_back_what_is_downstream(warehouse: Warehouse) -> None:
    result = materialise(warehouse, "stage")
    assert not result.success
    assert not result.asset_materializations_for_node("forecast")
    evaluations = {
        (evaluation.asset_key.path[-1], evaluation.check_name): evaluation
        for evaluation in result.get_asset_check_evaluations()
    }
    assert [key for key, evaluation in evaluations.items() if not evaluation.passed] == [
        ("deals", "only_picklist_values")
    ]
    assert len(evaluations) == len(checks_of(TEAMS)) + len(checks_of(DEALS)) + 2
    metadata = evaluations["deals", "only_picklist_values"].metadata
    assert metadata["offending_rows"].value == 1
    assert "`D3` | `Lost`" in str(metadata["sample"].value)
    assert "SELECT deal_id, stage FROM demo.deals" in str(metadata["sql"].value)


def test_a_warning_holds_nothing_back(warehouse: Warehouse) -> None:
    result = materialise(warehouse, "late")
    assert result.success
    assert result.asset_materializations_for_node("forecast")
    (failed,) = [evaluation for evaluation in result.get_asset_check_evaluations() if not evaluation.passed]
    assert (failed.check_name, failed.severity) == ("no_deal_is_from_the_future", dg.AssetCheckSeverity.WARN)
