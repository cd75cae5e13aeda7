"""What no expression may hold is refused by name before anything runs, with its place in the text."""

from __future__ import annotations

import pytest

from synthdeal_assets.datasets.spec.expressions import (
    ExpressionError,
    check,
    check_condition,
    parse_expression,
    parse_rule,
)
from synthdeal_assets_tests.datasets.expression_frame import kind_of, typed
from synthdeal_assets_tests.failure_codes import failing_with


@pytest.mark.parametrize(
    ("text", "code", "naming", "at"),
    [
        ("net > (select 1)", "query", "`select`", 7),
        ("stage in (select 1)", "query", "`select`", 10),
        ("read_csv('/etc/passwd')", "function", "`read_csv`", 0),
        ("net + uper(stage)", "function", "did you mean upper", 6),
        ("nullif(net, 0)", "function", "`nullif`", 0),
        ("sum(net) over ()", "window", "`over`", 9),
        ("net / sum(net)", "aggregate", "`sum`", 6),
        ("count(*)", "aggregate", "`count`", 0),
        ("import os", "python", "`import`", 0),
        ("lambda x: x", "python", "`lambda`", 0),
        ("{{ net }}", "list", "`{`", 0),
        ("net; drop table x", "several", "`;`", 3),
        ("drop table x", "statement", "`drop`", 0),
        ("copy x to 'y'", "statement", "`copy`", 0),
        ("net -- a comment", "comment", "`-- a comment`", 4),
        ("/* a */ net", "comment", r"`/\* a \*/`", 0),
        ("*", "star", r"`\*`", 0),
        ("net::int", "cast", "INT", 0),
        ("cast(stage as double)", "cast", "DOUBLE", 5),
        ("net > $1", "parameter", r"`\$`", 6),
        ("net > ?", "parameter", r"`\?`", 6),
        ("net > :limit", "parameter", "`:`", 6),
        ("x -> x + 1", "lambda", "`->`", 2),
        ("net := 5", "assignment", "`:=`", 4),
        ("[1, 2]", "list", r"`\[`", 0),
        ("now()", "clock", "`now`", 0),
        ("created_on < current_date", "clock", "current_date", 0),
        ("random()", "chance", "`random`", 0),
        ("stage ilike 'a'", "operator", "ILIKE", 0),
        ("net ^ 2", "operator", r"\^", 0),
        ("net // 2", "operator", "//", 0),
        ("net is distinct from 2", "operator", "IS DISTINCT FROM", 0),
        ("stage in ()", "in", "list", 0),
        ("net in (1, rate)", "in-constants", "`rate`", 11),
        ("net in (1, null)", "null-in-list", "NULL", 8),
        ("net is 5", "is", "compare with =", 0),
        ("stage like account_id.country", "like", "pattern in quotes", 0),
        ("stage like 'a!' escape '!'", "escape", "`a!`", 0),
        ("net +", "syntax", r"`\+`", 4),
        ("(net", "syntax", "close every bracket", 1),
        ("net rate", "syntax", "`rate`", 4),
        ("net\n+ rate)", "syntax", r"`\)`", 10),
        ("'abc", "open-quote", "never closed", 0),
        ("  ", "empty", "empty", 0),
        ("net if won", "if", "CASE", 7),
        ("substring(stage)", "arguments", "substring takes 2 or 3 values", 10),
        ("trim(both 'x' from stage)", "arguments", "trim takes 1 value", 10),
        ("1e30", "number", "1e30", 0),
        ("extract(century from created_on)", "date-part", "`CENTURY`", 21),
    ],
)
def test_what_is_no_expression_is_refused_by_name(text: str, code: str, naming: str, at: int) -> None:
    with failing_with(f"datasets.expression-{code}", naming=naming) as caught:
        parse_and_check(text)
    assert isinstance(caught.value, ExpressionError)
    assert (caught.value.at, caught.value.usage) == (at, True)


@pytest.mark.parametrize(
    ("text", "code", "naming"),
    [
        ("stage = 5", "kinds", "`stage` is a text and cannot be compared with 5, which is a whole number"),
        ("net > 'a'", "kinds", "`net` is a number and cannot be compared with `'a'`, which is a text"),
        ("case when won then 1 else stage end", "kinds", "1 is a whole number and cannot stand beside `stage`"),
        ("coalesce(created_on, net)", "kinds", "`created_on` is a date and cannot stand beside `net`"),
        ("created_on = '2025-02-30'", "date", "`2025-02-30` is no date"),
        ("created_on >= 2025-13-01", "date", "`2025-13-01` is no date"),
        ("at > '2025-01-01 25:00'", "datetime", "25:00"),
        ("stage + 1", "kind", r"`stage` is a text and cannot be used with \+"),
        ("not net", "kind", "`net` is a number and cannot stand as a condition"),
        ("stage || net", "kind", r"`net` is a number and cannot be given to \|\|"),
        ("upper(net)", "kind", "`net`.*upper"),
        ("round(stage)", "kind", "`stage`.*round"),
        ("created_on + close_date", "kind", "`created_on` is a date"),
        ("created_on * 2", "kind", "`created_on` is a date"),
        ("hour(created_on)", "kind", "`created_on` is a date and cannot give its hour"),
        ("net + 3 days", "kind", "`net` is a number and cannot have days"),
        ("created_on + 3 hours", "date-has-no-time", "`created_on`.*hours"),
        ("30 days", "span-alone", "days"),
        ("created_on + 1.5 days", "span-count", "1.5"),
        ("created_on + 9999999 days", "span-count", "9999999"),
        ("created_on + interval (rank) months", "span-calculated", "`rank`"),
        ("substring(stage, rank)", "whole-number", "`rank`"),
        ("round(net, 99)", "whole-number", "99"),
        ("cast(net as text)", "decimals-as-text", "`net`"),
        ("stag = 'x'", "unknown-field", "`stag`: did you mean `stage`"),
        ("account_id.contry = 'x'", "unknown-field", "did you mean `account_id.country`"),
        ("zzzzzz = 'x'", "unknown-field", "behind a reference"),
        ('stage = "Closed"', "unknown-field", "single quotes"),
    ],
)
def test_operands_that_do_not_go_together_are_refused_by_name(text: str, code: str, naming: str) -> None:
    with failing_with(f"datasets.expression-{code}", naming=naming):
        typed(text)


@pytest.mark.parametrize(
    "text",
    [
        "stage = 'select * from x; -- import os'",
        "select_count > 1",
        "stage = 'a /* b */'",
        "imports = 1",
        "overtime = 3",
        "((((((((1))))))))",
        "2025 - 1 - 1",
    ],
)
def test_what_only_looks_forbidden_is_read(text: str) -> None:
    parse_expression(text)


def test_as_of_needs_a_date_of_the_dataset() -> None:
    with failing_with("datasets.expression-no-as-of", naming="as_of"):
        check(parse_expression("as_of - 30 days"), kind_of)


def test_a_condition_is_true_or_false() -> None:
    with failing_with("datasets.expression-no-condition", naming="`net` is a number"):
        check_condition(parse_expression("net"), kind_of)


@pytest.mark.parametrize("text", ["net > 1 if won if stage = 'a'", "net > 1 if"])
def test_a_rule_has_one_condition_after_one_if(text: str) -> None:
    with failing_with("datasets.rule-if", naming="one IF"):
        parse_rule(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("net + " * 2_000_000 + "net", "too-long"),
        ("(" * 4_000 + "1" + ")" * 4_000, "nested"),
        ("(" * 10_001, "too-long"),
        ("not " * 2_000 + "won", "nested"),
        ("- " * 2_000 + "net", "nested"),
        ("abs(" * 1_000 + "net", "nested"),
        ("case when won then " * 400 + "1", "nested"),
        ("net + " * 1_000 + "net", "steps"),
        ("round(" * 15 + "net / (net / net)" + ")" * 15, "repeats"),
    ],
)
def test_depth_and_length_end_in_a_sentence(text: str, code: str) -> None:
    with failing_with(f"datasets.expression-{code}"):
        typed(text)


def test_a_long_chain_of_conditions_is_read() -> None:
    assert len(typed(" and ".join(["net>1"] * 900)).tree.items) == 900  # type: ignore[attr-defined]


def parse_and_check(text: str) -> None:
    typed(text)
