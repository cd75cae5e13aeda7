"""From the sources of a sales log to tidy transactions: all tables of the room at once, or none.

Staged, gathered into the wide log, read, unpivoted, counted to the cent, and only then put in the place of what was
there. How sources, dates, ids and amounts are read belongs in the modules of those names; what is learnt from the
transactions in the room `whitespace`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.sql_text import sql_literal
from synthdeal_assets.foundation.tables import Table
from synthdeal_assets.foundation.warehouse import (
    Warehouse,
    insert,
    query_frame,
    table_exists,
    table_frame,
    work_within,
)
from synthdeal_assets.sales.cells import AMOUNTS, Marks, batches, pair_values, read_amounts, sum_columns
from synthdeal_assets.sales.column_names import quoted
from synthdeal_assets.sales.customer_ids import bring_ids_together
from synthdeal_assets.sales.order_dates import DateReading, read_dates, set_far_dates_aside
from synthdeal_assets.sales.product_map import LONG, ProductMap, in_words, load_product_map, parse_product_map
from synthdeal_assets.sales.proposal import propose_for_sources
from synthdeal_assets.sales.remembered import (
    REMEMBERED_LOG,
    RememberedLog,
    from_anywhere,
    recall,
    without_passwords,
)
from synthdeal_assets.sales.requests import require_answerable
from synthdeal_assets.sales.sources import StagedSource, drop_staging, stage_frame, stage_sources
from synthdeal_assets.sales.statements import know_amounts, statement
from synthdeal_assets.sales.synthetic_log import synthetic_log
from synthdeal_assets.sales.tables import (
    CUSTOMERS,
    DECIMAL_COMMA,
    DECIMAL_POINT,
    FACT_TRANSACTIONS,
    HOLDOUT,
    LINE,
    LOG,
    LOG_COLUMNS,
    LOG_FILES,
    NO_ROW,
    PRODUCT_MAP,
    REJECTED_ROWS,
    RESERVED_DIVISION,
    SALES_LOG,
    SALES_TABLES,
    SYNTHETIC,
)
from synthdeal_assets.sales.totals import require_equal_totals
from synthdeal_assets.sales.truth_tables import SALES_AFFINITIES
from synthdeal_assets.sales.wide_log import CellPair, WideLog, gather
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.tables import ACCOUNTS, PRODUCTS, USERS, WORLD

NO_HOLDOUT: Final = "none"
"""Given as holdout: what was remembered is forgotten."""

NO_PRODUCT: Final = "(no product)"
"""Stands for the product of a line of a long log that names none."""

ROW_KEYS: Final = {"source_file": "log.source_file", "source_row": "log.source_row"}
SAME_ROW: Final = "bad_rows.source_file = log.source_file AND bad_rows.source_row = log.source_row"

NATIVE_DATES: Final = ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE")
TEXT: Final = "VARCHAR"


@dataclass(frozen=True, slots=True)
class SalesSummary:
    """The present sales log in numbers.

    Attributes:
        kept_because: Why the log that was there was kept and nothing was read; None when it was read.
        is_new: Whether the transactions to learn from are others than before, so that what was built from the earlier
            ones has been deleted.
        is_synthetic: Whether the log was made from the world.
        is_proposed: Whether nobody wrote the product map.
        sources: Sources, holdout included.
        rows: Rows in them.
        transactions: Transactions to learn from.
        holdout_transactions: Later ones, for validation alone.
        customers: Customers, those of the holdout alone left out.
        products: Products of the product map.
        divisions: Their divisions.
        amount: Money of all transactions.
        quantity: Units of all transactions.
        rejected: Rows and cells that became no transaction, by reason.
        unknown_columns: Columns that nobody reads.
        caveats: What a reader of the results must know.
    """

    kept_because: str | None
    is_new: bool
    is_synthetic: bool
    is_proposed: bool
    sources: int
    rows: int
    transactions: int
    holdout_transactions: int
    customers: int
    products: int
    divisions: int
    amount: float
    quantity: float
    rejected: Mapping[str, int]
    unknown_columns: tuple[str, ...]
    caveats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be read: texts as in the settings, and the product map when there is one."""

    sales_log: str
    sales_log_table: str | None
    sales_holdout: str | None
    product_map: ProductMap | None
    is_proposed: bool
    is_remembered: bool


class _SourceGoneError(Exception):
    """What is remembered cannot be read any more."""


def refill_sales(warehouse: Warehouse, settings: Settings) -> SalesSummary:
    """Read the sales log and put it in the place of the one in the warehouse.

    Without `settings.sales_log` the sources in the warehouse are read again, else the synthetic log is made. When a
    remembered source is not there any more, the present log stays, and the summary says why.

    Args:
        warehouse: Where to. It is held all the time.
        settings: Where the log is, its product map, and how much memory may be used.

    Raises:
        SynthDealError: The log cannot be read, is not understood, or most of it would be rejected; there is no world
            to make a synthetic one from; or the list made from the log before would be lost for one that does not
            hold what the settings ask for. What was in the warehouse before is still there.
    """
    with warehouse.connect() as connection:
        remembered = recall(connection)
    if settings.sales_log is None and remembered is not None and remembered.sales_log is None:
        return _kept(
            warehouse,
            "The present sales log came from a database whose password is not kept: it stays as it is until "
            "--sales-log is given again.",
        )
    wish = _wish(settings, remembered)
    swap: list[str] = []
    tables = (*SALES_TABLES, SALES_AFFINITIES, REMEMBERED_LOG)
    try:
        with warehouse.refill(tables, and_run=swap) as (connection, incoming):
            try:
                is_new = _fill(connection, incoming, settings, wish, remembered)
            finally:
                drop_staging(connection)
            if is_new:
                if _is_there_a_list(connection):
                    require_answerable(connection, incoming[FACT_TRANSACTIONS].qualified_name, settings)
                swap += _forget_what_was_built(connection)
    except _SourceGoneError as error:
        return _kept(warehouse, f"The present sales log stays as it is, because it cannot be read again: {error}")
    with warehouse.connect() as connection:
        return read_summary(connection, is_new=is_new)


def read_summary(
    connection: duckdb.DuckDBPyConnection, *, kept_because: str | None = None, is_new: bool = False
) -> SalesSummary:
    """The sales log in the warehouse in numbers."""
    numbers = query_frame(connection, statement("summary")).to_dicts()[0]
    rejected = connection.execute(
        "SELECT reason, count(*) FROM sales.rejected_rows GROUP BY reason ORDER BY count(*) DESC, reason"
    ).fetchall()
    unknown = connection.execute(
        "SELECT DISTINCT column_name FROM sales.log_columns WHERE column_role = 'unknown' ORDER BY column_name"
    ).fetchall()
    caveats = connection.execute(
        "SELECT caveats FROM sales.log_files WHERE caveats IS NOT NULL ORDER BY source_file"
    ).fetchall()
    return SalesSummary(
        **numbers,
        kept_because=kept_because,
        is_new=is_new,
        rejected=dict(rejected),
        unknown_columns=tuple(name for (name,) in unknown),
        caveats=tuple(text for (text,) in caveats),
    )


def _kept(warehouse: Warehouse, because: str) -> SalesSummary:
    with warehouse.connect() as connection:
        return read_summary(connection, kept_because=because)


def _wish(settings: Settings, remembered: RememberedLog | None) -> _Wish:
    given = settings.sales_log
    asked = None if given is None else given.strip() if given.strip() == SYNTHETIC else from_anywhere(given)
    same = remembered is not None and asked in (None, remembered.sales_log)
    holdout = settings.sales_holdout
    if holdout is not None:
        holdout = None if holdout.strip().casefold() == NO_HOLDOUT else from_anywhere(holdout)
    elif same and remembered is not None:
        holdout = remembered.sales_holdout
    product_map, is_proposed = None, False
    if settings.product_map is not None:
        product_map = load_product_map(settings.product_map)
    elif remembered is not None and (same or not (remembered.is_proposed or remembered.sales_log == SYNTHETIC)):
        # One that somebody wrote; the map of the synthetic log says nothing of a real one.
        product_map = parse_product_map(remembered.product_map, "The remembered product map")
        is_proposed = remembered.is_proposed
    return _Wish(
        sales_log=asked or (remembered.sales_log if remembered else None) or SYNTHETIC,
        sales_log_table=settings.sales_log_table
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
    wish: _Wish,
    remembered: RememberedLog | None,
) -> bool:
    """Fill the tables beside the present ones; whether the transactions to learn from are others than before."""
    work_within(connection, settings)
    # Rows of a log stay in their order, so that the same log gives the same file.
    connection.execute("SET preserve_insertion_order = true")
    connection.execute("SET TimeZone = 'UTC'")
    know_amounts(connection)
    drop_staging(connection)
    # What is staged and gathered is wide text. One compression that is told is written in half the time of the best.
    connection.execute("SET force_compression = 'fsst'")
    sources, product_map, is_proposed = _stage(connection, incoming, settings, wish)
    wide = gather(connection, sources, product_map, incoming[SALES_LOG], is_proposed=is_proposed)
    connection.execute("RESET force_compression")
    _keep_lines(connection, sources)
    drop_staging(connection)
    log = _Log(connection, incoming, wide, product_map, is_proposed=is_proposed)
    log.fill()
    transactions = log.hash_of_transactions()
    insert(
        connection,
        incoming[REMEMBERED_LOG],
        pl.DataFrame(
            [
                dataclasses.asdict(
                    without_passwords(
                        RememberedLog(
                            sales_log=wish.sales_log,
                            sales_log_table=wish.sales_log_table,
                            sales_holdout=wish.sales_holdout,
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


def _stage(
    connection: duckdb.DuckDBPyConnection, incoming: Mapping[Table, Table], settings: Settings, wish: _Wish
) -> tuple[list[StagedSource], ProductMap, bool]:
    if wish.sales_log == SYNTHETIC:
        return _stage_synthetic(connection, incoming[SALES_AFFINITIES], settings, wish)
    columns = None
    if wish.product_map is not None and not wish.product_map.header:
        columns = wish.product_map.columns
    try:
        sources = stage_sources(connection, wish.sales_log, LOG, database_table=wish.sales_log_table, columns=columns)
        if wish.sales_holdout is not None:
            sources += stage_sources(
                connection, wish.sales_holdout, HOLDOUT, database_table=wish.sales_log_table, columns=columns
            )
    except SynthDealError as error:
        if wish.is_remembered and settings.sales_holdout is None:
            raise _SourceGoneError(str(error)) from error
        raise
    if wish.product_map is not None:
        return sources, wish.product_map, wish.is_proposed
    shown = [source.source_file for source in sources if source.role == LOG]
    proposal = propose_for_sources(connection, sources)
    return sources, proposal.required(" and ".join(shown[:3]) + (" ..." if len(shown) > 3 else "")), True


def _stage_synthetic(
    connection: duckdb.DuckDBPyConnection, affinities: Table, settings: Settings, wish: _Wish
) -> tuple[list[StagedSource], ProductMap, bool]:
    world = table_frame(connection, WORLD).to_dicts()
    if not world:
        raise SynthDealError(
            "There is no world to make a synthetic sales log from: run `synthdeal run` first, or give a log of your "
            "own with --sales-log."
        )
    made = synthetic_log(
        seed=world[0]["seed"],
        as_of=world[0]["as_of"],
        accounts=table_frame(connection, ACCOUNTS),
        users=table_frame(connection, USERS),
        products=table_frame(connection, PRODUCTS),
        customers=settings.whitespace_customers,
    )
    insert(connection, affinities, made.affinities)
    sources = [stage_frame(connection, made.frame, SYNTHETIC, LOG)]
    if wish.sales_holdout is not None:
        sources += stage_sources(connection, wish.sales_holdout, HOLDOUT, database_table=wish.sales_log_table)
    return sources, made.product_map, False


def _is_there_a_list(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a list was made from the earlier transactions, which must not be lost for a log that gives none."""
    found = connection.execute(
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'whitespace' AND table_name = 'whitespace'"
    ).fetchall()
    return bool(found[0][0]) and bool(connection.execute("FROM whitespace.whitespace LIMIT 1").fetchall())


def _forget_what_was_built(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Statements that empty every table that was built from the earlier transactions."""
    names = connection.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'whitespace' AND table_type = "
        "'BASE TABLE' ORDER BY table_name"
    ).fetchall()
    return [f"DELETE FROM whitespace.{quoted(name)}" for (name,) in names]


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


class _Log:
    """A log that was gathered and is now read: the steps from the wide log to the transactions."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        incoming: Mapping[Table, Table],
        wide: WideLog,
        product_map: ProductMap,
        *,
        is_proposed: bool,
    ) -> None:
        self._connection = connection
        self._incoming = incoming
        self._wide = wide
        self._product_map = product_map
        self._is_proposed = is_proposed
        self._is_long = product_map.layout == LONG
        self._has_bad_rows = False
        self._readings: Mapping[str, DateReading] = {}
        self._commas: Marks = ()
        self._caveats: list[str] = []
        self._far_dates: list[tuple[str, str]] = []
        roles = ("customer_id", "order_date", "customer_name", "invoice", "branch", "rep", "product", "division")
        self._roles = {role: wide.role(role) for role in roles}
        self._values: dict[str, object] = {
            "log": wide.table,
            "fact": incoming[FACT_TRANSACTIONS].qualified_name,
            "rejected": incoming[REJECTED_ROWS].qualified_name,
            "log_files": incoming[LOG_FILES].qualified_name,
            "log_columns": incoming[LOG_COLUMNS].qualified_name,
            "is_long": self._is_long,
            **{role: self._roles[role] for role in ("customer_id", "order_date", "invoice", "branch", "rep")},
        }

    def fill(self) -> None:
        """Fill every table of the room but the wide log.

        Raises:
            SynthDealError: The dates are not understood, or most rows would be rejected.
            RuntimeError: Money or units were lost on the way, which is a defect.
        """
        self._read_keys()
        self._find_bad_rows()
        self._find_equal_rows()
        self._commas = read_amounts(self._connection, self._wide)
        self._describe_products()
        self._find_bad_cells()
        self._require_that_most_is_understood()
        self._unpivot()
        self._reject_early_holdout()
        self._say_which_invoices_are_shared()
        self._describe_sources()
        self._require_transactions()
        try:
            self._reject()
            self._require_equal_totals()
            self._describe_customers()
        except (duckdb.ConversionException, duckdb.OutOfRangeException) as error:
            raise SynthDealError(
                "The money or units of a customer or an invoice sum to more than 99,999,999,999,999, which is more "
                "than can be kept: correct the sales log, or give it in thousands."
            ) from error

    def hash_of_transactions(self) -> str:
        """The same for the same transactions to learn from, in whatever order."""
        rows = self._connection.execute(
            "SELECT count(*) || ' ' || coalesce(sum(hash(customer_id, order_date, invoice, product, division, amount, "
            f"quantity, branch, rep)::HUGEINT), 0) FROM {self._values['fact']} WHERE NOT is_holdout"
        ).fetchall()
        return str(rows[0][0])

    def _run(self, name: str, **values: object) -> duckdb.DuckDBPyConnection:
        return self._connection.execute(
            statement(
                name,
                **self._values,
                rows_are_rejected=self._has_bad_rows,
                **values,
            )
        )

    def _run_on_cells(
        self, name: str, pairs: Sequence[CellPair], *, keys: Mapping[str, str] = ROW_KEYS, joins: str = ""
    ) -> None:
        """Run a statement that includes `cells.sql`.

        Args:
            name: The statement.
            pairs: Which cells are read.
            keys: What is known of a row, by its name, in SQL.
            joins: What the wide log is joined with, in SQL.
        """
        self._run(name, **pair_values(self._wide, pairs, self._commas), keys=keys, joins=joins)

    def _one(self, query: str) -> int:
        return int(self._connection.execute(query).fetchall()[0][0])

    def _read_keys(self) -> None:
        types = {(column.source_file, column.role): column.type for column in self._wide.columns}
        sources = [source.source_file for source in self._wide.sources]
        self._connection.execute("CREATE OR REPLACE TEMP TABLE log_sources (source_file VARCHAR, position BIGINT)")
        self._connection.executemany(
            "INSERT INTO log_sources VALUES (?, ?)", list(zip(sources, range(len(sources)), strict=True))
        )
        self._caveats += bring_ids_together(
            self._connection,
            self._wide.table,
            str(self._roles["customer_id"]),
            numeric_sources=[source for source in sources if _is_number(types[(source, "customer_id")])],
        )
        self._readings = read_dates(
            self._connection,
            self._wide.table,
            str(self._roles["order_date"]),
            date_format=self._product_map.date_format,
            native=frozenset(source for source in sources if types[(source, "order_date")] in NATIVE_DATES),
        )
        self._far_dates = set_far_dates_aside(self._connection)

    def _find_bad_rows(self) -> None:
        self._connection.execute(
            "CREATE OR REPLACE TEMP TABLE bad_rows (source_file VARCHAR, source_row BIGINT, reason VARCHAR, "
            "value VARCHAR, is_blank_row BOOLEAN)"
        )
        missing = self._one(
            "SELECT (SELECT count(*) FROM ids WHERE customer_id IS NULL) + "
            "(SELECT count(*) FROM dates WHERE order_date IS NULL)"
        )
        if missing:
            cells = [
                f"nullif(trim(CAST(log.{quoted(name)} AS VARCHAR)), '')"
                for name in dict.fromkeys(
                    name for pair in self._wide.pairs for name in (pair.money, pair.quantity) if name is not None
                )
            ]
            self._run("bad_rows", filled=cells)
            self._has_bad_rows = True

    def _find_equal_rows(self) -> None:
        self._run("equal_rows", columns=list(self._wide.types))
        duplicated, unnumbered = self._connection.execute(
            "SELECT count(*) FILTER (has_invoice), count(*) FILTER (NOT has_invoice) FROM equal_rows"
        ).fetchall()[0]
        if duplicated:
            self._connection.execute(
                "INSERT INTO bad_rows SELECT source_file, source_row, 'duplicated row', NULL, false FROM equal_rows "
                "WHERE has_invoice"
            )
            self._has_bad_rows = True
            self._caveats.append(
                f"{duplicated:,} {_rows_are(duplicated)} equal to an earlier row in every column, invoice number "
                "included, and not counted again."
            )
        if unnumbered:
            self._caveats.append(
                f"{unnumbered:,} {_rows_are(unnumbered)} equal to an earlier row in every column and counted all the "
                "same, because no invoice number says that they are one sale."
            )

    def _describe_products(self) -> None:
        rows = self._product_map.rows(is_proposed=self._is_proposed)
        if self._is_long:
            rows = self._products_of_long_log()
        if any(str(row["division"]).casefold() == RESERVED_DIVISION for row in rows):
            raise SynthDealError(
                f"A division of the sales log is called {RESERVED_DIVISION!r}, which stands for all of them: give it "
                "another name."
            )
        insert(
            self._connection,
            self._incoming[PRODUCT_MAP],
            pl.DataFrame(rows, schema=PRODUCT_MAP.polars_schema, orient="row"),
        )

    def _products_of_long_log(self) -> list[dict[str, object]]:
        division = self._roles["division"] or "CAST(NULL AS VARCHAR)"
        found = self._connection.execute(
            f"SELECT coalesce({self._roles['product']}, '') AS raw_product, coalesce({division}, '') AS raw_division, "
            f"none_if_blank(raw_product), none_if_blank(raw_division), count(*) FROM {self._wide.table} AS log "
            "GROUP BY ALL "
            "ORDER BY ALL"
        ).fetchall()
        pair = self._wide.pairs[0]
        described = []
        divisions: dict[str, dict[str, int]] = {}
        for raw_product, raw_division, named, division_named, count in found:
            product = named or NO_PRODUCT
            belongs_to = division_named or self._product_map.division_of(product)
            described.append((raw_product, raw_division, product, belongs_to))
            counts = divisions.setdefault(product, {})
            counts[belongs_to] = counts.get(belongs_to, 0) + count
        frame = pl.DataFrame(
            described,
            schema=dict.fromkeys(("raw_product", "raw_division", "product", "division"), pl.String()),
            orient="row",
        )
        self._connection.register("incoming_products", frame)
        self._connection.execute("CREATE OR REPLACE TEMP TABLE long_products AS SELECT * FROM incoming_products")
        self._connection.unregister("incoming_products")
        several = sum(len(counts) > 1 for counts in divisions.values())
        if several:
            self._caveats.append(
                f"{several:,} {'product stands' if several == 1 else 'products stand'} under several divisions in the "
                "log: each sale counts for the division in its row."
            )
        names = {column.stored_name: column.name for column in reversed(self._wide.columns)}
        return [
            {
                "product": product,
                "division": max(sorted(counts), key=lambda name: counts[name]),
                "money_column": names.get(pair.money or ""),
                "quantity_column": names.get(pair.quantity or ""),
                "is_proposed": self._is_proposed,
            }
            for product, counts in sorted(divisions.items())
        ]

    def _find_bad_cells(self) -> None:
        self._connection.execute(
            "CREATE OR REPLACE TEMP TABLE bad_cells (source_file VARCHAR, source_row BIGINT, stored_name VARCHAR, "
            "reason VARCHAR, value VARCHAR, quantity DECIMAL(18, 4))"
        )
        suspect = {
            name
            for (name,) in self._connection.execute(
                "SELECT DISTINCT stored_name FROM column_totals WHERE not_understood > 0"
            ).fetchall()
        }
        pairs = [
            pair for pair in self._wide.pairs if pair.is_unit_price or pair.money in suspect or pair.quantity in suspect
        ]
        for batch in batches(pairs):
            self._run_on_cells("bad_cells", batch)

    def _require_that_most_is_understood(self) -> None:
        rows, blank, bad = self._run("row_counts").fetchall()[0]
        if not bad or bad * 2 <= rows - blank:
            return
        reason, column, count, example = self._run("main_reasons").fetchall()[0]
        where = f" in the column {column!r}" if column else ""
        such = f", such as {example[:40]!r}" if example else ""
        raise SynthDealError(
            f"{bad:,} of {rows - blank:,} rows of the sales log are not understood, mostly for the reason '{reason}'"
            f"{where} ({count:,} rows{such}): correct the product map or the file; the sales log that was there before "
            "is unchanged."
        )

    def _unpivot(self) -> None:
        # Text is costly: it is looked up, compared and tidied only where this log needs it.
        one_source = self._wide.sources[0].source_file if len(self._wide.sources) == 1 else None
        ids_are_plain = self._one("SELECT count(*) FROM ids WHERE customer_id IS DISTINCT FROM raw") == 0
        untidy = self._untidy()
        has_holdout = any(source.role == HOLDOUT for source in self._wide.sources)
        raw_id, raw_date = (f"coalesce({self._roles[role]}, '')" for role in ("customer_id", "order_date"))
        keys = {
            "source_file": sql_literal(one_source) if one_source else "log.source_file",
            "source_row": "log.source_row",
            "customer_id": raw_id if ids_are_plain else "ids.customer_id",
            "order_date": "dates.order_date",
            "is_holdout": f"log.source_role = {sql_literal(HOLDOUT)}" if has_holdout else "false",
            **{
                role: "NULL::VARCHAR" if text is None else f"none_if_blank({text})" if role in untidy else text
                for role, text in ((role, self._roles[role]) for role in ("invoice", "branch", "rep"))
            },
        }
        if self._is_long:
            keys["raw_product"] = f"coalesce({self._roles['product']}, '')"
            keys["raw_division"] = f"coalesce({self._roles['division'] or 'NULL::VARCHAR'}, '')"
        same_source = "" if one_source else "AND {0}.source_file = log.source_file"
        joins = [f"JOIN dates ON dates.raw = {raw_date} {same_source.format('dates')}"]
        if not ids_are_plain:
            joins.append(f"JOIN ids ON ids.raw = {raw_id} {same_source.format('ids')}")
        if self._has_bad_rows:
            joins.append(f"ANTI JOIN bad_rows ON {SAME_ROW}")
        for batch in batches(self._wide.pairs):
            self._run_on_cells("fact_transactions", batch, keys=keys, joins=" ".join(joins))

    def _untidy(self) -> set[str]:
        """The columns of text that need a look at every cell."""
        there = {role: self._roles[role] for role in ("invoice", "branch", "rep") if self._roles[role] is not None}
        if not there:
            return set()
        found = self._run("untidy", columns=list(there.values())).fetchall()[0]
        return {role for role, is_untidy in zip(there, found, strict=True) if is_untidy}

    def _reject_early_holdout(self) -> None:
        if not any(source.role == HOLDOUT for source in self._wide.sources):
            return
        (last,) = self._connection.execute(
            f"SELECT max(order_date) FROM {self._values['fact']} WHERE NOT is_holdout"
        ).fetchall()[0]
        if last is None:
            return
        early = self._run("early_holdout", last=last.isoformat()).fetchall()[0][0]
        if not early:
            return
        self._connection.execute(
            f"DELETE FROM {self._values['fact']} WHERE is_holdout AND order_date <= {sql_literal(last.isoformat())}"
        )
        self._has_bad_rows = True
        self._caveats.append(
            f"{early:,} holdout {_rows_are(early)} dated {last} or earlier, which the log to learn from covers, and "
            "left out of the validation."
        )

    def _say_which_invoices_are_shared(self) -> None:
        if self._roles["invoice"] is None:
            return
        shared = self._run("shared_invoices").fetchall()[0][0]
        if shared:
            self._caveats.append(
                f"{shared:,} invoice {'number stands' if shared == 1 else 'numbers stand'} with several customers: "
                "each row counts for its own."
            )

    def _describe_sources(self) -> None:
        counts = self._counts_by_column()
        first_log = self._wide.sources[0].source_file
        rows = []
        for position, source in enumerate(self._wide.sources):
            name = source.source_file
            reading = self._readings.get(name, DateReading("none", ()))
            said = [_sentence(caveat) for caveat in (*source.caveats, *reading.caveats)]
            said += [caveat for where, caveat in self._far_dates if where == name]
            missing = self._wide.resolved[name].missing_products
            if missing:
                said.append(f"It has no column of {in_words(missing)}.")
            if unknown := self._wide.resolved[name].unknown:
                said.append(f"Nobody reads its columns {in_words(unknown)}: the product map says nothing of them.")
            commas = [column for where, column in self._commas if where == name]
            if commas:
                said.append(f"A comma stands before the decimals in {in_words(sorted(commas))}.")
            caveats = [f"{name}: {' '.join(said)}"] if said else []
            if name == first_log:
                proposed = "Nobody wrote its product map: SynthDeal proposed it from the header."
                caveats = [*([proposed] if self._is_proposed else []), *self._caveats, *caveats]
            rows.append(
                {
                    "position": position,
                    "source_file": name,
                    "source_role": source.role,
                    "source_kind": source.kind,
                    "encoding": source.encoding,
                    "row_count": source.row_count,
                    "column_count": len(source.columns),
                    "date_formats": reading.formats,
                    "fingerprint": source.fingerprint,
                    "caveats": " ".join(caveats) or None,
                }
            )
        described = pl.DataFrame(rows, schema_overrides={"encoding": pl.String(), "caveats": pl.String()})
        self._connection.register("described_files", described)
        self._run("log_files")
        self._connection.unregister("described_files")
        insert(
            self._connection,
            self._incoming[LOG_COLUMNS],
            pl.DataFrame(
                [
                    {
                        "source_file": column.source_file,
                        "column_name": column.name,
                        "stored_name": column.stored_name,
                        "column_role": column.role,
                        "product": column.product,
                        "division": column.division,
                        "decimal_mark": self._mark_of(column.source_file, column.stored_name, column.role),
                        "non_empty": counts.get((column.source_file, column.stored_name), 0),
                    }
                    for column in self._wide.columns
                ],
                schema=LOG_COLUMNS.polars_schema,
            ),
        )

    def _mark_of(self, source_file: str, stored_name: str, role: str) -> str | None:
        if role not in ("money", "unit_price", "quantity"):
            return None
        return DECIMAL_COMMA if (source_file, stored_name) in self._commas else DECIMAL_POINT

    def _counts_by_column(self) -> dict[tuple[str, str], int]:
        """Rows of each source in which a column is not blank; those of amounts have been counted before."""
        counts = {
            (source, name): count
            for source, name, count in self._connection.execute(
                "SELECT source_file, stored_name, filled FROM column_totals"
            ).fetchall()
        }
        others = dict.fromkeys(column.stored_name for column in self._wide.columns if column.role not in AMOUNTS)
        for batch in batches([(name, self._wide.types[name]) for name in others]):
            for source, _, *filled in self._run("column_counts", columns=batch).fetchall():
                for (name, _), count in zip(batch, filled, strict=True):
                    counts[(source, name)] = count
        return counts

    def _reject(self) -> None:
        self._connection.execute(
            "CREATE OR REPLACE TEMP TABLE sums_of_bad_rows (source_file VARCHAR, source_row BIGINT, "
            "amount DECIMAL(38, 4), quantity DECIMAL(38, 4))"
        )
        if self._has_bad_rows:
            for batch in batches(self._wide.pairs):
                self._run_on_cells("rejected_rows", batch, joins=f"SEMI JOIN bad_rows ON {SAME_ROW}")
        self._run("rejected", line=LINE, no_row=NO_ROW)

    def _require_transactions(self) -> None:
        if not self._one(f"SELECT count(*) FROM {self._values['fact']} WHERE NOT is_holdout"):
            raise SynthDealError(
                "The sales log has no row with a customer, a date and money or units: correct the product map or the "
                "file; what was there before is unchanged."
            )

    def _require_equal_totals(self) -> None:
        sum_columns(
            self._connection,
            target="rejected_totals",
            log=self._wide.table,
            columns=self._wide.columns if self._has_bad_rows else (),
            commas=self._commas,
            only_rows="bad_rows",
        )
        require_equal_totals(self._connection, {table: self._incoming[table] for table in SALES_TABLES})

    def _describe_customers(self) -> None:
        named = {
            "name": self._roles["customer_name"],
            "rep": self._roles["rep"],
            "branch": self._roles["branch"],
        }
        there = {column: expression for column, expression in named.items() if expression is not None}
        self._run(
            "customers",
            customers=self._incoming[CUSTOMERS].qualified_name,
            named=there,
            accounts=ACCOUNTS.qualified_name if table_exists(self._connection, ACCOUNTS) else None,
        )


def _is_number(kind: str) -> bool:
    return kind.startswith(("DECIMAL", "UINT", "INT")) or kind in (
        "TINYINT", "SMALLINT", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UBIGINT", "FLOAT", "DOUBLE",
    )  # fmt: skip


def _rows_are(count: int) -> str:
    return "row is" if count == 1 else "rows are"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
