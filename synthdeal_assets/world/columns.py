"""Columns that several tables of schema crm have in the same way."""

from __future__ import annotations

from synthdeal_assets.foundation.warehouse.tables import Column
from synthdeal_assets.world.external_ids import EXTERNAL_ID


def external_id_column(what: str) -> Column:
    """The id by which another system finds the row of a table again."""
    return Column(
        EXTERNAL_ID,
        "VARCHAR",
        f"What an upsert into Salesforce finds the {what} by: the world's code and the identifier. It is unique among "
        "all worlds and stays from day to day; NULL in a world of generator 1 or 2.",
        nullable=True,
    )


def moment_column(name: str, what: str, day: str) -> Column:
    """The moment of something whose day, in the office of whoever did it, another column holds.

    Salesforce's CreatedDate and LastModifiedDate are moments. Those names were taken by the days, so that a moment ends
    in _at, as everywhere in the warehouse.

    Args:
        name: Name of the column, such as created_at.
        what: What happened, such as "the account was created".
        day: The column that holds the day.
    """
    return Column(
        name,
        "TIMESTAMP",
        f"When {what}, UTC; in the time zone of the owner it is on {day}. NULL in a world of generator 1 or 2.",
        nullable=True,
    )
