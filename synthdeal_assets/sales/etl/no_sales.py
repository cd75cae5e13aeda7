"""Rows that are written like sales and are none: totals, documents that came to nothing, buyers who are nobody.

What rows lack or repeat belongs in `rejections.py`. Words are in `product_map/column_names_in_use.yaml`; a word alone
rejects nothing that could be the name of a customer or product.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from synthdeal_assets.foundation.warehouse.statements import sql_list
from synthdeal_assets.sales.column_names import in_words
from synthdeal_assets.sales.etl.cells import TEXT, Marks, batches
from synthdeal_assets.sales.etl.gathered_log import SAME_ROW, GatheredLog
from synthdeal_assets.sales.etl.rejections import NewlyRejected
from synthdeal_assets.sales.product_map.document_states import said_of_documents
from synthdeal_assets.sales.product_map.names_in_use import IN_USE, RAW_WORDS, spelling_of
from synthdeal_assets.sales.product_map.product_map import KEEP
from synthdeal_assets.sales.tables import NO_SALE, NO_SALES, NOBODY, OTHER_CURRENCY, TOTAL

KEYS: Final = ("customer_id", "order_date", "customer_name", "invoice", "product", "division", "branch", "rep")
MOSTLY_FILLED: Final = 0.9
"""A key that is blank in more rows is no sign of a total where it is."""

SHOWN: Final = 5

REVERSAL: Final = "reversal of what was cancelled"

ENOUGH_CUSTOMERS: Final = 10
"""That each of so many customers who came again has one state does not happen by chance."""


_SAID: Final = {
    TOTAL: (
        "a total of other rows",
        "totals of other rows",
        "write `total_rows: keep` into the product map if they are sales",
    ),
    NO_SALE: (
        "a document that came to nothing or takes another one back",
        "documents that came to nothing or take others back",
        "",
    ),
    NOBODY: (
        "of a buyer who is nobody",
        "of buyers who are nobody",
        "`count_customers` in the product map lists those to count",
    ),
    OTHER_CURRENCY: (
        "in another currency",
        "in other currencies",
        "`rates` in the product map says what they are worth",
    ),
}
"""What is said of one row, of several, and what counts them."""


_OF_CUSTOMERS: Final = "{} says the same in all rows of a customer, so that it is taken for the customer's, {}."


def find_no_sales(log: GatheredLog, commas: Marks) -> NewlyRejected:
    """Reject the rows that are no sales.

    Needs `ids`, `dates`, `bad_rows`, `unusual_amounts` and `other_currencies`. Puts them into `bad_rows`, in the place
    of what was said there of the same rows.

    Args:
        log: The log.
        commas: Where a comma stands before the decimals.
    """
    log.connection.execute(
        "CREATE OR REPLACE TEMP TABLE no_sales (source_file VARCHAR, source_row BIGINT, reason VARCHAR, value VARCHAR)"
    )
    # The one that says most is found first.
    if log.product_map.total_rows != KEEP:
        _find_totals(log, commas)
    caveats, back = _find_documents(log, commas)
    if not log.product_map.count_status:
        _find_reversals(log, commas, back)
    _find_nobodies(log)
    log.connection.execute(
        "INSERT INTO no_sales SELECT source_file, source_row, ?, currency FROM other_currencies", [OTHER_CURRENCY]
    )
    if not log.count("SELECT count(*) FROM no_sales"):
        return NewlyRejected(are_there=False, caveats=caveats)
    log.run("no_sales_into_bad_rows")
    return NewlyRejected(are_there=True, caveats=caveats)


def say_no_sales(log: GatheredLog) -> tuple[str, ...]:
    """What a reader must know of the rows that are no sales: how many, what they come to, and what counts them.

    Needs `bad_rows` and `sums_of_bad_rows`.
    """
    found = log.run("said_no_sales", reasons=list(NO_SALES)).fetchall()
    named = {role: in_words(_columns(log, role)) for role in ("status", "cancelled")}
    of_documents = [
        f"`count_status` in the product map lists what counts of {named['status']}" if named["status"] else "",
        f"an empty `cancelled_column:` counts what is marked in {named['cancelled']}" if named["cancelled"] else "",
    ]
    caveats = []
    for reason, (one, several, remedy) in _SAID.items():
        values = [(value, rows, amount) for each, value, rows, amount in found if each == reason]
        if values:
            rows = sum(count for _, count, _ in values)
            shown = ", ".join(f"{value!r} ({count:,}: {money:,.2f})" for value, count, money in values[:SHOWN])
            more = f" and {len(values) - SHOWN:,} more" if len(values) > SHOWN else ""
            caveats.append(
                f"{rows:,} {f'row is {one}' if rows == 1 else f'rows are {several}'} and not counted, "
                f"{sum(money for *_, money in values):,.2f} in all: {shown}{more}; "
                f"{remedy or ', and '.join(filter(None, of_documents))}."
            )
    return tuple(caveats)


def _find_documents(log: GatheredLog, commas: Marks) -> tuple[tuple[str, ...], list[str]]:
    """Reject the documents whose status says that nothing was sold, or, with a map that says so, all that do not count.

    A document that takes another one back counts where all of its kind are negative, as any return does.

    Returns:
        Of states that say nothing, or are not those of documents, what a reader must know; and the states that take
        another document back.
    """
    caveats = []
    if (cancelled := log.roles["cancelled"]) is not None:
        names = _columns(log, "cancelled")
        if _is_of_customers(log, f"coalesce(trim({cancelled}), '')"):
            caveats.append(_OF_CUSTOMERS.format(in_words(names), "and all rows count"))
        else:
            log.run(
                "marked_documents",
                cancelled=cancelled,
                said=" or ".join(names),
                no_marks=[*RAW_WORDS["no_mark"], *filter(None, IN_USE["no_mark"])],
            )
    status = log.roles["status"]
    if status is None:
        return tuple(caveats), []
    counts = log.connection.execute(
        f"SELECT {status} AS state, count(*) FROM {log.wide.table} AS log WHERE trim(state) <> '' "
        "GROUP BY state ORDER BY count(*) DESC, state"
    ).fetchall()
    values, names = [value for value, _ in counts], _columns(log, "status")
    counted = {spelling_of(value) for value in log.product_map.count_status}
    found = said_of_documents(names[0], values)
    back, away = list(found.takes_back), list(found.no_sale)
    if counted:
        back, away = [], [value for value in values if spelling_of(value) not in counted]
    elif found and _is_of_customers(log, status):
        back, away = [], []
        caveats.append(_OF_CUSTOMERS.format(in_words(names), f"and all rows count: {_shown(counts)}"))
    elif not found and values and all(value.strip().isdigit() for value in values):
        caveats.append(
            f"Nothing says what the numbers in {in_words(names)} mean, so that all rows count: {_shown(counts)}; "
            "`count_status` in the product map lists what counts."
        )
    if not back and not away:
        return tuple(caveats), []
    log.run("documents", status=status, values=[*back, *away])
    if back:
        sum_rows(log, commas, "no_sales")
        log.run("documents_that_count", back=back)
    return tuple(caveats), back


def _find_reversals(log: GatheredLog, commas: Marks, back: Sequence[str]) -> None:
    """Reject what takes back documents that do not count any more: they would be taken off twice.

    A system that marks what it cancelled may book its reversal beside it. Whoever bought the same twice, of which one
    was cancelled, may return the other; so a row that is not called a reversal counts as one only where most of what
    was cancelled has one.

    Args:
        log: The log.
        commas: Where a comma stands before the decimals.
        back: The states that take another document back.
    """
    if not log.count("SELECT count(*) FROM no_sales WHERE reason = 'document that is no sale'"):
        return
    sum_rows(log, commas, None)
    is_back = f"coalesce({log.roles['status']} IN {sql_list(back)}, false)" if back else "false"
    log.run("reversals", product=log.roles["product"], is_back=is_back)
    log.connection.execute(
        "INSERT INTO no_sales SELECT source_file, source_row, ?, ? FROM reversals "
        "WHERE is_back OR 2 * (SELECT count(*) FROM reversals) >= cancelled",
        [NO_SALE, REVERSAL],
    )


def _shown(counts: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{value!r} ({count:,})" for value, count in counts[:SHOWN])


def _columns(log: GatheredLog, role: str) -> list[str]:
    return list(dict.fromkeys(column.name for column in log.wide.columns if column.role == role))


def _is_of_customers(log: GatheredLog, status: str) -> bool:
    """Whether every one of many customers who came again has one state, and they have several."""
    customers, most, states = log.run("states_of_customers", status=status).fetchall()[0]
    return bool(customers >= ENOUGH_CUSTOMERS and most == 1 and states > 1)


def _find_nobodies(log: GatheredLog) -> None:
    log.run(
        "nobodies",
        nobody=list(IN_USE["nobody"]),
        nobody_by_name=list(IN_USE["nobody_by_name"]),
        counted=[*log.product_map.count_customers, ""],
        customer_name=log.roles["customer_name"],
    )


def _find_totals(log: GatheredLog, commas: Marks) -> None:
    """Reject the rows that are called totals, or lack a key, where the money or what is missing bears it out.

    Who is called Total Energies, or just Total, and buys as others do, is a customer.
    """
    keys = {role: log.roles[role] for role in KEYS if log.roles[role] is not None}
    texts = {
        role: text
        for role, text in keys.items()
        if any(column.role == role and column.type == TEXT for column in log.wide.columns)
    }
    rows, *filled = log.run("filled_keys", keys=list(keys.values())).fetchall()[0]
    usual = [text for text, count in zip(keys.values(), filled, strict=True) if MOSTLY_FILLED * rows <= count]
    words = {word for role in ("total_for_sure", "total_perhaps") for word in (*RAW_WORDS[role], *IN_USE[role])}
    table = log.wide.table
    lacking = [
        text
        for text in usual
        if log.connection.execute(
            f"FROM {table} AS log SELECT 1 WHERE coalesce(trim({text}), '') = '' LIMIT 1"
        ).fetchall()
    ]
    log.run(
        "maybe_totals",
        texts=list(texts.values()),
        lacking=lacking,
        hint="(?i)" + "|".join([*sorted(words), "i alt", "(iš|is) viso", "sub.?total"]),
        sure=list(IN_USE["total_for_sure"]),
        perhaps=list(IN_USE["total_perhaps"]),
        word=rf"(^|[\s:\-])({'|'.join(IN_USE['total_perhaps'])})([\s:\-]|$)",
    )
    if not log.count("SELECT count(*) FROM maybe_totals"):
        return
    sum_rows(log, commas, None)
    log.run("totals", total=TOTAL)


def sum_rows(log: GatheredLog, commas: Marks, only: str | None) -> None:
    """Leaves `sums_of_rows` (source_file, source_row, amount, quantity) of all rows or those of a table."""
    log.connection.execute(
        "CREATE OR REPLACE TEMP TABLE sums_of_rows (source_file VARCHAR, source_row BIGINT, "
        "amount DECIMAL(38, 4), quantity DECIMAL(38, 4))"
    )
    joins = "" if only is None else f"SEMI JOIN {only} AS bad_rows ON {SAME_ROW}"
    for batch in batches(log.wide.pairs):
        log.run_on_cells("rejected_rows", batch, commas, joins=joins, target="sums_of_rows")
