"""What a run is said to have come to when the later sales that were given for validation are of no use."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.run_results import caveats_of, read_outcome
from synthdeal_assets_tests.whitespace.finished import CUTOFF, JUDGED, fill_finished

NOT_USED = "were not used: "
STRANGERS = "No customer of the sales given for validation only is in the log"


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse.of(Settings(home=tmp_path))
    fill_finished(warehouse)
    return warehouse


def said_with_a_holdout(warehouse: Warehouse, *, last_day: dt.date, customer: str, is_used: bool) -> str:
    with warehouse.transaction() as connection:
        connection.execute(
            "INSERT INTO sales.log_files SELECT * REPLACE ('later.csv' AS source_file, 'holdout' AS source_role, "
            "?::DATE AS last_order_date) FROM sales.log_files",
            [last_day],
        )
        connection.execute(
            "INSERT INTO sales.fact_transactions SELECT * REPLACE ('later.csv' AS source_file, ? AS customer_id, "
            "true AS is_holdout) FROM sales.fact_transactions LIMIT 1",
            [customer],
        )
        connection.execute(
            "UPDATE whitespace.cutoffs SET uses_holdout = ? WHERE cutoff_date = ?::DATE", [is_used, JUDGED]
        )
        outcome = read_outcome(connection)
    assert outcome is not None
    return " ".join(caveats_of(outcome))


def test_without_later_sales_nothing_is_said_of_them(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        outcome = read_outcome(connection)
    assert outcome is not None
    assert not [caveat for caveat in caveats_of(outcome) if "for validation only" in caveat]


def test_later_sales_that_are_not_later_are_named_as_useless(warehouse: Warehouse) -> None:
    said = said_with_a_holdout(warehouse, last_day=CUTOFF, customer="C001", is_used=False)
    assert f"{NOT_USED}none of them is later than the log, which ends on {CUTOFF}." in said


def test_later_sales_that_end_before_the_window_does_are_named_as_useless(warehouse: Warehouse) -> None:
    later = CUTOFF + dt.timedelta(days=9)
    said = said_with_a_holdout(warehouse, last_day=later, customer="C001", is_used=False)
    assert f"{NOT_USED}they end on {later}, and the window after the cutoff {CUTOFF} on " in said
    assert STRANGERS not in said


def test_later_sales_of_other_customers_are_pointed_out(warehouse: Warehouse) -> None:
    later = CUTOFF + dt.timedelta(days=400)
    said = said_with_a_holdout(warehouse, last_day=later, customer="Nobody", is_used=True)
    assert STRANGERS in said
    assert NOT_USED not in said


def test_a_long_time_without_sales_is_told_and_a_holiday_or_a_day_a_month_is_not(warehouse: Warehouse) -> None:
    def said_with_sales(on: str) -> str:
        with warehouse.transaction() as connection:
            connection.execute(
                f"""
                CREATE OR REPLACE TEMP TABLE one AS SELECT * FROM sales.fact_transactions LIMIT 1;
                DELETE FROM sales.fact_transactions;
                INSERT INTO sales.fact_transactions
                SELECT one.* REPLACE (day::DATE AS order_date)
                FROM one, generate_series(DATE '2024-01-01', DATE '2024-12-31', INTERVAL 1 DAY) AS days(day)
                WHERE {on}
                """
            )
            outcome = read_outcome(connection)
        assert outcome is not None
        return " ".join(caveat for caveat in caveats_of(outcome) if "Nothing was sold" in caveat)

    assert said_with_sales("NOT (month(day) = 8 AND day(day) < 28)") == ""
    assert said_with_sales("day(day) = 1") == ""
    assert said_with_sales("month(day) NOT IN (3, 4)") == (
        "Nothing was sold from 2024-03-01 to 2024-04-30: if sales of these days are missing, what is learnt and "
        "measured across them is too low."
    )
    assert "from 2024-07-01 to 2024-07-31 and 1 more: if" in said_with_sales("month(day) NOT IN (3, 5, 7, 10)")
