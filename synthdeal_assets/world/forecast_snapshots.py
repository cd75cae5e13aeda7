"""What sellers expected to win in a quarter, Friday by Friday, rebuilt from the stage history as from a real CRM's.

A snapshot is of the end of a Friday: the week's work is on record then, it is what the forecast call of the Monday
after looks at, and at weekends next to nothing happens. Fridays are fixed days, so a snapshot that is past never
changes. What is counted is written in `sql/crm_forecast_snapshots.sql`.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.tables import Table, names_of
from synthdeal_assets.world.history_tables import OWNER_HISTORY
from synthdeal_assets.world.plan_tables import FORECAST_SNAPSHOTS
from synthdeal_assets.world.quotas import COMPLETE_DAYS
from synthdeal_assets.world.salesforce_picklists import FORECAST_CATEGORIES
from synthdeal_assets.world.tables import OPPORTUNITIES, OPPORTUNITY_STAGES, SELLER, USERS, WORLD


def fill_forecast_snapshots(connection: duckdb.DuckDBPyConnection, tables: Mapping[Table, Table] | None = None) -> None:
    """Rebuild the forecasts of all Fridays whose quarter is wholly on record.

    Args:
        connection: A connection to the histories.
        tables: Under which names tables of the world are to be found; under their own when None.
    """
    names = {
        "forecast_snapshots": FORECAST_SNAPSHOTS,
        "world": WORLD,
        "users": USERS,
        "opportunities": OPPORTUNITIES,
        "stages": OPPORTUNITY_STAGES,
        "owners": OWNER_HISTORY,
    }
    connection.execute(
        statement(
            __package__,
            "crm_forecast_snapshots.sql",
            **names_of(names, tables),
            complete_days=COMPLETE_DAYS,
            forecast_categories=FORECAST_CATEGORIES,
            seller=SELLER,
        )
    )
