"""`synthdeal export`: tables of the warehouse, and views of the published copy, as files.

What is in them is decided in the rooms.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

import duckdb

from synthdeal_assets.cli.console import messages
from synthdeal_assets.definitions import ROOMS
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.private_files import is_ours
from synthdeal_assets.foundation.publishing.exports.export_files import Exported, export_file, export_folder
from synthdeal_assets.foundation.publishing.exports.exporter import Exporter, exporter_of
from synthdeal_assets.foundation.publishing.exports.warehouse_tables import warehouse_table
from synthdeal_assets.foundation.room import RUN, WHITESPACE_RUN
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, table_exists
from synthdeal_assets.orchestration.mart import DEALS, WHITESPACE
from synthdeal_assets.orchestration.published_copy import published_copy
from synthdeal_assets.settings import Settings

MAKERS: Final = {table: room.made_by for room in ROOMS for table in room.tables}
"""Every table that can be exported, with the command that makes it."""

WIDE: Final = {DEALS.table: RUN, WHITESPACE.table: WHITESPACE_RUN}
"""The views of the published copy, with the command after which they are there."""

PACKAGE: Final = "synthdeal"
"""What all tables together are called."""

STANDARD_OUTPUT: Final = "-"
BROKEN_PIPE: Final = 128 + signal.SIGPIPE
"""What a shell makes of a program whose reader has gone."""


def export_table(settings: Settings, name: str, *, output: str | None, exporter: Exporter, overwrite: bool) -> int:
    """Write one table or view to a file, whole or not at all, in the order of its primary key.

    Args:
        settings: Where the warehouse is.
        name: Name of the table, with or without its schema.
        output: File to write, replaced when it is there; "-" for standard output; None for one in this folder that is
            named after the table.
        exporter: The format.
        overwrite: Whether a file is replaced that nobody named.

    Returns:
        The exit code.

    Raises:
        SynthDealError: There is no such table, nothing in it yet, or the file cannot be written.
    """
    table = find_table(name)
    if output == STANDARD_OUTPUT and not exporter.is_text:
        raise SynthDealError(
            f"Files of the format {exporter.suffix} cannot be written to standard output: name a file with --output.",
            code="export.not-to-stdout",
            usage=True,
        )
    source = _copy_for_readers(settings) if table in WIDE else _warehouse(settings).connect()
    if output == STANDARD_OUTPUT:
        with tempfile.TemporaryDirectory() as folder:
            aside = Path(folder) / f"export.{exporter.suffix}"
            _show_notices(_write(source, table, exporter, aside, overwrite=True))
            return copy_to_standard_output(aside)
    target = target_file(settings, output or f"{table.name}.{exporter.suffix}")
    exported = _write(source, table, exporter, target, overwrite=overwrite or output is not None)
    _show_notices(exported)
    messages.print(f"{exported.rows[table.qualified_name]:,} rows of {table.qualified_name} are in {target}.")
    return 0


def export_all(settings: Settings, folder: str, *, exporter: Exporter) -> int:
    """Write every table that has been made to a folder, with a `datapackage.json` that describes them.

    Each table gets a file `<schema>.<table>.<format>`; where a file holds any number of them, `synthdeal.<format>` has
    all. All files are written, or none. Returns the exit code.

    Raises:
        SynthDealError: There is no warehouse yet, or a file cannot be written.
    """
    warehouse = _warehouse(settings)
    target = target_folder(Path(folder))
    require_not_ours(settings, target)
    with warehouse.connect() as connection:
        made = [warehouse_table(connection, table) for table in MAKERS if table_exists(connection, table)]
        if not made:
            raise SynthDealError(
                f"There are no tables in {settings.storage.home.absolute()} yet: run `synthdeal run` first.",
                code="export.no-tables",
            )
        exported = export_folder(made, exporter, target, name=PACKAGE, overwrite=True)
    _show_notices(exported)
    messages.print(f"{len(made)} tables are in {target}.")
    return 0


def asked_exporter(file_format: str, options: Sequence[str], *, plain: bool) -> Exporter:
    """The exporter of a format with the options that the command line gives as NAME=VALUE.

    Raises:
        SynthDealError: There is no such format or option, or a value is not accepted.
    """
    given = given_options(options)
    if plain and file_format == "csv":
        given["plain"] = True
    return exporter_of(file_format, given)


def given_options(options: Sequence[str]) -> dict[str, object]:
    """Options of a format as the command line gives them, NAME=VALUE, by name.

    Raises:
        SynthDealError: One has no value.
    """
    given: dict[str, object] = {}
    for option in options:
        name, is_given, value = option.partition("=")
        if not is_given:
            raise SynthDealError(
                f"--option {option} has no value: write NAME=VALUE, such as delimiter=tab.",
                code="export.option-without-value",
                usage=True,
            )
        given[name.strip().replace("-", "_")] = value
    return given


def _show_notices(exported: Exported) -> None:
    for notice in exported.notices:
        messages.print(notice)


def _warehouse(settings: Settings) -> Warehouse:
    if not settings.storage.warehouse_path.exists():
        raise SynthDealError(
            f"There is no warehouse in {settings.storage.home.absolute()} yet: run `synthdeal run` first, or name "
            "another folder with --home.",
            code="export.no-warehouse",
        )
    return Warehouse.of(settings)


@contextmanager
def _copy_for_readers(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published copy, which no run holds."""
    copy = published_copy(_warehouse(settings).path)
    if not copy.exists():
        raise SynthDealError(
            f"The copy for readers {copy.absolute()} does not exist yet: run `{RUN}`, which publishes it.",
            code="export.no-copy",
        )
    with duckdb.connect(str(copy), read_only=True) as connection:
        yield connection


def target_folder(folder: Path) -> Path:
    """The folder that is meant by an output.

    Raises:
        SynthDealError: It is "-", which stands for standard output elsewhere.
    """
    if str(folder) == STANDARD_OUTPUT:
        raise SynthDealError(
            "Several files cannot be written to standard output: name a folder.",
            code="cli.several-files-to-stdout",
            usage=True,
        )
    return folder.absolute()


def target_file(settings: Settings, output: str) -> Path:
    """The file that is meant by an output; a link stays one, and what it leads to is replaced.

    Raises:
        SynthDealError: It is a folder, a device, a pipe, or among what SynthDeal keeps in the home.
    """
    target = Path(output)
    require_not_ours(settings, target)
    if target.is_dir():
        raise SynthDealError(
            f"{target} is a folder: name a file with --output.", code="cli.output-is-a-folder", usage=True
        )
    if target.exists() and not target.is_file():
        # The rename below would put a file in the place of the device.
        raise SynthDealError(
            f"{target} is a device or a pipe: name a file with --output, or - for standard output.",
            code="export.output-is-a-device",
            usage=True,
        )
    return target.resolve()


def require_not_ours(settings: Settings, target: Path) -> None:
    """Make sure that what is written replaces nothing that the home is made of.

    Raises:
        SynthDealError: It would.
    """
    if is_ours(settings.storage.home, target):
        raise SynthDealError(
            f"{target.absolute()} is where SynthDeal keeps its own files: name a file or folder elsewhere.",
            code="cli.output-in-the-home",
            usage=True,
        )


def copy_to_standard_output(file: Path) -> int:
    """Copy a file to standard output; returns the exit code, that of a broken pipe when nobody reads to the end."""
    try:
        with file.open("rb") as source:
            shutil.copyfileobj(source, sys.stdout.buffer)
            sys.stdout.buffer.flush()
    except BrokenPipeError:
        # As `head` ends it. What is still buffered would be complained about when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    return 0


def find_table(name: str) -> Table:
    """The table that a name means.

    Raises:
        SynthDealError: No table is called so; the message lists those there are.
    """
    exportable = (*MAKERS, *WIDE)
    for table in exportable:
        if name in {table.name, table.qualified_name}:
            return table
    known = ", ".join(table.qualified_name for table in exportable)
    raise SynthDealError(
        f"There is no table {name!r} to export: choose one of {known}.", code="export.unknown-table", usage=True
    )


def _write(
    source: AbstractContextManager[duckdb.DuckDBPyConnection],
    table: Table,
    exporter: Exporter,
    path: Path,
    *,
    overwrite: bool,
) -> Exported:
    with source as connection:
        if not table_exists(connection, table):
            maker = (MAKERS | WIDE)[table]
            raise SynthDealError(
                f"{table.qualified_name} does not exist yet: run `{maker}` first.", code="export.table-not-made"
            )
        return export_file([warehouse_table(connection, table)], exporter, path, overwrite=overwrite)
