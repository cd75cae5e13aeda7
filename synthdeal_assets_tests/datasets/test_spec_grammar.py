"""What a specification can say beyond simple fields, read from the examples that users start from."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from synthdeal_assets.datasets.spec.grammar import (
    BlemishesSpec,
    FieldSpec,
    LifeCycleSpec,
    RegularRows,
    Specification,
    TableSpec,
    TotalSpec,
    json_schema,
)
from synthdeal_assets.datasets.spec.scalars import Every, Grouping, Pair, Trend
from synthdeal_assets.datasets.spec.spec_file import load_specification, parse_specification
from synthdeal_assets.errors import SynthDealError

EXAMPLES = Path(__file__).parent / "examples"

ALL = """
dataset: d
tables:
  orders:
    rows: 100
    fields:
      a: {normal: {median: 10, p90: 20}}
      b: {gamma: {mean: 5, sd: 2}, min: 1, decimals: 1}
      c: {beta: {mean: 0.3, sd: 0.1}, unique: false}
      d: {zipf: {exponent: 1.1, most: 400}}
      e: {empirical: [5, 20, 60, 500], decimals: 2}
      f: {text: {words: 5 .. 20}}
      g: {uniform: 1 .. 500, decimals: 0, unique: true}
      h: {type: person.age, min: 18, max: 80, country: 7}
      i: {datetime: 2025-01-01 .. 2025-02-01, hours: "8:30 .. 17", days: [Sat, monday]}
      shipped_at: {datetime: 2025-01-01 .. 2025-02-01}
    totals:
      - {field: a, total: 1_000_000.00}
      - {field: b, by: month of i, each: {2025-01: 50_000, 2025-02: 60_000}}
    rank_correlation: {a ~ b: 0.5}
    correlation: {"c ~ a": -0.2}
    lifecycle:
      field: status
      from: placed
      paths: {placed: [shipped, cancelled], shipped: [delivered]}
      times: {shipped: shipped_at}
      shares: {placed: 10%, shipped: 20%, cancelled: 5%, delivered: rest}
    blemishes:
      duplicates: 1%
      a: {missing: 1%, typo: 2%, outliers: 0.2%, by: 6 sd, break: true}
      i: {swapped_day_and_month: 1%, stray_blanks: 1%, wrong_case: 1%, format_drift: 1%}
"""


def table(name: str, of: str) -> TableSpec:
    return load_specification(EXAMPLES / f"{name}.yaml").specification.tables[of]


def everything() -> TableSpec:
    return parse_specification(ALL, "d.yaml").tables["orders"]


def refusal(written: str) -> str:
    with pytest.raises(SynthDealError) as raised:
        parse_specification(written, "d.yaml")
    return str(raised.value)


def with_field(text: str) -> str:
    return f"dataset: d\ntables:\n  t:\n    rows: 10\n    fields:\n      f: {text}\n"


def with_part(key: str, text: str) -> str:
    return f"dataset: d\ntables:\n  t:\n    rows: 10\n    fields: {{f: {{flag: 5%}}}}\n    {key}: {text}\n"


def test_the_crm_example_is_read_whole() -> None:
    contacts, deals, activities = (table("crm_demo", name) for name in ("contacts", "deals", "activities"))
    email = contacts.fields["email"]
    assert (email.made_by, email.options, email.unique) == ("type", {"domain": "account_id.domain"}, True)
    assert contacts.fields["phone"].options == {"country": "account_id.country"}
    assert deals.rank_correlation == {Pair("amount", "account_id.annual_revenue"): Decimal("0.6")}
    assert len(deals.rules) == 3
    at = activities.fields["at"]
    assert (at.hours, at.days) == ((8 * 60, 18 * 60), (0, 1, 2, 3, 4))
    assert at.datetime == ("deal_id.created_on", "least(deal_id.close_date, as_of)")
    assert activities.blemishes is not None
    assert activities.blemishes.duplicates == Fraction(1, 100)


def test_the_sensors_example_is_read_whole() -> None:
    readings = table("sensors", "readings")
    rows = readings.rows
    assert isinstance(rows, RegularRows)
    assert (rows.per, rows.every, rows.time_zone) == ("sensors", Every(1, "hour"), "Europe/Berlin")
    assert (rows.start, rows.end) == (dt.date(2025, 3, 1), dt.date(2025, 3, 31))
    assert readings.fields["at"].time_of == "row"
    series = readings.fields["celsius"].series
    assert series is not None
    assert series.daily is not None
    assert series.noise is not None
    assert (series.level, series.trend) == ("sensor_id.base", Trend(Decimal("1.5"), "month"))
    assert (series.daily.amplitude, series.daily.peak) == (Decimal(4), 15 * 60)
    assert series.weekly == {5: Decimal(-2), 6: Decimal(-2)}
    assert (series.noise.sd, series.noise.memory) == (Decimal("0.6"), Decimal("0.8"))
    assert readings.blemishes is not None
    celsius = readings.blemishes.fields["celsius"]
    assert (celsius.shares, celsius.by, celsius.breaks) == ({"outliers": Fraction(1, 500)}, Decimal(6), False)


def test_the_shop_example_is_read_whole() -> None:
    by_month, by_category = table("shop", "order_lines").totals
    assert by_month.by == Grouping("month", "order_id.ordered_on")
    assert (by_month.start, by_month.end) == (Decimal(50_000), Decimal(200_000))
    assert by_category.by == Grouping(None, "product_id.category")
    assert by_category.shares == {"Books": Fraction(3, 5), "Toys": Fraction(2, 5)}


def test_every_other_form_is_read() -> None:
    orders = everything()
    fields = orders.fields
    normal = fields["a"].normal
    assert normal is not None
    assert (normal.mean, round(normal.sd, 6)) == (Decimal(10), Decimal("7.803041"))
    assert [fields[name].made_by for name in "bcdefghi"] == [
        "gamma", "beta", "zipf", "empirical", "text", "uniform", "type", "datetime",
    ]  # fmt: skip
    assert fields["e"].empirical == tuple(map(Decimal, (5, 20, 60, 500)))
    assert fields["f"].text is not None
    assert fields["f"].text.words == (5, 20)
    assert (fields["h"].min, fields["h"].options) == (Decimal(18), {"country": "7"})
    assert (fields["i"].hours, fields["i"].days) == ((510, 1020), (0, 5))
    whole, monthly = orders.totals
    assert (whole.total, whole.by) == (Decimal(1_000_000), None)
    assert monthly.each == {"2025-01": Decimal(50_000), "2025-02": Decimal(60_000)}
    assert orders.correlation == {Pair("c", "a"): Decimal("-0.2")}
    cycle = orders.lifecycle
    assert cycle is not None
    assert cycle.states == ("placed", "shipped", "cancelled", "delivered")
    assert (cycle.times, cycle.shares["delivered"]) == ({"shipped": "shipped_at"}, Fraction(13, 20))
    assert orders.blemishes is not None
    assert orders.blemishes.fields["a"].breaks
    assert [*orders.blemishes.fields["i"].shares] == [
        "swapped_day_and_month", "stray_blanks", "wrong_case", "format_drift",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "held"),
    [
        ("{every: 15 minutes, from: 2025-01-01, to: 2025-01-02}", Every(15, "minute")),
        ("{per: t, every: week, from: 2025-01-01, to: 2025-01-02}", Every(1, "week")),
        ("{per: t, every: 2 quarters, from: 2025-01-01, to: 2025-01-02}", Every(6, "month")),
    ],
)
def test_rows_stand_at_steps_of_time_with_or_without_another_table(written: str, held: Every) -> None:
    rows = parse_specification(with_field("{flag: 5%}").replace("rows: 10", f"rows: {written}"), "d").tables["t"].rows
    assert isinstance(rows, RegularRows)
    assert (rows.every, rows.time_zone) == (held, "UTC")


def test_days_go_on_over_the_end_of_the_week() -> None:
    field = parse_specification(with_field("{datetime: a .. b, days: Fri..Mon}"), "d").tables["t"].fields["f"]
    assert field.days == (0, 4, 5, 6)


def test_the_field_of_the_table_comes_first_in_a_pair() -> None:
    written = with_part("rank_correlation", "{p.revenue ~ f: 0.3}")
    assert parse_specification(written, "d").tables["t"].rank_correlation == {Pair("f", "p.revenue"): Decimal("0.3")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{uniform: 1 .. 2, domain: x}", "line 6: `domain` is no part of the field `f`: use one of"),
        ("{type: person.email, domain: ''}", "line 6: `tables.t.fields.f.domain` is nothing, but a text is wanted"),
        ("{type: person.email, options: {domain: x}}", "`options` are written beside the type itself"),
        ("{flag: 5%, options: {domain: x}}", "`options` are written beside the type itself"),
        ("{poisson: 3, unique: true}", "`unique` does not go with `poisson`: it goes with key, type, pattern, uniform"),
        ("{normal: {mean: 3, sd: 1}, unique: true}", "`unique` does not go with `normal`"),
        ("{one_of: {a: 60%, b: 40%}, unique: true}", "`unique` values have no shares"),
        ("{normal: {median: 3, p90: 2}}", "p90 is the larger"),
        ("{normal: {median: 3, sd: 2}}", "`median` is no part of `normal`: did you mean `mean`?"),
        ("{gamma: {mean: -1, sd: 2}}", "above 0"),
        ("{beta: {mean: 2, sd: 2}}", "between 0 and 1"),
        ("{beta: {mean: 0.5, sd: 0.6}}", "below sqrt(mean * (1 - mean))"),
        ("{zipf: {exponent: 1, most: 0}}", "an exponent from 0 to 20"),
        ("{empirical: [5]}", "no list of at least two numbers"),
        ("{empirical: [5, 3]}", "a list that does not ascend"),
        ("{empirical: [5, x]}", "'x', but a number"),
        ("{text: {words: 20 .. 5}}", "the smaller number first"),
        ("{text: {words: x .. 5}}", "`tables.t.fields.f.text.words` is 'x', but a whole number"),
        ("{time_of: rows}", "`tables.t.fields.f.time_of` is 'rows', but row is wanted"),
        ("{datetime: a .. b, hours: 18..8}", "whose first time is not before the second"),
        ("{datetime: a .. b, hours: 8..25}", "'25', but a time of day such as 15:00"),
        ("{datetime: a .. b, days: Mon..Frei}", "'Frei', but a day of the week"),
        ("{date: a .. b, hours: 8..18}", "`hours` does not go with `date`: it goes with datetime"),
        ("{series: {level: 1, trend: 1 per moth}}", "'1 per moth', but a change such as 1.5 per month"),
        ("{series: {level: 1, daily: {amplitude: 4, peek: 3}}}", "`peek` is no part of `daily`: did you mean `peak`?"),
        ("{series: {level: 1, weekly: {Sut: 2}}}", "'Sut', but a day of the week"),
        ("{series: {level: 1, noise: {sd: 1, memory: 1}}}", "memory is 1, but it is from 0 to 0.95"),
        ("{series: {trend: 1 per day}}", "`level` is missing in `series`"),
    ],
)
def test_a_mistake_in_a_field_is_a_sentence(text: str, said: str) -> None:
    message = refusal(with_field(text))
    assert message.startswith(("d.yaml, line 6: ", "d.yaml has 2 mistakes"))
    assert said in message


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("totals", "[{field: f}]", "says what totals are in one way"),
        ("totals", "[{field: f, total: 5, shares: {a: 100%}}]", "in one way"),
        ("totals", "[{field: f, by: x, total: 5}]", "leave out `by`"),
        ("totals", "[{field: f, shares: {a: 100%}}]", "`shares` needs groups"),
        ("totals", "[{field: f, by: x, from: 5, to: 6}]", "go over time"),
        ("totals", "[{field: f, by: month of x, from: 5}]", "one of `from` and `to`"),
        (
            "totals",
            "[{field: f, by: month of x, each: {2025-13: 5}}]",
            "has '2025-13' for a month, which is written as 2025-01",
        ),
        ("totals", "[{field: f, by: moth of x, each: {a: 5}}]", "'moth of x', but a field is wanted"),
        ("totals", "[{field: f, feild: g, total: 5}]", "`feild` is no part of number 1 of `totals`: did you mean"),
        ("rank_correlation", "{f: 0.5}", "'f', but two fields"),
        ("rank_correlation", "{f ~ f: 0.5}", "one of them of this table"),
        ("rank_correlation", "{a.b ~ c.d: 0.5}", "one of them of this table"),
        ("rank_correlation", "{f ~ g: 1.5}", "1.5, but a correlation is from -1 to 1"),
        ("rank_correlation", "{f ~ g: 0.5, g ~ f: 0.4}", "two correlations of f and g"),
        ("lifecycle", "{field: s, from: a, paths: {a: [b]}, shares: {b: 100%}, tims: {}}", "did you mean `times`?"),
        ("lifecycle", "{field: s, from: a, paths: {a: [b]}}", "`shares` is missing in `lifecycle`"),
        ("lifecycle", "{field: s, from: a, paths: {a: [b]}, shares: {c: 100%}}", "has 'c', which no path from 'a'"),
        ("lifecycle", "{field: s, from: a, paths: {c: [b]}, shares: {a: 100%}}", "`paths` has 'c'"),
        ("lifecycle", "{field: s, from: a, paths: {a: [b], b: [a]}, shares: {a: 100%}}", "from 'a' back to 'a'"),
        (
            "lifecycle",
            "{field: s, from: a, paths: {a: [b]}, times: {a: x, b: x}, shares: {a: 100%}}",
            "one field for two states",
        ),
        ("blemishes", "1%", "no mapping such as {duplicates: 1%"),
        ("blemishes", "{f: {tpyo: 1%}}", "`tpyo` is no part of `f`: did you mean `typo`?"),
        ("blemishes", "{f: 1%}", "`tables.t.blemishes.f` is not written as it should be: write a mapping here"),
        ("blemishes", "{f: {by: 6 sd}}", "nothing that makes it dirty"),
        ("blemishes", "{f: {outliers: 1%, by: 6}}", "`tables.t.blemishes.f.by` is '6', but a distance such as 6 sd"),
        ("blemishes", "{f: {missing: 60%, typo: 60%}}", "in 120% of the rows"),
        ("blemishes", "{f: {typo: 1%, by: 6 sd}}", "no `outliers`"),
    ],
)
def test_a_mistake_in_the_parts_of_a_table_is_a_sentence(key: str, text: str, said: str) -> None:
    message = refusal(with_part(key, text))
    assert "line 6" in message or "line 3" in message
    assert said in message


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("{per: t, every: hour, from: 2025-03-31, to: 2025-03-01}", "change their order"),
        ("{per: t, every: fortnight, from: 2025-03-01, to: 2025-03-31}", "a step such as 15 minutes"),
        ("{per: t, every: hour, from: 2025-03-01, to: 2025-03-31, time_zone: Berlin}", "a time zone such as"),
        ("{per: t, every: hour, form: 2025-03-01, to: 2025-03-31}", "did you mean `from`?"),
        ("{per: t, every: hour, from: 2025-03-01}", "`to` is missing in `rows`"),
        ("{per: t, every: hour, count: 3}", "`every` is no part of `rows`"),
    ],
)
def test_a_mistake_in_regular_rows_is_a_sentence(rows: str, said: str) -> None:
    assert said in refusal(with_field("{flag: 5%}").replace("rows: 10", f"rows: {rows}"))


def as_an_editor_sees(text: str) -> object:
    """What YAML makes of a text, except that JSON has no days and its keys are texts."""
    return json.loads(json.dumps(yaml.safe_load(text), default=str))


@pytest.mark.parametrize("name", ["crm_demo", "sensors", "shop", "all"])
def test_editors_accept_what_the_reader_accepts(name: str) -> None:
    text = ALL if name == "all" else (EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8")
    jsonschema.Draft202012Validator(json_schema()).validate(as_an_editor_sees(text))


@pytest.mark.parametrize(
    "text",
    [
        with_field("{uniform: 1 .. 2, domain: x}"),
        with_part("blemishes", "{f: {tpyo: 1%}}"),
        with_part("totals", "[{field: f, feild: 5}]"),
        with_part("lifecycle", "{field: s, from: a, paths: {a: [b]}}"),
        with_field("{flag: 5%}").replace("rows: 10", "rows: {per: t, cuont: 3}"),
        with_field("{flag: 5%}").replace("rows: 10", "rows: {per: t, count: {1: 0.4}}"),
    ],
)
def test_editors_mark_what_the_reader_refuses(text: str) -> None:
    assert not jsonschema.Draft202012Validator(json_schema()).is_valid(as_an_editor_sees(text))
    refusal(text)


def test_every_part_of_the_grammar_is_immutable() -> None:
    parts = (Specification, TableSpec, FieldSpec, TotalSpec, LifeCycleSpec, BlemishesSpec, RegularRows)
    assert all(part.model_config["frozen"] and part.model_config["extra"] == "forbid" for part in parts)
