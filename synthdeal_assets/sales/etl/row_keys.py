"""The keys of the rows: which source they come from, whose they are, and of which day.

How ids and dates are read belongs in `customer_ids.py` and `order_dates.py`, which rows lack them in `rejections.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from synthdeal_assets.sales.etl.customer_ids import bring_ids_together
from synthdeal_assets.sales.etl.gathered_log import GatheredLog
from synthdeal_assets.sales.etl.order_dates import DateReading, read_dates, set_far_dates_aside

NATIVE_DATES: Final = ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE")


@dataclass(frozen=True, slots=True)
class KeyReading:
    """How the keys of a log were read.

    Attributes:
        dates: For each source how its dates were read.
        far_dates: Dates far from all others: the source and a sentence.
        caveats: What a reader must know of the ids, in sentences.
    """

    dates: Mapping[str, DateReading]
    far_dates: tuple[tuple[str, str], ...]
    caveats: tuple[str, ...]


def read_keys(log: GatheredLog) -> KeyReading:
    """Find out which customer and which day every row means.

    Leaves the temporary tables `log_sources` (source_file, position), `ids` of `bring_ids_together` and `dates` of
    `read_dates`, with `is_far_off` for dates that were set aside.

    Raises:
        SynthDealError: The dates of a source are not understood.
    """
    types = {(column.source_file, column.role): column.type for column in log.wide.columns}
    sources = [source.source_file for source in log.wide.sources]
    log.connection.execute("CREATE OR REPLACE TEMP TABLE log_sources (source_file VARCHAR, position BIGINT)")
    log.connection.executemany(
        "INSERT INTO log_sources VALUES (?, ?)", list(zip(sources, range(len(sources)), strict=True))
    )
    caveats = bring_ids_together(
        log.connection,
        log.wide.table,
        str(log.roles["customer_id"]),
        numeric_sources=[source for source in sources if _is_number(types[(source, "customer_id")])],
    )
    dates = read_dates(
        log.connection,
        log.wide.table,
        str(log.roles["order_date"]),
        date_format=log.product_map.date_format,
        native=frozenset(source for source in sources if types[(source, "order_date")] in NATIVE_DATES),
    )
    return KeyReading(dates, tuple(set_far_dates_aside(log.connection)), tuple(caveats))


def _is_number(kind: str) -> bool:
    return kind.startswith(("DECIMAL", "UINT", "INT")) or kind in (
        "TINYINT", "SMALLINT", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UBIGINT", "FLOAT", "DOUBLE",
    )  # fmt: skip
