"""From a wide log to transactions: what is counted, what is rejected, and that nothing is lost on the way."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from synthdeal_assets.foundation.room import DerivedTables
from synthdeal_assets.foundation.warehouse.tables import Column, Table
from synthdeal_assets.sales.etl.etl import refill_sales
from synthdeal_assets.sales.etl.totals import stored_differences
from synthdeal_assets.sales.sources.sales_log import SCRATCH_FOLDER
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.sales.log_files import HEADER, MAP, Shop, lines, money_lines


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_a_wide_row_becomes_a_transaction_for_each_product_that_it_sells(shop: Shop) -> None:
    summary = shop.read(
        {
            "log.csv": lines(
                'ACME,2024-01-02,I1,"$1,234.50",3,,',
                "ACME,2024-01-03,I2,($3.60),-1,10.00,",
                "Other,2024-01-04,I3,,,0,0",
                "Other,2024-01-05,I4,0.00,2,,",
            )
        }
    )
    assert shop.facts() == [
        ("ACME", "2024-01-02", "Alpha", 1234.5, 3.0),
        ("ACME", "2024-01-03", "Alpha", -3.6, -1.0),
        ("ACME", "2024-01-03", "Beta", 10.0, None),
        ("Other", "2024-01-05", "Alpha", 0.0, 2.0),
    ]
    assert shop.query("SELECT is_return FROM sales.fact_transactions WHERE amount < 0") == [(True,)]
    assert shop.query("SELECT customer_id, orders, net_amount::DOUBLE, divisions FROM sales.customers ORDER BY 1") == [
        ("ACME", 2, 1240.9, 2),
        ("Other", 1, 0.0, 1),
    ]
    assert (summary.transactions, summary.customers, summary.rejected, summary.caveats) == (4, 2, {}, ())


def test_the_wide_log_is_the_same_of_one_file_which_becomes_it_and_of_two_which_are_copied(shop: Shop) -> None:
    rows = [f"C{row},2024-01-{row:02},I{row},{row}.50,{row},," for row in range(1, 9)]
    kept = 'source_file LIKE \'%log_1.csv\' AS is_first, source_row, source_role, "Customer", "Alpha"'
    shop.read({"log_1.csv": lines(*rows)})
    of_one = shop.query(f"SELECT {kept} FROM sales.sales_log ORDER BY source_file, source_row")
    described = shop.query('SELECT column_name, column_type, "null" FROM (DESCRIBE sales.sales_log)')
    shop.read({"log_1.csv": lines(*rows[:5]), "log_2.csv": lines(*rows[5:])})
    of_two = shop.query(f"SELECT {kept} FROM sales.sales_log ORDER BY source_file, source_row")
    assert [row[1] for row in of_one] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [row[:2] for row in of_two if row[0]] == [(True, row) for row in (1, 2, 3, 4, 5)]
    assert [row[:2] for row in of_two if not row[0]] == [(False, row) for row in (1, 2, 3)]
    assert [row[2:] for row in of_one] == [row[2:] for row in of_two]
    assert shop.query('SELECT column_name, column_type, "null" FROM (DESCRIBE sales.sales_log)') == described
    assert ("source_row", "BIGINT", "NO") in described
    tables = shop.query("SELECT table_name FROM duckdb_tables() WHERE schema_name IN ('sales', 'staging') ORDER BY ALL")
    assert [name for (name,) in tables if str(name).startswith("staged_")] == []


def test_copies_that_a_killed_run_left_are_removed_by_the_next_one(shop: Shop) -> None:
    left = shop.settings().storage.home / SCRATCH_FOLDER / "copy.csv"
    left.parent.mkdir(parents=True)
    left.write_text("of a run that was killed")
    shop.read({"log.csv": lines("Ärzte,2024-01-02,I1,1,1,,")})
    assert shop.facts() == [("Ärzte", "2024-01-02", "Alpha", 1.0, 1.0)]
    assert not left.parent.exists()


def test_money_in_the_spellings_of_the_world_is_read_to_the_cent(shop: Shop) -> None:
    spellings = {
        "$1,234.50": "1234.50",
        "($3.60)": "-3.60",
        "$(3.60)": "-3.60",
        "-$3.60": "-3.60",
        "$-3.60": "-3.60",
        "3.60-": "-3.60",
        "(3.60)": "-3.60",
        "( $ 3.60 )": "-3.60",
        "\u22123.60": "-3.60",
        "1\u00a0234.50": "1234.50",
        "USD 5": "5",
        "5.25 $": "5.25",
        "US$5": "5",
        "1.2E+3": "1200",
        "12,34,567.00": "1234567",
        "0.30000000000000004": "0.3",
        "0.00015": "0.0002",
        "2.00025": "2.0002",
        "99999999999999.9999": "99999999999999.9999",
        "-.5": "-0.5",
    }
    shop.read({"log.csv": money_lines(*spellings, "NA", "null", "nan", " $ - ")})
    found = shop.query("SELECT amount FROM sales.fact_transactions ORDER BY source_row")
    assert [amount for (amount,) in found[: len(spellings)]] == [Decimal(text) for text in spellings.values()]
    assert [amount for (amount,) in found[len(spellings) :]] == [0, 0, 0, 0]  # they have a quantity
    assert shop.rejected() == []


@pytest.mark.parametrize(("money", "amount"), [("EUR 5", "5"), ("5.25 €", "5.25"), ("A$5", "5")])
def test_money_of_one_currency_is_read_whichever_it_is(shop: Shop, money: str, amount: str) -> None:
    shop.read({"log.csv": money_lines(money, "3.60")})
    assert shop.query("SELECT amount FROM sales.fact_transactions ORDER BY source_row") == [
        (Decimal(amount),),
        (Decimal("3.60"),),
    ]


def test_money_that_is_not_understood_is_rejected_cell_by_cell_with_its_text(shop: Shop) -> None:
    good = ["1", "2", "3", "4", "5", "6", "7", "8", "9"]
    bad = ["3,60", "(-3.60)", "-inf", "inf", "12 34", "5%", "100000000000000", "1e20"]
    shop.read({"log.csv": money_lines(*good, *bad)})
    assert len(shop.facts()) == len(good)
    assert [(column, reason, value, units) for _, column, reason, value, _, units in shop.rejected()] == [
        *(("Alpha", "money not understood", text, 1.0) for text in bad[:-2]),
        *(("Alpha", "money too large", text, 1.0) for text in bad[-2:]),
    ]


def test_nan_in_parquet_is_a_blank_and_an_infinity_is_rejected(shop: Shop) -> None:
    nan, endless = float("nan"), float("inf")
    log = shop.folder / "log.parquet"
    pl.DataFrame(
        {
            "Customer": ["A", "B", "C", "D"],
            "Date": [dt.date(2024, 5, day) for day in range(1, 5)],
            "Invoice": ["I1", "I2", "I3", "I4"],
            "Alpha": [10.5, nan, nan, endless],
            "Alpha_Qty": [2.0, 3.0, nan, 1.0],
            "Beta": [nan, 5.0, nan, 7.0],
            "Beta_Qty": [nan, nan, nan, -endless],
        }
    ).write_parquet(log)
    shop.read(sales_log=str(log))
    assert shop.facts() == [
        ("A", "2024-05-01", "Alpha", 10.5, 2.0),
        ("B", "2024-05-02", "Alpha", 0.0, 3.0),
        ("B", "2024-05-02", "Beta", 5.0, None),
        ("D", "2024-05-04", "Beta", 7.0, None),
    ]
    assert [(column, reason, value) for _, column, reason, value, *_ in shop.rejected()] == [
        ("Alpha", "money not understood", "inf"),
        ("Beta_Qty", "quantity not understood", "-inf"),
    ]


def test_money_that_sums_to_more_than_can_be_kept_is_refused(shop: Shop) -> None:
    with failing_with("sales-log.sum-too-large", naming="99,999,999,999,999"):
        shop.read(
            {"log.csv": money_lines("99999999999999").replace("C0", "A") + "A,2024-05-02,I2,99999999999999,1,,\n"}
        )


def test_lines_that_are_no_rows_are_kept_with_their_text(shop: Shop) -> None:
    rows = [f"C{row},2024-05-01,I{row},5,1,," for row in range(3)]
    rows[1:1] = ["C8,2024-05-01", "C9,2024-05-01,I9,1,234.50,1,2,3,4", "," * 7 + "x" * 900]
    summary = shop.read({"log.csv": lines(*rows, ",2024-05-02,I7,9,1,,")})
    assert summary.rejected == {"line not like the header": 3, "no customer id": 1}
    kept = [row for row in shop.rejected() if row[1] == "(line)"]
    assert [row[:2] + row[3:] for row in kept[:2]] == [
        (3, "(line)", "C8,2024-05-01", 0.0, 0.0),
        (4, "(line)", "C9,2024-05-01,I9,1,234.50,1,2,3,4", 0.0, 0.0),
    ]
    assert (kept[2][0], len(str(kept[2][3]))) == (5, 500)
    assert (summary.rows, summary.transactions) == (4, 3)
    with shop.warehouse.connect() as connection:
        assert stored_differences(connection).is_empty()


def test_a_workbook_with_titles_and_days_of_both_kinds_is_read(shop: Shop) -> None:
    with xlsxwriter.Workbook(shop.folder / "log.xlsx") as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write_row(1, 0, ["Sales 2024"])
        sheet.write_row(3, 0, HEADER.split(","))
        for row in range(1, 21):
            sheet.write_row(row + 3, 0, [1000 + row, "", f"I{row}", row + 0.25, 1, "$1,000.50", 2])
            if row % 2:  # a cell of a day beside one of text
                sheet.write_datetime(row + 3, 1, dt.datetime(2024, 1, row, 9, 30), day)
            else:
                sheet.write_string(row + 3, 1, f"{row:02d}.01.2024")
    summary = shop.read(sales_log=str(shop.folder / "log.xlsx"))
    assert (summary.transactions, summary.customers, summary.rejected) == (40, 20, {})
    assert shop.facts()[:3] == [
        ("1001", "2024-01-01", "Alpha", 1.25, 1.0),
        ("1001", "2024-01-01", "Beta", 1000.5, 2.0),
        ("1002", "2024-01-02", "Alpha", 2.25, 1.0),
    ]
    assert "1 row before the header left out" in shop.caveats()


def test_a_quantity_that_is_not_understood_leaves_the_money_counted(shop: Shop) -> None:
    shop.read({"log.csv": lines("A,2024-01-02,I1,5,dozen,,", "A,2024-01-03,I2,7,2,,", "A,2024-01-03,I3,7,2,,")})
    assert shop.facts()[0] == ("A", "2024-01-02", "Alpha", 5.0, None)
    assert shop.rejected() == [(1, "Alpha_Qty", "quantity not understood", "dozen", 0.0, 0.0)]


def test_a_decimal_comma_counts_only_when_the_whole_column_says_so(shop: Shop) -> None:
    shop.read({"log.csv": money_lines("1.234,50", "3,60", "1.234", "-7,00 €")})
    assert [row[3] for row in shop.facts()] == [1234.5, 3.6, 1234.0, -7.0]
    assert shop.query("SELECT decimal_mark FROM sales.log_columns WHERE column_name = 'Alpha'") == [("comma",)]
    shop.read({"log.csv": money_lines("1,234.50", "3.60", "1,234", "3,60")})
    assert [row[3] for row in shop.facts()] == [1234.5, 3.6, 1234.0]
    assert shop.rejected()[0][3] == "3,60"


def test_numbers_of_a_parquet_file_add_up_to_the_cent(shop: Shop) -> None:
    path = shop.folder / "log.parquet"
    pl.DataFrame(
        {
            "Customer": [1, 2, 3],
            "Date": pl.Series(["2024-01-02", "2024-01-03", "2024-01-04"]).str.to_date(),
            "Invoice": ["a", "b", "c"],
            "Alpha": [0.1 + 0.2, None, 1e6],
            "Alpha_Qty": [1, 2, 3],
            "Beta": pl.Series([None, "7.0049", None]).cast(pl.Decimal(12, 4)),
            "Beta_Qty": [None, 1.5, None],
        }
    ).write_parquet(path)
    shop.read(sales_log=str(path))
    assert shop.facts() == [
        ("1", "2024-01-02", "Alpha", 0.3, 1.0),
        ("2", "2024-01-03", "Alpha", 0.0, 2.0),
        ("2", "2024-01-03", "Beta", 7.0049, 1.5),
        ("3", "2024-01-04", "Alpha", 1e6, 3.0),
    ]
    assert shop.query("SELECT date_formats FROM sales.log_files") == [("native",)]


def test_rows_without_customer_or_date_are_rejected_with_the_money_in_them(shop: Shop) -> None:
    shop.read(
        {
            "log.csv": lines(
                "A,2024-01-02,I1,5,1,,",
                ",2024-01-02,I2,6,1,7,2",
                "A,,I3,8,1,,",
                "A,soon,I4,9,1,x,4",
                "A,2024-01-05,I5,1,1,,",
                "A,2024-01-06,I6,1,1,,",
            )
        }
    )
    assert shop.rejected() == [
        (2, "", "no customer id", None, 13.0, 3.0),
        (3, "", "no date", None, 8.0, 1.0),
        (4, "", "date not understood", "soon", 9.0, 5.0),
        (4, "Beta", "money not understood", "x", 0.0, 0.0),
    ]


def test_blank_rows_at_the_end_of_a_sheet_are_no_reason_to_refuse_it(shop: Shop) -> None:
    summary = shop.read({"log.csv": lines("A,2024-01-02,I1,5,1,,", *[",,,,,,"] * 9)})
    assert (summary.transactions, summary.rejected) == (1, {"no customer id": 9})


def test_a_log_of_which_most_is_not_understood_is_refused_and_the_one_before_stays(shop: Shop) -> None:
    shop.read({"log.csv": lines("A,2024-01-02,I1,5,1,,")})
    before = shop.facts()
    with failing_with("sales-log.mostly-rejected", naming=r"2 of 3 rows .*\(2 rows, such as 'later'\)"):
        shop.read({"log.csv": lines("A,2024-01-02,I1,5,1,,", "A,soon,I2,6,1,,", "A,later,I3,7,1,,")})
    with failing_with("sales-log.no-usable-row"):
        shop.read({"log.csv": lines("A,2024-01-02,I1,,,,")})
    assert shop.facts() == before
    assert shop.query("SELECT table_schema || '.' || table_name FROM information_schema.tables ORDER BY 1") == [
        (name,)
        for name in (
            "ops.remembered_sales_log",
            "ops.schema_version",
            "sales.customers",
            "sales.fact_transactions",
            "sales.log_columns",
            "sales.log_files",
            "sales.product_map",
            "sales.rejected_rows",
            "sales.sales_log",
            "truth.sales_affinities",
        )
    ]


@pytest.mark.parametrize(
    ("asked", "code", "named"),
    [
        ({"whitespace_cutoff": "2020-01-01"}, "whitespace.cutoff-outside-log", "from 2024-01-02 to 2024-12-02"),
        ({"whitespace_divisions": "First;Third"}, "whitespace.unknown-division", "division Third .* 2024-12-02"),
        ({"whitespace_window_days": 330}, "whitespace.too-little-history", "336 days .* 2024-12-02"),
    ],
)
def test_a_list_is_not_lost_for_a_log_that_cannot_give_what_is_asked(
    shop: Shop, asked: dict[str, Any], code: str, named: str
) -> None:
    listed = Table("whitespace", "whitespace", "A list.", (Column("place", "INTEGER", "A place."),), ("place",))
    shop.built = DerivedTables((listed,), precious=(listed,))
    shop.read({"log.csv": lines("A,2023-01-02,I1,5,1,,")})
    shop.warehouse.replace({listed: pl.DataFrame({"place": [1]}, schema=listed.polars_schema)})
    before = shop.facts()
    another = {"log.csv": lines("A,2024-01-02,I1,5,1,,", "A,2024-12-02,I2,5,1,,")}
    with failing_with(code, naming=named):
        shop.read(another, **asked)
    assert (shop.facts(), shop.query("FROM whitespace.whitespace")) == (before, [(1,)])
    shop.read(another)
    assert shop.query("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'whitespace'") == [(0,)]


def test_a_row_that_is_there_twice_counts_once_when_it_has_an_invoice_number(shop: Shop) -> None:
    shop.read(
        {
            "log_1.csv": lines(
                "A,2024-01-02,I1,5,1,,", "A,2024-01-02,I1,5,1,,", "B,2024-01-03,,6,1,,", "B,2024-01-03,,6,1,,"
            ),
            "log_2.csv": lines("A,2024-01-02,I1,5,1,,", "C,2024-01-02,I1,5,1,,", "D,2024-01-04,I9,1,1,,"),
        }
    )
    assert [row[:1] + row[3:] for row in shop.facts()] == [
        ("A", 5, 1),
        ("B", 6, 1),
        ("B", 6, 1),
        ("C", 5, 1),
        ("D", 1, 1),
    ]
    assert shop.rejected() == [(2, "", "duplicated row", None, 5.0, 1.0), (1, "", "duplicated row", None, 5.0, 1.0)]
    assert "2 rows are equal to an earlier row in every column, invoice number included" in shop.caveats()
    assert "1 row is equal to an earlier row in every column and counted all the same" in shop.caveats()
    assert "1 invoice number stands with several customers" in shop.caveats()


def test_columns_of_any_name_survive_and_are_reported(shop: Shop) -> None:
    header = 'Customer,Date,Alpha,"a""; DROP TABLE x;--",source_file,SOURCE_ROW'
    shop.read(
        {
            "log_1.csv": lines("A,2024-01-02,5,q,mine,77", header=header),
            "log_2.csv": lines("B,2024-01-03,6,other", header="CUSTOMER,Date,Alpha,New"),
        },
        product_map="{customer_id: Customer, order_date: Date, products: [{product: Alpha, money: Alpha}]}",
    )
    stored = '"Customer", "a""; DROP TABLE x;--", source_file_2, "SOURCE_ROW_2", "New"'
    assert shop.query(f"SELECT {stored} FROM sales.sales_log ORDER BY 1") == [
        ("A", "q", "mine", "77", None),
        ("B", None, None, None, "other"),
    ]
    assert shop.query(
        "SELECT column_name, stored_name, non_empty FROM sales.log_columns WHERE column_role = 'unknown' ORDER BY 1"
    ) == [
        ("New", "New", 1),
        ("SOURCE_ROW", "SOURCE_ROW_2", 1),
        ('a"; DROP TABLE x;--', 'a"; DROP TABLE x;--', 1),
        ("source_file", "source_file_2", 1),
    ]
    assert "Its columns 'New' are not used" in shop.caveats()


def test_a_column_missing_from_one_year_is_fine_and_aliases_are_the_same_product(shop: Shop) -> None:
    summary = shop.read(
        {
            "log_2023.csv": lines("A,2023-01-02,I1,5,1", header="Customer,Date,Invoice,Alpha Old,Alpha Old_Qty"),
            "log_2024.csv": lines("A,2024-01-02,I2,6,1,7,1"),
        },
        product_map=MAP.replace("quantity: Alpha_Qty}", "quantity: Alpha_Qty, aliases: [Alpha Old]}"),
    )
    assert [row[2:] for row in shop.facts()] == [("Alpha", 5, 1), ("Alpha", 6, 1), ("Beta", 7, 1)]
    assert "It has no column of 'Beta'." in shop.caveats()
    assert summary.unknown_columns == ()


def test_a_long_log_goes_the_same_way(shop: Shop) -> None:
    log = lines(
        "A,2024-01-02,Nut,Iron,1.50,4",
        "A,2024-01-03,Nut,Iron,$2,-1",
        "B,2024-01-03,,Iron,3,1",
        header="Customer,Date,Item,Group,Price,Units",
    )
    shop.read(
        {"log.csv": log},
        product_map="{customer_id: Customer, order_date: Date, layout: long, product_column: Item, "
        "division_column: Group, unit_price_column: Price, quantity_column: Units}",
    )
    assert [row[2:] for row in shop.facts()] == [("Nut", 6, 4), ("Nut", -2, -1), ("(no product)", 3, 1)]
    assert shop.query("SELECT product, division, money_column FROM sales.product_map ORDER BY 1") == [
        ("(no product)", "Iron", "Price"),
        ("Nut", "Iron", "Price"),
    ]
    with shop.warehouse.connect() as connection:
        assert stored_differences(connection).is_empty()


@pytest.mark.parametrize("years", [1, 2])
def test_a_log_of_customers_and_days_alone_counts_its_rows(shop: Shop, years: int) -> None:
    rows = ("a,2024-01-01", "b,2024-01-02", ",2024-01-03")
    logs = {f"log{year}.csv": lines(*rows, f"c,202{year}-02-01", header="cust,date") for year in range(years)}
    later = {"later.csv": lines("a,2025-01-01", header="cust,date")}
    shop.read({**logs, **later}, product_map=None)
    assert len(shop.facts()) == 3 * years + 1
    assert {row[2:] for row in shop.facts()} == {("Purchases", 0.0, 1.0)}
    assert [row[2] for row in shop.rejected()] == ["no customer id"] * years
    assert "Each row counts one unit." in shop.caveats()
    with shop.warehouse.connect() as connection:
        assert stored_differences(connection).is_empty()


def test_a_holdout_is_kept_apart_and_what_the_log_covers_already_is_rejected(shop: Shop) -> None:
    log = lines("A,2024-01-02,I1,5,1,,", "A,2024-03-01,I2,5,1,,")
    later = lines("A,2024-03-01,I3,6,1,,", "Z,2024-03-02,I4,7,1,,")
    summary = shop.read({"log.csv": log, "later.csv": later})
    assert shop.query("SELECT invoice, is_holdout FROM sales.fact_transactions ORDER BY 1") == [
        ("I1", False),
        ("I2", False),
        ("I4", True),
    ]
    assert shop.rejected() == [(1, "", "holdout row not later than the log", None, 6.0, 1.0)]
    assert shop.query("SELECT customer_id FROM sales.customers") == [("A",)]
    assert (summary.transactions, summary.holdout_transactions) == (2, 1)


def test_customers_have_their_latest_name_rep_and_branch_and_their_account(shop: Shop) -> None:
    with shop.warehouse.connect() as connection:
        connection.execute("CREATE SCHEMA crm")
        connection.execute("CREATE TABLE crm.accounts AS SELECT 'ACC-1' AS account_id, 'Big Corp' AS name")
    log = (
        "Customer,Name,Date,Rep,Branch,Alpha\n7,big corp ,2024-02-01,Ann,,5\n7,Old name,2024-01-01,Bob,North,5\n"
        "ACC-1,,2024-01-05,,,5\n8,,2024-01-05,,,5\n"
    )
    shop.read(
        {"log.csv": log},
        product_map="{customer_id: Customer, customer_name: Name, order_date: Date, rep: Rep, branch: Branch, "
        "products: [{product: Alpha, money: Alpha}]}",
    )
    assert shop.query("SELECT customer_id, name, rep, branch, account_id FROM sales.customers ORDER BY 1") == [
        ("7", "big corp", "Ann", "North", "ACC-1"),
        ("8", None, None, None, None),
        ("ACC-1", None, None, None, "ACC-1"),
    ]


def test_the_same_log_gives_the_same_rows_in_the_same_order(shop: Shop) -> None:
    files = {"log_1.csv": money_lines("1", "2", "3"), "log_2.csv": money_lines("4", "5 €")}
    shop.read(files)
    everything = [f"FROM sales.{name}" for name in ("sales_log", "fact_transactions", "customers", "log_columns")]
    before = [shop.query(sql) for sql in everything]
    assert shop.read(files).is_new is False
    assert [shop.query(sql) for sql in everything] == before


def test_a_log_without_a_map_is_read_by_the_one_its_header_suggests(shop: Shop) -> None:
    summary = shop.read({"log.csv": lines("A,2024-01-02,I1,5,1,7,1", "B,2024-01-03,I2,5,1,7,1")}, product_map=None)
    assert (summary.is_proposed, summary.transactions) == (True, 4)
    assert "SynthDeal proposed its product map from the header" in shop.caveats()
    with failing_with("product-map.header-not-understood", naming="synthdeal whitespace init"):
        shop.read({"log_other.csv": "a,b\nx,y\nz,w\n"}, product_map=None)
    years = {
        "log_2023.csv": lines("7,2023-01-02,I1,5,1,7,1"),
        "log_2024.csv": lines(
            "7,2024-01-02,I1,5,1,7,1", header=HEADER.replace("Customer,Date", "Cust ID,Invoice Date")
        ),
    }
    assert shop.read(years, product_map=None).customers == 1


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM sales.fact_transactions WHERE source_row = 1 AND product = 'Alpha'",
        "UPDATE sales.fact_transactions SET amount = amount + 0.0001 WHERE source_row = 2",
        "UPDATE sales.fact_transactions SET quantity = 9 WHERE source_row = 2",
        "INSERT INTO sales.fact_transactions SELECT * FROM sales.fact_transactions WHERE source_row = 1",
        "DELETE FROM sales.fact_transactions WHERE source_file LIKE '%log_2.csv'",
        "UPDATE sales.fact_transactions SET product = 'Beta' WHERE source_row = 2",
        "DELETE FROM sales.rejected_rows WHERE column_name = ''",
        "DELETE FROM sales.rejected_rows WHERE column_name = 'Alpha'",
        "DELETE FROM sales.sales_log WHERE source_row = 3",
        'ALTER TABLE sales.sales_log DROP COLUMN "Beta"',
        "DELETE FROM sales.sales_log WHERE source_file LIKE '%log_2.csv'",
    ],
)
def test_the_check_of_totals_finds_what_is_lost_changed_or_doubled(damaged: Shop, damage: str) -> None:
    with damaged.warehouse.connect() as connection:
        connection.begin()
        assert stored_differences(connection).is_empty()
        connection.execute(damage)
        assert not stored_differences(connection).is_empty()
        connection.rollback()


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = Shop(tmp_path_factory.mktemp("damaged"))
    shop.read(
        {
            "log_1.csv": lines(
                "A,2024-01-02,I1,5,1,7,1", "B,2024-01-03,I2,($6.00),2,,", ",,I3,8,1,,", "A,2024-02-01,I4,?,3,1,"
            ),
            "log_2.csv": lines("A,2024-01-05,I5,5,1,,"),
        }
    )
    return shop


@pytest.mark.slow
def test_ten_thousand_columns_are_read(shop: Shop) -> None:
    names = [f"P{number}" for number in range(3_000)]
    header = ",".join(["Customer", "Date", *names])
    rows = [
        ",".join([f"C{row}", "2024-01-02", *["" if (row + place) % 7 else "1.50" for place in range(3_000)]])
        for row in range(20)
    ]
    products = "\n".join(
        f"  - {{product: {name}, division: D{place % 3}, money: {name}}}" for place, name in enumerate(names)
    )
    summary = shop.read(
        {"log.csv": lines(*rows, header=header)},
        product_map=f"customer_id: Customer\norder_date: Date\nproducts:\n{products}\n",
    )
    assert summary.transactions == sum((row + place) % 7 == 0 for row in range(20) for place in range(3_000))


def test_without_a_world_there_is_no_synthetic_log(shop: Shop) -> None:
    with failing_with("sales-log.no-world"):
        refill_sales(shop.warehouse, shop.settings())
