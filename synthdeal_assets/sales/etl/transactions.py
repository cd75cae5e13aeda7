"""From a wide log that was gathered to transactions: all steps in their order, and the unpivot itself.

How dates, ids and amounts are read belongs in the modules of those names, what is rejected in `rejections.py`, what is
told of the log in `log_descriptions.py`; which log is read, and what becomes of the one that was there, in `etl.py`.
"""

from __future__ import annotations

from dataclasses import replace

import duckdb

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import sql_literal
from synthdeal_assets.sales.etl.cells import Marks, batches, sum_columns
from synthdeal_assets.sales.etl.currencies import in_one_currency
from synthdeal_assets.sales.etl.decimal_marks import read_amounts
from synthdeal_assets.sales.etl.discounts import after_discount
from synthdeal_assets.sales.etl.gathered_log import SAME_ROW, GatheredLog
from synthdeal_assets.sales.etl.log_descriptions import (
    describe_columns,
    describe_customers,
    describe_products,
    describe_sources,
)
from synthdeal_assets.sales.etl.no_sales import find_no_sales, say_no_sales
from synthdeal_assets.sales.etl.rejections import (
    find_bad_cells,
    find_bad_rows,
    find_equal_rows,
    reject_early_holdout,
    require_that_most_is_understood,
    sum_bad_rows,
    write_rejected_rows,
)
from synthdeal_assets.sales.etl.row_keys import read_keys
from synthdeal_assets.sales.etl.totals import require_equal_totals
from synthdeal_assets.sales.tables import HOLDOUT, SALES_TABLES


def fill_tables(log: GatheredLog) -> tuple[str, ...]:
    """Fill every table of the room but the wide log.

    Needs `lines_that_are_no_rows` (source_file, line, text).

    Returns:
        What a reader must know of the whole log, in sentences.

    Raises:
        SynthDealError: The dates are not understood, or most rows would be rejected.
        RuntimeError: Money or units were lost on the way, which is a defect.
    """
    keys = read_keys(log)
    bad = find_bad_rows(log)
    marks = read_amounts(log.connection, log.wide, log.product_map, is_proposed=log.is_proposed)
    log, commas, about_discounts = after_discount(log, marks.commas)
    log, commas = in_one_currency(log, commas)
    marks = replace(marks, commas=frozenset(commas))
    no_sales = find_no_sales(log, marks.commas)
    rejected = no_sales.are_there or bad.are_there
    equal = find_equal_rows(log, rows_are_rejected=rejected)
    rejected = rejected or equal.are_there
    about_products = describe_products(log)
    find_bad_cells(log, marks.commas)
    require_that_most_is_understood(log)
    unpivot(log, marks.commas, rows_are_rejected=rejected)
    early = reject_early_holdout(log, rows_are_rejected=rejected)
    rejected = rejected or early.are_there
    costs = (*sum_bad_rows(log, marks.commas, rows_are_rejected=rejected), *say_no_sales(log), *no_sales.caveats)
    shared = shared_invoices(log)
    caveats = (*keys.caveats, *about_discounts, *equal.caveats, *costs, *about_products, *early.caveats, *shared)
    describe_sources(log, keys, marks, caveats=caveats)
    describe_columns(log, marks)
    require_transactions(log)
    try:
        write_rejected_rows(log)
        _require_equal_totals(log, marks.commas, rows_are_rejected=rejected)
        describe_customers(log, rows_are_rejected=rejected)
    except (duckdb.ConversionException, duckdb.OutOfRangeException) as error:
        raise SynthDealError(
            "The money or units of a customer or an invoice add up to more than 99,999,999,999,999, which is more "
            "than can be stored: correct the sales log, or express it in thousands.",
            code="sales-log.sum-too-large",
        ) from error
    return caveats


def hash_of_transactions(log: GatheredLog) -> str:
    """The same for the same transactions to learn from, in whatever order."""
    rows = log.connection.execute(
        "SELECT count(*) || ' ' || coalesce(sum(hash(customer_id, order_date, invoice, product, division, amount, "
        f"quantity, branch, rep)::HUGEINT), 0) FROM {log.fact} WHERE NOT is_holdout"
    ).fetchall()
    return str(rows[0][0])


def unpivot(log: GatheredLog, commas: Marks, *, rows_are_rejected: bool) -> None:
    """Fill the table of transactions: one row for each product on an invoice that is worth something.

    Needs `ids`, `dates`, `bad_rows`, `unusual_amounts` and, of a long log, `long_products`.

    Args:
        log: The log.
        commas: Where a comma stands before the decimals.
        rows_are_rejected: Whether there are any in `bad_rows`.
    """
    # Text is costly: it is looked up, compared and tidied only where this log needs it.
    one_source = log.wide.sources[0].source_file if len(log.wide.sources) == 1 else None
    ids_are_plain = log.count("SELECT count(*) FROM ids WHERE customer_id IS DISTINCT FROM raw") == 0
    untidy = _untidy(log)
    raw_id, raw_date = (f"coalesce({log.roles[role]}, '')" for role in ("customer_id", "order_date"))
    keys = {
        "source_file": sql_literal(one_source) if one_source else "log.source_file",
        "source_row": "log.source_row",
        "customer_id": raw_id if ids_are_plain else "ids.customer_id",
        "order_date": "dates.order_date",
        "is_holdout": f"log.source_role = {sql_literal(HOLDOUT)}" if log.has_holdout else "false",
        **{
            role: "NULL::VARCHAR" if text is None else f"none_if_blank({text})" if role in untidy else text
            for role, text in ((role, log.roles[role]) for role in ("invoice", "branch", "rep"))
        },
    }
    if log.is_long:
        keys["raw_product"] = f"coalesce({log.roles['product']}, '')"
        keys["raw_division"] = f"coalesce({log.roles['division'] or 'NULL::VARCHAR'}, '')"
    same_source = "" if one_source else "AND {0}.source_file = log.source_file"
    joins = [f"JOIN dates ON dates.raw = {raw_date} {same_source.format('dates')}"]
    if not ids_are_plain:
        joins.append(f"JOIN ids ON ids.raw = {raw_id} {same_source.format('ids')}")
    if rows_are_rejected:
        joins.append(f"ANTI JOIN bad_rows ON {SAME_ROW}")
    for batch in batches(log.wide.pairs):
        log.run_on_cells("fact_transactions", batch, commas, keys=keys, joins=" ".join(joins))


def _untidy(log: GatheredLog) -> set[str]:
    """The columns of text that need a look at every cell."""
    there = {role: log.roles[role] for role in ("invoice", "branch", "rep") if log.roles[role] is not None}
    if not there:
        return set()
    found = log.run("untidy", columns=list(there.values())).fetchall()[0]
    return {role for role, is_untidy in zip(there, found, strict=True) if is_untidy}


def shared_invoices(log: GatheredLog) -> tuple[str, ...]:
    """Caveats about invoice numbers with which several customers are billed.

    Needs the transactions.
    """
    if log.roles["invoice"] is None:
        return ()
    shared = log.run("shared_invoices").fetchall()[0][0]
    if not shared:
        return ()
    numbers = "number stands" if shared == 1 else "numbers stand"
    return (f"{shared:,} invoice {numbers} with several customers: each row counts for its own.",)


def require_transactions(log: GatheredLog) -> None:
    """Refuse a log without transactions to learn from.

    Raises:
        SynthDealError: There are none.
    """
    if not log.count(f"SELECT count(*) FROM {log.fact} WHERE NOT is_holdout"):
        raise SynthDealError(
            "The sales log has no row with a customer, a date and money or units: correct the product map or the "
            "file; the previous sales log is unchanged.",
            code="sales-log.no-usable-row",
        )


def _require_equal_totals(log: GatheredLog, commas: Marks, *, rows_are_rejected: bool) -> None:
    """Compare the tables with the wide log; needs `column_totals`, leaves `rejected_totals` like it."""
    sum_columns(
        log.connection,
        target="rejected_totals",
        log=log.wide.table,
        columns=log.wide.columns if rows_are_rejected else (),
        commas=commas,
        only_rows="bad_rows",
    )
    require_equal_totals(log.connection, {table: log.incoming[table] for table in SALES_TABLES})
