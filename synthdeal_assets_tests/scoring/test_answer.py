"""Which answers of a scorer are accepted, and what becomes of quotes that stand nowhere."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from synthdeal_assets.scoring.answer import ScorerAnswer, ScoringError, validated
from synthdeal_assets.scoring.scorers.heuristic import judge
from synthdeal_assets_tests.scoring.small_org import scorer_input

DEAL = scorer_input()


def answer_with(element: str, **changes: Any) -> ScorerAnswer:
    answer = judge(DEAL)
    return replace(
        answer,
        elements=tuple(replace(each, **changes) if each.element == element else each for each in answer.elements),
    )


def test_a_quote_that_is_not_in_the_input_is_taken_out_and_counted() -> None:
    invented = validated(answer_with("champion", quote="Nora Quist will sign tomorrow."), DEAL)
    judgement = next(each for each in invented.elements if each.element == "champion")
    assert judgement.quote is None
    assert judgement.quote_rejected
    assert judgement.level == judge(DEAL).levels()["champion"], "the level stays, without its quote"
    assert sum(each.quote_rejected for each in invented.elements) == 1


def test_a_quote_must_stand_in_one_text_to_the_letter() -> None:
    changed_case = validated(answer_with("champion", quote="nora quist presented the case"), DEAL)
    assert sum(each.quote_rejected for each in changed_case.elements) == 1
    part = validated(answer_with("champion", quote="presented the case to Dana Roe"), DEAL)
    assert sum(each.quote_rejected for each in part.elements) == 0


@pytest.mark.parametrize(("element", "level"), [("metrics", 4), ("metrics", -1), ("budget", 5)])
def test_a_level_outside_its_framework_is_refused(element: str, level: int) -> None:
    with pytest.raises(ScoringError, match=f"The level {level} of .* {element}"):
        validated(answer_with(element, level=level), DEAL)


@pytest.mark.parametrize("level", [2.5, float("nan"), None, "2", 10**30])
def test_a_level_that_is_no_whole_number_is_refused(level: object) -> None:
    with pytest.raises(ScoringError, match=f"The level {re.escape(str(level))} of .* champion"):
        validated(answer_with("champion", level=level), DEAL)


def test_an_answer_without_every_element_is_refused() -> None:
    answer = judge(DEAL)
    for elements in (answer.elements[1:], (*answer.elements, answer.elements[0])):
        with pytest.raises(ScoringError, match="exactly once"):
            validated(replace(answer, elements=elements), DEAL)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_a_probability_outside_its_range_is_refused(value: float) -> None:
    with pytest.raises(ScoringError, match="win_probability"):
        validated(replace(judge(DEAL), win_probability=value), DEAL)
