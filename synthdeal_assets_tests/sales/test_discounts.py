"""Money after discount, where a line says price, quantity and discount and no total; what is unclear is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthdeal_assets.cli.whitespace.init import propose_product_map
from synthdeal_assets.sales.product_map.discounts import (
    AMOUNT,
    DISCOUNTS,
    FRACTION,
    PERCENT,
    is_discount,
    kinds_by_name,
)
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.sales.log_files import Shop

pytestmark = pytest.mark.slow

HEADER = "Customer ID,Order Date,Product,Unit Price,Quantity"
LINES: list[tuple[str, ...]] = [
    ("1", "2024-01-05", "Drill", "10.00", "3"),
    ("2", "2024-01-06", "Saw", "200.00", "1"),
    ("1", "2024-01-07", "Drill", "10.00", "-1"),
]
PLAIN = [30.0, 200.0, -10.0]
MAP = """
customer_id: Customer ID
order_date: Order Date
layout: long
product_column: Product
unit_price_column: Unit Price
quantity_column: Quantity
"""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def log(column: str, *discounts: str, lines: list[tuple[str, ...]] = LINES) -> dict[str, str]:
    rows = [",".join((*line, f'"{discount}"')) for line, discount in zip(lines, discounts, strict=True)]
    return {"log.csv": "\n".join((f'{HEADER},"{column}"', *rows)) + "\n"}


def money(shop: Shop) -> list[float]:
    return [float(str(row[3])) for row in shop.facts()]


@pytest.mark.parametrize(
    ("column", "discounts", "right"),
    [
        ("Discount %", ("10", "2.5", "0"), [27.0, 195.0, -10.0]),
        ("Discount (%)", ("10", "", "10"), [27.0, 200.0, -9.0]),
        ("Discount Percent", ("10", "100", ""), [27.0, 0.0, -10.0]),
        ("Discount", ("10%", "2.5 %", "0%"), [27.0, 195.0, -10.0]),
        ("discount_pct", ("-10", "-5", "0"), [27.0, 190.0, -10.0]),
        ("Rabatt in %", ("10", "5", "0"), [27.0, 190.0, -10.0]),
        ("Rabattprozent", ("10", "5", "0"), [27.0, 190.0, -10.0]),
        ("Remise (%)", ("10", "5", "0"), [27.0, 190.0, -10.0]),
        ("% Descuento", ("10", "5", "0"), [27.0, 190.0, -10.0]),
        ("Sconto %", ("10", "5", "0"), [27.0, 190.0, -10.0]),
        ("Kortingspercentage", ("10", "5", "0"), [27.0, 190.0, -10.0]),
        ("Percentual de desconto", ("10", "5", "0"), [27.0, 190.0, -10.0]),
        ("Discount", ("0.1", "0.025", "0"), [27.0, 195.0, -10.0]),
        ("Discount Rate", ("0.1", "0.05", ""), [27.0, 190.0, -10.0]),
        ("Rabattsatz", ("0.1", "0.05", "0"), [27.0, 190.0, -10.0]),
        ("Discount Rate", ("10", "5", "0"), [27.0, 190.0, -10.0]),
        ("Discount Amount", ("1.50", "0.5", "0"), [28.5, 199.5, -10.0]),
        ("Rabattbetrag", ("1.50", "5", "0"), [28.5, 195.0, -10.0]),
        ("Montant de la remise", ("1.50", "5", "2"), [28.5, 195.0, -8.0]),
        ("Importe descuento", ("1.50", "5", "0"), [28.5, 195.0, -10.0]),
        ("Importo sconto", ("1.50", "5", "0"), [28.5, 195.0, -10.0]),
        ("Kortingsbedrag", ("1.50", "5", "0"), [28.5, 195.0, -10.0]),
        ("Valor do desconto", ("1.50", "5", "0"), [28.5, 195.0, -10.0]),
        ("Discount (USD)", ("1.50", "5", "0"), [28.5, 195.0, -10.0]),
        ("Discount", ("1.50", "150", "0"), [28.5, 50.0, -10.0]),
        ("Discount", ("40", "5", "0"), [18.0, 190.0, -10.0]),
        ("Discount", ("0", "", "0"), PLAIN),
    ],
)
def test_money_is_what_is_left_after_the_discount(
    shop: Shop, column: str, discounts: tuple[str, ...], right: list[float]
) -> None:
    for product_map in (None, MAP):
        shop.read(log(column, *discounts), product_map=product_map)
        assert money(shop) == pytest.approx(right)
        assert shop.rejected() == []
        assert ("`discount` in the product map says otherwise" in shop.caveats()) == (right != PLAIN)


@pytest.mark.parametrize(
    ("column", "discounts"),
    [
        ("Discount", ("10", "5", "0")),
        ("Rabatt", ("10", "5", "0")),
        ("Discount", ("1", "1", "0")),
        ("Discount %", ("0.1", "0.05", "0")),
        ("Discount %", ("10", "-5", "0")),
        ("Discount per unit", ("2", "5", "0")),
        ("Discount", ("10%", "5", "0")),
        ("Discount %", ("150", "5", "0")),
    ],
)
def test_what_name_and_values_leave_open_is_asked_for(shop: Shop, column: str, discounts: tuple[str, ...]) -> None:
    files = log(column, *discounts)
    for product_map in (None, MAP):
        with failing_with("sales-log.unclear-discount") as asked:
            shop.read(files, product_map=product_map)
        assert f"{discounts[0]!r} in the column {column!r} (data row 1)" in str(asked.value)
    shop.read(files, product_map=f"{MAP}discount_column:\n")
    assert money(shop) == PLAIN


@pytest.mark.parametrize(("kind", "right"), [(PERCENT, [29.97, 190.0, -10.0]), (AMOUNT, [29.9, 190.0, -10.0])])
def test_the_map_says_what_a_discount_is(shop: Shop, kind: str, right: list[float]) -> None:
    more = f"discount_column: Discount\ndiscount: {kind}\n"
    discounts = {PERCENT: ("0.1", "5", "0"), AMOUNT: ("0.1", "10", "0")}[kind]
    shop.read(log("Discount", *discounts), product_map=MAP + more)
    assert money(shop) == pytest.approx(right)


def test_a_discount_that_is_none_or_takes_off_more_than_all_is_rejected_with_what_stands_there(shop: Shop) -> None:
    more = "discount_column: Discount\ndiscount: percent\n"
    files = log("Discount", "10", "150", "agreed", "0", "0", "0", lines=[*LINES, *LINES])
    shop.read(files, product_map=f"{MAP}{more}equal_lines: keep\n")
    assert money(shop) == [27.0, *PLAIN]
    assert [row[0] for row in shop.rejected()] == [2, 3]
    assert "200.00 times 1 less 150" in str(shop.rejected())


def test_a_log_with_a_total_takes_nothing_off_again(shop: Shop) -> None:
    lines = [(*line, total) for line, total in zip(LINES, ("27.00", "190.00", "-10.00"), strict=True)]
    files = {
        "log.csv": log("Discount %", "10", "5", "0", lines=lines)["log.csv"].replace("Quantity,", "Quantity,Total,")
    }
    shop.read(files, product_map=None)
    assert money(shop) == [27.0, 190.0, -10.0]


@pytest.mark.parametrize("again", [False, True])
def test_money_that_is_off_a_whole_invoice_is_not_taken_off_its_lines(shop: Shop, *, again: bool) -> None:
    lines = [
        (str(place % 3), f"2024-01-{1 + place // 2:02}", f"I{place // 2}", "Drill", "10.00", str(1 + place % 2))
        for place in range(40)
    ]
    rows = [",".join((*line, "1.50" if again or place % 2 == 0 else "")) for place, line in enumerate(lines)]
    text = "\n".join(("Customer ID,Order Date,Invoice,Product,Unit Price,Quantity,Discount Amount", *rows)) + "\n"
    for product_map in (None, MAP + "invoice: Invoice\n"):
        shop.read({"log.csv": text}, product_map=product_map)
        assert sum(money(shop)) == 600.0


def test_prices_with_a_comma_and_a_currency_keep_them(shop: Shop) -> None:
    rows = ("1;05.01.2024;Bohrer;1.010,50 €;2;12,5", "2;06.01.2024;Säge;4,50 $;1;")
    text = "\n".join(("Kundennr;Datum;Artikel;Einzelpreis;Menge;Rabatt %", *rows)) + "\n"
    with failing_with("sales-log.several-currencies", naming=r"EUR \(1 rows, 1,768\.38"):
        shop.read({"log.csv": text}, product_map=None)
    shop.read({"log.csv": text.replace("$", "€")}, product_map=None)
    assert money(shop) == pytest.approx([1768.375, 4.5])


def test_init_shows_the_discount_and_writes_it_into_the_map(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    file = shop.write("log.csv", log("Discount %", "10", "5", "0")["log.csv"])
    assert propose_product_map(shop.settings(), str(file), output=None, force=False) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "the discount on price times quantity is column 'Discount %', by its name" in said
    assert "less 'Discount %', read as parts of a hundred: 10 takes a tenth off" in said
    assert "\ndiscount_column: Discount %\n" in file.with_name("log.product-map.yaml").read_text()

    file.write_text(log("Discount", "10", "5", "0")["log.csv"])
    assert propose_product_map(shop.settings(), str(file), output=None, force=True) == 1
    assert "write `discount: percent`" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("name", "kinds"),
    [("Discount", DISCOUNTS), ("Rabatt %", (PERCENT, FRACTION)), ("Remise (€)", (AMOUNT,)), ("Discount per unit", ())],
)
def test_a_name_says_what_it_says(name: str, kinds: tuple[str, ...]) -> None:
    assert is_discount(name)
    assert kinds_by_name(name) == frozenset(kinds)


@pytest.mark.parametrize(
    "name", ["Discount Code", "Disc Brake", "Remise Date", "Discounted Price", "Type", "Percent", "Kortingscode"]
)
def test_other_names_are_no_discounts(name: str) -> None:
    assert not is_discount(name)


@pytest.mark.parametrize(
    "more", ["discount: percent\n", "discount_column: D\nmoney_column: M\n", "discount_column: D\ndiscount: much\n"]
)
def test_a_map_with_a_discount_that_makes_no_sense_is_refused(shop: Shop, more: str) -> None:
    with failing_with("product-map.invalid"):
        shop.read(log("D", "1", "1", "1"), product_map=MAP + more)
