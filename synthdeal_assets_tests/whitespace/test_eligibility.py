"""Who may be called: each rule by hand, and nothing that was not known at the cutoff."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import polars as pl

from synthdeal_assets.foundation.warehouse.warehouse import create
from synthdeal_assets.sales.tables import CUSTOMERS
from synthdeal_assets.whitespace.ranked_list.eligibility import (
    judge_eligibility,
    read_do_not_contact,
    read_open_opportunities,
    recognise,
    with_capacity,
)
from synthdeal_assets_tests.failure_codes import failing_with

PAIRS = pl.DataFrame(
    [
        ("a", "Design", "ACC1", 3),
        ("a", "Backup", "ACC1", 3),
        ("b", "Design", "ACC2", 14),
        ("b", "Edge", "ACC2", 13),
        ("c", "Design", None, None),
        ("d", "Edge", None, 400),
    ],
    schema={
        "customer_id": pl.String(),
        "division": pl.String(),
        "account_id": pl.String(),
        "days_since_purchase": pl.Int64(),
    },
    orient="row",
)
DEALS = pl.DataFrame(
    [("ACC1", "OPP1", "One", "design"), ("ACC1", "OPP2", "Two", "Other"), ("ACC9", "OPP3", "Three", "Edge")],
    schema=["account_id", "opportunity_id", "name", "family"],
    orient="row",
)
DIVISIONS = ("Backup", "Design", "Edge")


def reasons_against(
    *,
    deals: pl.DataFrame = DEALS,
    families: tuple[str, ...] = ("design", "Other"),
    do_not_contact: pl.DataFrame | None = None,
    recent_purchase_days: int = 14,
) -> dict[tuple[str, str], str | None]:
    judged = judge_eligibility(
        PAIRS,
        deals,
        do_not_contact,
        divisions=DIVISIONS,
        families=families,
        recent_purchase_days=recent_purchase_days,
    )
    assert (judged["is_eligible"] == judged["not_eligible_because"].is_null()).all()
    return {(row["customer_id"], row["division"]): row["not_eligible_because"] for row in judged.to_dicts()}


def test_a_recent_purchase_and_a_deal_about_the_same_division_keep_others_away() -> None:
    assert reasons_against() == {
        ("a", "Design"): "open opportunity OPP1; bought 3 days before the cutoff",
        ("a", "Backup"): "bought 3 days before the cutoff",
        ("b", "Design"): None,
        ("b", "Edge"): "bought 13 days before the cutoff",
        ("c", "Design"): None,
        ("d", "Edge"): None,
    }
    assert [pair for pair, reason in reasons_against(recent_purchase_days=0).items() if reason] == [("a", "Design")]


def test_any_deal_of_the_account_counts_where_families_are_not_divisions() -> None:
    against = reasons_against(families=("Cloud", "Other"), recent_purchase_days=0)
    assert against["a", "Backup"] == "open opportunity on the account: OPP1"
    assert against["b", "Edge"] is None


def test_every_open_deal_of_the_account_is_linked_whatever_it_is_about() -> None:
    judged = judge_eligibility(PAIRS, DEALS, None, divisions=DIVISIONS, families=("design",), recent_purchase_days=0)
    assert judged["open_opportunities"].to_list() == ["OPP1, OPP2", "OPP1, OPP2", None, None, None, None]


def test_nobody_contacts_whom_the_file_names_for_all_divisions_or_for_one(tmp_path: Path) -> None:
    path = tmp_path / "leave alone.csv"
    path.write_text("Customer_ID,division,why\n c ,,moved\nb,edge,asked\nzz,,unknown\n,Design,nobody\n", "utf-8-sig")
    named = read_do_not_contact(path)
    assert named.rows() == [("c", None), ("b", "edge"), ("zz", None)]
    against = reasons_against(do_not_contact=named, recent_purchase_days=0)
    assert {pair for pair, reason in against.items() if reason == "do not contact"} == {("c", "Design"), ("b", "Edge")}


def test_a_file_as_excel_writes_it_with_semicolons_or_tabs_says_the_same(tmp_path: Path) -> None:
    path = tmp_path / "leave alone.csv"
    for delimiter in ";\t":
        path.write_text(f"customer_id{delimiter}division\r\nb{delimiter}Edge, large\r\nc{delimiter}\r\n", "latin-1")
        assert read_do_not_contact(path).rows() == [("b", "Edge, large"), ("c", None)]


def test_customers_of_the_file_are_recognised_as_the_log_writes_them_and_strangers_are_told() -> None:
    named = pl.DataFrame(
        {"customer_id": ["0042", "7.0", "13", "x1", "zz"], "division": [None, "Edge", None, None, None]},
        schema={"customer_id": pl.String(), "division": pl.String()},
    )
    found, sentences = recognise(named, pl.Series(["42", "007", "13", "013", "x1", "5"]), ["edge "])
    assert sorted(found.rows(), key=str) == [("007", "Edge"), ("13", None), ("42", None), ("x1", None)]
    assert sentences == ("1 of the do-not-contact customers bought nothing by the cutoff in the sales log: zz.",)
    assert sorted(recognise(named[:1], pl.Series(["042", "42"]), [])[0]["customer_id"]) == ["042", "42"]
    assert recognise(named[2:4], pl.Series(["13", "x1"]), [])[1] == ()


def test_a_division_that_the_log_does_not_have_keeps_its_customer_from_every_call() -> None:
    named = pl.DataFrame({"customer_id": ["a", "b"], "division": ["Edg", "Edge"]})
    found, sentences = recognise(named, pl.Series(["a", "b"]), ["Edge", "Core"])
    assert found.rows() == [("a", None), ("b", "Edge")]
    (sentence,) = sentences
    assert sentence.startswith("The do-not-contact file names divisions that the sales log does not have by the cutoff")
    assert sentence.endswith(": Edg; their customers are excluded in all divisions.")


def test_a_file_without_customers_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text("name\nAcme\n")
    with failing_with("do-not-contact.no-column", naming="customer_id"):
        read_do_not_contact(path)
    with failing_with("do-not-contact.unreadable"):
        read_do_not_contact(tmp_path / "missing.csv")


def test_a_deal_counts_while_it_was_open_at_the_cutoff_and_not_by_what_is_known_today() -> None:
    cutoff = dt.date(2026, 5, 1)
    with duckdb.connect() as connection:
        create(connection, CUSTOMERS)
        assert read_open_opportunities(connection, cutoff).is_empty()
        connection.execute(
            "INSERT INTO sales.customers BY NAME SELECT 'a' AS customer_id, 'ACC1' AS account_id, "
            "DATE '2025-01-01' AS first_order_date, DATE '2025-01-01' AS last_order_date, 1 AS orders, "
            "1 AS net_amount, 1 AS divisions"
        )
        connection.execute("CREATE SCHEMA crm")
        connection.execute("CREATE TABLE crm.products AS SELECT 'P' AS product_id, 'Design' AS family")
        connection.execute(
            "CREATE TABLE crm.opportunities (opportunity_id VARCHAR, name VARCHAR, account_id VARCHAR, "
            "product_id VARCHAR, created_date DATE, close_date DATE, is_closed BOOLEAN)"
        )
        connection.execute(
            """
            INSERT INTO crm.opportunities VALUES
                ('still open', '', 'ACC1', 'P', '2026-05-01', '2026-06-01', false),
                ('closed since', '', 'ACC1', 'P', '2026-04-01', '2026-05-02', true),
                ('closed before', '', 'ACC1', 'P', '2026-04-01', '2026-05-01', true),
                ('created since', '', 'ACC1', 'P', '2026-05-02', '2026-06-01', false),
                ('of nobody in the log', '', 'ACC2', 'P', '2026-04-01', '2026-06-01', false)
            """
        )
        found = read_open_opportunities(connection, cutoff)
    assert found["opportunity_id"].to_list() == ["closed since", "still open"]


def test_a_rep_gets_as_many_eligible_pairs_as_there_is_time_for_the_best_ones() -> None:
    pairs = pl.DataFrame(
        {
            "rep": ["X", "X", "X", "Y", "X"],
            "place": [4, 2, 1, 3, 5],
            "is_eligible": [True, True, False, True, True],
        }
    )
    found = with_capacity(pairs, 2)
    assert found["place_of_rep"].to_list() == [2, 1, None, 1, 3]
    assert found["within_capacity"].to_list() == [True, True, False, True, False]
