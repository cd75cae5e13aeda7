"""A dataset from its specification to verified files: refused beforehand, written aside, recounted, put in place.

What is drawn belongs in `engine/`, what is promised in `certificate/`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from synthdeal_assets.datasets.certificate.files import READ
from synthdeal_assets.datasets.certificate.recount import Certificate, recount
from synthdeal_assets.datasets.certificate.seal import SEAL
from synthdeal_assets.datasets.certificate.wording import broken_promises
from synthdeal_assets.datasets.engine.columns import Columns
from synthdeal_assets.datasets.engine.feasibility import placed
from synthdeal_assets.datasets.engine.writing import write_parquet
from synthdeal_assets.datasets.export_folders import finish_replacing, left_alone
from synthdeal_assets.datasets.folders_aside import made_aside
from synthdeal_assets.datasets.page.page import PAGE, compose_page
from synthdeal_assets.datasets.preparation import prepared
from synthdeal_assets.datasets.spec.dataset import BLEMISHES, Dataset
from synthdeal_assets.datasets.spec.resolution import resolve
from synthdeal_assets.datasets.spec.spec_file import ReadSpecification, load_specification
from synthdeal_assets.errors import SynthDealError

SPECIFICATION: Final = "specification.yaml"
"""The specification beside the files of its dataset."""


@dataclass(frozen=True, slots=True)
class WrittenTable:
    """A table of a dataset that was written.

    Attributes:
        name: Its name.
        rows: Its rows.
        path: Its file.
        seconds: How long it took.
    """

    name: str
    rows: int
    path: Path
    seconds: float


@dataclass(frozen=True, slots=True)
class Generated:
    """A dataset that was written and recounted.

    Attributes:
        dataset: What is declared.
        folder: Where its files are.
        tables: Its tables, as they are declared.
        certificate: What was promised, and what was found.
    """

    dataset: Dataset
    folder: Path
    tables: tuple[WrittenTable, ...]
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class GenerationListener:
    """What is called while a dataset is generated.

    Attributes:
        table: Before each table, with its name and its rows.
        rows: After each part of a table, with the rows that were written.
        recount: Before everything is recounted.
    """

    table: Callable[[str, int], None] = lambda _name, _rows: None
    rows: Callable[[int], None] = lambda _rows: None
    recount: Callable[[], None] = lambda: None


def generate_into(
    read: ReadSpecification,
    folder: Path,
    *,
    columns: Columns | None = None,
    request: str | None = None,
    listener: GenerationListener | None = None,
) -> Generated:
    """Write the tables of a dataset as Parquet files to a folder that is not there yet, whole or not at all.

    Args:
        read: The specification.
        folder: Where the files go.
        columns: What `prepared` gave, where that was called before.
        request: The words that the specification was made from, for its page.
        listener: Told how far it is.

    Raises:
        SynthDealError: The specification cannot be kept, or a promise did not hold ("datasets.promise-broken").
        OSError: The folder cannot be written, or the disk is full.
    """
    columns = columns or prepared(read, folder)
    listener = listener or GenerationListener()
    with made_aside(folder) as aside:
        tables, blemishes = [], []
        for name, table in columns.dataset.tables.items():
            listener.table(name, columns.rows_of(name))
            started = time.perf_counter()
            path = aside / f"{name}.parquet"
            try:
                blemishes.append(write_parquet(columns, table, path, listener.rows))
            except SynthDealError as error:
                raise placed(columns, table, error, read.where) from error
            tables.append(WrittenTable(name, columns.rows_of(name), folder / path.name, time.perf_counter() - started))
        if any(table.spec.blemishes is not None for table in columns.dataset.tables.values()):
            pl.concat(blemishes).write_parquet(aside / f"{BLEMISHES}.parquet")
        (aside / SPECIFICATION).write_text(read.text, encoding="utf-8")
        listener.recount()
        certificate = recount(columns.dataset, aside, seal=True)
        if not certificate.holds:
            raise SynthDealError(
                f"{read.where}: what was made does not keep what was promised, so nothing was kept: report this with "
                f"the specification. {broken_promises(certificate)}",
                code="datasets.promise-broken",
            )
        page = compose_page(columns.dataset, read.text, aside, certificate, request=request)
        (aside / PAGE).write_text(page, encoding="utf-8")
    return Generated(columns.dataset, folder, tuple(tables), certificate)


def verify(folder: Path) -> Certificate:
    """Recount every promise of a dataset from its files, and the specification that lies beside them.

    Raises:
        SynthDealError: There is no specification in the folder ("datasets.no-specification"), it has mistakes, or the
            files are replaced meanwhile ("datasets.changed-meanwhile").
    """
    finish_replacing(folder)
    path = folder / SPECIFICATION
    if not path.is_file():
        raise SynthDealError(
            f"There is no {SPECIFICATION} in {folder}: name the folder that a dataset was exported to.",
            code="datasets.no-specification",
            usage=True,
        )
    read = load_specification(path)
    dataset = resolve(read.specification, read.where, read.line_of)
    files = (folder / f"{table}.{extension}" for table in (*dataset.tables, BLEMISHES) for extension in READ)
    with left_alone((path, folder / SEAL, *files), folder):
        return recount(dataset, folder)
