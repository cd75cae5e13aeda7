"""Logs in the languages of Europe: their headers, their code pages, their money, and what only looks like them."""

# ruff: noqa: RUF001  # letters of other scripts that look like Latin ones are meant

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from synthdeal_assets.cli.whitespace.init import propose_product_map
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.sales.amount_macros import register_amount_macros
from synthdeal_assets.sales.product_map.map_file import load_product_map
from synthdeal_assets.sales.product_map.names_in_use import sureness_of
from synthdeal_assets.sales.product_map.sampled_columns import figures, looked_at
from synthdeal_assets.sales.sources.text_encoding import look_through
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.sales.log_files import Shop

ENGLISH = "Customer No;Customer Name;Invoice Date;Invoice No;Product;Category;Quantity;Amount"
HEADERS = {
    "cp1254": "Müşteri No;Müşteri Adı;Fatura Tarihi;Fatura No;Ürün;Kategori;Miktar;Tutar",
    "cp1250": "Nr klienta;Nazwa klienta;Data sprzedaży;Numer faktury;Towar;Grupa towarów;Ilość;Wartość netto",
    "iso8859-2": "Číslo zákazníka;Název zákazníka;Datum prodeje;Číslo faktury;Zboží;Skupina;Množství;Cena celkem",
    "utf-8": "Vevőkód;Vevő neve;Számla kelte;Számlaszám;Termék;Termékcsoport;Mennyiség;Nettó érték",
    "utf-16": "Cod client;Nume client;Data facturii;Nr. factură;Produs;Categorie;Cantitate;Valoare",
    "mac-roman": "Código do Cliente;Nome do Cliente;Data da Venda;Nota Fiscal;Produto;Família;Qtde;Valor Total",
    "cp850": "Kundnummer;Kundnamn;Försäljningsdatum;Fakturanr;Vara;Varugrupp;Antal;Belopp",
    "iso8859-15": "Kundenr.;Kundenavn;Fakturadato;Ordrenr.;Varenavn;Varegruppe;Antal;Beløb (€)",
    "cp1253": "Κωδικός Πελάτη;Επωνυμία;Ημερομηνία;Αρ. τιμολογίου;Προϊόν;Κατηγορία;Ποσότητα;Αξία",
    "cp1251": "Код клиента;Наименование клиента;Дата продажи;Номер заказа;Товар;Группа товаров;Кол-во;Сумма",
    "koi8-r": "ID клиента;Клиент;Дата отгрузки;Номер накладной;Номенклатура;Категория;Количество;Выручка",
    "cp1257": "Kliento kodas;Kliento pavadinimas;Sąskaitos data;Sąskaitos numeris;Prekė;Grupė;Kiekis;Suma",
    "ascii": "cust_key;cust_name;OrderDate;SalesOrderNumber;ProductKey;product_category;OrderQuantity;SalesAmount",
}
AMOUNTS = ("1.234,50", "12,00", "3.255,75", "7,25", "105,00", "48,50")
TOTAL = Decimal("4663.00")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def log(*amounts: str, header: str = ENGLISH, quantity: str = "{}", date: str = "{:02}.{:02}.2023") -> str:
    """A log of a line a week, one for each amount, with 1, 2, 3, ... units."""
    rows = [
        f"{place % 4};Firm {place % 4};{date.format(1 + place * 5 % 28, 1 + place % 12)};F{place};"
        f"{('Drill', 'Gloves')[place % 2]};{('Tools', 'Safety')[place % 2]};{quantity.format(place + 1)};{amount}"
        for place, amount in enumerate(amounts)
    ]
    return "\n".join([header, *rows]) + "\n"


def came_to(shop: Shop) -> tuple[object, ...]:
    return shop.query(
        "SELECT sum(amount), sum(quantity), count(DISTINCT customer_id), count(DISTINCT division), "
        "count(DISTINCT invoice) FROM sales.fact_transactions"
    )[0]


@pytest.mark.parametrize("encoding", HEADERS)
def test_a_log_is_read_in_its_language_and_code_page(shop: Shop, encoding: str) -> None:
    header = HEADERS[encoding]
    path = shop.folder / "log.csv"
    path.write_bytes(log(*AMOUNTS, header=header).encode(encoding))
    shop.read(sales_log=str(path), product_map=None)
    assert came_to(shop) == (TOTAL, Decimal(21), 4, 2, 6)
    names = [str(name) for (name,) in shop.query("SELECT column_name FROM sales.log_columns")]
    assert set(names) == set(header.split(";"))


@pytest.mark.parametrize(
    "text",
    [
        "Customer,City\nSørensen,Crème\n",
        "Customer,City\nMüller,José\nPeña,Åse\nCafé,Köln\nŽižka,Plzeň\n".replace("Ž", "Z").replace("ž", "z")
        .replace("ň", "n"),
        "Cliente,Total\nNúñez,12\n",
        "Name,Stadt\nÞórður Jónsson,Ísafjörður\n",
        "Ref,Sum\nN° 12 «x»,½\n",
    ],
)  # fmt: skip
def test_western_text_of_one_or_several_languages_stays_western(tmp_path: Path, text: str) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(text.encode("cp1252"))
    assert path.read_bytes().decode(look_through(path, "log").encoding) == text


def read(*amounts: str, mark: str) -> list[object]:
    """Amounts as the macros read them; it must be a number for the proposal what is one for them."""
    with duckdb.connect() as connection:
        register_amount_macros(connection)
        found = [
            connection.execute("SELECT figure_of(?, ?)", [amount, mark == ","]).fetchall()[0][0] for amount in amounts
        ]
    for amount, figure in zip(amounts, found, strict=True):
        column = looked_at(pl.DataFrame({"Amount": [amount] * 3}))["Amount"]
        assert column.is_numeric == (figure is not None), amount
        if figure is not None:
            kind = pl.String()
            assert pl.DataFrame({"a": [amount]}).select(figures("a", kind, with_comma=mark == ",")).item() == figure
    return found


def test_money_with_a_currency_is_a_number_for_the_proposal_and_for_the_reader() -> None:
    amounts = (
        "R$ {}", "{} €", "€ {}", "{}\u00a0Kč", "{} zł", "{} TL", "₺{}", "{} lei", "kr. {}", "{} руб.", "{}\u202f€",
        "{} SEK", "EUR {}", "\u200e{}", "{} грн", "{} Ft", "{} Stk.", "{} szt.",
    )  # fmt: skip
    assert set(read(*(each.format("1.234,50") for each in amounts), mark=",")) == {1234.5}
    assert set(read(*(each.format("1,234.50") for each in amounts), mark=".")) == {1234.5}


def test_thousands_negatives_and_decimals_in_dashes() -> None:
    swiss = ("CHF 1'234.50", "CHF 3’255.75", "1'234.-", "12.--", "Fr. 3'255.75", "USD (12.00)", "-USD 3.75", "3.75-")
    assert read(*swiss, mark=".") == [1234.5, 3255.75, 1234, 12, 3255.75, -12, -3.75, -3.75]
    blanks = ("1\u202f234,50 €", "1 234,50", "1.234,- kr", "12,– kr", "(12,00)", "3 255,75-", "Rs. 12,5")
    assert read(*blanks, mark=",") == [1234.5, 1234.5, 1234, 12, -12, -3255.75, 12.5]
    assert read("Rs. 1,23,456.00", mark=".") == [123456]


@pytest.mark.parametrize("text", ["ABC 123", "12 kg", "12.05.2023", "12-34", "A1", "TOP 10", "+49 30 12/3", "1.2.3"])
def test_what_only_holds_digits_is_no_amount(text: str) -> None:
    assert read(text, mark=".") == read(text, mark=",") == [None]


@pytest.mark.parametrize("quantity", ["{} Stk.", "{}\u00a0szt."])
def test_pieces_are_counted_whatever_they_are_called(shop: Shop, quantity: str) -> None:
    shop.read({"log.csv": log(*AMOUNTS, quantity=quantity)}, product_map=None)
    assert came_to(shop)[:2] == (TOTAL, Decimal(21))


def test_weights_are_no_pieces_for_kilograms_and_grams_never_add_up(shop: Shop) -> None:
    shop.read({"log.csv": log(*AMOUNTS, quantity="{} kg")}, product_map=None)
    assert came_to(shop)[:2] == (TOTAL, None)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("VAT Amount", "money"),
        ("Kwota VAT", "money"),
        ("Customer Type", "customer_id"),
        ("Product Weight", "product"),
        ("Date of Birth", "order_date"),
        ("Delivery No", "invoice"),
    ],
)
def test_a_name_that_only_shares_a_word_plays_no_role(name: str, role: str) -> None:
    assert sureness_of(name, role) is None


def test_net_is_taken_before_gross(shop: Shop) -> None:
    header = "Nr klienta;Wartość brutto;Data sprzedaży;Numer faktury;Towar;Grupa;Ilość;Wartość netto"
    shop.read({"log.csv": log(*AMOUNTS, header=header).replace("Firm ", "9,")}, product_map=None)
    assert came_to(shop)[0] == TOTAL


def test_money_that_cannot_be_read_is_said_first_and_is_no_success(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = shop.write("log.csv", log("about 12", "circa 5", "roughly 7"))
    target = tmp_path / "map.yaml"
    assert propose_product_map(shop.settings(), str(path), output=target, force=False) == 1
    said = capsys.readouterr().out
    assert said.index("no column could be read as money, although 'Amount' is called so") < said.index("Understood")
    assert load_product_map(target).money_column == ("FILL IN",)
    with failing_with("product-map.header-not-understood", naming="'about 12'"):
        shop.read(sales_log=str(path), product_map=None)


def test_a_log_that_counts_units_and_calls_no_column_money_is_no_failure(shop: Shop) -> None:
    path = shop.write("log.csv", log("x", "y", "z", header=ENGLISH.replace("Amount", "Remark")))
    assert propose_product_map(shop.settings(), str(path), output=None, force=False) == 0


def test_days_that_fit_both_ways_are_said_by_the_proposal(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    path = shop.write("log.csv", ENGLISH + "\n1;A;02/03/2023;F1;Drill;Tools;1;5\n2;B;04/05/2023;F2;Gloves;Safety;1;7\n")
    assert propose_product_map(shop.settings(), str(path), output=None, force=False) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "fit day/month/year and month/day/year alike, such as '02/03/2023'" in said
    with pytest.raises(SynthDealError, match="date_format"):
        shop.read(sales_log=str(path), product_map=None)


@pytest.mark.parametrize("header", ["Category;Sub_Category", "Product;Product Group"])
def test_of_nested_columns_the_one_with_fewer_values_is_the_division(shop: Shop, header: str) -> None:
    rows = [
        f"{place % 3};2023-01-{place + 1:02};{('Tools', 'Tools', 'Safety')[place % 3]};"
        f"{('Drill', 'Hammer', 'Gloves')[place % 3]};10"
        for place in range(12)
    ]
    shop.read({"log.csv": "\n".join([f"Customer ID;Order Date;{header};Sales", *rows]) + "\n"}, product_map=None)
    found = shop.query("SELECT DISTINCT division, product FROM sales.fact_transactions ORDER BY ALL")
    assert found == [("Safety", "Gloves"), ("Tools", "Drill"), ("Tools", "Hammer")]


def test_columns_that_cross_are_not_nested(shop: Shop) -> None:
    rows = [f"{place % 3};2023-01-{place + 1:02};P{place % 2};G{place % 3};10" for place in range(12)]
    header = "Customer ID;Order Date;Product;Product Group;Sales"
    shop.read({"log.csv": "\n".join([header, *rows]) + "\n"}, product_map=None)
    assert shop.query("SELECT count(DISTINCT product), count(DISTINCT division) FROM sales.fact_transactions") == [
        (2, 3)
    ]
