"""Tables as reports and spreadsheets write them: headers of two rows, customers above their lines, old workbooks."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from synthdeal_assets.cli.whitespace.init import propose_product_map
from synthdeal_assets.sales.product_map.map_file import parse_product_map
from synthdeal_assets.sales.sources.header_rows import with_row_above, with_row_below
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.sales.log_files import Shop

OLD_WORKBOOK = (
    "c-"
    "rk)T}TvB6#nka?7FVHyKWk2Ad8TdDHIX(qMNlPJ*;U#e+0F<6Nu|>jB8*oS>|I9^i=d>SkQ~rOFvXlRM10U)I%TyT5t6f6!f4woqJ}+cFn+r"
    "60G@#IrrRi&;9P1`#UqQCo8AN?$pj;0a~FVXO_a7XA^XnI++lt+%%=?q&~V$7b^;-"
    "J{m}`2M;S=mB=xa<2?ffx3#Avfe&;a#YuEz(t2bWv4dks2pK~QNr9_m3803f3bX8Cxr*g2_I$*0J6kTWY$4xiaRigmj>c{FEIy>vb6EhA_a4"
    "`oV#{V!<E5O%XD$lM*Ml~rH<4Ol1$A0E#z6zxuBUZF=7YEnKX91P9FI50V$-"
    "Oi!5+sqGXi{dR`rvJYhPZw0NKA6+Dm?8_t79Ov|my*U>N3cUL>Qaz*bF`c(6Z_(g$V{=RI34?lNHK;6OIhuN#p)F`5l~jU=hDL{_KbP9u{X?"
    "8&M?S9XZDfwun4U^+`mdn$8EAMgM%qc@fE%R_)SjZnd+QNfF;oMaL~)+>2Qg(&LTn_u3<yE~)D*fPuqg>{^)mC?h*Sy_WB2VlkS$VRTQk>xp"
    "NUBh}U%PR7rw4t-wR(6lD&v`Cwpmw$}-bUBu>FY@!{oHlGZuDbx1L+g(GpDO2-"
    "bKeyPhFLy`tlk<lV}oGE=xR!I;pU?p7$(ke%Xe6O304gw9m{S=H$X7RI;>kvUkLMPO<yS%Bhr7=W`n6G@Ds0V17)|2xh(!l$+wGXY%P~J;9u"
    "^2Q44T>1EH7kmQtX$|7tE`&?tT6VDwsh1t9|o5E~<_AHAyZ0aIxYF=zp^K5ECY$~$_*fY4vVbd02)AC|F@WNr!3S!fkEo`;Rz1OOQaaTST9S"
    "c9<hYJ@jT)1%I!o`0I!LOg-S2fLk>Gs;+3-Z6t9NjthH_1PXeaO(2rH{&8NK<NHsHpj~8Xn<ri6z!?{ufFdq}C1ep_}9AD|-"
    "IY=ZMIEo+Vcd{kbJnZ2P%l;{40){{SKq^=<"
)
"""An .xls of four lines, packed: Customer ID, Order Date (as days), Product, Qty, Amount (10.25, 20.50, ...)."""

DETAIL = """Invented Ltd
Sales by Customer Detail

{group},Date,Num,Product/Service,Qty,Amount
Alpha Ltd,,,,,
,2023-01-02,I1,Tools:Drill,2,"1,010.50"
,2023-02-03,I2,Tools:Hammer,1,4.50
Total for Alpha Ltd,,,,3,"$1,015.00"
Beta & Sons,,,,,
,2023-03-04,I3,Tools:Drill,2,10.50
Total for Beta & Sons,,,,2,$10.50
TOTAL,,,,5,"$1,025.50"
"""
RIGHT = [("Alpha Ltd", Decimal("1015.00"), Decimal(3)), ("Beta & Sons", Decimal("10.50"), Decimal(2))]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def by_customer(shop: Shop) -> list[tuple[object, ...]]:
    return shop.query(
        "SELECT customer_id, sum(amount), sum(quantity) FROM sales.fact_transactions GROUP BY ALL ORDER BY ALL"
    )


@pytest.mark.parametrize("group", ["", "Customer", "Customer full name"])
def test_customers_above_their_lines_stand_in_each_of_them(shop: Shop, group: str) -> None:
    shop.read({"log.csv": DETAIL.format(group=group)}, product_map=None)
    assert [(name, amount, units) for name, amount, units in by_customer(shop)] == RIGHT
    assert "is the 'Customer" in shop.caveats()


def test_customers_above_lines_that_use_the_same_column_get_one_of_their_own(shop: Shop) -> None:
    text = DETAIL.format(group="Item").replace(",Product/Service", "").replace("Ltd,,,,,", "Ltd,,,,")
    for item in ("Drill", "Hammer"):
        text = text.replace(f",Tools:{item}", "")
    lines = (
        text.replace("Sons,,,,,", "Sons,,,,").replace(",,,,3", ",,,3").replace(",,,,2", ",,,2").replace(",,,,5", ",,,5")
    )
    lines = lines.replace("\n,2023", "\n  Drill,2023")
    shop.read({"log.csv": lines}, product_map=None)
    assert by_customer(shop) == RIGHT


def test_products_above_their_lines_are_the_products_where_a_column_names_the_customer(shop: Shop) -> None:
    text = DETAIL.format(group="").replace("Product/Service", "Customer")
    text = text.replace("Tools:Drill", "C1").replace("Tools:Hammer", "C2")
    shop.read({"log.csv": text}, product_map=None)
    found = shop.query("SELECT DISTINCT product FROM sales.fact_transactions ORDER BY 1")
    assert found == [("Alpha Ltd",), ("Beta & Sons",)]


@pytest.mark.parametrize("first", ["C1,2023-01-01,I0,Drill,1,5.00", "C1,,,Drill,,"])
def test_a_remark_between_lines_is_no_group(shop: Shop, first: str) -> None:
    text = f"""Customer,Date,Num,Product,Qty,Amount
{first}
see the note below,,,,,
,2023-01-02,I1,Drill,2,10.50
C2,2023-02-03,I2,Drill,1,4.50
C3,2023-02-04,I3,Drill,1,4.50
C3,2023-02-05,I4,Drill,1,4.50
"""
    shop.read({"log.csv": text}, product_map=None)
    assert ("no customer id", 1) in shop.query("SELECT reason, count(*) FROM sales.rejected_rows GROUP BY ALL")


def test_a_workbook_with_merged_cells_in_its_header_is_read(shop: Shop) -> None:
    path = shop.folder / "log.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Sales")
        rows = [
            ["Invented Ltd sales report"],
            ["Customer No", "Order Date", "Tools", None, "Safety", None],
            [None, None, "Revenue", "Units", "Revenue", "Units"],
            [6, "2023-01-03", 27516.5, 22, None, None],
            [7, "2023-02-12", None, None, 2415, 23],
            [6, "2023-03-12", 10, 1, 5, 2],
        ]
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
        sheet.merge_range("C2:D2", "Tools")
        sheet.merge_range("E2:F2", "Safety")
    shop.read(sales_log=str(path), product_map=None)
    found = shop.query(
        "SELECT product, sum(amount), sum(quantity) FROM sales.fact_transactions GROUP BY ALL ORDER BY ALL"
    )
    assert found == [("Safety", Decimal(2420), Decimal(25)), ("Tools", Decimal("27526.5"), Decimal(23))]
    assert "The header has two rows" in shop.caveats()


MERGED_HEADER = ["Customer", "Order Date", "Num", "Product", "Qty", "Amount"]
MERGED_ROWS: list[list[object]] = [
    ["Alpha Ltd", "2023-01-02", "I1", "Drill", 2, 10.5],
    [None, None, "I2", "Saw", 1, 4.5],
    [None, "2023-01-05", "I3", "Saw", 1, 4.5],
    ["Beta", "2023-01-06", "I4", "Saw", 1, 4.5],
    [None, "2023-01-07", "I5", "Saw", 1, 4.5],
]


def workbook(
    shop: Shop,
    merged: dict[str, object],
    *,
    at: tuple[int, int] = (0, 0),
    rows: Sequence[Sequence[object]] = MERGED_ROWS,
) -> str:
    """A workbook with rows on its second sheet, below and to the right of some cells, and merged ranges."""
    path = shop.folder / "log.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Notes").merge_range("A2:A4", "nothing of the sales")
        sheet = book.add_worksheet("Sales & returns")
        for place, row in enumerate([MERGED_HEADER, *rows]):
            sheet.write_row(place + at[0], at[1], row)
        for cells, value in merged.items():
            sheet.merge_range(cells, value)
    return f"{path}::Sales & returns"


@pytest.mark.parametrize(
    ("at", "merged"),
    [((0, 0), {"A2:A4": "Alpha Ltd", "B2:B3": "2023-01-02"}), ((3, 2), {"C5:C7": "Alpha Ltd", "D5:D6": "2023-01-02"})],
)
def test_customers_and_days_in_merged_cells_stand_in_each_of_their_rows(
    shop: Shop, at: tuple[int, int], merged: dict[str, object]
) -> None:
    shop.read(sales_log=workbook(shop, merged, at=at), product_map=None)
    assert [row[:2] for row in shop.facts()] == [
        ("Alpha Ltd", "2023-01-02"),
        ("Alpha Ltd", "2023-01-02"),
        ("Alpha Ltd", "2023-01-05"),
        ("Beta", "2023-01-06"),
    ]
    # Beta's second line is only blank and not merged: nothing says whose it is.
    assert [row[:3] for row in shop.rejected()] == [(5, "", "no customer id")]
    assert "stands in merged cells of 'Customer', 'Order Date' is read in each of their rows" in shop.caveats()


@pytest.mark.parametrize("figure", [10.5, "$10.50", "10.50 EUR"])
def test_a_figure_that_is_merged_over_rows_counts_once(shop: Shop, figure: object) -> None:
    rows = [
        [row[0], "2023-01-02", *row[2:5], None if place in (1, 2) else 4.5] for place, row in enumerate(MERGED_ROWS)
    ]
    merged = {"A2:A4": "Alpha Ltd", "F2:F4": figure}
    shop.read(sales_log=workbook(shop, merged, rows=rows), product_map=None)
    assert [(row[0], row[3], row[4]) for row in shop.facts()] == [
        ("Alpha Ltd", 10.5, 2.0),
        ("Alpha Ltd", 0.0, 1.0),
        ("Alpha Ltd", 0.0, 1.0),
        ("Beta", 4.5, 1.0),
    ]
    assert "figure in merged cells of 'Amount' counts once, in their first row" in shop.caveats()


def test_blank_cells_that_are_not_merged_are_not_filled(shop: Shop) -> None:
    with failing_with("sales-log.mostly-rejected", naming=r"'no customer id' \(3 rows\)"):
        shop.read(sales_log=workbook(shop, {}), product_map=None)


NESTED = """Customer,Date,Num,Product,Qty,Amount
Alpha Ltd,,,,,
{first}Tools,,,,,
,2023-01-02,I1,Drill,2,10.50
,2023-02-03,I2,Hammer,1,4.50
{first}Safety,,,,,
,2023-02-03,I2,Vest,1,4.50
Beta,,,,,
{first}Tools,,,,,
,2023-02-03,I2,Hammer,1,4.50
"""


@pytest.mark.parametrize("first", ["", "  "])
def test_groups_within_groups_are_refused_in_a_sentence(shop: Shop, first: str) -> None:
    with failing_with("sales-log.nested-groups", naming="data rows 1 and 2"):
        shop.read({"log.csv": NESTED.format(first=first)}, product_map=None)


def test_two_rows_of_a_title_are_no_groups_within_groups(shop: Shop) -> None:
    text = NESTED.format(first="").replace("\n,", "\nC1,").replace("Safety", "C2,2023-01-01,I0,Vest,1,1")
    shop.read({"log.csv": text}, product_map=None)
    assert {row[0] for row in shop.facts()} == {"C1", "C2"}


def test_groups_above_the_header_and_pages_that_repeat_it_are_read(shop: Shop) -> None:
    header = "Customer,Date,Revenue,Units,Revenue,Units"
    text = f""",,Tools,,Safety,
{header}
1,2023-01-02,10.5,1,,
2,2023-02-02,10.5,1,4.5,2
{header}
2,2023-03-02,10.5,1,4.5,2
"""
    shop.read({"log.csv": text}, product_map=None)
    found = shop.query(
        "SELECT product, sum(amount), sum(quantity) FROM sales.fact_transactions GROUP BY ALL ORDER BY ALL"
    )
    assert found == [("Safety", Decimal(9), Decimal(4)), ("Tools", Decimal("31.5"), Decimal(3))]
    assert "1 row repeats the header and count" in shop.caveats()


def test_names_over_two_rows_are_put_together() -> None:
    data = [["1", "2023-01-02", "A", "10.5"]]
    names = with_row_below(["Customer", "Order", "", "Net"], ["No", "Date", "Product", "Amount"], data)
    assert names == ["Customer No", "Order Date", "Product", "Net Amount"]


@pytest.mark.parametrize(
    ("header", "below", "data"),
    [
        (["", "Date", "Product", "Sales"], ["A", "2023-01-02", "Drill", "5"], [["B", "2023-01-03", "Saw", "5"]]),
        (["Name", "City", "Street", "Note"], ["Ann", "Bonn", "Main", "x"], [["Bob", "Ulm", "Side", "y"]]),
        (["", "Date", "Product", "Sales"], ["Alpha Ltd", "", "", ""], [["", "2023-01-03", "Saw", "5"]]),
        (["Id", "Date", "Product", "Sales"], ["---", "---", "---", "---"], [["1", "2023-01-03", "Saw", "5"]]),
    ],
)
def test_a_first_row_of_data_a_group_or_a_rule_is_no_second_header(
    header: list[str], below: list[str], data: list[list[str]]
) -> None:
    assert with_row_below(header, below, data) is None


def test_a_title_of_several_cells_names_no_groups() -> None:
    assert with_row_above(["Sales report", "", "", "May"], ["Customer", "Date", "Product", "Sales"]) is None


def test_an_old_workbook_is_read_whatever_its_ending_says(shop: Shop) -> None:
    for name in ("log.xls", "log.xlsx"):
        path = shop.folder / name
        path.write_bytes(zlib.decompress(base64.b85decode(OLD_WORKBOOK)))
        shop.read(sales_log=str(path), product_map=None)
        found = shop.query("SELECT sum(amount), sum(quantity), min(order_date)::VARCHAR FROM sales.fact_transactions")
        assert found == [(Decimal("102.50"), Decimal(10), "2024-01-15")]


def test_text_that_is_called_a_workbook_is_read_as_text(shop: Shop) -> None:
    path = shop.write("log.xls", "Customer\tDate\tProduct\tSales\n1\t2023-01-02\tDrill\t5.50\n")
    shop.read(sales_log=str(path), product_map=None)
    assert shop.query("SELECT sum(amount) FROM sales.fact_transactions") == [(Decimal("5.50"),)]


LINES = """Invoice No,Customer ID,Order Date,Product,Category,Quantity,Amount
I1,1,2023-01-06,Screw,Fasteners,16,196.00
I1,1,2023-01-06,Screw,Fasteners,16,196.00
I2,3,2023-01-10,Hammer,Tools,23,2415.00
"""


@pytest.mark.parametrize(
    ("choice", "total"), [("", "2611"), ("equal_lines: drop", "2611"), ("equal_lines: keep", "2807")]
)
def test_equal_lines_of_an_invoice_count_as_the_map_says(shop: Shop, choice: str, total: str) -> None:
    product_map = f"""
customer_id: Customer ID
order_date: Order Date
invoice: Invoice No
layout: long
product_column: Product
quantity_column: Quantity
money_column: Amount
{choice}
"""
    shop.read({"log.csv": LINES}, product_map=product_map)
    assert shop.query("SELECT sum(amount) FROM sales.fact_transactions") == [(Decimal(total),)]
    costs = "not counted again come to 196.00: write `equal_lines: keep`" in shop.caveats()
    assert costs == ("keep" not in choice)
    assert len(shop.rejected()) == ("keep" not in choice)


def test_the_proposal_says_what_becomes_of_equal_lines(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    propose_product_map(shop.settings(), str(shop.write("log.csv", LINES)), output=None, force=False)
    said = " ".join(capsys.readouterr().out.split())
    assert "1 row is equal to an earlier row in every column, invoice number included, and not counted again." in said
    assert "not counted again come to 196.00: write `equal_lines: keep` into the product map" in said


def test_another_word_for_equal_lines_is_refused() -> None:
    with failing_with("product-map.invalid", naming="write keep or drop"):
        parse_product_map("customer_id: A\norder_date: B\nequal_lines: both\nproducts: [{product: C, money: C}]", "map")
