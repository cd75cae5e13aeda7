"""Amounts of two currencies are never added, wherever the currency is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthdeal_assets.sales.etl.totals import stored_differences
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.sales.log_files import Shop

MAP = """
customer_id: Customer ID
order_date: Order Date
layout: long
product_column: Product
money_column: Amount
quantity_column: Qty
"""
HEADER = "Customer ID,Order Date,Product,Qty,Amount"
COLUMN = "1,2024-01-05,Drill,2,10.50,{a}\n2,2024-01-06,Drill,1,1000,{b}\n3,2024-01-07,Drill,1,5.25,{a}\n"
FILES = {
    "column": {"log.csv": f"{HEADER},Currency\n" + COLUMN.format(a="USD", b="JPY")},
    "cells": {
        "log.csv": f"{HEADER}\n1,2024-01-05,Drill,2,$10.50\n2,2024-01-06,Drill,1,¥1000\n3,2024-01-07,Drill,1,5.25 USD\n"
    },
    "headers": {
        "log1.csv": f"{HEADER} (USD)\n1,2024-01-05,Drill,2,10.50\n3,2024-01-07,Drill,1,5.25\n",
        "log2.csv": f"{HEADER} JPY\n2,2024-01-06,Drill,1,1000\n",
    },
}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def amounts(shop: Shop) -> list[float]:
    return sorted(float(str(row[3])) for row in shop.facts())


def map_of(place: str, more: str = "") -> str:
    amount = {"headers": "[Amount (USD), Amount JPY]"}.get(place, "Amount")
    column = "currency_column: Currency\n" if place == "column" else ""
    return MAP.replace("money_column: Amount", f"money_column: {amount}") + column + more


@pytest.mark.parametrize("place", FILES)
def test_two_currencies_are_refused_with_what_each_comes_to(shop: Shop, place: str) -> None:
    with failing_with("sales-log.several-currencies") as failure:
        shop.read(FILES[place], product_map=map_of(place))
    usd, jpy = ("from data row 1 on", "from data row 2 on")
    if place == "headers":
        usd, jpy = (f"from data row 1 of {shop.folder / name} on" for name in ("log1.csv", "log2.csv"))
    for said in (f"USD (2 rows, 15.75, {usd})", f"JPY (1 rows, 1,000.00, {jpy})", "`currency: USD`", "rates: {JPY:"):
        assert said in str(failure.value)


@pytest.mark.parametrize("place", FILES)
def test_the_map_chooses_one_or_gives_rates(shop: Shop, place: str) -> None:
    shop.read(FILES[place], product_map=map_of(place, "currency: USD\n"))
    assert amounts(shop) == [5.25, 10.5]
    assert [row[2:] for row in shop.rejected()] == [("another currency", "JPY", 1000.0, 1.0)]
    assert "1 row is in another currency and not counted, 1,000.00 in all: 'JPY' (1: 1,000.00)" in shop.caveats()
    shop.read(FILES[place], product_map=map_of(place, "currency: USD\nrates: {JPY: 0.0066}\n"))
    assert amounts(shop) == [5.25, 6.6, 10.5]
    assert shop.rejected() == []
    with shop.warehouse.connect() as connection:
        assert stored_differences(connection).height == 0


@pytest.mark.parametrize("name", ["Currency", "FX"])
def test_a_map_that_leaves_the_currency_out_adds_no_two_either(shop: Shop, name: str) -> None:
    files = {"log.csv": FILES["column"]["log.csv"].replace("Currency", name)}
    for product_map in (map_of(""), None):
        with failing_with("sales-log.several-currencies") as failure:
            shop.read(files, product_map=product_map)
        assert "USD (2 rows, 15.75, from data row 1 on), JPY (1 rows, 1,000.00, from data row 2 on)" in str(
            failure.value
        )
    shop.read(files, product_map=map_of("", "currency: USD\n"))
    assert amounts(shop) == [5.25, 10.5]
    shop.read(files, product_map=map_of("", "currency_column:\n"))
    assert amounts(shop) == [5.25, 10.5, 1000]


@pytest.mark.parametrize(
    ("name", "a", "b"),
    [("Currency", "USD", "USD"), ("Country", "US", "JP"), ("Type", "TRY", "PEN"), ("Colour", "USD blue", "EUR red")],
)
def test_a_column_that_says_no_two_currencies_changes_nothing(shop: Shop, name: str, a: str, b: str) -> None:
    text = f"{HEADER},{name}\n" + COLUMN.format(a=a, b=b)
    shop.read({"log.csv": text}, product_map=map_of(""))
    assert amounts(shop) == [5.25, 10.5, 1000]


def test_a_comma_stays_the_mark_of_what_is_converted(shop: Shop) -> None:
    text = "Customer ID;Order Date;Product;Qty;Amount\n1;2024-01-05;Drill;2;10,50 €\n2;2024-01-06;Drill;1;1.000,50 Kč\n"
    shop.read({"log.csv": text}, product_map=f"{MAP}currency: EUR\nrates: {{CZK: 0.04}}\n")
    assert amounts(shop) == [10.5, 40.02]


def test_one_currency_written_in_several_ways_is_one(shop: Shop) -> None:
    rows = ("1,2024-01-05,Drill,2,$10.50,USD", "2,2024-01-06,Drill,1,1000,usd", "3,2024-01-07,Drill,1,US$5.25,")
    text = "\n".join((f"{HEADER},Currency", *rows))
    shop.read({"log.csv": text}, product_map=map_of("column"))
    assert len(shop.facts()) == 3


def test_a_name_with_letters_of_a_currency_in_it_is_none(shop: Shop) -> None:
    header = "Customer,Date,Trousers,Trousers_Qty,Euro Pallet TRYOUT,Euro Pallet TRYOUT_Qty"
    product_map = """
customer_id: Customer
order_date: Date
products:
  - {product: A, money: Trousers, quantity: Trousers_Qty}
  - {product: B, money: Euro Pallet TRYOUT, quantity: Euro Pallet TRYOUT_Qty}
"""
    shop.read({"log.csv": f"{header}\nX,2024-01-05,10,1,20,2\nY,2024-01-06,10,1,20,2\n"}, product_map=product_map)
    assert len(shop.facts()) == 4


def test_a_currency_that_is_not_there_or_a_rate_that_is_none_is_refused(shop: Shop) -> None:
    with failing_with("sales-log.several-currencies") as failure:
        shop.read(FILES["column"], product_map=map_of("column", "currency: EUR\n"))
    assert "not EUR" in str(failure.value)
    for wrong in ("currency: USD\nrates: {JPY: -1}\n", "rates: {JPY: 2}\n", "currency: USD\nrates: {JPY: much}\n"):
        with failing_with("product-map.invalid"):
            shop.read(FILES["column"], product_map=map_of("column", wrong))
