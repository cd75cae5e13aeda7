"""What is imported, and what a run prints, where the system lacks the constants that only Linux has."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from synthdeal_assets.cli.app import main
from synthdeal_assets_tests.cli.conftest import plain_environment

LIKE_MACOS = """
import errno, fcntl, os, pkgutil, select, signal, socket

LINUX_ONLY = {
    fcntl: ("F_SETPIPE_SZ", "F_GETPIPE_SZ", "F_OFD_GETLK", "F_OFD_SETLK", "F_OFD_SETLKW", "F_SEAL_WRITE", "F_NOTIFY"),
    os: ("sched_getaffinity", "sched_setaffinity", "memfd_create", "O_TMPFILE", "O_PATH", "posix_fadvise", "splice",
         "copy_file_range", "getrandom", "eventfd", "pidfd_open", "setns", "getxattr", "sched_setscheduler"),
    select: ("epoll",),
    signal: ("SIGRTMIN", "SIGRTMAX", "SIGPWR", "SIGPOLL", "SIGSTKFLT", "sigtimedwait", "sigwaitinfo"),
    socket: ("SO_PEERCRED", "TCP_QUICKACK", "TCP_USER_TIMEOUT", "TCP_DEFER_ACCEPT", "AF_NETLINK", "AF_PACKET",
             "SO_BINDTODEVICE", "SOCK_CLOEXEC", "SOCK_NONBLOCK"),
    errno: ("EREMOTEIO", "EMEDIUMTYPE", "ENOMEDIUM", "EUCLEAN", "ENOTUNIQ"),
}

def take_away():
    for module, names in LINUX_ONLY.items():
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
"""

IMPORT_ALL = """
import importlib, polars, dagster, mlflow, openai, anthropic, aiohttp, uvicorn, altair, lightgbm, sklearn
import synthdeal_assets
take_away()
for module in pkgutil.walk_packages(synthdeal_assets.__path__, "synthdeal_assets."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""

CAPTURE = """
import sys
import dagster
take_away()
from synthdeal_assets.foundation.dagster_instance.compute_logs import RedactingComputeLogManager
with RedactingComputeLogManager(base_dir=".").capture_logs(["run", "compute_logs", "step"]):
    print("x" * 300_000)
"""


def like_macos(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A process in which Linux's own constants are gone once what others wrote has been loaded."""
    return subprocess.run(
        [sys.executable, "-c", LIKE_MACOS + script],
        cwd=folder,
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.slow
def test_every_module_loads_without_a_constant_that_only_linux_has(tmp_path: Path) -> None:
    loaded = like_macos(IMPORT_ALL, tmp_path)

    assert loaded.returncode == 0, loaded.stderr


def test_what_a_run_prints_is_kept_where_a_pipe_cannot_be_widened(tmp_path: Path) -> None:
    done = like_macos(CAPTURE, tmp_path)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "storage/run/compute_logs/step.out").read_text(encoding="utf-8") == "x" * 300_000 + "\n"


def test_windows_is_told_in_one_sentence_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Windows")
    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("SynthDeal does not run on Windows itself")
