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


@pytest.mark.parametrize(
    ("request_", "listed"),
    [
        ("Kaution in Höhe von 3 Monatsmieten, 200 Mietverträge mit Mieter", ["Kaution", "Höhe", "3 Monatsmieten"]),
        ("300 Bestellungen mit Versandkosten 4,90 ab 50 frei", ["4,90", "50 frei"]),
        ("150 offers, 2 for 1 offers 10%, with title", ["2", "1 offers 10%"]),
        ("200 respondents, 10 questions each on a scale of 1 to 5", ["10 questions each on a scale", "1", "5"]),
        ("50 employees, home office up to 3 per week, with name", ["up to 3 per week"]),
        ("100 products with price, all except 2 in stock", ["except 2", "stock"]),
        ("30 trucks with capacity of 40 tons and 5 drivers each", ["40 tons"]),
        ("200 customers, password at least 8 characters long", ["at least 8 characters long"]),
        ("12 employees (2 managers), pay 14-22 an hour", ["2 managers", "14", "22 an hour"]),
        ("140 animals with weight 0.2 kg to 4 t and name", ["0.2 kg", "4"]),
        ("750 applications with income, approved if score > 600", ["if score", "600"]),
        ("patients 100, pressure 90/60 to 180/110", ["90", "60", "180", "110"]),
    ],
)
def test_a_number_beside_what_is_not_understood_is_given_up(request_: str, listed: list[str]) -> None:
    plan = plan_of(request_)
    assert [span.text for span in plan.not_understood] == listed
    assert plan.problems() == ()


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        ("200 no wait 250 students with name", "rows: 250"),
        ("necesito 80 empleados, bueno mejor 120, con sueldo", "rows: 120"),
        (
            "80 sensors measuring temperature every 15 minutes for a week",
            "every: 15 minutes, from: 2026-11-21, to: 2026",
        ),
        ("1200 orders, 3% duplicates, with total", "blemishes: {duplicates: 3%}"),
        (
            "60 Zimmer, davon 40 Doppelzimmer und 20 Suiten, mit Preis",
            "{Doppelzimmer: 66.66666666666666667%, Suiten: rest}",
        ),
        ("350 contracts, term 12, 24 or 36 months", "term: {one_of: [12, 24, 36]}"),
        ("5000 logs: status 200 for 92%, 404 for 8%", "status: {one_of: {200: 92%, 404: 8%}}"),
        ("75 permits: denied in one case out of eight", "denied: {flag: 12.5%}"),
        ("350 houses: 2 to 6 bedrooms, price 90k to 1.4m", "bedrooms: {uniform: 2 .. 6, decimals: 0}"),
        ("400 job ads with salary 35-120k", "salary: {uniform: 35_000 .. 120_000, decimals: 0}"),
        ("5 shops with daily revenue for 2024", "revenue: finance.amount"),
        (
            "250 Rechnungen mit Nettobetrag, Steuer 19%, Brutto = Netto + Steuer",
            "brutto: {formula: nettobetrag + steuer}",
        ),
        ("75 permits with id like BP-2025-0001", 'id: {key: "BP-2025-[0-9]{4}"}'),
    ],
)
def test_what_is_often_said_of_numbers_is_read(request_: str, line: str) -> None:
    plan = plan_of(request_)
    assert line in plan.specification
    assert plan.problems() == ()


def test_a_count_amid_a_list_of_fields_takes_none_of_them() -> None:
    plan = plan_of("300 employees with salary, 4 departments, 10% remote and email")
    assert {"salary", "remote", "email"} <= set(plan.parsed().tables["employees"].fields)
    assert "Are departments rows of their own, 4 of them?" in [one.text for one in plan.questions]
