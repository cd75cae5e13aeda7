"""Everything about one pair, in the words and numbers of the model that gave its chance."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.whitespace.models.champions import read_champions
from synthdeal_assets.whitespace.ranked_list.explanation import Explanation, explain_pair
from synthdeal_assets.whitespace.ranked_list.listing import build_list
from synthdeal_assets.whitespace.tables import WHITESPACE_LIST
from synthdeal_assets.whitespace.vocabulary import EXISTING, FREQUENCY, REGRESSION, WHITESPACE
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.whitespace.listed_shop import RULE_CAVEAT, ListedShop, fill_listed_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> ListedShop:
    shop = fill_listed_shop(Warehouse(database=str(tmp_path_factory.mktemp("pair") / "warehouse.duckdb")), customers=90)
    cutoff = shop.plan.scoring_cutoff
    with shop.warehouse.connect() as connection:
        built = build_list(connection, shop.plan, shop.settings, cutoff, cutoff)
    shop.warehouse.replace({WHITESPACE_LIST: built.frame})
    return shop


def explain(shop: ListedShop, customer: str, division: str) -> Explanation:
    with shop.warehouse.connect() as connection:
        return explain_pair(connection, customer, division)


def a_pair(shop: ListedShop, population: str, division: str) -> str:
    return str(
        shop.warehouse.read(
            "SELECT min(customer_id) AS customer_id FROM whitespace.features WHERE population = $population AND "
            "division = $division AND cutoff_date = $cutoff",
            {"population": population, "division": division, "cutoff": shop.plan.scoring_cutoff},
        ).item()
    )


@pytest.mark.parametrize("population", [WHITESPACE, EXISTING])
def test_all_that_the_model_counted_adds_up_to_the_chance(shop: ListedShop, population: str) -> None:
    division = shop.divisions[0]
    found = explain(shop, a_pair(shop, population, division), division.upper())
    assert (found.population, found.learner, found.division) == (population, REGRESSION, division)
    with shop.warehouse.connect() as connection:
        fitted = read_champions(connection, found.cutoff, population)[division].fitted
    assert fitted is not None
    log_odds = fitted.bias + sum(reason.log_odds for reason in found.reasons)
    assert 1 / (1 + np.exp(-log_odds)) == pytest.approx(found.p_icp)
    sizes = [abs(reason.log_odds) for reason in found.reasons]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) > 3


def test_a_pair_on_the_list_has_its_row_and_one_that_bought_before_has_its_history(shop: ListedShop) -> None:
    division = shop.divisions[0]
    never, before = (a_pair(shop, population, division) for population in (WHITESPACE, EXISTING))
    on_list = explain(shop, never, division)
    assert on_list.listed is not None
    assert (on_list.listed["customer_id"], on_list.listed["division"]) == (never, division)
    assert on_list.listed["p_icp"] == on_list.p_icp
    assert on_list.pairs == shop.warehouse.read("SELECT count(*) FROM whitespace.whitespace").item()
    assert on_list.history.filter((pl.col("division") == division) & (pl.col("orders") > 0)).is_empty()
    bought = explain(shop, before, division)
    assert bought.listed is None
    known = shop.warehouse.read(
        "SELECT count(DISTINCT invoice), max(order_date), sum(amount) FILTER (WHERE true) FROM sales.fact_transactions "
        "WHERE customer_id = $who AND division = $division AND NOT is_return",
        {"who": before, "division": division},
    ).row(0)
    row = bought.history.filter(pl.col("division") == division).row(0, named=True)
    assert (row["orders"], row["last_purchase"]) == known[:2]


def test_a_rule_has_no_reasons_and_says_so(shop: ListedShop) -> None:
    found = explain(shop, a_pair(shop, WHITESPACE, shop.rule_division), shop.rule_division)
    assert (found.learner, found.reasons) == (FREQUENCY, ())
    assert found.caveats == (RULE_CAVEAT,)


def test_a_slip_of_the_pen_is_answered_with_what_was_meant(shop: ListedShop) -> None:
    known = shop.warehouse.read("SELECT min(customer_id) FROM sales.customers").item()
    with failing_with("whitespace.division-without-chances", naming="did you mean Analytics"):
        explain(shop, known, "Analitics")
    with failing_with("whitespace.unknown-customer", naming=f"did you mean .*{known}"):
        explain(shop, known + "0", "Analytics")
    with failing_with("whitespace.unknown-customer", naming=r"there are .* and others"):
        explain(shop, "Somebody Else Ltd", "Analytics")


def test_a_customer_can_be_named_by_its_name_when_only_one_has_it(shop: ListedShop) -> None:
    with shop.warehouse.connect() as connection:
        ids = [row[0] for row in connection.execute("SELECT customer_id FROM sales.customers ORDER BY 1").fetchall()]
        connection.begin()
        connection.execute("UPDATE sales.customers SET name = 'Twin Ltd' WHERE customer_id <= ?", [ids[1]])
        connection.execute("UPDATE sales.customers SET name = 'Acme Ltd' WHERE customer_id = ?", [ids[2]])
        found = explain_pair(connection, "acme LTD ", shop.divisions[0])
        with failing_with("whitespace.ambiguous-customer", naming=f"2 customers .*Twin Ltd.* such as {ids[0]}"):
            explain_pair(connection, "Twin Ltd", shop.divisions[0])
        connection.rollback()
    assert (found.customer_id, found.customer_name) == (ids[2], "Acme Ltd")


def test_before_a_list_there_is_nothing_to_explain(shop: ListedShop) -> None:
    with shop.warehouse.connect() as connection:
        connection.execute("BEGIN; DROP TABLE whitespace.whitespace")
        with failing_with("whitespace.no-list"):
            explain_pair(connection, "C0001", "Analytics")
        connection.rollback()
