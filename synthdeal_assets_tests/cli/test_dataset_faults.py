"""`synthdeal dataset generate` that is killed, runs twice, or runs out of disk: the last version stays whole."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets_tests.cli.conftest import COMMAND, plain_environment, run_command

pytestmark = pytest.mark.slow

SMALL = (
    "dataset: log\ntables: {events: {rows: 100, fields: {event_id: {key: integer}, x: {normal: {mean: 1, sd: 2}}}}}\n"
)
LARGE = SMALL.replace("rows: 100", "rows: 20_000_000")

SOON_S = 60.0


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A home with one version of the dataset."""
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    (tmp_path / "large.yaml").write_text(LARGE, encoding="utf-8")
    done = run_command("dataset", "generate", "small.yaml", "--home", "home", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path


def begun(folder: Path, specification: str) -> subprocess.Popen[str]:
    """A process that generates a dataset, when it has begun to write."""
    process = subprocess.Popen(
        [*COMMAND, "dataset", "generate", specification, "--home", "home", "-o", f"out-{specification}"],
        cwd=folder,
        env=plain_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + SOON_S
    while not list((folder / "home/datasets/log").glob(".v*.partial/events.parquet")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return process


def newest(folder: Path) -> tuple[int, list[str]]:
    versions = Warehouse(database=str(folder / "home/warehouse.duckdb")).read(
        "SELECT max(version) FROM datasets.tables"
    )
    return versions.item(), sorted(path.name for path in (folder / "home/datasets/log").iterdir() if path.is_dir())


def test_a_run_that_is_killed_leaves_the_last_version_and_the_next_one_clears_up(made: Path) -> None:
    process = begun(made, "large.yaml")
    process.send_signal(signal.SIGKILL)
    process.communicate()

    version, folders = newest(made)
    assert version == 1
    assert folders[-1] == "v1"
    assert not (made / "out-large.yaml").exists()

    done = run_command("dataset", "generate", "small.yaml", "--home", "home", folder=made)
    assert done.returncode == 0, done.stderr
    version, folders = newest(made)
    assert folders == ["v1", f"v{version}"]


@pytest.mark.parametrize(("ending", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_asked_to_end_takes_its_files_away(made: Path, ending: signal.Signals, code: int) -> None:
    process = begun(made, "large.yaml")
    process.send_signal(ending)
    _, said = process.communicate()

    assert (process.returncode, said.splitlines()[-1]) == (code, "Stopped.")
    assert newest(made) == (1, ["v1"])
    assert sorted(path.name for path in (made / "home/datasets/log").iterdir()) == ["v1"]


def test_the_second_of_two_runs_waits_for_the_first(made: Path) -> None:
    (made / "large.yaml").write_text(SMALL.replace("rows: 100", "rows: 2_000_000"), encoding="utf-8")
    first = begun(made, "large.yaml")
    first.send_signal(signal.SIGSTOP)
    command = [*COMMAND, "dataset", "generate", "small.yaml", "--home", "home"]
    with subprocess.Popen(command, cwd=made, env=plain_environment(), stderr=subprocess.PIPE, text=True) as second:
        assert second.stderr is not None
        said = second.stderr.readline()
        first.send_signal(signal.SIGCONT)
        first.communicate()

    assert f"Waiting for another run of the dataset log (process {first.pid}" in said
    assert (first.returncode, second.returncode) == (0, 0)
    assert newest(made) == (3, ["v2", "v3"])


def test_the_second_of_two_runs_gives_up_when_it_may_wait_no_longer(made: Path) -> None:
    first = begun(made, "large.yaml")
    # Held, because on a fast machine it would end before the second one has begun.
    first.send_signal(signal.SIGSTOP)
    second = run_command(
        "dataset", "generate", "small.yaml", "--home", "home", folder=made, SYNTHDEAL_TURN_TIMEOUT="0.5"
    )
    first.kill()
    first.communicate()

    assert second.returncode == 1
    assert f"still being written by process {first.pid}" in second.stderr
    assert newest(made)[0] == 1


def test_a_full_disk_leaves_the_last_version_and_nothing_of_the_next(made: Path) -> None:
    largest = 4_000_000
    done = subprocess.run(
        [*COMMAND, "dataset", "generate", "large.yaml", "--home", "home", "-o", "out"],
        cwd=made,
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest)),
    )

    assert done.returncode == 1
    assert "free some space" in done.stderr.splitlines()[-1]
    assert newest(made) == (1, ["v1"])
    assert not (made / "out").exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    if subprocess.run([mount, "-t", "tmpfs", "-o", "size=8m", "none", folder], check=False).returncode != 0:
        pytest.skip("this machine or container lets nobody mount a disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


def filled(disk: Path, free: int) -> Path:
    """Fill a disk, but for some bytes."""
    found = os.statvfs(disk)
    (disk / "filler").write_bytes(bytes(max(0, found.f_bavail * found.f_frsize - free)))
    return disk / "filler"


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_home_on_a_full_disk_keeps_what_it_had(small_disk: Path) -> None:
    """Long texts take more room than the estimate; the warehouse and Dagster's history take what is left then."""
    texts = SMALL.replace("key: integer", "key: '[a-z0-9]{150}'")
    (small_disk / "log.yaml").write_text(texts, encoding="utf-8")
    command = ("dataset", "generate", "log.yaml", "--home", "home")
    assert run_command(*command, folder=small_disk).returncode == 0
    before = files_in(small_disk / "home/datasets")
    (small_disk / "log.yaml").write_text(texts.replace("100", "20_000"), encoding="utf-8")

    for free in (100_000, 1_500_000):
        filler = filled(small_disk, free)
        done = run_command(*command, folder=small_disk)
        filler.unlink()

        assert done.returncode == 1
        (sentence,) = done.stderr.strip().splitlines()
        assert "free some space" in sentence or "MB free" in sentence
        assert newest(small_disk) == (1, ["v1"])
        assert files_in(small_disk / "home/datasets") == before


@pytest.mark.parametrize("format_", ["csv", "parquet", "json", "jsonl", "xlsx", "sql", "duckdb", "sqlite"])
def test_an_export_to_a_full_disk_leaves_what_was_there(made: Path, small_disk: Path, format_: str) -> None:
    out = small_disk / "out"
    command = ("dataset", "generate", "log", "--home", "home", "--format", format_, "-o", out, "--overwrite")
    assert run_command(*command, folder=made).returncode == 0
    before = files_in(out)

    filled(small_disk, 8192)
    done = run_command(*command, folder=made)

    assert done.returncode == 1
    assert done.stderr.strip() == (
        f"The export cannot be written to {out} (its disk is full): choose another place to write to."
    )
    assert files_in(out) == before


def test_a_specification_larger_than_the_disk_is_refused_with_the_estimate(made: Path) -> None:
    fields = ", ".join(f"x{number}: {{normal: {{mean: 1, sd: 2}}}}" for number in range(2_000))
    free = os.statvfs(made).f_bavail * os.statvfs(made).f_frsize
    tables = ", ".join(
        f"t{number}: {{rows: 1_000_000_000, fields: {{{fields}}}}}" for number in range(1 + free // 24_000_000_000_000)
    )
    (made / "huge.yaml").write_text(f"dataset: huge\ntables: {{{tables}}}\n", encoding="utf-8")
    done = run_command("dataset", "generate", "huge.yaml", "--home", "home", folder=made)

    assert done.returncode == 1
    assert "GB free" in done.stderr
