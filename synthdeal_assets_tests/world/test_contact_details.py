"""What is told of contacts beside name and title: where they get mail, whom they report to, what they do not want."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import polars as pl
import pytest

from synthdeal_assets.world.calendar import day_number
from synthdeal_assets.world.contact_details import OPT_OUT_SHARES, contact_details, ranks
from synthdeal_assets.world.name_pools import name_pool
from synthdeal_assets.world.tables import ACCOUNTS, CONTACTS
from synthdeal_assets_tests.world.worlds import AS_OF, world

SIZE: Final = 2_000


def contacts() -> pl.DataFrame:
    tables = world(SIZE)
    of_account = tables[ACCOUNTS].select("account_id", "region", "billing_country", "billing_city")
    return tables[CONTACTS].join(of_account, on="account_id")


def details(rows: list[tuple[str, str, int, dt.date, dt.date]]) -> dict[str, str | None]:
    """Whom each contact of one account reports to, given id, title, place, day of creation and last day."""
    frame = pl.DataFrame(rows, schema=["contact_id", "title", "place", "created_date", "last_day"], orient="row")
    account = {"region": "EMEA", "billing_city": "Cork", "billing_country": "Ireland", "billing_country_code": "IE"}
    found = contact_details(
        frame.with_columns(account_id=pl.lit("A")),
        pl.DataFrame([account] * frame.height),
        place=frame["place"].to_numpy(),
        key=np.arange(frame.height, dtype=np.uint64),
        last_day=np.array([day_number(day) for day in frame["last_day"]]),
        code="00000000",
    )
    assert set(found["mailing_country_code"]) == {"IE"}
    return dict(zip(frame["contact_id"], found["reports_to_id"], strict=True))


@pytest.mark.parametrize(
    ("higher", "lower"),
    [
        ("Chief Executive Officer", "Chief Financial Officer"),
        ("Managing Director", "VP Sales"),
        ("Chief Operating Officer", "Chief Information Security Officer"),
        ("SVP, Global Sales", "Regional Vice President Sales"),
        ("VP, Finance", "Director of Strategic Sourcing"),
        ("Head of IT", "IT Manager"),
        ("Senior Sales Operations Manager", "Sales Operations Analyst"),
    ],
)
def test_titles_are_ranked_as_companies_rank_them(higher: str, lower: str) -> None:
    above, below = ranks(pl.Series([higher, lower])).tolist()
    assert above > below


def test_every_executive_outranks_the_users_and_procurement_of_the_same_segment() -> None:
    titles = name_pool("titles")
    of_place = {place: ranks(titles.filter(position=place)["title"]) for place in ("0", "3")}
    assert of_place["0"].min() > of_place["3"].max()


def test_a_contact_reports_to_somebody_of_a_higher_rank_at_the_same_account() -> None:
    frame = contacts()
    superiors = frame.select("contact_id", "account_id", "title")
    reporting = frame.join(superiors, left_on="reports_to_id", right_on="contact_id", suffix="_of_superior")
    assert reporting.height > 0.7 * frame.height
    assert (reporting["account_id"] == reporting["account_id_of_superior"]).all()
    assert (ranks(reporting["title"]) < ranks(reporting["title_of_superior"])).all()


def test_users_report_to_the_head_of_their_function_and_others_to_the_executive_of_their_time() -> None:
    begin, change, now = dt.date(2024, 1, 8), dt.date(2025, 6, 2), AS_OF
    superiors = details(
        [
            ("old chief", "Chief Financial Officer", 0, begin, change),
            ("new chief", "VP Sales", 0, change, now),
            ("head", "Director of Sales Operations", 1, begin, now),
            ("security", "Chief Information Security Officer", 2, begin, now),
            ("buyer", "Senior Buyer", 3, begin, dt.date(2025, 1, 1)),
            ("user", "Account Manager", 4, begin, now),
            ("high user", "Regional Vice President Sales", 5, begin, dt.date(2025, 1, 1)),
        ]
    )
    assert superiors == {
        "old chief": None,
        "new chief": None,
        "head": "new chief",
        "security": None,
        "buyer": "old chief",
        "user": "head",
        "high user": "old chief",
    }


def test_mail_goes_to_the_country_of_the_account() -> None:
    frame = contacts()
    assert (frame["mailing_country"] == frame["billing_country"]).all()
    assert (frame["mailing_city"] == frame["billing_city"]).all()


def test_more_contacts_want_no_e_mails_where_companies_have_to_ask() -> None:
    shares = dict(contacts().group_by("region").agg(pl.col("has_opted_out_of_email").mean()).iter_rows())
    assert max(shares, key=lambda region: shares[region]) == "EMEA"
    for region, share in OPT_OUT_SHARES.items():
        assert shares[region] == pytest.approx(share, abs=0.025)
