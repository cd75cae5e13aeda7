"""The whitespace list: who is on it and in what order, worked out again, and from nothing later than it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from synthdeal_assets.foundation.statistics.bootstrap import curve_area, value_of
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, query_frame
from synthdeal_assets.settings import WHITESPACE_PARTS
from synthdeal_assets.whitespace.models.matrix import read_matrix
from synthdeal_assets.whitespace.ranked_list import listing
from synthdeal_assets.whitespace.ranked_list.listing import BuiltList, build_list
from synthdeal_assets.whitespace.ranked_list.reasons import typical_values
from synthdeal_assets.whitespace.ranked_list.score_components import (
    PRIOR_ENTRANTS,
    Parts,
    height,
    read_parts,
    share_beaten,
)
from synthdeal_assets.whitespace.ranked_list.stacking import learn_stacker
from synthdeal_assets.whitespace.tables import WHITESPACE_LIST
from synthdeal_assets.whitespace.vocabulary import WHITESPACE
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.whitespace.listed_shop import RULE_CAVEAT, ListedShop, fill_listed_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> ListedShop:
    return fill_listed_shop(Warehouse(database=str(tmp_path_factory.mktemp("list") / "warehouse.duckdb")))


@pytest.fixture(scope="module")
def present(shop: ListedShop) -> BuiltList:
    with shop.warehouse.connect() as connection:
        cutoff = shop.plan.scoring_cutoff
        return build_list(connection, shop.plan, shop.settings, cutoff, cutoff)


def test_exactly_the_pairs_without_a_purchase_or_a_return_by_the_cutoff_are_listed(
    shop: ListedShop, present: BuiltList
) -> None:
    # Whoever returned something has bought it, be it before the log begins.
    bought = shop.warehouse.read("SELECT DISTINCT customer_id, division FROM sales.fact_transactions")
    everybody = shop.warehouse.read("SELECT DISTINCT customer_id FROM sales.fact_transactions")
    pairs = {(customer, division) for customer in everybody["customer_id"] for division in shop.divisions}
    assert set(present.frame.select("customer_id", "division").iter_rows()) == pairs - set(bought.iter_rows())
    assert present.frame["is_current"].all()


def test_the_score_weighs_how_few_of_the_list_stand_above_in_each_part(present: BuiltList) -> None:
    rows = present.frame
    for part in WHITESPACE_PARTS:
        values = [round(value, 9) for value in rows[part]]
        for value, found in list(zip(values, rows[f"{part}_part"], strict=True))[::17]:
            above = sum(other > value for other in values) + 0.5 * sum(other == value for other in values)
            assert found == pytest.approx(math.log(len(values) / above) / math.log(2 * len(values)), abs=1e-8)
            assert share_beaten(found, len(values)) == pytest.approx(1 - above / len(values), abs=1e-6)
    weighed = (
        0.6 * rows["p_icp_part"] + 0.2 * rows["lift_part"] + 0.1 * (rows["affinity_part"] + rows["expected_value_part"])
    )
    assert (rows["score"] - weighed).abs().max() == pytest.approx(0, abs=1e-8)
    assert rows["place"].to_list() == list(range(1, rows.height + 1))
    keys = [(-row["score"], row["customer_id"], row["division"]) for row in rows.iter_rows(named=True)]
    assert keys == sorted(keys)


def test_the_best_chance_is_not_lost_behind_middling_ones_that_other_parts_lift() -> None:
    pairs = 10_000
    best = 0.6 * part_at(1, pairs) + 0.4 * part_at(pairs // 2, pairs)
    middling = 0.6 * part_at(pairs // 10, pairs) + 0.4 * part_at(pairs // 20, pairs)
    assert best > middling
    assert 0.6 * (1 - 0 / pairs) + 0.4 * 0.5 < 0.6 * 0.9 + 0.4 * 0.95  # as percentiles it would be lost


def part_at(place: int, pairs: int) -> float:
    values = pl.DataFrame({"value": range(pairs, 0, -1)}).select(height(pl.col("value").cast(pl.Float64)))
    return float(values.to_series()[place - 1])


def test_other_weights_give_another_order(shop: ListedShop) -> None:
    cutoff = shop.plan.scoring_cutoff
    settings = shop.settings.changed({"whitespace_weights": "0/0/1/0"})
    with shop.warehouse.connect() as connection:
        rows = build_list(connection, shop.plan, settings, cutoff, cutoff).frame
    assert rows["affinity"].is_sorted(descending=True)


def test_a_tenth_is_grade_a_and_everybody_has_one(present: BuiltList) -> None:
    rows = present.frame
    shares = {grade: part.height / rows.height for (grade,), part in rows.group_by("grade")}
    assert shares == pytest.approx({"A": 0.1, "B": 0.2, "C": 0.3, "D": 0.4}, abs=2 / rows.height)
    assert rows["grade"].is_sorted()


def test_expected_value_is_the_chance_of_what_entrants_of_ended_windows_usually_spent(
    shop: ListedShop, present: BuiltList
) -> None:
    cutoff, window = shop.plan.scoring_cutoff, dt.timedelta(days=shop.plan.window_days)
    labels = shop.warehouse.read(
        "SELECT cutoff_date, division, net_amount FROM whitespace.labels WHERE population = 'whitespace' AND bought"
    ).filter(pl.col("cutoff_date") + window <= cutoff)
    overall = float(np.median(labels["net_amount"]))
    for division in shop.divisions:
        own = labels.filter(pl.col("division") == division)["net_amount"]
        typical = (own.len() * float(np.median(own)) + PRIOR_ENTRANTS * overall) / (own.len() + PRIOR_ENTRANTS)
        rows = present.frame.filter(pl.col("division") == division)
        assert np.median(rows["expected_value"] / rows["p_icp"]) == pytest.approx(typical, rel=1e-3)


def test_every_row_has_reasons_of_its_own_model_and_a_rule_says_that_it_is_one(
    shop: ListedShop, present: BuiltList
) -> None:
    of_rule = present.frame.filter(pl.col("division") == shop.rule_division)
    of_models = present.frame.filter(pl.col("division") != shop.rule_division)
    assert of_models["reasons"].str.contains("For: |Against: ").sum() > 0.9 * of_models.height
    assert of_models["caveat"].null_count() == of_models.height
    assert of_rule["reasons"].str.contains("By the rule frequency, not by a model.").all()
    assert not of_rule["reasons"].str.contains("For: |Against: ").any()
    assert of_rule["caveat"].unique().to_list() == [RULE_CAVEAT]
    assert present.frame["reasons"].str.starts_with("Chance ").all()


def test_what_is_typical_is_the_median_of_the_division_at_the_cutoff(shop: ListedShop) -> None:
    cutoff, division = shop.plan.scoring_cutoff, shop.divisions[0]
    with shop.warehouse.connect() as connection:
        typical = typical_values(connection, cutoff, WHITESPACE)[division]
        frame = read_matrix(connection, cutoff, division, WHITESPACE)
    for feature in ("customer_orders_12m", "customer_recency_days", "customer_amount_total"):
        assert typical[feature] == frame[feature].median()


def test_pairs_beyond_those_that_are_explained_have_a_shorter_sentence(
    shop: ListedShop, present: BuiltList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synthdeal_assets.whitespace.ranked_list.listing.MAX_EXPLAINED", 60)
    cutoff = shop.plan.scoring_cutoff
    with shop.warehouse.connect() as connection:
        rows = build_list(connection, shop.plan, shop.settings, cutoff, cutoff).frame
    changed = rows["reasons"] != present.frame["reasons"]
    assert changed.sum() > 0
    assert not rows.filter(changed)["reasons"].str.contains("For: |Against: ").any()
    first = rows.filter("within_capacity").head(60).select("customer_id", "division")
    assert first.height == 60
    assert rows.filter(changed).join(first, on=["customer_id", "division"]).is_empty()
    assert rows.drop("reasons").equals(present.frame.drop("reasons"))


def test_capacity_is_filled_for_each_rep_from_the_top_with_eligible_pairs(shop: ListedShop) -> None:
    cutoff = shop.plan.scoring_cutoff
    settings = shop.settings.changed({"whitespace_capacity_per_rep": 3})
    with shop.warehouse.connect() as connection:
        rows = build_list(connection, shop.plan, settings, cutoff, cutoff).frame
    for (rep,), part in rows.group_by("rep"):
        eligible = part.filter("is_eligible").sort("place")
        assert str(rep).startswith("Rep ")
        assert eligible["within_capacity"].to_list() == [True] * 3 + [False] * (eligible.height - 3)
        assert not part.filter(~pl.col("is_eligible"))["within_capacity"].any()
        assert part.filter(~pl.col("is_eligible"))["not_eligible_because"].str.contains("bought").all()


def test_later_sales_and_later_reps_change_nothing_in_an_earlier_list(shop: ListedShop) -> None:
    cutoff = shop.plan.test_cutoff
    assert cutoff is not None
    with shop.warehouse.connect() as connection:
        before = build_list(connection, shop.plan, shop.settings, cutoff, cutoff)
        connection.begin()
        connection.execute(
            "UPDATE sales.fact_transactions SET division = 'Hosting', product = 'Hosting Pro', rep = 'Somebody else', "
            "amount = 9 WHERE order_date > ?",
            [cutoff],
        )
        connection.execute(
            "UPDATE whitespace.labels SET net_amount = 1e6, bought = NOT bought WHERE cutoff_date > ?",
            [cutoff - dt.timedelta(days=shop.plan.window_days)],
        )
        after = build_list(connection, shop.plan, shop.settings, cutoff, cutoff)
        connection.rollback()
    assert not before.frame["is_current"].any()
    assert_frame_equal(before.frame, after.frame)
    assert before.challenger == after.challenger


def test_the_challenger_learns_from_a_window_that_its_chances_had_not_seen(shop: ListedShop) -> None:
    cutoff = shop.plan.scoring_cutoff
    with shop.warehouse.connect() as connection:
        stacker = learn_stacker(connection, cutoff)
        assert not isinstance(stacker, str)
        assert stacker.learnt_at == shop.plan.training[cutoff][0]
        pairs = read_parts(connection, stacker.learnt_at, cutoff).pairs
        labels = query_frame(
            connection,
            "SELECT customer_id, division, bought FROM whitespace.labels WHERE cutoff_date = $cutoff",
            {"cutoff": stacker.learnt_at},
        )
        connection.execute("BEGIN; DELETE FROM whitespace.predictions WHERE cutoff_date <> model_cutoff")
        none = build_list(connection, shop.plan, shop.settings, cutoff, cutoff)
        connection.rollback()
    bought = pairs.join(labels, on=["customer_id", "division"], maintain_order="left")["bought"].cast(pl.Float64)
    area = {
        name: value_of(curve_area(scores.to_numpy(), bought.to_numpy()), pairs.height)
        for name, scores in (("stacked", stacker.scores(pairs)), ("affinity", pairs["affinity"]))
    }
    assert area["stacked"] > max(area["affinity"], 0.6)
    assert stacker.scores(pairs).mean() == pytest.approx(bought.mean(), abs=0.01)
    assert (none.frame["challenger_score"] - none.frame["p_icp"] / 2).abs().max() == 0
    assert any("second-best model" in caveat for caveat in none.caveats)


def test_every_pair_keeps_its_own_scores_in_whatever_order_pairs_are_read(
    shop: ListedShop, present: BuiltList, monkeypatch: pytest.MonkeyPatch
) -> None:
    def backwards(*arguments: Any) -> Parts:
        parts = read_parts(*arguments)
        return dataclasses.replace(parts, pairs=parts.pairs.reverse())

    monkeypatch.setattr(listing, "read_parts", backwards)
    cutoff = shop.plan.scoring_cutoff
    with shop.warehouse.connect() as connection:
        again = build_list(connection, shop.plan, shop.settings, cutoff, cutoff)
    assert_frame_equal(again.frame, present.frame)


def test_the_same_warehouse_gives_the_same_list(shop: ListedShop, present: BuiltList) -> None:
    cutoff = shop.plan.scoring_cutoff
    with shop.warehouse.connect() as connection:
        again = build_list(connection, shop.plan, shop.settings, cutoff, cutoff)
    assert_frame_equal(again.frame, present.frame)
    shop.warehouse.replace({WHITESPACE_LIST: present.frame})


def test_a_bad_do_not_contact_file_and_a_cutoff_without_chances_are_refused(shop: ListedShop, tmp_path: Path) -> None:
    cutoff = shop.plan.scoring_cutoff
    settings = shop.settings.changed({"whitespace_do_not_contact": tmp_path / "nobody.csv"})
    with shop.warehouse.connect() as connection:
        with failing_with("do-not-contact.unreadable", naming=r"nobody\.csv"):
            build_list(connection, shop.plan, settings, cutoff, cutoff)
        with failing_with("whitespace.nothing-predicted"):
            build_list(connection, shop.plan, shop.settings, cutoff - dt.timedelta(days=1), cutoff)


def test_one_division_alone_has_a_list_that_says_what_it_lacks(tmp_path: Path) -> None:
    shop = fill_listed_shop(
        Warehouse(database=str(tmp_path / "warehouse.duckdb")), customers=60, divisions=1, training_cutoffs=2
    )
    cutoff = shop.plan.scoring_cutoff
    with shop.warehouse.connect() as connection:
        connection.execute("UPDATE sales.fact_transactions SET product = 'Analytics Pro'")
        built = build_list(connection, shop.plan, shop.settings, cutoff, cutoff)
    assert built.frame["lift"].sum() == built.frame["affinity"].sum() == 0
    assert any("only one division" in caveat for caveat in built.caveats)
    assert any("fewer than two products" in caveat for caveat in built.caveats)


def test_where_everybody_owns_everything_the_list_is_empty_and_nothing_fails(shop: ListedShop) -> None:
    cutoff = shop.plan.scoring_cutoff
    with shop.warehouse.connect() as connection:
        connection.execute("BEGIN; DELETE FROM whitespace.predictions WHERE population = 'whitespace'")
        built = build_list(connection, shop.plan, shop.settings, cutoff, cutoff)
        connection.rollback()
    assert built.frame.is_empty()
