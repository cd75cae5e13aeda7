"""Requests of a stranger who never saw the parser: what each of their numbers means, or that it is not understood."""

from dataclasses import replace
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


def test_an_end_that_nobody_said_is_found() -> None:
    plan = plan_of("100 users with age between 18 and 80")
    said = plan.specification.replace("18 .. 80", "18 .. 80, unique: true")
    assert replace(plan, specification=said).problems() == ()
    changed = tuple(replace(one, assumed="") for one in plan.items)
    invented = replace(plan, items=changed, specification=plan.specification.replace("18 .. 80", "18 .. 8_000"))
    assert [one.why for one in invented.problems()] == [
        "'80' is not in tables.users.fields.age as it was said.",
        "tables.users.fields.age has 8000, which none of its words says.",
    ]


def test_a_number_that_two_parts_claim_is_in_both_or_it_is_found() -> None:
    plan = plan_of("100 users with age between 18 and 80")
    rows = next(one for one in plan.items if one.what == "rows")
    age = next(one for one in plan.items if one.path[-1:] == ("age",))
    both = tuple(replace(one, said=(*one.said, *age.said)) if one is rows else one for one in plan.items)
    assert [one.words.text for one in replace(plan, items=both).problems()] == ["18", "80"]
