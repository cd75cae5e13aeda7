"""The ideal customer: traits that were planted are found, told once, and not told of a handful."""

from __future__ import annotations

import datetime as dt

import duckdb
import numpy as np
import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import create, insert
from synthdeal_assets.sales.tables import CUSTOMERS, FACT_TRANSACTIONS
from synthdeal_assets.whitespace.features.cutoffs import CutoffPlan
from synthdeal_assets.whitespace.ranked_list.profiles import MIN_ENTRANTS, Trait, build_profiles, telling_traits
from synthdeal_assets.whitespace.tables import FEATURES, LABELS
from synthdeal_assets.whitespace.vocabulary import WHITESPACE

NOW, LATEST, OVERLAPPING, EARLIER = (dt.date(2026, 7, 1) - dt.timedelta(days=days) for days in (0, 100, 150, 200))
PLAN = CutoffPlan(NOW, None, 100, dt.date(2024, 1, 1), NOW, NOW, {NOW: (LATEST, OVERLAPPING, EARLIER)})
CUSTOMERS_MADE = 400


@pytest.fixture(scope="module")
def profiles() -> tuple[pl.DataFrame, dict[str, str]]:
    """Owners of Backup who ordered much enter Design; few enter Edge, and the overlapping window would double them."""
    random = np.random.default_rng(3)
    ids = [f"C{number:03d}" for number in range(CUSTOMERS_MADE)]
    owns_backup = random.random(CUSTOMERS_MADE) < 0.5
    orders = random.poisson(3, CUSTOMERS_MADE).astype(float)
    enters = random.random(CUSTOMERS_MADE) < np.where(owns_backup, 0.3, 0.03) * orders / 3
    with duckdb.connect() as connection:
        for table in (FEATURES, LABELS, CUSTOMERS, FACT_TRANSACTIONS):
            create(connection, table)
        insert(connection, FACT_TRANSACTIONS, transactions(ids, owns_backup))
        for cutoff in PLAN.training[NOW]:
            for division, bought in (
                ("Design", enters),
                ("Edge", np.arange(CUSTOMERS_MADE) < MIN_ENTRANTS // 2 - 1),
            ):
                pairs = pl.DataFrame({"customer_id": ids, "bought": bought}).with_columns(
                    cutoff_date=pl.lit(cutoff), division=pl.lit(division), population=pl.lit(WHITESPACE)
                )
                insert(
                    connection,
                    LABELS,
                    pairs.with_columns(net_amount=pl.lit(1.0), net_quantity=pl.lit(1.0)).select(
                        list(LABELS.polars_schema)
                    ),
                )
                known = {
                    name: pl.lit(None if FEATURES[name].nullable else 0.0, pl.Float64)
                    for name in FEATURES.polars_schema
                    if name not in pairs.columns
                }
                known["customer_orders_12m"] = pl.lit(pl.Series(orders))
                known["customer_amount_12m"] = pl.lit(pl.Series(orders * 100 + 1))
                insert(connection, FEATURES, pairs.with_columns(**known).select(list(FEATURES.polars_schema)))
        return build_profiles(connection, PLAN, NOW, ["Design", "Edge"])


def transactions(ids: list[str], owns_backup: np.ndarray) -> pl.DataFrame:
    divisions = ["Backup" if owns else "Fleet" for owns in owns_backup]
    frame = pl.DataFrame({"customer_id": ids, "division": divisions, "product": divisions}).with_row_index(
        "source_row", 1
    )
    return frame.with_columns(
        source_file=pl.lit("log"),
        order_date=pl.lit(dt.date(2024, 1, 1)),
        invoice=pl.lit(None, pl.String),
        amount=pl.lit(1.0),
        quantity=pl.lit(1.0),
        is_return=pl.lit(value=False),
        branch=pl.lit(None, pl.String),
        rep=pl.lit(None, pl.String),
        is_holdout=pl.lit(value=False),
    )


def test_planted_traits_are_told_in_words_and_numbers_the_strongest_first(
    profiles: tuple[pl.DataFrame, dict[str, str]],
) -> None:
    rows = profiles[0].filter(pl.col("division") == "Design")
    owned = rows.filter(pl.col("trait") == "owns Backup").row(0, named=True)
    assert owned["buyers_value"] > owned["others_value"] + 0.2
    assert owned["statement"] == (
        f"{100 * owned['buyers_value']:.0f} % of those who entered Design owned Backup "
        f"(others {100 * owned['others_value']:.0f} %)."
    )
    assert owned["separation"] == pytest.approx(0.5 + (owned["buyers_value"] - owned["others_value"]) / 2, abs=1e-5)
    ordered = rows.filter(pl.col("trait").str.contains("12m")).row(0, named=True)
    assert ordered["buyers_value"] > ordered["others_value"]
    assert ordered["statement"].startswith("Those who entered Design: ")
    assert rows["place"].to_list() == list(range(1, rows.height + 1))
    assert (rows["separation"] - 0.5).abs().is_sorted(descending=True)


def test_orders_and_money_that_say_the_same_are_told_once(profiles: tuple[pl.DataFrame, dict[str, str]]) -> None:
    traits = profiles[0].filter(pl.col("division") == "Design")["trait"].to_list()
    assert sum(trait in traits for trait in ("customer_orders_12m", "customer_amount_12m")) == 1
    assert sum(trait in traits for trait in ("owns Backup", "owns Fleet")) == 1


def test_too_few_entrants_have_no_profile_and_nobody_is_counted_in_overlapping_windows(
    profiles: tuple[pl.DataFrame, dict[str, str]],
) -> None:
    rows, notes = profiles
    entrants = 2 * (MIN_ENTRANTS // 2 - 1)
    assert notes["Edge"].startswith(f"{entrants} customers entered Edge in 2 windows of 100 days, fewer than")
    assert rows.filter(pl.col("division") == "Edge").is_empty()


def test_a_trait_that_tells_nothing_is_not_told() -> None:
    random = np.random.default_rng(5)
    entered = random.random(500) < 0.2
    noise = [
        Trait(f"noise {number}", f"theme {number}", random.normal(size=500), is_share=False) for number in range(30)
    ]
    signal = Trait("signal", "theme", random.normal(size=500) + entered, is_share=False)
    told = telling_traits([*noise, signal], entered)
    assert [trait.name for trait, _ in told] == ["signal"]
    by_hand = np.mean(signal.values[entered][:, None] > signal.values[~entered][None, :])
    assert told[0][1] == pytest.approx(by_hand)
