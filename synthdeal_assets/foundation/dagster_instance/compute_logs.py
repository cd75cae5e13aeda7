"""What a run's process prints, kept without secrets; named in `dagster.yaml`.

Dagster's own manager points stdout and stderr of the process at a file and follows the file, so a secret is on disk
before anybody could look at it. Here they are pointed at a pipe; a thread reads it, redacts line by line, and writes
to the file and to where the output went before. What programs print that the run starts is caught as well. What is
logged rather than printed belongs in `run_log.py`.
"""

from __future__ import annotations

import fcntl
import io
import os
import select
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, Final, TextIO

import dagster as dg

from synthdeal_assets.foundation.dagster_instance.dagster_internals import (
    IO_TYPE_EXTENSION,
    CapturedLogContext,
    ComputeIOType,
    ConfigurableClassData,
    LocalComputeLogManager,
    UserConfigSchema,
)
from synthdeal_assets.foundation.dagster_instance.home import present_dagster_home
from synthdeal_assets.foundation.redaction import Redacting, redact

PIPE_SIZE: Final[int | None] = getattr(fcntl, "F_SETPIPE_SZ", None)
"""How a pipe is widened; None where the system has no way to, as on macOS."""
PIPE_BYTES: Final = 1 << 20
"""Room for what C code prints in one go while it holds Python's lock, when the reading thread cannot run."""

READ_BYTES: Final = 1 << 16

MAX_LINE_BYTES: Final = 1 << 16
"""A longer line is redacted in pieces of this size: without a line end nothing would ever be shown."""

OVERLAP_BYTES: Final = 512
"""A piece ends this far before what has been read, and at a blank, so that a secret is not cut in two."""

IDLE_S: Final = 0.25
"""A line without an end (a question, a progress bar) is passed on when nothing follows it for this long."""

LAST_WORDS_S: Final = 2.0
"""How long the end of a run waits for output of programs that it started and that still run."""

COMPLETE_EXTENSION: Final = "complete"
"""Dagster takes a log for complete when a file with this extension lies beside it."""

_echo_off = threading.Event()


class RedactingComputeLogManager(Redacting, LocalComputeLogManager):
    """Keeps stdout and stderr of each run beside Dagster's history, without secrets.

    Args:
        base_dir: Dagster's home, also when None; the logs are where Dagster's own manager would put them.
        polling_timeout: Seconds between two looks at a log that somebody watches.
        inst_data: Where this class was named, as Dagster passes it.
    """

    def __init__(
        self,
        base_dir: str | None = None,
        polling_timeout: float | None = None,
        inst_data: ConfigurableClassData | None = None,
    ) -> None:
        super().__init__(str(Path(base_dir or present_dagster_home()) / "storage"), polling_timeout, inst_data)

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """What may stand under `config` in `dagster.yaml`."""
        return {
            "base_dir": dg.Field(dg.StringSource, is_required=False),
            "polling_timeout": dg.Field(float, is_required=False),
        }

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> RedactingComputeLogManager:
        """The manager that `dagster.yaml` describes."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def capture_logs(self, log_key: Sequence[str]) -> Iterator[CapturedLogContext]:
        """Keep what this process and its children print while the block lasts."""
        with ExitStack() as captured:
            for stream, kind in ((sys.stdout, ComputeIOType.STDOUT), (sys.stderr, ComputeIOType.STDERR)):
                path = Path(self.get_captured_local_path(log_key, IO_TYPE_EXTENSION[kind]))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
                captured.enter_context(_captured(stream, path))
            yield CapturedLogContext(log_key)
        Path(self.get_captured_local_path(log_key, COMPLETE_EXTENSION)).touch()


@contextmanager
def echo_off() -> Iterator[None]:
    """While the block lasts, what runs print goes to their compute logs only, not to the terminal as well.

    For a command that shows progress of its own; see `terminal`.
    """
    _echo_off.set()
    try:
        yield
    finally:
        _echo_off.clear()


@contextmanager
def terminal(stream: TextIO) -> Iterator[TextIO]:
    """A second way to where a stream of this process goes now, which a run in this process does not capture.

    Args:
        stream: `sys.stdout` or `sys.stderr`.

    Yields:
        A stream that is a terminal when the given one is; the given one itself when it is no file (in tests).
    """
    descriptor = _descriptor(stream)
    if descriptor is None:
        yield stream
        return
    stream.flush()
    with os.fdopen(os.dup(descriptor), "w", encoding=stream.encoding, errors="replace", buffering=1) as second:
        yield second


@contextmanager
def _captured(stream: TextIO, path: Path) -> Iterator[None]:
    """Send a stream's file descriptor through redaction into a file, and on to where it went before."""
    descriptor = _descriptor(stream)
    if descriptor is None:
        yield
        return
    stream.flush()
    before = os.dup(descriptor)
    reading, writing = os.pipe()
    _widen(writing)
    drain = _Drain(reading, path, before)
    drain.start()
    os.dup2(writing, descriptor)
    os.close(writing)
    try:
        yield
    finally:
        stream.flush()
        os.dup2(before, descriptor)
        drain.finish()


class _Drain(threading.Thread):
    """Reads a pipe to its end, redacts, and writes to a file and to an open descriptor; owns both descriptors."""

    def __init__(self, reading: int, path: Path, echo: int) -> None:
        # A daemon: a program that was left running in the background must not keep this process from ending.
        super().__init__(name=f"compute log {path.name}", daemon=True)
        self._reading = reading
        self._echo = echo
        self._file = path.open("ab", buffering=0)
        self._quiet = threading.Event()

    def run(self) -> None:
        pending = b""
        try:
            while True:
                ready, _, _ = select.select([self._reading], [], [], IDLE_S)
                if not ready:
                    self._pass_on(pending)
                    pending = b""
                    self._quiet.set()
                    continue
                self._quiet.clear()
                data = os.read(self._reading, READ_BYTES)
                if not data:
                    break
                whole, pending = _cut(pending + data)
                self._pass_on(whole)
            self._pass_on(pending)
        finally:
            self._file.close()
            os.close(self._echo)
            os.close(self._reading)

    def finish(self) -> None:
        """Wait until everything that was printed has been written.

        The pipe ends when nobody holds it any more. A program in the background may hold it for ever: then what is
        there is written, and this thread goes on with the rest.
        """
        self.join(timeout=IDLE_S)
        if self.is_alive():
            self._quiet.clear()
            self._quiet.wait(timeout=LAST_WORDS_S)

    def _pass_on(self, data: bytes) -> None:
        if not data:
            return
        clean = redact(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        _write(self._file, clean)
        if not _echo_off.is_set():
            _write(self._echo, clean)


def _cut(data: bytes) -> tuple[bytes, bytes]:
    """What can be redacted now, and what must wait for the rest of its line."""
    end = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
    if not end and len(data) > MAX_LINE_BYTES:
        blank = data.rfind(b" ", 0, len(data) - OVERLAP_BYTES)
        end = blank + 1 if blank >= 0 else len(data) - OVERLAP_BYTES
    return data[:end], data[end:]


def _write(to: int | IO[bytes], data: bytes) -> None:
    """Write all of it, or give up: a full disk or a closed terminal must not stop the run that prints."""
    descriptor = to if isinstance(to, int) else to.fileno()
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    except OSError:
        return


def _widen(pipe: int) -> None:
    if PIPE_SIZE is None:
        return
    try:
        fcntl.fcntl(pipe, PIPE_SIZE, PIPE_BYTES)
    except OSError:  # Above the user's limit: the usual 64 KiB do for everything that lets Python run meanwhile.
        return


def _descriptor(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except (io.UnsupportedOperation, AttributeError, ValueError):
        return None
