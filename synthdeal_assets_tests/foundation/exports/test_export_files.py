"""Exports are whole or not there, stay in their folder, replace nothing unasked, and describe themselves."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.publishing.exports.export_files import export_file, export_folder
from synthdeal_assets.foundation.publishing.exports.export_tables import ExportTable
from synthdeal_assets.foundation.publishing.exports.exporter import BUILT_IN, exporter_of
from synthdeal_assets_tests.foundation.exports.sample import ACCOUNTS, CONTACTS, circle, table

FORMATS = tuple(BUILT_IN)


def contents(folder: Path) -> dict[str, bytes]:
    """What is in the folder, hidden files and folders included."""
    return {path.name: path.read_bytes() if path.is_file() else b"a folder" for path in sorted(folder.iterdir())}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the export of yesterday in each format."""
    made = tmp_path / "out"
    made.mkdir()
    for name in FORMATS:
        (made / f"t.{exporter_of(name).suffix}").write_text("the export of yesterday")
    (made / "datapackage.json").write_text("{}")
    return made


def interrupted(error: type[BaseException]) -> ExportTable:
    """A table whose second chunk does not come."""
    rows = pl.DataFrame({"key": range(10)})

    def chunks() -> Iterator[pl.DataFrame]:
        yield rows
        raise error

    return dataclasses.replace(table("t", rows), chunks=chunks)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError, MemoryError])
def test_an_interrupted_export_leaves_what_was_there_and_nothing_else(
    folder: Path, name: str, error: type[BaseException]
) -> None:
    before = contents(folder)
    with pytest.raises(error):
        export_file([interrupted(error)], exporter_of(name), folder / f"t.{exporter_of(name).suffix}", overwrite=True)
    with pytest.raises(error):
        export_folder(
            [table("a", ACCOUNTS, key=()), interrupted(error)], exporter_of(name), folder, name="t", overwrite=True
        )

    assert contents(folder) == before


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """While the block runs, files end at this size, as they do on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("name", FORMATS)
def test_a_full_disk_is_said_in_a_sentence_and_leaves_what_was_there(folder: Path, name: str) -> None:
    before = contents(folder)
    rows = pl.DataFrame({"key": range(20_000), "x": [hashlib.sha256(b"%d" % n).hexdigest() for n in range(20_000)]})
    path = folder / f"t.{exporter_of(name).suffix}"
    with no_file_above(2**17), pytest.raises(SynthDealError) as refused:
        export_file([table("t", rows, chunk=4_000)], exporter_of(name), path, overwrite=True)

    assert refused.value.code == "export.cannot-write"
    assert str(folder) in str(refused.value)
    assert contents(folder) == before


KILLED = """
import dataclasses, sys, time
import polars as pl
from pathlib import Path
from synthdeal_assets.foundation.publishing.exports.export_files import export_file
from synthdeal_assets.foundation.publishing.exports.exporter import exporter_of
from synthdeal_assets_tests.foundation.exports.sample import table
rows = pl.DataFrame({"key": range(10)})
def chunks():
    yield rows
    print("half", flush=True)
    time.sleep(60)
slow = dataclasses.replace(table("t", rows), chunks=chunks)
export_file([slow], exporter_of("csv"), Path(sys.argv[1]), overwrite=True)
"""


def test_an_export_that_is_killed_leaves_what_was_there(folder: Path) -> None:
    # The tests are no installed package: a child finds them by the repository.
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    export = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(folder / "t.csv")], stdout=subprocess.PIPE, env=environment
    )
    assert export.stdout is not None
    assert export.stdout.readline() == b"half\n"
    export.send_signal(signal.SIGKILL)
    export.wait()
    export.stdout.close()

    assert (folder / "t.csv").read_text() == "the export of yesterday"


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_is_replaced_unasked(folder: Path, name: str) -> None:
    before = contents(folder)
    exporter = exporter_of(name)
    rows = table("t", ACCOUNTS, key=())
    path = folder / f"t.{exporter.suffix}"
    calls: list[Callable[[], object]] = [
        lambda: export_file([rows], exporter, path),
        lambda: export_folder([rows], exporter, folder, name="t"),
    ]
    for call in calls:
        with pytest.raises(SynthDealError, match="is there already") as refused:
            call()
        assert refused.value.code == "export.is-there"
        assert contents(folder) == before

    assert export_file([rows], exporter, path, overwrite=True).rows == {"t": 3}
    assert path.read_bytes() != b"the export of yesterday"


@pytest.mark.parametrize("label", ["../t", "a/b", "..", ".hidden", "a\\b", "a\0b", "x" * 230])
def test_no_name_of_a_table_leads_out_of_the_folder(tmp_path: Path, label: str) -> None:
    with pytest.raises(SynthDealError) as refused:
        export_folder([table(label, ACCOUNTS, key=())], exporter_of("csv"), tmp_path / "new", name="t")
    with pytest.raises(SynthDealError):
        export_folder([table("t", ACCOUNTS, key=())], exporter_of("sqlite"), tmp_path / "new", name=label)

    assert refused.value.code == "export.no-file-name"
    assert not (tmp_path / "new").exists()


def test_two_tables_do_not_get_the_same_file(tmp_path: Path) -> None:
    for labels, name in ((("t", "T"), "csv"), (("t", "t"), "csv"), (("datapackage",), "json")):
        tables = [table(label, ACCOUNTS, key=()) for label in labels]
        with pytest.raises(SynthDealError) as refused:
            export_folder(tables, exporter_of(name), tmp_path / "new", name="t")
        assert refused.value.code == "export.same-file"


def test_a_folder_that_a_failed_export_made_is_gone_again(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        export_folder([interrupted(ZeroDivisionError)], exporter_of("csv"), tmp_path / "new", name="t")

    assert not (tmp_path / "new").exists()


def test_a_folder_in_the_place_of_one_file_keeps_all_others_as_they_were(folder: Path) -> None:
    (folder / "b.csv").mkdir()
    before = contents(folder)
    with pytest.raises(SynthDealError, match="it is a folder") as refused:
        export_folder(
            [table(label, ACCOUNTS, key=()) for label in ("t", "b")],
            exporter_of("csv"),
            folder,
            name="t",
            overwrite=True,
        )

    assert refused.value.code == "export.cannot-write"
    assert contents(folder) == before


def test_a_folder_that_cannot_be_made_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SynthDealError) as refused:
        export_folder([table("t", ACCOUNTS, key=())], exporter_of("csv"), tmp_path / "file", name="t")

    assert refused.value.code == "export.cannot-write"


def test_a_data_package_describes_files_columns_and_keys(tmp_path: Path) -> None:
    exported = export_folder(circle(), exporter_of("csv", {"delimiter": "tab"}), tmp_path / "crm", name="crm")
    package = json.loads((tmp_path / "crm/datapackage.json").read_text(encoding="utf-8"))
    accounts, contacts = package["resources"]
    written = (tmp_path / "crm/accounts.csv").read_bytes()

    assert exported.rows == {"accounts": 3, "contacts": 2}
    assert {path.name for path in exported.files} == {"accounts.csv", "contacts.csv", "datapackage.json"}
    assert package["name"] == "crm"
    assert accounts == {
        "name": "accounts",
        "description": "One row is a customer's account.",
        "type": "table",
        "path": "accounts.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(written),
        "hash": f"sha256:{hashlib.sha256(written).hexdigest()}",
        "dialect": {"delimiter": "\t", "header": True},
        "schema": {
            "fields": [
                {"name": "account_id", "type": "string", "constraints": {"required": True}},
                {"name": "name", "type": "string"},
                {
                    "name": "contact_id",
                    "type": "integer",
                    "description": "Who is called first.\nNULL when nobody is.",
                },
            ],
            "primaryKey": ["account_id"],
            "foreignKeys": [
                {"fields": ["contact_id"], "reference": {"resource": "contacts", "fields": ["contact_id"]}}
            ],
        },
    }
    assert contacts["schema"]["uniqueKeys"] == [["email"]]
    assert contacts["schema"]["foreignKeys"] == [
        {"fields": ["account_id"], "reference": {"resource": "accounts", "fields": ["account_id"]}},
        {"fields": ["manager_id"], "reference": {"fields": ["contact_id"]}},
    ]


@pytest.mark.parametrize(
    ("name", "dialect"),
    [("sqlite", {"table": "contacts"}), ("duckdb", {"table": "contacts"}), ("xlsx", {"sheetName": "contacts"})],
)
def test_a_data_package_finds_each_table_in_a_file_of_several(
    tmp_path: Path, name: str, dialect: dict[str, str]
) -> None:
    export_folder(circle(), exporter_of(name), tmp_path / "crm", name="crm")
    resources = json.loads((tmp_path / "crm/datapackage.json").read_text(encoding="utf-8"))["resources"]

    assert [resource["path"] for resource in resources] == [f"crm.{name}"] * 2
    assert resources[1]["dialect"] == dialect


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "duckdb"])
def test_the_same_rows_give_the_same_bytes(tmp_path: Path, name: str) -> None:
    for part in ("a", "b"):
        export_folder(circle(), exporter_of(name), tmp_path / part, name="crm")
        time.sleep(0.01)

    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_a_chunk_with_other_columns_is_no_part_of_the_table(tmp_path: Path) -> None:
    odd = dataclasses.replace(table("t", ACCOUNTS, key=()), chunks=lambda: iter([CONTACTS]))

    with pytest.raises(ValueError, match="t: a chunk has the columns"):
        export_file([odd], exporter_of("csv"), tmp_path / "t.csv")
