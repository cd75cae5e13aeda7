"""One text for each customer, however the sources of a log write its id.

Who the customers are and what they bought belongs in `transactions.py`.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from synthdeal_assets.foundation.warehouse.statements import statement


def bring_ids_together(
    connection: duckdb.DuckDBPyConnection, log: str, customer_id: str, *, numeric_sources: Iterable[str]
) -> list[str]:
    """Find out which customer every spelling of an id means.

    A source that holds ids as numbers has lost the zeros in front of them, so that 00123 and 123 are the same customer
    as soon as there is such a source; unless one source writes both, which then mean different customers.

    Leaves the temporary table `ids` (source_file, raw, customer_id): one row for each spelling in each source;
    customer_id is NULL when there is none.

    Args:
        connection: A connection that knows the macros of `amount_macros.register_amount_macros`.
        log: Name of the wide log in SQL.
        customer_id: The column of ids in it, as text, in SQL.
        numeric_sources: Sources whose column of ids is typed as a number.

    Returns:
        What a reader must know of it: caveats.
    """
    typed = frozenset(numeric_sources)
    connection.execute(
        statement(__package__, "id_texts.sql", log=log, customer_id=customer_id, numeric_sources=sorted(typed) or [""])
    )
    spellings = connection.execute(statement(__package__, "id_spellings.sql")).fetchall()
    has_numbers = any(source in typed or looks_numeric for source, looks_numeric, _, _ in spellings)
    apart = [source for source, _, spelled_apart, _ in spellings if spelled_apart]
    brings_together = has_numbers and not apart
    connection.execute(statement(__package__, "ids.sql", brings_together=brings_together))
    if apart:
        who = f"{' and '.join(apart[:3])} {'has' if len(apart) == 1 else 'have'}"
        caveat = (
            f"{who} customer ids that differ only in zeros in front: they were taken for different customers, and no "
            "ids of different files were brought together."
        )
        return [caveat]
    if not brings_together:
        return []
    together = connection.execute(statement(__package__, "ids_together.sql")).fetchall()[0][0]
    if not together:
        return []
    are = "id is a number" if together == 1 else "ids are numbers"
    caveat = (
        f"{together:,} customer {are} in one file and text in another, with zeros in front or .0 behind: "
        "they were taken for the same customers."
    )
    return [caveat]
