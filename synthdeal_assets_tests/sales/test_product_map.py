"""The product map: what a person may write, what is refused and how, and which column it finds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.sales.product_map.map_file import load_product_map, parse_product_map
from synthdeal_assets.sales.product_map.product_map import ProductMap
from synthdeal_assets.sales.product_map.resolved_columns import resolve
from synthdeal_assets_tests.failure_codes import failing_with

WIDE = """\
customer_id: [Customer ID, Cust No]
order_date: Date
rep: Rep
products:
  - product: Design Pro
    division: Design
    money: Design_Pro
    quantity: Design_Pro_Qty
    aliases: [Draw Pro]
  - product: Training
    money: No
"""
LONG = """\
customer_id: CustomerID
order_date: InvoiceDate
date_format: "%m/%d/%Y %H:%M"
layout: long
product_column: StockCode
unit_price_column: UnitPrice
quantity_column: Quantity
divisions:
  85123A: Lights
  2021: Years
default_division: Other
"""
BASE = "customer_id: c\norder_date: d\n"


def wide() -> ProductMap:
    return parse_product_map(WIDE, "map.yaml")


def refusal(text: str) -> str:
    with pytest.raises(SynthDealError) as caught:
        parse_product_map(text, "map.yaml")
    message = str(caught.value)
    assert caught.value.code in {"product-map.empty", "product-map.invalid", "product-map.not-yaml"}
    assert message.startswith("map.yaml")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    "text", [WIDE, LONG, f"{BASE}header: false\ncolumns: [c, d, 2021]\nproducts: [{{product: x, money: 2021}}]"]
)
def test_a_map_written_out_reads_back_the_same(text: str) -> None:
    read = parse_product_map(text, "map.yaml")
    assert parse_product_map(read.to_yaml(), "again.yaml") == read


def test_a_key_that_is_left_empty_is_written_and_read_back_empty() -> None:
    said = parse_product_map(f"{WIDE}currency_column:\nstatus_column: State\n", "map.yaml")
    read_back = parse_product_map(said.to_yaml(), "map.yaml")
    assert read_back.currency_column == ()
    assert {"currency_column", "status_column"} <= read_back.model_fields_set
    assert "cancelled_column" not in read_back.model_fields_set


def test_words_that_yaml_takes_for_something_else_stay_names() -> None:
    assert wide().products[1].money == ("No",)
    assert parse_product_map(LONG, "map.yaml").divisions == {"85123A": "Lights", "2021": "Years"}


def test_a_product_without_a_division_is_its_own() -> None:
    assert [product.division_name for product in wide().products] == ["Design", "Training"]
    long = parse_product_map(LONG, "map.yaml")
    assert (long.division_of("85123a "), long.division_of("X")) == ("Lights", "Other")


def test_columns_are_found_whatever_their_case_and_blanks_and_the_rest_is_told() -> None:
    found = resolve(wide(), ["cust_no", "DATE", "design pro", "DesignPro-Qty", "Zip", "REP"], "2023.csv")
    assert (found.customer_id, found.order_date, found.rep, found.invoice) == ("cust_no", "DATE", "REP", None)
    (product,) = found.products
    assert (product.money, product.quantity, product.division) == ("design pro", "DesignPro-Qty", "Design")
    assert found.missing_products == ("Training",)
    assert found.unknown == ("Zip",)


def test_another_year_s_name_of_a_product_brings_its_quantity_along() -> None:
    found = resolve(wide(), ["Customer ID", "Date", "Draw Pro", "Draw Pro Qty"], "2022.csv")
    assert (found.products[0].money, found.products[0].quantity) == ("Draw Pro", "Draw Pro Qty")
    assert found.unknown == ()


def test_a_name_written_exactly_wins_and_two_that_fit_equally_are_refused() -> None:
    assert resolve(wide(), ["Customer ID", "Date", "date", "No"], "f.csv").order_date == "Date"
    with failing_with("product-map.ambiguous-column", naming=r"f\.csv .*'DATE' and 'date'"):
        resolve(wide(), ["Customer ID", "DATE", "date", "No"], "f.csv")


def test_two_columns_for_the_money_of_one_product_are_refused() -> None:
    with failing_with("product-map.two-columns-for-one-use", naming="'Design_Pro' and 'Draw Pro'"):
        resolve(wide(), ["Customer ID", "Date", "Design_Pro", "Draw Pro"], "f.csv")


@pytest.mark.parametrize(
    ("columns", "code", "named"),
    [
        (
            ["Date", "No", "x"],
            "product-map.column-missing",
            r"f\.csv .* 'Customer ID' or 'Cust No' .* customer_id .* 'Date', 'No', 'x'",
        ),
        (["Cust No", "No"], "product-map.column-missing", "order_date"),
        (["Cust No", "Date"], "product-map.products-missing", ""),
        ([f"c{place}" for place in range(10_000)], "product-map.column-missing", "and 9,980 more"),
    ],
)
def test_a_source_without_what_every_log_needs_is_refused_with_its_columns(
    columns: list[str], code: str, named: str
) -> None:
    with failing_with(code, naming=named):
        resolve(wide(), columns, "f.csv")


def test_what_nobody_wrote_is_not_to_be_corrected() -> None:
    for columns, code in (
        (["Date", "Design_Pro"], "product-map.found-column-missing"),
        (["Customer ID", "Date"], "product-map.found-products-missing"),
    ):
        with failing_with(code, naming="`synthdeal whitespace init`"):
            resolve(wide(), columns, "f.csv", is_proposed=True)


def test_a_long_log_needs_the_columns_its_map_names() -> None:
    long = parse_product_map(LONG, "map.yaml")
    found = resolve(long, ["customer id", "invoice date", "stock_code", "quantity", "Unit Price", "Country"], "f.csv")
    assert (found.product_column, found.unit_price_column, found.quantity_column) == (
        "stock_code",
        "Unit Price",
        "quantity",
    )
    assert found.unknown == ("Country",)
    with failing_with("product-map.column-missing", naming="unit_price_column"):
        resolve(long, ["CustomerID", "InvoiceDate", "StockCode", "Quantity"], "f.csv")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not a product map"),
        ("- a\n- b\n", "is not a product map"),
        ("customer_id: a\n  order_date: b\n", "line 2: this is not a product map that can be read"),
        ("customer_id: a\ncustomer_id: b\n", r"line 2: .*`customer_id` is there twice"),
        ("order_date: d\nproducts: [{product: x, money: m}]\n", "customer_id is missing"),
        (f"{BASE}productz: []\n", "line 3: `productz` is no key of a product map: use one of customer_id"),
        (
            f"{BASE}products:\n- product: x\n  monney: m\n",
            r"line 5: `monney` is no key .*: use one of product, division",
        ),
        (f"{BASE}products:\n- money: m\n", "line 4: `product` is missing"),
        (f"{BASE}products: x\n", "line 3: `products` is 'x', which is not accepted: write a list of products"),
        (f"{BASE}layout: tall\n", "line 3: `layout` is 'tall', which is not accepted: write wide or long"),
        (f"{BASE}header: maybe\n", r"line 3: .*write true or false"),
        (f"{BASE}", "`products` is missing"),
        (
            f"{BASE}products: [{{product: x, money: M_1, quantity: m 1}}]\n",
            "'x' has the column 'M_1' for its money and",
        ),
        (f"{BASE}products: [{{product: x, division: y}}]\n", "'x' has neither money nor quantity"),
        (f"{BASE}products: [{{product: x, money: m}}, {{product: X, money: n}}]\n", "product 'X' is listed twice"),
        (
            f"{BASE}products: [{{product: x, money: m}}, {{product: y, money: M}}]\n",
            "column 'M' is named for the money",
        ),
        (
            f"{BASE}products: [{{product: x, money: d}}]\n",
            "column 'd' is named for order_date and for the money of 'x'",
        ),
        (f"{BASE}products: [{{product: x, division: (All), money: m}}]\n", "cannot be a division"),
        (f"{BASE}products: [{{product: (all), money: m}}]\n", "cannot be a division"),
        (
            f"{BASE}products: [{{product: x, money: m, division: A}}, {{product: y, money: n, division: a}}]\n",
            "one spelling",
        ),
        (f"{BASE}date_format: '%Y'\nproducts: [{{product: x, money: m}}]\n", "does not say year, month and day"),
        (f"{BASE}header: false\nproducts: [{{product: x, money: m}}]\n", "needs `columns`"),
        (f"{BASE}columns: [c]\nproducts: [{{product: x, money: m}}]\n", "write `header: false` too"),
        (f"{BASE}header: no\ncolumns: [c, d, C]\nproducts: [{{product: x, money: m}}]\n", "names 'C' twice"),
        (f"{BASE}layout: long\n", "needs product_column"),
        (f"{BASE}layout: long\nproduct_column: p\nunit_price_column: u\n", "needs quantity_column"),
        (f"{BASE}layout: long\nproduct_column: p\nmoney_column: m\nproducts: [{{product: x, money: m}}]\n", "only for"),
        (f"{BASE}product_column: p\nproducts: [{{product: x, money: m}}]\n", "only for `layout: long`"),
        (f"{BASE}products: &a\n- *a\n", "line 4: .*refers to what is written elsewhere"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_place_and_the_remedy(text: str, said: str) -> None:
    assert re.search(said, refusal(text))


def test_a_file_that_is_not_there_or_no_text_is_said(tmp_path: Path) -> None:
    with failing_with("product-map.missing"):
        load_product_map(tmp_path / "nothing.yaml")
    (tmp_path / "map.yaml").write_bytes(b"customer_id: Gr\xf6\xdfe\n")
    with failing_with("product-map.unreadable"):
        load_product_map(tmp_path / "map.yaml")
    (tmp_path / "map.yaml").write_text("\ufeff" + WIDE, encoding="utf-8")
    assert load_product_map(tmp_path / "map.yaml") == wide()


def test_a_thousand_products_are_resolved() -> None:
    products = "".join(f"- {{product: P{place}, money: P{place}, quantity: P{place}_Qty}}\n" for place in range(1_000))
    names = ["c", "d", *(name for place in range(1_000) for name in (f"p{place}", f"P{place} qty"))]
    assert len(resolve(parse_product_map(f"{BASE}products:\n{products}", "m"), names, "f.csv").products) == 1_000
