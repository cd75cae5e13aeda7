"""A dataset as files for others: in any format, whole or not at all, and recounted from what was written."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
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
from synthdeal_assets.datasets.export_folders import failing_as_export, require_free, require_room, whole_folder
from synthdeal_assets.datasets.generation import SPECIFICATION
from synthdeal_assets.datasets.page.page import PAGE, compose_page
from synthdeal_assets.datasets.spec.dataset import BLEMISHES, Dataset, ResolvedTable
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.publishing.exports.data_package import PACKAGE_FILE
from synthdeal_assets.foundation.publishing.exports.export_files import export_folder
from synthdeal_assets.foundation.publishing.exports.export_tables import ExportColumn, ExportTable, ForeignKey
from synthdeal_assets.foundation.publishing.exports.exporter import Exporter, exporter_of

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


def exporters_of(formats: Sequence[str], options: Mapping[str, object] | None = None) -> dict[str, Exporter]:
    """The exporters of some formats by their names, of Parquet where there is none.

    Args:
        formats: The formats.
        options: Values by option; each goes to the formats that have it.

    Raises:
        SynthDealError: There is no such format, none of them has an option, or a value is not acceptable.
    """
    wanted = tuple(dict.fromkeys(formats)) or (USUAL_FORMAT,)
    known = {name: type(exporter_of(name)).model_fields.keys() for name in wanted}
    given = {
        name: {option: value for option, value in (options or {}).items() if option in known[name]} for name in wanted
    }
    for option, value in (options or {}).items():
        if not any(option in fields for fields in known.values()):
            given[wanted[0]][option] = value  # It is refused with the options that the format has.
    return {name: exporter_of(name, given[name]) for name in wanted}


def export_dataset(
    dataset: Dataset,
    source: Path,
    folder: Path,
    formats: Sequence[str] = (),
    *,
    overwrite: bool = False,
    options: Mapping[str, object] | None = None,
    request: str | None = None,
    stem: str | None = None,
) -> list[ExportedDataset]:
    """Export a dataset and recount it from what was written.

    Args:
        dataset: What is declared.
        source: The folder of its version.
        folder: Where to: for several formats, a folder in it for each.
        formats: The formats; Parquet when there is none.
        overwrite: Whether files of the same names are replaced, and those of an export before removed.
        options: Options of the formats, as for `exporters_of`.
        request: The words that the specification was made from, for its page.
        stem: What the file is called in a format that has only one, without its ending; None for its usual name.

    Raises:
        SynthDealError: There is no such format or option, it cannot hold a value, the folder is taken or cannot be
            written, or a promise is not kept by the files ("datasets.export-broken"); then what was there before is
            still there.
    """
    exporters = exporters_of(formats, options)
    require_free(folder, overwrite=overwrite)
    tables = [*_export_tables(dataset, source)]
    _require_free_names(dataset, tables, exporters, stem)
    require_room(folder, exporters.values(), _values(source, tables))
    exported = []
    # All formats move into place when the last one is whole.
    with failing_as_export(folder), ExitStack() as whole:
        for name, exporter in exporters.items():
            target = folder if len(exporters) == 1 else folder / name
            require_free(target, overwrite=overwrite)
            aside = whole.enter_context(whole_folder(target))
            exported.append(
                _exported(
                    dataset,
                    source,
                    tables,
                    aside,
                    name=name,
                    exporter=exporter,
                    target=target,
                    request=request,
                    stem=stem,
                )
            )
    return exported


def _exported(
    dataset: Dataset,
    source: Path,
    tables: Sequence[ExportTable],
    aside: Path,
    *,
    name: str,
    exporter: Exporter,
    target: Path,
    request: str | None,
    stem: str | None,
) -> ExportedDataset:
    """Write a dataset in one format to a folder aside, and recount it there."""
    written = export_folder(tables, exporter, aside, name=dataset.specification.dataset, stem=stem)
    text = (source / SPECIFICATION).read_text(encoding="utf-8")
    (aside / SPECIFICATION).write_text(text, encoding="utf-8")
    sealed = (source / SEAL).is_file()
    if sealed:
        shutil.copyfile(source / SEAL, aside / SEAL)
    certificate = recount(dataset, aside) if exporter.suffix in READ else None
    if certificate is not None and not certificate.holds:
        raise SynthDealError(
            f"As {name}, {dataset.specification.dataset} does not keep what was promised, so nothing was "
            f"written: choose another format. {broken_promises(certificate)}",
            code="datasets.export-broken",
        )
    if certificate is None:
        shutil.copyfile(source / PAGE, aside / PAGE)
    else:
        page = compose_page(dataset, text, source, certificate, request=request)
        (aside / PAGE).write_text(page, encoding="utf-8")
    names = [*(path.name for path in written.files), SPECIFICATION, PAGE, *([SEAL] if sealed else [])]
    return ExportedDataset(name, target, tuple(target / each for each in names), certificate, written.notices)


def _require_free_names(
    dataset: Dataset, tables: Sequence[ExportTable], exporters: Mapping[str, Exporter], stem: str | None
) -> None:
    """Make sure that no file of a table is called as one of those beside them."""
    for name, exporter in exporters.items():
        labels = [dataset.specification.dataset] if exporter.takes_all_tables else [table.label for table in tables]
        labels = [stem] if stem and len(labels) == 1 else labels
        for file in (f"{label}.{exporter.suffix}" for label in labels):
            if file.casefold() in {SPECIFICATION, PAGE, SEAL, PACKAGE_FILE}:
                raise SynthDealError(
                    f"As {name}, a table would be in {file}, which is the name of another file of an export: rename "
                    "the table, or choose another format.",
                    code="datasets.reserved-file",
                    usage=True,
                )


def _values(source: Path, tables: Sequence[ExportTable]) -> int:
    return sum(pq.read_metadata(source / f"{table.name}.parquet").num_rows * len(table.columns) for table in tables)


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
