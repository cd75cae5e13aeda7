"""The folder of an export has the files of one export, old or new, whenever a process that writes to it is killed."""

from __future__ import annotations

import errno
import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from synthdeal_assets.datasets.export_folders import (
    READY,
    failing_as_export,
    finish_replacing,
    left_alone,
    require_free,
    require_room,
    whole_folder,
)
from synthdeal_assets.datasets.folders_aside import folder_aside, made_aside
from synthdeal_assets.foundation.disk_room import free_bytes
from synthdeal_assets.foundation.publishing.exports.data_package import PACKAGE_FILE
from synthdeal_assets.foundation.publishing.exports.exporter import exporter_of
from synthdeal_assets_tests.failure_codes import failing_with

OLD = {"a.csv": "old a", "b.csv": "old b"}
NEW = {"b.json": "new b", "a.csv": "new a", "c.json": "new c"}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "place").mkdir()
    return tmp_path / "place"


def written(folder: Path, files: dict[str, str]) -> dict[str, str]:
    """Write the files of an export; returns them with the description of them."""
    package = json.dumps({"resources": [{"path": name} for name in files]})
    for name, text in (everything := {**files, PACKAGE_FILE: package}).items():
        (folder / name).write_text(text, "utf-8")
    return everything


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.iterdir() if path.is_file()}


def killed(work: Callable[[], None]) -> None:
    """Do something in a process that kills itself on the way."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


def killed_at(step: int, folder: Path) -> None:
    """Replace an export in a process that is killed before its n-th change to names in the folder."""
    steps = 0

    def counted(change: Callable[..., None]) -> Callable[..., None]:
        def checked(*arguments: object) -> None:
            nonlocal steps
            steps += 1
            if steps == step:
                os.kill(os.getpid(), signal.SIGKILL)
            change(*arguments)

        return checked

    def work() -> None:
        for name in ("rename", "replace", "unlink", "rmdir"):
            setattr(os, name, counted(getattr(os, name)))
        with whole_folder(folder) as aside:
            written(aside, NEW)

    killed(work)


@pytest.mark.parametrize("step", range(1, 9))
def test_a_kill_while_an_export_replaces_another_leaves_one_of_them(place: Path, step: int) -> None:
    old = {**written(place, OLD), "notes.txt": "mine"}
    (place / "notes.txt").write_text("mine", "utf-8")

    killed_at(step, place)
    finish_replacing(place)

    new = {"notes.txt": "mine", **NEW, PACKAGE_FILE: content(place)[PACKAGE_FILE]}
    now = {name: text for name, text in content(place).items() if not name.endswith(".lock")}
    assert now == (old if step == 1 else new)
    with whole_folder(place) as aside:
        written(aside, NEW)
    assert {path.name for path in place.iterdir()} == {*NEW, PACKAGE_FILE, "notes.txt"}


def test_what_a_killed_process_wrote_to_goes_and_what_a_living_one_writes_to_stays(place: Path) -> None:
    def killed_inside() -> None:
        with made_aside(place / "out") as aside:
            (aside / "half.csv").write_text("ha", "utf-8")
            os.kill(os.getpid(), signal.SIGKILL)

    killed(killed_inside)
    (left,) = (path for path in place.iterdir() if path.is_dir())
    assert not (place / "out").exists()

    with folder_aside(place, ".out") as living, made_aside(place / "out"):
        assert not left.exists()
        assert living.is_dir()
    assert [path.name for path in place.iterdir()] == ["out"]


def test_two_exports_to_a_new_folder_do_not_mix(place: Path) -> None:
    with failing_with("datasets.folder-taken"), whole_folder(place / "out") as slow:
        (slow / "a.csv").write_text("slow", "utf-8")
        with whole_folder(place / "out") as quick:
            (quick / "b.csv").write_text("quick", "utf-8")
    assert content(place / "out") == {"b.csv": "quick"}
    assert [path.name for path in place.iterdir()] == ["out"]


def test_two_exports_that_replace_one_another_leave_the_files_of_one(place: Path) -> None:
    written(place, OLD)

    def replace(name: str) -> None:
        for _ in range(20):
            with whole_folder(place) as aside:
                written(aside, {f"{name}.csv": name, "both.csv": name})

    threads = [threading.Thread(target=replace, args=(name,)) for name in ("x", "y")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    left = content(place)
    assert left.keys() == {f"{left['both.csv']}.csv", "both.csv", PACKAGE_FILE}


def test_a_folder_where_a_file_would_go_changes_nothing(place: Path) -> None:
    old = written(place, OLD)
    (place / "c.json").mkdir()

    with failing_with("datasets.folder-in-the-way"), whole_folder(place) as aside:
        written(aside, NEW)
    assert content(place) == old
    assert not (place / READY).exists()


def test_a_link_to_nowhere_is_no_folder_to_export_to(place: Path) -> None:
    (place / "out").symlink_to(place / "nowhere")

    with failing_with("datasets.output-is-a-file"):
        require_free(place / "out", overwrite=True)


def test_a_link_in_the_folder_is_replaced_and_what_it_leads_to_stays(place: Path) -> None:
    (place / "out").mkdir()
    (place / "mine.csv").write_text("mine", "utf-8")
    (place / "out" / "a.csv").symlink_to(place / "mine.csv")

    with whole_folder(place / "out") as aside:
        written(aside, NEW)
    assert (place / "mine.csv").read_text("utf-8") == "mine"
    assert content(place / "out")["a.csv"] == "new a"


def test_files_that_are_replaced_while_they_are_read_are_said_to_be(place: Path) -> None:
    written(place, OLD)

    with failing_with("datasets.changed-meanwhile"), left_alone([place / "a.csv"], place):
        (place / "a.csv").write_text("newer", "utf-8")
    with left_alone([place / "a.csv", place / "none.csv"], place):
        (place / "notes.txt").write_text("mine", "utf-8")


def test_an_export_that_the_disk_has_no_room_for_is_refused_with_the_estimate(place: Path) -> None:
    exporters = [exporter_of("json"), exporter_of("csv")]
    free = free_bytes(place)

    require_room(place / "new", exporters, free // 36 - 10_000_000)
    with failing_with("datasets.no-room-to-export"):
        require_room(place / "new", exporters, free // 36 + 10_000_000)
    with failing_with("datasets.no-room-to-export"):
        require_room(place / "new", exporters, 1, besides=2 * free)


def test_what_cannot_be_written_is_said_of_the_folder_that_was_named(place: Path) -> None:
    def write(aside: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(aside / "a.csv"))

    with failing_with("export.cannot-write") as raised, failing_as_export(place), whole_folder(place / "out") as aside:
        write(aside)
    assert "(its disk is full)" in str(raised.value)
    assert "partial" not in str(raised.value)
    assert not [*place.iterdir()]
