"""In which currency every row is, and how all are brought to one: amounts of two currencies are never added.

A currency may stand in a column of its own, beside the digits or in the name of a column. How amounts are written
belongs in `amount_macros.py`.
"""

# ruff: noqa: RUF001  # letters of other scripts that look like Latin ones are meant

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import sql_list, sql_literal, sql_name
from synthdeal_assets.sales.amount_macros import CURRENCY, CURRENCY_CODES
from synthdeal_assets.sales.etl.cells import TEXT, Marks, batches, read_columns, with_comma
from synthdeal_assets.sales.etl.gathered_log import GatheredLog
from synthdeal_assets.sales.etl.no_sales import sum_rows
from synthdeal_assets.sales.etl.wide_log import PRICE_OF_MISSING_MONEY, UNKNOWN, LogColumn

MONEY_ROLES: Final = ("money", "unit_price", PRICE_OF_MISSING_MONEY)

CODES_OF_SIGNS: Final = {
    "$": "USD", "US$": "USD", "€": "EUR", "EURO": "EUR", "EUROS": "EUR", "£": "GBP", "¥": "JPY", "R$": "BRL",
    "₺": "TRY", "TL": "TRY", "ZŁ": "PLN", "ZL": "PLN", "KČ": "CZK", "KC": "CZK", "FT": "HUF", "LEI": "RON",
    "LEU": "RON", "₽": "RUB", "РУБ": "RUB", "Р": "RUB", "₹": "INR", "RS": "INR", "₴": "UAH", "ГРН": "UAH", "ЛВ": "BGN",
    "C$": "CAD", "CA$": "CAD", "A$": "AUD", "AU$": "AUD", "SFR": "CHF", "DKR": "DKK", "SKR": "SEK", "NKR": "NOK",
    "RMB": "CNY",
}  # fmt: skip
"""What signs and words of currencies are called among codes; $ alone is the dollar of the United States."""

SHOWN: Final = 6
_IN_NAME: Final = re.compile(
    rf"(?<![^\W_])(?:{CURRENCY_CODES[: CURRENCY_CODES.index('|EUROS?')]})(?![^\W_])|[A-Z]{{0,2}}[$€£¥₺₽₹₴]"
)


def in_one_currency(log: GatheredLog, commas: Marks) -> tuple[GatheredLog, Marks]:
    """The log with all money in one currency, and its marks.

    Needs what `decimal_marks.read_amounts` leaves, and leaves the same. Leaves the temporary table `other_currencies`
    (source_file, source_row, currency): the rows in currencies that neither count nor have a rate. Converted money
    stands in the wide log in columns of its own.

    Raises:
        SynthDealError: There are several currencies, and the map chooses none, or one that is not there.
    """
    run = log.connection.execute
    run("CREATE OR REPLACE TEMP TABLE other_currencies (source_file VARCHAR, source_row BIGINT, currency VARCHAR)")
    currency = _currency_of_rows(log)
    if currency is None:
        return log, commas
    log.run("row_currencies", currency=currency, codes=CODES_OF_SIGNS)
    found = [each for (each,) in run("SELECT DISTINCT currency FROM row_currencies ORDER BY ALL").fetchall()]
    chosen, rates = log.product_map.currency, {_code(name): rate for name, rate in log.product_map.rates.items()}
    if chosen is None and len(found) < 2:
        return log, commas
    if chosen is None or _code(chosen) not in found:
        raise _not_chosen(log, commas, chosen)
    run(f"INSERT INTO other_currencies FROM row_currencies WHERE currency NOT IN {sql_list([_code(chosen), *rates])}")
    used = {name: rate for name, rate in rates.items() if name in found and name != _code(chosen)}
    return _converted(log, commas, _code(chosen), used) if used else (log, commas)


def _code(currency: str) -> str:
    written = currency.strip().upper().rstrip(".")
    return CODES_OF_SIGNS.get(written, written)


def _currency_of_rows(log: GatheredLog) -> str | None:
    """What says the currency of a row, in SQL: the column of it, else the first amount, else the name of its column."""
    money = {column.stored_name: column for column in log.wide.columns if column.role in MONEY_ROLES}
    told = [] if log.roles["currency"] is None else [f"nullif(trim({log.roles['currency']}), '')"]
    named: dict[str, set[str]] = {}
    for column in log.wide.columns:
        if column.role in MONEY_ROLES and (sign := _IN_NAME.search(column.name)) is not None:
            named.setdefault(column.source_file, set()).add(_code(sign[0]))
    texts = [f"log.{sql_name(name)}" for name in money if log.wide.types[name] == TEXT]
    # The only sign in an amount that is written as usual is the dollar.
    may_differ = (
        told
        or named
        or log.product_map.currency
        or log.count("SELECT count(*) FROM unusual_amounts WHERE has_currency(written)")
    )
    signs: dict[tuple[str, str], list[str]] = {}
    for batch in batches(texts if may_differ else []):
        for source, *found in log.run("currency_signs", texts=batch, pattern=CURRENCY).fetchall():
            signs |= {(source, text): each for text, each in zip(batch, found, strict=True) if each}
    for (source, text), each in signs.items():
        # Where all rows of a column say the same no cell is looked at again.
        written = sql_literal(each[0])
        if len(each) > 1:
            written = f"nullif(regexp_extract(tidy_amount({text}), {sql_literal(CURRENCY)}), '')"
        told.append(f"CASE WHEN log.source_file = {sql_literal(source)} THEN {written} END")
    for source, currencies in named.items():
        if len(currencies) > 1:
            raise SynthDealError(
                f"{source} has columns of money in {' and '.join(sorted(currencies))}, which are never added: leave "
                "the columns of one currency in the product map.",
                code="sales-log.several-currencies",
                usage=True,
            )
        told.append(f"CASE WHEN log.source_file = {sql_literal(source)} THEN {sql_literal(next(iter(currencies)))} END")
    all_currencies = {*(_code(sign) for each in signs.values() for sign in each), *set[str]().union(*named.values())}
    is_one = log.roles["currency"] is None and len(all_currencies) < 2 and log.product_map.currency is None
    return None if is_one or not told else f"coalesce({', '.join(told)}, NULL)"


def _not_chosen(log: GatheredLog, commas: Marks, chosen: str | None) -> SynthDealError:
    sum_rows(log, commas, None)
    found = log.run("sums_of_currencies").fetchall()
    several = len(log.wide.sources) > 1
    shown = ", ".join(
        f"{name} ({rows:,} rows, {amount:,.2f}, from data row {row:,}{f' of {source}' if several else ''} on)"
        for name, rows, amount, source, row in found[:SHOWN]
    )
    shown += f" and {len(found) - SHOWN:,} more" if len(found) > SHOWN else ""
    first, other = found[0][0], found[-1][0]
    asked = "" if chosen is None else f", and not {chosen}, which the product map chooses"
    return SynthDealError(
        f"The sales log has amounts in {shown}{asked}: write `currency: {first}` into the product map to count only "
        f"those, or also what one unit of another is worth in it, as in `rates: {{{other}: 1.25}}`.",
        code="sales-log.several-currencies",
        usage=True,
    )


def _converted(log: GatheredLog, commas: Marks, chosen: str, rates: dict[str, float]) -> tuple[GatheredLog, Marks]:
    """The log with new columns in which the money of other currencies stands as it is worth in the chosen one."""
    run, table, taken = log.connection.execute, log.wide.table, {name.casefold() for name in log.wide.types}
    new: dict[str, str] = {}
    for name in dict.fromkeys(column.stored_name for column in log.wide.columns if column.role in MONEY_ROLES):
        new[name] = f"{name} in {chosen}"
        while new[name].casefold() in taken:
            new[name] += " again"
        taken.add(new[name].casefold())
        run(f"ALTER TABLE {table} ADD COLUMN {sql_name(new[name])} VARCHAR")
        log.run("converted", old=sql_name(name), new=sql_name(new[name]), comma=with_comma(commas, name), rates=rates)
    marks = {*commas, *((source, new[name]) for source, name in commas if name in new)}
    columns: list[LogColumn] = []
    for column in log.wide.columns:
        if column.role in MONEY_ROLES:
            shown = (
                f"{column.name} in {chosen}{new[column.stored_name].removeprefix(f'{column.stored_name} in {chosen}')}"
            )
            columns.append(replace(column, name=shown, stored_name=new[column.stored_name], type=TEXT))
            columns.append(replace(column, role=UNKNOWN, product=None, division=None))
        else:
            columns.append(column)
    pairs = tuple(
        replace(pair, money=new.get(pair.money or ""), price=new.get(pair.price or "")) for pair in log.wide.pairs
    )
    types = {**log.wide.types, **dict.fromkeys(new.values(), TEXT)}
    wide = replace(log.wide, columns=tuple(columns), types=types, pairs=pairs)
    read_columns(log.connection, log=table, columns=wide.columns, commas=marks)
    return replace(log, wide=wide), marks
