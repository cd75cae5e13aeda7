"""`synthdeal whitespace init` says what it understood of a log, and writes a product map to check."""

from __future__ import annotations

import shlex
import sqlite3
from pathlib import Path

from synthdeal_assets.sales.product_map.map_file import load_product_map
from synthdeal_assets_tests.cli.conftest import Synthdeal, code_of

LOG = "Customer ID,Date,Größe,Größe_Qty,Misc\n1,2024-01-31,$5.00,1,3.5\n2,2024-02-01,,,4.5\n"


def test_a_log_is_understood_told_and_its_map_written_beside_it(synthdeal: Synthdeal, tmp_path: Path) -> None:
    log = tmp_path / "sales 2024.csv"
    log.write_bytes(LOG.encode("latin-1"))
    result = synthdeal("whitespace", "init", str(log))
    assert result.exit_code == 0, result.output
    target = tmp_path / "sales 2024.product-map.yaml"
    for said in ("Latin-1", "customer_id is column 'Customer ID'", "Größe_Qty", "'Misc' is numbers", str(target)):
        assert said in result.output
    (product,) = load_product_map(target).products
    assert (product.money, product.quantity) == (("Größe",), ("Größe_Qty",))
    assert "#- product: Misc\n#  division: Misc\n#  money: Misc\n" in target.read_text()


def test_the_command_that_is_suggested_can_be_pasted_into_a_shell(synthdeal: Synthdeal, tmp_path: Path) -> None:
    log = tmp_path / "it's $(sales) & more.csv"
    log.write_text(LOG)
    result = synthdeal("whitespace", "init", str(log))
    command = "".join(result.output.splitlines()).partition("then: ")[2]
    target = str(log).removesuffix(".csv") + ".product-map.yaml"
    assert shlex.split(command)[-4:] == ["--sales-log", str(log), "--product-map", target]


def test_states_and_several_currencies_are_said_before_a_run(synthdeal: Synthdeal, tmp_path: Path) -> None:
    header = "Customer ID,Order Date,Product,Qty,Amount,Currency,Order Status"
    rows = [f"{n},2024-01-2{n},Drill,1,5.5,{('USD', 'JPY')[n % 2]},{('Paid', 'Cancelled')[n % 2]}" for n in range(5)]
    (tmp_path / "sales.csv").write_text("\n".join((header, *rows)) + "\n")
    result = synthdeal("whitespace", "init", str(tmp_path / "sales.csv"))
    said = " ".join(result.output.split())
    assert result.exit_code == 1
    assert "the documents are Paid (3), Cancelled (2)" in said
    sums = "USD (3 rows, 16.50, from data row 1 on), JPY (2 rows, 11.00, from data row 2 on)"
    assert f"amounts in {sums}: write `currency: USD`" in said
    assert "amounts in USD (3 rows, 16.50," in (tmp_path / "sales.product-map.yaml").read_text()
    (tmp_path / "sales.csv").write_text("\n".join((header, *rows)).replace("JPY", "USD") + "\n")
    assert synthdeal("whitespace", "init", str(tmp_path / "sales.csv"), "--force").exit_code == 0


REPORT = """Customer,Order Date,Invoice,Product,Qty,Amount,Status
{sales}
Alpha,2024-01-09,I2,Drill,2,10.50,Open
Alpha,2024-01-09,I2,Drill,2,10.50,Open
Beta,2024-02-09,I3,Saw,1,4.50,Cancelled
Walk-in,2024-02-10,I4,Saw,1,7.25,Open
Gamma,soon,I5,Saw,1,3.25,Open
Grand Total,2024-02-10,,,{units},{money},
"""


def test_all_that_a_run_would_say_of_the_rows_is_said_with_counts_and_money(
    synthdeal: Synthdeal, tmp_path: Path
) -> None:
    # The last rows of a long file are looked at too.
    sales = "\n".join(f"C{n % 50},2024-01-{n % 28 + 1:02},N{n},Drill,1,2.00,Open" for n in range(6000))
    (tmp_path / "sales.csv").write_text(REPORT.format(sales=sales, units=6007, money="12036.00"))
    result = synthdeal("whitespace", "init", str(tmp_path / "sales.csv"))
    told = (tmp_path / "sales.product-map.yaml").read_text()
    assert result.exit_code == 0
    for said in (
        "1 row is equal to an earlier row in every column, invoice number included, and not counted again.",
        "The equal rows that are not counted again come to 10.50",
        "1 row is a total of other rows and not counted, 12,036.00 in all: 'Grand Total' (1: 12,036.00)",
        "not counted, 4.50 in all: 'Cancelled' (1: 4.50)",
        "1 row is of a buyer who is nobody and not counted, 7.25 in all: 'Walk-in' (1: 7.25)",
        "1 row is rejected for the reason 'date not understood', such as 'soon', 3.25 in all.",
    ):
        assert said in " ".join(result.output.split())
        assert f"{said}" in told.partition("# What a run will say of the rows:")[2]


def test_currencies_beside_the_amounts_are_said_before_a_run(synthdeal: Synthdeal, tmp_path: Path) -> None:
    rows = ("1,2024-01-05,Drill,2,$10.50", "2,2024-01-26,Drill,1,€4.25", "3,2024-01-27,Drill,1,$5.25")
    (tmp_path / "sales.csv").write_text("\n".join(("Customer ID,Order Date,Product,Qty,Amount", *rows)) + "\n")
    result = synthdeal("whitespace", "init", str(tmp_path / "sales.csv"))
    sums = "USD (2 rows, 15.75, from data row 1 on), EUR (1 rows, 4.25, from data row 2 on)"
    assert (result.exit_code, sums in " ".join(result.output.split())) == (1, True)


def test_of_plain_sales_nothing_is_said(synthdeal: Synthdeal, tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text(LOG)
    assert "A run will say" not in synthdeal("whitespace", "init", str(tmp_path / "sales.csv")).output
    assert "A run will say" not in (tmp_path / "sales.product-map.yaml").read_text()


def test_a_map_that_is_there_is_replaced_only_by_force(synthdeal: Synthdeal, tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text(LOG)
    target = tmp_path / "my.yaml"
    target.write_text("mine")
    command = ("whitespace", "init", str(tmp_path / "sales.csv"), "--output", str(target))
    refused = synthdeal(*command)
    assert (refused.exit_code, code_of(refused), target.read_text()) == (2, "product-map.already-there", "mine")
    assert synthdeal(*command, "--force").exit_code == 0
    assert load_product_map(target).order_date == ("Date",)


def test_a_map_that_lacks_something_is_written_as_a_draft_and_says_so(synthdeal: Synthdeal, tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("Who,Date,Soft,Hard\nx,2024-01-31,1.5,2.5\n")
    result = synthdeal("whitespace", "init", str(tmp_path / "sales.csv"))
    assert result.exit_code == 1
    assert "not complete" in result.output
    text = (tmp_path / "sales.product-map.yaml").read_text()
    assert "customer_id: FILL IN" in text
    assert "#  money: Soft" in text


def test_a_file_without_a_header_gets_names_for_its_columns(synthdeal: Synthdeal, tmp_path: Path) -> None:
    (tmp_path / "cdnow.txt").write_text(
        " 00001 19970101  1   11.77\n 00001 19970112  2   12.00\n 00002 19970112 1 5.5\n"
    )
    assert synthdeal("whitespace", "init", str(tmp_path / "cdnow.txt")).exit_code == 0
    product_map = load_product_map(tmp_path / "cdnow.product-map.yaml")
    assert product_map.columns == ("customer_id", "order_date", "quantity", "amount")


def test_a_folder_of_years_and_a_database_are_looked_at_too(synthdeal: Synthdeal, tmp_path: Path) -> None:
    years = tmp_path / "years"
    years.mkdir()
    (years / "2023.csv").write_text(LOG)
    (years / "2024.csv").write_text(LOG.replace("Größe", "New"))
    assert synthdeal("whitespace", "init", str(years)).exit_code == 0
    products = load_product_map(tmp_path / "years.product-map.yaml").products
    assert [product.product for product in products] == ["Größe", "New"]
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("CREATE TABLE log (customer_id TEXT, date TEXT, A REAL, A_Qty REAL)")
        connection.execute("INSERT INTO log VALUES ('a', '2024-01-31', 1.5, 1)")
    connection.close()
    result = synthdeal(
        "whitespace",
        "init",
        f"sqlite:///{tmp_path}/shop.db",
        "--sales-log-table",
        "log",
        "-o",
        str(tmp_path / "db.yaml"),
    )
    assert result.exit_code == 0, result.output
    assert load_product_map(tmp_path / "db.yaml").products[0].product == "A"


def test_what_cannot_be_read_leaves_nothing_behind(synthdeal: Synthdeal, tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_bytes(b"")
    result = synthdeal("whitespace", "init", str(tmp_path / "sales.csv"))
    assert (result.exit_code, code_of(result)) == (2, "sales-log.empty-file")
    assert [path.name for path in tmp_path.glob("*.yaml")] == []
