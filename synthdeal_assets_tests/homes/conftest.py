"""A home that an earlier version made, unpacked."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import pytest

from synthdeal_assets_tests.cli.conftest import synthdeal

__all__ = ["synthdeal"]


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of layout 1 as it was packed; not to be opened but for reading."""
    folder = tmp_path_factory.mktemp("layout_1")
    with tarfile.open(Path(__file__).with_name("layout_1.tar.xz")) as packed:
        packed.extractall(folder, filter="data")
    return folder


@pytest.fixture
def old_home(untouched: Path, tmp_path: Path) -> Path:
    """A home of layout 1 of the test's own."""
    return Path(shutil.copytree(untouched, tmp_path / "old_home"))
