"""A dataset as files for others: in any format, whole or not at all, and recounted from what was written."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow.parquet as pq

from synthdeal_assets.datasets.certificate.files import READ
from synthdeal_assets.datasets.certificate.promises import key_of
from synthdeal_assets.datasets.certificate.recount import Certificate, recount
from synthdeal_assets.datasets.certificate.seal import SEAL
from synthdeal_assets.datasets.certificate.wording import broken_promises
from synthdeal_assets.datasets.engine.streams import BLOCK_ROWS
from synthdeal_assets.datasets.generation import PARTIAL, SPECIFICATION, clear_partial, made_aside
from synthdeal_assets.datasets.page.page import PAGE, compose_page
from synthdeal_assets.datasets.spec.dataset import BLEMISHES, Dataset, ResolvedTable
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.publishing.exports.data_package import PACKAGE_FILE
from synthdeal_assets.foundation.publishing.exports.export_files import export_folder
from synthdeal_assets.foundation.publishing.exports.export_tables import ExportColumn, ExportTable, ForeignKey
from synthdeal_assets.foundation.publishing.exports.exporter import exporter_of

USUAL_FORMAT: Final = "parquet"


@dataclass(frozen=True, slots=True)
class ExportedDataset:
    """A dataset that was exported in one format.

    Attributes:
        format: The format.
        folder: The folder.
        files: The files in it.
        certificate: What was recounted from them; None where files of the format are not recounted.
        notices: What a user must know, in sentences.
    """

    format: str
    folder: Path
    files: tuple[Path, ...]
    certificate: Certificate | None
    notices: tuple[str, ...]


def require_free(folder: Path, *, overwrite: bool) -> None:
    """Make sure that a dataset may be exported to a folder.

    Raises:
        SynthDealError: It is no folder, or holds something and nothing may be replaced.
    """
    if folder.exists() and not folder.is_dir():
        raise SynthDealError(
            f"{folder} is a file: name a folder with --output.", code="datasets.output-is-a-file", usage=True
        )
    if not overwrite and folder.is_dir() and any(folder.iterdir()):
        raise SynthDealError(
            f"The folder {folder} is not empty: name a new one, or add --overwrite to replace files of the same names.",
            code="datasets.folder-taken",
            usage=True,
        )


def export_dataset(
    dataset: Dataset,
    source: Path,
    folder: Path,
    formats: Sequence[str] = (),
    *,
    overwrite: bool = False,
    request: str | None = None,
) -> list[ExportedDataset]:
    """Export a dataset and recount it from what was written.

    Args:
        dataset: What is declared.
        source: The folder of its version.
        folder: Where to: for several formats, a folder in it for each.
        formats: The formats; Parquet when there is none.
        overwrite: Whether files of the same names are replaced, and those of an export before removed.
        request: The words that the specification was made from, for its page.

    Raises:
        SynthDealError: There is no such format, it cannot hold a value, the folder is taken or cannot be written, or a
            promise is not kept by the files ("datasets.export-broken"); then what was there before is still there.
    """
    wanted = tuple(dict.fromkeys(formats)) or (USUAL_FORMAT,)
    exporters = {name: exporter_of(name) for name in wanted}
    require_free(folder, overwrite=overwrite)
    tables = [*_export_tables(dataset, source)]
    exported = []
    for name, exporter in exporters.items():
        target = folder if len(wanted) == 1 else folder / name
        with _whole_folder(target) as aside:
            written = export_folder(tables, exporter, aside / "files", name=dataset.specification.dataset)
            text = (source / SPECIFICATION).read_text(encoding="utf-8")
            (aside / "files" / SPECIFICATION).write_text(text, encoding="utf-8")
            sealed = (source / SEAL).is_file()
            if sealed:
                shutil.copyfile(source / SEAL, aside / "files" / SEAL)
            certificate = recount(dataset, aside / "files") if exporter.suffix in READ else None
            if certificate is not None and not certificate.holds:
                raise SynthDealError(
                    f"As {name}, {dataset.specification.dataset} does not keep what was promised, so nothing was "
                    f"written: choose another format. {broken_promises(certificate)}",
                    code="datasets.export-broken",
                )
            if certificate is None:
                shutil.copyfile(source / PAGE, aside / "files" / PAGE)
            else:
                page = compose_page(dataset, text, source, certificate, request=request)
                (aside / "files" / PAGE).write_text(page, encoding="utf-8")
        names = [*(path.name for path in written.files), SPECIFICATION, PAGE, *([SEAL] if sealed else [])]
        exported.append(
            ExportedDataset(name, target, tuple(target / each for each in names), certificate, written.notices)
        )
    return exported


def _export_tables(dataset: Dataset, source: Path) -> Iterator[ExportTable]:
    for table in dataset.tables.values():
        yield _export_table(dataset, table, source / f"{table.name}.parquet")
    path = source / f"{BLEMISHES}.parquet"
    if path.exists():
        columns = tuple(ExportColumn(name, kind) for name, kind in pl.read_parquet_schema(path).items())
        yield ExportTable(BLEMISHES, columns, partial(_chunks, path), comment="What was made dirty on purpose.")


def _export_table(dataset: Dataset, table: ResolvedTable, path: Path) -> ExportTable:
    fields = table.fields
    return ExportTable(
        name=table.name,
        columns=tuple(
            ExportColumn(name, kind, fields[name].spec.description or "", required=name in table.key)
            for name, kind in pl.read_parquet_schema(path).items()
        ),
        chunks=partial(_chunks, path),
        key=table.key,
        unique=tuple((name,) for name, field in fields.items() if field.spec.unique and (name,) != table.key),
        references=tuple(
            ForeignKey((name,), field.reference.target, (key_of(dataset, field.reference.target),))
            for name, field in fields.items()
            if field.reference is not None
        ),
        comment=table.spec.description or "",
    )


def _chunks(path: Path) -> Iterator[pl.DataFrame]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(BLOCK_ROWS):
            yield pl.DataFrame(batch)


@contextmanager
def _whole_folder(folder: Path) -> Iterator[Path]:
    """A folder to write `files` to, which is in `folder` when the block ends well, and is removed when it raises."""
    if not folder.exists():
        with _removed_when_empty(folder.parent), made_aside(folder) as aside:
            yield aside
            for path in [*(aside / "files").iterdir()]:
                path.rename(aside / path.name)
            (aside / "files").rmdir()
        return
    clear_partial(folder, ".synthdeal")
    aside = folder / f".synthdeal.{os.getpid()}{PARTIAL}"
    aside.mkdir(mode=0o700)
    try:
        yield aside
        new = {path.name: path for path in (aside / "files").iterdir()}
        for name in _exported_before(folder) - new.keys():
            (folder / name).unlink(missing_ok=True)
        for name, path in new.items():
            path.replace(folder / name)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def _removed_when_empty(folder: Path) -> Iterator[None]:
    """Take away a folder that was made for what failed then."""
    was_there = folder.exists()
    try:
        yield
    except BaseException:
        if not was_there:
            with suppress(OSError):
                folder.rmdir()
        raise


def _exported_before(folder: Path) -> set[str]:
    """The files of a dataset that was exported to a folder, as its description names them."""
    try:
        said = json.loads((folder / PACKAGE_FILE).read_text(encoding="utf-8"))
        resources: Sequence[Mapping[str, object]] = said["resources"]
        names = {str(each["path"]) for each in resources}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {name for name in names if Path(name).name == name and (folder / name).is_file()}
