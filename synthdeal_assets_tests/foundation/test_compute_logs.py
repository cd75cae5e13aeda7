"""What a run prints is kept and shown without secrets, whoever prints it and however the process ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]

CAPTURE = """
import os, signal, subprocess, sys, time
from pathlib import Path
from synthdeal_assets.foundation.dagster_instance.compute_logs import RedactingComputeLogManager, echo_off, terminal

KEY = "sk-" + "Q7vXz2LmN8pRt4Kc"
manager = RedactingComputeLogManager(base_dir=".")
capture = lambda: manager.capture_logs(["run", "compute_logs", "step"])
"""


def run(script: str, folder: Path, *, timeout: float = 30) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CAPTURE + script],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )


def log(folder: Path, kind: str = "out") -> str:
    return (folder / f"storage/run/compute_logs/step.{kind}").read_text(encoding="utf-8")


def test_output_of_python_c_and_children_is_kept_and_passed_on_without_secrets(tmp_path: Path) -> None:
    done = run(
        """
with capture():
    print("python", KEY)
    print("error", KEY, file=sys.stderr)
    os.write(1, f"descriptor {KEY}\\n".encode())
    subprocess.run(["echo", "child", KEY])
print("afterwards")
""",
        tmp_path,
    )

    assert done.returncode == 0, done.stderr
    assert sorted(log(tmp_path).splitlines()) == ["child [redacted]", "descriptor [redacted]", "python [redacted]"]
    assert log(tmp_path, "err") == "error [redacted]\n"
    assert done.stdout == log(tmp_path) + "afterwards\n"
    assert done.stderr == "error [redacted]\n"
    assert (tmp_path / "storage/run/compute_logs/step.complete").exists()


def test_a_secret_that_is_printed_in_pieces_is_still_one_secret(tmp_path: Path) -> None:
    run(
        """
with capture():
    for piece in ("key ", KEY[:7], KEY[7:12], KEY[12:], " done\\n"):
        os.write(1, piece.encode())
        time.sleep(0.05)
    os.write(1, b"x" * 200_000 + b" " + KEY.encode())
""",
        tmp_path,
    )

    assert log(tmp_path).startswith("key [redacted] done\n")
    assert log(tmp_path).endswith("x [redacted]")
    assert log(tmp_path).count("x") == 200_000


def test_megabytes_of_output_neither_block_nor_get_lost(tmp_path: Path) -> None:
    done = run(
        """
with capture():
    for number in range(60_000):
        print(f"line {number} {'.' * 40}")
""",
        tmp_path,
        timeout=120,
    )

    assert done.returncode == 0
    assert log(tmp_path).splitlines()[-1].startswith("line 59999 ")
    assert len(log(tmp_path).splitlines()) == 60_000
    assert done.stdout == log(tmp_path)


def test_a_program_left_in_the_background_does_not_hold_up_the_run(tmp_path: Path) -> None:
    started = time.monotonic()
    done = run(
        """
with capture():
    left = subprocess.Popen(["sleep", "25"])
    print("said before the end")
left.kill()
""",
        tmp_path,
    )

    assert done.returncode == 0
    assert time.monotonic() - started < 15
    assert log(tmp_path) == "said before the end\n"


def test_a_killed_process_leaves_no_secret_on_disk(tmp_path: Path) -> None:
    done = run(
        """
with capture():
    print("first", KEY, flush=True)
    time.sleep(0.5)
    print("second", KEY, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
""",
        tmp_path,
    )

    assert done.returncode == -signal.SIGKILL
    assert log(tmp_path).startswith("first [redacted]\n")
    assert "Q7vXz2LmN8pRt4Kc" not in log(tmp_path) + done.stdout + done.stderr


def test_output_goes_where_it_went_before_when_the_run_raises(tmp_path: Path) -> None:
    done = run(
        """
for attempt in range(3):
    try:
        with capture():
            print("inside", attempt)
            raise RuntimeError
    except RuntimeError:
        print("outside", attempt)
print("descriptors", len(os.listdir("/proc/self/fd")) < 12)
""",
        tmp_path,
    )

    assert done.stdout.splitlines() == [
        *(f"{where} {attempt}" for attempt in range(3) for where in ("inside", "outside")),
        "descriptors True",
    ]
    assert log(tmp_path) == "inside 0\ninside 1\ninside 2\n"


def test_a_command_keeps_the_terminal_for_itself_while_a_run_prints(tmp_path: Path) -> None:
    done = run(
        """
with terminal(sys.stderr) as screen, echo_off():
    with capture():
        print("of the run", file=sys.stderr)
        print("progress 50%", file=screen)
    print("progress 100%", file=screen)
""",
        tmp_path,
    )

    assert done.stderr == "progress 50%\nprogress 100%\n"
    assert log(tmp_path, "err") == "of the run\n"


@pytest.mark.skipif(not Path("/dev/ptmx").exists(), reason="no pseudo-terminals here")
def test_the_way_to_a_terminal_is_a_terminal(tmp_path: Path) -> None:
    master, slave = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", f"{CAPTURE}\nwith terminal(sys.stderr) as screen: print(screen.isatty())"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        stderr=slave,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        printed, _ = process.communicate(timeout=30)
    os.close(master)
    os.close(slave)

    assert printed == "True\n"


def test_a_process_is_ended_by_the_signal_that_ends_it_outside_of_a_run(tmp_path: Path) -> None:
    # Whoever starts the tests may ignore or block the signal, and a child inherits that.
    done = run(
        """
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_SETMASK, [])
with capture():
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(20)
""",
        tmp_path,
    )

    assert done.returncode == -signal.SIGTERM
