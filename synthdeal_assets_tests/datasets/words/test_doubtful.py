"""What looks like a number of something and is not certain: it is listed, and stands nowhere in the specification."""

import random

import pytest

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets_tests.datasets.words.judged import plan_of, requests


@pytest.mark.parametrize(
    ("request_", "listed", "line"),
    [
        ("500 measurements with temperature and random noise of 3%", ["noise", "3%"], "temperature: "),
        ("300 Messwerte mit Temperatur und Rauschen von 2 %", ["Rauschen", "2 %"], "temperatur: "),
        ("100 productos con precio y ruido del 3 %", ["ruido", "3 %"], "precio: "),
        ("5000 readings with value, drop 1 in 200 values", ["drop 1 in 200"], "rows: 5000"),
        ("200 loans with interest rate 4%", ["4%"], "interest_rate: {uniform: "),
        ("300 emails with open probability 20%", ["20%"], "open_probability: crm.probability"),
        ("400 deliveries with order value, tip 15% of the order value in half of the deliveries",
         ["15%", "order value", "half"], "tip: finance.amount"),
        ("50 employees with name and salary, managers (every tenth employee) earn 70,000 to 130,000",
         ["every tenth employee", "70,000", "130,000"], "salary: business.salary"),
        ("200 lab results with vitamin B12 between 150 and 900", ["B12 between 150", "900"], "vitamin: "),
        ("300 Läufer mit Vorname, Altersklassen M30 M40 W30 W40", ["M30 M40 W30 W40"], "altersklassen: "),
        ("100 paneles con precio y filtro H13", ["H13"], "filtro: "),
        ("100 funds with price, annual return 7%, expense ratio 0.4%", ["7%", "0.4%"], "price: "),
        ("100 cuentas con saldo, el 20 % tiene más de 10000", ["20 %", "más de 10000"], "saldo: finance.balance"),
        ("200 races with name and 5 to 42 km", ["5", "42 km"], "name: "),
        ("200 shops with revenue, 3% growth per year", ["3% growth per year"], "revenue: finance.amount"),
        ("200 samples with batch (4%) and depth (20%)", ["4%", "20%"], "batch: "),
        ("90 users with phone. At least 20% have no phone.", ["At least 20% have no phone"], "phone: person.phone"),
        ("200 users with free 70%, pro 30%", ["free 70%", "30%"], "pro: "),
        ("100 planes with price, type A320, B737", ["A320", "B737"], "type: "),
        ("50 employees with salary, reps (half of them) get a bonus of 100 to 500", ["half of them", "100", "500"],
         "bonus: "),
        ("100 customers with email 5 to 90", ["5", "90"], "email: person.email"),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_given_up(request_: str, listed: list[str], line: str) -> None:
    plan = plan_of(request_)
    assert [span.text for span in plan.not_understood] == listed
    assert line in plan.specification
    assert not any(word in plan.specification for word in ("flag: ", "pattern: ", "one_of: ", "70_000", "uniform: 5 "))
    assert plan.problems() == ()


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        ("200 users with name, 8% inactive", "inactive: {flag: 8%}"),
        ("300 orders with total, 35% of the orders were returned", "returned: {flag: 35%}"),
        ("200 Verträge mit Preis, 12 % gekündigt", "gekuendigt: {flag: 12%}"),
        ("150 pedidos con importe, el 5 % son urgentes", "urgentes: {flag: 5%}"),
        ("300 Bestellungen mit Betrag, 10 % mit Rabattcode", "rabattcode: {flag: 10%}"),
        ("100 products with sku AB-1234 and price", 'sku: {pattern: "[A-Z]{2}-[0-9]{4}"}'),
        ("60 rooms with room number A12 and price", 'room_number: {key: "A[0-9]{2}"}'),
    ],
)
def test_what_is_certain_is_kept(request_: str, line: str) -> None:
    plan = plan_of(request_)
    assert line in plan.specification
    assert plan.not_understood == ()


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        ("100 Rechnungen mit fortlaufender Nummer RE-2024-00001 und Betrag", 'nummer: {key: "RE-2024-{:05d}"}'),
        ("100 invoices with consecutive invoice number starting at INV-00001", 'invoice_number: {key: "INV-{:05d}"}'),
        ("100 facturas con número consecutivo F-0001 e importe", 'numero: {key: "F-{:04d}"}'),
        ("40 warehouses with code WH-001 upwards, city", 'code: {key: "WH-{:03d}"}'),
        ("100 Tickets mit Nummer fortlaufend T-0001 und Titel", 'nummer: {key: "T-{:04d}"}'),
        ("Every book has an ISBN, 90 to 900 pages and a price; 200 books", "pages: {uniform: 90 .. 900, decimals: 0}"),
        ("200 libros con ISBN, 90 a 900 páginas y precio", "paginas: {uniform: 90 .. 900, decimals: 0}"),
        ("100 Filme mit Titel, 80 bis 200 Minuten und Genre", "minuten: {uniform: 80 .. 200, decimals: 0}"),
        ("200 alumnos con nota media de 0 a 10 con un decimal", "nota_media: {uniform: 0 .. 10, decimals: 1}"),
        ("150 clases con edad media 10 a 15", "edad_media: {uniform: 10 .. 15, decimals: 0}"),
    ],
)
def test_codes_that_count_and_ranges_before_their_name_are_read(request_: str, line: str) -> None:
    plan = plan_of(request_)
    assert line in plan.specification
    assert plan.not_understood == ()
    plan.parsed()


def test_codes_that_count_from_another_number_are_listed() -> None:
    plan = plan_of("100 invoices with consecutive invoice number starting at INV-01000 and total")
    assert [span.text for span in plan.not_understood] == ["starting at INV-01000"]


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        ("300 Messungen mit Motortemperatur zwischen 60 und 110 Grad, 0,3 % der Temperaturen fehlen",
         "motortemperatur: {uniform: 60 .. 110, decimals: 1, missing: 0.3%}"),
        ("200 machines with oil pressure 1 to 5, 2% of the pressures are missing",
         "oil_pressure: {uniform: 1 .. 5, decimals: 1, missing: 2%}"),
        ("200 clientes con nombre y fecha de alta, el 2 % de las fechas falta", ".. as_of, missing: 2%}"),
        ("200 viajes con distancia de 0,8 a 32 km, tarifa igual a 2,50 más 1,30 por kilómetro",
         "tarifa: {formula: 2.5 + distancia * 1.3}"),
        ("200 Wohnungen mit Fläche 30 bis 120 m², Miete = 12 * Quadratmeter", "miete: {formula: 12 * flaeche}"),
    ],
)  # fmt: skip
def test_a_part_of_a_name_or_its_unit_means_that_field(request_: str, line: str) -> None:
    plan = plan_of(request_)
    assert line in plan.specification
    assert plan.not_understood == ()
    assert not {"temperaturen", "pressures", "fechas", "kilometro", "quadratmeter"} & {
        name for table in plan.parsed().tables.values() for name in table.fields
    }


@pytest.mark.parametrize(
    ("request_", "listed"),
    [
        ("200 machines with oil pressure 1 to 5 and tire pressure 2 to 3, 2% of the pressures are missing",
         ["2% of the pressures are missing"]),
        ("200 customers with name and city, 3% of the widgets are missing", ["3% of the widgets are missing"]),
        ("200 trips with name, fare = 2.50 + 1.30 * km", ["2.50", "1.30"]),
        ("100 Kunden mit Kundennummer und Name, 3 % der Nummern fehlen", ["3 % der Nummern fehlen"]),
        ("200 customers with name and home phone, NO nulls except 2% in the phone", ["except 2%"]),
    ],
)  # fmt: skip
def test_no_field_is_invented_for_a_number(request_: str, listed: list[str]) -> None:
    plan = plan_of(request_)
    assert [span.text for span in plan.not_understood] == listed
    assert plan.problems() == ()


def test_a_field_that_a_formula_alone_names_is_asked() -> None:
    plan = plan_of("200 customers with name, total = 3 * gizmo")
    assert [one.text for one in plan.questions] == ["Is gizmo, that total is calculated from, a field of its own?"]


@pytest.mark.slow
def test_garbled_requests_are_plans_that_hold_or_are_refused_in_a_sentence() -> None:
    draws = random.Random(11)  # noqa: S311  # which words change places
    names = ("fresh", "kept", "last", "plain", "strangers", "third", "tuned")
    says = [one["say"] for name in names for one in requests(f"requests_{name}.yaml")]
    for _ in range(150):
        words = [word for word in draws.choice(says).split() if draws.random() > 0.1]
        for _ in range(4):
            at, other = draws.randrange(len(words)), draws.randrange(len(words))
            words[at], words[other] = words[other], words[at]
        try:
            plan = plan_of(" ".join(words))
        except SynthDealError as error:
            assert error.code in ("datasets.no-data", "datasets.real-persons")  # noqa: PT017
        else:
            assert plan.problems() == ()
            plan.parsed()


@pytest.mark.parametrize(
    "request_",
    [
        "email and phone of Elon Musk",
        "Elon Musk's email and phone",
        "the salary and birthday of the actor Tom Hanks",
        "information about Greta Thunberg",
        "Angela Merkels Gehalt",
        "Gib mir Boris Beckers private Telefonnummer",
        "Tabelle mit Telefonnummer von Angela Merkel",
        "los datos de contacto de Shakira",
        "datos de Lionel Messi con email y teléfono",
    ],
)
def test_data_of_somebody_by_name_is_refused_in_one_sentence(request_: str) -> None:
    with pytest.raises(SynthDealError, match="everything made here is invented") as raised:
        plan_of(request_)
    assert raised.value.code == "datasets.real-persons"


@pytest.mark.parametrize(
    "request_",
    [
        "200 customers of Acme Corp with name and email",
        "100 products of Coca Cola with price",
        "100 flights from San Francisco to Los Angeles with price",
        "50 Mitarbeiter der Deutschen Bank mit Name und Gehalt",
        "tiendas con dirección de Madrid",
        "Customers table: Name, Address of Branch, Phone",
        "50 contacts with name and phone of Parent Company",
    ],
)
def test_firms_places_and_columns_are_no_persons(request_: str) -> None:
    assert plan_of(request_).parsed().tables
