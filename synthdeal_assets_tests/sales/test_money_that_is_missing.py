"""Money that is missing in some lines, where the price times the quantity proves to be the money of all others."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from synthdeal_assets.sales.etl.totals import stored_differences
from synthdeal_assets_tests.sales.log_files import Shop

pytestmark = pytest.mark.slow

HEADER = "Customer ID;Order Date;Product;Qty;Unit Price;Amount"
LINES = ((2, "1.50", "3.00"), (3, "1.50", "4.50"), (4, "2.25", "9.00"), (5, "2.25", "11.25"), (6, "1250.75", "7504.50"))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def log(*further: tuple[object, str, str], lines: tuple[tuple[object, str, str], ...] = LINES) -> str:
    rows = [
        f"{place % 3};2024-01-{place + 1:02};Drill;{units};{price};{total}"
        for place, (units, price, total) in enumerate((*lines, *further))
    ]
    return "\n".join([HEADER, *rows]) + "\n"


def money(shop: Shop) -> list[object]:
    return [amount for (amount,) in shop.query("SELECT amount FROM sales.fact_transactions ORDER BY source_row")]


@pytest.mark.parametrize("is_comma", [False, True])
def test_missing_money_is_the_price_times_the_quantity_where_the_others_prove_it(shop: Shop, is_comma: bool) -> None:
    missing = ((7, "2.25", ""), (8, "1000.10", "ERROR"), (3, "", "6.75"), ("", "2.25", "4.50"), (1, "", ""))
    text = log(*missing, lines=LINES * 4)
    shop.read({"log.csv": text.replace(".", ",") if is_comma else text}, product_map=None)
    found = money(shop)
    assert found[20:24] == [Decimal("15.75"), Decimal("8000.80"), Decimal("6.75"), Decimal("4.50")]
    assert sum(Decimal(str(amount)) for amount in found) == 4 * Decimal("7532.25") + Decimal("8027.80")
    assert shop.rejected() == []
    columns = shop.query("SELECT column_name, column_role FROM sales.log_columns")
    assert {("Amount", "money"), ("Unit Price", "price_of_missing_money")} <= set(columns)
    assert shop.query("SELECT non_empty FROM sales.log_columns WHERE column_name = 'Amount'") == [(23,)]
    with shop.warehouse.connect() as connection:
        assert stored_differences(connection).height == 0


@pytest.mark.parametrize("is_comma", [False, True])
def test_missing_units_are_what_the_money_pays_for_where_that_is_whole(shop: Shop, is_comma: bool) -> None:
    missing = (("", "2.25", "4.50"), ("ERROR", "1000.10", "8000.80"), ("", "2.25", "-6.75"), ("", "0.333", "1.00"))
    none = (("", "2.25", "5.00"), ("", "0.01", "5.00"), ("", "0", "5.00"))
    text = log(*missing, *none, lines=LINES * 4)
    shop.read({"log.csv": text.replace(".", ",") if is_comma else text}, product_map=None)
    found = shop.query("SELECT quantity FROM sales.fact_transactions ORDER BY source_row")
    assert [units for (units,) in found[20:]] == [2, 8, -3, 3, None, None, None]
    assert shop.rejected() == []
    assert shop.query("SELECT non_empty FROM sales.log_columns WHERE column_name = 'Qty'") == [(21,)]
    with shop.warehouse.connect() as connection:
        assert stored_differences(connection).height == 0


def test_money_that_is_nil_stays_nil(shop: Shop) -> None:
    shop.read({"log.csv": log((7, "2.25", "0.00"), *LINES * 10)}, product_map=None)
    assert money(shop)[5] == Decimal(0)


@pytest.mark.parametrize(
    "lines", [tuple((units, price, f"{float(total) * 1.19:.2f}") for units, price, total in LINES)]
)
def test_a_price_that_proves_nothing_takes_no_place(shop: Shop, lines: tuple[tuple[object, str, str], ...]) -> None:
    shop.read({"log.csv": log((7, "2.25", ""), lines=lines)}, product_map=None)
    assert money(shop)[5] == Decimal(0)
    assert shop.query("SELECT count(*) FROM sales.log_columns WHERE column_role LIKE '%price%'") == [(0,)]
