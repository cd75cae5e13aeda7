"""A file that is written aside: the old one or the new one, never half of one, and nothing left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from synthdeal_assets.foundation.publishing.atomic_write import write_atomically, written_aside


def test_the_old_file_stands_until_the_new_one_is_whole(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    path = folder / "report.html"
    path.write_text("old", encoding="utf-8")
    with written_aside(path) as aside:
        aside.write_text("new", encoding="utf-8")
        assert path.read_text(encoding="utf-8") == "old"
    assert path.read_text(encoding="utf-8") == "new"
    assert [file.name for file in folder.iterdir()] == ["report.html"]


def test_a_writer_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    path = folder / "report.html"
    path.write_text("old", encoding="utf-8")

    def write_half(aside: Path) -> None:
        aside.write_text("ne", encoding="utf-8")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"), written_aside(path) as aside:
        write_half(aside)
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "half \ud800")
    assert path.read_text(encoding="utf-8") == "old"
    assert [file.name for file in folder.iterdir()] == ["report.html"]


def test_what_a_killed_writer_left_goes_with_the_next_write_and_what_a_living_one_writes_stays(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    path = folder / "report[1].html"
    writing = (
        "import os, sys; from pathlib import Path; "
        "from synthdeal_assets.foundation.publishing.atomic_write import written_aside\n"
        "with written_aside(Path(sys.argv[1])) as aside:\n"
        "    aside.write_text('half'); print(aside, flush=True); sys.stdin.read(); os.kill(os.getpid(), 9)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", writing, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        aside = Path(other.stdout.readline().strip())
        write_atomically(path, "mine")
        assert aside.read_text() == "half"
        aside.with_name(f"{aside.name}.wal").write_text("log")
        other.communicate("")
    assert aside.read_text() == "half"
    write_atomically(path, "again")
    assert [file.name for file in folder.iterdir()] == [path.name]
    assert path.read_text() == "again"


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    with pytest.raises(FileNotFoundError):
        write_atomically(nowhere / "report.html", "text")
    assert not nowhere.exists()


def test_a_pipe_or_device_is_not_replaced_and_a_link_to_a_file_is(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="a device or a pipe"):
        write_atomically(tmp_path / "pipe", "text")
    assert (tmp_path / "pipe").is_fifo()
    assert list(tmp_path.glob(".*")) == []

    (tmp_path / "file").write_text("old")
    (tmp_path / "link").symlink_to("file")
    write_atomically(tmp_path / "link", "new")
    assert (tmp_path / "link").read_text() == "new"
