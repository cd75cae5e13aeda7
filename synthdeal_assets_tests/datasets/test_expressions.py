"""What expressions mean, settled value by value and alike in both engines; and a rule as bounds of a field."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

import duckdb
import numpy as np
import polars as pl
import pytest

from synthdeal_assets.datasets.spec.expressions import (
    Bound,
    Kind,
    Path,
    Typed,
    TypedRule,
    bounds_of,
    check_rule,
    conjuncts,
    parse_expression,
    parse_rule,
    paths,
    to_duckdb,
    to_polars,
)
from synthdeal_assets_tests.datasets.expression_frame import AS_OF, both, by_polars, field, frame, kind_of, typed, value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7 / 2", 3.5),
        ("7 % 3", 1.0),
        ("-7 % 3", -1.0),
        ("7 % -3", 1.0),
        ("1 / 0", None),
        ("1 % 0", None),
        ("2 - 3 - 4", -5.0),
        ("2 + 3 * 4", 14.0),
        ("1_000 * 1e2", 100_000.0),
        ("- - 3", 3.0),
        ("floor(-1.5)", -2.0),
        ("ceil(-1.5)", -1.0),
        ("round(2.5)", 3.0),
        ("round(-2.5)", -3.0),
        ("round(2.675, 2)", 2.68),
        ("round(1.005, 2)", 1.01),
        ("round(-1.005, 2)", -1.01),
        ("round(2.6749, 2)", 2.67),
        ("round(1250, -2)", 1300.0),
        ("round(1234567890123456)", 1234567890123456.0),
        ("round(0.1 + 0.2, 1) = 0.3", True),
        ("0.1 + 0.2 = 0.3", True),
        ("0.1 + 0.2 > 0.3", False),
        ("0.1 + 0.2 <= 0.3", True),
        ("0.3 = 0.3000001", False),
        ("0.1 + 0.2 < 0.300001", True),
        ("null = null", None),
        ("null and false", False),
        ("null or true", True),
        ("not null", None),
        ("null is true", False),
        ("5 in (1, 2)", False),
        ("null between 1 and 2", None),
        ("coalesce(null, 3)", 3.0),
        ("least(null, 3, 2)", 2.0),
        ("greatest('a', 'Z')", "a"),
        ("'Z' < 'a'", True),
        ("'é' > 'z'", True),
        ("concat('a', null, 'b')", "ab"),
        ("'a' || null", None),
        ("upper('straße')", "STRAẞE"),
        ("upper('ﬁ')", "ﬁ"),
        ("lower('İSTANBUL')", "istanbul"),
        ("lower('ΟΔΟΣ')", "οδοσ"),
        ("trim('  a\t ')", "a\t"),
        ("length('日本')", 2.0),
        ("substring('abcde', 2, 3)", "bcd"),
        ("substring('abc', 3, 5)", "c"),
        ("substring('abc', 9)", ""),
        ("'a_b' like 'a!_b' escape '!'", True),
        ("'axb' like 'a!_b' escape '!'", False),
        ("'axb' like 'a_b'", True),
        ("'a.b' like 'a.%'", True),
        ("'axb' like 'a.%'", False),
        ("'a\nb' like 'a%b'", True),
        ("'ab' not like 'a'", True),
        ("date '2024-01-31' + 1 month", date(2024, 2, 29)),
        ("2023-01-31 + 1 month", date(2023, 2, 28)),
        ("2024-02-29 + 1 year", date(2025, 2, 28)),
        ("2024-03-31 - 1 month", date(2024, 2, 29)),
        ("as_of - 30 days", date(2026, 10, 29)),
        ("as_of + interval '2 weeks'", date(2026, 12, 12)),
        ("30 days + as_of", date(2026, 12, 28)),
        ("as_of + 5.2 / 2", date(2026, 12, 1)),
        ("2024-03-01 - 2024-02-28", 2.0),
        ("2024-03-01 - '2024-02-28'", 2.0),
        ("2024-03-01 12:00 - 2024-03-01", 0.5),
        ("date_diff('day', 2024-02-28, 2024-03-01)", 2.0),
        ("2024-03-01 12:30 + 90 minutes", datetime(2024, 3, 1, 14, 0)),
        ("weekday(2025-03-02)", 0.0),
        ("isodow(2025-03-02)", 7.0),
        ("extract(week from 2024-12-31)", 1.0),
        ("cast(7 as text) || cast(2024-02-01 as text)", "72024-02-01"),
        ("case 2 when 1 then 'a' when 2 then 'b' end", "b"),
        ("case when null then 1 end", None),
        ("2025-01-01 < '2025-01-02'", True),
    ],
)
def test_an_expression_has_this_value_in_both_engines(text: str, expected: object) -> None:
    assert value(text) == expected
    # As a column of many rows too: Polars has other ways for constants.
    assert both(f"case when rank is null then null else {text} end").count(None) < frame().height or expected is None


def test_a_division_by_a_constant_is_exact() -> None:
    """Polars multiplies by the reciprocal where a divisor is the same for all rows."""
    values = both("net / 3")
    assert values == [None if net is None else net / 3 for net in frame()["net"]]
    assert values != frame().select(pl.col("net") / 3)["net"].to_list()


def test_a_constant_before_a_column_stays_a_column_in_coalesce() -> None:
    assert both("coalesce(1, net) between 1 and coalesce(2, net)") == [True] * frame().height


def test_tax_of_a_million_nets_is_right_to_the_cent_in_both_engines() -> None:
    cents = np.random.default_rng(7).integers(-50_000_000, 500_000_000, 1_000_000)
    nets = pl.DataFrame({"net": cents / 100})
    tax = typed("round(net * 0.19, 2)")

    made = nets.select(to_polars(tax, lambda path: pl.col(str(path))).alias("tax"))["tax"].to_numpy()
    with duckdb.connect() as connection:
        connection.register("nets", nets.to_arrow())
        recounted = connection.execute(f"SELECT {to_duckdb(tax, field)} AS tax FROM nets").fetchnumpy()["tax"]
    # Half away from zero in whole numbers: 19 hundredths of cents.
    exact = np.sign(cents) * ((np.abs(cents) * 19 + 50) // 100)

    assert (made == recounted).all()
    assert (made == exact / 100).all()
    naive = np.sign(cents) * np.floor(np.abs(cents / 100 * 0.19) * 100 + 0.5)
    assert (naive != exact).any()
    assert Decimal("0.285").quantize(Decimal("0.01"), ROUND_HALF_UP) == Decimal("0.29")


def test_every_letter_turns_into_the_same_letter_in_both_engines() -> None:
    kinds = ("Lu", "Ll", "Lt", "Nl", "So")
    letters = [letter for letter in map(chr, range(1, 0x1FFFF)) if unicodedata.category(letter) in kinds]
    rows = pl.DataFrame({"stage": letters})
    for function in ("upper", "lower"):
        turned = typed(f"{function}(stage)")
        made = rows.select(to_polars(turned, lambda path: pl.col(str(path))))["stage"].to_list()
        with duckdb.connect() as connection:
            connection.register("rows", rows.to_arrow())
            found = connection.execute(f"SELECT {to_duckdb(turned, field)} FROM rows").fetchall()
        recounted = [one for (one,) in found]
        differing = [one for one, a, b in zip(letters, made, recounted, strict=True) if a != b]
        # Pairs of Unicode 16 and 17, of which DuckDB knows neither letter.
        assert [one for one in differing if unicodedata.name(one, "").startswith(("LATIN", "GREEK", "CYRILLIC"))] == []


def test_paths_are_named_once_in_the_order_of_their_mention() -> None:
    read = parse_expression('deal_id.account_id.created_on > "close date" and "close date" < net and as_of > at')
    assert [str(path) for path in paths(read)] == ["deal_id.account_id.created_on", "close date", "net", "at"]


def test_names_that_sql_uses_too_are_names() -> None:
    for name in ("order", "date", "year", "count", "value", "type", "end", "user", "days"):
        assert paths(parse_expression(f"{name} > 1")) == (Path((name,)),), name


def rule(text: str) -> TypedRule:
    return check_rule(parse_rule(text), kind_of, as_of=AS_OF)


def bounds(text: str, name: str) -> list[tuple[str, str, str | None]] | None:
    found = bounds_of(rule(text), Path(tuple(name.split("."))))

    def written(expression: Typed) -> str:
        return to_duckdb(expression, str)

    def parts(bound: Bound) -> tuple[str, str, str | None]:
        return bound.operator, written(bound.bound), None if bound.condition is None else written(bound.condition)

    return None if found is None else [parts(bound) for bound in found]


def sql(text: str) -> str:
    return to_duckdb(typed(text), str)


def test_a_rule_with_if_is_asked_only_where_the_condition_is_true() -> None:
    held = by_polars(rule("net > 0 if stage = 'Closed Won'").held)
    stages, nets = frame()["stage"], frame()["net"]
    assert held == [
        not (stage == "Closed Won" and net is not None and net <= 0) for stage, net in zip(stages, nets, strict=True)
    ]
    assert True in held
    assert False in held


def test_bounds_of_a_field_are_found_in_a_rule() -> None:
    assert bounds("net <= rate * 0.1", "net") == [("<=", sql("rate * 0.1"), None)]
    assert bounds("rate * 0.1 >= net", "net") == [("<=", sql("rate * 0.1"), None)]
    assert bounds("close_date > as_of if stage in ('a', 'b')", "close_date") == [
        (">", sql("as_of"), sql("stage in ('a', 'b')"))
    ]
    assert bounds("net between 1 and rate", "net") == [(">=", sql("1"), None), ("<=", sql("rate"), None)]
    assert bounds("net > 1 and net < rate and not net >= 7", "net") == [
        (">", sql("1"), None),
        ("<", sql("rate"), None),
        ("<", sql("7"), None),
    ]


def test_a_field_is_brought_to_one_side() -> None:
    assert bounds("created_on + 10 days <= close_date", "created_on") == [("<=", sql("close_date - 10 days"), None)]
    assert bounds("close_date - created_on <= 30", "close_date") == [("<=", sql("created_on + 30"), None)]
    assert bounds("close_date - created_on <= 30", "created_on") == [(">=", sql("close_date - 30"), None)]
    assert bounds("rate - net * -2 < 5", "net") == [("<", sql("(rate - 5) / -2"), None)]


@pytest.mark.parametrize(
    "text",
    [
        "net < 5 or rate > 3",
        "round(net) < 5",
        "net < net * rate",
        "rate < 5",
        "net <> 5",
        "net < 5 if net > 2",
        "net * rate < 5",
        "net % 2 = 0",
        "net < 5 and rate < 3",
        "net is not null",
        "net in (1, 2)",
    ],
)
def test_a_rule_that_is_no_bound_of_the_field_gives_none(text: str) -> None:
    assert bounds(text, "net") is None


def test_months_are_no_bound_since_they_cannot_be_taken_back() -> None:
    assert bounds("created_on + 1 month <= close_date", "created_on") is None
    assert bounds("created_on + 1 month <= close_date", "close_date") == [(">=", sql("created_on + 1 month"), None)]


def test_each_part_of_a_rule_can_bound_a_field_of_its_own() -> None:
    parts = conjuncts(rule("net < 5 and rate between 1 and 3 if won"))
    assert [bounds_of(part, Path(("net",))) is not None for part in parts] == [True, False, False]
    assert [bounds_of(part, Path(("rate",))) is not None for part in parts] == [False, True, True]
    assert all(part.condition is not None and part.condition.kind is Kind.FLAG for part in parts)
