"""A product map proposed from header and values: what is understood, and what is left to the user."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import pytest

from synthdeal_assets.sales.column_names import EACH_ROW
from synthdeal_assets.sales.product_map.map_file import parse_product_map
from synthdeal_assets.sales.product_map.product_map import ProductMap
from synthdeal_assets.sales.product_map.proposal import Proposal, propose_map
from synthdeal_assets_tests.failure_codes import failing_with

ROWS = 12
BASE = {"Customer ID": [f"C{row % 5}" for row in range(ROWS)], "Date": ["01/31/2024"] * ROWS}


def proposed(columns: Mapping[str, object], *, header: bool = True) -> Proposal:
    frame = pl.DataFrame(
        {name: value if isinstance(value, list) else [value] * ROWS for name, value in columns.items()}
    )
    return propose_map([(name, str(kind)) for name, kind in frame.schema.items()], frame, header=header)


def made(proposal: Proposal) -> ProductMap:
    assert proposal.product_map is not None
    return proposal.product_map


def said_of(proposal: Proposal, column: str) -> str:
    (line,) = [line for line in proposal.not_understood if line.startswith(repr(column))]
    return line


def test_pairs_of_money_and_quantity_are_found_however_they_are_written() -> None:
    pairs = {
        "Design": "$1,234.50",
        "Design_Qty": "2",
        "Analysis": "($3.60)",
        "Qty_Analysis": "1",
        "Training": "",
        "Training Quantity": "",
        "Support_Amount": "5",
        "Support Units": "1",
        "Creo": 3.5,
        "Creo_Seats": 4,
        "PDM": "7.25",
        "PDMQty": "3",
    }
    products = {product.product: product for product in made(proposed({**BASE, **pairs})).products}
    assert {name: (product.money, product.quantity) for name, product in products.items()} == {
        "Design": (("Design",), ("Design_Qty",)),
        "Analysis": (("Analysis",), ("Qty_Analysis",)),
        "Training": (("Training",), ("Training Quantity",)),
        "Support": (("Support_Amount",), ("Support Units",)),
        "Creo": (("Creo",), ("Creo_Seats",)),
        "PDM": (("PDM",), ("PDMQty",)),
    }


def test_customer_day_and_the_rest_are_found_by_names_in_common_use() -> None:
    names = {"Cust No": "C1", "Customer": "Acme", "Invoice Date": "2024-01-31", "Order #": "x", "SO": "1"}
    product_map = made(
        proposed({**names, "InvoiceNo": "7", "branch": "N", "SalesRep": "Bob", "A": "1.5", "A_Qty": "1"})
    )
    assert (product_map.customer_id, product_map.order_date) == (("Cust No",), ("Invoice Date",))
    assert (product_map.customer_name, product_map.invoice) == (("Customer",), ("InvoiceNo",))
    assert (product_map.branch, product_map.rep) == (("branch",), ("SalesRep",))


@pytest.mark.parametrize(
    ("header", "roles"),
    [
        (
            ("Acct", "Name", "Invoice #", "Date", "Amount ($)"),
            {"customer_id": "Acct", "customer_name": "Name", "invoice": "Invoice #", "order_date": "Date"},
        ),
        (
            ("Kundennr", "Kunde", "Belegnr", "Datum", "Umsatz (EUR)"),
            {"customer_id": "Kundennr", "customer_name": "Kunde", "invoice": "Belegnr", "order_date": "Datum"},
        ),
        (
            ("N° client", "Raison sociale", "N° facture", "Date de facture", "Montant HT"),
            {"customer_id": "N° client", "customer_name": "Raison sociale", "invoice": "N° facture"},
        ),
        (("Kundennr", "Kunde", "Datum", "Betrag CHF"), {"customer_id": "Kundennr", "order_date": "Datum"}),
        (("Código Cliente", "Cliente", "Nº Pedido", "Fecha", "Importe"), {"customer_id": "Código Cliente"}),
        (("Codice Cliente", "Ragione Sociale", "Fattura", "Data", "Importo"), {"order_date": "Data"}),
        (("Cust", "Inv No", "Inv", "Day", "Amt"), {"customer_id": "Cust", "invoice": "Inv No", "order_date": "Day"}),
    ],
)
def test_names_in_use_are_known_in_other_languages_and_with_their_signs(
    header: tuple[str, ...], roles: Mapping[str, str]
) -> None:
    first, second, third, *_, last = header
    values = dict.fromkeys(header, "2024-01-31") | {first: "17", second: "Acme", last: "1.50"}
    values[third] = values[third] if third in roles.get("order_date", "") else "R-17"
    product_map = made(proposed(values))
    assert {role: getattr(product_map, role) for role in roles} == {role: (name,) for role, name in roles.items()}
    assert product_map.products[0].money == (last,)


def test_a_name_is_the_customer_where_no_column_holds_an_id_and_this_is_said() -> None:
    proposal = proposed({"Customer Name": "Acme", "Date": "2024-01-31", "A": "1.5", "A_Qty": "1"})
    assert (made(proposal).customer_id, made(proposal).customer_name) == (("Customer Name",), ())
    assert "customers of one name count as one" in " ".join(proposal.understood)


def test_files_that_name_a_column_differently_are_understood_together_when_each_is_clear() -> None:
    def together(second: Mapping[str, object], *, customer: str = "17") -> Proposal:
        first = {"Customer": customer, "Date": "2024-01-31", "A": "1.5", "A_Qty": "1"}
        frame = pl.DataFrame({name: [value] * ROWS for name, value in {**first, **second}.items()})
        columns = [(name, str(kind)) for name, kind in frame.schema.items()]
        return propose_map(columns, frame, files={"2023.csv": list(first), "2024.csv": [*second, "A", "A_Qty"]})

    clear = together({"Cust ID": "18", "Invoice Date": "2025-01-31"})
    assert made(clear).customer_id == ("Cust ID", "Customer")
    assert made(clear).order_date == ("Invoice Date", "Date")
    assert "customer_id is column 'Customer', by its name, in '2023.csv'" in clear.understood
    names = together({"Cust ID": "18", "Invoice Date": "2025-01-31"}, customer="Acme")
    assert names.product_map is None
    assert "'Customer', in '2023.csv', and the ones are numbers and the others text" in names.not_understood[0]
    both = together({"Cust ID": "18", "Customer": "18", "Invoice Date": "2025-01-31"})
    assert both.product_map is None
    assert "2024.csv has both" in both.not_understood[0]


def test_a_day_without_a_known_name_is_found_by_its_values_when_it_is_the_only_one() -> None:
    only = proposed({"Customer ID": "1", "When": "31-Jan-2024", "A": "1.5", "A_Qty": "1"})
    assert made(only).order_date == ("When",)
    assert "the only one with days" in " ".join(only.understood)
    two = proposed({"Customer ID": "1", "When": "2024-01-31", "Then": "2024-01-31", "A": "1.5", "A_Qty": "1"})
    assert two.product_map is None
    assert "write which is the order_date" in said_of(two, "Then")


def test_days_that_are_only_counted_are_no_dates() -> None:
    counted = proposed({"household_key": "1", "DAY": "17", "SALES_VALUE": "1.5"})
    assert counted.product_map is None
    assert counted.not_understood[0].startswith("no column is the order_date, for 'DAY' holds numbers")
    assert made(proposed({"household_key": "1", "DAY": "45352", "SALES_VALUE": "1.5"})).order_date == ("DAY",)


def test_what_may_be_anything_is_no_product_and_is_told() -> None:
    proposal = proposed(
        {
            **BASE,
            "Design": "12.5",
            "Design_Qty": "1",
            "Total": "12.5",
            "Total_Qty": "1",
            "GrandTotal": "12.5",
            "Misc": "3.25",
            "Zip": "01234",
            "Ship Date": "2024-02-01",
            "Terr Code": "17",
            "GP": "2.5",
            "Notes": "hello",
            "Empty": "",
            "Widget_Qty": "3",
        }
    )
    assert [product.product for product in made(proposal).products] == ["Design"]
    assert proposal.unpaired == ("Misc",)
    reasons = {
        "Total": "total",
        "Total_Qty": "total",
        "GrandTotal": "total",
        "Misc": "without a column of their quantity",
        "Zip": "postal code",
        "Ship Date": "another column is the order_date",
        "Terr Code": "code or number",
        "GP": "figure beside the sales",
        "Notes": "text",
        "Empty": "blank",
        "Widget_Qty": "counts a product",
    }
    assert len(proposal.not_understood) == len(reasons)
    for column, reason in reasons.items():
        assert reason in said_of(proposal, column)


def test_a_pair_that_is_the_sum_of_the_others_is_no_product_whatever_it_is_called() -> None:
    columns: dict[str, object] = {**BASE}
    for name, factor in (("A", 1.5), ("B", 2.0), ("Umsatz", 3.5)):
        columns |= {name: [f"${factor * row:,.2f}" for row in range(ROWS)], f"{name}_Qty": "1"}
    proposal = proposed(columns)
    assert [product.product for product in made(proposal).products] == ["A", "B"]
    assert "is the sum of the others" in said_of(proposal, "Umsatz")


def test_products_that_begin_alike_are_a_division_unless_all_do() -> None:
    def divisions(*names: str) -> dict[str, str]:
        columns = dict.fromkeys(names, "1.5") | {f"{name}_Qty": "1" for name in names}
        return {product.product: product.division_name for product in made(proposed({**BASE, **columns})).products}

    assert divisions("Solidworks_Premium", "Solidworks_Standard", "Training") == {
        "Solidworks Premium": "Solidworks",
        "Solidworks Standard": "Solidworks",
        "Training": "Training",
    }
    assert divisions("Product_A", "Product_B", "Training") == {
        name: name for name in ("Product A", "Product B", "Training")
    }
    assert divisions("3D Printer X", "3D_Printer_Y", "3D Scanner", "Training") == {
        "3D Printer X": "3D Printer",
        "3D Printer Y": "3D Printer",
        "3D Scanner": "3D Scanner",
        "Training": "Training",
    }
    assert divisions("SW_A", "SW_B") == {"SW A": "SW A", "SW B": "SW B"}


def test_one_column_of_money_and_one_that_counts_are_a_product_as_in_cdnow() -> None:
    product_map = made(proposed({"customer_id": "00001", "date": "1997-01-01", "cds": "1", "spend": "11.77"}))
    (product,) = product_map.products
    assert (product.product, product.money, product.quantity) == ("cds", ("spend",), ("cds",))


def test_a_file_without_a_header_is_understood_by_its_values_and_its_columns_get_names() -> None:
    values = {
        "column_1": [f"0000{row % 3}" for row in range(ROWS)],
        "column_2": "19970101",
        "column_3": "1",
        "column_4": [f"{row}.77" for row in range(ROWS)],
    }
    product_map = made(proposed(values, header=False))
    assert not product_map.header
    assert product_map.columns == ("customer_id", "order_date", "quantity", "amount")
    assert (product_map.products[0].money, product_map.products[0].quantity) == (("amount",), ("quantity",))


def test_one_product_a_line_is_recognised_as_in_online_retail() -> None:
    retail = {
        "InvoiceNo": "536365",
        "StockCode": [f"8512{row}A" for row in range(ROWS)] + [f"X{row}" for row in range(ROWS)],
        "Description": ["WHITE METAL LANTERN"] * 2 * ROWS,
        "Quantity": ["6", "-1"] * ROWS,
        "InvoiceDate": ["12/1/2010 8:26"] * 2 * ROWS,
        "UnitPrice": ["2.55"] * 2 * ROWS,
        "CustomerID": ["17850", ""] * ROWS,
        "Country": ["United Kingdom"] * 2 * ROWS,
    }
    proposal = proposed({**retail, "InvoiceNo": ["536365"] * 2 * ROWS})
    # Only rows with a customer say what many customers buy.
    best = [f"8512{row}A" for row in range(0, ROWS, 2)] + [f"X{row}" for row in range(0, ROWS, 2)]
    assert made(proposal) == parse_product_map(
        "customer_id: CustomerID\norder_date: InvoiceDate\ninvoice: InvoiceNo\nlayout: long\n"
        "product_column: StockCode\nunit_price_column: UnitPrice\nquantity_column: Quantity\n"
        "default_division: Other products\n"
        f"divisions: {{{', '.join(f'{each}: {each} WHITE METAL LANTERN' for each in best)}}}\n",
        "expected",
    )
    assert any("divisions" in line for line in proposal.not_understood)
    grouped = made(proposed({**BASE, "Product": ["a", "b"] * 6, "Category": ["x", "y"] * 6, "Sales": 1.5, "Qty": 2}))
    assert (grouped.division_column, grouped.money_column) == (("Category",), ("Sales",))


LINES: Mapping[str, object] = {
    **BASE,
    "Product": [f"P{row % 6}" for row in range(ROWS)],
    "Sales_Qty": [str(1 + row % 3) for row in range(ROWS)],
}


def test_a_pair_that_names_no_product_is_the_money_and_quantity_of_the_lines() -> None:
    product_map = made(proposed({**LINES, "Sales Amount": [f"{row}.50" for row in range(ROWS)]}))
    assert (product_map.layout, product_map.product_column) == ("long", ("Product",))
    assert (product_map.money_column, product_map.quantity_column) == (("Sales Amount",), ("Sales_Qty",))


def test_a_price_is_the_money_of_a_line_where_nothing_counts_units() -> None:
    lines = {**BASE, "article_id": [f"P{row % 6}" for row in range(ROWS)], "price": "1.50"}
    assert (made(proposed(lines)).money_column, made(proposed(lines)).unit_price_column) == (("price",), ())
    # As in Ta-Feng, where AMOUNT counts.
    doubtful = proposed({**LINES, "Sales_Qty": "x", "AMOUNT": "2", "SALES_PRICE": "31.00"})
    assert "whole numbers, its quantity: check it" in said_of(doubtful, "SALES_PRICE")
    assert "is a price by its name" in said_of(proposed({**LINES, "Qty": "2", "Amt": "3.0", "Price": "1.7"}), "Price")


@pytest.mark.parametrize("total_of_later_lines", ["", "9.50"])
def test_money_of_an_invoice_is_not_the_money_of_its_lines(total_of_later_lines: str) -> None:
    """As in the orders that Shopify exports, with a customer's address, and order numbers under Name."""
    rows = 2 * ROWS
    orders = {
        "Name": [f"#{1001 + row // 2}" for row in range(rows)],
        "Email": [f"c{row % 5}@example.com" for row in range(rows)],
        "Created at": ["2024-01-31 10:11:12 -0500"] * rows,
        "Total": ["9.50", total_of_later_lines] * ROWS,
        "Discount Amount": ["1.00", ""] * ROWS,
        "Lineitem quantity": ["2", "1"] * ROWS,
        "Lineitem name": ["Mug", "Shirt - Red / L"] * ROWS,
        "Lineitem price": ["4.00", "1.50"] * ROWS,
    }
    proposal = proposed(orders)
    product_map = made(proposal)
    assert (product_map.customer_id, product_map.invoice, product_map.customer_name) == (("Email",), ("Name",), ())
    assert (product_map.product_column, product_map.quantity_column) == (("Lineitem name",), ("Lineitem quantity",))
    assert (product_map.unit_price_column, product_map.money_column) == (("Lineitem price",), ())
    assert "money of an invoice" in said_of(proposal, "Total")
    assert "beside the sales" in said_of(proposal, "Discount Amount")
    del orders["Lineitem price"]
    assert "counts once for each line" in said_of(proposed(orders), "Total")


def test_products_without_divisions_are_grouped_by_what_each_has_one_of_or_by_how_many_buy_them() -> None:
    rows = 100
    lines = {
        "Customer ID": [f"C{row % 7}" for row in range(rows)],
        "Date": ["2024-01-31"] * rows,
        "sku": [f"S{row % 50}" for row in range(rows)],
        "Maker": [f"M{row % 5}" for row in range(rows)],
        "Country": [f"L{row % 3}" for row in range(rows)],
        "Amount": ["1.50"] * rows,
    }
    one = proposed(lines)
    assert made(one).division_column == ("Maker",)
    assert "which has one value for each product: check it" in one.understood[-1]
    two = proposed({**lines, "Colour": [f"F{row % 10}" for row in range(rows)]})
    assert made(two).division_column == ()
    assert "'Maker', 'Colour': each has one value" in " ".join(two.not_understood)
    none = made(proposed({name: values for name, values in lines.items() if name != "Maker"}))
    assert len(none.divisions) == 20
    assert {none.division_of("S0"), none.division_of("never seen")} == {"S0", "Other products"}


def test_rows_are_counted_where_nothing_is_money_or_quantity() -> None:
    """As in the logs of cust and date that R packages bring."""
    (product,) = made(proposed({"cust": "1", "date": "2024-01-31"})).products
    assert (product.product, product.money, product.quantity) == ("Purchases", (), (EACH_ROW,))
    lines = made(proposed({"Member_number": "1", "Date": "2024-01-31", "itemDescription": "milk"}))
    assert (lines.product_column, lines.money_column, lines.quantity_column) == (("itemDescription",), (), (EACH_ROW,))
    doubtful = proposed({"cust": "1", "date": "2024-01-31", "Product": "milk", "Soft": "1.5", "Hard": "2.5"})
    assert "write (each row) in place" in doubtful.not_understood[0]


def test_an_account_with_many_names_is_no_customer() -> None:
    names = {"AccountCode": "200", "ContactName": [f"Firm {row}" for row in range(ROWS)], "Date": "2024-01-31"}
    proposal = proposed({**names, "Amount": "1.5"})
    assert made(proposal).customer_id == ("ContactName",)
    assert "stands with many" in said_of(proposal, "AccountCode")


def test_money_without_quantity_makes_products_when_it_adds_up_and_quantity_without_money_does_too() -> None:
    parts = {name: [f"{factor * row:.2f}" for row in range(ROWS)] for name, factor in (("Soft", 1.5), ("Hard", 2.0))}
    total = [f"${3.5 * row:,.2f}" for row in range(ROWS)]
    summed = made(proposed({**BASE, **parts, "Subtotal": total, "Total": "99.00"}))
    assert [(each.product, each.money, each.quantity) for each in summed.products] == [
        ("Soft", ("Soft",), ()),
        ("Hard", ("Hard",), ()),
    ]
    counted = made(proposed({**BASE, "Soft Qty": "1", "Hard Qty": "2"}))
    assert [(each.product, each.money, each.quantity) for each in counted.products] == [
        ("Soft", (), ("Soft Qty",)),
        ("Hard", (), ("Hard Qty",)),
    ]


def test_one_column_of_numbers_beside_customer_and_day_is_money() -> None:
    for name in ("Price", "Donation", "Gift"):
        (product,) = made(proposed({**BASE, name: "12.50"})).products
        assert product.money == (name,)
    lines = made(proposed({**BASE, "Product": "a", "Gift": "12.50"}))
    assert (lines.product_column, lines.money_column) == (("Product",), ("Gift",))
    assert proposed({**BASE, "ShipVia": "2", "Freight": "3.20", "Ship To": "Rio"}).product_map is None


def test_a_column_that_only_counts_makes_a_product_without_money() -> None:
    (product,) = made(proposed({**BASE, "Quantity": "1"})).products
    assert (product.money, product.quantity) == ((), ("Quantity",))


def test_months_as_columns_are_told_what_to_do_with_and_months_as_days_are_the_order_date() -> None:
    columns = proposed({"Customer ID": "1", "Product": "a", "Jan-24": "1.5", "Feb-24": "2.5", "Mar-24": "3"})
    assert "3 columns are called like months, such as 'Jan-24': make a row of each month" in columns.not_understood[0]
    for month in ("2024-01", "Jan-24", "January 2024"):
        assert made(proposed({"Customer ID": "1", "Period": month, "Amount": "1.5"})).order_date == ("Period",)


def test_a_line_of_products_and_its_monthly_revenue_are_a_long_log() -> None:
    product_map = made(proposed({**BASE, "product_line": ["Core", "Add-on"] * 6, "mrr": "120.50", "seats": "3"}))
    assert (product_map.layout, product_map.product_column) == ("long", ("product_line",))
    assert (product_map.money_column, product_map.quantity_column) == (("mrr",), ("seats",))
    assert product_map.division_of("Core") == "Core"


def test_numbers_alone_make_no_map_and_the_draft_says_what_to_fill_in() -> None:
    proposal = proposed({"Who": "a", "Date": "2024-01-31", "Soft": "1.5", "Hard": "2.5"})
    assert proposal.product_map is None
    assert proposal.unpaired == ("Soft", "Hard")
    assert proposal.draft.customer_id == ("FILL IN",)
    with failing_with("product-map.header-not-understood", naming=r"shop\.csv .*customer_id"):
        proposal.required("shop.csv")


def test_columns_may_be_called_as_the_proposal_calls_its_own() -> None:
    rows = 100
    lines = {
        "customer": [f"C{row % 7}" for row in range(rows)],
        "date": ["2024-01-31"] * rows,
        "sku": [f"S{row % 50}" for row in range(rows)],
        "count": [str(row % 50 % 5) for row in range(rows)],
        "column": [f"M{row % 5}" for row in range(rows)],
        "value": ["1.50"] * rows,
        "Unit Price": ["1.50"] * rows,
        "qty": ["1"] * rows,
    }
    proposal = proposed(lines)
    assert (made(proposal).product_column, made(proposal).money_column) == (("sku",), ("value",))
    assert "each has one value for each product" in said_of(proposal, "count")


def test_a_code_of_a_product_with_a_quantity_beside_it_is_not_its_money() -> None:
    lines = {**BASE, "Item": [f"{4000 + row % 6}" for row in range(ROWS)], "Item Qty": "2", "Amount": "12.50"}
    product_map = made(proposed(lines))
    assert (product_map.layout, product_map.product_column) == ("long", ("Item",))
    assert (product_map.money_column, product_map.quantity_column) == (("Amount",), ("Item Qty",))


@pytest.mark.timeout(60)
@pytest.mark.slow
def test_two_thousand_columns_are_understood_and_told_by_a_few_examples() -> None:
    columns: dict[str, object] = {**BASE}
    for number in range(999):
        columns |= {f"P{number}": "1.5", f"P{number}_Qty": "1", f"Lonely {number}": "1.5"}
    proposal = proposed(columns)
    assert len(made(proposal).products) == 999
    assert proposal.understood[-1] == "and 994 more products likewise, in 999 divisions altogether"
    assert "these are 999, and at most 50 are modelled in a run" in proposal.not_understood[0]
    assert len(proposal.understood) + len(proposal.not_understood) < 20
    assert len(proposal.unpaired) == 999


@pytest.mark.parametrize(
    "alike",
    [
        {"Widget Units": [str(row % 7) for row in range(ROWS)], "WIDGET QTY": "2"},
        {"Price": [f"{row}.50" for row in range(ROWS)], "price": [str(row % 3) for row in range(ROWS)]},
        {"Division": ["W", "G"] * 6, "DIVISION": ["A", "B", "C"] * 4, "Amount": "2.50"},
    ],
)
def test_columns_alike_that_were_taken_for_two_things_are_refused(alike: Mapping[str, object]) -> None:
    with failing_with("product-map.columns-alike", naming="(?i)" + "|".join(name.split()[0] for name in alike)):
        proposed({**BASE, **alike})


def test_columns_alike_of_which_one_is_not_needed_are_no_fault() -> None:
    sold = {"Product": ["Widget", "Gadget"] * 6, "Amount": "2.50", "AMOUNT": "x"}

    assert made(proposed({**BASE, **sold})).money_column == ("Amount",)
