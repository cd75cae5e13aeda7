"""A file beside the warehouse in which every request is noted before it is sent and the moment it ends.

The ledger is written in small batches, so an execution that is killed would lose what landed since the last one, and
pay for it again, and nobody would know what was in flight and may be charged. What stands here is moved into the ledger
by whoever looks next. One file an execution, JSON lines, gone when it has ended. A line that the ledger cannot take is
set aside in a file of its own and keeps no other back. How the ledger is written belongs in `ledger.py`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final, Self

from synthdeal_assets.foundation.leases import SUFFIX as LOCK_SUFFIX
from synthdeal_assets.foundation.leases import holder_of
from synthdeal_assets.foundation.run_process import PID_TAG, process_tags
from synthdeal_assets.llm.ledger.calls import LlmCall, endpoint_identity, key_at
from synthdeal_assets.llm.ledger.tables import SCHEMA
from synthdeal_assets.llm.storable import storable_call, storable_text

SUFFIX: Final = ".jsonl"
LEFT_SUFFIX: Final = ".left.jsonl"
"""Of the journal of an execution that has ended, though its process may still be there."""

NOT_TAKEN_SUFFIX: Final = ".not-taken.jsonl"
"""Of the lines of a journal that could not be taken into the ledger, below the journal's first line."""

FIRST_PURPOSE: Final = SCHEMA
"""What a line is for that names no purpose: it was written when only the room asked that the tables are named after."""

CALL_FIELDS: Final = frozenset(each.name for each in dataclasses.fields(LlmCall))

KEYS: Final = "keys"
KEY_HAS_ENDPOINT: Final = "with endpoint"
"""Stands in each line. In those of a version before, a key had no endpoint, and gets the one that was asked."""

AS_IT_IS: Final = "surrogateescape"
"""Bytes that are no text are carried along, so that a line that is set aside is the line that was there."""

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class Asking:
    """Which run asks, and what for; stands in each line, so that a spoiled first line costs neither."""

    run_id: str
    purpose: str


class NoJournalError(Exception):
    """A file among the journals is none, or cannot be read; the text says which, without the name of the file."""


class CallJournal:
    """The journal of one execution.

    A process that is killed leaves its file; one that ends calls `discard`, or `leave` when the ledger could not be
    written.

    Args:
        folder: Folder of the journals; made when the first request is noted.
        run_id: The run that asks.
        purpose: What for.
        execution_id: The part of the run that asks; names the file.
    """

    def __init__(self, folder: Path, run_id: str, *, purpose: str, execution_id: str) -> None:
        self._path = folder / f"{execution_id}{SUFFIX}"
        self._asking = Asking(run_id, purpose)
        self._file: IO[str] | None = None

    def note(self, call: LlmCall) -> None:
        """Note a request. It has left this process when this returns, so that a kill cannot lose it.

        The same one may be noted again: the last line tells what became of it.
        """
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8")
            self._write(self._head())
        self._write(_line(call, self._asking))

    def set_aside(self, calls: Sequence[LlmCall]) -> None:
        """Keep requests that the ledger could not take; `discard` leaves them there."""
        lines = (_line(call, self._asking) for call in calls)
        _set_aside(self._path.parent, _name_of(self._path), self._head(), lines)

    def leave(self) -> None:
        """Close the file and leave it to whoever asks next: what it holds could not be put into the ledger."""
        if self._file is not None:
            # On a full disk closing fails too; what reached the file stands there.
            with suppress(OSError):
                self._file.close()
            self._file = None
            # Another machine takes in and removes the file of an execution that seemed dead from there.
            with suppress(FileNotFoundError):
                self._path.rename(self._path.with_name(f"{_name_of(self._path)}{LEFT_SUFFIX}"))

    def discard(self) -> None:
        """Remove the file: all that it held is in the ledger."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self._path.unlink(missing_ok=True)

    def _head(self) -> str:
        return json.dumps({**dataclasses.asdict(self._asking), "process": process_tags(self._asking.run_id)})

    def _write(self, line: str) -> None:
        if self._file is not None:
            self._file.write(line + "\n")
            self._file.flush()


@dataclasses.dataclass(frozen=True, slots=True)
class LeftJournal:
    """A journal that was not discarded, and whose execution has certainly ended.

    Attributes:
        path: The file.
        asking: The run, and what it asked for.
        calls: The requests that it noted, each as it was noted last.
        unreadable: Lines that hold no request.
        head: Its first line; empty where that was spoiled, and is among the others.
    """

    path: Path
    asking: Asking
    calls: tuple[LlmCall, ...]
    unreadable: tuple[str, ...]
    head: str

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """The journal in a file; None while its execution lives, or when it is gone.

        Raises:
            NoJournalError: The file cannot be read, or holds neither a first line nor a request.
        """
        name = _name_of(path)
        if not path.name.endswith(LEFT_SUFFIX) and holder_of(lease_of(path.parent, name)) is not None:
            return None
        try:
            lines = path.read_text("utf-8", AS_IT_IS).split("\n")
        except FileNotFoundError:
            # Its run has ended meanwhile, or another run has taken it in.
            return None
        except OSError as error:
            raise NoJournalError(f"cannot be read ({error.strerror or error})") from error
        head = _head_of(lines[0])
        read = [(line, _noted(line)) for line in lines[head is not None :] if line]
        noted = [each for _, each in read if each is not None]
        if head is None and not noted:
            raise NoJournalError("holds no request and not the first line of a journal")
        # The file of a first version was named after its run.
        asking = head or noted[0][0] or Asking(name, FIRST_PURPOSE)
        unreadable = tuple(line for line, each in read if each is None)
        calls = {call.call_id: call for _, call in noted}
        return cls(path, asking, tuple(calls.values()), unreadable, lines[0] if head else "")

    def remove(self, refused: Sequence[LlmCall]) -> None:
        """Remove the file when its requests are in the ledger, but for these, which are set aside with its other lines.

        Where that cannot be done the file stays, and is taken in again: each request is stored once.
        """
        lines = (_line(call, self.asking) for call in refused)
        try:
            _set_aside(self.path.parent, _name_of(self.path), self.head, [*self.unreadable, *lines])
            self.path.unlink(missing_ok=True)
        except OSError as error:
            logger.warning("%s has been taken into the ledger but could not be removed: %s", self.path, error)


def _head_of(line: str) -> Asking | None:
    """Who asks, by the first line of a journal; None when it is no such line."""
    try:
        values = json.loads(line)
        int(values["process"][PID_TAG])
        return _asking(values["run_id"], values)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return None


def _asking(run_id: object, values: dict[str, Any]) -> Asking:
    return Asking(storable_text(str(run_id)), storable_text(str(values.get("purpose", FIRST_PURPOSE))))


def _noted(line: str) -> tuple[Asking | None, LlmCall] | None:
    """The request that a line holds, as the ledger can take it, and who asked; None when it holds none."""
    try:
        values = json.loads(line)
        run_id = values.pop("run_id", None)
        asking = None if run_id is None else _asking(run_id, values)
        values.pop("purpose", None)
        if values.pop(KEYS, None) != KEY_HAS_ENDPOINT:
            values["key"] = key_at(values["key"], endpoint_identity(values["endpoint"], values["model"]))
        others = set(values) - CALL_FIELDS
        if "subject_id" not in values and len(others) == 1:
            # A first version called the subject by what it was.
            values["subject_id"] = values.pop(others.pop())
        asked_at = dt.datetime.fromisoformat(values["asked_at"])
        return asking, storable_call(LlmCall(**{**values, "asked_at": asked_at}))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return None


def _name_of(path: Path) -> str:
    """The name of a journal without what says which kind it is: the id of the execution."""
    return path.name.removesuffix(LEFT_SUFFIX).removesuffix(SUFFIX)


def _line(call: LlmCall, asking: Asking) -> str:
    noted = {**dataclasses.asdict(asking), **dataclasses.asdict(call), "asked_at": call.asked_at.isoformat()}
    return json.dumps({**noted, KEYS: KEY_HAS_ENDPOINT})


def _set_aside(folder: Path, name: str, head: str, lines: Iterable[str]) -> None:
    """Add lines to the file of those that were not taken, each once."""
    path = folder / f"{name}{NOT_TAKEN_SUFFIX}"
    present = path.read_text("utf-8", AS_IT_IS).split("\n") if path.exists() else []
    new = [line for line in dict.fromkeys(lines) if line not in present]
    if not new:
        return
    kept = [line for line in (*(present or [head]), *new) if line]
    folder.mkdir(parents=True, exist_ok=True)
    # A kill in between must not leave half of a line that the next one would be written behind.
    written = path.with_name(f"{path.name}.new")
    written.write_text("".join(f"{line}\n" for line in kept), "utf-8", AS_IT_IS)
    written.replace(path)
    logger.warning(
        "%d request%s of execution %s could not be taken into the ledger and remain%s in %s: correct the lines and "
        "rename the file to %s%s, so that the next run takes them in, or delete the file",
        len(new),
        "s" * (len(new) != 1),
        name,
        "s" * (len(new) == 1),
        path,
        name,
        LEFT_SUFFIX,
    )


def lease_of(folder: Path, execution_id: str) -> Path:
    """The file that an execution holds beside its journal, from before it claims a question until it has ended."""
    return folder / f"{execution_id}{LOCK_SUFFIX}"


def left_journals(folder: Path) -> list[LeftJournal]:
    """The journals in a folder that dead executions left, in the order of their names."""
    journals, strange = read_journals(folder)
    for path, reason in strange:
        logger.warning("%s %s, and was left alone: `synthdeal check` says what to do", path, reason)
    return journals


def read_journals(folder: Path) -> tuple[list[LeftJournal], list[tuple[Path, str]]]:
    """The journals in a folder that dead executions left, and the files that are none, each with what is wrong."""
    journals: list[LeftJournal] = []
    strange: list[tuple[Path, str]] = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        if path.name.endswith(NOT_TAKEN_SUFFIX):
            continue
        try:
            journal = LeftJournal.read(path)
        except NoJournalError as error:
            strange.append((path, str(error)))
        else:
            journals += [] if journal is None else [journal]
    return journals, strange


def set_aside_lines(folder: Path) -> list[tuple[Path, int]]:
    """The files of lines that the ledger did not take, and how many lines each has."""
    found = []
    for path in sorted(folder.glob(f"*{NOT_TAKEN_SUFFIX}")):
        lines = [line for line in path.read_text("utf-8", AS_IT_IS).split("\n") if line]
        found.append((path, len(lines) - (bool(lines) and _head_of(lines[0]) is not None)))
    return found
