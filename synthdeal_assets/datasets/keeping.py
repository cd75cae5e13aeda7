"""A new version of a dataset: generated, recounted, stored in the warehouse, and only then the newest.

A process that is killed on the way leaves the last version as it was; what it left behind goes with the next run.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

from synthdeal_assets.datasets.catalogue import (
    KEPT_VERSIONS,
    StoredSpecification,
    delete_dataset,
    generated_versions,
    known_specification,
    store_export,
    store_generated,
    store_specification,
)
from synthdeal_assets.datasets.engine.columns import Columns
from synthdeal_assets.datasets.exporting import ExportedDataset, export_dataset
from synthdeal_assets.datasets.generation import Generated, GenerationListener, generate_into
from synthdeal_assets.datasets.preparation import prepared
from synthdeal_assets.datasets.spec.spec_file import ReadSpecification
from synthdeal_assets.datasets.version_folders import clear, folder_of, only_writer, version_folder
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.private_files import private_files
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Keeper:
    """Where datasets are kept.

    Attributes:
        home: The home folder.
        warehouse: The warehouse in it.
        timeout_s: Seconds to wait for another run of the same dataset.
        now: The present moment, UTC.
    """

    home: Path
    warehouse: Warehouse
    timeout_s: float
    now: Callable[[], dt.datetime]

    def newest(self, name: str) -> StoredSpecification:
        """The newest specification of a dataset.

        Raises:
            SynthDealError: There is no such dataset ("datasets.unknown").
        """
        with self.warehouse.connect() as connection:
            return known_specification(connection, name)

    def make_version(
        self,
        read: ReadSpecification,
        *,
        of: StoredSpecification | None = None,
        columns: Columns | None = None,
        listener: GenerationListener | None = None,
    ) -> tuple[StoredSpecification, Generated]:
        """Generate the next version of a dataset.

        Args:
            read: Its specification.
            of: The stored specification that `read` comes from; None for one that somebody wrote.
            columns: What `prepared` gave, where that was called before.
            listener: Told how far it is.

        Returns:
            The specification as it is stored, with the number of the version, and what was generated.

        Raises:
            SynthDealError: The specification cannot be kept, a promise did not hold, or another run of the dataset
                takes too long; the last version is still there.
            OSError: The disk is full; likewise.
        """
        name = read.specification.dataset
        columns = columns or prepared(read, folder_of(self.home, name))
        with private_files(), only_writer(self.home, name, timeout_s=self.timeout_s):
            with self.warehouse.transaction() as connection:
                stored = store_specification(
                    connection,
                    name,
                    read.text,
                    at=self.now(),
                    request=of.request if of else None,
                    made_by=of.made_by if of else "person",
                    questions_open=of.questions_open if of else 0,
                )
                clear(self.home, name, keep=generated_versions(connection, name)[-KEPT_VERSIONS:])
            folder = version_folder(self.home, name, stored.version)
            generated = generate_into(read, folder, columns=columns, request=stored.request, listener=listener)
            with self.warehouse.transaction() as connection:
                kept = store_generated(connection, self.home, stored.version, generated, at=self.now())
            clear(self.home, name, keep=kept)
        return stored, generated

    def store(self, read: ReadSpecification) -> StoredSpecification:
        """Store a specification as the newest of its dataset."""
        with self.warehouse.transaction() as connection:
            return store_specification(connection, read.specification.dataset, read.text, at=self.now())

    @contextmanager
    def reading(self, stored: StoredSpecification) -> Iterator[None]:
        """While the block runs, no other run of the dataset takes the files of a version away.

        Raises:
            SynthDealError: They are there no longer ("datasets.version-gone"), or another run takes too long.
        """
        with only_writer(self.home, stored.name, timeout_s=self.timeout_s):
            if not version_folder(self.home, stored.name, stored.version).is_dir():
                raise SynthDealError(
                    f"Version {stored.version} of {stored.name} is there no longer: another run has made newer ones or "
                    f"deleted the dataset; `synthdeal dataset show {stored.name}` tells which there are.",
                    code="datasets.version-gone",
                )
            yield

    def export(
        self,
        stored: StoredSpecification,
        generated: Generated,
        folder: Path,
        formats: Sequence[str] = (),
        *,
        overwrite: bool = False,
        options: Mapping[str, object] | None = None,
        stem: str | None = None,
    ) -> list[ExportedDataset]:
        """Export a version and keep a record of it; meanwhile no other run takes its files away.

        Raises:
            SynthDealError: As `export_dataset`; the version is there no longer ("datasets.version-gone"), or another
                run of the dataset takes too long.
        """
        source = version_folder(self.home, stored.name, stored.version)
        with self.reading(stored):
            exported = export_dataset(
                generated.dataset,
                source,
                folder,
                formats,
                overwrite=overwrite,
                options=options,
                stem=stem,
                request=stored.request,
            )
            with self.warehouse.transaction() as connection:
                for each in exported:
                    store_export(connection, stored.name, stored.version, each, at=self.now())
        return exported

    def delete(self, name: str) -> None:
        """Delete all versions of a dataset, its files and what the warehouse knows of it.

        Raises:
            SynthDealError: There is no such dataset, or another run of it takes too long.
        """
        self.newest(name)
        with only_writer(self.home, name, timeout_s=self.timeout_s):
            with self.warehouse.transaction() as connection:
                delete_dataset(connection, name)
            # The rows first: files that no row names are cleared away by the next run, if this one is killed.
            rmtree(folder_of(self.home, name))
