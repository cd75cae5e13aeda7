"""Which flags are shown in fresh worlds: of the heuristic, of the CRM alone, and of dice.

    python -m synthdeal_assets_tests.benchmarks.flag_gates 500 101-110
    python -m synthdeal_assets_tests.benchmarks.flag_gates 2000 101-110

The first number is the size of the worlds, the others are their seeds. The first table has a line for each flag: deals
of its record, shares covered and lost in the mean of the worlds, worlds with p below 0.01, and worlds in which it is
shown. The second has a line for each world. Aims, over ten fresh seeds: at 2,000 the heuristic's `little_evidence` is
shown in at least nine, at 500 some flag in at least eight, and of dice `little_evidence` in at most one of twenty.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import polars as pl

from synthdeal_assets.scoring.flags.records import LEVEL
from synthdeal_assets.scoring.scorers.heuristic import HeuristicScorer
from synthdeal_assets_tests.scoring.flags.worlds import RandomScorer, flags_of, judge_world, world_of


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", type=int)
    parser.add_argument("seeds", nargs="+", help="numbers and ranges such as 101-110")
    arguments = parser.parse_args()
    records = pl.concat(_records(seed, arguments.size) for part in arguments.seeds for seed in _seeds(part))
    with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_width_chars=200, fmt_str_lengths=200, float_precision=2):
        print(_by_flag(records))
        print(_by_world(records))


def _seeds(part: str) -> Iterator[int]:
    first, _, last = part.partition("-")
    yield from range(int(first), int(last or first) + 1)


def _records(seed: int, size: int) -> pl.DataFrame:
    """The records of one world, judged by the heuristic and then by dice."""
    with world_of(seed, size) as connection:
        judge_world(connection, HeuristicScorer())
        by_rules = flags_of(connection, HeuristicScorer()).records
        judge_world(connection, RandomScorer())
        by_dice = flags_of(connection, RandomScorer()).records.filter(pl.col("scorer") == RandomScorer.name)
    return pl.concat([by_rules, by_dice]).with_columns(seed=pl.lit(seed))


def _share(part: str, whole: str) -> pl.Expr:
    return (pl.col(part) / pl.col(whole)).fill_nan(None)


def _by_flag(records: pl.DataFrame) -> pl.DataFrame:
    return (
        records.group_by("scorer", "flag", maintain_order=True)
        .agg(
            deals=pl.col("base_deals").mean().round(),
            covered=_share("flagged_deals", "base_deals").mean(),
            covered_today=_share("covered_today", "open_today").mean(),
            lost=_share("flagged_lost", "flagged_deals").mean(),
            others_lost=_share("other_lost", "other_deals").mean(),
            below_level=(pl.col("p_value") < LEVEL).sum(),
            shown=pl.col("is_shown").sum(),
            worlds=pl.len(),
        )
        .sort("scorer", "flag")
    )


def _by_world(records: pl.DataFrame) -> pl.DataFrame:
    by_dice = pl.col("scorer") == RandomScorer.name
    return records.group_by("seed", maintain_order=True).agg(
        shown=pl.col("flag").filter(pl.col("is_shown") & ~by_dice).sort().str.join(", "),
        shown_of_dice=pl.col("flag").filter(pl.col("is_shown") & by_dice).sort().str.join(", "),
    )


if __name__ == "__main__":
    main()
