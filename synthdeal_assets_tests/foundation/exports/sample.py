"""Tables to export whose values are those that formats get wrong, and tables that refer to each other in a circle."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from synthdeal_assets.foundation.publishing.exports.export_tables import ExportColumn, ExportTable, ForeignKey

BERLIN: Final = ZoneInfo("Europe/Berlin")

TEXTS: Final = (
    "007",
    None,
    "",
    'says "quoted", it\'s',
    "two\nlines",
    "three\r\nmore\rlines",
    "\U0001f680 Größe 東京",
    " blanks  ",
    "back\\slash \\n; -- no comment /* */",
    "NULL",
    "<r>&amp;</r>",
    "'||",
    "),\n(",
)
COLUMNS: Final[dict[str, tuple[pl.DataType, tuple[Any, ...]]]] = {
    "text": (pl.String(), TEXTS),
    "whole": (pl.Int64(), (2**53 + 1, None, 0, -1, 2**63 - 1, -(2**63), 999_999_999_999_999, *range(6))),
    "unsigned": (pl.UInt64(), (2**64 - 1, None, *range(11))),
    "decimal": (
        pl.Decimal(18, 4),
        (Decimal("12.5000"), None, Decimal("-0.0001"), Decimal("0.1000"), Decimal("12345678901234.5678"))
        + (Decimal("0.0000"),) * 8,
    ),
    "money": (pl.Decimal(12, 2), (Decimal("1234567890.12"), None, *[Decimal(f"{n}.{n:02}") for n in range(11)])),
    "number": (
        pl.Float64(),
        (0.1 + 0.2, None, 1e300, 5e-324, -0.0, 123_456_789.125, 2.0, 1e-7, 1 / 3, -1e22, 1e16, 7.5, 100.0),
    ),
    "flag": (pl.Boolean(), (True, None, False, *[True] * 10)),
    "day": (pl.Date(), (dt.date(2025, 3, 30), None, dt.date(2000, 2, 29), *[dt.date(2026, 1, 1)] * 10)),
    "at": (
        pl.Datetime("us"),
        (
            # Where a clock is set forward at midnight, this moment is not there.
            dt.datetime(2025, 9, 7, 0, 0),
            None,
            dt.datetime(2025, 3, 30, 2, 30),
            dt.datetime(2026, 1, 1, 12, 0, 0, 123_000),
            *[dt.datetime(2026, 1, 1)] * 9,
        ),
    ),
    "zoned": (
        pl.Datetime("us", "Europe/Berlin"),
        (
            # The hour that an autumn night has twice.
            dt.datetime(2025, 10, 26, 2, 30, tzinfo=BERLIN, fold=0),
            None,
            dt.datetime(2025, 10, 26, 2, 30, tzinfo=BERLIN, fold=1),
            dt.datetime(2025, 3, 30, 0, 0, tzinfo=BERLIN),
            *[dt.datetime(2026, 7, 1, 8, 0, 0, 123_456, tzinfo=BERLIN)] * 9,
        ),
    ),
    "time": (pl.Time(), (dt.time(0, 0), None, dt.time(23, 59, 59), *[dt.time(7, 5)] * 10)),
}
"""Types and values by column; the row is the key."""

KEYS: Final = tuple(range(1, len(TEXTS) + 1))
INSTANTS: Final = tuple(value and value.astimezone(dt.UTC) for value in COLUMNS["zoned"][1])
"""The moments of the column `zoned`."""


def values(name: str) -> list[Any]:
    """The values of a column, in order."""
    return list(COLUMNS[name][1])


def frame() -> pl.DataFrame:
    """The rows, with their key in front."""
    series = [
        # Polars takes a moment by its fold only from UTC.
        pl.Series(name, INSTANTS, pl.Datetime("us", "UTC")).dt.convert_time_zone("Europe/Berlin")
        if name == "zoned"
        else pl.Series(name, given, kind)
        for name, (kind, given) in COLUMNS.items()
    ]
    return pl.DataFrame([pl.Series("key", KEYS, pl.Int64), *series])


def sample(*dropped: str, name: str = "sample", rows: pl.DataFrame | None = None, chunk: int = 5) -> ExportTable:
    """The table, without some columns or with other rows, in chunks of some rows, one of them empty."""
    given = (frame() if rows is None else rows).drop(dropped)
    return table(name, given, chunk=chunk)


def table(name: str, rows: pl.DataFrame, *, chunk: int = 5, key: tuple[str, ...] = ("key",)) -> ExportTable:
    """A table of these rows."""

    def chunks() -> Iterator[pl.DataFrame]:
        yield rows.clear()
        for start in range(0, rows.height, chunk):
            yield rows[start : start + chunk]

    columns = tuple(ExportColumn(column, kind, f"What is in {column}.") for column, kind in rows.schema.items())
    return ExportTable(name, columns, chunks, key=key, comment="One row is one trap.")


ACCOUNTS: Final = pl.DataFrame(
    {"account_id": ["A1", "a1", "A3"], "name": ["it's", "two", None], "contact_id": [2, None, 1]},
    schema_overrides={"contact_id": pl.Int32},
)
CONTACTS: Final = pl.DataFrame(
    {"contact_id": [1, 2], "account_id": ["A1", "a1"], "manager_id": [2, None], "email": ["a@b.example", "b@b.example"]}
)


def circle(accounts: pl.DataFrame = ACCOUNTS, contacts: pl.DataFrame = CONTACTS) -> list[ExportTable]:
    """Accounts that refer to contacts, which refer to accounts and to each other."""
    return [
        ExportTable(
            "accounts",
            tuple(
                ExportColumn(name, kind, "Who is called first.\nNULL when nobody is." if name == "contact_id" else "")
                for name, kind in accounts.schema.items()
            ),
            lambda: iter([accounts]),
            key=("account_id",),
            references=(ForeignKey(("contact_id",), "contacts", ("contact_id",)),),
            comment="One row is a customer's account.",
        ),
        ExportTable(
            "contacts",
            tuple(ExportColumn(name, kind, required=name == "account_id") for name, kind in contacts.schema.items()),
            lambda: iter([contacts]),
            key=("contact_id",),
            unique=(("email",),),
            references=(
                ForeignKey(("account_id",), "accounts", ("account_id",)),
                ForeignKey(("manager_id",), "contacts", ("contact_id",)),
                ForeignKey(("email",), "mailboxes", ("email",)),
            ),
        ),
    ]
