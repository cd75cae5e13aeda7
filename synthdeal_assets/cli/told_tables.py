"""Tables that a command has written outside a run: Dagster is told, and readers get a new copy."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from synthdeal_assets.cli.followed_run import publish_or_warn
from synthdeal_assets.cli.home import opened_home
from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key, table_metadata
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.settings import Settings


def tell_dagster(settings: Settings, warehouse: Warehouse, tables: Sequence[Table]) -> None:
    """Let the UI and those who read the published copy see that rows have come to the tables."""
    with warehouse.connect() as connection:
        metadata = {table: table_metadata(connection, table) for table in tables}
    with opened_home(settings) as instance:
        for table, said in metadata.items():
            instance.report_runless_asset_event(dg.AssetMaterialization(asset_key(table), metadata=said))
        publish_or_warn(settings, instance)
