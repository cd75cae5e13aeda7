"""Requests of a stranger who never saw the parser: what each of their numbers means, or that it is not understood."""

from typing import Any

import pytest

from synthdeal_assets.datasets.words.plan import Plan, PlanItem, WordSpan, words_of
from synthdeal_assets_tests.datasets.words.judged import plan_of, requests

REQUESTS = requests("requests_strangers.yaml")
NUMBERS = ("number", "share", "date", "time")


@pytest.mark.parametrize("expected", REQUESTS, ids=lambda one: one["say"][:60])
def test_each_number_means_what_was_meant_or_is_listed(expected: dict[str, Any]) -> None:
    plan = plan_of(expected["say"])
    assert numbers_of(plan) == expected["numbers"]
    assert {where: values_of(plan)[where] for where in expected["means"]} == expected["means"]
    assert set(expected.get("asks", [])) <= {one.text for one in plan.questions}
    assert plan.problems() == ()
    plan.parsed()


def numbers_of(plan: Plan) -> list[str]:
    """Every number as it is written, with what it is in, or that it is listed."""
    _, lexemes = words_of(plan.request)
    found = []
    for lexeme in lexemes:
        if lexeme.kind not in NUMBERS:
            continue
        word = WordSpan(lexeme.text, lexeme.start, lexeme.end)
        listed = any(_holds(span, word) for span in plan.not_understood)
        where = [_where(item) for item in plan.items if any(_holds(span, word) for span in item.said)]
        found.append(f"{lexeme.text} in {'listed' if listed else ' and '.join(where)}")
    return found


def values_of(plan: Plan) -> dict[str, str]:
    """What each part of a plan comes to, by where it is."""
    return {_where(item): item.value for item in plan.items}


def _where(item: PlanItem) -> str:
    return ".".join(part for part in item.path if part not in ("tables", "fields")) or item.what


def _holds(span: WordSpan, word: WordSpan) -> bool:
    return span.start <= word.start and word.end <= span.end
