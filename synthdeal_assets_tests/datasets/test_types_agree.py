"""Rows of semantic types as a person reads them: what stands in one row fits together, in the locale's language."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from synthdeal_assets.datasets.types.draws import data_file
from synthdeal_assets.datasets.types.languages import LANGUAGES
from synthdeal_assets_tests.datasets.type_requests import TypedTable

ROWS = np.arange(3_000)


def broken(table: TypedTable) -> dict[str, int]:
    return {statement: count for statement, count in table.against().items() if count}


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("de_DE", ("Vertrieb", "Vertriebsleiterin", "Montag", "weiblich", "Schwarz")),
        ("es_MX", ("Ventas", "Jefa de ventas", "lunes", "Mujer", "Negro")),
        ("fr_FR", ("Commercial", "Responsable des ventes", "lundi", "Femme", "Noir")),
        ("it_IT", ("Vendite", "Responsabile vendite", "lunedì", "Donna", "Nero")),
        ("nl_NL", ("Verkoop", "Verkoopmanager", "maandag", "Vrouw", "Zwart")),
        ("ja_JP", ("営業部", "営業課長", "月曜日", "女性", "黒")),
        ("en_GB", ("Sales", "Sales Manager", "Monday", "Female", "Black")),
        ("pl_PL", ("Sales", "Sales Manager", "Monday", "Female", "Black")),
    ],
)
def test_lists_are_written_in_the_language_of_the_locale(locale: str, words: tuple[str, ...]) -> None:
    department, title, weekday, gender, colour = words
    types = ["person.department", "person.job_title", "person.gender", "time.weekday", "text.color"]
    table = TypedTable(types, rows=ROWS, locale=locale)
    assert broken(table) == {}
    frame = table.frame()
    for name, expected in zip(types[:1] + types[2:], (department, gender, weekday, colour), strict=True):
        assert expected in set(frame[name]), name
    women = frame.filter(pl.col("person.gender") == gender)
    assert title in set(women.filter(pl.col("person.department") == department)["person.job_title"])


def test_every_value_of_a_list_is_translated_into_every_language_or_into_none() -> None:
    translated = data_file("translations.csv")
    assert [row for row in translated.rows() if "" in row] == []
    listed = data_file("lists.csv").group_by("type").agg("value").rows()
    known = {kind: set(rows["en"]) for (kind,), rows in translated.group_by("kind")}
    assert {
        kind: set(values) - known[kind] for kind, values in listed if kind in known and set(values) - known[kind]
    } == {}
    for file, columns in (("titles.csv", {"department", "seniority"}), ("products.csv", {"category"})):
        for column in columns:
            family = "person" if file == "titles.csv" else "product"
            assert set(data_file(file)[column]) == known[f"{family}.{column}"]
    assert set(data_file("titles.csv")["title"]) == known["person.job_title"]
    assert set(data_file("tickets.csv")["subject"]) == known["crm.ticket_subject"]
    assert set(translated.columns) == {"kind", "en", *LANGUAGES}


@pytest.mark.parametrize("departments", [["Vertrieb", "Recht"], ["Sales", "Legal"], ["vertrieb", "LEGAL"]])
def test_a_department_that_is_given_in_any_language_has_titles_in_that_of_the_locale(departments: list[str]) -> None:
    narrowed = {"person.department": departments, "person.gender": ["Female"]}
    table = TypedTable(["person.job_title"], locale="de_DE", narrowed=narrowed)
    assert broken(table) == {}
    titles = set(table.column("person.job_title"))
    assert {"Vertriebsleiterin", "Unternehmensjuristin"} <= titles
    assert not titles & {"Sales Manager", "Softwareentwicklerin", "Vertriebsleiter"}


def test_a_salary_is_that_of_the_title_and_the_level_beside_it() -> None:
    table = TypedTable(["person.job_title", "person.seniority", "business.salary"], rows=ROWS)
    levels = (
        table.frame()
        .group_by("person.seniority")
        .agg(low=pl.col("business.salary").min(), mean=pl.mean("business.salary"))
    )
    means = {level: mean for level, _, mean in levels.rows()}
    order = ["Entry", "Professional", "Manager", "Director", "Executive"]
    assert sorted(means, key=means.__getitem__) == order
    lowest = {level: low for level, low, _ in levels.rows()}
    assert lowest["Executive"] > means["Manager"]
    by_title = (
        table.frame()
        .group_by("person.job_title")
        .agg(spread=pl.col("business.salary").max() / pl.col("business.salary").min())
    )
    assert by_title["spread"].max() < 1.4  # type: ignore[operator]
    bounded = TypedTable(
        ["person.seniority", "business.salary"], rows=ROWS, options={"min": [30_000], "max": [90_000]}
    ).frame()
    assert bounded["business.salary"].is_between(30_000, 90_000).all()
    inside = dict(bounded.group_by("person.seniority").agg(pl.mean("business.salary")).rows())
    assert sorted(inside, key=inside.__getitem__) == order


def test_a_salary_of_titles_of_the_users_own_depends_on_the_title_and_is_in_the_currency_beside() -> None:
    narrowed = {"person.job_title": ["Head of Baking", "Baker", "Trainee Baker"], "place.country": ["US", "Japan"]}
    frame = TypedTable(["business.salary"], rows=ROWS, narrowed=narrowed).frame()
    mean = {
        (title, country): salary
        for title, country, salary in frame.group_by("person.job_title", "place.country")
        .agg(pl.mean("business.salary"))
        .rows()
    }
    assert mean["Head of Baking", "US"] > mean["Baker", "US"] > mean["Trainee Baker", "US"]
    assert 80 < mean["Baker", "Japan"] / mean["Baker", "US"] < 125


def test_ages_are_those_at_which_people_work_at_the_level_beside() -> None:
    table = TypedTable(["person.seniority", "person.age", "person.birth_date"], rows=ROWS)
    assert broken(table) == {}
    ages = {
        level: (low, high)
        for level, low, high in table.frame()
        .group_by("person.seniority")
        .agg(low=pl.col("person.age").min(), high=pl.col("person.age").max())
        .rows()
    }
    assert ages["Executive"][0] >= 38
    assert ages["Entry"][1] <= 35
    assert max(high for _, high in ages.values()) <= 66
    narrow = TypedTable(["person.seniority", "person.age"], rows=ROWS, options={"min": [20], "max": [30]}).frame()
    assert narrow["person.age"].is_between(20, 30).all()


def test_the_young_are_not_widowed_and_hold_no_degree_that_takes_longer() -> None:
    born = [date(2008, 1, 1), date(2003, 3, 1), date(1976, 1, 1)]
    ages: list[tuple[str, list[Any]]] = [("person.age", [18, 23, 50]), ("person.birth_date", born)]
    for age, values in ages:
        frame = TypedTable(["person.marital_status", "person.education"], rows=ROWS, narrowed={age: values}).frame()
        first, second, third = (frame.filter(pl.col(age) == value) for value in values)
        assert set(first["person.marital_status"]) == {"Single"}
        assert set(first["person.education"]) == {"High School"}
        assert set(second["person.marital_status"]) == {"Single", "Married"}
        assert "Doctorate" not in set(second["person.education"])
        assert {"Widowed", "Divorced"} <= set(third["person.marital_status"])
        assert "Doctorate" in set(third["person.education"])


def test_a_language_is_mostly_that_of_the_country_or_nationality_beside() -> None:
    for beside, values in (("place.country", ["Japan"]), ("person.nationality", ["japanisch"])):
        spoken = TypedTable(["person.language"], rows=ROWS, narrowed={beside: values}, locale="de_DE")
        share = (spoken.column("person.language") == "Japanisch").mean()
        assert 0.82 < float(share) < 0.9  # type: ignore[arg-type]


def test_subjects_files_devices_and_campaigns_are_of_the_category_or_type_beside() -> None:
    tickets = TypedTable(["crm.ticket_subject", "crm.ticket_category"], rows=ROWS, locale="de_DE")
    assert broken(tickets) == {}
    billed = TypedTable(["crm.ticket_subject"], rows=ROWS, narrowed={"crm.ticket_category": ["Billing"]})
    assert "Invoice shows the wrong amount" in set(billed.column("crm.ticket_subject"))
    assert "Cannot sign in" not in set(billed.column("crm.ticket_subject"))
    names = ["internet.browser", "internet.operating_system", "internet.device_type", "internet.user_agent"]
    for browser, system, device, agent in TypedTable(names, rows=ROWS).frame().rows():
        assert (device == "desktop") == (system in ("Windows", "macOS", "Linux"))
        assert browser != "Safari" or system in ("iOS", "iPadOS", "macOS")
        assert ("Windows NT" in agent) == (system == "Windows")
        assert ("Firefox/" in agent) == (browser == "Firefox")
    tablets = TypedTable(names[:2], rows=ROWS, narrowed={"internet.device_type": ["tablet"]}).frame()
    assert set(tablets["internet.operating_system"]) == {"Android", "iPadOS"}
    files = TypedTable(["internet.file_name"], rows=ROWS, narrowed={"internet.mime_type": ["text/csv", "image/png"]})
    endings = {(mime, name.rpartition(".")[2]) for name, mime in files.frame().rows()}
    assert endings == {("text/csv", "csv"), ("image/png", "png")}
    campaign = TypedTable(["crm.campaign_name"], narrowed={"crm.campaign_type": ["Trade Show"]}, locale="nl_NL")
    assert campaign.column("crm.campaign_name").str.contains("Beurs$|Klantendagen$").all()


def test_a_product_has_its_make_its_weight_and_a_unit_that_it_is_counted_in() -> None:
    types = ["product.name", "product.brand", "product.category", "product.weight_kg", "business.unit", "product.sku"]
    for locale, lawn_mower in (("en_US", "Lawn Mower"), ("it_IT", "Tosaerba"), ("ja_JP", "芝刈り機")):
        table = TypedTable(types, rows=ROWS, locale=locale)
        assert broken(table) == {}
        frame = table.frame()
        heavy = frame.filter(pl.col("product.name").str.contains(lawn_mower))
        assert heavy["product.weight_kg"].is_between(10, 30).all()
        assert not set(frame["business.unit"]) & {"kg", "l", "m"}
        assert frame["product.sku"].str.contains("^[A-Z]{3}-").all()
    unique = TypedTable(["product.name", "product.brand"], unique=["product.name"], locale="fr_FR")
    assert broken(unique) == {}


def test_segments_are_of_the_employees_and_recommendations_of_the_satisfaction_beside() -> None:
    segments = TypedTable(["crm.segment"], rows=ROWS, narrowed={"company.employees": [5, 400, 20_000]}).frame()
    beside = set(segments.filter(pl.col("crm.segment") != "Public Sector").rows())
    assert beside == {("Small Business", 5), ("Mid-Market", 400), ("Enterprise", 20_000)}
    answers = TypedTable(["crm.nps_score"], rows=ROWS, narrowed={"crm.satisfaction": [1, 5]}).frame()
    assert answers.filter(pl.col("crm.satisfaction") == 1)["crm.nps_score"].max() == 3
    assert answers.filter(pl.col("crm.satisfaction") == 5)["crm.nps_score"].min() == 9


def test_servers_run_no_telephones_and_entries_of_a_log_have_the_level_of_their_status() -> None:
    servers = TypedTable(["internet.host_name", "internet.operating_system"], rows=ROWS)
    assert set(servers.column("internet.operating_system")) == {"Linux", "Windows"}
    log = TypedTable(["internet.log_level", "internet.http_status"], rows=ROWS).frame()
    levels = {(status // 100, level) for level, status in log.rows()}
    assert levels >= {(2, "INFO"), (2, "DEBUG"), (4, "WARNING"), (5, "ERROR")}
    assert not levels & {(2, "ERROR"), (5, "INFO"), (4, "INFO")}


def test_forms_and_numbers_of_companies_are_of_the_country_of_the_place_beside() -> None:
    types = ["company.legal_form", "company.vat_id"]
    narrowed = {"place.country": ["Portugal", "Poland"]}
    frame = TypedTable(types, rows=ROWS, narrowed=narrowed).frame()
    polish = frame.filter(pl.col("place.country") == "Poland")
    assert polish["company.vat_id"].str.starts_with("PL").all()
    assert set(polish["company.legal_form"]) == {"Sp. z o.o.", "S.A."}
    own = TypedTable(["company.vat_id"], narrowed={**narrowed, "company.country": ["Spain"]})
    assert own.column("company.vat_id").str.starts_with("ESX").all()


def test_a_tax_rate_is_one_of_the_country_beside() -> None:
    frame = TypedTable(["business.tax_rate"], rows=ROWS, narrowed={"place.country": ["DE", "Denmark"]}).frame()
    assert set(frame.filter(pl.col("place.country") == "DE")["business.tax_rate"]) == {0.19, 0.07}
    assert set(frame.filter(pl.col("place.country") == "Denmark")["business.tax_rate"]) == {0.25}
    home = TypedTable(["business.tax_rate"], rows=ROWS, locale="it_IT").column("business.tax_rate")
    assert set(home) == {0.22, 0.1, 0.04}


def test_places_of_the_locales_language_have_their_own_names_and_are_found_by_either() -> None:
    table = TypedTable(
        ["place.city", "place.region", "place.country", "place.continent", "place.address", "person.phone"],
        rows=ROWS,
        locale="de_DE",
    )
    assert broken(table) == {}
    frame = table.frame()
    german = frame.filter(pl.col("place.country") == "Deutschland")
    assert {"Bayern", "Hessen"} <= set(german["place.region"])
    assert not {"Bavaria", "Hesse"} & set(german["place.region"])
    assert set(german["place.continent"]) == {"Europa"}
    assert german["place.address"].str.ends_with(", Deutschland").all()
    for city in ("München", "Munich"):
        there = TypedTable(["place.region", "person.phone"], locale="de_DE", narrowed={"place.city": [city]})
        assert broken(there) == {}
        assert set(there.column("place.region")) == {"Bayern"}
        assert there.column("person.phone").str.starts_with("+49 89 ").all()
    assert set(TypedTable(["place.region"], narrowed={"place.city": ["München"]}).column("place.region")) == {"Bavaria"}


def test_german_addresses_write_umlauts_out_and_others_do_not() -> None:
    for locale, address in (("de_DE", "joerg.mueller@"), ("en_US", "jorg.muller@")):
        narrowed = {"person.first_name": ["Jörg"], "person.last_name": ["Müller"]}
        table = TypedTable(["person.email"], locale=locale, narrowed=narrowed)
        assert broken(table) == {}
        assert table.column("person.email").str.starts_with(address).all()


def test_a_deal_names_the_company_beside_or_given_and_else_a_quarter() -> None:
    given = TypedTable(["crm.deal_name"], options={"company": ["Velmora"]}).column("crm.deal_name")
    assert given.str.starts_with("Velmora - ").all()
    alone = TypedTable(["crm.deal_name"]).column("crm.deal_name")
    assert alone.str.contains(r" - Q[1-4] 202[4-6]$").all()
