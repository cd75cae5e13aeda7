"""Dates and customer ids of strangers: what is understood, what is said about it, and what is refused."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.sales.log_files import Shop, lines

MAP = "{customer_id: Customer, order_date: Date, products: [{product: Alpha, money: Alpha}]}"
HEADER = "Customer,Date,Alpha"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def dated(*dates: str) -> str:
    return pl.DataFrame(
        {"Customer": "A", "Date": dates, "Alpha": [str(row) for row in range(1, len(dates) + 1)]}
    ).write_csv()


def bought(*customers: str) -> str:
    return lines(*(f"{name},2024-01-02,{row}" for row, name in enumerate(customers, 1)), header=HEADER)


@pytest.mark.parametrize(
    ("dates", "formats"),
    [
        (("2024-03-01", "2024-3-5"), "year-month-day"),
        (("2024-03-01 23:30:00", "2024-03-05T00:15:00.000Z"), "year-month-day"),
        (("2024-03-01T23:30:00+02:00", "2024-03-05 01:00:00-08"), "year-month-day"),
        (("01/03/2024", "13/03/2024", "05/03/2024"), "day/month/year"),
        (("3/1/2024", "3/13/2024 12:00:00 AM", "3/5/2024 1:15 PM"), "month/day/year"),
        (("3-1-24", "3-13-24", "3-5-24"), "month/day/year"),
        (("01.03.2024", "05.03.2024"), "day.month.year"),
        (("20240301", "20240305"), "yyyymmdd"),
        (("1-Mar-2024", "05 March 24"), "day month-in-letters year"),
        (("March 1, 2024", "Mar 5 2024"), "month-in-letters day year"),
        (("45352", "45356.5"), "Excel serial number"),
        (("Fri, 2024-03-01", "Tuesday 2024-03-05"), "year-month-day"),
    ],
)
def test_dates_are_read_as_all_of_them_say(shop: Shop, dates: tuple[str, ...], formats: str) -> None:
    shop.read({"log.csv": dated(*dates)}, product_map=MAP)
    days = [row[1] for row in shop.facts()]
    assert (days[0], days[-1]) == ("2024-03-01", "2024-03-05")
    assert shop.query("SELECT date_formats, caveats FROM sales.log_files") == [(formats, None)]


@pytest.mark.parametrize(
    ("first", "last", "formats"),
    [("2024-01", "2024-3", "year-month"), ("Jan-24", "March 2024", "month-in-letters year")],
)
def test_months_count_for_their_first_day_and_this_is_said(shop: Shop, first: str, last: str, formats: str) -> None:
    shop.read({"log.csv": dated(first, last)}, product_map=MAP)
    assert [row[1] for row in shop.facts()] == ["2024-01-01", "2024-03-01"]
    assert shop.query("SELECT date_formats FROM sales.log_files") == [(formats,)]
    assert "2 of its dates are months without a day" in shop.caveats()


def test_dates_that_fit_both_orders_are_read_as_another_file_says_or_the_map_or_not_at_all(shop: Shop) -> None:
    unclear, clear = dated("01/03/2024", "02/03/2024"), dated("25/03/2023", "01/04/2023")
    with failing_with("sales-log.ambiguous-days", naming=r"'01/03/2024' \(data row 1\)"):
        shop.read({"log.csv": unclear}, product_map=MAP)
    shop.read({"log_1.csv": unclear, "log_2.csv": clear}, product_map=MAP)
    assert shop.facts()[0][1] == "2024-03-01"
    assert "read with the day first, as in" in shop.caveats()
    shop.read({"log.csv": unclear}, product_map=MAP.replace("products:", "date_format: '%m/%d/%Y', products:"))
    assert shop.facts()[0][1] == "2024-01-03"
    shop.read({"log.csv": dated("01/01/2024", "02/02/2024")}, product_map=MAP)  # the same day either way
    assert [row[1] for row in shop.facts()] == ["2024-01-01", "2024-02-02"]


def test_two_formats_in_a_file_are_told_apart_with_a_caveat_or_refused(shop: Shop) -> None:
    shop.read({"log.csv": dated("2024-03-01", "3/13/2024", "2024-03-05")}, product_map=MAP)
    assert [row[1] for row in shop.facts()] == ["2024-03-01", "2024-03-13", "2024-03-05"]
    assert "2 ways: year-month-day (2 rows), month/day/year (1 rows)" in shop.caveats()
    with failing_with("sales-log.two-date-orders", naming=r"'13/03/2024' \(data row 1\) .*'03/14/2024' \(data row 2\)"):
        shop.read({"log.csv": dated("13/03/2024", "03/14/2024", "01/02/2024")}, product_map=MAP)


def test_a_date_far_beyond_all_others_is_named(shop: Shop) -> None:
    shop.read({"log.csv": dated("2024-03-01", "2203-03-02", "2024-03-03")}, product_map=MAP)
    assert "Row 2 is dated 2203-03-02" in shop.caveats()


def test_slips_far_beyond_the_dates_of_a_long_log_are_rejected_so_that_it_ends_where_it_ends(shop: Shop) -> None:
    days = [f"2024-{month:02d}-{day:02d}" for month in range(1, 6) for day in range(1, 25)]
    shop.read({"log.csv": dated("2203-03-02", "2302-03-02", "1924-01-01", *days)}, product_map=MAP)
    assert shop.query("SELECT first_order_date::VARCHAR, last_order_date::VARCHAR FROM sales.log_files") == [
        ("2024-01-01", "2024-05-24")
    ]
    assert shop.query("SELECT source_row, reason, value FROM sales.rejected_rows ORDER BY ALL") == [
        (1, "date far from all others", "2203-03-02"),
        (2, "date far from all others", "2302-03-02"),
        (3, "date far from all others", "1924-01-01"),
    ]
    assert (
        "Row 1 is dated 2203-03-02 ('2203-03-02'), more than a year after all others: it is rejected" in shop.caveats()
    )


def test_native_dates_and_times_are_taken_as_they_are(shop: Shop) -> None:
    path = shop.folder / "log.parquet"
    pl.DataFrame(
        {
            "Customer": ["A", "B"],
            "Date": pl.Series(["2024-03-01 23:59:00", "2024-03-05 00:00:00"]).str.to_datetime(time_zone="UTC"),
            "Alpha": [1, 2],
        }
    ).write_parquet(path)
    shop.read(sales_log=str(path), product_map=MAP)
    assert [row[1] for row in shop.facts()] == ["2024-03-01", "2024-03-05"]


def test_an_id_that_is_text_in_one_file_and_number_in_another_is_one_customer(shop: Shop) -> None:
    numbers = shop.folder / "log_numbers.parquet"
    pl.DataFrame({"Customer": [123.0, 7.0], "Date": "2024-02-01", "Alpha": [5, 6]}).write_parquet(numbers)
    text = shop.write("text.csv", bought("00123", " 00123 ", "X9", "0007"))
    shop.read(sales_log=f"{text};{numbers}", product_map=MAP)
    assert {row[0] for row in shop.facts()} == {"00123", "0007", "X9"}
    assert "2 customer ids are numbers in one file and text in another" in shop.caveats()


def test_ids_that_differ_in_zeros_within_a_file_stay_apart(shop: Shop) -> None:
    shop.read({"log_1.csv": bought("007", "7"), "log_2.csv": bought("7", "8")}, product_map=MAP)
    assert {row[0] for row in shop.facts()} == {"007", "7", "8"}
    assert "differ only in zeros in front" in shop.caveats()


def test_a_holdout_changes_no_id_of_the_log(shop: Shop) -> None:
    log = bought("7", "8")
    later = lines("007,2024-02-02,5", "00008,2024-02-02,5", header=HEADER)
    shop.read({"log.csv": log, "later.csv": later}, product_map=MAP)
    assert {row[0] for row in shop.facts()} == {"7", "8"}


def test_ids_keep_their_case_and_lose_only_blanks_around_them(shop: Shop) -> None:
    shop.read({"log.csv": bought(" Acme ", "ACME", "a b", "00012")}, product_map=MAP)
    assert [row[0] for row in shop.facts()] == ["Acme", "ACME", "a b", "00012"]
