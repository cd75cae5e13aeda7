"""Renewals go the way of other deals, before the contract ends, and their lines are what the account holds."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest

from synthdeal_assets.foundation.drawing.randomness import IntArray, choose, mix, uniform
from synthdeal_assets.foundation.drawing.row_days import row_days
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.world.calendar import NEVER, day_number, record_start, working_day
from synthdeal_assets.world.chances import chances_on, draw_cases
from synthdeal_assets.world.contracts import OPENED_BEFORE_END, TERM_DAYS, Renewals
from synthdeal_assets.world.deal_tables import deal_tables
from synthdeal_assets.world.deals import Deals, draw_deals, merged
from synthdeal_assets.world.namesakes import Namesakes
from synthdeal_assets.world.offers import draw_offers
from synthdeal_assets.world.people import meet_people
from synthdeal_assets.world.renewals import decide_renewals, renewal_deals
from synthdeal_assets.world.sales_book import SalesBook
from synthdeal_assets.world.salesforce_picklists import OPEN_STAGES, RENEWAL
from synthdeal_assets.world.stages import draw_paths
from synthdeal_assets.world.stories import Stories, tell
from synthdeal_assets.world.tables import (
    OPPORTUNITIES,
    OPPORTUNITY_LINE_ITEMS,
    OPPORTUNITY_STAGES,
)
from synthdeal_assets_tests.world.worlds import AS_OF, market

SEED, SIZE, ACCOUNTS, TERMS = 7_501, 4_000, 2_200, 4
LAST = day_number(AS_OF)
IS_RENEWAL = pl.col("type") == RENEWAL


@cache
def book() -> SalesBook:
    """One in which no account ever stops to buy."""
    of_world = market(SEED, SIZE, "fictional").book
    return replace(of_world, account_ends=np.full(of_world.account_ends.size, NEVER))


@cache
def renewals() -> Renewals:
    """One a year and account, of one to five products."""
    account, number = np.divmod(np.arange(ACCOUNTS * TERMS), TERMS)
    term_end = LAST + choose(mix(account.astype(np.uint64), "term"), "end", TERM_DAYS) - TERM_DAYS
    contract_end = term_end + (number + 2 - TERMS) * TERM_DAYS
    key = mix(np.arange(account.size, dtype=np.uint64), "renewal")
    created = working_day(contract_end - OPENED_BEFORE_END[1] + choose(key, "opened", 29))
    products = len(book().product_price)
    quantity = np.stack(
        [np.where(uniform(key, f"{row}") < 0.12, 1 + choose(key, f"of {row}", 300), 0) for row in range(products)],
        axis=1,
    )
    quantity[np.arange(account.size), choose(key, "product", products)] += 5
    order = np.lexsort((account, created))
    return Renewals(
        account=account[order],
        number=number[order] + 1,
        key=key[order],
        created=created[order],
        contract_end=contract_end[order],
        quantity=quantity[order],
    )


@cache
def deal_days() -> IntArray:
    origins = book().organisation.origins
    every = row_days(origins.account, origins.created), row_days(renewals().account, renewals().created)
    return np.sort(np.concatenate(every))


@cache
def deals() -> Deals:
    return renewal_deals(renewals(), book())


@cache
def stories() -> Stories:
    days = range(LAST - 400, LAST + 1)
    namesakes = Namesakes(book(), record_start(LAST), LAST, 50_000)
    people = meet_people(book(), deal_days(), LAST)
    return tell(book(), namesakes, deals(), people=people, days=days, as_of=LAST, instruction_share=0.02)


@cache
def tables() -> dict[Table, pl.DataFrame]:
    return deal_tables(stories())


def of_renewals(table: Table) -> pl.DataFrame:
    return tables()[table].join(tables()[OPPORTUNITIES].filter(IS_RENEWAL), on="opportunity_id", how="semi")


def test_whatever_happens_a_renewal_ends_on_a_working_day_before_the_contract_does() -> None:
    paths = draw_paths(deals(), book())
    for way in (paths, *draw_cases(deals(), book()).ways):
        assert (way.outcome_day > deals().created).all()
        assert (way.outcome_day <= deals().contract_end).all()
        assert (working_day(way.outcome_day) == way.outcome_day).all()
        entered = np.where(way.entered < NEVER, way.entered, deals().created)
        assert (entered.max(axis=0) < way.outcome_day).all()
    late = deals().contract_end - paths.outcome_day < 45
    assert late[deals().won].mean() > 0.7


def test_a_renewal_skips_stages_that_a_customer_does_not_need() -> None:
    paths = draw_paths(deals(), book())
    count = (paths.entered < NEVER).sum(axis=0)
    assert (paths.first_stage >= OPEN_STAGES.index("Needs Analysis")).all()
    assert np.isin(count[deals().won], range(1, 7)).all()
    assert count[deals().won].mean() < 4
    assert (paths.last_stage[deals().won] >= OPEN_STAGES.index("Proposal/Price Quote")).all()


def test_on_the_day_of_creation_the_chance_of_a_renewal_is_the_one_at_birth() -> None:
    chances = chances_on(draw_cases(deals(), book()), draw_paths(deals(), book()), deals().created)
    assert (chances.win_probability == deals().win_probability).all()


def test_wins_of_open_renewals_come_as_often_as_their_chances_say() -> None:
    """At twelve month ends, together within three standard deviations."""
    paths, cases = draw_paths(deals(), book()), draw_cases(deals(), book())
    off, variance = 0.0, 0.0
    for day in range(LAST - 11 * 30, LAST + 1, 30):
        is_open = (deals().created <= day) & (paths.outcome_day > day)
        days = np.full(int(is_open.sum()), day)
        chance = chances_on(cases.where(is_open), paths.where(is_open), days).win_probability
        off += deals().won[is_open].sum() - chance.sum()
        variance += (chance * (1 - chance)).sum()
    assert abs(off) < 3 * np.sqrt(variance)


def test_most_are_renewed_fewer_once_the_account_buys_nothing_new_and_none_after_three_terms_more() -> None:
    phased_out = replace(book(), account_ends=np.full(book().account_ends.size, LAST - TERM_DAYS))
    assert 0.94 < deals().won.mean() < 0.97
    ended = renewal_deals(renewals(), phased_out)
    after = ended.contract_end > LAST - TERM_DAYS
    assert (ended.won[~after] == deals().won[~after]).all()
    assert 0.75 < ended.won[after].mean() < 0.85
    long_ago = replace(book(), account_ends=deals().contract_end.min() - 3 * TERM_DAYS - 1 + 0 * book().account_ends)
    lost = renewal_deals(renewals(), long_ago)
    assert not lost.won.any()
    assert (chances_on(draw_cases(lost, book()), draw_paths(lost, book()), lost.created).win_probability == 0).all()


def test_what_the_contracts_are_told_is_what_the_record_shows() -> None:
    won, outcome_day, unit_price = decide_renewals(book())(renewals())
    assert (won == deals().won).all()
    told = pl.DataFrame(
        {
            "opportunity_id": [
                f"OPP-{day}-{index:04d}"
                for day, index in zip(
                    np.datetime_as_string(deals().created.astype("datetime64[D]")).astype(str),
                    deals().index,
                    strict=True,
                )
            ],
            "won": won,
            "closed": pl.Series(outcome_day.astype(np.int32)).cast(pl.Date),
            "cents": (unit_price * renewals().quantity).sum(axis=1),
        }
    ).with_columns(pl.col("opportunity_id").str.replace_all(r"-(\d\d)-(\d\d)-", "${1}${2}-"))
    record = of_renewals(OPPORTUNITIES).filter("is_closed")
    both = record.join(told, on="opportunity_id")
    assert both.height == record.height > 1_000
    assert (both["is_won"] == both["won"]).all()
    assert (both["close_date"] == both["closed"]).all()
    wins = both.filter("won")
    assert ((wins["amount"] * 100).round().cast(pl.Int64) == wins["cents"]).all()


def test_a_renewal_has_a_line_for_each_product_held_and_its_amount_is_their_sum_from_the_first_day() -> None:
    lines = of_renewals(OPPORTUNITY_LINE_ITEMS)
    record = of_renewals(OPPORTUNITIES)
    sums = lines.group_by("opportunity_id").agg(
        lines=pl.len(),
        products=pl.col("product_id").n_unique(),
        cents=(pl.col("total_price") * 100).round().cast(pl.Int64).sum(),
        numbers=pl.col("opportunity_line_item_id").str.extract(r"-(\d+)$").cast(pl.Int64).max(),
    )
    both = record.join(sums, on="opportunity_id")
    assert both.height == record.height
    assert ((both["amount"] * 100).round().cast(pl.Int64) == both["cents"]).all()
    assert (both["lines"] == both["products"]).all()
    assert (both["lines"] == both["numbers"]).all()
    assert set(both["lines"].to_list()) >= {1, 2, 3, 4}
    assert lines["opportunity_line_item_id"].is_sorted()
    held = stories().deals.renewed[stories().deals.is_renewal]
    assert lines["quantity"].sum() == held.sum()
    first = of_renewals(OPPORTUNITY_STAGES).filter(pl.col("sequence") == 1)
    assert ((first["amount"] * 100).round() % 100_000 == 0).mean() < 0.05  # type: ignore[operator]


def test_the_close_date_of_a_renewal_is_never_later_than_the_contract_and_its_stage_never_before_the_first() -> None:
    history, told = stories().history, stories().deals
    is_renewal = told.is_renewal[history.deal]
    assert (history.close_day <= told.contract_end[history.deal]).all()
    assert (history.stage[is_renewal] >= stories().paths.first_stage[history.deal[is_renewal]]).all()
    on_time = working_day(history.close_day) == working_day(told.contract_end[history.deal])
    assert on_time[is_renewal].mean() > 0.5


def test_renewals_come_after_the_other_deals_of_their_day_and_leave_them_as_they_are() -> None:
    told = stories().deals
    others = draw_deals(book(), range(LAST - 400, LAST + 1))
    assert (told.where(~told.is_renewal).key == others.key).all()
    assert (np.diff(told.created * 100_000 + told.index) > 0).all()
    assert tables()[OPPORTUNITIES]["opportunity_id"].is_sorted()
    counts = np.array([book().organisation.calendar.count(day) for day in deals().created.tolist()])
    assert (deals().index > counts).all()
    again = merged(deals(), others).where(merged(deals(), others).created >= LAST - 400)
    assert (again.key[again.created <= LAST] == told.key).all()


def test_the_name_of_a_renewal_says_so_with_its_year_and_no_other_has_it() -> None:
    names = of_renewals(OPPORTUNITIES)["name"]
    assert names.str.contains("Renewal").all()
    assert names.str.contains(r"20\d\d$").all()
    assert tables()[OPPORTUNITIES]["name"].is_unique().all()
    assert not tables()[OPPORTUNITIES].filter(~IS_RENEWAL)["name"].str.contains("Renewal").any()


def test_a_renewal_is_worked_by_who_looks_after_the_account_and_came_from_no_campaign() -> None:
    record = of_renewals(OPPORTUNITIES)
    assert (record["lead_source"] == "Other").all()
    seat = book().account_seat[deals().account]
    assert (deals().owner == book().organisation.team.turnover.holder_on(seat, deals().created)).all()
    worth = deals().renewed * book().product_price
    assert (worth[np.arange(len(worth)), deals().product] == worth.max(axis=1)).all()
    assert draw_offers(deals(), book()).amount[0] == pytest.approx(worth.sum(axis=1), rel=0.3)
