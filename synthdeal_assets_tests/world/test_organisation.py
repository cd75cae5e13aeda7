"""Team, products, companies and their people: unique, coherent and recognisably invented."""

import hashlib
import os
import subprocess
import sys
from functools import cache
from zoneinfo import available_timezones

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from synthdeal_assets.foundation.drawing.fictional_phones import written_pattern
from synthdeal_assets.foundation.drawing.names.companies import INDUSTRIES
from synthdeal_assets.world.accounts import EMPLOYEE_QUANTILES
from synthdeal_assets.world.calendar import NEVER, CreationCalendar
from synthdeal_assets.world.company_names import fictional_companies, public_companies
from synthdeal_assets.world.generations import CADENCE_DAYS, JITTER_DAYS, LANES
from synthdeal_assets.world.name_pools import name_pool
from synthdeal_assets.world.organisation import Organisation, build_organisation
from synthdeal_assets.world.person_names import person_names
from synthdeal_assets.world.phones import phone_forms, phone_prefixes
from synthdeal_assets.world.tables import CONTACTS, NOTICES, REGIONS, SEGMENTS
from synthdeal_assets_tests.world.worlds import TODAY, accounts_of, contacts_of, market

LARGEST_ACCOUNTS = 2_100_000
"""Companies of the largest world that the settings allow, three for an account."""


def made(seed: int, size: int, account_names: str) -> Organisation:
    return build_organisation(CreationCalendar(seed, size), account_names, TODAY)


KINDS = ("public", "fictional")


@pytest.fixture(scope="module", params=KINDS)
def organisation(request: pytest.FixtureRequest) -> Organisation:
    return market(7, 4_000, request.param).book.organisation


def frames(organisation: Organisation) -> dict[str, pl.DataFrame]:
    return {
        "users": organisation.team.users_on(TODAY),
        "products": organisation.products,
        "accounts": organisation.accounts.frame,
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_arguments_give_the_same_organisation(kind: str) -> None:
    person_names.cache_clear()
    once = frames(made(11, 300, kind))
    person_names.cache_clear()
    again = frames(made(11, 300, kind))
    for name, frame in once.items():
        assert_frame_equal(frame, again[name])


def test_the_organisation_does_not_depend_on_the_hash_seed_of_the_process() -> None:
    program = (
        "import hashlib; from synthdeal_assets.world.organisation import build_organisation; "
        "from synthdeal_assets.world.calendar import NEVER, CreationCalendar; "
        f"o = build_organisation(CreationCalendar(11, 300), 'public', {TODAY}); "
        "text = o.accounts.frame.write_csv() + o.team.people.write_csv(); "
        "print(hashlib.sha256(text.encode()).hexdigest())"
    )
    here = made(11, 300, "public")
    text = here.accounts.frame.write_csv() + here.team.people.write_csv()
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("0", "4711")
    }
    assert digests == {hashlib.sha256(text.encode()).hexdigest()}


def test_another_seed_is_another_company() -> None:
    one, other = made(1, 100, "public"), made(2, 100, "public")
    assert one.accounts.frame["name"].to_list() != other.accounts.frame["name"].to_list()
    assert one.team.people["name"].to_list() != other.team.people["name"].to_list()


def test_the_smallest_world_has_an_account_a_team_in_every_region_and_its_people() -> None:
    smallest = made(42, 1, "public")
    assert smallest.accounts.frame.height == LANES
    assert accounts_of(market(42, 1))["is_active"].sum() == 1
    assert contacts_of(market(42, 1))[CONTACTS].filter("is_active").height >= 5
    there = smallest.team.users_on(TODAY).filter("is_active")
    assert set(there["region"]) == set(REGIONS)
    assert there["role"].value_counts().sort("role").rows() == [
        ("Account Executive", 6),
        ("Sales Manager", 4),
        ("VP Sales", 1),
    ]


def test_an_unknown_kind_of_names_is_refused() -> None:
    with pytest.raises(ValueError, match="neither public nor fictional"):
        made(1, 10, "secret")


def test_keys_and_names_are_unique(organisation: Organisation) -> None:
    for name, key in (("users", "user_id"), ("accounts", "account_id")):
        assert frames(organisation)[name][key].is_unique().all()
    for column in ("name", "website"):
        assert organisation.accounts.frame[column].is_unique().all()


def test_every_account_has_an_address_as_its_country_writes_one(organisation: Organisation) -> None:
    accounts = organisation.accounts.frame
    assert accounts.select("billing_street", "billing_country_code").null_count().sum_horizontal().item() == 0
    with_states = {"US", "CA", "AU", "BR", "CN", "IN", "IE", "IT", "MX"}
    has_state = accounts["billing_country_code"].is_in(with_states)
    assert (accounts["billing_state"].is_not_null() == has_state).all()
    assert (accounts["billing_state_code"].is_not_null() == has_state).all()
    written = {
        "US": (r"^\d+ [A-Z]", r"^\d{5}$"),
        "CA": (r"^\d+ [A-Z]", r"^[A-Z]\d[A-Z] \d[A-Z]\d$"),
        "GB": (r"^\d+ [A-Z]", r"^[A-Z]{1,2}\d{1,2}[A-Z]? \d[A-Z]{2}$"),
        "DE": (r"^\D+ \d+$", r"^\d{5}$"),
        "NL": (r"^\D+ \d+$", r"^\d{4} [A-Z]{2}$"),
        "BR": (r"^\D+, \d+$", r"^\d{5}-\d{3}$"),
        "JP": (r"^\d+-\d+-\d+$", r"^\d{3}-\d{4}$"),
    }
    for code, (street, postal_code) in written.items():
        of_country = accounts.filter(pl.col("billing_country_code") == code)
        assert of_country.height > 10, code
        assert of_country["billing_street"].str.contains(street).all(), code
        assert of_country["billing_postal_code"].str.contains(postal_code).all(), code


def test_postal_codes_are_those_of_the_city() -> None:
    accounts = made(42, 20_000, "public").accounts.frame
    austin = accounts.filter((pl.col("billing_city") == "Austin") & (pl.col("billing_state_code") == "TX"))
    assert austin.height > 3
    assert austin["billing_postal_code"].str.starts_with("787").all()
    montreal = accounts.filter(pl.col("billing_city") == "Montreal")
    assert set(montreal.select("billing_state_code", "billing_country_code").rows()) == {("QC", "CA")}
    assert accounts.filter(pl.col("billing_country") == "Hong Kong")["billing_postal_code"].is_null().all()


def test_an_account_belongs_to_an_executive_of_its_region_who_reports_to_a_manager_there() -> None:
    users = market(7, 4_000).book.organisation.team.users_on(TODAY)
    accounts = accounts_of(market(7, 4_000))
    owners = accounts.join(users, left_on="owner_id", right_on="user_id", suffix="_of_owner")
    assert owners.height == accounts.height
    assert (owners["region"] == owners["region_of_owner"]).all()
    assert set(owners["role"]) == {"Account Executive"}
    managers = owners.join(users, left_on="manager_id", right_on="user_id", suffix="_of_manager")
    assert managers.height == owners.height
    assert (managers["region"] == managers["region_of_manager"]).all()
    assert set(managers["role_of_manager"]) == {"Sales Manager"}


def test_segment_size_and_revenue_agree(organisation: Organisation) -> None:
    shares = dict(organisation.accounts.frame["segment"].value_counts(normalize=True).rows())
    for segment, share in zip(SEGMENTS, (0.25, 0.45, 0.30), strict=True):
        assert shares[segment] == pytest.approx(share, abs=0.04)
        employees = organisation.accounts.frame.filter(pl.col("segment") == segment)["number_of_employees"]
        assert employees.is_between(EMPLOYEE_QUANTILES[segment][0], 2_500_000).all()
        if segment != "Enterprise":
            assert (employees <= EMPLOYEE_QUANTILES[segment][-1]).all()
    per_head = organisation.accounts.frame["annual_revenue_usd"] / organisation.accounts.frame["number_of_employees"]
    assert per_head.is_between(50_000, 1_400_000).all()


def test_phones_addresses_and_the_notice_are_recognisably_synthetic(organisation: Organisation) -> None:
    contacts = contacts_of(market(7, 4_000))[CONTACTS]
    for frame in (organisation.accounts.frame, contacts):
        assert frame["phone"].drop_nulls().str.contains(f"^(?:{written_pattern()})$").all()
    assert organisation.accounts.frame["website"].str.contains(r"^https://[a-z0-9.-]+\.example$").all()
    for frame in (contacts, organisation.team.people):
        assert frame["email"].str.contains(r"^[a-z-]+\.([a-z]\.)?[a-z-]+\d?@[a-z0-9.-]+\.example$").all()
    assert organisation.accounts.frame["notice"].str.starts_with("Synthetic: ").all()


@pytest.mark.parametrize(
    ("country", "city", "beginnings"),
    [
        ("United States", "New York", {"+1 212-", "+1 332-", "+1 646-", "+1 917-"}),
        ("Canada", "Calgary", {"+1 403-", "+1 587-"}),
        ("United Kingdom", "Manchester", {"+44 161 496 0"}),
        ("United Kingdom", "Windsor", {"+44 1632 960"}),
        ("Germany", "Munich", {"+49 89 99998"}),
        ("Germany", "Essen", {"+49 171 39200"}),
        ("France", "Lyon", {"+33 4 65 71 "}),
        ("Australia", "Melbourne", {"+61 3 7010 "}),
        ("Ireland", "Dublin", {"+353 20 91"}),
        ("Sweden", "Gothenburg", {"+46 31 390 06 "}),
        ("Japan", "Tokyo", set()),
    ],
)
def test_a_phone_number_lies_in_the_area_of_its_city(country: str, city: str, beginnings: set[str]) -> None:
    organisation = made(42, 20_000, "public")
    accounts = organisation.accounts.frame.filter(billing_country=country, billing_city=city)
    contacts = contacts_of(market(42, 20_000))[CONTACTS].join(accounts, on="account_id", how="semi")
    assert accounts.height > 0
    for phones in (accounts["phone"], contacts["phone"]):
        found = {next((b for b in beginnings if phone.startswith(b)), phone) for phone in phones.drop_nulls()}
        assert found <= beginnings
        assert phones.has_nulls() is not bool(beginnings)
    assert contacts.height < 200 or contacts["phone"].drop_nulls().n_unique() >= 10 * bool(beginnings)


def test_every_city_of_a_country_with_numbers_kept_for_fiction_has_its_area() -> None:
    places = pl.concat([name_pool(pool).select("country", "city") for pool in ("public_companies", "territories")])
    for country, city in places.unique().sort("country", "city").iter_rows():
        assert bool(phone_forms(country, city)) is (country in phone_prefixes()), (country, city)


@cache
def companies(seed: int) -> pl.DataFrame:
    """The companies of a world of 20,000, the identifiers of their accounts among the columns."""
    return made(seed, 20_000, "public").accounts.frame


def parts(accounts: pl.DataFrame) -> pl.DataFrame:
    """The accounts that are parts of others, with the columns of those as `..._whole`."""
    return accounts.join(accounts, left_on="parent_account_id", right_on="account_id", suffix="_whole")


def test_public_names_come_first_then_parts_of_enterprises_and_then_invented_ones() -> None:
    pool = set(name_pool("public_companies")["company"])
    for size in (800, 3_000, 20_000):
        accounts = made(42, size, "public").accounts.frame
        invented = accounts.filter(pl.col("notice") == NOTICES["fictional"])
        real = accounts.filter((pl.col("notice") == NOTICES["public"]) & pl.col("parent_account_id").is_null())
        assert set(real["name"]) <= pool
        assert accounts.height == real.height + invented.height + parts(accounts).height
        assert not set(invented["name"]) & pool
        assert invented.height < 0.1 * accounts.height if size == 800 else invented.height > 0.5 * accounts.height
    assert set(real["name"]) == pool


def test_a_company_is_as_old_as_what_it_and_its_parts_bought_in_its_own_time() -> None:
    for seed in (42, 7, 101):
        accounts = made(seed, 1_500, "public").accounts
        known = np.flatnonzero((accounts.created != NEVER) & np.isin(np.arange(accounts.parent.size), accounts.parent))
        assert known.size > 50
        # A part has its turn when its company has: an eighth of a cadence and two jitters apart at most.
        assert (accounts.created[known] > accounts.begins[known] - CADENCE_DAYS // 8 - 2 * JITTER_DAYS).all()


def test_every_part_is_linked_to_its_company_smaller_than_it_and_of_its_industry() -> None:
    accounts = companies(42)
    dashed = accounts.filter(pl.col("name").str.contains(" \N{EN DASH} "))
    assert dashed["parent_account_id"].null_count() == 0
    linked = parts(accounts)
    assert linked.height == dashed.height > 500
    assert linked.select(pl.col("name").str.starts_with(pl.col("name_whole"))).to_series().all()
    assert (linked["industry"] == linked["industry_whole"]).all()
    assert linked["parent_account_id_whole"].null_count() == linked.height
    together = linked.group_by("parent_account_id").agg(pl.col("number_of_employees").sum())
    staff = together.join(accounts, left_on="parent_account_id", right_on="account_id", suffix="_whole")
    assert (staff["number_of_employees"] < staff["number_of_employees_whole"]).all()


def test_a_part_is_only_where_its_company_does_business() -> None:
    territories = {row["territory"]: row for row in name_pool("territories").iter_rows(named=True)}
    regions = dict(name_pool("countries").select("country", "region").iter_rows())
    known = {row["company"]: row for row in name_pool("public_companies").iter_rows(named=True)}
    seen = 0
    for seed in (1, 2, 3):
        for name, country, city in parts(companies(seed)).select("name", "billing_country", "billing_city").iter_rows():
            whole, unit = name.split(" \N{EN DASH} ")
            company, territory = known[whole], territories.get(unit)
            if territory is None:
                assert (country, city) == (company["country"], company["city"])
                continue
            seen += 1
            assert (country, city) == (territory["country"], territory["city"])
            assert company["reach"] != "home"
            if territory["scope"] == "part":
                assert country == company["country"]
            else:
                assert company["reach"] == "world" or regions[country] in company["reach"].split(";")
    assert seen > 500
    # Railways and utilities serve a few states of their own, and retailers their own continent.
    assert known["Union Pacific"]["reach"] == "home"
    assert known["Home Depot"]["reach"] == "North America"


def test_a_well_known_company_has_its_own_order_of_magnitude_of_staff() -> None:
    accounts = companies(42)
    known = name_pool("public_companies").filter(pl.col("employees").is_not_null()).cast({"employees": pl.Int64})
    both = accounts.join(known, left_on="name", right_on="company")
    assert both.height == known.height == 395
    assert (both["number_of_employees"] / both["employees"]).is_between(0.84, 1.16).all()
    assert accounts.filter(name="Walmart")["number_of_employees"].item() > 1_500_000


@pytest.mark.slow
def test_there_are_names_for_the_largest_world() -> None:
    fictional = fictional_companies(3, LARGEST_ACCOUNTS)
    assert fictional["name"].is_unique().all()
    assert set(fictional["industry"]) == set(INDUSTRIES)
    number = np.arange(LARGEST_ACCOUNTS)
    public = public_companies(3, number % len(SEGMENTS), number % CADENCE_DAYS, CADENCE_DAYS)
    assert public["name"].is_unique().all()
    assert public["domain"].is_unique().all()
    with pytest.raises(ValueError, match="fictional names"):
        fictional_companies(3, 2 * LARGEST_ACCOUNTS)


def test_persons_are_many_and_of_many_countries() -> None:
    pools = person_names(42)
    combinations = int((np.diff(pools.first_start) * np.diff(pools.last_start)).sum())
    assert combinations > 1_000_000
    contacts = contacts_of(market(42, 4_000))[CONTACTS]
    assert (contacts.group_by("first_name", "last_name").len()["len"] <= 6).all()


def test_no_name_of_a_person_has_a_stray_blank() -> None:
    for seed in range(3):
        names = person_names(seed)
        for name in (*names.first, *names.last):
            assert name == " ".join(name.split())


def test_the_data_files_fit_together() -> None:
    companies = name_pool("public_companies")
    countries = set(name_pool("countries")["country"])
    assert companies["company"].is_unique().all()
    assert set(companies["industry"]) == set(INDUSTRIES)
    assert set(companies["country"]) <= countries
    assert set(name_pool("territories")["country"]) <= countries
    assert set(name_pool("territories")["scope"]) == {"whole", "part"}
    enterprises = companies.filter(segment="Enterprise")
    assert (enterprises["employees"].cast(pl.Int64) >= EMPLOYEE_QUANTILES["Enterprise"][0]).all()
    reach = {part for text in enterprises["reach"] for part in text.split(";")}
    assert reach <= {"home", "world", *REGIONS}
    assert set(name_pool("countries")["region"]) == set(REGIONS)
    assert name_pool("countries")["country_code"].is_unique().all()
    cities = set(name_pool("cities").select("country", "city").rows())
    assert cities == {
        place
        for pool in ("public_companies", "territories")
        for place in name_pool(pool).select("country", "city").rows()
    }
    assert set(name_pool("cities")["time_zone"]) <= available_timezones()
