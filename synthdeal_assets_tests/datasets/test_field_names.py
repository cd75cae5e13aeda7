"""What the names of fields suggest."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from synthdeal_assets.datasets.types.catalogue import catalogue
from synthdeal_assets.datasets.types.field_names import TypeGuess, type_of_name
from synthdeal_assets.datasets.types.name_words import split_name

KNOWN = list(csv.DictReader((Path(__file__).parent / "field_names.csv").open()))
"""Table, field, and what is right: types or generators, of which any will do."""


def told(guess: TypeGuess | None) -> str:
    if guess is None:
        return "none"
    return guess.type or next(iter(guess.form or {}))


def test_every_name_of_the_list_is_told_right() -> None:
    assert len(KNOWN) > 600
    missed = {
        (row["table"], row["field"]): (found, row["right"])
        for row in KNOWN
        if (found := told(type_of_name(row["field"], row["table"]))) not in row["right"].split("/")
    }
    assert missed == {}


def test_every_type_that_a_name_can_suggest_is_in_the_catalogue() -> None:
    types = {guess.type for row in KNOWN if (guess := type_of_name(row["field"], row["table"])) and guess.type}
    assert len(types) > 90
    assert types <= catalogue().keys()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("emailAddress", ["email", "address"]),
        ("EMailAdresse", ["e", "mail", "adresse"]),
        ("USTIdNr", ["ust", "id", "nr"]),
        ("Größe", ["groesse"]),
        ("año_fundación", ["ano", "fundacion"]),
        ("address_line_1", ["address", "line"]),
        ("Tel.-Nr.", ["tel", "nr"]),
        ("###", []),
    ],
)
def test_a_name_is_split_into_plain_words(name: str, words: list[str]) -> None:
    assert split_name(name) == words


@pytest.mark.parametrize(
    ("field", "table", "siblings", "right"),
    [
        ("state", "orders", [], "business.order_status"),
        ("state", "addresses", [], "place.region"),
        ("state", "things", ["zip", "city"], "place.region"),
        ("state", "things", ["amount"], "business.status"),
        ("name", "things", ["email", "age"], "person.full_name"),
        ("name", "things", ["price", "sku"], "product.name"),
        ("name", "things", ["industry", "employees"], "company.name"),
        ("name", "things", [], "none"),
        ("type", "accounts", [], "crm.account_type"),
        ("type", "accounts", ["iban", "balance"], "finance.transaction_type"),
        ("customer_id", "customers", [], "key"),
        ("customer_id", "orders", [], "refers_to"),
        ("phone", "suppliers", [], "company.phone"),
        ("weight", "patients", [], "normal"),
        ("weight", "products", [], "product.weight_kg"),
    ],
)
def test_the_table_and_the_other_fields_decide_what_the_name_cannot(
    field: str, table: str, siblings: list[str], right: str
) -> None:
    assert told(type_of_name(field, table, siblings)) == right


@pytest.mark.parametrize(
    "field", ["quality", "county_seat", "stages", "contrast", "weigh", "sender", "page_rank", "freight"]
)
def test_a_word_of_its_own_is_no_misspelling_of_another(field: str) -> None:
    guess = type_of_name(field, "things")
    assert guess is None or "misspelt" not in guess.reason


@pytest.mark.parametrize(
    ("field", "right"),
    [("quantitiy", "business.quantity"), ("billing_adress", "place.address"), ("emial", "person.email")],
)
def test_a_misspelt_name_is_told_and_the_reason_says_so(field: str, right: str) -> None:
    guess = type_of_name(field, "things")
    assert guess is not None
    assert (guess.type, "misspelt" in guess.reason) == (right, True)


def test_a_day_still_to_come_is_drawn_after_as_of() -> None:
    spans = {name: guess.form for name in ("due_date", "order_date", "hire_date", "Ablaufdatum", "fecha_vencimiento")
             if (guess := type_of_name(name, "things"))}  # fmt: skip
    ahead = {"date": "as_of .. as_of + 365 days"}
    assert spans == {
        "due_date": ahead,
        "order_date": {"date": "as_of - 730 days .. as_of"},
        "hire_date": {"date": "as_of - 3650 days .. as_of"},
        "Ablaufdatum": ahead,
        "fecha_vencimiento": ahead,
    }


def test_what_is_not_known_is_left_open() -> None:
    assert [type_of_name(name, "things") for name in ("frobnicate", "x", "", "wingspan", "123")] == [None] * 5


@pytest.mark.parametrize(
    ("table", "field"),
    [
        ("Gebrauchtwagen", "Kilometerstand"),
        ("coches", "kilometraje"),
        ("vans", "odometer"),
        ("cars", "mileage"),
        ("coches", "km"),
        ("taxis", "kilómetros"),
        ("Mietwagen", "Kilometer"),
    ],
)
def test_what_a_car_has_been_driven_is_no_trip(table: str, field: str) -> None:
    guess = type_of_name(field, table)
    assert guess is not None
    assert guess.form is not None
    assert guess.form["max"] == "300000"


@pytest.mark.parametrize(("table", "field"), [("trips", "mileage"), ("cars", "km per day")])
def test_what_is_driven_in_a_trip_or_a_day_is_no_odometer(table: str, field: str) -> None:
    guess = type_of_name(field, table)
    assert guess is not None
    assert guess.form is not None
    assert "max" not in guess.form
