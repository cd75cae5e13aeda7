"""`synthdeal whitespace init`: a product map proposed from a sales log, told to the user and written to check.

How a column is understood belongs in `sales/product_map/proposal.py`; here is what the user sees, and the file with its
comments.
"""

from __future__ import annotations

import re
import shlex
import tempfile
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import duckdb
import yaml
from rich.table import Table as RichTable
from rich.text import Text

from synthdeal_assets.cli.console import messages, results
from synthdeal_assets.cli.export import STANDARD_OUTPUT, require_not_ours
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.publishing.atomic_write import write_atomically
from synthdeal_assets.foundation.warehouse.statements import sql_name
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.sales.column_names import in_words
from synthdeal_assets.sales.etl.decimal_marks import MarkReading, marks_of_sources
from synthdeal_assets.sales.etl.etl import rehearse
from synthdeal_assets.sales.etl.order_dates import undecided_dates
from synthdeal_assets.sales.product_map.product_map import LONG, ProductMap
from synthdeal_assets.sales.product_map.proposal import TO_FILL_IN, Proposal, propose_for_sources
from synthdeal_assets.sales.sources.databases import is_address
from synthdeal_assets.sales.sources.sales_log import StagedSource, missing_header, stage_sources
from synthdeal_assets.sales.tables import LOG
from synthdeal_assets.settings import Settings

FIRST_ROWS: Final = 5_000
MOST_ROWS: Final = 1_000_000
MOST_CELLS: Final = 20_000_000
"""Of a log that has more rows than the first so many are looked at, those of a wide one after fewer."""

SHOWN_PRODUCTS: Final = 40
SHOWN_LINES: Final = 60
IS_PRODUCT: Final = re.compile(" is a product| more products likewise")
"""Sentences about products, which are shown in a table."""

ENDING: Final = ".product-map.yaml"

COMMENTS: Final[Mapping[str, str]] = {
    "customer_id": "Who bought, and when: both are needed. Where files name a column differently: [This Name, That]",
    "date_format": "How dates are written; remove to detect it.",
    "decimal_mark": "The decimal mark, comma or dot, where the values of a column do not tell.",
    "header": "The files have no header, so the columns are named here, from left to right.",
    "products": "One entry per product: the columns of its money and its quantity, and its division. Other names of "
    "its columns in other files go under aliases: [Name, ...]",
    "layout": "Each line of the log is one product.",
    "divisions": "The products that most customers bought, each as a division of its own, because nothing in the log "
    "groups them. Products that are sold together make better divisions: give several products the same division name.",
    "status_column": "Cancelled, refunded and returned documents, quotes and drafts do not count, unless a list says "
    "what does: count_status: [Completed, Shipped]",
    "cancelled_column": "Documents that it marks do not count. Left empty, they do.",
    "currency_column": "Two currencies are never added: currency: USD counts only those rows, and rates: {JPY: 0.0066} "
    "brings others to it.",
    "discount_column": "It is taken off price times quantity. `discount:` says how it is read: percent (10 takes a "
    "tenth off), fraction (0.1 does) or amount (money off the line). Left empty, nothing is taken off.",
    "default_division": "Division of every product that is not listed under `divisions:`, as in `divisions: {SKU-1: "
    "Name of its division}`. If all products are in one division, there is nothing to cross-sell.",
}
"""What the written map says above a key."""


def propose_product_map(settings: Settings, file: str, *, output: Path | None, force: bool) -> int:
    """Look at the beginning of a sales log, say what it was understood as, and write the product map.

    Args:
        settings: `sales_log_table` is the table to look at when the log is a database.
        file: File, folder, pattern or address of a database, several separated by ';'.
        output: File to write; None for one beside the log, named after it.
        force: Whether a file that is there is replaced.

    Returns:
        The exit code: 0, or 1 when the map that was written lacks something that every map needs, or days or
        amounts can be read in two ways.

    Raises:
        SynthDealError: The log cannot be read, the file is there already, cannot be written, or is among
            what SynthDeal keeps in the home.
    """
    if output is not None:
        require_not_ours(settings, output)
    columns = None if is_address(file) else missing_header(file)
    with tempfile.TemporaryDirectory(prefix="synthdeal-") as folder:
        warehouse = Warehouse(database=str(Path(folder) / "look.duckdb"))
        with warehouse.connect() as connection:
            sources, first_rows = _staged(connection, settings, file, columns)
            target = output or _beside(file, sources[0])
            _require_free(target, force=force)
            proposal = propose_for_sources(connection, sources, header=columns is None)
            is_open, of_a_run = False, tuple[str, ...]()
            if (found := proposal.product_map) is not None:
                if columns is not None:
                    # From here on they are called as the map calls them.
                    sources = _first(connection, settings, file, found.columns, first_rows)
                marks = marks_of_sources(connection, sources, found)
                undecided = _undecided_dates(connection, sources, found)
                proposal = _with_marks(proposal, marks, undecided)
                if states := _values_of(connection, sources, found.status_column):
                    said = f"the documents are {_counted(states)}"
                    proposal = replace(proposal, understood=(*proposal.understood, said))
                is_open = undecided is not None or bool(marks.undecided)
                if not is_open:
                    is_open, of_a_run = _rehearsed(connection, sources, found)
    _print(sources, first_rows, proposal, of_a_run)
    try:
        write_atomically(target, _written(sources, proposal, of_a_run))
    except OSError as error:
        raise SynthDealError(
            f"{target} cannot be written ({error.strerror or error}): name another file with --output.",
            code="product-map.cannot-write",
        ) from error
    _print_what_to_do(target, file, proposal)
    if is_open:
        messages.print(
            "A run would stop at what is named above: add what is meant to the map.",
            style="yellow",
        )
    return 0 if proposal.product_map is not None and not is_open else 1


def _staged(
    connection: duckdb.DuckDBPyConnection, settings: Settings, file: str, columns: Sequence[str] | None
) -> tuple[list[StagedSource], int]:
    """The sources, or as many of their rows as are read in seconds, and how many those are."""
    sources = _first(connection, settings, file, columns, FIRST_ROWS)
    if all(source.row_count != FIRST_ROWS for source in sources):
        return sources, FIRST_ROWS
    rows = max(FIRST_ROWS, min(MOST_ROWS, MOST_CELLS // max(len(source.columns) for source in sources)))
    return _first(connection, settings, file, columns, rows), rows


def _first(
    connection: duckdb.DuckDBPyConnection, settings: Settings, file: str, columns: Sequence[str] | None, rows: int
) -> list[StagedSource]:
    return stage_sources(connection, file, LOG, database_table=settings.sales.log_table, columns=columns, first=rows)


def _rehearsed(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[StagedSource], product_map: ProductMap
) -> tuple[bool, tuple[str, ...]]:
    """Whether a run would stop, and what it would say."""
    try:
        return False, rehearse(connection, sources, product_map)
    except SynthDealError as error:
        return True, (str(error),)


def _undecided_dates(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[StagedSource], product_map: ProductMap
) -> str | None:
    columns = {}
    for source in sources:
        there = [name for name, _ in source.columns if name in product_map.order_date]
        if there:
            columns[source.source_file] = (source.table, there[0])
    return undecided_dates(connection, columns, date_format=product_map.date_format) if columns else None


def _values_of(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[StagedSource], names: Sequence[str]
) -> dict[str, int]:
    """What stands in a column of the sources, the most frequent first, and in how many of the rows looked at."""
    counts = Counter[str]()
    for source in sources:
        for column in (sql_name(name) for name, _ in source.columns if name in names):
            query = f"SELECT trim({column}), count(*) FROM {source.rows_table} WHERE trim({column}) <> '' GROUP BY ALL"
            counts.update(dict(connection.execute(query).fetchall()))
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def _counted(values: Mapping[str, int]) -> str:
    return ", ".join(f"{value} ({count:,})" for value, count in list(values.items())[:SHOWN_PRODUCTS])


def _with_marks(proposal: Proposal, marks: MarkReading, undecided_dates: str | None) -> Proposal:
    """The proposal, what stands before the decimals where a column alone does not say, and which dates are not told."""
    said = [
        f"{sentence}{'' if len(marks.said) == 1 else f', in {source}'}"
        for source, each in marks.said.items()
        for sentence in each
    ]
    undecided = [f"{sentence} in this map" for sentence in marks.undecided]
    dates = [] if undecided_dates is None else [undecided_dates]
    return replace(
        proposal,
        understood=(*proposal.understood, *said),
        not_understood=(*dates, *undecided, *proposal.not_understood),
    )


def _beside(file: str, source: StagedSource) -> Path:
    """The map's file: beside the log, named after it; of a database, in the working folder."""
    if is_address(file):
        return Path(f"{source.source_file.rpartition('::')[2]}{ENDING}")
    log = Path(file.partition(";")[0].strip()).expanduser()
    if not log.is_dir():
        log = Path(source.source_file.partition("::")[0])
    name = log.resolve().name if log.is_dir() else log.name.removesuffix(".gz").rpartition(".")[0]
    return log.parent / f"{name}{ENDING}"


def _require_free(target: Path, *, force: bool) -> None:
    if target.is_dir():
        raise SynthDealError(
            f"{target} is a folder: name a file with --output.", code="cli.output-is-a-folder", usage=True
        )
    if str(target) == STANDARD_OUTPUT or (target.exists() and not target.is_file()):
        where = "standard output, where the report goes" if str(target) == STANDARD_OUTPUT else "a device or a pipe"
        raise SynthDealError(
            f"The product map cannot be written to {where}: name a file with --output.",
            code="product-map.not-to-a-file",
            usage=True,
        )
    if target.exists() and not force:
        raise SynthDealError(
            f"{target} already exists: name another file with --output, or replace it with --force.",
            code="product-map.already-there",
            usage=True,
        )


def _print(sources: Sequence[StagedSource], first_rows: int, proposal: Proposal, of_a_run: Sequence[str]) -> None:
    for source in sources:
        encoding = f", {source.encoding}" if source.encoding else ""
        rows = (
            f"the first {source.row_count:,} rows"
            if source.row_count == first_rows
            else (f"{source.row_count:,} row{'' if source.row_count == 1 else 's'}")
        )
        results.print(
            f"{source.source_file}: {source.kind}{encoding}, {len(source.columns):,} columns, looked at {rows}",
        )
        for caveat in source.caveats:
            results.print(f"  {caveat}", style="yellow")
    products = () if proposal.product_map is None else proposal.product_map.products
    if proposal.missing:
        results.print()
        results.print("Missing", style="bold")
        _print_lines(proposal.missing, "red")
    results.print()
    results.print("Understood", style="bold")
    shown = (
        proposal.understood if not products else [line for line in proposal.understood if not IS_PRODUCT.search(line)]
    )
    _print_lines(shown or ["nothing"], "green")
    if products:
        table = RichTable(box=None, pad_edge=False, padding=(0, 3, 0, 0))
        for heading in ("  Product", "Division", "Money", "Quantity"):
            table.add_column(heading)
        for product in products[:SHOWN_PRODUCTS]:
            names = (
                f"  {product.product}",
                product.division_name,
                *(" ".join(one) for one in (product.money, product.quantity)),
            )
            table.add_row(*(Text(name) for name in names))
        results.print(table)
        if len(products) > SHOWN_PRODUCTS:
            results.print(f"  and {len(products) - SHOWN_PRODUCTS:,} more products, all listed in the file")
    results.print()
    results.print("Not recognised: kept and reported, but not used for learning", style="bold")
    not_used = [line for line in proposal.not_understood if line not in proposal.missing]
    _print_lines(not_used or ["nothing"], "yellow")
    if of_a_run:
        results.print()
        results.print("A run will say of the rows", style="bold")
        _print_lines(of_a_run, "yellow")


def _print_lines(lines: Sequence[str], style: str) -> None:
    for line in lines[:SHOWN_LINES]:
        results.print(f"  {line}", style=style)
    if len(lines) > SHOWN_LINES:
        results.print(f"  and {len(lines) - SHOWN_LINES:,} more, all listed in the file", style=style)


def _print_what_to_do(target: Path, file: str, proposal: Proposal) -> None:
    results.print()
    results.print(f"Wrote {target}.")
    if proposal.product_map is None:
        messages.print(
            f"The map is not complete yet: replace every {TO_FILL_IN} with column names.",
            style="yellow",
        )
        return
    log = "ADDRESS" if is_address(file) else shlex.quote(file)
    command = f"synthdeal whitespace run --sales-log {log} --product-map {shlex.quote(str(target))}"
    results.print(f"Check it, then: {command}")


def _written(sources: Sequence[StagedSource], proposal: Proposal, of_a_run: Sequence[str]) -> str:
    """The map as YAML, with comments that say what to check."""
    shown = "; ".join(source.source_file for source in sources)
    lines = [
        f"# Product map of {shown}, proposed by `synthdeal whitespace init` from header and values.",
        "# Check every line: sales in a column that is not listed here are ignored.",
    ]
    if proposal.product_map is None:
        lines += ["#", f"# NOT COMPLETE: replace every {TO_FILL_IN} with column names. The file has:"]
        lines += _wrapped(in_words([name for name, _ in sources[0].columns]))
    lines += _commented(proposal.draft)
    if proposal.draft.layout != LONG and proposal.unpaired:
        lines += ["", "# These may be products too; if so, remove the # before the lines."]
        lines += _candidates(proposal.unpaired)
    if proposal.not_understood:
        lines += ["", "# Not recognised; kept in sales.sales_log and reported, but not used for learning:"]
        lines += [f"#   {line}" for line in proposal.not_understood]
    if of_a_run:
        lines += ["", "# What a run will say of the rows:"]
        lines += [f"#   {line}" for line in of_a_run]
    return "\n".join(" ".join(line.split("\n")) for line in lines) + "\n"


def _commented(product_map: ProductMap) -> list[str]:
    lines = []
    for line in product_map.to_yaml().rstrip("\n").split("\n"):
        key = line.partition(":")[0]
        if key in COMMENTS:
            lines += ["", *_wrapped(COMMENTS[key])]
        lines.append(line)
        if key == "order_date":
            lines.append("# date_format: '%d/%m/%Y'   (remove the # if 03/04/2024 means the third of April)")
            lines.append("# decimal_mark: comma   (remove the # if 1.234 means more than a thousand; or write dot)")
            lines.append("# equal_lines: keep   (remove the # if equal lines of one invoice are sales of their own)")
    return lines


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 110, initial_indent="# ", subsequent_indent="# ", break_long_words=False)


def _candidates(names: Sequence[str]) -> list[str]:
    lines = []
    for name in names:
        lines += [f"#- {_line({'product': name})}", f"#  {_line({'division': name})}", f"#  {_line({'money': name})}"]
    return lines


def _line(entry: Mapping[str, str | None]) -> str:
    return yaml.safe_dump(dict(entry), allow_unicode=True, width=10_000).rstrip("\n")
