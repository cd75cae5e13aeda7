"""Whole small datasets, generated and recounted: what stands together in one specification."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from synthdeal_assets.datasets.generation import Generated, generate_into
from synthdeal_assets.datasets.preparation import prepared
from synthdeal_assets.datasets.spec.spec_file import read_specification
from synthdeal_assets.errors import SynthDealError

HEAD = "dataset: small\nseed: 2\nas_of: 2025-06-30\ntables:\n"


def made(text: str, folder: Path) -> Generated:
    return generate_into(read_specification(HEAD + text.lstrip("\n"), "spec.yaml"), folder / "made")


def frame(generated: Generated, table: str) -> pl.DataFrame:
    return pl.read_parquet(generated.folder / f"{table}.parquet")


def refusal(text: str) -> str:
    with pytest.raises(SynthDealError) as refused:
        prepared(read_specification(HEAD + text.lstrip("\n"), "spec.yaml"))
    return str(refused.value)


@pytest.mark.parametrize(
    "total", ["total: 5_000", "by: kind, shares: {a: 60%, b: 40%}", "by: kind, each: {a: 3, b: 4}"]
)
@pytest.mark.parametrize("absent", ["missing: 20%", "when: kind <> 'c'", "when: kind = 'a' or big, missing: 10%"])
def test_a_total_is_that_of_the_values_that_are_there(total: str, absent: str, tmp_path: Path) -> None:
    kinds = "{a: 70%, b: 30%}" if "when: kind <> 'c'" not in absent else "{a: 40%, b: 30%, c: 30%}"
    if "kind <> 'c'" in absent and "by" in total:
        total = total.replace("b:", "c: 0%, b:") if "shares" in total else total.replace("b:", "c: 0, b:")
    generated = made(
        f"""
  orders:
    rows: 1_000
    fields:
      id: {{key: integer}}
      kind: {{one_of: {kinds}}}
      big: {{flag: 50%}}
      amount: {{lognormal: {{median: 60, p90: 300}}, {absent}}}
    totals: [{{field: amount, {total}}}]
""",
        tmp_path,
    )
    orders = frame(generated, "orders")
    assert 0 < orders["amount"].null_count() < 1_000
    sums = dict(orders.group_by("kind").agg(pl.col("amount").sum().cast(pl.Float64)).iter_rows())
    everything = sum(sums.values())
    if total.startswith("total"):
        assert everything == pytest.approx(5_000)
    elif "shares" in total:
        assert sums["a"] == pytest.approx(0.6 * everything, abs=0.01)
    else:
        assert (sums["a"], sums["b"]) == (3, 4)


def test_a_series_whose_level_is_missing_is_missing(tmp_path: Path) -> None:
    generated = made(
        """
  sensors:
    rows: 10
    fields: {id: {key: integer}, base: {normal: {mean: 20, sd: 2}, missing: 30%}}
  readings:
    rows: {per: sensors, every: day, from: 2025-01-01, to: 2025-01-10}
    fields:
      sensor_id: {refers_to: sensors}
      at: {time_of: row}
      value: {series: {level: sensor_id.base, noise: {sd: 1}}, min: 0.5, decimals: 0}
""",
        tmp_path,
    )
    readings = frame(generated, "readings")
    assert readings["value"].null_count() == 30
    assert readings["value"].min() >= 1  # type: ignore[operator]  # numbers


def test_the_day_of_a_state_begins_after_the_time_of_the_one_before(tmp_path: Path) -> None:
    generated = made(
        """
  orders:
    rows: 500
    fields:
      id: {key: integer}
      placed_at: {datetime: 2024-01-01 .. 2024-12-31}
      shipped_at: {datetime: placed_at .. placed_at + 3 days}
      delivered_on: {date: placed_at .. placed_at + 9 days}
    lifecycle:
      field: state
      from: placed
      paths: {placed: [shipped], shipped: [delivered]}
      times: {placed: placed_at, shipped: shipped_at, delivered: delivered_on}
      shares: {placed: 20%, shipped: 30%, delivered: 50%}
""",
        tmp_path,
    )
    orders = frame(generated, "orders").drop_nulls("delivered_on")
    assert orders.height == 250
    assert (orders["delivered_on"].cast(pl.Datetime("us")) >= orders["shipped_at"]).all()


@pytest.mark.parametrize("kind", ["date", "datetime"])
@pytest.mark.parametrize("first", ["open: opened_at, ", ""])
def test_a_time_that_goes_by_one_of_a_state_that_was_skipped_goes_by_the_last_state_passed(
    kind: str, first: str, tmp_path: Path
) -> None:
    generated = made(
        f"""
  tickets:
    rows: 600
    fields:
      id: {{key: integer}}
      opened_at: {{datetime: 2025-01-01 .. 2025-03-31}}
      started_at: {{{kind}: opened_at + 2 days .. opened_at + 4 days}}
      tested_at: {{datetime: started_at + 10 days .. started_at + 20 days}}
      closed_at: {{datetime: tested_at + 100 days .. tested_at + 200 days}}
    lifecycle:
      field: state
      from: open
      paths: {{open: [started, tested, closed], started: [tested, closed], tested: [closed]}}
      times: {{{first}started: started_at, tested: tested_at, closed: closed_at}}
      shares: {{open: 10%, started: 10%, closed: 80%}}
""",
        tmp_path,
    )
    tickets = frame(generated, "tickets").with_columns(pl.col("started_at").cast(pl.Datetime("us")))
    closed = tickets.filter(pl.col("state") == "closed")
    assert closed["closed_at"].null_count() == 0
    # Where neither state was passed and the first one has no time, from where the first skipped span would begin.
    start = pl.col("opened_at") if first else pl.col("opened_at").dt.offset_by("2d")
    tested = pl.coalesce("tested_at", "started_at", start if first else start.dt.offset_by("10d"))
    for skipped in ([], ["tested_at"], ["started_at"], ["tested_at", "started_at"]):
        some = closed.filter(
            pl.all_horizontal(pl.col(at).is_null() == (at in skipped) for at in ("tested_at", "started_at"))
        )
        days = some.select((pl.col("closed_at") - tested).dt.total_days())["closed_at"]
        assert some.height > 50, skipped
        assert days.is_between(99, 200).all(), skipped


@pytest.mark.parametrize("absent", ["", ", missing: 50%", ", when: id > 3"])
def test_a_reference_to_a_table_without_rows_is_refused_unless_it_is_always_missing(
    absent: str, tmp_path: Path
) -> None:
    text = """
  nobody: {rows: 0, fields: {id: {key: integer}}}
  orders: {rows: 10, fields: {id: {key: integer}, who: {refers_to: nobody%s}}}
"""
    assert "spec.yaml, line 6: `who` refers to `nobody`, which has no rows" in refusal(text % absent)
    assert frame(made(text % ", missing: 100%", tmp_path), "orders")["who"].null_count() == 10


def test_values_chosen_by_a_correlated_field_are_not_said_to_be_drawn_from_their_distribution(tmp_path: Path) -> None:
    generated = made(
        """
  accounts: {rows: 4, fields: {id: {key: integer}, size: {lognormal: {median: 60, p90: 300}}}}
  deals:
    rows: {per: accounts, count: 2_000}
    fields:
      id: {key: integer}
      account_id: {refers_to: accounts}
      age: {uniform: 0 .. 100}
      score: {normal: {mean: 0, sd: 1}, when: age > 50}
      amount: {gamma: {mean: 50, sd: 30}}
    rank_correlation: {score ~ age: 0.9, amount ~ account_id.size: 0.9}
""",
        tmp_path,
    )
    deals = frame(generated, "deals")
    assert deals["score"].cast(pl.Float64).mean() > 0.5  # type: ignore[operator]  # a number
    assert "distribution of deals.score" in " ".join(generated.certificate.not_checked)


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("{formula: made_on + 3 days, decimals: 2}", "`x` is a date, which has no decimals: leave them out."),
        ("{uniform: 0.01 .. 0.02, decimals: 1}", "No number with 1 decimals lies from 0.01 to 0.02"),
        ("{normal: {mean: 1, sd: 1}, min: 0.3, max: 0.6, decimals: 0}", "No number with 0 decimals lies from 0.3 to"),
        ("{formula: big * big}", "`x` of `t` has numbers up to "),
    ],
)
def test_numbers_that_cannot_be_written_are_refused_in_their_line(field: str, reason: str) -> None:
    said = refusal(
        f"""
  t:
    rows: 50
    fields:
      id: {{key: integer}}
      made_on: {{date: 2024-01-01 .. 2024-12-31}}
      big: {{uniform: 1_000_000.0000 .. 9_000_000_000.0000}}
      x: {field}
""",
    )
    assert said.startswith("spec.yaml, line 11: ")
    assert reason in said
    assert "\n" not in said


def test_a_number_that_no_rule_leaves_on_its_grid_is_drawn_again(tmp_path: Path) -> None:
    generated = made(
        """
  t:
    rows: 2_000
    fields:
      id: {key: integer}
      low: {uniform: 0.00 .. 1.00, decimals: 3}
      x: {uniform: 0 .. 1, decimals: 1}
    rules: [x >= low, x <= low + 0.05]
""",
        tmp_path,
    )
    t = frame(generated, "t").cast({"low": pl.Float64, "x": pl.Float64})
    assert ((t["x"] >= t["low"]) & (t["x"] <= t["low"] + 0.05 + 1e-9)).all()


def test_what_is_worked_out_is_missing_where_it_must_be_and_where_it_is_asked_for(tmp_path: Path) -> None:
    generated = made(
        """
  t:
    rows: 100
    fields:
      id: {key: integer}
      made_on: {date: 2024-01-01 .. 2024-12-31, missing: 50%}
      month_made: {formula: month(made_on), missing: 40%}
      largest: {max: parts.size, missing: 20%}
  parts:
    rows: {per: t, count: {0: 50%, 2: 50%}}
    fields: {id: {key: integer}, t_id: {refers_to: t}, size: {uniform: 1 .. 9}}
""",
        tmp_path,
    )
    t = frame(generated, "t")
    assert 50 < t["month_made"].null_count() < 90
    assert 50 < t["largest"].null_count() < 70


def test_a_correlation_of_values_that_came_out_all_alike_is_too_little_to_tell(tmp_path: Path) -> None:
    generated = made(
        """
  t:
    rows: 100
    fields:
      id: {key: integer}
      rare: {beta: {mean: 0.1, sd: 0.05}, decimals: 0}
      other: {poisson: 40}
    rank_correlation: {other ~ rare: 0.6}
""",
        tmp_path,
    )
    assert frame(generated, "t")["rare"].n_unique() == 1


def test_bounds_of_rules_in_a_table_of_few_rows_whose_parts_are_empty(tmp_path: Path) -> None:
    generated = made(
        """
  t:
    rows: 2
    fields:
      id: {key: integer}
      low: {uniform: 0.00 .. 1.00}
      amount: {lognormal: {median: 60, p90: 300}, when: low > 2}
      limit: {uniform: 1 .. 2_000}
    rules: [limit >= low, low <= limit * 2]
  parts:
    rows: {per: t, count: 0}
    fields:
      id: {key: integer}
      t_id: {refers_to: t}
      size: {uniform: 0 .. 9}
    rules: [size <= t_id.limit]
""",
        tmp_path,
    )
    assert frame(generated, "parts").height == 0


@pytest.mark.parametrize("accounts", [500, 66_000])
def test_children_keep_their_rows_when_their_parents_become_more(accounts: int, tmp_path: Path) -> None:
    text = """
  accounts: {rows: %d, fields: {id: {key: integer}}}
  deals:
    rows: {per: accounts, count: {1: 50%%, 2: 30%%, 5: 20%%}}
    fields:
      id: {key: integer}
      account_id: {refers_to: accounts}
      amount: {lognormal: {median: 60, p90: 300}}
"""
    before = frame(made(text % accounts, tmp_path / "before"), "deals")
    after = frame(made(text % (accounts * 11 // 10), tmp_path / "after"), "deals")
    assert after.height == before.height * 11 // 10
    same = (before == after.head(before.height)).select(pl.all_horizontal(pl.all()).alias("same"))["same"]
    assert same.head(before.height - 64 * 5).all()


def test_what_is_found_out_while_rows_are_made_is_said_with_file_and_line(tmp_path: Path) -> None:
    text = """
  t:
    rows: 100
    fields:
      id: {key: integer}
      made_on: {date: 2024-01-20 .. 2024-01-31}
    blemishes: {made_on: {swapped_day_and_month: 5%}}
"""
    with pytest.raises(SynthDealError) as refused:
        made(text, tmp_path)
    assert str(refused.value).startswith("spec.yaml, line 5: ")
    assert "5% of the 100 rows of `made_on` of `t` are to have `swapped_day_and_month`" in str(refused.value)


def test_a_date_that_follows_a_time_of_day_at_once_is_refused_beforehand() -> None:
    said = refusal(
        """
  t:
    rows: 10
    fields:
      id: {key: integer}
      at: {datetime: 2024-01-01 .. 2024-12-31}
      made_on: {date: at .. at + 0 days}
""",
    )
    assert said.startswith("spec.yaml, line 5: in 100.0% of the rows of `t` a date has nothing between its ends")


def test_a_dirty_table_has_its_page(tmp_path: Path) -> None:
    generated = made(
        """
  t:
    rows: 1_000
    fields:
      id: {key: integer}
      born: {date: 1950-01-01 .. 2005-12-31}
      seen: {datetime: 2024-01-01 .. 2024-12-31}
      income: {lognormal: {median: 40_000, p90: 90_000}}
    blemishes:
      born: {swapped_day_and_month: 2%, format_drift: 1%}
      seen: {format_drift: 1%}
      income: {format_drift: 1%, outliers: 1%}
""",
        tmp_path,
    )
    assert "income" in (generated.folder / "index.html").read_text("utf-8")


@pytest.mark.parametrize(("share", "asked"), [("20%", 0.4), ("60%", -0.5)])
def test_a_number_goes_with_a_flag_that_is_declared_before_it(share: str, asked: float, tmp_path: Path) -> None:
    generated = made(
        f"""
  t:
    rows: 20_000
    fields:
      id: {{key: integer}}
      big: {{flag: {share}}}
      x: {{gamma: {{mean: 5, sd: 2}}}}
    rank_correlation: {{x ~ big: {asked}}}
""",
        tmp_path,
    )
    t = frame(generated, "t").select(pl.col("big").cast(pl.Int8), pl.col("x").cast(pl.Float64))
    assert t.select(pl.corr("big", "x", method="spearman")).item() == pytest.approx(asked, abs=0.03)
    assert t["big"].sum() == 20_000 * int(share[:-1]) // 100


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        (
            "  t: {rows: 5, fields: {id: {key: integer}, x: {uniform: 0 .. 9}}, totals: [{field: x, total: 20.55}]}",
            "line 5: `x` has 0 decimals, so that it cannot come to 20.55",
        ),
        (
            "  t: {rows: 5, fields: {id: {key: integer}, Value: {flag: 5%}, value: {flag: 5%}}}",
            "`Value` and `value`, which databases take for one",
        ),
        (
            "  t: {rows: 5, fields: {id: {key: integer}}}\n  T: {rows: 5, fields: {id: {key: integer}}}",
            "`t` and `T`, which databases take for one",
        ),
        ("  t: {rows: 5, fields: {id: {key: integer}, file_row_number: {flag: 5%}}}", "rename it"),
        (
            (
                "  t: {rows: 5, fields: {id: {key: integer}, x: {uniform: 10_000_000_000_000 .. 10_000_000_000_000}, "
                "y: {formula: floor(x * x)}}}"
            ),
            "line 5: `y` of `t` comes to 1e+26, but whole numbers have 18 digits at most",
        ),
        (
            (
                "  t: {rows: 900_000_000, fields: {id: {key: integer}}}\n"
                "  u: {rows: {per: t, count: {poisson: 9}}, fields: {id: {key: integer}, t_id: {refers_to: t}}}"
            ),
            "line 6: `u` would have about 8,100,000,000 rows, but a table has 1,000,000,000 at most",
        ),
    ],
)
def test_what_no_file_or_database_holds_is_refused_at_once(tables: str, reason: str) -> None:
    said = refusal(tables)
    assert reason in said
    assert "\n" not in said


@pytest.mark.parametrize("absent", ["missing: 25%", "when: x > 5"])
def test_a_flag_that_goes_with_a_field_is_there_in_every_row(absent: str) -> None:
    said = refusal(
        f"""
  t:
    rows: 100
    fields: {{id: {{key: integer}}, x: {{gamma: {{mean: 5, sd: 2}}}}, big: {{flag: 20%, {absent}}}}}
    rank_correlation: {{x ~ big: 0.4}}
"""
    )
    assert said.startswith("spec.yaml, line 8: `big` is a flag that is not there in every row")


@pytest.mark.parametrize(
    ("field", "key", "refused"),
    [
        ("c_id: {refers_to: c}", "[a_id, c_id]", True),
        ("c_id: {refers_to: c, distinct: a_id}", "[a_id, c_id]", False),
        ("c_id: {refers_to: c, distinct: a_id}", "[c_id]", True),
        ("code: {uniform: 1 .. 900}", "[code]", True),
        ("code: {uniform: 1 .. 900, unique: true}", "[code]", False),
        ("at: {datetime: 2024-01-01 .. 2024-12-31}", "[a_id, at]", True),
        ("n: {flag: 5%}", "[a_id]", True),
    ],
)
def test_a_key_that_nothing_keeps_from_coming_twice_is_refused(field: str, key: str, refused: bool) -> None:
    text = f"""
  a: {{rows: 9, fields: {{id: {{key: integer}}}}}}
  c: {{rows: 9, fields: {{id: {{key: integer}}}}}}
  b: {{rows: {{per: a, count: 3}}, key: {key}, fields: {{a_id: {{refers_to: a}}, {field}}}}}
"""
    if refused:
        assert refusal(text).startswith("spec.yaml, line 7: the key of `b` says that")
    else:
        prepared(read_specification(HEAD + text.lstrip("\n"), "spec.yaml"))


def test_a_rule_that_leaves_a_whole_number_no_room_does_not_break_its_own_bounds(tmp_path: Path) -> None:
    generated = made(
        """
  t:
    rows: 1_000
    fields:
      id: {key: integer}
      most: {uniform: 0.0 .. 6.0}
      n: {geometric: 0.5, min: 1}
    rules: [n <= most]
""",
        tmp_path,
    )
    t = frame(generated, "t").cast({"most": pl.Float64})
    assert t["n"].min() == 1
    assert (t["n"] <= t["most"]).all()


@pytest.mark.parametrize(
    ("age", "low", "high"),
    [
        ("{type: person.age, min: 18, max: 80}", 18, 80),
        ("{type: person.age, min: 30, max: 31}", 30, 31),
        ("{uniform: 40 .. 50}", 40, 50),
    ],
)
@pytest.mark.parametrize("first", ["age", "birth_date"])
def test_an_age_and_a_birth_date_are_of_one_person(age: str, low: int, high: int, first: str, tmp_path: Path) -> None:
    declared = {"age": age, "birth_date": "person.birth_date"}
    fields = ", ".join(f"{name}: {declared[name]}" for name in sorted(declared, key=lambda name: name != first))
    people = frame(made(f"  people: {{rows: 500, fields: {{id: {{key: integer}}, {fields}}}}}\n", tmp_path), "people")

    assert people["age"].is_between(low, high).all()
    before = pl.col("birth_date").dt.strftime("%m-%d") > "06-30"
    assert people.filter(2025 - pl.col("birth_date").dt.year() - before.cast(pl.Int32) != pl.col("age")).is_empty()


def test_an_age_goes_by_a_birth_date_with_ends_of_its_own(tmp_path: Path) -> None:
    text = "  people: {rows: 500, fields: {age: person.age, birth_date: {date: 1950-01-01 .. 1960-12-31}}}\n"
    people = frame(made(text, tmp_path), "people")

    before = pl.col("birth_date").dt.strftime("%m-%d") > "06-30"
    assert people.filter(2025 - pl.col("birth_date").dt.year() - before.cast(pl.Int32) != pl.col("age")).is_empty()


def test_an_age_and_a_birth_date_with_ends_of_their_own_are_refused() -> None:
    said = refusal(
        "  people: {rows: 9, fields: {age: {type: person.age, min: 18, max: 30}, "
        "birth_date: {date: 1950-01-01 .. 1960-12-31}}}\n"
    )
    assert "`age` and `birth_date` say two things of one age" in said


def test_bounds_and_decimals_of_a_type_are_kept_or_refused(tmp_path: Path) -> None:
    text = "  t: {rows: 500, fields: {id: {key: integer}, a: {type: crm.amount, min: 500, max: 900, decimals: 1}}}\n"
    assert frame(made(text, tmp_path), "t")["a"].cast(pl.Float64).is_between(500, 900).all()
    assert "`min` does not go with the type `person.email`" in refusal(
        "  t: {rows: 5, fields: {a: {type: person.email, min: 3}}}\n"
    )


def test_an_expression_sees_the_time_that_clocks_show_whoever_asked_for_the_field_before(tmp_path: Path) -> None:
    generated = made(
        """
  readings:
    rows: {every: hour, from: 2025-03-29, to: 2025-03-31, time_zone: Asia/Tokyo}
    fields:
      at: {time_of: row}
      hour: {formula: "extract(hour from at)"}
    key: [at]
""",
        tmp_path,
    )
    readings = frame(generated, "readings")
    assert (readings["at"].dt.hour().cast(pl.Int64) == readings["hour"]).all()


def test_a_total_that_the_numbers_of_children_cannot_give_is_refused() -> None:
    said = refusal(
        "  a: {rows: 100, fields: {id: {key: integer}}}\n  b: {rows: {per: a, count: {1: 50%, 3: 50%}, total: 900}, "
        "fields: {a_id: {refers_to: a}}}\n"
    )
    assert "100 parents with 1 to 3 children give 100 to 300, not 900" in said


def test_totals_by_a_number_are_named_as_a_person_writes_it(tmp_path: Path) -> None:
    text = """
  sales:
    rows: 200
    fields:
      id: {key: integer}
      rate: {one_of: {2: 50%, 2.5: 50%}}
      parts: {one_of: [1, 2]}
      fine: {one_of: [0.00000001, 5]}
      amount: {lognormal: {median: 60, p90: 300}}
      weight: {lognormal: {median: 60, p90: 300}}
      length: {lognormal: {median: 60, p90: 300}}
    totals:
      - {field: amount, by: rate, shares: {2: 60%, 2.50: 40%}}
      - {field: weight, by: parts, each: {1.0: 5000, 2: 6000}}
      - {field: length, by: fine, each: {0.00000001: 5000, 5: 6000}}
"""
    sales = frame(made(text, tmp_path), "sales")
    for by, field, totals in (("parts", "weight", {1: 5000, 2: 6000}), ("fine", "length", {1e-8: 5000, 5: 6000})):
        assert dict(sales.group_by(by).agg(pl.col(field).sum().round(2)).iter_rows()) == totals
    assert "line 16: `shares` of `amount` has a number twice" in refusal(text.replace("2.50: 40%", "2.0: 40%"))


PERIODS = """
  sales:
    rows: {rows}
    fields:
      id: {{key: integer}}
      sold_at: {{datetime: {span}}}
      amount: {{lognormal: {{median: 60, p90: 300}}}}
    totals:
      - {{field: amount, by: {period} of sold_at, from: {first}, to: {last}}}
"""


def test_a_period_without_rows_is_refused_and_not_left_out() -> None:
    said = refusal(PERIODS.format(rows=12, span="2025-01-01 .. 2025-12-31", period="month", first=500, last=2000))
    assert "line 12: " in said
    assert "0 rows of at least 0.00 give 0.00 to 0.00, not " in said


@pytest.mark.parametrize(
    ("rows", "span", "period", "periods"),
    [
        (300, "2025-01-01 .. 2025-01-31, days: Mon..Fri", "day", 23),
        (900, "2024-12-01 .. 2025-11-30", "quarter", 5),
        (900, "2024-12-30 .. 2025-12-28", "week", 52),
        (0, "2025-01-01 .. 2025-12-31", "month", 0),
    ],
)
def test_totals_go_in_even_steps_over_all_periods_that_dates_may_be_in(
    rows: int, span: str, period: str, periods: int, tmp_path: Path
) -> None:
    ends = (500, 2_000) if rows else (0, 0)
    text = PERIODS.format(rows=rows, span=span, period=period, first=ends[0], last=ends[1])
    sales = frame(made(text, tmp_path), "sales")
    every = {"day": "1d", "week": "1w", "quarter": "1q", "month": "1mo"}[period]
    amounts = sales.group_by(pl.col("sold_at").dt.truncate(every)).agg(pl.col("amount").cast(pl.Float64).sum())
    steps = [ends[0] + (ends[1] - ends[0]) * step / max(periods - 1, 1) for step in range(periods)]
    assert amounts.sort("sold_at")["amount"].to_list() == pytest.approx(steps, abs=0.006)


def test_a_period_that_comes_to_nothing_needs_no_rows(tmp_path: Path) -> None:
    """The first month comes to 0 and has no row, the second one has them."""
    span = "2025-01-31T23:59:58 .. 2025-02-28"
    text = PERIODS.format(rows=40, span=span, period="month", first=0, last=900)
    sales = frame(made(text, tmp_path), "sales")
    assert sales["sold_at"].dt.month().unique().to_list() == [2]
    assert sales["amount"].sum() == pytest.approx(900)


@pytest.mark.parametrize("decimals", [0, 5, 9])
def test_a_total_is_recounted_whatever_decimals_its_amounts_have(decimals: int, tmp_path: Path) -> None:
    generated = made(
        f"""
  sales:
    rows: 100
    fields: {{id: {{key: integer}}, amount: {{gamma: {{mean: 5_000, sd: 300}}, decimals: {decimals}}}}}
    totals: [{{field: amount, total: 600_000}}]
""",
        tmp_path,
    )
    assert sum(map(Decimal, map(str, frame(generated, "sales")["amount"]))) == 600_000
