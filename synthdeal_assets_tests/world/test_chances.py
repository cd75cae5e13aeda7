"""The chance of a deal on a day: what it is worth, and that it is exact; worlds of seeds that nothing was chosen on."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Final

import numpy as np
import pytest

from synthdeal_assets.foundation.drawing.randomness import BoolArray, FloatArray, IntArray
from synthdeal_assets.world.calendar import NEVER, day_number, window_start
from synthdeal_assets.world.chances import chances_on, draw_cases
from synthdeal_assets.world.deals import Deals, draw_deals
from synthdeal_assets.world.offers import draw_offers
from synthdeal_assets.world.sales_book import SalesBook
from synthdeal_assets.world.stage_history import view_history
from synthdeal_assets.world.stages import LAST_STAGE, Paths, draw_paths
from synthdeal_assets.world.tables import MEDDPICC_COLUMNS
from synthdeal_assets.world.truth import level_days, levels_on
from synthdeal_assets_tests.world.worlds import AS_OF, auc, market

LAST: Final = day_number(AS_OF)
QUARTERS: Final = 364
SEEDS_OF_2_000: Final = tuple(range(7_101, 7_121))
SEEDS_OF_4_000: Final = tuple(range(7_201, 7_206))
SEEDS_OF_20_000: Final = tuple(range(7_301, 7_306))

Drawn = tuple[SalesBook, Deals, Paths]


@cache
def drawn(seed: int, size: int, periods: int = 1) -> Drawn:
    """The deals that were created in the last periods, with their ways."""
    book = market(seed, size).book
    first = window_start(LAST) - (periods - 1) * QUARTERS
    deals = draw_deals(book, range(first, LAST + 1))
    return book, deals, draw_paths(deals, book)


def open_on(world: Drawn, day: int) -> Drawn:
    """The deals that are open at the end of a day."""
    book, deals, paths = world
    is_open = (deals.created <= day) & (paths.outcome_day > day)
    return book, deals.where(is_open), paths.where(is_open)


def forecast(seed: int, size: int) -> tuple[FloatArray, BoolArray]:
    """The chance today of each open deal, and whether it comes."""
    book, deals, paths = open_on(drawn(seed, size), LAST)
    return chances_on(draw_cases(deals, book), paths, np.full(len(deals.key), LAST)).win_probability, deals.won


def test_on_the_day_of_creation_the_chance_is_the_one_at_birth() -> None:
    book, deals, paths = drawn(SEEDS_OF_2_000[0], 20_000)
    assert (chances_on(draw_cases(deals, book), paths, deals.created).win_probability == deals.win_probability).all()


def test_the_chance_is_the_share_of_wins_among_the_fates_that_would_look_the_same_today() -> None:
    """Twelve deals, 4,000 fates each; a share lies within 4.5 standard deviations (one in 12,000 by chance for all)."""
    fates = (np.arange(4_000) + 0.5) / 4_000
    book, deals, paths = open_on(drawn(SEEDS_OF_2_000[0], 2_000), LAST)
    chance = chances_on(draw_cases(deals, book), paths, np.full(len(deals.key), LAST)).win_probability
    uncertain = np.flatnonzero((chance > 0.1) & (chance < 0.9))[:12]
    for row in uncertain:
        alike = deals.where(np.full(fates.size, row))
        ways = draw_paths(replace(alike, fate=fates), book)
        seen = np.where(ways.entered <= LAST, ways.entered, NEVER)
        now = np.where(paths.entered[:, [row]] <= LAST, paths.entered[:, [row]], NEVER)
        same = (ways.outcome_day > LAST) & (seen == now).all(axis=0)
        won = fates[same] < deals.win_probability[row]
        assert abs(won.mean() - chance[row]) < 4.5 * np.sqrt(chance[row] * (1 - chance[row]) / same.sum())


def test_the_expected_end_lies_after_the_day_and_is_right_on_average() -> None:
    book, deals, paths = open_on(drawn(SEEDS_OF_2_000[0], 20_000), LAST)
    expected = chances_on(draw_cases(deals, book), paths, np.full(len(deals.key), LAST)).expected_end
    assert (expected > LAST).all()
    assert abs((paths.outcome_day - expected).mean()) < 2


@pytest.mark.slow
def test_wins_of_open_deals_come_as_often_as_their_chances_say() -> None:
    """Within two standard deviations for 17 of 20 seeds (99 in 100 when exact), within three for all together."""
    worlds = [forecast(seed, 2_000) for seed in SEEDS_OF_2_000]
    missed = [(won.sum() - chance.sum()) / np.sqrt((chance * (1 - chance)).sum()) for chance, won in worlds]
    assert sum(abs(each) <= 2 for each in missed) >= 17, missed
    chance, won = (np.concatenate(each) for each in zip(*worlds, strict=True))
    assert abs(won.sum() - chance.sum()) <= 3 * np.sqrt((chance * (1 - chance)).sum())


@pytest.mark.slow
def test_in_every_tenth_of_the_chances_as_many_are_won_as_they_say() -> None:
    """Within .03, or three standard deviations, one of which is .013 in the middle tenths (3 in 100 by chance)."""
    chance, won = (
        np.concatenate(each) for each in zip(*(forecast(seed, 20_000) for seed in SEEDS_OF_20_000), strict=True)
    )
    tenths = [np.flatnonzero(np.minimum((chance * 10).astype(int), 9) == tenth) for tenth in range(10)]
    off = [abs(won[each].mean() - chance[each].mean()) for each in tenths]
    deviation = [np.sqrt((chance[each] * (1 - chance[each])).sum()) / each.size for each in tenths]
    assert all(each < max(0.03, 3 * one) for each, one in zip(off, deviation, strict=True)), (off, deviation)


@pytest.mark.slow
def test_reading_evidence_is_worth_more_than_the_stage_and_less_than_knowing_everything() -> None:
    """Means of five worlds: areas under the curve, on deals closed within a year and on those open at month ends."""
    found = np.array([_areas(seed) for seed in SEEDS_OF_4_000])
    closed_stage, closed_levels, stage, levels, within, exact = found.mean(axis=0)
    assert 0.80 <= closed_stage <= 0.88
    assert closed_levels >= closed_stage + 0.02
    assert 0.60 <= stage <= 0.68
    assert levels >= 0.74
    assert within >= 0.70
    assert exact >= 0.85


@pytest.mark.slow
def test_the_share_that_is_won_rises_from_qualification_to_negotiation() -> None:
    shares = []
    for seed in SEEDS_OF_4_000:
        _, deals, paths = drawn(seed, 4_000, periods=3)
        is_closed = paths.outcome_day <= LAST
        reached = [(paths.entered[stage] < NEVER) & is_closed for stage in range(1, LAST_STAGE + 1)]
        shares.append([deals.won[group].mean() for group in reached])
    share = np.mean(shares, axis=0)
    assert (np.diff(share) > 0).all()
    assert 0.25 <= share[0] <= 0.30
    assert 0.55 <= share[-1] <= 0.65


def _areas(seed: int) -> tuple[float, ...]:
    world = drawn(seed, 4_000, periods=3)
    book, deals, paths = world
    is_closed = (paths.outcome_day <= LAST) & (paths.outcome_day > LAST - QUARTERS)
    stage, levels = _seen(book, deals.where(is_closed), paths.where(is_closed), paths.outcome_day[is_closed] - 1)
    won = deals.won[is_closed]
    landmarks = []
    for day in range(LAST - 11 * 30, LAST + 1, 30):
        present = open_on(world, day)
        days = np.full(len(present[1].key), day)
        chance = chances_on(draw_cases(present[1], book), present[2], days).win_probability
        landmarks.append((*_seen(*present, days), chance, present[1].won))
    open_stage, open_levels, chance, comes = (np.concatenate(each) for each in zip(*landmarks, strict=True))
    by_stage = [open_stage == each for each in range(LAST_STAGE + 1)]
    within = np.average(
        [auc(open_levels[group], comes[group]) for group in by_stage], weights=[group.sum() for group in by_stage]
    )
    return (
        auc(stage, won),
        auc(levels, won),
        auc(open_stage, comes),
        auc(open_levels, comes),
        float(within),
        auc(chance, comes),
    )


def _seen(book: SalesBook, deals: Deals, paths: Paths, days: IntArray) -> tuple[IntArray, IntArray]:
    """The stage on record and the sum of the true levels on a day of each deal's own."""
    offers = draw_offers(deals, book)
    levels = [levels_on(level_days(deals, paths, element), days) for element in MEDDPICC_COLUMNS]
    return view_history(deals, paths, offers, book, days).last_stage, np.sum(levels, axis=0)
