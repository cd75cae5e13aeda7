"""A plan accounts for every word and number of its request, and code says where one does not."""

import random
from dataclasses import replace

import pytest

from synthdeal_assets.datasets.words.plan import MOST_QUESTIONS, Plan, PlanItem, WordSpan
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets_tests.datasets.words.judged import plan_of, requests

REQUEST = "Generate 100 customers with name, email (5% missing) and age between 18 and 80 as CSV"


def item(plan: Plan, *path: str) -> PlanItem:
    return next(one for one in plan.items if one.path == path)


def lost(request: str) -> list[str]:
    return [span.text for span in plan_of(request).not_understood]


def test_each_item_names_its_words_and_what_was_assumed() -> None:
    plan = plan_of(REQUEST)
    rows = item(plan, "tables", "customers", "rows")
    assert (rows.said, rows.assumed) == ((WordSpan("100", 9, 12),), "")
    email = item(plan, "tables", "customers", "fields", "email")
    assert [span.text for span in email.said] == ["email", "5% missing"]
    key = item(plan, "tables", "customers", "fields", "customer_id")
    assert (key.said, bool(key.assumed)) == ((), True)
    assert all(REQUEST[span.start : span.end] == span.text for one in plan.items for span in one.said)
    assert plan.is_complete


def test_a_plan_that_changes_a_number_is_not_complete() -> None:
    plan = plan_of(REQUEST)
    changed = replace(plan, specification=plan.specification.replace("rows: 100", "rows: 1000"))
    (problem,) = changed.problems()
    assert problem.words == WordSpan("100", 9, 12)
    assert not changed.is_complete
    narrowed = replace(plan, specification=plan.specification.replace("18 .. 80", "18 .. 79"))
    assert [one.words.text for one in narrowed.problems()] == ["80", "age between 18 and 80"]


def test_what_is_missing_of_a_field_is_no_end_of_its_values() -> None:
    plan = plan_of("57 Schüler, mit 1 bis 6 Prüfungen, Klasse und 5 % fehlenden Noten")
    assert "noten: {uniform: 1 .. 5, decimals: 0, missing: 5%}" in plan.specification_text()
    assert plan.problems() == ()
    assert plan_of("57 sales with discount 5% to 20%, 5% missing").problems() == ()


def test_a_plan_that_leaves_out_a_word_is_not_complete() -> None:
    plan = plan_of(REQUEST)
    without = replace(plan, items=tuple(one for one in plan.items if one.path[-1:] != ("age",)))
    assert {one.words.text for one in without.problems()} == {"age", "between", "18", "80"}
    said = replace(without, not_understood=(WordSpan("age between 18 and 80", 60, 82),))
    start = REQUEST.index("age")
    said = replace(without, not_understood=(WordSpan(REQUEST[start:-7], start, len(REQUEST) - 7),))
    assert (said.problems(), said.is_complete) == ((), False)


def test_a_format_that_nobody_claims_is_found() -> None:
    plan = plan_of(REQUEST)
    without = replace(plan, items=tuple(one for one in plan.items if one.what != "format"))
    assert [one.words.text for one in without.problems()] == ["CSV"]


@pytest.mark.parametrize(
    ("request_", "left"),
    [
        ("100 users with name, quantity 5 and email", ["5"]),
        ("100 users with name but without phone", ["but without phone"]),
        ("40 patients sorted by age, with name", ["sorted by age"]),
        ("50 users with name, not older than", ["not older than"]),
        ("dame 40 pacientes ordenados por edad", ["ordenados por edad"]),
        ("ein paar hundert Kunden mit Name", ["ein paar hundert"]),
    ],
)
def test_what_is_not_understood_is_listed(request_: str, left: list[str]) -> None:
    assert lost(request_) == left


def test_what_is_ambiguous_is_asked_first_and_five_things_at_most() -> None:
    plan = plan_of("1.000 customers with name, flavour, mood, shape, taste and smell, and orders with amount")
    assert plan.questions[0].text == "Is '1.000' 1000 or 1?"
    assert plan.questions[0].default == "1000"
    assert len(plan.questions) == MOST_QUESTIONS
    assert all(question.default for question in plan.questions)


def test_rows_that_nobody_said_are_assumed_and_asked() -> None:
    plan = plan_of("customers with name and email")
    rows = item(plan, "tables", "customers", "rows")
    assert (rows.value, rows.said) == ("100", ())
    assert "100" in rows.assumed
    assert plan.questions[0].path == ("tables", "customers", "rows")


def test_children_with_a_number_for_each_or_together_are_asked() -> None:
    each = plan_of("200 customers with 3 orders")
    assert "rows: {per: customers, count: 3}" in each.specification_text()
    assert "each row of customers" in each.questions[0].text
    together = plan_of("20 customers with 2000 orders")
    assert "rows: 2000" in together.specification_text()
    assert "customer_id: {refers_to: customers}" in together.specification_text()
    assert together.questions[0].default == "together"


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ("What is the capital of France?", "datasets.no-data"),
        ("write a haiku", "datasets.no-data"),
        ("", "datasets.no-data"),
        ("real names and addresses of the customers of Apple", "datasets.real-persons"),
        ("10 billion customers with name", "datasets.request-too-large"),
        ("x" * 30_000, "datasets.request-too-long"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused_in_one_sentence(request_: str, code: str) -> None:
    with pytest.raises(SynthDealError) as raised:
        plan_of(request_)
    assert (raised.value.code, raised.value.exit_code) == (code, 2)
    assert str(raised.value).count(". ") == 0


def test_real_estate_and_realistic_names_are_no_real_persons() -> None:
    assert "rows: 50" in plan_of("50 real estate agents with name and email").specification_text()
    assert "rows: 50" in plan_of("50 customers with realistic names and emails").specification_text()


def test_the_same_request_gives_the_same_plan() -> None:
    assert plan_of(REQUEST) == plan_of(REQUEST)


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        ("list of 2000 customers with name", "rows: 2000"),
        (
            "Q1 2025 sales for 10 reps, weekly, amount",
            "rows: {per: reps, every: week, from: 2025-01-01, to: 2025-03-31}",
        ),
        ("100 items with quantity (1-5)", "quantity: {uniform: 1 .. 5, decimals: 0}"),
        ("100 people with sex (M/F)", "sex: {one_of: [M, F]}"),
        ("cars, year 2000-2024, 30 rows", "year: {uniform: 2000 .. 2024, decimals: 0}"),
        ("90 orders with total, tax 19% of total", 'tax: {formula: "round(total * 0.19, 2)"}'),
        ("Rechnungen: Nettobetrag, MwSt 19 %, 250 Stück", 'mwst: {formula: "round(nettobetrag * 0.19, 2)"'),
        ("customers 100 orders 500 products 20", "rows: 500"),
        ("400 Messwerte pro Sensor, 6 Sensoren", "rows: {per: sensoren, count: 400}"),
        ("20 Mannschaften à 11 Spieler mit Name und Alter", "rows: {per: mannschaften, count: 11}"),
        ("At most 3 contacts per company, 200 companies", "count: {uniform: 0 .. 3}"),
        ("30 items, price must be greater than cost", "- price > cost"),
        ("30 trips in March, started March 1 to 15, 2025", "date: 2025-03-01 .. 2025-03-15"),
        ("100 Bestellungen mit Datum in diesem Monat", "date: 2026-11-01 .. as_of"),
        ("un tercio de los 600 clientes está activo", "activo: {flag: 33.33333333333333334%}"),
        ("100 customers, 5% null phone, with email", "phone: {type: person.phone, missing: 5%}"),
        ("80 coches con precio máximo 30 mil y mínimo 5 mil", "precio: {uniform: 5000 .. 30_000, decimals: 0}"),
    ],
)
def test_a_number_is_where_it_was_meant(request_: str, line: str) -> None:
    plan = plan_of(request_)
    assert line in plan.specification_text()
    assert plan.problems() == ()


@pytest.mark.parametrize(
    ("request_", "left"),
    [
        ("orders with 2 to 5, 100 rows", ["2", "5"]),
        ("phone numbers with 10 digits for 50 people", ["phone numbers", "10 digits"]),
        ("100 clientes, 20 de Madrid", ["20", "Madrid"]),
        ("40 users with age between 90 and 10", ["between 90", "10"]),
        ("40 users with name, 500% active", ["500%"]),
        ("60 monthly invoices with amount", ["monthly"]),
        ("200 empleados: 150 hombres", ["150 hombres"]),
    ],
)
def test_a_number_that_nothing_takes_is_listed_and_makes_no_table(request_: str, left: list[str]) -> None:
    plan = plan_of(request_)
    assert [span.text for span in plan.not_understood] == left
    assert len(plan.parsed().tables) <= 2


def test_a_muddled_request_is_a_plan_or_a_refusal_and_loses_nothing() -> None:
    draws = random.Random(5)  # noqa: S311  # which words are left out
    says = [one["say"] for one in requests("requests_fresh.yaml")]
    for _ in range(60):
        words = draws.choice(says).split()
        kept = [word for word in words if draws.random() > 0.2]
        draws.shuffle(kept)
        try:
            plan = plan_of(" ".join(kept))
        except SynthDealError as error:
            assert error.code in ("datasets.no-data", "datasets.real-persons")  # noqa: PT017
        else:
            assert plan.problems() == ()


@pytest.mark.parametrize(
    ("request_", "left", "lines"),
    [
        ("12 shops, daily sales for 2023, closed on Sundays", ["closed on Sundays"], []),
        ("Bäckerei mit 12 Filialen, täglicher Umsatz im Jahr 2023, sonntags geschlossen", ["sonntags geschlossen"], []),
        ("ventas diarias de 8 tiendas durante 2023, cerradas los domingos", ["cerradas los domingos"], []),
        (
            "monthly revenue for 5 stores from 2022 to 2024 growing 4% per year, peak in December",
            ["growing 4% per year", "peak", "December"],
            ["from: 2022-01-01, to: 2024-12-31"],
        ),
        ("90 measurements with height and weight correlated at 0.7", ["correlated at 0.7"], ["      weight: "]),
        ("90 orders with amount exponential distributed", ["exponential distributed"], ["      amount: "]),
        ("80 flights between FRA, JFK and LHR with departure", ["between FRA", "JFK", "LHR"], []),
        ('a dozen customers called "Acme Test"', ['"Acme Test"'], ["rows: 12"]),
        ("300 students with class 5a to 10c", ["5a", "10c"], []),
        ("200 Kunden mit Name und Geburtsdatum, alle über 18", ["18"], ["geburtsdatum: person.birth_date"]),
        ("2000 Spenden mit Betrag, insgesamt 150.000 Euro", ["150.000 Euro"], []),
        ("about fifty orders a month for 2024", ["fifty", "month"], ["date: 2024-01-01 .. 2024-12-31"]),
        ("500 Messwerte pro Tag", ["500", "pro Tag"], ["messwerte:"]),
        ("80 Lehrer, 25 Stunden pro Woche", ["25 Stunden pro Woche"], []),
        ("400 ventas con descuento en la mitad de los casos", ["mitad", "casos"], []),
        ("60 médicos y 5 consultas diarias por médico", ["5 consultas diarias por médico"], []),
        ("300 staff, salary between 2k and 9k, top 5% above 7k", ["top 5% above 7k"], ["uniform: 2000 .. 9000"]),
        ("300 members, fee 20 euros per month", ["20 euros per month"], ["fee: "]),
        ("500 orders with total, free shipping above 50 euros", ["free shipping above 50 euros"], []),
        ("300 houses with price, 3 bedrooms on average", ["3 bedrooms on average"], []),
        ("60 Schulklassen mit je 25 Schülern, davon 12 Mädchen", ["12 Mädchen"], []),
        ("tax of 20% on the net amount, 400 invoices with net", ["tax", "20%"], ["rows: 400"]),
    ],
)
def test_what_no_plan_holds_is_listed_and_no_field(request_: str, left: list[str], lines: list[str]) -> None:
    plan = plan_of(request_)
    assert [span.text for span in plan.not_understood] == left
    assert [line for line in lines if line not in plan.specification_text()] == []
    words = {word.casefold() for text in left for word in text.split()}
    assert not any(words & set(name.split("_")) for table in plan.parsed().tables.values() for name in table.fields)


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        ("9,000 payments, amount lognormal with median 45", "amount: {lognormal: {median: 45, p90: 180}, decimals: 2}"),
        ("90 rooms with temperature around 21 degrees", "temperature: {normal: {mean: 21, sd: 5.25}"),
        ("90 flights with delay averages 12 minutes", "delay: {normal: {mean: 12, sd: 2.4}"),
        ("90 empleados con salario medio de 28.000 euros", "salario: {normal: {mean: 28_000, sd: 5600}"),
        ("90 Autos mit Baujahr ab 2010", "baujahr: {uniform: 2010 .. 2026, decimals: 0}"),
        ("90 Pakete mit Lieferung 2 bis 5 Tage nach der Bestellung", "bestellung: {date: "),
        (
            "90 tickets with status open, closed, pending (60/30/10)",
            "status: {one_of: {open: 60%, closed: 30%, pending",
        ),
        (
            "900 orders; 70% paid by card, 20% by paypal, the rest by invoice",
            "paid_by: {one_of: {card: 70%, paypal: 20%, invoice: rest}}",
        ),
        (
            "900 Bestellungen, 70 % mit Karte bezahlt, 20 % mit PayPal, Rest mit Rechnung",
            "bezahlt_mit: {one_of: {Karte: 70%, PayPal: 20%, Rechnung: rest}}",
        ),
        ("600 patients, systolic blood pressure 120 +/- 15", "systolic_blood_pressure: {normal: {mean: 120, sd: 15}"),
        ("200 employees, average age 41, max 65", "age: {normal: {mean: 41, sd: 8.2}, max: 65"),
        ("25 classrooms, building A, B or C", "building: {one_of: [A, B, C]}"),
        ("1000 employees, 3 shifts: early, late and night", "shifts: {one_of: [early, late, night]}"),
        ("40 Autos mit Verbrauch 4,5-9,8 l", "verbrauch: {uniform: 4.5 .. 9.8, decimals: 1}"),
        ("60 Patienten mit Größe normalverteilt um 172 cm", "groesse: {normal: {mean: 172, sd: 9}, decimals: 0}"),
        ("600 patients with weight 80kg average", "weight: {normal: {mean: 80, sd: 12.8}, decimals: 0}"),
        ("90 articles with published between May and July 2024", "published: {date: 2024-05-01 .. 2024-07-31}"),
        ("80 Bestellungen mit Datum zwischen 1. Januar und 31. März 2025", "datum: {date: 2025-01-01 .. 2025-03-31}"),
        ("300 Verträge, Beitrag monatlich 30 bis 200", "beitrag: {uniform: 30 .. 200"),
        ("40 restaurantes con capacidad entre 30 y 120 personas", "capacidad: {uniform: 30 .. 120"),
        ("200 suppliers with rating A to D", "rating: {one_of: [A, B, C, D]}"),
        ("200 students with grade A-F", "grade: {one_of: [A, B, C, D, E, F]}"),
        ("120 Mitarbeiter, 3 Standorte (Berlin, Köln, Wien)", "standorte: {one_of: [Berlin, Köln, Wien]}"),
        ("500 users, plan free/pro/enterprise 70/25/5", "plan: {one_of: {free: 70%, pro: 25%, enterprise: 5%}}"),
        (
            "800 clientes, 30% de Madrid, 20% de Barcelona y el resto de Valencia",
            "{one_of: {Madrid: 30%, Barcelona: 20%, Valencia: rest}}",
        ),
        ("200 movies with title", "movie_id: {key: integer}"),
        ("90 Benutzer mit Passwort", 'passwort: {pattern: "'),
        ("90 encuestas con comentario opcional", "comentario: {type: text.comment, missing: 10%}"),
    ],
)
def test_what_is_said_of_values_is_held(request_: str, line: str) -> None:
    plan = plan_of(request_)
    assert line in plan.specification_text()
    assert plan.not_understood == ()
    assert plan.problems() == ()


@pytest.mark.parametrize(
    ("request_", "table", "reference", "fields"),
    [
        ("hotel bookings: 40 hotels, 3000 bookings in 2025", "hotel_bookings", "hotels", ["date"]),
        ("login events for 300 users over the last 30 days, failed 8%", "login_events", "users", ["failed", "date"]),
        ("Urlaubsanträge von 60 Mitarbeitern, Beginn vor Ende", "urlaubsantraege", "mitarbeiter", ["beginn", "ende"]),
        ("300 patients from 5 hospitals, admitted in 2024", "patients", "hospitals", ["admitted"]),
        ("1200 sales by 15 reps, amount 100 to 10k", "sales", "reps", ["amount"]),
        ("600 alumnos en 24 clases, nota de 0 a 10", "alumnos", "clases", ["nota"]),
        ("90 Hotelbuchungen mit Preis, 20 Hotels mit Ort", "hotelbuchungen", "hotels", ["preis"]),
    ],
)
def test_what_is_called_after_another_table_belongs_to_it(
    request_: str, table: str, reference: str, fields: list[str]
) -> None:
    plan = plan_of(request_)
    made = plan.parsed().tables
    assert [one.refers_to for one in made[table].fields.values() if one.refers_to] == [reference]
    assert set(fields) <= set(made[table].fields)
    assert not set(fields) & set(made[reference].fields)
    assert any(question.text == f"Do {table} belong to {reference}?" for question in plan.questions)
    assert plan.problems() == ()


def test_what_is_more_than_what_it_is_named_after_does_not_belong_to_it() -> None:
    tables = plan_of("5 user groups with label, 100 users with name").parsed().tables
    assert [one.refers_to for one in tables["user_groups"].fields.values() if one.refers_to] == []


def test_a_part_of_another_field_is_no_number_of_its_own() -> None:
    plan = plan_of("20 products with price, cost at least 40% below price")
    assert [span.text for span in plan.not_understood] == ["at least 40% below price"]
    assert "cost: product.cost" in plan.specification_text()


def test_half_of_a_formula_is_not_read() -> None:
    plan = plan_of("400 pacientes con peso entre 50 y 110 kg, altura 1,50 a 2,00 m e IMC = peso / altura^altura")
    assert [span.text for span in plan.not_understood] == ["peso", "altura", "altura"]
    assert "formula" not in plan.specification_text()


def test_dropouts_of_a_series_with_one_field_are_not_asked() -> None:
    plan = plan_of("readings of 12 sensors every 15 minutes over 7 days, values between 5 and 38, and 0.5% dropouts")
    assert [one.text for one in plan.questions] == []
    assert "missing: 0.5%" in plan.specification


def test_what_is_not_asked_and_may_be_wrong_is_to_be_checked() -> None:
    plan = plan_of("200 gizmos with name, 5% upward movement")
    assert "gizmos is a table of 200 rows" in plan.to_check
    assert plan.not_understood or any("5%" in one for one in plan.to_check)
    assert plan_of("200 customers with name and email").to_check == ()


@pytest.mark.parametrize(
    ("request_", "to_check"),
    [
        ("90 patients with name and birth date (years from 3 to 90)", "years is a field of its own of patients"),
        ("90 boats with name and length. The draught mark is 2 to 9.", "draught_mark is a field of its own of boats"),
        ("70 runners with age 18 to 80. 28 invoices.", "invoices is a table of 28 rows"),
    ],
)
def test_numbers_on_what_is_named_outside_a_list_are_to_be_checked(request_: str, to_check: str) -> None:
    assert to_check in plan_of(request_).to_check


def test_numbers_of_a_list_and_of_sentences_about_it_are_not_to_be_checked() -> None:
    plan = plan_of("200 customers with name, fee from 5 to 9 and age. The age is between 18 and 70.")
    assert plan.to_check == ()
