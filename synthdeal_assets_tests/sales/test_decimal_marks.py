"""Which mark stands before the decimals, where 1.234 may be one thousand or hardly more than one."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from synthdeal_assets.cli.whitespace.init import propose_product_map
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.sales.log_files import Shop

pytestmark = pytest.mark.slow

HEADER = "Customer No;Invoice Date;Invoice;Product;Price per Unit;Units Sold;Total Sales"
LONG = """
customer_id: Customer No
order_date: Invoice Date
invoice: Invoice
layout: long
product_column: Product
quantity_column: Units Sold
money_column: Total Sales
"""
UNITS = (90, 1150, 1200, 375, 900, 1000, 850, 450)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def grouped(number: int, mark: str) -> str:
    return f"{number:,}".replace(",", mark)


def log(
    mark: str,
    *,
    price: str = "${:.2f} ",
    units: tuple[int, ...] = UNITS,
    total: str = "${} ",
    decimal: str = "",
    further: tuple[str, ...] = (),
) -> str:
    """A CSV of lines whose thousands are parted by a mark and whose totals are their price times their units.

    Args:
        mark: The mark between thousands.
        price: How a price is written.
        units: Units of the lines.
        total: How a total is written.
        decimal: What stands before the decimals of a price in place of a point.
        further: Values of a column of their own at the end, one a line, again from the first when there are too few.
    """
    prices = (60, 50, 45)
    rows = []
    for place, count in enumerate(units):
        each = prices[place % 3]
        cells = [f"C{place % 5}", f"2024-01-{place + 1:02}", f"I{place}", "Shirt" if place % 2 else "Shoe"]
        cells += [price.format(each).replace(".", decimal or "."), grouped(count, mark)]
        cells += [total.format(grouped(each * count, mark))]
        rows.append(";".join([*cells, *([further[place % len(further)]] if further else [])]))
    return "\n".join([HEADER + (";Note" if further else ""), *rows]) + "\n"


def right(units: tuple[int, ...] = UNITS) -> tuple[Decimal, Decimal]:
    """Money and units of such a log."""
    return Decimal(sum((60, 50, 45)[place % 3] * count for place, count in enumerate(units))), Decimal(sum(units))


def came_to(shop: Shop) -> tuple[object, ...]:
    return shop.query("SELECT sum(amount), sum(quantity) FROM sales.fact_transactions")[0]


def marks(shop: Shop) -> dict[str, object]:
    found = shop.query("SELECT column_name, decimal_mark FROM sales.log_columns WHERE decimal_mark IS NOT NULL")
    return {str(name): mark for name, mark in found}


@pytest.mark.parametrize("product_map", [LONG, None])
def test_a_price_with_a_comma_makes_thousands_of_what_stands_after_a_point(shop: Shop, product_map: str | None) -> None:
    shop.read({"log.csv": log(".", decimal=",")}, product_map=product_map)
    assert came_to(shop) == right()
    # The proposal also takes the price, which counts where the money is missing.
    price = {"Price per Unit": "comma"} if product_map is None else {}
    assert marks(shop) == {**price, "Units Sold": "comma", "Total Sales": "comma"}
    assert "'1.150' in 'Units Sold', 'Total Sales' is read as 1150, because only so" in shop.caveats()


@pytest.mark.parametrize("mark", [".", ","])
def test_price_times_units_decides_where_no_column_has_decimals(shop: Shop, mark: str) -> None:
    shop.read({"log.csv": log(mark, price="{:.0f}")}, product_map=LONG)
    assert came_to(shop) == right()
    assert "because only so 'Price per Unit' times 'Units Sold' is 'Total Sales'" in shop.caveats()


def test_units_with_three_decimals_are_no_thousands_where_the_total_says_so(shop: Shop) -> None:
    rows = [
        f"C{place};2024-01-0{place + 1};I{place};Flour;{price};{units};{Decimal(units) * price:.2f}"
        for place, (price, units) in enumerate([(4, "1.250"), (2, "2.500"), (8, "1.125"), (4, "3.750")])
    ]
    shop.read({"log.csv": "\n".join([HEADER, *rows]) + "\n"}, product_map=LONG)
    assert came_to(shop) == (Decimal("34.00"), Decimal("8.625"))


def test_net_and_tax_that_are_the_total_decide(shop: Shop) -> None:
    rows = [
        f"C{place};2024-01-0{place + 1};I{place};Shoe;{grouped(net, '.')};{tax};{grouped(net + tax, '.')}"
        for place, (net, tax) in enumerate([(1000, 190), (2000, 380), (3000, 570), (5000, 950)])
    ]
    text = "\n".join([HEADER.replace("Price per Unit;Units Sold", "Net;Tax"), *rows]) + "\n"
    product_map = LONG.replace("quantity_column: Units Sold\n", "")
    shop.read({"log.csv": text}, product_map=product_map)
    assert shop.query("SELECT sum(amount) FROM sales.fact_transactions") == [(Decimal(13090),)]
    assert "'Net' plus 'Tax' is 'Total Sales'" in shop.caveats()


@pytest.mark.parametrize(
    ("further", "mark"),
    [(("12,50", "7,25"), "."), (("12.50", "7.25"), ","), (("1.234,50 €",), "."), (("$1,234.50",), ",")],
)
def test_a_column_that_nobody_reads_decides_for_the_others(shop: Shop, further: tuple[str, ...], mark: str) -> None:
    text = log(mark, price="x{:.0f}", further=further)
    shop.read({"log.csv": text}, product_map=LONG)
    assert came_to(shop) == right()
    assert "as 'Note' is written" in shop.caveats()


def test_columns_with_the_names_that_the_query_uses_are_read_as_any_other(shop: Shop) -> None:
    text = log(".", decimal=",").replace("Total Sales", "cell").replace("Price per Unit", "stored_name")
    shop.read({"log.csv": text}, product_map=LONG.replace("Total Sales", "cell"))
    assert came_to(shop) == right()


@pytest.mark.parametrize("further", [("52.520008", "13.404954"), ("01.02.2024",), ("v1.25",)])
def test_positions_days_and_versions_decide_nothing(shop: Shop, further: tuple[str, ...]) -> None:
    text = log(".", price="x{:.0f}", further=further, units=(1150, 1200, 2375))
    with failing_with("sales-log.ambiguous-decimals", naming="`decimal_mark: comma`"):
        shop.read({"log.csv": text}, product_map=LONG)


@pytest.mark.parametrize(("mark", "total"), [(".", "${} "), (".", "{}"), (",", "{}")])
def test_what_nothing_decides_is_refused_with_the_column_a_sample_and_the_remedy(
    shop: Shop, mark: str, total: str
) -> None:
    units = (1150, 1200, 2375)
    files = {"log.csv": log(mark, price="x{:.0f}", units=units, total=total)}
    with failing_with("sales-log.ambiguous-decimals") as refused:
        shop.read(files, product_map=LONG)
    sample = f"1{mark}150"
    message = str(refused.value)
    assert (
        f"log.csv tells whether {sample!r} in the column 'Units Sold' (data row 1) and in 'Total Sales' is " in message
    )
    assert "`decimal_mark: comma`" in message
    assert "`decimal_mark: dot`" in message
    assert "in the product map." in message
    assert "\n" not in message
    thousands, decimals = ("comma", "dot") if mark == "." else ("dot", "comma")
    shop.read(files, product_map=f"{LONG}decimal_mark: {thousands}\n")
    assert came_to(shop) == right(units)
    assert "as the product map says" in shop.caveats()
    shop.read(files, product_map=f"{LONG}decimal_mark: {decimals}\n")
    assert came_to(shop) == tuple(figure / 1000 for figure in right(units))
    shop.read(files, product_map=f"{LONG}decimal_mark: {{units_sold: {decimals}, Total Sales: {thousands}}}\n")
    assert came_to(shop) == (right(units)[0], right(units)[1] / 1000)


def test_the_row_that_is_named_is_the_first_one_that_fits_both(shop: Shop) -> None:
    text = log(".", price="x{:.0f}", units=(700, 800, 1150))
    with failing_with("sales-log.ambiguous-decimals", naming=r"'1\.150' in the column 'Units Sold' \(data row 3\)"):
        shop.read({"log.csv": text}, product_map=LONG)


def test_what_the_values_of_a_column_prove_is_not_undone_by_the_map(shop: Shop) -> None:
    text = log(",", price="{:.2f}", total="{}.00")
    shop.read({"log.csv": text}, product_map=f"{LONG}decimal_mark: comma\n")
    assert marks(shop)["Total Sales"] == "point"
    assert came_to(shop)[0] == right()[0]


def test_a_plain_column_of_whole_numbers_proves_nothing(shop: Shop) -> None:
    text = log(".", price="x{:.0f}", further=("1", "2", "3"), units=(1150, 1200, 2375))
    with failing_with("sales-log.ambiguous-decimals"):
        shop.read({"log.csv": text}, product_map=LONG)


@pytest.mark.parametrize("mark", [".", ","])
def test_money_that_ends_in_nil_beside_smaller_whole_money_is_grouped(shop: Shop, mark: str) -> None:
    units = (1, 2, 3, 4, 50, 60, 70, 80)
    shop.read({"log.csv": log(mark, price="x{:.0f}", units=units)}, product_map=LONG)
    assert came_to(shop) == right(units)


@pytest.mark.parametrize("total", ["${} ", "£{}", "{} USD", "-€{}"])
def test_money_with_a_currency_has_no_three_decimals_after_a_comma(shop: Shop, total: str) -> None:
    units = (1151, 1203, 2375)
    shop.read({"log.csv": log(",", price="x{:.0f}", units=units, total=total)}, product_map=LONG)
    money, counted = right(units)
    assert came_to(shop) == (-money if total.startswith("-") else money, counted)
    assert "because its currency has at most two decimals" in shop.caveats()


def test_a_price_of_one_unit_may_have_three_decimals_after_a_comma(shop: Shop) -> None:
    rows = [f"C{place};2024-01-0{place + 1};I{place};Diesel;R$ 5,79{place};{place + 1};" for place in range(4)]
    product_map = LONG.replace("money_column: Total Sales", "unit_price_column: Price per Unit")
    files = {"log.csv": "\n".join([HEADER, *rows]) + "\n"}
    with failing_with("sales-log.ambiguous-decimals", naming=r"'R\$ 5,790' .*'Price per Unit' .*5\.790 or 5790"):
        shop.read(files, product_map=product_map)
    shop.read(files, product_map=f"{product_map}decimal_mark: comma\n")
    assert came_to(shop)[0] == Decimal("57.920")


def test_money_of_which_only_some_has_a_currency_is_not_told_by_it(shop: Shop) -> None:
    amounts = ("$1,151", "1,203", "2,375")
    rows = [f"C{place};2024-01-0{place + 1};I{place};Shoe;;1;{amount}" for place, amount in enumerate(amounts)]
    with failing_with("sales-log.ambiguous-decimals", naming="`decimal_mark: dot`"):
        shop.read({"log.csv": "\n".join([HEADER, *rows]) + "\n"}, product_map=LONG)


@pytest.mark.parametrize(
    "amounts", [("1,234,567", "1,234"), ("1,234", "999", "12,345.5"), ("1,240", "999", "12", "7"), ("1,234", "0.99")]
)
def test_a_comma_between_thousands_is_known_by_what_else_is_in_the_column(shop: Shop, amounts: tuple[str, ...]) -> None:
    rows = [f'C{place},2024-01-0{place + 1},I{place},Shoe,,1,"{amount}"' for place, amount in enumerate(amounts)]
    shop.read({"log.csv": "\n".join([HEADER.replace(";", ","), *rows]) + "\n"}, product_map=LONG)
    assert came_to(shop)[0] == sum(Decimal(amount.replace(",", "")) for amount in amounts)


@pytest.mark.parametrize(
    ("amounts", "total"),
    [
        (("1 234,500", "2,500", "900"), "2137.000"),
        (("1'234.500", "2.500", "900"), "2137.000"),
        (("1 234", "2,500", "900"), "2136.500"),
        (("1\u00a0234", "2.500", "900"), "2136.500"),
        (("1\u202f234", "2,500", "900"), "2136.500"),
        (("0,500", "1,250"), "1.750"),
        (("0.500", "1.250"), "1.750"),
        (("1.234.567", "1.250"), "1235817"),
        (("1,23,456", "1,250"), "124706"),
        (("1.234,5 kr.", "1.250 kr."), "2484.5"),
        (("Rs. 1,234.50", "Rs. 1,250"), "2484.5"),
        (("(1.250)", "(3,60)"), "-1253.60"),
        (("-1,250", "3.60-"), "-1253.60"),
    ],
)
def test_one_value_of_a_column_decides_for_all_of_it(shop: Shop, amounts: tuple[str, ...], total: str) -> None:
    rows = [f"C{place};2024-01-0{place + 1};I{place};Shoe;;1;{amount}" for place, amount in enumerate(amounts)]
    shop.read({"log.csv": "\n".join([HEADER, *rows]) + "\n"}, product_map=LONG)
    assert came_to(shop)[0] == Decimal(total)
    assert shop.rejected() == []


def test_a_proof_far_below_the_first_rows_counts(shop: Shop) -> None:
    rows = [f"C{row};2024-01-01;I{row};Shoe;;1.150;2.500" for row in range(1500)]
    rows.append("C1;2024-01-01;I;Shoe;;1;3,60")
    shop.read({"log.csv": "\n".join([HEADER, *rows]) + "\n"}, product_map=LONG)
    assert came_to(shop) == (Decimal("3750003.60"), Decimal(1500 * 1150 + 1))


def test_one_slip_does_not_turn_the_mark_of_a_column(shop: Shop) -> None:
    amounts = [*["12,50"] * 30, *["1.250"] * 5, "3.60"]
    rows = [f"C{row};2024-01-01;I{row};Shoe;;1;{amount}" for row, amount in enumerate(amounts)]
    shop.read({"log.csv": "\n".join([HEADER, *rows]) + "\n"}, product_map=LONG)
    assert came_to(shop)[0] == Decimal("6625.00")
    assert [(column, value) for _, column, _, value, _, _ in shop.rejected()] == [("Total Sales", "3.60")]


def test_a_file_that_fits_both_is_read_as_another_of_the_log_is_written(shop: Shop) -> None:
    units = (1150, 1200, 2375)
    files = {
        "log1.csv": log(".", decimal=","),
        "log2.csv": log(".", price="x{:.0f}", units=units).replace("2024-01", "2024-02"),
    }
    shop.read(files, product_map=LONG)
    assert came_to(shop) == tuple(one + other for one, other in zip(right(), right(units), strict=True))
    assert "log1.csv is written" in shop.caveats()
    files["log3.csv"] = log(",", price="{:.2f}").replace("2024-01", "2024-03")
    with failing_with("sales-log.ambiguous-decimals", naming=r"log2\.csv"):
        shop.read(files, product_map=LONG)


def test_text_in_parquet_and_numbers_beside_it_are_read_alike(shop: Shop) -> None:
    path = shop.folder / "log.parquet"
    pl.DataFrame(
        {
            "Customer No": ["A", "B", "C"],
            "Invoice Date": ["2024-01-02", "2024-01-03", "2024-01-04"],
            "Invoice": ["1", "2", "3"],
            "Product": ["Shoe", "Shoe", "Shirt"],
            "Price per Unit": [50.0, 60.5, 45.0],
            "Units Sold": ["1.150", "1.200", "90"],
            "Total Sales": [57500.0, 72600.0, 4050.0],
        }
    ).write_parquet(path)
    shop.read(sales_log=str(path), product_map=LONG)
    assert came_to(shop) == (Decimal(134150), Decimal(2440))


def test_the_price_of_one_unit_is_read_by_the_same_rules(shop: Shop) -> None:
    product_map = LONG.replace("money_column: Total Sales", "unit_price_column: Price per Unit")
    shop.read({"log.csv": log(".", decimal=",", total="x{}")}, product_map=product_map)
    assert came_to(shop) == right()


def test_any_whole_figures_in_any_grouping_come_out_right_or_are_refused(shop: Shop) -> None:
    chance = np.random.default_rng(9)

    def outcome(text: str) -> object:
        try:
            shop.read({"log.csv": text}, product_map=LONG)
        except SynthDealError as refused:
            return str(refused)
        return came_to(shop)

    is_right = []
    for place in range(8):
        units = tuple(int(chance.integers(1, 999 if chance.random() < 0.5 else 90_000)) for _ in range(12))
        found = outcome(log(".,"[place % 2], price="{:.0f}" if place < 4 else "x{:.0f}", units=units))
        is_right.append(found == right(units))
        assert is_right[-1] or "decimal_mark" in str(found)
    assert all(is_right[:4])


def test_the_proposal_says_what_the_reader_finds(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    decided = shop.write("decided.csv", log(".", decimal=","))
    propose_product_map(shop.settings(), str(decided), output=None, force=False)
    said = " ".join(capsys.readouterr().out.split())
    assert "in 'Units Sold', 'Total Sales' is read as" in said
    undecided = shop.write("undecided.csv", log(".", price="x{:.0f}", units=(1150, 1200, 2375)))
    target = tmp_path / "undecided.product-map.yaml"
    propose_product_map(shop.settings(), str(undecided), output=target, force=False)
    said = " ".join(capsys.readouterr().out.split())
    assert "tells whether '1.150' in the column 'Units Sold' (data row 1) and in 'Total Sales' is 1150 or 1.150" in said
    with failing_with("sales-log.ambiguous-decimals", naming="decimal_mark"):
        shop.read(sales_log=str(undecided), product_map=target.read_text(encoding="utf-8"))
    shop.read(
        sales_log=str(undecided),
        product_map=target.read_text(encoding="utf-8").replace("# decimal_mark: comma", "decimal_mark: comma #"),
    )
    assert came_to(shop) == right((1150, 1200, 2375))
