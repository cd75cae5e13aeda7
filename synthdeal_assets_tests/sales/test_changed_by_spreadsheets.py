"""Ids and days that a spreadsheet changed, and days as people in Europe write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthdeal_assets.cli.whitespace.init import propose_product_map
from synthdeal_assets.sales.etl.month_names import MONTHS
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.sales.log_files import Shop

HEADER = "Customer ID;Order Date;Product;Amount"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def log(*rows: tuple[str, str]) -> str:
    """A log of lines with a customer id and a day each."""
    return "\n".join([HEADER, *(f"{customer};{day};Drill;5.50" for customer, day in rows)]) + "\n"


def days(shop: Shop) -> list[object]:
    return [day for (day,) in shop.query("SELECT order_date::VARCHAR FROM sales.fact_transactions ORDER BY source_row")]


def test_days_in_the_languages_of_europe_are_read(shop: Shop) -> None:
    written = (
        "15 janv. 2023", "3. března 2023", "05. 04. 2023", "5 de maio de 2023", "12 Haziran 2023", "14 июля 2023",
        "2023. 08. 05.", "13.09.2023.", "24. Október 2023", "15. november 2023", "6 grudnia 2023", "Jan. 7, 2024",
        "13 Φεβρουαρίου 2024", "1 août 2024",
    )  # fmt: skip
    shop.read({"log.csv": log(*((str(place % 3), day) for place, day in enumerate(written)))}, product_map=None)
    assert days(shop) == [
        "2023-01-15", "2023-03-03", "2023-04-05", "2023-05-05", "2023-06-12", "2023-07-14", "2023-08-05", "2023-09-13",
        "2023-10-24", "2023-11-15", "2023-12-06", "2024-01-07", "2024-02-13", "2024-08-01",
    ]  # fmt: skip


def test_a_name_of_two_months_is_no_month(shop: Shop) -> None:
    assert "listopada" not in MONTHS
    assert MONTHS["mar"] == MONTHS["mart"] == 3
    rows = [("1", "5 listopada 2023"), ("2", "5 grudnia 2023"), ("3", "6 grudnia 2023")]
    shop.read({"log.csv": log(*rows)}, product_map=None)
    assert [(reason, value) for _, _, reason, value, *_ in shop.rejected()] == [
        ("date not understood", "5 listopada 2023")
    ]


@pytest.mark.parametrize("number", ["45322", "45322.75", "45322,75", "45322.0"])
def test_days_that_a_spreadsheet_numbered_are_read_alone_and_beside_others(shop: Shop, number: str) -> None:
    for others in ((number, "45323.5"), ("2024-02-15", "2024-03-15")):
        shop.read({"log.csv": log(("1", number), *(("2", other) for other in others))}, product_map=None)
        assert days(shop)[0] == "2024-01-31"


LATER = [f"{month:02}/{day}/2024" for month, day in zip(range(1, 9), range(13, 29, 2), strict=True)]


@pytest.mark.parametrize("as_number", [False, True])
def test_days_of_which_a_spreadsheet_swapped_those_that_it_could_are_refused(shop: Shop, as_number: bool) -> None:
    # 1 March as the spreadsheet has it is 3 January in the file that it was given.
    swapped = [str(45352 + day) if as_number else f"2024-03-{1 + day:02}" for day in range(9)]
    with failing_with("sales-log.half-changed-days", naming="'01/13/2024'"):
        shop.read({"log.csv": log(*(("1", day) for day in (*swapped, *LATER)))}, product_map=None)


@pytest.mark.parametrize(
    "dates",
    [
        [f"2024-{month:02}-01" for month in range(1, 13)],  # months that begin
        [f"2024-03-{1 + day:02}" for day in range(9)] + ["2024-04-13"],  # a later day is a date too
        [f"2024-03-{1 + day:02}" for day in range(9)] + ["02/03/2024"],  # an early day is text too
        [f"2024-03-{1 + day:02}" for day in range(7)],  # few
    ],
)
def test_days_written_in_two_ways_that_only_look_swapped_are_read(shop: Shop, dates: list[str]) -> None:
    shop.read({"log.csv": log(*(("1", day) for day in (*dates, *LATER)))}, product_map=None)
    assert days(shop)[-1] == "2024-08-27"
    assert len(days(shop)) == len(dates) + len(LATER)


def test_numbers_that_are_no_days_are_not_taken_for_them(shop: Shop) -> None:
    with failing_with("product-map.header-not-understood", naming="holds numbers that are no dates"):
        shop.read({"log.csv": log(("1", "12.5"), ("2", "17.25"), ("3", "99.5"))}, product_map=None)


def test_an_id_with_nil_behind_a_mark_is_the_id(shop: Shop) -> None:
    rows = [("123.0", "2024-01-01"), ("123", "2024-01-02"), ("0124", "2024-01-03"), ("1.50", "2024-01-04")]
    shop.read({"log.csv": log(*rows)}, product_map=None)
    found = shop.query("SELECT customer_id FROM sales.fact_transactions ORDER BY source_row")
    assert found == [("123",), ("123",), ("0124",), ("1.50",)]


def test_ids_that_were_cut_short_are_said_and_never_brought_together(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [("1.23E+12", "2024-01-01"), ("1,23457E+11", "2024-01-02"), ("1.23456789012E+11", "2024-01-03")]
    path = shop.write("log.csv", log(*rows, ("12E5", "2024-01-04"), ("4E12", "2024-01-05"), ("C7", "2024-01-06")))
    propose_product_map(shop.settings(), str(path), output=None, force=False)
    said = " ".join(capsys.readouterr().out.split())
    assert "holds numbers that a spreadsheet cut short, such as '1.23E+12': several may have become one" in said
    shop.read(sales_log=str(path), product_map=None)
    found = [name for (name,) in shop.query("SELECT customer_id FROM sales.fact_transactions ORDER BY source_row")]
    assert found == ["123456789012", "12E5", "4E12", "C7"]
    assert [(reason, value) for _, _, reason, value, *_ in shop.rejected()] == [
        ("customer id cut short", "1.23E+12"),
        ("customer id cut short", "1,23457E+11"),
    ]


def test_a_log_whose_ids_are_mostly_cut_short_is_refused(shop: Shop) -> None:
    with failing_with("sales-log.mostly-rejected", naming="'customer id cut short'"):
        shop.read(
            {"log.csv": log(("1.23E+12", "2024-01-01"), ("1.24E+12", "2024-01-02"), ("7", "2024-01-02"))},
            product_map=None,
        )
