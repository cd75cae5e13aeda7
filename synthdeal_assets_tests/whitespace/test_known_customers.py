"""Who is known at a cutoff: whoever bought something by then, for counts, features, labels, list and hold-out alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.table_checks import violations
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, create, query_frame
from synthdeal_assets.sales.tables import CUSTOMERS, FACT_TRANSACTIONS
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.features.basket import read_ownership
from synthdeal_assets.whitespace.features.cutoffs import CutoffPlan, count_positives, read_plan, record_cutoffs
from synthdeal_assets.whitespace.features.features import build_features
from synthdeal_assets.whitespace.features.labels import build_labels
from synthdeal_assets.whitespace.leakage.checks import AGREE
from synthdeal_assets.whitespace.leakage.leaks import changed_by_another_future
from synthdeal_assets.whitespace.ranked_list.eligibility import read_customers
from synthdeal_assets.whitespace.run_results import caveats_of, read_outcome
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.whitespace import finished
from synthdeal_assets_tests.whitespace.test_labels import CUTOFF, WINDOW, add

RETURNS = """
    ('returner', -20, 'B', -10, -1, true), ('returner', -400, 'C', -10, -1, true),
    ('later',    -10, 'A', -10, -1, true), ('later',       5, 'B',  50,  5, false),
    ('held out',  -3, 'A', -10, -1, true)
"""
PURCHASES = """
    ('buyer',    -30, 'A',  90,  9, false), ('buyer',     10, 'A',  90, 9, false),
    ('net zero', -40, 'A',  20,  2, false), ('net zero', -35, 'A', -20, -2, true),
    ('other',    -50, 'B',  60,  6, false), ('other',     -1, 'A', -60, -6, true),
    ('other',     40, 'B',  60,  6, false)
"""
KNOWN = ["buyer", "net zero", "other"]
LAST = CUTOFF + dt.timedelta(days=40)
PLAN = CutoffPlan(CUTOFF, CUTOFF, WINDOW, CUTOFF - dt.timedelta(days=50), LAST, LAST, {CUTOFF: ()})


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with Warehouse(database=str(tmp_path / "warehouse.duckdb")).connect() as connection:
        create(connection, FACT_TRANSACTIONS)
        create(connection, CUSTOMERS)
        add(connection, RETURNS)
        add(connection, PURCHASES)
        add(connection, "('held out', -2, 'A', 70, 7, false)", is_holdout=True)
        connection.execute("UPDATE sales.fact_transactions SET rep = customer_id")
        yield connection


def build(connection: duckdb.DuckDBPyConnection, cutoff: dt.date) -> dict[tuple[str, str], str]:
    """The population of each pair with features at the cutoff, after labels and counts were made too."""
    build_features(connection, cutoff)
    build_labels(connection, cutoff, WINDOW)
    record_cutoffs(connection, PLAN, [cutoff])
    count_positives(connection)
    return {
        (customer, division): population
        for customer, division, population in connection.execute(
            "SELECT customer_id, division, population FROM whitespace.features WHERE cutoff_date = ?", [cutoff]
        ).fetchall()
    }


def test_who_only_returned_goods_is_left_out_everywhere_and_whoever_bought_is_not(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    pairs = build(connection, CUTOFF)

    assert pairs == {
        ("buyer", "A"): "existing",
        ("buyer", "B"): "whitespace",
        ("net zero", "A"): "existing",
        ("net zero", "B"): "whitespace",
        ("other", "A"): "existing",
        ("other", "B"): "existing",
    }
    counted = query_frame(
        connection,
        "SELECT customers, existing_pairs, whitespace_pairs, existing_positives, whitespace_positives "
        "FROM whitespace.cutoffs",
    )
    assert counted.rows() == [(3, 4, 2, 1, 0)]
    labels = query_frame(connection, "SELECT DISTINCT customer_id FROM whitespace.labels ORDER BY 1")
    assert labels["customer_id"].to_list() == KNOWN
    assert read_customers(connection, CUTOFF)["customer_id"].to_list() == KNOWN
    ownership = read_ownership(connection, CUTOFF)
    assert (ownership.customers, ownership.divisions) == (tuple(KNOWN), ("A", "B"))
    assert ownership.owns.tolist() == [[True, False], [True, False], [True, True]]
    reps = statement("synthdeal_assets.whitespace", "holdout_reps.sql")
    assert query_frame(connection, reps, {"cutoff": CUTOFF}).item() == 3
    assert violations(connection, AGREE) == []


def test_with_the_first_purchase_a_customer_is_known_with_what_it_returned_before(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    on = CUTOFF + dt.timedelta(days=5)
    assert "later" not in {customer for customer, _ in build(connection, on - dt.timedelta(days=1))}

    pairs = build(connection, on)

    assert (pairs["later", "A"], pairs["later", "B"]) == ("existing", "existing")
    [(amount,)] = connection.execute(
        "SELECT amount_total FROM whitespace.features "
        "WHERE cutoff_date = ? AND customer_id = 'later' AND division = 'A'",
        [on],
    ).fetchall()
    assert amount == -10
    assert violations(connection, AGREE) == []


def test_neither_later_purchases_nor_those_given_for_validation_make_a_customer_known(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    build(connection, CUTOFF)
    assert changed_by_another_future(connection, CUTOFF).is_empty()


def test_a_count_that_takes_them_in_breaks_the_promise_of_the_tables(connection: duckdb.DuckDBPyConnection) -> None:
    build(connection, CUTOFF)
    connection.execute("UPDATE whitespace.cutoffs SET customers = 6")
    assert [found.rule.subject for found in violations(connection, AGREE)] == ["pairs"]


def test_the_log_begins_with_its_first_purchase_and_one_without_any_is_refused(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    add(connection, "('buyer', 400, 'A', 1, 1, false)")
    assert read_plan(connection, Settings()).first_order_date == CUTOFF - dt.timedelta(days=50)

    connection.execute("DELETE FROM sales.fact_transactions WHERE NOT is_return")
    with failing_with("whitespace.no-transactions"):
        read_plan(connection, Settings())


def test_who_was_left_out_is_counted_in_what_a_reader_must_know(tmp_path: Path) -> None:
    warehouse = Warehouse.of(Settings(home=tmp_path))
    finished.fill_finished(warehouse)

    def said() -> str:
        with warehouse.connect() as connection:
            outcome = read_outcome(connection)
        assert outcome is not None
        return " ".join(caveat for caveat in caveats_of(outcome) if "only returned" in caveat)

    assert said() == ""
    with warehouse.transaction() as connection:
        for customer, division in (("X1", "Backup"), ("X2", "Backup"), ("X2", "Design")):
            connection.execute(
                "INSERT INTO sales.fact_transactions SELECT * REPLACE (? AS customer_id, ? AS division, "
                "-10 AS amount, true AS is_return) FROM sales.fact_transactions LIMIT 1",
                [customer, division],
            )
    assert said() == (
        f"2 customers of the log only returned goods and bought nothing by {finished.CUTOFF}: the list, the models and "
        "their figures leave them out."
    )
