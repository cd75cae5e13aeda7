"""Tables as files in their place: what files are called, that they are whole, and what was there before stays."""

from __future__ import annotations

import dataclasses
import errno
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.disk_room import says_no_room
from synthdeal_assets.foundation.publishing.atomic_write import written_aside
from synthdeal_assets.foundation.publishing.exports.data_package import PACKAGE_FILE, data_package
from synthdeal_assets.foundation.publishing.exports.export_tables import ExportTable
from synthdeal_assets.foundation.publishing.exports.exporter import Exporter

MAX_FILE_NAME: Final = 200
"""Bytes; file systems have 255, and while a file is written it has a longer name."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export has written.

    Attributes:
        files: The files.
        rows: Number of rows by label of the table.
        notices: What a user must know, in sentences.
    """

    files: tuple[Path, ...]
    rows: dict[str, int]
    notices: tuple[str, ...]


def export_file(tables: Sequence[ExportTable], exporter: Exporter, path: Path, *, overwrite: bool = False) -> Exported:
    """Write tables to a file, whole or not at all.

    Args:
        tables: One table, or several where the format takes all.
        exporter: The format.
        path: The file.
        overwrite: Whether a file that is there is replaced.

    Raises:
        SynthDealError: The file is there, cannot be written, or the format cannot hold the tables; what stood there
            before still stands there, and nothing else.
    """
    return _export({path: list(tables)}, exporter, None, overwrite=overwrite)


def export_folder(
    tables: Sequence[ExportTable],
    exporter: Exporter,
    folder: Path,
    *,
    name: str,
    overwrite: bool = False,
    stem: str | None = None,
) -> Exported:
    """Write tables to a folder, a file for each or one for all as the format has it, with a `datapackage.json`.

    Args:
        tables: The tables, at least one.
        exporter: The format.
        folder: The folder; it is made when it is not there.
        name: Name of the whole, and of the file where there is one for all.
        overwrite: Whether files that are there are replaced.
        stem: What the file is called where there is only one; None for its usual name.

    Raises:
        SynthDealError: As for `export_file`; or a table's name is none for a file in the folder.
    """
    parts = {name: list(tables)} if exporter.takes_all_tables else {table.label: [table] for table in tables}
    names = [_file_name(stem if stem and len(parts) == 1 else label, exporter) for label in parts]
    taken = {file_name.casefold() for file_name in [*names, PACKAGE_FILE]}
    if len(parts) < (1 if exporter.takes_all_tables else len(tables)) or len(taken) <= len(names):
        raise SynthDealError(
            f"Two files in {folder} would have the same name, with {PACKAGE_FILE} among them: rename a table.",
            code="export.same-file",
        )
    files = {folder / file_name: part for file_name, part in zip(names, parts.values(), strict=True)}
    was_there = folder.exists()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder / PACKAGE_FILE, error) from error
    try:
        return _export(files, exporter, name, overwrite=overwrite)
    except BaseException:
        if not was_there:
            with suppress(OSError):
                folder.rmdir()
        raise


def _export(
    files: dict[Path, list[ExportTable]], exporter: Exporter, package: str | None, *, overwrite: bool
) -> Exported:
    folder = next(iter(files)).parent
    described = [] if package is None else [folder / PACKAGE_FILE]
    there = [path for path in [*files, *described] if path.exists() and not overwrite]
    if there:
        raise SynthDealError(
            f"{there[0]} is there already: choose another place, or add --overwrite to replace it.",
            code="export.is-there",
            usage=True,
        )
    rows: dict[str, int] = {}
    notices: list[str] = []
    aside: dict[Path, Path] = {}
    try:
        for path in [*files, *described]:
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, "it is a folder", str(path))
        # All files move into place when the last one is whole.
        with ExitStack() as whole:
            for path, tables in files.items():
                aside[path] = whole.enter_context(written_aside(path))
                notices += exporter.write([_counted(table, rows) for table in tables], aside[path])
            if package is not None:
                content = data_package(package, exporter, files, aside)
                text = json.dumps(content, ensure_ascii=False, indent=2)
                whole.enter_context(written_aside(folder / PACKAGE_FILE)).write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise cannot_write(next(iter(files)), error) from error
    return Exported((*files, *described), rows, tuple(notices))


def _counted(table: ExportTable, rows: dict[str, int]) -> ExportTable:
    """The table, which notes how many rows it gave."""

    def chunks() -> Iterator[pl.DataFrame]:
        rows[table.label] = 0
        for chunk in table.chunks():
            rows[table.label] += chunk.height
            yield chunk

    return dataclasses.replace(table, chunks=chunks)


def _file_name(label: str, exporter: Exporter) -> str:
    name = f"{label}.{exporter.suffix}"
    if label.startswith(".") or any(sign in label for sign in "/\\\0") or len(name.encode()) > MAX_FILE_NAME:
        raise SynthDealError(
            f"{label!r} cannot be the name of a file: rename it, without / and \\, without a dot in front and to at "
            f"most {MAX_FILE_NAME} bytes.",
            code="export.no-file-name",
            usage=True,
        )
    return name


def cannot_write(path: Path, error: Exception) -> SynthDealError:
    """The sentence for a file that cannot be written."""
    reason = "its disk is full" if says_no_room(error) else str(error).splitlines()[0].rstrip(".")
    return SynthDealError(
        f"The export cannot be written to {path.parent.absolute()} ({reason}): choose another place to write to.",
        code="export.cannot-write",
    )
