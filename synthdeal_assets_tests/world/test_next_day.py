"""The move from one day to the next: the same story, one page further."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.world.contract_tables import CONTRACTS
from synthdeal_assets.world.history_tables import CONTACT_HISTORY, OPPORTUNITY, OWNER_HISTORY
from synthdeal_assets.world.salesforce_picklists import RENEWAL
from synthdeal_assets.world.tables import (
    ACCOUNTS,
    CONTACTS,
    OPPORTUNITIES,
    OPPORTUNITY_CONTACT_ROLE_HISTORY,
    OPPORTUNITY_CONTACT_ROLES,
    OPPORTUNITY_STAGES,
    PRODUCTS,
)
from synthdeal_assets.world.truth_tables import TRUTH_OPPORTUNITIES
from synthdeal_assets_tests.world.worlds import world

SIZE = 1500
DAYS = [dt.date(2026, 11, day) for day in (19, 20, 21, 22, 23)]
"""Thursday to Monday, a weekend between them."""

pairs = pytest.mark.parametrize(("before", "after"), list(pairwise(DAYS)), ids=str)


@pairs
def test_a_deal_changes_only_on_the_day_something_happens_in_it(before: dt.date, after: dt.date) -> None:
    changed = _changed(OPPORTUNITIES, before, after)
    closed_today = changed["is_closed"] & (changed["close_date"] == after)
    assert ((changed["last_modified_date"] == after) | closed_today).all()


def test_some_deals_change_on_a_working_day() -> None:
    assert _changed(OPPORTUNITIES, DAYS[0], DAYS[1]).height > 10


@pairs
def test_closing_changes_the_outcome_and_nothing_that_the_seller_wrote(before: dt.date, after: dt.date) -> None:
    changed = _changed(OPPORTUNITIES, before, after)
    closed = changed.filter(pl.col("is_closed"))
    earlier = closed.select("opportunity_id").join(world(SIZE, before)[OPPORTUNITIES], on="opportunity_id")
    outcome = ["stage_name", "close_date", "probability", "forecast_category", "is_closed", "is_won"]
    outcome += ["last_modified_date", "last_modified_at", "next_step", "lost_reason", "competitor", "closing_note"]
    # A deal that is won without having been quoted gets its exact amount with the signature.
    assert closed.filter(pl.col("amount") != earlier["amount"])["is_won"].all()
    # A deal that closes on a successor's first day is the successor's.
    changes = world(SIZE, after)[OWNER_HISTORY].filter(created_date=after, object_name=OPPORTUNITY)
    passed_on = closed.filter(pl.col("owner_id") != earlier["owner_id"])
    assert passed_on.join(changes, left_on="opportunity_id", right_on="record_id", how="anti").is_empty()
    outcome += ["amount", "owner_id"]
    assert closed.drop(outcome).equals(earlier.drop(outcome))


@pairs
def test_the_window_moves_on_by_a_day(before: dt.date, after: dt.date) -> None:
    old, new = world(SIZE, before)[OPPORTUNITIES], world(SIZE, after)[OPPORTUNITIES]
    came = new.join(old, on="opportunity_id", how="anti")
    left = old.join(new, on="opportunity_id", how="anti")
    assert (came["created_date"] == after).all()
    assert (left["created_date"] == before - dt.timedelta(days=3 * 364 - 1)).all()
    assert left["is_closed"].all()
    new_business = pl.col("type") != RENEWAL
    assert came.filter(new_business).height == left.filter(new_business).height


@pytest.mark.parametrize("table", [OPPORTUNITY_STAGES, OPPORTUNITY_CONTACT_ROLE_HISTORY], ids=lambda table: table.name)
@pairs
def test_history_is_only_added_to(table: Table, before: dt.date, after: dt.date) -> None:
    old, new = world(SIZE, before)[table], world(SIZE, after)[table]
    staying = old.join(world(SIZE, after)[OPPORTUNITIES], on="opportunity_id", how="semi")
    assert staying.join(new, on=new.columns, how="anti").is_empty()
    added = new.join(old, on=new.columns, how="anti")
    assert (added["entered_date"] == after).all()


@pairs
def test_people_join_a_deal_only_on_the_day_it_changes(before: dt.date, after: dt.date) -> None:
    old, new = world(SIZE, before), world(SIZE, after)
    table = OPPORTUNITY_CONTACT_ROLES
    moved = pl.concat(
        [
            new[table].join(old[table], on=new[table].columns, how="anti"),
            old[table].join(new[table], on=new[table].columns, how="anti"),
        ]
    )
    moved = moved.join(new[OPPORTUNITIES], on="opportunity_id")
    assert (moved["last_modified_date"] == after).all()


@pairs
def test_companies_come_and_stay_but_for_customers_won_and_contracts_ended(before: dt.date, after: dt.date) -> None:
    old, new = world(SIZE, before), world(SIZE, after)
    assert new[PRODUCTS].equals(old[PRODUCTS])
    came = new[ACCOUNTS].join(old[ACCOUNTS], on="account_id", how="anti")
    assert (came["created_date"] == after).all()
    gone = old[ACCOUNTS].join(new[ACCOUNTS], on="account_id", how="anti")
    assert not gone["is_active"].any()
    both = old[ACCOUNTS].join(new[ACCOUNTS], on="account_id", suffix="_now")
    stays = [name for name in old[ACCOUNTS].columns if name not in ("account_id", "type", "owner_id", "is_active")]
    changed = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_now")) for name in stays)
    assert both.filter(changed).is_empty()
    is_customer, was_customer = (pl.col(name).str.starts_with("Customer") for name in ("type_now", "type"))
    won_over = both.filter(is_customer & ~was_customer)
    won_today = new[OPPORTUNITIES].filter(pl.col("is_won") & (pl.col("close_date") == after))
    assert won_over.join(won_today, on="account_id", how="anti").is_empty()
    lost = both.filter(~is_customer & was_customer)
    assert (lost["type_now"] == "Former Customer").all()
    ended = new[CONTRACTS].filter(pl.col("end_date") == before)
    assert lost.join(ended, on="account_id", how="anti").is_empty()


@pairs
def test_people_come_change_title_and_leave_on_the_day_of_their_history_and_nothing_else_about_them_changes(
    before: dt.date, after: dt.date
) -> None:
    old, new = world(SIZE, before), world(SIZE, after)
    came = new[CONTACTS].join(old[CONTACTS], on="contact_id", how="anti")
    assert (came["created_date"] == after).all()
    went = old[CONTACTS].join(new[CONTACTS], on="contact_id", how="anti")
    at_accounts_on_record = went.join(new[ACCOUNTS], on="account_id", how="semi")
    assert not at_accounts_on_record["is_active"].any()
    today = new[CONTACT_HISTORY].filter(created_date=after)
    both = old[CONTACTS].join(new[CONTACTS], on="contact_id", suffix="_now")
    changes = {
        name: set(both.filter(pl.col(name).ne_missing(pl.col(f"{name}_now")))["contact_id"])
        for name in old[CONTACTS].columns
        if name != "contact_id"
    }
    moved_up_or_out = changes.pop("title") | changes.pop("left_date") | changes.pop("is_active")
    assert moved_up_or_out == set(today["contact_id"]) - set(came["contact_id"])
    # Whom somebody reports to changes with who is there, and as what.
    under_others = new[CONTACTS].filter(pl.col("contact_id").is_in(changes.pop("reports_to_id")))
    busy = pl.concat([came.select("account_id"), today.join(new[CONTACTS], on="contact_id").select("account_id")])
    assert under_others.join(busy, on="account_id", how="anti").join(went, on="account_id", how="anti").is_empty()
    assert {name for name, contacts in changes.items() if contacts} == set()


@pairs
def test_the_future_was_written_from_the_start(before: dt.date, after: dt.date) -> None:
    future = ["opportunity_id", "win_probability_at_creation", "outcome", "outcome_date"]
    old, new = (world(SIZE, day)[TRUTH_OPPORTUNITIES].select(future) for day in (before, after))
    staying = new.join(old, on="opportunity_id", how="semi")
    assert staying.join(old, on=future, how="anti").is_empty()


def test_what_was_foretold_comes_true() -> None:
    foretold = world(SIZE, DAYS[0])[TRUTH_OPPORTUNITIES].filter(pl.col("outcome_date") == DAYS[-1])
    came = world(SIZE, DAYS[-1])[OPPORTUNITIES].join(foretold, on="opportunity_id")
    assert came.height > 0
    assert (came["stage_name"] == came["outcome"]).all()
    assert (came["close_date"] == DAYS[-1]).all()


def _changed(table: Table, before: dt.date, after: dt.date) -> pl.DataFrame:
    """Rows of the later day that were there, and different, on the earlier one."""
    old, new = world(SIZE, before)[table], world(SIZE, after)[table]
    staying = new.join(old, on=table.primary_key, how="semi")
    return staying.join(old, on=new.columns, how="anti", nulls_equal=True)
