"""From a wide log that was gathered to transactions, customers and what is told of the sources.

How dates, ids and amounts are read belongs in the modules of those names; which log is read, and what becomes of the
one that was there, in `etl.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import sql_literal, sql_name, statement
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import (
    insert,
    table_exists,
)
from synthdeal_assets.sales.column_names import in_words
from synthdeal_assets.sales.etl.cells import AMOUNTS, batches, pair_values, sum_columns
from synthdeal_assets.sales.etl.customer_ids import bring_ids_together
from synthdeal_assets.sales.etl.decimal_marks import MarkReading, read_amounts
from synthdeal_assets.sales.etl.order_dates import DateReading, read_dates, set_far_dates_aside
from synthdeal_assets.sales.etl.totals import require_equal_totals
from synthdeal_assets.sales.etl.wide_log import CellPair, WideLog
from synthdeal_assets.sales.product_map.product_map import LONG, ProductMap
from synthdeal_assets.sales.tables import (
    CUSTOMERS,
    DECIMAL_COMMA,
    DECIMAL_POINT,
    FACT_TRANSACTIONS,
    HOLDOUT,
    LINE,
    LOG_COLUMNS,
    LOG_FILES,
    NO_ROW,
    PRODUCT_MAP,
    REJECTED_ROWS,
    RESERVED_DIVISION,
    SALES_TABLES,
)
from synthdeal_assets.world.tables import ACCOUNTS

NO_PRODUCT: Final = "(no product)"
"""Stands for the product of a line of a long log that names none."""

ROW_KEYS: Final = {"source_file": "log.source_file", "source_row": "log.source_row"}
SAME_ROW: Final = "bad_rows.source_file = log.source_file AND bad_rows.source_row = log.source_row"

NATIVE_DATES: Final = ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE")


class LogReader:
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
        self._marks = MarkReading(frozenset(), {}, ())
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
        self._marks = read_amounts(self._connection, self._wide, self._product_map, is_proposed=self._is_proposed)
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
                __package__,
                f"{name}.sql",
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
        self._run(name, **pair_values(self._wide, pairs, self._marks.commas), keys=keys, joins=joins)

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
                f"nullif(trim(CAST(log.{sql_name(name)} AS VARCHAR)), '')"
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
            commas = [column for where, column in self._marks.commas if where == name]
            if commas:
                said.append(f"A comma stands before the decimals in {in_words(sorted(commas))}.")
            said += [_sentence(reason) for reason in self._marks.said.get(name, ())]
            caveats = [f"{name}: {' '.join(said)}"] if said else []
            if name == first_log:
                proposed = (
                    "Nobody wrote its product map: SynthDeal proposed it from the header, and `synthdeal whitespace "
                    "init` tells what it understood and what it doubts."
                )
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
        return DECIMAL_COMMA if (source_file, stored_name) in self._marks.commas else DECIMAL_POINT

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
            commas=self._marks.commas,
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
