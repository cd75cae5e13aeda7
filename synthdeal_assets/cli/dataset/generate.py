"""`synthdeal dataset generate`: a dataset from its specification, kept in the home folder and exported."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.cli.console import messages, results, say
from synthdeal_assets.cli.dataset.kept import keeper_of
from synthdeal_assets.cli.dataset.progress import GenerationProgress
from synthdeal_assets.cli.export import target_folder
from synthdeal_assets.cli.failures import is_full_disk
from synthdeal_assets.cli.home import opened_home, require_writable_home
from synthdeal_assets.datasets.catalogue import StoredSpecification
from synthdeal_assets.datasets.certificate.statements_of import not_recountable, promises_of
from synthdeal_assets.datasets.certificate.wording import first_line
from synthdeal_assets.datasets.engine.columns import Columns
from synthdeal_assets.datasets.engine.feasibility import BYTES_OF_A_VALUE, values_of
from synthdeal_assets.datasets.engine.writing import stored
from synthdeal_assets.datasets.export_folders import require_free, require_room
from synthdeal_assets.datasets.exporting import ExportedDataset, exporters_of
from synthdeal_assets.datasets.generation import Generated
from synthdeal_assets.datasets.keeping import Keeper
from synthdeal_assets.datasets.page.page import PAGE
from synthdeal_assets.datasets.preparation import prepared
from synthdeal_assets.datasets.spec.dataset import Dataset
from synthdeal_assets.datasets.spec.growth import growth_note
from synthdeal_assets.datasets.spec.more_rows import with_rows
from synthdeal_assets.datasets.spec.spec_file import ReadSpecification, load_specification
from synthdeal_assets.datasets.types.notices import dataset_notice
from synthdeal_assets.datasets.version_events import report_version
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.disk_room import on_one_disk
from synthdeal_assets.settings import Settings

SPECIFICATION_SUFFIXES: Final = (".yaml", ".yml")
WIDTH: Final = 160
"""Characters of a line of a preview where nobody looks on."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a generation beside its specification.

    Attributes:
        formats: Formats to export to.
        options: Options of the formats, by name.
        output: Folder to export to; None when nothing is exported.
        overwrite: Whether files in it are replaced.
        rows: Another number of rows, as for `with_rows`; None for those declared.
        preview: Only show so many rows of each table; None to generate.
        only: Only say whether it can be generated.
        stem: What the file is called where an export has only one, without its ending; None for its usual name.
    """

    formats: tuple[str, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)
    output: str | None = None
    overwrite: bool = False
    rows: str | None = None
    preview: int | None = None
    only: bool = False
    stem: str | None = None


def generate_dataset(settings: Settings, specification: str, wanted: Wanted, *, planned: bool = False) -> int:
    """Generate a dataset and print what came of it.

    Args:
        settings: Where the home is.
        specification: A file, or the name of a dataset.
        wanted: What is asked.
        planned: Whether its plan was just shown, and what one must know of its locale with it.

    Returns:
        The exit code.

    Raises:
        SynthDealError: The specification has mistakes or cannot be kept, a promise did not hold, or files are in the
            way; the last version of the dataset is still there.
    """
    started = time.monotonic()
    folder = require_output(wanted)
    keeper = keeper_of(settings)
    read, of = _specification(settings, keeper, specification)
    if wanted.rows is not None:
        read = with_rows(read, wanted.rows)
    if wanted.only or wanted.preview is not None:
        columns = prepared(read)
        print_notice(columns.dataset)
        for line in _size_lines(columns) if wanted.preview is None else _preview_lines(columns, wanted.preview):
            say(line)
        return 0
    columns = prepared(read, keeper.home)
    if folder is not None:
        kept = values_of(columns) * BYTES_OF_A_VALUE if on_one_disk(folder, keeper.home) else 0
        require_room(folder, exporters_of(wanted.formats, wanted.options).values(), values_of(columns), besides=kept)
    require_writable_home(settings)
    if not planned:
        print_notice(columns.dataset)
    with GenerationProgress(messages) as progress:
        version, generated = keeper.make_version(read, of=of, columns=columns, listener=progress.listener)
    print_generated(version, generated)
    if folder is not None:
        export_version(keeper, version, generated, folder, wanted)
    try:
        with opened_home(settings) as instance, keeper.reading(version):
            report_version(instance, keeper, version, generated)
    except Exception as error:
        if not is_full_disk(error):
            raise
        raise SynthDealError(
            f"Version {version.version} of {version.name} is stored, but Dagster's history is not up to date, because "
            f"the disk of the home folder is full: free some space, then generate {version.name} again.",
            code="datasets.not-in-history",
        ) from error
    results.print(f"Took {time.monotonic() - started:.1f} s.")
    return 0


def print_notice(dataset: Dataset) -> None:
    """Print on one line what one must know of the locale for the types of a dataset, if there is anything."""
    notice = dataset_notice(dataset)
    if notice is not None:
        messages.print(notice, style="yellow", markup=False)


def require_output(wanted: Wanted) -> Path | None:
    """The folder to export to, found free, and the formats found known, before anything is generated.

    Raises:
        SynthDealError: The folder is taken, there is no such format, or a format and no folder.
    """
    if wanted.output is None:
        if wanted.formats or wanted.options:
            raise SynthDealError(
                f"{'--format' if wanted.formats else '--option'} needs a folder to export to: name one with --output.",
                code="datasets.format-without-output",
                usage=True,
            )
        return None
    folder = target_folder(Path(wanted.output))
    exporters_of(wanted.formats, wanted.options)
    require_free(folder, overwrite=wanted.overwrite)
    return folder


def print_generated(version: StoredSpecification, generated: Generated) -> None:
    """Print the tables of a new version, and how many promises hold."""
    for table in generated.tables:
        say(f"{table.name}: {table.rows:,} rows, {table.path.stat().st_size:,} bytes")
    say(first_line(generated.certificate))
    say(f"Version {version.version} of {version.name} is in {generated.folder}.")
    say(f"Page: {generated.folder / PAGE}")


def export_version(
    keeper: Keeper, version: StoredSpecification, generated: Generated, folder: Path, wanted: Wanted
) -> list[ExportedDataset]:
    """Export a version and print what came of it."""
    exported = keeper.export(
        version,
        generated,
        folder,
        wanted.formats,
        overwrite=wanted.overwrite,
        options=wanted.options,
        stem=wanted.stem,
    )
    for each in exported:
        for notice in each.notices:
            messages.print(notice, style="yellow")
        recounted = (
            "these files are not recounted, the Parquet files that they come from were"
            if each.certificate is None
            else f"recounted from these files: {first_line(each.certificate)}"
        )
        say(f"Exported as {each.format} to {each.folder}; {recounted.rstrip('.')}.")
    return exported


def _specification(
    settings: Settings, keeper: Keeper, named: str
) -> tuple[ReadSpecification, StoredSpecification | None]:
    """The specification that is meant: that of a file, or the newest of a dataset."""
    path = Path(named)
    is_file = path.suffix.lower() in SPECIFICATION_SUFFIXES or len(path.parts) != 1 or path.is_file()
    if is_file or not settings.storage.warehouse_path.exists():
        return load_specification(path), None
    stored_one = keeper.newest(named)
    return stored_one.read(), stored_one


def _size_lines(columns: Columns) -> Iterator[str]:
    dataset = columns.dataset
    for name in dataset.tables:
        yield f"{name}: {columns.rows_of(name):,} rows, {len(dataset.tables[name].fields)} fields"
    unchecked = not_recountable(dataset)
    not_checked = f"; not checked: {'; '.join(unchecked)}" if unchecked else ""
    yield f"{dataset.specification.dataset} can be generated: {len(promises_of(dataset))} promises{not_checked}."
    if (note := growth_note(dataset)) is not None:
        yield note


def _preview_lines(columns: Columns, most: int) -> Iterator[str]:
    with pl.Config(
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_width_chars=results.width if sys.stdout.isatty() else WIDTH,
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
        tbl_formatting="ASCII_MARKDOWN",
        fmt_str_lengths=60,
    ):
        for name, table in columns.dataset.tables.items():
            size = columns.rows_of(name)
            batch = columns.batch(name, np.arange(min(most, size), dtype=np.int64))
            frame = pl.DataFrame([stored(batch.values(field), each) for field, each in table.fields.items()])
            yield f"{name}, {size:,} rows:"
            yield f"{frame}\n"
