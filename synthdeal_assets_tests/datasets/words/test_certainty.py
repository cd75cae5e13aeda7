"""Numbers that may mean two things: they are read where the request leaves one meaning, and listed elsewhere."""

import pytest

from synthdeal_assets_tests.datasets.words.judged import plan_of


def listed(request: str) -> list[str]:
    """What of a request is not understood; nothing of it is lost in silence."""
    plan = plan_of(request)
    plan.parsed()
    assert plan.problems() == ()
    return [span.text for span in plan.not_understood]


@pytest.mark.parametrize(
    ("request_", "days"),
    [
        ("200 orders in the first half of 2025 with amount", "2025-01-01 .. 2025-06-30"),
        ("100 orders with order date in the third quarter of 2024", "2024-07-01 .. 2024-09-30"),
        ("80 events in H2 2024 with title", "2024-07-01 .. 2024-12-31"),
        ("250 Rechnungen im 1. Halbjahr 2025 mit Betrag", "2025-01-01 .. 2025-06-30"),
        ("250 Rechnungen mit Betrag aus dem zweiten Quartal 2024", "2024-04-01 .. 2024-06-30"),
        ("300 pedidos del primer semestre de 2025 con importe", "2025-01-01 .. 2025-06-30"),
        ("300 ventas con fecha en el 2º trimestre de 2024", "2024-04-01 .. 2024-06-30"),
        ("80 Verträge mit Name, Beginn ab März 2025", "2025-03-01 .. as_of"),
        ("60 contratos con nombre e inicio a partir de marzo de 2025", "2025-03-01 .. as_of"),
        ("120 contracts with name and start from March 2025", "2025-03-01 .. as_of"),
        ("80 Verträge mit Name, Beginn ab März 2027", "2027-03-01 .. 2028-02-29"),
        ("300 orders from May 3, 2025 with amount", "2025-05-03 .. as_of"),
    ],
)
def test_parts_of_a_year_and_starts_are_the_days_that_they_name(request_: str, days: str) -> None:
    assert listed(request_) == []
    assert f"{{date: {days}}}" in plan_of(request_).specification


@pytest.mark.parametrize(
    ("request_", "left"),
    [
        ("hourly power for 5 plants in watts, 1990 to 2050", ["1990", "2050"]),
        ("30 software versions, release every 2nd week from 2023-03-06", ["every 2nd week", "2023-03-06"]),
        ("50 books with pages 120 to 900, 10% out of print", ["10%", "print"]),
        ("90 orders with amount 5 to 50, half of 2024 free", ["half", "2024 free"]),
    ],
)
def test_what_may_mean_something_else_is_listed(request_: str, left: list[str]) -> None:
    assert listed(request_) == left


def test_a_range_of_four_digits_after_between_is_of_values() -> None:
    plan = plan_of("12 patients, daily calories between 1900 and 2100 since 2024")
    assert "uniform: 1900 .. 2100" in plan.specification
    assert "every: day, from: 2024-01-01" in plan.specification


@pytest.mark.parametrize(
    ("request_", "left"),
    [
        ("test data 4 my gym, 200 members with name", ["4"]),
        ("daten 4 eine app mit 100 nutzern", ["4"]),
        ("200 shifts with start between 6 am and 10 pm", ["between 6 am", "10 pm"]),
        ("200 members in 2 files, csv", ["2 files"]),
        ("100 Kunden in 3 Dateien", ["3 Dateien"]),
        ("90 alumnos con nombre en 2 archivos", ["2 archivos"]),
        ("50 tickets for 3 colleagues", ["3 colleagues"]),
        ("80 bookings for a meeting with 12 participants", ["meeting", "12 participants"]),
        ("120 events on 4 screens with title", ["4 screens"]),
        ("100 users, 2 versions of the data", ["2 versions"]),
    ],
)
def test_what_is_never_rows_is_no_table(request_: str, left: list[str]) -> None:
    assert listed(request_) == left
    assert len(plan_of(request_).parsed().tables) == 1


def test_screens_of_which_more_is_said_are_rows() -> None:
    tables = plan_of("300 films and 12 screens with 80 to 200 seats").parsed().tables
    assert list(tables) == ["films", "screens", "seats"]


@pytest.mark.parametrize(
    ("request_", "left", "tables"),
    [
        ("35 contacts, exactly one per supplier, plus 800 deliveries",
         ["one per supplier"], ["contacts", "deliveries"]),
        ("60 Lieferanten und 60 Ansprechpartner, genau einer pro Lieferant, dazu 700 Lieferungen",
         ["pro Lieferant"], ["lieferanten", "ansprechpartner", "lieferungen"]),
        ("200 flats with rent between 8 and 22 euros per square metre, deposit 3 monthly rents",
         ["between 8", "22 euros per square metre", "3 monthly rents"], ["flats"]),
        ("100 workshops with participants 5 to 20 charged per person, fee 20 to 80",
         ["5", "20 charged per person"], ["workshops"]),
        ("50 rooms with capacity 10 to 40 seats per room", ["10", "40 seats per room"], ["rooms"]),
        ("10 farms, average -5 cows per farm", ["5 cows per farm"], ["farms"]),
        ("12 Teams mit je 20 Spielern, Trikotnummer eindeutig innerhalb des Teams",
         ["eindeutig innerhalb", "Teams"], ["teams", "spieler"]),
        ("30 equipos con 15 jugadores cada uno, dorsal único dentro del equipo",
         ["único", "equipo"], ["equipos", "jugadores"]),
        ("40 teams with 11 players each, shirt number unique per team", ["unique per team"], ["teams", "players"]),
    ],
)  # fmt: skip
def test_per_makes_no_parent_of_what_is_measured_or_said_before(
    request_: str, left: list[str], tables: list[str]
) -> None:
    assert listed(request_) == left
    assert list(plan_of(request_).parsed().tables) == tables
    assert "unique" not in plan_of(request_).specification


def test_per_before_a_count_says_whose_it_is() -> None:
    plan = plan_of("60 clients, 4 invoices per client, and per invoice 2 to 6 lines")
    assert "rows: {per: invoices, count: {uniform: 2 .. 6}}" in plan.specification


@pytest.mark.parametrize(
    ("request_", "table", "field"),
    [
        ("80 concerts, with 50 to 400 sold tickets per concert, and 3% of them refunded", "sold_tickets", "refunded"),
        ("30 hotels with 40 to 120 bookings per hotel, 7% of these cancelled", "bookings", "cancelled"),
        ("20 Vereine mit Name und je 15 bis 30 Mitgliedern, davon 12 % gekündigt", "mitglieder", "gekuendigt"),
        ("60 sites, 5 pumps per site and 10 inspections per pump, 10% of pumps broken", "pumps", "broken"),
        ("30 schools with 12 teachers each, 5% of the teachers part-time", "teachers", "part_time"),
        ("16 teams with name and city, 23 players each. Height is 165 to 204 cm", "players", "height"),
        ("4.000 Fahrzeuge an 2 Messstellen, Geschwindigkeit 60 bis 210 km/h", "fahrzeuge", "geschwindigkeit"),
        ("20 orchestras, 60 musicians per orchestra, age 19 to 65", "musicians", "age"),
        ("100 customers with 2 orders each, age 18 to 80", "customers", "age"),
        ("200 reviews across 12 hotels, stars 1 to 5", "reviews", "stars"),
    ],
)
def test_a_number_is_of_the_table_that_it_is_said_of(request_: str, table: str, field: str) -> None:
    assert listed(request_) == []
    tables = plan_of(request_).parsed().tables
    assert [name for name, one in tables.items() if field in one.fields] == [table]


@pytest.mark.parametrize(
    ("request_", "question"),
    [
        ("50 libraries and 900 books, price 5 to 60, 4% lost", "Are these of books or of libraries: price, lost?"),
        ("200 users and 3 plans, 10% inactive, age 18 to 80", "Are these of plans or of users: inactive, age?"),
        ("30 hotels with name, 40 bookings each, 7% cancelled", "Are these of hotels or of bookings: cancelled?"),
        ("4.000 Fahrzeuge an 2 Messstellen, 13 % Lkw", "Are these of fahrzeuge or of messstellen: lkw?"),
    ],
)
def test_whose_a_number_is_gets_asked_where_two_tables_may_have_it(request_: str, question: str) -> None:
    assert listed(request_) == []
    assert question in [one.text for one in plan_of(request_).questions]


def test_nobody_is_asked_whose_what_stands_in_the_list_of_a_table_is() -> None:
    plan = plan_of("50 libraries with rooms 2 to 9, 900 books with price 5 to 60 and 4% lost")
    assert not [one for one in plan.questions if one.text.startswith("Are these of")]


@pytest.mark.parametrize(
    ("request_", "earlier", "later"),
    [
        ("50 claims with claim date, settlement date no earlier than the claim date", "claim", "settlement"),
        ("50 claims with claim date, settlement date never before the claim date", "claim", "settlement"),
        ("50 claims with claim date and review date no later than the claim date", "review", "claim"),
        ("50 Buchungen mit Buchungsdatum, Wertstellungsdatum nicht vor dem Buchungsdatum", "buchung", "wertstellung"),
        ("50 Buchungen mit Buchungsdatum, Prüfdatum nie nach dem Buchungsdatum", "pruef", "buchung"),
        (
            "50 reservas con fecha de entrada y fecha de salida nunca anterior a la fecha de entrada",
            "entrada",
            "salida",
        ),
    ],
)
def test_an_order_that_is_denied_is_the_other_one(request_: str, earlier: str, later: str) -> None:
    lines = plan_of(request_).specification_text().splitlines()
    name, _, span = next(line for line in lines if " + " in line).partition(": {date: ")
    assert later in name
    assert earlier in span.partition(" + ")[0]
