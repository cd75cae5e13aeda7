"""Rules together with what is exact: what can be kept is, what cannot is refused in its line before the first row."""

from __future__ import annotations

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
