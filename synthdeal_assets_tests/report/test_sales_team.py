"""What the report says of the sales team: who is in it, who has come, and what was taken over from those who left."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl

from synthdeal_assets.report.figures import compute_figures
from synthdeal_assets.world.history_tables import OWNER_HISTORY
from synthdeal_assets.world.salesforce_picklists import CLOSED_WON
from synthdeal_assets.world.tables import USERS
from synthdeal_assets_tests.report.small_warehouse import TODAY, Deal, add, fill, member, open_warehouse


def test_only_those_who_are_there_are_counted_and_only_open_deals_were_taken_over(tmp_path: Path) -> None:
    warehouse = open_warehouse(tmp_path)
    fill(warehouse, [Deal("A"), Deal("B"), Deal("C", stage=CLOSED_WON)])
    long_ago, lately = TODAY - dt.timedelta(days=365), TODAY - dt.timedelta(days=364)
    team = [
        member("U1", long_ago),
        member("U2", lately),
        member("U3", lately, TODAY - dt.timedelta(days=9)),
        member("U4", long_ago, TODAY - dt.timedelta(days=1)),
    ]
    changes = [("Opportunity", "A", lately, "U4", "U2"), ("Opportunity", "C", lately, "U4", "U2")]
    changes += [("Account", "A", lately, "U4", "U2"), ("Opportunity", "A", TODAY, "U2", "U1")]
    add(warehouse, USERS, *team)
    names = [name for name in OWNER_HISTORY.polars_schema if name != "created_at"]
    rows = (dict(zip(names, row, strict=True)) for row in changes)
    add(warehouse, OWNER_HISTORY, *({**row, "created_at": dt.datetime(2026, 1, 5, 9)} for row in rows))
    with warehouse.connect() as connection:
        figures = compute_figures(connection, "report-1").filter(pl.col("figure_id").str.starts_with("world."))
    of = dict(figures.select("figure_id", "value").iter_rows())
    assert [of[f"world.{figure}"] for figure in ("users", "newcomers", "taken_over")] == [2, 1, 1]
