"""What no rows can keep is refused before the first row, all at once, with its line and with numbers."""

from __future__ import annotations

import pytest

from synthdeal_assets.datasets.preparation import prepared
from synthdeal_assets.datasets.spec.spec_file import read_specification
from synthdeal_assets.errors import SynthDealError

HEAD = "dataset: d\nas_of: 2026-01-01\ntables:\n"
PARENTS = HEAD + "  a: {rows: 100, fields: {id: {key: integer}}}\n"


def refusal(text: str) -> str:
    with pytest.raises(SynthDealError) as caught:
        prepared(read_specification(text, "d.yaml"))
    assert caught.value.usage
    return str(caught.value)


def table(fields: str, *further: str, rows: object = 100) -> str:
    return "\n".join(
        [f"{HEAD}  a:", f"    rows: {rows}", f"    fields: {{id: {{key: integer}}, {fields}}}", *further, ""]
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (table("x: {key: '[A-Z]'}"), "line 6: 100 unique values of [A-Z] cannot be: it has 26"),
        (
            table("x: {uniform: 1 .. 50, unique: true}"),
            "`x` has 50 values from 1 to 50, but 100 unique ones are wanted",
        ),
        (table("x: {one_of: [p, q], unique: true}"), "`x` has 2 values, but 100 unique ones are wanted"),
        (table("x: {date: 2025-02-01 .. 2025-01-01}"), "`x` goes from 2025-02-01 to 2025-01-01: change their order"),
        (
            table("x: {datetime: 2025-01-04 .. 2025-01-05, days: Mon..Fri}"),
            "`x` has none of its hours and days from 2025-01-04 to 2025-01-05",
        ),
        (
            table("x: {uniform: 1 .. 50}, y: {uniform: 100 .. 200}", "    rules: [x > y]"),
            "line 7: rule 1 of `a` (`x > y`) holds in 0.0% of the rows",
        ),
        (
            table("x: {uniform: 1 .. 50}", "    rules: [x > 20, x < 10]"),
            "`x > 20` and `x < 10` of `a` hold together in 0.0% of the rows",
        ),
        (
            table("x: {uniform: 1 .. 50, decimals: 2}", "    totals: [{field: x, total: 10_000}]"),
            "line 7: x: 100 rows between 1.00 and 50.00 give 100.00 to 5,000.00, not 10,000.00",
        ),
        (
            table(
                "x: {uniform: 1 .. 50}, d: {date: 2025-01-01 .. 2025-12-31}",
                "    totals: [{field: x, total: 1_000}, {field: x, by: month of d, from: 100, to: 200}]",
            ),
            "`x` of `a` has two totals that say amounts",
        ),
        (
            table("x: {uniform: -5 .. 50}", "    totals: [{field: x, total: 1_000}]"),
            "`x` of `a` is brought to a total, but may be below 0",
        ),
        (
            table(
                "x: {uniform: 1 .. 50}, y: {uniform: 1 .. 50}, z: {uniform: 1 .. 50}",
                "    rank_correlation: {x ~ y: 0.9, y ~ z: 0.9, x ~ z: -0.9}",
            ),
            "exclude each other: the nearest that go together are x ~ y 0.48, x ~ z -0.48, y ~ z 0.48",
        ),
        (
            PARENTS
            + "  b: {rows: {per: a, count: {poisson: 2, max: 3}, total: 1000}, "
            + "fields: {id: {key: integer}, a_id: {refers_to: a}}}\n",
            "100 parents with 0 to 3 children give 0 to 300, not 1,000",
        ),
        (
            PARENTS
            + "  few: {rows: 3, fields: {id: {key: integer}}}\n"
            + "  b: {rows: {per: a, count: 5}, key: [a_id, few_id], "
            + "fields: {a_id: {refers_to: a}, few_id: {refers_to: few, distinct: a_id}}}\n",
            "has up to 5 rows, but `few` has 3",
        ),
        (
            HEAD
            + "  a: {rows: 0, fields: {id: {key: integer}}}\n  b: {rows: 5, fields: {id: {key: integer}, "
            + "a_id: {refers_to: a}}}\n",
            "`a_id` refers to `a`, which has no rows",
        ),
        (
            HEAD
            + "  a: {rows: 1_000_000, fields: {id: {key: integer}}}\n"
            + "  b: {rows: {per: a, count: 10_000}, fields: {id: {key: integer}, a_id: {refers_to: a}}}\n",
            "`b` would have 10,000,000,000 rows, but a table has 1,000,000,000 at most",
        ),
        (
            HEAD
            + "  a: {rows: {per: b, count: 1}, fields: {id: {key: integer}, b_id: {refers_to: b}}}\n"
            + "  b: {rows: {per: a, count: 1}, fields: {id: {key: integer}, a_id: {refers_to: a}}}\n",
            "the rows of `a` are per `b`, which are per `a`: give one of them a number of rows",
        ),
        (
            HEAD + "  a: {rows: {per: a, count: 1}, fields: {id: {key: integer}, a_id: {refers_to: a}}}\n",
            "the rows of `a` are per `a`: give one of them a number of rows",
        ),
        (table("x: {pattern: '(?=a)b'}"), "a look-ahead or look-behind, which is not supported"),
        (
            table("x: {normal: {mean: 5, sd: 1}, min: 50}"),
            "Values of at least 50 are wanted, but 98 in 100 of this distribution are from 2.674 to",
        ),
        (table("x: {formula: y + 1}, y: {formula: x + 1}"), "is worked out from itself"),
        (
            table("x: {type: person.email, uniqe: true}"),
            "`uniqe` is no option of the type `person.email`: did you mean `unique`?",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_numbers(text: str, sentence: str) -> None:
    assert sentence in refusal(text)


def test_all_that_cannot_be_is_said_at_once() -> None:
    said = refusal(table("x: {key: '[A-Z]'}, y: {uniform: 1 .. 5, unique: true}"))

    assert said.startswith("d.yaml has 2 mistakes:")
    assert "[A-Z]" in said
    assert "`y` has 5 values" in said


@pytest.mark.parametrize(
    "text",
    [
        table("x: {uniform: 1 .. 100, unique: true}"),
        table("x: {uniform: 1 .. 50}, y: {uniform: 45 .. 200}", "    rules: [x > y]"),
        table("x: {uniform: 1 .. 50, decimals: 2}", "    totals: [{field: x, total: 5_000}]"),
        table("x: {datetime: 2025-01-03 .. 2025-01-05, days: Mon..Fri}"),
        PARENTS
        + "  b: {rows: {per: a, count: {poisson: 2, max: 3}, total: 300}, "
        + "fields: {id: {key: integer}, a_id: {refers_to: a}}}\n",
    ],
)
def test_what_can_just_be_is_not_refused(text: str) -> None:
    prepared(read_specification(text, "d.yaml"))
