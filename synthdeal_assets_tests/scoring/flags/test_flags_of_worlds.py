"""Flags of whole worlds: what the heuristic finds holds, what dice find is not shown, and the checks recount it all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse.table_checks import violations
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, create, insert, query_frame
from synthdeal_assets.scoring.answer import Judge
from synthdeal_assets.scoring.flags.assets import FLAG_ASSETS
from synthdeal_assets.scoring.flags.checks import FLAG_CHECKS, RECORDS_RECOUNTED
from synthdeal_assets.scoring.flags.flags import all_flags
from synthdeal_assets.scoring.flags.reading import judged_deals
from synthdeal_assets.scoring.flags.tables import FLAG_RECORDS, FLAGS
from synthdeal_assets.scoring.forecast.tables import LEARNT, STAGE_RATES
from synthdeal_assets.scoring.scorers.heuristic import HeuristicScorer
from synthdeal_assets.scoring.scorers.make_scorer import make_scorer
from synthdeal_assets.scoring.scorers.scorer import judge_as
from synthdeal_assets.settings import Settings
from synthdeal_assets_tests.scoring.flags.worlds import AS_OF, RandomScorer, flags_of, judge_world, world_of


@pytest.fixture(scope="module")
def judged() -> Iterator[duckdb.DuckDBPyConnection]:
    """A world of 300 deals whose flags are stored."""
    with world_of(7, 300) as connection:
        judge_world(connection, HeuristicScorer())
        found = flags_of(connection, HeuristicScorer())
        for table, rows in ((FLAGS, found.flags), (FLAG_RECORDS, found.records)):
            create(connection, table)
            insert(connection, table, rows)
        yield connection


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    return query_frame(connection, query).rows()


def test_every_open_deal_that_is_no_renewal_is_looked_at_today(judged: duckdb.DuckDBPyConnection) -> None:
    today = rows(
        judged, "SELECT opportunity_id FROM scoring.flags WHERE flag = 'overdue' AND flag_date = DATE '2026-11-28'"
    )
    expected = rows(
        judged,
        "SELECT opportunity_id FROM crm.opportunities WHERE NOT is_closed AND type <> 'Existing Customer - Renewal'",
    )
    assert sorted(today) == sorted(expected)
    late = rows(judged, "SELECT DISTINCT stage_name FROM scoring.flags WHERE flag = 'little_evidence' ORDER BY 1")
    assert late == [("Negotiation/Review",), ("Perception Analysis",), ("Proposal/Price Quote",)]


def test_a_quarter_is_what_the_database_makes_of_the_won_deals(judged: duckdb.DuckDBPyConnection) -> None:
    learnt = rows(
        judged,
        """
        SELECT DISTINCT flag_date, stage_name, threshold FROM scoring.flags WHERE flag = 'little_evidence' ORDER BY ALL
        """,
    )
    recounted = rows(
        judged,
        """
        SELECT days.flag_date, lessons.stage_name, quantile_disc(points, 0.25)::DOUBLE
        FROM (SELECT DISTINCT flag_date, stage_name FROM scoring.flags WHERE flag = 'little_evidence') AS days
        JOIN crm.landmarks AS lessons USING (stage_name)
        JOIN scoring.landmark_scores USING (opportunity_id, landmark_date)
        JOIN crm.opportunities AS deals USING (opportunity_id)
        WHERE deals.is_won AND deals.close_date <= days.flag_date
        GROUP BY ALL ORDER BY ALL
        """,
    )
    assert len(learnt) > 40
    assert learnt == recounted


def test_the_check_recounts_every_record_from_the_rows(judged: duckdb.DuckDBPyConnection) -> None:
    assert violations(judged, RECORDS_RECOUNTED) == []
    assert rows(judged, "SELECT count(*) FROM scoring.flag_records WHERE base_deals > 100") > [(5,)]


@pytest.mark.parametrize(
    ("forgery", "rule"),
    [
        ("UPDATE scoring.flag_records SET flagged_lost = flagged_lost + 1 WHERE flag = 'slipped'", "counts"),
        ("UPDATE scoring.flag_records SET open_today = open_today + 1 WHERE flag = 'slipped'", "counts"),
        ("UPDATE scoring.flags SET is_counted = true WHERE flag = 'slipped'", "is_counted"),
        ("UPDATE scoring.flag_records SET is_shown = NOT is_shown WHERE flag = 'overdue'", "is_shown"),
        ("UPDATE scoring.flags SET is_shown = NOT is_shown WHERE flag = 'overdue'", "is_shown of a row"),
    ],
)
def test_a_forged_record_is_found(judged: duckdb.DuckDBPyConnection, forgery: str, rule: str) -> None:
    judged.execute("BEGIN")
    judged.execute(forgery)
    found = {violation.rule.subject for violation in violations(judged, RECORDS_RECOUNTED)}
    judged.execute("ROLLBACK")
    assert rule in found


def test_the_asset_stores_both_tables_and_its_checks_pass(judged: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    database = tmp_path / "warehouse.duckdb"
    judged.execute(f"ATTACH '{database}' AS stored")
    judged.execute("COPY FROM DATABASE memory TO stored")
    judged.execute("DELETE FROM stored.scoring.flags")
    judged.execute("DETACH stored")
    warehouse = Warehouse(database=str(database), lock_timeout=5)

    made = dg.materialize(
        [*FLAG_ASSETS, *FLAG_CHECKS],
        resources={"warehouse": warehouse, "settings": Settings(), "scorer": make_scorer},
        raise_on_error=False,
    )

    assert made.success
    assert all(evaluation.passed for evaluation in made.get_asset_check_evaluations())
    assert len(made.get_asset_check_evaluations()) > 5
    assert (
        warehouse.read("SELECT count(*) FROM scoring.flags").item()
        == rows(judged, "SELECT count(*) FROM scoring.flags")[0][0]
    )


def test_a_scorer_that_has_judged_no_month_end_has_a_record_of_nothing() -> None:
    with world_of(7, 60) as connection:
        judge_world(connection, HeuristicScorer())
        records = flags_of(connection, RandomScorer()).records

    record = records.row(
        by_predicate=(pl.col("flag") == "little_evidence") & (pl.col("scorer") == "random"), named=True
    )
    assert record["base_deals"] == 0
    assert not record["is_shown"]
    assert record["explanation"].startswith("Not shown: a record takes 100 scored late-stage deals")


def test_the_forecast_is_looked_at_whoever_has_judged() -> None:
    present = Judge("openai", "a-model", "v1")
    with world_of(7, 60) as connection:
        judge_world(connection, HeuristicScorer())
        flags_of(connection, HeuristicScorer())
        found = all_flags(judged_deals(connection, present), AS_OF)
        foretold = query_frame(connection, "FROM scoring.forecasts")

    low = found.flags.filter(pl.col("flag") == "low_chance")
    assert set(low["scorer"]) == {"forecast"}
    assert found.flags.filter(pl.col("flag") == "little_evidence", pl.col("scorer") == "openai").is_empty()
    learnt, by_stage = (
        foretold.filter(pl.col("way") == way).select("opportunity_id", "chance", flag_date="forecast_date")
        for way in (LEARNT, STAGE_RATES)
    )
    expected = (
        learnt.join(by_stage, on=["opportunity_id", "flag_date"])
        .join(low, on=["opportunity_id", "flag_date"])
        .select("value", "is_flagged", gap=pl.col("chance") - pl.col("chance_right"))
    )
    assert expected.height == low.height > 50
    assert expected["value"].to_list() == expected["gap"].to_list()
    assert expected["is_flagged"].to_list() == (expected["gap"] < -0.1).to_list()


def test_at_the_end_of_a_month_a_deal_is_looked_at_once() -> None:
    # The present scores stand among those of landmarks then, as those of the landmark that is about to come.
    with world_of(7, 60, dt.date(2026, 11, 30)) as connection:
        judge_world(connection, HeuristicScorer())
        of_today = "SELECT count(*) FROM scoring.landmark_scores WHERE landmark_date = DATE '2026-11-30'"
        assert rows(connection, of_today) > [(0,)]
        flags = flags_of(connection, HeuristicScorer()).flags

    assert flags.filter(pl.col("flag") == "lacks_champion", pl.col("flag_date") == dt.date(2026, 11, 30)).height
    assert flags.select(FLAGS.primary_key).is_unique().all()


@pytest.mark.slow
def test_flags_of_dice_are_shown_in_at_most_one_of_twenty_worlds() -> None:
    # Four flags at 0.005 each show something in 2 of 100 worlds: in more than one of twenty with a chance of 0.06.
    shown = []
    for seed in range(1, 21):
        with world_of(seed, 300) as connection:
            judge_world(connection, RandomScorer())
            # The heuristic has judged all month ends in a run; what it says of them is not looked at here.
            rules = judge_as(HeuristicScorer())
            connection.execute(
                "INSERT INTO scoring.landmark_scores SELECT * REPLACE ($scorer AS scorer, $model AS model, "
                "$prompt_version AS prompt_version) FROM scoring.landmark_scores",
                asdict(rules),
            )
            records = flags_of(connection, RandomScorer()).records.filter(pl.col("scorer") == "random")
        assert records.filter(pl.col("base_deals") >= 100).height >= 3
        shown.append(bool(records["is_shown"].any()))

    assert sum(shown) <= 1
