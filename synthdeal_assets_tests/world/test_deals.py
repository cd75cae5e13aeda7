"""What happens in deals: whether it is coherent, and as realistic as it claims to be."""

from __future__ import annotations

import datetime as dt
from functools import cache

import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr

from synthdeal_assets.foundation.drawing.randomness import IntArray
from synthdeal_assets.world.calendar import day_number, window_start
from synthdeal_assets.world.contract_tables import CONTRACTS
from synthdeal_assets.world.deals import Deals, draw_deals
from synthdeal_assets.world.evidence_timeline import NOT_WRITTEN, Evidence, view_evidence
from synthdeal_assets.world.offers import draw_offers
from synthdeal_assets.world.sales_book import SalesBook
from synthdeal_assets.world.salesforce_picklists import OPEN_STAGES, RENEWAL
from synthdeal_assets.world.stages import MAX_DAYS_OPEN, MIN_DAYS_OPEN, Paths, draw_paths
from synthdeal_assets.world.tables import ACCOUNTS, MEDDPICC_COLUMNS, OPPORTUNITIES, OPPORTUNITY_STAGES
from synthdeal_assets.world.truth import level_days, levels_on
from synthdeal_assets.world.truth_tables import TRUTH_OPPORTUNITIES
from synthdeal_assets_tests.world.worlds import AS_OF, SEED, auc, market, world

SIZE = 2000
MANY = 12_000
LAST = day_number(AS_OF)
TYPES_OF_MORE_OR_LESS = ("Existing Customer - Upgrade", "Existing Customer - Downgrade")


@cache
def drawn() -> tuple[SalesBook, Deals, Paths]:
    """Many deals without their texts."""
    book = market(SEED, MANY, "fictional").book
    deals = draw_deals(book, range(window_start(LAST), LAST + 1))
    return book, deals, draw_paths(deals, book)


@cache
def witnessed() -> tuple[IntArray, IntArray, Evidence]:
    """True levels, witness levels (nothing written counts 0), both (8, deals), and the evidence itself."""
    book, deals, paths = drawn()
    until = np.minimum(LAST, paths.outcome_day - 1)
    days = {element: level_days(deals, paths, element) for element in MEDDPICC_COLUMNS}
    evidence = view_evidence(deals, book, days, until, deals.champion_leaves + 1)
    truth = np.stack([levels_on(days[element], until) for element in MEDDPICC_COLUMNS])
    witness = np.stack([np.maximum(evidence.witness[element], 0) for element in MEDDPICC_COLUMNS])
    return truth, witness, evidence


def test_no_deal_stays_open_for_longer_than_300_days_or_shorter_than_10() -> None:
    _, deals, paths = drawn()
    days_open = paths.outcome_day - deals.created
    assert days_open.max() <= MAX_DAYS_OPEN
    assert days_open.min() >= MIN_DAYS_OPEN


def test_stages_are_entered_in_order_and_before_the_outcome() -> None:
    _, _, paths = drawn()
    for column in range(500):
        entered = [day for day in paths.entered[:, column] if day < 10_000_000]
        assert entered == sorted(entered)
        assert entered[-1] < paths.outcome_day[column]


def test_about_a_quarter_of_the_closed_deals_are_won() -> None:
    opportunities = world(SIZE)[OPPORTUNITIES]
    win_rate = opportunities.filter(pl.col("is_closed") & (pl.col("type") != RENEWAL))["is_won"].mean()
    assert isinstance(win_rate, float)
    assert 0.20 < win_rate < 0.30


def test_outcomes_come_as_often_as_their_probability_says() -> None:
    _, deals, _ = drawn()
    for low, high in ((0.0, 0.1), (0.1, 0.25), (0.25, 0.5), (0.5, 1.0)):
        chosen = (deals.win_probability >= low) & (deals.win_probability < high)
        assert deals.won[chosen].mean() == pytest.approx(deals.win_probability[chosen].mean(), abs=0.03)


def test_the_win_probability_ranks_outcomes_well_but_not_perfectly() -> None:
    _, deals, _ = drawn()
    assert 0.75 < auc(deals.win_probability, deals.won) < 0.85


def test_evidence_follows_the_truth_clearly_and_imperfectly() -> None:
    truth, witness, _ = witnessed()
    correlation = spearmanr(truth.sum(axis=0), witness.sum(axis=0)).statistic
    assert 0.6 < correlation < 0.85
    by_element = [spearmanr(truth[row], witness[row]).statistic for row in range(len(MEDDPICC_COLUMNS))]
    assert min(by_element) > 0.35
    assert max(by_element) < 0.8


def test_sellers_err_on_both_sides() -> None:
    truth, witness, _ = witnessed()
    assert (witness > truth).mean() > 0.08
    assert (witness < truth).mean() > 0.2


def test_half_of_the_deals_have_complete_evidence_and_the_rest_gets_more_with_the_stages() -> None:
    _, _, paths = drawn()
    _, _, evidence = witnessed()
    written = np.stack([evidence.witness[element] != NOT_WRITTEN for element in MEDDPICC_COLUMNS]).sum(axis=0)
    assert 0.4 < (written == len(MEDDPICC_COLUMNS)).mean() < 0.6
    stage = paths.stage_on(np.minimum(LAST, paths.outcome_day - 1))
    partial = written < len(MEDDPICC_COLUMNS)
    early, late = (written[partial & group].mean() for group in (stage <= 1, stage >= 5))
    assert 2 <= early <= 5
    assert late > early + 1


def test_a_new_deal_of_a_sketchy_seller_has_two_to_four_elements() -> None:
    book, deals, paths = drawn()
    days = {element: level_days(deals, paths, element) for element in MEDDPICC_COLUMNS}
    evidence = view_evidence(deals, book, days, deals.created, deals.champion_leaves + 1)
    written = np.stack([evidence.witness[element] != NOT_WRITTEN for element in MEDDPICC_COLUMNS]).sum(axis=0)
    # An element that is known on the first day may be written besides the ones that are chosen.
    assert np.isin(written, (2, 3, 4, 8)).mean() > 0.9


def test_sellers_differ() -> None:
    _, deals, _ = drawn()
    truth, witness, _ = witnessed()
    excess = (witness - truth).sum(axis=0)
    by_owner = [
        excess[deals.owner == owner].mean() for owner in np.unique(deals.owner) if (deals.owner == owner).sum() > 20
    ]
    assert len(by_owner) > 50
    assert np.std(by_owner) > 1.0


def test_an_amount_is_quantity_times_list_price_less_a_whole_percentage() -> None:
    book, deals, _ = drawn()
    offers = draw_offers(deals, book)
    full = offers.quantity * book.product_price[deals.product]
    discount = 100 - offers.amount * 100 / full
    assert np.allclose(discount, np.rint(discount))
    assert (discount >= 0).all()
    assert (discount <= 30).all()
    assert (offers.quantity >= 1).all()


def test_amounts_grow_with_the_segment_and_spread_log_normally() -> None:
    tables = world(SIZE)
    deals = tables[OPPORTUNITIES].join(tables[ACCOUNTS].select("account_id", "segment"), on="account_id")
    median = dict(deals.group_by("segment").agg(pl.col("amount").median()).iter_rows())
    assert median["SMB"] * 2 < median["Mid-Market"] < median["Enterprise"] / 2
    logs = deals.filter(pl.col("segment") == "Enterprise")["amount"].log()
    assert logs.mean() == pytest.approx(logs.median(), abs=0.15)


def test_the_record_agrees_with_the_last_entry_of_the_history() -> None:
    tables = world(SIZE)
    last = tables[OPPORTUNITY_STAGES].group_by("opportunity_id").agg(pl.all().sort_by("sequence").last())
    both = tables[OPPORTUNITIES].join(last, on="opportunity_id", suffix="_recorded")
    for column in ("stage_name", "amount", "close_date", "probability"):
        assert (both[column] == both[f"{column}_recorded"]).all(), column
    assert (both.filter(~pl.col("is_closed"))["entered_date"] <= AS_OF).all()


def test_the_history_starts_with_the_creation_and_never_goes_back() -> None:
    tables = world(SIZE)
    history = tables[OPPORTUNITY_STAGES].join(
        tables[OPPORTUNITIES].select("opportunity_id", "created_date"), on="opportunity_id"
    )
    first = history.filter(pl.col("sequence") == 1)
    assert (first["entered_date"] == first["created_date"]).all()
    steps = history.select(pl.col("entered_date").diff().over("opportunity_id").dt.total_days()).to_series()
    assert steps.drop_nulls().min() == 0
    positions = history.select(
        pl.col("stage_name")
        .replace_strict(OPEN_STAGES, range(len(OPEN_STAGES)), default=99)
        .diff()
        .over("opportunity_id")
    ).to_series()
    assert positions.drop_nulls().min() == 0


def test_an_entry_says_something_new() -> None:
    history = world(SIZE)[OPPORTUNITY_STAGES]
    same = history.select(
        pl.all_horizontal(
            (pl.col(column) == pl.col(column).shift()).over("opportunity_id")
            for column in ("stage_name", "amount", "close_date")
        ).fill_null(value=False)
    ).to_series()
    assert not same.any()


def test_some_close_dates_slip_and_some_amounts_are_revised() -> None:
    history = world(SIZE)[OPPORTUNITY_STAGES]
    change = history.with_columns(
        later=pl.col("close_date").diff().over("opportunity_id").dt.total_days() > 0,
        revised=pl.col("amount").diff().over("opportunity_id").abs() > 0,
    )
    by_deal = change.group_by("opportunity_id").agg(pl.col("later").any(), pl.col("revised").any())
    slipped, revised = by_deal["later"].mean(), by_deal["revised"].mean()
    assert isinstance(slipped, float)
    assert isinstance(revised, float)
    assert 0.15 < slipped < 0.6
    # Those that reach a quote, whose amount was a guess until then, and some before.
    assert 0.25 < revised < 0.6


def test_few_open_deals_are_overdue() -> None:
    open_deals = world(SIZE)[OPPORTUNITIES].filter(~pl.col("is_closed"))
    overdue = open_deals.filter(pl.col("close_date") < AS_OF).height / open_deals.height
    assert 0 < overdue < 0.05


def test_wins_gather_at_the_end_of_a_quarter() -> None:
    _, deals, paths = drawn()
    won = paths.outcome_day[deals.won].astype("datetime64[D]")
    month = won.astype("datetime64[M]").astype(int) % 12
    days_left = ((won.astype("datetime64[M]") + 1).astype("datetime64[D]") - won).astype(int)
    last_week = (np.isin(month, (2, 5, 8, 11)) & (days_left <= 7)).mean()
    assert last_week > 2 * 4 * 7 / 364


def test_a_wrong_stage_is_planted_in_a_few_deals_and_only_there() -> None:
    tables = world(SIZE)
    truth = tables[TRUTH_OPPORTUNITIES]
    assert 0.02 < truth["has_wrong_stage"].sum() / truth.height < 0.09
    open_deals = tables[OPPORTUNITIES].filter(~pl.col("is_closed")).join(truth, on="opportunity_id")
    assert ((open_deals["stage_name"] != open_deals["true_stage"]) == open_deals["has_wrong_stage"]).all()


def test_about_two_percent_of_the_deals_carry_an_instruction() -> None:
    tables = world(SIZE)
    planted = tables[TRUTH_OPPORTUNITIES].filter(pl.col("planted_instruction").is_not_null())
    assert 0.01 < planted.height / tables[TRUTH_OPPORTUNITIES].height < 0.03
    notes = planted.join(tables[OPPORTUNITIES], on="opportunity_id")
    assert notes.select(pl.col("notes").str.contains(pl.col("planted_instruction"), literal=True)).to_series().all()
    assert (notes["notes"] != notes["clean_notes"]).all()


def test_a_deal_is_new_business_exactly_when_its_account_has_no_contract_on_its_first_day() -> None:
    opportunities = world(SIZE)[OPPORTUNITIES]
    contracts = world(SIZE)[CONTRACTS].select("account_id", "start_date", "end_date")
    runs = pl.col("created_date").is_between(pl.col("start_date"), pl.col("end_date"))
    of_customers = opportunities.join(contracts, on="account_id").filter(runs)["opportunity_id"].unique()
    assert of_customers.len() > 1_000
    has_contract = pl.col("opportunity_id").is_in(of_customers.implode())
    assert opportunities.filter(has_contract == (pl.col("type") == "New Customer")).is_empty()


def test_an_account_is_a_customer_from_the_day_it_buys() -> None:
    tables = world(SIZE)
    buyers = tables[ACCOUNTS].join(tables[OPPORTUNITIES].filter("is_won"), on="account_id", how="semi")
    assert (buyers["type"] != "Prospect").all()
    never = tables[ACCOUNTS].filter(pl.col("type") == "Prospect")
    assert (never.join(tables[OPPORTUNITIES], on="account_id")["type_right"] == "New Customer").all()


def test_no_lead_of_an_existing_customer_comes_from_a_purchased_list_or_a_web_form() -> None:
    opportunities = world(SIZE)[OPPORTUNITIES]
    is_bought = pl.col("lead_source").is_in(["Purchased List", "Web"])
    assert opportunities.filter((pl.col("type") != "New Customer") & is_bought).is_empty()
    assert opportunities.filter(type="New Customer").select(is_bought.mean()).item() > 0.4


def test_new_business_and_customers_are_both_there() -> None:
    kinds = world(SIZE)[OPPORTUNITIES].filter(pl.col("type") != RENEWAL)["type"]
    assert 0.3 < (kinds == "New Customer").sum() / kinds.len() < 0.6


def test_the_snapshot_of_a_closed_deal_is_the_day_before_it_closed() -> None:
    tables = world(SIZE)
    closed = tables[OPPORTUNITIES].filter("is_closed")
    entries = tables[OPPORTUNITY_STAGES].join(
        closed.select("opportunity_id", outcome_day="close_date"), on="opportunity_id"
    )
    on_the_day = entries.filter(pl.col("entered_date") >= pl.col("outcome_day"))
    assert on_the_day.height == closed.height
    assert on_the_day["stage_name"].str.starts_with("Closed").all()


def test_a_first_day_has_no_history_but_its_own() -> None:
    created = world(SIZE)[OPPORTUNITIES].filter(pl.col("created_date") == AS_OF)
    assert created.height > 0
    assert (created["last_modified_date"] == dt.date(2026, 11, 20)).all()


def test_what_notes_say_a_customer_has_is_what_its_contracts_say() -> None:
    said = r"(?:Extension:|Add-on to the|outgrew the|down from|smaller size:|cut the) ([\d,]+) "
    deals = world(SIZE)[OPPORTUNITIES].filter(pl.col("type").is_in(TYPES_OF_MORE_OR_LESS))
    deals = deals.with_columns(said=pl.col("notes").str.extract(said).str.replace(",", "").cast(pl.Int64))
    deals = deals.drop_nulls("said")
    contracts = world(SIZE)[CONTRACTS].select("account_id", "product_id", "quantity", "start_date", "end_date")
    runs = pl.col("created_date").is_between(pl.col("start_date"), pl.col("end_date"))
    held = deals.join(contracts, on=["account_id", "product_id"]).filter(runs)
    held = held.group_by("opportunity_id").agg(pl.col("said").first(), held=pl.col("quantity").sum())
    assert held.height == deals.height > 50
    assert held.filter(pl.col("said") != pl.col("held")).is_empty()
