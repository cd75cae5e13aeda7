"""Types of installed packages."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from synthdeal_assets.datasets.types.catalogue import ENTRY_POINTS, catalogue
from synthdeal_assets_tests.datasets.type_requests import TypedTable
from synthdeal_assets_tests.failure_codes import failing_with

MODULE = """
import polars as pl

from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.datasets.types.catalogue import SemanticType


def initials(request):
    first, last = (request.sibling(f"person.{part}_name") for part in ("first", "last"))
    if first is None or last is None:
        return pl.Series(["?"] * request.rows.size)
    return first.str.slice(0, 1) + last.str.slice(0, 1)


INITIALS = SemanticType(
    "desk.initials", Kind.TEXT, "Initials of the person beside it.", "AW", initials, "person",
    follows=("person.first_name", "person.last_name"), valid="length({value}) BETWEEN 1 AND 2",
    agreements=("starts_with({value}, substr({person.first_name}, 1, 1))",),
)
TWICE = SemanticType("person.email", Kind.TEXT, "Another e-mail.", "x", initials)


def several():
    return [INITIALS]


def broken():
    raise RuntimeError("no licence")
"""
METADATA = "Metadata-Version: 2.1\nName: desk-types\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture(autouse=True)
def forgetting() -> Iterator[None]:
    yield
    catalogue.cache_clear()
    sys.modules.pop("desk_types", None)


def wheel(where: Path, what: str) -> Path:
    """A package whose entry point is one thing of the module."""
    path = where / "desk_types-1.0-py3-none-any.whl"
    info = "desk_types-1.0.dist-info"
    content = {
        "desk_types.py": MODULE,
        f"{info}/METADATA": METADATA,
        f"{info}/WHEEL": WHEEL,
        f"{info}/entry_points.txt": f"[{ENTRY_POINTS}]\ndesk = desk_types:{what}\n",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in content.items():
            archive.writestr(name, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in (*content, f"{info}/RECORD")))
    return path


def install(where: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By pip, into a folder of its own that is on the path from then on."""
    site = where / "site"
    options = ["--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", "--target", str(site)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(wheel(where, what))], check=True, timeout=120)
    monkeypatch.syspath_prepend(str(site))
    catalogue.cache_clear()


@pytest.mark.slow
@pytest.mark.parametrize("what", ["INITIALS", "several"])
def test_an_installed_package_adds_a_type_that_follows_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    assert "desk.initials" not in catalogue()
    install(tmp_path, what, monkeypatch)
    assert [*catalogue()][-1] == "desk.initials"
    table = TypedTable(["person.first_name", "person.last_name", "desk.initials"])
    frame = table.frame()
    assert frame["desk.initials"].to_list() == [first[0] + last[0] for first, last, _ in frame.rows()]
    assert set(table.against().values()) == {0}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "why"),
    [("TWICE", "person.email a second time"), ("broken", "no licence"), ("MODULE", "desk.*"), ("absent", "absent")],
)
def test_a_package_that_adds_none_is_named_with_its_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, why: str
) -> None:
    install(tmp_path, what, monkeypatch)
    with failing_with("datasets.type-plugin", naming=f"desk.*{why}"):
        catalogue()
