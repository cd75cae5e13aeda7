"""A table with several persons, places or companies: each of them is one, and what belongs to it follows it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from synthdeal_assets.datasets.certificate.statements_of import promises_of
from synthdeal_assets.datasets.preparation import prepared
from synthdeal_assets.datasets.spec.spec_file import read_specification


def made(fields: str, table: str = "t", locale: str = "en_US") -> pl.DataFrame:
    rows = f"rows: 300, fields: {{id: {{key: integer}}, {fields}}}"
    text = f"dataset: d\nlocale: {locale}\ntables: {{{table}: {{{rows}}}}}\n"
    columns = prepared(read_specification(text, "d.yaml"))
    batch = columns.batch(table, np.arange(300))
    return pl.DataFrame({name: batch.values(name) for name in columns.dataset.tables[table].fields})


def same(frame: pl.DataFrame, one: str, other: str) -> int:
    return int((frame[one] == frame[other]).sum())


def test_a_manager_is_another_person_than_the_employee_and_has_an_address_of_its_own() -> None:
    frame = made(
        "name: person.full_name, email: person.email, manager: person.full_name, manager_email: person.email,"
        " age: person.age, manager_birth_date: person.birth_date"
    )
    assert same(frame, "name", "manager") < 3
    for name, email in (("name", "email"), ("manager", "manager_email")):
        slug = frame[name].str.to_lowercase().str.replace(" ", ".").str.replace_all("[^a-z.]", "-")
        assert (frame[email].str.extract("^([^@]+)@") == slug).all()


@pytest.mark.parametrize("supervisor", ["vorgesetzter: person.full_name", "boss_first_name: person.first_name"])
def test_a_supervisor_beside_first_and_last_name_is_another_person(supervisor: str) -> None:
    frame = made(f"vorname: person.first_name, nachname: person.last_name, {supervisor}", locale="de_DE")
    of_boss = frame.to_series(3).str.extract(r"^(\S+)")
    assert int((frame["vorname"] == of_boss).sum()) < 30


def test_the_parts_of_a_name_belong_to_the_whole_one() -> None:
    frame = made("full_name: person.full_name, first_name: person.first_name, last_name: person.last_name")
    assert (frame["full_name"] == frame["first_name"] + " " + frame["last_name"]).all()


def test_a_person_may_have_several_addresses_and_numbers_of_the_same_name() -> None:
    frame = made(
        "name: person.full_name, email: person.email, private_email: person.email, phone: person.phone,"
        " fax: person.phone"
    )
    local = [frame[name].str.extract("^([^@]+)@") for name in ("email", "private_email")]
    assert (local[0] == local[1]).all()
    assert 30 < same(frame, "email", "private_email") < 100
    assert same(frame, "phone", "fax") < 30


def test_a_destination_is_another_place_than_the_origin_with_its_own_postcode() -> None:
    fields = (
        "origin_city: place.city, origin_country: place.country,"
        " destination_country: {type: place.country, one_of: {France: 50%, Italy: 50%}},"
        " destination_city: place.city, destination_region: place.region"
    )
    frame = made(fields)
    assert same(frame, "origin_city", "destination_city") < 10
    assert set(frame.filter(pl.col("destination_country") == "Italy")["destination_region"]) & {"Lombardy", "Sicily"}
    text = f"dataset: d\ntables: {{t: {{rows: 9, fields: {{id: {{key: integer}}, {fields}}}}}}}\n"
    agreed = {each.sentence for each in promises_of(prepared(read_specification(text, "d.yaml")).dataset)}
    assert "`destination_city` of t agrees with `destination_country`" in agreed
    assert "`destination_city` of t agrees with `origin_country`" not in agreed


def test_two_companies_and_two_dates_of_one_row_differ() -> None:
    frame = made("supplier: company.name, manufacturer: company.name, start: time.date, end: time.date")
    assert same(frame, "supplier", "manufacturer") == 0
    assert same(frame, "start", "end") < 10


@pytest.mark.parametrize(
    ("table", "low", "high"), [("students", 17, 29), ("schueler", 6, 18), ("mitarbeiter", 20, 66), ("kunden", 18, 80)]
)
def test_ages_are_those_of_whom_the_table_is_called_after(table: str, low: int, high: int) -> None:
    frame = made("age: person.age, parent_name: person.full_name", table=table)
    assert (frame["age"].min(), frame["age"].max()) == (low, high)


def test_the_parent_of_a_pupil_is_no_pupil() -> None:
    frame = made("age: person.age, parent_name: person.full_name, parent_age: person.age", table="pupils")
    assert (frame["parent_age"] >= 25).all()
    assert (frame["age"] <= 18).all()


@pytest.mark.parametrize(
    ("fields", "locale", "lost"),
    [
        ("stage: crm.stage, reason: crm.loss_reason", "en_US", "Closed Lost"),
        ("reason: crm.loss_reason, stage: crm.stage", "de_DE", "Verloren"),
        ("stage: {type: crm.stage, one_of: {Won: 60%, Lost: 40%}}, reason: crm.loss_reason", "en_US", "Lost"),
        ("stage: business.order_status, reason: business.return_reason", "fr_FR", "Retournée"),
    ],
)
def test_a_reason_is_there_where_its_status_is_and_only_there(fields: str, locale: str, lost: str) -> None:
    frame = made(fields, locale=locale)
    assert (frame["reason"].is_not_null() == (frame["stage"] == lost)).all()
    assert 0 < frame["reason"].null_count() < 300


@pytest.mark.parametrize(
    "fields",
    [
        "reason: crm.loss_reason",
        "stage: {type: crm.stage, one_of: {Early: 50%, Late: 50%}}, reason: crm.loss_reason",
    ],
)
def test_a_reason_is_always_there_where_nothing_says_when(fields: str) -> None:
    assert made(fields)["reason"].null_count() == 0


def test_what_the_user_says_of_missing_values_goes_before_what_the_type_says() -> None:
    assert made("stage: crm.stage, reason: {type: crm.loss_reason, missing: 10%}")["reason"].null_count() == 30
    said = made("stage: crm.stage, reason: {type: crm.loss_reason, when: \"stage = 'Proposal'\"}")
    assert set(said.filter(pl.col("reason").is_not_null())["stage"]) == {"Proposal"}


@pytest.mark.parametrize(
    ("table", "locale", "form"),
    [
        ("hotels", "en_US", "^[A-Z][a-z]+ Hotel$"),
        ("filialen", "de_DE", "^Filiale [A-Z][a-z]+$"),
        ("sucursales", "es_ES", "^Sucursal [A-Z][a-z]+$"),
        ("places", "en_US", "^[A-Z][a-z]+$"),
    ],
)
def test_a_site_is_called_after_its_table(table: str, locale: str, form: str) -> None:
    assert made("name: business.site_name", table, locale)["name"].str.contains(form).all()
    assert made("name: {type: business.site_name, unique: true}", table, locale)["name"].n_unique() == 300
