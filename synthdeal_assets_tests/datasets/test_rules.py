"""Rules together with what is exact: what can be kept is, what cannot is refused in its line before the first row."""

from __future__ import annotations

import time
from pathlib import Path

import polars as pl
import pytest

from synthdeal_assets.datasets.generation import generate_into
from synthdeal_assets.datasets.preparation import prepared
from synthdeal_assets.datasets.spec.spec_file import read_specification
from synthdeal_assets.errors import SynthDealError

HEAD = "dataset: ruled\nseed: 2\nas_of: 2025-06-30\ntables:\n"


def made(text: str, folder: Path) -> dict[str, pl.DataFrame]:
    generated = generate_into(read_specification(HEAD + text.lstrip("\n"), "spec.yaml"), folder / "made")
    return {table.name: pl.read_parquet(table.path) for table in generated.tables}


def refusal(text: str) -> str:
    with pytest.raises(SynthDealError) as refused:
        prepared(read_specification(HEAD + text.lstrip("\n"), "spec.yaml"))
    return str(refused.value)


def test_a_rule_reads_a_field_under_a_total_that_stays_exact(tmp_path: Path) -> None:
    orders = made(
        """
  orders:
    rows: 1_000
    fields:
      id: {key: integer}
      placed_on: {date: 2024-01-01 .. 2024-12-31}
      amount: {lognormal: {median: 60, p90: 300}, max: 2_000}
      limit: {uniform: 100 .. 5000}
    rules: [limit <> amount, amount <= limit]
    totals: [{field: amount, by: quarter of placed_on, from: 10_000, to: 40_000}]
""",
        tmp_path,
    )["orders"]
    assert (orders["amount"] <= orders["limit"]).all()
    by_quarter = orders.group_by(pl.col("placed_on").dt.quarter()).agg(pl.col("amount").sum()).sort("placed_on")
    assert by_quarter["amount"].cast(pl.Float64).to_list() == [10_000, 20_000, 30_000, 40_000]


def test_a_total_by_a_date_that_is_drawn_again_for_the_amount_is_refused() -> None:
    said = refusal(
        """
  orders:
    rows: 100
    fields:
      id: {key: integer}
      placed_on: {date: 2024-01-01 .. 2024-12-31}
      amount: {lognormal: {median: 60, p90: 300}}
    rules: [year(placed_on) * amount < 1_000_000]
    totals: [{field: amount, by: month of placed_on, from: 100, to: 400}]
""",
    )
    assert said.startswith(
        "spec.yaml, line 11: the rules of `orders` (`year(placed_on) * amount < 1_000_000`) depend on"
    )
    assert "`orders.amount`, whose exact counts or totals depend on `orders.placed_on`" in said


def test_a_rule_about_shares_alone_is_refused_in_its_line_unless_it_holds() -> None:
    table = """
  deals:
    rows: 1_000
    fields:
      id: {key: integer}
      stage: {one_of: {Open: 40%, Won: 60%}}
      level: {one_of: {1: 50%, 2: 50%}}
    rules:
      - level <= 2
      - stage = 'Won' if level = 2
"""
    said = refusal(table)
    assert said.startswith("spec.yaml, line 13: rule 2 of `deals` (`stage = 'Won' if level = 2`) is broken in ")
    prepared(read_specification(HEAD + table.replace("      - stage = 'Won' if level = 2\n", ""), "spec.yaml"))


ACCOUNTS = """
  accounts: {rows: 40, fields: {id: {key: integer}, country: {one_of: {US: 50%, DE: 50%}}}}
  contacts:
    rows: {per: accounts, count: {2: 50%, 4: 50%}}
    fields: {id: {key: integer}, account_id: {refers_to: accounts}}
  transfers:
    rows: 3_000
    fields:
      id: {key: integer}
      from_id: {refers_to: accounts}
      to_id: {refers_to: accounts, popularity: {zipf: 1.1}}
      via_id: {refers_to: accounts, missing: 20%}
      account_id: {refers_to: accounts}
      contact_id: {refers_to: contacts, among: same account_id, missing: 10%}
      second_id: {refers_to: contacts, among: same account_id, missing: 20%}
      amount: {uniform: 1 .. 100}
      home: {flag: 30%}
      reason: {one_of: [a, b], when: to_id.country = 'US'}
    rules:
"""


def test_a_rule_about_references_is_kept_by_drawing_the_last_of_them_again(tmp_path: Path) -> None:
    rules = """      - from_id <> to_id and amount < 90
      - via_id <> to_id and via_id <> from_id
      - contact_id <> second_id
      - to_id.country = from_id.country if home
"""
    columns = ("from_id", "account_id", "contact_id", "home")
    tables = made(ACCOUNTS + rules, tmp_path)
    transfers, accounts = tables["transfers"], tables["accounts"]
    for one, other in (("from_id", "to_id"), ("via_id", "to_id"), ("via_id", "from_id"), ("contact_id", "second_id")):
        assert not transfers[one].eq(transfers[other]).any(), (one, other)
    country = dict(accounts.select("id", "country").iter_rows())
    at_home = transfers.filter("home")
    assert at_home["to_id"].replace_strict(country).equals(at_home["from_id"].replace_strict(country).rename("to_id"))
    assert transfers["reason"].is_not_null().equals(transfers["to_id"].replace_strict(country).rename("reason") == "US")
    assert (transfers["amount"] < 90).all()
    assert [transfers[each].null_count() for each in ("via_id", "second_id")] == [600, 600]
    (tmp_path / "free").mkdir()
    free = made(ACCOUNTS + "      - amount > 0\n", tmp_path / "free")["transfers"]
    assert transfers.select(columns).equals(free.select(columns)), "those before the last stay"


def test_a_rule_about_a_reference_to_a_row_of_the_same_table_is_kept(tmp_path: Path) -> None:
    people = made(
        """
  people:
    rows: 900
    fields:
      id: {key: integer}
      level: {one_of: [1, 2, 3]}
      boss_id: {refers_to: people, earlier: true}
      mate_id: {refers_to: people}
    rules: [boss_id.level >= level if id > 50, mate_id <> id]
""",
        tmp_path,
    )["people"]
    boss = people.join(people, left_on="boss_id", right_on="id").filter(pl.col("id") > 50)
    assert (boss["level_right"] >= boss["level"]).all()
    assert (people["mate_id"] != people["id"]).all()
    assert people["level"].value_counts()["count"].to_list() == [300] * 3


@pytest.mark.parametrize("field", ["{refers_to: accounts, distinct: order_id}", "{one_of: [1, 2, 3]}"])
def test_a_rule_about_distinct_references_is_refused_unless_it_holds(field: str) -> None:
    said = refusal(
        f"""
  accounts: {{rows: 9, fields: {{id: {{key: integer}}}}}}
  orders: {{rows: 50, fields: {{id: {{key: integer}}}}}}
  lines:
    rows: {{per: orders, count: 3}}
    fields:
      order_id: {{refers_to: orders}}
      first_id: {{refers_to: accounts, distinct: order_id}}
      other_id: {field}
    rules: [first_id <> other_id]
""",
    )
    assert "rule 1 of `lines` (`first_id <> other_id`) is broken in" in said
    assert "references that are neither `per` nor `distinct`" in said


def test_a_row_that_no_draw_can_mend_stops_the_run_before_the_others_were_tried_as_often(tmp_path: Path) -> None:
    text = ACCOUNTS.replace("count: {2: 50%, 4: 50%}", "count: {1: 50%, 4: 50%}").replace("3_000", "60_000")
    read = read_specification(HEAD + text.lstrip("\n") + "      - contact_id <> second_id\n", "spec.yaml")
    started = time.process_time()
    with pytest.raises(SynthDealError, match="found no values in 5,000 draws with which it keeps `contact_id"):
        generate_into(read, tmp_path / "made")
    assert time.process_time() - started < 30, "not 5,000 draws of 20,000 rows, which take minutes"


def test_a_rule_about_another_row_of_the_same_table_is_refused() -> None:
    said = refusal(
        """
  people:
    rows: 100
    fields:
      id: {key: integer}
      boss_id: {refers_to: people, earlier: true}
      salary: {lognormal: {median: 40_000, p90: 90_000}}
    rules: [salary <= boss_id.salary]
""",
    )
    assert said.startswith("spec.yaml, line 11: the rules of `people`")
    assert "through which they read another row's `people.salary`" in said


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("{one_of: [1, 2, 3]}", "`b` cannot be correlated: only numbers that are drawn and flags can."),
        ("{uniform: 1 .. 900, unique: true}", "`b` cannot be correlated, for it is unique"),
        ("{uniform: 3 .. 3}", "`b` has one value only"),
    ],
)
@pytest.mark.parametrize("key", ["rank_correlation", "correlation"])
def test_what_cannot_be_correlated_is_refused_in_its_line(field: str, reason: str, key: str) -> None:
    said = refusal(
        f"""
  people:
    rows: 100
    fields:
      id: {{key: integer}}
      a: {{normal: {{mean: 5, sd: 1}}}}
      b: {field}
    {key}: {{a ~ b: 0.5}}
""",
    )
    assert said.startswith("spec.yaml, line 11: ")
    assert reason in said


def test_tables_without_rows_have_whatever_fields_there_are(tmp_path: Path) -> None:
    nothing = made(
        """
  visits:
    rows: 0
    fields:
      id: {key: uuid}
      kind: {one_of: [a, b], missing: 10%}
      at: {datetime: 2024-01-01 .. 2024-12-31, hours: 8..18}
      left_at: {datetime: at .. at + 1 days}
    rules: [kind = 'a' if at < as_of]
    lifecycle:
      {field: state, from: new, paths: {new: [old]}, times: {new: at, old: left_at}, shares: {new: 50%, old: 50%}}
""",
        tmp_path,
    )["visits"]
    assert nothing.height == 0


def test_an_error_is_said_once_in_the_line_of_the_field_that_it_comes_from() -> None:
    said = refusal(
        """
  people:
    rows: 100
    fields:
      id: {key: integer}
      double: {formula: amount * 2}
      amount: {gamma: {mean: 2, sd: 30}}
""",
    )
    assert said.startswith("spec.yaml, line 10: There is no such thing as the gamma distribution")
    assert "\n" not in said
