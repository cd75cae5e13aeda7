"""The whole method at a cutoff, run twice on logs with the same past and another future: not a bit may differ."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, query_frame
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.features.cutoffs import CutoffPlan, count_positives, read_plan, record_cutoffs
from synthdeal_assets.whitespace.features.features import build_features
from synthdeal_assets.whitespace.features.labels import build_labels
from synthdeal_assets.whitespace.holdout.judged_pairs import HoldoutPairs, read_holdout
from synthdeal_assets.whitespace.models.predicting import divisions_to_model, predict_division
from synthdeal_assets.whitespace.models.training import train_division
from synthdeal_assets.whitespace.ranked_list.listing import build_list
from synthdeal_assets.whitespace.ranked_list.profiles import build_profiles
from synthdeal_assets.whitespace.tables import MODELS, PREDICTIONS
from synthdeal_assets_tests.whitespace.shop import fill_shop

# Later rows: half of them gone, the others of other customers, days, products, divisions and reps; everything that was
# ever bought comes back; customers and divisions stand before all others by name; a holdout source tells of every day.
ANOTHER_FUTURE = """
CREATE TEMP TABLE later AS
SELECT *, row_number() OVER (ORDER BY source_row) AS number
FROM sales.fact_transactions
WHERE order_date > getvariable('cutoff');
CREATE TEMP TABLE known AS FROM sales.fact_transactions WHERE order_date <= getvariable('cutoff');
DELETE FROM sales.fact_transactions WHERE order_date > getvariable('cutoff') AND order_date < getvariable('last');
INSERT INTO sales.fact_transactions BY NAME
SELECT later.* EXCLUDE (number) REPLACE (
    if(number % 5 = 0, ' new ' || number, others.customer_id) AS customer_id,
    if(number % 3 = 0, ' new division', others.division) AS division,
    others.product || ' II' AS product,
    getvariable('cutoff') + (1 + number % 100)::INTEGER AS order_date,
    -37 * later.amount AS amount,
    NOT later.is_return AS is_return,
    'new rep ' || number AS rep,
    later.source_row + 10000000 AS source_row
)
FROM later
JOIN (SELECT customer_id, division, product, number AS other FROM later) AS others
    ON other = 1 + (number * 7919) % (SELECT count(*) FROM later)
WHERE number % 2 = 0;
INSERT INTO sales.fact_transactions BY NAME
SELECT * REPLACE (
    getvariable('cutoff') + 1 AS order_date, -amount AS amount, true AS is_return, source_row + 20000000 AS source_row
)
FROM known;
INSERT INTO sales.fact_transactions BY NAME
SELECT * REPLACE (true AS is_holdout, ' held ' || division AS division, source_row + 30000000 AS source_row) FROM known;
UPDATE sales.customers SET rep = 'new rep ' || customer_id, branch = 'new', net_amount = 1, divisions = 9, orders = 1;
"""


@pytest.mark.slow
def test_nothing_at_the_test_cutoff_depends_on_what_came_after_it(tmp_path: Path) -> None:
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    settings = Settings(whitespace_training_cutoffs=2)
    fill_shop(warehouse, customers=300, divisions=3, orders_a_year=2.5)
    with warehouse.connect() as connection:
        plan = read_plan(connection, settings)
        cutoff = plan.test_cutoff
        assert cutoff is not None
        before = everything_at(connection, plan, settings, cutoff)
        was = bought_after(connection, cutoff)
        connection.execute(f"SET VARIABLE cutoff = DATE '{cutoff}'; SET VARIABLE last = DATE '{plan.last_order_date}'")
        connection.execute(ANOTHER_FUTURE)
        assert read_plan(connection, settings).training == plan.training
        after = everything_at(connection, plan, settings, cutoff)
        assert not was.equals(bought_after(connection, cutoff))
    assert set(before) == set(after)
    for name, frame in before.items():
        assert frame.height, name
        assert_frame_equal(frame, after[name], check_exact=True)


def everything_at(
    connection: duckdb.DuckDBPyConnection, plan: CutoffPlan, settings: Settings, cutoff: dt.date
) -> dict[str, pl.DataFrame]:
    """Build everything, and give what a run at the cutoff may know or say."""
    record_cutoffs(connection, plan, plan.cutoffs)
    for day in plan.cutoffs:
        build_features(connection, day)
        build_labels(connection, day, plan.window_days, for_validation=not plan.is_learnt_from(day))
    count_positives(connection)
    divisions = divisions_to_model(connection, cutoff, None)
    rows, predicted = [], []
    for division in divisions:
        trained = train_division(connection, division, cutoff, plan.training[cutoff], plan.window_days)
        predicted.append(predict_division(connection, division, cutoff, trained))
        rows += [row for made in trained.values() for row in made.rows]
    models = MODELS.conform(pl.DataFrame(rows, schema=MODELS.polars_schema))
    for table, frame in ((MODELS, models), (PREDICTIONS, pl.concat(predicted))):
        connection.register("made", frame)
        connection.execute(f"CREATE OR REPLACE TABLE {table.qualified_name} AS FROM made")
        connection.unregister("made")
    listed = build_list(connection, plan, settings, cutoff, cutoff)
    profiles, notes = build_profiles(connection, plan, cutoff, divisions)
    judged = read_holdout(connection, plan)
    assert isinstance(judged, HoldoutPairs)
    ended = {
        table: query_frame(
            connection,
            f"SELECT {table}.* FROM whitespace.{table} JOIN whitespace.cutoffs AS ends USING (cutoff_date) "
            "WHERE ends.window_end <= $cutoff ORDER BY ALL",
            {"cutoff": cutoff},
        )
        for table in ("features", "labels")
    }
    present = "FROM whitespace.features WHERE cutoff_date = $cutoff ORDER BY ALL"
    return {
        **{f"{table} of ended windows": frame for table, frame in ended.items()},
        "features": query_frame(connection, present, {"cutoff": cutoff}),
        "models": models,
        "predictions": pl.concat(predicted),
        "list": listed.frame,
        "profiles": pl.concat([profiles.select("division", "statement"), words_of(notes)]),
        "reps": pl.DataFrame({"reps": [judged.reps]}),
    }


def bought_after(connection: duckdb.DuckDBPyConnection, cutoff: dt.date) -> pl.DataFrame:
    return query_frame(
        connection, "FROM whitespace.labels WHERE cutoff_date = $cutoff AND bought ORDER BY ALL", {"cutoff": cutoff}
    )


def words_of(notes: dict[str, str]) -> pl.DataFrame:
    return pl.DataFrame({"division": list(notes), "statement": list(notes.values())})
