"""Which rows and cells of a log become no transaction, and why.

What becomes of all others belongs in `transactions.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import sql_literal, sql_name
from synthdeal_assets.sales.etl.cells import Marks, batches
from synthdeal_assets.sales.etl.gathered_log import SAME_ROW, GatheredLog, rows_are
from synthdeal_assets.sales.product_map.product_map import KEEP
from synthdeal_assets.sales.tables import LINE, NO_ROW


@dataclass(frozen=True, slots=True)
class NewlyRejected:
    """What a step that rejects rows found.

    Attributes:
        are_there: Whether it put rows into `bad_rows`.
        caveats: What a reader must know, in sentences.
    """

    are_there: bool
    caveats: tuple[str, ...] = ()


def find_bad_rows(log: GatheredLog) -> NewlyRejected:
    """Reject the rows without a customer or a day.

    Needs `ids` and `dates`. Leaves the temporary table `bad_rows` (source_file, source_row, reason, value,
    is_blank_row): one row for each that is rejected; later steps put theirs into it.
    """
    log.connection.execute(
        "CREATE OR REPLACE TEMP TABLE bad_rows (source_file VARCHAR, source_row BIGINT, reason VARCHAR, "
        "value VARCHAR, is_blank_row BOOLEAN)"
    )
    missing = log.count(
        "SELECT (SELECT count(*) FROM ids WHERE customer_id IS NULL) + "
        "(SELECT count(*) FROM dates WHERE order_date IS NULL)"
    )
    if not missing:
        return NewlyRejected(are_there=False)
    amounts = dict.fromkeys(name for pair in log.wide.pairs for name in (pair.money, pair.quantity) if name is not None)
    log.run("bad_rows", filled=[f"nullif(trim(CAST(log.{sql_name(name)} AS VARCHAR)), '')" for name in amounts])
    return NewlyRejected(are_there=True)


def find_equal_rows(log: GatheredLog, *, rows_are_rejected: bool) -> NewlyRejected:
    """Reject the rows that are equal to an earlier one in every column, invoice included; without invoice, tell them.

    Needs `log_sources` and `bad_rows`. Leaves the temporary table `equal_rows` (source_file, source_row, has_invoice),
    and rejects those with an invoice in `bad_rows`.

    Args:
        log: The log.
        rows_are_rejected: Whether there are any in `bad_rows`.
    """
    log.run("equal_rows", columns=list(log.wide.types), rows_are_rejected=rows_are_rejected)
    duplicated, unnumbered = log.connection.execute(
        "SELECT count(*) FILTER (has_invoice), count(*) FILTER (NOT has_invoice) FROM equal_rows"
    ).fetchall()[0]
    caveats = []
    keeps = log.product_map.equal_lines == KEEP
    if duplicated and keeps:
        caveats.append(
            f"{duplicated:,} {rows_are(duplicated)} equal to an earlier row in every column, invoice number included, "
            "and counted, as the product map says."
        )
    elif duplicated:
        log.connection.execute(
            "INSERT INTO bad_rows SELECT source_file, source_row, 'duplicated row', NULL, false FROM equal_rows "
            "WHERE has_invoice"
        )
        caveats.append(
            f"{duplicated:,} {rows_are(duplicated)} equal to an earlier row in every column, invoice number "
            "included, and not counted again."
        )
    if unnumbered:
        caveats.append(
            f"{unnumbered:,} {rows_are(unnumbered)} equal to an earlier row in every column and counted all the "
            "same, because no invoice number says that they are one sale."
        )
    return NewlyRejected(bool(duplicated) and not keeps, tuple(caveats))


def find_bad_cells(log: GatheredLog, commas: Marks) -> None:
    """Find the cells whose money or units are not understood.

    Needs `column_totals` and `unusual_amounts` of `cells.read_columns`. Leaves the temporary table `bad_cells`
    (source_file, source_row, stored_name, reason, value, quantity): the units beside money that is not understood.

    Args:
        log: The log.
        commas: Where a comma stands before the decimals.
    """
    log.connection.execute(
        "CREATE OR REPLACE TEMP TABLE bad_cells (source_file VARCHAR, source_row BIGINT, stored_name VARCHAR, "
        "reason VARCHAR, value VARCHAR, quantity DECIMAL(18, 4))"
    )
    suspect = {
        name
        for (name,) in log.connection.execute(
            "SELECT DISTINCT stored_name FROM column_totals WHERE not_understood > 0"
        ).fetchall()
    }
    pairs = [pair for pair in log.wide.pairs if pair.is_unit_price or pair.money in suspect or pair.quantity in suspect]
    for batch in batches(pairs):
        log.run_on_cells("bad_cells", batch, commas)


def require_that_most_is_understood(log: GatheredLog) -> None:
    """Refuse a log of which more rows are rejected than read.

    Needs `bad_rows` and `bad_cells`.

    Raises:
        SynthDealError: More than half of the rows that are not blank are not understood.
    """
    rows, blank, bad = log.run("row_counts").fetchall()[0]
    if not bad or bad * 2 <= rows - blank:
        return
    reason, column, count, example = log.run("main_reasons").fetchall()[0]
    where = f" in the column {column!r}" if column else ""
    such = f", such as {example[:40]!r}" if example else ""
    raise SynthDealError(
        f"{bad:,} of {rows - blank:,} rows of the sales log are not understood, mostly for the reason '{reason}'"
        f"{where} ({count:,} rows{such}): correct the product map or the file; the previous sales log is unchanged.",
        code="sales-log.mostly-rejected",
    )


def reject_early_holdout(log: GatheredLog, *, rows_are_rejected: bool) -> NewlyRejected:
    """Take the rows of the holdout out of the transactions that the log to learn from covers, and reject them.

    Needs the transactions, `dates` and `bad_rows`, into which it puts them.

    Args:
        log: The log.
        rows_are_rejected: Whether there are any in `bad_rows`.
    """
    if not log.has_holdout:
        return NewlyRejected(are_there=False)
    (last,) = log.connection.execute(f"SELECT max(order_date) FROM {log.fact} WHERE NOT is_holdout").fetchall()[0]
    if last is None:
        return NewlyRejected(are_there=False)
    early = log.run("early_holdout", last=last.isoformat(), rows_are_rejected=rows_are_rejected).fetchall()[0][0]
    if not early:
        return NewlyRejected(are_there=False)
    log.connection.execute(f"DELETE FROM {log.fact} WHERE is_holdout AND order_date <= {sql_literal(last.isoformat())}")
    caveat = (
        f"{early:,} holdout {rows_are(early)} dated {last} or earlier, which the log to learn from covers, and "
        "left out of the validation."
    )
    return NewlyRejected(are_there=True, caveats=(caveat,))


def sum_bad_rows(log: GatheredLog, commas: Marks, *, rows_are_rejected: bool) -> tuple[str, ...]:
    """Sum the money and units that were understood in rejected rows, and say what equal rows would come to.

    Needs `bad_rows` and `unusual_amounts`. Leaves the temporary table `sums_of_bad_rows` (source_file, source_row,
    amount, quantity).

    Args:
        log: The log.
        commas: Where a comma stands before the decimals.
        rows_are_rejected: Whether there are any in `bad_rows`.
    """
    log.connection.execute(
        "CREATE OR REPLACE TEMP TABLE sums_of_bad_rows (source_file VARCHAR, source_row BIGINT, "
        "amount DECIMAL(38, 4), quantity DECIMAL(38, 4))"
    )
    if not rows_are_rejected:
        return ()
    for batch in batches(log.wide.pairs):
        joins = f"SEMI JOIN bad_rows ON {SAME_ROW}"
        log.run_on_cells("rejected_rows", batch, commas, joins=joins, target="sums_of_bad_rows")
    (amount,) = log.connection.execute(
        "SELECT sum(amount) FROM sums_of_bad_rows JOIN bad_rows USING (source_file, source_row) "
        "WHERE reason = 'duplicated row'"
    ).fetchall()[0]
    if amount is None:
        return ()
    caveat = (
        f"The equal rows that are not counted again come to {amount:,.2f}: write `equal_lines: keep` into the product "
        "map if each is a sale of its own."
    )
    return (caveat,)


def write_rejected_rows(log: GatheredLog) -> None:
    """Fill the table of rejected rows.

    Needs `bad_rows`, `bad_cells`, `sums_of_bad_rows`, `lines_that_are_no_rows` and the described columns.
    """
    log.run("rejected", line=LINE, no_row=NO_ROW)
