"""Where the sales log comes from."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from synthdeal_assets.settings.group import SettingsGroup
from synthdeal_assets.settings.kinds import UserPath


def _names_a_source(value: str) -> str:
    # An empty word is what a shell makes of a variable that is not set: no reason to read another log.
    if not value.strip(" ;"):
        raise ValueError("must name a file, a folder or a database")
    return value


_Sources = Annotated[str, AfterValidator(_names_a_source)]


class SalesSettings(SettingsGroup):
    """The sales log with what explains it, and the size of the synthetic one."""

    log: _Sources | None = Field(
        alias="sales_log",
        default=None,
        description="Sales log: files, folders or a database's SQLAlchemy address, separated by ';', or synthetic to "
        "generate one from the world; unset means the log in the warehouse, or a synthetic one if there "
        "is none.",
    )
    log_table: str | None = Field(
        alias="sales_log_table",
        default=None,
        description="Table that holds the sales log when it is in a database, such as dbo.sales_log.",
    )
    holdout: _Sources | None = Field(
        alias="sales_holdout",
        default=None,
        description="Later sales, used only to validate the models; takes the same forms as the sales log.",
    )
    product_map: UserPath | None = Field(
        default=None,
        description="Product map (YAML) of the sales log; unset means the one in the warehouse, or one proposed from "
        "the header.",
    )
    customers: Annotated[int, Field(ge=50, le=1_000_000)] = Field(
        alias="whitespace_customers", default=2_000, description="Number of customers in the synthetic sales log."
    )
