"""The steps of a proposal, each by itself: what it takes from a log, what it leaves, and what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
import pytest

from synthdeal_assets.sales.product_map.left_columns import say_what_is_left, what_is_missing
from synthdeal_assets.sales.product_map.product_map import MappedProduct
from synthdeal_assets.sales.product_map.proposed_divisions import divide_lines, divisions_by_sales, groups_of
from synthdeal_assets.sales.product_map.proposed_lines import (
    LineFigures,
    figures_of_lines,
    find_lines,
    is_of_invoices,
    take_figures,
)
from synthdeal_assets.sales.product_map.proposed_products import (
    find_one_product,
    find_only_counted,
    find_pairs,
    find_summed,
    products_of_columns,
)
from synthdeal_assets.sales.product_map.proposed_roles import (
    FoundRole,
    find_customer,
    find_day,
    find_plain_name,
    find_roles,
    find_roles_by_values,
    name_as_id,
    why_id_is_none,
)
from synthdeal_assets.sales.product_map.sampled_log import SampledLog, sampled_log

ROWS = 12


def log_of(columns: Mapping[str, object], files: Mapping[str, Sequence[str]] | None = None) -> SampledLog:
    frame = pl.DataFrame(
        {name: value if isinstance(value, list) else [value] * ROWS for name, value in columns.items()}
    )
    return sampled_log(frame.columns, frame, files or {"the file": frame.columns})


def test_a_step_leaves_the_log_as_it_was_and_the_next_one_gets_a_log_without_what_was_taken() -> None:
    log = log_of({"Cust No": "C1", "Date": "2024-01-31", "Design": "1.5", "Design_Qty": "1"})
    roles = find_roles(log)
    assert log.free == ("Cust No", "Date", "Design", "Design_Qty")
    assert roles.rest.free == ("Design", "Design_Qty")
    assert roles.rest.columns == log.columns
    assert roles.rest.without(["Design"]).with_again(["Cust No"]).free == ("Design_Qty", "Cust No")


def test_the_customer_is_one_column_a_file_or_it_is_said_why_there_is_none() -> None:
    both = log_of({"Cust No": "1", "Account No": "2"}, {"2023.csv": ["Cust No"], "2024.csv": ["Account No"]})
    assert find_customer(both) == (
        FoundRole(
            "customer_id",
            ("Cust No", "Account No"),
            (
                "customer_id is column 'Cust No', by its name, in '2023.csv'",
                "customer_id is column 'Account No', by its name, in '2024.csv'",
            ),
        ),
        None,
    )
    found, why = find_customer(
        log_of({"Cust No": "1", "Account No": "x2"}, {"2023.csv": ["Cust No"], "2024.csv": ["Account No"]})
    )
    assert found is None
    assert why is not None
    assert why.endswith("and the ones are numbers and the others text")


@pytest.mark.parametrize(("ids", "is_customer"), [([f"{row % 4}" for row in range(ROWS)], True), (range(ROWS), False)])
def test_a_column_called_id_is_the_customer_when_its_values_come_again(
    ids: Sequence[object], is_customer: bool
) -> None:
    found, why = find_customer(log_of({"ID": [str(each) for each in ids]}))
    assert (found is not None, why) == (is_customer, None)


def test_the_day_is_found_by_name_or_as_the_only_days_of_each_file() -> None:
    named = find_day(log_of({"Invoice Date": "2024-01-31", "When": "2024-01-31"}))
    assert named is not None
    assert named.columns == ("Invoice Date",)
    alone = find_day(log_of({"When": "2024-01-31", "Units": "3"}))
    assert alone is not None
    assert alone.said == ("order_date is column 'When', the only one with days in it",)
    assert find_day(log_of({"When": "2024-01-31", "Then": "2024-01-31"})) is None
    assert find_day(log_of({"Day": "17"})) is None


def test_an_id_that_stands_with_many_names_each_is_none() -> None:
    rows = 60
    names = {"Account": ["4000"] * rows, "Customer": [f"Acme {row}" for row in range(rows)]}
    code, name = (
        FoundRole(role, (column,), ()) for role, column in zip(("customer_id", "customer_name"), names, strict=True)
    )
    why = why_id_is_none(log_of(names), code, name)
    assert why == "'Account' is called like a customer_id, but stands with many of 'Customer' each"
    assert why_id_is_none(log_of({**names, "Account": names["Customer"]}), code, name) is None
    assert why_id_is_none(log_of(names), code, None) is None


@pytest.mark.parametrize(("value", "role"), [("Acme Ltd", "customer_name"), ("#1001", "invoice")])
def test_what_is_called_just_name_is_told_by_its_letters(value: str, role: str) -> None:
    found = find_plain_name(log_of({"Name": value}))
    assert found is not None
    assert (found.role, found.columns) == (role, ("Name",))


def test_a_name_stands_for_the_id_only_when_it_is_text() -> None:
    name = FoundRole("customer_name", ("Customer",), ())
    found = name_as_id(log_of({"Customer": "Acme"}), name)
    assert found is not None
    assert (found.role, found.columns) == ("customer_id", ("Customer",))
    assert name_as_id(log_of({"Customer": "17"}), name) is None


def test_without_a_header_the_columns_are_renamed_and_the_roles_named_by_their_place() -> None:
    log = log_of({"column_1": [f"c{row % 3}" for row in range(ROWS)], "column_2": "2024-01-31", "column_3": "1.50"})
    roles = find_roles_by_values(log)
    assert roles.understood[0] == "order_date is column 2, the only one with days in it"
    assert list(roles.rest.columns) == ["customer_id", "order_date", "amount"]
    assert roles.rest.free == ("amount",)


def test_a_pair_that_may_be_several_is_told_and_not_guessed() -> None:
    columns = {"Support_Amount": "1.5", "Support Revenue": "2.5", "Support_Qty": "1", "Creo": "3.5", "Creo_Qty": "1"}
    found = find_pairs(log_of(columns))
    assert found.columns == {"Creo": ("Creo", "Creo_Qty")}
    assert found.not_understood == (
        "'Support_Qty' may count the units of 'Support_Amount' or 'Support Revenue': name the pair in the map",
    )


def test_columns_that_add_up_to_the_total_are_products_and_the_total_is_none() -> None:
    columns = {name: [factor * row for row in range(ROWS)] for name, factor in (("A", 1.5), ("B", 2.0), ("Total", 3.5))}
    assert find_summed(log_of(columns)).columns == {"A": ("A", None), "B": ("B", None)}
    assert find_summed(log_of({**columns, "Total": 7.0})).columns == {}


def test_one_column_that_counts_is_no_log_of_counted_products() -> None:
    assert find_only_counted(log_of({"Creo_Qty": "1"})).columns == {}
    assert list(find_only_counted(log_of({"Creo_Qty": "1", "PDM_Qty": "2"})).columns) == ["Creo", "PDM"]


def test_the_sum_of_the_other_pairs_is_taken_and_is_no_product() -> None:
    columns = {name: [factor * row for row in range(ROWS)] for name, factor in (("A", 1.5), ("B", 2.0), ("C", 3.5))}
    found = products_of_columns(log_of(columns), {name: (name, None) for name in columns})
    assert found.keys["products"] == [MappedProduct(product=name, division=name, money=(name,)) for name in ("A", "B")]
    assert set(found.taken) == {"A", "B", "C"}
    assert found.not_understood == ("'C' is the sum of the others, so that it is no product",)


def test_a_log_without_products_has_one_unless_several_columns_may_be_its_money() -> None:
    assert find_one_product(log_of({"Amount": "1.50", "Units": "2"})).taken == ("Amount", "Units")
    assert "each row is one" in find_one_product(log_of({"Note": "hello"})).understood[0]
    assert find_one_product(log_of({"Soft": "1.50", "Hard": "2.50"})).keys == {}


def test_the_figures_of_lines_are_money_or_price_and_units() -> None:
    log = log_of({"Item": "Mug", "Price": "1.50", "Qty": "2"})
    figures = figures_of_lines(log, ("Item",), {}, ())
    assert figures == LineFigures(price=("Price",), quantity=("Qty",))
    assert take_figures(log, figures, ()).keys == {"unit_price_column": ("Price",), "quantity_column": ("Qty",)}
    paired = figures_of_lines(
        log_of({"Item": "Mug", "Sales": "1.50", "Sales_Qty": "2"}), ("Item",), {"Sales": ("Sales", "Sales_Qty")}, ()
    )
    assert (paired.money, paired.quantity) == (("Sales",), ("Sales_Qty",))
    assert find_lines(log_of({"Soft": "1.5"}), {}, invoice=(), customer=()) is None


def test_money_that_is_the_same_in_all_lines_of_an_invoice_is_that_of_the_invoice() -> None:
    rows = pl.DataFrame({"Invoice": [f"I{row // 2}" for row in range(40)], "Total": [row // 2 for row in range(40)]})
    assert is_of_invoices(rows, ("Invoice",), ("Total",))
    assert not is_of_invoices(rows.with_columns(Total=pl.int_range(40)), ("Invoice",), ("Total",))
    assert not is_of_invoices(rows.head(10), ("Invoice",), ("Total",))


def test_products_are_divided_by_a_column_by_their_number_by_a_group_or_by_sales() -> None:
    rows = 100
    lines: dict[str, object] = {
        "Customer": [f"C{row % 7}" for row in range(rows)],
        "sku": [f"S{row % 50}" for row in range(rows)],
        "Country": [f"L{row % 3}" for row in range(rows)],
    }
    log = log_of(lines).without(["Customer", "sku"])
    assert "few products" in divide_lines(log, ("sku",), customer=(), most=50).understood[0]
    by_sales = divide_lines(log, ("sku",), customer=("Customer",), most=20).keys
    assert by_sales["default_division"] == "Other products"
    assert by_sales["divisions"] == divisions_by_sales(log, ("sku",), ("Customer",))
    grouped = log_of({**lines, "Maker": [f"M{row % 5}" for row in range(rows)]}).without(["Customer", "sku"])
    assert groups_of(grouped, ("sku",)) == ("Maker",)
    assert divide_lines(grouped, ("sku",), customer=(), most=20).keys == {"division_column": ("Maker",)}


def test_what_was_said_before_is_not_said_again_and_numbers_alone_may_be_money() -> None:
    log = log_of({"Misc": "3.25", "Notes": "hello", "Doubt": "x"})
    left = say_what_is_left(log, ["'Doubt' may be several things"], is_long=False, has_day=True)
    assert left.unpaired == ("Misc",)
    assert [line.split()[0] for line in left.said] == ["'Misc'", "'Notes'"]
    missing = what_is_missing(find_roles(log), log, left.unpaired, has_products=False)
    assert [line.split(" is ")[0] for line in missing] == ["no column"] * 3
    assert "'Misc' may be money" in missing[2]
