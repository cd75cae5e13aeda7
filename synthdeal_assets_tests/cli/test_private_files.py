"""A home is for its owner only, from its first moment and when it was open before; others' files are left alone."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from synthdeal_assets.foundation.private_files import OTHERS, make_private
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets_tests.cli.conftest import Synthdeal


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.mark.slow
def test_after_a_run_nobody_else_can_open_anything_of_the_home(
    first_run: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    home = first_run[1]

    assert mode_of(home) == 0o700
    assert [path for path in home.rglob("*") if not path.is_symlink() and mode_of(path) & OTHERS] == []
    assert mode_of(home / "warehouse.duckdb") == 0o600


def test_a_warehouse_made_by_anything_else_is_private_too(tmp_path: Path) -> None:
    with Warehouse(database=str(tmp_path / "new" / "warehouse.duckdb")).connect():
        assert (mode_of(tmp_path / "new"), mode_of(tmp_path / "new" / "warehouse.duckdb")) == (0o700, 0o600)


def test_a_home_of_before_is_closed_and_what_was_read_only_stays_so(tmp_path: Path) -> None:
    report, copy = tmp_path / "home" / "reports" / "a.html", tmp_path / "home" / "published" / "synthdeal.duckdb"
    for path in (report, copy):
        path.parent.mkdir(parents=True)
        path.write_text("x")
    copy.chmod(0o444)
    (tmp_path / "home").chmod(0o755)

    assert make_private(tmp_path / "home") == []
    assert [mode_of(path) for path in (tmp_path / "home", report.parent, report, copy)] == [0o700, 0o700, 0o600, 0o400]


def test_files_of_others_and_what_links_lead_to_are_left_alone_and_the_open_home_is_named(tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere.html"
    (home / "reports").mkdir(parents=True)
    home.chmod(0o755)
    for path in (elsewhere, home / "thesis.odt"):
        path.write_text("x")
        path.chmod(0o644)
    (home / "reports" / "link.html").symlink_to(elsewhere)
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "page.html").write_text("x")
    (theirs / "page.html").chmod(0o644)
    (home / "exports").symlink_to(theirs)

    assert make_private(home) == [home]
    left_alone = (home, home / "thesis.odt", elsewhere, theirs / "page.html")
    assert [mode_of(path) for path in left_alone] == [0o755, 0o644, 0o644, 0o644]
    assert mode_of(home / "reports") == 0o700


@pytest.mark.parametrize(("mode", "found"), [(0o644, True), (0o600, False)])
def test_doctor_warns_of_an_env_file_that_others_can_read(
    mode: int, found: bool, synthdeal: Synthdeal, tmp_path: Path
) -> None:
    env = Path(".env")
    env.write_text("SYNTHDEAL_SEED=7\n")
    env.chmod(mode)

    result = synthdeal("doctor", "--home", tmp_path / "none")

    assert ("chmodgo=" in "".join(result.stdout.split())) is found
