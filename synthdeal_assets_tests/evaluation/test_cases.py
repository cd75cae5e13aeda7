"""A fixed set of cases says the same as the sample that it was made of, and tells when it was changed."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from synthdeal_assets.evaluation.comparison.cases import cases_as_text, sample_of_cases
from synthdeal_assets.evaluation.comparison.comparison import compare, read_usage
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS
from synthdeal_assets_tests.evaluation.comparing import GOOD, NOW, POOR, Comparing
from synthdeal_assets_tests.failure_codes import failing_with


def test_what_was_saved_gives_the_same_figures(comparing: Comparing) -> None:
    drawn = comparing.sample()
    kept = sample_of_cases(cases_as_text(drawn), name="cases.jsonl")
    assert kept.inputs == drawn.inputs
    assert kept.truth.equals(drawn.truth.select(kept.truth.columns))
    figures = []
    for sample in (drawn, kept):
        sides, _ = comparing.sides(GOOD, POOR, sample=sample)
        with comparing.warehouse.connect() as connection:
            took = read_usage(connection, sides)
        figures.append(compare(sides, sample, took, comparison_id="c", now=NOW))
    labels = ["seed", "cases_hash"]
    assert figures[0].drop(labels).equals(figures[1].drop(labels))
    assert figures[1]["cases_hash"].n_unique() == 1
    assert figures[1]["cases_hash"][0] in cases_as_text(drawn)
    assert figures[1]["seed"].null_count() == figures[1].height


def test_the_first_so_many_are_a_part_of_the_draw(comparing: Comparing) -> None:
    drawn = comparing.sample(40)
    some = sample_of_cases(cases_as_text(drawn), name="cases.jsonl", size=10)
    assert some.inputs == drawn.inputs[:10]
    assert set(some.truth["opportunity_id"]) == {deal.opportunity_id for deal in drawn.inputs[:10]}
    assert some.available == 40


def test_line_ends_of_another_system_change_nothing(comparing: Comparing) -> None:
    text = cases_as_text(comparing.sample(12))
    assert sample_of_cases(text.replace("\n", "\r\n"), name="c").inputs == sample_of_cases(text, name="c").inputs


def test_a_changed_case_is_told(comparing: Comparing) -> None:
    text = cases_as_text(comparing.sample(12))
    for changed in (
        text.replace('"true_levels": {"metrics": 2', '"true_levels": {"metrics": 3', 1),
        "".join(text.splitlines(keepends=True)[:-1]),
    ):
        assert changed != text
        with failing_with("compare.cases-changed"):
            sample_of_cases(changed, name="cases.jsonl")


def test_an_input_that_hashes_otherwise_is_of_another_version(comparing: Comparing) -> None:
    header, *lines = cases_as_text(comparing.sample(12)).rstrip("\n").split("\n")
    lines[0] = lines[0].replace("Brightwater", "Darkwater")
    sealed = {**json.loads(header), "sha256": hashlib.sha256("\n".join(lines).encode()).hexdigest()}
    with failing_with("compare.cases-of-another-version"):
        sample_of_cases("\n".join([json.dumps(sealed), *lines]), name="cases.jsonl")


@pytest.mark.parametrize(
    "changed",
    [
        {"true_levels": dict.fromkeys(MEDDPICC_WEIGHTS, 4)},
        {"true_levels": dict.fromkeys(MEDDPICC_WEIGHTS, -1)},
        {"true_levels": dict.fromkeys(MEDDPICC_WEIGHTS, 1.5)},
        {"true_levels": dict.fromkeys(MEDDPICC_WEIGHTS)},
        {"true_levels": {"metrics": 2}},
        {"true_levels": [2]},
        {"true_win_probability": 1.01},
        {"true_win_probability": float("nan")},
        {"true_win_probability": None},
        {"outcome": "perhaps"},
        {"outcome": None},
    ],
)
def test_what_cannot_be_so_is_refused_though_the_hash_is_right(comparing: Comparing, changed: dict[str, Any]) -> None:
    header, *lines = cases_as_text(comparing.sample(12)).rstrip("\n").split("\n")
    lines[3] = json.dumps(json.loads(lines[3]) | changed)
    sealed = {**json.loads(header), "sha256": hashlib.sha256("\n".join(lines).encode()).hexdigest()}
    with failing_with("compare.cases-of-another-version"):
        sample_of_cases("\n".join([json.dumps(sealed), *lines]), name="cases.jsonl")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "compare.no-cases-in-it"),
        ("no JSON", "compare.no-cases-in-it"),
        ('{"format": "other"}', "compare.not-cases"),
    ],
)
def test_another_file_is_refused(text: str, code: str) -> None:
    with failing_with(code):
        sample_of_cases(text, name="cases.jsonl")
