"""`synthdeal whitespace export`: the present list, or a rep's part of it, as CSV or Excel.

Which columns there are is decided in `whitespace/ranked_list/list_files.py`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import duckdb

from synthdeal_assets.cli.console import messages
from synthdeal_assets.cli.export import STANDARD_OUTPUT, copy_to_standard_output, target_file
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.publishing.exports.export_files import cannot_write
from synthdeal_assets.foundation.publishing.exports.spreadsheets import write_csv
from synthdeal_assets.foundation.publishing.plurals import counted
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, query_frame
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.learning_packages import require_packages
from synthdeal_assets.whitespace.ranked_list.list_files import read_list, write_list_workbook
from synthdeal_assets.whitespace.tables import WHITESPACE_LIST

SUFFIXES: Final = {"csv": "csv", "excel": "xlsx"}
NAMES_SHOWN: Final = 12


def export_list(
    settings: Settings,
    *,
    output: str | None,
    file_format: str,
    plain: bool = False,
    rep: str | None,
    divisions: Sequence[str] | None,
    eligible: bool,
) -> int:
    """Write the present list, or part of it, to a file, whole or not at all, in its order.

    Args:
        settings: Where the warehouse is.
        output: File to write; "-" for standard output; named after the cutoff when None.
        file_format: "csv" or "excel".
        plain: Whether text that a spreadsheet would run as a formula stays as it is in CSV.
        rep: Only the pairs of this rep.
        divisions: Only these divisions.
        eligible: Only eligible pairs within the capacity of their rep.

    Returns:
        The exit code.

    Raises:
        SynthDealError: There is no list yet, no such rep or division in it, or the file cannot be written.
    """
    if output == STANDARD_OUTPUT and file_format != "csv":
        raise SynthDealError(
            "Excel cannot be written to standard output: name a file with --output.",
            code="whitespace.excel-to-stdout",
            usage=True,
        )
    if file_format != "csv":
        require_packages()
    if not settings.storage.warehouse_path.exists() or not Warehouse.of(settings).exists(WHITESPACE_LIST):
        raise SynthDealError(
            f"There is no whitespace list in {settings.storage.home.absolute()} yet: run `synthdeal whitespace run` "
            "first, or name another folder with --home.",
            code="whitespace.no-list",
        )
    with Warehouse.of(settings).connect() as connection:
        _require_known(connection, "rep", [rep] if rep is not None else [])
        _require_known(connection, "division", divisions or ())
        pairs = read_list(connection, rep=rep, divisions=divisions, workable=eligible)
        cutoff = connection.execute("SELECT max(cutoff_date) FROM whitespace.whitespace WHERE is_current").fetchall()
        if output == STANDARD_OUTPUT:
            with tempfile.TemporaryDirectory() as folder:
                aside = Path(folder) / "list.csv"
                write_csv(aside, pairs, plain=plain)
                return copy_to_standard_output(aside)
        made = cutoff[0][0]
        target = target_file(settings, output or f"whitespace-{made}.{SUFFIXES[file_format]}")
        try:
            if file_format == "csv":
                write_csv(target, pairs, plain=plain)
            else:
                write_list_workbook(target, connection, pairs, made)
        except OSError as error:
            raise cannot_write(target, error) from error
    messages.print(f"{counted(pairs.height, 'pair', 'pairs')} known until {made} are in {target}.")
    return 0


def _require_known(connection: duckdb.DuckDBPyConnection, column: str, wanted: Sequence[str]) -> None:
    """Make sure that the list has these reps or divisions, so that a misspelt one gives no empty file."""
    known = query_frame(
        connection, f"SELECT DISTINCT {column} FROM whitespace.whitespace WHERE is_current ORDER BY {column}"
    )[column].to_list()
    for name in wanted:
        if name not in known:
            more = f" and {len(known) - NAMES_SHOWN} others" if len(known) > NAMES_SHOWN else ""
            raise SynthDealError(
                f"The list has no {column} {name!r}; it has {', '.join(known[:NAMES_SHOWN])}{more}.",
                code="whitespace.not-in-list",
                usage=True,
            )
