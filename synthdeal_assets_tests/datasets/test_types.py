"""Semantic types: what they promise, what agrees with what, and that nothing of it is real."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise

import duckdb
import numpy as np
import polars as pl
import pytest

from synthdeal_assets.datasets.types.catalogue import catalogue, lookup_tables
from synthdeal_assets.datasets.types.draws import data_file, pairs
from synthdeal_assets.datasets.types.finance import BRANDS
from synthdeal_assets.datasets.types.ibans import iban_sql
from synthdeal_assets.datasets.types.notices import locale_notices, notice_line
from synthdeal_assets.datasets.types.person_names import locale_names
from synthdeal_assets.datasets.types.place_data import named_in, places
from synthdeal_assets.datasets.types.semantic_type import DTYPES, SIBLING
from synthdeal_assets.foundation.drawing.fictional_phones import fictional_ranges
from synthdeal_assets_tests.datasets.type_requests import TypedTable
from synthdeal_assets_tests.failure_codes import failing_with

LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "ja_JP")
ROWS = np.arange(3_000)


def broken(table: TypedTable) -> dict[str, int]:
    return {statement: count for statement, count in table.against().items() if count}


def test_the_catalogue_has_over_two_hundred_types_each_described_with_an_example() -> None:
    assert len(catalogue()) >= 200
    for name, type_ in catalogue().items():
        assert name == type_.name
        assert re.fullmatch(r"[a-z]+\.[a-z0-9_]+", name)
        assert type_.description.endswith(".")
        assert type_.example
        assert type_.valid
    assert {name.split(".")[0] for name in catalogue()} >= {
        *("person", "company", "place", "time", "business", "crm", "internet", "finance", "text", "id"),
    }


def test_types_follow_types_of_the_catalogue_and_none_follows_itself_round_a_corner() -> None:
    for type_ in catalogue().values():
        assert {*type_.follows, *type_.follows_narrowed} <= catalogue().keys()
        for statement in type_.agreements:
            assert {found["type"] for found in SIBLING.finditer(statement)} <= catalogue().keys()
    open_ = {name: set(type_.follows) for name, type_ in catalogue().items()}
    while open_:
        ready = {name for name, follows in open_.items() if not follows & open_.keys()}
        assert ready, f"these follow each other: {sorted(open_)}"
        open_ = {name: follows for name, follows in open_.items() if name not in ready}


@pytest.mark.parametrize(
    "locale", ["en_US", *(pytest.param(locale, marks=pytest.mark.slow) for locale in LOCALES if locale != "en_US")]
)
def test_every_type_keeps_its_promises_beside_all_others(locale: str) -> None:
    table = TypedTable(list(catalogue()), rows=np.arange(400), locale=locale)
    assert broken(table) == {}
    for name, column in zip(table.types, table.frame().get_columns(), strict=True):
        assert column.dtype == DTYPES[catalogue()[name].kind], name
        assert not column.has_nulls(), name


def test_a_promise_that_is_broken_is_counted() -> None:
    wrong = {
        "place.city": ["Atlantis"],
        "finance.iban": ["DE78999999990000402138"],
        "finance.card_number": ["4111111111111112"],
        "person.email": ["x@gmail.com"],
        "id.ean13": ["2004021380000"],
    }
    with duckdb.connect() as connection:
        for name, table in lookup_tables().items():
            connection.register(name, table().to_arrow())
        for name, values in wrong.items():
            valid = str(catalogue()[name].valid).replace("{value}", f"'{values[0]}'")
            assert connection.execute(f"SELECT {valid}").fetchone() == (False,), name
    beside = TypedTable(["place.city"], narrowed={"place.city": ["Munich"], "place.region": ["Texas"]})
    assert broken(beside) != {}


@pytest.mark.parametrize("name", catalogue())
def test_a_row_has_its_value_whatever_rows_are_asked_for_with_it(name: str) -> None:
    for unique in ([], [name] if catalogue()[name].capacity is None else []):
        whole = TypedTable([name], rows=np.arange(50), unique=unique).column(name)
        some = TypedTable([name], rows=np.array([49, 3, 3, 20]), unique=unique, table_rows=50).column(name)
        assert some.to_list() == whole.gather([49, 3, 3, 20]).to_list()
        assert TypedTable([name], rows=np.array([], dtype=np.int64), unique=unique).column(name).to_list() == []


@pytest.mark.parametrize("name", [name for name, type_ in catalogue().items() if type_.capacity != 0])
def test_unique_values_differ_as_far_as_the_capacity_says(name: str) -> None:
    capacity = catalogue()[name].capacity
    rows = 20_000 if capacity is None else min(capacity, 20_000)
    column = TypedTable([name], rows=np.arange(rows), unique=[name]).column(name)
    assert column.n_unique() == rows


@pytest.mark.parametrize("locale", ["ja_JP", "zh_CN"])
def test_names_and_addresses_stay_unique_when_all_pairs_of_names_are_used(locale: str) -> None:
    types = ["person.full_name", "person.email", "internet.user_name"]
    table = TypedTable(types, rows=np.arange(40_000), unique=types, locale=locale)
    assert [table.column(name).n_unique() for name in types] == [40_000] * 3


@pytest.mark.parametrize(
    "narrowed",
    [
        {"person.first_name": ["Ana", "Bob"]},
        {"person.last_name": ["Müller", "Sørensen"], "person.first_name": ["José"]},
        {"person.gender": ["weiblich", "M", "divers"]},
        {"person.full_name": ["Ada Lovelace", "Grace Hopper"]},
    ],
)
def test_an_address_follows_a_name_that_was_narrowed_and_stays_unique(narrowed: dict[str, list[str]]) -> None:
    table = TypedTable(["person.email"], rows=ROWS, narrowed=narrowed, unique=["person.email"])
    assert broken(table) == {}
    assert table.column("person.email").n_unique() == ROWS.size
    if "person.full_name" in narrowed:
        assert all(re.match(r"(ada\.lovelace|grace\.hopper)\d*@", email) for email in table.column("person.email"))


@pytest.mark.parametrize("locale", [*LOCALES, "de_LU", "nl_BE"])
def test_no_surname_is_a_particle_a_ruler_or_an_entry_of_a_register(locale: str) -> None:
    names = locale_names(locale)
    surnames = set(names.last)
    assert not surnames & {"Dussen van", "auch Schlauchin", "Koch II", "VI", "Werl-Arnsberg, van", "Willems van Lier"}
    particles = {"van", "von", "de", "der", "den", "auch"}
    assert [name for name in surnames if name.split()[-1].lower() in particles or "," in name] == []
    assert [name for name in names.first if "." in name] == []
    if locale == "nl_NL":
        assert {"van der Meer", "de Vries", "van 't Riet"} <= surnames


def test_first_names_are_of_the_gender_beside_in_any_language() -> None:
    names = locale_names("de_DE")
    women = set(names.first.head(names.per_gender))
    for said, are_women in (("Frau", True), ("weiblich", True), ("Male", False), ("hombre", False)):
        table = TypedTable(["person.first_name", "person.prefix"], locale="de_DE", narrowed={"person.gender": [said]})
        assert {name in women for name in table.column("person.first_name")} == {are_women}
        assert table.column("person.prefix").unique().to_list() == ["Frau" if are_women else "Herr"]


@pytest.mark.parametrize(
    "written", [["US", "DE"], ["United States", "Germany"], ["usa", "Deutschland"], ["Estados Unidos", "Alemania"]]
)
def test_a_place_is_in_the_country_beside_however_it_is_written(written: list[str]) -> None:
    types = ["region", "city", "postcode", "time_zone", "currency", "phone_prefix", "latitude", "longitude", "street"]
    table = TypedTable(
        [
            *(f"place.{name}" for name in types),
            "person.phone",
            "finance.currency",
            "finance.iban",
            "person.nationality",
        ],
        rows=ROWS,
        narrowed={"place.country": written},
    )
    assert broken(table) == {}
    frame = table.frame().with_columns(german=pl.col("place.country") == written[1])
    assert frame.filter("german")["place.currency"].unique().to_list() == ["EUR"]
    assert set(frame.filter(~pl.col("german"))["finance.currency"]) == {"USD"}
    assert frame.filter("german")["finance.iban"].str.starts_with("DE").all()
    assert frame.filter("german")["person.phone"].str.starts_with("+49 ").all()
    assert frame.filter("german")["place.time_zone"].unique().to_list() == ["Europe/Berlin"]
    assert frame.filter(~pl.col("german"))["place.city"].n_unique() > 200


def test_a_country_given_as_an_option_goes_before_everything_else() -> None:
    table = TypedTable(["person.phone", "place.city"], options={"country": ["JP", "Frankreich"]}, rows=ROWS)
    phones = table.column("person.phone")
    assert phones.gather_every(2).str.starts_with("+81 ").all()
    assert phones.gather_every(2, 1).str.starts_with("+33 ").all()
    japanese = set(places().cities.filter(country_code="JP")["city"])
    assert set(table.column("place.city").gather_every(2)) <= japanese


def test_what_depends_on_a_region_or_a_city_follows_it_upwards_too() -> None:
    down = TypedTable(
        ["place.country", "place.country_code", "place.postcode", "place.time_zone", "person.phone"],
        rows=ROWS,
        narrowed={"place.city": ["Munich", "Chicago", "Osaka"]},
    )
    frame = down.frame()
    assert broken(down) == {}
    for city, country, postcode, phone in (
        ("Munich", "Germany", "80", "+49 89 99998"),
        ("Chicago", "United States", "606", "+1 312-555-01"),
        ("Osaka", "Japan", "53", "+81 6-0000-"),
    ):
        there = frame.filter(pl.col("place.city") == city)
        assert there["place.country"].unique().to_list() == [country]
        assert there["place.postcode"].str.starts_with(postcode).all()
        assert there["person.phone"].str.starts_with(phone).all()
    region = TypedTable(
        ["place.country_code", "place.city"], narrowed={"place.region": ["Bavaria", "Texas"]}, rows=ROWS
    )
    assert broken(region) == {}
    assert set(region.column("place.country_code")) == {"DE", "US"}


def test_without_any_country_everything_is_where_the_locale_is() -> None:
    for locale, country in (("de_DE", "DE"), ("ja_JP", "JP"), ("es_ES", "ES")):
        table = TypedTable(["place.city", "company.city", "person.phone", "finance.iban"], locale=locale)
        own = set(named_in(locale[:2]).filter(country_code=country)["city"])
        assert set(table.column("place.city")) <= own
        assert set(table.column("company.city")) <= own
        assert (
            table.column("person.phone")
            .str.starts_with(places().countries.filter(country_code=country)["phone_prefix"][0])
            .all()
        )


def test_a_place_that_is_not_known_is_refused_by_name() -> None:
    with failing_with("datasets.no-places", naming="Wakanda"):
        TypedTable(["place.city"], narrowed={"place.country": ["Germany", "Wakanda"]}).column("place.city")
    with failing_with("datasets.unknown-place", naming="Gotham"):
        TypedTable(["place.postcode"], narrowed={"place.city": ["Gotham"]}).column("place.postcode")
    with failing_with("datasets.unknown-place", naming="Bavaria.* in FR"):
        narrowed = {"place.country": ["FR"], "place.region": ["Bavaria"]}
        TypedTable(["place.city"], narrowed=narrowed).column("place.city")
    with failing_with("datasets.locale", naming="tlh"):
        TypedTable(["person.first_name"], locale="tlh").column("person.first_name")


@pytest.mark.parametrize("as_of", [date(2026, 11, 28), date(2024, 2, 29), date(2025, 1, 1), date(2025, 12, 31)])
def test_ages_and_birth_dates_agree_on_any_day(as_of: date) -> None:
    both = TypedTable(["person.age", "person.birth_date"], rows=ROWS, as_of=as_of)
    assert broken(both) == {}
    assert both.column("person.age").min() == 18
    assert both.column("person.age").max() == 80
    by_age = TypedTable(
        ["person.age", "person.birth_date"], rows=ROWS, as_of=as_of, narrowed={"person.age": [0, 18, 19, 64]}
    )
    assert broken(TypedTable(["person.birth_date"], rows=ROWS, as_of=as_of, narrowed={"person.age": [0, 18, 64]})) == {}
    recounted = [
        as_of.year - born.year - ((as_of.month, as_of.day) < (born.month, born.day))
        for born in by_age.column("person.birth_date")
    ]
    assert recounted == by_age.column("person.age").to_list()


def test_bounds_beside_a_type_hold() -> None:
    for name, low, high in (
        ("person.age", 30, 35),
        ("company.employees", 5, 9),
        ("business.rating", 2, 4),
        ("crm.amount", 10, 99),
    ):
        column = TypedTable([name], rows=ROWS, options={"min": [low], "max": [high]}).column(name)
        assert low <= float(column.min()) <= float(column.max()) <= high  # type: ignore[arg-type]
    only = TypedTable(["person.age"], rows=ROWS, options={"min": [90]}).column("person.age")
    assert only.unique().to_list() == [90]


def test_pairs_pass_all_once_before_any_comes_again_and_look_drawn() -> None:
    turn, one, other = pairs(np.arange(3 * 35 * 41), 35, 41, "s")
    for round_ in range(3):
        here = turn == round_
        assert len({*zip(one[here].tolist(), other[here].tolist(), strict=True)}) == 35 * 41
    assert (one[:1435] != one[1435:2870]).mean() > 0.9
    many = pairs(np.arange(100_000), 300, 900, "s")
    counts = np.bincount(many[1] // 30 * 9 + many[2] // 100, minlength=90)
    assert 900 < counts.min() <= counts.max() < 1_330
    steps = np.diff(many[1])
    assert np.unique(steps).size > 500


def test_no_domain_telephone_or_address_can_lead_to_anybody() -> None:
    types = [name for name, type_ in catalogue().items() if re.search("email|domain|website|url|host_name", name)]
    table = TypedTable([*types, "person.phone", "person.mobile", "company.phone"], rows=np.arange(20_000))
    for name in types:
        assert all(re.search(r"\.example(/|$)", value) for value in table.column(name).unique()), name
    made_up = data_file("phones.csv")["form"]
    forms = [*fictional_ranges()["form"], *made_up]
    allowed = re.compile("|".join(re.escape(form).replace(r"\#", r"\d") for form in forms))
    assert [form for form in made_up if not re.search(r"[ -]0", form)] == []
    for name in ("person.phone", "person.mobile", "company.phone"):
        assert all(allowed.fullmatch(phone) for phone in table.column(name).unique()), name


IBAN_LENGTHS = {
    "AT": 20, "BE": 16, "CH": 21, "DE": 22, "DK": 18, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "IE": 22, "IT": 27,
    "NL": 18, "NO": 15, "PL": 28, "PT": 25, "SE": 24,
}  # fmt: skip


@pytest.mark.parametrize("country", [*IBAN_LENGTHS, "US", "BR"])
def test_ibans_have_the_form_of_their_country_and_pass_the_check(country: str) -> None:
    types = ["finance.iban", "finance.currency"]
    table = TypedTable(types, rows=ROWS, narrowed={"place.country_code": [country]}, unique=["finance.iban"])
    assert broken(table) == {}
    ibans = table.column("finance.iban")
    assert ibans.n_unique() == ROWS.size
    for iban in ibans.head(300):
        assert iban[:2] == (country if country in IBAN_LENGTHS else "DE")
        assert len(iban) == IBAN_LENGTHS[iban[:2]]
        assert int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1


def test_the_certificate_tells_ibans_of_any_form_from_those_with_another_digit() -> None:
    """Examples of SWIFT's registry: of digits, with letters first, in the middle, last, and 39 digits as a number."""
    published = [
        *("DE89370400440532013000", "GB29NWBK60161331926819", "IT60X0542811101000000123456"),
        *("FR1420041010050500013M02606", "BR1800360305000010009795493C1", "MT84MALT011000012345MTLCAST001S"),
        *("NO9386011117947", "LC55HEMM000100010012001200023015"),
    ]
    for iban in published:
        others = [iban[:at] + str((int(iban[at]) + 1) % 10) + iban[at + 1 :] for at in (2, 3, 10)]
        query = f"SELECT {iban_sql('iban')} FROM (SELECT unnest(?) AS iban)"
        found = [one for (one,) in duckdb.execute(query, [[iban, *others, ""]]).fetchall()]
        assert found == [True, False, False, False, False]


def test_an_iban_is_of_the_city_beside_it_and_its_currency_of_the_iban() -> None:
    table = TypedTable(
        ["finance.iban", "finance.currency"], narrowed={"place.city": ["Oslo", "Stockholm", "Kraków", "Boston"]}
    )
    beside = {(city, iban[:2], currency) for iban, currency, city in table.frame().rows()}
    assert beside == {
        ("Oslo", "NO", "NOK"),
        ("Stockholm", "SE", "SEK"),
        ("Kraków", "PL", "PLN"),
        ("Boston", "DE", "USD"),
    }
    alone = TypedTable(["finance.iban", "finance.currency", "finance.currency_symbol"], locale="da_DK")
    assert {(iban[:2], *rest) for iban, *rest in alone.frame().rows()} == {("DK", "DKK", "kr")}


def test_amounts_are_as_large_as_the_currency_beside_makes_them_but_where_the_user_says_how_large() -> None:
    narrowed = {"finance.currency": ["USD", "JPY"]}
    medians = TypedTable(["finance.amount"], rows=ROWS, narrowed=narrowed).frame().group_by("finance.currency").median()
    amounts = dict(medians.rows())
    assert 60 < amounts["USD"] < 110
    assert 6_000 < amounts["JPY"] < 11_000
    yen = TypedTable(["product.price", "business.budget"], locale="ja_JP").frame()
    assert (yen["product.price"] % 1 == 0).all()
    assert (yen["product.price"] > 1_000).sum() > 800
    bounded = TypedTable(["finance.amount"], narrowed=narrowed, options={"min": [10], "max": [20]}).frame()
    assert bounded["finance.amount"].is_between(10, 20).all()


def test_national_check_digits_inside_of_ibans_are_right() -> None:
    def of(country: str) -> list[str]:
        return (
            TypedTable(["finance.iban"], narrowed={"place.country": [country]})
            .column("finance.iban")
            .head(200)
            .to_list()
        )

    for iban in of("FR"):
        bank, branch, account, key = iban[4:9], iban[9:14], iban[14:25], iban[25:]
        assert int(key) == 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97
    weights = [1, 2, 4, 8, 5, 10, 9, 7, 3, 6]
    for iban in of("ES"):
        for digits, check in ((f"00{iban[4:12]}", iban[12]), (iban[14:], iban[13])):
            rest = 11 - sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11
            assert int(check) == {10: 1, 11: 0}.get(rest, rest)
    odd = dict(enumerate([1, 0, 5, 7, 9, 13, 15, 17, 19, 21]))
    for iban in of("IT"):
        total = sum(odd[int(digit)] if at % 2 == 0 else int(digit) for at, digit in enumerate(iban[5:]))
        assert iban[4] == chr(65 + total % 26)
    for iban in of("PT"):
        assert int(iban[4:]) % 97 == 1
    for iban in of("BE"):
        assert int(iban[14:]) == (int(iban[4:14]) % 97 or 97)
    for iban in of("NO"):
        assert int(iban[4:8]) < 500
        assert sum(int(a) * b for a, b in zip(iban[4:], [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1], strict=True)) % 11 == 0
    for iban in [*of("FI"), *of("SE")]:
        doubled = [int(digit) * (2 if at % 2 else 1) for at, digit in enumerate(reversed(iban[4:]))]
        assert sum(digit // 10 + digit % 10 for digit in doubled) % 10 == 0


def test_cards_are_published_test_numbers_or_of_no_issuer() -> None:
    published = {number: brand for brand, numbers in BRANDS.items() for number in numbers.split("|")}
    table = TypedTable(["finance.card_number", "finance.card_brand"], rows=ROWS)
    beside = zip(table.column("finance.card_number"), table.column("finance.card_brand"), strict=True)
    assert all(published[number] == brand for number, brand in beside)
    narrowed = TypedTable(["finance.card_number"], narrowed={"finance.card_brand": ["JCB"]}).column(
        "finance.card_number"
    )
    assert {published[number] for number in narrowed} == {"JCB"}
    unique = TypedTable(["finance.card_number"], rows=ROWS, unique=["finance.card_number"])
    assert broken(unique) == {}
    assert unique.column("finance.card_number").str.starts_with("9999").all()
    lengths = {"American Express": 15, "Diners Club": 14, "Visa": 16}
    by_brand = TypedTable(
        ["finance.card_number"],
        rows=ROWS,
        unique=["finance.card_number"],
        narrowed={"finance.card_brand": list(lengths)},
    )
    assert broken(by_brand) == {}
    assert by_brand.column("finance.card_number").n_unique() == ROWS.size
    assert all(len(number) == lengths[brand] for number, brand in by_brand.frame().rows())


@pytest.mark.parametrize("name", ["internet.mac_address", "internet.ipv6", "finance.account_number", "id.code"])
def test_unique_values_do_not_count_up(name: str) -> None:
    values = TypedTable([name], rows=np.arange(200), unique=[name]).column(name)
    assert 60 < sum(one < other for one, other in pairwise(values)) < 140


def test_titles_departments_and_levels_agree_whichever_was_narrowed() -> None:
    by_department = TypedTable(
        ["person.job_title", "person.seniority"], rows=ROWS, narrowed={"person.department": ["Sales", "Legal"]}
    )
    assert broken(by_department) == {}
    known = {title: (department, level) for department, level, title in data_file("titles.csv").rows()}
    frame = by_department.frame()
    for title, level, department in frame.rows():
        assert known[title] == (department, level)
    by_title = TypedTable(["person.department"], narrowed={"person.job_title": ["General Counsel", "Buyer"]})
    assert set(by_title.column("person.department")) == {"Legal", "Procurement"}


def test_a_deal_has_the_probability_and_the_forecast_of_its_stage() -> None:
    narrowed = {"crm.stage": ["Closed Won", "Closed Lost", "Negotiation"]}
    frame = TypedTable(["crm.probability", "crm.forecast_category"], narrowed=narrowed).frame()
    assert {*frame.rows()} == {
        (100, "Closed", "Closed Won"),
        (0, "Omitted", "Closed Lost"),
        (75, "Commit", "Negotiation"),
    }


def test_parts_of_a_date_are_those_of_the_date_beside() -> None:
    days = [date(2024, 2, 29), date(2025, 12, 31), date(2026, 1, 1)]
    parts = ["year", "quarter", "month", "year_month", "month_name", "week", "day", "weekday"]
    assert broken(TypedTable([f"time.{part}" for part in parts], narrowed={"time.date": days})) == {}


def test_two_fields_of_one_type_are_drawn_apart_and_two_tables_too() -> None:
    one = TypedTable(["id.uuid", "company.name"])
    other = TypedTable(["id.uuid", "company.name"], table="u")
    assert not set(one.column("id.uuid")) & set(other.column("id.uuid"))
    assert one.column("company.name").to_list() != other.column("company.name").to_list()
    again = TypedTable(["company.name"], seed=8)
    assert one.column("company.name").to_list() != again.column("company.name").to_list()


def test_a_locale_tells_what_does_not_agree_in_it() -> None:
    assert locale_notices("en_GB") == []
    assert locale_notices("en_US", ["person.email", "place.city"]) == []
    assert notice_line("en_US", ["person.email", "finance.iban"]) == (
        "Locale en_US: its country has no IBANs, or no bank code that is surely free, so that IBANs are German unless a"
        " field says another country."
    )
    assert locale_notices("de_DE", ["person.email", "business.order_status", "text.comment"]) == []
    assert locale_notices("pl_PL", ["business.order_status"]) == [
        "titles, statuses and other values of lists are in English"
    ]
    assert locale_notices("pl_PL", ["text.comment", "person.last_name"]) == [
        "last names do not change with the gender",
        "sentences are in English",
    ]
    assert any("no places" in notice for notice in locale_notices("ko_KR", ["person.phone"]))
    assert any("codes of the letters" in notice for notice in locale_notices("ru_RU", ["person.email"]))
    assert locale_notices("ru_RU", ["id.uuid"]) == []
    with failing_with("datasets.locale", naming="xx_XX"):
        locale_notices("xx_XX")


def test_the_data_files_name_their_licence_and_where_numbers_are_from() -> None:
    ranges = fictional_ranges()
    assert set(ranges["country_code"]) == {"US", "CA", "GB", "DE", "FR", "AU", "IE", "SE"}
    assert "" not in ranges["reserved_by"]
    assert not set(ranges["country_code"]) & set(data_file("phones.csv")["country_code"])
    assert places().cities.height > 2_500
    assert places().cities.select("country_code", "region", "city").is_unique().all()
    assert not places().cities["postcode"].has_nulls()
    numbered = {*ranges["country_code"], *data_file("phones.csv")["country_code"]}
    assert set(places().countries["country_code"]) == set(places().cities["country_code"]) == numbered
