"""Where everything is kept, and what the database may use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from synthdeal_assets.settings.group import SettingsGroup
from synthdeal_assets.settings.kinds import UserPath


class StorageSettings(SettingsGroup):
    """The home folder, what lies in it, and how the warehouse in it is used."""

    home: UserPath = Field(
        default=Path(".synthdeal"),
        description="Folder that holds everything: warehouse, reports, run logs and Dagster's history.",
    )
    lock_timeout: Annotated[float, Field(ge=0, le=86_400)] = Field(
        default=60.0, description="Seconds to wait for a warehouse that another process is using."
    )
    duckdb_memory_gb: Annotated[float, Field(ge=0.25, le=4_096)] = Field(
        default=3.0, description="GB of memory that DuckDB may use for sales and features before it spills to disk."
    )

    @property
    def warehouse_path(self) -> Path:
        """The DuckDB file."""
        return self.home.absolute() / "warehouse.duckdb"

    @property
    def reports_path(self) -> Path:
        """Folder of the reports as files."""
        return self.home.absolute() / "reports"

    @property
    def runs_path(self) -> Path:
        """Folder of the run logs, one folder a run."""
        return self.home.absolute() / "runs"

    @property
    def dagster_home(self) -> Path:
        """DAGSTER_HOME: absolute, because Dagster refuses a relative one."""
        return self.home.absolute() / "dagster"
