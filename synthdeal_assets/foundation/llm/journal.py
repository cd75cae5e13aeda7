"""A file beside the warehouse in which every request is noted the moment it ends.

The ledger is written in small batches, so a run that is killed would lose what landed since the last one, and pay for
it again. What stands here is moved into the ledger by whoever looks next. One file a run, JSON lines, gone when the run
has ended. How the ledger is written belongs in `ledger.py`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final, Self

from synthdeal_assets.foundation.llm.calls import LlmCall
from synthdeal_assets.foundation.run_process import HOST_TAG, process_is_gone, process_tags

SUFFIX: Final = ".jsonl"
LEFT_SUFFIX: Final = ".left.jsonl"
"""Of the journal of a run that has ended, though its process may still be there."""

logger = logging.getLogger(__name__)


class CallJournal:
    """The journal of one run.

    A process that is killed leaves its file; one that ends calls `discard`, or `leave` when the ledger could not be
    written.
    """

    def __init__(self, folder: Path, run_id: str) -> None:
        self._path = folder / f"{run_id}{SUFFIX}"
        self._run_id = run_id
        self._file: IO[str] | None = None

    def note(self, call: LlmCall) -> None:
        """Note a request. It has left this process when this returns, so that a kill cannot lose it."""
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8")
            self._write({"run_id": self._run_id, "process": process_tags(self._run_id)})
        self._write({**dataclasses.asdict(call), "asked_at": call.asked_at.isoformat()})

    def leave(self) -> None:
        """Close the file and leave it to whoever asks next: what it holds could not be put into the ledger."""
        if self._file is not None:
            # On a full disk closing fails too; what reached the file stands there.
            with suppress(OSError):
                self._file.close()
            self._file = None
            # Another machine removes a file that nothing was written to for long.
            with suppress(FileNotFoundError):
                self._path.rename(self._path.with_name(f"{self._run_id}{LEFT_SUFFIX}"))

    def discard(self) -> None:
        """Remove the file: all that it held is in the ledger."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self._path.unlink(missing_ok=True)

    def _write(self, value: dict[str, Any]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(value) + "\n")
            self._file.flush()


@dataclasses.dataclass(frozen=True, slots=True)
class LeftJournal:
    """A journal whose run has not discarded it, and does not live in a process of this machine.

    Attributes:
        path: The file.
        run_id: The run.
        calls: The requests that it noted.
        ended: Whether the run has certainly ended; that of a run of another machine cannot be seen from here.
        written_at: When the last request was noted, UTC without zone.
    """

    path: Path
    run_id: str
    calls: tuple[LlmCall, ...]
    ended: bool
    written_at: dt.datetime

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """The journal in a file; None while its run goes on here, or when it is gone or not even its first line is one.

        A last line that was cut off by the kill is passed over: that request was still in flight.
        """
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                head = file.readline()
                try:
                    values = json.loads(head)
                    run_id, process = str(values["run_id"]), dict(values["process"])
                except (KeyError, TypeError, ValueError):
                    logger.warning("%s is not a journal of requests and was left alone", path)
                    return None
                ended = path.name.endswith(LEFT_SUFFIX) or process_is_gone(run_id, process)
                if not ended and process.get(HOST_TAG) == process_tags(run_id)[HOST_TAG]:
                    return None
                written_at = dt.datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, dt.UTC).replace(tzinfo=None)
                lines = file.read().split("\n")
        except FileNotFoundError:
            # Its run has ended meanwhile, or another run has taken it in.
            return None
        calls = []
        for line in filter(None, lines):
            try:
                values = json.loads(line)
                calls.append(LlmCall(**{**values, "asked_at": dt.datetime.fromisoformat(values["asked_at"])}))
            except (KeyError, TypeError, ValueError):
                logger.warning("A line of %s cannot be read and was passed over", path)
        return cls(path, run_id, tuple(calls), ended, written_at)


def left_journals(folder: Path) -> list[LeftJournal]:
    """The journals in a folder of runs that are dead or of another machine, in the order of their names."""
    found = (LeftJournal.read(path) for path in sorted(folder.glob(f"*{SUFFIX}")))
    return [journal for journal in found if journal is not None]
