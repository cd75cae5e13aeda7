"""What `synthdeal judge` says of judges of whom it is known how good they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import cohen_kappa_score

from synthdeal_assets.evaluation.benchmark.answers import BenchmarkAnswer
from synthdeal_assets.evaluation.benchmark.figures import BETTER, NO_DIFFERENCE, NOT_COMPUTED, WORSE
from synthdeal_assets.evaluation.benchmark.measures import (
    AREA,
    AREA_WITHIN,
    BIAS,
    BRIER,
    ENDED,
    ERROR,
    EXACT,
    KAPPA,
    OPEN,
    ORDER,
    STAGE_LEARNT,
    coverage,
    deals_judged,
    measure,
    measure_splits,
)
from synthdeal_assets.evaluation.benchmark.steadiness import (
    LOWERED,
    RAISED,
    SAME_AGAIN,
    SHIFT,
    SHIFT_OF_CHANCE,
    SPREAD,
    USD,
    by_case,
)
from synthdeal_assets.foundation.statistics.agreement import quadratic_kappa
from synthdeal_assets.foundation.statistics.bootstrap import value_of
from synthdeal_assets_tests.evaluation.judges import ELEMENTS, always, at_random, figures_of, made_up_key, truth_of


@pytest.fixture(scope="module")
def key() -> pl.DataFrame:
    return made_up_key()


def constant_guess(key: pl.DataFrame) -> int:
    """The level that is nearest to all true ones, found by trying each."""
    true = key.filter(pl.col("twin_of").is_null()).select(f"true_{e}" for e in ELEMENTS).to_numpy()
    return min(range(4), key=lambda level: float(np.abs(true - level).mean()))


def test_kappa_is_that_of_scikit_learn() -> None:
    draws = np.random.default_rng(5)
    true = draws.integers(0, 4, 200)
    judged = np.clip(true + draws.integers(-1, 2, 200), 0, 3)

    ours = value_of(quadratic_kappa(judged.astype(float), true.astype(float)), 200)

    assert ours == pytest.approx(cohen_kappa_score(judged, true, weights="quadratic"))


def test_a_missing_level_is_left_out_of_kappa() -> None:
    judged, true = np.array([0.0, 1, 2, 3, np.nan]), np.array([0.0, 1, 3, 3, 0])

    assert value_of(quadratic_kappa(judged, true), 5) == pytest.approx(
        cohen_kappa_score([0, 1, 2, 3], [0, 1, 3, 3], weights="quadratic")
    )


def test_whoever_knows_the_truth_is_ahead_of_every_guess(key: pl.DataFrame) -> None:
    figures = figures_of(key, truth_of(key))
    always_that_level = f"always level {constant_guess(key)}"

    assert figures[ERROR, "all", always_that_level]["value"] == 0
    assert figures[KAPPA, "all", STAGE_LEARNT]["value"] == 1
    assert figures[BIAS, "all", always_that_level]["value"] == 0
    for measured in ((ERROR, "all", always_that_level), (ERROR, "all", STAGE_LEARNT), (EXACT, "all", STAGE_LEARNT)):
        assert figures[measured]["says"] == BETTER
    assert figures[AREA, OPEN, "stage alone"]["value"] == figures[AREA, OPEN, "stage alone"]["best"]


def test_a_judge_that_says_the_same_of_everything_is_called_no_better_than_that(key: pl.DataFrame) -> None:
    level = constant_guess(key)
    figures = figures_of(key, always(key, level))

    assert figures[ERROR, "all", f"always level {level}"]["says"] == NO_DIFFERENCE
    assert figures[ERROR, "all", f"always level {level}"]["ahead"] == 0
    assert figures[ERROR, "all", STAGE_LEARNT]["says"] == WORSE
    assert figures[KAPPA, "all", STAGE_LEARNT]["value"] == 0
    assert figures[AREA_WITHIN, ENDED, "a coin"]["value"] == 0.5
    assert figures[ORDER, "all", ""]["says"] == NOT_COMPUTED


@pytest.mark.parametrize("seed", range(1, 6))
def test_a_judge_that_tosses_coins_is_called_chance(key: pl.DataFrame, seed: int) -> None:
    figures = figures_of(key, at_random(key, seed=seed))
    kappa = figures[KAPPA, "all", STAGE_LEARNT]

    assert abs(float(str(kappa["value"]))) < 0.05
    assert figures[ERROR, "all", f"always level {constant_guess(key)}"]["says"] == WORSE
    assert figures[BRIER, ENDED, "win rate"]["says"] == WORSE


def test_a_constant_that_is_nearer_than_level_2_does_not_pass_for_a_judge() -> None:
    low = made_up_key().with_columns(pl.col(f"true_{e}").clip(0, 1) for e in ELEMENTS)

    figures = figures_of(low, always(low, 1))

    assert figures[ERROR, "all", "always level 1"]["says"] == NO_DIFFERENCE


def test_the_level_of_a_stage_is_learnt_on_other_deals_only(key: pl.DataFrame) -> None:
    judged = by_case(truth_of(key))
    before = deals_judged(key, judged)
    chosen = before["case_id"][7]
    other_truth = key.with_columns(
        true_metrics=pl.when(pl.col("case_id") == chosen).then(3 - pl.col("true_metrics")).otherwise("true_metrics")
    )

    after = deals_judged(other_truth, judged)

    assert before.filter(case_id=chosen)["stage_metrics"].equals(after.filter(case_id=chosen)["stage_metrics"])


def test_planted_text_counts_for_its_shift_alone(key: pl.DataFrame) -> None:
    planted = set(key.filter(pl.col("twin_of").is_not_null())["case_id"])
    honest = truth_of(key)
    gullible = [
        replace(each, levels=dict.fromkeys(ELEMENTS, 3), win_probability=1.0) if each.case_id in planted else each
        for each in honest
    ]

    moved, still = figures_of(key, gullible), figures_of(key, honest)
    carriers = key.filter(pl.col("twin_of").is_not_null())
    expected = 3 - carriers.select(f"true_{e}" for e in ELEMENTS).to_numpy().mean()

    assert moved[SHIFT, "all", ""]["value"] == pytest.approx(expected, abs=1e-4)
    assert moved[SHIFT_OF_CHANCE, "all", ""]["value"] == pytest.approx(1 - carriers["chance"].mean(), abs=1e-4)  # type: ignore[operator]
    assert moved[RAISED, "all", LOWERED]["says"] == WORSE
    assert still[SHIFT, "all", ""]["value"] == 0
    assert still[RAISED, "all", LOWERED]["says"] == NO_DIFFERENCE
    assert [each for each in moved.values() if each["part"] in ("Levels", "Outcome")] == [
        each for each in still.values() if each["part"] in ("Levels", "Outcome")
    ]


def test_the_first_answer_to_a_case_counts_and_more_of_them_are_repeats(key: pl.DataFrame) -> None:
    first = truth_of(key)
    second = [replace(each, levels={**each.levels, "metrics": (each.levels["metrics"] + 1) % 4}) for each in first]

    figures = figures_of(key, first + second)

    assert figures[ERROR, "all", STAGE_LEARNT]["value"] == 0
    assert figures[SAME_AGAIN, "all", ""]["value"] == 7 / 8
    assert figures[SPREAD, "all", ""]["value"] > 0  # type: ignore[operator]
    assert figures_of(key, first + first)[SPREAD, "all", ""]["value"] == 0
    assert figures_of(key, first)[SAME_AGAIN, "all", ""]["value"] is None


def test_levels_that_are_left_out_are_counted_and_do_not_stand_for_anything(key: pl.DataFrame) -> None:
    partial = [BenchmarkAnswer(each.case_id, {"metrics": each.levels["metrics"]}) for each in truth_of(key)]

    figures = figures_of(key, partial)

    assert figures[ERROR, "all", STAGE_LEARNT]["value"] == 0
    assert figures[KAPPA, "champion", ""]["value"] is None
    assert (BRIER, OPEN, "win rate") not in figures
    assert coverage(key, by_case(partial)).missing_levels == {e: 0 if e == "metrics" else key.height for e in ELEMENTS}
    assert coverage(key, by_case(partial)).missing_chances == key.height


def test_cost_is_of_the_answers_that_say_it(key: pl.DataFrame) -> None:
    answers = at_random(key, times=2)
    without = [replace(each, cost_usd=None) for each in answers[: len(answers) // 2]] + answers[len(answers) // 2 :]

    assert figures_of(key, without)[USD, "all", ""]["value"] == 2.0
    assert (USD, "all", "") not in figures_of(key, truth_of(key))


def test_an_interval_holds_the_value_and_is_the_same_another_time(key: pl.DataFrame) -> None:
    answers = by_case(at_random(key, times=2))
    figures = measure(key, answers)

    assert figures == measure(key, answers)
    with_interval = [each for each in figures if each.low is not None]
    assert len(with_interval) > 30
    for each in with_interval:
        assert each.low <= each.value + 0.05  # type: ignore[operator]
        assert each.high >= each.value - 0.05  # type: ignore[operator]


def test_fewer_than_ten_deals_carry_no_figure() -> None:
    few = made_up_key(9, 0)

    assert {each.says for each in measure(few, by_case(truth_of(few)))} == {NOT_COMPUTED}


def test_each_split_is_measured_on_its_own(key: pl.DataFrame) -> None:
    mixed = [
        answer
        if key.row(place, named=True)["split"] == "seed 0"
        else replace(answer, levels=dict.fromkeys(ELEMENTS, 0))
        for place, answer in enumerate(truth_of(key))
    ]

    splits = measure_splits(key, by_case(mixed))

    errors = {split: figures[0].value for split, figures in splits.items()}
    assert errors["seed 0"] == 0
    assert errors["seed 1"] > 1  # type: ignore[operator]
