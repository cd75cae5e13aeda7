"""The folder that a dataset is exported to: free beforehand, and afterwards with the files of one export, old or new.

What is in the files belongs in `exporting.py`.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from synthdeal_assets.datasets.folders_aside import folder_aside, made_aside
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.disk_room import existing, free_bytes, size_in_words
from synthdeal_assets.foundation.publishing.exports.data_package import PACKAGE_FILE
from synthdeal_assets.foundation.publishing.exports.export_files import cannot_write
from synthdeal_assets.foundation.publishing.exports.exporter import Exporter

READY: Final = ".synthdeal.ready"
"""In a folder with an export: all files of a new one, on their way to the places of the old ones."""


def require_free(folder: Path, *, overwrite: bool) -> None:
    """Make sure that a dataset may be exported to a folder.

    Raises:
        SynthDealError: It is no folder, or holds something and nothing may be replaced.
    """
    if (folder.exists() or folder.is_symlink()) and not folder.is_dir():
        raise SynthDealError(
            f"{folder} is a file: name a folder with --output.", code="datasets.output-is-a-file", usage=True
        )
    if not overwrite and folder.is_dir() and any(folder.iterdir()):
        raise _taken(folder)


def _taken(folder: Path) -> SynthDealError:
    return SynthDealError(
        f"The folder {folder} is not empty: name a new one, or add --overwrite to replace files of the same names.",
        code="datasets.folder-taken",
        usage=True,
    )


def require_room(folder: Path, exporters: Iterable[Exporter], values: int, *, besides: int = 0) -> None:
    """Make sure that the disk has room for an export.

    Args:
        folder: Where to; it need not be there.
        exporters: The formats.
        values: Rows times fields of all tables.
        besides: Bytes that are to be written to the same disk before.

    Raises:
        SynthDealError: It has not, with the estimate ("datasets.no-room-to-export").
    """
    wanted = values * sum(each.bytes_of_a_value for each in exporters)
    free = free_bytes(folder) - besides
    if wanted > free:
        raise SynthDealError(
            f"The export of {values:,} values takes about {size_in_words(wanted)}, but {existing(folder)} has "
            f"{size_in_words(max(0, free))} free for it: free some space, or name another folder with --output.",
            code="datasets.no-room-to-export",
        )


@contextmanager
def failing_as_export(folder: Path) -> Iterator[None]:
    """Whatever of an export cannot be written is said of the folder that the user named, not of one aside.

    Raises:
        SynthDealError: The folder cannot be written ("export.cannot-write").
    """
    try:
        yield
    except (OSError, SynthDealError) as error:
        reason = error.__cause__ if isinstance(error, SynthDealError) and error.code == "export.cannot-write" else error
        if not isinstance(reason, OSError):
            raise
        without_path = OSError(reason.errno, reason.strerror) if reason.strerror else reason
        raise cannot_write(folder / PACKAGE_FILE, without_path) from error


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A folder to write to, whose files are in `folder` when the block ends well, and nowhere when it raises.

    A kill while they take the places of an export before leaves `READY`, and whoever looks at the folder next through
    `finish_replacing` brings that to its end.

    Raises:
        SynthDealError: `folder` has been filled meanwhile, or has a folder where a file would go.
        OSError: It cannot be written.
    """
    if not folder.exists():
        with _removed_when_empty(folder.parent), made_aside(folder) as aside:
            yield aside
            if folder.exists() and any(folder.iterdir()):
                raise _taken(folder)
        return
    with folder_aside(folder, ".synthdeal") as aside:
        yield aside
        for path in aside.iterdir():
            if (folder / path.name).is_dir():
                raise SynthDealError(
                    f"{folder / path.name} is a folder, and a file of that name is to be written: name another folder "
                    "with --output.",
                    code="datasets.folder-in-the-way",
                    usage=True,
                )
        with _alone_in(folder):
            _finish(folder)
            aside.rename(folder / READY)
            _finish(folder)


def finish_replacing(folder: Path) -> None:
    """Bring to its end what a killed process has left of the replacement of an export.

    Raises:
        SynthDealError: The folder cannot be written ("export.cannot-write").
    """
    if (folder / READY).is_dir():
        with failing_as_export(folder), _alone_in(folder):
            _finish(folder)


def _finish(folder: Path) -> None:
    """Put the new files into their places; after a kill it goes on where it was."""
    ready = folder / READY
    if not ready.is_dir():
        return
    described = ready / PACKAGE_FILE
    if described.exists():
        for name in _files_said_in(folder) - _files_said_in(ready):
            if (folder / name).is_file():
                (folder / name).unlink()
    # The description goes last: until then it tells which files are of the export before.
    for path in sorted(ready.iterdir(), key=lambda each: each == described):
        path.replace(folder / path.name)
    ready.rmdir()


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """While the block runs, no other process replaces files in the folder; one that is at it is waited for."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


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


@contextmanager
def left_alone(paths: Iterable[Path], folder: Path) -> Iterator[None]:
    """Make sure that nobody replaces files while they are read.

    Raises:
        SynthDealError: Somebody did; whatever came of reading them ("datasets.changed-meanwhile").
    """
    files = [*paths]
    before = [*map(_stamp, files)]
    try:
        yield
    finally:
        if before != [*map(_stamp, files)]:
            raise SynthDealError(
                f"Files in {folder} were replaced while they were recounted: verify the folder again.",
                code="datasets.changed-meanwhile",
            )


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _files_said_in(folder: Path) -> set[str]:
    """The files of the dataset that was exported to a folder, as its description names them."""
    try:
        said = json.loads((folder / PACKAGE_FILE).read_text(encoding="utf-8"))
        resources: Sequence[Mapping[str, object]] = said["resources"]
        names = {str(each["path"]) for each in resources}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {name for name in names if Path(name).name == name}
