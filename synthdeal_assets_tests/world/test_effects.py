"""Where deals are won: what is drawn, what is written down, and whether somebody who looks can find it."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from synthdeal_assets.foundation.drawing.randomness import FloatArray
from synthdeal_assets.world.calendar import day_number, record_start
from synthdeal_assets.world.deals import draw_deals
from synthdeal_assets.world.effects import draw_effects
from synthdeal_assets.world.sales_team import build_products
from synthdeal_assets.world.salesforce_picklists import LEAD_SOURCES
from synthdeal_assets.world.stages import draw_paths
from synthdeal_assets.world.truth_tables import EFFECT_ATTRIBUTES, TRUTH_EFFECTS
from synthdeal_assets_tests.world.worlds import AS_OF, market, world

SIZE = 2_000
SEEDS = (7_501, 7_502, 7_503, 7_504, 7_505)
PRODUCT_NAMES = build_products("00000000")["name"].to_list()


def test_the_truth_holds_every_value_of_every_attribute_as_it_was_drawn() -> None:
    effects = draw_effects(42, PRODUCT_NAMES)
    written = world(SIZE)[TRUTH_EFFECTS]
    assert set(written["attribute"]) == set(EFFECT_ATTRIBUTES) == set(effects.values)
    for attribute, values in effects.values.items():
        of_attribute = written.filter(pl.col("attribute") == attribute)
        rows = {value: (log_odds, cycle) for _, value, log_odds, cycle in of_attribute.iter_rows()}
        expected = zip(effects.log_odds[attribute].tolist(), effects.cycle[attribute].tolist(), strict=True)
        assert rows == dict(zip(values, expected, strict=True))


@pytest.mark.parametrize("seed", SEEDS)
def test_two_effects_of_different_attributes_are_large_and_the_others_small(seed: int) -> None:
    effects = draw_effects(seed, PRODUCT_NAMES)
    sizes = [
        (abs(log_odds), attribute) for attribute in effects.values for log_odds in effects.log_odds[attribute].tolist()
    ]
    largest = sorted(sizes, reverse=True)
    assert all(0.9 <= size <= 1.2 for size, _ in largest[:2])
    assert largest[0][1] != largest[1][1]
    assert largest[2][0] < 0.85


@pytest.mark.slow
def test_a_regression_on_two_thousand_closed_deals_finds_the_two_largest_effects() -> None:
    """Of forty effects in twenty worlds at least 34 come out with the right sign and beyond 1.96 standard errors.

    An effect of 0.9 on a value that 130 of 2,000 deals have lies 3.6 standard errors from 0. Of sixty effects 56 were
    found, and 57 before sellers came and left.
    """
    found = [found_in(seed) for seed in range(7_501, 7_521)]
    assert sum(found) >= 34, found


def found_in(seed: int) -> int:
    """How many of a world's two largest effects a logistic regression on its last 2,000 closed deals finds."""
    book = market(seed, SIZE).book
    last = day_number(AS_OF)
    drawn = draw_deals(book, range(record_start(last), last + 1))
    outcome_day = draw_paths(drawn, book).outcome_day
    by_closing = np.argsort(outcome_day, kind="stable")
    closed = by_closing[outcome_day[by_closing] <= last][-2_000:]
    organisation = book.organisation
    deals = organisation.accounts.frame.select("industry", "region", "segment")[drawn.account[closed]].with_columns(
        product=organisation.products["name"][drawn.product[closed]],
        lead_source=pl.Series(LEAD_SOURCES).gather(drawn.lead_source[closed]),
    )
    columns, x = ["constant"], [np.ones(deals.height)]
    for attribute in book.effects.values:
        values = deals[attribute].unique().sort().to_list()
        for value in values[:-1]:
            # Against the last value and the mean of all: effects are coded as deviations, as the truth gives them.
            columns.append(f"{attribute}={value}")
            x.append(
                (deals[attribute] == value).cast(pl.Float64).to_numpy()
                - (deals[attribute] == values[-1]).cast(pl.Float64).to_numpy()
            )
    estimate, covariance = _logistic(np.stack(x, axis=1), drawn.won[closed].astype(np.float64))
    effects = [
        (abs(log_odds), log_odds, f"{attribute}={value}")
        for attribute, values in book.effects.values.items()
        for value, log_odds in zip(values, book.effects.log_odds[attribute].tolist(), strict=True)
    ]
    return sum(
        _in_standard_errors(name, columns, estimate, covariance) * np.sign(log_odds) > 1.96
        for _, log_odds, name in sorted(effects, reverse=True)[:2]
    )


def _in_standard_errors(name: str, columns: list[str], estimate: FloatArray, covariance: FloatArray) -> float:
    # The deviation of an attribute's last value is what is left of the others.
    attribute = name.partition("=")[0]
    weights = (
        np.array([float(column == name) for column in columns])
        if name in columns
        else -np.array([float(column.startswith(f"{attribute}=")) for column in columns])
    )
    return float(weights @ estimate / math.sqrt(weights @ covariance @ weights))


def _logistic(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Estimate and covariance by Newton's method (McCullagh and Nelder 1989, 4.4)."""
    estimate = np.zeros(x.shape[1])
    for _ in range(25):
        chance = 1 / (1 + np.exp(-x @ estimate))
        information = (x.T * (chance * (1 - chance))) @ x
        estimate = estimate + np.linalg.solve(information, x.T @ (y - chance))
    covariance: FloatArray = np.linalg.inv(information).astype(np.float64)
    return estimate, covariance
