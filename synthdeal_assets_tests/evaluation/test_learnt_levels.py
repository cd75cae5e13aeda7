"""The heuristic's tables are what the script learns, and from the worlds that it says."""

from __future__ import annotations

import datetime as dt
import os

import pytest
import yaml

from synthdeal_assets.evaluation.quality.simple_guesses import stage_levels
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS, STAGE_MINIMUMS
from synthdeal_assets.scoring.scorers.heuristic_levels import SUPPORTS, WEAKNESSES, LevelTables, learnt_tables
from synthdeal_assets_tests.evaluation.heuristic_levels import (
    DAYS,
    LEVELS_FILE,
    SEEDS,
    deals_of_seed,
    digest,
    files_of,
    learn_files,
    learn_stage_levels,
    learn_tables,
)
from synthdeal_assets_tests.evaluation.known_deals import KnownDeal, known_deals

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def deals() -> list[KnownDeal]:
    """Deals of a small world."""
    return [known for day in DAYS for known in known_deals(3, 120, day)]


def test_the_tables_were_learnt_from_what_the_generator_and_the_marks_make_today() -> None:
    """Of the first seed, for speed; when it fails, `make levels` learns anew, and the rules get another version."""
    learnt_from = yaml.safe_load(LEVELS_FILE.read_text(encoding="utf-8"))["learnt_from"]
    assert list(learnt_from) == list(SEEDS)
    assert digest(deals_of_seed(SEEDS[0])) == learnt_from[SEEDS[0]]


@pytest.mark.skipif("LEARN_LEVELS" not in os.environ, reason="LEARN_LEVELS is not set; make long sets it")
@pytest.mark.timeout(1_800)
def test_the_files_are_what_the_script_learns_from_all_its_seeds() -> None:
    for path, text in learn_files().items():
        assert path.read_text(encoding="utf-8") == text, path


def test_the_same_deals_give_the_same_tables_and_every_sign_its_direction(deals: list[KnownDeal]) -> None:
    tables = learn_tables(deals)
    assert learn_tables(list(deals)) == tables
    for each in (tables, learnt_tables()):
        assert list(each.elements) == list(MEDDPICC_WEIGHTS)
        for table in each.elements.values():
            assert min(table.points[mark] for mark in SUPPORTS) >= 0
            assert max(table.points[mark] for mark in WEAKNESSES) <= 0


def test_what_is_written_into_the_files_reads_as_what_was_learnt(deals: list[KnownDeal]) -> None:
    levels, stages = files_of(deals, {3: "abc"}).values()
    assert LevelTables.of_values(yaml.safe_load(levels)) == learn_tables(deals)
    assert yaml.safe_load(stages) == learn_stage_levels(deals)
    assert "a model has not seen any" in levels


def test_the_stage_alone_expects_more_the_later_it_is() -> None:
    sums = [sum(levels.values()) for levels in stage_levels().values()]
    assert list(stage_levels()) == list(STAGE_MINIMUMS)
    assert sums == sorted(sums)
    assert (sums[0], sums[-1]) == (1, 24)


def test_a_known_deal_is_what_a_scorer_sees_on_the_day_with_what_is_so(deals: list[KnownDeal]) -> None:
    assert {known.day for known in deals} == set(DAYS)
    assert all(known.deal.created_date <= known.day for known in deals)
    open_ones = [known for known in deals if known.is_open]
    assert 0 < len(open_ones) < len(deals)
    assert {known.is_won for known in open_ones} == {False, True}
    assert all(dt.timedelta() <= known.day - known.deal.created_date < dt.timedelta(364) for known in deals)
