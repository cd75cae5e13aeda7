"""From the sources of a sales log to tidy transactions: all tables of the room at once, or none.

Staged, gathered into the wide log, read, unpivoted, counted to the cent, and only then put in the place of what was
there. How the gathered log is read belongs in `transactions.py`; what is learnt from the transactions in the room
`whitespace`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.room import DerivedTables
from synthdeal_assets.foundation.warehouse.statements import sql_list, sql_literal
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import (
    Warehouse,
    insert,
    limit_memory,
    recreate,
    table_exists,
    table_frame,
)
from synthdeal_assets.sales.amount_macros import register_amount_macros
from synthdeal_assets.sales.etl.gathered_log import GatheredLog
from synthdeal_assets.sales.etl.summary import SalesSummary, read_summary
from synthdeal_assets.sales.etl.transactions import fill_tables, hash_of_transactions
from synthdeal_assets.sales.etl.wide_log import gather
from synthdeal_assets.sales.product_map.feasibility import require_answerable
from synthdeal_assets.sales.product_map.map_file import load_product_map, parse_product_map
from synthdeal_assets.sales.product_map.product_map import ProductMap
from synthdeal_assets.sales.product_map.proposal import propose_for_sources, with_roles_of_documents
from synthdeal_assets.sales.sales_log_state import (
    REMEMBERED_LOG,
    RememberedLog,
    from_anywhere,
    recall,
    without_passwords,
)
from synthdeal_assets.sales.sources.sales_log import (
    StagedSource,
    drop_staging,
    stage_frame,
    stage_sources,
    with_counted_rows,
)
from synthdeal_assets.sales.synthetic.log import synthetic_log
from synthdeal_assets.sales.tables import (
    FACT_TRANSACTIONS,
    HOLDOUT,
    LOG,
    NO_SALES,
    SALES_LOG,
    SALES_TABLES,
    SYNTHETIC,
)
from synthdeal_assets.sales.truth_tables import SALES_AFFINITIES
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.contract_tables import CONTRACTS
from synthdeal_assets.world.tables import ACCOUNTS, PRODUCTS, USERS, WORLD

NO_HOLDOUT: Final = "none"
"""Given as holdout: what was remembered is forgotten."""

NOTHING_BUILT: Final = DerivedTables()


@dataclass(frozen=True, slots=True)
class SalesLogRequest:
    """What is to be read: texts as in the settings, and the product map when there is one."""

    sales_log: str
    sales_log_table: str | None
    sales_holdout: str | None
    product_map: ProductMap | None
    is_proposed: bool
    is_remembered: bool


class _SourceGoneError(Exception):
    """What is remembered cannot be read any more."""


def refill_sales(
    warehouse: Warehouse, settings: Settings, built_on_sales: DerivedTables = NOTHING_BUILT
) -> SalesSummary:
    """Read the sales log and put it in the place of the one in the warehouse.

    Without `settings.sales.log` the sources in the warehouse are read again, else the synthetic log is made. When a
    remembered source is not there any more, the present log stays, and the summary says why.

    Args:
        warehouse: Where to. It is held all the time.
        settings: Where the log is, its product map, and how much memory may be used.
        built_on_sales: What other rooms have built from the transactions. It is dropped when those change, because
            empty tables would say that a run has found nothing, where none has been yet.

    Raises:
        SynthDealError: The log cannot be read, is not understood, or most of it would be rejected; there is no world
            to make a synthetic one from; or what is precious of all that was built from the log before would be
            lost for one that does not hold what the settings ask for. What was in the warehouse before is still there.
    """
    with warehouse.connect() as connection:
        remembered = recall(connection)
    if remembered is not None and (because := _lacks_a_password(settings, remembered)) is not None:
        return _kept(warehouse, because)
    request = _requested(settings, remembered)
    swap: list[str] = []
    tables = (*SALES_TABLES, SALES_AFFINITIES, REMEMBERED_LOG)
    try:
        with warehouse.swap_in(tables, also_execute=swap) as (connection, incoming):
            try:
                is_new = _fill(connection, incoming, settings, request, remembered)
            finally:
                drop_staging(connection)
            if is_new:
                if any(_has_rows(connection, table) for table in built_on_sales.precious):
                    require_answerable(connection, incoming[FACT_TRANSACTIONS].qualified_name, settings)
                swap += drop_derived_tables(connection, built_on_sales)
    except _SourceGoneError as error:
        return _kept(warehouse, f"The current sales log stays as it is, because it cannot be read again: {error}")
    with warehouse.connect() as connection:
        return read_summary(connection, is_new=is_new)


def _lacks_a_password(settings: Settings, remembered: RememberedLog) -> str | None:
    """Why the present log cannot be read again, if a password that is not kept is all that is missing.

    Raises:
        SynthDealError: Something else is asked of the log than what was read.
    """
    log_is_gone = settings.sales.log is None and remembered.sales_log is None
    holdout_is_gone = (
        remembered.has_password
        and remembered.sales_log is not None
        and settings.sales.holdout is None
        and (settings.sales.log is None or from_anywhere(settings.sales.log) == remembered.sales_log)
    )
    if not (log_is_gone or holdout_is_gone):
        return None
    what, option = ("holdout", "--holdout") if holdout_is_gone else ("sales log", "--sales-log")
    because = f"The current {what} came from a database whose password is not stored"
    asked = [
        name
        for name, is_asked in (
            ("--sales-log", settings.sales.log is not None),
            ("--holdout", settings.sales.holdout is not None and _holdout_of(settings) != remembered.sales_holdout),
            ("--product-map", _map_of(settings) not in (None, remembered.product_map)),
        )
        if is_asked
    ]
    if asked:
        raise SynthDealError(
            f"{because}: give {option} again beside {' and '.join(asked)}, to `synthdeal whitespace run`.",
            code="sales-log.password-missing",
            usage=True,
        )
    return f"{because}: the sales log stays as it is until {option} is given again."


def _holdout_of(settings: Settings) -> str | None:
    """The holdout that the settings ask for; None when it is to be none."""
    holdout = (settings.sales.holdout or NO_HOLDOUT).strip()
    return None if holdout.casefold() == NO_HOLDOUT else from_anywhere(holdout)


def _map_of(settings: Settings) -> str | None:
    return None if settings.sales.product_map is None else load_product_map(settings.sales.product_map).to_yaml()


def _kept(warehouse: Warehouse, because: str) -> SalesSummary:
    with warehouse.connect() as connection:
        return read_summary(connection, kept_because=because)


def _requested(settings: Settings, remembered: RememberedLog | None) -> SalesLogRequest:
    given = settings.sales.log
    asked = None if given is None else given.strip() if given.strip() == SYNTHETIC else from_anywhere(given)
    same = remembered is not None and asked in (None, remembered.sales_log)
    holdout = _holdout_of(settings)
    if settings.sales.holdout is None and same and remembered is not None:
        holdout = remembered.sales_holdout
    product_map, is_proposed = None, False
    if settings.sales.product_map is not None:
        product_map = load_product_map(settings.sales.product_map)
    elif remembered is not None and (same or not (remembered.is_proposed or remembered.sales_log == SYNTHETIC)):
        # One that somebody wrote; the map of the synthetic log says nothing of a real one.
        product_map = parse_product_map(remembered.product_map, "The stored product map")
        is_proposed = remembered.is_proposed
    return SalesLogRequest(
        sales_log=asked or (remembered.sales_log if remembered else None) or SYNTHETIC,
        sales_log_table=settings.sales.log_table
        or (remembered.sales_log_table if same and remembered is not None else None),
        sales_holdout=holdout,
        product_map=product_map,
        is_proposed=is_proposed,
        is_remembered=given is None and remembered is not None,
    )


def _fill(
    connection: duckdb.DuckDBPyConnection,
    incoming: Mapping[Table, Table],
    settings: Settings,
    request: SalesLogRequest,
    remembered: RememberedLog | None,
) -> bool:
    """Fill the tables beside the present ones; whether the transactions to learn from are others than before."""
    limit_memory(connection, settings)
    # Rows of a log stay in their order, so that the same log gives the same file.
    connection.execute("SET preserve_insertion_order = true")
    connection.execute("SET TimeZone = 'UTC'")
    register_amount_macros(connection)
    drop_staging(connection)
    # What is staged and gathered is wide text. One compression that is told is written in half the time of the best.
    connection.execute("SET force_compression = 'fsst'")
    sources, product_map, is_proposed = _stage(connection, incoming, settings, request)
    log = _gathered(connection, incoming, sources, product_map, is_proposed=is_proposed)
    fill_tables(log)
    transactions = hash_of_transactions(log)
    insert(
        connection,
        incoming[REMEMBERED_LOG],
        pl.DataFrame(
            [
                dataclasses.asdict(
                    without_passwords(
                        RememberedLog(
                            sales_log=request.sales_log,
                            sales_log_table=request.sales_log_table,
                            sales_holdout=request.sales_holdout,
                            product_map=product_map.to_yaml(),
                            is_proposed=is_proposed,
                            has_password=False,
                            transactions=transactions,
                        )
                    )
                )
            ],
            schema=REMEMBERED_LOG.polars_schema,
        ),
    )
    return remembered is None or remembered.transactions != transactions


def _gathered(
    connection: duckdb.DuckDBPyConnection,
    incoming: Mapping[Table, Table],
    sources: Sequence[StagedSource],
    product_map: ProductMap,
    *,
    is_proposed: bool,
) -> GatheredLog:
    """The staged sources as one log; they are not there any more."""
    if not is_proposed:
        product_map = with_roles_of_documents(connection, sources, product_map)
    if product_map.counts_rows:
        sources = [with_counted_rows(connection, source) for source in sources]
    wide = gather(connection, sources, product_map, incoming[SALES_LOG], is_proposed=is_proposed)
    connection.execute("RESET force_compression")
    _keep_lines(connection, sources)
    drop_staging(connection)
    return GatheredLog(connection, incoming, wide, product_map, is_proposed)


def rehearse(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[StagedSource], product_map: ProductMap
) -> tuple[str, ...]:
    """What a run would say of staged sources, in sentences: it is made, in the tables of the connection.

    Args:
        connection: Where they are staged; they are not there any more afterwards, nor is an earlier log.
        sources: What was staged.
        product_map: What their columns are taken for.

    Raises:
        SynthDealError: What a run would end with.
    """
    connection.execute("SET TimeZone = 'UTC'")
    register_amount_macros(connection)
    for table in SALES_TABLES:
        recreate(connection, table)
    said = fill_tables(
        _gathered(connection, {table: table for table in SALES_TABLES}, sources, product_map, is_proposed=False)
    )
    unread = connection.execute(
        "SELECT reason, count(*), CAST(coalesce(sum(amount), 0) AS DOUBLE), min(value) FROM sales.rejected_rows "
        f"WHERE reason NOT IN {sql_list([*NO_SALES, 'duplicated row'])} GROUP BY reason ORDER BY 2 DESC, reason"
    ).fetchall()
    return *said, *(
        f"{count:,} {'row is' if count == 1 else 'rows are'} rejected for the reason '{reason}'"
        f"{f', such as {example[:40]!r}' if example else ''}, {amount:,.2f} in all."
        for reason, count, amount, example in unread
    )


def _stage(
    connection: duckdb.DuckDBPyConnection, incoming: Mapping[Table, Table], settings: Settings, request: SalesLogRequest
) -> tuple[list[StagedSource], ProductMap, bool]:
    if request.sales_log == SYNTHETIC:
        return _stage_synthetic(connection, incoming[SALES_AFFINITIES], settings, request)
    columns = None
    if request.product_map is not None and not request.product_map.header:
        columns = request.product_map.columns
    try:
        sources = stage_sources(
            connection, request.sales_log, LOG, database_table=request.sales_log_table, columns=columns
        )
        if request.sales_holdout is not None:
            sources += stage_sources(
                connection, request.sales_holdout, HOLDOUT, database_table=request.sales_log_table, columns=columns
            )
    except SynthDealError as error:
        if request.is_remembered and settings.sales.holdout is None:
            raise _SourceGoneError(str(error)) from error
        raise
    if request.product_map is not None:
        return sources, request.product_map, request.is_proposed
    shown = [source.source_file for source in sources if source.role == LOG]
    proposal = propose_for_sources(connection, sources)
    return sources, proposal.required(" and ".join(shown[:3]) + (" ..." if len(shown) > 3 else "")), True


def _stage_synthetic(
    connection: duckdb.DuckDBPyConnection, affinities: Table, settings: Settings, request: SalesLogRequest
) -> tuple[list[StagedSource], ProductMap, bool]:
    world = table_frame(connection, WORLD).to_dicts()
    if not world:
        raise SynthDealError(
            "There is no world to generate a synthetic sales log from: run `synthdeal run` (in the UI, the job "
            "refresh) "
            "first, or provide your own log with --sales-log.",
            code="sales-log.no-world",
        )
    made = synthetic_log(
        seed=world[0]["seed"],
        as_of=world[0]["as_of"],
        accounts=table_frame(connection, ACCOUNTS),
        users=table_frame(connection, USERS),
        contracts=table_frame(connection, CONTRACTS),
        products=table_frame(connection, PRODUCTS),
        customers=settings.sales.customers,
    )
    insert(connection, affinities, made.affinities)
    sources = [stage_frame(connection, made.frame, SYNTHETIC, LOG)]
    if request.sales_holdout is not None:
        sources += stage_sources(connection, request.sales_holdout, HOLDOUT, database_table=request.sales_log_table)
    return sources, made.product_map, False


def drop_derived_tables(connection: duckdb.DuckDBPyConnection, derived: DerivedTables) -> list[str]:
    """Statements that drop what was built from the earlier transactions, as far as it is there."""
    return [f"DROP TABLE {table.qualified_name}" for table in derived.tables if table_exists(connection, table)]


def _has_rows(connection: duckdb.DuckDBPyConnection, table: Table) -> bool:
    return table_exists(connection, table) and bool(
        connection.execute(f"FROM {table.qualified_name} LIMIT 1").fetchall()
    )


def _keep_lines(connection: duckdb.DuckDBPyConnection, sources: Sequence[StagedSource]) -> None:
    """Keep the lines of text files that are no rows of the wide log, and will stand among the rejected ones."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE lines_that_are_no_rows (source_file VARCHAR, line BIGINT, text VARCHAR)"
    )
    for source in sources:
        if source.refused_table is not None:
            connection.execute(
                "INSERT INTO lines_that_are_no_rows "
                f"SELECT {sql_literal(source.source_file)}, line, text FROM {source.refused_table}"
            )
