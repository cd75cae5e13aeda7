"""Files that say that something lives: a run, an execution that asks a model, the UI of a home.

Whoever lives holds a lock on its file, which the kernel takes back however the process ends, and renews the file's
time, its lease. Where both processes run on one kernel, on one machine or in its containers, the lock alone decides.
Across machines that share a volume, where locks need not be seen, the lease decides. Host names and process ids decide
nothing: a container gets others at each start, and they are given out again. What is done about the dead belongs to
whoever asks.
"""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import platform
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    import psutil

SUFFIX: Final = ".lock"

RENEW_EVERY_S: Final = 10.0
LEASE_S: Final = 45.0
"""A holder on another machine that has not renewed its file for so long is dead; well below `lock_timeout`, so that a
run that waits for a dead one takes over from it."""

LOOKED_AT_S: Final = 1.0
"""Whoever looks at a file locks it for a moment; a holder-to-be waits for that."""

BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")

_held: Final[dict[Path, IO[str]]] = {}
_guard: Final = threading.RLock()


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a file.

    Attributes:
        host: The name of its machine or container, for people; "this machine" where it is not written yet.
        pid: Its process id there; 0 where it is not written yet.
        silent_s: Seconds since it last renewed its lease.
        locked: Whether its lock is seen from here; if not, it counts as dead after `LEASE_S`.
    """

    host: str
    pid: int
    silent_s: float
    locked: bool

    def __str__(self) -> str:
        """Where it is, in words."""
        where = f"process {self.pid} on {self.host}"
        return where if self.locked else f"{where}, last sign of life {self.silent_s:.0f} s ago"


def take(path: Path) -> Holder | None:
    """Hold a file until `let_go` or the end of this process.

    Returns:
        Who holds it already, if another process does; None when this one holds it now.

    Raises:
        OSError: The file cannot be written.
    """
    with _guard:
        if path in _held:
            return None
        path.parent.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + LOOKED_AT_S
        while True:
            file = path.open("a+", encoding="utf-8")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() < deadline:
                    file.close()
                    time.sleep(0.01)
                    continue
                with file:
                    return _holder(file, locked=True)
            if not _is(file, path):
                file.close()  # Its last holder removed it between the two steps.
                continue
            if (other := _holder(file, locked=False)) is not None:
                file.close()
                return other
            file.truncate(0)
            file.write(json.dumps({"locks": _locks_of(file), "host": socket.gethostname(), "pid": os.getpid()}))
            file.flush()
            _held[path] = file
            _renewing()
            return None


def let_go(path: Path) -> None:
    """Remove a file that this process holds."""
    with _guard:
        file = _held.pop(path, None)
        if file is not None:
            with file, suppress(OSError):
                if _is(file, path):
                    path.unlink()


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a file that nobody else would want while the block runs."""
    take(path)
    try:
        yield
    finally:
        let_go(path)


def holder_of(path: Path) -> Holder | None:
    """Who holds a file; None when whoever did is certainly dead, or has let it go."""
    if path in _held:
        return Holder(socket.gethostname(), os.getpid(), 0.0, locked=True)
    try:
        with path.open(encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _holder(file, locked=True)
            return _holder(file, locked=False)
    except (FileNotFoundError, NotADirectoryError):
        return None


def process_holding(path: Path) -> psutil.Process | None:
    """The process that holds a file, where it can be reached from here: on this machine, in this container."""
    # Whoever only writes a file aside, which is everybody, does without it.
    import psutil  # noqa: PLC0415

    holder = holder_of(path)
    try:
        process = psutil.Process(holder.pid) if holder is not None and holder.locked else None
        # That it has the file open is what proves it: the id may be that of another process in another container.
        opened = process is not None and str(path.resolve()) in {each.path for each in process.open_files()}
    except psutil.Error:
        return None
    return process if opened else None


def remove_dead(folder: Path) -> None:
    """Remove the files of a folder that dead processes left."""
    for path in folder.glob(f"*{SUFFIX}"):
        if holder_of(path) is None:
            path.unlink(missing_ok=True)


def _holder(file: IO[str], *, locked: bool) -> Holder | None:
    """Who holds an open file, whose lock is seen by others than its holder or not; None for the dead."""
    file.seek(0)
    try:
        said = json.loads(file.read())
        host, pid, locks = str(said["host"]), int(said["pid"]), said["locks"]
    except (KeyError, TypeError, ValueError):
        if not locked:  # Its holder was killed before it had written, or comes to hold it just now, and looks again.
            return None
        host, pid, locks = "this machine", 0, ""
    silent_s = _silent_s(file)
    # A time that lies ahead was written before the clock was set back, and proves nothing.
    if not locked and ((locks and locks == _locks_of(file)) or abs(silent_s) > LEASE_S):
        return None
    return Holder(host, pid, max(0.0, silent_s), locked=locked)


def _silent_s(file: IO[str]) -> float:
    """Seconds since a file was renewed, by the clock of its volume: those of two machines need not agree."""
    renewed = os.fstat(file.fileno()).st_mtime
    try:
        with tempfile.TemporaryFile(dir=Path(file.name).parent) as probe:
            return os.fstat(probe.fileno()).st_mtime - renewed
    except OSError:  # The volume can only be read from here.
        return time.time() - renewed


def _locks_of(file: IO[str]) -> str:
    """Names those who see each other's locks on a file: one kernel, and one mounted volume; empty where unknown."""
    kernel = _kernel()
    return kernel and f"{kernel}/{os.fstat(file.fileno()).st_dev}"


@cache
def _kernel() -> str:
    """What names the running kernel, alike in all containers of a machine; empty where nothing does."""
    with suppress(OSError):
        if platform.system() == "Darwin":
            command = ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"]
            return subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()  # noqa: S603
        return BOOT_ID.read_text(encoding="ascii").strip()
    return ""


def _is(file: IO[str], path: Path) -> bool:
    """Whether an open file is still the one of its path."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


@cache
def _renewing() -> None:
    """Renew what this process holds from a thread of its own, which ends with it."""
    threading.Thread(target=_renew, name="leases", daemon=True).start()


def _renew() -> None:
    while True:
        time.sleep(RENEW_EVERY_S)
        with _guard, suppress(OSError):
            for file in _held.values():
                os.utime(file.fileno())


def _let_all_go() -> None:
    for path in list(_held):
        let_go(path)


def _forget() -> None:
    """In a child that was forked: what its parent holds is not its own, and would outlive the parent with it."""
    for file in _held.values():
        file.close()
    _held.clear()
    _renewing.cache_clear()
    _guard.release()


atexit.register(_let_all_go)
os.register_at_fork(before=_guard.acquire, after_in_parent=_guard.release, after_in_child=_forget)
