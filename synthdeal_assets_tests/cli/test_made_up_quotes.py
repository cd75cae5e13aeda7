"""The summary of a run says when most of what a scorer quoted does not stand in the deals."""

from __future__ import annotations

import duckdb
import pytest

from synthdeal_assets.cli import summary
from synthdeal_assets.cli.summary import made_up_lines
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import create, query_frame
from synthdeal_assets.scoring.tables import SCORE_ELEMENTS, SCORE_FAILURES, SCORER_INPUTS
from synthdeal_assets.world.tables import WORLD


@pytest.mark.parametrize(("quotes", "rejected"), [(0, 0), (12, 0), (12, 6)])
def test_a_run_whose_quotes_mostly_stand_in_the_deals_says_nothing(quotes: int, rejected: int) -> None:
    assert made_up_lines(quotes, rejected) == []


def test_a_run_whose_quotes_are_mostly_made_up_says_how_many() -> None:
    (line,) = made_up_lines(1_000, 501)
    assert line.startswith("Most quotes (501 of 1,000) are not in the deals")


def test_quotes_are_counted_for_the_run_alone_and_an_element_without_one_is_none() -> None:
    with duckdb.connect() as connection:
        for table in (WORLD, SCORER_INPUTS, SCORE_ELEMENTS, SCORE_FAILURES):
            create(connection, table)
        rows = ", ".join(
            f"('{deal}', 'MEDDPICC', '{element}', 1, 1, 3, {quote}, {rejected}, '', '')"
            for deal, element, quote, rejected in (
                ("now", "metrics", "'a'", False),
                ("now", "champion", "NULL", True),
                ("now", "competition", "NULL", True),
                ("now", "identify_pain", "NULL", False),
                ("before", "metrics", "NULL", True),
            )
        )
        connection.execute(
            "CREATE TABLE scoring.opportunity_scores AS "
            "SELECT deal AS opportunity_id, deal AS run_id, FALSE AS is_stale "
            "FROM unnest(['now', 'before']) AS of(deal)"
        )
        connection.execute(f"INSERT INTO scoring.score_elements VALUES {rows}")

        counts = query_frame(connection, statement(summary.__package__, "run_summary.sql"), {"run_id": "now"})

    assert counts.select("quotes", "quotes_rejected").rows() == [(3, 2)]
