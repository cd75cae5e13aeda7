"""A file that is written aside: the old one or the new one, never half of one, and nothing left behind."""

from __future__ import annotations

import os
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
