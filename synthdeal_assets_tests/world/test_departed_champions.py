"""A champion who leaves the company takes the deal's support along, and the seller finds out, sometimes late."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.world.calendar import day_number
from synthdeal_assets.world.deals import Deals, draw_deals
from synthdeal_assets.world.stages import Paths, draw_paths
from synthdeal_assets.world.tables import CONTACTS, MEDDPICC_COLUMNS, OPPORTUNITIES, OPPORTUNITY_CONTACT_ROLES
from synthdeal_assets.world.truth import level_days, levels_on
from synthdeal_assets.world.truth_tables import TRUTH_OPPORTUNITIES
from synthdeal_assets_tests.world.worlds import AS_OF, market, world

SIZE: Final = 1500
LAST: Final = day_number(AS_OF)
TOLD: Final = r"has left|who left|gone from|no longer at| left "
"""How evidence says of a champion that they have left."""


@cache
def drawn() -> tuple[Deals, Paths]:
    book = market(9, 20_000, "fictional").book
    deals = draw_deals(book, range(LAST - 1_091, LAST + 1))
    return deals, draw_paths(deals, book)


@cache
def departures(tables_of: int = SIZE) -> pl.DataFrame:
    """The deals whose champion was found to have left while they were open, with both persons' names."""
    tables: dict[Table, pl.DataFrame] = world(tables_of)
    people = (
        tables[OPPORTUNITY_CONTACT_ROLES]
        .join(tables[CONTACTS], on="contact_id")
        .with_columns(
            name=pl.concat_str("first_name", "last_name", separator=" "), seat=pl.col("contact_id").str.head(-3)
        )
    )
    left = tables[TRUTH_OPPORTUNITIES].filter(pl.col("champion_left_date").is_not_null())
    leaver = people.join(left, on="opportunity_id").filter(pl.col("left_date") == pl.col("champion_left_date"))
    both = leaver.join(people, on=["opportunity_id", "seat"], suffix="_after")
    both = both.filter(pl.col("contact_id") < pl.col("contact_id_after"))
    return both.join(tables[OPPORTUNITIES], on="opportunity_id", suffix="_of_deal")


def test_a_deal_whose_champion_leaves_is_won_less_often_and_the_whole_world_as_much() -> None:
    deals, paths = drawn()
    leaves = deals.champion_leaves < paths.outcome_day
    assert 0.04 < leaves.mean() < 0.10
    assert deals.won[leaves].mean() < deals.won[~leaves].mean() - 0.04
    assert 0.24 < deals.won.mean() < 0.28
    assert (deals.champion_leaves >= deals.created).all()


def test_on_the_day_after_the_champion_has_left_nothing_is_left_of_the_level() -> None:
    deals, paths = drawn()
    days = level_days(deals, paths, "champion")
    before, after = levels_on(days, deals.champion_leaves), levels_on(days, deals.champion_leaves + 1)
    cycle = deals.champion_leaves - deals.created < paths.cycle_days
    assert (before[cycle] >= 2).mean() > 0.2
    assert (after == 0).mean() > 0.98
    later = levels_on(days, deals.champion_leaves + paths.cycle_days)
    assert (later >= 2).mean() > 0.3
    for day in (deals.created, deals.champion_leaves + 40, deals.champion_leaves + 900):
        assert set(np.unique(levels_on(days, day))) <= {0, 1, 2, 3}


def test_no_other_level_ever_falls() -> None:
    deals, paths = drawn()
    for element in set(MEDDPICC_COLUMNS) - {"champion"}:
        assert level_days(deals, paths, element).shape == (3, len(deals.key))


def test_the_truth_says_when_and_most_are_found_out_while_the_deal_is_open() -> None:
    tables = world(SIZE)
    truth = tables[TRUTH_OPPORTUNITIES].join(tables[OPPORTUNITIES], on="opportunity_id")
    left = truth.filter(pl.col("champion_left_date").is_not_null())
    assert 0.04 < left.height / truth.height < 0.10
    assert (left["champion_left_date"] >= left["created_date"]).all()
    assert (left["champion_left_date"] < left["outcome_date"]).all()
    assert 0.6 < departures().height / left.height < 1


def test_once_it_is_known_the_champion_is_spoken_of_as_gone_and_the_successor_is_named() -> None:
    told = departures().filter(pl.col("champion").str.contains(TOLD) & (pl.col("created_date_after").is_not_null()))
    gone = told.filter(
        pl.col("champion").str.contains(pl.col("last_name"), literal=True)
        | pl.col("champion").str.contains(pl.col("first_name"), literal=True)
    )
    assert gone.height > 30
    successor = pl.any_horizontal(
        pl.col("champion").str.contains(pl.col(name), literal=True)
        for name in ("name_after", "first_name_after", "last_name_after")
    )
    assert gone.select(successor.mean()).item() > 0.95


def test_nobody_plans_a_next_step_with_a_champion_who_is_known_to_have_left_or_counts_on_them_in_the_notes() -> None:
    found = departures()
    for text in ("next_step", "notes"):
        of_text = found.filter(pl.col(text).str.contains(pl.col("name"), literal=True))
        assert of_text.filter(~pl.col(text).str.contains(TOLD)).is_empty()


def test_a_departure_that_is_not_found_out_yet_leaves_the_evidence_as_it_was() -> None:
    """The level is gone, and the words are those of before: what is written is stale."""
    tables = world(SIZE)
    left = tables[TRUTH_OPPORTUNITIES].filter(pl.col("champion_left_date") <= AS_OF)
    unknown = left.join(departures(), on="opportunity_id", how="anti").join(tables[OPPORTUNITIES], on="opportunity_id")
    assert unknown.height > 10
    assert unknown.select((pl.col("champion_level") == 0).mean()).item() > 0.9
    assert unknown["champion"].drop_nulls().len() > 5
    assert unknown.filter(pl.col("champion").str.contains(r"has left|gone from|no longer at")).is_empty()


def test_a_deal_is_the_same_from_whatever_day_one_looks_when_its_champion_is_found_to_have_left() -> None:
    earlier = world(SIZE, dt.date(2026, 11, 19))
    now = world(SIZE)
    closed = earlier[OPPORTUNITIES].filter("is_closed")
    same = closed.join(now[OPPORTUNITIES], on="opportunity_id", suffix="_now")
    for text in ("champion", "notes", "decision_process"):
        assert same[text].eq_missing(same[f"{text}_now"]).all()
